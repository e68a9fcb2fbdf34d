package words

import (
	"strings"
	"time"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Naming is what a refusal needs besides itself to be said in words. Every field but ID may be left out.
type Naming struct {
	ID     workflow.ID                           // of the complaint; empty where none was named or opened yet
	Person func(org.PersonID) string             // a person's name, not escaped
	Who    func(g workflow.Grant) []org.PersonID // the people of a grant, for their names; nil names positions only
	Zone   *time.Location                        // of the complaint's unit, for times; UTC when nil
	Today  time.Time                             // now, in the zone in which complaints are numbered; zero writes numbers in full
	Plain  bool                                  // for a plain_text place, such as a field's error in a form: nothing is escaped
}

func (n Naming) escape(s string) string {
	if n.Plain {
		return s
	}
	return Escape(s)
}

func (n Naming) person(p org.PersonID) string {
	if n.Person != nil && p != "" {
		if name := n.Person(p); name != "" {
			return n.escape(name)
		}
	}
	return n.escape(string(p))
}

func (n Naming) today() calendar.Day {
	if n.Today.IsZero() {
		return calendar.Day{}
	}
	return calendar.DayOf(n.Today, n.Today.Location())
}

// seen is the day from which times are seen.
func (n Naming) seen() calendar.Day {
	if n.Today.IsZero() || n.Zone == nil {
		return calendar.Day{}
	}
	return calendar.DayOf(n.Today, n.Zone)
}

func (n Naming) short() string { return Short(n.ID, n.today()) }

// Refusal says in one or two sentences why something was refused, who may where that is the reason, and what to type next with
// the number in it.
func (w *Words) Refusal(r *workflow.Refusal, n Naming) string {
	number := string(n.ID)
	if number == "" {
		number = w.T("refusal.this")
	}
	return w.T(w.refusalKey(r),
		"do", w.Do(string(r.Verb)),
		"verb", w.Verb(string(r.Verb)),
		"number", number,
		"first", w.Verb(string(r.First)),
		"firstcommand", w.Example(string(r.First), n.short()),
		"command", w.Example(string(r.Verb), n.short()),
		"show", w.Example(VerbShow, n.short()),
		"why", w.Example(VerbWhy, n.short()),
		"by", n.by(w, r.By),
		"at", w.Time(r.At, n.Zone, n.seen()),
		"who", w.Who(r.Who, n),
		"person", n.person(r.Person),
		"field", w.FieldName(string(r.Verb), r.Field),
		"allowed", w.allowed(r.Field),
		"min", r.Min,
		"value", n.escape(r.Value),
	)
}

// by names who did something; a clock or job has no name.
func (n Naming) by(w *Words, p org.PersonID) string {
	if p == "" {
		return w.T("system")
	}
	return n.person(p)
}

// refusalKey finds the sentence: the one for the code and the field, else the one for the code.
func (w *Words) refusalKey(r *workflow.Refusal) string {
	key := "refusal." + string(r.Code)
	switch {
	case r.Code == workflow.SubjectRecused && r.Field == "lead":
		return key + "_lead"
	case r.Code == workflow.SubjectRecused && (r.Field == "expert" || r.Field == "leader"):
		return key + "_expert"
	case r.Code == workflow.SubjectRecused && r.Field == "people":
		return key + "_group"
	case r.Code == workflow.NotInBank && r.Verb != workflow.VerbAssign:
		return key + "_other"
	case r.Code == workflow.SubjectRecused && r.Field == "":
		return key + "_self"
	case r.Code == workflow.NotOneOf && r.Field == "rung":
		return key + "_rung"
	case r.Code == workflow.NotOneOf && w.allowed(r.Field) == "":
		return key + "_plain"
	case r.Code == workflow.RevealOff && r.Value == "":
		return key + "_nowhere"
	}
	return key
}

// Who says in words who may: the positions, seen from the complaint's unit, and the people when they are known.
func (w *Words) Who(grants []workflow.Grant, n Naming) string {
	const most = 3
	var out []string
	for _, g := range grants {
		positions := make([]string, len(g.Positions))
		for i, p := range g.Positions {
			positions[i] = string(p)
		}
		text := w.T("where."+string(g.Where)+".some", "positions", strings.Join(w.each(Position, positions), w.T("join.or")))
		if len(positions) == 0 {
			text = w.T("where." + string(g.Where) + ".any")
		}
		if n.Who != nil {
			var names []string
			for _, p := range n.Who(g) {
				if len(names) < most {
					names = append(names, n.person(p))
				}
			}
			if len(names) > 0 {
				text = w.T("where.named", "where", text, "names", w.Join(names))
			}
		}
		out = append(out, text)
	}
	return strings.Join(out, w.T("join.who"))
}

func (w *Words) each(kind string, codes []string) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = w.Name(kind, c)
	}
	return out
}

// FieldName is what a field of a verb's form is called. A verb can have its own name for a field that others have too
// (field.handle_text before field.text).
func (w *Words) FieldName(verb, field string) string {
	if label := w.FieldText(verb, field, "label"); label != "" {
		return label
	}
	return field
}

// FieldText is a part (label, hint or placeholder) of a field of a verb's form, found as [Words.FieldName] finds it; empty when
// there is none.
func (w *Words) FieldText(verb, field, part string) string {
	for _, name := range []string{verb + "_" + field, field} {
		if key := "field." + name + "." + part; w.Has(key) {
			return w.T(key)
		}
	}
	return ""
}

// allowed names the choices of a field that has a fixed list; empty for others.
func (w *Words) allowed(field string) string {
	codes, ok := choices()[field]
	if !ok {
		return ""
	}
	return w.Names(codes.kind, codes.codes)
}

type choice struct {
	kind  string
	codes []string
}

// choices is the table of the fields with a fixed list.
func choices() map[string]choice {
	return map[string]choice{
		"source":   {Source, codesOf(workflow.Sources())},
		"grade":    {Grade, codesOf(workflow.Grades())},
		"kinds":    {Kind, codesOf(workflow.SeriousKinds())},
		"how":      {How, codesOf(workflow.Hows())},
		"solution": {Solution, codesOf(workflow.Solutions())},
		"answer":   {Answer, codesOf(workflow.Answers())},
		"field":    {Field, workflow.CorrectableFields()},
		"purpose":  {Purpose, codesOf(workflow.Purposes())},
		"result":   {MediationResult, codesOf(workflow.MediationResults())},
	}
}

func codesOf[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}
