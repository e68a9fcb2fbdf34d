package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"sameday/bot/sandbox"
)

// request sends a call as given and returns the reply.
func request(t *testing.T, w *sandbox.Workspace, verb, method, ctype, token, body string) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), verb, w.MemoryURL()+method, strings.NewReader(body))
	if err != nil {
		t.Fatalf("make the request: %v", err)
	}
	if ctype != "" {
		r.Header.Set("Content-Type", ctype)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := w.HTTPClient().Do(r)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	_, _, out := decode(t, method, resp)
	return out
}

func TestWaysToCall(t *testing.T) {
	t.Parallel()
	w := bank(t)
	const form, js = "application/x-www-form-urlencoded", "application/json; charset=utf-8"
	bot, app := w.BotToken(), w.AppToken()
	tests := []struct {
		name, verb, method, ctype, token, body, want string
	}{
		{"form with a token in the header", "POST", "auth.test", form, bot, "", ""},
		{"form with a token in the body", "POST", "auth.test", form, "", "token=" + bot, ""},
		{"JSON with a token in the header", "POST", "users.info", js, bot, `{"user":"` + ann + `"}`, ""},
		{"JSON with a token in the body", "POST", "auth.test", js, "", `{"token":"` + bot + `"}`, "not_authed"},
		{"token in the query", "GET", "auth.test?token=" + bot, "", "", "", "not_authed"},
		{"GET", "GET", "users.info?user=" + ann, "", bot, "", ""},
		{"JSON array", "POST", "auth.test", js, bot, `[1]`, "json_not_object"},
		{"broken JSON", "POST", "auth.test", js, bot, `{"a":`, "invalid_json"},
		{"unknown type of body", "POST", "auth.test", "text/csv", bot, "a,b", "invalid_post_type"},
		{"no token", "POST", "auth.test", form, "", "", "not_authed"},
		{"wrong token", "POST", "auth.test", form, "xoxb-wrong", "", "invalid_auth"},
		{"app token for a bot's method", "POST", "auth.test", form, app, "", "not_allowed_token_type"},
		{"bot token for sockets", "POST", "apps.connections.open", form, bot, "", "not_allowed_token_type"},
		{"empty JSON body for sockets", "POST", "apps.connections.open", "application/json", app, "", ""},
		{"GET for sockets", "GET", "apps.connections.open", "", app, "", "insecure_request"},
		{"unknown method", "POST", "chat.shout", form, bot, "", "unknown_method"},
	}
	for _, tt := range tests {
		got := request(t, w, tt.verb, tt.method, tt.ctype, tt.token, tt.body)
		if want := tt.want == ""; got["ok"] != want || !want && got["error"] != tt.want {
			t.Errorf("%s: got %v, want error %q", tt.name, got, tt.want)
		}
	}
	if url, _ := request(t, w, "POST", "apps.connections.open", "", app, "")["url"].(string); !strings.HasPrefix(url, "ws://slack.test/link/?ticket=") {
		t.Errorf("socket address: got %q", url)
	}
}

func TestScopesComeFromTheManifest(t *testing.T) {
	t.Parallel()
	w := bank(t, without("chat:write", "groups:read", "channels:write.topic", "channels:manage"))
	out := refused(t, w, "missing_scope", "chat.postMessage", "channel", desk, "text", "x")
	if have, _ := out["provided"].(string); out["needed"] != "chat:write" || !strings.Contains(have, "commands") {
		t.Errorf("missing_scope: got %v, want needed and provided", out)
	}
	ok(t, w, "conversations.info", "channel", desk)
	out = refused(t, w, "missing_scope", "conversations.info", "channel", secret)
	if out["needed"] != "groups:read" {
		t.Errorf("needed for a private channel: got %v, want groups:read", out["needed"])
	}
	refused(t, w, "missing_scope", "conversations.setTopic", "channel", desk, "topic", "x")
	ok(t, w, "conversations.setTopic", "channel", secret, "topic", "x")
	refused(t, w, "missing_scope", "conversations.list", "types", "public_channel,private_channel")
	ok(t, w, "users.info", "user", ann)
	w.SetFaults(sandbox.Faults{MissingScopes: []string{"users:read"}})
	refused(t, w, "missing_scope", "users.info", "user", ann)
	w.SetFaults(sandbox.Faults{Revoked: true})
	refused(t, w, "token_revoked", "auth.test")
}

func TestEmailNeedsItsScope(t *testing.T) {
	t.Parallel()
	with, sans := bank(t), bank(t, without("users:read.email"))
	if got := dig(ok(t, with, "users.info", "user", ann), "user", "profile", "email"); got != "ann@bank.example" {
		t.Errorf("e-mail: got %v", got)
	}
	if got := dig(ok(t, sans, "users.info", "user", ann), "user", "profile", "email"); got != nil {
		t.Errorf("e-mail without the scope: got %v, want none", got)
	}
	refused(t, with, "users_not_found", "users.lookupByEmail", "email", "nobody@bank.example")
	if got := dig(ok(t, with, "users.lookupByEmail", "email", "ANN@bank.example"), "user", "tz_offset"); got != 28800.0 {
		t.Errorf("offset of Shanghai: got %v, want 28800", got)
	}
}

func TestTiers(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		w := bank(t)
		calls := 0
		for ; calls < 500; calls++ {
			if status, head, out := api(t, w, "conversations.info", "channel", desk); status == http.StatusTooManyRequests {
				if head.Get("Retry-After") != "2" || out["error"] != "ratelimited" {
					t.Errorf("429: got Retry-After %q and %v, want 2 and ratelimited", head.Get("Retry-After"), out)
				}
				break
			}
		}
		if calls != 100 {
			t.Errorf("tier 3 let %d calls through at once, want 100", calls)
		}
		ok(t, w, "conversations.members", "channel", desk) // another method is not limited
		<-time.After(time.Minute)
		for range 50 {
			ok(t, w, "conversations.info", "channel", desk)
		}
		if status, _, _ := api(t, w, "conversations.info", "channel", desk); status != 429 {
			t.Errorf("after 50 calls in the next minute: got %d, want 429", status)
		}
	})
}

func TestPostingLimits(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		w := bank(t)
		var rooms []string
		for range 20 {
			rooms = append(rooms, w.AddChannel(sandbox.Channel{Name: "r", Members: []string{w.BotUserID()}}))
		}
		posted := 0
		for i := range 400 {
			if status, _, _ := api(t, w, "chat.postMessage", "channel", rooms[i%20], "text", "x"); status == 200 {
				posted++
			}
		}
		if posted != 300 {
			t.Errorf("posts to 20 channels at once: got %d through, want 300", posted)
		}
	})
}

func TestHistoryOfDistributedApps(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		w := bank(t, limits(sandbox.Limits{Distributed: true}))
		for range 16 {
			post(t, w, desk, "x")
		}
		out := ok(t, w, "conversations.history", "channel", desk, "limit", "200")
		if list, _ := out["messages"].([]any); len(list) != 15 || out["has_more"] != true {
			t.Errorf("history: got %d messages, has_more %v, want 15 and more", len(list), out["has_more"])
		}
		if status, head, _ := api(t, w, "conversations.history", "channel", desk); status != 429 || head.Get("Retry-After") != "60" {
			t.Errorf("second call: got %d and Retry-After %q, want 429 and 60", status, head.Get("Retry-After"))
		}
	})
}

func TestNoLimitsSwitch(t *testing.T) {
	t.Parallel()
	w := bank(t, limits(sandbox.Limits{NoRateLimits: true, NoScopes: true, NoBlockChecks: true}), without("chat:write"))
	for range 40 {
		post(t, w, desk, "x")
	}
	ok(t, w, "chat.postMessage", "channel", desk, "text", "x", "blocks", `[{"type":"nonsense"}]`)
}

func TestFaultsOfTheWebAPI(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		client := w.HTTPClient()
		client.Timeout = 10 * time.Second
		call := func(method string) (resp *http.Response, body []byte, err error) {
			r, err := http.NewRequestWithContext(ctx, "POST", w.MemoryURL()+method, strings.NewReader("token="+w.BotToken()+"&text=x&channel="+desk))
			if err != nil {
				t.Fatalf("make the request: %v", err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if resp, err = client.Do(r); err != nil {
				return nil, nil, err
			}
			defer func() { _ = resp.Body.Close() }()
			body, err = io.ReadAll(resp.Body)
			return resp, body, err
		}
		stored := func() int { m, _ := w.As(ann).Channel(desk); return len(m) }

		w.Fail(sandbox.Fault{Method: "chat.postMessage", Cut: sandbox.CutReply, Times: 1})
		if _, _, err := call("chat.postMessage"); !errors.Is(err, syscall.ECONNRESET) || stored() != 0 {
			t.Errorf("reset before storing: got %v and %d stored", err, stored())
		}
		w.Fail(sandbox.Fault{Method: "chat.postMessage", Stored: true, Cut: sandbox.CutReply, Times: 1})
		if _, _, err := call("chat.postMessage"); err == nil || stored() != 1 {
			t.Errorf("stored, reply lost: got %v and %d stored, want an error and 1", err, stored())
		}
		w.Fail(sandbox.Fault{Method: "chat.postMessage", Stored: true, Cut: sandbox.CutInBody, Times: 1})
		if _, raw, err := call("chat.postMessage"); !errors.Is(err, io.ErrUnexpectedEOF) || stored() != 2 || len(raw) == 0 {
			t.Errorf("cut in the body: got %q, %v, %d stored", raw, err, stored())
		}
		w.Fail(sandbox.Fault{Method: "chat.postMessage", Stored: true, Error: "fatal_error", Times: 1})
		refused(t, w, "fatal_error", "chat.postMessage", "channel", desk, "text", "x")
		if stored() != 3 {
			t.Errorf("fatal_error after storing: got %d stored, want 3", stored())
		}
		w.Fail(sandbox.Fault{Status: 503, Times: 1})
		if resp, _, err := call("auth.test"); err != nil || resp.StatusCode != 503 {
			t.Errorf("503: got %v, %v", resp, err)
		}
		start := time.Now()
		w.Fail(sandbox.Fault{Method: "auth.test", Hang: time.Minute, Times: 1})
		if _, _, err := call("auth.test"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 10*time.Second {
			t.Errorf("hang: got %v after %v, want the client's own timeout", err, time.Since(start))
		}
		w.Fail(sandbox.Fault{Method: "chat.postMessage", Status: 429, RetryAfter: 30 * time.Second, Until: time.Now().Add(30 * time.Minute)})
		if resp, _, err := call("chat.postMessage"); err != nil || resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "30" {
			t.Errorf("limited for a while: got %v, %v", resp, err)
		}
		<-time.After(30 * time.Minute)
		if resp, _, err := call("chat.postMessage"); err != nil || resp.StatusCode != 200 {
			t.Errorf("when it is over: got %v, %v", resp, err)
		}
		w.SetFaults(sandbox.Faults{Latency: 2 * time.Second})
		start = time.Now()
		ok(t, w, "auth.test")
		if time.Since(start) != 2*time.Second {
			t.Errorf("latency: got %v, want 2 s", time.Since(start))
		}
		w.SetFaults(sandbox.Faults{Outage: true})
		if resp, _, err := call("auth.test"); err != nil || resp.StatusCode != 503 {
			t.Errorf("outage: got %v, %v", resp, err)
		}
		w.ClearFaults()
		ok(t, w, "auth.test")
		counts := w.CallCounts()["chat.postMessage"]
		if counts["cut"] != 3 || counts["fatal_error"] != 1 || counts["429"] != 1 || counts["ok"] != 1 {
			t.Errorf("counts: got %v", counts)
		}
		calls := w.Calls()
		if first := calls[0]; first.Method != "chat.postMessage" || first.Outcome != "cut" || first.Stored || first.Channel != desk || !calls[1].Stored {
			t.Errorf("calls: got %+v, want a cut one that was not stored, then one that was", calls[:2])
		}
	})
}

func TestSubscribe(t *testing.T) {
	t.Parallel()
	w := bank(t, without("message.channels")) // a retried event would be news as well
	changes, cancel := w.Subscribe(4)
	for range 6 {
		post(t, w, desk, "x")
	}
	var last sandbox.Change
	for range 4 {
		last = <-changes
	}
	if last.Kind != "call" || last.Call.Method != "chat.postMessage" {
		t.Errorf("last change: got %+v, want the call", last)
	}
	cancel()
	cancel()
	if _, more := <-changes; more {
		t.Errorf("after cancel: got a change")
	}
	w.Close()
	if after, _ := w.Subscribe(1); after == nil {
		t.Errorf("subscribe after Close: got nil")
	} else if _, more := <-after; more {
		t.Errorf("subscribe after Close: got a change")
	}
	if _, err := w.HTTPClient().PostForm(w.MemoryURL()+"auth.test", nil); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("call after Close: got %v, want refused", err)
	}
}

func TestManifestIsReadStrictly(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, from, to, want string }{
		{"unknown key", `"always_online"`, `"always_on"`, "always_on"},
		{"no name", `"name": "Helper"`, `"name": ""`, "display_information.name"},
		{"command without slash", `"/raw"`, `"raw"`, "must start with /"},
		{"long command", `"/raw"`, `"/` + strings.Repeat("r", 32) + `"`, "2 to 32"},
		{"shortcut type", `"type": "message"`, `"type": "both"`, "message or global"},
		{"bare message event", `"message.channels"`, `"message"`, "message.channels"},
		{"no commands scope", `"commands", `, ``, "scope commands"},
		{"no Socket Mode", `"socket_mode_enabled": true`, `"socket_mode_enabled": false`, "Socket Mode"},
	}
	for _, tt := range tests {
		_, err := sandbox.New(sandbox.Options{Manifest: []byte(strings.Replace(manifestJSON, tt.from, tt.to, 1))})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", tt.name, err, tt.want)
		}
	}
	if _, err := sandbox.New(sandbox.Options{}); err == nil {
		t.Errorf("no manifest: got no error")
	}
}

// FuzzCall sends any body to any method: the workspace answers JSON, and never breaks.
func FuzzCall(f *testing.F) {
	for _, m := range []string{"chat.postMessage", "views.open", "conversations.history", "chat.update", "bookmarks.add", "blocks.validate"} {
		f.Add(m, "application/json", `{"channel":"C0DESK","text":"x","blocks":[{"type":"section"}],"metadata":{"event_type":1}}`)
		f.Add(m, "application/x-www-form-urlencoded", "channel=C0DESK&ts=1.2&limit=-1&cursor=%00&view={}&trigger_id=")
	}
	w, err := sandbox.New(sandbox.Options{Manifest: []byte(manifestJSON), Limits: sandbox.Limits{NoRateLimits: true}})
	if err != nil {
		f.Fatalf("New: %v", err)
	}
	f.Cleanup(w.Close)
	w.AddPerson(sandbox.Person{ID: ann})
	w.AddChannel(sandbox.Channel{ID: desk, Name: "desk", Members: []string{ann, w.BotUserID()}})
	f.Fuzz(func(t *testing.T, method, ctype, body string) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", w.MemoryURL(), strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		r.URL.Path = "/api/" + method
		r.Header.Set("Content-Type", ctype)
		r.Header.Set("Authorization", "Bearer "+w.BotToken())
		resp, err := w.HTTPClient().Do(r)
		if err != nil {
			t.Skip() // no valid header
		}
		if _, _, out := decode(t, method, resp); out["ok"] == nil && out["errors"] == nil {
			t.Errorf("%s with %q: got %v, want ok or not", method, body, out)
		}
	})
}
