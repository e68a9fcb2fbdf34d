package workflow

import (
	"time"

	"sameday/workflow/calendar"
)

// Close ends a complaint without the customer's word: the branch president's override, with a reason, shown as such in every
// report.
type Close struct{ Reason string }

// Reopen undoes a closing. Soon after it, it counts against the closing.
type Reopen struct{ Reason string }

// Closed ends the work.
type Closed struct {
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"` // of an override
}

// Kind is the stored name.
func (Closed) Kind() string { return "closed.v1" }

// Reopened undoes a closing and starts a round.
type Reopened struct {
	Reason    string       `json:"reason"`
	Counted   bool         `json:"counted"` // so soon that it counts against the closing
	Round     int          `json:"round"`
	Day       calendar.Day `json:"day"`
	Deadlines []Deadline   `json:"deadlines"`
}

// Kind is the stored name.
func (Reopened) Kind() string { return "reopened.v1" }

// Verb names the row of the step table.
func (Close) Verb() Verb { return VerbClose }

// Verb names the row of the step table.
func (Reopen) Verb() Verb { return VerbReopen }

func (k Close) decide(*Complaint, Actor, *Rules, time.Time) ([]Event, *Refusal) {
	var t texts
	reason := t.need("reason", k.Reason)
	if t.refusal != nil {
		return nil, t.refusal
	}
	return []Event{Closed{Outcome: ClosedOverride, Reason: reason}}, nil
}

func (k Reopen) decide(c *Complaint, _ Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	var t texts
	reason := t.need("reason", k.Reason)
	if t.refusal != nil {
		return nil, t.refusal
	}
	round := c.Round + 1
	a, deadlines := roundDeadlines(round, at, r.zone(c), r.Policy)
	counted := r.zoneDay(c, at).Sub(r.zoneDay(c, c.ClosedAt)) <= r.Policy.ReopenDays
	return []Event{Reopened{Reason: reason, Counted: counted, Round: round, Day: a.day, Deadlines: deadlines}}, nil
}

func (e Closed) effect(c *Complaint, f Fact) {
	if day, ok := c.Clock(ClockDay); c.Round == 1 { // later rounds do not change how the first one went
		c.ClosedSameDay = e.Outcome != ClosedOverride && ok && day.Breached.IsZero()
	}
	c.Outcome, c.ClosedBy, c.ClosedAt, c.OverrideWhy = e.Outcome, f.By, f.At, e.Reason
	c.Handing = nil
	c.endClimb(f, EndClosed)
	c.meet(f.At, ClockAccept, ClockAssign, ClockContact, ClockHandle, ClockFeedback, ClockDay, ClockStatutory, ClockForwarded, ClockLead, ClockDirective)
	c.lapse(f)
	c.dismiss(f)
	c.endGroup(f)
}

func (e Reopened) effect(c *Complaint, f Fact) {
	c.Outcome, c.ClosedBy, c.ClosedAt, c.OverrideWhy = "", Actor{}, time.Time{}, ""
	if e.Counted {
		c.Reopenings++
		c.ClosedSameDay = false
	}
	c.startRound(f, e.Round, e.Day, e.Deadlines)
}
