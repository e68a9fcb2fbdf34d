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
	TellRing   NoticeKind = "ring"   // a direct message to Person about the event Version
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
	var out []Notice
	seen := false // something visible changed
	for _, f := range facts {
		switch e := f.Event.(type) {
		case Posted, CustomerShown:
			continue
		case Opened:
			out = append(out, Notice{Kind: TellRoot, Version: f.Version})
			if len([]rune(e.Summary)) > CardSummary {
				out = append(out, Notice{Kind: TellLine, Version: f.Version})
			}
		case Breached:
			if e.Clock != ClockDay { // the night that follows tells that one
				out = append(out, Notice{Kind: TellLine, Version: f.Version})
			}
		case LeftOvernight:
			out = append(out, Notice{Kind: TellLine, Version: f.Version})
			if e.Alone && after.Open() {
				out = append(out, rings(after, f, r)...)
			}
		case Closed:
			if e.Outcome == ClosedOverride { // the customer's own word is told by the feedback's line
				out = append(out, Notice{Kind: TellLine, Version: f.Version})
			}
		default:
			out = append(out, Notice{Kind: TellLine, Version: f.Version})
		}
		seen = true
	}
	if !seen {
		return nil
	}
	last := facts[len(facts)-1].Version
	if before.Exists() {
		out = append(out, Notice{Kind: TellCard, Version: last})
	}
	return append(out, mirrors(before, after, last, r)...)
}

// CardSummary is how many characters of the summary a card shows; the thread's first line has the rest.
const CardSummary = 300

func rings(c Complaint, f Fact, r *Rules) []Notice {
	var out []Notice
	for _, p := range OvernightPeople(c.Unit, r.Tree) {
		out = append(out, Notice{Kind: TellRing, Version: f.Version, Person: p})
	}
	return out
}

// OvernightPeople are those pinged about a complaint left overnight: the unit's complaint manager and leaders, or those of the next
// unit above that has any.
func OvernightPeople(u org.UnitID, t *org.Tree) []org.PersonID {
	for _, up := range t.Up(u) {
		if people := t.Holders(up, org.ComplaintManager, org.DeputyPresident, org.President); len(people) > 0 {
			return people
		}
	}
	return t.Holders(t.Root().ID, org.Standing, org.ServiceDesk, org.ConsumerProtection, org.NetworkFinance)
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
}

func faceOf(c Complaint) mirrorFace {
	kinds := ""
	for _, k := range c.Kinds {
		kinds += string(k) + " "
	}
	return mirrorFace{c.Grade, kinds, c.Outcome, c.Night(), c.Round, c.Summary, c.Customer.Name}
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
