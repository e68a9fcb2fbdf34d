package workflow

import (
	"fmt"
	"time"

	"sameday/workflow/calendar"
)

// Clock is the kind of a deadline.
type Clock string

// The clocks of a complaint.
const (
	ClockAccept    Clock = "accept"
	ClockAssign    Clock = "assign"
	ClockContact   Clock = "contact"
	ClockHandle    Clock = "handle"
	ClockFeedback  Clock = "feedback"
	ClockDay       Clock = "day"       // the promise itself: nothing stays overnight
	ClockStatutory Clock = "statutory" // the regulator's time to decide
	ClockForwarded Clock = "forwarded" // the time set by who forwarded it
	ClockLead      Clock = "lead"      // to name who commands a key or serious complaint
	ClockDirective Clock = "directive" // a directive's own time
	ClockAnswer    Clock = "answer"    // the time in which another unit answers what it was asked
)

// Rule is the arithmetic that made a deadline.
type Rule string

// The rules.
const (
	RulePlus         Rule = "plus"           // Start + Span
	RuleDayEnd       Rule = "day_end"        // end of the civil day Day
	RuleDayEndWindow Rule = "day_end_window" // end of Day, moved to Start + Span because that is later
	RuleDayEndRoll   Rule = "day_end_roll"   // end of Day, which is the day after receipt because less than Span was left
	RuleDays         Rule = "days"           // end of the civil day Days after the day of Start
	RuleGiven        Rule = "given"          // Due, as a person set it
	RuleExtended     Rule = "extended"       // end of the civil day Days after the day of the deadline it replaces
)

// Deadline is a moment by which something must be done. It is stored in the event that set it and never moves.
type Deadline struct {
	ID    string       `json:"id"` // unique in its complaint: "contact/1" is round 1, "statutory/1+1" its first extension
	Clock Clock        `json:"clock"`
	Start time.Time    `json:"start"`
	Due   time.Time    `json:"due"`
	Raw   time.Time    `json:"raw"` // what Due would be under late_intake: strict; equal to Due where nothing was adjusted
	Rule  Rule         `json:"rule"`
	Span  Span         `json:"span,omitempty"`
	Days  int          `json:"days,omitempty"`
	Day   calendar.Day `json:"day,omitzero"`
	Why   string       `json:"policy"` // version of the policy it was computed under
	// Nudges are the percents of the time at which the thread is reminded, while its step is the next one.
	Nudges []int `json:"nudges,omitempty"`
}

// account is the day a complaint (or a round of it) must be done in, and when that day ends for it.
type account struct {
	day  calendar.Day
	raw  time.Time // end of the civil day of start
	due  time.Time
	rule Rule
}

func accountFor(start time.Time, zone *time.Location, p Policy) account {
	day := calendar.DayOf(start, zone)
	end := day.End(zone).UTC()
	a := account{day: day, raw: end, due: end, rule: RuleDayEnd}
	least := start.Add(time.Duration(p.Window))
	if !least.After(end) {
		return a
	}
	switch p.LateIntake {
	case LateWindow:
		a.due, a.rule = least, RuleDayEndWindow
	case LateRoll:
		a.day = day.Add(1)
		a.due, a.rule = a.day.End(zone).UTC(), RuleDayEndRoll
	case LateStrict:
	}
	return a
}

// roundDeadlines are the clocks of one round; the first also has those of the first response.
func roundDeadlines(round int, start time.Time, zone *time.Location, p Policy) (account, []Deadline) {
	a := accountFor(start, zone, p)
	version := p.Version()
	plus := func(c Clock, span Span) Deadline {
		due := start.Add(time.Duration(span))
		return Deadline{
			ID: fmt.Sprintf("%s/%d", c, round), Clock: c, Start: start, Due: due, Raw: due,
			Rule: RulePlus, Span: span, Why: version, Nudges: p.Nudges,
		}
	}
	dayEnd := func(c Clock) Deadline {
		d := Deadline{
			ID: fmt.Sprintf("%s/%d", c, round), Clock: c, Start: start, Due: a.due, Raw: a.raw,
			Rule: a.rule, Span: p.Window, Day: a.day, Why: version,
		}
		if c != ClockDay { // the day has no step of its own
			d.Nudges = p.Nudges
		}
		return d
	}
	var out []Deadline
	if round == 1 {
		out = append(out, plus(ClockAccept, p.Accept), plus(ClockAssign, p.Assign))
	}
	return a, append(out, plus(ClockContact, p.Contact), dayEnd(ClockHandle), dayEnd(ClockFeedback), dayEnd(ClockDay))
}

func daysDeadline(c Clock, round int, start time.Time, zone *time.Location, days int, version string) Deadline {
	day := calendar.DayOf(start, zone).Add(days)
	due := day.End(zone).UTC()
	return Deadline{
		ID: fmt.Sprintf("%s/%d", c, round), Clock: c, Start: start, Due: due, Raw: due,
		Rule: RuleDays, Days: days, Day: day, Why: version,
	}
}

// Running is a deadline of a complaint with what became of it.
type Running struct {
	Deadline
	Met      time.Time // when what it waits for was done, or when the complaint closed; zero while it runs
	Breached time.Time // its Due, once that has passed unmet and been recorded; zero otherwise
	Replaced bool      // an extension took its place
	Nudged   int       // the last percent its thread was reminded at
}

// Runs reports whether the deadline can still be breached.
func (r Running) Runs() bool { return r.Met.IsZero() && r.Breached.IsZero() && !r.Replaced }

// Waits reports whether what the deadline asks for is still to be done, breached or not.
func (r Running) Waits() bool { return r.Met.IsZero() && !r.Replaced }
