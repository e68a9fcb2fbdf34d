package kit

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"sameday/bot/sandbox/blockkit"
)

// blockDrawers is the table of blocks. What is not in it is drawn as a box that shows its JSON.
var blockDrawers = map[string]func(*drawing, object){
	"section":         (*drawing).section,
	"header":          (*drawing).header,
	"divider":         func(d *drawing, _ object) { d.void("hr", class("k-divider")) },
	"context":         (*drawing).context,
	"actions":         (*drawing).actions,
	"context_actions": (*drawing).actions,
	"image":           (*drawing).picture,
	"input":           (*drawing).input,
	"rich_text":       (*drawing).richText,
	"markdown":        func(d *drawing, b object) { d.markdown(b.str("text")) },
	"table":           (*drawing).table,
	"data_table":      (*drawing).table,
	"video":           (*drawing).video,
	"alert":           (*drawing).alert,
}

// all draws blocks.
func (d *drawing) all(blocks []any) {
	for _, v := range blocks {
		b := asObject(v)
		if draw, ok := d.blocks[b.str("type")]; ok {
			draw(d, b)
		} else {
			d.unknown(v)
		}
	}
}

// textObject draws a text object of either kind.
func (d *drawing) textObject(t object) {
	if t.str("type") == "mrkdwn" {
		d.mrkdwn(t.str("text"), t.is("verbatim"))
		return
	}
	d.broken(t.str("text"), func(line string) { d.plain(line, t["emoji"] != false) })
}

// box draws an element with a text object in it, or nothing where there is no text.
func (d *drawing) box(tag, name string, t object) {
	if t.str("text") != "" {
		d.el(tag, attrs{{"class", name}, {"dir", "auto"}}, func() { d.textObject(t) })
	}
}

func (d *drawing) section(b object) {
	d.el("div", class("k-section"), func() {
		d.el("div", class("k-main"), func() {
			d.box("div", "k-text", b.obj("text"))
			if fields := b.objects("fields"); len(fields) > 0 {
				d.el("div", class("k-fields"), func() {
					for _, f := range fields {
						d.box("div", "k-text", f)
					}
				})
			}
		})
		if e := b.obj("accessory"); e != nil {
			d.el("div", class("k-accessory"), func() { d.element(b, e) })
		}
	})
}

func (d *drawing) header(b object) { d.box("h3", "k-header", b.obj("text")) }

func (d *drawing) context(b object) {
	d.el("div", class("k-context"), func() {
		for _, e := range b.objects("elements") {
			if e.str("type") == "image" {
				d.imageOf("k-icon", e)
			} else {
				d.box("span", "k-note", e)
			}
		}
	})
}

func (d *drawing) actions(b object) {
	d.el("div", class("k-actions"), func() {
		for _, e := range b.objects("elements") {
			d.element(b, e)
		}
	})
}

func (d *drawing) picture(b object) {
	d.el("figure", class("k-figure"), func() {
		d.box("figcaption", "k-caption", b.obj("title"))
		d.imageOf("k-image", b)
	})
}

func (d *drawing) video(b object) {
	d.el("div", class("k-box"), func() {
		d.leaf("span", class("k-tag"), d.say.video)
		address := b.str("title_url")
		if address == "" {
			address = b.str("video_url")
		}
		d.text(" ")
		d.link(address, func() { d.el("bdi", nil, func() { d.textObject(b.obj("title")) }) })
		d.box("div", "k-text", b.obj("description"))
		byline := make([]string, 0, 2)
		for _, key := range []string{"provider_name", "author_name"} {
			if s := b.str(key); s != "" {
				byline = append(byline, s)
			}
		}
		if len(byline) > 0 {
			d.leaf("div", attrs{{"class", "k-note"}, {"dir", "auto"}}, strings.Join(byline, " · "))
		}
	})
}

// alertLevels is the table of levels that have a look of their own.
var alertLevels = map[string]string{
	"info": " k-info", "warning": " k-warning", "error": " k-danger", "success": " k-success",
}

func (d *drawing) alert(b object) {
	d.el("div", class("k-box"+alertLevels[b.str("level")]), func() { d.box("div", "k-text", b.obj("text")) })
}

// unknown draws a block this package has no drawing for: its kind, what can be read in it, its controls so that none of
// them is lost, and its JSON.
func (d *drawing) unknown(v any) {
	raw := encode([]any{v})
	kind := asObject(v).str("type")
	if kind == "" {
		kind = "?"
	}
	d.el("div", class("k-box"), func() {
		d.el("div", class("k-tag"), func() {
			d.text(d.say.unknown + " ")
			d.leaf("bdi", nil, kind)
		})
		if s := blockkit.PlainText(raw); s != "["+kind+"]" && s != "[]" {
			d.el("div", attrs{{"class", "k-text"}, {"dir", "auto"}}, func() { d.broken(s, d.text) })
		}
		if controls := blockkit.Elements(raw); len(controls) > 0 {
			d.el("div", class("k-actions"), func() {
				for _, e := range controls {
					d.element(object{"block_id": e.BlockID}, asObject(decode(e.Raw)))
				}
			})
		}
		d.el("details", nil, func() {
			d.leaf("summary", nil, d.say.json)
			d.leaf("pre", class("k-pre"), indented(v))
		})
	})
}

// indented writes JSON to be read by people. What nests absurdly deep stays on one line, because its indents alone would
// grow with the square of the depth.
func indented(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if !deeper(v, 50) {
		e.SetIndent("", "  ")
	}
	if e.Encode(v) != nil {
		return "" // decoded JSON can always be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// deeper says whether JSON nests deeper than levels.
func deeper(v any, levels int) bool {
	if levels < 0 {
		return true
	}
	inside := asList(v)
	for _, item := range asObject(v) {
		inside = append(inside, item)
	}
	return slices.ContainsFunc(inside, func(item any) bool { return deeper(item, levels-1) })
}

// attachment draws one of the older attachments: its blocks, or its texts, fields and pictures.
func (d *drawing) attachment(a object) {
	if text := a.str("pretext"); text != "" {
		d.paragraph(text)
	}
	d.el("div", class("k-attachment"), func() {
		d.bar(a.str("color"))
		d.el("div", class("k-main"), func() {
			if blocks := a.list("blocks"); len(blocks) > 0 {
				d.all(blocks)
				return
			}
			if s := a.str("author_name"); s != "" {
				d.leaf("div", attrs{{"class", "k-note"}, {"dir", "auto"}}, s)
			}
			if s := a.str("title"); s != "" {
				d.el("div", attrs{{"class", "k-title"}, {"dir", "auto"}}, func() {
					d.link(a.str("title_link"), func() { d.plain(unescape(s), true) })
				})
			}
			text := a.str("text")
			if text == "" && a.str("title") == "" && len(a.list("fields")) == 0 {
				text = a.str("fallback")
			}
			if text != "" {
				d.paragraph(text)
			}
			d.attachmentFields(a.objects("fields"))
			for _, key := range []string{"image_url", "thumb_url"} {
				if address := a.str(key); address != "" {
					d.image("k-image", address, a.str("fallback"))
				}
			}
			d.attachmentFoot(a)
		})
	})
}

func (d *drawing) attachmentFields(fields []object) {
	if len(fields) == 0 {
		return
	}
	d.el("div", class("k-fields"), func() {
		for _, f := range fields {
			name := "k-text k-wide"
			if f.is("short") {
				name = "k-text"
			}
			d.el("div", attrs{{"class", name}, {"dir", "auto"}}, func() {
				d.leaf("strong", nil, unescape(f.str("title")))
				d.void("br", nil)
				d.mrkdwn(f.str("value"), false)
			})
		}
	})
}

func (d *drawing) attachmentFoot(a object) {
	foot, when := a.str("footer"), a.str("ts")
	if foot == "" && when == "" {
		return
	}
	d.el("div", attrs{{"class", "k-note"}, {"dir", "auto"}}, func() {
		d.plain(unescape(foot), true)
		if foot != "" && when != "" {
			d.text(" · ")
		}
		seconds, _, _ := strings.Cut(when, ".")
		d.date(seconds, "{date_short_pretty} {time}", "", "")
	})
}

func (d *drawing) paragraph(text string) {
	d.el("div", attrs{{"class", "k-text"}, {"dir", "auto"}}, func() { d.mrkdwn(text, false) })
}

// bar is the strip at the side of an attachment. It is a picture, because a colour that comes with the message would need
// an inline style.
func (d *drawing) bar(colour string) {
	d.el("svg", attrs{{"class", "k-bar"}, {"aria-hidden", "true"}, {"focusable", "false"}}, func() {
		a := attrs{{"width", "100%"}, {"height", "100%"}}
		if named, ok := barColours[colour]; ok {
			colour = named
		}
		d.el("rect", a.opt("fill", hexColour(colour)), func() {})
	})
}

var barColours = map[string]string{"good": "#2eb67d", "warning": "#ecb22e", "danger": "#e01e5a"}

// hexColour is a colour of six hexadecimal digits with its "#"; "" when it is not one.
func hexColour(s string) string {
	s = strings.TrimPrefix(s, "#")
	if _, err := strconv.ParseUint(s, 16, 32); err != nil || len(s) != 6 {
		return ""
	}
	return "#" + s
}
