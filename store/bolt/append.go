package bolt

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"sameday/store"
)

// Append implements [store.Ledger]. The commit must not be changed any more, even when the caller gave up: the writer may still read it.
// Beyond the contract it refuses a commit that names a stream twice, an entry twice, or a new stream without events; it drops an
// intent whose id is waiting, being sent or dead; and it refuses to seal an erased record again ([store.ErrErased]).
func (s *Store) Append(ctx context.Context, c store.Commit) (store.Committed, error) {
	if err := checkShape(c); err != nil {
		return store.Committed{}, fmt.Errorf("append: %w", err)
	}
	var out store.Committed
	err := s.do(ctx, func(b *batch) error {
		sets, err := b.check(c)
		if err != nil {
			return err
		}
		out.Records = b.putCommit(c, sets)
		return nil
	})
	if err != nil {
		return store.Committed{}, err
	}
	return out, nil
}

// check decides whether the commit can be stored, and returns what it makes of its streams.
func (b *batch) check(c store.Commit) ([]entrySet, error) {
	if c.Key != "" {
		if value := b.get(bucketKeys, []byte(c.Key)); value != nil {
			u, err := decodeUsed(value)
			if err != nil {
				return nil, fmt.Errorf("read key %s: %w", c.Key, err)
			}
			return nil, &store.DuplicateError{Key: c.Key, Stream: u.stream, Version: u.version}
		}
	}
	sets := make([]entrySet, len(c.Appends))
	for i, a := range c.Appends {
		head, err := b.streamHead(a.Stream)
		if err != nil {
			return nil, err
		}
		if head.version != a.Expect {
			return nil, fmt.Errorf("append to %s at version %d, which is at %d: %w", a.Stream, a.Expect, head.version, store.ErrConflict)
		}
		sets[i] = newEntrySet(a.Stream, head, a.Entries)
	}
	if err := b.checkUnique(sets); err != nil {
		return nil, err
	}
	for _, sealed := range c.Sealed {
		value := b.get(bucketVault, []byte(sealed.ID))
		if value == nil {
			continue
		}
		if old, err := decodeSealed(sealed.ID, value); err != nil || len(old.WrappedKey) == 0 {
			return nil, fmt.Errorf("seal record %s again: %w", sealed.ID, store.ErrErased)
		}
	}
	return sets, nil
}

// putCommit stores a commit that check has let through.
func (b *batch) putCommit(c store.Commit, sets []entrySet) []store.Record {
	var records []store.Record
	for i, a := range c.Appends {
		head := &sets[i].head
		for _, e := range a.Events {
			r := store.Seal(e, a.Stream, b.head.Seq+1, head.version+1, b.head.Hash, head.hash)
			b.put(bucketLedger, seqKey(r.Seq), encodeRecord(r))
			b.put(bucketVersions, versionKey(r.Stream, r.Version), seqKey(r.Seq))
			b.head = store.Head{Seq: r.Seq, Hash: r.Hash}
			head.version, head.hash = r.Version, r.Hash
			records = append(records, r)
		}
		b.putEntries(sets[i])
	}
	if c.Key != "" {
		used := usedKey{at: c.At}
		if len(c.Appends) > 0 {
			used.stream, used.version = c.Appends[0].Stream, sets[0].head.version
		}
		b.put(bucketKeys, []byte(c.Key), encodeUsed(used))
	}
	for _, n := range c.Intents {
		b.putIntent(n)
	}
	for _, sealed := range c.Sealed {
		b.put(bucketVault, []byte(sealed.ID), encodeSealed(sealed))
	}
	return records
}

// entrySet is what becomes of one stream's entries.
type entrySet struct {
	stream store.StreamID
	head   streamHead // with the entries that the index holds
	new    []store.Entry
	was    []int  // for each of new, where the head has the same; -1 = nowhere
	stays  []bool // for each of the head's, whether it is in new
}

// newEntrySet compares the entries. Mostly the same stand in the same order.
func newEntrySet(id store.StreamID, head streamHead, entries []store.Entry) entrySet {
	set := entrySet{stream: id, head: head, new: entries, was: make([]int, len(entries)), stays: make([]bool, len(head.entries))}
	var places map[place]int
	for i, e := range entries {
		here := place{e.Index, e.Key}
		at := i
		if at >= len(head.entries) || head.entries[at].place != here {
			if places == nil {
				places = make(map[place]int, len(head.entries))
				for n, k := range head.entries {
					places[k.place] = n
				}
			}
			var known bool
			if at, known = places[here]; !known {
				at = -1
			}
		}
		if set.was[i] = at; at >= 0 {
			set.stays[at] = true
		}
	}
	return set
}

// kept reports whether an entry was there as it is, its value aside.
func (s *entrySet) kept(i int) bool {
	return s.was[i] >= 0 && s.head.entries[s.was[i]].unique == s.new[i].Unique
}

// checkUnique refuses the sets if, with all of them in place, a unique entry and another stream's entry had the same index and key. What
// one of the streams gives up, another one may take in the same commit.
func (b *batch) checkUnique(sets []entrySet) error {
	if err := apart(sets); err != nil {
		return err
	}
	for _, set := range sets {
		for i, e := range set.new {
			if set.kept(i) {
				continue
			}
			if err := b.checkHolders(e, sets); err != nil {
				return err
			}
		}
	}
	return nil
}

// apart refuses sets that collide with each other.
func apart(sets []entrySet) error {
	if len(sets) < 2 {
		return nil
	}
	type holder struct {
		stream store.StreamID
		unique bool
	}
	held := map[place]holder{}
	for _, set := range sets {
		for _, e := range set.new {
			at := place{e.Index, e.Key}
			if h, ok := held[at]; ok && h.stream != set.stream && (h.unique || e.Unique) {
				return &store.TakenError{Index: e.Index, Key: e.Key, Stream: h.stream}
			}
			held[at] = holder{set.stream, e.Unique}
		}
	}
	return nil
}

// checkHolders refuses an entry that collides with a stored one of a stream outside of the commit.
func (b *batch) checkHolders(e store.Entry, sets []entrySet) error {
	prefix := holdersKey(e.Index, e.Key)
	cursor := b.tx.Bucket([]byte(bucketIndex)).Cursor()
	for k, v := cursor.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = cursor.Next() {
		id := store.StreamID(k[len(prefix):])
		inside := slices.ContainsFunc(sets, func(s entrySet) bool { return s.stream == id })
		if unique := len(v) > 0 && v[0] == 1; !inside && (unique || e.Unique) {
			return &store.TakenError{Index: e.Index, Key: e.Key, Stream: id}
		}
	}
	return nil
}

// putEntries replaces the stream's entries, leaving alone what stays the same, and stores its end.
func (b *batch) putEntries(set entrySet) {
	keys := make([]entryKey, len(set.new))
	for i, e := range set.new {
		keys[i] = keyOf(e)
		if set.kept(i) && keys[i].bare && set.head.entries[set.was[i]].bare {
			continue
		}
		key := indexKey(e.Index, e.Key, set.stream)
		if old := b.get(bucketIndex, key); len(old) == 0 || old[0] != flag(e.Unique) || !bytes.Equal(old[1:], e.Value) {
			b.put(bucketIndex, key, append([]byte{flag(e.Unique)}, e.Value...))
		}
	}
	for i, k := range set.head.entries {
		if !set.stays[i] {
			b.del(bucketIndex, indexKey(k.index, k.key, set.stream))
		}
	}
	if set.head.version == 0 && len(keys) == 0 {
		return
	}
	set.head.entries = keys
	b.put(bucketStreams, []byte(set.stream), encodeHead(set.head))
}

// putIntent files an intent, unless it is there already or a waiting one tells the same.
func (b *batch) putIntent(n store.Intent) {
	l := b.store.lanes
	if l.knows(n.ID) || l.replaced(n.Replace) {
		return
	}
	outbox := b.bucket(bucketOutbox)
	seq, err := outbox.NextSequence()
	if err != nil {
		b.fail(err)
		return
	}
	n.Seq, n.Attempts, n.LastError = seq, 0, ""
	n.StartedAt, n.Also = time.Time{}, nil
	b.put(bucketOutbox, seqKey(seq), encodeIntent(filed{Intent: n}))
	l.file(n)
}
