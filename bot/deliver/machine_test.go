package deliver_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sameday/bot/deliver"
	"sameday/bot/sandbox"
	"sameday/store"
)

// mortal is the store as a process sees it that may die: from then on nothing it does reaches the disk.
type mortal struct {
	store.Outbox
	dead *atomic.Bool
}

func (m mortal) Claim(ctx context.Context, now time.Time, limit, beside int) ([]store.Intent, error) {
	if m.dead.Load() {
		return nil, store.ErrClosed
	}
	return m.Outbox.Claim(ctx, now, limit, beside)
}

func (m mortal) Settle(ctx context.Context, now time.Time, x []store.Settlement) error {
	if m.dead.Load() {
		return store.ErrClosed
	}
	return m.Outbox.Settle(ctx, now, x)
}

// world is the state machine: random intents, faults and deaths against the promise that each intent is told exactly once, alone or
// with its batch, in the order of its lane.
type world struct {
	*rig
	roots []string
	cards []string
	told  []store.Intent // those that a message tells, in the order they were appended
	dead  *atomic.Bool
	gates []gate // what the gateway will do to the next calls
}

// gate is what becomes of one call of the gateway.
type gate struct {
	heard bool
	err   error
}

func (m *world) live() {
	m.dead = &atomic.Bool{}
	dead := m.dead
	m.box = mortal{m.db, dead}
	m.teller.posted = func(store.Intent, int) error {
		if dead.Load() {
			return store.ErrClosed
		}
		return nil
	}
	m.teller.gateway = func(store.Intent, int) (bool, error) {
		if len(m.gates) == 0 {
			return true, nil
		}
		g := m.gates[0]
		m.gates = m.gates[1:]
		return g.heard, g.err
	}
	m.change = func(o *deliver.Options) { o.Drain, o.Workers = time.Millisecond, 3 }
	m.start()
}

func (m *world) append(t *rapid.T) {
	var batch []store.Intent
	for range rapid.IntRange(1, 4).Draw(t, "intents") {
		i := line(fmt.Sprint("intent", len(m.told)), spec{})
		place := rapid.IntRange(0, len(m.roots)+3).Draw(t, "place")
		switch {
		case place < len(m.roots):
			i = line(i.ID, spec{Thread: m.roots[place], Receipt: rapid.Bool().Draw(t, "receipt"), Link: rapid.Bool().Draw(t, "link")})
			i.Lane = fmt.Sprint("complaint", place)
		case place == len(m.roots):
			i.Lane, i.Priority = "channel", store.PriorityDigest
		case place == len(m.roots)+1:
			i = line(i.ID, spec{Call: true})
			i.Lane, i.Batch, i.Beside = "gateway", "calls", true
		default:
			who := []string{ann, bob}[place-len(m.roots)-2]
			i = line(i.ID, spec{Channel: who, Receipt: rapid.Bool().Draw(t, "receipt")})
			i.Lane, i.Priority, i.Kind = "person "+who, store.PriorityRing, "ring"
			i.Batch = rapid.SampledFrom([]string{"", "rings", "rings", "others"}).Draw(t, "batch")
		}
		m.told = append(m.told, i)
		batch = append(batch, i)
	}
	m.put(batch...)
}

func (m *world) renew(t *rapid.T) {
	n := rapid.IntRange(0, len(m.cards)-1).Draw(t, "card")
	name := fmt.Sprint("card", n)
	m.teller.mu.Lock()
	m.teller.versions[name]++
	version := m.teller.versions[name]
	m.teller.mu.Unlock()
	i := line(fmt.Sprint(name, "@", version), spec{Update: m.cards[n], Card: name})
	i.Lane, i.Priority, i.Replace = fmt.Sprint("complaint", n), store.PriorityCard, name
	m.put(i)
}

// gateway makes the next calls fail, whether they are heard or not.
func (m *world) gateway(t *rapid.T) {
	m.teller.mu.Lock()
	defer m.teller.mu.Unlock()
	for range rapid.IntRange(1, 3).Draw(t, "times") {
		g := gate{heard: rapid.Bool().Draw(t, "heard"), err: errBroken}
		if !g.heard && rapid.Bool().Draw(t, "wait") {
			g.err = &deliver.Wait{Reason: "busy"}
		}
		m.gates = append(m.gates, g)
	}
}

func (m *world) trouble(t *rapid.T) {
	f := sandbox.Fault{
		Method: rapid.SampledFrom([]string{
			"chat.postMessage", "chat.postMessage", "chat.postMessage", "chat.update", "chat.getPermalink",
			"conversations.history", "conversations.replies", "conversations.open",
		}).Draw(t, "method"),
		Times:  rapid.IntRange(1, 4).Draw(t, "times"),
		Stored: rapid.Bool().Draw(t, "stored"),
	}
	switch rapid.IntRange(0, 5).Draw(t, "fault") {
	case 0:
		f.Status, f.RetryAfter, f.Stored = http.StatusTooManyRequests, time.Duration(rapid.IntRange(1, 40).Draw(t, "after"))*time.Second, false
	case 1:
		f.Status = http.StatusServiceUnavailable
	case 2:
		f.Cut = sandbox.CutReply
	case 3:
		f.Cut = sandbox.CutInBody
	case 4:
		f.Error = "fatal_error"
	case 5:
		f.Hang = 20 * time.Second
	}
	m.w.Fail(f)
}

// die ends the process at any instant: what it was about to write is lost, what it was about to call is broken off.
func (m *world) die(t *rapid.T) {
	<-time.After(time.Duration(rapid.IntRange(0, 400).Draw(t, "ms")) * time.Millisecond)
	m.dead.Store(true)
	m.stop()
	m.live()
}

func (m *world) pass(t *rapid.T) {
	<-time.After(time.Duration(rapid.IntRange(1, 20_000).Draw(t, "ms")) * time.Millisecond)
}

// tellings are the times of the messages that tell an intent; a call counts as a message without a time.
func (m *world) tellings() map[string][]string {
	out := map[string][]string{}
	for first, list := range m.messages() {
		for _, message := range list {
			ids := strings.Fields(message.Text)
			if len(ids) == 0 || ids[0] != first {
				m.t.Errorf("message of %s: got %q, want it first", first, message.Text)
			}
			for _, id := range ids {
				out[id] = append(out[id], message.TS)
			}
		}
	}
	for _, text := range m.teller.heard {
		for _, id := range strings.Fields(text) {
			out[id] = append(out[id], "")
		}
	}
	return out
}

// end lets everything heal and checks the promise.
func (m *world) end() {
	m.w.SetFaults(sandbox.Faults{})
	m.w.ClearFaults()
	m.teller.mu.Lock()
	m.gates = nil
	m.teller.mu.Unlock()
	m.settled(2 * time.Hour)
	m.stop()
	got, last := m.tellings(), map[string]string{}
	for _, i := range m.told {
		if n := len(got[i.ID]); n != 1 {
			m.t.Errorf("messages that tell %s: got %d, want 1", i.ID, n)
			continue
		}
		// Those of a batch overtake others; a call has no place among the messages.
		ts, queue := got[i.ID][0], i.Lane+" "+i.Batch
		if ts < last[queue] || ts == last[queue] && i.Batch == "" {
			m.t.Errorf("%s stands at %s, the one before it in %s at %s: want them in order", i.ID, ts, queue, last[queue])
		}
		last[queue] = ts
	}
	if len(m.teller.clashes) > 0 {
		m.t.Errorf("the gateway heard other things under the same ids: %v", m.teller.clashes)
	}
	for n, ts := range m.cards {
		thread, err := m.w.As(ann).Thread(desk, ts)
		if want := m.teller.versions[fmt.Sprint("card", n)]; err != nil || want > 0 && thread[0].Text != fmt.Sprint("version ", want) {
			m.t.Errorf("card %d: got %+v, %v, want version %d", n, thread, err, want)
		}
	}
	if b := m.backlog(); b.Dead != 0 {
		m.t.Errorf("dead: got %+v, want none", b.Intents)
	}
}

func TestDeliveryMachine(t *testing.T) {
	t.Parallel()
	dir, runs := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		path := filepath.Join(dir, fmt.Sprint("db", runs))
		rapid.SyncTest(t, func(t *rapid.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 48*time.Hour)
			defer cancel()
			m := &world{rig: newRig(t, ctx, path, sandbox.Limits{})}
			for range 3 {
				m.roots = append(m.roots, m.parent())
				m.cards = append(m.cards, m.roots[len(m.roots)-1])
			}
			m.w.SetFaults(sandbox.Faults{Latency: 150 * time.Millisecond})
			m.live()
			t.Repeat(map[string]func(*rapid.T){
				"append": m.append, "more": m.append, "change": m.renew, "trouble": m.trouble, "gateway": m.gateway, "die": m.die, "pass": m.pass,
			})
			m.end()
		})
	})
}
