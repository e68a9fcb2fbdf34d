package bot_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sameday/bot/card"
	"sameday/bot/sandbox"
	"sameday/bot/sandbox/blockkit"
)

// redrawn counts how often messages in somebody's direct messages were drawn anew.
func (h *hall) redrawn(who string) int {
	n := 0
	for _, c := range h.slack.Calls() {
		if c.Method == "chat.update" && c.Channel == h.slack.As(who).DM() {
			n++
		}
	}
	return n
}

// asks reports whether a message has a button that acknowledges.
func asks(m sandbox.Message) bool {
	return slices.ContainsFunc(m.Controls(), func(e blockkit.Element) bool { return e.ActionID == "sameday:ack" || e.ActionID == card.ActionAckAll })
}

// A ring that somebody has answered says so, and has no button any more that looks as if it still waited.
func TestAnAnsweredRingSaysSo(t *testing.T) {
	play(t, func(h *hall) {
		h.publishes("jingan", rota(monday, li))
		h.opensAt("jingan", "窗口排队过久")
		h.wait(50 * time.Minute)
		ring := h.lastDirect(li, "20261123-001")
		if !asks(ring) {
			t.Fatalf("the ring asks for nothing: %s", ring.Blocks)
		}
		h.says(wang, jingan, "/duty ack 1")
		h.wait(time.Minute)
		for _, who := range []string{li, wang} {
			after := h.lastDirect(who, "20261123-001")
			wants(t, "the answered ring", after.Plain(), "王莉", "已确认")
			if asks(after) {
				t.Errorf("the answered ring of %s still asks: %s", who, after.Blocks)
			}
			if n := h.redrawn(who); n != 1 {
				t.Errorf("the ring of %s was drawn anew %d times, want once", who, n)
			}
		}
		if after := h.lastDirect(li, "20261123-001"); after.TS != ring.TS {
			t.Errorf("the answer is another message")
		}
		h.restart(nil)
		h.wait(10 * time.Minute)
		if n := h.redrawn(li); n != 1 {
			t.Errorf("after a restart it was drawn anew %d times in all, want once", n)
		}
	})
}

// A list of rings shows what is left of it, and at the end that nothing is. Many answers at once are one change of the message.
func TestAnAnsweredListOfRings(t *testing.T) {
	play(t, func(h *hall) {
		h.publishes("jingan", rota(monday, li))
		for n := range 4 {
			h.opensAt("jingan", fmt.Sprintf("窗口排队过久 %d", n))
		}
		h.wait(32 * time.Minute)
		list := h.lastDirect(li, "4 件投诉等你确认")
		h.says(li, jingan, "/duty ack 2")
		h.wait(time.Minute)
		list = h.again(list)
		wants(t, "the rest of the list", list.Plain(), "3 件投诉等你确认", "另有 1 件已有人答复", "20261123-003")
		if !asks(list) {
			t.Errorf("the rest of the list asks for nothing")
		}
		h.says(li, jingan, "/duty 收到")
		h.wait(time.Minute)
		list = h.again(list)
		wants(t, "the list", list.Plain(), "4 件投诉都有人答复了", "李伟")
		if asks(list) {
			t.Errorf("the list still asks: %s", list.Blocks)
		}
		if n := h.redrawn(li); n != 2 {
			t.Errorf("the list was drawn anew %d times, want twice: for the first answer and for the others at once", n)
		}
	})
}

// again reads a direct message as it is now.
func (h *hall) again(m sandbox.Message) sandbox.Message {
	h.t.Helper()
	for _, who := range []string{li, wang, zhou} {
		for _, now := range h.direct(who) {
			if now.TS == m.TS && now.Channel == m.Channel {
				return now
			}
		}
	}
	h.t.Fatalf("the message %s is gone", m.TS)
	return m
}

// A ring that goes out beside the complaint's card waits a little for the thread that it links to, and gets the link later when the card
// takes longer.
func TestARingLeadsToItsThread(t *testing.T) {
	for name, c := range map[string]struct {
		delay   time.Duration
		redrawn int
	}{"soon": {2 * time.Second, 0}, "late": {9 * time.Second, 1}} {
		t.Run(name, func(t *testing.T) {
			play(t, func(h *hall) {
				h.publishes("jingan", rota(monday, li))
				h.wait(time.Minute)
				h.stop()
				h.opensAt("jingan", "窗口排队过久")
				h.wait(31 * time.Minute)
				h.slack.Fail(sandbox.Fault{Method: "chat.postMessage", Channel: jingan, Delay: c.delay, Stored: true, Times: 1})
				began := time.Now()
				h.restart(nil)
				ring := h.lastDirect(li, "20261123-001")
				if !strings.Contains(ring.Plain(), "打开话题") {
					t.Errorf("the ring leads nowhere:\n%s", ring.Plain())
				}
				if n := h.redrawn(li); n != c.redrawn {
					t.Errorf("the ring was drawn anew %d times, want %d", n, c.redrawn)
				}
				if at := rungAt(t, ring); at.Sub(began) > 7*time.Second {
					t.Errorf("the ring waited %s", at.Sub(began))
				}
			})
		})
	}
}

// rungAt is when a message was posted.
func rungAt(t *testing.T, m sandbox.Message) time.Time {
	t.Helper()
	seconds, err := strconv.ParseFloat(m.TS, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(int64(seconds * 1000))
}
