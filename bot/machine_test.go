package bot_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"sameday/bot/card"
	"sameday/bot/sandbox"
	"sameday/store"
	"sameday/workflow"
)

// office is people acting through Slack on a few complaints, beside the little that a person looking on would expect.
type office struct {
	h     *hall
	cards []workflow.ID // opened so far, in this run
	seq   *int
}

// moods are how an act may be typed; %s is the complaint's number.
var moods = []string{
	"/complaint accept %s", "/complaint 受理 %s", "/complaint 交办 %s <@U0LI> 先核对", "/complaint assign %s <@U0WANG>", "/complaint 联系 %s 电话 客户要求说明",
	"/complaint contact %s visit no answer yet", "/complaint handle %s 已向客户逐项说明收费标准并出示价目表，客户认可", "/complaint 处理 %s 请您理解",
	"/complaint feedback %s satisfied", "/complaint 反馈 %s 不满意 还要书面说明", "/complaint 撤诉 %s", "/complaint grade %s key 总行通报",
	"/complaint kind %s publicity", "/complaint 定级 %s 重点", "/complaint close %s 客户失联，已三次登门", "/complaint reopen %s 客户又来电",
	"/complaint why %s", "/complaint timeline %s", "/complaint 查看 %s", "/complaint list", "/complaint 列表 隔夜", "/complaint extend %s 需等鉴定结果", "/complaint %s",
	"/complaint customer %s", "/complaint correct %s 摘要 更正后的摘要", "/complaint 帮助", "/complaint accept", "/complaint ｎｏｔｅ %s ", "/notice today", "/notice 昨天", "/complaint 办结",
	"/complaint lead %s", "/complaint 指挥 %s @U0ZHOU", "/complaint direct %s @U0LI @U0WANG 23:00 上门", "/complaint 要求 %s @U0LI 明天 10:00 说明", "/complaint got %s",
	"/complaint done %s 已办", "/complaint 完成 %s #1 已办", "/complaint 不能办 %s 客户在外地", "/complaint 进展 %s 正在核对", "/complaint read %s", "/complaint 已阅 %s 请跟进",
	"/complaint merge %s 1", "/complaint 合并 %s", "/complaint 拆开 %s 两笔扣费", "/complaint flag %s", "/complaint \u201c受理\u201d %s", "/complaint 受理第%s件", "/notice", "/complaint accept 99999999-999", "/complaint  ",
}

var actors = []string{wang, li, zhou, xu, chen, zhang, he, guest}

// forbidden never stands in what a person reads.
var forbidden = []string{"goroutine ", "panic", "runtime error", "%!", "<nil>", "系统出错", "{number}", "{command}"}

func (o *office) reads(t *rapid.T, what string, list ...sandbox.Message) {
	for _, m := range list {
		for _, bad := range forbidden {
			if strings.Contains(m.Plain(), bad) || strings.Contains(string(m.Blocks), bad) {
				t.Fatalf("%s was answered with %q:\n%s", what, bad, m.Plain())
			}
		}
	}
}

func (o *office) pick(t *rapid.T) workflow.ID { return rapid.SampledFrom(o.cards).Draw(t, "complaint") }

func (o *office) open(t *rapid.T) {
	if len(o.cards) >= 3 {
		t.Skip("enough complaints")
	}
	who := rapid.SampledFrom([]string{wang, li, zhou}).Draw(t, "who")
	a := o.h.slack.As(who)
	text := rapid.SampledFrom([]string{"", " 排队两小时", " 客户电话13812345678"}).Draw(t, "typed")
	r, err := a.Type(jingan, "/complaint new"+text)
	if err != nil || r.View == nil {
		t.Fatalf("no form: %v %s %s", err, r.Failure, plain(r.Ephemeral))
	}
	*o.seq++
	for field, value := range map[string]string{"summary": fmt.Sprintf("第 %d 次来电，%s", *o.seq, text), "customer_name": "张建华", "amount": rapid.SampledFrom([]string{"", "１２８０", "1,280.50"}).Draw(t, "amount")} {
		if err := a.Fill(field, value); err != nil {
			t.Fatal(err)
		}
	}
	if r, err = a.Submit(); err != nil || len(r.Errors) > 0 || r.Failure != "" {
		t.Fatalf("submit: %v %v %s", err, r.Errors, r.Failure)
	}
	o.h.wait(15 * time.Second)
	open, err := o.h.desk.Open(o.h.ctx, "jingan")
	if err != nil || len(open) == 0 {
		t.Fatalf("nothing was opened: %v", err)
	}
	id := open[len(open)-1].ID
	if slices.Contains(o.cards, id) {
		t.Fatalf("nothing new was opened: %v", open)
	}
	o.cards = append(o.cards, id)
}

// types types a command: whatever it is, the person sees an answer or a form.
func (o *office) types(t *rapid.T) {
	mood := rapid.SampledFrom(moods).Draw(t, "command")
	if len(o.cards) == 0 && strings.Contains(mood, "%s") {
		t.Skip("nothing to do it to")
	}
	text := mood
	if strings.Contains(mood, "%s") {
		text = fmt.Sprintf(mood, o.pick(t))
	}
	who := rapid.SampledFrom(actors).Draw(t, "who")
	a := o.h.slack.As(who)
	r, err := a.Type(jingan, text)
	if err != nil || r.Failure != "" {
		t.Fatalf("%s types %q: %v %s", who, text, err, r.Failure)
	}
	o.h.wait(time.Second)
	o.reads(t, text, r.Ephemeral...)
	if len(r.Ephemeral) == 0 && r.View == nil {
		t.Fatalf("%s types %q and sees nothing", who, text)
	}
	if len(r.Ephemeral) > 0 && strings.TrimSpace(r.Ephemeral[0].Plain()) == "" {
		t.Fatalf("%s types %q and is answered with nothing", who, text)
	}
	a.CloseAll()
}

// presses presses one of the buttons that a card shows: the thread grows, a form opens, or the person is told why not.
func (o *office) presses(t *rapid.T) {
	if len(o.cards) == 0 {
		t.Skip("no card")
	}
	id := o.pick(t)
	root := o.h.root(jingan, id)
	var buttons []string
	for _, c := range root.Controls() {
		if c.Type == "button" {
			buttons = append(buttons, c.ActionID)
		}
	}
	if len(buttons) == 0 {
		t.Skip("no buttons")
	}
	who, button := rapid.SampledFrom(actors).Draw(t, "who"), rapid.SampledFrom(buttons).Draw(t, "button")
	before, answers := o.version(t, id), len(o.ephemeral(t, who, root.TS))
	a := o.h.slack.As(who)
	r, err := a.Click(jingan, root.TS, button)
	if err != nil || r.Failure != "" {
		t.Fatalf("%s presses %s: %v %s", who, button, err, r.Failure)
	}
	o.h.wait(2 * time.Second)
	view := a.View()
	told := o.ephemeral(t, who, root.TS)
	o.reads(t, button, told...)
	if view == nil && len(told) == answers && o.version(t, id) == before && !strings.HasSuffix(button, card.ActionOpen) {
		t.Fatalf("%s presses %s of %s and nothing happens:\n%s\n%s", who, button, id, root.Plain(), o.h.tail())
	}
	if view != nil {
		o.fills(t, a, view)
	}
	a.CloseAll()
	o.h.wait(15 * time.Second)
}

// fills fills a form in, sometimes badly, and submits it: it closes, or says under a field what is wrong.
func (o *office) fills(t *rapid.T, a *sandbox.Actor, view *sandbox.View) {
	long := rapid.SampledFrom([]string{"已向客户逐项说明收费标准并出示价目表，客户表示认可", "请您理解", "😀", "-5", "<!channel> 大家看"}).Draw(t, "text")
	for _, c := range view.Controls() {
		switch c.Type {
		case "plain_text_input":
			_ = a.Fill(c.ActionID, long) // a line may be too short for it: then it stays as it was
		case "users_select":
			_ = a.Fill(c.ActionID, li)
		case "radio_buttons", "static_select":
			if len(c.Options) > 0 {
				_ = a.Fill(c.ActionID, rapid.SampledFrom(c.Options).Draw(t, "option").Value)
			}
		}
	}
	r, err := a.Submit()
	if err != nil || r.Failure != "" {
		t.Fatalf("submit %s: %v %s", view.CallbackID, err, r.Failure)
	}
	for field, text := range r.Errors {
		for _, bad := range append(forbidden, "<@", "&lt;") {
			if strings.Contains(text, bad) || text == "" {
				t.Fatalf("%s says under %s: %q", view.CallbackID, field, text)
			}
		}
	}
}

// mentions speaks to the bot in a thread.
func (o *office) mentions(t *rapid.T) {
	if len(o.cards) == 0 {
		t.Skip("no thread")
	}
	id := o.pick(t)
	root := o.h.root(jingan, id)
	who := rapid.SampledFrom(actors).Draw(t, "who")
	text := "@sameday " + rapid.SampledFrom([]string{"受理", "accept", "备注 客户又来电", "联系", "why", "", "你好", "handle 退款 已退还年费 1,280 元，当日到账，并提交征信更正申请", "new 另一件事"}).Draw(t, "text")
	if _, err := o.h.slack.As(who).TypeInThread(jingan, root.TS, text); err != nil {
		t.Fatal(err)
	}
	seen := len(o.ephemeral(t, who, root.TS))
	o.h.wait(5 * time.Second)
	told := o.ephemeral(t, who, root.TS)
	o.reads(t, text, told...)
	if len(told) <= seen {
		t.Fatalf("%s says %q in the thread and is not answered", who, text)
	}
}

func (o *office) ephemeral(t *rapid.T, who, thread string) []sandbox.Message {
	var out []sandbox.Message
	top, err := o.h.slack.As(who).Channel(jingan)
	if err != nil {
		t.Fatal(err)
	}
	in, err := o.h.slack.As(who).Thread(jingan, thread)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range append(top, in...) {
		if m.Ephemeral {
			out = append(out, m)
		}
	}
	return out
}

func (o *office) version(t *rapid.T, id workflow.ID) int {
	facts, err := o.h.desk.Timeline(o.h.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range facts {
		if _, receipt := f.Event.(workflow.Posted); !receipt {
			n++
		}
	}
	return n
}

// root finds the card of a complaint; others may name it too.
func (h *hall) root(channel string, id workflow.ID) sandbox.Message {
	h.t.Helper()
	for _, m := range h.messages(channel) {
		if strings.HasPrefix(keyOf(m), string(id)+"@") && strings.HasSuffix(keyOf(m), "/"+store.KindRoot) {
			return m
		}
	}
	h.t.Fatalf("no card of %s in %s", id, channel)
	return sandbox.Message{}
}

// tail is the end of the log.
func (h *hall) tail() string {
	text := h.logs.String()
	return text[max(0, len(text)-3000):]
}

// plays is how many plays of TestPeopleAct are played, each with a whole bot; SAMEDAY_PLAYS asks for another number, up to rapid's own.
func plays() int {
	if n, err := strconv.Atoi(os.Getenv("SAMEDAY_PLAYS")); err == nil {
		return n
	}
	return 6
}

// TestPeopleAct is a random play of people, time and restarts: nobody is met with silence or a stack, and threads tell exactly what the
// ledger says.
func TestPeopleAct(t *testing.T) {
	t.Parallel()
	played, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if played++; played > plays() && !failed {
			return
		}
		failure := playOnce(t, func(h *hall) {
			seq := 0
			o := &office{h: h, seq: &seq}
			rt.Repeat(map[string]func(*rapid.T){
				"open": o.open, "types": o.types, "types more": o.types, "presses": o.presses, "presses more": o.presses, "mentions": o.mentions,
				"time": func(t *rapid.T) {
					h.wait(rapid.SampledFrom([]time.Duration{time.Minute, 40 * time.Minute, 5 * time.Hour}).Draw(t, "later"))
				},
				"restart": func(*rapid.T) {
					h.stop()
					h.start()
				},
			})
			h.wait(2 * time.Minute)
			h.once()
			if strings.Contains(h.logs.String(), "panicked") {
				rt.Fatalf("something panicked:\n%s", h.logs.String())
			}
		})
		if failure != nil {
			failed = true // shrinking plays on
			panic(failure)
		}
	})
}

// playOnce is play for one check of rapid. A check ends by a panic that rapid wants back, on its own goroutine and after the bubble has
// been cleared up.
func playOnce(t *testing.T, test func(h *hall)) (failure any) {
	t.Helper()
	dir := memoryDir(t)
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(time.Date(2026, time.November, 23, 1, 0, 0, 0, time.UTC)))
		ctx, cancel := context.WithTimeout(t.Context(), 60*24*time.Hour)
		defer cancel()
		h := &hall{t: t, ctx: ctx, logs: &safeBuffer{}}
		h.build(filepath.Join(dir, "sameday.db"))
		defer h.slack.Close()
		h.start()
		func() {
			defer func() { failure = recover() }()
			test(h)
		}()
		h.stop()
		if failure == nil {
			h.scan()
			h.verify()
		}
		if err := h.db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return failure
}

// TestRestartsInABusyHour stops the bot and starts it again at random moments of a busy hour; everything is told once.
func TestRestartsInABusyHour(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			play(t, func(h *hall) {
				random := rand.New(rand.NewPCG(seed, 7))
				var ids []workflow.ID
				end := time.Now().Add(time.Hour)
				for time.Now().Before(end) {
					switch n := random.IntN(10); {
					case n < 2 && len(ids) < 12:
						ids = append(ids, h.opensAt("jingan", fmt.Sprintf("第 %d 件", len(ids))))
					case n < 7 && len(ids) > 0:
						_, err := h.desk.Do(h.ctx, store.Request{
							Complaint: ids[random.IntN(len(ids))], Command: workflow.Note{Text: fmt.Sprint("记", n)}, By: workflow.Person(wang), At: time.Now(),
						})
						if err != nil {
							t.Fatal(err)
						}
						h.bot.Sender().Wake()
					case n == 7:
						h.slack.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 1 + random.IntN(3), Stored: true, Cut: sandbox.CutReply, Delay: time.Second})
					case n == 8:
						h.stop()
						h.wait(time.Duration(random.IntN(5000)) * time.Millisecond)
						h.start()
					}
					h.wait(time.Duration(random.IntN(40_000)) * time.Millisecond)
				}
				h.wait(20 * time.Minute)
				h.once()
			})
		})
	}
}
