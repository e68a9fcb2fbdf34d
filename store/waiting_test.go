package store_test

import (
	"slices"
	"testing"
	"time"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// What waits for a person's answer is found by the person, and is gone once it is answered, by whomever.
func TestWaitsForMe(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	tree, err := org.New([]org.Unit{
		{ID: "hq", Tier: org.HeadOffice, Zone: time.UTC, Positions: map[org.Position][]org.PersonID{org.Standing: {"desk"}}},
		{ID: "sh", Tier: org.Branch, Parent: "hq", Zone: time.UTC, Positions: map[org.Position][]org.PersonID{org.ConsumerProtection: {"xu", "fan"}, org.President: {"president"}}},
		{ID: "jingan", Tier: org.SubBranch, Parent: "sh", Zone: time.UTC, Positions: map[org.Position][]org.PersonID{org.ComplaintManager: {"manager"}}},
		{ID: "xuhui", Tier: org.SubBranch, Parent: "sh", Zone: time.UTC, Positions: map[org.Position][]org.PersonID{org.ComplaintManager: {"other"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.rules.Tree = tree
	owed := func(p org.PersonID, want ...workflow.ID) {
		t.Helper()
		got, err := o.Owed(t.Context(), p, 10)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s owes answers to %q, want %q: %v", p, got, want, err)
		}
	}
	first, second := o.does("", opening(), nine()).Complaint.ID, o.does("", opening(), nine()).Complaint.ID
	o.does(second, workflow.Request{Reason: "等鉴定"}, nine().Add(time.Minute))
	o.does(first, workflow.Request{Reason: "等鉴定"}, nine().Add(2*time.Minute))
	owed("xu", second, first)
	owed("fan", second, first)
	owed("president")
	backlog, err := o.s.Waiting(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	for _, i := range backlog.Intents {
		if about, err := store.ReadAbout(i); err == nil && i.Kind == store.KindAsk {
			told[string(about.Person)]++
		}
	}
	if told["xu"] != 2 || told["fan"] != 2 {
		t.Errorf("those who are asked are told %v times, want each twice", told)
	}
	// Nobody answers: whom the ladder calls owes it too.
	o.sweeps(t, nine().Add(31*time.Minute))
	o.sweeps(t, nine().Add(80*time.Minute))
	owed("president", second, first)
	deny := store.Request{Complaint: first, Command: workflow.DenyExtension{Reason: "材料已齐"}, By: workflow.Person("president"), At: nine().Add(81 * time.Minute)}
	if _, err := o.Do(t.Context(), deny); err != nil {
		t.Fatal(err)
	}
	owed("xu", second)
	owed("president", second)

	ref := daily.Ref{Topic: daily.Inquiry, Unit: "sh", Day: calendar.DayOf(nine(), time.UTC)}
	do := func(by org.PersonID, cmd daily.Command) {
		t.Helper()
		if _, err := o.Daily(t.Context(), store.DailyRequest{Ref: ref, Command: cmd, By: by, At: nine().Add(2 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	asked := func(p org.PersonID, since time.Time, want int) {
		t.Helper()
		got, err := o.Asked(t.Context(), p, since, 10)
		if err != nil || len(got) != want || want > 0 && got[0] != ref {
			t.Errorf("%s is asked by %v, want %d: %v", p, got, want, err)
		}
	}
	due := nine().Add(time.Hour)
	do(org.System, daily.Begin{Due: due, Asks: []daily.Ask{{Source: workflow.SourcePBOC, People: []org.PersonID{"xu"}}, {Source: workflow.SourceNFRA, People: []org.PersonID{"xu"}}}})
	asked("xu", nine(), 1)
	asked("fan", nine(), 0)
	do(org.System, daily.Miss{People: []org.PersonID{"fan"}, Ladder: workflow.DefaultLadder()})
	asked("fan", nine(), 1)
	asked("fan", due.Add(time.Hour), 0) // what was due long ago is not looked for
	do("xu", daily.Answer{Source: workflow.SourcePBOC})
	asked("xu", nine(), 1)
	do("fan", daily.Answer{Source: workflow.SourceNFRA})
	asked("xu", nine(), 0)
	asked("fan", nine(), 0)
}

// sweeps works everything that has fallen due.
func (o *office) sweeps(t *testing.T, now time.Time) {
	t.Helper()
	for range 20 {
		due, err := o.Due(t.Context(), now, 100)
		if err != nil || len(due) == 0 {
			return
		}
		for _, d := range due {
			_, _ = o.Do(t.Context(), store.Request{Complaint: d.Complaint, Command: workflow.Expire{Wake: d.Wake}, By: workflow.System(), At: now})
		}
	}
	t.Fatal("the sweep does not come to an end")
}
