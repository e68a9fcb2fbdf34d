package store

import (
	"context"
	"fmt"
	"time"

	"sameday/workflow"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// Indexes of what waits for a person's answer.
const (
	IndexOwed  = "owed"  // person|when it was due|number|verb; open complaints that ask the person for an answer
	IndexAsked = "asked" // person|when it was due|sheet|source; questions of an inquiry that nobody has answered
)

// owedEntries are the index entries of the answers that a complaint waits for.
func owedEntries(c workflow.Complaint) []Entry {
	var out []Entry
	for _, o := range c.Owed() {
		for _, p := range o.People {
			out = append(out, Entry{Index: IndexOwed, Key: key(string(p), stamp(o.Due), sortable(c.ID), string(o.Verb))})
		}
	}
	return out
}

// Owed lists the complaints that ask a person for an answer, those due first before the others, at most limit.
func (d *Desk) Owed(ctx context.Context, p org.PersonID, limit int) ([]workflow.ID, error) {
	from := key(string(p)) + "|"
	entries, err := d.store.Scan(ctx, Query{Index: IndexOwed, From: from, To: from + "\xff", Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("read what waits for an answer: %w", err)
	}
	var out []workflow.ID
	seen := map[workflow.ID]bool{}
	for _, e := range entries {
		if id, ok := ComplaintOf(e.Stream); ok && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out, nil
}

// askedEntries are the index entries of the questions of an inquiry that wait for somebody.
func askedEntries(s daily.Sheet) []Entry {
	var out []Entry
	for _, a := range s.Asked {
		for _, p := range s.WaitsFor(a) {
			out = append(out, Entry{
				Index: IndexAsked, Key: key(string(p), stamp(s.Due), s.Ref.String(), string(a.Source)), Stream: DailyStream(s.Ref),
			})
		}
	}
	return out
}

// Asked lists the inquiries due since an instant that have questions for a person, those due first before the others, at most limit. What
// nobody answered in years past is not walked over.
func (d *Desk) Asked(ctx context.Context, p org.PersonID, since time.Time, limit int) ([]daily.Ref, error) {
	entries, err := d.store.Scan(ctx, Query{
		Index: IndexAsked, From: key(string(p), stamp(since)), To: key(string(p)) + "|\xff", Limit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("read what is to be asked: %w", err)
	}
	var out []daily.Ref
	seen := map[daily.Ref]bool{}
	for _, e := range entries {
		if r, ok := daily.ParseRef(string(e.Stream)); ok && !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	return out, nil
}
