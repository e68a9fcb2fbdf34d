// Package ledger is the database as the person who runs Sameday handles it: the file in the data folder, opening it safely, exports,
// backups, and putting a backup back.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sameday/store"
	"sameday/store/bolt"
)

// fileName is the database in the data folder.
const fileName = "sameday.db"

// tail is how many of the newest records are proved at every start: enough to notice a file that was damaged or changed at its end, little
// enough that starting takes no longer as the ledger grows. "sameday verify" proves all of them.
const tail = 1_000

// lockWait is how long a command waits for another short one to let go of the database.
const lockWait = 300 * time.Millisecond

// Path is the database file of a data folder.
func Path(data string) string { return filepath.Join(data, fileName) }

// Socket is where the process that holds the database listens for the other commands.
func Socket(data string) string { return filepath.Join(data, "sameday.sock") }

// ErrNone says that there is no database in the data folder.
var ErrNone = errors.New("there is no database")

// Open opens the database of a data folder and proves its newest records; both are made when they are not there. Errors: *[store.LockedError]
// when another process holds it, a *[Damaged] when it is not what was written into it, and an *[OlderCopy] when it lacks what it had.
func Open(ctx context.Context, data string) (*bolt.Store, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	s, err := openFile(ctx, Path(data))
	if err != nil {
		return nil, err
	}
	if err := checkWitness(ctx, s, data); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	_ = sweepOut(data, fileName+lookMark+"*") // copies that hold everything, of commands that were killed
	return s, nil
}

// OpenExisting is Open for commands that only look: it makes nothing, and answers [ErrNone].
func OpenExisting(ctx context.Context, data string) (*bolt.Store, error) {
	if _, err := os.Stat(Path(data)); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w at %s", ErrNone, Path(data))
	}
	return openFile(ctx, Path(data))
}

func openFile(ctx context.Context, path string) (*bolt.Store, error) {
	s, err := bolt.Open(ctx, path, bolt.Options{LockTimeout: lockWait})
	if err != nil {
		return nil, explain(path, err)
	}
	if err := proveTail(ctx, s); err != nil {
		return nil, errors.Join(explain(path, err), s.Close())
	}
	return s, nil
}

// Damaged is a database that must not be worked with.
type Damaged struct {
	Path  string
	Cause error // names the first thing that is wrong
}

// Error names the file, what is wrong, and what to do.
func (e *Damaged) Error() string {
	return fmt.Sprintf("the database %s is damaged: %v\nPut the last good backup back; this keeps the damaged file aside:\n"+
		"  sameday restore BACKUP --data %s --replace", e.Path, e.Cause, filepath.Dir(e.Path))
}

// Unwrap gives the cause.
func (e *Damaged) Unwrap() error { return e.Cause }

// explain adds what to do to errors that mean damage.
func explain(path string, err error) error {
	var file *bolt.DamagedError
	var link *store.BrokenLink
	if errors.As(err, &file) || errors.As(err, &link) {
		return &Damaged{Path: path, Cause: err}
	}
	return err
}

// proveTail checks the hashes and the order of the newest records.
func proveTail(ctx context.Context, s store.Ledger) error {
	head, err := s.Head(ctx)
	if err != nil {
		return fmt.Errorf("read the end of the ledger: %w", err)
	}
	from := head.Seq - min(head.Seq, tail)
	records, err := s.Since(ctx, from, tail)
	if err != nil {
		return fmt.Errorf("read the newest records: %w", err)
	}
	var before store.Record
	for i, r := range records {
		reason := ""
		switch {
		case r.Seq != from+uint64(i)+1:
			reason = fmt.Sprintf("record %d is missing", from+uint64(i)+1)
		case i > 0 && r.Prev != before.Hash:
			reason = "it does not follow the record before it"
		case r.Hash != store.HashOf(r):
			reason = "its content does not match its hash"
		}
		if reason != "" {
			return &store.BrokenLink{Seq: r.Seq, Stream: r.Stream, Reason: reason}
		}
		before = r
	}
	if n := len(records); n > 0 && (records[n-1].Seq != head.Seq || records[n-1].Hash != head.Hash) {
		return &store.BrokenLink{Seq: head.Seq, Stream: before.Stream, Reason: "the ledger does not end where it says it ends"}
	}
	return nil
}

// Verify proves the whole database; see [store.Verify]. Damage comes as a *[Damaged].
func Verify(ctx context.Context, s store.Store, path string) (store.Report, error) {
	report, err := store.Verify(ctx, s)
	return report, explain(path, err)
}
