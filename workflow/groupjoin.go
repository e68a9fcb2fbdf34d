package workflow

import (
	"slices"
	"time"
)

// GroupSecluded gives a group that works in the thread a private channel, because its complaint has become serious.
type GroupSecluded struct{}

// Kind is the stored name.
func (GroupSecluded) Kind() string { return "group_secluded.v1" }

func (GroupSecluded) effect(c *Complaint, _ Fact) { c.Group.Private = true }

// gathers is what a decision's events bring about in the group: whoever gets a part in the complaint joins it, a complaint that becomes serious
// takes it into a channel of its own, and a group that ended with the complaint is formed anew with it.
func (c *Complaint) gathers(events []Event, by Actor, r *Rules, at time.Time) []Event {
	if !slices.ContainsFunc(events, c.concernsGroup) { // nearly always
		return nil
	}
	var out []Event
	after := c.With(NewFacts(*c, events, by, at)...)
	add := func(more []Event) { out, after = append(out, more...), after.With(NewFacts(after, more, by, at)...) }
	join := func(why GroupJoin, people ...GroupMember) { add(after.GroupJoins(r, why, people...)) }
	for _, e := range events {
		switch e := e.(type) {
		case Reopened:
			if c.Group.endedWith(*c) {
				add(after.regroup(r, at))
				join(JoinExpert, after.advisers()...)
			}
		case KindsSet:
			if after.Open() && after.Group.Working() && !after.Group.Private && after.Serious() && !c.Serious() {
				add([]Event{GroupSecluded{}})
			}
		case GroupFormed, ExpertAnswered:
			join(JoinExpert, after.advisers()...)
		case Led:
			join(JoinLead, GroupMember{Person: e.Person})
		case Assigned:
			people := []GroupMember{{Person: e.Handler}}
			for _, p := range e.CoHandlers {
				people = append(people, GroupMember{Person: p})
			}
			join(JoinHandler, people...)
		case Transferred:
			join(JoinHandler, GroupMember{Person: e.Handler})
		case BroughtIn:
			people := make([]GroupMember, len(e.People))
			for i, b := range e.People {
				people[i] = GroupMember(b)
			}
			join(JoinKind, people...)
		}
	}
	return out
}

// concernsGroup reports whether an event may bring somebody into the group.
func (c *Complaint) concernsGroup(e Event) bool {
	switch e.(type) {
	case GroupFormed:
		return true
	case Reopened, Led, Assigned, Transferred, BroughtIn, ExpertAnswered:
		return c.Group.N > 0
	case KindsSet:
		return c.Group.Working()
	}
	return false
}

// advisers are the outside experts who have accepted an invitation.
func (c *Complaint) advisers() []GroupMember {
	var out []GroupMember
	for _, p := range c.Experts() {
		out = append(out, GroupMember{Person: p})
	}
	return out
}
