package bot

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/bot/grammar"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// readLead takes command for the person named, or for oneself.
func readLead(w words0) workflow.Command {
	var c workflow.Lead
	if len(w.typed.Mentions) > 0 {
		c.Person = org.PersonID(w.typed.Mentions[0])
	}
	return c
}

// readDirect reads "@li.wei 18:00 visit the customer". Without anybody named or a time, the form asks.
func readDirect(w words0) workflow.Command {
	var c workflow.Direct
	for _, m := range w.typed.Mentions {
		c.To = append(c.To, org.PersonID(m))
	}
	text := w.text()
	when := leadingTime.FindString(text)
	due, ok := grammar.ParseTime(when, w.r.now, w.r.zone)
	if len(c.To) == 0 || !ok {
		return nil
	}
	c.Due = due
	c.Text = strings.TrimSpace(strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(text, when), "前"), " 　，,:：；;"))
	return c
}

// leadingTime is a time of day at the start of a text, with or without its day. The end of the day may be written 24:00.
var leadingTime = regexp.MustCompile(`^(?i:(今天|今日|明天|明日|后天|today|tomorrow|(\d{4}[-/])?\d{1,2}[-/]\d{1,2})\s*)?\d{1,2}[:：]\d{2}`)

// directive takes the number of a directive, "#2", from the start of the words; on a button it is in the value. 0 means the only one.
func (w *words0) directive() int {
	if v, ok := card.DecodeValue(w.r.Value); ok {
		return card.DirectiveOf(v.Menu)
	}
	if len(w.typed.Words) == 0 {
		return 0
	}
	first := w.typed.Words[0]
	digits, marked := strings.CutPrefix(grammar.Fold(first.Text), "#")
	n, err := strconv.Atoi(digits)
	if !marked || err != nil || n < 1 {
		return 0
	}
	w.typed.Rest = strings.TrimLeft(w.typed.Rest[first.End:], " \t　，,:：；;")
	w.typed.Words = grammar.Fields(w.typed.Rest)
	return n
}

// stale answers a button about a directive that has been answered meanwhile: who was first, and when.
func (b *Bot) stale(ctx context.Context, r request, verb workflow.Verb, id workflow.ID, n int) *answer {
	if n == 0 {
		return nil
	}
	c, err := b.desk.Complaint(ctx, id)
	if err != nil {
		return nil // what comes next says it
	}
	d, ok := c.Directive(n)
	if !ok || !d.Names(r.Person) {
		return nil
	}
	no := &workflow.Refusal{Code: workflow.AlreadyDone, Verb: verb, By: d.Ended.By, At: d.Ended.At}
	switch {
	case !d.Open():
	case verb == workflow.VerbTake && d.TakenBy(r.Person):
		for _, m := range d.Taken {
			if m.By == r.Person {
				no.By, no.At = m.By, m.At
			}
		}
	default:
		return nil
	}
	a := b.refused(ctx, r, id, no)
	return &a
}

// private gives an intent's complaint, the event that it tells, and how its unit speaks.
func (b *Bot) private(ctx context.Context, i store.Intent, about store.About) (workflow.Complaint, workflow.Fact, card.Face, error) {
	c, u, err := b.subject(ctx, i)
	if err != nil {
		return workflow.Complaint{}, workflow.Fact{}, card.Face{}, err
	}
	fact, err := b.fact(ctx, c.ID, about.Version)
	return c, fact, b.faceOf(ctx, u), err
}

// renderDirective writes to one of those whom a directive names, or when it is overdue to who gave it. One that has been answered
// meanwhile rings nobody.
func (b *Bot) renderDirective(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, fact, f, err := b.private(ctx, i, about)
	if err != nil {
		return deliver.Action{}, err
	}
	n := 0
	switch e := fact.Event.(type) {
	case workflow.Directed:
		n = e.N
	case workflow.Breached:
		n = c.DirectiveNumber(e.Deadline)
	}
	d, ok := c.Directive(n)
	if !ok || !d.Open() || !c.Open() {
		return deliver.Action{Skip: true}, nil
	}
	return direct(card.Directive(f, c, d, about.Person), about.Person), nil
}

// renderBriefing sends the report on a handled complaint to a decision maker. One that a later solution has replaced is not sent.
func (b *Bot) renderBriefing(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, fact, f, err := b.private(ctx, i, about)
	if err != nil {
		return deliver.Action{}, err
	}
	_, read := c.Briefing.ReadBy(about.Person)
	if e, ok := fact.Event.(workflow.Briefed); !ok || e.Round != c.Briefing.Round || read {
		return deliver.Action{Skip: true}, nil
	}
	return direct(card.Briefing(f, c), about.Person), nil
}

// renderUnread tells consumer protection who has not read a report; what has been read meanwhile is told to nobody.
func (b *Bot) renderUnread(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, _, f, err := b.private(ctx, i, about)
	if err != nil {
		return deliver.Action{}, err
	}
	people := c.Briefing.Unread()
	if len(people) == 0 {
		return deliver.Action{Skip: true}, nil
	}
	return direct(card.Unread(f, c, people), about.Person), nil
}

// renderLead tells somebody who was given the front-line command.
func (b *Bot) renderLead(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, fact, f, err := b.private(ctx, i, about)
	if err != nil {
		return deliver.Action{}, err
	}
	if c.Lead != about.Person || !c.Open() {
		return deliver.Action{Skip: true}, nil
	}
	return direct(card.Appointed(f, c, fact.By), about.Person), nil
}

// homeOrders are the open directives that name the person, and the reports that the person has not read.
func (b *Bot) homeOrders(ctx context.Context, p org.PersonID, v *card.HomeView) error {
	var err error
	if v.Directives, err = b.desk.DirectivesOf(ctx, p); err != nil {
		return err
	}
	ids, err := b.desk.Unread(ctx, p, mostHome)
	if err != nil {
		return err
	}
	v.Unread, err = b.summaries(ctx, ids)
	return err
}

// summaries are the complaints as lists show them.
func (b *Bot) summaries(ctx context.Context, ids []workflow.ID) ([]workflow.Summary, error) {
	var out []workflow.Summary
	for _, id := range ids {
		c, err := b.desk.Complaint(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, workflow.Summarize(c))
	}
	return out, nil
}
