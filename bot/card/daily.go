package card

import (
	"fmt"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// mostParts bounds how many messages one list is told in; what does not fit is counted at its end.
const mostParts = 20

// Caller is somebody who is called for what a digest lists, and as what; As may be empty.
type Caller struct {
	Person org.PersonID
	As     workflow.Callee
}

// Overnight tells a unit what was left overnight on the day that ended; further messages are the rest of the list. It notifies nobody:
// the ladder calls people, and those it called may be named. late marks a run that was made up.
func Overnight(f Face, unit org.UnitID, day calendar.Day, list []workflow.Summary, late bool, called ...Caller) []Message {
	return f.ready().digest("overnight", unit, day, list, late, called)
}

// Dusk tells a unit in the evening what will be left overnight unless it is done today, and who may be named as those who are called then.
func Dusk(f Face, unit org.UnitID, day calendar.Day, list []workflow.Summary, late bool, called ...Caller) []Message {
	return f.ready().digest("dusk", unit, day, list, late, called)
}

func (f Face) digest(what string, unit org.UnitID, day calendar.Day, list []workflow.Summary, late bool, called []Caller) []Message {
	title := f.Words.T(what+".title", "unit", f.unit(unit), "day", f.Words.Day(day), "n", len(list)) + f.late(late)
	p := f.newPages(fmt.Sprintf("%s/%s/%s", what, workflow.Gist(string(unit), wordLength), day), title)
	if len(list) == 0 {
		p.add(f.Words.T(what + ".none"))
		return p.messages()
	}
	if len(called) > 0 {
		people := make([]workflow.Called, len(called))
		for i, k := range called {
			people[i] = workflow.Called{Person: k.Person, As: k.As}
		}
		p.add(f.Words.T(what+".called", "who", f.people(people, noticeLines)))
	}
	p.add(f.Words.T(what + ".do"))
	several := false
	for _, s := range list {
		several = several || s.Unit != unit
	}
	p.addUpTo(mostParts, len(list), f.rows(list, several), f.rest)
	return p.messages()
}

// rest says how many entries of a list are not shown.
func (f Face) rest(n int) string { return f.Words.T("list.rest", "n", n) }

func (f Face) late(late bool) string {
	if late {
		return f.Words.T("late")
	}
	return ""
}
