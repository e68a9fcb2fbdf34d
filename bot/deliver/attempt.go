package deliver

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"sameday/store"
	"sameday/store/failpoint"
)

const (
	looksNeeded  = 2 // before a message counts as not posted
	lookAgain    = 3 * time.Second
	ringsWithin  = 15 * time.Second // longest pause between two attempts to ring
	mostRefusals = 20               // of a kind that no rule knows, while others are let through; about a quarter of an hour
)

// task is one attempt in the making.
type task struct {
	intent store.Intent
	was    mark // what the attempts before have left
	action Action
}

func (t task) call(method string) call {
	return call{method: method, channel: t.action.Channel, priority: t.intent.Priority, again: t.was.word == wordOwnLimit}
}

// patient shortens a pause for what is urgent.
func (t task) patient(pause time.Duration) time.Duration {
	if t.intent.Priority <= store.PriorityRing {
		return min(pause, ringsWithin)
	}
	return pause
}

// attempt makes one attempt and says how it ended.
func (s *Sender) attempt(ctx context.Context, i store.Intent) store.Settlement {
	t := task{intent: i, was: readMark(i.LastError)}
	err := s.guard(i, func() (err error) {
		t.action, err = s.o.Render.Render(ctx, i)
		return err
	})
	if err != nil {
		return s.untold(t, t.was.as(wordRender), err)
	}
	failpoint.Here("deliver.rendered")
	switch {
	case t.action.Skip:
		s.stats.count(i.Kind, func(c *Counts) { c.Skipped++ })
		return store.Settlement{ID: i.ID, Result: store.Sent}
	case t.action.Call != nil:
		return s.callOut(ctx, t)
	case t.action.Channel == "":
		return s.bury(t, wordNowhere, nil)
	case t.action.UpdateTS == "":
		return s.tell(ctx, t)
	}
	if err := s.update(ctx, t); err != nil {
		return s.failed(ctx, t, t.was, err)
	}
	failpoint.Here("deliver.updated")
	return s.sent(t)
}

// guard keeps a panic of what others have given us to this one intent.
func (s *Sender) guard(i store.Intent, do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil { // its value may hold what must not be logged
			s.o.Log.Error().Str("intent", i.ID).Bytes("stack", debug.Stack()).Msg("telling panicked")
			err = fmt.Errorf("tell %s: panic with a %T", i.ID, v)
		}
	}()
	return do()
}

// untold understands the error of a renderer or of a Call. m is what a failure of no further meaning leaves.
func (s *Sender) untold(t task, m mark, err error) store.Settlement {
	var (
		wait *Wait
		gone *Gone
		now  = s.now()
	)
	switch {
	case errors.As(err, &wait):
		at := wait.Until
		if !at.After(now) {
			at = now.Add(time.Second)
		}
		return s.putOff(t, t.was.as(word(wait.Reason)), at)
	case errors.As(err, &gone):
		return s.bury(t, word(gone.Reason), nil)
	}
	s.o.Log.Error().Err(err).Str("intent", t.intent.ID).Str("reason", m.word).Int("attempt", t.intent.Attempts).Msg("an intent cannot be told")
	return s.again(t, m, t.patient(backoff(m.fails)))
}

// callOut tells something else than Slack. Whoever is told knows an intent again by its id, whatever has become of an attempt, as long as it
// stays the same: so from the first failure on its batch does.
func (s *Sender) callOut(ctx context.Context, t task) store.Settlement {
	bounded, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	if err := s.guard(t.intent, func() error { return t.action.Call(bounded) }); err != nil {
		return s.untold(t, t.was.unknown(t.intent.StartedAt).as(wordCall), err)
	}
	return s.sent(t)
}

// tell posts, unless the message is there already.
func (s *Sender) tell(ctx context.Context, t task) store.Settlement {
	s.mu.Lock()
	r, there := s.receipts[t.intent.ID]
	s.mu.Unlock()
	m := t.was
	if !there && !m.since.IsZero() {
		var err error
		r, there, err = s.find(ctx, t, m.since, t.intent.NotBefore)
		failpoint.Here("deliver.looked")
		switch {
		case err != nil:
			return s.failed(ctx, t, m, err)
		case there:
			s.stats.count(t.intent.Kind, func(c *Counts) { c.Found++ })
			s.keep(t, r)
		case m.looks+1 < looksNeeded:
			m.looks++
			return s.putOff(t, m.as(wordUnknown), s.now().Add(lookAgain))
		}
	}
	if !there {
		m = m.absent()
		var err error
		if r, err = s.post(ctx, t); err != nil {
			if judge(err).class == unknown {
				m = m.unknown(t.intent.StartedAt)
			}
			return s.failed(ctx, t, m, err)
		}
		failpoint.Here("deliver.posted")
		s.keep(t, r)
	}
	return s.finish(ctx, t, r)
}

// keep remembers a post until its intent is settled, so that it need not be looked for.
func (s *Sender) keep(t task, r Receipt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receipts[t.intent.ID] = r
}

// finish does what is left after a post. If it cannot, the outcome counts as unknown, so that the message is found and never posted twice.
func (s *Sender) finish(ctx context.Context, t task, r Receipt) store.Settlement {
	m := t.was.unknown(t.intent.StartedAt)
	if t.action.WantLink {
		var err error
		if r.Link, err = s.link(ctx, t, r); err != nil {
			switch judge(err).class {
			case unknown, down, limited, later, auth:
				return s.failed(ctx, t, m, err)
			}
			s.o.Log.Warn().Err(err).Str("intent", t.intent.ID).Msg("a message has no link")
		}
	}
	if t.action.Posted != nil {
		failpoint.Here("deliver.receipt")
		if err := t.action.Posted(ctx, r); err != nil {
			s.o.Log.Error().Err(err).Str("intent", t.intent.ID).Msg("a receipt cannot be kept")
			return s.again(t, m.as(wordReceipt), backoff(m.fails))
		}
		failpoint.Here("deliver.kept")
	}
	return s.sent(t)
}

func (s *Sender) sent(t task) store.Settlement {
	s.stats.count(t.intent.Kind, func(c *Counts) { c.Sent++ })
	return store.Settlement{ID: t.intent.ID, Result: store.Sent}
}

// failed decides what becomes of an intent whose call failed. m says whether it may have been posted.
func (s *Sender) failed(ctx context.Context, t task, m mark, err error) store.Settlement {
	v := judge(err)
	if v.class != later {
		s.o.Log.Warn().Err(err).Str("intent", t.intent.ID).Str("channel", t.action.Channel).Str("reason", v.word).Strs("details", v.details).
			Int("attempt", t.intent.Attempts).Msg("an attempt failed")
	}
	m = m.as(v.word)
	if t.action.Refused != nil && v.final() {
		if err := t.action.Refused(ctx, v.word); err != nil {
			s.o.Log.Error().Err(err).Str("intent", t.intent.ID).Msg("a refusal cannot be kept")
			return s.again(t, m, backoff(m.fails))
		}
		return s.sent(t)
	}
	switch v.class {
	case later:
		return s.putOff(t, m, v.at)
	case limited:
		return s.again(t, m, v.after)
	case auth, denied:
		return s.again(t, m, slowly(m.fails))
	case away:
		if isPerson(t.action.Channel) { // whose account is closed: nobody can invite us there
			return s.bury(t, v.word, v.details)
		}
		return s.rejoin(ctx, t, m)
	case dead:
		return s.bury(t, v.word, v.details)
	case refused:
		if t.was.word != v.word && t.was.word != wordOwnLimit {
			m.fails = 0 // those before had other reasons
		}
		if m.fails >= mostRefusals && s.alone(t, m, err) {
			return s.bury(t, v.word, v.details)
		}
	}
	return s.again(t, m, t.patient(backoff(m.fails)))
}

// alone reports whether others were let through while this one was refused. While all are refused it is no message's own fault, and nothing
// is given up.
func (s *Sender) alone(t task, m mark, err error) bool {
	var of *callError
	if !errors.As(err, &of) {
		return true
	}
	refused := time.Duration(0)
	for n := range m.fails {
		refused += t.patient(backoff(n))
	}
	return s.health.letsThrough(of.method, s.now().Add(-refused))
}

// rejoin joins the channel. Only the first time it is worth trying again soon.
func (s *Sender) rejoin(ctx context.Context, t task, m mark) store.Settlement {
	if s.o.Rejoin == nil {
		return s.again(t, m, slowly(m.fails))
	}
	bounded, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	err := s.o.Rejoin(bounded, t.action.Channel)
	switch {
	case err == nil && t.was.word != m.word:
		return s.again(t, m, time.Second)
	case err == nil:
		return s.again(t, m, slowly(m.fails))
	}
	s.o.Log.Warn().Err(err).Str("channel", t.action.Channel).Msg("a channel cannot be joined")
	return s.again(t, m, slowly(m.fails))
}

// again gives an intent back after a failure.
func (s *Sender) again(t task, m mark, pause time.Duration) store.Settlement {
	s.stats.count(t.intent.Kind, func(c *Counts) { c.Retried++ })
	m.fails++
	return giveBack(t, m, s.now().Add(pause))
}

// putOff gives an intent back whose time has not come.
func (s *Sender) putOff(t task, m mark, at time.Time) store.Settlement {
	s.stats.count(t.intent.Kind, func(c *Counts) { c.Waited++ })
	return giveBack(t, m, at)
}

// giveBack makes what must be looked for come at full seconds, so that a look at one place serves all who come with it. What may have been
// told keeps its batch.
func giveBack(t task, m mark, at time.Time) store.Settlement {
	if whole := at.Truncate(time.Second); !m.since.IsZero() && whole.Before(at) {
		at = whole.Add(time.Second)
	}
	return store.Settlement{ID: t.intent.ID, Result: store.Retry, RetryAt: at, Reason: m.String(), Fixed: !m.since.IsZero()}
}

// bury gives an intent up.
func (s *Sender) bury(t task, reason string, details []string) store.Settlement {
	s.stats.count(t.intent.Kind, func(c *Counts) { c.Dead++ })
	s.o.Log.Error().Str("intent", t.intent.ID).Str("kind", t.intent.Kind).Str("channel", t.action.Channel).Str("reason", reason).
		Strs("details", details).Int("others", len(t.intent.Also)).Msg("an intent can never be told")
	return store.Settlement{ID: t.intent.ID, Result: store.Dead, Reason: reason}
}
