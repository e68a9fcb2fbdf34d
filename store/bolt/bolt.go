package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"sameday/store"
)

// pageItems is how much one read transaction copies at most; see the package comment.
const pageItems = 1_000

// Options tune an engine. The zero value is right for production.
type Options struct {
	// InitialMmapSize is how much address space is mapped at once, in bytes: as long as the file is smaller, it grows without waiting
	// for readers. It costs no memory (on Windows it is the file's first size). 0 = 1 GiB where an address has 64 bits.
	InitialMmapSize int
	// LockTimeout is how long Open waits for another process to let go of the file. 0 = 1 second.
	LockTimeout time.Duration
	// MaxBatch is how many callers share one transaction at most. 0 = 256.
	MaxBatch int
	// OpenFile opens the database file; tests put faults there. nil = os.OpenFile.
	OpenFile func(name string, flag int, perm os.FileMode) (*os.File, error)
}

func (o Options) withDefaults() Options {
	if o.InitialMmapSize == 0 && ^uint(0)>>63 == 1 {
		o.InitialMmapSize = 1 << 30
	}
	if o.LockTimeout <= 0 {
		o.LockTimeout = time.Second
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = 256
	}
	if o.OpenFile == nil {
		o.OpenFile = os.OpenFile
	}
	return o
}

// DamagedError says that the database file is not what was written into it. Restore a backup; keep the file for whoever looks into it.
type DamagedError struct {
	Path   string
	Reason string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("database file %s is damaged: %s", e.Path, e.Reason)
}

// StoppedError says that the engine stores nothing any more: an error of the disk left it unknown what the file holds, or memory cannot be
// trusted after a panic. It is [store.ErrUnwritable]. Look at the disk, then open the file again, which reads what it holds.
type StoppedError struct {
	Path  string
	Cause error
}

func (e *StoppedError) Error() string {
	return fmt.Sprintf("database %s takes nothing any more: %v", e.Path, e.Cause)
}

// Unwrap gives the sentinel of package store and the cause.
func (e *StoppedError) Unwrap() []error { return []error{store.ErrUnwritable, e.Cause} }

// SchemaError says that the file was written by a newer version of this program, which may have put things there that this one would lose.
type SchemaError struct {
	Path  string
	Found uint64 // schema of the file
	Known uint64 // newest schema this program knows
}

func (e *SchemaError) Error() string {
	return fmt.Sprintf("%s was written by a newer version of this program (schema %d, this one knows up to %d)", e.Path, e.Found, e.Known)
}

// Store is the engine; see [store.Store] for what each method promises. It is safe for concurrent use.
type Store struct {
	path string
	db   *bbolt.DB
	file *os.File // bbolt's own handle

	closing sync.RWMutex // held for reading while a job is queued, so that Close never closes the queue under a sender
	closed  bool
	jobs    chan *job
	stopped chan struct{} // closed when the writer has ended
	ended   sync.Once
	endErr  error

	maxBatch int
	lanes    *lanes // the writer's; nil = to be read from the file
	broken   error  // the writer's until failed is closed: why nothing can be written any more
	failed   chan struct{}

	copying atomic.Int32 // how many backups copy the file
}

var _ store.Store = (*Store)(nil)

// Open opens the database file at path, and makes it when there is none (its directory must exist). Errors: *[store.LockedError] when
// another process holds it, *[DamagedError], *[SchemaError], or the system's. ctx ends the wait for nothing but the start.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	o = o.withDefaults()
	s := &Store{path: path, maxBatch: o.MaxBatch, jobs: make(chan *job, o.MaxBatch), stopped: make(chan struct{}), failed: make(chan struct{})}
	if err := s.openFile(o); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if err := s.prepare(); err != nil {
		_ = s.release()
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	go s.write()
	return s, nil
}

// Failed is closed when nothing can be stored any more; [Store.Failure] then says why. The process should end, with everything that it
// still can do: whoever asks it to store something gets an error, and nothing is told that was not stored.
func (s *Store) Failed() <-chan struct{} { return s.failed }

// Failure is a *[StoppedError] after Failed has been closed, nil before.
func (s *Store) Failure() error {
	select {
	case <-s.failed:
		return s.broken
	default:
		return nil
	}
}

// Close waits for what has been queued, then releases the files. Every call waits and returns the first one's result.
func (s *Store) Close() error {
	s.closing.Lock()
	if !s.closed {
		s.closed = true
		close(s.jobs)
	}
	s.closing.Unlock()
	<-s.stopped
	s.ended.Do(func() {
		if err := s.release(); err != nil {
			s.endErr = fmt.Errorf("close database %s: %w", s.path, err)
		}
	})
	return s.endErr
}

func (s *Store) release() error {
	_ = os.Remove(s.pidPath())
	var panicked *DamagedError
	if errors.As(s.broken, &panicked) {
		// After a panic inside bbolt its locks may be held for ever, so Close could wait for ever. The mapping stays until the process
		// ends, and on Linux the lock with it.
		return s.file.Close()
	}
	return s.db.Close()
}

// view runs fn in a read transaction. What fn keeps must be copied.
func (s *Store) view(ctx context.Context, fn func(*bbolt.Tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.closing.RLock()
	closed := s.closed
	s.closing.RUnlock()
	if closed {
		return store.ErrClosed
	}
	defer s.damage(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a file cut short under its mapping must not end the process
	err = s.db.View(fn)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return store.ErrClosed
	}
	return err
}

// damage turns a panic into an error. It must be deferred directly.
func (s *Store) damage(err *error) {
	if r := recover(); r != nil {
		*err = &DamagedError{Path: s.path, Reason: said(r)}
	}
}

// said is what a panic means. One that has an address comes from the mapping of the file.
func said(panicked any) string {
	if _, fault := panicked.(interface{ Addr() uintptr }); fault {
		return "a part of it cannot be read: it was cut, or the disk has failed"
	}
	return fmt.Sprint(panicked)
}

// collect reads up to limit items, in transactions of at most pageItems. page goes on where it stopped and returns fewer than n at the end.
func collect[T any](ctx context.Context, s *Store, limit int, page func(tx *bbolt.Tx, n int) ([]T, error)) ([]T, error) {
	if limit <= 0 {
		limit = pageItems
	}
	var all []T
	for len(all) < limit {
		n := min(limit-len(all), pageItems)
		var got []T
		err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
			got, err = page(tx, n)
			return err
		})
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = got // mostly the whole answer
		} else {
			all = append(all, got...)
		}
		if len(got) < n {
			break
		}
	}
	return all, nil
}
