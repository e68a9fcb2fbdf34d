package workflow

import (
	"slices"
	"strconv"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Open begins a complaint. Only Unit and Summary are required; a zero ReceivedAt means now, an empty Source the counter.
// Customer is already masked: the personal data itself goes another way and is named by its record.
type Open struct {
	Unit        org.UnitID
	Source      Source
	ReceivedAt  time.Time
	ForwardedAt time.Time // when a regulator or head office sent it on; zero means ReceivedAt
	WorkOrder   string
	Sender      string
	Customer    CustomerRef
	Business    string
	Reason      string
	AmountFen   int64
	Summary     string
	Remedy      string
	Subjects    []org.PersonID
	Flags       Flags
	Repeats     []ID
	Grade       Grade
	Kinds       []SeriousKind
}

// Opened begins a complaint.
type Opened struct {
	Unit         org.UnitID     `json:"unit"`
	Source       Source         `json:"source"`
	ReceivedAt   time.Time      `json:"received_at"`   // when the customer complained
	RegisteredAt time.Time      `json:"registered_at"` // when it was typed in
	Day          calendar.Day   `json:"day"`           // day of account
	WorkOrder    string         `json:"work_order,omitempty"`
	Sender       string         `json:"sender,omitempty"`
	Customer     CustomerRef    `json:"customer"`
	Business     string         `json:"business,omitempty"`
	Reason       string         `json:"reason,omitempty"`
	AmountFen    int64          `json:"amount_fen,omitempty"`
	Summary      string         `json:"summary"`
	Remedy       string         `json:"remedy,omitempty"`
	Subjects     []org.PersonID `json:"subjects,omitempty"` // whom the complaint is about
	Flags        Flags          `json:"flags,omitzero"`
	Repeats      []ID           `json:"repeats,omitempty"`
	Masked       int            `json:"masked,omitempty"` // personal data items masked in the free text
	Deadlines    []Deadline     `json:"deadlines"`
}

// Kind is the stored name.
func (Opened) Kind() string { return "opened.v1" }

// Verb names the row of the step table.
func (Open) Verb() Verb { return VerbNew }

func (o Open) decide(_ *Complaint, _ Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	unit, ok := r.Tree.Unit(o.Unit)
	if !ok {
		return nil, &Refusal{Code: UnknownUnit, Field: "unit", Value: Gist(string(o.Unit), gistLength)}
	}
	if o.Source == "" {
		o.Source = SourceCounter
	}
	if o.ReceivedAt.IsZero() {
		o.ReceivedAt = at
	}
	o.ReceivedAt = o.ReceivedAt.UTC().Truncate(time.Microsecond)
	if o.ForwardedAt.IsZero() {
		o.ForwardedAt = o.ReceivedAt
	}
	var t texts
	e := Opened{
		Unit: o.Unit, Source: o.Source, ReceivedAt: o.ReceivedAt, RegisteredAt: at,
		WorkOrder: t.number("work_order", o.WorkOrder), Sender: t.line("sender", o.Sender),
		Business: o.Business, Reason: o.Reason, AmountFen: o.AmountFen,
		Summary: t.need("summary", o.Summary), Remedy: t.text("remedy", o.Remedy),
		Flags: o.Flags, Repeats: o.Repeats,
	}
	e.Masked = t.masked
	if t.refusal != nil {
		return nil, t.refusal
	}
	if no := o.check(r, at); no != nil {
		return nil, no
	}
	for _, p := range o.Subjects {
		if p != "" && !slices.Contains(e.Subjects, p) {
			e.Subjects = append(e.Subjects, p)
		}
	}
	kinds, no := kindsOf(o.Kinds)
	if no != nil {
		return nil, no
	}
	if e.Customer, no = o.Customer.masked(); no != nil {
		return nil, no
	}
	a, deadlines := roundDeadlines(1, e.ReceivedAt, unit.Zone, r.Policy)
	e.Day = a.day
	version := r.Policy.Version()
	deadlines = append(deadlines, daysDeadline(ClockStatutory, 1, e.ReceivedAt, unit.Zone, r.Policy.StatutoryDays, version))
	if days, ok := r.Policy.ForwardedDays[o.Source]; ok {
		forwarded := o.ForwardedAt.UTC().Truncate(time.Microsecond)
		deadlines = append(deadlines, daysDeadline(ClockForwarded, 1, forwarded, unit.Zone, days, version))
	}
	e.Deadlines = deadlines
	events := []Event{e}
	if o.Grade == GradeKey {
		events = append(events, Graded{Grade: GradeKey})
	}
	if len(kinds) > 0 {
		events = append(events, KindsSet{Kinds: kinds})
	}
	return events, nil
}

// oldest is how long ago a complaint may have been received: a year. An older time is a slip, or an archive that is no work for today.
const oldest = 366 * 24 * time.Hour

func (o Open) check(r *Rules, at time.Time) *Refusal {
	switch {
	case !known(Sources(), o.Source):
		return notOneOf("source", string(o.Source))
	case o.ReceivedAt.After(at.Add(time.Minute)): // a minute of grace for clocks that differ
		return wrong(InFuture, "received_at")
	case at.Sub(o.ReceivedAt) > oldest:
		return wrong(TooOld, "received_at")
	case o.ForwardedAt.After(at.Add(time.Minute)):
		return wrong(InFuture, "forwarded_at")
	case at.Sub(o.ForwardedAt) > oldest:
		return wrong(TooOld, "forwarded_at")
	case o.AmountFen < 0:
		return wrong(NotOneOf, "amount")
	case o.Business != "" && !inList(r.Codes.Business, o.Business):
		return notOneOf("business", o.Business)
	case o.Reason != "" && !inList(r.Codes.Reason, o.Reason):
		return notOneOf("reason", o.Reason)
	case o.Grade != "" && !known(Grades(), o.Grade):
		return notOneOf("grade", string(o.Grade))
	}
	return o.Flags.refusal()
}

func inList(list []Category, id string) bool {
	return slices.ContainsFunc(list, func(c Category) bool { return c.ID == id })
}

func (e Opened) effect(c *Complaint, f Fact) {
	c.Opened, c.OpenedBy, c.Grade, c.Round, c.Account = e, f.By, GradeOrdinary, 1, e.Day
	c.Turn = f.At
	c.Opened.Deadlines = nil // they are among the complaint's clocks
	c.set(e.Deadlines)
}

func formatFen(fen int64) string { return strconv.FormatInt(fen, 10) }
