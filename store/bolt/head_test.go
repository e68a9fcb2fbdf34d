package bolt

import (
	"encoding/binary"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"sameday/store"
)

// firstHead is a head as the first format had it.
func firstHead(h streamHead) []byte {
	b := binary.AppendUvarint([]byte{format}, uint64(h.version))
	b = append(b, h.hash[:]...)
	b = binary.AppendUvarint(b, uint64(len(h.entries)))
	for _, e := range h.entries {
		b = appendText(appendText(b, e.index), e.key)
		b = append(b, flag(e.unique))
	}
	return b
}

func TestHeadOfTheFirstFormat(t *testing.T) {
	t.Parallel()
	want := streamHead{version: 3, hash: store.Hash{1, 2, 3}, entries: []entryKey{
		{place: place{"open", "jingan|20261123-00001"}}, {place: place{"work_order", "A-1"}, unique: true},
	}}
	old := firstHead(want)
	got, err := decodeHead(old)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	alike := cmp.AllowUnexported(streamHead{}, entryKey{}, place{})
	if diff := cmp.Diff(want, got, alike); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
	want.entries[0].bare = true
	next := encodeHead(want)
	if got, err := decodeHead(next); err != nil || !cmp.Equal(want, got, alike) {
		t.Errorf("decoded again: %v, %v", got, err)
	}
	for _, value := range [][]byte{old, next} {
		for n := range value {
			if _, err := decodeHead(value[:n]); err == nil {
				t.Errorf("decode the first %d of %d bytes: got no error", n, len(value))
			}
		}
	}
	next[0] = formatBare + 1
	if _, err := decodeHead(next); err == nil {
		t.Errorf("decode a format of the future: got no error")
	}
}

// What an entry without a value stands for is looked up where it may be missing: when the index is made again, and when the head is of a
// time that did not know.
func TestEntryThatIsGoneIsPutBack(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "sameday.db"), Options{InitialMmapSize: 1 << 24})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	entries := []store.Entry{{Index: "due", Key: "1|a", Stream: "a"}, {Index: "open", Key: "u|a", Stream: "a", Value: []byte("{}")}}
	version := 0
	appends := func() {
		t.Helper()
		_, err := s.Append(t.Context(), store.Commit{Appends: []store.Append{{
			Stream: "a", Expect: version, Entries: entries, Events: []store.NewEvent{{Kind: "k", At: time.Unix(1, 0), By: "u", Data: []byte("{}")}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		version++
	}
	lose := func() {
		t.Helper()
		if err := s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucketIndex)).Delete(indexKey("due", "1|a", "a")) }); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(when string) {
		t.Helper()
		got, err := s.Scan(t.Context(), store.Query{Index: "due", Limit: 10})
		if err != nil || !cmp.Equal(got, entries[:1]) {
			t.Errorf("%s: got %v, %v, want %v", when, got, err, entries[:1])
		}
	}
	appends()
	holds("stored")
	lose()
	if err := s.Reindex(t.Context(), map[store.StreamID][]store.Entry{"a": entries}); err != nil {
		t.Fatal(err)
	}
	holds("made again")
	lose()
	err = s.db.Update(func(tx *bbolt.Tx) error {
		h, err := readHead(tx, "a")
		if err != nil {
			return err
		}
		return tx.Bucket([]byte(bucketStreams)).Put([]byte("a"), firstHead(h))
	})
	if err != nil {
		t.Fatal(err)
	}
	appends()
	holds("after a head of the first format")
	appends()
	holds("after the one that knows")
}
