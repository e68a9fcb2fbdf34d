package kit

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sameday/bot/sandbox/blockkit"
)

// picked are the options or ids a menu holds, as options.
func (c control) picked(initial, key string) []object {
	held := c.held(initial, key)
	items, many := held.([]any)
	if !many {
		items = []any{held}
	}
	var options []object
	for _, v := range items {
		if id := scalar(v); id != "" {
			options = append(options, object{"value": id, "text": id})
		} else if o := asObject(v); o != nil {
			options = append(options, o)
		}
	}
	return options
}

func values(options []object) []string {
	all := make([]string, 0, len(options))
	for _, o := range options {
		all = append(all, o.str("value"))
	}
	return all
}

// menu draws a select. With a source, its options are those that are picked; the page adds the others.
func (c control) menu(source, initial, key string) {
	multiple := strings.HasPrefix(c.e.str("type"), "multi_")
	picked := c.picked(initial, key)
	a := c.field("k-select").opt("data-source", source).flag("multiple", multiple)
	if multiple {
		a = a.opt("data-max", c.count("max_selected_items"))
	}
	if filter := c.e.obj("filter"); filter != nil {
		a = append(a, [2]string{"data-filter", string(encode(filter))})
	}
	if c.e.is("default_to_current_conversation") {
		a = append(a, [2]string{"data-default", "current"})
	}
	c.d.el("select", a, func() {
		if !multiple {
			empty := c.e.words("placeholder")
			if empty == "" {
				empty = c.d.say.choose
			}
			c.d.leaf("option", attrs{{"value", ""}}, glyphs(empty))
		}
		if source != "" {
			for _, o := range picked {
				c.d.leaf("option", attrs{{"value", o.str("value")}, {"selected", ""}}, c.named(source, o.str("value")))
			}
			return
		}
		c.options(c.e.objects("options"), values(picked))
		for _, g := range c.e.objects("option_groups") {
			c.d.el("optgroup", attrs{{"label", glyphs(g.words("label"))}}, func() {
				c.options(g.objects("options"), values(picked))
			})
		}
	})
}

func (c control) options(options []object, picked []string) {
	for _, o := range options {
		a := attrs{{"value", o.str("value")}}.flag("selected", slices.Contains(picked, o.str("value")))
		text := o.words("text")
		if s := o.words("description"); s != "" {
			text += " — " + s
		}
		c.d.leaf("option", a, glyphs(text))
	}
}

// named is the name of a picked person or channel.
func (c control) named(source, id string) string {
	if name := called(c.d.c.Channel, id, ""); source != "users" && name != id {
		return "#" + name
	}
	if name := called(c.d.c.Person, id, ""); name != id {
		return "@" + name
	}
	return id
}

// external draws a menu whose options come from the app while somebody types.
func (c control) external(initial, key string) {
	multiple := strings.HasPrefix(c.e.str("type"), "multi_")
	picked := c.picked(initial, key)
	least := c.count("min_query_length")
	if least == "" {
		least = "3"
	}
	list := c.d.id()
	a := append(c.field("k-field"), attrs{
		{"type", "text"}, {"list", list}, {"autocomplete", "off"}, {"data-source", "external"}, {"data-min", least},
	}...).opt("placeholder", glyphs(c.e.words("placeholder")))
	if multiple {
		a = a.flag("data-multiple", true).opt("data-max", c.count("max_selected_items"))
		a = append(a, [2]string{"data-picked", string(encode(values(picked)))})
	} else if len(picked) > 0 {
		a = append(a, attrs{{"data-picked", picked[0].str("value")}, {"value", glyphs(picked[0].words("text"))}}...)
	}
	if multiple {
		c.d.el("ul", class("k-picked"), func() {
			for _, o := range picked {
				c.d.leaf("li", attrs{{"data-value", o.str("value")}, {"dir", "auto"}}, glyphs(o.words("text")))
			}
		})
	}
	c.d.void("input", a)
	c.d.el("datalist", attrs{{"id", list}}, func() {})
}

// choices draws checkboxes or radio buttons.
func (c control) choices(kind, initial, key string) {
	picked := values(c.picked(initial, key))
	name := c.d.id()
	// The group is described and wrong as a whole; the cursor goes to its first choice.
	focus := c.e.is("focus_on_load")
	a := c.attrs("k-choices").opt("id", c.id).opt("aria-describedby", c.notes)
	if c.wrong {
		a = append(a, [2]string{"aria-invalid", "true"})
	}
	c.d.el("fieldset", a, func() {
		if c.inInput {
			c.d.el("legend", class("k-label"), c.label)
		} else {
			c.d.leaf("legend", class("k-hidden"), c.d.say.choose)
		}
		for i, o := range c.e.objects("options") {
			c.d.el("label", class("k-choice"), func() {
				c.d.void("input", attrs{{"type", kind}, {"name", name}, {"value", o.str("value")}}.
					flag("checked", slices.Contains(picked, o.str("value"))).flag("autofocus", focus && i == 0))
				c.d.el("span", nil, func() {
					c.d.el("bdi", nil, func() { c.d.textObject(o.obj("text")) })
					c.d.box("span", "k-description", o.obj("description"))
				})
			})
		}
	})
}

// typed draws a one-line input; more are attributes of its kind.
func (c control) typed(kind, value string, more ...[2]string) {
	a := append(c.field("k-field"), [2]string{"type", kind})
	a = append(a.opt("value", value).opt("placeholder", glyphs(c.e.words("placeholder"))), more...)
	c.d.void("input", a)
}

func (c control) dateTime() {
	value := ""
	if unix, err := strconv.ParseInt(c.value("initial_date_time", "selected_date_time"), 10, 64); err == nil && unix > 0 {
		value = time.Unix(unix, 0).In(c.d.zone()).Format(dateTimeLayout)
	}
	c.typed("datetime-local", value, [2]string{"data-zone", c.d.zone().String()})
}

func (c control) text() {
	value := c.value("initial_value", "value")
	limits := attrs{}.opt("minlength", c.count("min_length")).opt("maxlength", c.count("max_length"))
	if c.e.is("multiline") {
		c.area(value, limits...)
		return
	}
	c.typed("text", value, append(limits, [2]string{"autocomplete", "off"})...)
}

// area draws an input of several lines.
func (c control) area(value string, more ...[2]string) {
	a := append(c.field("k-field k-area"), [2]string{"rows", "4"}).opt("placeholder", glyphs(c.e.words("placeholder")))
	// A browser drops the first line break inside a textarea.
	c.d.leaf("textarea", append(a, more...), "\n"+value)
}

// richText draws the input for rich text as one for plain text; data-rich tells the page to send it as rich text.
func (c control) richText() {
	held := c.held("initial_value", "rich_text_value")
	text := ""
	if o := asObject(held); o != nil {
		text = blockkit.PlainText(encode([]any{o}))
	}
	c.area(text, [2]string{"data-rich", ""})
}

func (c control) number() {
	more := attrs{{"step", "1"}, {"inputmode", "numeric"}}
	if c.e.is("is_decimal_allowed") {
		more = attrs{{"step", "any"}, {"inputmode", "decimal"}}
	}
	c.typed("number", c.value("initial_value", "value"),
		more.opt("min", c.e.str("min_value")).opt("max", c.e.str("max_value"))...)
}

// file draws a file input; what has been handed over already is listed by name.
func (c control) file() {
	most := c.count("max_files")
	if most == "" {
		most = "10"
	}
	var types []string
	for _, v := range c.e.list("filetypes") {
		if s := scalar(v); s != "" {
			types = append(types, "."+strings.TrimPrefix(s, "."))
		}
	}
	a := append(c.field("k-field"), attrs{{"type", "file"}, {"data-max", most}}...).
		opt("accept", strings.Join(types, ",")).flag("multiple", most != "1")
	c.d.void("input", a)
	files, _ := c.held("initial_files", "files").([]any)
	if len(files) == 0 {
		return
	}
	c.d.el("ul", class("k-picked"), func() {
		for _, v := range files {
			f := asObject(v)
			name := f.str("name")
			if name == "" {
				name = scalar(v)
			}
			if name == "" {
				name = f.str("id")
			}
			c.d.leaf("li", attrs{{"dir", "auto"}}, name)
		}
	})
}
