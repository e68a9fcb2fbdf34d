package card_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sameday/bot/card"
	"sameday/bot/sandbox/blockkit"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

var week = calendar.Day{Year: 2026, Month: 11, Day: 23}

// shift is a day's duty from 08:30 on, begun so many days after 23 November.
func shift(role duty.Role, person org.PersonID, days int) duty.Shift {
	from := at(8, 30).AddDate(0, 0, days)
	return duty.Shift{Person: person, Role: role, From: from, To: from.AddDate(0, 0, 1), Source: duty.FromLayer, Unit: "jingan"}
}

func weekly(role duty.Role, person org.PersonID) duty.Shift {
	return duty.Shift{Person: person, Role: role, From: at(8, 30).AddDate(0, 0, -3), To: at(8, 30).AddDate(0, 0, 4), Source: duty.FromLayer, Unit: "jingan"}
}

func shifts() []duty.Shift {
	holiday := shift(duty.Primary, "U0LIWEI", 3)
	holiday.Source, holiday.Name = duty.FromFixed, "感恩节 <!here>"
	swapped := shift(duty.Primary, "U0ZHOU", 1)
	swapped.Source = duty.FromSwap
	return []duty.Shift{
		shift(duty.Primary, "U0LIWEI", 2), shift(duty.Primary, "U0WANG", 0), swapped, holiday, shift(duty.Primary, "U0LIWEI", -1),
		weekly(duty.Leader, "U0ZHOU"), shift(duty.Deputy, "U0ZHOU", 0),
	}
}

func dutyLines() []card.DutyLine {
	own := shift(duty.Primary, "U0WANG", 0)
	over := shift(duty.Primary, "U0LIWEI", -1)
	return []card.DutyLine{
		{Unit: "jingan", Officer: duty.Officer{Person: "U0WANG", Unit: "jingan", Role: duty.Primary, Shift: own}, Deputy: "U0LIWEI", Leader: "U0ZHOU"},
		{Unit: "jingan", Officer: duty.Officer{Person: "U0LIWEI", Unit: "jingan", Role: duty.Primary, Shift: over, Waiting: "U0WANG"}},
		{Unit: "jingan", Officer: duty.Officer{Person: "U0ZHOU", Unit: "jingan", Role: duty.Deputy, Shift: own}, Deputy: "U0ZHOU"},
		{Unit: "xuhui", Officer: duty.Officer{Person: "U0CHEN", Unit: "shanghai", Role: duty.Primary, Shift: own}},
		{Unit: "shanghai", Officer: duty.Officer{Person: "U0HE", Unit: "bank"}},
		{Unit: "bank"},
	}
}

func spans(n int) []duty.Span {
	out := make([]duty.Span, n)
	for i := range out {
		from := at(8, 30).AddDate(0, 0, i)
		out[i] = duty.Span{From: from, To: from.Add(12 * time.Hour)}
	}
	return out
}

func TestDutyAnswers(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		golden(t, language+"/duty_now", card.DutyNow(f, dutyLines()))
		golden(t, language+"/duty_now_none", card.DutyNow(f, nil))
		golden(t, language+"/duty_week", card.DutyWeek(f, "jingan", week, shifts()))
		golden(t, language+"/duty_week_none", card.DutyWeek(f, "xuhui", week, nil))
		chen := duty.Officer{Person: "U0CHEN", Unit: "shanghai", Role: duty.Primary}
		gaps := []card.RoleGaps{{Role: duty.Primary, Spans: spans(2)}, {Role: duty.Deputy}, {Role: duty.Leader, Spans: spans(1)}}
		golden(t, language+"/duty_gaps", card.DutyGaps(f, "jingan", gaps, chen, []org.PersonID{"U0WANG", "U0ZHOU"}))
		golden(t, language+"/duty_gaps_none", card.DutyGaps(f, "jingan", nil, chen, nil))
		golden(t, language+"/help_duty", card.Help(f, "/duty", nil))
	})
}

func TestDutyNews(t *testing.T) {
	t.Parallel()
	change := duty.Change{Person: "U0WANG", Added: []duty.Shift{shift(duty.Primary, "U0WANG", 2)}, Removed: []duty.Shift{shift(duty.Deputy, "U0WANG", 4)}}
	swap := duty.Swap{SwapProposed: duty.SwapProposed{
		ID: "s7", Role: duty.Primary, Person: "U0LIWEI", From: at(8, 30).AddDate(0, 0, 1), To: at(8, 30).AddDate(0, 0, 2),
		Other: "U0WANG", OtherFrom: at(8, 30).AddDate(0, 0, 4), OtherTo: at(8, 30).AddDate(0, 0, 5),
	}, By: "U0LIWEI", At: at(10, 0)}
	agreed, declined := swap, swap
	agreed.Answered, agreed.Answerer, agreed.Agreed = at(11, 0), "U0WANG", true
	declined.Answered, declined.Answerer = at(11, 0), "U0WANG"
	hole := duty.Problem{Code: duty.Hole, Role: duty.Primary, From: at(20, 30), To: at(24, 0)}
	fatal := []duty.Problem{
		hole,
		{Code: duty.NotInBank, Role: duty.Primary, Person: "U0EVIL", Fatal: true},
		{Code: duty.SameCut, Role: duty.Deputy, Clock: duty.Clock{Hour: 8, Minute: 30}, Fatal: true},
	}
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		golden(t, language+"/duty_change", card.DutyChange(f, "jingan", "U0ZHOU", []duty.Change{change}))
		golden(t, language+"/duty_change_none", card.DutyChange(f, "jingan", org.System, nil))
		golden(t, language+"/swap_ask", card.SwapAsk(f, "jingan", swap))
		golden(t, language+"/swap_agreed", card.SwapAnswered(f, "jingan", agreed))
		golden(t, language+"/swap_declined", card.SwapAnswered(f, "jingan", declined))
		golden(t, language+"/swap_open", card.SwapAnswered(f, "jingan", swap))
		if m := card.SwapAsk(f, "jingan", agreed); strings.Contains(string(raw(t, m)), card.ActionSwapYes) {
			t.Errorf("an answered swap still has buttons: %s", raw(t, m))
		}
		golden(t, language+"/duty_published", card.DutyPublished(f, "jingan", nil))
		golden(t, language+"/duty_published_holes", card.DutyPublished(f, "jingan", []duty.Problem{hole}))
		golden(t, language+"/duty_published_broken", card.DutyPublished(f, "jingan", fatal))
	})
}

func TestHandovers(t *testing.T) {
	t.Parallel()
	open := summaries(samples(t))[:3]
	waiting := duty.Handover{At: at(8, 30), Out: "U0LIWEI", In: "U0WANG", Begun: at(8, 30)}
	with := func(change func(*duty.Handover)) duty.Handover {
		h := waiting
		change(&h)
		return h
	}
	states := map[string]duty.Handover{
		"waiting":  waiting,
		"both":     with(func(h *duty.Handover) { h.Stage, h.Rung = duty.StageBoth, at(8, 45) }),
		"leader":   with(func(h *duty.Handover) { h.Stage, h.Rung = duty.StageLeader, at(9, 0) }),
		"accepted": with(func(h *duty.Handover) { h.Accepted, h.AcceptedBy = at(8, 34), "U0WANG" }),
		"for_him":  with(func(h *duty.Handover) { h.Stage, h.Accepted, h.AcceptedBy = 2, at(9, 4), "U0ZHOU" }),
		"lapsed":   with(func(h *duty.Handover) { h.Stage, h.Lapsed = 2, at(20, 30) }),
		"first":    with(func(h *duty.Handover) { h.Out = "" }),
	}
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		for name, h := range states {
			ask := card.Handover(f, "jingan", h, open, h.Stage)
			golden(t, language+"/handover_"+name, ask)
			golden(t, language+"/handover_post_"+name, card.HandoverPost(f, "jingan", h, open))
			golden(t, language+"/handover_late_"+name, card.HandoverLate(f, "jingan", h, max(1, h.Stage)))
			if got := strings.Contains(string(raw(t, ask)), card.ActionHandover); got != h.Pending() {
				t.Errorf("%s: the button stands there: %v, want %v", name, got, h.Pending())
			}
		}
		golden(t, language+"/handover_nothing", card.Handover(f, "jingan", waiting, nil, 0))
	})
}

func TestQuality(t *testing.T) {
	t.Parallel()
	rows := []workflow.QualityRow{
		{Unit: "jingan", Calls: 12, Acked: 11, Median: 4 * time.Minute, P95: 31 * time.Minute, People: []workflow.QualityPerson{
			{Person: "U0LIWEI", Nights: 3, Rings: 4}, {Person: "U0WANG", Nights: 4, Rings: 9},
		}},
		{Unit: "xuhui", Calls: 1},
		{Unit: "shanghai", People: []workflow.QualityPerson{{Person: "U0CHEN", Nights: 7}}},
		{Unit: "bank"},
	}
	gaps := []workflow.GapRow{{Unit: "xuhui", Spans: spans(5), Owners: []org.PersonID{"U0WU"}}, {Unit: "jingan"}}
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		golden(t, language+"/quality", card.Quality(f, "shanghai", workflow.Quality{From: week.Add(-7), To: week.Add(-1), Rows: rows, Gaps: gaps})...)
		golden(t, language+"/quality_none", card.Quality(f, "shanghai", workflow.Quality{From: week.Add(-7), To: week.Add(-1)})...)
	})
}

// homeOf gives a home view as a message, for what reads messages, and checks it as Slack does.
func homeOf(t reporter, name string, v slack.HomeTabViewRequest) card.Message {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("marshal the home view: %v", err)
	}
	for _, p := range blockkit.CheckView(b) {
		t.Errorf("%s: Slack refuses it: %s", name, p)
	}
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		t.Fatalf("%s: read back: %v", name, err)
	}
	eachText(tree, func(s string) { ours(t, name, s) })
	return card.Message{Text: "home", Blocks: v.Blocks.BlockSet}
}

func homeView(t *testing.T) card.HomeView {
	t.Helper()
	all := samples(t)
	c := all["climbed"].c
	return card.HomeView{
		Person: "U0WANG", Calls: []workflow.Summary{workflow.Summarize(c)}, Menus: map[workflow.ID]string{c.ID: card.MenuVersion(c)},
		Mine: summaries(all)[:4], Units: []card.UnitLine{{Unit: "jingan", Open: 5, Overdue: 2, Overnight: 1, Calling: 1}},
		Duty: dutyLines()[:1], Shifts: []duty.Shift{shift(duty.Primary, "U0WANG", 0), shift(duty.Deputy, "U0WANG", 2)}, Gaps: 2,
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	view := homeView(t)
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		for name, v := range map[string]card.HomeView{"full": view, "empty": {Person: "U0WANG"}, "stranger": {Person: "U0NEW", Stranger: true, Mine: view.Mine}} {
			golden(t, language+"/home_"+name, homeOf(t, name, card.Home(f, v)))
		}
		ack, err := json.Marshal(card.Home(f, view).Blocks.BlockSet)
		if err != nil {
			t.Fatal(err)
		}
		want := card.EncodeValue(card.Value{ID: view.Calls[0].ID, Menu: view.Menus[view.Calls[0].ID]})
		if !strings.Contains(string(ack), want) {
			t.Errorf("the home view has no button with the value %q", want)
		}
	})
}

// TestDutyKeepsTheLimits draws every duty card for a very big unit whose people have hostile names.
func TestDutyKeepsTheLimits(t *testing.T) {
	t.Parallel()
	const n = 120
	open := make([]workflow.Summary, n)
	many := make([]duty.Shift, n)
	people := make([]org.PersonID, n)
	lines := make([]card.DutyLine, n)
	rows := make([]workflow.QualityRow, n)
	gaps := make([]workflow.GapRow, n)
	units := make([]card.UnitLine, n)
	problems := make([]duty.Problem, n)
	sum := workflow.Summarize(samples(t)["hostile"].c)
	for i := range n {
		open[i], many[i], people[i], lines[i] = sum, shift(duty.Primary, "U0X", i%7), "U0X", dutyLines()[i%6]
		many[i].Source, many[i].Name = duty.FromFixed, hostileText
		rows[i] = workflow.QualityRow{Unit: "jingan", Calls: i, Acked: 1, People: make([]workflow.QualityPerson, 60)}
		gaps[i] = workflow.GapRow{Unit: "jingan", Spans: spans(5), Owners: people[:60]}
		units[i] = card.UnitLine{Unit: "jingan", Open: i}
		problems[i] = duty.Problem{Code: duty.Overlap, Role: duty.Role(hostileText), Person: "U0X", From: at(8, 30), To: at(9, 30), Fatal: i%2 == 0}
	}
	h := duty.Handover{At: at(8, 30), Out: "U0X", In: "U0X", Begun: at(8, 30)}
	s := duty.Swap{SwapProposed: duty.SwapProposed{ID: hostileText, Role: duty.Role(hostileText), Person: "U0X", Other: "U0X"}}
	eachLanguage(t, func(t *testing.T, f card.Face) {
		f.Person = func(org.PersonID) string { return hostileText }
		f.Unit = func(org.UnitID) string { return hostileText }
		messages := []card.Message{
			card.DutyNow(f, lines), card.DutyWeek(f, "jingan", week, many),
			card.DutyGaps(f, "jingan", []card.RoleGaps{{Role: duty.Primary, Spans: spans(n)}}, lines[0].Officer, people),
			card.Handover(f, "jingan", h, open, 1), card.HandoverPost(f, "jingan", h, open), card.HandoverLate(f, "jingan", h, 2),
			card.DutyChange(f, "jingan", "U0X", []duty.Change{{Person: "U0X", Added: many, Removed: many}}),
			card.SwapAsk(f, "jingan", s), card.SwapAnswered(f, "jingan", s), card.DutyPublished(f, "jingan", problems),
			homeOf(t, "home", card.Home(f, card.HomeView{Calls: open, Mine: open, Units: units, Duty: lines, Shifts: many, Gaps: 1})),
		}
		messages = append(messages, card.Quality(f, "jingan", workflow.Quality{From: week, To: week, Rows: rows, Gaps: gaps})...)
		for i, m := range messages {
			if i == 10 { // home, checked as a view: Slack's limits of a message do not hold for it
				continue
			}
			check(t, fmt.Sprintf("message %d", i), m)
		}
	})
}
