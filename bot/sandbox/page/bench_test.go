package page_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sameday/bot/sandbox"
	"sameday/bot/sandbox/page"
)

// crowded is a workspace with 500 channels and 10,000 messages, most of them in one channel.
func crowded(b *testing.B) (http.Handler, *sandbox.Workspace) {
	b.Helper()
	h, w, _ := desktop(b, func(o *page.Options) { o.Clock = nil })
	for i := range 500 {
		w.AddChannel(sandbox.Channel{ID: fmt.Sprintf("C0R%03d", i), Name: fmt.Sprintf("支行-%03d", i), Members: []string{ann, bob, w.BotUserID()}})
	}
	for i := range 10_000 {
		channel := desk
		if i%10 == 0 {
			channel = fmt.Sprintf("C0R%03d", i/10%500)
		}
		if _, err := w.As(bob).Type(channel, fmt.Sprintf("第 %d 句，客户要求退还年费并更正征信记录", i)); err != nil {
			b.Fatalf("type: %v", err)
		}
	}
	return h, w
}

func draw(b *testing.B, h http.Handler, target string) {
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, target, nil)
	r.Host, r.RemoteAddr = "127.0.0.1:3000", "127.0.0.1:50000"
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		b.Fatalf("%s: got %d", target, rec.Code)
	}
}

// BenchmarkWholePage draws the whole page of a channel with 9,000 messages, among 500 channels.
func BenchmarkWholePage(b *testing.B) {
	h, _ := crowded(b)
	for b.Loop() {
		draw(b, h, "/?as=ann&channel="+desk)
	}
}

// BenchmarkRefresh draws what a window asks for after a message: the list and the messages.
func BenchmarkRefresh(b *testing.B) {
	h, _ := crowded(b)
	for b.Loop() {
		draw(b, h, "/ui/parts?as=ann&part=messages&part=sidebar&channel="+desk)
	}
}

// BenchmarkFanOut tells 50 windows of each of 1,000 changes; what a window draws is not in it.
func BenchmarkFanOut(b *testing.B) {
	h := page.NewHub()
	for range 50 {
		defer h.Open(ann)()
	}
	c := sandbox.Change{Kind: "message", Channel: desk, TS: "1.000001", At: time.Unix(0, 0)}
	for b.Loop() {
		for range 1000 {
			h.Take(c)
		}
	}
}
