package blockkit_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sameday/bot/sandbox/blockkit"
)

// checkAnything is what must hold for every input, good, bad or nonsense.
func checkAnything(t interface {
	Helper()
	Errorf(format string, args ...any)
}, raw json.RawMessage,
) {
	t.Helper()
	for _, s := range []blockkit.Surface{blockkit.Message, blockkit.Modal, blockkit.Home} {
		found := blockkit.CheckBlocks(raw, s, "")
		if again := blockkit.CheckBlocks(raw, s, ""); !slices.Equal(found, again) {
			t.Errorf("CheckBlocks(%s) on %s differs: %v and %v", raw, s, found, again)
		}
		checkPointers(t, "blocks", raw, found)
		if ided := blockkit.AssignIDs(raw); len(found) == 0 && len(blockkit.CheckBlocks(ided, s, "")) > 0 {
			t.Errorf("AssignIDs makes %s bad on %s: %v", raw, s, blockkit.CheckBlocks(ided, s, ""))
		}
	}
	found := blockkit.CheckView(raw)
	if again := blockkit.CheckView(raw); !slices.Equal(found, again) {
		t.Errorf("CheckView(%s) differs: %v and %v", raw, found, again)
	}
	checkPointers(t, "view", raw, found)
	text := blockkit.PlainText(raw)
	if again := blockkit.PlainText(raw); text != again {
		t.Errorf("PlainText(%s) differs: %q and %q", raw, text, again)
	}
	if n := blockkit.TextLength(raw); n < 0 || n > len(raw)*3 {
		t.Errorf("TextLength(%s) = %d, more than there is", raw, n)
	}
	if values := blockkit.StateOf(raw); !json.Valid(values) {
		t.Errorf("StateOf(%s) = %s, which is not JSON", raw, values)
	}
	for _, e := range blockkit.Elements(raw) {
		if !json.Valid(e.Raw) || e.Initial != nil && !json.Valid(e.Initial) {
			t.Errorf("element of %s is not JSON: %+v", raw, e)
		}
	}
}

// checkPointers follows every pointer in a payload that has raw under key: the parent of what it names must exist.
func checkPointers(t interface {
	Errorf(format string, args ...any)
}, key string, raw json.RawMessage, found []blockkit.Problem,
) {
	if !json.Valid(raw) {
		return
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return
	}
	for _, p := range found {
		steps := strings.Split(strings.TrimPrefix(p.Pointer, "/"), "/")
		at := any(map[string]any{key: v})
		for _, step := range steps[:len(steps)-1] {
			switch node := at.(type) {
			case map[string]any:
				at = node[step]
			case []any:
				i, err := strconv.Atoi(step)
				if err != nil || i >= len(node) {
					t.Errorf("%v leads nowhere in %s", p, raw)
				} else {
					at = node[i]
				}
			default:
				t.Errorf("%v leads nowhere in %s", p, raw)
			}
		}
		switch at.(type) {
		case map[string]any, []any:
		default:
			t.Errorf("%v has no parent in %s", p, raw)
		}
	}
}

func FuzzCheckBlocks(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `[]`, `[null]`, `{"type":"modal"}`, `[{"type":"divider"}]`, section(""), accessory(button("")),
		actions(button(""), `{"type":"static_select","options":[`+option("1")+`],"initial_option":`+option("2")+`}`),
		input(`{"type":"number_input","min_value":"1","max_value":"0x1p4"}`),
		`{"type":"modal","title":` + plain("T") + `,"blocks":` + input(`{"type":"plain_text_input"}`) + `}`,
		`[{"type":"table","rows":[[{"type":"raw_number","value":1e999}]],"column_settings":[null]}]`,
		`[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","indent":-3,"elements":[{"type":"rich_text_section","elements":[{"type":"user","user_id":"U1"}]}]}]}]`,
		`[{"type":"container","child_blocks":[{"type":"layout","rows":[{"items":[{"block":{"type":"carousel","elements":[{"type":"card","actions":[{}]}]}}]}]}]}]`,
		`[{"type":"data_visualization","title":"t","chart":{"type":"bar","series":[{"data":[1]}],"axis_config":{"categories":[2]}}}]`,
		`[{"type":"data_table","rows":[[{"type":"action_cell","element":` + button("") + `}]]}]`,
		`[{"type":"section","text":{"type":"mrkdwn","text":"<!date^1^{date}|x> <@U1 &lt;"}}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { checkAnything(t, raw) })
}

// drawJSON draws JSON that looks like Block Kit: its keys and types, put together at random.
func drawJSON(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.SampledFrom([]any{nil, true, 1, 0, -1, 3001, 1.5, "", "x", "a|b", "2026-11-23", "09:30", "https://x.test", "U1", "primary"}),
		rapid.SampledFrom(kinds()))
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return drawJSON(depth - 1) }), 0, 3), func(v []any) any { return v }),
		rapid.Map(rapid.MapOfN(rapid.SampledFrom(keys), rapid.Deferred(func() *rapid.Generator[any] { return drawJSON(depth - 1) }), 0, 6), func(o map[string]any) any {
			return any(o)
		}))
}

var keys = []string{
	"type", "type", "text", "blocks", "elements", "element", "accessory", "fields", "options", "option_groups", "initial_option",
	"initial_options", "value", "label", "title", "block_id", "action_id", "rows", "child_blocks", "items", "block", "confirm",
	"placeholder", "style", "submit", "chart", "series", "axis_config", "column_settings", "min_length", "max_length", "focus_on_load",
}

func kinds() []any {
	return []any{
		"section", "actions", "input", "context", "table", "rich_text", "modal", "home", "button", "static_select",
		"checkboxes", "plain_text", "mrkdwn", "container", "layout", "card", "carousel", "plain_text_input", "overflow",
	}
}

func TestAnythingGoesIn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		v := drawJSON(5).Draw(r, "payload")
		if rapid.Bool().Draw(r, "as blocks") {
			v = []any{v}
		}
		raw, err := json.Marshal(v)
		if err != nil {
			r.Fatalf("marshal %v: %v", v, err)
		}
		checkAnything(r, raw)
	})
}
