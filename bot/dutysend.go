package bot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// dutyAhead is how far ahead people are told what a change of a roster brings them, and gaps are looked for.
const dutyAhead = 30 * 24 * time.Hour

// rosterFact is the event of a roster that an intent tells: the unit, the event, and the roster before and with it.
type rosterFact struct {
	duty.Fact
	unit          org.Unit
	before, after duty.Roster
	facts         []duty.Fact
}

// now is the roster with everything that has happened since.
func (f rosterFact) now() duty.Roster { return f.after.With(f.facts[f.Version:]...) }

func (b *Bot) rosterFact(ctx context.Context, about store.About) (rosterFact, error) {
	u, ok := b.desk.Rules().Tree.Unit(about.Unit)
	if !ok {
		return rosterFact{}, &deliver.Gone{Reason: "unit_gone"}
	}
	facts, err := b.desk.RosterFacts(ctx, about.Unit)
	if err != nil {
		return rosterFact{}, err
	}
	if about.Version < 1 || about.Version > len(facts) {
		return rosterFact{}, fmt.Errorf("event %d of the roster of %s: %w", about.Version, about.Unit, store.ErrNotFound)
	}
	f := rosterFact{Fact: facts[about.Version-1], unit: u, facts: facts}
	f.before = duty.Fold(u.ID, u.Zone, facts[:about.Version-1])
	f.after = f.before.With(f.Fact)
	return f, nil
}

// direct makes a message to one person.
func direct(m card.Message, p org.PersonID) deliver.Action {
	a := action(m)
	a.Channel = string(p)
	return a
}

// renderChange tells a person what a change of the roster brings.
func (b *Bot) renderChange(ctx context.Context, _ store.Intent, about store.About) (deliver.Action, error) {
	f, err := b.rosterFact(ctx, about)
	if err != nil {
		return deliver.Action{}, err
	}
	if e, ok := f.Event.(duty.SwapAnswered); ok {
		if s, _ := f.after.Swap(e.ID); s.By == about.Person { // the answer says it
			return deliver.Action{Skip: true}, nil
		}
	}
	changes := f.before.Changes(f.after, f.At, f.At.Add(dutyAhead))
	changes = slices.DeleteFunc(changes, func(c duty.Change) bool { return c.Person != about.Person })
	if len(changes) == 0 {
		return deliver.Action{Skip: true}, nil
	}
	return direct(card.DutyChange(b.faceOf(ctx, f.unit), f.unit.ID, f.By, changes), about.Person), nil
}

// renderSwap asks the other person of a swap, or tells who proposed it what the answer was.
func (b *Bot) renderSwap(ctx context.Context, _ store.Intent, about store.About) (deliver.Action, error) {
	f, err := b.rosterFact(ctx, about)
	if err != nil {
		return deliver.Action{}, err
	}
	face := b.faceOf(ctx, f.unit)
	switch e := f.Event.(type) {
	case duty.SwapProposed:
		s, ok := f.now().Swap(e.ID)
		if !ok || !s.Answered.IsZero() {
			return deliver.Action{Skip: true}, nil
		}
		return direct(card.SwapAsk(face, f.unit.ID, s), about.Person), nil
	case duty.SwapAnswered:
		s, ok := f.after.Swap(e.ID)
		if !ok || about.Person == "" {
			return deliver.Action{Skip: true}, nil
		}
		return direct(card.SwapAnswered(face, f.unit.ID, s), about.Person), nil
	}
	return deliver.Action{Skip: true}, nil
}

// renderHandover writes to those whom a handover waits for: the incoming officer, who gets the open complaints and a button, and when
// nobody takes over the outgoing one and the leaders. Nobody is rung for what has been taken over meanwhile.
func (b *Bot) renderHandover(ctx context.Context, _ store.Intent, about store.About) (deliver.Action, error) {
	f, err := b.rosterFact(ctx, about)
	if err != nil {
		return deliver.Action{}, err
	}
	at, stage := time.Time{}, 0
	switch e := f.Event.(type) {
	case duty.HandoverDue:
		at = e.At
	case duty.HandoverRung:
		at, stage = e.At, e.Stage
	}
	h, ok := f.now().Handover(at)
	if !ok || !h.Accepted.IsZero() || !h.Lapsed.IsZero() {
		return deliver.Action{Skip: true}, nil
	}
	face := b.faceOf(ctx, f.unit)
	if about.Person != h.In {
		return direct(card.HandoverLate(face, f.unit.ID, h, stage), about.Person), nil
	}
	open, err := b.handedOver(ctx, f.unit.ID)
	if err != nil {
		return deliver.Action{}, err
	}
	return direct(card.Handover(face, f.unit.ID, h, open, stage), about.Person), nil
}

// renderTakeover says in the unit's channel how a handover stands: one message, drawn anew as it goes on.
func (b *Bot) renderTakeover(ctx context.Context, _ store.Intent, about store.About) (deliver.Action, error) {
	f, err := b.rosterFact(ctx, about)
	if err != nil {
		return deliver.Action{}, err
	}
	if f.unit.Channel == "" {
		return deliver.Action{}, &deliver.Gone{Reason: "no_channel"}
	}
	at, _ := handoverAt(f.Event)
	h, ok := f.now().Handover(at)
	if !ok {
		return deliver.Action{Skip: true}, nil
	}
	stream := store.HandoverStream(f.unit.ID, at)
	posts, err := b.desk.JobPosts(ctx, stream)
	if err != nil {
		return deliver.Action{}, err
	}
	root, posted := posts[workflow.PostedRoot]
	if !posted && !h.Lapsed.IsZero() {
		return deliver.Action{Skip: true}, nil
	}
	open, err := b.handedOver(ctx, f.unit.ID)
	if err != nil {
		return deliver.Action{}, err
	}
	a := action(card.HandoverPost(b.faceOf(ctx, f.unit), f.unit.ID, h, open))
	if posted {
		a.Channel, a.UpdateTS = root.Channel, root.TS
		return a, nil
	}
	a.Channel = f.unit.Channel
	a.Posted = func(ctx context.Context, r deliver.Receipt) error {
		p := workflow.Posted{What: workflow.PostedRoot, Channel: r.Channel, TS: r.TS, Link: r.Link}
		return b.desk.JobPosted(ctx, stream, p, b.options.Now(), nil)
	}
	return a, nil
}

// handoverAt is the change that an event of a handover is about.
func handoverAt(e duty.Event) (time.Time, bool) {
	switch e := e.(type) {
	case duty.HandoverDue:
		return e.At, true
	case duty.HandoverRung:
		return e.At, true
	case duty.HandoverAccepted:
		return e.At, true
	case duty.HandoverLapsed:
		return e.At, true
	}
	return time.Time{}, false
}

// handedOver lists the open complaints that a unit's officer answers for: the unit's own, and those of the units below that have
// nobody on duty themselves.
func (b *Bot) handedOver(ctx context.Context, unit org.UnitID) ([]workflow.Summary, error) {
	rules, now := b.desk.Rules(), b.options.Now()
	units := slices.DeleteFunc(rules.Tree.Below(unit), func(u org.UnitID) bool {
		return u != unit && rules.Book.Answers(u, now).Unit != unit
	})
	return b.desk.Open(ctx, units...)
}
