package duty

import (
	"slices"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Cut is a handover time of a layer: the shift that begins at At goes to the people of this list in turn.
type Cut struct {
	At     Clock          `json:"at"`
	People []org.PersonID `json:"people"`
}

// Layer is a rotation without end. Each day of the unit's zone is divided at the cuts' times, from Start on; a cut's list moves on to
// its next person every Every days. So 24-hour duty is one cut with Every 1; day and night are two cuts, each with its own list; weekly
// duty is one cut with Every 7, and changes on the weekday of Start. (Two cuts with Every 7 keep a person on days, or on nights, for a
// week.)
type Layer struct {
	Role  Role         `json:"role"`
	Start calendar.Day `json:"start"`
	Every int          `json:"every"` // days: 1 or 7
	Cuts  []Cut        `json:"cuts"`
}

// Period puts one person on duty for a stretch of time, half open.
type Period struct {
	Role   Role         `json:"role"`
	From   time.Time    `json:"from"`
	To     time.Time    `json:"to"`
	Person org.PersonID `json:"person"`
	Name   string       `json:"name,omitempty"` // of the holiday
}

func (p Period) span() Span { return Span{From: p.From, To: p.To} }

// Plan is what a leader publishes.
type Plan struct {
	Layers   []Layer  `json:"layers,omitempty"`
	Planned  []Period `json:"planned,omitempty"` // single shifts, for example from a file; they beat layers
	Fixed    []Period `json:"fixed,omitempty"`   // holidays; they beat overrides and swaps too
	Midnight bool     `json:"midnight,omitempty"`
	// Midnight says that handovers at 00:00 are meant: without it [Check] takes them for a mistake.
}

// stored is the plan as the ledger keeps it. It shares nothing with p.
func (p Plan) stored() Plan {
	out := Plan{Midnight: p.Midnight, Planned: storedPeriods(p.Planned), Fixed: storedPeriods(p.Fixed)}
	for _, l := range p.Layers {
		l.Cuts = slices.Clone(l.Cuts)
		for i := range l.Cuts {
			l.Cuts[i].People = slices.Clone(l.Cuts[i].People)
		}
		out.Layers = append(out.Layers, l)
	}
	return out
}

func storedPeriods(all []Period) []Period {
	out := slices.Clone(all)
	for i, p := range out {
		out[i].From, out[i].To = stored(p.From), stored(p.To)
	}
	return out
}

// people lists everybody the plan names, each once, with the first role.
func (p Plan) people() (people []org.PersonID, role map[org.PersonID]Role) {
	role = map[org.PersonID]Role{}
	add := func(who org.PersonID, r Role) {
		if _, known := role[who]; !known && who != "" {
			role[who] = r
			people = append(people, who)
		}
	}
	for _, l := range p.Layers {
		for _, c := range l.Cuts {
			for _, who := range c.People {
				add(who, l.Role)
			}
		}
	}
	for _, list := range [][]Period{p.Planned, p.Fixed} {
		for _, q := range list {
			add(q.Person, q.Role)
		}
	}
	return people, role
}

// schedule is a published plan made ready for questions. It is immutable.
type schedule struct {
	plan    Plan
	from    time.Time
	by      org.PersonID
	at      time.Time // when it was published
	fixed   [roleCount]timeline
	planned [roleCount]timeline
	layers  [roleCount][]rota
	people  map[org.PersonID]bool
}

func newSchedule(p Plan, zone *time.Location) *schedule {
	s := &schedule{plan: p, people: map[org.PersonID]bool{}}
	names, _ := p.people()
	for _, who := range names {
		s.people[who] = true
	}
	for _, l := range p.Layers {
		if r, ok := newRota(l, zone); ok && l.Role.index() >= 0 {
			s.layers[l.Role.index()] = append(s.layers[l.Role.index()], r)
		}
	}
	lay(&s.planned, p.Planned, FromPlanned)
	lay(&s.fixed, p.Fixed, FromFixed)
	return s
}

func lay(on *[roleCount]timeline, periods []Period, source Source) {
	for _, p := range periods {
		if i := p.Role.index(); i >= 0 {
			on[i] = on[i].put(piece{Span: p.span(), person: p.Person, source: source, name: p.Name})
		}
	}
}

// layer says who is on duty by the layers, and narrows w to how long.
func (s *schedule) layer(role int, at time.Time, w *Span) org.PersonID {
	layers := s.layers[role]
	for i := len(layers) - 1; i >= 0; i-- {
		l := &layers[i]
		if at.Before(l.begins) {
			w.To = sooner(w.To, l.begins)
			continue
		}
		return l.turn(at, w)
	}
	return ""
}
