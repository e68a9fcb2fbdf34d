package duty

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// Absent takes a person out of the unit's roster for a while, whatever put him there. Anybody may say so for himself, the roster's
// managers for others. The part that has passed stays as it was. It counts for this unit's roster: whoever has duty at two units is
// entered at both ([Book.Duties] says where).
type Absent struct {
	Person   org.PersonID
	From, To time.Time
	Reason   string
}

// WentAbsent is an absence entered.
type WentAbsent struct {
	ID     string       `json:"id"`
	Person org.PersonID `json:"person"`
	From   time.Time    `json:"from"`
	To     time.Time    `json:"to"`
	Reason string       `json:"reason,omitempty"`
}

// Kind is the event's stored name.
func (WentAbsent) Kind() string { return "absent.v1" }

func (cmd Absent) decide(d *desk) ([]Event, *Refusal) {
	if no := d.inBank(cmd.Person, "Person"); no != nil {
		return nil, no
	}
	if no := d.mayManage(cmd.Person); no != nil {
		no.Who, no.Person = append([]Grant{{Where: Oneself}}, no.Who...), cmd.Person
		return nil, no
	}
	s, no := d.ahead(Span{From: cmd.From, To: cmd.To})
	if no != nil {
		return nil, no
	}
	if d.away[cmd.Person].covers(s, cmd.Person) {
		for _, e := range slices.Backward(d.absences) {
			if e.Person == cmd.Person && e.span().overlaps(s) {
				return nil, alreadyDone(e.By, e.At)
			}
		}
	}
	return []Event{WentAbsent{ID: d.newID("a"), Person: cmd.Person, From: s.From, To: s.To, Reason: cmd.Reason}}, nil
}

func (e WentAbsent) effect(r *Roster, f Fact) {
	p := Period{From: e.From, To: e.To, Person: e.Person}
	r.absences = append(r.absences, Entry{ID: e.ID, Period: p, Reason: e.Reason, By: f.By, At: f.At})
	r.leave(p)
}

// leave takes a person out, joining what overlaps into one stretch.
func (r *Roster) leave(p Period) {
	whole := p.span()
	if whole.empty() {
		return
	}
	for _, q := range r.away[p.Person] {
		if q.overlaps(whole) || q.To.Equal(whole.From) || q.From.Equal(whole.To) {
			whole = Span{From: sooner(whole.From, q.From), To: later(whole.To, q.To)}
		}
	}
	r.away[p.Person] = r.away[p.Person].put(piece{Span: whole, person: p.Person})
}

// CancelAbsence ends an absence from now on: the person is back. Those may who may enter it.
type CancelAbsence struct{ ID string }

// AbsenceCancelled is an absence cancelled. What it had done by then stays.
type AbsenceCancelled struct {
	ID string `json:"id"`
}

// Kind is the event's stored name.
func (AbsenceCancelled) Kind() string { return "absence_cancelled.v1" }

func (cmd CancelAbsence) decide(d *desk) ([]Event, *Refusal) {
	i := slices.IndexFunc(d.absences, func(e Entry) bool { return e.ID == cmd.ID })
	if i < 0 {
		return nil, refuse(NoSuchEntry)
	}
	if no := d.mayManage(d.absences[i].Person); no != nil {
		no.Who, no.Person = append([]Grant{{Where: Oneself}}, no.Who...), d.absences[i].Person
		return nil, no
	}
	if no := cancellable(d.absences, cmd.ID, d.at); no != nil {
		return nil, no
	}
	return []Event{AbsenceCancelled(cmd)}, nil
}

func (e AbsenceCancelled) effect(r *Roster, f Fact) {
	cancel(r.absences, e.ID, f)
	r.away = map[org.PersonID]timeline{}
	for _, a := range r.absences {
		r.leave(a.Period)
	}
}
