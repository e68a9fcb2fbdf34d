package workflow

import (
	"slices"

	"sameday/workflow/org"
)

// Right is what a step asks of the person who does it.
type Right string

// The rights of the design's table; [Grants] says who has them.
const (
	RightAnyone   Right = "anyone" // anybody with a position in the bank
	RightWork     Right = "work"   // accept, contact, handle, feedback
	RightAssign   Right = "assign"
	RightClassify Right = "classify"
	RightExtend   Right = "extend"
	RightOverride Right = "override"
	RightCustomer Right = "customer"
	RightCorrect  Right = "correct"
	RightAck      Right = "ack"
	RightEscalate Right = "escalate"
	RightReturn   Right = "return"
	RightGrant    Right = "grant"   // answer a wish for an extension
	RightReceive  Right = "receive" // take over what another unit hands on, or refuse it
	RightLead     Right = "lead"
	RightDirect   Right = "direct"
	RightTake     Right = "take"     // acknowledge a directive
	RightDirected Right = "directed" // answer one
	RightReport   Right = "report"
	RightRead     Right = "read"
	RightComment  Right = "comment"
	RightAttend   Right = "attend" // answer an invitation
	RightAdvise   Right = "advise" // give an outside expert's opinion
	RightSettle   Right = "settle" // record what came of a mediation
	RightGroup    Right = "group"  // form or dissolve the emergency group
	RightHere     Right = "here"   // answer its roll call
	rightSystem   Right = "system"
	rightFollow   Right = "follow" // whoever did to one complaint what another follows
)

// Where says at which units a position counts, seen from the complaint's unit.
type Where string

// Places for a grant.
const (
	AtUnit      Where = "at_unit"       // the complaint's unit
	Above       Where = "above"         // any unit above, not the unit itself
	UnitOrAbove Where = "unit_or_above" // the unit and any above it
	AtBranch    Where = "at_branch"     // the branch of the complaint's unit; head office for its own complaints
	Anywhere    Where = "anywhere"      // anybody in the tree
	WasCalled   Where = "was_called"    // whom the last climb has called
	OfComplaint Where = "of_complaint"  // the handler and co-handlers, while they hold a position
	NextAbove   Where = "next_above"    // the unit directly above; head office for itself
	WasAsked    Where = "was_asked"     // who was asked for the extension
	WasOffered  Where = "was_offered"   // who was written to about a proposal to take it over
	AtOffered   Where = "at_offered"    // the unit that is to take it over
	Leads       Where = "leads"         // who has the front-line command
	IsDirected  Where = "is_directed"   // whom an open directive names
	ToTake      Where = "to_take"       // of these, who has not acknowledged it yet
	IsBriefed   Where = "is_briefed"    // whom the last report went to
	WhenSerious Where = "when_serious"  // the unit and any above it, for complaints of a serious kind
	IsInvited   Where = "is_invited"    // an outside expert who has not answered an invitation
	Advises     Where = "advises"       // an outside expert who has accepted one
	InGroup     Where = "in_group"      // whom the group's roll call asks
)

// Grant is one line of "who may".
type Grant struct {
	Where     Where
	Positions []org.Position // none = any position
}

// grants is the table of design section 5.
var grants = map[Right][]Grant{
	RightAnyone: {{Where: Anywhere}},
	RightWork: {
		{Where: OfComplaint},
		{Where: AtUnit},
		{Where: Above, Positions: []org.Position{org.ConsumerProtection}},
	},
	RightAssign: {
		{Where: AtUnit, Positions: []org.Position{org.ComplaintManager, org.DeputyPresident, org.President}},
		{Where: UnitOrAbove, Positions: []org.Position{org.ConsumerProtection}},
	},
	RightClassify: {
		{Where: UnitOrAbove, Positions: []org.Position{org.ConsumerProtection, org.Compliance, org.President}},
	},
	RightExtend: {
		{Where: NextAbove, Positions: []org.Position{
			org.President, org.DeputyPresident, org.ConsumerProtection, org.NetworkFinance, org.ServiceDesk,
		}},
	},
	RightOverride: {
		{Where: AtBranch, Positions: []org.Position{org.President}},
	},
	RightCustomer: {
		{Where: OfComplaint},
		{Where: AtUnit, Positions: []org.Position{org.President, org.DeputyPresident, org.ComplaintManager}},
		{Where: UnitOrAbove, Positions: []org.Position{org.ConsumerProtection}},
	},
	RightCorrect: {
		{Where: OfComplaint},
		{Where: AtUnit},
		{Where: UnitOrAbove, Positions: []org.Position{org.ConsumerProtection}},
	},
	RightAck: {
		{Where: WasCalled},
		{Where: OfComplaint},
		{Where: AtUnit},
		{Where: Above, Positions: leaders},
	},
	RightEscalate: {
		{Where: WasCalled},
		{Where: OfComplaint},
		{Where: UnitOrAbove},
	},
	RightReturn: {
		{Where: WasCalled},
		{Where: UnitOrAbove, Positions: leaders},
	},
	RightGrant: {
		{Where: WasAsked},
		{Where: NextAbove, Positions: []org.Position{
			org.President, org.DeputyPresident, org.ConsumerProtection, org.NetworkFinance, org.ServiceDesk,
		}},
	},
	RightReceive: {
		{Where: WasOffered},
		{Where: AtOffered, Positions: []org.Position{org.ComplaintManager, org.DeputyPresident, org.President, org.ConsumerProtection, org.ServiceDesk}},
	},
	RightLead: {
		{Where: UnitOrAbove, Positions: []org.Position{org.President, org.DeputyPresident}},
	},
	RightDirect: {
		{Where: UnitOrAbove, Positions: []org.Position{
			org.President, org.DeputyPresident, org.DepartmentHead, org.NetworkFinance, org.ConsumerProtection, org.Compliance, org.Office, org.Supervision,
		}},
	},
	RightTake:     {{Where: ToTake}},
	RightDirected: {{Where: IsDirected}},
	RightReport: {
		{Where: Leads},
		{Where: OfComplaint},
		{Where: UnitOrAbove, Positions: []org.Position{org.NetworkFinance}},
	},
	RightRead: {{Where: IsBriefed}},

	RightComment: {{Where: Anywhere}, {Where: Advises}},
	RightAttend:  {{Where: IsInvited}},
	RightAdvise:  {{Where: Advises}},
	RightSettle: {
		{Where: Leads},
		{Where: OfComplaint},
		{Where: AtUnit, Positions: []org.Position{org.ComplaintManager}},
		{Where: UnitOrAbove, Positions: []org.Position{org.President, org.DeputyPresident, org.ConsumerProtection}},
		{Where: WhenSerious, Positions: []org.Position{org.Compliance}},
	},

	RightGroup: {
		{Where: UnitOrAbove, Positions: []org.Position{org.ConsumerProtection, org.President, org.DeputyPresident}},
		{Where: WhenSerious, Positions: []org.Position{org.Compliance}},
	},
	RightHere: {{Where: InGroup}},
}

// leaders are those who answer for a unit's complaints before the tiers.
var leaders = []org.Position{org.President, org.DeputyPresident, org.ConsumerProtection, org.ServiceDesk, org.Standing}

// Grants lists who has a right, for refusals and help.
func Grants(r Right) []Grant { return slices.Clone(grants[r]) }

func (r *Rules) allowed(right Right, c *Complaint, by Actor) bool {
	if by.IsSystem() {
		return right == rightSystem || right == RightAnyone || right == RightComment
	}
	if by.Person == "" {
		return false
	}
	if right == rightFollow { // asked where the person acted
		return true
	}
	return slices.ContainsFunc(grants[right], func(g Grant) bool { return r.granted(g, c, by.Person) })
}

func (r *Rules) granted(g Grant, c *Complaint, p org.PersonID) bool {
	holds := func(u org.UnitID) bool { return r.Tree.Holds(p, u, g.Positions...) }
	up := r.Tree.Up(c.Unit)
	switch g.Where {
	case Anywhere:
		return len(r.Tree.Posts(p)) > 0
	case WasCalled:
		return c.called(p) // whoever is called can answer, also one who is on a roster and in no list
	case WasAsked:
		return c.wasAsked(p) && len(r.Tree.Posts(p)) > 0
	case WasOffered:
		return c.wasOffered(p) && len(r.Tree.Posts(p)) > 0
	case AtOffered:
		return c.Handing != nil && holds(c.Handing.To)
	case OfComplaint:
		return c.Handles(p) && len(r.Tree.Posts(p)) > 0 // a handler who left the bank has no say
	case Leads, IsDirected, ToTake, IsBriefed, InGroup:
		return c.concerns(g.Where, p) && len(r.Tree.Posts(p)) > 0
	case AtUnit:
		return holds(c.Unit)
	case UnitOrAbove:
		return slices.ContainsFunc(up, holds)
	case WhenSerious:
		return c.Serious() && slices.ContainsFunc(up, holds)
	case IsInvited, Advises:
		return r.outside(g.Where, c, p)
	case Above:
		return len(up) > 1 && slices.ContainsFunc(up[1:], holds)
	case NextAbove:
		return holds(r.nextAbove(c.Unit))
	case AtBranch:
		return holds(r.branchOf(c.Unit))
	}
	return false
}

// concerns reports whether the complaint itself names the person in a place of a grant.
func (c *Complaint) concerns(where Where, p org.PersonID) bool {
	switch where {
	case Leads:
		return p != "" && c.Lead == p
	case IsDirected:
		return c.directed(p, false)
	case ToTake:
		return c.directed(p, true)
	case IsBriefed:
		return c.Briefing.Reader(p)
	case InGroup:
		return c.Group.calls(p)
	}
	return false
}

// outside reports what a complaint gives to a member of the panel. Everywhere else he is a stranger, unless he holds a position too.
func (r *Rules) outside(where Where, c *Complaint, p org.PersonID) bool {
	if _, member := r.Panel.Find(p); !member {
		return false
	}
	if where == Advises {
		return slices.Contains(c.Experts(), p)
	}
	_, invited := c.invited(p)
	return invited
}

// nextAbove is the unit directly above; head office stands in for what would be above it.
func (r *Rules) nextAbove(u org.UnitID) org.UnitID {
	if up := r.Tree.Up(u); len(up) > 1 {
		return up[1]
	}
	return r.Tree.Root().ID
}

// branchOf is the branch a unit belongs to; head office for its own complaints and for units that hang on it directly.
func (r *Rules) branchOf(u org.UnitID) org.UnitID {
	if b, ok := r.Tree.AboveOfTier(u, org.Branch); ok {
		return b.ID
	}
	return r.Tree.Root().ID
}
