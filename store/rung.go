package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sameday/workflow"
	"sameday/workflow/org"
)

// IndexRung holds the messages that rang people: number|person|version of the call, see [Desk.RungAbout].
const IndexRung = "rung"

// KindRungStale is the intent to draw a message that rang somebody anew.
const KindRungStale = "rung_stale"

const rungPrefix = "rung/"

// Rung is a message that rang a person, and what it told of: it is drawn anew when somebody has answered.
type Rung struct {
	Person  org.PersonID `json:"person"`
	Channel string       `json:"channel"` // of the person's direct messages
	TS      string       `json:"ts"`
	At      time.Time    `json:"at"` // up to when it told of calls
	Items   []RungItem   `json:"items"`
}

// RungItem is a complaint that a message told of.
type RungItem struct {
	ID      workflow.ID `json:"id"`
	Version int         `json:"version"`        // the event that called
	Bare    bool        `json:"bare,omitempty"` // it had no thread to link to yet
}

// Kind is the stored name.
func (Rung) Kind() string { return "rung.v1" }

// RungStream keeps where the message of a ring stands.
func RungStream(ring Intent) StreamID { return StreamID(rungPrefix + ring.ID) }

// RungPosted keeps a message that rang somebody. It is repeat-safe.
func (d *Desk) RungPosted(ctx context.Context, ring Intent, r Rung, at time.Time) error {
	id := RungStream(ring)
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode %s: %w", id, err)
	}
	_, err = d.store.Append(ctx, Commit{At: at, Appends: []Append{{
		Stream: id, Events: []NewEvent{{Kind: r.Kind(), At: at, By: workflow.System().String(), Data: data}}, Entries: rungEntry(id, r),
	}}})
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}

// Rung reads a message that rang somebody; [ErrNotFound] when it was never posted.
func (d *Desk) Rung(ctx context.Context, id StreamID) (Rung, error) {
	records, err := d.store.Stream(ctx, id, 0, 1)
	if err != nil {
		return Rung{}, fmt.Errorf("read %s: %w", id, err)
	}
	if len(records) == 0 {
		return Rung{}, fmt.Errorf("%s: %w", id, ErrNotFound)
	}
	return rungOf(records[0])
}

func rungOf(rec Record) (Rung, error) {
	var r Rung
	if err := json.Unmarshal(rec.Data, &r); err != nil {
		return Rung{}, fmt.Errorf("decode %s: %w", rec.Stream, err)
	}
	return r, nil
}

// RungRef is one call that a message told of.
type RungRef struct {
	Stream  StreamID `json:"-"`              // of the message
	Version int      `json:"version"`        // the event that called
	Bare    bool     `json:"bare,omitempty"` // without a link to the thread
}

// RungAbout lists the messages that rang a person about a complaint, the oldest first.
func (d *Desk) RungAbout(ctx context.Context, id workflow.ID, p org.PersonID) ([]RungRef, error) {
	prefix := key(sortable(id), string(p)) + "|"
	entries, err := d.store.Scan(ctx, Query{Index: IndexRung, From: prefix, To: prefix + "\xff"})
	if err != nil {
		return nil, fmt.Errorf("read index %s: %w", IndexRung, err)
	}
	out := make([]RungRef, len(entries))
	for i, e := range entries {
		out[i] = RungRef{Stream: e.Stream}
		if err := json.Unmarshal(e.Value, &out[i]); err != nil {
			return nil, fmt.Errorf("read index %s of %s: %w", IndexRung, e.Stream, err)
		}
	}
	return out, nil
}

// StaleRungs are the intents to draw messages anew, made because of an intent that has been claimed.
func StaleRungs(because Intent, messages []StreamID) []Intent {
	out := make([]Intent, len(messages))
	for i, m := range messages {
		out[i] = Intent{
			ID: because.ID + "/" + string(m), Lane: string(m), Priority: PriorityCard, Kind: KindRungStale, Stream: m, Replace: string(m),
		}
	}
	return out
}

func rungEntry(id StreamID, r Rung) []Entry {
	out := make([]Entry, 0, len(r.Items))
	for _, item := range r.Items {
		k := key(sortable(item.ID), string(r.Person), fmt.Sprintf("%08d", item.Version))
		if slices.ContainsFunc(out, func(e Entry) bool { return e.Key == k }) {
			continue
		}
		value, err := json.Marshal(RungRef{Stream: id, Version: item.Version, Bare: item.Bare})
		if err != nil { // a struct of strings and numbers always encodes
			continue
		}
		out = append(out, Entry{Index: IndexRung, Key: k, Stream: id, Value: value})
	}
	return out
}

// rungEntries makes the entries of a message from its records; ok is false for another stream.
func rungEntries(id StreamID, records []Record) (entries []Entry, ok bool, err error) {
	if !strings.HasPrefix(string(id), rungPrefix) {
		return nil, false, nil
	}
	if len(records) == 0 {
		return nil, true, nil
	}
	r, err := rungOf(records[0])
	return rungEntry(id, r), true, err
}
