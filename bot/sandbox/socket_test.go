package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"sameday/bot/sandbox"
)

// socket opens a bare socket and returns it with its first frame.
func socket(t *testing.T, w *sandbox.Workspace, more string) (*websocket.Conn, map[string]any) {
	t.Helper()
	url, _ := request(t, w, "POST", "apps.connections.open", "", w.AppToken(), "")["url"].(string)
	c, resp, err := w.Dialer().Dial(url+more, http.Header{"Origin": {"https://api.slack.com"}})
	if err != nil {
		t.Fatalf("dial %s: %v", url, err)
	}
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = c.Close() })
	return c, frame(t, c)
}

func frame(t *testing.T, c *websocket.Conn) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := c.ReadJSON(&out); err != nil {
		t.Errorf("read a frame: %v", err)
	}
	return out
}

// drops collects what the workspace drops in silence.
type drops struct {
	mu    sync.Mutex
	lines []string
}

func (d *drops) option(o *sandbox.Options) {
	o.Log = func(line string) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.lines = append(d.lines, line)
	}
}

func (d *drops) has(part string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Contains(strings.Join(d.lines, "\n"), part)
}

func TestHelloAndTickets(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		w := bank(t)
		_, hello := socket(t, w, "")
		if hello["type"] != "hello" || hello["num_connections"] != 1.0 || dig(hello, "debug_info", "approximate_connection_time") != 3600.0 || dig(hello, "connection_info", "app_id") != w.AppID() {
			t.Errorf("hello: got %v", hello)
		}
		url, _ := request(t, w, "POST", "apps.connections.open", "", w.AppToken(), "")["url"].(string)
		if c, _, err := w.Dialer().Dial(url, nil); err != nil {
			t.Errorf("first use of a ticket: %v", err)
		} else {
			_ = c.Close()
		}
		if _, _, err := w.Dialer().Dial(url, nil); err == nil {
			t.Errorf("second use of a ticket: got no error")
		}
		late, _ := request(t, w, "POST", "apps.connections.open", "", w.AppToken(), "")["url"].(string)
		<-time.After(2 * time.Minute)
		if _, _, err := w.Dialer().Dial(late, nil); err == nil {
			t.Errorf("late use of a ticket: got no error")
		}
		w.SetFaults(sandbox.Faults{NoSockets: true})
		if got := request(t, w, "POST", "apps.connections.open", "", w.AppToken(), ""); got["error"] != "internal_error" {
			t.Errorf("no sockets: got %v", got)
		}
	})
}

func TestNobodyAnswers(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		card := post(t, w, desk, "x", "blocks", `[{"type":"actions","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}]`)
		if r, err := w.As(ann).Type(desk, "/ask"); err != nil || r.Failure != "dispatch_failed" {
			t.Errorf("no socket: got %+v, %v, want dispatch_failed", r, err)
		}
		a := connect(t, ctx, w, 2, func(*socketmode.Client, socketmode.Event) {})
		start := time.Now()
		if r, err := w.As(ann).Type(desk, "/ask"); err != nil || r.Failure != "operation_timeout" || time.Since(start) != 3*time.Second {
			t.Errorf("no acknowledgement: got %+v, %v after %v, want operation_timeout after 3 s", r, err, time.Since(start))
		}
		if r, err := w.As(ann).Click(desk, card, "go"); err != nil || r.Failure != "operation_timeout" {
			t.Errorf("click: got %+v, %v", r, err)
		}
		if r, err := w.As(ann).Shortcut("start", "", ""); err != nil || r.Failure != "operation_timeout" {
			t.Errorf("shortcut: got %+v, %v", r, err)
		}
		<-time.After(10 * time.Minute)
		if n := len(a.got(socketmode.EventTypeSlashCommand)) + len(a.got(socketmode.EventTypeInteractive)); n != 3 {
			t.Errorf("payloads of a command, a click and a shortcut: got %d, want each once", n)
		}
	})
}

func TestLateAcknowledgementHasNoEffect(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		var d drops
		w := bank(t, d.option)
		connect(t, ctx, w, 1, func(c *socketmode.Client, e socketmode.Event) {
			<-time.After(3*time.Second + time.Millisecond)
			_ = c.AckCtx(ctx, e.Request.EnvelopeID, map[string]any{"text": "too late"})
		})
		r, err := w.As(ann).Type(desk, "/ask")
		<-time.After(time.Second)
		seen, _ := w.As(ann).Channel(desk)
		if err != nil || r.Failure != "operation_timeout" || len(seen) != 0 || !d.has("late") {
			t.Errorf("late: got %+v, %v, sees %v, dropped %v", r, err, seen, d.lines)
		}
	})
}

func TestLargeAcknowledgementIsDropped(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		var d drops
		w := bank(t, d.option)
		c, _ := socket(t, w, "")
		for _, size := range []struct {
			pad     int
			failure string
		}{{20_479, ""}, {20_480, "operation_timeout"}} {
			done := make(chan sandbox.Reply)
			go func() { r, _ := w.As(ann).Type(desk, "/ask"); done <- r }()
			id, _ := frame(t, c)["envelope_id"].(string)
			ack := fmt.Sprintf(`{"envelope_id":%q,"payload":{"text":"%%s"}}`, id)
			ack = fmt.Sprintf(ack, strings.Repeat("a", size.pad-len(ack)+2))
			if len(ack) != size.pad {
				t.Fatalf("acknowledgement is %d bytes, want %d", len(ack), size.pad)
			}
			if err := c.WriteMessage(websocket.TextMessage, []byte(ack)); err != nil {
				t.Fatalf("write: %v", err)
			}
			if r := <-done; r.Failure != size.failure {
				t.Errorf("acknowledgement of %d bytes: got %q, want %q", size.pad, r.Failure, size.failure)
			}
		}
		if !d.has("20480 bytes") {
			t.Errorf("dropped: got %v, want the large acknowledgement named", d.lines)
		}
	})
}

func TestAcknowledgementOnAnotherSocket(t *testing.T) {
	for name, either := range map[string]bool{"strict": false, "any socket": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, _ context.Context) {
				w := bank(t, limits(sandbox.Limits{AckAnySocket: either}))
				one, _ := socket(t, w, "")
				two, _ := socket(t, w, "")
				cross := func(from, to *websocket.Conn) {
					var f map[string]any
					for from.ReadJSON(&f) == nil {
						_ = to.WriteJSON(map[string]any{"envelope_id": f["envelope_id"]})
					}
				}
				go cross(one, two)
				go cross(two, one)
				r, err := w.As(ann).Type(desk, "/ask")
				if err != nil || (r.Failure == "") != either {
					t.Errorf("got %+v, %v", r, err)
				}
				w.Close()
			})
		})
	}
}

func TestAnyOfTheSockets(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var mu sync.Mutex
		by := map[*socketmode.Client]int{}
		connect(t, ctx, w, 3, func(c *socketmode.Client, e socketmode.Event) {
			mu.Lock()
			by[c]++
			mu.Unlock()
			_ = c.AckCtx(ctx, e.Request.EnvelopeID, nil)
		})
		for range 60 {
			if r, err := w.As(ann).Type(desk, "/ask"); err != nil || r.Failure != "" {
				t.Fatalf("got %+v, %v", r, err)
			}
		}
		total := 0
		for _, n := range by {
			total += n
		}
		if len(by) != 3 || total != 60 {
			t.Errorf("60 commands over 3 sockets: got %v", by)
		}
	})
}

func TestTooManySockets(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		w := bank(t)
		w.SetFaults(sandbox.Faults{Ghosts: 9})
		_, hello := socket(t, w, "")
		if hello["num_connections"] != 10.0 {
			t.Errorf("hello beside nine ghosts: got %v, want 10 connections", hello)
		}
		c, bye := socket(t, w, "")
		if bye["type"] != "disconnect" || bye["reason"] != "too_many_websockets" {
			t.Errorf("eleventh socket: got %v", bye)
		}
		if _, _, err := c.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			t.Errorf("eleventh socket: got %v, want it closed", err)
		}
	})
}

func TestGhostsSwallow(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		connect(t, ctx, w, 1, nil)
		w.SetFaults(sandbox.Faults{Ghosts: 9})
		lost := 0
		for range 40 {
			if r, _ := w.As(ann).Type(desk, "/ask"); r.Failure == "operation_timeout" {
				lost++
			}
		}
		if lost < 25 || lost == 40 {
			t.Errorf("nine ghosts of ten: %d of 40 commands lost", lost)
		}
	})
}

func TestBrokenSocketsLinger(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		w := bank(t)
		w.SetFaults(sandbox.Faults{Linger: time.Minute})
		clean, _ := socket(t, w, "")
		_ = clean.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
		_ = clean.Close()
		broken, _ := socket(t, w, "")
		_ = broken.NetConn().Close()
		synctest.Wait()
		if got := w.Faults().Ghosts; got != 1 {
			t.Errorf("ghosts after a clean and a broken end: got %d, want 1", got)
		}
		<-time.After(2 * time.Minute)
		if got := w.Faults().Ghosts; got != 0 {
			t.Errorf("ghosts a minute later: got %d, want 0", got)
		}
	})
}

func TestRefresh(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		a := connect(t, ctx, w, 2, nil)
		w.DropSockets(1, "refresh_requested")
		synctest.Wait()
		if got := w.Sockets(); got != 2 {
			t.Errorf("after a refresh: got %d sockets, want the client back with 2", got)
		}
		w.DropSockets(0, "")
		if r, _ := w.As(ann).Type(desk, "/ask"); r.Failure != "dispatch_failed" {
			t.Errorf("all sockets broken: got %+v", r)
		}
		<-time.After(5 * time.Second)
		if got := w.Sockets(); got != 2 {
			t.Errorf("after they broke: got %d sockets, want 2", got)
		}
		if r, _ := w.As(ann).Type(desk, "/ask"); r.Failure != "" {
			t.Errorf("back again: got %+v", r)
		}
		if n := len(a.got(socketmode.EventTypeHello)); n != 5 {
			t.Errorf("hellos: got %d, want 5", n)
		}
	})
}

func TestConnectionLife(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		w := bank(t, limits(sandbox.Limits{ConnectionLife: 20 * time.Minute, WarnBefore: 10 * time.Second}))
		for more, want := range map[string]time.Duration{"": 20 * time.Minute, "&debug_reconnects=true": 6 * time.Minute} {
			start := time.Now()
			c, hello := socket(t, w, more)
			if got := dig(hello, "debug_info", "approximate_connection_time"); got != want.Seconds() {
				t.Errorf("announced life %s: got %v, want %v", more, got, want)
			}
			if f := frame(t, c); f["reason"] != "warning" || time.Since(start) != want-10*time.Second {
				t.Errorf("first: got %v after %v, want a warning", f, time.Since(start))
			}
			if f := frame(t, c); f["reason"] != "refresh_requested" || time.Since(start) != want {
				t.Errorf("then: got %v after %v, want refresh_requested", f, time.Since(start))
			}
			if _, _, err := c.ReadMessage(); err == nil {
				t.Errorf("then: got a frame, want the end")
			}
		}
	})
}

func TestPings(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		w := bank(t)
		c, _ := socket(t, w, "")
		var mu sync.Mutex
		pings := 0
		answer := c.PingHandler()
		c.SetPingHandler(func(data string) error {
			mu.Lock()
			defer mu.Unlock()
			pings++
			return answer(data)
		})
		pongs := make(chan string, 1)
		c.SetPongHandler(func(data string) error { pongs <- data; return nil })
		go func() {
			for {
				if _, _, err := c.ReadMessage(); err != nil {
					return
				}
			}
		}()
		<-time.After(61 * time.Second)
		mu.Lock()
		if pings != 6 {
			t.Errorf("pings in a minute: got %d, want 6", pings)
		}
		mu.Unlock()
		if err := c.WriteControl(websocket.PingMessage, []byte("hi"), time.Now().Add(time.Second)); err != nil {
			t.Errorf("ping the workspace: %v", err)
		}
		if got := <-pongs; got != "hi" {
			t.Errorf("pong: got %q", got)
		}
		w.SetFaults(sandbox.Faults{NoPings: true})
		<-time.After(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if pings != 6 {
			t.Errorf("pings after they were switched off: got %d more", pings-6)
		}
		_ = c.Close()
	})
}

// TestClientLeavesAWorkspaceWithoutPings shows that the fault does what it is for.
func TestClientLeavesAWorkspaceWithoutPings(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		a := connect(t, ctx, w, 1, nil)
		w.SetFaults(sandbox.Faults{NoPings: true})
		<-time.After(2 * time.Minute)
		if n := len(a.got(socketmode.EventTypeHello)); n < 2 {
			t.Errorf("hellos without pings: got %d, want the client to have reconnected", n)
		}
	})
}

func TestEventRetries(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var mu sync.Mutex
		var at []time.Duration
		start := time.Now()
		a := connect(t, ctx, w, 1, func(*socketmode.Client, socketmode.Event) {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Since(start))
		})
		if _, err := w.As(ann).Type(desk, "hello"); err != nil {
			t.Fatalf("Type: %v", err)
		}
		<-time.After(20 * time.Minute)
		got := a.inner("message")
		if len(got) != 4 {
			t.Fatalf("deliveries of an event nobody acknowledges: got %d, want 4", len(got))
		}
		for i, e := range got {
			if e["event_id"] != got[0]["event_id"] || e["retry"] != float64(i) {
				t.Errorf("delivery %d: got id %v, retry %v, want id %v", i, e["event_id"], e["retry"], got[0]["event_id"])
			}
		}
		mu.Lock()
		defer mu.Unlock()
		want := []time.Duration{0, 3 * time.Second, 66 * time.Second, 369 * time.Second}
		if fmt.Sprint(at) != fmt.Sprint(want) {
			t.Errorf("times: got %v, want %v", at, want)
		}
		if reason := a.got(socketmode.EventTypeEventsAPI)[1].Request.RetryReason; reason != "timeout" {
			t.Errorf("retry_reason: got %q, want timeout", reason)
		}
	})
}

func TestEventRaisedWithNoSocketComesLater(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		if _, err := w.As(ann).Type(desk, "hello"); err != nil {
			t.Fatalf("Type: %v", err)
		}
		<-time.After(30 * time.Second)
		a := connect(t, ctx, w, 1, nil)
		<-time.After(10 * time.Minute)
		if got := a.inner("message"); len(got) != 1 || got[0]["retry"] != 2.0 {
			t.Errorf("got %v, want the event once, as second retry", got)
		}
	})
}

func TestEventFaults(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		a := connect(t, ctx, w, 2, nil)
		w.SetFaults(sandbox.Faults{EventCopies: 1, EventDelay: time.Minute, EventJitter: time.Minute})
		for i := range 10 {
			if _, err := w.As(ann).Type(desk, fmt.Sprint(i)); err != nil {
				t.Fatalf("Type: %v", err)
			}
		}
		<-time.After(59 * time.Second)
		if got := a.inner("message"); len(got) != 0 {
			t.Errorf("before the delay: got %d events", len(got))
		}
		<-time.After(5 * time.Minute)
		got := a.inner("message")
		ids, order := map[any]int{}, ""
		for _, e := range got {
			ids[e["event_id"]]++
			order += fmt.Sprint(e["text"])
		}
		if len(got) != 20 || len(ids) != 10 || order == "00112233445566778899" {
			t.Errorf("got %d deliveries of %d events in order %s, want each twice and out of order", len(got), len(ids), order)
		}
	})
}

func TestEventLimit(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t, limits(sandbox.Limits{EventsPerHour: 5}))
		c, _ := socket(t, w, "")
		kinds := make(chan string, 20)
		go func() {
			var f map[string]any
			for c.ReadJSON(&f) == nil {
				kinds <- fmt.Sprint(dig(f, "payload", "type"))
				_ = c.WriteJSON(map[string]any{"envelope_id": f["envelope_id"]})
			}
			close(kinds)
		}()
		for range 9 {
			if _, err := w.As(ann).Type(desk, "x"); err != nil {
				t.Fatalf("Type: %v", err)
			}
		}
		synctest.Wait()
		w.Close()
		counts := map[string]int{}
		for k := range kinds {
			counts[k]++
		}
		if counts["event_callback"] != 5 || counts["app_rate_limited"] != 1 {
			t.Errorf("got %v, want 5 events and one app_rate_limited", counts)
		}
	})
}

func TestEventsGoWhereTheyShould(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t, without("message.groups"))
		lobby := w.AddChannel(sandbox.Channel{Name: "lobby", Members: []string{ann}})
		a := connect(t, ctx, w, 2, nil)
		say := func(channel, text string) {
			if _, err := w.As(ann).Type(channel, text); err != nil {
				t.Fatalf("Type: %v", err)
			}
		}
		say(lobby, "@helper the bot is not here")
		say(secret, "no such event in the manifest")
		say(secret, "@helper but mentions are heard")
		say(desk, "@helper & <b>")
		say(w.As(ann).DM(), "@helper no mention here")
		mine := post(t, w, desk, "my own", "metadata", `{"event_type":"e","event_payload":{"k":1}}`)
		ok(t, w, "chat.update", "channel", desk, "ts", mine, "text", "changed")
		ok(t, w, "chat.delete", "channel", desk, "ts", mine)
		ok(t, w, "chat.postEphemeral", "channel", desk, "user", ann, "text", "in no event")
		synctest.Wait()

		mentions, messages := a.inner("app_mention"), map[string]map[string]any{}
		for _, m := range a.inner("message") {
			messages[fmt.Sprint(m["channel_type"], m["subtype"], m["text"])] = m
		}
		want := "<@" + w.BotUserID() + "> &amp; &lt;b&gt;"
		if len(mentions) != 2 {
			t.Errorf("mentions: got %v, want those in the private and the public channel", mentions)
		}
		m := messages["channel<nil>"+want]
		if m == nil || m["user"] != ann || m["bot_id"] != nil {
			t.Fatalf("messages: got %v, want %q among them", messages, want)
		}
		for _, x := range mentions {
			if x["channel"] == desk && (x["ts"] != m["ts"] || x["event_id"] == m["event_id"]) {
				t.Errorf("mention and message: got %v and %v, want one ts and two event ids", x, m)
			}
		}
		if messages["im<nil><@"+w.BotUserID()+"> no mention here"] == nil {
			t.Errorf("messages: got %v, want the direct one", messages)
		}
		own := messages["channel<nil>my own"]
		if own["bot_id"] != w.BotID() || own["app_id"] != w.AppID() || dig(own, "metadata", "event_payload", "k") != 1.0 {
			t.Errorf("own post: got %v, want it echoed with its metadata", own)
		}
		if messages["channelmessage_changed<nil>"] == nil || messages["channelmessage_deleted<nil>"]["deleted_ts"] != mine {
			t.Errorf("messages: got %v, want the change and the deletion", messages)
		}
		if len(messages) != 5 {
			t.Errorf("messages: got %d, want 5: %v", len(messages), messages)
		}
	})
}

func TestOtherEvents(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		a := connect(t, ctx, w, 1, nil)
		ts := post(t, w, desk, "x")
		if err := w.As(ann).React(desk, ts, "eyes"); err != nil {
			t.Fatalf("React: %v", err)
		}
		ok(t, w, "pins.add", "channel", desk, "timestamp", ts)
		synctest.Wait()
		if got := a.inner("reaction_added"); len(got) != 1 || got[0]["reaction"] != "eyes" || got[0]["item_user"] != w.BotUserID() || dig(got[0], "item", "ts") != ts {
			t.Errorf("reaction_added: got %v", got)
		}
		if got := a.inner("pin_added"); len(got) != 1 {
			t.Errorf("pin_added: got %v", got)
		}
		for _, e := range a.got(socketmode.EventTypeEventsAPI) {
			var p map[string]any
			if err := json.Unmarshal(e.Request.Payload, &p); err != nil || dig(p, "authorizations", 0, "user_id") != w.BotUserID() || p["team_id"] != w.TeamID() {
				t.Errorf("payload: got %v, %v", p, err)
			}
		}
	})
}

// TestCloseEndsEverything closes with a command, a hanging call, sockets and a late event on their way.
func TestCloseEndsEverything(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		connect(t, ctx, w, 2, func(*socketmode.Client, socketmode.Event) {})
		w.Fail(sandbox.Fault{Method: "auth.test", Hang: time.Hour})
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _ = slack.New(w.BotToken(), slack.OptionAPIURL(w.MemoryURL()), slack.OptionHTTPClient(w.HTTPClient())).AuthTestContext(ctx)
		})
		wg.Go(func() {
			if r, err := w.As(ann).Type(desk, "/ask"); err != nil || r.Failure == "" {
				t.Errorf("command during Close: got %+v, %v, want a failure", r, err)
			}
		})
		synctest.Wait()
		start := time.Now()
		w.Close()
		wg.Wait()
		if d := time.Since(start); d > time.Second {
			t.Errorf("Close took %v", d)
		}
		if _, err := w.As(ann).Type(desk, "x"); err == nil {
			t.Errorf("type after Close: got no error")
		}
	})
}
