package workflow_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sameday/workflow"
	"sameday/workflow/org"
)

// pair is a complaint with its main, moved as a desk moves them: together.
type pair struct {
	*story
	main *story
}

func repeated(t *testing.T) pair {
	p := pair{opened(t), opened(t)}
	p.main.c.ID = "20261123-005"
	return p
}

// merges merges the repeat into the main.
func (p pair) merges(who, when string) pair {
	p.t.Helper()
	before := p.main.c
	p.does(who, when, workflow.Merge{Into: before.ID, Main: &before})
	p.main.does(who, when, workflow.TakeRepeat{Repeat: p.c.ID})
	return p
}

// moves does something to the main, and what that does to the repeat.
func (p pair) moves(who, when string, cmd workflow.Command) pair {
	p.t.Helper()
	n := len(p.main.facts)
	p.main.does(who, when, cmd)
	follow := workflow.Follow{Main: p.main.c, Facts: p.main.facts[n:]}
	if _, err := workflow.Decide(p.c, follow, workflow.Person(org.PersonID(who)), p.rules, p.at(when)); err == nil {
		p.does(who, when, follow)
	}
	return p
}

func TestMerge(t *testing.T) {
	t.Parallel()
	p := repeated(t)
	p.main.does("jingan.manager", "09:01", workflow.Assign{Handler: "jingan.staff"})
	p.does("system", "09:30", workflow.Expire{Wake: "accept/1"})
	main := p.main.c
	p.refused("jingan.staff", "09:40", workflow.Merge{Into: main.ID, Main: &main}, workflow.NoRight)
	p.refused("jingan.manager", "09:40", workflow.Merge{}, workflow.Missing)
	p.refused("jingan.manager", "09:40", workflow.Merge{Into: "20261123-099"}, workflow.NoMain)
	self := p.c
	p.refused("jingan.manager", "09:40", workflow.Merge{Into: self.ID, Main: &self}, workflow.MergeSelf)

	p.merges("jingan.manager", "09:40")
	if p.c.Main != main.ID || !slices.Equal(p.main.c.Repeated, []workflow.ID{p.c.ID}) || p.c.Handler != "jingan.staff" {
		t.Errorf("merged into %q, which has %q; handled by %s", p.c.Main, p.main.c.Repeated, p.c.Handler)
	}
	if d, _ := p.c.DeadlineByID("accept/1"); d.Breached.IsZero() || p.c.Next() != workflow.StepContact {
		t.Errorf("merging hides the breach of %+v, next is %s", d, p.c.Next())
	}
	// It has no step of its own any more, and cannot be merged further; nor can its main be made a repeat.
	for _, cmd := range []workflow.Command{ordinary(workflow.StepContact), workflow.Transfer{To: "xuhui", Reason: "x"}, workflow.Merge{Into: "20261123-003", Main: &main}} {
		if no := p.refused("jingan.manager", "09:41", cmd, workflow.IsMerged); no.Value != string(main.ID) || no.By != "jingan.manager" {
			t.Errorf("the refusal says %+v", no)
		}
	}
	menu := workflow.Buttons(p.c)
	if !slices.Contains(menu.Next, workflow.VerbSeparate) || slices.ContainsFunc(append(menu.Next, menu.More...), func(v workflow.Verb) bool {
		row, _ := workflow.RowOf(v)
		return row.Step != ""
	}) {
		t.Errorf("the menu of a repeat is %+v", menu)
	}
	other := p.c
	other.ID = "20261123-003"
	other.Main, other.Repeated = "", nil
	if no := p.main.refused("jingan.manager", "09:42", workflow.Merge{Into: other.ID, Main: &other}, workflow.HasRepeats); no.Value != string(p.c.ID) {
		t.Errorf("the refusal names %s", no.Value)
	}

	// What is done to the main is done to it, late or not by its own clocks.
	p.does("system", "11:00", workflow.Expire{Wake: "contact/1"})
	p.moves("jingan.staff", "11:30", ordinary(workflow.StepContact))
	d, _ := p.c.DeadlineByID("contact/1")
	if m := p.c.Done[workflow.StepContact]; m.By != "jingan.staff" || !m.At.Equal(p.at("11:30")) || d.Breached.IsZero() || p.c.Climbing() != nil && p.c.Climbing().Rung > 0 {
		t.Errorf("contact by %+v, its clock %+v", m, d)
	}
	if e := latest[workflow.Followed](p.story); e.Main != main.ID || e.Version != p.main.c.Version || e.Step != workflow.StepContact {
		t.Errorf("the event says %+v", e)
	}
	p.moves("jingan.staff", "11:40", ordinary(workflow.StepHandle)).moves("jingan.staff", "11:50", workflow.Feedback{Answer: workflow.Unsatisfied})
	if p.c.Round != 2 || p.c.Next() != workflow.StepContact {
		t.Errorf("round %d, next %s", p.c.Round, p.c.Next())
	}
	// A night is left in each of them.
	p.does("system", "2026-11-24 00:05", workflow.FlagOvernight{Day: p.c.Account})
	p.main.does("system", "2026-11-24 00:05", workflow.FlagOvernight{Day: p.main.c.Account})
	p.moves("jingan.staff", "2026-11-24 09:00", ordinary(workflow.StepContact)).moves("jingan.staff", "2026-11-24 09:10", ordinary(workflow.StepHandle))
	p.moves("jingan.staff", "2026-11-24 09:20", workflow.Feedback{Answer: workflow.Satisfied})
	if p.c.Open() || p.main.c.Open() || p.c.Outcome != workflow.ClosedSatisfied || p.c.ClosedBy.Person != "jingan.staff" || p.c.Night() != 1 || p.main.c.Night() != 1 {
		t.Errorf("closed %q and %q after %d and %d nights", p.c.Outcome, p.main.c.Outcome, p.c.Night(), p.main.c.Night())
	}
	p.refused("jingan.staff", "2026-11-24 10:00", workflow.Reopen{Reason: "x"}, workflow.IsMerged)
}

func TestSeparate(t *testing.T) {
	t.Parallel()
	p := repeated(t)
	p.refused("jingan.manager", "09:02", workflow.Separate{Reason: "x"}, workflow.NotMerged)
	p.merges("jingan.manager", "09:03")
	p.refused("jingan.staff", "09:04", workflow.Separate{Reason: "x"}, workflow.NoRight)
	p.refused("jingan.manager", "09:04", workflow.Separate{Reason: " "}, workflow.Missing)
	p.does("jingan.manager", "09:05", workflow.Separate{Reason: "是两笔不同的扣费"})
	p.main.does("jingan.manager", "09:05", workflow.DropRepeat{Repeat: p.c.ID})
	if p.c.Main != "" || len(p.main.c.Repeated) > 0 {
		t.Errorf("still merged into %q, which has %q", p.c.Main, p.main.c.Repeated)
	}
	p.moves("jingan.manager", "09:10", workflow.Accept{})
	if len(p.c.Done) > 0 {
		t.Error("apart, and it follows")
	}
	p.does("jingan.staff", "09:11", workflow.Accept{})
}

// A repeat of what was closed lately reopens it, and that counts against the closing; what was closed too long ago takes none.
func TestMergeIntoClosed(t *testing.T) {
	t.Parallel()
	p := repeated(t)
	p.main.upTo("")
	before := p.main.c
	p.refused("xuhui.manager", "2026-11-24 09:00", workflow.Merge{Into: before.ID, Main: &before}, workflow.NoRight)
	if no := p.refused("jingan.manager", "2026-12-01 09:00", workflow.Merge{Into: before.ID, Main: &before}, workflow.MergeClosed); no.Min != 7 {
		t.Errorf("closed for more than %d days", no.Min)
	}
	p.merges("jingan.manager", "2026-11-24 09:00")
	if !p.main.c.Open() || p.main.c.Reopenings != 1 || p.c.Next() != workflow.StepContact {
		t.Errorf("the main is open %v after %d reopenings; next of the repeat is %s", p.main.c.Open(), p.main.c.Reopenings, p.c.Next())
	}
	if e := latest[workflow.Reopened](p.main); e.Reason != string(p.c.ID) {
		t.Errorf("reopened because of %q", e.Reason)
	}
}

// Across units the person needs the right at both, but for a main that was handed on from the repeat's unit.
func TestMergeAcrossUnits(t *testing.T) {
	t.Parallel()
	p := repeated(t)
	other := newStory(t).does("xuhui.staff", "09:00", workflow.Open{Unit: "xuhui", Summary: "多收年费"})
	other.c.ID = "20261123-008"
	main := other.c
	merge := workflow.Merge{Into: main.ID, Main: &main}
	if no := p.refused("jingan.manager", "09:05", merge, workflow.OtherUnits); no.Value != string(main.ID) || len(no.Who) == 0 {
		t.Errorf("the refusal says %+v", no)
	}
	p.does("sh.consumer_protection", "09:06", merge)

	moved := repeated(t)
	moved.main.does("jingan.manager", "09:02", workflow.Transfer{To: "xuhui", Reason: "x"}).does("xuhui.manager", "09:03", workflow.Receive{})
	moved.merges("jingan.manager", "09:10")

	subject := repeated(t)
	subject.main = newStory(t).does("jingan.staff", "09:00", workflow.Open{Unit: "jingan", Summary: "x", Subjects: []org.PersonID{"jingan.manager"}})
	subject.main.c.ID = "20261123-005"
	about := subject.main.c
	subject.refused("jingan.manager", "09:05", workflow.Merge{Into: about.ID, Main: &about}, workflow.SubjectRecused)
}

// Whom a repeat is about neither gets it with the main, nor moves it.
func TestFollowRecused(t *testing.T) {
	t.Parallel()
	p := pair{newStory(t).does("jingan.president", "09:00", workflow.Open{Unit: "jingan", Summary: "态度恶劣", Subjects: []org.PersonID{"jingan.staff"}}), opened(t)}
	p.main.c.ID = "20261123-005"
	p.merges("jingan.manager", "09:01")
	p.moves("jingan.manager", "09:02", workflow.Assign{Handler: "jingan.staff"})
	if p.c.Handler != "" || p.c.Next() != workflow.StepContact {
		t.Errorf("handled by %q, next is %s", p.c.Handler, p.c.Next())
	}
	p.moves("jingan.staff", "09:05", ordinary(workflow.StepContact))
	if p.c.Next() != workflow.StepContact {
		t.Error("whom it is about contacted the customer for it")
	}
	p.moves("jingan.manager", "09:10", ordinary(workflow.StepHandle))
	if p.c.Next() != workflow.StepFeedback {
		t.Errorf("next is %s", p.c.Next())
	}
}

// merge makes a main for the machine's complaint: another of its unit, as far on as it came.
func (m *machine) merge(t *rapid.T) workflow.Command {
	main := workflow.Complaint{ID: "20261020-000"}
	do := func(cmd workflow.Command, by workflow.Actor) {
		if events, err := workflow.Decide(main, cmd, by, m.rules, m.now); err == nil {
			main = main.With(workflow.NewFacts(main, events, by, m.now)...)
		}
	}
	unit := m.c.Unit
	if unit == "" { // a command that will be refused
		unit = "jingan"
	}
	do(workflow.Open{Unit: unit, Summary: "同一件事", ReceivedAt: m.now.Add(-time.Hour)}, workflow.System())
	for range rapid.IntRange(0, 3).Draw(t, "main steps") {
		for _, p := range m.people {
			if verb := workflow.Verb(main.Next()); workflow.Can(main, verb, workflow.Person(p), m.rules) == nil {
				do(ordinary(main.Next()), workflow.Person(p))
				break
			}
		}
	}
	return workflow.Merge{Into: main.ID, Main: &main}
}

// follow lets the main go on: the repeat follows, whatever that is.
func (m *machine) follow(t *rapid.T) {
	if m.c.Main == "" {
		t.Skip("no repeat")
	}
	main := workflow.Complaint{ID: m.c.Main, Handler: rapid.SampledFrom(m.rules.Tree.People()).Draw(t, "main handler")}
	by := workflow.Person(rapid.SampledFrom(m.people).Draw(t, "who"))
	answer := rapid.SampledFrom(workflow.Answers()).Draw(t, "answer")
	all := [][]workflow.Event{
		{workflow.Accepted{}, workflow.Assigned{Handler: main.Handler}},
		{workflow.Transferred{From: "jingan", To: "xuhui", Handler: main.Handler}},
		{workflow.ContactTried{}},
		{workflow.Acknowledged{}},
		{workflow.Contacted{}},
		{workflow.Handled{Solution: workflow.Explained}},
		{workflow.FedBack{Answer: answer}, workflow.Closed{Outcome: workflow.ClosedSatisfied}},
		{workflow.Closed{Outcome: workflow.ClosedOverride, Reason: "客户失联"}},
		{workflow.Noted{Text: "x"}},
	}
	follow := workflow.Follow{Main: main}
	for i, e := range rapid.SampledFrom(all).Draw(t, "event") {
		follow.Facts = append(follow.Facts, workflow.Fact{Version: 7 + i, At: m.now, By: by, Event: e})
	}
	before := len(m.c.Done)
	if err := m.do(t, by, follow); err != nil {
		return
	}
	if len(m.c.Done) < before && m.c.Round == 1 {
		t.Fatalf("following took steps away: %v", m.c.Done)
	}
}
