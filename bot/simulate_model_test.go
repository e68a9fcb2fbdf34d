package bot_test

import (
	"slices"
	"time"

	"sameday/workflow"
	"sameday/workflow/org"
)

// This is the judge's own arithmetic: who is on duty, which rung of the ladder is due when, and which nights are flagged, worked out from
// what people did and from nothing that the bot says. It is written for the bank of the simulation (24-hour and day-and-night rotations, the
// default policy) and shares no code with what it judges.

// stretch is a half-open stretch of time and whom it is about.
type stretch struct {
	from, to time.Time
	who      org.PersonID
}

func (s stretch) has(at time.Time) bool { return !at.Before(s.from) && at.Before(s.to) }

// takeover is a change of the officer on duty.
type takeover struct {
	at time.Time
	in org.PersonID
}

// refRoster is one unit's rotation: each day is cut at some hours, and the list of each cut goes round by the day.
type refRoster struct {
	zone   *time.Location
	begins time.Time // before it nobody is on
	first  time.Time // midnight UTC of the rotation's first civil day
	cuts   []refCut
	over   []stretch // overrides and swaps, the later one counts
	away   []stretch
	taken  map[takeover]time.Time
}

type refCut struct {
	hour, minute int
	people       []org.PersonID
}

func (r *refRoster) cut(day int, n int) time.Time {
	d := r.first.AddDate(0, 0, day)
	return time.Date(d.Year(), d.Month(), d.Day(), r.cuts[n].hour, r.cuts[n].minute, 0, 0, r.zone)
}

// dayOf counts the civil days since the first.
func (r *refRoster) dayOf(at time.Time) int {
	l := at.In(r.zone)
	return int(time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, time.UTC).Sub(r.first) / (24 * time.Hour))
}

// scheduled is who is on duty by the plan and its changes; "" for nobody.
func (r *refRoster) scheduled(at time.Time) org.PersonID {
	if at.Before(r.begins) {
		return ""
	}
	day := r.dayOf(at)
	n := len(r.cuts) - 1
	for n >= 0 && r.cut(day, n).After(at) {
		n--
	}
	if n < 0 {
		day, n = max(0, day-1), len(r.cuts)-1
	}
	who := r.cuts[n].people[day%len(r.cuts[n].people)]
	for _, o := range r.over {
		if o.has(at) {
			who = o.who
		}
	}
	if r.absent(who, at) {
		return ""
	}
	return who
}

func (r *refRoster) absent(who org.PersonID, at time.Time) bool {
	return slices.ContainsFunc(r.away, func(a stretch) bool { return a.who == who && a.has(at) })
}

// edge is the last moment by then at which the schedule may have changed.
func (r *refRoster) edge(at time.Time) time.Time {
	last := r.begins
	see := func(t time.Time) {
		if !t.After(at) && t.After(last) {
			last = t
		}
	}
	day := r.dayOf(at)
	for n := range r.cuts {
		see(r.cut(day, n))
		see(r.cut(day-1, n))
	}
	for _, list := range [][]stretch{r.over, r.away} {
		for _, s := range list {
			see(s.from)
			see(s.to)
		}
	}
	return last
}

// change is the last change of who is on duty by then.
func (r *refRoster) change(at time.Time) (when time.Time, out, in org.PersonID) {
	in = r.scheduled(at)
	for when = r.edge(at); when.After(r.begins); when = r.edge(when.Add(-1)) {
		if out = r.scheduled(when.Add(-1)); out != in {
			return when, out, in
		}
	}
	return r.begins, "", in
}

// answers is who answers for the unit by its own roster: the one who was on duty before, until the next one has taken over.
func (r *refRoster) answers(at time.Time) org.PersonID {
	when, out, in := r.change(at)
	if in == "" || out == "" || r.absent(out, at) {
		return in
	}
	if taken, ok := r.taken[takeover{when.UTC(), in}]; ok && !taken.After(at) {
		return in
	}
	return out
}

// forget drops what is over for so long that nothing asks for it.
func (r *refRoster) forget(before time.Time) {
	old := func(s stretch) bool { return s.to.Before(before) }
	r.over, r.away = slices.DeleteFunc(r.over, old), slices.DeleteFunc(r.away, old)
	for k, at := range r.taken {
		if at.Before(before) {
			delete(r.taken, k)
		}
	}
}

// refUnit is a unit as the judge knows it.
type refUnit struct {
	id     org.UnitID
	up     *refUnit
	roster *refRoster // nil for none
	hold   map[org.Position][]org.PersonID
	all    []org.PersonID // everybody with a position there
	sub    bool
}

// onDuty is who answers for a unit, and whether that is its own officer.
func (u *refUnit) onDuty(at time.Time) (who org.PersonID, own bool) {
	for v := u; v != nil; v = v.up {
		if v.roster != nil {
			if p := v.roster.answers(at); p != "" {
				return p, v == u
			}
		}
	}
	top := u.top()
	for _, p := range top.hold[org.Standing] {
		if top.roster == nil || !top.roster.absent(p, at) {
			return p, false
		}
	}
	return top.hold[org.Standing][0], false
}

func (u *refUnit) top() *refUnit {
	for u.up != nil {
		u = u.up
	}
	return u
}

func (u *refUnit) branch() *refUnit {
	if u.sub {
		return u.up
	}
	return u
}

// refRungs are the ladder: how long after the rung before, and who stands there.
var refWaits = []time.Duration{0, 15 * time.Minute, 15 * time.Minute, 30 * time.Minute, 30 * time.Minute}

// onRung is who stands on a rung, and whether a roster that should have named somebody did not.
func (c *refCase) onRung(n int, at time.Time) (people []org.PersonID, gap bool) {
	add := func(more ...org.PersonID) {
		for _, p := range more {
			if p != "" && !slices.Contains(people, p) {
				people = append(people, p)
			}
		}
	}
	u, b := c.unit, c.unit.branch()
	switch n {
	case 1:
		who, own := u.onDuty(at)
		gap = !own
		add(who, c.handler)
	case 2:
		add(u.hold[org.ComplaintManager]...)
		add(u.hold[org.DeputyPresident]...)
	case 3:
		add(u.hold[org.President]...)
		if who, own := b.onDuty(at); own {
			add(who)
		} else {
			gap = true
			add(b.hold[org.ConsumerProtection]...)
		}
	case 4:
		add(b.hold[org.President]...)
		add(b.hold[org.DeputyPresident]...)
		add(u.top().hold[org.ServiceDesk]...)
	case 5:
		add(u.top().hold[org.Standing]...)
	}
	return people, gap
}

// The steps, in their order.
const (
	stepAccept = iota
	stepAssign
	stepContact
	stepHandle
	stepFeedback
	steps
)

// clock is a deadline: met when its step is done.
type clock struct {
	step int // steps for the day itself, steps+1 for the regulator's
	due  time.Time
	met  bool
	hit  bool
}

// dueRing is a ring that must reach somebody.
type dueRing struct {
	rung  int
	who   org.PersonID
	or    org.PersonID // who it may be as well, where it falls into the second of a handover
	at    time.Time
	until time.Time // when somebody answered, and it need not go out any more
	told  time.Time // when Slack took it
	aside time.Time // when the gateway took it
}

type climbEnd int

const (
	notEnded climbEnd = iota
	endedByAck
	endedByWork
)

// refCase is a complaint as the judge knows it.
type refCase struct {
	id       workflow.ID
	unit     *refUnit
	received time.Time
	account  time.Time // midnight UTC of the civil day
	dayDue   time.Time
	moved    bool // the day ends after midnight, because it came in late
	handler  org.PersonID
	next     int // step
	round    int
	clocks   []clock
	nights   []time.Time
	closed   time.Time

	climbing bool
	rung     int
	on       time.Time // when the next rung is due; zero at the end
	since    time.Time
	ended    climbEnd
	endedAt  time.Time

	rings  []*dueRing
	called map[org.PersonID]bool
	tally  *tally

	// What its people mean to do, and what its thread must hold.
	busy    bool
	forgot  bool
	lines   map[int]int // by the event they tell: how often
	root    int
	mirror  int
	version int
}

// tally counts what was due.
type tally struct {
	due, told, climbs      [6]int
	empty                  [6]int
	gaps, nights, answered int
}

const (
	window  = 2 * time.Hour
	jobTime = 5 * time.Minute // after midnight
)

func civil(at time.Time, zone *time.Location) time.Time {
	l := at.In(zone)
	return time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, time.UTC)
}

func midnightAfter(day time.Time, zone *time.Location, n int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+n, 0, 0, 0, 0, zone)
}

// begin sets the clocks of a round.
func (c *refCase) begin(at time.Time, zone *time.Location, forwarded bool) {
	c.round++
	c.account = civil(at, zone)
	c.dayDue = midnightAfter(c.account, zone, 1)
	c.moved = at.Add(window).After(c.dayDue)
	if c.moved {
		c.dayDue = at.Add(window)
	}
	if c.round == 1 {
		c.next = stepAccept
		c.clocks = append(c.clocks, clock{step: stepAccept, due: at.Add(30 * time.Minute)}, clock{step: stepAssign, due: at.Add(time.Hour)},
			clock{step: steps + 1, due: midnightAfter(c.account, zone, 16)})
		if forwarded {
			c.clocks = append(c.clocks, clock{step: steps + 1, due: midnightAfter(c.account, zone, 16)})
		}
	} else {
		c.next = stepContact
	}
	c.clocks = append(c.clocks, clock{step: stepContact, due: at.Add(2 * time.Hour)}, clock{step: stepHandle, due: c.dayDue},
		clock{step: stepFeedback, due: c.dayDue}, clock{step: steps, due: c.dayDue})
}

func (c *refCase) meet(which ...int) {
	for i := range c.clocks {
		if slices.Contains(which, c.clocks[i].step) {
			c.clocks[i].met = true
		}
	}
}

// what a command is, as far as the ladder is concerned.
type doing int

const (
	timePassed doing = iota
	nightJob
	workDone
	fedBack // work that ends a round: no job will find its day
	answered
	byHand
	sentBack
)

// move is where a complaint goes on the ladder.
type move struct {
	start    bool
	from, to int // 0, 0: nobody is called yet
}

// decide is one command: what has passed by then is recorded first, then do changes the complaint, then the ladder is looked at.
func (c *refCase) decide(at time.Time, what doing, zone *time.Location, do func()) {
	var passed *clock
	for i := range c.clocks {
		if k := &c.clocks[i]; !k.met && !k.hit && !at.Before(k.due) {
			k.hit = true
			if passed == nil || k.due.Before(passed.due) {
				passed = k
			}
		}
	}
	overdueDay, ended := !at.Before(c.dayDue), civil(at, zone).AddDate(0, 0, -1)
	night := false
	if overdueDay {
		first := len(c.nights) == 0 || c.nights[len(c.nights)-1].Before(c.account)
		switch {
		case slices.Contains(c.nights, ended) || ended.Before(c.account):
		case what == nightJob, what == fedBack, c.moved && first:
			night = true
		}
		if night {
			c.nights = append(c.nights, ended)
			c.tally.nights++
		}
	}
	if what == workDone || what == fedBack {
		c.stop(at, endedByWork)
	}
	if do != nil {
		do()
	}
	if !c.closed.IsZero() {
		c.stop(at, endedByWork)
		return
	}
	m, moves := move{}, false
	switch {
	case what == answered:
		c.stop(at, endedByAck)
		return
	case what == byHand, what == sentBack:
		return // do has called
	case c.climbing && !c.on.IsZero() && !at.Before(c.on):
		m, moves = move{from: c.rung + 1, to: standsAt(c.rung+1, c.on, at)}, true
	case c.climbing:
	case what == workDone, what == fedBack:
		if i := slices.IndexFunc(c.clocks, func(k clock) bool { return k.step == c.next && k.hit && !k.met }); i >= 0 {
			m, moves = move{start: true}, true
		}
	case passed != nil && !passed.met:
		m, moves = move{start: true, from: 1, to: standsAt(1, passed.due, at)}, true
	}
	if n, ok := c.nightMove(at, zone); night && ok && what != fedBack && (!moves || n.to >= m.to) {
		m, moves = n, true
	}
	if moves {
		c.enter(m, at)
	}
}

// nightMove is where a night brings a complaint.
func (c *refCase) nightMove(at time.Time, zone *time.Location) (move, bool) {
	if len(c.nights) == 0 {
		return move{}, false
	}
	day := c.nights[len(c.nights)-1]
	ended := midnightAfter(day, zone, 1)
	if day.Equal(c.account) && c.dayDue.After(ended) {
		ended = c.dayDue
	}
	nth := int(day.Sub(c.account)/(24*time.Hour)) + 1
	rung := []int{2, 3, 4}[min(max(nth, 1), 3)-1]
	switch {
	case !c.climbing && c.ended == endedByAck && !c.endedAt.Before(ended):
		return move{}, false
	case c.climbing && c.rung == 0 && !c.since.Before(ended): // somebody is at work on it this night, and has a rung's time
		return move{}, false
	case c.climbing && c.rung < rung:
		return move{from: c.rung + 1, to: rung}, true
	case c.climbing && (!c.since.Before(ended) || !c.on.IsZero()):
		return move{}, false
	}
	return move{start: true, from: 1, to: rung}, true
}

// standsAt is where a complaint stands whose rung n was due, when nobody has answered since.
func standsAt(n int, due, at time.Time) int {
	for n < 5 && !due.Add(refWaits[n]).After(at) {
		due = due.Add(refWaits[n])
		n++
	}
	return n
}

func (c *refCase) stop(at time.Time, how climbEnd) {
	if !c.climbing {
		return
	}
	if how == endedByAck {
		c.tally.answered++
	}
	c.climbing, c.ended, c.endedAt, c.on = false, how, at, time.Time{}
	c.over(at)
}

func (c *refCase) over(at time.Time) {
	for _, r := range c.rings {
		if r.until.IsZero() {
			r.until = at
		}
	}
}

// enter calls the rungs of a move, each person once, and goes on where nobody stands.
func (c *refCase) enter(m move, at time.Time) {
	if m.start {
		if c.climbing {
			c.over(at)
		}
		c.climbing, c.rung, c.called = true, 0, map[org.PersonID]bool{}
	}
	c.since = at
	if m.to == 0 {
		c.on = at.Add(refWaits[1])
		return
	}
	calls := map[org.PersonID]*dueRing{}
	reached := 0
	for n := m.from; n <= 5 && (n <= m.to || reached == 0); n++ {
		c.rung, reached = n, 0
		c.tally.climbs[n]++
		people, gap := c.onRung(n, at)
		soon, _ := c.onRung(n, at.Add(time.Second))
		if gap {
			c.tally.gaps++
		}
		if len(people) == 0 {
			c.tally.empty[n]++
			continue
		}
		reached = n
		for i, p := range people {
			if r := calls[p]; r != nil {
				r.rung = n
				continue
			}
			r := &dueRing{rung: n, who: p, at: at}
			if len(soon) == len(people) && soon[i] != p {
				r.or = soon[i]
			}
			calls[p] = r
			c.rings = append(c.rings, r)
			c.called[p] = true
		}
	}
	for _, r := range calls {
		c.tally.due[r.rung]++
	}
	c.on = time.Time{}
	if c.rung < 5 {
		c.on = at.Add(refWaits[c.rung])
	}
}

// auto is when something happens to the complaint by itself; zero when nothing will.
func (c *refCase) auto(zone *time.Location) time.Time {
	if !c.closed.IsZero() {
		return time.Time{}
	}
	var next time.Time
	see := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, k := range c.clocks {
		if !k.met && !k.hit {
			see(k.due)
		}
	}
	if c.climbing {
		see(c.on)
	}
	see(c.job(zone))
	return next
}

// job is when the next overnight job finds the complaint.
func (c *refCase) job(zone *time.Location) time.Time {
	day := c.account
	if n := len(c.nights); n > 0 && !c.nights[n-1].Before(c.account) {
		day = c.nights[n-1].AddDate(0, 0, 1)
	}
	at := midnightAfter(day, zone, 1).Add(jobTime)
	if at.Before(c.dayDue) { // that night is flagged when the day ends
		return midnightAfter(day, zone, 2).Add(jobTime)
	}
	return at
}

// goesOn lets time pass for the complaint up to an instant. live gives the moment at which the bot does what was due at an instant; zero
// when it has not yet.
func (c *refCase) goesOn(to time.Time, zone *time.Location, live func(time.Time) time.Time) (flagged bool) {
	for {
		due := c.auto(zone)
		if due.IsZero() || due.After(to) {
			return flagged
		}
		at := live(due)
		if at.IsZero() || at.After(to) {
			return flagged
		}
		if !c.job(zone).After(at) {
			c.decide(at, nightJob, zone, nil)
			flagged = true
		}
		if due = c.auto(zone); !due.IsZero() && !due.After(at) {
			c.decide(at, timePassed, zone, nil)
		}
	}
}
