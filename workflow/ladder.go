package workflow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"sameday/workflow/org"
)

// Rung is one step of the ladder: whom to call, and how long after the rung before when nobody has answered.
type Rung struct {
	After Span     `json:"after"` // the first rung is called at the breach itself
	Call  []Callee `json:"call"`
}

// Callee says who is called, as "level.who", or "handler". A level is unit, branch or head_office, seen from the complaint; who is "duty"
// (the officer whom the roster names at that moment) or a position. Of alternatives ("branch.duty|branch.consumer_protection") the
// first that names somebody counts.
type Callee string

// CalleeHandler calls the complaint's handler.
const CalleeHandler Callee = "handler"

const (
	levelUnit       = "unit"
	levelBranch     = "branch"
	levelHeadOffice = "head_office"
	calleeDuty      = "duty"
)

// DefaultLadder is the bank's ladder over its three tiers.
func DefaultLadder() []Rung {
	return []Rung{
		{Call: []Callee{"unit.duty", CalleeHandler}},
		{After: Span(15 * time.Minute), Call: []Callee{"unit.complaint_manager", "unit.deputy_president"}},
		{After: Span(15 * time.Minute), Call: []Callee{"unit.president", "branch.duty|branch.consumer_protection"}},
		{After: Span(30 * time.Minute), Call: []Callee{"branch.president", "branch.deputy_president", "head_office.service_desk"}},
		{After: Span(30 * time.Minute), Call: []Callee{"head_office.standing"}},
	}
}

// checkLadder says in one sentence what cannot work.
func checkLadder(ladder []Rung) error {
	if len(ladder) == 0 || len(ladder) > 9 {
		return fmt.Errorf("ladder has %d rungs: use 1 to 9", len(ladder))
	}
	for i, rung := range ladder {
		if i > 0 && (rung.After < Span(time.Minute) || rung.After > Span(24*time.Hour)) {
			return fmt.Errorf("rung %d of the ladder comes after %s: use 1m to 24h", i+1, time.Duration(rung.After))
		}
		if len(rung.Call) == 0 {
			return fmt.Errorf("rung %d of the ladder calls nobody", i+1)
		}
		for _, c := range rung.Call {
			if err := c.check(); err != nil {
				return fmt.Errorf("rung %d of the ladder: %w", i+1, err)
			}
		}
	}
	return nil
}

func (c Callee) check() error {
	for one := range strings.SplitSeq(string(c), "|") {
		if Callee(one) == CalleeHandler {
			continue
		}
		level, who, _ := strings.Cut(one, ".")
		if !slices.Contains([]string{levelUnit, levelBranch, levelHeadOffice}, level) ||
			who != calleeDuty && !slices.Contains(org.Positions(), org.Position(who)) {
			return fmt.Errorf(`%q calls nobody: write "handler", or unit, branch or head_office, a dot, and "duty" or a position`, one)
		}
	}
	return nil
}

// Called is one person whom a rung calls.
type Called struct {
	Rung   int          `json:"rung"`
	Person org.PersonID `json:"person"`
	As     Callee       `json:"as"` // what made it this person
	Unit   org.UnitID   `json:"unit,omitempty"`
}

// Vacant is a rung on which nobody stood, or a roster that named nobody, and who has to mend that.
type Vacant struct {
	Rung   int            `json:"rung"`
	Unit   org.UnitID     `json:"unit"`
	Owners []org.PersonID `json:"owners,omitempty"`
}

// calls resolves a rung to people, as they are at that moment.
func (r *Rules) calls(c *Complaint, ladder []Rung, rung int, at time.Time) (out []Called, vacant []Vacant) {
	var unit org.UnitID // where the first of them stands: its people have to mend an empty rung
	for _, callee := range ladder[rung-1].Call {
		for one := range strings.SplitSeq(string(callee), "|") {
			people, at, gap := r.resolve(c, Callee(one), at)
			unit = cmp.Or(unit, at)
			if gap {
				vacant = append(vacant, Vacant{Rung: rung, Unit: at, Owners: r.Book.Owner(at)})
			}
			people = c.callable(people)
			for _, p := range people {
				if !slices.ContainsFunc(out, func(k Called) bool { return k.Person == p }) {
					out = append(out, Called{Rung: rung, Person: p, As: Callee(one), Unit: at})
				}
			}
			if len(people) > 0 {
				break
			}
		}
	}
	if len(out) == 0 && len(vacant) == 0 {
		vacant = append(vacant, Vacant{Rung: rung, Unit: unit, Owners: r.Book.Owner(unit)})
	}
	return out, vacant
}

// OnRung lists whom a rung of the complaint's ladder would call at an instant.
func (r *Rules) OnRung(c Complaint, rung int, at time.Time) []org.PersonID {
	ladder := c.ladder(r)
	if rung < 1 || rung > len(ladder) {
		return nil
	}
	called, _ := r.calls(&c, ladder, rung, at)
	out := make([]org.PersonID, len(called))
	for i, k := range called {
		out[i] = k.Person
	}
	return out
}

// resolve finds the people of one callee and the unit they stand for; gap says that a unit's roster names nobody of its own.
func (r *Rules) resolve(c *Complaint, callee Callee, at time.Time) (people []org.PersonID, unit org.UnitID, gap bool) {
	if callee == CalleeHandler {
		if c.Handler == "" || len(r.Tree.Posts(c.Handler)) == 0 {
			return nil, c.Unit, false
		}
		return []org.PersonID{c.Handler}, c.Unit, false
	}
	level, who, _ := strings.Cut(string(callee), ".")
	unit = c.Unit
	switch level {
	case levelBranch:
		unit = r.branchOf(c.Unit)
	case levelHeadOffice:
		unit = r.Tree.Root().ID
	}
	if who != calleeDuty {
		return r.Tree.Holders(unit, org.Position(who)), unit, false
	}
	officer := r.Book.Answers(unit, at)
	if officer.Role == "" || officer.Person == "" { // no roster up to head office names anybody
		return nil, unit, true
	}
	// Above the unit itself the next alternative is nearer than another unit's officer.
	if officer.Unit != unit && level != levelUnit {
		return nil, unit, true
	}
	return []org.PersonID{officer.Person}, unit, officer.Unit != unit
}

// standing are those who stand behind every ladder: head office's standing list, or whoever holds a position there.
func (r *Rules) standing(c *Complaint, rung int) []Called {
	root := r.Tree.Root().ID
	for _, positions := range [][]org.Position{{org.Standing}, {org.ServiceDesk, org.ConsumerProtection, org.NetworkFinance}, org.Positions()} {
		var out []Called
		for _, p := range c.callable(r.Tree.Holders(root, positions...)) {
			out = append(out, Called{Rung: rung, Person: p, As: levelHeadOffice + "." + Callee(org.Standing), Unit: root})
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// callable leaves out whom the complaint is about (回避).
func (c *Complaint) callable(people []org.PersonID) []org.PersonID {
	return slices.DeleteFunc(people, func(p org.PersonID) bool { return slices.Contains(c.Subjects, p) })
}
