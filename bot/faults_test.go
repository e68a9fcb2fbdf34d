package bot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

var everybody = []string{zhou, wang, li, zhang, chen, xu, he}

// keyOf is the intent that a message tells; empty for answers.
func keyOf(m sandbox.Message) string {
	var meta struct {
		Payload struct {
			K string `json:"k"`
		} `json:"event_payload"`
	}
	if len(m.Metadata) == 0 || json.Unmarshal(m.Metadata, &meta) != nil {
		return ""
	}
	return meta.Payload.K
}

// told lists every message of the bot in every channel, thread and direct message, by intent.
func (h *hall) told() map[string][]sandbox.Message {
	h.t.Helper()
	out := map[string][]sandbox.Message{}
	add := func(who, channel string) {
		list, err := h.slack.As(who).Channel(channel)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, top := range list {
			all := []sandbox.Message{top}
			if top.ReplyCount > 0 {
				if all, err = h.slack.As(who).Thread(channel, top.TS); err != nil {
					h.t.Fatal(err)
				}
			}
			for _, m := range all {
				if k := keyOf(m); k != "" && !m.Deleted && !m.Ephemeral {
					out[k] = append(out[k], m)
				}
			}
		}
	}
	for _, channel := range []string{jingan, xuhui, shanghai, headOffice} {
		add(he, channel)
	}
	for _, who := range everybody {
		if dm := h.slack.As(who).DM(); dm != "" {
			if _, err := h.slack.As(who).Channel(dm); err == nil {
				add(who, dm)
			}
		}
	}
	return out
}

// mustTell lists the roots and lines that the ledger says were to be told.
func (h *hall) mustTell() []string {
	h.t.Helper()
	ids, err := h.desk.Numbers(h.ctx, calendar.Day{Year: 2026, Month: 11, Day: 1}, calendar.Day{Year: 2027, Month: 1, Day: 31})
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, id := range ids {
		facts, err := h.desk.Timeline(h.ctx, id)
		if err != nil {
			h.t.Fatal(err)
		}
		c := workflow.Complaint{ID: id}
		for len(facts) > 0 {
			n := h.ledger.first(h.t, c, facts) // what was decided together is told together
			after := c.With(facts[:n]...)
			intents, err := store.Intents(after, workflow.Tell(c, after, facts[:n], h.desk.Rules()))
			facts = facts[n:]
			if err != nil {
				h.t.Fatal(err)
			}
			for _, i := range intents {
				if i.Kind == store.KindRoot || i.Kind == store.KindLine {
					out = append(out, i.ID)
				}
			}
			c = after
		}
	}
	return out
}

// once holds what all faults must leave behind: each thing told once, nothing twice, nothing waiting.
func (h *hall) once() {
	h.t.Helper()
	for range 20 { // a ring that has just come waits some seconds for its like
		if b, err := h.db.Waiting(h.ctx, 0); err != nil || b.Pending == 0 {
			break
		}
		h.wait(time.Second)
	}
	told := h.told()
	for key, list := range told {
		if len(list) > 1 {
			h.t.Errorf("%s stands %d times:\n%s", key, len(list), plain(list))
		}
	}
	for _, key := range h.mustTell() {
		if len(told[key]) == 0 {
			h.t.Errorf("%s was never told", key)
		}
	}
	if b, err := h.db.Waiting(h.ctx, 5); err != nil || b.Pending > 0 || b.Dead > 0 {
		h.t.Errorf("the outbox has %+v, %v", b, err)
	}
}

func (h *hall) acting(who string, id workflow.ID, c workflow.Command) {
	h.t.Helper()
	by := workflow.Person(org.PersonID(who))
	if _, err := h.desk.Do(h.ctx, store.Request{Complaint: id, Command: c, By: by, At: time.Now()}); err != nil {
		h.t.Fatal(err)
	}
	h.bot.Sender().Wake()
}

func (h *hall) opensAt(unit org.UnitID, summary string) workflow.ID {
	h.t.Helper()
	out, err := h.desk.Do(h.ctx, store.Request{
		Command: workflow.Open{Unit: unit, Source: workflow.SourceHotline, Summary: summary, Remedy: "回电" + plantedName + " " + plantedPhone},
		By:      workflow.System(), At: time.Now(),
		Customer: store.Customer{Name: plantedName, Phone: plantedPhone, ID: plantedID},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.bot.Sender().Wake()
	return out.Complaint.ID
}

// switchboard is a network that can be cut.
type switchboard struct {
	cut  atomic.Bool
	next http.RoundTripper
}

func (s *switchboard) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.cut.Load() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return s.next.RoundTrip(r)
}

// The workspace is away for a day, over dusk, midnight and the morning; deadlines pass, nobody can type. Afterwards all is told once, and
// what calls people goes before what is only read.
func TestFaultOutageOfADay(t *testing.T) {
	for kind, until := range map[string]string{"503": "17:00", "refused": "01:00", "restarted": "03:30"} {
		t.Run(kind, func(t *testing.T) {
			playWith(t, setup{start: "2026-11-23 16:45"}, func(h *hall) {
				line := &switchboard{next: h.wire}
				h.restart(func(o *bot.Options) { o.HTTP = &http.Client{Transport: line, Timeout: 20 * time.Second} })
				var ids []workflow.ID
				for i := range 12 {
					ids = append(ids, h.opensAt([]org.UnitID{"jingan", "xuhui"}[i%2], fmt.Sprintf("第 %d 件，排队", i)))
				}
				h.acting(wang, ids[0], workflow.Accept{})
				h.until("2026-11-23", "17:00")
				line.cut.Store(kind == "refused")
				h.slack.SetFaults(sandbox.Faults{Outage: kind != "refused", NoSockets: true})
				h.slack.DropSockets(0, "")
				h.acting(wang, ids[0], workflow.Assign{Handler: li})
				h.until("2026-11-24", "03:00")
				if kind == "restarted" {
					h.stop()
					h.wait(time.Minute)
					h.start()
				}
				h.until("2026-11-24", until)
				line.cut.Store(false)
				h.slack.ClearFaults()
				back := fmt.Sprintf("%d", time.Now().Unix())
				h.wait(40 * time.Minute)
				h.ringsFirst(t, back)
				if kind != "503" {
					h.until("2026-11-24", "09:00") // the notice comes in its time
				}
				h.once()
				for _, channel := range []string{jingan, xuhui, shanghai, headOffice} {
					if got := h.count(channel, "【隔夜】"); got != 1 {
						t.Errorf("%s has %d overnight digests, want 1", channel, got)
					}
					if got := h.count(channel, "11 月 23 日"); got < 1 {
						t.Errorf("%s has no notice of the day:\n%s", channel, plain(h.messages(channel)))
					}
				}
				wants(t, "a command afterwards", h.says(wang, jingan, "/complaint help"), "/complaint accept")
				if kind != "restarted" {
					for _, what := range []string{"Slack takes no messages", "Slack takes messages again"} {
						if got := strings.Count(h.logs.String(), what); got != 1 {
							t.Errorf("the log says %q %d times, want once", what, got)
						}
					}
				}
			})
		})
	}
}

// ringsFirst looks at the order in which what had waited was told.
func (h *hall) ringsFirst(t *testing.T, since string) {
	t.Helper()
	var all []sandbox.Message
	for _, list := range h.told() {
		if list[0].TS > since {
			all = append(all, list[0])
		}
	}
	slices.SortFunc(all, func(a, b sandbox.Message) int { return strings.Compare(a.TS, b.TS) })
	rings, last := 0, ""
	for _, m := range all {
		if strings.Contains(keyOf(m), "/"+store.KindRing+"/") {
			rings, last = rings+1, m.TS
		}
	}
	if rings < 3 { // at least Jing'an's manager and president, Xuhui's manager
		t.Fatalf("%d rings came after the outage, want 3 or more", rings)
	}
	first, _ := strconv.ParseFloat(all[0].TS, 64)
	called, _ := strconv.ParseFloat(last, 64)
	// A ring whose fate was unknown is looked for twice before it is sent again; what never went out may pass it meanwhile.
	if wait := called - first; wait > 20 {
		t.Errorf("the last ring came %.0f s after the first message", wait)
	}
}

// Slack takes nothing for an hour around midnight: the night's messages come when it does, once.
func TestFaultRateLimitedThroughMidnight(t *testing.T) {
	playWith(t, setup{start: "2026-11-23 21:30"}, func(h *hall) {
		for i := range 10 {
			h.opensAt([]org.UnitID{"jingan", "xuhui"}[i%2], fmt.Sprintf("第 %d 件", i))
		}
		h.until("2026-11-23", "23:50")
		h.slack.Fail(sandbox.Fault{Status: 429, RetryAfter: 30 * time.Second, Until: time.Now().Add(time.Hour)})
		h.until("2026-11-24", "00:30")
		run, err := h.desk.JobOn(h.ctx, workflow.JobOvernight, "jingan", run24())
		if err != nil || run.Late {
			t.Errorf("the job ledger says %+v, %v; want a run in time", run, err)
		}
		h.until("2026-11-24", "01:30")
		h.once()
		for _, channel := range []string{jingan, xuhui, shanghai, headOffice} {
			if got := h.count(channel, "【隔夜】"); got != 1 {
				t.Errorf("%s has %d overnight digests, want 1", channel, got)
			}
		}
		calls := h.slack.CallCounts()["chat.postMessage"]
		if calls["429"] > 200 { // an hour at Retry-After 30 s is 120 waits
			t.Errorf("%d posts were refused: Retry-After is not obeyed", calls["429"])
		}
	})
}

// A revoked token stops nothing but the telling; restored, all is told without anybody touching the bot.
func TestFaultTokenRevokedAndRestored(t *testing.T) {
	play(t, func(h *hall) {
		id := h.opensAt("jingan", "取号机故障")
		h.wait(time.Minute)
		h.slack.SetFaults(sandbox.Faults{Revoked: true})
		wants(t, "a command meanwhile", h.says(wang, jingan, "/complaint accept 1"), "受理")
		h.acting(wang, id, workflow.Assign{Handler: li})
		h.wait(2 * time.Hour)
		h.slack.ClearFaults()
		h.wait(15 * time.Minute)
		h.once()
		if got := strings.Count(h.logs.String(), "Slack takes no messages"); got != 1 {
			t.Errorf("the log says %d times that Slack takes nothing, want once", got)
		}
	})
}

// Each method in turn does its work and loses its answer, breaks in mid-body, or hangs for a minute.
func TestFaultAnswersLostAtEachMethod(t *testing.T) {
	for _, f := range []sandbox.Fault{
		{Stored: true, Cut: sandbox.CutReply},
		{Stored: true, Cut: sandbox.CutInBody},
		{Stored: true, Hang: time.Minute},
		{Cut: sandbox.CutReply},
		{Status: 500},
		{Stored: true, Status: 502},
		{Error: "fatal_error"},
		{Stored: true, Error: "internal_error"},
		{Status: 429},
	} {
		t.Run(fmt.Sprintf("%+v", f), func(t *testing.T) {
			play(t, func(h *hall) {
				for _, method := range []string{
					"chat.postMessage", "chat.update", "chat.getPermalink", "conversations.history", "conversations.replies", "conversations.open",
					"users.info", "chat.postEphemeral", "response_url", "views.open", "",
				} {
					fault := f
					fault.Method, fault.Times = method, 3
					h.slack.Fail(fault)
					id := h.opensAt("jingan", "取号机故障")
					h.acting(wang, id, workflow.Accept{})
					h.wait(time.Second)
					h.acting(wang, id, workflow.Assign{Handler: li})
					r, err := h.slack.As(wang).Type(jingan, "/complaint contact "+string(id))
					h.wait(time.Minute)
					if err != nil || r.Failure != "" {
						t.Errorf("%s: a command got %v %s", method, err, r.Failure)
					}
					h.slack.As(wang).CloseAll()
					h.stop()
					h.start()
					h.slack.ClearFaults()
				}
				h.wait(10 * time.Minute)
				h.once()
			})
		})
	}
}

// Slack asks for a new connection every minute while people go on: each command is answered, and each is on record.
func TestFaultRefreshEveryMinute(t *testing.T) {
	play(t, func(h *hall) {
		h.opensAt("jingan", "取号机故障")
		h.wait(time.Minute)
		answered := 0
		for minute := range 20 {
			h.slack.DropSockets(1, "refresh_requested")
			for n := range 6 {
				r, err := h.slack.As(wang).Type(jingan, fmt.Sprintf("/complaint note 1 第%d分第%d条", minute, n))
				if err != nil || r.Failure != "" || len(r.Ephemeral) != 1 {
					t.Errorf("minute %d, command %d: %v %q, %d answers", minute, n, err, r.Failure, len(r.Ephemeral))
				} else {
					answered++
				}
				h.wait(9 * time.Second)
			}
		}
		h.wait(10 * time.Minute)
		if got := strings.Count(strings.Join(h.lines(h.card(jingan, "")), "\n"), "条"); got != answered {
			t.Errorf("%d notes stand in the thread, %d were answered", got, answered)
		}
		h.once()
		if got := h.slack.Sockets(); got != 2 {
			t.Errorf("%d sockets are open, want 2", got)
		}
	})
}

// Connections that broke linger at Slack and swallow their share: whoever meets one is told by Slack, nothing is half done, and it is over
// when they are. A stop leaves none.
func TestFaultGhostConnections(t *testing.T) {
	play(t, func(h *hall) {
		h.opensAt("jingan", "取号机故障")
		h.wait(time.Minute)
		h.slack.SetFaults(sandbox.Faults{Linger: 5 * time.Minute})
		h.slack.DropSockets(0, "")
		h.wait(30 * time.Second)
		answered := 0
		for n := range 12 {
			r, err := h.slack.As(wang).Type(jingan, fmt.Sprintf("/complaint note 1 记第%d件", n))
			if err != nil {
				t.Fatal(err)
			}
			if (r.Failure == "") != (len(r.Ephemeral) == 1) {
				t.Errorf("command %d: %q and %d answers", n, r.Failure, len(r.Ephemeral))
			}
			if r.Failure == "" {
				answered++
			}
		}
		wants(t, "the log", h.logs.String(), `"connections":`)
		h.wait(6 * time.Minute)
		for range 5 {
			wants(t, "a command later", h.says(wang, jingan, "/complaint help"), "/complaint accept")
		}
		h.wait(5 * time.Minute)
		if got := strings.Count(strings.Join(h.lines(h.card(jingan, "")), "\n"), "记第"); got != answered {
			t.Errorf("%d notes stand in the thread, %d were answered", got, answered)
		}
		h.stop()
		h.wait(time.Second) // Slack has read the goodbye
		if f := h.slack.Faults(); f.Ghosts != 0 || h.slack.Sockets() != 0 {
			t.Errorf("the stop left %d ghosts and %d sockets", f.Ghosts, h.slack.Sockets())
		}
	})
}

// Events come three times, late and out of order, also after a restart: what they ask for happens once.
func TestFaultEventsTwiceAndLate(t *testing.T) {
	play(t, func(h *hall) {
		h.opensAt("jingan", "取号机故障")
		h.wait(time.Minute)
		card := h.card(jingan, "")
		h.slack.SetFaults(sandbox.Faults{EventCopies: 3, EventDelay: time.Second, EventJitter: 12 * time.Minute})
		for _, text := range []string{"@sameday 受理", "@sameday 备注 客户又来电", "@sameday 备注 客户第三次来电"} {
			if _, err := h.slack.As(wang).TypeInThread(jingan, card.TS, text); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			h.wait(4 * time.Minute)
			h.stop()
			h.start()
		}
		h.wait(10 * time.Minute)
		if got := h.lines(card); len(got) != 3 {
			t.Errorf("the thread has %d lines, want 3:\n%s", len(got), strings.Join(got, "\n"))
		}
		h.once()
	})
}

// A mention that only looks is answered once, however often it is delivered.
func TestFaultMentionAnsweredOnce(t *testing.T) {
	play(t, func(h *hall) {
		h.opensAt("jingan", "取号机故障")
		h.wait(time.Minute)
		card := h.card(jingan, "")
		h.slack.SetFaults(sandbox.Faults{EventCopies: 2, EventJitter: 6 * time.Minute})
		if _, err := h.slack.As(wang).TypeInThread(jingan, card.TS, "@sameday why"); err != nil {
			t.Fatal(err)
		}
		h.wait(10 * time.Minute)
		thread, err := h.slack.As(wang).Thread(jingan, card.TS)
		if err != nil {
			t.Fatal(err)
		}
		answers := 0
		for _, m := range thread {
			if m.Ephemeral {
				answers++
			}
		}
		if answers != 1 {
			t.Errorf("it was answered %d times, want once:\n%s", answers, plain(thread))
		}
	})
}

// A channel is archived in mid-thread: other units' work goes on, and what waited is told when the channel is back.
func TestFaultChannelArchivedAndReopened(t *testing.T) {
	playWith(t, setup{start: "2026-11-23 21:30"}, func(h *hall) {
		id := h.opensAt("jingan", "取号机故障")
		other := h.opensAt("xuhui", "转账未到账")
		h.wait(time.Minute)
		if err := h.slack.As(he).Archive(jingan); err != nil {
			t.Fatal(err)
		}
		h.acting(wang, id, workflow.Accept{})
		h.acting(wang, id, workflow.Assign{Handler: li})
		h.acting(zhang, other, workflow.Accept{})
		h.wait(time.Minute)
		if got := h.lines(h.root(xuhui, other)); len(got) != 1 {
			t.Errorf("the other unit's thread has %d lines, want 1", len(got))
		}
		h.until("2026-11-24", "00:10")
		if got := h.count(shanghai, "【隔夜】"); got != 1 {
			t.Errorf("the branch has %d digests, want 1", got)
		}
		if err := h.slack.As(he).Unarchive(jingan); err != nil {
			t.Fatal(err)
		}
		h.wait(30 * time.Minute)
		h.once()
	})
}

// An admin deletes a card, with and without a thread under it: what cannot be told any more is put aside and logged, all else goes on.
func TestFaultCardDeletedByAnAdmin(t *testing.T) {
	play(t, func(h *hall) {
		admin := h.slack.AddPerson(sandbox.Person{ID: "U0ADMIN", Name: "admin", RealName: "管理员", Admin: true})
		bare, threaded, other := h.opensAt("jingan", "甲件"), h.opensAt("jingan", "乙件"), h.opensAt("jingan", "丙件")
		h.acting(wang, threaded, workflow.Accept{})
		h.wait(time.Minute)
		for _, id := range []workflow.ID{bare, threaded} {
			if err := h.slack.As(admin).Delete(jingan, h.root(jingan, id).TS); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range []workflow.ID{bare, other} {
			h.acting(wang, id, workflow.Accept{})
		}
		for _, id := range []workflow.ID{bare, threaded, other} {
			h.acting(wang, id, workflow.Assign{Handler: li})
			h.acting(xu, id, workflow.SetGrade{Grade: workflow.GradeKey, Notice: "总行通报"})
		}
		h.wait(2 * time.Minute)
		if got := h.lines(h.root(jingan, other)); len(got) != 3 {
			t.Errorf("the other complaint has %d lines, want 3", len(got))
		}
		for _, id := range []workflow.ID{bare, threaded, other} {
			if got := h.count(headOffice, string(id)); got != 1 {
				t.Errorf("head office sees %s %d times, want its mirror once", id, got)
			}
			wants(t, "a command", h.says(wang, jingan, "/complaint show "+string(id)), string(id))
		}
		b, err := h.db.Waiting(h.ctx, 100)
		if err != nil || b.Pending > 0 || b.Dead == 0 {
			t.Errorf("the outbox has %+v, %v; want what cannot be told put aside", b, err)
		}
		wants(t, "the log", h.logs.String(), "an intent can never be told")
	})
}

// The answer to the channel's list of calls is lost, and before it is looked for all but one of those on it are answered: the list stands
// once all the same, and the one is not called in its thread again.
func TestFaultCalledAndAnswered(t *testing.T) {
	play(t, func(h *hall) {
		var ids []workflow.ID
		for range 8 {
			ids = append(ids, h.opensAt("jingan", "取号机故障"))
		}
		h.until("2026-11-23", "09:29")
		h.slack.Fail(sandbox.Fault{Method: "chat.postMessage", Channel: jingan, Stored: true, Cut: sandbox.CutReply})
		for range 6000 { // the first may be called alone; the others are on a list
			if h.count(jingan, "【呼叫】") > 0 {
				break
			}
			h.wait(100 * time.Millisecond)
		}
		list, last := "", workflow.ID("")
		for _, m := range h.messages(jingan) {
			if strings.Contains(m.Plain(), "【呼叫】") {
				list = m.Plain()
			}
		}
		for _, id := range ids {
			if last == "" && strings.Contains(list, string(id)) {
				last = id
				continue
			}
			h.acting(wang, id, workflow.Ack{})
		}
		h.slack.ClearFaults()
		h.wait(5 * time.Minute)
		if got := h.count(jingan, "【呼叫】"); got != 1 {
			t.Errorf("the list stands %d times", got)
		}
		if got := strings.Join(h.lines(h.root(jingan, last)), "\n"); strings.Contains(got, "已呼叫") {
			t.Errorf("what is on the list is called in the thread again:\n%s", got)
		}
	})
}

// A manager's account is closed: the others are called all the same, and nothing waits for the one who left.
func TestFaultPersonDeactivated(t *testing.T) {
	playWith(t, setup{start: "2026-11-23 21:30"}, func(h *hall) {
		n := string(h.opensAt("jingan", "取号机故障"))
		h.wait(time.Minute)
		if err := h.slack.Deactivate(zhou); err != nil {
			t.Fatal(err)
		}
		h.until("2026-11-24", "00:30")
		list, err := h.slack.As(wang).Channel(h.slack.As(wang).DM())
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "the manager's ping", plain(ours(list)), n)
		if b, err := h.db.Waiting(h.ctx, 10); err != nil || b.Pending > 0 {
			t.Errorf("the outbox has %+v, %v", b, err)
		}
	})
}

// The clock is set forward and back, by an hour and by a day, around each job; meanwhile answers get lost. Each job of each day is told
// once, and nothing waits for the clock to come round again; with Slack's time to go by, and without.
func TestFaultClockSteps(t *testing.T) {
	for name, steps := range map[string][]time.Duration{
		"forward": {time.Hour, 24 * time.Hour, 24 * time.Hour}, "back": {-24 * time.Hour, -time.Hour, -24 * time.Hour},
		"forward, alone": {time.Hour, 24 * time.Hour, 24 * time.Hour}, "back, alone": {-24 * time.Hour, -time.Hour, -24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			playWith(t, setup{start: "2026-11-23 17:45"}, func(h *hall) {
				var offset atomic.Int64
				h.restart(func(o *bot.Options) {
					o.Now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
				})
				if strings.HasSuffix(name, "alone") {
					h.slack.Fail(sandbox.Fault{Method: "auth.test", Status: 503})
				}
				for i, at := range []string{"2026-11-23 17:59", "2026-11-24 00:04", "2026-11-24 08:29"} {
					day, clock, _ := strings.Cut(at, " ")
					h.until(day, clock)
					h.stepping(t, at, &offset, steps[i])
				}
				h.until("2026-11-24", "09:30")
				h.once()
				h.jobsOnce(t)
			})
		})
	}
}

// stepping opens a complaint whose messages go wrong, and sets the clock before they can be repaired; then the same with the clock set back
// to what is right.
func (h *hall) stepping(t *testing.T, at string, offset *atomic.Int64, step time.Duration) {
	t.Helper()
	h.slack.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 3, Stored: true, Cut: sandbox.CutReply})
	id := h.opensAt("jingan", "取号机故障")
	h.wait(500 * time.Millisecond)
	offset.Store(int64(step))
	h.bot.Nudge()
	h.wait(20 * time.Minute)
	if got := h.count(jingan, string(id)); got == 0 {
		t.Errorf("%s: the card still waits", at)
	}
	h.slack.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 2, Status: 503})
	h.acting(wang, id, workflow.Accept{})
	h.wait(1500 * time.Millisecond)
	offset.Store(0)
	h.bot.Nudge()
	h.wait(20 * time.Minute)
	if got := h.lines(h.root(jingan, id)); len(got) == 0 {
		t.Errorf("%s: the line still waits", at)
	}
}

// jobsOnce holds that every job whose time has come is in the ledger.
func (h *hall) jobsOnce(t *testing.T) {
	t.Helper()
	for _, unit := range []org.UnitID{"jingan", "xuhui", "shanghai", "head"} {
		for job, day := range map[workflow.Job]calendar.Day{
			workflow.JobDusk: run24().Add(-1), workflow.JobOvernight: run24(), workflow.JobNotice: run24(),
		} {
			if _, err := h.desk.JobOn(h.ctx, job, unit, day); err != nil {
				t.Errorf("%s of %s on %s: %v", job, unit, day, err)
			}
		}
	}
	if _, err := h.desk.JobOn(h.ctx, workflow.JobOvernight, "jingan", run24().Add(6)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a job of the future: %v, want none", err)
	}
}
