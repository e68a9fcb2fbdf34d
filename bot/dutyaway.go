package bot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"sameday/bot/card"
	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// submitAbsence takes somebody out of the roster for a while. Whoever says so for himself is taken out at every unit whose roster he is
// on: he is away everywhere.
func (b *Bot) submitAbsence(ctx context.Context, r request, u org.Unit, f *filled) answer {
	cmd := duty.Absent{
		Person: org.PersonID(f.text("person")), From: f.moment("from"), To: f.moment("to"), Reason: f.free("reason"),
	}
	if len(f.wrong) > 0 {
		return answer{Errors: f.wrong}
	}
	units := []org.UnitID{u.ID}
	if cmd.Person == r.Person {
		for _, s := range r.rules.Book.Duties(r.Person, cmd.From, cmd.To) {
			if !slices.Contains(units, s.Unit) {
				units = append(units, s.Unit)
			}
		}
	}
	left := 0
	for i, unit := range units {
		key := r.Key
		if key != "" && i > 0 {
			key += "/" + string(unit)
		}
		out, err := b.dutyDo(ctx, r, unit, cmd, key)
		if err != nil && i == 0 {
			return b.dutyWrong(ctx, r, u.ID, err, "person")
		}
		var no *duty.Refusal
		if err != nil && !errors.As(err, &no) {
			return b.dutyWrong(ctx, r, unit, err, "person")
		}
		left += len(out.After.Gaps(duty.Primary, cmd.From, cmd.To)) - len(out.Before.Gaps(duty.Primary, cmd.From, cmd.To))
	}
	n := b.dutyNaming(ctx, r, u.ID)
	text := r.words.T("roster.absence_done", "name", words.Escape(n.Person(cmd.Person)), "span", r.dutySpan(cmd.From, cmd.To, u.Zone))
	if left > 0 {
		text += "\n" + r.words.T("roster.absence_gaps", "n", left)
	}
	return say(text)
}

// submitSwap proposes a swap; the other person is asked.
func (b *Bot) submitSwap(ctx context.Context, r request, f *filled) answer {
	mine, ok1 := decodeShift(f.text("mine"))
	theirs, ok2 := decodeShift(f.text("theirs"))
	if !ok1 || !ok2 {
		return answer{Errors: map[string]string{anyField(r.State): r.words.T("reply.gone")}}
	}
	if mine.Unit != theirs.Unit || mine.Role != theirs.Role {
		return answer{Errors: map[string]string{"theirs": r.words.T("roster.swap_unlike")}}
	}
	out, err := b.dutyDo(ctx, r, mine.Unit, duty.ProposeSwap{
		Role: mine.Role, From: mine.From, To: mine.To, Other: theirs.Person, OtherFrom: theirs.From, OtherTo: theirs.To,
	}, r.Key)
	if err != nil {
		return b.dutyWrong(ctx, r, mine.Unit, err, "theirs")
	}
	u, _ := r.rules.Tree.Unit(mine.Unit)
	for _, fact := range out.Facts {
		if e, ok := fact.Event.(duty.SwapProposed); ok {
			s, _ := out.After.Swap(e.ID)
			return answer{Message: card.SwapAnswered(b.dutyFace(ctx, r, []org.Unit{u}), u.ID, s)}
		}
	}
	return answer{} // the same delivery again
}

// cancellable are the overrides, swaps and absences still to come that this person may take back, as options of a menu.
func (b *Bot) cancellable(ctx context.Context, r request, u org.Unit, roster duty.Roster, manages bool) []*slack.OptionBlockObject {
	name := b.people.namer(ctx)
	var out []*slack.OptionBlockObject
	seen := map[string]bool{}
	add := func(kind string, e duty.Entry, what string) {
		value := strings.Join([]string{string(u.ID), kind, e.ID}, "|")
		if seen[value] || len(out) == maxOptions {
			return
		}
		seen[value] = true
		text := strings.Join([]string{what, workflow.Gist(name(e.Person), 20), r.dutySpan(e.From, e.To, u.Zone)}, " ")
		out = append(out, slack.NewOptionBlockObject(value, plain(workflow.Gist(text, 75)), nil))
	}
	until := r.now.Add(dutyAhead)
	if manages {
		for _, e := range roster.Overrides(r.now, until) {
			add("o", e, r.words.Name(words.ShiftSource, string(e.Source)))
		}
	}
	for _, e := range roster.Absences(r.now, until) {
		if manages || e.Person == r.Person {
			add("a", e, r.words.T("roster.away"))
		}
	}
	return out
}

// cancelEntry takes back what was chosen.
func (b *Bot) cancelEntry(ctx context.Context, r request) answer {
	parts := strings.Split(r.Value, "|")
	if len(parts) != 3 {
		return say(r.words.T("reply.gone"))
	}
	var cmd duty.Command = duty.CancelOverride{ID: parts[2]}
	if parts[1] == "a" {
		cmd = duty.CancelAbsence{ID: parts[2]}
	}
	unit := org.UnitID(parts[0])
	if _, err := b.dutyDo(ctx, r, unit, cmd, ""); err != nil {
		return b.dutyRefused(ctx, r, unit, err)
	}
	return say(r.words.T("roster.cancelled"))
}
