package duty_test

import (
	"fmt"
	"testing"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// years is a roster that has been used for years: handovers accepted each day, an override now and then.
func years(tb testing.TB, every int, cuts []duty.Cut) (duty.Roster, time.Time) {
	tb.Helper()
	start := calendar.Day{Year: 2024, Month: 1, Day: 1}
	from := start.Start(time.UTC)
	plan := duty.Plan{Layers: []duty.Layer{
		{Role: duty.Primary, Start: start, Every: every, Cuts: cuts}, {Role: duty.Deputy, Start: start, Every: 1, Cuts: cuts},
	}}
	r := duty.Fold("u", location(tb, "Asia/Shanghai"), []duty.Fact{{Version: 1, Event: duty.RosterPublished{Plan: plan, From: from}}})
	at := from
	for i := 0; at.Before(from.AddDate(3, 0, 0)); i++ {
		next, out, in, ok := r.NextChange(at)
		if !ok {
			at = at.AddDate(0, 1, 0)
			continue
		}
		at = next
		f := duty.Fact{Version: r.Version + 1, At: at.Add(5 * time.Minute), Event: duty.HandoverAccepted{At: at, Out: out, In: in, By: in}}
		r = r.With(f)
		if i%10 == 0 {
			p := duty.Period{Role: duty.Primary, From: at.Add(time.Hour), To: at.Add(3 * time.Hour), Person: "dan"}
			r = r.With(duty.Fact{Version: r.Version + 1, At: at, Event: duty.RosterOverride{ID: fmt.Sprint(i), Period: p}})
		}
	}
	return r, at
}

func BenchmarkAnswers(b *testing.B) {
	eight, evening := duty.Clock{Hour: 8, Minute: 30}, duty.Clock{Hour: 17, Minute: 30}
	for name, c := range map[string]struct {
		every int
		cuts  []duty.Cut
	}{
		"daily":  {1, []duty.Cut{{At: eight, People: list("ann", "bob", "cat")}}},
		"night":  {1, []duty.Cut{{At: eight, People: list("ann", "bob", "cat")}, {At: evening, People: list("dan", "eve")}}},
		"weekly": {7, []duty.Cut{{At: eight, People: list("ann", "bob", "cat")}}},
		"alone":  {1, []duty.Cut{{At: eight, People: list("ann")}}},
	} {
		b.Run(name, func(b *testing.B) {
			r, at := years(b, c.every, c.cuts)
			tree, err := org.New([]org.Unit{
				{ID: "hq", Tier: org.HeadOffice, Zone: time.UTC, Positions: people{org.Standing: {"s"}}},
				{ID: "u", Tier: org.Branch, Parent: "hq", Zone: time.UTC},
			})
			if err != nil {
				b.Fatal(err)
			}
			book := duty.NewBook(tree, r)
			at = at.Add(-20 * 24 * time.Hour)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if o := book.Answers("u", at.Add(time.Duration(i%1000)*time.Minute)); o.Person == "" {
					b.Fatal("nobody answers")
				}
			}
		})
	}
}

// On the days on which clocks change it may not be slow either: everybody is awake then.
func BenchmarkAnswersOnClockChange(b *testing.B) {
	start := calendar.Day{Year: 2026, Month: 1, Day: 1}
	plan := duty.Plan{Layers: []duty.Layer{{Role: duty.Primary, Start: start, Every: 1, Cuts: []duty.Cut{
		{At: duty.Clock{Hour: 8, Minute: 30}, People: list("ann", "bob", "cat")}, {At: duty.Clock{Hour: 17, Minute: 30}, People: list("dan", "eve")},
	}}}}
	book := duty.NewBook(nil, duty.Fold("u", location(b, "Europe/London"), []duty.Fact{{Version: 1, Event: duty.RosterPublished{Plan: plan}}}))
	at := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if o := book.Answers("u", at.Add(time.Duration(i%1000)*time.Minute)); o.Person == "" {
			b.Fatal("nobody answers")
		}
	}
}
