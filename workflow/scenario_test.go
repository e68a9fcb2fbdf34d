package workflow_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sameday/workflow"
	"sameday/workflow/org"
)

// story tells what happens to one complaint, line by line: who does what when. Times are wall-clock times in the unit's zone.
type story struct {
	t     testing.TB
	rules *workflow.Rules
	zone  *time.Location
	facts []workflow.Fact
	c     workflow.Complaint
}

// newStory begins with no complaint, in the sample bank, under the default policy changed by change.
func newStory(t testing.TB, change ...func(*workflow.Policy)) *story {
	t.Helper()
	s := &story{t: t, rules: bank(t), zone: location(t, "Asia/Shanghai")}
	for _, f := range change {
		f(&s.rules.Policy)
	}
	s.c = workflow.Complaint{ID: "20261123-001"}
	return s
}

// opened is a story whose complaint came in at the counter of Jing'an on Monday at 09:00.
func opened(t testing.TB, change ...func(*workflow.Policy)) *story {
	t.Helper()
	return newStory(t, change...).does("jingan.staff", "09:00", workflow.Open{Unit: "jingan", Summary: "多收年费"})
}

// at reads "09:00" as a time on 2026-11-23, or a full "2026-11-24 09:00".
func (s *story) at(when string) time.Time {
	s.t.Helper()
	if len(when) == len("09:00") {
		when = "2026-11-23 " + when
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", when, s.zone)
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

// does lets somebody do something that must be accepted. After each step the facts, stored and read again, must fold to the same
// complaint.
func (s *story) does(who, when string, cmd workflow.Command) *story {
	s.t.Helper()
	return s.doesAt(who, s.at(when), cmd)
}

// doesAt is does, to the instant.
func (s *story) doesAt(who string, at time.Time, cmd workflow.Command) *story {
	s.t.Helper()
	by := workflow.ParseActor(who)
	events, err := workflow.Decide(s.c, cmd, by, s.rules, at)
	if err != nil {
		s.t.Fatalf("%s %s at %s: %+v", who, cmd.Verb(), at, err)
	}
	facts := workflow.NewFacts(s.c, events, by, at)
	s.facts, s.c = append(s.facts, facts...), s.c.With(facts...)
	again := workflow.Fold(s.c.ID, stored(s.t, s.facts))
	if reflect.DeepEqual(s.c, again) { // quick, and too strict about what is empty
		return s
	}
	if diff := cmp.Diff(s.c, again, alike...); diff != "" {
		s.t.Fatalf("after %s the folded facts differ (-live +refolded):\n%s", cmd.Verb(), diff)
	}
	return s
}

// refused lets somebody try something and returns the refusal, whose code must be want.
func (s *story) refused(who, when string, cmd workflow.Command, want workflow.Code) *workflow.Refusal {
	s.t.Helper()
	events, err := workflow.Decide(s.c, cmd, workflow.ParseActor(who), s.rules, s.at(when))
	var no *workflow.Refusal
	if !errors.As(err, &no) || no.Code != want {
		s.t.Fatalf("%s %s at %s: got %+v, %v; want the refusal %s", who, cmd.Verb(), when, events, err, want)
	}
	if no.Verb != cmd.Verb() {
		s.t.Errorf("the refusal is about %q, want %q", no.Verb, cmd.Verb())
	}
	return no
}

// upTo does the ordinary steps before the given one, a minute apart from 09:01.
func (s *story) upTo(step workflow.Step) *story {
	s.t.Helper()
	for i, next := range workflow.Steps() {
		if next == step {
			return s
		}
		s.does("jingan.manager", s.at("09:01").Add(time.Duration(i)*time.Minute).Format("2006-01-02 15:04"), ordinary(next))
	}
	return s
}

// last is the latest event.
func (s *story) last() workflow.Event { return s.facts[len(s.facts)-1].Event }

// latest is the latest event of one kind; the zero event when there is none.
func latest[E workflow.Event](s *story) E {
	for _, f := range slices.Backward(s.facts) {
		if e, ok := f.Event.(E); ok {
			return e
		}
	}
	var none E
	return none
}

// kinds lists the kinds of the facts from the given version on.
func (s *story) kinds(from int) []string {
	var out []string
	for _, f := range s.facts[from:] {
		out = append(out, f.Event.Kind())
	}
	return out
}

// ordinary is a good command for each step; the last one closes.
func ordinary(step workflow.Step) workflow.Command {
	switch step {
	case workflow.StepAccept:
		return workflow.Accept{}
	case workflow.StepAssign:
		return workflow.Assign{Handler: "xuhui.staff", CoHandlers: []org.PersonID{"jingan.staff"}, Note: "先核对账单"}
	case workflow.StepContact:
		return workflow.Contact{How: workflow.ByPhone, Reached: true, Wants: "退还年费"}
	case workflow.StepHandle:
		return workflow.Handle{Text: solution, Cause: "系统参数有误"}
	default:
		return workflow.Feedback{Answer: workflow.Satisfied}
	}
}

const solution = "经核对账单确认多收，已将年费退还至客户账户，并提交征信更正"

// alike compares complaints and events: times by instant, and a missing list like an empty one.
var alike = []cmp.Option{cmpopts.EquateEmpty(), cmp.AllowUnexported(workflow.Actor{}, workflow.Directive{})}

// stored is what the facts are after they were written and read again.
func stored(t interface{ Fatalf(string, ...any) }, facts []workflow.Fact) []workflow.Fact {
	out := make([]workflow.Fact, len(facts))
	for i, f := range facts {
		data, err := workflow.Events.Encode(f.Event)
		if err != nil {
			t.Fatalf("encode %s: %v", f.Event.Kind(), err)
		}
		out[i] = workflow.Fact{Version: f.Version, At: f.At, By: workflow.ParseActor(f.By.String())}
		if out[i].Event, err = workflow.Events.Decode(f.Event.Kind(), data); err != nil {
			t.Fatalf("decode %s: %v", data, err)
		}
	}
	return out
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// bank is a small bank: a head office, two branches, four sub-branches. People are called after what they are: "jingan.manager".
func bank(t testing.TB) *workflow.Rules {
	t.Helper()
	unit := func(id org.UnitID, tier org.Tier, parent org.UnitID, zone string, positions ...org.Position) org.Unit {
		u := org.Unit{
			ID: id, Tier: tier, Parent: parent, Name: string(id), Channel: "C-" + string(id), Zone: location(t, zone),
			Positions: map[org.Position][]org.PersonID{},
		}
		for _, p := range positions {
			u.Positions[p] = []org.PersonID{person(id, p)}
		}
		return u
	}
	sub := []org.Position{org.President, org.DeputyPresident, org.ComplaintManager, org.Staff, org.Compliance, org.ConsumerProtection}
	branch := []org.Position{
		org.President, org.DeputyPresident, org.NetworkFinance, org.ConsumerProtection, org.Compliance, org.Office, org.Supervision,
		org.DepartmentHead, org.DepartmentOwner, org.DepartmentContact,
	}
	tree, err := org.New([]org.Unit{
		unit("hq", org.HeadOffice, "", "Asia/Shanghai", org.President, org.NetworkFinance, org.ServiceDesk, org.Standing, org.ConsumerProtection),
		unit("sh", org.Branch, "hq", "Asia/Shanghai", branch...),
		unit("sz", org.Branch, "hq", "Asia/Shanghai", branch...),
		unit("jingan", org.SubBranch, "sh", "Asia/Shanghai", sub...),
		unit("xuhui", org.SubBranch, "sh", "Asia/Shanghai", sub...),
		unit("london", org.SubBranch, "sz", "Europe/London", sub...),
		unit("cairo", org.SubBranch, "sz", "Africa/Cairo"),
	})
	if err != nil {
		t.Fatal(err)
	}
	panel := workflow.Panel{Members: []workflow.Expert{
		{Person: "lawyer.fang", Name: "方正", Kind: workflow.KindLawyer, Field: "银行卡与征信"},
		{Person: "expert.qin", Name: "秦越", Kind: workflow.KindExpert, Field: "理财销售"},
		{Person: "expert.tang", Name: "汤宁", Kind: workflow.KindExpert, Field: "理财销售"},
	}}
	return &workflow.Rules{Tree: tree, Panel: panel, Policy: workflow.DefaultPolicy(), Codes: workflow.Codes{
		Business: []workflow.Category{{ID: "card", ZH: "信用卡", EN: "Credit card"}, {ID: "loan", ZH: "贷款"}},
		Reason:   []workflow.Category{{ID: "fee", ZH: "收费"}},
	}}
}

func person(u org.UnitID, p org.Position) org.PersonID {
	short := map[org.Position]string{org.DeputyPresident: "deputy", org.ComplaintManager: "manager"}
	if name, ok := short[p]; ok {
		return org.PersonID(string(u) + "." + name)
	}
	return org.PersonID(string(u) + "." + string(p))
}
