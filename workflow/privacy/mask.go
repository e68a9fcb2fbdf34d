package privacy

import (
	"strings"
	"unicode/utf8"
)

// Findings counts what Mask replaced. It holds no personal data and may be
// logged.
type Findings struct {
	IDs     int // resident identity numbers
	Cards   int // bank card numbers
	Mobiles int // mainland mobile numbers
	Emails  int // e-mail addresses
}

// Total is the number of replacements of all kinds; 0 means that the text
// was left as it was.
func (f Findings) Total() int { return f.IDs + f.Cards + f.Mobiles + f.Emails }

// Mask replaces the personal data in text (see the package comment for what
// counts) and says how much of it there was:
//
//	13812341234             138****1234          a prefix such as +86 stays
//	310101199003071234      310101********1234
//	6222 0212 3456 7890     **** **** **** 7890
//	wang.li@example.com     w***@example.com
//
// Digits that stay are written in ASCII. Invalid UTF-8 becomes U+FFFD and NUL
// is dropped, so that neither can split a number in two; nothing else is
// changed. Masking a masked text changes nothing.
func Mask(text string) (masked string, found Findings) {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
	text, found.Emails = maskEmails(text)
	runes := []rune(text)
	matches := findNumbers(runes)
	if len(matches) == 0 {
		return text, found
	}
	var b strings.Builder
	at := 0
	for _, m := range matches {
		b.WriteString(string(runes[at:m.start]))
		b.WriteString(m.shown)
		at = m.end
		switch m.kind {
		case kindID:
			found.IDs++
		case kindCard:
			found.Cards++
		case kindMobile:
			found.Mobiles++
		}
	}
	b.WriteString(string(runes[at:]))
	return b.String(), found
}

// maskEmails looks at each @ once: what stands left of it, as far as the
// previous @, is the local part; what stands right of it must begin like a
// domain. The decision is made on the text as it came, so that a chain such as
// a@b.com@c.com loses both local parts at once and a second call finds nothing.
func maskEmails(text string) (string, int) {
	if !strings.ContainsAny(text, "@＠") {
		return text, 0
	}
	var b strings.Builder
	count, done := 0, 0
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if r != '@' && r != '＠' {
			at += size
			continue
		}
		local := localStart(text[done:at]) + done
		if local < at && startsWithDomain(text[at+size:]) {
			_, first := utf8.DecodeRuneInString(text[local:])
			b.WriteString(text[done : local+first])
			b.WriteString("***")
			count++
		} else {
			b.WriteString(text[done:at])
		}
		b.WriteString(text[at : at+size])
		at += size
		done = at
	}
	b.WriteString(text[done:])
	return b.String(), count
}

// localStart is where the longest tail of s that can be the local part of an
// address begins.
func localStart(s string) int {
	at := len(s)
	for at > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:at])
		if r = half(r); !asciiAlnum(r) && !strings.ContainsRune("._%+-", r) {
			break
		}
		at -= size
	}
	return at
}

// startsWithDomain reports whether s begins with at least two labels of which
// the second or a later one begins with two letters. What follows is not
// looked at: "b.com-13800138000" has the domain b.com.
func startsWithDomain(s string) bool {
	label, letters, labels := 0, 0, 0
	for _, r := range s {
		r = half(r)
		switch {
		case r == '.':
			if label == 0 {
				return false
			}
			label, letters, labels = 0, 0, labels+1
		case asciiAlnum(r) || r == '-':
			if asciiLetter(r) && letters == label {
				letters++
			}
			label++
			if labels > 0 && letters == 2 {
				return true
			}
		default:
			return false
		}
	}
	return false
}

// half turns the full-width form of an ASCII character into that character.
func half(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

func asciiLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

func asciiAlnum(r rune) bool { return asciiLetter(r) || '0' <= r && r <= '9' }
