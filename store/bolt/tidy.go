package bolt

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"sameday/store/failpoint"
)

// Tidy implements [store.Store]. It looks at every key, 1,000 per read transaction, and removes the old ones of each thousand in a write
// transaction of its own, so others write in between; it stops early when ctx ends, and the next call goes on.
func (s *Store) Tidy(ctx context.Context, before time.Time) error {
	var from []byte
	for {
		var old [][]byte
		err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
			old, from, err = oldKeys(tx, from, before)
			return err
		})
		if err == nil && len(old) > 0 {
			err = s.do(ctx, func(b *batch) error {
				for _, key := range old {
					b.del(bucketKeys, key)
				}
				return nil
			})
			failpoint.Here("bolt.forgotten")
		}
		if err != nil {
			return fmt.Errorf("forget old keys: %w", err)
		}
		if from == nil {
			return nil
		}
	}
}

// oldKeys looks at one page of keys and returns where the next one begins, nil at the end. A key never becomes younger, so what is old here is
// still old when it is removed.
func oldKeys(tx *bbolt.Tx, from []byte, before time.Time) (old [][]byte, next []byte, err error) {
	cursor := tx.Bucket([]byte(bucketKeys)).Cursor()
	k, v := cursor.Seek(from)
	for n := 0; k != nil && n < pageItems; n++ {
		used, err := decodeUsed(v)
		if err != nil {
			return nil, nil, fmt.Errorf("read key %s: %w", k, err)
		}
		if used.at.Before(before) {
			old = append(old, append([]byte(nil), k...))
		}
		k, v = cursor.Next()
	}
	return old, append([]byte(nil), k...), nil
}
