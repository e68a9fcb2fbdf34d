package workflow

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// Dismissed lists those whom a closing at an instant spares a session to come: whoever has accepted, or was still to answer.
func (c *Complaint) Dismissed(at time.Time) []org.PersonID {
	return c.concerned(func(v Invitation) bool { return v.Spared(at) })
}

// Spared reports whether a closing at an instant spares the person the session.
func (v Invitation) Spared(at time.Time) bool {
	return v.When.After(at) && (v.State == InvitationAccepted || v.lapsed(at))
}

// lapsed reports whether a closing at an instant ended the wait for an answer.
func (v Invitation) lapsed(at time.Time) bool {
	return v.State == InvitationLapsed && v.Answer.At.Equal(at)
}

// concerned lists whom some of the invitations went to, each once.
func (c *Complaint) concerned(by func(Invitation) bool) []org.PersonID {
	var out []org.PersonID
	for _, v := range c.Invitations {
		if by(v) && !slices.Contains(out, v.Person) {
			out = append(out, v.Person)
		}
	}
	return out
}

// InvitedAgain reports whether a later invitation of the same person, not declined, took the place of this one: that one has the buttons.
func (c *Complaint) InvitedAgain(v Invitation) bool {
	return slices.ContainsFunc(c.Invitations, func(o Invitation) bool {
		return o.N > v.N && o.Person == v.Person && o.State != InvitationDeclined
	})
}

// Stale is the invitation of a person whose direct message an event made stale: the one that a later one replaced, or at a closing and a
// reopening the last that was not declined; ok is false for none.
func (c *Complaint) Stale(f Fact, p org.PersonID) (v Invitation, ok bool) {
	before := len(c.Invitations) + 1
	if e, invited := f.Event.(ExpertInvited); invited {
		before = e.N
	}
	for _, v := range slices.Backward(c.Invitations[:before-1]) {
		if v.Person == p && v.State != InvitationDeclined {
			return v, true
		}
	}
	return Invitation{}, false
}

// expertNotices is what must be told around outside experts. What an accepted invitation brings about elsewhere (the complaint's private
// channel) hangs on the [ExpertAnswered] here: Accepted says that the person is to be let in, and [Complaint.Experts] who is in.
func expertNotices(after Complaint, f Fact) []Notice {
	switch e := f.Event.(type) {
	case ExpertInvited:
		out := toEach(TellExpert, f, []org.PersonID{e.Person})
		if v, ok := after.Stale(f, e.Person); ok && v.State != InvitationLapsed {
			out = append(toEach(TellRedraw, f, []org.PersonID{e.Person}), out...)
		}
		return out
	case ExpertAnswered:
		return toEach(TellExpert, f, []org.PersonID{f.By.Person})
	case ExpertWaiting:
		if v, ok := after.Invitation(e.N); ok && v.By != "" {
			return toEach(TellWaiting, f, []org.PersonID{v.By})
		}
	case Closed:
		stale := after.concerned(func(v Invitation) bool { return v.lapsed(f.At) || v.State == InvitationAccepted })
		return append(toEach(TellRedraw, f, stale), toEach(TellExpert, f, after.Dismissed(f.At))...)
	case Reopened:
		return toEach(TellRedraw, f, after.Experts())
	}
	return nil
}
