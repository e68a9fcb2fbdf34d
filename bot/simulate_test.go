package bot_test

import (
	"container/heap"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"sameday/bot"
	"sameday/store"
	"sameday/store/bolt"
	"sameday/workflow"
	"sameday/workflow/calendar"
)

// simulation is how large a simulation is. SAMEDAY_SIMULATE asks for so many days of the whole bank, SAMEDAY_SEED for another run than
// the usual one, SAMEDAY_SOAK for many times the trouble.
type simulation struct {
	days, branches, subs, perDay int
	seed                         uint64
	trouble                      float64 // how much of it
	habits                       habitsOf
}

func simulated() simulation {
	s := simulation{days: 2, branches: 2, subs: 12, perDay: 45, seed: 1, trouble: 8, habits: habitsOf{slow: 7, never: 4}}
	if n, err := strconv.Atoi(os.Getenv("SAMEDAY_SIMULATE")); err == nil && n > 0 {
		s = simulation{days: n, branches: 40, subs: 400, perDay: 750, seed: 1, trouble: 1, habits: habitsOf{slow: 3, never: 1.5}}
		if os.Getenv("SAMEDAY_SOAK") != "" {
			s.trouble = 4
		}
	}
	if n, err := strconv.ParseUint(os.Getenv("SAMEDAY_SEED"), 10, 64); err == nil {
		s.seed = n
	}
	return s
}

// simWorld is a bank, its people, a Slack, a gateway, and the bot's lives one after the other. What people do is decided here, what the bot
// owes them is worked out by the judge, and only what Slack and the gateway took counts.
type simWorld struct {
	t      *testing.T
	size   simulation
	bank   *simBank
	hab    habitsOf
	slack  *leanSlack
	file   string
	rules  *workflow.Rules
	key    store.MasterKey
	random *rand.Rand
	comes  *arrivalTimes
	poke   chan struct{}
	now    life
	end    time.Time
	stop   bool // no more trouble

	mu         sync.Mutex
	agenda     agenda
	cases      map[workflow.ID]*refCase
	closed     []*refCase
	keys       map[string]time.Time
	digests    map[string]int
	wantDigest map[string]bool
	unsettled  []calendar.Day
	handed     map[handing]time.Time
	ill, down  []outage
	up         bool
	found      verdicts
	said       int // of found.why

	opened, acts, takenOver, swaps, absences, overrides int
	restarts, kills, outages, storms                    int
	wrongFlags, wrongJobs, jobsRun                      int
	downtime                                            time.Duration
	refused                                             map[string]int
	handLags                                            []time.Duration
}

// life is one life of the bot.
type life struct {
	of     *process
	db     *bolt.Store
	desk   *store.Desk
	bot    *bot.Bot
	cancel context.CancelFunc
	done   chan error
}

// A whole bank lives for days, or a year: everybody who must be rung is rung, once, in time, and nobody for nothing.
func TestSimulatedBank(t *testing.T) {
	t.Parallel()
	s := simulated()
	dir := memoryDir(t)
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		start := time.Date(2026, time.March, 2, 12, 0, 0, 0, shanghaiZone(t))
		<-time.After(time.Until(start))
		idle := runtime.NumGoroutine()
		w := newSimWorld(t, s, filepath.Join(dir, "year.db"), start)
		w.start()
		w.lives(start)
		w.report(idle)
	})
	t.Logf("%d days took %s", s.days, time.Since(began).Round(time.Second))
}

func newSimWorld(t *testing.T, s simulation, file string, start time.Time) *simWorld {
	t.Helper()
	w := &simWorld{
		t: t, size: s, file: file, bank: newSimBank(t, s.branches, s.subs, start), hab: s.habits, random: rand.New(rand.NewPCG(s.seed, 1)),
		comes: newArrivals(t), poke: make(chan struct{}, 1), cases: map[workflow.ID]*refCase{}, keys: map[string]time.Time{}, digests: map[string]int{},
		wantDigest: map[string]bool{}, handed: map[handing]time.Time{}, refused: map[string]int{},
	}
	w.found.kinds = map[string]int{}
	w.slack = newLeanSlack(s.seed, w.heard, w.sick)
	w.slack.lose, w.slack.too = 0.0005*s.trouble, 0.0001*s.trouble
	for _, u := range w.bank.order {
		w.slack.channels = append(w.slack.channels, "C0"+string(u.id))
		for _, p := range u.all {
			w.slack.people = append(w.slack.people, simPerson{string(p), "员工" + string(p)[2:]})
		}
	}
	w.rules = &workflow.Rules{Tree: w.bank.tree, Policy: workflow.DefaultPolicy(), Gateway: true}
	w.key, _ = store.NewKey()
	w.open()
	desk := store.NewDesk(w.now.db, func() *workflow.Rules { return w.rules }, w.key)
	if err := desk.LoadBook(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.bank.publish(t, desk, start)
	w.down = []outage{{from: start.Add(-time.Second)}}
	return w
}

func (w *simWorld) open() {
	w.t.Helper()
	var err error
	if w.now.db, err = bolt.Open(w.t.Context(), w.file, bolt.Options{}); err != nil {
		w.t.Fatalf("open the database: %v", err)
	}
}

// start begins a life of the bot.
func (w *simWorld) start() {
	w.t.Helper()
	if w.now.db == nil {
		w.open()
	}
	p := &process{slack: w.slack, died: make(chan struct{}, 1)}
	w.mu.Lock()
	w.now.of = p
	w.now.desk = store.NewDesk(&mortal{Store: w.now.db, of: p, swept: w.swept}, func() *workflow.Rules { return w.rules }, w.key)
	w.mu.Unlock()
	luck := rand.New(rand.NewPCG(w.size.seed, uint64(w.restarts+w.kills)))
	var mu sync.Mutex
	o := bot.Options{
		Desk: w.now.desk, BotToken: "xoxb-1", AppToken: "xapp-1", APIURL: "https://slack.invalid/api/", HTTP: &http.Client{Transport: p}, Jobs: jobs(),
		Log: zerolog.Nop(), Gateway: &leanGateway{of: p, heard: w.heardAside, random: func() float64 {
			mu.Lock()
			defer mu.Unlock()
			return luck.Float64()
		}},
	}
	var err error
	if w.now.bot, err = bot.New(o); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	w.now.cancel, w.now.done = cancel, make(chan error, 1)
	b, done := w.now.bot, w.now.done
	go func() { done <- b.Run(ctx) }()
}

// swept is told of the first sweep of a life: from then on the bot is there.
func (w *simWorld) swept(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := &w.down[len(w.down)-1]
	d.to = at.UTC().Truncate(time.Microsecond)
	w.downtime += d.to.Sub(d.from)
	w.up = true
}

// halt ends a life of the bot; a killed one has ended already.
func (w *simWorld) halt() {
	w.t.Helper()
	w.mu.Lock()
	w.up = false
	if last := w.down[len(w.down)-1]; !last.to.IsZero() {
		w.down = append(w.down, outage{from: time.Now()})
	}
	w.mu.Unlock()
	w.now.cancel()
	if err := <-w.now.done; err != nil {
		w.t.Errorf("the bot stopped with %v", err)
	}
	if err := w.now.db.Close(); err != nil {
		w.t.Errorf("close the database: %v", err)
	}
	w.now.db = nil
}

// sick is told of a time in which Slack was not well.
func (w *simWorld) sick(from, to time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.ill); n > 0 && !w.ill[n-1].to.Before(from) && !w.ill[n-1].from.After(from) {
		if to.After(w.ill[n-1].to) {
			w.ill[n-1].to = to
		}
		return
	}
	w.ill = append(w.ill, outage{from, to})
}

// lives lets the days pass.
func (w *simWorld) lives(start time.Time) {
	for d := range w.size.days + 1 {
		day := midnightAfter(civil(start, w.bank.zone), w.bank.zone, d)
		w.freely(day.Add(-10*time.Minute), func() { w.newDay(day, start) })
	}
	w.end = start.AddDate(0, 0, w.size.days)
	w.runTo(w.end)
	w.stop = true
	w.slack.mu.Lock()
	w.slack.lose, w.slack.too = 0, 0
	w.slack.mu.Unlock()
	w.runTo(w.end.Add(3 * time.Hour))
}

// freely plans something that takes time.
func (w *simWorld) freely(at time.Time, do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.put(intention{at: at, do: do, free: true})
}

// runTo does what is on the agenda up to an instant.
func (w *simWorld) runTo(end time.Time) {
	for {
		w.mu.Lock()
		next := intention{at: end}
		if len(w.agenda) > 0 && w.agenda[0].at.Before(end) {
			next = w.agenda[0]
		}
		wait := time.Until(next.at)
		if wait <= 0 {
			if next.do == nil {
				w.mu.Unlock()
				return
			}
			heap.Pop(&w.agenda)
			if !next.free {
				next.do()
			}
			w.mu.Unlock()
			if next.free {
				next.do()
			}
			continue
		}
		w.mu.Unlock()
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-w.poke:
		case <-w.now.of.died:
			w.kills++
			w.away()
		}
		t.Stop()
	}
}

// away ends a life and plans the next one.
func (w *simWorld) away() {
	w.mu.Lock()
	var d time.Duration
	switch n := w.random.IntN(100); {
	case n < 50:
		d = w.between(5*time.Second, time.Minute)
	case n < 85:
		d = w.between(time.Minute, 15*time.Minute)
	default:
		d = w.between(15*time.Minute, 4*time.Hour)
	}
	w.mu.Unlock()
	w.awayFor(d)
}

func (w *simWorld) awayFor(d time.Duration) {
	w.halt()
	back := time.Now().Add(d)
	if back.After(w.end) { // what is left is told before all is judged
		back = w.end
	}
	w.freely(back, w.start)
}

// newDay draws the day's complaints and its trouble, and settles what is over.
func (w *simWorld) newDay(day, start time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for _, at := range w.comes.of(day, w.size.perDay, w.random) {
		u := w.bank.subs[w.random.IntN(len(w.bank.subs))]
		if w.chance(5) {
			u = u.branch()
		}
		if at.After(now) && at.Before(start.AddDate(0, 0, w.size.days)) {
			w.plan(at, func() { w.arrive(u) })
		}
	}
	w.plan(day.Add(9*time.Hour), w.morning)
	for range 1 + len(w.bank.subs)/15 {
		u := w.bank.subs[w.random.IntN(len(w.bank.subs))]
		w.plan(now.Add(w.between(0, 23*time.Hour)), func() { w.rearrange(u) })
	}
	if day.After(start) && day.Before(start.AddDate(0, 0, 1)) { // trouble that every simulation has
		w.put(intention{at: day.Add(11 * time.Hour), free: true, do: func() { w.upset(unreachable, 40*time.Minute, &w.outages) }})
		w.put(intention{at: day.Add(15 * time.Hour), free: true, do: func() {
			if w.fine() {
				w.restarts++
				w.awayFor(75 * time.Minute)
			}
		}})
	}
	w.drawTrouble(now)
	w.settleOld(now)
	n := int(civil(day, w.bank.zone).Sub(civil(start, w.bank.zone)) / (24 * time.Hour))
	if n >= 3 { // the first day had no morning
		w.unsettled = append(w.unsettled, calendar.DayOf(day, w.bank.zone).Add(-2))
	}
	if w.up {
		for _, old := range w.unsettled {
			w.settleDay(old)
		}
		w.unsettled = nil
	}
	if n > 0 && n%10 == 0 {
		w.t.Logf("day %d: complaints %d, rings %d, false %d, twice %d, lost %d", n, w.opened, w.found.rings, w.found.nothing, w.found.twice, w.found.lost)
		for ; w.said < len(w.found.why); w.said++ { // a long run says at once what is wrong
			w.t.Log(w.found.why[w.said])
		}
	}
}

// settleOld judges the complaints that were closed more than a day ago, and forgets what nothing asks for any more.
func (w *simWorld) settleOld(now time.Time) {
	keep := w.closed[:0]
	for _, c := range w.closed {
		if now.Sub(c.closed) < 26*time.Hour || !w.up {
			keep = append(keep, c)
			continue
		}
		w.pass(c, now)
		w.settle(c)
		delete(w.cases, c.id)
	}
	w.closed = keep
	for k, at := range w.keys {
		if now.Sub(at) > 72*time.Hour {
			delete(w.keys, k)
		}
	}
	old := func(o outage) bool { return !o.to.IsZero() && now.Sub(o.to) > 10*24*time.Hour }
	w.ill, w.down = slices.DeleteFunc(w.ill, old), slices.DeleteFunc(w.down, old)
}

// drawTrouble plans what will go wrong in a day.
func (w *simWorld) drawTrouble(now time.Time) {
	often := func(perDay float64, do func()) {
		for perDay *= w.size.trouble; w.chance(100 * min(perDay, 1)); perDay-- {
			at := now.Add(w.between(0, 23*time.Hour))
			w.put(intention{at: at, do: do, free: true})
			if perDay <= 1 {
				return
			}
		}
	}
	often(0.4, func() {
		if w.fine() {
			w.restarts++
			w.away()
		}
	})
	often(0.3, func() {
		if w.fine() {
			w.slack.deadly.Store(w.now.of)
		}
	})
	often(0.2, w.outage)
	often(0.4, w.storm)
}

// fine reports whether the bot is there and there is still to be trouble.
func (w *simWorld) fine() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.up && !w.stop
}

// outage takes Slack away for minutes up to an hour.
func (w *simWorld) outage() {
	w.mu.Lock()
	what := []trouble{unreachable, unavailable, hangs}[w.random.IntN(3)]
	lasts := w.between(2*time.Minute, time.Hour)
	w.mu.Unlock()
	w.upset(what, lasts, &w.outages)
}

// storm makes Slack turn every call away for minutes.
func (w *simWorld) storm() {
	w.mu.Lock()
	lasts := w.between(20*time.Second, 4*time.Minute)
	w.mu.Unlock()
	w.upset(ratelimited, lasts, &w.storms)
}

func (w *simWorld) upset(what trouble, lasts time.Duration, n *int) {
	w.slack.mu.Lock()
	quiet := w.slack.trouble == noTrouble && !w.stop
	if quiet {
		w.slack.trouble = what
	}
	w.slack.mu.Unlock()
	if !quiet {
		return
	}
	*n++
	now := time.Now()
	w.sick(now, now.Add(lasts+2*time.Minute)) // it takes a moment to see that Slack is back, and to say what has waited
	w.freely(now.Add(lasts), func() {
		w.slack.mu.Lock()
		w.slack.trouble = noTrouble
		w.slack.mu.Unlock()
	})
}

// report settles what is left, and says what was found.
func (w *simWorld) report(idle int) {
	t := w.t
	w.mu.Lock()
	now := time.Now()
	for _, c := range w.cases {
		w.pass(c, now)
		w.settle(c)
	}
	if w.size.days > 1 {
		w.unsettled = append(w.unsettled, calendar.DayOf(now, w.bank.zone).Add(-1))
	}
	for _, day := range w.unsettled {
		w.settleDay(day)
	}
	w.mu.Unlock()
	backlog, err := w.now.db.Waiting(t.Context(), 5)
	if err != nil {
		t.Error(err)
	}
	w.halt()
	w.verify()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	info, err := os.Stat(w.file)
	if err != nil {
		t.Fatal(err)
	}
	v := &w.found
	t.Logf("seed %d, %d days, %d branches, %d sub-branches; arrivals from %s", w.size.seed, w.size.days, w.size.branches, w.size.subs, w.comes.source)
	t.Logf("complaints %d, acts %d, handovers taken over %d, swaps %d, absences %d, stand-ins %d", w.opened, w.acts, w.takenOver, w.swaps, w.absences, w.overrides)
	t.Logf("trouble: restarts %d, kills in mid-delivery %d, down %s, outages %d, storms of 429 %d, answers lost %d, calls turned away %d",
		w.restarts, w.kills, w.downtime.Round(time.Minute), w.outages, w.storms, w.slack.lost, w.slack.too429)
	t.Logf("rung      due     sent    climbed to    empty")
	for n := 1; n <= 5; n++ {
		t.Logf("%d %11d %8d %13d %8d", n, v.due[n], v.told[n], v.climbs[n], v.empty[n])
	}
	t.Logf("rings: sent %d in %d messages, beside Slack %d, acknowledged climbs %d, nights %d, gaps on duty %d, answered on the way %d, answered before they left %d, told in two messages at once %d",
		v.rings, v.ringMessages, v.aside, v.answered, v.nights, v.gaps, v.crossed, v.overtaken, v.echoes)
	all, rest, beyond := v.quantiles()
	t.Logf("due to accepted while all was well: %s", all)
	t.Logf("of these outside the minutes in which the whole bank rings or hands over: %s", rest)
	t.Logf("the slowest of those: %q", v.slowest(6))
	t.Logf("beyond what 240 messages a minute allow: %s", beyond)
	t.Logf("asked to take over: %s", shares(w.handLags))
	t.Logf("messages %d %v, updates %d", v.messages, v.kinds, w.slack.calls["chat.update"])
	t.Logf("jobs in the ledger %d, notices %d, digests %d; flags %d; refused acts %v", w.jobsRun, v.notices, v.digests, v.flags, w.refused)
	t.Logf("at the end: outbox %d waiting %d dead, goroutines %d, heap %d MB, file %d MB", backlog.Pending, backlog.Dead, runtime.NumGoroutine(), m.HeapAlloc>>20, info.Size()>>20)
	for _, why := range v.why {
		t.Errorf("%s", why)
	}
	if v.nothing+v.twice+v.lost+w.wrongFlags+w.wrongJobs > 0 || backlog.Pending+backlog.Dead > 0 {
		t.Errorf("%d false, %d twice, %d lost, %d flags wrong, %d jobs wrong, outbox %+v", v.nothing, v.twice, v.lost, w.wrongFlags, w.wrongJobs, backlog)
	}
	alone := os.Getenv("SAMEDAY_SIMULATE") != "" // else other tests have goroutines and a heap of their own
	if n := runtime.NumGoroutine(); alone && n > idle {
		t.Errorf("%d goroutines are left, %d before the bot began", n, idle)
	}
	if heap := m.HeapAlloc >> 20; alone && heap > 256 {
		t.Errorf("the heap holds %d MB at the end", heap)
	}
	if each := info.Size() / int64(max(1, w.opened)) >> 10; each > 32 && w.opened > 1000 {
		t.Errorf("a complaint takes %d kB of the file", each)
	}
	if v.rings == 0 || v.notices == 0 {
		t.Error("nothing was rung or told")
	}
	t.Logf("figures: days=%d complaints=%d rings=%d acknowledged=%d twice=%d lost=%d false=%d flags_wrong=%d jobs_wrong=%d %s beyond_limits: %s seed=%d", w.size.days, w.opened, v.rings,
		v.answered, v.twice, v.lost, v.nothing, w.wrongFlags, w.wrongJobs, all, beyond, w.size.seed)
}

// longestVerified is how many days a simulation may have for its whole ledger to be verified at the end.
const longestVerified = 60

func (w *simWorld) verify() {
	w.t.Helper()
	if w.size.days > longestVerified {
		return
	}
	w.open()
	if _, err := store.Verify(context.WithoutCancel(w.t.Context()), w.now.db); err != nil {
		w.t.Errorf("verify: %v", err)
	}
	if err := w.now.db.Close(); err != nil {
		w.t.Errorf("close the database: %v", err)
	}
}

// shares are the quantiles of durations.
func shares(list []time.Duration) string {
	if len(list) == 0 {
		return "none"
	}
	slices.Sort(list)
	at := func(p float64) time.Duration {
		return list[min(len(list)-1, int(p*float64(len(list))))].Round(10 * time.Millisecond)
	}
	return fmt.Sprintf("n=%d p50=%s p99=%s p99.9=%s max=%s", len(list), at(0.5), at(0.99), at(0.999), at(1))
}
