package workflow

// Menu is what can be done to a complaint.
type Menu struct {
	Next []Verb // the one or two that come next: buttons
	More []Verb // the others: the ⋯ menu
}

// Buttons is the menu of a card that everybody in the channel sees: what the complaint's state allows to somebody. So a button
// can stand there that a reader has no right to; it answers who has. What the state refuses to everybody never stands there.
func Buttons(c Complaint) Menu {
	return menu(c, func(row Row) bool {
		return row.When != WhenNew && row.state(&c, Actor{}) == nil && (row.needs == nil || row.needs(&c, nil) == nil)
	})
}

// MenuFor is the menu of one person: every verb in it would be accepted from this person now, given good words.
func MenuFor(c Complaint, by Actor, r *Rules) Menu {
	return menu(c, func(row Row) bool { return row.When != WhenNew && Can(c, row.Verb, by, r) == nil })
}

func menu(c Complaint, applies func(Row) bool) Menu {
	var m Menu
	for _, row := range Table() {
		if row.Hidden || !applies(row) {
			continue
		}
		_, done := c.Done[row.Step]
		if row.Urgent || row.Verb == VerbLead && c.Grave() && c.Lead == "" && c.Main == "" || row.When == WhenClosed || row.When == WhenStep && !done {
			m.Next = append(m.Next, row.Verb)
		} else {
			m.More = append(m.More, row.Verb)
		}
	}
	return m
}
