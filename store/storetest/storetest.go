// Package storetest is the behaviour that every engine of package store must show, as one suite: [Run] for what an engine does,
// [RunBackup] for its backups, [Check] for what must hold at any time. It knows no engine.
//
// Beyond the contract it fixes what callers may rely on in odd cases: an intent whose id is pending or dead is dropped; of two
// streams with the same index and key neither may be unique; an erased record is never sealed again; a commit is judged as a whole, so one
// stream may take what another one gives up in it; whether a commit was used before is judged first.
package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sameday/store"
)

// Open opens the engine on what is kept under dir, which is empty the first time. It fails the test on an error.
type Open func(t *testing.T, dir string) store.Store

// Restore makes dir hold what a backup holds, so that Open opens it.
type Restore func(t *testing.T, dir string, backup io.Reader)

// TB is the part of testing.TB that [Check] needs; rapid's T has it too.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Run runs the suite. Its tests run in parallel, each on a directory of its own; after each one [Check] must hold.
func Run(t *testing.T, open func(t *testing.T, dir string) store.Store) {
	t.Helper()
	groups := []map[string]func(*testing.T, *fixture){
		ledgerTests(), refusalTests(), indexTests(), outboxTests(), batchTests(), vaultTests(), lifeTests(),
	}
	for _, group := range groups {
		for name, test := range group {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := newFixture(t, open)
				test(t, f)
				Check(t, f.s)
			})
		}
	}
	t.Run("model", func(t *testing.T) {
		t.Parallel()
		runModel(t, open)
	})
}

// RunBackup proves that a backup taken under load opens as a consistent store that holds a state the original once had.
func RunBackup(t *testing.T, open func(t *testing.T, dir string) store.Store, restore Restore) {
	t.Helper()
	f := newFixture(t, open)
	for i := range 50 {
		f.append(t, commit(stream(i), 0, 3))
	}
	const writers, between = 4, 100
	stop, progress := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() { f.load(t, fmt.Sprint("load ", w), stop, progress) })
	}
	var copies [3]bytes.Buffer
	for i := range copies {
		for range between {
			<-progress
		}
		if err := f.s.Backup(t.Context(), &copies[i]); err != nil {
			t.Errorf("backup %d under load: %v", i, err)
		}
	}
	close(stop)
	wg.Wait()
	Check(t, f.s)
	for i := range copies {
		dir := t.TempDir()
		restore(t, dir, &copies[i])
		r := open(t, dir)
		Check(t, r)
		head := must(r.Head(t.Context()))
		if want := uint64(150 + between*(i+1)); head.Seq < want {
			t.Errorf("backup %d ends at record %d, want at least %d", i, head.Seq, want)
		}
		original := must(f.s.Since(t.Context(), head.Seq-1, 1))
		if original[0].Hash != head.Hash {
			t.Errorf("backup %d: record %d is not the original's", i, head.Seq)
		}
		entries := must(r.Scan(t.Context(), store.Query{Index: "i", Limit: 1_000_000}))
		backlog := must(r.Waiting(t.Context(), 0))
		if extra := int(head.Seq) - 150; len(entries) != extra || backlog.Pending != extra {
			t.Errorf("backup %d with %d records under load holds %d entries and %d intents", i, extra, len(entries), backlog.Pending)
		}
		if _, err := r.Append(t.Context(), commit("new", 0, 1)); err != nil {
			t.Errorf("append to the restored store: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("close the restored store: %v", err)
		}
	}
}

// load appends until stop is closed, and tells of each append on progress if somebody listens.
func (f *fixture) load(t *testing.T, prefix string, stop, progress chan struct{}) {
	for i := 0; ; i++ {
		id := store.StreamID(fmt.Sprint(prefix, "/", i))
		c := commit(id, 0, 1)
		c.Appends[0].Entries = []store.Entry{{Index: "i", Key: string(id)}}
		c.Intents = []store.Intent{{ID: string(id), Lane: "l"}}
		if _, err := f.s.Append(t.Context(), c); err != nil {
			t.Errorf("append beside a backup: %v", err)
		}
		select {
		case progress <- struct{}{}:
		case <-stop:
			return
		default:
		}
	}
}

// Check proves the ledger's chain from the first record to the head, and that reading each stream gives the same records. The store must be idle.
func Check(t TB, s store.Store) {
	t.Helper()
	ctx := context.Background()
	var chain store.Chain
	byStream := map[store.StreamID][]store.Record{}
	for {
		page, err := s.Since(ctx, chain.Head().Seq, 300)
		if err != nil {
			t.Fatalf("read ledger: %v", err)
		}
		for _, r := range page {
			if err := chain.Check(r); err != nil {
				t.Fatalf("check chain: %v", err)
			}
			byStream[r.Stream] = append(byStream[r.Stream], r)
		}
		if len(page) < 300 {
			break
		}
	}
	head, err := s.Head(ctx)
	if err != nil || head != chain.Head() {
		t.Fatalf("head = %+v, %v; the chain ends at %+v", head, err, chain.Head())
	}
	for id, want := range byStream {
		got, err := s.Stream(ctx, id, 0, len(want)+1)
		if err != nil {
			t.Fatalf("read stream %s: %v", id, err)
		}
		if diff := difference(want, got); diff != "" {
			t.Fatalf("stream %s differs from the ledger (-ledger +stream):\n%s", id, diff)
		}
	}
}

// fixture is one test's store, which it may reopen.
type fixture struct {
	open Open
	dir  string
	s    store.Store
}

func newFixture(t *testing.T, open Open) *fixture {
	t.Helper()
	f := &fixture{open: open, dir: t.TempDir()}
	f.s = open(t, f.dir)
	t.Cleanup(func() {
		if err := f.s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return f
}

func (f *fixture) reopen(t *testing.T) {
	t.Helper()
	if err := f.s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	f.s = f.open(t, f.dir)
}

func (f *fixture) append(t *testing.T, c store.Commit) []store.Record {
	t.Helper()
	out, err := f.s.Append(t.Context(), c)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return out.Records
}

// start is when the tests take place.
func start() time.Time {
	return time.Date(2026, 11, 23, 8, 0, 0, 123_456_789, time.FixedZone("CST", 8*3600))
}

func stream(i int) store.StreamID { return store.StreamID(fmt.Sprintf("complaint/20261123-%04d", i)) }

func event(text string) store.NewEvent {
	data, _ := json.Marshal(map[string]string{"text": text})
	return store.NewEvent{Kind: "noted.v1", At: start(), By: "U1", Data: data}
}

// commit appends n events to one stream.
func commit(id store.StreamID, expect, n int) store.Commit {
	a := store.Append{Stream: id, Expect: expect}
	for i := range n {
		a.Events = append(a.Events, event(fmt.Sprintf("%s 第 %d", id, expect+i+1)))
	}
	return store.Commit{At: start(), Appends: []store.Append{a}}
}

// must is for calls whose failure the caller has no use for: the panic names the error and fails the test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func same(t *testing.T, what string, got, want any, opts ...cmp.Option) {
	t.Helper()
	if diff := difference(want, got, opts...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// difference is cmp.Diff behind a quick look, because nearly everything is equal and cmp takes fifty times as long to say so.
func difference(want, got any, opts ...cmp.Option) string {
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return cmp.Diff(want, got, append(opts, cmpopts.EquateEmpty())...)
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error = %v, want %v", what, got, want)
	}
}
