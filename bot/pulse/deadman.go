package pulse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
)

const (
	// MaxChannels bounds the channels of a [DeadMan]: each of its calls may be made 50 times a minute.
	MaxChannels = 60

	ahead    = 10 * time.Minute // how long the bot is silent before its channels read so
	every    = 3 * time.Minute  // how often a message is put off
	frozen   = time.Minute      // Slack deletes no message that is due within this time
	perRound = 20               // channels that one Keep works on
	callTime = 10 * time.Second // for one call of Slack's
)

// Slack is what a [DeadMan] asks of Slack, also from several goroutines at once; *slack.Client has it.
type Slack interface {
	ScheduleMessageContext(ctx context.Context, channel, postAt string, options ...slack.MsgOption) (string, string, error)
	GetScheduledMessagesContext(ctx context.Context, p *slack.GetScheduledMessagesParameters) ([]slack.ScheduledMessage, string, error)
	DeleteScheduledMessageContext(ctx context.Context, p *slack.DeleteScheduledMessageParameters) (bool, error)
}

// DeadManOptions say what to keep where. Slack and Text are required.
type DeadManOptions struct {
	Slack    Slack
	Channels []string // ids; at most MaxChannels, each once. No other part of the app may schedule messages in them
	// Text is the message of a channel, in mrkdwn, and the same whenever it is asked.
	Text func(channel string) string
	Log  zerolog.Logger
}

// DeadMan keeps one scheduled message in each channel, about ten minutes ahead, that says that the bot is silent. It is safe for
// concurrent use; a nil DeadMan does nothing.
//
// The messages carry no metadata: Slack never posts a scheduled message that does.
type DeadMan struct {
	o DeadManOptions

	mu      sync.Mutex
	watches []*watch
	listed  bool // what stands at Slack is known
	rest    time.Time
	stopped bool
	trouble outage // of Slack as a whole
}

// watch is one channel.
type watch struct {
	channel string
	posts   []post    // that stand at Slack as far as is known, by time
	next    time.Time // when there is something to do again
	trouble outage
}

// post is a scheduled message.
type post struct {
	id string
	at time.Time
}

// NewDeadMan makes a dead man's switch; it does nothing before [DeadMan.Keep].
func NewDeadMan(o DeadManOptions) (*DeadMan, error) {
	if o.Slack == nil || o.Text == nil {
		return nil, errors.New("the dead-man message needs Slack and a text")
	}
	if len(o.Channels) > MaxChannels {
		return nil, fmt.Errorf("the dead-man message has %d channels: use at most %d", len(o.Channels), MaxChannels)
	}
	d := &DeadMan{o: o}
	for _, c := range o.Channels {
		if c == "" || d.watch(c) != nil {
			return nil, fmt.Errorf("the dead-man message has the channel %q twice, or without an id", c)
		}
		d.watches = append(d.watches, &watch{channel: c})
	}
	return d, nil
}

func (d *DeadMan) watch(channel string) *watch {
	if i := slices.IndexFunc(d.watches, func(w *watch) bool { return w.channel == channel }); i >= 0 {
		return d.watches[i]
	}
	return nil
}

// Keep puts the messages off. Call it every minute while all is well, beside the sweep and not within it: a call of Slack's may take
// 10 seconds. It works on a part of the channels each time, the most pressing first; in each it schedules a new message before it deletes
// the old one, so that there is always one. The first call finds what an earlier process has left. Slack's refusals are logged when they
// begin and when they are over. While another Keep is at work, and after [DeadMan.Stop], it does nothing.
func (d *DeadMan) Keep(ctx context.Context, now time.Time) {
	if d == nil || len(d.watches) == 0 || !d.mu.TryLock() {
		return
	}
	defer d.mu.Unlock()
	if resting := d.rest.Sub(now); d.stopped || resting > 0 && resting <= ahead { // longer: the clock was set back
		return
	}
	err := d.round(ctx, now)
	if ctx.Err() != nil {
		return
	}
	d.trouble.met(d.o.Log, "the dead-man message", reason(err))
	if limited := (*slack.RateLimitedError)(nil); errors.As(err, &limited) {
		d.rest = now.Add(limited.RetryAfter)
	}
}

// round is one Keep. Its error concerns Slack as a whole.
func (d *DeadMan) round(ctx context.Context, now time.Time) error {
	if err := d.find(ctx); err != nil {
		return err
	}
	for _, w := range d.due(now) {
		err := d.putOff(ctx, w, now)
		if concernsAll(err) {
			d.listed = !isUnknown(err)
			return err
		}
		w.next = now.Add(every)
		if last, ok := w.keeper(now); ok && err == nil {
			w.next = last.at.Add(every - ahead)
		}
		w.trouble.met(d.o.Log.With().Str("channel", w.channel).Logger(), "the dead-man message of a channel", reason(err))
	}
	return nil
}

// due lists the channels with something to do, the most pressing first.
func (d *DeadMan) due(now time.Time) []*watch {
	var out []*watch
	for _, w := range d.watches {
		if wait := w.next.Sub(now); wait <= 0 || wait > every { // longer: the clock was set back
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(a, b *watch) int { return a.next.Compare(b.next) })
	return out[:min(len(out), perRound)]
}

// putOff sees to it that a channel has one message that is far enough ahead, and no other. What was done of it stays done when it fails.
func (d *DeadMan) putOff(ctx context.Context, w *watch, now time.Time) error {
	var refused error
	if keep, ok := w.keeper(now); !ok || keep.at.Sub(now) <= ahead-every {
		if refused = d.renew(ctx, w, now); concernsAll(refused) {
			return refused
		}
	}
	if err := d.clear(ctx, w, now); concernsAll(err) || refused == nil {
		return err
	}
	return refused
}

// renew schedules the next message of a channel.
func (d *DeadMan) renew(ctx context.Context, w *watch, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	at := now.Add(ahead).Truncate(time.Second)
	_, id, err := d.o.Slack.ScheduleMessageContext(ctx, w.channel, strconv.FormatInt(at.Unix(), 10),
		slack.MsgOptionText(d.o.Text(w.channel), false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	switch {
	case err != nil:
		return fmt.Errorf("schedule the dead-man message: %w", err)
	case id == "":
		return errors.New("schedule the dead-man message: Slack names no id")
	}
	w.add(post{id: id, at: at})
	return nil
}

// clear deletes all messages of a channel but the one to keep.
func (d *DeadMan) clear(ctx context.Context, w *watch, now time.Time) error {
	var refused error
	keep, _ := w.keeper(now)
	for _, p := range slices.Clone(w.posts) {
		left := p.at.Sub(now)
		if p.id == keep.id || left >= 0 && left < frozen {
			continue
		}
		// One that should be posted by now is deleted as well: our clock may have been wrong, and Slack's answer shows what became of it.
		gone, err := d.remove(ctx, w, p)
		switch {
		case concernsAll(err):
			return err
		case err != nil:
			refused = err
		case gone && left < 0:
			d.o.Log.Warn().Str("channel", w.channel).Time("at", p.at).Msg("the dead-man message was posted: it was not put off in time")
		}
	}
	return refused
}

// remove deletes one message; gone says that Slack did not have it (any more), or that it is too late.
func (d *DeadMan) remove(ctx context.Context, w *watch, p post) (gone bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	_, err = d.o.Slack.DeleteScheduledMessageContext(ctx, &slack.DeleteScheduledMessageParameters{
		Channel: w.channel, ScheduledMessageID: p.id,
	})
	if gone = word(err) == "invalid_scheduled_message_id"; err != nil && !gone {
		return false, fmt.Errorf("delete the dead-man message: %w", err)
	}
	w.posts = slices.DeleteFunc(w.posts, func(q post) bool { return q.id == p.id })
	return gone, nil
}

// add takes a message in, by time; it reports whether it is new.
func (w *watch) add(p post) bool {
	if slices.ContainsFunc(w.posts, func(q post) bool { return q.id == p.id }) {
		return false
	}
	w.posts = append(w.posts, p)
	slices.SortStableFunc(w.posts, func(a, b post) int { return a.at.Compare(b.at) })
	return true
}

// keeper is the message to keep: the last, but for those that are too far ahead because the clock was wrong when they were scheduled.
func (w *watch) keeper(now time.Time) (last post, ok bool) {
	for _, p := range w.posts {
		if p.at.Sub(now) <= ahead {
			last, ok = p, true
		}
	}
	return last, ok
}
