package bot_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sameday/workflow"
)

// reasons say what each message about a serious complaint is for; a kind that is not here has no business in a day without trouble.
var reasons = map[string]string{
	"root":         "the card that begins the thread",
	"mirror":       "one line in the branch's channel, and in head office's",
	"line":         "one line in the thread for each thing that people did",
	"roll":         "the group's roll call, in the thread",
	"summons":      "to each member of the group",
	"group_card":   "the card in the group's channel, pinned there",
	"expert":       "to the lawyer: the invitation",
	"briefing":     "the report, to the president and the deputy in charge",
	"directive":    "to whom a leader's order names",
	"lead":         "to whom command was given",
	"session":      "the reminder of a mediation",
	"group_create": "", "group_topic": "", "group_invite": "", "group_pin": "", "group_archive": "",
}

// The calls that a serious complaint takes from arrival to closing, each kind with its reason: no message without one, and not more than
// people can read.
func TestCallsOfASeriousComplaint(t *testing.T) {
	play(t, func(h *hall) {
		h.panel()
		h.wait(time.Minute)
		before := calls(h)
		id := h.opensAt("jingan", "客户称理财到期未兑付，要求赔偿")
		h.wait(5 * time.Second)
		did := func(who, text string) {
			t.Helper()
			wants(t, text, h.says(who, jingan, text), "已")
			h.wait(5 * time.Second)
		}
		did(zhou, "/complaint 认定类型 1 赔偿")
		did(wang, "/complaint 交办 1 <@"+li+"> 今天联系")
		did(zhou, "/complaint 指挥 1 <@"+zhou+">")
		did(zhou, "/complaint 小组 1 频道 客户要找媒体")
		did(li, "/complaint 联系 1 电话 客户要求兑付并赔偿")
		did(chen, "/complaint 要求 1 @"+li+" 18:00 核清合同")
		did(li, "/complaint 完成 1 已核清")
		did(zhou, "/complaint 专家 1 @"+guest+" 面谈 16:00 三楼 责任怎样认定")
		did(guest, "/complaint 应邀 1")
		did(li, "/complaint 处理 1 赔偿 已一次付清本金和利息损失 ¥86,000.00，客户签字确认")
		did(chen, "/complaint 已阅 1")
		wants(t, "closing", h.says(li, jingan, "/complaint 反馈 1 满意 客户签字确认"), "办结")
		h.wait(2 * time.Minute)

		kinds := map[string]int{}
		for key, list := range h.told() {
			if about, rest, ok := strings.Cut(key, "@"); ok && workflow.ID(about) == id {
				kind := strings.Split(rest, "/")[1]
				kinds[kind] += len(list)
			}
		}
		messages, total := 0, 0
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			why, ok := reasons[kind]
			if !ok {
				t.Errorf("%d messages of the kind %s: why?", kinds[kind], kind)
			}
			t.Logf("%-12s %3d  %s", kind, kinds[kind], why)
			messages += kinds[kind]
		}
		after := calls(h)
		for _, method := range slices.Sorted(maps.Keys(after)) {
			if n := after[method] - before[method]; n > 0 {
				t.Logf("%-28s %3d", method, n)
				total += n
			}
		}
		t.Logf("figures: a serious complaint from arrival to closing: %d messages, %d calls in all", messages, total)
		if total > 90 {
			t.Errorf("it took %d calls, want at most 90", total)
		}
	})
}

// calls counts the calls that Slack has taken so far, by method.
func calls(h *hall) map[string]int {
	out := map[string]int{}
	for method, by := range h.slack.CallCounts() {
		for _, n := range by {
			out[method] += n
		}
	}
	return out
}
