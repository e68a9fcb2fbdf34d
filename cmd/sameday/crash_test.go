package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/cmd/sameday/internal/control"
	"sameday/cmd/sameday/internal/intake"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/workflow"
)

// crashes is how often the program is killed; SAMEDAY_CRASHES asks for another number.
const crashes = 8

// wreck is the real program over a local Slack of this process, which sees everything and outlives every crash.
type wreck struct {
	t      *testing.T
	ctx    context.Context
	slack  *sandbox.Workspace
	dir    string
	data   string
	env    []string
	people map[string]string // handle → id
	rooms  map[string]string // unit → channel id
	logs   bytes.Buffer
	cmd    *exec.Cmd

	mu       sync.Mutex
	promised map[string]string // token → what was acknowledged with it
	tried    int
	left     map[string]int // what may still be done in this round
	slow     int
}

// TestKilledUnderLoad kills the program with SIGKILL at random instants while people type, press and submit and work orders come in. The
// local Slack judges: what was acknowledged is on record, what is on record is told, nothing is told twice.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	times := crashes
	if n, err := strconv.Atoi(os.Getenv("SAMEDAY_CRASHES")); err == nil {
		times = n
	}
	w := newWreck(t)
	began := time.Now()
	w.start()
	stop := w.load()
	for n := range times {
		w.refill()
		<-time.After(time.Duration(150+rand.IntN(700)) * time.Millisecond)
		w.kill()
		w.start()
		if n%50 == 49 {
			t.Logf("%d of %d crashes, %d acts, %s", n+1, times, w.tried, time.Since(began).Round(time.Second))
		}
	}
	stop()
	w.settle()
	w.judge(times, time.Since(began))
}

func newWreck(t *testing.T) *wreck {
	t.Helper()
	dir, err := os.MkdirTemp("", "sameday") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	w := &wreck{
		t: t, ctx: t.Context(), dir: dir, data: filepath.Join(dir, "data"), people: map[string]string{}, rooms: map[string]string{},
		promised: map[string]string{}, left: map[string]int{},
	}
	if w.slack, err = sandbox.New(sandbox.Options{Manifest: bot.Manifest(), Limits: sandbox.Limits{NoRateLimits: true}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.slack.Close)
	bank := sample.NewBank("zh-CN")
	var all []string
	for _, p := range bank.People() {
		id := w.slack.AddPerson(sandbox.Person{Name: p.Handle, RealName: p.Name, Email: p.Email})
		w.people[p.Handle] = id
		all = append(all, id)
	}
	for _, u := range bank.Units {
		w.rooms[string(u.ID)] = w.slack.AddChannel(sandbox.Channel{Name: u.Channel, Members: all})
	}
	url, err := w.slack.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	text, err := bank.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bank.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, key := store.NewKey()
	w.env = append(os.Environ(), "SAMEDAY_KEY="+key, "SLACK_API_URL="+url, "SLACK_BOT_TOKEN="+w.slack.BotToken(),
		"SLACK_APP_TOKEN="+w.slack.AppToken(), "SCRIPT_NOW=")
	return w
}

// start runs the program and waits until it listens.
func (w *wreck) start() {
	w.t.Helper()
	w.cmd = exec.CommandContext(w.ctx, "sameday", "run", "--config", "bank.yaml")
	w.cmd.Dir, w.cmd.Env, w.cmd.Stderr = w.dir, w.env, &w.logs
	if err := w.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	deadline := time.After(30 * time.Second)
	for w.slack.Sockets() == 0 {
		select {
		case <-deadline:
			w.t.Fatalf("the program does not listen:\n%s", w.tail())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (w *wreck) tail() string {
	text := w.logs.String()
	return text[max(0, len(text)-4000):]
}

func (w *wreck) kill() {
	w.t.Helper()
	if err := w.cmd.Process.Kill(); err != nil {
		w.t.Fatal(err)
	}
	_ = w.cmd.Wait() // it was killed
	for w.slack.Sockets() > 0 {
		<-time.After(time.Millisecond)
	}
}

// stop ends the program as an operator would.
func (w *wreck) stop() {
	w.t.Helper()
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	if err := w.cmd.Wait(); err != nil {
		w.t.Fatalf("told to stop, it ended with %v:\n%s", err, w.tail())
	}
}

// refill bounds what is done in a round: more than Slack's own limits let the bot tell would only wait.
func (w *wreck) refill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = map[string]int{"new": 1, "click": 2, "note": 4, "import": 1, "look": 20}
}

// may takes one act out of the round.
func (w *wreck) may(what string) (token string, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left[what] == 0 {
		return "", false
	}
	w.left[what]--
	w.tried++
	return fmt.Sprintf("%s〔%d〕", what, w.tried), true
}

// kept notes what was acknowledged. An acknowledgement in the last moment says nothing about the act, so slow ones do not count.
func (w *wreck) kept(token, what string, began time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(began) > 2*time.Second {
		w.slow++
		return
	}
	w.promised[token] = what
}

// load lets people work until the returned function is called.
func (w *wreck) load() (stop func()) {
	ctx, cancel := context.WithCancel(w.ctx)
	var all sync.WaitGroup
	for unit, who := range map[string]string{
		"jingan": "wang.li", "xuhui": "zhang.lei", "pudong": "xu.jing", "yuanqu": "meng.yao", "gusu": "shen.jie", "kunshan": "ding.ling",
	} {
		a := w.slack.As(w.people[who])
		all.Go(func() {
			for ctx.Err() == nil {
				w.act(a, unit)
				<-time.After(time.Duration(5+rand.IntN(60)) * time.Millisecond)
			}
		})
	}
	all.Go(func() {
		for ctx.Err() == nil {
			w.imports(ctx)
			<-time.After(20 * time.Millisecond)
		}
	})
	return func() { cancel(); all.Wait() }
}

func (w *wreck) act(a *sandbox.Actor, unit string) {
	room, began := w.rooms[unit], time.Now()
	card, ok := w.card(a, room)
	switch what := []string{"new", "click", "note", "look"}[rand.IntN(4)]; what {
	case "new":
		if token, may := w.may(what); may {
			if r, err := a.Type(room, "/complaint new"); err != nil || r.View == nil {
				return
			}
			began = time.Now()
			if a.Fill("summary", "排队太久 "+token) != nil {
				return
			}
			if r, err := a.Submit(); err == nil && r.Failure == "" && len(r.Errors) == 0 && a.View() == nil {
				w.kept(token, "form", began)
			}
			a.CloseAll()
		}
	case "click":
		if !ok || !strings.Contains(string(card.Blocks), "sameday:accept") {
			return
		}
		if _, may := w.may(what); may {
			if r, err := a.Click(room, card.TS, "sameday:accept"); err == nil && r.Failure == "" {
				w.kept("accepted "+number(card), "click", began)
			}
		}
	case "note":
		if !ok {
			return
		}
		if token, may := w.may(what); may {
			if r, err := a.Type(room, "/complaint note "+number(card)+" "+token); err == nil && r.Failure == "" && len(r.Ephemeral) == 1 &&
				strings.Contains(r.Ephemeral[0].Plain(), number(card)) {
				w.kept(token, "command", began)
			}
		}
	case "look":
		if _, may := w.may(what); may {
			_, _ = a.Type(room, []string{"/complaint list", "/notice today", "/complaint why 1", "/complaint nonsense"}[rand.IntN(4)])
		}
	}
}

// card picks one of the cards of a channel.
func (w *wreck) card(a *sandbox.Actor, room string) (sandbox.Message, bool) {
	list, err := a.Channel(room)
	if err != nil {
		return sandbox.Message{}, false
	}
	var cards []sandbox.Message
	for _, m := range list {
		if strings.HasSuffix(intentOf(m), "/root") {
			cards = append(cards, m)
		}
	}
	if len(cards) == 0 {
		return sandbox.Message{}, false
	}
	return cards[rand.IntN(len(cards))], true
}

func number(card sandbox.Message) string {
	id, _, _ := strings.Cut(intentOf(card), "@")
	return id
}

func intentOf(m sandbox.Message) string {
	var meta struct {
		Payload struct {
			K string `json:"k"`
		} `json:"event_payload"`
	}
	if len(m.Metadata) == 0 || json.Unmarshal(m.Metadata, &meta) != nil {
		return ""
	}
	return meta.Payload.K
}

// imports sends one work order through the control socket.
func (w *wreck) imports(ctx context.Context) {
	token, ok := w.may("import")
	if !ok {
		return
	}
	c, err := control.Dial(ctx, ledger.Socket(w.data))
	if err != nil {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	began := time.Now()
	rows := "work_order,unit,summary\n" + token + ",kunshan,总行转来 " + token + "\n"
	if r, err := c.Import(bounded, strings.NewReader(rows), intake.CSV, "", nil); err == nil && r.Opened == 1 {
		w.kept(token, "import", began)
	}
}

// settle lets the program tell all that waits, and stops it.
func (w *wreck) settle() {
	w.t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for {
		<-time.After(1500 * time.Millisecond)
		w.stop()
		s, err := ledger.OpenExisting(w.ctx, w.data)
		if err != nil {
			w.t.Fatal(err)
		}
		b, err := s.Waiting(w.ctx, 3)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			w.t.Fatal(err)
		}
		if b.Pending == 0 && b.Dead == 0 {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("the outbox has %+v:\n%s", b, w.tail())
		}
		w.start()
	}
}

// judge compares the ledger with what people were told.
func (w *wreck) judge(times int, took time.Duration) {
	w.t.Helper()
	s, err := ledger.OpenExisting(w.ctx, w.data)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	report, err := store.Verify(w.ctx, s)
	if err != nil {
		w.t.Errorf("verify: %v", err)
	}
	recorded, must := w.recorded(s)
	for token, what := range w.promised {
		if !recorded[token] {
			w.t.Errorf("%s was acknowledged (%s) and is not on record", token, what)
		}
	}
	told := w.told()
	for key, n := range told {
		if n > 1 {
			w.t.Errorf("%s stands %d times", key, n)
		}
	}
	for _, key := range must {
		if told[key] == 0 {
			w.t.Errorf("%s was never told", key)
		}
	}
	if len(w.promised) == 0 || len(must) == 0 {
		w.t.Errorf("%d acts were acknowledged and %d things had to be told: there was no load", len(w.promised), len(must))
	}
	w.t.Logf("%d crashes in %s: %d acts tried, %d acknowledged (%d more too slowly to count), %d records, %d messages to tell, %d told; 0 expected lost or twice",
		times, took.Round(100*time.Millisecond), w.tried, len(w.promised), w.slow, report.Records, len(must), len(told))
}

// recorded lists the tokens that the ledger has, and the intents that had to be told.
func (w *wreck) recorded(s store.Store) (tokens map[string]bool, must []string) {
	w.t.Helper()
	tokens = map[string]bool{}
	byStream := map[store.StreamID][]store.Record{}
	for after := uint64(0); ; {
		page, err := s.Since(w.ctx, after, 500)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, r := range page {
			byStream[r.Stream] = append(byStream[r.Stream], r)
			after = r.Seq
			text := string(r.Data)
			for i := strings.Index(text, "〕"); i >= 0; i = strings.Index(text, "〕") {
				head := text[:i]
				at := strings.LastIndexAny(head, " \"")
				tokens[head[at+1:]+"〕"] = true
				text = text[i+len("〕"):]
			}
		}
		if len(page) == 0 {
			break
		}
	}
	for stream, records := range byStream {
		id, ok := store.ComplaintOf(stream)
		if !ok {
			continue
		}
		facts, err := store.Facts(records)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, f := range facts {
			switch f.Event.(type) {
			case workflow.Opened:
				must = append(must, fmt.Sprintf("%s@%d/root", id, f.Version))
			case workflow.Accepted:
				tokens["accepted "+string(id)] = true
				must = append(must, fmt.Sprintf("%s@%d/line", id, f.Version))
			case workflow.Noted:
				must = append(must, fmt.Sprintf("%s@%d/line", id, f.Version))
			}
		}
	}
	return tokens, must
}

// told counts the messages of every channel, thread and direct message by their intent.
func (w *wreck) told() map[string]int {
	w.t.Helper()
	out := map[string]int{}
	add := func(a *sandbox.Actor, room string) {
		list, err := a.Channel(room)
		if err != nil {
			return
		}
		for _, top := range list {
			all := []sandbox.Message{top}
			if top.ReplyCount > 0 {
				if all, err = a.Thread(room, top.TS); err != nil {
					w.t.Fatal(err)
				}
			}
			for _, m := range all {
				if key := intentOf(m); key != "" && !m.Deleted {
					out[key]++
				}
			}
		}
	}
	for _, room := range w.rooms {
		add(w.slack.As("wang.li"), room)
	}
	for _, id := range w.people {
		a := w.slack.As(id)
		add(a, a.DM())
	}
	return out
}
