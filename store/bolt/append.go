package bolt

import (
	"bytes"
	"context"
	"fmt"
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
		heads, err := b.check(c)
		if err != nil {
			return err
		}
		out.Records = b.putCommit(c, heads)
		return nil
	})
	if err != nil {
		return store.Committed{}, err
	}
	return out, nil
}

// check decides whether the commit can be stored, and returns the ends of its streams.
func (b *batch) check(c store.Commit) ([]streamHead, error) {
	if c.Key != "" {
		if value := b.get(bucketKeys, []byte(c.Key)); value != nil {
			u, err := decodeUsed(value)
			if err != nil {
				return nil, fmt.Errorf("read key %s: %w", c.Key, err)
			}
			return nil, &store.DuplicateError{Key: c.Key, Stream: u.stream, Version: u.version}
		}
	}
	heads := make([]streamHead, len(c.Appends))
	sets := make([]entrySet, len(c.Appends))
	for i, a := range c.Appends {
		head, err := b.streamHead(a.Stream)
		if err != nil {
			return nil, err
		}
		if head.version != a.Expect {
			return nil, fmt.Errorf("append to %s at version %d, which is at %d: %w", a.Stream, a.Expect, head.version, store.ErrConflict)
		}
		heads[i] = head
		sets[i] = entrySet{stream: a.Stream, old: head.entries, new: a.Entries}
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
	return heads, nil
}

// putCommit stores a commit that check has let through.
func (b *batch) putCommit(c store.Commit, heads []streamHead) []store.Record {
	var records []store.Record
	for i, a := range c.Appends {
		head := heads[i]
		for _, e := range a.Events {
			r := store.Seal(e, a.Stream, b.head.Seq+1, head.version+1, b.head.Hash, head.hash)
			b.put(bucketLedger, seqKey(r.Seq), encodeRecord(r))
			b.put(bucketVersions, versionKey(r.Stream, r.Version), seqKey(r.Seq))
			b.head = store.Head{Seq: r.Seq, Hash: r.Hash}
			head.version, head.hash = r.Version, r.Hash
			records = append(records, r)
		}
		heads[i] = b.putEntries(a.Stream, head, a.Entries)
	}
	if c.Key != "" {
		used := usedKey{at: c.At}
		if len(c.Appends) > 0 {
			used.stream, used.version = c.Appends[0].Stream, heads[0].version
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

// entrySet is one stream's old and new entries.
type entrySet struct {
	stream store.StreamID
	old    []entryKey
	new    []store.Entry
}

// checkUnique refuses the sets if, with all of them in place, a unique entry and another stream's entry had the same index and key. What
// one of the streams gives up, another one may take in the same commit.
func (b *batch) checkUnique(sets []entrySet) error {
	type holder struct {
		stream store.StreamID
		unique bool
	}
	type place struct{ index, key string }
	inside := map[store.StreamID]bool{}
	held := map[place]holder{}
	for _, set := range sets {
		inside[set.stream] = true
		for _, e := range set.new {
			at := place{e.Index, e.Key}
			if h, ok := held[at]; ok && h.stream != set.stream && (h.unique || e.Unique) {
				return &store.TakenError{Index: e.Index, Key: e.Key, Stream: h.stream}
			}
			held[at] = holder{set.stream, e.Unique}
		}
	}
	for _, set := range sets {
		kept := make(map[entryKey]bool, len(set.old))
		for _, k := range set.old {
			kept[k] = true
		}
		for _, e := range set.new {
			if kept[entryKey{e.Index, e.Key, e.Unique}] {
				continue
			}
			if err := b.checkHolders(e, inside); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkHolders refuses an entry that collides with a stored one of a stream outside of the commit.
func (b *batch) checkHolders(e store.Entry, inside map[store.StreamID]bool) error {
	prefix := holdersKey(e.Index, e.Key)
	cursor := b.tx.Bucket([]byte(bucketIndex)).Cursor()
	for k, v := cursor.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = cursor.Next() {
		id := store.StreamID(k[len(prefix):])
		if unique := len(v) > 0 && v[0] == 1; !inside[id] && (unique || e.Unique) {
			return &store.TakenError{Index: e.Index, Key: e.Key, Stream: id}
		}
	}
	return nil
}

// putEntries replaces the stream's entries, leaving alone what stays the same, and stores its end.
func (b *batch) putEntries(id store.StreamID, head streamHead, entries []store.Entry) streamHead {
	stale := make(map[string]bool, len(head.entries))
	for _, k := range head.entries {
		stale[string(indexKey(k.index, k.key, id))] = true
	}
	head.entries = make([]entryKey, 0, len(entries))
	for _, e := range entries {
		key := indexKey(e.Index, e.Key, id)
		value := append([]byte{flag(e.Unique)}, e.Value...)
		if !bytes.Equal(b.get(bucketIndex, key), value) {
			b.put(bucketIndex, key, value)
		}
		delete(stale, string(key))
		head.entries = append(head.entries, entryKey{e.Index, e.Key, e.Unique})
	}
	for key := range stale {
		b.del(bucketIndex, []byte(key))
	}
	if head.version == 0 && len(head.entries) == 0 {
		return head
	}
	b.put(bucketStreams, []byte(id), encodeHead(head))
	return head
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
