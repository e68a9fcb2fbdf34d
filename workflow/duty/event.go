package duty

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sameday/workflow/org"
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

// decoders is the table of every kind ever stored.
var decoders = map[string]func([]byte) (Event, error){
	RosterPublished{}.Kind():   decoder[RosterPublished],
	RosterOverride{}.Kind():    decoder[RosterOverride],
	OverrideCancelled{}.Kind(): decoder[OverrideCancelled],
	SwapProposed{}.Kind():      decoder[SwapProposed],
	SwapAnswered{}.Kind():      decoder[SwapAnswered],
	WentAbsent{}.Kind():        decoder[WentAbsent],
	AbsenceCancelled{}.Kind():  decoder[AbsenceCancelled],
	HandoverDue{}.Kind():       decoder[HandoverDue],
	HandoverRung{}.Kind():      decoder[HandoverRung],
	HandoverAccepted{}.Kind():  decoder[HandoverAccepted],
	HandoverLapsed{}.Kind():    decoder[HandoverLapsed],
}

func decoder[E Event](b []byte) (Event, error) {
	var e E
	err := json.Unmarshal(b, &e)
	return e, err
}

// Kinds lists every kind of event, sorted.
func Kinds() []string {
	out := make([]string, 0, len(decoders))
	for k := range decoders {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Decode reads an event as it was stored. Fields it does not know are ignored, so that an older program can read what a newer one
// added; a kind it does not know is an error.
func Decode(kind string, data []byte) (Event, error) {
	d, ok := decoders[kind]
	if !ok {
		return nil, fmt.Errorf("event kind %q is unknown: a newer program wrote it", kind)
	}
	e, err := d(data)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", kind, err)
	}
	return e, nil
}

// Encode gives the stored form of an event.
func Encode(e Event) ([]byte, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.Kind(), err)
	}
	return b, nil
}
