package bot_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unicode"

	"github.com/gorilla/websocket"

	"sameday/workflow"
	"sameday/workflow/calendar"
)

// wiretap reads all that the bot sends into the workspace: each call's address and body, each frame of its sockets. Every play has one, and
// none may end with a customer in it.
type wiretap struct {
	mu     sync.Mutex
	next   http.RoundTripper
	listen bool
	sent   []string // kept for looking at single moments, while listen is set
	bytes  int64
	shown  int      // times the customer was shown in the one way in which he may be
	leaks  []string // what held personal data otherwise
	pings  []string // what would ring somebody whom nobody of the bank named
}

func (w *wiretap) keep(text string) {
	marks := marksIn(text)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bytes += int64(len(text))
	if found := pingsSent(text); len(found) > 0 {
		w.pings = append(w.pings, fmt.Sprintf("%q in %.600s", found, text))
	}
	switch {
	case len(marks) == 0:
	case isReveal(text):
		w.shown++
	default:
		w.leaks = append(w.leaks, fmt.Sprintf("%v in %.600s", marks, text))
	}
	if w.listen {
		w.sent = append(w.sent, text)
	}
}

// isReveal reports whether a text is the answer to "show customer" that only the person who asked can see.
func isReveal(text string) bool {
	all := readings(text)
	private := strings.HasPrefix(text, "socket\n") || strings.Contains(text, "chat.postEphemeral") || strings.Contains(text, "/response/")
	return private && strings.Contains(all, "ephemeral") && strings.Contains(all, `"block_id":"customer"`)
}

// scan is the end of every play: what went to Slack and into the log holds no customer, but for what the ledger says was shown,
// rings nobody who was not meant, and is made as Slack wants it.
func (h *hall) scan() {
	h.t.Helper()
	h.wire.mu.Lock()
	defer h.wire.mu.Unlock()
	for _, l := range h.wire.leaks[:min(len(h.wire.leaks), 3)] {
		h.t.Errorf("sent to Slack, with %d more: %s", len(h.wire.leaks)-1, l)
	}
	for _, p := range h.wire.pings[:min(len(h.wire.pings), 3)] {
		h.t.Errorf("would ring, with %d more: %s", len(h.wire.pings)-1, p)
	}
	for method, by := range h.slack.CallCounts() {
		for _, broken := range []string{
			"invalid_blocks", "invalid_arguments", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "no_text", "view_too_large", "metadata_too_large",
		} {
			if n := by[broken]; n > 0 {
				h.t.Errorf("%d calls of %s ended with %s", n, method, broken)
			}
		}
	}
	if h.wire.shown > 0 {
		if asked := h.shown(); h.wire.shown > 2*asked { // once more where the first way to answer did not work
			h.t.Errorf("the customer was shown %d times, asked for %d times", h.wire.shown, asked)
		}
	}
	for line := range strings.SplitSeq(h.logs.String(), "\n") {
		if found := marksIn(line); len(found) > 0 {
			h.t.Errorf("the log has %v: %.600s", found, line)
		}
	}
	scanned.Add(h.wire.bytes)
}

// scanned counts the bytes of all plays.
var scanned atomic.Int64

// shown counts how often the ledger says that a customer was shown.
func (h *hall) shown() int {
	h.t.Helper()
	ids, err := h.desk.Numbers(h.ctx, calendar.Day{Year: 2000, Month: 1, Day: 1}, calendar.Day{Year: 2100, Month: 1, Day: 1})
	if err != nil {
		h.t.Fatal(err)
	}
	n := 0
	for _, id := range ids {
		facts, err := h.desk.Timeline(h.ctx, id)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, f := range facts {
			if _, ok := f.Event.(workflow.CustomerShown); ok {
				n++
			}
		}
	}
	return n
}

// dialer is the dialer with its sockets tapped.
func (w *wiretap) dialer(d *websocket.Dialer) *websocket.Dialer {
	out := *d
	out.NetDialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := d.NetDialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &tapped{Conn: c, w: w}, nil
	}
	return &out
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

// The customer of every complaint that a play opens in passing.
const plantedName, plantedPhone, plantedID = "张建华", "13812345678", "11010519491231002X"

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

// The scanner itself: it finds a customer however he is written, and tells the one answer that may show him from all others.
func TestScannerFinds(t *testing.T) {
	t.Parallel()
	reveal := `{"envelope_id":"1","payload":{"response_type":"ephemeral","blocks":[{"block_id":"customer","text":"张建华"}]}}`
	for text, want := range map[string]struct{ leaks, shown int }{
		"https://slack.test/api/chat.postMessage\ntext=%E5%BC%A0%E5%BB%BA%E5%8D%8E": {1, 0},
		"socket\n" + `{"payload":{"text":"\u5f20\u5efa\u534e"}}`:                    {1, 0},
		"socket\n" + `{"payload":{"text":"１３８ 1234-5678"}}`:                         {1, 0},
		"socket\n" + `{"payload":{"text":"138****5678"}}`:                           {0, 0},
		"socket\n" + reveal: {0, 1},
		"https://slack.test/api/chat.postMessage\n" + reveal:   {1, 0},
		"https://slack.test/api/chat.postMessage\nblocks=dull": {0, 0},
	} {
		w := &wiretap{}
		w.keep(text)
		if len(w.leaks) != want.leaks || w.shown != want.shown {
			t.Errorf("%q: %d leaks and %d shown, want %+v", text, len(w.leaks), w.shown, want)
		}
	}
}
