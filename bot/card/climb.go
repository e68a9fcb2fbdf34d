package card

import (
	"slices"
	"strings"
	"time"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/org"
)

// Room for names, in characters. Real names are short: these bound only what would break a message.
const (
	lineCalled   = 500 // those whom one event called, in a thread's line
	rowCalled    = 300 // the same, where several events share a message
	ownerNames   = 100 // those who must mend a roster
	mostGaps     = 2   // units without anybody on duty that one line names
	calledLength = 24  // one of many names
	calleeLength = 36  // as what somebody is called
)

// sayClimbed tells whom a rung called, why, what was passed over, and when it goes on.
func (f Face) sayClimbed(c workflow.Complaint, e workflow.Climbed, fact workflow.Fact) said {
	if e.Unit != "" {
		return f.sayAwaited(c, e, fact)
	}
	why, byHand := f.climbWhy(c, e, fact)
	parts := f.climbParts(e, ladderOf(c, fact), lineCalled)
	if byHand {
		return said{what: why, text: e.Reason, also: append([]string{joined(parts, f.semicolon())}, f.mend(e)...)}
	}
	return said{what: f.told(why, parts), also: f.mend(e), alone: true}
}

// semicolon parts what is said in one line.
func (f Face) semicolon() string { return f.Words.T("join.who") }

// told joins the reason of a call with what was done; the first part continues the sentence.
func (f Face) told(why string, parts []string) string {
	if len(parts) == 0 {
		return why
	}
	return joined(append([]string{f.Words.T("climb.told", "why", why, "called", parts[0])}, parts[1:]...), f.semicolon())
}

// climbWhy says why somebody is called, in a few words; byHand when a person wanted it.
func (f Face) climbWhy(c workflow.Complaint, e workflow.Climbed, fact workflow.Fact) (why string, byHand bool) {
	if e.Unit != "" {
		return f.awaitWhy(c, e, fact), false
	}
	late := ""
	if e.Late {
		late = f.Words.T("climb.late")
	}
	switch e.Cause {
	case workflow.CauseHand:
		return f.Words.T("climb.hand", "rung", e.Rung), true
	case workflow.CauseReturned:
		return f.Words.T("climb.returned", "rung", e.Rung), true
	case workflow.CauseNight:
		return f.Words.T("climb.night", "n", e.Night, "rung", e.Rung) + late, false
	case workflow.CauseTime:
		since, again := calledBefore(c, fact)
		if !again {
			return f.Words.T("climb.first", "clock", f.clockOf(c, climbOf(c, fact).Deadline)) + late, false
		}
		return f.Words.T("climb.time", "span", f.Words.Span(fact.At.Sub(since)), "rung", e.Rung) + late, false
	case workflow.CauseTurn:
		return f.Words.T("climb.turn", "step", f.clockOf(c, e.Deadline)), false
	}
	if d, known := c.DeadlineByID(e.Deadline); known && e.Late {
		return f.Words.T("climb.breach_late", "clock", f.clockOf(c, e.Deadline), "due", f.end(d.Due, f.today())), false
	}
	return f.Words.T("climb.breach", "clock", f.clockOf(c, e.Deadline)) + late, false
}

// clockOf names the clock of a deadline.
func (f Face) clockOf(c workflow.Complaint, deadline string) string {
	if d, ok := c.DeadlineByID(deadline); ok {
		return f.enum(words.Clock, string(d.Deadline.Clock))
	}
	return f.Words.T("climb.some")
}

// calledBefore is when the climb that a fact moved on had called somebody before; false when it had called nobody.
func calledBefore(c workflow.Complaint, fact workflow.Fact) (time.Time, bool) {
	for _, climb := range allClimbs(c) {
		i := slices.IndexFunc(climb.Calls, func(k workflow.Call) bool { return k.Version == fact.Version })
		if i > 0 {
			return climb.Calls[i-1].At, true
		}
	}
	return time.Time{}, false
}

// climbOf is the climb that a fact called people for.
func climbOf(c workflow.Complaint, fact workflow.Fact) workflow.Climb {
	for _, climb := range allClimbs(c) {
		if slices.ContainsFunc(climb.Calls, func(k workflow.Call) bool { return k.Version == fact.Version }) {
			return climb
		}
	}
	return workflow.Climb{}
}

// ladderOf is the ladder that a fact moved the complaint on.
func ladderOf(c workflow.Complaint, fact workflow.Fact) []workflow.Rung {
	if e, ok := fact.Event.(workflow.Climbed); ok && len(e.Ladder) > 0 {
		return e.Ladder
	}
	return climbOf(c, fact).Ladder
}

// manned reports whether anybody of a rung was called. Who stands on several rungs at once is called for the highest of them.
func manned(rung int, calls []workflow.Called, ladder []workflow.Rung) bool {
	return slices.ContainsFunc(calls, func(k workflow.Called) bool {
		if k.Rung <= rung || rung < 1 || rung > len(ladder) {
			return k.Rung == rung
		}
		return slices.ContainsFunc(ladder[rung-1].Call, func(c workflow.Callee) bool {
			return slices.Contains(strings.Split(string(c), "|"), string(k.As))
		})
	})
}

// climbParts are what a climb did and does next, each a clause: whom it called, when it goes on, what it passed over.
func (f Face) climbParts(e workflow.Climbed, ladder []workflow.Rung, room int) []string {
	var out []string
	switch {
	case len(e.Calls) > 0:
		out = append(out, f.Words.T("climb.called", "who", f.calledBy(e, room)))
	case e.Rung > 0:
		return []string{f.Words.T("climb.nobody")}
	}
	switch {
	case e.Next.IsZero():
		out = append(out, f.Words.T("climb.last"))
	case len(e.Calls) == 0:
		out = append(out, f.Words.T("climb.wait", "time", f.Words.Time(e.Next, f.Zone, f.today())))
	default:
		out = append(out, f.Words.T("climb.next", "time", f.Words.Time(e.Next, f.Zone, f.today())))
	}
	return append(out, f.vacancies(e, ladder)...)
}

// calledBy names those whom an event called, by rung when they stand on several. A rung that the reason names already is not said again.
func (f Face) calledBy(e workflow.Climbed, room int) string {
	calls := e.Calls
	var rungs []int
	for _, k := range calls {
		if !slices.Contains(rungs, k.Rung) {
			rungs = append(rungs, k.Rung)
		}
	}
	slices.Sort(rungs)
	if len(rungs) == 1 {
		who := f.people(calls, room)
		if rungs[0] == e.Rung && namesRung(e) {
			return who
		}
		return f.Words.T("climb.in_rung", "who", who, "rung", rungs[0])
	}
	var out []string
	for _, n := range rungs {
		of := slices.DeleteFunc(slices.Clone(calls), func(k workflow.Called) bool { return k.Rung != n })
		group := f.Words.T("climb.of_rung", "rung", n, "who", f.people(of, room/len(rungs)))
		if room -= length(group); room < 0 && len(out) > 0 {
			return f.Words.T("climb.rest", "some", joined(out, f.semicolon()), "n", len(calls))
		}
		out = append(out, group)
	}
	return joined(out, f.semicolon())
}

// namesRung reports whether the reason of a climb says the rung.
func namesRung(e workflow.Climbed) bool {
	switch e.Cause {
	case workflow.CauseHand, workflow.CauseReturned:
		return true
	case workflow.CauseTime, workflow.CauseNight, workflow.CauseUnanswered: // on the first rung, time has begun the calls
		return e.Rung > 1
	}
	return false
}

// people names those called with what made it them, as many as there is room for; of the others it says how many there are.
func (f Face) people(calls []workflow.Called, room int) string {
	names := make([]string, len(calls))
	for i, k := range calls {
		names[i] = f.calledName(k.Person)
		if k.As != "" {
			names[i] = f.Words.T("climb.as", "as", f.callee(k.As), "name", names[i])
		}
	}
	return f.fit(names, room)
}

func (f Face) callee(c workflow.Callee) string { return escape(f.Words.Callee(c), calleeLength) }

func (f Face) calledName(p org.PersonID) string { return escape(called(f.Person, p), calledLength) }

// fit joins what there is room for, at least the first, and says how many there are when they are more.
func (f Face) fit(names []string, room int) string {
	for i, used := 0, 0; i < len(names); i++ {
		if used += length(names[i]) + 2; used > room && i > 0 {
			return f.Words.T("climb.rest", "some", f.Words.Join(names[:i]), "n", len(names))
		}
	}
	return f.Words.Join(names)
}

func (f Face) fitPeople(people []org.PersonID, room int) string {
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = f.calledName(p)
	}
	return f.fit(names, room)
}

// vacancies says once what was passed over: rungs on which nobody stood, and units without anybody on duty.
func (f Face) vacancies(e workflow.Climbed, ladder []workflow.Rung) []string {
	var skipped, gaps []string
	add := func(list *[]string, text string) {
		if !slices.Contains(*list, text) {
			*list = append(*list, text)
		}
	}
	for _, v := range e.Vacant {
		if manned(v.Rung, e.Calls, ladder) {
			add(&gaps, f.Words.T("climb.gap", "unit", f.unit(v.Unit)))
		} else {
			add(&skipped, f.Words.T("climb.skipped", "rung", v.Rung))
		}
	}
	const most = 9 // as many as a ladder has rungs
	return append(skipped[:min(len(skipped), most)], gaps[:min(len(gaps), mostGaps)]...)
}

// mend asks those who own the rosters with gaps to mend them.
func (f Face) mend(e workflow.Climbed) []string {
	var out []string
	for _, v := range e.Vacant {
		if len(v.Owners) == 0 {
			continue
		}
		line := f.Words.T("climb.mend", "unit", f.unit(v.Unit), "names", f.fitPeople(v.Owners, ownerNames))
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out[:min(len(out), mostGaps)]
}

func (f Face) sayAcknowledged(_ workflow.Complaint, e workflow.Acknowledged) said {
	s := said{what: f.Words.T("climb.acknowledged")}
	if !e.Until.IsZero() {
		s.what += f.Words.T("climb.until", "time", f.end(e.Until, f.today()))
	}
	return s
}

func (f Face) sayNudged(_ workflow.Complaint, e workflow.Nudged, fact workflow.Fact) said {
	clock := f.enum(words.Clock, string(e.Clock))
	left := e.Due.Sub(fact.At)
	if left < time.Minute {
		return said{what: f.Words.T("climb.nudged_over", "clock", clock, "due", f.end(e.Due, f.today())), alone: true}
	}
	return said{what: f.Words.T("climb.nudged", "clock", clock, "span", f.Words.Span(left)), alone: true}
}

// rung says how high a complaint stands.
func (f Face) rung(n int) string {
	if n == 1 {
		return f.Words.T("standing.first")
	}
	return f.Words.T("standing.rung", "n", n)
}

// ladder is the complaint's place on the ladder for its card: how high it stands while people are called, who has acknowledged while
// that holds, and else nothing.
func (f Face) ladder(c workflow.Complaint) string {
	if !c.Open() {
		return ""
	}
	if climb := c.Climbing(); climb != nil {
		if climb.Rung == 0 {
			return ""
		}
		return "*" + f.rung(climb.Rung) + "*"
	}
	if climb, ok := acknowledged(c); ok {
		return f.Words.T("standing.acknowledged", "name", f.actor(climb.EndedBy))
	}
	return ""
}

// acknowledged is the last climb when it was acknowledged and nothing has been done since: an acknowledgement is for one step only.
func acknowledged(c workflow.Complaint) (workflow.Climb, bool) {
	n := len(c.Climbs)
	if n == 0 || c.Climbs[n-1].Ending != workflow.EndAcknowledged {
		return workflow.Climb{}, false
	}
	climb := c.Climbs[n-1]
	for _, m := range c.Done {
		if m.At.After(climb.Ended) {
			return workflow.Climb{}, false
		}
	}
	// A round that began since took the marks of its steps away, but its clocks began with it.
	if d, ok := c.Clock(workflow.Clock(c.Next())); ok && d.Start.After(climb.Ended) {
		return workflow.Climb{}, false
	}
	return climb, true
}
