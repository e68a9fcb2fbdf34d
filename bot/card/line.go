package card

import (
	"strconv"

	"sameday/bot/words"
	"sameday/workflow"

	"github.com/slack-go/slack"
)

// mostPieces is how many sections of text one thread line has at most.
const mostPieces = 3

// Line is one event in the complaint's thread: when, who, what, and what he wrote. A long text is kept whole as far as a message
// goes; of a longer one the last words say how much is left and how to see it. The handler named by an assignment is mentioned, so
// that Slack notifies him.
func Line(f Face, c workflow.Complaint, fact workflow.Fact) Message {
	f = f.ready()
	s := f.say(c, fact)
	head := f.lineHead(s, fact)
	id := blockIDs("line", workflow.Complaint{ID: c.ID, Version: fact.Version})
	m := Message{Text: head}
	// What stands before and behind the text takes its place from the first and last piece.
	most := maxSection - length(head) - length(stack(s.also)) - wordLength
	pieces, rest := split(s.text, most, mostPieces)
	if len(pieces) == 0 {
		m.Blocks = []slack.Block{section(id("0"), stack(append([]string{head}, s.also...)))}
		return m
	}
	m.Text = f.Words.T("line.text", "head", head, "text", escape(s.text, wordLength*8))
	if rest != "" {
		s.also = append(s.also, f.Words.T("line.cut", "n", length(rest), "command", f.howToShow(c)))
	}
	for i, piece := range pieces {
		if i == 0 {
			piece = f.Words.T("line.text", "head", head, "text", piece)
		}
		if i == len(pieces)-1 {
			piece = stack(append([]string{piece}, s.also...))
		}
		m.Blocks = append(m.Blocks, section(id(strconv.Itoa(i)), piece))
	}
	return m
}

// howToShow is the command that shows all of a complaint, with its whole number, because a message stays when today is over.
func (f Face) howToShow(c workflow.Complaint) string {
	return f.Words.Example(words.VerbShow, escape(string(c.ID), wordLength))
}

func (f Face) lineHead(s said, fact workflow.Fact) string {
	at := f.Words.Time(fact.At, f.Zone, f.today())
	if s.alone {
		return f.Words.T("line.system", "time", at, "what", s.what)
	}
	return f.Words.T("line.head", "time", at, "name", f.actor(fact.By), "what", s.what)
}

// said is an event in words.
type said struct {
	what  string   // escaped
	text  string   // what somebody wrote, not escaped, of any length
	also  []string // further short lines, escaped
	alone bool     // nobody did it: a clock or a job
}

// say puts an event into words. Receipts of the bot's own messages have none.
func (f Face) say(c workflow.Complaint, fact workflow.Fact) said {
	if speak, ok := sayings[fact.Event.Kind()]; ok {
		return speak(f, c, fact)
	}
	if speak, ok := emergencySayings[fact.Event.Kind()]; ok {
		return speak(f, c, fact)
	}
	return said{}
}

type saying func(f Face, c workflow.Complaint, fact workflow.Fact) said

// of makes a table entry of a function for one kind of event.
func of[E workflow.Event](speak func(f Face, c workflow.Complaint, e E) said) saying {
	return on(func(f Face, c workflow.Complaint, e E, _ workflow.Fact) said { return speak(f, c, e) })
}

// on is of for a function that looks at the fact around the event too.
func on[E workflow.Event](speak func(f Face, c workflow.Complaint, e E, fact workflow.Fact) said) saying {
	return func(f Face, c workflow.Complaint, fact workflow.Fact) said {
		if event, ok := fact.Event.(E); ok {
			return speak(f, c, event, fact)
		}
		return said{}
	}
}

// sayings is the table: every kind of event that people care about has its words.
var sayings = map[string]saying{
	workflow.Opened{}.Kind():        of(Face.sayOpened),
	workflow.Accepted{}.Kind():      of(Face.sayAccepted),
	workflow.Assigned{}.Kind():      of(Face.sayAssigned),
	workflow.ContactTried{}.Kind():  of(Face.sayTried),
	workflow.Contacted{}.Kind():     of(Face.sayContacted),
	workflow.Handled{}.Kind():       of(Face.sayHandled),
	workflow.FedBack{}.Kind():       of(Face.sayFedBack),
	workflow.RoundStarted{}.Kind():  of(Face.sayRound),
	workflow.Closed{}.Kind():        of(Face.sayClosed),
	workflow.Reopened{}.Kind():      of(Face.sayReopened),
	workflow.Noted{}.Kind():         of(Face.sayNoted),
	workflow.Graded{}.Kind():        of(Face.sayGraded),
	workflow.KindsSet{}.Kind():      of(Face.sayKinds),
	workflow.Flagged{}.Kind():       of(Face.sayFlags),
	workflow.Corrected{}.Kind():     of(Face.sayCorrected),
	workflow.CustomerSet{}.Kind():   of(Face.sayCustomer),
	workflow.Extended{}.Kind():      of(Face.sayExtended),
	workflow.Breached{}.Kind():      of(Face.sayBreached),
	workflow.LeftOvernight{}.Kind(): of(Face.sayOvernight),
	workflow.CustomerShown{}.Kind(): of(Face.sayShown),
	workflow.Climbed{}.Kind():       on(Face.sayClimbed),
	workflow.Acknowledged{}.Kind():  of(Face.sayAcknowledged),
	workflow.Nudged{}.Kind():        on(Face.sayNudged),

	workflow.ExtensionAsked{}.Kind():  of(Face.sayAsked),
	workflow.ExtensionDenied{}.Kind(): of(Face.sayDenied),

	workflow.TransferProposed{}.Kind():  of(Face.sayProposed),
	workflow.TransferRefused{}.Kind():   of(Face.sayRefused),
	workflow.Transferred{}.Kind():       on(Face.sayTransferred),
	workflow.Led{}.Kind():               on(Face.sayLed),
	workflow.Watched{}.Kind():           of(Face.sayWatched),
	workflow.Silent{}.Kind():            on(Face.saySilent),
	workflow.BroughtIn{}.Kind():         of(Face.sayBrought),
	workflow.Directed{}.Kind():          of(Face.sayDirected),
	workflow.DirectiveAnswered{}.Kind(): of(Face.sayDirectiveAnswered),
	workflow.Progressed{}.Kind():        of(Face.sayProgressed),
	workflow.Briefed{}.Kind():           of(Face.sayBriefed),
	workflow.BriefingRead{}.Kind():      of(Face.sayBriefingRead),
	workflow.BriefingUnread{}.Kind():    of(Face.sayBriefingUnread),
	workflow.CollectiveSet{}.Kind():     of(Face.sayCollective),

	workflow.ExpertInvited{}.Kind():   of(Face.sayInvited),
	workflow.ExpertAnswered{}.Kind():  of(Face.sayAttends),
	workflow.ExpertWaiting{}.Kind():   of(Face.sayWaiting),
	workflow.OpinionGiven{}.Kind():    of(Face.sayOpinion),
	workflow.MediationSet{}.Kind():    of(Face.saySession),
	workflow.MediationHeld{}.Kind():   of(Face.sayHeld),
	workflow.MediationNudged{}.Kind(): of(Face.saySessionNudge),
	workflow.Merged{}.Kind():          of(Face.sayMerged),
	workflow.Separated{}.Kind():       of(Face.saySeparated),
	workflow.RepeatMerged{}.Kind():    of(Face.sayRepeatMerged),
	workflow.RepeatSeparated{}.Kind(): of(Face.sayRepeatSeparated),
	workflow.Followed{}.Kind():        of(Face.sayFollowed),
}
