// Package stage puts the whole play on one machine: a local Slack, the sample bank with its people, a database, the bot, and a clock that
// can be moved forward. "sameday try" and the stories in the tests play on it.
package stage

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"sameday/bot"
	"sameday/bot/deliver"
	"sameday/bot/gateway"
	"sameday/bot/sandbox"
	"sameday/bot/sandbox/page"
	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/store/bolt"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Options say what is played.
type Options struct {
	Language string           // "zh-CN" or "en"
	Dir      string           // where the database lies
	Now      func() time.Time // the real clock below the one that can be moved; nil: time.Now
	Log      zerolog.Logger
	Rosters  bool           // the sample bank's rosters are published
	Samples  bool           // begin with the sample complaints of yesterday and today; they come with the rosters
	Gateway  gateway.Ringer // a second way to ring people; nil for none
	// UsualPort asks for the port people may have kept as a bookmark; without it, or when it is taken, any free one is used.
	UsualPort bool
}

// Stage is one local workspace with a running bot. Those who play at its prompt take turns; the clock, the bot's switch and the page may
// be used by others meanwhile.
type Stage struct {
	Slack *sandbox.Workspace
	Bank  sample.Bank
	Desk  *store.Desk
	URL   string // of the local Slack's Web API

	options Options
	config  *config.Config
	store   *bolt.Store
	key     store.MasterKey
	began   time.Time
	moved   atomic.Int64 // how far the clock has been moved, in nanoseconds
	people  map[string]string
	names   *strings.Replacer // makes names of the mentions in a text
	turn    sync.Mutex        // held by whoever moves the clock or switches the bot
	running atomic.Pointer[run]
	play
}

// run is a bot at work.
type run struct {
	bot    *bot.Bot
	cancel context.CancelFunc
	done   chan error
}

// Open sets the stage: the workspace stands and the database holds the samples; the bot is not running yet.
func Open(ctx context.Context, o Options) (*Stage, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Stage{options: o, Bank: sample.NewBank(o.Language), people: map[string]string{}}
	s.began = s.Now()
	var err error
	if s.config, err = s.Bank.Config(); err != nil {
		return nil, err
	}
	if s.Slack, err = sandbox.New(sandbox.Options{
		Manifest: bot.Manifest(), Now: s.Now, Team: "Sameday",
		Limits: sandbox.Limits{NoRateLimits: true}, // a person who tries it out should not wait for Slack's minutes
	}); err != nil {
		return nil, fmt.Errorf("make the local Slack: %w", err)
	}
	if err := s.furnish(ctx); err != nil {
		s.Slack.Close()
		return nil, err
	}
	return s, nil
}

// Now is the stage's clock.
func (s *Stage) Now() time.Time { return s.options.Now().Add(time.Duration(s.moved.Load())) }

func (s *Stage) furnish(ctx context.Context) error {
	for _, p := range s.Bank.People() {
		s.people[p.Handle] = s.Slack.AddPerson(sandbox.Person{
			ID: "U0" + strings.ToUpper(strings.ReplaceAll(p.Handle, ".", "")), Name: p.Handle, RealName: p.Name, Email: p.Email,
			TZ: sample.Zone, Title: p.Title,
		})
	}
	s.names = s.mentions()
	channels := map[string]string{}
	for _, u := range s.Bank.Units {
		channels[u.Channel] = s.Slack.AddChannel(sandbox.Channel{Name: u.Channel, Members: s.members(u)})
	}
	var err error
	if s.URL, err = s.listen(); err != nil {
		return fmt.Errorf("open the local Slack's port: %w", err)
	}
	person := func(email string) (org.PersonID, error) {
		handle, _, _ := strings.Cut(email, "@")
		return org.PersonID(s.people[handle]), nil
	}
	tree, err := s.config.Tree(person,
		func(name string) (string, error) { return channels[name], nil },
	)
	if err != nil {
		return err
	}
	panel, err := s.config.Panel(person, nil)
	if err != nil {
		return err
	}
	rules := &workflow.Rules{
		Tree: tree, Policy: s.config.Policy, Codes: s.config.Codes, Inquiry: s.config.Inquiry, Gateway: s.options.Gateway != nil,
		Panel: panel,
	}
	s.key, _ = store.NewKey() // a try-out's data is thrown away with its key
	if s.store, err = bolt.Open(ctx, filepath.Join(s.options.Dir, "sameday.db"), bolt.Options{}); err != nil {
		return err
	}
	s.Desk = store.NewDesk(s.store, func() *workflow.Rules { return rules }, s.key)
	if s.options.Rosters || s.options.Samples {
		if err := s.man(ctx); err != nil {
			return err
		}
	}
	if s.options.Samples {
		if err := s.rehearse(ctx); err != nil {
			return err
		}
	}
	return s.openPage(channels)
}

// usualPort is where the page stands when nobody else has the port: an address that can be kept as a bookmark.
const usualPort = "127.0.0.1:8750"

func (s *Stage) listen() (string, error) {
	if s.options.UsualPort {
		if url, err := s.Slack.Listen(usualPort); err == nil {
			return url, nil
		}
	}
	return s.Slack.Listen("127.0.0.1:0")
}

// openPage puts the browser's page beside the local Slack.
func (s *Stage) openPage(channels map[string]string) error {
	zone, err := sample.Location()
	if err != nil {
		return err
	}
	h, err := page.New(page.Options{
		Workspace: s.Slack, Clock: s, Bot: s, Backlog: backlog{s.Desk}, Tour: s.tour(), Language: s.Bank.Language, Zone: zone,
		FirstPerson: s.people[firstPerson], FirstChannel: channels[string(home)],
		Log: func(line string) { s.options.Log.Info().Str("page", line).Msg("page") },
	})
	if err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	s.Slack.Mount(h)
	return nil
}

// Page is the address to open in a browser.
func (s *Stage) Page() string { return strings.TrimSuffix(s.URL, "api/") }

// members of a unit's group are its own people and those of the units above.
func (s *Stage) members(u sample.Unit) []string {
	var out []string
	for id := u.ID; id != ""; {
		next := org.UnitID("")
		for _, other := range s.Bank.Units {
			if other.ID != id {
				continue
			}
			for _, p := range other.People {
				out = append(out, s.people[p.Handle])
			}
			next = other.Parent
		}
		id = next
	}
	return out
}

// id is a person's Slack user id, by handle.
func (s *Stage) id(handle string) org.PersonID { return org.PersonID(s.people[handle]) }

// man publishes the rosters as if people had been told of them long ago: whoever tries the bank out has nothing to learn from thirty days
// of shifts in every direct message, and from handovers of yesterday.
func (s *Stage) man(ctx context.Context) error {
	now := s.Now()
	if err := sample.PublishRosters(ctx, s.Desk, now, s.id); err != nil {
		return err
	}
	const atOnce = 100
	for {
		told, err := s.store.Claim(ctx, now, atOnce, atOnce)
		if err != nil || len(told) == 0 {
			return err
		}
		settled := make([]store.Settlement, len(told))
		for i, intent := range told {
			settled[i] = store.Settlement{ID: intent.ID, Result: store.Sent}
		}
		if err := s.store.Settle(ctx, now, settled); err != nil {
			return err
		}
	}
}

// rehearse writes the sample complaints as if the bot had been there since yesterday noon and had stopped before midnight.
func (s *Stage) rehearse(ctx context.Context) error {
	now := s.Now()
	zone, err := sample.Location()
	if err != nil {
		return err
	}
	noon := calendar.DayOf(now, zone).Add(-1).At(12, 0, zone)
	if err := s.Desk.AdoptPolicy(ctx, noon); err != nil {
		return err
	}
	for _, u := range s.Bank.Units {
		if _, err := s.Desk.Join(ctx, noon, u.ID); err != nil {
			return err
		}
	}
	samples, err := sample.Complaints(s.options.Language, now)
	if err != nil {
		return err
	}
	for _, c := range samples {
		out, err := s.Desk.Do(ctx, store.Request{
			Command: c.Open, By: workflow.Person(s.id(c.By)), At: c.At, Customer: c.Customer,
		})
		if err != nil {
			return fmt.Errorf("open a sample: %w", err)
		}
		for _, a := range c.Acts {
			if _, err := s.Desk.Do(ctx, store.Request{
				Complaint: out.Complaint.ID, Command: a.Command(s.id), By: workflow.Person(s.id(a.By)), At: a.At,
			}); err != nil {
				return fmt.Errorf("act on sample %s: %w", out.Complaint.ID, err)
			}
		}
	}
	return nil
}

// Start runs the bot and waits until it listens and everything has been told.
func (s *Stage) Start(ctx context.Context) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.Running() {
		return nil
	}
	jobs := map[workflow.Job]bot.Schedule{}
	for j, schedule := range s.config.Jobs {
		jobs[j] = schedule
	}
	wide := deliver.Limit{PerMinute: 60_000, Burst: 1000}
	b, err := bot.New(bot.Options{
		Desk: s.Desk, BotToken: s.Slack.BotToken(), AppToken: s.Slack.AppToken(), APIURL: s.URL, Jobs: jobs, Now: s.Now,
		Log: s.options.Log, Gateway: s.options.Gateway,
		Limits: deliver.Limits{Channel: wide, Posts: wide, Updates: wide, Links: wide, Reads: wide, Opens: wide},
	})
	if err != nil {
		return err
	}
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &run{bot: b, cancel: cancel, done: make(chan error, 1)}
	go func() { r.done <- b.Run(life) }()
	select {
	case <-b.Ready():
		s.running.Store(r)
		return s.Settle(ctx)
	case err := <-r.done:
		cancel()
		return errors.Join(errors.New("the bot stopped at once"), err)
	case <-ctx.Done():
		cancel()
		return errors.Join(ctx.Err(), <-r.done)
	}
}

// Running reports whether the bot is at work.
func (s *Stage) Running() bool { return s.running.Load() != nil }

// Stop ends the bot as SIGTERM would; Start begins again.
func (s *Stage) Stop() error {
	s.turn.Lock()
	defer s.turn.Unlock()
	r := s.running.Swap(nil)
	if r == nil {
		return nil
	}
	r.cancel()
	return <-r.done
}

// Settle waits until everything due now has happened and been told; while Slack is away, until it has happened.
func (s *Stage) Settle(ctx context.Context) error {
	r := s.running.Load()
	if r == nil {
		return nil
	}
	if err := s.heard(ctx); err != nil {
		return err
	}
	if err := r.bot.Quiet(ctx); err != nil {
		return err
	}
	if err := r.bot.CatchUp(ctx); err != nil {
		return err
	}
	if s.Slack.Faults().Outage { // nothing can be told before Slack is back
		r.bot.Sender().Wake()
		return nil
	}
	return r.bot.Sender().Idle(ctx)
}

// heard waits until the bot has taken everything the workspace sent it.
func (s *Stage) heard(ctx context.Context) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for s.Slack.Unanswered() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// step is how far the clock jumps at once: not further than cron would let pass between two looks.
const step = time.Minute

// Skip moves the clock forward. Everything due in between happens in its order and at its time; while the bot is stopped nothing does.
func (s *Stage) Skip(ctx context.Context, d time.Duration) error {
	if d < 0 {
		return errors.New("time never goes back")
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	for d > 0 {
		jump := min(step, d)
		d -= jump
		s.moved.Add(int64(jump))
		s.Slack.PostDue()
		if err := s.Settle(ctx); err != nil {
			return err
		}
	}
	return s.Settle(ctx)
}

// Until moves the clock to the next time the wall clock at the bank shows the given time.
func (s *Stage) Until(ctx context.Context, hour, minute int) error {
	zone, err := sample.Location()
	if err != nil {
		return err
	}
	now := s.Now()
	day := calendar.DayOf(now, zone)
	at := day.At(hour, minute, zone)
	if !at.After(now) {
		at = day.Add(1).At(hour, minute, zone)
	}
	return s.Skip(ctx, at.Sub(now))
}

// Close ends everything.
func (s *Stage) Close() error {
	err := s.Stop()
	s.Slack.Close()
	return errors.Join(err, s.store.Close())
}
