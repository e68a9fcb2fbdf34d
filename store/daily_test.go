package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// An inquiry is told once, looked at when it is due and not before, and not again when it has been; a delivery counts once.
func TestInquiryInTheLedger(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	day := calendar.Day{Year: 2026, Month: 11, Day: 23}
	ref := daily.Ref{Topic: daily.Inquiry, Unit: "sh", Day: day}
	due := nine().Add(time.Hour)
	do := func(by org.PersonID, at time.Time, key string, cmd daily.Command) (store.DailyOutcome, error) {
		return o.Daily(ctx, store.DailyRequest{Ref: ref, Command: cmd, By: by, At: at, Key: key})
	}
	waits := func(at time.Time) int {
		t.Helper()
		list, err := o.DueInquiries(ctx, at, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if _, err := do(org.System, nine(), "", daily.Begin{Due: due, Asks: []daily.Ask{{Source: workflow.SourcePBOC}, {Source: workflow.SourceNFRA}}}); err != nil {
		t.Fatal(err)
	}
	if waits(due.Add(-time.Second)) != 0 || waits(due) != 1 {
		t.Errorf("%d wait before it is due, %d then; want 0 and 1", waits(due.Add(-time.Second)), waits(due))
	}
	var no *daily.Refusal
	if _, err := do("stranger", nine(), "k0", daily.Answer{Source: workflow.SourcePBOC}); !errors.As(err, &no) || no.Code != daily.NoRight {
		t.Errorf("a stranger's answer: %v", err)
	}
	boss := o.Rules().Tree.Holders("sh", org.Positions()...)[0]
	var wg sync.WaitGroup
	for range 8 { // the same delivery, many times at once
		wg.Go(func() {
			if _, err := do(boss, nine(), "k1", daily.Answer{Source: workflow.SourcePBOC}); err != nil && !errors.As(err, new(*daily.Refusal)) {
				t.Errorf("answer: %v", err)
			}
		})
	}
	wg.Wait()
	if _, err := do(org.System, due, "", daily.Miss{People: []org.PersonID{boss}}); err != nil {
		t.Fatal(err)
	}
	s, err := o.Sheet(ctx, ref)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Source(workflow.SourcePBOC); len(got.Replies) != 1 || !cmp.Equal(s.Open(), []workflow.Source{workflow.SourceNFRA}) {
		t.Errorf("the sheet: %+v", s)
	}
	if waits(due.Add(time.Hour)) != 0 {
		t.Error("what was noticed waits still")
	}
	want := []string{"inquiry channel/sh", "inquiry_ring person/" + string(boss)}
	got := o.waiting(store.KindInquiry, store.KindInquiryRing)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the outbox (-want +got):\n%s", diff)
	}
	all, err := o.Sheets(ctx, daily.Inquiry, "sh", day.Add(-2), day)
	if err != nil || len(all) != 3 || all[0].Version != 0 || all[2].Version != s.Version {
		t.Errorf("the sheets of three days: %+v, %v", all, err)
	}
	if _, err := o.Sheet(ctx, daily.Ref{Topic: daily.Inquiry, Unit: "moon", Day: day}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a unit that is not there: %v", err)
	}
	o.audit()
}
