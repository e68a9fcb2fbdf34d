package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sameday/store"
)

func refusalTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"refused/conflict":   testConflict,
		"refused/duplicate":  testDuplicate,
		"refused/taken":      testTaken,
		"refused/handed on":  testHandedOn,
		"refused/whole":      testRefusedWhole,
		"refused/malformed":  testMalformed,
		"refused/key forgot": testTidy,
	}
}

func testConflict(t *testing.T, f *fixture) {
	f.append(t, commit("a", 0, 2))
	for _, expect := range []int{0, 1, 3} {
		_, err := f.s.Append(t.Context(), commit("a", expect, 1))
		wantError(t, "append to version 2", err, store.ErrConflict)
	}
	_, err := f.s.Append(t.Context(), commit("missing", 1, 1))
	wantError(t, "append to a missing stream", err, store.ErrConflict)
}

func wantDuplicate(t *testing.T, err error, want store.DuplicateError) {
	t.Helper()
	var got *store.DuplicateError
	if !errors.As(err, &got) || *got != want {
		t.Errorf("error = %v, want %v", err, &want)
	}
}

func testDuplicate(t *testing.T, f *fixture) {
	c := commit("a", 0, 2)
	c.Key = "click 点击"
	f.append(t, c)
	want := store.DuplicateError{Key: c.Key, Stream: "a", Version: 2}
	_, err := f.s.Append(t.Context(), c) // stale as well: the key is judged first
	wantDuplicate(t, err, want)
	f.append(t, commit("a", 2, 1))
	f.reopen(t)
	other := commit("b", 0, 1)
	other.Key = c.Key
	_, err = f.s.Append(t.Context(), other)
	wantDuplicate(t, err, want)
	only := store.Commit{Key: "only a key", At: start()}
	f.append(t, only)
	_, err = f.s.Append(t.Context(), only)
	wantDuplicate(t, err, store.DuplicateError{Key: only.Key})
}

func withEntries(c store.Commit, entries ...store.Entry) store.Commit {
	c.Appends[0].Entries = entries
	return c
}

func wantTaken(t *testing.T, err error, want store.TakenError) {
	t.Helper()
	var got *store.TakenError
	if !errors.As(err, &got) || *got != want {
		t.Errorf("error = %v, want %v", err, &want)
	}
}

func testTaken(t *testing.T, f *fixture) {
	order := store.Entry{Index: "order", Key: "HO-1", Unique: true}
	plain := store.Entry{Index: "unit", Key: "jingan"}
	f.append(t, withEntries(commit("a", 0, 1), order, plain))
	f.append(t, withEntries(commit("a", 1, 1), order, plain)) // its own again
	f.append(t, withEntries(commit("b", 0, 1), plain))        // not unique
	_, err := f.s.Append(t.Context(), withEntries(commit("c", 0, 1), order))
	wantTaken(t, err, store.TakenError{Index: "order", Key: "HO-1", Stream: "a"})
	claimed := plain
	claimed.Unique = true
	_, err = f.s.Append(t.Context(), withEntries(commit("c", 0, 1), claimed))
	wantTaken(t, err, store.TakenError{Index: "unit", Key: "jingan", Stream: "a"})
	loose := order
	loose.Unique = false
	_, err = f.s.Append(t.Context(), withEntries(commit("c", 0, 1), loose))
	wantTaken(t, err, store.TakenError{Index: "order", Key: "HO-1", Stream: "a"})
	f.append(t, withEntries(commit("c", 0, 1), store.Entry{Index: "other", Key: "HO-1", Unique: true}))
	f.append(t, commit("a", 2, 1)) // gives everything up
	f.append(t, withEntries(commit("d", 0, 1), order))
	err = f.s.Reindex(t.Context(), map[store.StreamID][]store.Entry{"c": {order}})
	wantTaken(t, err, store.TakenError{Index: "order", Key: "HO-1", Stream: "d"})
}

func testHandedOn(t *testing.T, f *fixture) {
	order := store.Entry{Index: "order", Key: "HO-1", Unique: true}
	f.append(t, withEntries(commit("a", 0, 1), order))
	c := withEntries(commit("b", 0, 1), order)
	c.Appends = append(c.Appends, commit("a", 1, 1).Appends...)
	f.append(t, c)
	order.Stream = "b"
	same(t, "entries", must(f.s.Scan(t.Context(), store.Query{Index: "order"})), []store.Entry{order})
	both := withEntries(commit("c", 0, 1), store.Entry{Index: "order", Key: "HO-2", Unique: true})
	both.Appends = append(both.Appends, withEntries(commit("d", 0, 1), store.Entry{Index: "order", Key: "HO-2", Unique: true}).Appends...)
	_, err := f.s.Append(t.Context(), both)
	wantTaken(t, err, store.TakenError{Index: "order", Key: "HO-2", Stream: "c"})
}

// testRefusedWhole proves that nothing of a refused commit stays, whatever refuses it and wherever that stands in the commit.
func testRefusedWhole(t *testing.T, f *fixture) {
	ctx := t.Context()
	f.append(t, withEntries(commit("a", 0, 1), store.Entry{Index: "order", Key: "HO-1", Unique: true}))
	before := must(f.s.Head(ctx))
	refused := []store.Append{
		{Stream: "a", Expect: 7, Events: []store.NewEvent{event("stale")}},
		{Stream: "c", Events: []store.NewEvent{event("taken")}, Entries: []store.Entry{{Index: "order", Key: "HO-1", Unique: true}}},
	}
	for _, bad := range refused {
		c := withEntries(commit("b", 0, 2), store.Entry{Index: "unit", Key: "k"})
		c.Key = "key"
		c.Appends = append(c.Appends, bad)
		c.Intents = []store.Intent{{ID: "i", Lane: "l"}}
		c.Sealed = []store.Sealed{{ID: "p", KeyID: "k", WrappedKey: []byte("w"), Ciphertext: []byte("c")}}
		if _, err := f.s.Append(ctx, c); err == nil {
			t.Errorf("append of %s went through", bad.Events[0].Data)
		}
		same(t, "head", must(f.s.Head(ctx)), before)
		same(t, "stream", must(f.s.Stream(ctx, "b", 0, 10)), []store.Record(nil))
		same(t, "indexes", must(f.s.Indexes(ctx)), []string{"order"})
		same(t, "backlog", must(f.s.Waiting(ctx, 10)), store.Backlog{})
		_, err := f.s.Sealed(ctx, "p")
		wantError(t, "sealed record of a refused commit", err, store.ErrNotFound)
	}
	good := commit("b", 0, 1)
	good.Key = "key" // the refused ones have not used it
	f.append(t, good)
}

func testMalformed(t *testing.T, f *fixture) {
	long := string(make([]byte, 100_000))
	twice := commit("a", 0, 1)
	twice.Appends = append(twice.Appends, twice.Appends...)
	for name, c := range map[string]store.Commit{
		"no stream":       commit("", 0, 1),
		"long stream":     commit(store.StreamID(long), 0, 1),
		"stream twice":    twice,
		"no events":       commit("a", 0, 0),
		"negative":        commit("a", -1, 1),
		"long key":        {Key: long},
		"no index":        withEntries(commit("a", 0, 1), store.Entry{Key: "k"}),
		"long entry":      withEntries(commit("a", 0, 1), store.Entry{Index: "i", Key: long}),
		"entry twice":     withEntries(commit("a", 0, 1), store.Entry{Index: "i", Key: "k"}, store.Entry{Index: "i", Key: "k", Value: []byte("v")}),
		"foreign entry":   withEntries(commit("a", 0, 1), store.Entry{Index: "i", Key: "k", Stream: "b"}),
		"no intent id":    {Intents: []store.Intent{{Lane: "l"}}},
		"no sealed id":    {Sealed: []store.Sealed{{WrappedKey: []byte("w")}}},
		"nothing to wrap": {Sealed: []store.Sealed{{ID: "p"}}},
	} {
		if _, err := f.s.Append(t.Context(), c); err == nil {
			t.Errorf("%s: the commit went through", name)
		}
	}
	same(t, "head", must(f.s.Head(t.Context())), store.Head{})
	f.append(t, commit("a", 0, 1)) // the store has not suffered
}

func testTidy(t *testing.T, f *fixture) {
	const keys, workers = 2_300, 23
	key := func(i int) store.Commit {
		return store.Commit{Key: fmt.Sprint(i%7, " key ", i), At: start().Add(time.Duration(i) * time.Minute)}
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < keys; i += workers {
				if _, err := f.s.Append(t.Context(), key(i)); err != nil {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	wg.Wait()
	old := keys - 100
	if err := f.s.Tidy(t.Context(), key(old).At); err != nil {
		t.Fatalf("tidy: %v", err)
	}
	for i := old; i < keys; i++ {
		_, err := f.s.Append(t.Context(), key(i))
		wantDuplicate(t, err, store.DuplicateError{Key: key(i).Key})
	}
	for i := 0; i < old; i += 50 {
		f.append(t, key(i))
	}
	f.append(t, key(old-1))
}
