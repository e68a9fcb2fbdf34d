package bot

import (
	"context"
	"strings"
	"time"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/bot/grammar"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// renderOffer tells a unit, in its channel or in one of its people's direct messages, that a complaint is to be handed on to it, unless
// that has been answered meanwhile. Once it is answered the message in the channel says so.
func (b *Bot) renderOffer(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, _, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	fact, err := b.fact(ctx, c.ID, about.Version)
	if err != nil {
		return deliver.Action{}, err
	}
	proposed := workflow.ProposalOf(fact)
	if proposed != about.Version {
		if fact, err = b.fact(ctx, c.ID, proposed); err != nil {
			return deliver.Action{}, err
		}
	}
	e, _ := fact.Event.(workflow.TransferProposed)
	to, ok := b.desk.Rules().Tree.Unit(e.To)
	if !ok {
		return deliver.Action{}, &deliver.Gone{Reason: "unit_gone"}
	}
	a := action(card.Offer(b.faceOf(ctx, to), c, fact))
	if old, posted := c.Posts[workflow.PostedOffer(proposed)]; posted && about.Person == "" {
		a.Channel, a.UpdateTS = old.Channel, old.TS
		return a, nil
	}
	o := c.Offered()
	switch {
	case o == nil || o.Version != about.Version:
		return deliver.Action{Skip: true}, nil
	case about.Person != "":
		a.Channel = string(about.Person)
	default:
		a.Channel, a.Posted = to.Channel, b.kept(c.ID, workflow.PostedOffer(proposed))
	}
	return a, nil
}

// rootLate is how long the receipt of a root may be on its way when its unit has handed the complaint on.
const rootLate = time.Minute

// renderMoved makes the card of the unit that had the complaint say where it went, once the new thread stands.
func (b *Bot) renderMoved(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, _, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	now := b.options.Now()
	if _, err := thread(c, now); err != nil {
		return deliver.Action{}, err
	}
	fact, err := b.fact(ctx, c.ID, about.Version)
	if err != nil {
		return deliver.Action{}, err
	}
	for n, m := range c.Moves {
		if m.From != about.Unit || !m.At.Equal(fact.At) {
			continue
		}
		old, posted := c.FormerRoot(n)
		switch {
		case !posted && now.Before(m.At.Add(rootLate)):
			return deliver.Action{}, &deliver.Wait{Until: now.Add(rootWait), Reason: "no_root"}
		case posted:
			from, _ := b.desk.Rules().Tree.Unit(about.Unit)
			a := action(card.Moved(b.faceOf(ctx, from), c, fact))
			a.Channel, a.UpdateTS = old.Channel, old.TS
			return a, nil
		}
	}
	return deliver.Action{Skip: true}, nil
}

// takeUnit removes the first words when they name a unit: the longest that do.
func (w *words0) takeUnit() org.UnitID {
	for n := min(longestUnit, len(w.typed.Words)); n > 0; n-- {
		end := w.typed.Words[n-1].End
		u, ok := findUnit(w.r, w.typed.Rest[w.typed.Words[0].Start:end])
		if !ok {
			continue
		}
		w.typed.Rest = strings.TrimLeft(w.typed.Rest[end:], " \t　，,:：；;")
		w.typed.Words = grammar.Fields(w.typed.Rest)
		return u.ID
	}
	return ""
}

// longestUnit is how many words the longest name of a unit has.
const longestUnit = 5
