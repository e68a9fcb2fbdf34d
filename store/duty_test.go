package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// shifts is a plan of 24 hours each from 08:30, in turn, from Monday, 23 November 2026.
func shifts(people ...org.PersonID) duty.Plan {
	return duty.Plan{Layers: []duty.Layer{{
		Role: duty.Primary, Start: calendar.Day{Year: 2026, Month: 11, Day: 23}, Every: 1,
		Cuts: []duty.Cut{{At: duty.Clock{Hour: 8, Minute: 30}, People: people}},
	}}}
}

func (o *office) duty(by org.PersonID, at time.Time, cmd duty.Command) store.DutyOutcome {
	o.t.Helper()
	out, err := o.Duty(o.t.Context(), store.DutyRequest{Unit: "jingan", Command: cmd, By: by, At: at})
	if err != nil {
		o.t.Fatalf("%T by %s: %+v", cmd, by, err)
	}
	return out
}

// waiting lists the intents in the outbox of some kinds, as "kind lane".
func (o *office) waiting(kinds ...string) []string {
	o.t.Helper()
	backlog, err := o.s.Waiting(o.t.Context(), 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	var out []string
	for _, i := range backlog.Intents {
		if slices.Contains(kinds, i.Kind) {
			out = append(out, i.Kind+" "+i.Lane)
		}
	}
	return out
}

func TestRosterIsInTheLedgerAndInTheBook(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if got := o.Rules().Book.Answers("jingan", nine()); got.Role != "" {
		t.Errorf("without a roster %+v answers", got)
	}
	o.duty("manager", nine(), duty.Publish{Plan: shifts("manager", "president")})
	if got := o.Rules().Book.Answers("jingan", nine().Add(time.Minute)); got.Person != "manager" || got.Role != duty.Primary {
		t.Errorf("after publishing %+v answers", got)
	}
	if diff := cmp.Diff([]string{"duty_change person/president"}, o.waiting(store.KindChange)); diff != "" {
		t.Errorf("whose duty changed is told, but who did it is not (-want +got):\n%s", diff)
	}
	fresh := store.NewDesk(o.s, func() *workflow.Rules { return bank(t) }, store.MasterKey{})
	if err := fresh.LoadBook(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := fresh.Rules().Book.Answers("jingan", nine().Add(time.Minute)); got.Person != "manager" {
		t.Errorf("after a restart %+v answers", got)
	}
	if got, err := fresh.RosterFacts(t.Context(), "jingan"); err != nil || len(got) != 1 || got[0].By != "manager" || !got[0].At.Equal(nine()) {
		t.Errorf("who changed what: %+v, %v", got, err)
	}
}

func TestRosterRefusals(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, err := o.Duty(t.Context(), store.DutyRequest{Unit: "jingan", Command: duty.Publish{Plan: shifts("manager")}, By: "stranger", At: nine()})
	var no *duty.Refusal
	if !errors.As(err, &no) {
		t.Errorf("a stranger's roster: %v", err)
	}
	_, err = o.Duty(t.Context(), store.DutyRequest{Unit: "moon", Command: duty.Publish{}, By: "manager", At: nine()})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a roster for an unknown unit: %v", err)
	}
	for n, plan := range []duty.Plan{shifts("manager"), shifts("manager", "president")} { // the second would be another plan
		out, err := o.Duty(t.Context(), store.DutyRequest{
			Unit: "jingan", Command: duty.Publish{Plan: plan}, By: "manager", At: nine().Add(time.Duration(n) * time.Minute), Key: "click",
		})
		if err != nil || out.Duplicate != (n == 1) {
			t.Errorf("delivery %d: duplicate %t, %v", n, out.Duplicate, err)
		}
	}
	if facts, _ := o.RosterFacts(t.Context(), "jingan"); len(facts) != 1 {
		t.Errorf("one delivery made %d events", len(facts))
	}
}

func TestHandoversAndSwapsAreTold(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.duty("manager", nine(), duty.Publish{Plan: shifts("manager", "president")})
	change := nine().Add(23*time.Hour + 30*time.Minute) // Tuesday 08:30
	o.duty(org.System, change, duty.BeginHandover{At: change})
	want := []string{"handover person/president", "takeover channel/jingan"}
	if diff := cmp.Diff(want, o.waiting(store.KindHandover, store.KindTakeover)); diff != "" {
		t.Errorf("a handover is told (-want +got):\n%s", diff)
	}
	o.duty(org.System, change.Add(duty.RingBothAfter), duty.RingHandover{At: change, Stage: duty.StageBoth})
	if got := o.waiting(store.KindHandover); len(got) != 3 {
		t.Errorf("after a quarter of an hour both are rung: %v", got)
	}
	o.duty("president", change.Add(20*time.Minute), duty.AcceptHandover{At: change})
	if got := o.Rules().Book.Answers("jingan", change.Add(20*time.Minute)); got.Person != "president" {
		t.Errorf("after accepting %+v answers", got)
	}
	next := change.Add(24 * time.Hour)
	o.duty("president", change.Add(time.Hour), duty.ProposeSwap{
		Role: duty.Primary, From: next.Add(24 * time.Hour), To: next.Add(48 * time.Hour), Other: "manager", OtherFrom: next, OtherTo: next.Add(24 * time.Hour),
	})
	if diff := cmp.Diff([]string{"swap person/manager"}, o.waiting(store.KindSwap)); diff != "" {
		t.Errorf("the other one is asked (-want +got):\n%s", diff)
	}
}

// Many change one roster at once: each change is decided on what was there, none is lost.
func TestRosterConflicts(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.duty("manager", nine(), duty.Publish{Plan: shifts("manager", "president")})
	var g sync.WaitGroup
	for n := range 8 {
		g.Go(func() {
			from := nine().Add(time.Duration(n+1) * 48 * time.Hour)
			_, err := o.Duty(context.Background(), store.DutyRequest{Unit: "jingan", By: "manager", At: nine().Add(time.Minute), Command: duty.Absent{
				Person: "manager", From: from, To: from.Add(time.Hour), Reason: fmt.Sprint(n),
			}})
			if err != nil {
				t.Errorf("absence %d: %v", n, err)
			}
		})
	}
	g.Wait()
	facts, err := o.RosterFacts(t.Context(), "jingan")
	if err != nil || len(facts) != 9 {
		t.Errorf("%d events of 9, %v", len(facts), err)
	}
	book, _ := o.Rules().Book.Roster("jingan")
	if book.Version != 9 {
		t.Errorf("the book has version %d", book.Version)
	}
}
