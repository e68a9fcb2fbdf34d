package kit

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// markdown draws the text of a markdown block: headings, paragraphs, lists, quotes, code, tables, rules, and the marks
// inside a line. HTML in it is shown as it is written. A line break stays one, as in Slack.
func (d *drawing) markdown(s string) {
	lines := strings.Split(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\t", "    "), "\n")
	d.el("div", attrs{{"class", "k-md"}, {"dir", "auto"}}, func() { d.mdBlocks(lines, 0) })
}

// deepest is how far quotes and lists nest; what is deeper is drawn as text.
const deepest = 6

// mdBlocks draws lines that stand at one level.
func (d *drawing) mdBlocks(lines []string, depth int) {
	for len(lines) > 0 {
		line := strings.TrimSpace(lines[0])
		used := 1
		switch {
		case line == "":
		case isFence(line):
			used = d.mdFence(lines)
		case heading(line) > 0:
			n := heading(line)
			d.el("h"+strconv.Itoa(min(n+2, 6)), class("k-heading k-h"+strconv.Itoa(n)), func() {
				d.mdInline(strings.TrimSpace(strings.TrimRight(line[n:], "#")), "")
			})
		case isRule(line):
			d.void("hr", class("k-divider"))
		case line[0] == '>' && depth < deepest:
			used = d.mdQuote(lines, depth)
		case itemOf(lines[0]).text >= 0 && depth < deepest:
			used = d.mdList(lines, depth)
		case isTable(lines):
			used = d.mdTable(lines)
		default:
			for used < len(lines) && !interrupts(lines[used:], depth) {
				used++
			}
			d.el("p", nil, func() { d.mdLines(lines[:used]) })
		}
		lines = lines[used:]
	}
}

// interrupts says whether a paragraph ends before these lines.
func interrupts(lines []string, depth int) bool {
	line := strings.TrimSpace(lines[0])
	return line == "" || isFence(line) || heading(line) > 0 || isRule(line) || isTable(lines) ||
		depth < deepest && (line[0] == '>' || itemOf(lines[0]).text >= 0)
}

func (d *drawing) mdLines(lines []string) {
	for i, l := range lines {
		if i > 0 {
			d.void("br", nil)
		}
		d.mdInline(strings.TrimSuffix(strings.TrimSpace(l), `\`), "")
	}
}

func isFence(line string) bool {
	return strings.HasPrefix(line, fence) || strings.HasPrefix(line, "~~~")
}

func (d *drawing) mdFence(lines []string) int {
	mark := strings.TrimSpace(lines[0])[:len(fence)]
	end := 1
	for end < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[end]), mark) {
		end++
	}
	d.leaf("pre", class("k-pre"), strings.Join(lines[1:end], "\n"))
	return min(end+1, len(lines))
}

// heading is the level of a heading, 0 if the line is none.
func heading(line string) int {
	n := len(line) - len(strings.TrimLeft(line, "#"))
	if n > 6 || n < len(line) && line[n] != ' ' {
		return 0
	}
	return n
}

func isRule(line string) bool {
	bare := strings.ReplaceAll(line, " ", "")
	return len(bare) >= 3 && strings.ContainsRune("-*_", rune(bare[0])) && strings.Trim(bare, bare[:1]) == ""
}

func (d *drawing) mdQuote(lines []string, depth int) int {
	var inside []string
	for _, l := range lines {
		rest, ok := strings.CutPrefix(strings.TrimSpace(l), ">")
		if !ok {
			break
		}
		inside = append(inside, strings.TrimPrefix(rest, " "))
	}
	d.el("blockquote", class("k-quote"), func() { d.mdBlocks(inside, depth+1) })
	return len(inside)
}

// item is the mark of a list item: how far it is indented, its number (-1 for a bullet), where its text begins (-1 if the
// line is no item).
type item struct{ indent, number, text int }

func itemOf(line string) item {
	none := item{text: -1}
	rest := strings.TrimLeft(line, " ")
	indent := len(line) - len(rest)
	mark, number := 1, -1
	if digits := len(rest) - len(strings.TrimLeft(rest, "0123456789")); digits > 0 {
		n, err := strconv.Atoi(rest[:digits])
		if err != nil || digits == len(rest) || rest[digits] != '.' && rest[digits] != ')' {
			return none
		}
		mark, number = digits+1, n
	} else if rest == "" || !strings.ContainsRune("-*+", rune(rest[0])) {
		return none
	}
	if len(rest) > mark && rest[mark] != ' ' {
		return none
	}
	return item{indent, number, min(indent+mark+1, len(line))}
}

// mdList draws the items that stand at the level of the first one; what is indented further belongs to an item.
func (d *drawing) mdList(lines []string, depth int) int {
	first := itemOf(lines[0])
	tag, a := "ul", class("k-list")
	if first.number >= 0 {
		tag = "ol"
		if first.number != 1 {
			a = a.opt("start", strconv.Itoa(first.number))
		}
	}
	used := 0
	d.el(tag, a, func() {
		for used < len(lines) {
			it := itemOf(lines[used])
			if used > 0 && strings.TrimSpace(lines[used]) == "" && used+1 < len(lines) {
				it = itemOf(lines[used+1]) // items may stand apart
			}
			if it.text < 0 || (it.number >= 0) != (first.number >= 0) || it.indent < first.indent {
				return
			}
			if strings.TrimSpace(lines[used]) == "" {
				used++
			}
			own := []string{lines[used][it.text:]}
			used++
			for used < len(lines) && belongs(lines[used:], it) {
				own = append(own, outdent(lines[used], it.text))
				used++
			}
			d.el("li", attrs{{"dir", "auto"}}, func() { d.mdItem(own, depth) })
		}
	})
	return used
}

// belongs says whether a line is part of the item: it is indented further than the mark, or blank before such a line.
func belongs(lines []string, it item) bool {
	for _, l := range lines[:min(len(lines), 2)] {
		if rest := strings.TrimLeft(l, " "); rest != "" {
			return len(l)-len(rest) > it.indent
		}
	}
	return false
}

func outdent(line string, most int) string {
	return line[min(most, len(line)-len(strings.TrimLeft(line, " "))):]
}

// mdItem draws the inside of an item, the box of a task as a sign.
func (d *drawing) mdItem(lines []string, depth int) {
	for mark, sign := range map[string]string{"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "} {
		if rest, ok := strings.CutPrefix(lines[0], mark); ok {
			lines[0] = sign + rest
			break
		}
	}
	d.mdBlocks(lines, depth+1)
}

// mdMarks is the table of marks inside a line, longer ones first. The tag is also what is remembered as being in force.
var mdMarks = []struct{ mark, tag string }{
	{"**", "strong"}, {"__", "strong"}, {"~~", "s"}, {"*", "em"}, {"_", "em"},
}

// mdInline draws one line; within are the tags in force, "a" among them inside the text of a link.
func (d *drawing) mdInline(s, within string) {
	drawn, hopeless := 0, map[string]bool{}
	for i := 0; i < len(s); {
		size, draw := d.mdAtom(s, i, within, hopeless)
		if size == 0 {
			i++
			continue
		}
		d.text(s[drawn:i])
		draw()
		i += size
		drawn = i
	}
	d.text(s[drawn:])
}

// mdAtom reads what begins at i and is not plain text: its size, 0 if there is nothing, and how it is drawn.
func (d *drawing) mdAtom(s string, i int, within string, hopeless map[string]bool) (int, func()) {
	switch s[i] {
	case '\\':
		if i+1 < len(s) && s[i+1] < utf8.RuneSelf && unicode.In(rune(s[i+1]), unicode.P, unicode.S) {
			return 2, func() { d.text(s[i+1 : i+2]) }
		}
	case '`':
		return d.mdCode(s[i:], hopeless)
	case '[', '!':
		return d.mdLink(s[i:], within)
	case '<':
		end := strings.IndexAny(s[i+1:], "<> ")
		if end <= 0 || s[i+1+end] != '>' {
			return 0, nil
		}
		address := s[i+1 : i+1+end]
		if _, ok := webAddress(address); ok {
			return end + 2, func() { d.mdAnchor(address, within, func() { d.text(address) }) }
		}
	case 'h':
		if address := bareAddress(s[i:]); address != "" && !nameBefore(s, i) {
			return len(address), func() { d.mdAnchor(address, within, func() { d.text(address) }) }
		}
	case ':':
		glyph, size := emojiAt(s[i:])
		return size, func() { d.emoji(s[i+1:i+size-1], glyph) }
	case '*', '_', '~':
		return d.mdEmphasis(s, i, within, hopeless)
	}
	return 0, nil
}

// mdCode reads code between as many backticks on either side.
func (d *drawing) mdCode(s string, hopeless map[string]bool) (int, func()) {
	ticks := len(s) - len(strings.TrimLeft(s, "`"))
	mark := s[:ticks]
	end := -1
	if !hopeless[mark] {
		end = strings.Index(s[ticks:], mark)
	}
	if end < 0 {
		hopeless[mark] = true
		return ticks, func() { d.text(mark) }
	}
	return end + 2*ticks, func() { d.leaf("code", class("k-code"), s[ticks:ticks+end]) }
}

// mdEmphasis reads what a mark at i begins. A mark that found no partner is remembered in hopeless.
func (d *drawing) mdEmphasis(s string, i int, within string, hopeless map[string]bool) (int, func()) {
	for _, m := range mdMarks {
		n := len(m.mark)
		if !strings.HasPrefix(s[i:], m.mark) || strings.Contains(within, m.tag+" ") || hopeless[m.mark] {
			continue
		}
		run := len(s[i:]) - len(strings.TrimLeft(s[i:], m.mark[:1]))
		next, width := utf8.DecodeRuneInString(s[i+run:])
		fits := run == n || run == 3 && n == 2 // three marks begin both, the strong one outside
		if !fits || width == 0 || unicode.IsSpace(next) || m.mark[0] == '_' && wordBefore(s, i) {
			continue
		}
		end := mdPartner(s, i+n, m.mark)
		if end < 0 {
			hopeless[m.mark] = true
			continue
		}
		return end + n - i, func() { d.el(m.tag, nil, func() { d.mdInline(s[i+n:end], within+m.tag+" ") }) }
	}
	return 0, nil
}

// mdPartner finds the mark that ends what begins before from; -1 if there is none.
func mdPartner(s string, from int, mark string) int {
	for j := from; j < len(s); j++ {
		switch {
		case s[j] == '\\':
			j++
		case s[j] == '`':
			if size := codeSpan(s[j:]); size > 0 {
				j += size - 1
			}
		case s[j] == mark[0]:
			run := len(s[j:]) - len(strings.TrimLeft(s[j:], mark[:1]))
			last, _ := utf8.DecodeLastRuneInString(s[:j])
			next, _ := utf8.DecodeRuneInString(s[j+run:])
			fits := run == len(mark) || run == 3 // three marks end both
			if fits && j > from && !unicode.IsSpace(last) && (mark[0] != '_' || !isWord(next)) {
				return j + run - len(mark)
			}
			j += run - 1
		}
	}
	return -1
}

// mdLink reads [text](address) or ![what it shows](address).
func (d *drawing) mdLink(s, within string) (int, func()) {
	start := strings.IndexByte(s[:min(2, len(s))], '[') + 1
	if start == 0 {
		return 0, nil
	}
	end := strings.IndexAny(s[start:], "[]")
	if end < 0 || !strings.HasPrefix(s[start+end:], "](") {
		return 0, nil
	}
	text, rest := s[start:start+end], s[start+end+2:]
	closing := closingBracket(rest)
	if closing < 0 {
		return 0, nil
	}
	address, _, _ := strings.Cut(strings.TrimSpace(rest[:closing]), " ") // a title may follow
	size := start + end + 2 + closing + 1
	if start == 2 {
		return size, func() { d.image("k-image", address, text) }
	}
	return size, func() { d.mdAnchor(address, within, func() { d.mdInline(text, within+"a ") }) }
}

// closingBracket finds the bracket that ends an address, which may hold pairs of brackets itself; -1 if there is none.
func closingBracket(s string) int {
	open := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			open++
		case ')':
			if open--; open < 0 {
				return i
			}
		}
	}
	return -1
}

// mdAnchor draws a link, or its text alone inside another link.
func (d *drawing) mdAnchor(address, within string, inside func()) {
	if strings.Contains(within, "a ") {
		inside()
		return
	}
	d.link(address, inside)
}
