package store

import (
	"context"
	"errors"
	"fmt"

	"sameday/workflow"
)

// main gives a merging the complaint to merge into: the one named, or where that is a repeat itself, its main. An unknown number leaves
// none, and the rules refuse that.
func (d *Desk) main(ctx context.Context, k workflow.Merge) (workflow.Merge, error) {
	k.Main = nil
	if k.Into == "" {
		return k, nil
	}
	main, err := d.Complaint(ctx, k.Into)
	if err == nil && main.Main != "" {
		main, err = d.Complaint(ctx, main.Main)
	}
	switch {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return k, err
	default:
		k.Main = &main
	}
	return k, nil
}

// carried are the decisions about other complaints that one brings with it: what merging and separating do to the main, and what a main's
// events do to its repeats. They are stored in the transaction of the first, so there is nothing between them at which the program could stop.
func (d *Desk) carried(ctx context.Context, q Request, c change) ([]change, error) {
	var out []change
	add := func(other workflow.Complaint, cmd workflow.Command) error {
		events, err := workflow.Decide(other, cmd, q.By, c.rules, q.At)
		var no *workflow.Refusal
		switch {
		case errors.As(err, &no) && no.Code == workflow.NothingChanges:
			return nil
		case err != nil:
			return fmt.Errorf("carry %s to %s: %w", q.Command.Verb(), other.ID, err)
		}
		out = append(out, changed(&other, workflow.NewFacts(other, events, q.By, q.At), c.rules))
		return nil
	}
	switch k := q.Command.(type) {
	case workflow.Merge:
		if err := add(*k.Main, workflow.TakeRepeat{Repeat: c.after.ID}); err != nil {
			return nil, err
		}
	case workflow.Separate:
		main, err := d.Complaint(ctx, c.before.Main)
		if err != nil {
			return nil, err
		}
		if err := add(main, workflow.DropRepeat{Repeat: c.after.ID}); err != nil {
			return nil, err
		}
	}
	if q.By.IsSystem() { // what clocks notice is each complaint's own
		return out, nil
	}
	for _, id := range c.before.Repeated {
		repeat, err := d.Complaint(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := add(repeat, workflow.Follow{Main: *c.after, Facts: c.facts}); err != nil {
			return nil, err
		}
	}
	return out, nil
}
