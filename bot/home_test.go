package bot_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"sameday/workflow/duty"
)

func (h *hall) client0() *slack.Client {
	return slack.New(h.slack.BotToken(), slack.OptionAPIURL(h.slack.MemoryURL()), slack.OptionHTTPClient(h.client()))
}

// makesGroup makes a user group with somebody in it.
func (h *hall) makesGroup(handle, member string) string {
	h.t.Helper()
	g, err := h.client0().CreateUserGroupContext(h.ctx, slack.UserGroup{Name: handle, Handle: handle})
	if err == nil {
		_, err = h.client0().UpdateUserGroupMembersContext(h.ctx, g.ID, member)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return g.ID
}

func (h *hall) groupMembers(id string) string {
	h.t.Helper()
	list, err := h.client0().GetUserGroupMembersContext(h.ctx, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.Join(list, ",")
}

// opensHome opens App Home and returns what it says.
func (h *hall) opensHome(who string) string {
	h.t.Helper()
	v, err := h.slack.As(who).OpenHome()
	if err != nil || v == nil {
		h.t.Fatalf("%s opens App Home: %v", who, err)
	}
	h.wait(time.Second)
	return h.slack.As(who).Home().Plain()
}

// App Home says what calls me, what I have, who is on duty and when I am, and stays right while somebody looks at it.
func TestAppHome(t *testing.T) {
	play(t, func(h *hall) {
		wants(t, "at first", h.opensHome(wang), "正在呼叫我 0 件", "未结投诉 0 件", "静安支行", "本机构无人值班", "没有排我值班", "1 处空班")
		wants(t, "a stranger", h.opensHome(guest), "你在行内没有岗位")
		if got := h.slack.As(guest).Home().Plain(); strings.Contains(got, "静安") {
			t.Errorf("a stranger sees the bank:\n%s", got)
		}
		h.publishes("jingan", rota(monday, wang, li))
		h.orders("jingan", he, duty.Override{Period: duty.Period{
			Role: duty.Leader, Person: zhou, From: time.Now(), To: time.Now().Add(24 * time.Hour),
		}})
		h.opensAt("jingan", "信用卡年费争议")
		h.wait(2 * time.Minute)
		home := func() string { return h.slack.As(wang).Home().Plain() }
		wants(t, "without opening it again", home(), "主班 王莉", "带班领导 周敏", "未结 1", "静安支行 主班", "11-24 08:30")
		if strings.Contains(home(), "处空班") {
			t.Errorf("the gaps are still told:\n%s", home())
		}
		h.says(wang, jingan, "/complaint assign 1 <@"+wang+"> <@"+li+">")
		wants(t, "after a command of one's own", home(), "我主办或协办的未结投诉 1 件", "20261123-001")
		wants(t, "the co-handler's", h.opensHome(li), "我主办或协办的未结投诉 1 件")

		published := h.slack.CallCounts()["views.publish"]["ok"]
		h.wait(10 * time.Minute)
		if got := h.slack.CallCounts()["views.publish"]["ok"] - published; got > 4 {
			t.Errorf("App Home was published %d times in ten minutes in which hardly anything happened", got)
		}
		h.wait(20 * time.Minute)
		published = h.slack.CallCounts()["views.publish"]["ok"]
		h.wait(time.Hour + 40*time.Minute) // the contact's deadline passes, but nobody looks any more
		if got := h.slack.CallCounts()["views.publish"]["ok"] - published; got != 0 {
			t.Errorf("App Home was published %d times for nobody", got)
		}
		wants(t, "opened again", h.opensHome(wang), "正在呼叫我 1 件", "已超时 1", "呼叫中 1")
		if r, err := h.slack.As(wang).ClickInView("sameday:ack"); err != nil || r.Failure != "" {
			t.Fatalf("acknowledge in App Home: %v %s", err, r.Failure)
		}
		h.wait(10 * time.Second)
		wants(t, "after acknowledging", home(), "正在呼叫我 0 件")
	})
}
