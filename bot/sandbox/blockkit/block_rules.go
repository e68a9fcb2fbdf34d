package blockkit

import (
	"strconv"
	"unicode/utf8"
)

// blockRule is one row of the block table: the surfaces it may stand on and what it is made of. elements and children
// say where inside it (a path for each) interactive elements and further blocks are found.
type blockRule struct {
	on       surfaces
	shape    shape
	elements string
	children string
}

const markdownLength = 12000 // over all markdown blocks of a message

// blockRules is the table of blocks.
var blockRules = map[string]blockRule{
	"section": {on: everywhere, elements: "accessory", shape: block(
		may("text", text(textLength)), may("fields", list(1, 10, text(fieldLength))),
		may("accessory", element(inSection)), may("expand", boolean)).with(oneOrBoth("text", "fields"))},
	"header":  {on: everywhere, shape: block(need("text", plain(150)))},
	"divider": {on: everywhere, shape: block()},
	"context": {on: everywhere, shape: block(need("elements", list(1, 10, element(inContext))))},
	"actions": {on: everywhere, elements: "elements/*", shape: block(
		need("elements", list(1, 25, element(inActions)))).with(uniqueActionIDs("elements"))},
	"image": {on: everywhere, shape: block(
		may("image_url", link(urlLength)), may("slack_file", slackFile), need("alt_text", str(1, 2000)),
		may("title", plain(2000))).with(exactlyOne("image_url", "slack_file"))},
	"input": {on: everywhere, elements: "element", shape: block(
		need("label", plain(2000)), need("element", element(inInput)), may("hint", plain(2000)),
		may("optional", boolean), may("dispatch_action", boolean))},
	"rich_text": {on: everywhere, shape: richTextShape},
	"video": {on: everywhere, shape: block(
		need("video_url", link(unbounded)), need("thumbnail_url", link(unbounded)), need("alt_text", str(1, 2000)),
		need("title", plain(200)), may("title_url", link(unbounded)), may("author_name", str(0, 50)),
		may("provider_name", str(0, unbounded)), may("provider_icon_url", link(unbounded)),
		may("description", plain(textLength)))},
	"markdown": {on: onMessage, shape: block(need("text", str(1, markdownLength))).with(markdownTogether)},
	"table": {on: onMessage, shape: block(
		need("rows", list(1, 100, list(1, 20, variants(cellShapes)))),
		may("column_settings", list(0, 20, nullable(columnSetting)))).with(onlyOneTable)},

	"data_table": {on: onMessage, elements: "rows/*/*/element", shape: openBlock(
		need("caption", str(1, unbounded)), need("rows", list(2, 201, list(1, 20, variants(dataCellShapes)))),
		may("page_size", integer(1, 100)), may("row_header_column_index", integer(0, 19))).with(headerRowIsText)},
	"data_visualization": {on: onMessage, shape: openBlock(
		need("title", str(1, 50)), need("chart", variants(chartShapes))).with(twoCharts)},
	"context_actions": {on: onMessage, elements: "elements/*", shape: block(
		need("elements", list(1, 5, element(inContextActions)))).with(uniqueActionIDs("elements"))},
	"alert": {on: onModal, shape: block(
		need("text", text(textLength)), may("level", enum("default", "info", "warning", "error", "success")))},
	"card": {on: onMessage, elements: "actions/*", shape: openBlock(
		may("hero_image", of(elementRules["image"].shape)), may("icon", of(elementRules["image"].shape)),
		may("slack_icon", slackIcon), may("title", text(150)), may("subtitle", text(150)), may("body", text(200)),
		may("subtext", text(textLength)), may("actions", list(1, unbounded, element(inCard))),
	).with(cardHasContent, oneIcon, uniqueActionIDs("actions"))},
	"carousel": {on: onMessage, children: "elements/*", shape: openBlock(
		need("elements", list(1, 10, child("card"))))},
	"container": {on: onMessage, children: "child_blocks/*", shape: openBlock(
		may("title", plain(150)), may("rich_text_title", of(richTextShape)), may("subtitle", text(150)),
		may("icon", of(elementRules["image"].shape)), may("width", enum("narrow", "standard", "wide", "full")),
		may("is_collapsible", boolean), may("default_collapsed", boolean), may("has_header_divider", boolean),
		need("child_blocks", list(1, 10, child(inContainer...))),
	).with(oneOrBoth("title", "rich_text_title"))},
	"layout": {on: onMessage, children: "rows/*/items/*/block", shape: openBlock(
		need("label", str(1, 150)), need("rows", list(1, 5, of(fields(need("items", list(1, 3, layoutItem)))))),
		may("is_label_visible", boolean), may("grid_lines", enum("none", "rows", "outer")),
		may("fallback", list(0, unbounded, of(fields().lenient()))))},
	"plan": {on: onMessage, children: "tasks/*", shape: openBlock(
		need("title", str(1, unbounded)), may("tasks", list(0, unbounded, child("task_card"))))},
	"task_card": {on: onMessage, shape: openBlock(
		need("task_id", str(1, unbounded)), need("title", str(1, unbounded)),
		may("status", enum("pending", "in_progress", "complete", "error")), may("details", of(richTextShape)),
		may("output", of(richTextShape)), may("sources", list(0, unbounded, of(fields().lenient()))))},
	"file": {on: everywhere, shape: openBlock(need("external_id", str(1, unbounded)), need("source", str(1, unbounded)))},
	"call": {on: onMessage, shape: openBlock(need("call_id", str(1, unbounded)))},
	"auth_provider": {on: onMessage, elements: "accessory", shape: openBlock(
		need("value", str(1, unbounded)), need("name", plain(textLength)), may("accessory", element(inSection)))},
}

// block is the shape of a block: its type, its block_id and f.
func block(f ...field) shape {
	return typed(append([]field{may("block_id", blockID)}, f...)...)
}

// openBlock is a block Slack may know more fields of than this package does.
func openBlock(f ...field) shape { return block(f...).lenient() }

// blockID is short enough and not used by an earlier block of the payload.
func blockID(c *checker, v any, at string) {
	str(0, idLength)(c, v, at)
	id, ok := v.(string)
	if !ok || id == "" {
		return
	}
	if c.blockIDs[id] {
		c.report(at, exists("block_id", id))
	}
	c.blockIDs[id] = true
}

// anyBlock is a block of any kind that may stand on the surface being checked.
func anyBlock(c *checker, v any, at string) { c.block(v, at, nil) }

// child is a block of one of the given kinds.
func child(kinds ...string) check {
	allowed := map[string]bool{}
	for _, kind := range kinds {
		allowed[kind] = true
	}
	return func(c *checker, v any, at string) { c.block(v, at, allowed) }
}

// block judges one block; allowed nil means every kind the surface has.
func (c *checker) block(v any, at string, allowed map[string]bool) {
	o, typ, ok := c.typeOf(v, at)
	if !ok {
		return
	}
	r, known := c.blocks[typ]
	if !known || !r.on.has(c.surface) || allowed != nil && !allowed[typ] {
		c.report(at+"/type", unsupported(typ))
		return
	}
	r.shape.judge(c, o, at)
}

var inContainer = []string{
	"actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video",
	"layout",
}

var layoutItem = of(fields(
	need("block", child("context", "divider", "header", "image", "rich_text", "section", "table", "video", "actions",
		"alert", "card", "carousel", "container", "data_table", "data_visualization", "file", "input")),
	may("width", enum("narrow", "standard", "wide")),
	may("horizontal_alignment", enum("start", "center", "end"))).lenient())

// markdownTogether counts all markdown blocks of the message and reports the one that goes over the limit.
func markdownTogether(c *checker, o object, at string) {
	n := utf8.RuneCountInString(stringAt(o, "text"))
	within := c.markdown <= markdownLength && n <= markdownLength
	c.markdown += n
	if within && c.markdown > markdownLength {
		c.report(at+"/text", tooLong(markdownLength))
	}
}

func onlyOneTable(c *checker, _ object, at string) {
	if c.tables++; c.tables > 1 {
		c.report(at, oneTableOnly)
	}
}

func twoCharts(c *checker, _ object, at string) {
	if c.charts++; c.charts > 2 {
		c.report(at, tooManyCharts)
	}
}

func headerRowIsText(c *checker, o object, at string) {
	rows := asList(o["rows"])
	if len(rows) == 0 {
		return
	}
	for i, cell := range asList(rows[0]) {
		if typ := stringAt(cell, "type"); typ != "" && typ != "raw_text" {
			c.report(at+"/rows/0/"+strconv.Itoa(i)+"/type", unsupported(typ))
		}
	}
}

func cardHasContent(c *checker, o object, at string) {
	for _, key := range []string{"hero_image", "title", "actions", "body"} {
		if _, ok := o[key]; ok {
			return
		}
	}
	c.report(at, missing("title"))
}

func oneIcon(c *checker, o object, at string) {
	_, icon := o["icon"]
	_, slack := o["slack_icon"]
	if icon && slack {
		c.report(at, notBoth("icon", "slack_icon"))
	}
}
