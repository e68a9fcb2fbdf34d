package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"sameday/bot/sandbox"
)

// view writes a modal with one input and one button that raises an action.
func view(title, more string) string {
	return `{"type":"modal","title":{"type":"plain_text","text":"` + title + `"},"submit":{"type":"plain_text","text":"Send"}` + more + `,
	"blocks":[{"type":"input","block_id":"b","label":{"type":"plain_text","text":"Note"},"element":{"type":"plain_text_input","action_id":"a","initial_value":"start"}},
	{"type":"actions","block_id":"x","elements":[{"type":"button","action_id":"more","text":{"type":"plain_text","text":"More"}},
	{"type":"overflow","action_id":"menu","options":[{"text":{"type":"plain_text","text":"One"},"value":"1"}]}]}]}`
}

// triggers collects trigger ids from commands and clicks, and answers submissions with what is set.
type triggers struct {
	mu     sync.Mutex
	last   string
	answer any
}

func (x *triggers) handle(ctx context.Context) func(*socketmode.Client, socketmode.Event) {
	return func(c *socketmode.Client, e socketmode.Event) {
		x.mu.Lock()
		answer := any(nil)
		switch d := e.Data.(type) {
		case slack.SlashCommand:
			x.last = d.TriggerID
		case slack.InteractionCallback:
			x.last = or(d.TriggerID, x.last)
			if d.Type == slack.InteractionTypeViewSubmission {
				answer = x.answer
			}
		}
		x.mu.Unlock()
		_ = c.AckCtx(ctx, e.Request.EnvelopeID, answer)
	}
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func (x *triggers) set(v any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answer = v
}

// fresh types a command and returns its trigger.
func (x *triggers) fresh(t *testing.T, w *sandbox.Workspace) string {
	t.Helper()
	if r, err := w.As(ann).Type(desk, "/ask"); err != nil || r.Failure != "" {
		t.Fatalf("/ask: %+v, %v", r, err)
	}
	return x.trigger()
}

func (x *triggers) trigger() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.last
}

func TestTriggers(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var x triggers
		connect(t, ctx, w, 1, x.handle(ctx))
		id := x.fresh(t, w)
		refused(t, w, "invalid_trigger_id", "views.open", "trigger_id", "1.2.3", "view", view("A", ""))
		<-time.After(3 * time.Second)
		ok(t, w, "views.open", "trigger_id", id, "view", view("A", ""))
		refused(t, w, "exchanged_trigger_id", "views.open", "trigger_id", id, "view", view("A", ""))
		late := x.fresh(t, w)
		<-time.After(3*time.Second + time.Millisecond)
		refused(t, w, "expired_trigger_id", "views.open", "trigger_id", late, "view", view("A", ""))
		out := refused(t, w, "invalid_arguments", "views.open", "trigger_id", x.fresh(t, w), "view", view(strings.Repeat("t", 25), ""))
		if got := fmt.Sprint(dig(out, "response_metadata", "messages")); !strings.Contains(got, "[json-pointer:/view/title/text]") {
			t.Errorf("long title: got %s", got)
		}
		refused(t, w, "invalid_arguments", "views.open", "trigger_id", x.fresh(t, w), "view", `{"type":"home","blocks":[]}`)
		refused(t, w, "invalid_arguments", "views.open", "trigger_id", x.fresh(t, w))
		refused(t, w, "invalid_arguments", "views.open", "trigger_id", x.fresh(t, w), "view", view("A", `,"private_metadata":"`+strings.Repeat("p", 3001)+`"`))
		refused(t, w, "view_too_large", "views.open", "trigger_id", x.fresh(t, w), "view", view("A", `,"private_metadata":"`+strings.Repeat("p", 250_000)+`"`))
	})
}

func TestStackOfModals(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var x triggers
		a := connect(t, ctx, w, 1, x.handle(ctx))
		who := w.As(ann)
		root := ok(t, w, "views.open", "trigger_id", x.fresh(t, w), "view", view("One", `,"external_id":"e1","notify_on_close":true`))
		refused(t, w, "invalid_arguments", "views.push", "trigger_id", x.fresh(t, w), "view", view("X", ""))
		if _, err := w.As(bob).Type(desk, "/ask"); err != nil {
			t.Fatalf("/ask: %v", err)
		}
		refused(t, w, "duplicate_external_id", "views.open", "trigger_id", x.trigger(), "view", view("X", `,"external_id":"e1"`))
		click := func() string {
			if r, err := who.ClickInView("More"); err != nil || r.Failure != "" {
				t.Fatalf("ClickInView: %+v, %v", r, err)
			}
			return x.trigger()
		}
		id := fmt.Sprint(dig(root, "view", "id"))
		two := ok(t, w, "views.push", "trigger_id", click(), "view", view("Two", `,"notify_on_close":true`))
		if dig(two, "view", "root_view_id") != id || dig(two, "view", "previous_view_id") != id {
			t.Errorf("second view: got %v, want the first as root and previous", two["view"])
		}
		ok(t, w, "views.push", "trigger_id", click(), "view", view("Three", ""))
		refused(t, w, "push_limit_reached", "views.push", "trigger_id", click(), "view", view("Four", ""))
		if v := who.View(); v.Title != "Three" || v.Depth != 3 {
			t.Errorf("on top: got %s at %d", v.Title, v.Depth)
		}
		who.CloseView() // asks for no notice
		if v := who.View(); v.Title != "Two" {
			t.Errorf("after closing: got %s", v.Title)
		}
		who.CloseView()
		who.CloseAll()
		synctest.Wait()
		if who.View() != nil {
			t.Errorf("after the X: got %+v", who.View())
		}
		var closed []string
		for _, e := range a.got(socketmode.EventTypeInteractive) {
			if d, _ := e.Data.(slack.InteractionCallback); d.Type == slack.InteractionTypeViewClosed {
				closed = append(closed, fmt.Sprint(d.View.Title.Text, d.IsCleared))
			}
		}
		if got := strings.Join(closed, " "); got != "Twofalse Onetrue" {
			t.Errorf("view_closed: got %s", got)
		}
		refused(t, w, "not_found", "views.update", "view_id", id, "view", view("A", ""))
	})
}

func TestUpdateOfViews(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var x triggers
		connect(t, ctx, w, 1, x.handle(ctx))
		who := w.As(ann)
		out := ok(t, w, "views.open", "trigger_id", x.fresh(t, w), "view", view("One", `,"external_id":"e1"`))
		id, hash := fmt.Sprint(dig(out, "view", "id")), fmt.Sprint(dig(out, "view", "hash"))
		if got := dig(out, "view", "state", "values", "b", "a", "value"); got != "start" {
			t.Errorf("initial state: got %v", got)
		}
		if err := who.Fill("Note", "mine"); err != nil {
			t.Fatalf("Fill: %v", err)
		}
		ok(t, w, "views.update", "view_id", id, "hash", hash, "view", view("Two", `,"external_id":"e1"`))
		refused(t, w, "hash_conflict", "views.update", "view_id", id, "hash", hash, "view", view("Three", ""))
		if v := who.View(); v.Title != "Two" || !strings.Contains(string(v.State), "mine") {
			t.Errorf("after the update: got %s with state %s, want what was put in kept", v.Title, v.State)
		}
		moved := strings.Replace(view("Three", `,"external_id":"e1"`), `"block_id":"b"`, `"block_id":"b2"`, 1)
		ok(t, w, "views.update", "external_id", "e1", "view", moved)
		if v := who.View(); strings.Contains(string(v.State), "mine") {
			t.Errorf("another block: got state %s, want it fresh", v.State)
		}
		refused(t, w, "not_found", "views.update", "external_id", "e9", "view", view("A", ""))
		refused(t, w, "invalid_arguments", "views.update", "view", view("A", ""))
	})
}

func TestAnswersToSubmissions(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		var d drops
		w := bank(t, d.option)
		var x triggers
		connect(t, ctx, w, 1, x.handle(ctx))
		who := w.As(ann)
		const trouble = "We had some trouble connecting. Try again?"
		raw := func(s string) json.RawMessage { return json.RawMessage(s) }
		tests := []struct {
			name    string
			answer  any
			failure string
			errs    int
			title   string // on top afterwards
			depth   int
		}{
			{"nothing", nil, "", 0, "", 0},
			{"clear", map[string]any{"response_action": "clear"}, "", 0, "", 0},
			{"errors", map[string]any{"response_action": "errors", "errors": map[string]string{"b": "no"}}, "", 1, "One", 1},
			{"errors under no input", map[string]any{"response_action": "errors", "errors": map[string]string{"x": "no"}}, trouble, 0, "One", 1},
			{"no errors", map[string]any{"response_action": "errors", "errors": map[string]string{}}, trouble, 0, "One", 1},
			{"update", map[string]any{"response_action": "update", "view": raw(view("Two", ""))}, "", 0, "Two", 1},
			{"push", map[string]any{"response_action": "push", "view": raw(view("Two", ""))}, "", 0, "Two", 2},
			{"bad view", map[string]any{"response_action": "push", "view": raw(view(strings.Repeat("t", 30), ""))}, trouble, 0, "One", 1},
			{"unknown", map[string]any{"response_action": "bounce"}, trouble, 0, "One", 1},
			{"no object", "what?", trouble, 0, "One", 1},
		}
		for _, tt := range tests {
			ok(t, w, "views.open", "trigger_id", x.fresh(t, w), "view", view("One", ""))
			x.set(tt.answer)
			r, err := who.Submit()
			if err != nil || r.Failure != tt.failure || len(r.Errors) != tt.errs {
				t.Errorf("%s: got %+v, %v, want failure %q", tt.name, r, err, tt.failure)
			}
			title, depth := "", 0
			if v := who.View(); v != nil {
				title, depth = v.Title, v.Depth
			}
			if title != tt.title || depth != tt.depth {
				t.Errorf("%s: on top is %q at %d, want %q at %d", tt.name, title, depth, tt.title, tt.depth)
			}
			if r.View != nil && r.View.Title != "Two" {
				t.Errorf("%s: reply shows %q", tt.name, r.View.Title)
			}
			who.CloseAll()
		}
		if !d.has("bounce") {
			t.Errorf("dropped: got %v", d.lines)
		}
		ok(t, w, "views.open", "trigger_id", x.fresh(t, w), "view", view("One", ""))
		w.SetFaults(sandbox.Faults{Ghosts: 1000})
		start := time.Now()
		if r, err := who.Submit(); err != nil || r.Failure != trouble || who.View() == nil || time.Since(start) != 3*time.Second {
			t.Errorf("no acknowledgement: got %+v, %v after %v", r, err, time.Since(start))
		}
	})
}

func TestHome(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		home := func(text string) string {
			return `{"type":"home","blocks":[{"type":"actions","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"` + text + `"}}]}]}`
		}
		var a *app
		a = connect(t, ctx, w, 1, func(c *socketmode.Client, e socketmode.Event) {
			if len(a.inner("app_home_opened")) > 0 {
				ok(t, w, "views.publish", "user_id", ann, "view", home("Hello"))
			}
			_ = c.AckCtx(ctx, e.Request.EnvelopeID, nil)
		})
		v, err := w.As(ann).OpenHome()
		if err != nil || v == nil || v.Type != "home" || v.Plain() != "[ Hello ]" {
			t.Fatalf("OpenHome: got %+v, %v", v, err)
		}
		if r, err := w.As(ann).ClickInView("go"); err != nil || r.Failure != "" {
			t.Errorf("click on the Home tab: got %+v, %v", r, err)
		}
		if got := a.inner("app_home_opened")[0]; got["tab"] != "home" || got["channel"] != w.As(ann).DM() {
			t.Errorf("app_home_opened: got %v", got)
		}
		refused(t, w, "hash_conflict", "views.publish", "user_id", ann, "view", home("x"), "hash", "old")
		refused(t, w, "invalid_arguments", "views.publish", "user_id", "U0NONE", "view", home("x"))
		off := bank(t, func(o *sandbox.Options) {
			o.Manifest = []byte(strings.Replace(string(o.Manifest), `"home_tab_enabled": true`, `"home_tab_enabled": false`, 1))
		})
		refused(t, off, "not_enabled", "views.publish", "user_id", ann, "view", home("x"))
		if _, err := off.As(ann).OpenHome(); err == nil {
			t.Errorf("open a Home tab that is off: got no error")
		}
	})
}

// form is a modal with one of everything that can be filled in.
const form = `{"type":"modal","title":{"type":"plain_text","text":"Form"},"submit":{"type":"plain_text","text":"Send"},"blocks":[
 {"type":"input","block_id":"radio","label":{"type":"plain_text","text":"Radio"},"element":{"type":"radio_buttons","action_id":"v","options":[{"text":{"type":"plain_text","text":"Red"},"value":"r"},{"text":{"type":"plain_text","text":"Blue"},"value":"b"}]}},
 {"type":"input","block_id":"check","label":{"type":"plain_text","text":"Check"},"element":{"type":"checkboxes","action_id":"v","options":[{"text":{"type":"plain_text","text":"Up"},"value":"u"},{"text":{"type":"plain_text","text":"Down"},"value":"d"}]}},
 {"type":"input","block_id":"select","label":{"type":"plain_text","text":"Select"},"element":{"type":"static_select","action_id":"v","option_groups":[{"label":{"type":"plain_text","text":"G"},"options":[{"text":{"type":"plain_text","text":"North"},"value":"n"}]}]}},
 {"type":"input","block_id":"multi","label":{"type":"plain_text","text":"Multi"},"element":{"type":"multi_static_select","action_id":"v","max_selected_items":1,"options":[{"text":{"type":"plain_text","text":"A"},"value":"a"},{"text":{"type":"plain_text","text":"B"},"value":"b"}]}},
 {"type":"input","block_id":"date","label":{"type":"plain_text","text":"Date"},"element":{"type":"datepicker","action_id":"v"}},
 {"type":"input","block_id":"time","label":{"type":"plain_text","text":"Time"},"element":{"type":"timepicker","action_id":"v"}},
 {"type":"input","block_id":"moment","label":{"type":"plain_text","text":"Moment"},"element":{"type":"datetimepicker","action_id":"v"}},
 {"type":"input","block_id":"number","label":{"type":"plain_text","text":"Number"},"element":{"type":"number_input","action_id":"v","is_decimal_allowed":false,"min_value":"2","max_value":"9"}},
 {"type":"input","block_id":"mail","label":{"type":"plain_text","text":"Mail"},"element":{"type":"email_text_input","action_id":"v"}},
 {"type":"input","block_id":"url","label":{"type":"plain_text","text":"URL"},"element":{"type":"url_text_input","action_id":"v"}},
 {"type":"input","block_id":"user","label":{"type":"plain_text","text":"User"},"element":{"type":"users_select","action_id":"v"}},
 {"type":"input","block_id":"channel","label":{"type":"plain_text","text":"Channel"},"element":{"type":"conversations_select","action_id":"v","response_url_enabled":true}},
 {"type":"input","block_id":"ext","label":{"type":"plain_text","text":"Ext"},"element":{"type":"external_select","action_id":"ext","min_query_length":1}},
 {"type":"input","block_id":"now","dispatch_action":true,"optional":true,"label":{"type":"plain_text","text":"Now"},"element":{"type":"plain_text_input","action_id":"now"}},
 {"type":"input","block_id":"least","label":{"type":"plain_text","text":"Least"},"element":{"type":"plain_text_input","action_id":"v","min_length":3}}]}`

func TestFillingIn(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var mu sync.Mutex
		var sent slack.InteractionCallback
		var raw map[string]any
		a := connect(t, ctx, w, 1, func(c *socketmode.Client, e socketmode.Event) {
			var answer any
			if d, is := e.Data.(slack.InteractionCallback); is {
				mu.Lock()
				defer mu.Unlock()
				sent = d
				_ = json.Unmarshal(e.Request.Payload, &raw)
				if d.Type == slack.InteractionTypeBlockSuggestion {
					answer = slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("k", slack.NewTextBlockObject("plain_text", "Found "+d.Value, false, false), nil)}}
				}
			}
			if d, is := e.Data.(slack.SlashCommand); is {
				ok(t, w, "views.open", "trigger_id", d.TriggerID, "view", form)
			}
			_ = c.AckCtx(ctx, e.Request.EnvelopeID, answer)
		})
		who := w.As("ann")
		if r, err := who.Type("desk", "/ask"); err != nil || r.View == nil {
			t.Fatalf("/ask: %+v, %v", r, err)
		}
		for _, bad := range [][]string{
			{"Radio", "green"},
			{"Radio", "r", "b"},
			{"Multi", "a", "b"},
			{"Date", "tomorrow"},
			{"Time", "25:00"},
			{"Moment", "soon"},
			{"Number", "two"},
			{"Number", "2.5"},
			{"Number", "1"},
			{"Number", "10"},
			{"Mail", "nobody"},
			{"URL", "nowhere"},
			{"User", "U0NONE"},
			{"Channel", "nowhere"},
			{"Ext", "unasked"},
			{"None", "x"},
			{"Least", strings.Repeat("x", 3001)},
		} {
			if err := who.Fill(bad[0], bad[1:]...); err == nil {
				t.Errorf("fill %v: got no error", bad)
			}
		}
		offered, err := who.Suggest("Ext", "thing")
		if err != nil || len(offered) != 1 || offered[0].Text != "Found thing" {
			t.Fatalf("Suggest: got %v, %v", offered, err)
		}
		for _, good := range [][]string{
			{"Radio", "Blue"},
			{"Check", "u", "Down"},
			{"Select", "North"},
			{"Multi", "b"},
			{"Date", "2026-11-23"},
			{"Time", "08:30"},
			{"Moment", "1795424400"},
			{"Number", "7"},
			{"Mail", "a@b.example"},
			{"URL", "https://b.example"},
			{"User", "安娜"},
			{"Channel", "desk"},
			{"Ext", "k"},
			{"Now", "at once"},
			{"Least", "ab"},
		} {
			if err := who.Fill(good[0], good[1:]...); err != nil {
				t.Errorf("fill %v: %v", good, err)
			}
		}
		if n := len(a.got(socketmode.EventTypeInteractive)); n != 2 || sent.ActionCallback.BlockActions[0].Value != "at once" {
			t.Errorf("dispatch_action: got %d payloads, last %+v", n, sent.ActionCallback.BlockActions)
		}
		if r, _ := who.Submit(); r.Errors["least"] == "" || len(r.Errors) != 1 {
			t.Errorf("too short a text: got %+v", r)
		}
		if err := who.Fill("Least", "abc"); err != nil {
			t.Fatalf("Fill: %v", err)
		}
		if r, err := who.Submit(); err != nil || len(r.Errors) > 0 || r.Failure != "" {
			t.Fatalf("Submit: %+v, %v", r, err)
		}
		v := func(path ...any) any { return dig(raw, append([]any{"view", "state", "values"}, path...)...) }
		got := fmt.Sprintln(v("radio", "v", "selected_option", "value"), v("check", "v", "selected_options", 1, "value"), v("select", "v", "selected_option", "value"),
			v("multi", "v", "selected_options", 0, "value"), v("date", "v", "selected_date"), v("time", "v", "selected_time"), v("moment", "v", "selected_date_time"),
			v("number", "v", "value"), v("mail", "v", "value"), v("user", "v", "selected_user"), v("channel", "v", "selected_conversation"),
			v("ext", "ext", "selected_option", "value"), v("now", "now", "value"))
		if want := "b d n b 2026-11-23 08:30 1.7954244e+09 7 a@b.example U0ANN C0DESK k at once"; strings.Join(strings.Fields(got), " ") != want {
			t.Errorf("state: got %s, want %s", got, want)
		}
		url, _ := dig(raw, "response_urls", 0, "response_url").(string)
		if _, _, err := a.PostMessageContext(ctx, desk, slack.MsgOptionResponseURL(url, slack.ResponseTypeInChannel), slack.MsgOptionText("from the form", false)); err != nil {
			t.Errorf("answer at the form's response URL: %v", err)
		}
		if seen, _ := who.Channel(desk); len(seen) != 1 || seen[0].Text != "from the form" {
			t.Errorf("channel: got %+v", seen)
		}
	})
}
