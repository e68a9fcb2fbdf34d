package kit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const fence = "```"

// mrkdwn draws a text written in mrkdwn: code blocks first, then quotes line by line, then the marks inside a line. With
// verbatim set, addresses that stand bare are not linked.
func (d *drawing) mrkdwn(s string, verbatim bool) {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	m := mrkdwn{d, verbatim}
	for s != "" {
		open := strings.Index(s, fence)
		size := -1
		if open >= 0 && open+len(fence) < len(s) {
			// A block holds at least one character, so that six backticks stay six backticks.
			size = strings.Index(s[open+len(fence)+1:], fence)
		}
		if size < 0 {
			m.lines(s)
			return
		}
		body := s[open+len(fence) : open+len(fence)+1+size]
		m.lines(strings.TrimSuffix(s[:open], "\n"))
		d.el("pre", class("k-pre"), func() { m.code(strings.TrimSuffix(strings.TrimPrefix(body, "\n"), "\n")) })
		s = strings.TrimPrefix(s[open+2*len(fence)+1+size:], "\n")
	}
}

// mrkdwn is one text being drawn.
type mrkdwn struct {
	d        *drawing
	verbatim bool
}

// lines draws what stands between code blocks.
func (m mrkdwn) lines(s string) {
	if s == "" {
		return
	}
	lines := strings.Split(s, "\n")
	for i := 0; i < len(lines); {
		text, depth := quoted(lines[i])
		end := i + 1
		for depth < 3 && end < len(lines) {
			if _, next := quoted(lines[end]); next == 3 || (next > 0) != (depth > 0) {
				break
			}
			end++
		}
		if depth == 3 { // >>> quotes all that follows
			m.d.el("blockquote", class("k-quote"), func() { m.group(append([]string{text}, lines[i+1:]...)) })
			return
		}
		group := lines[i:end]
		if depth == 0 {
			m.group(group)
		} else {
			m.d.el("blockquote", class("k-quote"), func() {
				bare := make([]string, 0, len(group))
				for _, l := range group {
					text, _ := quoted(l)
					bare = append(bare, text)
				}
				m.group(bare)
			})
		}
		i = end
	}
}

// quoted takes the mark of a quote off a line: depth 1 for ">", 3 for ">>>". Slack stores the mark escaped, an app may
// send it bare.
func quoted(line string) (text string, depth int) {
	for _, mark := range []string{"&gt;", ">"} {
		if rest, ok := strings.CutPrefix(line, strings.Repeat(mark, 3)); ok {
			return strings.TrimPrefix(rest, " "), 3
		}
		if rest, ok := strings.CutPrefix(line, mark); ok {
			return strings.TrimPrefix(rest, " "), 1
		}
	}
	return line, 0
}

func (m mrkdwn) group(lines []string) {
	for i, l := range lines {
		if i > 0 {
			m.d.void("br", nil)
		}
		m.inline(l, "")
	}
}

// code draws the inside of code: references count, marks do not.
func (m mrkdwn) code(s string) {
	for {
		before, rest, found := strings.Cut(s, "<")
		inside, after, closed := strings.Cut(rest, ">")
		if !found || !closed {
			m.d.text(unescape(s))
			return
		}
		m.d.text(unescape(before))
		m.reference(inside)
		s = after
	}
}

// emphases is the table of marks.
var emphases = map[byte]string{'*': "strong", '_': "em", '~': "s"}

// inline draws one line; within are the marks in force. It looks at every character once for each mark in force: a mark
// that found no partner is not looked for again.
func (m mrkdwn) inline(s, within string) {
	drawn, hopeless := 0, ""
	for i := 0; i < len(s); {
		size, draw := 0, func() {}
		if strings.IndexByte(hopeless, s[i]) < 0 {
			var lonely bool
			if size, lonely, draw = m.atom(s, i, within); lonely {
				hopeless += s[i : i+1]
			}
		}
		if size == 0 {
			i++
			continue
		}
		m.d.text(unescape(s[drawn:i]))
		draw()
		i += size
		drawn = i
	}
	m.d.text(unescape(s[drawn:]))
}

// atom reads what begins at i and is not plain text: its size, 0 if there is nothing, and how it is drawn. lonely means
// that s[i] has no partner in the rest of the line.
func (m mrkdwn) atom(s string, i int, within string) (size int, lonely bool, draw func()) {
	switch mark := s[i]; mark {
	case '<':
		size = strings.IndexByte(s[i:], '>') + 1
		return size, size == 0, func() { m.reference(s[i+1 : i+size-1]) }
	case '`':
		size = codeSpan(s[i:])
		return size, false, func() { m.d.el("code", class("k-code"), func() { m.code(s[i+1 : i+size-1]) }) }
	case '*', '_', '~':
		if strings.IndexByte(within, mark) >= 0 || !opens(s, i) {
			return 0, false, nil
		}
		size = partner(s[i:])
		return size, size == 0, func() {
			m.d.el(emphases[mark], nil, func() { m.inline(s[i+1:i+size-1], within+string(mark)) })
		}
	case ':':
		glyph, size := emojiAt(s[i:])
		return size, false, func() { m.d.emoji(s[i+1:i+size-1], glyph) }
	case 'h':
		if m.verbatim || nameBefore(s, i) {
			return 0, false, nil
		}
		address := bareAddress(s[i:])
		return len(address), false, func() { m.d.link(unescape(address), func() { m.d.text(unescape(address)) }) }
	default:
		return 0, false, nil
	}
}

// opens says whether the mark at i may begin something: not inside a word (so that the star of a masked name such as 张*
// stays a star), not before a space, not as part of a row of marks.
func opens(s string, i int) bool {
	next, size := utf8.DecodeRuneInString(s[i+1:])
	return size > 0 && !wordBefore(s, i) && (i == 0 || s[i-1] != s[i]) && !unicode.IsSpace(next) && s[i+1] != s[i]
}

// partner finds the mark that ends what s begins with, and gives the size of both and what is between; 0 if there is
// none. Marks inside code and references do not count.
func partner(s string) int {
	hopeless := ""
	for j := 1; j < len(s); j++ {
		skip := 0
		switch {
		case strings.IndexByte(hopeless, s[j]) >= 0:
			continue
		case s[j] == s[0]:
			if j > 1 && closes(s, j) {
				return j + 1
			}
			continue
		case s[j] == '<':
			skip = strings.IndexByte(s[j:], '>') + 1
		case s[j] == '`':
			skip = codeSpan(s[j:])
		default:
			continue
		}
		if skip == 0 {
			hopeless += s[j : j+1]
			continue
		}
		j += skip - 1
	}
	return 0
}

func closes(s string, j int) bool {
	last, _ := utf8.DecodeLastRuneInString(s[:j])
	next, size := utf8.DecodeRuneInString(s[j+1:])
	return !unicode.IsSpace(last) && s[j-1] != s[j] && (size == 0 || !isWord(next) && s[j+1] != s[j])
}

// codeSpan is the size of `code` at the beginning of s, 0 if there is none.
func codeSpan(s string) int {
	end := strings.IndexByte(s[1:], '`')
	if end <= 0 {
		return 0
	}
	return end + 2
}

func wordBefore(s string, i int) bool {
	last, size := utf8.DecodeLastRuneInString(s[:i])
	return size > 0 && isWord(last)
}

// nameBefore says whether a letter or digit of ASCII stands before i; before an address in a Chinese sentence there is
// often a Han character and no space.
func nameBefore(s string, i int) bool {
	return i > 0 && s[i-1] < utf8.RuneSelf && isWord(rune(s[i-1]))
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// bareAddress is the web address s begins with, "" if there is none. It ends before a space, a bracket, a character
// outside ASCII (an address in a Chinese sentence is followed by no space) and before punctuation that ends a sentence.
func bareAddress(s string) string {
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return ""
	}
	end := strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("<>\"`|", r)
	})
	if end >= 0 {
		s = s[:end]
	}
	s, _, _ = strings.Cut(s, "&lt;")
	s, _, _ = strings.Cut(s, "&gt;")
	s = strings.TrimRight(s, ".,;:!?'()[]{}*_~")
	if _, ok := webAddress(unescape(s)); !ok {
		return ""
	}
	return s
}

// unescape undoes Slack's three escapes in one pass: "&amp;lt;" is "&lt;", not "<".
func unescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}
