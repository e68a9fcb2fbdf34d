package card

import (
	"fmt"
	"slices"
	"time"

	"sameday/workflow"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// Rung is the message of [Ring] once somebody may have answered: what still calls is listed as before, with its buttons; what was
// answered says by whom and when, and can only be opened.
func Rung(f Face, items []RingItem, person org.PersonID, at time.Time) Message {
	f = f.ready()
	var open, done []RingItem
	for _, item := range items {
		if _, answered := item.answered(); answered {
			done = append(done, item)
		} else {
			open = append(open, item)
		}
	}
	switch {
	case len(done) == 0:
		return Ring(f, open, person, at)
	case len(items) == 1:
		return f.rungOne(done[0])
	case len(open) == 0:
		return f.rungAll(done)
	}
	m := Ring(f, open, person, at)
	what := fmt.Sprintf("rung/%s/%d/%d", workflow.Gist(string(items[0].Complaint.ID), wordLength), items[0].Fact.Version, len(done))
	m.Blocks = append(m.Blocks, section(what, f.Words.T("calls.others_answered", "n", len(done))))
	return m
}

// answered is how the calls of the item ended.
func (i RingItem) answered() (workflow.Climb, bool) { return i.Complaint.Answered(i.Fact.Version) }

// answer says who answered, when and how.
func (f Face) answer(item RingItem) string {
	climb, _ := item.answered()
	return f.Words.T("calls.answered."+string(climb.Ending), "name", f.actor(climb.EndedBy), "time", f.Words.Time(climb.Ended, f.Zone, f.today()))
}

func (f Face) rungOne(item RingItem) Message {
	c := item.Complaint
	id := blockIDs("rung", workflow.Complaint{ID: c.ID, Version: item.Fact.Version})
	answer := f.answer(item)
	title := f.Words.T("ring.title", "number", escape(string(c.ID), wordLength), "unit", f.unit(c.Unit), "what", answer)
	lines := []string{"*" + title + "*", escape(c.Summary, remedyLength), dots(append([]string{f.state(workflow.Summarize(c))}, f.holders(c)...))}
	m := Message{Text: title, Blocks: []slack.Block{section(id("what"), stack(lines))}}
	if url := c.Posts[workflow.PostedRoot].Link; link(url, "") != "" {
		open := slack.NewButtonBlockElement(ActionOpen, EncodeValue(Value{ID: c.ID, Menu: MenuVersion(c)}), plain(f.Words.T("button.open")))
		open.URL = url
		m.Blocks = append(m.Blocks, slack.NewActionBlock(id("do"), open))
	}
	return m
}

// rungAll is a list of calls that have all been answered, the last answer first.
func (f Face) rungAll(items []RingItem) Message {
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(x, y RingItem) int {
		a, _ := x.answered()
		b, _ := y.answered()
		return b.Ended.Compare(a.Ended)
	})
	first := items[0]
	what := fmt.Sprintf("rung/%s/%d/%d", workflow.Gist(string(first.Complaint.ID), wordLength), first.Fact.Version, len(items))
	p := f.newPages(what, f.Words.T("calls.all_answered", "n", len(items)))
	p.addUpTo(1, len(items), func(n int) string {
		c := items[n].Complaint
		number := "*" + link(c.Posts[workflow.PostedRoot].Link, escape(string(c.ID), wordLength)) + "*"
		return f.Words.T("calls.channel_row", "number", number, "what", f.answer(items[n]))
	}, f.rest)
	return p.messages()[0]
}
