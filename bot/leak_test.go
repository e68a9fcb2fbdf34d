package bot_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/rs/zerolog"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/store"
	"sameday/workflow"
)

// wiretap keeps all that the bot sends into the workspace: each call's address and body, each frame of its sockets.
type wiretap struct {
	mu   sync.Mutex
	sent []string
	next http.RoundTripper
}

func (w *wiretap) keep(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, text)
}

// since is what was sent after the first n, for looking at one moment.
func (w *wiretap) since(n int) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.sent[n:]...)
}

func (w *wiretap) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	w.keep(r.URL.String() + "\n" + string(body))
	return w.next.RoundTrip(r)
}

// tapped is a socket whose frames the wiretap reads. What a client sends is masked, so frames have to be taken apart.
type tapped struct {
	net.Conn
	w       *wiretap
	mu      sync.Mutex
	pending []byte
	upgrade bool
}

func (c *tapped) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = append(c.pending, p[:n]...)
	c.read()
	return n, err
}

func (c *tapped) read() {
	if !c.upgrade {
		_, after, ok := bytes.Cut(c.pending, []byte("\r\n\r\n"))
		if !ok {
			return
		}
		c.upgrade, c.pending = true, bytes.Clone(after)
	}
	for {
		payload, rest, ok := frame(c.pending)
		if !ok {
			return
		}
		c.pending = rest
		if len(payload) > 0 {
			c.w.keep("socket\n" + payload)
		}
	}
}

// frame takes the first WebSocket frame of a client off b.
func frame(b []byte) (payload string, rest []byte, ok bool) {
	if len(b) < 2 {
		return "", b, false
	}
	at, size := 2, int(b[1]&0x7f)
	switch {
	case size == 126 && len(b) >= 4:
		at, size = 4, int(binary.BigEndian.Uint16(b[2:]))
	case size == 127 && len(b) >= 10:
		at, size = 10, int(binary.BigEndian.Uint64(b[2:]))
	case size > 125:
		return "", b, false
	}
	if len(b) < at+4+size {
		return "", b, false
	}
	key, data := b[at:at+4], bytes.Clone(b[at+4:at+4+size])
	for i := range data {
		data[i] ^= key[i%4]
	}
	return string(data), b[at+4+size:], true
}

// restart runs the bot anew with other options.
func (h *hall) restart(change func(*bot.Options)) {
	h.t.Helper()
	h.stop()
	o := bot.Options{
		Desk: h.desk, BotToken: h.slack.BotToken(), AppToken: h.slack.AppToken(), APIURL: h.slack.MemoryURL(),
		HTTP: h.client(), Dialer: h.slack.Dialer(), Jobs: jobs(), Log: zerolog.New(h.logs),
	}
	if change != nil {
		change(&o)
	}
	var err error
	if h.bot, err = bot.New(o); err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(h.ctx)
	h.cancel, h.done = cancel, make(chan error, 1)
	go func() { h.done <- h.bot.Run(ctx) }()
	h.wait(30 * time.Second)
}

func (h *hall) tap() *wiretap {
	h.t.Helper()
	w := &wiretap{next: h.slack.HTTPClient().Transport}
	h.restart(func(o *bot.Options) {
		o.HTTP = &http.Client{Transport: w, Timeout: 20 * time.Second}
		dial := o.Dialer.NetDialContext
		o.Dialer.NetDialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &tapped{Conn: c, w: w}, nil
		}
	})
	return w
}

// readings makes one text of all ways in which bytes can hold a text: as they are, out of a form, out of JSON; then folded, so that a number
// is found whatever stands between its digits.
func readings(raw string) string {
	out := raw
	if plain, err := url.QueryUnescape(raw); err == nil {
		out += "\n" + plain
		raw = plain
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ { // \uXXXX of JSON
		if strings.HasPrefix(raw[i:], `\u`) && i+6 <= len(raw) {
			if r, err := strconv.ParseUint(raw[i+2:i+6], 16, 32); err == nil {
				b.WriteRune(rune(r))
				i += 5
				continue
			}
		}
		b.WriteByte(raw[i])
	}
	return out + "\n" + folded(b.String())
}

func folded(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return unicode.ToLower(r - '！' + '!')
		case unicode.IsSpace(r), r == '-', unicode.Is(unicode.Cf, r):
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// planted is personal data, as the scanner looks for it.
var planted = []string{
	"张建华", "欧阳小雨", "margaretthatchwood", // names that forms, imports and corrections name
	"13812345678", "13900001111", "13711112222", "15912341234", "18611113333", "13312345678", "17712345678", "18812345678", "15012345678", "15112345678",
	"11010519491231002x", "110105194912310021", "310101199003071233", "6222021234567894", "4111111111111111",
	"wang.planted@example.com", "zhang.planted@example.com", "ouyang.planted@example.com",
}

func marksIn(text string) []string {
	var out []string
	all := readings(text)
	for _, m := range planted {
		if strings.Contains(all, m) {
			out = append(out, m)
		}
	}
	return out
}

func (h *hall) leaks(t *testing.T, what string, sent []string) {
	t.Helper()
	for _, s := range sent {
		if found := marksIn(s); len(found) > 0 {
			t.Errorf("%s: %v in %.600s", what, found, s)
		}
	}
	if found := marksIn(h.logs.String()); len(found) > 0 {
		t.Errorf("%s: the log has %v:\n%s", what, found, h.logs.String())
	}
}

// No byte that the bot sends shows a customer, whatever way the data came in; but for one ephemeral answer.
func TestNoPersonalDataLeavesTheDesk(t *testing.T) {
	play(t, func(h *hall) {
		tap := h.tap()
		h.plantByForm(t)
		h.leaks(t, "by form", tap.since(0))
		h.plantByWords()
		h.leaks(t, "by typed words", tap.since(0))
		h.plantByImport(t)
		h.leaks(t, "by import", tap.since(0))
		h.plantByCorrection(t)
		h.leaks(t, "by correction", tap.since(0))
		h.plantByMistake(t)
		h.until("2026-11-24", "09:00") // dusk, overnight, the notice
		h.leaks(t, "by the day's messages", tap.since(0))
		h.shows(t, tap)
	})
}

func (h *hall) plantByForm(t *testing.T) {
	h.opens(wang, jingan, "张建华来电 138 1234 5678，邮箱 wang.planted@example.com，身份证１１０１０５１９４９１２３１００２Ｘ，卡 6222-0212-3456-7894 被扣年费",
		"customer_name", "张建华", "customer_phone", "13900001111", "customer_id", "11010519491231002X",
		"remedy", "打给张建华 1390000 1111，电邮 zhang.planted@example.com 确认", "work_order", "HO-1")
	for _, f := range []struct {
		verb, button string
		fields       []string
	}{
		{"accept", "", nil},
		{"assign", "", []string{"handler", li, "note", "请回电 186-1111-3333 张建华"}},
		{"contact", "", []string{"wants", "张建华要求退款到 4111 1111 1111 1111"}},
		{"handle", "", []string{"text", "已向张建华（13900001111）退还年费并当面说明全部收费标准", "cause", "柜员误操作，联系 １５９１２３４１２３４"}},
		{"feedback", "", []string{"answer", "unsatisfied", "text", "张建华不认可，改打 137 1111 2222"}},
	} {
		h.acts(t, wang, f.verb, f.fields...)
	}
}

// acts uses a verb's form on complaint 1, or what the verb does without one.
func (h *hall) acts(t *testing.T, who, verb string, fields ...string) {
	t.Helper()
	a := h.slack.As(who)
	r, err := a.Type(jingan, "/complaint "+verb+" 1")
	if err != nil || r.Failure != "" {
		t.Fatalf("%s: %v %s", verb, err, r.Failure)
	}
	if len(fields) > 0 {
		if r.View == nil {
			t.Fatalf("%s opened no form: %s", verb, plain(r.Ephemeral))
		}
		h.fill(who, fields...)
		if r, err = a.Submit(); err != nil || len(r.Errors) > 0 || r.Failure != "" {
			t.Fatalf("%s: %v %v %s", verb, err, r.Errors, r.Failure)
		}
	}
	h.wait(20 * time.Second)
}

func (h *hall) plantByWords() {
	card := h.card(jingan, "20261123-001")
	for _, text := range []string{
		"/complaint note 1 张建华又打来，手机 133\u200b1234\u200b5678，说要投诉到 ouyang.planted@example.com",
		"/complaint contact 1 电话 张建华 １７７　１２３４　５６７８ 已接通",
		"/complaint handle 1 退款 已退还张建华年费 1,280 元，卡号 6222 0212 3456 7894，当日到账并短信通知",
		"/complaint 18812345678", "/complaint 张 15012345678", "/complaint list 15112345678", "/notice 13812345678",
		"/complaint accept 13812345678", "/complaint grade 1 13812345678", "/complaint correct 1 来源 13812345678",
		"/complaint correct 1 工单号 wang.planted@example.com",
		"/complaint new 张三丰，电话 13812345678，卡 4111111111111111", "/complaint feedback 1 张建华 13900001111",
		"/complaint close 1 张建华失联 13900001111", "/complaint reopen 1 13900001111",
	} {
		for _, who := range []string{wang, chen} {
			_, _ = h.slack.As(who).Type(jingan, text)
			h.wait(20 * time.Second)
			h.slack.As(who).CloseAll()
		}
	}
	_, _ = h.slack.As(wang).TypeInThread(jingan, card.TS, "@sameday 备注 张建华改号 138 1234 5678")
	h.wait(20 * time.Second)
	said, err := h.slack.As(wang).Type(jingan, "客户电话 13812345678 投诉排队")
	if err == nil {
		_, _ = h.slack.As(wang).Shortcut("open_complaint", jingan, said.Posted.TS)
		_, _ = h.slack.As(wang).Submit()
	}
	h.wait(20 * time.Second)
}

func (h *hall) plantByImport(t *testing.T) {
	_, err := h.desk.Do(h.ctx, store.Request{
		Command: workflow.Open{
			Unit: "xuhui", Source: workflow.SourcePBOC, WorkOrder: "PBOC-7", Sender: "人行 13812345678",
			Summary: "欧阳小雨（310101199003071233，15012345678）投诉有人代办，ouyang.planted@example.com", Remedy: "联系欧阳小雨",
		},
		By: workflow.System(), At: time.Now(), Customer: store.Customer{Name: "欧阳小雨", Phone: "15012345678", ID: "310101199003071233"},
	}) // the certificate's check digit is wrong, so only the record can tell what it is
	if err != nil {
		t.Fatal(err)
	}
	h.bot.Sender().Wake()
	h.wait(time.Minute)
}

func (h *hall) plantByCorrection(t *testing.T) {
	a := h.slack.As(xu)
	r, err := a.Type(xuhui, "/complaint correct 20261123-3")
	if err != nil || r.View == nil {
		r, err = a.Type(xuhui, "/complaint correct 2")
	}
	if err != nil || r.View == nil {
		t.Fatalf("no form for a correction: %v %s", err, plain(r.Ephemeral))
	}
	h.fill(xu, "now", "Margaret Thatchwood 来电 15112345678 更正", "why", "原为 Margaret Thatchwood", "customer_name", "Margaret Thatchwood",
		"customer_phone", "15112345678", "customer_id", "110105194912310021")
	if r, err = a.Submit(); err != nil || len(r.Errors) > 0 {
		t.Fatalf("the correction: %v %v", err, r.Errors)
	}
	h.wait(time.Minute)
}

// plantByMistake puts numbers into fields that take something else.
func (h *hall) plantByMistake(t *testing.T) {
	a := h.slack.As(wang)
	if _, err := a.Type(jingan, "/complaint new 大堂"); err != nil {
		t.Fatal(err)
	}
	h.fill(wang, "amount", "张先生13812345678", "received_at", "电话13812345678", "work_order", "wang.planted@example.com")
	r, err := a.Submit()
	if err != nil || len(r.Errors) == 0 {
		t.Errorf("wrong fields were taken: %v %v", err, r)
	}
	h.fill(wang, "amount", "", "received_at", "")
	if r, err = a.Submit(); err != nil || r.Errors["work_order"] == "" {
		t.Errorf("an address was taken for a work order: %v %v", err, r)
	}
	a.CloseAll()
}

// shows is the one exception: an ephemeral answer to one who may see it; never anything else, and nothing at all where the policy says so.
func (h *hall) shows(t *testing.T, tap *wiretap) {
	t.Helper()
	before := len(tap.since(0))
	answer := h.says(wang, jingan, "/complaint customer 20261123-1")
	wants(t, "the answer", answer, "张建华", "13900001111")
	with := 0
	for _, s := range tap.since(before) {
		if len(marksIn(s)) == 0 {
			continue
		}
		if with++; !strings.Contains(s, `"ephemeral"`) || !strings.HasPrefix(s, "socket\n") {
			t.Errorf("the customer was shown by %.300s", s)
		}
	}
	if with != 1 {
		t.Errorf("the customer went out %d times, want once", with)
	}
	// Neither the response_url nor the channel takes the answer: then it is not given, because a direct message would stay.
	before = len(tap.since(0))
	h.slack.Fail(sandbox.Fault{Method: "response_url", Status: 500, Until: time.Now().Add(time.Hour)})
	h.slack.Fail(sandbox.Fault{Method: "chat.postEphemeral", Error: "user_not_in_channel", Until: time.Now().Add(time.Hour)})
	if _, err := h.slack.As(wang).TypeInThread(jingan, h.card(jingan, "20261123-001").TS, "@sameday customer"); err != nil {
		t.Fatal(err)
	}
	h.wait(time.Minute)
	for _, s := range tap.since(before) {
		if strings.Contains(s, "chat.postMessage") && len(marksIn(s)) > 0 {
			t.Errorf("the customer stands in a direct message: %.300s", s)
		}
	}
	h.slack.ClearFaults()
	list, err := h.slack.As(wang).Channel(h.slack.As(wang).DM())
	if err != nil || len(ours(list)) == 0 {
		t.Errorf("who could not be answered was told nothing: %v", err)
	}

	h.stop()
	h.desk.Rules().Policy.Reveal = workflow.RevealNever
	tap = h.tap()
	wants(t, "with reveal off", h.says(wang, jingan, "/complaint customer 20261123-1"), "Slack")
	h.leaks(t, "with reveal off", tap.since(0))
}
