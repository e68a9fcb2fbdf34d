package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
)

const whispersKept = 1000 // ephemeral messages of a conversation; Slack forgets them at a reload

func prepareMessage(short bool) func(*call) *apiError {
	return func(c *call) *apiError {
		var err *apiError
		c.content, err = c.w.contentOf(c.args, short)
		return err
	}
}

// add puts a message into its conversation and tells of it.
func (w *Workspace) add(m *message) {
	m.ts = m.ch.stamp(w.opts.Now())
	m.ch.byTS[m.ts] = m
	if parent := m.ch.byTS[m.thread]; parent != nil && m.thread != "" {
		parent.replies = append(parent.replies, m)
	}
	if m.thread == "" || m.broadcast {
		m.ch.top = append(m.ch.top, m)
	}
	m.seq = w.change(Change{Kind: "message", Channel: m.ch.ID, TS: m.ts, Thread: m.thread, User: m.user})
	w.messageEvent(m)
}

// answerable tells whether a message with that ts can have replies; the empty ts stands for no thread.
func (ch *channel) answerable(thread string) *apiError {
	if thread == "" {
		return nil
	}
	p := ch.byTS[thread]
	if p == nil || p.thread != "" && p.thread != p.ts {
		return fail("cannot_reply_to_message")
	}
	return nil
}

// own makes a message of the app.
func (w *Workspace) own(ch *channel, c *content, thread string) *message {
	m := &message{
		ch: ch, thread: thread, user: w.bot.ID, bot: w.botID, text: c.text, blocks: c.blocks,
		attachments: c.attachments, metadata: c.metadata,
	}
	if string(m.metadata) == "{}" {
		m.metadata = nil
	}
	return m
}

func postMessage(c *call) (object, *apiError) {
	ch, err := c.roomToPost("channel")
	if err != nil {
		return nil, err
	}
	if c.content.empty() {
		return nil, fail("no_text")
	}
	thread := c.args.text("thread_ts")
	if err := ch.answerable(thread); err != nil {
		return nil, err
	}
	name := c.args.text("username")
	custom := name != "" || c.args.has("icon_emoji") || c.args.has("icon_url")
	if custom && !c.w.granted("chat:write.customize") {
		return nil, c.w.missing("chat:write.customize")
	}
	if wait := c.w.admit(c.at, c.w.postQuotas(ch.ID)...); wait > 0 {
		return nil, limited(wait)
	}
	m := c.w.own(ch, c.content, thread)
	m.broadcast = thread != "" && c.args.flag("reply_broadcast")
	if m.broadcast {
		m.subtype = "thread_broadcast"
	}
	if custom && !m.broadcast {
		m.subtype = "bot_message"
	}
	m.username = name
	c.w.add(m)
	if c.content.cut {
		c.warnings = append(c.warnings, "message_truncated")
	}
	return object{"channel": ch.ID, "ts": m.ts, "message": c.w.messageJSON(m, metadataFull)}, nil
}

// sent finds a message of the app; code is the error for somebody else's.
func (c *call) sent(code string) (*channel, *message, *apiError) {
	ch, err := c.room("channel")
	if err != nil {
		return nil, nil, err
	}
	m := ch.find(c.args.text("ts"))
	switch {
	case m == nil:
		return nil, nil, fail("message_not_found")
	case m.bot != c.w.botID:
		return nil, nil, fail(code)
	}
	return ch, m, nil
}

func updateMessage(c *call) (object, *apiError) {
	ch, m, err := c.sent("cant_update_message")
	if err != nil {
		return nil, err
	}
	if ch.Archived {
		return nil, fail("is_inactive")
	}
	if c.args.has("blocks") && c.content.empty() && !c.content.hasText {
		if strings.TrimSpace(m.text) == "" {
			return nil, fail("no_text")
		}
	}
	before := c.w.messageJSON(m, metadataFull)
	textChanged := c.content.hasText && c.content.text != m.text
	c.w.rewrite(m, c.content)
	if textChanged {
		m.edited, m.editedBy = formatTS(c.w.opts.Now().UnixMicro()), m.user
	}
	c.w.changed(m, before)
	return object{"channel": ch.ID, "ts": m.ts, "text": m.text, "message": c.w.messageJSON(m, metadataFull)}, nil
}

// rewrite puts new content into a message: text without blocks takes the blocks away, neither keeps them; metadata stays
// unless given, and an empty object takes it away.
func (w *Workspace) rewrite(m *message, c *content) {
	if c.hasText {
		m.text = c.text
	}
	switch {
	case c.blocks != nil:
		m.blocks = c.blocks
	case c.hasText:
		m.blocks = nil
	}
	if c.attachments != nil {
		m.attachments = c.attachments
	}
	switch {
	case string(c.metadata) == "{}":
		m.metadata = nil
	case c.metadata != nil:
		m.metadata = c.metadata
	}
}

// changed tells that a message is not as it was.
func (w *Workspace) changed(m *message, before object) {
	m.seq = w.change(Change{Kind: "message_changed", Channel: m.ch.ID, TS: m.ts, Thread: m.thread, User: m.to})
	if m.to == "" {
		w.hiddenEvent(m, "message_changed", before)
	}
}

func deleteMessage(c *call) (object, *apiError) {
	ch, m, err := c.sent("cant_delete_message")
	if err != nil {
		return nil, err
	}
	c.w.discard(m)
	return object{"channel": ch.ID, "ts": c.args.text("ts")}, nil
}

// discard takes a message out of its conversation and tells of it.
func (w *Workspace) discard(m *message) {
	before := w.messageJSON(m, metadataFull)
	m.ch.remove(m)
	w.change(Change{Kind: "message_deleted", Channel: m.ch.ID, TS: m.ts, Thread: m.thread})
	w.hiddenEvent(m, "message_deleted", before)
}

func postEphemeral(c *call) (object, *apiError) {
	ch, err := c.room("channel")
	if err != nil {
		return nil, err
	}
	to := c.w.people[c.args.text("user")]
	switch {
	case ch.Archived:
		return nil, fail("is_archived")
	case !ch.has(c.w.bot.ID):
		return nil, fail("not_in_channel")
	case to == nil || to.Deactivated || !ch.has(to.ID):
		return nil, fail("user_not_in_channel")
	case c.content.empty():
		return nil, fail("no_text")
	}
	thread := c.args.text("thread_ts")
	if err := ch.answerable(thread); err != nil {
		return nil, err
	}
	m := c.w.own(ch, c.content, thread)
	m.metadata = nil
	c.w.whisper(m, to.ID)
	return object{"message_ts": m.ts}, nil
}

// whisper shows a message to one person; it is in no history and raises no event.
func (w *Workspace) whisper(m *message, to string) {
	m.to = to
	m.ts = m.ch.stamp(w.opts.Now())
	m.ch.private = append(m.ch.private, m)
	if old := len(m.ch.private) - whispersKept; old > 0 {
		m.ch.private = slices.Delete(m.ch.private, 0, old)
	}
	m.seq = w.change(Change{Kind: "ephemeral", Channel: m.ch.ID, TS: m.ts, Thread: m.thread, User: to})
}

func getPermalink(c *call) (object, *apiError) {
	ch, err := c.room("channel")
	if err != nil {
		return nil, err
	}
	m := ch.byTS[c.args.text("message_ts")]
	if m == nil {
		return nil, fail("message_not_found")
	}
	return object{"channel": ch.ID, "permalink": c.base + "/archives/" + permalink(m)}, nil
}

// permalink is the path of a message: p and the digits of its ts, with the thread where it has one.
func permalink(m *message) string {
	path := m.ch.ID + "/p" + strings.ReplaceAll(m.ts, ".", "")
	if m.thread != "" && m.thread != m.ts {
		path += "?thread_ts=" + m.thread + "&cid=" + m.ch.ID
	}
	return path
}

// announce adds a message that the workspace itself writes, such as "has joined the channel".
func (w *Workspace) announce(ch *channel, user, subtype, text string) {
	m := &message{ch: ch, user: user, subtype: subtype, text: text}
	w.add(m)
}

// plainBlocks is the rich text that a person's message is stored with: text and mentions.
func plainBlocks(text string) json.RawMessage {
	var parts []object
	add := func(s string) {
		if s != "" {
			parts = append(parts, object{"type": "text", "text": unescape(s)})
		}
	}
	rest := text
	for {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		j := strings.IndexByte(rest[i:], '>')
		if j < 0 {
			break
		}
		add(rest[:i])
		parts = append(parts, richPart(rest[i+1:i+j]))
		rest = rest[i+j+1:]
	}
	add(rest)
	if len(parts) == 0 {
		return nil
	}
	b, err := json.Marshal([]object{{
		"type": "rich_text", "block_id": "rt", "elements": []object{{"type": "rich_text_section", "elements": parts}},
	}})
	if err != nil { // the parts are maps of strings
		return nil
	}
	return b
}

// richPart reads what stood between angle brackets.
func richPart(ref string) object {
	id, label, _ := strings.Cut(ref, "|")
	switch {
	case strings.HasPrefix(id, "@"):
		return object{"type": "user", "user_id": id[1:]}
	case strings.HasPrefix(id, "#"):
		return object{"type": "channel", "channel_id": id[1:]}
	case strings.HasPrefix(id, "!subteam^"):
		return object{"type": "usergroup", "usergroup_id": strings.TrimPrefix(id, "!subteam^")}
	case strings.HasPrefix(id, "!"):
		return object{"type": "broadcast", "range": id[1:]}
	}
	link := object{"type": "link", "url": unescape(id)}
	if label != "" {
		link["text"] = unescape(label)
	}
	return link
}
