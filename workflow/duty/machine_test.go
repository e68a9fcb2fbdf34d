package duty_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// machine is one roster to which random people do random things at random times. Everything is compared with the naive reading of the
// rules.
type machine struct {
	tree     *org.Tree
	zone     *time.Location
	from, to time.Time // the stretch compared
	now      time.Time
	r        duty.Roster
	n        *naive
	seen     []minute // what was true of the past when it was the present, on a coarse grid
}

func TestRosterMachine(t *testing.T) {
	t.Parallel()
	tree := bank(t)
	starts := []struct {
		zone *time.Location
		day  calendar.Day
	}{
		{location(t, "Asia/Shanghai"), day1},
		{location(t, "Europe/London"), calendar.Day{Year: 2026, Month: 10, Day: 23}},
		{location(t, "Australia/Lord_Howe"), calendar.Day{Year: 2026, Month: 10, Day: 2}},
		{location(t, "Africa/Cairo"), calendar.Day{Year: 2026, Month: 4, Day: 22}},
	}
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.SampledFrom(starts).Draw(t, "start")
		m := &machine{tree: tree, zone: start.zone, from: start.day.Start(start.zone).UTC(), r: duty.Fold("jingan", start.zone, nil)}
		m.to, m.now = m.from.Add(4*24*time.Hour), m.from.Add(time.Minute)
		m.n = &naive{zone: start.zone, cuts: map[layerKey][]boundary{}}
		m.publish(t)
		t.Repeat(map[string]func(*rapid.T){
			"": m.check, "wait": m.wait, "publish": m.publish, "override": m.override, "cancel": m.cancel, "absent": m.absent,
			"swap": m.swap, "answer": m.answer, "accept": m.accept, "sweep": m.sweep, "lapse": m.lapse,
		})
		m.compare(t)
	})
}

func (m *machine) wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.OneOf(rapid.IntRange(1, 60), rapid.IntRange(60, 900)).Draw(t, "minutes")) * time.Minute)
}

// do decides, keeps, and does the same again: what was accepted once is done already.
func (m *machine) do(t *rapid.T, by org.PersonID, cmd duty.Command) bool {
	events, no := duty.Decide(m.r, cmd, by, m.tree, m.now)
	if no != nil {
		if len(events) > 0 || no.Code == "" {
			t.Fatalf("%T is refused with %d events: %+v", cmd, len(events), no)
		}
		return false
	}
	facts := stored(t, duty.NewFacts(m.r, events, by, m.now))
	m.n.facts = append(m.n.facts, facts...)
	m.r = m.r.With(facts...)
	if _, again := duty.Decide(m.r, cmd, by, m.tree, m.now); again == nil || again.Code != duty.AlreadyDone {
		t.Fatalf("%T a second time: %+v", cmd, again)
	}
	return true
}

// good is for what must go through.
func (m *machine) good(t *rapid.T, by org.PersonID, cmd duty.Command) {
	if !m.do(t, by, cmd) {
		_, no := duty.Decide(m.r, cmd, by, m.tree, m.now)
		if no.Code != duty.AlreadyDone {
			t.Fatalf("%T %+v is refused: %+v", cmd, cmd, no)
		}
	}
}

func (m *machine) person(t *rapid.T) org.PersonID {
	return rapid.SampledFrom(list("ann", "bob", "cat", "dan")).Draw(t, "person")
}

// instant is any around now, also a little in the past.
func (m *machine) instant(t *rapid.T, label string) time.Time {
	return m.now.Add(time.Duration(rapid.OneOf(rapid.Just(0), rapid.IntRange(-300, 300), rapid.IntRange(0, 4000)).Draw(t, label)) * time.Minute)
}

func (m *machine) period(t *rapid.T) duty.Period {
	from := m.instant(t, "from")
	return duty.Period{
		Role: rapid.SampledFrom(duty.Roles()).Draw(t, "role"), From: from, Person: m.person(t),
		To: from.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "length")) * time.Minute),
	}
}

func (m *machine) publish(t *rapid.T) {
	start := calendar.DayOf(m.from, m.zone)
	at := func(h, min int) duty.Clock { return duty.Clock{Hour: h, Minute: min} }
	p := duty.Plan{Midnight: true, Layers: rapid.SampledFrom([][]duty.Layer{
		{
			{Role: duty.Primary, Start: start, Every: 1, Cuts: []duty.Cut{{At: at(8, 30), People: list("ann", "bob", "cat")}}},
			{Role: duty.Deputy, Start: start.Add(1), Every: 1, Cuts: []duty.Cut{{At: at(0, 0), People: list("bob", "dan")}}},
		},
		{{Role: duty.Primary, Start: start, Every: 1, Cuts: []duty.Cut{
			{At: at(1, 30), People: list("ann", "ann", "bob")}, {At: at(2, 15), People: list("cat")}, {At: at(20, 0), People: list("dan", "cat")},
		}}},
		{
			{Role: duty.Primary, Start: start.Add(-5), Every: 7, Cuts: []duty.Cut{{At: at(9, 0), People: list("ann", "bob")}}},
			{Role: duty.Leader, Start: start, Every: 1, Cuts: []duty.Cut{{At: at(7, 0), People: list("dan")}}},
		},
		{{Role: duty.Primary, Start: start.Add(-19), Every: 7, Cuts: []duty.Cut{
			{At: at(6, 0), People: list("ann", "bob", "cat", "dan")}, {At: at(18, 0), People: list("bob", "cat", "dan", "ann", "cat")},
		}}},
		{
			{Role: duty.Primary, Start: start, Every: 1, Cuts: []duty.Cut{{At: at(2, 0), People: list("dan")}}},
			{Role: duty.Primary, Start: start.Add(3), Every: 1, Cuts: []duty.Cut{{At: at(2, 0), People: list("ann")}, {At: at(14, 0), People: list("bob")}}},
		},
		{},
	}).Draw(t, "layers")}
	if rapid.Bool().Draw(t, "planned") {
		p.Planned = append(p.Planned, m.period(t))
	}
	if rapid.Bool().Draw(t, "fixed") {
		p.Fixed = append(p.Fixed, m.period(t))
	}
	m.good(t, "pres", duty.Publish{Plan: p, From: m.instant(t, "takes effect"), Keep: rapid.Bool().Draw(t, "keeps later plans")})
}

func (m *machine) override(t *rapid.T) { m.do(t, "cm", duty.Override{Period: m.period(t)}) }

func (m *machine) cancel(t *rapid.T) {
	if all := m.r.Overrides(m.now, m.to.AddDate(1, 0, 0)); len(all) > 0 && rapid.Bool().Draw(t, "an override") {
		m.good(t, "pres", duty.CancelOverride{ID: rapid.SampledFrom(all).Draw(t, "override").ID})
	}
	if all := m.r.Absences(m.now, m.to.AddDate(1, 0, 0)); len(all) > 0 {
		e := rapid.SampledFrom(all).Draw(t, "absence")
		m.good(t, e.Person, duty.CancelAbsence{ID: e.ID})
	}
}

func (m *machine) absent(t *rapid.T) {
	p := m.period(t)
	m.do(t, p.Person, duty.Absent{Person: p.Person, From: p.From, To: p.To})
}

func (m *machine) swap(t *rapid.T) {
	role := rapid.SampledFrom(duty.Roles()).Draw(t, "role")
	shifts := m.r.Shifts(role, m.now, m.to)
	if len(shifts) < 2 {
		t.Skip("nothing to swap")
	}
	a, b := rapid.SampledFrom(shifts).Draw(t, "mine"), rapid.SampledFrom(shifts).Draw(t, "the other's")
	by := rapid.SampledFrom(list(a.Person, b.Person, "pres")).Draw(t, "by")
	m.do(t, by, duty.ProposeSwap{Role: role, From: a.From, To: a.To, Other: b.Person, OtherFrom: b.From, OtherTo: b.To})
}

func (m *machine) answer(t *rapid.T) {
	all := m.r.Swaps(m.now)
	if len(all) == 0 {
		t.Skip("no swap is open")
	}
	s := rapid.SampledFrom(all).Draw(t, "swap")
	if _, no := duty.Decide(m.r, duty.AnswerSwap{ID: s.ID, Agreed: true}, s.Person, m.tree, m.now); no == nil {
		t.Fatalf("%s answers his own proposal", s.Person)
	}
	m.do(t, s.Other, duty.AnswerSwap{ID: s.ID, Agreed: rapid.Bool().Draw(t, "agreed")})
}

func (m *machine) accept(t *rapid.T) {
	at, _, in, ok := m.r.LastChange(m.now)
	if !ok || in == "" {
		t.Skip("nobody takes over")
	}
	m.good(t, in, duty.AcceptHandover{At: at})
	if o, _ := m.r.Responsible(m.now); o.Person != in || o.Waiting != "" {
		t.Fatalf("%s accepted, and %+v is responsible", in, o)
	}
}

// sweep does what the clock does: begin the last handover, ring about those that wait.
func (m *machine) sweep(t *rapid.T) {
	if at, _, in, ok := m.r.LastChange(m.now); ok && in != "" {
		m.good(t, org.System, duty.BeginHandover{At: at})
	}
	pending := m.r.Pending()
	if len(pending) > 1 {
		t.Fatalf("%d handovers wait at once: %+v", len(pending), pending)
	}
	for _, h := range pending {
		if stage, due, ok := h.Next(); ok && !m.now.Before(due) {
			m.do(t, org.System, duty.RingHandover{At: h.At, Stage: stage})
		}
	}
}

func (m *machine) lapse(t *rapid.T) {
	for _, h := range m.r.Pending() {
		at, _, in, ok := m.r.LastChange(m.now)
		last := ok && at.Equal(h.At) && in == h.In
		if done := m.do(t, org.System, duty.LapseHandover{At: h.At}); done == last {
			t.Fatalf("lapses: %v, is the last: %v: %+v", done, last, h)
		}
	}
}

// check: what was true of the past is true of it for ever.
func (m *machine) check(t *rapid.T) {
	for _, want := range m.seen {
		if got := m.at(want.at); got != want {
			t.Fatalf("at %s it is %s: the past became %+v, was %+v", m.now, want.at, got, want)
		}
	}
	next := m.from
	if n := len(m.seen); n > 0 {
		next = m.seen[n-1].at.Add(97 * time.Minute)
	}
	for ; next.Before(m.now); next = next.Add(97 * time.Minute) {
		m.seen = append(m.seen, m.at(next))
	}
}

// at is what the roster says of an instant.
func (m *machine) at(at time.Time) minute {
	on := func(role duty.Role) who {
		s, ok := m.r.Scheduled(role, at)
		if ok && !holds(s.From, s.To, at) {
			return who{"outside of his own shift", s.Source}
		}
		return who{s.Person, s.Source}
	}
	o, _ := m.r.Responsible(at)
	return minute{at, on(duty.Primary), on(duty.Deputy), on(duty.Leader), o.Person, o.Waiting}
}

// compare looks at every minute; one by one at those around which something changes.
func (m *machine) compare(t *rapid.T) {
	all := m.n.walk(m.from, m.to)
	for i, want := range all {
		same := func(j int) bool {
			other := all[min(max(j, 0), len(all)-1)]
			other.at = want.at
			return other == want
		}
		if i%61 != 0 && same(i-1) && same(i+1) {
			continue
		}
		if got := m.at(want.at); got != want {
			t.Fatalf("at %s (it is %s):\ngot  %+v\nwant %+v", want.at, m.now, got, want)
		}
	}
	for i, of := range []func(minute) who{
		func(m minute) who { return m.primary }, func(m minute) who { return m.deputy }, func(m minute) who { return m.leader },
	} {
		m.shifts(t, duty.Roles()[i], all, of)
	}
	if other := duty.Fold("jingan", m.zone, m.n.facts); !cmp.Equal(other.Shifts(duty.Primary, m.from, m.to), m.r.Shifts(duty.Primary, m.from, m.to)) {
		t.Fatalf("folded at once it is another roster")
	}
}

// shifts compares the lists of shifts and gaps with runs of minutes.
func (m *machine) shifts(t *rapid.T, role duty.Role, all []minute, of func(minute) who) {
	type run struct {
		who
		from, to time.Time
	}
	var want, got []run
	for _, one := range all {
		w := of(one)
		if n := len(want); n > 0 && want[n-1].who == w {
			want[n-1].to = one.at.Add(time.Minute)
			continue
		}
		want = append(want, run{w, one.at, one.at.Add(time.Minute)})
	}
	cut := func(at time.Time) time.Time {
		if at.Before(m.from) {
			return m.from
		}
		if at.After(m.to) {
			return m.to
		}
		return at
	}
	shifts, gaps := m.r.Shifts(role, m.from, m.to), m.r.Gaps(role, m.from, m.to)
	for len(shifts) > 0 || len(gaps) > 0 {
		if len(gaps) == 0 || len(shifts) > 0 && shifts[0].From.Before(gaps[0].From) {
			s := shifts[0]
			got, shifts = append(got, run{who{s.Person, s.Source}, cut(s.From), cut(s.To)}), shifts[1:]
			continue
		}
		got, gaps = append(got, run{who{}, gaps[0].From, gaps[0].To}), gaps[1:]
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(run{}, who{})); diff != "" {
		t.Fatalf("shifts and gaps of %s (-want +got):\n%s", role, diff)
	}
}
