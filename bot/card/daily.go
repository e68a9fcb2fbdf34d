package card

import (
	"fmt"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// mostParts bounds how many messages one list is told in; what does not fit is counted at its end.
const mostParts = 20

// Overnight tells a unit what was left overnight on the day that ended. The first message mentions the people who must act, further
// ones are the rest of the list. late marks a run that was made up.
func Overnight(f Face, unit org.UnitID, day calendar.Day, list []workflow.Summary, late bool, mention []org.PersonID) []Message {
	return f.ready().digest("overnight", unit, day, list, late, mention)
}

// Dusk tells a unit in the evening what will be left overnight unless it is done today.
func Dusk(f Face, unit org.UnitID, day calendar.Day, list []workflow.Summary, late bool, mention []org.PersonID) []Message {
	return f.ready().digest("dusk", unit, day, list, late, mention)
}

func (f Face) digest(what string, unit org.UnitID, day calendar.Day, list []workflow.Summary, late bool, mention []org.PersonID) []Message {
	title := f.Words.T(what+".title", "unit", f.unit(unit), "day", f.Words.Day(day), "n", len(list)) + f.late(late)
	p := f.newPages(fmt.Sprintf("%s/%s/%s", what, workflow.Gist(string(unit), wordLength), day), title)
	if len(list) == 0 {
		p.add(f.Words.T(what + ".none"))
		return p.messages()
	}
	p.add(joined([]string{f.mentions(mention), f.Words.T(what + ".do")}, " "))
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
