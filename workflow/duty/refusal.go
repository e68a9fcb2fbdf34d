package duty

import (
	"time"

	"sameday/workflow/org"
)

// Code says why something is refused, or what is wrong with a plan. Only the Slack side knows its sentence.
type Code string

// Reasons to refuse a command. The fields of [Refusal] that a code speaks of are named beside it.
const (
	NoRight      Code = "no_right"         // Who may
	Missing      Code = "missing"          // Field
	NotOneOf     Code = "not_one_of"       // Field
	NotInBank    Code = "not_in_bank"      // Person holds no position
	AlreadyDone  Code = "already_done"     // by By at At
	NotDue       Code = "not_due"          // not before At; At is zero when nothing of the kind is coming
	EmptySpan    Code = "empty_span"       // From is not before To
	Past         Code = "past"             // From to To is over
	FixedShift   Code = "fixed_shift"      // Role, From, To, Name: a fixed period; only a new plan changes it
	SamePerson   Code = "same_person"      // Person: both shifts are his
	NotHisShift  Code = "not_his_shift"    // Person is not on duty in Role all the time From to To
	IsAbsent     Code = "is_absent"        // Person, From to To
	NoSuchEntry  Code = "no_such_entry"    // override, absence or swap
	PlanBroken   Code = "plan_broken"      // Problems
	Superseded   Code = "superseded"       // a later handover took its place, at At, to Person ("" for nobody)
	TwoRoles     Code = "two_roles"        // Person would be on duty twice From to To: in Role, too
	NoSuchChange Code = "no_such_handover" // nobody takes over from anybody at At
)

// What [Check] finds, besides [NotInBank].
const (
	Hole           Code = "hole"            // From to To: nobody on duty; the unit above answers
	Overlap        Code = "overlap"         // From to To: two of a kind at once; Person is the second
	Deactivated    Code = "deactivated"     // Person's Slack account is closed
	UnknownPerson  Code = "unknown_person"  // Slack does not know Person
	MidnightCut    Code = "midnight_cut"    // a handover at 00:00 that is not marked as meant
	EmptyList      Code = "empty_list"      // a cut, or a period, without people; or a layer without cuts
	BadEvery       Code = "bad_every"       // neither 1 nor 7
	SameCut        Code = "same_cut"        // two cuts at one time
	BadClock       Code = "bad_clock"       // no time of day
	StartMissing   Code = "start_missing"   // a layer without its first day
	BadRole        Code = "bad_role"        // none of Roles
	BackwardPeriod Code = "backward_period" // From is not before To
)

// Refusal is an expected "no": an answer for the person who asked, not an error of ours. Only the fields that Code speaks of are set,
// and Unit.
type Refusal struct {
	Code     Code
	Unit     org.UnitID
	Role     Role
	Person   org.PersonID
	By       org.PersonID
	At       time.Time
	From, To time.Time
	Name     string
	Field    string  // the command's field that is wrong
	Who      []Grant // who may
	Problems []Problem
}

// Error makes a Refusal travel as an error; it is for logs and tests, never for people.
func (r *Refusal) Error() string { return "refused: " + string(r.Code) + " " + r.Field }

func refuse(c Code) *Refusal { return &Refusal{Code: c} }

func wrong(c Code, field string) *Refusal { return &Refusal{Code: c, Field: field} }

func alreadyDone(by org.PersonID, at time.Time) *Refusal {
	return &Refusal{Code: AlreadyDone, By: by, At: at}
}

func noSpan(s Span, code Code) *Refusal { return &Refusal{Code: code, From: s.From, To: s.To} }
