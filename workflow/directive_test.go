package workflow_test

import (
	"slices"
	"strings"
	"testing"

	"sameday/workflow"
	"sameday/workflow/org"
)

func directed(t *testing.T) *story {
	s := opened(t).does("jingan.manager", "09:02", ordinary(workflow.StepAssign)).does("jingan.manager", "09:03", ordinary(workflow.StepContact))
	return s.does("sh.compliance", "09:10", workflow.Direct{
		To: []org.PersonID{"xuhui.staff", "jingan.manager", "xuhui.staff"}, Text: "今晚上门，电话 13812345678", Due: s.at("18:00"),
	})
}

func TestDirectiveIsTakenAndDone(t *testing.T) {
	t.Parallel()
	s := directed(t)
	d := s.c.Directives[0]
	if len(d.To) != 2 || d.By != "sh.compliance" || !d.Due.Equal(s.at("18:00")) || strings.Contains(d.Text, "13812345678") || !d.Open() {
		t.Fatalf("the directive is %+v", d)
	}
	s.refused("jingan.staff", "09:11", workflow.Take{}, workflow.NoRight)
	s.does("xuhui.staff", "09:11", workflow.Take{})
	s.refused("xuhui.staff", "09:12", workflow.Take{N: 1}, workflow.NoRight)
	s.does("jingan.manager", "09:12", workflow.Take{N: 1})
	if d := s.c.Directives[0]; d.State != workflow.DirectiveTaken || !d.TakenBy("xuhui.staff") || !d.TakenBy("jingan.manager") {
		t.Errorf("taken as %+v", d)
	}
	s.refused("xuhui.staff", "09:13", workflow.Done{}, workflow.Missing)
	s.does("xuhui.staff", "17:00", workflow.Done{Text: "已上门"})
	s.refused("jingan.manager", "17:01", workflow.Done{N: 1, Text: "我也去了"}, workflow.NoRight)
	if got := s.sweep("18:30"); len(got) != 0 {
		t.Errorf("a directive that was done calls %v", got)
	}
	if lines := workflow.DirectiveLines(s.c); len(lines) != 0 {
		t.Errorf("open directives are %+v", lines)
	}
}

func TestDirectiveIsDeclined(t *testing.T) {
	t.Parallel()
	s := directed(t)
	s.does("sh.president", "09:20", workflow.Direct{To: []org.PersonID{"xuhui.staff"}, Text: "书面说明", Due: s.at("12:00")})
	if no := s.refused("xuhui.staff", "09:21", workflow.Done{Text: "好"}, workflow.WhichDirective); no.Min != 2 {
		t.Errorf("the person has %d of them", no.Min)
	}
	s.refused("xuhui.staff", "09:21", workflow.Decline{N: 2}, workflow.Missing)
	s.does("xuhui.staff", "09:22", workflow.Decline{N: 2, Reason: "客户不接受书面"})
	if d := s.c.Directives[1]; d.State != workflow.DirectiveDeclined || d.Answer != "客户不接受书面" || d.Ended.By != "xuhui.staff" {
		t.Errorf("declined as %+v", d)
	}
	if lines := workflow.DirectiveLines(s.c); len(lines) != 1 || lines[0].N != 1 {
		t.Errorf("open directives are %+v", lines)
	}
}

// An overdue directive climbs, and those whom it names and who gave it are told.
func TestDirectiveOverdue(t *testing.T) {
	t.Parallel()
	s := directed(t)
	s.does("xuhui.staff", "09:11", workflow.Take{})
	s.does("jingan.manager", "17:00", ordinary(workflow.StepHandle))
	if got := s.told("system", "18:00", workflow.Expire{Wake: "directive/1"}); !strings.Contains(got, "directive@9 xuhui.staff, directive@9 jingan.manager, directive@9 sh.compliance") ||
		!strings.Contains(got, "ring@") {
		t.Errorf("an overdue directive tells %s", got)
	}
	climb := s.c.Climbing()
	if climb == nil || climb.Deadline != "directive/1" {
		t.Fatalf("it climbs %+v", climb)
	}
	s.does("sh.president", "18:20", workflow.Close{Reason: "维持"})
	if d := s.c.Directives[0]; d.State != workflow.DirectiveLapsed || len(s.c.OpenDirectives()) != 0 {
		t.Errorf("after closing it is %+v", d)
	}
}

func TestDirectiveRefused(t *testing.T) {
	t.Parallel()
	s := opened(t)
	to := []org.PersonID{"xuhui.staff"}
	for _, c := range []struct {
		cmd   workflow.Direct
		code  workflow.Code
		field string
	}{
		{workflow.Direct{Text: "x", Due: s.at("18:00")}, workflow.Missing, "to"},
		{workflow.Direct{To: to, Text: "x"}, workflow.Missing, "due"},
		{workflow.Direct{To: to, Text: "x", Due: s.at("09:10")}, workflow.InPast, "due"},
		{workflow.Direct{To: to, Text: "x", Due: s.at("2028-01-01 09:10")}, workflow.TooFar, "due"},
		{workflow.Direct{To: to, Text: " ", Due: s.at("18:00")}, workflow.Missing, "text"},
		{workflow.Direct{To: []org.PersonID{"nobody"}, Text: "x", Due: s.at("18:00")}, workflow.NotInBank, "to"},
	} {
		if no := s.refused("jingan.deputy", "09:10", c.cmd, c.code); no.Field != c.field {
			t.Errorf("%+v: the wrong field is %s, want %s", c.cmd, no.Field, c.field)
		}
	}
	s.refused("jingan.manager", "09:10", workflow.Direct{To: to, Text: "x", Due: s.at("18:00")}, workflow.NoRight)
	s.refused("jingan.staff", "09:10", workflow.Done{Text: "x"}, workflow.NoRight)
}

// When a complaint is handled the branch's leaders get a report; what is unread by the end of the day is told, closed or not.
func TestBriefing(t *testing.T) {
	t.Parallel()
	s := opened(t).does("jingan.manager", "09:02", ordinary(workflow.StepAssign)).does("jingan.manager", "09:03", ordinary(workflow.StepContact))
	s.refused("sh.president", "09:04", workflow.ReadBriefing{}, workflow.NoRight)
	if got := s.told("jingan.manager", "09:05", ordinary(workflow.StepHandle)); got != "line@5, briefing@6 sh.president, briefing@6 sh.deputy, card@6" {
		t.Errorf("handling tells %s", got)
	}
	s.does("sh.president", "10:00", workflow.ReadBriefing{})
	s.refused("sh.president", "10:01", workflow.ReadBriefing{}, workflow.AlreadyDone)
	s.does("sh.president", "10:02", workflow.ReadBriefing{Text: "请网络金融部跟进"})
	if m, ok := s.c.Briefing.ReadBy("sh.president"); !ok || !m.At.Equal(s.at("10:00")) || !slices.Equal(s.c.Briefing.Unread(), []org.PersonID{"sh.deputy"}) {
		t.Errorf("the report is %+v", s.c.Briefing)
	}
	s.does("jingan.manager", "11:00", ordinary(workflow.StepFeedback))
	if s.c.Open() {
		t.Fatal("it is not closed")
	}
	if got := s.told("system", "2026-11-24 00:00", workflow.Expire{Wake: workflow.WakeUnread}); got != "line@11, unread@11 sh.consumer_protection, card@11" {
		t.Errorf("the unread report tells %s", got)
	}
	if w := s.c.Wakes(); len(w) != 0 {
		t.Errorf("it still wakes for %v", w)
	}
	s.does("sh.deputy", "2026-11-24 09:00", workflow.ReadBriefing{})
}

// A new solution is a new report.
func TestBriefingOfTheNextRound(t *testing.T) {
	t.Parallel()
	s := opened(t).upTo(workflow.StepFeedback)
	s.does("sh.president", "10:00", workflow.ReadBriefing{})
	s.does("jingan.manager", "10:05", workflow.Feedback{Answer: workflow.Unsatisfied})
	s.does("jingan.manager", "10:06", ordinary(workflow.StepContact)).does("jingan.manager", "10:07", ordinary(workflow.StepHandle))
	if b := s.c.Briefing; b.Round != 2 || len(b.Unread()) != 2 {
		t.Errorf("the second report is %+v", b)
	}
}

// A directive that passes while the complaint climbs for something else has a line of its own.
func TestDirectiveOverdueWhileItClimbs(t *testing.T) {
	t.Parallel()
	s := opened(t).does("jingan.manager", "09:02", ordinary(workflow.StepAssign))
	s.does("sh.president", "09:10", workflow.Direct{To: []org.PersonID{"xuhui.staff"}, Text: "核对流水", Due: s.at("11:10")})
	s.sweep("11:05")
	if climb := s.c.Climbing(); climb == nil || climb.Deadline != "contact/1" {
		t.Fatalf("it climbs %+v", climb)
	}
	if got := s.told("system", "11:10", workflow.Expire{Wake: "directive/1"}); !strings.HasPrefix(got, "line@") || !strings.Contains(got, "directive@") {
		t.Errorf("the overdue directive tells %s", got)
	}
}
