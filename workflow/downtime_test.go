package workflow_test

import (
	"strings"
	"testing"
	"time"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

func TestDowntimeThroughThreeRungs(t *testing.T) {
	t.Parallel()
	s := manned(t)
	before := s.c
	s.want("down from 09:20 to 10:20", s.act("system", "10:20", workflow.Expire{Wake: "accept/1"}),
		"10:20 breach 3: jingan.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president sh.office; due 10:00; next 10:50; late")
	if d, _ := s.c.Clock(workflow.ClockAccept); !d.Breached.Equal(s.at("09:30")) || !latest[workflow.Breached](s).Late {
		t.Errorf("the breach is dated %s", d.Breached)
	}
	rings := map[org.PersonID]int{}
	for _, n := range workflow.Tell(before, s.c, s.facts[1:], s.rules) {
		if n.Kind == workflow.TellRing {
			rings[n.Person]++
		}
	}
	for _, p := range []org.PersonID{"jingan.staff", "jingan.manager", "jingan.deputy", "jingan.president", "sh.office"} {
		if rings[p] != 1 {
			t.Errorf("%s is told %d times, want once", p, rings[p])
		}
	}
	down := &story{}
	*down = *s
	s.want("those skipped are not told again", s.sweep("11:20"),
		"10:50 time 4: sh.president sh.deputy hq.service_desk; next 11:20", "11:20 time 5: hq.standing")

	m := manned(t)
	m.sweep("09:35")
	m.want("down in the middle of a climb", m.act("system", "10:20", workflow.Expire{Wake: "ladder"}),
		"10:20 time 3: jingan.manager/2 jingan.deputy/2 jingan.president sh.office; due 10:00; next 10:50; late")
	edge := manned(t)
	edge.want("up again as a rung is due", edge.act("system", "10:00", workflow.Expire{Wake: "accept/1"}),
		"10:00 breach 3: jingan.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president sh.office; next 10:30; late")
	// Each rung was due at a time of its own, and is called when somebody is there to call.
	for name, c := range map[string]struct {
		of  *story
		due map[int]string
	}{
		"from nothing":     {down, map[int]string{1: "09:30", 2: "09:45", 3: "10:00"}},
		"in mid-climb":     {m, map[int]string{1: "09:30", 2: "09:45", 3: "10:00"}},
		"as time goes on":  {s, map[int]string{1: "09:30", 2: "09:45", 3: "10:00", 4: "10:50", 5: "11:20"}},
		"at once and late": {edge, map[int]string{1: "09:30", 2: "09:45", 3: "10:00"}},
	} {
		for _, climb := range c.of.c.Climbs {
			for _, k := range climb.Calls {
				if !k.Due.Equal(c.of.at(c.due[k.Rung])) {
					t.Errorf("%s: rung %d is dated %s, want %s", name, k.Rung, c.of.short(k.Due), c.due[k.Rung])
				}
			}
		}
	}
	// However short the delay, whoever is called has the whole wait to answer.
	for when, next := range map[string]string{"09:46": "10:01", "09:54": "10:09", "09:59": "10:14"} {
		m := manned(t)
		m.sweep("09:35")
		m.act("system", when, workflow.Expire{Wake: "ladder"})
		if climb := m.c.Climbing(); climb.Rung != 2 || !climb.Next.Equal(m.at(next)) {
			t.Errorf("called at %s instead of 09:45, rung %d goes on at %s, want %s", when, climb.Rung, m.short(climb.Next), next)
		}
	}
	// Of several deadlines that passed meanwhile, the first to pass counts, whichever step it is for.
	strict := newStory(t, func(p *workflow.Policy) { p.LateIntake = workflow.LateStrict }).roster(always("jingan", "jingan.staff"), always("sh", "sh.office"))
	strict.does("jingan.staff", "23:58", workflow.Open{Unit: "jingan", Summary: "x"})
	strict.want("the day ended before accepting was due", strict.act("system", "2026-11-24 00:35", workflow.Expire{Wake: "accept/1"}),
		"11-24T00:35 breach 3: jingan.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president sh.office; due 11-24T00:30; next 11-24T01:05; late")
	if climb := strict.c.Climbing(); climb.Deadline != "handle/1" {
		t.Errorf("the climb began with %s", climb.Deadline)
	}
	// An answer holds over a downtime until the next deadline, from which the climb then counts.
	a := manned(t)
	a.sweep("09:31")
	a.does("jingan.staff", "09:31", workflow.Ack{})
	a.want("answered before the downtime", a.act("system", "12:40", workflow.Expire{Wake: "assign/1"}),
		"12:40 breach 5: jingan.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president/3 sh.office/3 sh.president/4 sh.deputy/4 hq.service_desk/4 hq.standing; due 11:30; late")
}

func TestDowntimeOverMidnight(t *testing.T) {
	t.Parallel()
	// After the start the jobs come first. Time alone has brought it to the third rung, the night would bring it to the second.
	s := manned(t).upTo(workflow.StepHandle)
	s.want("down since the evening", s.act("system", "2026-11-24 00:40", workflow.FlagOvernight{Day: day(t, "2026-11-23"), Late: true}),
		"11-24T00:40 breach 3: jingan.staff/1 xuhui.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president sh.office; due 11-24T00:30; next 11-24T01:10; night 1; late")
	m := manned(t).upTo(workflow.StepHandle)
	m.sweep("2026-11-24 00:00")
	m.want("down in the middle of a climb", m.act("system", "2026-11-24 01:10", workflow.FlagOvernight{Day: day(t, "2026-11-23"), Late: true}),
		"11-24T01:10 time 4: jingan.manager/2 jingan.deputy/2 jingan.president/3 sh.office/3 sh.president sh.deputy hq.service_desk; due 11-24T01:00; next 11-24T01:40; night 1; late")
	e := manned(t).upTo(workflow.StepHandle)
	e.want("down for a few minutes", e.act("system", "2026-11-24 00:06", workflow.FlagOvernight{Day: day(t, "2026-11-23")}),
		"11-24T00:06 night 2: jingan.staff/1 xuhui.staff/1 jingan.manager jingan.deputy; next 11-24T00:21; night 1")
	// Several nights made up at once are one ring.
	n := manned(t).upTo(workflow.StepHandle)
	from := len(n.facts)
	for _, missed := range []string{"2026-11-23", "2026-11-24", "2026-11-25"} {
		n.does("system", "2026-11-26 09:00", workflow.FlagOvernight{Day: day(t, missed), Late: true})
	}
	if got := n.rings(from); len(got) != 1 || n.c.Raised() != 5 || n.c.Night() != 3 {
		t.Errorf("three nights ring %q, and it stands at rung %d in night %d", got, n.c.Raised(), n.c.Night())
	}
}

func TestLateIntakeOnTheLadder(t *testing.T) {
	t.Parallel()
	for mode, want := range map[workflow.LateIntake][]string{
		workflow.LateStrict: { // the day ends two minutes after the complaint came
			"11-24T00:00 breach 1: jingan.staff; next 11-24T00:15",
			"11-24T00:05 night 2: jingan.manager jingan.deputy; next 11-24T00:20; night 1",
			"11-24T00:20 time 3: jingan.president sh.office; next 11-24T00:50",
			"11-24T00:50 time 4: sh.president sh.deputy hq.service_desk; next 11-24T01:20",
			"11-24T01:20 time 5: hq.standing",
		},
		workflow.LateWindow: { // the first response clocks begin it; when the window ends it is a night
			"11-24T00:28 breach 1: jingan.staff; next 11-24T00:43",
			"11-24T00:43 time 2: jingan.manager jingan.deputy; next 11-24T00:58",
			"11-24T00:58 time 3: jingan.president sh.office; next 11-24T01:28",
			"11-24T01:28 time 4: sh.president sh.deputy hq.service_desk; next 11-24T01:58",
			"11-24T01:58 time 5: hq.standing; night 1",
		},
		workflow.LateRoll: { // no night until the next one
			"11-24T00:28 breach 1: jingan.staff; next 11-24T00:43",
			"11-24T00:43 time 2: jingan.manager jingan.deputy; next 11-24T00:58",
			"11-24T00:58 time 3: jingan.president sh.office; next 11-24T01:28",
			"11-24T01:28 time 4: sh.president sh.deputy hq.service_desk; next 11-24T01:58",
			"11-24T01:58 time 5: hq.standing",
		},
	} {
		s := newStory(t, func(p *workflow.Policy) { p.LateIntake = mode }).roster(always("jingan", "jingan.staff"), always("sh", "sh.office"))
		s.does("jingan.staff", "23:58", workflow.Open{Unit: "jingan", Summary: "x"})
		got := s.sweep("2026-11-24 00:04")
		if job := (workflow.FlagOvernight{Day: day(t, "2026-11-23")}); mode == workflow.LateStrict {
			got = append(got, s.act("system", "2026-11-24 00:05", job)...)
		} else {
			code := workflow.NotDue
			if mode == workflow.LateRoll {
				code = workflow.NothingChanges
			}
			s.refused("system", "2026-11-24 00:05", job, code)
		}
		s.want(string(mode), append(got, s.sweep("2026-11-24 23:59")...), want...)
		if night := map[workflow.LateIntake]int{workflow.LateStrict: 1, workflow.LateWindow: 1}[mode]; s.c.Night() != night {
			t.Errorf("%s: night %d, want %d", mode, s.c.Night(), night)
		}
	}
	// With the first response done, the end of the window is the breach and the night at once.
	s := newStory(t).roster(always("jingan", "jingan.staff")).does("jingan.staff", "23:58", workflow.Open{Unit: "jingan", Summary: "x"})
	s.upToFrom(workflow.StepHandle, "23:59")
	want := "11-24T01:58 night 2: jingan.staff/1 xuhui.staff/1 jingan.manager jingan.deputy; next 11-24T02:13; night 1"
	s.want("the window ends", s.sweep("2026-11-24 01:58"), want)
	// It was registered after midnight, but inside its window: people did let it lie.
	s = newStory(t).roster(always("jingan", "jingan.staff"))
	s.does("jingan.staff", "2026-11-24 00:10", workflow.Open{Unit: "jingan", Summary: "x", ReceivedAt: s.at("23:58")})
	s.upToFrom(workflow.StepHandle, "2026-11-24 00:11")
	s.want("registered inside the window", s.sweep("2026-11-24 01:58"), want)
	// An answer from inside the window is one to the first response, not to the night.
	s = newStory(t).roster(always("jingan", "jingan.staff")).does("jingan.staff", "23:58", workflow.Open{Unit: "jingan", Summary: "x"})
	s.sweep("2026-11-24 00:58")
	s.does("jingan.staff", "2026-11-24 00:59", workflow.Ack{})
	s.want("answered inside the window", s.sweep("2026-11-24 01:58"), "11-24T01:58 night 2: jingan.staff/1 jingan.manager jingan.deputy; next 11-24T02:13; night 1")
}

func TestAUnitInAnotherZone(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.zone = location(t, "Europe/London")
	s.roster(always("london", "london.staff"), always("sz", "sz.office"))
	s.does("london.staff", "16:30", workflow.Open{Unit: "london", Summary: "x"}) // half past midnight at the branch
	for s.c.Next() != workflow.StepHandle {
		s.does("london.manager", "16:31", ordinary(s.c.Next()))
	}
	s.want("until its own midnight", s.sweep("2026-11-24 00:00"), "11-24T00:00 breach 1: london.staff xuhui.staff; next 11-24T00:15")
	s.want("and its own job", s.act("system", "2026-11-24 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-23")}),
		"11-24T00:05 night 2: london.manager london.deputy; next 11-24T00:20; night 1")
	s.refused("system", "2026-11-24 08:05", workflow.FlagOvernight{Day: day(t, "2026-11-24")}, workflow.NotDue) // head office's morning
	s.want("the tiers above are called at their own time of day", s.sweep("2026-11-24 00:20"), "11-24T00:20 time 3: london.president sz.office; next 11-24T00:50")
}

// Through every change of the clocks the day ends when the local date changes, nights are counted by local dates, and waits are real
// minutes.
func TestClockChangesOnTheLadder(t *testing.T) {
	t.Parallel()
	for name, years := range map[string][2]int{
		"Europe/London": {2026, 2026}, "America/New_York": {2026, 2026}, "Africa/Cairo": {2026, 2026}, "Australia/Lord_Howe": {2026, 2026},
		"Asia/Shanghai": {1986, 1991},
	} {
		zone := location(t, name)
		changes := 0
		for at := time.Date(years[0], 1, 1, 0, 0, 0, 0, time.UTC); ; changes++ {
			_, at = at.In(zone).ZoneBounds()
			if at.IsZero() || at.Year() > years[1] {
				break
			}
			for ago := range 2 { // the day before and the day of the change, with the nights that follow
				throughChange(t, zone, calendar.DayOf(at, zone).Add(-ago))
			}
		}
		if want := 2 * (years[1] - years[0] + 1); changes != want {
			t.Errorf("%s has %d changes, want %d: the test looks at the wrong years", name, changes, want)
		}
	}
}

func throughChange(t *testing.T, zone *time.Location, first calendar.Day) {
	t.Helper()
	s := newStory(t)
	units := s.rules.Tree.Units()
	for i := range units {
		if units[i].ID == "jingan" {
			units[i].Zone = zone
		}
	}
	tree, err := org.New(units)
	if err != nil {
		t.Fatal(err)
	}
	s.rules.Tree, s.zone = tree, zone
	s.roster(always("jingan", "jingan.staff"), always("sh", "sh.office"))
	noon := time.Date(first.Year, first.Month, first.Day, 12, 0, 0, 0, zone)
	s.doesAt("jingan.staff", noon, workflow.Open{Unit: "jingan", Summary: "x"})
	for s.c.Next() != workflow.StepHandle {
		s.doesAt("jingan.manager", noon, ordinary(s.c.Next()))
	}
	ends := [3]time.Time{} // of the first day and the two that follow, found minute by minute
	for i, at := 0, noon.Add(9*time.Hour); i < len(ends); i++ {
		for day := calendar.DayOf(at, zone); calendar.DayOf(at, zone) == day; {
			at = at.Add(time.Minute)
		}
		ends[i], at = at, at.Add(20*time.Hour)
	}
	check := func(what string, got []string, rung int, at time.Time) {
		t.Helper()
		e := latest[workflow.Climbed](s)
		last := s.facts[len(s.facts)-1]
		if len(got) != 1 || e.Rung != rung || !last.At.Equal(at) {
			t.Fatalf("%s, %s: %s rings %q, want rung %d at %s", zone, first, what, got, rung, at.In(zone))
		}
		next := time.Time{} // the end of the ladder
		if rung < len(s.rules.Policy.Ladder) {
			next = at.Add(time.Duration(s.rules.Policy.Ladder[rung].After))
		}
		if !e.Next.Equal(next) {
			t.Fatalf("%s, %s: %s goes on at %s, want %s", zone, first, what, e.Next.In(zone), next.In(zone))
		}
	}
	check("the end of the day", s.sweepTo(ends[0]), 1, ends[0])
	for i, end := range ends {
		job := end.Add(5 * time.Minute)
		ended := calendar.DayOf(end.Add(-time.Minute), zone)
		from := len(s.facts)
		s.doesAt("system", job, workflow.FlagOvernight{Day: ended})
		check("the job", s.rings(from), []int{2, 3, 4}[i], job)
		if s.c.Night() != i+1 {
			t.Fatalf("%s, %s: night %d after %s, want %d", zone, first, s.c.Night(), ended, i+1)
		}
		check("the next rung", s.sweepTo(latest[workflow.Climbed](s).Next), []int{3, 4, 5}[i], job.Add(time.Duration(s.rules.Policy.Ladder[i+2].After)))
		s.doesAt("jingan.staff", job.Add(time.Hour), workflow.Ack{})
		if i+1 < len(ends) {
			if got := s.sweepTo(ends[i+1].Add(4 * time.Minute)); len(got) > 0 {
				t.Fatalf("%s, %s: answered, and it rings %q", zone, first, got)
			}
		}
	}
}

func TestNudgesAtHalfAndFourFifths(t *testing.T) {
	t.Parallel()
	nudges := func(s *story, from int) string {
		var out []string
		for _, f := range s.facts[from:] {
			if e, ok := f.Event.(workflow.Nudged); ok {
				text := s.short(f.At) + " " + e.Deadline + " " + map[int]string{50: "half", 80: "most"}[e.Percent]
				if e.Late {
					text += " late"
				}
				if !f.By.IsSystem() {
					text += " by " + f.By.String()
				}
				out = append(out, text)
			}
		}
		return strings.Join(out, ", ")
	}
	want := func(s *story, name string, from int, want string) {
		t.Helper()
		if got := nudges(s, from); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	s := manned(t)
	s.sweep("12:00")
	want(s, "only for the step that is next", 0, "09:15 accept/1 half, 09:24 accept/1 most")
	s = manned(t).upTo(workflow.StepContact)
	s.sweep("23:59")
	want(s, "contact", 0, "10:00 contact/1 half, 10:36 contact/1 most")
	s = manned(t)
	s.sweep("09:50")
	s.does("jingan.manager", "10:10", workflow.Assign{Handler: "jingan.staff"})
	s.sweep("10:40")
	want(s, "what passed before the step's turn says nothing", 4, "10:36 contact/1 most")
	s.does("jingan.staff", "10:50", ordinary(workflow.StepContact))
	s.sweep("23:59")
	want(s, "handle", 0, "09:15 accept/1 half, 09:24 accept/1 most, 10:36 contact/1 most, 16:30 handle/1 half, 21:00 handle/1 most")

	late := manned(t).upTo(workflow.StepContact)
	late.does("system", "10:20", workflow.Expire{Wake: "nudge/contact/1"})
	want(late, "noticed too late to be of use", 0, "10:20 contact/1 half late")
	late.does("system", "10:40", workflow.Expire{Wake: "nudge/contact/1"})
	want(late, "the next is in time", 0, "10:20 contact/1 half late, 10:40 contact/1 most")
	both := manned(t).upTo(workflow.StepContact)
	both.does("system", "10:37", workflow.Expire{Wake: "nudge/contact/1"})
	want(both, "what the later says, the earlier need not", 0, "10:37 contact/1 most")
	gone := manned(t).upTo(workflow.StepContact)
	gone.does("system", "11:00", workflow.Expire{Wake: "nudge/contact/1"})
	want(gone, "the deadline itself says more", 0, "")

	done := manned(t).upTo(workflow.StepContact).does("jingan.staff", "10:00", ordinary(workflow.StepContact))
	want(done, "whoever acts needs no reminder", 0, "")
	tried := manned(t).upTo(workflow.StepContact).does("jingan.staff", "10:00", workflow.Note{Text: "x"})
	want(tried, "nor does whoever writes a note", 0, "")
	tried.sweep("10:35")
	want(tried, "but the sweep comes after him", 0, "10:00 contact/1 half")

	none := manned(t, func(p *workflow.Policy) { p.Nudges = nil })
	none.rules.Policy.Nudges = []int{50} // the deadlines carry what held when they were set
	none.sweep("23:59")
	want(none, "a bank that wants none", 0, "")

	told := manned(t).upTo(workflow.StepContact)
	if got := told.told("system", "10:00", workflow.Expire{Wake: "nudge/contact/1"}); got != "line@4" {
		t.Errorf("a reminder tells %s: a quiet line and nothing else", got)
	}
	if got := told.told("system", "10:55", workflow.Expire{Wake: "nudge/contact/1"}); got != "" || told.c.Version != 5 {
		t.Errorf("a reminder too late to be of use tells %s", got)
	}
}

func TestRegisteredAfterItsDayRingsNobody(t *testing.T) {
	t.Parallel()
	s := newStory(t).roster(always("jingan", "jingan.staff"), always("sh", "sh.office"))
	s.does("system", "09:00", workflow.Open{Unit: "jingan", Summary: "x", ReceivedAt: s.at("2026-11-20 14:00")})
	s.want("all of its clocks but the regulator's have passed", s.sweep("23:59"))
	if s.c.Night() != 3 || len(s.c.Nights) != 1 {
		t.Errorf("nights %+v", s.c.Nights)
	}
	s.want("nor does work begin a climb for them", s.act("jingan.staff", "23:59", workflow.Accept{}))
	s.want("from the first night on that people let it lie", s.act("system", "2026-11-24 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-23")}),
		"11-24T00:05 night 4: jingan.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president/3 sh.office/3 sh.president sh.deputy hq.service_desk; next 11-24T00:35; night 4")

	half := newStory(t).roster(always("jingan", "jingan.staff"))
	half.does("system", "09:00", workflow.Open{Unit: "jingan", Summary: "x", ReceivedAt: half.at("08:15")})
	half.want("accepting was overdue when it was registered, assigning becomes overdue later", half.sweep("09:29"), "09:15 breach 1: jingan.staff; next 09:30")
	if d, _ := half.c.Clock(workflow.ClockAccept); d.Breached.IsZero() {
		t.Error("what passed before the registration is no breach")
	}
}

func TestAnOldAcknowledgedComplaintRingsOnlyByItsNight(t *testing.T) {
	t.Parallel()
	s := newStory(t).roster(always("jingan", "jingan.staff"), always("sh", "sh.office"))
	s.does("jingan.staff", "2026-07-20 09:00", workflow.Open{Unit: "jingan", Summary: "x"})
	s.sweep("2026-11-19 00:04")
	s.night("2026-11-19 00:05")
	if s.c.Night() != 122 || s.c.Raised() != 4 {
		t.Errorf("night %d at rung %d", s.c.Night(), s.c.Raised())
	}
	s.does("sh.president", "2026-11-19 00:20", workflow.Ack{})
	if e := latest[workflow.Acknowledged](s); !e.Until.IsZero() {
		t.Errorf("no deadline runs any more, and the answer holds until %s", e.Until)
	}
	if wakes := s.c.Wakes(); len(wakes) > 0 {
		t.Errorf("it wakes for %v", wakes)
	}
	for _, when := range []string{"00:30", "05:30", "23:59"} {
		for _, d := range s.c.Clocks {
			s.refused("system", "2026-11-19 "+when, workflow.Expire{Wake: d.ID}, workflow.NothingChanges)
		}
		s.refused("system", "2026-11-19 "+when, workflow.Expire{Wake: "ladder"}, workflow.NothingChanges)
		s.want("a note at "+when, s.act("jingan.staff", "2026-11-19 "+when, workflow.Note{Text: "x"}))
	}
	// The night after was missed, and is made up at 05:30: an answer given since that day ended holds for it.
	s.does("jingan.staff", "2026-11-20 00:10", workflow.Note{Text: "x"})
	again := newStory(t)
	*again = *s
	s.does("sh.president", "2026-11-20 05:29", workflow.Escalate{Reason: "x"}).does("sh.president", "2026-11-20 05:29", workflow.Ack{})
	s.want("answered", s.act("system", "2026-11-20 05:30", workflow.FlagOvernight{Day: day(t, "2026-11-19"), Late: true}))
	if got := again.act("system", "2026-11-20 05:30", workflow.FlagOvernight{Day: day(t, "2026-11-19"), Late: true}); len(got) != 1 {
		t.Errorf("not answered since, a late job rings %q", got)
	}
}

func TestThePolicyIsPinnedWhenTheClimbBegins(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.sweep("09:31")
	old := s.rules.Policy.Version()
	s.rules.Policy.Ladder = []workflow.Rung{
		{Call: []workflow.Callee{"unit.president"}}, {After: workflow.Span(2 * time.Hour), Call: []workflow.Callee{"branch.supervision"}},
	}
	s.rules.Policy.NightRungs = []int{1, 2}
	s.want("in mid-climb nothing changes", s.sweep("10:30"),
		"09:45 time 2: jingan.manager jingan.deputy; next 10:00",
		"10:00 time 3: jingan.president sh.office; next 10:30",
		"10:30 time 4: sh.president sh.deputy hq.service_desk; next 11:00")
	if climb := s.c.Climbing(); climb.Policy != old || len(climb.Ladder) != 5 {
		t.Errorf("the climb holds to %s with %d rungs", climb.Policy, len(climb.Ladder))
	}
	s.want("a hand goes up the old ladder too", s.act("jingan.staff", "10:31", workflow.Escalate{Reason: "x"}), "10:31 hand 5: hq.standing")
	s.does("hq.standing", "10:32", workflow.Ack{})
	s.want("the next climb is by the new one", s.sweep("12:59"), "11:00 breach 1: jingan.president; next 13:00")
	if climb := s.c.Climbing(); climb.Policy != s.rules.Policy.Version() || climb.Policy == old {
		t.Errorf("the new climb is of %s", climb.Policy)
	}

	// The other way round: a short ladder, then nights that enter above its end.
	short := manned(t, func(p *workflow.Policy) { p.Ladder, p.NightRungs = p.Ladder[:2], []int{2} }).upTo(workflow.StepHandle)
	short.sweep("2026-11-24 00:00")
	long := workflow.DefaultPolicy()
	long.NightRungs = []int{4}
	short.rules.Policy = long
	short.want("the night lifts it as far as its ladder goes", short.act("system", "2026-11-24 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-23")}),
		"11-24T00:05 night 2: jingan.manager jingan.deputy; night 1")
	short.want("the next night begins by the new one", short.act("system", "2026-11-25 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-24")}),
		"11-25T00:05 night 4: jingan.staff/1 xuhui.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president/3 sh.office/3 sh.president sh.deputy hq.service_desk; next 11-25T00:35; night 2")
}

func TestTheClockStepsBackAnHour(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.sweep("09:50") // rung 2, until 10:00
	version := s.c.Version
	for _, w := range s.c.Wakes() {
		s.refused("system", "08:50", workflow.Expire{Wake: w.ID}, workflow.NotDue)
	}
	s.want("whatever people do then", s.act("jingan.staff", "08:51", workflow.Note{Text: "x"}))
	if s.c.Raised() != 2 || s.c.Version != version+1 {
		t.Errorf("it stands at rung %d after %d events", s.c.Raised(), s.c.Version-version)
	}
	s.want("the same hour once more", s.sweep("10:00"), "10:00 time 3: jingan.president sh.office; next 10:30")
	s.does("jingan.staff", "09:05", workflow.Ack{}) // back again
	s.want("answered", s.sweep("10:59"))
	s.want("until the next deadline", s.sweep("11:00"), "11:00 breach 1: jingan.staff; next 11:15")

	// An hour forward calls early, and the hour back calls nobody twice.
	f := manned(t)
	f.want("forward", f.act("system", "10:29", workflow.Expire{Wake: "accept/1"}),
		"10:29 breach 3: jingan.staff/1 jingan.manager/2 jingan.deputy/2 jingan.president sh.office; due 10:00; next 10:59; late")
	f.want("and back", f.sweep("10:58"))
	f.does("jingan.staff", "09:31", workflow.Escalate{Reason: "x"})
	if f.c.Raised() != 4 || !f.c.Climbing().Next.Equal(f.at("10:01")) {
		t.Errorf("by hand it stands at rung %d until %s", f.c.Raised(), f.c.Climbing().Next)
	}
	// A night flagged just before the clock steps back over midnight.
	n := manned(t).upTo(workflow.StepHandle)
	n.sweep("2026-11-24 00:04")
	n.night("2026-11-24 00:05")
	n.refused("system", "23:10", workflow.FlagOvernight{Day: day(t, "2026-11-23")}, workflow.NothingChanges)
	n.does("jingan.staff", "23:10", workflow.Ack{})
	n.want("midnight once more", n.sweep("2026-11-24 00:04"))
	n.refused("system", "2026-11-24 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-23")}, workflow.NothingChanges)
}

func TestAComplaintHandedOutIsNeverChanged(t *testing.T) {
	t.Parallel()
	base := manned(t).c
	climbed := func(c workflow.Complaint, who string) workflow.Complaint {
		return c.With(workflow.Fact{Version: c.Version + 1, By: workflow.System(), Event: workflow.Climbed{
			Cause: workflow.CauseTime, Rung: 1,
			Calls: []workflow.Called{{Rung: 1, Person: org.PersonID(who)}}, Vacant: []workflow.Vacant{{Rung: 1, Unit: org.UnitID(who)}},
		}})
	}
	for n := range 9 { // lists of every length, with and without room to grow
		a, b := climbed(base, "a"), climbed(base, "b")
		for who, c := range map[string]workflow.Complaint{"a": a, "b": b} {
			climb := c.Climbing()
			if call, gap := climb.Calls[n], climb.Vacant[n]; string(call.Person) != who || string(gap.Unit) != who {
				t.Fatalf("who called %s finds %s, and %s vacant", who, call.Person, gap.Unit)
			}
		}
		if climb := base.Climbing(); climb != nil && len(climb.Calls) != n {
			t.Fatalf("the complaint handed out has %d calls, want %d", len(climb.Calls), n)
		}
		base = climbed(base, "c")
	}
}
