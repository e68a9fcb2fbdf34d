package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// LateIntake says what becomes of the day of account when a complaint comes in shortly before midnight.
type LateIntake string

// Ways to treat late intake.
const (
	// LateStrict: midnight, whatever happens.
	LateStrict LateIntake = "strict"
	// LateWindow: midnight, but at least Policy.Window after receipt.
	LateWindow LateIntake = "window"
	// LateRoll: when less than Policy.Window is left, the next day becomes the day of account.
	LateRoll LateIntake = "roll"
)

// LateIntakes lists the ways.
func LateIntakes() []LateIntake { return []LateIntake{LateStrict, LateWindow, LateRoll} }

// Reveal says whether "show customer" answers in Slack.
type Reveal string

// Reveal modes.
const (
	// RevealEphemeral: an answer only the asking person sees.
	RevealEphemeral Reveal = "ephemeral"
	// RevealNever: the data never enters Slack; the answer names where to look.
	RevealNever Reveal = "never"
)

// Span is a duration that reads and writes itself as "1h30m".
type Span time.Duration

// MarshalText writes "1h30m0s".
func (s Span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (s *Span) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is no duration like 30m or 2h", b)
	}
	*s = Span(d)
	return nil
}

// Policy is what the bank decided about clocks. Zero is not usable; start from [DefaultPolicy]. A policy is known by its
// content ([Policy.Version]): each deadline names the version it was computed under, so a later change moves nothing.
type Policy struct {
	Accept  Span `json:"accept"`  // from receipt
	Assign  Span `json:"assign"`  // from receipt
	Contact Span `json:"contact"` // from receipt, or from the start of a later round

	LateIntake LateIntake `json:"late_intake"`
	Window     Span       `json:"window"`

	// StatutoryDays is the time to decide, in civil days after the day of receipt; ExtendDays what each of at most
	// MaxExtensions extensions adds at most (15 + 15, then + 30 by default).
	StatutoryDays int            `json:"statutory_days"`
	ExtendDays    []int          `json:"extend_days"`
	ForwardedDays map[Source]int `json:"forwarded_days"` // per source that forwards; no entry = no such clock

	Nudges []int  `json:"nudges,omitempty"` // percent of a step's time at which its thread gets a quiet line
	Ladder []Rung `json:"ladder,omitempty"`
	// NightRungs is the rung at which a complaint left overnight enters: first night, second, and the last for every one after.
	NightRungs []int `json:"night_rungs,omitempty"`

	// Lead is the time in which a key or serious complaint gets a lead; Silence how long nobody may say anything of one.
	Lead    Span `json:"lead,omitempty"`
	Silence Span `json:"silence,omitempty"`
	// Answer is the time in which a wish for an extension, or a proposal to hand on, is answered.
	Answer Span `json:"answer,omitempty"`

	MinSolution int    `json:"min_solution"` // letters and digits a solution must have
	ReopenDays  int    `json:"reopen_days"`  // a reopening this soon counts against the closing
	Reveal      Reveal `json:"reveal"`
	RevealWhere string `json:"reveal_where"` // where to look when Reveal is never
}

// DefaultPolicy is the rule book as head office wrote it.
func DefaultPolicy() Policy {
	return Policy{
		Accept:        Span(30 * time.Minute),
		Assign:        Span(time.Hour),
		Contact:       Span(2 * time.Hour),
		LateIntake:    LateWindow,
		Window:        Span(2 * time.Hour),
		StatutoryDays: 15,
		ExtendDays:    []int{15, 30},
		ForwardedDays: map[Source]int{SourcePBOC: 15, SourceNFRA: 15, SourceMayorLine: 15, SourceHeadOffice: 15},
		Nudges:        []int{50, 80},
		Ladder:        DefaultLadder(),
		NightRungs:    []int{2, 3, 4},
		Lead:          Span(30 * time.Minute),
		Silence:       Span(4 * time.Hour),
		Answer:        Span(30 * time.Minute),
		MinSolution:   20,
		ReopenDays:    7,
		Reveal:        RevealEphemeral,
	}
}

// Validate says in one sentence what cannot work.
func (p Policy) Validate() error {
	for _, c := range []struct {
		name string
		span Span
	}{{"accept", p.Accept}, {"assign", p.Assign}, {"contact", p.Contact}, {"window", p.Window}, {"lead", p.Lead}, {"silence", p.Silence}, {"answer", p.Answer}} {
		if c.span <= 0 || c.span > Span(24*time.Hour) {
			return fmt.Errorf("%s is %s: use more than 0 and at most 24h", c.name, time.Duration(c.span))
		}
	}
	if p.Accept > p.Assign || p.Assign > p.Contact {
		return fmt.Errorf("accept, assign and contact come in this order: %s, %s, %s do not",
			time.Duration(p.Accept), time.Duration(p.Assign), time.Duration(p.Contact))
	}
	if !known(LateIntakes(), p.LateIntake) {
		return fmt.Errorf("late_intake %q is none of %v", p.LateIntake, LateIntakes())
	}
	if p.StatutoryDays < 1 || p.StatutoryDays > 365 {
		return fmt.Errorf("statutory_days is %d: use 1 to 365", p.StatutoryDays)
	}
	for _, d := range p.ExtendDays {
		if d < 1 || d > 365 {
			return fmt.Errorf("extend_days has %d: use 1 to 365", d)
		}
	}
	for s, d := range p.ForwardedDays {
		if !known(Sources(), s) {
			return fmt.Errorf("forwarded_days names the source %q: use one of %v", s, Sources())
		}
		if d < 1 || d > 365 {
			return fmt.Errorf("forwarded_days of %s is %d: use 1 to 365", s, d)
		}
	}
	for i, n := range p.Nudges {
		if n < 1 || n > 99 || i > 0 && n <= p.Nudges[i-1] {
			return fmt.Errorf("nudges are %v: use rising shares of 1 to 99", p.Nudges)
		}
	}
	if err := checkLadder(p.Ladder); err != nil {
		return err
	}
	if len(p.NightRungs) == 0 {
		return fmt.Errorf("night_rungs is empty: name the rung of the first night")
	}
	for _, n := range p.NightRungs {
		if n < 1 || n > len(p.Ladder) {
			return fmt.Errorf("night_rungs has %d: the ladder has rungs 1 to %d", n, len(p.Ladder))
		}
	}
	if p.MinSolution < 1 || p.MinSolution > 500 {
		return fmt.Errorf("min_solution is %d: use 1 to 500", p.MinSolution)
	}
	if p.ReopenDays < 0 {
		return fmt.Errorf("reopen_days is %d: use 0 or more", p.ReopenDays)
	}
	if p.Reveal != RevealEphemeral && p.Reveal != RevealNever {
		return fmt.Errorf("reveal %q is neither %s nor %s", p.Reveal, RevealEphemeral, RevealNever)
	}
	return nil
}

// nightRung is the rung at which the n-th night enters the ladder.
func (p Policy) nightRung(night int) int {
	return p.NightRungs[min(max(night, 1), len(p.NightRungs))-1]
}

// Version names the policy by its content, so that no change can forget to change it.
func (p Policy) Version() string {
	b, err := json.Marshal(p)
	if err != nil { // no field of Policy can fail to marshal
		return "unknown"
	}
	sum := sha256.Sum256(b)
	return "p-" + hex.EncodeToString(sum[:4])
}

// Rules are all that a decision needs to know of the bank.
type Rules struct {
	Tree   *org.Tree
	Policy Policy
	Codes  Codes
	Book   *duty.Book // who is on duty; nil where no unit has a roster
	// Gateway says that people can be reached beside Slack: from the second rung on they are called both ways.
	Gateway bool
	Inquiry Inquiry // what branches ask each morning
	Panel   Panel   // outside experts
}

// Codes are the bank's category lists, in the manner of JR/T 0169-2018.
type Codes struct {
	Business []Category
	Reason   []Category
}

// Category is one entry of a category list.
type Category struct {
	ID string
	ZH string
	EN string
}

// Name is the category in a language; the id itself when the list does not know it.
func Name(list []Category, id, language string) string {
	for _, c := range list {
		if c.ID == id {
			if language == "en" && c.EN != "" {
				return c.EN
			}
			return c.ZH
		}
	}
	return id
}
