package workflow

import (
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Summary is one complaint in a list: everything a list, a digest or the notice shows of it, so that none has to load it.
type Summary struct {
	ID       ID            `json:"id"`
	Unit     org.UnitID    `json:"unit"`
	Source   Source        `json:"source"`
	Grade    Grade         `json:"grade"`
	Kinds    []SeriousKind `json:"kinds,omitempty"`
	Day      calendar.Day  `json:"day"`     // day of account of the first round
	Account  calendar.Day  `json:"account"` // day of account now
	Round    int           `json:"round"`
	Next     Step          `json:"next,omitempty"` // empty when closed
	Handler  org.PersonID  `json:"handler,omitempty"`
	Night    int           `json:"night,omitempty"` // of the last night it was left; 0 = never
	LastLeft calendar.Day  `json:"last_left,omitzero"`
	Outcome  Outcome       `json:"outcome,omitempty"`
	SameDay  bool          `json:"same_day,omitempty"` // closed by the customer's word on its day
	Due      time.Time     `json:"due,omitzero"`       // when the step that is next was or is to be done; the earliest clock that runs where that has none
	Customer string        `json:"customer,omitempty"` // masked name
	Gist     string        `json:"gist"`               // start of the summary
	Rung     int           `json:"rung,omitempty"`     // how far up it has been called without an answer
	Link     string        `json:"link,omitempty"`     // to the thread, once it is posted
	Lead     org.PersonID  `json:"lead,omitempty"`     // who has the front-line command
	Main     ID            `json:"main,omitempty"`     // of a repeat: what it was merged into
}

// gistLength is how much of the summary a list line has room for.
const gistLength = 40

// Summarize makes the list form of a complaint.
func Summarize(c Complaint) Summary {
	s := Summary{
		ID: c.ID, Unit: c.Unit, Source: c.Source, Grade: c.Grade, Kinds: c.Kinds, Day: c.Day, Account: c.Account,
		Round: c.Round, Next: c.Next(), Handler: c.Handler, Night: c.Night(), Outcome: c.Outcome, SameDay: c.ClosedSameDay,
		Due: c.dueNext(), Customer: c.Customer.Name, Gist: Gist(c.Summary, gistLength), Link: c.Posts[PostedRoot].Link, Rung: c.Raised(),
		Lead: c.Lead, Main: c.Main,
	}
	if n := len(c.Nights); n > 0 {
		s.LastLeft = c.Nights[n-1].Day
	}
	return s
}

// dueNext is the deadline of the step that is next, passed or not: what a list shows of a late complaint is how late it is.
func (c *Complaint) dueNext() time.Time {
	if r, ok := c.Clock(Clock(c.Next())); ok && r.Waits() {
		return r.Due
	}
	return c.Due()
}

// Gist is the start of a text on one line, at most most characters, cut with an ellipsis.
func Gist(text string, most int) string {
	out := make([]rune, 0, most)
	space := false
	for _, r := range text {
		if r == '\n' || r == '\t' || r == ' ' {
			space = len(out) > 0
			continue
		}
		if space {
			out = append(out, ' ')
			space = false
		}
		out = append(out, r)
		if len(out) > most {
			return string(out[:most-1]) + "…"
		}
	}
	return string(out)
}
