package daily

import (
	"slices"
	"time"

	"sameday/workflow"
	"sameday/workflow/org"
)

// Raise calls the next rung of the ladder for what nobody has asked since the rung before was called.
type Raise struct {
	Rung  int
	Calls []workflow.Called
	Due   time.Time // when the rung was to be called
	Next  time.Time // when the one after is; zero at the end of the ladder
}

// Raised is a further rung that was called.
type Raised struct {
	Sources []workflow.Source `json:"sources"` // what was not answered by then
	Rung    int               `json:"rung"`
	Calls   []workflow.Called `json:"calls,omitempty"`
	Due     time.Time         `json:"due"`
	Next    time.Time         `json:"next,omitzero"`
}

// Kind is the stored name.
func (Raised) Kind() string { return "inquiry_raised.v1" }

func (c Raise) decide(d *desk) ([]Event, *Refusal) {
	if no := d.system(); no != nil {
		return nil, no
	}
	if wake := d.Wake(); wake.IsZero() || d.Overdue.IsZero() || d.at.Before(wake) {
		return nil, &Refusal{Code: NotDue}
	}
	return []Event{Raised{Sources: d.Open(), Rung: c.Rung, Calls: c.Calls, Due: c.Due.UTC(), Next: c.Next.UTC()}}, nil
}

func (e Raised) effect(s *Sheet, _ Fact) {
	s.Rung, s.Next = e.Rung, e.Next
	for _, k := range e.Calls {
		s.call(k.Person)
	}
}

// call notes who was called for what is missing. The list is made anew, because a sheet handed out before shares it.
func (s *Sheet) call(people ...org.PersonID) {
	out := slices.Clone(s.Ringing)
	for _, p := range people {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	s.Ringing = out
}

// WaitsFor are the people from whom the answer of a source is expected: those who are to ask it, and who was called since.
func (s Sheet) WaitsFor(a Asked) []org.PersonID {
	if a.Answered() || s.Lapsed {
		return nil
	}
	out := slices.Clone(a.People)
	for _, p := range s.Ringing {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}
