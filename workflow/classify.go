package workflow

import (
	"slices"
	"time"

	"sameday/workflow/privacy"
)

// SetGrade makes a complaint key or ordinary; Notice is the number of the notice that named it, which a key one must have.
type SetGrade struct {
	Grade  Grade
	Notice string
}

// SetKinds sets the serious kinds: the whole new list, empty for none.
type SetKinds struct{ Kinds []SeriousKind }

// SetFlags sets the circumstances.
type SetFlags struct{ Flags Flags }

// Graded sets the grade; Notice is the number of the notice that named a key complaint.
type Graded struct {
	Grade  Grade  `json:"grade"`
	Notice string `json:"notice,omitempty"`
}

// Kind is the stored name.
func (Graded) Kind() string { return "graded.v1" }

// KindsSet sets the serious kinds: the whole new list.
type KindsSet struct {
	Kinds []SeriousKind `json:"kinds"`
}

// Kind is the stored name.
func (KindsSet) Kind() string { return "kinds_set.v1" }

// Flagged sets the flags.
type Flagged struct {
	Flags Flags `json:"flags"`
}

// Kind is the stored name.
func (Flagged) Kind() string { return "flagged.v1" }

// Verb names the row of the step table.
func (SetGrade) Verb() Verb { return VerbGrade }

// Verb names the row of the step table.
func (SetKinds) Verb() Verb { return VerbKind }

// Verb names the row of the step table.
func (SetFlags) Verb() Verb { return VerbFlag }

func (k SetGrade) decide(c *Complaint, _ Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	if !known(Grades(), k.Grade) {
		return nil, notOneOf("grade", string(k.Grade))
	}
	var t texts
	e := Graded{Grade: k.Grade, Notice: t.line("notice", k.Notice)}
	if t.refusal != nil {
		return nil, t.refusal
	}
	if e.Grade == GradeKey && privacy.Substance(e.Notice) == 0 {
		return nil, wrong(Missing, "notice")
	}
	if c.Grade == e.Grade && c.Notice == e.Notice {
		return nil, wrong(NothingChanges, "grade")
	}
	return []Event{e}, nil
}

func (k SetKinds) decide(c *Complaint, _ Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	kinds, no := kindsOf(k.Kinds)
	if no != nil {
		return nil, no
	}
	if slices.Equal(kinds, c.Kinds) {
		return nil, wrong(NothingChanges, "kinds")
	}
	return []Event{KindsSet{Kinds: kinds}}, nil
}

// kindsOf lists the kinds in the table's order, each once.
func kindsOf(in []SeriousKind) ([]SeriousKind, *Refusal) {
	var kinds []SeriousKind
	for _, kind := range SeriousKinds() {
		if slices.Contains(in, kind) {
			kinds = append(kinds, kind)
		}
	}
	for _, kind := range in {
		if !known(SeriousKinds(), kind) {
			return nil, notOneOf("kinds", string(kind))
		}
	}
	return kinds, nil
}

func (f Flags) refusal() *Refusal {
	if f.HeadCount < 0 || f.HeadCount > 1_000_000 {
		return wrong(NotOneOf, "head_count")
	}
	return nil
}

func (k SetFlags) decide(c *Complaint, _ Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	if no := k.Flags.refusal(); no != nil {
		return nil, no
	}
	if k.Flags == c.Flags {
		return nil, wrong(NothingChanges, "flags")
	}
	return []Event{Flagged(k)}, nil
}

func (e Graded) effect(c *Complaint, f Fact) {
	c.Grade, c.Notice = e.Grade, e.Notice
	c.calm(f)
}

func (e KindsSet) effect(c *Complaint, f Fact) {
	c.Kinds = e.Kinds
	c.calm(f)
}

func (e Flagged) effect(c *Complaint, _ Fact) { c.Flags = e.Flags }
