package workflow_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

func TestEscalateByHand(t *testing.T) {
	t.Parallel()
	up := workflow.Escalate{Reason: "客户称将联系媒体"}

	s := manned(t)
	for _, empty := range []string{"", " ，。 "} {
		if no := s.refused("jingan.staff", "09:05", workflow.Escalate{Reason: empty}, workflow.Missing); no.Field != "reason" {
			t.Errorf("the wrong field is %s", no.Field)
		}
	}
	s.want("from nothing", s.act("jingan.staff", "09:05", up), "09:05 hand 2: jingan.staff/1 jingan.manager jingan.deputy; next 09:20")
	if last := s.facts[len(s.facts)-1]; last.By.Person != "jingan.staff" || last.Event.(workflow.Climbed).Reason != up.Reason {
		t.Errorf("escalated by %s because of %q", last.By, last.Event.(workflow.Climbed).Reason)
	}
	s.want("nobody answers", s.sweep("09:20"), "09:20 time 3: jingan.president sh.office; next 09:50")
	s.want("from a rung", s.act("jingan.president", "09:21", up), "09:21 hand 4: sh.president sh.deputy hq.service_desk; next 09:51")
	s.want("a breach on the way begins no second climb", s.sweep("09:50"))
	s.want("nor does the hand stop the climb", s.sweep("09:51"), "09:51 time 5: hq.standing")
	s.refused("jingan.president", "09:52", up, workflow.AtTheTop)
	if menu := workflow.MenuFor(s.c, workflow.Person("jingan.president"), s.rules); slices.Contains(menu.More, workflow.VerbEscalate) {
		t.Errorf("at the top the menu is %v", menu.More)
	}
	s.does("jingan.president", "09:53", workflow.Ack{})
	s.want("answered, and escalated again", s.act("jingan.staff", "09:54", up),
		"09:54 hand 5: hq.standing")

	a := manned(t)
	a.sweep("09:50")
	a.does("jingan.manager", "09:50", workflow.Ack{})
	a.want("beyond the rung that was answered", a.act("jingan.manager", "09:55", up),
		"09:55 hand 3: jingan.president sh.office; next 10:25")

	w := manned(t)
	w.sweep("11:05")
	w.does("jingan.manager", "11:05", workflow.Assign{Handler: "jingan.staff"})
	w.want("while somebody is at work", w.act("jingan.staff", "11:06", up), "11:06 hand 2: jingan.staff/1 jingan.manager jingan.deputy; next 11:21")

	c := manned(t).upTo("")
	c.refused("jingan.staff", "10:00", up, workflow.IsClosed)
	one := manned(t, func(p *workflow.Policy) { p.Ladder, p.NightRungs = p.Ladder[:1], []int{1} })
	one.want("a ladder of one rung", one.act("jingan.staff", "09:05", up), "09:05 hand 1: jingan.staff")
	one.refused("jingan.staff", "09:06", up, workflow.AtTheTop)
}

// Who pressed a button that showed an older rung does not climb again: what he wants has happened.
func TestAStaleButtonNeverClimbsTwice(t *testing.T) {
	t.Parallel()
	s := manned(t)
	nothing := workflow.Escalate{Reason: "客户情绪激动", AsOf: s.c.ClimbVersion()}
	s.does("jingan.staff", "09:05", nothing)
	if no := s.refused("jingan.manager", "09:05", nothing, workflow.AlreadyRaised); no.Min != 2 {
		t.Errorf("raised to rung %d meanwhile, want 2", no.Min)
	}
	seen := workflow.Escalate{Reason: "客户情绪激动", AsOf: s.c.ClimbVersion()}
	s.does("jingan.staff", "09:06", workflow.Note{Text: "其他人的备注"})
	if s.c.ClimbVersion() != seen.AsOf {
		t.Error("a note makes what was seen of the ladder old")
	}
	s.sweep("09:20") // rung 3, while the form was open
	if no := s.refused("jingan.manager", "09:20", seen, workflow.AlreadyRaised); no.Min != 3 {
		t.Errorf("raised to rung %d meanwhile, want 3", no.Min)
	}
	seen.AsOf = s.c.ClimbVersion()
	s.does("jingan.manager", "09:21", seen)
	s.refused("jingan.deputy", "09:21", seen, workflow.AlreadyRaised)
	seen.AsOf = 0 // typed, without looking
	s.does("jingan.deputy", "09:22", seen)
	if s.c.Raised() != 5 {
		t.Errorf("it stands at rung %d, want 5", s.c.Raised())
	}

	// What was called before is not forgotten while somebody is at work.
	w := manned(t)
	w.sweep("11:05")
	old := w.c.ClimbVersion()
	w.does("jingan.manager", "11:05", workflow.Assign{Handler: "jingan.staff"})
	if got := w.c.ClimbVersion(); got != old || old == 0 {
		t.Errorf("the last call was event %d, want %d", got, old)
	}
	if v := new(workflow.Complaint).ClimbVersion(); v != 0 {
		t.Errorf("nothing was seen of no complaint, not %d", v)
	}
	// A hand at the moment of the climb moves it once, whoever is first.
	h := manned(t)
	h.sweep("09:44")
	asOf := h.c.ClimbVersion()
	h.want("the hand first", h.act("jingan.manager", "09:45", workflow.Escalate{Reason: "媒体", AsOf: asOf}),
		"09:45 hand 2: jingan.manager jingan.deputy; next 10:00")
	h.refused("system", "09:45", workflow.Expire{Wake: "ladder"}, workflow.NotDue)
	h = manned(t)
	h.sweep("09:45")
	h.refused("jingan.manager", "09:45", workflow.Escalate{Reason: "媒体", AsOf: asOf}, workflow.AlreadyRaised)
}

func TestReturnToARung(t *testing.T) {
	t.Parallel()
	down := workflow.Return{Rung: 1, Reason: "支行可自行处理"}
	s := manned(t)
	s.refused("jingan.president", "09:05", down, workflow.NothingToReturn)
	s.sweep("09:30")
	s.refused("jingan.president", "09:31", down, workflow.NothingToReturn)
	s.sweep("10:00")
	if no := s.refused("jingan.president", "10:01", workflow.Return{Rung: 1}, workflow.Missing); no.Field != "reason" {
		t.Errorf("the wrong field is %s", no.Field)
	}
	for _, rung := range []int{3, 4, 99} {
		if no := s.refused("jingan.president", "10:01", workflow.Return{Rung: rung, Reason: "x"}, workflow.NotOneOf); no.Field != "rung" || no.Min != 2 {
			t.Errorf("returned from rung 3 to %d: %s may be at most %d, want 2", rung, no.Field, no.Min)
		}
	}
	s.want("to the second rung", s.act("jingan.president", "10:01", workflow.Return{Rung: 2, Reason: "x"}),
		"10:01 returned 2: jingan.manager jingan.deputy; next 10:16")
	if last := s.facts[len(s.facts)-1]; last.By.Person != "jingan.president" {
		t.Errorf("returned by %s", last.By)
	}
	s.want("to the first", s.act("sh.president", "10:02", down), "10:02 returned 1: jingan.staff; next 10:17")
	s.refused("sh.president", "10:03", workflow.Return{Reason: "x"}, workflow.NothingToReturn)
	s.want("from where it climbs on", s.sweep("10:32"),
		"10:17 time 2: jingan.manager jingan.deputy; next 10:32", "10:32 time 3: jingan.president sh.office; next 11:02")
	s.want("rung 0 is the first", s.act("sh.president", "10:33", workflow.Return{Reason: "x"}), "10:33 returned 1: jingan.staff; next 10:48")
	if len(s.c.Climbs) != 1 {
		t.Errorf("%d climbs", len(s.c.Climbs))
	}

	a := manned(t)
	a.sweep("10:00")
	a.does("jingan.president", "10:05", workflow.Ack{})
	a.want("answered, then returned", a.act("jingan.president", "10:06", down), "10:06 returned 1: jingan.staff; next 10:21")
	if len(a.c.Climbs) != 2 || a.c.Climbs[0].Ending != workflow.EndAcknowledged {
		t.Errorf("climbs %+v", a.c.Climbs)
	}
	e := manned(t).roster()
	e.sweep("10:00")
	e.want("to a rung on which nobody stands", e.act("jingan.president", "10:01", down),
		"10:01 returned 2: jingan.manager jingan.deputy; next 10:16; vacant 1 jingan")
}

func TestTheAnswerRacesTheClimb(t *testing.T) {
	t.Parallel()
	first := manned(t)
	first.sweep("09:44")
	first.want("the answer comes first", first.act("jingan.staff", "09:45", workflow.Ack{}))
	first.refused("system", "09:45", workflow.Expire{Wake: "ladder"}, workflow.NothingChanges)
	first.want("and holds", first.sweep("09:59"))

	second := manned(t)
	second.want("the ring comes first", second.sweep("09:45"), "09:30 breach 1: jingan.staff; next 09:45", "09:45 time 2: jingan.manager jingan.deputy; next 10:00")
	second.does("jingan.staff", "09:45", workflow.Ack{})
	if second.c.Raised() != 0 {
		t.Errorf("it stands at rung %d", second.c.Raised())
	}

	// An answer at the moment at which the next deadline passes, or after a downtime in which several did, answers those too.
	for when, until := range map[string]string{"10:00": "11:00", "10:59": "11:00", "11:00": "2026-11-24 00:00", "13:00": "2026-11-24 00:00"} {
		s := manned(t)
		s.sweep("09:35")
		s.want("answered at "+when, s.act("jingan.staff", when, workflow.Ack{}))
		if e := latest[workflow.Acknowledged](s); !e.Until.Equal(s.at(until)) {
			t.Errorf("answered at %s it holds until %s, want %s", when, e.Until, until)
		}
		if d, _ := s.c.Clock(workflow.ClockAssign); d.Breached.IsZero() {
			t.Errorf("the answer at %s hides a breach", when)
		}
		s.sweep(until)
		if e := latest[workflow.Climbed](s); !e.Due.Equal(s.at(until)) || e.Rung != 1 {
			t.Errorf("answered at %s it rings next at %s on rung %d, want %s", when, e.Due, e.Rung, until)
		}
	}
	// At the end of a day that late intake moved, the answer also comes before the night's ring.
	night := newStory(t).roster(always("jingan", "jingan.staff")).does("jingan.staff", "23:58", workflow.Open{Unit: "jingan", Summary: "x"})
	night.sweep("2026-11-24 01:57")
	night.want("answered as the day ends", night.act("jingan.staff", "2026-11-24 01:58", workflow.Ack{}))
	if night.c.Night() != 1 || night.c.Raised() != 0 {
		t.Errorf("night %d at rung %d", night.c.Night(), night.c.Raised())
	}
}

func TestClosingRacesTheRing(t *testing.T) {
	t.Parallel()
	s := manned(t).upTo(workflow.StepFeedback)
	s.sweep("2026-11-24 00:14")
	got := s.told("jingan.staff", "2026-11-24 00:15", ordinary(workflow.StepFeedback)) // the second rung is due now
	if strings.Contains(got, "ring") || strings.Contains(got, "called") || s.c.Open() {
		t.Errorf("closing tells %s", got)
	}
	if last := s.c.Climbs[len(s.c.Climbs)-1]; s.c.Climbing() != nil || last.Ending != workflow.EndWorked || s.c.Raised() != 0 {
		t.Errorf("the climb ended as %+v", last)
	}
	if wakes := s.c.Wakes(); len(wakes) > 0 {
		t.Errorf("a closed complaint wakes for %v", wakes)
	}
	s.refused("system", "2026-11-24 00:15", workflow.Expire{Wake: "ladder"}, workflow.NothingChanges)
	s.refused("jingan.staff", "2026-11-24 00:16", workflow.Ack{}, workflow.IsClosed)
	s.refused("jingan.staff", "2026-11-24 00:16", workflow.Return{Reason: "x"}, workflow.IsClosed)

	o := manned(t)
	o.sweep("09:45")
	o.does("sh.president", "10:00", workflow.Close{Reason: "重复投诉"}) // as the next rung and the next deadline are due
	if last := o.c.Climbs[0]; last.Ending != workflow.EndClosed || len(last.Calls) != 3 || o.c.Climbing() != nil {
		t.Errorf("the climb ended as %+v", last)
	}
	// A reopening begins with nothing overdue.
	o.does("jingan.staff", "12:00", workflow.Reopen{Reason: "客户再次来电"})
	o.want("reopened", o.sweep("13:59"))
	o.want("its own deadline", o.sweep("14:00"), "14:00 breach 1: jingan.staff; next 14:15")
}

func TestTheAnswererGoesOffDuty(t *testing.T) {
	t.Parallel()
	change := (&story{t: t, zone: location(t, "Asia/Shanghai")}).at("2026-11-24 08:30")
	accepted := duty.HandoverAccepted{At: change, Out: "jingan.staff", In: "jingan.compliance", By: "jingan.compliance"}
	for _, c := range []struct {
		more []duty.Event
		want org.PersonID
	}{{[]duty.Event{accepted}, "jingan.compliance"}, {nil, "jingan.staff"}} { // who has not been relieved stays responsible
		s := newStory(t).roster(published("jingan", []org.PersonID{"jingan.staff", "jingan.compliance"}, c.more...))
		s.does("xuhui.staff", "2026-11-24 06:45", workflow.Open{Unit: "jingan", Summary: "x"})
		s.want("in his shift", s.sweep("2026-11-24 07:15"), "11-24T07:15 breach 1: jingan.staff; next 11-24T07:30")
		s.sweep("2026-11-24 07:50")
		s.does("jingan.staff", "2026-11-24 07:50", workflow.Ack{})
		s.want("his answer outlives his shift", s.sweep("2026-11-24 08:44"))
		s.want("but not the next deadline", s.sweep("2026-11-24 08:45"), "11-24T08:45 breach 1: "+string(c.want)+"; next 11-24T09:00")
	}
	// People are found when they are called: who comes on duty between two rungs is called by the later one.
	s := manned(t)
	s.sweep("09:59")
	s.roster(always("jingan", "jingan.compliance"), always("sh", "sh.supervision"))
	s.want("the new officer of the branch", s.sweep("10:00"), "10:00 time 3: jingan.president sh.supervision; next 10:30")
}

func TestOnePersonOnDutyAtTwoUnits(t *testing.T) {
	t.Parallel()
	book := []duty.Roster{always("jingan", "sh.office"), always("xuhui", "sh.office"), always("sh", "sh.office")}
	a, b := newStory(t).roster(book...), newStory(t).roster(book...)
	a.does("system", "09:00", workflow.Open{Unit: "jingan", Summary: "x"})
	b.does("system", "09:00", workflow.Open{Unit: "xuhui", Summary: "y"})
	a.want("at one", a.sweep("09:30"), "09:30 breach 1: sh.office; next 09:45")
	b.want("at the other", b.sweep("09:30"), "09:30 breach 1: sh.office; next 09:45")
	if k := b.c.Climbing().Calls[0]; k.Unit != "xuhui" || k.As != "unit.duty" {
		t.Errorf("called as %s of %s", k.As, k.Unit)
	}
	a.does("sh.office", "09:31", workflow.Ack{}) // he was called, though he has no position there
	a.want("answered", a.sweep("09:59"))
	b.want("each complaint wants its own answer", b.sweep("10:00"),
		"09:45 time 2: xuhui.manager xuhui.deputy; next 10:00", "10:00 time 3: xuhui.president sh.office; next 10:30")
}

func TestEverybodyIsAbsent(t *testing.T) {
	t.Parallel()
	s := newStory(t).roster(always("jingan", "jingan.staff", away("jingan.staff")), always("sh", "sh.office", away("sh.office")))
	s.does("xuhui.staff", "09:00", workflow.Open{Unit: "jingan", Summary: "x"})
	s.want("nobody on duty anywhere", s.sweep("09:45"),
		"09:30 breach 2: jingan.manager jingan.deputy; next 09:45; vacant 1 jingan",
		"09:45 time 3: jingan.president sh.consumer_protection; next 10:15; vacant 3 sh")
	want := []workflow.Vacant{
		{Rung: 1, Unit: "jingan", Owners: s.rules.Book.Owner("jingan")}, {Rung: 3, Unit: "sh", Owners: s.rules.Book.Owner("sh")},
	}
	if diff := cmp.Diff(want, s.c.Climbing().Vacant); diff != "" || len(want[0].Owners) == 0 || len(want[1].Owners) == 0 {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

func TestTheMenuOnTheLadder(t *testing.T) {
	t.Parallel()
	has := func(s *story, who string, v workflow.Verb) bool {
		m := workflow.MenuFor(s.c, workflow.ParseActor(who), s.rules)
		return slices.Contains(append(m.Next, m.More...), v)
	}
	s := manned(t)
	if has(s, "jingan.staff", workflow.VerbAck) || has(s, "jingan.president", workflow.VerbReturn) || !has(s, "jingan.staff", workflow.VerbEscalate) {
		t.Error("before anything rings there is nothing to answer or to return, but to escalate")
	}
	s.sweep("09:30")
	if m := workflow.Buttons(s.c); m.Next[0] != workflow.VerbAck || slices.Contains(m.More, workflow.VerbReturn) {
		t.Errorf("on the first rung the buttons are %v %v", m.Next, m.More)
	}
	s.sweep("09:45")
	if m := workflow.Buttons(s.c); m.Next[0] != workflow.VerbAck || !slices.Contains(m.More, workflow.VerbReturn) {
		t.Errorf("on the second rung the buttons are %v %v", m.Next, m.More)
	}
	if !has(s, "jingan.manager", workflow.VerbReturn) || has(s, "jingan.staff", workflow.VerbReturn) != true || has(s, "xuhui.manager", workflow.VerbAck) {
		t.Error("those called may answer and return, strangers to the complaint may not")
	}
	s.does("jingan.manager", "09:46", workflow.Ack{})
	if has(s, "jingan.manager", workflow.VerbAck) || !has(s, "jingan.manager", workflow.VerbReturn) {
		t.Error("what was answered is answered, and can still be returned")
	}
}
