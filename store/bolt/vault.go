package bolt

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"sameday/store"
)

// Sealed implements [store.Vault].
func (s *Store) Sealed(ctx context.Context, id string) (store.Sealed, error) {
	var out store.Sealed
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		value := tx.Bucket([]byte(bucketVault)).Get([]byte(id))
		if value == nil {
			return store.ErrNotFound
		}
		out, err = decodeSealed(id, value)
		return err
	})
	if err != nil {
		return store.Sealed{}, fmt.Errorf("read sealed record %s: %w", id, err)
	}
	return out, nil
}

// Destroy implements [store.Vault]. Before it returns, the copies of the wrapped key that bbolt left in unused pages of the file are
// overwritten as well, which reads the whole file once; an error of that part comes when the record itself is erased already. An unknown id is [store.ErrNotFound].
func (s *Store) Destroy(ctx context.Context, id string) error {
	var key []byte
	err := s.do(ctx, func(b *batch) error {
		value := b.get(bucketVault, []byte(id))
		if value == nil {
			return fmt.Errorf("destroy sealed record %s: %w", id, store.ErrNotFound)
		}
		old, err := decodeSealed(id, value)
		if err != nil {
			return fmt.Errorf("destroy sealed record %s: %w", id, err)
		}
		if len(old.WrappedKey) == 0 {
			return nil
		}
		key = old.WrappedKey
		b.put(bucketVault, []byte(id), encodeSealed(store.Sealed{ID: id, KeyID: old.KeyID}))
		return nil
	})
	if err != nil || len(key) == 0 {
		return err
	}
	if err := s.scrub(ctx, key); err != nil {
		return fmt.Errorf("overwrite old copies of sealed record %s: %w", id, err)
	}
	return nil
}

// SealedIDs implements [store.Vault]; a limit of 0 or less means 1,000.
func (s *Store) SealedIDs(ctx context.Context, after string, limit int) ([]string, error) {
	from := append([]byte(after), 0)
	if after == "" {
		from = nil
	}
	ids, err := collect(ctx, s, limit, func(tx *bbolt.Tx, n int) ([]string, error) {
		var page []string
		cursor := tx.Bucket([]byte(bucketVault)).Cursor()
		for k, _ := cursor.Seek(from); len(page) < n && k != nil; k, _ = cursor.Next() {
			page = append(page, string(k))
			from = append([]byte(string(k)), 0)
		}
		return page, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list sealed records: %w", err)
	}
	return ids, nil
}
