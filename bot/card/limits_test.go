package card_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sameday/bot/card"
	"sameday/bot/sandbox/blockkit"
	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"

	"pgregory.net/rapid"
)

// pieces are what hostile and unlucky texts are made of.
var pieces = []string{
	"<!channel>", "<@U0EVIL>", "<#C0EVIL>", "<!subteam^S1>", "<!date^1^{time}|x>", "<https://evil.example|x>", "@here", "@channel ", "@EVERYONE",
	"&", "<", ">", "&amp;", "*", "_", "`", "```", "|", "\n", "\t", " ", "\u202E", "\u2067", "\u2028", "\x00", "\xff", "مرحبا", "👩‍👩‍👧‍👦", "👍🏽",
	"e\u0301\u0301", "客户", "投诉内容", "a", "longword", "1,280.00",
}

// hostile draws a text of up to about 20,000 characters.
func hostile() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		some := rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "pieces")
		times := rapid.SampledFrom([]int{1, 1, 1, 3, 40, 400}).Draw(t, "times")
		text := strings.Repeat(strings.Join(some, ""), times)
		if runes := []rune(text); len(runes) > workflow.MaxText {
			text = string(runes[:workflow.MaxText])
		}
		return text
	})
}

func hostilePerson() *rapid.Generator[org.PersonID] {
	return rapid.Map(rapid.OneOf(rapid.SampledFrom([]string{"U0WANG", "U0LIWEI", ""}), hostile()), func(s string) org.PersonID { return org.PersonID(s) })
}

// anyFacts draws one event of each kind, with hostile words in every place that has words.
func anyFacts(t *rapid.T) []workflow.Fact {
	text := func(label string) string { return hostile().Draw(t, label) }
	person := func(label string) org.PersonID { return hostilePerson().Draw(t, label) }
	when := at(9, 0)
	day := calendar.Day{Year: 2026, Month: 11, Day: 23}
	deadline := workflow.Deadline{
		ID: text("deadline"), Clock: workflow.ClockStatutory, Start: when, Due: when.Add(time.Hour), Raw: when, Rule: workflow.RulePlus,
		Span: workflow.Span(time.Hour), Day: day, Why: text("policy"),
	}
	deadlines := []workflow.Deadline{deadline, {ID: "contact/1", Clock: workflow.ClockContact, Start: when, Due: when.Add(time.Hour), Rule: "?"}}
	events := []workflow.Event{
		workflow.Opened{
			Unit: org.UnitID(text("unit")), Source: workflow.Source(text("source")), ReceivedAt: when, RegisteredAt: when, Day: day,
			WorkOrder: text("order"), Sender: text("sender"), Customer: workflow.CustomerRef{Name: text("name"), Phone: text("phone")},
			Business: text("business"), Reason: text("reason"), AmountFen: rapid.Int64().Draw(t, "fen"), Summary: text("summary"),
			Remedy: text("remedy"), Subjects: []org.PersonID{person("subject")}, Repeats: make([]workflow.ID, 30), Deadlines: deadlines,
			Flags: workflow.Flags{Vulnerable: true, HeadCount: 9, Epidemic: true}, Masked: 3,
		},
		workflow.Graded{Grade: workflow.Grade(text("grade")), Notice: text("notice")},
		workflow.KindsSet{Kinds: []workflow.SeriousKind{workflow.SeriousKind(text("kind")), workflow.KindDispute}},
		workflow.Flagged{Flags: workflow.Flags{HeadCount: 3}},
		workflow.Accepted{},
		workflow.Assigned{Handler: person("handler"), CoHandlers: append(make([]org.PersonID, 60), person("co")), Note: text("note")},
		workflow.ContactTried{How: workflow.How(text("how")), Note: text("tried")},
		workflow.Contacted{How: workflow.ByPhone, Wants: text("wants")},
		workflow.Handled{Solution: workflow.Solution(text("solution")), Text: text("handled"), AmountFen: 1, Cause: text("cause"), Change: text("change")},
		workflow.FedBack{Answer: workflow.Unsatisfied, Text: text("fedback")},
		workflow.RoundStarted{Round: 2, Day: day, Deadlines: deadlines},
		workflow.Noted{Text: text("noted")},
		workflow.Corrected{Field: text("field"), Was: text("was"), Now: text("now"), Why: text("why")},
		workflow.CustomerSet{Customer: workflow.CustomerRef{Name: text("name2"), Phone: text("phone2")}},
		workflow.Extended{Replaces: deadline.ID, Deadline: deadline, Reason: text("extend"), CustomerTold: text("told")},
		workflow.ExtensionAsked{Replaces: deadline.ID, Clock: workflow.Clock(text("asked clock")), Due: when, Reason: text("asked"), CustomerTold: text("told too"), To: []org.PersonID{person("to")}},
		workflow.CollectiveSet{HeadCount: 9, Representatives: slices.Repeat([]workflow.CustomerRef{{Name: text("representative"), Phone: text("their phone")}}, 9)},
		workflow.TransferProposed{To: org.UnitID(text("proposed")), Reason: text("why handed on"), People: []org.PersonID{person("officer")}},
		workflow.TransferRefused{Proposed: 17, Unit: org.UnitID(text("refusing")), Reason: text("why not")},
		workflow.Transferred{Proposed: 17, From: org.UnitID(text("from")), To: org.UnitID(text("whose")), Handler: person("taker")},
		workflow.ExtensionDenied{Asked: 16, Reason: text("denied")},
		workflow.Breached{Deadline: deadline.ID, Clock: workflow.Clock(text("clock")), Due: when, Late: true},
		workflow.LeftOvernight{Day: day, Night: 2, Late: true},
		workflow.Nudged{Deadline: deadline.ID, Clock: workflow.Clock(text("nudged")), Percent: 50, Due: when.Add(51 * time.Minute)},
		anyClimbed(t, "breach", workflow.CauseBreach, deadline.ID, true),
		anyClimbed(t, "hand", workflow.CauseHand, "", false),
		workflow.Acknowledged{Step: workflow.StepContact, Rung: 2, Until: when.Add(time.Hour)},
		anyClimbed(t, "night", workflow.CauseNight, "", true),
		anyClimbed(t, "time", workflow.CauseTime, "", false),
		anyClimbed(t, "returned", workflow.CauseReturned, "", false),
		workflow.CustomerShown{},
		workflow.Led{Person: person("lead")},
		workflow.Watched{Deadline: &deadline},
		workflow.Silent{Since: when.Add(-time.Hour), Asked: []org.PersonID{"U0LIWEI"}},
		workflow.BroughtIn{
			Kinds: workflow.SeriousKinds(), Vacant: []org.Position{org.Position(text("vacant"))},
			People: append(make([]workflow.Brought, 30), workflow.Brought{Person: person("brought"), Position: org.Position(text("position"))}),
		},
		workflow.Directed{N: 1, To: append(make([]org.PersonID, 40), person("to")), Text: text("directive"), Deadline: deadline},
		workflow.DirectiveAnswered{N: 1, State: workflow.DirectiveState(text("state")), Text: text("how")},
		workflow.Progressed{Text: text("progress")},
		workflow.GroupFormed{N: 1, Clue: text("clue"), Members: make([]workflow.GroupMember, 99), Called: append(make([]org.PersonID, 98), person("called")), Due: when},
		workflow.GroupAnswered{},
		workflow.GroupUnanswered{By: append(make([]org.PersonID, 98), person("unanswered")), Due: when},
		workflow.GroupJoined{People: []workflow.GroupMember{{Person: person("joined")}}, Why: workflow.GroupJoin(text("why"))},
		workflow.GroupChannel{
			Step: rapid.SampledFrom(workflow.GroupSteps()).Draw(t, "step"), Channel: text("room"), Name: text("name"), People: []org.PersonID{person("in")},
		},
		workflow.GroupProblem{
			Step: rapid.SampledFrom(workflow.GroupSteps()).Draw(t, "problem"), Trouble: rapid.SampledFrom(workflow.GroupTroubles()).Draw(t, "trouble"),
			Reason: text("word"), Scope: text("scope"), Channel: text("lost"), People: make([]org.PersonID, rapid.SampledFrom([]int{0, 99}).Draw(t, "people")),
		},
		workflow.GroupDissolved{Reason: text("dissolved")},
		workflow.GroupSecluded{},
		workflow.Briefed{Round: 1, To: append(make([]org.PersonID, 40), person("briefed")), Due: when},
		workflow.BriefingRead{Text: text("reply")},
		workflow.BriefingUnread{By: make([]org.PersonID, 40), Told: []org.PersonID{person("told")}, Due: when},
		workflow.Posted{What: workflow.PostedRoot, Channel: "C1", TS: "1.1", Link: text("link")},
		workflow.Closed{Outcome: workflow.Outcome(rapid.SampledFrom([]string{"override", "satisfied", "<!x>"}).Draw(t, "outcome")), Reason: text("override")},
	}
	facts := make([]workflow.Fact, len(events))
	for i, e := range events {
		facts[i] = workflow.Fact{Version: i + 1, At: when, By: workflow.Person(person("by")), Event: e}
	}
	return facts
}

// anyClimbed draws a climb that calls very many people and passes over very many rungs and rosters.
func anyClimbed(t *rapid.T, label string, cause workflow.Cause, deadline string, start bool) workflow.Climbed {
	owners := []org.PersonID{hostilePerson().Draw(t, label+" owner")}
	e := workflow.Climbed{
		Cause: cause, Deadline: deadline, Start: start, Night: 3, Due: at(10, 0), Late: rapid.Bool().Draw(t, label+" late"),
		Rung: 9, Reason: hostile().Draw(t, label+" reason"), Policy: hostile().Draw(t, label+" policy"),
	}
	if rapid.Bool().Draw(t, label+" goes on") {
		e.Rung, e.Next = 8, at(11, 0)
	}
	people := rapid.IntRange(0, 6).Draw(t, label+" people")
	as := workflow.Callee(rapid.OneOf(rapid.SampledFrom([]string{"unit.duty", "handler", "branch.duty|branch.consumer_protection"}), rapid.Just(strings.Repeat("<&>", 40))).Draw(t, label+" as"))
	for i := range 9 {
		e.Ladder = append(e.Ladder, workflow.Rung{Call: []workflow.Callee{as, "branch.president"}})
		e.Vacant = append(e.Vacant, workflow.Vacant{Rung: i + 1, Unit: org.UnitID(fmt.Sprintf("%s%d", label, i)), Owners: slices.Repeat(owners, people)})
		for n := range people {
			e.Calls = append(e.Calls, workflow.Called{Rung: i + 1, Person: org.PersonID(fmt.Sprint(i, n)), As: as, Unit: "jingan"})
		}
	}
	return e
}

// TestAnythingKeepsTheLimits draws complaints with hostile and very long texts everywhere: no message may break a limit or hold
// a control sequence that is not ours.
func TestAnythingKeepsTheLimits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		f := face(rapid.SampledFrom(words.Languages()).Draw(rt, "language"))
		name := hostile().Draw(rt, "display name")
		f.Person = func(org.PersonID) string { return name }
		f.Unit = func(org.UnitID) string { return name }
		facts := anyFacts(rt)
		upTo := rapid.IntRange(1, len(facts)).Draw(rt, "facts")
		id := workflow.ID(rapid.SampledFrom([]string{"20261123-007", "<!here>"}).Draw(rt, "id"))
		c := workflow.Fold(id, facts[:upTo])
		sum := []workflow.Summary{workflow.Summarize(c)}
		policyOf := func(string) (workflow.Policy, bool) { return workflow.DefaultPolicy(), true }
		messages := map[string][]card.Message{
			"card": {card.Card(f, c)}, "mirror": {card.Mirror(f, c)}, "show": card.Show(f, c), "timeline": card.Timeline(f, c, facts),
			"why": {card.Why(f, c, policyOf, holders)}, "list": {card.List(f, "title", sum)}, "more": {card.More(f, c, []workflow.Verb{"note"})},
			"overnight": card.Overnight(f, c.Unit, c.Day, sum, true, card.Caller{Person: c.Handler}), "customer": {card.Customer(f, name, name, name)},
		}
		if d, ok := c.Directive(1); ok {
			messages["directive"] = []card.Message{card.Directive(f, c, d, d.To[0])}
		}
		messages["emergency"] = []card.Message{
			card.Roll(f, c), card.GroupCard(f, c), card.Summons(f, c, workflow.Person(c.Lead), c.Lead, true), card.Summons(f, c, workflow.Person(c.Lead), "", false),
		}
		if topic := card.GroupTopic(f, c); len([]rune(topic)) > 250 {
			t.Fatalf("a topic has %d characters", len([]rune(topic)))
		}
		messages["briefing"] = []card.Message{card.Briefing(f, c), card.Unread(f, c, c.Briefing.To), card.Appointed(f, c, workflow.Person(c.Lead))}
		messages["joined"] = []card.Message{card.Join(f, messages["show"]), card.Join(f, append(messages["timeline"], messages["show"]...))}
		var items []card.RingItem
		for _, fact := range facts {
			if fact.Event.Kind() != (workflow.Posted{}).Kind() {
				messages["line"] = append(messages["line"], card.Line(f, c, fact))
			}
			if fact.Event.Kind() == (workflow.Climbed{}).Kind() {
				item := card.RingItem{Complaint: c, Fact: fact}
				messages["ring"] = append(messages["ring"], card.Ring(f, []card.RingItem{item}, c.Handler, at(9, 0)))
				items = append(items, item, item)
			}
		}
		messages["rung"] = []card.Message{card.Rung(f, items, c.Handler, at(9, 0)), card.Rung(f, items[:1], c.Handler, at(9, 0))}
		messages["rings"] = []card.Message{card.Ring(f, items, c.Handler, at(9, 0)), card.Called(f, c.Unit, items)}
		for what, some := range messages {
			for i, m := range some {
				check(rt, fmt.Sprintf("%s[%d]", what, i), m)
			}
		}
	})
}

func FuzzLine(f *testing.F) {
	f.Add(hostileText)
	f.Add(strings.Repeat("&", 20_000))
	f.Add(strings.Repeat("字", 20_000))
	f.Add(strings.Repeat("e\u0301", 9_000))
	f.Fuzz(func(t *testing.T, text string) {
		fact := workflow.Fact{Version: 2, At: at(9, 0), By: workflow.Person("U0WANG"), Event: workflow.Noted{Text: text}}
		check(t, "line", card.Line(face(words.Chinese), workflow.Complaint{ID: "20261123-007", Version: 2}, fact))
	})
}

// TestLongTextIsWhole reads a text back from the sections it was cut into.
func TestLongTextIsWhole(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"han":   strings.Repeat("天地玄黄宇宙洪荒", 1_000),
		"words": strings.TrimSpace(strings.Repeat("lorem ipsum dolor ", 450)),
		"signs": strings.Repeat("a&b<c>", 500),
		"marks": strings.Repeat("e\u0301", 4_000),
	} {
		fact := workflow.Fact{Version: 2, At: at(9, 0), By: workflow.Person("U0WANG"), Event: workflow.Noted{Text: text}}
		m := card.Line(face(words.Chinese), workflow.Complaint{ID: "20261123-007", Version: 2}, fact)
		check(t, name, m)
		read := strings.TrimPrefix(blockkit.PlainText(raw(t, m)), "09:00 王莉 备注：")
		flat := strings.NewReplacer("\n", "", " ", "")
		if got, want := flat.Replace(read), flat.Replace(text); got != want {
			t.Errorf("%s: the line has %d characters, want %d, all of the text", name, utf8.RuneCountInString(got), utf8.RuneCountInString(want))
		}
		for i, b := range strings.Split(read, "\n") {
			if strings.HasPrefix(b, "\u0301") {
				t.Errorf("%s: piece %d begins with an accent that belongs to the letter before", name, i)
			}
		}
	}
}

func TestTooLongTextSaysSo(t *testing.T) {
	t.Parallel()
	fact := workflow.Fact{Version: 2, At: at(9, 0), By: workflow.Person("U0WANG"), Event: workflow.Noted{Text: strings.Repeat("字", 20_000)}}
	m := card.Line(face(words.Chinese), workflow.Complaint{ID: "20261123-007", Version: 2}, fact)
	if got, want := blockkit.PlainText(raw(t, m)), "/complaint show 20261123-007"; !strings.Contains(got, want) {
		t.Errorf("the line does not say how to see the rest (%q)", want)
	}
}

// big is a bank of n sub-branches, each with one complaint of last night.
func big(n int) (workflow.Report, []workflow.Summary) {
	day := calendar.Day{Year: 2026, Month: 11, Day: 22}
	r := workflow.Report{Unit: "bank", Day: day, Subs: 2 * n, Total: workflow.Figures{Unit: "bank", Received: n, Left: n, Open: n}}
	var list []workflow.Summary
	for i := range n {
		u := org.UnitID(fmt.Sprintf("unit-%04d", i))
		list = append(list, workflow.Summary{
			ID: workflow.ID(fmt.Sprintf("20261122-%03d", i+1)), Unit: u, Night: 1 + i%3, Next: workflow.StepContact, Handler: "U0LIWEI",
			Account: day, Gist: "客户称信用卡年费被重复扣收", Link: fmt.Sprintf("https://bank.slack.com/archives/C%d/p%d", i, i),
		})
		r.Rows = append(r.Rows, workflow.Figures{Unit: u, Received: 1, Left: 1, Open: 1})
		r.Zero = append(r.Zero, u+"-zero")
	}
	r.Overnight = list
	return r, list
}

func TestManyUnits(t *testing.T) {
	t.Parallel()
	const n = 5_000
	r, list := big(n)
	f := face(words.Chinese)
	head, details := card.Notice(f, r, false)
	digest := card.Overnight(f, "bank", r.Day, list, false)
	for i, m := range append(append([]card.Message{head, card.List(f, "全部", list)}, details...), digest...) {
		check(t, fmt.Sprint(i), m)
	}
	if got := len(details); got > 80 {
		t.Errorf("the thread of the notice has %d messages, want at most 80", got)
	}
	var all strings.Builder
	for _, m := range details {
		all.WriteString(blockkit.PlainText(raw(t, m)) + "\n")
	}
	for _, i := range []int{0, n / 2, n - 1} {
		for _, want := range []string{fmt.Sprintf("unit-%04d：", i), fmt.Sprintf("unit-%04d-zero", i)} {
			if !strings.Contains(all.String(), want) {
				t.Errorf("the details lack %q", want)
			}
		}
	}
	shown := 0
	for _, m := range digest {
		shown += strings.Count(blockkit.PlainText(raw(t, m)), "• ")
	}
	last := blockkit.PlainText(raw(t, digest[len(digest)-1]))
	if want := fmt.Sprintf("另有 %d 条", n-shown); !strings.Contains(last, want) {
		t.Errorf("the digest shows %d of %d; its end %q does not say %q", shown, n, last[max(0, len(last)-60):], want)
	}
	t.Logf("%d details, %d parts of the digest with %d complaints", len(details), len(digest), shown)
}
