package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// page is how many records or entries one look at the engine takes: small enough that no reader holds the engine up.
const page = 500

// Timeline loads everything that ever happened to a complaint, in order; [ErrNotFound] when there is none of that number.
func (d *Desk) Timeline(ctx context.Context, id workflow.ID) ([]workflow.Fact, error) {
	records, err := Records(ctx, d.store, ComplaintStream(id))
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, notFound(id)
	}
	return Facts(records)
}

func notFound(id workflow.ID) error { return fmt.Errorf("complaint %s: %w", id, ErrNotFound) }

// Records reads a whole stream, page by page.
func Records(ctx context.Context, s Ledger, id StreamID) ([]Record, error) {
	return records(ctx, s, id, 0)
}

// records reads what a stream holds after a version.
func records(ctx context.Context, s Ledger, id StreamID, after int) ([]Record, error) {
	var out []Record
	for {
		records, err := s.Stream(ctx, id, after+len(out), page)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", id, err)
		}
		if out == nil {
			out = records // mostly all of them
		} else {
			out = append(out, records...)
		}
		if len(records) < page {
			return out, nil
		}
	}
}

// Walk reads an index from one key to another, page by page, until visit returns false.
func Walk(ctx context.Context, s Index, q Query, visit func(Entry) (bool, error)) error {
	q.Limit = page
	for {
		entries, err := s.Scan(ctx, q)
		if err != nil {
			return fmt.Errorf("read index %s: %w", q.Index, err)
		}
		for _, e := range entries {
			more, err := visit(e)
			if err != nil || !more {
				return err
			}
		}
		if len(entries) < page {
			return nil
		}
		last := entries[len(entries)-1].Key
		if q.Reverse {
			q.To = last
		} else {
			q.From = last + "\x00"
		}
	}
}

func (d *Desk) summaries(ctx context.Context, index, prefix string) ([]workflow.Summary, error) {
	var out []workflow.Summary
	q := Query{Index: index, From: prefix, To: prefix + "\xff"}
	err := Walk(ctx, d.store, q, func(e Entry) (bool, error) {
		var s workflow.Summary
		if err := json.Unmarshal(e.Value, &s); err != nil {
			return false, fmt.Errorf("read summary of %s: %w", e.Stream, err)
		}
		out = append(out, s)
		return true, nil
	})
	return out, err
}

// Open lists the open complaints of some units, oldest number first within each.
func (d *Desk) Open(ctx context.Context, units ...org.UnitID) ([]workflow.Summary, error) {
	var out []workflow.Summary
	for _, u := range units {
		list, err := d.summaries(ctx, IndexOpen, key(string(u))+"|")
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// OfDay lists the complaints of some units whose day of account is day, open or closed.
func (d *Desk) OfDay(ctx context.Context, day calendar.Day, units ...org.UnitID) ([]workflow.Summary, error) {
	var out []workflow.Summary
	for _, u := range units {
		list, err := d.summaries(ctx, IndexDay, key(string(u), day.String())+"|")
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// Numbers lists the numbers of all complaints registered from one day to another, both included.
func (d *Desk) Numbers(ctx context.Context, from, to calendar.Day) ([]workflow.ID, error) {
	var out []workflow.ID
	q := Query{Index: IndexComplaint, From: from.Compact(), To: to.Add(1).Compact()}
	err := Walk(ctx, d.store, q, func(e Entry) (bool, error) {
		if id, ok := ComplaintOf(e.Stream); ok {
			out = append(out, id)
		}
		return true, nil
	})
	return out, err
}

// DueWake is something of a complaint that has fallen due by itself: a deadline, a reminder, the next rung.
type DueWake struct {
	Complaint workflow.ID
	Wake      string // [workflow.Wake] ID
	Due       time.Time
}

// Due lists what fell due at or before now, earliest first, at most limit. The work grows with what is due, not with
// what is stored.
func (d *Desk) Due(ctx context.Context, now time.Time, limit int) ([]DueWake, error) {
	entries, err := d.store.Scan(ctx, Query{Index: IndexDue, To: stamp(now) + "|\xff", Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	out := make([]DueWake, 0, len(entries))
	for _, e := range entries {
		due, rest, ok1 := cut(e.Key)
		_, deadline, ok2 := cut(rest)
		id, ok3 := ComplaintOf(e.Stream)
		at, err := time.Parse(time.RFC3339Nano, due)
		if !ok1 || !ok2 || !ok3 || err != nil {
			return nil, fmt.Errorf("due entry %q of %s cannot be read", e.Key, e.Stream)
		}
		out = append(out, DueWake{Complaint: id, Wake: deadline, Due: at})
	}
	return out, nil
}

// ByPost finds the complaint a message belongs to: the root of its thread or one of its mirrors.
func (d *Desk) ByPost(ctx context.Context, channel, ts string) (workflow.ID, error) {
	k := key(channel, ts)
	entries, err := d.store.Scan(ctx, Query{Index: IndexPost, From: k, To: k + "\x00", Limit: 1})
	if err != nil {
		return "", fmt.Errorf("read posts: %w", err)
	}
	if len(entries) == 0 {
		return "", ErrNotFound
	}
	id, _ := ComplaintOf(entries[0].Stream)
	return id, nil
}

// Customer opens the personal data of a customer record. Whoever calls it has asked package workflow first.
func (d *Desk) Customer(ctx context.Context, record string) (Customer, error) {
	sealed, err := d.store.Sealed(ctx, record)
	if err != nil {
		return Customer{}, fmt.Errorf("read customer record %s: %w", record, err)
	}
	clear, err := d.key.Open(sealed)
	if err != nil {
		return Customer{}, fmt.Errorf("open customer record %s: %w", record, err)
	}
	var c Customer
	if err := json.Unmarshal(clear, &c); err != nil {
		return Customer{}, errors.New("a customer record holds something else")
	}
	return c, nil
}
