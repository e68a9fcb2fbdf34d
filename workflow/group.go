package workflow

import (
	"fmt"
	"slices"
	"time"

	"sameday/workflow/org"
)

// FormGroup forms the emergency group (应急处理小组) around a complaint, from a clue. Where there is one already it adds people, calls the
// roll again, and makes the private channel if there should be one and is none.
type FormGroup struct {
	Clue   string
	People []org.PersonID // nil: those whom [Rules.Propose] names, and who forms it
	Also   []org.PersonID // beside them
	Where  GroupPlace     // empty: a private channel for serious kinds, the thread for the others
}

// GroupPlace is where an emergency group works.
type GroupPlace string

// The places.
const (
	GroupInThread  GroupPlace = "thread"
	GroupInChannel GroupPlace = "channel"
)

// GroupPlaces lists both.
func GroupPlaces() []GroupPlace { return []GroupPlace{GroupInThread, GroupInChannel} }

// Here answers the roll call.
type Here struct{}

// DissolveGroup ends the group before the complaint is closed.
type DissolveGroup struct{ Reason string }

// MaxGroup is how many people a group has at most: what Slack takes in one invitation.
const MaxGroup = 100

// rollTime is how long people have to answer the roll call before they are rung.
const rollTime = 15 * time.Minute

// GroupMember is somebody in a group. Position and Unit say why the person was proposed; they are empty for who was added by hand.
type GroupMember struct {
	Person   org.PersonID `json:"person"`
	Position org.Position `json:"position,omitempty"`
	Unit     org.UnitID   `json:"unit,omitempty"`
}

// GroupFormed forms a group, or adds people to it; either way the roll is called.
type GroupFormed struct {
	N       int            `json:"n"` // counts the complaint's groups from 1
	Clue    string         `json:"clue"`
	Members []GroupMember  `json:"members,omitempty"` // who is new
	Called  []org.PersonID `json:"called"`            // who is to answer
	Due     time.Time      `json:"due"`               // until when
	Private bool           `json:"private,omitempty"` // it is to have a channel of its own
}

// Kind is the stored name.
func (GroupFormed) Kind() string { return "group_formed.v1" }

// GroupAnswered is somebody's answer to the roll call.
type GroupAnswered struct{}

// Kind is the stored name.
func (GroupAnswered) Kind() string { return "group_answered.v1" }

// GroupUnanswered records who has not answered the roll call in time; they are rung.
type GroupUnanswered struct {
	By  []org.PersonID `json:"by"`
	Due time.Time      `json:"due"`
}

// Kind is the stored name.
func (GroupUnanswered) Kind() string { return "group_unanswered.v1" }

// GroupJoin is why somebody came into a group after it was formed.
type GroupJoin string

// The reasons.
const (
	JoinLead    GroupJoin = "lead"
	JoinHandler GroupJoin = "handler" // or co-handler
	JoinKind    GroupJoin = "kind"    // a serious kind brought the person in
	JoinExpert  GroupJoin = "expert"  // who helps from outside, perhaps a guest of the workspace
)

// GroupJoins lists the reasons.
func GroupJoins() []GroupJoin { return []GroupJoin{JoinLead, JoinHandler, JoinKind, JoinExpert} }

// GroupJoined brings people into a group that stands.
type GroupJoined struct {
	People []GroupMember `json:"people"`
	Why    GroupJoin     `json:"why"`
}

// Kind is the stored name.
func (GroupJoined) Kind() string { return "group_joined.v1" }

// GroupDissolved ends a group.
type GroupDissolved struct {
	Reason string `json:"reason"`
}

// Kind is the stored name.
func (GroupDissolved) Kind() string { return "group_dissolved.v1" }

// Member is a member of a group, as it stands.
type Member struct {
	GroupMember
	Called   bool      // is to answer the roll call
	Answered time.Time // zero until then; whoever does something in the complaint has answered
	Invited  bool      // into the group's channel
}

// Group is the complaint's last emergency group.
type Group struct {
	N       int // 0: there has been none
	Clue    string
	By      org.PersonID
	At      time.Time
	Private bool // it is to have a channel
	Members []Member
	Roll    int       // version of the event that called the roll last
	RollDue time.Time // until when people are to answer
	Rung    bool      // those who did not have been rung

	Room  string         // the channel's id; empty where the group works in the thread
	Name  string         // the channel's
	Lost  GroupTrouble   // why there is no channel, where there should be one, or why it is of no use
	Topic bool           // recorded as set
	Asked bool           // the members have been invited
	Ready bool           // the card is pinned, or cannot be, and the thread has the link
	Said  []GroupProblem // since the roll was last called, and of this channel

	Ended    Mark // a zero time while it works
	Archived bool // its channel
}

// Verb names the row of the step table.
func (FormGroup) Verb() Verb { return VerbGroup }

// Verb names the row of the step table.
func (Here) Verb() Verb { return VerbHere }

// Verb names the row of the step table.
func (DissolveGroup) Verb() Verb { return VerbDissolve }

// Working reports whether the group stands.
func (g Group) Working() bool { return g.N > 0 && g.Ended.At.IsZero() }

// member is a person's place in the group; negative for nobody's.
func (g Group) member(p org.PersonID) int {
	return slices.IndexFunc(g.Members, func(m Member) bool { return m.Person == p })
}

// Waits lists whose answer to the roll call is missing.
func (g Group) Waits() []org.PersonID {
	var out []org.PersonID
	for _, m := range g.Members {
		if g.Working() && m.Called && m.Answered.IsZero() {
			out = append(out, m.Person)
		}
	}
	return out
}

// People lists the members.
func (g Group) People() []org.PersonID {
	out := make([]org.PersonID, len(g.Members))
	for i, m := range g.Members {
		out[i] = m.Person
	}
	return out
}

// calls reports whether the roll call asks a person.
func (g Group) calls(p org.PersonID) bool {
	i := g.member(p)
	return g.Working() && i >= 0 && g.Members[i].Called
}

// PostedRoll is Posted.What of the message in the thread that calls the roll.
func PostedRoll(version int) string { return fmt.Sprintf("roll/%d", version) }

// Propose names who belongs into a complaint's group by position: the unit's president, deputy and complaint manager; of the branch, where the
// complaint names a product, the business department's head, owner and contact; consumer protection; by serious kind compliance, the office
// and supervision; and who has the complaint already. Whom it is about is left out.
func (r *Rules) Propose(c Complaint) []GroupMember {
	var out []GroupMember
	add := func(people []org.PersonID, at org.UnitID, position org.Position) {
		for _, p := range c.callable(people) {
			if p != "" && !slices.ContainsFunc(out, func(m GroupMember) bool { return m.Person == p }) {
				out = append(out, GroupMember{Person: p, Position: position, Unit: at})
			}
		}
	}
	all := func(at org.UnitID, positions ...org.Position) {
		for _, p := range positions {
			add(slices.Clone(r.Tree.Holders(at, p)), at, p)
		}
	}
	branch := r.branchOf(c.Unit)
	all(c.Unit, org.President, org.DeputyPresident, org.ComplaintManager)
	if c.Business != "" {
		all(branch, org.DepartmentHead, org.DepartmentOwner, org.DepartmentContact)
	}
	for _, u := range r.Tree.Up(c.Unit) {
		if people := r.Tree.Holders(u, org.ConsumerProtection); len(people) > 0 {
			add(people, u, org.ConsumerProtection)
			break
		}
	}
	if c.Serious() {
		for _, p := range guards() {
			people := r.Tree.Holders(branch, p)
			if i := slices.IndexFunc(c.Brought, func(b Brought) bool { return b.Position == p }); i >= 0 {
				people = []org.PersonID{c.Brought[i].Person}
			}
			add(people[:min(len(people), 1)], branch, p)
		}
	}
	here := slices.DeleteFunc(append([]org.PersonID{c.Lead, c.Handler}, c.CoHandlers...), func(p org.PersonID) bool {
		return len(r.Tree.Posts(p)) == 0
	})
	add(here, "", "")
	return out[:min(len(out), MaxGroup)]
}

func (k FormGroup) decide(c *Complaint, by Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	var t texts
	clue := t.need("clue", k.Clue)
	switch {
	case t.refusal != nil:
		return nil, t.refusal
	case k.Where != "" && !known(GroupPlaces(), k.Where):
		return nil, notOneOf("where", string(k.Where))
	}
	people := k.People
	if people == nil {
		people = append(people, by.Person)
		for _, m := range r.Propose(*c) {
			people = append(people, m.Person)
		}
		people = people[:min(len(people), MaxGroup)]
	}
	members, no := c.recruits(append(slices.Clone(people), k.Also...), r)
	if no != nil {
		return nil, no
	}
	e := GroupFormed{N: c.Group.N + 1, Clue: clue, Members: members, Due: at.Add(rollTime)}
	e.Private = k.Where == GroupInChannel || k.Where == "" && c.Serious()
	old := 0
	if c.Group.Working() {
		e.N, e.Private, old = c.Group.N, e.Private || c.Group.Private, len(c.Group.Members)
		e.Called = c.Group.inBank(r)
	}
	switch {
	case old+len(members) == 0:
		return nil, wrong(Missing, "people")
	case old+len(members) > MaxGroup:
		return nil, &Refusal{Code: TooMany, Field: "people", Min: MaxGroup}
	}
	for _, m := range members {
		e.Called = append(e.Called, m.Person)
	}
	return []Event{e}, nil
}

// inBank are the members who hold a position: a guest answers no roll call.
func (g Group) inBank(r *Rules) []org.PersonID {
	return slices.DeleteFunc(g.People(), func(p org.PersonID) bool { return len(r.Tree.Posts(p)) == 0 })
}

// recruits are those of some people who are not in the group yet, with the position for which they would be proposed.
func (c *Complaint) recruits(people []org.PersonID, r *Rules) ([]GroupMember, *Refusal) {
	proposed := r.Propose(*c)
	var out []GroupMember
	for _, p := range people {
		switch {
		case len(r.Tree.Posts(p)) == 0:
			return nil, &Refusal{Code: NotInBank, Field: "people", Person: p}
		case slices.Contains(c.Subjects, p):
			return nil, &Refusal{Code: SubjectRecused, Field: "people", Person: p}
		case c.Group.Working() && c.Group.member(p) >= 0, slices.ContainsFunc(out, func(m GroupMember) bool { return m.Person == p }):
			continue
		}
		m := GroupMember{Person: p}
		if i := slices.IndexFunc(proposed, func(m GroupMember) bool { return m.Person == p }); i >= 0 {
			m = proposed[i]
		}
		out = append(out, m)
	}
	return out, nil
}

func (k DissolveGroup) decide(*Complaint, Actor, *Rules, time.Time) ([]Event, *Refusal) {
	var t texts
	reason := t.need("reason", k.Reason)
	if t.refusal != nil {
		return nil, t.refusal
	}
	return []Event{GroupDissolved{Reason: reason}}, nil
}

// GroupJoins says what brings people into the complaint's group and its private channel: nothing where no group stands, or for those who are
// in already. It is for decisions that give somebody a part in the complaint: append its events to theirs. Who holds no position in the
// bank, as a guest of the workspace, may join too, and is asked to no roll call. What Slack says to the invitation is told in the thread.
func (c *Complaint) GroupJoins(r *Rules, why GroupJoin, people ...GroupMember) []Event {
	if !c.Open() || !c.Group.Working() {
		return nil
	}
	e := GroupJoined{Why: why}
	for _, m := range people {
		in := func(m GroupMember) func(GroupMember) bool {
			return func(o GroupMember) bool { return o.Person == m.Person }
		}
		known := len(r.Tree.Posts(m.Person)) > 0 || why == JoinExpert
		if m.Person != "" && known && c.Group.member(m.Person) < 0 && !slices.ContainsFunc(e.People, in(m)) && !slices.Contains(c.Subjects, m.Person) {
			e.People = append(e.People, m)
		}
	}
	if len(e.People) == 0 {
		return nil
	}
	return []Event{e}
}

// endedWith reports whether it was the closing that ended the group.
func (g Group) endedWith(c Complaint) bool {
	return g.N > 0 && !c.Open() && g.Ended.At.Equal(c.ClosedAt)
}

// regroup forms the last group anew; bots cannot bring an archived channel back, so it gets another.
func (c *Complaint) regroup(r *Rules, at time.Time) []Event {
	e := GroupFormed{N: c.Group.N + 1, Clue: c.Group.Clue, Due: at.Add(rollTime), Private: c.Group.Private, Called: c.callable(c.Group.inBank(r))}
	for _, m := range c.Group.Members {
		if slices.Contains(e.Called, m.Person) {
			e.Members = append(e.Members, m.GroupMember)
		}
	}
	if len(e.Members) == 0 {
		return nil
	}
	return []Event{e}
}
