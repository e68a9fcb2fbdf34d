package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"sameday/workflow"
	"sameday/workflow/org"
)

// expertEntries are the index entries of a complaint's outside experts, and of its mediation sessions that came to something.
func expertEntries(c workflow.Complaint) ([]Entry, error) {
	var out []Entry
	seen := map[org.PersonID]bool{}
	for _, v := range c.Invitations {
		in := v.State == workflow.InvitationSent || v.State == workflow.InvitationAccepted
		if in && c.Open() && !seen[v.Person] {
			seen[v.Person] = true
			out = append(out, Entry{Index: IndexExpert, Key: key(string(v.Person), sortable(c.ID))})
		}
	}
	for _, s := range workflow.MediationStats(c) {
		value, err := json.Marshal(s)
		if err != nil {
			return nil, fmt.Errorf("encode a mediation of %s: %w", c.ID, err)
		}
		out = append(out, Entry{
			Index: IndexMediation, Key: key(string(c.Unit), stamp(s.When), sortable(c.ID), strconv.Itoa(s.N)), Value: value,
		})
	}
	return out, nil
}

// Advised lists the open complaints that have invited an outside expert who has not declined, oldest number first, at most limit.
func (d *Desk) Advised(ctx context.Context, p org.PersonID, limit int) ([]workflow.ID, error) {
	from := key(string(p)) + "|"
	entries, err := d.store.Scan(ctx, Query{Index: IndexExpert, From: from, To: from + "\xff", Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("read who is invited: %w", err)
	}
	var out []workflow.ID
	for _, e := range entries {
		if id, ok := ComplaintOf(e.Stream); ok {
			out = append(out, id)
		}
	}
	return out, nil
}

// Mediations lists the mediation sessions of a unit's complaints that came to something and were set for a time from one instant to another,
// the second not included.
func (d *Desk) Mediations(ctx context.Context, u org.UnitID, from, to time.Time) ([]workflow.MediationStat, error) {
	var out []workflow.MediationStat
	q := Query{Index: IndexMediation, From: key(string(u), stamp(from)), To: key(string(u), stamp(to))}
	err := Walk(ctx, d.store, q, func(e Entry) (bool, error) {
		var s workflow.MediationStat
		if err := json.Unmarshal(e.Value, &s); err != nil {
			return false, fmt.Errorf("read a mediation of %s: %w", e.Stream, err)
		}
		out = append(out, s)
		return true, nil
	})
	return out, err
}
