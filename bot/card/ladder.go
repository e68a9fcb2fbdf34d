package card

import (
	"cmp"
	"slices"
	"time"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/org"
)

// whyClimbs is the part of [Why] about the ladder: each climb with its cause, its policy, every rung with when it was due, who was
// called and who was missing, how it ended, and what comes next. The newest are shown, in at most room characters.
func (f Face) whyClimbs(c workflow.Complaint, next func(rung int) []org.PersonID, room int) (lines []string) {
	for i, climb := range slices.Backward(allClimbs(c)) {
		who := next
		if climb.Unit != "" { // next knows the complaint's own unit alone
			who = nil
		}
		some := f.whyClimb(c, climb, who)
		for _, l := range some {
			room -= length(l) + 1
		}
		if room < 0 && len(lines) > 0 {
			return append([]string{f.Words.T("ladder.earlier", "n", i+1)}, lines...)
		}
		lines = append(some, lines...)
	}
	return lines
}

func (f Face) whyClimb(c workflow.Complaint, climb workflow.Climb, next func(rung int) []org.PersonID) []string {
	lines := []string{f.Words.T("ladder.climb", "why", f.climbCause(c, climb), "at", f.Words.Time(began(c, climb), f.Zone, f.day(c)),
		"version", escape(climb.Policy, nameLength))}
	lines = append(lines, f.whyRungs(c, climb)...)
	switch {
	case !climb.Ended.IsZero():
		lines = append(lines, f.Words.T("ladder.ended", "at", f.Words.Time(climb.Ended, f.Zone, f.day(c)), "name", f.actor(climb.EndedBy),
			"ending", f.enum(words.Ending, string(climb.Ending))))
	case climb.Next.IsZero():
		lines = append(lines, f.Words.T("ladder.last"))
	default:
		lines = append(lines, f.Words.T("ladder.next", "at", f.Words.Time(climb.Next, f.Zone, f.day(c)), "rung", climb.Rung+1,
			"who", f.whoNext(climb, next)))
	}
	return lines
}

// began is since when a climb goes on: a breach began it when its deadline passed, however late that was noticed.
func began(c workflow.Complaint, climb workflow.Climb) time.Time {
	if d, ok := c.DeadlineByID(climb.Deadline); ok && climb.Cause == workflow.CauseBreach {
		return d.Due
	}
	return climb.From
}

// climbCause says what began a climb.
func (f Face) climbCause(c workflow.Complaint, climb workflow.Climb) string {
	switch climb.Cause {
	case workflow.CauseBreach:
		if d, ok := c.DeadlineByID(climb.Deadline); ok {
			return f.Words.T("ladder.why.breach", "clock", f.clockOf(c, climb.Deadline), "due", f.end(d.Due, f.day(c)))
		}
	case workflow.CauseUnanswered:
		return f.Words.T("ladder.why.unanswered", "unit", f.unit(climb.Unit))
	case workflow.CauseTurn:
		return f.Words.T("ladder.why.turn", "clock", f.clockOf(c, climb.Deadline))
	case workflow.CauseNight:
		return f.Words.T("ladder.why.night", "n", climb.Night)
	}
	return f.Words.T("ladder.why.plain", "cause", f.enum(words.Cause, string(climb.Cause)))
}

// whyRungs gives a line for each time a rung was called, then one for each rung or roster on which somebody was missing. A complaint
// that is returned again and again has many: the newest are shown.
func (f Face) whyRungs(c workflow.Complaint, climb workflow.Climb) (lines []string) {
	const room = 2_000
	calls := slices.Clone(climb.Calls)
	slices.SortStableFunc(calls, func(x, y workflow.Call) int {
		return cmp.Or(cmp.Compare(x.Version, y.Version), cmp.Compare(x.Rung, y.Rung))
	})
	for len(calls) > 0 {
		first, n := calls[0], 1
		for n < len(calls) && calls[n].Version == first.Version && calls[n].Rung == first.Rung {
			n++
		}
		who := make([]workflow.Called, n)
		for i, k := range calls[:n] {
			who[i] = k.Called
		}
		key, at := "ladder.rung", f.Words.Time(first.At, f.Zone, f.day(c))
		if first.At.Sub(first.Due) >= time.Minute {
			key = "ladder.rung_late"
		}
		lines = append(lines, f.Words.T(key, "rung", first.Rung, "due", f.Words.Time(first.Due, f.Zone, f.day(c)), "at", at,
			"who", f.people(who, rowCalled)))
		calls = calls[n:]
	}
	for _, v := range climb.Vacant {
		what := f.Words.T("ladder.empty", "unit", f.unit(v.Unit))
		if manned(v.Rung, calledIn(climb), climb.Ladder) {
			what = f.Words.T("climb.gap", "unit", f.unit(v.Unit))
		}
		line := f.Words.T("ladder.vacant_nobody", "rung", v.Rung, "what", what)
		if len(v.Owners) > 0 {
			line = f.Words.T("ladder.vacant", "rung", v.Rung, "what", what, "names", f.fitPeople(v.Owners, ownerNames))
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	used := 0
	for i, l := range slices.Backward(lines) {
		if used += length(l) + 1; used > room {
			return append([]string{f.Words.T("duty.more", "n", i+1)}, lines[i+1:]...)
		}
	}
	return lines
}

func calledIn(climb workflow.Climb) []workflow.Called {
	out := make([]workflow.Called, len(climb.Calls))
	for i, k := range climb.Calls {
		out[i] = k.Called
	}
	return out
}

// whoNext says whom the next rung calls: the positions, and the people who hold them now when the caller knows them.
func (f Face) whoNext(climb workflow.Climb, next func(rung int) []org.PersonID) string {
	if climb.Rung >= len(climb.Ladder) {
		return ""
	}
	callees := climb.Ladder[climb.Rung].Call
	names := make([]string, len(callees))
	for i, callee := range callees {
		names[i] = f.callee(callee)
	}
	who := f.fit(names, rowCalled)
	if next == nil {
		return who
	}
	if people := next(climb.Rung + 1); len(people) > 0 {
		who = f.Words.T("ladder.named", "who", who, "names", f.fitPeople(people, rowCalled))
	}
	return who
}
