package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"sameday/store/failpoint"
)

// spoolMark follows the database's name in the names of copies that are being made.
const spoolMark = ".backup-"

// Backup implements [store.Store]. It copies the file beside itself first (there must be room for it), then the copy to w, so that a slow w
// holds nothing up. The copy is a database file that Open takes, with the file's space as it is, unused pages included.
func (s *Store) Backup(ctx context.Context, w io.Writer) (err error) {
	spool, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+spoolMark+"*")
	if err != nil {
		return fmt.Errorf("back up %s: %w", s.path, err)
	}
	defer func() {
		_ = spool.Close()
		err = errors.Join(err, os.Remove(spool.Name()))
	}()
	failpoint.Here("bolt.spool")
	if err := s.copyTo(ctx, spool); err != nil {
		return fmt.Errorf("back up %s: %w", s.path, err)
	}
	failpoint.Here("bolt.copied")
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("back up %s: %w", s.path, err)
	}
	if _, err := io.Copy(whileContext{ctx, w}, spool); err != nil {
		return fmt.Errorf("back up %s: %w", s.path, err)
	}
	failpoint.Here("bolt.given")
	return nil
}

// copyTo copies a consistent state while others write. The free list is not written meanwhile; see the package comment.
func (s *Store) copyTo(ctx context.Context, w io.Writer) error {
	s.copying.Add(1)
	defer s.copying.Add(-1)
	return s.view(ctx, func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(whileContext{ctx, w})
		return err
	})
}

// whileContext is a writer that ends with its context.
type whileContext struct {
	ctx context.Context
	w   io.Writer
}

func (c whileContext) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}
