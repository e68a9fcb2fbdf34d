package sandbox

import (
	"encoding/base64"
	"iter"
	"slices"
	"strings"
)

// kindsOf reads the types argument of list methods; a private kind needs its own scope.
func (c *call) kindsOf() (map[kind]bool, *apiError) {
	names := map[string]kind{"public_channel": kindPublic, "private_channel": kindPrivate, "im": kindDirect, "mpim": kindMany}
	asked := c.args.list("types")
	if len(asked) == 0 {
		asked = []string{"public_channel"}
	}
	out := map[kind]bool{}
	for _, name := range asked {
		k, ok := names[name]
		if !ok {
			return nil, fail("invalid_types")
		}
		if !c.w.granted(mayRead[k]...) {
			return nil, c.w.missing(mayRead[k]...)
		}
		out[k] = true
	}
	return out, nil
}

// listConversations shows public channels, and of the others those that the bot is in.
func listConversations(c *call) (object, *apiError) {
	kinds, err := c.kindsOf()
	if err != nil {
		return nil, err
	}
	return c.pageOfRooms(func(ch *channel) bool {
		return kinds[ch.kind] && (ch.kind == kindPublic || ch.has(c.w.bot.ID))
	})
}

func (c *call) pageOfRooms(want func(*channel) bool) (object, *apiError) {
	var all []*channel
	for _, ch := range c.w.rooms {
		if want(ch) && (!ch.Archived || !c.args.flag("exclude_archived")) {
			all = append(all, ch)
		}
	}
	page, meta, err := paginate(c, all, 100, 999)
	if err != nil {
		return nil, err
	}
	out := make([]object, 0, len(page))
	for _, ch := range page {
		o := c.w.channelJSON(ch)
		if ch.kind != kindDirect {
			o["num_members"] = len(ch.members)
		}
		out = append(out, o)
	}
	return object{"channels": out, "response_metadata": meta}, nil
}

func conversationInfo(c *call) (object, *apiError) {
	ch, err := c.roomFor("channel", mayRead)
	if err != nil {
		return nil, err
	}
	o := c.w.channelJSON(ch)
	if c.args.flag("include_num_members") {
		o["num_members"] = len(ch.members)
	}
	if c.args.flag("include_locale") {
		o["locale"] = "en-US"
	}
	return object{"channel": o}, nil
}

func conversationMembers(c *call) (object, *apiError) {
	ch, err := c.roomFor("channel", mayRead)
	if err != nil {
		return nil, err
	}
	page, meta, err := paginate(c, ch.memberIDs(), 100, 999)
	if err != nil {
		return nil, err
	}
	return object{"members": page, "response_metadata": meta}, nil
}

// span is the time a history call asks for, in microseconds.
type span struct {
	oldest, latest int64
	inclusive      bool
	limit          int
	mode           metadataMode
}

func (s span) has(m *message) bool {
	t, _ := parseTS(m.ts)
	if s.inclusive {
		return t >= s.oldest && t <= s.latest
	}
	return t > s.oldest && t < s.latest
}

func (c *call) span(normal, most int) (span, *apiError) {
	s := span{latest: 1 << 62, inclusive: c.args.flag("inclusive"), mode: metadataMode(c.args.flag("include_all_metadata"))}
	if c.w.limits.Distributed {
		normal, most = 15, 15
	}
	var ok bool
	if s.limit, ok = c.args.number("limit", normal); !ok || s.limit < 0 || s.limit > most && !c.w.limits.Distributed {
		return s, fail("invalid_limit")
	}
	s.limit = min(or(s.limit, normal), most)
	if raw := c.args.text("oldest"); raw != "" {
		if s.oldest, ok = parseTS(raw); !ok {
			return s, fail("invalid_ts_oldest")
		}
	} else if !s.inclusive {
		s.oldest = -1
	}
	if raw := c.args.text("latest"); raw != "" && raw != "now" {
		if s.latest, ok = parseTS(raw); !ok {
			return s, fail("invalid_ts_latest")
		}
	}
	return s, nil
}

// turn cuts one page out of messages that fit, in the order given. The cursor names the next message by its ts, so that
// what is posted between two pages moves nothing.
func (c *call) turn(list iter.Seq[*message], s span, skip func(ts, from string) bool) (object, *apiError) {
	from := ""
	if cur := c.args.text("cursor"); cur != "" {
		raw, err := base64.StdEncoding.DecodeString(cur)
		var ok bool
		if from, ok = strings.CutPrefix(string(raw), "next_ts:"); err != nil || !ok {
			return nil, fail("invalid_cursor")
		}
	}
	out, next := []object{}, ""
	for m := range list {
		if from != "" && skip(m.ts, from) {
			continue
		}
		if len(out) == s.limit {
			next = base64.StdEncoding.EncodeToString([]byte("next_ts:" + m.ts))
			break
		}
		out = append(out, c.w.messageJSON(m, s.mode))
	}
	return object{"messages": out, "has_more": next != "", "response_metadata": object{"next_cursor": next}}, nil
}

// conversationHistory lists messages, newest first, without the replies in threads.
func conversationHistory(c *call) (object, *apiError) {
	ch, err := c.roomFor("channel", mayHistory)
	if err != nil {
		return nil, err
	}
	if !ch.has(c.w.bot.ID) {
		return nil, fail("not_in_channel")
	}
	s, err := c.span(100, 999)
	if err != nil {
		return nil, err
	}
	newestFirst := func(yield func(*message) bool) {
		for _, m := range slices.Backward(ch.top) {
			if s.has(m) && !yield(m) {
				return
			}
		}
	}
	out, err := c.turn(newestFirst, s, func(ts, from string) bool { return compareTS(ts, from) > 0 })
	if err != nil {
		return nil, err
	}
	out["pin_count"] = len(ch.pins)
	return out, nil
}

// conversationReplies lists a thread: the parent first, whatever the times asked for, then the replies, oldest first.
func conversationReplies(c *call) (object, *apiError) {
	ch, err := c.roomFor("channel", mayHistory)
	if err != nil {
		return nil, err
	}
	if !ch.has(c.w.bot.ID) {
		return nil, fail("not_in_channel")
	}
	m := ch.byTS[c.args.text("ts")]
	if m == nil {
		return nil, fail("thread_not_found")
	}
	s, err := c.span(1000, 1000)
	if err != nil {
		return nil, err
	}
	list := []*message{m}
	for _, r := range m.replies {
		if s.has(r) {
			list = append(list, r)
		}
	}
	return c.turn(slices.Values(list), s, func(ts, from string) bool { return compareTS(ts, from) < 0 })
}

func openConversation(c *call) (object, *apiError) {
	if id := c.args.text("channel"); id != "" {
		ch, err := c.roomFor("channel", scopesBy{kindDirect: mayManage[kindDirect], kindMany: mayManage[kindMany]})
		if err != nil {
			return nil, err
		}
		return c.opened(ch, true), nil
	}
	users := c.args.list("users")
	switch {
	case len(users) == 0:
		return nil, fail("users_list_not_supplied")
	case len(users) > 8:
		return nil, fail("too_many_users")
	}
	for _, id := range users {
		p := c.w.people[id]
		switch {
		case p == nil || p.bot:
			return nil, fail("user_not_found")
		case p.Deactivated:
			return nil, fail("user_disabled")
		}
	}
	if len(users) == 1 {
		if need := mayManage[kindDirect]; !c.w.granted(need...) {
			return nil, c.w.missing(need...)
		}
		return c.opened(c.w.channels[c.w.people[users[0]].im], true), nil
	}
	return c.openMany(users)
}

func (c *call) openMany(users []string) (object, *apiError) {
	if need := mayManage[kindMany]; !c.w.granted(need...) {
		return nil, c.w.missing(need...)
	}
	members := append([]string{c.w.bot.ID}, users...)
	slices.Sort(members)
	members = slices.Compact(members)
	i := slices.IndexFunc(c.w.rooms, func(ch *channel) bool {
		return ch.kind == kindMany && slices.Equal(ch.memberIDs(), members)
	})
	if i >= 0 {
		return c.opened(c.w.rooms[i], true), nil
	}
	name := "mpdm"
	for _, id := range members {
		name += "--" + c.w.people[id].Name
	}
	return c.opened(c.w.newChannel(Channel{Name: name + "-1", Creator: c.w.bot.ID, Members: members}, kindMany), false), nil
}

func (c *call) opened(ch *channel, already bool) object {
	o := object{"id": ch.ID}
	if c.args.flag("return_im") {
		o = c.w.channelJSON(ch)
	}
	return object{"channel": o, "no_op": already, "already_open": already}
}
