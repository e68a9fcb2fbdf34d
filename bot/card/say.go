package card

import (
	"strconv"
	"strings"

	"sameday/bot/words"
	"sameday/workflow"
)

func (f Face) sayOpened(_ workflow.Complaint, e workflow.Opened) said {
	s := said{what: f.Words.T("line.opened", "source", f.enum(words.Source, string(e.Source))), text: e.Summary}
	if e.Masked > 0 {
		s.also = []string{f.Words.T("reply.masked", "n", e.Masked)}
	}
	return s
}

func (f Face) sayAccepted(workflow.Complaint, workflow.Accepted) said {
	return said{what: f.Words.T("line.accepted")}
}

func (f Face) sayAssigned(_ workflow.Complaint, e workflow.Assigned) said {
	what := f.Words.T("line.assigned", "name", f.mention(e.Handler))
	if len(e.CoHandlers) > 0 {
		what += f.Words.T("line.co", "names", f.mentions(e.CoHandlers))
	}
	return said{what: what, text: e.Note}
}

func (f Face) sayTried(_ workflow.Complaint, e workflow.ContactTried) said {
	return said{what: f.Words.T("line.tried", "how", f.enum(words.How, string(e.How))), text: e.Note}
}

func (f Face) sayContacted(_ workflow.Complaint, e workflow.Contacted) said {
	return said{what: f.Words.T("line.contacted", "how", f.enum(words.How, string(e.How))), text: e.Wants}
}

func (f Face) sayHandled(_ workflow.Complaint, e workflow.Handled) said {
	how := f.enum(words.Solution, string(e.Solution))
	if e.AmountFen != 0 {
		how += " " + words.Amount(e.AmountFen)
	}
	s := said{what: f.Words.T("line.handled", "how", how), text: e.Text}
	if e.Cause != "" {
		s.also = []string{f.Words.T("line.cause", "text", escape(e.Cause, reasonLength))}
	}
	if e.Change != "" {
		s.also = append(s.also, f.Words.T("line.change", "text", escape(e.Change, reasonLength)))
	}
	return s
}

func (f Face) sayFedBack(c workflow.Complaint, e workflow.FedBack) said {
	s := said{what: f.Words.T("line.fedback", "answer", f.enum(words.Answer, string(e.Answer))), text: e.Text}
	if receipts := f.receipts(c); receipts != "" {
		s.also = []string{receipts}
	}
	return s
}

func (f Face) sayRound(_ workflow.Complaint, e workflow.RoundStarted) said {
	return said{what: f.Words.T("line.round", "n", e.Round, "day", f.Words.Day(e.Day)), alone: true}
}

func (f Face) sayClosed(_ workflow.Complaint, e workflow.Closed) said {
	if e.Outcome == workflow.ClosedOverride {
		return said{what: f.Words.T("line.override"), text: e.Reason}
	}
	return said{what: f.Words.T("line.closed", "outcome", f.enum(words.Outcome, string(e.Outcome)))}
}

func (f Face) sayReopened(_ workflow.Complaint, e workflow.Reopened) said {
	s := said{what: f.Words.T("line.reopened", "n", e.Round, "day", f.Words.Day(e.Day)), text: e.Reason}
	if e.Counted {
		s.also = []string{f.Words.T("line.counted")}
	}
	return s
}

func (f Face) sayNoted(_ workflow.Complaint, e workflow.Noted) said {
	return said{what: f.Words.T("line.noted"), text: e.Text}
}

func (f Face) sayGraded(_ workflow.Complaint, e workflow.Graded) said {
	what := f.Words.T("line.graded", "grade", f.enum(words.Grade, string(e.Grade)))
	if e.Notice != "" {
		what += f.Words.T("line.notice", "notice", escape(e.Notice, wordLength))
	}
	return said{what: what}
}

func (f Face) sayKinds(_ workflow.Complaint, e workflow.KindsSet) said {
	if len(e.Kinds) == 0 {
		return said{what: f.Words.T("line.nokinds")}
	}
	return said{what: f.Words.T("line.kinds", "kinds", f.Words.Join(f.kinds(e.Kinds)))}
}

func (f Face) sayFlags(_ workflow.Complaint, e workflow.Flagged) said {
	flags := f.flags(e.Flags)
	if len(flags) == 0 {
		return said{what: f.Words.T("line.noflags")}
	}
	return said{what: f.Words.T("line.flags", "flags", f.Words.Join(flags))}
}

func (f Face) sayCorrected(_ workflow.Complaint, e workflow.Corrected) said {
	field := f.enum(words.Field, e.Field)
	s := said{what: f.Words.T("line.corrected", "field", field), text: f.fieldValue(e.Field, e.Now)}
	if e.Was != "" {
		was := escape(f.fieldValue(e.Field, e.Was), reasonLength)
		s.also = append(s.also, f.Words.T("line.was", "text", was))
	}
	if e.Why != "" {
		s.also = append(s.also, f.Words.T("line.why", "text", escape(e.Why, reasonLength)))
	}
	if s.text == "" {
		s.text = f.Words.T("line.empty")
	}
	return s
}

// fieldValue is a correctable field's value as people read it, not escaped: the names of codes, amounts in yuan.
func (f Face) fieldValue(field, value string) string {
	switch field {
	case workflow.FieldAmount:
		if fen, err := strconv.ParseInt(value, 10, 64); err == nil {
			return words.Amount(fen)
		}
	case workflow.FieldSource:
		return f.Words.Name(words.Source, value)
	case workflow.FieldBusiness:
		return workflow.Name(f.Codes.Business, value, f.Words.Language())
	case workflow.FieldReason:
		return workflow.Name(f.Codes.Reason, value, f.Words.Language())
	}
	return value
}

func (f Face) sayCustomer(_ workflow.Complaint, e workflow.CustomerSet) said {
	who := strings.TrimSpace(escape(e.Customer.Name, nameLength) + " " + escape(e.Customer.Phone, nameLength))
	return said{what: f.Words.T("line.customer", "who", who)}
}

func (f Face) sayExtended(c workflow.Complaint, e workflow.Extended) said {
	s := said{text: e.Reason, what: f.Words.T("line.extended",
		"clock", f.enum(words.Clock, string(e.Deadline.Clock)), "due", f.end(e.Deadline.Due, f.today()))}
	if e.AskedBy != "" {
		s.also = append(s.also, f.Words.T("line.asker", "name", f.mention(e.AskedBy)))
	}
	if old, ok := c.DeadlineByID(e.Replaces); ok {
		s.also = append(s.also, f.Words.T("line.olddue", "due", f.end(old.Due, f.today())))
	}
	if e.CustomerTold != "" {
		s.also = append(s.also, f.Words.T("line.told", "text", escape(e.CustomerTold, reasonLength)))
	}
	return s
}

func (f Face) sayBreached(_ workflow.Complaint, e workflow.Breached) said {
	what := f.Words.T("line.breached", "clock", f.enum(words.Clock, string(e.Clock)), "due", f.end(e.Due, f.today()))
	if e.Late {
		what += f.Words.T("line.late")
	}
	return said{what: what, alone: true}
}

func (f Face) sayOvernight(c workflow.Complaint, e workflow.LeftOvernight) said {
	what := f.Words.T("line.overnight", "n", e.Night, "day", f.Words.Day(e.Day))
	if next := c.Next(); next != "" {
		what += f.Words.T("line.waiting", "step", f.enum(words.Step, string(next)))
	}
	if e.Late {
		what += f.Words.T("line.late")
	}
	return said{what: what, alone: true}
}

func (f Face) sayShown(workflow.Complaint, workflow.CustomerShown) said {
	return said{what: f.Words.T("line.shown")}
}
