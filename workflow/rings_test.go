package workflow_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// manned is a story in a bank with rosters: the staff of Jing'an is on duty there around the clock, the office at its branch. Its
// complaint came in on Monday at 09:00.
func manned(t testing.TB, change ...func(*workflow.Policy)) *story {
	t.Helper()
	s := newStory(t, change...)
	s.roster(always("jingan", "jingan.staff"), always("sh", "sh.office"))
	return s.does("xuhui.staff", "09:00", workflow.Open{Unit: "jingan", Summary: "多收年费"})
}

// roster puts rosters into the bank's book, in the place of all that were there.
func (s *story) roster(all ...duty.Roster) *story {
	s.rules.Book = duty.NewBook(s.rules.Tree, all...)
	return s
}

// always is a published roster that has one person on duty around the clock.
func always(unit org.UnitID, who org.PersonID, more ...duty.Event) duty.Roster {
	return published(unit, []org.PersonID{who}, more...)
}

// published is a roster whose people take turns, each a day from 08:30 to 08:30 Shanghai time, beginning on 23 November 2026.
func published(unit org.UnitID, people []org.PersonID, more ...duty.Event) duty.Roster {
	start := calendar.Day{Year: 2026, Month: time.November, Day: 23}
	if len(people) == 1 {
		start.Year = 1980
	}
	events := append([]duty.Event{duty.RosterPublished{
		From: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC),
		Plan: duty.Plan{Layers: []duty.Layer{{
			Role: duty.Primary, Start: start, Every: 1, Cuts: []duty.Cut{{At: duty.Clock{Hour: 8, Minute: 30}, People: people}},
		}}},
	}}, more...)
	facts := make([]duty.Fact, len(events))
	for i, e := range events {
		facts[i] = duty.Fact{Version: i + 1, At: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), By: "jingan.manager", Event: e}
		if accepted, ok := e.(duty.HandoverAccepted); ok {
			facts[i].At = accepted.At
		}
	}
	return duty.Fold(unit, time.FixedZone("Shanghai", 8*60*60), facts)
}

// away takes a person out of a roster for good.
func away(who org.PersonID) duty.Event {
	return duty.WentAbsent{
		ID: "a-" + string(who), Person: who, From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// sweep lets time pass up to an instant, as if somebody looked at every moment at which something falls due, and says how the
// complaint was moved on the ladder meanwhile.
func (s *story) sweep(until string) []string {
	s.t.Helper()
	return s.sweepTo(s.at(until))
}

func (s *story) sweepTo(until time.Time) []string {
	s.t.Helper()
	from := len(s.facts)
	for range 1000 {
		wakes := s.c.Wakes()
		if len(wakes) == 0 {
			return s.rings(from)
		}
		next := slices.MinFunc(wakes, func(a, b workflow.Wake) int { return a.At.Compare(b.At) })
		if next.At.After(until) {
			return s.rings(from)
		}
		at := next.At
		if now := s.facts[len(s.facts)-1].At; at.Before(now) { // it passed before anybody could look
			at = now
		}
		s.doesAt("system", at, workflow.Expire{Wake: next.ID})
		if slices.Contains(s.c.Wakes(), next) {
			s.t.Fatalf("%s at %s is still there after it was worked: a sweep would never end", next.ID, next.At)
		}
	}
	s.t.Fatalf("the sweep up to %s does not end", until)
	return nil
}

// night lets the overnight job come for the day that ended before an instant.
func (s *story) night(when string) *story {
	s.t.Helper()
	return s.does("system", when, workflow.FlagOvernight{Day: calendar.DayOf(s.at(when), s.zone).Add(-1)})
}

// rings lists, in short, how the facts from a version on moved the complaint on the ladder:
// "09:30 breach 2: jingan.staff/1 jingan.manager; next 09:45; vacant 1 jingan". A person's rung stands there where it is another one.
func (s *story) rings(from int) []string {
	var out []string
	for _, f := range s.facts[from:] {
		if e, ok := f.Event.(workflow.Climbed); ok {
			out = append(out, s.short(f.At)+" "+s.ring(e, f.At))
		}
	}
	return out
}

func (s *story) ring(e workflow.Climbed, at time.Time) string {
	text := fmt.Sprintf("%s %d:", e.Cause, e.Rung)
	for _, k := range e.Calls {
		text += " " + string(k.Person)
		if k.Rung != e.Rung {
			text += fmt.Sprintf("/%d", k.Rung)
		}
	}
	if !e.Due.Equal(at) {
		text += "; due " + s.short(e.Due)
	}
	if !e.Next.IsZero() {
		text += "; next " + s.short(e.Next)
	}
	if e.Night > 0 {
		text += fmt.Sprintf("; night %d", e.Night)
	}
	for _, v := range e.Vacant {
		text += fmt.Sprintf("; vacant %d %s", v.Rung, v.Unit)
	}
	if e.Late {
		text += "; late"
	}
	return text
}

// short writes an instant as a wall-clock time, with the day where it is not the story's first.
func (s *story) short(at time.Time) string {
	if at = at.In(s.zone); at.Format(time.DateOnly) != "2026-11-23" {
		return at.Format("01-02T15:04")
	}
	return at.Format("15:04")
}

// want compares what rang with what had to.
func (s *story) want(name string, got []string, want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, got, alike...); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// act lets somebody do something and says how that moved the complaint on the ladder.
func (s *story) act(who, when string, cmd workflow.Command) []string {
	s.t.Helper()
	from := len(s.facts)
	s.does(who, when, cmd)
	return s.rings(from)
}
