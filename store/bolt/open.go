package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"sameday/store"
	"sameday/store/failpoint"
)

// schema is the newest layout of the file that this package knows.
const schema = 1

// The buckets, by their names in the file; see the package comment.
const (
	bucketMeta     = "meta"
	bucketLedger   = "ledger"
	bucketVersions = "versions"
	bucketStreams  = "streams"
	bucketIndex    = "index"
	bucketKeys     = "keys"
	bucketOutbox   = "outbox"
	bucketDead     = "dead"
	bucketVault    = "vault"

	keySchema = "schema"
)

func buckets() []string {
	return []string{
		bucketMeta, bucketLedger, bucketVersions, bucketStreams, bucketIndex,
		bucketKeys, bucketOutbox, bucketDead, bucketVault,
	}
}

// fillPercent packs the pages of buckets that only grow at the end: nothing is ever put between their keys.
func fillPercent(bucket string) float64 {
	switch bucket {
	case bucketLedger, bucketOutbox, bucketDead:
		return 0.9
	}
	return bbolt.DefaultFillPercent
}

// openFile opens bbolt and takes the lock. A panic in there (bbolt panics on damage) leaves the file open and locked, so the handle is kept
// to let go of it.
func (s *Store) openFile(o Options) (err error) {
	defer func() {
		if err != nil && s.file != nil {
			_ = s.file.Close()
		}
	}()
	defer s.damage(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	s.db, err = bbolt.Open(s.path, 0o600, &bbolt.Options{
		Timeout:         o.LockTimeout,
		InitialMmapSize: o.InitialMmapSize,
		FreelistType:    bbolt.FreelistMapType,
		OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
			f, err := o.OpenFile(name, flag, perm)
			s.file = f
			return f, err
		},
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return &store.LockedError{Path: s.path, PID: s.holder()}
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return &DamagedError{Path: s.path, Reason: err.Error()}
	case err != nil && s.file != nil && !isSystem(err):
		return &DamagedError{Path: s.path, Reason: err.Error()}
	}
	return err
}

// isSystem tells an error of the operating system from bbolt's judgement of the file.
func isSystem(err error) bool {
	var path *os.PathError
	var call *os.SyscallError
	return errors.As(err, &path) || errors.As(err, &call)
}

// prepare makes or checks the layout, reads the outbox and says who holds the file.
func (s *Store) prepare() (err error) {
	defer s.damage(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	found := uint64(0)
	err = s.db.View(func(tx *bbolt.Tx) (err error) {
		found, err = s.readSchema(tx)
		if err != nil || found == 0 {
			return err
		}
		s.lanes, err = loadLanes(tx)
		return err
	})
	if err != nil {
		return err
	}
	if found == 0 {
		failpoint.Here("bolt.empty")
		if err := s.db.Update(writeSchema); err != nil {
			return fmt.Errorf("make database: %w", err)
		}
	}
	// Both are a courtesy: a directory that refuses them may still hold a good database.
	_ = os.WriteFile(s.pidPath(), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
	s.removeSpools()
	return nil
}

// readSchema returns the file's schema, 0 for an empty file.
func (s *Store) readSchema(tx *bbolt.Tx) (uint64, error) {
	meta := tx.Bucket([]byte(bucketMeta))
	if meta == nil {
		if k, _ := tx.Cursor().First(); k != nil {
			return 0, fmt.Errorf("it is a database of another program: it holds %q and no %q", k, bucketMeta)
		}
		return 0, nil
	}
	value := meta.Get([]byte(keySchema))
	if len(value) != 8 {
		return 0, &DamagedError{Path: s.path, Reason: "it does not name its schema"}
	}
	found := binary.BigEndian.Uint64(value)
	if found > schema {
		return 0, &SchemaError{Path: s.path, Found: found, Known: schema}
	}
	for _, name := range buckets() {
		if tx.Bucket([]byte(name)) == nil {
			return 0, &DamagedError{Path: s.path, Reason: fmt.Sprintf("bucket %s is missing", name)}
		}
	}
	return found, nil
}

func writeSchema(tx *bbolt.Tx) error {
	for _, name := range buckets() {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	return tx.Bucket([]byte(bucketMeta)).Put([]byte(keySchema), seqKey(schema))
}

func (s *Store) pidPath() string { return s.path + ".pid" }

// holder reads which process holds the lock: it wrote the file right after it got the lock. 0 = unknown.
func (s *Store) holder() int {
	text, err := os.ReadFile(s.pidPath())
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}

// removeSpools removes the copies that a crash in a backup left. We hold the lock, so no other backup runs.
func (s *Store) removeSpools() {
	names, _ := os.ReadDir(filepath.Dir(s.path))
	for _, e := range names {
		if strings.HasPrefix(e.Name(), filepath.Base(s.path)+spoolMark) {
			_ = os.Remove(filepath.Join(filepath.Dir(s.path), e.Name()))
		}
	}
}
