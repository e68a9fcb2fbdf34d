package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"sameday/bot/card"
	"sameday/bot/grammar"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
	"sameday/workflow/privacy"
)

// actionPick is the picker's action id, beside those of package card.
const (
	actionPick = card.ActionPrefix + "pick" // the picker: verb and number are in the value
)

// click answers a button, a menu or the picker. The value says which complaint, and what its state was when the button was drawn.
func (b *Bot) click(ctx context.Context, r request) answer {
	if r.Action == card.ActionOpen {
		return answer{}
	}
	if workflow.Verb(verbOf(r.Action)) == workflow.VerbNew {
		return b.offerNew(ctx, r, "")
	}
	if a, ok := b.clickDuty(ctx, r); ok {
		return a
	}
	if a, ok := b.clickDaily(ctx, r); ok {
		return a
	}
	v, ok := card.DecodeValue(r.Value)
	if !ok {
		return say(r.words.T("reply.gone"))
	}
	verb := v.Verb
	if r.Action != card.ActionMenu && r.Action != actionPick {
		verb = workflow.Verb(verbOf(r.Action))
	}
	if verb == card.VerbMore {
		return b.more(ctx, r, v.ID)
	}
	if look, ok := b.looks[string(verb)]; ok {
		b.asks.add(string(verb))
		return look(ctx, r, grammar.Command{Verb: string(verb)}, v.ID)
	}
	if r.Action == card.ActionReply {
		return b.offerForm(ctx, r, workflow.VerbRead, v.ID, "")
	}
	if into := card.MergeOf(v.Menu); verb == workflow.VerbMerge && into != "" {
		return b.do(ctx, r, v.ID, []workflow.Command{workflow.Merge{Into: into}})
	}
	if a := b.stale(ctx, r, verb, v.ID, card.DirectiveOf(v.Menu)); a != nil {
		return *a
	}
	if a := b.answeredBefore(ctx, r, verb, v.ID, card.InvitationOf(v.Menu)); a != nil {
		return *a
	}
	row, known := workflow.RowOf(verb)
	if !known {
		return say(r.words.T("reply.gone"))
	}
	if row.Asks {
		return b.offerForm(ctx, r, verb, v.ID, "")
	}
	read := typedReaders[verb]
	return b.do(ctx, r, v.ID, []workflow.Command{read(words0{r: r})})
}

// offerForm opens a verb's form, after asking the rules whether it could be accepted at all: a person should not fill in what will
// be refused. Without a trigger (a mention has none) a button stands for the form.
func (b *Bot) offerForm(ctx context.Context, r request, v workflow.Verb, id workflow.ID, text string) answer {
	c, err := b.desk.Complaint(ctx, id)
	if err != nil {
		return b.refused(ctx, r, id, err)
	}
	if no := workflow.Can(c, v, r.actor(), r.rules); no != nil {
		return b.refused(ctx, r, id, no)
	}
	if r.Trigger == "" {
		return answer{Message: formButton(r, c, v)}
	}
	value, _ := card.DecodeValue(r.Value)
	if text, err = b.desk.Hide(ctx, c, text); err != nil { // the form carries it to Slack
		return b.failed(r, err)
	}
	meta := formMeta{Number: id, Channel: r.Channel, Thread: r.Thread, ResponseURL: r.ResponseURL, AsOf: c.ClimbVersion(), Rung: c.Raised()}
	meta.Directive, meta.Invitation = card.DirectiveOf(value.Menu), card.InvitationOf(value.Menu)
	return b.openForm(ctx, r, makeForm(r, v, meta, fillFrom(c, v, r, text)))
}

func (b *Bot) openForm(ctx context.Context, r request, view slack.ModalViewRequest) answer {
	if err := b.slack.Open(ctx, r.Trigger, view); err != nil {
		b.log.Warn().Str("envelope", r.ref).Str("form", view.CallbackID).Str("reason", reason(err)).Msg("a form could not be opened")
		return say(r.words.T("ask.pick_failed"))
	}
	return answer{}
}

// fillFrom is what a form opens with: what was typed, and what is true now.
func fillFrom(c workflow.Complaint, v workflow.Verb, r request, text string) prefill {
	fill := prefill{}
	switch v {
	case workflow.VerbAssign:
		fill["handler"], fill["note"] = string(c.Handler), text
		if c.Handler == "" && !slices.Contains(c.Subjects, r.Person) {
			fill["handler"] = string(r.Person)
		}
		fill["co_handlers"] = spaced(c.CoHandlers)
	case workflow.VerbContact:
		fill["wants"] = text
	case workflow.VerbHandle:
		fill["text"] = text
		if c.AmountFen > 0 {
			fill["amount"] = grammar.FormatAmount(c.AmountFen)
		}
	case workflow.VerbKind:
		for _, k := range c.Kinds {
			fill["kinds"] += string(k) + " "
		}
	case workflow.VerbFlag:
		if c.Flags.Vulnerable {
			fill["flags"] += "vulnerable "
		}
		if c.Flags.Epidemic {
			fill["flags"] += "epidemic"
		}
		if c.Flags.HeadCount > 0 {
			fill["head_count"] = fmt.Sprint(c.Flags.HeadCount)
		}
	case workflow.VerbCollective:
		if c.Flags.HeadCount > 0 {
			fill["head_count"] = fmt.Sprint(c.Flags.HeadCount)
		}
	case workflow.VerbLead:
		fill["lead"] = string(r.Person)
		if c.Lead != "" {
			fill["lead"] = string(c.Lead)
		}
	case workflow.VerbMerge:
		fill["into"] = text
		if text == "" && len(c.Repeats) > 0 {
			fill["into"] = string(c.Repeats[0])
		}
	case workflow.VerbFeedback, workflow.VerbNote, workflow.VerbDirect, workflow.VerbDone, workflow.VerbReport, workflow.VerbRead:
		fill["text"] = text
	case workflow.VerbClose, workflow.VerbReopen, workflow.VerbExtend, workflow.VerbEscalate, workflow.VerbReturn,
		workflow.VerbRequest, workflow.VerbDeny, workflow.VerbTransfer, workflow.VerbRefuse, workflow.VerbDecline, workflow.VerbSeparate:
		fill["reason"] = text
	case workflow.VerbCorrect:
		fill["now"] = text
	case workflow.VerbExpert, workflow.VerbMediate, workflow.VerbOpinion, workflow.VerbRegret, workflow.VerbSettle:
		fillOutside(c, v, r, text, fill)
	case workflow.VerbDissolve:
		fill["reason"] = text
	case workflow.VerbGroup:
		fillGroup(fill, c, r, text)
	}
	return fill
}

func spaced(all []org.PersonID) string {
	out := ""
	for _, p := range all {
		out += string(p) + " "
	}
	return out
}

// offerNew opens the form for a new complaint. In a unit's own channel the unit needs no asking, except where units below hang on it.
func (b *Bot) offerNew(ctx context.Context, r request, text string) answer {
	if no := workflow.Can(workflow.Complaint{}, workflow.VerbNew, r.actor(), r.rules); no != nil {
		return say(r.stranger())
	}
	meta := formMeta{Channel: r.Channel, Thread: r.Thread, ResponseURL: r.ResponseURL}
	text, _ = privacy.Mask(text) // the form carries it to Slack
	fill := prefill{"summary": text, "unit": string(r.unit.ID)}
	if r.unit.ID == "" {
		fill["unit"] = string(r.ownUnit().ID)
	} else if len(r.rules.Tree.Children(r.unit.ID)) == 0 {
		meta.Unit = r.unit.ID
	}
	if r.unit.Tier == org.HeadOffice {
		fill["source"] = string(workflow.SourceHeadOffice)
	}
	if r.Trigger == "" {
		return answer{Message: newButton(r)}
	}
	return b.openForm(ctx, r, makeForm(r, workflow.VerbNew, meta, fill))
}

// shortcut opens a complaint from any message.
func (b *Bot) shortcut(ctx context.Context, r request) answer {
	if r.Action != shortcutOpen {
		return answer{}
	}
	return b.offerNew(ctx, r, grammar.Unescape(r.Text))
}

// pick shows the open complaints of this channel that this person may do this to.
func (b *Bot) pick(ctx context.Context, r request, v workflow.Verb) answer {
	list, err := b.pickable(ctx, r, v)
	if err != nil {
		return b.failed(r, err)
	}
	if len(list) == 0 {
		return say(r.words.T("reply.pick_none", "do", r.words.Do(string(v))))
	}
	return answer{Message: picker(r, v, list)}
}

// maxPick bounds how many complaints are looked at to fill a picker: a select takes 100.
const maxPick = maxOptions

func (b *Bot) pickable(ctx context.Context, r request, v workflow.Verb) ([]workflow.Summary, error) {
	var open []workflow.Summary
	var err error
	row, acts := workflow.RowOf(v)
	if acts && row.When == workflow.WhenClosed {
		open, err = b.recentlyClosed(ctx, r)
	} else {
		open, err = b.openFor(ctx, r)
	}
	if err != nil || !acts {
		return open[:min(maxPick, len(open))], err
	}
	var out []workflow.Summary
	for _, s := range open {
		c, err := b.desk.Complaint(ctx, s.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if workflow.Can(c, v, r.actor(), r.rules) == nil {
			out = append(out, s)
		}
		if len(out) == maxPick {
			break
		}
	}
	return out, nil
}
