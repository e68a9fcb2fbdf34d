package kit

import "strings"

// alignments is the table of how a column may be set.
var alignments = map[string]string{"center": " k-center", "right": " k-right"}

// table draws a table or data_table; the first row names the columns. It scrolls inside its own box.
func (d *drawing) table(b object) {
	label := b.str("caption")
	if label == "" {
		label = d.say.table
	}
	settings := b.list("column_settings")
	d.el("div", attrs{{"class", "k-scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", label}}, func() {
		d.el("table", class("k-table"), func() {
			if b.str("caption") != "" {
				d.leaf("caption", attrs{{"dir", "auto"}}, label)
			}
			rows := b.list("rows")
			if len(rows) == 0 {
				return
			}
			d.el("thead", nil, func() { d.row(b, "th", settings, rows[0]) })
			d.el("tbody", nil, func() {
				for _, row := range rows[1:] {
					d.row(b, "td", settings, row)
				}
			})
		})
	})
}

func (d *drawing) row(b object, tag string, settings []any, row any) {
	d.el("tr", nil, func() {
		for i, v := range asList(row) {
			var set object
			if i < len(settings) {
				set = asObject(settings[i])
			}
			cell := asObject(v)
			name := "k-cell" + alignments[set.str("align")]
			if set == nil && cell.str("type") == "raw_number" {
				name += " k-right"
			}
			if set.is("is_wrapped") {
				name += " k-wrapped"
			}
			a := attrs{{"class", name}, {"dir", "auto"}}
			if tag == "th" {
				a = append(a, [2]string{"scope", "col"})
			}
			d.el(tag, a, func() { d.cell(b, cell) })
		}
	})
}

func (d *drawing) cell(b, cell object) {
	switch cell.str("type") {
	case "rich_text":
		d.richText(cell)
	case "action_cell":
		d.element(b, cell.obj("element"))
	default:
		text := cell.str("text")
		if text == "" {
			text = cell.str("value")
		}
		d.broken(text, func(line string) { d.plain(line, true) })
	}
}

// isTable says whether a table begins here: a row, and a row of dashes below it with as many cells.
func isTable(lines []string) bool {
	if len(lines) < 2 || !strings.Contains(lines[0], "|") || !strings.Contains(lines[1], "-") {
		return false
	}
	rule := cellsOf(lines[1])
	for _, c := range rule {
		if strings.Trim(c, ":-") != "" || !strings.Contains(c, "-") {
			return false
		}
	}
	return len(rule) == len(cellsOf(lines[0]))
}

// cellsOf splits a row; "\|" is no border.
func cellsOf(line string) []string {
	const bar = "\x00"
	line = strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(line), bar, "\uFFFD"), `\|`, bar)
	line = strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|")
	var cells []string
	for c := range strings.SplitSeq(line, "|") {
		cells = append(cells, strings.TrimSpace(strings.ReplaceAll(c, bar, "|")))
	}
	return cells
}

func (d *drawing) mdTable(lines []string) int {
	var align []string
	for _, c := range cellsOf(lines[1]) {
		side := ""
		if strings.HasSuffix(c, ":") {
			side = alignments["right"]
			if strings.HasPrefix(c, ":") {
				side = alignments["center"]
			}
		}
		align = append(align, side)
	}
	row := func(tag, line string) {
		d.el("tr", nil, func() {
			cells := cellsOf(line)
			for i, side := range align {
				a := attrs{{"class", "k-cell" + side}, {"dir", "auto"}}
				if tag == "th" {
					a = append(a, [2]string{"scope", "col"})
				}
				d.el(tag, a, func() {
					if i < len(cells) {
						d.mdInline(cells[i], "")
					}
				})
			}
		})
	}
	used := 2
	d.el("div", attrs{{"class", "k-scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", d.say.table}}, func() {
		d.el("table", class("k-table"), func() {
			d.el("thead", nil, func() { row("th", lines[0]) })
			d.el("tbody", nil, func() {
				for used < len(lines) && strings.Contains(lines[used], "|") {
					row("td", lines[used])
					used++
				}
			})
		})
	})
	return used
}
