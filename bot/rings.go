package bot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/bot/gateway"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// gather is how long after one ring to a person the next one waits: what comes in between is told by one message. A phone that rings
// without end is switched off.
const gather = 5 * time.Second

// assemble is how soon a ring is looked at again while a sweep still stores what fell due at the same moment.
const assemble = 50 * time.Millisecond

// rang remembers when each person was last rung by this process.
type rang struct {
	mu   sync.Mutex
	last map[org.PersonID]time.Time
}

func (r *rang) at(p org.PersonID) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last[p]
}

func (r *rang) now(p org.PersonID, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = map[org.PersonID]time.Time{}
	}
	r.last[p] = at
}

// calling are the complaints of a batch of rings that still wait for an answer, each with the last event that called: nobody is rung for
// what is closed, acknowledged or worked on.
func (b *Bot) calling(ctx context.Context, i store.Intent) ([]card.RingItem, error) {
	var out []card.RingItem
	for _, one := range append([]store.Intent{i}, i.Also...) {
		about, err := store.ReadAbout(one)
		if err != nil {
			return nil, err
		}
		c, _, err := b.subject(ctx, one)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !c.Open() || c.CalledFor(about.Version) == nil {
			continue
		}
		fact, err := b.fact(ctx, c.ID, about.Version)
		if err != nil {
			return nil, err
		}
		item := card.RingItem{Complaint: c, Fact: fact}
		if n := slices.IndexFunc(out, func(k card.RingItem) bool { return k.Complaint.ID == c.ID }); n >= 0 {
			out[n] = item
		} else {
			out = append(out, item)
		}
	}
	return out, nil
}

// renderRing writes to a person about everything that calls them.
func (b *Bot) renderRing(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	now := b.options.Now()
	if b.sweeping.Load() || b.taken(i) { // what one sweep calls for belongs together
		return deliver.Action{}, &deliver.Wait{Until: now.Add(assemble), Reason: "assemble"}
	}
	// A ring of the future was timed by a clock that has been set back since: nothing waits for it.
	if next := b.rang.at(about.Person).Add(gather); now.Before(next) && next.Sub(now) <= gather {
		return deliver.Action{}, &deliver.Wait{Until: next, Reason: "gather"}
	}
	items, err := b.calling(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	if len(items) == 0 {
		return deliver.Action{Skip: true}, nil
	}
	if b.cardComes(items, now) {
		return deliver.Action{}, &deliver.Wait{Until: now.Add(cardSoon), Reason: "no_root"}
	}
	a := action(card.Ring(b.faceFor(ctx, about.Person, items), items, about.Person, now))
	a.Channel = string(about.Person)
	a.Posted = func(ctx context.Context, receipt deliver.Receipt) error {
		b.rang.now(about.Person, b.options.Now())
		return b.rungPosted(ctx, i, about.Person, receipt, now, items)
	}
	return a, nil
}

// cardWait is how long a ring waits for the thread that it links to, and cardSoon how often it looks.
const (
	cardWait = 5 * time.Second
	cardSoon = 250 * time.Millisecond
)

// cardComes reports whether a complaint that calls has no card yet and is about to get it: after a start, cards and rings go out side by
// side. A ring does not wait longer than cardWait; the link is put in afterwards then.
func (b *Bot) cardComes(items []card.RingItem, now time.Time) bool {
	if b.troubled.Load() != nil {
		return false
	}
	return slices.ContainsFunc(items, func(item card.RingItem) bool {
		u, known := b.desk.Rules().Tree.Unit(item.Complaint.Unit)
		waited := now.Sub(item.Fact.At)
		return bare(item) && known && u.Channel != "" && waited >= 0 && waited < cardWait
	})
}

// taken reports whether a ring was taken out of the outbox for the first time while a sweep went on that has ended since: the others that
// the sweep called for came too late for it.
func (b *Bot) taken(i store.Intent) bool {
	swept := b.swept.Load()
	return i.Attempts <= 1 && swept != nil && !i.StartedAt.After(*swept) && swept.Sub(i.StartedAt) < gather
}

// faceFor is how a message to one person speaks: as the unit does that it is about, or the first of several.
func (b *Bot) faceFor(ctx context.Context, _ org.PersonID, items []card.RingItem) card.Face {
	u, _ := b.desk.Rules().Tree.Unit(items[0].Complaint.Unit)
	return b.faceOf(ctx, u)
}

// renderCalled names in the thread whom a rung called; of several complaints at once, in one message in the unit's channel.
func (b *Bot) renderCalled(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	items, err := b.calling(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	switch {
	case len(items) == 0:
		return deliver.Action{Skip: true}, nil
	case alone(i):
		c := items[0].Complaint
		root, err := thread(c, b.options.Now())
		if err != nil {
			return deliver.Action{}, err
		}
		u, _ := b.desk.Rules().Tree.Unit(c.Unit)
		a := action(card.Line(b.faceOf(ctx, u), c, items[0].Fact))
		a.Channel, a.ThreadTS = root.Channel, root.TS
		return a, nil
	}
	u, ok := b.desk.Rules().Tree.Unit(about.Unit)
	if !ok || u.Channel == "" {
		return deliver.Action{}, &deliver.Gone{Reason: "unit_gone"}
	}
	a := action(card.Called(b.faceOf(ctx, u), u.ID, items))
	a.Channel = u.Channel
	return a, nil
}

// alone reports whether a batch is about one complaint. Where it is told goes by this, and not by how many still call: an attempt may have
// left a message that the next one has to find, and between the two somebody may have answered.
func alone(i store.Intent) bool {
	return !slices.ContainsFunc(i.Also, func(o store.Intent) bool { return o.Stream != i.Stream })
}

// renderGateway calls a person another way than by Slack.
func (b *Bot) renderGateway(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	if b.options.Gateway == nil {
		return deliver.Action{}, &deliver.Gone{Reason: "no_gateway"}
	}
	items, err := b.calling(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	if len(items) == 0 {
		return deliver.Action{Skip: true}, nil
	}
	f := b.faceFor(ctx, about.Person, items)
	call := gateway.Call{
		ID: i.ID, Person: about.Person, Name: f.Person(about.Person), Language: f.Words.Language(),
		Unit: f.Unit(items[0].Complaint.Unit), At: items[0].Fact.At,
		Text: card.Ring(f, items, about.Person, b.options.Now()).Text,
	}
	for _, item := range items {
		climb := item.Complaint.CalledFor(item.Fact.Version)
		call.Rung = max(call.Rung, climb.Rung)
		call.Complaints = append(call.Complaints, gateway.Item{
			Number: string(item.Complaint.ID), Why: f.Words.Name("cause", string(climb.Cause)), Since: climb.From,
		})
	}
	return deliver.Action{Call: func(ctx context.Context) error {
		var refused *gateway.Refused
		var again *gateway.Again
		err := b.options.Gateway.Ring(ctx, call)
		switch {
		case errors.As(err, &refused):
			b.log.Error().Str("intent", i.ID).Int("status", refused.Status).Msg("the gateway refuses a ring")
			return &deliver.Gone{Reason: "gateway_refused"}
		case errors.As(err, &again) && again.RetryAfter > 0:
			return &deliver.Wait{Until: b.options.Now().Add(again.RetryAfter), Reason: "gateway_busy"}
		}
		return err
	}}, nil
}

// detourAfter is how long Slack takes nothing before rings go the other way too.
const detourAfter = 3 * time.Minute

// detour sends what waits to be rung through the gateway while Slack takes no messages. Each ring goes that way once.
func (b *Bot) detour(ctx context.Context, now time.Time) error {
	since := b.troubled.Load()
	if b.options.Gateway == nil || since == nil || now.Sub(*since) < detourAfter {
		return nil
	}
	backlog, err := b.store.Waiting(ctx, mostDetours)
	if err != nil {
		return err
	}
	for _, i := range backlog.Intents {
		if i.Kind != store.KindRing && i.Kind != store.KindAwait {
			continue
		}
		about, err := store.ReadAbout(i)
		if err != nil {
			return err
		}
		if c, _, err := b.subject(ctx, i); err != nil || calledBeside(c, about) { // from the second rung on it has gone that way already
			continue
		}
		way := store.Detour(i, about)
		_, err = b.store.Append(ctx, store.Commit{Key: way.ID, At: now, Intents: []store.Intent{way}})
		var again *store.DuplicateError
		if err != nil && !errors.As(err, &again) {
			return err
		}
	}
	b.sender.Wake()
	return nil
}

// mostDetours bounds how many waiting intents one sweep looks at.
const mostDetours = 2000

func calledBeside(c workflow.Complaint, about store.About) bool {
	climb := c.CalledFor(about.Version)
	return climb == nil || slices.ContainsFunc(climb.Calls, func(k workflow.Call) bool {
		return k.Version == about.Version && k.Person == about.Person && k.Rung > 1
	})
}

// ackAll answers everything that called a person up to an instant: what was called later the person has not seen.
func (b *Bot) ackAll(ctx context.Context, r request, until time.Time) answer {
	ids, err := b.desk.Ringing(ctx, r.Person, mostAcks)
	if err != nil {
		return b.failed(r, err)
	}
	done, others := 0, 0
	for _, id := range ids {
		c, err := b.desk.Complaint(ctx, id)
		if err != nil {
			return b.failed(r, err)
		}
		if !calledBy(c, r.Person, until) {
			continue
		}
		_, err = b.desk.Do(ctx, store.Request{Complaint: id, Command: workflow.Ack{}, By: r.actor(), At: r.now})
		var no *workflow.Refusal
		switch {
		case err == nil:
			done++
		case errors.As(err, &no): // somebody was quicker
			others++
		default:
			return b.failed(r, err)
		}
	}
	b.sender.Wake()
	if done == 0 && others == 0 {
		return say(r.words.T("reply.ack_none"))
	}
	if others == 0 {
		return say(r.words.T("reply.ack_all", "n", done))
	}
	return say(r.words.T("reply.ack_all_others", "n", done, "others", others))
}

// mostAcks bounds how many rings one press answers.
const mostAcks = 500

// calledBy reports whether the climb that goes on called the person by then.
func calledBy(c workflow.Complaint, p org.PersonID, until time.Time) bool {
	climb := c.Climbing()
	return climb != nil && slices.ContainsFunc(climb.Calls, func(k workflow.Call) bool {
		return k.Person == p && !k.At.After(until)
	})
}
