package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"sameday/store"
	"sameday/store/bolt"
)

// After a restore no number is given that may be out in the world: not one of the backup, nor one that was given after it was made, nor,
// after a second restore, one that was given after the first.
func TestARestoreGivesNoNumberTwice(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	open := func() *bolt.Store {
		s, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "db"), bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	number := func(s store.Store, serial string) {
		_, err := s.Append(context.Background(), store.Commit{At: at, Appends: []store.Append{{
			Stream: store.StreamID("complaint/20261123-" + serial), Events: []store.NewEvent{{Kind: "opened.v1", At: at, By: "system", Data: []byte(`{}`)}},
			Entries: []store.Entry{{Index: store.IndexComplaint, Key: "20261123-" + serial, Stream: store.StreamID("complaint/20261123-" + serial)}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	noted := func(s, replaced store.Store, want int) {
		t.Helper()
		note, err := store.NoteRestore(t.Context(), s, replaced, "b.db", at)
		if err != nil || note.Above != want {
			t.Errorf("numbers go on above %d, want %d: %v", note.Above, want, err)
		}
	}
	noted(open(), nil, 1000)
	backup, lost := open(), open()
	number(backup, "00007")
	number(lost, "00990")
	noted(backup, lost, 2000)
	again := open()
	number(again, "00007")
	noted(again, backup, 3000) // the first restore is what the second replaces
}
