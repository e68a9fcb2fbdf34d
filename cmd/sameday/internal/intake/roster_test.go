package intake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"sameday/cmd/sameday/internal/intake"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

const head = org.PersonID("he.jing@bank.example") // may set every roster

// people knows the sample bank's names; 罗超's account is closed, and 丁玲 and 杨帆 are given one name.
func people(t testing.TB, tree *org.Tree) *intake.People {
	t.Helper()
	names := map[org.PersonID]intake.Account{}
	for _, p := range sample.NewBank("zh-CN").People() {
		a := intake.Account{Name: p.Name}
		switch p.Handle {
		case "luo.chao":
			a.Standing = duty.Closed
		case "yang.fan":
			a.Name = "丁玲"
		}
		names[org.PersonID(p.Email)] = a
	}
	return intake.NewPeople(tree, func(id org.PersonID) (intake.Account, bool) { a, ok := names[id]; return a, ok },
		func(email string) (org.PersonID, error) {
			if _, ok := names[org.PersonID(email)]; !ok {
				return "", errors.New("unknown")
			}
			return org.PersonID(email), nil
		})
}

func readRoster(t testing.TB, desk *store.Desk, f intake.Format, text string) intake.Roster {
	t.Helper()
	tree := desk.Rules().Tree
	r, err := intake.ReadRoster(strings.NewReader(text), f, intake.RosterOptions{Tree: tree, People: people(t, tree), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func publish(t testing.TB, desk *store.Desk, text string) intake.RosterReport {
	t.Helper()
	report, err := readRoster(t, desk, intake.CSV, text).Publish(context.Background(), desk, head, clock)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// shanghai reads "11-24 08:30" of 2026.
func shanghai(t testing.TB, text string) time.Time {
	t.Helper()
	zone, err := sample.Location()
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", "2026-"+text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// onDuty tells a unit's shifts of a role, "wang.li 11-24 08:30 11-25 08:30", with a * for fixed ones.
func onDuty(t testing.TB, desk *store.Desk, unit org.UnitID, role duty.Role, from, to string) []string {
	t.Helper()
	r, err := desk.Roster(context.Background(), unit)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range r.Shifts(role, shanghai(t, from), shanghai(t, to)) {
		handle, _, _ := strings.Cut(string(s.Person), "@")
		line := fmt.Sprintf("%s %s %s", handle, s.From.In(r.Zone).Format("01-02 15:04"), s.To.In(r.Zone).Format("01-02 15:04"))
		if s.Source == duty.FromFixed {
			line += " *" + s.Name
		}
		out = append(out, line)
	}
	return out
}

const chineseRoster = `机构,日期,主班,副班,带班领导,节假日,备注
静安支行,2026-12-01,王莉,李 伟,zhou.min@bank.example,,新人跟班
jingan,2026/12/2 0:00,li.wei@BANK.example,王莉,无,,
静安支行,2026年12月3日（周四）,王莉,,,国庆节,
静安支行,20261204,李伟,,,,国庆假期补班
`

func TestRosterInEveryEncoding(t *testing.T) {
	t.Parallel()
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(chineseRoster)
	if err != nil {
		t.Fatal(err)
	}
	book := string(workbook(t,
		[]any{"机构", "日期", "主班", "副班", "带班领导", "节假日", "备注"},
		[]any{"静安支行", time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), "王莉", "李 伟", "zhou.min@bank.example"},
		[]any{"jingan", "2026-12-02", "li.wei@bank.example", "王莉"},
		[]any{"静安支行", time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC), "王莉", "", "", "国庆节"},
		[]any{"静安支行", 20261204, "李伟", "", "", "", "国庆假期补班"},
	))
	for name, tc := range map[string]struct {
		format intake.Format
		text   string
	}{
		"utf-8": {intake.CSV, chineseRoster}, "bom": {intake.CSV, "\ufeff" + chineseRoster}, "gb18030": {intake.CSV, gb},
		"tabs": {intake.CSV, strings.ReplaceAll(chineseRoster, ",", "\t")}, "xlsx": {intake.XLSX, book},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			desk := newDesk(t)
			file := readRoster(t, desk, tc.format, tc.text)
			report, err := file.Publish(context.Background(), desk, head, clock)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(intake.RosterReport{Shifts: 7, Fixed: 2, Units: []intake.Published{{Unit: "jingan"}}}, report); d != "" {
				t.Fatal(d)
			}
			if d := cmp.Diff([]string{
				"wang.li 12-01 08:30 12-02 08:30", "li.wei 12-02 08:30 12-03 08:30", "wang.li 12-03 08:30 12-04 08:30 *国庆节",
				"li.wei 12-04 08:30 12-05 08:30 *国庆假期补班",
			}, onDuty(t, desk, "jingan", duty.Primary, "11-24 00:00", "12-30 00:00")); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff([]string{"zhou.min 12-01 08:30 12-02 08:30"}, onDuty(t, desk, "jingan", duty.Leader, "11-24 00:00", "12-30 00:00")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRosterTimes(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]string{
		"2026-12-01,,,":                                 "12-01 08:30 12-02 08:30",
		"2026-12-01,,,20:00":                            "12-01 20:00 12-02 20:00",
		"2026-12-01,,,00:00":                            "12-01 00:00 12-02 00:00", // on purpose
		"2026-12-01 0:00,,,":                            "12-01 08:30 12-02 08:30", // what a spreadsheet writes for a day
		"2026-12-01,08:30,20:30,":                       "12-01 08:30 12-01 20:30",
		"2026-12-01,20:30,08:30,":                       "12-01 20:30 12-02 08:30",
		"2026-12-01,16:00,24:00,":                       "12-01 16:00 12-02 00:00",
		"2026-12-01,8：30,8：30,":                         "12-01 08:30 12-02 08:30",
		",2026-12-01,2026-12-07,":                       "12-01 08:30 12-08 08:30", // both are days of duty
		",2026-12-01,2026-12-01,09:00":                  "12-01 09:00 12-02 09:00",
		",2026-12-01 09:00,2026-12-05T17:30:00,":        "12-01 09:00 12-05 17:30",
		"2026-12-01,2026-12-01 09:00,12-02 09:00,":      "",
		"2026-12-01,2026-12-02 09:00,2026-12-03 09:00,": "",
		"2026-12-01 09:00,,,":                           "",
		"12-01,,,":                                      "",
		"2026-02-30,,,":                                 "",
		"明天,,,":                                         "",
		"2026-12-01,09:00,,":                            "",
		"2026-12-01,,09:00,":                            "",
		",09:00,17:00,":                                 "",
		",,,":                                           "",
		",2026-12-01,2026-12-02 09:00,":                 "",
		",2026-12-02 09:00,2026-12-01 09:00,":           "",
		",2026-12-01 09:00,2026-12-01 09:00,":           "",
		"2026-12-01,,,25:00":                            "",
		"2026-12-01,,,24:00":                            "",
		"2026-11-21,,,":                                 "", // over
		"2026-11-23,,,":                                 "11-23 08:30 11-24 08:30",
		"2029-12-01,,,":                                 "", // too far
	} {
		desk := newDesk(t)
		file := readRoster(t, desk, intake.CSV, "unit,date,from,to,handover,primary\njingan,"+row+",王莉\n")
		if want == "" {
			if len(file.Shifts) != 0 || len(file.Bad) != 1 || file.Bad[0].Line != 2 {
				t.Errorf("%s: %+v, want a bad line 2", row, file)
			}
			continue
		}
		if len(file.Shifts) != 1 {
			t.Errorf("%s: %v, want %s", row, file.Bad, want)
			continue
		}
		p, zone := file.Shifts[0].Period, desk.Rules().Tree.Root().Zone
		if got := p.From.In(zone).Format("01-02 15:04") + " " + p.To.In(zone).Format("01-02 15:04"); got != want {
			t.Errorf("%s: %s, want %s", row, got, want)
		}
	}
}

// Workbooks keep times as parts of a day, and cannot tell a day from its midnight.
func TestRosterTimesOfAWorkbook(t *testing.T) {
	t.Parallel()
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 12, day, hour, minute, 0, 0, time.UTC) }
	desk := newDesk(t)
	file := readRoster(t, desk, intake.XLSX, string(workbook(t,
		[]any{"unit", "date", "from", "to", "role", "person"},
		[]any{"jingan", at(1, 0, 0), 8.5 / 24, 20.5 / 24, "主班", "王莉"},
		[]any{"jingan", at(1, 0, 0), 20.5 / 24, 8.5 / 24, "primary", "李伟"},
		[]any{"jingan", "", at(2, 8, 30), at(2, 20, 30), "Primary", "王莉"},
		[]any{"jingan", "", at(2, 20, 30), at(4, 0, 0), "主班", "李伟"},
		[]any{"jingan", "", at(4, 0, 0), at(5, 0, 0), "带班", "周敏"},
	)))
	var got []string
	for _, s := range file.Shifts {
		zone := desk.Rules().Tree.Root().Zone
		got = append(got, fmt.Sprintf("%d %s %s %s", s.Line, s.Period.Role, s.Period.From.In(zone).Format("01-02 15:04"), s.Period.To.In(zone).Format("01-02 15:04")))
	}
	if d := cmp.Diff([]string{
		"2 primary 12-01 08:30 12-01 20:30", "3 primary 12-01 20:30 12-02 08:30", "4 primary 12-02 08:30 12-02 20:30", "6 leader 12-04 08:30 12-06 08:30",
	}, got); d != "" {
		t.Error(d)
	}
	if len(file.Bad) != 1 || file.Bad[0].Line != 5 || !strings.Contains(file.Bad[0].Reason, "write midnight as text") {
		t.Errorf("bad = %v, want line 5", file.Bad)
	}
}

func TestBadRosterRowsAreNamedAndTellNothing(t *testing.T) {
	t.Parallel()
	const secret = "SECRETTEXT"
	rows := []struct{ row, reason string }{
		{"jingan,2026-12-01,王莉,李伟,,", ""},
		{"nowhere" + secret + ",2026-12-01,王莉,,,", "unit is none of the configuration's ids and names"},
		{",2026-12-01,王莉,,,", "unit is missing"},
		{"jingan,2026-12-01,李伟,,,", "primary overlaps with line 2"},
		{"jingan,2026-12-02,张三" + secret + ",,,", "primary is nobody's full name"},
		{"jingan,2026-12-02,王莉,U0STRANGER,,", "deputy holds no position in the bank"},
		{"jingan,2026-12-02,王莉,罗超,,", "deputy is nobody's full name"},
		{"jingan,2026-12-02,王莉,luo.chao@bank.example,,", "deputy is deactivated in Slack"},
		{"jingan,2026-12-02,王莉,nobody@" + secret + ",,", "deputy is an e-mail address that nobody"},
		{"jingan,2026-12-02,丁玲,,,", "primary is the name of 2 people"},
		{"kunshan,2026-12-02,丁玲,,,", ""}, // the one who works there is meant
		{"jingan,2026-12-02,,,,", "it names nobody"},
		{"jingan,2026-12-02,,,王莉,", "role is missing"},
		{"jingan,2026-12-02,,,王莉,chief" + secret, "role is none of"},
		{"jingan,2026-12-02,王莉,,李伟,主班", "two columns tell the primary"},
		{"jingan,2026-12-02,王莉", "it has 3 columns, the header has 6"},
		{"jingan,2026-12-02,,,李伟,副班", ""},
	}
	text := "unit,date,primary,deputy,person,role\n"
	want := map[int]string{}
	for i, r := range rows {
		text += r.row + "\n"
		if r.reason != "" {
			want[i+2] = r.reason
		}
	}
	file := readRoster(t, newDesk(t), intake.CSV, text)
	if len(file.Shifts) != 4 {
		t.Errorf("good shifts = %+v, want 4", file.Shifts)
	}
	for _, b := range file.Bad {
		if strings.Contains(b.Reason, secret) {
			t.Errorf("line %d: %q tells what stands in the row", b.Line, b.Reason)
		}
		if reason, ok := want[b.Line]; !ok || !strings.Contains(b.Reason, reason) {
			t.Errorf("line %d: %q, want %q", b.Line, b.Reason, reason)
		}
	}
	if len(file.Bad) != len(want) {
		t.Errorf("%d bad rows, want %d", len(file.Bad), len(want))
	}
}

func TestRosterHeaders(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	tree := desk.Rules().Tree
	o := intake.RosterOptions{Tree: tree, People: people(t, tree), Now: now}
	for name, tc := range map[string]struct{ text, want string }{
		"empty":       {"", "the file is empty"},
		"work orders": {"机构,摘要,客户姓名\n", "no column tells the date"},
		"no unit":     {"日期,主班\n", "no column tells the unit"},
		"half a span": {"unit,from,primary\n", "no column tells the date"},
		"nobody":      {"unit,date,role\n", "no column tells who is primary"},
		"twice":       {"unit,date,主班,primary\n", "two columns tell the primary"},
	} {
		if _, err := intake.ReadRoster(strings.NewReader(tc.text), intake.CSV, o); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
	if _, err := intake.ReadRoster(strings.NewReader("{}"), intake.JSONL, o); err == nil {
		t.Error("JSON lines were read as a roster")
	}
	got := readRoster(t, desk, intake.CSV, " Unit ,DATE,Handover Time,ＰＲＩＭＡＲＹ,weather\njingan,2026-12-01,09:00,王莉,rain\n")
	if len(got.Shifts) != 1 || cmp.Diff([]string{"weather"}, got.Ignored) != "" {
		t.Errorf("roster = %+v, want one shift and weather ignored", got)
	}
}

func TestSameRosterTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	publish(t, desk, chineseRoster)
	before, err := desk.Store().Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(intake.RosterReport{Shifts: 7, Fixed: 2, Same: 1}, publish(t, desk, chineseRoster)); d != "" {
		t.Error(d)
	}
	after, err := desk.Store().Head(context.Background())
	if err != nil || after != before {
		t.Errorf("the ledger moved from %+v to %+v, %v", before, after, err)
	}
}

func TestRosterIsMergedIntoThePlanThatHolds(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	zone := desk.Rules().Tree.Root().Zone
	period := func(who org.PersonID, from, to, name string) duty.Period {
		return duty.Period{Role: duty.Primary, From: shanghai(t, from), To: shanghai(t, to), Person: who, Name: name}
	}
	const li = org.PersonID("li.wei@bank.example")
	layer := duty.Layer{
		Role: duty.Primary, Start: calendar.DayOf(now, zone), Every: 1,
		Cuts: []duty.Cut{{At: duty.Clock{Hour: 8, Minute: 30}, People: []org.PersonID{"liu.yang@bank.example"}}},
	}
	_, err := desk.Duty(context.Background(), store.DutyRequest{Unit: "jingan", By: head, At: now.Add(-time.Hour), Command: duty.Publish{Plan: duty.Plan{
		Layers: []duty.Layer{layer},
		Planned: []duty.Period{
			period(li, "11-26 08:30", "11-28 08:30", ""), // reaches into the file's span
			period(li, "11-29 08:30", "11-30 08:30", ""), // within it, not in the file
			period(li, "12-01 08:30", "12-02 08:30", ""), // where the file has a bad row
			period(li, "12-05 08:30", "12-06 08:30", ""), // after it
		},
		Fixed: []duty.Period{period(li, "11-28 08:30", "11-29 08:30", "old"), period(li, "12-07 08:30", "12-08 08:30", "later")},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	report := publish(t, desk, `unit,date,primary
jingan,2026-11-27,王莉
jingan,2026-11-28,王莉
jingan,2026-12-01,不知道是谁
jingan,2026-12-02,王莉
`)
	if report.Shifts != 3 || len(report.Units) != 1 || len(report.Bad) != 1 || len(report.Holes) != 0 {
		t.Errorf("report = %+v, want 3 shifts, one unit, one bad row, no holes", report)
	}
	if d := cmp.Diff([]string{
		"liu.yang 11-23 09:00 11-26 08:30", "li.wei 11-26 08:30 11-27 08:30", "wang.li 11-27 08:30 11-29 08:30",
		"liu.yang 11-29 08:30 12-01 08:30", "li.wei 12-01 08:30 12-02 08:30", "wang.li 12-02 08:30 12-03 08:30",
		"liu.yang 12-03 08:30 12-05 08:30", "li.wei 12-05 08:30 12-06 08:30", "liu.yang 12-06 08:30 12-07 08:30",
		"li.wei 12-07 08:30 12-08 08:30 *later",
	}, onDuty(t, desk, "jingan", duty.Primary, "11-23 11:00", "12-08 08:30")); d != "" {
		t.Error(d)
	}
	if officers := onDuty(t, desk, "jingan", duty.Primary, "11-23 09:30", "11-23 09:31"); len(officers) != 1 {
		t.Errorf("before the import %v were on duty, want what was published then", officers)
	}
}

// A plan that somebody has published for later stays, with the file's shifts in it.
func TestLaterPlanStays(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	zone := desk.Rules().Tree.Root().Zone
	solo := func(who org.PersonID) duty.Plan {
		return duty.Plan{Layers: []duty.Layer{{
			Role: duty.Primary, Start: calendar.DayOf(now, zone), Every: 1,
			Cuts: []duty.Cut{{At: duty.Clock{Hour: 8, Minute: 30}, People: []org.PersonID{who}}},
		}}}
	}
	for _, q := range []duty.Publish{{Plan: solo("zhou.min@bank.example")}, {Plan: solo("liu.yang@bank.example"), From: shanghai(t, "12-01 08:30")}} {
		if _, err := desk.Duty(context.Background(), store.DutyRequest{Unit: "jingan", By: head, At: now.Add(-time.Hour), Command: q}); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{
		"unit,date,primary\njingan,2026-12-02,王莉\n", // in the later plan alone
		"unit,date,primary\njingan,2026-12-02,王莉\njingan,2026-11-30,李伟\njingan,2026-12-01,周敏\n",
	} {
		if report := publish(t, desk, file); len(report.Units) != 1 {
			t.Fatalf("report = %+v, want one unit changed", report)
		}
		if report := publish(t, desk, file); report.Same != 1 {
			t.Fatalf("again: %+v, want nothing changed", report)
		}
	}
	if d := cmp.Diff([]string{
		"zhou.min 11-23 09:00 11-30 08:30", "li.wei 11-30 08:30 12-01 08:30", "zhou.min 12-01 08:30 12-02 08:30",
		"wang.li 12-02 08:30 12-03 08:30", "liu.yang 12-03 08:30 12-30 08:30",
	}, trim(onDuty(t, desk, "jingan", duty.Primary, "11-23 11:00", "12-05 08:30"))); d != "" {
		t.Error(d)
	}
}

// trim cuts the last shift, which has no end, to a fixed text.
func trim(lines []string) []string {
	if n := len(lines); n > 0 {
		fields := strings.Fields(lines[n-1])
		lines[n-1] = strings.Join(fields[:3], " ") + " 12-30 08:30"
	}
	return lines
}

func TestHolesInTheSpanAreTold(t *testing.T) {
	t.Parallel()
	report := publish(t, newDesk(t), "unit,date,primary\njingan,2026-12-01,王莉\njingan,2026-12-04,王莉\nxuhui,2026-12-01,张磊\n")
	want := []intake.Hole{{Unit: "jingan", Role: duty.Primary, From: shanghai(t, "12-02 08:30").UTC(), To: shanghai(t, "12-04 08:30").UTC()}}
	if d := cmp.Diff(want, report.Holes); d != "" {
		t.Error(d)
	}
	if len(report.Units) != 2 {
		t.Errorf("units = %v, want two", report.Units)
	}
}

func TestWhoMayNotIsRefusedUnitByUnit(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	file := readRoster(t, desk, intake.CSV, "unit,date,primary\njingan,2026-12-01,王莉\nxuhui,2026-12-01,张磊\n")
	report, err := file.Publish(context.Background(), desk, "wang.li@bank.example", clock)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Units) != 1 || report.Units[0].Unit != "jingan" || len(report.Refused) != 1 || report.Refused[0].Unit != "xuhui" ||
		!strings.Contains(report.Refused[0].Reason, "complaint_manager, deputy_president, president of the unit") || report.Shifts != 1 {
		t.Errorf("report = %+v, want jingan published and xuhui refused", report)
	}
}

// Somebody publishes while the file is merged: what he published stays too.
func TestPublishingRacesAnImport(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	file := readRoster(t, desk, intake.CSV, "unit,date,primary\njingan,2026-12-01,王莉\n")
	zone := desk.Rules().Tree.Root().Zone
	done := make(chan error)
	go func() {
		for i := range 30 {
			_, err := desk.Duty(context.Background(), store.DutyRequest{Unit: "jingan", By: head, At: now, Command: duty.Publish{Plan: duty.Plan{
				Layers: []duty.Layer{{
					Role: duty.Primary, Start: calendar.DayOf(now, zone).Add(i), Every: 1,
					Cuts: []duty.Cut{{At: duty.Clock{Hour: 8, Minute: 30}, People: []org.PersonID{"liu.yang@bank.example"}}},
				}},
			}}})
			if err != nil {
				done <- err
				return
			}
			if _, err := file.Publish(context.Background(), desk, head, clock); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 30 {
		if _, err := file.Publish(context.Background(), desk, head, clock); err != nil {
			t.Error(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	r, err := desk.Roster(context.Background(), "jingan")
	if err != nil {
		t.Fatal(err)
	}
	plan, _, _ := r.Plan(now)
	if len(plan.Layers) != 1 || len(plan.Planned) != 1 {
		t.Errorf("plan = %+v, want the layer and the shift", plan)
	}
}

func TestRosterStoreFailure(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	file := readRoster(t, desk, intake.CSV, chineseRoster)
	if err := desk.Store().Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Publish(context.Background(), desk, head, clock); !errors.Is(err, store.ErrClosed) {
		t.Errorf("error = %v, want ErrClosed", err)
	}
}

func FuzzRoster(f *testing.F) {
	f.Add([]byte(chineseRoster), false)
	f.Add([]byte("unit;from;to;role;person\njingan;2026-12-01;2026-12-07;主班;王莉\n"), false)
	f.Add([]byte("unit,date,from,to,primary\njingan,2026-12-01,24:00,24:00,王莉\n"), false)
	f.Add([]byte("unit,date,handover,primary\njingan,9999-12-31,00:00,王莉\njingan,0001-01-01,,王莉\n"), false)
	f.Add(workbook(f, []any{"unit", "date", "from", "to", "primary"}, []any{"jingan", 46357, 0.5, 1e9, "王莉"}), true)
	desk := newDesk(f)
	tree := desk.Rules().Tree
	o := intake.RosterOptions{Tree: tree, People: people(f, tree), Now: now}
	f.Fuzz(func(t *testing.T, text []byte, xlsx bool) {
		format := intake.CSV
		if xlsx {
			format = intake.XLSX
		}
		file, err := intake.ReadRoster(bytes.NewReader(text), format, o)
		if err != nil {
			return
		}
		for _, b := range file.Bad {
			if b.Line < 1 || b.Reason == "" {
				t.Errorf("bad row without a line or reason: %+v", b)
			}
		}
		if head, err := desk.Store().Head(context.Background()); err != nil || head.Seq > 300 || len(file.Shifts) > 1000 {
			return // a roster of thousands of plans would only test the machine's patience
		}
		report, err := file.Publish(context.Background(), desk, head, clock)
		if err != nil || len(report.Refused) > 0 {
			t.Fatalf("good rows were refused: %+v, %v", report.Refused, err)
		}
		again, err := file.Publish(context.Background(), desk, head, clock)
		if err != nil || len(again.Units) > 0 {
			t.Errorf("the same file twice: %+v, %v", again, err)
		}
	})
}
