package checkup_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"sameday/bot/sandbox"
	"sameday/cmd/sameday/internal/checkup"
	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/control"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// rostered is a local Slack, and a database with the sample bank's rosters in it.
type rostered struct {
	w       *sandbox.Workspace
	bank    sample.Bank
	address string
	data    string
	ids     map[string]org.PersonID
	now     time.Time
}

func newRostered(t *testing.T) *rostered {
	t.Helper()
	w, b, address := workspace(t)
	zone, err := sample.Location()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.MkdirTemp("", "sd") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	r := &rostered{w: w, bank: b, address: address, data: data, ids: map[string]org.PersonID{}, now: time.Date(2026, 11, 23, 10, 0, 0, 0, zone)}
	for _, p := range b.People() {
		r.ids[p.Handle] = org.PersonID(w.AddPerson(sandbox.Person{Name: p.Handle + ".duty", RealName: p.Name, Email: "duty." + p.Email}))
	}
	for u := range r.bank.Units {
		for i := range r.bank.Units[u].People {
			r.bank.Units[u].People[i].Email = string(r.ids[r.bank.Units[u].People[i].Handle])
		}
	}
	return r
}

// open opens the database with a desk over it.
func (r *rostered) open(t *testing.T) (*store.Desk, func()) {
	t.Helper()
	c, err := r.bank.Config()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := c.OfflineTree()
	if err != nil {
		t.Fatal(err)
	}
	s, err := ledger.Open(context.Background(), r.data)
	if err != nil {
		t.Fatal(err)
	}
	rules := &workflow.Rules{Tree: tree, Policy: c.Policy, Codes: c.Codes}
	desk := store.NewDesk(s, func() *workflow.Rules { return rules }, store.MasterKey{})
	return desk, func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// fill publishes the sample's rosters, and then what change adds.
func (r *rostered) fill(t *testing.T, change func(*store.Desk)) {
	t.Helper()
	desk, done := r.open(t)
	defer done()
	if err := sample.PublishRosters(context.Background(), desk, r.now, func(handle string) org.PersonID { return r.ids[handle] }); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(desk)
	}
}

func (r *rostered) do(t *testing.T, desk *store.Desk, unit org.UnitID, by string, cmd duty.Command) {
	t.Helper()
	if _, err := desk.Duty(context.Background(), store.DutyRequest{Unit: unit, Command: cmd, By: r.ids[by], At: r.now}); err != nil {
		t.Fatal(err)
	}
}

// rosterLines are the check's lines about rosters.
func (r *rostered) rosterLines(t *testing.T, change func(*config.Config)) (wrong int, lines string) {
	t.Helper()
	_, out := check(t, r.bank, environment(r.w, r.address), func(o *checkup.Options) {
		o.Config.Data, o.Now = r.data, func() time.Time { return r.now }
		if change != nil {
			change(o.Config)
		}
	})
	var b strings.Builder
	for line := range strings.Lines(out) {
		if len(line) > 15 && line[7:15] == "rosters " {
			b.WriteString(line)
			if strings.HasPrefix(line, "WRONG") {
				wrong++
			}
		}
	}
	return wrong, b.String()
}

func TestRosters(t *testing.T) {
	t.Parallel()
	r := newRostered(t)
	if wrong, lines := r.rosterLines(t, nil); wrong != 0 || lines !=
		"WARN   rosters   no roster, so that the unit above answers day and night: head-office, shanghai, suzhou, jingan, xuhui, pudong, yuanqu, gusu, kunshan\n" {
		t.Errorf("without a database: %d wrong\n%s", wrong, lines)
	}
	r.fill(t, nil)
	if wrong, lines := r.rosterLines(t, nil); wrong != 0 || lines != "OK     rosters   somebody is on duty at each of 9 units for the next 30 days\n" {
		t.Errorf("with rosters: %d wrong\n%s", wrong, lines)
	}
}

func TestRosterGapsAndPeople(t *testing.T) {
	t.Parallel()
	r := newRostered(t)
	r.fill(t, func(desk *store.Desk) {
		from := r.now.AddDate(0, 0, 3)
		r.do(t, desk, "head-office", "he.jing", duty.Absent{Person: r.ids["sun.yue"], From: from, To: from.Add(2 * time.Hour)})
		r.do(t, desk, "head-office", "he.jing", duty.Absent{Person: r.ids["sun.yue"], From: from.AddDate(0, 0, 1), To: from.AddDate(0, 0, 1).Add(time.Hour)})
	})
	wrong, lines := r.rosterLines(t, func(c *config.Config) {
		delete(c.Units[1].Positions, org.ConsumerProtection) // Xu Lei loses the position
	})
	for _, want := range []string{
		"WARN   rosters   nobody is on duty at head-office from 2026-11-26 10:00 to 2026-11-26 12:00 (gaps in 30 days: 2); the deputy",
		"WRONG  rosters   " + string(r.ids["xu.lei"]) + " is on the roster of shanghai and holds no position in the bank\n",
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("the check does not say %q:\n%s", want, lines)
		}
	}
	if wrong != 1 || strings.Contains(lines, "OK") {
		t.Errorf("%d wrong, want 1:\n%s", wrong, lines)
	}
}

func TestDeactivatedOnTheRoster(t *testing.T) {
	t.Parallel()
	r := newRostered(t)
	r.ids["li.wei"] = org.PersonID(r.w.AddPerson(sandbox.Person{ID: "U0GONE00001", Deactivated: true}))
	for i, p := range r.bank.Units[3].People {
		if p.Handle == "li.wei" {
			r.bank.Units[3].People[i].Email = "U0GONE00001"
		}
	}
	r.fill(t, nil)
	if wrong, lines := r.rosterLines(t, nil); wrong != 1 || !strings.Contains(lines, "is on the roster of jingan and is deactivated in Slack") {
		t.Errorf("%d wrong:\n%s", wrong, lines)
	}
}

// While a process holds the database it is asked for a copy; one that does not answer is only a warning.
func TestRostersOfAHeldDatabase(t *testing.T) {
	t.Parallel()
	r := newRostered(t)
	r.fill(t, nil)
	desk, done := r.open(t)
	defer done()
	if wrong, lines := r.rosterLines(t, nil); wrong != 0 || !strings.Contains(lines, "WARN   rosters   they were not looked at") {
		t.Errorf("nobody answers: %d wrong\n%s", wrong, lines)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	socket := ledger.Socket(r.data)
	go func() { ended <- control.Serve(ctx, socket, desk, func() time.Time { return r.now }, nil) }()
	for _, err := control.Dial(ctx, socket); err != nil; _, err = control.Dial(ctx, socket) {
		<-time.After(5 * time.Millisecond)
	}
	if wrong, lines := r.rosterLines(t, nil); wrong != 0 || !strings.Contains(lines, "OK     rosters   somebody is on duty at each of 9 units") {
		t.Errorf("a copy: %d wrong\n%s", wrong, lines)
	}
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
