package sandbox

import (
	"regexp"
	"slices"
	"strings"
)

var (
	escaper   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	smartener = strings.NewReplacer("---", "\u2014", "--", "\u2014")
	bareURL   = regexp.MustCompile(`https?://[^\s<>|]+`)
)

func escape(s string) string   { return escaper.Replace(s) }
func unescape(s string) string { return unescaper.Replace(s) }

// smarten writes quotes and dashes as the keyboards of phones and Macs do.
func smarten(s string) string {
	var b strings.Builder
	open := true // whether a quote here would be an opening one
	for _, r := range smartener.Replace(s) {
		switch {
		case r == '"' && open:
			r = '\u201C'
		case r == '"':
			r = '\u201D'
		case r == '\'' && open:
			r = '\u2018'
		case r == '\'':
			r = '\u2019'
		}
		b.WriteRune(r)
		open = strings.ContainsRune(" \t\n([{\u201C\u2018", r)
	}
	return b.String()
}

var broadcasts = map[string]string{"@here": "<!here>", "@channel": "<!channel>", "@everyone": "<!everyone>"}

// compose makes the stored text of what a person typed, as a client does: everything is escaped, then "@name", "#name"
// and addresses become references. For a command that does not ask for escaping, see typedCommand.
func (w *Workspace) compose(typed string) string {
	text := escape(typed)
	var b strings.Builder
	for text != "" {
		i := strings.IndexAny(text, "@#h")
		if i < 0 {
			break
		}
		b.WriteString(text[:i])
		text = text[i:]
		ref, n := w.reference(text)
		b.WriteString(ref)
		text = text[n:]
	}
	return b.String() + text
}

// reference reads what stands at the start of text: a mention, a channel or an address, or one plain character. n is how
// much of the text it took.
func (w *Workspace) reference(text string) (ref string, n int) {
	switch text[0] {
	case '@':
		for word, as := range broadcasts {
			if strings.HasPrefix(text, word) {
				return as, len(word)
			}
		}
		var best *person
		for _, p := range w.order {
			for _, name := range []string{p.Name, p.RealName, p.ID} {
				if name != "" && len(name) > n && foldPrefix(text[1:], escape(name)) {
					best, n = p, len(name)
				}
			}
		}
		if best != nil {
			return "<@" + best.ID + ">", n + 1
		}
		for _, g := range w.groups {
			if g.handle != "" && foldPrefix(text[1:], g.handle) && len(g.handle) > n {
				ref, n = "<!subteam^"+g.id+">", len(g.handle)
			}
		}
		if n > 0 {
			return ref, n + 1
		}
	case '#':
		var best *channel
		for _, ch := range w.rooms {
			if ch.Name != "" && len(ch.Name) > n && strings.HasPrefix(text[1:], ch.Name) {
				best, n = ch, len(ch.Name)
			}
		}
		if best != nil && best.Private {
			return "<#" + best.ID + "|>", n + 1
		}
		if best != nil {
			return "<#" + best.ID + "|" + best.Name + ">", n + 1
		}
	case 'h':
		if url := bareURL.FindString(text); url != "" && strings.HasPrefix(text, url) {
			return "<" + url + ">", len(url)
		}
	}
	return text[:1], 1
}

func foldPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// typedCommand cuts "/name text" and finds the command in the manifest.
func (w *Workspace) typedCommand(typed string) (cmd Command, text string, known bool) {
	name := typed
	if i := strings.IndexAny(typed, " \n"); i >= 0 {
		name, text = typed[:i], typed[i+1:]
	}
	cmd, known = w.manifest.command(name)
	cmd.Command = name
	if cmd.ShouldEscape {
		text = w.compose(text)
	}
	return cmd, text, known
}

// findPerson finds somebody by id, handle or name.
func (w *Workspace) findPerson(who string) *person {
	if p := w.people[who]; p != nil {
		return p
	}
	who = strings.TrimPrefix(who, "@")
	i := slices.IndexFunc(w.order, func(p *person) bool { return p.Name == who || p.RealName == who })
	if i < 0 {
		return nil
	}
	return w.order[i]
}

// findChannel finds a conversation by id or name.
func (w *Workspace) findChannel(which string) *channel {
	if ch := w.channels[which]; ch != nil {
		return ch
	}
	which = strings.TrimPrefix(which, "#")
	i := slices.IndexFunc(w.rooms, func(ch *channel) bool { return ch.Name != "" && ch.Name == which })
	if i < 0 {
		return nil
	}
	return w.rooms[i]
}
