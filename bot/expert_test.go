package bot_test

import (
	"strings"
	"testing"
	"time"

	"sameday/bot/sandbox"
	"sameday/workflow"
)

// panel puts the guest on the panel of outside experts, as a lawyer.
func (h *hall) panel() {
	rules := *h.rules.Load()
	rules.Panel.Members = []workflow.Expert{
		{Person: guest, Name: "路律师", Kind: workflow.KindLawyer, Field: "银行卡与征信"}, {Person: he, Kind: workflow.KindExpert},
	}
	h.rules.Store(&rules)
}

// An invitation by form, its buttons in the direct message, an opinion; no byte of it shows the customer, and a second press says who was first.
func TestExpertButtons(t *testing.T) {
	play(t, func(h *hall) {
		h.wire.listen = true
		root := h.opens(wang, jingan, "张建华来电 138 1234 5678 被扣年费", "customer_name", "张建华", "customer_phone", "13900001111")
		wants(t, "no panel", h.says(zhou, jingan, "/complaint 专家 1"), "还没有登记外脑名单")
		h.panel()
		h.acts(t, zhou, "expert", "expert", guest, "purpose", "mediation", "when", "明天 14:00", "place", "张建华家附近", "why", "张建华（13900001111）要求赔偿")
		invitation := h.dm(guest, "邀请你参加调解")
		wants(t, "the invitation", invitation.Plain(), "周敏", "时间", "被扣年费", "接受邀请", "不能参加")
		h.clicks(guest, invitation, "sameday:attend")
		wants(t, "answered twice", h.says(guest, jingan, "/complaint 应邀 1"), "你不能接受邀请")
		h.clicks(guest, h.dm(guest, "你已接受邀请"), "sameday:opinion", "text", "张建华（13900001111）的年费应当退还")
		h.clicks(guest, h.dm(guest, "你已接受邀请"), "sameday:note", "text", "材料已看过")
		wants(t, "the thread", strings.Join(h.lines(root), "\n"), "路人 应邀参加调解", "路人 发表意见", "的年费应当退还", "路人 备注：材料已看过")
		for _, text := range []string{"/complaint 受理 1", "/complaint 交办 1 @" + wang + " ", "/complaint 客户 1", "/complaint 调解 1 @" + guest + " @" + li + "  明天 15:00 三楼 客户", "/complaint 指挥 1", "/complaint new"} {
			told := h.says(guest, jingan, text)
			if !strings.Contains(told, "你不能") && !strings.Contains(told, "你在外脑名单里") {
				t.Errorf("the lawyer types %s and is told %s", text, told)
			}
		}
		h.leaks(t, "around an expert", h.wire.since(0))
	})
}

// A session by mention; its outcome by button from the direct message that asks for it; the rate in Monday's notice and by command.
func TestMediationIsCounted(t *testing.T) {
	play(t, func(h *hall) {
		h.panel()
		root := h.opens(wang, jingan, "理财亏损")
		h.says(wang, jingan, "/complaint 交办 1 @"+li+" ")
		h.says(zhou, jingan, "/complaint 调解 1 @"+guest+"  @"+li+"  11-25 14:00 三楼 客户本人")
		h.wait(time.Minute)
		wants(t, "the thread", strings.Join(h.lines(root), "\n"), "安排调解 #1：11-25 14:00，三楼，律师 路人 主持", "邀请 律师 路人 参加调解")
		h.until("2026-11-26", "14:01")
		h.clicks(zhou, h.dm(zhou, "调解还没有登记结果"), "sameday:settle", "result", "agreed", "text", "退还本金一半", "amount", "5000")
		wants(t, "the thread", strings.Join(h.lines(root), "\n"), "调解 #1（11-25 14:00）还没有登记结果", "周敏 调解 #1 达成：退还本金一半", "¥5,000.00")
		wants(t, "/notice 调解", h.says(xu, shanghai, "/notice 调解"), "达成 1 / 1 场（100%）", "柜面", "路人")
		h.until("2026-11-30", "08:32")
		week := ""
		for _, m := range h.messages(shanghai) {
			if strings.Contains(m.Plain(), "【日通报】") && m.ReplyCount > 0 {
				week += threadOf(t, h, m)
			}
		}
		wants(t, "Monday's notice", week, "【值班情况】", "近 12 个月调解：达成 1 / 1 场（100%）")
	})
}

func threadOf(t *testing.T, h *hall, m sandbox.Message) string {
	t.Helper()
	list, err := h.slack.As(xu).Thread(m.Channel, m.TS)
	if err != nil {
		t.Fatal(err)
	}
	return plain(list)
}
