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

const notice = "消保〔2026〕31 号"

// A key complaint without a lead climbs after half an hour; who takes command answers.
func TestKeyNeedsALead(t *testing.T) {
	t.Parallel()
	s := opened(t).does("jingan.manager", "09:02", ordinary(workflow.StepAssign))
	s.does("sh.consumer_protection", "09:10", workflow.SetGrade{Grade: workflow.GradeKey, Notice: notice})
	d, ok := s.c.Clock(workflow.ClockLead)
	if !ok || !d.Due.Equal(s.at("09:40")) || d.Rule != workflow.RulePlus || !d.Runs() {
		t.Fatalf("the clock for a lead is %+v", d)
	}
	if got := s.sweep("09:39"); len(got) != 0 {
		t.Errorf("before it is due it calls %v", got)
	}
	if got := s.sweep("09:41"); len(got) != 1 {
		t.Errorf("without a lead it calls %v, want one rung", got)
	}
	s.does("jingan.president", "09:42", workflow.Lead{})
	if d, _ := s.c.Clock(workflow.ClockLead); s.c.Lead != "jingan.president" || d.Waits() || s.c.Climbing() != nil {
		t.Errorf("led by %q, the clock is %+v, climbing %+v", s.c.Lead, d, s.c.Climbing())
	}
	// Given back and named again, it does not ask for what it has.
	s.does("sh.compliance", "09:50", workflow.SetGrade{Grade: workflow.GradeOrdinary})
	s.does("sh.compliance", "09:51", workflow.SetGrade{Grade: workflow.GradeKey, Notice: notice})
	if d, _ := s.c.Clock(workflow.ClockLead); d.ID != "lead/1" {
		t.Errorf("with a lead it asks for one: %s", d.ID)
	}
}

// What is neither key nor serious any more needs no lead.
func TestOrdinaryAgainNeedsNoLead(t *testing.T) {
	t.Parallel()
	s := opened(t).does("sh.compliance", "09:10", workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindDispute}})
	s.does("sh.compliance", "09:20", workflow.SetKinds{})
	if d, _ := s.c.Clock(workflow.ClockLead); d.Waits() {
		t.Errorf("it waits for %s", d.ID)
	}
	s.does("sh.compliance", "09:30", workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindDispute}})
	if d, _ := s.c.Clock(workflow.ClockLead); d.ID != "lead/2" || !d.Due.Equal(s.at("10:00")) {
		t.Errorf("serious again it waits for %s until %s", d.ID, d.Due)
	}
}

func TestLeadIsHandedOverByName(t *testing.T) {
	t.Parallel()
	s := newStory(t).does("jingan.staff", "09:00", workflow.Open{Unit: "jingan", Summary: "态度恶劣", Subjects: []org.PersonID{"jingan.president"}})
	s.does("jingan.deputy", "09:05", workflow.Lead{})
	if no := s.refused("jingan.deputy", "09:06", workflow.Lead{}, workflow.AlreadyDone); no.By != "jingan.deputy" || !no.At.Equal(s.at("09:05")) {
		t.Errorf("led by %s since %s", no.By, no.At)
	}
	if no := s.refused("jingan.deputy", "09:07", workflow.Lead{Person: "jingan.manager"}, workflow.MayNotLead); no.Person != "jingan.manager" || len(no.Who) == 0 {
		t.Errorf("the refusal names %s and %v", no.Person, no.Who)
	}
	s.refused("jingan.deputy", "09:08", workflow.Lead{Person: "jingan.president"}, workflow.SubjectRecused)
	s.refused("jingan.manager", "09:08", workflow.Lead{}, workflow.NoRight)
	if got := s.told("jingan.deputy", "09:09", workflow.Lead{Person: "sh.deputy"}); got != "line@3, lead@3 sh.deputy, card@3" {
		t.Errorf("handing over tells %s", got)
	}
	if e, ok := s.last().(workflow.Led); !ok || e.Was != "jingan.deputy" || s.c.Lead != "sh.deputy" {
		t.Errorf("led by %s after %+v", s.c.Lead, s.last())
	}
}

// Each serious kind brings compliance, the office and supervision of the branch in, each once.
func TestSeriousKindsBringPeopleIn(t *testing.T) {
	t.Parallel()
	s := newStory(t).does("jingan.staff", "09:00", workflow.Open{Unit: "jingan", Summary: "x", Subjects: []org.PersonID{"sh.office"}})
	if got := s.told("jingan.president", "09:05", workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindPublicity}}); !strings.HasPrefix(got, "line@2, line@3, card@4") {
		t.Errorf("a kind tells %s", got)
	}
	e, ok := s.facts[2].Event.(workflow.BroughtIn)
	if !ok || len(e.People) != 2 || e.People[0].Person != "sh.compliance" || e.People[1].Person != "sh.supervision" || !slices.Equal(e.Vacant, []org.Position{org.Office}) {
		t.Fatalf("brought in by %+v", s.facts[2].Event)
	}
	if !s.facts[2].By.IsSystem() {
		t.Errorf("brought in by %s", s.facts[2].By)
	}
	n := len(s.facts)
	s.does("jingan.president", "09:06", workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindPublicity, workflow.KindDispute}})
	if got := s.kinds(n); !slices.Equal(got, []string{"kinds_set.v1"}) || len(s.c.Brought) != 2 {
		t.Errorf("a second kind makes %v", got)
	}
	for _, b := range s.c.Brought {
		s.does(string(b.Person), "09:10", workflow.Note{Text: "已了解"})
	}
}

// Nobody is asked for progress at night: it is said at eight, to whoever should know.
func TestSilenceAtNight(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.does("jingan.president", "16:30", workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindLegalCase}})
	s.sweep("2026-11-24 09:00")
	var got []string
	for _, f := range s.facts {
		e, ok := f.Event.(workflow.Silent)
		if !ok {
			continue
		}
		one := fmt.Sprint(f.At.In(s.zone).Format("15:04"), " ", e.Asked)
		if !e.Until.IsZero() {
			one = f.At.In(s.zone).Format("15:04") + " until " + e.Until.In(s.zone).Format("15:04")
		}
		lines := slices.ContainsFunc(workflow.Tell(s.c, s.c, []workflow.Fact{f}, s.rules), func(n workflow.Notice) bool {
			return n.Kind == workflow.TellLine
		})
		if lines != e.Until.IsZero() {
			t.Errorf("%s: a line is %t", one, lines)
		}
		got = append(got, one)
	}
	want := []string{"20:30 [jingan.manager]", "00:30 until 08:00", "08:00 [jingan.manager]"}
	if !slices.Equal(got, want) {
		t.Errorf("silent %q, want %q", got, want)
	}
}

// A key or serious complaint of which nobody says anything is nudged, again and again; an ordinary one is not.
func TestSilence(t *testing.T) {
	t.Parallel()
	silent := func(s *story) (out []string) {
		for _, f := range s.facts {
			if e, ok := f.Event.(workflow.Silent); ok {
				out = append(out, f.At.In(s.zone).Format("15:04")+" since "+e.Since.In(s.zone).Format("15:04"))
			}
		}
		return out
	}
	s := opened(t).does("jingan.manager", "09:02", ordinary(workflow.StepAssign))
	s.does("jingan.president", "09:03", workflow.Lead{})
	s.does("jingan.president", "09:04", workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindLegalCase}})
	s.does("jingan.manager", "09:05", ordinary(workflow.StepContact))
	s.sweep("13:00")
	s.does("sh.network_finance", "13:01", workflow.Progress{Text: "正在核对账单，卡号 6222021234567894"})
	if strings.Contains(s.c.Progress, "6222021234567894") || s.c.ProgressMark.By != "sh.network_finance" {
		t.Errorf("progress is %q by %s", s.c.Progress, s.c.ProgressMark.By)
	}
	s.sweep("17:00")
	if got := silent(s); len(got) != 0 {
		t.Errorf("it is called silent: %v", got)
	}
	s.sweep("21:30")
	if got, want := silent(s), []string{"17:01 since 13:01", "21:01 since 13:01"}; !slices.Equal(got, want) {
		t.Errorf("silent %v, want %v", got, want)
	}
	s.does("jingan.president", "21:31", workflow.Progress{Text: "客户同意明早面谈"})
	s.refused("sh.office", "21:32", workflow.Progress{Text: "x"}, workflow.NoRight)
	s.does("jingan.president", "21:33", workflow.SetKinds{})
	n := len(silent(s))
	s.sweep("2026-11-24 09:00")
	if got := silent(s); len(got) != n {
		t.Errorf("an ordinary one is called silent: %v", got)
	}
	if time.Duration(s.rules.Policy.Silence) != 4*time.Hour {
		t.Errorf("the silence is %s", time.Duration(s.rules.Policy.Silence))
	}
}
