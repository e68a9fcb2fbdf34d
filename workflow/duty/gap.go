package duty

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// RecordGap notes that a ring at From found nobody on duty in the role. The gap lasts to its end by the roster as it is now, at most 40
// days; To, where given, ends it earlier. The system's alone.
type RecordGap struct {
	Role     Role
	From, To time.Time
}

// RosterGap is a gap that a ring found, held against those who must mend the roster.
type RosterGap struct {
	From  time.Time      `json:"from"`
	To    time.Time      `json:"to"`
	Role  Role           `json:"role"`
	Owner []org.PersonID `json:"owner,omitempty"`
}

// Kind is the event's stored name.
func (RosterGap) Kind() string { return "roster_gap.v1" }

func (cmd RecordGap) decide(d *desk) ([]Event, *Refusal) {
	if no := d.maySystem(); no != nil {
		return nil, no
	}
	if cmd.Role.index() < 0 {
		return nil, wrong(NotOneOf, "Role")
	}
	if cmd.From.IsZero() {
		cmd.From = d.at
	}
	from := stored(cmd.From)
	for i, g := range d.gaps {
		if g.Role == cmd.Role && !from.Before(g.From) && from.Before(g.To) {
			return nil, alreadyDone(org.System, d.gaps[i].From)
		}
	}
	limit := Span{From: from, To: from.Add(reach)}
	if to := stored(cmd.To); to.After(from) {
		limit.To = sooner(limit.To, to)
	}
	p := d.widen(cmd.Role, d.turn(cmd.Role, from), limit, samePerson)
	if p.person != "" {
		return nil, &Refusal{Code: NothingToDo, Person: p.person, Role: cmd.Role}
	}
	return []Event{RosterGap{From: from, To: stored(p.To), Role: cmd.Role, Owner: owners(d.tree, d.unit)}}, nil
}

func (e RosterGap) effect(r *Roster, _ Fact) { r.gaps = append(r.gaps, e) }

// Found lists the gaps that rings found between from and to, in the order of finding.
func (r Roster) Found(from, to time.Time) []RosterGap {
	window := Span{From: from, To: to}
	return slices.DeleteFunc(slices.Clone(r.gaps), func(g RosterGap) bool { return !window.contains(g.From) })
}
