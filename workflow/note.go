package workflow

import (
	"strings"
	"time"
	"unicode"

	"sameday/workflow/privacy"
)

// Note adds a comment.
type Note struct{ Text string }

// Noted is a comment.
type Noted struct {
	Text string `json:"text"`
}

// Kind is the stored name.
func (Noted) Kind() string { return "noted.v1" }

// Verb names the row of the step table.
func (Note) Verb() Verb { return VerbNote }

func (n Note) decide(*Complaint, Actor, *Rules, time.Time) ([]Event, *Refusal) {
	var t texts
	text := t.need("text", n.Text)
	if t.refusal != nil {
		return nil, t.refusal
	}
	return []Event{Noted{Text: text}}, nil
}

func (Noted) effect(*Complaint, Fact) {}

// Limits of free text, in characters. What a form takes in one field is 3,000; an imported work order may be longer.
const (
	MaxText = 20_000
	MaxLine = 200
)

// texts makes free text safe to store, in one place: valid, no control characters, personal data masked, not too long. It keeps the
// first refusal, so that a decision reads its fields in one go and looks once.
type texts struct {
	refusal *Refusal
	masked  int
}

func (t *texts) text(field, s string) string { return t.limited(field, s, MaxText) }

func (t *texts) line(field, s string) string { return t.limited(field, s, MaxLine) }

// number is a work order's number: kept as it is, because a masked one would not be unique, and so only letters, digits and the
// marks that numbers are written with are let in.
func (t *texts) number(field, s string) string {
	out := strings.TrimSpace(privacy.Clean(s))
	bad := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_/.#()（）〔〕[] ", r)
	}
	if t.refusal == nil && (len([]rune(out)) > MaxLine || strings.ContainsFunc(out, bad)) {
		t.refusal = notOneOf(field, out)
	}
	return out
}

// need is text that must say something: a letter, a digit or a character.
func (t *texts) need(field, s string) string {
	out := t.text(field, s)
	if t.refusal == nil && privacy.Substance(out) == 0 {
		t.refusal = wrong(Missing, field)
	}
	return out
}

func (t *texts) limited(field, s string, most int) string {
	// A character takes at most four bytes, so a longer text is too long, and the work below is bounded.
	if len(s) > 4*most && t.refusal == nil {
		t.refusal = &Refusal{Code: TooLong, Field: field, Min: most}
		return ""
	}
	out, found := privacy.Mask(privacy.Clean(s))
	t.masked += found.Total()
	if t.refusal == nil && len([]rune(out)) > most {
		t.refusal = &Refusal{Code: TooLong, Field: field, Min: most}
	}
	return out
}
