package daily

import (
	"slices"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Reason says why a meeting was not held.
type Reason string

// The reasons.
const (
	NothingOpen Reason = "nothing_open" // no complaint was open
	TooLate     Reason = "too_late"     // its day was over when the program came back
)

// Minute is a text that somebody put on record about a meeting.
type Minute struct {
	By   org.PersonID
	At   time.Time
	Text string
}

// Decision is something that a meeting resolved: who does what, and until when, as far as that was said.
type Decision struct {
	By     org.PersonID
	At     time.Time
	Text   string
	People []org.PersonID
	Due    calendar.Day
}

// Call begins a meeting, or says that there is none.
type Call struct {
	Link string
	Skip Reason // empty: it is held
}

// Called begins a meeting.
type Called struct {
	Link string `json:"link,omitempty"` // where it is held
}

// Kind is the stored name.
func (Called) Kind() string { return "meeting_called.v1" }

// Skipped says that there is no meeting on this day.
type Skipped struct {
	Reason Reason `json:"reason"`
}

// Kind is the stored name.
func (Skipped) Kind() string { return "meeting_skipped.v1" }

func (c Call) decide(d *desk) ([]Event, *Refusal) {
	if no := d.system(); no != nil {
		return nil, no
	}
	switch {
	case d.Version > 0:
		return nil, &Refusal{Code: AlreadyDone}
	case c.Skip != "":
		return []Event{Skipped{Reason: c.Skip}}, nil
	}
	return []Event{Called{Link: c.Link}}, nil
}

func (e Called) effect(s *Sheet, f Fact) { s.Called, s.Link = f.At, e.Link }

func (e Skipped) effect(s *Sheet, _ Fact) { s.Skipped = e.Reason }

// held refuses what needs a meeting where there is none, and whoever is not of the unit or above it.
func (d *desk) held() *Refusal {
	if d.Called.IsZero() {
		return &Refusal{Code: NotBegun}
	}
	return d.works()
}

// Attend enters the person as present.
type Attend struct{}

// Attended says that somebody is present.
type Attended struct{}

// Kind is the stored name.
func (Attended) Kind() string { return "meeting_attended.v1" }

func (Attend) decide(d *desk) ([]Event, *Refusal) {
	if no := d.held(); no != nil {
		return nil, no
	}
	if slices.Contains(d.Attending, d.by) {
		return nil, &Refusal{Code: AlreadyDone, By: d.by, At: d.Called}
	}
	return []Event{Attended{}}, nil
}

func (Attended) effect(s *Sheet, f Fact) { s.Attending = append(s.Attending, f.By) }

// Write puts minutes on record.
type Write struct{ Text string }

// Minuted is a meeting's minutes, or a further part of them.
type Minuted struct {
	Text string `json:"text"`
}

// Kind is the stored name.
func (Minuted) Kind() string { return "meeting_minuted.v1" }

func (c Write) decide(d *desk) ([]Event, *Refusal) {
	if no := d.held(); no != nil {
		return nil, no
	}
	out, no := text("minutes", c.Text, MaxText)
	if no != nil {
		return nil, no
	}
	return []Event{Minuted{Text: out}}, nil
}

func (e Minuted) effect(s *Sheet, f Fact) {
	s.Minutes = append(s.Minutes, Minute{By: f.By, At: f.At, Text: e.Text})
}

// Resolve puts a decision on record.
type Resolve struct {
	Text   string
	People []org.PersonID
	Due    calendar.Day // zero for none
}

// Resolved is a decision.
type Resolved struct {
	Text   string         `json:"text"`
	People []org.PersonID `json:"people,omitempty"`
	Due    calendar.Day   `json:"due,omitzero"`
}

// Kind is the stored name.
func (Resolved) Kind() string { return "meeting_resolved.v1" }

// maxDecision is how long a decision may be, in characters: it is one line of the meeting's message.
const maxDecision = 300

func (c Resolve) decide(d *desk) ([]Event, *Refusal) {
	if no := d.held(); no != nil {
		return nil, no
	}
	out, no := text("decision", c.Text, maxDecision)
	if no != nil {
		return nil, no
	}
	for _, p := range c.People {
		if len(d.tree.Posts(p)) == 0 {
			return nil, &Refusal{Code: NotInBank, Field: "people", Person: p}
		}
	}
	return []Event{Resolved{Text: out, People: c.People, Due: c.Due}}, nil
}

func (e Resolved) effect(s *Sheet, f Fact) {
	s.Decisions = append(s.Decisions, Decision{By: f.By, At: f.At, Text: e.Text, People: e.People, Due: e.Due})
}
