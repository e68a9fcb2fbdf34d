package page

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"sameday/bot/sandbox"
)

const envelopesKept = 200

// envelope is one line of the trouble panel: what happened to a payload.
type envelope struct {
	At                     time.Time
	Kind, ID, Retry, State string
}

// hub tells the windows what is not as it was, and keeps the last envelopes.
type hub struct {
	mu        sync.Mutex
	windows   map[*window]bool
	envelopes []envelope // oldest first
	counts    map[[2]string]int
	dropped   []string // what Slack would have dropped in silence, oldest first
}

// window is one open browser window.
type window struct {
	user string
	wake chan struct{} // has room for one

	mu  sync.Mutex
	new news
}

// news is what a window should draw again.
type news struct {
	Channels []string `json:"channels,omitempty"` // conversations with something new
	Sidebar  bool     `json:"sidebar,omitempty"`  // conversations or people came or went
	View     bool     `json:"view,omitempty"`     // the person's modal or Home tab
	Traffic  bool     `json:"traffic,omitempty"`  // calls, envelopes, sockets
	All      bool     `json:"all,omitempty"`      // something was missed
}

func newHub() *hub {
	return &hub{windows: map[*window]bool{}, counts: map[[2]string]int{}}
}

// listen takes in changes until the channel is closed.
func (h *hub) listen(changes <-chan sandbox.Change) {
	for c := range changes {
		h.take(c, len(changes) >= cap(changes)-1)
	}
}

// take notes one change; missed says that others before it may have been lost.
func (h *hub) take(c sandbox.Change, missed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch c.Kind {
	case "envelope":
		h.note(c)
	case "dropped":
		h.dropped = append(h.dropped, c.Detail)
		h.dropped = h.dropped[max(0, len(h.dropped)-envelopesKept):]
	}
	for w := range h.windows {
		w.add(c, missed)
	}
}

func (h *hub) note(c sandbox.Change) {
	head, state, _ := strings.Cut(c.Detail, ": ")
	f := strings.Fields(head)
	if len(f) < 4 {
		return
	}
	e := envelope{At: c.At, Kind: f[0], ID: f[1], Retry: f[3], State: state}
	h.counts[[2]string{e.Kind, e.State}]++
	h.envelopes = append(h.envelopes, e)
	if len(h.envelopes) > 2*envelopesKept {
		h.envelopes = slices.Clone(h.envelopes[envelopesKept:])
	}
}

// log returns the last envelopes, newest first, how many there were of each kind and state, and the last drops.
func (h *hub) log(n int) (last []envelope, counts map[[2]string]int, dropped []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	last = slices.Clone(h.envelopes[max(0, len(h.envelopes)-n):])
	slices.Reverse(last)
	return last, maps.Clone(h.counts), slices.Clone(h.dropped[max(0, len(h.dropped)-n):])
}

func (h *hub) open(user string) *window {
	w := &window{user: user, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.windows[w] = true
	return w
}

func (h *hub) shut(w *window) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.windows, w)
}

// add notes what the window should draw again, and wakes it.
func (w *window) add(c sandbox.Change, missed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.new.All = w.new.All || missed
	switch c.Kind {
	case "message", "message_changed", "message_deleted":
		w.channel(c.Channel)
	case "ephemeral":
		if c.User != w.user {
			return
		}
		w.channel(c.Channel)
	case "channel", "person":
		w.new.Sidebar = true
		w.channel(c.Channel)
	case "view":
		if c.User != w.user {
			return
		}
		w.new.View = true
	default:
		w.new.Traffic = true
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *window) channel(id string) {
	if id != "" && !slices.Contains(w.new.Channels, id) {
		w.new.Channels = append(w.new.Channels, id)
	}
}

// take returns what is new and forgets it.
func (w *window) take() news {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.new
	w.new = news{}
	return n
}
