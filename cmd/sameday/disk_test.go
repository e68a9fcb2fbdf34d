//go:build linux

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"sameday/bot/sandbox"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/store"
)

// noLimit is what the program may write when nothing is wrong.
const noLimit = ^uint64(0)

// room limits how far into a file the running program may write, in bytes, as a disk without more room does.
func (w *wreck) room(bytes uint64) {
	w.t.Helper()
	const fileSize = 1 // RLIMIT_FSIZE
	limit := syscall.Rlimit{Cur: bytes, Max: noLimit}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(w.cmd.Process.Pid), fileSize, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		w.t.Skipf("this system does not let the test limit another process: %v", errno)
	}
}

// open opens a complaint at a unit and waits for its card.
func (w *wreck) open(unit, who, token string) (*sandbox.Actor, sandbox.Message) {
	w.t.Helper()
	a, room := w.slack.As(w.people[who]), w.rooms[unit]
	if r, err := a.Type(room, "/complaint new"); err != nil || r.View == nil {
		w.t.Fatalf("no form: %v, %+v\n%s", err, r, w.tail())
	}
	if err := a.Fill("summary", "排队太久 "+token); err != nil {
		w.t.Fatal(err)
	}
	began := time.Now()
	if r, err := a.Submit(); err != nil || r.Failure != "" || len(r.Errors) > 0 {
		w.t.Fatalf("the form was not taken: %v, %+v", err, r)
	}
	w.kept(token, "form", began)
	deadline := time.After(20 * time.Second)
	for {
		if card, ok := w.card(a, room); ok {
			return a, card
		}
		select {
		case <-deadline:
			w.t.Fatalf("the card never came:\n%s", w.tail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestFaultDiskFullUnderTheProgram takes the disk away from the running program: whoever asks for something is told that it could not be
// stored, the operator too, and nothing of it is on record; with room again everything works as before, without a restart.
func TestFaultDiskFullUnderTheProgram(t *testing.T) {
	t.Parallel()
	w := newWreck(t, "sameday")
	w.start()
	a, card := w.open("jingan", "wang.li", "new〔1〕")
	room, id := w.rooms["jingan"], number(card)
	w.room(1)
	if r, err := a.Type(room, "/complaint note "+id+" note〔2〕"); err != nil || !strings.Contains(fmt.Sprint(plain(r)), "没能存下") {
		t.Errorf("a note on a full disk: %v, %+v; want that it could not be stored", err, r)
	}
	if r, err := a.Type(room, "/complaint new"); err != nil || r.View == nil {
		t.Errorf("no form: %v, %+v", err, r)
	} else if err := a.Fill("summary", "排队太久 new〔3〕"); err != nil {
		t.Error(err)
	} else if r, err := a.Submit(); err != nil || !strings.Contains(fmt.Sprint(r.Errors), "没能存下") {
		t.Errorf("a form on a full disk: %v, %+v; want that it could not be stored, and the form still open", err, r)
	}
	if _, err := a.Click(room, card.TS, "sameday:accept"); err != nil {
		t.Error(err)
	}
	if r, err := a.Type(room, "/complaint show "+id); err != nil || !strings.Contains(fmt.Sprint(plain(r)), "排队太久") {
		t.Errorf("looking on a full disk: %v, %+v; want the complaint", err, r)
	}
	w.run(t, 1, "", "import", "--config", "bank.yaml", "--format", "csv", "-")
	if !strings.Contains(w.logs.String(), `"error":"could not be stored: write database`) {
		t.Errorf("the operator was not told:\n%s", w.tail())
	}
	w.room(noLimit)
	if r, err := a.Submit(); err != nil || len(r.Errors) > 0 { // the form is still open
		t.Errorf("the same form with room again: %v, %+v", err, r)
	}
	w.kept("new〔3〕", "form", time.Now())
	if r, err := a.Type(room, "/complaint note "+id+" note〔4〕"); err != nil || !strings.Contains(fmt.Sprint(plain(r)), id) {
		t.Errorf("a note with room again: %v, %+v", err, r)
	}
	w.kept("note〔4〕", "command", time.Now())
	w.settle()
	if got := w.check("room again"); got.tokens["note〔2〕"]+got.tokens["accepted "+id] > 0 {
		t.Errorf("what was refused is on record: %v", got.tokens)
	}
}

// plain is what a person was told; the answer to an earlier act may be among it.
func plain(r sandbox.Reply) (out []string) {
	for _, m := range r.Ephemeral {
		out = append(out, m.Plain())
	}
	return out
}

// TestFaultDiskFullNowAndThen lets the disk be full for moments, from random places of the file on, while people work.
func TestFaultDiskFullNowAndThen(t *testing.T) {
	t.Parallel()
	w := newWreck(t, "sameday")
	w.noClicks = true // a button says afterwards that it did not work
	began, times := time.Now(), 20
	if os.Getenv("SAMEDAY_LONG") != "" {
		times = 300
	}
	w.start()
	stop := w.load()
	for range times {
		w.refill()
		size := uint64(4096)
		if info, err := os.Stat(ledger.Path(w.data)); err == nil {
			size = uint64(info.Size())
		}
		w.room(1 + rand.Uint64N(min(size, 128<<10))) // the rest of the file is empty
		<-time.After(time.Duration(rand.IntN(150)) * time.Millisecond)
		w.room(noLimit)
		<-time.After(time.Duration(rand.IntN(150)) * time.Millisecond)
	}
	stop()
	w.settle()
	refused := strings.Count(w.logs.String(), "could not be stored")
	if refused == 0 {
		t.Error("the disk was never full")
	}
	w.judge(fmt.Sprintf("a disk full %d times, %d commands refused", times, refused), began)
}

// TestFaultFileLostUnderTheProgram cuts the database while the program works: it stops with a word about the disk, a start refuses the
// file and says what to do, and with the backup in place it works on; what was told is not told again.
func TestFaultFileLostUnderTheProgram(t *testing.T) {
	t.Parallel()
	w := newWreck(t, "sameday")
	w.start()
	a, card := w.open("jingan", "wang.li", "new〔1〕")
	w.run(t, 0, "", "backup", "good.db", "--config", "bank.yaml")
	if err := os.Truncate(ledger.Path(w.data), 8192); err != nil {
		t.Fatal(err)
	}
	if r, err := a.Type(w.rooms["jingan"], "/complaint note "+number(card)+" note〔2〕"); err == nil && strings.Contains(fmt.Sprint(plain(r)), number(card)) {
		t.Errorf("a note into a lost file: %+v", r)
	}
	err := <-w.ended
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitDisk || !strings.Contains(w.logs.String(), "takes nothing any more") {
		t.Errorf("the program ended with %v, want exit code %d:\n%s", err, exitDisk, w.tail())
	}
	w.gone()
	w.launch()
	if err := <-w.ended; !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(w.logs.String(), "sameday restore BACKUP --data") {
		t.Errorf("the start with a lost file ended with %v:\n%s", err, w.tail())
	}
	w.run(t, 0, "", "restore", "good.db", "--config", "bank.yaml", "--replace")
	w.start()
	w.settle()
	if got := w.check("restored"); got.tokens["new〔1〕"] != 1 {
		t.Errorf("on record: %v, want the complaint", got.tokens)
	}
}

// TestFaultOlderCopy restores a copy from before messages that Slack has: none of them is posted again.
func TestFaultOlderCopy(t *testing.T) {
	t.Parallel()
	w := newWreck(t, "sameday")
	w.start()
	_, card := w.open("jingan", "wang.li", "new〔1〕")
	w.slack.Fail(sandbox.Fault{Method: "chat.postMessage", Error: "channel_not_found"}) // everything must wait
	a := w.slack.As(w.people["wang.li"])
	for n := range 3 {
		token := fmt.Sprintf("note〔%d〕", n+2)
		if r, err := a.Type(w.rooms["jingan"], "/complaint note "+number(card)+" "+token); err != nil || len(r.Ephemeral) == 0 {
			t.Errorf("note: %v, %+v", err, r)
		}
	}
	w.run(t, 0, "", "import", "--config", "bank.yaml", "--format", "csv", "-")
	w.run(t, 0, "", "backup", "old.db", "--config", "bank.yaml")
	w.slack.ClearFaults()
	w.settle()
	before := w.told()
	w.run(t, 0, "", "restore", "old.db", "--config", "bank.yaml", "--replace")
	w.start()
	w.settle()
	w.check("restored")
	for key, n := range w.told() {
		if before[key] != n {
			t.Errorf("%s stands %d times, %d before the restore", key, n, before[key])
		}
	}
}

// TestFaultOlderCopyByHand puts an older copy into the database's place without "restore": the start refuses it and says how to go on.
func TestFaultOlderCopyByHand(t *testing.T) {
	t.Parallel()
	w := newWreck(t, "sameday")
	w.start()
	_, card := w.open("jingan", "wang.li", "new〔1〕")
	w.run(t, 0, "", "backup", "old.db", "--config", "bank.yaml")
	if _, err := w.slack.As(w.people["wang.li"]).Type(w.rooms["jingan"], "/complaint note "+number(card)+" note〔2〕"); err != nil {
		t.Error(err)
	}
	w.stop()
	old, err := os.ReadFile(filepath.Join(w.dir, "old.db"))
	if err == nil {
		err = os.WriteFile(ledger.Path(w.data), old, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.launch()
	var exit *exec.ExitError
	if err := <-w.ended; !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(w.logs.String(), "it is an older copy") {
		t.Errorf("a start with an older copy ended with %v:\n%s", err, w.tail())
	}
	w.run(t, 1, "", "import", "--config", "bank.yaml", "--format", "csv", "-")
	w.run(t, 0, "", "restore", filepath.Join("data", "sameday.db"), "--data", "data", "--replace")
	w.start()
	w.settle()
	if got := w.check("restored"); got.tokens["new〔1〕"] != 1 || got.tokens["note〔2〕"] != 0 {
		t.Errorf("on record: %v, want what the copy holds", got.tokens)
	}
}

// TestFaultWrongKey starts the program with a key that does not open what is there: it stops before anything is sealed with it.
func TestFaultWrongKey(t *testing.T) {
	t.Parallel()
	w := newWreck(t, "sameday")
	c := exec.CommandContext(t.Context(), w.binary, "import", "--config", "bank.yaml", "--format", "csv", "-")
	c.Dir, c.Env = w.dir, w.env
	c.Stdin = strings.NewReader("work_order,unit,summary,customer_name,customer_phone\nHO-1,jingan,排队太久,张建华,13800138000\n")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, other := store.NewKey()
	w.launch("SAMEDAY_KEY=" + other)
	var exit *exec.ExitError
	if err := <-w.ended; !errors.As(err, &exit) || exit.ExitCode() != exitUsage || !strings.Contains(w.logs.String(), "SAMEDAY_KEY does not open this database") {
		t.Errorf("a start with another key ended with %v:\n%s", err, w.tail())
	}
	w.start()
	w.settle()
}

// TestFaultBackupUnderLoad makes backups while people work, restores each, and proves it: it holds all that was acknowledged before it was
// asked for, and is a true beginning of what the ledger became.
func TestFaultBackupUnderLoad(t *testing.T) {
	t.Parallel()
	w := newWreck(t, "sameday")
	times := 5
	if os.Getenv("SAMEDAY_LONG") != "" {
		times = 50
	}
	w.start()
	stop := w.load()
	var heads []store.Head
	for n := range times {
		w.refill()
		<-time.After(200 * time.Millisecond)
		w.mu.Lock()
		promised := make([]string, 0, len(w.promised))
		for token := range w.promised {
			promised = append(promised, token)
		}
		w.mu.Unlock()
		name := fmt.Sprintf("b%d.db", n)
		w.run(t, 0, "", "backup", name, "--config", "bank.yaml")
		w.run(t, 0, "", "restore", name, "--data", fmt.Sprintf("restored%d", n))
		s, err := ledger.OpenExisting(w.ctx, filepath.Join(w.dir, fmt.Sprintf("restored%d", n)))
		if err != nil {
			t.Fatal(err)
		}
		report, err := store.Verify(w.ctx, s)
		if err != nil {
			t.Errorf("backup %d: %v", n, err)
		}
		got := w.account(s)
		for _, token := range promised {
			number, accepting := strings.CutPrefix(token, "accepted ")
			if got.tokens[token] == 0 && !(accepting && got.tokens["closed "+number] > 0) {
				t.Errorf("backup %d lacks %s, which was acknowledged before", n, token)
			}
		}
		last, err := s.Since(w.ctx, report.Head.Seq-2, 1) // the restore's own note comes after it
		if err != nil || len(last) != 1 {
			t.Fatalf("read the end of backup %d: %v", n, err)
		}
		heads = append(heads, store.Head{Seq: last[0].Seq, Hash: last[0].Hash})
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	stop()
	w.settle()
	s, err := ledger.OpenExisting(w.ctx, w.data)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for n, head := range heads {
		if err := ledger.Holds(w.ctx, s, head); err != nil {
			t.Errorf("backup %d is no beginning of the ledger: %v", n, err)
		}
	}
	t.Logf("figures: %d backups made under load, restored and proved; the last holds %d records", times, heads[len(heads)-1].Seq)
}

// TestFaultCommandsWithoutRoom gives the commands that write no room: each says so, ends with 1 and leaves nothing half made.
func TestFaultCommandsWithoutRoom(t *testing.T) {
	t.Parallel()
	w := newWreck(t, "sameday")
	w.run(t, 0, "", "import", "--config", "bank.yaml", "--format", "csv", "-")
	w.run(t, 0, "", "backup", "good.db", "--data", "data")
	before := w.files()
	for _, args := range [][]string{
		{"backup", "new.db", "--data", "data"},
		{"restore", "good.db", "--data", "data", "--replace"},
		{"restore", "good.db", "--data", "elsewhere"},
		{"export", "--data", "data", "--out", "new.jsonl"},
		{"import", "--config", "bank.yaml", "--format", "csv", "-"},
		{"run", "--config", "bank.yaml"},
	} {
		t.Run(args[0], func(t *testing.T) {
			c := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `ulimit -f 0; exec "$0" "$@"`, w.binary}, args...)...)
			c.Dir, c.Env = w.dir, w.env
			c.Stdin = strings.NewReader("work_order,unit,summary\nHO-2,jingan,排队太久\n")
			out, _ := c.CombinedOutput()
			if c.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(out), "file too large") {
				t.Errorf("%v ended with %d, want %d and the system's reason:\n%s", args, c.ProcessState.ExitCode(), exitFailed, out)
			}
		})
	}
	if after := w.files(); after != before {
		t.Errorf("the commands left\n%s\nwhere there was\n%s", after, before)
	}
	if got := w.check("after all"); got.records != 2 {
		t.Errorf("%d records, want 2", got.records)
	}
}

// files lists everything in the wreck's folder that is more than a name.
func (w *wreck) files() string {
	w.t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, ".pid") {
			fmt.Fprintln(&out, strings.TrimPrefix(path, w.dir))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.String()
}

// TestFaultManyAtOnce starts the same command many times at once on one database: each works or says who holds it, and together they did
// what they said.
func TestFaultManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWreck(t, "sameday")
	w.run(t, 0, "", "import", "--config", "bank.yaml", "--format", "csv", "-")
	var all sync.WaitGroup
	var mu sync.Mutex
	opened := 1
	for n := range 12 {
		all.Go(func() {
			c := exec.CommandContext(t.Context(), w.binary, "import", "--config", "bank.yaml", "--format", "csv", "-")
			c.Dir, c.Env = w.dir, w.env
			c.Stdin = strings.NewReader(fmt.Sprintf("work_order,unit,summary\nHO-1%d,jingan,排队太久\n", n))
			out, _ := c.CombinedOutput()
			mu.Lock()
			defer mu.Unlock()
			switch code := c.ProcessState.ExitCode(); {
			case code == exitOK && strings.Contains(string(out), "opened 1,"):
				opened++
			case code == exitLocked && strings.Contains(string(out), "another Sameday is at work"):
			default:
				t.Errorf("exit code %d:\n%s", code, out)
			}
		})
	}
	all.Wait()
	got := w.check("after all")
	complaints := 0
	for _, key := range got.must {
		if strings.HasSuffix(key, "/root") {
			complaints++
		}
	}
	if complaints != opened {
		t.Errorf("%d complaints are on record, %d were said to be opened", complaints, opened)
	}
}
