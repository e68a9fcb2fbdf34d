package daily_test

import (
	"slices"
	"testing"
	"time"

	"sameday/workflow"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// What nobody asked in time climbs until it is asked, and not a moment longer.
func TestInquiryRaised(t *testing.T) {
	t.Parallel()
	b := open(t, daily.Inquiry)
	b.must(org.System, clock(8, 0), begin())
	b.refuses(org.System, clock(10, 0), daily.Raise{Rung: 2}, daily.NotDue) // nothing was missed yet
	ladder := workflow.DefaultLadder()
	b.must(org.System, clock(10, 0), daily.Miss{People: []org.PersonID{"xu"}, Ladder: ladder, Policy: "p"})
	if got := b.s.Wake(); !got.Equal(clock(10, 15)) || b.s.Rung != 1 {
		t.Errorf("rung %d, the next is called at %s", b.s.Rung, got)
	}
	b.refuses(org.System, clock(10, 14), daily.Raise{Rung: 2}, daily.NotDue)
	b.refuses("xu", clock(10, 15), daily.Raise{Rung: 2}, daily.NoRight)
	b.must(org.System, clock(10, 15), daily.Raise{
		Rung: 3, Calls: []workflow.Called{{Rung: 3, Person: "chen"}}, Due: clock(10, 15), Next: clock(10, 45),
	})
	for _, source := range []workflow.Source{workflow.SourceHeadOffice, workflow.SourcePBOC} {
		b.must("xu", clock(10, 20), daily.Answer{Source: source})
	}
	a, _ := b.s.Source(workflow.SourceNFRA)
	if got := b.s.WaitsFor(a); !slices.Equal(got, []org.PersonID{"chen", "xu"}) {
		t.Errorf("it waits for %q", got)
	}
	if done, _ := b.s.Source(workflow.SourcePBOC); len(b.s.WaitsFor(done)) > 0 {
		t.Error("what was answered waits for somebody")
	}
	if got := b.s.Wake(); !got.Equal(clock(10, 45)) {
		t.Errorf("the next is called at %s", got)
	}
	b.must("chen", clock(10, 30), daily.Answer{Source: workflow.SourceNFRA})
	if got := b.s.Wake(); !got.IsZero() {
		t.Errorf("everything is answered, and it wakes at %s", got)
	}
	b.refuses(org.System, clock(10, 45), daily.Raise{Rung: 4}, daily.NotDue)
}

// The ladder calls for a unit, rung by rung, nobody twice, up to head office's standing list.
func TestRaise(t *testing.T) {
	t.Parallel()
	type people = map[org.Position][]org.PersonID
	tree, err := org.New([]org.Unit{
		{ID: "hq", Tier: org.HeadOffice, Zone: time.UTC, Positions: people{org.Standing: {"he"}, org.ServiceDesk: {"desk"}}},
		{ID: "sh", Tier: org.Branch, Parent: "hq", Zone: time.UTC, Positions: people{org.DeputyPresident: {"ma"}, org.ConsumerProtection: {"xu"}, org.President: {"chen"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &workflow.Rules{Tree: tree, Policy: workflow.DefaultPolicy()}
	before, at, rung := []org.PersonID{"xu"}, clock(10, 15), 1
	for _, want := range []string{"ma", "chen", "desk", "he"} {
		e := r.Raise("sh", r.Policy.Ladder, rung, at, at, before)
		var got string
		for _, k := range e.Calls {
			got += string(k.Person)
			before = append(before, k.Person)
		}
		if got != want {
			t.Errorf("after rung %d it calls %q, want %q", rung, got, want)
		}
		if rung, at = e.Rung, e.Next; at.IsZero() {
			break
		}
	}
	if rung != len(r.Policy.Ladder) {
		t.Errorf("it ends on rung %d", rung)
	}
	late := r.Raise("sh", r.Policy.Ladder, 1, clock(10, 15), clock(18, 0), nil) // after a downtime all of them, once
	if late.Rung != len(r.Policy.Ladder) || len(late.Calls) != 5 || !late.Late {
		t.Errorf("after a downtime it calls %+v", late)
	}
}
