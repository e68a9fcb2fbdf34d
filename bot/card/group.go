package card

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// ActionReply opens the form for a word in reply to a report.
const ActionReply = ActionPrefix + "reply"

// DirectiveMenu is the Menu of a [Value] whose button is about one directive.
func DirectiveMenu(n int) string { return "d" + strconv.Itoa(n) }

// DirectiveOf reads what DirectiveMenu wrote; 0 for anything else.
func DirectiveOf(menu string) int {
	digits, ok := strings.CutPrefix(menu, "d")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 {
		return 0
	}
	return n
}

// group is what the card says of those around a complaint: whom its kinds brought in, the leaders' open directives, who has read the
// report.
func (f Face) group(c workflow.Complaint) []string {
	var out []string
	if len(c.Brought) > 0 {
		out = append(out, f.Words.T("group.brought", "who", f.brought(c.Brought, f.name)))
	}
	if open := c.OpenDirectives(); len(open) > 0 {
		late := 0
		for _, d := range open {
			if !d.Due.After(f.Now) {
				late++
			}
		}
		key := "group.directives"
		if late > 0 {
			key = "group.directives_late"
		}
		out = append(out, f.Words.T(key, "n", len(open), "late", late))
	}
	return append(out, f.receipts(c))
}

// brought names people with the position that brought them.
func (f Face) brought(people []workflow.Brought, name func(org.PersonID) string) string {
	out := make([]string, 0, mostNames)
	for _, b := range people[:min(len(people), mostNames)] {
		out = append(out, f.Words.T("group.as", "position", f.enum(words.Position, string(b.Position)), "name", name(b.Person)))
	}
	return f.crowd(out, len(people))
}

// receipts says who has read the report and who has not; empty when there is none.
func (f Face) receipts(c workflow.Complaint) string {
	b := c.Briefing
	if len(b.To) == 0 {
		return ""
	}
	read := make([]string, 0, mostNames)
	for _, m := range b.Read[:min(len(b.Read), mostNames)] {
		read = append(read, f.Words.T("group.read_at", "name", f.name(m.By), "time", f.Words.Time(m.At, f.Zone, f.day(c))))
	}
	unread := b.Unread()
	switch {
	case len(unread) == 0:
		return f.Words.T("group.read", "who", f.crowd(read, len(b.Read)))
	case len(read) == 0:
		return f.Words.T("group.unread", "who", f.names(unread))
	}
	return f.Words.T("group.read", "who", f.crowd(read, len(b.Read))) + f.semicolon() + f.Words.T("group.unread", "who", f.names(unread))
}

func (f Face) sayLed(_ workflow.Complaint, e workflow.Led, fact workflow.Fact) said {
	if e.Person == fact.By.Person {
		return said{what: f.Words.T("group.led")}
	}
	return said{what: f.Words.T("group.led_to", "name", f.name(e.Person))}
}

func (f Face) sayWatched(_ workflow.Complaint, e workflow.Watched) said {
	if e.Deadline == nil {
		return said{}
	}
	return said{what: f.Words.T("group.watched", "due", f.end(e.Deadline.Due, f.today())), alone: true}
}

func (f Face) saySilent(c workflow.Complaint, e workflow.Silent, fact workflow.Fact) said {
	if !e.Until.IsZero() {
		return said{}
	}
	what := f.Words.T("group.silent", "span", f.Words.Span(fact.At.Sub(e.Since)), "who", f.mentions(e.Asked))
	command := "/complaint " + string(workflow.VerbReport) + " " + escape(string(c.ID), wordLength) + " …"
	return said{what: what, also: []string{f.Words.T("group.silent_how", "command", command)}, alone: true}
}

func (f Face) sayBrought(_ workflow.Complaint, e workflow.BroughtIn) said {
	s := said{alone: true, what: f.Words.T("group.bring", "kinds", f.Words.Join(f.kinds(e.Kinds)), "who", f.brought(e.People, f.mention))}
	for _, p := range e.Vacant[:min(len(e.Vacant), mostNames)] {
		s.also = append(s.also, f.Words.T("group.bring_vacant", "position", f.enum(words.Position, string(p))))
	}
	return s
}

func (f Face) sayDirected(_ workflow.Complaint, e workflow.Directed) said {
	return said{text: e.Text, what: f.Words.T("group.directed", "n", e.N, "who", f.names(e.To), "due", f.end(e.Deadline.Due, f.today()))}
}

func (f Face) sayDirectiveAnswered(c workflow.Complaint, e workflow.DirectiveAnswered) said {
	s := said{what: f.Words.T("group.answered", "n", e.N, "state", f.enum("directive", string(e.State))), text: e.Text}
	if d, ok := c.Directive(e.N); ok && d.By != "" && e.State != workflow.DirectiveTaken {
		s.what = f.Words.T("group.answered_to", "what", s.what, "name", f.mention(d.By))
	}
	return s
}

func (f Face) sayProgressed(_ workflow.Complaint, e workflow.Progressed) said {
	return said{what: f.Words.T("group.progressed"), text: e.Text}
}

func (f Face) sayBriefed(_ workflow.Complaint, e workflow.Briefed) said {
	return said{what: f.Words.T("group.briefed", "who", f.names(e.To)), alone: true}
}

func (f Face) sayBriefingRead(_ workflow.Complaint, e workflow.BriefingRead) said {
	if e.Text != "" {
		return said{what: f.Words.T("group.replied"), text: e.Text}
	}
	return said{what: f.Words.T("group.has_read")}
}

func (f Face) sayBriefingUnread(_ workflow.Complaint, e workflow.BriefingUnread) said {
	s := said{what: f.Words.T("group.not_read", "who", f.names(e.By)), alone: true}
	if len(e.Told) > 0 {
		s.also = []string{f.Words.T("group.not_read_told", "who", f.names(e.Told))}
	}
	return s
}

// choice is a button of a direct message about a complaint.
type choice struct {
	action  string
	text    string
	value   string
	primary bool
}

// private is a direct message about a complaint: a title, lines, buttons, and always one to look at the complaint and one to its thread.
func (f Face) private(what string, c workflow.Complaint, title string, lines []string, choices []choice) Message {
	id := blockIDs(what, c)
	m := Message{Text: title}
	part := []string{"*" + title + "*"}
	for _, line := range lines { // the longest report does not fit into one section
		if length(stack(append(slices.Clone(part), line))) > maxSection {
			m.Blocks, part = append(m.Blocks, section(id(fmt.Sprintf("what%d", len(m.Blocks)+1)), stack(part))), nil
		}
		part = append(part, line)
	}
	m.Blocks = append(m.Blocks, section(id("what"), stack(part)))
	value := EncodeValue(Value{ID: c.ID, Menu: MenuVersion(c)})
	choices = append(choices, choice{action: ActionPrefix + words.VerbShow, text: f.buttonText(words.VerbShow), value: value})
	elements := make([]slack.BlockElement, 0, len(choices)+1)
	for _, k := range choices {
		b := slack.NewButtonBlockElement(k.action, k.value, plain(k.text))
		if k.primary {
			b.Style = slack.StylePrimary
		}
		elements = append(elements, b)
	}
	if url := c.Posts[workflow.PostedRoot].Link; link(url, "") != "" {
		open := slack.NewButtonBlockElement(ActionOpen, value, plain(f.Words.T("button.open")))
		open.URL = url
		elements = append(elements, open)
	}
	m.Blocks = append(m.Blocks, slack.NewActionBlock(id("do"), elements...))
	return m
}

// Directive is the direct message about an order: to those whom it names with buttons to acknowledge it, to report it done and to
// decline it; to who gave it, once it is overdue, without.
func Directive(f Face, c workflow.Complaint, d workflow.Directive, person org.PersonID) Message {
	f = f.ready()
	key := "group.dm_directive"
	if !d.Due.After(f.Now) {
		key = "group.dm_overdue"
	}
	number := escape(string(c.ID), wordLength)
	title := f.Words.T(key, "n", d.N, "number", number, "unit", f.unit(c.Unit))
	lines := []string{
		escape(d.Text, reasonLength*4),
		f.Words.T("group.dm_by", "name", f.name(d.By), "who", f.names(d.To), "due", f.date(d.Due, f.today())),
		escape(c.Summary, remedyLength),
	}
	var choices []choice
	if d.Names(person) {
		value := EncodeValue(Value{ID: c.ID, Menu: DirectiveMenu(d.N)})
		for _, v := range []workflow.Verb{workflow.VerbTake, workflow.VerbDone, workflow.VerbDecline} {
			if v == workflow.VerbTake && d.TakenBy(person) {
				continue
			}
			choices = append(choices, choice{ActionPrefix + string(v), f.buttonText(v), value, v == workflow.VerbTake})
		}
	}
	return f.private(fmt.Sprintf("directive/%d", d.N), c, title, lines, choices)
}

// Briefing is the report on a handled complaint for a decision maker: what happened, what the customer wanted, what was done, what it
// cost, why it happened and what will change, on one screen, with a button that says it was read and one for a word in reply.
func Briefing(f Face, c workflow.Complaint) Message {
	f = f.ready()
	cost := f.Words.T("group.report_none")
	if c.Solution.AmountFen > 0 {
		cost = words.Amount(c.Solution.AmountFen)
	}
	wanted := c.Contact.Wants
	if wanted == "" {
		wanted = c.Remedy
	}
	lines := []string{f.head(c)}
	add := func(part, text string) {
		if strings.TrimSpace(text) == "" {
			text = f.Words.T("group.report_empty")
		}
		lines = append(lines, f.Words.T("group.report_line", "part", f.enum("report_part", part), "text", text))
	}
	add("happened", escape(c.Summary, workflow.CardSummary))
	add("wanted", escape(wanted, reasonLength))
	add("done", f.enum(words.Solution, string(c.Solution.Solution))+f.Words.T("group.colon")+escape(c.Solution.Text, reasonLength*2))
	add("cost", cost)
	add("cause", escape(c.Solution.Cause, reasonLength))
	add("change", escape(c.Solution.Change, reasonLength))
	title := f.Words.T("group.dm_report", "number", escape(string(c.ID), wordLength), "unit", f.unit(c.Unit))
	value := EncodeValue(Value{ID: c.ID, Menu: MenuVersion(c)})
	return f.private("briefing", c, title, lines, []choice{
		{ActionPrefix + string(workflow.VerbRead), f.buttonText(workflow.VerbRead), value, true},
		{ActionReply, f.Words.T("button.reply"), value, false},
	})
}

// Unread tells consumer protection who has not read the report by the end of the day.
func Unread(f Face, c workflow.Complaint, people []org.PersonID) Message {
	f = f.ready()
	title := f.Words.T("group.dm_unread", "number", escape(string(c.ID), wordLength), "unit", f.unit(c.Unit), "who", f.names(people))
	return f.private("unread", c, title, []string{escape(c.Summary, remedyLength), f.Words.T("group.dm_unread_how")}, nil)
}

// Appointed tells somebody who was given the front-line command: where the complaint stands, and how to hand it on.
func Appointed(f Face, c workflow.Complaint, by workflow.Actor) Message {
	f = f.ready()
	title := f.Words.T("group.dm_lead", "number", escape(string(c.ID), wordLength), "unit", f.unit(c.Unit), "name", f.actor(by))
	how := f.Words.T("group.dm_lead_how", "command", f.Words.Example(string(workflow.VerbLead), escape(string(c.ID), wordLength)))
	return f.private("lead", c, title, []string{escape(c.Summary, workflow.CardSummary), f.steps(c), how}, nil)
}

// directive is one open directive in a list.
func (f Face) directive(d workflow.DirectiveLine) string {
	number := "*" + link(d.Link, escape(string(d.Complaint), wordLength)) + "*"
	return f.Words.T("home.directive", "number", number, "n", d.N, "name", f.name(d.By), "due", f.end(d.Due, f.today()),
		"state", f.enum("directive", string(d.State)), "text", escape(d.Gist, wordLength))
}

// homeOrders lists the open directives that name the person, and the reports that wait to be read.
func (f Face) homeOrders(h *home, v HomeView) {
	if len(v.Directives) > 0 {
		lines := make([]string, 0, homeMine)
		for _, d := range v.Directives[:min(len(v.Directives), homeMine)] {
			lines = append(lines, f.directive(d))
		}
		f.homeList(h, f.Words.T("home.directives", "n", len(v.Directives)), lines, len(v.Directives)-homeMine)
	}
	if len(v.Unread) == 0 {
		return
	}
	h.add(f.Words.T("home.unread", "n", len(v.Unread)))
	for _, s := range v.Unread[:min(len(v.Unread), homeCalls)] {
		h.add(f.row(s, true))
		value := EncodeValue(Value{ID: s.ID, Menu: "home"})
		h.blocks = append(h.blocks, slack.NewActionBlock(fmt.Sprintf("home/%d", len(h.blocks)),
			slack.NewButtonBlockElement(ActionPrefix+string(workflow.VerbRead), value, plain(f.buttonText(workflow.VerbRead))),
			slack.NewButtonBlockElement(ActionReply, value, plain(f.Words.T("button.reply")))))
	}
	if rest := len(v.Unread) - homeCalls; rest > 0 {
		h.add(f.rest(rest))
	}
}
