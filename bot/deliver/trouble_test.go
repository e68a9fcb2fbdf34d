package deliver_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"sameday/bot/deliver"
	"sameday/bot/sandbox"
	"sameday/store"
)

// What each of Slack's errors makes of a post: given up, or tried again after about so long.
func TestErrorClasses(t *testing.T) {
	t.Parallel()
	dead := time.Duration(-1)
	for code, want := range map[string]time.Duration{
		"channel_not_found": time.Second, "is_archived": time.Second, "cannot_reply_to_message": dead, "user_disabled": dead, "invalid_blocks": dead,
		"msg_too_long": dead, "msg_blocks_too_long": dead, "no_text": dead, "metadata_too_large": dead, "restricted_action": dead,
		"too_many_attachments": dead, "message_not_found": dead,
		"rate_limited": 30 * time.Second, "ratelimited": 30 * time.Second,
		"invalid_auth": 30 * time.Second, "not_authed": 30 * time.Second, "account_inactive": 30 * time.Second, "token_revoked": 30 * time.Second,
		"token_expired": 30 * time.Second, "missing_scope": 30 * time.Second, "no_permission": 30 * time.Second,
		"not_in_channel": time.Second, "something_new": time.Second,
		// Looked for at once and after three more seconds, then posted.
		"fatal_error": 4 * time.Second, "internal_error": 4 * time.Second, "request_timeout": 4 * time.Second, "service_unavailable": 4 * time.Second,
	} {
		t.Run(code, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 1, Error: code})
				r.start()
				r.put(line("told", spec{}))
				took := r.settled(10 * time.Minute)
				if b := r.backlog(); want == dead {
					if b.Dead != 1 || b.Intents[0].LastError != code {
						t.Errorf("backlog: got %+v, want one dead of %s", b, code)
					}
					return
				}
				r.once("told")
				if took < want || took > want+1100*time.Millisecond {
					t.Errorf("told after %v, want about %v", took, want)
				}
			})
		})
	}
}

func TestUpdateOfALostMessageIsGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.start()
		r.put(line("edit", spec{Update: "1.000001"}))
		r.settled(time.Minute)
		if b := r.backlog(); b.Dead != 1 || b.Intents[0].LastError != "message_not_found" {
			t.Errorf("backlog: got %+v, want one dead of message_not_found", b)
		}
	})
}

// An error nobody knows, of one message among others, holds its lane up for a while, not for ever.
func TestUnknownRefusalEnds(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Channel: desk, Error: "something_new"})
		r.start()
		r.put(line("never", spec{}))
		for n := range 4 {
			r.put(line(fmt.Sprint("other", n), spec{Channel: ann}))
			<-time.After(3 * time.Minute)
		}
		if took := r.settled(time.Hour); took > 5*time.Minute {
			t.Errorf("given up after 12m and %v, want less patience", took)
		}
		if b := r.backlog(); b.Dead != 1 || b.Intents[0].LastError != "something_new" {
			t.Errorf("backlog: got %+v, want one dead of something_new", b)
		}
	})
}

// While Slack refuses everything for a reason nobody knows, nothing is given up, and the operator is told.
func TestUnknownRefusalOfEverything(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.start()
		r.put(line("before", spec{}))
		<-time.After(time.Minute)
		r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Error: "something_new"})
		r.put(line("told", spec{}), line("rung", spec{Channel: ann}))
		<-time.After(3 * time.Hour)
		if b := r.backlog(); b.Dead != 0 || b.Pending != 2 {
			t.Errorf("backlog: got %+v, want both waiting", b)
		}
		r.w.ClearFaults()
		r.settled(2 * time.Minute)
		r.once("before", "told", "rung")
		if got := r.troubles(); !slices.Equal(got, []string{"something_new", "well"}) {
			t.Errorf("told: got %v, want something_new and well", got)
		}
	})
}

// Whatever happens to a post on its way, one message is seen in the end.
func TestUnknownOutcomes(t *testing.T) {
	t.Parallel()
	post := "chat.postMessage"
	for name, f := range map[string]sandbox.Fault{
		"reply lost":              {Method: post, Stored: true, Cut: sandbox.CutReply},
		"reset before":            {Method: post, Cut: sandbox.CutReply},
		"reply cut in two":        {Method: post, Stored: true, Cut: sandbox.CutInBody},
		"reply of nothing cut":    {Method: post, Cut: sandbox.CutInBody},
		"503 after storing":       {Method: post, Stored: true, Status: 503},
		"503 before storing":      {Method: post, Status: 503},
		"fatal after storing":     {Method: post, Stored: true, Error: "fatal_error"},
		"fatal before storing":    {Method: post, Error: "fatal_error"},
		"stored, then silence":    {Method: post, Stored: true, Hang: time.Minute},
		"silence":                 {Method: post, Hang: time.Minute},
		"429 without Retry-After": {Method: post, Status: http.StatusTooManyRequests},
	} {
		for where, s := range map[string]spec{"top": {Receipt: true}, "thread": {Thread: "root"}, "direct": {Channel: ann}} {
			t.Run(name+" "+where, func(t *testing.T) {
				bubble(t, func(t *testing.T, r *rig) {
					if s.Thread != "" {
						s.Thread = r.parent()
					}
					f.Times = 1
					r.w.Fail(f)
					// Reading back has its own troubles.
					for _, method := range []string{"conversations.history", "conversations.replies", "conversations.open"} {
						r.w.Fail(sandbox.Fault{Method: method, Times: 1, Status: 503})
					}
					r.start()
					r.put(line("told", s))
					r.settled(10 * time.Minute)
					m := r.once("told")["told"]
					got := r.s.Stats().Total()
					if want := b2i(f.Stored); got.Found != want || got.Sent != 1 {
						t.Errorf("stats: got %+v, want found %d", got, want)
					}
					if receipts := r.teller.receipts["told"]; s.Receipt && (len(receipts) != 1 || receipts[0].TS != m.TS) {
						t.Errorf("receipts: got %+v, want one for %s", receipts, m.TS)
					}
				})
			})
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestUpdateIsJustRepeated(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		root := r.parent()
		r.w.Fail(sandbox.Fault{Method: "chat.update", Times: 2, Stored: true, Cut: sandbox.CutReply})
		r.start()
		r.put(line("edit", spec{Update: root}))
		r.settled(time.Minute)
		if n := r.called("conversations.history") + r.called("conversations.replies"); n != 0 {
			t.Errorf("looks: got %d, want none", n)
		}
		if n := r.called("chat.update"); n != 3 {
			t.Errorf("updates: got %d, want 3", n)
		}
	})
}

// A process died with intents in hand: those that were posted are found by one look for all, the others are posted.
func TestUnsettledAreLookedForTogether(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		root := r.parent()
		var ids []string
		for n := range 12 {
			ids = append(ids, fmt.Sprint("i", n))
			r.put(line(ids[n], spec{Thread: root, Receipt: true}))
		}
		claimed, err := r.db.Claim(r.ctx, time.Now(), 100, 0)
		if err != nil || len(claimed) != 12 {
			t.Fatalf("claim: got %d, %v", len(claimed), err)
		}
		for _, i := range claimed[:7] {
			_, _, err := r.client().PostMessageContext(r.ctx, desk, slack.MsgOptionText("told", false), slack.MsgOptionTS(root),
				slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "sameday_intent", EventPayload: map[string]any{"k": i.ID}}))
			if err != nil {
				t.Fatalf("post: %v", err)
			}
		}
		<-time.After(time.Hour) // the machine was down
		r.start()
		r.settled(time.Minute)
		r.once(ids...)
		if n := r.called("conversations.replies"); n > 3 {
			t.Errorf("looks: got %d, want one or two for all", n)
		}
		for _, id := range ids {
			if n := len(r.teller.receipts[id]); n != 1 {
				t.Errorf("receipts of %s: got %d, want 1", id, n)
			}
		}
	})
}

// A mark in another app's message is not ours.
func TestForeignMarkDoesNotCount(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 1, Stored: true, Status: 503})
		r.change = func(o *deliver.Options) { o.BotID = func() string { return "B0OTHER" } }
		r.start()
		r.put(line("told", spec{}))
		r.settled(time.Minute)
		if got := r.s.Stats().Total(); got.Found != 0 || len(r.messages()["told"]) != 2 {
			t.Errorf("got %+v and %d messages, want the first one disregarded", got, len(r.messages()["told"]))
		}
	})
}

// A look reads all pages.
func TestLookReadsOn(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 1, Stored: true, Status: 503})
		r.start()
		r.put(line("told", spec{}))
		<-time.After(500 * time.Millisecond)
		for n := range 450 {
			if _, err := r.w.As(bob).Type(desk, fmt.Sprint("noise ", n)); err != nil {
				t.Fatalf("type: %v", err)
			}
		}
		r.settled(time.Minute)
		r.once("told")
		if got := r.s.Stats(); got.Total().Found != 1 || got.Calls["conversations.history"] != 3 {
			t.Errorf("stats: got %+v, want it found on the third page", got)
		}
	})
}

func TestStopFinishesWhatIsInHand(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 1, Stored: true, Hang: 5 * time.Second})
		r.start()
		r.put(line("slow", spec{}))
		<-time.After(time.Second)
		began := time.Now()
		r.stop()
		if took := time.Since(began); took < 3*time.Second || took > 5*time.Second {
			t.Errorf("stopped after %v, want 4s", took)
		}
		r.once("slow")
		if b := r.backlog(); b.Pending != 0 {
			t.Errorf("backlog: got %+v, want nothing", b)
		}
	})
}

func TestStopIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 1, Stored: true, Hang: time.Hour})
		r.change = func(o *deliver.Options) { o.Timeout = 2 * time.Hour }
		r.start()
		r.put(line("stuck", spec{}))
		<-time.After(time.Second)
		began := time.Now()
		r.stop()
		if took := time.Since(began); took < 9*time.Second || took > 11*time.Second {
			t.Errorf("stopped after %v, want 10s", took)
		}
		if b := r.backlog(); b.Pending != 1 || b.Claimed != 0 {
			t.Errorf("backlog: got %+v, want one to be looked for", b)
		}
		r.start()
		r.settled(time.Minute)
		r.once("stuck")
	})
}

// During an outage little is tried, the operator is told once, and afterwards everything arrives.
func TestOutage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		root := r.parent()
		r.w.SetFaults(sandbox.Faults{Outage: true})
		r.start()
		var ids []string
		for n := range 100 {
			ids = append(ids, fmt.Sprint("i", n))
			r.put(line(ids[n], spec{Thread: root}))
		}
		<-time.After(59 * time.Second)
		if got := r.troubles(); len(got) != 0 {
			t.Errorf("told before a minute was over: %v", got)
		}
		<-time.After(15 * time.Minute)
		if got := r.troubles(); len(got) != 1 {
			t.Errorf("told: got %v, want it once", got)
		}
		total := 0
		for _, n := range r.s.Stats().Calls {
			total += n
		}
		if total > 60 {
			t.Errorf("calls in 16 minutes of outage: got %d, want few", total)
		}
		r.w.ClearFaults()
		r.settled(5 * time.Minute)
		r.once(ids...)
		if got := r.troubles(); len(got) != 2 || got[1] != "well" {
			t.Errorf("told: got %v, want that all is well again", got)
		}
	})
}

func TestRevokedToken(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.w.SetFaults(sandbox.Faults{Revoked: true})
		r.start()
		r.put(line("a", spec{}), line("b", spec{}))
		<-time.After(2 * time.Second)
		if got := r.troubles(); !slices.Equal(got, []string{"token_revoked"}) {
			t.Errorf("told: got %v, want token_revoked at once", got)
		}
		<-time.After(time.Hour)
		if n := r.called("chat.postMessage"); n > 20 {
			t.Errorf("posts in an hour: got %d, want few", n)
		}
		r.w.ClearFaults()
		r.settled(6 * time.Minute)
		r.once("a", "b")
		if got := r.troubles(); !slices.Equal(got, []string{"token_revoked", "well"}) {
			t.Errorf("told: got %v, want well at the end", got)
		}
	})
}

// A scope that is missing for one method does not stop the others.
func TestMissingScope(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		root := r.parent()
		r.w.Fail(sandbox.Fault{Method: "chat.update", Error: "missing_scope"})
		r.start()
		r.put(line("edit", spec{Update: root}), line("told", spec{}))
		<-time.After(5 * time.Second)
		r.once("told")
		if got := r.troubles(); !slices.Equal(got, []string{"missing_scope"}) {
			t.Errorf("told: got %v, want missing_scope", got)
		}
		r.w.ClearFaults()
		r.settled(time.Minute)
		if got := r.troubles(); !slices.Equal(got, []string{"missing_scope", "well"}) {
			t.Errorf("told: got %v, want well at the end", got)
		}
	})
}

// flaky is an outbox whose disk is bad for a while: calls take effect and fail all the same, or the other way round.
type flaky struct {
	store.Outbox
	claims, settles atomic.Int32 // how many more fail
}

func (f *flaky) Claim(ctx context.Context, now time.Time, limit, beside int) ([]store.Intent, error) {
	if list, err := f.Outbox.Claim(ctx, now, limit, beside); f.claims.Add(-1) < 0 || err != nil {
		return list, err
	}
	return nil, errBroken
}

func (f *flaky) Settle(ctx context.Context, now time.Time, x []store.Settlement) error {
	if f.settles.Add(-1) >= 0 {
		return errBroken
	}
	return f.Outbox.Settle(ctx, now, x)
}

func TestBadDiskLosesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		f := &flaky{Outbox: r.db}
		f.claims.Store(2)
		f.settles.Store(5)
		r.box = f
		r.start()
		r.put(line("a", spec{}), line("b", spec{}), line("c", spec{}))
		r.settled(5 * time.Minute)
		r.once("a", "b", "c")
	})
}
