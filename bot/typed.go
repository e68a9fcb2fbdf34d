package bot

import (
	"slices"
	"strings"

	"sameday/bot/grammar"
	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/org"
)

// typedCommand makes commands of what was typed behind a verb and a number. form is true when the words do not say enough and a
// form should ask; what was typed then fills it in.
func typedCommand(v workflow.Verb, typed grammar.Command, r request) (commands []workflow.Command, form bool) {
	read, ok := typedReaders[v]
	if !ok {
		return nil, true
	}
	row, _ := workflow.RowOf(v)
	if row.Asks && strings.TrimSpace(typed.Rest) == "" && len(typed.Mentions) == 0 {
		return nil, true
	}
	c := read(words0{typed: typed, r: r})
	if c == nil {
		return nil, true
	}
	return []workflow.Command{c}, false
}

// words0 is what was typed behind the number, with ways to take it apart.
type words0 struct {
	typed grammar.Command
	r     request
}

// take removes the first words when they name a value of the given kind, in either language.
func (w *words0) take(kind string) string {
	for n := min(longestName, len(w.typed.Words)); n > 0; n-- { // "no answer" before "no"
		end := w.typed.Words[n-1].End
		value, ok := words.Enum(kind, w.typed.Rest[w.typed.Words[0].Start:end])
		if !ok {
			continue
		}
		w.typed.Rest = strings.TrimLeft(w.typed.Rest[end:], " \t　，,:：；;")
		w.typed.Words = grammar.Fields(w.typed.Rest)
		return value
	}
	return ""
}

// longestName is how many words the longest name of a value has: "apologised with remedy".
const longestName = 3

// text is what is left, without mentions.
func (w *words0) text() string {
	out := w.typed.Rest
	for {
		i := strings.Index(out, "<@")
		if i < 0 {
			break
		}
		j := strings.Index(out[i:], ">")
		if j < 0 {
			break
		}
		out = out[:i] + out[i+j+1:]
	}
	return strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(out), ",，:：、"))
}

// amount finds a sum of money among the words.
func (w *words0) amount() int64 {
	for _, f := range w.typed.Words {
		if !strings.ContainsAny(f.Text, "¥￥元万") && !strings.Contains(f.Text, ".") {
			continue // a bare number may be anything
		}
		if fen, ok := grammar.ParseAmount(f.Text); ok {
			return fen
		}
	}
	return amountIn(w.typed.Rest)
}

// amountIn finds "1,280 元" or "¥1280" inside running text, as Chinese writes it without spaces.
func amountIn(text string) int64 {
	runes := []rune(text)
	isNumber := func(r rune) bool { return r >= '0' && r <= '9' || r == ',' || r == '.' || r == '，' }
	for i := 0; i < len(runes); i++ {
		if runes[i] < '0' || runes[i] > '9' {
			continue
		}
		j := i
		for j < len(runes) && isNumber(runes[j]) {
			j++
		}
		end := j
		for end < len(runes) && (runes[end] == ' ' || runes[end] == '万') {
			end++
		}
		money := end < len(runes) && runes[end] == '元' || i > 0 && (runes[i-1] == '¥' || runes[i-1] == '￥')
		if money {
			token := strings.ReplaceAll(strings.Trim(string(runes[i:j]), ",.，"), "，", ",")
			if strings.ContainsRune(string(runes[j:end]), '万') {
				token += "万"
			}
			if fen, ok := grammar.ParseAmount(token); ok {
				return fen
			}
		}
		i = j
	}
	return 0
}

// typedReaders read the words behind each verb. A nil command means that a form should ask.
var typedReaders = map[workflow.Verb]func(words0) workflow.Command{
	workflow.VerbAccept:   func(words0) workflow.Command { return workflow.Accept{} },
	workflow.VerbCustomer: func(words0) workflow.Command { return workflow.ShowCustomer{} },
	workflow.VerbAssign: func(w words0) workflow.Command {
		if len(w.typed.Mentions) == 0 {
			return nil
		}
		c := workflow.Assign{Handler: org.PersonID(w.typed.Mentions[0]), Note: w.text()}
		for _, m := range w.typed.Mentions[1:] {
			c.CoHandlers = append(c.CoHandlers, org.PersonID(m))
		}
		return c
	},
	workflow.VerbContact: func(w words0) workflow.Command {
		c := workflow.Contact{Reached: true}
		c.How = workflow.How(w.take("how"))
		if reached := w.take("reached"); reached != "" {
			c.Reached = reached == "yes"
		}
		c.Wants = w.text()
		return c
	},
	workflow.VerbHandle: func(w words0) workflow.Command {
		c := workflow.Handle{Solution: workflow.Solution(w.take("solution"))}
		c.Text, c.AmountFen = w.text(), w.amount()
		return c
	},
	workflow.VerbFeedback: func(w words0) workflow.Command {
		answer := w.take("answer")
		if answer == "" {
			return nil
		}
		return workflow.Feedback{Answer: workflow.Answer(answer), Text: w.text()}
	},
	workflow.VerbGrade: func(w words0) workflow.Command {
		grade := w.take("grade")
		if grade == "" {
			return nil
		}
		notice := w.text()
		if workflow.Grade(grade) == workflow.GradeKey && notice == "" {
			return nil
		}
		return workflow.SetGrade{Grade: workflow.Grade(grade), Notice: notice}
	},
	workflow.VerbKind: func(w words0) workflow.Command {
		var c workflow.SetKinds
		if w.take("none") != "" {
			return c
		}
		for kind := w.take("kind"); kind != ""; kind = w.take("kind") {
			if !slices.Contains(c.Kinds, workflow.SeriousKind(kind)) {
				c.Kinds = append(c.Kinds, workflow.SeriousKind(kind))
			}
		}
		if len(c.Kinds) == 0 || w.text() != "" {
			return nil
		}
		return c
	},
	workflow.VerbExtend: func(w words0) workflow.Command {
		c := workflow.Extend{Clock: workflow.Clock(w.take("clock"))}
		c.Reason = w.text()
		return c
	},
	workflow.VerbRequest: func(w words0) workflow.Command {
		c := workflow.Request{Clock: workflow.Clock(w.take("clock"))}
		c.Reason = w.text()
		return c
	},
	workflow.VerbCollective: typedCollective,
	workflow.VerbTransfer: func(w words0) workflow.Command {
		to := w.takeUnit()
		if to == "" || w.text() == "" {
			return nil
		}
		return workflow.Transfer{To: to, Reason: w.text()}
	},
	workflow.VerbReceive: func(words0) workflow.Command { return workflow.Receive{} },
	workflow.VerbRefuse:  func(w words0) workflow.Command { return workflow.Refuse{Reason: w.text()} },
	workflow.VerbGrant:   func(words0) workflow.Command { return workflow.GrantExtension{} },
	workflow.VerbDeny:    func(w words0) workflow.Command { return workflow.DenyExtension{Reason: w.text()} },
	workflow.VerbCorrect: func(w words0) workflow.Command {
		field := w.take("correctable")
		if field == "" || w.text() == "" {
			return nil
		}
		return correction(field, w.text())
	},
	workflow.VerbAck:      func(words0) workflow.Command { return workflow.Ack{} },
	workflow.VerbEscalate: func(w words0) workflow.Command { return workflow.Escalate{Reason: w.text()} },
	workflow.VerbReturn:   func(w words0) workflow.Command { return workflow.Return{Rung: 1, Reason: w.text()} },
	workflow.VerbClose:    func(w words0) workflow.Command { return workflow.Close{Reason: w.text()} },
	workflow.VerbReopen:   func(w words0) workflow.Command { return workflow.Reopen{Reason: w.text()} },
	workflow.VerbNote:     func(w words0) workflow.Command { return workflow.Note{Text: w.text()} },

	workflow.VerbLead:    readLead,
	workflow.VerbDirect:  readDirect,
	workflow.VerbTake:    func(w words0) workflow.Command { return workflow.Take{N: w.directive()} },
	workflow.VerbDone:    func(w words0) workflow.Command { n := w.directive(); return workflow.Done{N: n, Text: w.text()} },
	workflow.VerbDecline: func(w words0) workflow.Command { n := w.directive(); return workflow.Decline{N: n, Reason: w.text()} },
	workflow.VerbExpert:  readExpert,
	workflow.VerbAttend:  func(w words0) workflow.Command { return workflow.Attend{N: w.invitation()} },
	workflow.VerbRegret:  func(w words0) workflow.Command { return workflow.Regret{N: w.invitation(), Reason: w.text()} },
	workflow.VerbOpinion: func(w words0) workflow.Command { return workflow.Opine{Text: w.text()} },
	workflow.VerbMediate: readMediate,
	workflow.VerbSettle:  readSettle,
	workflow.VerbReport:  func(w words0) workflow.Command { return workflow.Progress{Text: w.text()} },
	workflow.VerbRead:    func(w words0) workflow.Command { return workflow.ReadBriefing{Text: w.text()} },

	workflow.VerbMerge:    typedMerge,
	workflow.VerbSeparate: func(w words0) workflow.Command { return workflow.Separate{Reason: w.text()} },
	workflow.VerbGroup:    readGroup,
	workflow.VerbHere:     func(words0) workflow.Command { return workflow.Here{} },
	workflow.VerbDissolve: func(w words0) workflow.Command { return workflow.DissolveGroup{Reason: w.text()} },
}

// correction turns what a person wrote for a field into the field's stored form.
func correction(field, now string) workflow.Command {
	switch field {
	case workflow.FieldAmount:
		if fen, ok := grammar.ParseAmount(now); ok {
			now = formatFen(fen)
		}
	case workflow.FieldSource:
		if v, ok := words.Enum("source", now); ok {
			now = v
		}
	}
	return workflow.Correct{Field: field, Now: now}
}
