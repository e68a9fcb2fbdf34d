package sandbox

import (
	"slices"
)

// scopesBy names, for each kind of conversation, the scopes that allow a thing (any of them).
type scopesBy map[kind][]string

// every is the scopes of all kinds together: what a method asks for before it knows the conversation.
func (s scopesBy) every() []string {
	var all []string
	for _, k := range []kind{kindPublic, kindPrivate, kindDirect, kindMany} {
		all = append(all, s[k]...)
	}
	return slices.Compact(all)
}

var (
	mayRead = scopesBy{
		kindPublic: {"channels:read"}, kindPrivate: {"groups:read"}, kindDirect: {"im:read"}, kindMany: {"mpim:read"},
	}
	mayHistory = scopesBy{
		kindPublic: {"channels:history"}, kindPrivate: {"groups:history"}, kindDirect: {"im:history"}, kindMany: {"mpim:history"},
	}
	mayManage = scopesBy{
		kindPublic: {"channels:manage"}, kindPrivate: {"groups:write"}, kindDirect: {"im:write"}, kindMany: {"mpim:write"},
	}
	mayInvite = scopesBy{
		kindPublic: {"channels:write.invites", "channels:manage"}, kindPrivate: {"groups:write.invites", "groups:write"},
	}
	mayTopic = scopesBy{
		kindPublic: {"channels:write.topic", "channels:manage"}, kindPrivate: {"groups:write.topic", "groups:write"},
		kindDirect: {"im:write.topic", "im:write"}, kindMany: {"mpim:write.topic", "mpim:write"},
	}
)

// room finds the conversation an argument names. A private one that the bot is not in is not there at all, unless it is
// archived: then the bot was thrown out and is told so.
func (c *call) room(argument string) (*channel, *apiError) {
	ch := c.w.channels[c.args.text(argument)]
	if ch == nil || ch.Private && !ch.has(c.w.bot.ID) && !ch.Archived {
		return nil, fail("channel_not_found")
	}
	return ch, nil
}

// roomFor is room with the scopes that the kind of conversation asks for.
func (c *call) roomFor(argument string, s scopesBy) (*channel, *apiError) {
	ch, err := c.room(argument)
	if err != nil {
		return nil, err
	}
	need := s[ch.kind]
	if len(need) == 0 {
		return nil, fail("method_not_supported_for_channel_type")
	}
	if !c.w.granted(need...) {
		return nil, c.w.missing(need...)
	}
	return ch, nil
}

// roomToChange is roomFor with the two things a change asks for: a living conversation, and being in it.
func (c *call) roomToChange(argument string, s scopesBy) (*channel, *apiError) {
	ch, err := c.roomFor(argument, s)
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, fail("is_archived")
	case !ch.has(c.w.bot.ID):
		return nil, fail("not_in_channel")
	}
	return ch, nil
}

// roomToPost finds the conversation of a message; a user id stands for the direct message with that person.
func (c *call) roomToPost(argument string) (*channel, *apiError) {
	if p := c.w.people[c.args.text(argument)]; p != nil && !p.bot {
		if p.Deactivated {
			return nil, fail("channel_not_found")
		}
		return c.w.channels[p.im], c.w.directOpen()
	}
	ch, err := c.room(argument)
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, fail("is_archived")
	case ch.kind == kindDirect:
		return ch, c.w.directOpen()
	case !ch.has(c.w.bot.ID) && !c.w.granted("chat:write.public"):
		return nil, fail("not_in_channel")
	}
	return ch, nil
}

// directOpen refuses direct messages where the app has no Messages tab.
func (w *Workspace) directOpen() *apiError {
	if tab := w.manifest.Features.AppHome.MessagesTab; tab != nil && !*tab {
		return fail("messages_tab_disabled")
	}
	return nil
}
