package bot

import (
	"context"
	"slices"

	"sameday/bot/card"
	"sameday/bot/grammar"
	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// lookFunc answers a verb that only looks.
type lookFunc func(ctx context.Context, r request, typed grammar.Command, id workflow.ID) answer

// lookTable lists the verbs that only look; those that change something are rows of the step table.
func (b *Bot) lookTable() map[string]lookFunc {
	return map[string]lookFunc{
		"list":     b.list,
		"show":     b.needsNumber(b.show),
		"why":      b.needsNumber(b.why),
		"timeline": b.needsNumber(b.timeline),
		"help":     b.help,
	}
}

// needsNumber lets the person choose when no number was given.
func (b *Bot) needsNumber(look lookFunc) lookFunc {
	return func(ctx context.Context, r request, typed grammar.Command, id workflow.ID) answer {
		if id == "" {
			return b.pick(ctx, r, workflow.Verb(typed.Verb))
		}
		return look(ctx, r, typed, id)
	}
}

// list shows the open complaints of this channel, or of the person's own units.
func (b *Bot) list(ctx context.Context, r request, typed grammar.Command, _ workflow.ID) answer {
	open, err := b.openHere(ctx, r)
	if err != nil {
		return b.failed(r, err)
	}
	title := r.words.T("ask.list_mine")
	if r.unit.ID != "" {
		title = r.words.T("ask.list_unit", "unit", words.Escape(r.unit.Name))
	}
	if len(typed.Words) > 0 {
		filter, ok := words.Enum("filter", typed.Words[0].Text)
		if !ok {
			return say(r.words.T("reply.bad_choice", "word", words.Escape(echo(typed.Words[0].Text)),
				"allowed", r.words.Names("filter", listFilters)))
		}
		if filter == "closed" {
			open, err = b.recentlyClosed(ctx, r)
		} else {
			open = slices.DeleteFunc(open, func(s workflow.Summary) bool { return !listed(filter, s, r) })
		}
		if err != nil {
			return b.failed(r, err)
		}
		title = r.words.T("ask.list_filtered", "title", title, "filter", r.words.Name("filter", filter))
	}
	return answer{Message: card.List(b.face(ctx, r), title, open)}
}

// listFilters are the words that narrow a list, in the order in which they are offered.
var listFilters = []string{"open", "mine", "overnight", "key", "serious", "closed"}

func listed(filter string, s workflow.Summary, r request) bool {
	switch filter {
	case "mine":
		return s.Handler == r.Person || s.Lead == r.Person
	case "overnight":
		return s.Night > 0
	case "key":
		return s.Grade == workflow.GradeKey
	case "serious":
		return len(s.Kinds) > 0
	}
	return true
}

// show gives the card to the one who asked, with the whole text.
func (b *Bot) show(ctx context.Context, r request, _ grammar.Command, id workflow.ID) answer {
	c, err := b.desk.Complaint(ctx, id)
	if err != nil {
		return b.refused(ctx, r, id, err)
	}
	if no := b.mayLook(r); no != nil {
		return *no
	}
	return answer{Message: card.Join(b.face(ctx, r), card.Show(b.face(ctx, r), c))}
}

// mayLook keeps strangers out of the record: whoever holds no position in the bank sees cards in channels, and no more.
func (b *Bot) mayLook(r request) *answer {
	if len(r.rules.Tree.Posts(r.Person)) > 0 {
		return nil
	}
	a := say(r.stranger())
	return &a
}

// stranger says to somebody without a position what he may.
func (r request) stranger() string {
	if _, outside := r.rules.Panel.Find(r.Person); outside {
		return r.words.T("expert.stranger")
	}
	return r.words.T("reply.stranger")
}

// why prints every clock with its rule and arithmetic.
func (b *Bot) why(ctx context.Context, r request, _ grammar.Command, id workflow.ID) answer {
	c, err := b.desk.Complaint(ctx, id)
	if err != nil {
		return b.refused(ctx, r, id, err)
	}
	if no := b.mayLook(r); no != nil {
		return *no
	}
	next := func(rung int) []org.PersonID { return r.rules.OnRung(c, rung, r.now) }
	return answer{Message: card.Why(b.face(ctx, r), c, b.policy, next)}
}

// timeline lists everything that happened to a complaint.
func (b *Bot) timeline(ctx context.Context, r request, _ grammar.Command, id workflow.ID) answer {
	facts, err := b.desk.Timeline(ctx, id)
	if err != nil {
		return b.refused(ctx, r, id, err)
	}
	if no := b.mayLook(r); no != nil {
		return *no
	}
	return answer{Message: card.Join(b.face(ctx, r), card.Timeline(b.face(ctx, r), workflow.Fold(id, facts), facts))}
}

// help lists what can be typed.
func (b *Bot) help(ctx context.Context, r request, _ grammar.Command, _ workflow.ID) answer {
	return answer{Message: card.Help(b.face(ctx, r), commandComplaint, workflow.Table())}
}

// notice answers /notice: the same report the morning message gives, made now, for the one who asked.
func (b *Bot) notice(ctx context.Context, r request) answer {
	if no := b.mayLook(r); no != nil {
		return *no
	}
	typed := grammar.Parse(r.Text, b.noticeVerbs)
	unit := r.unit
	if unit.ID == "" {
		unit = r.ownUnit()
	}
	today := calendar.DayOf(r.now, unit.Zone)
	switch typed.Verb {
	case "today":
		return b.noticeFor(ctx, r, unit, today)
	case "yesterday":
		return b.noticeFor(ctx, r, unit, today.Add(-1))
	case "mediation":
		return b.mediationYear(ctx, r, unit, today)
	case "help":
		return answer{Message: card.Help(b.face(ctx, r), commandNotice, nil)}
	}
	if a, ok := b.typedDaily(ctx, r, typed); ok {
		return a
	}
	if typed.Unknown == "" {
		return b.noticeFor(ctx, r, unit, today.Add(-1))
	}
	return say(r.words.T("ask.unknown_notice", "word", words.Escape(echo(typed.Unknown))))
}

func (r request) ownUnit() org.Unit {
	if posts := r.rules.Tree.Posts(r.Person); len(posts) > 0 {
		if u, ok := r.rules.Tree.Unit(posts[0].Unit); ok {
			return u
		}
	}
	return r.rules.Tree.Root()
}

func (b *Bot) noticeFor(ctx context.Context, r request, unit org.Unit, day calendar.Day) answer {
	report, err := b.report(ctx, unit, day, r.now)
	if err != nil {
		return b.failed(r, err)
	}
	f := b.face(ctx, r)
	more, err := b.morningOf(ctx, unit, day.Add(1), r.now)
	if err != nil {
		return b.failed(r, err)
	}
	head, details := card.NoticeWith(f, report, *more, false)
	return answer{Message: card.Join(f, append([]card.Message{head}, details...))}
}

// noticeWords are the words after /notice, in every language.
func noticeWords() map[string][]string {
	out := map[string][]string{}
	for _, code := range words.Codes("notice_verb") {
		for _, language := range words.Languages() {
			out[code] = append(out[code], words.For(language).Also("notice_verb."+code)...)
		}
	}
	return out
}
