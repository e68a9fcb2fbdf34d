package workflow

import (
	"fmt"
	"slices"
	"time"

	"sameday/workflow/org"
)

// Lead gives the front-line command (前方指挥) of a complaint to a president or deputy of its unit or of one above; an empty Person takes it
// oneself. Naming another one hands it over.
type Lead struct{ Person org.PersonID }

// Led names who commands the complaint from now on.
type Led struct {
	Person org.PersonID `json:"person"`
	Was    org.PersonID `json:"was,omitempty"` // who commanded it until then
}

// Kind is the stored name.
func (Led) Kind() string { return "led.v1" }

// Watched follows what made a complaint key or serious: from then on it needs a lead, and may not be silent for long.
type Watched struct {
	Deadline *Deadline `json:"deadline,omitempty"` // to name a lead; nil where there is one
	Silence  Span      `json:"silence,omitempty"`  // the thread is reminded when nobody has said anything for so long; 0 = never
}

// Kind is the stored name.
func (Watched) Kind() string { return "watched.v1" }

// From 22:00 to 08:00 nobody is asked for progress.
const hushBegins, hushEnds = 22, 8

// Silent is a line in the thread of a key or serious complaint of which nobody has said anything for too long. At night it only says until
// when it waits: who sleeps has no progress to report, and what is urgent is rung.
type Silent struct {
	Since time.Time      `json:"since"`           // the last word or act of a person
	Asked []org.PersonID `json:"asked,omitempty"` // who should report: lead and handler, else whom the unit answers through
	Until time.Time      `json:"until,omitzero"`  // at night: when it will be said
}

// Kind is the stored name.
func (Silent) Kind() string { return "silent.v1" }

// Verb names the row of the step table.
func (Lead) Verb() Verb { return VerbLead }

func (k Lead) decide(c *Complaint, by Actor, r *Rules, _ time.Time) ([]Event, *Refusal) {
	if k.Person == "" {
		k.Person = by.Person
	}
	switch {
	case slices.Contains(c.Subjects, k.Person):
		return nil, &Refusal{Code: SubjectRecused, Field: "lead", Person: k.Person}
	case !r.allowed(RightLead, c, Person(k.Person)):
		return nil, &Refusal{Code: MayNotLead, Field: "lead", Person: k.Person, Who: Grants(RightLead)}
	case c.Lead == k.Person:
		return nil, &Refusal{Code: AlreadyDone, Field: "lead", By: c.LeadMark.By, At: c.LeadMark.At}
	}
	return []Event{Led{Person: k.Person, Was: c.Lead}}, nil
}

// Grave reports whether it is key or serious: such a complaint needs a lead and may not be silent for long.
func (c *Complaint) Grave() bool { return c.Grade == GradeKey || c.Serious() }

// attended is what a decision's events bring about by themselves: a complaint that becomes key or serious is watched, and each serious
// kind brings its people in.
func (c *Complaint) attended(events []Event, by Actor, r *Rules, at time.Time) []Event {
	touches := slices.ContainsFunc(events, func(e Event) bool {
		switch e.(type) {
		case Graded, KindsSet, Reopened:
			return true
		}
		return false
	})
	if !touches {
		return nil
	}
	after := c.With(NewFacts(*c, events, by, at)...)
	out := after.brings(r)
	if !after.Open() || !after.Grave() || c.Open() && c.Grave() {
		return out
	}
	e := Watched{Silence: r.Policy.Silence}
	if after.Lead == "" {
		d := after.leadDeadline(r, at)
		e.Deadline = &d
	}
	return append(out, e)
}

func (c *Complaint) leadDeadline(r *Rules, at time.Time) Deadline {
	n := 1
	for _, d := range c.Clocks {
		if d.Deadline.Clock == ClockLead {
			n++
		}
	}
	due := at.Add(time.Duration(r.Policy.Lead))
	return Deadline{
		ID: fmt.Sprintf("%s/%d", ClockLead, n), Clock: ClockLead, Start: at, Due: due, Raw: due,
		Rule: RulePlus, Span: r.Policy.Lead, Why: r.Policy.Version(),
	}
}

// heard notes the last sign of life: what a person did, but for looking.
func (c *Complaint) heard(f Fact) {
	switch f.Event.(type) {
	case CustomerShown, BriefingRead:
		return
	case Opened:
		c.Heard = f.At
	}
	if !f.By.IsSystem() {
		c.Heard = f.At
		c.present(f.By.Person, f.At)
	}
}

// silentAt is when the thread is reminded that nobody has said anything; zero for never.
func (c *Complaint) silentAt() time.Time {
	if !c.Open() || !c.Grave() || c.Silence <= 0 || c.Main != "" { // of a repeat its main's thread tells
		return time.Time{}
	}
	since := c.Heard
	if c.Hushed.After(since) {
		since = c.Hushed
	}
	return since.Add(time.Duration(c.Silence))
}

func (e Led) effect(c *Complaint, f Fact) {
	c.Lead, c.LeadMark = e.Person, Mark{By: f.By.Person, At: f.At}
	c.meet(f.At, ClockLead)
	c.endClimb(f, EndWorked) // who takes command has answered
}

func (e Watched) effect(c *Complaint, f Fact) {
	c.Silence, c.Hushed = e.Silence, f.At
	if e.Deadline != nil {
		c.set([]Deadline{*e.Deadline})
	}
}

// silent is what a silence that has lasted too long makes.
func (c *Complaint) silent(r *Rules, at time.Time) Silent {
	e := Silent{Since: c.Heard}
	today, zone := r.zoneDay(c, at), r.zone(c)
	switch {
	case at.Before(today.At(hushEnds, 0, zone)):
		e.Until = today.At(hushEnds, 0, zone).UTC()
	case !at.Before(today.At(hushBegins, 0, zone)):
		e.Until = today.Add(1).At(hushEnds, 0, zone).UTC()
	default:
		for _, p := range []org.PersonID{c.Lead, c.Handler} {
			if p != "" && !slices.Contains(e.Asked, p) {
				e.Asked = append(e.Asked, p)
			}
		}
		if len(e.Asked) == 0 {
			e.Asked = c.callable(r.officers(c.Unit, at, org.ComplaintManager))
		}
	}
	return e
}

func (e Silent) effect(c *Complaint, f Fact) {
	c.Hushed = f.At
	if !e.Until.IsZero() {
		c.Hushed = e.Until.Add(-time.Duration(c.Silence))
	}
}

// calm ends the wait for a lead where none is needed any more.
func (c *Complaint) calm(f Fact) {
	if !c.Grave() {
		c.meet(f.At, ClockLead)
	}
}
