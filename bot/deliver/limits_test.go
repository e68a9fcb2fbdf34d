package deliver_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"sameday/bot/deliver"
	"sameday/bot/sandbox"
	"sameday/store"
)

func TestRetryAfterIsObeyed(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		root := r.parent()
		before := r.called("chat.postMessage")
		r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 1, Status: http.StatusTooManyRequests, RetryAfter: 45 * time.Second})
		r.start()
		r.put(line("first", spec{}))
		<-time.After(time.Second)
		r.put(line("other", spec{Channel: ann}), line("edit", spec{Update: root}))
		<-time.After(43 * time.Second)
		if n := r.called("chat.postMessage") - before; n != 1 {
			t.Errorf("posts while the method rests: got %d, want the first only", n)
		}
		if n := r.called("chat.update"); n != 1 {
			t.Errorf("updates meanwhile: got %d, want 1: only the one method rests", n)
		}
		r.settled(5 * time.Second)
		r.once("first", "other")
	})
}

// A backlog of one channel goes out as fast as is allowed, and Slack never has to say no.
func TestOwnLimitsComeFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, t.Context(), filepath.Join(dir, "db"), sandbox.Limits{ChannelBurst: 6, TierBurst: 0.5})
		root := r.parent()
		<-time.After(time.Minute)
		r.start()
		const lines = 120
		var ids []string
		for n := range lines {
			ids = append(ids, fmt.Sprint("i", n))
			r.put(line(ids[n], spec{Thread: root}))
			edit := line(fmt.Sprint("edit", n), spec{Update: root})
			edit.Priority = store.PriorityCard
			if n%4 == 0 {
				r.put(edit)
			}
		}
		if took := r.settled(5 * time.Minute); took > 150*time.Second {
			t.Errorf("%d lines took %v, want about %d s", lines, took, lines)
		}
		r.once(ids...)
		for method, by := range r.w.CallCounts() {
			if by["429"] != 0 {
				t.Errorf("%s: Slack said no %d times, want never", method, by["429"])
			}
		}
		if waited := r.s.Stats().Total().Waited; waited > 4*lines {
			t.Errorf("put off: got %d times for %d lines, want few", waited, lines)
		}
		r.stop()
	})
}

// Calls that wait for their turn are not made when Slack says no meanwhile.
func TestRestHoldsWhatWaits(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Status: http.StatusTooManyRequests, RetryAfter: 30 * time.Second, Until: time.Now().Add(25 * time.Second)})
		r.change = func(o *deliver.Options) { o.Limits.Posts = deliver.Limit{PerMinute: 120, Burst: 1} }
		r.start()
		r.put(line("a", spec{}), line("b", spec{}), line("c", spec{}))
		<-time.After(29 * time.Second)
		if n := r.called("chat.postMessage"); n != 1 {
			t.Errorf("posts while the method rests: got %d, want 1", n)
		}
		r.settled(time.Minute)
		r.once("a", "b", "c")
	})
}

// A ring goes out at once, however many lines wait for the workspace's limit.
func TestRingsOvertakeABacklog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, t.Context(), filepath.Join(dir, "db"), sandbox.Limits{ChannelPerSecond: 100, ChannelBurst: 100})
		r.change = func(o *deliver.Options) { o.Limits.Channel = deliver.Limit{PerMinute: 6000, Burst: 100} }
		root := r.parent()
		r.start()
		for n := range 300 {
			r.put(line(fmt.Sprint("i", n), spec{Thread: root}))
		}
		<-time.After(10 * time.Second)
		for n := range 10 {
			ring := line(fmt.Sprint("ring", n), spec{Channel: ann})
			ring.Priority = store.PriorityRing
			r.put(ring)
			<-time.After(1300 * time.Millisecond)
			if got := len(r.messages()[ring.ID]); got != 1 {
				t.Errorf("%s after 1.3 s: got %d messages, want 1", ring.ID, got)
			}
		}
		if b := r.backlog(); b.Pending < 100 {
			t.Errorf("backlog: got %d, want the lines still waiting", b.Pending)
		}
		r.stop()
	})
}

// The time that an intent is sent away for grows with the queue before it, and is never far off.
func TestBacklogIsNotClaimedOverAndOver(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		root := r.parent()
		r.start()
		for n := range 300 {
			r.put(line(fmt.Sprint("i", n), spec{Thread: root}))
		}
		<-time.After(30 * time.Second)
		for _, i := range r.backlog().Intents {
			if wait := time.Until(i.NotBefore); wait > time.Minute {
				t.Fatalf("%s may go in %v, want a minute at most", i.ID, wait)
			}
			if i.Attempts > 3 {
				t.Errorf("%s was claimed %d times in 30 s, want once or twice", i.ID, i.Attempts)
			}
		}
	})
}
