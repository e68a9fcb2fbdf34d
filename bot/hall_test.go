package bot_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata"

	"github.com/rs/zerolog"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/store"
	"sameday/store/bolt"
	"sameday/store/storetest"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// The test bank's people and channels.
const (
	zhou, wang, li       = "U0ZHOU", "U0WANG", "U0LI" // Jing'an: president, complaint manager, staff
	zhang                = "U0ZHANG"                  // Xuhui: complaint manager
	chen, xu             = "U0CHEN", "U0XU"           // Shanghai branch: president, consumer protection
	he                   = "U0HE"                     // head office: consumer protection
	guest                = "U0GUEST"                  // no position anywhere
	jingan, xuhui        = "C0JINGAN", "C0XUHUI"
	shanghai, headOffice = "C0SHANGHAI", "C0HEAD"
)

// daily is a schedule of one time a day.
type daily struct{ hour, minute int }

func (daily) On(calendar.Day) bool { return true }

func (d daily) At(day calendar.Day, zone *time.Location) time.Time {
	return day.At(d.hour, d.minute, zone)
}

func jobs() map[workflow.Job]bot.Schedule {
	return map[workflow.Job]bot.Schedule{
		workflow.JobOvernight: daily{0, 5}, workflow.JobNotice: daily{8, 30}, workflow.JobDusk: daily{18, 0},
	}
}

// hall is one bubble: a workspace, a database and a bot, in fake time.
type hall struct {
	t      *testing.T
	ctx    context.Context
	slack  *sandbox.Workspace
	db     *bolt.Store
	ledger *decided // the same, as the desk has it
	rules  atomic.Pointer[workflow.Rules]
	desk   *store.Desk
	bot    *bot.Bot
	cancel context.CancelFunc
	done   chan error
	logs   *safeBuffer
	wire   *wiretap
	setup  setup
}

// setup is what a test may have otherwise.
type setup struct {
	limits  sandbox.Limits
	private string           // a channel that is private, and the bot not in it
	start   string           // when the play begins, "2026-11-23 09:00" in Shanghai when empty
	now     func() time.Time // the clock of the bot and of the workspace, which may jump; nil: the bubble's
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// play runs a test in fake time, beginning on Monday 2026-11-23 at 09:00 in Shanghai, with a running bot. At its end the database
// must verify.
func play(t *testing.T, test func(h *hall)) { playWith(t, setup{}, test) }

func playWith(t *testing.T, with setup, test func(h *hall)) {
	t.Helper()
	t.Parallel()
	dir := memoryDir(t)
	synctest.Test(t, func(t *testing.T) {
		// The bubble's clock begins at midnight UTC 2000-01-01.
		begin := with.start
		if begin == "" {
			begin = "2026-11-23 09:00"
		}
		start, err := time.ParseInLocation("2006-01-02 15:04", begin, shanghaiZone(t))
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Until(start))
		ctx, cancel := context.WithTimeout(t.Context(), 60*24*time.Hour)
		defer cancel()
		h := &hall{t: t, ctx: ctx, logs: &safeBuffer{}, setup: with}
		h.build(filepath.Join(dir, "sameday.db"))
		defer h.slack.Close()
		h.start()
		test(h)
		h.stop()
		h.scan()
		h.verify()
		if err := h.db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
}

// memoryDir is a folder in memory where the machine has one: these tests are about what happens, not about disks.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "sameday")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func shanghaiZone(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func (h *hall) build(path string) {
	h.t.Helper()
	o := sandbox.Options{Manifest: bot.Manifest(), Limits: h.setup.limits, Now: h.setup.now}
	var err error
	if h.slack, err = sandbox.New(o); err != nil {
		h.t.Fatal(err)
	}
	h.wire = &wiretap{next: h.slack.HTTPClient().Transport}
	for id, name := range map[string]string{
		zhou: "周敏", wang: "王莉", li: "李伟", zhang: "张磊", chen: "陈涛", xu: "徐磊", he: "何静", guest: "路人",
	} {
		h.slack.AddPerson(sandbox.Person{ID: id, Name: strings.ToLower(id[2:]), RealName: name, TZ: "Asia/Shanghai"})
	}
	everybody := []string{zhou, wang, li, zhang, chen, xu, he, guest}
	for id, name := range map[string]string{jingan: "jingan", xuhui: "xuhui", shanghai: "shanghai", headOffice: "head-office"} {
		h.slack.AddChannel(sandbox.Channel{ID: id, Name: name, Members: everybody, Private: id == h.setup.private})
	}
	if h.db, err = bolt.Open(h.ctx, path, bolt.Options{InitialMmapSize: 1 << 20}); err != nil {
		h.t.Fatal(err)
	}
	rules := &workflow.Rules{Tree: testTree(h.t), Policy: workflow.DefaultPolicy(), Codes: workflow.Codes{
		Business: []workflow.Category{{ID: "credit_card", ZH: "信用卡", EN: "Credit card"}},
	}}
	key, _ := store.NewKey()
	h.rules.Store(rules)
	h.ledger = &decided{Store: h.db, ends: map[begun]end{}}
	h.desk = store.NewDesk(h.ledger, h.rules.Load, key)
}

func testTree(t *testing.T) *org.Tree {
	t.Helper()
	zone := shanghaiZone(t)
	unit := func(id org.UnitID, tier org.Tier, parent org.UnitID, name, channel string, who map[org.Position][]org.PersonID) org.Unit {
		return org.Unit{ID: id, Tier: tier, Parent: parent, Name: name, Channel: channel, Zone: zone, Language: "zh-CN", Positions: who}
	}
	tree, err := org.New([]org.Unit{
		unit("head", org.HeadOffice, "", "总行", headOffice, map[org.Position][]org.PersonID{org.ConsumerProtection: {he}}),
		unit("shanghai", org.Branch, "head", "上海分行", shanghai, map[org.Position][]org.PersonID{
			org.President: {chen}, org.ConsumerProtection: {xu},
		}),
		unit("jingan", org.SubBranch, "shanghai", "静安支行", jingan, map[org.Position][]org.PersonID{
			org.President: {zhou}, org.ComplaintManager: {wang}, org.Staff: {li},
		}),
		unit("xuhui", org.SubBranch, "shanghai", "徐汇支行", xuhui, map[org.Position][]org.PersonID{org.ComplaintManager: {zhang}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// start runs a bot on the workspace and the database, and waits until all is quiet.
func (h *hall) start() {
	h.t.Helper()
	h.run(h.options())
}

// options are those of a bot on the workspace and the database; all that it sends passes the wiretap.
func (h *hall) options() bot.Options {
	return bot.Options{
		Desk: h.desk, BotToken: h.slack.BotToken(), AppToken: h.slack.AppToken(), APIURL: h.slack.MemoryURL(),
		HTTP: h.client(), Dialer: h.wire.dialer(h.slack.Dialer()), Jobs: jobs(), Log: zerolog.New(h.logs), Now: h.setup.now,
	}
}

// client is a client of the workspace whose every byte is scanned.
func (h *hall) client() *http.Client {
	return &http.Client{Transport: h.wire, Timeout: 20 * time.Second}
}

// run runs a bot with the options, and waits until all is quiet.
func (h *hall) run(o bot.Options) {
	h.t.Helper()
	var err error
	if h.bot, err = bot.New(o); err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(h.ctx)
	h.cancel, h.done = cancel, make(chan error, 1)
	go func() { h.done <- h.bot.Run(ctx) }()
	h.wait(30 * time.Second)
}

// restart runs the bot anew with other options.
func (h *hall) restart(change func(*bot.Options)) {
	h.t.Helper()
	h.stop()
	o := h.options()
	if change != nil {
		change(&o)
	}
	h.run(o)
}

// stop ends the bot as SIGTERM would.
func (h *hall) stop() {
	h.t.Helper()
	if h.cancel == nil {
		return
	}
	h.cancel()
	h.cancel = nil
	if err := <-h.done; err != nil {
		h.t.Errorf("the bot stopped with %v", err)
	}
}

// wait lets time pass.
func (h *hall) wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// until lets time pass until a wall-clock time in Shanghai.
func (h *hall) until(day, clock string) {
	h.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, shanghaiZone(h.t))
	if err != nil {
		h.t.Fatal(err)
	}
	h.wait(time.Until(at))
}

// verify ends the use of the database: the chain and all projections must be right.
func (h *hall) verify() {
	h.t.Helper()
	storetest.Check(h.t, h.db)
	if _, err := store.Verify(context.WithoutCancel(h.ctx), h.db); err != nil {
		h.t.Errorf("verify: %v", err)
	}
}

// says types as a person and returns the private answer.
func (h *hall) says(who, channel, text string) string {
	h.t.Helper()
	r, err := h.slack.As(who).Type(channel, text)
	if err != nil {
		h.t.Fatalf("%s types %q: %v", who, text, err)
	}
	if r.Failure != "" {
		h.t.Fatalf("%s types %q: %s", who, text, r.Failure)
	}
	h.wait(20 * time.Second)
	return plain(r.Ephemeral)
}

func plain(list []sandbox.Message) string {
	var out []string
	for _, m := range list {
		out = append(out, m.Plain())
	}
	return strings.Join(out, "\n")
}

// opens opens a complaint with the form, as a person on a phone would, and returns its card.
func (h *hall) opens(who, channel, summary string, fields ...string) sandbox.Message {
	h.t.Helper()
	a := h.slack.As(who)
	if _, err := a.Type(channel, "/complaint new"); err != nil {
		h.t.Fatal(err)
	}
	h.fill(who, append([]string{"summary", summary, "customer_name", plantedName, "customer_phone", plantedPhone}, fields...)...)
	r, err := a.Submit()
	if err != nil {
		h.t.Fatal(err)
	}
	if len(r.Errors) > 0 || r.Failure != "" {
		h.t.Fatalf("the form was refused: %v %s", r.Errors, r.Failure)
	}
	h.wait(20 * time.Second)
	return h.card(channel, "")
}

func (h *hall) fill(who string, fields ...string) {
	h.t.Helper()
	for i := 0; i+1 < len(fields); i += 2 {
		if err := h.slack.As(who).Fill(fields[i], fields[i+1]); err != nil {
			h.t.Fatal(err)
		}
	}
}

// messages lists what stands in a channel, without the workspace's own lines and private answers.
func (h *hall) messages(channel string) []sandbox.Message {
	h.t.Helper()
	list, err := h.slack.As(he).Channel(channel)
	if err != nil {
		h.t.Fatal(err)
	}
	return ours(list)
}

func ours(list []sandbox.Message) []sandbox.Message {
	var out []sandbox.Message
	for _, m := range list {
		if m.BotID != "" && !m.Ephemeral && m.Subtype == "" && !m.Deleted {
			out = append(out, m)
		}
	}
	return out
}

// card finds the last card in a channel whose text has the words.
func (h *hall) card(channel, words string) sandbox.Message {
	h.t.Helper()
	var found sandbox.Message
	for _, m := range h.messages(channel) {
		if strings.Contains(m.Plain(), words) && len(m.Controls()) > 0 {
			found = m
		}
	}
	if found.TS == "" {
		h.t.Fatalf("no card with %q in %s:\n%s", words, channel, plain(h.messages(channel)))
	}
	return found
}

// lines are the thread under a card, without the card.
func (h *hall) lines(card sandbox.Message) []string {
	h.t.Helper()
	list, err := h.slack.As(he).Thread(card.Channel, card.TS)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, m := range ours(list)[1:] {
		out = append(out, m.Plain())
	}
	return out
}

func (h *hall) count(channel, words string) int {
	n := 0
	for _, m := range h.messages(channel) {
		if strings.Contains(m.Plain(), words) {
			n++
		}
	}
	return n
}

func number(card sandbox.Message) string {
	head, _, _ := strings.Cut(strings.TrimLeft(card.Plain(), "*"), " ")
	return strings.Trim(head, "*")
}

func wants(t *testing.T, what, got string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(got, p) {
			t.Errorf("%s lacks %q:\n%s", what, p, got)
		}
	}
}
