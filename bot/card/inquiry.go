package card

import (
	"fmt"
	"strings"
	"time"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/daily"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// Action ids of what a branch does each day; their values are those of [EncodeSheet].
const (
	ActionInquiryNone   = ActionPrefix + "inquiry_none"    // the source has nothing for us
	ActionInquiryRecord = ActionPrefix + "inquiry_record"  // it has: open the form of a new complaint
	ActionAttend        = ActionPrefix + "meeting_attend"  // I am here
	ActionMinutes       = ActionPrefix + "meeting_minutes" // write minutes
	ActionDecide        = ActionPrefix + "meeting_decide"  // put a decision on record
	ActionSign          = ActionPrefix + "notice_sign"     // add a sentence to the notice
)

// EncodeSheet writes the value of a button under a daily message: its sheet, and the source where it is about one.
func EncodeSheet(r daily.Ref, source workflow.Source) string {
	return r.String() + "|" + string(source)
}

// DecodeSheet reads what EncodeSheet wrote; false for anything else.
func DecodeSheet(s string) (daily.Ref, workflow.Source, bool) {
	ref, source, cut := strings.Cut(s, "|")
	r, ok := daily.ParseRef(ref)
	return r, workflow.Source(source), cut && ok && !strings.Contains(source, "|")
}

// Inquiry is the morning's checklist: who is to ask whom, what they answered, and buttons for the answers. It is drawn anew with every
// answer.
func Inquiry(f Face, s daily.Sheet) Message {
	f = f.ready()
	p := f.newPages(sheetID(s), f.Words.T("inquiry.title", "unit", f.unit(s.Unit), "day", f.Words.Day(s.Day)))
	if s.Version == 0 {
		p.add(f.Words.T("inquiry.not_begun"))
		return p.messages()[0]
	}
	open := s.Open()
	switch {
	case len(open) == 0:
		p.add(f.Words.T("inquiry.done"))
	case s.Lapsed:
		p.add(f.Words.T("inquiry.lapsed"))
	case !s.Overdue.IsZero():
		p.add(f.Words.T("inquiry.over", "due", f.end(s.Due, s.Day), "sources", f.sources(open)))
		f.raised(p, s)
	default:
		p.add(f.Words.T("inquiry.ask", "due", f.end(s.Due, s.Day)))
	}
	f.askedSources(p, s, false)
	return p.messages()[0]
}

// InquiryLate is the direct message about what nobody had asked when the inquiry was due.
func InquiryLate(f Face, s daily.Sheet) Message {
	f = f.ready()
	p := f.newPages(sheetID(s)+"/late", f.Words.T("inquiry.late_title", "unit", f.unit(s.Unit), "day", f.Words.Day(s.Day),
		"sources", f.sources(s.Open())))
	p.add(f.Words.T("inquiry.late_ask", "due", f.end(s.Due, s.Day)))
	f.raised(p, s)
	f.askedSources(p, s, true)
	return p.messages()[0]
}

// raised says how far up an inquiry has been called, whom that called, and when it goes on.
func (f Face) raised(p *pages, s daily.Sheet) {
	if s.Rung < 2 {
		return
	}
	next := f.Words.T("inquiry.raised_last")
	if !s.Next.IsZero() {
		next = f.Words.T("inquiry.raised_next", "time", f.Words.Time(s.Next, f.Zone, s.Day))
	}
	p.add(f.Words.T("inquiry.raised", "rung", s.Rung, "who", f.names(s.Ringing), "next", next))
}

// sheetID begins block ids that change whenever the message does.
func sheetID(s daily.Sheet) string {
	return fmt.Sprintf("%s/%s/%s/%d", s.Topic, workflow.Gist(string(s.Unit), wordLength), s.Day, s.Version)
}

// mostSources bounds how many sources one checklist shows.
const mostSources = 10

// askedSources adds a line and buttons for each source; openOnly leaves out those that are answered.
func (f Face) askedSources(p *pages, s daily.Sheet, openOnly bool) {
	for _, a := range s.Asked[:min(len(s.Asked), mostSources)] {
		if openOnly && a.Answered() {
			continue
		}
		p.add(f.askedLine(s, a))
		value := EncodeSheet(s.Ref, a.Source)
		source := words.Plain(f.Words.Name(words.Source, string(a.Source)))
		var buttons []slack.BlockElement
		if !a.Answered() || a.Last().Complaint != "" {
			buttons = append(buttons, slack.NewButtonBlockElement(ActionInquiryNone, value, plain(f.Words.T("button.inquiry_none", "source", source))))
		}
		key := "button.inquiry_record"
		if len(a.Complaints()) > 0 {
			key = "button.inquiry_more"
		}
		buttons = append(buttons, slack.NewButtonBlockElement(ActionInquiryRecord, value, plain(f.Words.T(key, "source", source))))
		p.block(slack.NewActionBlock(p.what+"/do/"+string(a.Source), buttons...), 0)
	}
}

// askedLine is how one source stands, with everything that was answered before.
func (f Face) askedLine(s daily.Sheet, a daily.Asked) string {
	source := f.enum(words.Source, string(a.Source))
	if !a.Answered() {
		return f.Words.T("inquiry.open", "source", source, "who", f.names(a.People))
	}
	const most = 4
	replies := a.Replies[max(0, len(a.Replies)-most):]
	out := make([]string, len(replies))
	for i, r := range replies {
		out[i] = f.reply(s, a, r)
	}
	return f.Words.T("inquiry.answered", "source", source, "answers", strings.Join(out, f.Words.T("join.who")))
}

// reply is one answer: what, who and when, and what is out of the ordinary about it.
func (f Face) reply(s daily.Sheet, a daily.Asked, r daily.Reply) string {
	what := f.Words.T("inquiry.none")
	if r.Complaint != "" {
		what = f.Words.T("inquiry.found", "number", escape(string(r.Complaint), wordLength))
	}
	var marks []string
	if r.Corrects {
		marks = append(marks, f.Words.T("inquiry.corrects"))
	}
	if r.Instead && len(a.People) > 0 {
		marks = append(marks, f.Words.T("inquiry.instead", "names", f.names(a.People)))
	}
	if r.Late && r == a.Replies[0] {
		marks = append(marks, f.Words.T("inquiry.late"))
	}
	text := f.Words.T("inquiry.reply", "what", what, "name", f.name(r.By), "time", f.Words.Time(r.At, f.Zone, s.Day))
	if len(marks) > 0 {
		text += f.Words.T("inquiry.marks", "marks", f.Words.Join(marks))
	}
	return text
}

func (f Face) sources(list []workflow.Source) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f.enum(words.Source, string(s))
	}
	return f.Words.Join(out)
}

// mostColumns is how many sources the month's table has room for beside the day.
const mostColumns = 8

// InquiryMonth is the table of a month's inquiries of a branch: every day up to now, weekends included. A source that was not asked on a
// day stands with a dash. brief leaves the table out: a message holds one, so an answer about several branches has their sums alone.
func InquiryMonth(f Face, unit org.UnitID, days []daily.Sheet, now time.Time, brief bool) Message {
	f = f.ready()
	if len(days) == 0 {
		return Message{Text: f.Words.T("inquiry.no_days")}
	}
	first := days[0].Day
	title := f.Words.T("inquiry.month_title", "unit", f.unit(unit), "year", first.Year, "month", int(first.Month))
	p := f.newPages(fmt.Sprintf("inquiry-month/%s/%s/%d", workflow.Gist(string(unit), wordLength), first, now.Unix()), title)
	var columns []workflow.Source
	seen := map[workflow.Source]bool{}
	asked, late, missing := 0, 0, 0
	for _, s := range days {
		for _, a := range s.InquiryDay(now).Sources {
			if !seen[a.Source] && len(columns) < mostColumns {
				seen[a.Source], columns = true, append(columns, a.Source)
			}
			asked++
			switch {
			case !a.Answered && a.Late:
				missing++
			case a.Late:
				late++
			}
		}
	}
	p.add(f.Words.T("inquiry.month_sum", "asked", asked, "late", late, "missing", missing))
	switch {
	case brief:
		p.add(f.Words.T("inquiry.month_brief", "unit", f.unit(unit)))
	case len(columns) > 0:
		t, chars := f.monthTable(p.what, columns, days, now)
		p.block(t, chars)
	}
	return p.messages()[0]
}

func (f Face) monthTable(what string, columns []workflow.Source, days []daily.Sheet, now time.Time) (slack.Block, int) {
	t := slack.NewTableBlock(what + "/table")
	chars := 0
	row := func(cells ...string) {
		out := make([]slack.TableCell, len(cells))
		for i, c := range cells {
			chars += length(c)
			out[i] = slack.NewTableRawTextCell(c)
		}
		t.Rows = append(t.Rows, out)
	}
	head := []string{f.Words.T("inquiry.day")}
	for _, s := range columns {
		head = append(head, words.Plain(workflow.Gist(f.Words.Name(words.Source, string(s)), cellLength)))
	}
	row(head...)
	for _, s := range days {
		answers := map[workflow.Source]workflow.InquiryAnswer{}
		for _, a := range s.InquiryDay(now).Sources {
			answers[a.Source] = a
		}
		cells := []string{f.Words.ShortDay(s.Day) + " " + f.Words.Weekday(s.Day)}
		for _, c := range columns {
			a, ok := answers[c]
			cells = append(cells, f.monthCell(a, ok))
		}
		row(cells...)
	}
	return t, chars
}

func (f Face) monthCell(a workflow.InquiryAnswer, asked bool) string {
	key := "inquiry.cell.none"
	switch {
	case !asked:
		return "—"
	case !a.Answered && a.Late:
		key = "inquiry.cell.missing"
	case !a.Answered:
		key = "inquiry.cell.waits"
	case len(a.Complaints) > 0:
		key = "inquiry.cell.found"
	}
	text := f.Words.T(key, "n", len(a.Complaints))
	if a.Answered && a.Late {
		text += f.Words.T("inquiry.cell.late")
	}
	return text
}

// inquiryDay is a branch's inquiry of a day in one line, for the notice.
func (f Face) inquiryDay(d workflow.InquiryDay, several bool) string {
	parts := make([]string, len(d.Sources))
	for i, a := range d.Sources {
		what := f.monthCell(a, true)
		if len(a.Complaints) > 0 {
			what += f.Words.T("inquiry.marks", "marks", f.numbers(a.Complaints))
		}
		parts[i] = f.enum(words.Source, string(a.Source)) + " " + what
	}
	key := "morning.inquiry"
	if several {
		key = "morning.inquiry_of"
	}
	return f.Words.T(key, "unit", f.unit(d.Unit), "day", f.dayName(d.Day), "answers", dots(parts))
}

// dayName is "today" or "yesterday" where that is what a day is.
func (f Face) dayName(d calendar.Day) string {
	switch d {
	case f.today():
		return f.Words.T("morning.today")
	case f.today().Add(-1):
		return f.Words.T("notice.yesterday")
	}
	return f.Words.Day(d)
}
