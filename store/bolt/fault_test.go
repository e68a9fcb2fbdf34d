package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"sameday/store"
	"sameday/store/bolt"
	"sameday/store/storetest"
)

func at() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }

func note(id store.StreamID, expect int, text string) store.Commit {
	e := store.NewEvent{Kind: "noted.v1", At: at(), By: "U1", Data: fmt.Appendf(nil, `{"text":%q}`, text)}
	return store.Commit{At: at(), Appends: []store.Append{{Stream: id, Expect: expect, Events: []store.NewEvent{e}}}}
}

func put(t *testing.T, s store.Store, c store.Commit) {
	t.Helper()
	if _, err := s.Append(t.Context(), c); err != nil {
		t.Fatalf("append: %v", err)
	}
}

func closeIt(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// filled makes a database with some pages of everything and returns its path.
func filled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	for i := range 40 {
		id := store.StreamID(fmt.Sprint("complaint/", i))
		c := note(id, 0, strings.Repeat("内容", 100))
		c.Key = string(id)
		c.Appends[0].Entries = []store.Entry{{Index: "open", Key: string(id)}}
		c.Intents = []store.Intent{{ID: string(id), Lane: string(id), Kind: "line"}}
		put(t, s, c)
	}
	closeIt(t, s)
	return filepath.Join(dir, file)
}

func TestSecondOpenNamesTheHolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	path := filepath.Join(dir, file)
	_, err := bolt.Open(t.Context(), path, bolt.Options{LockTimeout: 60 * time.Millisecond})
	var locked *store.LockedError
	if !errors.As(err, &locked) || *locked != (store.LockedError{Path: path, PID: os.Getpid()}) {
		t.Errorf("second open: %v, want that process %d holds %s", err, os.Getpid(), path)
	}
	put(t, s, note("a", 0, "the first goes on"))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v; want -rw-------", info.Mode(), err)
	}
	closeIt(t, s)
	if names, _ := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("closing left %v, want the database alone", names)
	}
	closeIt(t, open(t, dir))
}

// TestFaultOtherProcess opens the same file from a process of its own, which is this test again.
func TestFaultOtherProcess(t *testing.T) {
	t.Parallel()
	if path := os.Getenv("SAMEDAY_TEST_LOCKED"); path != "" {
		_, err := bolt.Open(t.Context(), path, bolt.Options{LockTimeout: 60 * time.Millisecond})
		fmt.Println("child:", err)
		return
	}
	dir := t.TempDir()
	s := open(t, dir)
	defer closeIt(t, s)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFaultOtherProcess$")
	child.Env = append(os.Environ(), "SAMEDAY_TEST_LOCKED="+filepath.Join(dir, file))
	out, err := child.CombinedOutput()
	if want := fmt.Sprintf("process %d holds", os.Getpid()); err != nil || !strings.Contains(string(out), want) {
		t.Errorf("second process: %v, said %q; want %q", err, out, want)
	}
}

func TestFaultNewerSchemaAndForeignFile(t *testing.T) {
	t.Parallel()
	path := filled(t)
	change := func(path string, fn func(*bbolt.Tx) error) {
		db, err := bbolt.Open(path, 0o600, nil)
		if err == nil {
			err = errors.Join(db.Update(fn), db.Close())
		}
		if err != nil {
			t.Fatalf("change %s: %v", path, err)
		}
	}
	change(path, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte{0, 0, 0, 0, 0, 0, 0, 9})
	})
	_, err := bolt.Open(t.Context(), path, bolt.Options{})
	var newer *bolt.SchemaError
	if !errors.As(err, &newer) || newer.Found != 9 || newer.Known >= 9 {
		t.Errorf("open a newer file: %v, want schema 9 refused", err)
	}
	change(path, func(tx *bbolt.Tx) error {
		return errors.Join(tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte{0, 0, 0, 0, 0, 0, 0, 1}), tx.DeleteBucket([]byte("outbox")))
	})
	_, err = bolt.Open(t.Context(), path, bolt.Options{})
	wantDamaged(t, "open a file without an outbox", err)
	foreign := filepath.Join(t.TempDir(), "other.db")
	change(foreign, func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("theirs"))
		return err
	})
	if _, err = bolt.Open(t.Context(), foreign, bolt.Options{}); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("open a foreign file: %v, want it refused", err)
	}
}

func wantDamaged(t *testing.T, what string, err error) {
	t.Helper()
	var damaged *bolt.DamagedError
	if !errors.As(err, &damaged) || damaged.Path == "" || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("%s: %v, want that the file is damaged", what, err)
	}
}

func TestFaultNoDatabaseAtAll(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "text.db")
	for _, content := range []string{"x", strings.Repeat("this is no database\n", 5_000), strings.Repeat("\x00", 40_000)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := bolt.Open(t.Context(), path, bolt.Options{})
		wantDamaged(t, fmt.Sprintf("open %d bytes of something else", len(content)), err)
	}
}

func TestFaultPlacesThatRefuse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := bolt.Open(t.Context(), filepath.Join(dir, "missing", file), bolt.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("open in a missing directory: %v, want %v", err, os.ErrNotExist)
	}
	readOnly := func(name string, flag int, perm os.FileMode) (*os.File, error) {
		return nil, &os.PathError{Op: "open", Path: name, Err: syscall.EROFS}
	}
	if _, err := bolt.Open(t.Context(), filepath.Join(dir, file), bolt.Options{OpenFile: readOnly}); !errors.Is(err, syscall.EROFS) {
		t.Errorf("open on a read-only disk: %v, want %v", err, syscall.EROFS)
	}
	if os.Geteuid() == 0 {
		return // the system refuses root nothing
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(t.Context(), filepath.Join(dir, file), bolt.Options{}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("open in a read-only directory: %v, want %v", err, os.ErrPermission)
	}
}

// TestFaultTruncated cuts the file at many places: opening or using it fails with a word about damage or gives what was stored, and never ends the
// process or hangs.
func TestFaultTruncated(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	for cut := 100; cut < len(whole); cut += 4096 + len(whole)/40 {
		path := filepath.Join(t.TempDir(), file)
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		useDamaged(t, fmt.Sprintf("cut to %d of %d bytes", cut, len(whole)), path)
	}
}

// TestFaultFlippedBytes damages random bytes. Where only a record's own bytes are hit, the chain must tell.
func TestFaultFlippedBytes(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 24 {
		b := bytes.Clone(whole)
		for range 1 + i*5 {
			b[random.IntN(len(b))] ^= byte(1 + random.IntN(255))
		}
		path := filepath.Join(t.TempDir(), file)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		useDamaged(t, fmt.Sprintf("damage %d", i), path)
	}
}

func useDamaged(t *testing.T, what, path string) {
	t.Helper()
	s, err := bolt.Open(t.Context(), path, bolt.Options{InitialMmapSize: 1 << 24})
	if err != nil {
		wantDamagedOrCoded(t, what, err)
		return
	}
	var chain store.Chain
	records, err := s.Since(t.Context(), 0, 1_000)
	wantDamagedOrCoded(t, what, err)
	for _, r := range records {
		if err = chain.Check(r); err != nil {
			break // told by the chain
		}
	}
	_, err = s.Append(t.Context(), note("new", 0, "x"))
	wantDamagedOrCoded(t, what, err)
	_, err = s.Claim(t.Context(), at(), 10, 0)
	wantDamagedOrCoded(t, what, err)
	_, err = s.Scan(t.Context(), store.Query{Index: "open"})
	wantDamagedOrCoded(t, what, err)
	if err := s.Close(); err != nil {
		t.Logf("%s: close: %v", what, err)
	}
	if f, err := os.OpenFile(path, os.O_RDWR, 0); err != nil || syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		t.Errorf("%s: the file is still locked after closing", what)
	} else if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// wantDamagedOrCoded takes every error that says what could not be read; the point is that one comes back at all.
func wantDamagedOrCoded(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil && len(err.Error()) < 10 {
		t.Errorf("%s: %v says nothing", what, err)
	}
}

// disk stands between the engine and its file: while full, every write gets the system's own "no space left".
type disk struct {
	mu   sync.Mutex
	file *os.File
	keep int // second handle of the real file
}

func (d *disk) open(name string, flag int, perm os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err == nil {
		d.file = f
		syscall.ForkLock.RLock() // a child of another test would hold the lock of the file
		defer syscall.ForkLock.RUnlock()
		d.keep, err = syscall.Dup(int(f.Fd()))
		syscall.CloseOnExec(d.keep)
	}
	return f, err
}

func (d *disk) set(t *testing.T, full bool) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	from := d.keep
	if full {
		dev, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
		if err != nil {
			t.Skipf("no /dev/full here: %v", err)
		}
		defer dev.Close()
		from = int(dev.Fd())
	}
	if err := syscall.Dup3(from, int(d.file.Fd()), syscall.O_CLOEXEC); err != nil {
		t.Fatalf("swap the disk: %v", err)
	}
}

func TestFaultDiskFull(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), file)
	d := &disk{}
	s, err := bolt.Open(t.Context(), path, bolt.Options{InitialMmapSize: 1 << 24, OpenFile: d.open})
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(d.keep)
	c := note("a", 0, "before")
	c.Intents = []store.Intent{{ID: "1", Lane: "l"}, {ID: "2", Lane: "l"}}
	put(t, s, c)
	for round := range 3 {
		version := 1 + round
		d.set(t, true)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				c := note("a", version, "while full")
				c.Key = fmt.Sprint(round)
				c.Intents = []store.Intent{{ID: fmt.Sprint("full ", i), Lane: "l"}}
				if _, err := s.Append(t.Context(), c); !errors.Is(err, syscall.ENOSPC) {
					t.Errorf("append to a full disk: %v, want %v", err, syscall.ENOSPC)
				}
			})
		}
		wg.Wait()
		if _, err := s.Claim(t.Context(), at(), 1, 0); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("claim on a full disk: %v, want %v", err, syscall.ENOSPC)
		}
		backlog, err := s.Waiting(t.Context(), 10)
		if err != nil || backlog.Pending != 2 || backlog.Claimed != 0 || len(backlog.Intents) != 2 {
			t.Errorf("backlog = %+v, %v; want the 2 from before, none claimed", backlog, err)
		}
		storetest.Check(t, s)
		d.set(t, false)
		c := note("a", version, "room again")
		c.Key = fmt.Sprint(round)
		put(t, s, c)
	}
	if got, err := s.Claim(t.Context(), at(), 5, 0); err != nil || len(got) != 1 || got[0].ID != "1" || got[0].Attempts != 1 {
		t.Errorf("claim = %+v, %v; want 1 for the first time", got, err)
	}
	closeIt(t, s)
	checkPages(t, path)
	s = open(t, filepath.Dir(path)).(*bolt.Store)
	storetest.Check(t, s)
	closeIt(t, s)
}

// checkPages runs bbolt's own check of the file.
func checkPages(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: time.Second})
	if err != nil {
		t.Fatalf("open %s to check it: %v", path, err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		var all error
		for err := range tx.Check() {
			all = errors.Join(all, err)
		}
		return all
	})
	if err != nil {
		t.Errorf("check pages: %v", err)
	}
}

// TestFaultFileCutUnderItsMapping cuts the file while it is in use: the process lives, the errors say what happened, Close returns.
func TestFaultFileCutUnderItsMapping(t *testing.T) {
	t.Parallel()
	path := filled(t)
	s := open(t, filepath.Dir(path))
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	_, err := s.Since(t.Context(), 0, 100)
	wantDamaged(t, "read", err)
	for range 2 {
		_, err = s.Append(t.Context(), note("new", 0, "x"))
		wantDamaged(t, "append", err)
	}
	_ = s.Close()
	if _, err := s.Head(t.Context()); !errors.Is(err, store.ErrClosed) {
		t.Errorf("head after closing: %v, want %v", err, store.ErrClosed)
	}
}

func TestErasureReachesTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, file)
	s := open(t, dir)
	master, _ := store.NewKey()
	var sealed []store.Sealed
	for i := range 30 { // each commit copies the page, so many old copies lie about
		one, err := master.Seal(fmt.Sprintf("p%02d", i), []byte("张三"))
		if err != nil {
			t.Fatal(err)
		}
		sealed = append(sealed, one)
		put(t, s, store.Commit{At: at(), Sealed: []store.Sealed{one}})
	}
	copies := func(secret []byte) int {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(b, secret)
	}
	if n := copies(sealed[0].WrappedKey); n < 2 {
		t.Fatalf("the file holds %d copies of a wrapped key; the test needs several", n)
	}
	if err := s.Destroy(t.Context(), "p00"); err != nil {
		t.Fatal(err)
	}
	if n := copies(sealed[0].WrappedKey); n != 0 {
		t.Errorf("the file still holds %d copies of the erased key", n)
	}
	for _, one := range sealed[1:] {
		got, err := s.Sealed(t.Context(), one.ID)
		if err == nil {
			_, err = master.Open(got)
		}
		if err != nil {
			t.Errorf("%s suffered: %v", one.ID, err)
		}
	}
	closeIt(t, s)
	checkPages(t, path)
}

func TestSpoolOfACrashIsRemoved(t *testing.T) {
	t.Parallel()
	path := filled(t)
	left := path + ".backup-123"
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	closeIt(t, open(t, filepath.Dir(path)))
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there", left)
	}
}
