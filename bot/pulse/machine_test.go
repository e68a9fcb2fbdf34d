package pulse_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"sameday/bot/pulse"
)

// entry is a message that a planner holds.
type entry struct {
	id, channel string
	at          time.Time
}

// planner is Slack's plan of messages with the rules the workspace does not have, and with trouble when it is asked for.
type planner struct {
	mu      sync.Mutex
	now     time.Time
	entries []entry
	posted  []entry
	made    int
	trouble []string // what becomes of the next calls
}

// advance posts what is due.
func (p *planner) advance(to time.Time) {
	p.now = to
	p.entries = slices.DeleteFunc(p.entries, func(e entry) bool {
		due := !e.at.After(p.now)
		if due {
			p.posted = append(p.posted, e)
		}
		return due
	})
}

// meet does a call with the trouble that is next: before it, after it, or none.
func (p *planner) meet(do func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	kind := ""
	if len(p.trouble) > 0 {
		kind, p.trouble = p.trouble[0], p.trouble[1:]
	}
	switch kind {
	case "lost":
		return errors.New("connection reset")
	case "refused":
		return slack.SlackErrorResponse{Err: "not_in_channel"}
	case "limited":
		return &slack.RateLimitedError{RetryAfter: 30 * time.Second}
	}
	err := do()
	if kind == "unheard" {
		return errors.New("connection reset")
	}
	return err
}

func (p *planner) ScheduleMessageContext(_ context.Context, channel, postAt string, _ ...slack.MsgOption) (_, id string, err error) {
	err = p.meet(func() error {
		seconds, err := strconv.ParseInt(postAt, 10, 64)
		if err != nil {
			return err
		}
		p.made++
		id = fmt.Sprint("Q", p.made)
		p.entries = append(p.entries, entry{id, channel, time.Unix(seconds, 0)})
		return nil
	})
	if err != nil {
		return "", "", err
	}
	return channel, id, nil
}

func (p *planner) GetScheduledMessagesContext(
	_ context.Context, q *slack.GetScheduledMessagesParameters,
) (page []slack.ScheduledMessage, next string, err error) {
	err = p.meet(func() error {
		start, _ := strconv.Atoi(q.Cursor)
		end := min(start+2, len(p.entries)) // small pages
		for _, e := range p.entries[start:end] {
			page = append(page, slack.ScheduledMessage{ID: e.id, Channel: e.channel, PostAt: int(e.at.Unix())})
		}
		if end < len(p.entries) {
			next = strconv.Itoa(end)
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	return page, next, nil
}

func (p *planner) DeleteScheduledMessageContext(_ context.Context, q *slack.DeleteScheduledMessageParameters) (bool, error) {
	err := p.meet(func() error {
		i := slices.IndexFunc(p.entries, func(e entry) bool { return e.id == q.ScheduledMessageID && e.channel == q.Channel })
		if i < 0 || p.entries[i].at.Sub(p.now) < time.Minute {
			return slack.SlackErrorResponse{Err: "invalid_scheduled_message_id"}
		}
		p.entries = slices.Delete(p.entries, i, i+1)
		return nil
	})
	return err == nil, err
}

// Random trouble, silences and restarts. As long as Keep is called every minute and Slack works, each channel has exactly one message
// and none is posted; a silence of over ten minutes is always told; whatever went before, nothing stays behind.
func TestDeadManMachine(t *testing.T) {
	t.Parallel()
	channels := []string{"C1", "C2", "C3"}
	rapid.Check(t, func(t *rapid.T) {
		p := &planner{now: time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC)}
		start := func() *pulse.DeadMan {
			d, err := pulse.NewDeadMan(pulse.DeadManOptions{Slack: p, Channels: channels, Text: silentText, Log: zerolog.Nop()})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := start()
		keep := func(minutes int) {
			for range minutes {
				d.Keep(t.Context(), p.now)
				p.advance(p.now.Add(time.Minute))
			}
		}
		settle := func() {
			p.trouble = nil
			keep(12) // what was frozen is posted by then
			p.posted = nil
			keep(12)
			for _, c := range channels {
				n := 0
				for _, e := range p.entries {
					if e.channel == c {
						n++
					}
				}
				if n != 1 || len(p.posted) != 0 {
					t.Fatalf("in good times %s has %d messages, and %v were posted; want 1 and none", c, n, p.posted)
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"keep":    func(t *rapid.T) { keep(rapid.IntRange(1, 5).Draw(t, "minutes")) },
			"restart": func(*rapid.T) { d = start() },
			"trouble": func(t *rapid.T) {
				p.trouble = rapid.SliceOfN(rapid.SampledFrom([]string{"", "lost", "unheard", "refused", "limited"}), 1, 12).Draw(t, "trouble")
			},
			"pause": func(t *rapid.T) {
				p.advance(p.now.Add(time.Duration(rapid.IntRange(1, 700).Draw(t, "seconds")) * time.Second))
			},
			"good times": func(*rapid.T) {
				settle()
			},
			"silence": func(*rapid.T) {
				settle()
				p.advance(p.now.Add(10 * time.Minute))
				for _, c := range channels {
					if !slices.ContainsFunc(p.posted, func(e entry) bool { return e.channel == c }) {
						t.Fatalf("after ten minutes of silence %s reads nothing", c)
					}
				}
			},
			"stop": func(*rapid.T) {
				settle()
				if err := d.Stop(t.Context()); err != nil || len(p.entries) != 0 {
					t.Fatalf("after Stop (%v) %v stand", err, p.entries)
				}
				d = start()
			},
		})
	})
}
