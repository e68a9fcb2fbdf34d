package bot_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sameday/bot/sandbox"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// long asks for the long forms of what is short in the suite.
func long() bool { return os.Getenv("SAMEDAY_LONG") != "" }

// storm is one way in which Slack is at its worst. It lasts from 23:40 to 00:40, over the midnight jobs, unless it says otherwise; people go on
// working through it.
type storm struct {
	name   string
	begin  func(h *hall)
	gust   func(h *hall, n int) // each minute
	end    func(h *hall)        // nil: all faults are cleared
	lasts  time.Duration        // 0: an hour
	calms  time.Duration        // how long afterwards all must be told; 0: 40 minutes
	says   []string             // what the operator reads in the log
	deaf   bool                 // what people type may not arrive; Slack tells them so itself
	buries bool                 // some messages can never be told again
	flaps  bool                 // it comes and goes, so the operator is told more than once
	most   int                  // calls to Slack an hour at most; 0: 1,200
}

// slackTakesNone and slackTakesAgain are what the operator is told of a trouble with telling, once each.
const slackTakesNone, slackTakesAgain = "Slack takes no messages", "Slack takes messages again"

// fails is a storm in which every call meets with the fault.
func fails(name string, f sandbox.Fault, says ...string) storm {
	return storm{name: name, says: says, begin: func(h *hall) { h.slack.Fail(f) }}
}

// stands is a storm of standing faults.
func stands(name string, f sandbox.Faults, says ...string) storm {
	return storm{name: name, says: says, begin: func(h *hall) { h.slack.SetFaults(f) }}
}

func (s storm) without(ears bool) storm {
	s.deaf = ears
	return s
}

// limits keep the sockets open through storms in which people are heard: while no call succeeds, no socket can be opened either.
func (s storm) limits() sandbox.Limits {
	if s.deaf {
		return sandbox.Limits{}
	}
	return sandbox.Limits{ConnectionLife: 12 * time.Hour}
}

// usual are the storms of the short form: one of each kind.
var usual = []string{
	"429 with Retry-After", "429 without Retry-After", "503 with a page", "hangs for a minute after storing", "replies lost", "an error of tomorrow",
	"something each minute", "refresh_requested for both", "too_many_websockets", "no sockets", "bot token revoked", "channel archived",
	"bot removed from a channel", "an admin deletes", "the manager's account is closed",
}

func storms() []storm {
	told := []string{slackTakesNone, slackTakesAgain}
	return slices.Concat(callStorms(told), socketStorms(), workspaceStorms(told))
}

// callStorms are troubles of the Web API.
func callStorms(told []string) []storm {
	post := func(f sandbox.Fault) sandbox.Fault {
		f.Method = "chat.postMessage"
		return f
	}
	return []storm{
		fails("429 with Retry-After", sandbox.Fault{Status: 429, RetryAfter: 30 * time.Second}, told...),
		fails("429 for 10 minutes each", sandbox.Fault{Status: 429, RetryAfter: 10 * time.Minute}, told...),
		fails("429 without Retry-After", sandbox.Fault{Status: 429}, told...),
		fails("429 in HTTP 200", sandbox.Fault{Error: "ratelimited"}, told...),
		fails("500", sandbox.Fault{Status: 500}, told...),
		fails("502 after storing", sandbox.Fault{Status: 502, Stored: true}, told...),
		fails("503 with a page", sandbox.Fault{Status: http.StatusServiceUnavailable}, told...),
		fails("fatal_error", sandbox.Fault{Error: "fatal_error"}, told...),
		fails("internal_error after storing", post(sandbox.Fault{Error: "internal_error", Stored: true})),
		fails("hangs for a minute", sandbox.Fault{Hang: time.Minute}, told...),
		fails("hangs for a minute after storing", sandbox.Fault{Hang: time.Minute, Stored: true}, told...),
		fails("replies lost", sandbox.Fault{Stored: true, Cut: sandbox.CutReply}, told...),
		fails("replies cut in two", sandbox.Fault{Stored: true, Cut: sandbox.CutInBody}, told...),
		fails("connections reset", sandbox.Fault{Cut: sandbox.CutReply}, told...),
		fails("an error of tomorrow", post(sandbox.Fault{Error: "error_of_tomorrow"}), told...),
		stands("slow", sandbox.Faults{Latency: 4 * time.Second}),
		stands("slower than the time limit", sandbox.Faults{Latency: 25 * time.Second}, told...),
		{name: "something each minute", gust: someTrouble, flaps: true},
	}
}

// someTrouble plans a random fault or two.
func someTrouble(h *hall, n int) {
	random := rand.New(rand.NewPCG(uint64(n), 26))
	for range 2 {
		f := []sandbox.Fault{
			{Stored: true, Cut: sandbox.CutReply},
			{Stored: true, Cut: sandbox.CutInBody},
			{Stored: true, Hang: time.Minute},
			{Cut: sandbox.CutReply},
			{Hang: 30 * time.Second},
			{Status: 503},
			{Status: 429, RetryAfter: 20 * time.Second},
			{Status: 429},
			{Error: "fatal_error"},
			{Error: "internal_error", Stored: true},
			{Stored: true, Delay: 7 * time.Second},
		}[random.IntN(11)]
		f.Times = 1 + random.IntN(4)
		f.Method = []string{"", "chat.postMessage", "chat.postMessage", "chat.update", "conversations.replies", "conversations.history", "response_url"}[random.IntN(7)]
		h.slack.Fail(f)
	}
	if random.IntN(5) == 0 {
		h.slack.DropSockets(1+random.IntN(2), []string{"", "refresh_requested", "warning"}[random.IntN(3)])
	}
}

// socketStorms are troubles of Socket Mode.
func socketStorms() []storm {
	drops := func(name string, n int, reason string) storm {
		return storm{name: name, gust: func(h *hall, _ int) { h.slack.DropSockets(n, reason) }}
	}
	return []storm{
		drops("refresh_requested each minute", 1, "refresh_requested"),
		drops("refresh_requested for both", 0, "refresh_requested"),
		drops("warning", 1, "warning"),
		drops("warning for both", 0, "warning"),
		drops("one socket breaks", 1, ""),
		drops("both sockets break", 0, ""),
		drops("link_disabled", 0, "link_disabled"),
		{
			name: "too_many_websockets", deaf: true, says: []string{"connections"},
			begin: func(h *hall) {
				h.slack.SetFaults(sandbox.Faults{Ghosts: 10})
				h.slack.DropSockets(0, "refresh_requested")
			},
		},
		{
			name: "ghosts", deaf: true, says: []string{`"level":"warn","socket"`},
			begin: func(h *hall) { h.slack.SetFaults(sandbox.Faults{Ghosts: 3}) },
			gust:  func(h *hall, _ int) { h.slack.DropSockets(1, "refresh_requested") },
		},
		stands("no pings", sandbox.Faults{NoPings: true}),
		{
			name: "no sockets", deaf: true, says: []string{"cannot connect to Slack"},
			begin: func(h *hall) {
				h.slack.SetFaults(sandbox.Faults{NoSockets: true})
				h.slack.DropSockets(0, "")
			},
		},
		{
			name: "app token refused", deaf: true, says: []string{"Slack refuses the app-level token"},
			begin: func(h *hall) {
				h.slack.Fail(sandbox.Fault{Method: "apps.connections.open", Error: "token_revoked"})
				h.slack.DropSockets(0, "refresh_requested")
			},
		},
		stands("events three times, late, in any order", sandbox.Faults{EventCopies: 2, EventDelay: time.Second, EventJitter: 8 * time.Minute}),
	}
}

// workspaceStorms are what people and administrators do to the bot.
func workspaceStorms(told []string) []storm {
	return []storm{
		stands("bot token revoked", sandbox.Faults{Revoked: true}, told...),
		stands("bot token revoked and sockets gone", sandbox.Faults{Revoked: true, NoSockets: true}, told...).without(true),
		stands("a scope is missing", sandbox.Faults{MissingScopes: []string{"chat:write"}}, told...),
		{
			name: "workspace away for a day", deaf: true, lasts: 24 * time.Hour, calms: time.Hour, says: told, most: 600,
			begin: func(h *hall) {
				h.slack.SetFaults(sandbox.Faults{Outage: true})
				h.slack.DropSockets(0, "")
			},
		},
		{
			name: "away, and a hundred complaints imported", says: told, calms: 2 * time.Hour,
			begin: func(h *hall) { h.slack.SetFaults(sandbox.Faults{Outage: true}) },
			gust: func(h *hall, n int) {
				for range 4 * (n % 2) {
					h.opensAt([]org.UnitID{"jingan", "xuhui"}[n%4/2], "导入")
				}
			},
		},
		{
			name: "away, and the bot restarted in it", deaf: true, says: []string{"Slack cannot be reached"},
			begin: func(h *hall) {
				h.slack.SetFaults(sandbox.Faults{Outage: true, NoSockets: true})
				h.slack.DropSockets(0, "")
			},
			gust: func(h *hall, n int) {
				if n == 20 {
					h.stop()
					h.start()
				}
			},
		},
		{
			name: "channel archived", deaf: true, says: []string{"a channel cannot be joined"},
			begin: func(h *hall) { h.must(h.slack.As(he).Archive(jingan)) },
			end:   func(h *hall) { h.must(h.slack.As(he).Unarchive(jingan)) },
		},
		{
			name: "bot removed from a channel", deaf: true, says: []string{"joined"},
			gust: func(h *hall, n int) {
				if n%20 == 0 {
					h.must(h.slack.As(he).Remove(jingan, h.slack.BotUserID()))
				}
			},
		},
		{
			name: "bot removed and not let in", deaf: true, says: []string{"/invite @sameday"},
			begin: func(h *hall) {
				h.must(h.slack.As(he).Remove(jingan, h.slack.BotUserID()))
				h.slack.Fail(sandbox.Fault{Method: "conversations.join", Error: "method_not_supported_for_channel_type"})
			},
			lasts: 90 * time.Minute,
			end: func(h *hall) {
				h.slack.ClearFaults()
				h.must(h.slack.As(he).Invite(jingan, h.slack.BotUserID()))
			},
		},
		{
			name: "an admin deletes", buries: true,
			gust: func(h *hall, n int) {
				if n%20 == 7 {
					list := h.messages(jingan)
					h.must(h.slack.As(h.admin()).Delete(jingan, list[n%len(list)].TS))
				}
			},
		},
		{
			name: "the manager's account is closed", buries: true,
			begin: func(h *hall) { h.must(h.slack.Deactivate(zhou)) },
		},
	}
}

func (h *hall) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Error(err)
	}
}

func (h *hall) admin() string {
	return h.slack.AddPerson(sandbox.Person{ID: "U0ADMIN", Name: "admin", RealName: "管理员", Admin: true})
}

// deed is something that somebody did in a storm.
type deed struct {
	id    workflow.ID
	mark  string // unique words in it
	acked bool   // whoever did it was told that it is done
	late  bool   // by a mention: Slack itself gives up after six minutes without a socket
}

// weather is one storm over a hall.
type weather struct {
	*hall
	storm  storm
	ids    []workflow.ID // the two complaints that people work at
	deeds  []deed
	rings  map[string]bool // intents that waited to call people when the storm was over
	waited map[string]bool // all others that waited
	back   time.Time       // when it was over
	calls  int
}

// What holds after every storm: whatever was acknowledged is on record once and told once; clocks and jobs have gone on; who must be called is
// called first; nothing waits; the operator was told, once; and nobody had to touch the bot.
func TestFaultStorms(t *testing.T) {
	for _, s := range storms() {
		if !long() && !slices.Contains(usual, s.name) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			playWith(t, setup{start: "2026-11-23 20:30", limits: s.limits()}, func(h *hall) {
				w := &weather{hall: h, storm: s}
				w.rage()
				w.settle(t)
				w.kept(t)
				w.ordered(t)
				w.clocks(t)
				t.Logf("figures: storms=1 deeds=%d told=%d calls=%d", len(w.deeds), len(h.told()), w.calls)
			})
		})
	}
}

// rage lets the storm pass over a hall in which people work.
func (w *weather) rage() {
	w.t.Helper()
	w.admin()
	for n := range 6 {
		id := w.opensAt([]org.UnitID{"jingan", "xuhui"}[n%2], fmt.Sprintf("第 %d 件，排队", n))
		w.ids = append(w.ids, id)
	}
	w.ids = w.ids[:2]
	w.until("2026-11-23", "23:40")
	before := w.called()
	if w.storm.begin != nil {
		w.storm.begin(w.hall)
	}
	lasts := w.storm.lasts
	if lasts == 0 {
		lasts = time.Hour
	}
	for minute := range int(lasts / time.Minute) {
		if w.storm.gust != nil {
			w.storm.gust(w.hall, minute)
		}
		w.wait(10 * time.Second)
		if minute%5 == 0 && minute < 120 {
			w.work(minute / 5)
		}
		w.wait(50 * time.Second)
	}
	w.calls = w.called() - before
	w.note()
	w.back = time.Now()
	if w.storm.end == nil {
		w.slack.ClearFaults()
	} else {
		w.storm.end(w.hall)
	}
}

func (w *weather) called() int {
	n := 0
	for _, by := range w.slack.CallCounts() {
		for _, c := range by {
			n += c
		}
	}
	return n
}

// note remembers what waits at the end of the storm.
func (w *weather) note() {
	w.t.Helper()
	b, err := w.db.Waiting(w.ctx, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	w.rings, w.waited = map[string]bool{}, map[string]bool{}
	for _, i := range b.Intents[:b.Pending] {
		if i.Priority == store.PriorityRing {
			w.rings[i.ID] = true
		} else {
			w.waited[i.ID] = true
		}
	}
}

// work is what people do: notes by command and by mention, and a new complaint.
func (w *weather) work(n int) {
	w.t.Helper()
	who, channel := []string{wang, zhang}[n%2], []string{jingan, xuhui}[n%2]
	d := deed{id: w.ids[n%2], mark: fmt.Sprintf("第%03d记", n)}
	switch n % 6 {
	case 2, 5:
		root := w.rootOf(channel, d.id)
		if root == "" {
			return
		}
		_, err := w.slack.As(who).TypeInThread(channel, root, "@sameday 备注 "+d.mark)
		d.acked, d.late = err == nil && !w.storm.deaf, true
	case 3:
		d.mark = fmt.Sprintf("第%03d起", n)
		d.id, d.acked = w.opensAt([]org.UnitID{"jingan", "xuhui"}[n%2], d.mark), true
	default:
		r, err := w.slack.As(who).Type(channel, "/complaint note "+string(d.id)+" "+d.mark)
		d.acked = err == nil && r.Failure == ""
		if !d.acked && !w.storm.deaf {
			w.t.Errorf("%s types a note and gets %v %s", who, err, r.Failure)
		}
	}
	w.deeds = append(w.deeds, d)
}

// rootOf is the ts of a complaint's card; empty where it stands no more.
func (w *weather) rootOf(channel string, id workflow.ID) string {
	list, err := w.slack.As(he).Channel(channel)
	if err != nil {
		return ""
	}
	for _, m := range ours(list) {
		if strings.HasPrefix(keyOf(m), string(id)+"@") && strings.HasSuffix(keyOf(m), "/"+store.KindRoot) {
			return m.TS
		}
	}
	return ""
}

// settle gives the bot its time to recover by itself, and looks whether it has.
func (w *weather) settle(t *testing.T) {
	t.Helper()
	calms := w.storm.calms
	if calms == 0 {
		calms = 40 * time.Minute
	}
	w.wait(calms + 20*time.Second) // a ring that has just come waits some seconds for its like
	b, err := w.db.Waiting(w.ctx, 10)
	if err != nil || b.Pending > 0 || b.Dead > 0 && !w.storm.buries {
		t.Errorf("%s after the storm the outbox has %+v, %v", calms, b, err)
	}
	if got := w.slack.Sockets(); got != 2 {
		t.Errorf("%d sockets are open, want 2", got)
	}
	wants(t, "a command", w.says(wang, shanghai, "/complaint help"), "/complaint accept")
	log := w.logs.String()
	wants(t, "the log", log, w.storm.says...)
	for _, what := range []string{slackTakesNone, slackTakesAgain} {
		if got := strings.Count(log, what); got > 1 && !w.storm.flaps {
			t.Errorf("the log says %q %d times, want it once at most", what, got)
		}
	}
	if strings.Contains(log, "panicked") {
		t.Errorf("something panicked:\n%s", log)
	}
	most := w.storm.most
	if most == 0 {
		most = 1400
	}
	lasts := max(w.storm.lasts, time.Hour)
	if got := w.calls * int(time.Hour) / int(lasts); got > most {
		t.Errorf("%d calls to Slack an hour, want at most %d: %v", got, most, w.slack.CallCounts())
	}
}

// kept holds that each deed is on record as often as it was acknowledged, and told as often as it is on record; nothing stands twice.
func (w *weather) kept(t *testing.T) {
	t.Helper()
	told := w.told()
	said := map[string]int{} // by mark
	for key, list := range told {
		if len(list) > 1 {
			t.Errorf("%s stands %d times:\n%s", key, len(list), plain(list))
		}
		for _, d := range w.deeds {
			root := strings.HasSuffix(key, "/"+store.KindRoot)
			if strings.Contains(list[0].Plain(), d.mark) && (root || strings.HasSuffix(key, "/"+store.KindLine)) {
				said[d.mark]++
			}
		}
	}
	for _, d := range w.deeds {
		recorded := w.recorded(t, d)
		if recorded > 1 || d.acked && recorded == 0 {
			t.Errorf("%s of %s is on record %d times; acknowledged: %t", d.mark, d.id, recorded, d.acked)
		}
		if said[d.mark] != recorded && !w.storm.buries {
			t.Errorf("%s of %s is on record %d times and told %d times", d.mark, d.id, recorded, said[d.mark])
		}
	}
	for _, key := range w.mustTell() {
		if len(told[key]) == 0 && !w.storm.buries {
			t.Errorf("%s was never told", key)
		}
	}
}

func (w *weather) recorded(t *testing.T, d deed) int {
	t.Helper()
	facts, err := w.desk.Timeline(w.ctx, d.id)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range facts {
		switch e := f.Event.(type) {
		case workflow.Opened:
			n += strings.Count(e.Summary, d.mark)
		case workflow.Noted:
			n += strings.Count(e.Text, d.mark)
		}
	}
	return n
}

// ordered holds that who had to be called was called before all else was told. A call whose fate was unknown is looked for twice before it is
// made again; what never went out may pass it meanwhile.
func (w *weather) ordered(t *testing.T) {
	t.Helper()
	var first, lastRing float64
	for key, list := range w.told() {
		ts, err := strconv.ParseFloat(list[0].TS, 64)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case ts < float64(w.back.Unix()): // it was there, and only its fate unknown
		case w.rings[key]:
			lastRing = max(lastRing, ts)
		case w.waited[key] && (first == 0 || ts < first):
			first = ts
		}
	}
	if lastRing > 0 && first > 0 && lastRing-first > 20 {
		t.Errorf("the last of %d calls came %.0f s after other messages had begun", len(w.rings), lastRing-first)
	}
}

// clocks holds that time went on: breaches were noticed within the minute, and each job ran in its time, once.
func (w *weather) clocks(t *testing.T) {
	t.Helper()
	restarted := strings.Contains(w.storm.name, "restarted")
	ids, err := w.desk.Numbers(w.ctx, run24().Add(-2), run24().Add(2))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if !restarted {
			w.noticedInTime(id)
		}
	}
	for _, unit := range []org.UnitID{"jingan", "xuhui", "shanghai", "head"} {
		run, err := w.desk.JobOn(w.ctx, workflow.JobOvernight, unit, run24())
		if err != nil || run.Late && !restarted {
			t.Errorf("the night's job of %s: %+v, %v; want it in time", unit, run, err)
		}
	}
	c, err := w.desk.Complaint(w.ctx, w.ids[0])
	if err != nil {
		t.Fatal(err)
	}
	nights := map[calendar.Day]int{}
	for _, n := range c.Nights {
		if nights[n.Day]++; nights[n.Day] > 1 {
			t.Errorf("%s was flagged twice for %s", c.ID, n.Day)
		}
	}
	if nights[run24().Add(-1)] != 1 {
		t.Errorf("%s was flagged for %v, want the night of the storm", c.ID, c.Nights)
	}
}

// Slack ends each connection after ten minutes and takes two seconds to give a new one: nobody who types meets a closed door.
func TestFaultRefreshLeavesNoGap(t *testing.T) {
	limits := sandbox.Limits{ConnectionLife: 10 * time.Minute, NoRateLimits: true}
	playWith(t, setup{limits: limits}, func(h *hall) {
		h.slack.SetFaults(sandbox.Faults{Latency: 2 * time.Second})
		h.slack.DropSockets(0, "") // both break at once, and must not stay in step
		h.wait(30 * time.Second)
		for n := range 660 {
			if r, err := h.slack.As(wang).Type(jingan, "/complaint help"); err != nil || r.Failure != "" {
				t.Errorf("command %d: %v %s", n, err, r.Failure)
			}
			h.wait(time.Second)
		}
	})
}
