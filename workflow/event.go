package workflow

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Event is a fact about one complaint. Its kind is a string we chose, with a version, and never changes; a new shape is a
// new kind. Every shape ever stored has a file in testdata/events that must decode for ever.
type Event interface {
	Kind() string
	// effect changes the folded complaint. It does no I/O, reads no clock and cannot fail: a stored event happened.
	effect(c *Complaint, f Fact)
}

// decoders is the table of every kind ever stored.
var decoders = map[string]func([]byte) (Event, error){
	Opened{}.Kind():        decoder[Opened],
	Accepted{}.Kind():      decoder[Accepted],
	Assigned{}.Kind():      decoder[Assigned],
	ContactTried{}.Kind():  decoder[ContactTried],
	Contacted{}.Kind():     decoder[Contacted],
	Handled{}.Kind():       decoder[Handled],
	FedBack{}.Kind():       decoder[FedBack],
	RoundStarted{}.Kind():  decoder[RoundStarted],
	Closed{}.Kind():        decoder[Closed],
	Reopened{}.Kind():      decoder[Reopened],
	Noted{}.Kind():         decoder[Noted],
	Graded{}.Kind():        decoder[Graded],
	KindsSet{}.Kind():      decoder[KindsSet],
	Flagged{}.Kind():       decoder[Flagged],
	Corrected{}.Kind():     decoder[Corrected],
	CustomerSet{}.Kind():   decoder[CustomerSet],
	Extended{}.Kind():      decoder[Extended],
	Breached{}.Kind():      decoder[Breached],
	LeftOvernight{}.Kind(): decoder[LeftOvernight],
	CustomerShown{}.Kind(): decoder[CustomerShown],
	Posted{}.Kind():        decoder[Posted],
	Climbed{}.Kind():       decoder[Climbed],
	Acknowledged{}.Kind():  decoder[Acknowledged],
	Nudged{}.Kind():        decoder[Nudged],

	ExtensionAsked{}.Kind():  decoder[ExtensionAsked],
	ExtensionDenied{}.Kind(): decoder[ExtensionDenied],

	TransferProposed{}.Kind():  decoder[TransferProposed],
	TransferRefused{}.Kind():   decoder[TransferRefused],
	Transferred{}.Kind():       decoder[Transferred],
	Led{}.Kind():               decoder[Led],
	Watched{}.Kind():           decoder[Watched],
	Silent{}.Kind():            decoder[Silent],
	BroughtIn{}.Kind():         decoder[BroughtIn],
	Directed{}.Kind():          decoder[Directed],
	DirectiveAnswered{}.Kind(): decoder[DirectiveAnswered],
	Progressed{}.Kind():        decoder[Progressed],
	Briefed{}.Kind():           decoder[Briefed],
	BriefingRead{}.Kind():      decoder[BriefingRead],
	BriefingUnread{}.Kind():    decoder[BriefingUnread],
	CollectiveSet{}.Kind():     decoder[CollectiveSet],
	GroupFormed{}.Kind():       decoder[GroupFormed],
	GroupAnswered{}.Kind():     decoder[GroupAnswered],
	GroupUnanswered{}.Kind():   decoder[GroupUnanswered],
	GroupJoined{}.Kind():       decoder[GroupJoined],
	GroupChannel{}.Kind():      decoder[GroupChannel],
	GroupProblem{}.Kind():      decoder[GroupProblem],
	GroupDissolved{}.Kind():    decoder[GroupDissolved],
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

// Decode reads an event as it was stored. Fields it does not know are ignored, so that an older program can read what a
// newer one added; a kind it does not know is an error.
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
