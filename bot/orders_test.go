package bot_test

import (
	"strings"
	"testing"
	"time"

	"sameday/bot/sandbox"
)

// dm is the last message to a person with words in it, with buttons.
func (h *hall) dm(who, words string) sandbox.Message {
	h.t.Helper()
	a := h.slack.As(who)
	list, err := a.Channel(a.DM())
	if err != nil {
		h.t.Fatal(err)
	}
	var found sandbox.Message
	for _, m := range list {
		if strings.Contains(m.Plain(), words) && len(m.Controls()) > 0 {
			found = m
		}
	}
	if found.TS == "" {
		h.t.Fatalf("nothing with %q to %s:\n%s", words, who, plain(list))
	}
	return found
}

// clicks presses a button of a message, fills the form that opens, and sends it; it returns what the person alone is told.
func (h *hall) clicks(who string, m sandbox.Message, button string, fields ...string) string {
	h.t.Helper()
	a := h.slack.As(who)
	r, err := a.Click(m.Channel, m.TS, button)
	if err != nil || r.Failure != "" {
		h.t.Fatalf("%s presses %s: %v %s", who, button, err, r.Failure)
	}
	h.wait(10 * time.Second)
	if len(fields) > 0 {
		h.fill(who, fields...)
		if r, err := a.Submit(); err != nil || len(r.Errors) > 0 {
			h.t.Fatalf("%s sends the form of %s: %v %v", who, button, err, r.Errors)
		}
		h.wait(time.Minute)
	}
	list, err := a.Channel(m.Channel)
	if err != nil {
		h.t.Fatal(err)
	}
	out := ""
	for _, e := range list {
		if e.Ephemeral {
			out += e.Plain() + "\n"
		}
	}
	return out
}

// A directive, its buttons in the direct message, and App Home of those whom it names; pressed again a button says who was first.
func TestDirectiveButtons(t *testing.T) {
	play(t, func(h *hall) {
		root := h.opens(wang, jingan, "信用卡年费争议")
		h.says(wang, jingan, "/complaint 交办 1 @"+li+" ")
		wants(t, "who may not", h.says(li, jingan, "/complaint 要求 1 @"+wang+"  18:00 上门"), "你不能提出要求", "行长")
		wants(t, "a time gone by", h.says(zhou, jingan, "/complaint 要求 1 @"+li+"  08:00 上门"), "已经过了")
		wants(t, "a directive", h.says(zhou, jingan, "/complaint 要求 1 @"+li+" 18：00前上门道歉"), "已提出要求")
		h.wait(time.Minute)
		wants(t, "the thread", strings.Join(h.lines(root), "\n"), "领导要求 #1：李伟 18:00 前完成：上门道歉")
		wants(t, "App Home", h.opensHome(li), "领导要求 1 项", "#1 周敏：上门道歉", "待收到")
		order := h.dm(li, "领导要求 #1")
		h.clicks(li, order, "sameday:got")
		wants(t, "pressed twice", h.clicks(li, order, "sameday:got"), "已由 李伟 于")
		if n := strings.Count(strings.Join(h.lines(root), "\n"), "要求 #1 已收到"); n != 1 {
			t.Errorf("it was acknowledged %d times", n)
		}
		h.clicks(li, order, "sameday:done", "text", "已上门道歉，客户接受")
		wants(t, "done", strings.Join(h.lines(root), "\n"), "要求 #1 已完成 → @"+zhou+"：已上门道歉")
		if got := h.opensHome(li); strings.Contains(got, "领导要求") {
			t.Errorf("App Home still has it:\n%s", got)
		}
	})
}

// The report goes to the branch president, whose App Home has it until it is read.
func TestBriefingIsRead(t *testing.T) {
	play(t, func(h *hall) {
		root := h.opens(wang, jingan, "信用卡年费争议")
		h.says(wang, jingan, "/complaint 交办 1 @"+li+" ")
		h.says(li, jingan, "/complaint 联系 1 电话 要求退年费")
		h.says(li, jingan, "/complaint 处理 1 已向客户逐项说明收费标准并出示价目表，客户认可，年费已免")
		h.wait(time.Minute)
		wants(t, "App Home", h.opensHome(chen), "未阅报告 1 件")
		report := h.dm(chen, "处理报告")
		wants(t, "the report", report.Plain(), "事由", "信用卡年费争议", "要求退年费", "整改措施")
		h.clicks(chen, report, "sameday:reply", "text", "请核对其他客户")
		wants(t, "the thread", strings.Join(h.lines(root), "\n"), "陈涛 批示：请核对其他客户")
		if got := h.opensHome(chen); strings.Contains(got, "未阅报告") {
			t.Errorf("App Home still has it:\n%s", got)
		}
		h.until("2026-11-24", "00:30")
		list, err := h.slack.As(xu).Channel(h.slack.As(xu).DM())
		if err != nil || strings.Contains(plain(list), "没有阅处理报告") {
			t.Errorf("consumer protection is told of a report that was read: %v\n%s", err, plain(list))
		}
	})
}

// Who takes command of a key complaint by the card's button; a mention that hands it over; nobody else may.
func TestLeadButton(t *testing.T) {
	play(t, func(h *hall) {
		h.opens(wang, jingan, "信用卡年费争议")
		h.says(xu, jingan, "/complaint 定级 1 重点 消保〔2026〕31号")
		h.wait(time.Minute)
		root := h.card(jingan, "20261123-001")
		h.clicks(wang, root, "sameday:lead")
		if h.slack.As(wang).View() != nil {
			t.Error("who may not gets the form")
		}
		h.clicks(zhou, root, "sameday:lead", "lead", zhou)
		wants(t, "the card", h.card(jingan, "20261123-001").Plain(), "前方指挥 周敏")
		wants(t, "mine", h.says(zhou, jingan, "/complaint 列表 我的"), "20261123-001")
		h.says(zhou, jingan, "/complaint lead 1 @"+chen+" ")
		h.wait(time.Minute)
		wants(t, "who was given it", h.dm(chen, "前方指挥").Plain(), "请你担任前方指挥", "查看")
	})
}
