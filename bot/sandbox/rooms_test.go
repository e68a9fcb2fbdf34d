package sandbox_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"sameday/bot/sandbox"
)

func TestMembershipRules(t *testing.T) {
	t.Parallel()
	w := bank(t, without("chat:write.public"))
	open := w.AddChannel(sandbox.Channel{Name: "open", Members: []string{ann}})
	closed := w.AddChannel(sandbox.Channel{Name: "closed", Private: true, Members: []string{ann}})
	refused(t, w, "not_in_channel", "chat.postMessage", "channel", open, "text", "x")
	refused(t, w, "not_in_channel", "conversations.history", "channel", open)
	refused(t, w, "not_in_channel", "chat.postEphemeral", "channel", open, "user", ann, "text", "x")
	refused(t, w, "not_in_channel", "conversations.setTopic", "channel", open, "topic", "x")
	refused(t, w, "not_in_channel", "pins.list", "channel", open)
	refused(t, w, "channel_not_found", "chat.postMessage", "channel", closed, "text", "x")
	refused(t, w, "channel_not_found", "conversations.info", "channel", closed)
	refused(t, w, "channel_not_found", "conversations.info", "channel", "C0NONE")
	refused(t, w, "method_not_supported_for_channel_type", "conversations.join", "channel", secret)

	ok(t, w, "conversations.join", "channel", open)
	if out := ok(t, w, "conversations.join", "channel", open); out["warning"] != "already_in_channel" || dig(out, "response_metadata", "warnings", 0) != "already_in_channel" {
		t.Errorf("join twice: got %v, want a warning", out)
	}
	post(t, w, open, "x")
	if err := w.As(ann).Invite("closed", w.BotUserID()); err != nil {
		t.Fatalf("invite the bot: %v", err)
	}
	post(t, w, closed, "x")

	free := bank(t)
	open = free.AddChannel(sandbox.Channel{Name: "open"})
	post(t, free, open, "chat:write.public lets it")
}

func TestPostToPerson(t *testing.T) {
	t.Parallel()
	w := bank(t)
	out := ok(t, w, "chat.postMessage", "channel", ann, "text", "for you")
	dm := w.As(ann).DM()
	if out["channel"] != dm || !strings.HasPrefix(dm, "D") {
		t.Errorf("post to a person: got %v, want the direct message %s", out["channel"], dm)
	}
	if _, err := w.As(bob).Channel(dm); err == nil {
		t.Errorf("bob looks at ann's direct message: got no error")
	}
	opened := ok(t, w, "conversations.open", "users", ann, "return_im", "true")
	if dig(opened, "channel", "id") != dm || dig(opened, "channel", "user") != ann || opened["already_open"] != true {
		t.Errorf("conversations.open: got %v", opened)
	}
	many := ok(t, w, "conversations.open", "users", ann+","+bob)
	again := ok(t, w, "conversations.open", "users", bob+","+ann)
	if dig(many, "channel", "id") != dig(again, "channel", "id") || many["no_op"] != false || again["no_op"] != true {
		t.Errorf("mpim: got %v then %v, want the same one", many, again)
	}
	refused(t, w, "users_list_not_supplied", "conversations.open")
	refused(t, w, "user_not_found", "conversations.open", "users", "U0NONE")
	if err := w.Deactivate(zoe); err != nil {
		t.Fatalf("Deactivate: %v", err)
	}
	refused(t, w, "user_disabled", "conversations.open", "users", zoe)
	closed := bank(t, func(o *sandbox.Options) {
		o.Manifest = []byte(strings.Replace(string(o.Manifest), `"messages_tab_enabled": true`, `"messages_tab_enabled": false`, 1))
	})
	refused(t, closed, "messages_tab_disabled", "chat.postMessage", "channel", ann, "text", "x")
}

func TestNamesOfChannels(t *testing.T) {
	t.Parallel()
	w := bank(t)
	tests := []struct{ name, want string }{
		{"", "invalid_name_required"},
		{strings.Repeat("a", 81), "invalid_name_maxlength"},
		{"--", "invalid_name_punctuation"},
		{"Desk", "invalid_name_specials"},
		{"a b", "invalid_name_specials"},
		{"desk", "name_taken"},
		{"投诉-1", ""},
	}
	for _, tt := range tests {
		if tt.want == "" {
			ok(t, w, "conversations.create", "name", tt.name)
			continue
		}
		refused(t, w, tt.want, "conversations.create", "name", tt.name)
	}
	ok(t, w, "conversations.rename", "channel", desk, "name", "front")
	if got := dig(ok(t, w, "conversations.info", "channel", desk), "channel", "previous_names", 0); got != "desk" {
		t.Errorf("previous name: got %v, want desk", got)
	}
	refused(t, w, "too_long", "conversations.setTopic", "channel", desk, "topic", strings.Repeat("长", 251))
	ok(t, w, "conversations.setPurpose", "channel", desk, "purpose", strings.Repeat("长", 250))
}

func TestArchiveThrowsTheBotOut(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		a := connect(t, ctx, w, 1, nil)
		ts := post(t, w, desk, "x")
		ok(t, w, "conversations.archive", "channel", desk)
		refused(t, w, "already_archived", "conversations.archive", "channel", desk)
		refused(t, w, "is_archived", "chat.postMessage", "channel", desk, "text", "x")
		refused(t, w, "is_inactive", "chat.update", "channel", desk, "ts", ts, "text", "y")
		refused(t, w, "is_archived", "conversations.join", "channel", desk)
		refused(t, w, "not_in_channel", "conversations.unarchive", "channel", desk)
		refused(t, w, "not_archived", "conversations.unarchive", "channel", secret)
		refused(t, w, "name_taken", "conversations.create", "name", "desk")
		if got := dig(ok(t, w, "conversations.info", "channel", desk), "channel", "is_member"); got != false {
			t.Errorf("bot's membership after archiving: got %v, want false", got)
		}
		if _, err := w.As(ann).Type(desk, "hello"); err == nil {
			t.Errorf("write in an archived channel: got no error")
		}
		if err := w.As(ann).Unarchive(desk); err != nil {
			t.Fatalf("Unarchive: %v", err)
		}
		refused(t, w, "not_in_channel", "conversations.history", "channel", desk)
		ok(t, w, "conversations.join", "channel", desk)
		synctest.Wait()
		if got := a.inner("channel_archive"); len(got) != 1 || got[0]["channel"] != desk {
			t.Errorf("channel_archive: got %v, want one", got)
		}
	})
}

func TestInviteKickLeave(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		a := connect(t, ctx, w, 1, nil)
		ok(t, w, "conversations.invite", "channel", secret, "users", zoe)
		refused(t, w, "already_in_channel", "conversations.invite", "channel", secret, "users", zoe)
		refused(t, w, "cant_invite_self", "conversations.invite", "channel", secret, "users", w.BotUserID())
		refused(t, w, "user_not_found", "conversations.invite", "channel", secret, "users", "U0NONE")
		ok(t, w, "conversations.kick", "channel", secret, "user", zoe)
		refused(t, w, "not_in_channel", "conversations.kick", "channel", secret, "user", zoe)
		refused(t, w, "cant_kick_self", "conversations.kick", "channel", secret, "user", w.BotUserID())
		out := refused(t, w, "user_not_found", "conversations.invite", "channel", secret, "users", zoe+",U0NONE")
		if dig(out, "errors", 0, "user") != "U0NONE" || dig(out, "errors", 0, "error") != "user_not_found" {
			t.Errorf("invite in part: got %v, want the error by user", out)
		}
		out = ok(t, w, "conversations.invite", "channel", secret, "users", zoe+",U0NONE", "force", "true")
		if dig(out, "errors", 0, "user") != "U0NONE" {
			t.Errorf("forced invite: got %v, want the error by user", out)
		}
		if seen, err := w.As(zoe).Channel(secret); err != nil || len(seen) == 0 {
			t.Errorf("zoe looks at the private channel: %v, %v", seen, err)
		}
		members := ok(t, w, "conversations.members", "channel", secret, "limit", "2")
		next, _ := dig(members, "response_metadata", "next_cursor").(string)
		rest := ok(t, w, "conversations.members", "channel", secret, "limit", "2", "cursor", next)
		if dig(members, "members", 1) == nil || dig(rest, "members", 1) == nil || dig(rest, "response_metadata", "next_cursor") != "" {
			t.Errorf("members in pages: got %v then %v", members, rest)
		}
		refused(t, w, "invalid_cursor", "conversations.members", "channel", secret, "cursor", "bm9uc2Vuc2U=")
		ok(t, w, "conversations.leave", "channel", secret)
		w.AddChannel(sandbox.Channel{ID: "C0LOBBY", Name: "lobby"})
		if _, _, out := api(t, w, "conversations.leave", "channel", "C0LOBBY"); out["ok"] != false || out["not_in_channel"] != true || out["error"] != nil {
			t.Errorf("leave where the bot is not: got %v, want not ok and no error", out)
		}
		synctest.Wait()
		joins := a.inner("member_joined_channel")
		if len(joins) != 2 || joins[0]["user"] != zoe || joins[0]["inviter"] != w.BotUserID() || joins[0]["channel_type"] != "G" {
			t.Errorf("member_joined_channel: got %v", joins)
		}
		if err := w.As(ann).Remove(desk, w.BotUserID()); err != nil {
			t.Fatalf("Remove: %v", err)
		}
		synctest.Wait()
		if got := a.inner("channel_left"); len(got) != 1 || got[0]["channel"] != desk {
			t.Errorf("channel_left: got %v", got)
		}
	})
}

func TestListsOfConversations(t *testing.T) {
	t.Parallel()
	w := bank(t)
	w.AddChannel(sandbox.Channel{Name: "hidden", Private: true, Members: []string{ann}})
	w.AddChannel(sandbox.Channel{Name: "old", Archived: true})
	names := func(out map[string]any) string {
		var all []string
		list, _ := out["channels"].([]any)
		for _, c := range list {
			if n, _ := dig(c, "name").(string); n != "" {
				all = append(all, n)
			}
		}
		return strings.Join(all, " ")
	}
	tests := []struct {
		method, types, archived, want string
	}{
		{"conversations.list", "", "", "general desk old"},
		{"conversations.list", "", "true", "general desk"},
		{"conversations.list", "public_channel,private_channel", "true", "general desk secret"},
		{"conversations.list", "im", "", ""},
		{"users.conversations", "public_channel,private_channel", "", "desk secret"},
	}
	for _, tt := range tests {
		if got := names(ok(t, w, tt.method, "types", tt.types, "exclude_archived", tt.archived)); got != tt.want {
			t.Errorf("%s types %q: got %q, want %q", tt.method, tt.types, got, tt.want)
		}
	}
	refused(t, w, "invalid_types", "conversations.list", "types", "rooms")
	refused(t, w, "invalid_limit", "conversations.list", "limit", "1000")
	if got := names(ok(t, w, "users.conversations", "user", zoe)); got != "general desk" {
		t.Errorf("zoe's conversations: got %q", got)
	}
	if list, _ := ok(t, w, "users.list")["members"].([]any); len(list) != 4 {
		t.Errorf("users.list: got %d people, want 4", len(list))
	}
	if got := dig(ok(t, w, "bots.info", "bot", w.BotID()), "bot", "user_id"); got != w.BotUserID() {
		t.Errorf("bots.info: got %v", got)
	}
	if got := dig(ok(t, w, "team.info"), "team", "id"); got != w.TeamID() {
		t.Errorf("team.info: got %v", got)
	}
	if got := dig(ok(t, w, "users.profile.get", "user", ann), "profile", "real_name"); got != "安娜" {
		t.Errorf("users.profile.get: got %v", got)
	}
}

// A guest of one channel is let into one, and into no other until that one is archived.
func TestSingleChannelGuest(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		w := bank(t)
		guest := w.AddPerson(sandbox.Person{Name: "guest", Guest: true, Single: true})
		other := w.AddChannel(sandbox.Channel{Name: "other", Private: true, Members: []string{ann, w.BotUserID()}})
		ok(t, w, "conversations.invite", "channel", other, "users", guest)
		refused(t, w, "already_in_channel", "conversations.invite", "channel", other, "users", guest)
		refused(t, w, "ura_max_channels", "conversations.invite", "channel", secret, "users", guest)
		if out := ok(t, w, "users.info", "user", guest); dig(out, "user", "is_ultra_restricted") != true || dig(out, "user", "is_restricted") != true {
			t.Errorf("the guest is %v", out)
		}
		ok(t, w, "conversations.archive", "channel", other)
		ok(t, w, "conversations.invite", "channel", secret, "users", guest)
	})
}
