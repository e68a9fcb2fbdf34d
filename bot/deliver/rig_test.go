package deliver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"sameday/bot/deliver"
	"sameday/bot/sandbox"
	"sameday/store"
	"sameday/store/bolt"
)

const manifest = `{
  "display_information": {"name": "Teller", "description": "tells"},
  "features": {"app_home": {"home_tab_enabled": true, "messages_tab_enabled": true}, "bot_user": {"display_name": "teller", "always_online": true}},
  "oauth_config": {"scopes": {"bot": ["channels:history", "channels:join", "channels:read", "chat:write", "groups:history", "groups:read",
    "im:history", "im:read", "im:write"]}},
  "settings": {"interactivity": {"is_enabled": true}, "socket_mode_enabled": true}
}`

const (
	ann, bob = "U0ANN", "U0BOB"
	desk     = "C0DESK"
	yard     = "C0YARD" // public, without the bot
)

// spec is the body of the tests' intents: what the renderer makes of them.
type spec struct {
	Channel   string `json:"channel,omitempty"`
	Thread    string `json:"thread,omitempty"`
	Update    string `json:"update,omitempty"`
	Skip      bool   `json:"skip,omitempty"`
	Broadcast bool   `json:"broadcast,omitempty"`
	Link      bool   `json:"link,omitempty"`
	Receipt   bool   `json:"receipt,omitempty"`
	Card      string `json:"card,omitempty"` // updates a card to its current version
	Call      bool   `json:"call,omitempty"` // tells the gateway, not Slack
}

// teller renders specs. What the tests change while a sender runs is behind mu.
type teller struct {
	mu       sync.Mutex
	fail     func(i store.Intent, attempt int) error // rendering
	posted   func(i store.Intent, attempt int) error // keeping the receipt
	renders  map[string]int
	calls    map[string]int
	receipts map[string][]deliver.Receipt
	versions map[string]int

	gateway func(i store.Intent, attempt int) (heard bool, err error)
	heard   map[string]string // what the gateway has heard, by intent
	clashes []string          // what it has heard again with other content
}

func newTeller() *teller {
	return &teller{
		renders: map[string]int{}, calls: map[string]int{}, receipts: map[string][]deliver.Receipt{}, versions: map[string]int{},
		heard: map[string]string{},
	}
}

// content is what a message tells: the intents of its batch.
func content(i store.Intent) string {
	text := i.ID
	for _, o := range i.Also {
		text += " " + o.ID
	}
	return text
}

// tell is a gateway that knows repetitions by their id and takes its time.
func (r *teller) tell(ctx context.Context, i store.Intent) error {
	select {
	case <-time.After(150 * time.Millisecond):
	case <-ctx.Done():
		return ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls[i.ID]++
	heard, err := true, error(nil)
	if r.gateway != nil {
		heard, err = r.gateway(i, r.calls[i.ID])
	}
	if was, again := r.heard[i.ID]; heard && again && was != content(i) {
		r.clashes = append(r.clashes, was+" / "+content(i))
	} else if heard {
		r.heard[i.ID] = content(i)
	}
	return err
}

func (r *teller) Render(_ context.Context, i store.Intent) (deliver.Action, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.renders[i.ID]++
	if r.fail != nil {
		if err := r.fail(i, r.renders[i.ID]); err != nil {
			return deliver.Action{}, err
		}
	}
	var s spec
	if err := json.Unmarshal(i.Body, &s); err != nil {
		return deliver.Action{}, err
	}
	a := deliver.Action{
		Skip: s.Skip, Channel: s.Channel, ThreadTS: s.Thread, UpdateTS: s.Update, Text: content(i), Broadcast: s.Broadcast, WantLink: s.Link,
	}
	if s.Card != "" {
		a.Text = fmt.Sprint("version ", r.versions[s.Card])
	}
	if s.Call {
		a.Call = func(ctx context.Context) error { return r.tell(ctx, i) }
	}
	if s.Receipt {
		a.Posted = func(_ context.Context, got deliver.Receipt) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.calls[i.ID]++
			if r.posted != nil {
				if err := r.posted(i, r.calls[i.ID]); err != nil {
					return err
				}
			}
			r.receipts[i.ID] = append(r.receipts[i.ID], got)
			return nil
		}
	}
	return a, nil
}

// rig is a store, a workspace and a sender between them.
type rig struct {
	t      tb
	ctx    context.Context
	w      *sandbox.Workspace
	db     *bolt.Store
	box    store.Outbox // what the sender sees; db unless a test puts something between
	teller *teller
	change func(*deliver.Options)
	s      *deliver.Sender
	kill   context.CancelFunc
	ended  chan error

	mu    sync.Mutex
	heard []string // what Trouble was told
}

// tb is what a test and a property have in common.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Cleanup(f func())
}

// bubble runs a test in fake time.
func bubble(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		r := newRig(t, ctx, filepath.Join(dir, "db"), sandbox.Limits{})
		test(t, r)
		r.stop()
	})
}

func newRig(t tb, ctx context.Context, path string, l sandbox.Limits) *rig {
	t.Helper()
	w, err := sandbox.New(sandbox.Options{Manifest: []byte(manifest), Limits: l})
	if err != nil {
		t.Fatalf("make the workspace: %v", err)
	}
	t.Cleanup(w.Close)
	for _, id := range []string{ann, bob} {
		w.AddPerson(sandbox.Person{ID: id, Name: id})
	}
	w.AddChannel(sandbox.Channel{ID: desk, Name: "desk", Members: []string{ann, bob, w.BotUserID()}})
	w.AddChannel(sandbox.Channel{ID: yard, Name: "yard", Members: []string{ann}})
	db, err := bolt.Open(ctx, path, bolt.Options{InitialMmapSize: 1 << 20})
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &rig{t: t, ctx: ctx, w: w, db: db, box: db, teller: newTeller()}
}

func (r *rig) client() *slack.Client {
	return slack.New(r.w.BotToken(), slack.OptionAPIURL(r.w.MemoryURL()), slack.OptionHTTPClient(r.w.HTTPClient()))
}

// start runs a new sender.
func (r *rig) start() {
	r.t.Helper()
	client := r.client()
	o := deliver.Options{
		Store: r.box, Slack: client, Render: r.teller, Log: zerolog.Nop(), BotID: r.w.BotID,
		Rejoin: func(ctx context.Context, channel string) error {
			_, _, _, err := client.JoinConversationContext(ctx, channel)
			return err
		},
		Trouble: func(since time.Time, reason string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if since.IsZero() {
				reason = "well"
			}
			r.heard = append(r.heard, reason)
		},
	}
	if r.change != nil {
		r.change(&o)
	}
	s, ended := deliver.New(o), make(chan error, 1)
	ctx, kill := context.WithCancel(r.ctx)
	r.s, r.kill, r.ended = s, kill, ended
	go func() { ended <- s.Run(ctx) }()
}

// stop ends the sender and waits for it.
func (r *rig) stop() {
	r.t.Helper()
	if r.s == nil {
		return
	}
	r.kill()
	if err := <-r.ended; err != nil {
		r.t.Errorf("Run: got %v, want nil", err)
	}
	r.s = nil
}

// line is an intent for a channel, in a lane of its own unless changed.
func line(id string, s spec) store.Intent {
	if s.Channel == "" && !s.Skip {
		s.Channel = desk
	}
	body, err := json.Marshal(s)
	if err != nil {
		return store.Intent{ID: id}
	}
	return store.Intent{ID: id, Lane: "lane " + id, Kind: "line", Priority: store.PriorityLine, Body: body}
}

func (r *rig) put(intents ...store.Intent) {
	r.t.Helper()
	if _, err := r.db.Append(r.ctx, store.Commit{At: time.Now(), Intents: intents}); err != nil {
		r.t.Fatalf("append: %v", err)
	}
	if r.s != nil {
		r.s.Wake()
	}
}

func (r *rig) backlog() store.Backlog {
	r.t.Helper()
	b, err := r.db.Waiting(r.ctx, 1000)
	if err != nil {
		r.t.Fatalf("read the backlog: %v", err)
	}
	return b
}

// settled waits until nothing is pending and returns how long that took.
func (r *rig) settled(within time.Duration) time.Duration {
	r.t.Helper()
	began := time.Now()
	for time.Since(began) <= within {
		synctest.Wait()
		b := r.backlog()
		if b.Pending == 0 {
			return time.Since(began)
		}
		<-time.After(100 * time.Millisecond)
	}
	r.t.Fatalf("after %v: got %+v, want nothing pending", within, r.backlog())
	return 0
}

// messages returns everything the bot has posted, by intent, oldest first.
func (r *rig) messages() map[string][]sandbox.Message {
	r.t.Helper()
	out := map[string][]sandbox.Message{}
	seen := map[string]bool{}
	add := func(list []sandbox.Message) {
		for _, m := range list {
			var mark struct {
				Type    string            `json:"event_type"`
				Payload map[string]string `json:"event_payload"`
			}
			if m.BotID == "" || len(m.Metadata) == 0 || seen[m.Channel+m.TS] {
				continue
			}
			seen[m.Channel+m.TS] = true
			if err := json.Unmarshal(m.Metadata, &mark); err != nil || mark.Type != "sameday_intent" {
				r.t.Errorf("metadata of %s: got %s (%v), want a mark of ours", m.TS, m.Metadata, err)
			}
			out[mark.Payload["k"]] = append(out[mark.Payload["k"]], m)
		}
	}
	for _, who := range []string{ann, bob} {
		a := r.w.As(who)
		rooms, err := a.Rooms()
		if err != nil {
			r.t.Fatalf("rooms: %v", err)
		}
		for _, room := range rooms {
			list, err := a.Channel(room.ID)
			if err != nil {
				r.t.Fatalf("look at %s: %v", room.ID, err)
			}
			add(list)
			for _, m := range list {
				if m.ReplyCount > 0 {
					thread, err := a.Thread(room.ID, m.TS)
					if err != nil {
						r.t.Fatalf("look at a thread: %v", err)
					}
					add(thread)
				}
			}
		}
	}
	return out
}

// once checks that each of these intents has exactly one message.
func (r *rig) once(ids ...string) map[string]sandbox.Message {
	r.t.Helper()
	got, out := r.messages(), map[string]sandbox.Message{}
	for _, id := range ids {
		if n := len(got[id]); n != 1 {
			r.t.Errorf("messages of %s: got %d, want 1", id, n)
			continue
		}
		out[id] = got[id][0]
	}
	return out
}

func (r *rig) called(method string) int {
	n := 0
	for _, c := range r.w.CallCounts()[method] {
		n += c
	}
	return n
}

func (r *rig) troubles() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.heard)
}

// parent posts the root of a thread.
func (r *rig) parent() string {
	r.t.Helper()
	_, ts, err := r.client().PostMessageContext(r.ctx, desk, slack.MsgOptionText("root", false))
	if err != nil {
		r.t.Fatalf("post the root: %v", err)
	}
	return ts
}

var errBroken = errors.New("broken")
