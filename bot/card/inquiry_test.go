package card_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sameday/bot/card"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// sheet folds events, each a minute after the one before, from a time of the sample's day on.
func sheet(topic daily.Topic, unit org.UnitID, from time.Time, events ...daily.Fact) daily.Sheet {
	for i := range events {
		events[i].Version = i + 1
		if events[i].At.IsZero() {
			events[i].At = from.Add(time.Duration(i) * time.Minute)
		}
	}
	return daily.Fold(daily.Ref{Topic: topic, Unit: unit, Day: week}, events)
}

func by(p org.PersonID, e daily.Event) daily.Fact { return daily.Fact{By: p, Event: e} }

func begun() daily.Fact {
	return by(org.System, daily.Begun{Due: at(10, 0), Asks: []daily.Ask{
		{Source: workflow.SourceHeadOffice, People: []org.PersonID{"U0WU"}},
		{Source: workflow.SourcePBOC, People: []org.PersonID{"U0HE"}},
		{Source: workflow.SourceNFRA, People: []org.PersonID{"U0HE"}},
	}})
}

func answered(s workflow.Source, id workflow.ID) daily.Answered {
	return daily.Answered{Source: s, Complaint: id}
}

func TestInquiryCards(t *testing.T) {
	t.Parallel()
	open := sheet(daily.Inquiry, "shanghai", at(8, 0), begun())
	some := sheet(daily.Inquiry, "shanghai", at(8, 0), begun(), by("U0WU", answered(workflow.SourceHeadOffice, "")),
		by("U0WU", answered(workflow.SourcePBOC, "20261123-007")), by("U0HE", answered(workflow.SourcePBOC, "")))
	missed := by(org.System, daily.Missed{Sources: []workflow.Source{workflow.SourcePBOC, workflow.SourceNFRA}, People: []org.PersonID{"U0HE"}})
	missed.At = at(10, 0)
	over := sheet(daily.Inquiry, "shanghai", at(8, 0), begun(), by("U0WU", answered(workflow.SourceHeadOffice, "20261123-007")), missed)
	late := by("U0WU", answered(workflow.SourcePBOC, ""))
	late.At = at(10, 30)
	done := sheet(daily.Inquiry, "shanghai", at(8, 0), begun(), by("U0WU", answered(workflow.SourceHeadOffice, "20261123-007")),
		by("U0HE", answered(workflow.SourceNFRA, "")), missed, late)
	lapsed := by(org.System, daily.Begun{Due: at(10, 0), Lapsed: true, Asks: []daily.Ask{{Source: workflow.SourcePBOC}}})
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		golden(t, language+"/inquiry", card.Inquiry(f, open))
		golden(t, language+"/inquiry_answered", card.Inquiry(f, some))
		golden(t, language+"/inquiry_over", card.Inquiry(f, over))
		golden(t, language+"/inquiry_done", card.Inquiry(f, done))
		golden(t, language+"/inquiry_lapsed", card.Inquiry(f, sheet(daily.Inquiry, "shanghai", at(8, 0), lapsed)))
		golden(t, language+"/inquiry_none", card.Inquiry(f, sheet(daily.Inquiry, "shanghai", at(8, 0))))
		golden(t, language+"/inquiry_late", card.InquiryLate(f, over))
		golden(t, language+"/inquiry_month", card.InquiryMonth(f, "shanghai", month(over, done), at(12, 0), false))
		golden(t, language+"/inquiry_month_brief", card.InquiryMonth(f, "shanghai", month(over, done), at(12, 0), true))
		golden(t, language+"/inquiry_month_none", card.InquiryMonth(f, "shanghai", month(), at(12, 0), false))
	})
}

// month is November up to the sample's day, with some days in which something happened.
func month(some ...daily.Sheet) []daily.Sheet {
	var out []daily.Sheet
	for day := (calendar.Day{Year: 2026, Month: 11, Day: 1}); !week.Before(day); day = day.Add(1) {
		s := daily.Sheet{Ref: daily.Ref{Topic: daily.Inquiry, Unit: "shanghai", Day: day}}
		if back := week.Sub(day); back < len(some) {
			s = some[back]
			s.Day = day
		}
		out = append(out, s)
	}
	return out
}

func TestMeetingCards(t *testing.T) {
	t.Parallel()
	list := summaries(samples(t))
	called := by(org.System, daily.Called{Link: "https://bank.slack.com/meeting"})
	held := sheet(daily.Meeting, "shanghai", at(15, 0), called, by("U0CHEN", daily.Attended{}), by("U0HE", daily.Attended{}),
		by("U0HE", daily.Resolved{Text: "今天退还手续费 <!channel>", People: []org.PersonID{"U0WANG"}, Due: week.Add(1)}),
		by("U0HE", daily.Resolved{Text: "以后先看公告"}), by("U0HE", daily.Minuted{Text: "逐件过了隔夜投诉 <@U0WANG>"}))
	skip := func(r daily.Reason) daily.Sheet {
		return sheet(daily.Meeting, "shanghai", at(15, 0), by(org.System, daily.Skipped{Reason: r}))
	}
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		golden(t, language+"/meeting", card.Meeting(f, sheet(daily.Meeting, "shanghai", at(15, 0), called),
			card.Agenda{Open: list, Directives: []workflow.DirectiveLine{{
				Complaint: "20261123-007", Unit: "jingan", N: 1, By: "U0CHEN", To: []org.PersonID{"U0LI"}, Gist: "赔偿方案今天报分行", Due: at(18, 0), State: workflow.DirectiveGiven,
			}}}))
		golden(t, language+"/meeting_held", card.Meeting(f, held, card.Agenda{Open: list[:2]}))
		golden(t, language+"/meeting_no_link", card.Meeting(f, sheet(daily.Meeting, "shanghai", at(15, 0), by(org.System, daily.Called{})), card.Agenda{Open: list[:1]}))
		golden(t, language+"/meeting_skipped", card.Meeting(f, skip(daily.NothingOpen), card.Agenda{}))
		golden(t, language+"/meeting_skipped_late", card.Meeting(f, skip(daily.TooLate), card.Agenda{}))
		golden(t, language+"/meeting_none", card.Meeting(f, sheet(daily.Meeting, "shanghai", at(15, 0)), card.Agenda{}))
		golden(t, language+"/minutes", card.Minutes(f, held, held.Minutes[0]))
		long := daily.Minute{By: "U0HE", At: at(16, 0), Text: strings.Repeat("&", daily.MaxText)}
		check(t, "long minutes", card.Minutes(f, held, long))
		many := held
		for range 300 {
			many.Decisions = append(many.Decisions, held.Decisions[0])
			many.Attending = append(many.Attending, "U0HE")
		}
		check(t, "a long meeting", card.Meeting(f, many, card.Agenda{Open: slices.Repeat(list, 20)}))
	})
}

func TestNoticeWithTheMorning(t *testing.T) {
	t.Parallel()
	three, one := 3, 1
	r := workflow.Report{Unit: "shanghai", Day: week.Add(-1), Total: workflow.Figures{Unit: "shanghai"}}
	day := func(unit org.UnitID) workflow.InquiryDay {
		return workflow.InquiryDay{Unit: unit, Day: week.Add(-1), Sources: []workflow.InquiryAnswer{
			{Source: workflow.SourceHeadOffice, Answered: true},
			{Source: workflow.SourcePBOC, Answered: true, Late: true, Complaints: []workflow.ID{"20261122-007"}},
			{Source: workflow.SourceNFRA, Late: true},
		}}
	}
	more := workflow.Morning{
		Inquiries: []workflow.InquiryDay{day("shanghai")},
		Duty:      []workflow.OnDuty{{Unit: "shanghai", Person: "U0CHEN", Next: "U0HE"}, {Unit: "jingan", Person: "U0WANG"}},
		Counts:    workflow.MorningCounts{Groups: &one, Directives: &three, Overdue: &one, Unread: &three},
		Sentences: []workflow.HeadSentence{{Position: org.ConsumerProtection, Person: "U0HE", Text: "请各支行中午前清零 <!here>"}},
	}
	large := more
	for range 40 {
		large.Inquiries, large.Duty = append(large.Inquiries, day("jingan")), append(large.Duty, more.Duty[1])
	}
	eachLanguage(t, func(t *testing.T, f card.Face) {
		head, details := card.NoticeWith(f, r, more, false, card.Signature{Position: org.ConsumerProtection, Person: "U0HE"})
		golden(t, f.Words.Language()+"/notice_morning", append([]card.Message{head}, details...)...)
		head, details = card.NoticeWith(f, r, large, false)
		golden(t, f.Words.Language()+"/notice_morning_large", append([]card.Message{head}, details...)...)
	})
}

// Values of buttons come back as they were, and nothing else is taken for one.
func TestSheetValues(t *testing.T) {
	t.Parallel()
	ref := daily.Ref{Topic: daily.Inquiry, Unit: "shanghai", Day: week}
	if got, source, ok := card.DecodeSheet(card.EncodeSheet(ref, workflow.SourcePBOC)); !ok || got != ref || source != workflow.SourcePBOC {
		t.Errorf("it comes back as %+v %s %v", got, source, ok)
	}
	for _, s := range []string{"", "x", "inquiry/shanghai/2026-11-23", "inquiry/shanghai/2026-11-23|a|b", "tea/shanghai/2026-11-23|pboc"} {
		if ref, _, ok := card.DecodeSheet(s); ok {
			t.Errorf("%q reads as %+v", s, ref)
		}
	}
}
