package card

import (
	"time"

	"sameday/workflow"

	"github.com/slack-go/slack"
)

// Ring is a direct message to somebody who must act: what happened, to which complaint, since when, and a way to it.
func Ring(f Face, c workflow.Complaint, fact workflow.Fact) Message {
	f = f.ready()
	s := f.say(c, fact)
	sum := workflow.Summarize(c)
	id := blockIDs("ring", workflow.Complaint{ID: c.ID, Version: fact.Version})
	title := f.Words.T("ring.title", "number", escape(string(c.ID), wordLength), "unit", f.unit(c.Unit), "what", s.what)
	lines := []string{"*" + title + "*", escape(c.Summary, remedyLength)}
	if state := f.state(sum); state != "" {
		lines = append(lines, state)
	}
	lines = append(lines, dots(f.holders(c)), f.Words.T("ring.since", "since", f.date(since(c, fact), f.today())))
	m := Message{Text: title, Blocks: []slack.Block{section(id("what"), stack(lines))}}
	if url := sum.Link; link(url, "") != "" {
		open := slack.NewButtonBlockElement(ActionOpen, EncodeValue(Value{ID: c.ID, Menu: MenuVersion(c)}), plain(f.Words.T("button.open")))
		open.URL = url
		m.Blocks = append(m.Blocks, slack.NewActionBlock(id("open"), open))
	} else {
		m.Blocks = append(m.Blocks, section(id("how"), f.Words.T("ring.how", "command", f.howToShow(c))))
	}
	return m
}

// since is when what the fact tells began: a breach when its deadline passed, a night when the complaint's day did, anything else
// when it happened.
func since(c workflow.Complaint, fact workflow.Fact) time.Time {
	switch e := fact.Event.(type) {
	case workflow.Breached:
		return e.Due
	case workflow.LeftOvernight:
		if day, ok := c.Clock(workflow.ClockDay); ok {
			return day.Due
		}
	}
	return fact.At
}
