package page_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sameday/bot/sandbox"
	"sameday/bot/sandbox/page"
)

// ask sends a request to the page as a browser on the same machine would; change may spoil it.
func ask(t *testing.T, h http.Handler, method, target, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.Host, r.RemoteAddr = "127.0.0.1:3000", "127.0.0.1:50000"
	r.Header.Set("Origin", "http://127.0.0.1:3000")
	if change != nil {
		change(r)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

type reply struct {
	Failure, Posted string
	Parts           []string
	Invalid         bool
}

// act does something as a person and decodes the reply.
func act(t *testing.T, h http.Handler, fields map[string]any) reply {
	t.Helper()
	raw, err := json.Marshal(fields)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	rec := ask(t, h, http.MethodPost, "/ui/do", string(raw), nil)
	var out reply
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || rec.Code != http.StatusOK {
		t.Fatalf("act %v: got %d %s", fields, rec.Code, rec.Body)
	}
	return out
}

// part draws one part of the page.
func part(t *testing.T, h http.Handler, name, query string) string {
	t.Helper()
	rec := ask(t, h, http.MethodGet, "/ui/parts?part="+name+"&"+query, "", nil)
	out := map[string]string{}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || rec.Code != http.StatusOK {
		t.Fatalf("part %s?%s: got %d %s", name, query, rec.Code, rec.Body)
	}
	return out[name]
}

// desktop is a page over a workspace without an app, with a clock that is moved by hand.
func desktop(t testing.TB, change func(*page.Options)) (http.Handler, *sandbox.Workspace, *hands) {
	t.Helper()
	clock := &hands{now: time.Date(2026, 11, 23, 7, 0, 0, 0, shanghai)}
	w := bank(t, clock.Now)
	o := page.Options{Workspace: w, Clock: clock, Language: "zh-CN", Zone: shanghai, FirstPerson: ann, FirstChannel: desk}
	if change != nil {
		change(&o)
	}
	h, err := page.New(o)
	if err != nil {
		t.Fatalf("page.New: %v", err)
	}
	return h, w, clock
}

func contains(t *testing.T, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s: got %s, want it to contain %q", what, text, want)
		}
	}
}

func TestNewNeedsAWorkspace(t *testing.T) {
	t.Parallel()
	if h, err := page.New(page.Options{}); err == nil {
		t.Errorf("New without a workspace: got %v, want an error", h)
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	var lines []string
	h, _, _ := desktop(t, func(o *page.Options) {
		o.Hosts = []string{"bank-laptop.local:3000"}
		o.Log = func(line string) { lines = append(lines, line) }
	})
	const good = `{"as":"U0ANN","do":"smart"}`
	header := func(pairs ...string) func(*http.Request) {
		return func(r *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				switch pairs[i] {
				case "Host":
					r.Host = pairs[i+1]
				case "From":
					r.RemoteAddr = pairs[i+1]
				default:
					r.Header.Set(pairs[i], pairs[i+1])
				}
			}
		}
	}
	for _, c := range []struct {
		name, method, target, body string
		change                     func(*http.Request)
		want                       int
	}{
		{"page", "GET", "/", "", nil, 200},
		{"page without origin", "GET", "/", "", header("Origin", ""), 200},
		{"localhost", "GET", "/", "", header("Host", "localhost:3000"), 200},
		{"six", "GET", "/", "", header("Host", "[::1]:3000", "From", "[::1]:9"), 200},
		{"another name for this machine", "GET", "/", "", header("Host", "evil.example:3000"), 403},
		{"another machine", "GET", "/", "", header("From", "192.0.2.7:9"), 403},
		{"another machine under a name that is allowed", "GET", "/", "", header("From", "192.0.2.7:9", "Host", "bank-laptop.local:3000"), 200},
		{"act", "POST", "/ui/do", good, nil, 200},
		{"act from elsewhere", "POST", "/ui/do", good, header("Origin", "http://evil.example"), 403},
		{"act from another port", "POST", "/ui/do", good, header("Origin", "http://127.0.0.1:3001"), 403},
		{"act from a file", "POST", "/ui/do", good, header("Origin", "null"), 403},
		{"act that says nothing", "POST", "/ui/do", good, header("Origin", ""), 403},
		{"act with a referer", "POST", "/ui/do", good, header("Origin", "", "Referer", "http://127.0.0.1:3000/?as=x"), 200},
		{"act from another site", "POST", "/ui/do", good, header("Sec-Fetch-Site", "cross-site"), 403},
		{"stream from elsewhere", "GET", "/ui/events", "", header("Origin", "http://evil.example"), 403},
		{"stream that says nothing", "GET", "/ui/events", "", header("Origin", ""), 403},
		{"upload from elsewhere", "POST", "/ui/upload?channel=" + desk, "x", header("Origin", "http://evil.example"), 403},
		{"method", "PUT", "/ui/do", good, nil, 405},
		{"nothing there", "GET", "/ui/page.html", "", nil, 404},
		{"no such person", "GET", "/?as=nobody", "", nil, 404},
		{"the bot", "GET", "/?as=U0SANDBOX01", "", nil, 404},
		{"no such act", "POST", "/ui/do", `{"as":"U0ANN","do":"fly"}`, nil, 400},
		{"act of nobody", "POST", "/ui/do", `{"do":"smart"}`, nil, 400},
		{"no JSON", "POST", "/ui/do", `as=U0ANN`, nil, 400},
		{"no such part", "GET", "/ui/parts?part=page", "", nil, 400},
		{"styles", "GET", "/ui/page.css", "", nil, 200},
		{"script", "GET", "/ui/controls.js", "", nil, 200},
		{"icon", "GET", "/ui/icon.svg", "", nil, 200},
	} {
		rec := ask(t, h, c.method, c.target, c.body, c.change)
		if rec.Code != c.want {
			t.Errorf("%s: got %d %s, want %d", c.name, rec.Code, rec.Body, c.want)
		}
		csp := rec.Header().Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: content security policy %q", c.name, csp)
		}
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "refused GET /: ") {
		t.Errorf("log: got %q, want the refusals", lines)
	}
}

func TestEverythingIsEscaped(t *testing.T) {
	t.Parallel()
	h, w, _ := desktop(t, func(o *page.Options) {
		o.Tour = []page.Step{{ID: "a", Title: "<script>t</script>", Text: "<img src=x>", Done: func() bool { return false }}}
	})
	evil := `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`
	w.AddPerson(sandbox.Person{ID: "U0EVIL", Name: "evil", RealName: evil, Title: evil})
	w.AddChannel(sandbox.Channel{ID: "C0EVIL", Name: evil, Topic: evil, Members: []string{"U0EVIL", w.BotUserID()}})
	act(t, h, map[string]any{"as": "U0EVIL", "do": "say", "channel": "C0EVIL", "text": evil})
	if _, err := w.As("U0EVIL").Upload("C0EVIL", evil+".txt", []byte("x")); err != nil {
		t.Fatalf("upload: %v", err)
	}
	rec := ask(t, h, http.MethodGet, "/?as=U0EVIL&panel=trouble&channel=C0EVIL&thread=%22%3E%3Cscript%3E&tab=%3Cscript%3E&at=%3Cscript%3E", "", nil)
	body := rec.Body.String()
	for _, bad := range []string{"<script>", "<img src=x", "onerror=alert(2)>", "javascript:", " style="} {
		if strings.Contains(body, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	contains(t, "page", body, "&lt;script&gt;alert(1)")
}

func TestPrivateChannelsAreForMembers(t *testing.T) {
	t.Parallel()
	h, w, _ := desktop(t, nil)
	posted := act(t, h, map[string]any{"as": ann, "do": "say", "channel": secret, "text": "秘密一件"})
	m, err := w.As(ann).Upload(secret, "evidence.png", []byte("\x89PNG"))
	if err != nil {
		t.Fatalf("upload: %v", err)
	}
	file := "/ui/file?" + url.Values{"channel": {secret}, "ts": {m.TS}, "id": {m.Files[0].ID}}.Encode()
	for _, target := range []string{"/?channel=" + secret, "/ui/parts?part=messages&part=head&part=sidebar&part=thread&channel=" + secret + "&thread=" + posted.Posted, "/ui/directory?x=y", file} {
		mine, hers := ask(t, h, http.MethodGet, target+"&as="+ann, "", nil), ask(t, h, http.MethodGet, target+"&as="+zoe, "", nil)
		if strings.Contains(hers.Body.String(), "秘密一件") || strings.Contains(hers.Body.String(), "重大投诉") || strings.Contains(hers.Body.String(), "PNG") {
			t.Errorf("%s as somebody outside: got %s", target, hers.Body)
		}
		if mine.Code != http.StatusOK || mine.Body.String() == hers.Body.String() {
			t.Errorf("%s as a member: got %d and the same as somebody outside", target, mine.Code)
		}
	}
	if got := act(t, h, map[string]any{"as": zoe, "do": "say", "channel": secret, "text": "x"}); got.Failure == "" {
		t.Errorf("write from outside: got %+v, want a failure", got)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	h, w, _ := desktop(t, nil)
	for _, c := range []struct{ name, kind, disposition string }{
		{"chart.png", "image/png", ""},
		{"evil.svg", "application/octet-stream", "attachment"},
		{"evil.html", "application/octet-stream", "attachment"},
	} {
		rec := ask(t, h, http.MethodPost, "/ui/upload?as=ann&channel="+desk+"&name="+c.name, "<svg/>", nil)
		var got reply
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || got.Posted == "" {
			t.Fatalf("upload %s: got %s", c.name, rec.Body)
		}
		m, err := w.As(bob).Message(desk, got.Posted)
		if err != nil || len(m.Files) != 1 {
			t.Fatalf("message of %s: got %+v, %v", c.name, m, err)
		}
		q := url.Values{"as": {bob}, "channel": {desk}, "ts": {m.TS}, "id": {m.Files[0].ID}}
		rec = ask(t, h, http.MethodGet, "/ui/file?"+q.Encode(), "", nil)
		if rec.Header().Get("Content-Type") != c.kind || !strings.HasPrefix(rec.Header().Get("Content-Disposition"), c.disposition) || rec.Body.String() != "<svg/>" {
			t.Errorf("%s: got %v %s", c.name, rec.Header(), rec.Body)
		}
		q.Set("ts", "1.000001")
		if rec = ask(t, h, http.MethodGet, "/ui/file?"+q.Encode(), "", nil); rec.Code != http.StatusNotFound {
			t.Errorf("%s by another message: got %d, want 404", c.name, rec.Code)
		}
	}
	contains(t, "messages", part(t, h, "messages", "as=bob&channel="+desk), `<img src="/ui/file?`, "evil.svg")
}

func TestReadingOn(t *testing.T) {
	t.Parallel()
	h, w, clock := desktop(t, nil)
	var first string
	for i := range 150 {
		clock.mu.Lock()
		clock.now = clock.now.Add(time.Minute)
		clock.mu.Unlock()
		r, err := w.As(bob).Type(desk, "第 "+time.Duration(i).String()+" 句")
		if err != nil {
			t.Fatalf("type: %v", err)
		}
		if i == 0 {
			first = r.Posted.TS
		}
	}
	list := part(t, h, "messages", "as=ann&channel="+desk)
	if n := strings.Count(list, "<article"); n != 60 {
		t.Errorf("messages drawn at first: got %d, want 60", n)
	}
	contains(t, "messages", list, "limit=120", "第 149ns 句")
	if n := strings.Count(part(t, h, "messages", "as=ann&limit=120&channel="+desk), "<article"); n != 120 {
		t.Errorf("messages drawn after asking for older ones: got %d, want 120", n)
	}
	// The address of an old message leads to it, and from there to the newest ones.
	rec := ask(t, h, http.MethodGet, "/archives/"+desk+"/p"+strings.ReplaceAll(first, ".", "")+"?as=ann", "", nil)
	to := rec.Header().Get("Location")
	if rec.Code != http.StatusSeeOther || !strings.Contains(to, "at="+first) {
		t.Fatalf("permalink: got %d %s", rec.Code, to)
	}
	old := ask(t, h, http.MethodGet, to, "", nil).Body.String()
	contains(t, "old message", old, "第 0s 句", " lit", `id="newer"`)
	for _, bad := range []string{"/archives/" + desk + "/x", "/archives/" + desk + "/p12"} {
		if rec := ask(t, h, http.MethodGet, bad, "", nil); rec.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", bad, rec.Code)
		}
	}
}

func TestUnreadAndMentions(t *testing.T) {
	t.Parallel()
	h, w, clock := desktop(t, nil)
	clock.mu.Lock()
	clock.now = clock.now.Add(time.Minute)
	clock.mu.Unlock()
	root, err := w.As(bob).Type(desk, "早上好")
	if err != nil {
		t.Fatalf("type: %v", err)
	}
	side := part(t, h, "sidebar", "as=ann&channel="+secret)
	contains(t, "unread", side, `data-room="C0DESK" class="room unread"`, `data-unread="1"`)
	if strings.Contains(side, "badge") {
		t.Errorf("unread without a mention: got a badge in %s", side)
	}
	if _, err := w.As(bob).TypeInThread(desk, root.Posted.TS, "@王莉 请看"); err != nil {
		t.Fatalf("reply: %v", err)
	}
	contains(t, "mention in a thread", part(t, h, "sidebar", "as=ann&channel="+secret), `aria-hidden="true">1</span>`, "1 条提到你")
	part(t, h, "messages", "as=ann&channel="+desk)
	contains(t, "after reading", part(t, h, "sidebar", "as=ann&channel="+secret), `data-unread="0"`)
	contains(t, "for somebody else", part(t, h, "sidebar", "as=zoe&channel=C0GENERAL&lang=en"), `class="room unread"`, "unread")
}

func TestClock(t *testing.T) {
	t.Parallel()
	h, _, clock := desktop(t, nil)
	for _, c := range []struct{ action, text, want string }{
		{"quarter", "", "11-23 07:15"},
		{"midnight", "", "11-24 00:00"},
		{"quarter", "", "11-24 00:15"},
		{"morning", "", "11-24 08:30"}, // the night's own morning
		{"morning", "", "11-25 08:30"},
		{"evening", "", "11-25 18:00"},
		{"midnight", "", "11-26 00:00"},
		{"", "17:45", "11-26 17:45"},
		{"", "17:45", "11-27 17:45"}, // never back
	} {
		got := act(t, h, map[string]any{"as": ann, "do": "clock", "action": c.action, "text": c.text})
		if at := clock.Now().In(shanghai).Format("01-02 15:04"); at != c.want || got.Failure != "" {
			t.Errorf("clock %s%s: got %s %s, want %s", c.action, c.text, at, got.Failure, c.want)
		}
	}
	if got := act(t, h, map[string]any{"as": ann, "do": "clock", "text": "25:00"}); got.Failure == "" {
		t.Errorf("clock to 25:00: got no failure")
	}
	contains(t, "clock bar", part(t, h, "clock", "as=ann&lang=en"), "Fri 27 Nov 17:45", ">08:30<")
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	h, w, _ := desktop(t, nil)
	for name, is := range map[string]func(sandbox.Faults) bool{
		"slow":      func(f sandbox.Faults) bool { return f.Latency == 2*time.Second },
		"failing":   func(f sandbox.Faults) bool { return f.Outage },
		"nosockets": func(f sandbox.Faults) bool { return f.NoSockets },
		"ghost":     func(f sandbox.Faults) bool { return f.Ghosts == 1 },
		"twice":     func(f sandbox.Faults) bool { return f.EventCopies == 1 },
		"late":      func(f sandbox.Faults) bool { return f.EventDelay > 0 && f.EventJitter > 0 },
		"revoked":   func(f sandbox.Faults) bool { return f.Revoked },
	} {
		act(t, h, map[string]any{"as": ann, "do": "trouble", "action": name, "on": true})
		if f := w.Faults(); !is(f) {
			t.Errorf("%s on: got %+v", name, f)
		}
		act(t, h, map[string]any{"as": ann, "do": "trouble", "action": name, "on": false})
		if f := w.Faults(); is(f) {
			t.Errorf("%s off: got %+v", name, f)
		}
	}
	post := func() (int, error) {
		resp, err := w.HTTPClient().PostForm(w.MemoryURL()+"chat.postMessage", url.Values{"token": {w.BotToken()}, "channel": {desk}, "text": {"x"}})
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	act(t, h, map[string]any{"as": ann, "do": "trouble", "action": "ratelimit", "on": true})
	if code, err := post(); code != http.StatusTooManyRequests || err != nil {
		t.Errorf("rate limit: got %d, %v", code, err)
	}
	contains(t, "panel", part(t, h, "trouble", "as=ann&lang=en"), "chat.postMessage", "429", "Rate limit", `data-trouble="ratelimit" checked`)
	act(t, h, map[string]any{"as": ann, "do": "calm"})
	act(t, h, map[string]any{"as": ann, "do": "trouble", "action": "lost", "on": true})
	if code, err := post(); err == nil {
		t.Errorf("lost reply: got %d, want a broken connection", code)
	}
	contains(t, "stored all the same", part(t, h, "trouble", "as=ann&lang=en"), "(stored)")
	act(t, h, map[string]any{"as": ann, "do": "calm"})
	if code, err := post(); code != http.StatusOK || err != nil {
		t.Errorf("after all off: got %d, %v", code, err)
	}
	if got := act(t, h, map[string]any{"as": ann, "do": "trouble", "action": "flood", "on": true}); got.Failure == "" {
		t.Errorf("unknown trouble: got no failure")
	}
	if got := act(t, h, map[string]any{"as": ann, "do": "bot", "on": true}); got.Failure == "" {
		t.Errorf("start without a bot: got no failure")
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	h, w, _ := desktop(t, nil)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)                                            // after the streams are closed: it waits for them
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // a stream that stays silent fails, and does not hang
	t.Cleanup(cancel)
	read := func(who string) *bufio.Scanner {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/ui/events?as="+who, nil)
		if err != nil {
			t.Fatalf("request: %v", err)
		}
		r.Header.Set("Referer", srv.URL+"/")
		resp, err := srv.Client().Do(r)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("stream: got %v, %v", resp, err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		return bufio.NewScanner(resp.Body)
	}
	next := func(s *bufio.Scanner, kind string) string {
		for s.Scan() {
			if s.Text() == "event: "+kind && s.Scan() {
				return s.Text()
			}
		}
		t.Fatalf("the stream ended before %s: %v", kind, s.Err())
		return ""
	}
	mine, hers := read(ann), read(zoe)
	next(mine, "hello")
	next(hers, "hello")
	if _, err := w.As(bob).Type(secret, "x"); err != nil {
		t.Fatalf("type: %v", err)
	}
	for !strings.Contains(next(mine, "changed"), secret) {
	}
	if _, err := w.As(bob).Type(desk, "y"); err != nil {
		t.Fatalf("type: %v", err)
	}
	for !strings.Contains(next(mine, "changed"), desk) {
	}
	for got := ""; !strings.Contains(got, desk); {
		if got = next(hers, "changed"); strings.Contains(got, secret) {
			t.Errorf("somebody outside was told of the private channel: %s", got)
		}
	}
}

func TestWindowsAndLanguages(t *testing.T) {
	t.Parallel()
	h, _, _ := desktop(t, nil)
	zh := ask(t, h, http.MethodGet, "/", "", nil).Body.String()
	contains(t, "first window", zh, `lang="zh-CN"`, "王莉 · 静安支行 行长", "发消息到 #静安支行", `data-view="list"`, "今日值班：王莉", `href="/?as=U0ANN&amp;channel=C0DESK&amp;lang=en"`)
	en := ask(t, h, http.MethodGet, "/?as=bob&lang=en&channel="+desk, "", nil).Body.String()
	contains(t, "second window", en, `lang="en"`, `data-as="U0BOB"`, "Message #静安支行", `data-view="channel"`, "4 members", "Direct messages")
	r := act(t, h, map[string]any{"as": ann, "do": "say", "channel": desk, "text": "/nope x"})
	contains(t, "unknown command", r.Failure, "/nope 不是有效的命令")
	r = act(t, h, map[string]any{"as": ann, "do": "say", "channel": desk, "text": "/card x", "lang": "en"})
	contains(t, "no app", r.Failure, "/card failed with the error “dispatch_failed”")
	act(t, h, map[string]any{"as": ann, "do": "smart", "on": true})
	act(t, h, map[string]any{"as": ann, "do": "say", "channel": desk, "text": `say "hi"`})
	contains(t, "smart quotes", part(t, h, "messages", "as=bob&channel="+desk), "say “hi”")
	raw, err := io.ReadAll(bytes.NewReader(ask(t, h, http.MethodGet, "/?as=ann&channel="+desk, "", nil).Body.Bytes()))
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	contains(t, "the switch stays", string(raw), "data-smart checked")
}
