package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/bot/words"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// renderer turns intents into messages when they are sent, from what is true then.
type renderer struct{ *Bot }

// rootWait is how long what needs a thread waits when its root does not stand yet.
const rootWait = 5 * time.Second

// renderers is the table of intent kinds.
func (b *Bot) renderTable() map[string]func(context.Context, store.Intent, store.About) (deliver.Action, error) {
	return map[string]func(context.Context, store.Intent, store.About) (deliver.Action, error){
		store.KindRoot:     b.renderRoot,
		store.KindCard:     b.renderCard,
		store.KindLine:     b.renderLine,
		store.KindMirror:   b.renderMirror,
		store.KindRing:     b.renderRing,
		store.KindCalled:   b.renderCalled,
		store.KindGateway:  b.renderGateway,
		store.KindDigest:   b.renderDigest,
		store.KindDetail:   b.renderDigest,
		store.KindChange:   b.renderChange,
		store.KindSwap:     b.renderSwap,
		store.KindHandover: b.renderHandover,
		store.KindTakeover: b.renderTakeover,
		store.KindWelcome:  b.renderWelcome,
		store.KindAsk:      b.renderAsk,
		store.KindOffer:    b.renderOffer,
		store.KindMoved:    b.renderMoved,

		store.KindInquiry:     b.renderSheet,
		store.KindInquiryRing: b.renderInquiryRing,
		store.KindMeeting:     b.renderSheet,
		store.KindMinutes:     b.renderMinutes,

		store.KindDirective: b.renderDirective,
		store.KindBriefing:  b.renderBriefing,
		store.KindUnread:    b.renderUnread,
		store.KindLead:      b.renderLead,

		store.KindExpert:       b.renderExpert,
		store.KindRedraw:       b.renderStale,
		store.KindWaiting:      b.renderWaiting,
		store.KindSession:      b.renderSession,
		store.KindAnswered:     b.renderAnswered,
		store.KindLinked:       b.renderAnswered,
		store.KindRungStale:    b.renderRungStale,
		store.KindAwait:        b.renderAwait,
		store.KindRoll:         b.renderRoll,
		store.KindRolled:       b.renderRolled,
		store.KindSummons:      b.renderSummons,
		store.KindGroupRing:    b.renderSummons,
		store.KindGroupCard:    b.renderGroupCard,
		store.KindGroupCreate:  b.renderGroupCall,
		store.KindGroupTopic:   b.renderGroupCall,
		store.KindGroupInvite:  b.renderGroupCall,
		store.KindGroupPin:     b.renderGroupCall,
		store.KindGroupArchive: b.renderGroupCall,
	}
}

// Render implements deliver.Renderer.
func (r renderer) Render(ctx context.Context, i store.Intent) (deliver.Action, error) {
	render, ok := r.renders[i.Kind]
	if !ok {
		return deliver.Action{}, &deliver.Gone{Reason: "unknown_kind"}
	}
	about, err := store.ReadAbout(i)
	if err != nil {
		return deliver.Action{}, err
	}
	a, err := render(ctx, i, about)
	if errors.Is(err, store.ErrNotFound) {
		return deliver.Action{}, &deliver.Gone{Reason: "not_found"}
	}
	return a, err
}

// subject loads the complaint of an intent and how its unit speaks.
func (b *Bot) subject(ctx context.Context, i store.Intent) (workflow.Complaint, org.Unit, error) {
	id, ok := store.ComplaintOf(i.Stream)
	if !ok {
		return workflow.Complaint{}, org.Unit{}, &deliver.Gone{Reason: "no_complaint"}
	}
	c, err := b.desk.Complaint(ctx, id)
	if err != nil {
		return workflow.Complaint{}, org.Unit{}, err
	}
	u, ok := b.desk.Rules().Tree.Unit(c.Unit)
	if !ok {
		return workflow.Complaint{}, org.Unit{}, &deliver.Gone{Reason: "unit_gone"}
	}
	return c, u, nil
}

func (b *Bot) faceOf(ctx context.Context, u org.Unit) card.Face {
	return b.faceIn(ctx, b.desk.Rules(), words.For(u.Language), u.Zone, b.options.Now())
}

// kept makes the receipt of a message that is updated later an event of its complaint.
func (b *Bot) kept(id workflow.ID, what string) func(context.Context, deliver.Receipt) error {
	return func(ctx context.Context, r deliver.Receipt) error {
		_, err := b.desk.Do(ctx, store.Request{
			Complaint: id, By: workflow.System(), At: b.options.Now(),
			Command: workflow.RecordPost{Posted: workflow.Posted{What: what, Channel: r.Channel, TS: r.TS, Link: r.Link}},
		})
		var no *workflow.Refusal
		if errors.As(err, &no) { // the receipt is there already
			return nil
		}
		return err
	}
}

func action(m card.Message) deliver.Action { return deliver.Action{Text: m.Text, Blocks: m.Blocks} }

func (b *Bot) renderRoot(ctx context.Context, i store.Intent, _ store.About) (deliver.Action, error) {
	c, u, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	if _, posted := c.Posts[workflow.PostedRoot]; posted {
		return deliver.Action{Skip: true}, nil
	}
	a := action(card.Card(b.faceOf(ctx, u), c))
	a.Channel, a.WantLink, a.Posted = u.Channel, true, b.kept(c.ID, c.RootName())
	return a, nil
}

// thread finds the root of a complaint's thread. Until it stands there is nothing to hang a line on.
func thread(c workflow.Complaint, now time.Time) (workflow.Place, error) {
	root, ok := c.Posts[workflow.PostedRoot]
	if !ok {
		return workflow.Place{}, &deliver.Wait{Until: now.Add(rootWait), Reason: "no_root"}
	}
	return root, nil
}

func (b *Bot) renderCard(ctx context.Context, i store.Intent, _ store.About) (deliver.Action, error) {
	c, u, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	root, err := thread(c, b.options.Now())
	if err != nil {
		return deliver.Action{}, err
	}
	a := action(card.Card(b.faceOf(ctx, u), c))
	a.Channel, a.UpdateTS = root.Channel, root.TS
	return a, nil
}

func (b *Bot) renderLine(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, u, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	root, err := thread(c, b.options.Now())
	if err != nil {
		return deliver.Action{}, err
	}
	fact, err := b.fact(ctx, c.ID, about.Version)
	if err != nil {
		return deliver.Action{}, err
	}
	a := action(card.Line(b.faceOf(ctx, u), c, fact))
	a.Channel, a.ThreadTS = root.Channel, root.TS
	return a, nil
}

func (b *Bot) fact(ctx context.Context, id workflow.ID, version int) (workflow.Fact, error) {
	facts, err := b.desk.Timeline(ctx, id)
	if err != nil {
		return workflow.Fact{}, err
	}
	if version < 1 || version > len(facts) {
		return workflow.Fact{}, fmt.Errorf("event %d of %s: %w", version, id, store.ErrNotFound)
	}
	return facts[version-1], nil
}

func (b *Bot) renderMirror(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, _, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	if _, err := thread(c, b.options.Now()); err != nil {
		return deliver.Action{}, err
	}
	up, ok := b.desk.Rules().Tree.Unit(about.Unit)
	if !ok || up.Channel == "" {
		return deliver.Action{Skip: true}, nil
	}
	a := action(card.Mirror(b.faceOf(ctx, up), c))
	what := workflow.PostedMirror(about.Unit)
	if old, posted := c.Posts[what]; posted {
		a.Channel, a.UpdateTS = old.Channel, old.TS
		return a, nil
	}
	a.Channel, a.Posted = up.Channel, b.kept(c.ID, what)
	return a, nil
}

// renderDigest draws a job's message: part 0 begins it, the others go into its thread.
func (b *Bot) renderDigest(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	run, err := b.desk.JobRun(ctx, i.Stream)
	if err != nil {
		return deliver.Action{}, err
	}
	tree := b.desk.Rules().Tree
	u, ok := tree.Unit(about.Unit)
	if !ok || u.Channel == "" {
		return deliver.Action{}, &deliver.Gone{Reason: "unit_gone"}
	}
	parts := b.digest(ctx, run, u)
	if about.Part >= len(parts) {
		return deliver.Action{Skip: true}, nil
	}
	a := action(parts[about.Part])
	a.Channel = u.Channel
	if about.Part == 0 {
		var more []store.Intent
		for n := 1; n < len(parts); n++ {
			detail := channelIntent(run, store.KindDetail, u.ID, u.ID, n)
			detail.Stream = i.Stream
			more = append(more, detail)
		}
		a.Posted = func(ctx context.Context, r deliver.Receipt) error {
			posted := workflow.Posted{What: workflow.PostedRoot, Channel: r.Channel, TS: r.TS, Link: r.Link}
			return b.desk.JobPosted(ctx, i.Stream, posted, b.options.Now(), more)
		}
		return a, nil
	}
	posts, err := b.desk.JobPosts(ctx, i.Stream)
	if err != nil {
		return deliver.Action{}, err
	}
	root, ok := posts[workflow.PostedRoot]
	if !ok {
		return deliver.Action{}, &deliver.Wait{Until: b.options.Now().Add(rootWait), Reason: "no_root"}
	}
	a.Channel, a.ThreadTS = root.Channel, root.TS
	return a, nil
}

func (b *Bot) digest(ctx context.Context, run workflow.JobRun, u org.Unit) []card.Message {
	f := b.faceOf(ctx, u)
	about := run.Job.About(run.Day)
	switch run.Job {
	case workflow.JobNotice:
		if run.Report == nil {
			return nil
		}
		var more workflow.Morning
		if run.Morning != nil {
			more = *run.Morning
		}
		head, details := card.NoticeWith(f, *run.Report, more, run.Late, b.signed(u)...)
		parts := append([]card.Message{head}, details...)
		if run.Quality != nil {
			parts = append(parts, card.Quality(f, u.ID, *run.Quality)...)
		}
		return parts
	case workflow.JobOvernight:
		return card.Overnight(f, u.ID, about, b.still(ctx, run.Listed), run.Late)
	case workflow.JobDusk:
		return card.Dusk(f, u.ID, about, b.still(ctx, run.Listed), run.Late)
	}
	return nil
}

// still gives what was listed its links: a thread may have been posted since.
func (b *Bot) still(ctx context.Context, list []workflow.Summary) []workflow.Summary {
	out := make([]workflow.Summary, len(list))
	for i, s := range list {
		if s.Link == "" {
			if c, err := b.desk.Complaint(ctx, s.ID); err == nil {
				s.Link = c.Posts[workflow.PostedRoot].Link
			}
		}
		out[i] = s
	}
	return out
}

// signed are the two heads in whose name the notice goes out: network finance and consumer protection, of the unit or the nearest one
// above that has them.
func (b *Bot) signed(u org.Unit) []card.Signature {
	var out []card.Signature
	for _, h := range daily.Heads(b.desk.Rules().Tree, u.ID) {
		out = append(out, card.Signature{Position: h.Position, Person: h.Person})
	}
	return out
}

func (b *Bot) renderWelcome(ctx context.Context, _ store.Intent, about store.About) (deliver.Action, error) {
	tree := b.desk.Rules().Tree
	to, ok := tree.Unit(about.Unit)
	of, known := tree.Unit(about.Of)
	if !ok || !known {
		return deliver.Action{}, &deliver.Gone{Reason: "unit_gone"}
	}
	text := words.For(to.Language).T("ask.invite", "unit", words.Escape(of.Name), "channel", of.Channel)
	return deliver.Action{Channel: to.Channel, Text: text}, nil
}
