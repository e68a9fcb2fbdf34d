package bolt

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"sameday/store"
)

// Scan implements [store.Index]. Entries of several streams under one key come in the order of the streams' names, and a walk that goes on
// after such a key skips what the page had no room for: keys that are not unique should end in something of their stream.
func (s *Store) Scan(ctx context.Context, q store.Query) ([]store.Entry, error) {
	w := walk{low: boundKey(q.Index, q.From), high: afterIndex(q.Index), reverse: q.Reverse}
	if q.To != "" {
		w.high = boundKey(q.Index, q.To)
	}
	entries, err := collect(ctx, s, q.Limit, w.page)
	if err != nil {
		return nil, fmt.Errorf("scan index %s: %w", q.Index, err)
	}
	return entries, nil
}

// walk is a range of index keys, low <= k < high, that shrinks as it is read.
type walk struct {
	low, high []byte
	reverse   bool
}

func (w *walk) page(tx *bbolt.Tx, n int) ([]store.Entry, error) {
	var page []store.Entry
	cursor := tx.Bucket([]byte(bucketIndex)).Cursor()
	step := cursor.Next
	k, v := cursor.Seek(w.low)
	if w.reverse {
		step = cursor.Prev
		if k, _ = cursor.Seek(w.high); k == nil {
			k, v = cursor.Last()
		} else {
			k, v = cursor.Prev()
		}
	}
	for ; len(page) < n && k != nil && bytes.Compare(k, w.low) >= 0 && bytes.Compare(k, w.high) < 0; k, v = step() {
		e, err := decodeEntry(k, v)
		if err != nil {
			return nil, err
		}
		page = append(page, e)
		if w.reverse {
			w.high = bytes.Clone(k)
		} else {
			w.low = append(bytes.Clone(k), 0)
		}
	}
	return page, nil
}

func decodeEntry(k, v []byte) (store.Entry, error) {
	index, key, id, err := splitIndexKey(k)
	if err != nil || len(v) == 0 {
		return store.Entry{}, errShort
	}
	return store.Entry{Index: index, Key: key, Stream: id, Value: append([]byte(nil), v[1:]...), Unique: v[0] == 1}, nil
}

// Indexes implements [store.Index].
func (s *Store) Indexes(ctx context.Context) ([]string, error) {
	var from []byte
	names, err := collect(ctx, s, int(^uint(0)>>1), func(tx *bbolt.Tx, n int) ([]string, error) {
		var page []string
		cursor := tx.Bucket([]byte(bucketIndex)).Cursor()
		for k, _ := cursor.Seek(from); len(page) < n && k != nil; k, _ = cursor.Seek(from) {
			name, _, _, err := splitIndexKey(k)
			if err != nil {
				return nil, err
			}
			page = append(page, name)
			from = afterIndex(name)
		}
		return page, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list indexes: %w", err)
	}
	return names, nil
}

// Reindex implements [store.Index], in one transaction, so callers pass pages of streams. It refuses a set for a stream that does not
// exist ([store.ErrNotFound]) and one that breaks uniqueness (*[store.TakenError]).
func (s *Store) Reindex(ctx context.Context, sets map[store.StreamID][]store.Entry) error {
	for id, entries := range sets {
		if err := checkName("stream name", string(id)); err != nil {
			return fmt.Errorf("reindex: %w", err)
		}
		if err := checkEntries(id, entries); err != nil {
			return fmt.Errorf("reindex: %w", err)
		}
	}
	return s.do(ctx, func(b *batch) error {
		all := make([]entrySet, 0, len(sets))
		for id, entries := range sets {
			head, err := b.streamHead(id)
			if err != nil {
				return err
			}
			if head.version == 0 && len(entries) > 0 {
				return fmt.Errorf("reindex stream %s: %w", id, store.ErrNotFound)
			}
			for i := range head.entries { // what the index really holds is looked up: it may be what is to be mended
				head.entries[i].bare = false
			}
			all = append(all, newEntrySet(id, head, entries))
		}
		if err := b.checkUnique(all); err != nil {
			return err
		}
		for _, set := range all {
			b.putEntries(set)
		}
		return nil
	})
}
