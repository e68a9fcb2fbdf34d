package bot

import (
	"context"
	"fmt"
	"time"

	"sameday/bot/pulse"
	"sameday/bot/words"
	"sameday/store"
)

// well reports whether a sweep has left nothing overdue and un-rung: what fell due has been recorded, and no ring waits for Slack
// without having gone another way.
func (b *Bot) well(ctx context.Context, now time.Time) bool {
	if due, err := b.desk.Due(ctx, now, 1); err != nil || len(due) > 0 {
		return false
	}
	since := b.troubled.Load()
	if since == nil || now.Sub(*since) < detourAfter || b.options.Gateway != nil {
		return true
	}
	backlog, err := b.store.Waiting(ctx, mostDetours)
	if err != nil {
		return false
	}
	for _, i := range backlog.Intents {
		if i.Kind == store.KindRing {
			return false
		}
	}
	return true
}

// alive tells those outside that all is well, after a sweep.
func (b *Bot) alive(ctx context.Context, err error) {
	now := b.options.Now()
	if err != nil || !b.well(ctx, now) {
		return
	}
	b.options.Heart.Beat(ctx)
	select {
	case b.beat <- now:
	default: // the message of the minute before is still being put off
	}
}

// keepDeadMan puts off the messages that say that the bot is silent, for as long as sweeps leave nothing undone; a clean end takes them
// back.
func (b *Bot) keepDeadMan(ctx context.Context) error {
	man, err := b.deadMan()
	if err != nil {
		return err
	}
	for {
		select {
		case now := <-b.beat:
			man.Keep(ctx, now)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBack)
			defer cancel()
			if err := man.Stop(last); err != nil {
				b.log.Warn().Str("reason", reason(err)).Msg("a message that says we are silent could not be taken back")
			}
			b.options.Heart.Stop()
			return nil
		}
	}
}

// takeBack bounds what is taken back at a clean end.
const takeBack = 5 * time.Second

func (b *Bot) deadMan() (*pulse.DeadMan, error) {
	tree := b.desk.Rules().Tree
	var channels []string
	text := map[string]string{}
	for _, id := range b.options.DeadMan {
		u, ok := tree.Unit(id)
		if !ok || u.Channel == "" {
			return nil, fmt.Errorf("dead_man names %s, which has no channel", id)
		}
		channels = append(channels, u.Channel)
		text[u.Channel] = words.For(u.Language).T("bot.silent", "unit", words.Escape(u.Name))
	}
	return pulse.NewDeadMan(pulse.DeadManOptions{
		Slack: b.slack.Client, Channels: channels, Text: func(c string) string { return text[c] }, Log: b.log,
	})
}
