package bot

import (
	"encoding/json"

	"sameday/bot/words"
)

// The slash commands, and the callback of the message shortcut.
const (
	commandComplaint = "/complaint"
	commandNotice    = "/notice"
	shortcutOpen     = "open_complaint"
)

// scopes is what the app asks for, and why.
var scopes = []struct{ Scope, Why string }{
	{"app_mentions:read", "@Sameday in a thread"},
	{"channels:history", "find out whether a message stands, after a crash"},
	{"channels:join", "join the units' public channels"},
	{"channels:read", "know where the bot is"},
	{"chat:write", "cards, lines, notices"},
	{"commands", "slash commands and the shortcut"},
	{"groups:history", "the same in private channels"},
	{"groups:read", "know in which private channels the bot is"},
	{"groups:write", "private channels of emergency groups"},
	{"im:history", "the same in direct messages"},
	{"im:write", "overnight pings"},
	{"pins:write", "pin the card in a group's channel"},
	{"usergroups:read", "find the units' user groups @duty-…"},
	{"usergroups:write", "let them follow the rosters"},
	{"users:read", "names on cards"},
	{"users:read.email", "people given by e-mail in the configuration"},
}

// Scopes lists the bot scopes the app needs, sorted.
func Scopes() []string {
	out := make([]string, len(scopes))
	for i, s := range scopes {
		out[i] = s.Scope
	}
	return out
}

// Manifest is the Slack app's manifest as JSON, made from the same tables as the code. Paste it when you create the app.
func Manifest() []byte {
	zh := words.For("zh-CN")
	command := func(name, key string) map[string]any {
		return map[string]any{
			"command": name, "description": zh.T(key + ".description"), "usage_hint": zh.T(key + ".hint"), "should_escape": true,
		}
	}
	m := map[string]any{
		"_metadata": map[string]any{"major_version": 2, "minor_version": 1},
		"display_information": map[string]any{
			"name": "Sameday 当日办", "description": zh.T("manifest.description"), "background_color": "#1f4e79",
		},
		"features": map[string]any{
			"bot_user": map[string]any{"display_name": "sameday", "always_online": true},
			"slash_commands": []any{
				command(commandComplaint, "manifest.complaint"),
				command(commandNotice, "manifest.notice"),
				command(commandDuty, "manifest.duty"),
			},
			"app_home": map[string]any{
				"home_tab_enabled": true, "messages_tab_enabled": true, "messages_tab_read_only_enabled": false,
			},
			"shortcuts": []any{map[string]any{
				"name": zh.T("manifest.shortcut.name"), "type": "message", "callback_id": shortcutOpen,
				"description": zh.T("manifest.shortcut.description"),
			}},
		},
		"oauth_config": map[string]any{"scopes": map[string]any{"bot": Scopes()}},
		"settings": map[string]any{
			"event_subscriptions":    map[string]any{"bot_events": []string{"app_home_opened", "app_mention", "member_joined_channel"}},
			"interactivity":          map[string]any{"is_enabled": true},
			"socket_mode_enabled":    true,
			"org_deploy_enabled":     false,
			"token_rotation_enabled": false,
		},
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil { // strings and maps of strings always encode
		return nil
	}
	return raw
}
