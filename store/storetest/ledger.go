package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"sameday/store"
)

func ledgerTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"ledger/empty":         testEmpty,
		"ledger/append":        testAppend,
		"ledger/pages":         testPages,
		"ledger/odd names":     testOddNames,
		"ledger/concurrent":    testConcurrent,
		"ledger/cancelled":     testCancelled,
		"ledger/cancel race":   testCancelRace,
		"ledger/several":       testSeveralStreams,
		"ledger/no data":       testNoData,
		"ledger/append racing": testRacingVersions,
	}
}

func testEmpty(t *testing.T, f *fixture) {
	ctx := t.Context()
	same(t, "head", must(f.s.Head(ctx)), store.Head{})
	same(t, "since", must(f.s.Since(ctx, 0, 10)), []store.Record(nil))
	same(t, "stream", must(f.s.Stream(ctx, "a", 0, 10)), []store.Record(nil))
	same(t, "indexes", must(f.s.Indexes(ctx)), []string(nil))
	same(t, "scan", must(f.s.Scan(ctx, store.Query{Index: "i"})), []store.Entry(nil))
	same(t, "claim", must(f.s.Claim(ctx, start(), 10, 10)), []store.Intent(nil))
	same(t, "backlog", must(f.s.Waiting(ctx, 10)), store.Backlog{})
	same(t, "unsettled", must(f.s.Unsettled(ctx)), []store.Intent(nil))
	same(t, "sealed ids", must(f.s.SealedIDs(ctx, "", 10)), []string(nil))
}

func testAppend(t *testing.T, f *fixture) {
	got := f.append(t, commit("a", 0, 2))
	var prev, inStream store.Hash
	for i, r := range got {
		want := store.Seal(commit("a", 0, 2).Appends[0].Events[i], "a", uint64(i+1), i+1, prev, inStream)
		same(t, "record", r, want)
		prev, inStream = r.Hash, r.Hash
	}
	f.append(t, commit("b", 0, 1))
	more := f.append(t, commit("a", 2, 1))
	if r := more[0]; r.Seq != 4 || r.Version != 3 || r.PrevInStream != got[1].Hash {
		t.Errorf("third record of a = seq %d version %d, want 4 and 3, after the second", r.Seq, r.Version)
	}
	same(t, "head", must(f.s.Head(t.Context())), store.Head{Seq: 4, Hash: more[0].Hash})
}

func testPages(t *testing.T, f *fixture) {
	all := append(f.append(t, commit("a", 0, 1_500)), f.append(t, commit("b", 0, 900))...)
	ctx := t.Context()
	same(t, "whole ledger", must(f.s.Since(ctx, 0, 5_000)), all)
	same(t, "middle", must(f.s.Since(ctx, 1_400, 200)), all[1_400:1_600])
	same(t, "end", must(f.s.Since(ctx, 2_400, 10)), []store.Record(nil))
	same(t, "whole stream", must(f.s.Stream(ctx, "a", 0, 5_000)), all[:1_500])
	same(t, "part of stream", must(f.s.Stream(ctx, "a", 10, 5)), all[10:15])
	same(t, "end of stream", must(f.s.Stream(ctx, "b", 890, 50)), all[2_390:])
	same(t, "after the end of a stream", must(f.s.Stream(ctx, "b", 900, 50)), []store.Record(nil))
}

// testOddNames uses names that start or continue one another, or hold bytes an engine may use to separate.
func testOddNames(t *testing.T, f *fixture) {
	names := []store.StreamID{"a", "a/", "a/b", "ab", "a\x00", "a\x00\x00\x00\x00\x00\x00\x00\x00\x01", "投诉/静安", "投诉/静", "\xff", "%_", "A"}
	for _, id := range names {
		f.append(t, commit(id, 0, 1))
	}
	for i, id := range names {
		f.append(t, commit(id, 1, 1))
		got := must(f.s.Stream(t.Context(), id, 0, 10))
		if len(got) != 2 || got[0].Seq != uint64(i+1) || got[0].Stream != id {
			t.Errorf("stream %q = %d records, want its own 2", id, len(got))
		}
	}
}

func testNoData(t *testing.T, f *fixture) {
	c := commit("a", 0, 1)
	c.Appends[0].Events[0] = store.NewEvent{Kind: "empty.v1", At: start()}
	same(t, "read back", must(f.s.Stream(t.Context(), "a", 0, 1)), []store.Record(nil))
	want := f.append(t, c)
	same(t, "read back", must(f.s.Stream(t.Context(), "a", 0, 1)), want)
}

func testSeveralStreams(t *testing.T, f *fixture) {
	f.append(t, commit("b", 0, 1))
	c := commit("a", 0, 2)
	c.Appends = append(c.Appends, commit("b", 1, 1).Appends...)
	got := f.append(t, c)
	if len(got) != 3 || got[2].Stream != "b" || got[2].Version != 2 || got[2].Seq != 4 {
		t.Errorf("records = %+v, want a 1, a 2, b 2 as 2 to 4", got)
	}
}

// testConcurrent appends from many goroutines: each event is there exactly once, without holes.
func testConcurrent(t *testing.T, f *fixture) {
	const writers, each = 64, 8
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				c := commit(stream(w), i, 1)
				c.Key = fmt.Sprintf("key %d %d", w, i)
				out, err := f.s.Append(t.Context(), c)
				if err != nil || len(out.Records) != 1 || out.Records[0].Version != i+1 || out.Records[0].Stream != stream(w) {
					t.Errorf("writer %d, append %d: %+v, %v", w, i, out.Records, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if head := must(f.s.Head(t.Context())); head.Seq != writers*each {
		t.Errorf("head = %d, want %d", head.Seq, writers*each)
	}
}

// testRacingVersions lets many decide on the same version: one wins, the others conflict.
func testRacingVersions(t *testing.T, f *fixture) {
	const writers, rounds = 16, 5
	for version := range rounds {
		results := make(chan error, writers)
		for range writers {
			go func() {
				_, err := f.s.Append(t.Context(), commit("a", version, 1))
				results <- err
			}()
		}
		won := 0
		for range writers {
			switch err := <-results; {
			case err == nil:
				won++
			case !errors.Is(err, store.ErrConflict):
				t.Errorf("append at version %d: %v, want a conflict", version, err)
			}
		}
		if won != 1 {
			t.Errorf("%d appends at version %d went through, want 1", won, version)
		}
	}
}

func testCancelled(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	calls := map[string]func() error{
		"append":    func() error { _, err := f.s.Append(ctx, commit("a", 0, 1)); return err },
		"stream":    func() error { _, err := f.s.Stream(ctx, "a", 0, 1); return err },
		"since":     func() error { _, err := f.s.Since(ctx, 0, 1); return err },
		"head":      func() error { _, err := f.s.Head(ctx); return err },
		"scan":      func() error { _, err := f.s.Scan(ctx, store.Query{Index: "i"}); return err },
		"indexes":   func() error { _, err := f.s.Indexes(ctx); return err },
		"claim":     func() error { _, err := f.s.Claim(ctx, start(), 1, 0); return err },
		"settle":    func() error { return f.s.Settle(ctx, start(), []store.Settlement{{ID: "x"}}) },
		"unsettled": func() error { _, err := f.s.Unsettled(ctx); return err },
		"waiting":   func() error { _, err := f.s.Waiting(ctx, 1); return err },
		"tidy":      func() error { return f.s.Tidy(ctx, start()) },
	}
	for name, call := range calls {
		wantError(t, name, call(), context.Canceled)
	}
	same(t, "head", must(f.s.Head(t.Context())), store.Head{})
}

// testCancelRace gives up while appending: whatever happened, the idempotency key knows it, and a second try makes it one.
func testCancelRace(t *testing.T, f *fixture) {
	for i := range 50 {
		c := commit(stream(i), 0, 1)
		c.Key = fmt.Sprint(i)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(cancel)
		_, first := f.s.Append(ctx, c)
		wg.Wait()
		if first != nil {
			wantError(t, "append", first, context.Canceled)
		}
		_, second := f.s.Append(t.Context(), c)
		var duplicate *store.DuplicateError
		if second != nil && !errors.As(second, &duplicate) || first == nil && second == nil {
			t.Errorf("append %d: first %v, again %v", i, first, second)
		}
		if n := len(must(f.s.Stream(t.Context(), stream(i), 0, 10))); n != 1 {
			t.Errorf("append %d is stored %d times", i, n)
		}
	}
}
