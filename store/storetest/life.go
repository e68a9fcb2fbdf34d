package storetest

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"sameday/store"
)

func lifeTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"life/reopen":        testReopen,
		"life/close":         testClose,
		"life/close at work": testCloseAtWork,
		"life/backup":        testBackupAlone,
	}
}

func testReopen(t *testing.T, f *fixture) {
	ctx := t.Context()
	c := withEntries(commit("a", 0, 3), entry("i", "k", "a", "v"))
	c.Intents = []store.Intent{{ID: "n", Lane: "l", Kind: "line", Body: []byte(`{"a":1}`), NotBefore: start().UTC()}}
	f.append(t, c)
	records, entries := must(f.s.Since(ctx, 0, 10)), must(f.s.Scan(ctx, store.Query{Index: "i"}))
	backlog := must(f.s.Waiting(ctx, 10))
	for range 2 {
		f.reopen(t)
		same(t, "records", must(f.s.Since(ctx, 0, 10)), records)
		same(t, "entries", must(f.s.Scan(ctx, store.Query{Index: "i"})), entries)
		same(t, "backlog", must(f.s.Waiting(ctx, 10)), backlog)
	}
	if more := f.append(t, commit("a", 3, 1)); more[0].Prev != records[2].Hash || more[0].PrevInStream != records[2].Hash {
		t.Errorf("the chain does not go on after reopening")
	}
}

func testClose(t *testing.T, f *fixture) {
	ctx := t.Context()
	f.append(t, commit("a", 0, 1))
	for range 2 {
		if err := f.s.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	calls := map[string]func() error{
		"append":     func() error { _, err := f.s.Append(ctx, commit("a", 1, 1)); return err },
		"stream":     func() error { _, err := f.s.Stream(ctx, "a", 0, 1); return err },
		"since":      func() error { _, err := f.s.Since(ctx, 0, 1); return err },
		"head":       func() error { _, err := f.s.Head(ctx); return err },
		"scan":       func() error { _, err := f.s.Scan(ctx, store.Query{Index: "i"}); return err },
		"indexes":    func() error { _, err := f.s.Indexes(ctx); return err },
		"reindex":    func() error { return f.s.Reindex(ctx, map[store.StreamID][]store.Entry{"a": nil}) },
		"claim":      func() error { _, err := f.s.Claim(ctx, start(), 1, 0); return err },
		"settle":     func() error { return f.s.Settle(ctx, start(), []store.Settlement{{ID: "x"}}) },
		"unsettled":  func() error { _, err := f.s.Unsettled(ctx); return err },
		"waiting":    func() error { _, err := f.s.Waiting(ctx, 1); return err },
		"sealed":     func() error { _, err := f.s.Sealed(ctx, "p"); return err },
		"sealed ids": func() error { _, err := f.s.SealedIDs(ctx, "", 1); return err },
		"destroy":    func() error { return f.s.Destroy(ctx, "p") },
		"tidy":       func() error { return f.s.Tidy(ctx, start()) },
		"backup":     func() error { return f.s.Backup(ctx, &bytes.Buffer{}) },
	}
	for name, call := range calls {
		wantError(t, name+" after closing", call(), store.ErrClosed)
	}
	f.s = f.open(t, f.dir)
}

// testCloseAtWork closes under load: what was answered with success is there afterwards, and everything else was refused as closed.
func testCloseAtWork(t *testing.T, f *fixture) {
	const writers = 16
	var wg sync.WaitGroup
	stored := make([]int, writers)
	running := make(chan struct{}, writers)
	for w := range writers {
		wg.Go(func() {
			for {
				_, err := f.s.Append(t.Context(), commit(stream(w), stored[w], 1))
				if err != nil {
					if !errors.Is(err, store.ErrClosed) {
						t.Errorf("append while closing: %v", err)
					}
					return
				}
				if stored[w]++; stored[w] == 3 {
					running <- struct{}{}
				}
			}
		})
	}
	for range writers {
		<-running
	}
	s := f.s
	for range 2 {
		wg.Go(func() {
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	wg.Wait()
	f.s = f.open(t, f.dir)
	for w, want := range stored {
		if got := len(must(f.s.Stream(t.Context(), stream(w), 0, want+10))); got != want {
			t.Errorf("stream %d has %d records, %d were answered", w, got, want)
		}
	}
}

func testBackupAlone(t *testing.T, f *fixture) {
	f.append(t, commit("a", 0, 1))
	broken := errors.New("the tape is full")
	wantError(t, "backup to a broken writer", f.s.Backup(t.Context(), failing{broken}), broken)
	var b bytes.Buffer
	if err := f.s.Backup(t.Context(), &b); err != nil || b.Len() == 0 {
		t.Errorf("backup = %d bytes, %v", b.Len(), err)
	}
	f.append(t, commit("a", 1, 1))
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
