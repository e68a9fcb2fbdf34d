package workflow

import (
	"cmp"
	"slices"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Figures are one unit's day in numbers.
type Figures struct {
	Unit     org.UnitID `json:"unit"`
	Received int        `json:"received"`           // complaints whose day of account it was
	SameDay  int        `json:"same_day"`           // of these, closed by the customer's word on that day
	Left     int        `json:"left"`               // of these, left overnight
	Override int        `json:"override,omitempty"` // of these, closed without the customer's word
	Open     int        `json:"open"`               // all that are open when the report is made
}

func (f *Figures) add(o Figures) {
	f.Received += o.Received
	f.SameDay += o.SameDay
	f.Left += o.Left
	f.Override += o.Override
	f.Open += o.Open
}

// Report is a day of a unit and everything below it: what the daily notice says.
type Report struct {
	Unit  org.UnitID   `json:"unit"`
	Day   calendar.Day `json:"day"`
	Made  time.Time    `json:"made"`
	Total Figures      `json:"total"`
	Rows  []Figures    `json:"rows"` // units with something to say, in the order of the tree
	Zero  []org.UnitID `json:"zero"` // sub-branches below it that received none
	Subs  int          `json:"subs"` // how many sub-branches there are below it
	// Overnight are the open complaints that were left overnight, most nights first.
	Overnight []Summary `json:"overnight"`
}

// MakeReport counts a day. received are all complaints below unit whose day of account is day, open all that are open below it now;
// both in any order.
func MakeReport(unit org.UnitID, day calendar.Day, t *org.Tree, received, open []Summary, at time.Time) Report {
	r := Report{Unit: unit, Day: day, Made: at.UTC(), Total: Figures{Unit: unit}}
	figures := map[org.UnitID]*Figures{}
	of := func(u org.UnitID) *Figures {
		if figures[u] == nil {
			figures[u] = &Figures{Unit: u}
		}
		return figures[u]
	}
	for _, s := range received {
		f := of(s.Unit)
		f.Received++
		switch {
		case s.SameDay:
			f.SameDay++
		case s.Night > 0:
			f.Left++
		case s.Outcome == ClosedOverride:
			f.Override++
		}
	}
	for _, s := range open {
		of(s.Unit).Open++
		if s.Night > 0 {
			r.Overnight = append(r.Overnight, s)
		}
	}
	for _, id := range t.Below(unit) {
		u, _ := t.Unit(id)
		f := of(id)
		if *f != (Figures{Unit: id}) {
			r.Rows = append(r.Rows, *f)
		}
		r.Total.add(*f)
		if u.Tier == org.SubBranch && id != unit { // a sub-branch reads its own zero in the headline
			r.Subs++
			if f.Received == 0 {
				r.Zero = append(r.Zero, id)
			}
		}
	}
	slices.SortFunc(r.Overnight, func(a, b Summary) int {
		return cmp.Or(cmp.Compare(b.Night, a.Night), cmp.Compare(a.ID, b.ID))
	})
	return r
}

// Percent is part of whole in whole percent, rounded to nearest; 100 of nothing, because nothing was left undone.
func Percent(part, whole int) int {
	if whole == 0 {
		return 100
	}
	return (200*part + whole) / (2 * whole)
}
