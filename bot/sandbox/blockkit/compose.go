package blockkit

import (
	"reflect"
	"strconv"
)

const (
	idLength    = 255
	urlLength   = 3000
	textLength  = 3000
	plainText   = "plain_text"
	mrkdwnText  = "mrkdwn"
	fieldLength = 2000
)

func plainShape(most int) shape {
	return typed(need("text", str(1, most)), may("emoji", boolean))
}

func mrkdwnShape(most int) shape {
	return typed(need("text", str(1, most)), may("verbatim", boolean))
}

// text is a text object of either kind, 1 to most characters.
func text(most int) check {
	return textObject(map[string]shape{plainText: plainShape(most), mrkdwnText: mrkdwnShape(most)})
}

// plain is a text object that must be plain_text.
func plain(most int) check {
	return textObject(map[string]shape{plainText: plainShape(most)})
}

// textObject is like variants, but Slack calls a wrong kind of text a wrong enum value, not an unsupported type.
func textObject(shapes map[string]shape) check {
	return func(c *checker, v any, at string) {
		o, typ, ok := c.typeOf(v, at)
		if !ok {
			return
		}
		s, known := shapes[typ]
		if !known {
			c.report(at+"/type", mustBeEnum)
			return
		}
		s.judge(c, o, at)
	}
}

var (
	colour      = enum("primary", "danger")
	placeholder = plain(150)
	actionID    = may("action_id", str(0, idLength))
	asksFirst   = may("confirm", of(confirmShape))

	confirmShape = fields(
		may("title", plain(100)), need("text", text(300)), may("confirm", plain(30)), may("deny", plain(30)),
		may("style", colour))

	slackFile = of(fields(may("id", str(1, idLength)), may("url", link(urlLength))).with(exactlyOne("id", "url")))

	slackIcon = of(fields(need("type", enum("icon")), need("name", str(1, idLength))))

	dispatchConfig = of(fields(need("trigger_actions_on", list(1, 2, enum("on_enter_pressed", "on_character_entered")))))

	conversationFilter = of(fields(
		may("include", list(1, 4, enum("im", "mpim", "private", "public"))),
		may("exclude_external_shared_channels", boolean), may("exclude_bot_users", boolean)))

	workflow = of(fields(need("trigger", of(fields(
		need("url", link(urlLength)),
		may("customizable_input_parameters", list(0, unbounded, of(fields(
			need("name", str(1, unbounded)), need("value", str(0, unbounded)))))))))))
)

// Options come in three kinds: in selects plain text, in checkboxes and radio buttons any text, in overflow menus plain
// text with an optional link. The value limit is the documented 150; one SDK says 75.
var (
	selectOption = of(fields(
		need("text", plain(75)), need("value", str(1, 150)), may("description", plain(75))))
	choiceOption = of(fields(
		need("text", text(75)), need("value", str(1, 150)), may("description", text(75))))
	overflowOption = of(fields(
		need("text", plain(75)), need("value", str(1, 150)), may("description", plain(75)), may("url", link(urlLength))))
	optionGroup = of(fields(
		need("label", plain(75)), need("options", list(1, 100, selectOption))))
)

// optionsOf lists the options of an element, groups included.
func optionsOf(o object) []any {
	all := append([]any(nil), asList(o["options"])...)
	for _, g := range asList(o["option_groups"]) {
		if group, ok := g.(object); ok {
			all = append(all, asList(group["options"])...)
		}
	}
	return all
}

// initialIsOption wants the initial option, or each of the initial options, to be exactly one of the options.
func initialIsOption(key string) rule {
	return func(c *checker, o object, at string) {
		v, ok := o[key]
		if !ok {
			return
		}
		options := optionsOf(o)
		match := func(v any, at string) {
			if _, ok := v.(object); !ok {
				return // already reported as not an object
			}
			for _, option := range options {
				if reflect.DeepEqual(option, v) {
					return
				}
			}
			c.report(at, mustBeAnOption)
		}
		if items, many := v.([]any); many {
			for i, v := range items {
				match(v, at+"/"+key+"/"+strconv.Itoa(i))
			}
			return
		}
		match(v, at+"/"+key)
	}
}
