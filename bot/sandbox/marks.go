package sandbox

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	pinsMost      = 100
	bookmarksMost = 100
	reactionsMost = 23 // different ones on one message
	titleMost     = 256
	linkMost      = 2048
)

// target finds the message that a pin or a reaction is about.
func (c *call) target() (*channel, *message, *apiError) {
	ch, err := c.room("channel")
	switch {
	case err != nil:
		return nil, nil, err
	case ch.Archived:
		return nil, nil, fail("is_archived")
	case !ch.has(c.w.bot.ID):
		return nil, nil, fail("not_in_channel")
	}
	m := ch.find(c.args.text("timestamp"))
	if m == nil {
		return nil, nil, fail("message_not_found")
	}
	return ch, m, nil
}

func addPin(c *call) (object, *apiError) {
	ch, m, err := c.target()
	if err != nil {
		return nil, err
	}
	switch {
	case slices.ContainsFunc(ch.pins, func(p pin) bool { return p.ts == m.ts }):
		return nil, fail("already_pinned")
	case len(ch.pins) >= pinsMost:
		return nil, fail("too_many_pins")
	}
	ch.pins = append(ch.pins, pin{ts: m.ts, by: c.w.bot.ID, at: c.at})
	c.w.pinEvent(m, "pin_added")
	return nil, nil
}

func removePin(c *call) (object, *apiError) {
	ch, m, err := c.target()
	if err != nil {
		return nil, err
	}
	before := len(ch.pins)
	ch.pins = slices.DeleteFunc(ch.pins, func(p pin) bool { return p.ts == m.ts })
	if len(ch.pins) == before {
		return nil, fail("no_pin")
	}
	c.w.pinEvent(m, "pin_removed")
	return nil, nil
}

func (w *Workspace) pinEvent(m *message, kind string) {
	w.change(Change{Kind: "message_changed", Channel: m.ch.ID, TS: m.ts, Thread: m.thread})
	w.emit(event{kind: kind, ch: m.ch, fields: object{"user": w.bot.ID, "channel_id": m.ch.ID, "item": object{
		"type": "message", "channel": m.ch.ID, "message": w.messageJSON(m, metadataType),
	}}})
}

func listPins(c *call) (object, *apiError) {
	ch, err := c.room("channel")
	if err != nil {
		return nil, err
	}
	if !ch.has(c.w.bot.ID) {
		return nil, fail("not_in_channel")
	}
	items := []object{}
	for _, p := range ch.pins {
		if m := ch.find(p.ts); m != nil {
			items = append(items, object{
				"type": "message", "channel": ch.ID, "created": p.at.Unix(), "created_by": p.by,
				"message": c.w.messageJSON(m, metadataType),
			})
		}
	}
	return object{"items": items}, nil
}

var emojiName = regexp.MustCompile(`^[a-z0-9_+'-]+(::skin-tone-[2-6])?$`)

func addReaction(c *call) (object, *apiError) {
	name := c.args.text("name")
	if !emojiName.MatchString(name) {
		return nil, fail("invalid_name")
	}
	_, m, err := c.target()
	if err != nil {
		return nil, err
	}
	return nil, c.w.react(m, c.w.bot.ID, name)
}

func (w *Workspace) react(m *message, user, name string) *apiError {
	i := slices.IndexFunc(m.reactions, func(r reaction) bool { return r.name == name })
	switch {
	case i >= 0 && slices.Contains(m.reactions[i].users, user):
		return fail("already_reacted")
	case i < 0 && len(m.reactions) >= reactionsMost:
		return fail("too_many_emoji")
	case i < 0:
		m.reactions = append(m.reactions, reaction{name: name, users: []string{user}})
	default:
		m.reactions[i].users = append(m.reactions[i].users, user)
	}
	w.change(Change{Kind: "message_changed", Channel: m.ch.ID, TS: m.ts, Thread: m.thread})
	w.emit(event{kind: "reaction_added", ch: m.ch, fields: object{
		"user": user, "reaction": name, "item_user": m.user, "item": object{"type": "message", "channel": m.ch.ID, "ts": m.ts},
	}})
	return nil
}

// bookmark is a link at the top of a conversation.
type bookmark struct {
	id, title, link, emoji, by string
	made, changed              time.Time
}

func (b *bookmark) json(channel string) object {
	return object{
		"id": b.id, "channel_id": channel, "title": b.title, "link": b.link, "emoji": b.emoji, "icon_url": "", "type": "link",
		"entity_id": "", "date_created": unix(b.made), "date_updated": unix(b.changed), "rank": "U", "last_updated_by_user_id": b.by,
		"last_updated_by_team_id": "", "shortcut_id": "", "app_id": "",
	}
}

func checkBookmark(b *bookmark) *apiError {
	switch {
	case b.title == "" || utf8.RuneCountInString(b.title) > titleMost:
		return fail("invalid_arguments")
	case !strings.HasPrefix(b.link, "http://") && !strings.HasPrefix(b.link, "https://") || len(b.link) > linkMost:
		return fail("invalid_link")
	case b.emoji != "" && !emojiName.MatchString(strings.Trim(b.emoji, ":")):
		return fail("invalid_emoji")
	}
	return nil
}

// shelf finds the conversation of bookmarks.
func (c *call) shelf() (*channel, *apiError) {
	ch, err := c.room("channel_id")
	if err == nil && !ch.has(c.w.bot.ID) {
		return nil, fail("channel_not_found")
	}
	return ch, err
}

func addBookmark(c *call) (object, *apiError) {
	ch, err := c.shelf()
	if err != nil {
		return nil, err
	}
	if c.args.text("type") != "link" {
		return nil, fail("invalid_bookmark_type")
	}
	b := &bookmark{
		id: c.w.id("Bk"), title: c.args.text("title"), link: c.args.text("link"), emoji: c.args.text("emoji"), by: c.w.bot.ID,
		made: c.at,
	}
	if err := checkBookmark(b); err != nil {
		return nil, err
	}
	if len(ch.marks) >= bookmarksMost {
		return nil, fail("too_many_bookmarks")
	}
	ch.marks = append(ch.marks, b)
	c.w.change(Change{Kind: "channel", Channel: ch.ID})
	return object{"bookmark": b.json(ch.ID)}, nil
}

func listBookmarks(c *call) (object, *apiError) {
	ch, err := c.shelf()
	if err != nil {
		return nil, err
	}
	out := []object{}
	for _, b := range ch.marks {
		out = append(out, b.json(ch.ID))
	}
	return object{"bookmarks": out}, nil
}

func editBookmark(c *call) (object, *apiError) {
	ch, err := c.shelf()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(ch.marks, func(b *bookmark) bool { return b.id == c.args.text("bookmark_id") })
	if i < 0 {
		return nil, fail("not_found")
	}
	b := *ch.marks[i]
	for name, field := range map[string]*string{"title": &b.title, "link": &b.link, "emoji": &b.emoji} {
		if c.args.has(name) {
			*field = c.args.text(name)
		}
	}
	if err := checkBookmark(&b); err != nil {
		return nil, err
	}
	b.changed = c.at
	ch.marks[i] = &b
	c.w.change(Change{Kind: "channel", Channel: ch.ID})
	return object{"bookmark": b.json(ch.ID)}, nil
}

func removeBookmark(c *call) (object, *apiError) {
	ch, err := c.shelf()
	if err != nil {
		return nil, err
	}
	before := len(ch.marks)
	ch.marks = slices.DeleteFunc(ch.marks, func(b *bookmark) bool { return b.id == c.args.text("bookmark_id") })
	if len(ch.marks) == before {
		return nil, fail("not_found")
	}
	c.w.change(Change{Kind: "channel", Channel: ch.ID})
	return nil, nil
}
