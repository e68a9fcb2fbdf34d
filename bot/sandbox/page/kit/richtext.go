package kit

import (
	"strconv"
	"strings"
)

// richText draws what people's own messages are made of.
func (d *drawing) richText(b object) {
	d.el("div", attrs{{"class", "k-rich"}, {"dir", "auto"}}, func() {
		for _, part := range b.objects("elements") {
			switch part.str("type") {
			case "rich_text_list":
				d.richList(part)
			case "rich_text_quote":
				d.el("blockquote", class("k-quote"), func() { d.inlines(part) })
			case "rich_text_preformatted":
				d.el("pre", class("k-pre"), func() { d.inlines(part) })
			default:
				d.el("div", class("k-text"), func() { d.inlines(part) })
			}
		}
	})
}

func (d *drawing) richList(part object) {
	indent, _ := part.integer("indent")
	name := "k-list k-indent-" + strconv.FormatInt(min(max(indent, 0), 8), 10)
	tag, a := "ul", class(name)
	if part.str("style") == "ordered" {
		tag = "ol"
		if offset, _ := part.integer("offset"); offset > 0 {
			a = a.opt("start", strconv.FormatInt(offset+1, 10))
		}
	}
	d.el(tag, a, func() {
		for _, item := range part.objects("elements") {
			d.el("li", attrs{{"dir", "auto"}}, func() { d.inlines(item) })
		}
	})
}

func (d *drawing) inlines(part object) {
	for _, e := range part.objects("elements") {
		d.styled(e.obj("style"), func() { d.richInline(e) })
	}
}

// styles is the table of inline styles, from the outside in.
var styles = []struct{ key, tag, class string }{
	{"highlight", "mark", ""},
	{"client_highlight", "mark", ""},
	{"bold", "strong", ""},
	{"italic", "em", ""},
	{"underline", "u", ""},
	{"strike", "s", ""},
	{"code", "code", "k-code"},
}

func (d *drawing) styled(style object, inside func()) {
	for i := len(styles) - 1; i >= 0; i-- {
		if s := styles[i]; style.is(s.key) {
			within := inside
			inside = func() { d.el(s.tag, attrs{}.opt("class", s.class), within) }
		}
	}
	inside()
}

// richInline draws one inline part of rich text.
func (d *drawing) richInline(e object) {
	switch e.str("type") {
	case "text":
		d.broken(e.str("text"), d.text)
	case "link":
		d.link(e.str("url"), func() {
			text := e.str("text")
			if text == "" {
				text = e.str("url")
			}
			d.el("bdi", nil, func() { d.broken(text, d.text) })
		})
	case "emoji":
		d.richEmoji(e)
	case "user":
		d.person(e.str("user_id"), "")
	case "channel":
		d.channel(e.str("channel_id"), "")
	case "usergroup":
		d.group(e.str("usergroup_id"), "")
	case "broadcast":
		d.broadcast(e.str("range"), "")
	case "date":
		d.date(e.str("timestamp"), e.str("format"), e.str("url"), e.str("fallback"))
	case "color":
		d.swatch(e.str("value"))
	default: // parts that Slack's clients add, shown by whatever they say
		for _, key := range []string{"text", "label", "fallback", "url", "name", "team_id"} {
			if s := e.str(key); s != "" {
				d.leaf("bdi", nil, s)
				return
			}
		}
	}
}

func (d *drawing) richEmoji(e object) {
	name := e.str("name")
	glyph := codePoints(e.str("unicode"))
	if glyph == "" {
		glyph, _ = emojiAt(":" + name + ":")
	}
	if glyph == "" {
		d.text(":" + name + ":")
		return
	}
	d.emoji(strings.Trim(name, ":"), glyph)
}

// swatch draws a colour with its value.
func (d *drawing) swatch(value string) {
	if fill := hexColour(value); fill != "" {
		d.el("svg", attrs{{"class", "k-swatch"}, {"aria-hidden", "true"}, {"focusable", "false"}}, func() {
			d.el("rect", attrs{{"width", "100%"}, {"height", "100%"}, {"fill", fill}}, func() {})
		})
	}
	d.text(value)
}
