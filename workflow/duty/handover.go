package duty

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// How long after a handover began its rings come: both officers, then their leader.
const (
	RingBothAfter   = 15 * time.Minute
	RingLeaderAfter = 30 * time.Minute
)

// Stages of ringing about a handover that nobody accepts.
const (
	StageBoth   = 1
	StageLeader = 2
)

// Handover is one change of the primary, as far as it was recorded.
type Handover struct {
	At         time.Time    // of the change
	Out        org.PersonID // empty where nobody was on duty before: then the incoming one is responsible at once, and nothing is pending
	In         org.PersonID
	Begun      time.Time // when the incoming officer was asked; zero when it was accepted before that
	Stage      int       // the last ring: 0, StageBoth or StageLeader
	Rung       time.Time // when that was
	Accepted   time.Time // zero until accepted
	AcceptedBy org.PersonID
	Lapsed     time.Time // zero unless it lapsed
}

// Pending reports whether the handover still waits for the incoming officer.
func (h Handover) Pending() bool {
	return !h.Begun.IsZero() && h.Out != "" && h.Accepted.IsZero() && h.Lapsed.IsZero()
}

// Next is the next ring about the handover and when it is due, counted from when it began, so that after downtime the incoming officer
// has his quarter of an hour; ok is false when no ring is left.
func (h Handover) Next() (stage int, due time.Time, ok bool) {
	switch {
	case !h.Pending():
		return 0, time.Time{}, false
	case h.Stage < StageBoth:
		return StageBoth, h.Begun.Add(RingBothAfter), true
	case h.Stage < StageLeader:
		return StageLeader, h.Begun.Add(RingLeaderAfter), true
	}
	return 0, time.Time{}, false
}

// Pending lists the handovers that were begun and neither accepted nor lapsed, by time.
func (r Roster) Pending() []Handover {
	return slices.DeleteFunc(slices.Clone(r.handovers), func(h Handover) bool { return !h.Pending() })
}

// Handover finds what is recorded of the handover at an instant of change; of two at one instant, the later entered.
func (r Roster) Handover(at time.Time) (Handover, bool) {
	at = stored(at)
	for _, h := range slices.Backward(r.handovers) {
		if h.At.Equal(at) {
			return h, true
		}
		if h.At.Before(at) {
			break
		}
	}
	return Handover{}, false
}

// handover finds the record of a change to a person, and where it belongs.
func (r *Roster) handover(at time.Time, in org.PersonID) (i int, found bool) {
	i = len(r.handovers)
	for i > 0 && !r.handovers[i-1].At.Before(at) { // nearly always the last few
		i--
	}
	for ; i < len(r.handovers) && r.handovers[i].At.Equal(at); i++ {
		if r.handovers[i].In == in {
			return i, true
		}
	}
	return i, false
}

// entryOf is the record of a change to a person, made if need be.
func (r *Roster) entryOf(at time.Time, out, in org.PersonID) *Handover {
	i, found := r.handover(at, in)
	if !found {
		r.handovers = slices.Insert(r.handovers, i, Handover{At: at, Out: out, In: in})
	}
	return &r.handovers[i]
}

func (r *Roster) accepted(c change, at time.Time) bool {
	i, found := r.handover(c.at, c.in)
	return found && !r.handovers[i].Accepted.IsZero() && !r.handovers[i].Accepted.After(at)
}

// latest refuses an instant that is not the last change by now.
func (d *desk) latest(at time.Time) (change, *Refusal) {
	c, ok := d.lastChange(d.at)
	switch {
	case at.After(d.at):
		return c, &Refusal{Code: NotDue, At: at}
	case !ok || at.After(c.at):
		return c, &Refusal{Code: NoSuchChange, At: at}
	case at.Before(c.at):
		return c, &Refusal{Code: Superseded, At: c.at, Person: c.in}
	}
	return c, nil
}

// BeginHandover starts the handover at the last change of the primary: the incoming officer is asked. Handovers still pending from
// earlier changes lapse with it; one that is no longer the last is refused ([Superseded]), and one to nobody too ([NoSuchChange]). The
// system's alone.
type BeginHandover struct{ At time.Time }

// HandoverDue is a handover begun.
type HandoverDue struct {
	At  time.Time    `json:"at"` // of the change, which may be earlier than the fact
	Out org.PersonID `json:"out,omitempty"`
	In  org.PersonID `json:"in"`
}

// Kind is the event's stored name.
func (HandoverDue) Kind() string { return "handover_due.v1" }

func (cmd BeginHandover) decide(d *desk) ([]Event, *Refusal) {
	if no := d.maySystem(); no != nil {
		return nil, no
	}
	at := stored(cmd.At)
	c, no := d.latest(at)
	if no != nil {
		return nil, no
	}
	if c.in == "" {
		return nil, &Refusal{Code: NoSuchChange, At: at}
	}
	if i, found := d.handover(c.at, c.in); found {
		h := d.handovers[i]
		return nil, alreadyDone(org.System, later(h.Begun, h.Accepted))
	}
	return append(d.lapseBut(c), HandoverDue{At: c.at, Out: c.out, In: c.in}), nil
}

// lapseBut ends the waiting for all handovers but one.
func (d *desk) lapseBut(c change) []Event {
	var events []Event
	for _, h := range d.Pending() {
		if !h.At.Equal(c.at) || h.In != c.in {
			events = append(events, HandoverLapsed{At: h.At, In: h.In})
		}
	}
	return events
}

func (e HandoverDue) effect(r *Roster, f Fact) {
	h := r.entryOf(e.At, e.Out, e.In)
	h.Out, h.Begun = e.Out, f.At
}

// RingHandover rings about a handover that waits: stage [StageBoth] rings both officers, [StageLeader] the leader on duty or, without
// one, the unit's leaders. [Handover.Next] says when. The system's alone.
type RingHandover struct {
	At    time.Time
	Stage int
}

// HandoverRung is a ring about a handover that nobody accepted.
type HandoverRung struct {
	At     time.Time      `json:"at"` // of the change
	In     org.PersonID   `json:"in"`
	Stage  int            `json:"stage"`
	People []org.PersonID `json:"people"` // who is rung
}

// Kind is the event's stored name.
func (HandoverRung) Kind() string { return "handover_rung.v1" }

func (cmd RingHandover) decide(d *desk) ([]Event, *Refusal) {
	if no := d.maySystem(); no != nil {
		return nil, no
	}
	if cmd.Stage != StageBoth && cmd.Stage != StageLeader {
		return nil, wrong(NotOneOf, "Stage")
	}
	h, no := d.waits(stored(cmd.At))
	if no != nil {
		return nil, no
	}
	c, no := d.latest(h.At)
	if no != nil {
		return nil, no
	}
	if c.in != h.In {
		return nil, &Refusal{Code: Superseded, At: c.at, Person: c.in}
	}
	due := h.Begun.Add(time.Duration(cmd.Stage) * RingBothAfter)
	switch {
	case h.Stage >= cmd.Stage:
		return nil, alreadyDone(org.System, h.Rung)
	case d.at.Before(due):
		return nil, &Refusal{Code: NotDue, At: due}
	}
	people := []org.PersonID{h.Out, h.In}
	if cmd.Stage == StageLeader {
		people = d.leadersNow(people)
	}
	return []Event{HandoverRung{At: h.At, In: h.In, Stage: cmd.Stage, People: people}}, nil
}

// waits finds a pending handover.
func (d *desk) waits(at time.Time) (Handover, *Refusal) {
	h, ok := d.Handover(at)
	for _, p := range d.Pending() { // two people may have come at one instant
		if p.At.Equal(at) {
			return p, nil
		}
	}
	switch {
	case !ok:
		return h, &Refusal{Code: NoSuchChange, At: at}
	case !h.Accepted.IsZero():
		return h, alreadyDone(h.AcceptedBy, h.Accepted)
	case !h.Lapsed.IsZero():
		return h, alreadyDone(org.System, h.Lapsed)
	case !h.Pending():
		return h, &Refusal{Code: NoSuchChange, At: at}
	}
	return h, nil
}

// leadersNow is the leader on duty, or the unit's leaders, without those rung already unless nobody else is left.
func (d *desk) leadersNow(rung []org.PersonID) []org.PersonID {
	if s, ok := d.scheduled(Leader, d.at); ok && !slices.Contains(rung, s.Person) {
		return []org.PersonID{s.Person}
	}
	all := leaders(d.tree, d.unit)
	others := slices.DeleteFunc(slices.Clone(all), func(p org.PersonID) bool { return slices.Contains(rung, p) })
	if len(others) == 0 {
		return all
	}
	return others
}

func (e HandoverRung) effect(r *Roster, f Fact) {
	h := r.entryOf(e.At, "", e.In)
	h.Stage, h.Rung = e.Stage, f.At
}

// AcceptHandover is the incoming officer's word that he has taken over; a leader of the unit may give it for him. At is the instant of
// the change; zero means the last one. It may come before the system asked. Handovers still pending from earlier changes lapse with it.
type AcceptHandover struct{ At time.Time }

// HandoverAccepted is a handover accepted: from the fact on the incoming officer is responsible.
type HandoverAccepted struct {
	At  time.Time    `json:"at"` // of the change
	Out org.PersonID `json:"out,omitempty"`
	In  org.PersonID `json:"in"`
	By  org.PersonID `json:"by"`
}

// Kind is the event's stored name.
func (HandoverAccepted) Kind() string { return "handover_accepted.v1" }

func (cmd AcceptHandover) decide(d *desk) ([]Event, *Refusal) {
	at := stored(cmd.At)
	if cmd.At.IsZero() {
		c, _ := d.lastChange(d.at)
		at = c.at
	}
	c, no := d.latest(at)
	h, found := d.Handover(at)
	if no == nil {
		i, ok := d.handover(c.at, c.in) // two people may have come at one instant: the roster was changed at once again
		if found = ok; found {
			h = d.handovers[i]
		}
	}
	switch {
	case found && !h.Accepted.IsZero():
		return nil, alreadyDone(h.AcceptedBy, h.Accepted)
	case no != nil:
		return nil, no
	case c.in == "":
		return nil, &Refusal{Code: NoSuchChange, At: at}
	}
	if no := d.may(d.lead(), c.in); no != nil {
		no.Who, no.Person = append([]Grant{{Where: TheNext}}, no.Who...), c.in
		return nil, no
	}
	return append(d.lapseBut(c), HandoverAccepted{At: c.at, Out: c.out, In: c.in, By: d.by}), nil
}

func (e HandoverAccepted) effect(r *Roster, f Fact) {
	h := r.entryOf(e.At, e.Out, e.In)
	if h.Accepted.IsZero() {
		h.Accepted, h.AcceptedBy = f.At, e.By
	}
}

// LapseHandover ends the waiting for a handover that is not the last one any more. After downtime a change that was never begun can be
// recorded as lapsed too. The system's alone.
type LapseHandover struct{ At time.Time }

// HandoverLapsed is a handover that nobody will accept: a later one took its place.
type HandoverLapsed struct {
	At time.Time    `json:"at"` // of the change
	In org.PersonID `json:"in"`
}

// Kind is the event's stored name.
func (HandoverLapsed) Kind() string { return "handover_lapsed.v1" }

func (cmd LapseHandover) decide(d *desk) ([]Event, *Refusal) {
	if no := d.maySystem(); no != nil {
		return nil, no
	}
	at := stored(cmd.At)
	h, no := d.waits(at)
	if no != nil && no.Code != NoSuchChange {
		return nil, no
	}
	if c, ok := d.lastChange(d.at); ok && c.at.Equal(at) && (no != nil || c.in == h.In) || at.After(d.at) {
		return nil, &Refusal{Code: NotDue, Person: c.in}
	}
	if no == nil {
		return []Event{HandoverLapsed{At: at, In: h.In}}, nil
	}
	in := d.turn(Primary, at)
	if out := d.turn(Primary, at.Add(-1)); in.person == "" || out.person == "" || in.person == out.person {
		return nil, no
	}
	return []Event{HandoverLapsed{At: at, In: in.person}}, nil
}

func (e HandoverLapsed) effect(r *Roster, f Fact) {
	h := r.entryOf(e.At, "", e.In)
	if h.Lapsed.IsZero() {
		h.Lapsed = f.At
	}
}
