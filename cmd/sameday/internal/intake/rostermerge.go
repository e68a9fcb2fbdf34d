package intake

import (
	"cmp"
	"slices"
	"time"

	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// inForce is a plan and since when it counts; a zero time is now.
type inForce struct {
	plan duty.Plan
	from time.Time
}

// ahead lists the plan that counts at an instant and those that will count later, by time. The first may be one without anything.
func ahead(r duty.Roster, at time.Time) []inForce {
	var out []inForce
	for t := at.AddDate(100, 0, 0); ; {
		plan, from, ok := r.Plan(t)
		if !ok || !from.After(at) {
			return slices.Insert(out, 0, inForce{plan: plan})
		}
		out = slices.Insert(out, 0, inForce{plan, from})
		t = from.Add(-time.Microsecond)
	}
}

// unitRows are the shifts that a file has for one unit.
type unitRows struct {
	unit           org.UnitID
	shifts, spared []Shift
}

// byUnit sorts a file's shifts by unit, units in the order of the file.
func (f Roster) byUnit() []unitRows {
	var out []unitRows
	at := map[org.UnitID]int{}
	for _, s := range f.Shifts {
		i, known := at[s.Unit]
		if !known {
			i = len(out)
			at[s.Unit] = i
			out = append(out, unitRows{unit: s.Unit})
		}
		out[i].shifts = append(out[i].shifts, s)
	}
	for _, s := range f.Spared {
		if i, known := at[s.Unit]; known {
			out[i].spared = append(out[i].spared, s)
		}
	}
	return out
}

// want is what the plans become with the file's shifts in them.
func (u unitRows) want(plans []inForce, at time.Time, gone func(org.PersonID) bool) []inForce {
	out := slices.Clone(plans)
	for i := range out {
		window := duty.Span{From: at, To: at.AddDate(100, 0, 0)}
		if i > 0 {
			window.From = out[i].from
		}
		if i+1 < len(out) {
			window.To = out[i+1].from
		}
		if in := u.within(window); len(in.shifts) > 0 {
			out[i].plan = in.merge(out[i].plan, at, gone)
		}
	}
	return out
}

// within gives the shifts that reach into a stretch of time, whole.
func (u unitRows) within(w duty.Span) unitRows {
	reach := func(all []Shift) (out []Shift) {
		for _, s := range all {
			if s.Period.From.Before(w.To) && w.From.Before(s.Period.To) {
				out = append(out, s)
			}
		}
		return out
	}
	return unitRows{unit: u.unit, shifts: reach(u.shifts), spared: reach(u.spared)}
}

// merge puts the file's shifts into a plan. Layers stay. For each role the planned shifts between the first and the last of the file are
// replaced, but for the places of bad rows; holidays are replaced where the file has a shift at their time. What is over, or belongs to
// somebody who has left the bank, is dropped: it would only stand in the way.
func (u unitRows) merge(plan duty.Plan, at time.Time, gone func(org.PersonID) bool) duty.Plan {
	var planned, fixed []duty.Period
	for _, role := range duty.Roles() {
		own := func(list []duty.Period) []duty.Period { return current(list, role, at, gone) }
		var rows [2][]duty.Period // planned, fixed
		for _, s := range u.shifts {
			if s.Period.Role == role {
				kind := 0
				if s.Fixed {
					kind = 1
				}
				rows[kind] = append(rows[kind], s.Period)
			}
		}
		var spared []duty.Span
		for _, s := range u.spared {
			if s.Period.Role == role {
				spared = append(spared, s.span())
			}
		}
		cleared := spans(rows[0])
		if len(cleared) > 0 {
			whole := duty.Span{From: cleared[0].From, To: cleared[len(cleared)-1].To}
			cleared = append(cleared, minus([]duty.Span{whole}, spared)...)
		}
		planned = append(planned, without(own(plan.Planned), cleared)...)
		planned = append(planned, rows[0]...)
		fixed = append(fixed, without(own(plan.Fixed), slices.Concat(spans(rows[0]), spans(rows[1])))...)
		fixed = append(fixed, rows[1]...)
	}
	plan.Planned, plan.Fixed = inOrder(planned), inOrder(fixed)
	return plan
}

// current gives the periods of a role that are not over and whose person is still there.
func current(list []duty.Period, role duty.Role, at time.Time, gone func(org.PersonID) bool) (out []duty.Period) {
	for _, p := range list {
		if p.Role == role && p.To.After(at) && !gone(p.Person) {
			out = append(out, p)
		}
	}
	return out
}

func inOrder(list []duty.Period) []duty.Period {
	slices.SortStableFunc(list, func(a, b duty.Period) int {
		return cmp.Or(cmp.Compare(slices.Index(duty.Roles(), a.Role), slices.Index(duty.Roles(), b.Role)), a.From.Compare(b.From))
	})
	return list
}

// spans are when periods are, by time. Periods of one kind in a file do not overlap.
func spans(list []duty.Period) []duty.Span {
	out := make([]duty.Span, len(list))
	for i, p := range list {
		out[i] = duty.Span{From: p.From, To: p.To}
	}
	slices.SortFunc(out, func(a, b duty.Span) int { return a.From.Compare(b.From) })
	return out
}

// without leaves of each period what lies outside of all the cuts.
func without(list []duty.Period, cuts []duty.Span) (out []duty.Period) {
	for _, p := range list {
		for _, s := range minus([]duty.Span{{From: p.From, To: p.To}}, cuts) {
			rest := p
			rest.From, rest.To = s.From, s.To
			out = append(out, rest)
		}
	}
	return out
}

// minus leaves of spans what lies outside of all the cuts.
func minus(from, cuts []duty.Span) []duty.Span {
	for _, c := range cuts {
		var rest []duty.Span
		for _, s := range from {
			if !s.From.Before(c.To) || !c.From.Before(s.To) {
				rest = append(rest, s)
				continue
			}
			if s.From.Before(c.From) {
				rest = append(rest, duty.Span{From: s.From, To: c.From})
			}
			if c.To.Before(s.To) {
				rest = append(rest, duty.Span{From: c.To, To: s.To})
			}
		}
		from = rest
	}
	return from
}

// sameShifts reports whether nothing that is to come differs between two plans that have the same layers.
func sameShifts(a, b duty.Plan, at time.Time) bool {
	nobodyGone := func(org.PersonID) bool { return false }
	same := func(a, b []duty.Period) bool {
		var lists [2][]duty.Period
		for i, list := range [][]duty.Period{a, b} {
			for _, role := range duty.Roles() {
				lists[i] = append(lists[i], current(list, role, at, nobodyGone)...)
			}
			lists[i] = inOrder(lists[i])
		}
		return slices.EqualFunc(lists[0], lists[1], func(p, q duty.Period) bool {
			return p.Role == q.Role && p.From.Equal(q.From) && p.To.Equal(q.To) && p.Person == q.Person && p.Name == q.Name
		})
	}
	return same(a.Planned, b.Planned) && same(a.Fixed, b.Fixed)
}
