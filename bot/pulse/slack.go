package pulse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"
)

// pages bounds the reading of the list, each page of 200 messages.
const (
	pages    = 50
	pageSize = 200
)

// atOnce is how many channels a Stop works on side by side.
const atOnce = 8

// find learns what stands at Slack, unless it is known: an earlier process may have left messages, and a call whose outcome is not known
// may have scheduled one. What is known already stays: a list may lag behind.
func (d *DeadMan) find(ctx context.Context) error {
	if d.listed {
		return nil
	}
	p := slack.GetScheduledMessagesParameters{Limit: pageSize}
	for range pages {
		page, next, err := d.list(ctx, p)
		if err != nil {
			return fmt.Errorf("list the dead-man messages: %w", err)
		}
		for _, m := range page {
			if w := d.watch(m.Channel); w != nil && w.add(post{id: m.ID, at: time.Unix(int64(m.PostAt), 0)}) {
				w.next = w.posts[0].at.Add(-ahead) // the sooner one would be posted, the sooner it is put off
			}
		}
		if p.Cursor = next; next == "" {
			break
		}
	}
	d.listed = true
	return nil
}

func (d *DeadMan) list(ctx context.Context, p slack.GetScheduledMessagesParameters) ([]slack.ScheduledMessage, string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return d.o.Slack.GetScheduledMessagesContext(ctx, &p)
}

// Stop takes all messages back: a bot that is stopped on purpose is not silent by accident. End the context of a Keep that is at work
// before. ctx bounds the work, waiting for Slack's limits included; in good times some seconds are enough for all channels. The error
// counts the messages that still stand and will be posted. A message that is due within a minute cannot be taken back, and Slack does not
// say so.
func (d *DeadMan) Stop(ctx context.Context) error {
	if d == nil || len(d.watches) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	unseen := d.patiently(ctx, func() error { return d.find(ctx) })
	if isUnknown(unseen) {
		return d.left(unseen)
	}
	// Where Slack does not answer, one channel is enough to learn it.
	g, all := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	refused := make([]error, len(d.watches))
	for i, w := range d.watches {
		g.Go(func() error {
			refused[i] = d.takeBack(all, w)
			if isUnknown(refused[i]) {
				return refused[i]
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return d.left(err)
	}
	return d.left(errors.Join(append(refused, unseen)...))
}

// takeBack deletes all messages of a channel.
func (d *DeadMan) takeBack(ctx context.Context, w *watch) error {
	for _, p := range slices.Clone(w.posts) {
		err := d.patiently(ctx, func() error { _, err := d.remove(ctx, w, p); return err })
		if err != nil {
			return err
		}
	}
	return nil
}

// patiently does something again when Slack's limits allow it.
func (d *DeadMan) patiently(ctx context.Context, do func() error) error {
	for {
		err := do()
		limited := (*slack.RateLimitedError)(nil)
		if !errors.As(err, &limited) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(max(limited.RetryAfter, time.Second)):
		}
	}
}

// left says of a failure how many messages still stand.
func (d *DeadMan) left(err error) error {
	if err == nil {
		return nil
	}
	n := 0
	for _, w := range d.watches {
		n += len(w.posts)
	}
	return fmt.Errorf("take the dead-man messages back: %d still stand: %w", n, err)
}

// everywhere are the refusals that do not depend on the channel.
var everywhere = []string{
	"account_inactive", "fatal_error", "internal_error", "invalid_auth", "missing_scope", "not_allowed_token_type", "not_authed",
	"org_login_required", "rate_limited", "ratelimited", "request_timeout", "service_unavailable", "team_access_not_granted", "token_expired",
	"token_revoked",
}

// unknown are the refusals after which Slack may have done it all the same.
var unknown = []string{"fatal_error", "internal_error", "request_timeout", "service_unavailable"}

// concernsAll reports whether an error would meet every channel alike.
func concernsAll(err error) bool {
	return err != nil && (word(err) == "" || slices.Contains(everywhere, word(err)))
}

// isUnknown reports whether Slack may have done what was asked, although it gave an error.
func isUnknown(err error) bool {
	limited := (*slack.RateLimitedError)(nil)
	return err != nil && !errors.As(err, &limited) && (word(err) == "" || slices.Contains(unknown, word(err)))
}

// word is Slack's word for an error; empty when it is not Slack's.
func word(err error) string {
	var refused slack.SlackErrorResponse
	if errors.As(err, &refused) {
		return refused.Err
	}
	return ""
}

// reason is an error in short, for the log; empty for none.
func reason(err error) string {
	limited := (*slack.RateLimitedError)(nil)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &limited):
		return "ratelimited"
	case word(err) != "":
		return word(err)
	}
	return err.Error()
}
