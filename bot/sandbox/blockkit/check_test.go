package blockkit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sameday/bot/sandbox/blockkit"
)

// chars is a string of n characters that are longer than one byte.
func chars(n int) string { return strings.Repeat("办", n) }

// repeat is a JSON array of n items; %d in the item is its index.
func repeat(n int, item string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = strings.ReplaceAll(item, "%d", fmt.Sprint(i))
	}
	return "[" + strings.Join(items, ",") + "]"
}

// Short ways to write JSON.
func plain(s string) string   { return `{"type":"plain_text","text":"` + s + `"}` }
func mrkdwn(s string) string  { return `{"type":"mrkdwn","text":"` + s + `"}` }
func option(v string) string  { return `{"text":` + plain("T"+v) + `,"value":"` + v + `"}` }
func section(s string) string { return `{"type":"section","text":` + mrkdwn("t") + s + `}` }
func accessory(e string) string {
	return `[{"type":"section","text":` + mrkdwn("t") + `,"accessory":` + e + `}]`
}

func actions(elements ...string) string {
	return `[{"type":"actions","elements":[` + strings.Join(elements, ",") + `]}]`
}

func input(e string) string {
	return `[{"type":"input","label":` + plain("L") + `,"element":` + e + `}]`
}

func button(extra string) string { return `{"type":"button","text":` + plain("Go") + extra + `}` }

func problems(pairs ...string) []string {
	var lines []string
	for i := 0; i < len(pairs); i += 2 {
		lines = append(lines, "[ERROR] "+pairs[i]+" [json-pointer:"+pairs[i+1]+"]")
	}
	return lines
}

func lines(found []blockkit.Problem) []string {
	var all []string
	for _, p := range found {
		all = append(all, p.String())
	}
	return all
}

type badCase struct {
	name, blocks string
	on           blockkit.Surface
	want         []string
}

func runBad(t *testing.T, cases []badCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !json.Valid([]byte(c.blocks)) {
				t.Fatalf("the test's own JSON is not valid: %s", c.blocks)
			}
			on := c.on
			if on == "" {
				on = blockkit.Message
			}
			got := lines(blockkit.CheckBlocks(json.RawMessage(c.blocks), on, ""))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("CheckBlocks(%.300s) (-want +got):\n%s", c.blocks, diff)
			}
		})
	}
}

func TestBadBlocks(t *testing.T) {
	t.Parallel()
	divider := `{"type":"divider"}`
	runBad(t, []badCase{
		{"not an array", `{"type":"divider"}`, "", problems("must provide an array", "/blocks")},
		{"not an object", `["divider"]`, "", problems("must provide an object", "/blocks/0")},
		{"no type", `[{}]`, "", problems("missing required field: type", "/blocks/0")},
		{"type not a string", `[{"type":7}]`, "", problems("must provide a string", "/blocks/0/type")},
		{"unknown type", `[` + divider + `,{"type":"sectoin"}]`, "", problems("unsupported type: sectoin", "/blocks/1/type")},
		{"unknown field", `[{"type":"divider","colour":"red"}]`, "", problems("invalid additional property: colour", "/blocks/0")},
		{"51 in a message", repeat(51, divider), "", problems("no more than 50 items allowed", "/blocks")},
		{"101 in a modal", repeat(101, divider), blockkit.Modal, problems("no more than 100 items allowed", "/blocks")},
		{"101 in a home", repeat(101, divider), blockkit.Home, problems("no more than 100 items allowed", "/blocks")},
		{"block_id too long", `[{"type":"divider","block_id":"` + chars(256) + `"}]`, "", problems("must be less than 256 characters", "/blocks/0/block_id")},
		{"block_id null", `[{"type":"divider","block_id":null}]`, "", problems("must provide a string", "/blocks/0/block_id")},
		{"block_id twice", `[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}]`, "", problems("`block_id` \"a\" already exists", "/blocks/1/block_id")},

		{"section without text", `[{"type":"section"}]`, "", problems("must define either `text` or `fields`", "/blocks/0")},
		{"section text too long", `[{"type":"section","text":` + mrkdwn(chars(3001)) + `}]`, "", problems("must be less than 3001 characters", "/blocks/0/text/text")},
		{"section text empty", `[{"type":"section","text":` + mrkdwn("") + `}]`, "", problems("must be more than 0 characters", "/blocks/0/text/text")},
		{"section text a string", `[{"type":"section","text":"x"}]`, "", problems("must provide an object", "/blocks/0/text")},
		{"text of no kind", `[{"type":"section","text":{"type":"markdown","text":"x"}}]`, "", problems("must be a valid enum value", "/blocks/0/text/type")},
		{"text without text", `[{"type":"section","text":{"type":"mrkdwn"}}]`, "", problems("missing required field: text", "/blocks/0/text")},
		{"emoji on mrkdwn", `[{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}]`, "", problems("invalid additional property: emoji", "/blocks/0/text")},
		{"verbatim on plain_text", `[{"type":"section","text":{"type":"plain_text","text":"x","verbatim":false}}]`, "", problems("invalid additional property: verbatim", "/blocks/0/text")},
		{"emoji not a boolean", `[{"type":"section","text":{"type":"plain_text","text":"x","emoji":"yes"}}]`, "", problems("must provide a boolean", "/blocks/0/text/emoji")},
		{"11 fields", `[{"type":"section","fields":` + repeat(11, mrkdwn("x")) + `}]`, "", problems("no more than 10 items allowed", "/blocks/0/fields")},
		{"no fields", `[{"type":"section","fields":[]}]`, "", problems("must provide at least 1 items", "/blocks/0/fields")},
		{"field too long", `[{"type":"section","fields":[` + mrkdwn(chars(2001)) + `]}]`, "", problems("must be less than 2001 characters", "/blocks/0/fields/0/text")},
		{"input element as accessory", accessory(`{"type":"plain_text_input"}`), "", problems("unsupported type: plain_text_input", "/blocks/0/accessory/type")},

		{"header mrkdwn", `[{"type":"header","text":` + mrkdwn("x") + `}]`, "", problems("must be a valid enum value", "/blocks/0/text/type")},
		{"header too long", `[{"type":"header","text":` + plain(chars(151)) + `}]`, "", problems("must be less than 151 characters", "/blocks/0/text/text")},
		{"header empty", `[{"type":"header"}]`, "", problems("missing required field: text", "/blocks/0")},
		{"context 11", `[{"type":"context","elements":` + repeat(11, mrkdwn("x")) + `}]`, "", problems("no more than 10 items allowed", "/blocks/0/elements")},
		{"context button", `[{"type":"context","elements":[` + button("") + `]}]`, "", problems("unsupported type: button", "/blocks/0/elements/0/type")},
		{"actions 26", `[{"type":"actions","elements":` + repeat(26, button("")) + `}]`, "", problems("no more than 25 items allowed", "/blocks/0/elements")},
		{"actions none", `[{"type":"actions","elements":[]}]`, "", problems("must provide at least 1 items", "/blocks/0/elements")},
		{"actions without elements", `[{"type":"actions"}]`, "", problems("missing required field: elements", "/blocks/0")},
		{"actions image", actions(`{"type":"image","image_url":"https://x.test/a.png","alt_text":"a"}`), "", problems("unsupported type: image", "/blocks/0/elements/0/type")},
		{"action_id twice", actions(button(`,"action_id":"a"`), button(`,"action_id":"a"`)), "", problems("`action_id` \"a\" already exists", "/blocks/0/elements/1/action_id")},

		{"image without alt", `[{"type":"image","image_url":"https://x.test/a.png"}]`, "", problems("missing required field: alt_text", "/blocks/0")},
		{"image without source", `[{"type":"image","alt_text":"a"}]`, "", problems("must define either `image_url` or `slack_file`", "/blocks/0")},
		{"image with both", `[{"type":"image","alt_text":"a","image_url":"https://x.test/a","slack_file":{"id":"F1"}}]`, "", problems("must not define both `image_url` and `slack_file`", "/blocks/0")},
		{"image no url", `[{"type":"image","alt_text":"a","image_url":"a.png"}]`, "", problems("must be a valid URL", "/blocks/0/image_url")},
		{"image url too long", `[{"type":"image","alt_text":"a","image_url":"https://x.test/` + strings.Repeat("a", 3000) + `"}]`, "", problems("must be less than 3001 characters", "/blocks/0/image_url")},
		{"image title", `[{"type":"image","alt_text":"a","image_url":"https://x.test/a","title":` + plain(chars(2001)) + `}]`, "", problems("must be less than 2001 characters", "/blocks/0/title/text")},
		{"input without element", `[{"type":"input","label":` + plain("L") + `}]`, "", problems("missing required field: element", "/blocks/0")},
		{"input label mrkdwn", `[{"type":"input","label":` + mrkdwn("L") + `,"element":{"type":"plain_text_input"}}]`, "", problems("must be a valid enum value", "/blocks/0/label/type")},
		{"input hint", `[{"type":"input","label":` + plain("L") + `,"hint":` + plain(chars(2001)) + `,"element":{"type":"plain_text_input"}}]`, "", problems("must be less than 2001 characters", "/blocks/0/hint/text")},
		{"input button", input(button("")), "", problems("unsupported type: button", "/blocks/0/element/type")},
		{"file_input in a message", input(`{"type":"file_input"}`), "", problems("unsupported type: file_input", "/blocks/0/element/type")},
		{"datetimepicker in a home", actions(`{"type":"datetimepicker"}`), blockkit.Home, problems("unsupported type: datetimepicker", "/blocks/0/elements/0/type")},

		{"alert in a message", `[{"type":"alert","text":` + plain("x") + `}]`, "", problems("unsupported type: alert", "/blocks/0/type")},
		{"alert level", `[{"type":"alert","text":` + plain("x") + `,"level":"loud"}]`, blockkit.Modal, problems("must be a valid enum value", "/blocks/0/level")},
		{"markdown in a modal", `[{"type":"markdown","text":"x"}]`, blockkit.Modal, problems("unsupported type: markdown", "/blocks/0/type")},
		{"table in a home", `[{"type":"table","rows":[[{"type":"raw_text","text":"a"}]]}]`, blockkit.Home, problems("unsupported type: table", "/blocks/0/type")},
		{"video", `[{"type":"video","video_url":"https://x.test/v","thumbnail_url":"x","alt_text":"a","title":` + plain(chars(201)) + `,"author_name":"` + chars(51) + `"}]`, "", problems(
			"must be a valid URL", "/blocks/0/thumbnail_url", "must be less than 201 characters", "/blocks/0/title/text",
			"must be less than 51 characters", "/blocks/0/author_name")},
		{"several at once", `[{"type":"header","text":` + plain("") + `},{"type":"nope"}]`, "", problems(
			"must be more than 0 characters", "/blocks/0/text/text", "unsupported type: nope", "/blocks/1/type")},
	})
}

func TestBadContent(t *testing.T) {
	t.Parallel()
	cell := `{"type":"raw_text","text":"a"}`
	table := `{"type":"table","rows":[[` + cell + `]]}`
	rich := func(part string) string { return `[{"type":"rich_text","elements":[` + part + `]}]` }
	chart := func(c string) string { return `[{"type":"data_visualization","title":"T","chart":` + c + `}]` }
	pie := `{"type":"data_visualization","title":"T","chart":{"type":"pie","segments":[{"label":"a","value":1}]}}`
	runBad(t, []badCase{
		{"markdown empty", `[{"type":"markdown","text":""}]`, "", problems("must be more than 0 characters", "/blocks/0/text")},
		{"markdown too long", `[{"type":"markdown","text":"` + chars(12001) + `"}]`, "", problems("must be less than 12001 characters", "/blocks/0/text")},
		{"markdown together", `[{"type":"markdown","text":"` + chars(7000) + `"},{"type":"markdown","text":"` + chars(5001) + `"}]`, "", problems("must be less than 12001 characters", "/blocks/1/text")},
		{"two tables", `[` + table + `,{"type":"divider"},` + table + `]`, "", problems("only_one_table_allowed", "/blocks/2")},
		{"table rows", `[{"type":"table","rows":` + repeat(101, `[`+cell+`]`) + `}]`, "", problems("no more than 100 items allowed", "/blocks/0/rows")},
		{"table cells", `[{"type":"table","rows":[` + repeat(21, cell) + `]}]`, "", problems("no more than 20 items allowed", "/blocks/0/rows/0")},
		{"table without rows", `[{"type":"table","rows":[]}]`, "", problems("must provide at least 1 items", "/blocks/0/rows")},
		{"table cell kind", `[{"type":"table","rows":[[{"type":"mrkdwn","text":"a"}]]}]`, "", problems("unsupported type: mrkdwn", "/blocks/0/rows/0/0/type")},
		{"table number", `[{"type":"table","rows":[[{"type":"raw_number","text":"1"}]]}]`, "", problems("missing required field: value", "/blocks/0/rows/0/0")},
		{"table number a string", `[{"type":"table","rows":[[{"type":"raw_number","value":"1"}]]}]`, "", problems("must provide a number", "/blocks/0/rows/0/0/value")},
		{"column settings", `[{"type":"table","rows":[[` + cell + `]],"column_settings":[null,{"align":"middle","is_wrapped":1}]}]`, "", problems(
			"must be a valid enum value", "/blocks/0/column_settings/1/align", "must provide a boolean", "/blocks/0/column_settings/1/is_wrapped")},
		{"21 column settings", `[{"type":"table","rows":[[` + cell + `]],"column_settings":` + repeat(21, "null") + `}]`, "", problems("no more than 20 items allowed", "/blocks/0/column_settings")},

		{"rich text part", rich(`{"type":"rich_text_table","elements":[]}`), "", problems("unsupported type: rich_text_table", "/blocks/0/elements/0/type")},
		{"rich text list style", rich(`{"type":"rich_text_list","style":"dashes","elements":[]}`), "", problems("must be a valid enum value", "/blocks/0/elements/0/style")},
		{"rich text list in list", rich(`{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_list","style":"bullet","elements":[]}]}`), "", problems("unsupported type: rich_text_list", "/blocks/0/elements/0/elements/0/type")},
		{"rich text style on section", rich(`{"type":"rich_text_section","style":"bullet","elements":[]}`), "", problems("invalid additional property: style", "/blocks/0/elements/0")},
		{"rich text empty text", rich(`{"type":"rich_text_section","elements":[{"type":"text","text":""}]}`), "", problems("must be more than 0 characters", "/blocks/0/elements/0/elements/0/text")},
		{"rich text inline", rich(`{"type":"rich_text_quote","elements":[{"type":"blink","text":"x"}]}`), "", problems("unsupported type: blink", "/blocks/0/elements/0/elements/0/type")},
		{"rich text inline style", rich(`{"type":"rich_text_preformatted","elements":[{"type":"text","text":"x","style":{"bold":1}}]}`), "", problems("must provide a boolean", "/blocks/0/elements/0/elements/0/style/bold")},
		{"rich text broadcast", rich(`{"type":"rich_text_section","elements":[{"type":"broadcast","range":"all"}]}`), "", problems("must be a valid enum value", "/blocks/0/elements/0/elements/0/range")},

		{"data table", `[{"type":"data_table","rows":[[{"type":"raw_number","value":1}]],"page_size":101}]`, "", problems(
			"missing required field: caption", "/blocks/0", "must provide at least 2 items", "/blocks/0/rows",
			"must be between 1 and 100", "/blocks/0/page_size", "unsupported type: raw_number", "/blocks/0/rows/0/0/type")},
		{"three charts", `[` + pie + `,` + pie + `,` + pie + `]`, "", problems("too many data_visualization blocks", "/blocks/2")},
		{"pie of nothing", chart(`{"type":"pie","segments":[{"label":"` + chars(21) + `","value":0}]}`), "", problems(
			"must be less than 21 characters", "/blocks/0/chart/segments/0/label", "must be more than 0", "/blocks/0/chart/segments/0/value")},
		{"chart kind", chart(`{"type":"radar"}`), "", problems("unsupported type: radar", "/blocks/0/chart/type")},
		{"bar off the axis", chart(`{"type":"bar","series":[{"name":"s","data":[{"label":"b","value":1},{"label":"a","value":2}]}],"axis_config":{"categories":["a"]}}`), "", problems(
			"must match one of the categories", "/blocks/0/chart/series/0/data/0/label", "must have one data point for each category", "/blocks/0/chart/series/0/data")},
		{"data table without rows", `[{"type":"data_table","caption":"c","rows":[]}]`, "", problems("must provide at least 2 items", "/blocks/0/rows")},
		{"pie of words", chart(`{"type":"pie","segments":[{"label":"a","value":"1"}]}`), "", problems("must provide a number", "/blocks/0/chart/segments/0/value")},
		{"chart not an object", chart(`7`), "", problems("must provide an object", "/blocks/0/chart")},
		{"bar without data", chart(`{"type":"bar","series":[{"name":"s"}],"axis_config":{"categories":["a"]}}`), "", problems("missing required field: data", "/blocks/0/chart/series/0")},
		{"context actions", `[{"type":"context_actions","elements":` + repeat(6, `{"type":"icon_button","icon":"trash","text":`+plain("x")+`}`) + `}]`, "", problems("no more than 5 items allowed", "/blocks/0/elements")},
		{"empty card", `[{"type":"card"}]`, "", problems("missing required field: title", "/blocks/0")},
		{"card body", `[{"type":"card","title":` + plain(chars(151)) + `,"body":` + mrkdwn(chars(201)) + `}]`, "", problems(
			"must be less than 151 characters", "/blocks/0/title/text", "must be less than 201 characters", "/blocks/0/body/text")},
		{"card icons", `[{"type":"card","title":` + plain("x") + `,"icon":{"type":"image","image_url":"https://x.test/a","alt_text":"a"},"slack_icon":{"type":"icon","name":"robot"}}]`, "", problems("must not define both `icon` and `slack_icon`", "/blocks/0")},
		{"carousel of sections", `[{"type":"carousel","elements":[` + section("") + `]}]`, "", problems("unsupported type: section", "/blocks/0/elements/0/type")},
		{"carousel too long", `[{"type":"carousel","elements":` + repeat(11, `{"type":"card","title":`+plain("x")+`}`) + `}]`, "", problems("no more than 10 items allowed", "/blocks/0/elements")},
		{"container", `[{"type":"container","width":"huge","child_blocks":[{"type":"card","title":` + plain("x") + `}]}]`, "", problems(
			"must be a valid enum value", "/blocks/0/width", "unsupported type: card", "/blocks/0/child_blocks/0/type", "must define either `title` or `rich_text_title`", "/blocks/0")},
		{"nested block_id", `[{"type":"divider","block_id":"a"},{"type":"container","title":` + plain("x") + `,"child_blocks":[{"type":"divider","block_id":"a"}]}]`, "", problems("`block_id` \"a\" already exists", "/blocks/1/child_blocks/0/block_id")},
		{"layout", `[{"type":"layout","label":"x","rows":[{"items":` + repeat(4, `{"block":{"type":"divider"}}`) + `}]}]`, "", problems("no more than 3 items allowed", "/blocks/0/rows/0/items")},
		{"layout of markdown", `[{"type":"layout","label":"x","rows":[{"items":[{"block":{"type":"markdown","text":"x"}}]}]}]`, "", problems("unsupported type: markdown", "/blocks/0/rows/0/items/0/block/type")},
		{"task card title an object", `[{"type":"task_card","task_id":"1","title":` + plain("x") + `,"status":"late"}]`, "", problems("must provide a string", "/blocks/0/title", "must be a valid enum value", "/blocks/0/status")},
	})
}

func TestBadElements(t *testing.T) {
	t.Parallel()
	const e0 = "/blocks/0/elements/0"
	const in = "/blocks/0/element"
	opts := func(n int) string { return repeat(n, option("%d")) }
	runBad(t, []badCase{
		{"button text", actions(`{"type":"button","text":` + plain(chars(76)) + `}`), "", problems("must be less than 76 characters", e0+"/text/text")},
		{"button mrkdwn", actions(`{"type":"button","text":` + mrkdwn("x") + `}`), "", problems("must be a valid enum value", e0+"/text/type")},
		{"button without text", actions(`{"type":"button"}`), "", problems("missing required field: text", e0)},
		{"button value", actions(button(`,"value":"` + chars(2001) + `"`)), "", problems("must be less than 2001 characters", e0+"/value")},
		{"button style", actions(button(`,"style":"default"`)), "", problems("must be a valid enum value", e0+"/style")},
		{"button style not a string", actions(button(`,"style":null`)), "", problems("must provide a string", e0+"/style")},
		{"button url", actions(button(`,"url":""`)), "", problems("must be more than 0 characters", e0+"/url")},
		{"button label", actions(button(`,"accessibility_label":"` + chars(76) + `"`)), "", problems("must be less than 76 characters", e0+"/accessibility_label")},
		{"action_id", actions(button(`,"action_id":"` + chars(256) + `"`)), "", problems("must be less than 256 characters", e0+"/action_id")},
		{"confirm", actions(button(`,"confirm":{"title":` + plain(chars(101)) + `,"text":` + mrkdwn(chars(301)) + `,"confirm":` + plain(chars(31)) + `,"deny":` + plain(chars(31)) + `,"style":"x"}`)), "", problems(
			"must be less than 101 characters", e0+"/confirm/title/text", "must be less than 301 characters", e0+"/confirm/text/text",
			"must be less than 31 characters", e0+"/confirm/confirm/text", "must be less than 31 characters", e0+"/confirm/deny/text",
			"must be a valid enum value", e0+"/confirm/style")},
		{"confirm without text", actions(button(`,"confirm":{}`)), "", problems("missing required field: text", e0+"/confirm")},

		{"overflow 6", actions(`{"type":"overflow","options":` + opts(6) + `}`), "", problems("no more than 5 items allowed", e0+"/options")},
		{"overflow 0", actions(`{"type":"overflow","options":[]}`), "", problems("must provide at least 1 items", e0+"/options")},
		{"url in a select option", actions(`{"type":"static_select","options":[{"text":` + plain("a") + `,"value":"a","url":"https://x.test"}]}`), "", problems("invalid additional property: url", e0+"/options/0")},
		{"option text", actions(`{"type":"overflow","options":[{"text":` + plain(chars(76)) + `,"value":"` + chars(151) + `","description":` + plain(chars(76)) + `}]}`), "", problems(
			"must be less than 76 characters", e0+"/options/0/text/text", "must be less than 151 characters", e0+"/options/0/value",
			"must be less than 76 characters", e0+"/options/0/description/text")},
		{"option mrkdwn in a select", actions(`{"type":"static_select","options":[{"text":` + mrkdwn("a") + `,"value":"a"}]}`), "", problems("must be a valid enum value", e0+"/options/0/text/type")},
		{"option without value", actions(`{"type":"overflow","options":[{"text":` + plain("a") + `}]}`), "", problems("missing required field: value", e0+"/options/0")},
		{"checkboxes 11", actions(`{"type":"checkboxes","options":` + opts(11) + `}`), "", problems("no more than 10 items allowed", e0+"/options")},
		{"radio 11", actions(`{"type":"radio_buttons","options":` + opts(11) + `}`), "", problems("no more than 10 items allowed", e0+"/options")},
		{"initial option foreign", actions(`{"type":"radio_buttons","options":` + opts(2) + `,"initial_option":` + option("9") + `}`), "", problems("must match one of the options", e0+"/initial_option")},
		{"initial option null", actions(`{"type":"static_select","options":` + opts(2) + `,"initial_option":null}`), "", problems("must provide an object", e0+"/initial_option")},
		{"initial option differs", actions(`{"type":"static_select","options":` + opts(2) + `,"initial_option":{"text":` + plain("other") + `,"value":"0"}}`), "", problems("must match one of the options", e0+"/initial_option")},
		{"initial options", actions(`{"type":"checkboxes","options":` + opts(2) + `,"initial_options":[` + option("0") + `,` + option("7") + `]}`), "", problems("must match one of the options", e0+"/initial_options/1")},
		{"initial options empty", actions(`{"type":"checkboxes","options":` + opts(2) + `,"initial_options":[]}`), "", problems("must provide at least 1 items", e0+"/initial_options")},

		{"select 101", actions(`{"type":"static_select","options":` + opts(101) + `}`), "", problems("no more than 100 items allowed", e0+"/options")},
		{"select empty", accessory(`{"type":"static_select","options":[]}`), "", problems("must provide at least 1 items", "/blocks/0/accessory/options")},
		{"select without options", actions(`{"type":"static_select"}`), "", problems("must define either `options` or `option_groups`", e0)},
		{"select with both", actions(`{"type":"static_select","options":` + opts(1) + `,"option_groups":[{"label":` + plain("g") + `,"options":` + opts(1) + `}]}`), "", problems("must not define both `options` and `option_groups`", e0)},
		{"groups", actions(`{"type":"static_select","option_groups":` + repeat(101, `{"label":`+plain("g")+`,"options":[`+option("a")+`]}`) + `}`), "", problems("no more than 100 items allowed", e0+"/option_groups")},
		{"group", actions(`{"type":"static_select","option_groups":[{"label":` + plain(chars(76)) + `,"options":` + opts(101) + `}]}`), "", problems(
			"must be less than 76 characters", e0+"/option_groups/0/label/text", "no more than 100 items allowed", e0+"/option_groups/0/options")},
		{"placeholder", actions(`{"type":"users_select","placeholder":` + plain(chars(151)) + `}`), "", problems("must be less than 151 characters", e0+"/placeholder/text")},
		{"placeholder empty", actions(`{"type":"users_select","placeholder":` + plain("") + `}`), "", problems("must be more than 0 characters", e0+"/placeholder/text")},
		{"external query", actions(`{"type":"external_select","min_query_length":-1}`), "", problems(fmt.Sprintf("must be between 0 and %d", 1<<31-1), e0+"/min_query_length")},
		{"multi too many", input(`{"type":"multi_users_select","initial_users":["U1","U2"],"max_selected_items":1}`), "", problems("must not have more items than `max_selected_items`", in+"/initial_users")},
		{"response_url_enabled", input(`{"type":"conversations_select","response_url_enabled":true}`), "", problems("`response_url_enabled` is only allowed in modals", in+"/response_url_enabled")},
		{"filter", input(`{"type":"conversations_select","filter":{"include":["dm"]}}`), "", problems("must be a valid enum value", in+"/filter/include/0")},

		{"date", input(`{"type":"datepicker","initial_date":"2026-2-30"}`), "", problems("must be a valid date (YYYY-MM-DD)", in+"/initial_date")},
		{"no such day", input(`{"type":"datepicker","initial_date":"2026-02-30"}`), "", problems("must be a valid date (YYYY-MM-DD)", in+"/initial_date")},
		{"time", input(`{"type":"timepicker","initial_time":"9:30"}`), "", problems("must be a valid time (HH:mm)", in+"/initial_time")},
		{"no such time", input(`{"type":"timepicker","initial_time":"24:00"}`), "", problems("must be a valid time (HH:mm)", in+"/initial_time")},
		{"datetime", input(`{"type":"datetimepicker","initial_date_time":1700000000000}`), "", problems("must be a 10 digit UNIX timestamp", in+"/initial_date_time")},
		{"min_length", input(`{"type":"plain_text_input","min_length":3001}`), "", problems("must be between 0 and 3000", in+"/min_length")},
		{"max_length", input(`{"type":"plain_text_input","max_length":0}`), "", problems("must be between 1 and 3000", in+"/max_length")},
		{"length not whole", input(`{"type":"plain_text_input","max_length":1.5}`), "", problems("must provide an integer", in+"/max_length")},
		{"lengths crossed", input(`{"type":"plain_text_input","min_length":20,"max_length":10}`), "", problems("must not be less than `min_length`", in+"/max_length")},
		{"initial value", input(`{"type":"plain_text_input","initial_value":"` + chars(11) + `","max_length":10}`), "", problems("must be less than 11 characters", in+"/initial_value")},
		{"initial value at all", input(`{"type":"plain_text_input","initial_value":"` + chars(3001) + `"}`), "", problems("must be less than 3001 characters", in+"/initial_value")},
		{"dispatch", input(`{"type":"plain_text_input","dispatch_action_config":{"trigger_actions_on":["on_blur"]}}`), "", problems("must be a valid enum value", in+"/dispatch_action_config/trigger_actions_on/0")},
		{"number", input(`{"type":"number_input","initial_value":"ten","min_value":"5","max_value":"4.5"}`), blockkit.Modal, problems(
			"missing required field: is_decimal_allowed", in, "must be a valid number", in+"/initial_value", "must not be less than `min_value`", in+"/max_value")},
		{"number not a string", input(`{"type":"number_input","is_decimal_allowed":false,"min_value":1,"max_value":"2"}`), blockkit.Modal, problems("must provide a string", in+"/min_value")},
		{"number in a message", input(`{"type":"number_input","is_decimal_allowed":true}`), "", problems("unsupported type: number_input", in+"/type")},
		{"files", input(`{"type":"file_input","max_files":11}`), blockkit.Modal, problems("must be between 1 and 10", in+"/max_files")},
		{"two with focus", actions(`{"type":"datepicker","focus_on_load":true}`, `{"type":"timepicker","focus_on_load":true}`), "", problems("only one element may have `focus_on_load`", "/blocks/0/elements/1/focus_on_load")},
		{"rich initial value", input(`{"type":"rich_text_input","initial_value":{"type":"rich_text"}}`), "", problems("missing required field: elements", in+"/initial_value")},
		{"workflow button in a modal", actions(`{"type":"workflow_button","text":` + plain("x") + `,"workflow":{"trigger":{"url":"https://x.test/t"}}}`), blockkit.Modal, problems("unsupported type: workflow_button", e0+"/type")},
		{"slack_file", `[{"type":"image","alt_text":"a","slack_file":{}}]`, "", problems("must define either `id` or `url`", "/blocks/0/slack_file")},
	})
}

func TestBase(t *testing.T) {
	t.Parallel()
	got := blockkit.CheckBlocks(json.RawMessage(`[{"type":"x"}]`), blockkit.Message, "/attachments/0")
	want := []blockkit.Problem{{Message: "unsupported type: x", Pointer: "/attachments/0/blocks/0/type"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("CheckBlocks with a base (-want +got):\n%s", diff)
	}
	for _, raw := range []string{"", "  ", "null", "[]"} {
		if got := blockkit.CheckBlocks(json.RawMessage(raw), blockkit.Message, ""); got != nil {
			t.Errorf("CheckBlocks(%q) = %v, want nothing", raw, got)
		}
	}
}

func TestLimitsAreReachable(t *testing.T) {
	t.Parallel()
	for name, blocks := range map[string]string{
		"50 blocks":    repeat(50, `{"type":"divider"}`),
		"section 3000": `[{"type":"section","text":` + mrkdwn(chars(3000)) + `}]`,
		"fields":       `[{"type":"section","fields":` + repeat(10, mrkdwn(chars(2000))) + `}]`,
		"header 150":   `[{"type":"header","text":` + plain(chars(150)) + `}]`,
		"actions 25":   `[{"type":"actions","elements":` + repeat(25, `{"type":"button","text":`+plain(chars(75))+`,"action_id":"a%d","value":"`+chars(2000)+`"}`) + `}]`,
		"context 10":   `[{"type":"context","elements":` + repeat(10, mrkdwn("x")) + `}]`,
		"table":        `[{"type":"table","rows":` + repeat(100, repeat(20, `{"type":"raw_text","text":"x"}`)) + `}]`,
		"markdown":     `[{"type":"markdown","text":"` + chars(12000) + `"}]`,
		"select 100":   actions(`{"type":"static_select","placeholder":` + plain(chars(150)) + `,"options":` + repeat(100, option("%d")) + `,"initial_option":` + option("99") + `}`),
		"same action_id in two blocks": `[{"type":"actions","elements":[` + button(`,"action_id":"a"`) + `]},
			{"type":"actions","elements":[` + button(`,"action_id":"a"`) + `]}]`,
		"group initial": actions(`{"type":"static_select","option_groups":[{"label":` + plain("g") + `,"options":[` + option("a") + `]}],"initial_option":` + option("a") + `}`),
	} {
		if got := blockkit.CheckBlocks(json.RawMessage(blocks), blockkit.Message, ""); got != nil {
			t.Errorf("%s: CheckBlocks = %v, want nothing", name, got)
		}
	}
}

func TestIsArray(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		`[]`: true, " \n[{}]": true, `{}`: false, `null`: false, ``: false, `[`: false, `"[]"`: false, `[]x`: false,
	} {
		if got := blockkit.IsArray(json.RawMessage(raw)); got != want {
			t.Errorf("IsArray(%q) = %v, want %v", raw, got, want)
		}
	}
}
