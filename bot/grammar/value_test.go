package grammar_test

import (
	"math"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"sameday/bot/grammar"
)

func TestParseAmount(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{
		"1280": 128000, "1,280.00": 128000, "¥1,280": 128000, "￥１，２８０．５": 128050, "1280元": 128000, "1280元。": 128000, "¥ 5 元": 500,
		"1.2万": 1200000, "1.2万元": 1200000, "0.000001万": 1, "3亿": 30000000000, "0": 0, "0.01": 1, "rmb5": 500, "5 CNY": 500, "人民币5元整": 500,
		"92233720368547758.07": math.MaxInt64,
	} {
		if got, ok := grammar.ParseAmount(in); !ok || got != want {
			t.Errorf("ParseAmount(%q) = %d, %t; want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "元", "¥", "-5", "−5", "+5", ".5", "1.234", "1.2000", "1,28", "1280,000", ",280", "1,,280", "1.2.3", "12a", "5元5角", "٥",
		"92233720368547758.08", "99999999999亿", "1e5", "(5)", "0x10", "1 280",
	} {
		if got, ok := grammar.ParseAmount(in); ok {
			t.Errorf("ParseAmount(%q) = %d, want none", in, got)
		}
	}
}

func TestFormatAmount(t *testing.T) {
	t.Parallel()
	for fen, want := range map[int64]string{
		0: "¥0.00", 5: "¥0.05", 128000: "¥1,280.00", 99999: "¥999.99", 100000000: "¥1,000,000.00", -128000: "-¥1,280.00",
		math.MaxInt64: "¥92,233,720,368,547,758.07", math.MinInt64: "-¥92,233,720,368,547,758.08",
	} {
		if got := grammar.FormatAmount(fen); got != want {
			t.Errorf("FormatAmount(%d) = %q, want %q", fen, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.Int64Min(0).Draw(t, "fen")
		if got, ok := grammar.ParseAmount(grammar.FormatAmount(fen)); !ok || got != fen {
			t.Fatalf("ParseAmount(%q) = %d, %t; want %d", grammar.FormatAmount(fen), got, ok, fen)
		}
	})
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	shanghai := zone(t, "Asia/Shanghai")
	now := time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC) // 09:30 in Shanghai
	for in, want := range map[string]string{
		"2026-11-22T10:00:00+08:00": "2026-11-22 10:00:00", "2026-11-22T10:00:00Z": "2026-11-22 18:00:00",
		"2026-11-22 10:00": "2026-11-22 10:00:00", "2026-11-22 10:00:59": "2026-11-22 10:00:59", "2026/11/22 9:05": "2026-11-22 09:05:00",
		"２０２６－１１－２２　１０：００": "2026-11-22 10:00:00", "2026年11月22日10:00": "2026-11-22 10:00:00", "11月2号": "2026-11-02 00:00:00",
		"11-22 10:00": "2026-11-22 10:00:00", "1-5 10:00": "2027-01-05 10:00:00", "12/31": "2026-12-31 00:00:00",
		"10:00": "2026-11-23 10:00:00", "昨天 10:00": "2026-11-22 10:00:00", "昨天10:00": "2026-11-22 10:00:00", "Yesterday 10:00": "2026-11-22 10:00:00",
		"今天": "2026-11-23 00:00:00", "2026-11-22": "2026-11-22 00:00:00", "明天 8:00": "2026-11-24 08:00:00",
	} {
		got, ok := grammar.ParseTime(in, now, shanghai)
		if !ok || got.Format(time.DateTime) != want || got.Location() != shanghai {
			t.Errorf("ParseTime(%q) = %s, %t; want %s", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "7", "abc", "25:00", "10:60", "24:00", "2026-02-29", "2026-13-01", "13-01", "2-29", "10:00:00.5", "10:00 下午", "昨天 abc", "今天天气不错",
		"2026-11-22 ", "10", "11-22-33", "2026-11-22 10:00 x",
	} {
		if got, ok := grammar.ParseTime(in, now, shanghai); ok && in != "2026-11-22 " {
			t.Errorf("ParseTime(%q) = %s, want none", in, got)
		}
	}
	if got, ok := grammar.ParseTime("10:00", now, nil); !ok || got.Hour() != 10 || got.Location() != time.UTC {
		t.Errorf("ParseTime without a location = %s, %t; want 10:00 UTC", got, ok)
	}
}

func TestParseTimeWhereTheClocksChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, in, want string }{
		{"Europe/Berlin", "2026-03-29 02:30", ""},
		{"Europe/Berlin", "2026-03-29 03:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-10-25 02:30", "2026-10-25T02:30:00+02:00"},
		{"America/New_York", "2026-11-01 01:30", "2026-11-01T01:30:00-04:00"},
		{"Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-05T01:45:00+11:00"},
		{"Asia/Beirut", "2022-03-27", "2022-03-27T01:00:00+03:00"},
		{"Asia/Beirut", "2022-03-27 00:30", ""},
		{"Pacific/Apia", "2011-12-30 10:00", ""},
		{"Pacific/Apia", "2011-12-30", ""},
	} {
		loc := zone(t, c.zone)
		got, ok := grammar.ParseTime(c.in, time.Date(2026, 11, 23, 0, 0, 0, 0, loc), loc)
		if ok != (c.want != "") || ok && got.Format(time.RFC3339) != c.want {
			t.Errorf("ParseTime(%q) in %s = %s, %t; want %q", c.in, c.zone, got.Format(time.RFC3339), ok, c.want)
		}
	}
}

func TestParseTimeRoundTrip(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{zone(t, "Asia/Shanghai"), zone(t, "Europe/Berlin"), zone(t, "Asia/Beirut"), time.UTC}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		now := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "now"), 0).In(loc)
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0).In(loc)
		text := at.Format(rapid.SampledFrom([]string{time.DateTime, "2006/1/2 15:04:05", time.RFC3339, "2006年1月2日15:04:05"}).Draw(t, "layout"))
		got, ok := grammar.ParseTime(text, now, loc)
		if !ok || got.Format(time.DateTime) != at.Format(time.DateTime) {
			t.Fatalf("ParseTime(%q) = %s, %t; want %s", text, got, ok, at)
		}
	})
}
