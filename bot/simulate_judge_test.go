package bot_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sameday/bot/gateway"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// verdicts are what the judge has found.
type verdicts struct {
	tally
	rings, ringMessages, aside       int // rings that reached somebody by Slack; by how many messages; by the gateway
	nothing, twice, lost, crossed    int
	overtaken                        int // answered before they had left, although there was time
	echoes                           int // a second message at once, because the first one's fate was unknown when the next rung was due
	messages                         int
	digests, notices, hands, handsIn int
	flags                            int
	lags                             []lagged
	kinds                            map[string]int
	why                              []string // the first of what is wrong
}

func (v *verdicts) wrong(n *int, format string, args ...any) {
	*n++
	if *n <= 12 {
		v.why = append(v.why, fmt.Sprintf(format, args...))
	}
}

const (
	// leaves is how long a message may be on its way between being drawn and reaching Slack: what happens meanwhile it cannot know.
	leaves = 2500 * time.Millisecond
	// patienceOf is how much time in which all was well a ring may take before it counts as lost.
	patienceOf = 10 * time.Minute
)

var numbers = regexp.MustCompile(`20\d{6}-\d{3,5}`)

// heard judges a message that Slack took.
func (w *simWorld) heard(p post) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := &w.found
	v.messages++
	if p.key == "" {
		v.wrong(&v.nothing, "a message without a key in %s", p.channel)
		return
	}
	if _, again := w.keys[p.key]; again {
		v.wrong(&v.twice, "%s stands twice", p.key)
		return
	}
	w.keys[p.key] = p.taken
	parts := strings.Split(p.key, "/")
	v.kinds[kindOf(parts)]++
	switch {
	case parts[0] == "roster":
		w.heardHand(p, parts)
	case strings.Contains(parts[0], "@"):
		w.heardOf(p, parts)
	default: // job/unit/day/kind/part
		if parts[3] == store.KindDigest && parts[4] == "0" {
			v.digests++
			w.digests[strings.Join(parts[:3], "/")]++
		}
	}
}

func kindOf(parts []string) string {
	switch {
	case parts[0] == "roster":
		return parts[2]
	case strings.Contains(parts[0], "@"):
		return parts[1]
	}
	return parts[0]
}

// heardOf judges a message about a complaint, or several.
func (w *simWorld) heardOf(p post, parts []string) {
	number, version, _ := strings.Cut(parts[0], "@")
	c := w.cases[workflow.ID(number)]
	if parts[1] == store.KindRing {
		w.heardRing(p, org.PersonID(parts[2]))
		return
	}
	if c == nil {
		return
	}
	switch parts[1] {
	case store.KindRoot:
		c.root++
	case store.KindMirror:
		if org.UnitID(parts[2]) == c.unit.branch().id {
			c.mirror++
		}
	case store.KindLine:
		if n, err := strconv.Atoi(version); err == nil {
			if _, mine := c.lines[n]; mine {
				c.lines[n]++
			}
		}
	}
}

// named are the complaints that a text names.
func named(text string) []workflow.ID {
	var out []workflow.ID
	for _, n := range numbers.FindAllString(text, -1) {
		if id := workflow.ID(n); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func (w *simWorld) heardRing(p post, who org.PersonID) {
	v := &w.found
	v.ringMessages++
	ids := named(p.blocks)
	for _, id := range ids {
		c := w.cases[id]
		if c == nil {
			v.wrong(&v.nothing, "%s is rung at %s for %s, which has long been done", who, clockTime(p.came), id)
			continue
		}
		w.pass(c, p.taken)
		reached := false
		for _, r := range c.rings {
			if r.who != who && r.or != who || !r.told.IsZero() || r.at.After(p.taken) || !r.until.IsZero() && p.came.Sub(r.until) > leaves {
				continue
			}
			if !r.until.IsZero() && p.came.After(r.until) {
				v.crossed++
			}
			r.told, reached = p.taken, true
			v.rings++
			v.told[r.rung]++
			if d := w.wellFor(r.at, p.taken); d > patienceOf {
				v.wrong(&v.lost, "%s was rung for %s, rung %d, due %s, only at %s", who, c.id, r.rung, clockTime(r.at), clockTime(p.taken))
			}
			w.lag(r)
		}
		if !reached {
			w.falseRing(c, p, who)
		}
	}
	w.rung(who, ids)
}

func (w *simWorld) falseRing(c *refCase, p post, who org.PersonID) {
	v := &w.found
	var last *dueRing
	for _, r := range c.rings {
		if r.who == who || r.or == who {
			last = r
		}
	}
	switch {
	case last == nil:
		v.wrong(&v.nothing, "%s is rung for %s at %s and stands on no rung of it (rung %d, climbing %t)", who, c.id, clockTime(p.came), c.rung, c.climbing)
	case !last.told.IsZero() && p.taken.Sub(last.told) < time.Minute && c.toldTogether(last) > 1:
		v.echoes++
	case !last.told.IsZero() && last.until.IsZero():
		v.wrong(&v.twice, "%s is rung again for %s at %s (%s), first at %s, rung %d, due %s", who, c.id, clockTime(p.came), p.key, clockTime(last.told), last.rung,
			clockTime(last.at))
	default:
		v.wrong(&v.nothing, "%s is rung for %s at %s, which was answered at %s", who, c.id, clockTime(p.came), clockTime(last.until))
	}
}

// toldTogether is how many rings to a person one message told.
func (c *refCase) toldTogether(as *dueRing) (n int) {
	for _, r := range c.rings {
		if r.who == as.who && r.told.Equal(as.told) {
			n++
		}
	}
	return n
}

func clockTime(t time.Time) string { return t.UTC().Add(8 * time.Hour).Format("0102 15:04:05.000") }

// lag keeps how long a ring took.
func (w *simWorld) lag(r *dueRing) {
	if !w.well(r.at, r.told) {
		return
	}
	w.found.lags = append(w.found.lags, lagged{r.at, r.who, r.told.Sub(r.at)})
}

// lagged is how long a ring took from when it was due until Slack had it.
type lagged struct {
	at  time.Time
	who org.PersonID
	d   time.Duration
}

// quantiles are those of all rings, of those outside the minutes in which the whole bank rings or hands over, and of what all took beyond
// the time until a sender that keeps to 240 messages a minute, with 20 at once, could have sent them.
func (v *verdicts) quantiles() (all, rest, beyond string) {
	slices.SortStableFunc(v.lags, func(a, b lagged) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.d, b.d)) })
	var every, calm, over []time.Duration
	var free, at time.Time // when the sender has all of its tokens again
	var who org.PersonID
	for _, l := range v.lags {
		every = append(every, l.d)
		if !rush(l.at) {
			calm = append(calm, l.d)
		}
		if !l.at.Equal(at) || l.who != who {
			if free.Before(l.at) {
				free = l.at
			}
			free = free.Add(time.Minute / 240)
		}
		at, who = l.at, l.who
		over = append(over, max(0, l.d-max(0, free.Sub(l.at)-20*time.Minute/240)))
	}
	return shares(every), shares(calm), shares(over)
}

// slowest lists the rings outside those minutes that took longest.
func (v *verdicts) slowest(n int) []string {
	list := slices.DeleteFunc(slices.Clone(v.lags), func(l lagged) bool { return rush(l.at) })
	slices.SortFunc(list, func(a, b lagged) int { return cmp.Compare(b.d, a.d) })
	var out []string
	for _, l := range list[:min(n, len(list))] {
		out = append(out, fmt.Sprintf("%s due %s took %s", l.who, clockTime(l.at), l.d.Round(10*time.Millisecond)))
	}
	return out
}

// rush reports whether the whole bank rings, or hands over, at that time.
func rush(at time.Time) bool {
	l := at.UTC().Add(8 * time.Hour)
	m := l.Hour()*60 + l.Minute()
	return m < 8 || m >= 8*60+29 && m < 8*60+38
}

// heardAside judges a call of the gateway's.
func (w *simWorld) heardAside(g gateway.Call, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, again := w.keys["gateway/"+g.ID]; again { // its word is that a repeated call rings once
		return
	}
	w.keys["gateway/"+g.ID] = at
	for _, item := range g.Complaints {
		c := w.cases[workflow.ID(item.Number)]
		if c == nil {
			w.found.wrong(&w.found.nothing, "%s is called for %s, which has long been done", g.Person, item.Number)
			continue
		}
		w.pass(c, at)
		reached := false
		for _, r := range c.rings {
			if (r.who == g.Person || r.or == g.Person) && r.aside.IsZero() && !r.at.After(at) && (r.until.IsZero() || at.Sub(r.until) < leaves) {
				r.aside, reached = at, true
				w.found.aside++
			}
		}
		if !reached {
			w.found.wrong(&w.found.nothing, "%s is called beside Slack for %s at %s for nothing", g.Person, c.id, clockTime(at))
		}
	}
}

// heardHand judges a message about a handover.
func (w *simWorld) heardHand(p post, parts []string) {
	if parts[2] != store.KindHandover {
		return
	}
	w.found.hands++
	unitID, _, _ := strings.Cut(parts[1], "@")
	u, who := w.bank.ref[org.UnitID(unitID)], org.PersonID(parts[3])
	when, out, in := u.roster.change(p.came)
	taken, done := u.roster.taken[takeover{when.UTC(), in}]
	leads := slices.Contains(u.hold[org.President], who) || slices.Contains(u.hold[org.DeputyPresident], who) || u.up == nil
	switch {
	case done && p.came.Sub(taken) > leaves:
		w.found.wrong(&w.found.nothing, "%s is rung at %s about the handover at %s of %s, which was taken over at %s", who, clockTime(p.came), clockTime(when),
			u.id, clockTime(taken))
	case who != in && who != out && !leads && p.came.Sub(when) > leaves:
		w.found.wrong(&w.found.nothing, "%s is rung at %s about a handover of %s from %s to %s", who, clockTime(p.came), u.id, out, in)
	case who == in:
		if _, asked := w.handed[handing{u.id, when.UTC(), in}]; !asked {
			w.handed[handing{u.id, when.UTC(), in}] = p.taken
			w.found.handsIn++
		}
		w.asked(u, who)
	}
}

// span is a stretch of time in which something was not well, or a process was not there.
type outage struct{ from, to time.Time }

// well reports whether Slack was healthy and the bot up all the time between two instants.
func (w *simWorld) well(from, to time.Time) bool { return w.wellFor(from, to) >= to.Sub(from) }

// wellFor is how much of the time between two instants was well.
func (w *simWorld) wellFor(from, to time.Time) time.Duration {
	left := to.Sub(from)
	at := from
	bad := append(slices.Clone(w.ill), w.pauses()...)
	slices.SortFunc(bad, func(a, b outage) int { return a.from.Compare(b.from) })
	for _, o := range bad {
		end := o.to
		if end.IsZero() || end.After(to) {
			end = to
		}
		start := o.from
		if start.Before(at) {
			start = at
		}
		if end.After(start) {
			left -= end.Sub(start)
			at = end
		}
	}
	return left
}

// pauses are the bot's downtimes, each with the minute that it takes to find its feet.
func (w *simWorld) pauses() []outage {
	out := make([]outage, len(w.down))
	for i, d := range w.down {
		out[i] = d
		if !d.to.IsZero() {
			out[i].to = d.to.Add(time.Minute)
		}
	}
	return out
}

// live is when the bot does what is due at an instant: then, or when it is back.
func (w *simWorld) live(at time.Time) time.Time {
	for _, d := range w.down {
		if !at.Before(d.from) && (d.to.IsZero() || at.Before(d.to)) {
			return d.to
		}
	}
	return at
}

// pass lets time pass for a complaint, and enters the nights that a job flags.
func (w *simWorld) pass(c *refCase, to time.Time) {
	was := len(c.nights)
	if !c.goesOn(to, w.bank.zone, w.live) {
		return
	}
	for _, day := range c.nights[was:] {
		run := day.AddDate(0, 0, 1).Format(time.DateOnly)
		for u := c.unit; u != nil; u = u.up {
			w.wantDigest["overnight/"+string(u.id)+"/"+run] = true
		}
	}
}

// settle judges a complaint that has been over for a day.
func (w *simWorld) settle(c *refCase) {
	v := &w.found
	for _, r := range c.rings {
		until := r.until
		if until.IsZero() {
			until = time.Now()
		}
		if r.told.IsZero() {
			switch left := w.wellFor(r.at, until); {
			case left > patienceOf:
				v.wrong(&v.lost, "%s was not rung for %s, rung %d, due %s, answered %s, although all was well for %s", r.who, c.id, r.rung, clockTime(r.at), clockTime(until), left)
			case left > 6*time.Second:
				v.overtaken++
			}
		}
		if r.rung > 1 && r.aside.IsZero() && w.wellFor(r.at, until) > patienceOf {
			v.wrong(&v.lost, "%s was not called beside Slack for %s, rung %d, due %s", r.who, c.id, r.rung, clockTime(r.at))
		}
	}
	if c.root != 1 {
		v.wrong(&v.lost, "%s stands %d times in its channel", c.id, c.root)
	}
	if c.unit.sub && c.mirror != 1 {
		v.wrong(&v.lost, "%s stands %d times in its branch's channel", c.id, c.mirror)
	}
	for version, n := range c.lines {
		if n != 1 {
			v.wrong(&v.lost, "event %d of %s stands %d times in its thread", version, c.id, n)
		}
	}
	got, err := w.now.desk.Complaint(w.t.Context(), c.id)
	if err != nil {
		w.t.Errorf("read %s: %v", c.id, err)
		return
	}
	var nights []time.Time
	for _, n := range got.Nights {
		nights = append(nights, time.Date(n.Day.Year, n.Day.Month, n.Day.Day, 0, 0, 0, 0, time.UTC))
	}
	v.flags += len(nights)
	if !slices.EqualFunc(nights, c.nights, time.Time.Equal) {
		v.wrong(&w.wrongFlags, "%s is flagged for %v, by arithmetic %v", c.id, nights, c.nights)
	}
}

// settleDay judges the jobs of a day that is over for good.
func (w *simWorld) settleDay(day calendar.Day) {
	v := &w.found
	for _, u := range w.bank.order {
		key := "/" + string(u.id) + "/" + day.String()
		if n := w.digests["notice"+key]; n == 1 {
			v.notices++
		} else {
			v.wrong(&w.wrongJobs, "the notice of %s on %s stands %d times", u.id, day, n)
		}
		n, want := w.digests["overnight"+key], w.wantDigest["overnight"+key]
		if want && n != 1 || n > 1 {
			v.wrong(&w.wrongJobs, "the overnight digest of %s on %s stands %d times, wanted: %t", u.id, day, n, want)
		}
		if n := w.digests["dusk"+key]; n > 1 {
			v.wrong(&w.wrongJobs, "the dusk digest of %s on %s stands %d times", u.id, day, n)
		}
		for _, job := range workflow.Jobs() {
			if run, err := w.now.desk.JobOn(w.t.Context(), job, u.id, day); err != nil || run.Unit != u.id {
				v.wrong(&w.wrongJobs, "%s of %s on %s is not in the ledger: %v", job, u.id, day, err)
			} else {
				w.jobsRun++
			}
			delete(w.digests, string(job)+key)
		}
		delete(w.wantDigest, "overnight"+key)
		w.settleHands(u, day)
	}
}

// handing is a takeover at a unit: an officer of two units takes over at both.
type handing struct {
	unit org.UnitID
	at   time.Time
	in   org.PersonID
}

// settleHands judges whether those were asked to take over who came on duty on a day.
func (w *simWorld) settleHands(u *refUnit, day calendar.Day) {
	if u.roster == nil {
		return
	}
	n := int(time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC).Sub(u.roster.first) / (24 * time.Hour))
	for i := range u.roster.cuts {
		cut := u.roster.cut(n, i)
		when, out, in := u.roster.change(cut)
		k := takeover{when.UTC(), in}
		asked, ok := w.handed[handing{u.id, k.at, k.in}]
		delete(w.handed, handing{u.id, k.at, k.in})
		stays, _, _ := u.roster.change(when.Add(patienceOf))
		if !when.Equal(cut) || in == "" || out == "" || !stays.Equal(when) { // who reports ill while the question waits its turn is not asked
			continue
		}
		if taken, done := u.roster.taken[k]; done && taken.Sub(when) < patienceOf || w.wellFor(when, when.Add(patienceOf)) < patienceOf {
			continue
		}
		if !ok {
			w.found.wrong(&w.found.lost, "%s was not asked to take over at %s at %s", in, u.id, clockTime(when))
		} else if d := asked.Sub(when); w.well(when, asked) {
			w.handLags = append(w.handLags, d)
		}
	}
}
