package words_test

import (
	"strings"
	"testing"
	"time"

	"sameday/bot/grammar"
	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

func TestLadderRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		language string
		refusal  workflow.Refusal
		want     string
	}{
		{
			"zh-CN",
			workflow.Refusal{Code: workflow.AlreadyRaised, Verb: workflow.VerbEscalate, Min: 3},
			"没有再升级：在你之前 20261123-007 刚升级至第3级。看呼叫了谁：/complaint why 7。仍要升级请再输入：/complaint escalate 7 客户称明早找媒体，请行领导出面",
		},
		{
			"zh-CN",
			workflow.Refusal{Code: workflow.NotOneOf, Verb: workflow.VerbReturn, Field: "rung", Min: 2},
			"不能退回到这一级：20261123-007 最高可退回到第2级。例如：/complaint return 7 支行已联系上客户，由支行继续办",
		},
		{
			"zh-CN",
			workflow.Refusal{Code: workflow.NoRight, Verb: workflow.VerbReturn, Who: workflow.Grants(workflow.RightReturn)[:1]},
			"你不能退回 20261123-007。可以做的人：这次被呼叫的人。请他们输入：/complaint return 7 支行已联系上客户，由支行继续办",
		},
		{
			"en",
			workflow.Refusal{Code: workflow.NothingRings, Verb: workflow.VerbAck},
			"Nobody is being called about 20261123-007; there is nothing to acknowledge. To see where it stands: /complaint show 7",
		},
	} {
		if got := words.For(c.language).Refusal(&c.refusal, naming()); got != c.want {
			t.Errorf("Refusal(%s, %s)\n got %s\nwant %s", c.language, c.refusal.Code, got, c.want)
		}
	}
}

func TestDutyRefusals(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 24, 8, 30, 0, 0, cst)
	to := from.AddDate(0, 0, 1)
	for _, c := range []struct {
		language string
		refusal  duty.Refusal
		want     string
	}{
		{
			"zh-CN",
			duty.Refusal{Code: duty.NoRight, Person: "U1", Who: []duty.Grant{
				{Where: duty.Oneself}, {Where: duty.AtUnit, Positions: []org.Position{org.ComplaintManager, org.President}},
			}},
			"你不能这样做。可以做的人：王莉本人；本机构投诉管理岗或行长。请告诉他们；现在谁值班：/duty now",
		},
		{"zh-CN", duty.Refusal{Code: duty.NoRight}, "这一步由系统自动做，不用你操作。看值班表：/duty week"},
		{
			"zh-CN",
			duty.Refusal{Code: duty.FixedShift, From: from, To: to, Role: duty.Primary, Name: "春节"},
			"11-24 08:30 至 11-25 08:30 是春节固定值班，不能换班或调班。要改请重新发布值班表：/duty set",
		},
		{
			"en",
			duty.Refusal{Code: duty.FixedShift, From: from, To: from.Add(12 * time.Hour), Role: duty.Primary},
			"11-24 08:30 to 20:30 is fixed duty (holiday): no swap and no override. To change it, publish the roster again: /duty set",
		},
		{
			"en",
			duty.Refusal{Code: duty.AlreadyDone, By: "U2", At: from},
			"李&lt;!here&gt; did this at 11-24 08:30; nothing is left to do. To see the roster: /duty week",
		},
		{"zh-CN", duty.Refusal{Code: duty.AlreadyDone, By: org.System, At: from}, "系统 已于 11-24 08:30 办过，不用再做。看值班表：/duty week"},
		{"zh-CN", duty.Refusal{Code: duty.NotDue}, "现在没有要交接的班。看值班表：/duty week"},
		{"zh-CN", duty.Refusal{Code: duty.Superseded, At: from}, "这次交接班已经过了：11-24 08:30 起没有排人。请补上：/duty set"},
		{"zh-CN", duty.Refusal{Code: duty.Missing, Field: "Other"}, "没有填对方。请补上再提交。"},
		{
			"zh-CN",
			duty.Refusal{Code: duty.PlanBroken, Problems: []duty.Problem{
				{Code: duty.NotInBank, Role: duty.Primary, Person: "U1"},
				{Code: duty.SameCut, Role: duty.Deputy, Clock: duty.Clock{Hour: 8, Minute: 30}},
			}},
			"值班表没有发布，有 2 处要改：\n• 王莉 在行内没有岗位，不能值班。请另选一位同事。\n• 副班有两个班次都在 08:30 开始。请改成不同的时间。",
		},
	} {
		if got := words.For(c.language).DutyRefusal(&c.refusal, naming()); got != c.want {
			t.Errorf("DutyRefusal(%s, %s)\n got %s\nwant %s", c.language, c.refusal.Code, got, c.want)
		}
	}
}

// TestEveryDutyRefusalIsComplete says every code with every field empty and with every field set: no place may stay open.
func TestEveryDutyRefusalIsComplete(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	for _, language := range words.Languages() {
		w := words.For(language)
		for _, code := range constants(t, "duty/refusal.go", "Code") {
			c := duty.Code(code)
			full := duty.Refusal{
				Code: c, Unit: "jingan", Role: duty.Primary, Person: "U2", By: "U2", At: at, From: at, To: at.Add(time.Hour), Name: "<!here>", Field: "Role",
				Who:      []duty.Grant{{Where: duty.AtUnit, Positions: []org.Position{org.President}}, {Where: duty.TheNext}, {Where: duty.TheOther}, {Where: duty.OnTheShift}},
				Problems: make([]duty.Problem, 30),
			}
			for i := range full.Problems {
				full.Problems[i] = duty.Problem{Code: duty.Hole, Role: duty.Primary, From: at, To: at}
			}
			for _, n := range []words.Naming{{}, naming()} {
				for what, got := range map[string]string{
					"refusal":       w.DutyRefusal(&full, n),
					"empty refusal": w.DutyRefusal(&duty.Refusal{Code: c}, n),
					"problem":       w.DutyProblem(duty.Problem{Code: c, Role: "<!here>", Person: "U2", From: at, To: at}, n),
				} {
					if what == "problem" && !isProblem(c) {
						continue
					}
					if strings.Contains(got, "{") || strings.Contains(got, "<") || strings.HasPrefix(got, "duty_no.") {
						t.Errorf("%s: the %s %s is %q: an open place, a raw mark or no text", language, what, code, got)
					}
				}
			}
		}
	}
}

// isProblem reports whether a code is one of those that a check of a plan finds.
func isProblem(c duty.Code) bool {
	switch c {
	case duty.NotInBank, duty.Hole, duty.Overlap, duty.Deactivated, duty.UnknownPerson, duty.MidnightCut, duty.EmptyList, duty.BadEvery,
		duty.SameCut, duty.BadClock, duty.StartMissing, duty.BadRole, duty.BackwardPeriod:
		return true
	}
	return false
}

func TestCallee(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		callee workflow.Callee
		zh, en string
	}{
		{workflow.CalleeHandler, "主办", "handler"},
		{"unit.duty", "值班", "duty officer"},
		{"unit.deputy_president", "副行长", "deputy president"},
		{"branch.president", "分行行长", "branch president"},
		{"branch.duty|branch.consumer_protection", "分行值班或分行消保中心", "branch duty officer or branch consumer protection"},
		{"head_office.service_desk", "总行客服中心", "head office service desk"},
		{"head_office.standing", "总行常备名单", "head office standing list"},
		{"moon.duty", "moon.duty", "moon.duty"},
		{"", "", ""},
	} {
		for language, want := range map[string]string{words.Chinese: c.zh, words.English: c.en} {
			if got := words.For(language).Callee(c.callee); got != want {
				t.Errorf("%s: Callee(%s) = %q, want %q", language, c.callee, got, want)
			}
		}
	}
	for _, language := range words.Languages() {
		for _, rung := range workflow.DefaultLadder() {
			for _, callee := range rung.Call {
				if got := words.For(language).Callee(callee); strings.ContainsAny(got, "._|{") {
					t.Errorf("%s: Callee(%s) = %q, which is no word", language, callee, got)
				}
			}
		}
	}
}

func TestDutyVerbs(t *testing.T) {
	t.Parallel()
	verbs := words.DutyVerbs()
	owner := map[string]string{}
	for v, aliases := range verbs {
		for _, a := range aliases {
			if a != grammar.Fold(a) || a == "" || strings.Contains(a, " ") {
				t.Errorf("alias %q of %s cannot be typed: want one folded word", a, v)
			}
			if other, taken := owner[a]; taken {
				t.Errorf("alias %q is of %s and of %s", a, other, v)
			}
			owner[a] = v
		}
	}
	table := grammar.NewVerbs(verbs)
	for typed, want := range map[string]string{
		"现在": words.DutyNow, "本周": words.DutyWeek, "换班": words.DutySwap, "排班": words.DutySet, "缺口": words.DutyGaps,
		"确认 7": words.DutyAck, "Help": words.DutyHelp,
	} {
		if got := grammar.Parse(typed, table); got.Verb != want {
			t.Errorf("Parse(%q) = verb %q, want %q", typed, got.Verb, want)
		}
	}
}

func TestStretch(t *testing.T) {
	t.Parallel()
	zh := words.For(words.Chinese)
	day := calendar.Day{Year: 2026, Month: 11, Day: 23}
	from := day.Start(cst).Add(8 * time.Hour)
	for _, c := range []struct{ got, want string }{
		{zh.Stretch(duty.Span{From: from, To: from.Add(4 * time.Hour)}, cst, day), "08:00 至 12:00"},
		{zh.Stretch(duty.Span{From: from, To: from.Add(24 * time.Hour)}, cst, day), "08:00 至 11-24 08:00"},
		{zh.Stretch(duty.Span{From: from, To: day.End(cst)}, cst, day.Add(1)), "11-23 08:00 至 24:00"},
		{zh.Stretch(duty.Span{From: from, To: from.AddDate(0, 2, 0)}, nil, day), "00:00 至 2027-01-22 24:00"},
		{zh.Weekday(day), "周一"},
		{words.For(words.English).Weekday(day.Add(6)), "Sunday"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
