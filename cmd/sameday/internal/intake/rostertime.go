package intake

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"sameday/workflow/calendar"
	"sameday/workflow/duty"
)

// usualHandover is when duty changes hands where a file does not say.
var usualHandover = duty.Clock{Hour: 8, Minute: 30}

const (
	// furthest is how many years ahead a shift may end: what lies beyond is a slip of the pen.
	furthest = 3
	untimed  = -1 // minutes of a moment without a time of day
	wholeDay = 24 * 60
)

var (
	dayForm     = regexp.MustCompile(`^(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2})\b)(.*)$`)
	weekdayForm = regexp.MustCompile(`^\s*\(?(?:周|星期|礼拜)[一二三四五六日天]\)?`)
	clockForm   = regexp.MustCompile(`^(\d{1,2}):(\d{2})(?::00)?$`)
)

// moment is what a cell says of time: a day, a time of day, or both.
type moment struct {
	day     calendar.Day // zero for a time of day alone
	minutes int          // since the day began by its clocks; 24:00 is wholeDay
}

// readMoment reads a cell. Days without a year and words like "tomorrow" depend on the day of the import: they are not for files.
func readMoment(text string, s serials) (m moment, ok bool) {
	if s.excel {
		if days, err := strconv.ParseFloat(text, 64); err == nil && !dayForm.MatchString(text) {
			return serialMoment(days, s.date1904)
		}
	}
	m.minutes = untimed
	rest := plain(text)
	if d := dayForm.FindStringSubmatch(rest); d != nil {
		day, err := calendar.Parse(fmt.Sprintf("%s-%02s-%02s", d[1], d[2]+d[4], d[3]+d[5]))
		if err != nil {
			return m, false
		}
		m.day = day
		rest = strings.TrimSpace(strings.TrimPrefix(weekdayForm.ReplaceAllString(d[6], ""), "t"))
		if rest == "" {
			return m, true
		}
	}
	c := clockForm.FindStringSubmatch(rest)
	if c == nil {
		return m, false
	}
	hour, err1 := strconv.Atoi(c[1])
	minute, err2 := strconv.Atoi(c[2])
	m.minutes = hour*60 + minute
	return m, err1 == nil && err2 == nil && minute < 60 && m.minutes <= wholeDay
}

// serialMoment reads a workbook's count of days. A whole number is a day: workbooks cannot tell it from the day's midnight.
func serialMoment(days float64, date1904 bool) (moment, bool) {
	if !(days >= 0 && days < 200_000) {
		return moment{}, false
	}
	t, err := excelize.ExcelDateToTime(days, date1904)
	if err != nil {
		return moment{}, false
	}
	t = t.Round(time.Minute)
	m := moment{day: calendar.DayOf(t, time.UTC), minutes: t.Hour()*60 + t.Minute()}
	switch {
	case days < 1:
		m.day = calendar.Day{}
	case m.minutes == 0:
		m.minutes = untimed
	}
	return m, true
}

// wall is a wall-clock time somewhere.
type wall struct {
	day     calendar.Day
	minutes int
	zone    *time.Location
}

// instant is when the clocks first show a time of day, or the first instant after it where they skip it.
func (b *rosterReader) instant(day calendar.Day, minutes int, zone *time.Location) time.Time {
	if minutes >= wholeDay {
		day, minutes = day.Add(1), minutes-wholeDay
	}
	w := wall{day, minutes, zone}
	t, known := b.instants[w]
	if !known {
		t = day.At(minutes/60, minutes%60, zone).UTC()
		b.instants[w] = t
	}
	return t
}

// span is the time that a row speaks of.
func (b *rosterReader) span(r rosterRow, zone *time.Location) (s duty.Span, reason string) {
	handover := usualHandover.Hour*60 + usualHandover.Minute
	if text := r.get(rosterHandover); text != "" {
		m, ok := readMoment(text, r.serials)
		if !ok || !m.day.IsZero() || m.minutes == wholeDay {
			return s, "handover is no time like 08:30"
		}
		handover = m.minutes
	}
	var date, from, to moment
	for _, c := range []struct {
		field rosterField
		into  *moment
	}{{rosterDate, &date}, {rosterFrom, &from}, {rosterTo, &to}} {
		*c.into = moment{minutes: untimed}
		if text := r.get(c.field); text != "" {
			m, ok := readMoment(text, r.serials)
			if !ok {
				return s, string(c.field) + " is no time like 2026-12-01 08:30, nor a day like 2026-12-01"
			}
			*c.into = m
		}
	}
	ends, reason := place(date, from, to, handover)
	if reason != "" {
		return s, reason
	}
	s = duty.Span{From: b.instant(ends[0].day, ends[0].minutes, zone), To: b.instant(ends[1].day, ends[1].minutes, zone)}
	switch {
	case !s.From.Before(s.To):
		return s, "it ends before it begins, or when it begins"
	case !s.To.After(b.Now):
		return s, "it is over already"
	case s.To.After(b.Now.AddDate(furthest, 0, 0)):
		return s, fmt.Sprintf("it ends more than %d years ahead", furthest)
	}
	return s, ""
}

// place finds a row's two ends. A day runs from the handover to that of the next day; days from and to are both days of duty.
func place(date, from, to moment, handover int) (ends [2]moment, reason string) {
	given := func(m moment) bool { return !m.day.IsZero() || m.minutes != untimed }
	switch {
	case date.day.IsZero() && given(date):
		return ends, "date has a time and no day"
	case date.minutes > 0: // 0:00 is what spreadsheets add to days when they write text
		return ends, "date has a time of day: put it into from and to, or into handover"
	case !given(from) && !given(to) && date.day.IsZero():
		return ends, "date is missing"
	case !given(from) && !given(to):
		return [2]moment{{date.day, handover}, {date.day.Add(1), handover}}, ""
	case !given(from):
		return ends, "from is missing"
	case !given(to):
		return ends, "to is missing"
	case from.day.IsZero() && date.day.IsZero():
		return ends, "date is missing: from and to have a time alone"
	case from.day.IsZero() != to.day.IsZero():
		return ends, "of from and to only one has a day"
	case from.day.IsZero(): // two times on a date; the second may be on the next
		to.day = date.day
		if to.minutes <= from.minutes {
			to.day = to.day.Add(1)
		}
		return [2]moment{{date.day, from.minutes}, to}, ""
	case !date.day.IsZero() && date.day != from.day:
		return ends, "date and from tell two days"
	case (from.minutes == untimed) != (to.minutes == untimed):
		return ends, "of from and to only one has a time of day; write midnight as text, 2026-12-01 00:00"
	case from.minutes == untimed:
		return [2]moment{{from.day, handover}, {to.day.Add(1), handover}}, ""
	}
	return [2]moment{from, to}, ""
}
