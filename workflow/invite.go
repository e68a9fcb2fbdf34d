package workflow

import (
	"fmt"
	"slices"
	"time"

	"sameday/workflow/org"
)

// Purpose is what an outside expert is called for.
type Purpose string

// The purposes.
const (
	ForInterview Purpose = "interview"
	ForMediation Purpose = "mediation"
)

// Purposes lists both.
func Purposes() []Purpose { return []Purpose{ForInterview, ForMediation} }

// CallExpert invites a member of the panel (外脑) to an interview or a mediation. A later invitation of the same person takes the place of one
// that has not been answered.
type CallExpert struct {
	Person org.PersonID
	For    Purpose // empty is an interview
	When   time.Time
	Place  string
	Why    string // may be empty
}

// Attend accepts an invitation. N is its number in the complaint; 0 means the one that waits for the person.
type Attend struct{ N int }

// Regret declines an invitation, with a reason.
type Regret struct {
	N      int
	Reason string
}

// Opine gives an outside expert's opinion.
type Opine struct{ Text string }

// ExpertInvited invites an outside expert.
type ExpertInvited struct {
	N      int          `json:"n"` // counts the complaint's invitations from 1
	Person org.PersonID `json:"person"`
	As     ExpertKind   `json:"as"`
	Field  string       `json:"field,omitempty"`
	For    Purpose      `json:"for"`
	When   time.Time    `json:"when"` // of the session
	Place  string       `json:"place"`
	Why    string       `json:"why,omitempty"`
	Remind time.Time    `json:"remind"` // when whoever invited is told that nobody has answered
}

// Kind is the stored name.
func (ExpertInvited) Kind() string { return "expert_invited.v1" }

// ExpertAnswered is the expert's answer. From an accepted one on the person may comment and give opinions on this complaint, and nothing else.
type ExpertAnswered struct {
	N        int    `json:"n"`
	Accepted bool   `json:"accepted"`
	Reason   string `json:"reason,omitempty"` // why not
}

// Kind is the stored name.
func (ExpertAnswered) Kind() string { return "expert_answered.v1" }

// ExpertWaiting records that an invitation has not been answered in time; whoever sent it is told, once.
type ExpertWaiting struct {
	N int `json:"n"`
}

// Kind is the stored name.
func (ExpertWaiting) Kind() string { return "expert_waiting.v1" }

// OpinionGiven is an outside expert's opinion.
type OpinionGiven struct {
	Text string `json:"text"`
}

// Kind is the stored name.
func (OpinionGiven) Kind() string { return "opinion_given.v1" }

// InvitationState is where an invitation stands.
type InvitationState string

// The states of an invitation.
const (
	InvitationSent     InvitationState = "sent"
	InvitationAccepted InvitationState = "accepted"
	InvitationDeclined InvitationState = "declined"
	InvitationReplaced InvitationState = "replaced" // by a later one of the same person
	InvitationLapsed   InvitationState = "lapsed"   // the complaint was closed before
)

// InvitationStates lists them.
func InvitationStates() []InvitationState {
	return []InvitationState{InvitationSent, InvitationAccepted, InvitationDeclined, InvitationReplaced, InvitationLapsed}
}

// Invitation is an outside expert's invitation to a session on a complaint.
type Invitation struct {
	ExpertInvited
	By     org.PersonID // who invited
	At     time.Time
	State  InvitationState
	Answer Mark   // when it was answered
	Reason string // why it was declined
	Waited bool   // that it has not been answered in time has been told
}

// Opinion is what an outside expert said.
type Opinion struct {
	Mark
	Text string
}

// PostedInvitation is Posted.What of the direct message with an invitation.
func PostedInvitation(n int) string { return fmt.Sprintf("expert/%d", n) }

// Invitation finds one by its number.
func (c *Complaint) Invitation(n int) (Invitation, bool) {
	if n < 1 || n > len(c.Invitations) {
		return Invitation{}, false
	}
	return c.Invitations[n-1], true
}

// invited is the invitation that waits for the person's answer; there is at most one.
func (c *Complaint) invited(p org.PersonID) (Invitation, bool) {
	i := slices.IndexFunc(c.Invitations, func(v Invitation) bool { return v.Person == p && v.State == InvitationSent })
	return c.Invitation(i + 1)
}

// Experts lists the outside experts who have accepted an invitation, each once, in the order in which they were first invited. They are
// those who belong into the complaint's private channel, where it has one.
func (c *Complaint) Experts() []org.PersonID {
	var out []org.PersonID
	for _, v := range c.Invitations {
		if v.State == InvitationAccepted && !slices.Contains(out, v.Person) {
			out = append(out, v.Person)
		}
	}
	return out
}

// Verb names the row of the step table.
func (CallExpert) Verb() Verb { return VerbExpert }

// Verb names the row of the step table.
func (Attend) Verb() Verb { return VerbAttend }

// Verb names the row of the step table.
func (Regret) Verb() Verb { return VerbRegret }

// Verb names the row of the step table.
func (Opine) Verb() Verb { return VerbOpinion }

func (k CallExpert) decide(c *Complaint, _ Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	if k.For == "" {
		k.For = ForInterview
	}
	if !known(Purposes(), k.For) {
		return nil, notOneOf("purpose", string(k.For))
	}
	e, no := k.invites(c, "expert", r, at)
	if no != nil {
		return nil, no
	}
	if v, ok := c.invited(k.Person); ok && v.For == e.For && v.When.Equal(e.When) && v.Place == e.Place {
		return nil, &Refusal{Code: AlreadyDone, By: v.By, At: v.At}
	}
	return []Event{e}, nil
}

// invites checks an invitation; field is the form's name for the person.
func (k CallExpert) invites(c *Complaint, field string, r *Rules, at time.Time) (ExpertInvited, *Refusal) {
	member, ok := r.Panel.Find(k.Person)
	switch {
	case k.Person == "":
		return ExpertInvited{}, wrong(Missing, field)
	case !ok:
		return ExpertInvited{}, &Refusal{Code: NotOnPanel, Field: field, Person: k.Person}
	case c.about(Person(k.Person)):
		return ExpertInvited{}, &Refusal{Code: SubjectRecused, Field: field, Person: k.Person}
	}
	when, no := ahead(k.When, at)
	if no != nil {
		return ExpertInvited{}, no
	}
	var t texts
	e := ExpertInvited{
		N: len(c.Invitations) + 1, Person: k.Person, As: member.Kind, Field: member.Field, For: k.For, When: when,
		Place: t.line("place", k.Place), Why: t.text("why", k.Why), Remind: r.Panel.remindAt(at, when),
	}
	if t.refusal == nil && e.Place == "" {
		t.refusal = wrong(Missing, "place")
	}
	return e, t.refusal
}

// ahead checks when a session is to be: later than now, and not so far ahead that it is a slip.
func ahead(when, at time.Time) (time.Time, *Refusal) {
	out := when.UTC().Truncate(time.Microsecond)
	switch {
	case when.IsZero():
		return out, wrong(Missing, "when")
	case !out.After(at):
		return out, wrong(InPast, "when")
	case out.Sub(at) > farthest:
		return out, wrong(TooFar, "when")
	}
	return out, nil
}

func (k Attend) decide(c *Complaint, by Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	v, no := c.answering(by, k.N)
	if no != nil {
		return nil, no
	}
	return []Event{ExpertAnswered{N: v.N, Accepted: true}}, nil
}

func (k Regret) decide(c *Complaint, by Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	v, no := c.answering(by, k.N)
	if no != nil {
		return nil, no
	}
	var t texts
	e := ExpertAnswered{N: v.N, Reason: t.need("reason", k.Reason)}
	if t.refusal != nil {
		return nil, t.refusal
	}
	return []Event{e}, nil
}

// answering is the invitation that the person answers.
func (c *Complaint) answering(by Actor, n int) (Invitation, *Refusal) {
	v, ok := c.invited(by.Person)
	switch {
	case !ok:
		return v, refuse(NoInvitation)
	case n != 0 && v.N != n:
		return v, c.AnsweredBefore(by.Person, n)
	}
	return v, nil
}

// AnsweredBefore says why a button about the invitation of a number does nothing any more: it has been answered, or a later one has taken
// its place. nil where it still waits for the person.
func (c *Complaint) AnsweredBefore(p org.PersonID, n int) *Refusal {
	v, ok := c.Invitation(n)
	switch {
	case !ok || v.Person != p:
		return refuse(NoInvitation)
	case v.State == InvitationSent:
		return nil
	case v.State == InvitationReplaced || v.State == InvitationLapsed:
		return refuse(InvitationOver)
	}
	return &Refusal{Code: AlreadyDone, By: v.Answer.By, At: v.Answer.At}
}

func (k Opine) decide(*Complaint, Actor, *Rules, time.Time) ([]Event, *Refusal) {
	var t texts
	text := t.need("text", k.Text)
	if t.refusal != nil {
		return nil, t.refusal
	}
	return []Event{OpinionGiven{Text: text}}, nil
}

// needsInvitation refuses an answer that nobody waits for.
func needsInvitation(c *Complaint, _ *Rules) *Refusal {
	if slices.ContainsFunc(c.Invitations, func(v Invitation) bool { return v.State == InvitationSent }) {
		return nil
	}
	return refuse(NoInvitation)
}

// waiting are the invitations whose time to answer has passed; those that the decision's own events answer need no telling.
func (c *Complaint) waiting(events []Event, at time.Time) []Event {
	var out []Event
	for _, v := range c.Invitations {
		if when := c.waitAt(v); when.IsZero() || at.Before(when) || answers(events, v) {
			continue
		}
		out = append(out, ExpertWaiting{N: v.N})
	}
	return out
}

// waitAt is when whoever sent an invitation is told that it has not been answered; zero for never.
func (c *Complaint) waitAt(v Invitation) time.Time {
	if !c.Open() || v.State != InvitationSent || v.Waited {
		return time.Time{}
	}
	return v.Remind
}

// answers reports whether events end an invitation.
func answers(events []Event, v Invitation) bool {
	return slices.ContainsFunc(events, func(e Event) bool {
		switch e := e.(type) {
		case ExpertAnswered:
			return e.N == v.N
		case ExpertInvited:
			return e.Person == v.Person
		case Closed:
			return true
		}
		return false
	})
}

func (e ExpertInvited) effect(c *Complaint, f Fact) {
	for i := range c.Invitations {
		if v := &c.Invitations[i]; v.Person == e.Person && v.State == InvitationSent {
			v.State = InvitationReplaced
		}
	}
	c.Invitations = append(c.Invitations, Invitation{ExpertInvited: e, By: f.By.Person, At: f.At, State: InvitationSent})
}

func (e ExpertAnswered) effect(c *Complaint, f Fact) {
	if _, ok := c.Invitation(e.N); !ok {
		return
	}
	v := &c.Invitations[e.N-1]
	v.State, v.Answer, v.Reason = InvitationDeclined, Mark{By: f.By.Person, At: f.At}, e.Reason
	if e.Accepted {
		v.State = InvitationAccepted
		c.ledBy(*v)
	}
}

func (e ExpertWaiting) effect(c *Complaint, _ Fact) {
	if _, ok := c.Invitation(e.N); ok {
		c.Invitations[e.N-1].Waited = true
	}
}

func (e OpinionGiven) effect(c *Complaint, f Fact) {
	c.Opinions = append(slices.Clip(c.Opinions), Opinion{Mark: Mark{By: f.By.Person, At: f.At}, Text: e.Text})
}

// dismiss ends what waits for outside experts when a complaint is closed: invitations that nobody has answered, and a session to come.
func (c *Complaint) dismiss(f Fact) {
	for i := range c.Invitations {
		if v := &c.Invitations[i]; v.State == InvitationSent {
			v.State, v.Answer = InvitationLapsed, Mark{By: f.By.Person, At: f.At}
		}
	}
	for i := range c.Sessions {
		if s := &c.Sessions[i]; s.Waits() && s.When.After(f.At) {
			s.Lapsed = true
		}
	}
}
