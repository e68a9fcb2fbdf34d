// Package daily decides what a branch does once a day beside its complaints: the morning's inquiry, the meeting, and the sentences that
// the two heads add to the notice.
//
// A [Sheet] is one topic of one unit on one day. Like a complaint it is folded from its events, and [Decide] is the one door to them:
// no I/O, no clock, everything is an argument.
package daily

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
	"sameday/workflow/privacy"
	"sameday/workflow/wire"
)

// Topic is what a sheet is about; the first part of its stream's name.
type Topic string

// The topics.
const (
	Inquiry Topic = "inquiry"
	Meeting Topic = "meeting"
	Notice  Topic = "notice"
)

// Topics lists all topics.
func Topics() []Topic { return []Topic{Inquiry, Meeting, Notice} }

// Ref names one sheet.
type Ref struct {
	Topic Topic
	Unit  org.UnitID
	Day   calendar.Day // in the unit's zone
}

// String is the sheet's stream: "inquiry/shanghai/2026-11-24".
func (r Ref) String() string { return fmt.Sprintf("%s/%s/%s", r.Topic, r.Unit, r.Day) }

// ParseRef reads what [Ref.String] wrote; false for anything else.
func ParseRef(s string) (Ref, bool) {
	topic, rest, _ := strings.Cut(s, "/")
	i := strings.LastIndex(rest, "/")
	if i < 1 || !slices.Contains(Topics(), Topic(topic)) {
		return Ref{}, false
	}
	day, err := calendar.Parse(rest[i+1:])
	if err != nil {
		return Ref{}, false
	}
	return Ref{Topic(topic), org.UnitID(rest[:i]), day}, true
}

// Fact is an event with who and when, and its place among the events of the sheet.
type Fact struct {
	Version int // from 1
	At      time.Time
	By      org.PersonID // org.System for clocks and jobs
	Event   Event
}

// Event is a fact about one sheet. Its kind is a string we chose, with a version, and never changes; a new shape is a new kind. Every
// shape ever stored has a file in testdata/events that must decode for ever.
type Event interface {
	Kind() string
	// effect changes the folded sheet. It does no I/O, reads no clock and cannot fail: a stored event happened.
	effect(s *Sheet, f Fact)
}

// Events is the table of every kind of event ever stored.
var Events = wire.MustTable[Event](
	Begun{}, Answered{}, Missed{}, Called{}, Skipped{}, Attended{}, Minuted{}, Resolved{}, Signed{},
	Raised{},
)

// Sheet is everything that is known of one topic of a unit and day. Only the fields of its topic are filled.
type Sheet struct {
	Ref
	Version int

	Asked   []Asked   // an inquiry's sources, in the order in which they are asked
	Due     time.Time // until when they must be answered
	Lapsed  bool      // begun after its day was over: on record, nobody is called for it
	Overdue time.Time // when what was missing was noticed; zero when nothing was

	Ladder  []workflow.Rung // by which people are called for what is missing, as it was then
	Rung    int             // where that stands
	Next    time.Time       // when the next rung is called; zero at the end
	Ringing []org.PersonID  // who was called so far

	Link      string // a meeting's address
	Called    time.Time
	Skipped   Reason // why there is no meeting
	Attending []org.PersonID
	Minutes   []Minute
	Decisions []Decision

	Sentences []Sentence // of the notice, each person's last
}

// Fold makes a sheet of its facts.
func Fold(r Ref, facts []Fact) Sheet { return Sheet{Ref: r}.With(facts...) }

// With is the sheet after further facts. The sheet itself stays as it was.
func (s Sheet) With(facts ...Fact) Sheet {
	s.Asked, s.Attending = slices.Clone(s.Asked), slices.Clone(s.Attending)
	s.Minutes, s.Decisions, s.Sentences = slices.Clone(s.Minutes), slices.Clone(s.Decisions), slices.Clone(s.Sentences)
	for _, f := range facts {
		f.Event.effect(&s, f)
		s.Version = f.Version
	}
	return s
}

// Code says why something was refused.
type Code string

// The codes.
const (
	NoRight     Code = "no_right"     //
	Missing     Code = "missing"      // the field says nothing
	TooLong     Code = "too_long"     // the field has more than Max characters
	NotBegun    Code = "not_begun"    // there is no inquiry, or no meeting, on this day
	NotAsked    Code = "not_asked"    // the source is not on the day's list
	AlreadyDone Code = "already_done" // by By, at At
	NotDue      Code = "not_due"      //
	NotInBank   Code = "not_in_bank"  // Person holds no position
)

// Refusal is an expected "no": an answer for the person who asked, not an error of ours. Only the fields that Code speaks of are set.
type Refusal struct {
	Code   Code
	Topic  Topic
	Field  string
	Max    int
	By     org.PersonID
	At     time.Time
	Person org.PersonID
	Heads  []Head // who may, where those are two people
}

// Error makes a Refusal travel as an error; it is for logs and tests, never for people.
func (r *Refusal) Error() string { return "refused: " + string(r.Code) + " " + string(r.Topic) }

// Command is what somebody wants done to a sheet. The one door to events is [Decide].
type Command interface {
	decide(d *desk) ([]Event, *Refusal)
}

// desk is what a decision looks at.
type desk struct {
	*Sheet
	tree *org.Tree
	by   org.PersonID
	at   time.Time
}

// Decide says what a command makes true, or refuses it. It changes nothing and knows nothing but its arguments: by is org.System for
// clocks and jobs, at is the moment of the decision.
func Decide(s Sheet, cmd Command, by org.PersonID, tree *org.Tree, at time.Time) ([]Event, *Refusal) {
	events, no := cmd.decide(&desk{Sheet: &s, tree: tree, by: by, at: at.UTC().Truncate(time.Microsecond)})
	if no != nil {
		no.Topic = s.Topic
		return nil, no
	}
	return events, nil
}

// system refuses everybody but clocks and jobs.
func (d *desk) system() *Refusal {
	if d.by == org.System {
		return nil
	}
	return &Refusal{Code: NoRight}
}

// works refuses whoever holds no position at the unit or above it, but for those named.
func (d *desk) works(also ...org.PersonID) *Refusal {
	at := func(u org.UnitID) bool { return d.tree.Holds(d.by, u) }
	if d.by != "" && d.by != org.System {
		if slices.ContainsFunc(d.tree.Up(d.Unit), at) || slices.Contains(also, d.by) && len(d.tree.Posts(d.by)) > 0 {
			return nil
		}
	}
	return &Refusal{Code: NoRight}
}

// MaxText is how long a text may be, in characters: what a form takes in one field.
const MaxText = 3000

// text makes free text safe to store: valid, without control characters, personal data masked, not empty, not too long.
func text(field, s string, most int) (string, *Refusal) {
	if len(s) > 4*most { // a character takes at most four bytes
		return "", &Refusal{Code: TooLong, Field: field, Max: most}
	}
	out, _ := privacy.Mask(privacy.Clean(s))
	switch {
	case privacy.Substance(out) == 0:
		return "", &Refusal{Code: Missing, Field: field}
	case len([]rune(out)) > most:
		return "", &Refusal{Code: TooLong, Field: field, Max: most}
	}
	return out, nil
}
