package card

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sameday/workflow"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// RingItem is a complaint that calls people, and the [workflow.Climbed] that decided it.
type RingItem struct {
	Complaint workflow.Complaint
	Fact      workflow.Fact
}

func (i RingItem) climbed() workflow.Climbed {
	e, _ := i.Fact.Event.(workflow.Climbed)
	return e
}

// Ring is the direct message to a person whom complaints call. One complaint: which, why, since when, as what the person is called and
// who else, and two buttons, to acknowledge and to open the thread. Several: one list, and one button that acknowledges all that called
// up to at ([ActionAckAll]). The message's text is one sentence without customer data, for a lock screen or a second way to ring. No items
// give the zero Message.
func Ring(f Face, items []RingItem, person org.PersonID, at time.Time) Message {
	f = f.ready()
	switch len(items) {
	case 0:
		return Message{}
	case 1:
		return f.ringOne(items[0], person)
	}
	return f.ringAll(items, at)
}

func (f Face) ringOne(item RingItem, person org.PersonID) Message {
	c, e := item.Complaint, item.climbed()
	id := blockIDs("ring", workflow.Complaint{ID: c.ID, Version: item.Fact.Version})
	what, byHand := f.climbWhy(c, e, item.Fact)
	if byHand {
		what = f.Words.T("calls.by", "name", f.actor(item.Fact.By), "what", what)
	}
	title := f.Words.T("ring.title", "number", escape(string(c.ID), wordLength), "unit", f.unit(c.Unit), "what", what)
	lines := []string{"*" + title + "*"}
	if byHand && e.Reason != "" {
		lines = append(lines, f.Words.T("calls.reason", "text", escape(e.Reason, reasonLength)))
	}
	lines = append(lines, escape(c.Summary, remedyLength), dots(append([]string{f.state(workflow.Summarize(c))}, f.holders(c)...)))
	lines = append(lines, f.ringPeople(e, ladderOf(c, item.Fact), person)...)
	lines = append(lines, f.Words.T("ring.since", "since", f.date(since(c, item.Fact), f.today())))
	m := Message{Text: title, Blocks: []slack.Block{section(id("what"), stack(lines))}}
	value := EncodeValue(Value{ID: c.ID, Menu: MenuVersion(c)})
	ack := slack.NewButtonBlockElement(ActionPrefix+string(workflow.VerbAck), value, plain(f.buttonText(workflow.VerbAck)))
	ack.Style = slack.StylePrimary
	elements := []slack.BlockElement{ack}
	url := c.Posts[workflow.PostedRoot].Link
	if link(url, "") != "" {
		open := slack.NewButtonBlockElement(ActionOpen, value, plain(f.Words.T("button.open")))
		open.URL = url
		elements = append(elements, open)
	}
	m.Blocks = append(m.Blocks, slack.NewActionBlock(id("do"), elements...))
	if len(elements) == 1 {
		m.Blocks = append(m.Blocks, section(id("how"), f.Words.T("ring.how", "command", f.howToShow(c))))
	}
	return m
}

// ringPeople says as what the person is called, who else is, what happens next, and where nobody was on duty.
func (f Face) ringPeople(e workflow.Climbed, ladder []workflow.Rung, person org.PersonID) []string {
	var lines []string
	others := make([]workflow.Called, 0, len(e.Calls))
	for _, k := range e.Calls {
		if k.Person == person {
			lines = append(lines, f.Words.T("calls.you", "as", f.callee(k.As), "rung", k.Rung))
		} else {
			others = append(others, k)
		}
	}
	if len(others) > 0 {
		lines = append(lines, f.Words.T("calls.also", "who", f.people(others, lineCalled)))
	}
	next := f.Words.T("calls.last")
	if !e.Next.IsZero() {
		next = f.Words.T("calls.next", "time", f.Words.Time(e.Next, f.Zone, f.today()))
	}
	return append(lines, joined(append([]string{next}, f.vacancies(e, ladder)...), f.semicolon()))
}

// ringAll is the list of what calls a person at once: what was left in the newest night first, higher rungs before lower ones.
func (f Face) ringAll(items []RingItem, at time.Time) Message {
	n := len(items)
	list := make([]workflow.Summary, n)
	for i, item := range items {
		list[i] = workflow.Summarize(item.Complaint)
	}
	slices.SortStableFunc(list, func(x, y workflow.Summary) int {
		return cmp.Or(y.LastLeft.Sub(x.LastLeft), cmp.Compare(y.Rung, x.Rung), x.Due.Compare(y.Due), cmp.Compare(x.ID, y.ID))
	})
	what := fmt.Sprintf("rings/%s/%d/%d", workflow.Gist(string(list[0].ID), wordLength), items[0].Fact.Version, n)
	p := f.newPages(what, f.Words.T("calls.title", "n", n))
	units, gaps := f.unitsOf(items)
	p.text = f.Words.T("calls.text", "n", n, "units", units)
	p.add(units)
	if gaps != "" {
		p.add(f.Words.T("calls.gaps", "units", gaps))
	}
	p.add(f.Words.T("calls.how"))
	p.addUpTo(1, len(list), f.rows(list, true), f.rest)
	ack := slack.NewButtonBlockElement(ActionAckAll, EncodeAckAll(at), plain(f.Words.T("button.ack_all")))
	ack.Style = slack.StylePrimary
	p.block(slack.NewActionBlock(what+"/do", ack), 0)
	return p.messages()[0]
}

// unitsOf counts the items by unit, in their order, and names the units that had nobody on duty.
func (f Face) unitsOf(items []RingItem) (counts, gaps string) {
	var order, without []org.UnitID
	n := map[org.UnitID]int{}
	for _, item := range items {
		u := item.Complaint.Unit
		if n[u]++; n[u] == 1 {
			order = append(order, u)
		}
		for _, v := range item.climbed().Vacant {
			if !slices.Contains(without, v.Unit) {
				without = append(without, v.Unit)
			}
		}
	}
	var some, none []string
	for _, u := range order[:min(len(order), mostNames)] {
		some = append(some, f.Words.T("calls.unit", "unit", f.unit(u), "n", n[u]))
	}
	for _, u := range without[:min(len(without), mostNames)] {
		none = append(none, f.unit(u))
	}
	return f.several(some, len(order)), f.several(none, len(without))
}

// Called is the message for a unit's channel when several of its complaints call people at once: who was called for which, by name. The
// highest rung stands first, then what has waited longest.
func Called(f Face, unit org.UnitID, items []RingItem) Message {
	f = f.ready()
	what := "called/" + workflow.Gist(string(unit), wordLength)
	if len(items) > 0 {
		what += fmt.Sprintf("/%s/%d", workflow.Gist(string(items[0].Complaint.ID), wordLength), items[0].Fact.Version)
	}
	p := f.newPages(what, f.Words.T("calls.channel", "unit", f.unit(unit), "n", len(items)))
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(x, y RingItem) int {
		return cmp.Or(cmp.Compare(y.climbed().Rung, x.climbed().Rung), since(x.Complaint, x.Fact).Compare(since(y.Complaint, y.Fact)),
			cmp.Compare(x.Complaint.ID, y.Complaint.ID))
	})
	rows := make([]string, len(items))
	for i, item := range items {
		c, e := item.Complaint, item.climbed()
		why, byHand := f.climbWhy(c, e, item.Fact)
		if byHand {
			why = f.Words.T("calls.by", "name", f.actor(item.Fact.By), "what", why)
		}
		number := "*" + link(c.Posts[workflow.PostedRoot].Link, escape(string(c.ID), wordLength)) + "*"
		rows[i] = f.Words.T("calls.channel_row", "number", number, "what", f.told(why, f.climbParts(e, ladderOf(c, item.Fact), rowCalled)))
	}
	p.addLines(1, rows, f.rest)
	return p.messages()[0]
}

// since is when what calls began: a breach when its deadline passed, a night when the complaint's day did, what somebody wanted when he
// did.
func since(c workflow.Complaint, fact workflow.Fact) time.Time {
	e, _ := fact.Event.(workflow.Climbed)
	climb := climbOf(c, fact)
	cause, began := e.Cause, fact.At
	if cause == workflow.CauseTime { // it goes on with what began it
		cause, began = climb.Cause, climb.From
	}
	switch cause {
	case workflow.CauseHand, workflow.CauseReturned:
		return began
	case workflow.CauseNight:
		if day, ok := c.Clock(workflow.ClockDay); ok {
			return day.Due
		}
	}
	if d, ok := c.DeadlineByID(cmp.Or(e.Deadline, climb.Deadline)); ok {
		return d.Due
	}
	return e.Due
}
