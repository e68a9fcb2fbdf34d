package card

import (
	"sameday/bot/words"
	"sameday/workflow"
)

// mostInquiries is how many branches' inquiries stand in a notice's first message; the others belong into its thread.
const mostInquiries = 4

// morning adds what a notice tells beside its figures, and gives the inquiries that did not fit.
func (f Face) morning(p *pages, m workflow.Morning) (rest []workflow.InquiryDay) {
	several := false
	for _, d := range m.Inquiries {
		several = several || d.Unit != m.Inquiries[0].Unit
	}
	shown := m.Inquiries
	if len(shown) > mostInquiries {
		shown, rest = shown[:mostInquiries], shown[mostInquiries:]
	}
	for _, d := range shown {
		p.add(f.inquiryDay(d, several))
	}
	if len(rest) > 0 {
		missing := 0
		for _, d := range m.Inquiries {
			for _, a := range d.Sources {
				if !a.Answered {
					missing++
				}
			}
		}
		p.add(f.Words.T("morning.inquiry_rest", "n", len(rest), "missing", missing))
	}
	p.add(dots(f.morningCounts(m.Counts)))
	duty := make([]string, 0, len(m.Duty))
	for _, d := range m.Duty[:min(len(m.Duty), mostNames)] {
		who := f.unit(d.Unit) + " " + f.name(d.Person)
		if d.Next != "" {
			who += f.Words.T("morning.duty_next", "name", f.name(d.Next))
		}
		duty = append(duty, who)
	}
	if len(duty) > 0 {
		p.add(f.Words.T("morning.duty", "who", dots(duty)))
	}
	if n := len(m.Duty) - len(duty); n > 0 {
		p.add(f.Words.T("morning.duty_rest", "n", n))
	}
	for _, s := range m.Sentences {
		p.add(f.Words.T("morning.sentence", "position", f.enum(words.Position, string(s.Position)), "name", f.name(s.Person),
			"text", escape(s.Text, reasonLength)))
	}
	return rest
}

func (f Face) morningCounts(c workflow.MorningCounts) []string {
	var out []string
	add := func(key string, n *int) {
		if n != nil {
			out = append(out, f.Words.T(key, "n", *n))
		}
	}
	add("morning.groups", c.Groups)
	add("morning.directives", c.Directives)
	add("morning.overdue", c.Overdue)
	add("morning.unread", c.Unread)
	return out
}

// restOfInquiries are the inquiries that the first message of a notice has no room for.
func (f Face) restOfInquiries(what string, rest []workflow.InquiryDay) []Message {
	if len(rest) == 0 {
		return nil
	}
	p := f.newPages(what+"/inquiries", f.Words.T("morning.inquiries"))
	p.addUpTo(mostParts, len(rest), func(i int) string { return f.inquiryDay(rest[i], true) }, f.rest)
	return p.messages()
}
