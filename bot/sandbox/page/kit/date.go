package kit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// date draws a moment in the viewer's zone as format says, or the fallback when there is no such moment or no format.
func (d *drawing) date(unix, format, address, fallback string) {
	seconds, err := strconv.ParseInt(unix, 10, 64)
	// Slack reads years of four digits.
	if err != nil || seconds < 0 || seconds > 253402300799 || format == "" {
		d.text(fallback)
		return
	}
	m := moment{at: time.Unix(seconds, 0).In(d.zone()), now: d.c.Now.In(d.zone()), zh: d.zh}
	a := attrs{
		{"class", "k-date"},
		{"datetime", m.at.Format(time.RFC3339)},
		{"title", m.at.Format("2006-01-02 15:04:05 MST")},
	}
	draw := func() { d.leaf("time", a, m.format(format)) }
	if address == "" {
		draw()
		return
	}
	d.link(address, draw)
}

func (d *drawing) zone() *time.Location {
	if d.c.Zone == nil {
		return time.UTC
	}
	return d.c.Zone
}

// DateTime reads what a browser's date and time input holds ("2006-01-02T15:04", seconds allowed) as a moment in zone,
// in Unix seconds as a datetimepicker gives it. A time that the clocks skip is read as time.Date reads it. Nil is UTC.
func DateTime(zone *time.Location, value string) (unix int64, ok bool) {
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range []string{dateTimeLayout, dateTimeLayout + ":05"} {
		if t, err := time.ParseInLocation(layout, value, zone); err == nil {
			return t.Unix(), true
		}
	}
	return 0, false
}

const dateTimeLayout = "2006-01-02T15:04"

// moment is a time to be written, both times in the viewer's zone.
type moment struct {
	at, now time.Time
	zh      bool
}

// format replaces the tokens of a format; a token it does not know stays as it is written.
func (m moment) format(format string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(format, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			b.WriteString(format)
			return b.String()
		}
		b.WriteString(before)
		write, known := dateTokens[name]
		if !known {
			b.WriteString("{")
			format = rest
			continue
		}
		written := write(m)
		if b.Len() == 0 && written[0] >= 'a' && written[0] <= 'z' { // "Today at 9:30 AM", but "closed today"
			written = string(written[0]-'a'+'A') + written[1:]
		}
		b.WriteString(written)
		format = after
	}
}

// dateTokens is the table of tokens. The last three are those of rich text alone; they are understood everywhere.
var dateTokens = map[string]func(moment) string{
	"date_num":          func(m moment) string { return m.at.Format("2006-01-02") },
	"date":              func(m moment) string { return m.date(m.recent()) },
	"date_short":        func(m moment) string { return m.short(m.recent()) },
	"date_long":         func(m moment) string { return m.long(m.recent()) },
	"date_pretty":       func(m moment) string { return m.pretty(m.date) },
	"date_short_pretty": func(m moment) string { return m.pretty(m.short) },
	"date_long_pretty":  func(m moment) string { return m.pretty(m.long) },
	"time":              func(m moment) string { return m.at.Format(m.either("15:04", "3:04 PM")) },
	"time_secs":         func(m moment) string { return m.at.Format(m.either("15:04:05", "3:04:05 PM")) },
	"ago":               moment.ago,

	"day_divider_pretty": func(m moment) string { return m.pretty(m.long) },
	"date_slash":         func(m moment) string { return m.at.Format(m.either("2006/01/02", "01/02/2006")) },
	"date_long_full":     func(m moment) string { return m.long(false) },
}

func (m moment) either(zh, en string) string {
	if m.zh {
		return zh
	}
	return en
}

// recent says whether the year is left out: within six months of now.
func (m moment) recent() bool {
	return m.at.After(m.now.AddDate(0, -6, 0)) && m.at.Before(m.now.AddDate(0, 6, 0))
}

func (m moment) date(recent bool) string {
	if m.zh {
		return m.short(recent)
	}
	day := strconv.Itoa(m.at.Day()) + ordinal(m.at.Day())
	return m.at.Format("January ") + day + m.year(recent)
}

func (m moment) short(recent bool) string {
	if m.zh {
		if recent {
			return m.at.Format("1月2日")
		}
		return m.at.Format("2006年1月2日")
	}
	return m.at.Format("Jan 2") + m.year(recent)
}

func (m moment) long(recent bool) string {
	if m.zh {
		return m.date(recent) + " " + wordings[true].days[m.at.Weekday()]
	}
	return m.at.Format("Monday, ") + m.date(recent)
}

func (m moment) year(recent bool) string {
	if recent {
		return ""
	}
	return m.at.Format(", 2006")
}

// pretty names the civil days around now, and writes all others as plain does.
func (m moment) pretty(plain func(recent bool) string) string {
	for days, name := range map[int]string{
		-1: m.either("昨天", "yesterday"), 0: m.either("今天", "today"), 1: m.either("明天", "tomorrow"),
	} {
		y, month, d := m.now.Date()
		// Noon is there on every day of every zone, midnight is not.
		if near := time.Date(y, month, d+days, 12, 0, 0, 0, m.now.Location()); sameDay(near, m.at) {
			return name
		}
	}
	return plain(m.recent())
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// ago writes the distance to now in its largest whole unit.
func (m moment) ago() string {
	distance := m.now.Sub(m.at)
	future := distance < 0
	seconds := int64(distance.Abs() / time.Second)
	if seconds < 60 {
		return m.either("刚刚", "just now")
	}
	u := agoUnits[slices.IndexFunc(agoUnits, func(u agoUnit) bool { return seconds >= u.seconds })]
	n := seconds / u.seconds
	name := u.en
	if n > 1 {
		name += "s"
	}
	if future {
		return fmt.Sprintf(m.either("%d %s后", "in %d %s"), n, m.either(u.zh, name))
	}
	return fmt.Sprintf(m.either("%d %s前", "%d %s ago"), n, m.either(u.zh, name))
}

type agoUnit struct {
	seconds int64
	zh, en  string
}

// agoUnits is the table of units, largest first; months and years are those of the calendar on average.
var agoUnits = []agoUnit{
	{31556952, "年", "year"},
	{2629746, "个月", "month"},
	{86400, "天", "day"},
	{3600, "小时", "hour"},
	{60, "分钟", "minute"},
}

func ordinal(day int) string {
	if day/10 != 1 {
		switch day % 10 {
		case 1:
			return "st"
		case 2:
			return "nd"
		case 3:
			return "rd"
		}
	}
	return "th"
}
