package duty

import (
	"maps"
	"slices"
	"sort"
	"time"

	"sameday/workflow/org"
)

// reach is how far from the instant asked about a shift's ends are looked for: shifts that are longer end there.
const reach = 40 * 24 * time.Hour

// Roster is the fold of a unit's roster events. Treat it as a value: a roster handed out is never changed afterwards, and may be read
// by many at once. The zero roster has nobody on duty.
type Roster struct {
	Unit    org.UnitID
	Zone    *time.Location // of handover times; nil is UTC
	Version int            // of the last fact folded

	plans     []*schedule // by when they take effect
	overrides []Entry
	over      [roleCount]timeline // of the overrides that stand
	absences  []Entry
	away      map[org.PersonID]timeline
	swaps     []Swap
	handovers []Handover // by At
}

// Fold makes a roster of its facts, in order.
func Fold(unit org.UnitID, zone *time.Location, facts []Fact) Roster {
	if zone == nil {
		zone = time.UTC
	}
	r := Roster{Unit: unit, Zone: zone, away: map[org.PersonID]timeline{}}
	r.apply(facts)
	return r
}

// With returns the roster after some more facts; r itself stays as it was.
func (r Roster) With(facts ...Fact) Roster {
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	r.plans, r.overrides, r.absences = slices.Clone(r.plans), slices.Clone(r.overrides), slices.Clone(r.absences)
	r.swaps, r.handovers = slices.Clone(r.swaps), slices.Clone(r.handovers)
	away := make(map[org.PersonID]timeline, len(r.away)+1)
	maps.Copy(away, r.away)
	r.away = away
	r.apply(facts)
	return r
}

func (r *Roster) apply(facts []Fact) {
	for _, f := range facts {
		r.Version = f.Version
		f.Event.effect(r, f)
	}
}

// Plan is the plan that counts at an instant, and since when it does; ok is false before the first.
func (r Roster) Plan(at time.Time) (plan Plan, from time.Time, ok bool) {
	w := around(at)
	if s := r.schedule(at, &w); s != nil {
		return s.plan.stored(), s.from, true
	}
	return Plan{}, time.Time{}, false
}

// schedule is the plan that counts at an instant; nil before the first. It narrows w to how long it counts.
func (r *Roster) schedule(at time.Time, w *Span) *schedule {
	i := sort.Search(len(r.plans), func(i int) bool { return r.plans[i].from.After(at) })
	if i < len(r.plans) {
		w.To = sooner(w.To, r.plans[i].from)
	}
	if i == 0 {
		return nil
	}
	w.From = later(w.From, r.plans[i-1].from)
	return r.plans[i-1]
}

func around(at time.Time) Span { return Span{From: at.Add(-reach), To: at.Add(reach)} }

// turn says who is on duty in a role at an instant ("" for nobody), by what, and for a stretch around the instant in which nothing of
// that changes. The stretch need not be the longest.
func (r *Roster) turn(role Role, at time.Time) piece {
	p := piece{Span: around(at)}
	i := role.index()
	if i < 0 {
		return p
	}
	w := p.Span
	s := r.schedule(at, &w)
	p = r.entry(s, i, at, &w)
	if p.person != "" {
		if _, absent := r.away[p.person].at(at, &w); absent {
			p = piece{}
		}
	}
	p.Span = w
	return p
}

// entry finds the highest entry for a role, whether the person is absent or not.
func (r *Roster) entry(s *schedule, role int, at time.Time, w *Span) piece {
	if s != nil {
		if p, ok := s.fixed[role].at(at, w); ok {
			return p
		}
	}
	if p, ok := r.over[role].at(at, w); ok {
		return p
	}
	if s == nil {
		return piece{}
	}
	if p, ok := s.planned[role].at(at, w); ok {
		return p
	}
	if person := s.layer(role, at, w); person != "" {
		return piece{person: person, source: FromLayer}
	}
	return piece{}
}

// absent reports whether a person is away at an instant.
func (r *Roster) absent(person org.PersonID, at time.Time) bool {
	w := around(at)
	_, ok := r.away[person].at(at, &w)
	return ok
}

// Shift is one person's duty without a break.
type Shift struct {
	Person   org.PersonID
	Role     Role
	From, To time.Time
	Source   Source
	Unit     org.UnitID
	Name     string // of the fixed period
	Open     bool   // it goes on after To, which is only how far was looked
}

func (r *Roster) shift(role Role, p piece) Shift {
	return Shift{Person: p.person, Role: role, From: p.From.UTC(), To: p.To.UTC(), Source: p.source, Unit: r.Unit, Name: p.name}
}

// Scheduled is the shift of whoever the roster has on duty in a role at an instant: the longest stretch around it with the same person
// from the same source, looked for up to 40 days both ways. ok is false when there is nobody. Who answers is another question:
// [Roster.Responsible].
func (r Roster) Scheduled(role Role, at time.Time) (Shift, bool) { return r.scheduled(role, at) }

func (r *Roster) scheduled(role Role, at time.Time) (Shift, bool) {
	p := r.turn(role, at)
	if p.person == "" {
		return Shift{}, false
	}
	return r.whole(role, p, around(at)), true
}

// whole is the shift around a turn, as far as the limit goes.
func (r *Roster) whole(role Role, p piece, limit Span) Shift {
	p = r.widen(role, p, limit, sameDuty)
	s := r.shift(role, p)
	s.Open = !p.To.Before(limit.To) && sameDuty(p, r.turn(role, limit.To))
	return s
}

func sameDuty(a, b piece) bool { return a.person == b.person && a.source == b.source }

func samePerson(a, b piece) bool { return a.person == b.person }

// widen joins to a turn what lies beside it and is the same, as far as the limit goes.
func (r *Roster) widen(role Role, p piece, limit Span, same func(a, b piece) bool) piece {
	for p.From.After(limit.From) {
		q := r.turn(role, p.From.Add(-1))
		if !same(p, q) {
			break
		}
		p.From = q.From
	}
	for p.To.Before(limit.To) {
		q := r.turn(role, p.To)
		if !same(p, q) {
			break
		}
		p.To = q.To
	}
	p.Span = p.narrow(limit)
	return p
}

// Shifts lists the shifts of a role that reach into a stretch of time, in order. They are whole: the first may begin before from, the
// last end after to, by up to 40 days.
func (r Roster) Shifts(role Role, from, to time.Time) []Shift {
	var out []Shift
	limit := Span{From: from.Add(-reach), To: to.Add(reach)}
	for at := from; at.Before(to); {
		p := r.turn(role, at)
		if p.person != "" {
			s := r.whole(role, p, limit)
			out = append(out, s)
			p.To = s.To
		}
		at = p.To
	}
	return out
}

// Gaps lists the stretches between from and to in which nobody is on duty in the role, each as long as it goes.
func (r Roster) Gaps(role Role, from, to time.Time) []Span {
	var out []Span
	limit := Span{From: from, To: to}
	for at := from; at.Before(to); {
		p := r.widen(role, r.turn(role, at), limit, samePerson)
		if p.person == "" {
			out = append(out, Span{From: p.From.UTC(), To: p.To.UTC()})
		}
		at = p.To
	}
	return out
}
