package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/bot/grammar"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// The fields of the forms around outside experts and mediation.
var (
	callFields = []field{
		{name: "expert", kind: inputPanel, required: true},
		{name: "purpose", kind: inputRadio, required: true, values: "purpose", options: names(workflow.Purposes()), initial: string(workflow.ForInterview)},
		{name: "when", kind: inputLine, required: true},
		{name: "place", kind: inputLine, required: true},
		{name: "why", kind: inputText},
	}
	sessionFields = []field{
		{name: "leader", kind: inputPanel, required: true},
		{name: "when", kind: inputLine, required: true},
		{name: "place", kind: inputLine, required: true},
		{name: "bank", kind: inputPeople, required: true},
		{name: "customer_side", kind: inputText, required: true},
	}
	settleFields = []field{
		{name: "result", kind: inputRadio, required: true, values: "mediation_result", options: names(workflow.MediationResults())},
		{name: "text", kind: inputText},
		{name: "amount", kind: inputLine},
	}
)

// panelSelect lists the outside experts, in groups by field as the configuration orders them.
func panelSelect(r request, name string, placeholder *slack.TextBlockObject, initial string) slack.BlockElement {
	var groups []*slack.OptionGroupBlockObject
	var all []*slack.OptionBlockObject
	at := map[string]int{}
	for _, e := range r.rules.Panel.Members {
		text := r.words.T("expert.option", "name", first(e.Name, string(e.Person)), "kind", r.words.Name("expert_kind", string(e.Kind)))
		option := slack.NewOptionBlockObject(string(e.Person), plain(workflow.Gist(text, 75)), nil)
		i, ok := at[e.Field]
		if !ok {
			if len(groups) == maxOptions {
				continue
			}
			i = len(groups)
			at[e.Field] = i
			label := workflow.Gist(first(e.Field, r.words.T("expert.other")), 75)
			groups = append(groups, slack.NewOptionGroupBlockElement(plain(label)))
		}
		if len(groups[i].Options) < maxOptions {
			groups[i].Options, all = append(groups[i].Options, option), append(all, option)
		}
	}
	if len(groups) == 0 {
		return nil
	}
	e := slack.NewOptionsGroupSelectBlockElement(slack.OptTypeStatic, placeholder, name, groups...)
	e.InitialOption = chosen(all, initial)
	return e
}

// invitation is the number of the invitation that a button is about; 0 where it was typed.
func (w *words0) invitation() int {
	v, _ := card.DecodeValue(w.r.Value)
	return card.InvitationOf(v.Menu)
}

// called is what was typed about a session: who, what for, when, where, and the rest.
type called struct {
	expert  org.PersonID // of the panel
	others  []org.PersonID
	purpose workflow.Purpose
	when    string // as it was typed
	place   string
	rest    string
}

// session reads "@方正 调解 明天 14:00 总行三楼 客户要求赔偿": people anywhere, then what for, when, where (one word), and the rest. A member of the
// panel who is not mentioned may be named by the first word.
func (w words0) session() called {
	var c called
	for _, m := range w.typed.Mentions {
		if _, ok := w.r.rules.Panel.Find(org.PersonID(m)); ok && c.expert == "" {
			c.expert = org.PersonID(m)
		} else {
			c.others = append(c.others, org.PersonID(m))
		}
	}
	w.cut(w.text())
	if c.expert == "" && len(w.typed.Words) > 0 {
		name := grammar.Fold(strings.TrimPrefix(w.typed.Words[0].Text, "@"))
		i := slices.IndexFunc(w.r.rules.Panel.Members, func(e workflow.Expert) bool { return e.Name != "" && grammar.Fold(e.Name) == name })
		if i >= 0 {
			c.expert = w.r.rules.Panel.Members[i].Person
			w.cut(w.typed.Rest[w.typed.Words[0].End:])
		}
	}
	c.purpose = workflow.Purpose(w.take("purpose"))
	c.when = leadingTime.FindString(w.typed.Rest)
	if w.cut(w.typed.Rest[len(c.when):]); c.when != "" && len(w.typed.Words) > 0 {
		c.place = w.typed.Words[0].Text
		w.cut(w.typed.Rest[w.typed.Words[0].End:])
	}
	c.rest = w.typed.Rest
	return c
}

// cut goes on with what is left of the words.
func (w *words0) cut(rest string) {
	w.typed.Rest = strings.TrimSpace(strings.TrimLeft(rest, " \t　，,:：；;"))
	w.typed.Words = grammar.Fields(w.typed.Rest)
}

// readExpert takes an invitation that names everything; otherwise the form asks.
func readExpert(w words0) workflow.Command {
	c := w.session()
	when, ok := grammar.ParseTime(c.when, w.r.now, w.r.zone)
	if c.expert == "" || !ok || c.place == "" {
		return nil
	}
	return workflow.CallExpert{Person: c.expert, For: c.purpose, When: when, Place: c.place, Why: c.rest}
}

// readMediate takes a session that names everything; otherwise the form asks.
func readMediate(w words0) workflow.Command {
	c := w.session()
	when, ok := grammar.ParseTime(c.when, w.r.now, w.r.zone)
	if c.expert == "" || !ok || c.place == "" || len(c.others) == 0 || c.rest == "" {
		return nil
	}
	return workflow.Mediate{Leader: c.expert, Bank: c.others, When: when, Place: c.place, Customer: c.rest}
}

// readSettle reads "达成 退还年费 1,280 元".
func readSettle(w words0) workflow.Command {
	result := w.take("mediation_result")
	if result == "" {
		return nil
	}
	k := workflow.Settle{Result: workflow.MediationResult(result), Text: w.text()}
	if k.Result == workflow.MediationAgreed {
		k.AmountFen = w.amount()
	}
	return k
}

// fillOutside is what the forms around outside experts open with: what was typed, and what is true now.
func fillOutside(c workflow.Complaint, v workflow.Verb, r request, text string, fill prefill) {
	switch v {
	case workflow.VerbRegret:
		fill["reason"] = text
		return
	case workflow.VerbOpinion, workflow.VerbSettle:
		fill["text"] = text
		return
	}
	typed := words0{typed: grammar.Command{Rest: text, Words: grammar.Fields(text), Mentions: grammar.Mentions(text)}, r: r}.session()
	fill["when"], fill["place"] = typed.when, typed.place
	if v == workflow.VerbExpert {
		fill["expert"], fill["purpose"], fill["why"] = string(typed.expert), string(typed.purpose), typed.rest
		return
	}
	fill["leader"], fill["bank"], fill["customer_side"] = string(typed.expert), spaced(typed.others), typed.rest
	if len(typed.others) == 0 {
		for _, p := range []org.PersonID{c.Handler, c.Lead} {
			if p != "" && !strings.Contains(fill["bank"], string(p)) {
				fill["bank"] += string(p) + " "
			}
		}
	}
	for _, i := range c.Invitations { // the last who accepted to come to a mediation that is still to be set
		if i.State == workflow.InvitationAccepted && i.For == workflow.ForMediation && i.When.After(r.now) && typed.expert == "" && typed.when == "" {
			fill["leader"], fill["place"] = string(i.Person), i.Place
			fill["when"] = i.When.In(r.zone).Format("2006-01-02 15:04")
		}
	}
}

// answeredBefore answers a button about an invitation that has been answered meanwhile, or replaced.
func (b *Bot) answeredBefore(ctx context.Context, r request, verb workflow.Verb, id workflow.ID, n int) *answer {
	if n == 0 || verb != workflow.VerbAttend && verb != workflow.VerbRegret {
		return nil
	}
	c, err := b.desk.Complaint(ctx, id)
	if err != nil || !c.Open() {
		return nil // what comes next says it
	}
	no := c.AnsweredBefore(r.Person, n)
	if no == nil {
		return nil
	}
	no.Verb = verb
	a := b.refused(ctx, r, id, no)
	return &a
}

// openFor lists the open complaints that somebody may choose from: those of this channel; for an outside expert those that invited him.
func (b *Bot) openFor(ctx context.Context, r request) ([]workflow.Summary, error) {
	if _, outside := r.rules.Panel.Find(r.Person); !outside || len(r.rules.Tree.Posts(r.Person)) > 0 {
		return b.openHere(ctx, r)
	}
	ids, err := b.desk.Advised(ctx, r.Person, maxPick)
	if err != nil {
		return nil, err
	}
	var out []workflow.Summary
	for _, id := range ids {
		c, err := b.desk.Complaint(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, workflow.Summarize(c))
	}
	return out, nil
}

// homeInvited are the invitations of an outside expert that wait for an answer or for an opinion: nil for anybody else.
func (b *Bot) homeInvited(ctx context.Context, r request) ([]card.HomeInvitation, error) {
	if _, outside := r.rules.Panel.Find(r.Person); !outside {
		return nil, nil
	}
	ids, err := b.desk.Advised(ctx, r.Person, mostHome)
	if err != nil {
		return nil, err
	}
	out := []card.HomeInvitation{}
	for _, id := range ids {
		c, err := b.desk.Complaint(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, v := range slices.Backward(c.Invitations) {
			if v.Person == r.Person && (v.State == workflow.InvitationSent || v.State == workflow.InvitationAccepted) {
				out = append(out, card.HomeInvitation{Complaint: c.ID, Unit: c.Unit, Invitation: v})
				break
			}
		}
	}
	return out, nil
}

// renderExpert writes to an outside expert: the invitation, which is drawn anew once it is answered; or that it is over.
func (b *Bot) renderExpert(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, fact, f, err := b.private(ctx, i, about)
	if err != nil {
		return deliver.Action{}, err
	}
	n := 0
	switch e := fact.Event.(type) {
	case workflow.ExpertInvited:
		n = e.N
	case workflow.ExpertAnswered:
		n = e.N
	case workflow.Closed:
		return dismissed(f, c, about.Person, fact.At), nil
	}
	v, ok := c.Invitation(n)
	if !ok || v.Person != about.Person {
		return deliver.Action{Skip: true}, nil
	}
	a := direct(card.Invitation(f, c, v), v.Person)
	what := workflow.PostedInvitation(n)
	switch old, posted := c.Posts[what]; {
	case posted:
		a.Channel, a.UpdateTS = old.Channel, old.TS
	case v.State == workflow.InvitationReplaced || v.State == workflow.InvitationLapsed:
		return deliver.Action{Skip: true}, nil // it was never seen
	default:
		a.Posted = b.kept(c.ID, what)
	}
	return a, nil
}

// renderStale draws an invitation anew that is over, or holds again; one that was never sent stays unsent.
func (b *Bot) renderStale(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, fact, f, err := b.private(ctx, i, about)
	if err != nil {
		return deliver.Action{}, err
	}
	v, _ := c.Stale(fact, about.Person)
	old, posted := c.Posts[workflow.PostedInvitation(v.N)]
	if !posted {
		return deliver.Action{Skip: true}, nil
	}
	a := action(card.Invitation(f, c, v))
	a.Channel, a.UpdateTS = old.Channel, old.TS
	return a, nil
}

// dismissed tells an expert of the last session that a closing spares him, where he has been told of it and the closing holds.
func dismissed(f card.Face, c workflow.Complaint, p org.PersonID, closed time.Time) deliver.Action {
	for _, v := range slices.Backward(c.Invitations) {
		if _, told := c.Posts[workflow.PostedInvitation(v.N)]; v.Person == p && told && v.Spared(closed) && !c.Open() {
			return direct(card.Dismissed(f, c, v), p)
		}
	}
	return deliver.Action{Skip: true}
}

// renderWaiting tells whoever invited an expert that nothing has come back, unless it has meanwhile.
func (b *Bot) renderWaiting(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, fact, f, err := b.private(ctx, i, about)
	if err != nil {
		return deliver.Action{}, err
	}
	e, _ := fact.Event.(workflow.ExpertWaiting)
	v, ok := c.Invitation(e.N)
	if !ok || v.State != workflow.InvitationSent || !c.Open() {
		return deliver.Action{Skip: true}, nil
	}
	return direct(card.Waiting(f, c, v), about.Person), nil
}

// renderSession reminds whoever leads a mediation of it, or asks whoever set it for its outcome; what is known meanwhile is told to nobody.
func (b *Bot) renderSession(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, fact, f, err := b.private(ctx, i, about)
	if err != nil {
		return deliver.Action{}, err
	}
	e, _ := fact.Event.(workflow.MediationNudged)
	s, ok := c.SessionByNumber(e.N)
	switch {
	case !ok || !s.Waits():
		return deliver.Action{Skip: true}, nil
	case e.After:
		return direct(card.SessionMissing(f, c, s), about.Person), nil
	}
	return direct(card.SessionAhead(f, c, s), about.Person), nil
}

// mediationYear answers /notice mediation: twelve months up to today.
func (b *Bot) mediationYear(ctx context.Context, r request, u org.Unit, to calendar.Day) answer {
	m, err := b.mediations(ctx, u, to)
	if err != nil {
		return b.failed(r, err)
	}
	f := b.face(ctx, r)
	return answer{Message: card.Join(f, card.Mediations(f, u.ID, m))}
}

// mediations counts the sessions of a unit and everything below it in the twelve months that end with a day, in each unit's own zone.
func (b *Bot) mediations(ctx context.Context, u org.Unit, to calendar.Day) (workflow.Mediations, error) {
	var all []workflow.MediationStat
	tree := b.desk.Rules().Tree
	for _, id := range tree.Below(u.ID) {
		unit, _ := tree.Unit(id)
		list, err := b.desk.Mediations(ctx, id, workflow.MediationYear(to).Start(unit.Zone), to.End(unit.Zone))
		if err != nil {
			return workflow.Mediations{}, err
		}
		all = append(all, list...)
	}
	return workflow.MakeMediations(to, all), nil
}
