package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
)

// remembers checks that what a desk says of every complaint, remembered or not, is what the events say.
func (o *office) remembers(desks ...*store.Desk) {
	o.t.Helper()
	ctx := context.Background()
	cold := store.NewDesk(o.s, func() *workflow.Rules { return o.rules }, o.key)
	alike := []cmp.Option{cmpopts.EquateEmpty(), cmp.AllowUnexported(workflow.Actor{})}
	for _, e := range o.entries() {
		id, ok := store.ComplaintOf(e.Stream)
		if !ok || e.Index != store.IndexComplaint {
			continue
		}
		facts, err := cold.Timeline(ctx, id)
		if err != nil {
			o.t.Errorf("timeline of %s: %v", id, err)
		}
		want := workflow.Fold(id, facts)
		for n, d := range append(desks, o.Desk, cold) {
			got, err := d.Complaint(ctx, id)
			if diff := cmp.Diff(want, got, alike...); err != nil || diff != "" {
				o.t.Errorf("desk %d about %s, %v (-events +desk):\n%s", n, id, err, diff)
			}
		}
	}
}

// Two desks over one store, as two processes would be: what one remembers, the other changes.
func TestDesksThatShareAStore(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	second := store.NewDesk(o.s, o.Rules, o.key)
	id := o.does("", opening(), nine()).Complaint.ID
	for n, step := range workflow.Steps() {
		for _, d := range []*store.Desk{o.Desk, second} {
			if _, err := d.Complaint(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		doer, other := o.Desk, second
		if n%2 == 1 {
			doer, other = second, o.Desk
		}
		q := store.Request{Complaint: id, Command: commandFor(step), By: workflow.Person("manager"), At: nine().Add(time.Duration(n+1) * time.Minute)}
		if step == workflow.StepContact { // refused before the step, allowed after it: both by the desk that did not do it
			early := q
			early.Command = commandFor(workflow.StepHandle)
			var no *workflow.Refusal
			if _, err := other.Do(t.Context(), early); !errors.As(err, &no) {
				t.Fatalf("handling before contact: got %v, want a refusal", err)
			}
			doer, other = other, doer
		}
		if _, err := doer.Do(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		var no *workflow.Refusal
		if _, err := other.Do(t.Context(), q); !errors.As(err, &no) {
			t.Errorf("%s again by the other desk: got %v, want a refusal", step, err)
		}
	}
	if c, err := o.Complaint(t.Context(), id); err != nil || c.Open() {
		t.Errorf("got %+v, %v, want a closed complaint", c, err)
	}
	o.remembers(second)
}

// What the desk remembers is bounded, and forgetting changes nothing.
func TestDeskForgets(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	const complaints, workers, limit = 64, 16, 200_000
	store.RememberAtMost(o.Desk, limit)
	inParallel(workers, func(w int) {
		for i := w; i < complaints; i += workers {
			q := store.Request{Command: workflow.Open{Unit: "jingan", Summary: fmt.Sprint("客户来电反映自助机吞卡", i)}, By: workflow.System(), At: nine()}
			if _, err := o.Do(t.Context(), q); err != nil {
				t.Error(err)
			}
		}
	})
	day := calendar.DayOf(nine(), o.rules.Tree.Root().Zone)
	ids, err := o.Numbers(t.Context(), day, day)
	if err != nil || len(ids) != complaints {
		t.Fatalf("got %d numbers, %v, want %d", len(ids), err, complaints)
	}
	inParallel(16, func(int) {
		for range 30 {
			o.does(ids[rand.IntN(len(ids))], workflow.Note{Text: "已致电客户"}, nine())
		}
	})
	if size := store.Remembered(o.Desk); size > limit || size < limit/2 {
		t.Errorf("remembered: got %d bytes, want at most %d and not much less", size, limit)
	}
	o.remembers()
}
