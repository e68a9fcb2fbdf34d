// Package stage puts the whole play on one machine: a local Slack, the sample bank with its people, a database, the bot, and a clock that
// can be moved forward. "sameday try" and the stories in the tests play on it.
package stage

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"sameday/bot"
	"sameday/bot/deliver"
	"sameday/bot/sandbox"
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
	Samples  bool // begin with the sample complaints of yesterday and today
}

// Stage is one local workspace with a running bot. Its methods may be called from one goroutine at a time.
type Stage struct {
	Slack *sandbox.Workspace
	Bank  sample.Bank
	Desk  *store.Desk
	URL   string // of the local Slack's Web API

	options Options
	config  *config.Config
	store   *bolt.Store
	key     store.MasterKey
	moved   atomic.Int64 // how far the clock has been moved, in nanoseconds
	people  map[string]string
	bot     *bot.Bot
	cancel  context.CancelFunc
	done    chan error
	play
}

// Open sets the stage: the workspace stands and the database holds the samples; the bot is not running yet.
func Open(ctx context.Context, o Options) (*Stage, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Stage{options: o, Bank: sample.NewBank(o.Language), people: map[string]string{}}
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
	channels := map[string]string{}
	for _, u := range s.Bank.Units {
		channels[u.Channel] = s.Slack.AddChannel(sandbox.Channel{Name: u.Channel, Members: s.members(u)})
	}
	var err error
	if s.URL, err = s.Slack.Listen("127.0.0.1:0"); err != nil {
		return fmt.Errorf("open the local Slack's port: %w", err)
	}
	tree, err := s.config.Tree(
		func(email string) (org.PersonID, error) {
			handle, _, _ := strings.Cut(email, "@")
			return org.PersonID(s.people[handle]), nil
		},
		func(name string) (string, error) { return channels[name], nil },
	)
	if err != nil {
		return err
	}
	rules := &workflow.Rules{Tree: tree, Policy: s.config.Policy, Codes: s.config.Codes}
	s.key, _ = store.NewKey() // a try-out's data is thrown away with its key
	if s.store, err = bolt.Open(ctx, filepath.Join(s.options.Dir, "sameday.db"), bolt.Options{}); err != nil {
		return err
	}
	s.Desk = store.NewDesk(s.store, func() *workflow.Rules { return rules }, s.key)
	if s.options.Samples {
		return s.rehearse(ctx)
	}
	return nil
}

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
	find := func(handle string) org.PersonID { return org.PersonID(s.people[handle]) }
	for _, c := range samples {
		out, err := s.Desk.Do(ctx, store.Request{
			Command: c.Open, By: workflow.Person(find(c.By)), At: c.At, Customer: c.Customer,
		})
		if err != nil {
			return fmt.Errorf("open a sample: %w", err)
		}
		for _, a := range c.Acts {
			if _, err := s.Desk.Do(ctx, store.Request{
				Complaint: out.Complaint.ID, Command: a.Command(find), By: workflow.Person(find(a.By)), At: a.At,
			}); err != nil {
				return fmt.Errorf("act on sample %s: %w", out.Complaint.ID, err)
			}
		}
	}
	return nil
}

// Start runs the bot and waits until it listens and everything has been told.
func (s *Stage) Start(ctx context.Context) error {
	jobs := map[workflow.Job]bot.Schedule{}
	for j, schedule := range s.config.Jobs {
		jobs[j] = schedule
	}
	wide := deliver.Limit{PerMinute: 60_000, Burst: 1000}
	var err error
	s.bot, err = bot.New(bot.Options{
		Desk: s.Desk, BotToken: s.Slack.BotToken(), AppToken: s.Slack.AppToken(), APIURL: s.URL, Jobs: jobs, Now: s.Now,
		Log:    s.options.Log,
		Limits: deliver.Limits{Channel: wide, Posts: wide, Updates: wide, Links: wide, Reads: wide, Opens: wide},
	})
	if err != nil {
		return err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel, s.done = cancel, make(chan error, 1)
	go func() { s.done <- s.bot.Run(running) }()
	select {
	case <-s.bot.Ready():
	case err := <-s.done:
		s.cancel()
		s.cancel = nil
		return errors.Join(errors.New("the bot stopped at once"), err)
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.Settle(ctx)
}

// Stop ends the bot as SIGTERM would; Start begins again.
func (s *Stage) Stop() error {
	if s.cancel == nil {
		return nil
	}
	s.cancel()
	s.cancel = nil
	return <-s.done
}

// Settle waits until everything due now has happened and been told.
func (s *Stage) Settle(ctx context.Context) error {
	if s.cancel == nil {
		return nil
	}
	if err := s.heard(ctx); err != nil {
		return err
	}
	if err := s.bot.Quiet(ctx); err != nil {
		return err
	}
	if err := s.bot.CatchUp(ctx); err != nil {
		return err
	}
	return s.bot.Sender().Idle(ctx)
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
	for d > 0 {
		jump := min(step, d)
		d -= jump
		s.moved.Add(int64(jump))
		s.Slack.PostDue()
		if s.cancel == nil {
			continue
		}
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
