package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/bot/grammar"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/daily"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// morningOf is what the notice that goes out on a day tells beside its figures: how the inquiries of the day before and of the day itself
// stand, who is on duty, and what the heads say.
func (b *Bot) morningOf(ctx context.Context, u org.Unit, day calendar.Day, now time.Time) (*workflow.Morning, error) {
	rules := b.desk.Rules()
	out := &workflow.Morning{}
	for _, id := range rules.Tree.Below(u.ID) {
		branch, _ := rules.Tree.Unit(id)
		if branch.Tier != org.Branch {
			continue
		}
		sheets, err := b.desk.Sheets(ctx, daily.Inquiry, id, day.Add(-1), day)
		if err != nil {
			return nil, err
		}
		for _, s := range sheets {
			if s.Version > 0 {
				out.Inquiries = append(out.Inquiries, s.InquiryDay(now))
			}
		}
	}
	slices.SortStableFunc(out.Inquiries, func(a, b workflow.InquiryDay) int { return cmp.Compare(missing(b), missing(a)) })
	for _, id := range append([]org.UnitID{u.ID}, rules.Tree.Children(u.ID)...) {
		if on, ok := onDuty(rules, id, now); ok {
			out.Duty = append(out.Duty, on)
		}
	}
	s, err := b.desk.Sheet(ctx, daily.Ref{Topic: daily.Notice, Unit: u.ID, Day: day})
	if err != nil {
		return nil, err
	}
	for _, one := range s.Sentences {
		out.Sentences = append(out.Sentences, one.HeadSentence)
	}
	out.Counts, err = b.morningCounts(ctx, u, now)
	return out, err
}

// missing is how many sources of a day nobody asked in time: what needs a look stands first.
func missing(d workflow.InquiryDay) int {
	n := 0
	for _, a := range d.Sources {
		if a.Late && !a.Answered {
			n++
		}
	}
	return n
}

// morningCounts are the open directives of the unit and those below it, and the reports that the unit's leaders have not read. What
// nobody counts is not told.
func (b *Bot) morningCounts(ctx context.Context, u org.Unit, now time.Time) (workflow.MorningCounts, error) {
	tree := b.desk.Rules().Tree
	lines, err := b.desk.Directives(ctx, tree.Below(u.ID)...)
	if err != nil {
		return workflow.MorningCounts{}, err
	}
	open, overdue, unread := len(lines), 0, 0
	for _, d := range lines {
		if d.Due.Before(now) {
			overdue++
		}
	}
	for _, p := range tree.Holders(u.ID, org.President, org.DeputyPresident) {
		ids, err := b.desk.Unread(ctx, p, mostUnread)
		if err != nil {
			return workflow.MorningCounts{}, err
		}
		unread += len(ids)
	}
	groups, err := b.desk.Groups(ctx, tree.Below(u.ID)...)
	if err != nil {
		return workflow.MorningCounts{}, err
	}
	return workflow.MorningCounts{Groups: &groups, Directives: &open, Overdue: &overdue, Unread: &unread}, nil
}

// mostUnread bounds how many unread reports of one leader are counted.
const mostUnread = 1000

// onDuty is who has a unit's own roster now, and who follows within the day; false for a unit without anybody of its own.
func onDuty(rules *workflow.Rules, u org.UnitID, now time.Time) (workflow.OnDuty, bool) {
	o := rules.Book.Answers(u, now)
	if o.Person == "" || o.Unit != u || o.Role == "" {
		return workflow.OnDuty{}, false
	}
	out := workflow.OnDuty{Unit: u, Person: o.Person}
	if roster, ok := rules.Book.Roster(u); ok {
		for _, s := range roster.Shifts(duty.Primary, now, now.Add(24*time.Hour)) {
			if s.From.After(now) && s.Person != o.Person {
				out.Next = s.Person
				break
			}
		}
	}
	return out, true
}

// typedSign opens the form in which a head adds a sentence to the next notice; with words behind it, those are the sentence.
func (b *Bot) typedSign(ctx context.Context, r request, typed grammar.Command) answer {
	u := r.unit
	if u.ID == "" {
		u = r.ownUnit()
	}
	ref := daily.Ref{Topic: daily.Notice, Unit: u.ID, Day: b.nextNotice(u, r.now)}
	w := words0{typed: typed, r: r}
	text := w.text()
	if text == "" {
		return b.offerDaily(ctx, r, ref, formSign)
	}
	if _, err := b.dailyDo(ctx, r, ref, daily.Sign{Text: text}); err != nil {
		return b.dailyRefused(ctx, r, ref, err)
	}
	return say(r.words.T("morning.signed", "day", r.words.Day(ref.Day)))
}

// nextNotice is the day on which a unit's next notice goes out.
func (b *Bot) nextNotice(u org.Unit, now time.Time) calendar.Day {
	today := calendar.DayOf(now, u.Zone)
	schedule, ok := b.options.Jobs[workflow.JobNotice]
	for day := today; ok && day.Sub(today) < 32; day = day.Add(1) {
		if schedule.On(day) && schedule.At(day, u.Zone).After(now) {
			return day
		}
	}
	return today.Add(1)
}

// sheet loads the sheet of an intent, and its unit.
func (b *Bot) sheet(ctx context.Context, i store.Intent) (daily.Sheet, org.Unit, error) {
	ref, ok := daily.ParseRef(string(i.Stream))
	if !ok {
		return daily.Sheet{}, org.Unit{}, &deliver.Gone{Reason: "no_sheet"}
	}
	u, ok := b.desk.Rules().Tree.Unit(ref.Unit)
	if !ok || u.Channel == "" {
		return daily.Sheet{}, org.Unit{}, &deliver.Gone{Reason: "unit_gone"}
	}
	s, err := b.desk.Sheet(ctx, ref)
	return s, u, err
}

// agendaWait is how long a meeting's message waits for the entry in the job ledger that keeps its agenda.
const agendaWait = 5 * time.Second

// renderSheet draws a daily message in the unit's channel: posted once, then updated.
func (b *Bot) renderSheet(ctx context.Context, i store.Intent, _ store.About) (deliver.Action, error) {
	s, u, err := b.sheet(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	f := b.faceOf(ctx, u)
	var m card.Message
	if s.Topic == daily.Meeting {
		run, err := b.desk.JobOn(ctx, workflow.JobMeeting, u.ID, s.Day)
		if errors.Is(err, store.ErrNotFound) { // it is entered right after the meeting was called
			return deliver.Action{}, &deliver.Wait{Until: b.options.Now().Add(agendaWait), Reason: "no_agenda"}
		}
		if err != nil {
			return deliver.Action{}, err
		}
		m = card.Meeting(f, s, card.Agenda{Open: b.still(ctx, run.Listed)})
	} else {
		m = card.Inquiry(f, s)
	}
	a := action(m)
	posts, err := b.desk.JobPosts(ctx, store.DailyPosts(s.Ref))
	if err != nil {
		return deliver.Action{}, err
	}
	if root, posted := posts[workflow.PostedRoot]; posted {
		a.Channel, a.UpdateTS = root.Channel, root.TS
		return a, nil
	}
	a.Channel = u.Channel
	a.Posted = func(ctx context.Context, r deliver.Receipt) error {
		p := workflow.Posted{What: workflow.PostedRoot, Channel: r.Channel, TS: r.TS, Link: r.Link}
		return b.desk.JobPosted(ctx, store.DailyPosts(s.Ref), p, b.options.Now(), nil)
	}
	return a, nil
}

// renderInquiryRing writes to somebody about what nobody asked in time. Nobody is called for what has been asked meanwhile.
func (b *Bot) renderInquiryRing(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	s, u, err := b.sheet(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	if len(s.Open()) == 0 {
		return deliver.Action{Skip: true}, nil
	}
	return direct(card.InquiryLate(b.faceOf(ctx, u), s), about.Person), nil
}

// renderMinutes posts the minutes of the event that the intent tells.
func (b *Bot) renderMinutes(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	s, u, err := b.sheet(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	facts, err := b.desk.DailyFacts(ctx, s.Ref)
	if err != nil {
		return deliver.Action{}, err
	}
	if about.Version < 1 || about.Version > len(facts) {
		return deliver.Action{}, &deliver.Gone{Reason: "not_found"}
	}
	fact := facts[about.Version-1]
	e, ok := fact.Event.(daily.Minuted)
	if !ok {
		return deliver.Action{Skip: true}, nil
	}
	a := action(card.Minutes(b.faceOf(ctx, u), s, daily.Minute{By: fact.By, At: fact.At, Text: e.Text}))
	a.Channel = u.Channel
	return a, nil
}
