package card

import (
	"fmt"
	"slices"
	"time"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// DutyLine is who is on duty at a unit now. Officer is who answers for the unit, also when the roster is another unit's; Deputy and
// Leader are the unit's own, empty for nobody.
type DutyLine struct {
	Unit    org.UnitID
	Officer duty.Officer
	Deputy  org.PersonID
	Leader  org.PersonID
}

// DutyNow answers /duty now: a line for each unit.
func DutyNow(f Face, lines []DutyLine) Message {
	f = f.ready()
	p := f.newPages("duty/now", f.Words.T("duty.now.title"))
	if len(lines) == 0 {
		p.add(f.Words.T("duty.now.none"))
	}
	p.addLines(1, f.dutyLines(lines), f.rest)
	return p.messages()[0]
}

func (f Face) dutyLines(lines []DutyLine) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = f.Words.T("duty.now.unit", "unit", f.unit(l.Unit), "who", dots(f.onDuty(l)))
	}
	return out
}

// onDuty are the people of a line: who answers, until when, who has not taken over yet, and the others on duty.
func (f Face) onDuty(l DutyLine) []string {
	o := l.Officer
	var out []string
	switch {
	case o.Person == "":
		out = append(out, f.Words.T("duty.now.nobody"))
	case o.Role == "":
		out = append(out, f.Words.T("duty.now.standing", "unit", f.unit(o.Unit), "name", f.name(o.Person)))
	case o.Unit != l.Unit:
		out = append(out, f.Words.T("duty.now.above", "unit", f.unit(o.Unit), "role", f.role(o.Role), "name", f.name(o.Person)))
	default:
		who := f.Words.T("duty.now.officer", "role", f.role(o.Role), "name", f.name(o.Person))
		if o.Shift.To.After(f.Now) && !o.Shift.Open {
			who += f.Words.T("duty.now.until", "until", f.Words.End(o.Shift.To, f.Zone, f.today()))
		}
		out = append(out, who)
	}
	if o.Waiting != "" {
		out = append(out, f.Words.T("duty.now.waiting", "name", f.name(o.Waiting)))
	}
	for _, more := range []struct {
		role   duty.Role
		person org.PersonID
	}{{duty.Deputy, l.Deputy}, {duty.Leader, l.Leader}} {
		answers := more.person == o.Person && more.role == o.Role && o.Unit == l.Unit
		if more.person != "" && !answers {
			out = append(out, f.Words.T("duty.now.officer", "role", f.role(more.role), "name", f.name(more.person)))
		}
	}
	return out
}

func (f Face) role(r duty.Role) string { return f.enum(words.Role, string(r)) }

// stretch is a shift's or gap's time.
func (f Face) stretch(from, to time.Time, day calendar.Day) string {
	return f.Words.Stretch(duty.Span{From: from, To: to}, f.Zone, day)
}

// shift is a shift's time; of one without an end only since when.
func (f Face) shift(s duty.Shift, day calendar.Day) string {
	if s.Open {
		return f.Words.T("duty.since", "from", f.Words.Time(s.From, f.Zone, day))
	}
	return f.stretch(s.From, s.To, day)
}

// weekDays is how many days DutyWeek shows.
const weekDays = 7

// DutyWeek answers /duty week: the roster of a unit day by day, for seven days. shifts are those of all roles that reach into the days,
// in any order.
func DutyWeek(f Face, unit org.UnitID, from calendar.Day, shifts []duty.Shift) Message {
	f = f.ready()
	last := from.Add(weekDays - 1)
	p := f.newPages(fmt.Sprintf("duty/week/%s/%s", workflow.Gist(string(unit), wordLength), from), f.Words.T("duty.week.title",
		"unit", f.unit(unit), "from", f.Words.ShortDay(from), "to", f.Words.ShortDay(last)))
	if len(shifts) == 0 {
		p.add(f.Words.T("duty.week.none"))
		return p.messages()[0]
	}
	var lines []string
	for i := range weekDays {
		day := from.Add(i)
		key := "duty.week.day"
		if day == f.today() {
			key = "duty.week.today"
		}
		lines = append(lines, f.Words.T(key, "day", f.Words.Day(day), "weekday", f.Words.Weekday(day)))
		lines = append(lines, f.dayShifts(day, i == 0, shifts)...)
	}
	lines = append(lines, f.Words.T("duty.swap_how"))
	p.addLines(1, lines, f.rest)
	return p.messages()[0]
}

// dayShifts are the shifts of a day: those that begin on it, and on the first day, or where none begins, the one that goes on; then
// when nobody is primary.
func (f Face) dayShifts(day calendar.Day, first bool, shifts []duty.Shift) []string {
	start, end := day.Start(f.Zone), day.End(f.Zone)
	var out []string
	for _, role := range duty.Roles() {
		of := slices.DeleteFunc(slices.Clone(shifts), func(s duty.Shift) bool {
			return s.Role != role || !s.From.Before(end) || !s.To.After(start)
		})
		slices.SortStableFunc(of, func(a, b duty.Shift) int { return a.From.Compare(b.From) })
		begins := slices.DeleteFunc(slices.Clone(of), func(s duty.Shift) bool { return s.From.Before(start) })
		switch {
		case len(begins) == 0 && len(of) > 0 || len(of) > 0 && first && of[0].From.Before(start):
			to := f.Words.T("duty.open")
			if !of[0].Open {
				to = f.Words.End(of[0].To, f.Zone, day)
			}
			out = append(out, f.Words.T("duty.week.running", "role", f.role(role), "name", f.name(of[0].Person), "to", to))
		}
		for _, s := range begins {
			key := "duty.week.shift"
			if s.Source != "" && s.Source != duty.FromLayer {
				key = "duty.week.marked"
			}
			out = append(out, f.Words.T(key, "role", f.role(role), "name", f.name(s.Person), "span", f.shift(s, day), "source", f.source(s)))
		}
		if role == duty.Primary {
			out = append(out, f.uncovered(day, of)...)
		}
	}
	return out
}

// uncovered names the parts of a day in which nobody is primary; shifts are those of the day, in order.
func (f Face) uncovered(day calendar.Day, shifts []duty.Shift) []string {
	if len(shifts) == 0 {
		return []string{f.Words.T("duty.week.nobody", "role", f.role(duty.Primary))}
	}
	var out []string
	at, end := day.Start(f.Zone), day.End(f.Zone)
	gap := func(to time.Time) {
		if at.Before(to) {
			out = append(out, f.Words.T("duty.week.gap", "role", f.role(duty.Primary), "span", f.stretch(at, to, day)))
		}
	}
	for _, s := range shifts {
		gap(s.From)
		if s.To.After(at) {
			at = s.To
		}
	}
	gap(end)
	return out
}

// source says why somebody has a shift: the holiday by its name.
func (f Face) source(s duty.Shift) string {
	if s.Name != "" {
		return escape(s.Name, nameLength)
	}
	return f.enum(words.ShiftSource, string(s.Source))
}

// RoleGaps are the stretches in which nobody is on duty in a role.
type RoleGaps struct {
	Role  duty.Role
	Spans []duty.Span
}

// DutyGaps answers /duty gaps: the stretches of the next 30 days without anybody, who answers instead now, and who is to fill them.
func DutyGaps(f Face, unit org.UnitID, gaps []RoleGaps, instead duty.Officer, owners []org.PersonID) Message {
	f = f.ready()
	p := f.newPages("duty/gaps/"+workflow.Gist(string(unit), wordLength), f.Words.T("duty.gaps.title", "unit", f.unit(unit)))
	n := 0
	var lines []string
	for _, g := range gaps {
		if len(g.Spans) == 0 {
			continue
		}
		n += len(g.Spans)
		lines = append(lines, f.Words.T("duty.gaps.role", "role", f.role(g.Role), "n", len(g.Spans)))
		for _, s := range g.Spans {
			lines = append(lines, f.Words.T("duty.gaps.gap", "span", f.stretch(s.From, s.To, f.today()), "length", f.Words.Span(s.To.Sub(s.From))))
		}
	}
	if n == 0 {
		p.add(f.Words.T("duty.gaps.none"))
		return p.messages()[0]
	}
	if instead.Person != "" {
		p.add(f.Words.T("duty.gaps.instead", "unit", f.unit(instead.Unit), "name", f.name(instead.Person)))
	}
	if len(owners) > 0 {
		p.add(f.Words.T("duty.gaps.mend", "names", f.fitPeople(owners, ownerNames)))
	}
	p.addLines(1, lines, f.rest)
	return p.messages()[0]
}

// DutyChange tells one person by direct message what a change of the roster brings: by made it, changes are that person's.
func DutyChange(f Face, unit org.UnitID, by org.PersonID, changes []duty.Change) Message {
	f = f.ready()
	who := f.name(by)
	if by == org.System || by == "" {
		who = f.Words.T("system")
	}
	p := f.newPages("duty/change/"+workflow.Gist(string(unit), wordLength), f.Words.T("duty.change.title", "unit", f.unit(unit), "by", who))
	var added, removed, lines []string
	for _, c := range changes {
		added = append(added, f.shiftLines(c.Added)...)
		removed = append(removed, f.shiftLines(c.Removed)...)
	}
	if len(added) > 0 {
		lines = append(append(lines, f.Words.T("duty.change.added")), added...)
	}
	if len(removed) > 0 {
		lines = append(append(lines, f.Words.T("duty.change.removed")), removed...)
	}
	if len(lines) == 0 {
		lines = []string{f.Words.T("duty.change.none")}
	}
	p.addLines(1, lines, f.rest)
	p.add(f.Words.T("duty.look"))
	return p.messages()[0]
}

func (f Face) shiftLines(shifts []duty.Shift) []string {
	out := make([]string, len(shifts))
	for i, s := range shifts {
		out[i] = f.Words.T("duty.change.shift", "role", f.role(s.Role), "span", f.shift(s, f.today()))
	}
	return out
}

// DutyPublished answers whoever published a roster: done, done with holes, or what must be put right first; and which plans, published
// earlier, take over later.
func DutyPublished(f Face, unit org.UnitID, problems []duty.Problem, later ...duty.PlanAhead) Message {
	f = f.ready()
	fatal := slices.DeleteFunc(slices.Clone(problems), func(p duty.Problem) bool { return !p.Fatal })
	key, list := "duty.published.good", problems
	switch {
	case len(fatal) > 0:
		key, list = "duty.published.broken", fatal
	case len(problems) > 0:
		key = "duty.published.holes"
	}
	p := f.newPages("duty/published/"+workflow.Gist(string(unit), wordLength), f.Words.T(key, "unit", f.unit(unit), "n", len(list)))
	lines := make([]string, len(list))
	for i, problem := range list {
		lines[i] = f.Words.T("duty.list", "what", f.Words.DutyProblem(problem, f.naming()))
	}
	for _, l := range later[:min(len(later), mostNames)] {
		lines = append(lines, f.Words.T("duty.published.later", "from", f.Words.Time(l.From, f.Zone, f.today()), "name", f.name(l.By)))
	}
	p.addLines(1, lines, f.rest)
	if len(fatal) == 0 {
		p.add(f.Words.T("duty.look"))
	}
	return p.messages()[0]
}

// naming is how a sentence of package words names people and times as this face does.
func (f Face) naming() words.Naming {
	return words.Naming{
		Person: func(p org.PersonID) string { return workflow.Gist(called(f.Person, p), nameLength) }, Zone: f.Zone, Today: f.Now,
	}
}
