package kit

import (
	"encoding/json"
	"strconv"

	"sameday/bot/sandbox/blockkit"
)

// control is one element being drawn in its block.
type control struct {
	d       *drawing
	block   object
	e       object
	id      string // of the control; the label of an input block points to it
	inInput bool
	notes   string // ids of hint and error
	wrong   bool
}

// elementDrawers is the table of elements.
var elementDrawers = map[string]func(control){
	"button":          control.button,
	"icon_button":     control.button,
	"workflow_button": control.button,
	"feedback_buttons": func(c control) {
		for _, key := range []string{"positive_button", "negative_button"} {
			c.pressed(c.e.obj(key), "")
		}
	},
	"overflow": control.overflow,

	"static_select":              func(c control) { c.menu("", "initial_option", "selected_option") },
	"multi_static_select":        func(c control) { c.menu("", "initial_options", "selected_options") },
	"users_select":               func(c control) { c.menu("users", "initial_user", "selected_user") },
	"multi_users_select":         func(c control) { c.menu("users", "initial_users", "selected_users") },
	"channels_select":            func(c control) { c.menu("channels", "initial_channel", "selected_channel") },
	"multi_channels_select":      func(c control) { c.menu("channels", "initial_channels", "selected_channels") },
	"conversations_select":       func(c control) { c.menu("conversations", "initial_conversation", "selected_conversation") },
	"multi_conversations_select": func(c control) { c.menu("conversations", "initial_conversations", "selected_conversations") },
	"external_select":            func(c control) { c.external("initial_option", "selected_option") },
	"multi_external_select":      func(c control) { c.external("initial_options", "selected_options") },
	"checkboxes":                 func(c control) { c.choices("checkbox", "initial_options", "selected_options") },
	"radio_buttons":              func(c control) { c.choices("radio", "initial_option", "selected_option") },

	"datepicker":       func(c control) { c.typed("date", c.value("initial_date", "selected_date")) },
	"timepicker":       func(c control) { c.typed("time", c.value("initial_time", "selected_time")) },
	"datetimepicker":   control.dateTime,
	"plain_text_input": control.text,
	"rich_text_input":  control.richText,
	"number_input":     control.number,
	"email_text_input": func(c control) { c.typed("email", c.value("initial_value", "value")) },
	"url_text_input":   func(c control) { c.typed("url", c.value("initial_value", "value")) },
	"file_input":       control.file,

	"image": func(c control) { c.d.imageOf("k-thumb", c.e) },
}

// element draws an interactive element, or an image, of a block that is not an input block.
func (d *drawing) element(block, e object) { d.draw(control{d: d, block: block, e: e}) }

func (d *drawing) draw(c control) {
	if draw, ok := elementDrawers[c.e.str("type")]; ok {
		draw(c)
		return
	}
	d.leaf("bdi", class("k-tag"), c.e.str("type"))
}

// attrs are what every control carries, after its class.
func (c control) attrs(name string) attrs {
	a := attrs{
		{"class", name},
		{"data-action", c.e.str("action_id")},
		{"data-block", c.block.str("block_id")},
		{"data-kind", c.e.str("type")},
	}
	if c.inInput {
		a = append(a, [2]string{"data-input", ""})
		if c.block.is("dispatch_action") {
			a = append(a, [2]string{"data-dispatch", c.dispatch()})
		}
	}
	if ask := c.e.obj("confirm"); ask != nil {
		a = append(a, [2]string{"data-confirm", string(c.confirm(ask))})
	}
	return a
}

// field are the attributes of something to be filled in.
func (c control) field(name string) attrs {
	a := c.attrs(name).opt("id", c.id).opt("aria-describedby", c.notes).flag("autofocus", c.e.is("focus_on_load"))
	if c.wrong {
		a = append(a, [2]string{"aria-invalid", "true"})
	}
	if c.inInput && !c.block.is("optional") {
		a = append(a, [2]string{"aria-required", "true"})
	}
	if !c.inInput { // nothing stands before it that could name it
		label := c.e.words("placeholder")
		if label == "" {
			label = c.d.say.choose
		}
		a = append(a, [2]string{"aria-label", glyphs(label)})
	}
	return a
}

// dispatch lists what raises the action of an input: by itself, Enter.
func (c control) dispatch() string {
	list := ""
	for _, v := range c.e.obj("dispatch_action_config").list("trigger_actions_on") {
		if list != "" {
			list += " "
		}
		list += scalar(v)
	}
	if list == "" {
		return "on_enter_pressed"
	}
	return list
}

// confirm is the question as the page asks it, in plain text.
func (c control) confirm(ask object) json.RawMessage {
	text := func(key, otherwise string) string {
		t := ask.obj(key)
		if t == nil {
			return otherwise
		}
		return glyphs(blockkit.PlainText(encode([]any{object{"type": "section", "text": t}})))
	}
	question := map[string]string{
		"title": text("title", c.d.say.unsure), "text": text("text", ""),
		"confirm": text("confirm", c.d.say.yes), "deny": text("deny", c.d.say.no),
	}
	if s := ask.str("style"); s == "primary" || s == "danger" {
		question["style"] = s
	}
	return encode(question)
}

// buttonStyles is the table of button styles.
var buttonStyles = map[string]string{"primary": " k-primary", "danger": " k-danger"}

func (c control) button() { c.pressed(c.e, buttonStyles[c.e.str("style")]) }

// pressed draws a button; label is the object that has its text and value.
func (c control) pressed(label object, style string) {
	a := c.attrs("k-button"+style).opt("data-value", label.str("value")).opt("aria-label", label.str("accessibility_label"))
	c.press(a, label.str("url"), label)
}

// press draws a button, or a link where it has an address.
func (c control) press(a attrs, address string, label object) {
	inside := func() {
		c.d.el("bdi", nil, func() { c.d.plain(label.words("text"), label.obj("text")["emoji"] != false) })
	}
	if to := c.d.anchor(address); to != nil {
		c.d.el("a", append(a, to...), inside)
		return
	}
	c.d.el("button", append(a, [2]string{"type", "button"}), inside)
}

func (c control) overflow() {
	c.d.el("details", c.attrs("k-overflow overflow"), func() {
		more := attrs{{"class", "k-button k-more"}, {"aria-label", c.d.say.more}, {"title", c.d.say.more}}
		c.d.leaf("summary", more, "⋯")
		c.d.el("div", class("k-menu"), func() {
			for _, o := range c.e.objects("options") {
				a := append(c.attrs("k-entry"), [2]string{"data-value", o.str("value")})
				c.press(a, o.str("url"), o)
			}
		})
	})
}

// input draws an input block: label, element, hint, error.
func (d *drawing) input(b object) {
	e := b.obj("element")
	c := control{d: d, block: b, e: e, id: d.id(), inInput: true}
	message := d.errors[b.str("block_id")]
	hintID, errorID := "", ""
	if b.words("hint") != "" {
		hintID = d.id()
		c.notes = hintID
	}
	if message != "" {
		errorID = d.id()
		c.wrong = true
		c.notes = errorID
		if hintID != "" {
			c.notes = errorID + " " + hintID
		}
	}
	name := "k-input"
	if c.wrong {
		name += " k-wrong"
	}
	d.el("div", class(name), func() {
		kind := e.str("type")
		grouped := kind == "checkboxes" || kind == "radio_buttons"
		if !grouped { // there the label is the legend of the group
			d.el("label", attrs{{"class", "k-label"}, {"for", c.id}}, func() { c.label() })
		}
		d.draw(c)
		if message != "" {
			d.el("p", attrs{{"class", "k-error"}, {"id", errorID}}, func() { d.leaf("bdi", nil, message) })
		}
		if hintID != "" {
			d.el("p", attrs{{"class", "k-hint"}, {"id", hintID}, {"dir", "auto"}}, func() { d.textObject(b.obj("hint")) })
		}
	})
}

// label draws the words before an input.
func (c control) label() {
	c.d.el("bdi", nil, func() { c.d.textObject(c.block.obj("label")) })
	if c.block.is("optional") {
		c.d.leaf("span", class("k-optional"), c.d.say.optional)
	}
}

// held is what the control holds: from the state where it is there, else its initial value.
func (c control) held(initial, key string) any {
	if entry := c.d.state.obj(c.block.str("block_id")).obj(c.e.str("action_id")); entry != nil {
		return entry[key]
	}
	return c.e[initial]
}

// value is held as text.
func (c control) value(initial, key string) string { return scalar(c.held(initial, key)) }

// count writes a number of the element as an attribute value, "" when it is not there.
func (c control) count(key string) string {
	if n, ok := c.e.integer(key); ok && n >= 0 {
		return strconv.FormatInt(n, 10)
	}
	return ""
}
