package calendar_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"sameday/workflow/calendar"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestDayBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, day, start, end string
	}{
		{"Asia/Shanghai", "2026-11-23", "2026-11-22T16:00:00Z", "2026-11-23T16:00:00Z"},
		{"Europe/London", "2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"},       // 23 hours
		{"Europe/London", "2026-10-25", "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"},       // 25 hours
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},        // no midnight: 00:00 is 01:00
		{"Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"}, // 23½ hours
		{"Asia/Shanghai", "1986-05-04", "1986-05-03T16:00:00Z", "1986-05-04T15:00:00Z"},
	} {
		d, err := calendar.Parse(c.day)
		if err != nil {
			t.Fatal(err)
		}
		z := zone(t, c.zone)
		if got := d.Start(z).UTC().Format(time.RFC3339); got != c.start {
			t.Errorf("%s in %s starts %s, want %s", c.day, c.zone, got, c.start)
		}
		if got := d.End(z).UTC().Format(time.RFC3339); got != c.end {
			t.Errorf("%s in %s ends %s, want %s", c.day, c.zone, got, c.end)
		}
	}
}

func TestAtOnDaysWithJumps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, day string
		h, m      int
		want      string
	}{
		{"Asia/Shanghai", "2026-11-23", 8, 30, "2026-11-23T00:30:00Z"},
		{"Asia/Shanghai", "2026-11-23", 0, 5, "2026-11-22T16:05:00Z"},
		{"Asia/Shanghai", "2026-11-23", 23, 59, "2026-11-23T15:59:00Z"},
		{"Europe/London", "2026-03-29", 1, 30, "2026-03-29T01:00:00Z"}, // jumped over: the first instant after
		{"Europe/London", "2026-10-25", 1, 30, "2026-10-25T00:30:00Z"}, // twice: the first
		{"Africa/Cairo", "2026-04-24", 0, 5, "2026-04-23T22:00:00Z"},
	} {
		d, _ := calendar.Parse(c.day)
		if got := d.At(c.h, c.m, zone(t, c.zone)).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s %02d:%02d in %s is %s, want %s", c.day, c.h, c.m, c.zone, got, c.want)
		}
	}
}

// Days of a zone tile its time: the end of one is the start of the next, an instant is inside its own day, and every wall-clock
// time happens inside the day it is asked for.
func TestDaysTile(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{
		zone(t, "Asia/Shanghai"), zone(t, "Europe/London"), zone(t, "America/New_York"),
		zone(t, "Africa/Cairo"), zone(t, "Australia/Lord_Howe"),
	}
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		at := time.Unix(rapid.Int64Range(400_000_000, 2_200_000_000).Draw(t, "unix"), 0)
		d := calendar.DayOf(at, z)
		if at.Before(d.Start(z)) || !at.Before(d.End(z)) {
			t.Fatalf("%s is outside its own day %s (%s to %s)", at.In(z), d, d.Start(z), d.End(z))
		}
		if got := calendar.DayOf(d.Start(z).Add(-time.Second), z); got != d.Add(-1) {
			t.Fatalf("the second before %s in %s belongs to %s", d, z, got)
		}
		h, m := rapid.IntRange(0, 23).Draw(t, "h"), rapid.IntRange(0, 59).Draw(t, "m")
		when := d.At(h, m, z)
		if calendar.DayOf(when, z) != d {
			t.Fatalf("%02d:%02d of %s in %s is %s, on another day", h, m, d, z, when.In(z))
		}
	})
}

func TestDayText(t *testing.T) {
	t.Parallel()
	d, err := calendar.Parse("2024-02-29")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Add(1).String(); got != "2024-03-01" {
		t.Errorf("the day after 29 February is %s", got)
	}
	if got := d.Add(365).Sub(d); got != 365 {
		t.Errorf("Sub gives %d, want 365", got)
	}
	if got := d.Compact(); got != "20240229" {
		t.Errorf("Compact gives %s", got)
	}
	if _, err := calendar.Parse("2026-02-30"); err == nil {
		t.Error("30 February was taken for a date")
	}
}
