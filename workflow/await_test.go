package workflow_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sameday/workflow"
	"sameday/workflow/org"
)

// asideOf is the last call for an answer.
func asideOf(s *story) workflow.Climbed {
	for _, f := range slices.Backward(s.facts) {
		if e, ok := f.Event.(workflow.Climbed); ok && e.Unit != "" {
			return e
		}
	}
	return workflow.Climbed{}
}

// called lists whom the last event called, with their rungs.
func called(s *story) string {
	e, _ := s.facts[len(s.facts)-1].Event.(workflow.Climbed)
	var out []string
	for _, k := range e.Calls {
		out = append(out, string(k.Person))
	}
	return strings.Join(out, " ")
}

// A wish for an extension that nobody answers in half an hour calls the unit above, rung by rung, beside the complaint's own climb, until
// somebody answers.
func TestUnansweredExtension(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.does("jingan.staff", "09:05", workflow.Request{Reason: "等鉴定"})
	d, ok := s.c.DeadlineByID("answer/1")
	if !ok || !d.Due.Equal(s.at("09:35")) || d.Rule != workflow.RulePlus {
		t.Fatalf("the answer is due by %+v", d)
	}
	s.does("system", "09:30", workflow.Expire{Wake: "accept/1"})
	own := *s.c.Climbing()
	if got, want := s.told("system", "09:35", workflow.Expire{Wake: "answer/1"}), "await@6 sh.office, line@6, card@6"; got != want {
		t.Errorf("nobody answered: told %s, want %s", got, want)
	}
	e := asideOf(s)
	if e.Cause != workflow.CauseUnanswered || e.Unit != "sh" || e.Deadline != "answer/1" || e.Rung != 1 || !e.Next.Equal(s.at("09:50")) {
		t.Errorf("the event says %+v", e)
	}
	if climb := s.c.Climbing(); climb == nil || climb.Rung != own.Rung || len(climb.Calls) != len(own.Calls) {
		t.Errorf("the complaint's own climb became %+v", climb)
	}
	// The handler's work and an acknowledgement end the complaint's own climb alone.
	s.does("jingan.staff", "09:36", workflow.Accept{})
	s.does("system", "09:50", workflow.Expire{Wake: "ladder/answer/1"})
	if got := called(s); got != "sh.president sh.office" && got != "sh.deputy" {
		t.Errorf("a quarter of an hour later %s", got)
	}
	// Who was called may answer, whatever the position.
	if no := workflow.Can(s.c, workflow.VerbGrant, workflow.Person("sh.office"), s.rules); no != nil {
		t.Errorf("who is called may not answer: %+v", no)
	}
	owed := s.c.Owed()
	if len(owed) != 1 || owed[0].Verb != workflow.VerbGrant || !owed[0].Due.Equal(s.at("09:35")) || !slices.Contains(owed[0].People, "sh.office") {
		t.Errorf("owed is %+v", owed)
	}
	s.does("sh.consumer_protection", "09:55", workflow.DenyExtension{Reason: "材料已齐"})
	if a := s.c.Asides[0]; a.Ending != workflow.EndAnswered || a.EndedBy.Person != "sh.consumer_protection" || !a.Next.IsZero() || len(s.c.Owed()) > 0 {
		t.Errorf("answered, and the climb is %+v, owed %+v", a, s.c.Owed())
	}
	for _, w := range s.c.Wakes() {
		if strings.Contains(w.ID, "answer") {
			t.Errorf("it still wakes for %s", w.ID)
		}
	}
}

// A proposal to hand on calls the unit that was asked; another proposal takes the first one's place, and closing ends it.
func TestUnansweredProposal(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.does("jingan.manager", "09:05", workflow.Transfer{To: "xuhui", Reason: "账户在徐汇"})
	s.does("system", "09:35", workflow.Expire{Wake: "answer/1"})
	e := asideOf(s)
	if e.Unit != "xuhui" || len(e.Calls) == 0 || slices.ContainsFunc(e.Calls, func(k workflow.Called) bool { return strings.HasPrefix(string(k.Person), "jingan.") }) {
		t.Errorf("it calls %+v", e)
	}
	s.does("jingan.manager", "09:40", workflow.Transfer{To: "sz", Reason: "账户在苏州"})
	if a := s.c.Asides[0]; a.Ending != workflow.EndReplaced {
		t.Errorf("the first proposal's climb is %+v", a)
	}
	s.does("system", "10:10", workflow.Expire{Wake: "answer/2"})
	if e := asideOf(s); e.Unit != "sz" {
		t.Errorf("it calls %s", e.Unit)
	}
	s.does("sh.president", "10:20", workflow.Close{Reason: "客户失联"})
	if a := s.c.Asides[1]; a.Ending != workflow.EndClosed || !a.Next.IsZero() {
		t.Errorf("closed, and the climb is %+v", a)
	}
}

// After a downtime the rung is called where it should stand by then, once.
func TestUnansweredAfterDowntime(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.does("jingan.staff", "09:05", workflow.Request{Reason: "等鉴定"})
	s.does("system", "15:00", workflow.Expire{Wake: "answer/1"})
	n := 0
	for _, f := range s.facts {
		if e, ok := f.Event.(workflow.Climbed); ok && e.Unit != "" {
			n++
			if e.Rung != len(s.rules.Policy.Ladder) || !e.Late {
				t.Errorf("called as %+v", e)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d calls after a downtime", n)
	}
}

// asides holds each call for an answer against what no such call may do.
func (m *machine) asides(t *rapid.T, facts []workflow.Fact) {
	for _, f := range facts {
		e, ok := f.Event.(workflow.Climbed)
		if !ok || e.Unit == "" {
			continue
		}
		once := map[org.PersonID]bool{}
		for _, k := range e.Calls {
			if once[k.Person] || slices.Contains(m.c.Subjects, k.Person) || k.Rung > e.Rung {
				t.Fatalf("%+v is called in %+v", k, e)
			}
			once[k.Person] = true
		}
		d, _ := m.c.DeadlineByID(e.Deadline)
		if d.Deadline.Clock != workflow.ClockAnswer || d.Breached.IsZero() || !d.Waits() || len(e.Calls) == 0 || m.now.Before(d.Due) {
			t.Fatalf("%+v is called for %+v at %s", e, d, m.now)
		}
	}
	going := map[string]int{}
	for _, a := range m.c.Asides {
		if a.Ended.IsZero() {
			going[a.Deadline]++
		}
	}
	for _, d := range m.c.Clocks {
		if d.Deadline.Clock != workflow.ClockAnswer {
			continue
		}
		want := 0
		if d.Waits() && !d.Breached.IsZero() {
			want = 1
		}
		if going[d.ID] != want || d.Waits() && len(m.c.Owed()) == 0 {
			t.Fatalf("%d climbs for %+v, want %d; owed %+v", going[d.ID], d, want, m.c.Owed())
		}
		delete(going, d.ID)
	}
	if len(going) > 0 {
		t.Fatalf("climbs for nothing: %v", going)
	}
}
