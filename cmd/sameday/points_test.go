package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sameday/cmd/sameday/internal/ledger"
	"sameday/store/failpoint"
)

// crashPoint is a place of the program at which it is killed.
type crashPoint struct {
	name   string
	why    string        // what would be lost or told twice if it were done otherwise
	move   time.Duration // how much later the start is
	only   string        // people do nothing else meanwhile
	calm   bool          // what Slack still brings again is taken before: no delivery is days old
	stop   bool          // it lies on the way down: the program is told to stop
	visits []int         // which visits of it are tried; nil: the first. The long test tries more
}

const day = 24 * time.Hour

// crashPoints is every fail point of "sameday run", in the order of the walk: each start finds what the crash before it left.
var crashPoints = []crashPoint{
	{name: "bolt.empty", why: "the file is there and holds nothing"},
	{name: "bot.policy", why: "a policy without units"},
	{name: "bot.joined", why: "the units have a history, and the bot has done nothing yet"},
	{name: "ledger.witness", why: "half of the file that says how far the ledger had come"},
	{name: "bolt.taken", why: "asked for and not begun", visits: []int{40}},
	{name: "bolt.written", why: "before the commit: nothing of it may be found", visits: []int{1, 30}},
	{name: "bolt.written", why: "the same, with forms that wait", only: "new", visits: []int{4, 9}},
	{name: "bolt.committed", why: "after the commit, and nobody knows", visits: []int{1, 30}},
	{name: "bot.received", why: "a delivery that nobody will answer"},
	{name: "bot.handled", why: "stored and not acknowledged: the person sees that it did not work", only: "note"},
	{name: "bot.handled", why: "the same with a form, which stays open", only: "new"},
	{name: "bot.handled", why: "the same with a button", only: "click"},
	{name: "bot.handled", why: "stored and not acknowledged: Slack brings the mention again", only: "mention", visits: []int{1, 2}},
	{name: "bot.acknowledged", why: "acknowledged, and whatever follows is not done", only: "note"},
	{name: "bot.acknowledged", why: "the same with a form", only: "new"},
	{name: "bot.acknowledged", why: "the same with a mention", only: "mention"},
	{name: "bot.answering", why: "acknowledged, the private answer is not given"},
	{name: "control.imported", why: "an import that was stored and not reported"},
	{name: "deliver.claimed", why: "claimed and in nobody's hand", visits: []int{1, 5}},
	{name: "deliver.unsettled", why: "a crash while a crash is repaired"},
	{name: "deliver.given_back", why: "given back and not looked for"},
	{name: "deliver.rendered", why: "between claim and post"},
	{name: "deliver.looked", why: "looked for once, of two times"},
	{name: "deliver.posting", why: "before the post leaves", visits: []int{1, 3}},
	{name: "deliver.left", why: "the post has left, and may be stored", visits: []int{1, 2, 3}},
	{name: "deliver.answered", why: "Slack has stored it, the reply is on its way", visits: []int{1, 2, 3}},
	{name: "deliver.posted", why: "after the reply, with nothing noted", visits: []int{1, 3}},
	{name: "deliver.receipt", why: "before the receipt of a root"},
	{name: "deliver.kept", why: "the receipt is kept, the intent not settled"},
	{name: "deliver.updating", why: "before a card is updated"},
	{name: "deliver.update_left", why: "a card that may be new or old"},
	{name: "deliver.update_answered", why: "a card that is new, and the update not settled"},
	{name: "deliver.updated", why: "the same, after the reply"},
	{name: "deliver.doing", why: "before Slack makes a group's channel", only: "group", visits: []int{1, 4, 7}},
	{name: "deliver.done", why: "Slack has made a group's channel, and it is not noted", only: "group", visits: []int{1, 6}},
	{name: "deliver.doing", why: "the same, between two steps of the channel", only: "group", visits: []int{2, 3}},
	{name: "deliver.done", why: "Slack has done a step of it, and it is not noted", only: "group", visits: []int{3, 2, 4, 5}},
	{name: "deliver.settled", why: "told and settled, the lane's next has not begun", visits: []int{1, 3}},
	{name: "sweep.expired", why: "a deadline recorded, the others not", move: 3 * time.Hour, visits: []int{1, 3}},
	{name: "job.flagged", why: "flags without their digest", move: day, visits: []int{1, 4}},
	{name: "job.made", why: "the digest is made and not entered", move: day},
	{name: "job.entered", why: "entered, and the outbox has not been woken", move: day, visits: []int{1, 5}},
	{name: "sweep.tidying", why: "before old keys are forgotten"},
	{name: "bolt.forgotten", why: "some old keys are forgotten", move: 8 * day, calm: true},
	{name: "bolt.spool", why: "an empty copy lies beside the database"},
	{name: "bolt.copied", why: "a complete copy lies beside the database, and the free list is not written"},
	{name: "bolt.given", why: "the copy was given and not removed"},
	{name: "bot.stopping", why: "told to stop, deliveries in hand", stop: true},
	{name: "bot.drained", why: "told to stop, sockets open", stop: true},
	{name: "deliver.draining", why: "told to stop, posts in hand", stop: true},
}

// fileCommands are the fail points of the commands that make files.
var fileCommands = map[string][]string{
	"backup": {"bolt.spool", "bolt.copied", "bolt.given", "ledger.written", "ledger.named"},
	"restore": {
		"ledger.written", "ledger.named", "ledger.proved", "ledger.aside", "ledger.placed",
	},
}

// failing builds this test's program with fail points.
func failing(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sameday") // the name makes it the program instead of the test
	out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-tags", "failpoints", "-o", path, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("build with fail points: %v\n%s", err, out)
	}
	return path
}

// TestKilledAtEveryPoint kills the program at every place where something is stored or leaves for Slack, one after the other in one
// history. After each crash the database is proved, every promise is on record once and nothing stands twice; in the end all is told.
func TestKilledAtEveryPoint(t *testing.T) {
	t.Parallel()
	binary := failing(t)
	t.Run("files", func(t *testing.T) {
		for command, points := range fileCommands {
			for _, point := range points {
				t.Run(command+" "+point, func(t *testing.T) { killedMaking(t, binary, command, point) })
			}
		}
	})
	w := newWreck(t, binary)
	began, times := time.Now(), 0
	stop := w.load()
	for _, p := range crashPoints {
		for _, visit := range p.tried() {
			at := fmt.Sprintf("%s:%d", p.name, visit)
			if p.calm {
				w.calm()
			}
			w.move(p.move)
			w.concentrate(p.only)
			w.refill()
			w.launch(failpoint.Env + "=" + at)
			if !w.dies(p, at) {
				continue
			}
			times++
			if p.name != "bolt.empty" { // before anything is in it
				w.check("killed at " + at)
			}
		}
	}
	stop()
	w.start()
	w.settle()
	w.judge(fmt.Sprintf("%d kills at %d places", times, len(crashPoints)), began)
}

// concentrate lets people do one thing, or all things again.
func (w *wreck) concentrate(on string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.only = on
}

// calm lets the program take what Slack brings again: that stops soon after the three seconds that Slack waits for an answer.
func (w *wreck) calm() {
	w.t.Helper()
	w.concentrate("look")
	w.start()
	<-time.After(4 * time.Second)
	w.kill()
}

// tried are the visits to try.
func (p crashPoint) tried() []int {
	visits := p.visits
	if visits == nil {
		visits = []int{1}
	}
	if os.Getenv("SAMEDAY_LONG") == "" || p.stop || p.name == "bolt.empty" || p.name == "bot.policy" || p.name == "bolt.forgotten" {
		return visits[:1]
	}
	return visits
}

// dies waits until the program ends at its fail point.
func (w *wreck) dies(p crashPoint, at string) bool {
	w.t.Helper()
	deadline := time.After(40 * time.Second)
	told := false
	for {
		w.refill()
		select {
		case err := <-w.ended:
			w.gone()
			if !wasKilled(err) {
				w.t.Errorf("%s: the program ended with %v:\n%s", at, err, w.tail())
			}
			return wasKilled(err)
		case <-deadline:
			w.t.Errorf("%s was never reached (%s):\n%s", at, p.why, w.tail())
			w.kill()
			return false
		case <-time.After(200 * time.Millisecond):
			if p.stop && !told && w.slack.Sockets() == 2 {
				told = true
				if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
					w.t.Fatal(err)
				}
			}
		}
	}
}

// killedMaking kills backup or restore at one of its places: whatever happened, there is a database that can be proved, and the same
// command works when it is given again.
func killedMaking(t *testing.T, binary, command, point string) {
	w := newWreck(t, binary)
	w.run(t, 0, "", "import", "--config", "bank.yaml", "--format", "csv", "-")
	w.run(t, 0, "", "backup", "good.db", "--data", "data")
	args := map[string][]string{
		"backup": {"backup", "new.db", "--data", "data"}, "restore": {"restore", "good.db", "--data", "data", "--replace"},
	}[command]
	w.run(t, -1, point, args...)
	if _, err := os.Stat(ledger.Path(w.data)); err != nil {
		t.Errorf("after the crash there is no database: %v", err)
	}
	if a := w.check("killed at " + point); a.records < 2 {
		t.Errorf("the database holds %d records, want those from before", a.records)
	}
	_, err := os.Stat(filepath.Join(w.dir, "new.db"))
	if made := err == nil; command == "backup" && made != (point == "ledger.named") {
		t.Errorf("the backup stands there: %v", made)
	}
	if err == nil {
		args[1] = "newer.db"
	}
	w.move(time.Minute)
	w.run(t, 0, "", args...)
	w.check("done again")
	left, err := filepath.Glob(filepath.Join(w.data, "*.restore*"))
	if more, _ := filepath.Glob(filepath.Join(w.data, "*.backup-*")); err != nil || len(left)+len(more) > 0 {
		t.Errorf("the data folder holds %v %v (%v)", left, more, err)
	}
}

// run runs a command of the program; code -1 means that it is to be killed at the point.
func (w *wreck) run(t *testing.T, code int, point string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), w.binary, args...)
	c.Dir = w.dir
	c.Env = append(append([]string(nil), w.env...), "SCRIPT_SHIFT="+time.Duration(w.shift.Load()).String(), failpoint.Env+"="+point)
	c.Stdin = strings.NewReader("work_order,unit,summary\nHO-1,jingan,排队太久\n")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	if code < 0 && !wasKilled(err) {
		t.Fatalf("%v: %v, want it killed at %s:\n%s", args, err, point, &out)
	}
	if code >= 0 && c.ProcessState.ExitCode() != code {
		t.Fatalf("%v: %v, want exit code %d:\n%s", args, err, code, &out)
	}
}

// TestEveryPointIsTried compares the places named in the code with the tables above.
func TestEveryPointIsTried(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`failpoint\.(?:Here|Wire)\((?:ctx, )?"([a-z._]+)"(?:, "([a-z._]+)")?\)`)
	var code, tried []string
	for _, top := range []string{"../../store", "../../bot", "../../cmd"} {
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range named.FindAllStringSubmatch(string(text), -1) {
				code = append(code, m[1:]...)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range crashPoints {
		tried = append(tried, p.name)
	}
	for _, points := range fileCommands {
		tried = append(tried, points...)
	}
	clean := func(all []string) []string {
		slices.Sort(all)
		return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
	}
	if code, tried = clean(code), clean(tried); !slices.Equal(code, tried) || len(code) < 40 {
		t.Errorf("the code names\n%v, the tables try\n%v", code, tried)
	}
}
