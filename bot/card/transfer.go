package card

import (
	"fmt"

	"sameday/workflow"

	"github.com/slack-go/slack"
)

// Offer is the message to the unit that is to take a complaint over: what it is, who hands it on and why, its clocks that go on, and the
// buttons that answer. Once it is answered it has no buttons but the one that opens the thread.
func Offer(f Face, c workflow.Complaint, fact workflow.Fact) Message {
	f = f.ready()
	e, _ := fact.Event.(workflow.TransferProposed)
	id := blockIDs("offer", workflow.Complaint{ID: c.ID, Version: fact.Version})
	title := f.Words.T("transfer.title", "number", escape(string(c.ID), wordLength), "from", f.unit(e.From), "to", f.unit(e.To), "name", f.actor(fact.By))
	lines := []string{
		"*" + title + "*", f.what(c), dots(append([]string{f.state(workflow.Summarize(c))}, f.holders(c)...)),
		f.Words.T("calls.reason", "text", escape(e.Reason, reasonLength)),
	}
	switch h := c.Handing; {
	case h == nil || h.Version != fact.Version: // closed meanwhile, or proposed to another unit
	case h.Answered.At.IsZero():
		lines = append(lines, f.Words.T("transfer.how", "unit", f.unit(c.Unit)))
	default:
		lines = append(lines, f.Words.T("transfer.answered", "name", f.actor(workflow.Person(h.Answered.By)),
			"time", f.Words.Time(h.Answered.At, f.Zone, f.today())))
	}
	m := Message{Text: title, Blocks: []slack.Block{section(id("what"), stack(lines))}}
	var elements []slack.BlockElement
	if o := c.Offered(); o != nil && o.Version == fact.Version {
		elements = f.verbButtons(c, []workflow.Verb{workflow.VerbReceive, workflow.VerbRefuse})
		if first, ok := elements[0].(*slack.ButtonBlockElement); ok {
			first.Style = slack.StylePrimary
		}
	}
	if elements = append(elements, f.openButton(c)...); len(elements) > 0 {
		m.Blocks = append(m.Blocks, slack.NewActionBlock(id("do"), elements...))
	}
	return m
}

// Moved is what the card in a former unit's channel becomes: where the complaint went, who accepted it when, and the way there.
func Moved(f Face, c workflow.Complaint, fact workflow.Fact) Message {
	f = f.ready()
	e, _ := fact.Event.(workflow.Transferred)
	id := blockIDs("moved", c)
	text := f.Words.T("transfer.moved", "number", escape(string(c.ID), wordLength), "to", f.unit(e.To), "name", f.actor(fact.By),
		"time", f.Words.Time(fact.At, f.Zone, f.today()))
	m := Message{Text: text, Blocks: []slack.Block{section(id("what"), stack([]string{"*" + text + "*", escape(c.Summary, workflow.CardSummary)}))}}
	if elements := f.openButton(c); len(elements) > 0 {
		m.Blocks = append(m.Blocks, slack.NewActionBlock(id("do"), elements...))
	}
	return m
}

func (f Face) sayProposed(_ workflow.Complaint, e workflow.TransferProposed) said {
	return said{what: f.Words.T("line.proposed", "unit", f.unit(e.To)), text: e.Reason}
}

func (f Face) sayRefused(c workflow.Complaint, e workflow.TransferRefused) said {
	s := said{what: f.Words.T("line.refused", "unit", f.unit(e.Unit)), text: e.Reason}
	if c.Handing != nil && c.Handing.Version == e.Proposed {
		s.also = []string{f.Words.T("line.proposer", "name", f.mention(c.Handing.By.Person))}
	}
	return s
}

// sayTransferred begins the thread in the new unit's channel, with the way to the old one.
func (f Face) sayTransferred(c workflow.Complaint, e workflow.Transferred, fact workflow.Fact) said {
	s := said{what: f.Words.T("line.transferred", "from", f.unit(e.From), "to", f.unit(e.To))}
	for n, m := range c.Moves {
		if old, ok := c.FormerRoot(n); ok && m.At.Equal(fact.At) && m.To == e.To && old.Link != "" {
			s.also = append(s.also, link(old.Link, f.Words.T("line.old_thread")))
		}
	}
	if e.Handler != "" {
		s.also = append(s.also, f.Words.T("line.taken", "name", f.mention(e.Handler)))
	}
	return s
}

// moves are where a complaint came from, and where it may go, on the card.
func (f Face) moves(c workflow.Complaint) []string {
	var out []string
	if n := len(c.Moves); n > 0 {
		from := f.unit(c.Moves[n-1].From)
		if old, ok := c.FormerRoot(n - 1); ok {
			from = link(old.Link, from)
		}
		out = append(out, f.Words.T("card.moved", "from", from))
	}
	if o := c.Offered(); o != nil {
		out = append(out, f.Words.T("card.offered", "unit", f.unit(o.To)))
	}
	return out
}

// offerVersion is the part of [MenuVersion] that is new with each proposal.
func offerVersion(c workflow.Complaint) string {
	if c.Handing == nil {
		return ""
	}
	return fmt.Sprintf(".t%d", c.Handing.Version)
}
