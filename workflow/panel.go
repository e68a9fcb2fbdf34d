package workflow

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// ExpertKind is what an outside expert is.
type ExpertKind string

// The kinds of outside experts.
const (
	KindExpert ExpertKind = "expert"
	KindLawyer ExpertKind = "lawyer"
)

// ExpertKinds lists both.
func ExpertKinds() []ExpertKind { return []ExpertKind{KindExpert, KindLawyer} }

// Expert is a member of the panel of outside experts (外脑).
type Expert struct {
	Person org.PersonID
	Name   string // as the bank calls him; may be empty
	Kind   ExpertKind
	Field  string // what he knows about, in the bank's words; may be empty
}

// Panel is the bank's outside experts, and how long one is waited for.
type Panel struct {
	Members []Expert
	// Patience is how long an invitation may stay unanswered before whoever sent it is told; 0 is [DefaultPatience]. It is told an hour
	// before the session where that comes first. A change moves nothing: the moment is stored with the invitation.
	Patience Span
}

// DefaultPatience is how long an invitation may stay unanswered where nothing else is configured.
const DefaultPatience = Span(2 * time.Hour)

// beforeSession is how long before a session people are reminded of it, and of an invitation to it that nobody has answered.
const beforeSession = time.Hour

// Find gives the member of the panel who is a person.
func (p Panel) Find(id org.PersonID) (Expert, bool) {
	i := slices.IndexFunc(p.Members, func(e Expert) bool { return e.Person == id })
	if i < 0 || id == "" {
		return Expert{}, false
	}
	return p.Members[i], true
}

// remindAt is when whoever invited is told that nothing has come back.
func (p Panel) remindAt(invited, session time.Time) time.Time {
	patience := p.Patience
	if patience <= 0 {
		patience = DefaultPatience
	}
	due := invited.Add(time.Duration(patience))
	if before := session.Add(-beforeSession); before.Before(due) {
		due = before
	}
	if !due.After(invited) { // the session is so near that half of the time is all there is
		due = invited.Add(session.Sub(invited) / 2)
	}
	return due.UTC().Truncate(time.Microsecond)
}

// needsPanel refuses to call somebody from a panel on which nobody stands.
func needsPanel(_ *Complaint, r *Rules) *Refusal {
	if r != nil && len(r.Panel.Members) == 0 {
		return refuse(NoPanel)
	}
	return nil
}
