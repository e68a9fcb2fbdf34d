package grammar

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Field is one word of a text.
type Field struct {
	// Text is the word without its quotes; a long dash that stands for "--"
	// is written so.
	Text string
	// Quoted says that at least part of the word was in quotes; an empty
	// quoted word is a word.
	Quoted bool
	// Start and End are byte offsets in the input: text[Start:End] is the word
	// as it was typed, quotes included.
	Start, End int
}

// quotes holds what opens a quote and what closes it. The second list is used
// where the first finds nothing, because keyboards mix straight and curly.
var quotes = map[rune][2]string{
	'"': {`"`, `”“＂`}, '＂': {`＂`, `"”“`}, '“': {`”`, `"“＂`}, '”': {`”`, `"“＂`}, '„': {`“”`, `"`},
	'\'': {`'`, `’`}, '‘': {`’`, `'`},
	'「': {`」`, ``}, '『': {`』`, ``}, '«': {`»`, ``}, '‹': {`›`, ``}, '｢': {`｣`, ``},
}

// Fields cuts text into words. Unicode white space separates. A pair of quotes
// (straight, curly, 「」 『』 or «») keeps white space and is removed; a straight
// or single one opens only where a word, or a value after = : ( , begins, so an
// apostrophe or an inch mark inside a word is a letter; a quote that is never
// closed is a letter too. A dash longer than a hyphen before a letter at the
// start of a word is read as "--", which phones turn into it. A Slack mention
// such as <@U1|Li Wei> is never cut.
func Fields(text string) []Field {
	s := splitter{text: text, missing: map[string]bool{}}
	var out []Field
	for f, ok := s.next(); ok; f, ok = s.next() {
		out = append(out, f)
	}
	return out
}

// firstWord is the first field of text.
func firstWord(text string) (Field, bool) {
	s := splitter{text: text, missing: map[string]bool{}}
	return s.next()
}

type splitter struct {
	text     string
	at       int
	missing  map[string]bool // closing marks known not to be in the rest of the text
	noEscape bool            // no > in the rest of the text
}

// next reads one word, or reports that there is none left.
func (s *splitter) next() (Field, bool) {
	s.at = len(s.text) - len(strings.TrimLeftFunc(s.text[s.at:], unicode.IsSpace))
	if s.at == len(s.text) {
		return Field{}, false
	}
	return s.word(), true
}

// word reads the word that begins at s.at, which is no white space.
func (s *splitter) word() Field {
	f := Field{Start: s.at}
	var b strings.Builder
	opening := true // a value begins here
	if dashes := leadingDashes(s.text[s.at:]); dashes > 0 {
		b.WriteString("--")
		s.at += dashes
		opening = false
	}
	for s.at < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		if unicode.IsSpace(r) {
			break
		}
		if n := s.escape(); n > 0 {
			b.WriteString(s.text[s.at : s.at+n])
			s.at += n
			opening = false
			continue
		}
		if inner, whole, ok := s.quoted(r, size, opening); ok {
			b.WriteString(inner)
			s.at += whole
			f.Quoted, opening = true, false
			continue
		}
		b.WriteString(s.text[s.at : s.at+size])
		s.at += size
		opening = strings.ContainsRune("=:：(（,，、", r)
	}
	f.Text, f.End = b.String(), s.at
	return f
}

// escape is the length of the mention at s.at, or 0.
func (s *splitter) escape() int {
	rest := s.text[s.at:]
	if s.noEscape || len(rest) < 2 || rest[0] != '<' || !strings.ContainsRune("@#!", rune(rest[1])) {
		return 0
	}
	end := strings.IndexAny(rest[1:], "<>\n")
	if end < 0 {
		s.noEscape = true
		return 0
	}
	if rest[1+end] != '>' {
		return 0
	}
	return end + 2
}

// quoted reads the quote that r (of size bytes at s.at) opens, if it does:
// what is inside, and the length with both marks.
func (s *splitter) quoted(r rune, size int, opening bool) (inner string, whole int, ok bool) {
	closers, isQuote := quotes[r]
	if !isQuote || !opening && strings.ContainsRune(`"＂'‘”`, r) {
		return "", 0, false
	}
	rest := s.text[s.at+size:]
	for _, marks := range closers {
		if s.missing[marks] {
			continue
		}
		if end, width := closing(rest, marks, r == '\'' || r == '‘'); end >= 0 {
			return rest[:end], size + end + width, true
		}
		s.missing[marks] = true
	}
	return "", 0, false
}

// closing finds the first of marks in s. An apostrophe between two letters
// closes nothing.
func closing(s, marks string, single bool) (at, width int) {
	prev := rune(0)
	for i, r := range s {
		size := utf8.RuneLen(r)
		if strings.ContainsRune(marks, r) && r != utf8.RuneError {
			next, _ := utf8.DecodeRuneInString(s[i+size:])
			if !single || !unicode.IsLetter(prev) || !unicode.IsLetter(next) {
				return i, size
			}
		}
		prev = r
	}
	return -1, 0
}

// leadingDashes is the length of the en or em dashes that s begins with if a
// letter follows them, or 0.
func leadingDashes(s string) int {
	rest := strings.TrimLeft(s, "–—―")
	if r, _ := utf8.DecodeRuneInString(rest); len(rest) == len(s) || !unicode.IsLetter(r) {
		return 0
	}
	return len(s) - len(rest)
}
