package config

import (
	"fmt"
	"os"
	"strings"

	"sameday/store"
)

// The environment variables that Sameday reads.
const (
	EnvBotToken = "SLACK_BOT_TOKEN"
	EnvAppToken = "SLACK_APP_TOKEN"
	EnvKey      = "SAMEDAY_KEY"
	EnvKeyFile  = "SAMEDAY_KEY_FILE"
	EnvAPIURL   = "SLACK_API_URL"
)

// Secret is a text that never prints itself. The zero value is none.
type Secret struct{ value string }

// Value tells the secret.
func (s Secret) Value() string { return s.value }

// String hides the secret.
func (s Secret) String() string {
	if s.value == "" {
		return "(none)"
	}
	return "(secret)"
}

// Format hides the secret from every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Tokens reads Slack's two tokens from the environment. An error names the variable and what belongs there, and tells no token.
func Tokens(getenv func(string) string) (bot, app Secret, err error) {
	if bot, err = token(getenv, EnvBotToken, "xoxb-", "the app's page, OAuth & Permissions, Bot User OAuth Token"); err != nil {
		return Secret{}, Secret{}, err
	}
	app, err = token(getenv, EnvAppToken, "xapp-", "the app's page, Basic Information, App-Level Tokens, scope connections:write")
	return bot, app, err
}

func token(getenv func(string) string, name, prefix, where string) (Secret, error) {
	text := strings.TrimSpace(getenv(name))
	switch {
	case text == "":
		return Secret{}, fmt.Errorf("%s is not set: it holds a token that begins with %s (%s)", name, prefix, where)
	case !strings.HasPrefix(text, prefix):
		return Secret{}, fmt.Errorf("%s holds something that does not begin with %s: copy it again (%s)", name, prefix, where)
	}
	return Secret{text}, nil
}

// Key reads the master key from SAMEDAY_KEY, or from the file that SAMEDAY_KEY_FILE names. Its error tells no part of the key.
func Key(getenv func(string) string) (store.MasterKey, error) {
	text, file := getenv(EnvKey), getenv(EnvKeyFile)
	switch {
	case text != "" && file != "":
		return store.MasterKey{}, fmt.Errorf("%s and %s are both set: keep one", EnvKey, EnvKeyFile)
	case file != "":
		b, err := os.ReadFile(file)
		if err != nil {
			return store.MasterKey{}, fmt.Errorf("read the key of %s: %w", EnvKeyFile, err)
		}
		text = string(b)
	case text == "":
		return store.MasterKey{}, fmt.Errorf("%s is not set (nor %s): it seals customers' data; \"sameday key\" prints a new one, which must then be kept for ever",
			EnvKey, EnvKeyFile)
	}
	key, err := store.ParseKey(text)
	if err != nil {
		return store.MasterKey{}, fmt.Errorf("%s: %w", EnvKey, err)
	}
	return key, nil
}

// SlackURL is the address of Slack's Web API: the environment's before the file's; empty for Slack itself.
func (c *Config) SlackURL(getenv func(string) string) (string, error) {
	text := strings.TrimSpace(getenv(EnvAPIURL))
	if text == "" {
		return c.APIURL, nil
	}
	address, err := CheckAPIURL(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w", EnvAPIURL, err)
	}
	return address, nil
}
