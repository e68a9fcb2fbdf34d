package duty

import (
	"time"

	"sameday/workflow/org"
	"sameday/workflow/wire"
)

// Fact is an event with who and when, and its place among the events of the unit's roster.
type Fact struct {
	Version int // from 1
	At      time.Time
	By      org.PersonID // org.System for the clock
	Event   Event
}

// Event is a fact about one unit's roster. Its kind is a string we chose, with a version, and never changes; a new shape is a new kind.
// Every shape ever stored has a file in testdata/events that must decode for ever.
type Event interface {
	Kind() string
	// effect changes the folded roster. It does no I/O, reads no clock and cannot fail: a stored event happened.
	effect(r *Roster, f Fact)
}

// Events is the table of every kind of event ever stored.
var Events = wire.MustTable[Event](
	RosterPublished{}, RosterOverride{}, OverrideCancelled{}, SwapProposed{}, SwapAnswered{}, WentAbsent{},
	AbsenceCancelled{}, HandoverDue{}, HandoverRung{}, HandoverAccepted{}, HandoverLapsed{},
)
