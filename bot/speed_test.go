package bot_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/store"
	"sameday/store/bolt"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// big adds the sizes that take minutes to build.
const big = "SAMEDAY_BENCH_BIG"

// bankPlan is the size of a bank for benchmarks.
type bankPlan struct {
	subs     int  // sub-branches; there is a branch for every ten, and a head office
	open     int  // complaints waiting for their solution
	archived int  // closed ones of 8 events each, 750 a day before today
	real     bool // the clock runs; otherwise it stands at 09:00 and is moved by hand
}

const (
	perDay    = 750
	overnight = 300 // of the open ones, when the clock is moved by hand
	builders  = 256
	stillText = "已致电客户，客户同意明日上午到柜面补签申请表，由主办跟进。"
)

// bank is a local Slack on loopback sockets, a database on disk and a bot, for benchmarks.
type bank struct {
	b     testing.TB
	plan  bankPlan
	slack *sandbox.Workspace
	url   string
	path  string
	key   store.MasterKey
	rules *workflow.Rules
	db    *bolt.Store
	build *store.Desk // writes what the bot has done before: nothing of it is left to be told
	clock atomic.Int64
	stop  func()
	bot   *bot.Bot
	ended sync.Once

	subs     []org.Unit
	people   []*sandbox.Actor // of subs
	numbers  []workflow.ID    // open
	archive  []workflow.ID
	perOld   float64 // bytes on disk per archived complaint
	webCalls *slack.Client
}

// told is a store in which nothing waits to be told.
type told struct{ store.Store }

func (s told) Append(ctx context.Context, c store.Commit) (store.Committed, error) {
	c.Intents = nil
	return s.Store.Append(ctx, c)
}

const (
	headPerson = "U0HEAD"
	headRoom   = "C0HEADROOM"
)

func newBank(b *testing.B, plan bankPlan) *bank {
	b.Helper()
	k := &bank{b: b, plan: plan, path: filepath.Join(b.TempDir(), "sameday.db")}
	if !plan.real {
		k.clock.Store(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC).UnixNano()) // 09:00 in Shanghai
	}
	var err error
	k.slack, err = sandbox.New(sandbox.Options{Manifest: bot.Manifest(), Now: k.now, Limits: sandbox.Limits{NoRateLimits: true}})
	if err != nil {
		b.Fatal(err)
	}
	if k.url, err = k.slack.Listen("127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	k.webCalls = slack.New(k.slack.BotToken(), slack.OptionAPIURL(k.slack.MemoryURL()), slack.OptionHTTPClient(k.slack.HTTPClient()))
	k.rules = &workflow.Rules{Tree: k.tree(), Policy: workflow.DefaultPolicy()}
	k.key, _ = store.NewKey()
	k.openFile()
	b.Cleanup(k.close)
	k.fill()
	return k
}

func (k *bank) now() time.Time {
	if n := k.clock.Load(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Now()
}

func (k *bank) openFile() {
	k.b.Helper()
	var err error
	if k.db, err = bolt.Open(context.Background(), k.path, bolt.Options{}); err != nil {
		k.b.Fatal(err)
	}
	k.build = store.NewDesk(told{k.db}, func() *workflow.Rules { return k.rules }, k.key)
}

func (k *bank) tree() *org.Tree {
	k.b.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		k.b.Fatal(err)
	}
	unit := func(id string, tier org.Tier, parent, room, person string, position org.Position) org.Unit {
		k.slack.AddPerson(sandbox.Person{ID: person, Name: strings.ToLower(person), RealName: "员工" + person[2:]})
		k.slack.AddChannel(sandbox.Channel{ID: room, Name: id, Members: []string{person, k.slack.BotUserID()}})
		return org.Unit{
			ID: org.UnitID(id), Tier: tier, Parent: org.UnitID(parent), Name: id + "行", Channel: room, Zone: zone, Language: "zh-CN",
			Positions: map[org.Position][]org.PersonID{position: {org.PersonID(person)}},
		}
	}
	units := []org.Unit{unit("head", org.HeadOffice, "", headRoom, headPerson, org.ConsumerProtection)}
	for i := range k.plan.subs {
		branch := fmt.Sprintf("b%03d", i/10)
		if i%10 == 0 {
			units = append(units, unit(branch, org.Branch, "head", "C1"+branch, "U1"+branch, org.President))
		}
		id := fmt.Sprintf("s%04d", i)
		u := unit(id, org.SubBranch, branch, "C2"+id, "U2"+id, org.ComplaintManager)
		units, k.subs = append(units, u), append(k.subs, u)
		k.people = append(k.people, k.slack.As("U2"+id))
	}
	t, err := org.New(units)
	if err != nil {
		k.b.Fatal(err)
	}
	return t
}

// fill writes what happened before, as the desk would have.
func (k *bank) fill() {
	k.b.Helper()
	now := k.now()
	units := k.rules.Tree.Units()
	k.each(len(units), func(i int) error {
		_, err := k.build.Join(context.Background(), now.Add(-time.Second), units[i].ID)
		return err
	})
	empty := k.bytes()
	k.archive = make([]workflow.ID, k.plan.archived)
	k.each(k.plan.archived, func(i int) (err error) {
		k.archive[i], err = k.settled(i, now.AddDate(0, 0, -1-i/perDay))
		return err
	})
	if n := k.plan.archived; n > 0 {
		k.perOld = float64(k.bytes()-empty) / float64(n)
	}
	k.numbers = make([]workflow.ID, k.plan.open)
	k.each(k.plan.open, func(i int) (err error) {
		at := now
		left := !k.plan.real && i < overnight
		if left {
			at = now.Add(-12 * time.Hour)
		}
		if k.numbers[i], err = k.waiting(i, at); err != nil || !left {
			return err
		}
		day := now.AddDate(0, 0, -1)
		return k.do(k.numbers[i], workflow.FlagOvernight{Day: calendar.DayOf(day, k.rules.Tree.Root().Zone)}, workflow.System(), now)
	})
}

// each does n things, many at a time.
func (k *bank) each(n int, do func(i int) error) {
	k.b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, builders)
	for w := range builders {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					errs[w] = err
					return
				}
			}
		})
	}
	wg.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		k.b.Fatal(errs[i])
	}
}

func (k *bank) do(id workflow.ID, c workflow.Command, by workflow.Actor, at time.Time) error {
	_, err := k.build.Do(context.Background(), store.Request{Complaint: id, Command: c, By: by, At: at})
	return err
}

// opened opens a complaint at the i-th sub-branch whose card stands in its channel.
func (k *bank) opened(i int, at, received time.Time, ts string) (workflow.ID, error) {
	u := k.subs[i%len(k.subs)]
	out, err := k.build.Do(context.Background(), store.Request{
		At: at, By: k.manager(i), Customer: store.Customer{Name: "张三", Phone: fmt.Sprintf("1380013%04d", i%10_000)},
		Command: workflow.Open{
			Unit: u.ID, ReceivedAt: received, AmountFen: 128_000, Summary: "客户反映信用卡年费未按约定减免，要求退还并更正账单。", Remedy: "退还年费",
		},
	})
	if err != nil {
		return "", err
	}
	if ts == "" {
		_, ts, err = k.webCalls.PostMessageContext(context.Background(), u.Channel, slack.MsgOptionText(string(out.Complaint.ID), false))
		if err != nil {
			return "", err
		}
	}
	p := workflow.Posted{What: workflow.PostedRoot, Channel: u.Channel, TS: ts, Link: "https://bank.slack.com/archives/" + u.Channel + "/p" + ts}
	return out.Complaint.ID, k.do(out.Complaint.ID, workflow.RecordPost{Posted: p}, workflow.System(), at)
}

func (k *bank) manager(i int) workflow.Actor {
	return workflow.Person(org.PersonID(k.people[i%len(k.people)].ID()))
}

// waiting is a complaint that waits for its solution.
func (k *bank) waiting(i int, at time.Time) (workflow.ID, error) {
	id, err := k.opened(i, at, at, "")
	if err != nil {
		return "", err
	}
	return id, errors.Join(
		k.do(id, workflow.Assign{Handler: k.manager(i).Person}, k.manager(i), at),
		k.do(id, workflow.Contact{Reached: true, Wants: "退还年费"}, k.manager(i), at),
	)
}

// settled is a closed complaint of 8 events.
func (k *bank) settled(i int, at time.Time) (workflow.ID, error) {
	id, err := k.opened(i, at, at, fmt.Sprintf("%d.%06d", at.Unix(), i))
	if err != nil {
		return "", err
	}
	who := k.manager(i)
	return id, errors.Join(
		k.do(id, workflow.Assign{Handler: who.Person}, who, at),
		k.do(id, workflow.Contact{Reached: true, Wants: "退还年费"}, who, at),
		k.do(id, workflow.Handle{Solution: workflow.Solutions()[0], Text: "已退还年费 1,280 元，当日到账，并提交更正，已向客户说明。"}, who, at),
		k.do(id, workflow.Feedback{Answer: workflow.Satisfied}, who, at),
	)
}

// start runs the bot until it takes commands.
func (k *bank) start() {
	k.b.Helper()
	desk := store.NewDesk(k.db, func() *workflow.Rules { return k.rules }, k.key)
	var err error
	k.bot, err = bot.New(bot.Options{
		Desk: desk, BotToken: k.slack.BotToken(), AppToken: k.slack.AppToken(), APIURL: k.url, Jobs: jobs(), Now: k.now,
		HTTP: &http.Client{Timeout: 20 * time.Second}, Log: zerolog.Nop(),
	})
	if err != nil {
		k.b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- k.bot.Run(ctx) }()
	k.stop = func() {
		cancel()
		if err := <-done; err != nil {
			k.b.Errorf("the bot stopped with %v", err)
		}
	}
	select {
	case <-k.bot.Ready():
	case err := <-done:
		k.b.Fatalf("the bot ended before it was ready: %v", err)
	}
}

// bothSockets waits until the second socket is open too.
func (k *bank) bothSockets() {
	for k.slack.Sockets() < 2 {
		<-time.After(time.Millisecond)
	}
}

// close ends everything; a benchmark with several banks has one at a time.
func (k *bank) close() {
	k.ended.Do(func() {
		k.halt()
		k.slack.Close()
	})
}

// halt stops the bot and closes the file.
func (k *bank) halt() {
	if k.stop != nil {
		k.stop()
		k.stop = nil
	}
	if err := k.db.Close(); err != nil {
		k.b.Errorf("close the database: %v", err)
	}
}

// types types a command as the person and fails when the client would show a failure.
func (k *bank) types(who *sandbox.Actor, room, text string) (sandbox.Reply, error) {
	r, err := who.Type(room, text)
	if err == nil && r.Failure != "" {
		err = fmt.Errorf("%.40s: %s", text, r.Failure)
	}
	return r, err
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// bytes is the size of a copy of the database: the file itself grows in steps of 16 MiB.
func (k *bank) bytes() int64 {
	k.b.Helper()
	var n counter
	if err := k.db.Backup(context.Background(), &n); err != nil {
		k.b.Fatal(err)
	}
	return int64(n)
}

// inFlight does b.N things, some at a time, and reports the rate and the latencies.
func inFlight(b *testing.B, at int, do func(seq int) error) {
	b.Helper()
	took := make([]time.Duration, b.N)
	errs := make([]error, at)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for w := range at {
		wg.Go(func() {
			for errs[w] == nil {
				i := int(next.Add(1)) - 1
				if i >= b.N {
					return
				}
				began := time.Now()
				errs[w] = do(i)
				took[i] = time.Since(began)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	slices.Sort(took)
	ms := func(part float64) float64 { return float64(took[int(part*float64(b.N-1))].Microseconds()) / 1000 }
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
	b.ReportMetric(ms(0.50), "p50-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
}

// BenchmarkAcknowledge measures from a slash command's envelope to its acknowledgement over real loopback sockets, typed by 256 people
// on 4,096 complaints. The first program only acknowledges; the second also answers with a private line, as Sameday does, so that it
// shows what the local Slack itself costs; Sameday has the note on disk before it acknowledges.
func BenchmarkAcknowledge(b *testing.B) {
	for _, n := range []int{1, 16, 256} {
		for _, app := range []string{"acks", "answers", "sameday"} {
			k := newBank(b, bankPlan{subs: 256, open: 4_096, real: true})
			switch app {
			case "acks":
				k.acknowledge(nil)
			case "answers":
				k.acknowledge(map[string]any{"response_type": "ephemeral", "text": "已记录：20261123-1000 添加备注。"})
			case "sameday":
				k.start()
			}
			k.bothSockets()
			typed := 0
			b.Run(fmt.Sprintf("app=%s/inflight=%d", app, n), func(b *testing.B) {
				before, err := k.db.Head(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				inFlight(b, n, func(i int) error {
					i += typed
					text := fmt.Sprintf("/complaint note %s %s %d", k.numbers[i%len(k.numbers)], stillText, i)
					_, err := k.types(k.people[i%len(k.people)], k.subs[i%len(k.subs)].Channel, text)
					return err
				})
				typed += b.N
				after, err := k.db.Head(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				if got := after.Seq - before.Seq; app == "sameday" && got < uint64(b.N) {
					b.Errorf("events on disk: got %d, want at least %d", got, b.N)
				}
			})
			k.close()
		}
	}
}

// acknowledge runs a program on two sockets that acknowledges everything with the same payload.
func (k *bank) acknowledge(payload any) {
	k.b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	k.stop = func() { cancel(); wg.Wait() }
	c := slack.New(k.slack.BotToken(), slack.OptionAppLevelToken(k.slack.AppToken()), slack.OptionAPIURL(k.url))
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
}

// BenchmarkBank measures a bank at work by the size of its archive: 10,000 open complaints, 300 of which were left overnight.
func BenchmarkBank(b *testing.B) {
	plans := []bankPlan{{subs: 400, archived: 1_000}, {subs: 400, archived: 10_000}, {subs: 4_544, archived: 10_000}}
	if os.Getenv(big) != "" {
		plans = append(plans, bankPlan{subs: 400, archived: 100_000})
	}
	for _, plan := range plans {
		plan.open = 10_000
		b.Run(fmt.Sprintf("units=%d/archived=%d", 1+plan.subs+(plan.subs+9)/10, plan.archived), func(b *testing.B) {
			k := newBank(b, plan)
			k.start()
			k.bothSockets()
			b.Run("sweep/due=0", k.sweepNothing)
			head := k.slack.As(headPerson)
			b.Run("list/head-office", k.asks(head, headRoom, func(int) string { return "/complaint list" }))
			b.Run("list/sub-branch", k.asks(k.people[7], k.subs[7].Channel, func(int) string { return "/complaint list" }))
			b.Run("show", k.asks(head, headRoom, func(i int) string { return "/complaint show " + string(k.archive[i*7919%len(k.archive)]) }))
			b.Run("notice", k.asks(head, headRoom, func(int) string { return "/notice yesterday" }))
			b.Run("sweep/due=300", k.sweepDue)
			b.Run("start", k.restarts)
		})
	}
}

// asks measures one person who types one thing after the other.
func (k *bank) asks(who *sandbox.Actor, room string, text func(i int) string) func(*testing.B) {
	return func(b *testing.B) {
		r, err := k.types(who, room, text(0))
		if err != nil {
			b.Fatal(err)
		}
		if got := plain(r.Ephemeral); len(r.Ephemeral) > 0 && !strings.Contains(got, "2026") && !strings.Contains(got, "11 月") {
			b.Fatalf("%s: got %.200s, want numbers or a day", text(0), got)
		}
		b.ReportAllocs()
		inFlight(b, 1, func(i int) error {
			_, err := k.types(who, room, text(i))
			return err
		})
	}
}

func (k *bank) sweepNothing(b *testing.B) {
	k.catchUp(b)
	b.ReportAllocs()
	for b.Loop() {
		k.catchUp(b)
	}
}

func (k *bank) catchUp(b *testing.B) {
	b.Helper()
	if err := k.bot.CatchUp(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// sweepDue measures a sweep that finds 300 acceptances overdue.
func (k *bank) sweepDue(b *testing.B) {
	const due = 300
	desk := store.NewDesk(k.db, func() *workflow.Rules { return k.rules }, k.key)
	for range b.N {
		b.StopTimer()
		numbers := make([]workflow.ID, due)
		k.each(due, func(i int) (err error) {
			numbers[i], err = k.opened(i, k.now(), k.now().Add(-29*time.Minute), "")
			return err
		})
		k.clock.Add(int64(61 * time.Second))
		list, err := desk.Due(b.Context(), k.now(), 1_000)
		if err != nil || len(list) != due {
			b.Fatalf("due before the sweep: got %d, %v, want %d", len(list), err, due)
		}
		b.StartTimer()
		k.catchUp(b)
		b.StopTimer()
		if list, err = desk.Due(b.Context(), k.now(), 1_000); err != nil || len(list) != 0 {
			b.Fatalf("due after the sweep: got %d, %v, want none", len(list), err)
		}
		k.each(due, func(i int) error {
			branch := fmt.Sprintf("U1b%03d", i%len(k.subs)/10)
			return k.do(numbers[i], workflow.Close{Reason: "测试结束，由行长结案。"}, workflow.Person(org.PersonID(branch)), k.now())
		})
		b.StartTimer()
	}
}

// restarts measures from opening the file to the first acknowledgement, and then what the process holds: the bot and the local Slack.
func (k *bank) restarts(b *testing.B) {
	head := k.slack.As(headPerson)
	for range b.N {
		b.StopTimer()
		k.halt()
		runtime.GC()
		b.StartTimer()
		k.openFile()
		k.start()
		if _, err := k.types(head, headRoom, "/complaint show "+string(k.archive[0])); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	k.bothSockets()
	for i := range 1_000 {
		if _, err := k.types(head, headRoom, "/complaint show "+string(k.archive[i*7919%len(k.archive)])); err != nil {
			b.Fatal(err)
		}
	}
	debug.FreeOSMemory()
	b.ReportMetric(status(b, "RssAnon")/1024, "anon-MB")
	b.ReportMetric(status(b, "RssFile")/1024, "mapped-MB")
	b.ReportMetric(k.perOld, "disk-B/archived")
}

// status reads one line of what Linux says of this process, in KiB; 0 where it says nothing.
func status(b *testing.B, name string) float64 {
	b.Helper()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name+":" {
			n, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	return 0
}
