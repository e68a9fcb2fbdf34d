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
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// ErrAlreadyRan says that the job ledger has this job, unit and day.
var ErrAlreadyRan = errors.New("the job has run for this unit and day")

// RunJob enters a run into the job ledger together with everything it must tell: both or neither, and once for ever.
func (d *Desk) RunJob(ctx context.Context, run workflow.JobRun, at time.Time, intents []Intent) error {
	data, err := json.Marshal(run)
	if err != nil {
		return fmt.Errorf("encode job %s of %s: %w", run.Job, run.Unit, err)
	}
	id := jobStream(run.Job, run.Unit, run.Day)
	entries, err := Project(id, nil)
	if err != nil {
		return err
	}
	for i := range intents {
		intents[i].Stream = id
	}
	_, err = d.store.Append(ctx, Commit{At: at, Intents: intents, Appends: []Append{{
		Stream: id, Events: []NewEvent{{Kind: run.Kind(), At: at, By: workflow.System().String(), Data: data}}, Entries: entries,
	}}})
	if errors.Is(err, ErrConflict) {
		return ErrAlreadyRan
	}
	return err
}

// JobRun reads an entry of the job ledger by its stream; [ErrNotFound] when the job has not run.
func (d *Desk) JobRun(ctx context.Context, id StreamID) (workflow.JobRun, error) {
	records, err := d.store.Stream(ctx, id, 0, 1)
	if err != nil {
		return workflow.JobRun{}, fmt.Errorf("read %s: %w", id, err)
	}
	if len(records) == 0 {
		return workflow.JobRun{}, fmt.Errorf("%s: %w", id, ErrNotFound)
	}
	var run workflow.JobRun
	if err := json.Unmarshal(records[0].Data, &run); err != nil {
		return workflow.JobRun{}, fmt.Errorf("decode %s: %w", id, err)
	}
	return run, nil
}

// JobOn reads the entry of a job, unit and day.
func (d *Desk) JobOn(ctx context.Context, j workflow.Job, u org.UnitID, day calendar.Day) (workflow.JobRun, error) {
	return d.JobRun(ctx, jobStream(j, u, day))
}

// LastRun is the latest day a job ran on for a unit; the zero day when it never did.
func (d *Desk) LastRun(ctx context.Context, j workflow.Job, u org.UnitID) (calendar.Day, error) {
	from := key(string(j), string(u)) + "|"
	entries, err := d.store.Scan(ctx, Query{Index: IndexJob, From: from, To: from + "\xff", Reverse: true, Limit: 1})
	if err != nil || len(entries) == 0 {
		return calendar.Day{}, err
	}
	day, err := calendar.Parse(entries[0].Key[len(from):])
	if err != nil {
		return calendar.Day{}, fmt.Errorf("read the job index: %w", err)
	}
	return day, nil
}

// Join begins the history of units that have none yet; no job is made up for days before it. It answers when each unit joined. A new
// bank's thousands of units begin in a few commits.
func (d *Desk) Join(ctx context.Context, at time.Time, units ...org.UnitID) (map[org.UnitID]time.Time, error) {
	joined := make(map[org.UnitID]time.Time, len(units))
	for some := range slices.Chunk(units, page) {
		var fresh []Append
		for _, u := range some {
			id := unitStream(u)
			records, err := d.store.Stream(ctx, id, 0, 1)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", id, err)
			}
			if len(records) > 0 {
				joined[u] = records[0].At
				continue
			}
			a, err := beginning(id, at, workflow.UnitJoined{Unit: u, At: at.UTC()})
			if err != nil {
				return nil, err
			}
			fresh = append(fresh, a)
		}
		if err := d.begin(ctx, at, fresh); err != nil {
			return nil, err
		}
		for _, a := range fresh {
			records, err := d.store.Stream(ctx, a.Stream, 0, 1)
			if err != nil || len(records) == 0 {
				return nil, fmt.Errorf("read %s: %w", a.Stream, errors.Join(err, ErrNotFound))
			}
			joined[org.UnitID(strings.TrimPrefix(string(a.Stream), unitPrefix))] = records[0].At
		}
	}
	return joined, nil
}

func unitStream(u org.UnitID) StreamID { return StreamID(unitPrefix + string(u)) }

// begin stores the only events of streams, all at once; where another process was quicker with one of them, one by one.
func (d *Desk) begin(ctx context.Context, at time.Time, fresh []Append) error {
	if len(fresh) == 0 {
		return nil
	}
	_, err := d.store.Append(ctx, Commit{At: at, Appends: fresh})
	switch {
	case err == nil, len(fresh) == 1 && errors.Is(err, ErrConflict):
		return nil
	case !errors.Is(err, ErrConflict):
		return fmt.Errorf("begin %s: %w", fresh[0].Stream, err)
	}
	for _, a := range fresh {
		if err := d.begin(ctx, at, []Append{a}); err != nil {
			return err
		}
	}
	return nil
}

// AdoptPolicy keeps the policy in force under its version, so that the arithmetic of every deadline can be shown for ever.
func (d *Desk) AdoptPolicy(ctx context.Context, at time.Time) error {
	p := d.rules().Policy
	id := StreamID(policyPrefix + p.Version())
	records, err := d.store.Stream(ctx, id, 0, 1)
	if err != nil || len(records) > 0 {
		return err
	}
	a, err := beginning(id, at, workflow.PolicyAdopted{Version: p.Version(), Policy: p})
	if err != nil {
		return err
	}
	return d.begin(ctx, at, []Append{a})
}

// beginning is the only event of a stream.
func beginning(id StreamID, at time.Time, e interface{ Kind() string }) (Append, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return Append{}, fmt.Errorf("encode %s: %w", id, err)
	}
	return Append{Stream: id, Events: []NewEvent{{Kind: e.Kind(), At: at, By: workflow.System().String(), Data: data}}}, nil
}

func cut(s string) (before, after string, ok bool) { return strings.Cut(s, "|") }

// Policy finds a policy by its version; [ErrNotFound] when it was never in force here.
func (d *Desk) Policy(ctx context.Context, version string) (workflow.Policy, error) {
	id := StreamID(policyPrefix + version)
	records, err := d.store.Stream(ctx, id, 0, 1)
	if err != nil {
		return workflow.Policy{}, fmt.Errorf("read %s: %w", id, err)
	}
	if len(records) == 0 {
		return workflow.Policy{}, fmt.Errorf("%s: %w", id, ErrNotFound)
	}
	var e workflow.PolicyAdopted
	if err := json.Unmarshal(records[0].Data, &e); err != nil {
		return workflow.Policy{}, fmt.Errorf("decode %s: %w", id, err)
	}
	return e.Policy, nil
}
