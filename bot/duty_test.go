package bot_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/store"
	"sameday/store/bolt"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// rota is a plan of 24 hours each from 08:30, in turn, from a day on.
func rota(start calendar.Day, people ...org.PersonID) duty.Plan {
	return duty.Plan{Layers: []duty.Layer{{
		Role: duty.Primary, Start: start, Every: 1, Cuts: []duty.Cut{{At: duty.Clock{Hour: 8, Minute: 30}, People: people}},
	}}}
}

var monday = calendar.Day{Year: 2026, Month: 11, Day: 23}

// publishes sets a unit's roster as a manager, without Slack.
func (h *hall) publishes(unit org.UnitID, plan duty.Plan) {
	h.t.Helper()
	h.orders(unit, he, duty.Publish{Plan: plan})
	h.wait(2 * time.Minute)
}

func (h *hall) orders(unit org.UnitID, by org.PersonID, cmd duty.Command) {
	h.t.Helper()
	if _, err := h.desk.Duty(h.ctx, store.DutyRequest{Unit: unit, Command: cmd, By: by, At: time.Now()}); err != nil {
		h.t.Fatalf("%T: %v", cmd, err)
	}
}

// told lists what the bot wrote to a person directly.
func (h *hall) direct(who string) []sandbox.Message {
	h.t.Helper()
	list, err := h.slack.As(who).Channel(h.slack.As(who).DM())
	if err != nil {
		h.t.Fatal(err)
	}
	return ours(list)
}

// lastDirect finds the last direct message to a person with some words.
func (h *hall) lastDirect(who, words string) sandbox.Message {
	h.t.Helper()
	var found sandbox.Message
	for _, m := range h.direct(who) {
		if strings.Contains(m.Plain(), words) {
			found = m
		}
	}
	if found.TS == "" {
		h.t.Fatalf("%s was not told %q:\n%s", who, words, plain(h.direct(who)))
	}
	return found
}

// presses presses a button and returns the private answer.
func (h *hall) presses(who string, m sandbox.Message, action string) string {
	h.t.Helper()
	before := len(h.private(who, m.Channel))
	if r, err := h.slack.As(who).Click(m.Channel, m.TS, action); err != nil || r.Failure != "" {
		h.t.Fatalf("%s presses %s: %v %s", who, action, err, r.Failure)
	}
	h.wait(20 * time.Second)
	return plain(h.private(who, m.Channel)[before:])
}

func (h *hall) private(who, channel string) []sandbox.Message {
	h.t.Helper()
	list, err := h.slack.As(who).Channel(channel)
	if err != nil {
		h.t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(m sandbox.Message) bool { return !m.Ephemeral })
}

// sends fills in the form that a command or a press has opened and submits it; it returns the private answer, or what stands under the
// fields.
func (h *hall) sends(who, channel string, fields map[string][]string) (told string, wrong map[string]string) {
	h.t.Helper()
	a := h.slack.As(who)
	if a.View() == nil {
		h.t.Fatalf("no form is open: %s", plain(h.private(who, channel)))
	}
	for name, value := range fields {
		if err := a.Fill(name, value...); err != nil {
			h.t.Fatal(err)
		}
	}
	before := len(h.private(who, channel))
	r, err := a.Submit()
	if err != nil || r.Failure != "" {
		h.t.Fatalf("submit: %v %s", err, r.Failure)
	}
	if len(r.Errors) > 0 {
		return "", r.Errors
	}
	h.wait(20 * time.Second)
	return plain(h.private(who, channel)[before:]), nil
}

func (h *hall) answers(unit org.UnitID) org.PersonID {
	return h.desk.Rules().Book.Answers(unit, time.Now()).Person
}

func TestARosterIsSetAndShown(t *testing.T) {
	play(t, func(h *hall) {
		wants(t, "without a roster", h.says(li, jingan, "/duty"), "本机构无人值班", "总行", "何静")
		h.says(wang, jingan, "/duty 排班")
		told, wrong := h.sends(wang, jingan, map[string][]string{"people": {li, wang}, "start": {"2026-11-23"}})
		wants(t, "publishing", told+fmt.Sprint(wrong), "静安支行 值班表已发布")
		wants(t, "who is concerned", plain(h.direct(li)), "你的值班有变动（王莉 修改）", "主班")
		if len(h.direct(wang)) > 0 && strings.Contains(plain(h.direct(wang)), "有变动") {
			t.Errorf("who published is told of the change:\n%s", plain(h.direct(wang)))
		}
		for _, typed := range []string{"/duty", "/duty now", "/duty 现在", "/duty ｎｏｗ", "/duty 谁值班", "/duty 静安支行", "/duty now jingan", "/duty 现在 静安"} {
			wants(t, typed, h.says(zhou, jingan, typed), "静安支行", "主班 李伟", "11-24 08:30")
		}
		for _, typed := range []string{"/duty week", "/duty 本周", "/duty 值班表"} {
			wants(t, typed, h.says(wang, jingan, typed), "静安支行 值班表 11-23 至 11-29", "周二", "主班 王莉 08:30 至 11-25 08:30")
		}
		wants(t, "at the branch", h.says(chen, shanghai, "/duty now"), "上海分行", "静安支行", "主班 李伟", "徐汇支行")
		wants(t, "elsewhere", h.says(chen, h.slack.As(chen).DM(), "/duty 现在"), "上海分行", "静安支行")
		for _, typed := range []string{"/duty gaps", "/duty 缺口", "/duty 空班"} {
			wants(t, typed, h.says(wang, jingan, typed), "30 天内没有空班")
			wants(t, typed, h.says(zhang, xuhui, typed), "主班空班 1 处", "由总行 何静 应答", "请 张磊 补上")
		}
		for _, typed := range []string{"/duty help", "/duty 帮助"} {
			wants(t, typed, h.says(wang, jingan, typed), "/duty 换班", "/duty 缺口")
		}
		for _, typed := range []string{"/duty ack", "/duty 确认", "/duty 收到"} {
			wants(t, typed, h.says(wang, jingan, typed), "现在没有呼叫你的投诉")
		}
		wants(t, "a slip", h.says(wang, jingan, "/duty wek"), "不明白“wek”", "`/duty week`")
		wants(t, "nonsense", h.says(wang, jingan, "/duty 今晚吃什么"), "不明白“今晚吃什么”", "/duty 帮助")
		wants(t, "no such unit", h.says(wang, jingan, "/duty week 静案支行"), "没有叫“静案支行”的机构", "静安支行")
		wants(t, "a guest", h.says(guest, jingan, "/duty now"), "你在行内没有岗位")
	})
}

// A rotation of one has no handover: nobody is told an end that is only as far as was looked.
func TestADutyWithoutEnd(t *testing.T) {
	play(t, func(h *hall) {
		h.publishes("jingan", rota(monday, li))
		h.wait(time.Minute)
		wants(t, "the change", h.lastDirect(li, "值班有变动").Plain(), "主班 09:00 起")
		week := h.says(li, jingan, "/duty week")
		wants(t, "the week", week, "主班 李伟 09:00 起")
		if strings.Contains(week, "至 1-") || strings.Contains(week, "到 2") {
			t.Errorf("the week shows an end:\n%s", week)
		}
		if now := h.says(li, jingan, "/duty"); strings.Contains(now, "到 ") {
			t.Errorf("who is on duty now has an end:\n%s", now)
		}
	})
}

// A rotation set for today leaves a roster alone that was published for later, and says so.
func TestALaterRosterStands(t *testing.T) {
	play(t, func(h *hall) {
		later := time.Now().Add(7 * 24 * time.Hour)
		h.orders("jingan", zhou, duty.Publish{Plan: rota(monday, zhou), From: later})
		h.says(wang, jingan, "/duty 排班")
		told, _ := h.sends(wang, jingan, map[string][]string{"people": {li, wang}, "start": {"2026-11-23"}})
		wants(t, "publishing", told, "值班表已发布", "11-30 09:0", "起改用 周敏 先前发布的值班表", "/duty set")
		wants(t, "now", h.says(zhou, jingan, "/duty now"), "主班 李伟")
		if s, _ := h.roster("jingan").Scheduled(duty.Primary, later.Add(time.Hour)); s.Person != zhou {
			t.Errorf("in a week %s is on duty, want 周敏", s.Person)
		}
	})
}

// What is wrong with a form stands under its field; what is no more than a pity is told afterwards.
func TestRosterForms(t *testing.T) {
	play(t, func(h *hall) {
		wants(t, "no right", h.says(li, jingan, "/duty set"), "你不能这样做", "投诉管理岗")
		h.says(wang, jingan, "/duty set 副班")
		_, wrong := h.sends(wang, jingan, map[string][]string{
			"pattern": {"day_night"}, "people": {li, guest}, "night_at": {"00:00"}, "start": {"2026-11-25"},
		})
		wants(t, "a guest on the list", wrong["people"]+wrong["night_people"], "副班有一个班次没有填人")
		_, wrong = h.sends(wang, jingan, map[string][]string{"night_people": {zhou}})
		wants(t, "a guest on the list", wrong["people"], "路人 在行内没有岗位")
		wants(t, "midnight by mistake", wrong["night_at"], "00:00")
		if err := h.slack.Deactivate(zhou); err != nil {
			t.Fatal(err)
		}
		_, wrong = h.sends(wang, jingan, map[string][]string{"people": {li}, "night_at": {"20:30"}})
		wants(t, "a closed account", wrong["night_people"], "周敏 的 Slack 账号已停用")
		told, wrong := h.sends(wang, jingan, map[string][]string{"night_people": {wang}})
		wants(t, "a plan without a primary", told+fmt.Sprint(wrong), "已发布，但有 1 处空班", "主班")
		h.says(xu, jingan, "/duty set rotation 主班")
		told, wrong = h.sends(xu, jingan, map[string][]string{"pattern": {"weekly"}, "people": {wang, li}, "start": {"2026-11-23"}})
		wants(t, "the branch sets it too", told+fmt.Sprint(wrong), "值班表已发布")
		plan, _, _ := h.roster("jingan").Plan(time.Now())
		if len(plan.Layers) != 2 || plan.Layers[0].Role != duty.Deputy || len(plan.Layers[0].Cuts) != 2 || plan.Layers[1].Every != 7 {
			t.Errorf("the other role's rotation is not kept: %+v", plan.Layers)
		}
		// A later start leaves the older rotation as it is until then.
		h.says(wang, jingan, "/duty 排班")
		told, wrong = h.sends(wang, jingan, map[string][]string{"pattern": {"whole_day"}, "people": {li}, "start": {"2026-12-01"}})
		wants(t, "a later rotation", told+fmt.Sprint(wrong), "值班表已发布")
		for day, want := range map[string]org.PersonID{"2026-11-24": wang, "2026-11-30": li, "2026-12-01": li, "2026-12-08": li} {
			at, _ := time.ParseInLocation("2006-01-02 15:04", day+" 10:00", shanghaiZone(t))
			if s, _ := h.roster("jingan").Scheduled(duty.Primary, at); s.Person != want {
				t.Errorf("on %s %s is on duty, want %s", day, s.Person, want)
			}
		}
	})
}

func (h *hall) roster(unit org.UnitID) duty.Roster {
	h.t.Helper()
	r, err := h.desk.Roster(h.ctx, unit)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func TestOverridesAbsencesAndHolidays(t *testing.T) {
	play(t, func(h *hall) {
		h.publishes("jingan", rota(monday, li, wang))
		h.says(wang, jingan, "/duty set 调班")
		_, wrong := h.sends(wang, jingan, map[string][]string{"person": {zhou}, "from": {"昨天"}, "to": {"25号下午"}})
		wants(t, "no time", wrong["to"], "不是时间")
		_, wrong = h.sends(wang, jingan, map[string][]string{"from": {"11-26 10:00"}, "to": {"11-25 10:00"}})
		wants(t, "backwards", wrong["to"], "不晚于")
		told, wrong := h.sends(wang, jingan, map[string][]string{"from": {"11-25 18:00"}, "to": {"11-25 24:00"}, "reason": {"培训"}})
		wants(t, "an override", told+fmt.Sprint(wrong), "已调班：主班 周敏 值 11-25 18:00 至")
		wants(t, "who covers", plain(h.direct(zhou)), "新增", "11-25 18:00")
		wants(t, "who is relieved", plain(h.direct(li)), "取消", "11-25 18:00")
		wants(t, "the week", h.says(wang, jingan, "/duty week"), "主班 周敏 18:00 至 24:00（调班）")

		h.says(li, jingan, "/duty set 不在岗")
		told, wrong = h.sends(li, jingan, map[string][]string{"from": {"11-27 08:30"}, "to": {"11-28 08:30"}})
		wants(t, "an absence", told+fmt.Sprint(wrong), "李伟 11-27 08:30 至 11-28 08:30 不在岗", "1 处空班")
		h.says(li, jingan, "/duty set absence")
		_, wrong = h.sends(li, jingan, map[string][]string{"person": {wang}})
		wants(t, "an absence of somebody else", wrong["person"], "你不能这样做")
		h.slack.As(li).CloseAll()

		h.says(wang, jingan, "/duty set 节假日")
		told, wrong = h.sends(wang, jingan, map[string][]string{
			"person": {wang}, "from": {"2026-12-05 08:30"}, "to": {"2026-12-06 08:30"}, "holiday": {"元旦"},
		})
		wants(t, "a holiday", told+fmt.Sprint(wrong), "值班表已发布")
		h.says(wang, jingan, "/duty set 节假日")
		_, wrong = h.sends(wang, jingan, map[string][]string{
			"person": {li}, "from": {"2026-12-05 20:00"}, "to": {"2026-12-07 08:30"}, "holiday": {"元旦"},
		})
		wants(t, "two at once", wrong["from"], "排了两个人")
		h.slack.As(wang).CloseAll()

		// Both can be taken back under the week.
		m := h.typesFor(wang, jingan, "/duty week")
		for _, what := range []string{"调班 周敏", "不在岗 李伟"} {
			if r, err := h.slack.As(wang).Choose(m.Channel, m.TS, "sameday:duty_cancel", option(t, m, what)); err != nil || r.Failure != "" {
				t.Fatalf("take back %s: %v %s", what, err, r.Failure)
			}
			h.wait(20 * time.Second)
			wants(t, "taking back", plain(h.private(wang, jingan)), "已撤销")
		}
		wants(t, "after that", h.says(wang, jingan, "/duty gaps"), "30 天内没有空班")
		if got := h.says(wang, jingan, "/duty week"); strings.Contains(got, "周敏") {
			t.Errorf("the override still counts:\n%s", got)
		}
	})
}

// typesFor types a command and returns the private answer as a message.
func (h *hall) typesFor(who, channel, text string) sandbox.Message {
	h.t.Helper()
	r, err := h.slack.As(who).Type(channel, text)
	if err != nil || r.Failure != "" || len(r.Ephemeral) == 0 {
		h.t.Fatalf("%q: %v %s", text, err, r.Failure)
	}
	return r.Ephemeral[0]
}

// option finds the value of a menu's option by the beginning of its text.
func option(t *testing.T, m sandbox.Message, text string) string {
	t.Helper()
	for _, e := range m.Controls() {
		for _, o := range e.Options {
			if strings.HasPrefix(o.Text, text) {
				return o.Value
			}
		}
	}
	t.Fatalf("no option %q in %s", text, m.Blocks)
	return ""
}

func TestASwapNeedsBoth(t *testing.T) {
	play(t, func(h *hall) {
		h.publishes("jingan", rota(monday, li, wang, zhou))
		wants(t, "nothing to swap", h.says(xu, jingan, "/duty swap"), "没有你可以换的班次")
		for n, typed := range []string{"/duty 换班", "/duty swap"} {
			h.says(li, jingan, typed)
			v := h.slack.As(li).View()
			pick := func(block, text string) []string {
				for _, e := range v.Controls() {
					for _, o := range e.Options {
						if e.ActionID == block && strings.Contains(o.Text, text) {
							return []string{o.Value}
						}
					}
				}
				t.Fatalf("no %q among %s", text, v.Blocks)
				return nil
			}
			told, wrong := h.sends(li, jingan, map[string][]string{
				"mine": pick("mine", fmt.Sprintf("11-%d 08:30 至", 26+3*n)), "theirs": pick("theirs", fmt.Sprintf("王莉 11-%d 08:30 至", 27+3*n)),
			})
			wants(t, "proposing", told+fmt.Sprint(wrong), "李伟 请 王莉 换班", "等 王莉 回答")
		}
		asks := h.direct(wang)
		slices.Reverse(asks)
		asked := slices.DeleteFunc(asks, func(m sandbox.Message) bool { return !strings.Contains(m.Plain(), "李伟 想和你换班") })
		if len(asked) != 2 {
			t.Fatalf("王莉 was asked %d times, want 2:\n%s", len(asked), plain(asks))
		}
		wants(t, "declining", h.presses(wang, asked[0], "sameday:swapno"), "王莉 没有同意换班")
		wants(t, "agreeing", h.presses(wang, asked[1], "sameday:swapyes"), "王莉 同意换班")
		wants(t, "what the proposer is told", plain(h.direct(li)), "王莉 没有同意换班", "王莉 同意换班")
		wants(t, "a second press", h.presses(wang, asked[1], "sameday:swapno"), "王莉 已于 09:0", "办过")
		for day, want := range map[string]org.PersonID{"2026-11-26": wang, "2026-11-27": li, "2026-11-29": li, "2026-11-30": wang} {
			at, _ := time.ParseInLocation("2006-01-02 15:04", day+" 10:00", shanghaiZone(t))
			if s, _ := h.roster("jingan").Scheduled(duty.Primary, at); s.Person != want {
				t.Errorf("on %s %s is on duty, want %s", day, s.Person, want)
			}
		}
		if got := plain(h.direct(li)); strings.Contains(got, "你的值班有变动（王莉") {
			t.Errorf("who proposed a swap is told twice of it:\n%s", got)
		}
	})
}

func TestAHandoverIsAccepted(t *testing.T) {
	play(t, func(h *hall) {
		h.publishes("jingan", rota(monday, li, wang))
		h.opens(zhou, jingan, "取号机故障无人引导")
		h.until("2026-11-24", "08:31")
		ask := h.lastDirect(wang, "【接班】")
		wants(t, "the incoming one", ask.Plain(), "静安支行", "08:30", "仍由 李伟 负责", "未结投诉 1 件", "20261123-001")
		post := h.card0(jingan, "【交接班】静安支行 08:30 李伟 交给 王莉")
		wants(t, "the channel", post.Plain(), "王莉 还没有接班，仍由 李伟 负责", "20261123-001")
		if got := h.answers("jingan"); got != li {
			t.Errorf("before accepting %s answers, want the outgoing 李伟", got)
		}
		wants(t, "who is on duty", h.says(wang, jingan, "/duty"), "主班 李伟", "王莉 还没有接班")
		wants(t, "somebody else", h.presses(wang, ask, "sameday:handover"), "王莉 已于 08:3", "接班")
		if got := h.answers("jingan"); got != wang {
			t.Errorf("after accepting %s answers, want 王莉", got)
		}
		wants(t, "a second press", h.presses(wang, ask, "sameday:handover"), "王莉 已于 08:3", "办过")
		after := h.card0(jingan, "【交接班】静安支行")
		wants(t, "the channel", after.Plain(), "王莉 已于 08:3", "接班")
		if after.TS != post.TS {
			t.Error("the handover is told in a second message, want the first updated")
		}
		h.until("2026-11-24", "09:30")
		if got := plain(h.direct(li)) + plain(h.direct(zhou)); strings.Contains(got, "未接班") {
			t.Errorf("somebody was rung about a handover that was accepted:\n%s", got)
		}
	})
}

// card0 finds the last message in a channel that has the words, with or without buttons.
func (h *hall) card0(channel, words string) sandbox.Message {
	h.t.Helper()
	var found sandbox.Message
	for _, m := range h.messages(channel) {
		if strings.Contains(m.Plain(), words) {
			found = m
		}
	}
	if found.TS == "" {
		h.t.Fatalf("no message with %q in %s:\n%s", words, channel, plain(h.messages(channel)))
	}
	return found
}

func TestAHandoverThatNobodyAccepts(t *testing.T) {
	play(t, func(h *hall) {
		h.publishes("jingan", rota(monday, li, wang))
		h.until("2026-11-24", "08:30")
		h.wait(5 * time.Second)
		h.opens(zhou, jingan, "理财产品说明不清")
		rings := func(who string) int {
			n := 0
			for _, m := range h.direct(who) {
				if strings.Contains(m.Plain(), "没有接班") && !strings.Contains(m.Plain(), "【接班】") || strings.Contains(m.Plain(), "你还没有接班") {
					n++
				}
			}
			return n
		}
		for _, step := range []struct {
			clock                string
			outgoing, in, leader int
			post                 string
		}{
			{"08:44", 0, 0, 0, "仍由 李伟 负责"},
			{"08:46", 1, 1, 0, "已呼叫 李伟 和 王莉"},
			{"08:59", 1, 1, 0, "已呼叫 李伟 和 王莉"},
			{"09:02", 1, 1, 1, "已呼叫领导"},
			{"10:30", 1, 1, 1, "已呼叫领导"},
		} {
			h.until("2026-11-24", step.clock)
			if o, i, l := rings(li), rings(wang), rings(zhou); o != step.outgoing || i != step.in || l != step.leader {
				t.Errorf("at %s out, in and leader were rung %d, %d, %d times, want %d, %d, %d", step.clock, o, i, l, step.outgoing, step.in, step.leader)
			}
			wants(t, step.clock, h.card0(jingan, "【交接班】").Plain(), step.post)
		}
		if got := h.answers("jingan"); got != li {
			t.Errorf("%s answers, want the outgoing 李伟", got)
		}
		// The breach at 09:01 rings the outgoing officer, who is responsible, and not the one who has not come.
		wants(t, "the outgoing officer", plain(h.direct(li)), "20261124-001")
		c, err := h.desk.Complaint(h.ctx, "20261124-001")
		if err != nil || len(c.Climbs) == 0 {
			t.Fatalf("the complaint rang nobody: %v", err)
		}
		first := c.Climbs[0].Calls[0]
		if first.Person != li {
			t.Errorf("the breach rang %s first, want 李伟: %+v", first.Person, c.Climbs[0].Calls)
		}
		late := h.lastDirect(zhou, "未接班")
		wants(t, "the leader takes over for him", h.presses(zhou, late, "sameday:handover"), "周敏 已于 10:3", "代 王莉 接班")
		if got := h.answers("jingan"); got != wang {
			t.Errorf("then %s answers, want 王莉", got)
		}
	})
}

func TestHandoversAfterDowntime(t *testing.T) {
	play(t, func(h *hall) {
		h.publishes("jingan", rota(monday, li, wang, zhou))
		h.until("2026-11-24", "08:35")
		h.stop()
		h.until("2026-11-27", "12:00")
		h.start()
		h.wait(time.Minute)
		r := h.roster("jingan")
		pending := r.Pending()
		if len(pending) != 1 || pending[0].In != wang || pending[0].Out != li {
			t.Fatalf("after three days without a bot these handovers wait: %+v", pending)
		}
		if got := h.count(jingan, "【交接班】"); got != 3 { // the first shift's, Tuesday's, and today's
			t.Errorf("%d handovers stand in the channel, want 3:\n%s", got, plain(h.messages(jingan)))
		}
		wants(t, "Tuesday's", h.card0(jingan, "11-24 08:30 李伟 交给 王莉").Plain(), "王莉 没有接班")
		if got := h.direct(zhou); strings.Contains(plain(got), "接班") {
			t.Errorf("the shifts that passed are told:\n%s", plain(got))
		}
		old := h.direct(wang)[slices.IndexFunc(h.direct(wang), func(m sandbox.Message) bool { return strings.Contains(m.Plain(), "【接班】") })]
		wants(t, "Tuesday's button", h.presses(wang, old, "sameday:handover"), "这次交接班已经过了")
		h.until("2026-11-27", "12:20")
		wants(t, "both are rung", plain(h.direct(li)), "【未接班】")
		h.stop() // through both rings
		h.until("2026-11-28", "08:20")
		h.start()
		h.wait(time.Minute)
		wants(t, "the leader", plain(h.direct(zhou)), "【未接班】")
	})
}

// The roster's user group follows who answers, and a workspace that has none, or forbids it, is no trouble.
func TestUserGroupsFollow(t *testing.T) {
	play(t, func(h *hall) {
		group := h.makesGroup("duty-jingan", zhou)
		other := h.makesGroup("duty-moon", zhou)
		h.publishes("jingan", rota(monday, li, wang))
		h.until("2026-11-23", "10:05")
		members := func(id, want string) {
			t.Helper()
			if got := h.groupMembers(id); got != want {
				t.Errorf("the group holds %s, want %s", got, want)
			}
		}
		members(group, li)
		members(other, zhou)
		h.until("2026-11-24", "08:31")
		members(group, li) // until the other one accepts
		h.presses(wang, h.lastDirect(wang, "【接班】"), "sameday:handover")
		members(group, wang)
		h.orders("jingan", he, duty.Absent{Person: wang, From: time.Now(), To: time.Now().Add(time.Hour)})
		h.wait(2 * time.Minute)
		members(group, he) // nobody at the unit: a group cannot be emptied
		updates := h.slack.CallCounts()["usergroups.users.update"]["ok"]
		h.until("2026-11-24", "08:50")
		if got := h.slack.CallCounts()["usergroups.users.update"]["ok"]; got != updates {
			t.Errorf("the group was set %d times although nothing changed", got-updates)
		}
		for _, f := range []sandbox.Fault{
			{Method: "usergroups.users.update", Error: "permission_denied"}, {Method: "usergroups.list", Error: "plan_upgrade_required"},
		} {
			h.slack.Fail(f)
		}
		h.orders("jingan", he, duty.Absent{Person: wang, From: time.Now().Add(2 * time.Hour), To: time.Now().Add(3 * time.Hour)})
		h.until("2026-11-24", "13:00")
		if got := strings.Count(h.logs.String(), "are left alone"); got != 1 {
			t.Errorf("it is said %d times that groups cannot follow, want once", got)
		}
	})
}

func TestDutyWithoutTheScopes(t *testing.T) {
	play(t, func(h *hall) {
		h.slack.SetFaults(sandbox.Faults{MissingScopes: []string{"usergroups:read", "usergroups:write"}})
		h.restart(func(*bot.Options) {})
		h.publishes("jingan", rota(monday, li, wang))
		h.until("2026-11-24", "08:40")
		wants(t, "the handover", plain(h.direct(wang)), "【接班】")
		if got := strings.Count(h.logs.String(), "are left alone"); got != 1 {
			t.Errorf("it is said %d times that groups cannot follow, want once", got)
		}
	})
}

// One press answers all that called by the time the message was drawn.
func TestAckAll(t *testing.T) {
	play(t, func(h *hall) {
		h.publishes("jingan", rota(monday, li))
		for n := range 3 {
			h.opensAt("jingan", fmt.Sprintf("窗口排队过久 %d", n))
		}
		h.wait(32 * time.Minute)
		if ids, _ := h.desk.Ringing(h.ctx, li, 10); len(ids) != 3 {
			t.Fatalf("%d complaints call 李伟, want 3", len(ids))
		}
		wants(t, "one of them", h.says(li, jingan, "/duty ack 1"), "20261123-001")
		wants(t, "the others", h.says(li, jingan, "/duty 收到"), "已确认 2 件")
		if ids, _ := h.desk.Ringing(h.ctx, li, 10); len(ids) != 0 {
			t.Errorf("%v still call 李伟", ids)
		}
	})
}

// bigBank is a bank of 40 branches with 10 sub-branches each, every unit with a roster, and a bot that is not connected.
func bigBank(tb testing.TB) (*bot.Bot, time.Time) {
	tb.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		tb.Fatal(err)
	}
	units := []org.Unit{{ID: "head", Tier: org.HeadOffice, Name: "总行", Zone: zone}}
	for n := range 40 {
		branch := org.UnitID(fmt.Sprintf("b%d", n))
		units = append(units, org.Unit{ID: branch, Tier: org.Branch, Parent: "head", Name: string(branch), Zone: zone})
		for k := range 10 {
			id := org.UnitID(fmt.Sprintf("%s-%d", branch, k))
			units = append(units, org.Unit{ID: id, Tier: org.SubBranch, Parent: branch, Name: string(id), Zone: zone})
		}
	}
	for i := range units {
		units[i].Positions = map[org.Position][]org.PersonID{org.ComplaintManager: {li}, org.Staff: {wang}}
	}
	tree, err := org.New(units)
	if err != nil {
		tb.Fatal(err)
	}
	db, err := bolt.Open(tb.Context(), filepath.Join(tb.TempDir(), "bank.db"), bolt.Options{InitialMmapSize: 1 << 22})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	rules := &workflow.Rules{Tree: tree, Policy: workflow.DefaultPolicy()}
	key, _ := store.NewKey()
	desk := store.NewDesk(db, func() *workflow.Rules { return rules }, key)
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	var g sync.WaitGroup
	for _, u := range units {
		g.Go(func() {
			_, err := desk.Duty(context.Background(), store.DutyRequest{Unit: u.ID, By: li, At: now, Command: duty.Publish{Plan: rota(monday, li, wang)}})
			if err != nil {
				tb.Errorf("roster of %s: %v", u.ID, err)
			}
		})
	}
	g.Wait()
	b, err := bot.New(bot.Options{Desk: desk, BotToken: "xoxb", AppToken: "xapp", Now: func() time.Time { return now }})
	if err != nil {
		tb.Fatal(err)
	}
	if err := b.Handovers(tb.Context(), now); err != nil { // each unit's first shift
		tb.Fatal(err)
	}
	return b, now
}

// A sweep in which no shift begins looks at no roster, however many there are. It counts allocations, so it runs alone.
func TestNothingToHandOverCostsNothing(t *testing.T) {
	b, now := bigBank(t)
	if got := b.Shifts(); got != 441 {
		t.Fatalf("%d rosters are watched, want 441", got)
	}
	if err := b.Handovers(t.Context(), now.Add(time.Second)); err != nil { // the first look made the book new
		t.Fatal(err)
	}
	n := 0
	allocs := testing.AllocsPerRun(100, func() {
		n++
		if err := b.Handovers(t.Context(), now.Add(time.Duration(n)*time.Minute)); err != nil {
			t.Error(err)
		}
	})
	if allocs > 4 {
		t.Errorf("a sweep with nothing due allocates %.0f times, want next to nothing", allocs)
	}
}

func BenchmarkNothingToHandOver(b *testing.B) {
	bank, now := bigBank(b)
	_ = bank.Handovers(b.Context(), now.Add(time.Second))
	for b.Loop() {
		_ = bank.Handovers(b.Context(), now.Add(time.Minute))
	}
}

// Whoever is rung may return a complaint to any rung below, and is offered just these.
func TestReturnOffersTheRungsBelow(t *testing.T) {
	play(t, func(h *hall) {
		h.publishes("jingan", rota(monday, li))
		id := h.opensAt("jingan", "信用卡盗刷")
		h.wait(30*time.Minute + 35*time.Minute) // a breach, and two rungs more
		c, err := h.desk.Complaint(h.ctx, id)
		if err != nil || c.Raised() != 3 {
			t.Fatalf("it stands on rung %d, want 3, %v", c.Raised(), err)
		}
		h.says(chen, shanghai, "/complaint return "+string(id))
		v := h.slack.As(chen).View()
		if v == nil {
			t.Fatalf("no form: %s", plain(h.private(chen, shanghai)))
		}
		for _, e := range v.Controls() {
			if e.ActionID == "rung" && (len(e.Options) != 2 || e.Options[1].Value != "2" || e.Options[1].Text != "第2级") {
				t.Errorf("these rungs are offered: %+v", e.Options)
			}
		}
	})
}
