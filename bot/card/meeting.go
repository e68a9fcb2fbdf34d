package card

import (
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/daily"

	"github.com/slack-go/slack"
)

// Agenda is what a meeting goes through.
type Agenda struct {
	Open       []workflow.Summary
	Directives []workflow.DirectiveLine // open ones
}

// agendaParts are the parts of an agenda, each with the complaints that belong there; each complaint stands in the first that fits.
var agendaParts = []struct {
	key string
	in  func(s workflow.Summary, day calendar.Day) bool
}{
	{"meeting.overnight", func(s workflow.Summary, _ calendar.Day) bool { return s.Night > 0 }},
	{"meeting.serious", func(s workflow.Summary, _ calendar.Day) bool { return s.Grade == workflow.GradeKey || len(s.Kinds) > 0 }},
	{"meeting.due", func(s workflow.Summary, day calendar.Day) bool { return !day.Before(s.Account) }},
	{"meeting.others", func(workflow.Summary, calendar.Day) bool { return true }},
}

// mostAgenda is how many complaints a part of the agenda shows.
const mostAgenda = 12

// Meeting is the message of a daily meeting: where it is held, the agenda, who is there, and what was resolved. It is drawn anew with
// everything that is put on record.
func Meeting(f Face, s daily.Sheet, a Agenda) Message {
	f = f.ready()
	p := f.newPages(sheetID(s), f.Words.T("meeting.title", "unit", f.unit(s.Unit), "day", f.Words.Day(s.Day)))
	switch {
	case s.Skipped == daily.NothingOpen:
		p.add(f.Words.T("meeting.skipped_nothing"))
		return p.messages()[0]
	case s.Skipped != "":
		p.add(f.Words.T("meeting.skipped_late"))
		return p.messages()[0]
	case s.Called.IsZero():
		p.add(f.Words.T("meeting.not_begun"))
		return p.messages()[0]
	case s.Link == "":
		p.add(f.Words.T("meeting.no_link"))
	default:
		p.add(f.Words.T("meeting.link", "link", link(s.Link, f.Words.T("meeting.join"))))
	}
	f.agenda(p, s.Day, a)
	if len(s.Attending) > 0 {
		p.add(f.Words.T("meeting.present", "n", len(s.Attending), "names", f.fitPeople(s.Attending, reasonLength)))
	}
	if len(s.Decisions) > 0 {
		p.add(f.Words.T("meeting.decisions", "n", len(s.Decisions)))
		p.addUpTo(1, len(s.Decisions), func(i int) string { return f.decision(s.Decisions[i], s.Day) }, f.rest)
	}
	if n := len(s.Minutes); n > 0 {
		p.add(f.Words.T("meeting.minutes_there", "name", f.name(s.Minutes[n-1].By), "time", f.Words.Time(s.Minutes[n-1].At, f.Zone, s.Day)))
	}
	value := EncodeSheet(s.Ref, "")
	attend := slack.NewButtonBlockElement(ActionAttend, value, plain(f.Words.T("button.attend")))
	attend.Style = slack.StylePrimary
	p.block(slack.NewActionBlock(p.what+"/do", attend,
		slack.NewButtonBlockElement(ActionDecide, value, plain(f.Words.T("button.decide"))),
		slack.NewButtonBlockElement(ActionMinutes, value, plain(f.Words.T("button.minutes")))), 0)
	return p.messages()[0]
}

// agenda adds the parts of an agenda.
func (f Face) agenda(p *pages, day calendar.Day, a Agenda) {
	parts := make([][]workflow.Summary, len(agendaParts))
	several := false
	for _, s := range a.Open {
		several = several || s.Unit != a.Open[0].Unit
		for i, part := range agendaParts {
			if part.in(s, day) {
				parts[i] = append(parts[i], s)
				break
			}
		}
	}
	for i, list := range parts {
		if len(list) == 0 {
			continue
		}
		p.add(f.Words.T(agendaParts[i].key, "n", len(list)))
		for _, s := range list[:min(len(list), mostAgenda)] {
			if row := "• " + f.row(s, several); p.fits(length(row)+1, noticeLines) {
				p.add(row)
			}
		}
		if len(list) > mostAgenda {
			p.add(f.rest(len(list) - mostAgenda))
		}
	}
	if len(a.Directives) > 0 {
		p.add(f.Words.T("meeting.directives", "n", len(a.Directives)))
		for _, d := range a.Directives[:min(len(a.Directives), mostAgenda)] {
			if row := f.directive(d); p.fits(length(row)+1, noticeLines) {
				p.add(row)
			}
		}
	}
}

func (f Face) decision(d daily.Decision, day calendar.Day) string {
	text := f.Words.T("meeting.decision", "text", escape(d.Text, reasonLength), "name", f.name(d.By), "time", f.Words.Time(d.At, f.Zone, day))
	if len(d.People) > 0 {
		text += f.Words.T("meeting.decision_who", "names", f.names(d.People))
	}
	if !d.Due.IsZero() {
		text += f.Words.T("meeting.decision_due", "day", f.Words.Day(d.Due))
	}
	return text
}

// Minutes are a meeting's minutes in its unit's channel.
func Minutes(f Face, s daily.Sheet, m daily.Minute) Message {
	f = f.ready()
	p := f.newPages(sheetID(s)+"/minutes", f.Words.T("meeting.minutes_title", "unit", f.unit(s.Unit), "day", f.Words.Day(s.Day)))
	p.add(f.Words.T("meeting.minutes_by", "name", f.name(m.By), "time", f.Words.Time(m.At, f.Zone, s.Day), "names", f.fitPeople(s.Attending, reasonLength)))
	const piece, most = 1_400, 5
	pieces, rest := split(m.Text, piece, most)
	for _, s := range pieces {
		p.add(s)
	}
	if rest != "" { // of 3,000 characters only when most of them need escaping
		p.add("…")
	}
	return p.messages()[0]
}
