package workflow

import (
	"fmt"
	"slices"
	"time"

	"sameday/workflow/org"
)

// Transfer proposes to hand a complaint on to another unit (转办). Until somebody there accepts, the first unit stays responsible, with all
// clocks. Another unit may be proposed while one has not answered; what was proposed before is then over.
type Transfer struct {
	To     org.UnitID
	Reason string
}

// Receive accepts what another unit hands on.
type Receive struct{}

// Refuse does not, with a reason.
type Refuse struct{ Reason string }

// TransferProposed asks another unit to take a complaint over.
type TransferProposed struct {
	From   org.UnitID     `json:"from"`
	To     org.UnitID     `json:"to"`
	Reason string         `json:"reason"`
	People []org.PersonID `json:"people,omitempty"` // who is written to, beside the unit's channel; they may answer
	Answer *Deadline      `json:"answer,omitempty"`
}

// Kind is the stored name.
func (TransferProposed) Kind() string { return "transfer_proposed.v1" }

// TransferRefused leaves the complaint where it is.
type TransferRefused struct {
	Proposed int        `json:"proposed"` // version of the TransferProposed it answers
	Unit     org.UnitID `json:"unit"`     // which refuses
	Reason   string     `json:"reason"`
}

// Kind is the stored name.
func (TransferRefused) Kind() string { return "transfer_refused.v1" }

// Transferred makes a complaint another unit's. No deadline changes.
type Transferred struct {
	Proposed int        `json:"proposed"`
	From     org.UnitID `json:"from"`
	To       org.UnitID `json:"to"`
	// Handler has it from now on: who accepted, where the first unit had named a handler; empty where nobody had.
	Handler org.PersonID `json:"handler,omitempty"`
}

// Kind is the stored name.
func (Transferred) Kind() string { return "transferred.v1" }

// Handing is the last proposal to hand a complaint on, and who answered it.
type Handing struct {
	TransferProposed
	Version  int
	By       Actor
	At       time.Time
	Answered Mark // a zero time while nobody has
}

// Move is a handing on that was accepted.
type Move struct {
	From, To org.UnitID
	By       org.PersonID
	At       time.Time
}

// Verb names the row of the step table.
func (Transfer) Verb() Verb { return VerbTransfer }

// Verb names the row of the step table.
func (Receive) Verb() Verb { return VerbReceive }

// Verb names the row of the step table.
func (Refuse) Verb() Verb { return VerbRefuse }

// Offered is the proposal that waits for the other unit's answer; nil for none. It ends with the complaint.
func (c *Complaint) Offered() *Handing {
	if c.Handing == nil || !c.Handing.Answered.At.IsZero() || !c.Open() {
		return nil
	}
	return c.Handing
}

// RootName is Posted.What of the thread's root at the unit that has the complaint now. Each unit that had it has a root of its own.
func (c *Complaint) RootName() string { return rootName(len(c.Moves)) }

func rootName(moves int) string {
	if moves == 0 {
		return PostedRoot
	}
	return formerRoot(moves)
}

// FormerRoot is the root at the unit that had the complaint before move n, counted from 0.
func (c *Complaint) FormerRoot(n int) (Place, bool) {
	p, ok := c.Posts[formerRoot(n)]
	return p, ok
}

func formerRoot(moves int) string { return fmt.Sprintf("%s/%d", PostedRoot, moves) }

// postKey is where a receipt is kept: the root of the unit that has the complaint now under PostedRoot, those of former units under their
// number, however late the receipt.
func (c *Complaint) postKey(what string) string {
	switch what {
	case c.RootName():
		return PostedRoot
	case PostedRoot:
		return formerRoot(0)
	}
	return what
}

// PostedOffer is Posted.What of the message that the proposal of a version put into the other unit's channel.
func PostedOffer(version int) string { return fmt.Sprintf("offer/%d", version) }

// ProposalOf is the version of the proposal that an event made or answered; 0 for any other event.
func ProposalOf(f Fact) int {
	switch e := f.Event.(type) {
	case TransferProposed:
		return f.Version
	case TransferRefused:
		return e.Proposed
	case Transferred:
		return e.Proposed
	}
	return 0
}

// needsOffer refuses to answer what was not proposed; when somebody has answered already it says who.
func needsOffer(c *Complaint, _ *Rules) *Refusal {
	switch {
	case c.Offered() != nil:
		return nil
	case c.Handing != nil && !c.Handing.Answered.At.IsZero():
		return &Refusal{Code: OfferAnswered, By: c.Handing.Answered.By, At: c.Handing.Answered.At}
	}
	return refuse(NothingOffered)
}

func (k Transfer) decide(c *Complaint, _ Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	to, ok := r.Tree.Unit(k.To)
	switch here, _ := r.Tree.Unit(c.Unit); {
	case k.To == "":
		return nil, wrong(Missing, "unit")
	case !ok:
		return nil, &Refusal{Code: UnknownUnit, Field: "unit", Value: Gist(string(k.To), gistLength)}
	case k.To == c.Unit:
		return nil, wrong(NothingChanges, "unit")
	case here.Zone.String() != to.Zone.String(): // its day would end at another instant, and deadlines do not move
		return nil, wrong(OtherZone, "unit")
	}
	if o := c.Offered(); o != nil && o.To == k.To {
		return nil, &Refusal{Code: AlreadyDone, By: o.By.Person, At: o.At}
	}
	var t texts
	e := TransferProposed{From: c.Unit, To: k.To, Reason: t.need("reason", k.Reason)}
	if t.refusal != nil {
		return nil, t.refusal
	}
	e.People, e.Answer = c.callable(r.officers(k.To, at, org.ComplaintManager)), c.answerBy(r, at)
	return []Event{e}, nil
}

func (Receive) decide(c *Complaint, by Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	o := c.Offered()
	e := Transferred{Proposed: o.Version, From: c.Unit, To: o.To}
	if c.Handler != "" {
		e.Handler = by.Person
	}
	return []Event{e}, nil
}

func (k Refuse) decide(c *Complaint, _ Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	var t texts
	e := TransferRefused{Proposed: c.Offered().Version, Unit: c.Offered().To, Reason: t.need("reason", k.Reason)}
	if t.refusal != nil {
		return nil, t.refusal
	}
	return []Event{e}, nil
}

func (e TransferProposed) effect(c *Complaint, f Fact) {
	c.Handing = &Handing{TransferProposed: e, Version: f.Version, By: f.By, At: f.At}
	c.await(e.Answer)
}

func (e TransferRefused) effect(c *Complaint, f Fact) { c.answerOffer(e.Proposed, f) }

// effect: whoever accepts a complaint is at work on it, so the calls to the first unit's people end.
func (e Transferred) effect(c *Complaint, f Fact) {
	c.answerOffer(e.Proposed, f)
	if p, ok := c.Posts[PostedRoot]; ok {
		c.Posts = put(without(c.Posts, PostedRoot), formerRoot(len(c.Moves)), p)
	}
	c.Moves = append(slices.Clip(c.Moves), Move{From: e.From, To: e.To, By: f.By.Person, At: f.At})
	c.Unit = e.To
	if e.Handler != "" {
		c.Handler, c.CoHandlers = e.Handler, nil
	}
	c.endClimb(f, EndWorked)
}

// answerOffer ends a proposal. It makes a new one, because a complaint handed out before shares the old.
func (c *Complaint) answerOffer(version int, f Fact) {
	if c.Handing == nil || c.Handing.Version != version {
		return
	}
	h := *c.Handing
	h.Answered = Mark{By: f.By.Person, At: f.At}
	c.Handing = &h
}

// wasOffered reports whether a person was written to about the last proposal, or called for its answer.
func (c *Complaint) wasOffered(p org.PersonID) bool {
	return c.Handing != nil && (slices.Contains(c.Handing.People, p) || slices.Contains(c.asideCalled(c.Handing.Answer), p))
}

// transferNotices: a proposal is told in the other unit's channel and to its officers; once accepted the thread begins anew there, and the
// old card says where it went.
func transferNotices(f Fact, r *Rules) []Notice {
	switch e := f.Event.(type) {
	case TransferProposed:
		var out []Notice
		if u, ok := r.Tree.Unit(e.To); ok && u.Channel != "" {
			out = append(out, Notice{Kind: TellOffer, Version: f.Version, Unit: e.To})
		}
		for _, p := range e.People {
			out = append(out, Notice{Kind: TellOffer, Version: f.Version, Person: p})
		}
		return out
	case TransferRefused: // its message in the channel says so, and has no buttons any more
		return []Notice{{Kind: TellOffer, Version: f.Version, Unit: e.Unit}}
	case Transferred:
		return []Notice{
			{Kind: TellRoot, Version: f.Version}, {Kind: TellOffer, Version: f.Version, Unit: e.To}, {Kind: TellMoved, Version: f.Version, Unit: e.From},
		}
	}
	return nil
}

// leftMirrors are the mirrors in channels that the complaint no longer concerns: they say once whose it is now.
func leftMirrors(before, after Complaint, version int, r *Rules) []Notice {
	var out []Notice
	if before.Unit == after.Unit {
		return nil
	}
	now := MirrorUnits(after, r.Tree)
	for _, u := range MirrorUnits(before, r.Tree) {
		if _, posted := before.Posts[PostedMirror(u)]; posted && !slices.Contains(now, u) {
			out = append(out, Notice{Kind: TellMirror, Version: version, Unit: u})
		}
	}
	return out
}
