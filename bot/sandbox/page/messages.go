package page

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"sameday/bot/sandbox"
	"sameday/bot/sandbox/page/kit"
)

// listView is a list of messages: a conversation, a thread, the pins, or the Home tab.
type listView struct {
	V            *visit
	Items        []itemView
	Older, Newer string // addresses; empty when there is no more
	Home         template.HTML
	HomeMark     string
	Empty        string
}

// T is a word of the page in the window's language.
func (c listView) T(key string, args ...any) string { return c.V.say.T(key, args...) }

type itemView struct {
	ID, TS, Channel, Mark            string
	Name, Initial, Title, Clock      string
	Hue                              int
	Day                              string // a line above: the day begins
	App, Compact, System, Private    bool
	Edited, Pinned, Mine, Lit        bool
	Body                             template.HTML
	Files                            []fileView
	Reactions                        []reactionView
	Replies                          int
	LastReply, Thread, Link, Version string
	Shortcuts                        []sandbox.Shortcut
}

type fileView struct {
	Name, Link, Size string
	Picture          bool
}

type reactionView struct {
	Name, Face string
	Count      int
}

// messages draws the conversation, its pins or the Home tab, and notes that the person has read it.
func (s *server) messages(v *visit) listView {
	out := listView{V: v}
	if v.tab == "home" {
		return s.home(v)
	}
	if v.tab == "pins" {
		pins, err := v.actor.Pins(v.channel)
		if err == nil {
			out.Items = v.items(pins, "p")
		}
		out.Empty = v.say.T("no.pins")
		return out
	}
	win := sandbox.Window{Limit: v.limit}
	if v.thread == "" {
		win.Around = v.at
	}
	part, err := v.actor.Excerpt(v.channel, win)
	if err != nil {
		out.Empty = v.say.T("no.channel")
		return out
	}
	out.Items, out.Empty = v.items(part.Messages, "m"), v.say.T("no.messages")
	if part.Older {
		out.Older = v.here("at", v.at, "limit", strconv.Itoa(v.limit+shown))
	}
	if part.Newer {
		out.Newer = v.here()
	}
	s.read(v)
	return out
}

// read notes how far the person has read.
func (s *server) read(v *visit) {
	newest, err := v.actor.Newest(v.channel)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	marks := s.desk(v.me.ID).marks
	marks[v.channel] = max(marks[v.channel], newest)
}

func (s *server) home(v *visit) listView {
	out := listView{V: v, Empty: v.say.T("no.home")}
	if h := v.actor.Home(); h != nil {
		out.Home = kit.Modal(v.drawing("", ""), h.Blocks, h.State, nil, kit.Target{View: h.ID})
		out.HomeMark = version([]any{h.ID, h.Hash})
	}
	return out
}

// threadList draws the thread that is open.
func (s *server) threadList(v *visit) listView {
	out := listView{V: v}
	if v.thread == "" {
		return out
	}
	list, err := v.actor.Thread(v.channel, v.thread)
	if err != nil {
		out.Empty = v.say.T("no.thread")
		return out
	}
	if n := len(list); n > v.limit && v.at == "" {
		out.Older = v.here("limit", strconv.Itoa(v.limit+shown))
		list = append(slices.Clone(list[:1]), list[n-v.limit:]...)
	}
	out.Items = v.items(list, "t")
	for i := range out.Items {
		out.Items[i].Thread = ""
	}
	return out
}

// together is how soon a person's next message stands under the same name.
const together = 5 * time.Minute

func (v *visit) items(list []sandbox.Message, pane string) []itemView {
	out := make([]itemView, 0, len(list))
	var before sandbox.Message
	var day string
	for _, m := range list {
		it := v.item(m, pane)
		when := moment(m.TS).In(v.zone)
		if d := v.say.day(when, v.s.now().In(v.zone)); d != day {
			day, it.Day = d, d
		}
		near := moment(m.TS).Sub(moment(before.TS)) < together
		it.Compact = it.Day == "" && near && before.User == m.User && before.BotID == m.BotID && before.Subtype == "" &&
			before.Ephemeral == m.Ephemeral && m.Subtype == "" && before.TS != "" && m.BotID == ""
		it.Version = version(it)
		out = append(out, it)
		before = m
	}
	return out
}

func (v *visit) item(m sandbox.Message, pane string) itemView {
	name := v.personName(m.User)
	when := moment(m.TS).In(v.zone)
	p, _ := v.s.ws.Person(m.User)
	it := itemView{
		ID: pane + "-" + m.TS, TS: m.TS, Channel: m.Channel, Name: name, Initial: initial(name), Hue: hue(m.User), Title: p.Title,
		Clock: when.Format("15:04"), Mark: when.Format("2006-01-02 15:04:05"), App: m.BotID != "",
		System:  m.Subtype != "" && m.Subtype != "file_share" && m.Subtype != "thread_broadcast" && m.Subtype != "bot_message",
		Private: m.Ephemeral, Edited: m.Edited != "" && m.BotID == "", Pinned: m.Pinned, Mine: m.User == v.me.ID && m.BotID == "",
		Lit: m.TS == v.at, Replies: m.ReplyCount,
	}
	if it.Name == "" {
		it.Name = "Slackbot"
	}
	it.Body = kit.Message(v.drawing(m.Channel, m.TS), m.Text, m.Blocks, m.Attachments, kit.Target{Channel: m.Channel, TS: m.TS, Pane: pane})
	for _, f := range m.Files {
		it.Files = append(it.Files, fileView{
			Name: f.Title, Link: v.fileURL(m.Channel, m.TS, f.ID), Size: size(f.Size), Picture: inline[f.MimeType],
		})
	}
	for _, r := range m.Reactions {
		it.Reactions = tally(it.Reactions, r)
	}
	if m.Ephemeral {
		return it
	}
	root := m.ThreadTS
	if root == "" {
		root = m.TS
	}
	it.Thread = v.link("channel", m.Channel, "thread", root)
	it.Link = "/archives/" + m.Channel + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if root != m.TS {
		it.Link += "?thread_ts=" + root + "&cid=" + m.Channel
	}
	for _, s := range v.s.ws.Shortcuts() {
		if s.Type == "message" {
			it.Shortcuts = append(it.Shortcuts, s)
		}
	}
	return it
}

// faces are the reactions drawn as pictures; others stand as their names.
var faces = map[string]string{
	"+1": "👍", "thumbsup": "👍", "-1": "👎", "white_check_mark": "✅", "heavy_check_mark": "✔️", "eyes": "👀", "warning": "⚠️",
	"heart": "❤️", "tada": "🎉", "pray": "🙏", "x": "❌", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "bell": "🔔",
	"rotating_light": "🚨", "raised_hands": "🙌", "joy": "😂", "smile": "😄", "thinking_face": "🤔", "ok_hand": "👌",
}

func tally(all []reactionView, name string) []reactionView {
	for i := range all {
		if all[i].Name == name {
			all[i].Count++
			return all
		}
	}
	face, ok := faces[name]
	if !ok {
		face = ":" + name + ":"
	}
	return append(all, reactionView{Name: name, Face: face, Count: 1})
}

func initial(name string) string {
	for _, r := range name {
		return strings.ToUpper(string(r))
	}
	return "?"
}

const hues = 8

func hue(id string) int {
	sum := 0
	for _, b := range []byte(id) {
		sum = (sum*31 + int(b)) % 9973
	}
	return sum % hues
}

func size(n int) string {
	switch {
	case n < 1<<10:
		return strconv.Itoa(n) + " B"
	case n < 1<<20:
		return strconv.Itoa(n>>10) + " kB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB"
}

// moment is the time in a ts.
func moment(ts string) time.Time {
	sec, frac, _ := strings.Cut(ts, ".")
	s, _ := strconv.ParseInt(sec, 10, 64) // the workspace made it
	us, _ := strconv.ParseInt(frac, 10, 64)
	return time.Unix(s, us*1000)
}
