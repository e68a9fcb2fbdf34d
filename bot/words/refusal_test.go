package words_test

import (
	"strings"
	"testing"
	"time"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

var cst = time.FixedZone("CST", 8*3600)

func naming() words.Naming {
	return words.Naming{
		ID:     "20261123-007",
		Person: func(p org.PersonID) string { return map[org.PersonID]string{"U1": "王莉", "U2": "李<!here>"}[p] },
		Zone:   cst,
		Today:  time.Date(2026, 11, 23, 15, 0, 0, 0, cst),
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	ten := time.Date(2026, 11, 23, 14, 2, 0, 0, cst)
	for _, c := range []struct {
		language string
		refusal  workflow.Refusal
		want     string
	}{
		{
			"zh-CN",
			workflow.Refusal{Code: workflow.OnlySympathy, Verb: workflow.VerbHandle, Field: "text", Min: 20},
			"还不能办结 20261123-007：这只是安抚，没有写明解决办法。请写清做了什么（至少 20 字），例如：/complaint handle 7 已退还年费 1,280 元，当日到账，并提交征信更正。",
		},
		{
			"zh-CN",
			workflow.Refusal{Code: workflow.NotInOrder, Verb: workflow.VerbHandle, First: workflow.VerbContact},
			"还不能处理 20261123-007：要先联系。请输入：/complaint contact 7 电话 客户要求退年费并出具说明",
		},
		{
			"zh-CN",
			workflow.Refusal{Code: workflow.AlreadyDone, Verb: workflow.VerbAccept, By: "U1", At: ten},
			"20261123-007 的受理已由 王莉 于 14:02 完成，不用再做。看现在的情况：/complaint show 7",
		},
		{
			"zh-CN",
			workflow.Refusal{Code: workflow.NoRight, Verb: workflow.VerbAssign, Who: workflow.Grants(workflow.RightAssign)},
			"你不能交办 20261123-007。可以做的人：本机构投诉管理岗或副行长或行长；本机构或上级机构消保中心。请他们输入：/complaint assign 7 @李伟 先核对 6 月账单",
		},
		{
			"en",
			workflow.Refusal{Code: workflow.NoRight, Verb: workflow.VerbClose, Who: workflow.Grants(workflow.RightOverride)},
			"You may not close 20261123-007. Who may: president of the branch. Ask them to type: /complaint close 7 cannot be reached; three visits and a letter served by a notary",
		},
		{
			"en",
			workflow.Refusal{Code: workflow.NotOneOf, Verb: workflow.VerbKind, Field: "kinds", Value: "<!here>"},
			"Serious kinds cannot be “&lt;!here&gt;”. Choose from: publicity, legal case, compensation, major dispute. For example: /complaint kind 7 compensation publicity",
		},
		{
			"en",
			workflow.Refusal{Code: workflow.SubjectRecused, Verb: workflow.VerbAssign, Field: "handler", Person: "U2"},
			"Can't assign 20261123-007 to 李&lt;!here&gt;: the complaint is about 李&lt;!here&gt;. Choose somebody else: /complaint assign 7 @liwei check the June statement first",
		},
		{
			"en",
			workflow.Refusal{Code: workflow.NoMoreExtension, Verb: workflow.VerbExtend, Field: "clock", Min: 1},
			"20261123-007 was extended 1 time and cannot be extended again. To see all deadlines: /complaint why 7",
		},
	} {
		if got := words.For(c.language).Refusal(&c.refusal, naming()); got != c.want {
			t.Errorf("Refusal(%s, %s)\n got %s\nwant %s", c.language, c.refusal.Code, got, c.want)
		}
	}
}

// TestEveryRefusalIsComplete says every code with every field empty and with every field set: no place may stay open.
func TestEveryRefusalIsComplete(t *testing.T) {
	t.Parallel()
	for _, language := range words.Languages() {
		w := words.For(language)
		for _, code := range constants(t, "refusal.go", "Code") {
			for _, r := range []workflow.Refusal{
				{Code: workflow.Code(code), Verb: workflow.VerbHandle, First: workflow.VerbContact, Field: "text", Value: "x"},
				{
					Code: workflow.Code(code), Verb: workflow.VerbAssign, First: workflow.VerbAccept, By: "U1", At: time.Unix(1_700_000_000, 0),
					Who: workflow.Grants(workflow.RightWork), Person: "U2", Field: "handler", Min: 3, Value: "<@U1>",
				},
			} {
				for _, n := range []words.Naming{{}, naming()} {
					got := w.Refusal(&r, n)
					if strings.Contains(got, "{") || strings.Contains(got, "<") || strings.HasPrefix(got, "refusal.") || strings.Contains(got, "  ") {
						t.Errorf("%s %s: %q has an open place, a raw mark or no text", language, code, got)
					}
				}
			}
		}
	}
}

func TestWhoNamesPeople(t *testing.T) {
	t.Parallel()
	n := naming()
	n.Who = func(g workflow.Grant) []org.PersonID {
		if len(g.Positions) > 0 {
			return []org.PersonID{"U1", "U3", "U4", "U5"}
		}
		return nil
	}
	got := words.For(words.Chinese).Who(workflow.Grants(workflow.RightWork), n)
	if want := "主办、协办；本机构有岗位的人；上级机构消保中心（王莉、U3、U4）"; got != want {
		t.Errorf("Who = %q, want %q", got, want)
	}
	n.Plain, n.Person = true, func(org.PersonID) string { return "A & B" }
	if got := words.For(words.English).Who([]workflow.Grant{{Where: workflow.AtUnit, Positions: []org.Position{org.Staff}}}, n); !strings.Contains(got, "A & B") {
		t.Errorf("Who for a plain place = %q, want names not escaped", got)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	zh, en := words.For(words.Chinese), words.For(words.English)
	day := calendar.Day{Year: 2026, Month: 11, Day: 23}
	for _, c := range []struct{ got, want string }{
		{zh.Span(2 * time.Hour), "2 小时"},
		{en.Span(90 * time.Minute), "1 h 30 min"},
		{en.Span(20 * time.Second), "0 min"},
		{zh.Day(day), "11 月 23 日"},
		{en.Day(day), "23 November"},
		{zh.Time(day.Start(cst).Add(9*time.Hour), cst, day), "09:00"},
		{zh.Time(day.Start(cst).Add(-time.Hour), cst, day), "11-22 23:00"},
		{zh.Time(day.Add(60).Start(cst), cst, day), "2027-01-22 00:00"},
		{zh.Time(day.Start(time.UTC), nil, calendar.Day{}), "11-23 00:00"},
		{zh.End(day.End(cst), cst, day), "24:00"},
		{zh.End(day.Add(1).End(cst), cst, day), "11-24 24:00"},
		{zh.End(day.Add(60).End(cst), cst, day), "2027-01-22 24:00"},
		{zh.End(day.End(cst).Add(time.Minute), cst, day), "11-24 00:01"},
		{words.Short("20261123-007", day), "7"},
		{words.Short("20261122-010", day), "1122-10"},
		{words.Short("20251123-010", day), "20251123-010"},
		{words.Short("20261124-010", day), "20261124-010"},
		{words.Short("20261123-007", calendar.Day{}), "20261123-007"},
		{words.Short("oddity", day), "oddity"},
		{words.Amount(128_000), "¥1,280.00"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"<!channel>", "@here", "@\u202echannel", "<@U1>", "a & b", "\xff<\x00", "@ｈere", "@@channel", "<@<@U1>>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, got := range map[string]string{"Escape": words.Escape(s), "Plain": words.Plain(s)} {
			low := strings.ToLower(got)
			for _, bad := range []string{"<!", "<@", "<#", "@channel", "@here", "@everyone", "\u202E", "\u2066"} {
				if strings.Contains(low, strings.ToLower(bad)) {
					t.Errorf("%s(%q) = %q, which has %q", name, s, got, bad)
				}
			}
		}
		if got := words.Escape(s); strings.ContainsAny(got, "<>") {
			t.Errorf("Escape(%q) = %q, want no < or >", s, got)
		}
	})
}
