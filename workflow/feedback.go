package workflow

import (
	"time"

	"sameday/workflow/calendar"
)

// Feedback tells the customer and records the answer. Satisfied or withdrawn closes the complaint; unsatisfied starts the next
// round, with a day of its own.
type Feedback struct {
	Answer Answer
	Text   string
}

// FedBack is the customer told, with the customer's answer.
type FedBack struct {
	Answer Answer `json:"answer"`
	Text   string `json:"text,omitempty"`
}

// Kind is the stored name.
func (FedBack) Kind() string { return "fed_back.v1" }

// RoundStarted follows an unsatisfied answer: contact, handle, feedback again, with a day of its own.
type RoundStarted struct {
	Round     int          `json:"round"`
	Day       calendar.Day `json:"day"`
	Deadlines []Deadline   `json:"deadlines"`
}

// Kind is the stored name.
func (RoundStarted) Kind() string { return "round_started.v1" }

// Verb names the row of the step table.
func (Feedback) Verb() Verb { return VerbFeedback }

func (k Feedback) decide(c *Complaint, _ Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	if k.Answer == "" {
		return nil, wrong(Missing, "answer")
	}
	if !known(Answers(), k.Answer) {
		return nil, notOneOf("answer", string(k.Answer))
	}
	var t texts
	e := FedBack{Answer: k.Answer, Text: t.text("text", k.Text)}
	if t.refusal != nil {
		return nil, t.refusal
	}
	if k.Answer != Unsatisfied {
		return []Event{e, Closed{Outcome: Outcome(k.Answer)}}, nil
	}
	round := c.Round + 1
	a, deadlines := roundDeadlines(round, at, r.zone(c), r.Policy)
	return []Event{e, RoundStarted{Round: round, Day: a.day, Deadlines: deadlines}}, nil
}

func (e FedBack) effect(c *Complaint, f Fact) {
	c.Feedback = e
	c.mark(StepFeedback, f)
	// The decision has been given to the customer: that is what the regulator's clocks ask for.
	c.meet(f.At, ClockFeedback, ClockStatutory, ClockForwarded)
}

func (e RoundStarted) effect(c *Complaint, f Fact) {
	c.meet(f.At, ClockDay) // the day of the round before ends in the new one
	c.startRound(f, e.Round, e.Day, e.Deadlines)
}

// zoneDay is the civil day of an instant at the complaint's unit.
func (r *Rules) zoneDay(c *Complaint, at time.Time) calendar.Day {
	return calendar.DayOf(at, r.zone(c))
}

func (r *Rules) zone(c *Complaint) *time.Location {
	if u, ok := r.Tree.Unit(c.Unit); ok {
		return u.Zone
	}
	return r.Tree.Root().Zone // its unit has left the configuration; the bank's own day holds
}
