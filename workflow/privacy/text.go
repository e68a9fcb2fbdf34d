package privacy

import (
	"strings"
	"unicode"
)

// Clean makes free text safe to store and to show: valid UTF-8 (U+FFFD for
// what is not), every kind of line end as \n, no control characters but \n
// and \t, none of the marks that change the direction of text (they can make a
// sentence read differently from what was typed), and no white space at either
// end. Cleaning a clean text changes nothing.
func Clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			return '\n'
		case unicode.IsControl(r) || isBidi(r) || r == '\uFEFF':
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// Substance counts the letters, digits and Han characters of s: what counts
// when a text must have a least length. Spaces, punctuation, emoji (also the
// keycaps made of a digit) and letters that show as nothing do not count.
func Substance(s string) int {
	runes := []rune(s)
	n := 0
	for i, r := range runes {
		switch {
		case r == '\u115F' || r == '\u1160' || r == '\u3164' || r == '\uFFA0': // Hangul fillers
		case unicode.IsDigit(r) && keycapFollows(runes[i+1:]):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			n++
		}
	}
	return n
}

func keycapFollows(rest []rune) bool {
	if len(rest) > 0 && rest[0] == '\uFE0F' {
		rest = rest[1:]
	}
	return len(rest) > 0 && rest[0] == '\u20E3'
}
