package bot

import (
	"context"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/store"
	"sameday/workflow"
)

// renderAwait writes to somebody whom the ladder calls for an answer that a unit owes, unless it has been given meanwhile.
func (b *Bot) renderAwait(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, u, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	climb := c.CalledFor(about.Version)
	if climb == nil || !c.Open() {
		return deliver.Action{Skip: true}, nil
	}
	if to, ok := b.desk.Rules().Tree.Unit(climb.Unit); ok {
		u = to
	}
	call, err := b.fact(ctx, c.ID, about.Version)
	if err != nil {
		return deliver.Action{}, err
	}
	ask, err := b.fact(ctx, c.ID, askedBy(c, climb.Deadline))
	if err != nil {
		return deliver.Action{}, err
	}
	return direct(card.Await(b.faceOf(ctx, u), c, ask, call, about.Person), about.Person), nil
}

// askedBy is the event that asked for the answer of a deadline.
func askedBy(c workflow.Complaint, deadline string) int {
	if a := c.Asking; a != nil && a.Answer != nil && a.Answer.ID == deadline {
		return a.Version
	}
	if o := c.Offered(); o != nil && o.Answer != nil && o.Answer.ID == deadline {
		return o.Version
	}
	return 0
}
