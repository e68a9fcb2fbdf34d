package sandbox

import (
	"fmt"
	"slices"
)

// Join makes the person a member of a public channel.
func (a *Actor) Join(channel string) error {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, ch, err := a.visible(channel)
	switch {
	case err != nil:
		return err
	case ch.Archived:
		return fmt.Errorf("join %s as %s: it is archived", channel, a.id)
	case !ch.has(p.ID):
		a.w.enter(ch, p.ID, "")
	}
	return nil
}

// Leave takes the person out of a conversation.
func (a *Actor) Leave(channel string) error {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, ch, err := a.writable(channel)
	if err != nil {
		return err
	}
	a.w.left(ch, p.ID)
	return nil
}

// Invite makes people, or the bot, members of a conversation the person is in, as "/invite" does. It is also how the bot
// gets into a private channel.
func (a *Actor) Invite(channel string, users ...string) error {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, ch, err := a.writable(channel)
	if err != nil {
		return err
	}
	for _, who := range users {
		q := a.w.findPerson(who)
		if q == nil || q.Deactivated {
			return fmt.Errorf("invite %s to %s as %s: no such person", who, channel, a.id)
		}
		if !ch.has(q.ID) {
			a.w.enter(ch, q.ID, p.ID)
		}
	}
	return nil
}

// Remove takes somebody, or the bot, out of a conversation the person is in.
func (a *Actor) Remove(channel, user string) error {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	_, ch, err := a.writable(channel)
	if err != nil {
		return err
	}
	q := a.w.findPerson(user)
	if q == nil || !ch.has(q.ID) {
		return fmt.Errorf("remove %s from %s as %s: not a member", user, channel, a.id)
	}
	a.w.left(ch, q.ID)
	return nil
}

// Archive archives a channel; the bot is thrown out of it.
func (a *Actor) Archive(channel string) error {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, ch, err := a.writable(channel)
	if err != nil {
		return err
	}
	a.w.archive(ch, p.ID)
	return nil
}

// Unarchive brings an archived channel back, without the bot.
func (a *Actor) Unarchive(channel string) error {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, ch, err := a.visible(channel)
	switch {
	case err != nil:
		return err
	case !ch.Archived:
		return fmt.Errorf("unarchive %s as %s: it is not archived", channel, a.id)
	}
	ch.Archived = false
	a.w.announce(ch, p.ID, ch.prefixed("unarchive"), "<@"+p.ID+"> un-archived the channel")
	a.w.emit(event{kind: ch.prefixed("unarchive"), ch: ch, fields: object{"channel": ch.ID, "user": p.ID}})
	return nil
}

// React adds an emoji, without colons, to a message.
func (a *Actor) React(channel, ts, emoji string) error {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, _, err := a.writable(channel)
	if err != nil {
		return err
	}
	m, err := a.marked(channel, ts)
	if err != nil {
		return err
	}
	if err := a.w.react(m, p.ID, emoji); err != nil {
		return fmt.Errorf("react to %s as %s: %s", ts, a.id, err.code)
	}
	return nil
}

// Edit changes a message of the person's own.
func (a *Actor) Edit(channel, ts, text string) error {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, _, err := a.writable(channel)
	if err != nil {
		return err
	}
	m, err := a.marked(channel, ts)
	if err != nil {
		return err
	}
	if m.user != p.ID {
		return fmt.Errorf("edit %s as %s: it is somebody else's", ts, a.id)
	}
	before := a.w.messageJSON(m, metadataFull)
	m.text = a.w.compose(text)
	m.blocks = plainBlocks(m.text)
	m.edited, m.editedBy = formatTS(a.w.opts.Now().UnixMicro()), p.ID
	a.w.changed(m, before)
	return nil
}

// Delete deletes a message: the person's own, anybody's for an admin, the app's too.
func (a *Actor) Delete(channel, ts string) error {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, _, err := a.visible(channel)
	if err != nil {
		return err
	}
	m, err := a.marked(channel, ts)
	if err != nil {
		return err
	}
	if m.user != p.ID && !p.Admin {
		return fmt.Errorf("delete %s as %s: it is somebody else's and the person is no admin", ts, a.id)
	}
	a.w.discard(m)
	return nil
}

// Upload shares a file with a conversation.
func (a *Actor) Upload(channel, name string, data []byte) (Message, error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	p, ch, err := a.writable(channel)
	if err != nil {
		return Message{}, err
	}
	f := a.w.newFile(name, p.ID)
	f.data, f.Size, f.done = slices.Clone(data), len(data), true
	m := &message{ch: ch, user: p.ID, subtype: "file_share", files: []*file{f}}
	a.w.add(m)
	return a.w.shown(m), nil
}

// Deactivate ends a person's account; nothing reaches it, and it cannot act.
func (w *Workspace) Deactivate(user string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.findPerson(user)
	if p == nil || p.bot {
		return fmt.Errorf("deactivate %s: no such person", user)
	}
	p.Deactivated, p.updated = true, w.opts.Now()
	for _, ch := range w.rooms {
		if ch.kind != kindDirect {
			delete(ch.members, p.ID)
		}
	}
	w.dropViews(p, 0)
	w.emit(event{kind: "user_change", fields: object{"user": w.userJSON(p)}})
	w.change(Change{Kind: "person", User: p.ID})
	return nil
}
