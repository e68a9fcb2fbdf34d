package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sameday/store"
	"sameday/store/failpoint"
)

const (
	poll        = 5 * time.Second // the net below Wake
	glance      = time.Second     // the same while one way has no room: the outbox does not say when the other may go
	storePause  = time.Second     // after the store has failed
	storeBudget = 10 * time.Second
)

var errDrained = errors.New("the time to finish what was in hand is over")

// Run sends until ctx ends, then finishes what is in hand, bounded by Options.Drain, and returns nil. It begins with the intents that
// another process claimed and never settled. A failing store is tried again and does not end Run.
func (s *Sender) Run(ctx context.Context) error {
	if !s.running.CompareAndSwap(false, true) {
		return errRunning
	}
	defer s.running.Store(false)
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	s.lost = true
	for ctx.Err() == nil {
		next := s.pass(work)
		if since, reason, tell := s.health.news(s.now()); tell {
			s.o.Trouble(since, reason)
		}
		s.announce()
		s.sleep(ctx, next)
	}
	s.drain(stop)
	return nil
}

// sleep waits for a reason to look again: news, a free worker, or the time.
func (s *Sender) sleep(ctx context.Context, until time.Time) {
	t := time.NewTimer(min(poll, max(0, until.Sub(s.now()))))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-s.woken:
	case <-s.free:
	case <-t.C:
	}
}

func (s *Sender) drain(stop context.CancelCauseFunc) {
	failpoint.Here("deliver.draining")
	done := make(chan struct{})
	go func() {
		s.workers.Wait()
		close(done)
	}()
	t := time.NewTimer(s.o.Drain)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
		stop(errDrained)
		<-done
	}
}

// pass hands out what can go now and says when to look again at the latest.
func (s *Sender) pass(work context.Context) time.Time {
	now := s.now()
	if s.lost {
		if err := s.repair(work); err != nil {
			s.o.Log.Error().Err(err).Msg("the outbox cannot be repaired")
			return now.Add(storePause)
		}
		s.lost = false
	}
	slack, again := s.health.allow(now, s.o.Workers, s.busy(false))
	beside := s.o.Beside - s.busy(true)
	ctx, cancel := context.WithTimeout(work, storeBudget)
	defer cancel()
	claimed, err := s.o.Store.Claim(ctx, now, slack, beside)
	if err != nil {
		s.lost = true // some may be claimed all the same
		s.o.Log.Error().Err(err).Msg("the outbox cannot be read")
		return now.Add(storePause)
	}
	if len(claimed) > 0 {
		failpoint.Here("deliver.claimed")
	}
	for _, i := range claimed {
		s.begin(work, i)
		if i.Beside {
			beside--
		} else {
			slack--
		}
	}
	if slack <= 0 || beside <= 0 {
		return earliest(again, now.Add(glance))
	}
	b, err := s.o.Store.Waiting(ctx, 0)
	if err != nil || b.Next.IsZero() {
		return now.Add(poll)
	}
	return b.Next
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// repair gives back what is claimed and in nobody's hand. Its outcome is unknown: it may have been posted since it was claimed.
func (s *Sender) repair(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeBudget)
	defer cancel()
	list, err := s.o.Store.Unsettled(ctx)
	if err != nil {
		return fmt.Errorf("list unsettled intents: %w", err)
	}
	now := s.now()
	var back []store.Settlement
	s.mu.Lock()
	for _, i := range list {
		if _, held := s.inHand[i.ID]; !held {
			m := readMark(i.LastError).unknown(i.StartedAt)
			back = append(back, giveBack(task{intent: i}, m, now))
		}
	}
	s.mu.Unlock()
	if len(back) == 0 {
		return nil
	}
	failpoint.Here("deliver.unsettled")
	if err := s.o.Store.Settle(ctx, now, back); err != nil {
		return fmt.Errorf("give back %d unsettled intents: %w", len(back), err)
	}
	failpoint.Here("deliver.given_back")
	s.o.Log.Info().Int("intents", len(back)).Msg("intents of unknown outcome will be looked for")
	return nil
}

// busy counts the attempts in hand, of those that go beside Slack or of the others.
func (s *Sender) busy(beside bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, b := range s.inHand {
		if b == beside {
			n++
		}
	}
	return n
}

// begin starts one attempt.
func (s *Sender) begin(work context.Context, i store.Intent) {
	s.mu.Lock()
	s.inHand[i.ID] = i.Beside
	s.mu.Unlock()
	s.workers.Go(func() {
		s.settle(work, s.attempt(work, i))
		s.mu.Lock()
		delete(s.inHand, i.ID)
		s.mu.Unlock()
		s.announce()
		poke(s.free)
	})
}

// settle does not give up while there is time: a lane stands still until it has succeeded. What is left unsettled at the end is found
// unsettled by the next start.
func (s *Sender) settle(work context.Context, x store.Settlement) {
	for {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(work), storeBudget)
		err := s.o.Store.Settle(ctx, s.now(), []store.Settlement{x})
		cancel()
		if err == nil {
			failpoint.Here("deliver.settled")
			if x.Result != store.Retry {
				s.mu.Lock()
				delete(s.receipts, x.ID)
				s.mu.Unlock()
			}
			return
		}
		s.o.Log.Error().Err(err).Str("intent", x.ID).Msg("an attempt cannot be settled")
		if errors.Is(err, store.ErrClosed) || errors.Is(err, store.ErrUnwritable) || !pause(work, storePause) {
			return
		}
	}
}

// pause waits for d and tells whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
