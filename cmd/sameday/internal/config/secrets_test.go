package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sameday/cmd/sameday/internal/config"
	"sameday/store"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestTokensNeverPrint(t *testing.T) {
	t.Parallel()
	bot, app, err := config.Tokens(env(config.EnvBotToken, "xoxb-hidden", config.EnvAppToken, " xapp-hidden\n"))
	if err != nil {
		t.Fatal(err)
	}
	if bot.Value() != "xoxb-hidden" || app.Value() != "xapp-hidden" {
		t.Error("the tokens are not those of the environment")
	}
	encoded, err := json.Marshal(map[string]any{"bot": bot})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q %x %d", bot, bot, bot, bot, bot, bot, bot), string(encoded)} {
		if strings.Contains(text, "hidden") || strings.Contains(text, fmt.Sprintf("%x", "hidden")) {
			t.Errorf("%q tells the token", text)
		}
	}
}

func TestTokenErrorsTellNothing(t *testing.T) {
	t.Parallel()
	for _, e := range []func(string) string{
		env(), env(config.EnvBotToken, "xapp-hidden"), env(config.EnvBotToken, "xoxb-hidden", config.EnvAppToken, "hidden"),
	} {
		_, _, err := config.Tokens(e)
		if err == nil || strings.Contains(err.Error(), "hidden") || !strings.Contains(err.Error(), "SLACK_") {
			t.Errorf("error = %v; want one that names the variable and not its value", err)
		}
	}
}

func TestKeySources(t *testing.T) {
	t.Parallel()
	want, text := store.NewKey()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]func(string) string{
		"variable": env(config.EnvKey, text), "file": env(config.EnvKeyFile, file),
	} {
		got, err := config.Key(e)
		if err != nil || got.ID() != want.ID() {
			t.Errorf("%s: key %v, %v; want %v", name, got, err, want)
		}
	}
	for name, e := range map[string]func(string) string{
		"none": env(), "both": env(config.EnvKey, text, config.EnvKeyFile, file), "short": env(config.EnvKey, "hidden"),
		"no file": env(config.EnvKeyFile, file+"x"),
	} {
		if _, err := config.Key(e); err == nil || strings.Contains(err.Error(), "hidden") || !strings.Contains(err.Error(), "SAMEDAY_KEY") {
			t.Errorf("%s: error = %v; want one that names the variable and not its value", name, err)
		}
	}
}

func TestGatewaySecret(t *testing.T) {
	t.Parallel()
	g := config.Gateway{URL: "https://sms.bank.example/"}
	long := strings.Repeat("hidden!!", 4)
	if got, err := g.Secret(env(config.EnvGatewaySecret, " "+long+"\n")); err != nil || got.Value() != long {
		t.Errorf("Secret: %v, want the one of the environment", err)
	}
	for name, value := range map[string]string{"none": "", "blank": " \n", "short": long[1:], "short with blanks": " " + long[1:] + " "} {
		_, err := g.Secret(env(config.EnvGatewaySecret, value))
		if err == nil || strings.Contains(err.Error(), "hidden") || !strings.Contains(err.Error(), config.EnvGatewaySecret) {
			t.Errorf("%s: error %v, want one that names the variable and not its value", name, err)
		}
	}
	if got, err := (config.Gateway{}).Secret(env(config.EnvGatewaySecret, "x")); err != nil || got.Value() != "" {
		t.Errorf("without a gateway: %v, %v; want none and no error", got, err)
	}
}

func TestSlackURL(t *testing.T) {
	t.Parallel()
	c := &config.Config{APIURL: "https://a.example/api/"}
	for value, want := range map[string]string{
		"": "https://a.example/api/", "http://127.0.0.1:9/api": "http://127.0.0.1:9/api/", "http://[::1]:9/api/": "http://[::1]:9/api/",
	} {
		if got, err := c.SlackURL(env(config.EnvAPIURL, value)); err != nil || got != want {
			t.Errorf("SlackURL with %q = %q, %v; want %q", value, got, err, want)
		}
	}
	for _, value := range []string{"http://slack.com/api", "slack.com", "ftp://x/", "https://u:p@h/"} {
		if got, err := c.SlackURL(env(config.EnvAPIURL, value)); err == nil {
			t.Errorf("SlackURL with %q = %q, want an error", value, got)
		}
	}
}
