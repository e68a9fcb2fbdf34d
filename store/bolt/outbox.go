package bolt

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"sameday/store"
)

// Claim implements [store.Outbox]. When nothing can go it costs no flush of the disk. A caller that gives up may leave intents
// claimed: [Store.Unsettled] has them.
func (s *Store) Claim(ctx context.Context, now time.Time, limit int) ([]store.Intent, error) {
	var out []store.Intent
	err := s.do(ctx, func(b *batch) error {
		for _, it := range b.store.lanes.start(now, limit) {
			n, ok := b.intent(it)
			if !ok {
				break
			}
			n.Attempts++
			n.StartedAt = now.UTC()
			b.put(bucketOutbox, seqKey(n.Seq), encodeIntent(n))
			out = append(out, n)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// intent reads an intent that the lanes know. When the file does not hold it the two disagree, which fails the batch and makes the next one
// read the lanes anew.
func (b *batch) intent(it *item) (store.Intent, bool) {
	value := b.get(bucketOutbox, seqKey(it.seq))
	n, err := decodeIntent(it.seq, value)
	if err != nil {
		b.fail(fmt.Errorf("read intent %s: %w", it.id, err))
	}
	return n, err == nil
}

// Amend gives every intent that waits another LastError, as change makes it from the intent.
func (s *Store) Amend(ctx context.Context, change func(store.Intent) string) error {
	return s.do(ctx, func(b *batch) error {
		for _, it := range b.store.lanes.byID {
			n, ok := b.intent(it)
			if !ok {
				break
			}
			if n.StartedAt.IsZero() {
				n.LastError = change(n)
				b.put(bucketOutbox, seqKey(n.Seq), encodeIntent(n))
			}
		}
		return nil
	})
}

// Settle implements [store.Outbox]. An intent that is not claimed is left as it is.
func (s *Store) Settle(ctx context.Context, _ time.Time, settlements []store.Settlement) error {
	for _, x := range settlements {
		if x.Result < store.Sent || x.Result > store.Dead {
			return fmt.Errorf("settle %s: unknown result %d", x.ID, x.Result)
		}
	}
	return s.do(ctx, func(b *batch) error {
		for _, x := range settlements {
			if it := b.store.lanes.sending[x.ID]; it != nil && b.fault == nil {
				b.settle(it, x)
			}
		}
		return nil
	})
}

func (b *batch) settle(it *item, x store.Settlement) {
	n, ok := b.intent(it)
	if !ok {
		return
	}
	n.StartedAt, n.LastError = time.Time{}, x.Reason
	switch x.Result {
	case store.Sent:
		b.del(bucketOutbox, seqKey(it.seq))
	case store.Retry:
		n.NotBefore = x.RetryAt.UTC()
		b.put(bucketOutbox, seqKey(it.seq), encodeIntent(n))
	case store.Dead:
		b.del(bucketOutbox, seqKey(it.seq))
		b.put(bucketDead, seqKey(it.seq), encodeIntent(n))
	}
	b.store.lanes.finish(it, x.Result, n.NotBefore)
}

// Unsettled implements [store.Outbox], in order of Seq.
func (s *Store) Unsettled(ctx context.Context) ([]store.Intent, error) {
	var out []store.Intent
	err := s.do(ctx, func(b *batch) error {
		for _, it := range b.store.lanes.claimed() {
			n, ok := b.intent(it)
			if !ok {
				break
			}
			out = append(out, n)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Waiting implements [store.Outbox]; a limit of 0 or less lists nothing. The list is read after the counts, so under load it may differ
// from them.
func (s *Store) Waiting(ctx context.Context, limit int) (store.Backlog, error) {
	var counts store.Backlog
	err := s.do(ctx, func(b *batch) error {
		l := b.store.lanes
		counts = store.Backlog{Pending: len(l.byID), Claimed: len(l.sending), Dead: len(l.dead), Next: l.next()}
		return nil
	})
	if err != nil {
		return store.Backlog{}, err
	}
	backlog := counts
	if limit <= 0 {
		return backlog, nil
	}
	for _, bucket := range []string{bucketOutbox, bucketDead} {
		if len(backlog.Intents) == limit {
			break
		}
		next := uint64(0)
		list, err := collect(ctx, s, limit-len(backlog.Intents), func(tx *bbolt.Tx, n int) ([]store.Intent, error) {
			page, err := intentsFrom(tx, bucket, next, n)
			if len(page) > 0 {
				next = page[len(page)-1].Seq + 1
			}
			return page, err
		})
		if err != nil {
			return store.Backlog{}, fmt.Errorf("list intents: %w", err)
		}
		backlog.Intents = append(backlog.Intents, list...)
	}
	return backlog, nil
}
