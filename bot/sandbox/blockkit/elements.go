package blockkit

import (
	"encoding/json"
	"hash/fnv"
	"strconv"
	"unicode/utf8"
)

// Element is one interactive element: something a person can press or fill in. A string field is empty and a number 0
// when the JSON does not have it.
type Element struct {
	// BlockID and ActionID name the element in payloads and in the state.
	BlockID, ActionID string
	// Type is the element's type, for example "button" or "static_select".
	Type string
	// Label is what stands before an input: the label of its input block.
	Label string
	// Text is what stands on a button.
	Text string
	// Value, Style ("primary", "danger") and URL are those of a button.
	Value, Style, URL string
	// Placeholder is shown in an empty input or menu.
	Placeholder string
	// Options are the choices, those of option groups included, in document order; for feedback buttons, the two buttons.
	Options []Option
	// Input is set for the element of an input block; Optional and DispatchAction are switches of that block.
	Input, Optional, DispatchAction bool
	// Confirm is set when Slack asks before it sends the action.
	Confirm bool
	// Initial is the value before anybody touched the element, in the form the state holds it: a string, an option
	// object, an array, a number. Nil when there is none.
	Initial json.RawMessage
	// MinLength and MaxLength bound what can be typed into a plain_text_input; MaxLength 0 means no own limit.
	MinLength, MaxLength int
	// Raw is the element as JSON.
	Raw json.RawMessage
}

// Option is one choice of a menu, of checkboxes or of radio buttons.
type Option struct{ Text, Value, Description string }

// stateRule says where an element keeps its initial value, under which key the state holds the value, and what the state
// shows when there is none.
type stateRule struct {
	initial, key string
	none         any
}

// stateRules is the table of elements that have a state. Buttons and overflow menus have none.
var stateRules = map[string]stateRule{
	"plain_text_input": {"initial_value", "value", nil},
	"number_input":     {"initial_value", "value", nil},
	"email_text_input": {"initial_value", "value", nil},
	"url_text_input":   {"initial_value", "value", nil},
	"rich_text_input":  {"initial_value", "rich_text_value", nil},
	"file_input":       {"initial_files", "files", []any{}},
	"datepicker":       {"initial_date", "selected_date", nil},
	"timepicker":       {"initial_time", "selected_time", nil},
	"datetimepicker":   {"initial_date_time", "selected_date_time", nil},
	"radio_buttons":    {"initial_option", "selected_option", nil},
	"checkboxes":       {"initial_options", "selected_options", []any{}},

	"static_select":        {"initial_option", "selected_option", nil},
	"external_select":      {"initial_option", "selected_option", nil},
	"users_select":         {"initial_user", "selected_user", nil},
	"conversations_select": {"initial_conversation", "selected_conversation", nil},
	"channels_select":      {"initial_channel", "selected_channel", nil},

	"multi_static_select":        {"initial_options", "selected_options", []any{}},
	"multi_external_select":      {"initial_options", "selected_options", []any{}},
	"multi_users_select":         {"initial_users", "selected_users", []any{}},
	"multi_conversations_select": {"initial_conversations", "selected_conversations", []any{}},
	"multi_channels_select":      {"initial_channels", "selected_channels", []any{}},
}

// walk calls f for every block in document order, nested blocks right after the one that holds them.
func walk(blocks any, f func(block object)) {
	each(blocks, "*", func(b object) { walkBlock(b, f) })
}

func walkBlock(b object, f func(block object)) {
	f(b)
	if path := blockRules[stringAt(b, "type")].children; path != "" {
		each(b, path, func(nested object) { walkBlock(nested, f) })
	}
}

// interactive calls f for every interactive element of one block, not of blocks nested in it.
func interactive(b object, f func(element object)) {
	path := blockRules[stringAt(b, "type")].elements
	if path == "" {
		return
	}
	each(b, path, func(e object) {
		typ := stringAt(e, "type")
		if _, known := elementRules[typ]; known && typ != "image" && typ != plainText && typ != mrkdwnText {
			f(e)
		}
	})
}

// Elements lists every interactive element of an array of blocks in document order: elements of actions, section
// accessories, the element of each input block, and those inside cards, containers, layouts and data tables. Elements of
// a type this package does not know are left out. Ids are those in the JSON; give the blocks to [AssignIDs] first where
// every element needs one.
func Elements(raw json.RawMessage) []Element {
	var all []Element
	walk(decode(raw), func(b object) {
		interactive(b, func(e object) { all = append(all, readElement(b, e)) })
	})
	return all
}

func readElement(b, e object) Element {
	least, _ := toInt(e["min_length"])
	most, _ := toInt(e["max_length"])
	_, confirm := e["confirm"]
	input := stringAt(b, "type") == "input"
	el := Element{
		BlockID: stringAt(b, "block_id"), ActionID: stringAt(e, "action_id"), Type: stringAt(e, "type"),
		Text: textAt(e, "text"), Value: stringAt(e, "value"), Style: stringAt(e, "style"), URL: stringAt(e, "url"),
		Placeholder: textAt(e, "placeholder"), Confirm: confirm, Input: input,
		MinLength: int(least), MaxLength: int(most), Raw: encode(e),
	}
	if input {
		el.Label = textAt(b, "label")
		el.Optional, el.DispatchAction = boolAt(b, "optional"), boolAt(b, "dispatch_action")
	}
	for _, o := range optionsOf(e) {
		el.Options = append(el.Options, readOption(o))
	}
	if el.Type == "feedback_buttons" {
		el.Options = []Option{readOption(e["positive_button"]), readOption(e["negative_button"])}
	}
	if v, ok := e[stateRules[el.Type].initial]; ok {
		el.Initial = encode(v)
	}
	return el
}

func readOption(v any) Option {
	return Option{Text: textAt(v, "text"), Value: stringAt(v, "value"), Description: textAt(v, "description")}
}

// StateOf gives the state of an array of blocks that nobody has touched, as Slack sends it in view.state.values and in
// the state of a message: {block_id: {action_id: {"type": …, "value": …}}}. Every element that has a state is in it, also
// the empty ones; those without an id get the one [AssignIDs] gives them.
func StateOf(raw json.RawMessage) (values json.RawMessage) {
	blocks := decode(raw)
	assignIDs(blocks)
	state := object{}
	walk(blocks, func(b object) {
		interactive(b, func(e object) {
			typ := stringAt(e, "type")
			r, ok := stateRules[typ]
			if !ok {
				return
			}
			entry := object{"type": typ, r.key: r.none}
			if v, ok := e[r.initial]; ok {
				entry[r.key] = v
			}
			blockID := stringAt(b, "block_id")
			if state[blockID] == nil {
				state[blockID] = object{}
			}
			asObject(state[blockID])[stringAt(e, "action_id")] = entry
		})
	})
	return encode(state)
}

// AssignIDs gives a block_id to every block and an action_id to every interactive element that has none, nested ones
// included, and leaves everything else as it is (the order of keys may change). The ids are short and look like the ones
// Slack invents; they depend on the content and the position alone, so the same blocks get the same ids. Input that is
// not an array comes back unchanged.
func AssignIDs(raw json.RawMessage) json.RawMessage {
	blocks := decode(raw)
	if _, ok := blocks.([]any); !ok {
		return raw
	}
	assignIDs(blocks)
	return encode(blocks)
}

func assignIDs(blocks any) {
	taken := map[string]bool{}
	collect := func(o object, key string) {
		if id := stringAt(o, key); id != "" {
			taken[id] = true
		}
	}
	walk(blocks, func(b object) {
		collect(b, "block_id")
		interactive(b, func(e object) { collect(e, "action_id") })
	})
	n := 0
	assign := func(o object, key string) {
		n++
		if v, present := o[key]; present && v != "" {
			return
		}
		o[key] = freshID(encode(o), n, taken)
	}
	walk(blocks, func(b object) {
		interactive(b, func(e object) { assign(e, "action_id") })
		assign(b, "block_id")
	})
}

// freshID is five characters made from content and position, different from those taken.
func freshID(content []byte, position int, taken map[string]bool) string {
	for try := 0; ; try++ {
		h := fnv.New64a()
		h.Write(content) // a hash never fails to take bytes
		h.Write([]byte(strconv.Itoa(position) + "/" + strconv.Itoa(try)))
		const five = 36 * 36 * 36 * 36
		id := strconv.FormatUint(five+h.Sum64()%(35*five), 36)
		if !taken[id] {
			taken[id] = true
			return id
		}
	}
}

// TextLength is the number of characters of all texts in an array of blocks: every text object (labels, options and
// placeholders included), markdown blocks, table cells and rich text. Slack refuses a message as msg_blocks_too_long
// when it is too much, at a number it does not publish.
func TextLength(raw json.RawMessage) int {
	return countText(decode(raw))
}

func countText(v any) int {
	total := 0
	switch t := v.(type) {
	case []any:
		for _, item := range t {
			total += countText(item)
		}
	case object:
		for key, item := range t {
			if s, ok := item.(string); ok && key == "text" {
				total += utf8.RuneCountInString(s)
				continue
			}
			total += countText(item)
		}
	}
	return total
}
