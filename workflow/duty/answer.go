package duty

import (
	"time"

	"sameday/workflow/org"
)

// Officer is who answers for a unit.
type Officer struct {
	Person org.PersonID
	Unit   org.UnitID // whose roster answers: the unit itself, or one above it
	Role   Role       // empty for somebody of head office's standing list
	Shift  Shift      // by which the person answers; it is over while an outgoing officer waits for the next
	// Waiting is the incoming officer who has not accepted yet; empty when nobody is waited for.
	Waiting org.PersonID
}

// Responsible is who answers for the unit at an instant by its own roster: the primary officer; without one the deputy on duty;
// without one the leader on duty; else ok is false. When the primary changes from one person to another, the outgoing one stays
// responsible until the incoming one accepts ([AcceptHandover]), but at most until the incoming one's shift ends, and not while absent.
// Where nobody was on before, the incoming one is responsible at once.
func (r Roster) Responsible(at time.Time) (Officer, bool) { return r.responsible(at) }

func (r *Roster) responsible(at time.Time) (Officer, bool) {
	if in := r.turn(Primary, at); in.person != "" {
		c, ok := r.changeTo(in, at)
		if ok && c.out != "" && !r.accepted(c, at) && !r.absent(c.out, at) {
			before := c.at.Add(-1)
			p := r.widen(Primary, r.turn(Primary, before), Span{From: before.Add(-reach), To: c.at}, sameDuty)
			return Officer{Person: c.out, Unit: r.Unit, Role: Primary, Shift: r.shift(Primary, p), Waiting: c.in}, true
		}
		return Officer{Person: in.person, Unit: r.Unit, Role: Primary, Shift: r.whole(Primary, in, around(at))}, true
	}
	for _, role := range []Role{Deputy, Leader} {
		if s, ok := r.scheduled(role, at); ok {
			return Officer{Person: s.Person, Unit: r.Unit, Role: role, Shift: s}, true
		}
	}
	return Officer{}, false
}

// change is an instant at which the scheduled primary becomes somebody else; "" is nobody.
type change struct {
	at      time.Time
	out, in org.PersonID
}

// changeTo finds the change that brought a turn's person, looking back 40 days from at.
func (r *Roster) changeTo(p piece, at time.Time) (change, bool) {
	for first := at.Add(-reach); p.From.After(first); {
		q := r.turn(Primary, p.From.Add(-1))
		if q.person != p.person {
			return change{at: p.From.UTC(), out: q.person, in: p.person}, true
		}
		p.From = q.From
	}
	return change{}, false
}

// LastChange is the latest change of the scheduled primary not after an instant: the handover that counts then. Out or in is "" where
// nobody was on duty before or is after. ok is false when there was none in the 40 days before.
func (r Roster) LastChange(at time.Time) (when time.Time, out, in org.PersonID, ok bool) {
	c, ok := r.lastChange(at)
	return c.at, c.out, c.in, ok
}

func (r *Roster) lastChange(at time.Time) (change, bool) { return r.changeTo(r.turn(Primary, at), at) }

// NextChange is the first change of the scheduled primary after an instant. Out or in is "" where nobody was on duty before or is
// after. ok is false when there is none in the 40 days that follow.
func (r Roster) NextChange(after time.Time) (at time.Time, out, in org.PersonID, ok bool) {
	p := r.turn(Primary, after)
	for last := after.Add(reach); p.To.Before(last); {
		q := r.turn(Primary, p.To)
		if q.person != p.person {
			return p.To.UTC(), p.person, q.person, true
		}
		p.To = q.To
	}
	return time.Time{}, "", "", false
}
