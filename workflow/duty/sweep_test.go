package duty_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// follower reads a wall clock as a person would who never looks back: when it shows a handover's time or later, the handover happens,
// once, and then the next one is waited for. It knows nothing of how the package finds shifts.
type follower struct {
	zone        *time.Location
	layer       duty.Layer
	day, cut    int // of the next handover
	nextDay     calendar.Day
	now, before org.PersonID
	changed     time.Time // when now took over from before
}

// delay is how long after a change the incoming officer accepts; ok is false when he never does.
func delay(change time.Time) (d time.Duration, ok bool) {
	n := change.Unix()/900 + change.Unix()/86400
	return time.Duration(n%7) * 15 * time.Minute, n%3 != 0
}

func newFollower(zone *time.Location, l duty.Layer) *follower {
	return &follower{zone: zone, layer: l, nextDay: l.Start}
}

// look moves on to an instant, which must not be earlier than the last one.
func (f *follower) look(at time.Time) {
	local := at.In(f.zone)
	today := calendar.DayOf(at, f.zone)
	h, m, _ := local.Clock()
	person := f.now
	for {
		c := f.layer.Cuts[f.cut]
		due := f.nextDay == today && h*60+m >= c.At.Hour*60+c.At.Minute || f.nextDay.Before(today)
		if !due {
			break
		}
		person = c.People[f.day/f.layer.Every%len(c.People)]
		if f.cut++; f.cut == len(f.layer.Cuts) {
			f.day, f.cut, f.nextDay = f.day+1, 0, f.nextDay.Add(1)
		}
	}
	if person != f.now {
		f.before, f.now, f.changed = f.now, person, at
	}
}

// responsible is who answers, and who is waited for.
func (f *follower) responsible(at time.Time) (who, waiting org.PersonID) {
	if f.before == "" {
		return f.now, ""
	}
	if after, ever := delay(f.changed); ever && !at.Before(f.changed.Add(after)) {
		return f.now, ""
	}
	return f.before, f.now
}

// walked is one unit followed through the years.
type walked struct {
	unit   org.UnitID
	r      duty.Roster
	f      *follower
	shifts []duty.Shift // of some weeks around the instant
	until  time.Time
}

func layersFor(start calendar.Day) map[org.UnitID]duty.Layer {
	at := func(h, m int, who ...org.PersonID) duty.Cut {
		return duty.Cut{At: duty.Clock{Hour: h, Minute: m}, People: who}
	}
	layer := func(every int, cuts ...duty.Cut) duty.Layer {
		return duty.Layer{Role: duty.Primary, Start: start, Every: every, Cuts: cuts}
	}
	return map[org.UnitID]duty.Layer{
		"branch":   layer(1, at(8, 30, "a", "b"), at(17, 30, "c", "d", "e")),
		"daily":    layer(1, at(0, 0, "a", "b", "c")),
		"weekly":   layer(7, at(9, 0, "a", "b", "c", "d")),
		"weeks":    layer(7, at(8, 30, "a", "b"), at(20, 0, "c", "d", "e", "f", "g")), // on days, or on nights, for a week
		"in-a-gap": layer(1, at(0, 15, "a", "b"), at(1, 30, "c"), at(1, 45, "d"), at(2, 0, "e"), at(2, 15, "f"), at(23, 45, "g")),
	}
}

// sweep is a bank in one zone. Units without a roster are answered for by the branch.
type sweep struct {
	zone  *time.Location
	book  *duty.Book
	units []*walked
}

func newSweep(t testing.TB, zone *time.Location, start calendar.Day, to time.Time) *sweep {
	t.Helper()
	all := []org.Unit{
		{ID: "hq", Tier: org.HeadOffice, Zone: zone, Positions: people{org.Standing: {"s"}}},
		{ID: "branch", Tier: org.Branch, Parent: "hq", Zone: zone},
		{ID: "none", Tier: org.SubBranch, Parent: "branch", Zone: zone},
	}
	s := &sweep{zone: zone}
	var rosters []duty.Roster
	for unit, l := range layersFor(start) {
		from := start.At(l.Cuts[0].At.Hour, l.Cuts[0].At.Minute, zone)
		facts := []duty.Fact{{Version: 1, At: from, Event: duty.RosterPublished{Plan: duty.Plan{Layers: []duty.Layer{l}}, From: from}}}
		bare := duty.Fold(unit, zone, facts)
		for at, out, in, ok := bare.NextChange(from); ok && at.Before(to); at, out, in, ok = bare.NextChange(at) {
			if after, ever := delay(at); ever {
				facts = append(facts, duty.Fact{Version: len(facts) + 1, At: at.Add(after), Event: duty.HandoverAccepted{At: at, Out: out, In: in, By: in}})
			}
		}
		w := &walked{unit: unit, r: duty.Fold(unit, zone, facts), f: newFollower(zone, l)}
		s.units, rosters = append(s.units, w), append(rosters, w.r)
		if unit != "branch" {
			all = append(all, org.Unit{ID: unit, Tier: org.SubBranch, Parent: "branch", Zone: zone})
		}
	}
	tree, err := org.New(all)
	if err != nil {
		t.Fatal(err)
	}
	s.book = duty.NewBook(tree, rosters...)
	return s
}

// follow lets the followers see an instant.
func (s *sweep) follow(at time.Time) {
	for _, u := range s.units {
		u.f.look(at)
	}
}

// look compares all units at an instant.
func (s *sweep) look(t testing.TB, at time.Time) {
	for _, u := range s.units {
		u.f.look(at)
		want, waiting := u.f.responsible(at)
		if want == "" { // the roster has not begun
			continue
		}
		got := s.book.Answers(u.unit, at)
		if got.Person != want || got.Waiting != waiting || got.Unit != u.unit {
			t.Fatalf("%s in %s at %s: %+v answers, want %q, waiting for %q", u.unit, s.zone, at.In(s.zone), got, want, waiting)
		}
		if u.unit == "branch" {
			if none := s.book.Answers("none", at); none != got {
				t.Fatalf("in %s at %s %+v answers for a unit without a roster, and %+v for the branch above it", s.zone, at.In(s.zone), none, got)
			}
		}
		u.tiled(t, at)
	}
}

// tiled checks that exactly one shift is around the instant, that it is the follower's, and that shifts touch.
func (w *walked) tiled(t testing.TB, at time.Time) {
	if !at.Before(w.until) {
		last := w.shifts
		if w.until.IsZero() {
			w.until = at
		}
		until := at.AddDate(0, 0, 21)
		w.shifts, w.until = w.r.Shifts(duty.Primary, w.until, until), until
		whole(t, w.shifts)
		for i := 1; i < len(w.shifts); i++ {
			if !w.shifts[i].From.Equal(w.shifts[i-1].To) {
				t.Fatalf("%s: there is a hole between %+v and %+v", w.unit, w.shifts[i-1], w.shifts[i])
			}
		}
		if n := len(last); n > 0 && !w.shifts[0].From.Equal(last[n-1].From) && !w.shifts[0].From.Equal(last[n-1].To) {
			t.Fatalf("%s: %+v does not touch %+v", w.unit, last[n-1], w.shifts[0])
		}
	}
	for len(w.shifts) > 0 && !w.shifts[0].To.After(at) {
		w.shifts = w.shifts[1:]
	}
	if len(w.shifts) == 0 || w.shifts[0].From.After(at) || w.shifts[0].Person != w.f.now {
		t.Fatalf("%s at %s: the shifts are %+v, want %q on duty", w.unit, at, w.shifts[:min(2, len(w.shifts))], w.f.now)
	}
}

// For every unit and instant in the roster there is exactly one responsible officer after fallback, and shifts touch and never overlap,
// through every clock change. SAMEDAY_LONG=1 looks every 30 seconds for three years (six of Shanghai's summer time); without it the
// first year is looked at, every 30 seconds around the clock changes and every few hours between them.
func TestEveryInstant(t *testing.T) {
	t.Parallel()
	long := os.Getenv("SAMEDAY_LONG") != ""
	for _, c := range []struct {
		zone        string
		first, last int
	}{
		{"Europe/London", 2025, 2027},
		{"America/New_York", 2025, 2027},
		{"Africa/Cairo", 2025, 2027},
		{"Australia/Lord_Howe", 2025, 2027},
		{"Asia/Shanghai", 2025, 2027},
		{"Asia/Shanghai", 1986, 1991},
	} {
		t.Run(fmt.Sprintf("%s %d", strings.ReplaceAll(c.zone, "/", " "), c.first), func(t *testing.T) {
			t.Parallel()
			zone := location(t, c.zone)
			start := calendar.Day{Year: c.first, Month: 1, Day: 1}
			if !long {
				c.last = c.first
			}
			from, to := start.Start(zone).UTC(), calendar.Day{Year: c.last + 1, Month: 1, Day: 1}.Start(zone).UTC()
			s := newSweep(t, zone, start, to)
			looks, steps := 0, 0
			for at := from; at.Before(to); steps++ {
				near := long || nearChange(at, zone)
				if near || steps%coarse == 0 {
					s.look(t, at)
					looks++
				} else {
					s.follow(at)
				}
				step := 15 * time.Minute // all handovers and acceptances are multiples of it, or seen to be over at the next one
				if near {
					step = 30 * time.Second
				}
				at = at.Add(step)
			}
			t.Logf("%d instants of %d units", looks, len(s.units)+1)
		})
	}
}

// coarse is how many quarters of an hour pass between two looks when nothing happens to the clocks. It hits all hours in turn.
const coarse = 25

// nearChange reports whether clocks change within two hours.
func nearChange(at time.Time, zone *time.Location) bool {
	since, until := at.In(zone).ZoneBounds()
	return !since.IsZero() && at.Sub(since) < 2*time.Hour || !until.IsZero() && until.Sub(at) < 2*time.Hour
}
