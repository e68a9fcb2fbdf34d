package workflow

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Mark is who did a step, and when.
type Mark struct {
	By org.PersonID
	At time.Time
}

// Place is a message that is updated later.
type Place struct {
	Channel string
	TS      string
	Link    string
}

// Complaint is the fold of its events: what is true now. Decide reads it; only events change it. Treat it as a value: a
// complaint handed out is never changed afterwards.
type Complaint struct {
	ID      ID
	Version int // number of events folded; 0 = there is no such complaint

	Opened   // the facts it was opened with, corrections applied
	OpenedBy Actor

	Grade  Grade
	Notice string // number of the notice that named a key complaint
	Kinds  []SeriousKind

	Round    int          // 1 for the first
	Account  calendar.Day // day of account of this round; Opened.Day keeps that of the first
	Done     map[Step]Mark
	Attempts int // contacts that did not reach the customer, this round

	Handler    org.PersonID
	CoHandlers []org.PersonID

	Contact  Contacted // the last one
	Solution Handled   // the last one
	Feedback FedBack   // the last one

	Outcome       Outcome // empty while open
	ClosedBy      Actor
	ClosedAt      time.Time
	ClosedSameDay bool // closed by the customer's word before the first round's day ended, and no reopening counted against that
	OverrideWhy   string
	Reopenings    int // those that count against a closing

	Clocks          []Running
	Extensions      int
	Asking          *Asking       // the last wish for an extension; see [Complaint.Asked]
	Handing         *Handing      // the last proposal to hand it on; see [Complaint.Offered]
	Moves           []Move        // from unit to unit, in order
	Representatives []CustomerRef // who speak for a collective complaint, at most [MaxRepresentatives]
	Nights          []LeftOvernight
	Climbs          []Climb          // up the ladder, in order; at most the last goes on
	Asides          []Climb          // up other units' ladders, for answers that those owe; at most one for each answer goes on
	Turn            time.Time        // since when the step that is next is next
	Posts           map[string]Place // by Posted.What

	Lead         org.PersonID // who has the front-line command; empty for nobody
	LeadMark     Mark         // who gave it, and when
	Brought      []Brought    // whom its serious kinds have brought in
	Directives   []Directive  // in the order of their numbers
	Progress     string       // the last word on how it goes
	ProgressMark Mark
	Briefing     Briefing  // the report on the last solution
	Silence      Span      // how long nobody may say anything; 0 for any time
	Heard        time.Time // when a person last did something
	Hushed       time.Time // when the thread was last reminded of the silence

	Invitations []Invitation // of outside experts, in the order of their numbers
	Opinions    []Opinion    // what they said, in order
	Sessions    []Session    // of mediation; at most the last waits for its outcome

	Main     ID   // the complaint that this one is a repeat of; empty for one that stands by itself
	MainMark Mark // who merged it, and when
	Repeated []ID // the repeats that were merged into this one, in order

	Group Group    // the last emergency group
	Rooms []string // every channel that a group of it ever had, in order
}

// Exists reports whether the complaint has been opened.
func (c *Complaint) Exists() bool { return c.Version > 0 }

// Open reports whether there is work left on it.
func (c *Complaint) Open() bool { return c.Exists() && c.Outcome == "" }

// Next is the step to do now; empty when the complaint is closed.
func (c *Complaint) Next() Step {
	if !c.Open() {
		return ""
	}
	for _, s := range Steps() {
		if _, ok := c.Done[s]; !ok {
			return s
		}
	}
	return ""
}

// Serious reports whether it is of one of the serious kinds.
func (c *Complaint) Serious() bool { return len(c.Kinds) > 0 }

// Overnight reports whether it was ever left overnight.
func (c *Complaint) Overnight() bool { return len(c.Nights) > 0 }

// Night is the number of the last night it was left; 0 for none.
func (c *Complaint) Night() int {
	if len(c.Nights) == 0 {
		return 0
	}
	return c.Nights[len(c.Nights)-1].Night
}

// Handles reports whether the person is its handler or a co-handler.
func (c *Complaint) Handles(p org.PersonID) bool {
	return p != "" && (p == c.Handler || slices.Contains(c.CoHandlers, p))
}

// Clock is the deadline of a kind that counts now: the latest that no extension replaced.
func (c *Complaint) Clock(k Clock) (Running, bool) {
	for i := len(c.Clocks) - 1; i >= 0; i-- {
		if r := c.Clocks[i]; r.Deadline.Clock == k && !r.Replaced {
			return r, true
		}
	}
	return Running{}, false
}

// DeadlineByID finds a deadline of any round, met or not.
func (c *Complaint) DeadlineByID(id string) (Running, bool) {
	for _, r := range c.Clocks {
		if r.ID == id {
			return r, true
		}
	}
	return Running{}, false
}

// Due is the earliest deadline of the complaint's own unit that still runs; zero when none does.
func (c *Complaint) Due() time.Time {
	var due time.Time
	for _, r := range c.Clocks {
		if r.Runs() && r.Deadline.Clock != ClockAnswer && (due.IsZero() || r.Due.Before(due)) {
			due = r.Due
		}
	}
	return due
}

// Wake is a moment at which something of a complaint falls due by itself.
type Wake struct {
	ID string // of the deadline, or what else wakes
	At time.Time
}

// What wakes a complaint beside its deadlines, reminders and ladder.
const (
	WakeUnread = "unread" // the report has not been read in time; also after closing
	WakeSilent = "silent" // nobody has said anything for too long

	WakeExpert  = "expert"    // and the invitation's number: nobody has answered it
	WakeSession = "mediation" // and the session's number: a reminder of it, or its outcome is missing; also after closing
)

// Wakes lists what falls due by itself: deadlines that run, the next reminder, the next rung. A sweep asks for those that have come.
func (c *Complaint) Wakes() []Wake {
	var out []Wake
	if at := c.unreadAt(); !at.IsZero() {
		out = append(out, Wake{ID: WakeUnread, At: at})
	}
	if s, ok := c.Session(); ok {
		if at := s.nudgeAt(c.Open()); !at.IsZero() {
			out = append(out, Wake{ID: fmt.Sprintf("%s/%d", WakeSession, s.N), At: at})
		}
	}
	if !c.Open() {
		return out
	}
	for _, v := range c.Invitations {
		if at := c.waitAt(v); !at.IsZero() {
			out = append(out, Wake{ID: fmt.Sprintf("%s/%d", WakeExpert, v.N), At: at})
		}
	}
	if at := c.rollAt(); !at.IsZero() {
		out = append(out, Wake{ID: WakeRoll, At: at})
	}
	if at := c.silentAt(); !at.IsZero() {
		out = append(out, Wake{ID: WakeSilent, At: at})
	}
	for _, r := range c.Clocks {
		if r.Runs() {
			out = append(out, Wake{ID: r.ID, At: r.Due})
		}
	}
	if d, percents := c.nudges(); len(percents) > 0 {
		out = append(out, Wake{ID: "nudge/" + d.ID, At: d.nudgeAt(percents[0])})
	}
	if climb := c.Climbing(); climb != nil && !climb.Next.IsZero() {
		out = append(out, Wake{ID: "ladder", At: climb.Next})
	}
	for _, a := range c.Asides {
		if !a.Next.IsZero() {
			out = append(out, Wake{ID: "ladder/" + a.Deadline, At: a.Next})
		}
	}
	return out
}

// Fold makes a complaint of its facts, in order.
func Fold(id ID, facts []Fact) Complaint {
	c := Complaint{ID: id, Done: map[Step]Mark{}, Posts: map[string]Place{}}
	for _, f := range facts {
		c.Version = f.Version
		f.Event.effect(&c, f)
		c.settle(f)
		c.heard(f)
	}
	return c
}

// With returns the complaint after some more facts; c itself stays as it was. Its clocks and maps are shared until an effect changes them,
// which most do not: see [Complaint.tick], [put] and [without].
func (c Complaint) With(facts ...Fact) Complaint {
	c.Nights = slices.Clone(c.Nights)
	c.Climbs, c.Asides = slices.Clone(c.Climbs), slices.Clone(c.Asides)
	c.Directives = slices.Clone(c.Directives)
	c.Invitations, c.Sessions = slices.Clone(c.Invitations), slices.Clone(c.Sessions)
	for _, f := range facts {
		c.Version = f.Version
		f.Event.effect(&c, f)
		c.settle(f)
		c.heard(f)
	}
	return c
}

// mark notes a step as done. Whoever does a step has answered the rings.
func (c *Complaint) mark(s Step, f Fact) {
	c.Done = put(c.Done, s, Mark{By: f.By.Person, At: f.At})
	c.Turn = f.At
	c.endClimb(f, EndWorked)
}

// meet stops the waiting deadlines of the given kinds.
func (c *Complaint) meet(at time.Time, clocks ...Clock) {
	c.tick(func(r *Running) bool { return r.Waits() && slices.Contains(clocks, r.Deadline.Clock) }, func(r *Running) { r.Met = at })
}

// tick changes those clocks for which is holds, in a copy of its own.
func (c *Complaint) tick(is func(*Running) bool, change func(*Running)) {
	own := false
	for i := range c.Clocks {
		if !is(&c.Clocks[i]) {
			continue
		}
		if !own {
			c.Clocks, own = slices.Clone(c.Clocks), true
		}
		change(&c.Clocks[i])
	}
}

// put is the map with one more value, in a copy.
func put[K comparable, V any](m map[K]V, k K, v V) map[K]V {
	out := make(map[K]V, len(m)+1)
	maps.Copy(out, m)
	out[k] = v
	return out
}

// without is the map without some keys, in a copy.
func without[K comparable, V any](m map[K]V, keys ...K) map[K]V {
	out := maps.Clone(m)
	for _, k := range keys {
		delete(out, k)
	}
	return out
}

func (c *Complaint) set(deadlines []Deadline) {
	c.Clocks = append(make([]Running, 0, len(c.Clocks)+len(deadlines)), c.Clocks...)
	for _, d := range deadlines {
		c.Clocks = append(c.Clocks, Running{Deadline: d})
	}
}

// startRound makes the complaint wait for contact, handle and feedback again.
func (c *Complaint) startRound(f Fact, round int, day calendar.Day, deadlines []Deadline) {
	c.Round, c.Account, c.Attempts, c.Turn = round, day, 0, f.At
	c.Done = without(c.Done, StepContact, StepHandle, StepFeedback)
	c.set(deadlines)
}
