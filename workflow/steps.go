package workflow

import (
	"slices"
	"time"
)

// Verb names what a person can do to a complaint. The slash word, the button's action id and the form's callback id are all
// the verb; the words people read for it are the Slack side's.
type Verb string

// The verbs. Those that only look have no row in the step table.
const (
	VerbNew        Verb = "new"
	VerbAccept     Verb = "accept"
	VerbAssign     Verb = "assign"
	VerbContact    Verb = "contact"
	VerbHandle     Verb = "handle"
	VerbFeedback   Verb = "feedback"
	VerbGrade      Verb = "grade"
	VerbKind       Verb = "kind"
	VerbFlag       Verb = "flag"
	VerbExtend     Verb = "extend"
	VerbCorrect    Verb = "correct"
	VerbClose      Verb = "close"
	VerbReopen     Verb = "reopen"
	VerbNote       Verb = "note"
	VerbCustomer   Verb = "customer"
	VerbAck        Verb = "ack"
	VerbEscalate   Verb = "escalate"
	VerbReturn     Verb = "return"
	VerbRequest    Verb = "request" // ask for an extension
	VerbGrant      Verb = "grant"
	VerbDeny       Verb = "deny"
	VerbTransfer   Verb = "transfer" // hand on to another unit
	VerbReceive    Verb = "receive"
	VerbRefuse     Verb = "refuse"
	VerbLead       Verb = "lead"
	VerbDirect     Verb = "direct"
	VerbTake       Verb = "got"
	VerbDone       Verb = "done"
	VerbDecline    Verb = "decline"
	VerbReport     Verb = "report"
	VerbRead       Verb = "read"
	VerbCollective Verb = "collective"
	VerbExpert     Verb = "expert" // call an outside expert
	VerbAttend     Verb = "attend"
	VerbRegret     Verb = "regret"
	VerbOpinion    Verb = "opinion"
	VerbMediate    Verb = "mediate"
	VerbSettle     Verb = "settle"   // what came of a mediation
	VerbMerge      Verb = "merge"    // a repeat into its main
	VerbSeparate   Verb = "separate" // and apart again
	verbFollow     Verb = "follow"   // what a person's act on one complaint does to another
	VerbGroup      Verb = "group"
	VerbHere       Verb = "here" // answer a group's roll call
	VerbDissolve   Verb = "dissolve"
	verbSystem     Verb = "system"
)

// When says in which states of a complaint a row applies.
type When string

// States for rows.
const (
	WhenNew    When = "new"    // there is no complaint yet
	WhenStep   When = "step"   // it is the row's step's turn
	WhenOpen   When = "open"   // any time before closing
	WhenClosed When = "closed" // after closing
	WhenAlways When = "always"
)

// Row is one row of the step table: everything that the rules, the verbs, the buttons, the forms and the help text need to know of
// one thing that people do.
type Row struct {
	Verb  Verb
	Step  Step // the step it completes; empty for verbs beside the five
	Right Right
	When  When
	// Asks reports whether it needs words from the person, so that a button opens a form; without, a button just does it.
	Asks bool
	// Again allows the verb after its step is done (a new handler); it then stands in the ⋯ menu.
	Again bool
	// Urgent puts it among the buttons of the card, before the steps, whenever it applies.
	Urgent bool
	// Hidden keeps it off the card's ⋯ menu.
	Hidden bool
	// Subject allows it to the people the complaint is about; everything else is refused to them (回避).
	Subject bool

	// needs says what the complaint lacks for it; nil for nothing. Without rules it asks for what no rules can do without.
	needs func(*Complaint, *Rules) *Refusal
}

// steps is the table. To add a step, write its file (command, event, rule, effect), a row here, and its words.
var steps = []Row{
	{Verb: VerbNew, Right: RightAnyone, When: WhenNew, Asks: true, Hidden: true, Subject: true},
	{Verb: VerbAck, Right: RightAck, When: WhenOpen, Urgent: true, needs: needsRing},
	{Verb: VerbAccept, Step: StepAccept, Right: RightWork, When: WhenStep},
	{Verb: VerbAssign, Step: StepAssign, Right: RightAssign, When: WhenStep, Asks: true, Again: true, Subject: true},
	{Verb: VerbContact, Step: StepContact, Right: RightWork, When: WhenStep, Asks: true},
	{Verb: VerbHandle, Step: StepHandle, Right: RightWork, When: WhenStep, Asks: true},
	{Verb: VerbFeedback, Step: StepFeedback, Right: RightWork, When: WhenStep, Asks: true},
	{Verb: VerbNote, Right: RightComment, When: WhenAlways, Asks: true, Subject: true},
	{Verb: VerbCustomer, Right: RightCustomer, When: WhenAlways, needs: needsCustomer},
	{Verb: VerbEscalate, Right: RightEscalate, When: WhenOpen, Asks: true, needs: needsRoom},
	{Verb: VerbReturn, Right: RightReturn, When: WhenOpen, Asks: true, needs: needsClimb},
	{Verb: VerbGrade, Right: RightClassify, When: WhenOpen, Asks: true},
	{Verb: VerbKind, Right: RightClassify, When: WhenOpen, Asks: true},
	{Verb: VerbFlag, Right: RightClassify, When: WhenOpen, Asks: true, Hidden: true},
	{Verb: VerbCorrect, Right: RightCorrect, When: WhenAlways, Asks: true},
	{Verb: VerbExtend, Right: RightExtend, When: WhenOpen, Asks: true, needs: needsClock},
	{Verb: VerbClose, Right: RightOverride, When: WhenOpen, Asks: true},
	{Verb: VerbReopen, Right: RightWork, When: WhenClosed, Asks: true, Subject: true},
	{Verb: VerbRequest, Right: RightWork, When: WhenOpen, Asks: true, needs: needsNoAsk},
	{Verb: VerbGrant, Right: RightGrant, When: WhenOpen, needs: needsAsk},
	{Verb: VerbDeny, Right: RightGrant, When: WhenOpen, Asks: true, needs: needsAsk},
	{Verb: VerbTransfer, Right: RightAssign, When: WhenOpen, Asks: true},
	{Verb: VerbReceive, Right: RightReceive, When: WhenOpen, needs: needsOffer},
	{Verb: VerbRefuse, Right: RightReceive, When: WhenOpen, Asks: true, needs: needsOffer},
	{Verb: VerbCollective, Right: RightCorrect, When: WhenOpen, Asks: true},
	{Verb: VerbLead, Right: RightLead, When: WhenOpen, Asks: true},
	{Verb: VerbDirect, Right: RightDirect, When: WhenOpen, Asks: true},
	{Verb: VerbTake, Right: RightTake, When: WhenOpen, Subject: true, needs: needsUntaken},
	{Verb: VerbDone, Right: RightDirected, When: WhenOpen, Asks: true, Subject: true, needs: needsDirective},
	{Verb: VerbDecline, Right: RightDirected, When: WhenOpen, Asks: true, Subject: true, needs: needsDirective},
	{Verb: VerbReport, Right: RightReport, When: WhenOpen, Asks: true},
	{Verb: VerbRead, Right: RightRead, When: WhenAlways, needs: needsBriefing},
	{Verb: VerbExpert, Right: RightGroup, When: WhenOpen, Asks: true, needs: needsPanel},
	{Verb: VerbAttend, Right: RightAttend, When: WhenOpen, Hidden: true, needs: needsInvitation},
	{Verb: VerbRegret, Right: RightAttend, When: WhenOpen, Asks: true, Hidden: true, needs: needsInvitation},
	{Verb: VerbOpinion, Right: RightAdvise, When: WhenOpen, Asks: true, Hidden: true},
	{Verb: VerbMediate, Right: RightGroup, When: WhenOpen, Asks: true, needs: needsNoSession},
	{Verb: VerbSettle, Right: RightSettle, When: WhenAlways, Asks: true, needs: needsSession},
	{Verb: VerbMerge, Right: RightAssign, When: WhenOpen, Asks: true, needs: needsNoRepeats},
	{Verb: VerbSeparate, Right: RightAssign, When: WhenAlways, Asks: true, Urgent: true, needs: needsMain},
	{Verb: verbFollow, Right: rightFollow, When: WhenAlways, Hidden: true, Subject: true},
	{Verb: VerbGroup, Right: RightGroup, When: WhenOpen, Asks: true},
	{Verb: VerbHere, Right: RightHere, When: WhenOpen, needs: needsRoll},
	{Verb: VerbDissolve, Right: RightGroup, When: WhenOpen, Asks: true, needs: needsGroup},
	{Verb: verbSystem, Right: rightSystem, When: WhenAlways, Hidden: true},
}

// Table is the step table, for the Slack side: rows that are nobody's verbs are left out.
func Table() []Row {
	return slices.DeleteFunc(slices.Clone(steps), func(r Row) bool { return r.Verb.inner() })
}

// inner reports whether a verb is nobody's: what clocks and jobs do, and what an act on one complaint does to another.
func (v Verb) inner() bool { return v == verbSystem || v == verbFollow }

// RowOf finds a verb's row.
func RowOf(v Verb) (Row, bool) {
	for _, r := range steps {
		if r.Verb == v {
			return r, true
		}
	}
	return Row{}, false
}

// StepVerb is the verb that does a step; empty for none.
func StepVerb(s Step) Verb {
	for _, r := range steps {
		if r.Step == s && s != "" {
			return r.Verb
		}
	}
	return ""
}

// Command is what somebody wants done. The one door to events is [Decide].
type Command interface {
	Verb() Verb
	decide(c *Complaint, by Actor, r *Rules, at time.Time) ([]Event, *Refusal)
}

// Decide says what a command makes true, or refuses it. It changes nothing and knows nothing but its arguments: c may be a
// complaint that does not exist yet (for [Open]), at is the moment of the decision. The error is always a *[Refusal]. Deadlines that
// have passed unnoticed are recorded first, whatever the command: nothing that people do may hide a breach. [NewFacts] makes facts
// of the events.
func Decide(c Complaint, cmd Command, by Actor, r *Rules, at time.Time) ([]Event, error) {
	at = at.UTC().Truncate(time.Microsecond) // what the ledger keeps
	row, ok := RowOf(cmd.Verb())
	if !ok {
		return nil, &Refusal{Code: NoSuchVerb, Verb: cmd.Verb()}
	}
	if no := row.refusal(&c, by, r); no != nil {
		no.Verb = row.Verb
		return nil, no
	}
	events, no := cmd.decide(&c, by, r, at)
	if no != nil {
		no.Verb = row.Verb
		return nil, no
	}
	events = append(events, c.attended(events, by, r, at)...)
	events = append(events, c.gathers(events, by, r, at)...)
	events = append(c.passed(events, r, at), events...)
	return append(append(events, c.asideCalls(events, by, r, at)...), c.climbs(events, by, r, at)...), nil
}

// NewFacts gives the events of a decision their place after c. What clocks noticed on the way is the system's doing, whosever command
// came upon it.
func NewFacts(c Complaint, events []Event, by Actor, at time.Time) []Fact {
	facts := make([]Fact, len(events))
	for i, e := range events {
		facts[i] = Fact{Version: c.Version + 1 + i, At: at.UTC().Truncate(time.Microsecond), By: by, Event: e}
		switch e := e.(type) {
		case Breached, LeftOvernight, Nudged, Silent, BriefingUnread, BroughtIn, Watched, Briefed, ExpertWaiting, MediationNudged, GroupUnanswered, GroupJoined, GroupSecluded:
			facts[i].By = System()
		case Climbed:
			if e.Cause != CauseHand && e.Cause != CauseReturned {
				facts[i].By = System()
			}
		}
	}
	return facts
}

// Can says whether a person may do this to a complaint now: nil, or why not. What the person would say in a form is not looked at.
func Can(c Complaint, v Verb, by Actor, r *Rules) *Refusal {
	row, ok := RowOf(v)
	if !ok || v.inner() {
		return &Refusal{Code: NoSuchVerb, Verb: v}
	}
	if no := row.refusal(&c, by, r); no != nil {
		no.Verb = v
		return no
	}
	return nil
}

// refusal checks state first and rights second: "already done by 李" helps more than "you may not".
func (row Row) refusal(c *Complaint, by Actor, r *Rules) *Refusal {
	if no := row.state(c, by); no != nil {
		return no
	}
	if !row.Subject && c.about(by) {
		return &Refusal{Code: SubjectRecused, Person: by.Person}
	}
	if !r.allowed(row.Right, c, by) {
		return &Refusal{Code: NoRight, Who: Grants(row.Right)}
	}
	if row.needs != nil {
		return row.needs(c, r)
	}
	return nil
}

func (row Row) state(c *Complaint, by Actor) *Refusal {
	switch {
	case row.When == WhenNew && c.Exists():
		return &Refusal{Code: AlreadyDone, By: c.OpenedBy.Person, At: c.RegisteredAt}
	case row.When == WhenNew:
		return nil
	case !c.Exists():
		return refuse(NoSuchComplaint)
	case row.mergedState(c) != nil:
		return row.mergedState(c)
	case row.When == WhenAlways:
		return nil
	case row.When == WhenClosed && c.Open():
		return refuse(NotClosed)
	case row.When == WhenClosed:
		return nil
	case !c.Open():
		return &Refusal{Code: IsClosed, By: c.ClosedBy.Person, At: c.ClosedAt, First: VerbReopen}
	case row.When == WhenOpen:
		return c.rollAnswered(row.Verb, by)
	}
	return row.turn(c, by)
}

// turn checks the order of the five steps.
func (row Row) turn(c *Complaint, by Actor) *Refusal {
	if m, done := c.Done[row.Step]; done {
		if row.Again {
			return nil
		}
		return &Refusal{Code: AlreadyDone, By: m.By, At: m.At}
	}
	next := c.Next()
	// Whoever may assign may also accept, and does both in one go; but for the complaint's subject, who may only hand it on.
	if row.Step == next || row.Step == StepAssign && next == StepAccept && !c.about(by) {
		return nil
	}
	return &Refusal{Code: NotInOrder, First: StepVerb(next)}
}

// about reports whether the complaint is about the person.
func (c *Complaint) about(by Actor) bool {
	return by.Person != "" && slices.Contains(c.Subjects, by.Person)
}
