package kit_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"sameday/bot/sandbox/page/kit"
)

var between = regexp.MustCompile(`>([^<]*)<`)

// shown is what a date reference shows.
func shown(c kit.Context, at time.Time, format string) string {
	h := string(kit.Mrkdwn(c, fmt.Sprintf("<!date^%d^%s|fallback>", at.Unix(), format)))
	if m := between.FindStringSubmatch(h); m != nil {
		return m[1]
	}
	return h
}

func TestDateTokens(t *testing.T) {
	t.Parallel()
	shanghai := zone(t, "Asia/Shanghai")
	at := func(s string) time.Time {
		at, err := time.ParseInLocation("2006-01-02 15:04:05", s, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, tt := range []struct{ format, when, zh, en string }{
		{"{date_num}", "2026-11-03 09:05:07", "2026-11-03", "2026-11-03"},
		{"{date}", "2026-11-03 09:05:07", "11月3日", "November 3rd"},
		{"{date}", "2024-02-22 09:05:07", "2024年2月22日", "February 22nd, 2024"},
		{"{date}", "2024-02-12 09:05:07", "2024年2月12日", "February 12th, 2024"},
		{"{date_short}", "2026-11-01 09:05:07", "11月1日", "Nov 1"},
		{"{date_short}", "2027-11-01 09:05:07", "2027年11月1日", "Nov 1, 2027"},
		{"{date_long}", "2026-11-03 09:05:07", "11月3日 星期二", "Tuesday, November 3rd"},
		{"{date_long}", "2020-11-21 09:05:07", "2020年11月21日 星期六", "Saturday, November 21st, 2020"},
		{"{date_pretty}", "2026-11-23 23:59:59", "今天", "Today"},
		{"{date_pretty}", "2026-11-22 00:00:00", "昨天", "Yesterday"},
		{"due {date_pretty}", "2026-11-24 23:59:59", "due 明天", "due tomorrow"},
		{"{date_pretty}", "2026-11-25 00:00:00", "11月25日", "November 25th"},
		{"{date_short_pretty}", "2026-11-21 12:00:00", "11月21日", "Nov 21"},
		{"{date_short_pretty} {time}", "2026-11-23 09:30:00", "今天 09:30", "Today 9:30 AM"},
		{"{date_long_pretty}", "2026-11-21 12:00:00", "11月21日 星期六", "Saturday, November 21st"},
		{"{time}", "2026-11-23 00:00:09", "00:00", "12:00 AM"},
		{"{time_secs}", "2026-11-23 15:04:05", "15:04:05", "3:04:05 PM"},
		{"{ago}", "2026-11-23 09:59:30", "刚刚", "Just now"},
		{"{ago}", "2026-11-23 09:59:00", "1 分钟前", "1 minute ago"},
		{"({ago})", "2026-11-23 10:51:00", "(51 分钟后)", "(in 51 minutes)"},
		{"{ago}", "2026-11-22 10:00:00", "1 天前", "1 day ago"},
		{"{ago}", "2026-11-23 07:00:00", "3 小时前", "3 hours ago"},
		{"{ago}", "2026-08-23 10:00:00", "3 个月前", "3 months ago"},
		{"{ago}", "2020-11-20 10:00:00", "6 年前", "6 years ago"},
		{"{day_divider_pretty}", "2026-11-23 10:00:00", "今天", "Today"},
		{"{date_slash}", "2026-11-03 10:00:00", "2026/11/03", "11/03/2026"},
		{"{date_long_full}", "2026-11-03 10:00:00", "2026年11月3日 星期二", "Tuesday, November 3rd, 2026"},
		{"{nothing} {date_num", "2026-11-03 10:00:00", "{nothing} {date_num", "{nothing} {date_num"},
		{"{{date_num}}", "2026-11-03 10:00:00", "{2026-11-03}", "{2026-11-03}"},
	} {
		for language, want := range map[string]string{"zh-CN": tt.zh, "en": tt.en} {
			if got := shown(context(t, language), at(tt.when), tt.format); got != want {
				t.Errorf("%s at %s in %s: got %q, want %q", tt.format, tt.when, language, got, want)
			}
		}
	}
}

func TestDateZones(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone, now, when, want string // RFC 3339
	}{
		{"Asia/Shanghai", "2026-11-23T02:00:00Z", "2026-11-22T16:00:00Z", "今天 00:00"},
		{"America/New_York", "2026-11-23T02:00:00Z", "2026-11-22T16:00:00Z", "今天 11:00"},
		{"Asia/Kolkata", "2026-11-23T02:00:00Z", "2026-11-22T18:29:00Z", "昨天 23:59"},
		{"Pacific/Kiritimati", "2026-11-23T02:00:00Z", "2026-11-23T10:00:00Z", "明天 00:00"},
		// The day of 23 hours and the one of 25, seen from the evening before and the morning after.
		{"America/New_York", "2026-03-08T03:30:00Z", "2026-03-08T07:30:00Z", "明天 03:30"},
		{"America/New_York", "2026-03-09T04:30:00Z", "2026-03-08T05:00:00Z", "昨天 00:00"},
		{"America/New_York", "2026-11-01T03:30:00Z", "2026-11-02T04:30:00Z", "明天 23:30"},
		{"America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "今天 01:30"},
		// In Santiago the day of the change has no midnight.
		{"America/Santiago", "2026-09-06T12:00:00Z", "2026-09-06T04:00:00Z", "今天 01:00"},
		{"America/Santiago", "2026-09-07T12:00:00Z", "2026-09-06T04:00:00Z", "昨天 01:00"},
		{"Asia/Shanghai", "2026-12-31T15:00:00Z", "2026-12-31T16:00:00Z", "明天 00:00"},
	} {
		read := func(s string) time.Time {
			at, err := time.Parse(time.RFC3339, s)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		c := kit.Context{Language: "zh-CN", Zone: zone(t, tt.zone), Now: read(tt.now)}
		if got := shown(c, read(tt.when), "{date_pretty} {time}"); got != tt.want {
			t.Errorf("%s seen at %s in %s: got %q, want %q", tt.when, tt.now, tt.zone, got, tt.want)
		}
	}
}

func TestDateFallback(t *testing.T) {
	t.Parallel()
	c := context(t, "zh-CN")
	for in, want := range map[string]string{
		"<!date^x^{date}|原 &lt;b&gt;>":               "原 &lt;b&gt;",
		"<!date^-5^{date}|前>":                        "前",
		"<!date^99999999999999999999^{date}|远>":      "远",
		"<!date^999999999999^{date}|远>":              "远",
		"<!date^1^|空>":                               "空",
		"<!date^1>":                                  "",
		"<!date^1^{date_num}^javascript:alert(1)|x>": `<time class="k-date" datetime="1970-01-01T08:00:01+08:00" title="1970-01-01 08:00:01 CST">1970-01-01</time>`,
		"<!date^1^a^https://a.example|x>": `<a class="k-link" href="https://a.example` + newTab +
			`<time class="k-date" datetime="1970-01-01T08:00:01+08:00" title="1970-01-01 08:00:01 CST">a</time></a>`,
	} {
		if got := string(kit.Mrkdwn(c, in)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestDateTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone, value string
		want        int64
		ok          bool
	}{
		{"Asia/Shanghai", "2026-11-23T09:30", 1795397400, true},
		{"Asia/Shanghai", "2026-11-23T09:30:00", 1795397400, true},
		{"UTC", "2026-11-23T01:30", 1795397400, true},
		{"UTC", "", 0, false},
		{"UTC", "tomorrow", 0, false},
	} {
		got, ok := kit.DateTime(zone(t, tt.zone), tt.value)
		if got != tt.want || ok != tt.ok {
			t.Errorf("DateTime(%s, %q): got %d, %v, want %d, %v", tt.zone, tt.value, got, ok, tt.want, tt.ok)
		}
	}
	if got, ok := kit.DateTime(nil, "1970-01-01T00:00"); got != 0 || !ok {
		t.Errorf("DateTime(nil): got %d, %v, want 0, true", got, ok)
	}
}
