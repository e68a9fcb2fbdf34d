package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"sameday/bot/sandbox"
)

// crashes is how often the program is killed; SAMEDAY_CRASHES asks for another number.
const crashes = 8

// TestKilledUnderLoad kills the program with SIGKILL at random instants while people type, press and submit, work orders come in, backups
// are made and, because each start is some hours later than the one before, the daily jobs run. The local Slack judges: what was
// acknowledged is on record once, what is on record is told, nothing is told twice.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	times := crashes
	if n, err := strconv.Atoi(os.Getenv("SAMEDAY_CRASHES")); err == nil {
		times = n
	}
	w := newWreck(t, "sameday")
	began := time.Now()
	w.start()
	stop := w.load()
	for n := range times {
		w.refill()
		<-time.After(time.Duration(150+rand.IntN(700)) * time.Millisecond)
		w.kill()
		w.move(time.Duration(rand.IntN(180)) * time.Minute)
		w.start()
		if n%50 == 49 {
			t.Logf("%d of %d crashes, %d acts, %s", n+1, times, w.tried, time.Since(began).Round(time.Second))
		}
	}
	stop()
	w.settle()
	w.judge(fmt.Sprintf("%d kills under load", times), began)
}

// TestKilledWhileSlackWorks kills the program while Slack has a post in hand: one that it stores after the program's death, when the next
// one has looked for it already, and one that it has stored and does not answer.
func TestKilledWhileSlackWorks(t *testing.T) {
	t.Parallel()
	w := newWreck(t, "sameday")
	began := time.Now()
	w.start()
	stop := w.load()
	troubles := []sandbox.Fault{
		{Delay: 2 * time.Second, Stored: true},
		{Stored: true, Hang: 10 * time.Second},
		{Stored: true, Cut: sandbox.CutReply},
		{Stored: true, Cut: sandbox.CutInBody},
		{Stored: true, Status: 503},
		{Cut: sandbox.CutReply},
	}
	for _, trouble := range troubles {
		trouble.Method, trouble.Times = "chat.postMessage", 2
		before := w.slack.CallCounts()["chat.postMessage"]
		w.slack.Fail(trouble)
		for tries := 0; trouble.Delay == 0 && trouble.Hang == 0 && same(before, w.slack.CallCounts()["chat.postMessage"]); tries++ {
			if w.refill(); tries == 1000 {
				t.Fatalf("nothing was posted into %+v", trouble)
			}
			<-time.After(10 * time.Millisecond)
		}
		w.refill()
		<-time.After(400 * time.Millisecond)
		w.kill()
		w.slack.ClearFaults()
		w.start()
	}
	stop()
	w.settle()
	w.judge(fmt.Sprintf("%d kills while Slack had a post in hand", len(troubles)), began)
}

// same compares how often a method was called, whatever came of it.
func same(a, b map[string]int) bool {
	sum := func(m map[string]int) (n int) {
		for _, v := range m {
			n += v
		}
		return n
	}
	return sum(a) == sum(b)
}
