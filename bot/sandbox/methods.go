package sandbox

import (
	"encoding/json"

	"sameday/bot/sandbox/blockkit"
)

// methods is the Web API: one row for each method, by name. A name that is not here answers unknown_method.
var methods = index([]method{
	{name: "apps.connections.open", tier: tier3, app: true, post: true, run: openLink},
	{name: "auth.test", tier: special, run: authTest},
	{name: "blocks.validate", tier: special, run: validateBlocks},
	{name: "bots.info", tier: tier3, scopes: []string{"users:read"}, run: botInfo},
	{name: "team.info", tier: tier3, scopes: []string{"team:read"}, run: teamInfo},

	{name: "chat.postMessage", tier: special, scopes: []string{"chat:write"}, prepare: prepareMessage(false), run: postMessage, quota: noQuota},
	{name: "chat.update", tier: tier3, scopes: []string{"chat:write"}, prepare: prepareMessage(true), run: updateMessage},
	{name: "chat.delete", tier: tier3, scopes: []string{"chat:write"}, run: deleteMessage},
	{name: "chat.postEphemeral", tier: tier4, scopes: []string{"chat:write"}, prepare: prepareMessage(true), run: postEphemeral},
	{name: "chat.getPermalink", tier: special, run: getPermalink},
	{name: "chat.scheduleMessage", tier: tier3, scopes: []string{"chat:write"}, prepare: prepareMessage(false), run: scheduleMessage},
	{name: "chat.deleteScheduledMessage", tier: tier3, scopes: []string{"chat:write"}, run: deleteScheduled},
	{name: "chat.scheduledMessages.list", tier: tier3, run: listScheduled},

	{name: "conversations.create", tier: tier2, scopes: mayManage.every(), run: createConversation},
	{name: "conversations.invite", tier: tier3, scopes: mayInvite.every(), run: inviteToConversation},
	{name: "conversations.kick", tier: tier3, scopes: mayManage.every(), run: kickFromConversation},
	{name: "conversations.join", tier: tier3, scopes: []string{"channels:join"}, run: joinConversation},
	{name: "conversations.leave", tier: tier3, scopes: mayManage.every(), run: leaveConversation},
	{name: "conversations.list", tier: tier2, scopes: mayRead.every(), run: listConversations},
	{name: "conversations.info", tier: tier3, scopes: mayRead.every(), run: conversationInfo},
	{name: "conversations.history", tier: tier3, scopes: mayHistory.every(), run: conversationHistory, quota: (*Workspace).historyQuota},
	{name: "conversations.replies", tier: tier3, scopes: mayHistory.every(), run: conversationReplies, quota: (*Workspace).historyQuota},
	{name: "conversations.members", tier: tier4, scopes: mayRead.every(), run: conversationMembers},
	{name: "conversations.archive", tier: tier2, scopes: mayManage.every(), run: archiveConversation},
	{name: "conversations.unarchive", tier: tier2, scopes: mayManage.every(), run: unarchiveConversation},
	{name: "conversations.rename", tier: tier2, scopes: mayManage.every(), run: renameConversation},
	{name: "conversations.setTopic", tier: tier2, scopes: mayTopic.every(), run: setTopic},
	{name: "conversations.setPurpose", tier: tier2, scopes: mayTopic.every(), run: setPurpose},
	{name: "conversations.open", tier: tier3, scopes: []string{"im:write", "mpim:write"}, run: openConversation},

	{name: "users.info", tier: tier4, scopes: []string{"users:read"}, run: userInfo},
	{name: "users.list", tier: tier2, scopes: []string{"users:read"}, run: listUsers},
	{name: "users.lookupByEmail", tier: tier3, scopes: []string{"users:read.email"}, run: lookupByEmail},
	{name: "users.conversations", tier: tier3, scopes: mayRead.every(), run: userConversations},
	{name: "users.profile.get", tier: tier4, scopes: []string{"users.profile:read"}, run: userProfile},

	{name: "views.open", tier: tier4, run: openView},
	{name: "views.push", tier: tier4, run: pushView},
	{name: "views.update", tier: tier4, run: updateView},
	{name: "views.publish", tier: tier4, run: publishView},

	{name: "pins.add", tier: tier2, scopes: []string{"pins:write"}, run: addPin},
	{name: "pins.remove", tier: tier2, scopes: []string{"pins:write"}, run: removePin},
	{name: "pins.list", tier: tier2, scopes: []string{"pins:read"}, run: listPins},
	{name: "reactions.add", tier: tier3, scopes: []string{"reactions:write"}, run: addReaction},
	{name: "bookmarks.add", tier: tier2, scopes: []string{"bookmarks:write"}, run: addBookmark},
	{name: "bookmarks.list", tier: tier3, scopes: []string{"bookmarks:read"}, run: listBookmarks},
	{name: "bookmarks.edit", tier: tier2, scopes: []string{"bookmarks:write"}, run: editBookmark},
	{name: "bookmarks.remove", tier: tier2, scopes: []string{"bookmarks:write"}, run: removeBookmark},

	{name: "usergroups.create", tier: tier2, scopes: []string{"usergroups:write"}, run: createGroup},
	{name: "usergroups.list", tier: tier2, scopes: []string{"usergroups:read"}, run: listGroups},
	{name: "usergroups.users.list", tier: tier2, scopes: []string{"usergroups:read"}, run: listGroupUsers},
	{name: "usergroups.users.update", tier: tier2, scopes: []string{"usergroups:write"}, run: updateGroupUsers},

	{name: "files.getUploadURLExternal", tier: tier4, scopes: []string{"files:write"}, run: getUploadURL},
	{name: "files.completeUploadExternal", tier: tier4, scopes: []string{"files:write"}, run: completeUpload},
})

func index(rows []method) map[string]*method {
	byName := make(map[string]*method, len(rows))
	for i := range rows {
		byName[rows[i].name] = &rows[i]
	}
	return byName
}

// noQuota is for chat.postMessage, which has quotas by channel and workspace instead, see postQuotas.
func noQuota(*Workspace, string) quota {
	return quota{key: "chat.postMessage", perSec: 1000, burst: 1000}
}

// validateBlocks is blocks.validate: exactly one of blocks, message and view.
func validateBlocks(c *call) (object, *apiError) {
	blocks, message, v := c.args.raw("blocks"), c.args.raw("message"), c.args.raw("view")
	given := 0
	for _, raw := range []json.RawMessage{blocks, message, v} {
		if raw != nil {
			given++
		}
		if len(raw) > 100_000 {
			return nil, fail("invalid_arguments")
		}
	}
	if given != 1 {
		return nil, fail("invalid_arguments")
	}
	code, problems := "invalid_blocks", []blockkit.Problem(nil)
	switch {
	case v != nil:
		code, problems = "invalid_view", blockkit.CheckView(v)
	case message != nil:
		var m struct {
			Blocks json.RawMessage `json:"blocks"`
		}
		if json.Unmarshal(message, &m) != nil {
			return nil, fail("invalid_message")
		}
		code = "invalid_message"
		if m.Blocks != nil {
			problems = blockkit.CheckBlocks(m.Blocks, blockkit.Message, "")
		}
	default:
		problems = blockkit.CheckBlocks(blocks, blockkit.Message, "")
	}
	if len(problems) == 0 {
		return nil, nil
	}
	errs := []object{}
	for _, p := range problems {
		errs = append(errs, object{"code": "failed_constraint", "message": p.Message, "pointer": p.Pointer})
	}
	return nil, &apiError{code: code, extra: object{"errors": errs}}
}
