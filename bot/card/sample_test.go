package card_test

import (
	"strings"
	"testing"
	"time"

	"sameday/bot/card"
	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

var shanghai = time.FixedZone("CST", 8*3600)

// at is a wall-clock time on 23 November 2026, the day of most samples.
func at(hour, minute int) time.Time { return time.Date(2026, 11, 23, hour, minute, 0, 0, shanghai) }

var people = map[org.PersonID]string{
	"U0WANG": "王莉", "U0LIWEI": "李伟", "U0ZHOU": "周敏", "U0HE": "何静", "U0WU": "吴强", "U0CHEN": "陈涛",
	"U0XU": "许岚", "U0FANG": "方媛", "U0MA": "马骏", "U0LAW": "方正", "U0QIN": "秦越",
}

var unitNames = map[org.UnitID]string{"bank": "总行", "shanghai": "上海分行", "jingan": "静安支行", "xuhui": "徐汇支行"}

var codes = workflow.Codes{
	Business: []workflow.Category{{ID: "card", ZH: "信用卡年费", EN: "card annual fee"}},
	Reason:   []workflow.Category{{ID: "fee", ZH: "收费争议", EN: "disputed fee"}},
}

func rules(t testing.TB) *workflow.Rules {
	t.Helper()
	tree, err := org.New([]org.Unit{
		{ID: "bank", Tier: org.HeadOffice, Name: "总行", Zone: shanghai, Positions: map[org.Position][]org.PersonID{
			org.ConsumerProtection: {"U0HE"},
		}},
		{ID: "shanghai", Tier: org.Branch, Parent: "bank", Zone: shanghai, Positions: map[org.Position][]org.PersonID{
			org.President: {"U0WU"}, org.ConsumerProtection: {"U0CHEN"},
			org.DeputyPresident: {"U0MA"}, org.Compliance: {"U0XU"}, org.Office: {"U0FANG"},
		}},
		{ID: "jingan", Tier: org.SubBranch, Parent: "shanghai", Zone: shanghai, Positions: map[org.Position][]org.PersonID{
			org.President: {"U0ZHOU"}, org.ComplaintManager: {"U0WANG"}, org.Staff: {"U0LIWEI"},
		}},
		{ID: "xuhui", Tier: org.SubBranch, Parent: "shanghai", Zone: shanghai},
	})
	if err != nil {
		t.Fatalf("make the tree: %v", err)
	}
	panel := workflow.Panel{Members: []workflow.Expert{
		{Person: "U0LAW", Name: "方正", Kind: workflow.KindLawyer, Field: "银行卡与征信"}, {Person: "U0QIN", Kind: workflow.KindExpert},
	}}
	return &workflow.Rules{Tree: tree, Panel: panel, Policy: workflow.DefaultPolicy(), Codes: codes, Book: duty.NewBook(tree, roster("jingan", "U0WANG"))}
}

// roster has the given people on duty at a unit in turn, for a day each, from 08:30 on.
func roster(unit org.UnitID, people ...org.PersonID) duty.Roster {
	plan := duty.Plan{Layers: []duty.Layer{{
		Role: duty.Primary, Start: calendar.Day{Year: 2026, Month: 11, Day: 20}, Every: 1,
		Cuts: []duty.Cut{{At: duty.Clock{Hour: 8, Minute: 30}, People: people}},
	}}}
	from := at(0, 0).AddDate(0, 0, -3)
	return duty.Fold(unit, shanghai, []duty.Fact{{Version: 1, At: from, By: "U0ZHOU", Event: duty.RosterPublished{Plan: plan, From: from}}})
}

func face(language string) card.Face {
	return card.Face{
		Words:  words.For(language),
		Zone:   shanghai,
		Now:    at(12, 0),
		Person: func(p org.PersonID) string { return people[p] },
		Unit:   func(u org.UnitID) string { return unitNames[u] },
		Codes:  codes,
		Link:   func(id workflow.ID) string { return "https://bank.slack.com/archives/C1/p" + string(id) },
	}
}

// move is one command of a story.
type move struct {
	when time.Time
	by   org.PersonID // empty: the system
	cmd  workflow.Command
}

// play runs a story and gives what came of it.
func play(t testing.TB, moves ...move) (workflow.Complaint, []workflow.Fact) {
	t.Helper()
	r := rules(t)
	c := workflow.Fold("20261123-007", nil)
	var facts []workflow.Fact
	for _, m := range moves {
		by := workflow.Person(m.by)
		if m.by == "" {
			by = workflow.System()
		}
		events, err := workflow.Decide(c, m.cmd, by, r, m.when)
		if err != nil {
			t.Fatalf("%T at %s: %v", m.cmd, m.when, err)
		}
		more := workflow.NewFacts(c, events, by, m.when)
		facts, c = append(facts, more...), c.With(more...)
	}
	return c, facts
}

var opening = move{at(9, 2), "U0WANG", workflow.Open{
	Unit: "jingan", Source: workflow.SourceHeadOffice, WorkOrder: "HO-88213", Sender: "总行客服中心",
	ReceivedAt: at(9, 0), Customer: workflow.CustomerRef{Record: "r1", Name: "张*", Phone: "138****1234"},
	Business: "card", Reason: "fee", AmountFen: 128_000,
	Summary: "客户称信用卡年费被重复扣收，多次致电客服未果。", Remedy: "退还年费并更正征信记录",
	Grade: workflow.GradeKey, Kinds: []workflow.SeriousKind{workflow.KindCompensation},
}}

var (
	accepting  = move{at(9, 12), "U0WANG", workflow.Accept{}}
	assigning  = move{at(9, 20), "U0WANG", workflow.Assign{Handler: "U0LIWEI", CoHandlers: []org.PersonID{"U0ZHOU"}, Note: "先核对 6 月账单"}}
	trying     = move{at(10, 1), "U0LIWEI", workflow.Contact{How: workflow.ByPhone, Wants: "无人接听"}}
	contacting = move{at(10, 40), "U0LIWEI", workflow.Contact{How: workflow.ByPhone, Reached: true, Wants: "要求退 1,280 元并出具说明"}}
	handling   = move{at(11, 30), "U0LIWEI", workflow.Handle{
		Solution: workflow.Refunded, AmountFen: 128_000, Cause: "系统重复扣费",
		Text: "已退还年费 1,280 元，当日到账，并提交征信更正，出具书面说明。",
	}}
	satisfied   = move{at(11, 50), "U0LIWEI", workflow.Feedback{Answer: workflow.Satisfied, Text: "客户确认收到退款"}}
	unsatisfied = move{at(11, 50), "U0LIWEI", workflow.Feedback{Answer: workflow.Unsatisfied, Text: "客户要求再赔 500 元"}}
	nextDay     = at(24, 5)
)

func nights(n int) []move {
	var out []move
	for i := range n {
		out = append(out, move{nextDay.AddDate(0, 0, i), "", workflow.FlagOvernight{Day: calendar.Day{Year: 2026, Month: 11, Day: 23 + i}}})
	}
	return out
}

const hostileText = "<!channel> <!here> <!everyone> <@U0WANG> <#C012345> <https://evil.example|click> @channel @here @Everyone " +
	"&lt;!channel&gt; *bold* _it_ ```code``` \u202Eright to left\u202C العربية 👩‍👩‍👧‍👦👍🏽 e\u0301\u0301\u0301\n> quote\n| pipe"

// samples are the complaints that the golden files show.
func samples(t testing.TB) map[string]struct {
	c     workflow.Complaint
	facts []workflow.Fact
} {
	type story = struct {
		c     workflow.Complaint
		facts []workflow.Fact
	}
	tell := func(moves ...move) story {
		c, facts := play(t, moves...)
		return story{c, facts}
	}
	long := opening
	long.cmd = workflow.Open{Unit: "jingan", ReceivedAt: at(9, 0), Summary: strings.Repeat("客户反映柜台排队超过两小时，大堂经理解释不清。\n", 60)}
	hostile := opening
	hostile.cmd = workflow.Open{
		Unit: "jingan", ReceivedAt: at(9, 0), Summary: hostileText, Remedy: hostileText, Sender: "<!channel>",
		Customer: workflow.CustomerRef{Record: "r", Name: "<!h*", Phone: "<@U1>"},
	}
	flagged := opening
	flagged.cmd = workflow.Open{
		Unit: "jingan", Source: workflow.SourceNFRA, ReceivedAt: at(9, 0), Summary: "多名老年客户反映理财亏损。",
		Grade: workflow.GradeKey, Kinds: workflow.SeriousKinds(), Repeats: []workflow.ID{"20261101-003", "20261102-004"},
		Flags: workflow.Flags{Vulnerable: true, HeadCount: 12, Epidemic: true}, Subjects: []org.PersonID{"U0ZHOU"},
	}
	minimal := opening
	minimal.cmd = workflow.Open{Unit: "jingan", ReceivedAt: at(9, 0), Summary: "ATM 吞卡"}
	posted := move{at(9, 3), "", workflow.RecordPost{Posted: workflow.Posted{
		What: workflow.PostedRoot, Channel: "C1", TS: "1.2", Link: "https://bank.slack.com/archives/C1/p12",
	}}}
	override := move{at(15, 0), "U0WU", workflow.Close{Reason: "客户失联，已三次上门并公证送达。"}}
	breach := move{at(11, 30), "", workflow.Expire{Wake: "contact/1"}}
	reopening := move{at(15, 0), "U0LIWEI", workflow.Reopen{Reason: "客户来电称退款未到账"}}
	extending := move{at(16, 0), "U0WU", workflow.Extend{Reason: "等司法鉴定结果"}}
	extendingAgain := move{at(17, 0), "U0WU", workflow.Extend{Reason: "鉴定还没有出", CustomerTold: "11 月 23 日电话告知"}}
	notes := []move{
		{at(9, 30), "U0HE", workflow.SetGrade{Grade: workflow.GradeOrdinary}},
		{at(9, 31), "U0HE", workflow.SetKinds{}},
		{at(9, 32), "U0HE", workflow.SetFlags{Flags: workflow.Flags{Vulnerable: true}}},
		{at(9, 33), "U0HE", workflow.SetFlags{}},
		{at(9, 34), "U0LIWEI", workflow.Correct{Field: workflow.FieldAmount, Now: "130000", Why: "看错"}},
		{at(9, 35), "U0LIWEI", workflow.Correct{Field: workflow.FieldRemedy, Now: ""}},
		{at(9, 36), "U0LIWEI", workflow.SetCustomer{Customer: workflow.CustomerRef{Record: "r2", Name: "赵*"}}},
		{at(9, 37), "U0ZHOU", workflow.ShowCustomer{}},
		{at(9, 38), "U0WANG", workflow.Note{Text: "客户下午三点后方便接电话"}},
		{at(9, 39), "U0HE", workflow.SetGrade{Grade: workflow.GradeKey, Notice: "消保〔2026〕31 号"}},
	}
	leading := move{at(9, 25), "U0ZHOU", workflow.Lead{}}
	to := func(more ...move) []move {
		return append([]move{opening, posted, accepting, assigning, leading}, more...)
	}
	called := move{at(11, 0), "", workflow.Expire{Wake: "contact/1"}}
	climbing := func(hour, minute int) move { return move{at(hour, minute), "", workflow.Expire{Wake: "ladder"}} }
	nudge := move{at(10, 0), "", workflow.Expire{Wake: "nudge/contact/1"}}
	ack := move{at(11, 7), "U0WANG", workflow.Ack{}}
	raising := move{at(11, 8), "U0LIWEI", workflow.Escalate{Reason: "客户称明早找媒体 <!channel>"}}
	raisingAgain := move{at(11, 9), "U0LIWEI", workflow.Escalate{Reason: "仍无人接听"}}
	returning := move{at(11, 20), "U0WU", workflow.Return{Rung: 1, Reason: "支行已联系上客户，由支行继续办"}}
	down := move{at(12, 20), "", workflow.Expire{Wake: "contact/1"}}
	nobody := opening
	nobody.cmd = workflow.Open{Unit: "xuhui", ReceivedAt: at(9, 0), Summary: "取号机故障"}
	unanswered := move{at(9, 30), "", workflow.Expire{Wake: "accept/1"}}
	lateAssign := assigning
	lateAssign.when = at(11, 10)
	return map[string]story{
		"nudged":      tell(to(nudge)...),
		"climbed":     tell(to(called, climbing(11, 15), climbing(11, 30), climbing(12, 0))...),
		"answered":    tell(to(called, ack)...),
		"worked":      tell(to(called, ack, move{at(11, 40), "U0LIWEI", contacting.cmd})...),
		"raised":      tell(to(called, raising, raisingAgain, returning)...),
		"down":        tell(to(down)...),
		"turn":        tell(opening, leading, lateAssign, climbing(11, 25)),
		"empty":       tell(nobody, unanswered),
		"open":        tell(opening),
		"minimal":     tell(minimal),
		"accepted":    tell(opening, accepting),
		"assigned":    tell(to()...),
		"tried":       tell(to(trying)...),
		"breached":    tell(to(trying, breach)...),
		"contacted":   tell(to(contacting)...),
		"handled":     tell(to(contacting, handling)...),
		"closed":      tell(to(contacting, handling, satisfied)...),
		"second":      tell(to(contacting, handling, unsatisfied)...),
		"override":    tell(to(override)...),
		"reopened":    tell(to(contacting, handling, satisfied, reopening)...),
		"extended":    tell(to(extending, extendingAgain)...),
		"third_night": tell(to(nights(3)...)...),
		"long":        tell(long),
		"hostile":     tell(hostile),
		"flagged":     tell(flagged),
		"group": tell(opening, posted, accepting, assigning,
			move{at(9, 25), "U0WU", workflow.Lead{Person: "U0ZHOU"}},
			move{at(9, 30), "U0WU", workflow.Direct{To: []org.PersonID{"U0LIWEI", "U0WANG"}, Text: "上门与客户面谈 <!channel>", Due: at(16, 0)}},
			move{at(9, 31), "U0WANG", workflow.Take{}},
			move{at(9, 32), "U0CHEN", workflow.Direct{To: []org.PersonID{"U0LIWEI"}, Text: "写出书面经过", Due: at(10, 0)}},
			move{at(9, 33), "U0LIWEI", workflow.Decline{N: 2, Reason: "先联系客户，下午再写"}},
			move{at(10, 40), "U0LIWEI", contacting.cmd},
			move{at(10, 50), "U0LIWEI", workflow.Progress{Text: "账单已核对完，正在报批退款"}},
			move{at(14, 50), "", workflow.Expire{Wake: workflow.WakeSilent}},
			move{at(14, 55), "U0CHEN", workflow.Direct{To: []org.PersonID{"U0WANG"}, Text: "复核退款金额", Due: at(20, 0)}},
			move{at(15, 0), "U0LIWEI", workflow.Done{N: 1, Text: "已面谈，客户同意方案"}},
			move{at(15, 10), "U0LIWEI", workflow.Handle{
				Solution: workflow.Refunded, AmountFen: 128_000, Text: "已退还年费 1,280 元，当日到账，并提交征信更正。", Cause: "系统参数有误", Change: "每月核对一次参数",
			}},
			move{at(15, 20), "U0WU", workflow.ReadBriefing{}},
			move{at(15, 25), "U0WU", workflow.ReadBriefing{Text: "请网络金融部举一反三"}},
			move{at(24, 0), "", workflow.Expire{Wake: workflow.WakeUnread}}),
		"outside": tell(opening, posted, accepting, assigning, leading,
			move{at(9, 30), "U0ZHOU", workflow.CallExpert{Person: "U0LAW", For: workflow.ForMediation, When: at(38, 0), Place: "总行三楼 <!here>", Why: "客户要求赔偿误工费"}},
			move{at(9, 31), "U0ZHOU", workflow.CallExpert{Person: "U0QIN", When: at(15, 0), Place: "支行二楼"}},
			move{at(9, 40), "U0LAW", workflow.Attend{N: 1}},
			move{at(9, 50), "U0QIN", workflow.Regret{N: 2, Reason: "当天要上课"}},
			move{at(10, 0), "U0LAW", workflow.Opine{Text: "按合同第九条，银行应当退还年费；误工费没有依据。"}},
			move{at(10, 10), "U0ZHOU", workflow.Mediate{Leader: "U0LAW", When: at(38, 0), Place: "总行三楼", Bank: []org.PersonID{"U0LIWEI", "U0ZHOU"}, Customer: "客户本人和家属一人"}},
			move{at(10, 20), "U0ZHOU", workflow.CallExpert{Person: "U0QIN", When: at(17, 0), Place: "支行二楼"}},
			move{at(12, 20), "", workflow.Expire{Wake: "expert/3"}},
			move{at(32, 0), "", workflow.Expire{Wake: "mediation/1"}},
			move{at(37, 0), "", workflow.Expire{Wake: "mediation/1"}},
			move{at(62, 0), "", workflow.Expire{Wake: "mediation/1"}},
			move{at(63, 0), "U0LIWEI", workflow.Settle{Result: workflow.MediationAgreed, Text: "退还年费并书面致歉，双方再无争议", AmountFen: 128_000}}),
		"notes":     tell(append([]move{opening, accepting, assigning, leading}, notes...)...),
		"emergency": tell(to(emergency()...)...),
		"secluded": tell(opening, posted, move{at(9, 30), "U0HE", workflow.SetKinds{}},
			move{at(9, 31), "U0ZHOU", workflow.FormGroup{Clue: "客户称将向媒体反映", People: []org.PersonID{"U0ZHOU", "U0WANG"}}},
			move{at(9, 40), "U0HE", workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindPublicity}}}),
	}
}
