package workflow

import (
	"fmt"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
	"sameday/workflow/privacy"
)

// Extend sets a new regulator's deadline in the place of the old one, approved by the unit above. From the second extension on
// the customer must have been told, and CustomerTold says how.
type Extend struct {
	Clock        Clock // ClockStatutory or ClockForwarded
	Reason       string
	CustomerTold string
}

// Extended sets a new deadline in the place of an old one.
type Extended struct {
	Replaces     string   `json:"replaces"`
	Deadline     Deadline `json:"deadline"`
	Reason       string   `json:"reason"`
	CustomerTold string   `json:"customer_told,omitempty"`
	// Asked is the version of the ExtensionAsked that it grants, and AskedBy who asked; zero where the unit above extended by itself.
	Asked   int          `json:"asked,omitempty"`
	AskedBy org.PersonID `json:"asked_by,omitempty"`
}

// Kind is the stored name.
func (Extended) Kind() string { return "extended.v1" }

// Verb names the row of the step table.
func (Extend) Verb() Verb { return VerbExtend }

func (k Extend) decide(c *Complaint, _ Actor, r *Rules, _ time.Time) ([]Event, *Refusal) {
	e, no := k.extended(c, r)
	if no != nil {
		return nil, no
	}
	return []Event{e}, nil
}

// extended is what the extension makes true, whoever decides it.
func (k Extend) extended(c *Complaint, r *Rules) (Extended, *Refusal) {
	if k.Clock == "" {
		k.Clock = ClockStatutory
	}
	old, ok := c.Clock(k.Clock)
	if !ok || !old.Waits() || k.Clock != ClockStatutory && k.Clock != ClockForwarded {
		return Extended{}, wrong(NoClock, "clock")
	}
	n := c.extensionsOf(k.Clock)
	if n >= len(r.Policy.ExtendDays) {
		return Extended{}, noMore(n)
	}
	var t texts
	e := Extended{
		Replaces: old.ID, Reason: t.need("reason", k.Reason), CustomerTold: t.text("customer_told", k.CustomerTold),
	}
	if t.refusal != nil {
		return Extended{}, t.refusal
	}
	if n > 0 && privacy.Substance(e.CustomerTold) == 0 {
		return Extended{}, wrong(TellCustomer, "customer_told")
	}
	zone := r.zone(c)
	// Due is the end of a civil day, which is the start of the next: the day itself is the one just before.
	days := r.Policy.ExtendDays[n]
	day := calendar.DayOf(old.Due.Add(-time.Second), zone).Add(days)
	due := day.End(zone).UTC()
	e.Deadline = Deadline{
		ID: fmt.Sprintf("%s/1+%d", k.Clock, n+1), Clock: k.Clock, Start: old.Start, Due: due, Raw: due,
		Rule: RuleExtended, Days: days, Day: day, Why: r.Policy.Version(),
	}
	return e, nil
}

func noMore(n int) *Refusal { return &Refusal{Code: NoMoreExtension, Field: "clock", Min: n} }

// needsClock asks for a regulator's clock that waits and can be extended once more.
func needsClock(c *Complaint, r *Rules) *Refusal {
	no := wrong(NoClock, "clock")
	for _, k := range []Clock{ClockStatutory, ClockForwarded} {
		if d, ok := c.Clock(k); !ok || !d.Waits() {
			continue
		}
		n := c.extensionsOf(k)
		if r == nil || n < len(r.Policy.ExtendDays) {
			return nil
		}
		no = noMore(n)
	}
	return no
}

func (c *Complaint) extensionsOf(k Clock) int {
	n := 0
	for _, r := range c.Clocks {
		if r.Deadline.Clock == k && r.Replaced {
			n++
		}
	}
	return n
}

func (e Extended) effect(c *Complaint, f Fact) {
	if climb := c.Climbing(); climb != nil && climb.Deadline == e.Replaces {
		c.endClimb(f, EndWorked) // what it rang for has been put off
	}
	c.answerAsk(e.Asked, f, false)
	c.tick(func(r *Running) bool { return r.ID == e.Replaces }, func(r *Running) { r.Replaced = true })
	c.Extensions++
	c.set([]Deadline{e.Deadline})
}
