package store

import (
	"encoding/json"
	"fmt"

	"sameday/workflow"
	"sameday/workflow/org"
)

// Kinds of intents. The first seven are those of workflow.NoticeKind.
const (
	KindRoot     = string(workflow.TellRoot)
	KindLine     = string(workflow.TellLine)
	KindCard     = string(workflow.TellCard)
	KindMirror   = string(workflow.TellMirror)
	KindRing     = string(workflow.TellRing)
	KindCalled   = string(workflow.TellCalled)
	KindGateway  = string(workflow.TellGateway)
	KindAsk      = string(workflow.TellAsk)
	KindOffer    = string(workflow.TellOffer)
	KindMoved    = string(workflow.TellMoved)
	KindDigest   = "digest"      // a job's message to a unit's channel
	KindDetail   = "detail"      // what belongs into the thread of a digest
	KindChange   = "duty_change" // to a person: what changed in a roster
	KindSwap     = "swap"        // to a person: a swap that was proposed or answered
	KindHandover = "handover"    // to a person: a handover to accept
	KindTakeover = "takeover"    // in the unit's channel: how a handover stands
	KindWelcome  = "welcome"     // what to type so that the bot can join a private channel

	KindDirective = string(workflow.TellDirective)
	KindBriefing  = string(workflow.TellBriefing)
	KindUnread    = string(workflow.TellUnread)
	KindLead      = string(workflow.TellLead)

	KindExpert       = string(workflow.TellExpert)
	KindRedraw       = string(workflow.TellRedraw)
	KindWaiting      = string(workflow.TellWaiting)
	KindSession      = string(workflow.TellSession)
	KindAnswered     = string(workflow.TellAnswered)
	KindLinked       = string(workflow.TellLinked)
	KindAwait        = string(workflow.TellAwait)
	KindRoll         = string(workflow.TellRoll)
	KindRolled       = string(workflow.TellRolled)
	KindSummons      = string(workflow.TellSummons)
	KindGroupRing    = string(workflow.TellGroupRing)
	KindGroupCreate  = string(workflow.TellGroupCreate)
	KindGroupTopic   = string(workflow.TellGroupTopic)
	KindGroupInvite  = string(workflow.TellGroupInvite)
	KindGroupCard    = string(workflow.TellGroupCard)
	KindGroupPin     = string(workflow.TellGroupPin)
	KindGroupArchive = string(workflow.TellGroupArchive)
)

// About is an intent's Body.
type About struct {
	Version int          `json:"version,omitempty"` // the event it tells
	Unit    org.UnitID   `json:"unit,omitempty"`    // whose channel
	Person  org.PersonID `json:"person,omitempty"`  // whose direct messages
	Of      org.UnitID   `json:"of,omitempty"`      // the unit it speaks of, where that is not Unit
	Part    int          `json:"part,omitempty"`    // of a message told in several
}

// ReadAbout reads an intent's Body.
func ReadAbout(i Intent) (About, error) {
	var a About
	if len(i.Body) == 0 {
		return a, nil
	}
	if err := json.Unmarshal(i.Body, &a); err != nil {
		return a, fmt.Errorf("read intent %s: %w", i.ID, err)
	}
	return a, nil
}

// Intents turns what must be told about a complaint into outbox rows. A complaint is a lane: its root goes first, then its lines in
// order, then its card and mirrors, which need the root's link.
func Intents(c workflow.Complaint, notices []workflow.Notice) ([]Intent, error) {
	out := make([]Intent, 0, len(notices))
	for _, n := range notices {
		i := Intent{
			ID:     fmt.Sprintf("%s@%d/%s", c.ID, n.Version, n.Kind),
			Lane:   string(c.ID),
			Kind:   string(n.Kind),
			Stream: ComplaintStream(c.ID),
		}
		switch n.Kind {
		case workflow.TellRoot:
			i.Priority = PriorityRoot
		case workflow.TellLine:
			i.Priority = PriorityLine
		case workflow.TellCard:
			i.Priority, i.Replace = PriorityCard, string(c.ID)+"/card"
		case workflow.TellMirror:
			i.Priority, i.Replace = PriorityMirror, fmt.Sprintf("%s/mirror/%s", c.ID, n.Unit)
			i.ID += "/" + string(n.Unit)
		case workflow.TellRing: // many at once are one message
			i.Priority, i.Lane, i.Batch = PriorityRing, PersonLane(n.Person), string(n.Kind)
			i.ID += "/" + string(n.Person)
		case workflow.TellCalled:
			i.Priority, i.Lane, i.Batch = PriorityLine, ChannelLane(n.Unit)+"/calls", string(n.Kind)
		case workflow.TellGateway:
			i.Priority, i.Lane, i.Batch, i.Beside = PriorityRing, GatewayLane(n.Person), string(n.Kind), true
			i.ID += "/" + string(n.Person)
		case workflow.TellOffer:
			i.Priority, i.Lane = PriorityRing, PersonLane(n.Person)
			if n.Person == "" {
				i.Priority, i.Lane = PriorityLine, ChannelLane(n.Unit)+"/offers"
			}
			i.ID += "/" + string(n.Person) + string(n.Unit)
		case workflow.TellMoved:
			i.Priority = PriorityMirror
		case workflow.TellAsk, workflow.TellAwait:
			i.Priority, i.Lane = PriorityRing, PersonLane(n.Person)
			i.ID += "/" + string(n.Person)
		case workflow.TellDirective, workflow.TellBriefing, workflow.TellUnread, workflow.TellLead,
			workflow.TellExpert, workflow.TellRedraw, workflow.TellWaiting, workflow.TellSession:
			i.Priority, i.Lane = PriorityLine, PersonLane(n.Person)
			i.ID += "/" + string(n.Person)
		case workflow.TellAnswered, workflow.TellLinked: // behind the ring itself, so that it stands when it is drawn anew
			i.Priority, i.Lane, i.Batch = PriorityCard, PersonLane(n.Person), string(n.Kind)
			i.ID += "/" + string(n.Person)
		default:
			groupIntent(&i, c, n)
		}
		body, err := json.Marshal(About{Version: n.Version, Unit: n.Unit, Person: n.Person})
		if err != nil {
			return nil, fmt.Errorf("encode intent %s: %w", i.ID, err)
		}
		i.Body = body
		out = append(out, i)
	}
	return out, nil
}

// Detour is a ring that waits for Slack, told through the gateway.
func Detour(ring Intent, a About) Intent {
	return Intent{
		ID: ring.ID + "/detour", Lane: GatewayLane(a.Person), Priority: PriorityRing, Kind: KindGateway, Stream: ring.Stream,
		Batch: KindGateway, Beside: true, Body: BodyOf(a),
	}
}

// PersonLane is the lane of one person's direct messages.
func PersonLane(p org.PersonID) string { return "person/" + string(p) }

// GatewayLane is the lane of the calls to one person that do not go through Slack.
func GatewayLane(p org.PersonID) string { return "gateway/" + string(p) }

// ChannelLane is the lane of what is posted at the top of a unit's channel.
func ChannelLane(u org.UnitID) string { return "channel/" + string(u) }

// BodyOf writes an intent's Body.
func BodyOf(a About) json.RawMessage {
	raw, err := json.Marshal(a)
	if err != nil { // a struct of strings and numbers always encodes
		return nil
	}
	return raw
}
