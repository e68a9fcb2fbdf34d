package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sameday/store"
	"sameday/store/bolt"
	"sameday/store/storetest"
)

// page is what bbolt writes in one go.
const page = 4096

// platter stands under an open engine: its writes go through a handle of their own, so that the engine's can be made to fail at flushes.
type platter struct {
	t    *testing.T
	s    *bolt.Store
	path string
	disk disk
	raw  *os.File

	writes int                                           // so far
	fault  func(n int, b []byte, off int64) (int, error) // decides about the n-th write, from 1; nil: all is well
}

func newPlatter(t *testing.T, path string) *platter {
	t.Helper()
	p := &platter{t: t, path: path}
	s, err := bolt.Open(t.Context(), path, bolt.Options{InitialMmapSize: 1 << 15, OpenFile: p.disk.open})
	if err != nil {
		t.Fatal(err)
	}
	if p.raw, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	}
	p.s = s
	s.WrapWrites(func(bolt.WriteAt) bolt.WriteAt {
		return func(b []byte, off int64) (int, error) {
			p.writes++
			if p.fault != nil {
				return p.fault(p.writes, b, off)
			}
			return p.raw.WriteAt(b, off)
		}
	})
	return p
}

func (p *platter) close() {
	p.t.Helper()
	_ = p.s.Close() // after a fault it may say so
	if err := errors.Join(p.raw.Close(), syscall.Close(p.disk.keep)); err != nil {
		p.t.Error(err)
	}
}

// breakFlush makes every flush from now on fail.
func (p *platter) breakFlush() { p.disk.set(p.t, true) }

// deeds are some of everything that the engine writes, each of them one transaction.
func deeds(s store.Store, t *testing.T) []func() error {
	ctx := t.Context()
	commit := func(key string, c store.Commit) func() error {
		return func() error {
			c.Key = key
			_, err := s.Append(ctx, c)
			var dup *store.DuplicateError
			if errors.As(err, &dup) {
				return nil // the try before has been kept
			}
			return err
		}
	}
	big := note("big", 0, strings.Repeat("很长", 4_000))
	told := note("a", 1, "told")
	told.Intents = []store.Intent{{ID: "1", Lane: "l", Kind: "line"}, {ID: "2", Lane: "m", Kind: "line"}}
	told.Appends[0].Entries = []store.Entry{{Index: "open", Key: "a"}}
	return []func() error{
		commit("k1", note("a", 0, "first")),
		commit("k2", told),
		func() error { _, err := s.Claim(ctx, at(), 1, 0); return err },
		commit("k3", big),
		func() error {
			return s.Settle(ctx, at(), []store.Settlement{{ID: "1", Result: store.Sent}, {ID: "2", Result: store.Dead}})
		},
		commit("k4", store.Commit{At: at(), Sealed: []store.Sealed{{ID: "p", KeyID: "k", WrappedKey: []byte("0123456789abcdef"), Ciphertext: []byte("c")}}}),
		func() error { return s.Tidy(ctx, at().Add(-1)) },
		commit("k5", note("b", 0, "last")),
	}
}

// has reports which of the notes of deeds are on record.
func has(t *testing.T, s store.Store) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	records, err := s.Since(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		out[fmt.Sprintf("%s@%d", r.Stream, r.Version)] = true
	}
	return out
}

// writesOf are the notes that each deed leaves.
var writesOf = map[int]string{0: "a@1", 1: "a@2", 3: "big@1", 7: "b@1"}

func countWrites(t *testing.T) int {
	t.Helper()
	p := newPlatter(t, filepath.Join(t.TempDir(), file))
	defer p.close()
	for i, do := range deeds(p.s, t) {
		if err := do(); err != nil {
			t.Fatalf("deed %d: %v", i, err)
		}
	}
	return p.writes
}

// TestFaultNoRoomAtEveryWrite lets the disk be full at each single write, with nothing or a part of the page taken: the deed is refused with
// the system's own word, nothing of it can be read, and it goes through when there is room again.
func TestFaultNoRoomAtEveryWrite(t *testing.T) {
	t.Parallel()
	total, tries := countWrites(t), 0
	for n := 1; n <= total; n++ {
		for _, taken := range []int{0, 512} {
			p := newPlatter(t, filepath.Join(t.TempDir(), file))
			p.fault = func(k int, b []byte, off int64) (int, error) {
				if k != n {
					return p.raw.WriteAt(b, off)
				}
				if off < 2*page { // the page that makes a commit count is taken whole or not at all
					return 0, &os.PathError{Op: "write", Path: p.path, Err: syscall.ENOSPC}
				}
				m, err := p.raw.WriteAt(b[:taken], off)
				return m, errors.Join(err, &os.PathError{Op: "write", Path: p.path, Err: syscall.ENOSPC})
			}
			refused := 0
			for i, do := range deeds(p.s, t) {
				err := do()
				if err == nil {
					continue
				}
				refused++
				if !errors.Is(err, syscall.ENOSPC) || errors.Is(err, store.ErrUnwritable) {
					t.Errorf("write %d refused: %v, want %v and another chance", n, err, syscall.ENOSPC)
				}
				if writesOf[i] != "" && has(t, p.s)[writesOf[i]] {
					t.Errorf("write %d refused: %s is on record", n, writesOf[i])
				}
				if err := do(); err != nil {
					t.Errorf("room again after write %d: %v", n, err)
				}
			}
			if refused != 1 {
				t.Errorf("write %d refused: %d deeds failed, want one", n, refused)
			}
			tries++
			p.close()
			reread(t, p.path, n, slices.Collect(maps.Values(writesOf)))
		}
	}
	t.Logf("figures: a full disk at each of %d writes, %d tries: one deed refused each time, none lost", total, tries)
}

// reread opens the file anew, checks all of it, and wants the notes in it.
func reread(t *testing.T, path string, n int, want []string) {
	t.Helper()
	checkPages(t, path)
	s := open(t, filepath.Dir(path))
	defer closeIt(t, s)
	storetest.Check(t, s)
	there := has(t, s)
	for _, w := range want {
		if !there[w] {
			t.Errorf("fault at write %d: %s was acknowledged and is lost", n, w)
		}
	}
}

// TestFaultBrokenDiskAtEveryWrite lets each single write, and each flush, fail with an error of the device: from then on nothing is
// acknowledged any more, what was before is there after a new start.
func TestFaultBrokenDiskAtEveryWrite(t *testing.T) {
	t.Parallel()
	total, tries, kept := countWrites(t), 0, 0
	for n := 1; n <= total; n++ {
		for _, flush := range []bool{false, true} {
			p := newPlatter(t, filepath.Join(t.TempDir(), file))
			p.fault = func(k int, b []byte, off int64) (int, error) {
				switch {
				case k == n && !flush:
					return 0, &os.PathError{Op: "write", Path: p.path, Err: []error{syscall.EIO, syscall.EROFS}[n%2]} // a disk, or a system that has given it up
				case k == n:
					p.breakFlush()
				}
				return p.raw.WriteAt(b, off)
			}
			var acknowledged []string
			failedAt := -1
			for i, do := range deeds(p.s, t) {
				switch err := do(); {
				case err == nil && failedAt < 0:
					acknowledged = append(acknowledged, writesOf[i])
				case err == nil && writesOf[i] != "":
					t.Errorf("deed %d was acknowledged after the disk had failed in deed %d", i, failedAt)
				case err != nil && failedAt < 0:
					failedAt = i
					fallthrough
				default:
					if err != nil && !errors.Is(err, store.ErrUnwritable) {
						t.Errorf("write %d, flush %v, deed %d: %v, want %v", n, flush, i, err, store.ErrUnwritable)
					}
				}
			}
			select {
			case <-p.s.Failed():
			default:
				t.Errorf("write %d, flush %v: the engine goes on", n, flush)
			}
			var stopped *bolt.StoppedError
			if err := p.s.Failure(); !errors.As(err, &stopped) || stopped.Path != p.path {
				t.Errorf("failure = %v, want one that names the file", err)
			}
			if _, err := p.s.Since(t.Context(), 0, 10); err != nil {
				t.Errorf("reading goes on: %v", err)
			}
			tries++
			p.close()
			want := slices.DeleteFunc(acknowledged, func(s string) bool { return s == "" })
			kept += len(want)
			reread(t, p.path, n, want)
		}
	}
	t.Logf("figures: a broken disk at each of %d writes and the flush behind it, %d tries: %d acknowledged deeds, none lost", total, tries, kept)
}

// stroke is one write of a commit.
type stroke struct {
	off  int64
	data []byte
}

// TestFaultTornCommit makes the files that a power cut in the middle of a commit can leave: some of the pages, in any order, whole or half,
// while the page that makes the commit count is old; then that page torn at every byte. Each file opens as before the commit or as after
// it, whole.
func TestFaultTornCommit(t *testing.T) {
	t.Parallel()
	p := newPlatter(t, filepath.Join(t.TempDir(), file))
	defer p.close()
	random, files := rand.New(rand.NewPCG(3, 4)), 0
	var strokes []stroke
	p.fault = func(_ int, b []byte, off int64) (int, error) {
		strokes = append(strokes, stroke{off, bytes.Clone(b)})
		return p.raw.WriteAt(b, off)
	}
	for i, do := range deeds(p.s, t) {
		base, err := os.ReadFile(p.path)
		if err != nil {
			t.Fatal(err)
		}
		before, err := p.s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		strokes = nil
		if err := do(); err != nil {
			t.Fatalf("deed %d: %v", i, err)
		}
		after, err := p.s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(strokes) == 0 {
			continue // nothing old to forget
		}
		data, meta := strokes[:len(strokes)-1], strokes[len(strokes)-1]
		for _, some := range tornData(data, random) {
			files++
			asBefore(t, fmt.Sprintf("deed %d, %d of %d pages", i, len(some), len(data)), base, some, before, before)
		}
		for cut := 0; cut <= len(meta.data); cut += stride(cut) {
			files++
			asBefore(t, fmt.Sprintf("deed %d, %d bytes of the last page", i, cut), base, append(slices.Clone(data), stroke{meta.off, meta.data[:cut]}), before, after)
		}
	}
	t.Logf("figures: %d files that a power cut may leave, all as before or as after the commit", files)
}

// stride goes byte by byte through what counts in a meta page.
func stride(at int) int {
	switch {
	case at >= 96:
		return 500
	case os.Getenv("SAMEDAY_LONG") == "":
		return 7
	}
	return 1
}

// tornData picks what of the pages has reached the disk.
func tornData(data []stroke, random *rand.Rand) [][]stroke {
	var out [][]stroke
	for n := range len(data) + 1 {
		out = append(out, data[:n])
	}
	for n := range data {
		half := stroke{data[n].off, data[n].data[:len(data[n].data)/2]}
		out = append(out, slices.Concat(data[:n], data[n+1:]), append(slices.Clone(data[:n]), half))
	}
	for range 5 {
		var some []stroke
		for _, i := range random.Perm(len(data))[:random.IntN(len(data)+1)] {
			some = append(some, data[i])
		}
		out = append(out, some)
	}
	return out
}

// asBefore opens a file made of a base and some writes, and wants it to end like one of the two heads.
func asBefore(t *testing.T, what string, base []byte, some []stroke, heads ...store.Head) {
	t.Helper()
	b := bytes.Clone(base)
	for _, w := range some {
		if grow := int(w.off) + len(w.data) - len(b); grow > 0 {
			b = append(b, make([]byte, grow)...)
		}
		copy(b[w.off:], w.data)
	}
	path := filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(t.Context(), path, bolt.Options{InitialMmapSize: 1 << 15})
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	defer closeIt(t, s)
	head, err := s.Head(t.Context())
	if err != nil || !slices.Contains(heads, head) {
		t.Errorf("%s: the ledger ends at %d (%v), want one of %v", what, head.Seq, err, heads)
	}
	storetest.Check(t, s)
	if _, err := s.Claim(t.Context(), at(), 1, 0); err != nil {
		t.Errorf("%s: claim: %v", what, err)
	}
	if _, err := s.Append(t.Context(), note("later", 0, "goes on")); err != nil {
		t.Errorf("%s: append: %v", what, err)
	}
}
