package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sameday/bot/deliver"
	"sameday/store"
	"sameday/store/bolt"
	"sameday/store/failpoint"
)

// Source writes a complete copy of a database: an engine, or the process that holds it.
type Source interface {
	Backup(ctx context.Context, w io.Writer) error
}

// WriteFile makes a file of what write writes: whole, on disk and readable by its owner alone, or not at all. An existing file is not
// overwritten.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s: %w: give a name that is free", path, os.ErrExist)
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".part-*") // mode 0600
	if err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	defer func() {
		_ = part.Close() // closed already when all went well
		_ = os.Remove(part.Name())
	}()
	if err := write(part); err != nil {
		return err
	}
	failpoint.Here("ledger.written")
	if err := errors.Join(part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Link(part.Name(), path); err != nil { // unlike a rename, it never overwrites
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s: %w: give a name that is free", path, os.ErrExist)
		}
		if err := os.Rename(part.Name(), path); err != nil { // a file system without links
			return fmt.Errorf("name %s: %w", path, err)
		}
	}
	failpoint.Here("ledger.named")
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}

// Backup writes a copy of the database to a new file and proves the copy.
func Backup(ctx context.Context, from Source, path string) (store.Report, error) {
	var report store.Report
	err := WriteFile(path, func(w io.Writer) error {
		if err := from.Backup(ctx, w); err != nil {
			return err
		}
		f, ok := w.(*os.File)
		if !ok {
			return nil
		}
		var err error
		report, err = prove(ctx, f.Name())
		return err
	})
	return report, err
}

// prove verifies a database file that nobody else uses.
func prove(ctx context.Context, path string) (report store.Report, err error) {
	s, err := bolt.Open(ctx, path, bolt.Options{LockTimeout: lockWait})
	if err != nil {
		return store.Report{}, fmt.Errorf("check the copy: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if report, err = store.Verify(ctx, s); err != nil {
		return report, fmt.Errorf("check the copy: %w", err)
	}
	return report, nil
}

// lookMark follows the database's name in the names of copies to look at.
const lookMark = ".look-"

// Snapshot copies a database into a temporary file beside it, calls use with it, and removes it.
func Snapshot(ctx context.Context, from Source, data string, use func(store.Store) error) (err error) {
	f, err := os.CreateTemp(data, fileName+lookMark+"*")
	if err != nil {
		return fmt.Errorf("make room for a copy of the database: %w", err)
	}
	defer func() {
		if gone := os.Remove(f.Name()); !errors.Is(gone, os.ErrNotExist) { // a start of "run" may have been quicker
			err = errors.Join(err, gone)
		}
	}()
	if err := errors.Join(from.Backup(ctx, f), f.Close()); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	s, err := bolt.Open(ctx, f.Name(), bolt.Options{})
	if err != nil {
		return fmt.Errorf("open the copy of the database: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return use(s)
}

// ErrExists says that a restore would replace a database.
var ErrExists = errors.New("there is a database already")

// Restored tells what a restore did.
type Restored struct {
	Report store.Report
	Kept   string // where the database that was there before is now; empty when there was none
	Note   store.Restored
}

// Restore puts a backup into a data folder: a copy of it, proved first. A database that is there stays unless replace is set; then it is
// kept under another name. A database that a process holds is never touched: *[store.LockedError]. What waited to be told when the backup
// was made is looked for in Slack before it is told, because it may have been told since.
func Restore(ctx context.Context, backup, data string, replace bool, now time.Time) (Restored, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return Restored{}, fmt.Errorf("make the data folder: %w", err)
	}
	path := Path(data)
	_, err := os.Lstat(path)
	there := err == nil
	if there && !replace {
		return Restored{}, fmt.Errorf("%w at %s: --replace keeps it aside and puts the backup in its place", ErrExists, path)
	}
	var replaced store.Store
	if there {
		s, err := hold(ctx, path)
		if err != nil {
			return Restored{}, err
		}
		if s != nil {
			defer func() { _ = s.Close() }() // nothing was written
			replaced = s
		}
	}
	in, err := os.Open(backup)
	if err != nil {
		return Restored{}, fmt.Errorf("open the backup: %w", err)
	}
	defer func() { _ = in.Close() }()
	fresh := path + ".restore"
	if err := sweepOut(data, fileName+".restore", "."+fileName+".restore.part-*"); err != nil { // of a restore that was cut short
		return Restored{}, fmt.Errorf("clear an earlier restore: %w", err)
	}
	err = WriteFile(fresh, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
	if err != nil {
		return Restored{}, fmt.Errorf("copy the backup: %w", err)
	}
	out := Restored{}
	if out.Report, err = prove(ctx, fresh); err != nil {
		return Restored{}, errors.Join(fmt.Errorf("%s is no good backup, nothing was changed: %w", backup, err), os.Remove(fresh))
	}
	if out.Note, err = ready(ctx, fresh, replaced, filepath.Base(backup), now); err != nil {
		return Restored{}, errors.Join(fmt.Errorf("make the copy ready: %w", err), os.Remove(fresh))
	}
	failpoint.Here("ledger.proved")
	if there {
		out.Kept = path + ".replaced-" + now.UTC().Format("20060102T150405Z")
		if err := keepAside(path, out.Kept); err != nil {
			return Restored{}, errors.Join(fmt.Errorf("keep the old database aside: %w", err), os.Remove(fresh))
		}
		failpoint.Here("ledger.aside")
	}
	if err := os.Rename(fresh, path); err != nil {
		return out, fmt.Errorf("put the backup in its place: %w", err)
	}
	failpoint.Here("ledger.placed")
	return out, errors.Join(dropWitness(data), syncFolder(data))
}

// ready makes the copy fit to go on with: it marks what may have been told, and notes the restore.
func ready(ctx context.Context, path string, replaced store.Store, backup string, now time.Time) (note store.Restored, err error) {
	s, err := bolt.Open(ctx, path, bolt.Options{LockTimeout: lockWait})
	if err != nil {
		return note, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := doubt(ctx, s, now); err != nil {
		return note, err
	}
	return store.NoteRestore(ctx, s, replaced, backup, now)
}

// doubt marks what waits in the outbox of a backup: after the backup was made it was told, and telling it again would be twice.
func doubt(ctx context.Context, s *bolt.Store, now time.Time) error {
	head, err := s.Head(ctx)
	if err != nil || head.Seq == 0 {
		return err
	}
	last, err := s.Since(ctx, head.Seq-1, 1)
	if err != nil {
		return err
	}
	if at := last[0].At; at.Before(now) {
		now = at
	}
	return s.Amend(ctx, func(i store.Intent) string { return deliver.Doubt(i.LastError, now) })
}

// sweepOut removes what commands that were killed have left in the data folder.
func sweepOut(data string, patterns ...string) error {
	for _, pattern := range patterns {
		left, err := filepath.Glob(filepath.Join(data, pattern))
		if err != nil {
			return err
		}
		for _, path := range left {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// keepAside gives the database a second name, so that the backup can take its place in one step: whenever the power fails, there is a
// database, and the next start does not begin an empty one.
func keepAside(path, kept string) error {
	err := os.Link(path, kept)
	if err == nil || errors.Is(err, os.ErrExist) {
		return err
	}
	return os.Rename(path, kept) // a file system without links
}

// hold keeps other processes out of the database until it is closed. A damaged one, for which it gives nil, cannot be held, and no process
// works with it: that is what restoring is for.
func hold(ctx context.Context, path string) (*bolt.Store, error) {
	s, err := bolt.Open(ctx, path, bolt.Options{LockTimeout: lockWait})
	var locked *store.LockedError
	switch {
	case errors.As(err, &locked):
		return nil, err
	case err != nil:
		return nil, nil
	}
	return s, nil
}
