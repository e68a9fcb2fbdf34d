package blockkit

import (
	"math/big"
	"unicode/utf8"
)

// place is a set of spots where elements stand.
type place uint8

const (
	inSection place = 1 << iota
	inActions
	inInput
	inContext
	inContextActions
	inCard
)

// surfaces is a set of surfaces.
type surfaces uint8

const (
	onMessage surfaces = 1 << iota
	onModal
	onHome
	everywhere = onMessage | onModal | onHome
)

var surfaceBit = map[Surface]surfaces{Message: onMessage, Modal: onModal, Home: onHome}

func (on surfaces) has(s Surface) bool { return on&surfaceBit[s] != 0 }

// elementRule is one row of the element table: where an element may stand and what it is made of.
type elementRule struct {
	in    place
	on    surfaces
	shape shape
}

// element is a block element that may stand at the given place of the surface being checked.
func element(at place) check {
	return func(c *checker, v any, pointer string) {
		o, typ, ok := c.typeOf(v, pointer)
		if !ok {
			return
		}
		r, known := c.elements[typ]
		if !known || r.in&at == 0 || !r.on.has(c.surface) {
			c.report(pointer+"/type", unsupported(typ))
			return
		}
		r.shape.judge(c, o, pointer)
	}
}

// Spots shared by rows of the table.
const (
	pressed = inSection | inActions
	chosen  = inSection | inActions | inInput
)

// elementRules is the table of block elements. Text objects are in it because a context block mixes them with images.
var elementRules = map[string]elementRule{
	plainText:  {inContext, everywhere, plainShape(textLength)},
	mrkdwnText: {inContext, everywhere, mrkdwnShape(textLength)},
	"image": {inSection | inContext, everywhere, typed(
		may("image_url", link(urlLength)), may("slack_file", slackFile), need("alt_text", str(1, 2000)),
	).with(exactlyOne("image_url", "slack_file"))},

	"button": {pressed | inCard, everywhere, typed(
		need("text", plain(75)), actionID, may("value", str(0, 2000)), may("url", link(urlLength)), may("style", colour),
		asksFirst, may("accessibility_label", str(1, 75)),
		may("agent_prompt", str(1, unbounded)), may("agent_prompt_display", str(1, unbounded)), visibleTo)},
	"workflow_button": {pressed, onMessage, typed(
		need("text", plain(75)), need("workflow", workflow), actionID, may("style", colour),
		may("accessibility_label", str(1, 75)))},
	"overflow": {pressed, everywhere, typed(
		need("options", list(1, 5, overflowOption)), actionID, asksFirst)},
	"icon_button": {inContextActions, onMessage, typed(
		need("icon", str(1, idLength)), need("text", plain(75)), actionID, may("value", str(0, 2000)), asksFirst,
		may("accessibility_label", str(1, 75)), visibleTo)},
	"feedback_buttons": {inContextActions, onMessage, typed(
		need("positive_button", feedback), need("negative_button", feedback), actionID)},

	"checkboxes": {chosen, everywhere, typed(
		need("options", list(1, 10, choiceOption)), may("initial_options", list(1, 10, of(fields().lenient()))),
		actionID, asksFirst, focus, visibleTo).with(initialIsOption("initial_options"))},
	"radio_buttons": {chosen, everywhere, typed(
		need("options", list(1, 10, choiceOption)), may("initial_option", of(fields().lenient())),
		actionID, asksFirst, focus).with(initialIsOption("initial_option"))},

	"static_select": selects(
		may("options", list(1, 100, selectOption)), may("option_groups", list(1, 100, optionGroup)),
		may("initial_option", of(fields().lenient())),
	).and(exactlyOne("options", "option_groups"), initialIsOption("initial_option")),
	"multi_static_select": selects(
		may("options", list(1, 100, selectOption)), may("option_groups", list(1, 100, optionGroup)),
		may("initial_options", list(1, 100, of(fields().lenient()))), atMost,
	).and(exactlyOne("options", "option_groups"), initialIsOption("initial_options"), withinMost("initial_options")),
	"external_select": selects(
		may("initial_option", selectOption), queryLength),
	"multi_external_select": selects(
		may("initial_options", list(1, 100, selectOption)), queryLength, atMost,
	).and(withinMost("initial_options")),
	"users_select": selects(
		may("initial_user", str(1, idLength))),
	"multi_users_select": selects(
		may("initial_users", ids), atMost).and(withinMost("initial_users")),
	"conversations_select": selects(
		may("initial_conversation", str(1, idLength)), may("default_to_current_conversation", boolean),
		inModalsOnly("response_url_enabled"), may("filter", conversationFilter)),
	"multi_conversations_select": selects(
		may("initial_conversations", ids), may("default_to_current_conversation", boolean),
		may("filter", conversationFilter), atMost).and(withinMost("initial_conversations")),
	"channels_select": selects(
		may("initial_channel", str(1, idLength)), inModalsOnly("response_url_enabled")),
	"multi_channels_select": selects(
		may("initial_channels", ids), atMost).and(withinMost("initial_channels")),

	"datepicker": {chosen, everywhere, typed(
		may("initial_date", formatted(10, isDate, mustBeDate)), may("placeholder", placeholder),
		actionID, asksFirst, focus)},
	"timepicker": {chosen, everywhere, typed(
		may("initial_time", formatted(5, isTime, mustBeTime)), may("placeholder", placeholder),
		may("timezone", str(1, idLength)), actionID, asksFirst, focus)},
	"datetimepicker": {inActions | inInput, onMessage | onModal, typed(
		may("initial_date_time", unixTime), actionID, asksFirst, focus)},

	"plain_text_input": {inInput, everywhere, typed(
		may("initial_value", str(0, 3000)), may("multiline", boolean), may("min_length", integer(0, 3000)),
		may("max_length", integer(1, 3000)), may("placeholder", placeholder), actionID, dispatch, focus,
	).with(lengthsInOrder)},
	"rich_text_input": {inInput, everywhere, typed(
		may("initial_value", of(richTextShape)), may("min_lines", integer(1, unbounded)),
		may("max_lines", integer(1, unbounded)), may("placeholder", placeholder), actionID, dispatch, focus)},
	"number_input": {inInput, onModal, typed(
		need("is_decimal_allowed", boolean), may("initial_value", decimal), may("min_value", decimal),
		may("max_value", decimal), may("placeholder", placeholder), actionID, dispatch, focus,
	).with(valuesInOrder)},
	"email_text_input": {inInput, onModal, typed(
		may("initial_value", str(0, unbounded)), may("placeholder", placeholder), actionID, dispatch, focus)},
	"url_text_input": {inInput, onModal, typed(
		may("initial_value", str(0, unbounded)), may("placeholder", placeholder), actionID, dispatch, focus)},
	"file_input": {inInput, onModal, typed(
		may("filetypes", list(1, unbounded, str(1, idLength))), may("max_files", integer(1, 10)), actionID)},
}

var (
	dispatch    = may("dispatch_action_config", dispatchConfig)
	visibleTo   = may("visible_to_user_ids", list(1, unbounded, str(1, idLength)))
	atMost      = may("max_selected_items", integer(1, unbounded))
	queryLength = may("min_query_length", integer(0, unbounded))
	ids         = list(1, unbounded, str(1, idLength))
	decimal     = formatted(idLength, isDecimal, mustBeDecimal)
	feedback    = of(fields(
		need("text", plain(75)), need("value", str(1, 2000)), may("accessibility_label", str(1, 75))))

	// focus lets one element of the payload take the cursor.
	focus = may("focus_on_load", func(c *checker, v any, at string) {
		boolean(c, v, at)
		if v != true {
			return
		}
		if c.focused {
			c.report(at, oneFocusOnly)
		}
		c.focused = true
	})
)

// selects is the row of a menu: what all menus share, and f.
func selects(f ...field) elementRule {
	shared := []field{may("placeholder", placeholder), actionID, asksFirst, focus}
	return elementRule{chosen, everywhere, typed(append(shared, f...)...)}
}

func (r elementRule) and(rules ...rule) elementRule {
	r.shape = r.shape.with(rules...)
	return r
}

// inModalsOnly is a switch that may be on in modals only.
func inModalsOnly(name string) field {
	return may(name, func(c *checker, v any, at string) {
		boolean(c, v, at)
		if v == true && c.surface != Modal {
			c.report(at, "`"+name+"` "+modalOnly)
		}
	})
}

// withinMost compares the number of initial values with max_selected_items.
func withinMost(key string) rule {
	return func(c *checker, o object, at string) {
		if most, ok := toInt(o["max_selected_items"]); ok && int64(len(asList(o[key]))) > most {
			c.report(at+"/"+key, tooManySelected)
		}
	}
}

func lengthsInOrder(c *checker, o object, at string) {
	least, hasLeast := toInt(o["min_length"])
	most, hasMost := toInt(o["max_length"])
	if hasLeast && hasMost && most < least {
		c.report(at+"/max_length", minAboveMax)
		return
	}
	value, ok := o["initial_value"].(string)
	if n := utf8.RuneCountInString(value); ok && hasMost && most <= 3000 && int64(n) > most {
		c.report(at+"/initial_value", tooLong(int(most)))
	}
}

func valuesInOrder(c *checker, o object, at string) {
	least, most := toFloat(o["min_value"]), toFloat(o["max_value"])
	if least != nil && most != nil && most.Cmp(least) < 0 {
		c.report(at+"/max_value", minValueAboveMax)
	}
}

// toFloat reads the number inputs keep in strings, exactly enough to compare.
func toFloat(v any) *big.Float {
	s, _ := v.(string)
	if !isDecimal(s) {
		return nil
	}
	f, _, err := big.ParseFloat(s, 10, 128, big.ToNearestEven)
	if err != nil {
		return nil
	}
	return f
}
