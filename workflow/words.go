package workflow

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// ID is a complaint's number, "20261123-007": the civil day it was registered, in the head office's zone, and its serial on
// that day.
type ID string

// Step is one of the five.
type Step string

// The five steps, in their order.
const (
	StepAccept   Step = "accept"
	StepAssign   Step = "assign"
	StepContact  Step = "contact"
	StepHandle   Step = "handle"
	StepFeedback Step = "feedback"
)

// Steps lists the five steps in order.
func Steps() []Step {
	return []Step{StepAccept, StepAssign, StepContact, StepHandle, StepFeedback}
}

// Source is where a complaint came from.
type Source string

// Sources of complaints. SourcePBOC and SourceNFRA are the regulators: the central bank and the financial regulator.
const (
	SourceCounter    Source = "counter"
	SourceHotline    Source = "hotline"
	SourceOnline     Source = "online"
	SourceHeadOffice Source = "head_office"
	SourcePBOC       Source = "pboc"
	SourceNFRA       Source = "nfra"
	SourceMayorLine  Source = "mayor_line_12345"
	SourceMedia      Source = "media"
	SourceOther      Source = "other"
)

// Sources lists all of them in the order forms show them.
func Sources() []Source {
	return []Source{
		SourceCounter, SourceHotline, SourceOnline, SourceHeadOffice, SourcePBOC, SourceNFRA, SourceMayorLine, SourceMedia,
		SourceOther,
	}
}

// Regulator reports whether the source is a regulator.
func (s Source) Regulator() bool { return s == SourcePBOC || s == SourceNFRA }

// Grade says how much attention a complaint gets.
type Grade string

// The two grades.
const (
	GradeOrdinary Grade = "ordinary"
	GradeKey      Grade = "key" // named by head office or a regulator as a key concern or a typical case
)

// Grades lists both.
func Grades() []Grade { return []Grade{GradeOrdinary, GradeKey} }

// SeriousKind is one of four reasons that make a complaint serious.
type SeriousKind string

// The serious kinds.
const (
	KindPublicity    SeriousKind = "publicity"
	KindLegalCase    SeriousKind = "legal_case"
	KindCompensation SeriousKind = "compensation"
	KindDispute      SeriousKind = "dispute"
)

// SeriousKinds lists all four.
func SeriousKinds() []SeriousKind {
	return []SeriousKind{KindPublicity, KindLegalCase, KindCompensation, KindDispute}
}

// How is a way to reach a customer.
type How string

// Ways to reach a customer.
const (
	ByPhone   How = "phone"
	ByVisit   How = "visit"
	ByMessage How = "message"
	ByMail    How = "mail"
	InPerson  How = "in_person"
)

// Hows lists them.
func Hows() []How { return []How{ByPhone, ByVisit, ByMessage, ByMail, InPerson} }

// Solution is the kind of a substantive solution (实质解决).
type Solution string

// Kinds of solutions.
const (
	Explained   Solution = "explained"
	Rectified   Solution = "corrected"
	Refunded    Solution = "refunded"
	Compensated Solution = "compensated"
	Apologised  Solution = "apologised_with_remedy"
	Referred    Solution = "referred"
)

// Solutions lists them.
func Solutions() []Solution {
	return []Solution{Explained, Rectified, Refunded, Compensated, Apologised, Referred}
}

// Money reports whether the solution pays the customer something, so that an amount must be named.
func (s Solution) Money() bool { return s == Refunded || s == Compensated }

// Answer is what the customer said to the feedback.
type Answer string

// The customer's answers.
const (
	Satisfied   Answer = "satisfied"
	Withdrawn   Answer = "withdrawn"
	Unsatisfied Answer = "unsatisfied"
)

// Answers lists them.
func Answers() []Answer { return []Answer{Satisfied, Withdrawn, Unsatisfied} }

// Outcome is how a complaint was closed.
type Outcome string

// Outcomes. ClosedOverride is the branch president's closing without the customer's word, shown as such in every report.
const (
	ClosedSatisfied Outcome = "satisfied"
	ClosedWithdrawn Outcome = "withdrawn"
	ClosedOverride  Outcome = "override"
)

// Flags are circumstances that a complaint's readers should see.
type Flags struct {
	Vulnerable bool `json:"vulnerable,omitempty"` // an old, ill or otherwise vulnerable customer
	HeadCount  int  `json:"head_count,omitempty"` // of a collective complaint; 0 for one customer
	Epidemic   bool `json:"epidemic,omitempty"`
}

// CustomerRef is what a complaint knows of its customer. The personal data itself is kept apart, under Record.
type CustomerRef struct {
	Record string `json:"record,omitempty"` // id in the vault; empty when nothing personal was given
	Name   string `json:"name,omitempty"`   // masked: 张*
	Phone  string `json:"phone,omitempty"`  // masked: 138****1234
}

// Actor is who acts. The zero value is nobody and may do nothing.
type Actor struct {
	Person org.PersonID
	system bool
}

// Person makes the actor of a person.
func Person(id org.PersonID) Actor { return Actor{Person: id} }

// System is the actor of clocks and jobs.
func System() Actor { return Actor{system: true} }

// IsSystem reports whether a clock or job acts.
func (a Actor) IsSystem() bool { return a.system }

// String gives what the ledger stores: the person's id, or "system".
func (a Actor) String() string {
	if a.system {
		return string(org.System)
	}
	return string(a.Person)
}

// ParseActor reads what String wrote.
func ParseActor(s string) Actor {
	if s == string(org.System) {
		return System()
	}
	return Person(org.PersonID(s))
}

// Fact is an event with who and when, and its place among the complaint's events.
type Fact struct {
	Version int // from 1
	At      time.Time
	By      Actor
	Event   Event
}

func known[T comparable](all []T, v T) bool { return slices.Contains(all, v) }
