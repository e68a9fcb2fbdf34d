package card_test

import (
	"strings"
	"testing"

	"sameday/bot/card"
	"sameday/workflow"
	"sameday/workflow/org"
)

// emergency is the way of a group: formed, called, with a channel, and what can go wrong on it.
func emergency() []move {
	receipt := func(minute int, step workflow.GroupStep, people ...org.PersonID) move {
		done := &workflow.GroupChannel{Step: step, Channel: "C0G", People: people}
		if step == workflow.GroupCreated {
			done.Name = "complaint-20261123-007"
		}
		return move{at(9, minute), "", workflow.RecordGroup{N: 1, Done: done}}
	}
	problem := func(minute int, p workflow.GroupProblem) move {
		return move{at(9, minute), "", workflow.RecordGroup{N: 1, Problems: []workflow.GroupProblem{p}}}
	}
	return []move{
		{at(9, 30), "U0CHEN", workflow.FormGroup{Clue: "客户称将向媒体反映 <!channel>", People: []org.PersonID{"U0CHEN", "U0ZHOU", "U0WANG", "U0XU"}, Where: workflow.GroupInChannel}},
		problem(31, workflow.GroupProblem{Step: workflow.GroupCreated, Trouble: workflow.TroubleScope, Reason: "missing_scope", Scope: "groups:write"}),
		problem(31, workflow.GroupProblem{Step: workflow.GroupCreated, Trouble: workflow.TroubleRefused, Reason: "restricted_action"}),
		receipt(32, workflow.GroupCreated),
		problem(33, workflow.GroupProblem{Step: workflow.GroupTopic, Trouble: workflow.TroubleRefused, Reason: "restricted_action", Channel: "C0G"}),
		receipt(33, workflow.GroupTopic),
		problem(34, workflow.GroupProblem{Step: workflow.GroupInvited, Trouble: workflow.TroubleGone, Reason: "user_not_found", Channel: "C0G", People: []org.PersonID{"U0XU"}}),
		problem(34, workflow.GroupProblem{Step: workflow.GroupInvited, Trouble: workflow.TroubleGuest, Reason: "ura_max_channels", Channel: "C0G", People: []org.PersonID{"U0MA"}}),
		problem(34, workflow.GroupProblem{Step: workflow.GroupInvited, Trouble: workflow.TroubleRefused, Reason: "odd", Channel: "C0G", People: []org.PersonID{"U0MA"}}),
		receipt(34, workflow.GroupInvited, "U0CHEN", "U0ZHOU", "U0WANG"),
		problem(35, workflow.GroupProblem{Step: workflow.GroupPinned, Trouble: workflow.TroubleRefused, Reason: "too_many_pins", Channel: "C0G"}),
		receipt(36, workflow.GroupPinned, "U0CHEN", "U0ZHOU", "U0WANG"),
		{at(9, 40), "U0WANG", workflow.Here{}},
		{at(9, 45), "", workflow.Expire{Wake: workflow.WakeRoll}},
		{at(9, 50), "U0WU", workflow.Lead{}},
		{at(9, 51), "U0WU", workflow.FormGroup{Clue: "记者已到网点", People: []org.PersonID{"U0MA"}}},
		{at(9, 52), "U0WU", workflow.FormGroup{Clue: "再次点名", People: []org.PersonID{"U0MA"}}},
		problem(53, workflow.GroupProblem{Step: workflow.GroupCarded, Trouble: workflow.TroubleArchived, Reason: "is_archived", Channel: "C0G"}),
		receipt(54, workflow.GroupCreated),
		problem(55, workflow.GroupProblem{Step: workflow.GroupCarded, Trouble: workflow.TroubleRemoved, Reason: "not_in_channel", Channel: "C0G"}),
		receipt(56, workflow.GroupCreated),
		problem(57, workflow.GroupProblem{Step: workflow.GroupInvited, Trouble: workflow.TroubleRefused, Reason: "odd", Channel: "C0G"}),
		{at(9, 58), "U0WU", workflow.DissolveGroup{Reason: "客户已撤诉"}},
		problem(59, workflow.GroupProblem{Step: workflow.GroupArchived, Trouble: workflow.TroubleRefused, Reason: "restricted_action", Channel: "C0G"}),
	}
}

// The messages of a group, as each person gets them.
func TestEmergency(t *testing.T) {
	t.Parallel()
	s := samples(t)["emergency"]
	ended := s.c
	for i, fact := range s.facts { // as it stood before it was dissolved
		if _, ok := fact.Event.(workflow.GroupDissolved); ok {
			s.c = workflow.Fold(s.c.ID, s.facts[:i])
		}
	}
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		golden(t, language+"/emergency_roll", card.Roll(f, s.c), card.Roll(f, ended))
		golden(t, language+"/emergency_summons", card.Summons(f, s.c, workflow.Person("U0CHEN"), "U0ZHOU", false),
			card.Summons(f, s.c, workflow.System(), "U0ZHOU", true), card.Summons(f, ended, workflow.System(), "U0MA", false))
		golden(t, language+"/emergency_card", card.GroupCard(f, s.c))
		var lines []card.Message
		for _, fact := range s.facts {
			if strings.HasPrefix(fact.Event.Kind(), "group_") && fact.At.After(at(9, 29)) {
				if m := card.Line(f, s.c, fact); len(m.Text) > 6 {
					lines = append(lines, m)
				}
			}
		}
		golden(t, language+"/emergency_lines", lines...)
		if topic := card.GroupTopic(f, s.c); len([]rune(topic)) > 250 || topic == "" {
			t.Errorf("the topic is %q", topic)
		}
		h := card.Home(f, card.HomeView{Person: "U0ZHOU", Summons: []workflow.Summary{workflow.Summarize(s.c)}})
		golden(t, language+"/emergency_home", card.Message{Text: "home", Blocks: h.Blocks.BlockSet})
	})
}
