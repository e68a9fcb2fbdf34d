package duty

import (
	"reflect"
	"slices"
	"time"

	"sameday/workflow/org"
)

// checkAhead is how far ahead a plan is looked at when it is published.
const checkAhead = 30 * 24 * time.Hour

// Publish sets the unit's plan from an instant on; zero is now. Before that the older plan counts for ever. Overrides, swaps and
// absences stand. What [Check] calls fatal is refused.
type Publish struct {
	Plan Plan
	From time.Time
}

// RosterPublished is a plan and when it takes effect.
type RosterPublished struct {
	Plan Plan      `json:"plan"`
	From time.Time `json:"from"`
}

// Kind is the event's stored name.
func (RosterPublished) Kind() string { return "roster_published.v1" }

func (cmd Publish) decide(d *desk) ([]Event, *Refusal) {
	if no := d.mayManage(); no != nil {
		return nil, no
	}
	plan, from := cmd.Plan.stored(), later(stored(cmd.From), d.at)
	if n := len(d.plans); n > 0 && !d.plans[n-1].from.After(from) && reflect.DeepEqual(d.plans[n-1].plan, plan) {
		return nil, alreadyDone(d.plans[n-1].by, d.plans[n-1].at)
	}
	problems := Check(plan, d.unit, d.tree, d.Zone, nil, from, from.Add(checkAhead))
	if problems = slices.DeleteFunc(problems, func(p Problem) bool { return !p.Fatal }); len(problems) > 0 {
		return nil, &Refusal{Code: PlanBroken, Problems: problems}
	}
	return []Event{RosterPublished{Plan: plan, From: from}}, nil
}

// effect drops the plans that would have come later: they were never in effect, and the new one is what is meant now.
func (e RosterPublished) effect(r *Roster, f Fact) {
	s := newSchedule(e.Plan.stored(), r.Zone)
	s.from, s.by, s.at = stored(e.From), f.By, f.At
	r.plans = append(slices.DeleteFunc(r.plans, func(old *schedule) bool { return !old.from.Before(s.from) }), s)
}

// Mentions reports whether the roster has anything to do with a person: by plan, override or swap, past or to come.
func (r Roster) Mentions(person org.PersonID) bool { return r.mentions(person) }

func (r *Roster) mentions(person org.PersonID) bool {
	return slices.ContainsFunc(r.overrides, func(e Entry) bool { return e.Person == person }) ||
		slices.ContainsFunc(r.plans, func(s *schedule) bool { return s.people[person] })
}
