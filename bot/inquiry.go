package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
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

// leastInquiry is how long people have at least to answer a checklist that was posted late.
const leastInquiry = 30 * time.Minute

// beginInquiry begins a branch's inquiry of a day. One whose day is over is entered as lapsed: nobody is called for it.
func (b *Bot) beginInquiry(ctx context.Context, rules *workflow.Rules, run *workflow.JobRun, u org.Unit, now time.Time) error {
	plan := rules.Inquiry
	if len(plan.Sources) == 0 {
		run.Lapsed = true
		return nil
	}
	begin := daily.Begin{Due: run.Day.At(plan.DueHour, plan.DueMinute, u.Zone), Lapsed: calendar.DayOf(now, u.Zone) != run.Day}
	if least := now.Add(leastInquiry); !begin.Lapsed && begin.Due.Before(least) {
		begin.Due = least
	}
	run.Lapsed = begin.Lapsed
	for _, a := range plan.Sources {
		begin.Asks = append(begin.Asks, daily.Ask{Source: a.Source, People: askers(rules, u.ID, a, now)})
	}
	_, err := b.desk.Daily(ctx, store.DailyRequest{
		Ref: daily.Ref{Topic: daily.Inquiry, Unit: u.ID, Day: run.Day}, Command: begin, By: org.System, At: now,
	})
	return onceOnly(err)
}

// onceOnly takes "it has been done already" as done: the job ran before, and stopped before it was entered.
func onceOnly(err error) error {
	var no *daily.Refusal
	if errors.As(err, &no) && no.Code == daily.AlreadyDone {
		return nil
	}
	return err
}

// askers are those who are to ask a source: the holders of the first position that is filled; where none is, the officer on duty.
func askers(rules *workflow.Rules, u org.UnitID, a workflow.InquirySource, now time.Time) []org.PersonID {
	for _, p := range a.Ask {
		if people := rules.Tree.Holders(u, p); len(people) > 0 {
			return people
		}
	}
	if o := rules.Book.Answers(u, now); o.Person != "" {
		return []org.PersonID{o.Person}
	}
	return nil
}

// typedDaily answers what /notice does beside the notice itself; ok is false for any other verb.
func (b *Bot) typedDaily(ctx context.Context, r request, typed grammar.Command) (a answer, ok bool) {
	switch typed.Verb {
	case "inquiry":
		return b.typedInquiry(ctx, r, typed), true
	case "meeting":
		return b.typedMeeting(ctx, r, typed), true
	case "sign":
		return b.typedSign(ctx, r, typed), true
	}
	return answer{}, false
}

// branches are the branches that a command is about: the one named, that of the channel's unit, or those of the person's own units; for
// head office, all.
func (b *Bot) branches(r request, name string) ([]org.Unit, *answer) {
	units, no := dutyUnits(r, name)
	if no != nil {
		return nil, no
	}
	tree := r.rules.Tree
	var out []org.Unit
	add := func(u org.Unit) {
		if !slices.ContainsFunc(out, func(o org.Unit) bool { return o.ID == u.ID }) {
			out = append(out, u)
		}
	}
	for _, u := range units {
		if u.Tier == org.HeadOffice {
			for _, id := range tree.Children(u.ID) {
				if child, _ := tree.Unit(id); child.Tier == org.Branch {
					add(child)
				}
			}
		} else if branch, ok := tree.AboveOfTier(u.ID, org.Branch); ok {
			add(branch)
		}
	}
	if len(out) == 0 {
		a := say(r.words.T("inquiry.no_branch"))
		return nil, &a
	}
	return out, nil
}

// inquiryWords is what was typed behind /notice inquiry.
type inquiryWords struct {
	source workflow.Source
	answer string // none, record, or empty
	id     workflow.ID
	month  calendar.Day // its first day; zero when none was named
	rest   string
}

func readInquiry(typed grammar.Command, r request) inquiryWords {
	var out inquiryWords
	if typed.HasNumber { // "/notice inquiry 11": a bare number right behind the verb is a month
		typed.Words = append([]grammar.Field{{Text: typed.Number.String()}}, typed.Words...)
	}
	var rest []string
	for _, w := range typed.Words {
		if s, ok := words.Enum(words.Source, w.Text); ok && out.source == "" {
			out.source = workflow.Source(s)
		} else if a, ok := words.Enum("inquiry_word", w.Text); ok && out.answer == "" {
			out.answer = a
		} else if day, ok := readMonth(w.Text, r); ok && out.month.IsZero() {
			out.month = day
		} else if n, ok := grammar.ParseNumber(w.Text); ok && out.id == "" {
			if full, ok := n.Resolve(r.now.In(r.rules.Tree.Root().Zone)); ok {
				out.id = workflow.ID(full)
			}
		} else {
			rest = append(rest, w.Text)
		}
	}
	out.rest = strings.Join(rest, " ")
	return out
}

// readMonth reads "11", "11月", "2026-11" and "2026年11月". A month without a year is the last one that has begun.
func readMonth(text string, r request) (calendar.Day, bool) {
	s := strings.NewReplacer("年", "-", "月", "", "/", "-").Replace(grammar.Fold(text))
	year, month, found := strings.Cut(s, "-")
	if !found {
		year, month = "", s
	}
	m, err := strconv.Atoi(month)
	if err != nil || m < 1 || m > 12 {
		return calendar.Day{}, false
	}
	today := calendar.DayOf(r.now, r.zone)
	day := calendar.Day{Year: today.Year, Month: time.Month(m), Day: 1}
	if year == "" {
		if today.Before(day) {
			day.Year--
		}
		return day, true
	}
	y, err := strconv.Atoi(year)
	day.Year = y
	return day, err == nil && y > 2000 && y < 10_000
}

// typedInquiry shows the month's table with today's checklist; with a source and an answer behind it, it enters the answer.
func (b *Bot) typedInquiry(ctx context.Context, r request, typed grammar.Command) answer {
	w := readInquiry(typed, r)
	units, no := b.branches(r, w.rest)
	if no != nil {
		return *no
	}
	if w.source != "" || w.answer != "" {
		switch {
		case w.source == "" || w.answer == "" && w.id == "":
			return say(r.words.T("inquiry.which"))
		case len(units) > 1:
			return say(r.words.T("inquiry.no_branch"))
		}
		ref := daily.Ref{Topic: daily.Inquiry, Unit: units[0].ID, Day: calendar.DayOf(r.now, units[0].Zone)}
		if w.answer == "none" || w.id != "" {
			return b.answerInquiry(ctx, r, ref, w.source, w.id)
		}
		return b.recordInquiry(ctx, r, ref, w.source)
	}
	var parts []card.Message
	for _, u := range units {
		f := b.faceIn(ctx, r.rules, r.words, u.Zone, r.now)
		today := calendar.DayOf(r.now, u.Zone)
		first := w.month
		if first.IsZero() {
			first = calendar.Day{Year: today.Year, Month: today.Month, Day: 1}
			s, err := b.desk.Sheet(ctx, daily.Ref{Topic: daily.Inquiry, Unit: u.ID, Day: today})
			if err != nil {
				return b.failed(r, err)
			}
			if s.Version > 0 && len(units) == 1 {
				parts = append(parts, card.Inquiry(f, s))
			}
		}
		last := first.Add(31)
		last = last.Add(-last.Day) // the last day of the month
		if today.Before(last) {
			last = today
		}
		days, err := b.desk.Sheets(ctx, daily.Inquiry, u.ID, first, last)
		if err != nil {
			return b.failed(r, err)
		}
		parts = append(parts, card.InquiryMonth(f, u.ID, days, r.now, len(units) > 1))
	}
	if len(r.rules.Inquiry.Sources) == 0 {
		parts = append([]card.Message{{Text: r.words.T("inquiry.not_set")}}, parts...)
	}
	return answer{Message: card.Join(b.face(ctx, r), parts)}
}

// answerInquiry enters what a source answered: the complaint, or none.
func (b *Bot) answerInquiry(ctx context.Context, r request, ref daily.Ref, source workflow.Source, id workflow.ID) answer {
	if id != "" {
		if _, err := b.desk.Complaint(ctx, id); err != nil {
			return b.refused(ctx, r, id, err)
		}
	}
	if _, err := b.dailyDo(ctx, r, ref, daily.Answer{Source: source, Complaint: id}); err != nil {
		return b.dailyRefused(ctx, r, ref, err)
	}
	name := r.words.Name(words.Source, string(source))
	if id == "" {
		return say(r.words.T("inquiry.said_none", "source", name))
	}
	return say(r.words.T("inquiry.tied", "number", string(id), "source", name))
}

// recordInquiry opens the form of a new complaint from a source, with the source and a number filled in.
func (b *Bot) recordInquiry(ctx context.Context, r request, ref daily.Ref, source workflow.Source) answer {
	value := card.EncodeSheet(ref, source)
	u, ok := r.rules.Tree.Unit(ref.Unit)
	if !ok {
		return say(r.words.T("reply.gone"))
	}
	if no := workflow.Can(workflow.Complaint{}, workflow.VerbNew, r.actor(), r.rules); no != nil {
		return say(r.stranger())
	}
	if r.Trigger == "" {
		button := slack.NewButtonBlockElement(card.ActionInquiryRecord, value, plain(r.words.T("button.inquiry_record", "source", r.words.Name(words.Source, string(source)))))
		return answer{Message: offering(r.words.T("inquiry.form", "source", r.words.Name(words.Source, string(source))), button)}
	}
	meta := formMeta{Channel: r.Channel, Thread: r.Thread, ResponseURL: r.ResponseURL, Sheet: value}
	fill := prefill{"unit": string(ref.Unit), "source": string(source), "work_order": orderOf(ref, source, r.now, u.Zone)}
	if len(r.rules.Tree.Children(ref.Unit)) == 0 {
		meta.Unit = ref.Unit
	}
	return b.openForm(ctx, r, makeForm(r, workflow.VerbNew, meta, fill))
}

// orderOf is the number under which a source's complaint is registered where the source gives none itself: branch, source, day and time.
func orderOf(ref daily.Ref, source workflow.Source, now time.Time, zone *time.Location) string {
	return strings.ToUpper(fmt.Sprintf("%s-%s-%s-%s", ref.Unit, source, ref.Day.Compact(), now.In(zone).Format("150405")))
}

// tie enters a complaint that came by an inquiry in the inquiry. The complaint stands whatever becomes of that.
func (b *Bot) tie(ctx context.Context, r request, meta formMeta, out store.Outcome, a answer) answer {
	ref, source, ok := card.DecodeSheet(meta.Sheet)
	if !ok || out.Complaint.ID == "" {
		return a
	}
	cmd := daily.Answer{Source: source, Complaint: out.Complaint.ID}
	if _, err := b.dailyDo(ctx, r, ref, cmd); err != nil {
		no := b.dailyRefused(ctx, r, ref, err)
		a.Message.Text += "\n" + no.Message.Text
		return a
	}
	a.Message.Text += "\n" + r.words.T("inquiry.tied", "number", string(out.Complaint.ID), "source", r.words.Name(words.Source, string(source)))
	return a
}

// dailyDo carries out one command about a sheet for a person.
func (b *Bot) dailyDo(ctx context.Context, r request, ref daily.Ref, cmd daily.Command) (store.DailyOutcome, error) {
	key := r.Key
	if key != "" {
		key += "/" + string(ref.Topic)
	}
	out, err := b.desk.Daily(ctx, store.DailyRequest{Ref: ref, Command: cmd, By: r.Person, At: r.now, Key: key})
	if err == nil {
		b.sender.Wake()
	}
	return out, err
}

// dailyRefused says why something about a sheet was not done.
func (b *Bot) dailyRefused(ctx context.Context, r request, ref daily.Ref, err error) answer {
	var no *daily.Refusal
	switch {
	case errors.As(err, &no):
	case errors.Is(err, store.ErrNotFound):
		return say(r.words.T("reply.gone"))
	default:
		return b.failed(r, err)
	}
	name := b.people.namer(ctx)
	person := no.By
	if no.Code == daily.NotInBank {
		person = no.Person
	}
	zone := r.zone
	if u, ok := r.rules.Tree.Unit(ref.Unit); ok {
		zone = u.Zone
	}
	code := string(no.Code)
	var heads []string
	for _, h := range no.Heads {
		heads = append(heads, r.words.Name(words.Position, string(h.Position))+" "+words.Escape(name(h.Person)))
	}
	if no.Code == daily.NoRight && ref.Topic == daily.Notice {
		code = "no_right_heads"
		if len(heads) == 0 {
			code = "no_right_none"
		}
	}
	return say(r.words.T("daily_no."+code, "n", no.Max, "name", words.Escape(name(person)), "heads", r.words.Join(heads),
		"time", r.words.Time(no.At, zone, calendar.DayOf(r.now, zone))))
}
