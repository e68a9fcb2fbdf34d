package workflow

import (
	"strconv"
	"time"
)

// Fields that a correction may put right. Times are not among them: a deadline never moves.
const (
	FieldSummary   = "summary"
	FieldRemedy    = "remedy"
	FieldBusiness  = "business"
	FieldReason    = "reason"
	FieldAmount    = "amount" // in fen, as decimal digits
	FieldSource    = "source"
	FieldWorkOrder = "work_order"
	FieldSender    = "sender"
)

// CorrectableFields lists them in the order forms show them.
func CorrectableFields() []string {
	return []string{
		FieldSummary, FieldRemedy, FieldAmount, FieldBusiness, FieldReason, FieldSource, FieldWorkOrder, FieldSender,
	}
}

// Correct puts one field right. The old value stays in the record.
type Correct struct {
	Field string
	Now   string
	Why   string
}

// SetCustomer names the customer, or another record because the first was wrong. It is masked; the data goes another way.
type SetCustomer struct{ Customer CustomerRef }

// Corrected puts one field right; the old value stays in the record.
type Corrected struct {
	Field string `json:"field"`
	Was   string `json:"was,omitempty"`
	Now   string `json:"now"`
	Why   string `json:"why,omitempty"`
}

// Kind is the stored name.
func (Corrected) Kind() string { return "corrected.v1" }

// CustomerSet names the customer, or names another record because the first was wrong.
type CustomerSet struct {
	Customer CustomerRef `json:"customer"`
}

// Kind is the stored name.
func (CustomerSet) Kind() string { return "customer_set.v1" }

// Verb names the row of the step table.
func (Correct) Verb() Verb { return VerbCorrect }

// Verb names the row of the step table.
func (SetCustomer) Verb() Verb { return VerbCorrect }

func (k Correct) decide(c *Complaint, _ Actor, r *Rules, _ time.Time) ([]Event, *Refusal) {
	var t texts
	e := Corrected{Field: k.Field, Was: c.field(k.Field), Why: t.text("why", k.Why)}
	switch k.Field {
	case FieldSummary:
		e.Now = t.need("now", k.Now)
	case FieldRemedy:
		e.Now = t.text("now", k.Now)
	case FieldWorkOrder:
		e.Now = t.number("now", k.Now)
	case FieldSender:
		e.Now = t.line("now", k.Now)
	case FieldAmount:
		fen, err := strconv.ParseInt(k.Now, 10, 64)
		if err != nil || fen < 0 {
			return nil, wrong(NotOneOf, "now")
		}
		e.Now = formatFen(fen)
	case FieldSource, FieldBusiness, FieldReason:
		e.Now = k.Now
		if !r.lists(k.Field, k.Now) {
			return nil, notOneOf("now", k.Now)
		}
	default:
		return nil, notOneOf("field", k.Field)
	}
	if t.refusal != nil {
		return nil, t.refusal
	}
	if e.Now == e.Was {
		return nil, wrong(NothingChanges, "now")
	}
	return []Event{e}, nil
}

// lists reports whether a code belongs to the list behind a field.
func (r *Rules) lists(field, value string) bool {
	switch field {
	case FieldSource:
		return known(Sources(), Source(value))
	case FieldBusiness:
		return inList(r.Codes.Business, value)
	case FieldReason:
		return inList(r.Codes.Reason, value)
	}
	return false
}

func (k SetCustomer) decide(c *Complaint, _ Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	if k.Customer.Record == "" {
		return nil, wrong(Missing, "customer_name")
	}
	ref, no := k.Customer.masked()
	if no != nil {
		return nil, no
	}
	if ref == c.Customer {
		return nil, wrong(NothingChanges, "customer_name")
	}
	return []Event{CustomerSet{Customer: ref}}, nil
}

// field reads a correctable field as text.
func (c *Complaint) field(name string) string {
	switch name {
	case FieldSummary:
		return c.Summary
	case FieldRemedy:
		return c.Remedy
	case FieldBusiness:
		return c.Business
	case FieldReason:
		return c.Reason
	case FieldAmount:
		return formatFen(c.AmountFen)
	case FieldSource:
		return string(c.Source)
	case FieldWorkOrder:
		return c.WorkOrder
	case FieldSender:
		return c.Sender
	}
	return ""
}

func (e Corrected) effect(c *Complaint, _ Fact) {
	switch e.Field {
	case FieldSummary:
		c.Summary = e.Now
	case FieldRemedy:
		c.Remedy = e.Now
	case FieldBusiness:
		c.Business = e.Now
	case FieldReason:
		c.Reason = e.Now
	case FieldAmount:
		if fen, err := strconv.ParseInt(e.Now, 10, 64); err == nil {
			c.AmountFen = fen
		}
	case FieldSource:
		c.Source = Source(e.Now)
	case FieldWorkOrder:
		c.WorkOrder = e.Now
	case FieldSender:
		c.Sender = e.Now
	}
}

func (e CustomerSet) effect(c *Complaint, _ Fact) { c.Customer = e.Customer }
