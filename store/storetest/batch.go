package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"sameday/store"
)

func batchTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"batch/together":    testBatchTogether,
		"batch/who joins":   testWhoJoins,
		"batch/sent":        testBatchSent,
		"batch/dead":        testBatchDead,
		"batch/dissolved":   testBatchDissolved,
		"batch/fixed":       testBatchFixed,
		"batch/fixed alone": testFixedAlone,
		"batch/crash":       testBatchCrash,
		"batch/replace":     testBatchReplace,
		"batch/bound":       testBatchBound,
		"batch/beside":      testBeside,
	}
}

// rings are intents of batch b in lane a.
func rings(ids ...string) []store.Intent {
	var all []store.Intent
	for _, id := range ids {
		all = append(all, store.Intent{ID: id, Lane: "a", Batch: "b", Priority: store.PriorityRing})
	}
	return all
}

// claimed claims at start and says what came, as "1+2+3" for a batch.
func (f *fixture) claimed(t *testing.T, limit, beside int) []string {
	t.Helper()
	got, err := f.s.Claim(t.Context(), start(), limit, beside)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	return named(got)
}

func named(intents []store.Intent) []string {
	var out []string
	for _, n := range intents {
		ids := []string{n.ID}
		for _, o := range n.Also {
			ids = append(ids, o.ID)
		}
		out = append(out, strings.Join(ids, "+"))
	}
	return out
}

// again gives claimed intents back, to be claimed at once.
func (f *fixture) again(t *testing.T, fixed bool, id string) {
	t.Helper()
	x := store.Settlement{ID: id, Result: store.Retry, RetryAt: start(), Reason: "why", Fixed: fixed}
	if err := f.s.Settle(t.Context(), start(), []store.Settlement{x}); err != nil {
		t.Fatalf("settle: %v", err)
	}
}

// counts are how many are pending, claimed and dead.
func (f *fixture) counts(t *testing.T) [3]int {
	t.Helper()
	b := must(f.s.Waiting(t.Context(), 0))
	return [3]int{b.Pending, b.Claimed, b.Dead}
}

// testBatchTogether files a batch one by one: it comes as one, whole, and counts as one.
func testBatchTogether(t *testing.T, f *fixture) {
	now := start().UTC().Truncate(time.Microsecond)
	for _, n := range rings("1", "2", "3") {
		n.Body, n.Also = []byte(`{"x":"`+n.ID+`"}`), rings("not stored")
		f.file(t, n)
	}
	f.file(t, store.Intent{ID: "line", Lane: "z", Priority: store.PriorityLine})
	got, err := f.s.Claim(t.Context(), now, 1, 0)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	want := rings("1")
	want[0].Attempts, want[0].StartedAt, want[0].Also = 1, now, rings("2", "3")
	want[0].Body, want[0].Also[0].Body, want[0].Also[1].Body = []byte(`{"x":"1"}`), []byte(`{"x":"2"}`), []byte(`{"x":"3"}`)
	same(t, "claimed", got, want, cmpopts.IgnoreFields(store.Intent{}, "Seq"))
	if also := got[0].Also; len(also) != 2 || also[0].Seq <= got[0].Seq || also[1].Seq <= also[0].Seq {
		t.Errorf("claimed %+v, want rising seqs", got)
	}
	same(t, "counts", f.counts(t), [3]int{4, 3, 0})
	for _, n := range must(f.s.Waiting(t.Context(), 10)).Intents {
		if len(n.Also) != 0 {
			t.Errorf("the backlog lists %s with %d others, want each by itself", n.ID, len(n.Also))
		}
	}
	same(t, "the lane is busy", f.claimed(t, 10, 0), []string{"line"})
}

// testWhoJoins takes only those of the same lane, batch, priority and way, whose time has come.
func testWhoJoins(t *testing.T, f *fixture) {
	with := func(id string, change func(*store.Intent)) store.Intent {
		n := rings(id)[0]
		change(&n)
		return n
	}
	f.file(
		t, rings("1")[0],
		with("lane", func(n *store.Intent) { n.Lane = "other" }),
		with("batch", func(n *store.Intent) { n.Batch = "other" }),
		with("none", func(n *store.Intent) { n.Batch = "" }),
		with("priority", func(n *store.Intent) { n.Priority = store.PriorityLine }),
		with("time", func(n *store.Intent) { n.NotBefore = start().Add(time.Second) }),
		with("way", func(n *store.Intent) { n.Beside = true }),
		with("now", func(n *store.Intent) { n.NotBefore = start() }),
		rings("2")[0],
	)
	same(t, "claimed", f.claimed(t, 10, 10), []string{"1+now+2", "lane"})
	f.settle(t, store.Sent, time.Time{}, "1")
	for _, next := range []string{"batch", "none"} {
		same(t, "next", f.claimed(t, 10, 10), []string{next})
		f.settle(t, store.Sent, time.Time{}, next)
	}
	same(t, "those without a batch never join", f.counts(t), [3]int{4, 1, 0})
}

func testBatchSent(t *testing.T, f *fixture) {
	f.file(t, rings("1", "2", "3")...)
	f.claimed(t, 1, 0)
	f.settle(t, store.Sent, time.Time{}, "2") // has no attempt of its own
	same(t, "counts", f.counts(t), [3]int{3, 3, 0})
	f.file(t, rings("2", "4")...) // 2 is known
	f.reopen(t)
	f.settle(t, store.Sent, time.Time{}, "1")
	same(t, "counts", f.counts(t), [3]int{1, 0, 0})
	same(t, "who came later", f.claimed(t, 10, 0), []string{"4"})
	f.settle(t, store.Sent, time.Time{}, "4")
	f.reopen(t)
	same(t, "backlog", must(f.s.Waiting(t.Context(), 10)), store.Backlog{})
}

func testBatchDead(t *testing.T, f *fixture) {
	f.file(t, rings("1", "2", "3")...)
	f.claimed(t, 1, 0)
	f.settle(t, store.Dead, time.Time{}, "1")
	want := rings("1", "2", "3")
	for i := range want {
		want[i].LastError = "why"
	}
	want[0].Attempts = 1
	for range 2 {
		same(t, "backlog", must(f.s.Waiting(t.Context(), 10)), store.Backlog{Dead: 3, Intents: want}, cmpopts.IgnoreFields(store.Intent{}, "Seq"))
		f.file(t, rings("2")...)
		same(t, "not after its death", f.claimed(t, 10, 0), []string(nil))
		f.reopen(t)
	}
}

// testBatchDissolved gives a batch back that was certainly not told: newcomers may join it, and its first keeps account.
func testBatchDissolved(t *testing.T, f *fixture) {
	f.file(t, rings("1", "2")...)
	f.claimed(t, 1, 0)
	f.settle(t, store.Retry, start().Add(time.Minute), "1")
	same(t, "counts", f.counts(t), [3]int{2, 0, 0})
	same(t, "the lane waits with its first", f.claimed(t, 10, 0), []string(nil))
	f.file(t, rings("3")...)
	f.reopen(t)
	got := must(f.s.Claim(t.Context(), start().Add(time.Minute), 10, 0))
	same(t, "with the newcomer", named(got), []string{"1+2+3"})
	if got[0].Attempts != 2 || got[0].LastError != "why" || got[0].Also[0].Attempts != 0 {
		t.Errorf("claimed %+v, want the second attempt of 1 and none of 2", got)
	}
	f.again(t, false, "1")
	f.file(t, store.Intent{ID: "root", Lane: "a", Priority: store.PriorityRoot})
	same(t, "more urgent", f.claimed(t, 10, 0), []string{"root"})
}

// testBatchFixed gives a batch back that may have been told: it stays as it is until it is certain, and newcomers come after it.
func testBatchFixed(t *testing.T, f *fixture) {
	f.file(t, rings("1", "2")...)
	f.claimed(t, 1, 0)
	f.file(t, rings("3")...)
	f.again(t, true, "1")
	f.file(t, rings("4")...)
	same(t, "counts", f.counts(t), [3]int{4, 0, 0})
	for range 2 {
		f.reopen(t)
		same(t, "the same again", f.claimed(t, 10, 0), []string{"1+2"})
		f.again(t, true, "1")
	}
	f.file(t, store.Intent{ID: "root", Lane: "a", Priority: store.PriorityRoot})
	same(t, "more urgent", f.claimed(t, 10, 0), []string{"root"})
	f.settle(t, store.Sent, time.Time{}, "root")
	f.claimed(t, 10, 0)
	f.reopen(t)
	f.settle(t, store.Sent, time.Time{}, "1")
	same(t, "the newcomers", f.claimed(t, 10, 0), []string{"3+4"})
	f.again(t, true, "3")
	f.file(t, rings("5")...)
	same(t, "fixed as well", f.claimed(t, 10, 0), []string{"3+4"})
	f.again(t, false, "3") // certainly not told after all
	same(t, "dissolved after all", f.claimed(t, 10, 0), []string{"3+4+5"})
	f.again(t, true, "3")
	f.claimed(t, 10, 0)
	f.settle(t, store.Dead, time.Time{}, "3")
	same(t, "counts", f.counts(t), [3]int{0, 0, 3})
}

// testFixedAlone fixes a batch of one: nobody joins it.
func testFixedAlone(t *testing.T, f *fixture) {
	f.file(t, rings("1")...)
	f.claimed(t, 1, 0)
	f.again(t, true, "1")
	f.file(t, rings("2", "3")...)
	f.reopen(t)
	same(t, "alone again", f.claimed(t, 10, 0), []string{"1"})
	f.settle(t, store.Sent, time.Time{}, "1")
	same(t, "the next batch", f.claimed(t, 10, 0), []string{"2+3"})
}

// testBatchCrash reopens with a batch in hand: it is found as it was claimed.
func testBatchCrash(t *testing.T, f *fixture) {
	f.file(t, rings("1", "2")...)
	f.claimed(t, 1, 0)
	f.file(t, rings("3")...)
	for range 2 {
		f.reopen(t)
		same(t, "unsettled", named(must(f.s.Unsettled(t.Context()))), []string{"1+2"})
		same(t, "it stays claimed", f.claimed(t, 10, 0), []string(nil))
		same(t, "counts", f.counts(t), [3]int{3, 2, 0})
	}
	f.again(t, true, "1")
	same(t, "the same", f.claimed(t, 10, 0), []string{"1+2"})
	f.again(t, false, "1")
	same(t, "dissolved", f.claimed(t, 10, 0), []string{"1+2+3"})
}

// testBatchReplace coalesces with what waits and may be rendered anew, and with nothing that may have been told.
func testBatchReplace(t *testing.T, f *fixture) {
	card := func(id string) store.Intent {
		n := rings(id)[0]
		n.Replace = "card " + id[:1]
		return n
	}
	f.file(t, card("x"), card("y"), card("y dropped"))
	same(t, "claimed", f.claimed(t, 1, 0), []string{"x+y"})
	f.file(t, card("y2"))
	f.again(t, false, "x")
	f.file(t, card("x dropped"), card("y dropped"))
	same(t, "with the newer", f.claimed(t, 1, 0), []string{"x+y+y2"})
	f.again(t, true, "x")
	f.reopen(t)
	f.file(t, card("x3"), card("y3"), card("y dropped"))
	same(t, "fixed", f.claimed(t, 1, 0), []string{"x+y+y2"})
	f.settle(t, store.Sent, time.Time{}, "x")
	f.file(t, card("x dropped"), card("y dropped"))
	same(t, "the newer ones", f.claimed(t, 1, 0), []string{"x3+y3"})
}

// testBatchBound claims more than one message takes.
func testBatchBound(t *testing.T, f *fixture) {
	const count = 2*store.MaxBatch + 1
	var all []store.Intent
	for i := range count {
		all = append(all, rings(fmt.Sprintf("%04d", i))...)
	}
	f.file(t, all...)
	next := 0
	for _, want := range []int{store.MaxBatch, store.MaxBatch, 1} {
		got := must(f.s.Claim(t.Context(), start(), 1, 0))
		if len(got) != 1 || 1+len(got[0].Also) != want {
			t.Fatalf("claimed %v, want %d in one", named(got), want)
		}
		for _, n := range append(got[:1:1], got[0].Also...) {
			if n.ID != all[next].ID {
				t.Fatalf("claimed %s, want %s", n.ID, all[next].ID)
			}
			next++
		}
		f.reopen(t)
		f.settle(t, store.Sent, time.Time{}, got[0].ID)
		same(t, "counts", f.counts(t), [3]int{count - next, 0, 0})
	}
}

// testBeside claims each way by itself: what goes beside Slack needs no room there.
func testBeside(t *testing.T, f *fixture) {
	later := start().Truncate(time.Microsecond).Add(time.Minute)
	f.file(
		t, store.Intent{ID: "1", Lane: "a"},
		store.Intent{ID: "2", Lane: "b", Beside: true, Priority: store.PriorityLine, Batch: "b"},
		store.Intent{ID: "3", Lane: "c", Beside: true, Priority: store.PriorityRing},
		store.Intent{ID: "4", Lane: "b", Beside: true, Priority: store.PriorityLine, Batch: "b"},
		store.Intent{ID: "5", Lane: "d", Beside: true, NotBefore: later},
		store.Intent{ID: "6", Lane: "e"}, store.Intent{ID: "7", Lane: "e", Beside: true},
	)
	same(t, "nothing", f.claimed(t, 0, 0), []string(nil))
	same(t, "the most urgent beside", f.claimed(t, 0, 1), []string{"3"})
	f.settle(t, store.Sent, time.Time{}, "3")
	f.reopen(t)
	same(t, "both ways", f.claimed(t, 1, 10), []string{"1", "2+4"})
	same(t, "through Slack", f.claimed(t, 10, 0), []string{"6"})
	f.settle(t, store.Sent, time.Time{}, "6")
	f.again(t, false, "2")
	same(t, "by the lane's first", f.claimed(t, 10, 0), []string(nil))
	same(t, "by the lane's first", f.claimed(t, 0, 10), []string{"7", "2+4"})
	if next := must(f.s.Waiting(t.Context(), 0)).Next; !next.Equal(later) {
		t.Errorf("next = %v, want %v", next, later)
	}
	same(t, "later", named(must(f.s.Claim(t.Context(), later, 10, 10))), []string{"5"})
}
