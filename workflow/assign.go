package workflow

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// Assign names the handler (主办) and co-handlers (协办). On a complaint that nobody has accepted yet it also accepts, in one go.
// Assigning again hands the complaint to somebody else.
type Assign struct {
	Handler    org.PersonID
	CoHandlers []org.PersonID
	Note       string
}

// Assigned names the handler; again when somebody else takes over.
type Assigned struct {
	Handler    org.PersonID   `json:"handler"`
	CoHandlers []org.PersonID `json:"co_handlers,omitempty"`
	Note       string         `json:"note,omitempty"`
}

// Kind is the stored name.
func (Assigned) Kind() string { return "assigned.v1" }

// Verb names the row of the step table.
func (Assign) Verb() Verb { return VerbAssign }

func (a Assign) decide(c *Complaint, _ Actor, r *Rules, _ time.Time) ([]Event, *Refusal) {
	if a.Handler == "" {
		return nil, wrong(Missing, "handler")
	}
	all := append([]org.PersonID{a.Handler}, a.CoHandlers...)
	for i, p := range all {
		field := "handler"
		if i > 0 {
			field = "co_handlers"
		}
		switch {
		case len(r.Tree.Posts(p)) == 0:
			return nil, &Refusal{Code: NotInBank, Field: field, Person: p}
		case slices.Contains(c.Subjects, p):
			return nil, &Refusal{Code: SubjectRecused, Field: field, Person: p}
		}
	}
	var t texts
	e := Assigned{Handler: a.Handler, Note: t.text("note", a.Note)}
	for _, p := range a.CoHandlers {
		if p != a.Handler && !slices.Contains(e.CoHandlers, p) {
			e.CoHandlers = append(e.CoHandlers, p)
		}
	}
	if t.refusal != nil {
		return nil, t.refusal
	}
	if c.Handler == e.Handler && slices.Equal(c.CoHandlers, e.CoHandlers) {
		if m, done := c.Done[StepAssign]; done {
			return nil, &Refusal{Code: AlreadyDone, By: m.By, At: m.At}
		}
	}
	if _, accepted := c.Done[StepAccept]; accepted {
		return []Event{e}, nil
	}
	return []Event{Accepted{}, e}, nil
}

func (e Assigned) effect(c *Complaint, f Fact) {
	c.Handler, c.CoHandlers = e.Handler, e.CoHandlers
	c.mark(StepAssign, f)
	c.meet(f.At, ClockAssign)
}
