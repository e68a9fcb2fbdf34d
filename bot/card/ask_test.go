package card_test

import (
	"slices"
	"testing"

	"sameday/bot/card"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// asks are the complaints on which somebody asked the unit above, or another unit, for something.
func asks(t testing.TB) map[string]struct {
	c     workflow.Complaint
	facts []workflow.Fact
} {
	t.Helper()
	type story = struct {
		c     workflow.Complaint
		facts []workflow.Fact
	}
	tell := func(moves ...move) story {
		c, facts := play(t, append([]move{opening, posted, accepting, assigning}, moves...)...)
		return story{c, facts}
	}
	asking := move{at(9, 30), "U0LIWEI", workflow.Request{Reason: "征信中心尚未回函 <!channel>", CustomerTold: "11 月 23 日电话告知"}}
	granting := move{at(9, 50), "U0CHEN", workflow.GrantExtension{}}
	denying := move{at(9, 50), "U0WU", workflow.DenyExtension{Reason: "材料已齐，按原时限答复"}}
	offering := move{at(9, 30), "U0WANG", workflow.Transfer{To: "shanghai", Reason: "客户账户开在分行 <!channel>"}}
	refusing := move{at(9, 50), "U0WU", workflow.Refuse{Reason: "账户已迁回静安"}}
	receiving := move{at(9, 50), "U0CHEN", workflow.Receive{}}
	reposted := move{at(9, 51), "", workflow.RecordPost{Posted: workflow.Posted{
		What: "root/1", Channel: "C2", TS: "3.4", Link: "https://bank.slack.com/archives/C2/p34",
	}}}
	main, _ := play(t, opening, posted, accepting, assigning)
	main.ID = "20261123-005"
	merging := move{at(9, 30), "U0WANG", workflow.Merge{Into: "20261123-006", Main: &main}}
	following := func(hour, minute int, e workflow.Event) move {
		return move{at(hour, minute), "U0LIWEI", workflow.Follow{Main: main, Facts: []workflow.Fact{{Version: 12, Event: e}}}}
	}
	unanswered := func(hour, minute int, wake string) move {
		return move{at(hour, minute), "", workflow.Expire{Wake: wake}}
	}
	return map[string]story{
		"unanswered":    tell(asking, unanswered(10, 0, "answer/1"), unanswered(10, 15, "ladder/answer/1")),
		"unaccepted":    tell(offering, unanswered(10, 0, "answer/1")),
		"merged":        tell(merging, following(11, 30, workflow.Contacted{}), following(11, 40, workflow.Handled{})),
		"merged_worked": tell(merging, move{at(11, 0), "", workflow.Expire{Wake: "contact/1"}}, following(11, 10, workflow.ContactTried{})),
		"separated":     tell(merging, move{at(9, 40), "U0WANG", workflow.Separate{Reason: "是两笔不同的扣费 <!channel>"}}),
		"merged_closed": tell(merging, following(11, 50, workflow.FedBack{Answer: workflow.Satisfied})),
		"main": tell(move{at(9, 30), "U0WANG", workflow.TakeRepeat{Repeat: "20261123-009"}},
			move{at(9, 31), "U0WANG", workflow.TakeRepeat{Repeat: "20261123-010"}}, move{at(9, 32), "U0WANG", workflow.DropRepeat{Repeat: "20261123-010"}}),
		"offered": tell(offering),
		"collective": tell(move{at(9, 30), "U0LIWEI", workflow.SetCollective{HeadCount: 12, Representatives: []workflow.CustomerRef{
			{Record: "r3", Name: "赵*", Phone: "139****0000"}, {Record: "r4", Name: "<!h*"},
		}}}),
		"refused": tell(offering, refusing),
		"moved":   tell(offering, receiving, reposted),
		"asked":   tell(asking),
		"granted": tell(asking, granting),
		"denied":  tell(asking, denying),
	}
}

// posted is the receipt of a thread's root.
var posted = move{at(9, 3), "", workflow.RecordPost{Posted: workflow.Posted{
	What: workflow.PostedRoot, Channel: "C1", TS: "1.2", Link: "https://bank.slack.com/archives/C1/p12",
}}}

func TestAskExtension(t *testing.T) {
	t.Parallel()
	all := asks(t)
	eachLanguage(t, func(t *testing.T, f card.Face) {
		asked := all["asked"]
		last := asked.facts[len(asked.facts)-1]
		golden(t, f.Words.Language()+"/ask_extension", card.AskExtension(seen(f, asked.facts), asked.c, last))
		answered := all["granted"].c
		golden(t, f.Words.Language()+"/ask_extension_answered", card.AskExtension(seen(f, asked.facts), answered, last))
	})
}

func TestTransfer(t *testing.T) {
	t.Parallel()
	all := asks(t)
	eachLanguage(t, func(t *testing.T, f card.Face) {
		offered, moved := all["offered"], all["moved"]
		offer := offered.facts[len(offered.facts)-1]
		golden(t, f.Words.Language()+"/offer", card.Offer(seen(f, offered.facts), offered.c, offer))
		golden(t, f.Words.Language()+"/offer_answered", card.Offer(seen(f, offered.facts), all["refused"].c, offer))
		golden(t, f.Words.Language()+"/moved", card.Moved(seen(f, moved.facts), moved.c, moved.facts[len(moved.facts)-2]))
	})
}

// lastCall is the last event that called somebody for an answer.
func lastCall(facts []workflow.Fact) (call workflow.Fact, who workflow.Called) {
	for _, f := range facts {
		if e, ok := f.Event.(workflow.Climbed); ok && e.Unit != "" {
			call, who = f, e.Calls[0]
		}
	}
	return call, who
}

func TestAwait(t *testing.T) {
	t.Parallel()
	all := asks(t)
	eachLanguage(t, func(t *testing.T, f card.Face) {
		for name, version := range map[string]func(workflow.Complaint) int{
			"unanswered": func(c workflow.Complaint) int { return c.Asking.Version },
			"unaccepted": func(c workflow.Complaint) int { return c.Handing.Version },
		} {
			s := all[name]
			call, who := lastCall(s.facts)
			golden(t, f.Words.Language()+"/await_"+name, card.Await(seen(f, s.facts), s.c, s.facts[version(s.c)-1], call, who.Person))
		}
		why := all["unanswered"]
		golden(t, f.Words.Language()+"/why_unanswered", card.Why(seen(f, why.facts), why.c, nil, nil))
	})
}

// What waits for a person stands in App Home by when it is due: an answer, two questions of the inquiry, and the meeting.
func TestHomeWaits(t *testing.T) {
	t.Parallel()
	all := asks(t)
	day := calendar.Day{Year: 2026, Month: 11, Day: 23}
	inquiry := daily.Fold(daily.Ref{Topic: daily.Inquiry, Unit: "shanghai", Day: day}, []daily.Fact{{Version: 1, Event: daily.Begun{Due: at(10, 0), Asks: []daily.Ask{
		{Source: workflow.SourcePBOC, People: []org.PersonID{"U0CHEN"}}, {Source: workflow.SourceNFRA, People: []org.PersonID{"U0CHEN"}},
	}}}})
	meeting := daily.Fold(daily.Ref{Topic: daily.Meeting, Unit: "shanghai", Day: day}, []daily.Fact{{Version: 1, At: at(11, 0), Event: daily.Called{Link: "https://bank.slack.com/huddle/sh"}}})
	waits := []card.HomeWait{
		{Due: at(11, 0), Sheet: meeting},
		{Due: at(10, 0), Sheet: inquiry, Source: workflow.SourcePBOC},
		{Due: at(10, 0), Sheet: inquiry, Source: workflow.SourceNFRA},
		{Due: at(11, 0), Sheet: meeting, Attending: true},
	}
	for _, name := range []string{"unanswered", "unaccepted"} {
		c := all[name].c
		for _, o := range c.Owed() {
			waits = append(waits, card.HomeWait{Due: o.Due, Complaint: c, Owed: o})
		}
	}
	eachLanguage(t, func(t *testing.T, f card.Face) {
		golden(t, f.Words.Language()+"/home_waits", homeOf(t, "waits", card.Home(f, card.HomeView{Person: "U0CHEN", Waits: waits})))
		many := homeOf(t, "many waits", card.Home(f, card.HomeView{Person: "U0CHEN", Waits: slices.Repeat(waits, 60)}))
		if n := len(many.Blocks); n > 100 {
			t.Errorf("%d blocks", n)
		}
	})
}
