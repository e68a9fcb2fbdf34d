package blockkit

import "strings"

// readMrkdwn is what a reader sees of mrkdwn, but for bold and the like, whose marks stay: references in angle brackets
// are shown as their label and the three escapes are undone. References are looked for first, so that an escaped
// bracket can never become one.
func readMrkdwn(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "<")
		inside, after, closed := strings.Cut(rest, ">")
		if !found || !closed {
			b.WriteString(unescape(s))
			return b.String()
		}
		b.WriteString(unescape(before))
		b.WriteString(unescape(readReference(inside)))
		s = after
	}
}

// readReference is what stands for the part between angle brackets: a label when there is one.
func readReference(inside string) string {
	if target, ok := strings.CutPrefix(inside, "!date^"); ok {
		// <!date^1700000000^{date} {time}^https://…|fallback>
		if _, fallback, ok := strings.Cut(target, "|"); ok {
			return fallback
		}
		return ""
	}
	target, label, labelled := strings.Cut(inside, "|")
	labelled = labelled && label != ""
	for _, r := range references {
		id, ok := strings.CutPrefix(target, r.prefix)
		switch {
		case !ok:
		case labelled:
			return r.sign + strings.TrimPrefix(label, r.sign)
		default:
			return r.sign + id
		}
	}
	if labelled {
		return label
	}
	return target
}

// references is the table of references that are not links: how they begin and what is put before their name.
var references = []struct{ prefix, sign string }{
	{"@", "@"}, {"#", "#"}, {"!subteam^", "@"}, {"!", "@"},
}

// unescape undoes Slack's three escapes in one pass: "&amp;lt;" is "&lt;", not "<".
func unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}
