package workflow

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// Cause is why a complaint stands on a rung.
type Cause string

// The causes.
const (
	CauseBreach   Cause = "breach"   // a deadline passed
	CauseTurn     Cause = "turn"     // somebody worked on it, and what comes next was overdue already
	CauseTime     Cause = "time"     // nobody answered on the rung before
	CauseNight    Cause = "night"    // it was left overnight
	CauseHand     Cause = "hand"     // somebody escalated it
	CauseReturned Cause = "returned" // somebody sent it back down

	CauseUnanswered Cause = "unanswered" // another unit owes an answer; see Climb.Unit
)

// Ending is how a climb ended.
type Ending string

// The endings.
const (
	EndAcknowledged Ending = "acknowledged"
	EndWorked       Ending = "worked" // a step was done
	EndClosed       Ending = "closed"
	EndReplaced     Ending = "replaced" // the next night began a climb of its own
	EndAnswered     Ending = "answered" // the answer it called for was given
)

// Climb is a complaint's way up the ladder, from a breach until somebody answers.
type Climb struct {
	Cause    Cause
	Deadline string // the deadline whose breach began it, where one did
	Night    int
	Ladder   []Rung // as it was when the climb began; a later change of the policy does not touch it
	Policy   string // version the ladder is from
	From     time.Time
	Rung     int       // where it stands; 0 before the first rung is called
	Since    time.Time // when it got there
	Next     time.Time // when it goes on; zero at the end of the ladder
	Calls    []Call
	Vacant   []Vacant
	Ended    time.Time // zero while it goes on
	Ending   Ending
	EndedBy  Actor
	Unit     org.UnitID // the unit whose ladder it is, where that is not the complaint's: one of Complaint.Asides
}

// Call is one ring of a climb.
type Call struct {
	Called
	Version int       // the event that decided it
	At      time.Time // when
	Due     time.Time // when the rung was to be called
}

// Climbed moves a complaint on the ladder, and calls people.
type Climbed struct {
	Cause    Cause     `json:"cause"`
	Deadline string    `json:"deadline,omitempty"`
	Night    int       `json:"night,omitempty"`
	Start    bool      `json:"start,omitempty"`  // it begins a climb: Ladder and Policy are those that hold for it
	Ladder   []Rung    `json:"ladder,omitempty"` //
	Policy   string    `json:"policy,omitempty"`
	Rung     int       `json:"rung"` // 0: the first rung is called at Next unless the work goes on
	Due      time.Time `json:"due"`  // when the rung was to be called
	Next     time.Time `json:"next,omitzero"`
	Calls    []Called  `json:"calls,omitempty"`
	Vacant   []Vacant  `json:"vacant,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Late     bool      `json:"late,omitempty"` // called so late that people should be told so
	// Unit is whose people are called for an answer that it owes; empty for the complaint's own climb.
	Unit org.UnitID `json:"unit,omitempty"`
}

// Kind is the stored name.
func (Climbed) Kind() string { return "climbed.v1" }

func (e Climbed) effect(c *Complaint, f Fact) {
	if e.Unit != "" {
		c.aside(e, f)
		return
	}
	climb := c.Climbing()
	dues := c.dues(e)
	if e.Start || climb == nil {
		c.endClimb(f, EndReplaced)
		c.Climbs = append(c.Climbs, Climb{
			Cause: e.Cause, Deadline: e.Deadline, Night: e.Night, Ladder: e.Ladder, Policy: e.Policy, From: e.Due,
		})
		climb = &c.Climbs[len(c.Climbs)-1]
	}
	climb.arrive(e, f, dues)
}

// arrive moves a climb to the rung that an event says, and dates its calls.
func (climb *Climb) arrive(e Climbed, f Fact, dues func(rung int) time.Time) {
	if e.Night > 0 {
		climb.Night = e.Night
	}
	climb.Rung, climb.Since, climb.Next = e.Rung, f.At, e.Next
	// Clipped, because a complaint handed out before shares what these lists hold so far.
	calls := slices.Clip(climb.Calls)
	for _, k := range e.Calls {
		calls = append(calls, Call{Called: k, Version: f.Version, At: f.At, Due: dues(k.Rung)})
	}
	climb.Calls, climb.Vacant = calls, append(slices.Clip(climb.Vacant), e.Vacant...)
}

// dues says when each rung that an event called was to be called: after a downtime several are called at once, each of which was due at a
// time of its own. What was entered because the rungs below are empty was due with them.
func (c *Complaint) dues(e Climbed) func(rung int) time.Time {
	first, due, ladder := 1, e.Due, e.Ladder
	switch climb := c.Climbing(); {
	case e.Cause == CauseBreach && e.Start:
		if d, ok := c.DeadlineByID(e.Deadline); ok {
			due = d.Due
		}
	case e.Cause == CauseTime && climb != nil && !climb.Next.IsZero():
		first, due, ladder = climb.Rung+1, climb.Next, climb.Ladder
	default:
		return func(int) time.Time { return e.Due }
	}
	return func(rung int) time.Time {
		at := due
		for n := first + 1; n <= min(rung, len(ladder)); n++ {
			at = at.Add(time.Duration(ladder[n-1].After))
		}
		if at.After(e.Due) {
			return e.Due
		}
		return at
	}
}

// Climbing is the climb that goes on; nil when nobody is being called.
func (c *Complaint) Climbing() *Climb {
	if n := len(c.Climbs); n > 0 && c.Climbs[n-1].Ended.IsZero() {
		return &c.Climbs[n-1]
	}
	return nil
}

// Raised is the rung that the complaint has been called up to and that nobody has answered yet; 0 for none.
func (c *Complaint) Raised() int {
	if climb := c.Climbing(); climb != nil {
		return climb.Rung
	}
	return 0
}

// Answered is how the calls that an event decided ended. Where the next night began a climb of its own, they ended with that. False while
// they wait for an answer, and for an event that called nobody.
func (c *Complaint) Answered(version int) (Climb, bool) {
	n := slices.IndexFunc(c.Climbs, func(climb Climb) bool {
		return slices.ContainsFunc(climb.Calls, func(k Call) bool { return k.Version == version })
	})
	for ; n >= 0 && n < len(c.Climbs); n++ {
		if climb := c.Climbs[n]; climb.Ending != EndReplaced {
			return climb, !climb.Ended.IsZero()
		}
	}
	return Climb{}, false
}

// called reports whether the last climb has called the person.
func (c *Complaint) called(p org.PersonID) bool {
	n := len(c.Climbs)
	return n > 0 && slices.ContainsFunc(c.Climbs[n-1].Calls, func(k Call) bool { return k.Person == p })
}

// endClimb ends the climb that goes on, if any.
func (c *Complaint) endClimb(f Fact, how Ending) {
	if climb := c.Climbing(); climb != nil {
		climb.Ended, climb.Ending, climb.EndedBy, climb.Next = f.At, how, f.By, time.Time{}
	}
}

// climbs says what a decision does to the complaint's place on the ladder: c is the complaint before it, events what it made true. It
// is looked at last, so that work which is done, an answer or a closing come before a ring that was due at the same moment.
func (c *Complaint) climbs(events []Event, by Actor, r *Rules, at time.Time) []Event {
	stirs := c.Climbing() != nil
	for _, e := range events {
		switch e.(type) {
		case Climbed, Acknowledged: // moved by hand; or answered, and with it whatever was about to ring
			return nil
		case Breached, LeftOvernight:
			stirs = true
		}
		stirs = stirs || works(e)
	}
	if !stirs { // nearly always
		return nil
	}
	after := c.With(NewFacts(*c, events, by, at)...)
	if !after.Open() {
		return nil
	}
	var out Climbed
	var moves bool
	if climb := after.Climbing(); climb != nil {
		out, moves = after.climbOn(climb, r, at)
	} else {
		out, moves = after.climbStart(events, r, at)
	}
	for _, e := range events {
		night, ok := e.(LeftOvernight)
		if !ok || !after.nightRings(night, r) || after.Round > c.Round { // a new round has nothing overdue
			continue
		}
		if climbed, ok := after.climbNight(night, r, at); ok && (!moves || climbed.Rung >= out.Rung) {
			out, moves = climbed, true
		}
		out.Night = night.Night // where time has brought it higher than the night would, it is that night's ring all the same
	}
	if !moves {
		return nil
	}
	return []Event{out}
}

// nightRings reports whether a night rings anybody: people are rung for what they let lie, not for what they learn of only afterwards.
func (c *Complaint) nightRings(e LeftOvernight, r *Rules) bool {
	return e.Alone || c.RegisteredAt.Before(e.Day.End(r.zone(c)))
}

// climbNight enters the ladder at the night's rung, and calls those below it too. An answer given since the day ended still holds, so
// does work done since, for a rung's time, and a ring of this night that reached as high.
func (c *Complaint) climbNight(e LeftOvernight, r *Rules, at time.Time) (Climbed, bool) {
	ended := e.Day.End(r.zone(c))
	if day, ok := c.Clock(ClockDay); ok && e.Day == c.Account && day.Due.After(ended) {
		ended = day.Due
	}
	rung := r.Policy.nightRung(e.Night)
	climb := c.Climbing()
	if climb == nil {
		if n := len(c.Climbs); n > 0 && c.Climbs[n-1].Ending == EndAcknowledged && !c.Climbs[n-1].Ended.Before(ended) {
			return Climbed{}, false
		}
	}
	out := Climbed{Cause: CauseNight, Night: e.Night, Due: at, Late: e.Late}
	if climb != nil && climb.Cause == CauseTurn && climb.Rung == 0 && !climb.Since.Before(ended) { // somebody is at work on it this night
		return Climbed{}, false
	}
	if climb != nil && climb.Rung < min(rung, len(climb.Ladder)) {
		return r.enter(c, out, climb.Ladder, climb.Rung+1, min(rung, len(climb.Ladder)), at), true
	}
	if climb != nil && (!climb.Since.Before(ended) || !climb.Next.IsZero()) {
		return Climbed{}, false
	}
	return r.begin(c, out, 1, rung, at), true
}

// climbOn goes up for as long as nobody has answered. After a downtime it goes to the rung where the complaint should stand now, and
// calls those who were left out too, once.
func (c *Complaint) climbOn(climb *Climb, r *Rules, at time.Time) (Climbed, bool) {
	if climb.Next.IsZero() || at.Before(climb.Next) {
		return Climbed{}, false
	}
	rung, due := rungAt(climb.Ladder, climb.Rung+1, climb.Next, at)
	e := Climbed{Cause: CauseTime, Due: due, Late: at.Sub(climb.Next) > lateAfter}
	return r.enter(c, e, climb.Ladder, climb.Rung+1, rung, at), true
}

// climbStart begins a climb for a deadline that has just passed, or for a step that is overdue when its turn comes.
func (c *Complaint) climbStart(events []Event, r *Rules, at time.Time) (Climbed, bool) {
	var passed Running // of several, the one that passed first
	worked := false
	for _, e := range events {
		if b, ok := e.(Breached); ok {
			if d, _ := c.DeadlineByID(b.Deadline); c.rings(d) && (passed.ID == "" || d.Due.Before(passed.Due)) {
				passed = d
			}
		}
		worked = worked || works(e)
	}
	switch next, ok := c.Clock(Clock(c.Next())); {
	case worked && ok && c.rings(next):
		// Who has just worked on it is at work: what comes next gets a rung's time before anybody is called.
		return Climbed{
			Cause: CauseTurn, Deadline: next.ID, Start: true, Ladder: r.Policy.Ladder, Policy: r.Policy.Version(), Due: at,
			Next: at.Add(turnWait(r.Policy.Ladder)),
		}, true
	case worked || passed.ID == "": // work answers whatever has passed by then
		return Climbed{}, false
	}
	rung, due := rungAt(r.Policy.Ladder, 1, passed.Due, at)
	e := Climbed{Cause: CauseBreach, Deadline: passed.ID, Due: due, Late: at.Sub(passed.Due) > lateAfter}
	return r.begin(c, e, 1, rung, at), true
}

// works reports whether an event shows that somebody is at work on the complaint.
func works(e Event) bool {
	switch e.(type) {
	case Accepted, Assigned, ContactTried, Contacted, Handled, FedBack, Transferred, Led, Merged, Separated, Followed:
		return true
	}
	return false
}

// rings reports whether a deadline has passed that people are called for: it still waits, and passed after the complaint was registered.
func (c *Complaint) rings(d Running) bool {
	return d.Waits() && !d.Breached.IsZero() && d.Due.After(c.RegisteredAt) && d.Deadline.Clock != ClockAnswer
}

// turnWait is the time until the second rung; a ladder of one rung has the usual one.
func turnWait(ladder []Rung) time.Duration {
	if len(ladder) == 1 {
		ladder = DefaultLadder()
	}
	return time.Duration(ladder[1].After)
}

// rungAt is where a complaint stands at an instant when rung n was due at due and nobody has answered, and when that rung was due.
func rungAt(ladder []Rung, n int, due, at time.Time) (int, time.Time) {
	for n < len(ladder) {
		next := due.Add(time.Duration(ladder[n].After))
		if next.After(at) {
			break
		}
		n, due = n+1, next
	}
	return n, due
}

// begin starts a climb under the policy in force.
func (r *Rules) begin(c *Complaint, e Climbed, from, to int, at time.Time) Climbed {
	e.Start, e.Ladder, e.Policy = true, r.Policy.Ladder, r.Policy.Version()
	return r.enter(c, e, e.Ladder, from, to, at)
}

// enter calls the rungs from up to to, each person once, and goes on up where nobody stands; behind the last rung stands head office's
// standing list, so a ladder never ends with nobody. Who is called has the whole wait to answer, however late the call.
func (r *Rules) enter(c *Complaint, e Climbed, ladder []Rung, from, to int, at time.Time) Climbed {
	reached := false
	for n := from; n <= len(ladder) && !reached; n++ {
		called, vacant := r.calls(c, ladder, n, at)
		e.Rung, e.Vacant = n, append(e.Vacant, vacant...)
		e.call(called)
		reached = n >= to && len(called) > 0
	}
	if !reached {
		e.Rung = len(ladder)
		e.call(r.standing(c, e.Rung))
	}
	if e.Rung < len(ladder) {
		e.Next = at.Add(time.Duration(ladder[e.Rung].After))
	}
	return e
}

// call adds people, each once. Who stands on several rungs is called for the highest, which may call by more ways than those below.
func (e *Climbed) call(people []Called) {
	for _, k := range people {
		if i := slices.IndexFunc(e.Calls, func(have Called) bool { return have.Person == k.Person }); i >= 0 {
			e.Calls[i].Rung = k.Rung
		} else {
			e.Calls = append(e.Calls, k)
		}
	}
}
