package grammar

import (
	"slices"
	"strings"

	"golang.org/x/text/width"
)

// punctuation is what may cling to a word; Fold has made the full-width marks
// half-width before it looks.
const punctuation = "，。、：；！？,.;:!?"

// Fold is the form in which verbs, numbers and ids are compared: full-width
// characters as half-width ones, lower case, and no punctuation or white space
// at either end. It is narrower than NFKC on purpose (① stays ①). A word that
// is a Slack escape, such as <@U1|name>, keeps its case and its characters.
// Folding a folded word changes nothing. Do not fold free text.
func Fold(word string) string {
	word = trim(word)
	if isEscape(word) {
		return word
	}
	// Lower case and width can each uncover a character for the other.
	return trim(width.Fold.String(strings.ToLower(width.Fold.String(word))))
}

func trim(s string) string {
	for {
		t := strings.Trim(strings.TrimSpace(s), punctuation)
		if t == s {
			return s
		}
		s = t
	}
}

func isEscape(word string) bool {
	return len(word) > 3 && word[0] == '<' && strings.IndexByte("@#!", word[1]) >= 0 &&
		strings.IndexByte(word, '>') == len(word)-1
}

// Mentions lists the ids of the users mentioned in text as Slack writes them
// (<@U123> or <@W123|name>), each once, in the order they first appear. text is
// the text as Slack sent it, not unescaped: there a typed "<" is "&lt;".
func Mentions(text string) []string {
	var ids []string
	for {
		_, after, found := strings.Cut(text, "<@")
		if !found {
			return ids
		}
		text = after
		inner, _, closed := strings.Cut(after, ">")
		id, _, _ := strings.Cut(inner, "|")
		if closed && isUserID(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
}

func isUserID(id string) bool {
	return len(id) > 1 && (id[0] == 'U' || id[0] == 'W') &&
		strings.Trim(id[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

var entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// Unescape turns text as Slack sends it into what the person saw: &amp; &lt;
// and &gt; are undone once, a link becomes its label (or its address), a
// channel #name, a broadcast the plain words @channel, @here or @everyone, a
// user group its handle. Mentions of users stay as they are, for whoever shows
// the text to look up. The result is plain text and must be escaped before it
// goes back to Slack.
func Unescape(text string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(text, '<')
		if open < 0 {
			b.WriteString(entities.Replace(text))
			return b.String()
		}
		b.WriteString(entities.Replace(text[:open]))
		text = text[open:]
		end := strings.IndexAny(text[1:], "<>\n")
		if end < 0 || text[1+end] != '>' {
			b.WriteByte('<')
			text = text[1:]
			continue
		}
		b.WriteString(plain(text[1 : 1+end]))
		text = text[end+2:]
	}
}

// plain shows what stands between < and >.
func plain(inner string) string {
	target, label, _ := strings.Cut(inner, "|")
	label = entities.Replace(label)
	switch {
	case strings.HasPrefix(target, "@"):
		return "<" + inner + ">"
	case strings.HasPrefix(target, "#"):
		if label != "" {
			return "#" + label
		}
		return target
	case strings.HasPrefix(target, "!subteam^"), strings.HasPrefix(target, "!date^"):
		if label != "" {
			return label
		}
		_, rest, _ := strings.Cut(target, "^")
		return "@" + rest
	case len(target) > 1 && target[0] == '!':
		return "@" + target[1:]
	case strings.Contains(target, "://"), strings.HasPrefix(target, "mailto:"), strings.HasPrefix(target, "tel:"):
		if label != "" {
			return label
		}
		return entities.Replace(target)
	}
	return "<" + entities.Replace(inner) + ">"
}
