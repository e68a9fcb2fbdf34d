package bot

import (
	"context"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/store"
	"sameday/workflow"
)

// renderAsk writes to a person who is asked for an extension, unless it has been answered meanwhile.
func (b *Bot) renderAsk(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, u, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	if a := c.Asked(); a == nil || a.Version != about.Version {
		return deliver.Action{Skip: true}, nil
	}
	fact, err := b.fact(ctx, c.ID, about.Version)
	if err != nil {
		return deliver.Action{}, err
	}
	a := action(card.AskExtension(b.faceOf(ctx, u), c, fact))
	a.Channel = string(about.Person)
	return a, nil
}

// answersApart reports whether a verb's button stands in direct messages or in another unit's channel, where nothing changes when it is
// pressed: the person is then told what it did.
func answersApart(v workflow.Verb) bool {
	return v == workflow.VerbGrant || v == workflow.VerbReceive || v == workflow.VerbMerge
}
