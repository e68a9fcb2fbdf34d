package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"sameday/workflow"
	"sameday/workflow/org"
)

// climbEntries are the index entries of a complaint's climbs, and of the people whom the one that goes on has called.
func climbEntries(c workflow.Complaint) ([]Entry, error) {
	var out []Entry
	for n, climb := range c.Climbs {
		value, err := json.Marshal(climb.Stat(c.ID))
		if err != nil {
			return nil, fmt.Errorf("encode a climb of %s: %w", c.ID, err)
		}
		out = append(out, Entry{
			Index: IndexClimb, Key: key(string(c.Unit), stamp(climb.From), sortable(c.ID), strconv.Itoa(n)), Value: value,
		})
	}
	if climb := c.Climbing(); climb != nil {
		var people []org.PersonID
		for _, k := range climb.Calls {
			if !slices.Contains(people, k.Person) {
				people = append(people, k.Person)
				out = append(out, Entry{Index: IndexRinging, Key: key(string(k.Person), sortable(c.ID))})
			}
		}
	}
	return out, nil
}

// Ringing lists the complaints that call a person now, oldest number first, at most limit.
func (d *Desk) Ringing(ctx context.Context, p org.PersonID, limit int) ([]workflow.ID, error) {
	from := key(string(p)) + "|"
	entries, err := d.store.Scan(ctx, Query{Index: IndexRinging, From: from, To: from + "\xff", Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("read who is called: %w", err)
	}
	var out []workflow.ID
	for _, e := range entries {
		if id, ok := ComplaintOf(e.Stream); ok {
			out = append(out, id)
		}
	}
	return out, nil
}

// Climbs lists the climbs of a unit's complaints that began from one instant to another, the second not included.
func (d *Desk) Climbs(ctx context.Context, u org.UnitID, from, to time.Time) ([]workflow.ClimbStat, error) {
	var out []workflow.ClimbStat
	q := Query{Index: IndexClimb, From: key(string(u), stamp(from)), To: key(string(u), stamp(to))}
	err := Walk(ctx, d.store, q, func(e Entry) (bool, error) {
		var s workflow.ClimbStat
		if err := json.Unmarshal(e.Value, &s); err != nil {
			return false, fmt.Errorf("read a climb of %s: %w", e.Stream, err)
		}
		out = append(out, s)
		return true, nil
	})
	return out, err
}
