package workflow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

func session(leader org.PersonID, when time.Time) workflow.Mediate {
	return workflow.Mediate{
		When: when, Place: "总行三楼", Leader: leader, Bank: []org.PersonID{"jingan.staff", "jingan.president", "jingan.staff"}, Customer: "客户本人，电话 13812345678",
	}
}

// A session invites its leader, unless that has been done, reminds of itself in the morning and an hour before, and asks for its outcome.
func TestMediation(t *testing.T) {
	t.Parallel()
	s := opened(t).upTo(workflow.StepHandle)
	s.refused("jingan.manager", "09:30", session("lawyer.fang", s.at("2026-11-24 14:00")), workflow.NoRight)
	n := s.c.Version
	s.does("jingan.president", "09:30", session("lawyer.fang", s.at("2026-11-24 14:00")))
	if s.c.Version != n+2 || seats(s.c) != "lawyer.fang sent" || s.c.Invitations[0].For != workflow.ForMediation {
		t.Errorf("its leader: %s after %d events", seats(s.c), s.c.Version-n)
	}
	got, _ := s.c.Session()
	if len(got.Bank) != 2 || strings.Contains(got.Customer, "13812345678") || got.By != "jingan.president" {
		t.Errorf("the session is %+v", got)
	}
	if no := s.refused("jingan.president", "09:31", session("expert.qin", s.at("2026-11-25 14:00")), workflow.SessionSet); no.First != workflow.VerbSettle {
		t.Errorf("a second session: %+v", no)
	}
	s.refused("jingan.manager", "09:32", workflow.Settle{Result: workflow.MediationAgreed, Text: "退还年费"}, workflow.SessionAhead)
	s.does("lawyer.fang", "09:33", workflow.Attend{})
	if got := s.told("system", "2026-11-24 08:00", workflow.Expire{Wake: "mediation/1"}); !strings.Contains(got, "mediation@") || !strings.Contains(got, "lawyer.fang") {
		t.Errorf("the morning tells %s", got)
	}
	s.does("system", "2026-11-24 13:00", workflow.Expire{Wake: "mediation/1"})
	s.refused("system", "2026-11-24 13:30", workflow.Expire{Wake: "mediation/1"}, workflow.NotDue)
	if got := s.told("system", "2026-11-25 14:00", workflow.Expire{Wake: "mediation/1"}); !strings.Contains(got, "mediation@") || !strings.Contains(got, " jingan.president") {
		t.Errorf("a missing outcome tells %s", got)
	}
	s.refused("system", "2026-11-25 14:01", workflow.Expire{Wake: "mediation/1"}, workflow.NothingChanges)
	s.refused("jingan.manager", "2026-11-25 15:00", workflow.Settle{Result: workflow.MediationAgreed}, workflow.Missing)
	s.refused("jingan.manager", "2026-11-25 15:00", workflow.Settle{Result: "won"}, workflow.NotOneOf)
	s.does("jingan.manager", "2026-11-25 15:00", workflow.Settle{Result: workflow.MediationAgreed, Text: "退还年费", AmountFen: 128000})
	if no := s.refused("jingan.manager", "2026-11-25 15:01", workflow.Settle{Result: workflow.MediationAbsent}, workflow.AlreadyDone); no.By != "jingan.manager" {
		t.Errorf("an outcome twice: %+v", no)
	}
}

// After a postponement comes the next session. A leader who declines is followed by whoever accepts an invitation to the same hour.
func TestMediationGoesOn(t *testing.T) {
	t.Parallel()
	s := opened(t).upTo(workflow.StepHandle)
	s.refused("jingan.manager", "09:29", workflow.Settle{Result: workflow.MediationAbsent}, workflow.NoSession)
	s.does("jingan.president", "09:30", session("lawyer.fang", s.at("14:00")))
	s.does("lawyer.fang", "09:31", workflow.Regret{Reason: "当天要开庭"})
	s.does("jingan.president", "09:32", call("expert.qin", s.at("14:00")))
	s.does("expert.qin", "09:33", workflow.Attend{})
	if got, _ := s.c.Session(); got.Leader != "expert.qin" || got.As != workflow.KindExpert {
		t.Errorf("it is led by %s, a %s", got.Leader, got.As)
	}
	s.does("jingan.manager", "10:00", workflow.Settle{Result: workflow.MediationPostponed, Text: "客户出差"})
	n := s.c.Version
	s.does("jingan.president", "10:05", session("expert.qin", s.at("16:00")))
	if s.c.Version != n+2 {
		t.Errorf("another hour needs another invitation: %s", seats(s.c))
	}
	s.does("sh.president", "10:10", workflow.Close{Reason: "维持"})
	if got := s.c.Sessions[1]; !got.Lapsed || len(workflow.MediationStats(s.c)) != 1 {
		t.Errorf("a session to come after closing: %+v", got)
	}
}

// The outcome of a session that was held is recorded and asked for after closing, too; a reminder that nobody noticed in time is not told.
func TestMediationAfterClosing(t *testing.T) {
	t.Parallel()
	s := opened(t).upTo(workflow.StepFeedback)
	s.does("jingan.president", "10:00", session("lawyer.fang", s.at("14:00")))
	if got := s.told("jingan.staff", "15:00", ordinary(workflow.StepFeedback)); strings.Contains(got, "mediation") {
		t.Errorf("a late reminder is told: %s", got)
	}
	if s.c.Open() || len(s.c.Wakes()) == 0 {
		t.Fatalf("closed it waits for %+v", s.c.Wakes())
	}
	if got := s.told("system", "2026-11-24 14:00", workflow.Expire{Wake: "mediation/1"}); !strings.Contains(got, "mediation@") {
		t.Errorf("a missing outcome tells %s", got)
	}
	s.does("jingan.manager", "2026-11-24 14:01", workflow.Settle{Result: workflow.MediationNotAgreed})
	if got := s.c.Wakes(); len(got) > 0 && strings.HasPrefix(got[0].ID, workflow.WakeSession) {
		t.Errorf("it still wakes: %+v", got)
	}
}

func TestMediationIsRefused(t *testing.T) {
	t.Parallel()
	s := opened(t)
	with := func(change func(*workflow.Mediate)) workflow.Mediate {
		k := session("lawyer.fang", s.at("14:00"))
		change(&k)
		return k
	}
	for _, c := range []struct {
		cmd   workflow.Mediate
		code  workflow.Code
		field string
	}{
		{with(func(k *workflow.Mediate) { k.Leader = "jingan.staff" }), workflow.NotOnPanel, "leader"},
		{with(func(k *workflow.Mediate) { k.Bank = nil }), workflow.Missing, "bank"},
		{with(func(k *workflow.Mediate) { k.Bank = []org.PersonID{"stranger"} }), workflow.NotInBank, "bank"},
		{with(func(k *workflow.Mediate) { k.Customer = "…" }), workflow.Missing, "customer_side"},
		{with(func(k *workflow.Mediate) { k.When = s.at("09:00") }), workflow.InPast, "when"},
		{with(func(k *workflow.Mediate) { k.Place = "" }), workflow.Missing, "place"},
	} {
		if no := s.refused("jingan.president", "09:05", c.cmd, c.code); no.Field != c.field {
			t.Errorf("%s is about %s, want %s", c.code, no.Field, c.field)
		}
	}
}

// The success rate is what was agreed of what had an outcome; a postponed session counts nowhere else.
func TestMediationRate(t *testing.T) {
	t.Parallel()
	stat := func(r workflow.MediationResult, leader org.PersonID, source workflow.Source, kinds ...workflow.SeriousKind) workflow.MediationStat {
		return workflow.MediationStat{Result: r, Leader: leader, Source: source, Kinds: kinds, AmountFen: 100}
	}
	m := workflow.MakeMediations(calendar.Day{Year: 2026, Month: 11, Day: 23}, []workflow.MediationStat{
		stat(workflow.MediationAgreed, "fang", workflow.SourceNFRA, workflow.KindCompensation, workflow.KindDispute),
		stat(workflow.MediationNotAgreed, "fang", workflow.SourceCounter),
		stat(workflow.MediationPostponed, "fang", workflow.SourceNFRA, workflow.KindCompensation),
		stat(workflow.MediationAbsent, "qin", workflow.SourceNFRA, workflow.KindCompensation),
	})
	agreed := workflow.MediationCount{Agreed: 1, AmountFen: 100}
	want := workflow.Mediations{
		From: calendar.Day{Year: 2025, Month: 11, Day: 24}, To: calendar.Day{Year: 2026, Month: 11, Day: 23},
		Total: workflow.MediationCount{Agreed: 1, NotAgreed: 1, Absent: 1, Postponed: 1, AmountFen: 100},
		Kinds: []workflow.MediationRow{
			{Name: "compensation", MediationCount: workflow.MediationCount{Agreed: 1, Absent: 1, Postponed: 1, AmountFen: 100}},
			{Name: "dispute", MediationCount: agreed},
			{Name: "", MediationCount: workflow.MediationCount{NotAgreed: 1}},
		},
		Sources: []workflow.MediationRow{
			{Name: "nfra", MediationCount: workflow.MediationCount{Agreed: 1, Absent: 1, Postponed: 1, AmountFen: 100}},
			{Name: "counter", MediationCount: workflow.MediationCount{NotAgreed: 1}},
		},
		Experts: []workflow.MediationRow{
			{Name: "fang", MediationCount: workflow.MediationCount{Agreed: 1, NotAgreed: 1, Postponed: 1, AmountFen: 100}},
			{Name: "qin", MediationCount: workflow.MediationCount{Absent: 1}},
		},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("the count differs (-want +got):\n%s", diff)
	}
	if percent, ok := m.Total.Percent(); !ok || percent != 33 {
		t.Errorf("the rate is %d %v, want 33 %%", percent, ok)
	}
	if _, ok := (workflow.MediationCount{Postponed: 3}).Percent(); ok {
		t.Error("a rate of nothing")
	}
}
