package stage_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sameday/bot/gateway"
	"sameday/bot/sandbox"
	"sameday/cmd/sameday/internal/intake"
	"sameday/workflow/org"
)

// service is the bank's SMS gateway, which keeps what it is asked to send.
type service struct {
	server *httptest.Server
	ringer gateway.Ringer

	mu    sync.Mutex
	rings []string
	seen  map[string]bool
}

func newService() (*service, error) {
	s := &service{seen: map[string]bool{}}
	s.server = httptest.NewServer(s)
	var err error
	s.ringer, err = gateway.Webhook(gateway.Options{URL: s.server.URL, Secret: []byte(strings.Repeat("s", gateway.MinSecret)), Now: time.Now})
	return s, err
}

// ServeHTTP takes a ring over once, however often it comes.
func (s *service) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	var ring struct {
		ID     string
		Rung   int
		Person struct{ Name string }
		Text   string
	}
	if err := json.NewDecoder(r.Body).Decode(&ring); err != nil {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.seen[ring.ID] {
		s.seen[ring.ID] = true
		s.rings = append(s.rings, fmt.Sprintf("%s (rung %d): %s", ring.Person.Name, ring.Rung, ring.Text))
	}
}

func (s *service) sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rings
}

// rung shows what went through the gateway, as soon as it holds the given words.
func rung(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value(showKey{}).(*show)
	words := strings.Join(args, " ")
	all := s.until(ts, words, func() string { return strings.Join(s.gateway.sent(), "\n") + "\n" })
	_, err := ts.Stdout().Write([]byte(all))
	ts.Check(err)
}

// slack takes Slack away, or brings it back; noticed lets time pass until the bot knows that it is away.
func slack(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value(showKey{}).(*show)
	switch strings.Join(args, " ") {
	case "down":
		s.stage.Slack.SetFaults(sandbox.Faults{Outage: true})
	case "noticed":
		s.until(ts, "Slack takes no messages", s.passing(ts, time.Second))
	case "up":
		s.stage.Slack.SetFaults(sandbox.Faults{})
		s.until(ts, "Slack takes messages again", s.passing(ts, time.Minute))
	default:
		ts.Fatalf("usage: slack down|noticed|up")
	}
	ts.Check(s.stage.Settle(s.ctx))
}

// passing is the bot's log while time passes: it asks Slack again by the play's clock.
func (s *show) passing(ts *testscript.TestScript, d time.Duration) func() string {
	return func() string {
		if s.stage.Skip(s.ctx, d) != nil {
			ts.Fatalf("time does not pass")
		}
		return s.log.String()
	}
}

// until waits until a text holds the words.
func (s *show) until(ts *testscript.TestScript, words string, text func() string) string {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		all := text()
		if strings.Contains(all, words) {
			return all
		}
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			ts.Fatalf("waited in vain for %q:\n%s", words, all)
		}
	}
}

// journal is what the bot logs.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

// String is the whole log so far.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// importRoster publishes a file of rosters in a person's name, as sameday import --roster does.
func importRoster(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: import FILE PERSON")
	}
	s := ts.Value(showKey{}).(*show)
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { _ = f.Close() }()
	tree := s.stage.Desk.Rules().Tree
	names := map[string]string{}
	byEmail := map[string]org.PersonID{}
	for _, p := range s.stage.Slack.People() {
		names[p.ID], byEmail[p.Email] = p.RealName, org.PersonID(p.ID)
	}
	people := intake.NewPeople(tree, func(id org.PersonID) (intake.Account, bool) {
		name, known := names[string(id)]
		return intake.Account{Name: name}, known
	}, func(email string) (org.PersonID, error) { return byEmail[email], nil })
	by, err := people.Find(args[1])
	ts.Check(err)
	roster, err := intake.ReadRoster(f, intake.CSV, intake.RosterOptions{Tree: tree, People: people, Now: s.stage.Now()})
	ts.Check(err)
	report, err := roster.Publish(s.ctx, s.stage.Desk, by, s.stage.Now)
	ts.Check(err)
	_, err = fmt.Fprintf(ts.Stdout(), "published %d, bad %v, refused %v\n", len(report.Units), report.Bad, report.Refused)
	ts.Check(err)
	ts.Check(s.stage.Settle(s.ctx))
}
