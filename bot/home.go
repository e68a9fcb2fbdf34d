package bot

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"sameday/bot/card"
	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// homeKept is how long after somebody opened App Home it is kept current, and homesKept how many are.
const (
	homeKept  = 15 * time.Minute
	homesKept = 100
)

// homes remembers whose App Home was opened lately, and what it shows.
type homes struct {
	mu    sync.Mutex
	shown map[org.PersonID]*shownHome
}

type shownHome struct {
	opened time.Time
	view   []byte
	stale  bool
}

// opened notes that somebody looks at App Home; of too many the one who looked first is forgotten.
func (h *homes) opened(p org.PersonID, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shown == nil {
		h.shown = map[org.PersonID]*shownHome{}
	}
	if s := h.shown[p]; s != nil {
		s.opened = now
		return
	}
	if len(h.shown) >= homesKept {
		var oldest org.PersonID
		for p, s := range h.shown {
			if oldest == "" || s.opened.Before(h.shown[oldest].opened) {
				oldest = p
			}
		}
		delete(h.shown, oldest)
	}
	h.shown[p] = &shownHome{opened: now}
}

// stale marks the homes of some people, or of all, for drawing again; it reports whether there are any.
func (h *homes) stale(people ...org.PersonID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := false
	for p, s := range h.shown {
		if len(people) == 0 || slices.Contains(people, p) {
			s.stale, found = true, true
		}
	}
	return found
}

// take gives the homes to draw again, and forgets those that nobody looks at any more.
func (h *homes) take(now time.Time) []org.PersonID {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []org.PersonID
	for p, s := range h.shown {
		switch {
		case now.Sub(s.opened) > homeKept:
			delete(h.shown, p)
		case s.stale:
			s.stale = false
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// differs reports whether a view is another than the one shown, and keeps it.
func (h *homes) differs(p org.PersonID, view []byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.shown[p]
	if s == nil || bytes.Equal(s.view, view) {
		return false
	}
	s.view = view
	return true
}

// lost notes that what was to be shown is not.
func (h *homes) lost(p org.PersonID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.shown[p]; s != nil {
		s.view = nil
	}
}

// rouse wakes those who follow what the sweep did: the homes that people look at, and the user groups.
func (b *Bot) rouse() {
	if b.homes.stale() {
		nudge(b.rehome)
	}
	nudge(b.regroup)
}

// touched draws App Home again for somebody who has just done something.
func (b *Bot) touched(in inbound) {
	if in.Kind != inHome && in.Kind != inSuggest && b.homes.stale(in.Person) {
		nudge(b.rehome)
	}
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// keepHomes keeps the App Homes current that people look at. It stands beside the sweep and the answers to people, so that neither
// waits for it.
func (b *Bot) keepHomes(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.rehome:
		}
		for _, p := range b.homes.take(b.options.Now()) {
			if err := b.showHome(ctx, p, false); err != nil && ctx.Err() == nil {
				b.log.Warn().Str("person", string(p)).Str("reason", reason(err)).Msg("App Home could not be kept current")
			}
		}
	}
}

// homeOpened shows App Home to somebody who opened it.
func (b *Bot) homeOpened(ctx context.Context, r request) answer {
	b.homes.opened(r.Person, r.now)
	if err := b.showHome(ctx, r.Person, true); err != nil {
		b.log.Warn().Str("person", string(r.Person)).Str("reason", reason(err)).Msg("App Home could not be shown")
	}
	return answer{}
}

// showHome draws and publishes a person's App Home; one that shows just that is published again only when asked to.
func (b *Bot) showHome(ctx context.Context, p org.PersonID, always bool) error {
	view, err := b.homeView(ctx, p)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(view)
	if err != nil {
		return fmt.Errorf("encode App Home: %w", err)
	}
	if !b.homes.differs(p, raw) && !always {
		return nil
	}
	if _, err := b.slack.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: string(p), View: view}); err != nil {
		b.homes.lost(p)
		return fmt.Errorf("publish App Home: %w", err)
	}
	return nil
}

// mostHome bounds what is read for one App Home; it shows far less.
const mostHome = 300

// homeView gathers what a person's App Home shows.
func (b *Bot) homeView(ctx context.Context, p org.PersonID) (slack.HomeTabViewRequest, error) {
	r := b.request("", inbound{Person: p})
	own := r.ownUnits()
	u := r.ownUnit()
	f := b.faceIn(ctx, r.rules, r.words, u.Zone, r.now)
	v := card.HomeView{Person: p, Stranger: len(own) == 0}
	var err error
	if v.Stranger {
		if v.Invited, err = b.homeInvited(ctx, r); err != nil {
			return slack.HomeTabViewRequest{}, err
		}
		return card.Home(f, v), nil
	}
	open := map[org.UnitID][]workflow.Summary{}
	for _, unit := range r.units() {
		list, err := b.desk.Open(ctx, unit)
		if err != nil {
			return slack.HomeTabViewRequest{}, err
		}
		open[unit] = list
	}
	if err := b.homeCalls(ctx, p, &v); err != nil {
		return slack.HomeTabViewRequest{}, err
	}
	if err := errors.Join(b.homeSummons(ctx, p, &v), b.homeOrders(ctx, p, &v)); err != nil {
		return slack.HomeTabViewRequest{}, err
	}
	if err := b.homeWaits(ctx, r, own, &v); err != nil {
		return slack.HomeTabViewRequest{}, err
	}
	if v.Mine, err = b.homeMine(ctx, p, own, open); err != nil {
		return slack.HomeTabViewRequest{}, err
	}
	for _, unit := range own {
		v.Units = append(v.Units, unitLine(unit, r, open))
		v.Duty = append(v.Duty, dutyLine(r, unit))
	}
	v.Shifts = r.rules.Book.Duties(p, r.now, r.now.Add(7*24*time.Hour))
	for unit := range open {
		if !slices.Contains(r.rules.Book.Owner(unit), p) {
			continue
		}
		roster, _ := r.rules.Book.Roster(unit)
		v.Gaps += len(roster.Gaps(duty.Primary, r.now, r.now.Add(dutyAhead)))
	}
	return card.Home(f, v), nil
}

// homeCalls are the complaints that call the person, with the state for each one's button.
func (b *Bot) homeCalls(ctx context.Context, p org.PersonID, v *card.HomeView) error {
	ids, err := b.desk.Ringing(ctx, p, mostHome)
	if err != nil {
		return err
	}
	v.Menus = map[workflow.ID]string{}
	for _, id := range ids {
		c, err := b.desk.Complaint(ctx, id)
		if err != nil {
			return err
		}
		if c.Climbing() != nil {
			v.Calls, v.Menus[id] = append(v.Calls, workflow.Summarize(c)), card.MenuVersion(c)
		}
	}
	return nil
}

// homeMine are the open complaints that the person handles, by deadline: at all units the person sees, and as co-handler at the
// person's own.
func (b *Bot) homeMine(
	ctx context.Context, p org.PersonID, own []org.UnitID, open map[org.UnitID][]workflow.Summary,
) ([]workflow.Summary, error) {
	var out []workflow.Summary
	looked := 0
	for unit, list := range open {
		for _, s := range list {
			mine := s.Handler == p || s.Lead == p
			if !mine && s.Handler != "" && slices.Contains(own, unit) && looked < mostHome {
				looked++
				c, err := b.desk.Complaint(ctx, s.ID)
				if err != nil {
					return nil, err
				}
				mine = slices.Contains(c.CoHandlers, p)
			}
			if mine {
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b workflow.Summary) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	return b.still(ctx, out), nil
}

// unitLine counts the open complaints of a unit and everything below it.
func unitLine(unit org.UnitID, r request, open map[org.UnitID][]workflow.Summary) card.UnitLine {
	line := card.UnitLine{Unit: unit}
	for _, below := range r.rules.Tree.Below(unit) {
		for _, s := range open[below] {
			line.Open++
			if !s.Due.IsZero() && s.Due.Before(r.now) {
				line.Overdue++
			}
			if s.Night > 0 {
				line.Overnight++
			}
			if s.Rung > 0 {
				line.Calling++
			}
		}
	}
	return line
}
