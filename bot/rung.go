package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// bare reports whether a complaint has no thread to link to yet.
func bare(item card.RingItem) bool {
	_, posted := item.Complaint.Posts[workflow.PostedRoot]
	return !posted
}

// rungPosted keeps where the message of a batch of rings stands, and everything it may have told of: it may have been posted before what
// is called now was looked at. shown is what it was drawn from.
func (b *Bot) rungPosted(
	ctx context.Context, i store.Intent, p org.PersonID, receipt deliver.Receipt, at time.Time, shown []card.RingItem,
) error {
	rung := store.Rung{Person: p, Channel: receipt.Channel, TS: receipt.TS, At: at.UTC()}
	for _, one := range append([]store.Intent{i}, i.Also...) {
		about, err := store.ReadAbout(one)
		if err != nil {
			return err
		}
		c, _, err := b.subject(ctx, one)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		item := store.RungItem{ID: c.ID, Version: about.Version}
		item.Bare = slices.ContainsFunc(shown, func(k card.RingItem) bool { return k.Complaint.ID == c.ID && bare(k) })
		if n := slices.IndexFunc(rung.Items, func(k store.RungItem) bool { return k.ID == c.ID }); n >= 0 {
			rung.Items[n] = item
		} else {
			rung.Items = append(rung.Items, item)
		}
	}
	return b.desk.RungPosted(ctx, i, rung, b.options.Now())
}

// renderAnswered finds the messages that a batch of answers, or of threads that stand now, makes stale, and has each drawn anew once.
func (b *Bot) renderAnswered(ctx context.Context, i store.Intent, _ store.About) (deliver.Action, error) {
	var stale []store.StreamID
	for _, one := range append([]store.Intent{i}, i.Also...) {
		some, err := b.staleRungs(ctx, one)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return deliver.Action{}, err
		}
		for _, m := range some {
			if !slices.Contains(stale, m) {
				stale = append(stale, m)
			}
		}
	}
	if len(stale) == 0 {
		return deliver.Action{Skip: true}, nil
	}
	return deliver.Action{Call: func(ctx context.Context) error {
		_, err := b.store.Append(ctx, store.Commit{Key: i.ID, At: b.options.Now(), Intents: store.StaleRungs(i, stale)})
		var again *store.DuplicateError
		if err != nil && !errors.As(err, &again) {
			return err
		}
		b.sender.Wake()
		return nil
	}}, nil
}

// staleRungs are the messages that one answer, or one thread, makes stale.
func (b *Bot) staleRungs(ctx context.Context, i store.Intent) ([]store.StreamID, error) {
	about, err := store.ReadAbout(i)
	if err != nil {
		return nil, err
	}
	c, _, err := b.subject(ctx, i)
	if err != nil {
		return nil, err
	}
	fact, err := b.fact(ctx, c.ID, about.Version)
	if err != nil {
		return nil, err
	}
	refs, err := b.desk.RungAbout(ctx, c.ID, about.Person)
	if err != nil {
		return nil, err
	}
	var out []store.StreamID
	for _, ref := range refs {
		climb, answered := c.Answered(ref.Version)
		if answered = answered && climb.Ended.Equal(fact.At); answered && i.Kind == store.KindAnswered || ref.Bare && i.Kind == store.KindLinked {
			out = append(out, ref.Stream)
		}
	}
	return out, nil
}

// renderRungStale draws a message that rang somebody anew, as things stand now.
func (b *Bot) renderRungStale(ctx context.Context, i store.Intent, _ store.About) (deliver.Action, error) {
	rung, err := b.desk.Rung(ctx, i.Stream)
	if err != nil {
		return deliver.Action{}, err
	}
	var items []card.RingItem
	for _, k := range rung.Items {
		c, err := b.desk.Complaint(ctx, k.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return deliver.Action{}, err
		}
		fact, err := b.fact(ctx, c.ID, k.Version)
		if err != nil {
			return deliver.Action{}, err
		}
		items = append(items, card.RingItem{Complaint: c, Fact: fact})
	}
	if len(items) == 0 {
		return deliver.Action{Skip: true}, nil
	}
	a := action(card.Rung(b.faceFor(ctx, rung.Person, items), items, rung.Person, rung.At))
	a.Channel, a.UpdateTS = rung.Channel, rung.TS
	return a, nil
}
