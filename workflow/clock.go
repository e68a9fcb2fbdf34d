package workflow

import (
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// lateAfter is how long after a deadline its breach counts as noticed late: longer than a sweep ever waits in good health.
const lateAfter = 10 * time.Minute

// Expire is the step no human takes: something fell due by itself ([Complaint.Wakes]). Expiring what waits no more is refused as nothing
// changes.
type Expire struct{ Wake string }

// FlagOvernight flags a complaint whose day ended with a step missing; the overnight job sends it.
type FlagOvernight struct {
	Day  calendar.Day // the day that ended
	Late bool         // the job runs late
}

// RecordPost keeps where a message that is updated later was posted.
type RecordPost struct{ Posted Posted }

// Breached records that a deadline passed; the fact's time says when that was noticed, Due when it happened.
type Breached struct {
	Deadline string    `json:"deadline"`
	Clock    Clock     `json:"clock"`
	Due      time.Time `json:"due"`
	Raw      time.Time `json:"raw"`
	Late     bool      `json:"late,omitempty"` // noticed so late that people should be told so
}

// Kind is the stored name.
func (Breached) Kind() string { return "breached.v1" }

// LeftOvernight flags a complaint whose day ended with a step missing.
type LeftOvernight struct {
	Day   calendar.Day `json:"day"`   // the day that ended
	Night int          `json:"night"` // 1 for the first
	Late  bool         `json:"late,omitempty"`
	Alone bool         `json:"alone,omitempty"` // outside of the day's digest, so the unit's leaders are told by itself
}

// Kind is the stored name.
func (LeftOvernight) Kind() string { return "left_overnight.v1" }

// PostedRoot is Posted.What of the thread's root; [PostedMirror] gives that of a mirror.
const PostedRoot = "root"

// PostedMirror is Posted.What of the mirror in a unit's channel.
func PostedMirror(u org.UnitID) string { return "mirror:" + string(u) }

// Posted is the receipt of a message that is updated later: "root", or "mirror:" and a unit.
type Posted struct {
	What    string `json:"what"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	Link    string `json:"link,omitempty"`
}

// Kind is the stored name.
func (Posted) Kind() string { return "posted.v1" }

// Verb names the row of the step table.
func (Expire) Verb() Verb { return verbSystem }

// Verb names the row of the step table.
func (FlagOvernight) Verb() Verb { return verbSystem }

// Verb names the row of the step table.
func (RecordPost) Verb() Verb { return verbSystem }

func (x Expire) decide(c *Complaint, _ Actor, _ *Rules, at time.Time) ([]Event, *Refusal) {
	for _, w := range c.Wakes() {
		switch {
		case w.ID != x.Wake:
		case at.Before(w.At):
			return nil, refuse(NotDue)
		default:
			return nil, nil // Decide records everything that has passed, this too
		}
	}
	return nil, refuse(NothingChanges)
}

func (x FlagOvernight) decide(c *Complaint, _ Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	day, ok := c.Clock(ClockDay)
	switch {
	case !c.Open(), !ok, x.Day.Before(c.Account), c.flagged(x.Day):
		return nil, refuse(NothingChanges)
	case at.Before(day.Due), !x.Day.Before(r.zoneDay(c, at)):
		return nil, refuse(NotDue)
	}
	return []Event{LeftOvernight{Day: x.Day, Night: c.nightOf(x.Day), Late: x.Late}}, nil
}

// passed records what clocks would have said before a decision's events, had anybody looked: each running deadline that has passed,
// and the night that would otherwise be lost.
func (c *Complaint) passed(events []Event, r *Rules, at time.Time) []Event {
	out := append(c.unread(r, at), c.mediationNudge(events, at)...)
	if !c.Open() {
		return out
	}
	out = append(out, c.waiting(events, at)...)
	for _, d := range c.Clocks {
		if d.Runs() && !at.Before(d.Due) {
			late := at.Sub(d.Due) > lateAfter
			out = append(out, Breached{Deadline: d.ID, Clock: d.Deadline.Clock, Due: d.Due, Raw: d.Raw, Late: late})
		}
	}
	if quiet := c.silentAt(); !quiet.IsZero() && !at.Before(quiet) && len(events) == 0 {
		out = append(out, c.silent(r, at))
	}
	if len(events) == 0 {
		out = append(out, c.unanswered(at)...)
	}
	if e, ok := c.nudged(at); ok && len(events) == 0 { // whoever acts needs no reminder
		out = append(out, e)
	}
	if night, ok := c.lostNight(events, r, at); ok {
		out = append(out, night)
	}
	return out
}

// lostNight is the night that no overnight job will flag. A day that ends at midnight is flagged by the job, with all the others, but
// not where the job has gone by already (late intake moved the day past midnight, or the complaint was registered only after its day)
// and not where it will find the day gone (the complaint is closed, or begins a round, before the job comes).
func (c *Complaint) lostNight(events []Event, r *Rules, at time.Time) (LeftOvernight, bool) {
	day, ok := c.Clock(ClockDay)
	if !ok || !day.Waits() || at.Before(day.Due) {
		return LeftOvernight{}, false
	}
	ended := r.zoneDay(c, at).Add(-1)
	moved, inTime, ends := day.Rule == RuleDayEndWindow, c.RegisteredAt.Before(day.Due), false
	first := len(c.Nights) == 0 || c.Nights[len(c.Nights)-1].Day.Before(c.Account)
	if first && moved && inTime {
		ended = c.Account // its first night, however long ago that was
	}
	for _, e := range events {
		switch e := e.(type) {
		case Closed, RoundStarted:
			ends = true
		case LeftOvernight:
			if e.Day == ended {
				return LeftOvernight{}, false
			}
		}
	}
	jobComes := !ends && (inTime && !moved || !first)
	if jobComes || c.flagged(ended) || ended.Before(c.Account) {
		return LeftOvernight{}, false
	}
	// People are rung for what they let lie, not for what they learn of only now.
	late := at.Sub(day.Due) > lateAfter
	return LeftOvernight{Day: ended, Night: c.nightOf(ended), Late: late, Alone: inTime}, true
}

// nightOf counts the nights from the day of account to the night after the given day.
func (c *Complaint) nightOf(day calendar.Day) int { return day.Sub(c.Account) + 1 }

func (c *Complaint) flagged(day calendar.Day) bool {
	for _, n := range c.Nights {
		if n.Day == day {
			return true
		}
	}
	return false
}

func (x RecordPost) decide(c *Complaint, _ Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	if old, ok := c.Posts[c.postKey(x.Posted.What)]; ok && old == (Place{x.Posted.Channel, x.Posted.TS, x.Posted.Link}) {
		return nil, refuse(NothingChanges)
	}
	return []Event{x.Posted}, nil
}

func (e Breached) effect(c *Complaint, _ Fact) {
	c.tick(func(r *Running) bool { return r.ID == e.Deadline }, func(r *Running) { r.Breached = e.Due })
}

func (e LeftOvernight) effect(c *Complaint, _ Fact) { c.Nights = append(c.Nights, e) }

func (e Posted) effect(c *Complaint, _ Fact) {
	c.Posts = put(c.Posts, c.postKey(e.What), Place{e.Channel, e.TS, e.Link})
}
