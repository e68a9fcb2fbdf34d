package workflow

import (
	"slices"
	"time"
)

// Ack says "I have it": the climb stops for the step that is next, until one of the complaint's deadlines passes.
type Ack struct{}

// Escalate calls the next rung at once.
type Escalate struct {
	Reason string
	// AsOf is Complaint.ClimbVersion when the person looked; what has been raised meanwhile is not raised again. 0 for who did not look.
	AsOf int
}

// Return sends a complaint back down to a rung, whose people are called again. Rung 0 is the first.
type Return struct {
	Rung   int
	Reason string
}

// Acknowledged is somebody's answer to the rings.
type Acknowledged struct {
	Step  Step      `json:"step"`           // for which
	Rung  int       `json:"rung"`           // where it stood
	Until time.Time `json:"until,omitzero"` // when the next deadline passes, and the answer is over; zero when none runs
}

// Kind is the stored name.
func (Acknowledged) Kind() string { return "acknowledged.v1" }

// Verb names the row of the step table.
func (Ack) Verb() Verb { return VerbAck }

// Verb names the row of the step table.
func (Escalate) Verb() Verb { return VerbEscalate }

// Verb names the row of the step table.
func (Return) Verb() Verb { return VerbReturn }

// needsRing refuses an answer that nobody asked for; to one given already it says who was first.
func needsRing(c *Complaint, _ *Rules) *Refusal {
	if climb := c.Climbing(); climb != nil {
		return nil
	}
	if n := len(c.Climbs); n > 0 {
		last := c.Climbs[n-1]
		return &Refusal{Code: AlreadyDone, By: last.EndedBy.Person, At: last.Ended}
	}
	return refuse(NothingRings)
}

// needsClimb refuses to send back what never went up.
func needsClimb(c *Complaint, _ *Rules) *Refusal {
	if c.stands() < 2 {
		return refuse(NothingToReturn)
	}
	return nil
}

// needsRoom refuses to escalate from the top.
func needsRoom(c *Complaint, r *Rules) *Refusal {
	if r != nil && c.Raised() >= len(c.ladder(r)) {
		return refuse(AtTheTop)
	}
	return nil
}

// stands is the rung of the climb that goes on, or of the last one when somebody has answered it.
func (c *Complaint) stands() int {
	n := len(c.Climbs)
	if n == 0 || c.Climbs[n-1].Ending != "" && c.Climbs[n-1].Ending != EndAcknowledged {
		return 0
	}
	return c.Climbs[n-1].Rung
}

// ClimbVersion is the event that last called somebody; the first event where none has, so that whoever looked then has seen something.
func (c *Complaint) ClimbVersion() int {
	for _, climb := range slices.Backward(c.Climbs) {
		if n := len(climb.Calls); n > 0 {
			return climb.Calls[n-1].Version
		}
	}
	return min(c.Version, 1)
}

// ladder is the one that holds for the complaint now.
func (c *Complaint) ladder(r *Rules) []Rung {
	if climb := c.Climbing(); climb != nil {
		return climb.Ladder
	}
	return r.Policy.Ladder
}

func (Ack) decide(c *Complaint, _ Actor, _ *Rules, at time.Time) ([]Event, *Refusal) {
	e := Acknowledged{Step: c.Next(), Rung: c.Raised()}
	for _, d := range c.Clocks {
		if d.Runs() && d.Deadline.Clock != ClockAnswer && d.Due.After(at) && (e.Until.IsZero() || d.Due.Before(e.Until)) {
			e.Until = d.Due
		}
	}
	return []Event{e}, nil
}

func (k Escalate) decide(c *Complaint, _ Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	if k.AsOf > 0 && c.ClimbVersion() > k.AsOf {
		return nil, &Refusal{Code: AlreadyRaised, Min: c.Raised()}
	}
	var t texts
	reason := t.need("reason", k.Reason)
	if t.refusal != nil {
		return nil, t.refusal
	}
	e := Climbed{Cause: CauseHand, Due: at, Reason: reason}
	from, to := 1, max(2, c.stands()+1)
	if climb := c.Climbing(); climb != nil {
		return []Event{r.enter(c, e, climb.Ladder, climb.Rung+1, min(to, len(climb.Ladder)), at)}, nil
	}
	to = min(to, len(r.Policy.Ladder))
	if c.stands() > 0 { // those below have been called, and somebody has answered
		from = to
	}
	return []Event{r.begin(c, e, from, to, at)}, nil
}

func (k Return) decide(c *Complaint, _ Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	var t texts
	reason := t.need("reason", k.Reason)
	if t.refusal != nil {
		return nil, t.refusal
	}
	rung := max(1, k.Rung)
	if rung >= c.stands() {
		return nil, &Refusal{Code: NotOneOf, Field: "rung", Min: c.stands() - 1}
	}
	e := Climbed{Cause: CauseReturned, Due: at, Reason: reason}
	if climb := c.Climbing(); climb != nil {
		return []Event{r.enter(c, e, climb.Ladder, rung, rung, at)}, nil
	}
	return []Event{r.begin(c, e, rung, rung, at)}, nil
}

func (e Acknowledged) effect(c *Complaint, f Fact) { c.endClimb(f, EndAcknowledged) }
