package kit

import (
	"html"
	"strings"
	"unicode/utf8"
)

// attrs are the attributes of one element, name and value. Names are words of this package; values may be anything.
type attrs [][2]string

// class is the attribute list of an element that has only a class.
func class(name string) attrs { return attrs{{"class", name}} }

// opt adds an attribute unless its value is empty.
func (a attrs) opt(name, value string) attrs {
	if value == "" {
		return a
	}
	return append(a, [2]string{name, value})
}

// flag adds an attribute without a value when on is set.
func (a attrs) flag(name string, on bool) attrs {
	if !on {
		return a
	}
	return append(a, [2]string{name, ""})
}

// writer is the only place where HTML is written. Tags and attribute names are constants of this package, everything
// else passes through escape, and elements are closed by the call that opened them: what comes out is well formed and
// holds no markup that the blocks brought along.
type writer struct{ b strings.Builder }

// el writes an element and, inside it, what inside writes.
func (w *writer) el(tag string, a attrs, inside func()) {
	w.void(tag, a)
	inside()
	w.b.WriteString("</")
	w.b.WriteString(tag)
	w.b.WriteByte('>')
}

// leaf writes an element that holds only text.
func (w *writer) leaf(tag string, a attrs, text string) {
	w.el(tag, a, func() { w.text(text) })
}

// void writes a start tag.
func (w *writer) void(tag string, a attrs) {
	w.b.WriteByte('<')
	w.b.WriteString(tag)
	for _, kv := range a {
		w.b.WriteByte(' ')
		w.b.WriteString(kv[0])
		w.b.WriteString(`="`)
		w.b.WriteString(escape(kv[1]))
		w.b.WriteByte('"')
	}
	w.b.WriteByte('>')
}

// text writes text as it is.
func (w *writer) text(s string) { w.b.WriteString(escape(s)) }

// broken writes text with its line breaks.
func (w *writer) broken(s string, line func(string)) {
	for i, l := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if i > 0 {
			w.void("br", nil)
		}
		line(l)
	}
}

// escape makes text that means itself in an element and in a quoted attribute. Bytes that are no text, and control
// characters that a browser would drop or read in its own way, become U+FFFD.
func escape(s string) string {
	odd := func(r rune) bool { return r == utf8.RuneError || r < ' ' && r != '\n' && r != '\t' || r == 0x7f }
	if strings.IndexFunc(s, odd) >= 0 {
		s = strings.Map(func(r rune) rune {
			if odd(r) {
				return utf8.RuneError
			}
			return r
		}, s)
	}
	return html.EscapeString(s)
}
