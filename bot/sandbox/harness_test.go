package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"sameday/bot/sandbox"
)

const manifestJSON = `{
  "display_information": {"name": "Helper", "description": "answers", "background_color": "#112233"},
  "features": {
    "app_home": {"home_tab_enabled": true, "messages_tab_enabled": true},
    "bot_user": {"display_name": "helper", "always_online": true},
    "slash_commands": [
      {"command": "/ask", "description": "ask", "usage_hint": "[what]", "should_escape": true},
      {"command": "/raw", "description": "ask without escaping"}
    ],
    "shortcuts": [
      {"name": "Keep", "type": "message", "callback_id": "keep", "description": "keep it"},
      {"name": "Start", "type": "global", "callback_id": "start", "description": "start it"}
    ]
  },
  "oauth_config": {"scopes": {"bot": [
    "app_mentions:read", "bookmarks:read", "bookmarks:write", "channels:history", "channels:join", "channels:manage", "channels:read",
    "channels:write.invites", "channels:write.topic", "chat:write", "chat:write.public", "commands", "files:read", "files:write",
    "groups:history", "groups:read", "groups:write", "im:history", "im:read", "im:write", "mpim:history", "mpim:read", "mpim:write",
    "pins:read", "pins:write", "reactions:read", "reactions:write", "team:read", "usergroups:read", "usergroups:write",
    "users:read", "users:read.email", "users.profile:read"]}},
  "settings": {
    "event_subscriptions": {"bot_events": ["app_home_opened", "app_mention", "channel_archive", "channel_left", "member_joined_channel",
      "member_left_channel", "message.channels", "message.groups", "message.im", "pin_added", "reaction_added"]},
    "interactivity": {"is_enabled": true},
    "socket_mode_enabled": true
  }
}`

// Ids of the people and rooms that every test workspace has.
const (
	ann, bob, zoe = "U0ANN", "U0BOB", "U0ZOE"
	desk, secret  = "C0DESK", "C0SECRET"
)

// bank makes a workspace with three people (Zoe is not in the private channel), a public and a private channel that the
// bot is in.
func bank(t *testing.T, change ...func(*sandbox.Options)) *sandbox.Workspace {
	t.Helper()
	o := sandbox.Options{Manifest: []byte(manifestJSON)}
	for _, c := range change {
		c(&o)
	}
	w, err := sandbox.New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(w.Close)
	w.AddPerson(sandbox.Person{ID: ann, Name: "ann", RealName: "安娜", Email: "ann@bank.example", TZ: "Asia/Shanghai"})
	w.AddPerson(sandbox.Person{ID: bob, Name: "bob", RealName: "Bob Li", Email: "bob@bank.example"})
	w.AddPerson(sandbox.Person{ID: zoe, Name: "zoe", RealName: "Zoe", Email: "zoe@bank.example"})
	w.AddChannel(sandbox.Channel{ID: desk, Name: "desk", Members: []string{ann, bob, zoe, w.BotUserID()}})
	w.AddChannel(sandbox.Channel{ID: secret, Name: "secret", Private: true, Members: []string{ann, bob, w.BotUserID()}})
	return w
}

func limits(l sandbox.Limits) func(*sandbox.Options) {
	return func(o *sandbox.Options) { o.Limits = l }
}

// without takes a scope or an event out of the manifest.
func without(names ...string) func(*sandbox.Options) {
	return func(o *sandbox.Options) {
		text := string(o.Manifest)
		for _, n := range names {
			text = strings.Replace(text, `"`+n+`", `, "", 1)
			text = strings.Replace(text, `"`+n+`",`, "", 1)
		}
		o.Manifest = []byte(text)
	}
}

// bubble runs a test in fake time, with a context that ends after an hour of it.
func bubble(t *testing.T, test func(t *testing.T, ctx context.Context)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		test(t, ctx)
	})
}

// api calls a method with a form and returns the status, the header and the reply.
func api(t *testing.T, w *sandbox.Workspace, method string, args ...string) (int, http.Header, map[string]any) {
	t.Helper()
	form := url.Values{"token": {w.BotToken()}}
	for i := 0; i+1 < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	resp, err := w.HTTPClient().PostForm(w.MemoryURL()+method, form)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return decode(t, method, resp)
}

func decode(t *testing.T, what string, resp *http.Response) (int, http.Header, map[string]any) {
	t.Helper()
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: read the reply: %v", what, err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%s: reply %q: %v", what, raw, err)
	}
	return resp.StatusCode, resp.Header, out
}

// ok calls a method that must succeed.
func ok(t *testing.T, w *sandbox.Workspace, method string, args ...string) map[string]any {
	t.Helper()
	_, _, out := api(t, w, method, args...)
	if out["ok"] != true {
		t.Fatalf("%s %v: got %v, want ok", method, args, out)
	}
	return out
}

// refused calls a method that must answer with that error.
func refused(t *testing.T, w *sandbox.Workspace, want, method string, args ...string) map[string]any {
	t.Helper()
	_, _, out := api(t, w, method, args...)
	if out["ok"] != false || out["error"] != want {
		t.Errorf("%s %v: got %v, want error %s", method, args, out, want)
	}
	return out
}

// post posts a text and returns its ts.
func post(t *testing.T, w *sandbox.Workspace, channel, text string, more ...string) string {
	t.Helper()
	out := ok(t, w, "chat.postMessage", append([]string{"channel", channel, "text", text}, more...)...)
	ts, _ := out["ts"].(string)
	return ts
}

// dig follows keys and indexes into a decoded reply.
func dig(v any, path ...any) any {
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

// app is a slack-go client with n sockets and one handler for all of them.
type app struct {
	*slack.Client
	w       *sandbox.Workspace
	cancel  context.CancelFunc
	clients []*socketmode.Client

	mu      sync.Mutex
	events  []socketmode.Event
	onEvent func(*socketmode.Client, socketmode.Event)
}

// connect runs an app inside the bubble. handle gets every envelope and acknowledges it itself; nil acknowledges all.
func connect(t *testing.T, ctx context.Context, w *sandbox.Workspace, n int, handle func(*socketmode.Client, socketmode.Event)) *app {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	a := &app{w: w, cancel: cancel, onEvent: handle}
	a.Client = slack.New(w.BotToken(), slack.OptionAppLevelToken(w.AppToken()), slack.OptionAPIURL(w.MemoryURL()), slack.OptionHTTPClient(w.HTTPClient()))
	var wg sync.WaitGroup
	for range n {
		c := socketmode.New(a.Client, socketmode.OptionDialer(w.Dialer()))
		a.clients = append(a.clients, c)
		wg.Go(func() { _ = c.RunContext(ctx) })
		wg.Go(func() { a.drain(ctx, c) })
	}
	t.Cleanup(func() { cancel(); w.Close(); wg.Wait() })
	synctest.Wait()
	if got := w.Sockets(); got != n {
		t.Fatalf("sockets: got %d, want %d", got, n)
	}
	return a
}

func (a *app) drain(ctx context.Context, c *socketmode.Client) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-c.Events:
			a.mu.Lock()
			a.events = append(a.events, e)
			a.mu.Unlock()
			switch {
			case e.Request == nil || e.Request.EnvelopeID == "":
			case a.onEvent != nil:
				a.onEvent(c, e)
			default:
				_ = c.AckCtx(ctx, e.Request.EnvelopeID, nil)
			}
		}
	}
}

// got returns the envelopes of a type seen so far.
func (a *app) got(kind socketmode.EventType) []socketmode.Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []socketmode.Event
	for _, e := range a.events {
		if e.Type == kind {
			out = append(out, e)
		}
	}
	return out
}

// inner returns the inner events of a type, decoded.
func (a *app) inner(kind string) []map[string]any {
	var out []map[string]any
	for _, e := range a.got(socketmode.EventTypeEventsAPI) {
		var p map[string]any
		_ = json.Unmarshal(e.Request.Payload, &p)
		ev, _ := p["event"].(map[string]any)
		if ev["type"] == kind {
			ev["event_id"], ev["retry"] = p["event_id"], float64(e.Request.RetryAttempt)
			out = append(out, ev)
		}
	}
	return out
}

func readCloser(raw []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(raw)) }

func read(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("read the reply: %v", err)
	}
	return string(raw)
}
