package workflow

import (
	"time"

	"sameday/workflow/privacy"
)

// ShowCustomer asks to see the customer's personal data; that it was shown is an event.
type ShowCustomer struct{}

// CustomerShown records who saw the personal data.
type CustomerShown struct{}

// Kind is the stored name.
func (CustomerShown) Kind() string { return "customer_shown.v1" }

// Verb names the row of the step table.
func (ShowCustomer) Verb() Verb { return VerbCustomer }

func (ShowCustomer) decide(_ *Complaint, _ Actor, r *Rules, _ time.Time) ([]Event, *Refusal) {
	if r.Policy.Reveal == RevealNever {
		return nil, &Refusal{Code: RevealOff, Value: r.Policy.RevealWhere}
	}
	return []Event{CustomerShown{}}, nil
}

func (CustomerShown) effect(*Complaint, Fact) {}

func needsCustomer(c *Complaint, _ *Rules) *Refusal {
	if len(c.Records()) == 0 {
		return refuse(NoCustomer)
	}
	return nil
}

// masked makes sure that a reference holds nothing personal, whatever its maker did: masking what is masked changes nothing.
func (ref CustomerRef) masked() (CustomerRef, *Refusal) {
	ref.Name, ref.Phone = privacy.Name(ref.Name), privacy.Phone(ref.Phone)
	for field, s := range map[string]string{"customer_name": ref.Name, "customer_phone": ref.Phone} {
		if len([]rune(s)) > MaxLine {
			return ref, &Refusal{Code: TooLong, Field: field, Min: MaxLine}
		}
	}
	return ref, nil
}
