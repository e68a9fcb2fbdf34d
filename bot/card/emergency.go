package card

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sameday/workflow"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// rollLength is how many characters of names a roll call has on either side: some forty people.
const rollLength = 800

var slackRoom = regexp.MustCompile(`^[CG][A-Z0-9]{1,30}$`)

// room is a channel as a link; the text alone when it is no id of Slack's.
func room(id string) string {
	if slackRoom.MatchString(id) {
		return "<#" + id + ">"
	}
	return escape(id, nameLength)
}

// emergency is what the card says of the complaint's group; empty when none works.
func (f Face) emergency(c workflow.Complaint) string {
	g := c.Group
	if !c.Open() || !g.Working() {
		return ""
	}
	waits := g.Waits()
	parts := []string{f.Words.T("emergency.card", "n", len(g.Members))}
	if len(waits) > 0 {
		parts = append(parts, f.Words.T("emergency.missing", "who", f.names(waits)))
	}
	if g.Room != "" && g.Lost == "" {
		parts = append(parts, f.Words.T("emergency.room", "room", room(g.Room)))
	}
	return dots(parts)
}

// some names the first of many people.
func (f Face) some(people []org.PersonID, name func(org.PersonID) string) string {
	var out []string
	room := rollLength
	for _, p := range people {
		one := name(p)
		if room -= length(one) + 2; room < 0 {
			break
		}
		out = append(out, one)
	}
	return f.crowd(out, len(people))
}

// Roll is the message in the thread that calls the roll: who has answered and who has not, with a button to answer. It is drawn again with
// every answer.
func Roll(f Face, c workflow.Complaint) Message {
	f = f.ready()
	g := c.Group
	waits := g.Waits()
	called := 0
	var here []org.PersonID
	for _, m := range g.Members {
		if m.Called {
			called++
		}
		if !m.Answered.IsZero() {
			here = append(here, m.Person)
		}
	}
	title := f.Words.T("emergency.roll", "number", escape(string(c.ID), wordLength), "name", f.name(g.By), "n", called)
	lines := []string{"*" + title + "*", f.Words.T("emergency.clue", "text", escape(g.Clue, reasonLength))}
	if len(here) > 0 {
		lines = append(lines, f.Words.T("emergency.here", "who", f.some(here, f.name)))
	}
	switch {
	case !g.Working():
		lines = append(lines, f.Words.T("emergency.ended"))
	case len(waits) > 0:
		lines = append(lines, f.Words.T("emergency.absent", "who", f.some(waits, f.mention), "due", f.end(g.RollDue, f.day(c))))
	default:
		lines = append(lines, f.Words.T("emergency.all_here"))
	}
	id := blockIDs("roll", c)
	m := Message{Text: title, Blocks: []slack.Block{section(id("who"), stack(lines))}}
	if len(waits) > 0 {
		m.Blocks = append(m.Blocks, slack.NewActionBlock(id("do"), f.hereButton(c)))
	}
	return m
}

func (f Face) hereButton(c workflow.Complaint) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(ActionPrefix+string(workflow.VerbHere), EncodeValue(Value{ID: c.ID, Menu: rollMenu(c)}), plain(f.buttonText(workflow.VerbHere)))
	b.Style = slack.StylePrimary
	return b
}

// rollMenu names the roll call that a button answers.
func rollMenu(c workflow.Complaint) string { return fmt.Sprintf("roll.%d", c.Group.Roll) }

// Summons is the direct message to somebody who is in the group: why, where, and a button to answer the roll call if it asks the person.
// late says that the time to answer has gone by.
func Summons(f Face, c workflow.Complaint, by workflow.Actor, person org.PersonID, late bool) Message {
	f = f.ready()
	g := c.Group
	number := escape(string(c.ID), wordLength)
	waits := slices.Contains(g.Waits(), person)
	key := "emergency.dm_joined"
	switch {
	case late:
		key = "emergency.dm_late"
	case waits:
		key = "emergency.dm_called"
	}
	title := f.Words.T(key, "number", number, "unit", f.unit(c.Unit), "name", f.actor(by))
	lines := []string{f.Words.T("emergency.clue", "text", escape(g.Clue, reasonLength)), escape(c.Summary, remedyLength)}
	if g.Room != "" && g.Lost == "" {
		lines = append(lines, f.Words.T("emergency.room", "room", room(g.Room)))
	}
	var choices []choice
	if waits && !late {
		lines = append(lines, f.Words.T("emergency.dm_due", "due", f.date(g.RollDue, f.today())))
	}
	if waits {
		choices = append(choices, choice{
			ActionPrefix + string(workflow.VerbHere), f.buttonText(workflow.VerbHere), EncodeValue(Value{ID: c.ID, Menu: rollMenu(c)}), true,
		})
	}
	return f.private("summons", c, title, lines, choices)
}

// GroupCard is the live card in the group's channel: what the group is for, where the record is kept, and the complaint's card.
func GroupCard(f Face, c workflow.Complaint) Message {
	f = f.ready()
	thread := link(c.Posts[workflow.PostedRoot].Link, f.Words.T("emergency.thread"))
	head := stack([]string{
		"*" + f.Words.T("emergency.channel", "number", escape(string(c.ID), wordLength)) + "*",
		f.Words.T("emergency.clue", "text", escape(c.Group.Clue, reasonLength)),
		f.Words.T("emergency.channel_how", "thread", thread),
	})
	m := Card(f, c)
	m.Blocks = append([]slack.Block{section(blockIDs("group", c)("head"), head)}, m.Blocks...)
	return m
}

// GroupTopic is the topic of a group's channel, within Slack's 250 characters.
func GroupTopic(f Face, c workflow.Complaint) string {
	f = f.ready()
	return workflow.Gist(f.Words.T("emergency.topic", "number", string(c.ID), "unit", workflow.Gist(called(f.Unit, c.Unit), nameLength),
		"gist", workflow.Gist(c.Summary, wordLength)), 240)
}

// homeSummons lists the groups that wait for the person's answer, with a button each.
func (f Face) homeSummons(h *home, v HomeView) {
	if len(v.Summons) == 0 {
		return
	}
	h.add(f.Words.T("home.summons", "n", len(v.Summons)))
	for _, s := range v.Summons[:min(len(v.Summons), homeCalls)] {
		h.add(f.row(s, true))
		b := slack.NewButtonBlockElement(ActionPrefix+string(workflow.VerbHere), EncodeValue(Value{ID: s.ID, Menu: "home"}), plain(f.buttonText(workflow.VerbHere)))
		b.Style = slack.StylePrimary
		h.blocks = append(h.blocks, slack.NewActionBlock(fmt.Sprintf("home/%d", len(h.blocks)), b))
	}
	if rest := len(v.Summons) - homeCalls; rest > 0 {
		h.add(f.rest(rest))
	}
}

func membersOf(list []workflow.GroupMember) []org.PersonID {
	out := make([]org.PersonID, len(list))
	for i, m := range list {
		out[i] = m.Person
	}
	return out
}

func (f Face) sayGroupFormed(_ workflow.Complaint, e workflow.GroupFormed) said {
	if len(e.Called) == len(e.Members) {
		return said{what: f.Words.T("emergency.formed", "who", f.some(membersOf(e.Members), f.name)), text: e.Clue}
	}
	if len(e.Members) == 0 {
		return said{what: f.Words.T("emergency.called_again"), text: e.Clue}
	}
	return said{what: f.Words.T("emergency.formed_again", "who", f.some(membersOf(e.Members), f.name)), text: e.Clue}
}

func (f Face) sayGroupAnswered(workflow.Complaint, workflow.GroupAnswered) said {
	return said{what: f.Words.T("emergency.answered")}
}

func (f Face) sayGroupUnanswered(_ workflow.Complaint, e workflow.GroupUnanswered) said {
	return said{what: f.Words.T("emergency.unanswered", "who", f.some(e.By, f.name)), alone: true}
}

func (f Face) sayGroupJoined(_ workflow.Complaint, e workflow.GroupJoined) said {
	return said{what: f.Words.T("emergency.joined", "who", f.some(membersOf(e.People), f.name), "why", f.enum("join_reason", string(e.Why))), alone: true}
}

func (f Face) sayGroupChannel(_ workflow.Complaint, e workflow.GroupChannel) said {
	key := "emergency.did." + string(e.Step)
	switch {
	case e.Refused && e.Step != workflow.GroupPinned: // the problem says it; a channel without a pin is ready all the same
		return said{}
	case e.Step == workflow.GroupInvited:
		return said{what: f.Words.T(key, "who", f.some(e.People, f.name)), alone: true}
	}
	return said{what: f.Words.T(key, "room", room(e.Channel), "name", escape(e.Name, wordLength), "n", len(e.People)), alone: true}
}

// sayGroupProblem says what could not be done, and who can do what about it.
func (f Face) sayGroupProblem(c workflow.Complaint, e workflow.GroupProblem) said {
	command := f.Words.Example(string(workflow.VerbGroup), escape(string(c.ID), wordLength))
	what := f.Words.T("emergency.problem."+problemKey(e), "room", room(e.Channel), "reason", escape(e.Reason, wordLength),
		"scope", escape(strings.ReplaceAll(e.Scope, ",", ", "), wordLength), "who", f.some(e.People, f.name), "command", command)
	s := said{what: what, alone: true}
	if e.Fatal() {
		s.also = []string{f.Words.T("emergency.in_thread", "command", command)}
	}
	return s
}

// problemKey is the sentence for a problem.
func problemKey(e workflow.GroupProblem) string {
	switch {
	case len(e.People) > 0 && (e.Trouble == workflow.TroubleGone || e.Trouble == workflow.TroubleGuest):
		return "person_" + string(e.Trouble)
	case len(e.People) > 0:
		return "person"
	case e.Step == workflow.GroupArchived:
		return "archived_not"
	case !e.Fatal(): // the topic, the pin
		return string(e.Step)
	case e.Trouble == workflow.TroubleScope, e.Trouble == workflow.TroubleArchived, e.Trouble == workflow.TroubleRemoved:
		return string(e.Trouble)
	case e.Step == workflow.GroupCreated:
		return "refused"
	}
	return "closed"
}

func (f Face) sayGroupDissolved(_ workflow.Complaint, e workflow.GroupDissolved) said {
	return said{what: f.Words.T("emergency.dissolved"), text: e.Reason}
}

func (f Face) sayGroupSecluded(_ workflow.Complaint, _ workflow.GroupSecluded) said {
	return said{what: f.Words.T("emergency.secluded"), alone: true}
}

// emergencySayings are the events of emergency groups in words.
var emergencySayings = map[string]saying{
	workflow.GroupFormed{}.Kind():     of(Face.sayGroupFormed),
	workflow.GroupAnswered{}.Kind():   of(Face.sayGroupAnswered),
	workflow.GroupUnanswered{}.Kind(): of(Face.sayGroupUnanswered),
	workflow.GroupJoined{}.Kind():     of(Face.sayGroupJoined),
	workflow.GroupChannel{}.Kind():    of(Face.sayGroupChannel),
	workflow.GroupProblem{}.Kind():    of(Face.sayGroupProblem),
	workflow.GroupDissolved{}.Kind():  of(Face.sayGroupDissolved),
	workflow.GroupSecluded{}.Kind():   of(Face.sayGroupSecluded),
}
