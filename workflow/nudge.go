package workflow

import "time"

// Nudged is a quiet line in the thread: so much of a step's time is gone.
type Nudged struct {
	Deadline string    `json:"deadline"`
	Clock    Clock     `json:"clock"`
	Percent  int       `json:"percent"`
	Due      time.Time `json:"due"`            // the deadline
	Late     bool      `json:"late,omitempty"` // noticed too late to be of use: recorded, not told
}

// Kind is the stored name.
func (Nudged) Kind() string { return "nudged.v1" }

func (e Nudged) effect(c *Complaint, _ Fact) {
	c.tick(func(r *Running) bool { return r.ID == e.Deadline }, func(r *Running) { r.Nudged = e.Percent })
}

// nudgeAt is when a share of the deadline's time is gone.
func (d Deadline) nudgeAt(percent int) time.Time {
	return d.Start.Add(d.Due.Sub(d.Start) / 100 * time.Duration(percent))
}

// nudges are those still to come for the step that is next: what passed before it was this step's turn says nothing.
func (c *Complaint) nudges() (Running, []int) {
	d, ok := c.Clock(Clock(c.Next()))
	if !ok || !d.Runs() {
		return d, nil
	}
	var out []int
	for _, percent := range d.Nudges {
		if percent > d.Nudged && d.nudgeAt(percent).After(c.Turn) {
			out = append(out, percent)
		}
	}
	return d, out
}

// nudged is the last nudge whose time has come; what one covers, those before it need not say.
func (c *Complaint) nudged(at time.Time) (Nudged, bool) {
	d, percents := c.nudges()
	var e Nudged
	for _, percent := range percents {
		if when := d.nudgeAt(percent); !at.Before(when) {
			e = Nudged{Deadline: d.ID, Clock: d.Deadline.Clock, Percent: percent, Due: d.Due, Late: at.Sub(when) > lateAfter}
		}
	}
	return e, e.Percent > 0 && at.Before(d.Due)
}
