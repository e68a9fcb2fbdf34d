package duty

import (
	"slices"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// rota is a layer made ready for questions: any instant's shift is found by arithmetic, however long ago the layer began.
type rota struct {
	zone   *time.Location
	start  calendar.Day
	every  int
	cuts   []Cut // by time of day
	begins time.Time
	solo   bool // always the same person: one shift without end
}

// newRota refuses layers that have no shift at all; [Check] says why to people.
func newRota(l Layer, zone *time.Location) (rota, bool) {
	if l.Start.IsZero() || len(l.Cuts) == 0 {
		return rota{}, false
	}
	r := rota{zone: zone, start: l.Start, every: l.Every, cuts: slices.Clone(l.Cuts)}
	if r.every < 1 || r.every > 366 { // nothing that was ever published; days are added up below
		r.every = 1
	}
	slices.SortStableFunc(r.cuts, func(a, b Cut) int { return a.At.minutes() - b.At.minutes() })
	r.begins = r.instant(0, 0)
	r.solo = len(r.cuts[0].People) > 0
	for _, c := range r.cuts {
		other := func(p org.PersonID) bool { return p != r.cuts[0].People[0] }
		r.solo = r.solo && len(c.People) > 0 && !slices.ContainsFunc(c.People, other)
	}
	return r, true
}

// turn says whose turn it is at an instant not before the rota begins, and narrows w to the shift.
func (r *rota) turn(at time.Time, w *Span) org.PersonID {
	w.From = later(w.From, r.begins)
	if r.solo {
		return r.cuts[0].People[0]
	}
	day := max(dayNumber(calendar.DayOf(at, r.zone))-dayNumber(r.start), 0)
	// Of several cuts that fall together in a jump of the clocks, the last counts: the shifts between them have no length.
	cut, from, to := -1, time.Time{}, time.Time{}
	for i := range r.cuts {
		t := r.instant(day, i)
		if t.After(at) {
			to = t
			break
		}
		cut, from = i, t
	}
	last := len(r.cuts) - 1
	if cut < 0 { // still the last shift of the day before
		day, cut, from = max(day-1, 0), last, time.Time{}
	}
	if r.every > 1 && last == 0 { // one cut: nothing changes within a block of days
		if first := day - day%r.every; first != day {
			day, from = first, time.Time{}
		}
		to = time.Time{}
	}
	if from.IsZero() {
		from = r.instant(day, cut)
	}
	for next := day; !to.After(at); { // once, unless a zone left a whole day out
		if last == 0 {
			next += r.every
		} else {
			next++
		}
		to = r.instant(next, 0)
	}
	*w = w.narrow(Span{From: from, To: to})
	people := r.cuts[cut].People
	if len(people) == 0 {
		return ""
	}
	return people[day/r.every%len(people)]
}

// instant is when a cut happens on a day counted from the start.
func (r *rota) instant(day, cut int) time.Time {
	return instant(r.start.Add(day), r.cuts[cut].At, r.zone)
}

// setBack is more than any zone's clocks have been set back at once in the last hundred years (3 hours, at Casey in 2010).
const setBack = 4 * time.Hour

// instant is what calendar.Day.At gives, found without walking through the day.
func instant(d calendar.Day, c Clock, zone *time.Location) time.Time {
	t := time.Date(d.Year, d.Month, d.Day, c.Hour, c.Minute, 0, 0, zone)
	// Where the clocks ran evenly from before the day began up to t, its wall time came once, and t is it.
	even := time.Duration(c.minutes())*time.Minute + setBack
	if h, m, _ := t.Clock(); h == c.Hour && m == c.Minute && calendar.DayOf(t, zone) == d {
		if since, _ := t.ZoneBounds(); since.IsZero() || t.Sub(since) > even {
			return t.UTC()
		}
	}
	if t, ok := uneven(d, c, zone); ok {
		return t
	}
	return d.At(c.Hour, c.Minute, zone).UTC()
}

// uneven is for days on which clocks change: it goes from change to change and looks for the wall time in between. Ok is false where
// that is not how the calendar counts: a day left out, or one that clocks are set back out of.
func uneven(d calendar.Day, c Clock, zone *time.Location) (time.Time, bool) {
	const day = 24 * time.Hour
	midnight := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	var end time.Time // of the part of the day seen last
	for t := midnight.Add(-day - setBack); ; {
		_, seconds := t.In(zone).Zone()
		_, until := t.In(zone).ZoneBounds()
		first := midnight.Add(-time.Duration(seconds) * time.Second) // when this would be the day's midnight
		from, to := later(t, first), first.Add(day)
		if !until.IsZero() {
			to = sooner(to, until)
		}
		if from.Before(to) {
			if at := later(from, first.Add(time.Duration(c.minutes())*time.Minute)); at.Before(to) {
				return at.UTC(), true
			}
			end = to
		}
		if until.IsZero() || until.After(midnight.Add(2*day)) {
			return end.Add(-time.Minute).UTC(), !end.IsZero()
		}
		if calendar.DayOf(until, zone).Before(calendar.DayOf(until.Add(-1), zone)) {
			return t, false
		}
		t = until
	}
}

// dayNumber counts days from an arbitrary one; unlike durations it has no limit.
func dayNumber(d calendar.Day) int {
	return int(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}
