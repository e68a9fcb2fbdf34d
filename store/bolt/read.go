package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"sameday/store"
)

// Stream implements [store.Ledger]; a limit of 0 or less means 1,000.
func (s *Store) Stream(ctx context.Context, id store.StreamID, after, limit int) ([]store.Record, error) {
	next := max(after, 0) + 1
	prefix := streamPrefix(id)
	records, err := collect(ctx, s, limit, func(tx *bbolt.Tx, n int) ([]store.Record, error) {
		var page []store.Record
		ledger := tx.Bucket([]byte(bucketLedger))
		cursor := tx.Bucket([]byte(bucketVersions)).Cursor()
		for k, v := cursor.Seek(versionKey(id, next)); len(page) < n && bytes.HasPrefix(k, prefix); k, v = cursor.Next() {
			seq := binary.BigEndian.Uint64(v)
			r, err := decodeRecord(seq, ledger.Get(v))
			if err != nil {
				return nil, fmt.Errorf("record %d: %w", seq, err)
			}
			page = append(page, r)
			next = r.Version + 1
		}
		return page, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read stream %s: %w", id, err)
	}
	return records, nil
}

// Since implements [store.Ledger]; a limit of 0 or less means 1,000.
func (s *Store) Since(ctx context.Context, after uint64, limit int) ([]store.Record, error) {
	records, err := collect(ctx, s, limit, func(tx *bbolt.Tx, n int) ([]store.Record, error) {
		var page []store.Record
		cursor := tx.Bucket([]byte(bucketLedger)).Cursor()
		for k, v := cursor.Seek(seqKey(after + 1)); len(page) < n && k != nil; k, v = cursor.Next() {
			seq := binary.BigEndian.Uint64(k)
			r, err := decodeRecord(seq, v)
			if err != nil {
				return nil, fmt.Errorf("record %d: %w", seq, err)
			}
			page = append(page, r)
			after = seq
		}
		return page, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	return records, nil
}

// Head implements [store.Ledger].
func (s *Store) Head(ctx context.Context) (store.Head, error) {
	var head store.Head
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		head, err = ledgerHead(tx)
		return err
	})
	return head, err
}

func ledgerHead(tx *bbolt.Tx) (store.Head, error) {
	k, v := tx.Bucket([]byte(bucketLedger)).Cursor().Last()
	if k == nil {
		return store.Head{}, nil
	}
	hash, err := decodeHash(v)
	if err != nil {
		return store.Head{}, fmt.Errorf("read end of ledger: %w", err)
	}
	return store.Head{Seq: binary.BigEndian.Uint64(k), Hash: hash}, nil
}
