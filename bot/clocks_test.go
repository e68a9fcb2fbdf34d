package bot_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/workflow"
)

// A laptop is shut with a message on its way and opened again later, also after midnight and after two of them: its timers stood still, its
// clock has jumped, its sockets are gone. What became due meanwhile is told at once, late and once; nothing waits for the old time.
func TestFaultSuspended(t *testing.T) {
	for name, asleep := range map[string]time.Duration{"ten minutes": 10 * time.Minute, "a night": 15 * time.Hour, "two days": 48 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			var jump atomic.Int64
			clock := func() time.Time { return time.Now().Round(0).Add(time.Duration(jump.Load())) }
			playWith(t, setup{start: "2026-11-23 17:40", now: clock}, func(h *hall) {
				h.slack.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 2, Stored: true, Cut: sandbox.CutReply})
				id := h.opensAt("jingan", "取号机故障")
				h.wait(time.Second)
				jump.Store(int64(asleep))
				h.slack.DropSockets(0, "")
				h.wait(3 * time.Minute) // the minute's wake-up, and what it brings
				wants(t, "a command", h.says(wang, jingan, "/complaint note "+string(id)+" 合上又打开"), string(id))
				h.wait(5 * time.Minute)
				h.once()
				lines := strings.Join(h.lines(h.root(jingan, id)), "\n")
				if got := strings.Count(lines, "合上又打开"); got != 1 {
					t.Errorf("the note stands %d times:\n%s", got, lines)
				}
				for day := run24(); clock().After(day.At(0, 5, shanghaiZone(t))); day = day.Add(1) {
					run, err := h.desk.JobOn(h.ctx, workflow.JobOvernight, "jingan", day)
					if err != nil || !run.Late {
						t.Errorf("the job of %s: %+v, %v; want a late run", day, run, err)
					}
				}
				facts, err := h.desk.Timeline(h.ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range facts {
					if e, ok := f.Event.(workflow.Breached); ok && (!f.At.After(e.Due) || e.Late != (f.At.Sub(e.Due) > 10*time.Minute)) {
						t.Errorf("the breach of %s at %s was recorded at %s, late: %t", e.Clock, e.Due, f.At, e.Late)
					}
				}
			})
		})
	}
}

// The bot's clock loses or gains five seconds a minute, and is set right each hour, through dusk, midnight and the morning, while replies get
// lost: each job once, each message once.
func TestFaultDrift(t *testing.T) {
	for name, drift := range map[string]time.Duration{"slow": -5 * time.Second, "fast": 5 * time.Second} {
		t.Run(name, func(t *testing.T) {
			playWith(t, setup{start: "2026-11-23 17:30"}, func(h *hall) {
				h.restart(func(o *bot.Options) {
					o.Now = func() time.Time {
						now := time.Now()
						return now.Add(drift * time.Duration(now.Minute()))
					}
				})
				for h.hours() < 16 {
					h.slack.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 1, Stored: true, Cut: sandbox.CutReply})
					id := h.opensAt("jingan", "取号机故障")
					h.wait(57 * time.Minute)
					h.acting(wang, id, workflow.Accept{})
					h.wait(7 * time.Minute) // over the hour, at which the clock jumps
				}
				h.wait(30 * time.Minute)
				h.once()
				h.jobsOnce(t)
				if b, err := h.db.Waiting(h.ctx, 3); err != nil || b.Pending+b.Dead > 0 {
					t.Errorf("the outbox has %+v, %v", b, err)
				}
			})
		})
	}
}

// hours is how long the play has gone on since 17:30.
func (h *hall) hours() float64 {
	return time.Since(time.Date(2026, 11, 23, 17, 30, 0, 0, shanghaiZone(h.t))).Hours()
}

// The machine's clock is a day ahead for an hour, or from before the start on. Slack's time holds: the night is flagged when it comes, and no job
// runs before its time. The operator reads how wrong the clock is.
func TestFaultClockAhead(t *testing.T) {
	for name, from := range map[string]string{"while it runs": "17:10", "from the start": "17:00"} {
		t.Run(name, func(t *testing.T) {
			playWith(t, setup{start: "2026-11-23 16:59"}, func(h *hall) {
				var offset atomic.Int64
				if from == "17:00" {
					offset.Store(int64(24 * time.Hour))
				}
				h.restart(func(o *bot.Options) {
					o.Now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
				})
				early := h.opensAt("jingan", "取号机故障")
				h.until("2026-11-23", "17:10")
				offset.Store(int64(24 * time.Hour))
				h.until("2026-11-23", "18:10")
				offset.Store(0)
				h.until("2026-11-23", "18:30")
				late := h.opensAt("jingan", "取号机又故障")
				for _, job := range []workflow.Job{workflow.JobOvernight, workflow.JobNotice} {
					if run, err := h.desk.JobOn(h.ctx, job, "jingan", run24()); err == nil {
						t.Errorf("%s of tomorrow has run: %+v", job, run)
					}
				}
				h.until("2026-11-24", "00:10")
				for _, id := range []workflow.ID{early, late} {
					c, err := h.desk.Complaint(h.ctx, id)
					if err != nil || c.Night() != 1 {
						t.Errorf("%s: night %d, %v; want 1", id, c.Night(), err)
					}
					h.noticedInTime(id)
				}
				h.once()
				wants(t, "the log", h.logs.String(), `"behind_by":"-24h0m`, "this machine's clock is wrong", "this machine's clock is right again")
			})
		})
	}
}
