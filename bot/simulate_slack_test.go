package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"sameday/bot/gateway"
	"sameday/store"
)

// leanSlack is a Slack that keeps of a message no more than what a sender needs to find it again, and only for as long as that: a year has
// millions of them. It takes time to answer, keeps limits like Slack's, and can be in trouble. It judges nothing.
type leanSlack struct {
	heard func(post)               // told of each message that was taken
	sick  func(from, to time.Time) // told when a caller was sent away for a while

	mu       sync.Mutex
	random   *rand.Rand
	channels []string
	people   []simPerson
	rooms    map[string]*room
	last     int64 // of all timestamps
	posts    *rate.Limiter

	trouble trouble
	lose    float64                 // share of messages that are taken, and whose sender never hears of it
	too     float64                 // share of calls that are one too many
	deadly  atomic.Pointer[process] // dies with the next message that is taken
	calls   map[string]int
	too429  int
	lost    int
}

// trouble is what ails Slack.
type trouble string

const (
	noTrouble   trouble = ""
	unreachable trouble = "unreachable"
	unavailable trouble = "503"
	hangs       trouble = "hangs"
	ratelimited trouble = "429"
)

type simPerson struct{ id, name string }

type room struct {
	limit    *rate.Limiter
	messages []kept
}

type kept struct {
	ts, thread, key string
	at              time.Time
}

// post is a message that Slack took.
type post struct {
	came, taken          time.Time
	channel, thread, key string
	text, blocks         string
}

func newLeanSlack(seed uint64, heard func(post), sick func(from, to time.Time)) *leanSlack {
	return &leanSlack{
		heard: heard, sick: sick, random: rand.New(rand.NewPCG(seed, 2)), rooms: map[string]*room{}, calls: map[string]int{},
		posts: rate.NewLimiter(5, 60),
	}
}

// process is one life of the bot: when it is killed, what it stores and sends from then on is nobody's.
type process struct {
	slack *leanSlack
	dead  atomic.Bool
	died  chan struct{} // one slot
}

// kill ends the process where it stands.
func (p *process) kill() {
	if !p.dead.Swap(true) {
		p.died <- struct{}{}
	}
}

var errKilled = errors.New("the process was killed")

// RoundTrip makes a call to Slack as the process.
func (p *process) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.dead.Load() {
		return nil, errKilled
	}
	method := path.Base(r.URL.Path)
	if method == "apps.connections.open" { // people's acts come in another way; a socket is never opened
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	form, err := formOf(r)
	if err != nil {
		return nil, err
	}
	came := time.Now()
	fate, wait := p.slack.fate(method, form, came)
	select {
	case <-time.After(wait):
	case <-r.Context().Done():
		if fate == hangs || fate == unreachable {
			return nil, r.Context().Err()
		}
	}
	switch fate {
	case unreachable:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	case unavailable:
		return reply(r, http.StatusServiceUnavailable, "", "service unavailable"), nil
	case hangs:
		select {
		case <-r.Context().Done():
		case <-time.After(20 * time.Second): // the patience of the bot's own client
		}
		return nil, context.DeadlineExceeded
	case ratelimited:
		return reply(r, http.StatusTooManyRequests, strconv.Itoa(p.slack.again()), `{"ok":false,"error":"ratelimited"}`), nil
	}
	body, told, silent := p.slack.answer(method, form, came)
	if told != nil {
		p.slack.heard(*told)
	}
	if d := p.slack.deadly.Load(); d == p && method == "chat.postMessage" {
		p.slack.deadly.Store(nil)
		p.kill()
	}
	if p.dead.Load() {
		return nil, errKilled
	}
	if silent {
		return nil, io.ErrUnexpectedEOF
	}
	return reply(r, http.StatusOK, "", body), nil
}

func formOf(r *http.Request) (url.Values, error) {
	form := r.URL.Query()
	if r.Body == nil {
		return form, nil
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_ = r.Body.Close()
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return form, nil
	}
	more, err := url.ParseQuery(string(raw))
	for k, v := range more {
		form[k] = v
	}
	return form, err
}

func reply(r *http.Request, status int, again, body string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}
	if again != "" {
		h.Set("Retry-After", again)
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status, " ", http.StatusText(status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// fate is what becomes of a call, and after how long.
func (s *leanSlack) fate(method string, form url.Values, now time.Time) (trouble, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[method]++
	takes := time.Duration(60+s.random.IntN(140)) * time.Millisecond
	if s.random.IntN(100) == 0 {
		takes += time.Duration(s.random.IntN(2000)) * time.Millisecond
	}
	switch {
	case s.trouble == unreachable:
		return unreachable, 50 * time.Millisecond
	case s.trouble != noTrouble:
		return s.trouble, takes
	case s.random.Float64() < s.too:
		return ratelimited, takes
	case method != "chat.postMessage":
		return noTrouble, takes
	}
	if !s.room(form.Get("channel")).limit.AllowN(now, 1) || !s.posts.AllowN(now, 1) {
		return ratelimited, takes
	}
	return noTrouble, takes
}

// again is how long Slack asks a caller to wait.
func (s *leanSlack) again() int {
	s.mu.Lock()
	s.too429++
	n := 1 + s.random.IntN(30)
	s.mu.Unlock()
	now := time.Now()
	s.sick(now, now.Add(time.Duration(n+5)*time.Second))
	return n
}

func (s *leanSlack) room(channel string) *room {
	if strings.HasPrefix(channel, "U") {
		channel = "D" + channel[1:]
	}
	r := s.rooms[channel]
	if r == nil {
		r = &room{limit: rate.NewLimiter(1.1, 10)}
		s.rooms[channel] = r
	}
	return r
}

// remembered is how long a sender may look back.
const remembered = 32 * time.Hour

// answer carries a call out. silent says that its caller is not to hear of it.
func (s *leanSlack) answer(method string, form url.Values, came time.Time) (body string, told *post, silent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	channel := form.Get("channel")
	if strings.HasPrefix(channel, "U") {
		channel = "D" + channel[1:]
	}
	switch method {
	case "auth.test":
		return `{"ok":true,"url":"https://bank.slack.com/","team":"bank","user":"sameday","team_id":"T0","user_id":"U0BOT","bot_id":"B0BOT"}`, nil, false
	case "chat.postMessage":
		return s.take(channel, form, came)
	case "chat.update":
		return fmt.Sprintf(`{"ok":true,"channel":%q,"ts":%q,"text":""}`, channel, form.Get("ts")), nil, false
	case "chat.getPermalink":
		ts := strings.ReplaceAll(form.Get("message_ts"), ".", "")
		return fmt.Sprintf(`{"ok":true,"channel":%q,"permalink":"https://bank.slack.com/archives/%s/p%s"}`, channel, channel, ts), nil, false
	case "conversations.open":
		return fmt.Sprintf(`{"ok":true,"channel":{"id":"D%s"}}`, form.Get("users")[1:]), nil, false
	case "conversations.history", "conversations.replies":
		return s.page(channel, form), nil, false
	case "conversations.list":
		return s.list(form, len(s.channels), "channels", func(i int) any {
			return map[string]any{"id": s.channels[i], "name": strings.ToLower(s.channels[i]), "is_channel": true, "is_member": true}
		}), nil, false
	case "users.list":
		return s.list(form, len(s.people), "members", func(i int) any {
			return map[string]any{"id": s.people[i].id, "name": s.people[i].id, "real_name": s.people[i].name}
		}), nil, false
	case "usergroups.list":
		return `{"ok":true,"usergroups":[]}`, nil, false
	}
	return `{"ok":true}`, nil, false
}

// take stores a message.
func (s *leanSlack) take(channel string, form url.Values, came time.Time) (body string, told *post, silent bool) {
	now := time.Now()
	s.last = max(s.last+1, now.UnixMicro())
	ts := fmt.Sprintf("%d.%06d", s.last/1e6, s.last%1e6)
	var meta struct {
		Payload struct {
			K string `json:"k"`
		} `json:"event_payload"`
	}
	_ = json.Unmarshal([]byte(form.Get("metadata")), &meta) // a message without a key is found by the judge
	r := s.room(channel)
	if len(r.messages) >= 32 && now.Sub(r.messages[0].at) > remembered {
		n := 0
		for n < len(r.messages) && now.Sub(r.messages[n].at) > remembered {
			n++
		}
		r.messages = append([]kept(nil), r.messages[n:]...)
	}
	r.messages = append(r.messages, kept{ts, form.Get("thread_ts"), meta.Payload.K, now})
	told = &post{came, now, channel, form.Get("thread_ts"), meta.Payload.K, form.Get("text"), form.Get("blocks")}
	silent = s.random.Float64() < s.lose
	if silent {
		s.lost++
	}
	return fmt.Sprintf(`{"ok":true,"channel":%q,"ts":%q,"message":{"ts":%q}}`, channel, ts, ts), told, silent
}

// page lists what stands in a channel or a thread, in pages.
func (s *leanSlack) page(channel string, form url.Values) string {
	thread := form.Get("ts")
	var found []kept
	for _, m := range s.room(channel).messages {
		if m.ts >= form.Get("oldest") && (thread == "" && m.thread == "" || thread != "" && (m.thread == thread || m.ts == thread)) {
			found = append(found, m)
		}
	}
	return s.list(form, len(found), "messages", func(i int) any {
		return map[string]any{
			"type": "message", "ts": found[i].ts, "bot_id": "B0BOT",
			"metadata": map[string]any{"event_type": "sameday_intent", "event_payload": map[string]any{"k": found[i].key}},
		}
	})
}

func (s *leanSlack) list(form url.Values, n int, name string, item func(int) any) string {
	from, _ := strconv.Atoi(form.Get("cursor"))
	limit, err := strconv.Atoi(form.Get("limit"))
	if err != nil || limit < 1 {
		limit = 100
	}
	to, next := min(n, from+limit), ""
	if to < n {
		next = strconv.Itoa(to)
	}
	items := make([]any, 0, max(0, to-from))
	for i := from; i < to; i++ {
		items = append(items, item(i))
	}
	raw, err := json.Marshal(map[string]any{
		"ok": true, name: items, "has_more": next != "", "response_metadata": map[string]string{"next_cursor": next},
	})
	if err != nil {
		return `{"ok":false,"error":"internal_error"}`
	}
	return string(raw)
}

// mortal is the store as one life of the bot sees it: a dead one stores nothing. It says when sweeps began.
type mortal struct {
	store.Store
	of     *process
	swept  func(time.Time)
	looked sync.Once
}

func (m *mortal) Append(ctx context.Context, c store.Commit) (store.Committed, error) {
	if m.of.dead.Load() {
		return store.Committed{}, store.ErrUnwritable
	}
	return m.Store.Append(ctx, c)
}

func (m *mortal) Claim(ctx context.Context, now time.Time, most, beside int) ([]store.Intent, error) {
	if m.of.dead.Load() {
		return nil, store.ErrUnwritable
	}
	return m.Store.Claim(ctx, now, most, beside)
}

func (m *mortal) Settle(ctx context.Context, now time.Time, s []store.Settlement) error {
	if m.of.dead.Load() {
		return store.ErrUnwritable
	}
	return m.Store.Settle(ctx, now, s)
}

func (m *mortal) Scan(ctx context.Context, q store.Query) ([]store.Entry, error) {
	if q.Index == store.IndexDue {
		m.looked.Do(func() { m.swept(time.Now()) })
	}
	return m.Store.Scan(ctx, q)
}

// leanGateway is the bank's other way to ring; a repeated call rings once.
type leanGateway struct {
	of     *process
	heard  func(gateway.Call, time.Time)
	random func() float64
}

func (g *leanGateway) Ring(ctx context.Context, c gateway.Call) error {
	select {
	case <-time.After(200 * time.Millisecond):
	case <-ctx.Done():
		return ctx.Err()
	}
	if g.of.dead.Load() {
		return errKilled
	}
	luck := g.random()
	if luck < 0.01 {
		return &gateway.Again{Status: http.StatusBadGateway}
	}
	g.heard(c, time.Now())
	if luck < 0.02 || g.of.dead.Load() { // taken over, and nobody hears of it
		return &gateway.Again{Err: io.ErrUnexpectedEOF}
	}
	return nil
}
