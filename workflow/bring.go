package workflow

import (
	"slices"

	"sameday/workflow/org"
)

// Brought is somebody whom a serious kind has brought into the complaint.
type Brought struct {
	Person   org.PersonID `json:"person"`
	Position org.Position `json:"position"`
	Unit     org.UnitID   `json:"unit"`
}

// BroughtIn brings people into a complaint because of its serious kinds. Nobody is brought in twice.
type BroughtIn struct {
	Kinds  []SeriousKind  `json:"kinds"`
	People []Brought      `json:"people,omitempty"`
	Vacant []org.Position `json:"vacant,omitempty"` // positions that should be here and that nobody holds
}

// Kind is the stored name.
func (BroughtIn) Kind() string { return "brought_in.v1" }

// guards are the positions of the branch that every serious kind brings in: internal control and compliance, the office, supervision.
func guards() []org.Position { return []org.Position{org.Compliance, org.Office, org.Supervision} }

// brings says whom the serious kinds of a complaint bring in that is not in yet: the first holder of each position at the branch.
func (c *Complaint) brings(r *Rules) []Event {
	if !c.Serious() {
		return nil
	}
	branch := r.branchOf(c.Unit)
	e := BroughtIn{Kinds: c.Kinds}
	for _, p := range guards() {
		if slices.ContainsFunc(c.Brought, func(b Brought) bool { return b.Position == p }) {
			continue
		}
		holders := c.callable(r.Tree.Holders(branch, p))
		if len(holders) == 0 {
			e.Vacant = append(e.Vacant, p)
			continue
		}
		e.People = append(e.People, Brought{Person: holders[0], Position: p, Unit: branch})
	}
	if len(e.People) == 0 {
		return nil
	}
	return []Event{e}
}

func (e BroughtIn) effect(c *Complaint, _ Fact) {
	c.Brought = append(slices.Clip(c.Brought), e.People...)
}
