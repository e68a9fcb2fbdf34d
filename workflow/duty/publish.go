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
// absences stand. Plans published for later give way, unless Keep is set: then they take over when their time comes ([Roster.Ahead]).
// What [Check] calls fatal is refused.
type Publish struct {
	Plan Plan
	From time.Time
	Keep bool
}

// RosterPublished is a plan and when it takes effect.
type RosterPublished struct {
	Plan Plan      `json:"plan"`
	From time.Time `json:"from"`
	Keep bool      `json:"keep,omitempty"` // plans for later stand
}

// Kind is the event's stored name.
func (RosterPublished) Kind() string { return "roster_published.v1" }

func (cmd Publish) decide(d *desk) ([]Event, *Refusal) {
	if no := d.mayManage(); no != nil {
		return nil, no
	}
	plan, from := cmd.Plan.stored(), later(stored(cmd.From), d.at)
	w := around(from)
	s := d.schedule(from, &w)
	if last := len(d.plans) - 1; s != nil && (cmd.Keep || s == d.plans[last]) && reflect.DeepEqual(s.plan, plan) {
		return nil, alreadyDone(s.by, s.at)
	}
	problems := Check(plan, d.unit, d.tree, d.Zone, nil, from, from.Add(checkAhead))
	if problems = slices.DeleteFunc(problems, func(p Problem) bool { return !p.Fatal }); len(problems) > 0 {
		return nil, &Refusal{Code: PlanBroken, Problems: problems}
	}
	return []Event{RosterPublished{Plan: plan, From: from, Keep: cmd.Keep}}, nil
}

// effect drops the plans that would have come later, unless they are kept: they were never in effect, and the new one is what is meant now.
func (e RosterPublished) effect(r *Roster, f Fact) {
	s := newSchedule(e.Plan.stored(), r.Zone)
	s.from, s.by, s.at = stored(e.From), f.By, f.At
	plans := slices.DeleteFunc(r.plans, func(old *schedule) bool {
		return old.from.Equal(s.from) || old.from.After(s.from) && !e.Keep
	})
	n := slices.IndexFunc(plans, func(old *schedule) bool { return old.from.After(s.from) })
	if n < 0 {
		n = len(plans)
	}
	r.plans = slices.Insert(plans, n, s)
}

// PlanAhead is a plan that takes effect later.
type PlanAhead struct {
	From time.Time
	By   org.PersonID // who published it
}

// Ahead lists the plans that take effect after an instant, in order.
func (r Roster) Ahead(at time.Time) []PlanAhead {
	var out []PlanAhead
	for _, s := range r.plans {
		if s.from.After(at) {
			out = append(out, PlanAhead{From: s.from, By: s.by})
		}
	}
	return out
}

// Mentions reports whether the roster has anything to do with a person: by plan, override or swap, past or to come.
func (r Roster) Mentions(person org.PersonID) bool { return r.mentions(person) }

func (r *Roster) mentions(person org.PersonID) bool {
	return slices.ContainsFunc(r.overrides, func(e Entry) bool { return e.Person == person }) ||
		slices.ContainsFunc(r.plans, func(s *schedule) bool { return s.people[person] })
}
