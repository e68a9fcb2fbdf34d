// Package deliver tells Slack what the store says must be told: it takes intents out of the outbox, has each rendered from the
// current state, and posts or updates one message for it.
//
// # At least once, repaired to exactly once
//
// Every post carries its intent's id in the message's metadata. When nobody knows whether a post was stored (a timeout, a broken
// connection, a 5xx, a crash) the intent goes back into the outbox with a mark that says so and from when on it may have
// been posted. A marked intent is looked for in Slack before it is posted again: twice, a few seconds apart, because Slack does
// not say how soon a message can be read. All intents of one thread or channel share one look. The mark survives
// every later retry and a restart; it is dropped only by finding the message or by having looked twice. Updates need no mark:
// repeating one changes nothing.
//
// A batch ([store.Intent] Also) is one message under the id of its first. Whenever it may have been posted it is given back as it is
// ([store.Settlement] Fixed), so that what is found tells of all that are settled with it, and of nobody else.
//
// What remains: a message that a person deleted between the post and the look is posted again, and so is one whose intent is
// rendered for another channel by then.
//
// # Order
//
// Lanes and priorities are the store's ([store.Outbox] Claim). An intent that must wait goes back into the outbox with the time it may go,
// so a worker never waits long and what is urgent overtakes what is not. The wait that a worker does take grows with the
// priority, so that a backlog of lines cannot use up every slot before a ring gets one.
//
// # Limits and outages
//
// Own token buckets keep below Slack's limits; Retry-After is obeyed for the whole method. After three failures in a row nothing
// new is tried: one probe at a time, the most urgent intent first, until Slack answers. An outage therefore leaves few messages
// whose fate is unknown. A refusal that no rule knows is given up after a quarter of an hour, but only while others are let through: when
// Slack refuses everything, no message is to blame.
//
// # Beside Slack
//
// An intent that becomes a Call tells something else than Slack. Those with [store.Intent] Beside have workers of their own, so neither
// way holds up the other: they go on during an outage, and how they end says nothing about Slack. A Call is repeated after an
// unknown outcome, with the same batch, until it succeeds.
package deliver

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"sameday/store"
)

// Action is what an intent has become, rendered from the current state when it is about to be sent.
type Action struct {
	Skip      bool          // nothing left to tell (stale, coalesced, target gone): settled as sent
	Channel   string        // channel id, or a user id (U… or W…) for a direct message
	ThreadTS  string        // the parent's ts for a line in a thread; empty for the top of the channel
	UpdateTS  string        // not empty: this message is updated, nothing is posted
	Text      string        // fallback text, below 3,900 characters; longer texts may be split into several messages by Slack
	Blocks    []slack.Block // as Slack takes them; an update without blocks removes those the message has
	Broadcast bool          // show a thread's line in the channel as well
	// Posted keeps the receipt. It is called after a post, or after the post was found again, and before the intent is settled; when it
	// fails the intent is told to have an unknown outcome, so it may be called again with the same receipt, also after a
	// restart. Nil when no receipt is kept. It is not called for updates.
	Posted   func(ctx context.Context, r Receipt) error
	WantLink bool // the receipt is to have the message's permanent link
	// Call, when not nil, means that this is not a message: something else is to be told, and nothing but Skip counts beside it. It must be
	// repeat-safe under the intent's id: it is called again, with the same others of a batch, after every error and after a crash. Nil
	// is told; a *[Gone] says that it never can be; a *[Wait] says that nothing was told and when to ask again; anything else is a failure
	// of unknown outcome, tried again with the usual pauses, without end. It must return when its context
	// ends, at the latest after Options.Timeout. The intent should have Beside set, or it waits for Slack with the others; a message of
	// an intent with Beside does not wait for Slack.
	Call func(ctx context.Context) error
	// Refused, when not nil, is told Slack's word when it refuses the message for a reason that is not ours to wait for: the place is closed
	// to the bot, or the message can never stand there. When it returns nil the intent counts as told; an error is tried again. Without it
	// such an intent waits for an invitation, or is given up.
	Refused func(ctx context.Context, word string) error
}

// Receipt says where a message stands.
type Receipt struct {
	Channel string // channel id; for a direct message the D id
	TS      string
	Link    string // permanent link; empty unless asked for, or when Slack has none any more
}

// Renderer turns intents into actions from the current state. The error is a *[Wait] when the time has not come, a *[Gone] when it
// never will, anything else is a failure that is tried again. What it answers tells, and settles, the others of a batch too (Also).
// Render is called from several goroutines, and again for each attempt; it must have no effect outside.
type Renderer interface {
	Render(ctx context.Context, i store.Intent) (Action, error)
}

// Wait says that an intent cannot be told yet, for example because the root of its thread is not posted. It counts as no failure.
type Wait struct {
	Until  time.Time // when to ask again; in the past or zero means in a second
	Reason string    // short machine word, kept in the outbox
}

func (e *Wait) Error() string { return "not yet: " + e.Reason }

// Gone says that an intent can never be told; it is kept among the dead ones for the operator.
type Gone struct {
	Reason string // short machine word, kept in the outbox
}

func (e *Gone) Error() string { return "gone: " + e.Reason }

// Options make a [Sender]. Store, Slack and Render are required.
type Options struct {
	Store  store.Outbox
	Slack  *slack.Client // must have an HTTP timeout and must not retry by itself
	Render Renderer
	// Now is the clock, nil means the computer's. Waiting uses timers.
	Now func() time.Time
	Log zerolog.Logger
	// Workers is how many attempts run side by side; 0 means 8.
	Workers int
	// Beside is how many more attempts run side by side of intents that do not go through Slack; 0 means 4.
	Beside int
	// Limits are kept before Slack keeps its own; zero fields mean the defaults.
	Limits Limits
	// Drain bounds how long Run finishes what is in hand after its context has ended; 0 means 10 s.
	Drain time.Duration
	// Timeout bounds each call to Slack, and each Action's Call; 0 means 15 s.
	Timeout time.Duration
	// Rejoin joins a public channel that the bot is not in. Nil means that somebody else has to invite it.
	Rejoin func(ctx context.Context, channel string) error
	// Trouble is told when nothing has reached Slack for a minute, or at once when Slack does not accept the bot: since when, and a
	// short machine word. A zero time says that all is well again. It is called by one goroutine at a time and must
	// return quickly. Nil means nobody is told.
	Trouble func(since time.Time, reason string)
	// BotID is the bot's own id (B…), by which its messages are known from those of other apps. Nil or an empty answer means that
	// every message with the right mark counts.
	BotID func() string
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Workers <= 0 {
		o.Workers = 8
	}
	if o.Beside <= 0 {
		o.Beside = 4
	}
	if o.Drain <= 0 {
		o.Drain = 10 * time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Trouble == nil {
		o.Trouble = func(time.Time, string) {}
	}
	if o.BotID == nil {
		o.BotID = func() string { return "" }
	}
	o.Limits = o.Limits.withDefaults()
	return o
}

// Sender carries out the outbox. Only one may work on a store at a time. Its methods are safe for concurrent use.
type Sender struct {
	o       Options
	clock   *steady
	limits  *limiter
	health  *health
	looks   *lookouts
	stats   counters
	running atomic.Bool
	woken   chan struct{} // one slot
	free    chan struct{} // one slot: a worker has finished
	lost    bool          // the loop's: intents may be claimed by nobody
	workers sync.WaitGroup

	mu       sync.Mutex
	inHand   map[string]bool    // claimed intents by id; true for those beside Slack
	receipts map[string]Receipt // posts of intents that are not settled yet
	people   map[string]string  // direct message channels by user
	moved    chan struct{}      // closed and replaced whenever something may have changed for Idle
}

// New makes a sender; [Sender.Run] starts it.
func New(o Options) *Sender {
	o = o.withDefaults()
	return &Sender{
		o: o, clock: &steady{clock: o.Now}, limits: newLimiter(o.Limits), health: newHealth(), looks: newLookouts(),
		woken: make(chan struct{}, 1), free: make(chan struct{}, 1),
		inHand: map[string]bool{}, receipts: map[string]Receipt{}, people: map[string]string{}, moved: make(chan struct{}),
	}
}

// now is the sender's clock.
func (s *Sender) now() time.Time { return s.clock.Now() }

// Wake says that the outbox may have something new. It never blocks; call it after every commit.
func (s *Sender) Wake() { poke(s.woken) }

func poke(slot chan struct{}) {
	select {
	case slot <- struct{}{}:
	default:
	}
}

// errRunning is what a second Run gets.
var errRunning = errors.New("run the sender: it runs already")

// Idle waits until no intent is being sent and none could be sent now; those that wait for their time (a limit, a retry) may be left. It
// ends only while Run runs, and during an outage not before Slack answers again or ctx ends; then it returns ctx's error.
func (s *Sender) Idle(ctx context.Context) error {
	s.Wake()
	for {
		s.mu.Lock()
		moved := s.moved
		s.mu.Unlock()
		b, err := s.o.Store.Waiting(ctx, 0)
		if err != nil {
			return err
		}
		if b.Claimed == 0 && (b.Pending == 0 || b.Next.After(s.now().Add(soon))) {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// soon is a pause that Idle waits for.
const soon = 200 * time.Millisecond

// announce lets Idle look again.
func (s *Sender) announce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.moved)
	s.moved = make(chan struct{})
}
