package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// missed notices the inquiries that were due and lack an answer, and calls the officer on duty and consumer protection; while nobody answers,
// it calls the further rungs of the ladder, up to head office.
func (b *Bot) missed(ctx context.Context, now time.Time) error {
	due, err := b.desk.DueInquiries(ctx, now, sweepPage)
	if err != nil {
		return err
	}
	rules := b.desk.Rules()
	var errs []error
	for _, ref := range due {
		s, err := b.desk.Sheet(ctx, ref)
		if err != nil {
			if !errors.Is(err, store.ErrNotFound) { // the unit has left the configuration
				errs = append(errs, fmt.Errorf("%s: %w", ref, err))
			}
			continue
		}
		cmd := callFor(rules, s, now)
		_, err = b.desk.Daily(ctx, store.DailyRequest{Ref: ref, Command: cmd, By: org.System, At: now})
		var no *daily.Refusal
		switch {
		case err == nil:
			b.log.Info().Str("inquiry", ref.String()).Int("rung", s.Rung+1).Msg("an inquiry is not complete")
			b.sender.Wake()
		case errors.As(err, &no): // somebody was quicker
		default:
			errs = append(errs, fmt.Errorf("%s: %w", ref, err))
		}
	}
	return errors.Join(errs...)
}

// callFor is whom an inquiry calls that is not complete.
func callFor(rules *workflow.Rules, s daily.Sheet, now time.Time) daily.Command {
	if !s.Overdue.IsZero() {
		e := rules.Raise(s.Unit, s.Ladder, s.Rung, s.Next, now, s.Ringing)
		return daily.Raise{Rung: e.Rung, Calls: e.Calls, Due: e.Due, Next: e.Next}
	}
	var people []org.PersonID
	if o := rules.Book.Answers(s.Unit, now); o.Person != "" {
		people = append(people, o.Person)
	}
	for _, up := range rules.Tree.Up(s.Unit) {
		if holders := rules.Tree.Holders(up, org.ConsumerProtection); len(holders) > 0 {
			for _, p := range holders {
				if !slices.Contains(people, p) {
					people = append(people, p)
				}
			}
			break
		}
	}
	return daily.Miss{People: people, Ladder: rules.Policy.Ladder, Policy: rules.Policy.Version()}
}
