package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// membership brings the bot into the channel of every unit. Public channels it joins by itself; into a private one somebody must
// invite it, and it says so: in the log, and once a day to the unit above.
func (b *Bot) membership(ctx context.Context) error {
	in, err := b.channels(ctx)
	if err != nil {
		return err
	}
	rules := b.desk.Rules()
	for _, u := range rules.Tree.Units() {
		if u.Channel == "" || in[u.Channel] {
			continue
		}
		if err := b.join(ctx, u.Channel); err != nil {
			if err := b.uninvited(ctx, rules, u, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// channels lists where the bot is.
func (b *Bot) channels(ctx context.Context) (map[string]bool, error) {
	in := map[string]bool{}
	p := slack.GetConversationsParameters{Types: []string{"public_channel", "private_channel"}, ExcludeArchived: true, Limit: 900}
	for {
		page, next, err := b.slack.GetConversationsContext(ctx, &p)
		if wait, limited := retryAfter(err); limited {
			if err := pause(ctx, wait); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list the channels: %w", err)
		}
		for _, c := range page {
			if c.IsMember {
				in[c.ID] = true
			}
		}
		if next == "" {
			return in, nil
		}
		p.Cursor = next
	}
}

// join enters a public channel; the sender calls it too, when it finds itself thrown out of one.
func (b *Bot) join(ctx context.Context, channel string) error {
	for {
		_, _, _, err := b.slack.JoinConversationContext(ctx, channel)
		wait, limited := retryAfter(err)
		if !limited {
			if err != nil {
				return fmt.Errorf("join %s: %w", channel, err)
			}
			b.log.Info().Str("channel", channel).Msg("joined")
			return nil
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// uninvited says that a channel is closed to the bot, and what to type: once a unit and day.
func (b *Bot) uninvited(ctx context.Context, rules *workflow.Rules, u org.Unit, cause error) error {
	b.log.Warn().Str("unit", string(u.ID)).Str("channel", u.Channel).Str("reason", reason(cause)).
		Msg("not in this unit's channel: type /invite @sameday there")
	up := rules.Tree.Up(u.ID)
	if len(up) < 2 {
		return nil
	}
	now := b.options.Now()
	run := workflow.JobRun{
		Job: workflow.JobMembership, Unit: u.ID, Day: calendar.DayOf(now, u.Zone), Slot: now.UTC(),
	}
	err := b.desk.RunJob(ctx, run, now, []store.Intent{channelIntent(run, store.KindWelcome, up[1], u.ID, 0)})
	if errors.Is(err, store.ErrAlreadyRan) {
		return nil
	}
	return err
}

// joined notices that somebody, perhaps the bot, came into a channel: what waited for that goes out.
func (b *Bot) joined(ctx context.Context, in inbound) {
	if string(in.Person) == b.self.User {
		if err := b.back(ctx, in.Channel); err != nil {
			b.log.Warn().Str("channel", in.Channel).Err(err).Msg("a group's channel could not be taken back")
		}
		b.log.Info().Str("channel", in.Channel).Msg("invited")
		b.sender.Wake()
	}
}

func retryAfter(err error) (time.Duration, bool) {
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return max(limited.RetryAfter, time.Second), true
	}
	return 0, false
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// channelIntent is a message of a job to a unit's channel: about the unit of, in parts.
func channelIntent(run workflow.JobRun, kind string, to, of org.UnitID, part int) store.Intent {
	i := store.Intent{
		ID:       strings.Join([]string{string(run.Job), string(run.Unit), run.Day.String(), kind, fmt.Sprint(part)}, "/"),
		Lane:     store.ChannelLane(to),
		Priority: store.PriorityDigest,
		Kind:     kind,
	}
	i.Body = store.BodyOf(store.About{Unit: to, Of: of, Part: part})
	return i
}
