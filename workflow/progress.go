package workflow

import "time"

// Progress tells how it goes (报告进展), from those who work on it.
type Progress struct{ Text string }

// Progressed is a line on how it goes.
type Progressed struct {
	Text string `json:"text"`
}

// Kind is the stored name.
func (Progressed) Kind() string { return "progressed.v1" }

// Verb names the row of the step table.
func (Progress) Verb() Verb { return VerbReport }

func (k Progress) decide(*Complaint, Actor, *Rules, time.Time) ([]Event, *Refusal) {
	var t texts
	text := t.need("text", k.Text)
	if t.refusal != nil {
		return nil, t.refusal
	}
	return []Event{Progressed{Text: text}}, nil
}

func (e Progressed) effect(c *Complaint, f Fact) {
	c.Progress, c.ProgressMark = e.Text, Mark{By: f.By.Person, At: f.At}
}
