package card

import (
	"time"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/calendar"
)

// digits number the five steps.
var digits = []string{"①", "②", "③", "④", "⑤"}

// steps is the five-step bar: a line for each, which stays readable on a phone. A done step names who and when, the one whose turn
// it is shows its deadline in the reader's zone, the others theirs written out.
func (f Face) steps(c workflow.Complaint) string {
	lines := make([]string, 0, len(digits))
	for i, s := range workflow.Steps() {
		lines = append(lines, f.step(digits[i], c, s))
	}
	return stack(lines)
}

func (f Face) step(n string, c workflow.Complaint, s workflow.Step) string {
	name := f.enum(words.Step, string(s))
	clock, timed := c.Clock(workflow.Clock(s))
	late := timed && !clock.Breached.IsZero()
	if m, done := c.Done[s]; done {
		return f.doneStep(n, name, c, s, m, late)
	}
	if !c.Open() {
		return f.Words.T("card.step.none", "n", n, "step", name)
	}
	current := s == c.Next()
	if !timed {
		return f.Words.T("card.step.plain", "n", n, "step", name)
	}
	due, key := f.end(clock.Due, f.day(c)), "card.step.wait"
	if current {
		due, key = f.date(clock.Due, f.day(c)), "card.step.now"
	}
	if late {
		key += "_over"
	}
	text := f.Words.T(key, "n", n, "step", name, "due", due)
	if s == workflow.StepContact && c.Attempts > 0 {
		text += f.Words.T("card.step.tried", "n", c.Attempts)
	}
	return text
}

func (f Face) doneStep(n, name string, c workflow.Complaint, s workflow.Step, m workflow.Mark, late bool) string {
	who := f.actor(workflow.Person(m.By))
	text := f.Words.T("card.step.done", "n", n, "step", name, "name", who, "time", f.Words.Time(m.At, f.Zone, f.day(c)))
	if s == workflow.StepAssign && c.Handler != "" {
		text += " → " + f.name(c.Handler)
	}
	if late {
		text += f.Words.T("card.step.late")
	}
	return text
}

// state is where a complaint stands, in a few words: what it waits for, or how it was closed.
func (f Face) state(s workflow.Summary) string {
	if s.Outcome != "" {
		return f.Words.T("state.closed", "outcome", f.enum(words.Outcome, string(s.Outcome)))
	}
	if s.Next == "" {
		return ""
	}
	return f.Words.T("state.open", "step", f.enum(words.Step, string(s.Next)))
}

// row is one complaint in a list: number with link, unit where the list has several, what is special, where it stands, who has it.
func (f Face) row(s workflow.Summary, unit bool) string {
	parts := []string{"*" + link(s.Link, escape(string(s.ID), wordLength)) + "*"}
	if unit {
		parts = append(parts, f.unit(s.Unit))
	}
	if s.Grade == workflow.GradeKey {
		parts = append(parts, f.enum(words.Grade, string(s.Grade)))
	}
	parts = append(parts, f.kinds(s.Kinds)...)
	if s.Night > 0 {
		parts = append(parts, f.Words.T("card.night", "n", s.Night))
	}
	if s.Rung > 0 {
		parts = append(parts, f.rung(s.Rung))
	}
	if s.Round > 1 {
		parts = append(parts, f.Words.T("card.round", "n", s.Round))
	}
	if s.Main != "" {
		parts = append(parts, f.Words.T("card.merged_short", "main", escape(string(s.Main), wordLength)))
	}
	parts = append(parts, f.state(s))
	if s.Next != "" && f.pressing(s) {
		key := "state.before"
		if s.Due.Before(f.Now) {
			key = "state.over"
		}
		parts = append(parts, f.Words.T(key, "due", f.end(s.Due, f.today())))
	}
	if s.Handler != "" {
		parts = append(parts, f.name(s.Handler))
	}
	return dots(append(parts, joined([]string{escape(s.Customer, nameLength), escape(s.Gist, wordLength)}, " ")))
}

// rows draws one complaint of a list at a time: a list shows the first of maybe thousands.
func (f Face) rows(list []workflow.Summary, unit bool) func(int) string {
	return func(i int) string { return "• " + f.row(list[i], unit) }
}

// pressing reports whether the next deadline is one of the day's. A regulator's, weeks ahead, would only reassure.
func (f Face) pressing(s workflow.Summary) bool {
	return !s.Due.IsZero() && calendar.DayOf(s.Due.Add(-time.Second), f.Zone).Sub(s.Account) <= 1
}
