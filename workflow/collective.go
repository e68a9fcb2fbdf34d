package workflow

import (
	"slices"
	"time"
)

// MaxRepresentatives is how many people may speak for a collective complaint: the rule that petitions follow.
const MaxRepresentatives = 5

// SetCollective says that several customers complain together, how many, and who speaks for them. The representatives are masked already,
// and the whole new list; none keeps those named before.
type SetCollective struct {
	HeadCount       int
	Representatives []CustomerRef
}

// CollectiveSet is the head count of a collective complaint and those who speak for it.
type CollectiveSet struct {
	HeadCount       int           `json:"head_count"`
	Representatives []CustomerRef `json:"representatives,omitempty"`
}

// Kind is the stored name.
func (CollectiveSet) Kind() string { return "collective_set.v1" }

// Verb names the row of the step table.
func (SetCollective) Verb() Verb { return VerbCollective }

func (k SetCollective) decide(c *Complaint, _ Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	if k.HeadCount < 2 || k.HeadCount > 1_000_000 {
		return nil, wrong(NotOneOf, "head_count")
	}
	if most := min(MaxRepresentatives, k.HeadCount); len(k.Representatives) > most {
		return nil, &Refusal{Code: TooMany, Field: "representatives", Min: most}
	}
	e := CollectiveSet{HeadCount: k.HeadCount}
	for _, ref := range k.Representatives {
		masked, no := ref.masked()
		if no != nil {
			no.Field = "representatives"
			return nil, no
		}
		e.Representatives = append(e.Representatives, masked)
	}
	if e.HeadCount == c.Flags.HeadCount && (len(e.Representatives) == 0 || slices.Equal(e.Representatives, c.Representatives)) {
		return nil, wrong(NothingChanges, "head_count")
	}
	return []Event{e}, nil
}

func (e CollectiveSet) effect(c *Complaint, _ Fact) {
	c.Flags.HeadCount = e.HeadCount
	if len(e.Representatives) > 0 {
		c.Representatives = e.Representatives
	}
}

// Records lists the sealed records of everybody who complains: the customer's first.
func (c *Complaint) Records() []string {
	var out []string
	for _, ref := range append([]CustomerRef{c.Customer}, c.Representatives...) {
		if ref.Record != "" {
			out = append(out, ref.Record)
		}
	}
	return out
}
