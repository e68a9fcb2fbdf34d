package duty

import (
	"cmp"
	"slices"
	"time"

	"sameday/workflow/org"
)

// Change is what a new version of a roster brings one person.
type Change struct {
	Person  org.PersonID
	Added   []Shift
	Removed []Shift
}

// Changes lists whose duty between from and to is different in next: the stretches added and removed, sorted by person. Where only the
// source of somebody's duty differs, nothing changes for him.
func (r Roster) Changes(next Roster, from, to time.Time) []Change {
	d := map[org.PersonID]*Change{}
	for _, role := range Roles() {
		for at := from; at.Before(to); {
			old, now := r.turn(role, at), next.turn(role, at)
			s := Span{From: at, To: sooner(to, sooner(old.To, now.To))}
			if old.person != now.person {
				old.Span, now.Span = s, s
				note(d, r.shift(role, old), func(c *Change) *[]Shift { return &c.Removed })
				note(d, next.shift(role, now), func(c *Change) *[]Shift { return &c.Added })
			}
			at = s.To
		}
	}
	out := make([]Change, 0, len(d))
	for _, c := range d {
		r.leaveOpen(c.Removed, to)
		next.leaveOpen(c.Added, to)
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Change) int { return cmp.Compare(a.Person, b.Person) })
	return out
}

// leaveOpen marks the stretches that go on after the end of what was looked at.
func (r *Roster) leaveOpen(shifts []Shift, end time.Time) {
	for i, s := range shifts {
		shifts[i].Open = s.To.Equal(end) && r.turn(s.Role, end).person == s.Person
	}
}

// note adds a stretch to a person's list, to the one before where they touch.
func note(d map[org.PersonID]*Change, s Shift, list func(*Change) *[]Shift) {
	if s.Person == "" {
		return
	}
	if d[s.Person] == nil {
		d[s.Person] = &Change{Person: s.Person}
	}
	to := list(d[s.Person])
	if n := len(*to); n > 0 {
		if before := &(*to)[n-1]; before.Role == s.Role && before.Source == s.Source && before.To.Equal(s.From) {
			before.To = s.To
			return
		}
	}
	*to = append(*to, s)
}
