package sandbox

import (
	"cmp"
	"fmt"
	"slices"

	"sameday/bot/sandbox/blockkit"
)

// Room is a conversation as a person sees it in the list at the side.
type Room struct {
	ID, Name, Topic, Kind             string // Kind is channel, group, im or mpim
	Member, Archived, Private, HasBot bool
	Members                           []string
	Last                              string // ts of the newest message, if any
}

// shown is the message as people see it.
func (w *Workspace) shown(m *message) Message {
	out := Message{
		Channel: m.ch.ID, TS: m.ts, ThreadTS: m.thread, User: m.user, BotID: m.bot, Text: m.text, Subtype: m.subtype,
		Blocks: m.blocks, Attachments: m.attachments, Metadata: m.metadata, Ephemeral: m.to != "",
		Deleted: m.gone, Broadcast: m.broadcast, Edited: m.edited, ReplyCount: len(m.replies),
		Pinned: slices.ContainsFunc(m.ch.pins, func(p pin) bool { return p.ts == m.ts }),
	}
	for _, f := range m.files {
		out.Files = append(out.Files, f.File)
	}
	for _, r := range m.reactions {
		for range r.users {
			out.Reactions = append(out.Reactions, r.name)
		}
	}
	return out
}

// Rooms lists the conversations the person may look at, in the order they were made.
func (a *Actor) Rooms() ([]Room, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, err := a.person()
	if err != nil {
		return nil, err
	}
	var out []Room
	for _, ch := range a.w.rooms {
		if !ch.has(p.ID) && (ch.Private || p.Guest) {
			continue
		}
		r := Room{
			ID: ch.ID, Name: ch.Name, Topic: ch.Topic, Kind: string(ch.kind), Member: ch.has(p.ID), Archived: ch.Archived,
			Private: ch.Private, HasBot: ch.has(a.w.bot.ID), Members: ch.memberIDs(),
		}
		if ch.kind == kindDirect {
			r.Name = a.w.bot.RealName
		}
		if n := len(ch.top); n > 0 {
			r.Last = ch.top[n-1].ts
		}
		out = append(out, r)
	}
	return out, nil
}

// Channel returns what stands in a conversation, oldest first: messages without their replies, and the ephemeral ones
// for this person. The channel is given by id or name.
func (a *Actor) Channel(id string) ([]Message, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, ch, err := a.visible(id)
	if err != nil {
		return nil, err
	}
	return a.w.page(ch.top, ch, p, ""), nil
}

// Thread returns the parent and its replies, oldest first, with the ephemeral ones for this person.
func (a *Actor) Thread(channel, ts string) ([]Message, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, ch, err := a.visible(channel)
	if err != nil {
		return nil, err
	}
	parent := ch.byTS[ts]
	if parent == nil {
		return nil, fmt.Errorf("look at thread %s in %s as %s: no such message", ts, channel, a.id)
	}
	return a.w.page(append([]*message{parent}, parent.replies...), ch, p, ts), nil
}

// page merges messages with the person's ephemeral ones of the same thread.
func (w *Workspace) page(list []*message, ch *channel, p *person, thread string) []Message {
	all := slices.Clone(list)
	for _, m := range ch.private {
		if m.to == p.ID && m.thread == thread {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(x, y *message) int {
		return cmp.Or(cmp.Compare(len(x.ts), len(y.ts)), cmp.Compare(x.ts, y.ts))
	})
	out := make([]Message, 0, len(all))
	for _, m := range all {
		out = append(out, w.shown(m))
	}
	return out
}

// Content returns a file's bytes; nil if there is none.
func (w *Workspace) Content(fileID string) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := w.files[fileID]; f != nil {
		return f.data
	}
	return nil
}

// Controls lists the buttons, menus and inputs of a message as a person sees them, in order.
func (m Message) Controls() []blockkit.Element { return blockkit.Elements(m.Blocks) }
