package workflow

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// Request asks the unit above to extend a regulator's deadline. Like [Extend] it says from the second extension on how the customer was told.
type Request struct {
	Clock        Clock // ClockStatutory, also when empty, or ClockForwarded
	Reason       string
	CustomerTold string
}

// GrantExtension is the unit above's yes to what was asked: the deadline is extended with the words of the one who asked.
type GrantExtension struct{}

// DenyExtension is its no, with a reason.
type DenyExtension struct{ Reason string }

// ExtensionAsked is a unit's wish for more time. The deadline stays as it is until somebody grants it.
type ExtensionAsked struct {
	Replaces     string         `json:"replaces"` // the deadline's ID
	Clock        Clock          `json:"clock"`
	Due          time.Time      `json:"due"` // when it would be due
	Reason       string         `json:"reason"`
	CustomerTold string         `json:"customer_told,omitempty"`
	To           []org.PersonID `json:"to,omitempty"` // who is asked: they may answer, beside those who have the right anyway
	Answer       *Deadline      `json:"answer,omitempty"`
}

// Kind is the stored name.
func (ExtensionAsked) Kind() string { return "extension_asked.v1" }

// ExtensionDenied leaves the deadline as it is.
type ExtensionDenied struct {
	Asked  int    `json:"asked"` // version of the ExtensionAsked it answers
	Reason string `json:"reason"`
}

// Kind is the stored name.
func (ExtensionDenied) Kind() string { return "extension_denied.v1" }

// Asking is the last wish for an extension, and who answered it.
type Asking struct {
	ExtensionAsked
	Version  int // the event that asked
	By       Actor
	At       time.Time
	Answered Mark // who granted or denied it; a zero time while nobody has
	Denied   bool
}

// Verb names the row of the step table.
func (Request) Verb() Verb { return VerbRequest }

// Verb names the row of the step table.
func (GrantExtension) Verb() Verb { return VerbGrant }

// Verb names the row of the step table.
func (DenyExtension) Verb() Verb { return VerbDeny }

// Asked is the wish for an extension that waits for an answer; nil for none. One whose deadline was met or extended meanwhile waits no more.
func (c *Complaint) Asked() *Asking {
	if c.Asking == nil || !c.Asking.Answered.At.IsZero() || !c.Open() {
		return nil
	}
	if d, ok := c.DeadlineByID(c.Asking.Replaces); !ok || !d.Waits() {
		return nil
	}
	return c.Asking
}

// needsNoAsk lets ask for what nobody has asked for yet.
func needsNoAsk(c *Complaint, r *Rules) *Refusal {
	if a := c.Asked(); a != nil {
		return &Refusal{Code: AlreadyDone, By: a.By.Person, At: a.At}
	}
	return needsClock(c, r)
}

// needsAsk refuses to answer what nobody asked; when somebody has answered already it says who.
func needsAsk(c *Complaint, _ *Rules) *Refusal {
	switch {
	case c.Asked() != nil:
		return nil
	case c.Asking != nil && !c.Asking.Answered.At.IsZero():
		return &Refusal{Code: AskAnswered, By: c.Asking.Answered.By, At: c.Asking.Answered.At}
	}
	return refuse(NothingAsked)
}

func (k Request) decide(c *Complaint, _ Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	e, no := Extend(k).extended(c, r)
	if no != nil {
		return nil, no
	}
	return []Event{ExtensionAsked{
		Replaces: e.Replaces, Clock: e.Deadline.Clock, Due: e.Deadline.Due, Reason: e.Reason, CustomerTold: e.CustomerTold,
		To: c.callable(r.officers(r.nextAbove(c.Unit), at, org.ConsumerProtection)), Answer: c.answerBy(r, at),
	}}, nil
}

// officers are whom a unit answers through: the one on duty, and the holders of some positions; its leaders where there is none of these.
func (r *Rules) officers(u org.UnitID, at time.Time, positions ...org.Position) []org.PersonID {
	var out []org.PersonID
	if o := r.Book.Answers(u, at); o.Person != "" && o.Unit == u {
		out = append(out, o.Person)
	}
	for _, p := range r.Tree.Holders(u, positions...) {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		out = r.Tree.Holders(u, org.ComplaintManager, org.DeputyPresident, org.President, org.ServiceDesk, org.Standing)
	}
	return out
}

func (GrantExtension) decide(c *Complaint, _ Actor, r *Rules, _ time.Time) ([]Event, *Refusal) {
	asked := c.Asked()
	e, no := Extend{Clock: asked.Clock, Reason: asked.Reason, CustomerTold: asked.CustomerTold}.extended(c, r)
	if no != nil {
		return nil, no
	}
	e.Asked, e.AskedBy = asked.Version, asked.By.Person
	return []Event{e}, nil
}

func (k DenyExtension) decide(c *Complaint, _ Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	var t texts
	e := ExtensionDenied{Asked: c.Asked().Version, Reason: t.need("reason", k.Reason)}
	if t.refusal != nil {
		return nil, t.refusal
	}
	return []Event{e}, nil
}

func (e ExtensionAsked) effect(c *Complaint, f Fact) {
	c.Asking = &Asking{ExtensionAsked: e, Version: f.Version, By: f.By, At: f.At}
	c.await(e.Answer)
}

func (e ExtensionDenied) effect(c *Complaint, f Fact) { c.answerAsk(e.Asked, f, true) }

// answerAsk ends a wish. It makes a new one, because a complaint handed out before shares the old.
func (c *Complaint) answerAsk(version int, f Fact, denied bool) {
	if c.Asking == nil || c.Asking.Version != version {
		return
	}
	a := *c.Asking
	a.Answered, a.Denied = Mark{By: f.By.Person, At: f.At}, denied
	c.Asking = &a
}

// wasAsked reports whether a person was asked for the extension that waits for an answer, or for the last one, or called for that answer.
func (c *Complaint) wasAsked(p org.PersonID) bool {
	return c.Asking != nil && (slices.Contains(c.Asking.To, p) || slices.Contains(c.asideCalled(c.Asking.Answer), p))
}

// askNotices write to those who are asked something.
func askNotices(f Fact) []Notice {
	e, ok := f.Event.(ExtensionAsked)
	if !ok {
		return nil
	}
	out := make([]Notice, len(e.To))
	for i, p := range e.To {
		out[i] = Notice{Kind: TellAsk, Version: f.Version, Person: p}
	}
	return out
}
