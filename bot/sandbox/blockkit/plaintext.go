package blockkit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// PlainText is what a person reads in an array of blocks, one line for each block; texts keep their own line breaks,
// tables have a line for each row, lists for each item. A section is its text, its fields and its accessory with " | "
// between them, a context its elements with a space between them. A button is "[ text ]", an overflow menu "⋯", any other
// menu or input "[ what it shows ]", a divider "———", an image its alternative text, a block of unknown kind its type in
// brackets. In mrkdwn the escapes are undone, dates are shown as their fallback and links as their label; the marks of
// bold and the like stay. Blocks with nothing to read give no line.
func PlainText(raw json.RawMessage) string {
	r := reader{blocks: blockReaders}
	return r.lines(decode(raw))
}

// reader carries the table, which refers to itself through blocks that hold blocks.
type reader struct {
	blocks map[string]func(reader, object) string
}

// lines reads an array of blocks.
func (r reader) lines(blocks any) string {
	var lines []string
	each(blocks, "*", func(b object) { lines = append(lines, r.block(b)) })
	return join("\n", lines...)
}

func (r reader) block(b object) string {
	typ := stringAt(b, "type")
	if read, ok := r.blocks[typ]; ok {
		return read(r, b)
	}
	return "[" + typ + "]"
}

// blockReaders is the table of how a block reads.
var blockReaders = map[string]func(reader, object) string{
	"header":   func(_ reader, b object) string { return readText(b["text"]) },
	"alert":    func(_ reader, b object) string { return readText(b["text"]) },
	"markdown": func(_ reader, b object) string { return stringAt(b, "text") },
	"divider":  func(reader, object) string { return "———" },
	"section":  readSection,
	"context":  func(_ reader, b object) string { return readAll(" ", b["elements"], readElementText) },
	"actions":  func(_ reader, b object) string { return readAll(" ", b["elements"], readElementText) },
	"context_actions": func(_ reader, b object) string {
		return readAll(" ", b["elements"], readElementText)
	},
	"image": func(_ reader, b object) string { return join(" | ", readText(b["title"]), stringAt(b, "alt_text")) },
	"input": func(_ reader, b object) string {
		return join(" | ", join(": ", readText(b["label"]), readElementText(b["element"])), readText(b["hint"]))
	},
	"rich_text": func(_ reader, b object) string { return readRichText(b) },
	"table":     func(_ reader, b object) string { return readRows(b["rows"]) },
	"video": func(_ reader, b object) string {
		return join(" | ", readText(b["title"]), readText(b["description"]), stringAt(b, "alt_text"))
	},
	"data_table": func(_ reader, b object) string {
		return join("\n", stringAt(b, "caption"), readRows(b["rows"]))
	},
	"data_visualization": func(_ reader, b object) string { return stringAt(b, "title") },
	"card": func(_ reader, b object) string {
		return join(" | ", stringAt(asObject(b["hero_image"]), "alt_text"), readText(b["title"]), readText(b["subtitle"]),
			readText(b["body"]), readText(b["subtext"]), readAll(" ", b["actions"], readElementText))
	},
	"carousel": func(r reader, b object) string { return r.lines(b["elements"]) },
	"container": func(r reader, b object) string {
		return join("\n", join(" | ", readText(b["title"]), readRichText(asObject(b["rich_text_title"])),
			readText(b["subtitle"])), r.lines(b["child_blocks"]))
	},
	"layout": func(r reader, b object) string {
		lines := []string{stringAt(b, "label")}
		each(b, "rows/*/items/*/block", func(child object) { lines = append(lines, r.block(child)) })
		return join("\n", lines...)
	},
	"plan": func(r reader, b object) string {
		return join("\n", textAt(b, "title"), r.lines(b["tasks"]))
	},
	"task_card": func(_ reader, b object) string {
		return join(" | ", stringAt(b, "title"), stringAt(b, "status"), readRichText(asObject(b["details"])),
			readRichText(asObject(b["output"])))
	},
	"auth_provider": func(_ reader, b object) string { return readText(b["name"]) },
}

func readSection(_ reader, b object) string {
	return join(" | ", readText(b["text"]), readAll(" | ", b["fields"], readText), readElementText(b["accessory"]))
}

// readText reads a text object of either kind.
func readText(v any) string {
	s := stringAt(v, "text")
	if stringAt(v, "type") == mrkdwnText {
		return readMrkdwn(s)
	}
	return s
}

// readElementText reads an element, or a text that stands among elements.
func readElementText(v any) string {
	e := asObject(v)
	switch typ := stringAt(e, "type"); typ {
	case "":
		return ""
	case plainText, mrkdwnText:
		return readText(v)
	case "image":
		return stringAt(e, "alt_text")
	case "overflow":
		return "⋯"
	case "feedback_buttons":
		return join(" ", boxed(textAt(e["positive_button"], "text")), boxed(textAt(e["negative_button"], "text")))
	case "checkboxes", "radio_buttons":
		return readAll(" ", e["options"], func(o any) string { return boxed(readText(asObject(o)["text"])) })
	default:
		return boxed(shown(e, typ))
	}
}

// shown is what an element shows before anybody touched it: its text, its initial value, else its placeholder.
func shown(e object, typ string) string {
	if s := textAt(e, "text"); s != "" {
		return s
	}
	switch v := e[stateRules[typ].initial].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case object:
		return join("", readText(v["text"]), readRichText(v))
	case []any:
		return readAll(", ", v, func(item any) string {
			if s, ok := item.(string); ok {
				return s
			}
			return readText(asObject(item)["text"])
		})
	}
	return textAt(e, "placeholder")
}

func boxed(s string) string {
	if s == "" {
		return "[ ]"
	}
	return "[ " + s + " ]"
}

// readRows reads the rows of a table, "a | b | c" each. Empty cells keep their place.
func readRows(rows any) string {
	var lines []string
	for _, row := range asList(rows) {
		var cells []string
		for _, cell := range asList(row) {
			cells = append(cells, readCell(cell))
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	return strings.Join(lines, "\n")
}

func readCell(v any) string {
	cell := asObject(v)
	if s := stringAt(cell, "text"); s != "" {
		return s
	}
	switch stringAt(cell, "type") {
	case "rich_text":
		return readRichText(cell)
	case "action_cell":
		return readElementText(cell["element"])
	case "raw_number":
		return fmt.Sprint(cell["value"])
	default:
		return ""
	}
}

// readRichText reads a rich_text block: its sections, lists, quotes and preformatted parts, each on lines of its own.
func readRichText(b object) string {
	return readAll("\n", b["elements"], func(v any) string {
		part := asObject(v)
		switch stringAt(part, "type") {
		case "rich_text_list":
			return readRichList(part)
		case "rich_text_quote":
			return "> " + strings.ReplaceAll(strings.TrimSuffix(readInlines(part), "\n"), "\n", "\n> ")
		default:
			return strings.TrimSuffix(readInlines(part), "\n")
		}
	})
}

func readRichList(part object) string {
	indent, _ := toInt(part["indent"])
	offset, _ := toInt(part["offset"])
	pad := strings.Repeat("  ", int(min(max(indent, 0), 8)))
	var lines []string
	for i, item := range asList(part["elements"]) {
		mark := "• "
		if stringAt(part, "style") == "ordered" {
			mark = strconv.FormatInt(offset+int64(i)+1, 10) + ". "
		}
		lines = append(lines, pad+mark+readInlines(asObject(item)))
	}
	return strings.Join(lines, "\n")
}

func readInlines(part object) string {
	return readAll("", part["elements"], func(v any) string {
		typ := stringAt(v, "type")
		r := inlineReaders[typ]
		for _, key := range append(r.keys, "text", "label", "fallback", "url") {
			if s := stringAt(v, key); s != "" {
				return r.before + s + r.after
			}
		}
		return ""
	})
}

// inlineReaders is the table of inline parts that are not shown as their text: which key is shown, between what.
var inlineReaders = map[string]struct {
	before, after string
	keys          []string
}{
	"emoji":     {":", ":", []string{"name"}},
	"user":      {"@", "", []string{"user_id"}},
	"channel":   {"#", "", []string{"channel_id"}},
	"usergroup": {"@", "", []string{"usergroup_id"}},
	"team":      {"@", "", []string{"team_id"}},
	"broadcast": {"@", "", []string{"range"}},
	"color":     {"", "", []string{"value"}},
}

// readAll reads the items of an array and joins what is not empty.
func readAll(sep string, items any, read func(any) string) string {
	var parts []string
	for _, v := range asList(items) {
		parts = append(parts, read(v))
	}
	return join(sep, parts...)
}

// join joins the parts that are not empty.
func join(sep string, parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, sep)
}
