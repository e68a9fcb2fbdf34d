package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"sameday/bot/card"
	"sameday/bot/grammar"
	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// The forms of /duty: their callback ids, and the action ids of the buttons that open them behind card.ActionPrefix.
const (
	formSet      = "duty_set"
	formSwap     = "duty_swap"
	formOverride = "duty_override"
	formAbsence  = "duty_absence"
)

// actionCancel takes back an override, a swap or an absence; the option's value is unit, kind and id.
const actionCancel = card.ActionPrefix + "duty_cancel"

// dutyForms is the table: which fields a form of /duty asks for. One rotation of one role is one form: the plan's other roles stay as
// they are. A holiday is an override with a name.
var dutyForms = map[string][]field{
	formSet: {
		{name: "unit", kind: inputUnit, required: true},
		{name: "role", kind: inputSelect, required: true, values: words.Role, options: names(duty.Roles()), initial: string(duty.Primary)},
		{name: "pattern", kind: inputSelect, required: true, values: words.Pattern, options: words.Patterns(), initial: patternDay},
		{name: "people", kind: inputPeople, required: true},
		{name: "handover_at", kind: inputClock, required: true, initial: "08:30"},
		{name: "start", kind: inputDay, required: true},
		{name: "night_people", kind: inputPeople},
		{name: "night_at", kind: inputClock},
		{name: "midnight", kind: inputChecks, values: words.Midnight, options: []string{"yes"}},
	},
	formOverride: {
		{name: "unit", kind: inputUnit, required: true},
		{name: "person", kind: inputPerson, required: true},
		{name: "role", kind: inputSelect, required: true, values: words.Role, options: names(duty.Roles()), initial: string(duty.Primary)},
		{name: "from", kind: inputLine, required: true},
		{name: "to", kind: inputLine, required: true},
		{name: "reason", kind: inputLine},
		{name: "holiday", kind: inputLine},
	},
	formAbsence: {
		{name: "unit", kind: inputUnit, required: true},
		{name: "person", kind: inputPerson, required: true},
		{name: "from", kind: inputLine, required: true},
		{name: "to", kind: inputLine, required: true},
		{name: "reason", kind: inputLine},
	},
	formSwap: {
		{name: "mine", kind: inputSelect, required: true},
		{name: "theirs", kind: inputSelect, required: true},
	},
}

// The patterns of a rotation; package words names them.
const (
	patternDay    = "whole_day"
	patternNight  = "day_night"
	patternWeekly = "weekly"
)

// dutyAsk is a form to be opened.
type dutyAsk struct {
	form   string
	unit   org.Unit // the zero Unit when the form is to ask for it
	role   duty.Role
	person org.PersonID
}

// dutySet opens the form for a rotation; or, by a word behind it, the one for an override, a holiday or an absence. A role, a person and
// a unit may be named too.
func (b *Bot) dutySet(ctx context.Context, r request, typed grammar.Command) answer {
	ask := dutyAsk{form: formSet, role: duty.Primary, person: r.Person}
	if len(typed.Mentions) > 0 {
		ask.person = org.PersonID(typed.Mentions[0])
	}
	var rest []string
	for _, w := range typed.Words {
		if kind, ok := words.Enum("roster_form", w.Text); ok {
			ask.form = setForms[kind]
		} else if role, ok := words.Enum(words.Role, w.Text); ok {
			ask.role = duty.Role(role)
		} else if !strings.HasPrefix(w.Text, "<@") {
			rest = append(rest, w.Text)
		}
	}
	units, no := dutyUnits(r, strings.Join(rest, " "))
	if no != nil {
		return *no
	}
	ask.unit = onlyUnit(r, units, ask.form)
	return b.offerDuty(ctx, r, ask)
}

// setForms are the words behind /duty set, each with its form.
var setForms = map[string]string{
	"rotation": formSet, "override": formOverride, "holiday": formOverride, "absence": formAbsence,
}

// onlyUnit is the unit that a form is about where that is plain: the only one, or the only one whose roster this person manages; the
// zero Unit where the form has to ask.
func onlyUnit(r request, units []org.Unit, form string) org.Unit {
	if len(units) == 1 {
		return units[0]
	}
	managed := slices.DeleteFunc(slices.Clone(units), func(u org.Unit) bool { return !duty.CanManage(r.rules.Tree, u.ID, r.Person) })
	switch {
	case len(managed) == 1 || len(managed) == 0 && len(units) > 0 && form != formAbsence:
		return append(managed, units...)[0] // of none that he manages, the refusal says who may
	case len(managed) == 0 && len(units) > 0:
		return units[0]
	}
	return org.Unit{}
}

// offerDuty opens a form, after asking the rules whether this person may do such a thing at all.
func (b *Bot) offerDuty(ctx context.Context, r request, ask dutyAsk) answer {
	if no := b.mayLook(r); no != nil {
		return *no
	}
	meta := formMeta{Channel: r.Channel, Thread: r.Thread, ResponseURL: r.ResponseURL, Unit: ask.unit.ID}
	if ask.form == formSwap {
		return b.offerSwap(ctx, r, ask.unit, meta)
	}
	roster, _ := r.rules.Book.Roster(ask.unit.ID)
	roster.Unit = ask.unit.ID
	if ask.unit.ID != "" && ask.form != formAbsence && !duty.CanManage(r.rules.Tree, ask.unit.ID, r.Person) {
		_, no := duty.Decide(roster, duty.Override{}, r.Person, r.rules.Tree, r.now)
		if no != nil {
			return b.dutyRefused(ctx, r, ask.unit.ID, no)
		}
	}
	zone := r.zone
	if ask.unit.Zone != nil {
		zone = ask.unit.Zone
	}
	fill := fillPeriod(roster, ask, r.now, zone)
	if ask.form == formSet {
		fill = fillRotation(roster, ask.role, r.now, zone)
	}
	if ask.unit.ID == "" {
		fill["unit"] = string(r.ownUnit().ID)
	}
	return b.openForm(ctx, r, formOf(r, ask.form, meta, ask.unit.Name, dutyForms[ask.form], fill))
}

// fillRotation is what the form of a rotation opens with: the one that counts now. Its start is kept, so that whose turn it is stays.
func fillRotation(roster duty.Roster, role duty.Role, now time.Time, zone *time.Location) prefill {
	fill := prefill{"role": string(role), "start": calendar.DayOf(now, zone).String()}
	plan, _, _ := roster.Plan(now)
	layer, ok := lastLayer(plan, role)
	if !ok {
		return fill
	}
	fill["start"], fill["pattern"] = layer.Start.String(), patternDay
	if layer.Every == 7 {
		fill["pattern"] = patternWeekly
	}
	cuts := layer.Cuts
	if len(cuts) > 0 {
		fill["handover_at"], fill["people"] = cuts[0].At.String(), spaced(cuts[0].People)
	}
	if len(cuts) > 1 {
		fill["pattern"], fill["night_at"], fill["night_people"] = patternNight, cuts[1].At.String(), spaced(cuts[1].People)
	}
	if slices.ContainsFunc(cuts, func(c duty.Cut) bool { return c.At == duty.Clock{} }) {
		fill["midnight"] = "yes"
	}
	return fill
}

func lastLayer(plan duty.Plan, role duty.Role) (duty.Layer, bool) {
	for _, l := range slices.Backward(plan.Layers) {
		if l.Role == role {
			return l, true
		}
	}
	return duty.Layer{}, false
}

// typedTime is how a form writes times, so that they can be typed over.
const typedTime = "2006-01-02 15:04"

// fillPeriod is what a form for a stretch of time opens with: from now to the end of the shift that runs.
func fillPeriod(roster duty.Roster, ask dutyAsk, now time.Time, zone *time.Location) prefill {
	fill := prefill{"role": string(ask.role), "person": string(ask.person)}
	to := now.Add(24 * time.Hour)
	if s, ok := roster.Scheduled(ask.role, now); ok && s.To.Before(to) {
		to = s.To
	}
	fill["from"], fill["to"] = now.In(zone).Format(typedTime), to.In(zone).Format(typedTime)
	return fill
}

// dutySwap opens the form that proposes a swap.
func (b *Bot) dutySwap(ctx context.Context, r request, typed grammar.Command) answer {
	units, no := dutyUnits(r, typed.Rest)
	if no != nil {
		return *no
	}
	var u org.Unit
	if len(units) == 1 {
		u = units[0]
	}
	return b.offerSwap(ctx, r, u, formMeta{Channel: r.Channel, Thread: r.Thread, ResponseURL: r.ResponseURL})
}

// offerSwap shows this person's shifts of the next 30 days, at one unit or at all, and those for which each may be swapped: of the same
// role at the same unit. Shifts of a fixed period are not offered: they cannot be swapped.
func (b *Bot) offerSwap(ctx context.Context, r request, at org.Unit, meta formMeta) answer {
	until := r.now.Add(dutyAhead)
	mine := slices.DeleteFunc(r.rules.Book.Duties(r.Person, r.now, until), func(s duty.Shift) bool {
		return s.Source == duty.FromFixed || at.ID != "" && s.Unit != at.ID
	})
	var theirs []duty.Shift
	asked := map[string]bool{}
	for _, s := range mine {
		group := string(s.Unit) + "|" + string(s.Role)
		if asked[group] {
			continue
		}
		asked[group] = true
		roster, _ := r.rules.Book.Roster(s.Unit)
		theirs = append(theirs, slices.DeleteFunc(roster.Shifts(s.Role, r.now, until), func(o duty.Shift) bool {
			return o.Person == r.Person || o.Source == duty.FromFixed
		})...)
	}
	if len(mine) == 0 {
		return say(r.words.T("roster.swap_none"))
	}
	if len(theirs) == 0 {
		return say(r.words.T("roster.swap_alone"))
	}
	fields := slices.Clone(dutyForms[formSwap])
	fields[0].choose, fields[1].choose = b.shiftOptions(ctx, r, mine, false), b.shiftOptions(ctx, r, theirs, true)
	return b.openForm(ctx, r, formOf(r, formSwap, meta, at.Name, fields, prefill{}))
}

// shiftOptions are shifts to choose from, the nearest first.
func (b *Bot) shiftOptions(ctx context.Context, r request, shifts []duty.Shift, named bool) []*slack.OptionBlockObject {
	slices.SortStableFunc(shifts, func(a, b duty.Shift) int { return a.From.Compare(b.From) })
	units := map[org.UnitID]bool{}
	for _, s := range shifts {
		units[s.Unit] = true
	}
	name := b.people.namer(ctx)
	out := make([]*slack.OptionBlockObject, 0, min(len(shifts), maxOptions))
	for _, s := range shifts[:min(len(shifts), maxOptions)] {
		u, _ := r.rules.Tree.Unit(s.Unit)
		var parts []string
		if named {
			parts = append(parts, workflow.Gist(name(s.Person), 20))
		}
		parts = append(parts, r.dutySpan(s.From, s.To, u.Zone), r.words.Name(words.Role, string(s.Role)))
		if len(units) > 1 {
			parts = append(parts, u.Name)
		}
		out = append(out, slack.NewOptionBlockObject(encodeShift(s), plain(workflow.Gist(strings.Join(parts, " "), 75)), nil))
	}
	return out
}

// encodeShift writes a shift as an option's value, of at most 150 characters.
func encodeShift(s duty.Shift) string {
	return fmt.Sprintf("%s|%s|%s|%d|%d", s.Unit, s.Role, s.Person, s.From.UnixMicro(), s.To.UnixMicro())
}

func decodeShift(value string) (duty.Shift, bool) {
	parts := strings.Split(value, "|")
	if len(parts) != 5 {
		return duty.Shift{}, false
	}
	from, err1 := strconv.ParseInt(parts[3], 10, 64)
	to, err2 := strconv.ParseInt(parts[4], 10, 64)
	return duty.Shift{
		Unit: org.UnitID(parts[0]), Role: duty.Role(parts[1]), Person: org.PersonID(parts[2]),
		From: time.UnixMicro(from).UTC(), To: time.UnixMicro(to).UTC(),
	}, err1 == nil && err2 == nil
}

// whenPicker asks for a day or a time of day.
func (f field) whenPicker(placeholder *slack.TextBlockObject, initial string) slack.BlockElement {
	if f.kind == inputClock {
		e := slack.NewTimePickerBlockElement(f.name)
		e.Placeholder, e.InitialTime = placeholder, initial
		return e
	}
	e := slack.NewDatePickerBlockElement(f.name)
	e.Placeholder, e.InitialDate = placeholder, initial
	return e
}

// rungsBelow are the rungs that a complaint can be returned to: all below the one where it stands.
func rungsBelow(stands int) []string {
	out := []string{"1"}
	for n := 2; n < stands; n++ {
		out = append(out, strconv.Itoa(n))
	}
	return out
}
