package workflow

import (
	"fmt"
	"slices"
	"time"

	"sameday/workflow/org"
)

// Direct is what a leader orders (领导要求): named people do something by a time.
type Direct struct {
	To   []org.PersonID
	Text string
	Due  time.Time
}

// Take acknowledges a directive by one of those it names. N is its number in the complaint; 0 means all that wait for the person.
type Take struct{ N int }

// Done reports a directive as done, with a word on how. N 0 means the only one that the person has.
type Done struct {
	N    int
	Text string
}

// Decline says why a directive will not be done. N 0 means the only one that the person has.
type Decline struct {
	N      int
	Reason string
}

// DirectiveState is where a directive stands.
type DirectiveState string

// The states of a directive.
const (
	DirectiveGiven    DirectiveState = "given"
	DirectiveTaken    DirectiveState = "taken" // somebody of those named has acknowledged it
	DirectiveDone     DirectiveState = "done"
	DirectiveDeclined DirectiveState = "declined"
	DirectiveLapsed   DirectiveState = "lapsed" // the complaint was closed before
)

// DirectiveStates lists them in the order in which they come.
func DirectiveStates() []DirectiveState {
	return []DirectiveState{DirectiveGiven, DirectiveTaken, DirectiveDone, DirectiveDeclined, DirectiveLapsed}
}

// Directed gives a directive.
type Directed struct {
	N        int            `json:"n"` // counts the complaint's directives from 1
	To       []org.PersonID `json:"to"`
	Text     string         `json:"text"`
	Deadline Deadline       `json:"deadline"`
}

// Kind is the stored name.
func (Directed) Kind() string { return "directed.v1" }

// DirectiveAnswered is what one of those named said to a directive. Done and declined end it.
type DirectiveAnswered struct {
	N     int            `json:"n"`
	State DirectiveState `json:"state"`
	Text  string         `json:"text,omitempty"` // how it was done, or why not
}

// Kind is the stored name.
func (DirectiveAnswered) Kind() string { return "directive_answered.v1" }

// Directive is an order in a complaint.
type Directive struct {
	N      int
	By     org.PersonID
	At     time.Time
	To     []org.PersonID
	Text   string
	Due    time.Time
	State  DirectiveState
	Taken  []Mark // who has acknowledged it
	Ended  Mark   // who ended it, and when
	Answer string // how it was done, or why not
	clock  string // id of its deadline
}

// Open reports whether it is still to be done.
func (d Directive) Open() bool { return d.State == DirectiveGiven || d.State == DirectiveTaken }

// Names reports whether it is directed to a person.
func (d Directive) Names(p org.PersonID) bool { return p != "" && slices.Contains(d.To, p) }

// TakenBy reports whether a person has acknowledged it.
func (d Directive) TakenBy(p org.PersonID) bool {
	return slices.ContainsFunc(d.Taken, func(m Mark) bool { return m.By == p })
}

// Directive finds one by its number.
func (c *Complaint) Directive(n int) (Directive, bool) {
	if n < 1 || n > len(c.Directives) {
		return Directive{}, false
	}
	return c.Directives[n-1], true
}

// directiveOf finds one by the id of its deadline.
func (c *Complaint) directiveOf(deadline string) (Directive, bool) {
	i := slices.IndexFunc(c.Directives, func(d Directive) bool { return d.clock == deadline })
	return c.Directive(i + 1)
}

// DirectiveNumber is the number of the directive that a deadline belongs to; 0 for none.
func (c *Complaint) DirectiveNumber(deadline string) int {
	d, _ := c.directiveOf(deadline)
	return d.N
}

// OpenDirectives are those still to be done, in the order in which they were given.
func (c *Complaint) OpenDirectives() []Directive {
	if !c.Open() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.Directives), func(d Directive) bool { return !d.Open() })
}

// directed reports whether an open directive names the person; untaken counts only those that the person has not acknowledged.
func (c *Complaint) directed(p org.PersonID, untaken bool) bool {
	return slices.ContainsFunc(c.OpenDirectives(), func(d Directive) bool {
		return d.Names(p) && (!untaken || !d.TakenBy(p))
	})
}

// Verb names the row of the step table.
func (Direct) Verb() Verb { return VerbDirect }

// Verb names the row of the step table.
func (Take) Verb() Verb { return VerbTake }

// Verb names the row of the step table.
func (Done) Verb() Verb { return VerbDone }

// Verb names the row of the step table.
func (Decline) Verb() Verb { return VerbDecline }

// farthest is how far ahead a directive may be due: a year. What is later is a slip.
const farthest = 366 * 24 * time.Hour

func (k Direct) decide(c *Complaint, _ Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	var t texts
	e := Directed{N: len(c.Directives) + 1, Text: t.need("text", k.Text)}
	for _, p := range k.To {
		if len(r.Tree.Posts(p)) == 0 {
			return nil, &Refusal{Code: NotInBank, Field: "to", Person: p}
		}
		if !slices.Contains(e.To, p) {
			e.To = append(e.To, p)
		}
	}
	due := k.Due.UTC().Truncate(time.Microsecond)
	switch {
	case len(e.To) == 0:
		return nil, wrong(Missing, "to")
	case k.Due.IsZero():
		return nil, wrong(Missing, "due")
	case !due.After(at):
		return nil, wrong(InPast, "due")
	case due.Sub(at) > farthest:
		return nil, wrong(TooFar, "due")
	case t.refusal != nil:
		return nil, t.refusal
	}
	e.Deadline = Deadline{
		ID: fmt.Sprintf("%s/%d", ClockDirective, e.N), Clock: ClockDirective, Start: at, Due: due, Raw: due,
		Rule: RuleGiven, Why: r.Policy.Version(),
	}
	return []Event{e}, nil
}

// needsDirective refuses an answer where no directive is open.
func needsDirective(c *Complaint, _ *Rules) *Refusal {
	if len(c.OpenDirectives()) == 0 {
		return refuse(NoDirective)
	}
	return nil
}

// needsUntaken refuses an acknowledgement where everybody has given it.
func needsUntaken(c *Complaint, r *Rules) *Refusal {
	if no := needsDirective(c, r); no != nil {
		return no
	}
	var last Mark
	for _, d := range c.OpenDirectives() {
		if len(d.Taken) < len(d.To) {
			return nil
		}
		last = d.Taken[len(d.Taken)-1]
	}
	return &Refusal{Code: AlreadyDone, By: last.By, At: last.At}
}

func (k Take) decide(c *Complaint, by Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	var out []Event
	var done *Refusal
	for _, d := range c.Directives {
		if k.N != 0 && d.N != k.N || !d.Names(by.Person) {
			continue
		}
		switch i := slices.IndexFunc(d.Taken, func(m Mark) bool { return m.By == by.Person }); {
		case !d.Open():
			done = &Refusal{Code: AlreadyDone, By: d.Ended.By, At: d.Ended.At}
		case i >= 0:
			done = &Refusal{Code: AlreadyDone, By: by.Person, At: d.Taken[i].At}
		default:
			out = append(out, DirectiveAnswered{N: d.N, State: DirectiveTaken})
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case done != nil:
		return nil, done
	}
	return nil, refuse(NoDirective)
}

func (k Done) decide(c *Complaint, by Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	return c.answered(by, k.N, DirectiveDone, "text", k.Text)
}

func (k Decline) decide(c *Complaint, by Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	return c.answered(by, k.N, DirectiveDeclined, "reason", k.Reason)
}

// answered ends a directive of the person.
func (c *Complaint) answered(by Actor, n int, state DirectiveState, field, said string) ([]Event, *Refusal) {
	mine := slices.DeleteFunc(slices.Clone(c.Directives), func(d Directive) bool {
		return !d.Names(by.Person) || n != 0 && d.N != n || n == 0 && !d.Open()
	})
	switch {
	case len(mine) == 0:
		return nil, refuse(NoDirective)
	case len(mine) > 1:
		return nil, &Refusal{Code: WhichDirective, Min: len(mine)}
	case !mine[0].Open():
		return nil, &Refusal{Code: AlreadyDone, By: mine[0].Ended.By, At: mine[0].Ended.At}
	}
	var t texts
	e := DirectiveAnswered{N: mine[0].N, State: state, Text: t.need(field, said)}
	if t.refusal != nil {
		return nil, t.refusal
	}
	return []Event{e}, nil
}

func (e Directed) effect(c *Complaint, f Fact) {
	c.Directives = append(c.Directives, Directive{
		N: e.N, By: f.By.Person, At: f.At, To: e.To, Text: e.Text, Due: e.Deadline.Due, State: DirectiveGiven, clock: e.Deadline.ID,
	})
	c.set([]Deadline{e.Deadline})
}

func (e DirectiveAnswered) effect(c *Complaint, f Fact) {
	i := e.N - 1
	if i < 0 || i >= len(c.Directives) {
		return
	}
	d, by := &c.Directives[i], Mark{By: f.By.Person, At: f.At}
	d.State = e.State
	if e.State == DirectiveTaken {
		d.Taken = append(slices.Clip(d.Taken), by)
		return
	}
	d.Ended, d.Answer = by, e.Text
	c.meetDeadline(d.clock, f.At)
}

// meetDeadline stops one deadline.
func (c *Complaint) meetDeadline(id string, at time.Time) {
	c.tick(func(r *Running) bool { return r.ID == id && r.Waits() }, func(r *Running) { r.Met = at })
}

// lapse ends the directives of a complaint that is closed.
func (c *Complaint) lapse(f Fact) {
	for i := range c.Directives {
		if d := &c.Directives[i]; d.Open() {
			d.State, d.Ended = DirectiveLapsed, Mark{By: f.By.Person, At: f.At}
		}
	}
}

// DirectiveLine is one open directive in a list.
type DirectiveLine struct {
	Complaint ID             `json:"complaint"`
	Unit      org.UnitID     `json:"unit"` // of the complaint
	N         int            `json:"n"`
	By        org.PersonID   `json:"by"`
	To        []org.PersonID `json:"to"`
	Gist      string         `json:"gist"`
	Due       time.Time      `json:"due"`
	State     DirectiveState `json:"state"`
	Link      string         `json:"link,omitempty"` // to the complaint's thread, once it is posted
}

// DirectiveLines are the open directives of a complaint, for lists.
func DirectiveLines(c Complaint) []DirectiveLine {
	var out []DirectiveLine
	for _, d := range c.OpenDirectives() {
		out = append(out, DirectiveLine{
			Complaint: c.ID, Unit: c.Unit, N: d.N, By: d.By, To: d.To, Gist: Gist(d.Text, gistLength), Due: d.Due, State: d.State,
			Link: c.Posts[PostedRoot].Link,
		})
	}
	return out
}
