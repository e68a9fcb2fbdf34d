package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
)

// wreck is the real program over a local Slack of this process, which sees everything and outlives every crash.
type wreck struct {
	t      *testing.T
	ctx    context.Context
	binary string
	slack  *sandbox.Workspace
	dir    string
	data   string
	env    []string
	people map[string]string // handle → id
	rooms  map[string]string // unit → channel id
	shift  atomic.Int64      // how far ahead of the computer's the clocks of the program and of Slack are
	logs   safeBuffer
	cmd    *exec.Cmd
	ended  chan error // how the program ended

	mu       sync.Mutex
	promised map[string]string // token → what was acknowledged with it
	tried    int
	left     map[string]int // what may still be done in this round
	slow     int
	backups  int
	noClicks bool
	only     string // what people do, where it is one thing

	lost, twice int // what the judge found
}

// safeBuffer is written by the program's own goroutine of package exec and read by the test.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newWreck(t *testing.T, binary string) *wreck {
	t.Helper()
	dir, err := os.MkdirTemp("", "sameday") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	w := &wreck{
		t: t, ctx: t.Context(), binary: binary, dir: dir, data: filepath.Join(dir, "data"), people: map[string]string{},
		rooms: map[string]string{}, promised: map[string]string{}, left: map[string]int{},
	}
	soon := slices.Repeat([]time.Duration{300 * time.Millisecond}, 40) // an event comes again until somebody takes it
	if w.slack, err = sandbox.New(sandbox.Options{
		Manifest: bot.Manifest(), Limits: sandbox.Limits{NoRateLimits: true, RetryAfter: soon},
		Now: func() time.Time { return time.Now().Add(time.Duration(w.shift.Load())) },
	}); err != nil {
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
		"SLACK_APP_TOKEN="+w.slack.AppToken(), "SCRIPT_NOW=", "SCRIPT_FAST=1")
	return w
}

// move sets the clocks of Slack and of the next start forward.
func (w *wreck) move(by time.Duration) { w.shift.Add(int64(by)) }

// launch runs the program and returns at once.
func (w *wreck) launch(env ...string) {
	w.t.Helper()
	w.cmd = exec.CommandContext(w.ctx, w.binary, "run", "--config", "bank.yaml")
	w.cmd.Dir, w.cmd.Stderr = w.dir, &w.logs
	w.cmd.Env = append(append(append([]string(nil), w.env...), fmt.Sprintf("SCRIPT_SHIFT=%s", time.Duration(w.shift.Load()))), env...)
	if err := w.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	w.ended = ended
	go func(c *exec.Cmd) { ended <- c.Wait() }(w.cmd)
}

// start runs the program and waits until it listens.
func (w *wreck) start() {
	w.t.Helper()
	w.launch()
	deadline := time.After(60 * time.Second)
	for w.slack.Sockets() == 0 {
		select {
		case err := <-w.ended:
			w.t.Fatalf("the program ended at its start: %v\n%s", err, w.tail())
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
	<-w.ended
	w.gone()
}

// gone waits until Slack has noticed that the program is no more.
func (w *wreck) gone() {
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
	if err := <-w.ended; err != nil {
		w.t.Fatalf("told to stop, it ended with %v:\n%s", err, w.tail())
	}
}

// wasKilled reports whether a SIGKILL ended the program.
func wasKilled(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// refill bounds what is done in a round: more than Slack's own limits let the bot tell would only wait.
func (w *wreck) refill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = map[string]int{"new": 1, "click": 2, "note": 4, "close": 2, "mention": 1, "import": 1, "backup": 1, "look": 20}
	if w.noClicks {
		w.left["click"] = 0
	}
	if w.only != "" {
		w.left = map[string]int{w.only: 6}
		if w.only == "click" {
			w.left["new"] = 1 // a button needs a complaint that nobody has accepted
		}
	}
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
	for _, through := range []func(context.Context){w.imports, w.backup} {
		all.Go(func() {
			for ctx.Err() == nil {
				through(ctx)
				<-time.After(20 * time.Millisecond)
			}
		})
	}
	return func() { cancel(); all.Wait() }
}

// president is who may close the complaints of a unit whatever their state.
func president(unit string) string {
	switch unit {
	case "jingan", "xuhui", "pudong":
		return "chen.tao"
	}
	return "shen.guoqiang"
}

// size: one branch for each thing that people do
func (w *wreck) act(a *sandbox.Actor, unit string) {
	room, began := w.rooms[unit], time.Now()
	card, ok := w.card(a, room)
	what := []string{"new", "click", "note", "close", "mention", "look", "group"}[rand.IntN(7)]
	if what != "new" && !ok {
		return
	}
	if what == "click" && !strings.Contains(string(card.Blocks), "sameday:accept") {
		return
	}
	token, may := w.may(what)
	if !may {
		return
	}
	answered := func(r sandbox.Reply, err error) bool {
		return err == nil && r.Failure == "" && len(r.Ephemeral) == 1 && strings.Contains(r.Ephemeral[0].Plain(), number(card))
	}
	switch what {
	case "new":
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
	case "click":
		if r, err := a.Click(room, card.TS, "sameday:accept"); err == nil && r.Failure == "" && len(r.Ephemeral) == 0 {
			w.kept("accepted "+number(card), "click", began)
		}
	case "note":
		if answered(a.Type(room, "/complaint note "+number(card)+" "+token)) {
			w.kept(token, "command", began)
		}
	case "close":
		if answered(w.slack.As(w.people[president(unit)]).Type(room, "/complaint close "+number(card)+" 客户已签收 "+token)) {
			w.kept("closed "+number(card), "command", began)
		}
	case "group":
		r, err := w.slack.As(w.people[president(unit)]).Type(room, "/complaint group "+number(card)+" channel "+token)
		if answered(r, err) && strings.Contains(r.Ephemeral[0].Plain(), "已组建") { // of one that was closed meanwhile there is no group
			w.kept(token, "command", began)
		}
	case "mention": // Slack delivers it again until it is acknowledged, and tells nobody
		_, _ = a.Type(room, "@sameday note "+number(card)+" "+token)
	case "look":
		_, _ = a.Type(room, []string{"/complaint list", "/notice today", "/complaint why 1", "/complaint nonsense"}[rand.IntN(4)])
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
	rows := "work_order,unit,summary\n" + token + ",kunshan,总行转来\n"
	if r, err := c.Import(bounded, strings.NewReader(rows), intake.CSV, "", nil); err == nil && r.Opened == 1 {
		w.kept(token, "import", began)
	}
}

// backup asks for a copy through the control socket, and proves it if it comes.
func (w *wreck) backup(ctx context.Context) {
	token, ok := w.may("backup")
	if !ok {
		return
	}
	c, err := control.Dial(ctx, ledger.Socket(w.data))
	if err != nil {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	path := filepath.Join(w.dir, token+".db")
	w.mu.Lock()
	promised := len(w.promised) // nothing is in the ledger of a first start that still waits for Slack
	w.mu.Unlock()
	r, err := ledger.Backup(bounded, c, path)
	if err != nil {
		return // the program was killed meanwhile
	}
	if _, err := os.Stat(path); err != nil || r.Records == 0 && promised > 0 {
		w.t.Errorf("a backup said that it holds %d records: %v", r.Records, err)
	}
	_ = os.Remove(path)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.backups++
}
