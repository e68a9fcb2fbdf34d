package workflow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

func day(t testing.TB, s string) calendar.Day {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Rule 10: the day of account, in every mode of late_intake and on days of 23 and 25 hours.
func TestLateIntake(t *testing.T) {
	t.Parallel()
	type want struct {
		day, due, raw string
		rule          workflow.Rule
	}
	for _, c := range []struct {
		unit, received       string
		strict, window, roll want
	}{
		{
			"jingan", "2026-11-23T15:58:00Z", // 23:58
			want{"2026-11-23", "2026-11-23T16:00:00Z", "2026-11-23T16:00:00Z", workflow.RuleDayEnd},
			want{"2026-11-23", "2026-11-23T17:58:00Z", "2026-11-23T16:00:00Z", workflow.RuleDayEndWindow},
			want{"2026-11-24", "2026-11-24T16:00:00Z", "2026-11-23T16:00:00Z", workflow.RuleDayEndRoll},
		},
		{
			"jingan", "2026-11-23T14:00:00Z", // 22:00: exactly the window is left
			want{"2026-11-23", "2026-11-23T16:00:00Z", "2026-11-23T16:00:00Z", workflow.RuleDayEnd},
			want{"2026-11-23", "2026-11-23T16:00:00Z", "2026-11-23T16:00:00Z", workflow.RuleDayEnd},
			want{"2026-11-23", "2026-11-23T16:00:00Z", "2026-11-23T16:00:00Z", workflow.RuleDayEnd},
		},
		{
			"jingan", "2026-11-23T16:00:00Z", // midnight belongs to the day it begins
			want{"2026-11-24", "2026-11-24T16:00:00Z", "2026-11-24T16:00:00Z", workflow.RuleDayEnd},
			want{"2026-11-24", "2026-11-24T16:00:00Z", "2026-11-24T16:00:00Z", workflow.RuleDayEnd},
			want{"2026-11-24", "2026-11-24T16:00:00Z", "2026-11-24T16:00:00Z", workflow.RuleDayEnd},
		},
		{
			"london", "2026-03-28T23:30:00Z", // before the day of 23 hours
			want{"2026-03-28", "2026-03-29T00:00:00Z", "2026-03-29T00:00:00Z", workflow.RuleDayEnd},
			want{"2026-03-28", "2026-03-29T01:30:00Z", "2026-03-29T00:00:00Z", workflow.RuleDayEndWindow},
			want{"2026-03-29", "2026-03-29T23:00:00Z", "2026-03-29T00:00:00Z", workflow.RuleDayEndRoll},
		},
		{
			"london", "2026-10-24T23:10:00Z", // ten past midnight of the day of 25 hours
			want{"2026-10-25", "2026-10-26T00:00:00Z", "2026-10-26T00:00:00Z", workflow.RuleDayEnd},
			want{"2026-10-25", "2026-10-26T00:00:00Z", "2026-10-26T00:00:00Z", workflow.RuleDayEnd},
			want{"2026-10-25", "2026-10-26T00:00:00Z", "2026-10-26T00:00:00Z", workflow.RuleDayEnd},
		},
		{
			"cairo", "2026-04-23T21:58:00Z", // 23:58 before a day without midnight
			want{"2026-04-23", "2026-04-23T22:00:00Z", "2026-04-23T22:00:00Z", workflow.RuleDayEnd},
			want{"2026-04-23", "2026-04-23T23:58:00Z", "2026-04-23T22:00:00Z", workflow.RuleDayEndWindow},
			want{"2026-04-24", "2026-04-24T21:00:00Z", "2026-04-23T22:00:00Z", workflow.RuleDayEndRoll},
		},
	} {
		for mode, w := range map[workflow.LateIntake]want{
			workflow.LateStrict: c.strict, workflow.LateWindow: c.window, workflow.LateRoll: c.roll,
		} {
			rules := bank(t)
			rules.Policy.LateIntake = mode
			at, err := time.Parse(time.RFC3339, c.received)
			if err != nil {
				t.Fatal(err)
			}
			events, err := workflow.Decide(workflow.Complaint{}, workflow.Open{Unit: org.UnitID(c.unit), Summary: "x"}, workflow.System(), rules, at)
			if err != nil {
				t.Fatal(err)
			}
			got := workflow.Fold("x", workflow.NewFacts(workflow.Complaint{}, events, workflow.System(), at))
			for _, clock := range []workflow.Clock{workflow.ClockDay, workflow.ClockHandle, workflow.ClockFeedback} {
				d, _ := got.Clock(clock)
				is := want{got.Account.String(), d.Due.Format(time.RFC3339), d.Raw.Format(time.RFC3339), d.Rule}
				if is != w {
					t.Errorf("%s at %s, %s: %s is %+v, want %+v", c.unit, c.received, mode, clock, is, w)
				}
				if d.Why != rules.Policy.Version() || d.Day != got.Account || !d.Start.Equal(at) {
					t.Errorf("%s: %+v does not explain itself", clock, d)
				}
			}
			if d, _ := got.Clock(workflow.ClockContact); !d.Due.Equal(at.Add(2 * time.Hour)) {
				t.Errorf("contact is due %s after receipt", d.Due.Sub(at))
			}
		}
	}
}

func TestStatutoryAndForwarded(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.zone = location(t, "Europe/London")
	s.does("system", "2026-03-25 10:00", workflow.Open{
		Unit: "london", Summary: "x", Source: workflow.SourceNFRA, ReceivedAt: s.at("2026-03-20 23:30"), ForwardedAt: s.at("2026-03-24 09:00"),
	})
	for clock, due := range map[workflow.Clock]string{
		workflow.ClockStatutory: "2026-04-05 00:00", workflow.ClockForwarded: "2026-04-09 00:00",
	} {
		if d, ok := s.c.Clock(clock); !ok || !d.Due.Equal(s.at(due)) || d.Rule != workflow.RuleDays || d.Days != 15 {
			t.Errorf("%s is %+v, want %s", clock, d, due)
		}
	}
	if _, has := opened(t).c.Clock(workflow.ClockForwarded); has {
		t.Error("a complaint from the counter has the clock of a forwarding regulator")
	}
}

// Rule 12: 15 days, then 15 more, then 30 more with notice to the customer, then no more; the old deadline stays in the record.
func TestExtend(t *testing.T) {
	t.Parallel()
	s := opened(t)
	boss := "sh.president"
	s.refused("jingan.president", "10:00", workflow.Extend{Reason: "等待征信中心"}, workflow.NoRight)
	s.refused("hq.consumer_protection", "10:00", workflow.Extend{Reason: "等待征信中心"}, workflow.NoRight)
	s.refused(boss, "10:00", workflow.Extend{Reason: "…"}, workflow.Missing)
	for _, clock := range []workflow.Clock{workflow.ClockForwarded, workflow.ClockDay, "lunch"} {
		if no := s.refused(boss, "10:00", workflow.Extend{Clock: clock, Reason: "x"}, workflow.NoClock); no.Field != "clock" {
			t.Errorf("the wrong field is %s", no.Field)
		}
	}
	statutory := func() workflow.Running {
		d, _ := s.c.Clock(workflow.ClockStatutory)
		return d
	}
	if d := statutory(); !d.Due.Equal(s.at("2026-12-09 00:00")) {
		t.Errorf("the first deadline is %s", d.Due)
	}
	s.does(boss, "2026-12-08 10:00", workflow.Extend{Reason: "等待征信中心"})
	if d := statutory(); !d.Due.Equal(s.at("2026-12-24 00:00")) || d.ID != "statutory/1+1" || d.Rule != workflow.RuleExtended || d.Days != 15 {
		t.Errorf("extended to %+v", d)
	}
	e := latest[workflow.Extended](s)
	if old, _ := s.c.DeadlineByID("statutory/1"); e.Replaces != "statutory/1" || !old.Replaced || !old.Due.Equal(s.at("2026-12-09 00:00")) {
		t.Errorf("%+v replaces %+v", e, old)
	}
	for _, told := range []string{"", " … "} {
		s.refused(boss, "2026-12-23 10:00", workflow.Extend{Reason: "鉴定中", CustomerTold: told}, workflow.TellCustomer)
	}
	// Late, after the breach: the new deadline counts from the old one, and the breach stays.
	s.does(boss, "2026-12-24 10:00", workflow.Extend{Clock: workflow.ClockStatutory, Reason: "鉴定中", CustomerTold: "12月23日电话告知"})
	if d := statutory(); !d.Due.Equal(s.at("2027-01-23 00:00")) || !d.Runs() {
		t.Errorf("extended to %+v", d)
	}
	if old, _ := s.c.DeadlineByID("statutory/1+1"); old.Breached.IsZero() {
		t.Error("a late extension hid the breach")
	}
	if no := s.refused(boss, "2026-12-25 10:00", workflow.Extend{Reason: "x", CustomerTold: "y"}, workflow.NoMoreExtension); no.Min != 2 {
		t.Errorf("extended %d times", no.Min)
	}
	if s.c.Extensions != 2 {
		t.Errorf("%d extensions", s.c.Extensions)
	}

	f := newStory(t).does("system", "09:00", workflow.Open{Unit: "sh", Summary: "x", Source: workflow.SourcePBOC})
	f.does("hq.network_finance", "10:00", workflow.Extend{Clock: workflow.ClockForwarded, Reason: "等待回函"})
	if d, _ := f.c.Clock(workflow.ClockForwarded); !d.Due.Equal(f.at("2026-12-24 00:00")) {
		t.Errorf("forwarded clock extended to %s", d.Due)
	}
	// The decision has been given, the customer wants more: there is no clock left to extend.
	g := opened(t).upTo(workflow.StepFeedback).does("jingan.staff", "10:00", workflow.Feedback{Answer: workflow.Unsatisfied})
	g.refused("sh.president", "10:01", workflow.Extend{Reason: "x"}, workflow.NoClock)
}

// Rule 11: a breach is dated to when it happened and told once, however late it is found.
func TestExpire(t *testing.T) {
	t.Parallel()
	s := opened(t)
	accept := workflow.Expire{Wake: "accept/1"}
	s.refused("system", "09:29", accept, workflow.NotDue)
	s.refused("system", "09:30", workflow.Expire{Wake: "lunch/1"}, workflow.NothingChanges)
	s.does("system", "09:30", accept)
	want := workflow.Breached{Deadline: "accept/1", Clock: workflow.ClockAccept, Due: s.at("09:30").UTC(), Raw: s.at("09:30").UTC()}
	if diff := cmp.Diff(want, s.facts[1].Event, alike...); diff != "" {
		t.Errorf("breach (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"breached.v1", "climbed.v1"}, s.kinds(1)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	s.refused("system", "09:31", accept, workflow.NothingChanges)
	if d, _ := s.c.Clock(workflow.ClockAccept); d.Runs() || !d.Waits() || !d.Breached.Equal(d.Due) {
		t.Errorf("a breached clock is %+v", d)
	}
	// One look records all that has passed, and says which were noticed late.
	before := len(s.facts)
	s.does("system", "11:05", workflow.Expire{Wake: "contact/1"})
	if diff := cmp.Diff([]string{"breached.v1", "breached.v1", "climbed.v1"}, s.kinds(before)); diff != "" {
		t.Fatalf("events (-want +got):\n%s", diff)
	}
	late, _ := s.facts[before].Event.(workflow.Breached)
	inTime, _ := s.facts[before+1].Event.(workflow.Breached)
	if late.Deadline != "assign/1" || !late.Late || inTime.Deadline != "contact/1" || inTime.Late {
		t.Errorf("breaches %+v and %+v", late, inTime)
	}
}

// Rule 11: whatever people do, a deadline that has passed before is recorded as broken, by the system.
func TestNobodyHidesABreach(t *testing.T) {
	t.Parallel()
	s := opened(t).does("jingan.manager", "11:30", ordinary(workflow.StepAssign))
	if diff := cmp.Diff([]string{"breached.v1", "breached.v1", "breached.v1", "accepted.v1", "assigned.v1", "climbed.v1"}, s.kinds(1)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for _, f := range s.facts[1:] {
		_, clock := f.Event.(workflow.Breached)
		_, climb := f.Event.(workflow.Climbed)
		if f.By.IsSystem() != (clock || climb) {
			t.Errorf("%s is by %s", f.Event.Kind(), f.By)
		}
	}
	// To the microsecond: done at the deadline is done too late, because days and spans are half open.
	for when, want := range map[string][]string{
		"23:59":            {"handled.v1", "briefed.v1"},
		"2026-11-24 00:00": {"breached.v1", "breached.v1", "breached.v1", "handled.v1", "briefed.v1", "climbed.v1"},
	} {
		c := opened(t).upTo(workflow.StepHandle)
		n := len(c.facts)
		c.does("jingan.staff", when, ordinary(workflow.StepHandle))
		if diff := cmp.Diff(want, c.kinds(n)); diff != "" {
			t.Errorf("handled at %s (-want +got):\n%s", when, diff)
		}
	}
}

// Rule 13: every night is flagged once: by the job, or, where the job cannot, by whatever comes first.
func TestOvernight(t *testing.T) {
	t.Parallel()
	night := func(when string, n int, late, alone bool) workflow.LeftOvernight {
		return workflow.LeftOvernight{Day: day(t, when), Night: n, Late: late, Alone: alone}
	}
	job := func(when string, late bool) workflow.FlagOvernight {
		return workflow.FlagOvernight{Day: day(t, when), Late: late}
	}

	t.Run("job", func(t *testing.T) {
		t.Parallel()
		s := opened(t)
		s.refused("system", "23:59", job("2026-11-23", false), workflow.NotDue)
		s.does("system", "2026-11-24 00:00", workflow.Expire{Wake: "day/1"})
		if s.c.Overnight() {
			t.Error("the breach of an ordinary day flags the night: the job does that")
		}
		s.refused("system", "2026-11-24 00:05", job("2026-11-22", false), workflow.NothingChanges)
		s.refused("system", "2026-11-24 00:05", job("2026-11-24", false), workflow.NotDue)
		s.does("system", "2026-11-24 00:05", job("2026-11-23", false))
		s.refused("system", "2026-11-24 00:06", job("2026-11-23", true), workflow.NothingChanges)
		s.does("system", "2026-11-25 00:05", job("2026-11-24", false))
		s.does("system", "2026-11-27 08:00", job("2026-11-26", true)) // a run lapsed: the number tells
		want := []workflow.LeftOvernight{
			night("2026-11-23", 1, false, false), night("2026-11-24", 2, false, false), night("2026-11-26", 4, true, false),
		}
		if diff := cmp.Diff(want, s.c.Nights); diff != "" || s.c.Night() != 4 {
			t.Errorf("night %d, nights (-want +got):\n%s", s.c.Night(), diff)
		}
		s.upToFrom(workflow.StepFeedback, "2026-11-27 09:00").does("jingan.staff", "2026-11-27 09:10", workflow.Feedback{Answer: workflow.Unsatisfied})
		s.does("system", "2026-11-28 00:05", job("2026-11-27", false))
		if s.c.Night() != 1 || len(s.c.Nights) != 4 {
			t.Errorf("the first night of a round is its night %d", s.c.Night())
		}
	})
	t.Run("window", func(t *testing.T) {
		t.Parallel()
		s := newStory(t).does("jingan.staff", "23:58", workflow.Open{Unit: "jingan", Summary: "x"})
		s.refused("system", "2026-11-24 00:05", job("2026-11-23", false), workflow.NotDue)
		s.does("system", "2026-11-24 01:58", workflow.Expire{Wake: "day/1"})
		if diff := cmp.Diff([]workflow.LeftOvernight{night("2026-11-23", 1, false, true)}, s.c.Nights); diff != "" {
			t.Errorf("nights (-want +got):\n%s", diff)
		}
		s.refused("system", "2026-11-24 02:00", job("2026-11-23", true), workflow.NothingChanges)
		s.does("jingan.staff", "2026-11-25 00:01", workflow.Note{Text: "x"}) // the job is still to come
		s.does("system", "2026-11-25 00:05", job("2026-11-24", false))
		if s.c.Night() != 2 || len(s.c.Nights) != 2 {
			t.Errorf("nights %+v", s.c.Nights)
		}
	})
	t.Run("window met", func(t *testing.T) {
		t.Parallel()
		s := newStory(t).does("jingan.staff", "23:58", workflow.Open{Unit: "jingan", Summary: "x"}).upToFrom("", "2026-11-24 01:00")
		if !s.c.ClosedSameDay || s.c.Overnight() {
			t.Errorf("done inside the window: same day %v, nights %+v", s.c.ClosedSameDay, s.c.Nights)
		}
	})
	t.Run("late job after the window", func(t *testing.T) {
		t.Parallel()
		s := newStory(t).does("jingan.staff", "23:58", workflow.Open{Unit: "jingan", Summary: "x"})
		s.does("system", "2026-11-24 09:00", job("2026-11-23", true))
		if diff := cmp.Diff([]workflow.LeftOvernight{night("2026-11-23", 1, true, false)}, s.c.Nights); diff != "" {
			t.Errorf("nights (-want +got):\n%s", diff)
		}
		s.refused("system", "2026-11-24 09:01", workflow.Expire{Wake: "day/1"}, workflow.NothingChanges)
	})
	t.Run("roll", func(t *testing.T) {
		t.Parallel()
		s := newStory(t, func(p *workflow.Policy) { p.LateIntake = workflow.LateRoll })
		s.does("jingan.staff", "23:58", workflow.Open{Unit: "jingan", Summary: "x"})
		s.refused("system", "2026-11-24 00:05", job("2026-11-23", false), workflow.NothingChanges)
		s.does("system", "2026-11-25 00:05", job("2026-11-24", false))
		if s.c.Night() != 1 {
			t.Errorf("night %d", s.c.Night())
		}
	})
	t.Run("closed before the job", func(t *testing.T) {
		t.Parallel()
		for _, sweep := range []bool{false, true} {
			s := opened(t).upTo(workflow.StepFeedback)
			if sweep {
				s.does("system", "2026-11-24 00:01", workflow.Expire{Wake: "day/1"})
			}
			s.does("jingan.staff", "2026-11-24 00:02", ordinary(workflow.StepFeedback))
			if diff := cmp.Diff([]workflow.LeftOvernight{night("2026-11-23", 1, false, true)}, s.c.Nights); diff != "" || s.c.ClosedSameDay {
				t.Errorf("same day %v, nights (-want +got):\n%s", s.c.ClosedSameDay, diff)
			}
			s.refused("system", "2026-11-24 00:05", job("2026-11-23", false), workflow.NothingChanges)
		}
	})
	t.Run("round before the job", func(t *testing.T) {
		t.Parallel()
		s := opened(t).upTo(workflow.StepFeedback).does("jingan.staff", "2026-11-24 00:02", workflow.Feedback{Answer: workflow.Unsatisfied})
		if s.c.Night() != 1 || s.c.Account.String() != "2026-11-24" {
			t.Errorf("night %d, day %s", s.c.Night(), s.c.Account)
		}
	})
	t.Run("override after the job", func(t *testing.T) {
		t.Parallel()
		s := opened(t).does("system", "2026-11-24 00:05", job("2026-11-23", false))
		s.does("sh.president", "2026-11-24 09:00", workflow.Close{Reason: "维持"})
		if len(s.c.Nights) != 1 {
			t.Errorf("nights %+v", s.c.Nights)
		}
	})
	t.Run("registered after its day", func(t *testing.T) {
		t.Parallel()
		s := newStory(t).does("system", "2026-11-25 09:00", workflow.Open{Unit: "jingan", Summary: "x", ReceivedAt: newStory(t).at("14:00")})
		s.does("system", "2026-11-25 09:01", workflow.Expire{Wake: "day/1"})
		if diff := cmp.Diff([]workflow.LeftOvernight{night("2026-11-24", 2, true, false)}, s.c.Nights); diff != "" {
			t.Errorf("nights (-want +got):\n%s", diff)
		}
		s.does("system", "2026-11-26 00:05", job("2026-11-25", false))
		if s.c.Night() != 3 {
			t.Errorf("night %d", s.c.Night())
		}
	})
	t.Run("unit gone", func(t *testing.T) {
		t.Parallel()
		s := opened(t)
		tree, err := org.New(s.rules.Tree.Units()[:1])
		if err != nil {
			t.Fatal(err)
		}
		s.rules.Tree = tree
		s.does("system", "2026-11-24 00:05", job("2026-11-23", false)) // by head office's day
	})
}

// upToFrom does what is left before a step, all at one time.
func (s *story) upToFrom(step workflow.Step, when string) *story {
	s.t.Helper()
	for s.c.Next() != step {
		s.does("jingan.manager", when, ordinary(s.c.Next()))
	}
	return s
}

// A day that late intake moved past midnight, and then nobody ran for two days: its first night is on record all the same.
func TestAMovedNightIsNotLostInADowntime(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.does("jingan.staff", "23:00", workflow.Open{Unit: "jingan", Summary: "x"}) // to be done by 01:00
	s.refused("system", "2026-11-24 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-23")}, workflow.NotDue)
	s.does("system", "2026-11-25 09:00", workflow.FlagOvernight{Day: day(t, "2026-11-24"), Late: true})
	var got []string
	for _, n := range s.c.Nights {
		got = append(got, fmt.Sprint(n.Day, " ", n.Night))
	}
	if diff := cmp.Diff([]string{"2026-11-23 1", "2026-11-24 2"}, got); diff != "" {
		t.Errorf("nights (-want +got):\n%s", diff)
	}
}
