package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"sameday/bot/card"
	"sameday/bot/grammar"
	"sameday/bot/words"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
	"sameday/workflow/privacy"
)

// submitDuty carries out a submitted form of /duty; ok is false for any other form. What is wrong goes under its field.
func (b *Bot) submitDuty(ctx context.Context, r request) (a answer, ok bool) {
	fields, ok := dutyForms[r.Action]
	if !ok {
		return answer{}, false
	}
	meta := readMeta(r.Metadata)
	f := &filled{formState: r.State, r: r, wrong: map[string]string{}}
	if r.Action == formSwap {
		return b.submitSwap(ctx, r, f), true
	}
	unit := meta.Unit
	if unit == "" {
		unit = org.UnitID(f.text("unit"))
	}
	u, known := r.rules.Tree.Unit(unit)
	if !known {
		return answer{Errors: map[string]string{fieldIn(r.State, fields[0].name): r.words.T("reply.gone")}}, true
	}
	r.zone = u.Zone // a roster's times are those of its unit
	f.r = r
	switch r.Action {
	case formSet:
		return b.submitRotation(ctx, r, u, f), true
	case formOverride:
		return b.submitOverride(ctx, r, u, f), true
	}
	return b.submitAbsence(ctx, r, u, f), true
}

// fieldIn is the first of some fields that a form has; any, when it has none of them.
func fieldIn(s formState, names ...string) string {
	for _, name := range names {
		if _, there := s[name]; there {
			return name
		}
	}
	return anyField(s)
}

// dutyWrong puts what the rules say under the field it is about.
func (b *Bot) dutyWrong(ctx context.Context, r request, u org.UnitID, err error, fields ...string) answer {
	var no *duty.Refusal
	if !errors.As(err, &no) {
		a := b.dutyRefused(ctx, r, u, err)
		return answer{Errors: map[string]string{fieldIn(r.State, fields...): a.Message.Text}}
	}
	n := b.dutyNaming(ctx, r, u)
	n.Plain = true // under a field nothing is formatted
	where := append([]string{strings.ToLower(no.Field), refusedAt[no.Code]}, fields...)
	return answer{Errors: map[string]string{fieldIn(r.State, where...): r.words.DutyRefusal(no, n)}}
}

// refusedAt is the field that a refusal is about, where its code says so.
var refusedAt = map[duty.Code]string{
	duty.NotInBank: "person", duty.IsAbsent: "person", duty.EmptySpan: "to", duty.Past: "to", duty.FixedShift: "from",
}

// submitRotation publishes the plan with a new rotation of one role in it.
func (b *Bot) submitRotation(ctx context.Context, r request, u org.Unit, f *filled) answer {
	layer, midnight := f.rotation()
	if len(f.wrong) > 0 {
		return answer{Errors: f.wrong}
	}
	roster, err := b.desk.Roster(ctx, u.ID)
	if err != nil {
		return b.dutyWrong(ctx, r, u.ID, err, "people")
	}
	plan, from := planWith(roster, layer, r.now, u.Zone)
	plan.Midnight = midnight || atMidnight(plan.Layers, layer.Role)
	return b.publish(ctx, r, u, publishing{
		plan: plan, from: from, people: layerPeople(layer), field: func(p duty.Problem) string { return rotationField(layer, p) },
	})
}

// rotation reads the form of a rotation.
func (f *filled) rotation() (l duty.Layer, midnight bool) {
	l = duty.Layer{Role: duty.Role(f.text("role")), Every: 1}
	midnight = f.text("midnight") == "yes"
	var err error
	if l.Start, err = calendar.Parse(f.text("start")); err != nil {
		f.problem("start", duty.Problem{Code: duty.StartMissing, Role: l.Role})
	}
	l.Cuts = []duty.Cut{{At: f.clock("handover_at", l.Role), People: f.people("people")}}
	switch f.text("pattern") {
	case patternWeekly:
		l.Every = 7
	case patternNight:
		l.Cuts = append(l.Cuts, duty.Cut{At: f.clock("night_at", l.Role), People: f.people("night_people")})
		if len(l.Cuts[1].People) == 0 {
			f.problem("night_people", duty.Problem{Code: duty.EmptyList, Role: l.Role})
		}
	}
	return l, midnight
}

func (f *filled) clock(name string, role duty.Role) duty.Clock {
	c, err := duty.ParseClock(strings.TrimSpace(f.text(name)))
	if err != nil {
		f.problem(name, duty.Problem{Code: duty.BadClock, Role: role})
	}
	return c
}

func (f *filled) problem(name string, p duty.Problem) {
	if f.wrong[name] == "" {
		f.wrong[fieldIn(f.formState, name)] = f.r.words.DutyProblem(p, words.Naming{Plain: true})
	}
}

func layerPeople(l duty.Layer) []org.PersonID {
	var out []org.PersonID
	for _, c := range l.Cuts {
		out = append(out, c.People...)
	}
	return out
}

// rotationField is where a problem of a rotation is shown.
func rotationField(l duty.Layer, p duty.Problem) string {
	second := len(l.Cuts) > 1
	switch p.Code {
	case duty.MidnightCut, duty.BadClock, duty.SameCut:
		if second && p.Clock == l.Cuts[1].At {
			return "night_at"
		}
		return "handover_at"
	case duty.StartMissing:
		return "start"
	case duty.NotInBank, duty.Deactivated, duty.UnknownPerson, duty.EmptyList:
		if second && (slices.Contains(l.Cuts[1].People, p.Person) || p.Code == duty.EmptyList && len(l.Cuts[1].People) == 0) {
			return "night_people"
		}
		return "people"
	}
	return "role"
}

// layerBegins is when a layer's first shift begins.
func layerBegins(l duty.Layer, zone *time.Location) time.Time {
	var first time.Time
	for _, c := range l.Cuts {
		if at := l.Start.At(c.At.Hour, c.At.Minute, zone); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// planWith puts a rotation into the plan that counts when it begins, and says from when the new plan counts. The role's older rotation
// goes on until then; single shifts of the role that were planned for later give way; what is over is left out.
func planWith(r duty.Roster, l duty.Layer, now time.Time, zone *time.Location) (duty.Plan, time.Time) {
	begins := layerBegins(l, zone)
	plan, from := planAt(r, now, begins)
	var layers []duty.Layer
	running := -1 // the layer of the role that counts when the plan begins
	for _, old := range plan.Layers {
		starts := layerBegins(old, zone)
		switch {
		case old.Role != l.Role:
		case !starts.Before(begins) || !begins.After(from):
			continue
		case !starts.After(from):
			if running >= 0 {
				layers = slices.Delete(layers, running, running+1)
			}
			running = len(layers)
		}
		layers = append(layers, old)
	}
	plan.Layers = append(layers, l)
	plan.Planned = slices.DeleteFunc(plan.Planned, func(p duty.Period) bool { return p.Role == l.Role && !p.From.Before(begins) })
	for i, p := range plan.Planned {
		if p.Role == l.Role && p.To.After(begins) {
			plan.Planned[i].To = begins
		}
	}
	return plan, from
}

// planAt is the plan that counts at an instant, now at the earliest, without what is over, and since when it counts, now at the earliest.
func planAt(r duty.Roster, now, at time.Time) (duty.Plan, time.Time) {
	if at.Before(now) {
		at = now
	}
	plan, from, ok := r.Plan(at)
	if !ok || from.Before(now) {
		from = now
	}
	over := func(p duty.Period) bool { return !p.To.After(from) }
	plan.Planned, plan.Fixed = slices.DeleteFunc(plan.Planned, over), slices.DeleteFunc(plan.Fixed, over)
	return plan, from
}

func atMidnight(layers []duty.Layer, but duty.Role) bool {
	return slices.ContainsFunc(layers, func(l duty.Layer) bool {
		return l.Role != but && slices.ContainsFunc(l.Cuts, func(c duty.Cut) bool { return c.At == duty.Clock{} })
	})
}

// publishing is a plan to publish: the people who are new in it, and where its problems are shown.
type publishing struct {
	plan   duty.Plan
	from   time.Time
	people []org.PersonID
	field  func(duty.Problem) string
}

// publish checks a plan and publishes it: what makes it impossible goes under its field, holes are told afterwards. Somebody of another
// role who has left the bank is taken out, or nothing could be published any more.
func (b *Bot) publish(ctx context.Context, r request, u org.Unit, p publishing) answer {
	gone := leave(&p.plan, func(who org.PersonID) bool {
		return len(r.rules.Tree.Posts(who)) == 0 && !slices.Contains(p.people, who)
	})
	problems := duty.Check(p.plan, u.ID, r.rules.Tree, u.Zone, b.standing(ctx, p.people), p.from, p.from.Add(dutyAhead))
	wrong := map[string]string{}
	n := b.dutyNaming(ctx, r, u.ID)
	n.Plain = true
	for _, problem := range problems {
		if where := fieldIn(r.State, p.field(problem)); problem.Fatal && wrong[where] == "" {
			wrong[where] = r.words.DutyProblem(problem, n)
		}
	}
	if len(wrong) > 0 {
		return answer{Errors: wrong}
	}
	out, err := b.dutyDo(ctx, r, u.ID, duty.Publish{Plan: p.plan, From: p.from, Keep: true}, r.Key)
	if err != nil {
		return b.dutyWrong(ctx, r, u.ID, err, "people", "person")
	}
	for _, who := range gone {
		problems = append(problems, duty.Problem{Code: duty.NotInBank, Person: who})
	}
	return answer{Message: card.DutyPublished(b.dutyFace(ctx, r, []org.Unit{u}), u.ID, problems, out.After.Ahead(p.from)...)}
}

// leave takes people out of a plan, with what is empty then; it lists them.
func leave(plan *duty.Plan, out func(org.PersonID) bool) []org.PersonID {
	var gone []org.PersonID
	drop := func(p org.PersonID) bool {
		left := out(p)
		if left && !slices.Contains(gone, p) {
			gone = append(gone, p)
		}
		return left
	}
	for i := range plan.Layers {
		cuts := plan.Layers[i].Cuts
		for k := range cuts {
			cuts[k].People = slices.DeleteFunc(cuts[k].People, drop)
		}
		plan.Layers[i].Cuts = slices.DeleteFunc(cuts, func(c duty.Cut) bool { return len(c.People) == 0 })
	}
	plan.Layers = slices.DeleteFunc(plan.Layers, func(l duty.Layer) bool { return len(l.Cuts) == 0 })
	period := func(p duty.Period) bool { return drop(p.Person) }
	plan.Planned, plan.Fixed = slices.DeleteFunc(plan.Planned, period), slices.DeleteFunc(plan.Fixed, period)
	return gone
}

const (
	standingTime = 1500 * time.Millisecond // the form waits 3 seconds for its answer
	standingMany = 8
)

// standing asks Slack about some people's accounts. Whom it cannot say anything about in time counts as active: an account that is
// closed is no reason to refuse others a roster.
func (b *Bot) standing(ctx context.Context, people []org.PersonID) func(org.PersonID) duty.Standing {
	ctx, cancel := context.WithTimeout(ctx, standingTime)
	defer cancel()
	var mu sync.Mutex
	found := map[org.PersonID]duty.Standing{}
	var g errgroup.Group
	g.SetLimit(standingMany)
	for _, p := range slices.Compact(slices.Sorted(slices.Values(people))) {
		g.Go(func() error {
			u, err := b.slack.GetUserInfoContext(ctx, string(p))
			var no slack.SlackErrorResponse
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && u.Deleted:
				found[p] = duty.Closed
			case errors.As(err, &no) && (no.Err == "user_not_found" || no.Err == "user_not_visible"):
				found[p] = duty.Unknown
			}
			return nil
		})
	}
	_ = g.Wait() // its goroutines do not fail
	return func(p org.PersonID) duty.Standing { return found[p] }
}

// submitOverride puts somebody on duty for a while; with the name of a holiday, by the plan, over every override and swap.
func (b *Bot) submitOverride(ctx context.Context, r request, u org.Unit, f *filled) answer {
	p := duty.Period{Role: duty.Role(f.text("role")), Person: org.PersonID(f.text("person")), Name: f.free("holiday")}
	p.From, p.To = f.moment("from"), f.moment("to")
	if len(f.wrong) > 0 {
		return answer{Errors: f.wrong}
	}
	if p.Name != "" {
		return b.submitHoliday(ctx, r, u, p)
	}
	n := b.dutyNaming(ctx, r, u.ID)
	n.Plain = true
	known := b.standing(ctx, []org.PersonID{p.Person})
	if s := known(p.Person); s != duty.Active {
		code := duty.Deactivated
		if s == duty.Unknown {
			code = duty.UnknownPerson
		}
		return answer{Errors: map[string]string{"person": r.words.DutyProblem(duty.Problem{Code: code, Role: p.Role, Person: p.Person}, n)}}
	}
	if _, err := b.dutyDo(ctx, r, u.ID, duty.Override{Period: p, Reason: f.free("reason")}, r.Key); err != nil {
		return b.dutyWrong(ctx, r, u.ID, err, "from")
	}
	return say(r.words.T("roster.override_done", "name", words.Escape(n.Person(p.Person)), "role", r.words.Name(words.Role, string(p.Role)),
		"span", r.dutySpan(p.From, p.To, u.Zone)))
}

// submitHoliday adds a fixed period to the plan that counts when it begins.
func (b *Bot) submitHoliday(ctx context.Context, r request, u org.Unit, p duty.Period) answer {
	roster, err := b.desk.Roster(ctx, u.ID)
	if err != nil {
		return b.dutyWrong(ctx, r, u.ID, err, "from")
	}
	if !p.From.Before(p.To) || !p.To.After(r.now) {
		no := &duty.Refusal{Code: duty.EmptySpan, From: p.From, To: p.To}
		if p.From.Before(p.To) {
			no.Code = duty.Past
		}
		return b.dutyWrong(ctx, r, u.ID, no, "to")
	}
	plan, from := planAt(roster, r.now, p.From)
	plan.Fixed = append(plan.Fixed, p)
	return b.publish(ctx, r, u, publishing{
		plan: plan, from: from, people: []org.PersonID{p.Person},
		field: func(problem duty.Problem) string {
			if problem.Code == duty.Overlap || problem.Code == duty.BackwardPeriod {
				return "from"
			}
			return "person"
		},
	})
}

// free reads free text, without what looks like personal data.
func (f *filled) free(name string) string {
	text, _ := privacy.Mask(strings.TrimSpace(f.text(name)))
	return text
}

// moment reads a time that has to be there. The end of a day may be written 24:00.
func (f *filled) moment(name string) time.Time {
	typed := strings.TrimSpace(f.text(name))
	days := 0
	if head, ok := strings.CutSuffix(strings.ReplaceAll(grammar.Fold(typed), "：", ":"), "24:00"); ok {
		typed, days = head+"00:00", 1
	}
	t, ok := grammar.ParseTime(typed, f.r.now, f.r.zone)
	if !ok {
		f.wrong[name] = f.r.words.T("reply.bad_time", "word", echo(f.text(name)))
		return time.Time{}
	}
	if days > 0 {
		t = calendar.DayOf(t, f.r.zone).End(f.r.zone)
	}
	return t
}
