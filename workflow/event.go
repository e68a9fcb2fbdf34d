package workflow

import "sameday/workflow/wire"

// Event is a fact about one complaint. Its kind is a string we chose, with a version, and never changes; a new shape is a
// new kind. Every shape ever stored has a file in testdata/events that must decode for ever.
type Event interface {
	Kind() string
	// effect changes the folded complaint. It does no I/O, reads no clock and cannot fail: a stored event happened.
	effect(c *Complaint, f Fact)
}

// Events is the table of every kind of event ever stored.
var Events = wire.MustTable[Event](
	Opened{}, Accepted{}, Assigned{}, ContactTried{}, Contacted{}, Handled{}, FedBack{}, RoundStarted{},
	Closed{}, Reopened{}, Noted{}, Graded{}, KindsSet{}, Flagged{}, Corrected{}, CustomerSet{}, Extended{},
	Breached{}, LeftOvernight{}, CustomerShown{}, Posted{}, Climbed{}, Acknowledged{}, Nudged{},
	ExtensionAsked{}, ExtensionDenied{}, TransferProposed{}, TransferRefused{}, Transferred{}, Led{}, Watched{},
	Silent{}, BroughtIn{}, Directed{}, DirectiveAnswered{}, Progressed{}, Briefed{}, BriefingRead{},
	BriefingUnread{}, CollectiveSet{},
	ExpertInvited{}, ExpertAnswered{}, ExpertWaiting{}, OpinionGiven{}, MediationSet{}, MediationHeld{},
	MediationNudged{},
	Merged{}, Separated{}, RepeatMerged{}, RepeatSeparated{}, Followed{},
	GroupFormed{}, GroupAnswered{}, GroupUnanswered{}, GroupJoined{}, GroupChannel{}, GroupProblem{},
	GroupDissolved{}, GroupSecluded{},
)
