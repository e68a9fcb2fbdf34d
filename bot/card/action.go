package card

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sameday/workflow"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// ActionPrefix begins the action id of every button of ours: "sameday:accept".
const ActionPrefix = "sameday:"

// Action ids that are no verb.
const (
	ActionMenu     = ActionPrefix + "menu"     // the ⋯ menu; the option's value has the verb
	ActionOpen     = ActionPrefix + "open"     // a link; nothing to do but acknowledge
	ActionAckAll   = ActionPrefix + "ackall"   // acknowledge all that called up to the value's instant ([DecodeAckAll])
	ActionHandover = ActionPrefix + "handover" // take over ([DecodeHandover])
	ActionSwapYes  = ActionPrefix + "swapyes"  // agree to a swap ([DecodeSwap])
	ActionSwapNo   = ActionPrefix + "swapno"   // decline it
)

// VerbMore is the last entry of a ⋯ menu that has more than Slack shows: the answer is [More].
const VerbMore workflow.Verb = "more"

// Value is what a button or menu entry carries.
type Value struct {
	Verb workflow.Verb // of a menu entry; empty on a button, whose action id has it
	ID   workflow.ID
	Menu string // the state in which it was offered ([MenuVersion])
}

// MenuVersion names the state that a card's buttons were drawn for: it changes with each step, round, closing and reopening, with each
// rung that is called, and when the calls end, because a further call must be acknowledged anew. For a verb that a button does at once,
// number, verb and MenuVersion together are the key by which a second press is recognised.
func MenuVersion(c workflow.Complaint) string {
	state := string(c.Next())
	if !c.Open() {
		state = "closed"
	}
	version := fmt.Sprintf("%d.%s", c.Round, state)
	if len(c.Climbs) > 0 {
		version += fmt.Sprintf(".%d", c.ClimbVersion())
		if c.Climbing() == nil {
			version += "e"
		}
	}
	if c.Asking != nil { // each wish for an extension is answered anew
		version += fmt.Sprintf(".x%d", c.Asking.Version)
	}
	return version + offerVersion(c) + mergeVersion(c)
}

// EncodeValue writes a Value for a button (≤ 2,000 characters) or an option (≤ 150).
func EncodeValue(v Value) string {
	parts := []string{string(v.ID), v.Menu}
	if v.Verb != "" {
		parts = append([]string{string(v.Verb)}, parts...)
	}
	return strings.Join(parts, "|")
}

// DecodeValue reads what EncodeValue wrote; false for anything else.
func DecodeValue(s string) (Value, bool) {
	if len(s) > 150 {
		return Value{}, false
	}
	parts := strings.Split(s, "|")
	var v Value
	switch len(parts) {
	case 2:
		v = Value{ID: workflow.ID(parts[0]), Menu: parts[1]}
	case 3:
		v = Value{Verb: workflow.Verb(parts[0]), ID: workflow.ID(parts[1]), Menu: parts[2]}
	default:
		return Value{}, false
	}
	if v.ID == "" || v.Menu == "" || len(parts) == 3 && v.Verb == "" {
		return Value{}, false
	}
	return v, true
}

// instants in values are to the microsecond, as the ledger keeps them.
const instantForm = "2006-01-02T15:04:05.000000Z07:00"

// EncodeAckAll writes the value of [ActionAckAll]: the instant up to which the message tells of calls.
func EncodeAckAll(at time.Time) string { return at.UTC().Format(instantForm) }

// DecodeAckAll reads what EncodeAckAll wrote; false for anything else.
func DecodeAckAll(s string) (time.Time, bool) {
	at, err := time.Parse(instantForm, s)
	if err != nil || EncodeAckAll(at) != s {
		return time.Time{}, false
	}
	return at.UTC(), true
}

// EncodeHandover writes the value of [ActionHandover]: the roster's unit and the instant of the change.
func EncodeHandover(unit org.UnitID, at time.Time) string {
	return string(unit) + "|" + EncodeAckAll(at)
}

// DecodeHandover reads what EncodeHandover wrote; false for anything else.
func DecodeHandover(s string) (org.UnitID, time.Time, bool) {
	unit, instant, _ := strings.Cut(s, "|")
	at, ok := DecodeAckAll(instant)
	if unit == "" || !ok {
		return "", time.Time{}, false
	}
	return org.UnitID(unit), at, true
}

// EncodeSwap writes the value of [ActionSwapYes] and [ActionSwapNo]: the roster's unit and the swap's id.
func EncodeSwap(unit org.UnitID, id string) string { return string(unit) + "|" + id }

// DecodeSwap reads what EncodeSwap wrote; false for anything else.
func DecodeSwap(s string) (unit org.UnitID, id string, ok bool) {
	before, after, _ := strings.Cut(s, "|")
	if before == "" || after == "" || strings.Contains(after, "|") {
		return "", "", false
	}
	return org.UnitID(before), after, true
}

// mostEntries is how many entries Slack's ⋯ menu has.
const mostEntries = 5

// buttons are the steps that come next, the first of them marked, and the others in a ⋯ menu; nil when there is nothing to do. When
// the menu has too few places its last entry leads to the rest.
func (f Face) buttons(blockID string, c workflow.Complaint) slack.Block {
	menu := workflow.Buttons(c)
	elements := f.verbButtons(c, menu.Next)
	if len(elements) > 0 {
		if first, ok := elements[0].(*slack.ButtonBlockElement); ok {
			first.Style = slack.StylePrimary
		}
	}
	if len(menu.More) > 0 {
		verbs := menu.More
		if len(verbs) > mostEntries {
			verbs = append(slices.Clone(verbs[:mostEntries-1]), VerbMore)
		}
		options := make([]*slack.OptionBlockObject, len(verbs))
		for i, v := range verbs {
			value := EncodeValue(Value{Verb: v, ID: c.ID, Menu: MenuVersion(c)})
			options[i] = slack.NewOptionBlockObject(value, plain(f.buttonText(v)), nil)
		}
		elements = append(elements, slack.NewOverflowBlockElement(ActionMenu, options...))
	}
	if len(elements) == 0 {
		return nil
	}
	return slack.NewActionBlock(blockID, elements...)
}

func (f Face) verbButtons(c workflow.Complaint, verbs []workflow.Verb) []slack.BlockElement {
	out := make([]slack.BlockElement, 0, len(verbs))
	for _, v := range verbs {
		value := EncodeValue(Value{ID: c.ID, Menu: MenuVersion(c)})
		out = append(out, slack.NewButtonBlockElement(ActionPrefix+string(v), value, plain(f.buttonText(v))))
	}
	return out
}

func (f Face) buttonText(v workflow.Verb) string {
	if v == VerbMore {
		return f.Words.T("button.more")
	}
	return f.Words.Verb(string(v))
}

// More is the answer to [VerbMore]: a button for each verb, for the person who asked. The buttons are those of a card.
func More(f Face, c workflow.Complaint, verbs []workflow.Verb) Message {
	const most = 25 // elements of an actions block
	f = f.ready()
	key := "more.title"
	if len(verbs) == 0 {
		key = "more.none"
	}
	title := f.Words.T(key, "number", escape(string(c.ID), wordLength))
	id := blockIDs("more", c)
	m := Message{Text: title, Blocks: []slack.Block{section(id("title"), title)}}
	if len(verbs) > 0 {
		m.Blocks = append(m.Blocks, slack.NewActionBlock(id("do"), f.verbButtons(c, verbs[:min(len(verbs), most)])...))
	}
	return m
}
