package workflow_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/org"
)

func TestHandOn(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.does("system", "09:01", workflow.RecordPost{Posted: workflow.Posted{What: s.c.RootName(), Channel: "C-jingan", TS: "1", Link: "L1"}})
	s.does("jingan.manager", "09:02", workflow.Assign{Handler: "jingan.staff", CoHandlers: []org.PersonID{"jingan.deputy"}})
	to := workflow.Transfer{To: "xuhui", Reason: "客户账户在徐汇，电 13812341234"}
	s.refused("jingan.staff", "09:05", to, workflow.NoRight)
	for _, c := range []struct {
		cmd  workflow.Transfer
		code workflow.Code
	}{
		{workflow.Transfer{Reason: "x"}, workflow.Missing},
		{workflow.Transfer{To: "moon", Reason: "x"}, workflow.UnknownUnit},
		{workflow.Transfer{To: "jingan", Reason: "x"}, workflow.NothingChanges},
		{workflow.Transfer{To: "london", Reason: "x"}, workflow.OtherZone},
	} {
		if no := s.refused("jingan.manager", "09:05", c.cmd, c.code); no.Field != "unit" {
			t.Errorf("%s: the wrong field is %s", c.code, no.Field)
		}
	}
	s.refused("jingan.manager", "09:05", workflow.Transfer{To: "xuhui", Reason: " "}, workflow.Missing)
	s.refused("xuhui.manager", "09:05", workflow.Receive{}, workflow.NoRight)

	own := func(d workflow.Running) bool { return d.Deadline.Clock == workflow.ClockAnswer }
	clocks := slices.DeleteFunc(slices.Clone(s.c.Clocks), own)
	if got, want := s.told("jingan.manager", "09:06", to), "line@5, transfer_offer@5 xuhui, transfer_offer@5 xuhui.manager, card@5"; got != want {
		t.Errorf("proposing tells %s, want %s", got, want)
	}
	if e := latest[workflow.TransferProposed](s); strings.Contains(e.Reason, "13812341234") {
		t.Errorf("the reason is not masked: %s", e.Reason)
	}
	if s.c.Unit != "jingan" || s.c.Handler != "jingan.staff" {
		t.Errorf("a proposal alone moved it to %s", s.c.Unit)
	}
	if no := s.refused("jingan.deputy", "09:07", to, workflow.AlreadyDone); no.By != "jingan.manager" {
		t.Errorf("proposed by %s", no.By)
	}
	s.refused("jingan.manager", "09:07", workflow.Receive{}, workflow.NoRight)
	s.refused("xuhui.manager", "09:08", workflow.Refuse{}, workflow.Missing)
	s.does("xuhui.manager", "09:08", workflow.Refuse{Reason: "账户已迁回"})
	if no := s.refused("xuhui.president", "09:09", workflow.Receive{}, workflow.OfferAnswered); no.By != "xuhui.manager" {
		t.Errorf("answered by %s", no.By)
	}
	if s.c.Unit != "jingan" {
		t.Errorf("refused, and at %s", s.c.Unit)
	}

	// Another unit may be proposed while one has not answered.
	s.does("jingan.manager", "09:10", workflow.Transfer{To: "sz", Reason: "x"}).does("jingan.manager", "09:11", to)
	s.refused("sz.president", "09:12", workflow.Receive{}, workflow.NoRight)
	if got, want := s.told("xuhui.manager", "09:13", workflow.Receive{}), "line@9, root@9, transfer_offer@9 xuhui, moved@9 jingan, card@9, mirror@9 sh"; got != want {
		t.Errorf("receiving tells %s, want %s", got, want)
	}
	if diff := cmp.Diff(clocks, slices.DeleteFunc(slices.Clone(s.c.Clocks), own)); diff != "" {
		t.Errorf("handing on changed the clocks (-before +after):\n%s", diff)
	}
	if s.c.Unit != "xuhui" || s.c.Handler != "xuhui.manager" || len(s.c.CoHandlers) > 0 || len(s.c.Moves) != 1 {
		t.Errorf("now at %s, handled by %s with %s after %d moves", s.c.Unit, s.c.Handler, s.c.CoHandlers, len(s.c.Moves))
	}
	s.refused("jingan.manager", "09:14", ordinary(workflow.StepContact), workflow.NoRight)

	// The old root is the former unit's, the new one is posted; a receipt that comes late does not take its place.
	if _, posted := s.c.Posts[workflow.PostedRoot]; posted || s.c.RootName() == workflow.PostedRoot {
		t.Errorf("the thread is still the old one: %+v, named %s", s.c.Posts, s.c.RootName())
	}
	s.does("system", "09:14", workflow.RecordPost{Posted: workflow.Posted{What: s.c.RootName(), Channel: "C-xuhui", TS: "2"}})
	s.does("system", "09:15", workflow.RecordPost{Posted: workflow.Posted{What: workflow.PostedRoot, Channel: "C-jingan", TS: "1", Link: "L2"}})
	if got := s.c.Posts[workflow.PostedRoot]; got.Channel != "C-xuhui" {
		t.Errorf("the root is %+v", got)
	}
	if old, ok := s.c.FormerRoot(0); !ok || old.Link != "L2" {
		t.Errorf("the former root is %+v", old)
	}
}

// Whoever accepts answers the rings; what is overdue calls the new unit's people after a rung's time.
func TestLadderAfterHandingOn(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.does("jingan.manager", "09:05", workflow.Transfer{To: "xuhui", Reason: "账户在徐汇"})
	s.does("system", "09:30", workflow.Expire{Wake: "accept/1"}).does("system", "09:45", workflow.Expire{Wake: "ladder"})
	if s.c.Raised() != 2 {
		t.Fatalf("until somebody accepts the first unit is called: rung %d", s.c.Raised())
	}
	s.does("xuhui.manager", "09:50", workflow.Receive{})
	climb := s.c.Climbing()
	if climb == nil || climb.Cause != workflow.CauseTurn || len(climb.Calls) > 0 || !climb.Next.Equal(s.at("10:05")) {
		t.Fatalf("after accepting the climb is %+v", climb)
	}
	s.does("system", "10:05", workflow.Expire{Wake: "ladder"})
	for _, k := range s.c.Climbing().Calls {
		if strings.HasPrefix(string(k.Person), "jingan.") {
			t.Errorf("%s of the former unit is called", k.Person)
		}
	}
	if len(s.c.Climbing().Calls) == 0 {
		t.Error("nobody is called")
	}
}

// A proposal ends with the complaint.
func TestProposalEndsWithTheComplaint(t *testing.T) {
	t.Parallel()
	s := opened(t).upTo(workflow.StepFeedback)
	s.does("jingan.manager", "10:00", workflow.Transfer{To: "xuhui", Reason: "x"}).does("jingan.staff", "10:01", ordinary(workflow.StepFeedback))
	s.does("jingan.staff", "10:02", workflow.Reopen{Reason: "客户来电"})
	if s.c.Offered() != nil {
		t.Error("a proposal outlived the closing")
	}
	s.refused("hq.consumer_protection", "10:03", workflow.Receive{}, workflow.NoRight)
}
