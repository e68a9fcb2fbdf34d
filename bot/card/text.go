package card

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sameday/bot/words"
	"sameday/workflow"
)

// escape is the start of a text that a person wrote, on one line, at most most characters before escaping.
func escape(text string, most int) string { return words.Escape(workflow.Gist(text, most)) }

func length(s string) int { return utf8.RuneCountInString(s) }

// dots joins what stands side by side; nothing for what is empty.
func dots(parts []string) string { return joined(parts, " · ") }

// stack joins what stands below each other; no line for what is empty.
func stack(lines []string) string { return joined(lines, "\n") }

func joined(parts []string, by string) string {
	kept := make([]string, 0, len(parts))
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, by)
}

// cost is how many characters a character takes at most once it is escaped.
func cost(r rune) int {
	switch r {
	case '&':
		return len("&amp;")
	case '<', '>':
		return len("&lt;")
	case '@':
		return 2 // and a joiner that keeps it from a broadcast
	}
	return 1
}

// split cuts a long text into escaped pieces of at most most characters, at a line end or a space where there is one near the end,
// and never inside a character that consists of several. It gives at most parts pieces and what is left over, unescaped.
func split(text string, most, parts int) (pieces []string, rest string) {
	for text != "" && len(pieces) < parts {
		n := fitting(text, most)
		piece := text[:n]
		text = strings.TrimLeft(text[n:], " \n\t")
		if piece = words.Escape(strings.TrimRight(piece, " \n\t")); piece != "" {
			pieces = append(pieces, piece)
		}
	}
	return pieces, text
}

// fitting is how many bytes of the text go into most characters.
func fitting(text string, most int) int {
	used, whole, good := 0, 0, 0
	for i, r := range text {
		if !continues(r) {
			whole = i
		}
		if r == '\n' || r == ' ' {
			good = i
		}
		if used += cost(r); used > most {
			switch {
			case good > i/2:
				return good
			case whole > 0:
				return whole
			default:
				return max(i, 1)
			}
		}
	}
	return len(text)
}

// continues reports whether r belongs to the character before it: an accent, a skin tone, the second half of a joined emoji.
func continues(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc, unicode.Variation_Selector) || r == '\u200D' || r >= 0x1F3FB && r <= 0x1F3FF
}
