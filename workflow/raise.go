package workflow

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// Raise says whom a ladder calls for something of a unit that is no complaint, at an instant when nobody has answered: rung from was called
// last, and the one after it is due at next. Those called before are not called again; a rung with nobody else is left at once.
func (r *Rules) Raise(u org.UnitID, ladder []Rung, from int, next, at time.Time, before []org.PersonID) Climbed {
	there := &Complaint{Opened: Opened{Unit: u}}
	rung, due := rungAt(ladder, from+1, next, at)
	e := Climbed{Cause: CauseTime, Due: due, Late: at.Sub(next) > lateAfter}
	fresh := func(from, to int) Climbed {
		out := r.enter(there, e, ladder, from, to, at)
		out.Calls = slices.DeleteFunc(out.Calls, func(k Called) bool { return slices.Contains(before, k.Person) })
		return out
	}
	out := fresh(from+1, rung)
	for len(out.Calls) == 0 && out.Rung < len(ladder) {
		out = fresh(out.Rung+1, out.Rung+1)
	}
	return out
}
