package workflow_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/org"
)

// Rules 1 and 2: the five steps in order, each once, and every other order refused by what comes first.
func TestStepsInOrder(t *testing.T) {
	t.Parallel()
	for _, now := range workflow.Steps() {
		for _, tried := range workflow.Steps() {
			s := opened(t).upTo(now)
			a, b := slices.Index(workflow.Steps(), tried), slices.Index(workflow.Steps(), now)
			switch {
			case tried == workflow.StepAssign && a <= b+1: // in one go, or to somebody else
				s.does("jingan.manager", "09:30", workflow.Assign{Handler: "jingan.staff"})
			case a < b:
				no := s.refused("jingan.president", "09:30", ordinary(tried), workflow.AlreadyDone)
				if no.By != "jingan.manager" || no.At.Before(s.at("09:01")) || no.At.After(s.at("09:05")) {
					t.Errorf("%s again: done by %s at %s", tried, no.By, no.At)
				}
			case a > b:
				if no := s.refused("jingan.president", "09:30", ordinary(tried), workflow.NotInOrder); no.First != workflow.Verb(now) {
					t.Errorf("%s before %s: first comes %s", tried, now, no.First)
				}
			default:
				s.does("jingan.president", "09:30", ordinary(tried))
				if m := s.c.Done[now]; m.By != "jingan.president" || !m.At.Equal(s.at("09:30")) {
					t.Errorf("%s is marked %+v", now, m)
				}
			}
		}
	}
}

// From arrival to closing, with what each step stops.
func TestFromArrivalToClosing(t *testing.T) {
	t.Parallel()
	s := opened(t)
	waiting := func() string {
		var out []string
		for _, r := range s.c.Clocks {
			if r.Waits() {
				out = append(out, r.ID)
			}
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		step  workflow.Step
		waits string
	}{
		{workflow.StepAccept, "assign/1 contact/1 handle/1 feedback/1 day/1 statutory/1"},
		{workflow.StepAssign, "contact/1 handle/1 feedback/1 day/1 statutory/1"},
		{workflow.StepContact, "handle/1 feedback/1 day/1 statutory/1"},
		{workflow.StepHandle, "feedback/1 day/1 statutory/1"},
		{workflow.StepFeedback, ""},
	} {
		if s.c.Next() != c.step {
			t.Fatalf("next is %s, want %s", s.c.Next(), c.step)
		}
		s.does("jingan.manager", "09:10", ordinary(c.step))
		if got := waiting(); got != c.waits {
			t.Errorf("after %s these clocks wait: %s, want %s", c.step, got, c.waits)
		}
	}
	if s.c.Outcome != workflow.ClosedSatisfied || !s.c.ClosedSameDay || s.c.ClosedBy != workflow.Person("jingan.manager") || s.c.Next() != "" {
		t.Errorf("closed as %s by %s, same day %v, next %q", s.c.Outcome, s.c.ClosedBy, s.c.ClosedSameDay, s.c.Next())
	}
	if !s.c.Due().IsZero() {
		t.Errorf("a closed complaint is due at %s", s.c.Due())
	}
}

func TestStepsOfWhatIsNotOpen(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	for _, step := range workflow.Steps() {
		s.refused("jingan.manager", "09:10", ordinary(step), workflow.NoSuchComplaint)
	}
	for _, cmd := range []workflow.Command{
		workflow.Note{Text: "x"},
		workflow.Reopen{Reason: "x"},
		workflow.Close{Reason: "x"},
		workflow.ShowCustomer{},
		workflow.Correct{},
		workflow.SetCustomer{},
		workflow.Extend{},
		workflow.SetGrade{},
		workflow.Lead{},
		workflow.Direct{},
		workflow.Take{},
		workflow.Done{},
		workflow.Decline{},
		workflow.Progress{},
		workflow.ReadBriefing{},
	} {
		s.refused("jingan.manager", "09:10", cmd, workflow.NoSuchComplaint)
	}
	s.refused("system", "09:10", workflow.Expire{Wake: "accept/1"}, workflow.NoSuchComplaint)
	s = opened(t).upTo("")
	for _, step := range workflow.Steps() {
		no := s.refused("jingan.manager", "09:10", ordinary(step), workflow.IsClosed)
		if no.First != workflow.VerbReopen || no.By != "jingan.manager" || !no.At.Equal(s.at("09:05")) {
			t.Errorf("closed by %s at %s, first comes %s", no.By, no.At, no.First)
		}
	}
	no := s.refused("jingan.staff", "09:10", workflow.Open{Unit: "jingan", Summary: "x"}, workflow.AlreadyDone)
	if no.By != "jingan.staff" || !no.At.Equal(s.at("09:00")) {
		t.Errorf("opened by %s at %s", no.By, no.At)
	}
}

func TestAssign(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.refused("jingan.staff", "09:05", ordinary(workflow.StepAssign), workflow.NoRight)
	s.refused("jingan.manager", "09:05", workflow.Assign{}, workflow.Missing)
	if no := s.refused("jingan.manager", "09:05", workflow.Assign{Handler: "nobody"}, workflow.NotInBank); no.Person != "nobody" {
		t.Errorf("not in the bank: %s", no.Person)
	}
	co := workflow.Assign{Handler: "jingan.staff", CoHandlers: []org.PersonID{"nobody"}}
	if no := s.refused("jingan.manager", "09:05", co, workflow.NotInBank); no.Field != "co_handlers" {
		t.Errorf("the wrong field is %s", no.Field)
	}
	s.refused("jingan.manager", "09:05", workflow.Assign{Handler: "jingan.staff", Note: strings.Repeat("很", 20_001)}, workflow.TooLong)

	a := workflow.Assign{
		Handler: "xuhui.staff", CoHandlers: []org.PersonID{"jingan.staff", "xuhui.staff", "jingan.staff"}, Note: "电 13812341234",
	}
	s.does("jingan.manager", "09:06", a)
	if diff := cmp.Diff([]string{"accepted.v1", "assigned.v1"}, s.kinds(1)); diff != "" {
		t.Errorf("assigning what nobody accepted (-want +got):\n%s", diff)
	}
	want := workflow.Assigned{Handler: "xuhui.staff", CoHandlers: []org.PersonID{"jingan.staff"}, Note: "电 138****1234"}
	if diff := cmp.Diff(want, s.last()); diff != "" {
		t.Errorf("assigned (-want +got):\n%s", diff)
	}
	if no := s.refused("jingan.deputy", "09:07", a, workflow.AlreadyDone); no.By != "jingan.manager" || !no.At.Equal(s.at("09:06")) {
		t.Errorf("done by %s at %s", no.By, no.At)
	}
	s.does("jingan.deputy", "09:08", workflow.Assign{Handler: "sh.office"})
	if s.c.Handler != "sh.office" || len(s.c.CoHandlers) != 0 || !s.c.Handles("sh.office") || s.c.Handles("xuhui.staff") || s.c.Handles("") {
		t.Errorf("handlers are %s and %s", s.c.Handler, s.c.CoHandlers)
	}
	s.refused("xuhui.staff", "09:09", ordinary(workflow.StepContact), workflow.NoRight)
	s.does("sh.office", "09:09", ordinary(workflow.StepContact))
}

func TestContact(t *testing.T) {
	t.Parallel()
	s := opened(t).upTo(workflow.StepContact)
	no := s.refused("jingan.staff", "09:10", workflow.Contact{How: "pigeon", Reached: true}, workflow.NotOneOf)
	if no.Field != "how" || no.Value != "pigeon" {
		t.Errorf("refused %s of %s", no.Value, no.Field)
	}
	s.refused("jingan.staff", "09:10", workflow.Contact{Wants: strings.Repeat("a", 20_001)}, workflow.TooLong)
	s.does("jingan.staff", "09:10", workflow.Contact{Wants: "无人接听"}).does("jingan.staff", "09:20", workflow.Contact{How: workflow.ByVisit})
	if s.c.Attempts != 2 || s.c.Next() != workflow.StepContact {
		t.Errorf("%d attempts, next %s: an attempt must not complete the step", s.c.Attempts, s.c.Next())
	}
	if d, _ := s.c.Clock(workflow.ClockContact); !d.Waits() {
		t.Error("an attempt stopped the clock")
	}
	s.does("jingan.staff", "09:30", workflow.Contact{Reached: true, Wants: "  退费\x00 "})
	if diff := cmp.Diff(workflow.Contacted{How: workflow.ByPhone, Wants: "退费"}, s.last()); diff != "" {
		t.Errorf("contacted (-want +got):\n%s", diff)
	}
}

// Rule 3: a solution says what was done; sympathy is none.
func TestHandle(t *testing.T) {
	t.Parallel()
	s := opened(t).upTo(workflow.StepHandle)
	for _, c := range []struct {
		name  string
		cmd   workflow.Handle
		code  workflow.Code
		field string
	}{
		{"nothing", workflow.Handle{}, workflow.TooShort, "text"},
		{"19 characters", workflow.Handle{Text: strings.Repeat("退", 19)}, workflow.TooShort, "text"},
		{"dots", workflow.Handle{Text: strings.Repeat("…，。！", 30)}, workflow.TooShort, "text"},
		{"emoji", workflow.Handle{Text: strings.Repeat("😀", 40)}, workflow.TooShort, "text"},
		{"sympathy", workflow.Handle{Text: "请您理解"}, workflow.OnlySympathy, "text"},
		{"much sympathy", workflow.Handle{Text: strings.Repeat("非常抱歉，请您谅解，我们高度重视！", 5)}, workflow.OnlySympathy, "text"},
		{"sympathy with a little", workflow.Handle{Text: "非常抱歉给您带来不便，我们会加强管理，请放心"}, workflow.OnlySympathy, "text"},
		{"in English", workflow.Handle{Text: "We are SORRY for any inconvenience, thank you for your patience. OK"}, workflow.OnlySympathy, "text"},
		{"unknown kind", workflow.Handle{Solution: "magic", Text: solution}, workflow.NotOneOf, "solution"},
		{"refund without money", workflow.Handle{Solution: workflow.Refunded, Text: solution}, workflow.AmountNeeded, "amount"},
		{"compensation without money", workflow.Handle{Solution: workflow.Compensated, Text: solution}, workflow.AmountNeeded, "amount"},
		{"negative amount", workflow.Handle{Text: solution, AmountFen: -1}, workflow.NotOneOf, "amount"},
		{"too long", workflow.Handle{Text: strings.Repeat("退", 20_001)}, workflow.TooLong, "text"},
		{"cause too long", workflow.Handle{Text: solution, Cause: strings.Repeat("退", 20_001)}, workflow.TooLong, "cause"},
	} {
		no := s.refused("jingan.staff", "10:00", c.cmd, c.code)
		if no.Field != c.field {
			t.Errorf("%s: the wrong field is %s, want %s", c.name, no.Field, c.field)
		}
		if (c.code == workflow.TooShort || c.code == workflow.OnlySympathy) && no.Min != 20 {
			t.Errorf("%s: at least %d characters are asked for, want 20", c.name, no.Min)
		}
	}
	s.does("jingan.staff", "10:00", workflow.Handle{
		Solution: workflow.Refunded, AmountFen: 128_000, Text: "非常抱歉。已退还年费 1,280 元，当日到账，并提交征信更正，卡号 6222021234567894 已销户", Cause: "参数",
	})
	got, ok := s.facts[len(s.facts)-2].Event.(workflow.Handled) // the report follows
	if !ok || got.Solution != workflow.Refunded || got.AmountFen != 128_000 || strings.Contains(got.Text, "6222021234567894") {
		t.Errorf("handled as %+v", s.last())
	}
	five := opened(t, func(p *workflow.Policy) { p.MinSolution = 5 }).upTo(workflow.StepHandle)
	five.does("jingan.staff", "10:00", workflow.Handle{Text: "已退年费了。"})
}

// Rule 4: satisfied or withdrawn closes, unsatisfied begins a round with a day of its own.
func TestFeedback(t *testing.T) {
	t.Parallel()
	for _, answer := range []workflow.Answer{workflow.Satisfied, workflow.Withdrawn} {
		s := opened(t).upTo(workflow.StepFeedback).does("jingan.staff", "16:00", workflow.Feedback{Answer: answer, Text: "满意"})
		if s.c.Outcome != workflow.Outcome(answer) || !s.c.ClosedSameDay {
			t.Errorf("%s closes as %s, same day %v", answer, s.c.Outcome, s.c.ClosedSameDay)
		}
	}
	s := opened(t).upTo(workflow.StepFeedback)
	if no := s.refused("jingan.staff", "16:00", workflow.Feedback{}, workflow.Missing); no.Field != "answer" {
		t.Errorf("missing is %s", no.Field)
	}
	s.refused("jingan.staff", "16:00", workflow.Feedback{Answer: "furious"}, workflow.NotOneOf)
	s.refused("jingan.staff", "16:00", workflow.Feedback{Answer: workflow.Satisfied, Text: strings.Repeat("好", 20_001)}, workflow.TooLong)

	sameDay := opened(t).upTo(workflow.StepFeedback).does("jingan.staff", "16:00", workflow.Feedback{Answer: workflow.Unsatisfied})
	sameDay.refused("system", "2026-11-24 00:00", workflow.Expire{Wake: "day/1"}, workflow.NothingChanges)
	sameDay.does("system", "2026-11-24 00:00", workflow.Expire{Wake: "day/2"})

	first := s.c.Clocks
	s.does("jingan.staff", "2026-11-24 16:00", workflow.Feedback{Answer: workflow.Unsatisfied, Text: "还要赔偿"})
	c := s.c
	if !c.Open() || c.Round != 2 || c.Next() != workflow.StepContact || c.Account.String() != "2026-11-24" || c.Day.String() != "2026-11-23" {
		t.Errorf("round %d on %s (first %s), next %s", c.Round, c.Account, c.Day, c.Next())
	}
	for _, d := range first {
		if now, _ := c.DeadlineByID(d.ID); !now.Due.Equal(d.Due) {
			t.Errorf("%s moved from %s to %s", d.ID, d.Due, now.Due)
		}
	}
	for id, due := range map[string]string{
		"contact/2": "2026-11-24 18:00", "handle/2": "2026-11-25 00:00", "feedback/2": "2026-11-25 00:00", "day/2": "2026-11-25 00:00",
	} {
		if d, ok := c.DeadlineByID(id); !ok || !d.Due.Equal(s.at(due)) || !d.Runs() {
			t.Errorf("%s is %+v, want due %s", id, d, due)
		}
	}
	if _, again := c.DeadlineByID("accept/2"); again {
		t.Error("a later round asks for accepting again")
	}
	s.does("jingan.staff", "2026-11-24 16:10", ordinary(workflow.StepContact)).does("jingan.staff", "2026-11-24 16:20", ordinary(workflow.StepHandle))
	s.does("jingan.staff", "2026-11-24 16:30", workflow.Feedback{Answer: workflow.Unsatisfied})
	s.does("jingan.staff", "2026-11-24 16:40", ordinary(workflow.StepContact)).does("jingan.staff", "2026-11-24 16:50", ordinary(workflow.StepHandle))
	s.does("jingan.staff", "2026-11-24 17:00", workflow.Feedback{Answer: workflow.Withdrawn})
	if s.c.Round != 3 || s.c.Outcome != workflow.ClosedWithdrawn || s.c.ClosedSameDay {
		t.Errorf("closed in round %d as %s, same day %v", s.c.Round, s.c.Outcome, s.c.ClosedSameDay)
	}
}

// Rule 5: only the branch president closes without the customer's word.
func TestOverride(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.refused("jingan.president", "10:00", workflow.Close{Reason: "无理要求"}, workflow.NoRight)
	for _, empty := range []string{"", " ，。 ", "😀"} {
		if no := s.refused("sh.president", "10:00", workflow.Close{Reason: empty}, workflow.Missing); no.Field != "reason" {
			t.Errorf("missing is %s", no.Field)
		}
	}
	s.does("sh.president", "10:00", workflow.Close{Reason: "重复投诉，已在 20261101-002 办结"})
	if s.c.Outcome != workflow.ClosedOverride || s.c.ClosedSameDay || s.c.OverrideWhy == "" {
		t.Errorf("closed as %s, same day %v, because %q", s.c.Outcome, s.c.ClosedSameDay, s.c.OverrideWhy)
	}
	s.refused("sh.president", "10:01", workflow.Close{Reason: "again"}, workflow.IsClosed)
}

// Rule 6: a reopening within the days of the policy counts against the closing, a later one does not.
func TestReopen(t *testing.T) {
	t.Parallel()
	open := opened(t)
	open.refused("jingan.staff", "10:00", workflow.Reopen{Reason: "x"}, workflow.NotClosed)
	for _, c := range []struct {
		when    string
		counted bool
	}{{"2026-11-23 23:00", true}, {"2026-11-30 23:59", true}, {"2026-12-01 00:00", false}} {
		s := opened(t).upTo("")
		s.refused("jingan.staff", c.when, workflow.Reopen{Reason: "?!"}, workflow.Missing)
		s.refused("sh.office", c.when, workflow.Reopen{Reason: "客户再次来电"}, workflow.NoRight)
		s.does("jingan.staff", c.when, workflow.Reopen{Reason: "客户再次来电"})
		e, _ := s.last().(workflow.Reopened)
		if e.Counted != c.counted || (s.c.Reopenings == 1) != c.counted || s.c.ClosedSameDay == c.counted {
			t.Errorf("reopened %s: counted %v, reopenings %d, still same day %v", c.when, e.Counted, s.c.Reopenings, s.c.ClosedSameDay)
		}
		if !s.c.Open() || s.c.Round != 2 || s.c.Next() != workflow.StepContact || s.c.Account.String() != c.when[:10] {
			t.Errorf("reopened %s: round %d on %s, next %s", c.when, s.c.Round, s.c.Account, s.c.Next())
		}
		s.does("sh.president", c.when, workflow.Close{Reason: "核实后维持"})
		if s.c.ClosedSameDay == c.counted {
			t.Errorf("a later closing changed how the first went: same day %v", s.c.ClosedSameDay)
		}
	}
}
