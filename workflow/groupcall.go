package workflow

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// WakeRoll wakes a complaint when the roll call of its group has not been answered in time.
const WakeRoll = "roll"

// needsGroup refuses what only a group that stands can have done to it.
func needsGroup(c *Complaint, _ *Rules) *Refusal {
	if !c.Group.Working() {
		return refuse(NoGroup)
	}
	return nil
}

// needsRoll refuses an answer where everybody has given it.
func needsRoll(c *Complaint, r *Rules) *Refusal {
	if no := needsGroup(c, r); no != nil || len(c.Group.Waits()) > 0 {
		return no
	}
	var last Mark
	for _, m := range c.Group.Members {
		if m.Answered.After(last.At) {
			last = Mark{By: m.Person, At: m.Answered}
		}
	}
	return &Refusal{Code: AlreadyDone, By: last.By, At: last.At}
}

// rollAnswered refuses a second answer to the roll call.
func (c *Complaint) rollAnswered(v Verb, by Actor) *Refusal {
	if v != VerbHere || !c.Group.calls(by.Person) {
		return nil
	}
	if m := c.Group.Members[c.Group.member(by.Person)]; !m.Answered.IsZero() {
		return &Refusal{Code: AlreadyDone, By: by.Person, At: m.Answered}
	}
	return nil
}

func (Here) decide(*Complaint, Actor, *Rules, time.Time) ([]Event, *Refusal) {
	return []Event{GroupAnswered{}}, nil
}

// rollAt is when those who have not answered the roll call are rung; zero for never.
func (c *Complaint) rollAt() time.Time {
	if !c.Open() || c.Group.Rung || len(c.Group.Waits()) == 0 {
		return time.Time{}
	}
	return c.Group.RollDue
}

// unanswered records who has not answered the roll call in time.
func (c *Complaint) unanswered(at time.Time) []Event {
	due := c.rollAt()
	if due.IsZero() || at.Before(due) {
		return nil
	}
	return []Event{GroupUnanswered{By: c.Group.Waits(), Due: due}}
}

// withMembers changes the members; a complaint handed out before shares the old list.
func (g Group) withMembers(change func(*Member)) Group {
	g.Members = slices.Clone(g.Members)
	for i := range g.Members {
		change(&g.Members[i])
	}
	return g
}

// present notes that somebody has done something in the complaint: who works on it need not say that he is there.
func (c *Complaint) present(p org.PersonID, at time.Time) {
	if i := c.Group.member(p); i < 0 || !c.Group.Working() || !c.Group.Members[i].Called || !c.Group.Members[i].Answered.IsZero() {
		return
	}
	c.Group = c.Group.withMembers(func(m *Member) {
		if m.Person == p {
			m.Answered = at
		}
	})
}

func (e GroupFormed) effect(c *Complaint, f Fact) {
	g := c.Group
	if e.N != g.N {
		g = Group{N: e.N, At: f.At}
	}
	g.Clue, g.By, g.Private = e.Clue, f.By.Person, e.Private
	g.Roll, g.RollDue, g.Rung, g.Said = f.Version, e.Due, false, nil
	g = g.withMembers(func(m *Member) { m.Called, m.Answered = slices.Contains(e.Called, m.Person), time.Time{} })
	for _, m := range e.Members {
		g.Members = append(g.Members, Member{GroupMember: m, Called: slices.Contains(e.Called, m.Person)})
	}
	c.Group = g
}

// effect: that somebody has answered is seen by [Complaint.present], as is everything that people do.
func (GroupAnswered) effect(*Complaint, Fact) {}

func (GroupUnanswered) effect(c *Complaint, _ Fact) { c.Group.Rung = true }

func (e GroupJoined) effect(c *Complaint, _ Fact) {
	c.Group.Members = slices.Clip(c.Group.Members)
	for _, m := range e.People {
		c.Group.Members = append(c.Group.Members, Member{GroupMember: m})
	}
}

func (e GroupDissolved) effect(c *Complaint, f Fact) { c.endGroup(f) }

// endGroup ends the group, if one stands.
func (c *Complaint) endGroup(f Fact) {
	if c.Group.Working() {
		c.Group.Ended = Mark{By: f.By.Person, At: f.At}
	}
}
