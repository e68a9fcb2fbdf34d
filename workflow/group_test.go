package workflow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sameday/workflow"
	"sameday/workflow/org"
)

// grouped is a serious complaint with a group, formed at 09:10 by the branch's consumer protection.
func grouped(t *testing.T) *story {
	s := opened(t).does("jingan.manager", "09:02", ordinary(workflow.StepAssign))
	s.does("sh.compliance", "09:05", workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindPublicity}})
	return s.does("sh.consumer_protection", "09:10", workflow.FormGroup{Clue: "客户 13812345678 要找媒体"})
}

// slack records a step of the channel.
func (s *story) slack(when string, done workflow.GroupChannel, problems ...workflow.GroupProblem) string {
	s.t.Helper()
	return s.told("system", when, workflow.RecordGroup{N: s.c.Group.N, Done: &done, Problems: problems})
}

func people(list []org.PersonID) string { return strings.Join(strings.Fields(fmt.Sprint(list)), " ") }

func TestGroupIsProposed(t *testing.T) {
	t.Parallel()
	s := grouped(t)
	want := "[sh.consumer_protection jingan.president jingan.deputy jingan.manager jingan.consumer_protection sh.compliance sh.office sh.supervision"
	handler := s.c.Handler
	if slices.Index(s.c.Group.People(), handler) < 0 {
		t.Errorf("the handler %s is not in the group %s", handler, people(s.c.Group.People()))
	}
	if got := people(s.c.Group.People()); !strings.HasPrefix(got, want) {
		t.Errorf("the group is %s, want %s …]", got, want)
	}
	if strings.Contains(s.c.Group.Clue, "13812345678") || !s.c.Group.Private {
		t.Errorf("the group is %+v", s.c.Group)
	}
	o := newStory(t)
	o.does("jingan.staff", "09:00", workflow.Open{Unit: "jingan", Summary: "x", Business: "card", Subjects: []org.PersonID{"jingan.deputy"}})
	o.refused("jingan.manager", "09:01", workflow.FormGroup{Clue: "x"}, workflow.NoRight)
	o.refused("sh.compliance", "09:01", workflow.FormGroup{Clue: "x"}, workflow.NoRight)
	o.refused("jingan.president", "09:01", workflow.FormGroup{}, workflow.Missing)
	o.refused("jingan.president", "09:01", workflow.FormGroup{Clue: "x", Where: "cellar"}, workflow.NotOneOf)
	o.refused("jingan.president", "09:01", workflow.FormGroup{Clue: "x", People: []org.PersonID{"nobody"}}, workflow.NotInBank)
	o.refused("jingan.president", "09:01", workflow.FormGroup{Clue: "x", People: []org.PersonID{"jingan.deputy"}}, workflow.SubjectRecused)
	o.refused("jingan.president", "09:01", workflow.FormGroup{Clue: "x", People: []org.PersonID{}}, workflow.Missing)
	o.refused("jingan.president", "09:01", workflow.DissolveGroup{Reason: "x"}, workflow.NoGroup)
	o.does("jingan.president", "09:02", workflow.FormGroup{Clue: "x", Also: []org.PersonID{"xuhui.staff"}})
	got := people(o.c.Group.People())
	if got != "[jingan.president jingan.manager sh.head sh.owner sh.contact jingan.consumer_protection xuhui.staff]" || o.c.Group.Private {
		t.Errorf("the group of an ordinary complaint is %s, private %v", got, o.c.Group.Private)
	}
}

func TestRollCall(t *testing.T) {
	t.Parallel()
	s := grouped(t)
	if w := s.c.Group.Waits(); slices.Contains(w, "sh.consumer_protection") || len(w) != len(s.c.Group.Members)-1 {
		t.Errorf("the roll waits for %v", w)
	}
	s.refused("xuhui.president", "09:11", workflow.Here{}, workflow.NoRight)
	s.does("jingan.president", "09:11", workflow.Here{})
	if no := s.refused("jingan.president", "09:12", workflow.Here{}, workflow.AlreadyDone); !no.At.Equal(s.at("09:11")) {
		t.Errorf("answered at %s", no.At)
	}
	s.does("jingan.manager", "09:13", workflow.Note{Text: "已到"}) // who works on it is there
	before := len(s.facts)
	s.sweep("09:24")
	if len(s.facts) != before {
		t.Errorf("early: %+v", s.facts[before:])
	}
	s.sweep("09:26")
	e, ok := s.facts[before].Event.(workflow.GroupUnanswered)
	if !ok || slices.Contains(e.By, "jingan.president") || slices.Contains(e.By, "jingan.manager") || !slices.Contains(e.By, "sh.office") {
		t.Errorf("not answered: %+v", s.facts[before].Event)
	}
	s.does("sh.office", "09:30", workflow.Here{})
	s.does("sh.consumer_protection", "09:40", workflow.FormGroup{Clue: "再次点名", People: []org.PersonID{"xuhui.president"}})
	g := s.c.Group
	if g.N != 1 || !slices.Contains(g.Waits(), "sh.office") || !slices.Contains(g.Waits(), "xuhui.president") || slices.Contains(g.Waits(), "sh.consumer_protection") || g.Rung {
		t.Errorf("the second roll call is %+v", g)
	}
	many := make([]org.PersonID, 0, workflow.MaxGroup)
	for range workflow.MaxGroup {
		many = append(many, "sh.office")
	}
	s.does("sh.consumer_protection", "09:41", workflow.FormGroup{Clue: "x", People: many}) // each once
}

// The channel is made step by step, each on record before the next, and whoever gets a part later is invited.
func TestGroupChannel(t *testing.T) {
	t.Parallel()
	s := opened(t).does("jingan.manager", "09:02", ordinary(workflow.StepAssign))
	form := workflow.FormGroup{Clue: "要找媒体", People: []org.PersonID{"jingan.president", "jingan.manager"}, Where: workflow.GroupInChannel}
	want := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s tells\n%s, want\n%s", what, got, want)
		}
	}
	want("forming", s.told("jingan.president", "09:10", form), "roll@4, summons@4 jingan.manager, group_create@4, card@4")
	made := workflow.GroupChannel{Step: workflow.GroupCreated, Channel: "G1", Name: "complaint-1"}
	want("creating", s.slack("09:11", made), "group_topic@5")
	s.refused("system", "09:11", workflow.RecordGroup{N: 1, Done: &made}, workflow.NothingChanges)
	want("the topic", s.slack("09:11", workflow.GroupChannel{Step: workflow.GroupTopic, Channel: "G1"}), "group_invite@6")
	gone := workflow.GroupProblem{Step: workflow.GroupInvited, Trouble: workflow.TroubleGone, People: []org.PersonID{"jingan.manager"}, Channel: "G1"}
	invited := workflow.GroupChannel{Step: workflow.GroupInvited, Channel: "G1", People: []org.PersonID{"jingan.president"}}
	want("inviting", s.slack("09:11", invited, gone), "line@7, group_card@8, card@8")
	s.refused("system", "09:11", workflow.RecordGroup{N: 1, Done: &invited, Problems: []workflow.GroupProblem{gone}}, workflow.NothingChanges)
	card := workflow.RecordPost{Posted: workflow.Posted{What: s.c.PostedGroup(), Channel: "G1", TS: "1.1"}}
	want("the card", s.told("system", "09:11", card), "group_pin@9")
	want("the pin", s.slack("09:11", workflow.GroupChannel{Step: workflow.GroupPinned, Channel: "G1"}), "line@10, card@10, group_card@10")
	want("an answer", s.told("jingan.manager", "09:12", workflow.Here{}), "card@11, rolled@11, group_card@11")
	want("a lead", s.told("sh.president", "09:13", workflow.Lead{}), "line@12, line@13, group_invite@13, card@13, rolled@13, group_card@13")
	root := workflow.RecordPost{Posted: workflow.Posted{What: workflow.PostedRoot, Channel: "C1", TS: "1.2", Link: "https://x"}}
	want("the thread's root", s.told("system", "09:13", root), "group_card@14")
	want("closing", s.told("sh.president", "09:14", workflow.Close{Reason: "维持"}),
		"group_archive@15, line@15, card@15, rolled@15, group_card@15, mirror@15 sh")
	want("archiving", s.slack("09:14", workflow.GroupChannel{Step: workflow.GroupArchived, Channel: "G1"}), "line@16, card@16")
	s.does("jingan.manager", "09:20", workflow.Reopen{Reason: "再次来电"})
	if g := s.c.Group; g.N != 2 || g.Room != "" || !g.Private || !g.Working() || people(g.People()) != "[jingan.president jingan.manager sh.president]" {
		t.Errorf("after reopening the group is %+v", g)
	}
	if people := s.c.Rooms; len(people) != 1 || people[0] != "G1" {
		t.Errorf("its channels are %v", people)
	}
}

// What Slack refuses for good leaves the group in the thread; forming it again tries again.
func TestGroupWithoutChannel(t *testing.T) {
	t.Parallel()
	s := grouped(t)
	lost := workflow.GroupProblem{Step: workflow.GroupCreated, Trouble: workflow.TroubleScope, Reason: "missing_scope"}
	s.does("system", "09:11", workflow.RecordGroup{N: 1, Problems: []workflow.GroupProblem{lost}})
	s.refused("system", "09:11", workflow.RecordGroup{N: 1, Problems: []workflow.GroupProblem{lost}}, workflow.NothingChanges)
	if g := s.c.Group; !g.Working() || g.Room != "" || g.Lost != workflow.TroubleScope {
		t.Errorf("the group is %+v", g)
	}
	if got := s.told("sh.president", "09:12", workflow.FormGroup{Clue: "再建"}); !strings.Contains(got, "group_create@") {
		t.Errorf("forming again tells %s", got)
	}
	s.does("system", "09:13", workflow.RecordGroup{N: 1, Done: &workflow.GroupChannel{Step: workflow.GroupCreated, Channel: "G1"}})
	s.does("system", "09:14", workflow.RecordGroup{N: 1, Problems: []workflow.GroupProblem{{Step: workflow.GroupCarded, Trouble: workflow.TroubleRemoved, Channel: "G1"}}})
	if s.c.LostRoom() != "G1" || s.c.Group.Room != "" {
		t.Errorf("the lost channel is %q, the group's %q", s.c.LostRoom(), s.c.Group.Room)
	}
	if got := s.slack("09:15", workflow.GroupChannel{Step: workflow.GroupCreated, Channel: "G1"}); got != "group_topic@"+fmt.Sprint(s.c.Version) {
		t.Errorf("invited again it tells %s", got)
	}
	s.does("sh.president", "09:16", workflow.DissolveGroup{Reason: "客户已撤诉"})
	s.refused("jingan.president", "09:17", workflow.Here{}, workflow.NoRight)
	if got := s.told("sh.president", "09:18", workflow.Lead{}); strings.Contains(got, "group_invite") {
		t.Errorf("a dissolved group tells %s", got)
	}
}

// A group that works in the thread gets its channel when the complaint becomes serious; what it was already changes nothing.
func TestGroupIsSecluded(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.does("jingan.president", "09:05", workflow.FormGroup{Clue: "要找媒体"})
	if s.c.Group.Private {
		t.Fatal("the group of an ordinary complaint has a channel")
	}
	got := s.told("sh.compliance", "09:10", workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindPublicity}})
	if !s.c.Group.Private || strings.Count(got, "group_create@") != 1 {
		t.Errorf("becoming serious tells %s", got)
	}
	kinds := []workflow.SeriousKind{workflow.KindPublicity, workflow.KindLegalCase}
	if got := s.told("sh.compliance", "09:11", workflow.SetKinds{Kinds: kinds}); strings.Contains(got, "group_create@") {
		t.Errorf("one more kind tells %s", got)
	}
	chosen := opened(t).does("sh.compliance", "09:05", workflow.SetKinds{Kinds: kinds[:1]})
	chosen.does("jingan.president", "09:06", workflow.FormGroup{Clue: "要找媒体", Where: workflow.GroupInThread})
	if got := chosen.told("sh.compliance", "09:07", workflow.SetKinds{Kinds: kinds}); chosen.c.Group.Private || strings.Contains(got, "group_create@") {
		t.Errorf("a group that chose the thread tells %s", got)
	}
	ended := opened(t).does("jingan.president", "09:05", workflow.FormGroup{Clue: "要找媒体"}).does("jingan.president", "09:06", workflow.DissolveGroup{Reason: "误报"})
	if got := ended.told("sh.compliance", "09:07", workflow.SetKinds{Kinds: kinds}); ended.c.Group.Private || strings.Contains(got, "group_create@") {
		t.Errorf("a group that has ended tells %s", got)
	}
}

// An expert from outside comes in by another decision, and is asked to no roll call.
func TestGroupJoins(t *testing.T) {
	t.Parallel()
	s := grouped(t)
	events := s.c.GroupJoins(s.rules, workflow.JoinExpert, workflow.GroupMember{Person: "guest"}, workflow.GroupMember{Person: "jingan.president"})
	if len(events) != 1 || len(events[0].(workflow.GroupJoined).People) != 1 {
		t.Fatalf("joining is %+v", events)
	}
	if more := s.c.GroupJoins(s.rules, workflow.JoinLead, workflow.GroupMember{Person: "stranger"}); more != nil {
		t.Errorf("a stranger joins: %+v", more)
	}
	after := s.c.With(workflow.NewFacts(s.c, events, workflow.Person("sh.president"), s.at("09:20"))...)
	if slices.Contains(after.Group.Waits(), "guest") || !slices.Contains(after.Group.People(), "guest") || slices.Contains(s.c.Group.People(), "guest") {
		t.Errorf("after joining the group is %+v", after.Group)
	}
	if o := opened(t); o.c.GroupJoins(o.rules, workflow.JoinExpert, workflow.GroupMember{Person: "guest"}) != nil {
		t.Error("somebody joins a group that is none")
	}
}

// An outside expert who has accepted belongs into the group, whichever comes first; one who was only asked does not.
func TestExpertsJoinTheGroup(t *testing.T) {
	t.Parallel()
	s := newStory(t).does("system", "09:00", workflow.Open{Unit: "jingan", Summary: "多收年费"})
	s.does("jingan.president", "09:01", call("lawyer.fang", s.at("14:00")))
	s.does("lawyer.fang", "09:02", workflow.Attend{})
	s.does("jingan.president", "09:03", call("expert.qin", s.at("14:00")))
	s.does("jingan.president", "09:05", workflow.FormGroup{Clue: "要找媒体", People: []org.PersonID{"jingan.staff"}, Where: workflow.GroupInChannel})
	if got := s.c.Group.People(); !slices.Contains(got, "lawyer.fang") || slices.Contains(got, "expert.qin") {
		t.Errorf("formed, the group is %v", got)
	}
	s.does("expert.qin", "09:06", workflow.Attend{})
	if got := s.c.Group.People(); !slices.Contains(got, "expert.qin") {
		t.Errorf("after the acceptance the group is %v", got)
	}
	if waits := s.c.Group.Waits(); slices.Contains(waits, "expert.qin") || slices.Contains(waits, "lawyer.fang") {
		t.Errorf("the roll call asks %v", waits)
	}
}
