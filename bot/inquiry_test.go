package bot_test

import (
	"strings"
	"testing"
	"time"

	"sameday/bot"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	sheets "sameday/workflow/daily"
	"sameday/workflow/org"
)

// mornings is a bank that asks three sources each morning and meets each afternoon.
func (h *hall) mornings() {
	h.t.Helper()
	rules := *h.rules.Load()
	rules.Inquiry = workflow.DefaultInquiry()
	h.rules.Store(&rules)
	h.restart(func(o *bot.Options) {
		o.Jobs[workflow.JobInquiry], o.Jobs[workflow.JobMeeting] = daily{8, 0}, daily{15, 0}
	})
}

func (h *hall) sheet(topic sheets.Topic, unit org.UnitID, day calendar.Day) sheets.Sheet {
	h.t.Helper()
	s, err := h.desk.Sheet(h.ctx, sheets.Ref{Topic: topic, Unit: unit, Day: day})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// directs are the bot's direct messages to somebody, as text.
func (h *hall) directs(who string) string {
	list, err := h.slack.As(who).Channel(h.slack.As(who).DM())
	if err != nil {
		return ""
	}
	return plain(ours(list))
}

// A morning: one source has nothing, one brings a complaint, one is forgotten until 10:00; what was answered is corrected.
func TestInquiryMorning(t *testing.T) {
	play(t, func(h *hall) {
		h.mornings()
		h.until("2026-11-24", "08:01")
		list := h.card0(shanghai, "【每日查询】")
		wants(t, "the checklist", list.Plain(), "上海分行", "10:00 前", "总行", "人民银行", "金融监管总局", "徐磊")
		if got := h.count(headOffice, "【每日查询】") + h.count(jingan, "【每日查询】"); got != 0 {
			t.Errorf("%d checklists stand where no branch is", got)
		}
		wants(t, "none, by button", h.presses(xu, list, "总行 无"), "总行 无")
		wants(t, "none again", h.says(xu, shanghai, "/notice 查询 总行 无"), "徐磊 已于", "08:0")
		wants(t, "a stranger", h.says(guest, shanghai, "/notice inquiry pboc none"), "没有岗位")

		// The regulator has one: the form comes with source and number, and the complaint is tied.
		a := h.slack.As(chen)
		if r, err := a.Type(shanghai, "/notice 查询 监管局 登记"); err != nil || r.Failure != "" {
			t.Fatal(err, r.Failure)
		}
		h.fill(chen, "summary", "客户反映理财亏损")
		if r, err := a.Submit(); err != nil || len(r.Errors) > 0 {
			t.Fatal(err, r.Errors)
		}
		h.wait(20 * time.Second)
		list = h.card0(shanghai, "【每日查询】")
		wants(t, "the checklist", list.Plain(), "有 20261124-001", "代 徐磊", "无　徐磊 08:0")
		c, err := h.desk.Complaint(h.ctx, "20261124-001")
		if err != nil || c.Source != workflow.SourceNFRA || !strings.HasPrefix(c.WorkOrder, "SHANGHAI-NFRA-20261124-08") {
			t.Errorf("the complaint came from %s with number %q, %v", c.Source, c.WorkOrder, err)
		}
		h.until("2026-11-24", "09:59")
		if strings.Contains(h.directs(xu), "【未查询】") {
			t.Error("somebody is called before 10:00")
		}
		h.until("2026-11-24", "10:01")
		wants(t, "the call", h.directs(xu), "【未查询】", "人民银行", "10:00")
		wants(t, "the call of the officer on duty", h.directs(he), "【未查询】")
		wants(t, "the checklist", h.card0(shanghai, "【每日查询】").Plain(), "没有完成：人民银行")
		h.says(chen, shanghai, "@sameday 查询 人行 无")
		wants(t, "late, by mention", plain(h.private(chen, shanghai)), "已记录：人民银行 无")
		h.says(chen, shanghai, "/notice inquiry pboc record 1124-1")
		wants(t, "the checklist", h.card0(shanghai, "【每日查询】").Plain(), "都已完成", "代 徐磊、超时", "更正", "有 20261124-001")
		if got := h.count(shanghai, "【每日查询】"); got != 1 {
			t.Errorf("%d checklists stand, want one that was updated", got)
		}
		if got := strings.Count(h.directs(xu), "【未查询】"); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
		h.until("2026-11-25", "08:31")
		notice := h.card0(shanghai, "【日通报】").Plain()
		wants(t, "the notice", notice, "每日查询（昨日）：总行 无 · 人民银行 1 件（超时）（20261124-001）", "每日查询（今天）：总行 待查")
		if got := h.count(jingan, "每日查询"); got != 0 {
			t.Error("a sub-branch is told about inquiries")
		}
		table := h.says(chen, shanghai, "/notice 查询 11月")
		wants(t, "the month's table", table, "2026 年 11 月每日查询", "应查 6 项，超时 1 项，未查 0 项", "11-24", "11-01", "1 件（超时）", "待查")
		wants(t, "for head office", h.says(he, headOffice, "/notice inquiry"), "上海分行")
	})
}

// Down over two mornings: the day that is over is on record as such and calls nobody; the late list of today leaves time to answer.
func TestInquiryAfterDowntime(t *testing.T) {
	play(t, func(h *hall) {
		h.mornings()
		h.stop()
		h.until("2026-11-25", "11:00")
		h.mornings()
		first := calendar.Day{Year: 2026, Month: time.November, Day: 24}
		if s := h.sheet(sheets.Inquiry, "shanghai", first); !s.Lapsed || len(s.Asked) != 3 {
			t.Errorf("the day that is over: %+v", s)
		}
		if s := h.sheet(sheets.Inquiry, "shanghai", first.Add(1)); s.Lapsed || s.Due.In(shanghaiZone(t)).Format("15:04") != "11:30" {
			t.Errorf("today's list is due %s: %+v", s.Due, s)
		}
		if s := h.sheet(sheets.Meeting, "shanghai", first); s.Skipped != sheets.TooLate {
			t.Errorf("the meeting of the day that is over: %+v", s)
		}
		if got := h.count(shanghai, "【每日查询】"); got != 1 {
			t.Errorf("%d checklists, want today's alone", got)
		}
		h.stop()
		h.mornings()
		if got := h.count(shanghai, "【每日查询】"); got != 1 {
			t.Errorf("after another start %d checklists", got)
		}
		h.until("2026-11-25", "11:31")
		if got := strings.Count(h.directs(xu), "【未查询】"); got != 1 {
			t.Errorf("%d calls, want 1: %s", got, h.directs(xu))
		}
	})
}

// A stop between beginning an inquiry and entering the run: the next sweep enters it, and nothing is told twice.
func TestInquiryBegunTwice(t *testing.T) {
	play(t, func(h *hall) {
		h.mornings()
		h.until("2026-11-24", "07:59")
		h.stop()
		day := calendar.Day{Year: 2026, Month: time.November, Day: 24}
		ref := sheets.Ref{Topic: sheets.Inquiry, Unit: "shanghai", Day: day}
		begin := sheets.Begin{Due: day.At(10, 0, shanghaiZone(t)), Asks: []sheets.Ask{{Source: workflow.SourcePBOC, People: []org.PersonID{xu}}}}
		if _, err := h.desk.Daily(h.ctx, store.DailyRequest{Ref: ref, Command: begin, By: org.System, At: day.At(8, 0, shanghaiZone(t))}); err != nil {
			t.Fatal(err)
		}
		h.mornings()
		h.until("2026-11-24", "08:05")
		if got := h.count(shanghai, "【每日查询】"); got != 1 {
			t.Errorf("%d checklists, want 1", got)
		}
		if _, err := h.desk.JobOn(h.ctx, workflow.JobInquiry, "shanghai", day); err != nil {
			t.Errorf("the run is not entered: %v", err)
		}
	})
}

// A meeting with an agenda, people present, a decision and minutes; and a day without anything open, on which there is none.
func TestMeetingDay(t *testing.T) {
	play(t, func(h *hall) {
		h.mornings()
		h.until("2026-11-23", "15:01")
		wants(t, "a day with nothing open", plain(h.messages(shanghai)), "【每日例会】", "今天不开例会")
		wants(t, "attending nothing", h.says(chen, shanghai, "/notice 例会 参会"), "没有召开例会")
		n := number(h.opens(wang, jingan, "取号机故障无人引导"))
		h.until("2026-11-24", "15:01")
		m := h.card0(shanghai, "11 月 24 日")
		wants(t, "the meeting", m.Plain(), "隔夜未结 1 件", n, "还没有设置会议地址")
		wants(t, "attending", h.presses(chen, m, "我参会"), "已记录")
		h.says(xu, shanghai, "/notice meeting attend")
		h.says(xu, shanghai, "/notice 例会 决定 <@"+wang+"> 今天电话回访 13812345678")
		h.presses(xu, h.card0(shanghai, "11 月 24 日"), "写纪要")
		h.fill(xu, "minutes", "逐件过了隔夜投诉，客户电话 13812345678")
		if r, err := h.slack.As(xu).Submit(); err != nil || len(r.Errors) > 0 {
			t.Fatal(err, r.Errors)
		}
		h.wait(20 * time.Second)
		m = h.card0(shanghai, "【每日例会】")
		for _, one := range h.messages(shanghai) {
			if strings.Contains(one.Plain(), "参会 2 人") {
				m = one
			}
		}
		wants(t, "the meeting afterwards", m.Plain(), "参会 2 人：陈涛、徐磊", "会议决定 1 项", "今天电话回访", "由 王莉 办理", "纪要：徐磊")
		all := plain(h.messages(shanghai))
		wants(t, "the minutes", all, "【例会纪要】", "逐件过了隔夜投诉")
		if strings.Contains(all, "13812345678") {
			t.Error("a telephone number stands in the channel")
		}
		wants(t, "/notice meeting", h.says(chen, shanghai, "/notice meeting"), "隔夜未结 1 件")
	})
}

// The heads add a sentence before 08:30; later ones go out the next day; nobody else may.
func TestSignedNotice(t *testing.T) {
	play(t, func(h *hall) {
		wants(t, "not a head", h.says(chen, shanghai, "/notice 附言 大家加油"), "两位负责人", "徐磊")
		wants(t, "a head", h.says(xu, shanghai, "/notice 附言 请各支行中午前清零"), "11 月 24 日")
		a := h.slack.As(xu)
		if _, err := a.Type(shanghai, "/notice sign"); err != nil {
			t.Fatal(err)
		}
		h.fill(xu, "sentence", "请各支行十点前清零")
		if r, err := a.Submit(); err != nil || len(r.Errors) > 0 {
			t.Fatal(err, r.Errors)
		}
		h.until("2026-11-24", "08:31")
		notice := h.card0(shanghai, "【日通报】").Plain()
		wants(t, "the notice", notice, "消保中心 徐磊：请各支行十点前清零")
		if strings.Contains(notice, "中午前") {
			t.Errorf("the sentence that was replaced is in it:\n%s", notice)
		}
		wants(t, "after the notice", h.says(xu, shanghai, "/notice sign 继续"), "11 月 25 日")
	})
}
