package workflow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sameday/workflow"
	"sameday/workflow/org"
)

// call invites somebody of the panel.
func call(p org.PersonID, when time.Time) workflow.CallExpert {
	return workflow.CallExpert{Person: p, For: workflow.ForMediation, When: when, Place: "总行三楼", Why: "客户要求赔偿"}
}

func TestExpertIsInvited(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.refused("jingan.manager", "09:05", call("lawyer.fang", s.at("14:00")), workflow.NoRight)
	s.refused("sh.compliance", "09:05", call("lawyer.fang", s.at("14:00")), workflow.NoRight)
	if got := s.told("jingan.president", "09:05", call("lawyer.fang", s.at("14:00"))); got != "line@2, expert@2 lawyer.fang, card@2" {
		t.Errorf("an invitation tells %s", got)
	}
	if no := s.refused("jingan.president", "09:06", call("lawyer.fang", s.at("14:00")), workflow.AlreadyDone); no.By != "jingan.president" {
		t.Errorf("invited twice: %+v", no)
	}
	s.refused("lawyer.fang", "09:06", workflow.Note{Text: "先看材料"}, workflow.NoRight)
	s.refused("expert.qin", "09:06", workflow.Attend{}, workflow.NoRight)
	if got := s.told("lawyer.fang", "09:07", workflow.Attend{N: 1}); got != "line@3, expert@3 lawyer.fang, card@3" {
		t.Errorf("accepting tells %s", got)
	}
	s.refused("lawyer.fang", "09:08", workflow.Regret{Reason: "x"}, workflow.NoRight)
	s.does("lawyer.fang", "09:08", workflow.Note{Text: "先看材料"})
	s.refused("lawyer.fang", "09:09", workflow.Opine{}, workflow.Missing)
	s.does("lawyer.fang", "09:09", workflow.Opine{Text: "应当退还，联系 13812345678"})
	o := s.c.Opinions[0]
	if o.By != "lawyer.fang" || strings.Contains(o.Text, "13812345678") || !slices.Equal(s.c.Experts(), []org.PersonID{"lawyer.fang"}) {
		t.Errorf("the opinion is %+v of %v", o, s.c.Experts())
	}
	if no := s.c.AnsweredBefore("lawyer.fang", 1); no == nil || no.Code != workflow.AlreadyDone || !no.At.Equal(s.at("09:07")) {
		t.Errorf("an answered invitation: %+v", no)
	}
	if got := s.c.Wakes(); slices.ContainsFunc(got, func(w workflow.Wake) bool { return strings.HasPrefix(w.ID, workflow.WakeExpert) }) {
		t.Errorf("an answered invitation wakes: %+v", got)
	}
}

// An expert may comment, answer and give an opinion, in the complaint that invited him alone; whoever leaves the panel may nothing.
func TestExpertIsAStrangerOtherwise(t *testing.T) {
	t.Parallel()
	for who, may := range map[org.PersonID]string{"lawyer.fang": "note opinion", "expert.qin": "attend regret", "expert.tang": ""} {
		states := inState(t, "jingan")
		called := states[workflow.VerbOpinion]
		for verb, c := range states {
			if _, mine := c.Invitation(1); !mine && workflow.Can(c, verb, workflow.Person(who), bank(t)) == nil {
				t.Errorf("%s may %s where nobody was invited", who, verb)
			}
			no := workflow.Can(called, verb, workflow.Person(who), bank(t))
			if verb != workflow.VerbNew && (no == nil) != slices.Contains(strings.Fields(may), string(verb)) {
				t.Errorf("%s %s: %+v, want only %s", who, verb, no, may)
			}
			left := bank(t)
			left.Panel.Members = nil
			if workflow.Can(called, verb, workflow.Person(who), left) == nil {
				t.Errorf("%s left the panel and may %s", who, verb)
			}
		}
	}
}

func TestSeriousKindsLetComplianceCall(t *testing.T) {
	t.Parallel()
	s := opened(t).does("sh.compliance", "09:05", workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindCompensation}})
	s.does("sh.compliance", "09:06", call("lawyer.fang", s.at("14:00")))
	s.refused("sh.office", "09:06", call("expert.qin", s.at("14:00")), workflow.NoRight)
	s.refused("sz.compliance", "09:06", call("expert.qin", s.at("14:00")), workflow.NoRight)
}

func TestInvitationIsRefused(t *testing.T) {
	t.Parallel()
	s := newStory(t).does("jingan.staff", "09:00", workflow.Open{Unit: "jingan", Summary: "x", Subjects: []org.PersonID{"expert.tang"}})
	with := func(change func(*workflow.CallExpert)) workflow.CallExpert {
		k := call("lawyer.fang", s.at("14:00"))
		change(&k)
		return k
	}
	for _, c := range []struct {
		cmd   workflow.CallExpert
		code  workflow.Code
		field string
	}{
		{with(func(k *workflow.CallExpert) { k.Person = "" }), workflow.Missing, "expert"},
		{with(func(k *workflow.CallExpert) { k.Person = "jingan.staff" }), workflow.NotOnPanel, "expert"},
		{with(func(k *workflow.CallExpert) { k.Person = "expert.tang" }), workflow.SubjectRecused, "expert"},
		{with(func(k *workflow.CallExpert) { k.For = "dinner" }), workflow.NotOneOf, "purpose"},
		{with(func(k *workflow.CallExpert) { k.When = time.Time{} }), workflow.Missing, "when"},
		{with(func(k *workflow.CallExpert) { k.When = s.at("09:01") }), workflow.InPast, "when"},
		{with(func(k *workflow.CallExpert) { k.When = s.at("2028-11-23 09:01") }), workflow.TooFar, "when"},
		{with(func(k *workflow.CallExpert) { k.Place = " " }), workflow.Missing, "place"},
		{with(func(k *workflow.CallExpert) { k.Place = strings.Repeat("长", 201) }), workflow.TooLong, "place"},
	} {
		if no := s.refused("jingan.president", "09:05", c.cmd, c.code); no.Field != c.field {
			t.Errorf("%s is about %s, want %s", c.code, no.Field, c.field)
		}
	}
	s.rules.Panel.Members = nil
	s.refused("jingan.president", "09:05", call("lawyer.fang", s.at("14:00")), workflow.NoPanel)
	s.refused("jingan.president", "09:05", workflow.Mediate{}, workflow.NoPanel)
}

// Whoever invited is told once that nobody has answered: after two hours, an hour before the session, or when half of the time is gone.
func TestInvitationWaits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ when, told string }{{"17:00", "11:05"}, {"11:00", "10:00"}, {"09:45", "09:25"}} {
		s := opened(t).does("jingan.president", "09:05", call("lawyer.fang", opened(t).at(c.when)))
		if got := s.c.Invitations[0].Remind; !got.Equal(s.at(c.told)) {
			t.Errorf("for a session at %s it is told at %s, want %s", c.when, got, c.told)
		}
	}
	s := opened(t).does("jingan.president", "09:05", call("lawyer.fang", opened(t).at("17:00")))
	if got := s.told("system", "11:05", workflow.Expire{Wake: "expert/1"}); !strings.Contains(got, "expert_waiting@") || !strings.Contains(got, "jingan.president") {
		t.Errorf("waiting tells %s", got)
	}
	s.refused("system", "11:06", workflow.Expire{Wake: "expert/1"}, workflow.NothingChanges)
	in := opened(t).does("jingan.president", "09:05", call("lawyer.fang", opened(t).at("17:00")))
	if got := in.told("lawyer.fang", "11:05", workflow.Attend{}); strings.Contains(got, "waiting") {
		t.Errorf("who answers in the last moment is told of: %s", got)
	}
}

// A later invitation takes the place of one that has not been answered; closing ends all of them, and says so to those still to come.
func TestInvitationIsReplacedAndLapses(t *testing.T) {
	t.Parallel()
	s := opened(t).does("jingan.president", "09:05", call("lawyer.fang", opened(t).at("14:00")))
	s.does("jingan.president", "09:06", call("lawyer.fang", s.at("15:00")))
	s.refused("lawyer.fang", "09:07", workflow.Attend{N: 1}, workflow.InvitationOver)
	s.does("jingan.president", "09:08", call("expert.qin", s.at("15:00")))
	s.does("expert.qin", "09:09", workflow.Regret{N: 3, Reason: "当天要开会"})
	s.does("jingan.president", "09:10", call("expert.tang", s.at("15:00")))
	s.does("expert.tang", "09:11", workflow.Attend{})
	if v := s.c.Invitations[2]; v.State != workflow.InvitationDeclined || v.Reason != "当天要开会" {
		t.Errorf("declined as %+v", v)
	}
	got := s.told("sh.president", "09:20", workflow.Close{Reason: "维持"})
	if !strings.Contains(got, "expert@8 lawyer.fang, expert@8 expert.tang") || strings.Contains(got, "qin") {
		t.Errorf("closing tells %s", got)
	}
	if v := s.c.Invitations[1]; v.State != workflow.InvitationLapsed {
		t.Errorf("after closing it is %+v", v)
	}
	s.refused("lawyer.fang", "09:21", workflow.Attend{}, workflow.IsClosed)
	s.does("jingan.president", "09:30", workflow.Reopen{Reason: "客户来电"})
	s.does("expert.tang", "09:31", workflow.Note{Text: "仍可到场"})
}

// seats names where the invitations stand, in order.
func seats(c workflow.Complaint) string {
	var out []string
	for _, v := range c.Invitations {
		out = append(out, fmt.Sprintf("%s %s", v.Person, v.State))
	}
	return strings.Join(out, ", ")
}
