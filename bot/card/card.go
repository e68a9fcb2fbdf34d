// Package card draws everything the bot posts: cards, thread lines, mirrors, rings, lists, digests, the daily notice, rosters and
// handovers, and App Home.
//
// Every function is pure: what is true goes in, a message comes out. Each message keeps Slack's limits by construction
// (text under 3,900 characters, all block text together under 10,000, at most 45 blocks, at most 3,000 in a section), however
// long the texts in it are; what does not fit is cut visibly, or goes into further messages where the function returns several.
// Text that people wrote is escaped, so that nobody can ping through a complaint.
package card

import (
	"strings"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// How much of a text a card has room for, in characters. The full texts are in the thread and in [Show].
const (
	nameLength   = 30
	wordLength   = 60
	remedyLength = 120
	reasonLength = 200
	mostNames    = 5
)

// Card is a complaint's card, the root of its thread: what it is, where it stands, who has it, and what can be done next. It is
// drawn again after every event; its block ids are new each time, as Slack wants.
func Card(f Face, c workflow.Complaint) Message {
	f = f.ready()
	id := blockIDs("card", c)
	var blocks []slack.Block
	for _, part := range []struct{ name, text string }{
		{"head", f.head(c)}, {"what", f.what(c)}, {"steps", f.steps(c)}, {"standing", f.standing(c)},
	} {
		if part.text != "" {
			blocks = append(blocks, section(id(part.name), part.text))
		}
	}
	if b := f.buttons(id("do"), c); b != nil {
		blocks = append(blocks, b)
	}
	return Message{Text: f.cardText(c), Blocks: blocks}
}

// cardText is what notifications and screen readers say of a card. It begins with the number and the start of the summary.
func (f Face) cardText(c workflow.Complaint) string {
	return f.Words.T("card.text", "number", escape(string(c.ID), wordLength), "gist", escape(c.Summary, workflow.CardSummary), "unit", f.unit(c.Unit),
		"state", f.state(workflow.Summarize(c)))
}

// head is the line that names the complaint, and where it came from.
func (f Face) head(c workflow.Complaint) string {
	first := []string{"*" + escape(string(c.ID), wordLength) + "*", f.unit(c.Unit)}
	if c.Grade != "" {
		grade := f.enum(words.Grade, string(c.Grade))
		if c.Grade == workflow.GradeKey {
			grade = "*" + grade + "*"
		}
		first = append(first, grade)
	}
	first = append(first, f.kinds(c.Kinds)...)
	from := []string{f.Words.T("card.source", "source", f.enum(words.Source, string(c.Source)))}
	if c.WorkOrder != "" {
		from = append(from, f.Words.T("card.order", "order", escape(c.WorkOrder, wordLength)))
	}
	if c.Sender != "" {
		from = append(from, f.Words.T("card.sender", "sender", escape(c.Sender, wordLength)))
	}
	if c.Notice != "" {
		from = append(from, f.Words.T("card.notice", "notice", escape(c.Notice, wordLength)))
	}
	return dots(first) + "\n" + dots(from)
}

// what is the customer, the business, the money, and what the complaint says.
func (f Face) what(c workflow.Complaint) string {
	var first []string
	if who := strings.TrimSpace(escape(c.Customer.Name, nameLength) + " " + escape(c.Customer.Phone, nameLength)); who != "" {
		first = append(first, f.Words.T("card.customer", "who", who))
	}
	if c.Business != "" {
		first = append(first, f.category(f.Codes.Business, c.Business))
	}
	if c.Reason != "" {
		first = append(first, f.category(f.Codes.Reason, c.Reason))
	}
	if c.AmountFen != 0 {
		first = append(first, words.Amount(c.AmountFen))
	}
	lines := []string{dots(first), escape(c.Summary, workflow.CardSummary)}
	if c.Remedy != "" {
		lines = append(lines, f.Words.T("card.remedy", "text", escape(c.Remedy, remedyLength)))
	}
	return stack(lines)
}

// standing is who has it and what is out of the ordinary.
func (f Face) standing(c workflow.Complaint) string {
	return stack([]string{f.outcome(c), f.merged(c), dots(append(f.holders(c), f.ladder(c))), dots(f.marks(c)), dots(f.group(c)), f.emergency(c), dots(f.outside(c)), dots(f.longClocks(c))})
}

func (f Face) holders(c workflow.Complaint) []string {
	var out []string
	if c.Lead != "" {
		out = append(out, f.Words.T("card.lead", "name", f.name(c.Lead)))
	}
	if c.Handler != "" {
		out = append(out, f.Words.T("card.handler", "name", f.name(c.Handler)))
	}
	if len(c.CoHandlers) > 0 {
		out = append(out, f.Words.T("card.co", "names", f.names(c.CoHandlers)))
	}
	return out
}

// marks are what a reader should see before anything else, each in words.
func (f Face) marks(c workflow.Complaint) []string {
	var out []string
	count := func(key string, n int) {
		if n > 0 {
			out = append(out, f.Words.T(key, "n", n))
		}
	}
	if n := c.Night(); n > 0 {
		out = append(out, "*"+f.Words.T("card.night", "n", n)+"*")
	}
	if c.Round > 1 {
		count("card.round", c.Round)
	}
	out = append(out, f.flags(c.Flags)...)
	count("card.reopened", c.Reopenings)
	count("card.extended", c.Extensions)
	out = append(append(out, f.asking(c)...), append(f.moves(c), f.representatives(c)...)...)
	if len(c.Repeats) > 0 {
		out = append(out, f.Words.T("card.repeats", "list", f.numbers(c.Repeats)))
	}
	return out
}

func (f Face) flags(flags workflow.Flags) []string {
	var out []string
	if flags.Vulnerable {
		out = append(out, f.enum(words.Flag, "vulnerable"))
	}
	if flags.HeadCount > 0 {
		out = append(out, f.Words.T("card.collective", "n", flags.HeadCount))
	}
	if flags.Epidemic {
		out = append(out, f.enum(words.Flag, "epidemic"))
	}
	return out
}

// longClocks are the clocks that run for days: the regulator's.
func (f Face) longClocks(c workflow.Complaint) []string {
	var out []string
	for _, k := range []workflow.Clock{workflow.ClockStatutory, workflow.ClockForwarded} {
		r, ok := c.Clock(k)
		if !ok || !r.Waits() || !c.Open() {
			continue
		}
		key := "card.before"
		if !r.Breached.IsZero() {
			key = "card.over"
		}
		out = append(out, f.Words.T(key, "clock", f.enum(words.Clock, string(k)), "due", f.end(r.Due, f.day(c))))
	}
	return out
}

// outcome is how it was closed, a closing without the customer's word shown as such; empty while it is open.
func (f Face) outcome(c workflow.Complaint) string {
	if c.Open() || c.Outcome == "" {
		return ""
	}
	at := f.Words.Time(c.ClosedAt, f.Zone, f.day(c))
	if c.Outcome == workflow.ClosedOverride {
		return f.Words.T("card.override", "name", f.actor(c.ClosedBy), "time", at, "reason", escape(c.OverrideWhy, reasonLength))
	}
	text := f.Words.T("card.closed", "outcome", f.enum(words.Outcome, string(c.Outcome)), "name", f.actor(c.ClosedBy), "time", at)
	if c.ClosedSameDay {
		text += " · " + f.Words.T("card.sameday")
	}
	return text
}

// Mirror is the one-line card for the channels above, with a link to the thread. It shows nothing that changes with each step (who has
// it, what is next, until when, who is called), because it is not drawn anew at each step: what stands there must stay true.
func Mirror(f Face, c workflow.Complaint) Message {
	f = f.ready()
	s := workflow.Summarize(c)
	s.Next, s.Handler, s.Rung = "", "", 0
	line := f.row(s, true)
	return Message{Text: f.cardText(c), Blocks: []slack.Block{section(blockIDs("mirror", c)("line"), line)}}
}

func (f Face) names(list []org.PersonID) string {
	out := make([]string, 0, mostNames)
	for _, p := range list[:min(len(list), mostNames)] {
		out = append(out, f.name(p))
	}
	return f.crowd(out, len(list))
}

func (f Face) numbers(list []workflow.ID) string {
	out := make([]string, 0, mostNames)
	for _, id := range list[:min(len(list), mostNames)] {
		out = append(out, escape(string(id), wordLength))
	}
	return f.several(out, len(list))
}

// several joins the first few of a list, and says how many there are when they are more.
func (f Face) several(some []string, all int) string { return f.few("card.several", some, all) }

// crowd is several for names of people, which Chinese counts by another word.
func (f Face) crowd(some []string, all int) string { return f.few("card.people", some, all) }

func (f Face) few(key string, some []string, all int) string {
	text := f.Words.Join(some)
	if all > len(some) {
		text = f.Words.T(key, "some", text, "n", all)
	}
	return text
}

func (f Face) kinds(kinds []workflow.SeriousKind) []string {
	out := make([]string, 0, len(kinds))
	for _, k := range kinds[:min(len(kinds), len(workflow.SeriousKinds()))] {
		out = append(out, f.enum(words.Kind, string(k)))
	}
	return out
}
