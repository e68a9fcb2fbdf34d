package deliver

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"sameday/store/failpoint"
)

// The mark of our messages in their metadata, which every app and member of the workspace can read: it holds nothing but the intent's id.
const (
	metadataType = "sameday_intent"
	metadataKey  = "k"
)

// call is one call of Slack's that is about to be made.
type call struct {
	method   string
	channel  string
	priority int
	again    bool // it has been held back before
}

// call waits for its turn and makes the call with a time limit. A *holdBack says that it was not made.
func (s *Sender) call(ctx context.Context, c call, do func(context.Context) error) error {
	wait, at := s.limits.take(s.now(), c)
	if !at.IsZero() {
		return &holdBack{at: at, word: wordOwnLimit}
	}
	if !pause(ctx, wait) {
		return &holdBack{at: s.now(), word: wordStopping}
	}
	if until := s.limits.resting(s.now(), c.method); !until.IsZero() { // Slack has said no while we waited
		return &holdBack{at: until, word: wordOwnLimit}
	}
	bounded, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	s.stats.called(c.method)
	err := do(bounded)
	if ctx.Err() != nil {
		return err // we broke it off: that says nothing about Slack
	}
	v := judge(err)
	if v.class == limited {
		s.limits.rest(c.method, s.now().Add(v.after))
	}
	s.health.heard(s.now(), c.method, v)
	if err != nil {
		return &callError{method: c.method, err: err}
	}
	return nil
}

// callError is the error of a call that was made.
type callError struct {
	method string
	err    error
}

func (e *callError) Error() string { return fmt.Sprintf("call %s: %v", e.method, e.err) }

func (e *callError) Unwrap() error { return e.err }

func (s *Sender) post(ctx context.Context, t task) (Receipt, error) {
	options := []slack.MsgOption{
		slack.MsgOptionText(t.action.Text, false),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{metadataKey: t.intent.ID}}),
	}
	if len(t.action.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(t.action.Blocks...))
	}
	if t.action.ThreadTS != "" {
		options = append(options, slack.MsgOptionTS(t.action.ThreadTS))
		if t.action.Broadcast {
			options = append(options, slack.MsgOptionBroadcast())
		}
	}
	var r Receipt
	err := s.call(ctx, t.call(methodPost), func(ctx context.Context) (err error) {
		failpoint.Here("deliver.posting")
		ctx = failpoint.Wire(ctx, "deliver.left", "deliver.answered")
		r.Channel, r.TS, err = s.o.Slack.PostMessageContext(ctx, t.action.Channel, options...)
		return err
	})
	return r, err
}

func (s *Sender) update(ctx context.Context, t task) error {
	channel, err := s.room(ctx, t)
	if err != nil {
		return err
	}
	options := []slack.MsgOption{slack.MsgOptionText(t.action.Text, false)}
	if len(t.action.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(t.action.Blocks...))
	}
	return s.call(ctx, t.call(methodUpdate), func(ctx context.Context) error {
		failpoint.Here("deliver.updating")
		ctx = failpoint.Wire(ctx, "deliver.update_left", "deliver.update_answered")
		_, _, _, err := s.o.Slack.UpdateMessageContext(ctx, channel, t.action.UpdateTS, options...)
		return err
	})
}

func (s *Sender) link(ctx context.Context, t task, r Receipt) (link string, err error) {
	err = s.call(ctx, t.call(methodLink), func(ctx context.Context) (err error) {
		link, err = s.o.Slack.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: r.Channel, Ts: r.TS})
		return err
	})
	return link, err
}

// isPerson reports whether a target is a person's id.
func isPerson(target string) bool {
	return strings.HasPrefix(target, "U") || strings.HasPrefix(target, "W")
}

// room is the id of the conversation itself: only posting takes a person's id for it.
func (s *Sender) room(ctx context.Context, t task) (string, error) {
	who := t.action.Channel
	if !isPerson(who) {
		return who, nil
	}
	s.mu.Lock()
	id := s.people[who]
	s.mu.Unlock()
	if id != "" {
		return id, nil
	}
	err := s.call(ctx, t.call(methodOpen), func(ctx context.Context) error {
		ch, _, _, err := s.o.Slack.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{who}})
		if err == nil && ch != nil {
			id = ch.ID
		}
		return err
	})
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	s.people[who] = id
	s.mu.Unlock()
	return id, nil
}
