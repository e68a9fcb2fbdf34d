package deliver_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sameday/bot/deliver"
	"sameday/bot/sandbox"
	"sameday/store"
)

func TestTells(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		root := r.parent()
		r.start()
		r.put(
			line("top", spec{Link: true, Receipt: true}),
			line("reply", spec{Thread: root}),
			line("loud", spec{Thread: root, Broadcast: true}),
			line("direct", spec{Channel: ann, Receipt: true}),
			line("nothing", spec{Skip: true}),
			line("edit", spec{Update: root}),
		)
		if err := r.s.Idle(r.ctx); err != nil {
			t.Fatalf("Idle: %v", err)
		}
		got := r.once("top", "reply", "loud", "direct")
		if m := got["reply"]; m.ThreadTS != root || m.Broadcast || m.Text != "reply" {
			t.Errorf("reply: got %+v, want it in the thread only", m)
		}
		if m := got["loud"]; m.ThreadTS != root || !m.Broadcast {
			t.Errorf("loud: got %+v, want it in the thread and the channel", m)
		}
		receipt := r.teller.receipts["top"]
		if len(receipt) != 1 || receipt[0].Channel != desk || receipt[0].TS != got["top"].TS || !strings.Contains(receipt[0].Link, "/archives/C0DESK/p") {
			t.Errorf("receipt of top: got %+v, want one for %s with a link", receipt, got["top"].TS)
		}
		receipt = r.teller.receipts["direct"]
		if len(receipt) != 1 || receipt[0].Channel != got["direct"].Channel || receipt[0].Link != "" {
			t.Errorf("receipt of direct: got %+v, want channel %s without a link", receipt, got["direct"].Channel)
		}
		thread, err := r.w.As(ann).Thread(desk, root)
		if err != nil || thread[0].Text != "edit" {
			t.Errorf("updated root: got %+v, %v, want text edit", thread, err)
		}
		if len(r.messages()["nothing"])+len(r.messages()["edit"]) != 0 {
			t.Errorf("posted what was to be skipped or updated")
		}
		want := deliver.Counts{Sent: 5, Skipped: 1}
		if s := r.s.Stats(); s.Total() != want || s.Calls["chat.postMessage"] != 4 || s.Calls["chat.update"] != 1 || s.Calls["chat.getPermalink"] != 1 {
			t.Errorf("stats: got %+v, want %+v from 4 posts, 1 update, 1 link", s, want)
		}
	})
}

func TestDirectMessageIsUpdatedInItsChannel(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.start()
		r.put(line("direct", spec{Channel: ann}))
		r.settled(time.Minute)
		ts := r.once("direct")["direct"].TS
		r.put(line("edit", spec{Channel: ann, Update: ts}), line("again", spec{Channel: ann, Update: ts}))
		r.settled(time.Minute)
		if got := r.once("direct")["direct"].Text; got != "edit" && got != "again" {
			t.Errorf("text: got %q, want that of an update", got)
		}
		if b := r.backlog(); b.Dead != 0 {
			t.Errorf("dead: got %+v, want none", b)
		}
	})
}

func TestRendererAnswers(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		began := time.Now()
		r.teller.fail = func(i store.Intent, attempt int) error {
			switch {
			case i.ID == "waits" && time.Since(began) < time.Minute:
				return &deliver.Wait{Until: began.Add(time.Minute), Reason: "no root"}
			case i.ID == "soon" && attempt < 3:
				return &deliver.Wait{}
			case i.ID == "gone":
				return &deliver.Gone{Reason: "unit_closed"}
			case i.ID == "fails" && attempt < 4:
				return errBroken
			case i.ID == "panics" && attempt == 1:
				panic("张三")
			}
			return nil
		}
		r.start()
		r.put(line("waits", spec{}), line("soon", spec{}), line("gone", spec{}), line("fails", spec{}), line("panics", spec{}))
		if err := r.s.Idle(r.ctx); err != nil {
			t.Fatalf("Idle: %v", err)
		}
		b := r.backlog()
		if n := slices.IndexFunc(b.Intents, func(i store.Intent) bool { return i.ID == "waits" && i.LastError == "no_root" }); n < 0 {
			t.Errorf("backlog: got %+v, want waits with reason no_root", b)
		}
		if took := r.settled(2 * time.Minute); took < 50*time.Second || took > 65*time.Second {
			t.Errorf("settled after %v, want about a minute", took)
		}
		r.once("waits", "soon", "fails", "panics")
		b = r.backlog()
		if len(b.Intents) != 1 || b.Intents[0].LastError != "unit_closed" {
			t.Errorf("dead: got %+v, want unit_closed", b.Intents)
		}
	})
}

// Order of a lane holds through faults: a later line never overtakes one that is tried again.
func TestLaneKeepsItsOrder(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		root := r.parent()
		for n := range 3 {
			r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 1, Stored: n == 1, Status: 503})
		}
		r.start()
		var ids []string
		for n := range 10 {
			i := line(fmt.Sprint("line", n), spec{Thread: root})
			i.Lane = "complaint"
			r.put(i)
			ids = append(ids, i.ID)
		}
		r.settled(10 * time.Minute)
		got := r.once(ids...)
		for n := 1; n < len(ids); n++ {
			if got[ids[n-1]].TS >= got[ids[n]].TS {
				t.Errorf("%s at %s, %s at %s: want them in order", ids[n-1], got[ids[n-1]].TS, ids[n], got[ids[n]].TS)
			}
		}
	})
}

func TestNotInChannel(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.start()
		r.put(line("joins", spec{Channel: yard}))
		if took := r.settled(time.Minute); took > 3*time.Second {
			t.Errorf("joined and posted after %v, want at once", took)
		}
		r.once("joins")
	})
}

func TestCannotRejoin(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.change = func(o *deliver.Options) { o.Rejoin = nil }
		r.start()
		r.put(line("waits", spec{Channel: yard}))
		<-time.After(10 * time.Minute)
		if n := r.called("chat.postMessage"); n < 3 || n > 8 {
			t.Errorf("posts in ten minutes: got %d, want a few", n)
		}
		if err := r.w.As(ann).Invite(yard, r.w.BotUserID()); err != nil {
			t.Fatalf("invite: %v", err)
		}
		r.settled(6 * time.Minute)
		r.once("waits")
	})
}

// An archived channel may be opened again: what belongs there waits for it and is not given up.
func TestArchivedChannelIsWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		if err := r.w.As(ann).Archive(desk); err != nil {
			t.Fatalf("archive: %v", err)
		}
		r.start()
		r.put(line("late", spec{}))
		<-time.After(10 * time.Minute)
		if b := r.backlog(); b.Dead != 0 || b.Pending != 1 {
			t.Errorf("backlog: got %+v, want one that waits", b)
		}
		if err := r.w.As(ann).Unarchive(desk); err != nil {
			t.Fatalf("unarchive: %v", err)
		}
		if err := r.w.As(ann).Invite(desk, r.w.BotUserID()); err != nil {
			t.Fatalf("invite: %v", err)
		}
		r.settled(6 * time.Minute)
		r.once("late")
	})
}

func TestReceiptIsKeptInTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.teller.posted = func(_ store.Intent, attempt int) error {
			if attempt < 3 {
				return errBroken
			}
			return nil
		}
		r.start()
		r.put(line("root", spec{Receipt: true, Link: true}))
		r.settled(time.Minute)
		m := r.once("root")["root"]
		if got := r.teller.receipts["root"]; len(got) != 1 || got[0].TS != m.TS || got[0].Link == "" {
			t.Errorf("receipts: got %+v, want one for %s", got, m.TS)
		}
		if n := r.called("chat.postMessage"); n != 1 {
			t.Errorf("posts: got %d, want 1", n)
		}
	})
}

// A post whose receipt could not be kept is found by the next process, with its link.
func TestReceiptIsKeptByTheNextProcess(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.teller.posted = func(store.Intent, int) error { return errBroken }
		r.start()
		r.put(line("root", spec{Receipt: true, Link: true}))
		<-time.After(20 * time.Second)
		r.stop()
		r.teller.posted = nil
		r.start()
		r.settled(2 * time.Minute)
		m := r.once("root")["root"]
		if got := r.teller.receipts["root"]; len(got) != 1 || got[0].TS != m.TS || got[0].Link == "" {
			t.Errorf("receipts: got %+v, want one for %s", got, m.TS)
		}
		if s := r.s.Stats().Total(); s.Found != 1 {
			t.Errorf("stats: got %+v, want 1 found", s)
		}
	})
}

func TestLinkThatSlackRefusesIsLeftOut(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.w.Fail(sandbox.Fault{Method: "chat.getPermalink", Times: 1, Status: 503})
		r.w.Fail(sandbox.Fault{Method: "chat.getPermalink", Times: 1, Error: "message_not_found"})
		r.start()
		r.put(line("root", spec{Receipt: true, Link: true}))
		r.settled(time.Minute)
		r.once("root")
		if got := r.teller.receipts["root"]; len(got) != 1 || got[0].Link != "" {
			t.Errorf("receipts: got %+v, want one without a link", got)
		}
	})
}

func TestRunsOnce(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.start()
		r.put(line("one", spec{}))
		r.settled(time.Minute)
		if err := r.s.Run(r.ctx); err == nil {
			t.Errorf("second Run: got nil, want an error")
		}
	})
}

func TestIdleEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.w.SetFaults(sandbox.Faults{Outage: true})
		r.start()
		r.put(line("a", spec{}), line("b", spec{}), line("c", spec{}), line("d", spec{}))
		ctx, cancel := context.WithTimeout(r.ctx, 10*time.Second)
		defer cancel()
		if err := r.s.Idle(ctx); err == nil && r.backlog().Pending == 0 {
			t.Errorf("Idle in an outage: got nil with nothing pending")
		}
		r.w.ClearFaults()
	})
}
