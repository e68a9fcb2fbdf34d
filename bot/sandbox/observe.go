package sandbox

import (
	"maps"
	"time"
)

// Call is one call of the Web API, a response URL or an upload address, as the workspace saw it.
type Call struct {
	Method  string    // such as "chat.postMessage"; "response_url" and "upload" for the addresses without a name
	At      time.Time // by Options.Now
	Channel string    // the channel argument, if any
	Outcome string    // "ok", the Slack error, "429", "status 503", "cut" or "hung"
	Stored  bool      // the method ran and answered ok, whatever the caller was told
}

// Change tells that something in the workspace is not as it was. Only the fields that apply are set; a reader looks up
// what it needs.
type Change struct {
	// Kind is message, message_changed, message_deleted, ephemeral, channel, person, view, call, envelope, socket or
	// dropped.
	Kind                      string
	Channel, TS, Thread, User string
	Detail                    string // for envelopes: kind, id and state; for drops: the reason
	Call                      *Call
	At                        time.Time
}

const callsKept = 10_000

type callLog struct {
	ring   []Call
	next   int
	counts map[string]map[string]int
}

func (l *callLog) add(c Call) {
	if len(l.ring) < callsKept {
		l.ring = append(l.ring, c)
	} else {
		l.ring[l.next] = c
		l.next = (l.next + 1) % callsKept
	}
	if l.counts == nil {
		l.counts = map[string]map[string]int{}
	}
	if l.counts[c.Method] == nil {
		l.counts[c.Method] = map[string]int{}
	}
	l.counts[c.Method][c.Outcome]++
}

// Calls returns the last 10,000 calls, oldest first.
func (w *Workspace) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := append([]Call(nil), w.calls.ring[w.calls.next:]...)
	return append(out, w.calls.ring[:w.calls.next]...)
}

// CallCounts returns how often each method was called since the start, by outcome; nothing is forgotten.
func (w *Workspace) CallCounts() map[string]map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[string]map[string]int, len(w.calls.counts))
	for m, by := range w.calls.counts {
		out[m] = maps.Clone(by)
	}
	return out
}

// Subscribe returns a channel that gets every change from now on, and a function that ends it. A reader that lags more
// than size changes behind loses the oldest news: it should read the state afresh when it has caught up. Close closes
// the channel.
func (w *Workspace) Subscribe(size int) (changes <-chan Change, cancel func()) {
	ch := make(chan Change, max(size, 1))
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		close(ch)
		return ch, func() {}
	}
	w.feed[ch] = true
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.feed[ch] {
			delete(w.feed, ch)
			close(ch)
		}
	}
}

// change numbers what happened and tells the subscribers.
func (w *Workspace) change(c Change) uint64 {
	w.seq++
	if len(w.feed) == 0 {
		return w.seq
	}
	c.At = w.opts.Now()
	for ch := range w.feed {
		for sent := false; !sent; {
			select {
			case ch <- c:
				sent = true
			default:
				select {
				case <-ch: // the oldest makes room
				default:
				}
			}
		}
	}
	return w.seq
}

func (w *Workspace) record(c Call) {
	c.At = w.opts.Now()
	w.calls.add(c)
	w.change(Change{Kind: "call", Channel: c.Channel, Call: &c})
}

// Unanswered counts the payloads that were sent to the app and that it has not acknowledged yet; those whose time is over
// do not count.
func (w *Workspace) Unanswered() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.pending)
}
