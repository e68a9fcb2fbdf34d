package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// IndexInquiry holds the inquiries that still have to be looked at: when|unit|day.
const IndexInquiry = "inquiry"

// Kinds of intents of what a branch does each day.
const (
	KindInquiry     = "inquiry"      // in the unit's channel: the checklist, drawn anew with every answer
	KindInquiryRing = "inquiry_ring" // to a person: what nobody asked in time
	KindMeeting     = "meeting"      // in the unit's channel: the agenda, drawn anew with everything that is put on record
	KindMinutes     = "minutes"      // in the unit's channel: a meeting's minutes
)

// DailyStream is the stream of a sheet.
func DailyStream(r daily.Ref) StreamID { return StreamID(r.String()) }

// DailyPosts is the stream that keeps where a sheet's message stands.
func DailyPosts(r daily.Ref) StreamID { return StreamID("posted/" + r.String()) }

// DailyRequest is one command about a sheet.
type DailyRequest struct {
	Ref     daily.Ref
	Command daily.Command
	By      org.PersonID // org.System for the clock
	At      time.Time
	Key     string // makes it happen once however often it is delivered; see [Request]
}

// DailyOutcome is what a command about a sheet did.
type DailyOutcome struct {
	Before, After daily.Sheet
	Facts         []daily.Fact // empty for a duplicate
	Duplicate     bool
}

// Daily carries out one command about a sheet. The error is a *[daily.Refusal] for an expected "no", anything else is a failure of the
// store, and then nothing has been stored.
func (d *Desk) Daily(ctx context.Context, q DailyRequest) (DailyOutcome, error) {
	for range maxTries {
		out, err := d.tryDaily(ctx, q)
		if !errors.Is(err, ErrConflict) {
			return out, err
		}
	}
	return DailyOutcome{}, fmt.Errorf("%s: %w", q.Ref, ErrConflict)
}

func (d *Desk) tryDaily(ctx context.Context, q DailyRequest) (DailyOutcome, error) {
	before, err := d.Sheet(ctx, q.Ref)
	if err != nil {
		return DailyOutcome{}, err
	}
	at := q.At.UTC().Truncate(time.Microsecond)
	events, no := daily.Decide(before, q.Command, q.By, d.Rules().Tree, at)
	if no != nil {
		return DailyOutcome{}, no
	}
	a := Append{Stream: DailyStream(q.Ref), Expect: before.Version}
	facts := make([]daily.Fact, len(events))
	for i, e := range events {
		facts[i] = daily.Fact{Version: before.Version + 1 + i, At: at, By: q.By, Event: e}
		data, err := daily.Events.Encode(e)
		if err != nil {
			return DailyOutcome{}, err
		}
		a.Events = append(a.Events, NewEvent{Kind: e.Kind(), At: at, By: string(q.By), Data: data})
	}
	out := DailyOutcome{Before: before, After: before.With(facts...), Facts: facts}
	a.Entries = dailyEntry(out.After)
	_, err = d.store.Append(ctx, Commit{Key: q.Key, At: at, Appends: []Append{a}, Intents: dailyIntents(out)})
	var dup *DuplicateError
	if errors.As(err, &dup) {
		return DailyOutcome{Before: before, After: before, Duplicate: true}, nil
	}
	return out, err
}

// Sheet loads a sheet; one without any event when nothing has happened. An unknown unit is [ErrNotFound].
func (d *Desk) Sheet(ctx context.Context, r daily.Ref) (daily.Sheet, error) {
	if _, ok := d.Rules().Tree.Unit(r.Unit); !ok {
		return daily.Sheet{}, fmt.Errorf("unit %s: %w", r.Unit, ErrNotFound)
	}
	facts, err := d.DailyFacts(ctx, r)
	if err != nil {
		return daily.Sheet{}, err
	}
	return daily.Fold(r, facts), nil
}

// DailyFacts loads everything that ever happened to a sheet, in order: who did what, when.
func (d *Desk) DailyFacts(ctx context.Context, r daily.Ref) ([]daily.Fact, error) {
	records, err := Records(ctx, d.store, DailyStream(r))
	if err != nil {
		return nil, err
	}
	return dailyFacts(records)
}

// Sheets loads a topic's sheets of a unit, of all days from one to another, both included. A day without anything has an empty one.
func (d *Desk) Sheets(ctx context.Context, t daily.Topic, u org.UnitID, from, to calendar.Day) ([]daily.Sheet, error) {
	var out []daily.Sheet
	for day := from; !to.Before(day); day = day.Add(1) {
		s, err := d.Sheet(ctx, daily.Ref{Topic: t, Unit: u, Day: day})
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// DueInquiries lists the inquiries that were due by now and lack an answer, as far as that has to be noticed or somebody else called, the
// oldest first, at most limit.
func (d *Desk) DueInquiries(ctx context.Context, now time.Time, limit int) ([]daily.Ref, error) {
	entries, err := d.store.Scan(ctx, Query{Index: IndexInquiry, To: stamp(now) + "\xff", Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("read index %s: %w", IndexInquiry, err)
	}
	var out []daily.Ref
	for _, e := range entries {
		if r, ok := daily.ParseRef(string(e.Stream)); ok {
			out = append(out, r)
		}
	}
	return out, nil
}

func dailyFacts(records []Record) ([]daily.Fact, error) {
	facts := make([]daily.Fact, len(records))
	for i, rec := range records {
		e, err := daily.Events.Decode(rec.Kind, rec.Data)
		if err != nil {
			return nil, fmt.Errorf("record %d (%s): %w", rec.Seq, rec.Stream, err)
		}
		facts[i] = daily.Fact{Version: rec.Version, At: rec.At, By: org.PersonID(rec.By), Event: e}
	}
	return facts, nil
}

func dailyEntry(s daily.Sheet) []Entry {
	out := askedEntries(s)
	if due := s.Wake(); !due.IsZero() {
		out = append(out, Entry{Index: IndexInquiry, Key: key(stamp(due), string(s.Unit), s.Day.String()), Stream: DailyStream(s.Ref)})
	}
	return out
}

func dailyEntries(r daily.Ref, records []Record) ([]Entry, error) {
	facts, err := dailyFacts(records)
	if err != nil {
		return nil, err
	}
	return dailyEntry(daily.Fold(r, facts)), nil
}

// dailyIntents is what must be told after something happened to a sheet.
func dailyIntents(o DailyOutcome) []Intent {
	var out []Intent
	ref := o.After.Ref
	post := func(f daily.Fact, kind string) {
		i := Intent{
			ID: fmt.Sprintf("%s@%d/%s", ref, f.Version, kind), Lane: ChannelLane(ref.Unit), Priority: PriorityDigest, Kind: kind,
			Stream: DailyStream(ref), Body: BodyOf(About{Version: f.Version, Unit: ref.Unit}),
		}
		if kind != KindMinutes {
			i.Replace = ref.String()
		}
		out = append(out, i)
	}
	for _, f := range o.Facts {
		switch e := f.Event.(type) {
		case daily.Begun:
			if !e.Lapsed {
				post(f, KindInquiry)
			}
		case daily.Answered:
			post(f, KindInquiry)
		case daily.Missed:
			post(f, KindInquiry)
			out = append(out, inquiryRings(ref, f, e.People)...)
		case daily.Raised:
			post(f, KindInquiry)
			var people []org.PersonID
			for _, k := range e.Calls {
				people = append(people, k.Person)
			}
			out = append(out, inquiryRings(ref, f, people)...)
		case daily.Skipped:
			if e.Reason == daily.NothingOpen {
				post(f, KindMeeting)
			}
		case daily.Called, daily.Attended, daily.Resolved:
			post(f, KindMeeting)
		case daily.Minuted:
			post(f, KindMeeting)
			post(f, KindMinutes)
		}
	}
	return out
}

// inquiryRings call people about what nobody asked in time.
func inquiryRings(ref daily.Ref, f daily.Fact, people []org.PersonID) []Intent {
	out := make([]Intent, len(people))
	for i, p := range people {
		out[i] = Intent{
			ID: fmt.Sprintf("%s@%d/%s/%s", ref, f.Version, KindInquiryRing, p), Lane: PersonLane(p), Priority: PriorityRing,
			Kind: KindInquiryRing, Stream: DailyStream(ref), Body: BodyOf(About{Version: f.Version, Unit: ref.Unit, Person: p}),
		}
	}
	return out
}
