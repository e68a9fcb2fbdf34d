package workflow

import (
	"fmt"
	"slices"
	"time"

	"sameday/workflow/org"
)

// An answer that another unit owes (to a wish for an extension, to a proposal to hand on) has a deadline of its own. When it passes, that
// unit's people are called, rung by rung, by the same ladder as for everything else. Such a climb goes on beside the complaint's own, because
// it calls other people for another thing: it neither hides a breach nor is ended by work on the complaint, but only by the answer.

// answerBy is when an answer that is asked for at an instant is due.
func (c *Complaint) answerBy(r *Rules, at time.Time) *Deadline {
	n := 1
	for _, d := range c.Clocks {
		if d.Deadline.Clock == ClockAnswer {
			n++
		}
	}
	due := at.Add(time.Duration(r.Policy.Answer))
	return &Deadline{
		ID: fmt.Sprintf("%s/%d", ClockAnswer, n), Clock: ClockAnswer, Start: at, Due: due, Raw: due,
		Rule: RulePlus, Span: r.Policy.Answer, Why: r.Policy.Version(),
	}
}

// await sets the deadline of an answer; what was asked before programs knew of one has none.
func (c *Complaint) await(d *Deadline) {
	if d != nil {
		c.set([]Deadline{*d})
	}
}

// owes finds the unit that owes the answer of a deadline; false when nobody does any more.
func (c *Complaint) owes(deadline string, r *Rules) (org.UnitID, bool) {
	if a := c.Asked(); a != nil && a.Answer != nil && a.Answer.ID == deadline {
		return r.nextAbove(c.Unit), true
	}
	if o := c.Offered(); o != nil && o.Answer != nil && o.Answer.ID == deadline {
		return o.To, true
	}
	return "", false
}

// awaited reports whether a deadline's answer is still waited for.
func (c *Complaint) awaited(deadline string) bool {
	if a := c.Asked(); a != nil && a.Answer != nil && a.Answer.ID == deadline {
		return true
	}
	o := c.Offered()
	return o != nil && o.Answer != nil && o.Answer.ID == deadline
}

// settle ends the deadlines of answers that nobody waits for any more, and the calls for them.
func (c *Complaint) settle(f Fact) {
	c.tick(func(r *Running) bool { return r.Deadline.Clock == ClockAnswer && r.Waits() && !c.awaited(r.ID) }, func(r *Running) { r.Met = f.At })
	for i := range c.Asides {
		if a := &c.Asides[i]; a.Ended.IsZero() && !c.awaited(a.Deadline) {
			a.Ended, a.EndedBy, a.Next, a.Ending = f.At, f.By, time.Time{}, c.asideEnding(f)
		}
	}
}

func (c *Complaint) asideEnding(f Fact) Ending {
	if !c.Open() {
		return EndClosed
	}
	switch e := f.Event.(type) {
	case Extended:
		if e.Asked == 0 { // the deadline was extended, but nobody answered
			return EndReplaced
		}
		return EndAnswered
	case ExtensionDenied, Transferred, TransferRefused:
		return EndAnswered
	}
	return EndReplaced
}

// aside takes in a step on the ladder that calls another unit's people.
func (c *Complaint) aside(e Climbed, f Fact) {
	i := slices.IndexFunc(c.Asides, func(a Climb) bool { return a.Deadline == e.Deadline && a.Ended.IsZero() })
	if i < 0 {
		c.Asides = append(c.Asides, Climb{
			Cause: e.Cause, Deadline: e.Deadline, Unit: e.Unit, Ladder: e.Ladder, Policy: e.Policy, From: e.Due,
		})
		i = len(c.Asides) - 1
	}
	c.Asides[i].arrive(e, f, func(int) time.Time { return e.Due })
}

// asideCalls decides the steps of those climbs that are due.
func (c *Complaint) asideCalls(events []Event, by Actor, r *Rules, at time.Time) []Event {
	if c.Asking == nil && c.Handing == nil { // what is asked only now is not overdue
		return nil
	}
	after := c.With(NewFacts(*c, events, by, at)...)
	var out []Event
	for _, d := range after.Clocks {
		if d.Deadline.Clock != ClockAnswer || !d.Waits() || d.Breached.IsZero() {
			continue
		}
		unit, ok := after.owes(d.ID, r)
		if !ok {
			continue
		}
		e := Climbed{Cause: CauseUnanswered, Deadline: d.ID, Unit: unit}
		i := slices.IndexFunc(after.Asides, func(a Climb) bool { return a.Deadline == d.ID })
		if i < 0 {
			rung, due := rungAt(r.Policy.Ladder, 1, d.Due, at)
			e.Due, e.Late = due, at.Sub(d.Due) > lateAfter
			out = append(out, r.begin(after.seenFrom(unit), e, 1, rung, at))
			continue
		}
		a := after.Asides[i]
		if a.Next.IsZero() || at.Before(a.Next) {
			continue
		}
		rung, due := rungAt(a.Ladder, a.Rung+1, a.Next, at)
		e.Cause, e.Unit, e.Due, e.Late = CauseTime, a.Unit, due, at.Sub(a.Next) > lateAfter
		out = append(out, r.enter(after.seenFrom(a.Unit), e, a.Ladder, a.Rung+1, rung, at))
	}
	return out
}

// seenFrom is the complaint as the ladder of another unit sees it: at that unit, and handled by nobody there.
func (c *Complaint) seenFrom(u org.UnitID) *Complaint {
	there := *c
	there.Unit, there.Handler = u, ""
	return &there
}

// CalledFor is the climb that goes on, the complaint's own or one for an answer, in which an event called people; nil for none.
func (c *Complaint) CalledFor(version int) *Climb {
	called := func(k Call) bool { return k.Version == version }
	if climb := c.Climbing(); climb != nil && slices.ContainsFunc(climb.Calls, called) {
		return climb
	}
	for i := range c.Asides {
		if a := &c.Asides[i]; a.Ended.IsZero() && slices.ContainsFunc(a.Calls, called) {
			return a
		}
	}
	return nil
}

// asideCalled are the people whom climbs for the answer of a deadline have called.
func (c *Complaint) asideCalled(d *Deadline) []org.PersonID {
	var out []org.PersonID
	for _, a := range c.Asides {
		if d == nil || a.Deadline != d.ID {
			continue
		}
		for _, k := range a.Calls {
			if !slices.Contains(out, k.Person) {
				out = append(out, k.Person)
			}
		}
	}
	return out
}

// Owed is an answer that a complaint waits for.
type Owed struct {
	Verb    Verb           // which verb gives it: [VerbGrant] or [VerbReceive]
	Version int            // the event that asks
	Due     time.Time      // when it was due, or where it has no deadline, when it was asked
	People  []org.PersonID // who was asked, and whom the ladder has called since
}

// Owed lists the answers that the complaint waits for.
func (c *Complaint) Owed() []Owed {
	var out []Owed
	add := func(v Verb, version int, asked time.Time, d *Deadline, people []org.PersonID) {
		o := Owed{Verb: v, Version: version, Due: asked, People: slices.Clone(people)}
		if d != nil {
			o.Due = d.Due
		}
		for _, p := range c.asideCalled(d) {
			if !slices.Contains(o.People, p) {
				o.People = append(o.People, p)
			}
		}
		out = append(out, o)
	}
	if a := c.Asked(); a != nil {
		add(VerbGrant, a.Version, a.At, a.Answer, a.To)
	}
	if o := c.Offered(); o != nil {
		add(VerbReceive, o.Version, o.At, o.Answer, o.TransferProposed.People)
	}
	return out
}

// awaits are the calls for an answer: to each person, and in the complaint's thread.
func awaits(c Complaint, f Fact, e Climbed, r *Rules) []Notice {
	if len(e.Calls) == 0 || !c.Open() {
		return nil
	}
	var out []Notice
	for _, k := range e.Calls {
		out = append(out, Notice{Kind: TellAwait, Version: f.Version, Person: k.Person})
		if r.Gateway && k.Rung > 1 {
			out = append(out, Notice{Kind: TellGateway, Version: f.Version, Person: k.Person})
		}
	}
	return append(out, Notice{Kind: TellLine, Version: f.Version})
}
