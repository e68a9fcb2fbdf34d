package workflow

import "time"

// Contact reports that the customer was spoken to, or that an attempt did not reach the customer: that is recorded and does not
// complete the step.
type Contact struct {
	How     How
	Reached bool
	Wants   string // what the customer wants, or a note on the attempt
}

// ContactTried is an attempt that did not reach the customer; the step stays open.
type ContactTried struct {
	How  How    `json:"how"`
	Note string `json:"note,omitempty"`
}

// Kind is the stored name.
func (ContactTried) Kind() string { return "contact_tried.v1" }

// Contacted is the customer reached.
type Contacted struct {
	How   How    `json:"how"`
	Wants string `json:"wants,omitempty"`
}

// Kind is the stored name.
func (Contacted) Kind() string { return "contacted.v1" }

// Verb names the row of the step table.
func (Contact) Verb() Verb { return VerbContact }

func (k Contact) decide(*Complaint, Actor, *Rules, time.Time) ([]Event, *Refusal) {
	if k.How == "" {
		k.How = ByPhone
	}
	if !known(Hows(), k.How) {
		return nil, notOneOf("how", string(k.How))
	}
	var t texts
	text := t.text("wants", k.Wants)
	if t.refusal != nil {
		return nil, t.refusal
	}
	if !k.Reached {
		return []Event{ContactTried{How: k.How, Note: text}}, nil
	}
	return []Event{Contacted{How: k.How, Wants: text}}, nil
}

func (ContactTried) effect(c *Complaint, f Fact) {
	c.Attempts++
	c.endClimb(f, EndWorked) // who tries to reach the customer is at work
}

func (e Contacted) effect(c *Complaint, f Fact) {
	c.Contact = e
	c.mark(StepContact, f)
	c.meet(f.At, ClockContact)
}
