package store

import (
	"context"
	"fmt"

	"sameday/workflow"
	"sameday/workflow/org"
)

// Parts of the keys of IndexGroup.
const (
	groupPerson = "person"
	groupUnit   = "unit"
)

// groupEntries are the index entries of a complaint's emergency group: that it works, whose answer it waits for, and every channel it had.
func groupEntries(c workflow.Complaint) []Entry {
	var out []Entry
	if c.Open() && c.Group.Working() {
		out = append(out, Entry{Index: IndexGroup, Key: key(groupUnit, string(c.Unit), sortable(c.ID))})
		for _, p := range c.Group.Waits() {
			out = append(out, Entry{Index: IndexGroup, Key: key(groupPerson, string(p), sortable(c.ID))})
		}
	}
	for _, room := range c.Rooms {
		out = append(out, Entry{Index: IndexRoom, Key: key(room, sortable(c.ID))})
	}
	return out
}

// Groups counts the emergency groups at work on the open complaints of some units.
func (d *Desk) Groups(ctx context.Context, units ...org.UnitID) (int, error) {
	n := 0
	for _, u := range units {
		from := key(groupUnit, string(u)) + "|"
		err := Walk(ctx, d.store, Query{Index: IndexGroup, From: from, To: from + "\xff"}, func(Entry) (bool, error) {
			n++
			return true, nil
		})
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}

// Summoned lists the complaints whose group waits for a person's answer, the oldest number first, at most limit.
func (d *Desk) Summoned(ctx context.Context, p org.PersonID, limit int) ([]workflow.ID, error) {
	from := key(groupPerson, string(p)) + "|"
	entries, err := d.store.Scan(ctx, Query{Index: IndexGroup, From: from, To: from + "\xff", Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("read whom groups wait for: %w", err)
	}
	var out []workflow.ID
	for _, e := range entries {
		if id, ok := ComplaintOf(e.Stream); ok {
			out = append(out, id)
		}
	}
	return out, nil
}

// ByRoom finds the complaint whose emergency group has, or had, a channel; [ErrNotFound] for any other channel.
func (d *Desk) ByRoom(ctx context.Context, channel string) (workflow.ID, error) {
	from := key(channel) + "|"
	entries, err := d.store.Scan(ctx, Query{Index: IndexRoom, From: from, To: from + "\xff", Limit: 1})
	if err != nil {
		return "", fmt.Errorf("read the groups' channels: %w", err)
	}
	if len(entries) == 0 {
		return "", ErrNotFound
	}
	id, _ := ComplaintOf(entries[0].Stream)
	return id, nil
}

// GroupLane is the lane of what is done for a complaint's group, beside its thread: a channel that Slack is slow to make holds up no line.
func GroupLane(id workflow.ID) string { return string(id) + "/group" }

// groupIntent places what must be told of a group.
func groupIntent(i *Intent, c workflow.Complaint, n workflow.Notice) {
	switch n.Kind {
	case workflow.TellRoll:
		i.Priority = PriorityLine
	case workflow.TellRolled:
		i.Priority, i.Replace = PriorityCard, string(c.ID)+"/roll"
	case workflow.TellSummons:
		i.Priority, i.Lane = PriorityLine, PersonLane(n.Person)
		i.ID += "/" + string(n.Person)
	case workflow.TellGroupRing:
		i.Priority, i.Lane = PriorityRing, PersonLane(n.Person)
		i.ID += "/" + string(n.Person)
	case workflow.TellGroupCreate, workflow.TellGroupTopic, workflow.TellGroupInvite, workflow.TellGroupPin:
		i.Priority, i.Lane = PriorityLine, GroupLane(c.ID)
	case workflow.TellGroupCard:
		i.Priority, i.Lane, i.Replace = PriorityCard, GroupLane(c.ID), string(c.ID)+"/group_card"
	case workflow.TellGroupArchive: // after the card's last update
		i.Priority, i.Lane = PriorityMirror, GroupLane(c.ID)
	}
}
