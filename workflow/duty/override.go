package duty

import (
	"fmt"
	"slices"
	"time"

	"sameday/workflow/org"
)

// Entry is an override, one half of an agreed swap, or an absence, as it stands in a roster. Of a cancelled one only the part before
// the cancelling is left; one that had not begun has no length.
type Entry struct {
	ID string
	Period
	Reason    string
	Source    Source // FromOverride or FromSwap; empty for an absence, which has no role either
	By        org.PersonID
	At        time.Time // when it was entered
	Cancelled time.Time
	Canceller org.PersonID
}

// Override puts one person on duty for a while, over what the plan says and over earlier overrides. The part of the period that has
// passed stays as it was. One that lies wholly inside a fixed period is refused: it could have no effect.
type Override struct {
	Period Period
	Reason string
}

// RosterOverride is an override entered.
type RosterOverride struct {
	ID string `json:"id"`
	Period
	Reason string `json:"reason,omitempty"`
}

// Kind is the event's stored name.
func (RosterOverride) Kind() string { return "roster_override.v1" }

func (cmd Override) decide(d *desk) ([]Event, *Refusal) {
	p := cmd.Period
	if no := d.mayManage(); no != nil {
		return nil, no
	}
	if p.Role.index() < 0 {
		return nil, wrong(NotOneOf, "Role")
	}
	if no := d.inBank(p.Person, "Person"); no != nil {
		return nil, no
	}
	s, no := d.ahead(p.span())
	if no != nil {
		return nil, no
	}
	p.From, p.To = s.From, s.To
	if e, ok := d.standing(p); ok {
		return nil, alreadyDone(e.By, e.At)
	}
	if fixed, ok := d.fixedIn(p.Role, s); ok && !fixed.From.After(s.From) && !fixed.To.Before(s.To) {
		return nil, &Refusal{Code: FixedShift, Role: p.Role, From: fixed.From, To: fixed.To, Name: fixed.name, Person: fixed.person}
	}
	if no := d.free(p.Person, s); no != nil {
		return nil, no
	}
	return []Event{RosterOverride{ID: d.newID("o"), Period: p, Reason: cmd.Reason}}, nil
}

// standing finds the override that says already what the period says.
func (d *desk) standing(p Period) (Entry, bool) {
	if !d.over[p.Role.index()].covers(p.span(), p.Person) {
		return Entry{}, false
	}
	for _, e := range slices.Backward(d.overrides) {
		if e.Person == p.Person && e.Role == p.Role && e.span().overlaps(p.span()) {
			return e, true
		}
	}
	return Entry{}, false
}

// newID names the entry that the next fact makes. The ledger gives each place among a roster's facts once.
func (d *desk) newID(kind string) string { return fmt.Sprintf("%s%d", kind, d.Version+1) }

func (e RosterOverride) effect(r *Roster, f Fact) {
	r.enter(Entry{ID: e.ID, Period: e.Period, Reason: e.Reason, Source: FromOverride, By: f.By, At: f.At})
}

func (r *Roster) enter(e Entry) {
	r.overrides = append(r.overrides, e)
	r.lay(e)
}

func (r *Roster) lay(e Entry) {
	if i := e.Role.index(); i >= 0 {
		r.over[i] = r.over[i].put(piece{Span: e.span(), person: e.Person, source: e.Source, name: e.Name})
	}
}

// CancelOverride ends an override, or both halves of an agreed swap, from now on.
type CancelOverride struct{ ID string }

// OverrideCancelled is an override cancelled. What it had done by then stays.
type OverrideCancelled struct {
	ID string `json:"id"`
}

// Kind is the event's stored name.
func (OverrideCancelled) Kind() string { return "roster_override_cancelled.v1" }

func (cmd CancelOverride) decide(d *desk) ([]Event, *Refusal) {
	if no := d.mayManage(); no != nil {
		return nil, no
	}
	if no := cancellable(d.overrides, cmd.ID, d.at); no != nil {
		return nil, no
	}
	return []Event{OverrideCancelled(cmd)}, nil
}

// cancellable refuses to cancel what is not there, was cancelled, or is over.
func cancellable(all []Entry, id string, at time.Time) *Refusal {
	no := refuse(NoSuchEntry)
	for _, e := range all {
		switch {
		case e.ID != id:
		case !e.Cancelled.IsZero():
			return alreadyDone(e.Canceller, e.Cancelled)
		case !e.To.After(at):
			no = noSpan(e.span(), Past)
		default:
			return nil
		}
	}
	return no
}

func (e OverrideCancelled) effect(r *Roster, f Fact) {
	cancel(r.overrides, e.ID, f)
	r.over = [roleCount]timeline{}
	for _, o := range r.overrides {
		r.lay(o)
	}
}

func cancel(all []Entry, id string, f Fact) {
	for i := range all {
		if e := &all[i]; e.ID == id && e.Cancelled.IsZero() && e.To.After(f.At) {
			e.Cancelled, e.Canceller = f.At, f.By
			e.To = later(e.From, f.At)
		}
	}
}

// Overrides lists the overrides and agreed swaps that reach into a stretch of time and were not cancelled, in the order of entering.
func (r Roster) Overrides(from, to time.Time) []Entry { return live(r.overrides, from, to) }

// Absences lists the absences that reach into a stretch of time and were not cancelled, in the order of entering.
func (r Roster) Absences(from, to time.Time) []Entry { return live(r.absences, from, to) }

func live(all []Entry, from, to time.Time) []Entry {
	var out []Entry
	for _, e := range all {
		if e.Cancelled.IsZero() && e.span().overlaps(Span{From: from, To: to}) {
			out = append(out, e)
		}
	}
	return out
}
