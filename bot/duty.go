package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"sameday/bot/card"
	"sameday/bot/grammar"
	"sameday/bot/words"
	"sameday/store"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// commandDuty is the slash command of rosters.
const commandDuty = "/duty"

// dutyState is what the bot keeps for rosters.
type dutyState struct {
	dutyVerbs       grammar.Verbs
	duties          map[string]func(context.Context, request, grammar.Command) answer
	shifts          shiftWatch
	homes           homes
	rehome, regroup chan struct{} // something changed that App Home, or a user group, may show
}

func (b *Bot) newDuty() dutyState {
	return dutyState{
		dutyVerbs: grammar.NewVerbs(words.DutyVerbs()), duties: b.dutyTable(), rehome: make(chan struct{}, 1), regroup: make(chan struct{}, 1),
	}
}

// dutyTable lists what can be typed behind /duty.
func (b *Bot) dutyTable() map[string]func(context.Context, request, grammar.Command) answer {
	return map[string]func(context.Context, request, grammar.Command) answer{
		words.DutyNow:  b.dutyNow,
		words.DutyWeek: b.dutyWeek,
		words.DutyGaps: b.dutyGaps,
		words.DutySwap: b.dutySwap,
		words.DutySet:  b.dutySet,
		words.DutyAck:  b.dutyAck,
		words.DutyHelp: b.dutyHelp,
	}
}

// duty answers /duty. Without a word it says who is on duty; a unit's name alone says who is on duty there.
func (b *Bot) duty(ctx context.Context, r request) answer {
	if no := b.mayLook(r); no != nil {
		return *no
	}
	typed := grammar.Parse(r.Text, b.dutyVerbs)
	if do, ok := b.duties[typed.Verb]; ok {
		b.asks.add("duty " + typed.Verb)
		return do(ctx, r, typed)
	}
	if typed.Unknown == "" {
		return b.dutyNow(ctx, r, typed)
	}
	if _, ok := findUnit(r, typed.Rest); ok {
		return b.dutyNow(ctx, r, typed)
	}
	word := words.Escape(echo(typed.Unknown))
	if len(typed.Nearest) == 0 {
		return say(r.words.T("ask.unknown_duty", "word", word))
	}
	nearest := make([]string, len(typed.Nearest))
	for i, alias := range typed.Nearest {
		nearest[i] = "`" + commandDuty + " " + alias + "`"
	}
	return say(r.words.T("roster.nearest", "word", word, "nearest", r.words.Join(nearest)))
}

// findUnit finds the unit somebody named: by its id, its name, or a part of the name that only one has.
func findUnit(r request, text string) (org.Unit, bool) {
	folded := grammar.Fold(text)
	if folded == "" {
		return org.Unit{}, false
	}
	var parts []org.Unit
	for _, u := range r.rules.Tree.Units() {
		name := grammar.Fold(u.Name)
		if folded == grammar.Fold(string(u.ID)) || folded == name {
			return u, true
		}
		if strings.Contains(name, folded) {
			parts = append(parts, u)
		}
	}
	if len(parts) == 1 {
		return parts[0], true
	}
	return org.Unit{}, false
}

// dutyUnits are the units that a command is about: the one named; else that of the channel; else the person's own. A name that no unit
// has is answered with the nearest ones.
func dutyUnits(r request, text string) ([]org.Unit, *answer) {
	if text = strings.TrimSpace(text); text != "" {
		if u, ok := findUnit(r, text); ok {
			return []org.Unit{u}, nil
		}
		a := noUnit(r, text)
		return nil, &a
	}
	if r.unit.ID != "" {
		return []org.Unit{r.unit}, nil
	}
	var out []org.Unit
	for _, id := range r.ownUnits() {
		u, _ := r.rules.Tree.Unit(id)
		out = append(out, u)
	}
	return out, nil
}

func noUnit(r request, text string) answer {
	folded := grammar.Fold(text)
	var all, near []string
	for _, u := range r.rules.Tree.Units() {
		all = append(all, u.Name)
		if len(near) < 3 && folded != "" && strings.Contains(grammar.Fold(u.Name), folded) {
			near = append(near, words.Escape(u.Name))
		}
	}
	for _, name := range grammar.Nearest(text, all, 3) {
		if len(near) < 3 {
			near = append(near, words.Escape(name))
		}
	}
	if len(near) == 0 {
		return say(r.words.T("roster.no_unit", "word", words.Escape(echo(text))))
	}
	return say(r.words.T("roster.no_unit_near", "word", words.Escape(echo(text)), "nearest", r.words.Join(near)))
}

// ownUnits are the units at which the person holds a position, each once.
func (r request) ownUnits() []org.UnitID {
	var out []org.UnitID
	for _, p := range r.rules.Tree.Posts(r.Person) {
		if !slices.Contains(out, p.Unit) {
			out = append(out, p.Unit)
		}
	}
	return out
}

// dutyLine says who is on duty at a unit now.
func dutyLine(r request, u org.UnitID) card.DutyLine {
	line := card.DutyLine{Unit: u, Officer: r.rules.Book.Answers(u, r.now)}
	if roster, ok := r.rules.Book.Roster(u); ok {
		deputy, _ := roster.Scheduled(duty.Deputy, r.now)
		leader, _ := roster.Scheduled(duty.Leader, r.now)
		line.Deputy, line.Leader = deputy.Person, leader.Person
	}
	return line
}

// dutyNow says who is on duty: at the unit and at each of those directly below it.
func (b *Bot) dutyNow(ctx context.Context, r request, typed grammar.Command) answer {
	units, no := dutyUnits(r, typed.Rest)
	if no != nil {
		return *no
	}
	var ids []org.UnitID
	for _, u := range units {
		for _, id := range append([]org.UnitID{u.ID}, r.rules.Tree.Children(u.ID)...) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	lines := make([]card.DutyLine, len(ids))
	for i, id := range ids {
		lines[i] = dutyLine(r, id)
	}
	return answer{Message: card.DutyNow(b.dutyFace(ctx, r, units), lines)}
}

// dutyFace speaks in the zone of the first unit: a roster's times are those of its unit, wherever it is looked at.
func (b *Bot) dutyFace(ctx context.Context, r request, units []org.Unit) card.Face {
	zone := r.zone
	if len(units) > 0 && units[0].Zone != nil {
		zone = units[0].Zone
	}
	return b.faceIn(ctx, r.rules, r.words, zone, r.now)
}

// mostWeeks bounds how many rosters one answer shows to somebody with positions at many units.
const mostWeeks = 3

// dutyWeek shows seven days of a roster, with buttons for what this person may change.
func (b *Bot) dutyWeek(ctx context.Context, r request, typed grammar.Command) answer {
	units, no := dutyUnits(r, typed.Rest)
	if no != nil {
		return *no
	}
	var parts []card.Message
	for _, u := range units[:min(len(units), mostWeeks)] {
		from := calendar.DayOf(r.now, u.Zone)
		var shifts []duty.Shift
		if roster, ok := r.rules.Book.Roster(u.ID); ok {
			for _, role := range duty.Roles() {
				shifts = append(shifts, roster.Shifts(role, from.Start(u.Zone), from.Add(7).Start(u.Zone))...)
			}
		}
		parts = append(parts, card.DutyWeek(b.dutyFace(ctx, r, []org.Unit{u}), u.ID, from, shifts))
	}
	if len(parts) == 0 {
		return b.dutyNow(ctx, r, typed)
	}
	m := card.Join(b.dutyFace(ctx, r, units), parts)
	if controls := b.dutyControls(ctx, r, units[0]); len(controls) > 0 && len(m.Blocks) > 0 {
		m.Blocks = append(m.Blocks, slack.NewActionBlock("duty/do/"+string(units[0].ID), controls...))
	}
	return answer{Message: m}
}

// dutyControls are the buttons under a roster: each leads to something that this person may do.
func (b *Bot) dutyControls(ctx context.Context, r request, u org.Unit) []slack.BlockElement {
	roster, _ := r.rules.Book.Roster(u.ID)
	manages, listed := duty.CanManage(r.rules.Tree, u.ID, r.Person), roster.Mentions(r.Person)
	var out []slack.BlockElement
	add := func(may bool, form string) {
		if may {
			out = append(out, slack.NewButtonBlockElement(card.ActionPrefix+form, string(u.ID), plain(r.words.T("form."+form+".title"))))
		}
	}
	add(listed, formSwap)
	add(manages, formSet)
	add(manages, formOverride)
	add(manages || listed, formAbsence)
	if list := b.cancellable(ctx, r, u, roster, manages); len(list) > 0 {
		out = append(out, slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(r.words.T("roster.cancel")), actionCancel, list...))
	}
	return out
}

// dutyGaps lists the stretches of the next 30 days in which nobody is on duty: of the primary, and of the roles that the unit uses.
func (b *Bot) dutyGaps(ctx context.Context, r request, typed grammar.Command) answer {
	units, no := dutyUnits(r, typed.Rest)
	if no != nil {
		return *no
	}
	var parts []card.Message
	for _, u := range units[:min(len(units), mostWeeks)] {
		roster, _ := r.rules.Book.Roster(u.ID)
		var gaps []card.RoleGaps
		var instead duty.Officer
		for _, role := range duty.Roles() {
			if role != duty.Primary && len(roster.Shifts(role, r.now, r.now.Add(dutyAhead))) == 0 {
				continue
			}
			spans := roster.Gaps(role, r.now, r.now.Add(dutyAhead))
			if role == duty.Primary && len(spans) > 0 {
				instead = r.rules.Book.Answers(u.ID, spans[0].From)
			}
			gaps = append(gaps, card.RoleGaps{Role: role, Spans: spans})
		}
		parts = append(parts, card.DutyGaps(b.dutyFace(ctx, r, []org.Unit{u}), u.ID, gaps, instead, r.rules.Book.Owner(u.ID)))
	}
	return answer{Message: card.Join(b.dutyFace(ctx, r, units), parts)}
}

// dutyAck answers all that calls this person; with a number, that one.
func (b *Bot) dutyAck(ctx context.Context, r request, typed grammar.Command) answer {
	if typed.HasNumber {
		return b.complaint(ctx, r, words.DutyAck+" "+typed.Number.String(), "")
	}
	return b.ackAll(ctx, r, r.now)
}

func (b *Bot) dutyHelp(ctx context.Context, r request, _ grammar.Command) answer {
	return answer{Message: card.Help(b.face(ctx, r), commandDuty, nil)}
}

// dutyDo carries out one command about a roster for a person.
func (b *Bot) dutyDo(ctx context.Context, r request, u org.UnitID, cmd duty.Command, key string) (store.DutyOutcome, error) {
	out, err := b.desk.Duty(ctx, store.DutyRequest{Unit: u, Command: cmd, By: r.Person, At: r.now, Key: key})
	if err == nil {
		b.sender.Wake()
		b.Nudge() // a shift may have begun with it
	}
	return out, err
}

// dutyRefused says why something about a roster was not done.
func (b *Bot) dutyRefused(ctx context.Context, r request, u org.UnitID, err error) answer {
	var no *duty.Refusal
	switch {
	case errors.As(err, &no):
		return say(r.words.DutyRefusal(no, b.dutyNaming(ctx, r, u)))
	case errors.Is(err, store.ErrNotFound):
		return say(r.words.T("reply.gone"))
	}
	return b.failed(r, err)
}

func (b *Bot) dutyNaming(ctx context.Context, r request, id org.UnitID) words.Naming {
	n := words.Naming{Person: b.people.namer(ctx), Zone: r.zone, Today: r.now}
	if u, ok := r.rules.Tree.Unit(id); ok {
		n.Zone = u.Zone
	}
	return n
}

// clickDuty answers the buttons of duty messages; ok is false for any other.
func (b *Bot) clickDuty(ctx context.Context, r request) (a answer, ok bool) {
	switch r.Action {
	case card.ActionAckAll:
		until, ok := card.DecodeAckAll(r.Value)
		if !ok {
			return say(r.words.T("reply.gone")), true
		}
		return b.ackAll(ctx, r, until), true
	case card.ActionHandover:
		return b.takeOver(ctx, r), true
	case card.ActionSwapYes, card.ActionSwapNo:
		return b.answerSwap(ctx, r, r.Action == card.ActionSwapYes), true
	case actionCancel:
		return b.cancelEntry(ctx, r), true
	}
	form := verbOf(r.Action)
	if _, ok := dutyForms[form]; !ok {
		return answer{}, false
	}
	u, known := r.rules.Tree.Unit(org.UnitID(r.Value))
	if !known {
		return say(r.words.T("reply.gone")), true
	}
	return b.offerDuty(ctx, r, dutyAsk{form: form, unit: u, role: duty.Primary}), true
}

// takeOver accepts a handover.
func (b *Bot) takeOver(ctx context.Context, r request) answer {
	unit, at, ok := card.DecodeHandover(r.Value)
	if !ok {
		return say(r.words.T("reply.gone"))
	}
	out, err := b.dutyDo(ctx, r, unit, duty.AcceptHandover{At: at}, "")
	if err != nil {
		return b.dutyRefused(ctx, r, unit, err)
	}
	h, _ := out.After.Handover(at)
	n := b.dutyNaming(ctx, r, unit)
	name := func(p org.PersonID) string { return words.Escape(n.Person(p)) }
	when := r.words.Time(h.Accepted, n.Zone, calendar.DayOf(r.now, n.Zone))
	if h.AcceptedBy != h.In {
		return say(r.words.T("duty.handover.done_for", "by", name(h.AcceptedBy), "in", name(h.In), "at", when))
	}
	return say(r.words.T("duty.handover.done", "by", name(h.In), "at", when))
}

// answerSwap agrees to a proposed swap, or declines it.
func (b *Bot) answerSwap(ctx context.Context, r request, agreed bool) answer {
	unit, id, ok := card.DecodeSwap(r.Value)
	if !ok {
		return say(r.words.T("reply.gone"))
	}
	out, err := b.dutyDo(ctx, r, unit, duty.AnswerSwap{ID: id, Agreed: agreed}, "")
	if err != nil {
		return b.dutyRefused(ctx, r, unit, err)
	}
	s, _ := out.After.Swap(id)
	u, _ := r.rules.Tree.Unit(unit)
	return answer{Message: card.SwapAnswered(b.dutyFace(ctx, r, []org.Unit{u}), unit, s)}
}

// dutySpan is a stretch of time as the unit sees it.
func (r request) dutySpan(from, to time.Time, zone *time.Location) string {
	return r.words.Stretch(duty.Span{From: from, To: to}, zone, calendar.DayOf(r.now, zone))
}
