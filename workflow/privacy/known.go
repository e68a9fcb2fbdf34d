package privacy

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// HideKnown masks a customer's own name, phone and document number where they stand in free text. Mask finds what looks
// like a number; a name looks like nothing, but here it is known. A name of one character is left alone: it would be
// found everywhere.
func HideKnown(text, name, phone, id string) string {
	for _, p := range []struct{ clear, masked string }{
		{name, Name(name)}, {phone, Phone(phone)}, {id, IDNumber(id)},
	} {
		switch {
		case utf8.RuneCountInString(p.clear) < 2 || p.masked == p.clear:
		case strings.ContainsFunc(p.clear, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
			text = strings.ReplaceAll(text, p.clear, p.masked)
		case !strings.ContainsFunc(p.clear, unicode.IsLetter) && !strings.Contains(text, p.clear): // spares most texts the expression
		default: // "Li" is not to be hidden in "Line"
			word := regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(strings.ToValidUTF8(p.clear, "?")) + `\b`)
			text = word.ReplaceAllLiteralString(text, p.masked)
		}
	}
	return text
}
