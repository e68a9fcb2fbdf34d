package card

import (
	"strings"

	"sameday/bot/words"
	"sameday/workflow"

	"github.com/slack-go/slack"
)

// List answers /complaint list: one line for each complaint, as many as a message holds, and how many more there are. The title is
// ours, not a person's: it is not escaped.
func List(f Face, title string, list []workflow.Summary) Message {
	f = f.ready()
	p := f.newPages("list", f.Words.T("list.title", "title", title, "n", len(list)))
	if len(list) == 0 {
		p.add(f.Words.T("reply.list_empty"))
	}
	several := false
	for _, s := range list {
		several = several || s.Unit != list[0].Unit
	}
	p.addUpTo(1, len(list), f.rows(list, several), f.rest)
	return p.messages()[0]
}

// Show answers /complaint show: the whole complaint with every text in full, in as many messages as that takes.
func Show(f Face, c workflow.Complaint) []Message {
	f = f.ready()
	p := f.newPages(blockIDs("show", c)("page"), f.Words.T("show.title", "number", escape(string(c.ID), wordLength)))
	p.add(f.head(c))
	p.add(f.Words.T("show.received", "received", f.Words.Time(c.ReceivedAt, f.Zone, f.today()),
		"registered", f.Words.Time(c.RegisteredAt, f.Zone, f.today()), "name", f.actor(c.OpenedBy)))
	p.add(f.what(workflow.Complaint{Opened: workflow.Opened{
		Customer: c.Customer, Business: c.Business, Reason: c.Reason, AmountFen: c.AmountFen,
	}}))
	if len(c.Subjects) > 0 {
		p.add(f.Words.T("show.subjects", "names", f.names(c.Subjects)))
	}
	p.add(f.steps(c))
	p.add(f.standing(c))
	for _, t := range []struct{ key, text string }{
		{"show.summary", c.Summary},
		{"show.remedy", c.Remedy},
		{"show.wants", c.Contact.Wants},
		{"show.solution", c.Solution.Text},
		{"show.cause", c.Solution.Cause},
		{"show.change", c.Solution.Change},
		{"show.progress", c.Progress},
		{"show.feedback", c.Feedback.Text},
		{"show.override", c.OverrideWhy},
	} {
		f.longText(p, f.Words.T(t.key), t.text)
	}
	f.showOutside(p, c)
	return p.messages()
}

// longText adds a whole text under its heading, in pieces.
func (f Face) longText(p *pages, heading, text string) {
	const piece, all = 1_400, 1 << 20 // pieces of half a section waste little of a page
	if strings.TrimSpace(text) == "" {
		return
	}
	p.add("*" + heading + "*")
	pieces, _ := split(text, piece, all)
	for _, s := range pieces {
		p.add(s)
	}
}

// Timeline answers /complaint timeline: every event that people care about, the first one first, each with its day. Long texts are
// cut to their beginning; the thread has them whole.
func Timeline(f Face, c workflow.Complaint, facts []workflow.Fact) []Message {
	f = f.ready()
	p := f.newPages(blockIDs("timeline", c)("page"), f.Words.T("timeline.title", "number", escape(string(c.ID), wordLength)))
	var lines []string
	for _, fact := range facts {
		s := f.say(c, fact)
		if s.what == "" {
			continue
		}
		line := f.lineHead(s, fact)
		if s.text != "" {
			line = f.Words.T("line.text", "head", line, "text", escape(s.text, reasonLength))
		}
		lines = append(lines, stack(append([]string{line}, s.also...)))
	}
	p.addLines(mostParts, lines, f.rest)
	return p.messages()
}

// Help answers help: one line for each verb of the table, then for those that only look. A command without a table, as /notice, has a
// text of its own.
func Help(f Face, command string, table []workflow.Row) Message {
	f = f.ready()
	p := f.newPages("help", f.Words.T("help.title", "command", command))
	if len(table) == 0 {
		p.add(f.Words.T("help.only." + strings.TrimPrefix(command, "/")))
		return p.messages()[0]
	}
	p.add(f.Words.T("help.numbers"))
	var lines []string
	for _, row := range table {
		lines = append(lines, f.Words.Help(string(row.Verb)))
	}
	for _, v := range words.Looking() {
		lines = append(lines, f.Words.Help(v))
	}
	lines = append(lines, f.Words.T("help.languages"))
	p.addLines(1, lines, f.rest)
	return p.messages()[0]
}

// Customer answers "show customer", to the person who asked alone: it is the only message with personal data in it. An empty part
// is left out.
func Customer(f Face, name, phone, id string) Message {
	f = f.ready()
	lines := []string{f.Words.T("reply.customer_shown")}
	for _, part := range []struct{ field, value string }{
		{"customer_name", name}, {"customer_phone", phone}, {"customer_id", id},
	} {
		if part.value != "" {
			lines = append(lines, f.Words.T("customer.line",
				"field", f.Words.FieldName("", part.field), "value", escape(part.value, 2*wordLength)))
		}
	}
	// The text is shown in notifications, on locked screens: it has no personal data.
	return Message{Text: lines[0], Blocks: []slack.Block{section("customer", stack(lines))}}
}
