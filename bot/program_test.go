package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"sameday/bot"
	"sameday/store"
	"sameday/store/bolt"
	"sameday/workflow"
)

// A program that is measured runs as a process of its own, with the garbage collector as it would have it, beside the local Slack in this
// one: so its time and its memory are its own.

// The programs.
const (
	acks    = "acks"    // slack-go, only acknowledging
	answers = "answers" // the same with a private line, as Sameday answers: what that costs the local Slack and slack-go
	sameday = "sameday"
)

// What a program is told, in the environment.
const (
	envProgram = "SAMEDAY_BENCH_PROGRAM"
	envURL     = "SAMEDAY_BENCH_URL"
	envBot     = "SAMEDAY_BENCH_BOT"
	envApp     = "SAMEDAY_BENCH_APP"
	envKey     = "SAMEDAY_BENCH_KEY"
	envFile    = "SAMEDAY_BENCH_FILE"
	envSubs    = "SAMEDAY_BENCH_SUBS"
	envClock   = "SAMEDAY_BENCH_CLOCK" // nanoseconds since 1970 at which the clock stands; 0 = it runs
)

// What cmd/sameday tells the garbage collector.
const (
	gcPercent   = 400
	memoryLimit = 140 << 20
)

func TestMain(m *testing.M) {
	name := os.Getenv(envProgram)
	if name == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	run := acknowledge
	if name == sameday {
		run = work
	}
	if err := run(ctx, name); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// acknowledge runs a slack-go program on two sockets that acknowledges everything with the same payload.
func acknowledge(ctx context.Context, name string) error {
	var payload any
	if name == answers {
		payload = map[string]any{"response_type": "ephemeral", "text": "已记录：20261123-1000 添加备注。"}
	}
	c := slack.New(os.Getenv(envBot), slack.OptionAppLevelToken(os.Getenv(envApp)), slack.OptionAPIURL(os.Getenv(envURL)))
	var wg sync.WaitGroup
	for range 2 {
		s := socketmode.New(c)
		wg.Go(func() { _ = s.RunContext(ctx) }) // it ends with ctx
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case e := <-s.Events:
					if e.Request != nil && e.Request.EnvelopeID != "" {
						_ = s.AckCtx(ctx, e.Request.EnvelopeID, payload) // a lost one fails the benchmark
					}
				}
			}
		})
	}
	wg.Wait()
	return nil
}

// work runs Sameday.
func work(ctx context.Context, _ string) (err error) {
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	subs, err1 := strconv.Atoi(os.Getenv(envSubs))
	at, err2 := strconv.ParseInt(os.Getenv(envClock), 10, 64)
	key, err3 := store.ParseKey(os.Getenv(envKey))
	rules, err4 := plannedRules(subs)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	now := time.Now
	if at != 0 {
		now = func() time.Time { return time.Unix(0, at) }
	}
	db, err := bolt.Open(ctx, os.Getenv(envFile), bolt.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	b, err := bot.New(bot.Options{
		Desk: store.NewDesk(db, func() *workflow.Rules { return rules }, key), BotToken: os.Getenv(envBot), AppToken: os.Getenv(envApp),
		APIURL: os.Getenv(envURL), Jobs: jobs(), Now: now, HTTP: &http.Client{Timeout: 20 * time.Second}, Log: zerolog.Nop(),
	})
	if err != nil {
		return err
	}
	return b.Run(ctx)
}

// program is one that runs.
type program struct {
	b    testing.TB
	cmd  *exec.Cmd
	said bytes.Buffer
}

// launch starts a program on the bank; Sameday has the database for itself then.
func (k *bank) launch(name string) *program {
	k.b.Helper()
	k.halt()
	p := &program{b: k.b, cmd: exec.Command(os.Args[0])}
	p.cmd.Stderr = &p.said
	p.cmd.Env = append(
		os.Environ(), envProgram+"="+name, envURL+"="+k.url, envBot+"="+k.slack.BotToken(), envApp+"="+k.slack.AppToken(), envKey+"="+k.keyText,
		envFile+"="+k.path, fmt.Sprint(envSubs, "=", k.plan.subs), fmt.Sprint(envClock, "=", k.clock.Load()),
	)
	if err := p.cmd.Start(); err != nil {
		k.b.Fatal(err)
	}
	return p
}

// end stops it as an operator would.
func (p *program) end() {
	p.b.Helper()
	if err := errors.Join(p.cmd.Process.Signal(syscall.SIGTERM), p.cmd.Wait()); err != nil {
		p.b.Errorf("the program ended with %v: %s", err, &p.said)
	}
}

// worked is how long it has had a processor.
func (p *program) worked() time.Duration {
	p.b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	if err := errors.Join(err1, err2); err != nil {
		p.b.Fatal(err)
	}
	const tick = 10 * time.Millisecond // the kernel's unit, on every Linux there is
	return time.Duration(user+system) * tick
}

// memory is what the kernel says of it under a name, in MB.
func (p *program) memory(name string) float64 {
	p.b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name+":" {
			n, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				p.b.Fatal(err)
			}
			return n / 1024
		}
	}
	return 0
}

// BenchmarkAcknowledge measures from a slash command's envelope to its acknowledgement over real loopback sockets, typed by 256 people
// on 4,096 complaints. Sameday has the note on disk before it acknowledges. All share the machine with the local Slack and the people.
func BenchmarkAcknowledge(b *testing.B) {
	for _, name := range []string{acks, answers, sameday} {
		k := newBank(b, bankPlan{subs: 256, open: 4_096, real: true})
		before, err := k.db.Head(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		p := k.launch(name)
		k.bothSockets()
		typed := 0
		for _, n := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("app=%s/inflight=%d", name, n), func(b *testing.B) {
				worked := p.worked()
				inFlight(b, n, func(i int) error {
					i += typed
					text := fmt.Sprintf("/complaint note %s %s %d", k.numbers[i%len(k.numbers)], stillText, i)
					_, err := k.types(k.people[i%len(k.people)], k.subs[i%len(k.subs)].Channel, text)
					return err
				})
				typed += b.N
				b.ReportMetric(float64((p.worked()-worked).Microseconds())/float64(b.N), "cpu-µs/op")
				b.ReportMetric(p.memory("RssAnon"), "anon-MB")
			})
		}
		p.end()
		if name == sameday {
			k.openFile()
			after, err := k.db.Head(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if got := after.Seq - before.Seq; got < uint64(typed) {
				b.Errorf("events on disk: got %d, want at least %d", got, typed)
			}
		}
		k.close()
	}
}

// restarts measures from the start of the process to its first acknowledgement, and then what it holds of the memory.
func (k *bank) restarts(b *testing.B) {
	head := k.slack.As(headPerson)
	var p *program
	var worked time.Duration
	for range b.N {
		b.StopTimer()
		if p != nil {
			p.end()
		}
		for k.slack.Sockets() > 0 {
			<-time.After(time.Millisecond)
		}
		b.StartTimer()
		p = k.launch(sameday)
		for k.slack.Sockets() == 0 {
			<-time.After(time.Millisecond)
		}
		if _, err := k.types(head, headRoom, k.showOld(0)); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		worked += p.worked()
		b.StartTimer()
	}
	b.StopTimer()
	b.ReportMetric(float64(worked.Milliseconds())/float64(b.N), "cpu-ms/op")
	k.bothSockets()
	b.ReportMetric(p.memory("RssAnon"), "start-anon-MB")
	b.ReportMetric(p.memory("RssFile"), "start-file-MB")
	for i := range 1_000 {
		if _, err := k.types(head, headRoom, k.showOld(i)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(p.memory("RssAnon"), "anon-MB")
	b.ReportMetric(p.memory("RssFile"), "file-MB")
	b.ReportMetric(k.perOld, "disk-B/archived")
	p.end()
}
