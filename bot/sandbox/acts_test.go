package sandbox_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"sameday/bot/sandbox"
)

func TestWhatACommandCarries(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var mu sync.Mutex
		var got slack.SlashCommand
		connect(t, ctx, w, 1, func(c *socketmode.Client, e socketmode.Event) {
			mu.Lock()
			defer mu.Unlock()
			got, _ = e.Data.(slack.SlashCommand)
			_ = c.AckCtx(ctx, e.Request.EnvelopeID, nil)
		})
		who := w.As(ann)
		tests := []struct{ channel, typed, command, text, name string }{
			{desk, "/ask @bob about #desk & <that> https://a.example", "/ask", "<@U0BOB> about <#C0DESK|desk> &amp; &lt;that&gt; <https://a.example>", "desk"},
			{secret, "/ask 交办 7 @安娜 in #secret", "/ask", "交办 7 <@U0ANN> in <#C0SECRET|>", "privategroup"},
			{desk, "/raw @bob & #desk", "/raw", "@bob & #desk", "desk"},
			{who.DM(), "/ask", "/ask", "", "directmessage"},
			{desk, "/ask\ttab", "", "", ""},
			{desk, "/ask  two  spaces ", "/ask", " two  spaces ", "desk"},
		}
		for _, tt := range tests {
			got = slack.SlashCommand{}
			r, err := who.Type(tt.channel, tt.typed)
			if err != nil || got.Command != tt.command || got.Text != tt.text || got.ChannelName != tt.name {
				t.Errorf("%q: got %s %q in %s, %+v, %v, want %s %q in %s", tt.typed, got.Command, got.Text, got.ChannelName, r, err, tt.command, tt.text, tt.name)
			}
			if tt.command != "" && (got.UserID != ann || got.TeamID != w.TeamID() || got.APIAppID != w.AppID() || got.TriggerID == "" || !strings.HasPrefix(got.ResponseURL, "http://slack.test/response/")) {
				t.Errorf("%q: got %+v", tt.typed, got)
			}
		}
		who.SmartQuotes(true)
		if _, err := who.Type(desk, `/raw say "hello" -- it's 'fine'`); err != nil || got.Text != "say “hello” — it’s ‘fine’" {
			t.Errorf("smart quotes: got %q, %v", got.Text, err)
		}
		if r, err := who.Type(desk, "/nothing"); err != nil || r.Failure != "/nothing is not a valid command." {
			t.Errorf("unknown command: got %+v, %v", r, err)
		}
		lobby := w.AddChannel(sandbox.Channel{Name: "lobby", Members: []string{ann}})
		if r, err := who.Type(lobby, "/ask"); err != nil || r.Failure != "" || got.ChannelID != lobby {
			t.Errorf("where the bot is not: got %+v, %v, channel %s", r, err, got.ChannelID)
		}
		if seen, _ := who.Channel(lobby); len(seen) != 0 {
			t.Errorf("a command leaves %+v, want nothing", seen)
		}
		ts := post(t, w, desk, "parent")
		got = slack.SlashCommand{}
		if r, err := who.TypeInThread(desk, ts, "/ask now"); err != nil || r.Failure != "/ask is not supported in threads. Sorry!" || got.Command != "" {
			t.Errorf("in a thread: got %+v, %v, app got %+v", r, err, got)
		}
	})
}

func TestAnswersToCommands(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var answer any
		connect(t, ctx, w, 1, func(c *socketmode.Client, e socketmode.Event) {
			if e.Type == socketmode.EventTypeSlashCommand {
				_ = c.AckCtx(ctx, e.Request.EnvelopeID, answer)
				return
			}
			_ = c.AckCtx(ctx, e.Request.EnvelopeID, nil)
		})
		lobby := w.AddChannel(sandbox.Channel{Name: "lobby", Members: []string{ann, bob}})
		answer = map[string]any{"text": "for all", "response_type": "in_channel"}
		if r, err := w.As(ann).Type(lobby, "/ask <b>"); err != nil || r.Posted == nil || r.Posted.Text != "for all" || r.Posted.BotID != w.BotID() {
			t.Errorf("in_channel: got %+v, %v", r, err)
		}
		answer = map[string]any{"response_type": "in_channel"}
		if r, err := w.As(ann).Type(lobby, "/ask echo"); err != nil || r.Posted != nil || r.Failure != "" {
			t.Errorf("in_channel alone: got %+v, %v", r, err)
		}
		var all []string
		seen, _ := w.As(bob).Channel(lobby)
		for _, m := range seen {
			all = append(all, m.User+": "+m.Plain())
		}
		want := fmt.Sprintf("%s: /ask <b>|%s: for all|%s: /ask echo", ann, w.BotUserID(), ann)
		if got := strings.Join(all, "|"); got != want {
			t.Errorf("everybody sees %s, want %s", got, want)
		}
		answer = map[string]any{"text": "x", "blocks": []any{map[string]any{"type": "nonsense"}}}
		if r, err := w.As(ann).Type(lobby, "/ask"); err != nil || r.Failure != "invalid_command_response" {
			t.Errorf("bad blocks: got %+v, %v", r, err)
		}
	})
}

const card = `[{"type":"section","block_id":"s","text":{"type":"mrkdwn","text":"Card"},"accessory":{"type":"static_select","action_id":"pick","placeholder":{"type":"plain_text","text":"Pick"},"options":[{"text":{"type":"plain_text","text":"One"},"value":"1"},{"text":{"type":"plain_text","text":"Two"},"value":"2"}]}},
 {"type":"actions","block_id":"a1","elements":[{"type":"button","action_id":"go","value":"7","text":{"type":"plain_text","text":"Go"}},{"type":"button","action_id":"link","url":"https://a.example","text":{"type":"plain_text","text":"Open"}},
 {"type":"overflow","action_id":"menu","options":[{"text":{"type":"plain_text","text":"Later"},"value":"l"},{"text":{"type":"plain_text","text":"Never"},"value":"n"}]}]},
 {"type":"actions","block_id":"a2","elements":[{"type":"button","action_id":"go","value":"8","text":{"type":"plain_text","text":"Go"}}]}]`

func TestClicks(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var mu sync.Mutex
		var last map[string]any
		a := connect(t, ctx, w, 1, nil)
		a.onEvent = func(c *socketmode.Client, e socketmode.Event) {
			mu.Lock()
			defer mu.Unlock()
			if e.Type == socketmode.EventTypeInteractive {
				last = decodeRaw(t, e.Request.Payload)
				if d, isClick := e.Data.(slack.InteractionCallback); !isClick || d.Type != slack.InteractionTypeBlockActions {
					t.Errorf("click: got %T", e.Data)
				}
			}
			_ = c.AckCtx(ctx, e.Request.EnvelopeID, nil)
		}
		parent := post(t, w, desk, "parent")
		ts := post(t, w, desk, "card", "blocks", card, "thread_ts", parent)
		hidden := fmt.Sprint(ok(t, w, "chat.postEphemeral", "channel", desk, "user", ann, "text", "x", "blocks", card)["message_ts"])
		tests := []struct{ ts, target, action, value string }{
			{ts, "a1/go", "go", "7"},
			{ts, "a2/go", "go", "8"},
			{ts, "Open", "link", ""},
			{ts, "Never", "menu", "n"},
			{ts, "l", "menu", "l"},
			{hidden, "a1/go", "go", "7"},
		}
		for _, tt := range tests {
			r, err := w.As(ann).Click(desk, tt.ts, tt.target)
			act := dig(last, "actions", 0)
			value, _ := dig(act, "value").(string)
			if value == "" {
				value, _ = dig(act, "selected_option", "value").(string)
			}
			if err != nil || r.Failure != "" || dig(act, "action_id") != tt.action || value != tt.value {
				t.Errorf("click %s: got %v, %+v, %v", tt.target, act, r, err)
			}
			if dig(last, "container", "message_ts") != tt.ts || dig(last, "container", "is_ephemeral") != (tt.ts == hidden) || (dig(last, "message") == nil) != (tt.ts == hidden) {
				t.Errorf("click %s: got container %v, message %v", tt.target, last["container"], last["message"])
			}
			if thread := dig(last, "container", "thread_ts"); tt.ts == ts && thread != parent {
				t.Errorf("click in a thread: got thread %v", thread)
			}
		}
		if r, err := w.As(ann).Choose(desk, ts, "pick", "Two"); err != nil || r.Failure != "" || dig(last, "actions", 0, "selected_option", "value") != "2" || dig(last, "state", "values", "s", "pick", "selected_option", "value") != "2" {
			t.Errorf("choose: got %+v, %v, payload %v", r, err, last)
		}
		for _, bad := range [][2]string{{ts, "go"}, {ts, "nothing"}, {ts, "pick"}, {"1.000001", "a1/go"}} {
			if _, err := w.As(ann).Click(desk, bad[0], bad[1]); err == nil {
				t.Errorf("click %v: got no error", bad)
			}
		}
		if _, err := w.As(bob).Click(desk, hidden, "a1/go"); err == nil {
			t.Errorf("bob clicks in ann's private message: got no error")
		}
		if _, err := w.As(zoe).Click(secret, post(t, w, secret, "x", "blocks", card), "a1/go"); err == nil {
			t.Errorf("zoe clicks in a channel she is not in: got no error")
		}
	})
}

func TestShortcuts(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var mu sync.Mutex
		var last map[string]any
		connect(t, ctx, w, 1, func(c *socketmode.Client, e socketmode.Event) {
			mu.Lock()
			defer mu.Unlock()
			if e.Type == socketmode.EventTypeInteractive {
				last = decodeRaw(t, e.Request.Payload)
			}
			_ = c.AckCtx(ctx, e.Request.EnvelopeID, nil)
		})
		said, err := w.As(bob).Type(desk, "keep this")
		if err != nil {
			t.Fatalf("Type: %v", err)
		}
		if r, err := w.As(ann).Shortcut("keep", desk, said.Posted.TS); err != nil || r.Failure != "" || last["type"] != "message_action" || dig(last, "message", "text") != "keep this" || last["response_url"] == nil {
			t.Errorf("on a message: got %v, %+v, %v", last, r, err)
		}
		if r, err := w.As(ann).Shortcut("start", "", ""); err != nil || r.Failure != "" || last["type"] != "shortcut" || last["channel"] != nil || last["response_url"] != nil {
			t.Errorf("global: got %v, %+v, %v", last, r, err)
		}
		if _, err := w.As(ann).Shortcut("start", desk, said.Posted.TS); err == nil {
			t.Errorf("a global one on a message: got no error")
		}
	})
}

func TestResponseURL(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var mu sync.Mutex
		var url string
		connect(t, ctx, w, 1, func(c *socketmode.Client, e socketmode.Event) {
			mu.Lock()
			defer mu.Unlock()
			switch d := e.Data.(type) {
			case slack.SlashCommand:
				url = d.ResponseURL
			case slack.InteractionCallback:
				url = d.ResponseURL
			}
			_ = c.AckCtx(ctx, e.Request.EnvelopeID, nil)
		})
		send := func(body string) (int, string) {
			t.Helper()
			resp, err := w.HTTPClient().Post(url, "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatalf("post: %v", err)
			}
			return resp.StatusCode, read(t, resp)
		}
		newest := func(who string) sandbox.Message {
			seen, err := w.As(who).Channel(secret)
			if err != nil || len(seen) == 0 {
				return sandbox.Message{}
			}
			return seen[len(seen)-1]
		}
		command := func() {
			if _, err := w.As(ann).Type(secret, "/ask"); err != nil {
				t.Fatalf("Type: %v", err)
			}
		}
		command()
		for i := range 5 {
			if status, body := send(`{"text":"n","blocks":null,"metadata":{"event_type":"","event_payload":null},"replace_original":false,"delete_original":false}`); status != 200 || body != "ok" {
				t.Errorf("use %d: got %d %q, want ok", i+1, status, body)
			}
		}
		if status, body := send(`{"text":"n"}`); status != 404 || body != "used_url" {
			t.Errorf("sixth use: got %d %q", status, body)
		}
		if m := newest(bob); m.Text != "" {
			t.Errorf("bob sees %+v, want nothing", m)
		}
		command()
		<-time.After(30*time.Minute + time.Second)
		if status, body := send(`{"text":"n"}`); status != 404 || body != "expired_url" {
			t.Errorf("late use: got %d %q", status, body)
		}
		parent := post(t, w, secret, "parent")
		command()
		if status, _ := send(`{"text":"in the thread","response_type":"in_channel","replace_original":false,"thread_ts":"` + parent + `"}`); status != 200 {
			t.Errorf("into a thread: got %d", status)
		}
		if seen, _ := w.As(bob).Thread(secret, parent); len(seen) != 2 || seen[1].Text != "in the thread" {
			t.Errorf("thread: got %+v", seen)
		}

		button := `,"blocks":[{"type":"actions","block_id":"a","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}]}`
		if status, _ := send(`{"text":"private"` + button); status != 200 {
			t.Errorf("private answer: got %d", status)
		}
		if _, err := w.As(ann).Click(secret, newest(ann).TS, "go"); err != nil {
			t.Fatalf("Click: %v", err)
		}
		if send(`{"text":"replaced","replace_original":true,"response_type":"in_channel"}`); newest(ann).Text != "replaced" || !newest(ann).Ephemeral || newest(bob).Text != "parent" {
			t.Errorf("replace: ann sees %+v, bob %+v", newest(ann), newest(bob))
		}
		before := newest(ann).TS
		if send(`{"delete_original":true}`); newest(ann).TS == before {
			t.Errorf("delete: ann still sees %+v", newest(ann))
		}
		ts := post(t, w, secret, "x", "blocks", strings.TrimSuffix(strings.TrimPrefix(button, `,"blocks":`), "}"))
		if _, err := w.As(ann).Click(secret, ts, "go"); err != nil {
			t.Fatalf("Click: %v", err)
		}
		if send(`{"text":"done","replace_original":true}`); newest(bob).Text != "done" || newest(bob).TS != ts {
			t.Errorf("replace a message: bob sees %+v", newest(bob))
		}
		if status, body := send(`{"text":"x","blocks":[{"type":"nonsense"}]}`); status != 200 || !strings.Contains(body, "invalid_blocks") {
			t.Errorf("bad blocks: got %d %s", status, body)
		}
	})
}

func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	w := bank(t)
	guest := w.AddPerson(sandbox.Person{Name: "guest", Guest: true})
	admin := w.AddPerson(sandbox.Person{Name: "admin", Admin: true})
	if _, err := w.As(zoe).Channel(secret); err == nil {
		t.Errorf("zoe looks at the private channel: got no error")
	}
	if _, err := w.As(guest).Channel(desk); err == nil {
		t.Errorf("a guest looks at a channel: got no error")
	}
	if _, err := w.As(admin).Type(desk, "x"); err == nil {
		t.Errorf("write without being a member: got no error")
	}
	if err := w.As(admin).Join("desk"); err != nil {
		t.Errorf("Join: %v", err)
	}
	ts := post(t, w, desk, "x")
	if err := w.As(ann).Delete(desk, ts); err == nil {
		t.Errorf("ann deletes the app's message: got no error")
	}
	if err := w.As(admin).Delete(desk, ts); err != nil {
		t.Errorf("an admin deletes the app's message: %v", err)
	}
	said, err := w.As(ann).Type(desk, "@channel <!channel> @bob")
	if err != nil || said.Posted.Text != "<!channel> &lt;!channel&gt; <@U0BOB>" || said.Posted.Plain() != "<!channel> <!channel> <@U0BOB>" {
		t.Errorf("typed mentions: got %+v, %v", said.Posted, err)
	}
	if err := w.As(ann).Edit(desk, said.Posted.TS, "changed"); err != nil {
		t.Errorf("Edit: %v", err)
	}
	if err := w.As(bob).Edit(desk, said.Posted.TS, "x"); err == nil {
		t.Errorf("bob edits ann's message: got no error")
	}
	if m, err := w.As(bob).Upload(desk, "a.png", []byte{1}); err != nil || m.Files[0].MimeType != "image/png" {
		t.Errorf("Upload: got %+v, %v", m, err)
	}
	if err := w.Deactivate(bob); err != nil {
		t.Fatalf("Deactivate: %v", err)
	}
	if _, err := w.As(bob).Type(desk, "x"); err == nil {
		t.Errorf("act after being deactivated: got no error")
	}
	if _, err := w.As("U0NONE").Type(desk, "x"); err == nil {
		t.Errorf("act as nobody: got no error")
	}
	rooms, err := w.As(zoe).Rooms()
	var names []string
	for _, r := range rooms {
		names = append(names, r.Name)
	}
	if got := strings.Join(names, " "); err != nil || got != "general helper desk" {
		t.Errorf("zoe's list: got %q, %v", got, err)
	}
	if n := len(w.People()); n != 5 {
		t.Errorf("people: got %d, want 5", n)
	}
	if c := w.Commands(); len(c) != 2 || c[0].UsageHint != "[what]" || len(w.Shortcuts()) != 2 {
		t.Errorf("commands: got %v", c)
	}
}

func TestInteractivityOff(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		w := bank(t, func(o *sandbox.Options) {
			o.Manifest = []byte(strings.Replace(string(o.Manifest), `"is_enabled": true`, `"is_enabled": false`, 1))
		})
		if r, err := w.As(ann).Click(desk, post(t, w, desk, "x", "blocks", card), "a1/go"); err != nil || r.Failure == "" {
			t.Errorf("got %+v, %v, want a failure", r, err)
		}
		synctest.Wait()
	})
}

func decodeRaw(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	_, _, out := decode(t, "payload", &http.Response{Body: readCloser(raw)})
	return out
}

func TestMoreActs(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		a := connect(t, ctx, w, 1, nil)
		who := w.As("@ann")
		ok(t, w, "usergroups.create", "name", "duty", "handle", "duty")
		said, err := who.Type(desk, "@duty see #desk @here https://a.example/?b=1&c=2 @helper")
		if err != nil || who.ID() != ann {
			t.Fatalf("Type as %s: %v", who.ID(), err)
		}
		synctest.Wait()
		var kinds []string
		parts, _ := dig(a.inner("app_mention")[0], "blocks", 0, "elements", 0, "elements").([]any)
		for _, p := range parts {
			kinds = append(kinds, fmt.Sprint(dig(p, "type")))
		}
		if got := strings.Join(kinds, " "); got != "usergroup text channel text broadcast text link text user" {
			t.Errorf("rich text of %q: got %s", said.Posted.Text, got)
		}
		if got := dig(parts[6], "url"); got != "https://a.example/?b=1&c=2" {
			t.Errorf("link: got %v", got)
		}
		ts := post(t, w, desk, "x", "blocks", card)
		seen, _ := who.Channel(desk)
		if n := len(seen[len(seen)-1].Controls()); n != 5 {
			t.Errorf("controls: got %d, want 5", n)
		}
		if err := who.React(desk, ts, "eyes"); err != nil {
			t.Errorf("React: %v", err)
		}
		if err := who.React(desk, ts, "eyes"); err == nil {
			t.Errorf("react twice: got no error")
		}
		if err := w.As(zoe).Leave(desk); err != nil {
			t.Errorf("Leave: %v", err)
		}
		if _, err := w.As(zoe).Type(desk, "x"); err == nil {
			t.Errorf("write after leaving: got no error")
		}
		if err := who.Archive(secret); err != nil {
			t.Errorf("Archive: %v", err)
		}
		refused(t, w, "is_archived", "chat.postMessage", "channel", secret, "text", "x")
		for name, err := range map[string]error{
			"empty message": second(who.Type(desk, " ")), "unknown channel": second(who.Type("nowhere", "x")),
			"unknown thread": second(who.TypeInThread(desk, "1.000001", "x")), "no modal": second(who.ClickInView("x")),
			"nothing to submit": second(who.Submit()), "fill nothing": who.Fill("x", "y"), "unknown guest": who.Invite(desk, "nobody"),
			"remove a stranger": who.Remove(desk, zoe), "not archived": who.Unarchive(desk),
		} {
			if err == nil {
				t.Errorf("%s: got no error", name)
			}
		}
	})
}

func second(_ sandbox.Reply, err error) error { return err }
