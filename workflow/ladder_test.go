package workflow_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/org"
)

func TestTheLadderClimbsUntilSomebodyAnswers(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.want("a silent unit", s.sweep("23:59"),
		"09:30 breach 1: jingan.staff; next 09:45",
		"09:45 time 2: jingan.manager jingan.deputy; next 10:00",
		"10:00 time 3: jingan.president sh.office; next 10:30",
		"10:30 time 4: sh.president sh.deputy hq.service_desk; next 11:00",
		"11:00 time 5: hq.standing",
	)
	climb := s.c.Climbing()
	if climb == nil || climb.Deadline != "accept/1" || !climb.From.Equal(s.at("09:30")) || s.c.Raised() != 5 || len(s.c.Climbs) != 1 {
		t.Errorf("the climb is %+v of %d", climb, len(s.c.Climbs))
	}
	called := s.facts[slices.IndexFunc(s.facts, func(f workflow.Fact) bool { return f.Event.Kind() == "climbed.v1" })]
	if s.c.CalledFor(called.Version) == nil || s.c.CalledFor(called.Version-1) != nil {
		t.Error("the first ring does not wait for an answer, or the breach does")
	}
	want := workflow.Called{Rung: 1, Person: "jingan.staff", As: "unit.duty", Unit: "jingan"}
	if got := climb.Calls[0]; got.Called != want || got.Version != called.Version || !got.At.Equal(s.at("09:30")) || !got.Due.Equal(s.at("09:30")) {
		t.Errorf("the first call is %+v, want %+v", got, want)
	}
	s.does("hq.standing", "23:59", workflow.Ack{})
	if s.c.Raised() != 0 || s.c.Climbing() != nil || s.c.CalledFor(called.Version) != nil {
		t.Errorf("after the answer it stands at rung %d", s.c.Raised())
	}
}

func TestTheHandlerIsCalledWithTheOfficer(t *testing.T) {
	t.Parallel()
	s := manned(t).upTo(workflow.StepContact)
	s.want("a handler of another unit", s.sweep("11:00"), "11:00 breach 1: jingan.staff xuhui.staff; next 11:15")
	same := manned(t).does("jingan.manager", "09:10", workflow.Assign{Handler: "jingan.staff"})
	same.want("a handler who is on duty", same.sweep("11:00"), "11:00 breach 1: jingan.staff; next 11:15")
	gone := manned(t).upTo(workflow.StepContact)
	c := gone.c.With(workflow.Fact{Version: gone.c.Version + 1, Event: workflow.Assigned{Handler: "stranger"}})
	gone.facts, gone.c = append(gone.facts, workflow.Fact{Version: c.Version, Event: workflow.Assigned{Handler: "stranger"}}), c
	gone.want("a handler who left the bank", gone.sweep("11:00"), "11:00 breach 1: jingan.staff; next 11:15")
}

func TestAnAnswerHoldsUntilTheNextDeadline(t *testing.T) {
	t.Parallel()
	s := manned(t)
	if no := s.refused("jingan.staff", "09:29", workflow.Ack{}, workflow.NothingRings); no.By != "" {
		t.Errorf("nothing has rung, and %s has answered", no.By)
	}
	s.sweep("09:50")
	s.does("jingan.manager", "09:50", workflow.Ack{})
	want := workflow.Acknowledged{Step: workflow.StepAccept, Rung: 2, Until: s.at("10:00").UTC()}
	if diff := cmp.Diff(want, s.last(), alike...); diff != "" {
		t.Errorf("the answer (-want +got):\n%s", diff)
	}
	if no := s.refused("jingan.staff", "09:51", workflow.Ack{}, workflow.AlreadyDone); no.By != "jingan.manager" || !no.At.Equal(s.at("09:50")) {
		t.Errorf("answered by %s at %s", no.By, no.At)
	}
	last := s.c.Climbs[0]
	if last.Ending != workflow.EndAcknowledged || last.EndedBy.Person != "jingan.manager" || !last.Ended.Equal(s.at("09:50")) || !last.Next.IsZero() {
		t.Errorf("the climb ended as %+v", last)
	}
	s.want("until the next deadline", s.sweep("09:59"))
	s.want("at the next deadline", s.sweep("10:00"), "10:00 breach 1: jingan.staff; next 10:15")
	s.does("jingan.staff", "10:01", workflow.Ack{})
	s.want("at the one after it", s.sweep("11:14"), "11:00 breach 1: jingan.staff; next 11:15")
	s.does("jingan.staff", "11:14", workflow.Ack{})
	s.want("until the end of the day", s.sweep("23:59"))
	s.want("at the end of the day", s.sweep("2026-11-24 00:00"), "11-24T00:00 breach 1: jingan.staff; next 11-24T00:15")
	// No deadline runs any more but the regulator's.
	s.does("jingan.staff", "2026-11-24 00:01", workflow.Ack{})
	if e := latest[workflow.Acknowledged](s); !e.Until.Equal(s.at("2026-12-09 00:00")) {
		t.Errorf("the last answer holds until %s", e.Until)
	}
}

func TestWorkAnswersTheRings(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.sweep("09:46")
	s.want("a step done in the climb", s.act("jingan.staff", "09:47", workflow.Accept{}))
	if climb := s.c.Climbs[0]; climb.Ending != workflow.EndWorked || climb.EndedBy.Person != "jingan.staff" {
		t.Errorf("the climb ended as %+v", climb)
	}
	s.want("until the next deadline", s.sweep("10:01"), "10:00 breach 1: jingan.staff; next 10:15")
	s.sweep("11:05")

	// What is next is overdue already: whoever has just worked gets a rung's time.
	s.want("assigned, contact overdue", s.act("jingan.manager", "11:05", workflow.Assign{Handler: "xuhui.staff"}), "11:05 turn 0:; next 11:20")
	if climb := s.c.Climbing(); s.c.Raised() != 0 || climb == nil || climb.Deadline != "contact/1" || climb.Cause != workflow.CauseTurn {
		t.Errorf("it stands at rung %d of %+v", s.c.Raised(), climb)
	}
	s.want("an attempt is work too", s.act("xuhui.staff", "11:10", workflow.Contact{Wants: "无人接听"}), "11:10 turn 0:; next 11:25")
	s.want("handed to somebody else", s.act("jingan.manager", "11:20", workflow.Assign{Handler: "jingan.deputy"}), "11:20 turn 0:; next 11:35")
	s.want("the time is over", s.sweep("11:49"), "11:35 time 1: jingan.staff jingan.deputy; next 11:50")
	s.want("contacted, the next step has time", s.act("jingan.deputy", "11:49", ordinary(workflow.StepContact)))
	s.want("the rest of the day", s.sweep("23:59"))
}

func TestSomebodyAtWorkIsNotCalledWhoeverNoticesFirst(t *testing.T) {
	t.Parallel()
	// Nobody looked since 09:00: the deadlines of three steps have passed when somebody does the first two, or tries the third.
	s := manned(t)
	s.want("assigned", s.act("jingan.manager", "13:00", workflow.Assign{Handler: "xuhui.staff"}), "13:00 turn 0:; next 13:15")
	tried := manned(t).upTo(workflow.StepContact)
	tried.want("tried", tried.act("jingan.staff", "11:00", workflow.Contact{}), "11:00 turn 0:; next 11:15")
	// Work answers whatever has passed by then, as an acknowledgement does, whether a sweep saw it pass or not.
	for _, swept := range []bool{true, false} {
		strict := func(p *workflow.Policy) { p.LateIntake = workflow.LateStrict }
		late := newStory(t, strict).roster(always("jingan", "jingan.staff")).does("jingan.staff", "23:58", workflow.Open{Unit: "jingan", Summary: "x"})
		if swept {
			late.want("midnight", late.sweep("2026-11-24 00:00"), "11-24T00:00 breach 1: jingan.staff; next 11-24T00:15")
		}
		late.want("accepted at midnight", late.act("jingan.staff", "2026-11-24 00:00", workflow.Accept{}))
		late.want("until the next deadline", late.sweep("2026-11-24 00:58"), "11-24T00:58 breach 1: jingan.staff; next 11-24T01:13")
	}
}

// Night by night a complaint that everybody has acknowledged and nobody has handled rings once, at the night's rung, and after the answer
// not again until the next night: not by the ladder, not by the same night's job, not by what others do to it.
func TestANightRingsOnceUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	s := manned(t).upTo(workflow.StepHandle)
	s.want("midnight", s.sweep("2026-11-24 00:00"), "11-24T00:00 breach 1: jingan.staff xuhui.staff; next 11-24T00:15")
	for night, rung := range []int{2, 3, 4, 4, 4, 4, 4} {
		ended := day(t, "2026-11-23").Add(night)
		at := func(clock string) string { return ended.Add(1).String() + " " + clock }
		from := len(s.facts)
		s.night(at("00:05"))
		if got := s.rings(from); len(got) != 1 || s.c.Raised() != rung {
			t.Fatalf("night %d rings %q and stands at rung %d, want one ring at rung %d", night+1, got, s.c.Raised(), rung)
		}
		called := map[org.PersonID]int{}
		for _, k := range s.facts[len(s.facts)-1].Event.(workflow.Climbed).Calls {
			called[k.Person]++
		}
		for p, n := range called {
			if n > 1 {
				t.Errorf("night %d calls %s %d times", night+1, p, n)
			}
		}
		s.does("jingan.manager", at("00:10"), workflow.Ack{})
		if e := latest[workflow.Acknowledged](s); e.Rung != rung || !e.Until.After(s.at(at("23:59"))) {
			t.Errorf("night %d: the answer at rung %d holds until %s", night+1, e.Rung, e.Until)
		}
		from = len(s.facts)
		s.refused("system", at("00:11"), workflow.FlagOvernight{Day: ended}, workflow.NothingChanges)
		s.does("jingan.staff", at("00:12"), workflow.Note{Text: "已联系分行"})
		s.does("sh.consumer_protection", at("05:30"), workflow.Note{Text: "x"})
		s.sweep(ended.Add(2).String() + " 00:04")
		if got := s.rings(from); len(got) > 0 {
			t.Errorf("after the answer of night %d it rings again: %q", night+1, got)
		}
	}
}

func TestNightsEnterHigherAndCallThoseBelowOnce(t *testing.T) {
	t.Parallel()
	for night, want := range map[int]string{
		1: "night 2: jingan.staff/1 xuhui.staff/1 jingan.manager jingan.deputy; next 11-24T00:20; night 1",
		2: "night 3: jingan.staff/1 xuhui.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president sh.office; next 11-25T00:35; night 2",
		3: "night 4: jingan.staff/1 xuhui.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president/3 sh.office/3 sh.president sh.deputy hq.service_desk; next 11-26T00:35; night 3",
		7: "night 4: jingan.staff/1 xuhui.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president/3 sh.office/3 sh.president sh.deputy hq.service_desk; next 11-30T00:35; night 7",
	} {
		s := manned(t).upTo(workflow.StepHandle)
		if night > 1 {
			s.sweep("2026-11-24 00:01")
			s.does("jingan.staff", "2026-11-24 00:01", workflow.Ack{})
		}
		when := day(t, "2026-11-23").Add(night).String()
		if got := s.act("system", when+" 00:05", workflow.FlagOvernight{Day: day(t, when).Add(-1)}); len(got) != 1 || got[0] != s.short(s.at(when+" 00:05"))+" "+want {
			t.Errorf("night %d rings %q, want %q", night, got, want)
		}
	}

	// A climb that goes on is lifted to the night's rung: those called already are not called again.
	s := manned(t).upTo(workflow.StepHandle)
	s.want("midnight", s.sweep("2026-11-24 00:00"), "11-24T00:00 breach 1: jingan.staff xuhui.staff; next 11-24T00:15")
	s.night("2026-11-24 00:05")
	s.want("the job", s.rings(len(s.facts)-1), "11-24T00:05 night 2: jingan.manager jingan.deputy; next 11-24T00:20; night 1")
	if climb := s.c.Climbing(); climb.Night != 1 || len(s.c.Climbs) != 1 || climb.Deadline != "handle/1" {
		t.Errorf("the climb is %+v of %d", climb, len(s.c.Climbs))
	}
	s.sweep("2026-11-24 01:20")
	s.want("nobody answers all day long", s.sweep("2026-11-25 00:04"))
	s.night("2026-11-25 00:05")
	s.want("so the next night begins anew", s.rings(len(s.facts)-1),
		"11-25T00:05 night 3: jingan.staff/1 xuhui.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president sh.office; next 11-25T00:35; night 2")
	if len(s.c.Climbs) != 2 || s.c.Climbs[0].Ending != workflow.EndReplaced {
		t.Errorf("the climb before ended as %q", s.c.Climbs[0].Ending)
	}

	// One that has climbed higher by itself is left alone.
	high := newStory(t).roster(always("jingan", "jingan.staff")).does("jingan.staff", "21:10", workflow.Open{Unit: "jingan", Summary: "x"})
	high.does("jingan.manager", "21:11", workflow.Assign{Handler: "jingan.staff"})
	high.sweep("2026-11-24 00:04")
	high.want("the first night", high.act("system", "2026-11-24 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-23")}))
	if high.c.Raised() != 3 || high.c.Night() != 1 {
		t.Errorf("the first night brings it from rung 3 to %d", high.c.Raised())
	}
	high.want("it goes on as it would have", high.sweep("2026-11-24 00:10"), "11-24T00:10 time 4: sh.president sh.deputy hq.service_desk; next 11-24T00:40")
}

func TestAnAnswerAfterMidnightHoldsForThatNight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		when string
		want []string
	}{
		{"23:59", []string{"11-24T00:05 night 2: jingan.staff/1 jingan.manager jingan.deputy; next 11-24T00:20; night 1"}},
		{"2026-11-24 00:00", nil},
		{"2026-11-24 00:04", nil},
	} {
		s := manned(t)
		s.sweep("23:59")
		s.does("jingan.staff", "23:59", workflow.Ack{})
		if c.when != "23:59" {
			s.sweep("2026-11-24 00:00")
			s.does("jingan.staff", c.when, workflow.Ack{})
		}
		from := len(s.facts)
		s.night("2026-11-24 00:05") // where the sweep of midnight is late, the job comes first
		s.want("answered at "+c.when, s.rings(from), c.want...)
		if c.want == nil {
			s.want("the day after", s.sweep("2026-11-25 00:04"))
			s.want("the next night", s.act("system", "2026-11-25 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-24")}),
				"11-25T00:05 night 3: jingan.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president sh.office; next 11-25T00:35; night 2")
		}
	}
}

func TestEmptyRungsAreLeftAtOnce(t *testing.T) {
	t.Parallel()
	// Cairo has neither people nor a roster, and its branch has no roster.
	s := newStory(t)
	s.roster()
	s.does("system", "09:00", workflow.Open{Unit: "cairo", Summary: "x"})
	s.want("an empty unit", s.sweep("09:30"), "09:30 breach 3: sz.consumer_protection; next 10:00; vacant 1 cairo; vacant 2 cairo; vacant 3 sz")
	owners := []org.PersonID{"sz.deputy", "sz.president"}
	for _, v := range s.c.Climbing().Vacant {
		if v.Unit == "cairo" && !cmp.Equal(v.Owners, owners) {
			t.Errorf("rung %d of %s is %s's to mend, want %s", v.Rung, v.Unit, v.Owners, owners)
		}
	}
	// The branch's officer answers for the unit, and the gap is recorded all the same.
	b := newStory(t).roster(always("sz", "sz.office"))
	b.does("system", "09:00", workflow.Open{Unit: "cairo", Summary: "x"})
	b.want("a branch that stands in", b.sweep("10:00"),
		"09:30 breach 1: sz.office; next 09:45; vacant 1 cairo",
		"09:45 time 3: sz.office; next 10:15; vacant 2 cairo")
	// Where a position has to stand in for the roster above, another unit's officer does not.
	n := newStory(t).roster(always("hq", "hq.president"))
	n.does("system", "09:00", workflow.Open{Unit: "jingan", Summary: "x"})
	n.want("a branch without a roster", n.sweep("10:00"),
		"09:30 breach 1: hq.president; next 09:45; vacant 1 jingan",
		"09:45 time 2: jingan.manager jingan.deputy; next 10:00",
		"10:00 time 3: jingan.president sh.consumer_protection; next 10:30; vacant 3 sh")
	// A rung of a handler nobody named.
	h := manned(t, func(p *workflow.Policy) { p.Ladder[0].Call = []workflow.Callee{workflow.CalleeHandler} })
	h.want("no handler yet", h.sweep("09:30"), "09:30 breach 2: jingan.manager jingan.deputy; next 09:45; vacant 1 jingan")
}

func TestTheLadderNeverEndsWithNobody(t *testing.T) {
	t.Parallel()
	unit := func(id org.UnitID, tier org.Tier, parent org.UnitID, positions map[org.Position][]org.PersonID) org.Unit {
		return org.Unit{ID: id, Tier: tier, Parent: parent, Zone: time.UTC, Positions: positions}
	}
	for _, c := range []struct {
		name string
		hq   map[org.Position][]org.PersonID
		want string
	}{
		{"a standing list", map[org.Position][]org.PersonID{org.Standing: {"a", "b"}, org.President: {"p"}}, "breach 5: a b"},
		{"no standing list", map[org.Position][]org.PersonID{org.NetworkFinance: {"n"}, org.President: {"p"}}, "breach 5: n"},
		{"only a president", map[org.Position][]org.PersonID{org.President: {"p"}}, "breach 5: p"},
		{"a service desk", map[org.Position][]org.PersonID{org.ServiceDesk: {"d"}}, "breach 4: d; next 10:00"},
		{"nobody in the whole bank", nil, "breach 5:"},
	} {
		tree, err := org.New([]org.Unit{unit("hq", org.HeadOffice, "", c.hq), unit("b", org.Branch, "hq", nil), unit("s", org.SubBranch, "b", nil)})
		if err != nil {
			t.Fatal(err)
		}
		s := newStory(t)
		s.zone, s.rules.Tree = time.UTC, tree
		s.does("system", "09:00", workflow.Open{Unit: "s", Summary: "x"})
		s.sweep("09:30")
		e := latest[workflow.Climbed](s)
		e.Vacant = nil
		if got := s.ring(e, s.at("09:30")); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if len(e.Calls) > 0 && e.Rung == 5 && e.Calls[0].As != "head_office.standing" {
			t.Errorf("%s: %s is called as %s", c.name, e.Calls[0].Person, e.Calls[0].As)
		}
	}
	// The last rung is empty when several are entered at once: those below were called, and the standing list is too.
	s := manned(t, func(p *workflow.Policy) { p.Ladder[4].Call = []workflow.Callee{"unit.supervision"} })
	s.want("after a downtime", s.act("system", "12:00", workflow.Expire{Wake: "accept/1"}),
		"12:00 breach 5: jingan.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president/3 sh.office/3 sh.president/4 sh.deputy/4 hq.service_desk/4 hq.standing; due 11:00; vacant 5 jingan; late")
}

func TestWhomItIsAboutIsNeverCalled(t *testing.T) {
	t.Parallel()
	about := []org.PersonID{"jingan.staff", "jingan.manager", "jingan.president", "sh.office", "hq.standing", "hq.service_desk"}
	s := newStory(t).roster(always("jingan", "jingan.staff"), always("sh", "sh.office"))
	s.does("system", "09:00", workflow.Open{Unit: "jingan", Summary: "态度恶劣", Subjects: about})
	s.want("all the way up", s.sweep("23:59"),
		"09:30 breach 2: jingan.deputy; next 09:45; vacant 1 jingan",
		"09:45 time 3: sh.consumer_protection; next 10:15", // the branch's officer is recused too, so the next alternative counts
		"10:15 time 4: sh.president sh.deputy; next 10:45",
		"10:45 time 5: hq.consumer_protection hq.network_finance; vacant 5 hq",
	)
	for _, k := range s.c.Climbing().Calls {
		if slices.Contains(about, k.Person) {
			t.Errorf("%s is called about himself", k.Person)
		}
	}
	s.refused("jingan.staff", "23:59", workflow.Ack{}, workflow.SubjectRecused)
}

func TestWhoStandsOnTwoRungsIsCalledOnceForTheHigher(t *testing.T) {
	t.Parallel()
	s := newStory(t).roster(always("jingan", "jingan.manager"), always("sh", "sh.office"))
	s.rules.Gateway = true
	s.does("system", "09:00", workflow.Open{Unit: "jingan", Summary: "x"})
	s.sweep("23:59")
	s.does("jingan.manager", "23:59", workflow.Ack{})
	got := s.told("system", "2026-11-24 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-23")})
	s.want("the first night", s.rings(len(s.facts)-1), "11-24T00:05 night 2: jingan.manager jingan.deputy; next 11-24T00:20; night 1")
	if want := "ring@17 jingan.manager, gateway@17 jingan.manager, ring@17 jingan.deputy, gateway@17 jingan.deputy, line@17, card@17, mirror@17 sh, mirror@17 hq"; got != want {
		t.Errorf("the night tells\n%s, want\n%s", got, want)
	}
}
