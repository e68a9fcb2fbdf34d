package grammar

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Verbs is the table of verbs: the folded form of every alias to its canonical
// verb. Build it with NewVerbs; it is only read afterwards.
type Verbs map[string]string

// NewVerbs makes the table from canonical verbs and their aliases. A verb is an
// alias of itself. Aliases are single words; an alias claimed twice belongs to
// the verb it spells, or else to the first verb in alphabetical order.
func NewVerbs(aliases map[string][]string) Verbs {
	v := Verbs{}
	canonical := slices.Sorted(maps.Keys(aliases))
	for _, verb := range canonical {
		v[Fold(verb)] = verb
	}
	for _, verb := range canonical {
		for _, alias := range aliases[verb] {
			if _, taken := v[Fold(alias)]; !taken {
				v[Fold(alias)] = verb
			}
		}
	}
	delete(v, "")
	return v
}

// Command is what somebody typed, taken apart.
type Command struct {
	// Verb is the canonical verb, or "" when there was none.
	Verb string
	// Unknown is the first word when it is no verb, as typed, and Nearest
	// holds up to three aliases that come close, best first, one for each verb.
	Unknown string
	Nearest []string
	// Number is the complaint's number if HasNumber: the word behind the verb,
	// or the first word, if it is a number.
	Number    Number
	HasNumber bool
	// Mentions are the ids of the users mentioned in the whole text.
	Mentions []string
	// Rest is the free text behind verb and number (behind nothing, when the
	// verb is unknown): unescaped, quotes kept, no white space at either end.
	Rest string
	// Words are the fields of Rest; their offsets count in Rest.
	Words []Field
}

// Parse takes the text of a slash command apart, as Slack sent it. The first
// word is the verb; a number may follow; the remainder is text. A space is not
// needed between verb and number where the verb does not end in a Latin
// letter (受理7), before # (accept#7), before a mention, or around Chinese
// punctuation (处理7：已退还). An unknown verb is not an error: see Command.
func Parse(text string, verbs Verbs) Command {
	c := Command{Mentions: Mentions(text)}
	at := 0
	if first, ok := firstWord(text); ok {
		at = first.Start
		verb, size := verbs.prefix(text[at:first.End], first)
		number := c.takeNumber(text[at+size:])
		switch {
		case verb != "":
			c.Verb = verb
		case c.HasNumber:
			c.Unknown = strings.TrimSpace(text[at : at+number])
		default:
			c.Unknown = Unescape(first.Text)
			c.Nearest = verbs.nearest(first.Text)
		}
		at += size + number
	}
	c.Rest = strings.TrimSpace(Unescape(text[at:]))
	c.Words = Fields(c.Rest)
	return c
}

// takeNumber reads the number that text begins with and gives the bytes it
// takes, 0 if there is none.
func (c *Command) takeNumber(text string) int {
	f, ok := firstWord(text)
	if !ok || f.Quoted {
		return 0
	}
	n, size, ok := numberPrefix(text[f.Start:f.End])
	if !ok {
		return 0
	}
	c.Number, c.HasNumber = n, true
	return f.Start + size
}

// prefix finds the longest verb that the word, as typed, begins with, and the
// bytes it takes. A quoted word is a verb only as a whole.
func (v Verbs) prefix(word string, f Field) (verb string, size int) {
	if verb, ok := v[Fold(f.Text)]; ok {
		return verb, len(word)
	}
	if f.Quoted {
		return "", 0
	}
	longest := 0
	for alias := range v {
		longest = max(longest, utf8.RuneCountInString(alias))
	}
	runes := 0
	for at, r := range word {
		if runes > longest {
			break
		}
		runes++
		end := at + utf8.RuneLen(r)
		if r == utf8.RuneError || end >= len(word) {
			break
		}
		if found, ok := v[Fold(word[:end])]; ok && ends(word[:end], word[end:]) {
			verb, size = found, end
			if next, n := utf8.DecodeRuneInString(word[end:]); strings.ContainsRune(cjkMarks, next) {
				size += n
			}
		}
	}
	return verb, size
}

// ends reports whether a verb may end between head and rest although there is
// no space.
func ends(head, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	if strings.ContainsRune(cjkMarks, next) || strings.HasPrefix(rest, "<@") {
		return true
	}
	if _, _, ok := numberPrefix(rest); !ok {
		return false
	}
	head = Fold(head)
	last := head[len(head)-1]
	latin := 'a' <= last && last <= 'z' || '0' <= last && last <= '9'
	return !latin || strings.ContainsRune("#＃№", next)
}

// nearest finds aliases close to an unknown word, at most one for each verb.
func (v Verbs) nearest(word string) []string {
	var out []string
	seen := map[string]bool{}
	for _, alias := range Nearest(word, slices.Sorted(maps.Keys(v)), len(v)) {
		if verb := v[alias]; !seen[verb] && len(out) < 3 {
			seen[verb] = true
			out = append(out, alias)
		}
	}
	return out
}
