package bot_test

import (
	"strings"
	"testing"
	"time"

	"sameday/bot/sandbox"
	"sameday/workflow"
)

// room finds the private channel of a complaint's group, as a member sees it; the last one made.
func (h *hall) room(who string) (sandbox.Room, bool) {
	h.t.Helper()
	rooms, err := h.slack.As(who).Rooms()
	if err != nil {
		h.t.Fatal(err)
	}
	var found sandbox.Room
	for _, r := range rooms {
		if strings.HasPrefix(r.Name, "complaint-") && !r.Archived {
			found = r
		}
	}
	return found, found.ID != ""
}

func (h *hall) complaint(id workflow.ID) workflow.Complaint {
	h.t.Helper()
	c, err := h.desk.Complaint(h.ctx, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// thread are the lines under a complaint's card.
func (h *hall) thread(id workflow.ID) string {
	h.t.Helper()
	return strings.Join(h.lines(h.card(jingan, string(id))), "\n")
}

// A group is formed by a command, answers by a tap, works in its channel, and ends with the complaint.
func TestEmergencyGroup(t *testing.T) {
	play(t, func(h *hall) {
		id := h.opensAt("jingan", "客户称理财到期未兑付")
		h.wait(10 * time.Second)
		wants(t, "who may", h.says(wang, jingan, "/complaint 小组 1 要找媒体"), "行长")
		wants(t, "forming", h.says(zhou, jingan, "/complaint 小组 1 频道 客户要找媒体"), "已组建应急小组")
		wants(t, "the thread", h.thread(id), "未到：", "小组频道 #C", "已请入", "客户要找媒体")
		r, ok := h.room(wang)
		if !ok || !r.Private || r.Name != "complaint-20261123-001" || !strings.Contains(r.Topic, "静安支行") {
			t.Fatalf("the channel is %+v", r)
		}
		if _, in := h.room(li); in {
			t.Error("who is not in the group is in its channel")
		}
		list, err := h.slack.As(wang).Channel(r.ID)
		if err != nil {
			t.Fatal(err)
		}
		top := ours(list)
		if len(top) != 1 {
			t.Fatalf("the channel holds\n%s", plain(list))
		}
		wants(t, "the channel's card", top[0].Plain(), "客户要找媒体", "不用写编号", "未到 ")
		if pins, err := h.slack.As(wang).Pins(r.ID); err != nil || len(pins) != 1 || pins[0].TS != top[0].TS {
			t.Errorf("pinned are %v, %v", pins, err)
		}
		// In the channel everything is about this complaint.
		wants(t, "accepting there", h.says(wang, r.ID, "/complaint 受理"), "已受理")
		if _, err := h.slack.As(wang).Click(r.ID, top[0].TS, "交办"); err != nil {
			t.Fatal(err)
		}
		h.fill(wang, "handler", li)
		if _, err := h.slack.As(wang).Submit(); err != nil {
			t.Fatal(err)
		}
		h.wait(20 * time.Second)
		if _, err := h.slack.As(xu).Type(r.ID, "@sameday 备注 账户已冻结"); err != nil {
			t.Fatal(err)
		}
		h.wait(20 * time.Second)
		wants(t, "the thread", h.thread(id), "受理", "交办", "账户已冻结", "进应急小组（经办）")
		if _, in := h.room(li); !in {
			t.Error("the handler was not invited")
		}
		// Who has worked on it has answered; who has not is rung, and answers from the direct message.
		if w := h.complaint(id).Group.Waits(); len(w) != 0 {
			t.Errorf("the roll waits for %v", w)
		}
		wants(t, "forming again", h.says(chen, jingan, "/complaint 小组 1 <@"+he+"> 再点一次"), "已组建应急小组")
		h.wait(16 * time.Minute)
		dm, err := h.slack.As(he).Channel(h.slack.As(he).DM())
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "the ring", plain(dm), "请你进应急小组", "点名未答")
		last := dm[len(dm)-1]
		if reply, err := h.slack.As(he).Click(last.Channel, last.TS, "我到了"); err != nil || reply.Failure != "" {
			t.Fatalf("answering: %v %s", err, reply.Failure)
		}
		h.wait(20 * time.Second)
		wants(t, "the thread", h.thread(id), "点名未到", "已到：")
		h.acting(chen, id, workflow.Close{Reason: "维持"})
		h.wait(time.Minute)
		if r, there := h.room(wang); there {
			t.Errorf("after closing the channel is %+v", r)
		}
		wants(t, "the thread", h.thread(id), "小组频道已归档")
		h.acting(zhou, id, workflow.Reopen{Reason: "客户再次来电"})
		h.wait(time.Minute)
		if r, there := h.room(he); !there || r.Name != "complaint-20261123-001-2" {
			t.Errorf("after reopening the channel is %+v", r)
		}
		h.once()
	})
}
