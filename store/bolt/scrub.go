package bolt

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// scrubChunk is how much of the file is searched at a time.
const scrubChunk = 1 << 20

// scrub overwrites every copy of a secret that is left in the file after the transaction that removed it.
//
// Searching needs no lock: no page in use holds the secret any more, so no new copy can appear. Overwriting is the writer's, which keeps
// pages from being taken into use between the look and the stroke; it looks again first, because they may have been taken before.
func (s *Store) scrub(ctx context.Context, secret []byte) error {
	// Two more commits: until then the older of the two meta pages, which a crash may fall back to, still reaches the old page.
	for range 2 {
		err := s.do(ctx, func(b *batch) error {
			b.put(bucketMeta, []byte("scrub"), seqKey(uint64(b.tx.ID())))
			return nil
		})
		if err != nil {
			return err
		}
	}
	places, err := find(ctx, s.file, secret)
	if err != nil || len(places) == 0 {
		return err
	}
	return s.do(ctx, func(b *batch) error { return b.overwrite(secret, places) })
}

// find returns the offsets of secret in the file.
func find(ctx context.Context, f io.ReaderAt, secret []byte) ([]int64, error) {
	var places []int64
	buf := make([]byte, scrubChunk+len(secret)-1) // the overlap finds what crosses a border
	for base := int64(0); ; base += scrubChunk {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := f.ReadAt(buf, base)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		for from := 0; ; {
			at := bytes.Index(buf[from:n], secret)
			if at < 0 {
				break
			}
			places = append(places, base+int64(from+at))
			from += at + 1
		}
		if err != nil {
			return places, nil
		}
	}
}

// overwrite puts zeros over the secret where it still stands in pages that nobody uses: whatever looks like it elsewhere belongs to somebody.
func (b *batch) overwrite(secret []byte, places []int64) error {
	f := b.store.file
	zeros, now := make([]byte, len(secret)), make([]byte, len(secret))
	for _, at := range places {
		unused, err := b.unused(at, at+int64(len(secret))-1)
		if err != nil {
			return err
		}
		if _, err := f.ReadAt(now, at); err != nil {
			return err
		}
		if !unused || !bytes.Equal(now, secret) {
			continue
		}
		if _, err := f.WriteAt(zeros, at); err != nil {
			return err
		}
	}
	return f.Sync()
}

// unused tells whether the file's bytes from first to last lie in free pages, or behind the last page.
func (b *batch) unused(first, last int64) (bool, error) {
	size := int64(b.store.db.Info().PageSize)
	for id := first / size; id <= last/size; id++ {
		page, err := b.tx.Page(int(id))
		if err != nil {
			return false, err
		}
		if page != nil && page.Type != "free" {
			return false, nil
		}
	}
	return true, nil
}
