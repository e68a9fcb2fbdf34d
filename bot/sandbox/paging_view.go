package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// Window says which part of a conversation to show. The zero value means the newest 60 messages.
type Window struct {
	Around string // ts of a message that must be shown, with as many before as after it; empty means the newest
	Limit  int    // how many messages at most; 0 means 60
}

// Excerpt is a part of a conversation, oldest first.
type Excerpt struct {
	Messages     []Message
	Older, Newer bool // there is more before, after
}

// Glance is one line of the list at the side: a conversation and what is new in it.
type Glance struct {
	Room     Room // without Members
	Unread   int  // messages of others after the mark, replies not counted
	Mentions int  // messages and replies after the mark that name the person or everybody; in a direct message all of them
}

// Excerpt is Channel for long conversations: it costs what it shows, not what there is.
func (a *Actor) Excerpt(channel string, win Window) (Excerpt, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, ch, err := a.visible(channel)
	if err != nil {
		return Excerpt{}, err
	}
	limit := max(or(win.Limit, 60), 1)
	end := len(ch.top)
	if win.Around != "" {
		i, _ := slices.BinarySearchFunc(ch.top, win.Around, func(m *message, ts string) int { return strings.Compare(m.ts, ts) })
		end = min(end, i+limit/2+1)
	}
	start := max(0, end-limit)
	list := a.w.page(ch.top[start:end], ch, p, "")
	out := Excerpt{Older: start > 0, Newer: end < len(ch.top)}
	for _, m := range list { // ephemeral ones stand where they came
		if m.Ephemeral && (out.Older && m.TS < ch.top[start].ts || out.Newer && m.TS > ch.top[end].ts) {
			continue
		}
		out.Messages = append(out.Messages, m)
	}
	return out, nil
}

// Glances lists the conversations the person may look at, as Rooms does, with what is new after the marks: the ts last
// read in each conversation by id, or base where there is none.
func (a *Actor) Glances(marks map[string]string, base string) ([]Glance, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, err := a.person()
	if err != nil {
		return nil, err
	}
	var out []Glance
	for _, ch := range a.w.rooms {
		if !ch.has(p.ID) && (ch.Private || p.Guest) {
			continue
		}
		g := Glance{Room: a.w.glanceRoom(p, ch)}
		if ch.has(p.ID) {
			g.Unread, g.Mentions = a.w.news(p, ch, or(marks[ch.ID], base))
		}
		out = append(out, g)
	}
	return out, nil
}

func (w *Workspace) glanceRoom(p *person, ch *channel) Room {
	r := Room{
		ID: ch.ID, Name: ch.Name, Topic: ch.Topic, Kind: string(ch.kind), Member: ch.has(p.ID), Archived: ch.Archived,
		Private: ch.Private, HasBot: ch.has(w.bot.ID),
	}
	if ch.kind == kindDirect {
		r.Name = w.bot.RealName
	}
	if n := len(ch.top); n > 0 {
		r.Last = ch.top[n-1].ts
	}
	return r
}

// news counts what came after the mark. Replies come after their parent, so a reply to an old message is looked for only
// in the newest threads.
func (w *Workspace) news(p *person, ch *channel, mark string) (unread, mentions int) {
	const threadsLooked = 50
	for i := len(ch.top) - 1; i >= 0; i-- {
		m := ch.top[i]
		if m.ts <= mark && len(ch.top)-i > threadsLooked {
			break
		}
		for _, r := range append([]*message{m}, m.replies...) {
			if r.ts <= mark || r.user == p.ID && r.bot == "" || r.gone {
				continue
			}
			if r == m {
				unread++
			}
			if ch.kind == kindDirect || names(r, p.ID) {
				mentions++
			}
		}
	}
	return unread, mentions
}

func names(m *message, user string) bool {
	for _, s := range []string{m.text, string(m.blocks)} {
		s = strings.ReplaceAll(s, `\u003c`, "<") // as some clients write it in blocks
		if strings.Contains(s, "<@"+user) || strings.Contains(s, `"user_id":"`+user+`"`) ||
			strings.Contains(s, "<!channel") || strings.Contains(s, "<!here") || strings.Contains(s, "<!everyone") {
			return true
		}
	}
	return false
}

// Room returns one conversation, by id or name, with its members.
func (a *Actor) Room(channel string) (Room, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, ch, err := a.visible(channel)
	if err != nil {
		return Room{}, err
	}
	r := a.w.glanceRoom(p, ch)
	r.Members = ch.memberIDs()
	return r, nil
}

// Newest is the ts of the last thing written in a conversation, replies included; empty when nothing was.
func (a *Actor) Newest(channel string) (string, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	_, ch, err := a.visible(channel)
	if err != nil || ch.lastTS == 0 {
		return "", err
	}
	return formatTS(ch.lastTS), nil
}

// Message returns one message or reply, the person's ephemeral ones included.
func (a *Actor) Message(channel, ts string) (Message, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, ch, err := a.visible(channel)
	if err != nil {
		return Message{}, err
	}
	if m := ch.byTS[ts]; m != nil {
		return a.w.shown(m), nil
	}
	for _, m := range ch.private {
		if m.to == p.ID && m.ts == ts {
			return a.w.shown(m), nil
		}
	}
	return Message{}, fmt.Errorf("look at %s in %s as %s: no such message", ts, channel, a.id)
}

// Pins returns the pinned messages of a conversation, the last pinned one first.
func (a *Actor) Pins(channel string) ([]Message, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	_, ch, err := a.visible(channel)
	if err != nil {
		return nil, err
	}
	var out []Message
	for _, p := range slices.Backward(ch.pins) {
		if m := ch.byTS[p.ts]; m != nil {
			out = append(out, a.w.shown(m))
		}
	}
	return out, nil
}

// Person returns somebody's profile, the bot's included, by user id.
func (w *Workspace) Person(id string) (Person, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.people[id]; p != nil {
		return p.Person, true
	}
	return Person{}, false
}

// GroupHandle is the handle of a user group, without "@"; empty for an unknown id.
func (w *Workspace) GroupHandle(id string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range w.groups {
		if g.id == id {
			return or(g.handle, g.name)
		}
	}
	return ""
}

// HasHome tells whether the app has a Home tab.
func (w *Workspace) HasHome() bool { return w.manifest.Features.AppHome.HomeTab }

// TeamName is the workspace's name.
func (w *Workspace) TeamName() string { return w.opts.Team }
