package grammar

import (
	"strings"
	"time"

	"golang.org/x/text/width"
)

// days are the words for days, counted from today.
var days = []struct {
	word string
	from int
}{
	{"today", 0}, {"今天", 0}, {"今日", 0}, {"yesterday", -1}, {"昨天", -1}, {"昨日", -1}, {"前天", -2}, {"tomorrow", 1}, {"明天", 1}, {"明日", 1}, {"后天", 2},
}

var dateMarks = strings.NewReplacer("/", "-", "年", "-", "月", "-", "日", " ", "号", " ")

// ParseTime reads a date, a time of day or both, as civil time in loc (now's
// location if loc is nil), and gives the instant in loc. It understands RFC
// 3339 (with its own offset), 2026-11-22 10:00[:00], 2026/11/22 10:00,
// 2026年11月22日, 11-22 10:00, 10:00 (today), and 昨天 10:00, yesterday 10:00,
// 今天, 明天 and the like, also in full width. A date alone is the start of
// that day. A date without a year is the one nearest to now, before or after.
// A time that the clocks skip is refused; of one that they show twice the
// first is meant.
func ParseTime(word string, now time.Time, loc *time.Location) (time.Time, bool) {
	if loc == nil {
		loc = now.Location()
	}
	now = now.In(loc)
	s := strings.TrimSpace(dashes.Replace(width.Fold.String(word)))
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.In(loc), true
	}
	s = strings.ToLower(s)
	for _, d := range days {
		if rest, ok := strings.CutPrefix(s, d.word); ok {
			return onDay(civil{now.Year(), now.Month(), now.Day() + d.from}, strings.TrimSpace(rest), loc)
		}
	}
	date, clock, _ := strings.Cut(strings.TrimSpace(dateMarks.Replace(s)), " ")
	if strings.Contains(date, ":") {
		return onDay(civil{now.Year(), now.Month(), now.Day()}, s, loc)
	}
	if day, err := time.Parse("2006-1-2", date); err == nil {
		return onDay(civil{day.Year(), day.Month(), day.Day()}, strings.TrimSpace(clock), loc)
	}
	return nearestYear(date, strings.TrimSpace(clock), now, loc)
}

// civil is a day of the calendar; the day may run over its month.
type civil struct {
	year  int
	month time.Month
	day   int
}

// nearestYear reads a date without a year.
func nearestYear(date, clock string, now time.Time, loc *time.Location) (best time.Time, ok bool) {
	// A leap year, so that 29 February can be read.
	day, err := time.Parse("2006-1-2", "2000-"+date)
	if err != nil {
		return time.Time{}, false
	}
	for year := now.Year() - 1; year <= now.Year()+1; year++ {
		if time.Date(year, day.Month(), day.Day(), 0, 0, 0, 0, time.UTC).Day() != day.Day() {
			continue
		}
		t, found := onDay(civil{year, day.Month(), day.Day()}, clock, loc)
		if found && (!ok || t.Sub(now).Abs() < best.Sub(now).Abs()) {
			best, ok = t, true
		}
	}
	return best, ok
}

// onDay is the instant of a clock time on a day; without one, the day's start.
func onDay(d civil, clock string, loc *time.Location) (time.Time, bool) {
	if clock == "" {
		return startOf(d, loc)
	}
	// Parse would read a fraction behind the seconds.
	if strings.ContainsAny(clock, ".,") {
		return time.Time{}, false
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if c, err := time.Parse(layout, clock); err == nil {
			h, m, s := c.Clock()
			return instant(time.Date(d.year, d.month, d.day, h, m, s, 0, time.UTC), loc)
		}
	}
	return time.Time{}, false
}

// instant is when the clocks in loc first show what wall shows in UTC; false if
// they never do.
func instant(wall time.Time, loc *time.Location) (time.Time, bool) {
	shows := func(t time.Time) bool { return t.Format(time.DateTime) == wall.Format(time.DateTime) }
	y, mo, d := wall.Date()
	h, mi, s := wall.Clock()
	t := time.Date(y, mo, d, h, mi, s, 0, loc)
	if !shows(t) {
		return time.Time{}, false
	}
	// Had the clocks not been set back since yesterday, it would be earlier.
	_, offset := t.AddDate(0, 0, -1).Zone()
	if first := wall.Add(-time.Duration(offset) * time.Second).In(loc); first.Before(t) && shows(first) {
		t = first
	}
	return t, true
}

// startOf is the first instant of a day, also where the clocks skip midnight.
func startOf(d civil, loc *time.Location) (time.Time, bool) {
	midnight := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC)
	if t, ok := instant(midnight, loc); ok {
		return t, true
	}
	noon, ok := instant(midnight.Add(12*time.Hour), loc)
	if !ok {
		return time.Time{}, false // a zone changed sides of the date line
	}
	start, _ := noon.ZoneBounds()
	return start, true
}
