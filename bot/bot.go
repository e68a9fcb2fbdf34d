// Package bot is the Slack side of Sameday: what people type, press and fill in becomes commands for the desk, and what the desk says
// must be told becomes cards, thread lines, mirrors, notices and pings.
//
// A command's journey: [Bot.Run] holds two Socket Mode connections with one handler. A delivery is read leniently (inbound.go), routed
// (handle.go, click.go, submit.go), and carried out by store.Desk in one transaction; only then is it acknowledged, with a private
// answer. Everything that others should see was written to the outbox in that transaction; package deliver sends it, rendered from the
// current state (render.go). Time passes in one place: [Bot.Sweep], which cron wakes each minute.
//
// All text that people read comes from package words; all messages are drawn by package card.
package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/robfig/cron/v3"
	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"golang.org/x/sync/errgroup"

	"sameday/bot/deliver"
	"sameday/bot/gateway"
	"sameday/bot/grammar"
	"sameday/bot/pulse"
	"sameday/bot/words"
	"sameday/store"
	"sameday/store/failpoint"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Options are what a bot needs. Desk, BotToken and AppToken are required.
type Options struct {
	Desk     *store.Desk
	BotToken string
	AppToken string
	APIURL   string                    // of another Slack-compatible server; empty for Slack; must end in "/"
	HTTP     *http.Client              // nil: a client with a time limit
	Dialer   *websocket.Dialer         // nil: the default one
	Jobs     map[workflow.Job]Schedule // a job without a schedule does not run
	Now      func() time.Time          // this machine's clock, which may be wrong; nil: time.Now
	Log      zerolog.Logger
	Limits   deliver.Limits // zero: Slack's own
	Gateway  gateway.Ringer // a second way to ring; nil for none
	Heart    *pulse.Heart   // beats after each sweep that left nothing undone; nil for none
	DeadMan  []org.UnitID   // in whose channels a message says so when the bot has been silent for ten minutes
}

// Schedule is when a daily job runs: on some civil days, at one wall-clock time.
type Schedule interface {
	// On reports whether the job runs on the day.
	On(day calendar.Day) bool
	// At is when it runs on the day: a time that the day lacks is the first moment after the gap, one that comes twice the first of
	// the two, so that a day has at most one slot whatever the clocks do.
	At(day calendar.Day, zone *time.Location) time.Time
}

func (o Options) socketOptions(n int, p *pace) []socketmode.Option {
	d := o.Dialer
	if d == nil {
		d = websocket.DefaultDialer
	}
	return []socketmode.Option{socketmode.OptionDialer(p.dialer(n, polite(d)))}
}

// callTime bounds one call to Slack: slack-go's own client waits for ever.
const callTime = 20 * time.Second

func (o Options) client() *slack.Client {
	h := o.HTTP
	if h == nil {
		h = &http.Client{Timeout: callTime}
	}
	options := []slack.Option{slack.OptionHTTPClient(h), slack.OptionAppLevelToken(o.AppToken)}
	if o.APIURL != "" {
		options = append(options, slack.OptionAPIURL(o.APIURL))
	}
	return slack.New(o.BotToken, options...)
}

// self is who we are in the workspace.
type self struct{ User, Bot string }

// counters count what happened, for logs and for whoever watches the process.
type counters struct {
	received, dropped, failed, panics atomic.Int64
}

// Bot is one running Sameday. Make it with [New], run it with [Bot.Run], once.
type Bot struct {
	options Options
	desk    *store.Desk
	store   store.Store
	slack   api
	log     zerolog.Logger
	clock   *rightTime
	sender  *deliver.Sender
	people  *people
	self    self

	verbs, noticeVerbs grammar.Verbs
	looks              map[string]lookFunc
	renders            map[string]func(context.Context, store.Intent, store.About) (deliver.Action, error)
	slots              chan struct{} // one for each delivery in hand
	quiet              sync.Mutex
	seen               *seen
	asks               asks
	counters           counters
	rang               rang
	sweeping           atomic.Bool
	swept              atomic.Pointer[time.Time] // when the last sweep ended; nil before the first
	dutyState
	troubled atomic.Pointer[time.Time] // since when Slack takes no messages; nil when it does

	readyOnce sync.Once
	readyC    chan struct{}
	wake      chan struct{}
	asked     chan chan error
	beat      chan time.Time

	joining bool // the start did not wait until the bot was in all of its channels

	// What follows belongs to the goroutine that sweeps.
	joinedAt map[org.UnitID]time.Time
	lastRun  map[jobUnit]calendar.Day
	nextSlot map[jobUnit]time.Time // when there is something to do again: most sweeps have nothing
	nextJob  time.Time             // the earliest of them
	tidied   time.Time
}

// New makes a bot; nothing is connected until Run.
func New(o Options) (*Bot, error) {
	if o.Desk == nil || o.BotToken == "" || o.AppToken == "" {
		return nil, errors.New("a desk, a bot token and an app-level token are needed")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	clock := &rightTime{raw: o.Now}
	o.Now = clock.Now
	b := &Bot{
		options: o, clock: clock, desk: o.Desk, store: o.Desk.Store(), slack: api{o.client()}, log: o.Log,
		verbs: grammar.NewVerbs(words.Verbs()), noticeVerbs: grammar.NewVerbs(noticeWords()),
		slots: make(chan struct{}, inFlight), seen: newSeen(), readyC: make(chan struct{}), wake: make(chan struct{}, 1), asked: make(chan chan error), beat: make(chan time.Time, 1),
		joinedAt: map[org.UnitID]time.Time{}, lastRun: map[jobUnit]calendar.Day{}, nextSlot: map[jobUnit]time.Time{},
	}
	clock.jumped = b.Nudge
	b.people = newPeople(b.slack.Client)
	b.looks, b.renders, b.dutyState = b.lookTable(), b.renderTable(), b.newDuty()
	b.sender = deliver.New(deliver.Options{
		Store: b.store, Slack: b.slack.Client, Render: renderer{b}, Now: o.Now, Log: o.Log, Limits: o.Limits,
		Rejoin: b.join, Trouble: b.trouble, BotID: func() string { return b.self.Bot },
	})
	return b, nil
}

// Run connects, catches up with everything that became due while nobody ran, and works until ctx ends; then it finishes what is in
// hand and returns nil. An error means that it could not start, or that Slack will not have it back (a revoked token).
func (b *Bot) Run(ctx context.Context) error {
	if err := b.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.sender.Run(ctx) })
	g.Go(func() error { return b.listen(ctx) })
	g.Go(func() error { return b.keepTime(ctx) })
	g.Go(func() error { return b.keepMembership(ctx) })
	g.Go(func() error { return b.keepDeadMan(ctx) })
	g.Go(func() error { return b.keepHomes(ctx) })
	g.Go(func() error { return b.keepGroups(ctx) })
	err := g.Wait()
	b.log.Info().Int64("received", b.counters.received.Load()).Int64("dropped", b.counters.dropped.Load()).
		Int64("failed", b.counters.failed.Load()).Int64("panics", b.counters.panics.Load()).Msg("stopped")
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Asked counts how often people used a verb that only looks, since the bot started.
func (b *Bot) Asked(verb string) int { return b.asks.of(verb) }

// Ready is closed when the first socket is open: from then on commands arrive.
func (b *Bot) Ready() <-chan struct{} { return b.readyC }

// Sender is the outbox's way out, for waiting until all has been told and for looking at what waits.
func (b *Bot) Sender() *deliver.Sender { return b.sender }

func (b *Bot) ready() { b.readyOnce.Do(func() { close(b.readyC) }) }

// start learns who we are and who is who.
func (b *Bot) start(ctx context.Context) error {
	who, err := b.authTest(ctx)
	if err != nil {
		return err
	}
	b.self = self{User: who.UserID, Bot: who.BotID}
	b.heardTime(who.Header)
	if err := b.people.load(ctx); err != nil {
		b.log.Warn().Str("reason", reason(err)).Msg("names will be looked up one by one")
	}
	if err := b.begin(ctx, b.options.Now()); err != nil {
		return err
	}
	// Posting into a channel that we are about to join would only be refused. A bank's first start, with hundreds of channels to join,
	// goes on meanwhile.
	early, cancel := context.WithTimeout(ctx, joinFirst)
	defer cancel()
	b.lookAfterChannels(early)
	b.joining = early.Err() != nil
	return nil
}

// begin reads the rosters, and begins the history of new units and of the policy: sweeps go by it.
func (b *Bot) begin(ctx context.Context, now time.Time) error {
	if err := b.desk.LoadBook(ctx); err != nil {
		return err
	}
	if err := b.desk.AdoptPolicy(ctx, now); err != nil {
		return fmt.Errorf("record the policy: %w", err)
	}
	failpoint.Here("bot.policy")
	tree := b.desk.Rules().Tree
	joined, err := b.desk.Join(ctx, now, tree.Below(tree.Root().ID)...)
	if err != nil {
		return fmt.Errorf("begin the history of the units: %w", err)
	}
	failpoint.Here("bot.joined")
	b.joinedAt = joined
	return nil
}

// joinFirst is how long a start waits for the bot to be in its channels.
const joinFirst = 15 * time.Second

// authTest retries while Slack is out of reach, and gives up when Slack says no.
func (b *Bot) authTest(ctx context.Context) (*slack.AuthTestResponse, error) {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		who, err := b.slack.AuthTestContext(ctx)
		var no slack.SlackErrorResponse
		switch {
		case err == nil:
			return who, nil
		case errors.As(err, &no) && final(no.Err):
			return nil, fmt.Errorf("slack refuses the bot token (%s): put the token of \"OAuth & Permissions\" into SLACK_BOT_TOKEN", no.Err)
		}
		b.log.Warn().Str("reason", reason(err)).Dur("again_in", wait).Msg("Slack cannot be reached")
		if err := pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func final(code string) bool {
	switch code {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type":
		return true
	}
	return false
}

// keepTime sweeps at start, when the next thing falls due, each minute, and whenever it is asked to. There is one timer, whatever the
// number of complaints; losing its tick loses nothing.
func (b *Bot) keepTime(ctx context.Context) error {
	// Skipping stands outside and recovery inside: in this cron a panic would otherwise hold the skipping job's token for ever.
	c := cron.New(cron.WithLocation(time.UTC), cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger), cron.Recover(cron.DiscardLogger)))
	if _, err := c.AddFunc("* * * * *", b.Nudge); err != nil {
		return fmt.Errorf("set the minute's wake-up: %w", err)
	}
	c.Start()
	defer func() { <-c.Stop().Done() }()
	b.Nudge()
	next := time.NewTimer(time.Minute)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.wake:
			b.sweepNow(ctx)
		case <-next.C:
			b.sweepNow(ctx)
		case done := <-b.asked:
			done <- b.sweepNow(ctx)
		}
		next.Reset(b.untilNext(ctx))
	}
}

// Nudge asks for a sweep soon.
func (b *Bot) Nudge() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *Bot) sweepNow(ctx context.Context) error {
	if b.clock.doubted() {
		b.askSlackTime(ctx)
	}
	err := b.Sweep(ctx, b.options.Now())
	b.alive(ctx, err)
	if err != nil && ctx.Err() == nil {
		b.counters.failed.Add(1)
		b.log.Error().Err(err).Msg("a sweep failed; the next one goes on")
	}
	return err
}

// CatchUp does everything that is due now and returns when it has been done: for whoever moves the clock. It needs a running bot.
func (b *Bot) CatchUp(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case b.asked <- done:
		return <-done
	case <-ctx.Done():
		return ctx.Err()
	}
}

// memberEvery is how often we look whether we are in every unit's channel.
const memberEvery = time.Hour

func (b *Bot) keepMembership(ctx context.Context) error {
	if b.joining {
		b.lookAfterChannels(ctx)
	}
	for pause(ctx, memberEvery) == nil {
		b.askSlackTime(ctx)
		b.lookAfterChannels(ctx)
	}
	return nil
}

func (b *Bot) lookAfterChannels(ctx context.Context) {
	if err := b.membership(ctx); err != nil && ctx.Err() == nil {
		b.log.Warn().Str("reason", reason(err)).Msg("could not look after the channels")
	}
	b.sender.Wake()
}

// policy finds a policy by its version, for showing the arithmetic of old deadlines.
func (b *Bot) policy(version string) (workflow.Policy, bool) {
	p, err := b.desk.Policy(context.Background(), version)
	return p, err == nil
}

func (b *Bot) trouble(since time.Time, why string) {
	if since.IsZero() {
		b.troubled.Store(nil)
		b.log.Info().Msg("Slack takes messages again")
		return
	}
	b.troubled.Store(&since)
	b.log.Error().Time("since", since).Str("reason", why).Msg("Slack takes no messages; what must be told waits in the outbox")
}
