package workflow

import (
	"slices"

	"sameday/workflow/org"
)

// NoticeKind says what must be told; the Slack side says how.
type NoticeKind string

// Kinds of notices.
const (
	TellRoot   NoticeKind = "root"   // the complaint's card, which begins its thread, in its unit's channel
	TellLine   NoticeKind = "line"   // one line in the thread, for the event Version
	TellCard   NoticeKind = "card"   // the card is stale
	TellMirror NoticeKind = "mirror" // the one-line card in Unit's channel is missing or stale
	TellRing   NoticeKind = "ring"   // a direct message to Person about the event Version, which calls for an answer
	// TellCalled names those whom the event Version called, in the thread, or with others of its kind in the unit's channel.
	TellCalled NoticeKind = "called"
	// TellGateway calls Person about the event Version another way than by Slack.
	TellGateway NoticeKind = "gateway"
	TellOffer   NoticeKind = "transfer_offer" // to Person, or in Unit's channel: the event Version proposes that the unit takes it over
	TellMoved   NoticeKind = "moved"          // the card in the channel of Unit, which had it before the event Version, is to say where it went
	TellAsk     NoticeKind = "extension_ask"  // a direct message to Person: the event Version asks for an extension

	TellDirective NoticeKind = "directive" // a direct message to Person about the directive of the event Version
	TellBriefing  NoticeKind = "briefing"  // the report on the solution, to Person
	TellUnread    NoticeKind = "unread"    // to Person: the report of the event Version has not been read
	TellLead      NoticeKind = "lead"      // to Person, who was given the front-line command by somebody else

	TellExpert    NoticeKind = "expert"         // to Person, an outside expert: the invitation of the event Version, its answer, or that it is over
	TellRedraw    NoticeKind = "invitation"     // the invitation that Person has in a direct message is stale
	TellWaiting   NoticeKind = "expert_waiting" // to Person, who invited somebody that has not answered
	TellSession   NoticeKind = "mediation"      // to Person: the reminder of the event Version
	TellAnswered  NoticeKind = "answered"       // the event Version answered what called Person: the messages that rang are to say so
	TellLinked    NoticeKind = "linked"         // the event Version began the thread: the messages that rang Person without a link are to have it
	TellAwait     NoticeKind = "await"          // to Person, whom the event Version calls for an answer that another unit owes
	TellRoll      NoticeKind = "roll"           // the roll call of the emergency group, in the thread
	TellRolled    NoticeKind = "rolled"         // it is stale
	TellSummons   NoticeKind = "summons"        // a direct message to Person, who is in the group by the event Version
	TellGroupRing NoticeKind = "group_ring"     // a direct message to Person, who has not answered the roll call in time
	// The way of a group's private channel, one step after the other, each begun by the receipt of the one before. All but the card, which
	// is missing or stale, are calls to Slack that are no messages.
	TellGroupCreate  NoticeKind = "group_create"
	TellGroupTopic   NoticeKind = "group_topic"
	TellGroupInvite  NoticeKind = "group_invite"
	TellGroupCard    NoticeKind = "group_card"
	TellGroupPin     NoticeKind = "group_pin"
	TellGroupArchive NoticeKind = "group_archive"
)

// Notice is something that must be told after a command.
type Notice struct {
	Kind    NoticeKind
	Version int // the event it is about
	Unit    org.UnitID
	Person  org.PersonID
}

// Tell lists what must be told after facts turned the complaint before into after.
func Tell(before, after Complaint, facts []Fact, r *Rules) []Notice {
	out := append(linked(after, facts), answered(before, after, facts)...)
	seen := false // something that a card shows changed
	called, digest := whatCalls(facts)
	told := called // a breach or a night that calls somebody is told by the call, and of several breaches the first
	for _, f := range facts {
		line := Notice{Kind: TellLine, Version: f.Version}
		group, shown, all := groupNotices(after, f)
		if out, seen = append(out, group...), seen || shown; all {
			continue
		}
		if quiet, ok := quietly(after, f, line); ok {
			out = append(out, quiet...)
			continue
		}
		switch e := f.Event.(type) {
		case Opened:
			out = append(out, opening(f, e)...)
		case Breached:
			if !quiet(e) && !told || apart(e, facts) {
				out = append(out, line)
				told = true
			}
			out = append(out, overdue(after, f, e)...)
		case LeftOvernight:
			if !called { // the call says so too, and whom
				out = append(out, line)
			}
		case Climbed:
			out = append(out, calls(after, f, e, digest, r)...)
		case Watched, Briefed: // what made it key or serious says it; the report goes to people
		case Followed:
			out = append(out, followed(f, facts)...)
		case Closed:
			if e.Outcome == ClosedOverride { // the customer's own word is told by the feedback's line
				out = append(out, line)
			}
		default:
			out = append(out, line)
		}
		out = append(append(out, personal(f)...), askNotices(f)...)
		out = append(append(out, transferNotices(f, r)...), expertNotices(after, f)...)
		seen = true
	}
	if seen {
		out = append(out, faces(before, after, facts[len(facts)-1].Version, r)...)
	}
	return out
}

// faces are the cards that are stale once something that cards show has changed.
func faces(before, after Complaint, last int, r *Rules) []Notice {
	var out []Notice
	if before.Exists() {
		out = append(out, Notice{Kind: TellCard, Version: last})
	}
	out = append(out, groupFaces(before, after, last)...)
	return append(append(out, mirrors(before, after, last, r)...), leftMirrors(before, after, last, r)...)
}

// appointed tells somebody who was given the front-line command by another.
func appointed(f Fact, e Led) []Notice {
	if e.Person == f.By.Person {
		return nil
	}
	return toEach(TellLead, f, []org.PersonID{e.Person})
}

// quiet reports whether a breach is told by what follows it: of the day by the night, of an answer by the calls for it.
func quiet(e Breached) bool { return e.Clock == ClockDay || e.Clock == ClockAnswer }

// apart reports whether a breach is of something beside the five steps and no call that begins with it tells it: a climb for another
// deadline, which goes on at the same moment, says nothing of it.
func apart(e Breached, facts []Fact) bool {
	if e.Clock != ClockDirective && e.Clock != ClockLead {
		return false
	}
	return !slices.ContainsFunc(facts, func(f Fact) bool {
		climbed, ok := f.Event.(Climbed)
		return ok && climbed.Start && climbed.Deadline == e.Deadline
	})
}

// personal are the messages to people that directives, command and reports make.
func personal(f Fact) []Notice {
	switch e := f.Event.(type) {
	case Briefed:
		return toEach(TellBriefing, f, e.To)
	case BriefingUnread:
		return toEach(TellUnread, f, e.Told)
	case Directed:
		return toEach(TellDirective, f, e.To)
	case Led:
		return appointed(f, e)
	}
	return nil
}

// quietly is what is told of an event that changes no card: receipts tell nothing, reminders a line unless they come too late.
func quietly(after Complaint, f Fact, line Notice) (out []Notice, ok bool) {
	switch e := f.Event.(type) {
	case Posted, CustomerShown:
	case Nudged:
		if !e.Late {
			out = []Notice{line}
		}
	case Silent:
		if e.Until.IsZero() {
			out = []Notice{line}
		}
	case MediationNudged:
		if !e.Late {
			out = append([]Notice{line}, sessionNotices(after, f)...)
		}
	default:
		return nil, false
	}
	return out, true
}

// toEach makes a notice to each of some people.
func toEach(kind NoticeKind, f Fact, people []org.PersonID) []Notice {
	out := make([]Notice, len(people))
	for i, p := range people {
		out[i] = Notice{Kind: kind, Version: f.Version, Person: p}
	}
	return out
}

// overdue tells those whom an overdue directive names, and who gave it.
func overdue(c Complaint, f Fact, e Breached) []Notice {
	d, ok := c.directiveOf(e.Deadline)
	if !ok || !d.Open() {
		return nil
	}
	people := slices.Clone(d.To)
	if d.By != "" && !slices.Contains(people, d.By) {
		people = append(people, d.By)
	}
	return toEach(TellDirective, f, people)
}

// CardSummary is how many characters of the summary a card shows; the thread's first line has the rest.
const CardSummary = 300

// opening is the card that begins a thread, and the rest of a summary that the card has no room for.
func opening(f Fact, e Opened) []Notice {
	out := []Notice{{Kind: TellRoot, Version: f.Version}}
	if len([]rune(e.Summary)) > CardSummary {
		out = append(out, Notice{Kind: TellLine, Version: f.Version})
	}
	return out
}

// whatCalls looks ahead: calls reports whether people are called, digest whether a job's digest tells the night in the channel.
func whatCalls(facts []Fact) (calls, digest bool) {
	for _, f := range facts {
		switch e := f.Event.(type) {
		case Climbed:
			calls = calls || len(e.Calls) > 0 && e.Unit == ""
		case LeftOvernight:
			digest = digest || !e.Alone
		}
	}
	return calls, digest
}

// calls are the rings of a rung.
func calls(c Complaint, f Fact, e Climbed, digest bool, r *Rules) []Notice {
	if e.Unit != "" {
		return awaits(c, f, e, r)
	}
	if len(e.Calls) == 0 || !c.Open() {
		return nil
	}
	var out []Notice
	for _, k := range e.Calls {
		out = append(out, Notice{Kind: TellRing, Version: f.Version, Person: k.Person})
		if r.Gateway && k.Rung > 1 {
			out = append(out, Notice{Kind: TellGateway, Version: f.Version, Person: k.Person})
		}
	}
	if digest { // the channel has the night's list; the thread names who was called
		return append(out, Notice{Kind: TellLine, Version: f.Version})
	}
	return append(out, Notice{Kind: TellCalled, Version: f.Version, Unit: c.Unit})
}

// MirrorUnits are the units above that show a one-line card of the complaint: its branch always, head office for key, serious,
// regulator and overnight ones.
func MirrorUnits(c Complaint, t *org.Tree) []org.UnitID {
	var out []org.UnitID
	for _, id := range t.Up(c.Unit) {
		u, _ := t.Unit(id)
		if id == c.Unit {
			continue
		}
		raised := c.Grade == GradeKey || c.Serious() || c.Source.Regulator() || c.Overnight()
		if u.Tier == org.Branch || u.Tier == org.HeadOffice && raised {
			out = append(out, id)
		}
	}
	return out
}

// mirrorFace is what a mirror shows: it is updated when one of these changes, not at every step, because each update is a call
// to Slack in a busy channel.
type mirrorFace struct {
	grade   Grade
	kinds   string
	outcome Outcome
	night   int
	round   int
	summary string
	name    string
	unit    org.UnitID
	main    ID
}

func faceOf(c Complaint) mirrorFace {
	kinds := ""
	for _, k := range c.Kinds {
		kinds += string(k) + " "
	}
	return mirrorFace{c.Grade, kinds, c.Outcome, c.Night(), c.Round, c.Summary, c.Customer.Name, c.Unit, c.Main}
}

func mirrors(before, after Complaint, version int, r *Rules) []Notice {
	var out []Notice
	was := MirrorUnits(before, r.Tree)
	for _, u := range MirrorUnits(after, r.Tree) {
		if !slices.Contains(was, u) || faceOf(before) != faceOf(after) {
			out = append(out, Notice{Kind: TellMirror, Version: version, Unit: u})
		}
	}
	return out
}
