// Package calendar is arithmetic on civil days. A day belongs to a place: it lasts 23, 24 or 25 hours (or 23½, on Lord Howe
// Island), it may lack midnight, and adding 24 hours to an instant is never how the next day is found.
package calendar

import (
	"fmt"
	"time"
)

// Day is a civil date in no particular zone, "2026-11-23". The zero value is no day.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// DayOf is the civil day of an instant in a zone.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day{y, m, d}
}

// Parse reads "2026-11-23".
func Parse(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, fmt.Errorf("%q is no date like 2026-11-23", s)
	}
	return DayOf(t, time.UTC), nil
}

func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Compact gives "20261123", the form complaint numbers begin with.
func (d Day) Compact() string { return fmt.Sprintf("%04d%02d%02d", d.Year, d.Month, d.Day) }

// MarshalText gives the form that [Parse] reads; the zero day is empty.
func (d Day) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (d *Day) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Day{}
		return nil
	}
	day, err := Parse(string(b))
	if err != nil {
		return err
	}
	*d = day
	return nil
}

// IsZero reports whether d is no day.
func (d Day) IsZero() bool { return d == Day{} }

// Add moves by whole days.
func (d Day) Add(days int) Day {
	return DayOf(time.Date(d.Year, d.Month, d.Day+days, 12, 0, 0, 0, time.UTC), time.UTC)
}

// Sub counts the days from other to d.
func (d Day) Sub(other Day) int {
	a := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC)
	b := time.Date(other.Year, other.Month, other.Day, 12, 0, 0, 0, time.UTC)
	return int(a.Sub(b) / (24 * time.Hour))
}

// Before reports whether d comes before other.
func (d Day) Before(other Day) bool { return d.Sub(other) < 0 }

// Start is the first instant of the day in the zone. Where midnight does not exist (clocks jump over it), it is the instant of
// the jump; where it comes twice, the first one.
func (d Day) Start(zone *time.Location) time.Time {
	// Some hours of the day before are always in the day before; from there the first instant whose date is d is found by
	// halving, because time.Date does not promise which side of a jump it returns.
	lo := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, zone).Add(-36 * time.Hour)
	hi := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, zone)
	for hi.Sub(lo) > time.Second {
		mid := lo.Add(hi.Sub(lo) / 2).Truncate(time.Second)
		if !mid.After(lo) {
			break
		}
		if DayOf(mid, zone).Before(d) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// End is the first instant after the day, which is the start of the next one: days are half open.
func (d Day) End(zone *time.Location) time.Time { return d.Add(1).Start(zone) }

// At is the instant of a wall-clock time on the day. A time that the day lacks (clocks jump over it) is the first instant after
// the jump; one that comes twice is the first of the two. So a job at any wall-clock time runs exactly once a day.
func (d Day) At(hour, minute int, zone *time.Location) time.Time {
	end := d.End(zone)
	for t := d.Start(zone); t.Before(end); t = t.Add(time.Minute) {
		if h, m, _ := t.Clock(); h*60+m >= hour*60+minute {
			return t
		}
	}
	return end.Add(-time.Minute) // the day's last minutes were jumped over
}
