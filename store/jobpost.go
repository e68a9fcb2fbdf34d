package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sameday/workflow"
)

// JobPosted keeps where a job's message stands, together with what is to be told under it. It is repeat-safe.
func (d *Desk) JobPosted(ctx context.Context, id StreamID, p workflow.Posted, at time.Time, more []Intent) error {
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode receipt of %s: %w", id, err)
	}
	for range maxTries {
		records, err := Records(ctx, d.store, id)
		if err != nil {
			return err
		}
		posts, err := postsOf(records)
		if err != nil {
			return err
		}
		if _, known := posts[p.What]; known {
			return nil
		}
		entries, err := Project(id, nil)
		if err != nil {
			return err
		}
		_, err = d.store.Append(ctx, Commit{At: at, Intents: more, Appends: []Append{{
			Stream: id, Expect: len(records), Entries: entries,
			Events: []NewEvent{{Kind: p.Kind(), At: at, By: workflow.System().String(), Data: data}},
		}}})
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("receipt of %s: %w", id, ErrConflict)
}

// JobPosts tells where a job's messages stand, by Posted.What.
func (d *Desk) JobPosts(ctx context.Context, id StreamID) (map[string]workflow.Place, error) {
	records, err := Records(ctx, d.store, id)
	if err != nil {
		return nil, err
	}
	return postsOf(records)
}

func postsOf(records []Record) (map[string]workflow.Place, error) {
	out := map[string]workflow.Place{}
	for _, r := range records {
		if r.Kind != (workflow.Posted{}).Kind() {
			continue
		}
		var p workflow.Posted
		if err := json.Unmarshal(r.Data, &p); err != nil {
			return nil, fmt.Errorf("decode a receipt of %s: %w", r.Stream, err)
		}
		out[p.What] = workflow.Place{Channel: p.Channel, TS: p.TS, Link: p.Link}
	}
	return out, nil
}
