package bot_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sameday/bot/sandbox"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// shards are what hostile and unlucky texts are made of.
var shards = []string{
	"<!channel>", "<!channel|all>", "<!here>", "<!everyone>", "<!subteam^S0EVIL>", "<@U0EVIL>", "<@U0EVIL|x>", "<#C0EVIL|x>", "<https://evil.example|click>", "<http://evil.example>",
	"<mailto:a@evil.example|b>", "<!date^1^{time}^https://evil.example|x>", "https://evil.example/?a=b&c=d", "@channel", "@here ", "@EVERYONE", "@group", "＠channel", "＜!channel＞", "&lt;!channel&gt;",
	"&amp;lt;", "&", "<", ">", "<<", ">>", "|", "*", "_", "~", "`", "```", "\n", "\r\n", "\t", " ", "　", "\u2028", "\u202E", "\u2066", "\u200B", "\uFEFF", "\x00", "\x1b[31m", "\xff", "\xed\xa0\x80",
	"e\u0301\u0323\u0489", "👩‍👩‍👧‍👦", "👍🏽", "مرحبا", "नमस्ते", "客户投诉收费不清", "投诉", "#jingan", "{number}", "{{.Name}}", "%!s(MISSING)", "%n%n", "${HOME}", "'; DROP TABLE", `\"}]}`, `","blocks":[`, "null", "\\u003c!channel\\u003e",
	"1,280.00", "-0", "１２３", "9e99", "20261123-001", "U0WANG", "重点", "满意", "/complaint close 1", strings.Repeat("长", 700), strings.Repeat("a", 700), strings.Repeat("&", 300), strings.Repeat("\n", 80),
	"，电话 13812345678，", "；身份证 11010519491231002X；", "（卡号 6222021234567894）", "，邮箱 wang.planted@example.com，", "，手机 ＋８６ 138 1234 5678，",
}

// hostileText makes the n-th text.
func hostileText(n int) string {
	random := rand.New(rand.NewPCG(uint64(n), 10_000))
	if n < len(shards) { // each by itself first
		return shards[n]
	}
	var b strings.Builder
	for range 1 + random.IntN(9) {
		b.WriteString(shards[random.IntN(len(shards))])
		if random.IntN(3) == 0 {
			b.WriteString([]string{" ", "", "，", "\n"}[random.IntN(4)])
		}
	}
	return b.String()
}

// quarry is a hall in which everybody writes hostile texts.
type quarry struct {
	*hall
	id     workflow.ID // the complaint at hand
	card   string      // ts of its card
	number int         // payloads sent
}

// paths are all ways for a text into the bot.
var paths = []struct {
	name string
	send func(q *quarry, text string)
}{
	{"a command's verb", func(q *quarry, text string) { q.types("/complaint", text) }},
	{"a notice", func(q *quarry, text string) { q.types("/notice", text) }},
	{"a list", func(q *quarry, text string) { q.types("/complaint", "list "+text) }},
	{"a number", func(q *quarry, text string) { q.types("/complaint", "accept "+text) }},
	{"a note", func(q *quarry, text string) { q.types("/complaint", "note "+string(q.id)+" "+text) }},
	{"what the customer wants", func(q *quarry, text string) { q.types("/complaint", "contact "+string(q.id)+" 电话 "+text) }},
	{"a solution", func(q *quarry, text string) { q.types("/complaint", "handle "+string(q.id)+" 退款 "+text) }},
	{"an answer", func(q *quarry, text string) { q.types("/complaint", "feedback "+string(q.id)+" 不满意 "+text) }},
	{"a grade's notice", func(q *quarry, text string) { q.types("/complaint", "grade "+string(q.id)+" key "+text) }},
	{"a reason", func(q *quarry, text string) { q.types("/complaint", "extend "+string(q.id)+" "+text) }},
	{"a correction", func(q *quarry, text string) { q.types("/complaint", "correct "+string(q.id)+" 摘要 "+text) }},
	{"a form opened with it", func(q *quarry, text string) { q.types("/complaint", "new "+text) }},
	{"a form", (*quarry).submits},
	{"a mention", (*quarry).mentions},
	{"a shortcut", (*quarry).shortcut},
	{"a button", (*quarry).presses},
	{"an import", (*quarry).imports},
	{"a name", (*quarry).renames},
}

// types sends a command as it may come, past the escaping that Slack's own composer does.
func (q *quarry) types(command, text string) {
	q.push("slash_commands", map[string]any{"command": command, "text": text})
}

func (q *quarry) push(kind string, payload map[string]any) {
	q.t.Helper()
	q.number++
	add := map[string]any{"channel_id": jingan, "user_id": wang, "trigger_id": fmt.Sprintf("1.2.%d", q.number)}
	if kind == "interactive" {
		add = map[string]any{"user": map[string]any{"id": wang}, "trigger_id": fmt.Sprintf("1.2.%d", q.number), "channel": map[string]any{"id": jingan}}
	}
	for k, v := range add {
		if _, there := payload[k]; !there {
			payload[k] = v
		}
	}
	raw, err := json.Marshal(payload)
	if err != nil {
		q.t.Fatal(err)
	}
	if _, failure := q.slack.Push(kind, raw); failure != "" {
		q.t.Errorf("%s: %.300s", failure, raw)
	}
}

func (q *quarry) submits(text string) {
	input := func(name string) map[string]any {
		return map[string]any{name: map[string]any{"type": "plain_text_input", "value": text}}
	}
	values := map[string]any{}
	for _, field := range []string{"summary", "remedy", "sender", "reason"} {
		values[field] = input(field)
	}
	values["customer_name"] = map[string]any{"customer_name": map[string]any{"value": plantedName}}
	q.push("interactive", map[string]any{"type": "view_submission", "view": map[string]any{
		"callback_id": "new", "private_metadata": `{"c":"` + jingan + `","u":"jingan"}`, "state": map[string]any{"values": values},
	}})
	q.push("interactive", map[string]any{"type": "view_submission", "view": map[string]any{
		"callback_id": "new", "private_metadata": text, "state": map[string]any{"values": map[string]any{
			"summary": input("summary"), "amount": input("amount"), "work_order": input("work_order"), "received_at": input("received_at"), text: input(text),
		}},
	}})
}

func (q *quarry) mentions(text string) {
	q.number++
	raw, err := json.Marshal(map[string]any{"type": "event_callback", "event_id": fmt.Sprint("Ev", q.number), "event": map[string]any{
		"type": "app_mention", "user": wang, "channel": jingan, "ts": fmt.Sprintf("1795395600.%06d", q.number), "thread_ts": q.card,
		"text": "<@" + q.slack.BotUserID() + "> 备注 " + text,
	}})
	if err != nil {
		q.t.Fatal(err)
	}
	if _, failure := q.slack.Push("events_api", raw); failure != "" {
		q.t.Errorf("%s: %.300s", failure, raw)
	}
}

func (q *quarry) shortcut(text string) {
	q.push("interactive", map[string]any{"type": "message_action", "callback_id": "open_complaint", "message": map[string]any{"text": text, "ts": "1.1"}})
}

func (q *quarry) presses(text string) {
	for _, action := range []string{"sameday:accept", "sameday:more", text} {
		q.push("interactive", map[string]any{
			"type": "block_actions", "container": map[string]any{"message_ts": q.card, "channel_id": jingan},
			"actions": []any{map[string]any{"action_id": action, "value": text}},
		})
	}
}

// imports opens a complaint as an import does, with the text in each of its fields; it is the one that the next texts are about.
func (q *quarry) imports(text string) {
	out, err := q.desk.Do(q.ctx, store.Request{
		Command: workflow.Open{
			Unit: "jingan", Source: workflow.SourceHeadOffice, Sender: text, WorkOrder: fmt.Sprintf("HO-%d", q.number), Summary: "x" + text, Remedy: text,
		},
		By: workflow.System(), At: time.Now(), Customer: store.Customer{Name: plantedName, Phone: plantedPhone, ID: plantedID},
	})
	q.number++
	if err != nil {
		return // refused: too long, say
	}
	q.bot.Sender().Wake()
	q.turn(out.Complaint.ID)
}

// turn makes a complaint the one at hand, far enough for all commands.
func (q *quarry) turn(id workflow.ID) {
	q.t.Helper()
	q.id = id
	q.acting(wang, id, workflow.Assign{Handler: wang})
	q.wait(10 * time.Second)
	q.card = q.root(jingan, id).TS
}

// renames gives a colleague the text for a name, and makes the bot read it.
func (q *quarry) renames(text string) {
	if len(marksIn(text)) > 0 {
		text = "李" // what colleagues call themselves is no customer's data
	}
	q.slack.AddPerson(sandbox.Person{ID: li, Name: "li", RealName: text})
	if q.number%5 == 0 {
		q.stop()
		q.start()
	}
	if c, err := q.desk.Complaint(q.ctx, q.id); err == nil && c.Open() {
		_, _ = q.desk.Do(q.ctx, store.Request{Complaint: q.id, Command: workflow.Assign{Handler: li, Note: text}, By: workflow.Person(wang), At: time.Now()})
		q.bot.Sender().Wake()
	}
}

// Ten thousand hostile texts through every path (two hundred in the short form) ring nobody, break no card, show no customer and stop nothing:
// the play's own scan looks at every byte.
func TestFaultHostileTexts(t *testing.T) {
	texts, lots := 200, 2 // lots are plays, side by side
	if long() {
		texts, lots = 10_000, 8
	}
	for lot := range lots {
		t.Run(fmt.Sprint(lot), func(t *testing.T) {
			playWith(t, setup{limits: sandbox.Limits{ChannelPerSecond: 1000, ChannelBurst: 1000, WorkspacePerMinute: 1_000_000}}, func(h *hall) {
				q := &quarry{hall: h}
				q.turn(h.opensAt(org.UnitID("jingan"), "开始"))
				for n := lot; n < texts; n += lots {
					p := paths[(n/lots+lot)%len(paths)]
					p.send(q, hostileText(n))
					h.wait(2 * time.Second)
					h.slack.As(wang).CloseAll()
					if n/lots%20 == 19 {
						h.wait(2 * time.Minute)
					}
				}
				h.until("2026-11-24", "09:00") // dusk, overnight, the notice
				h.slack.AddPerson(sandbox.Person{ID: li, Name: "li", RealName: "李伟"})
				h.unharmed(t)
				if strings.Contains(h.logs.String(), "a command failed") {
					t.Errorf("a command failed:\n%s", h.tail())
				}
				t.Logf("figures: hostile_texts=%d", (texts-lot+lots-1)/lots)
			})
		})
	}
}
