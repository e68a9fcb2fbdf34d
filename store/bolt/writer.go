package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"go.etcd.io/bbolt"

	"sameday/store"
	"sameday/store/failpoint"
)

// job is one caller's request to the writer.
type job struct {
	ctx context.Context
	// run checks, then puts: once it has put anything it must not refuse. Its error refuses this job alone.
	run  func(*batch) error
	err  error
	done chan struct{}
}

// batch is the transaction that its members share.
type batch struct {
	tx    *bbolt.Tx
	store *Store
	head  store.Head // end of the ledger, members before this one included
	dirty bool
	fault error // first error of the engine; it fails all members
}

// errNothing rolls back a batch in which nobody changed anything, which saves the flushes.
var errNothing = errors.New("nothing to write")

// do gives run to the writer and waits until its batch is on disk.
func (s *Store) do(ctx context.Context, run func(*batch) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{ctx: ctx, run: run, done: make(chan struct{})}
	if err := s.enqueue(ctx, j); err != nil {
		return err
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) enqueue(ctx context.Context, j *job) error {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return store.ErrClosed
	}
	select {
	case s.jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write is the writer's goroutine: it ends when the queue is closed and empty.
func (s *Store) write() {
	defer close(s.stopped)
	debug.SetPanicOnFault(true)
	for first := range s.jobs {
		members := s.gather(first)
		s.commit(members)
		for _, j := range members {
			close(j.done)
		}
	}
}

// gather takes whoever has queued. Callers that are about to queue, but wait for a processor, are let run first, as long as that brings
// somebody: a flush of the disk costs as much as the work of ten commands, so under load it should be shared by many. Alone it
// costs nothing, and nobody waits for a clock.
func (s *Store) gather(first *job) []*job {
	members := []*job{first}
	for yielded := false; len(members) < s.maxBatch; {
		select {
		case j, ok := <-s.jobs:
			if !ok {
				return members
			}
			members = append(members, j)
			yielded = false
		default:
			if yielded {
				return members
			}
			runtime.Gosched()
			yielded = true
		}
	}
	return members
}

// commit runs the members in one transaction and sets their errors.
func (s *Store) commit(members []*job) {
	err := s.broken
	if err == nil {
		err = s.update(members)
	}
	if err == nil || errors.Is(err, errNothing) {
		return
	}
	// Whether the file holds the batch is up to the file now: what is in memory is read again.
	s.lanes = nil
	for _, j := range members {
		j.err = err
	}
}

func (s *Store) update(members []*job) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = s.stop(&DamagedError{Path: s.path, Reason: "writing stopped: " + said(r)})
		}
	}()
	committing := false
	failpoint.Here("bolt.taken")
	s.db.NoFreelistSync = s.copying.Load() > 0 // bbolt reads it when it commits, in this goroutine
	err = s.db.Update(func(tx *bbolt.Tx) error {
		b := &batch{tx: tx, store: s}
		if err := b.begin(); err != nil {
			return err
		}
		for _, j := range members {
			if j.err = j.ctx.Err(); j.err == nil {
				j.err = j.run(b)
			}
			if b.fault != nil {
				return b.fault
			}
		}
		if !b.dirty {
			return errNothing
		}
		failpoint.Here("bolt.written")
		committing = true
		return nil
	})
	if err == nil {
		failpoint.Here("bolt.committed")
	}
	switch {
	case err == nil, errors.Is(err, errNothing):
		return err
	case committing && !noRoom(err):
		return s.stop(fmt.Errorf("write: %w", err))
	}
	return fmt.Errorf("write database %s: %w", s.path, err)
}

// stop ends all writing; see the package comment. It belongs to the writer.
func (s *Store) stop(cause error) error {
	s.broken = &StoppedError{Path: s.path, Cause: cause}
	close(s.failed)
	return s.broken
}

// noRoom reports whether a commit failed because the disk, or a quota, refused to take a page or to make the file longer. Then nothing
// that counts has been written: pages in use are never written over, and the page that would make the new ones count comes last. The same
// error of a flush is another matter: pages that were taken may have been dropped.
func noRoom(err error) bool {
	refusals := []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
	var write *os.PathError
	for _, no := range refusals {
		if errors.As(err, &write) && write.Op == "write" && errors.Is(err, no) {
			return true
		}
		if text := err.Error(); strings.HasPrefix(text, "file resize error:") && strings.HasSuffix(text, no.Error()) {
			return true // bbolt keeps the words of this one alone
		}
	}
	return false
}

func (b *batch) begin() (err error) {
	if b.store.lanes == nil {
		if b.store.lanes, err = loadLanes(b.tx); err != nil {
			return err
		}
	}
	b.head, err = ledgerHead(b.tx)
	return err
}

func (b *batch) bucket(name string) *bbolt.Bucket {
	bk := b.tx.Bucket([]byte(name))
	bk.FillPercent = fillPercent(name)
	return bk
}

func (b *batch) get(bucket string, key []byte) []byte { return b.tx.Bucket([]byte(bucket)).Get(key) }

// put stores a value, which must not be changed afterwards. An error fails the batch; nobody has to look at it.
func (b *batch) put(bucket string, key, value []byte) {
	b.dirty = true
	b.fail(b.bucket(bucket).Put(key, value))
}

func (b *batch) del(bucket string, key []byte) {
	b.dirty = true
	b.fail(b.bucket(bucket).Delete(key))
}

func (b *batch) fail(err error) {
	if b.fault == nil && err != nil {
		b.fault = err
	}
}

func (b *batch) streamHead(id store.StreamID) (streamHead, error) { return readHead(b.tx, id) }

func readHead(tx *bbolt.Tx, id store.StreamID) (streamHead, error) {
	value := tx.Bucket([]byte(bucketStreams)).Get([]byte(id))
	if value == nil {
		return streamHead{}, nil
	}
	h, err := decodeHead(value)
	if err != nil {
		return streamHead{}, fmt.Errorf("read end of stream %s: %w", id, err)
	}
	return h, nil
}
