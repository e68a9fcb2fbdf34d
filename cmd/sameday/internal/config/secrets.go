package config

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"sameday/bot/gateway"
	"sameday/store"
)

// The environment variables that Sameday reads.
const (
	EnvBotToken = "SLACK_BOT_TOKEN"
	EnvAppToken = "SLACK_APP_TOKEN"
	EnvKey      = "SAMEDAY_KEY"
	EnvKeyFile  = "SAMEDAY_KEY_FILE"
	EnvAPIURL   = "SLACK_API_URL"

	EnvGatewaySecret = "SAMEDAY_GATEWAY_SECRET"
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

// Secret reads the key that signs the rings from SAMEDAY_GATEWAY_SECRET; white space around it does not count. There is none, and no error,
// where no gateway is configured. The error tells no part of it.
func (g Gateway) Secret(getenv func(string) string) (Secret, error) {
	if g.URL == "" {
		return Secret{}, nil
	}
	text := strings.TrimSpace(getenv(EnvGatewaySecret))
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return Secret{}, fmt.Errorf("%s is not set: it signs the rings that go to gateway.url; make one of at least %d characters (openssl rand -hex 32) "+
			"and give it to the gateway too", EnvGatewaySecret, gateway.MinSecret)
	case n < gateway.MinSecret:
		return Secret{}, fmt.Errorf("%s has %d characters: use at least %d (openssl rand -hex 32)", EnvGatewaySecret, n, gateway.MinSecret)
	}
	return Secret{text}, nil
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
