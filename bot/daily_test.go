package bot_test

import (
	"strings"
	"testing"
	"time"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/workflow"
	"sameday/workflow/calendar"
)

// A day and a night with everything on time.
func TestADayAndANight(t *testing.T) {
	play(t, func(h *hall) {
		card := h.opens(wang, jingan, "取号机故障无人引导")
		n := number(card)
		done := number(h.opens(zhang, xuhui, "转账手续费说明不清"))
		h.says(zhang, xuhui, "/complaint assign 2 <@"+zhang+">")
		h.says(zhang, xuhui, "/complaint contact 2 电话 要说明")
		h.says(zhang, xuhui, "/complaint handle 2 已向客户逐项说明收费标准并出示价目表，客户认可")
		h.says(zhang, xuhui, "/complaint feedback 2 撤诉")

		h.until("2026-11-23", "18:01")
		for _, channel := range []string{jingan, shanghai, headOffice} {
			if got := h.count(channel, "【今晚】"); got != 1 {
				t.Errorf("%s has %d dusk warnings, want 1", channel, got)
			}
		}
		if got := h.count(xuhui, "【今晚】"); got != 0 {
			t.Errorf("Xuhui, with nothing open, has %d dusk warnings", got)
		}
		h.until("2026-11-24", "00:04")
		if got := h.count(jingan, "【隔夜】"); got != 0 {
			t.Errorf("the overnight digest came before 00:05")
		}
		h.until("2026-11-24", "00:07")
		for _, channel := range []string{jingan, shanghai, headOffice} {
			if got := h.count(channel, "【隔夜】"); got != 1 {
				t.Errorf("%s has %d overnight digests, want 1:\n%s", channel, got, plain(h.messages(channel)))
			}
		}
		wants(t, "the card", h.card(jingan, n).Plain(), "隔夜第 1 夜")
		if got := h.count(headOffice, n); got != 3 { // at dusk, in the digest, and as a mirror: overnight complaints are raised
			t.Errorf("head office names it %d times, want at dusk, in the digest and as a mirror", got)
		}
		for _, who := range []string{wang, zhou} {
			list, err := h.slack.As(who).Channel(h.slack.As(who).DM())
			if err != nil {
				t.Fatal(err)
			}
			wants(t, "the ring of "+who, plain(ours(list)), n, "确认")
		}
		if list, err := h.slack.As(li).Channel(h.slack.As(li).DM()); err == nil && len(ours(list)) > 0 {
			t.Errorf("a member of staff was pinged: %s", plain(list))
		}
		h.until("2026-11-24", "08:32")
		notice := ""
		for _, m := range h.messages(shanghai) {
			if strings.Contains(m.Plain(), "【日通报】") && strings.Contains(m.Plain(), "11 月 23 日") {
				notice = m.Plain()
			}
		}
		wants(t, "the branch's notice", notice, "昨日 2 件", "当日办结 1（50%）", "隔夜 1", "未结 1", n, "静安支行", "徐汇支行")
		if strings.Contains(notice, done) {
			t.Errorf("the notice lists a complaint that was closed:\n%s", notice)
		}
		wants(t, "/notice yesterday", h.says(chen, shanghai, "/notice yesterday"), "昨日 2 件")
		h.until("2026-11-25", "00:07")
		wants(t, "the card after the second night", h.card(jingan, n).Plain(), "隔夜第 2 夜")
	})
}

// The bot was down from the evening until the next morning: what it missed is made up once, in order, marked late.
func TestDownThroughTheNight(t *testing.T) {
	play(t, func(h *hall) {
		n := number(h.opens(wang, jingan, "取号机故障无人引导"))
		h.until("2026-11-23", "17:00")
		h.stop()
		h.until("2026-11-24", "09:00")
		h.start()
		for restart := range 3 {
			if got := h.count(jingan, "【隔夜】"); got != 1 {
				t.Errorf("restart %d: %d overnight digests, want 1", restart, got)
			}
			if got := h.count(jingan, "【日通报】"); got != 1 {
				t.Errorf("restart %d: %d notices, want one:\n%s", restart, got, plain(h.messages(jingan)))
			}
			if got := h.count(jingan, "【今晚】"); got != 0 {
				t.Errorf("restart %d: a dusk warning for a day that was over", restart)
			}
			h.stop()
			h.wait(time.Minute)
			h.start()
		}
		wants(t, "the digest", plain(h.messages(jingan)), "（补发）", n)
		lines := strings.Join(h.lines(h.card(jingan, n)), "\n")
		if got := strings.Count(lines, "隔夜第 1 夜"); got != 1 {
			t.Errorf("the thread tells night 1 %d times:\n%s", got, lines)
		}
		run, err := h.desk.JobOn(h.ctx, workflow.JobOvernight, "jingan", run24())
		if err != nil || !run.Late {
			t.Errorf("the job ledger says %+v, %v; want a late run", run, err)
		}
	})
}

// A week of downtime: each day's job is in the ledger once, and people are not flooded.
func TestDownForDays(t *testing.T) {
	play(t, func(h *hall) {
		n := number(h.opens(wang, jingan, "取号机故障无人引导"))
		h.stop()
		h.until("2026-11-27", "10:00")
		h.start()
		if got := h.count(jingan, "【隔夜】"); got != 1 {
			t.Errorf("%d overnight digests after four nights, want one:\n%s", got, plain(h.messages(jingan)))
		}
		wants(t, "the card", h.card(jingan, n).Plain(), "隔夜第 4 夜")
		for day := run24(); day.String() <= "2026-11-27"; day = day.Add(1) {
			for _, job := range workflow.Jobs() {
				_, err := h.desk.JobOn(h.ctx, job, "jingan", day)
				if job == workflow.JobDusk && day.String() == "2026-11-27" {
					continue // its time has not come
				}
				if err != nil {
					t.Errorf("%s of %s is not in the job ledger: %v", job, day, err)
				}
			}
		}
	})
}

// A complaint that came at 23:58 has its two hours; then it is flagged by itself, and rings its people.
func TestLateIntake(t *testing.T) {
	play(t, func(h *hall) {
		h.until("2026-11-23", "23:58")
		n := number(h.opens(wang, jingan, "网银转账失败，客户急用"))
		h.until("2026-11-24", "01:50")
		if strings.Contains(h.card(jingan, n).Plain(), "隔夜第") {
			t.Errorf("flagged before its two hours were over:\n%s", h.card(jingan, n).Plain())
		}
		h.until("2026-11-24", "02:05")
		wants(t, "the card", h.card(jingan, n).Plain(), "隔夜第 1 夜")
		list, err := h.slack.As(wang).Channel(h.slack.As(wang).DM())
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "the manager's direct messages", plain(ours(list)), n)
		h.until("2026-11-25", "00:07")
		wants(t, "the card a day later", h.card(jingan, n).Plain(), "隔夜第 2 夜")
	})
}

// Replies that Slack lost, a crash with messages on their way, a repeated delivery: each message stands once.
func TestNothingTwiceNothingLost(t *testing.T) {
	play(t, func(h *hall) {
		h.slack.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 3, Stored: true, Cut: sandbox.CutReply})
		card := h.opens(wang, jingan, "取号机故障无人引导")
		h.slack.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 2, Status: 503})
		h.says(wang, jingan, "/complaint assign 1 <@"+li+">")
		h.wait(5 * time.Minute)
		h.slack.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 1, Stored: true, Cut: sandbox.CutReply, Delay: time.Second})
		h.says(li, jingan, "/complaint contact 1 电话 客户要说法")
		h.stop() // with a message on its way
		h.start()
		h.wait(5 * time.Minute)
		if got := h.count(jingan, number(card)); got != 1 {
			t.Errorf("the card stands %d times", got)
		}
		lines := h.lines(h.card(jingan, number(card)))
		if len(lines) != 3 {
			t.Errorf("the thread has %d lines, want 3:\n%s", len(lines), strings.Join(lines, "\n"))
		}
		if got := h.count(shanghai, number(card)); got != 1 {
			t.Errorf("the mirror stands %d times", got)
		}
		backlog, err := h.db.Waiting(h.ctx, 10)
		if err != nil || backlog.Pending > 0 || backlog.Dead > 0 {
			t.Errorf("the outbox has %+v, %v", backlog, err)
		}
	})
}

// With one socket gone, commands still arrive by the other; with both gone they arrive again after a moment.
func TestSocketsDropped(t *testing.T) {
	play(t, func(h *hall) {
		h.slack.DropSockets(1, "refresh_requested")
		wants(t, "a command", h.says(wang, jingan, "/complaint help"), "/complaint accept")
		h.slack.DropSockets(10, "")
		h.wait(time.Minute)
		wants(t, "a command", h.says(wang, jingan, "/complaint help"), "/complaint accept")
		if got := h.slack.Sockets(); got != 2 {
			t.Errorf("%d sockets are open, want 2", got)
		}
	})
}

// Into a private channel the bot cannot come by itself: the unit above is told, once a day, what to type; invited, it posts what waited.
func TestPrivateChannel(t *testing.T) {
	playWith(t, setup{private: xuhui}, func(h *hall) {
		for range 2 {
			h.stop()
			h.start()
		}
		if got := h.count(shanghai, "/invite"); got != 1 {
			t.Errorf("the branch was told %d times what to type, want once:\n%s", got, plain(h.messages(shanghai)))
		}
		wants(t, "the log", h.logs.String(), "/invite @sameday", `"unit":"xuhui"`)
		a := h.slack.As(zhang)
		if _, err := a.Type(xuhui, "/complaint new"); err != nil { // slash commands work where the bot is not
			t.Fatal(err)
		}
		h.fill(zhang, "summary", "转账手续费说明不清")
		if r, err := a.Submit(); err != nil || len(r.Errors) > 0 {
			t.Fatalf("submit: %v %v", err, r.Errors)
		}
		h.wait(time.Minute)
		if got := h.count(xuhui, "转账手续费"); got != 0 {
			t.Fatalf("a card stands in a channel that the bot is not in")
		}
		if err := a.Invite(xuhui, h.slack.BotUserID()); err != nil {
			t.Fatal(err)
		}
		h.wait(time.Hour)
		if got := h.count(xuhui, "转账手续费"); got != 1 {
			t.Errorf("after the invitation the card stands %d times, want once", got)
		}
	})
}

// Whatever Slack sends, the process stays up: acknowledged, counted, logged by id.
func TestUnreadableEnvelopes(t *testing.T) {
	play(t, func(h *hall) {
		for _, e := range []struct{ kind, payload string }{
			{"slash_commands", `[]`},
			{"slash_commands", `{"command":7,"text":null}`},
			{"slash_commands", `{}`},
			{"interactive", `{"type":"block_actions"}`},
			{"interactive", `{"type":"block_actions","actions":[{"action_id":"sameday:accept","value":null}],"user":null}`},
			{"interactive", `{"type":"block_actions","actions":[{"action_id":"sameday:accept","value":"x|y|z|w"}],"user":{"id":"U0WANG"}}`},
			{"interactive", `{"type":"view_submission","view":{"callback_id":"nothing","state":{"values":{"a":{"b":{"value":7}}}}}}`},
			{"interactive", `{"type":"view_submission","user":{"id":"U0WANG"},"view":{"callback_id":"accept","private_metadata":"{"}}`},
			{"interactive", `{"type":"of_tomorrow"}`},
			{"events_api", `{"event":{"type":"app_mention","text":"<@U0>","user":"U0WANG","channel":"C0JINGAN","ts":"1.1"}}`},
			{"events_api", `{"event":"later"}`},
			{"events_api", `null`},
		} {
			h.bot.Take(h.ctx, e.kind, []byte(e.payload))
		}
		wants(t, "a command afterwards", h.says(wang, jingan, "/complaint help"), "/complaint accept")
		h.stop()
		wants(t, "the log's last line", h.logs.String(), `"dropped":4,"failed":0,"panics":0,"message":"stopped"`)
		if strings.Contains(h.logs.String(), "panicked") {
			t.Errorf("a handler panicked:\n%s", h.logs.String())
		}
	})
}

// run24 is the first day after the one on which plays begin.
func run24() calendar.Day { return calendar.Day{Year: 2026, Month: time.November, Day: 24} }

// An app-level token that Slack refuses for an hour is waited out; refused at the start, it is an error that says what to do.
func TestAppTokenRefused(t *testing.T) {
	play(t, func(h *hall) {
		h.slack.Fail(sandbox.Fault{Method: "apps.connections.open", Error: "invalid_auth", Until: time.Now().Add(time.Hour)})
		h.slack.DropSockets(10, "refresh_requested")
		h.wait(50 * time.Minute)
		if got := h.slack.Sockets(); got != 0 {
			t.Fatalf("%d sockets are open although Slack refuses them", got)
		}
		h.wait(20 * time.Minute)
		wants(t, "a command", h.says(wang, jingan, "/complaint help"), "/complaint accept")
		if got := h.slack.Sockets(); got != 2 {
			t.Errorf("%d sockets are open, want 2", got)
		}
		h.stop()
		h.slack.Fail(sandbox.Fault{Method: "apps.connections.open", Error: "invalid_auth"})
		b, err := bot.New(h.options())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Run(h.ctx); err == nil || !strings.Contains(err.Error(), "SLACK_APP_TOKEN") {
			t.Errorf("a start with a refused token ended with %v", err)
		}
	})
}
