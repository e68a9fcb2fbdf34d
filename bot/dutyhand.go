package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sameday/store"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// shiftWatch remembers, for each unit's roster, when there is something to do about its handovers again: most sweeps have nothing. It
// belongs to the goroutine that sweeps.
type shiftWatch struct {
	book  *duty.Book
	swept time.Time // the sweep before
	next  time.Time // of all units; zero where no unit has a roster
	units map[org.UnitID]shiftMoment
}

type shiftMoment struct {
	version int
	next    time.Time
}

// shiftLook is how long a roster without any change ahead is left alone; the rules look 40 days ahead.
const shiftLook = 24 * time.Hour

// shiftAgain is when a handover is tried again that could not be worked.
const shiftAgain = time.Minute

// handovers begins the handovers whose time has come, rings about those that nobody accepts, and ends those that a later one replaced.
// After downtime only the latest begins. Which it is, is computed from the roster, so a missed sweep loses nothing.
func (b *Bot) handovers(ctx context.Context, now time.Time) error {
	rules := b.desk.Rules()
	w := &b.shifts
	defer b.rouse()
	if rules.Book == w.book && !now.Before(w.swept) && (w.next.IsZero() || now.Before(w.next)) {
		w.swept = now
		return nil
	}
	if w.units == nil || now.Before(w.swept) { // clocks stepped back: what was known of the future is not known
		w.units = map[org.UnitID]shiftMoment{}
	}
	due := w.due(rules.Book, rules.Tree, now)
	err := b.handOver(ctx, due, now)
	w.settle(rules.Book, now)
	return err
}

// due lists the rosters that have something to do, or have changed.
func (w *shiftWatch) due(book *duty.Book, tree *org.Tree, now time.Time) []duty.Roster {
	var out []duty.Roster
	for _, u := range tree.Units() {
		r, ok := book.Roster(u.ID)
		if !ok {
			delete(w.units, u.ID)
			continue
		}
		m, known := w.units[u.ID]
		if !known || m.version != r.Version || !now.Before(m.next) {
			out = append(out, r)
		}
	}
	return out
}

// settle finds the next moment of all.
func (w *shiftWatch) settle(book *duty.Book, now time.Time) {
	w.book, w.swept, w.next = book, now, time.Time{}
	for _, m := range w.units {
		if w.next.IsZero() || m.next.Before(w.next) {
			w.next = m.next
		}
	}
}

// nextShift is how long no handover has anything to do; at most wait.
func (b *Bot) nextShift(now time.Time, wait time.Duration) time.Duration {
	if next := b.shifts.next; !next.IsZero() {
		return min(wait, next.Sub(now))
	}
	return wait
}

// handOver works rosters side by side, as expireAll does complaints.
func (b *Bot) handOver(ctx context.Context, due []duty.Roster, now time.Time) error {
	var g errgroup.Group
	g.SetLimit(expireAtOnce)
	var mu sync.Mutex
	for _, r := range due {
		g.Go(func() error {
			after, next, err := b.handUnit(ctx, r, now)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				b.shifts.units[r.Unit] = shiftMoment{version: -1, next: now.Add(shiftAgain)}
				return fmt.Errorf("handover of %s: %w", r.Unit, err)
			}
			b.shifts.units[r.Unit] = shiftMoment{version: after.Version, next: next}
			return nil
		})
	}
	return g.Wait()
}

// handUnit does what is due at one unit, and says when there is something again.
func (b *Bot) handUnit(ctx context.Context, r duty.Roster, now time.Time) (duty.Roster, time.Time, error) {
	do := func(cmd duty.Command) (bool, error) {
		out, err := b.desk.Duty(ctx, store.DutyRequest{Unit: r.Unit, Command: cmd, By: org.System, At: now})
		var no *duty.Refusal
		switch {
		case errors.As(err, &no): // somebody was quicker
			return false, nil
		case err != nil:
			return false, err
		}
		r = out.After
		b.sender.Wake()
		return true, nil
	}
	when, _, in, changed := r.LastChange(now)
	if h, known := r.Handover(when); changed && in != "" && (!known || h.In != in) {
		if _, err := do(duty.BeginHandover{At: when}); err != nil {
			return r, time.Time{}, err
		}
	}
	for _, h := range r.Pending() {
		if !h.At.Equal(when) || h.In != in {
			if _, err := do(duty.LapseHandover{At: h.At}); err != nil {
				return r, time.Time{}, err
			}
			continue
		}
		for stage, due, ok := h.Next(); ok && !now.Before(due); stage, due, ok = h.Next() {
			rang, err := do(duty.RingHandover{At: h.At, Stage: stage})
			if err != nil {
				return r, time.Time{}, err
			}
			if h, ok = r.Handover(h.At); !rang || !ok {
				break
			}
		}
	}
	return r, nextHand(r, now), nil
}

// nextHand is when a roster has something to do again: a change of the primary, or a ring about one that nobody has accepted.
func nextHand(r duty.Roster, now time.Time) time.Time {
	next := now.Add(shiftLook)
	if at, _, _, ok := r.NextChange(now); ok && at.Before(next) {
		next = at
	}
	for _, h := range r.Pending() {
		if _, due, ok := h.Next(); ok && due.Before(next) {
			next = due
		}
	}
	if !next.After(now) { // refused just now: not at once again
		next = now.Add(shiftAgain)
	}
	return next
}
