package card

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Face is how things are shown to the readers of one channel, or to one person. Its zero value works: Chinese, UTC, ids for names.
type Face struct {
	Words  *words.Words              // the reader's language; Chinese when nil
	Zone   *time.Location            // of the unit, for times that are written out; UTC when nil
	Now    time.Time                 // when the message is drawn
	Person func(org.PersonID) string // a person's display name, not escaped; the id when nil or empty
	Unit   func(org.UnitID) string   // a unit's name, not escaped; the id when nil or empty
	Codes  workflow.Codes            // names of business and reason categories
	Link   func(workflow.ID) string  // the way to another complaint's thread; no link when nil or empty
}

func (f Face) ready() Face {
	if f.Words == nil {
		f.Words = words.For(words.Chinese)
	}
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	return f
}

// today is the civil day on which the message is drawn; no day when Now is not known.
func (f Face) today() calendar.Day {
	if f.Now.IsZero() {
		return calendar.Day{}
	}
	return calendar.DayOf(f.Now, f.Zone)
}

// day is the civil day from which a complaint's times are seen: today, so that a time of today needs no date.
func (f Face) day(c workflow.Complaint) calendar.Day {
	if f.Now.IsZero() {
		return c.Account
	}
	return f.today()
}

func (f Face) name(p org.PersonID) string { return escape(called(f.Person, p), nameLength) }

func (f Face) unit(u org.UnitID) string { return escape(called(f.Unit, u), nameLength) }

func called[ID ~string](name func(ID) string, id ID) string {
	if name != nil {
		if s := name(id); s != "" {
			return s
		}
	}
	return string(id)
}

// enum is what a code of an enumeration is called. A code without a name is shown as it is, so it is escaped like any text.
func (f Face) enum(kind, code string) string { return escape(f.Words.Name(kind, code), wordLength) }

// actor names who acted; clocks and jobs are the system.
func (f Face) actor(a workflow.Actor) string {
	if a.IsSystem() || a.Person == "" {
		return f.Words.T("system")
	}
	return f.name(a.Person)
}

var slackUser = regexp.MustCompile(`^[UW][A-Z0-9]{2,30}$`)

// mention is the person so that Slack notifies him; the name when the id is not Slack's.
func (f Face) mention(p org.PersonID) string {
	if slackUser.MatchString(string(p)) {
		return "<@" + string(p) + ">"
	}
	return escape(called(f.Person, p), nameLength/2)
}

func (f Face) mentions(people []org.PersonID) string {
	out := make([]string, 0, len(people))
	for _, p := range people[:min(len(people), mostMentions)] {
		out = append(out, f.mention(p))
	}
	return strings.Join(out, " ")
}

// mostMentions bounds how many people one message calls.
const mostMentions = 10

func (f Face) category(list []workflow.Category, id string) string {
	return escape(workflow.Name(list, id, f.Words.Language()), nameLength)
}

// end writes a deadline out, as seen from a day: "11:02", "24:00", "12-08 24:00".
func (f Face) end(due time.Time, day calendar.Day) string { return f.Words.End(due, f.Zone, day) }

// date is an instant that Slack shows in the reader's own zone; where it cannot, it is written out for the unit's. The end of a day stays
// written out: Slack would call it "tomorrow 00:00", and a day that must be kept is not tomorrow's.
func (f Face) date(at time.Time, day calendar.Day) string {
	if calendar.DayOf(at, f.Zone).Start(f.Zone).Equal(at) {
		return f.end(at, day)
	}
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", at.Unix(), f.end(at, day))
}

// link shows text that leads to an address; the text alone when there is no good address. Text must be escaped already.
func link(url, text string) string {
	const most = 400
	good := strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
	if !good || len(url) > most || strings.ContainsAny(url, "|<> \n") {
		return text
	}
	return "<" + strings.ReplaceAll(url, "&", "&amp;") + "|" + text + ">"
}
