package daily

import (
	"slices"
	"time"

	"sameday/workflow"
	"sameday/workflow/org"
)

// Ask is a source that is asked, and by whom.
type Ask struct {
	Source workflow.Source `json:"source"`
	People []org.PersonID  `json:"people,omitempty"`
}

// Asked is how one source stands. Replies are all answers, also those that a later one corrected.
type Asked struct {
	Ask
	Replies []Reply
}

// Reply is one answer: none, or a complaint.
type Reply struct {
	By        org.PersonID
	At        time.Time
	Complaint workflow.ID // empty for none
	Late      bool        // after the inquiry was due
	Instead   bool        // by somebody else than those who were to ask
	Corrects  bool        // it takes back what was answered before
}

// Answered reports whether the source has been asked.
func (a Asked) Answered() bool { return len(a.Replies) > 0 }

// Late reports whether the first answer came too late.
func (a Asked) Late() bool { return len(a.Replies) > 0 && a.Replies[0].Late }

// Last is the answer that counts; the zero Reply when there is none.
func (a Asked) Last() Reply {
	if len(a.Replies) == 0 {
		return Reply{}
	}
	return a.Replies[len(a.Replies)-1]
}

// Complaints are those that the source brought, as far as they count: an answer "none" takes back what came before it.
func (a Asked) Complaints() []workflow.ID {
	var out []workflow.ID
	for _, r := range a.Replies {
		switch {
		case r.Complaint == "":
			out = nil
		case !slices.Contains(out, r.Complaint):
			out = append(out, r.Complaint)
		}
	}
	return out
}

// Source finds how a source stands; false when it is not asked on this day.
func (s Sheet) Source(source workflow.Source) (Asked, bool) {
	i := slices.IndexFunc(s.Asked, func(a Asked) bool { return a.Source == source })
	if i < 0 {
		return Asked{}, false
	}
	return s.Asked[i], true
}

// Open lists the sources that nobody has answered.
func (s Sheet) Open() []workflow.Source {
	var out []workflow.Source
	for _, a := range s.Asked {
		if !a.Answered() {
			out = append(out, a.Source)
		}
	}
	return out
}

// Wake is when a job has to look whether anything is missing, or still is; zero when there is nothing to wait for.
func (s Sheet) Wake() time.Time {
	switch {
	case s.Lapsed || len(s.Open()) == 0:
		return time.Time{}
	case !s.Overdue.IsZero():
		return s.Next
	}
	return s.Due
}

// InquiryDay is the inquiry as a notice or a table tells it.
func (s Sheet) InquiryDay(now time.Time) workflow.InquiryDay {
	out := workflow.InquiryDay{Unit: s.Unit, Day: s.Day}
	for _, a := range s.Asked {
		late := a.Late() || !a.Answered() && !now.Before(s.Due)
		out.Sources = append(out.Sources, workflow.InquiryAnswer{
			Source: a.Source, Answered: a.Answered(), Late: late, Complaints: a.Complaints(),
		})
	}
	return out
}

// Begin begins an inquiry. Lapsed says that its day is over already.
type Begin struct {
	Asks   []Ask
	Due    time.Time
	Lapsed bool
}

// Begun is the day's list.
type Begun struct {
	Asks   []Ask     `json:"asks"`
	Due    time.Time `json:"due"`
	Lapsed bool      `json:"lapsed,omitempty"`
}

// Kind is the stored name.
func (Begun) Kind() string { return "inquiry_begun.v1" }

func (c Begin) decide(d *desk) ([]Event, *Refusal) {
	if no := d.system(); no != nil {
		return nil, no
	}
	if d.Version > 0 {
		return nil, &Refusal{Code: AlreadyDone}
	}
	return []Event{Begun{Asks: c.Asks, Due: c.Due.UTC().Truncate(time.Microsecond), Lapsed: c.Lapsed}}, nil
}

func (e Begun) effect(s *Sheet, _ Fact) {
	s.Due, s.Lapsed = e.Due, e.Lapsed
	for _, a := range e.Asks {
		s.Asked = append(s.Asked, Asked{Ask: a})
	}
}

// Answer says what a source answered: None, or the complaint that it brought.
type Answer struct {
	Source    workflow.Source
	Complaint workflow.ID // empty for none
}

// Answered is one answer. What is late, by somebody else, or a correction, follows from it and what came before.
type Answered struct {
	Source    workflow.Source `json:"source"`
	Complaint workflow.ID     `json:"complaint,omitempty"` // empty for none
}

// Kind is the stored name.
func (Answered) Kind() string { return "inquiry_answered.v1" }

func (c Answer) decide(d *desk) ([]Event, *Refusal) {
	if d.Version == 0 {
		return nil, &Refusal{Code: NotBegun}
	}
	a, ok := d.Source(c.Source)
	if !ok {
		return nil, &Refusal{Code: NotAsked}
	}
	if no := d.works(a.People...); no != nil {
		return nil, no
	}
	last := a.Last()
	if c.Complaint == "" && a.Answered() && last.Complaint == "" || c.Complaint != "" && slices.Contains(a.Complaints(), c.Complaint) {
		return nil, &Refusal{Code: AlreadyDone, By: last.By, At: last.At}
	}
	return []Event{Answered(c)}, nil
}

func (e Answered) effect(s *Sheet, f Fact) {
	for i, a := range s.Asked {
		if a.Source != e.Source {
			continue
		}
		s.Asked[i].Replies = append(slices.Clone(a.Replies), Reply{
			By: f.By, At: f.At, Complaint: e.Complaint, Late: f.At.After(s.Due),
			Instead:  !slices.Contains(a.People, f.By),
			Corrects: a.Answered() && (e.Complaint == "") != (a.Last().Complaint == ""),
		})
	}
}

// Miss records what has not been answered in time, and whom that calls. Ladder says who is called when they do not answer either; none ends
// with them.
type Miss struct {
	People []org.PersonID
	Ladder []workflow.Rung
	Policy string // version the ladder is from
}

// Missed is the breach: what nobody had answered when the inquiry was due, and who was called.
type Missed struct {
	Sources []workflow.Source `json:"sources"`
	People  []org.PersonID    `json:"people,omitempty"`
	Ladder  []workflow.Rung   `json:"ladder,omitempty"`
	Policy  string            `json:"policy,omitempty"`
	Next    time.Time         `json:"next,omitzero"` // when the ladder's second rung is called: those of the first have been
}

// Kind is the stored name.
func (Missed) Kind() string { return "inquiry_missed.v1" }

func (c Miss) decide(d *desk) ([]Event, *Refusal) {
	if no := d.system(); no != nil {
		return nil, no
	}
	if due := d.Wake(); due.IsZero() || !d.Overdue.IsZero() || d.at.Before(due) {
		return nil, &Refusal{Code: NotDue}
	}
	e := Missed{Sources: d.Open(), People: c.People, Ladder: c.Ladder, Policy: c.Policy}
	if len(c.Ladder) > 1 {
		e.Next = d.at.Add(time.Duration(c.Ladder[1].After))
	}
	return []Event{e}, nil
}

func (e Missed) effect(s *Sheet, f Fact) {
	s.Overdue, s.Ladder, s.Rung, s.Next = f.At, e.Ladder, 1, e.Next
	s.call(e.People...)
}
