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
func (s *Store) Claim(ctx context.Context, now time.Time, limit, beside int) ([]store.Intent, error) {
	var out []store.Intent
	err := s.do(ctx, func(b *batch) error {
		for _, it := range b.store.lanes.start(now, limit, beside) {
			n, ok := b.intent(it)
			if !ok {
				break
			}
			n.Attempts++
			n.StartedAt = now.UTC()
			n.also = n.also[:0]
			for _, other := range it.also {
				n.also = append(n.also, other.seq)
			}
			b.put(bucketOutbox, seqKey(n.Seq), encodeIntent(n))
			out = append(out, b.whole(n, it))
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
func (b *batch) intent(it *item) (filed, bool) {
	value := b.get(bucketOutbox, seqKey(it.seq))
	n, err := decodeIntent(it.seq, value)
	if err != nil {
		b.fail(fmt.Errorf("read intent %s: %w", it.id, err))
	}
	return n, err == nil
}

// whole is an intent with the others of its batch.
func (b *batch) whole(n filed, it *item) store.Intent {
	for _, other := range it.also {
		o, ok := b.intent(other)
		if !ok {
			break
		}
		n.Also = append(n.Also, o.Intent)
	}
	return n.Intent
}

// Amend gives every intent that waits another LastError, as change makes it from the intent. What waits is told alone from then on, or
// with the batch it was in: it may have been told already.
func (s *Store) Amend(ctx context.Context, change func(store.Intent) string) error {
	return s.do(ctx, func(b *batch) error {
		taken := map[*item]bool{} // by a batch that stays as it is
		for _, it := range b.store.lanes.byID {
			for _, other := range it.also {
				taken[other] = true
			}
		}
		for _, it := range b.store.lanes.byID {
			if taken[it] {
				continue
			}
			n, ok := b.intent(it)
			if !ok {
				break
			}
			if n.StartedAt.IsZero() {
				n.LastError, n.fixed, it.fixed = change(n.Intent), true, true
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
	if x.Result == store.Retry {
		n.NotBefore, n.fixed = x.RetryAt.UTC(), x.Fixed
		if !n.fixed {
			n.also = nil
		}
		b.put(bucketOutbox, seqKey(it.seq), encodeIntent(n))
	} else {
		b.remove(n, it, x)
	}
	b.store.lanes.finish(it, x, n.NotBefore)
}

// remove takes an intent and the others of its batch out of the outbox, the dead ones to where the operator finds them.
func (b *batch) remove(n filed, it *item, x store.Settlement) {
	if x.Result == store.Dead {
		n.fixed, n.also = false, nil
		b.put(bucketDead, seqKey(it.seq), encodeIntent(n))
	}
	b.del(bucketOutbox, seqKey(it.seq))
	for _, other := range it.also {
		if x.Result == store.Dead {
			o, ok := b.intent(other)
			if !ok {
				return
			}
			o.LastError = x.Reason
			b.put(bucketDead, seqKey(other.seq), encodeIntent(o))
		}
		b.del(bucketOutbox, seqKey(other.seq))
	}
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
			out = append(out, b.whole(n, it))
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
		counts = store.Backlog{Pending: len(l.byID), Claimed: l.busy(), Dead: len(l.dead), Next: l.next()}
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
			intents := make([]store.Intent, 0, len(page))
			for _, i := range page {
				next = i.Seq + 1
				intents = append(intents, i.Intent)
			}
			return intents, err
		})
		if err != nil {
			return store.Backlog{}, fmt.Errorf("list intents: %w", err)
		}
		backlog.Intents = append(backlog.Intents, list...)
	}
	return backlog, nil
}
