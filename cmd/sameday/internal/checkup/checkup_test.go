package checkup_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/cmd/sameday/internal/checkup"
	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
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
	for _, name := range []string{config.EnvKey, config.EnvBotToken, config.EnvAppToken, config.EnvGatewaySecret} {
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
	for _, want := range []string{"OK     people    34 people", "OK     experts   3 people", "OK     channels", "OK     clock", "OK     app token", "OK     job       notice \"30 8 * * *\""} {
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
		"expert unknown": {func(s *setup) { s.bank.Experts[0].Email = "U0STRANGER" }, []string{"WRONG  experts", "U0STRANGER is nobody in this workspace"}},
		"expert gone": {func(s *setup) {
			s.bank.Experts[0].Email = s.w.AddPerson(sandbox.Person{ID: "U0GONE00001", Deactivated: true})
		}, []string{"WRONG  experts", "is deactivated"}},
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

// outside is a gateway and a heartbeat that are there but answer nothing useful.
func outside(t *testing.T) (address string, paths func() []string) {
	t.Helper()
	var mu sync.Mutex
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Method+" "+r.URL.String())
		rw.WriteHeader(http.StatusNotImplemented)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

func TestOutside(t *testing.T) {
	t.Parallel()
	w, b, address := workspace(t)
	there, paths := outside(t)
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler()) // its certificate is nobody's
	stranger.Config.ErrorLog = log.New(io.Discard, "", 0)
	stranger.StartTLS()
	t.Cleanup(stranger.Close)
	secret := strings.Repeat("hidden!!", 4)
	for name, tc := range map[string]struct {
		gateway, heartbeat, secret string
		want                       []string
		wrong                      int
	}{
		"none": {"", "", "", []string{"OK     gateway   none is configured"}, 0},
		"both": {there + "/rings?key=hidden", there + "/hidden", secret, []string{
			"OK     gateway   127.0.0.1:", "OK     heartbeat 127.0.0.1:", "can be reached",
		}, 0},
		"no secret":    {there, "", "", []string{"WRONG  gateway   SAMEDAY_GATEWAY_SECRET is not set", "OK     gateway   127.0.0.1:"}, 1},
		"short secret": {there, "", secret[1:], []string{"WRONG  gateway   SAMEDAY_GATEWAY_SECRET has 31 characters"}, 1},
		"nobody there": {"http://127.0.0.1:1/hidden", "http://127.0.0.1:1/hidden", secret, []string{
			"WRONG  gateway   127.0.0.1:1 cannot be reached", "is gateway.url right in bank.yaml", "WRONG  heartbeat 127.0.0.1:1 cannot be reached",
		}, 2},
		"certificate": {stranger.URL, "", secret, []string{"cannot be reached: tls:", "SSL_CERT_FILE"}, 1},
	} {
		env := environment(w, address)
		env[config.EnvGatewaySecret] = tc.secret
		wrong, out := check(t, b, env, func(o *checkup.Options) {
			o.Config.Gateway.URL, o.Config.Heartbeat = tc.gateway, tc.heartbeat
		})
		if wrong != tc.wrong || strings.Contains(out, "hidden") {
			t.Errorf("%s: %d wrong, want %d and no address:\n%s", name, wrong, tc.wrong, out)
		}
		for _, want := range tc.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: the check does not say %q:\n%s", name, want, out)
			}
		}
	}
	for _, p := range paths() {
		if p != "HEAD /" {
			t.Errorf("the check asked for %s: that would be a ring or a beat", p)
		}
	}
}

func TestLadder(t *testing.T) {
	t.Parallel()
	w, b, address := workspace(t)
	wrong, out := check(t, b, environment(w, address), nil)
	for _, want := range []string{
		"WARN   ladder    rung 2 (unit.complaint_manager, unit.deputy_president) calls nobody for complaints of head-office\n",
		"give somebody one of these positions in bank.yaml",
	} {
		if wrong != 0 || !strings.Contains(out, want) {
			t.Errorf("%d wrong; the check does not say %q:\n%s", wrong, want, out)
		}
	}
	if strings.Contains(out, "standing") {
		t.Errorf("the check speaks of a standing list that is there:\n%s", out)
	}
	wrong, out = check(t, b, environment(w, address), func(o *checkup.Options) {
		delete(o.Config.Units[0].Positions, org.Standing)
		delete(o.Config.Units[0].Positions, org.ServiceDesk)
		delete(o.Config.Units[1].Positions, org.President)
		delete(o.Config.Units[1].Positions, org.DeputyPresident)
	})
	for _, want := range []string{
		"rung 2 (unit.complaint_manager, unit.deputy_president) calls nobody for complaints of head-office, shanghai\n",
		"rung 4 (branch.president, branch.deputy_president, head_office.service_desk) calls nobody for complaints of head-office, shanghai, jingan, xuhui, pudong\n",
		"rung 5 (head_office.standing) calls nobody for complaints of head-office, shanghai, suzhou, jingan",
		"WARN   standing  head office has no standing list",
		"give unit head-office a standing list",
	} {
		if wrong != 0 || !strings.Contains(out, want) {
			t.Errorf("%d wrong; the check does not say %q:\n%s", wrong, want, out)
		}
	}
	_, out = check(t, b, environment(w, address), func(o *checkup.Options) {
		o.Config.Policy.Ladder = []workflow.Rung{{Call: []workflow.Callee{"unit.head|unit.duty"}}, {Call: []workflow.Callee{"handler", "unit.head"}}}
	})
	if !strings.Contains(out, "OK     ladder    2 rungs; somebody can stand on each") {
		t.Errorf("a ladder of officers on duty and handlers has gaps:\n%s", out)
	}
}

func TestManyUnitsAreNotAllNamed(t *testing.T) {
	t.Parallel()
	w, b, address := workspace(t)
	_, out := check(t, b, environment(w, address), func(o *checkup.Options) {
		for i := range 20 {
			u := o.Config.Units[3]
			u.ID, u.Channel, u.Positions = org.UnitID(fmt.Sprint("u", i)), fmt.Sprint("#u", i), nil
			o.Config.Units = append(o.Config.Units, u)
		}
	})
	if want := "calls nobody for complaints of head-office, u0, u1, u2, u3, u4, u5, u6, u7, u8, u9, u10 and 9 more units\n"; !strings.Contains(out, want) {
		t.Errorf("the check does not say %q:\n%s", want, out)
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
