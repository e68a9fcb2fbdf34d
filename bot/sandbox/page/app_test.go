package page_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"sameday/bot/sandbox"
	"sameday/bot/sandbox/page"
)

const manifestJSON = `{
  "display_information": {"name": "Desk helper"},
  "features": {
    "app_home": {"home_tab_enabled": true, "messages_tab_enabled": true},
    "bot_user": {"display_name": "desk"},
    "slash_commands": [
      {"command": "/card", "description": "Post a card 发一张卡片", "usage_hint": "[text]", "should_escape": true},
      {"command": "/form", "description": "Open a form 打开表单"},
      {"command": "/hush", "description": "Answer only to me 只回我", "usage_hint": "[text]"}
    ],
    "shortcuts": [{"name": "Keep this", "type": "message", "callback_id": "keep", "description": "keep it"}]
  },
  "oauth_config": {"scopes": {"bot": ["app_mentions:read", "channels:history", "channels:read", "chat:write", "commands", "files:write",
    "groups:history", "groups:read", "im:history", "im:write", "pins:write", "reactions:write", "users:read"]}},
  "settings": {
    "event_subscriptions": {"bot_events": ["app_home_opened", "app_mention", "message.channels"]},
    "interactivity": {"is_enabled": true}, "socket_mode_enabled": true
  }
}`

const (
	ann, bob, zoe = "U0ANN", "U0BOB", "U0ZOE"
	desk, secret  = "C0DESK", "C0SECRET"
)

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// bank makes a workspace with three people; Zoe is not in the private channel.
func bank(t testing.TB, now func() time.Time) *sandbox.Workspace {
	t.Helper()
	w, err := sandbox.New(sandbox.Options{Manifest: []byte(manifestJSON), Team: "示例银行", Now: now})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(w.Close)
	w.AddPerson(sandbox.Person{ID: ann, Name: "ann", RealName: "王莉", Title: "静安支行 行长", TZ: "Asia/Shanghai", Admin: true})
	w.AddPerson(sandbox.Person{ID: bob, Name: "bob", RealName: "李伟", Title: "静安支行 客户经理", TZ: "Asia/Shanghai"})
	w.AddPerson(sandbox.Person{ID: zoe, Name: "zoe", RealName: "Zoe <b>Chen</b>", Title: "Head office", TZ: "Asia/Shanghai"})
	w.AddChannel(sandbox.Channel{ID: desk, Name: "静安支行", Topic: "今日值班：王莉", Members: []string{ann, bob, zoe, w.BotUserID()}})
	w.AddChannel(sandbox.Channel{ID: secret, Name: "重大投诉", Private: true, Members: []string{ann, bob, w.BotUserID()}})
	return w
}

// hands is a clock that is moved by hand and calls what is due.
type hands struct {
	mu  sync.Mutex
	now time.Time
	due func(at time.Time)
}

func (h *hands) Now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now }

func (h *hands) Skip(_ context.Context, d time.Duration) error {
	h.mu.Lock()
	before := h.now
	h.now = h.now.Add(d)
	after := h.now
	h.mu.Unlock()
	if h.due != nil && before.In(shanghai).YearDay() != after.In(shanghai).YearDay() {
		h.due(after)
	}
	return nil
}

func (h *hands) Until(ctx context.Context, hour, minute int) error {
	n := h.Now().In(shanghai)
	at := time.Date(n.Year(), n.Month(), n.Day(), hour, minute, 0, 0, shanghai)
	if !at.After(n) {
		at = at.AddDate(0, 0, 1)
	}
	return h.Skip(ctx, at.Sub(n))
}

// helper is a small app: cards with buttons, a form with three levels, a Home tab.
type helper struct {
	api    *slack.Client
	cancel context.CancelFunc
	done   sync.WaitGroup
	taken  atomic.Int64
	mu     sync.Mutex
	log    []string
}

func (h *helper) note(what string) { h.mu.Lock(); defer h.mu.Unlock(); h.log = append(h.log, what) }

func (h *helper) noted(what string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.log {
		if strings.HasPrefix(l, what) {
			return true
		}
	}
	return false
}

// appProcess starts and stops helpers; it is the page's Bot.
type appProcess struct {
	w    *sandbox.Workspace
	base string
	mu   sync.Mutex
	h    *helper
	keep *helper // what has been noted, over restarts
}

func (p *appProcess) Running() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.h != nil }

func (p *appProcess) Stop() error {
	p.mu.Lock()
	h := p.h
	p.h = nil
	p.mu.Unlock()
	if h != nil {
		h.cancel()
		h.done.Wait()
	}
	return nil
}

func (p *appProcess) Start(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	h := p.keep
	h.cancel = cancel
	h.api = slack.New(p.w.BotToken(), slack.OptionAppLevelToken(p.w.AppToken()), slack.OptionAPIURL(p.base))
	c := socketmode.New(h.api)
	ready := make(chan struct{}, 8)
	h.done.Go(func() { _ = c.RunContext(ctx) })
	h.done.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-c.Events:
				if e.Type == socketmode.EventTypeHello {
					ready <- struct{}{}
				}
				h.done.Go(func() { h.handle(ctx, c, e) })
			}
		}
	})
	select {
	case <-ready:
	case <-time.After(10 * time.Second):
		cancel()
		return fmt.Errorf("start the helper: no hello")
	}
	p.mu.Lock()
	p.h = h
	p.mu.Unlock()
	return nil
}

func plain(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, false, false)
}

func mrkdwn(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("mrkdwn", s, false, false)
}

func (h *helper) handle(ctx context.Context, c *socketmode.Client, e socketmode.Event) {
	if e.Request == nil || e.Request.EnvelopeID == "" {
		return
	}
	var answer any
	switch data := e.Data.(type) {
	case slack.SlashCommand:
		answer = h.command(ctx, data)
	case slack.InteractionCallback:
		answer = h.interaction(ctx, data)
	case slackevents.EventsAPIEvent:
		if o, ok := data.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent); ok {
			_, _ = h.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: o.User, View: slack.HomeTabViewRequest{Type: "home", Blocks: slack.Blocks{BlockSet: []slack.Block{
				slack.NewHeaderBlock(plain("我的投诉")), slack.NewSectionBlock(mrkdwn("今天没有未办结的投诉 *"+o.User+"*"), nil, nil),
				slack.NewActionBlock("homeacts", slack.NewButtonBlockElement("again", "1", plain("刷新"))),
			}}}})
		}
	}
	_ = c.AckCtx(ctx, e.Request.EnvelopeID, answer)
}

func card(text, foot string, live bool) slack.MsgOption {
	blocks := []slack.Block{
		slack.NewHeaderBlock(plain("20261123-007 · 静安支行")),
		slack.NewSectionBlock(mrkdwn("*诉求* "+text), nil, nil),
		slack.NewContextBlock("", mrkdwn(foot)),
	}
	if live {
		take := slack.NewButtonBlockElement("take", "7", plain("受理")).WithStyle(slack.StylePrimary)
		drop := slack.NewButtonBlockElement("drop", "7", plain("撤销")).WithStyle(slack.StyleDanger)
		drop.Confirm = slack.NewConfirmationBlockObject(plain("撤销这张卡片？"), plain("此操作不能恢复。"), plain("撤销"), plain("不撤销"))
		more := slack.NewOverflowBlockElement("more", slack.NewOptionBlockObject("edit", plain("修改"), nil), slack.NewOptionBlockObject("show", plain("查看"), nil))
		blocks = append(blocks, slack.NewActionBlock("acts", take, drop, more))
	}
	return slack.MsgOptionBlocks(blocks...)
}

func (h *helper) command(ctx context.Context, cmd slack.SlashCommand) any {
	h.note(cmd.Command + " " + cmd.Text)
	switch cmd.Command {
	case "/card":
		_, _, err := h.api.PostMessageContext(ctx, cmd.ChannelID, slack.MsgOptionText(cmd.Text, false), card(cmd.Text, "等待受理", true))
		if err != nil {
			h.note("error " + err.Error())
		}
	case "/hush":
		return map[string]any{"response_type": "ephemeral", "text": "只有你能看到：" + cmd.Text}
	case "/form":
		if _, err := h.api.OpenViewContext(ctx, cmd.TriggerID, form("投诉登记", cmd.ChannelID)); err != nil {
			h.note("error " + err.Error())
		}
	}
	return nil
}

func form(title, channel string) slack.ModalViewRequest {
	amount := slack.NewInputBlock("amount", plain("金额（元）"), nil, slack.NewPlainTextInputBlockElement(plain("例如 1280"), "amount"))
	text := slack.NewPlainTextInputBlockElement(plain("客户怎么说"), "text")
	text.Multiline = true
	kind := slack.NewOptionsSelectBlockElement("static_select", plain("选择种类"), "kind", slack.NewOptionBlockObject("fee", plain("费用"), nil), slack.NewOptionBlockObject("service", plain("服务"), nil))
	who := slack.NewOptionsSelectBlockElement("users_select", plain("选择主办"), "who")
	last := slack.NewInputBlock("who", plain("主办"), nil, who)
	last.Optional = true
	return slack.ModalViewRequest{
		Type: "modal", Title: plain(title), Submit: plain("登记"), Close: plain("取消"), CallbackID: "form", PrivateMetadata: channel,
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("text", plain("诉求"), plain("写清客户要什么"), text), amount, slack.NewInputBlock("kind", plain("种类"), nil, kind), last,
			slack.NewActionBlock("deep", slack.NewButtonBlockElement("deeper", "", plain("再开一层"))),
		}},
	}
}

func (h *helper) interaction(ctx context.Context, in slack.InteractionCallback) any {
	switch in.Type {
	case slack.InteractionTypeMessageAction:
		_, _ = h.api.OpenViewContext(ctx, in.TriggerID, form("由消息登记", in.Channel.ID))
	case slack.InteractionTypeBlockActions:
		return h.press(ctx, in)
	case slack.InteractionTypeViewSubmission:
		h.note("submit")
		values := in.View.State.Values
		if amount := values["amount"]["amount"].Value; strings.ContainsAny(amount, "abc负-") {
			return slack.NewErrorsViewSubmissionResponse(map[string]string{"amount": "金额要写成数字，例如 1280"})
		}
		_, _, _ = h.api.PostMessageContext(ctx, in.View.PrivateMetadata, card(values["text"]["text"].Value, "<@"+in.User.ID+"> 登记", true))
	}
	return nil
}

func (h *helper) press(ctx context.Context, in slack.InteractionCallback) any {
	switch a := in.ActionCallback.BlockActions[0]; a.ActionID {
	case "take":
		if !h.taken.CompareAndSwap(0, 1) {
			_, _ = h.api.PostEphemeralContext(ctx, in.Channel.ID, in.User.ID, slack.MsgOptionText("别人已经受理了", false))
			return nil
		}
		h.note("take " + in.User.ID)
		<-time.After(300 * time.Millisecond) // long enough for somebody else to press it too
		_, _, _, _ = h.api.UpdateMessageContext(ctx, in.Channel.ID, in.Message.Timestamp, card("已受理", "<@"+in.User.ID+"> 受理", false))
		_, _, _ = h.api.PostMessageContext(ctx, in.Channel.ID, slack.MsgOptionText("09:12 <@"+in.User.ID+"> 受理", false), slack.MsgOptionTS(in.Message.Timestamp))
	case "drop", "more":
		h.note(a.ActionID + " " + a.SelectedOption.Value)
	case "deeper":
		_, _ = h.api.PushViewContext(ctx, in.TriggerID, form("上一层之上", in.View.PrivateMetadata))
	case "again":
		h.note("again")
	}
	return nil
}

// stage is a workspace, a page and an app on one loopback address.
type stage struct {
	w     *sandbox.Workspace
	url   string
	clock *hands
	app   *appProcess
}

func newStage(t testing.TB, change func(*page.Options)) *stage {
	t.Helper()
	clock := &hands{now: time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai)}
	w := bank(t, clock.Now)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	s := &stage{w: w, url: "http://" + l.Addr().String(), clock: clock}
	s.app = &appProcess{w: w, base: s.url + "/api/", keep: &helper{}}
	o := page.Options{Workspace: w, Clock: clock, Bot: s.app, Language: "zh-CN", Zone: shanghai, FirstPerson: ann, FirstChannel: desk}
	if change != nil {
		change(&o)
	}
	h, err := page.New(o)
	if err != nil {
		t.Fatalf("page.New: %v", err)
	}
	mux := http.NewServeMux()
	for _, p := range []string{"/api/", "/link/", "/response/", "/upload/", "/files/"} {
		mux.Handle(p, w.Handler())
	}
	mux.Handle("/", h)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	var wg sync.WaitGroup
	wg.Go(func() { _ = srv.Serve(l) })
	t.Cleanup(func() { _ = s.app.Stop(); _ = srv.Close(); wg.Wait() })
	return s
}

// post posts a text as the app.
func (h *helper) post(channel, text string) error {
	_, _, err := h.api.PostMessageContext(context.Background(), channel, slack.MsgOptionText(text, false))
	return err
}
