package workflow

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// Merge says that a complaint is a repeat of another (合并), its main, which goes on for both. The repeat keeps its number, its clocks and
// its breaches; its steps are done with those of the main.
type Merge struct {
	Into ID
	// Main is the complaint to merge into, as it is now: Into, or where Into is a repeat itself, its main. Who loads complaints fills it in;
	// nil where there is none of that number.
	Main *Complaint
}

// Separate takes a merging back (拆开): from then on the complaint goes on by itself.
type Separate struct{ Reason string }

// TakeRepeat is what merging does to the main. Like [DropRepeat] and [Follow] it is decided together with what the person did, in the same
// transaction, and is nobody's command: the rules of [Merge], [Separate] and of the main's own step say who may.
type TakeRepeat struct{ Repeat ID }

// DropRepeat is what separating does to the main.
type DropRepeat struct{ Repeat ID }

// Follow is what a main's events do to a repeat.
type Follow struct {
	Main  Complaint // after its events
	Facts []Fact
}

// Merged makes a complaint a repeat of another.
type Merged struct {
	Into  ID `json:"into"`
	Named ID `json:"named,omitempty"` // the repeat of Into that was named in its place
	// Handler and CoHandlers have it from now on, where the main has a handler.
	Handler    org.PersonID   `json:"handler,omitempty"`
	CoHandlers []org.PersonID `json:"co_handlers,omitempty"`
}

// Kind is the stored name.
func (Merged) Kind() string { return "merged.v1" }

// Separated takes it back.
type Separated struct {
	From   ID     `json:"from"`
	Reason string `json:"reason"`
}

// Kind is the stored name.
func (Separated) Kind() string { return "separated.v1" }

// RepeatMerged is a merging as the main has it.
type RepeatMerged struct {
	Repeat ID `json:"repeat"`
}

// Kind is the stored name.
func (RepeatMerged) Kind() string { return "repeat_merged.v1" }

// RepeatSeparated takes it back.
type RepeatSeparated struct {
	Repeat ID `json:"repeat"`
}

// Kind is the stored name.
func (RepeatSeparated) Kind() string { return "repeat_separated.v1" }

// Followed is a step of a repeat that was done by doing it to the main, or with no Step, work on the main that completes none. Its time is its
// own: what was late for the repeat is late.
type Followed struct {
	Main    ID   `json:"main"`
	Version int  `json:"version"` // the main's event
	Step    Step `json:"step,omitempty"`
	// Handler and CoHandlers are the main's, where that changed.
	Handler    org.PersonID   `json:"handler,omitempty"`
	CoHandlers []org.PersonID `json:"co_handlers,omitempty"`
}

// Kind is the stored name.
func (Followed) Kind() string { return "followed.v1" }

// Verb names the row of the step table.
func (Merge) Verb() Verb { return VerbMerge }

// Verb names the row of the step table.
func (Separate) Verb() Verb { return VerbSeparate }

// Verb names the row of the step table.
func (TakeRepeat) Verb() Verb { return verbFollow }

// Verb names the row of the step table.
func (DropRepeat) Verb() Verb { return verbFollow }

// Verb names the row of the step table.
func (Follow) Verb() Verb { return verbFollow }

// MaxMerged is how many repeats one complaint takes: one transaction moves them all.
const MaxMerged = 50

// goesWithMain reports whether a repeat leaves a verb to its main.
func (row Row) goesWithMain() bool {
	return row.Step != "" || slices.Contains([]Verb{VerbMerge, VerbTransfer, VerbReceive, VerbRefuse, VerbClose, VerbReopen}, row.Verb)
}

// mergedState refuses what a repeat leaves to its main.
func (row Row) mergedState(c *Complaint) *Refusal {
	if c.Main == "" || !row.goesWithMain() {
		return nil
	}
	return &Refusal{Code: IsMerged, First: VerbSeparate, By: c.MainMark.By, At: c.MainMark.At, Value: string(c.Main)}
}

// needsMain refuses to separate what was not merged.
func needsMain(c *Complaint, _ *Rules) *Refusal {
	if c.Main == "" {
		return refuse(NotMerged)
	}
	return nil
}

// needsNoRepeats refuses to merge what others were merged into: a repeat of a repeat would have no end.
func needsNoRepeats(c *Complaint, _ *Rules) *Refusal {
	if len(c.Repeated) > 0 {
		return &Refusal{Code: HasRepeats, Min: len(c.Repeated), Value: string(c.Repeated[0])}
	}
	return nil
}

func (k Merge) decide(c *Complaint, by Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	if no := k.check(c, by, r, at); no != nil {
		return nil, no
	}
	main := *k.Main
	if !main.Open() { // the customer came back: it is reopened by taking the repeat
		events, no := TakeRepeat{Repeat: c.ID}.decide(&main, by, r, at)
		if no != nil {
			return nil, no
		}
		main = main.With(NewFacts(main, events, by, at)...)
	}
	e := Merged{Into: main.ID}
	if k.Into != main.ID {
		e.Named = k.Into
	}
	e.Handler, e.CoHandlers = c.handlersOf(main)
	events := []Event{e}
	for _, s := range Steps() {
		_, done := main.Done[s]
		if _, have := c.Done[s]; done && !have {
			events = append(events, Followed{Main: main.ID, Version: main.Version, Step: s})
		}
	}
	return events, nil
}

// check says what keeps two complaints apart.
func (k Merge) check(c *Complaint, by Actor, r *Rules, at time.Time) *Refusal {
	into := func(code Code) *Refusal { return &Refusal{Code: code, Field: "into", Value: string(k.Into)} }
	main := k.Main
	switch {
	case k.Into == "":
		return wrong(Missing, "into")
	case k.Into == c.ID || main != nil && main.ID == c.ID:
		return into(MergeSelf)
	case main == nil || !main.Exists():
		return into(NoMain)
	case len(main.Repeated) >= MaxMerged:
		return &Refusal{Code: TooMany, Field: "into", Min: MaxMerged}
	case main.about(by):
		return &Refusal{Code: SubjectRecused, Person: by.Person}
	case main.Unit != c.Unit && !main.wasAt(c.Unit) && !r.allowed(RightAssign, main, by):
		return &Refusal{Code: OtherUnits, Field: "into", Value: string(main.ID), Who: Grants(RightAssign)}
	case main.Open():
		return nil
	case r.zoneDay(main, at).Sub(r.zoneDay(main, main.ClosedAt)) > r.Policy.ReopenDays:
		return &Refusal{Code: MergeClosed, Field: "into", Value: string(main.ID), Min: r.Policy.ReopenDays}
	case !r.allowed(RightWork, main, by): // it would be reopened
		return &Refusal{Code: OtherUnits, Field: "into", Value: string(main.ID), Who: Grants(RightWork)}
	}
	return nil
}

// wasAt reports whether a unit had the complaint before it was handed on.
func (c *Complaint) wasAt(u org.UnitID) bool {
	return slices.ContainsFunc(c.Moves, func(m Move) bool { return m.From == u })
}

// handlersOf are a main's people, without those whom the repeat is about.
func (c *Complaint) handlersOf(main Complaint) (org.PersonID, []org.PersonID) {
	if main.Handler == "" || slices.Contains(c.Subjects, main.Handler) {
		return "", nil
	}
	return main.Handler, c.callable(slices.Clone(main.CoHandlers))
}

func (k Separate) decide(c *Complaint, _ Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	var t texts
	e := Separated{From: c.Main, Reason: t.need("reason", k.Reason)}
	if t.refusal != nil {
		return nil, t.refusal
	}
	return []Event{e}, nil
}

func (k TakeRepeat) decide(c *Complaint, by Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	e := RepeatMerged(k)
	if slices.Contains(c.Repeated, k.Repeat) {
		return nil, refuse(NothingChanges)
	}
	if c.Open() {
		return []Event{e}, nil
	}
	events, no := Reopen{Reason: string(k.Repeat)}.decide(c, by, r, at)
	if no != nil {
		return nil, no
	}
	return append(events, e), nil
}

func (k DropRepeat) decide(c *Complaint, _ Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	if !slices.Contains(c.Repeated, k.Repeat) {
		return nil, refuse(NothingChanges)
	}
	return []Event{RepeatSeparated(k)}, nil
}

// decide does to the repeat what was done to its main. Whom the repeat is about cannot move it this way either.
func (k Follow) decide(c *Complaint, by Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	if !c.Open() || c.Main != k.Main.ID || c.about(by) {
		return nil, refuse(NothingChanges)
	}
	w := follower{c: c, k: k, r: r, at: at}
	for _, f := range k.Facts {
		if c.With(NewFacts(*c, w.events, by, at)...).Outcome != "" {
			break
		}
		w.fact(f)
	}
	if len(w.events) == 0 {
		return nil, refuse(NothingChanges)
	}
	return w.events, nil
}

// follower gathers what a main's events do to a repeat.
type follower struct {
	c      *Complaint
	k      Follow
	r      *Rules
	at     time.Time
	events []Event
}

func (w *follower) fact(f Fact) {
	switch e := f.Event.(type) {
	case Accepted:
		w.upTo(StepAccept, f)
	case Assigned:
		w.upTo(StepAssign, f)
		w.handed(f)
	case Transferred:
		w.handed(f)
	case Contacted:
		w.upTo(StepContact, f)
	case Handled:
		w.upTo(StepHandle, f)
	case ContactTried, Led, Acknowledged:
		if w.c.Climbing() != nil { // whoever is called for the repeat need not come any more
			w.events = append(w.events, Followed{Main: w.k.Main.ID, Version: f.Version})
		}
	case FedBack:
		w.upTo(StepFeedback, f)
		if e.Answer != Unsatisfied {
			w.events = append(w.events, Closed{Outcome: Outcome(e.Answer)})
			return
		}
		round := w.c.Round + 1
		a, deadlines := roundDeadlines(round, w.at, w.r.zone(w.c), w.r.Policy)
		w.events = append(w.events, RoundStarted{Round: round, Day: a.day, Deadlines: deadlines})
	case Closed:
		if e.Outcome == ClosedOverride {
			w.events = append(w.events, e)
		}
	}
}

// upTo completes the steps up to one, those that the repeat has not done.
func (w *follower) upTo(last Step, f Fact) {
	for _, s := range Steps() {
		_, done := w.c.Done[s]
		if !done && !slices.ContainsFunc(w.events, func(e Event) bool { return isFollowed(e, s) }) {
			w.events = append(w.events, Followed{Main: w.k.Main.ID, Version: f.Version, Step: s})
		}
		if s == last {
			return
		}
	}
}

func isFollowed(e Event, s Step) bool {
	f, ok := e.(Followed)
	return ok && f.Step == s
}

// handed gives the repeat to the main's people.
func (w *follower) handed(f Fact) {
	handler, co := w.c.handlersOf(w.k.Main)
	if handler == "" || handler == w.c.Handler && slices.Equal(co, w.c.CoHandlers) {
		return
	}
	w.events = append(w.events, Followed{Main: w.k.Main.ID, Version: f.Version, Handler: handler, CoHandlers: co})
}

// effect: merging is work on the repeat, and ends what was proposed for it alone.
func (e Merged) effect(c *Complaint, f Fact) {
	c.Main, c.MainMark, c.Handing = e.Into, Mark{By: f.By.Person, At: f.At}, nil
	c.take(e.Handler, e.CoHandlers)
	c.endClimb(f, EndWorked)
}

func (c *Complaint) take(handler org.PersonID, co []org.PersonID) {
	if handler != "" {
		c.Handler, c.CoHandlers = handler, co
	}
}

func (e Separated) effect(c *Complaint, f Fact) {
	c.Main, c.MainMark = "", Mark{}
	c.endClimb(f, EndWorked)
}

func (e RepeatMerged) effect(c *Complaint, _ Fact) {
	c.Repeated = append(slices.Clip(c.Repeated), e.Repeat)
}

func (e RepeatSeparated) effect(c *Complaint, _ Fact) {
	c.Repeated = slices.DeleteFunc(slices.Clone(c.Repeated), func(id ID) bool { return id == e.Repeat })
}

func (e Followed) effect(c *Complaint, f Fact) {
	c.take(e.Handler, e.CoHandlers)
	if _, done := c.Done[e.Step]; done || e.Step == "" {
		c.endClimb(f, EndWorked)
		return
	}
	c.mark(e.Step, f)
	c.meet(f.At, Clock(e.Step))
	if e.Step == StepFeedback { // the decision has been given to the customer
		c.meet(f.At, ClockStatutory, ClockForwarded)
	}
}

// followed is the line of the last of several steps that were done at once: the others need none of their own, nor those that merging did.
func followed(f Fact, facts []Fact) []Notice {
	last := 0
	for _, o := range facts {
		switch e := o.Event.(type) {
		case Merged:
			return nil
		case Followed:
			if e.Step != "" || last == 0 {
				last = o.Version
			}
		}
	}
	if f.Version != last {
		return nil
	}
	return []Notice{{Kind: TellLine, Version: f.Version}}
}
