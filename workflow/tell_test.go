package workflow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sameday/workflow"
)

// told lets somebody act and returns what must be told, in short: "line@3", "mirror@3 sh", "ring@4 jingan.manager".
func (s *story) told(who, when string, cmd workflow.Command) string {
	s.t.Helper()
	before, n := s.c, len(s.facts)
	s.does(who, when, cmd)
	var out []string
	for _, notice := range workflow.Tell(before, s.c, s.facts[n:], s.rules) {
		text := fmt.Sprintf("%s@%d", notice.Kind, notice.Version)
		if about := string(notice.Unit) + string(notice.Person); about != "" {
			text += " " + about
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestTell(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	posted := workflow.Posted{What: "root", Channel: "C", TS: "1"}
	for _, c := range []struct {
		who, when string
		cmd       workflow.Command
		want      string
	}{
		{"jingan.staff", "23:10", workflow.Open{Unit: "jingan", Summary: strings.Repeat("长", 301), Customer: workflow.CustomerRef{Record: "r", Name: "张*"}}, "root@1, line@1, mirror@1 sh"},
		{"system", "23:11", workflow.RecordPost{Posted: posted}, ""},
		{"jingan.manager", "23:12", ordinary(workflow.StepAssign), "line@3, line@4, card@4"},
		{"jingan.manager", "23:13", workflow.ShowCustomer{}, ""},
		{"sh.compliance", "23:14", workflow.SetGrade{Grade: workflow.GradeKey, Notice: "2026-17"}, "line@6, card@7, mirror@7 sh, mirror@7 hq"},
		{"jingan.president", "23:20", workflow.Lead{}, "line@8, card@8"},
		{"system", "2026-11-24 01:10", workflow.Expire{Wake: "day/1"}, "ring@14 xuhui.staff, ring@14 jingan.manager, ring@14 jingan.deputy, called@14 jingan, card@14, mirror@14 sh, mirror@14 hq"},
		{"jingan.manager", "2026-11-24 01:12", workflow.Ack{}, "answered@15 xuhui.staff, answered@15 jingan.manager, answered@15 jingan.deputy, line@15, card@15"},
		{"system", "2026-11-25 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-24")}, "ring@17 xuhui.staff, ring@17 jingan.manager, ring@17 jingan.deputy, ring@17 jingan.president, ring@17 sh.consumer_protection, line@17, card@17, mirror@17 sh, mirror@17 hq"},
		{"sh.president", "2026-11-25 09:00", workflow.Close{Reason: "维持"}, "answered@18 xuhui.staff, answered@18 jingan.manager, answered@18 jingan.deputy, " +
			"answered@18 jingan.president, answered@18 sh.consumer_protection, line@18, card@18, mirror@18 sh, mirror@18 hq"},
		{"sh.president", "2026-11-25 09:01", workflow.Note{Text: "x"}, "line@19, card@19"},
	} {
		if got := s.told(c.who, c.when, c.cmd); got != c.want {
			t.Errorf("%s %s tells\n%s, want\n%s", c.who, c.cmd.Verb(), got, c.want)
		}
	}
	if got := newStory(t).told("jingan.staff", "09:00", workflow.Open{Unit: "jingan", Summary: "短"}); got != "root@1, mirror@1 sh" {
		t.Errorf("a short complaint tells %s: its card says everything", got)
	}
	if got := newStory(t).told("system", "09:00", workflow.Open{Unit: "sh", Summary: "短", Source: workflow.SourceNFRA}); got != "root@1, mirror@1 hq" {
		t.Errorf("a regulator's complaint at the branch tells %s", got)
	}
}

// Rule 14: nobody is rung for what is closed.
func TestNoRingAfterClosing(t *testing.T) {
	t.Parallel()
	s := opened(t).upTo(workflow.StepFeedback)
	got := s.told("jingan.staff", "2026-11-24 00:02", ordinary(workflow.StepFeedback))
	if strings.Contains(got, "ring") || !s.c.Overnight() {
		t.Errorf("closing tells %s", got)
	}
}

// A breach that calls people is told by naming them; one that calls nobody by a line, and several at once by one.
func TestTellTheLadder(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.rules.Gateway = true
	for _, c := range []struct {
		who, when string
		cmd       workflow.Command
		want      string
	}{
		{"system", "09:30", workflow.Expire{Wake: "accept/1"}, "ring@3 jingan.staff, called@3 jingan, card@3"},
		{"system", "09:45", workflow.Expire{Wake: "ladder"}, "ring@4 jingan.manager, gateway@4 jingan.manager, ring@4 jingan.deputy, gateway@4 jingan.deputy, called@4 jingan, card@4"},
		{"jingan.manager", "09:50", workflow.Ack{}, "answered@5 jingan.staff, answered@5 jingan.manager, answered@5 jingan.deputy, line@5, card@5"},
		{"jingan.staff", "09:51", workflow.Escalate{Reason: "媒体关注"}, "ring@6 jingan.president, gateway@6 jingan.president, ring@6 sh.office, gateway@6 sh.office, called@6 jingan, card@6"},
		{"jingan.president", "09:52", workflow.Return{Rung: 1, Reason: "支行自行处理"}, "ring@7 jingan.staff, called@7 jingan, card@7"},
		{"jingan.manager", "13:00", workflow.Assign{Handler: "jingan.staff"}, "answered@12 jingan.president, answered@12 sh.office, answered@12 jingan.staff, line@8, line@10, line@11, card@12"}, // two breaches, and a rung's time before anybody is called
		{"jingan.staff", "13:01", ordinary(workflow.StepContact), "line@13, card@13"},
		{"system", "2026-11-24 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-23")}, "ring@18 jingan.staff, ring@18 jingan.manager, gateway@18 jingan.manager, ring@18 jingan.deputy, " +
			"gateway@18 jingan.deputy, line@18, card@18, mirror@18 sh, mirror@18 hq"}, // the channel reads the job's digest
	} {
		if got := s.told(c.who, c.when, c.cmd); got != c.want {
			t.Errorf("%s %s at %s tells\n%s, want\n%s", c.who, c.cmd.Verb(), c.when, got, c.want)
		}
	}
}

func TestMenus(t *testing.T) {
	t.Parallel()
	text := func(m workflow.Menu) string { return fmt.Sprint(m.Next, m.More) }
	s := newStory(t)
	if got := text(workflow.Buttons(s.c)); got != "[] []" {
		t.Errorf("no complaint has the buttons %s", got)
	}
	s.does("jingan.staff", "09:00", workflow.Open{Unit: "jingan", Summary: "x", Customer: workflow.CustomerRef{Record: "r"}})
	const more = "note customer escalate grade kind correct extend close request transfer collective lead direct report expert mediate merge group"
	for i, want := range []string{
		"[accept assign] [" + more + "]", "[assign] [" + more + "]", "[contact] [assign " + more + "]",
		"[handle] [assign " + more + "]", "[feedback] [assign " + strings.Replace(more, "expert", "read expert", 1) + "]", "[reopen] [note customer correct read]",
	} {
		if got := text(workflow.Buttons(s.c)); got != want {
			t.Errorf("after %d steps the buttons are %s, want %s", i, got, want)
		}
		if i < 5 {
			s.does("jingan.manager", "09:10", ordinary(workflow.Steps()[i]))
		}
	}
	o := opened(t)
	if got := text(workflow.Buttons(o.c)); strings.Contains(got, "customer") || !strings.Contains(got, "extend") {
		t.Errorf("the buttons without a customer are %s", got)
	}
	r := opened(t).upTo(workflow.StepFeedback).does("jingan.staff", "10:00", workflow.Feedback{Answer: workflow.Unsatisfied})
	if got := text(workflow.Buttons(r.c)); strings.Contains(got, "extend") {
		t.Errorf("the buttons without a clock to extend are %s", got)
	}
	for who, want := range map[string]string{
		"jingan.staff":      "[accept] [note escalate correct request collective]",
		"jingan.manager":    "[accept assign] [note escalate correct request transfer collective merge]",
		"sh.president":      "[] [note escalate grade kind extend close lead direct expert mediate group]",
		"hq.standing":       "[] [note escalate]",
		"stranger":          "[] []",
		"jingan.compliance": "[accept] [note escalate grade kind correct request collective direct]",
	} {
		if got := text(workflow.MenuFor(o.c, workflow.ParseActor(who), o.rules)); got != want {
			t.Errorf("the menu of %s is %s, want %s", who, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[workflow.Verb]bool{}
	var steps []workflow.Step
	for _, row := range workflow.Table() {
		if row.Verb == "" || seen[row.Verb] || row.Verb == "system" || row.Right == "" || row.When == "" {
			t.Errorf("row %+v", row)
		}
		seen[row.Verb] = true
		if row.Step != "" {
			steps = append(steps, row.Step)
			if row.When != workflow.WhenStep || string(row.Verb) != string(row.Step) {
				t.Errorf("step row %+v", row)
			}
		}
		if len(workflow.Grants(row.Right)) == 0 {
			t.Errorf("nobody may %s", row.Verb)
		}
	}
	if !slices.Equal(steps, workflow.Steps()) {
		t.Errorf("the table has the steps %v", steps)
	}
	workflow.Table()[0].Verb = "broken"
	if workflow.Table()[0].Verb != workflow.VerbNew {
		t.Error("a caller can change the table")
	}
	if no := workflow.Can(workflow.Complaint{}, "dance", workflow.Person("jingan.staff"), bank(t)); no == nil || no.Code != workflow.NoSuchVerb {
		t.Errorf("dancing: %+v", no)
	}
}
