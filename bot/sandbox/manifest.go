package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Command is a slash command of the app's manifest.
type Command struct {
	Command      string `json:"command"`
	Description  string `json:"description"`
	UsageHint    string `json:"usage_hint"`
	ShouldEscape bool   `json:"should_escape"`
	URL          string `json:"url"`
}

// Shortcut is a shortcut of the app's manifest; Type is "message" or "global".
type Shortcut struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	CallbackID  string `json:"callback_id"`
	Description string `json:"description"`
}

type manifest struct {
	Metadata json.RawMessage  `json:"_metadata"`
	Display  manifestDisplay  `json:"display_information"`
	Features manifestFeatures `json:"features"`
	OAuth    manifestOAuth    `json:"oauth_config"`
	Settings manifestSettings `json:"settings"`
}

type manifestDisplay struct {
	Name            string `json:"name"`
	Description     string `json:"description"`
	LongDescription string `json:"long_description"`
	BackgroundColor string `json:"background_color"`
}

type manifestFeatures struct {
	AppHome struct {
		HomeTab      bool  `json:"home_tab_enabled"`
		MessagesTab  *bool `json:"messages_tab_enabled"`
		MessagesRead bool  `json:"messages_tab_read_only_enabled"`
	} `json:"app_home"`
	BotUser struct {
		DisplayName  string `json:"display_name"`
		AlwaysOnline bool   `json:"always_online"`
	} `json:"bot_user"`
	Commands      []Command  `json:"slash_commands"`
	Shortcuts     []Shortcut `json:"shortcuts"`
	UnfurlDomains []string   `json:"unfurl_domains"`
}

type manifestOAuth struct {
	Scopes struct {
		Bot          []string `json:"bot"`
		User         []string `json:"user"`
		BotOptional  []string `json:"bot_optional"`
		UserOptional []string `json:"user_optional"`
	} `json:"scopes"`
	RedirectURLs []string `json:"redirect_urls"`
	PKCE         bool     `json:"pkce_enabled"`
	Management   bool     `json:"token_management_enabled"`
}

type manifestSettings struct {
	Events struct {
		RequestURL string          `json:"request_url"`
		Bot        []string        `json:"bot_events"`
		User       []string        `json:"user_events"`
		Metadata   json.RawMessage `json:"metadata_subscriptions"`
	} `json:"event_subscriptions"`
	Interactivity struct {
		Enabled    bool   `json:"is_enabled"`
		RequestURL string `json:"request_url"`
		OptionsURL string `json:"message_menu_options_url"`
	} `json:"interactivity"`
	SocketMode      bool     `json:"socket_mode_enabled"`
	TokenRotation   bool     `json:"token_rotation_enabled"`
	OrgDeploy       bool     `json:"org_deploy_enabled"`
	AllowedIPs      []string `json:"allowed_ip_address_ranges"`
	FunctionRuntime string   `json:"function_runtime"`
}

// readManifest decodes a manifest as strictly as Slack does: an unknown key, a missing name or an overlong description
// is an error that names its place.
func readManifest(raw []byte) (*manifest, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, errors.New("read manifest: it is empty")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	m := new(manifest)
	if err := dec.Decode(m); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return m, nil
}

func (m *manifest) check() error {
	errs := []error{
		length("display_information.name", m.Display.Name, 1, 35),
		length("display_information.description", m.Display.Description, 0, 140),
		count("features.slash_commands", len(m.Features.Commands), 50),
		count("features.shortcuts", len(m.Features.Shortcuts), 10),
		count("features.unfurl_domains", len(m.Features.UnfurlDomains), 5),
		count("settings.event_subscriptions.bot_events", len(m.Settings.Events.Bot), 100),
		count("oauth_config.scopes.bot", len(m.OAuth.Scopes.Bot), 255),
	}
	if n := utf8.RuneCountInString(m.Display.LongDescription); n != 0 && (n < 175 || n > 4000) {
		errs = append(errs, fmt.Errorf("display_information.long_description: %d characters, must be 175 to 4000", n))
	}
	if name := m.Features.BotUser.DisplayName; name != "" {
		errs = append(errs, length("features.bot_user.display_name", name, 1, 80))
	}
	errs = append(errs, m.checkCommands()...)
	errs = append(errs, m.checkShortcuts()...)
	if (len(m.Features.Commands) > 0 || len(m.Features.Shortcuts) > 0) && !slices.Contains(m.OAuth.Scopes.Bot, "commands") {
		errs = append(errs, errors.New("oauth_config.scopes.bot: slash commands and shortcuts need the scope commands"))
	}
	for i, e := range m.Settings.Events.Bot {
		if e == "message" {
			errs = append(errs, fmt.Errorf("settings.event_subscriptions.bot_events[%d]: message is not an event, say message.channels", i))
		}
	}
	if !m.Settings.SocketMode {
		errs = append(errs, errors.New("settings.socket_mode_enabled: must be true, the sandbox delivers over Socket Mode alone"))
	}
	return errors.Join(errs...)
}

func (m *manifest) checkCommands() []error {
	var errs []error
	for i, c := range m.Features.Commands {
		at := fmt.Sprintf("features.slash_commands[%d].", i)
		errs = append(errs, length(at+"command", c.Command, 2, 32), length(at+"description", c.Description, 1, 2000))
		if !strings.HasPrefix(c.Command, "/") {
			errs = append(errs, fmt.Errorf("%scommand: must start with /", at))
		}
		if c.UsageHint != "" {
			errs = append(errs, length(at+"usage_hint", c.UsageHint, 1, 1000))
		}
	}
	return errs
}

func (m *manifest) checkShortcuts() []error {
	var errs []error
	for i, s := range m.Features.Shortcuts {
		at := fmt.Sprintf("features.shortcuts[%d].", i)
		errs = append(errs, length(at+"name", s.Name, 1, 24), length(at+"callback_id", s.CallbackID, 1, 255),
			length(at+"description", s.Description, 1, 150))
		if s.Type != "message" && s.Type != "global" {
			errs = append(errs, fmt.Errorf("%stype: must be message or global", at))
		}
	}
	return errs
}

func length(at, text string, least, most int) error {
	if n := utf8.RuneCountInString(text); n < least || n > most {
		return fmt.Errorf("%s: %d characters, must be %d to %d", at, n, least, most)
	}
	return nil
}

func count(at string, n, most int) error {
	if n > most {
		return fmt.Errorf("%s: %d entries, at most %d", at, n, most)
	}
	return nil
}

func (m *manifest) command(name string) (Command, bool) {
	i := slices.IndexFunc(m.Features.Commands, func(c Command) bool { return c.Command == name })
	if i < 0 {
		return Command{}, false
	}
	return m.Features.Commands[i], true
}

// botName is the name people mention the app by.
func (m *manifest) botName() string {
	return or(m.Features.BotUser.DisplayName, m.Display.Name)
}

var notHandle = regexp.MustCompile(`[^a-z0-9._-]+`)

// handle makes a user name of a display name, as Slack does for bots.
func handle(name string) string {
	h := strings.Trim(notHandle.ReplaceAllString(strings.ToLower(name), "_"), "_")
	return or(h, "app")
}
