package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// Who is invited finds the complaint for as long as it is open and he has not declined; a session that came to something is counted at its
// time. What reindexing makes of it is the same (the office's audit).
func TestDeskKnowsExperts(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.rules.Panel.Members = []workflow.Expert{{Person: "fang", Kind: workflow.KindLawyer}, {Person: "qin", Kind: workflow.KindExpert}}
	grants := func(who org.PersonID, id workflow.ID, cmd workflow.Command, at time.Time) {
		t.Helper()
		if _, err := o.Do(t.Context(), store.Request{Complaint: id, Command: cmd, By: workflow.Person(who), At: at}); err != nil {
			t.Fatalf("%s %s: %+v", who, cmd.Verb(), err)
		}
	}
	advised := func(who org.PersonID) int {
		t.Helper()
		ids, err := o.Advised(t.Context(), who, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(ids)
	}
	out, err := o.Do(t.Context(), store.Request{Command: opening(), By: workflow.System(), At: nine(), Customer: store.Customer{Name: "张三丰"}})
	if err != nil {
		t.Fatal(err)
	}
	id, when := out.Complaint.ID, nine().Add(5*time.Hour)
	grants("president", id, workflow.CallExpert{Person: "qin", When: when, Place: "三楼", Why: "张三丰要求赔偿"}, nine())
	grants("president", id, workflow.Mediate{Leader: "fang", When: when, Place: "三楼", Bank: []org.PersonID{"manager"}, Customer: "张三丰和家属"}, nine())
	grants("qin", id, workflow.Regret{Reason: "认识张三丰"}, nine())
	if a, b := advised("fang"), advised("qin"); a != 1 || b != 0 {
		t.Errorf("the lawyer is invited by %d, who declined by %d", a, b)
	}
	grants("fang", id, workflow.Attend{}, nine())
	grants("fang", id, workflow.Opine{Text: "张三丰有理"}, nine())
	grants("manager", id, workflow.Settle{Result: workflow.MediationAgreed, Text: "退还张三丰年费", AmountFen: 100}, when)
	c, err := o.Complaint(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{c.Invitations[0].Why, c.Invitations[0].Reason, c.Sessions[0].Customer, c.Sessions[0].Text, c.Opinions[0].Text} {
		if said == "" || strings.Contains(said, "三丰") {
			t.Errorf("it is recorded as %q", said)
		}
	}
	for _, s := range []struct {
		from, to time.Time
		want     int
	}{{nine(), when, 0}, {when, when.Add(time.Hour), 1}, {when.Add(time.Second), when.Add(time.Hour), 0}} {
		if got, err := o.Mediations(t.Context(), "jingan", s.from, s.to); err != nil || len(got) != s.want {
			t.Errorf("from %s to %s: %+v, %v", s.from, s.to, got, err)
		}
	}
	grants("president", id, workflow.Note{Text: "好"}, when)
	if got := slices.Sorted(slices.Values(c.Experts())); len(got) != 1 || got[0] != "fang" {
		t.Errorf("the experts are %v", got)
	}
}
