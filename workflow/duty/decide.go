package duty

import (
	"time"

	"sameday/workflow/org"
)

// Command is what somebody wants done to a roster. The one door to events is [Decide].
type Command interface {
	decide(d *desk) ([]Event, *Refusal)
}

// desk is what a decision looks at.
type desk struct {
	*Roster
	rights
	by org.PersonID
	at time.Time
}

// Decide says what a command makes true, or refuses it. It changes nothing and knows nothing but its arguments: r may be a roster that
// has no facts yet, by is org.System for clocks and jobs, at is the moment of the decision. Asking for what is so already is refused
// with [AlreadyDone], which says who was first and when. What people enter for the past counts from at only. [NewFacts] makes facts of
// the events.
func Decide(r Roster, cmd Command, by org.PersonID, tree *org.Tree, at time.Time) ([]Event, *Refusal) {
	d := &desk{Roster: &r, rights: rights{tree: tree, unit: r.Unit}, by: by, at: stored(at)}
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	events, no := cmd.decide(d)
	if no != nil {
		no.Unit = r.Unit
		return nil, no
	}
	return events, nil
}

// NewFacts gives the events of a decision their place after r.
func NewFacts(r Roster, events []Event, by org.PersonID, at time.Time) []Fact {
	facts := make([]Fact, len(events))
	for i, e := range events {
		facts[i] = Fact{Version: r.Version + 1 + i, At: stored(at), By: by, Event: e}
	}
	return facts
}

// mayManage refuses all but those who may set the roster, and those named.
func (d *desk) mayManage(also ...org.PersonID) *Refusal {
	return d.may(d.manage(), also...)
}

func (d *desk) may(grants []Grant, also ...org.PersonID) *Refusal {
	for _, p := range also {
		if p != "" && p == d.by && len(d.posts(p)) > 0 {
			return nil
		}
	}
	if d.holds(d.by, grants) {
		return nil
	}
	return &Refusal{Code: NoRight, Who: grants}
}

// maySystem refuses everybody but clocks and jobs.
func (d *desk) maySystem() *Refusal {
	if d.by == org.System {
		return nil
	}
	return refuse(NoRight)
}

func (d *desk) posts(p org.PersonID) []org.Post {
	if d.tree == nil {
		return nil
	}
	return d.tree.Posts(p)
}

// inBank refuses nobody and strangers.
func (d *desk) inBank(p org.PersonID, field string) *Refusal {
	switch {
	case p == "":
		return wrong(Missing, field)
	case len(d.posts(p)) == 0:
		return &Refusal{Code: NotInBank, Person: p, Field: field}
	}
	return nil
}

// ahead gives the part of a span that is still to come.
func (d *desk) ahead(s Span) (Span, *Refusal) {
	s = s.stored()
	switch {
	case s.empty():
		return s, noSpan(s, EmptySpan)
	case !s.To.After(d.at):
		return s, noSpan(s, Past)
	}
	s.From = later(s.From, d.at)
	return s, nil
}

// free refuses a person who is absent for some of the span.
func (d *desk) free(p org.PersonID, s Span) *Refusal {
	if away, ok := d.away[p].first(s); ok {
		return &Refusal{Code: IsAbsent, Person: p, From: away.From, To: away.To}
	}
	return nil
}

// places are the shifts of other roles that who takes a shift has meanwhile: who gives it has them then. Where he cannot, the swap is
// refused: whoever is to back an officer up would be that officer.
func (d *desk) places(role Role, s Span, gives, takes org.PersonID) ([]Period, *Refusal) {
	var out []Period
	for _, other := range Roles() {
		for at := s.From; at.Before(s.To) && other != role; {
			t := d.turn(other, at)
			p := Period{Role: other, From: later(t.From, s.From), To: sooner(t.To, s.To), Person: gives}
			at = t.To
			if t.person != takes {
				continue
			}
			if t.source == FromFixed || d.free(gives, p.span()) != nil || d.busy(gives, role, p.span()) {
				return nil, &Refusal{Code: TwoRoles, Person: takes, Role: other, From: p.From, To: p.To}
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// busy reports whether a person is on duty in a role other than one for some of a span.
func (d *desk) busy(p org.PersonID, but Role, s Span) bool {
	for _, role := range Roles() {
		for at := s.From; at.Before(s.To) && role != but; {
			t := d.turn(role, at)
			if t.person == p {
				return true
			}
			at = t.To
		}
	}
	return false
}

// fixedIn finds the first fixed period of a role within a span.
func (d *desk) fixedIn(role Role, s Span) (piece, bool) {
	for at := s.From; at.Before(s.To); {
		w := around(at)
		if sch := d.schedule(at, &w); sch != nil {
			if p, ok := sch.fixed[role.index()].at(at, &w); ok {
				p.Span = w
				return p, true
			}
		}
		at = w.To
	}
	return piece{}, false
}
