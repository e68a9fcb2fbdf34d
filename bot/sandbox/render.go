package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// zoneOf finds a zone by its IANA name; UTC where there is none like that.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(or(name, "UTC"))
	if err != nil {
		return time.UTC
	}
	return zone
}

// userJSON is a user object as users.info shows it; the e-mail only to an app that may see it.
func (w *Workspace) userJSON(p *person) object {
	label, offset := w.opts.Now().In(p.zone).Zone()
	profile := object{
		"real_name": p.RealName, "display_name": p.Name, "title": p.Title, "status_text": "", "status_emoji": "",
		"image_24": "", "image_48": "", "image_512": "", "team": w.team,
	}
	if p.bot {
		profile["bot_id"], profile["api_app_id"] = w.botID, w.app
	} else if w.granted("users:read.email") && p.Email != "" {
		profile["email"] = p.Email
	}
	return object{
		"id": p.ID, "team_id": w.team, "name": p.Name, "real_name": p.RealName, "deleted": p.Deactivated,
		"tz": p.zone.String(), "tz_label": label, "tz_offset": offset, "profile": profile,
		"is_admin": p.Admin, "is_owner": false, "is_primary_owner": false, "is_restricted": p.Guest,
		"is_ultra_restricted": p.Single, "is_bot": p.bot, "is_app_user": false, "updated": unix(p.updated),
	}
}

// channelJSON is a conversation object as the bot sees it.
func (w *Workspace) channelJSON(ch *channel) object {
	if ch.kind == kindDirect {
		return object{
			"id": ch.ID, "created": unix(ch.created), "is_im": true, "is_org_shared": false, "is_archived": false,
			"user": w.partner(ch), "is_user_deleted": w.people[w.partner(ch)].Deactivated, "is_open": true, "priority": 0,
		}
	}
	names := ch.names
	if names == nil {
		names = []string{}
	}
	return object{
		"id": ch.ID, "name": ch.Name, "name_normalized": ch.Name, "is_channel": ch.kind == kindPublic,
		"is_group": ch.kind == kindPrivate, "is_im": false, "is_mpim": ch.kind == kindMany, "is_private": ch.Private,
		"is_member": ch.has(w.bot.ID), "is_archived": ch.Archived, "is_general": ch.General, "is_shared": false,
		"is_ext_shared": false, "is_org_shared": false, "created": unix(ch.created), "updated": ch.created.UnixMilli(),
		"creator": ch.Creator, "context_team_id": w.team, "previous_names": names,
		"topic":   object{"value": ch.Topic, "creator": ch.topicBy, "last_set": unix(ch.topicAt)},
		"purpose": object{"value": ch.Purpose, "creator": ch.Creator, "last_set": unix(ch.created)},
	}
}

// partner is the person at the other end of a direct message with the bot.
func (w *Workspace) partner(ch *channel) string {
	for id := range ch.members {
		if id != w.bot.ID {
			return id
		}
	}
	return w.bot.ID
}

// metadataMode says how much of a message's metadata a reader gets.
type metadataMode bool

const (
	metadataType metadataMode = false // the type alone, as history shows it by default
	metadataFull metadataMode = true
)

// messageJSON is a message object, without the keys that only events carry.
func (w *Workspace) messageJSON(m *message, mode metadataMode) object {
	o := object{"type": "message", "ts": m.ts, "text": m.text, "user": m.user}
	set := func(key string, v any, when bool) {
		if when {
			o[key] = v
		}
	}
	set("subtype", m.subtype, m.subtype != "")
	set("client_msg_id", m.clientID, m.clientID != "")
	set("team", w.team, m.subtype == "")
	set("thread_ts", m.thread, m.thread != "")
	set("blocks", m.blocks, !emptyArray(m.blocks))
	set("attachments", m.attachments, !emptyArray(m.attachments))
	set("edited", object{"user": m.editedBy, "ts": m.edited}, m.edited != "")
	set("metadata", seenMetadata(m.metadata, mode), m.metadata != nil)
	if m.bot != "" {
		o["bot_id"], o["app_id"] = m.bot, w.app
		o["bot_profile"] = object{"id": m.bot, "app_id": w.app, "name": w.bot.RealName, "deleted": false, "team_id": w.team, "updated": unix(w.bot.updated)}
		set("username", m.username, m.username != "")
	}
	if len(m.replies) > 0 {
		o["thread_ts"], o["reply_count"] = m.ts, len(m.replies)
		o["latest_reply"], o["is_locked"], o["subscribed"] = m.replies[len(m.replies)-1].ts, false, false
		users := repliers(m)
		o["reply_users"], o["reply_users_count"] = users, len(users)
	}
	if parent := m.ch.byTS[m.thread]; parent != nil && parent != m {
		o["parent_user_id"] = parent.user
	}
	if len(m.reactions) > 0 {
		var list []object
		for _, r := range m.reactions {
			list = append(list, object{"name": r.name, "users": r.users, "count": len(r.users)})
		}
		o["reactions"] = list
	}
	if len(m.files) > 0 {
		var list []object
		for _, f := range m.files {
			list = append(list, w.fileJSON(f, ""))
		}
		o["files"], o["upload"] = list, false
	}
	if slices.ContainsFunc(m.ch.pins, func(p pin) bool { return p.ts == m.ts }) {
		o["pinned_to"] = []string{m.ch.ID}
	}
	return o
}

func repliers(m *message) []string {
	var users []string
	for _, r := range m.replies {
		if !slices.Contains(users, r.user) {
			users = append(users, r.user)
		}
	}
	return users
}

// seenMetadata cuts metadata down to its type where the payload was not asked for.
func seenMetadata(raw json.RawMessage, mode metadataMode) any {
	if mode == metadataFull {
		return raw
	}
	var m struct {
		Type string `json:"event_type"`
	}
	_ = json.Unmarshal(raw, &m) // it was checked when it came
	return object{"event_type": m.Type}
}

// compareTS orders timestamps of messages.
func compareTS(a, b string) int {
	x, _ := parseTS(a)
	y, _ := parseTS(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func itoa(n int) string { return strconv.Itoa(n) }
