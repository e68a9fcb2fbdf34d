package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/privacy"
)

// Desk is where work is handed in: it loads a complaint, lets package workflow decide, and appends the outcome with everything that
// must be told, in one transaction; on a conflict it loads and decides again. It is safe for concurrent use.
type Desk struct {
	store Store
	rules func() *workflow.Rules
	key   MasterKey
	folds *folds

	book    book
	mu      sync.Mutex
	serials map[calendar.Day]*serials
}

// NewDesk makes the desk. rules is asked at each decision; key seals customers' personal data.
func NewDesk(s Store, rules func() *workflow.Rules, key MasterKey) *Desk {
	return &Desk{store: s, rules: rules, key: key, folds: newFolds(), serials: map[calendar.Day]*serials{}}
}

// Rules are the rules in force now, with the rosters as they are.
func (d *Desk) Rules() *workflow.Rules { return d.book.over(d.rules()) }

// Store is the engine below, for what needs no decision: the outbox, exports, checks.
func (d *Desk) Store() Store { return d.store }

// Customer is a customer's personal data in clear. It never leaves this package but to be sealed, or shown to one who may see it.
type Customer struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
	ID    string `json:"id,omitempty"`
}

// Empty reports whether nothing was given.
func (c Customer) Empty() bool { return c == Customer{} }

// Request is one command with who, when and which delivery.
type Request struct {
	Complaint workflow.ID // empty for workflow.Open
	Command   workflow.Command
	By        workflow.Actor
	At        time.Time
	// Key makes the command happen once however often it is delivered: Slack's own id of the click, submission or event. Empty for
	// commands that the rules themselves make repeatable.
	Key string
	// Customer is personal data that came with workflow.Open or workflow.SetCustomer. It is sealed, and the command gets the reference.
	Customer Customer
	// People are the representatives that came with workflow.SetCollective, sealed one by one.
	People []Customer
}

// Outcome is what a command did.
type Outcome struct {
	Complaint workflow.Complaint // as it is now
	Facts     []workflow.Fact    // new facts; empty for a duplicate
	Duplicate bool               // the same delivery, or the same work order, was here before; Complaint is what it made
}

// maxTries bounds how often a decision is made again after a conflict. Each lost race means that somebody else's command went through.
const maxTries = 50

// Do carries out one command. The error is a *workflow.Refusal for an expected "no" (also [ErrNotFound] for an unknown number), anything
// else is a failure: a *[NotStoredError] when the engine did not confirm what was decided.
func (d *Desk) Do(ctx context.Context, q Request) (Outcome, error) {
	sealed, err := d.seal(&q)
	if err != nil {
		return Outcome{}, err
	}
	look := false
	for range maxTries {
		out, err := d.try(ctx, q, sealed, look)
		var no *workflow.Refusal
		if !errors.Is(err, ErrConflict) && (look || !errors.As(err, &no)) {
			return out, err
		}
		look = true
	}
	return Outcome{}, fmt.Errorf("%s %s: %w", q.Command.Verb(), q.Complaint, ErrConflict)
}

// try decides once. Unless it shall look, it may decide on what is remembered: if somebody else has written meanwhile, the engine says
// so when it is to be stored, and a refusal is not the last word.
func (d *Desk) try(ctx context.Context, q Request, sealed []Sealed, look bool) (Outcome, error) {
	opening, isOpen := q.Command.(workflow.Open)
	before := workflow.Complaint{}
	if isOpen {
		var err error
		if opening.Repeats, err = d.repeats(ctx, opening); err != nil {
			return Outcome{}, err
		}
		q.Command = opening
	} else {
		var err error
		if known := d.folds.of(q.Complaint).complaint; known != nil && !look {
			before = *known
		} else if before, err = d.Complaint(ctx, q.Complaint); err != nil {
			return Outcome{}, err
		}
		if q.Command, err = d.hideKnown(ctx, before, q.Command); err != nil {
			return Outcome{}, err
		}
		if k, ok := q.Command.(workflow.Merge); ok {
			if q.Command, err = d.main(ctx, k); err != nil {
				return Outcome{}, err
			}
		}
	}
	rules := d.Rules()
	events, err := workflow.Decide(before, q.Command, q.By, rules, q.At)
	if err != nil {
		return Outcome{}, err
	}
	if isOpen {
		day := calendar.DayOf(q.At, rules.Tree.Root().Zone)
		serial, err := d.reserve(ctx, day)
		if err != nil {
			return Outcome{}, err
		}
		before.ID = workflow.ID(fmt.Sprintf("%s-%03d", day.Compact(), serial))
		stored := false
		defer func() {
			if !stored {
				d.release(day, serial)
			}
		}()
		out, err := d.append(ctx, q, before, events, rules, sealed)
		stored = err == nil && !out.Duplicate || errors.Is(err, ErrConflict)
		return out, err
	}
	return d.append(ctx, q, before, events, rules, sealed)
}

func (d *Desk) append(
	ctx context.Context, q Request, before workflow.Complaint, events []workflow.Event, rules *workflow.Rules, sealed []Sealed,
) (Outcome, error) {
	all := []change{changed(&before, workflow.NewFacts(before, events, q.By, q.At), rules)}
	more, err := d.carried(ctx, q, all[0])
	if err != nil {
		return Outcome{}, err
	}
	all = append(all, more...)
	commit, err := commitOf(q, all, sealed)
	if err != nil {
		return Outcome{}, err
	}
	if _, err = d.store.Append(ctx, commit); err != nil {
		return d.lost(ctx, q, err)
	}
	for i := range all {
		size := 0
		for _, e := range commit.Appends[i].Events {
			size += len(e.Data)
		}
		d.folds.keep(all[i].after, size)
	}
	return Outcome{Complaint: *all[0].after, Facts: all[0].facts}, nil
}

// lost turns an engine's refusal into an answer.
func (d *Desk) lost(ctx context.Context, q Request, err error) (Outcome, error) {
	var dup *DuplicateError
	if errors.As(err, &dup) {
		return d.duplicate(ctx, dup.Stream)
	}
	var taken *TakenError
	if errors.As(err, &taken) && taken.Index == IndexWorkOrder {
		if _, opening := q.Command.(workflow.Open); opening {
			return d.duplicate(ctx, taken.Stream)
		}
		id, _ := ComplaintOf(taken.Stream)
		return Outcome{}, &workflow.Refusal{Code: workflow.WorkOrderTaken, Verb: q.Command.Verb(), Field: "now", Value: string(id)}
	}
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrErased) {
		return Outcome{}, err
	}
	return Outcome{}, &NotStoredError{err}
}

func (d *Desk) duplicate(ctx context.Context, s StreamID) (Outcome, error) {
	id, ok := ComplaintOf(s)
	if !ok {
		return Outcome{Duplicate: true}, nil
	}
	c, err := d.Complaint(ctx, id)
	return Outcome{Complaint: c, Duplicate: true}, err
}

// seal encrypts personal data under records of its own and puts the masked references into the command.
func (d *Desk) seal(q *Request) ([]Sealed, error) {
	if k, ok := q.Command.(workflow.SetCollective); ok {
		var all []Sealed
		k.Representatives = nil
		for _, p := range q.People {
			sealed, ref, err := d.sealOne(p)
			if err != nil {
				return nil, err
			}
			all, k.Representatives = append(all, sealed), append(k.Representatives, ref)
		}
		q.Command = k
		return all, nil
	}
	if q.Customer.Empty() {
		return nil, nil
	}
	sealed, ref, err := d.sealOne(q.Customer)
	if err != nil {
		return nil, err
	}
	switch c := q.Command.(type) {
	case workflow.Open:
		c.Customer = ref
		hide := func(text string) string {
			return privacy.HideKnown(text, q.Customer.Name, q.Customer.Phone, q.Customer.ID)
		}
		c.Summary, c.Remedy = hide(c.Summary), hide(c.Remedy)
		q.Command = c
	case workflow.SetCustomer:
		c.Customer = ref
		q.Command = c
	default:
		return nil, fmt.Errorf("%s takes no customer", q.Command.Verb())
	}
	return []Sealed{sealed}, nil
}

// sealOne encrypts one person's data and gives the reference that stands for it.
func (d *Desk) sealOne(c Customer) (Sealed, workflow.CustomerRef, error) {
	record, err := uuid.NewV7()
	if err != nil {
		return Sealed{}, workflow.CustomerRef{}, fmt.Errorf("make a record id: %w", err)
	}
	clear, err := json.Marshal(c)
	if err != nil {
		return Sealed{}, workflow.CustomerRef{}, fmt.Errorf("encode the customer record: %w", err)
	}
	sealed, err := d.key.Seal(record.String(), clear)
	if err != nil {
		return Sealed{}, workflow.CustomerRef{}, fmt.Errorf("seal the customer record: %w", err)
	}
	return sealed, workflow.CustomerRef{Record: record.String(), Name: privacy.Name(c.Name), Phone: privacy.Phone(c.Phone)}, nil
}

// serials are the numbers of one day that this process has handed out: the highest, and those whose complaint was then not
// stored, so that numbers have no holes while many complaints are opened at once.
type serials struct {
	high int
	free []int
}

func (d *Desk) reserve(ctx context.Context, day calendar.Day) (int, error) {
	last, err := d.lastSerial(ctx, day)
	if err != nil {
		return 0, err
	}
	note, restored, err := lastRestore(ctx, d.store)
	if err != nil {
		return 0, err
	}
	if restored && calendar.DayOf(note.At, d.rules().Tree.Root().Zone) == day {
		last = max(last, note.Above)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for old := range d.serials {
		if old.Before(day.Add(-1)) { // a slow opening of yesterday's last second may still be on its way
			delete(d.serials, old)
		}
	}
	s := d.serials[day]
	if s == nil {
		s = &serials{}
		d.serials[day] = s
	}
	if n := len(s.free); n > 0 {
		serial := s.free[n-1]
		s.free = s.free[:n-1]
		return serial, nil
	}
	s.high = max(s.high, last) + 1
	return s.high, nil
}

func (d *Desk) release(day calendar.Day, serial int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.serials[day]; s != nil {
		s.free = append(s.free, serial)
		slices.SortFunc(s.free, func(a, b int) int { return b - a }) // the lowest is handed out first
	}
}

// lastSerial asks the ledger for the highest number of a day.
func (d *Desk) lastSerial(ctx context.Context, day calendar.Day) (int, error) {
	page, err := d.store.Scan(ctx, Query{
		Index: IndexComplaint, From: day.Compact(), To: day.Add(1).Compact(), Reverse: true, Limit: 1,
	})
	if err != nil || len(page) == 0 {
		return 0, err
	}
	return serialOf(page[0])
}

// repeats finds complaints of the same masked customer about the same business at the same unit.
func (d *Desk) repeats(ctx context.Context, o workflow.Open) ([]workflow.ID, error) {
	if o.Customer.Name == "" {
		return nil, nil
	}
	from := repeatKey(o.Unit, o.Customer, o.Business) + "|"
	page, err := d.store.Scan(ctx, Query{Index: IndexRepeat, From: from, To: from + "\xff", Reverse: true, Limit: maxRepeats})
	if err != nil {
		return nil, err
	}
	var out []workflow.ID
	for _, e := range page {
		if id, ok := ComplaintOf(e.Stream); ok {
			out = append(out, id)
		}
	}
	return out, nil
}

// maxRepeats is how many earlier complaints of the same customer a new one names.
const maxRepeats = 5

// CheckKey tries the master key on a customer record that has not been erased, so that nothing is sealed with a key that cannot open
// what is there; [ErrWrongKey] says which key the record needs.
func (d *Desk) CheckKey(ctx context.Context) error {
	after := ""
	for {
		ids, err := d.store.SealedIDs(ctx, after, page)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			_, err := d.Customer(ctx, id)
			if !errors.Is(err, ErrErased) && !errors.Is(err, ErrNotFound) {
				return err
			}
			after = id
		}
	}
}
