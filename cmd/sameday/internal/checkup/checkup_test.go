package checkup_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/cmd/sameday/internal/checkup"
	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
)

// workspace is a local Slack with the sample bank in it.
func workspace(t *testing.T) (*sandbox.Workspace, sample.Bank, string) {
	t.Helper()
	w, err := sandbox.New(sandbox.Options{Manifest: bot.Manifest(), Limits: sandbox.Limits{NoRateLimits: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	b := sample.NewBank("en")
	for _, p := range b.People() {
		w.AddPerson(sandbox.Person{Name: p.Handle, RealName: p.Name, Email: p.Email})
	}
	for _, u := range b.Units {
		w.AddChannel(sandbox.Channel{Name: u.Channel})
	}
	address, err := w.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return w, b, address
}

func check(t *testing.T, b sample.Bank, env map[string]string, change func(*checkup.Options)) (int, string) {
	t.Helper()
	text, err := b.YAML()
	if err != nil {
		t.Fatal(err)
	}
	// A channel of the bank may be an id here.
	c, err := config.Parse("bank.yaml", []byte(strings.ReplaceAll(text, `"#C`, `"C`)))
	if err != nil {
		t.Fatal(err)
	}
	c.Data = t.TempDir()
	o := checkup.Options{
		Config: c, Getenv: func(name string) string { return env[name] }, Scopes: bot.Scopes(), Now: time.Now,
	}
	if change != nil {
		change(&o)
	}
	var out bytes.Buffer
	wrong := checkup.Run(context.Background(), &out, o)
	for _, name := range []string{config.EnvKey, config.EnvBotToken, config.EnvAppToken} {
		if secret := env[name]; secret != "" && strings.Contains(out.String(), secret) {
			t.Errorf("the check prints %s", name)
		}
	}
	return wrong, out.String()
}

func environment(w *sandbox.Workspace, address string) map[string]string {
	_, key := store.NewKey()
	return map[string]string{
		config.EnvBotToken: w.BotToken(), config.EnvAppToken: w.AppToken(), config.EnvKey: key, config.EnvAPIURL: address,
	}
}

func TestAllIsWell(t *testing.T) {
	t.Parallel()
	w, b, address := workspace(t)
	wrong, out := check(t, b, environment(w, address), nil)
	if wrong != 0 || strings.Contains(out, "WRONG") {
		t.Errorf("%d wrong:\n%s", wrong, out)
	}
	for _, want := range []string{"OK     people    34 people", "OK     channels", "OK     clock", "OK     app token", "OK     job       notice \"30 8 * * *\""} {
		if !strings.Contains(out, want) {
			t.Errorf("the check does not say %q:\n%s", want, out)
		}
	}
}

func TestWhatIsWrongAndTheFix(t *testing.T) {
	t.Parallel()
	type setup struct {
		w    *sandbox.Workspace
		bank *sample.Bank
		env  map[string]string
		o    *checkup.Options
	}
	for name, tc := range map[string]struct {
		spoil func(*setup)
		want  []string
	}{
		"no key":         {func(s *setup) { delete(s.env, config.EnvKey) }, []string{"WRONG  key       SAMEDAY_KEY is not set"}},
		"no token":       {func(s *setup) { delete(s.env, config.EnvBotToken) }, []string{"WRONG  tokens    SLACK_BOT_TOKEN is not set"}},
		"wrong token":    {func(s *setup) { s.env[config.EnvBotToken] = "xoxb-other" }, []string{"WRONG  bot token", "invalid_auth", "copy the token into SLACK_BOT_TOKEN"}},
		"wrong app":      {func(s *setup) { s.env[config.EnvAppToken] = "xapp-other" }, []string{"WRONG  app token", "copy the token into SLACK_APP_TOKEN"}},
		"missing scope":  {func(s *setup) { s.w.SetFaults(sandbox.Faults{MissingScopes: []string{"users:read"}}) }, []string{"WRONG  directory", "add the scope users:read"}},
		"nobody there":   {func(s *setup) { s.env[config.EnvAPIURL] = "http://127.0.0.1:1/api/" }, []string{"WRONG  bot token", "is Slack reachable"}},
		"clock":          {func(s *setup) { s.o.Now = func() time.Time { return time.Now().Add(time.Hour) } }, []string{"WRONG  clock", "1h0m", "set-ntp"}},
		"unknown person": {func(s *setup) { s.bank.Units[1].People[0].Email = "nobody@bank.example" }, []string{"nobody in the workspace has the e-mail nobody@bank.example", "bank.yaml:"}},
		"no channel":     {func(s *setup) { s.bank.Units[2].Channel = "missing" }, []string{"the bot sees no channel #missing"}},
		"strange id":     {func(s *setup) { s.bank.Units[3].People[0].Email = "U0STRANGER" }, []string{"WRONG  people", "U0STRANGER is nobody in this workspace"}},
		"deactivated": {func(s *setup) {
			s.bank.Units[3].People[0].Email = s.w.AddPerson(sandbox.Person{ID: "U0GONE00001", Deactivated: true})
		}, []string{"WRONG  people", "is deactivated"}},
		"private": {func(s *setup) {
			s.bank.Units[3].Channel = s.w.AddChannel(sandbox.Channel{Name: "secret", Private: true})
		}, []string{"WRONG  channels", "/invite @Sameday"}},
		"lost scopes":  {func(s *setup) { s.o.HTTP = &http.Client{Transport: header{"X-OAuth-Scopes", "chat:write,commands"}} }, []string{"WRONG  scopes", "users:read.email", "App Manifest"}},
		"nobody works": {func(s *setup) { s.bank.Units[4].People = nil }, []string{"WRONG  positions nobody at xuhui"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, b, address := workspace(t)
			s := &setup{w: w, bank: &b, env: environment(w, address), o: &checkup.Options{}}
			tc.spoil(s)
			wrong, out := check(t, b, s.env, func(o *checkup.Options) {
				if s.o.Now != nil {
					o.Now = s.o.Now
				}
				o.HTTP = s.o.HTTP
			})
			if wrong == 0 {
				t.Errorf("nothing is wrong:\n%s", out)
			}
			for _, want := range tc.want {
				if !strings.Contains(out, want) {
					t.Errorf("the check does not say %q:\n%s", want, out)
				}
			}
		})
	}
}

// header adds a header to every answer, as Slack does with the scopes of a token.
type header struct{ name, value string }

func (h header) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		resp.Header.Set(h.name, h.value)
	}
	return resp, err
}
