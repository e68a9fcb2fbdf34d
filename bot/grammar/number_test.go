package grammar_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sameday/bot/grammar"
)

var numberCases = []struct {
	in   string
	want grammar.Number
	ok   bool
}{
	{"20261123-007", grammar.Number{Day: "20261123", Serial: 7}, true},
	{"1123-7", grammar.Number{Day: "1123", Serial: 7}, true},
	{"7", grammar.Number{Serial: 7}, true},
	{"00007", grammar.Number{Serial: 7}, true},
	{"#7", grammar.Number{Serial: 7}, true},
	{"＃７", grammar.Number{Serial: 7}, true},
	{"№7，", grammar.Number{Serial: 7}, true},
	{"２０２６１１２３－００７", grammar.Number{Day: "20261123", Serial: 7}, true},
	{"1123—7", grammar.Number{Day: "1123", Serial: 7}, true},
	{"1123–7", grammar.Number{Day: "1123", Serial: 7}, true},
	{"1123——7", grammar.Number{Day: "1123", Serial: 7}, true},
	{"1123−7", grammar.Number{Day: "1123", Serial: 7}, true},
	{"0229-99999", grammar.Number{Day: "0229", Serial: 99999}, true},
	{"20240229-1", grammar.Number{Day: "20240229", Serial: 1}, true},
	{in: ""},
	{in: "0"},
	{in: "000"},
	{in: "100000"},
	{in: "-7"},
	{in: "7-"},
	{in: "##7"},
	{in: "1123-"},
	{in: "20250229-1"},
	{in: "1332-1"},
	{in: "1280-1300"},
	{in: "123-7"},
	{in: "20261123"},
	{in: "1123-0"},
	{in: "1123-7-1"},
	{in: "7a"},
	{in: "①"},
	{in: "٧"},
	{in: "1,280"},
	{in: "7.5"},
	{in: "10:00"},
}

func TestParseNumber(t *testing.T) {
	t.Parallel()
	for _, c := range numberCases {
		if got, ok := grammar.ParseNumber(c.in); got != c.want || ok != c.ok {
			t.Errorf("ParseNumber(%q) = %+v, %t; want %+v, %t", c.in, got, ok, c.want, c.ok)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		number grammar.Number
		today  time.Time
		want   string
	}{
		{grammar.Number{Serial: 7}, day("2026-11-23"), "20261123-007"},
		{grammar.Number{Day: "1123", Serial: 7}, day("2026-11-23"), "20261123-007"},
		{grammar.Number{Day: "1124", Serial: 7}, day("2026-11-23"), "20251124-007"},
		{grammar.Number{Day: "1231", Serial: 4}, day("2026-01-02"), "20251231-004"},
		{grammar.Number{Day: "0229", Serial: 1}, day("2026-11-23"), "20240229-001"},
		{grammar.Number{Day: "0229", Serial: 1}, day("2104-02-28"), "20960229-001"},
		{grammar.Number{Day: "20270101", Serial: 12345}, day("2026-11-23"), "20270101-12345"},
		{grammar.Number{Day: "20250229", Serial: 1}, day("2026-11-23"), ""},
		{grammar.Number{Day: "1301", Serial: 1}, day("2026-11-23"), ""},
		{grammar.Number{Day: "11", Serial: 1}, day("2026-11-23"), ""},
		{grammar.Number{Serial: 0}, day("2026-11-23"), ""},
		{grammar.Number{Serial: 100000}, day("2026-11-23"), ""},
		{grammar.Number{Serial: 7}, time.Date(2026, 11, 22, 16, 30, 0, 0, time.UTC).In(time.FixedZone("CST", 8*3600)), "20261123-007"},
	} {
		got, ok := c.number.Resolve(c.today)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%+v.Resolve(%s) = %q, %t; want %q", c.number, c.today, got, ok, c.want)
		}
	}
}

func checkNumber(t interface {
	Helper()
	Fatalf(string, ...any)
}, in string, today time.Time,
) {
	t.Helper()
	n, ok := grammar.ParseNumber(in)
	if !ok {
		return
	}
	if again, ok := grammar.ParseNumber(n.String()); !ok || again != n {
		t.Fatalf("ParseNumber(%q) = %+v, and of its String %q = %+v, %t", in, n, n.String(), again, ok)
	}
	full, ok := n.Resolve(today)
	if !ok {
		t.Fatalf("ParseNumber(%q) = %+v does not resolve on %s", in, n, today)
	}
	fixed, ok := grammar.ParseNumber(full)
	if again, _ := fixed.Resolve(today.AddDate(1, 1, 1)); !ok || again != full {
		t.Fatalf("%q resolves to %q, and that to %q", in, full, again)
	}
	if len(n.Day) != 8 && fixed.Day > today.Format("20060102") {
		t.Fatalf("%q on %s resolves to the later %q", in, today, full)
	}
}

func TestNumberRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		today := time.Date(2000, 1, rapid.IntRange(1, 60000).Draw(t, "today"), 0, 0, 0, 0, time.UTC)
		date := time.Date(2000, 1, rapid.IntRange(1, 60000).Draw(t, "date"), 0, 0, 0, 0, time.UTC)
		serial := rapid.IntRange(1, 99999).Draw(t, "serial")
		layout := rapid.SampledFrom([]string{"20060102-", "0102－", ""}).Draw(t, "layout")
		in := date.Format(layout) + fmt.Sprint(serial)
		if n, ok := grammar.ParseNumber(in); !ok || n.Serial != serial {
			t.Fatalf("ParseNumber(%q) = %+v, %t", in, n, ok)
		}
		checkNumber(t, in, today)
	})
}

func FuzzNumber(f *testing.F) {
	for _, c := range numberCases {
		f.Add(c.in, int64(1795392000))
	}
	f.Fuzz(func(t *testing.T, in string, unix int64) {
		checkNumber(t, in, time.Unix(unix%(200*365*86400), 0).UTC().AddDate(100, 0, 0))
		if once := grammar.Fold(in); grammar.Fold(once) != once {
			t.Fatalf("Fold(%q) = %q, and of that %q", in, once, grammar.Fold(once))
		}
		if fen, ok := grammar.ParseAmount(in); ok {
			if again, ok := grammar.ParseAmount(grammar.FormatAmount(fen)); !ok || again != fen || fen < 0 {
				t.Fatalf("ParseAmount(%q) = %d, read back as %d, %t", in, fen, again, ok)
			}
		}
		grammar.ParseTime(in, time.Unix(unix, 0), time.UTC)
	})
}
