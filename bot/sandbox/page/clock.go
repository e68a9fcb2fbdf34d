package page

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// handLimit is how long a move of the clock or a restart may take.
const handLimit = 5 * time.Minute

// clockView is the bar with the workspace's time.
type clockView struct {
	V      *visit
	Text   string
	Stops  []stop
	Moving bool
}

// T is a word of the page in the window's language.
func (c clockView) T(key string, args ...any) string { return c.V.say.T(key, args...) }

type stop struct{ Name, Words string }

// stops are the buttons of the clock bar, and how each moves the clock.
var stops = []struct {
	name string
	move func(context.Context, Clock) error
}{
	{"quarter", func(ctx context.Context, c Clock) error { return c.Skip(ctx, 15*time.Minute) }},
	{"evening", func(ctx context.Context, c Clock) error { return c.Until(ctx, 18, 0) }},
	{"midnight", func(ctx context.Context, c Clock) error { return c.Until(ctx, 0, 0) }},
	{"morning", func(ctx context.Context, c Clock) error { return c.Until(ctx, 8, 30) }},
}

func (v *visit) clockText() string {
	return v.say.date(v.s.now().In(v.s.o.Zone)) + " " + v.s.now().In(v.s.o.Zone).Format("15:04")
}

func (s *server) clockBar(v *visit) clockView {
	out := clockView{V: v, Text: v.clockText()}
	for _, st := range stops {
		out.Stops = append(out.Stops, stop{st.name, v.say.T("clock." + st.name)})
	}
	if s.gate.TryLock() {
		s.gate.Unlock()
	} else {
		out.Moving = true
	}
	return out
}

// hand runs something that only one may do at a time.
func (v *visit) hand(ctx context.Context, what string, do func(context.Context) error) (result, error) {
	if !v.s.gate.TryLock() {
		return result{}, errors.New(v.say.T("busy"))
	}
	defer v.s.gate.Unlock()
	ctx, cancel := context.WithTimeout(ctx, handLimit)
	defer cancel()
	if err := do(ctx); err != nil {
		v.s.o.Log(what + ": " + err.Error())
		return result{}, err
	}
	return result{Parts: []string{"clock", "trouble"}}, nil
}

// moveClock goes to one of the stops, or to a time of the day ("17:45").
func moveClock(ctx context.Context, v *visit, a act) (result, error) {
	c := v.s.o.Clock
	if c == nil {
		return result{}, errors.New(v.say.T("no.clock"))
	}
	for _, st := range stops {
		if st.name == a.Action {
			return v.hand(ctx, "move the clock to "+st.name, func(ctx context.Context) error {
				return st.move(ctx, c)
			})
		}
	}
	at, err := time.Parse("15:04", a.Text)
	if err != nil {
		return result{}, errors.New(v.say.T("no.time"))
	}
	return v.hand(ctx, fmt.Sprintf("move the clock to %s", a.Text), func(ctx context.Context) error {
		return c.Until(ctx, at.Hour(), at.Minute())
	})
}

// switchBot kills the app or starts it again.
func switchBot(ctx context.Context, v *visit, a act) (result, error) {
	b := v.s.o.Bot
	switch {
	case b == nil:
		return result{}, errors.New(v.say.T("no.bot"))
	case a.On == b.Running():
		return result{Parts: []string{"trouble"}}, nil
	case a.On:
		lasting := context.WithoutCancel(ctx)
		return v.hand(ctx, "start the app", func(context.Context) error { return b.Start(lasting) })
	}
	return v.hand(ctx, "kill the app", func(context.Context) error { return b.Stop() })
}

// tourView is the list of steps.
type tourView struct {
	V     *visit
	Steps []stepView
	Done  int
}

// T is a word of the page in the window's language.
func (c tourView) T(key string, args ...any) string { return c.V.say.T(key, args...) }

type stepView struct {
	Step
	Number           int
	Ticked, Underway bool
}

// tour asks each step whether it has happened; what is ticked stays so.
func (s *server) tour(v *visit) tourView {
	out := tourView{V: v}
	next := true
	for i, st := range s.o.Tour {
		s.mu.Lock()
		ticked := s.ticked[st.ID]
		s.mu.Unlock()
		if !ticked && st.Done != nil && st.Done() {
			ticked = true
			s.mu.Lock()
			s.ticked[st.ID] = true
			s.mu.Unlock()
		}
		one := stepView{Step: st, Number: i + 1, Ticked: ticked, Underway: !ticked && next}
		if ticked {
			out.Done++
		} else {
			next = false
		}
		out.Steps = append(out.Steps, one)
	}
	return out
}
