package workflow_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"sameday/workflow"
	"sameday/workflow/org"
)

// ladderModel is the ladder once more, in the plainest words: it walks through the minutes, looks everybody up by hand, and remembers one
// place. The machine holds every decision against it.
type ladderModel struct {
	rules  *workflow.Rules
	duty   map[org.UnitID]org.PersonID // who is on duty by the unit's own roster
	place  *ladderPlace                // nil when nobody is being called
	left   ladderPlace                 // the last place, when it was left
	acked  bool                        // left by an acknowledgement, and not by work or a closing
	answer time.Time                   // when somebody last answered, in whatever way
}

type ladderPlace struct {
	rungs []workflow.Rung
	rung  int
	since time.Time
	next  time.Time // zero at the top
	ended time.Time

	deadline string // that began it, if one did
}

// move is what the model expects of a decision: the one event that moves the complaint on the ladder.
type move struct {
	cause    workflow.Cause
	rung     int
	due      time.Time
	next     time.Time
	calls    string
	vacant   string
	start    bool
	night    int
	deadline string
}

func (m move) String() string {
	return fmt.Sprintf("%s to rung %d due %s next %s calls %s vacant %s start %v night %d for %q",
		m.cause, m.rung, m.due.Format(time.RFC3339Nano), m.next.Format(time.RFC3339Nano), m.calls, m.vacant, m.start, m.night, m.deadline)
}

// decided takes in a decision: after is the complaint with all its events, those on the ladder included, which the model does not look at.
func (l *ladderModel) decided(after *workflow.Complaint, cmd workflow.Command, events []workflow.Event, at time.Time) *move {
	worked, newRound := false, false
	for _, e := range events {
		switch e := e.(type) {
		case workflow.RoundStarted:
			newRound = true
		case workflow.Extended:
			if l.place != nil && l.place.deadline == e.Replaces {
				l.leave(at, false)
			}
		case workflow.Accepted, workflow.Assigned, workflow.ContactTried, workflow.Contacted, workflow.Handled, workflow.FedBack, workflow.Transferred, workflow.Led, workflow.Merged, workflow.Separated, workflow.Followed:
			worked = true
		}
	}
	_, acked := cmd.(workflow.Ack)
	switch {
	case !after.Open():
		l.leave(at, false)
		return nil
	case acked:
		l.leave(at, true)
		return nil
	}
	switch cmd := cmd.(type) {
	case workflow.Escalate:
		return l.escalated(after, at)
	case workflow.Return:
		return l.returned(after, max(1, cmd.Rung), at)
	}
	if worked {
		l.leave(at, false)
	}
	want := l.byTime(after, events, worked, at)
	for _, e := range events {
		if night, ok := e.(workflow.LeftOvernight); ok && !newRound {
			want = l.byNight(after, night, want, at)
		}
	}
	if want != nil {
		l.arrive(want, at)
	}
	return want
}

func (l *ladderModel) leave(at time.Time, acked bool) {
	l.answer = at
	if l.place != nil {
		l.left, l.acked, l.place = *l.place, acked, nil
		l.left.ended = at
	}
}

// arrive makes the expected place the place.
func (l *ladderModel) arrive(to *move, at time.Time) {
	if to.start {
		l.place = &ladderPlace{rungs: l.rules.Policy.Ladder, deadline: to.deadline}
	}
	l.place.rung, l.place.since, l.place.next = to.rung, at, to.next
}

// byTime is where the clock alone brings it.
func (l *ladderModel) byTime(c *workflow.Complaint, events []workflow.Event, worked bool, at time.Time) *move {
	if l.place != nil {
		if l.place.next.IsZero() || at.Before(l.place.next) {
			return nil
		}
		rung, due := walk(l.place.rungs, l.place.rung, l.place.next, at)
		return l.call(c, l.place.rungs, move{cause: workflow.CauseTime, due: due}, l.place.rung+1, rung, at)
	}
	if worked { // what comes next may be overdue: it gets the time between two rungs
		d, ok := c.Clock(workflow.Clock(c.Next()))
		if !ok || !d.Met.IsZero() || d.Breached.IsZero() || !d.Due.After(c.RegisteredAt) {
			return nil
		}
		wait := 15 * time.Minute
		if len(l.rules.Policy.Ladder) > 1 {
			wait = time.Duration(l.rules.Policy.Ladder[1].After)
		}
		return &move{cause: workflow.CauseTurn, due: at, next: at.Add(wait), start: true, deadline: d.ID}
	}
	var first workflow.Running
	for _, d := range c.Clocks {
		new := slices.ContainsFunc(events, func(e workflow.Event) bool {
			b, ok := e.(workflow.Breached)
			return ok && b.Deadline == d.ID
		})
		if new && d.Deadline.Clock != workflow.ClockAnswer && d.Met.IsZero() && !d.Replaced && d.Due.After(c.RegisteredAt) && (first.ID == "" || d.Due.Before(first.Due)) {
			first = d
		}
	}
	if first.ID == "" {
		return nil
	}
	rung, due := walk(l.rules.Policy.Ladder, 0, first.Due, at)
	return l.call(c, l.rules.Policy.Ladder, move{cause: workflow.CauseBreach, due: due, start: true, deadline: first.ID}, 1, rung, at)
}

// byNight is where a night brings it, if that is higher.
func (l *ladderModel) byNight(c *workflow.Complaint, night workflow.LeftOvernight, soFar *move, at time.Time) *move {
	unit, _ := l.rules.Tree.Unit(c.Unit)
	ended := night.Day.End(unit.Zone)
	if !night.Alone && !c.RegisteredAt.Before(ended) {
		return soFar // it came in only afterwards
	}
	if d, ok := c.Clock(workflow.ClockDay); ok && c.Account == night.Day && d.Due.After(ended) {
		ended = d.Due // late intake moved the day
	}
	rungs := l.rules.Policy.NightRungs
	target := rungs[min(night.Night, len(rungs))-1]
	reached := 0
	if soFar != nil {
		soFar.night, reached = night.Night, soFar.rung
	}
	if l.place != nil && l.place.rung == 0 && !l.place.since.Before(ended) {
		return soFar // somebody has worked on it since
	}
	why := move{cause: workflow.CauseNight, due: at, night: night.Night}
	switch {
	case l.place == nil:
		if l.acked && !l.left.ended.Before(ended) {
			return soFar // answered since
		}
		why.start = true
		if higher := l.call(c, l.rules.Policy.Ladder, why, 1, target, at); higher.rung >= reached {
			return higher
		}
	case l.place.rung < min(target, len(l.place.rungs)):
		if higher := l.call(c, l.place.rungs, why, l.place.rung+1, min(target, len(l.place.rungs)), at); higher.rung >= reached {
			return higher
		}
	case l.place.next.IsZero() && l.place.since.Before(ended): // at the top since before the day ended: a new night, a new climb
		why.start = true
		return l.call(c, l.rules.Policy.Ladder, why, 1, target, at)
	}
	return soFar
}

func (l *ladderModel) escalated(c *workflow.Complaint, at time.Time) *move {
	why, rungs, from, to := move{cause: workflow.CauseHand, due: at}, l.rules.Policy.Ladder, 1, 2
	switch {
	case l.place != nil:
		rungs, from, to = l.place.rungs, l.place.rung+1, max(2, l.place.rung+1)
	case l.acked && l.left.rung > 0: // nobody below is called twice
		to = max(2, l.left.rung+1)
		from = min(to, len(rungs))
	}
	why.start = l.place == nil
	want := l.call(c, rungs, why, from, min(to, len(rungs)), at)
	l.arrive(want, at)
	return want
}

func (l *ladderModel) returned(c *workflow.Complaint, rung int, at time.Time) *move {
	why, rungs := move{cause: workflow.CauseReturned, due: at, start: l.place == nil}, l.rules.Policy.Ladder
	if l.place != nil {
		rungs = l.place.rungs
	}
	want := l.call(c, rungs, why, rung, rung, at)
	l.arrive(want, at)
	return want
}

// walk goes through the minutes from when a rung's successor is due until now.
func walk(rungs []workflow.Rung, rung int, next, now time.Time) (int, time.Time) {
	var due time.Time
	for t := next; !t.After(now); t = t.Add(time.Minute) {
		if !t.Equal(next) {
			continue
		}
		rung, due = rung+1, t
		if rung == len(rungs) {
			break
		}
		next = t.Add(time.Duration(rungs[rung].After))
	}
	return rung, due
}

// call expects everybody on the rungs from up to to, and on the first higher one with anybody on it where to has nobody; behind the last
// stands head office.
func (l *ladderModel) call(c *workflow.Complaint, rungs []workflow.Rung, m move, from, to int, at time.Time) *move {
	var people []org.PersonID
	on := map[org.PersonID]int{}
	add := func(rung int, list []org.PersonID) {
		for _, p := range list {
			if !slices.Contains(people, p) {
				people = append(people, p)
			}
			on[p] = rung
		}
	}
	for m.rung = from; ; m.rung++ {
		list, gaps := l.standOn(c, rungs[m.rung-1])
		add(m.rung, list)
		for _, u := range gaps {
			m.vacant += fmt.Sprintf(" %d/%s", m.rung, u)
		}
		if m.rung >= to && len(list) > 0 {
			break
		}
		if m.rung == len(rungs) {
			add(m.rung, l.lastResort(c))
			break
		}
	}
	for _, p := range people {
		m.calls += fmt.Sprintf(" %s/%d", p, on[p])
	}
	if m.rung < len(rungs) {
		m.next = at.Add(time.Duration(rungs[m.rung].After))
	}
	return &m
}

// standOn lists who stands on a rung, and which units have a gap there.
func (l *ladderModel) standOn(c *workflow.Complaint, rung workflow.Rung) (people []org.PersonID, gaps []org.UnitID) {
	var units []org.UnitID
	for _, callee := range rung.Call {
		for _, one := range strings.Split(string(callee), "|") {
			list, unit, gap := l.find(c, one)
			list = l.free(c, list)
			units = append(units, unit)
			if gap {
				gaps = append(gaps, unit)
			}
			people = append(people, list...)
			if len(list) > 0 {
				break
			}
		}
	}
	if len(people)+len(gaps) == 0 {
		gaps = units[:1]
	}
	return people, gaps
}

func (l *ladderModel) find(c *workflow.Complaint, callee string) (people []org.PersonID, unit org.UnitID, gap bool) {
	if callee == "handler" {
		if l.rules.Tree.Holds(c.Handler, c.Unit) || len(l.rules.Tree.Posts(c.Handler)) > 0 {
			people = append(people, c.Handler)
		}
		return people, c.Unit, false
	}
	up := l.rules.Tree.Up(c.Unit)
	unit = map[string]org.UnitID{"unit": up[0], "branch": up[max(0, len(up)-2)], "head_office": up[len(up)-1]}[strings.Split(callee, ".")[0]]
	what := strings.Split(callee, ".")[1]
	if what != "duty" {
		return l.rules.Tree.Holders(unit, org.Position(what)), unit, false
	}
	if p := l.duty[unit]; p != "" {
		return []org.PersonID{p}, unit, false
	}
	if strings.HasPrefix(callee, "unit") {
		for _, above := range up {
			if p := l.duty[above]; p != "" {
				return []org.PersonID{p}, unit, true
			}
		}
	}
	return nil, unit, true
}

func (l *ladderModel) lastResort(c *workflow.Complaint) []org.PersonID {
	head := func(positions ...org.Position) []org.PersonID {
		return l.free(c, l.rules.Tree.Holders("hq", positions...))
	}
	if people := head(org.Standing); len(people) > 0 {
		return people
	}
	return head(org.ServiceDesk, org.ConsumerProtection, org.NetworkFinance)
}

func (l *ladderModel) free(c *workflow.Complaint, people []org.PersonID) []org.PersonID {
	return slices.DeleteFunc(people, func(p org.PersonID) bool { return slices.Contains(c.Subjects, p) })
}

// laddered holds a decision against the model, and against what no decision may ever do.
func (m *machine) laddered(t *rapid.T, cmd workflow.Command, facts []workflow.Fact) {
	var events []workflow.Event
	var moved []workflow.Fact
	for _, f := range facts {
		events = append(events, f.Event)
		if e, ok := f.Event.(workflow.Climbed); ok && e.Unit == "" {
			moved = append(moved, f)
		}
	}
	m.asides(t, facts)
	from := 0
	if m.ladder.place != nil {
		from = m.ladder.place.rung
	}
	was := from
	want := m.ladder.decided(&m.c, cmd, events, m.now)
	switch {
	case len(moved) > 1:
		t.Fatalf("%s moves it on the ladder %d times at once", cmd.Verb(), len(moved))
	case len(moved) == 0 && want != nil:
		t.Fatalf("%s at %s moves it nowhere, want %s", cmd.Verb(), m.now, want)
	case len(moved) == 1 && want == nil:
		t.Fatalf("%s at %s moves it: %+v, want nothing", cmd.Verb(), m.now, moved[0].Event)
	}
	if want != nil {
		e, _ := moved[0].Event.(workflow.Climbed)
		got := move{cause: e.Cause, rung: e.Rung, due: e.Due, next: e.Next, start: e.Start, night: e.Night, deadline: e.Deadline}
		for _, k := range e.Calls {
			got.calls += fmt.Sprintf(" %s/%d", k.Person, k.Rung)
		}
		for _, v := range e.Vacant {
			got.vacant += fmt.Sprintf(" %d/%s", v.Rung, v.Unit)
		}
		want.due, want.next, got.due, got.next = want.due.UTC(), want.next.UTC(), got.due.UTC(), got.next.UTC()
		if got.String() != want.String() {
			t.Fatalf("%s at %s moves it\n%s, want\n%s", cmd.Verb(), m.now, got, want)
		}
		if e.Start || e.Cause == workflow.CauseReturned {
			was = 0
		}
		if n := len(m.c.Climbs); e.Start && e.Cause == workflow.CauseHand && n > 1 && m.c.Climbs[n-2].Ending == workflow.EndAcknowledged {
			was = min(m.c.Climbs[n-2].Rung, len(e.Ladder)-1) // those below had been called, and one of them had answered
		}
		m.nobodySkipped(t, e, was)
	}
	m.onePlace(t)
}

// nobodySkipped: everybody who stands on a rung that was entered is called, each once, and a rung with nobody is told of. Whom it is about
// is not called.
func (m *machine) nobodySkipped(t *rapid.T, e workflow.Climbed, was int) {
	once := map[org.PersonID]bool{}
	for _, k := range e.Calls {
		if once[k.Person] || slices.Contains(m.c.Subjects, k.Person) || k.Rung < 1 || k.Rung > e.Rung {
			t.Fatalf("%+v is called in %+v", k, e)
		}
		once[k.Person] = true
	}
	if e.Rung > 0 && len(e.Calls) == 0 {
		t.Fatalf("rung %d calls nobody", e.Rung)
	}
	if e.Cause == workflow.CauseReturned {
		return
	}
	for rung := was + 1; rung <= e.Rung; rung++ {
		people, _ := m.ladder.standOn(&m.c, m.ladder.place.rungs[rung-1])
		for _, p := range people {
			if !once[p] {
				t.Fatalf("%s stands on rung %d and is not called by %+v", p, rung, e)
			}
		}
		if len(people) == 0 && !slices.ContainsFunc(e.Vacant, func(v workflow.Vacant) bool { return v.Rung == rung }) {
			t.Fatalf("rung %d is empty and nobody is told of it by %+v", rung, e)
		}
	}
}

// onePlace: at most the last climb goes on; a complaint that is open and past a deadline that nobody has answered stands in it; the
// complaint and the model agree on where.
func (m *machine) onePlace(t *rapid.T) {
	for i, climb := range m.c.Climbs {
		if climb.Ended.IsZero() && (i < len(m.c.Climbs)-1 || !m.c.Open()) {
			t.Fatalf("climb %d of %d goes on, open %v", i+1, len(m.c.Climbs), m.c.Open())
		}
	}
	climb, place := m.c.Climbing(), m.ladder.place
	if (climb == nil) != (place == nil) || climb != nil && (climb.Rung != place.rung || !climb.Next.Equal(place.next)) {
		t.Fatalf("it stands at %+v, want %+v", climb, place)
	}
	for _, d := range m.c.Clocks {
		if m.c.Open() && d.Deadline.Clock != workflow.ClockAnswer && d.Waits() && d.Due.After(m.c.RegisteredAt) && d.Due.After(m.ladder.answer) && !d.Breached.IsZero() && climb == nil {
			t.Fatalf("%s passed at %s, was last answered at %s, and nobody is called", d.ID, d.Due, m.ladder.answer)
		}
	}
}

// wakes: whatever is said to fall due is worked when it does, and is not there again afterwards, so that a sweep ends.
func (m *machine) wakes(t *rapid.T) {
	for _, w := range m.c.Wakes() {
		if !m.c.Open() && w.ID != workflow.WakeUnread && !strings.HasPrefix(w.ID, workflow.WakeSession+"/") {
			t.Fatalf("a closed complaint wakes for %v", w)
		}
	}
	ids := map[string]bool{}
	for _, w := range m.c.Wakes() {
		if ids[w.ID] {
			t.Fatalf("%s is there twice", w.ID)
		}
		ids[w.ID] = true
	}
	if len(ids) == 0 {
		return
	}
	m.steps++
	all := m.c.Wakes()
	w := all[m.steps%len(all)]
	at := w.At
	if at.Before(m.now) {
		at = m.now
	}
	events, err := workflow.Decide(m.c, workflow.Expire{Wake: w.ID}, workflow.System(), m.rules, at)
	if err != nil || len(events) == 0 {
		t.Fatalf("%s wakes at %s, and then %d events, %v", w.ID, w.At, len(events), err)
	}
	if after := m.c.With(workflow.NewFacts(m.c, events, workflow.System(), at)...); slices.Contains(after.Wakes(), w) {
		t.Fatalf("%s wakes again at %s after %d events", w.ID, w.At, len(events))
	}
}
