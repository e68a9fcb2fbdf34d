package workflow

import "time"

// Accept takes the complaint on: the first of the five steps.
type Accept struct{}

// Accepted stops the first response clock of accepting.
type Accepted struct{}

// Kind is the stored name.
func (Accepted) Kind() string { return "accepted.v1" }

// Verb names the row of the step table.
func (Accept) Verb() Verb { return VerbAccept }

func (Accept) decide(*Complaint, Actor, *Rules, time.Time) ([]Event, *Refusal) {
	return []Event{Accepted{}}, nil
}

func (Accepted) effect(c *Complaint, f Fact) {
	c.mark(StepAccept, f)
	c.meet(f.At, ClockAccept)
}
