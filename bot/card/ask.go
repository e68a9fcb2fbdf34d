package card

import (
	"sameday/bot/words"
	"sameday/workflow"

	"github.com/slack-go/slack"
)

// AskExtension is the direct message to those who are asked for an extension: which deadline, until when, why, what the customer was told,
// and the buttons that answer. Once it is answered it says so, and has no buttons but the one that opens the thread.
func AskExtension(f Face, c workflow.Complaint, fact workflow.Fact) Message {
	f = f.ready()
	e, _ := fact.Event.(workflow.ExtensionAsked)
	id := blockIDs("ask", workflow.Complaint{ID: c.ID, Version: fact.Version})
	title := f.Words.T("ask_extension.title", "number", escape(string(c.ID), wordLength), "unit", f.unit(c.Unit), "name", f.actor(fact.By))
	s := f.sayAsked(c, e)
	lines := append([]string{"*" + title + "*", escape(c.Summary, remedyLength), s.what}, s.also...)
	if e.Reason != "" {
		lines = append(lines, f.Words.T("calls.reason", "text", escape(e.Reason, reasonLength)))
	}
	m := Message{Text: title, Blocks: []slack.Block{section(id("what"), stack(lines))}}
	var elements []slack.BlockElement
	if a := c.Asked(); a != nil && a.Version == fact.Version {
		elements = f.verbButtons(c, []workflow.Verb{workflow.VerbGrant, workflow.VerbDeny})
		if first, ok := elements[0].(*slack.ButtonBlockElement); ok {
			first.Style = slack.StylePrimary
		}
	}
	elements = append(elements, f.openButton(c)...)
	if len(elements) > 0 {
		m.Blocks = append(m.Blocks, slack.NewActionBlock(id("do"), elements...))
	}
	return m
}

// openButton leads to a complaint's thread; none while that does not stand yet.
func (f Face) openButton(c workflow.Complaint) []slack.BlockElement {
	url := c.Posts[workflow.PostedRoot].Link
	if link(url, "") == "" {
		return nil
	}
	open := slack.NewButtonBlockElement(ActionOpen, EncodeValue(Value{ID: c.ID, Menu: MenuVersion(c)}), plain(f.Words.T("button.open")))
	open.URL = url
	return []slack.BlockElement{open}
}

func (f Face) sayAsked(c workflow.Complaint, e workflow.ExtensionAsked) said {
	s := said{text: e.Reason, what: f.Words.T("line.asked", "clock", f.enum(words.Clock, string(e.Clock)), "due", f.end(e.Due, f.today()))}
	if old, ok := c.DeadlineByID(e.Replaces); ok {
		s.also = append(s.also, f.Words.T("line.olddue", "due", f.end(old.Due, f.today())))
	}
	if e.CustomerTold != "" {
		s.also = append(s.also, f.Words.T("line.told", "text", escape(e.CustomerTold, reasonLength)))
	}
	return s
}

func (f Face) sayDenied(c workflow.Complaint, e workflow.ExtensionDenied) said {
	s := said{what: f.Words.T("line.denied"), text: e.Reason}
	if c.Asking != nil && c.Asking.Version == e.Asked {
		s.also = []string{f.Words.T("line.asker", "name", f.mention(c.Asking.By.Person))}
	}
	return s
}

// asking is the wish for an extension that waits for an answer, on the card.
func (f Face) asking(c workflow.Complaint) []string {
	a := c.Asked()
	if a == nil {
		return nil
	}
	return []string{f.Words.T("card.asking", "clock", f.enum(words.Clock, string(a.Clock)), "due", f.end(a.Due, f.day(c)))}
}
