package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/slack-go/slack/socketmode"
	"golang.org/x/sync/errgroup"

	"sameday/store/failpoint"
	"sameday/workflow"
)

const (
	// sockets is how many connections we hold. Slack sends a command or a click once, to any one of them, and slack-go drops its
	// connection at each refresh: with two there is always one left.
	sockets = 2
	// ackTime is when we acknowledge at the latest. Slack waits 3 seconds.
	ackTime = 2500 * time.Millisecond
	// handleTime bounds the work for one delivery, acknowledged or not.
	handleTime = 30 * time.Second
	// inFlight bounds deliveries handled at once; more wait in their socket.
	inFlight = 256
	// stopTime bounds how long a stop waits for deliveries in hand.
	stopTime = 5 * time.Second
)

// listen holds the sockets until ctx ends; then it lets the deliveries in hand finish before it closes them, because their
// acknowledgements travel on the same sockets.
func (b *Bot) listen(ctx context.Context) error {
	open, closeAll := context.WithCancel(context.WithoutCancel(ctx))
	defer closeAll()
	go func() {
		<-ctx.Done()
		failpoint.Here("bot.stopping")
		b.drainHandlers()
		failpoint.Here("bot.drained")
		closeAll()
	}()
	var g errgroup.Group
	turns := newPace(b.options.Now)
	for n := range sockets {
		client := socketmode.New(b.slack.Client, b.options.socketOptions(n, turns)...)
		g.Go(func() error {
			err := b.hold(open, n, client)
			closeAll()
			return err
		})
		g.Go(func() error { b.read(open, n, client); return nil })
	}
	return g.Wait()
}

// Slack may refuse a token that was good this morning (revoked by mistake, app reinstalled): the socket then asks again, more and more
// slowly, until somebody has mended it.
const (
	askAgain       = 30 * time.Second
	askAgainAtMost = 5 * time.Minute
)

// hold keeps one socket until ctx ends. slack-go gives up when Slack refuses the token: at the start that is an error for the person who
// runs the bot, later it is waited out.
func (b *Bot) hold(ctx context.Context, n int, client *socketmode.Client) error {
	for wait := askAgain; ; wait = min(2*wait, askAgainAtMost) {
		err := client.RunContext(ctx)
		if ctx.Err() != nil {
			return nil
		}
		select {
		case <-b.readyC:
		default:
			return fmt.Errorf("slack refuses the app-level token (%s): put one with the scope connections:write into SLACK_APP_TOKEN", reason(err))
		}
		b.log.Error().Int("socket", n).Str("reason", reason(err)).Dur("again_in", wait).Msg("Slack refuses the app-level token; sameday check says what to mend")
		if pause(ctx, wait) != nil {
			return nil
		}
	}
}

// drainHandlers waits until no delivery is in hand, or for stopTime.
func (b *Bot) drainHandlers() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if b.Quiet(ctx) != nil {
		b.log.Warn().Msg("stopping although a delivery is still being handled")
	}
}

// Quiet waits until no delivery from Slack is in hand: everybody who did something has been answered.
func (b *Bot) Quiet(ctx context.Context) error {
	b.quiet.Lock() // two that wait at once would each hold what the other needs
	defer b.quiet.Unlock()
	taken := 0
	defer func() {
		for range taken {
			<-b.slots
		}
	}()
	for range inFlight {
		select {
		case b.slots <- struct{}{}:
			taken++
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// read takes what a socket brings and hands each delivery to a goroutine of its own. It never works itself: a reader that stalls
// misses pings, and slack-go then hangs without a socket.
func (b *Bot) read(ctx context.Context, n int, client *socketmode.Client) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-client.Events:
			b.event(ctx, n, client, e)
		}
	}
}

func (b *Bot) event(ctx context.Context, n int, client *socketmode.Client, e socketmode.Event) {
	switch e.Type {
	case socketmode.EventTypeHello:
		count := 0
		if e.Request != nil {
			count = e.Request.NumConnections
		}
		b.ready()
		level := zerolog.InfoLevel
		if count > sockets {
			// Connections that nobody reads any more swallow commands and clicks until Slack forgets them.
			level = zerolog.WarnLevel
		}
		b.log.WithLevel(level).Int("socket", n).Int("connections", count).Msg("socket open")
	case socketmode.EventTypeConnectionError, socketmode.EventTypeInvalidAuth:
		why := "unknown"
		if err, ok := e.Data.(error); ok {
			why = reason(err)
		}
		b.log.Error().Int("socket", n).Str("reason", why).Msg("cannot connect to Slack; sameday check says what to mend")
	case socketmode.EventTypeErrorBadMessage:
		bad, ok := e.Data.(*socketmode.ErrorBadMessage)
		if !ok {
			return
		}
		// slack-go could not decode it: perhaps we can; if not, it is acknowledged, so that Slack does not send it again.
		var raw envelope
		if err := json.Unmarshal(bad.Message, &raw); err != nil || raw.ID == "" {
			b.dropped("", "unreadable envelope")
			return
		}
		b.spawn(ctx, client, raw)
	case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI:
		if e.Request != nil {
			b.spawn(ctx, client, envelope{ID: e.Request.EnvelopeID, Type: e.Request.Type, Payload: e.Request.Payload})
		}
	}
}

// envelope is one Socket Mode delivery.
type envelope struct {
	ID      string          `json:"envelope_id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

func (b *Bot) dropped(id, why string) {
	b.counters.dropped.Add(1)
	b.log.Warn().Str("envelope", id).Str("reason", why).Msg("a delivery from Slack was dropped")
}

func (b *Bot) spawn(ctx context.Context, client *socketmode.Client, e envelope) {
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	b.counters.received.Add(1)
	go func() {
		defer func() { <-b.slots }()
		b.deliver(context.WithoutCancel(ctx), client, e)
	}()
}

// deliver handles one delivery and acknowledges it: with the answer when that is there in time, without it at the last moment
// otherwise; the answer then follows another way.
func (b *Bot) deliver(ctx context.Context, client *socketmode.Client, e envelope) {
	ctx, cancel := context.WithTimeout(ctx, handleTime)
	defer cancel()
	in, err := readEnvelope(e.Type, e.Payload)
	if err != nil {
		b.dropped(e.ID, reason(err))
		b.ack(ctx, client, e.ID, nil)
		return
	}
	failpoint.Here("bot.received")
	acked := make(chan struct{})
	late := time.AfterFunc(ackTime, func() {
		defer close(acked)
		b.ack(ctx, client, e.ID, nil)
	})
	a := b.guarded(ctx, e.ID, in)
	if !late.Stop() {
		<-acked
		b.later(ctx, in, a)
		return
	}
	failpoint.Here("bot.handled")
	payload := b.payload(in, a)
	b.ack(ctx, client, e.ID, payload)
	if payload == nil && !a.empty() {
		failpoint.Here("bot.answering")
		b.later(ctx, in, a)
	}
}

func (b *Bot) later(ctx context.Context, in inbound, a answer) {
	if err := b.reply(ctx, in, a); err != nil {
		b.log.Error().Str("person", string(in.Person)).Str("reason", reason(err)).Msg("an answer could not be given")
	}
}

// payload is what the acknowledgement itself can carry of an answer; nil when it can carry nothing.
func (b *Bot) payload(in inbound, a answer) any {
	switch {
	case in.Kind == inSubmit && len(a.Errors) > 0:
		p := map[string]any{"response_action": "errors", "errors": a.Errors}
		if encoded(p) >= maxAck { // without an acknowledgement the form would say that we cannot be reached
			for field, text := range a.Errors {
				a.Errors[field] = workflow.Gist(text, maxFieldError)
			}
		}
		return p
	case in.Kind == inSuggest:
		return map[string]any{"options": a.Options}
	case in.Kind == inCommand && !a.empty():
		if m := a.ackMessage(); encoded(m) < maxAck {
			return m
		}
	}
	return nil
}

// maxFieldError is how long what is wrong with a field may be when the fields' errors are too long together.
const maxFieldError = 150

func (b *Bot) ack(ctx context.Context, client *socketmode.Client, id string, payload any) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if err := client.AckCtx(ctx, id, payload); err != nil && !errors.Is(err, context.Canceled) {
		b.log.Error().Str("envelope", id).Str("reason", reason(err)).Msg("a delivery could not be acknowledged")
	}
	failpoint.Here("bot.acknowledged")
}

// guarded runs the handler so that nothing Slack sends can stop the process.
func (b *Bot) guarded(ctx context.Context, id string, in inbound) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			b.counters.panics.Add(1)
			b.log.Error().Str("envelope", id).Str("kind", string(in.Kind)).Bytes("stack", stack()).Msg("a handler panicked")
			a = say(b.wordsFor(in).T("reply.error", "reference", id))
		}
	}()
	return b.handle(ctx, id, in)
}
