package deliver

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sameday/store"
)

func TestMarkSurvivesTheOutbox(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := mark{
			word:  word(rapid.String().Draw(t, "word")),
			looks: rapid.IntRange(0, 2).Draw(t, "looks"),
			fails: rapid.IntRange(0, 1000).Draw(t, "fails"),
		}
		if rapid.Bool().Draw(t, "unknown") {
			want.since = time.Unix(rapid.Int64Range(1, 1<<33).Draw(t, "since"), 0).UTC()
		}
		if got := readMark(want.String()); got != want {
			t.Fatalf("read %q: got %+v, want %+v", want, got, want)
		}
	})
}

func FuzzReadMark(f *testing.F) {
	for _, s := range []string{"", "ratelimited", "unknown_outcome since=1795413600 looks=1 fails=3", "a since=x looks=-1", " = "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := readMark(text)
		if got := readMark(m.String()); got != m {
			t.Errorf("read %q twice: got %+v, want %+v", text, got, m)
		}
	})
}

func TestUnknownKeepsTheEarliestTime(t *testing.T) {
	t.Parallel()
	early, late := time.Unix(1000, 0), time.Unix(2000, 0)
	if got := (mark{since: early, looks: 1, fails: 4}).unknown(late); got != (mark{word: wordUnknown, since: early, fails: 4}) {
		t.Errorf("got %+v, want the earlier time, no looks and the same failures", got)
	}
	if got := (mark{}).unknown(late); got.since != late {
		t.Errorf("got %+v, want the time of the attempt", got)
	}
}

func TestTroubleIsToldOnceForEachReason(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	h := newHealth()
	for n, step := range []struct {
		after  time.Duration
		method string
		class  class
		word   string
		tell   string
		well   bool
	}{
		{0, methodPost, limited, "ratelimited", "", false},
		{61 * time.Second, methodPost, limited, "ratelimited", "ratelimited", false},
		{time.Second, methodPost, unknown, "unknown_outcome", "", false},
		{time.Second, methodUpdate, dead, "message_not_found", "", true}, // Slack answers
		{time.Second, methodPost, denied, "missing_scope", "missing_scope", false},
		{time.Second, methodUpdate, fine, "", "", false}, // another method
		{time.Second, methodPost, auth, "token_revoked", "token_revoked", false},
		{time.Second, methodUpdate, fine, "", "missing_scope", false}, // what is left
		{time.Second, methodPost, fine, "", "", true},
	} {
		now = now.Add(step.after)
		h.heard(now, step.method, verdict{class: step.class, word: step.word})
		since, reason, tell := h.news(now)
		if want := step.tell != "" || step.well; tell != want || reason != step.tell || tell && since.IsZero() != step.well {
			t.Errorf("step %d: got %v %q %v, want %q told %v", n, since, reason, tell, step.tell, want)
		}
	}
}

// Who was sent away before does not line up again behind the new ones, and the guess of when to come stays near.
func TestLimiterLinesUp(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := newLimiter(Limits{}.withDefaults())
	c := call{method: methodPost, channel: "C1", priority: store.PriorityLine}
	var last time.Time
	for n := range 200 {
		wait, at := l.take(now, c)
		switch {
		case n < 5 && (wait != 0 || !at.IsZero()):
			t.Errorf("call %d: got wait %v, %v, want none: it is within the burst", n, wait, at)
		case n == 5 && wait != time.Second:
			t.Errorf("call %d: got wait %v, want a second", n, wait)
		case n > 5 && n < 60 && at.Sub(last) < time.Second-time.Millisecond:
			t.Errorf("call %d: got %v, want a second after %v", n, at, last)
		case at.Sub(now) > farthest:
			t.Errorf("call %d: got %v, want a minute at most", n, at)
		}
		last = at
	}
	c.again = true
	if _, at := l.take(now, c); at.Sub(now) > 3*time.Second {
		t.Errorf("again: got %v, want it in front", at)
	}
	c.again, c.priority = false, store.PriorityRing
	if wait, at := l.take(now, c); wait != 2*time.Second || !at.IsZero() {
		t.Errorf("ring: got wait %v, %v, want the next free slot", wait, at)
	}
	c.channel = "C2"
	if wait, at := l.take(now, c); wait != 0 || !at.IsZero() {
		t.Errorf("other channel: got wait %v, %v, want none", wait, at)
	}
	l.rest(methodPost, now.Add(time.Minute))
	l.rest(methodPost, now.Add(time.Second))
	if _, at := l.take(now, c); at.Before(now.Add(time.Minute)) {
		t.Errorf("while the method rests: got %v, want a minute", at)
	}
}

func TestLimiterForgetsQuietChannels(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := newLimiter(Limits{Posts: Limit{PerMinute: 1e9, Burst: 1e9}}.withDefaults())
	for n := range 3 * bucketsKept {
		l.take(now.Add(time.Duration(n)*time.Second), call{method: methodPost, channel: fmt.Sprint(n)})
	}
	if got := len(l.buckets); got > bucketsKept {
		t.Errorf("buckets: got %d, want at most %d", got, bucketsKept)
	}
}
