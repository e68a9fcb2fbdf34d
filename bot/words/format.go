package words

import (
	"strings"
	"time"

	"sameday/bot/grammar"
	"sameday/workflow"
	"sameday/workflow/calendar"
)

// Span is a duration in words, to the minute: "2 小时", "1 h 30 min". Less than a minute is "0".
func (w *Words) Span(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	hours, minutes := minutes/60, minutes%60
	switch {
	case hours == 0:
		return w.T("span.minutes", "n", minutes)
	case minutes == 0:
		return w.T("span.hours", "n", hours)
	}
	return w.T("span.both", "hours", hours, "minutes", minutes)
}

// Day is a civil day as people say it, without the year: "11 月 23 日", "23 November".
func (w *Words) Day(d calendar.Day) string {
	return w.T("day.long", "month", int(d.Month), "monthname", d.Month, "day", d.Day)
}

// ShortDay is a civil day in figures: "11-23".
func (w *Words) ShortDay(d calendar.Day) string {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC).Format("01-02")
}

// Time is an instant as seen from a day: "14:02" on that day in the zone, else "11-22 14:02".
func (w *Words) Time(at time.Time, zone *time.Location, today calendar.Day) string {
	if zone == nil {
		zone = time.UTC
	}
	day := calendar.DayOf(at, zone)
	clock := at.In(zone).Format("15:04")
	switch {
	case day == today:
		return clock
	case day.Year == today.Year || today.IsZero():
		return w.ShortDay(day) + " " + clock
	}
	return day.String() + " " + clock
}

// End is the instant at which something is due, as seen from a day: the end of a civil day in the zone is "24:00" of that
// day and not 00:00 of the next.
func (w *Words) End(due time.Time, zone *time.Location, today calendar.Day) string {
	if zone == nil {
		zone = time.UTC
	}
	day := calendar.DayOf(due.Add(-time.Second), zone)
	if !day.End(zone).Equal(due) {
		return w.Time(due, zone, today)
	}
	name := day.String() + " "
	switch {
	case day == today:
		name = ""
	case day.Year == today.Year || today.IsZero():
		name = w.ShortDay(day) + " "
	}
	return w.T("day.end", "day", name)
}

// Amount is an amount of money: "¥1,280.00".
func Amount(fen int64) string { return grammar.FormatAmount(fen) }

// Short is the shortest form of a complaint's number that means it on the given day: "7" for today's, "1122-7" for one of the
// year before that day, else the whole number.
func Short(id workflow.ID, today calendar.Day) string {
	day, serial, ok := strings.Cut(string(id), "-")
	d, err := time.Parse("20060102", day)
	if !ok || err != nil {
		return string(id)
	}
	serial = strings.TrimLeft(serial, "0")
	age := today.Sub(calendar.DayOf(d, time.UTC))
	switch {
	case serial == "" || today.IsZero():
		return string(id)
	case age == 0:
		return serial
	case age > 0 && age < 365:
		return day[4:] + "-" + serial
	}
	return string(id)
}
