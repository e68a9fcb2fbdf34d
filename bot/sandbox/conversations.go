package sandbox

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	nameMost   = 80
	topicMost  = 250
	inviteMost = 100
)

// checkName is what Slack says to the name of a conversation.
func (w *Workspace) checkName(name string) *apiError {
	name = strings.TrimPrefix(name, "#")
	switch {
	case name == "":
		return fail("invalid_name_required")
	case utf8.RuneCountInString(name) > nameMost:
		return fail("invalid_name_maxlength")
	case strings.Trim(name, "-_") == "":
		return fail("invalid_name_punctuation")
	}
	for _, r := range name {
		letter := unicode.IsLetter(r) && !unicode.IsUpper(r)
		if !letter && !unicode.IsDigit(r) && r != '-' && r != '_' {
			return fail("invalid_name_specials")
		}
	}
	if slices.ContainsFunc(w.rooms, func(ch *channel) bool { return ch.Name == name }) {
		return fail("name_taken")
	}
	return nil
}

func createConversation(c *call) (object, *apiError) {
	k := kindPublic
	if c.args.flag("is_private") {
		k = kindPrivate
	}
	if need := mayManage[k]; !c.w.granted(need...) {
		return nil, c.w.missing(need...)
	}
	name := c.args.text("name")
	if err := c.w.checkName(name); err != nil {
		return nil, err
	}
	ch := c.w.newChannel(Channel{Name: name, Creator: c.w.bot.ID, Members: []string{c.w.bot.ID}}, k)
	if k == kindPublic {
		c.w.emit(event{kind: "channel_created", ch: ch, fields: object{"channel": c.w.channelJSON(ch)}})
	}
	c.w.joined(ch, c.w.bot.ID, "")
	return object{"channel": c.w.channelJSON(ch)}, nil
}

// joined tells that somebody is a member now.
func (w *Workspace) joined(ch *channel, user, inviter string) {
	ch.members[user] = true
	f := object{"user": user, "channel": ch.ID, "channel_type": ch.letter(), "team": w.team}
	if inviter != "" {
		f["inviter"] = inviter
	}
	w.change(Change{Kind: "channel", Channel: ch.ID, User: user})
	w.emit(event{kind: "member_joined_channel", ch: ch, fields: f})
}

// left tells that somebody is a member no longer.
func (w *Workspace) left(ch *channel, user string) {
	w.emit(event{kind: "member_left_channel", ch: ch, fields: object{
		"user": user, "channel": ch.ID, "channel_type": ch.letter(), "team": w.team,
	}})
	delete(ch.members, user)
	w.change(Change{Kind: "channel", Channel: ch.ID, User: user})
	if user == w.bot.ID {
		w.emit(event{kind: ch.prefixed("left"), fields: object{"channel": ch.ID}})
	}
}

func (ch *channel) letter() string {
	if ch.kind == kindPublic {
		return "C"
	}
	return "G"
}

// prefixed names an event of the conversation: channel_archive, group_archive.
func (ch *channel) prefixed(what string) string {
	if ch.kind == kindPublic {
		return "channel_" + what
	}
	return "group_" + what
}

// enter makes somebody a member and says so in the conversation.
func (w *Workspace) enter(ch *channel, user, inviter string) {
	w.joined(ch, user, inviter)
	w.announce(ch, user, ch.prefixed("join"), "<@"+user+"> has joined the channel")
}

// canEnter says why somebody cannot be made a member; nil if they can.
func (w *Workspace) canEnter(ch *channel, id string) *apiError {
	p := w.people[id]
	switch {
	case p == nil:
		return fail("user_not_found")
	case id == w.bot.ID:
		return fail("cant_invite_self")
	case p.Deactivated:
		return fail("cant_invite")
	case ch.has(id):
		return fail("already_in_channel")
	case p.Single && slices.ContainsFunc(w.rooms, func(o *channel) bool { return o.kind != kindDirect && !o.Archived && o.has(id) }):
		return fail("ura_max_channels")
	}
	return nil
}

func inviteToConversation(c *call) (object, *apiError) {
	ch, err := c.roomToChange("channel", mayInvite)
	if err != nil {
		return nil, err
	}
	ids := c.args.list("users")
	switch {
	case len(ids) == 0:
		return nil, fail("no_user")
	case len(ids) > inviteMost:
		return nil, fail("too_many_users")
	}
	var bad []object
	var good []string
	var first *apiError
	for _, id := range ids {
		if err := c.w.canEnter(ch, id); err != nil {
			first = err
			bad = append(bad, object{"user": id, "ok": false, "error": err.code})
			continue
		}
		good = append(good, id)
	}
	forced := c.args.flag("force")
	if len(bad) > 0 && (!forced || len(good) == 0) {
		if len(ids) == 1 {
			return nil, first
		}
		return nil, &apiError{code: first.code, extra: object{"errors": bad}}
	}
	for _, id := range good {
		c.w.enter(ch, id, c.w.bot.ID)
	}
	out := object{"channel": c.w.channelJSON(ch)}
	if len(bad) > 0 {
		out["errors"] = bad
	}
	return out, nil
}

func kickFromConversation(c *call) (object, *apiError) {
	ch, err := c.roomToChange("channel", mayManage)
	if err != nil {
		return nil, err
	}
	user := c.args.text("user")
	switch {
	case c.w.people[user] == nil:
		return nil, fail("user_not_found")
	case user == c.w.bot.ID:
		return nil, fail("cant_kick_self")
	case ch.General:
		return nil, fail("cant_kick_from_general")
	case !ch.has(user):
		return nil, fail("not_in_channel")
	}
	c.w.left(ch, user)
	return object{"errors": object{}}, nil
}

func joinConversation(c *call) (object, *apiError) {
	ch, err := c.room("channel")
	switch {
	case err != nil:
		return nil, err
	case ch.kind != kindPublic:
		return nil, fail("method_not_supported_for_channel_type")
	case ch.Archived:
		return nil, fail("is_archived")
	case ch.has(c.w.bot.ID):
		c.warnings = append(c.warnings, "already_in_channel")
	default:
		c.w.enter(ch, c.w.bot.ID, "")
	}
	return object{"channel": c.w.channelJSON(ch)}, nil
}

func leaveConversation(c *call) (object, *apiError) {
	ch, err := c.roomFor("channel", mayManage)
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, fail("is_archived")
	case !ch.has(c.w.bot.ID): // Slack's odd answer: not ok, and no error
		return object{"ok": false, "not_in_channel": true}, nil
	case ch.General:
		return nil, fail("cant_leave_general")
	case len(ch.members) == 1 && ch.Private:
		return nil, fail("last_member")
	}
	c.w.announce(ch, c.w.bot.ID, ch.prefixed("leave"), "<@"+c.w.bot.ID+"> has left the channel")
	c.w.left(ch, c.w.bot.ID)
	return nil, nil
}

func archiveConversation(c *call) (object, *apiError) {
	ch, err := c.roomFor("channel", mayManage)
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, fail("already_archived")
	case ch.General:
		return nil, fail("cant_archive_general")
	case !ch.has(c.w.bot.ID):
		return nil, fail("not_in_channel")
	}
	c.w.archive(ch, c.w.bot.ID)
	return nil, nil
}

// archive ends a conversation. Slack throws bots out of it.
func (w *Workspace) archive(ch *channel, by string) {
	w.announce(ch, by, ch.prefixed("archive"), "<@"+by+"> archived the channel")
	w.emit(event{kind: ch.prefixed("archive"), ch: ch, fields: object{"channel": ch.ID, "user": by}})
	ch.Archived = true
	delete(ch.members, w.bot.ID)
	w.change(Change{Kind: "channel", Channel: ch.ID})
}

// unarchiveConversation always ends in not_in_channel for a bot: archiving threw it out.
func unarchiveConversation(c *call) (object, *apiError) {
	ch, err := c.roomFor("channel", mayManage)
	switch {
	case err != nil:
		return nil, err
	case !ch.Archived:
		return nil, fail("not_archived")
	}
	return nil, fail("not_in_channel")
}

func renameConversation(c *call) (object, *apiError) {
	ch, err := c.roomToChange("channel", mayManage)
	if err != nil {
		return nil, err
	}
	name := c.args.text("name")
	if err := c.w.checkName(name); err != nil {
		return nil, err
	}
	c.w.rename(ch, name, c.w.bot.ID)
	return object{"channel": c.w.channelJSON(ch)}, nil
}

func (w *Workspace) rename(ch *channel, name, by string) {
	ch.names = append(ch.names, ch.Name)
	ch.Name = name
	w.change(Change{Kind: "channel", Channel: ch.ID})
	w.emit(event{kind: ch.prefixed("rename"), ch: ch, fields: object{
		"channel": object{"id": ch.ID, "name": name, "created": unix(ch.created)},
	}})
	w.announce(ch, by, ch.prefixed("name"), "<@"+by+"> has renamed the channel to \""+name+"\"")
}

func setTopic(c *call) (object, *apiError) {
	ch, err := c.roomToChange("channel", mayTopic)
	if err != nil {
		return nil, err
	}
	topic := c.args.text("topic")
	if utf8.RuneCountInString(topic) > topicMost {
		return nil, fail("too_long")
	}
	c.w.setTopic(ch, topic, c.w.bot.ID)
	return object{"channel": c.w.channelJSON(ch)}, nil
}

func (w *Workspace) setTopic(ch *channel, topic, by string) {
	if ch.Topic == topic {
		return
	}
	ch.Topic, ch.topicBy, ch.topicAt = topic, by, w.opts.Now()
	w.change(Change{Kind: "channel", Channel: ch.ID})
	w.announce(ch, by, ch.prefixed("topic"), "<@"+by+"> set the channel topic: "+topic)
}

func setPurpose(c *call) (object, *apiError) {
	ch, err := c.roomToChange("channel", mayTopic)
	if err != nil {
		return nil, err
	}
	purpose := c.args.text("purpose")
	if utf8.RuneCountInString(purpose) > topicMost {
		return nil, fail("too_long")
	}
	if ch.Purpose != purpose {
		ch.Purpose = purpose
		c.w.change(Change{Kind: "channel", Channel: ch.ID})
		c.w.announce(ch, c.w.bot.ID, ch.prefixed("purpose"), "<@"+c.w.bot.ID+"> set the channel description: "+purpose)
	}
	return object{"purpose": purpose, "channel": c.w.channelJSON(ch)}, nil
}
