package deliver

import (
	"context"

	"sameday/store"
	"sameday/store/failpoint"
)

// Do makes one call to Slack for an [Action]'s Call, with the bot's own limits and Slack's. A *[Wait] says that it was not made, or that Slack
// took too many: the Call is to return it. [Refusal] understands any other error. What Slack refuses here says nothing about messages.
func (s *Sender) Do(ctx context.Context, method string, do func(context.Context) error) error {
	c := call{method: method, priority: store.PriorityLine}
	wait, at := s.limits.take(s.now(), c)
	if !at.IsZero() {
		return &Wait{Until: at, Reason: wordOwnLimit}
	}
	if !pause(ctx, wait) {
		return &Wait{Until: s.now(), Reason: wordStopping}
	}
	s.stats.called(method)
	failpoint.Here("deliver.doing")
	err := do(ctx)
	if ctx.Err() != nil && err != nil {
		return &callError{method: method, err: err}
	}
	failpoint.Here("deliver.done")
	v := judge(err)
	switch {
	case v.class == limited:
		until := s.now().Add(v.after)
		s.limits.rest(method, until)
		return &Wait{Until: until, Reason: v.word}
	case v.class == unknown, v.class == down, v.class == auth:
		s.health.heard(s.now(), method, v)
	case err == nil:
		s.health.heard(s.now(), method, v)
	}
	if err != nil {
		return &callError{method: method, err: err}
	}
	return nil
}

// Refusal is Slack's word when it did nothing and gave a reason that waiting does not mend, and the scopes that it names; ok is false for
// anything else.
func Refusal(err error) (word, scopes string, ok bool) {
	if err == nil {
		return "", "", false
	}
	v := judge(err)
	return v.word, v.scopes, v.final() || v.class == refused
}

// final reports whether Slack refused it for a reason that trying again does not mend.
func (v verdict) final() bool { return v.class == denied || v.class == away || v.class == dead }
