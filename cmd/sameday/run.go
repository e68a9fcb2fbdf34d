package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"sameday/bot"
	"sameday/cmd/sameday/internal/checkup"
	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/control"
	"sameday/cmd/sameday/internal/directory"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/store"
	"sameday/workflow"
)

func (a *app) runCommand() *cobra.Command {
	var p place
	c := &cobra.Command{
		Use:   "run --config FILE",
		Short: "run the bot until it is told to stop",
		Long: `run connects to Slack by Socket Mode, catches up with what became due while it was down, and works until SIGINT or SIGTERM; then it
finishes what is in hand and exits with 0. It takes its tokens and the master key from the environment.

While Slack cannot be reached it waits and says so, at the start too. A token that Slack refuses at the start ends it with 1; one that is
revoked later is waited out: what must be told stays in the outbox, and is told when the token works again.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := p.load(); err != nil {
				return err
			}
			return a.serve(c.Context(), p.config)
		},
	}
	p.flags(c, false)
	return c
}

// secrets are what the environment gives a running bot.
type secrets struct {
	bot, app config.Secret
	key      store.MasterKey
	address  string
}

func (a *app) secrets(c *config.Config) (s secrets, err error) {
	if s.bot, s.app, err = config.Tokens(a.Getenv); err != nil {
		return s, err
	}
	if s.key, err = config.Key(a.Getenv); err != nil {
		return s, err
	}
	s.address, err = c.SlackURL(a.Getenv)
	return s, err
}

// serve opens the database before anything else, so that a second Sameday stops here.
func (a *app) serve(ctx context.Context, c *config.Config) (err error) {
	env, err := a.secrets(c)
	if err != nil {
		return asUsage(err)
	}
	a.tuneCollector()
	s, err := ledger.Open(ctx, c.Data)
	if err != nil {
		return locked(err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	level, err := zerolog.ParseLevel(c.LogLevel)
	if err != nil {
		return asUsage(err)
	}
	log := zerolog.New(a.Err).Level(level).With().Timestamp().Logger()
	service := control.NewService(s)
	defer a.control(ctx, service, c.Data, log)()
	d, err := directory.Await(ctx, checkup.Client(nil, env.address, env.bot, env.app), func(err error, again time.Duration) {
		log.Warn().Err(err).Dur("again_in", again).Msg("Slack cannot be reached")
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("read the workspace (sameday check says more): %w", err)
	}
	tree, err := c.Tree(d.FindPerson, d.FindChannel)
	if err != nil {
		return asUsage(err)
	}
	panel, err := c.Panel(d.FindPerson, d.NameOf)
	if err != nil {
		return asUsage(err)
	}
	rules := &workflow.Rules{
		Tree: tree, Policy: c.Policy, Codes: c.Codes, Inquiry: c.Inquiry, Gateway: c.Gateway.URL != "", Panel: panel,
	}
	desk := store.NewDesk(s, func() *workflow.Rules { return rules }, env.key)
	if err := desk.CheckKey(ctx); err != nil {
		return asUsage(fmt.Errorf("%s does not open this database: %w", config.EnvKey, err))
	}
	return a.work(ctx, c, env, desk, s, service, log)
}

// control serves the other commands from the start, which may have to wait for Slack; what it returns ends that.
func (a *app) control(ctx context.Context, service *control.Service, data string, log zerolog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := service.Serve(ctx, ledger.Socket(data)); err != nil {
			// Complaints go on without it; only the other commands must wait.
			log.Warn().Err(err).Msg("import, export, verify and backup do not work while this process runs")
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// engine is what a running bot watches of its database.
type engine interface {
	store.Ledger
	Failed() <-chan struct{}
	Failure() error
}

// work runs the bot and opens the control socket to files; the first to fail stops both, and so does a database that takes nothing any more: a process
// that only refuses would look alive.
func (a *app) work(
	ctx context.Context, c *config.Config, env secrets, desk *store.Desk, db engine, service *control.Service, log zerolog.Logger,
) error {
	jobs := map[workflow.Job]bot.Schedule{}
	for j, schedule := range c.Jobs {
		jobs[j] = schedule
	}
	o := bot.Options{
		Desk: desk, BotToken: env.bot.Value(), AppToken: env.app.Value(), APIURL: env.address, Jobs: jobs, Now: a.Now, Log: log,
		Limits: a.Limits,
	}
	if err := a.beside(c, &o, log); err != nil {
		return err
	}
	b, err := bot.New(o)
	if err != nil {
		return fmt.Errorf("make the bot: %w", err)
	}
	service.Open(desk, b.Now, b.Sender().Wake)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.Run(ctx) })
	g.Go(func() error { a.witness(ctx, c.Data, db, log); return nil })
	g.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case <-db.Failed():
			err := db.Failure()
			log.Error().Err(err).Msg("the database takes nothing any more, so this process stops; what was acknowledged before is stored")
			return fmt.Errorf("%w\nNothing was acknowledged that is not stored. Look at the disk, then start again; if the start says that the database is "+
				"damaged, put the last good backup back", err)
		}
	})
	return g.Wait()
}

// witnessEvery is how often the end of the ledger is written down beside the database.
const witnessEvery = time.Minute

// witness writes down how far the ledger has come until ctx ends, and once more then.
func (a *app) witness(ctx context.Context, data string, db store.Ledger, log zerolog.Logger) {
	every := time.NewTicker(witnessEvery)
	defer every.Stop()
	for last := false; ; {
		if err := ledger.KeepWitness(context.WithoutCancel(ctx), db, data, a.Now()); err != nil {
			log.Warn().Err(err).Msg("an older copy of the database would not be noticed at the next start")
		}
		if last {
			return
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			last = true
		}
	}
}
