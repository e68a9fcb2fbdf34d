package deliver_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"sameday/bot/deliver"
	"sameday/bot/sandbox"
	"sameday/store"
)

// ring is an intent of a person's batch.
func ring(id, who string) store.Intent {
	i := line(id, spec{Channel: who, Receipt: true})
	i.Lane, i.Priority, i.Batch = "person "+who, store.PriorityRing, "rings"
	return i
}

// texts checks that the messages are exactly these, by the id of the first that each tells.
func (r *rig) texts(want map[string]string) {
	r.t.Helper()
	got := r.messages()
	for id, text := range want {
		if list := got[id]; len(list) != 1 || list[0].Text != text {
			r.t.Errorf("messages of %s: got %+v, want one with %q", id, list, text)
		}
	}
	if len(got) != len(want) {
		r.t.Errorf("messages: got %d, want %d", len(got), len(want))
	}
}

// Three hundred rings are one message per person.
func TestBatchIsOneMessage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		all := map[string][]string{}
		for n := range 300 {
			for _, who := range []string{ann, bob} {
				id := fmt.Sprint(who, n)
				all[who] = append(all[who], id)
				r.put(ring(id, who))
			}
		}
		r.start()
		if took := r.settled(time.Minute); took > 2*time.Second {
			t.Errorf("told after %v, want at once", took)
		}
		r.texts(map[string]string{ann + "0": strings.Join(all[ann], " "), bob + "0": strings.Join(all[bob], " ")})
		if n := r.called("chat.postMessage"); n != 2 {
			t.Errorf("posts: got %d, want 2", n)
		}
		for _, who := range []string{ann, bob} {
			if n := len(r.teller.receipts[who+"0"]); n != 1 {
				t.Errorf("receipts of %s: got %d, want 1", who, n)
			}
		}
	})
}

// Who comes while a batch is on its way joins it only when it was certainly not told.
func TestWhoJoinsABatchAfterAFault(t *testing.T) {
	t.Parallel()
	post := "chat.postMessage"
	apart, together := map[string]string{"1": "1 2", "3": "3"}, map[string]string{"1": "1 2 3"}
	for name, c := range map[string]struct {
		fault sandbox.Fault
		want  map[string]string
	}{
		"reply lost":           {sandbox.Fault{Method: post, Stored: true, Cut: sandbox.CutReply}, apart},
		"503 after storing":    {sandbox.Fault{Method: post, Stored: true, Status: 503}, apart},
		"503 before storing":   {sandbox.Fault{Method: post, Status: 503}, apart},
		"stored, then silence": {sandbox.Fault{Method: post, Stored: true, Hang: time.Minute}, apart},
		"too many":             {sandbox.Fault{Method: post, Status: http.StatusTooManyRequests, RetryAfter: 5 * time.Second}, together},
		"refused":              {sandbox.Fault{Method: post, Error: "something_new"}, together},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				c.fault.Times = 1
				r.w.Fail(c.fault)
				r.put(ring("1", ann), ring("2", ann))
				r.start()
				<-time.After(500 * time.Millisecond)
				r.put(ring("3", ann))
				r.settled(10 * time.Minute)
				r.texts(c.want)
			})
		})
	}
}

// A batch whose receipt cannot be kept stands in Slack: nobody joins it.
func TestBatchWithoutReceiptStaysAsItIs(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.teller.posted = func(i store.Intent, attempt int) error {
			if i.ID == "1" && attempt < 3 {
				return errBroken
			}
			return nil
		}
		r.put(ring("1", ann), ring("2", ann))
		r.start()
		<-time.After(500 * time.Millisecond)
		r.put(ring("3", ann))
		r.settled(time.Minute)
		r.texts(map[string]string{"1": "1 2", "3": "3"})
	})
}

// A process died with a batch in hand, before or after it was posted: it is told once, as it was, and newcomers by themselves.
func TestBatchInHandOfADeadProcess(t *testing.T) {
	t.Parallel()
	for name, posted := range map[string]bool{"posted": true, "not posted": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.put(ring("1", ann), ring("2", ann))
				claimed, err := r.db.Claim(r.ctx, time.Now(), 100, 0)
				if err != nil || len(claimed) != 1 {
					t.Fatalf("claim: got %d, %v", len(claimed), err)
				}
				if posted {
					_, _, err := r.client().PostMessageContext(r.ctx, ann, slack.MsgOptionText(content(claimed[0]), false),
						slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "sameday_intent", EventPayload: map[string]any{"k": "1"}}))
					if err != nil {
						t.Fatalf("post: %v", err)
					}
				}
				r.put(ring("3", ann))
				r.start()
				r.settled(time.Minute)
				r.texts(map[string]string{"1": "1 2", "3": "3"})
				if n := len(r.teller.receipts["1"]); n != 1 {
					t.Errorf("receipts: got %d, want 1", n)
				}
			})
		})
	}
}

func TestBatchIsGivenUpWhole(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 1, Error: "user_disabled"})
		r.put(ring("1", ann), ring("2", ann))
		r.start()
		r.settled(time.Minute)
		b := r.backlog()
		if b.Dead != 2 || b.Intents[0].LastError != "user_disabled" || b.Intents[1].LastError != "user_disabled" {
			t.Errorf("backlog: got %+v, want two dead of user_disabled", b)
		}
	})
}

// call is an intent for the gateway.
func call(id string) store.Intent {
	i := line(id, spec{Call: true})
	i.Beside, i.Priority = true, store.PriorityRing
	return i
}

func (r *rig) wantHeard(want map[string]string) {
	r.t.Helper()
	r.teller.mu.Lock()
	defer r.teller.mu.Unlock()
	if fmt.Sprint(r.teller.heard) != fmt.Sprint(want) || len(r.teller.clashes) > 0 {
		r.t.Errorf("heard: got %v and clashes %v, want %v", r.teller.heard, r.teller.clashes, want)
	}
}

// What a call answers decides, and nothing of it is Slack's trouble.
func TestCallAnswers(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		began := time.Now()
		r.teller.gateway = func(i store.Intent, attempt int) (bool, error) {
			switch {
			case i.ID == "waits" && time.Since(began) < time.Minute:
				return false, &deliver.Wait{Until: began.Add(time.Minute), Reason: "busy"}
			case i.ID == "gone":
				return false, &deliver.Gone{Reason: "no_number"}
			case i.ID == "fails" && attempt < 8:
				return attempt > 2, errBroken
			case i.ID == "panics" && attempt == 1:
				panic("张三")
			}
			return true, nil
		}
		r.start()
		slow := line("through", spec{Call: true}) // not known to go beside Slack
		r.put(call("told"), call("waits"), call("gone"), call("fails"), call("panics"), slow)
		<-time.After(70 * time.Second)
		r.wantHeard(map[string]string{"told": "told", "waits": "waits", "fails": "fails", "panics": "panics", "through": "through"})
		b := r.backlog()
		if b.Pending != 0 || b.Dead != 1 || b.Intents[0].LastError != "no_number" {
			t.Errorf("backlog: got %+v, want one dead of no_number", b)
		}
		if got := r.troubles(); len(got) != 0 {
			t.Errorf("told: got %v, want no trouble", got)
		}
		want := deliver.Counts{Sent: 5, Waited: 1, Retried: 8, Dead: 1}
		if s := r.s.Stats(); s.Total() != want || len(s.Calls) != 0 {
			t.Errorf("stats: got %+v, want %+v and no calls of Slack", s, want)
		}
	})
}

// Calls that fail for long are nothing to Slack, and an outage of Slack is nothing to them.
func TestTwoWaysDoNotHoldEachOtherUp(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		root := r.parent()
		r.setGateway(func(store.Intent, int) (bool, error) { return false, errBroken })
		r.start()
		for n := range 20 {
			r.put(call(fmt.Sprint("bad", n)))
		}
		<-time.After(10 * time.Minute)
		r.put(line("told", spec{Thread: root}))
		<-time.After(time.Second)
		r.once("told")
		r.setGateway(func(i store.Intent, attempt int) (bool, error) {
			if i.ID == "good0" && attempt == 1 {
				return false, errBroken
			}
			return true, nil
		})
		r.w.SetFaults(sandbox.Faults{Outage: true})
		for n := range 20 {
			r.put(line(fmt.Sprint("late", n), spec{Thread: root}))
		}
		<-time.After(5 * time.Minute)
		began := time.Now()
		for n := range 20 {
			r.put(call(fmt.Sprint("good", n)))
		}
		for len(r.heardNow()) < 39 {
			if <-time.After(100 * time.Millisecond); time.Since(began) > 1500*time.Millisecond {
				t.Fatalf("heard after %v of an outage: got %d, want 39", time.Since(began), len(r.heardNow()))
			}
		}
		for len(r.heardNow()) < 40 { // the second attempt waits for a second, and not for Slack
			if <-time.After(100 * time.Millisecond); time.Since(began) > 3500*time.Millisecond {
				t.Fatalf("heard after %v of an outage: got %d, want 40", time.Since(began), len(r.heardNow()))
			}
		}
		if got := r.troubles(); len(got) != 1 {
			t.Errorf("told: got %v, want one trouble of Slack's", got)
		}
		r.w.ClearFaults()
		r.settled(5 * time.Minute)
	})
}

// A gateway that keeps every call until its time is over takes no worker from Slack, neither from its messages nor from the probe of an
// outage.
func TestHangingCallsTakeNothingFromSlack(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.change = func(o *deliver.Options) {
			o.Workers = 2
			o.Render = renderer(func(ctx context.Context, i store.Intent) (deliver.Action, error) {
				if !i.Beside {
					return r.teller.Render(ctx, i)
				}
				return deliver.Action{Call: func(ctx context.Context) error {
					<-ctx.Done()
					return ctx.Err()
				}}, nil
			})
		}
		for n := range 20 {
			r.put(call(fmt.Sprint("hangs", n)))
		}
		r.start()
		<-time.After(time.Minute)
		r.put(line("at once", spec{}))
		<-time.After(time.Second)
		r.once("at once")
		r.w.SetFaults(sandbox.Faults{Outage: true})
		for n := range 10 {
			r.put(line(fmt.Sprint("late", n), spec{}))
		}
		<-time.After(10 * time.Minute)
		r.w.ClearFaults()
		<-time.After(2 * time.Minute)
		for n := range 10 {
			r.once(fmt.Sprint("late", n))
		}
	})
}

// Slack that keeps every worker waiting keeps no call waiting.
func TestHangingSlackTakesNothingFromCalls(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Hang: 10 * time.Second})
		r.start()
		for n := range 20 {
			r.put(line(fmt.Sprint("hangs", n), spec{}))
		}
		<-time.After(5 * time.Second)
		r.put(call("told"))
		<-time.After(500 * time.Millisecond)
		r.wantHeard(map[string]string{"told": "told"})
		r.w.ClearFaults()
		r.settled(10 * time.Minute)
	})
}

func (r *rig) setGateway(g func(store.Intent, int) (bool, error)) {
	r.teller.mu.Lock()
	defer r.teller.mu.Unlock()
	r.teller.gateway = g
}

func (r *rig) heardNow() map[string]string {
	r.teller.mu.Lock()
	defer r.teller.mu.Unlock()
	out := map[string]string{}
	for id, text := range r.teller.heard {
		out[id] = text
	}
	return out
}

// A call that failed may have been heard: it is repeated as it was. One that says it was not may take newcomers along.
func TestBatchOfCalls(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want map[string]string
	}{
		"failed": {errBroken, map[string]string{"1": "1 2", "3": "3"}},
		"waits":  {&deliver.Wait{}, map[string]string{"1": "1 2 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				batched := func(id string) store.Intent {
					i := call(id)
					i.Lane, i.Batch = "gateway", "calls"
					return i
				}
				r.teller.gateway = func(_ store.Intent, attempt int) (bool, error) {
					if attempt == 1 && r.teller.calls["1"] == 1 && r.teller.calls["3"] == 0 {
						return c.err == errBroken, c.err
					}
					return true, nil
				}
				r.put(batched("1"), batched("2"))
				r.start()
				<-time.After(500 * time.Millisecond)
				r.put(batched("3"))
				r.settled(time.Minute)
				r.wantHeard(c.want)
			})
		})
	}
}

// A call that never returns by itself is broken off.
func TestCallIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		calls := 0
		r.change = func(o *deliver.Options) {
			o.Render = renderer(func(context.Context, store.Intent) (deliver.Action, error) {
				return deliver.Action{Call: func(ctx context.Context) error {
					if calls++; calls > 1 {
						return nil
					}
					<-ctx.Done()
					return ctx.Err()
				}}, nil
			})
		}
		r.put(call("slow"))
		r.start()
		if took := r.settled(time.Minute); took < 15*time.Second || took > 20*time.Second {
			t.Errorf("told after %v, want it broken off after 15 s", took)
		}
		if calls != 2 {
			t.Errorf("calls: got %d, want 2", calls)
		}
	})
}

type renderer func(context.Context, store.Intent) (deliver.Action, error)

func (f renderer) Render(ctx context.Context, i store.Intent) (deliver.Action, error) {
	return f(ctx, i)
}
