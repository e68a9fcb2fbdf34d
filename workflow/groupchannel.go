package workflow

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// GroupStep is one step on the way of a group's private channel. Each is done by Slack, and then recorded.
type GroupStep string

// The steps, in their order. The card is posted between the invitation and the pin; its receipt is a [Posted].
const (
	GroupCreated  GroupStep = "created"
	GroupTopic    GroupStep = "topic"
	GroupInvited  GroupStep = "invited"
	GroupCarded   GroupStep = "card" // only problems name it
	GroupPinned   GroupStep = "pinned"
	GroupArchived GroupStep = "archived"
)

// GroupSteps lists them.
func GroupSteps() []GroupStep {
	return []GroupStep{GroupCreated, GroupTopic, GroupInvited, GroupCarded, GroupPinned, GroupArchived}
}

// GroupTrouble is what stands in the way of a step.
type GroupTrouble string

// The troubles.
const (
	TroubleScope    GroupTrouble = "scope"    // the app lacks a permission
	TroubleRefused  GroupTrouble = "refused"  // Slack refused it for another reason
	TroubleArchived GroupTrouble = "archived" // somebody archived the channel
	TroubleRemoved  GroupTrouble = "removed"  // the bot is not in the channel any more
	TroubleGone     GroupTrouble = "gone"     // the people have no account that can be invited
	TroubleGuest    GroupTrouble = "guest"    // the people are guests of the workspace who may be in no further channel
)

// GroupTroubles lists them.
func GroupTroubles() []GroupTrouble {
	return []GroupTrouble{TroubleScope, TroubleRefused, TroubleArchived, TroubleRemoved, TroubleGone, TroubleGuest}
}

// GroupChannel is the receipt of a step.
type GroupChannel struct {
	Step    GroupStep      `json:"step"`
	Channel string         `json:"channel"`
	Name    string         `json:"name,omitempty"`
	People  []org.PersonID `json:"people,omitempty"`  // who is in the channel by this invitation; once it is ready, by all of them
	Refused bool           `json:"refused,omitempty"` // the step could not be done, and the way goes on without it
}

// Kind is the stored name.
func (GroupChannel) Kind() string { return "group_channel.v1" }

// GroupProblem is a step, or a part of it, that could not be done.
type GroupProblem struct {
	Step    GroupStep      `json:"step"`
	Trouble GroupTrouble   `json:"trouble"`
	Reason  string         `json:"reason,omitempty"` // Slack's own word
	Scope   string         `json:"scope,omitempty"`  // the permissions that are missing
	Channel string         `json:"channel,omitempty"`
	People  []org.PersonID `json:"people,omitempty"` // whom it is about; none where it is about the channel
}

// Kind is the stored name.
func (GroupProblem) Kind() string { return "group_problem.v1" }

// RecordGroup keeps what Slack did for a group's channel: the receipt of a step, and what went wrong. Recording again what is on record is
// refused as nothing changes.
type RecordGroup struct {
	N        int // of the group
	Done     *GroupChannel
	Problems []GroupProblem
}

// Verb names the row of the step table.
func (RecordGroup) Verb() Verb { return verbSystem }

// Fatal reports whether the group has no channel because of it, and works in the thread.
func (p GroupProblem) Fatal() bool {
	switch p.Step {
	case GroupArchived:
		return false
	case GroupCreated, GroupInvited, GroupCarded:
		return len(p.People) == 0
	}
	return p.Trouble == TroubleArchived || p.Trouble == TroubleRemoved
}

func (p GroupProblem) same(o GroupProblem) bool {
	return p.Step == o.Step && p.Trouble == o.Trouble && p.Channel == o.Channel && slices.Equal(p.People, o.People)
}

// postedGroup is Posted.What of the card in a group's channel.
func postedGroup(channel string) string { return "group:" + channel }

// PostedGroup is Posted.What of the card in the channel that the group has now; empty where it has none.
func (c *Complaint) PostedGroup() string {
	if c.Group.Room == "" {
		return ""
	}
	return postedGroup(c.Group.Room)
}

// GroupCard is where the card stands in the group's channel; false where none stands, or the channel has gone.
func (c *Complaint) GroupCard() (Place, bool) {
	p, ok := c.Posts[c.PostedGroup()]
	return p, ok && c.Group.Room != "" && !c.Group.Archived
}

// ToInvite are the members who are not in the group's channel as far as is known.
func (g Group) ToInvite() []org.PersonID {
	var out []org.PersonID
	for _, m := range g.Members {
		if !m.Invited {
			out = append(out, m.Person)
		}
	}
	return out
}

// Lacks reports whether a step of the channel is still to be done.
func (g Group) Lacks(s GroupStep) bool { return g.lacks(GroupChannel{Step: s, Channel: g.Room}) }

func (k RecordGroup) decide(c *Complaint, _ Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	var out []Event
	if k.N != c.Group.N || k.N == 0 {
		return nil, refuse(NothingChanges)
	}
	for _, p := range k.Problems {
		if !slices.ContainsFunc(c.Group.Said, p.same) {
			out = append(out, p)
		}
	}
	if k.Done != nil && c.Group.lacks(*k.Done) {
		out = append(out, *k.Done)
	}
	if len(out) == 0 {
		return nil, refuse(NothingChanges)
	}
	return out, nil
}

// lacks reports whether a receipt is news.
func (g Group) lacks(e GroupChannel) bool {
	switch {
	case e.Step == GroupCreated:
		return g.Room == ""
	case e.Channel != g.Room || g.Room == "" || e.Step == GroupCarded: // the card has a receipt of its own
		return false
	case e.Step == GroupTopic:
		return !g.Topic
	case e.Step == GroupPinned:
		return !g.Ready
	case e.Step == GroupArchived:
		return !g.Archived
	}
	return !g.Asked || slices.ContainsFunc(e.People, func(p org.PersonID) bool {
		i := g.member(p)
		return i >= 0 && !g.Members[i].Invited
	})
}

func (e GroupChannel) effect(c *Complaint, _ Fact) {
	switch e.Step {
	case GroupCreated:
		c.Group.Room, c.Group.Name, c.Group.Lost, c.Group.Said = e.Channel, e.Name, "", nil
		if !slices.Contains(c.Rooms, e.Channel) {
			c.Rooms = append(slices.Clip(c.Rooms), e.Channel)
		}
	case GroupTopic:
		c.Group.Topic = true
	case GroupInvited:
		c.Group.Asked, c.Group.Lost = true, ""
		c.Group = c.Group.withMembers(func(m *Member) { m.Invited = m.Invited || slices.Contains(e.People, m.Person) })
	case GroupPinned:
		c.Group.Ready = true
	case GroupArchived:
		c.Group.Archived = true
	case GroupCarded:
	}
}

func (e GroupProblem) effect(c *Complaint, _ Fact) {
	c.Group.Said = append(slices.Clip(c.Group.Said), e)
	if !e.Fatal() {
		return
	}
	c.Group.Lost = e.Trouble
	if e.Trouble != TroubleArchived && e.Trouble != TroubleRemoved { // the channel is there, and can be tried again
		return
	}
	c.Group.Room, c.Group.Name = "", ""
	c.Group.Topic, c.Group.Asked, c.Group.Ready = false, false, false
	c.Group = c.Group.withMembers(func(m *Member) { m.Invited = false })
}

// LostRoom is the channel out of which the bot was removed; empty for none. When it is invited again the channel is the group's again.
func (c *Complaint) LostRoom() string {
	if g := c.Group; c.Open() && g.Working() && g.Lost == TroubleRemoved && len(c.Rooms) > 0 {
		return c.Rooms[len(c.Rooms)-1]
	}
	return ""
}

// groupNotices is what must be told of a group after a fact; shown reports whether cards show it, all whether nothing else is to be told of it.
func groupNotices(after Complaint, f Fact) (out []Notice, shown, all bool) {
	g := after.Group
	next := func(kinds ...NoticeKind) []Notice {
		for _, kind := range kinds {
			out = append(out, Notice{Kind: kind, Version: f.Version})
		}
		return out
	}
	switch e := f.Event.(type) {
	case GroupFormed:
		return after.formedNotices(f, e), true, true
	case GroupSecluded:
		next(TellLine)
		if g.Room == "" {
			next(TellGroupCreate)
		}
		return out, true, true
	case GroupAnswered:
		return nil, true, true
	case GroupUnanswered:
		next(TellLine)
		return append(out, toEach(TellGroupRing, f, e.By)...), true, true
	case GroupJoined:
		next(TellLine)
		for _, m := range e.People {
			if e.Why == JoinHandler || e.Why == JoinKind { // a new lead knows, and experts are written to by what invites them
				out = append(out, Notice{Kind: TellSummons, Version: f.Version, Person: m.Person})
			}
		}
		if g.Room != "" {
			next(TellGroupInvite)
		}
		return out, true, true
	case GroupChannel:
		if kind := after.afterStep(e.Step); kind != "" {
			next(kind)
		}
		if e.Step == GroupPinned || e.Step == GroupArchived && !e.Refused {
			return next(TellLine), true, true
		}
		return out, false, true
	case GroupProblem:
		return next(TellLine), true, true
	case GroupDissolved, Closed:
		if g.Room != "" && !g.Archived {
			next(TellGroupArchive)
		}
		if _, dissolved := f.Event.(GroupDissolved); dissolved {
			return next(TellLine), true, true
		}
	case Posted:
		switch _, carded := after.GroupCard(); {
		case e.What == after.PostedGroup() && e.What != "":
			next(TellGroupPin)
		case carded && after.postKey(e.What) == PostedRoot: // it leads to the thread
			next(TellGroupCard)
		}
	}
	return out, false, false
}

// formedNotices call the roll, in the thread and each person called, and begin the channel.
func (c *Complaint) formedNotices(f Fact, e GroupFormed) []Notice {
	out := []Notice{{Kind: TellRoll, Version: f.Version}}
	for _, p := range e.Called {
		if p != f.By.Person {
			out = append(out, Notice{Kind: TellSummons, Version: f.Version, Person: p})
		}
	}
	switch {
	case e.Private && c.Group.Room == "":
		out = append(out, Notice{Kind: TellGroupCreate, Version: f.Version})
	case c.Group.Room != "":
		out = append(out, Notice{Kind: TellGroupInvite, Version: f.Version})
	}
	return out
}

// afterStep is what comes after a step of the channel; empty for nothing.
func (c *Complaint) afterStep(s GroupStep) NoticeKind {
	_, carded := c.GroupCard()
	switch {
	case s == GroupCreated && !c.Group.Working():
		return TellGroupArchive
	case s == GroupCreated:
		return TellGroupTopic
	case s == GroupTopic:
		return TellGroupInvite
	case s == GroupInvited && !carded:
		return TellGroupCard
	case s == GroupInvited && !c.Group.Ready:
		return TellGroupPin
	}
	return ""
}

// groupFaces are the roll call and the card in the group's channel, where what they show has changed.
func groupFaces(before, after Complaint, version int) []Notice {
	var out []Notice
	if g, was := after.Group, before.Group; g.Roll != 0 && g.Roll == was.Roll && rolled(g) != rolled(was) {
		out = append(out, Notice{Kind: TellRolled, Version: version})
	}
	if _, posted := after.GroupCard(); posted {
		out = append(out, Notice{Kind: TellGroupCard, Version: version})
	}
	return out
}

// rolled is what a roll call shows of a group: it only ever grows.
func rolled(g Group) [3]int {
	answered := 0
	for _, m := range g.Members {
		if !m.Answered.IsZero() {
			answered++
		}
	}
	ended := 0
	if !g.Working() {
		ended = 1
	}
	return [3]int{len(g.Members), answered, ended}
}
