package bot_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sameday/bot"
	"sameday/store"
	"sameday/store/bolt"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// span is a stretch of civil time and what is special about it.
type span struct {
	why  string
	from string // noon of this day, UTC
	days int
}

// spans are the days on which clocks do what they seldom do, in one of the zones of the bank.
var spans = []span{
	{"leap day", "2024-02-25", 8},
	{"New York springs forward", "2024-03-07", 7},
	{"London springs forward", "2024-03-28", 6},
	{"Lord Howe falls back by half an hour", "2024-04-04", 6},
	{"Cairo jumps over midnight", "2024-04-23", 6},
	{"Lord Howe springs forward by half an hour", "2024-10-03", 6},
	{"London falls back", "2024-10-25", 5},
	{"Cairo has an hour before midnight twice", "2024-10-29", 5},
	{"New York falls back", "2024-11-01", 5},
	{"the end of a year", "2024-12-28", 8},
	{"Shanghai springs forward, 1986", "1986-05-02", 5},
	{"Shanghai falls back, 1986", "1986-09-12", 5},
	{"Shanghai springs forward, 1991", "1991-04-12", 5},
	{"Shanghai falls back, 1991", "1991-09-13", 5},
}

// years are the spans of the long form: each with five years and more of every zone's changes, leap days and what may befall a clock.
var years = []span{{"2024 to 2028", "2024-01-01", 5*365 + 2}, {"1986 to 1991", "1986-01-01", 6*365 + 1}}

// zones are those of the bank's units.
var zones = map[org.UnitID]string{
	"head": "Asia/Shanghai", "london": "Europe/London", "newyork": "America/New_York", "cairo": "Africa/Cairo", "lordhowe": "Australia/Lord_Howe",
	"beijing": "Asia/Shanghai",
}

// timetables are when the jobs run: as usual, and at hours that some days lack and others have twice.
var timetables = []map[workflow.Job]bot.Schedule{
	jobs(),
	{workflow.JobOvernight: daily{1, 30}, workflow.JobNotice: daily{2, 30}, workflow.JobDusk: daily{23, 30}},
	{workflow.JobOvernight: daily{0, 0}, workflow.JobNotice: daily{2, 0}, workflow.JobDusk: daily{0, 30}},
}

// mishap is what befalls the clock, or who reads it, for a while.
type mishap struct {
	name string
	step time.Duration // the clock is wrong by this much, and then right again
	slow time.Duration // the clock loses this much a minute; then it is set right
	down bool          // the process is down
	away bool          // the machine is suspended: the process lives and does nothing, and its monotonic clock stands
}

var mishaps = []mishap{
	{name: "an hour ahead", step: time.Hour},
	{name: "an hour behind", step: -time.Hour},
	{name: "a day ahead", step: 24 * time.Hour},
	{name: "a day behind", step: -24 * time.Hour},
	{name: "slow", slow: 7 * time.Second},
	{name: "down", down: true},
	{name: "suspended", away: true},
}

// timepiece is a bank whose clock is moved by hand: no Slack, no timers, only the ledger and sweeps.
type timepiece struct {
	t      *testing.T
	ctx    context.Context
	random *rand.Rand
	db     *bolt.Store
	desk   *store.Desk
	tables map[workflow.Job]bot.Schedule
	bot    *bot.Bot

	now, end time.Time     // what the time really is
	wrong    time.Duration // what the bank's clock is off by
	joined   time.Time     // by the bank's clock
	next     map[string]calendar.Day
	want     map[string]bool // the runs that must be in the ledger, and whether late
	told     map[string]int
	open     []workflow.ID
	opened   map[workflow.ID]calendar.Day
	first    map[workflow.ID]calendar.Day // the first night that a job is still to flag
	slots    map[string]slotOf            // the last one asked for
	sweeps   int
}

type slotOf struct {
	day calendar.Day
	at  time.Time
}

// Each job of each day runs once, whatever happens to clocks and to those who read them: in its time when somebody could, marked late
// otherwise; and each night is flagged once.
func TestFaultYears(t *testing.T) {
	all := spans
	if long() {
		all = append(slices.Clone(spans), years...)
	}
	for n, s := range all {
		for m, table := range timetables {
			if !long() && n%len(timetables) != m {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", s.why, m), func(t *testing.T) {
				t.Parallel()
				c := newTimepiece(t, s, table, uint64(10*n+m))
				c.live()
				c.check()
				t.Logf("figures: years_days=%d jobs=%d sweeps=%d nights=%d", s.days, len(c.want), c.sweeps, c.nights())
			})
		}
	}
}

func newTimepiece(t *testing.T, s span, tables map[workflow.Job]bot.Schedule, seed uint64) *timepiece {
	t.Helper()
	from, err := time.Parse(time.DateOnly, s.from)
	if err != nil {
		t.Fatal(err)
	}
	c := &timepiece{
		t: t, ctx: t.Context(), random: rand.New(rand.NewPCG(seed, 5)), tables: tables, now: from.Add(12 * time.Hour), next: map[string]calendar.Day{},
		want: map[string]bool{}, told: map[string]int{}, opened: map[workflow.ID]calendar.Day{},
		slots: map[string]slotOf{}, first: map[workflow.ID]calendar.Day{},
	}
	c.end, c.joined = c.now.AddDate(0, 0, s.days), c.now
	if c.db, err = bolt.Open(t.Context(), filepath.Join(memoryDir(t), "years.db"), bolt.Options{InitialMmapSize: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.db.Close() })
	rules := &workflow.Rules{Tree: worldTree(t), Policy: workflow.DefaultPolicy()}
	key, _ := store.NewKey()
	c.desk = store.NewDesk(c.db, func() *workflow.Rules { return rules }, key)
	c.restart()
	return c
}

func worldTree(t *testing.T) *org.Tree {
	t.Helper()
	unit := func(id org.UnitID, tier org.Tier, parent org.UnitID) org.Unit {
		zone, err := time.LoadLocation(zones[id])
		if err != nil {
			t.Fatal(err)
		}
		return org.Unit{
			ID: id, Tier: tier, Parent: parent, Name: string(id), Channel: "C0" + strings.ToUpper(string(id)), Zone: zone, Language: "en",
			Positions: map[org.Position][]org.PersonID{org.President: {chen}},
		}
	}
	tree, err := org.New([]org.Unit{
		unit("head", org.HeadOffice, ""), unit("london", org.Branch, "head"), unit("newyork", org.SubBranch, "london"),
		unit("cairo", org.SubBranch, "london"), unit("lordhowe", org.SubBranch, "london"), unit("beijing", org.SubBranch, "london"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// wall is what the bank's clock shows.
func (c *timepiece) wall() time.Time { return c.now.Add(c.wrong) }

func (c *timepiece) restart() {
	c.t.Helper()
	b, err := bot.New(bot.Options{Desk: c.desk, BotToken: "xoxb-none", AppToken: "xapp-none", Jobs: c.tables, Now: c.wall})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := b.Begin(c.ctx, c.wall()); err != nil {
		c.t.Fatal(err)
	}
	c.bot = b
}

// live lets the span pass, with a mishap every other day.
func (c *timepiece) live() {
	c.t.Helper()
	c.opens()
	until, today := c.now, c.now
	for c.now.Before(c.end) {
		if c.now.Sub(today) >= 20*24*time.Hour {
			c.closes()
			c.opens()
			today = c.now
		}
		if !c.now.Before(until) {
			c.befall(mishaps[c.random.IntN(len(mishaps))])
			until = c.now.Add(time.Duration(12+c.random.IntN(48)) * time.Hour)
		}
		c.pass(5 * time.Minute)
		c.sweep()
	}
	c.wrong = 0
	c.sweep()
	c.tell()
}

func (c *timepiece) pass(d time.Duration) { c.now = c.now.Add(d) }

// befall lets a mishap happen: around the next time at which some job is due as often as not.
func (c *timepiece) befall(m mishap) {
	c.t.Helper()
	lasts := []time.Duration{3 * time.Minute, 40 * time.Minute, 7 * time.Hour, 26 * time.Hour, 75 * time.Hour}[c.random.IntN(5)]
	if m.step != 0 || m.slow != 0 {
		lasts = min(lasts, 26*time.Hour)
	}
	if c.random.IntN(2) == 0 {
		for slot := c.soonest(); c.now.Before(slot.Add(-time.Duration(c.random.IntN(10)) * time.Minute)); {
			c.pass(5 * time.Minute)
			c.sweep()
		}
	}
	c.wrong = m.step
	for over := c.now.Add(lasts); c.now.Before(over); {
		c.pass(time.Minute)
		c.wrong -= m.slow
		if !m.down && !m.away && c.now.Minute()%5 == 0 {
			c.sweep()
		}
	}
	c.wrong = 0
	if m.down {
		c.restart()
	}
}

// soonest is the next time at which a job of any unit is due.
func (c *timepiece) soonest() time.Time {
	best := c.now.Add(24 * time.Hour)
	for _, u := range c.units() {
		for _, job := range workflow.Jobs() {
			if at := c.slot(job, u, c.due(job, u)); at.After(c.now) && at.Before(best) {
				best = at
			}
		}
	}
	return best
}

func (c *timepiece) units() []org.Unit { return c.desk.Rules().Tree.Units() }

func name(job workflow.Job, u org.UnitID, d calendar.Day) string {
	return fmt.Sprintf("%s/%s/%s", job, u, d)
}

// due is the first day whose run the ledger is not to have yet.
func (c *timepiece) due(job workflow.Job, u org.Unit) calendar.Day {
	k := string(job) + "/" + string(u.ID)
	if _, known := c.next[k]; !known {
		day := calendar.DayOf(c.joined, u.Zone)
		if !c.slot(job, u, day).After(c.joined) {
			day = day.Add(1)
		}
		c.next[k] = day
	}
	return c.next[k]
}

// slot is when a job is due on a day.
func (c *timepiece) slot(job workflow.Job, u org.Unit, day calendar.Day) time.Time {
	k := string(job) + "/" + string(u.ID)
	if c.slots[k].day != day {
		c.slots[k] = slotOf{day, c.minute(job, u, day)}
	}
	return c.slots[k].at
}

// minute is when a job is due on a day, found by trying minute after minute: the first at which the clocks there show that day, and that time
// or a later one.
func (c *timepiece) minute(job workflow.Job, u org.Unit, day calendar.Day) time.Time {
	d := c.tables[job].(daily)
	from := time.Date(day.Year, day.Month, day.Day, d.hour, d.minute, 0, 0, time.UTC)
	_, offset := from.In(u.Zone).Zone()
	from = from.Add(-time.Duration(offset)*time.Second - 3*time.Hour)
	for at := from; at.Before(from.Add(40 * time.Hour)); at = at.Add(time.Minute) {
		local := at.In(u.Zone)
		if local.Day() == day.Day && local.Month() == day.Month && local.Hour()*60+local.Minute() >= d.hour*60+d.minute {
			return at
		}
	}
	c.t.Fatalf("%s has no %02d:%02d or later in %s", day, d.hour, d.minute, u.Zone)
	return time.Time{}
}

// sweep sweeps, and notes what must have run by then.
func (c *timepiece) sweep() {
	c.t.Helper()
	c.sweeps++
	wall := c.wall()
	for _, u := range c.units() {
		for _, job := range workflow.Jobs() {
			for {
				day := c.due(job, u)
				at := c.slot(job, u, day)
				if at.After(wall) {
					break
				}
				c.want[name(job, u.ID, day)] = wall.Sub(at) > 5*time.Minute
				c.next[string(job)+"/"+string(u.ID)] = day.Add(1)
			}
		}
	}
	if err := c.bot.Sweep(c.ctx, wall); err != nil {
		c.t.Fatalf("sweep at %s: %v", wall, err)
	}
	if c.sweeps%300 == 0 {
		c.tell()
	}
}

// tell empties the outbox as a sender would.
func (c *timepiece) tell() {
	c.t.Helper()
	for {
		list, err := c.db.Claim(c.ctx, c.end.AddDate(1, 0, 0), 500, 0)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(list) == 0 {
			return
		}
		done := make([]store.Settlement, len(list))
		for n, i := range list {
			c.told[i.ID]++
			done[n] = store.Settlement{ID: i.ID, Result: store.Sent}
		}
		if err := c.db.Settle(c.ctx, c.now, done); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *timepiece) opens() {
	c.t.Helper()
	for _, u := range []org.UnitID{"newyork", "cairo", "lordhowe", "beijing"} {
		out, err := c.desk.Do(c.ctx, store.Request{
			Command: workflow.Open{Unit: u, Source: workflow.SourceHotline, Summary: "left open"}, By: workflow.System(), At: c.wall(),
		})
		if err != nil {
			c.t.Fatal(err)
		}
		c.open = append(c.open, out.Complaint.ID)
		c.opened[out.Complaint.ID] = out.Complaint.Account
		// Where the clock has been a day ahead and Slack was not there to say so, the night has been on record before it came.
		unit, _ := c.desk.Rules().Tree.Unit(u)
		c.first[out.Complaint.ID] = c.due(workflow.JobOvernight, unit).Add(-1)
	}
}

func (c *timepiece) closes() {
	c.t.Helper()
	c.checkNights()
	for _, id := range c.open {
		_, err := c.desk.Do(c.ctx, store.Request{Complaint: id, Command: workflow.Close{Reason: "the test goes on"}, By: workflow.Person(chen), At: c.wall()})
		if err != nil {
			c.t.Fatal(err)
		}
	}
	c.open = nil
}

// checkNights holds that what is open was flagged once for each night that a job has flagged.
func (c *timepiece) checkNights() {
	c.t.Helper()
	for _, id := range c.open {
		got, err := c.desk.Complaint(c.ctx, id)
		if err != nil {
			c.t.Fatal(err)
		}
		flagged := map[calendar.Day]int{}
		for _, n := range got.Nights {
			flagged[n.Day]++
			if want := n.Day.Sub(c.opened[id]) + 1; n.Night != want || flagged[n.Day] > 1 {
				c.t.Errorf("%s: %s is night %d, want %d, and flagged %d times", id, n.Day, n.Night, want, flagged[n.Day])
			}
		}
		for day := c.opened[id]; ; day = day.Add(1) {
			if _, ran := c.want[name(workflow.JobOvernight, got.Unit, day.Add(1))]; !ran {
				break
			}
			if flagged[day] != 1 && !day.Before(c.first[id]) {
				c.t.Errorf("%s of %s: flagged %d times for %s", id, got.Unit, flagged[day], day)
			}
		}
	}
}

func (c *timepiece) nights() int {
	n := 0
	for _, id := range c.open {
		if got, err := c.desk.Complaint(c.ctx, id); err == nil {
			n += len(got.Nights)
		}
	}
	return n
}

func (c *timepiece) check() {
	c.t.Helper()
	c.checkNights()
	for _, u := range c.units() {
		for _, job := range workflow.Jobs() {
			last := c.due(job, u)
			for day := calendar.DayOf(c.joined, u.Zone).Add(-3); !last.Add(3).Before(day); day = day.Add(1) {
				c.checkRun(job, u, day)
			}
		}
	}
	entries, err := c.db.Scan(c.ctx, store.Query{Index: store.IndexJob, From: "", To: "\xff", Limit: 1_000_000})
	if err != nil || len(entries) != len(c.want) {
		c.t.Errorf("the ledger has %d runs, %v; want %d", len(entries), err, len(c.want))
	}
	for id, n := range c.told {
		if n != 1 {
			c.t.Errorf("%s was to be told %d times", id, n)
		}
	}
	if _, err := store.Verify(c.ctx, c.db); err != nil {
		c.t.Errorf("verify: %v", err)
	}
}

// checkRun compares one entry of the job ledger with what plain counting says.
func (c *timepiece) checkRun(job workflow.Job, u org.Unit, day calendar.Day) {
	c.t.Helper()
	run, err := c.desk.JobOn(c.ctx, job, u.ID, day)
	late, want := c.want[name(job, u.ID, day)]
	switch {
	case !want && !errors.Is(err, store.ErrNotFound):
		c.t.Errorf("%s of %s on %s: %+v, %v; want none", job, u.ID, day, run, err)
	case want && err != nil:
		c.t.Errorf("%s of %s on %s: %v", job, u.ID, day, err)
	case want && (run.Late != late || !run.Slot.Equal(c.slot(job, u, day))):
		c.t.Errorf("%s of %s on %s: slot %s, late %t; want %s and %t", job, u.ID, day, run.Slot, run.Late, c.slot(job, u, day), late)
	}
}
