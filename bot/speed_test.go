package bot_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

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
	b       testing.TB
	plan    bankPlan
	slack   *sandbox.Workspace
	url     string
	path    string
	key     store.MasterKey
	keyText string
	rules   *workflow.Rules
	db      *bolt.Store
	build   *store.Desk // writes what the bot has done before: nothing of it is left to be told
	clock   atomic.Int64
	stop    func()
	bot     *bot.Bot
	ended   sync.Once

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
	if k.rules, err = plannedRules(plan.subs); err != nil {
		b.Fatal(err)
	}
	k.populate()
	k.key, k.keyText = store.NewKey()
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

// plannedUnits are the bank's units; each has one person, with the unit's id behind "U", and one channel.
func plannedUnits(subs int) ([]org.Unit, error) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, err
	}
	unit := func(id string, tier org.Tier, parent, room, person string, position org.Position) org.Unit {
		return org.Unit{
			ID: org.UnitID(id), Tier: tier, Parent: org.UnitID(parent), Name: id + "行", Channel: room, Zone: zone, Language: "zh-CN",
			Positions: map[org.Position][]org.PersonID{position: {org.PersonID(person)}},
		}
	}
	units := []org.Unit{unit("head", org.HeadOffice, "", headRoom, headPerson, org.ConsumerProtection)}
	for i := range subs {
		branch := fmt.Sprintf("b%03d", i/10)
		if i%10 == 0 {
			units = append(units, unit(branch, org.Branch, "head", "C1"+branch, "U1"+branch, org.President))
		}
		id := fmt.Sprintf("s%04d", i)
		units = append(units, unit(id, org.SubBranch, branch, "C2"+id, "U2"+id, org.ComplaintManager))
	}
	return units, nil
}

func plannedRules(subs int) (*workflow.Rules, error) {
	units, err := plannedUnits(subs)
	if err != nil {
		return nil, err
	}
	t, err := org.New(units)
	if err != nil {
		return nil, err
	}
	return &workflow.Rules{Tree: t, Policy: workflow.DefaultPolicy()}, nil
}

// populate puts everybody and every channel into the workspace.
func (k *bank) populate() {
	k.b.Helper()
	for _, u := range k.rules.Tree.Units() {
		members := []string{k.slack.BotUserID()}
		for _, holders := range u.Positions {
			for _, p := range holders {
				k.slack.AddPerson(sandbox.Person{ID: string(p), Name: strings.ToLower(string(p)), RealName: "员工" + string(p)[2:]})
				members = append(members, string(p))
			}
		}
		k.slack.AddChannel(sandbox.Channel{ID: u.Channel, Name: string(u.ID), Members: members})
	}
	for i := range k.plan.subs {
		u, _ := k.rules.Tree.Unit(org.UnitID(fmt.Sprintf("s%04d", i)))
		k.subs = append(k.subs, u)
		k.people = append(k.people, k.slack.As("U2"+string(u.ID)))
	}
}

// fill writes what happened before, as the desk would have.
func (k *bank) fill() {
	k.b.Helper()
	now := k.now()
	var all []org.UnitID
	for _, u := range k.rules.Tree.Units() {
		all = append(all, u.ID)
	}
	if _, err := k.build.Join(context.Background(), now.Add(-time.Second), all...); err != nil {
		k.b.Fatal(err)
	}
	k.fillArchive(now)
	k.numbers = make([]workflow.ID, k.plan.open)
	flagged := min(overnight, k.plan.open)
	if k.plan.real {
		flagged = 0
	}
	k.each(flagged, func(i int) (err error) {
		if k.numbers[i], err = k.waiting(i, now.Add(-12*time.Hour), ""); err != nil {
			return err
		}
		day := now.AddDate(0, 0, -1)
		return k.do(k.numbers[i], workflow.FlagOvernight{Day: calendar.DayOf(day, k.rules.Tree.Root().Zone)}, workflow.System(), now)
	})
	if k.plan.real { // people will work on them: their cards stand in Slack
		k.each(k.plan.open, func(i int) (err error) {
			k.numbers[i], err = k.waiting(i, now, "")
			return err
		})
		return
	}
	k.fillOpen(flagged, now)
}

// each does n things, many at a time.
func (k *bank) each(n int, do func(i int) error) {
	k.b.Helper()
	k.some(builders, n, do)
}

// some does n things, so many at a time.
func (k *bank) some(workers, n int, do func(i int) error) {
	k.b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
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
		if ts, err = k.posts(u.Channel, string(out.Complaint.ID)); err != nil {
			return "", err
		}
	}
	p := workflow.Posted{What: workflow.PostedRoot, Channel: u.Channel, TS: ts, Link: "https://bank.slack.com/archives/" + u.Channel + "/p" + ts}
	return out.Complaint.ID, k.do(out.Complaint.ID, workflow.RecordPost{Posted: p}, workflow.System(), at)
}

// posts puts a message into a channel, as fast as the workspace lets it.
func (k *bank) posts(channel, text string) (string, error) {
	for {
		_, ts, err := k.webCalls.PostMessageContext(context.Background(), channel, slack.MsgOptionText(text, false))
		var limited *slack.RateLimitedError
		if !errors.As(err, &limited) {
			return ts, err
		}
		<-time.After(limited.RetryAfter)
	}
}

func (k *bank) manager(i int) workflow.Actor {
	return workflow.Person(org.PersonID(k.people[i%len(k.people)].ID()))
}

// waiting is a complaint that waits for its solution.
func (k *bank) waiting(i int, at time.Time, ts string) (workflow.ID, error) {
	id, err := k.opened(i, at, at, ts)
	if err != nil {
		return "", err
	}
	return id, errors.Join(
		k.do(id, workflow.Assign{Handler: k.manager(i).Person}, k.manager(i), at),
		k.do(id, workflow.Contact{Reached: true, Wants: "退还年费"}, k.manager(i), at),
	)
}

// settled is a closed complaint of 8 events.
func (k *bank) settled(i int, at time.Time, ts string) (workflow.ID, error) {
	id, err := k.opened(i, at, at, ts)
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

// halt stops the bot that runs in this process, and closes the file.
func (k *bank) halt() {
	if k.stop != nil {
		k.stop()
		k.stop = nil
	}
	if k.db != nil {
		if err := k.db.Close(); err != nil {
			k.b.Errorf("close the database: %v", err)
		}
		k.db = nil
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

// inFlight does b.N things, some at a time, and reports the rate and the latencies.
func inFlight(b *testing.B, at int, do func(seq int) error) {
	b.Helper()
	took := make([]time.Duration, b.N)
	errs := make([]error, at)
	var next atomic.Int64
	var wg sync.WaitGroup
	worked := processorTime()
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
	b.ReportMetric(float64((processorTime()-worked).Microseconds())/float64(b.N), "all-cpu-µs/op") // with the local Slack and the people
	b.ReportMetric(ms(0.50), "p50-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
}

// processorTime is how long this process has had a processor: on a machine that others use too, it says more than the clock.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkBank measures a bank at work by the size of its archive: 10,000 open complaints, 300 of which were left overnight.
func BenchmarkBank(b *testing.B) {
	plans := []bankPlan{{subs: 400, archived: 10_000}, {subs: 4_544, archived: 10_000}}
	if os.Getenv(big) != "" {
		plans = append(plans, bankPlan{subs: 400, archived: 100_000}, bankPlan{subs: 400, archived: 1_000_000})
	}
	for _, plan := range plans {
		plan.open = 10_000
		b.Run(fmt.Sprintf("units=%d/archived=%d", 1+plan.subs+(plan.subs+9)/10, plan.archived), func(b *testing.B) {
			k := newBank(b, plan)
			if len(k.archive) > 0 {
				b.Logf("filled in %s: %d MB", b.Elapsed().Round(time.Second), k.size()>>20)
			}
			k.start()
			k.bothSockets()
			head := k.slack.As(headPerson)
			b.Run("sweep/due=0", k.sweepNothing)
			b.Run("list/head-office", k.asks(head, headRoom, func(int) string { return "/complaint list" }))
			b.Run("list/sub-branch", k.asks(k.people[7], k.subs[7].Channel, func(int) string { return "/complaint list" }))
			b.Run("show", k.asks(head, headRoom, k.showOld))
			b.Run("notice", k.asks(head, headRoom, func(int) string { return "/notice yesterday" }))
			b.Run("sweep/due=300", k.sweepDue)
			k.halt()
			b.Run("start", k.restarts)
		})
	}
}

// showOld asks for complaints all over the archive.
func (k *bank) showOld(i int) string {
	return "/complaint show " + string(k.archive[i*7919%len(k.archive)])
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
