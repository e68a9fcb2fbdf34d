package workflow_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

func TestAskForAnExtension(t *testing.T) {
	t.Parallel()
	s := manned(t)
	ask := workflow.Request{Reason: "等征信中心回函，电 13812341234", CustomerTold: ""}
	s.refused("sh.president", "09:05", ask, workflow.NoRight)
	s.refused("jingan.staff", "09:05", workflow.Request{Reason: " ，"}, workflow.Missing)
	s.refused("jingan.staff", "09:05", workflow.Request{Clock: workflow.ClockForwarded, Reason: "x"}, workflow.NoClock)
	s.refused("sh.president", "09:05", workflow.GrantExtension{}, workflow.NothingAsked)
	s.refused("sh.president", "09:05", workflow.DenyExtension{Reason: "x"}, workflow.NothingAsked)

	before, _ := s.c.Clock(workflow.ClockStatutory)
	if got, want := s.told("jingan.staff", "09:05", ask), "line@2, extension_ask@2 sh.office, extension_ask@2 sh.consumer_protection, card@2"; got != want {
		t.Errorf("asking tells %s, want %s", got, want)
	}
	e := latest[workflow.ExtensionAsked](s)
	want := workflow.ExtensionAsked{
		Replaces: "statutory/1", Clock: workflow.ClockStatutory, Due: s.at("2026-12-24 00:00").UTC(), Reason: "等征信中心回函，电 138****1234",
		To: []org.PersonID{"sh.office", "sh.consumer_protection"}, Answer: s.c.Asking.Answer,
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if now, _ := s.c.Clock(workflow.ClockStatutory); now.ID != before.ID || !now.Due.Equal(before.Due) {
		t.Errorf("asking alone moved the deadline to %s", now.Due)
	}
	if no := s.refused("jingan.manager", "09:06", ask, workflow.AlreadyDone); no.By != "jingan.staff" {
		t.Errorf("asked by %s", no.By)
	}
	// Who asks does not answer; who was asked may, whatever position that is.
	s.refused("jingan.president", "09:07", workflow.GrantExtension{}, workflow.NoRight)
	s.does("sh.office", "09:08", workflow.GrantExtension{})
	granted := latest[workflow.Extended](s)
	if granted.AskedBy != "jingan.staff" || granted.Reason != want.Reason || !granted.Deadline.Due.Equal(want.Due) || granted.Deadline.ID != "statutory/1+1" {
		t.Errorf("granted %+v", granted)
	}
	if no := s.refused("sh.president", "09:09", workflow.DenyExtension{Reason: "x"}, workflow.AskAnswered); no.By != "sh.office" || !no.At.Equal(s.at("09:08")) {
		t.Errorf("answered by %s at %s", no.By, no.At)
	}

	// The second time the customer must know; a no leaves the deadline, and one may ask again.
	s.refused("jingan.staff", "11:00", ask, workflow.TellCustomer)
	ask.CustomerTold = "电话告知"
	s.does("jingan.staff", "11:01", ask)
	s.refused("sh.president", "11:02", workflow.DenyExtension{}, workflow.Missing)
	s.does("sh.president", "11:02", workflow.DenyExtension{Reason: "材料已齐"})
	s.refused("sh.deputy", "11:03", workflow.GrantExtension{}, workflow.AskAnswered)
	s.does("jingan.staff", "11:04", ask)
	// The unit above extends by itself meanwhile: nothing is left to answer.
	s.does("sh.deputy", "11:05", workflow.Extend{Reason: "监管同意", CustomerTold: "电话"})
	s.refused("sh.office", "11:06", workflow.GrantExtension{}, workflow.NothingAsked)
	s.refused("jingan.staff", "11:07", ask, workflow.NoMoreExtension)
}

// What was asked for does not outlive the closing.
func TestAskEndsWithTheComplaint(t *testing.T) {
	t.Parallel()
	s := opened(t).upTo(workflow.StepFeedback)
	s.does("jingan.staff", "10:00", workflow.Request{Reason: "x"}).does("jingan.staff", "10:01", ordinary(workflow.StepFeedback))
	s.refused("sh.president", "10:02", workflow.GrantExtension{}, workflow.IsClosed)
	s.does("jingan.staff", "10:03", workflow.Reopen{Reason: "客户来电"})
	s.refused("sh.president", "10:04", workflow.GrantExtension{}, workflow.NothingAsked)
}

// Whom the complaint is about is not asked; where nobody is on duty the unit's own people are.
func TestWhoIsAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		unit     org.UnitID
		subjects []org.PersonID
		duty     org.PersonID
		want     string
	}{
		{"jingan", nil, "", "[sh.consumer_protection]"},
		{"jingan", nil, "sh.consumer_protection", "[sh.consumer_protection]"},
		{"jingan", []org.PersonID{"sh.consumer_protection"}, "sh.head", "[sh.head]"},
		{"sh", nil, "", "[hq.consumer_protection]"},
	} {
		s := newStory(t)
		if c.duty != "" {
			s.rules.Book = duty.NewBook(s.rules.Tree, always("sh", c.duty))
		}
		s.does("system", "09:00", workflow.Open{Unit: c.unit, Summary: "x", Subjects: c.subjects})
		staff := map[org.UnitID]string{"jingan": "jingan.staff", "sh": "sh.office"}[c.unit]
		s.does(staff, "09:01", workflow.Request{Reason: "等鉴定"})
		if got := fmt.Sprint(latest[workflow.ExtensionAsked](s).To); got != c.want {
			t.Errorf("%s with %q on duty asks %s, want %s", c.unit, c.duty, got, c.want)
		}
	}
	s := opened(t)
	if !slices.Contains(workflow.Buttons(s.c).More, workflow.VerbRequest) || slices.Contains(workflow.Buttons(s.c).More, workflow.VerbGrant) {
		t.Errorf("the buttons are %v", workflow.Buttons(s.c))
	}
}
