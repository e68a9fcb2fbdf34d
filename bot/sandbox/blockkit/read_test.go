package blockkit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"sameday/bot/sandbox/blockkit"
)

func TestPlainText(t *testing.T) {
	t.Parallel()
	want := strings.TrimPrefix(`
20261123-007 · 静安支行
a <b> c | *Unit*
静安支行 | plain | [ Open ]
only fields
picture | a face
———
one two a face
Trend | 30 days
Answer: [ ] | a hint
bold link to @U1#C1:wave:@here@S1
  1. first
  2. second
> said
> so
code
# Title

**bold**
单位 | 收到
静安支行 | 5
Film | clip
[ good ] [ bad ] [ Delete ]
a face | Card | body | [ Go ]
C1
C2
Box | sub
inside
Grid
left
[ Right ]
Plan
Look up the bill | in_progress | bold link to @U1#C1:wave:@here@S1
  1. first
  2. second
> said
> so
code`, "\n")
	got := blockkit.PlainText(marshal(t, everyBlock()))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("PlainText (-want +got):\n%s", diff)
	}
}

func TestPlainTextOfOneBlock(t *testing.T) {
	t.Parallel()
	choices := `[` + option("1") + `,` + option("2") + `]`
	for _, c := range []struct{ name, blocks, want string }{
		{"nothing", ``, ""},
		{"not blocks", `{"type":"divider"}`, ""},
		{"unknown", `[{"type":"hologram"},7,{"type":"divider"}]`, "[hologram]\n———"},
		{"escapes", `[{"type":"section","text":` + mrkdwn("&lt;!channel&gt; &amp;lt; R&amp;D") + `}]`, "<!channel> &lt; R&D"},
		{"plain_text is not mrkdwn", `[{"type":"section","text":` + plain("<a|b> &lt;") + `}]`, "<a|b> &lt;"},
		{"date", `[{"type":"section","text":` + mrkdwn("by <!date^1795000000^{date} {time}^https://x.test|11:02> ok") + `}]`, "by 11:02 ok"},
		{"links", `[{"type":"section","text":` + mrkdwn("<https://x.test/?a=1&amp;b=2> <https://x.test|A &amp; B> <mailto:a@b.c|mail>") + `}]`, "https://x.test/?a=1&b=2 A & B mail"},
		{"mentions", `[{"type":"section","text":` + mrkdwn("<@U1> <@U1|li> <#C1> <#C1|desk> <#C1|> <!here> <!channel|channel> <!subteam^S1> <!subteam^S1|@duty>") + `}]`, "@U1 @li #C1 #desk #C1 @here @channel @S1 @duty"},
		{"bracket left open", `[{"type":"section","text":` + mrkdwn("a < b &amp; c") + `}]`, "a < b & c"},
		{
			"actions", actions(button(""), `{"type":"overflow","options":`+choices+`}`, `{"type":"static_select","placeholder":`+plain("Pick")+`,"options":`+choices+`}`,
				`{"type":"static_select","options":`+choices+`,"initial_option":`+option("2")+`}`, `{"type":"datepicker","initial_date":"2026-11-23"}`, `{"type":"datetimepicker","initial_date_time":1795000000}`,
				`{"type":"multi_users_select","initial_users":["U1","U2"]}`, `{"type":"radio_buttons","options":`+choices+`}`),
			"[ Go ] ⋯ [ Pick ] [ T2 ] [ 2026-11-23 ] [ 1795000000 ] [ U1, U2 ] [ T1 ] [ T2 ]",
		},
		{"input", input(`{"type":"plain_text_input","initial_value":"typed","placeholder":` + plain("hint") + `}`), "L: [ typed ]"},
		{"table keeps empty cells", `[{"type":"table","rows":[[{"type":"raw_text","text":"a"},{"type":"raw_text","text":""},{"type":"raw_number","value":1.50}],[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"r"}]}]}]]}]`, "a |  | 1.50\nr"},
		{"data table", `[{"type":"data_table","caption":"Cap","rows":[[{"type":"raw_text","text":"h"}],[{"type":"action_cell","element":` + button("") + `}]]}]`, "Cap\nh\n[ Go ]"},
		{"rich list", `[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"https://x.test"}]}]},{"type":"rich_text_section","elements":[{"type":"date","timestamp":1,"format":"{date}","fallback":"1970"},{"type":"text","text":"\n"}]}]}]`, "• https://x.test\n1970"},
		{"input without anything", input(`{"type":"datepicker","initial_date":null}`), "L: [ ]"},
		{"input of rich text", input(`{"type":"rich_text_input","initial_value":{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"so"},{"type":"hologram"}]}]}}`), "L: [ so ]"},
		{"multi select", input(`{"type":"multi_static_select","options":` + choices + `,"initial_options":` + choices + `}`), "L: [ T1, T2 ]"},
		{"date without fallback", `[{"type":"section","text":` + mrkdwn("at <!date^1^{date}>.") + `}]`, "at ."},
		{"alert", `[{"type":"alert","text":` + mrkdwn("x &gt; y") + `}]`, "x > y"},
		{"chart", `[{"type":"data_visualization","title":"30 days"}]`, "30 days"},
		{"auth", `[{"type":"auth_provider","name":` + plain("Bank") + `}]`, "Bank"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := blockkit.PlainText(json.RawMessage(c.blocks)); got != c.want {
				t.Errorf("PlainText(%s)\n got %q\nwant %q", c.blocks, got, c.want)
			}
		})
	}
}

func TestElements(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, e := range blockkit.Elements(marshal(t, everyBlock())) {
		ids = append(ids, e.BlockID+"/"+e.ActionID+"/"+e.Type)
	}
	want := []string{"s1/open/button", "in/answer/plain_text_input", "fb/fb/feedback_buttons", "fb/del/icon_button", "card/card_go/button", "/right/button"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("Elements in order (-want +got):\n%s", diff)
	}
}

func TestElementFields(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`[
		{"type":"actions","block_id":"a","elements":[
			{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"},"value":"7","style":"danger","url":"https://x.test","confirm":{"text":{"type":"plain_text","text":"?"}}},
			{"type":"static_select","action_id":"sel","placeholder":{"type":"plain_text","text":"Pick"},"option_groups":[{"label":{"type":"plain_text","text":"G"},"options":[{"text":{"type":"plain_text","text":"One"},"value":"1","description":{"type":"plain_text","text":"d"}}]}]},
			{"type":"hologram","action_id":"x"}]},
		{"type":"context","elements":[{"type":"mrkdwn","text":"x"}]},
		{"type":"input","block_id":"i","label":{"type":"plain_text","text":"Why"},"optional":true,"dispatch_action":true,
			"element":{"type":"plain_text_input","action_id":"t","min_length":20,"max_length":300,"initial_value":"so <b>"}}]`)
	got := blockkit.Elements(raw)
	for i := range got {
		if !json.Valid(got[i].Raw) {
			t.Errorf("element %d: Raw %s is not JSON", i, got[i].Raw)
		}
		got[i].Raw = nil
	}
	want := []blockkit.Element{
		{BlockID: "a", ActionID: "go", Type: "button", Text: "Go", Value: "7", Style: "danger", URL: "https://x.test", Confirm: true},
		{BlockID: "a", ActionID: "sel", Type: "static_select", Placeholder: "Pick", Options: []blockkit.Option{{Text: "One", Value: "1", Description: "d"}}},
		{BlockID: "i", ActionID: "t", Type: "plain_text_input", Label: "Why", Input: true, Optional: true, DispatchAction: true, Initial: json.RawMessage(`"so <b>"`), MinLength: 20, MaxLength: 300},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Elements (-want +got):\n%s", diff)
	}
}

func TestFeedbackButtonsHaveOptions(t *testing.T) {
	t.Parallel()
	for _, e := range blockkit.Elements(marshal(t, everyBlock())) {
		if e.Type != "feedback_buttons" {
			continue
		}
		want := []blockkit.Option{{Text: "good", Value: "1"}, {Text: "bad", Value: "0"}}
		if diff := cmp.Diff(want, e.Options); diff != "" {
			t.Errorf("feedback buttons (-want +got):\n%s", diff)
		}
	}
}

// TestStateReadsBack gives the initial state to slack-go, the way a client would read it.
func TestStateReadsBack(t *testing.T) {
	t.Parallel()
	var blocks []slack.Block
	for kind, e := range everyElement() {
		switch kind {
		case "button", "overflow", "workflow_button":
			blocks = append(blocks, slack.NewActionBlock("b_"+kind, e))
		default:
			blocks = append(blocks, slack.NewInputBlock("b_"+kind, txt("L"), nil, e))
		}
	}
	raw := blockkit.StateOf(marshal(t, blocks))
	var state map[string]map[string]slack.BlockAction
	if err := json.Unmarshal(raw, &state); err != nil {
		t.Fatalf("state %s: %v", raw, err)
	}
	for kind, e := range everyElement() {
		if kind == "button" || kind == "overflow" || kind == "workflow_button" {
			if len(state["b_"+kind]) != 0 {
				t.Errorf("%s has a state: %v", kind, state["b_"+kind])
			}
			continue
		}
		var id struct {
			ActionID string `json:"action_id"`
		}
		if err := json.Unmarshal(marshal(t, e), &id); err != nil {
			t.Fatal(err)
		}
		if got := string(state["b_"+kind][id.ActionID].Type); got != kind {
			t.Errorf("state of %s has type %q: %v", kind, got, state["b_"+kind])
		}
	}
	checks := map[string][2]any{
		"select":  {state["b_static_select"]["static_select"].SelectedOption.Value, "2"},
		"radio":   {state["b_radio_buttons"]["radio"].SelectedOption.Value, "1"},
		"boxes":   {len(state["b_checkboxes"]["check"].SelectedOptions), 1},
		"date":    {state["b_datepicker"]["date"].SelectedDate, "2026-11-23"},
		"time":    {state["b_timepicker"]["time"].SelectedTime, "09:30"},
		"moment":  {state["b_datetimepicker"]["moment"].SelectedDateTime, int64(1795000000)},
		"number":  {state["b_number_input"]["number"].Value, "1280.00"},
		"users":   {strings.Join(state["b_multi_users_select"]["multi_users_select"].SelectedUsers, ","), "U1"},
		"nothing": {state["b_plain_text_input"]["text"].Value, ""},
	}
	for name, c := range checks {
		if c[0] != c[1] {
			t.Errorf("state, %s: got %v, want %v", name, c[0], c[1])
		}
	}
}

func TestStateOfUntouched(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`[{"type":"input","block_id":"b","element":{"type":"plain_text_input","action_id":"a"}},
		{"type":"section","block_id":"s","accessory":{"type":"checkboxes","action_id":"c"}},{"type":"actions","block_id":"x","elements":[{"type":"button","action_id":"y"}]}]`)
	want := `{"b":{"a":{"type":"plain_text_input","value":null}},"s":{"c":{"selected_options":[],"type":"checkboxes"}}}`
	if got := string(blockkit.StateOf(raw)); got != want {
		t.Errorf("StateOf\n got %s\nwant %s", got, want)
	}
	if got := string(blockkit.StateOf(nil)); got != `{}` {
		t.Errorf("StateOf(nil) = %s, want {}", got)
	}
}

func TestAssignIDs(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`[{"type":"divider"},{"type":"divider"},
		{"type":"actions","block_id":"mine","elements":[{"type":"button","value":"<&>","n":1.50},{"type":"button","action_id":"kept"},{"type":"button","action_id":""}]},
		{"type":"section","accessory":{"type":"image"}},{"type":"container","child_blocks":[{"type":"input","element":{"type":"plain_text_input"}}]}]`)
	first := blockkit.AssignIDs(raw)
	if diff := cmp.Diff(string(first), string(blockkit.AssignIDs(raw))); diff != "" {
		t.Errorf("AssignIDs is not the same twice:\n%s", diff)
	}
	if diff := cmp.Diff(string(first), string(blockkit.AssignIDs(first))); diff != "" {
		t.Errorf("AssignIDs changes what has ids:\n%s", diff)
	}
	for _, kept := range []string{`"block_id":"mine"`, `"action_id":"kept"`, `"value":"<&>"`, `"n":1.50`} {
		if !strings.Contains(string(first), kept) {
			t.Errorf("AssignIDs lost %s: %s", kept, first)
		}
	}
	if n := strings.Count(string(first), `"block_id"`); n != 6 {
		t.Errorf("got %d block ids, want 6: %s", n, first)
	}
	if n := strings.Count(string(first), `"action_id"`); n != 4 {
		t.Errorf("got %d action ids, want 4 (an image has none): %s", n, first)
	}
	seen := map[string]bool{}
	for _, e := range blockkit.Elements(first) {
		key := e.BlockID + "/" + e.ActionID
		if e.BlockID == "" || e.ActionID == "" || seen[key] {
			t.Errorf("element %+v lacks an id or shares it", e)
		}
		seen[key] = true
	}
	for _, same := range []string{`{"a": 1}`, `nope`, ``} {
		if got := string(blockkit.AssignIDs(json.RawMessage(same))); got != same {
			t.Errorf("AssignIDs(%q) = %q, want it unchanged", same, got)
		}
	}
}

func TestTextLength(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`[{"type":"section","text":` + mrkdwn("四个字符") + `,"fields":[` + plain("ab") + `]},` +
		`{"type":"markdown","text":"xyz"},{"type":"table","rows":[[{"type":"raw_text","text":"12"}]]},` +
		`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"😀"}]}]}]`)
	if got := blockkit.TextLength(raw); got != 4+2+3+2+1 {
		t.Errorf("TextLength = %d, want 12", got)
	}
	if got := blockkit.TextLength(json.RawMessage(`{`)); got != 0 {
		t.Errorf("TextLength of no JSON = %d, want 0", got)
	}
}
