package duty

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// Swap is a proposed exchange of two shifts of one role.
type Swap struct {
	SwapProposed
	By       org.PersonID // who proposed it
	At       time.Time
	Answered time.Time // zero while open
	Answerer org.PersonID
	Agreed   bool
	Also     []Period // see [SwapAnswered]
}

func (s SwapProposed) mine() Span { return Span{From: s.From, To: s.To} }

func (s SwapProposed) others() Span { return Span{From: s.OtherFrom, To: s.OtherTo} }

// ProposeSwap asks Other to take the shift From to To and to give OtherFrom to OtherTo for it. One of the two officers may, for whom
// it is the first shift (if Other himself proposes, the sides change), or a manager of the roster. Both shifts must be one person's
// throughout, to come or running, and not in a fixed period. ID may be empty.
type ProposeSwap struct {
	ID                 string
	Role               Role
	From, To           time.Time
	Other              org.PersonID
	OtherFrom, OtherTo time.Time
}

// SwapProposed is a swap that waits for Other's word.
type SwapProposed struct {
	ID        string       `json:"id"`
	Role      Role         `json:"role"`
	Person    org.PersonID `json:"person"` // whose shift From to To is
	From      time.Time    `json:"from"`
	To        time.Time    `json:"to"`
	Other     org.PersonID `json:"other"` // whose shift OtherFrom to OtherTo is
	OtherFrom time.Time    `json:"other_from"`
	OtherTo   time.Time    `json:"other_to"`
}

// Kind is the event's stored name.
func (SwapProposed) Kind() string { return "swap_proposed.v1" }

func (cmd ProposeSwap) decide(d *desk) ([]Event, *Refusal) {
	if cmd.Role.index() < 0 {
		return nil, wrong(NotOneOf, "Role")
	}
	mine, others := Span{From: cmd.From, To: cmd.To}.stored(), Span{From: cmd.OtherFrom, To: cmd.OtherTo}.stored()
	e := SwapProposed{
		ID: cmd.ID, Role: cmd.Role, Other: cmd.Other, From: mine.From, To: mine.To, OtherFrom: others.From, OtherTo: others.To,
	}
	if cmd.Other == "" {
		return nil, wrong(Missing, "Other")
	}
	if e.ID == "" {
		e.ID = d.newID("s")
	}
	var no *Refusal
	if e.Person, no = d.holder(e.Role, mine, ""); no != nil {
		return nil, no
	}
	if e.Person == e.Other {
		return nil, &Refusal{Code: SamePerson, Person: e.Other}
	}
	if no := d.mayManage(e.Person, e.Other); no != nil {
		no.Who = append([]Grant{{Where: OnTheShift}}, no.Who...)
		return nil, no
	}
	if _, no := d.exchange(e); no != nil {
		return nil, no
	}
	if d.by == e.Other { // the proposer's word is given; the other one is asked
		e.Person, e.From, e.To, e.Other, e.OtherFrom, e.OtherTo = e.Other, e.OtherFrom, e.OtherTo, e.Person, e.From, e.To
	}
	for _, s := range d.swaps {
		same := s.SwapProposed
		same.ID = e.ID
		if s.ID == e.ID || s.Answered.IsZero() && same == e {
			return nil, alreadyDone(s.By, s.At)
		}
	}
	return []Event{e}, nil
}

// exchange refuses a swap whose shifts are not theirs, or that puts somebody on duty while away, or in two roles at once. Who takes a shift
// and has another of the unit's roles meanwhile changes places with who gives it: places are those shifts.
func (d *desk) exchange(e SwapProposed) (places []Period, no *Refusal) {
	for _, side := range []struct {
		shift        Span
		gives, takes org.PersonID
	}{{e.mine(), e.Person, e.Other}, {e.others(), e.Other, e.Person}} {
		if _, no := d.holder(e.Role, side.shift, side.gives); no != nil {
			return nil, no
		}
		if no := d.inBank(side.takes, "Other"); no != nil {
			return nil, no
		}
		rest, no := d.ahead(side.shift)
		if no == nil {
			no = d.free(side.takes, rest)
		}
		if no == nil {
			var also []Period
			also, no = d.places(e.Role, rest, side.gives, side.takes)
			places = append(places, also...)
		}
		if no != nil {
			return nil, no
		}
	}
	return places, nil
}

// holder is the one person who has the whole shift, or its part still to come; he must be want, unless that is empty.
func (d *desk) holder(role Role, shift Span, want org.PersonID) (org.PersonID, *Refusal) {
	s, no := d.ahead(shift)
	if no != nil {
		return "", no
	}
	if p, ok := d.fixedIn(role, s); ok {
		return "", &Refusal{Code: FixedShift, Role: role, Person: p.person, From: p.From, To: p.To, Name: p.name}
	}
	p := d.widen(role, d.turn(role, s.From), Span{From: s.From, To: s.To}, samePerson)
	if p.person == "" || p.To.Before(s.To) || want != "" && p.person != want {
		if want == "" {
			want = p.person
		}
		return "", &Refusal{Code: NotHisShift, Role: role, Person: want, From: shift.From, To: shift.To}
	}
	return p.person, nil
}

func (e SwapProposed) effect(r *Roster, f Fact) {
	r.swaps = append(r.swaps, Swap{SwapProposed: e, By: f.By, At: f.At})
}

// AnswerSwap is the other person's word on a swap; nobody else's counts.
type AnswerSwap struct {
	ID     string
	Agreed bool
}

// SwapAnswered is a swap agreed, which makes two overrides at once, or declined.
type SwapAnswered struct {
	ID     string   `json:"id"`
	Agreed bool     `json:"agreed"`
	Also   []Period `json:"also,omitempty"` // shifts of other roles in which the two change places, so that nobody has two at once
}

// Kind is the event's stored name.
func (SwapAnswered) Kind() string { return "swap_answered.v1" }

func (cmd AnswerSwap) decide(d *desk) ([]Event, *Refusal) {
	s, ok := d.Swap(cmd.ID)
	e := SwapAnswered{ID: cmd.ID, Agreed: cmd.Agreed}
	switch {
	case !ok:
		return nil, refuse(NoSuchEntry)
	case d.by != s.Other || len(d.posts(d.by)) == 0:
		return nil, &Refusal{Code: NoRight, Person: s.Other, Who: []Grant{{Where: TheOther}}}
	case !s.Answered.IsZero():
		return nil, alreadyDone(s.Answerer, s.Answered)
	case cmd.Agreed:
		var no *Refusal
		if e.Also, no = d.exchange(s.SwapProposed); no != nil {
			return nil, no
		}
	}
	return []Event{e}, nil
}

func (e SwapAnswered) effect(r *Roster, f Fact) {
	i := slices.IndexFunc(r.swaps, func(s Swap) bool { return s.ID == e.ID && s.Answered.IsZero() })
	if i < 0 {
		return
	}
	s := &r.swaps[i]
	s.Answered, s.Answerer, s.Agreed, s.Also = f.At, f.By, e.Agreed, e.Also
	if !e.Agreed {
		return
	}
	for _, p := range append([]Period{
		{Role: s.Role, From: s.From, To: s.To, Person: s.Other},
		{Role: s.Role, From: s.OtherFrom, To: s.OtherTo, Person: s.Person},
	}, e.Also...) {
		p.From = later(p.From, f.At) // of a shift that runs, the rest
		r.enter(Entry{ID: e.ID, Period: p, Source: FromSwap, By: f.By, At: f.At})
	}
}

// Swap finds a swap, open or answered.
func (r Roster) Swap(id string) (Swap, bool) {
	i := slices.IndexFunc(r.swaps, func(s Swap) bool { return s.ID == id })
	if i < 0 {
		return Swap{}, false
	}
	return r.swaps[i], true
}

// Swaps lists the swaps that wait for an answer at an instant: neither of their shifts is over.
func (r Roster) Swaps(at time.Time) []Swap {
	var out []Swap
	for _, s := range r.swaps {
		if s.Answered.IsZero() && s.To.After(at) && s.OtherTo.After(at) {
			out = append(out, s)
		}
	}
	return out
}
