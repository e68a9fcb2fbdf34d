package words

import (
	"regexp"
	"strings"
)

// broadcasts are the words that ring everybody when Slack reads them behind an @. They are kept apart from it by a word
// joiner, which nobody sees.
var broadcasts = regexp.MustCompile(`(?i)@(channel|here|everyone|group)`)

const wordJoiner = "\u2060"

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Escape makes text that a person wrote safe to stand in a Slack message: no mention, link or broadcast in it works, and no
// mark in it turns the direction of what stands around it.
func Escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if isDirection(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return broadcasts.ReplaceAllString(escapes.Replace(s), "@"+wordJoiner+"$1")
}

// isDirection reports whether r is one of the marks that embed, override or isolate a direction of writing. Text in
// Arabic or Hebrew reads right without them.
func isDirection(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

// Plain makes text safe to stand in a plain_text place, such as a table's cell: nothing is escaped there, because Slack would
// show the escapes, but no mark that a client could take for a mention or a turn of direction is left.
func Plain(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	var b strings.Builder
	for _, r := range s {
		if isDirection(r) {
			continue
		}
		b.WriteRune(r)
		if r == '<' {
			b.WriteString(wordJoiner)
		}
	}
	return broadcasts.ReplaceAllString(b.String(), "@"+wordJoiner+"$1")
}
