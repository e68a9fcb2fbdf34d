package bot_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/store"
	"sameday/workflow"
)

// midnight asks for the large nights, which take minutes, in the form that benchstat reads.
const midnight = "SAMEDAY_BENCH_MIDNIGHT"

// paces are Slack's limits as the local Slack keeps them: calls a minute, and how many may come at once.
var paces = map[string]struct{ perMinute, burst float64 }{
	"chat.postMessage": {300, 300}, "chat.getPermalink": {300, 300}, "chat.update": {50, 100}, "conversations.open": {50, 100},
	"conversations.history": {50, 100}, "conversations.replies": {50, 100},
}

const perChannelBurst = 20 // then one post a second

// night is what was called in one.
type night struct {
	calls    map[string]int // by method
	refused  int            // rate limited
	channels map[string]int // posts by channel
	last     time.Time      // when the last message was accepted
}

func (n *night) see(c sandbox.Call) {
	switch {
	case c.Outcome == "429":
		n.refused++
	case c.Stored:
		n.calls[c.Method]++
		if c.Method == "chat.postMessage" {
			n.channels[c.Channel]++
		}
		if strings.HasPrefix(c.Method, "chat.") {
			n.last = c.At
		}
	}
}

// least is how long the same calls take at Slack's limits, if each is made as soon as it may be.
func (n *night) least() time.Duration {
	minutes := 0.0
	for method, pace := range paces {
		minutes = max(minutes, (float64(n.calls[method])-pace.burst)/pace.perMinute)
	}
	for _, posts := range n.channels {
		minutes = max(minutes, float64(posts-perChannelBurst)/60)
	}
	return time.Duration(minutes * float64(time.Minute))
}

// TestMidnight measures, in the clock of the bubble, from 00:05 until the last message about complaints left overnight is accepted by a
// Slack that keeps its limits. Nothing may be refused for good, and all of it must be told.
func TestMidnight(t *testing.T) {
	t.Parallel()
	nights := []struct{ subs, left int }{{9, 12}}
	if os.Getenv(midnight) != "" {
		nights = []struct{ subs, left int }{{362, 300}, {362, 3_000}}
	}
	for _, n := range nights {
		dir := memoryDir(t)
		name := fmt.Sprintf("channels=%d/overnight=%d", 1+n.subs+(n.subs+9)/10, n.left)
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			synctest.Test(t, func(t *testing.T) {
				// The bubble's clock begins at midnight UTC 2000-01-01; here it is the evening in Shanghai.
				<-time.After(time.Until(time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)))
				took, seen := passNight(t, filepath.Join(dir, "sameday.db"), bankPlan{subs: n.subs, open: n.left, real: true})
				total := 0
				var by []string
				for _, method := range slices.Sorted(maps.Keys(seen.calls)) {
					total += seen.calls[method]
					by = append(by, fmt.Sprintf("%.2f %s/complaint", float64(seen.calls[method])/float64(n.left), method))
				}
				line := fmt.Sprintf("BenchmarkMidnight/%s \t 1 \t %d ns/op \t %.1f told-min \t %.1f least-min \t %.2f calls/complaint \t %s \t %d refused\n", name,
					took.Nanoseconds(), took.Minutes(), seen.least().Minutes(), float64(total)/float64(n.left), strings.Join(by, " \t "), seen.refused)
				if os.Getenv(midnight) != "" {
					fmt.Print(line) // as the benchmarks print theirs
				} else {
					t.Log(line)
				}
			})
			t.Logf("%s in %s of real time", name, time.Since(began).Round(time.Millisecond))
		})
	}
}

// passNight lets a bank pass midnight and returns how long it took to tell what was left.
func passNight(t *testing.T, path string, plan bankPlan) (time.Duration, *night) {
	k := &bank{b: t, plan: plan, path: path}
	var err error
	if k.slack, err = sandbox.New(sandbox.Options{Manifest: bot.Manifest()}); err != nil {
		t.Fatal(err)
	}
	defer k.slack.Close()
	k.webCalls = slack.New(k.slack.BotToken(), slack.OptionAPIURL(k.slack.MemoryURL()), slack.OptionHTTPClient(k.slack.HTTPClient()))
	if k.rules, err = plannedRules(plan.subs); err != nil {
		t.Fatal(err)
	}
	k.populate()
	k.key, k.keyText = store.NewKey()
	k.openFile()
	defer k.halt()
	k.fill()
	if time.Now().After(midnightOf(t).Add(-20 * time.Minute)) {
		t.Fatalf("it is %s: the bank took too long to fill", time.Now())
	}
	if k.bot, err = bot.New(bot.Options{
		Desk: store.NewDesk(k.db, func() *workflow.Rules { return k.rules }, k.key), BotToken: k.slack.BotToken(), AppToken: k.slack.AppToken(),
		APIURL: k.slack.MemoryURL(), HTTP: k.slack.HTTPClient(), Dialer: k.slack.Dialer(), Jobs: jobs(), Log: zerolog.Nop(),
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.bot.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the bot stopped with %v", err)
		}
	}()
	start := midnightOf(t)
	<-time.After(time.Until(start.Add(-time.Second)))
	changes, enough := k.slack.Subscribe(1 << 20)
	seen := &night{calls: map[string]int{}, channels: map[string]int{}}
	<-time.After(2 * time.Minute) // cron's minute and the job
	for {
		b, err := k.db.Waiting(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if b.Dead > 0 {
			t.Errorf("%d messages were given up", b.Dead)
		}
		if b.Pending == 0 || time.Since(start) > 8*time.Hour { // the morning's notice would mix with it
			if b.Pending > 0 {
				t.Errorf("%d messages still wait eight hours later", b.Pending)
			}
			break
		}
		<-time.After(10 * time.Second)
	}
	enough()
	for c := range changes {
		if c.Call != nil {
			seen.see(*c.Call)
		}
	}
	return seen.last.Sub(start), seen
}

// midnightOf is when the night's job runs.
func midnightOf(t *testing.T) time.Time {
	return time.Date(2026, 11, 24, 0, 5, 0, 0, shanghaiZone(t))
}
