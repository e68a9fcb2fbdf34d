package workflow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/org"
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
	rings := "ring@%d jingan.manager, ring@%[1]d jingan.deputy, ring@%[1]d jingan.president"
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
		{"sh.compliance", "23:14", workflow.SetGrade{Grade: workflow.GradeKey}, "line@6, card@6, mirror@6 sh, mirror@6 hq"},
		{"system", "2026-11-24 01:10", workflow.Expire{Deadline: "day/1"}, "line@7, line@8, line@9, line@11, " + fmt.Sprintf(rings, 11) + ", card@11, mirror@11 sh, mirror@11 hq"},
		{"system", "2026-11-25 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-24")}, "line@12, card@12, mirror@12 sh, mirror@12 hq"},
		{"sh.president", "2026-11-25 09:00", workflow.Close{Reason: "维持"}, "line@13, card@13, mirror@13 sh, mirror@13 hq"},
		{"sh.president", "2026-11-25 09:01", workflow.Note{Text: "x"}, "line@14, card@14"},
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

func TestOvernightPeople(t *testing.T) {
	t.Parallel()
	tree := bank(t).Tree
	for unit, want := range map[org.UnitID][]org.PersonID{
		"jingan": {"jingan.manager", "jingan.deputy", "jingan.president"},
		"cairo":  {"sz.deputy", "sz.president"}, // nobody there: the next unit above
		"hq":     {"hq.president"},
	} {
		if diff := cmp.Diff(want, workflow.OvernightPeople(unit, tree)); diff != "" {
			t.Errorf("people of %s (-want +got):\n%s", unit, diff)
		}
	}
	bare, err := org.New([]org.Unit{{
		ID: "hq", Tier: org.HeadOffice, Zone: time.UTC, Positions: map[org.Position][]org.PersonID{org.Standing: {"a"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]org.PersonID{"a"}, workflow.OvernightPeople("hq", bare)); diff != "" {
		t.Errorf("without leaders (-want +got):\n%s", diff)
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
	const more = "note customer grade kind correct extend close"
	for i, want := range []string{
		"[accept assign] [" + more + "]", "[assign] [" + more + "]", "[contact] [assign " + more + "]",
		"[handle] [assign " + more + "]", "[feedback] [assign " + more + "]", "[reopen] [note customer correct]",
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
		"jingan.staff":      "[accept] [note correct]",
		"jingan.manager":    "[accept assign] [note correct]",
		"sh.president":      "[] [note grade kind extend close]",
		"hq.standing":       "[] [note]",
		"stranger":          "[] []",
		"jingan.compliance": "[accept] [note grade kind correct]",
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
