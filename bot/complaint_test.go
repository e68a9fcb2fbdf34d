package bot_test

import (
	"strings"
	"testing"
	"time"

	"sameday/bot/sandbox"
)

// A complaint from arrival to closing, by form, button, command and mention.
func TestFromArrivalToClosing(t *testing.T) {
	play(t, func(h *hall) {
		card := h.opens(wang, jingan, "客户称信用卡已注销仍被扣年费，电话13812345678",
			"customer_name", "张建华", "customer_phone", "13900001111", "amount", "1280", "business", "信用卡", "remedy", "退还年费")
		n := number(card)
		wants(t, "the card", card.Plain(), "20261123-001", "静安支行", "张**", "139****1111", "¥1,280.00", "信用卡", "138****5678", "退还年费", "① 受理")
		if strings.Contains(card.Plain(), "13812345678") || strings.Contains(card.Plain(), "张建华") {
			t.Errorf("the card shows personal data:\n%s", card.Plain())
		}
		if r, err := h.slack.As(wang).Click(jingan, card.TS, "sameday:accept"); err != nil || r.Failure != "" {
			t.Fatalf("click: %v %s", err, r.Failure)
		}
		h.wait(10 * time.Second)
		wants(t, "assigning", h.says(wang, jingan, "/complaint 交办 1 <@"+li+"> 先核对账单"), "已交办", n, "/complaint contact 1")
		wants(t, "contacting", h.says(li, jingan, "/complaint contact ＃１ 电话 客户要求退年费"), "已联系")
		wants(t, "sympathy", h.says(li, jingan, "/complaint handle 1 请您理解"), "这只是安抚")
		if _, err := h.slack.As(li).TypeInThread(jingan, card.TS, "@sameday 处理 退款 已退还年费 1,280 元，当日到账，并提交征信更正申请"); err != nil {
			t.Fatal(err)
		}
		h.wait(10 * time.Second)
		wants(t, "closing", h.says(li, jingan, "/complaint 反馈 1 满意 客户确认收到"), "办结")

		card = h.card(jingan, n)
		wants(t, "the closed card", card.Plain(), "⑤ 反馈 ✓", "李伟")
		lines := h.lines(card)
		wants(t, "the thread", strings.Join(lines, "\n"), "王莉 受理", "交办", "先核对账单", "联系客户", "¥1,280.00", "满意")
		if len(lines) != 5 { // accepted, assigned, contacted, handled, fed back
			t.Errorf("the thread has %d lines, want 5:\n%s", len(lines), strings.Join(lines, "\n"))
		}
		if got := h.count(shanghai, n); got != 1 {
			t.Errorf("the branch sees %d mirrors of it, want 1", got)
		}
		if got := h.count(headOffice, n); got != 0 {
			t.Errorf("head office sees %d mirrors of an ordinary complaint, want 0", got)
		}
		if strings.Contains(h.logs.String(), "年费") || strings.Contains(h.logs.String(), "138") {
			t.Errorf("the log tells what the complaint says:\n%s", h.logs.String())
		}
		h.callsPerComplaint(t)
	})
}

// callsPerComplaint shows how many calls to Slack one complaint took, and holds their number.
func (h *hall) callsPerComplaint(t *testing.T) {
	t.Helper()
	total := 0
	for method, by := range h.slack.CallCounts() {
		for outcome, n := range by {
			t.Logf("%-28s %-4s %d", method, outcome, n)
			switch method {
			case "chat.postMessage", "chat.update", "chat.getPermalink", "views.open", "response_url", "chat.postEphemeral":
				total += n
			}
		}
	}
	if total > 20 {
		t.Errorf("one complaint took %d calls, want at most 20", total)
	}
}

func TestTwoPressTheSameButton(t *testing.T) {
	play(t, func(h *hall) {
		card := h.opens(wang, jingan, "取号机故障无人引导")
		type result struct {
			r   sandbox.Reply
			err error
		}
		results := make(chan result, 2)
		for _, who := range []string{wang, li} {
			go func() {
				r, err := h.slack.As(who).Click(jingan, card.TS, "sameday:accept")
				results <- result{r, err}
			}()
		}
		for range 2 {
			if r := <-results; r.err != nil || r.r.Failure != "" {
				t.Fatalf("click: %v %s", r.err, r.r.Failure)
			}
		}
		h.wait(10 * time.Second)
		if got := len(h.lines(card)); got != 1 {
			t.Errorf("the thread has %d lines, want one acceptance: %v", got, h.lines(card))
		}
		told := 0
		for _, who := range []string{wang, li} {
			list, err := h.slack.As(who).Channel(jingan)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range list {
				if m.Ephemeral && strings.Contains(m.Plain(), "受理已由") {
					told++
				}
			}
		}
		if told != 1 {
			t.Errorf("%d people were told who was first, want 1", told)
		}
	})
}

func TestWhatIsTypedWrong(t *testing.T) {
	play(t, func(h *hall) {
		h.opens(wang, jingan, "取号机故障无人引导")
		for _, c := range []struct{ who, text, want string }{
			{wang, "/complaint 受礼 1", "受理"},
			{wang, "/complaint accept 99", "没有编号为 20261123-099 的投诉"},
			{wang, "/complaint handle 1 已经处理完毕并退还全部款项给客户本人确认", "要先受理"},
			{zhang, "/complaint accept 1", "你不能受理"},
			{guest, "/complaint accept 1", "你不能受理"},
			{guest, "/complaint new", "岗位"},
			{guest, "/complaint list", "未结投诉"},
			{wang, "/complaint", "/complaint"},
			{wang, "/complaint help", "/complaint accept"},
			{wang, "/complaint list 明天", "可选"},
			{wang, "/notice 后天", "/notice"},
			{wang, "/complaint extend 1 需等司法鉴定结果", "你不能延期"},
			{wang, "/complaint close 1 客户失联", "分行行长"},
			{wang, "/complaint 20261131-1", "不明白"},
		} {
			wants(t, c.text, h.says(c.who, jingan, c.text), c.want)
		}
		if got := len(h.lines(h.card(jingan, ""))); got != 0 {
			t.Errorf("refusals left %d lines in the thread", got)
		}
	})
}

func TestPickerMentionAndShortcut(t *testing.T) {
	play(t, func(h *hall) {
		h.opens(wang, jingan, "取号机故障无人引导")
		second := h.opens(wang, jingan, "转账未到账")
		a := h.slack.As(wang)
		r, err := a.Type(jingan, "/complaint 受理")
		if err != nil || len(r.Ephemeral) != 1 {
			t.Fatalf("the picker: %v %v", err, r)
		}
		var value string
		for _, o := range r.Ephemeral[0].Controls()[0].Options {
			if strings.Contains(o.Text, number(second)) {
				value = o.Value
			}
		}
		if _, err := a.Choose(jingan, r.Ephemeral[0].TS, "sameday:pick", value); err != nil {
			t.Fatal(err)
		}
		h.wait(10 * time.Second)
		wants(t, "the thread", strings.Join(h.lines(h.card(jingan, number(second))), "\n"), "王莉 受理")

		if _, err := a.TypeInThread(jingan, second.TS, "@sameday 联系"); err != nil {
			t.Fatal(err)
		}
		h.wait(10 * time.Second)
		thread, err := a.Thread(jingan, second.TS)
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "the private answer", thread[len(thread)-1].Plain(), "要先交办")

		said, err := a.Type(jingan, "柜台排队两小时，客户要投诉")
		if err != nil {
			t.Fatal(err)
		}
		if r, err = a.Shortcut("open_complaint", jingan, said.Posted.TS); err != nil || r.View == nil {
			t.Fatalf("the shortcut opened no form: %v %+v", err, r)
		}
		if r, err = a.Submit(); err != nil || len(r.Errors) > 0 {
			t.Fatalf("submit: %v %v", err, r.Errors)
		}
		h.wait(10 * time.Second)
		wants(t, "the new card", h.card(jingan, "柜台排队").Plain(), "20261123-003")
	})
}

func TestFormErrorsStandUnderTheirField(t *testing.T) {
	play(t, func(h *hall) {
		a := h.slack.As(wang)
		if _, err := a.Type(jingan, "/complaint new"); err != nil {
			t.Fatal(err)
		}
		h.fill(wang, "summary", "😀😀😀", "amount", "一大笔", "received_at", "下辈子")
		r, err := a.Submit()
		if err != nil {
			t.Fatal(err)
		}
		if r.Errors["amount"] == "" || r.Errors["received_at"] == "" {
			t.Errorf("errors are %v, want some under amount and received_at", r.Errors)
		}
		h.fill(wang, "amount", "80", "received_at", "")
		if r, err = a.Submit(); err != nil || r.Errors["summary"] == "" {
			t.Errorf("a text of emoji alone got %v %v, want an error under summary", r.Errors, err)
		}
		h.fill(wang, "summary", "自助机吞卡")
		if r, err = a.Submit(); err != nil || len(r.Errors) > 0 {
			t.Errorf("the mended form got %v %v", r.Errors, err)
		}
		h.wait(10 * time.Second)
		wants(t, "the card", h.card(jingan, "").Plain(), "自助机吞卡", "¥80.00")
	})
}

// Nobody can ping a channel, break a card or stop the process through a complaint.
func TestHostileTexts(t *testing.T) {
	play(t, func(h *hall) {
		for _, text := range []string{
			"<!channel> 大家看", "@here <@U0LI> <#C0JINGAN> & <script>", "الشكوى من العميل \u202e抵死", "投诉\x00内容", "投诉内容" + string([]byte{0xff, 0xfe}),
			strings.Repeat("长", 3000), "*粗* _斜_ `码` ~删~ |", "🏦🏦 收费问题", "```\n代码块",
		} {
			card := h.opens(wang, jingan, text)
			for _, bad := range []string{"<!channel", "<!here", "<@" + li, "<#" + jingan, "\x00"} {
				raw := string(card.Blocks) + card.Text
				if strings.Contains(raw, bad) {
					t.Errorf("%.20q put %q into the card", text, bad)
				}
			}
		}
		long := h.says(wang, jingan, "/complaint note 1 "+strings.Repeat("长", 40_000))
		wants(t, "a note of 40,000 characters", long, "20")
	})
}
