package duty_test

import (
	"slices"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// naive is the rules of duty written down a second time, as plainly as possible and without regard to speed: every question is
// answered by looking at all facts, minute by minute.
type naive struct {
	zone  *time.Location
	facts []duty.Fact
	cuts  map[layerKey][]boundary // of layers
	ends  []time.Time             // of the entry of each fact; worked out when facts came
}

// who is somebody on duty, by what.
type who struct {
	person org.PersonID
	source duty.Source
}

func holds(from, to, at time.Time) bool { return !at.Before(from) && at.Before(to) }

// on says who is on duty in a role at an instant.
func (n *naive) on(role duty.Role, at time.Time) who {
	w := n.entry(role, at)
	for i, f := range n.facts {
		if e, ok := f.Event.(duty.WentAbsent); ok && e.Person == w.person && holds(e.From, n.until(i, e.To), at) {
			return who{}
		}
	}
	return w
}

// until is when the entry of a fact ends: at its end, or when it was cancelled.
func (n *naive) until(i int, end time.Time) time.Time {
	if at := n.cancelled(i); !at.IsZero() && at.Before(end) {
		return at
	}
	return end
}

// cancelled is when the entry of a fact was cancelled, if ever.
func (n *naive) cancelled(i int) time.Time {
	if len(n.ends) != len(n.facts) {
		n.ends = make([]time.Time, len(n.facts))
		for i, f := range n.facts {
			var id string
			switch e := f.Event.(type) {
			case duty.RosterOverride:
				id = e.ID
			case duty.SwapAnswered:
				id = e.ID
			case duty.WentAbsent:
				id = e.ID
			}
			for _, later := range slices.Backward(n.facts[i:]) {
				if later.Event == (duty.OverrideCancelled{ID: id}) || later.Event == (duty.AbsenceCancelled{ID: id}) {
					n.ends[i] = later.At
				}
			}
		}
	}
	return n.ends[i]
}

func (n *naive) entry(role duty.Role, at time.Time) who {
	var plan duty.Plan
	var from time.Time
	var found who
	for i, f := range n.facts {
		switch e := f.Event.(type) {
		case duty.RosterPublished:
			if !at.Before(e.From) && (!e.Keep || !e.From.Before(from)) {
				plan, from = e.Plan, e.From
			}
		case duty.RosterOverride:
			if e.Role == role && holds(e.From, n.until(i, e.To), at) {
				found = who{e.Person, duty.FromOverride}
			}
		case duty.SwapAnswered:
			if !e.Agreed || at.Before(f.At) {
				continue
			}
			for _, p := range e.Also {
				if p.Role == role && holds(p.From, n.until(i, p.To), at) {
					found = who{p.Person, duty.FromSwap}
				}
			}
			if s := n.swap(e.ID); s.Role == role {
				if holds(s.From, n.until(i, s.To), at) {
					found = who{s.Other, duty.FromSwap}
				}
				if holds(s.OtherFrom, n.until(i, s.OtherTo), at) {
					found = who{s.Person, duty.FromSwap}
				}
			}
		}
	}
	for _, p := range plan.Fixed {
		if p.Role == role && holds(p.From, p.To, at) {
			return who{p.Person, duty.FromFixed}
		}
	}
	if found.person != "" {
		return found
	}
	for _, p := range plan.Planned {
		if p.Role == role && holds(p.From, p.To, at) {
			return who{p.Person, duty.FromPlanned}
		}
	}
	for _, l := range slices.Backward(plan.Layers) {
		if w, begun := n.layer(l, at); l.Role == role && begun {
			return w
		}
	}
	return who{}
}

func (n *naive) swap(id string) duty.SwapProposed {
	for _, f := range n.facts {
		if e, ok := f.Event.(duty.SwapProposed); ok && e.ID == id {
			return e
		}
	}
	return duty.SwapProposed{}
}

type layerKey struct {
	start calendar.Day
	first duty.Clock
	cuts  int
}

type boundary struct {
	at       time.Time
	day, cut int
}

// layer walks along all handovers of a layer from its first day.
func (n *naive) layer(l duty.Layer, at time.Time) (who, bool) {
	key := layerKey{l.Start, l.Cuts[0].At, len(l.Cuts)}
	if n.cuts[key] == nil {
		for day := range 40 {
			for cut, c := range l.Cuts {
				n.cuts[key] = append(n.cuts[key], boundary{l.Start.Add(day).At(c.At.Hour, c.At.Minute, n.zone), day, cut})
			}
		}
	}
	var w who
	begun := false
	for _, b := range n.cuts[key] {
		if b.at.After(at) {
			break
		}
		begun = true
		people := l.Cuts[b.cut].People
		w = who{people[b.day/l.Every%len(people)], duty.FromLayer}
	}
	return w, begun
}

// accepted reports whether the handover at an instant to a person was accepted by a later one.
func (n *naive) accepted(change time.Time, in org.PersonID, at time.Time) bool {
	return slices.ContainsFunc(n.facts, func(f duty.Fact) bool {
		e, ok := f.Event.(duty.HandoverAccepted)
		return ok && e.At.Equal(change) && e.In == in && !f.At.After(at)
	})
}

// absent reports whether a person is away.
func (n *naive) absent(person org.PersonID, at time.Time) bool {
	for i, f := range n.facts {
		if e, ok := f.Event.(duty.WentAbsent); ok && e.Person == person && holds(e.From, n.until(i, e.To), at) {
			return true
		}
	}
	return false
}

// minute is what is true for one minute.
type minute struct {
	at                      time.Time
	primary, deputy, leader who
	responsible, waiting    org.PersonID
}

// walk goes through a stretch of time from before the first fact, minute by minute.
func (n *naive) walk(from, to time.Time) []minute {
	var out []minute
	var before, outgoing org.PersonID
	var changed time.Time
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		m := minute{at: at, primary: n.on(duty.Primary, at), deputy: n.on(duty.Deputy, at), leader: n.on(duty.Leader, at)}
		if p := m.primary.person; p != before {
			outgoing, changed, before = before, at, p
		}
		switch p := m.primary.person; {
		case p == "":
			m.responsible = m.deputy.person
			if m.responsible == "" {
				m.responsible = m.leader.person
			}
		case outgoing != "" && !n.accepted(changed, p, at) && !n.absent(outgoing, at):
			m.responsible, m.waiting = outgoing, p
		default:
			m.responsible = p
		}
		out = append(out, m)
	}
	return out
}
