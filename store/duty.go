package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// RosterStream is the stream of a unit's roster.
func RosterStream(u org.UnitID) StreamID { return StreamID(rosterPrefix + string(u)) }

// RosterOf is the unit whose roster a stream holds.
func RosterOf(s StreamID) (org.UnitID, bool) {
	u, ok := strings.CutPrefix(string(s), rosterPrefix)
	return org.UnitID(u), ok
}

// DutyRequest is one command about a unit's roster.
type DutyRequest struct {
	Unit    org.UnitID
	Command duty.Command
	By      org.PersonID // org.System for the clock
	At      time.Time
	Key     string // makes it happen once however often it is delivered; see [Request]
}

// DutyOutcome is what a command about a roster did.
type DutyOutcome struct {
	Before, After duty.Roster
	Facts         []duty.Fact // empty for a duplicate
	Duplicate     bool
}

// Duty carries out one command about a roster. The error is a *[duty.Refusal] for an expected "no", anything else is a failure of the
// store, and then nothing has been stored.
func (d *Desk) Duty(ctx context.Context, q DutyRequest) (DutyOutcome, error) {
	for try := range maxTries {
		out, err := d.tryDuty(ctx, q, try == 0)
		if !errors.Is(err, ErrConflict) {
			return out, err
		}
	}
	return DutyOutcome{}, fmt.Errorf("roster of %s: %w", q.Unit, ErrConflict)
}

// tryDuty decides on the roster that the book has, which is nearly always the last one, or on what the store says.
func (d *Desk) tryDuty(ctx context.Context, q DutyRequest, known bool) (DutyOutcome, error) {
	before, ok := d.Rules().Book.Roster(q.Unit)
	if !known || !ok {
		var err error
		if before, err = d.Roster(ctx, q.Unit); err != nil {
			return DutyOutcome{}, err
		}
	}
	at := q.At.UTC().Truncate(time.Microsecond)
	events, no := duty.Decide(before, q.Command, q.By, d.Rules().Tree, at)
	if no != nil && known && ok { // what the book does not know yet may allow it
		return DutyOutcome{}, ErrConflict
	}
	if no != nil {
		return DutyOutcome{}, no
	}
	a := Append{Stream: RosterStream(q.Unit), Expect: before.Version}
	facts := make([]duty.Fact, len(events))
	for i, e := range events {
		facts[i] = duty.Fact{Version: before.Version + 1 + i, At: at, By: q.By, Event: e}
		data, err := duty.Events.Encode(e)
		if err != nil {
			return DutyOutcome{}, err
		}
		a.Events = append(a.Events, NewEvent{Kind: e.Kind(), At: at, By: string(q.By), Data: data})
	}
	a.Entries = rosterEntry(q.Unit)
	out := DutyOutcome{Before: before, After: before.With(facts...), Facts: facts}
	commit := Commit{Key: q.Key, At: at, Appends: []Append{a}, Intents: dutyIntents(out)}
	_, err := d.store.Append(ctx, commit)
	var dup *DuplicateError
	if errors.As(err, &dup) {
		return DutyOutcome{Before: before, After: before, Duplicate: true}, nil
	}
	if err != nil {
		return DutyOutcome{}, err
	}
	d.book.put(d.Rules().Tree, out.After)
	return out, nil
}

// Roster loads a unit's roster; one without any event when the unit has none. An unknown unit is [ErrNotFound].
func (d *Desk) Roster(ctx context.Context, u org.UnitID) (duty.Roster, error) {
	unit, ok := d.Rules().Tree.Unit(u)
	if !ok {
		return duty.Roster{}, fmt.Errorf("unit %s: %w", u, ErrNotFound)
	}
	facts, err := d.RosterFacts(ctx, u)
	if err != nil {
		return duty.Roster{}, err
	}
	return duty.Fold(u, unit.Zone, facts), nil
}

// RosterFacts loads everything that ever happened to a unit's roster, in order: who changed what, when.
func (d *Desk) RosterFacts(ctx context.Context, u org.UnitID) ([]duty.Fact, error) {
	records, err := Records(ctx, d.store, RosterStream(u))
	if err != nil {
		return nil, err
	}
	return rosterFacts(records)
}

func rosterFacts(records []Record) ([]duty.Fact, error) {
	facts := make([]duty.Fact, len(records))
	for i, r := range records {
		e, err := duty.Events.Decode(r.Kind, r.Data)
		if err != nil {
			return nil, fmt.Errorf("record %d (%s): %w", r.Seq, r.Stream, err)
		}
		facts[i] = duty.Fact{Version: r.Version, At: r.At, By: org.PersonID(r.By), Event: e}
	}
	return facts, nil
}

func rosterEntry(u org.UnitID) []Entry {
	return []Entry{{Index: IndexRoster, Key: key(string(u)), Stream: RosterStream(u)}}
}

func rosterEntries(u org.UnitID, records []Record) ([]Entry, error) {
	if _, err := rosterFacts(records); err != nil {
		return nil, err
	}
	return rosterEntry(u), nil
}

// LoadBook reads all rosters. It must be called once before the rules are to know who is on duty; from then on every change made by this
// desk is in the book at once.
func (d *Desk) LoadBook(ctx context.Context) error {
	var rosters []duty.Roster
	err := Walk(ctx, d.store, Query{Index: IndexRoster}, func(e Entry) (bool, error) {
		u, _ := RosterOf(e.Stream)
		r, err := d.Roster(ctx, u)
		if errors.Is(err, ErrNotFound) { // the unit has left the configuration
			return true, nil
		}
		rosters = append(rosters, r)
		return true, err
	})
	if err != nil {
		return fmt.Errorf("load the rosters: %w", err)
	}
	d.book.put(d.Rules().Tree, rosters...)
	return nil
}

// book is the rosters in force, and the rules that go with them.
type book struct {
	mu    sync.Mutex // of writers
	now   atomic.Pointer[duty.Book]
	rules atomic.Pointer[merged]
}

// merged are rules with the book that was in force when they were made.
type merged struct {
	base *workflow.Rules
	book *duty.Book
	made *workflow.Rules
}

// put takes rosters in, each unless a newer one is there.
func (b *book) put(tree *org.Tree, rosters ...duty.Roster) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now.Load()
	if now == nil {
		now = duty.NewBook(tree)
	}
	b.now.Store(now.With(slices.DeleteFunc(rosters, func(r duty.Roster) bool {
		have, ok := now.Roster(r.Unit)
		return ok && have.Version >= r.Version
	})...))
}

// over gives the rules with the book in them.
func (b *book) over(base *workflow.Rules) *workflow.Rules {
	now := b.now.Load()
	if m := b.rules.Load(); m != nil && m.base == base && m.book == now {
		return m.made
	}
	made := *base
	made.Book = now
	b.rules.Store(&merged{base, now, &made})
	return &made
}

// tellAhead is how far ahead people are told what a change of the roster means for them.
const tellAhead = 30 * 24 * time.Hour

// dutyIntents is what must be told after a change of a roster: to those whose shifts changed, to those who are asked, and in the unit's
// channel how a handover stands.
func dutyIntents(o DutyOutcome) []Intent {
	var out []Intent
	unit := o.After.Unit
	add := func(f duty.Fact, kind string, p org.PersonID) {
		i := Intent{
			ID: fmt.Sprintf("roster/%s@%d/%s/%s", unit, f.Version, kind, p), Lane: PersonLane(p), Priority: PriorityDigest, Kind: kind,
			Stream: RosterStream(unit), Body: BodyOf(About{Version: f.Version, Unit: unit, Person: p}),
		}
		if _, rung := f.Event.(duty.HandoverRung); rung { // asking to take over can wait for those who are called; ringing cannot
			i.Priority = PriorityRing
		}
		out = append(out, i)
	}
	post := func(f duty.Fact, at time.Time) {
		out = append(out, Intent{
			ID: fmt.Sprintf("roster/%s@%d/%s", unit, f.Version, KindTakeover), Lane: ChannelLane(unit), Priority: PriorityDigest,
			Kind: KindTakeover, Stream: RosterStream(unit), Body: BodyOf(About{Version: f.Version, Unit: unit}),
			Replace: "takeover/" + string(unit) + "/" + stamp(at),
		})
	}
	for _, f := range o.Facts {
		switch e := f.Event.(type) {
		case duty.HandoverDue:
			add(f, KindHandover, e.In)
			post(f, e.At)
		case duty.HandoverRung:
			for _, p := range e.People {
				add(f, KindHandover, p)
			}
			post(f, e.At)
		case duty.HandoverAccepted:
			post(f, e.At)
		case duty.HandoverLapsed:
			post(f, e.At)
		case duty.SwapProposed:
			add(f, KindSwap, e.Other)
		case duty.SwapAnswered:
			add(f, KindSwap, o.swapper(e))
		}
	}
	if len(o.Facts) == 0 {
		return out
	}
	last := o.Facts[len(o.Facts)-1]
	for _, c := range o.Before.Changes(o.After, last.At, last.At.Add(tellAhead)) {
		if c.Person != last.By {
			add(last, KindChange, c.Person)
		}
	}
	return out
}

// swapper is the person who proposed the swap that was answered.
func (o DutyOutcome) swapper(e duty.SwapAnswered) org.PersonID {
	s, _ := o.After.Swap(e.ID)
	return s.By
}

// HandoverStream keeps where the message about a handover stands in the unit's channel.
func HandoverStream(u org.UnitID, at time.Time) StreamID {
	return StreamID(fmt.Sprintf("handover/%s/%s", u, stamp(at)))
}
