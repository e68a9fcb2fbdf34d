package workflow

import (
	"time"

	"sameday/workflow/org"
)

// Code says why something is refused. Only the Slack side knows its sentence.
type Code string

// Reasons to refuse.
const (
	NoSuchVerb      Code = "no_such_verb"
	NoSuchComplaint Code = "no_such_complaint"
	NotInOrder      Code = "not_in_order"    // First comes before it
	AlreadyDone     Code = "already_done"    // by By at At
	NoRight         Code = "no_right"        // Who may
	IsClosed        Code = "is_closed"       // reopen first
	NotClosed       Code = "not_closed"      // only a closed complaint can be reopened
	SubjectRecused  Code = "subject_recused" // the person is whom the complaint is about
	OnlySympathy    Code = "only_sympathy"
	TooShort        Code = "too_short" // Min
	TooLong         Code = "too_long"  // Min is the limit
	Missing         Code = "missing"   // Field
	NotOneOf        Code = "not_one_of"
	NotInBank       Code = "not_in_bank" // Person holds no position
	UnknownUnit     Code = "unknown_unit"
	InFuture        Code = "in_future"
	TooOld          Code = "too_old"
	AmountNeeded    Code = "amount_needed"
	NoClock         Code = "no_clock"            // this complaint has no such clock to extend
	NoMoreExtension Code = "no_more_extension"   //
	TellCustomer    Code = "tell_customer_first" // the second extension needs notice to the customer
	NothingChanges  Code = "nothing_changes"
	NotDue          Code = "not_due"
	NoCustomer      Code = "no_customer"
	WorkOrderTaken  Code = "work_order_taken" // by the complaint in Value
	RevealOff       Code = "reveal_off"
	NothingRings    Code = "nothing_rings"     // nobody is being called about it
	NothingToReturn Code = "nothing_to_return" // it stands no higher than the first rung
	AtTheTop        Code = "at_the_top"        // there is no rung above
	AlreadyRaised   Code = "already_raised"    // to rung Min, since the person looked
	AskAnswered     Code = "ask_answered"      // by By at At
	OfferAnswered   Code = "offer_answered"    // by By at At
	NothingOffered  Code = "nothing_offered"   // nobody proposed to hand it on
	OtherZone       Code = "other_zone"        // the other unit's day ends at another instant
	TooMany         Code = "too_many"          // Min is the most
	NothingAsked    Code = "nothing_asked"     // nobody asked for an extension

	MayNotLead     Code = "may_not_lead"    // Person is none of Who
	InPast         Code = "in_past"         // Field is a time that has gone by
	TooFar         Code = "too_far"         // Field is a time too far ahead
	NoDirective    Code = "no_directive"    // none that waits for this person
	WhichDirective Code = "which_directive" // the person has Min of them
	NoBriefing     Code = "no_briefing"     // no report has been made yet

	NoPanel        Code = "no_panel"        // the bank has no outside experts
	NotOnPanel     Code = "not_on_panel"    // Person is none of them
	NoInvitation   Code = "no_invitation"   // none that waits for this person
	InvitationOver Code = "invitation_over" // a later one took its place, or the complaint was closed
	SessionSet     Code = "session_set"     // a mediation is set for At; First records what came of it
	NoSession      Code = "no_session"      // no mediation is set
	SessionAhead   Code = "session_ahead"   // it begins only at At
	IsMerged       Code = "is_merged"       // into Value, by By at At: what is done to that one is done to it
	NotMerged      Code = "not_merged"      // into anything
	HasRepeats     Code = "has_repeats"     // Min others were merged into it, Value the first
	MergeSelf      Code = "merge_self"      // a complaint is no repeat of itself
	NoMain         Code = "no_main"         // there is no complaint Value to merge into
	MergeClosed    Code = "merge_closed"    // Value has been closed for more than Min days
	OtherUnits     Code = "other_units"     // Value belongs to a unit for which the person has no right; Who may
	NoGroup        Code = "no_group"        // no emergency group stands
)

// Refusal is an expected "no": an answer for the person who asked, not an error of ours. Only the fields that Code speaks
// of are set.
type Refusal struct {
	Code   Code
	Verb   Verb // what was asked
	First  Verb // what comes first
	By     org.PersonID
	At     time.Time
	Who    []Grant // who may
	Person org.PersonID
	Field  string // the form field that is wrong, by its name in the command
	Min    int
	Value  string
}

// Error makes a Refusal travel as an error; it is for logs and tests, never for people.
func (r *Refusal) Error() string { return "refused: " + string(r.Code) + " " + string(r.Verb) }

func refuse(c Code) *Refusal { return &Refusal{Code: c} }

func wrong(c Code, field string) *Refusal { return &Refusal{Code: c, Field: field} }

// notOneOf refuses a value that is not on the list behind a field.
func notOneOf(field, value string) *Refusal {
	return &Refusal{Code: NotOneOf, Field: field, Value: Gist(value, gistLength)}
}
