package bot_test

import (
	"container/heap"
	"errors"
	"slices"
	"time"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// agenda is what is to happen, the soonest first.
type agenda []intention

type intention struct {
	at   time.Time
	do   func()
	free bool // it takes time, so nothing is held meanwhile
}

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }

func (a *agenda) Push(x any) {
	if i, ok := x.(intention); ok {
		*a = append(*a, i)
	}
}

func (a *agenda) Pop() any {
	last := len(*a) - 1
	x := (*a)[last]
	(*a)[last] = intention{}
	*a = (*a)[:last]
	return x
}

// plan puts something on the agenda; mu is held.
func (w *simWorld) plan(at time.Time, do func()) {
	w.put(intention{at: at, do: do})
}

func (w *simWorld) put(i intention) {
	heap.Push(&w.agenda, i)
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

func (w *simWorld) in(d time.Duration, do func()) { w.plan(time.Now().Add(d), do) }

// between draws a duration.
func (w *simWorld) between(least, most time.Duration) time.Duration {
	return least + time.Duration(w.random.Int64N(int64(most-least)/1e6+1))*time.Millisecond
}

func (w *simWorld) chance(percent float64) bool { return w.random.Float64()*100 < percent }

func (w *simWorld) one(people []org.PersonID) org.PersonID {
	return people[w.random.IntN(len(people))]
}

// arrive opens a complaint and lets its people mean to work on it.
func (w *simWorld) arrive(u *refUnit) {
	if !w.up {
		w.in(w.between(20*time.Second, 3*time.Minute), func() { w.arrive(u) })
		return
	}
	source, forwarded := drawSource(w.random)
	now := time.Now()
	out, err := w.now.desk.Do(w.t.Context(), store.Request{
		Command: workflow.Open{Unit: u.id, Source: source, Summary: "客户反映年费未按约定减免，要求退还"}, By: workflow.Person(w.one(u.all)), At: now,
	})
	if err != nil {
		w.t.Errorf("open a complaint at %s: %v", u.id, err)
		return
	}
	c := &refCase{id: out.Complaint.ID, unit: u, received: out.Complaint.ReceivedAt, lines: map[int]int{}, tally: &w.found.tally, version: out.Complaint.Version}
	c.begin(c.received, w.bank.zone, forwarded)
	w.cases[c.id] = c
	w.opened++
	w.now.bot.Sender().Wake()
	switch n := w.random.Float64() * 100; {
	case n < w.hab.slow:
		w.next(c, w.between(31*time.Minute, 3*time.Hour))
	case n < w.hab.slow+w.hab.never:
		c.forgot = true
	default:
		w.next(c, w.between(time.Minute, 26*time.Minute))
	}
	if w.chance(0.4) {
		w.in(w.between(5*time.Minute, 5*time.Hour), func() { w.byHand(c) })
	}
}

// habitsOf are the shares of steps done late, and not at all unless somebody asks.
type habitsOf struct{ slow, never float64 }

// next means to do the complaint's next step after a while.
func (w *simWorld) next(c *refCase, after time.Duration) {
	c.busy, c.forgot = true, false
	w.in(after, func() { w.work(c) })
}

// act carries a command out, unless something is about to happen to the complaint by itself, or the bot is down: then it is tried a
// little later. It reports whether the command was accepted.
func (w *simWorld) act(c *refCase, again func(), cmd workflow.Command, by org.PersonID, do func(*workflow.Complaint), what doing) bool {
	now := time.Now()
	if !w.up {
		w.in(w.between(20*time.Second, 4*time.Minute), again)
		return false
	}
	w.pass(c, now)
	for _, at := range []time.Time{c.auto(w.bank.zone), c.since} {
		if d := now.Sub(at); d > -1500*time.Millisecond && d < 1500*time.Millisecond {
			w.in(3*time.Second, again)
			return false
		}
	}
	out, err := w.now.desk.Do(w.t.Context(), store.Request{Complaint: c.id, Command: cmd, By: workflow.Person(by), At: now})
	var no *workflow.Refusal
	switch {
	case errors.As(err, &no):
		w.refused[string(cmd.Verb())+" "+string(no.Code)]++
		return false
	case errors.Is(err, store.ErrUnwritable) || !w.up:
		w.in(w.between(20*time.Second, 4*time.Minute), again)
		return false
	case err != nil:
		w.t.Errorf("%s %s: %v", cmd.Verb(), c.id, err)
		return false
	}
	w.acts++
	c.version = out.Complaint.Version
	for _, f := range out.Facts {
		if f.By.Person == by && f.Event.Kind() != "climbed.v1" && f.Event.Kind() != "closed.v1" {
			c.lines[f.Version] = 0
		}
	}
	at := now.UTC().Truncate(time.Microsecond)
	c.decide(at, what, w.bank.zone, func() { do(&out.Complaint) })
	if !c.closed.IsZero() {
		w.closed = append(w.closed, c)
	}
	w.now.bot.Sender().Wake()
	return true
}

// work does the complaint's next step.
func (w *simWorld) work(c *refCase) {
	if !c.closed.IsZero() {
		return
	}
	c.busy = false
	again := func() { c.busy = true; w.work(c) }
	u := c.unit
	met := func(which ...int) func(*workflow.Complaint) {
		return func(*workflow.Complaint) {
			c.meet(which...)
			c.next = which[0] + 1
		}
	}
	ok := false
	switch c.next {
	case stepAccept:
		ok = w.act(c, again, workflow.Accept{}, w.one(u.all), met(stepAccept), workDone)
	case stepAssign:
		leader := u.hold[org.President][0]
		if m := u.hold[org.ComplaintManager]; len(m) > 0 && w.chance(80) {
			leader = m[0]
		}
		handler := w.one(u.hold[org.Staff])
		ok = w.act(c, again, workflow.Assign{Handler: handler}, leader, func(*workflow.Complaint) {
			met(stepAssign)(nil)
			c.handler = handler
		}, workDone)
	case stepContact:
		if w.chance(8) {
			if w.act(c, again, workflow.Contact{Wants: "无人接听"}, c.handler, func(*workflow.Complaint) {}, workDone) {
				w.next(c, w.between(10*time.Minute, 90*time.Minute))
			}
			return
		}
		ok = w.act(c, again, workflow.Contact{Reached: true, Wants: "退还年费"}, c.handler, met(stepContact), workDone)
	case stepHandle:
		text := "已退还年费并向客户逐项说明收费标准，客户认可，已更正账单"
		ok = w.act(c, again, workflow.Handle{Text: text}, c.handler, met(stepHandle), workDone)
	case stepFeedback:
		ok = w.feedback(c, again)
	}
	if ok && c.closed.IsZero() {
		w.goOn(c)
	}
}

func (w *simWorld) feedback(c *refCase, again func()) bool {
	answer := workflow.Satisfied
	if w.chance(6) && c.round < 3 {
		answer = workflow.Unsatisfied
	} else if w.chance(3) {
		answer = workflow.Withdrawn
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	return w.act(c, again, workflow.Feedback{Answer: answer}, c.handler, func(*workflow.Complaint) {
		c.meet(stepFeedback, steps, steps+1)
		if answer == workflow.Unsatisfied {
			c.begin(now, w.bank.zone, false)
			return
		}
		c.closed = now
	}, fedBack)
}

// goOn means to do what comes next: in time, late, tomorrow, or not at all.
func (w *simWorld) goOn(c *refCase) {
	least, most := 3*time.Minute, 30*time.Minute
	switch c.next {
	case stepHandle:
		least, most = 15*time.Minute, 3*time.Hour
	case stepFeedback:
		least, most = 3*time.Minute, 50*time.Minute
	}
	switch n := w.random.Float64() * 100; {
	case n < w.hab.slow:
		w.next(c, w.between(most, 6*time.Hour))
	case n < w.hab.slow+w.hab.never/2:
		c.forgot = true
	case n < w.hab.slow+w.hab.never:
		w.next(c, w.between(9*time.Hour, 40*time.Hour))
	default:
		w.next(c, w.between(least, most))
	}
}

// byHand escalates a complaint, or sends it back down.
func (w *simWorld) byHand(c *refCase) {
	if !c.closed.IsZero() {
		return
	}
	stands := 0
	if c.climbing || c.ended == endedByAck {
		stands = c.rung
	}
	u := c.unit
	again := func() { w.byHand(c) }
	now := time.Now().UTC().Truncate(time.Microsecond)
	if stands >= 2 && w.chance(40) {
		w.act(c, again, workflow.Return{Rung: 1, Reason: "支行先处理"}, u.branch().hold[org.President][0], func(*workflow.Complaint) {
			c.enter(move{start: !c.climbing, from: 1, to: 1}, now)
		}, sentBack)
		return
	}
	if c.climbing && c.rung >= 5 {
		return
	}
	w.act(c, again, workflow.Escalate{Reason: "客户情绪激动"}, w.one(u.all), func(*workflow.Complaint) {
		to := min(max(2, stands+1), 5)
		switch {
		case c.climbing:
			c.enter(move{from: c.rung + 1, to: to}, now)
		case stands > 0: // those below were called, and somebody has answered
			c.enter(move{start: true, from: to, to: to}, now)
		default:
			c.enter(move{start: true, from: 1, to: to}, now)
		}
	}, byHand)
}

// rung lets a person who was rung answer early, late or never.
func (w *simWorld) rung(who org.PersonID, ids []workflow.ID) {
	var after time.Duration
	switch n := w.random.IntN(100); {
	case n < 50:
		after = w.between(20*time.Second, 9*time.Minute)
	case n < 70:
		after = w.between(10*time.Minute, 50*time.Minute)
	default:
		return
	}
	w.in(after, func() {
		for _, id := range ids {
			if c := w.cases[id]; c != nil {
				w.answer(c, who)
			}
		}
	})
}

func (w *simWorld) answer(c *refCase, who org.PersonID) {
	if !c.closed.IsZero() || !c.climbing || !c.called[who] {
		return
	}
	if !w.act(c, func() { w.answer(c, who) }, workflow.Ack{}, who, func(*workflow.Complaint) {}, answered) {
		return
	}
	if !c.busy && w.chance(75) {
		w.next(c, w.between(3*time.Minute, 70*time.Minute))
	}
}

// morning makes somebody look at what nobody works on.
func (w *simWorld) morning() {
	for _, c := range w.cases {
		if c.closed.IsZero() && !c.busy && w.chance(70) {
			w.next(c, w.between(time.Minute, 4*time.Hour))
		}
	}
}

// asked lets an officer take over early, late or never.
func (w *simWorld) asked(u *refUnit, who org.PersonID) {
	var after time.Duration
	switch n := w.random.IntN(100); {
	case n < 82:
		after = w.between(30*time.Second, 13*time.Minute)
	case n < 93:
		after = w.between(15*time.Minute, 50*time.Minute)
	case n < 97:
		after = w.between(time.Hour, 5*time.Hour)
	default:
		return
	}
	w.in(after, func() { w.takeOver(u, who) })
}

func (w *simWorld) takeOver(u *refUnit, who org.PersonID) {
	now := time.Now()
	when, _, in := u.roster.change(now)
	if in != who {
		return
	}
	if _, ok := w.roster(u, func() { w.takeOver(u, who) }, duty.AcceptHandover{At: when}, who); ok {
		u.roster.taken[takeover{when.UTC(), in}] = now.UTC().Truncate(time.Microsecond)
		w.takenOver++
	}
}

// roster carries out a command about a roster.
func (w *simWorld) roster(u *refUnit, again func(), cmd duty.Command, by org.PersonID) (store.DutyOutcome, bool) {
	if !w.up {
		w.in(w.between(20*time.Second, 4*time.Minute), again)
		return store.DutyOutcome{}, false
	}
	out, err := w.now.desk.Duty(w.t.Context(), store.DutyRequest{Unit: u.id, Command: cmd, By: by, At: time.Now()})
	var no *duty.Refusal
	switch {
	case errors.As(err, &no):
		w.refused["duty "+string(no.Code)]++
		return out, false
	case errors.Is(err, store.ErrUnwritable):
		w.in(w.between(20*time.Second, 4*time.Minute), again)
		return out, false
	case err != nil:
		w.t.Errorf("a roster of %s: %v", u.id, err)
		return out, false
	}
	w.now.bot.Sender().Wake()
	w.now.bot.Nudge()
	return out, true
}

// rearrange changes a roster: a swap, somebody falls ill, somebody else stands in.
func (w *simWorld) rearrange(u *refUnit) {
	r := u.roster
	if r == nil || len(r.cuts) > 1 {
		return
	}
	now := time.Now()
	r.forget(now.Add(-72 * time.Hour))
	if slices.ContainsFunc(r.over, func(s stretch) bool { return s.to.After(now) }) || slices.ContainsFunc(r.away, func(s stretch) bool { return s.to.After(now) }) {
		return // one thing at a time
	}
	day := r.dayOf(now) + 2 + w.random.IntN(3)
	mine := stretch{r.cut(day, 0), r.cut(day+1, 0), r.scheduled(r.cut(day, 0))}
	others := stretch{r.cut(day+1, 0), r.cut(day+2, 0), r.scheduled(r.cut(day+1, 0))}
	switch n := w.random.IntN(3); {
	case n == 0 && mine.who != others.who:
		w.swap(u, mine, others)
	case n == 1:
		from := now.Add(w.between(5*time.Minute, 30*time.Hour)).Truncate(time.Second)
		to := from.Add(w.between(4*time.Hour, 40*time.Hour)).Truncate(time.Second)
		who := r.scheduled(from)
		if _, ok := w.roster(u, func() {}, duty.Absent{Person: who, From: from, To: to, Reason: "病假"}, who); ok {
			r.away = append(r.away, stretch{from, to, who})
			w.absences++
			if w.chance(50) {
				w.in(w.between(time.Second, time.Hour), func() { w.standIn(u, stretch{from: from, to: to, who: who}) })
			}
		}
	default:
		w.standIn(u, stretch{from: mine.from, to: mine.to, who: mine.who})
	}
}

// standIn puts somebody else on duty.
func (w *simWorld) standIn(u *refUnit, s stretch) {
	now := time.Now()
	if s.from.Before(now.Add(time.Minute)) {
		s.from = now.Add(time.Minute).Truncate(time.Second)
	}
	if !s.to.After(s.from) {
		return
	}
	other := w.one(u.hold[org.Staff])
	if other == s.who {
		return
	}
	cmd := duty.Override{Period: duty.Period{Role: duty.Primary, From: s.from, To: s.to, Person: other}, Reason: "代班"}
	if _, ok := w.roster(u, func() {}, cmd, u.hold[org.President][0]); ok {
		u.roster.over = append(u.roster.over, stretch{s.from, s.to, other})
		w.overrides++
	}
}

// swap proposes a swap, and lets the other person agree, early or late, or not.
func (w *simWorld) swap(u *refUnit, mine, others stretch) {
	cmd := duty.ProposeSwap{Role: duty.Primary, From: mine.from, To: mine.to, Other: others.who, OtherFrom: others.from, OtherTo: others.to}
	out, ok := w.roster(u, func() {}, cmd, mine.who)
	if !ok {
		return
	}
	proposed, is := out.Facts[0].Event.(duty.SwapProposed)
	if !is {
		w.t.Errorf("a swap of %s was answered with %T", u.id, out.Facts[0].Event)
		return
	}
	var agree func()
	agree = func() {
		yes := w.chance(85)
		if _, ok := w.roster(u, agree, duty.AnswerSwap{ID: proposed.ID, Agreed: yes}, others.who); ok && yes {
			u.roster.over = append(u.roster.over, stretch{mine.from, mine.to, others.who}, stretch{others.from, others.to, mine.who})
			w.swaps++
		}
	}
	if w.chance(85) {
		w.in(w.between(time.Minute, 20*time.Hour), agree)
	}
}
