package pulse_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"sameday/bot/pulse"
	"sameday/bot/sandbox"
)

const manifest = `{
  "display_information": {"name": "Teller", "description": "tells"},
  "features": {"bot_user": {"display_name": "teller", "always_online": true}},
  "oauth_config": {"scopes": {"bot": ["channels:read", "chat:write"]}},
  "settings": {"socket_mode_enabled": true}
}`

// rig is a workspace with some channels and a dead man's switch.
type rig struct {
	t        *testing.T
	ctx      context.Context
	w        *sandbox.Workspace
	client   *slack.Client
	log      *journal
	channels []string
	d        *pulse.DeadMan
}

// guarded runs a test in fake time, in a workspace with n channels.
func guarded(t *testing.T, n int, test func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		w, err := sandbox.New(sandbox.Options{Manifest: []byte(manifest)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.Close)
		w.AddPerson(sandbox.Person{ID: "U0ANN", Name: "ann"})
		r := &rig{t: t, ctx: ctx, w: w, log: &journal{}}
		r.client = slack.New(w.BotToken(), slack.OptionAPIURL(w.MemoryURL()), slack.OptionHTTPClient(w.HTTPClient()))
		for i := range n {
			id := fmt.Sprintf("C0UNIT%03d", i)
			w.AddChannel(sandbox.Channel{ID: id, Name: fmt.Sprintf("unit-%d", i), Members: []string{"U0ANN", w.BotUserID()}})
			r.channels = append(r.channels, id)
		}
		r.restart()
		test(t, r)
	})
}

func silentText(channel string) string { return "机器人失联，请改用电话 " + channel }

// restart is a new process: it knows nothing.
func (r *rig) restart() {
	r.t.Helper()
	d, err := pulse.NewDeadMan(pulse.DeadManOptions{Slack: r.client, Channels: r.channels, Text: silentText, Log: r.log.logger()})
	if err != nil {
		r.t.Fatal(err)
	}
	r.d = d
}

// keep calls Keep every minute for as long.
func (r *rig) keep(long time.Duration) {
	for range long / time.Minute {
		r.d.Keep(r.ctx, time.Now())
		<-time.After(time.Minute)
	}
}

// standing is how many messages are scheduled in each channel, and how far ahead the next is.
func (r *rig) standing() (count map[string]int, nearest time.Duration) {
	r.t.Helper()
	list, _, err := r.client.GetScheduledMessagesContext(r.ctx, &slack.GetScheduledMessagesParameters{Limit: 1000})
	if err != nil {
		r.t.Fatal(err)
	}
	count, nearest = map[string]int{}, time.Duration(1<<62)
	for _, m := range list {
		count[m.Channel]++
		nearest = min(nearest, time.Until(time.Unix(int64(m.PostAt), 0)))
	}
	return count, nearest
}

// posted is how many messages the channel has.
func (r *rig) posted(channel string) int {
	r.t.Helper()
	r.w.PostDue()
	list, err := r.w.As("U0ANN").Channel(channel)
	if err != nil {
		r.t.Fatal(err)
	}
	n := 0
	for _, m := range list {
		if m.Text == silentText(channel) {
			n++
		}
	}
	return n
}

// wantOne checks that exactly one message stands in each channel and that each has posted as many as said.
func (r *rig) wantOne(posted int) {
	r.t.Helper()
	count, nearest := r.standing()
	for _, c := range r.channels {
		if count[c] != 1 || r.posted(c) != posted {
			r.t.Errorf("%s: %d stand and %d were posted, want 1 and %d", c, count[c], r.posted(c), posted)
		}
	}
	if nearest < 5*time.Minute {
		r.t.Errorf("the next is %v ahead, want at least 5m", nearest)
	}
}

func TestThereIsAlwaysOne(t *testing.T) {
	guarded(t, 3, func(t *testing.T, r *rig) {
		for range 120 {
			r.keep(time.Minute)
			r.wantOne(0)
		}
		if got := r.w.CallCounts()["chat.scheduleMessage"]["ok"]; got != 3*40 {
			t.Errorf("%d messages were scheduled in two hours, want 120: one in three minutes and channel", got)
		}
		if r.log.String() != "" {
			t.Errorf("the log says %s, want nothing", r.log)
		}
	})
}

// The new message is there before the old one goes.
func TestScheduledBeforeDeleted(t *testing.T) {
	guarded(t, 1, func(t *testing.T, r *rig) {
		r.keep(10 * time.Minute)
		n := 0
		for _, c := range r.w.Calls() {
			switch c.Method {
			case "chat.scheduleMessage":
				n++
			case "chat.deleteScheduledMessage":
				if n--; n < 1 {
					t.Fatal("the last message was deleted before the next was scheduled")
				}
			}
		}
	})
}

func TestSilenceIsTold(t *testing.T) {
	guarded(t, 2, func(t *testing.T, r *rig) {
		r.keep(7 * time.Minute)
		<-time.After(11 * time.Minute)
		for _, c := range r.channels {
			if got := r.posted(c); got != 1 {
				t.Errorf("%s reads %d times that the bot is silent, want once", c, got)
			}
		}
		r.restart()
		r.keep(20 * time.Minute)
		r.wantOne(1)
	})
}

func TestSilenceOfALivingProcess(t *testing.T) {
	guarded(t, 1, func(t *testing.T, r *rig) {
		r.keep(5 * time.Minute)
		<-time.After(15 * time.Minute) // nothing is well: Keep is not called
		r.keep(10 * time.Minute)
		r.wantOne(1)
		if got := strings.Count(r.log.String(), "was posted"); got != 1 {
			t.Errorf("the log says %q, want once that it was posted", r.log)
		}
	})
}

func TestARestartTakesOver(t *testing.T) {
	for _, down := range []time.Duration{0, time.Minute, 4 * time.Minute, 7*time.Minute + 30*time.Second} {
		t.Run(down.String(), func(t *testing.T) {
			guarded(t, 3, func(_ *testing.T, r *rig) {
				r.keep(time.Minute)
				<-time.After(down)
				r.restart()
				r.keep(time.Minute)
				r.wantOne(0)
				r.keep(20 * time.Minute)
				r.wantOne(0)
			})
		})
	}
}

// The process dies between scheduling and deleting, again and again.
func TestLeftoversAreFound(t *testing.T) {
	guarded(t, 2, func(t *testing.T, r *rig) {
		for n := range 8 {
			at := fmt.Sprint(time.Now().Add(time.Duration(n+2) * time.Minute).Unix())
			for _, c := range r.channels {
				if _, _, err := r.client.ScheduleMessageContext(r.ctx, c, at, slack.MsgOptionText(silentText(c), false)); err != nil {
					t.Fatal(err)
				}
			}
		}
		r.keep(time.Minute)
		r.wantOne(0)
		r.keep(20 * time.Minute)
		r.wantOne(0)
	})
}

func TestStopTakesThemBack(t *testing.T) {
	guarded(t, 3, func(t *testing.T, r *rig) {
		r.keep(5 * time.Minute)
		r.restart() // even one that has not kept any yet
		for range 2 {
			if err := r.d.Stop(r.ctx); err != nil {
				t.Errorf("Stop: %v", err)
			}
		}
		r.keep(30 * time.Minute)
		if count, _ := r.standing(); len(count) != 0 {
			t.Errorf("after Stop %v stand", count)
		}
		for _, c := range r.channels {
			if got := r.posted(c); got != 0 {
				t.Errorf("%s reads %d times that the bot is silent, want never", c, got)
			}
		}
	})
}

func TestStopSaysWhatStands(t *testing.T) {
	guarded(t, 3, func(t *testing.T, r *rig) {
		r.keep(5 * time.Minute)
		r.w.SetFaults(sandbox.Faults{Outage: true})
		if err := r.d.Stop(r.ctx); err == nil || !strings.Contains(err.Error(), "3 still stand") {
			t.Errorf("Stop without Slack: %v, want 3 that still stand", err)
		}
	})
	t.Run("limited", func(t *testing.T) {
		guarded(t, 3, func(t *testing.T, r *rig) {
			r.keep(5 * time.Minute)
			r.w.Fail(sandbox.Fault{Method: "chat.deleteScheduledMessage", Status: 429, RetryAfter: 20 * time.Second, Until: time.Now().Add(20 * time.Second)})
			begin := time.Now()
			if err := r.d.Stop(r.ctx); err != nil || time.Since(begin) != 20*time.Second {
				t.Errorf("Stop: %v after %v, want none after 20s", err, time.Since(begin))
			}
			r.w.Fail(sandbox.Fault{Status: 429, RetryAfter: time.Hour})
			r.restart()
			ctx, cancel := context.WithTimeout(r.ctx, 10*time.Second)
			defer cancel()
			if err := r.d.Stop(ctx); err == nil {
				t.Error("Stop: no error, want one: the limit is longer than its time")
			}
		})
	})
}

// Within Slack's limits, with as many channels as there may be.
func TestManyChannels(t *testing.T) {
	guarded(t, pulse.MaxChannels, func(t *testing.T, r *rig) {
		r.keep(3 * time.Minute)
		r.wantOne(0)
		for range 12 {
			r.keep(5 * time.Minute)
			r.wantOne(0)
		}
		r.restart()
		r.keep(10 * time.Minute)
		r.wantOne(0)
		if err := r.d.Stop(r.ctx); err != nil {
			t.Errorf("Stop: %v", err)
		}
		for method, outcomes := range r.w.CallCounts() {
			if outcomes["429"] > 0 {
				t.Errorf("%s was called too often: %v", method, outcomes)
			}
		}
	})
}

func TestTroubleWithSlack(t *testing.T) {
	for name, tc := range map[string]struct {
		fault sandbox.Fault
		lines int // of the log
	}{
		"reply lost":      {sandbox.Fault{Method: "chat.scheduleMessage", Stored: true, Cut: sandbox.CutReply, Times: 3}, 2},
		"request lost":    {sandbox.Fault{Method: "chat.scheduleMessage", Cut: sandbox.CutReply, Times: 3}, 2},
		"internal error":  {sandbox.Fault{Method: "chat.scheduleMessage", Stored: true, Error: "internal_error", Times: 2}, 2},
		"hanging":         {sandbox.Fault{Method: "chat.scheduleMessage", Stored: true, Hang: time.Minute, Times: 2}, 2},
		"delete lost":     {sandbox.Fault{Method: "chat.deleteScheduledMessage", Stored: true, Cut: sandbox.CutReply, Times: 3}, 2},
		"delete refused":  {sandbox.Fault{Method: "chat.deleteScheduledMessage", Error: "strange_error", Times: 1}, 2},
		"list fails":      {sandbox.Fault{Method: "chat.scheduledMessages.list", Status: 500, Times: 3}, 0},
		"too many":        {sandbox.Fault{Status: 429, RetryAfter: 90 * time.Second, Times: 1}, 2},
		"token":           {sandbox.Fault{Error: "invalid_auth", Times: 3}, 2},
		"one channel":     {sandbox.Fault{Channel: "C0UNIT001", Method: "chat.scheduleMessage", Error: "is_archived", Times: 1}, 2},
		"one for a while": {sandbox.Fault{Channel: "C0UNIT001", Method: "chat.scheduleMessage", Error: "restricted_too_many", Times: 2}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			guarded(t, 3, func(t *testing.T, r *rig) {
				r.keep(5 * time.Minute)
				r.w.Fail(tc.fault)
				r.keep(20 * time.Minute)
				r.w.ClearFaults()
				r.keep(10 * time.Minute)
				r.wantOne(0)
				if got := strings.Count(r.log.String(), "\n"); got != tc.lines {
					t.Errorf("the log has %d lines, want %d:\n%s", got, tc.lines, r.log)
				}
			})
		})
	}
}

// A channel that cannot be kept does not keep others from it, and is told once.
func TestOneBadChannel(t *testing.T) {
	guarded(t, 3, func(t *testing.T, r *rig) {
		r.channels = slices.Insert(r.channels, 1, "C0NOWHERE")
		r.restart()
		r.keep(time.Hour)
		r.channels = slices.Delete(r.channels, 1, 2)
		r.wantOne(0)
		if got := r.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "C0NOWHERE") || !strings.Contains(got, "channel_not_found") {
			t.Errorf("the log says %s, want one line that names the channel", got)
		}
	})
}

// While Slack is away nothing can be put off: the channels read it, which is true enough, and afterwards all is as before.
func TestALongOutage(t *testing.T) {
	guarded(t, 2, func(t *testing.T, r *rig) {
		r.keep(5 * time.Minute)
		r.w.SetFaults(sandbox.Faults{Outage: true})
		r.keep(20 * time.Minute)
		r.w.SetFaults(sandbox.Faults{})
		r.keep(5 * time.Minute)
		r.wantOne(1)
	})
}

func TestALimitIsKept(t *testing.T) {
	guarded(t, 3, func(t *testing.T, r *rig) {
		r.w.Fail(sandbox.Fault{Status: 429, RetryAfter: 4 * time.Minute, Times: 1})
		r.keep(4 * time.Minute)
		if got := len(r.w.Calls()); got != 1 {
			t.Errorf("%d calls while Slack asks for none, want the 1 it refused", got)
		}
		r.keep(time.Minute)
		r.wantOne(0)
	})
}

// The computer's clock is an hour off for a while; Slack's is not.
func TestWrongClock(t *testing.T) {
	for _, off := range []time.Duration{time.Hour, -time.Hour, 90 * 24 * time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			guarded(t, 2, func(_ *testing.T, r *rig) {
				r.keep(5 * time.Minute)
				for range 4 {
					r.d.Keep(r.ctx, time.Now().Add(off))
					<-time.After(time.Minute)
				}
				r.keep(5 * time.Minute)
				r.wantOne(0)
				r.keep(2 * time.Hour)
				r.wantOne(0)
			})
		})
	}
}

func TestDeadManOptions(t *testing.T) {
	t.Parallel()
	client := slack.New("xoxb-none")
	for name, o := range map[string]pulse.DeadManOptions{
		"no Slack":   {Text: silentText, Channels: []string{"C1"}},
		"no text":    {Slack: client, Channels: []string{"C1"}},
		"twice":      {Slack: client, Text: silentText, Channels: []string{"C1", "C2", "C1"}},
		"no channel": {Slack: client, Text: silentText, Channels: []string{""}},
		"too many":   {Slack: client, Text: silentText, Channels: make([]string, pulse.MaxChannels+1)},
	} {
		if _, err := pulse.NewDeadMan(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	var none *pulse.DeadMan
	none.Keep(t.Context(), time.Now())
	if err := none.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	empty, err := pulse.NewDeadMan(pulse.DeadManOptions{Slack: client, Text: silentText})
	if err != nil {
		t.Fatal(err)
	}
	empty.Keep(t.Context(), time.Now()) // would call Slack
	if err := empty.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
