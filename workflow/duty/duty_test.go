package duty_test

import (
	"errors"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

type people = map[org.Position][]org.PersonID

// bank is a head office, a branch with three sub-branches, and one sub-branch without people.
func bank(t testing.TB) *org.Tree {
	t.Helper()
	z := location(t, "Asia/Shanghai")
	tree, err := org.New([]org.Unit{
		{ID: "hq", Tier: org.HeadOffice, Zone: z, Positions: people{
			org.ServiceDesk: {"desk"}, org.Standing: {"standing1", "standing2"}, org.ConsumerProtection: {"hqcp"},
		}},
		{ID: "sh", Tier: org.Branch, Parent: "hq", Zone: z, Positions: people{
			org.President: {"shpres"}, org.ConsumerProtection: {"shcp", "shcp2"},
		}},
		{ID: "jingan", Tier: org.SubBranch, Parent: "sh", Zone: z, Positions: people{
			org.President: {"pres"}, org.DeputyPresident: {"vice"}, org.ComplaintManager: {"cm"}, org.Staff: {"ann", "bob", "cat", "dan"},
		}},
		{ID: "xuhui", Tier: org.SubBranch, Parent: "sh", Zone: z, Positions: people{org.Staff: {"ann", "eve"}}},
		{ID: "empty", Tier: org.SubBranch, Parent: "sh", Zone: z},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// day1 is when the rosters of the tests begin; a Monday.
var day1 = calendar.Day{Year: 2026, Month: 11, Day: 23}

// when is "3 08:30": a wall-clock time in Shanghai on the day so many days after day1.
func when(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2 15:04", s, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return day1.Add(at.Day()).At(at.Hour(), at.Minute(), location(t, "Asia/Shanghai")).UTC()
}

func list(who ...org.PersonID) []org.PersonID { return who }

func daily(role duty.Role, who ...org.PersonID) duty.Layer {
	return duty.Layer{Role: role, Start: day1, Every: 1, Cuts: []duty.Cut{{At: duty.Clock{Hour: 8, Minute: 30}, People: who}}}
}

// desk is a roster under test: what is done to it goes through the one door and through the ledger's form.
type desk struct {
	t    testing.TB
	tree *org.Tree
	r    duty.Roster
}

func newDesk(t testing.TB, unit org.UnitID) *desk {
	return &desk{t: t, tree: bank(t), r: duty.Fold(unit, location(t, "Asia/Shanghai"), nil)}
}

// do decides; code is "" or the refusal wanted.
func (d *desk) do(at string, by org.PersonID, cmd duty.Command, code duty.Code) *duty.Refusal {
	d.t.Helper()
	now := when(d.t, at)
	events, no := duty.Decide(d.r, cmd, by, d.tree, now)
	switch {
	case no != nil && (no.Code != code || no.Unit != d.r.Unit || len(events) > 0):
		d.t.Fatalf("%T by %s is refused: %+v, want %q", cmd, by, *no, code)
	case no == nil && code != "":
		d.t.Fatalf("%T by %s gives %+v, want it refused: %q", cmd, by, events, code)
	case no == nil && len(events) == 0:
		d.t.Fatalf("%T by %s does nothing", cmd, by)
	}
	d.r = d.r.With(stored(d.t, duty.NewFacts(d.r, events, by, now))...)
	return no
}

// publish gives the unit a plan from day 1, 08:30.
func (d *desk) publish(p duty.Plan) *desk {
	d.t.Helper()
	d.do("1 08:00", "hqcp", duty.Publish{Plan: p, From: when(d.t, "1 08:30")}, "")
	return d
}

// answers checks who is responsible, as "person" or "person<waiting".
func (d *desk) answers(at, want string) {
	d.t.Helper()
	o, ok := d.r.Responsible(when(d.t, at))
	got := string(o.Person)
	if o.Waiting != "" {
		got += "<" + string(o.Waiting)
	}
	if got != want || ok != (want != "") {
		d.t.Errorf("at %s %q is responsible, want %q", at, got, want)
	}
}

// on checks who is scheduled as primary, as "person source".
func (d *desk) on(at, want string) {
	d.t.Helper()
	s, ok := d.r.Scheduled(duty.Primary, when(d.t, at))
	got := ""
	if ok {
		got = string(s.Person) + " " + string(s.Source)
	}
	if got != want {
		d.t.Errorf("at %s %q is on duty, want %q", at, got, want)
	}
}

// stored takes facts through the form the ledger keeps.
func stored(t interface{ Fatalf(string, ...any) }, facts []duty.Fact) []duty.Fact {
	out := slices.Clone(facts)
	for i, f := range facts {
		b, err := duty.Events.Encode(f.Event)
		if err == nil {
			out[i].Event, err = duty.Events.Decode(f.Event.Kind(), b)
		}
		if err != nil {
			t.Fatalf("%v", err)
		}
		if !cmp.Equal(out[i].Event, f.Event) {
			t.Fatalf("stored as something else: %s", cmp.Diff(f.Event, out[i].Event))
		}
	}
	return out
}

func (d *desk) override(at string, who org.PersonID, from, to string) {
	d.t.Helper()
	p := duty.Period{Role: duty.Primary, From: when(d.t, from), To: when(d.t, to), Person: who}
	d.do(at, "cm", duty.Override{Period: p}, "")
}

func (d *desk) absent(at string, who org.PersonID, from, to string) {
	d.t.Helper()
	d.do(at, who, duty.Absent{Person: who, From: when(d.t, from), To: when(d.t, to)}, "")
}

// accept is the incoming officer's word.
func (d *desk) accept(at string, who org.PersonID) {
	d.t.Helper()
	d.do(at, who, duty.AcceptHandover{}, "")
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "jingan").publish(duty.Plan{
		Layers:  []duty.Layer{daily(duty.Primary, "ann", "bob")},
		Planned: []duty.Period{{Role: duty.Primary, From: when(t, "4 08:30"), To: when(t, "6 08:30"), Person: "cat"}},
		Fixed:   []duty.Period{{Role: duty.Primary, From: when(t, "5 12:00"), To: when(t, "5 18:00"), Person: "dan", Name: "元旦"}},
	})
	d.on("1 08:29", "")
	d.on("1 08:30", "bob layer") // day1 itself is ann's, but the plan counts from the next day
	d.on("2 08:29", "bob layer")
	d.on("2 08:30", "ann layer")
	d.on("4 08:30", "cat planned")
	d.on("5 12:00", "dan fixed")
	d.on("5 18:00", "cat planned")
	d.on("6 08:30", "ann layer")

	d.override("2 00:00", "ann", "5 10:00", "5 20:00")
	d.on("5 11:59", "ann override")
	d.on("5 12:00", "dan fixed") // an override inside a fixed period has no effect
	d.on("5 18:00", "ann override")
	d.on("5 20:00", "cat planned")
	d.override("2 00:00", "bob", "5 11:00", "5 19:00") // the later entered wins
	d.on("5 10:59", "ann override")
	d.on("5 11:00", "bob override")
	d.on("5 19:00", "ann override")

	d.absent("2 00:00", "bob", "5 11:30", "5 18:30")
	d.on("5 11:30", "") // ann's override and cat's shift do not come back
	d.on("5 12:00", "dan fixed")
	d.on("5 18:00", "")
	d.on("5 18:30", "bob override")
	d.absent("2 00:00", "dan", "5 00:00", "6 00:00")
	d.on("5 12:00", "")

	s, _ := newDesk(t, "jingan").publish(duty.Plan{Fixed: []duty.Period{
		{Role: duty.Leader, From: when(t, "5 12:00"), To: when(t, "5 18:00"), Person: "dan", Name: "元旦"},
	}}).r.Scheduled(duty.Leader, when(t, "5 13:00"))
	want := duty.Shift{Person: "dan", Role: duty.Leader, From: when(t, "5 12:00"), To: when(t, "5 18:00"), Source: duty.FromFixed, Unit: "jingan", Name: "元旦"}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("the shift (-want +got):\n%s", diff)
	}
}

// The fold is the only truth: what happened stays, whatever is published, entered or cancelled afterwards.
func TestThePastStays(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "jingan").publish(duty.Plan{Layers: []duty.Layer{daily(duty.Primary, "ann", "bob")}})
	d.override("1 09:00", "cat", "1 09:00", "1 20:00")
	d.absent("1 09:00", "cat", "1 10:00", "1 11:00")
	before := d.r
	d.do("1 12:00", "pres", duty.CancelOverride{ID: "o2"}, "")
	d.do("1 12:00", "pres", duty.CancelAbsence{ID: "a3"}, duty.Past)
	d.do("1 13:00", "pres", duty.Publish{Plan: duty.Plan{Layers: []duty.Layer{daily(duty.Primary, "dan")}}, From: when(t, "1 00:00").AddDate(-1, 0, 0)}, "")
	d.do("1 14:00", "ann", duty.Absent{Person: "dan", From: when(t, "1 00:00"), To: when(t, "1 15:00")}, duty.NoRight)
	d.do("1 14:00", "dan", duty.Absent{Person: "dan", From: when(t, "1 00:00"), To: when(t, "1 15:00")}, "")
	for at, want := range map[string]string{
		"1 08:30": "bob layer", "1 09:30": "cat override", "1 10:30": "", "1 11:59": "cat override", "1 12:00": "bob layer",
		"1 12:59": "bob layer", "1 13:00": "dan layer", "1 14:00": "", "1 15:00": "dan layer",
	} {
		d.on(at, want)
	}
	d.r = before
	d.on("1 12:00", "cat override") // a roster handed out is not changed by what comes after
	d.on("1 13:00", "cat override")
}

func TestScheduled(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "jingan").publish(duty.Plan{Layers: []duty.Layer{
		daily(duty.Primary, "ann", "ann", "bob"), daily(duty.Deputy, "cat"),
		{Role: duty.Leader, Start: day1, Every: 7, Cuts: []duty.Cut{{At: duty.Clock{Hour: 9}, People: list("pres", "vice")}}},
	}})
	shift := func(role duty.Role, at, from, to string) {
		t.Helper()
		s, ok := d.r.Scheduled(role, when(t, at))
		if !ok || !s.From.Equal(when(t, from)) || !s.To.Equal(when(t, to)) {
			t.Errorf("%s at %s: %+v, want from %s to %s", role, at, s, from, to)
		}
	}
	shift(duty.Primary, "1 20:00", "1 08:30", "2 08:30") // the second of ann's days: the plan began with it
	shift(duty.Primary, "3 08:30", "3 08:30", "5 08:30") // two turns of one person are one shift
	shift(duty.Primary, "5 08:29", "3 08:30", "5 08:30")
	shift(duty.Primary, "5 08:30", "5 08:30", "6 08:30")
	shift(duty.Leader, "1 08:30", "1 08:30", "7 09:00")
	shift(duty.Leader, "9 08:30", "7 09:00", "14 09:00")
	s, _ := d.r.Scheduled(duty.Deputy, when(t, "1 09:00"))
	if !s.From.Equal(when(t, "1 08:30")) || s.To.Sub(when(t, "1 09:00")) != 40*24*time.Hour {
		t.Errorf("duty without end is cut off at %s and %s", s.From, s.To)
	}
	if _, ok := d.r.Scheduled("king", when(t, "2 09:00")); ok {
		t.Error("there is a king on duty")
	}
}

// A handover time that the day lacks is the first instant after the jump; what lies between two that fall together disappears; one that
// comes twice counts once.
func TestClockChanges(t *testing.T) {
	t.Parallel()
	at := func(h, m int) duty.Clock { return duty.Clock{Hour: h, Minute: m} }
	for _, c := range []struct {
		name, zone, from, to string
		every                int
		cuts                 []duty.Cut
		want                 []string
	}{
		{
			"a shift inside the gap disappears", "Europe/London", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", 1,
			[]duty.Cut{{At: at(1, 15), People: list("gap")}, {At: at(1, 45), People: list("ann")}, {At: at(9, 0), People: list("bob")}},
			[]string{"bob 03-28T09:00 03-29T01:00", "ann 03-29T01:00 03-29T08:00", "bob 03-29T08:00 03-30T00:15"},
		},
		{
			"the repeated hour counts once", "Europe/London", "2026-10-24T23:30:00Z", "2026-10-25T03:00:00Z", 1,
			[]duty.Cut{{At: at(1, 30), People: list("ann")}, {At: at(2, 0), People: list("bob")}},
			[]string{"bob 10-24T01:00 10-25T00:30", "ann 10-25T00:30 10-25T02:00", "bob 10-25T02:00 10-26T01:30"},
		},
		{
			"weekly across the clock change", "America/New_York", "2026-10-30T12:00:00Z", "2026-11-03T00:00:00Z", 7,
			[]duty.Cut{{At: at(8, 30), People: list("ann", "bob")}},
			[]string{"ann 10-26T12:30 11-02T13:30", "bob 11-02T13:30 11-09T13:30"},
		},
		{
			"a day without midnight", "Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-24T12:00:00Z", 1,
			[]duty.Cut{{At: at(0, 0), People: list("ann", "bob")}},
			[]string{"ann 04-22T22:00 04-23T22:00", "bob 04-23T22:00 04-24T21:00"},
		},
		{
			"half an hour on Lord Howe", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-04T00:00:00Z", 1,
			[]duty.Cut{{At: at(2, 10), People: list("ann", "bob")}},
			[]string{"ann 10-02T15:40 10-03T15:30", "bob 10-03T15:30 10-04T15:10"},
		},
	} {
		start := map[string]calendar.Day{
			"America/New_York": {Year: 2026, Month: 1, Day: 5}, // a Monday
			"Africa/Cairo":     {Year: 2026, Month: 4, Day: 21}, "Australia/Lord_Howe": {Year: 2026, Month: 10, Day: 1},
		}[c.zone]
		if start.IsZero() {
			start = calendar.Day{Year: 2026, Month: 1, Day: 1}
		}
		plan := duty.Plan{Layers: []duty.Layer{{Role: duty.Primary, Start: start, Every: c.every, Cuts: c.cuts}}}
		r := duty.Fold("u", location(t, c.zone), []duty.Fact{{Version: 1, Event: duty.RosterPublished{Plan: plan}}})
		from, _ := time.Parse(time.RFC3339, c.from)
		to, _ := time.Parse(time.RFC3339, c.to)
		var got []string
		for _, s := range r.Shifts(duty.Primary, from, to) {
			got = append(got, string(s.Person)+s.From.Format(" 01-02T15:04")+s.To.Format(" 01-02T15:04"))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// The quick way to a wall-clock time gives what the calendar gives.
func TestInstantIsTheCalendars(t *testing.T) {
	t.Parallel()
	names := []string{
		"Europe/London", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Shanghai", "Antarctica/Casey", "Antarctica/Troll",
		"America/Santiago", "Asia/Beirut", "Atlantic/Azores", "America/Scoresbysund", "Pacific/Apia", "Africa/Casablanca",
	}
	check := func(t interface{ Errorf(string, ...any) }, zone *time.Location, d calendar.Day, c duty.Clock) {
		if got, want := duty.Instant(d, c, zone), d.At(c.Hour, c.Minute, zone); !got.Equal(want) {
			t.Errorf("%s %s in %s is %s, want %s", d, c, zone, got, want)
		}
	}
	var zones []*time.Location
	for _, name := range names {
		zone := location(t, name)
		zones = append(zones, zone)
		// around every clock change of some years
		for _, year := range []int{1986, 2010, 2011, 2026} {
			for at := time.Date(year, 1, 1, 0, 0, 0, 0, zone); at.Year() <= year; {
				_, at = at.ZoneBounds()
				if at.IsZero() || at.Year() > year {
					break
				}
				for day := -1; day <= 2; day++ {
					for m := 0; m < 24*60; m += 45 {
						check(t, zone, calendar.DayOf(at, zone).Add(day), duty.Clock{Hour: m / 60, Minute: m % 60})
					}
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		d := calendar.DayOf(time.Unix(rapid.Int64Range(400_000_000, 2_200_000_000).Draw(t, "unix"), 0), zone)
		m := rapid.IntRange(0, 24*60-1).Draw(t, "minute")
		check(t, zone, d, duty.Clock{Hour: m / 60, Minute: m % 60})
	})
}

func TestGapsAndChanges(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "jingan").publish(duty.Plan{Layers: []duty.Layer{daily(duty.Primary, "ann", "bob", "cat")}})
	old := d.r
	d.absent("1 09:00", "cat", "2 00:00", "9 00:00") // cat has 2 to 3, 5 to 6 and, half of it, 8 to 9
	spans := func(want ...string) {
		t.Helper()
		var got []string
		for _, g := range d.r.Gaps(duty.Primary, when(t, "1 00:00"), when(t, "10 00:00")) {
			for _, at := range []time.Time{g.From, g.To} {
				got = append(got, at.In(location(t, "Asia/Shanghai")).Format("01-02 15:04"))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("gaps (-want +got):\n%s", diff)
		}
	}
	spans("11-24 00:00", "11-24 08:30", "11-25 08:30", "11-26 08:30", "11-28 08:30", "11-29 08:30", "12-01 08:30", "12-02 00:00")
	d.override("1 09:00", "dan", "5 00:00", "6 08:30")

	stretch := func(who org.PersonID, from, to string, source duty.Source) duty.Shift {
		return duty.Shift{Person: who, Role: duty.Primary, From: when(t, from), To: when(t, to), Source: source, Unit: "jingan"}
	}
	got := old.Changes(d.r, when(t, "1 00:00"), when(t, "8 00:00"))
	want := []duty.Change{
		{Person: "bob", Removed: []duty.Shift{stretch("bob", "5 00:00", "5 08:30", duty.FromLayer)}},
		{Person: "cat", Removed: []duty.Shift{
			stretch("cat", "2 08:30", "3 08:30", duty.FromLayer), stretch("cat", "5 08:30", "6 08:30", duty.FromLayer),
		}},
		{Person: "dan", Added: []duty.Shift{stretch("dan", "5 00:00", "6 08:30", duty.FromOverride)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if got := d.r.Changes(d.r, when(t, "1 00:00"), when(t, "30 00:00")); len(got) > 0 {
		t.Errorf("a roster differs from itself: %+v", got)
	}
	at, out, in, ok := d.r.NextChange(when(t, "1 09:00"))
	if !at.Equal(when(t, "2 08:30")) || out != "bob" || in != "" || !ok {
		t.Errorf("the next change is %s %q %q %v", at, out, in, ok)
	}
	at, out, in, ok = d.r.LastChange(when(t, "3 08:30"))
	if !at.Equal(when(t, "3 08:30")) || out != "" || in != "ann" || !ok {
		t.Errorf("the last change is %s %q %q %v", at, out, in, ok)
	}
	alone := newDesk(t, "jingan").publish(duty.Plan{Layers: []duty.Layer{daily(duty.Primary, "ann")}})
	if at, _, _, ok := alone.r.NextChange(when(t, "1 09:00")); ok {
		t.Errorf("duty without end changes at %s", at)
	}
}

func TestRefusalIsAnError(t *testing.T) {
	t.Parallel()
	var err error = &duty.Refusal{Code: duty.Missing, Field: "Person"}
	var no *duty.Refusal
	if !errors.As(err, &no) || err.Error() != "refused: missing Person" {
		t.Errorf("got %v", err)
	}
}
