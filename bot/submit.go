package bot

import (
	"context"
	"errors"
	"fmt"

	"sameday/bot/words"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// submission is what a filled-in form asks for: one or two commands, in order.
type submission struct {
	commands []workflow.Command
	customer store.Customer // for the command that takes one
	people   []store.Customer
}

func one(c workflow.Command) submission { return submission{commands: []workflow.Command{c}} }

// formReaders turn each verb's form into commands.
var formReaders = map[workflow.Verb]func(*filled, formMeta) submission{
	workflow.VerbNew: func(f *filled, m formMeta) submission {
		unit := m.Unit
		if unit == "" {
			unit = org.UnitID(f.text("unit"))
		}
		s := one(workflow.Open{
			Unit: unit, Source: workflow.Source(f.text("source")), ReceivedAt: f.time("received_at"),
			WorkOrder: f.text("work_order"), Business: f.text("business"), AmountFen: f.amount("amount"),
			Summary: f.text("summary"), Remedy: f.text("remedy"), Subjects: f.people("subjects"),
		})
		s.customer = f.customer()
		return s
	},
	workflow.VerbAssign: func(f *filled, _ formMeta) submission {
		return one(workflow.Assign{
			Handler: org.PersonID(f.text("handler")), CoHandlers: f.people("co_handlers"), Note: f.text("note"),
		})
	},
	workflow.VerbContact: func(f *filled, _ formMeta) submission {
		return one(workflow.Contact{
			How: workflow.How(f.text("how")), Reached: f.text("reached") == "yes", Wants: f.text("wants"),
		})
	},
	workflow.VerbHandle: func(f *filled, _ formMeta) submission {
		return one(workflow.Handle{
			Solution: workflow.Solution(f.text("solution")), Text: f.text("text"), AmountFen: f.amount("amount"),
			Cause: f.text("cause"), Change: f.text("change"),
		})
	},
	workflow.VerbFeedback: func(f *filled, _ formMeta) submission {
		return one(workflow.Feedback{Answer: workflow.Answer(f.text("answer")), Text: f.text("text")})
	},
	workflow.VerbGrade: func(f *filled, _ formMeta) submission {
		return one(workflow.SetGrade{Grade: workflow.Grade(f.text("grade")), Notice: f.text("notice")})
	},
	workflow.VerbKind: func(f *filled, _ formMeta) submission {
		var c workflow.SetKinds
		for _, v := range f.formState["kinds"].Values {
			c.Kinds = append(c.Kinds, workflow.SeriousKind(v))
		}
		return one(c)
	},
	workflow.VerbFlag: func(f *filled, _ formMeta) submission {
		c := workflow.SetFlags{Flags: workflow.Flags{HeadCount: f.count("head_count")}}
		for _, v := range f.formState["flags"].Values {
			c.Flags.Vulnerable = c.Flags.Vulnerable || v == "vulnerable"
			c.Flags.Epidemic = c.Flags.Epidemic || v == "epidemic"
		}
		return one(c)
	},
	workflow.VerbExtend: func(f *filled, _ formMeta) submission {
		return one(workflow.Extend{
			Clock: workflow.Clock(f.text("clock")), Reason: f.text("reason"), CustomerTold: f.text("customer_told"),
		})
	},
	workflow.VerbEscalate: func(f *filled, m formMeta) submission {
		return one(workflow.Escalate{Reason: f.text("reason"), AsOf: m.AsOf})
	},
	workflow.VerbReturn: func(f *filled, _ formMeta) submission {
		return one(workflow.Return{Rung: f.count("rung"), Reason: f.text("reason")})
	},
	workflow.VerbRequest: func(f *filled, _ formMeta) submission {
		return one(workflow.Request{
			Clock: workflow.Clock(f.text("clock")), Reason: f.text("reason"), CustomerTold: f.text("customer_told"),
		})
	},
	workflow.VerbCollective: readCollective,
	workflow.VerbTransfer: func(f *filled, _ formMeta) submission {
		return one(workflow.Transfer{To: org.UnitID(f.text("unit")), Reason: f.text("reason")})
	},
	workflow.VerbRefuse:  func(f *filled, _ formMeta) submission { return one(workflow.Refuse{Reason: f.text("reason")}) },
	workflow.VerbDeny:    func(f *filled, _ formMeta) submission { return one(workflow.DenyExtension{Reason: f.text("reason")}) },
	workflow.VerbCorrect: readCorrection,
	workflow.VerbClose:   func(f *filled, _ formMeta) submission { return one(workflow.Close{Reason: f.text("reason")}) },
	workflow.VerbReopen:  func(f *filled, _ formMeta) submission { return one(workflow.Reopen{Reason: f.text("reason")}) },
	workflow.VerbNote:    func(f *filled, _ formMeta) submission { return one(workflow.Note{Text: f.text("text")}) },

	workflow.VerbLead: func(f *filled, _ formMeta) submission {
		return one(workflow.Lead{Person: org.PersonID(f.text("lead"))})
	},
	workflow.VerbDirect: func(f *filled, _ formMeta) submission {
		return one(workflow.Direct{To: f.people("to"), Due: f.time("due"), Text: f.text("text")})
	},
	workflow.VerbDone: func(f *filled, m formMeta) submission {
		return one(workflow.Done{N: m.Directive, Text: f.text("text")})
	},
	workflow.VerbDecline: func(f *filled, m formMeta) submission {
		return one(workflow.Decline{N: m.Directive, Reason: f.text("reason")})
	},
	workflow.VerbExpert: func(f *filled, _ formMeta) submission {
		return one(workflow.CallExpert{
			Person: org.PersonID(f.text("expert")), For: workflow.Purpose(f.text("purpose")), When: f.time("when"), Place: f.text("place"), Why: f.text("why"),
		})
	},
	workflow.VerbRegret: func(f *filled, m formMeta) submission {
		return one(workflow.Regret{N: m.Invitation, Reason: f.text("reason")})
	},
	workflow.VerbOpinion: func(f *filled, _ formMeta) submission { return one(workflow.Opine{Text: f.text("text")}) },
	workflow.VerbMediate: func(f *filled, _ formMeta) submission {
		return one(workflow.Mediate{
			Leader: org.PersonID(f.text("leader")), When: f.time("when"), Place: f.text("place"), Bank: f.people("bank"), Customer: f.text("customer_side"),
		})
	},
	workflow.VerbSettle: func(f *filled, _ formMeta) submission {
		return one(workflow.Settle{Result: workflow.MediationResult(f.text("result")), Text: f.text("text"), AmountFen: f.amount("amount")})
	},
	workflow.VerbReport: func(f *filled, _ formMeta) submission { return one(workflow.Progress{Text: f.text("text")}) },
	workflow.VerbRead:   func(f *filled, _ formMeta) submission { return one(workflow.ReadBriefing{Text: f.text("text")}) },

	workflow.VerbMerge:    readMerge,
	workflow.VerbSeparate: func(f *filled, _ formMeta) submission { return one(workflow.Separate{Reason: f.text("reason")}) },
	workflow.VerbGroup: func(f *filled, _ formMeta) submission {
		return one(workflow.FormGroup{Clue: f.text("clue"), People: f.people("people"), Where: workflow.GroupPlace(f.text("where"))})
	},
	workflow.VerbDissolve: func(f *filled, _ formMeta) submission { return one(workflow.DissolveGroup{Reason: f.text("reason")}) },
}

// readCorrection takes a field, or the customer, or both.
func readCorrection(f *filled, _ formMeta) submission {
	var s submission
	customer := f.customer()
	if !customer.Empty() { // first: what the text says of this customer is then known as such, and masked
		s.commands = append(s.commands, workflow.SetCustomer{})
		s.customer = customer
	}
	if f.text("now") != "" || customer.Empty() {
		c := correction(f.text("field"), f.text("now"))
		if k, ok := c.(workflow.Correct); ok {
			k.Why = f.text("why")
			c = k
		}
		s.commands = append(s.commands, c)
	}
	return s
}

// submit carries out a submitted form: what is wrong goes under its field, the form stays open; what is right is on disk before the
// form closes.
func (b *Bot) submit(ctx context.Context, r request) answer {
	if a, ok := b.submitDuty(ctx, r); ok {
		return a
	}
	if a, ok := b.submitDaily(ctx, r); ok {
		return a
	}
	verb := workflow.Verb(r.Action)
	read, ok := formReaders[verb]
	meta := readMeta(r.Metadata)
	if !ok || meta.Number == "" && verb != workflow.VerbNew {
		return answer{Errors: map[string]string{anyField(r.State): r.words.T("reply.gone")}}
	}
	f := &filled{formState: r.State, r: r, wrong: map[string]string{}}
	s := read(f, meta)
	if len(f.wrong) > 0 {
		return answer{Errors: f.wrong}
	}
	var out store.Outcome
	for i, c := range s.commands {
		q := store.Request{Complaint: meta.Number, Command: c, By: r.actor(), At: r.now, Key: r.Key}
		switch c.(type) {
		case workflow.Open, workflow.SetCustomer:
			q.Customer = s.customer
		case workflow.SetCollective:
			q.People = s.people
		}
		if r.Key != "" && i > 0 {
			q.Key = fmt.Sprintf("%s/%d", r.Key, i)
		}
		var err error
		if out, err = b.desk.Do(ctx, q); err != nil {
			return b.fieldErrors(ctx, r, verb, meta.Number, err)
		}
	}
	b.sender.Wake()
	if verb == workflow.VerbNew {
		return b.offerMerge(ctx, r, out, b.tie(ctx, r, meta, out, b.opened(ctx, r, meta, out)))
	}
	return answer{}
}

// fieldErrors puts a refusal under the field it is about, or under the first one.
func (b *Bot) fieldErrors(ctx context.Context, r request, v workflow.Verb, id workflow.ID, err error) answer {
	var no *workflow.Refusal
	if !errors.As(err, &no) {
		a := b.refused(ctx, r, id, err)
		return answer{Errors: map[string]string{anyField(r.State): a.Message.Text}}
	}
	where := anyField(r.State)
	for _, f := range forms[v] {
		if _, there := r.State[f.name]; there {
			where = f.name
			break
		}
	}
	if _, there := r.State[no.Field]; there {
		where = no.Field
	}
	naming := b.naming(ctx, r, id)
	naming.Plain = true // under a field nothing is formatted
	return answer{Errors: map[string]string{where: b.refusal(r, no, naming)}}
}

func anyField(s formState) string {
	best := ""
	for name := range s {
		if best == "" || name < best {
			best = name
		}
	}
	return best
}

// opened tells the person what became of a new complaint: its number and where it stands, what was masked, and what looks like the
// same again.
func (b *Bot) opened(ctx context.Context, r request, meta formMeta, out store.Outcome) answer {
	c := out.Complaint
	if out.Duplicate {
		return say(r.words.T("reply.duplicate_order", "order", words.Escape(c.WorkOrder), "number", string(c.ID), "link", c.Posts[workflow.PostedRoot].Link))
	}
	unit, _ := r.rules.Tree.Unit(c.Unit)
	text := r.words.T("ask.opened_in", "number", string(c.ID), "unit", words.Escape(unit.Name), "channel", "<#"+unit.Channel+">")
	if c.Masked > 0 {
		text += "\n" + r.words.T("reply.masked", "n", c.Masked)
	}
	if len(c.Repeats) > 0 {
		text += "\n" + r.words.T("reply.repeats", "list", r.words.Join(names(c.Repeats)))
	}
	return say(text)
}
