package bot

import (
	"context"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"sameday/bot/card"
	"sameday/bot/grammar"
	"sameday/bot/words"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// The forms of daily sheets: their callback ids.
const (
	formSign    = "notice_sign"
	formMinutes = "meeting_minutes"
	formDecide  = "meeting_decide"
)

// dailyForms is the table: which fields a form about a sheet asks for.
var dailyForms = map[string][]field{
	formSign:    {{name: "sentence", kind: inputLine, required: true}},
	formMinutes: {{name: "minutes", kind: inputText, required: true}},
	formDecide: {
		{name: "decision", kind: inputText, required: true},
		{name: "people", kind: inputPeople},
		{name: "due", kind: inputDay},
	},
}

// callMeeting calls a branch's meeting, or records why there is none. The agenda is kept with the run.
func (b *Bot) callMeeting(ctx context.Context, rules *workflow.Rules, run *workflow.JobRun, u org.Unit, now time.Time) error {
	call := daily.Call{Link: u.Meeting}
	open, err := b.desk.Open(ctx, rules.Tree.Below(u.ID)...)
	if err != nil {
		return err
	}
	switch {
	case calendar.DayOf(now, u.Zone) != run.Day:
		call, run.Lapsed = daily.Call{Skip: daily.TooLate}, true
	case len(open) == 0:
		call = daily.Call{Skip: daily.NothingOpen}
	default:
		run.Listed = open
	}
	_, err = b.desk.Daily(ctx, store.DailyRequest{
		Ref: daily.Ref{Topic: daily.Meeting, Unit: u.ID, Day: run.Day}, Command: call, By: org.System, At: now,
	})
	return onceOnly(err)
}

// agenda is what a meeting goes through: what was open when it was called; before it is called, what is open now.
func (b *Bot) agenda(ctx context.Context, ref daily.Ref) (card.Agenda, error) {
	below := b.desk.Rules().Tree.Below(ref.Unit)
	directives, err := b.desk.Directives(ctx, below...)
	if err != nil {
		return card.Agenda{}, err
	}
	run, err := b.desk.JobOn(ctx, workflow.JobMeeting, ref.Unit, ref.Day)
	if err == nil {
		return card.Agenda{Open: b.still(ctx, run.Listed), Directives: directives}, nil
	}
	open, err := b.desk.Open(ctx, below...)
	return card.Agenda{Open: open, Directives: directives}, err
}

// typedMeeting shows today's meeting; a word behind it enters somebody as present, a decision, or minutes.
func (b *Bot) typedMeeting(ctx context.Context, r request, typed grammar.Command) answer {
	w := words0{typed: typed, r: r}
	do := w.take("meeting_word")
	name := ""
	if do == "" {
		name = w.text()
	}
	units, no := b.branches(r, name)
	if no != nil {
		return *no
	}
	u := units[0]
	ref := daily.Ref{Topic: daily.Meeting, Unit: u.ID, Day: calendar.DayOf(r.now, u.Zone)}
	if do != "" && len(units) > 1 {
		return say(r.words.T("inquiry.no_branch"))
	}
	text := w.text()
	switch {
	case do == "attend":
		return b.saveDaily(ctx, r, ref, daily.Attend{}, "meeting.attending")
	case do == "minutes" && text != "":
		return b.saveDaily(ctx, r, ref, daily.Write{Text: text}, "meeting.saved")
	case do == "decide" && text != "":
		c := daily.Resolve{Text: text}
		for _, p := range w.typed.Mentions {
			c.People = append(c.People, org.PersonID(p))
		}
		return b.saveDaily(ctx, r, ref, c, "meeting.saved")
	case do == "minutes":
		return b.offerDaily(ctx, r, ref, formMinutes)
	case do == "decide":
		return b.offerDaily(ctx, r, ref, formDecide)
	}
	var parts []card.Message
	for _, u := range units {
		ref.Unit, ref.Day = u.ID, calendar.DayOf(r.now, u.Zone)
		s, err := b.desk.Sheet(ctx, ref)
		if err != nil {
			return b.failed(r, err)
		}
		agenda, err := b.agenda(ctx, ref)
		if err != nil {
			return b.failed(r, err)
		}
		parts = append(parts, card.Meeting(b.faceIn(ctx, r.rules, r.words, u.Zone, r.now), s, agenda))
	}
	return answer{Message: card.Join(b.face(ctx, r), parts)}
}

// saveDaily carries out a command about a sheet and says so, with the text of key.
func (b *Bot) saveDaily(ctx context.Context, r request, ref daily.Ref, cmd daily.Command, key string) answer {
	if _, err := b.dailyDo(ctx, r, ref, cmd); err != nil {
		return b.dailyRefused(ctx, r, ref, err)
	}
	return say(r.words.T(key))
}

// dailyTries are what a form is tried with before it opens: nobody should fill in what will be refused.
var dailyTries = map[string]daily.Command{
	formSign: daily.Sign{Text: "1"}, formMinutes: daily.Write{Text: "1"}, formDecide: daily.Resolve{Text: "1"},
}

// formActions are the buttons that stand for a form where Slack gives no way to open it.
var formActions = map[string]struct{ action, label string }{
	formSign: {card.ActionSign, "button.sign"}, formMinutes: {card.ActionMinutes, "button.minutes"}, formDecide: {card.ActionDecide, "button.decide"},
}

// offerDaily opens a form about a sheet, after asking the rules.
func (b *Bot) offerDaily(ctx context.Context, r request, ref daily.Ref, form string) answer {
	s, err := b.desk.Sheet(ctx, ref)
	if err != nil {
		return b.dailyRefused(ctx, r, ref, err)
	}
	if _, no := daily.Decide(s, dailyTries[form], r.Person, r.rules.Tree, r.now); no != nil {
		return b.dailyRefused(ctx, r, ref, no)
	}
	value := card.EncodeSheet(ref, "")
	if r.Trigger == "" {
		a := formActions[form]
		return answer{Message: offering(r.words.T("meeting.ask"), slack.NewButtonBlockElement(a.action, value, plain(r.words.T(a.label))))}
	}
	u, _ := r.rules.Tree.Unit(ref.Unit)
	meta := formMeta{Channel: r.Channel, Thread: r.Thread, ResponseURL: r.ResponseURL, Sheet: value}
	fill := prefill{}
	for _, one := range s.Sentences {
		if one.Person == r.Person {
			fill["sentence"] = one.Text
		}
	}
	return b.openForm(ctx, r, formOf(r, form, meta, u.Name+" "+r.words.Day(ref.Day), dailyForms[form], fill))
}

// clickDaily answers the buttons of daily messages; ok is false for any other.
func (b *Bot) clickDaily(ctx context.Context, r request) (a answer, ok bool) {
	known := map[string]bool{
		card.ActionInquiryNone: true, card.ActionInquiryRecord: true, card.ActionAttend: true, card.ActionMinutes: true,
		card.ActionDecide: true, card.ActionSign: true,
	}
	if !known[r.Action] {
		return answer{}, false
	}
	ref, source, ok := card.DecodeSheet(r.Value)
	if !ok {
		return say(r.words.T("reply.gone")), true
	}
	switch r.Action {
	case card.ActionInquiryNone:
		return b.answerInquiry(ctx, r, ref, source, ""), true
	case card.ActionInquiryRecord:
		return b.recordInquiry(ctx, r, ref, source), true
	case card.ActionAttend:
		return b.saveDaily(ctx, r, ref, daily.Attend{}, "meeting.attending"), true
	case card.ActionMinutes:
		return b.offerDaily(ctx, r, ref, formMinutes), true
	case card.ActionDecide:
		return b.offerDaily(ctx, r, ref, formDecide), true
	}
	return b.offerDaily(ctx, r, ref, formSign), true
}

// submitDaily carries out a form about a sheet; ok is false for any other form.
func (b *Bot) submitDaily(ctx context.Context, r request) (a answer, ok bool) {
	fields, ok := dailyForms[r.Action]
	if !ok {
		return answer{}, false
	}
	wrong := func(field, text string) (answer, bool) {
		return answer{Errors: map[string]string{fieldIn(r.State, field, fields[0].name): text}}, true
	}
	ref, _, known := card.DecodeSheet(readMeta(r.Metadata).Sheet)
	if !known {
		return wrong("", r.words.T("reply.gone"))
	}
	f := &filled{formState: r.State, r: r, wrong: map[string]string{}}
	var cmd daily.Command
	switch r.Action {
	case formSign:
		cmd = daily.Sign{Text: f.text("sentence")}
	case formMinutes:
		cmd = daily.Write{Text: f.text("minutes")}
	case formDecide:
		c := daily.Resolve{Text: f.text("decision"), People: f.people("people")}
		if due := strings.TrimSpace(f.text("due")); due != "" {
			day, err := calendar.Parse(due)
			if err != nil {
				return wrong("due", r.words.T("reply.bad_time", "word", echo(due)))
			}
			c.Due = day
		}
		cmd = c
	}
	if _, err := b.dailyDo(ctx, r, ref, cmd); err != nil {
		no := b.dailyRefused(ctx, r, ref, err)
		return wrong("", words.Plain(no.Message.Text))
	}
	if r.Action == formSign {
		return say(r.words.T("morning.signed", "day", r.words.Day(ref.Day))), true
	}
	return answer{}, true
}
