package card

import (
	"slices"

	"sameday/workflow"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// Await is the direct message to somebody whom the ladder calls for an answer that a unit owes: what has not been answered for how long, as
// what the person is called, and then the question itself with its buttons ([AskExtension], [Offer]). ask is the event that asked.
func Await(f Face, c workflow.Complaint, ask, call workflow.Fact, person org.PersonID) Message {
	f = f.ready()
	e, _ := call.Event.(workflow.Climbed)
	title := f.Words.T("await.title", "number", escape(string(c.ID), wordLength), "what", f.awaitWhy(c, e, call))
	lines := append([]string{"*" + title + "*"}, f.awaitPeople(e, ladderOf(c, call), person)...)
	m := AskExtension(f, c, ask)
	if _, offered := ask.Event.(workflow.TransferProposed); offered {
		m = Offer(f, c, ask)
	}
	id := blockIDs("await", workflow.Complaint{ID: c.ID, Version: call.Version})
	m.Text = title
	m.Blocks = append([]slack.Block{section(id("late"), stack(lines))}, m.Blocks...)
	return m
}

// awaitPeople says as what the person is called, who else is, and when it goes on.
func (f Face) awaitPeople(e workflow.Climbed, ladder []workflow.Rung, person org.PersonID) []string {
	var lines []string
	for _, k := range e.Calls {
		if k.Person == person {
			lines = append(lines, f.Words.T("calls.you", "as", f.callee(k.As), "rung", k.Rung))
		}
	}
	others := slices.DeleteFunc(slices.Clone(e.Calls), func(k workflow.Called) bool { return k.Person == person })
	if len(others) > 0 {
		lines = append(lines, f.Words.T("calls.also", "who", f.people(others, lineCalled)))
	}
	return append(lines, joined(append([]string{f.awaitNext(e)}, f.vacancies(e, ladder)...), f.semicolon()))
}

func (f Face) awaitNext(e workflow.Climbed) string {
	if e.Next.IsZero() {
		return f.Words.T("await.last")
	}
	return f.Words.T("await.next", "time", f.Words.Time(e.Next, f.Zone, f.today()))
}

// awaitWhy says which answer a unit owes, and for how long.
func (f Face) awaitWhy(c workflow.Complaint, e workflow.Climbed, fact workflow.Fact) string {
	is := func(d *workflow.Deadline) bool { return d != nil && d.ID == e.Deadline }
	key := "await.some"
	switch {
	case c.Asking != nil && is(c.Asking.Answer):
		key = "await.ask"
	case c.Handing != nil && is(c.Handing.Answer):
		key = "await.offer"
	}
	d, _ := c.DeadlineByID(e.Deadline)
	text := f.Words.T(key, "unit", f.unit(e.Unit), "span", f.Words.Span(fact.At.Sub(d.Start)))
	if e.Rung > 1 {
		text += f.Words.T("await.up", "rung", e.Rung)
	}
	if e.Late {
		text += f.Words.T("climb.late")
	}
	return text
}

// sayAwaited tells in the complaint's thread whom another unit's ladder called for its answer.
func (f Face) sayAwaited(c workflow.Complaint, e workflow.Climbed, fact workflow.Fact) said {
	ladder := ladderOf(c, fact)
	parts := []string{f.Words.T("climb.nobody")}
	if len(e.Calls) > 0 {
		parts = []string{f.Words.T("climb.called", "who", f.calledBy(e, lineCalled)), f.awaitNext(e)}
	}
	return said{what: f.told(f.awaitWhy(c, e, fact), append(parts, f.vacancies(e, ladder)...)), also: f.mend(e), alone: true}
}

// allClimbs are a complaint's own climbs and those for answers of other units, in the order in which they began.
func allClimbs(c workflow.Complaint) []workflow.Climb {
	if len(c.Asides) == 0 {
		return c.Climbs
	}
	out := slices.Concat(c.Climbs, c.Asides)
	slices.SortStableFunc(out, func(a, b workflow.Climb) int { return a.From.Compare(b.From) })
	return out
}
