package bot_test

import (
	"strings"
	"testing"
	"time"

	"sameday/bot/sandbox"
	"sameday/store"
	"sameday/workflow"
)

func (h *hall) leaks(t *testing.T, what string, sent []string) {
	t.Helper()
	for _, s := range sent {
		if found := marksIn(s); len(found) > 0 {
			t.Errorf("%s: %v in %.600s", what, found, s)
		}
	}
	if found := marksIn(h.logs.String()); len(found) > 0 {
		t.Errorf("%s: the log has %v:\n%s", what, found, h.logs.String())
	}
}

// No byte that the bot sends shows a customer, whatever way the data came in; but for one ephemeral answer.
func TestNoPersonalDataLeavesTheDesk(t *testing.T) {
	play(t, func(h *hall) {
		tap := h.wire
		tap.listen = true
		h.plantByForm(t)
		h.leaks(t, "by form", tap.since(0))
		h.plantByWords()
		h.leaks(t, "by typed words", tap.since(0))
		h.plantByImport(t)
		h.leaks(t, "by import", tap.since(0))
		h.plantByCorrection(t)
		h.leaks(t, "by correction", tap.since(0))
		h.plantByMistake(t)
		h.until("2026-11-24", "09:00") // dusk, overnight, the notice
		h.leaks(t, "by the day's messages", tap.since(0))
		h.shows(t, tap)
	})
}

func (h *hall) plantByForm(t *testing.T) {
	h.opens(wang, jingan, "张建华来电 138 1234 5678，邮箱 wang.planted@example.com，身份证１１０１０５１９４９１２３１００２Ｘ，卡 6222-0212-3456-7894 被扣年费",
		"customer_name", "张建华", "customer_phone", "13900001111", "customer_id", "11010519491231002X",
		"remedy", "打给张建华 1390000 1111，电邮 zhang.planted@example.com 确认", "work_order", "HO-1")
	for _, f := range []struct {
		verb, button string
		fields       []string
	}{
		{"accept", "", nil},
		{"assign", "", []string{"handler", li, "note", "请回电 186-1111-3333 张建华"}},
		{"contact", "", []string{"wants", "张建华要求退款到 4111 1111 1111 1111"}},
		{"handle", "", []string{"text", "已向张建华（13900001111）退还年费并当面说明全部收费标准", "cause", "柜员误操作，联系 １５９１２３４１２３４"}},
		{"feedback", "", []string{"answer", "unsatisfied", "text", "张建华不认可，改打 137 1111 2222"}},
	} {
		h.acts(t, wang, f.verb, f.fields...)
	}
}

// acts uses a verb's form on complaint 1, or what the verb does without one.
func (h *hall) acts(t *testing.T, who, verb string, fields ...string) {
	t.Helper()
	a := h.slack.As(who)
	r, err := a.Type(jingan, "/complaint "+verb+" 1")
	if err != nil || r.Failure != "" {
		t.Fatalf("%s: %v %s", verb, err, r.Failure)
	}
	if len(fields) > 0 {
		if r.View == nil {
			t.Fatalf("%s opened no form: %s", verb, plain(r.Ephemeral))
		}
		h.fill(who, fields...)
		if r, err = a.Submit(); err != nil || len(r.Errors) > 0 || r.Failure != "" {
			t.Fatalf("%s: %v %v %s", verb, err, r.Errors, r.Failure)
		}
	}
	h.wait(20 * time.Second)
}

func (h *hall) plantByWords() {
	card := h.card(jingan, "20261123-001")
	for _, text := range []string{
		"/complaint note 1 张建华又打来，手机 133\u200b1234\u200b5678，说要投诉到 ouyang.planted@example.com",
		"/complaint contact 1 电话 张建华 １７７　１２３４　５６７８ 已接通",
		"/complaint handle 1 退款 已退还张建华年费 1,280 元，卡号 6222 0212 3456 7894，当日到账并短信通知",
		"/complaint 18812345678", "/complaint 张 15012345678", "/complaint list 15112345678", "/notice 13812345678",
		"/complaint accept 13812345678", "/complaint grade 1 13812345678", "/complaint correct 1 来源 13812345678",
		"/complaint correct 1 工单号 wang.planted@example.com",
		"/complaint new 张三丰，电话 13812345678，卡 4111111111111111", "/complaint feedback 1 张建华 13900001111",
		"/complaint close 1 张建华失联 13900001111", "/complaint reopen 1 13900001111",
	} {
		for _, who := range []string{wang, chen} {
			_, _ = h.slack.As(who).Type(jingan, text)
			h.wait(20 * time.Second)
			h.slack.As(who).CloseAll()
		}
	}
	_, _ = h.slack.As(wang).TypeInThread(jingan, card.TS, "@sameday 备注 张建华改号 138 1234 5678")
	h.wait(20 * time.Second)
	said, err := h.slack.As(wang).Type(jingan, "客户电话 13812345678 投诉排队")
	if err == nil {
		_, _ = h.slack.As(wang).Shortcut("open_complaint", jingan, said.Posted.TS)
		_, _ = h.slack.As(wang).Submit()
	}
	h.wait(20 * time.Second)
}

func (h *hall) plantByImport(t *testing.T) {
	_, err := h.desk.Do(h.ctx, store.Request{
		Command: workflow.Open{
			Unit: "xuhui", Source: workflow.SourcePBOC, WorkOrder: "PBOC-7", Sender: "人行 13812345678",
			Summary: "欧阳小雨（310101199003071233，15012345678）投诉有人代办，ouyang.planted@example.com", Remedy: "联系欧阳小雨",
		},
		By: workflow.System(), At: time.Now(), Customer: store.Customer{Name: "欧阳小雨", Phone: "15012345678", ID: "310101199003071233"},
	}) // the certificate's check digit is wrong, so only the record can tell what it is
	if err != nil {
		t.Fatal(err)
	}
	h.bot.Sender().Wake()
	h.wait(time.Minute)
}

func (h *hall) plantByCorrection(t *testing.T) {
	a := h.slack.As(xu)
	r, err := a.Type(xuhui, "/complaint correct 20261123-3")
	if err != nil || r.View == nil {
		r, err = a.Type(xuhui, "/complaint correct 2")
	}
	if err != nil || r.View == nil {
		t.Fatalf("no form for a correction: %v %s", err, plain(r.Ephemeral))
	}
	h.fill(xu, "now", "Margaret Thatchwood 来电 15112345678 更正", "why", "原为 Margaret Thatchwood", "customer_name", "Margaret Thatchwood",
		"customer_phone", "15112345678", "customer_id", "110105194912310021")
	if r, err = a.Submit(); err != nil || len(r.Errors) > 0 {
		t.Fatalf("the correction: %v %v", err, r.Errors)
	}
	h.wait(time.Minute)
}

// plantByMistake puts numbers into fields that take something else.
func (h *hall) plantByMistake(t *testing.T) {
	a := h.slack.As(wang)
	if _, err := a.Type(jingan, "/complaint new 大堂"); err != nil {
		t.Fatal(err)
	}
	h.fill(wang, "amount", "张先生13812345678", "received_at", "电话13812345678", "work_order", "wang.planted@example.com")
	r, err := a.Submit()
	if err != nil || len(r.Errors) == 0 {
		t.Errorf("wrong fields were taken: %v %v", err, r)
	}
	h.fill(wang, "amount", "", "received_at", "")
	if r, err = a.Submit(); err != nil || r.Errors["work_order"] == "" {
		t.Errorf("an address was taken for a work order: %v %v", err, r)
	}
	a.CloseAll()
}

// shows is the one exception: an ephemeral answer to one who may see it; never anything else, and nothing at all where the policy says so.
func (h *hall) shows(t *testing.T, tap *wiretap) {
	t.Helper()
	before := len(tap.since(0))
	answer := h.says(wang, jingan, "/complaint customer 20261123-1")
	wants(t, "the answer", answer, "张建华", "13900001111")
	with := 0
	for _, s := range tap.since(before) {
		if len(marksIn(s)) == 0 {
			continue
		}
		if with++; !strings.Contains(s, `"ephemeral"`) || !strings.HasPrefix(s, "socket\n") {
			t.Errorf("the customer was shown by %.300s", s)
		}
	}
	if with != 1 {
		t.Errorf("the customer went out %d times, want once", with)
	}
	// Neither the response_url nor the channel takes the answer: then it is not given, because a direct message would stay.
	before = len(tap.since(0))
	h.slack.Fail(sandbox.Fault{Method: "response_url", Status: 500, Until: time.Now().Add(time.Hour)})
	h.slack.Fail(sandbox.Fault{Method: "chat.postEphemeral", Error: "user_not_in_channel", Until: time.Now().Add(time.Hour)})
	if _, err := h.slack.As(wang).TypeInThread(jingan, h.card(jingan, "20261123-001").TS, "@sameday customer"); err != nil {
		t.Fatal(err)
	}
	h.wait(time.Minute)
	for _, s := range tap.since(before) {
		if strings.Contains(s, "chat.postMessage") && len(marksIn(s)) > 0 {
			t.Errorf("the customer stands in a direct message: %.300s", s)
		}
	}
	h.slack.ClearFaults()
	list, err := h.slack.As(wang).Channel(h.slack.As(wang).DM())
	if err != nil || len(ours(list)) == 0 {
		t.Errorf("who could not be answered was told nothing: %v", err)
	}

	h.stop()
	never := *h.rules.Load()
	never.Policy.Reveal = workflow.RevealNever
	h.rules.Store(&never)
	tap = h.wire
	h.start()
	before = len(tap.since(0))
	wants(t, "with reveal off", h.says(wang, jingan, "/complaint customer 20261123-1"), "Slack")
	h.leaks(t, "with reveal off", tap.since(before))
}
