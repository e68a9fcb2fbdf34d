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

// groupTroubles is what Slack may do with a call: refuse it for a moment, or lose its answer, with or without having done it.
var groupTroubles = map[string]sandbox.Fault{
	"429":                   {Status: 429, RetryAfter: 30 * time.Second, Times: 2},
	"500":                   {Status: 500, Times: 3},
	"done and 502":          {Stored: true, Status: 502, Times: 2},
	"fatal_error":           {Error: "fatal_error", Times: 2},
	"done and fatal_error":  {Stored: true, Error: "fatal_error", Times: 1},
	"cut":                   {Cut: sandbox.CutReply, Times: 2},
	"done, answer lost":     {Stored: true, Cut: sandbox.CutReply, Times: 1},
	"done, answer broken":   {Stored: true, Cut: sandbox.CutInBody, Times: 1},
	"done, answered late":   {Stored: true, Hang: time.Minute, Times: 1},
	"nothing for a minute":  {Hang: time.Minute, Times: 1},
	"away for ten minutes":  {Status: 503, Times: 12},
	"refused for a moment":  {Error: "ratelimited", Times: 2},
	"done, and limited now": {Stored: true, Status: 429, RetryAfter: time.Minute, Times: 1},
}

// formation are the calls that form a group, in their order.
var formation = []string{"conversations.create", "conversations.setTopic", "conversations.invite", "chat.postMessage", "pins.add"}

// formedOnce holds what must be true of a formation, whatever happened on its way.
func (h *hall) formedOnce(id workflow.ID) {
	h.t.Helper()
	made := 0
	for _, c := range h.slack.Calls() {
		if c.Method == "conversations.create" && c.Stored {
			made++
		}
	}
	if made != 1 {
		h.t.Errorf("%d channels were made", made)
	}
	c := h.complaint(id)
	r, ok := h.room(zhou)
	if !ok || r.ID != c.Group.Room || !r.HasBot || len(r.Members) != len(c.Group.Members)+1 || r.Topic == "" {
		h.t.Errorf("the channel is %+v, the group %+v", r, c.Group)
		return
	}
	list, err := h.slack.As(zhou).Channel(r.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	pins, err := h.slack.As(zhou).Pins(r.ID)
	if cards := ours(list); len(cards) != 1 || err != nil || len(pins) != 1 || pins[0].TS != cards[0].TS {
		h.t.Errorf("the channel has %d cards, and %d are pinned (%v)", len(cards), len(pins), err)
	}
	facts, err := h.desk.Timeline(h.ctx, id)
	if err != nil {
		h.t.Fatal(err)
	}
	var steps []string
	for _, f := range facts {
		if e, ok := f.Event.(workflow.GroupChannel); ok {
			steps = append(steps, string(e.Step))
		}
	}
	if got := strings.Join(steps, " "); got != "created topic invited pinned" {
		h.t.Errorf("the record says %s", got)
	}
	thread := h.thread(id)
	if strings.Count(thread, "已就绪，3 人已请入") != 1 || strings.Count(thread, "应急小组点名") != 1 {
		h.t.Errorf("the thread says\n%s", thread)
	}
	h.once()
}

// Slack fails each call of the formation in turn, in each way: the group is formed once, with everybody in it.
func TestEmergencyFaults(t *testing.T) {
	t.Parallel()
	for _, method := range formation {
		for name, fault := range groupTroubles {
			if method == "chat.postMessage" && fault.Stored && fault.Status == 429 {
				continue // Slack does not post what it says it has not taken
			}
			t.Run(method+" "+name, func(t *testing.T) {
				play(t, func(h *hall) {
					id := h.opensAt("jingan", "客户称理财到期未兑付")
					h.wait(10 * time.Second)
					fault.Method = method
					h.slack.Fail(fault)
					h.acting(zhou, id, workflow.FormGroup{Clue: "要找媒体", Where: workflow.GroupInChannel})
					h.wait(14 * time.Minute)
					h.formedOnce(id)
				})
			})
		}
	}
}

// The process is stopped while Slack has a call of the formation in hand, before and after Slack has done it: the next start goes on.
func TestEmergencyStopped(t *testing.T) {
	t.Parallel()
	for _, method := range formation {
		for _, done := range []bool{true, false} {
			t.Run(method, func(t *testing.T) {
				play(t, func(h *hall) {
					id := h.opensAt("jingan", "客户称理财到期未兑付")
					h.wait(10 * time.Second)
					fault := sandbox.Fault{Method: method, Times: 1, Stored: done, Hang: 14 * time.Second}
					if method == "chat.postMessage" { // the roll call and the messages to people are posts too
						h.slack.Fail(sandbox.Fault{Method: "pins.add", Status: 500, Times: 100})
					} else {
						h.slack.Fail(fault)
					}
					h.acting(zhou, id, workflow.FormGroup{Clue: "要找媒体", Where: workflow.GroupInChannel})
					h.wait(2 * time.Second)
					h.stop()
					h.slack.ClearFaults()
					h.wait(time.Minute)
					h.start()
					h.wait(10 * time.Minute)
					h.formedOnce(id)
				})
			})
		}
	}
}

// What Slack refuses for good is said in the thread, with who can do what; forming the group again goes on from there.
func TestEmergencyRefused(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]string{
		"conversations.create":   "Slack 不允许（restricted_action）。请 Slack 管理员允许应用建私密频道",
		"conversations.setTopic": "主题没有设上（restricted_action）",
		"conversations.invite":   "用不了：Slack 不允许（restricted_action）",
		"pins.add":               "没有置顶（restricted_action）",
	} {
		t.Run(method, func(t *testing.T) {
			play(t, func(h *hall) {
				id := h.opensAt("jingan", "客户称理财到期未兑付")
				h.wait(10 * time.Second)
				h.slack.Fail(sandbox.Fault{Method: method, Error: "restricted_action", Times: 1})
				h.acting(zhou, id, workflow.FormGroup{Clue: "要找媒体", Where: workflow.GroupInChannel})
				h.wait(3 * time.Minute)
				wants(t, "the thread", h.thread(id), want)
				if method == "conversations.create" || method == "conversations.invite" {
					wants(t, "the thread", h.thread(id), "小组先在本线程工作", "应急小组点名")
					h.acting(zhou, id, workflow.FormGroup{Clue: "再建一次"})
				}
				h.wait(3 * time.Minute)
				if r, ok := h.room(wang); !ok || len(r.Members) != 4 {
					t.Errorf("the channel is %+v", r)
				}
				wants(t, "the thread", h.thread(id), "已就绪，3 人已请入")
				if strings.Count(h.logs.String(), "Slack takes no messages") > 0 {
					t.Error("a refused call counts as trouble with messages")
				}
				h.once()
			})
		})
	}
}

// Everything that can be wrong with a channel and its people is said, and the group goes on.
func TestEmergencyTroubles(t *testing.T) {
	t.Parallel()
	type trouble struct {
		before func(h *hall)
		after  func(h *hall, room string)
		says   []string
		ends   func(h *hall, id workflow.ID)
	}
	again := func(h *hall, id workflow.ID) {
		h.acting(zhou, id, workflow.FormGroup{Clue: "再建一次"})
		h.wait(time.Minute)
	}
	in := func(name string, people int) func(h *hall, id workflow.ID) {
		return func(h *hall, _ workflow.ID) {
			h.t.Helper()
			if r, ok := h.room(zhou); !ok || r.Name != name || len(r.Members) != people {
				h.t.Errorf("the channel is %+v, want %s with %d", r, name, people)
			}
		}
	}
	then := func(all ...func(h *hall, id workflow.ID)) func(h *hall, id workflow.ID) {
		return func(h *hall, id workflow.ID) {
			for _, one := range all {
				one(h, id)
			}
		}
	}
	for name, c := range map[string]trouble{
		"missing scope": {
			before: func(h *hall) { h.slack.SetFaults(sandbox.Faults{MissingScopes: []string{"groups:write"}}) },
			says:   []string{"缺少权限", "groups:write", "请 Slack 管理员", "小组先在本线程工作"},
			ends: then(func(h *hall, _ workflow.ID) { h.slack.ClearFaults() }, again,
				in("complaint-20261123-001", 4)),
		},
		"no pins": {
			before: func(h *hall) { h.slack.SetFaults(sandbox.Faults{MissingScopes: []string{"pins:write"}}) },
			says:   []string{"没有置顶（missing_scope）", "已就绪"},
			ends:   in("complaint-20261123-001", 4),
		},
		"the name is taken": {
			before: func(h *hall) {
				h.slack.AddChannel(sandbox.Channel{Name: "complaint-20261123-001", Members: []string{li}})
				h.slack.AddChannel(sandbox.Channel{Name: "complaint-20261123-001-2", Private: true, Creator: li, Members: []string{li, h.slack.BotUserID()}})
			},
			says: []string{"已就绪，3 人已请入"},
			ends: in("complaint-20261123-001-3", 4),
		},
		"somebody left the bank": {
			before: func(h *hall) {
				if err := h.slack.Deactivate(wang); err != nil {
					h.t.Fatal(err)
				}
			},
			says: []string{"王莉 没有进小组频道", "请 Slack 管理员恢复账号", "已就绪，2 人已请入"},
			ends: in("complaint-20261123-001", 3),
		},
		"a guest of one channel": {
			before: func(h *hall) {
				h.slack.AddPerson(sandbox.Person{ID: wang, Name: "wang", RealName: "王莉", Guest: true, Single: true})
			},
			says: []string{"王莉 没有进小组频道：是 Slack 访客", "已就绪，2 人已请入"},
			ends: in("complaint-20261123-001", 3),
		},
		"the channel is archived": {
			after: func(h *hall, room string) {
				if err := h.slack.As(wang).Archive(room); err != nil {
					h.t.Fatal(err)
				}
			},
			says: []string{"已被归档", "小组先在本线程工作"},
			ends: then(again, in("complaint-20261123-001-2", 4)),
		},
		"the bot is removed, and asked back": {
			after: func(h *hall, room string) {
				if err := h.slack.As(wang).Remove(room, h.slack.BotUserID()); err != nil {
					h.t.Fatal(err)
				}
			},
			says: []string{"机器人已不在小组频道", "/invite @sameday", "小组先在本线程工作"},
			ends: then(func(h *hall, _ workflow.ID) {
				r, _ := h.room(wang)
				if err := h.slack.As(wang).Invite(r.ID, h.slack.BotUserID()); err != nil {
					h.t.Fatal(err)
				}
				h.wait(time.Minute)
			}, in("complaint-20261123-001", 4), func(h *hall, id workflow.ID) {
				if g := h.complaint(id).Group; g.Room == "" || g.Lost != "" || !g.Ready {
					h.t.Errorf("the group is %+v", g)
				}
			}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(h *hall) {
				id := h.opensAt("jingan", "客户称理财到期未兑付")
				h.wait(10 * time.Second)
				if c.before != nil {
					c.before(h)
				}
				h.acting(zhou, id, workflow.FormGroup{Clue: "要找媒体", Where: workflow.GroupInChannel})
				h.wait(time.Minute)
				if c.after != nil {
					r, _ := h.room(zhou)
					c.after(h, r.ID)
					h.acting(xu, id, workflow.Note{Text: "已了解"})
					h.wait(time.Minute)
				}
				wants(t, "the thread", h.thread(id), c.says...)
				c.ends(h, id)
				h.slack.ClearFaults()
				h.wait(time.Minute)
			})
		})
	}
}

// A group that is dissolved while nobody knows whether its channel was made leaves no channel behind.
func TestEmergencyOrphan(t *testing.T) {
	t.Parallel()
	for _, done := range []bool{true, false} {
		t.Run("", func(t *testing.T) {
			play(t, func(h *hall) {
				id := h.opensAt("jingan", "客户称理财到期未兑付")
				h.wait(10 * time.Second)
				h.slack.Fail(sandbox.Fault{Method: "conversations.create", Times: 1, Stored: done, Hang: time.Minute})
				h.acting(zhou, id, workflow.FormGroup{Clue: "要找媒体", Where: workflow.GroupInChannel})
				h.wait(2 * time.Second)
				h.acting(zhou, id, workflow.DissolveGroup{Reason: "误会"})
				h.wait(5 * time.Minute)
				if c := h.complaint(id); c.Group.Archived != done || len(c.Rooms) > 0 != done {
					h.t.Errorf("the group is %+v, its channels %v", c.Group, c.Rooms)
				}
				if n := h.slack.CallCounts()["conversations.archive"]["ok"]; n > 0 != done {
					h.t.Errorf("%d channels were archived", n)
				}
				h.once()
			})
		})
	}
}

// Everybody who is called has the group in App Home, and can answer there; the morning's notice counts the groups at work.
func TestEmergencyAtHome(t *testing.T) {
	play(t, func(h *hall) {
		id := h.opensAt("jingan", "客户称理财到期未兑付")
		h.wait(10 * time.Second)
		h.acting(zhou, id, workflow.FormGroup{Clue: "要找媒体"})
		h.wait(10 * time.Second)
		v, err := h.slack.As(wang).OpenHome()
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "App Home", v.Plain(), "应急小组等你报到 1 件")
		if _, err := h.slack.As(wang).ClickInView("我到了"); err != nil {
			t.Fatal(err)
		}
		h.wait(20 * time.Second)
		if v := h.slack.As(wang).Home(); strings.Contains(v.Plain(), "应急小组等你报到") {
			t.Errorf("after answering App Home says\n%s", v.Plain())
		}
		wants(t, "the notice", h.says(chen, shanghai, "/notice 今天"), "应急小组 1 个")
	})
}
