package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"sameday/store"
)

func outboxTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"outbox/order":      testOrder,
		"outbox/retry":      testRetry,
		"outbox/dead":       testDead,
		"outbox/coalesce":   testCoalesce,
		"outbox/same id":    testSameIntent,
		"outbox/unsettled":  testUnsettled,
		"outbox/clock":      testEarlierClock,
		"outbox/urgent":     testUrgent,
		"outbox/concurrent": testConcurrentClaims,
		"outbox/backlog":    testBacklog,
	}
}

func (f *fixture) file(t *testing.T, intents ...store.Intent) {
	t.Helper()
	f.append(t, store.Commit{At: start(), Intents: intents})
}

func (f *fixture) claim(t *testing.T, now time.Time, limit int) []string {
	t.Helper()
	got, err := f.s.Claim(t.Context(), now, limit, 0)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	var ids []string
	for _, n := range got {
		ids = append(ids, n.ID)
		if !n.StartedAt.Equal(now) || n.Attempts < 1 {
			t.Errorf("claimed %s: started %v after %d attempts, want %v and at least 1", n.ID, n.StartedAt, n.Attempts, now)
		}
	}
	return ids
}

func (f *fixture) settle(t *testing.T, result store.Result, retryAt time.Time, ids ...string) {
	t.Helper()
	var all []store.Settlement
	for _, id := range ids {
		all = append(all, store.Settlement{ID: id, Result: result, RetryAt: retryAt, Reason: "why"})
	}
	if err := f.s.Settle(t.Context(), start(), all); err != nil {
		t.Fatalf("settle: %v", err)
	}
}

func testOrder(t *testing.T, f *fixture) {
	now := start()
	f.file(
		t,
		store.Intent{ID: "a card", Lane: "a", Priority: store.PriorityCard},
		store.Intent{ID: "a line 1", Lane: "a", Priority: store.PriorityLine},
		store.Intent{ID: "a line 2", Lane: "a", Priority: store.PriorityLine},
		store.Intent{ID: "b ring", Lane: "b", Priority: store.PriorityRing},
		store.Intent{ID: "c line", Lane: "c", Priority: store.PriorityLine},
	)
	same(t, "limit", f.claim(t, now, 0), []string(nil))
	same(t, "first", f.claim(t, now, 2), []string{"b ring", "a line 1"})
	same(t, "second", f.claim(t, now, 10), []string{"c line"})
	same(t, "all lanes are busy", f.claim(t, now, 10), []string(nil))
	f.file(t, store.Intent{ID: "a root", Lane: "a"})
	f.settle(t, store.Sent, time.Time{}, "a line 1", "c line", "no such")
	same(t, "lane goes on", f.claim(t, now, 10), []string{"a root"})
	f.settle(t, store.Sent, time.Time{}, "a root", "a root")
	same(t, "by age", f.claim(t, now, 10), []string{"a line 2"})
	f.reopen(t)
	f.settle(t, store.Sent, time.Time{}, "a line 2", "b ring")
	same(t, "card last", f.claim(t, now, 10), []string{"a card"})
	f.settle(t, store.Sent, time.Time{}, "a card")
	same(t, "backlog", must(f.s.Waiting(t.Context(), 10)), store.Backlog{})
	if err := f.s.Settle(t.Context(), now, []store.Settlement{{ID: "x", Result: 7}}); err == nil {
		t.Errorf("settling with an unknown result went through")
	}
}

func testRetry(t *testing.T, f *fixture) {
	now, later := start().Truncate(time.Microsecond), start().Truncate(time.Microsecond).Add(time.Minute)
	f.file(t, store.Intent{ID: "1", Lane: "a"}, store.Intent{ID: "2", Lane: "a"}, store.Intent{ID: "3", Lane: "b", NotBefore: later.Add(time.Second)})
	same(t, "first", f.claim(t, now, 10), []string{"1"})
	f.settle(t, store.Retry, later, "1")
	f.settle(t, store.Sent, time.Time{}, "1", "2") // neither is claimed
	same(t, "the lane waits with its first", f.claim(t, later.Add(-time.Microsecond), 10), []string(nil))
	if next := must(f.s.Waiting(t.Context(), 0)).Next; !next.Equal(later) {
		t.Errorf("next = %v, want %v", next, later)
	}
	f.reopen(t)
	same(t, "again", f.claim(t, later, 10), []string{"1"})
	got := must(f.s.Unsettled(t.Context()))
	if len(got) != 1 || got[0].Attempts != 2 || got[0].LastError != "why" {
		t.Errorf("unsettled = %+v, want the second attempt of 1", got)
	}
	f.settle(t, store.Sent, time.Time{}, "1")
	same(t, "both lanes", f.claim(t, later.Add(time.Second), 10), []string{"2", "3"})
}

func testDead(t *testing.T, f *fixture) {
	now := start()
	f.file(t, store.Intent{ID: "1", Lane: "a", Body: []byte(`{}`)}, store.Intent{ID: "2", Lane: "a"})
	f.claim(t, now, 10)
	f.settle(t, store.Dead, time.Time{}, "1")
	for range 2 {
		backlog := must(f.s.Waiting(t.Context(), 10))
		same(t, "backlog", backlog, store.Backlog{Pending: 1, Dead: 1, Intents: []store.Intent{
			{ID: "2", Lane: "a"},
			{ID: "1", Lane: "a", Body: []byte(`{}`), Attempts: 1, LastError: "why"},
		}}, cmpopts.IgnoreFields(store.Intent{}, "Seq"))
		f.reopen(t)
	}
	same(t, "the lane goes on", f.claim(t, now, 10), []string{"2"})
	f.settle(t, store.Sent, time.Time{}, "1") // out of reach
	if got := must(f.s.Waiting(t.Context(), 0)); got.Dead != 1 || got.Claimed != 1 {
		t.Errorf("backlog = %+v, want 1 dead and 1 claimed", got)
	}
}

func testCoalesce(t *testing.T, f *fixture) {
	now := start()
	card := func(id string) store.Intent {
		return store.Intent{ID: id, Lane: "a", Replace: "card a", Priority: store.PriorityCard}
	}
	f.file(t, card("1"), card("2")) // within one commit
	f.file(t, card("3"))
	same(t, "one waits", f.claim(t, now, 10), []string{"1"})
	f.file(t, card("4")) // 1 may have rendered an older state
	f.file(t, card("5"))
	f.settle(t, store.Retry, now, "1") // two wait now: a failed one and a newer one
	f.reopen(t)
	f.file(t, card("6"))
	same(t, "the older goes first", f.claim(t, now, 10), []string{"1"})
	f.file(t, card("7"))
	f.settle(t, store.Sent, time.Time{}, "1")
	same(t, "the newer", f.claim(t, now, 10), []string{"4"})
	f.settle(t, store.Sent, time.Time{}, "4")
	same(t, "none waits", f.claim(t, now, 10), []string(nil))
	f.file(t, card("8"))
	same(t, "a new one", f.claim(t, now, 10), []string{"8"})
}

func testSameIntent(t *testing.T, f *fixture) {
	now := start()
	f.file(t, store.Intent{ID: "1", Lane: "a"}, store.Intent{ID: "1", Lane: "b"})
	f.file(t, store.Intent{ID: "1", Lane: "c"})
	same(t, "once", f.claim(t, now, 10), []string{"1"})
	f.file(t, store.Intent{ID: "1", Lane: "c"})
	f.settle(t, store.Dead, time.Time{}, "1")
	f.reopen(t)
	f.file(t, store.Intent{ID: "1", Lane: "c"})
	same(t, "not after its death", f.claim(t, now, 10), []string(nil))
}

func testUnsettled(t *testing.T, f *fixture) {
	now := start().UTC().Truncate(time.Microsecond)
	f.file(
		t, store.Intent{ID: "2", Lane: "b", Priority: 3}, store.Intent{ID: "1", Lane: "a", Kind: "line", Stream: "s"},
		store.Intent{ID: "3", Lane: "a"}, store.Intent{ID: "4", Lane: "d", NotBefore: now.Add(time.Hour)},
	)
	f.claim(t, now, 10)
	f.reopen(t)
	want := []store.Intent{
		{ID: "2", Lane: "b", Priority: 3, Attempts: 1, StartedAt: now},
		{ID: "1", Lane: "a", Kind: "line", Stream: "s", Attempts: 1, StartedAt: now},
	}
	same(t, "unsettled", must(f.s.Unsettled(t.Context())), want, cmpopts.IgnoreFields(store.Intent{}, "Seq"))
	same(t, "they stay claimed", f.claim(t, now, 10), []string(nil))
	f.settle(t, store.Sent, time.Time{}, "2")
	f.settle(t, store.Retry, now, "1")
	same(t, "again", f.claim(t, now, 10), []string{"1"})
}

// testEarlierClock claims with a clock that goes back: NotBefore holds for each claim by itself.
func testEarlierClock(t *testing.T, f *fixture) {
	now := start()
	f.file(t, store.Intent{ID: "1", Lane: "a", NotBefore: now.Add(time.Minute)}, store.Intent{ID: "2", Lane: "b", NotBefore: now.Add(time.Minute)})
	same(t, "later", f.claim(t, now.Add(time.Minute), 1), []string{"1"})
	same(t, "earlier", f.claim(t, now, 1), []string(nil))
	same(t, "later again", f.claim(t, now.Add(time.Minute), 1), []string{"2"})
}

// testUrgent adds something more urgent to a lane that waits: it is the lane's first now.
func testUrgent(t *testing.T, f *fixture) {
	now := start()
	f.file(t, store.Intent{ID: "1", Lane: "a", Priority: store.PriorityLine, NotBefore: now.Add(time.Hour)})
	f.file(t, store.Intent{ID: "2", Lane: "a", Priority: store.PriorityRing})
	if next := must(f.s.Waiting(t.Context(), 0)).Next; !next.IsZero() {
		t.Errorf("next = %v, want at once", next)
	}
	same(t, "claimed", f.claim(t, now, 10), []string{"2"})
}

// testConcurrentClaims lets senders race: each intent is sent once, and a lane's in order.
func testConcurrentClaims(t *testing.T, f *fixture) {
	const lanes, each = 20, 10
	var all []store.Intent
	for i := range lanes * each {
		all = append(all, store.Intent{ID: fmt.Sprintf("%d/%02d", i%lanes, i/lanes), Lane: fmt.Sprint(i % lanes)})
	}
	f.file(t, all...)
	var mu sync.Mutex
	sent := map[string][]string{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				got, err := f.s.Claim(t.Context(), start(), 3, 0)
				if err != nil {
					t.Errorf("claim: %v", err)
					return
				}
				for _, n := range got {
					mu.Lock()
					sent[n.Lane] = append(sent[n.Lane], n.ID)
					mu.Unlock()
					if err := f.s.Settle(t.Context(), start(), []store.Settlement{{ID: n.ID}}); err != nil {
						t.Errorf("settle: %v", err)
					}
				}
				if backlog, err := f.s.Waiting(t.Context(), 0); err != nil || backlog.Pending == 0 {
					return
				}
			}
		})
	}
	wg.Wait()
	for lane, ids := range sent {
		for i, id := range ids {
			if want := fmt.Sprintf("%s/%02d", lane, i); id != want || len(ids) != each {
				t.Errorf("lane %s sent %v, want %d in order", lane, ids, each)
				break
			}
		}
	}
	if len(sent) != lanes {
		t.Errorf("%d lanes sent something, want %d", len(sent), lanes)
	}
}

func testBacklog(t *testing.T, f *fixture) {
	now := start().UTC().Truncate(time.Microsecond)
	f.file(
		t, store.Intent{ID: "1", Lane: "a", NotBefore: now.Add(time.Hour)}, store.Intent{ID: "2", Lane: "a", NotBefore: now.Add(time.Second)},
		store.Intent{ID: "3", Lane: "b", NotBefore: now.Add(time.Minute)}, store.Intent{ID: "4", Lane: "c"},
	)
	same(t, "at once", must(f.s.Waiting(t.Context(), 0)), store.Backlog{Pending: 4})
	f.claim(t, now, 1)
	got := must(f.s.Waiting(t.Context(), 2))
	same(t, "heads only", got, store.Backlog{Pending: 4, Claimed: 1, Next: now.Add(time.Minute), Intents: []store.Intent{
		{ID: "1", Lane: "a", NotBefore: now.Add(time.Hour)}, {ID: "2", Lane: "a", NotBefore: now.Add(time.Second)},
	}}, cmpopts.IgnoreFields(store.Intent{}, "Seq"))
}
