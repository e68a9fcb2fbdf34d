package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"sameday/workflow"
	"sameday/workflow/org"
)

// Parts of the keys of IndexDirective.
const (
	directivePerson = "person"
	directiveUnit   = "unit"
)

// orderEntries are the index entries of a complaint's open directives, and of its report while it is unread.
func orderEntries(c workflow.Complaint) ([]Entry, error) {
	var out []Entry
	for _, line := range workflow.DirectiveLines(c) {
		value, err := json.Marshal(line)
		if err != nil {
			return nil, fmt.Errorf("encode a directive of %s: %w", c.ID, err)
		}
		rest := []string{stamp(line.Due), sortable(c.ID), strconv.Itoa(line.N)}
		out = append(out, Entry{Index: IndexDirective, Key: key(append([]string{directiveUnit, string(c.Unit)}, rest...)...), Value: value})
		for _, p := range line.To {
			out = append(out, Entry{Index: IndexDirective, Key: key(append([]string{directivePerson, string(p)}, rest...)...), Value: value})
		}
	}
	for _, p := range c.Briefing.Unread() {
		out = append(out, Entry{Index: IndexUnread, Key: key(string(p), stamp(c.Briefing.At), sortable(c.ID))})
	}
	return out, nil
}

// Directives lists the open directives in the complaints of some units, those due first before the others of their unit.
func (d *Desk) Directives(ctx context.Context, units ...org.UnitID) ([]workflow.DirectiveLine, error) {
	var out []workflow.DirectiveLine
	for _, u := range units {
		list, err := d.directives(ctx, key(directiveUnit, string(u))+"|")
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// DirectivesOf lists the open directives that name a person, those due first before the others.
func (d *Desk) DirectivesOf(ctx context.Context, p org.PersonID) ([]workflow.DirectiveLine, error) {
	return d.directives(ctx, key(directivePerson, string(p))+"|")
}

func (d *Desk) directives(ctx context.Context, prefix string) ([]workflow.DirectiveLine, error) {
	var out []workflow.DirectiveLine
	err := Walk(ctx, d.store, Query{Index: IndexDirective, From: prefix, To: prefix + "\xff"}, func(e Entry) (bool, error) {
		var line workflow.DirectiveLine
		if err := json.Unmarshal(e.Value, &line); err != nil {
			return false, fmt.Errorf("read a directive of %s: %w", e.Stream, err)
		}
		out = append(out, line)
		return true, nil
	})
	return out, err
}

// Unread lists the complaints whose report a person has not read yet, the oldest report first, at most limit.
func (d *Desk) Unread(ctx context.Context, p org.PersonID, limit int) ([]workflow.ID, error) {
	from := key(string(p)) + "|"
	entries, err := d.store.Scan(ctx, Query{Index: IndexUnread, From: from, To: from + "\xff", Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("read what is unread: %w", err)
	}
	var out []workflow.ID
	for _, e := range entries {
		if id, ok := ComplaintOf(e.Stream); ok {
			out = append(out, id)
		}
	}
	return out, nil
}
