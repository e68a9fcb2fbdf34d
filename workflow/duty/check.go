package duty

import (
	"cmp"
	"slices"
	"time"

	"sameday/workflow/org"
)

// Standing is what is known of a person's Slack account.
type Standing string

// Standings. The zero value is an account that works.
const (
	Active  Standing = ""
	Closed  Standing = "deactivated"
	Unknown Standing = "unknown"
)

// Problem is one thing wrong with a plan. Only the fields that Code speaks of are set, and Role.
type Problem struct {
	Code     Code
	Role     Role
	From, To time.Time
	Person   org.PersonID
	Clock    Clock // of a cut
	Fatal    bool  // the plan cannot be published so
}

// Check lists what is wrong with a plan for a unit. Holes are looked for between from and until in the primary's shifts, as if the plan
// were the unit's only one; they are not fatal, because the unit above answers then. All else is. Known says what Slack knows of a
// person; nil takes everybody for active. Times of day are of the zone; nil is UTC.
func Check(plan Plan, unit org.UnitID, tree *org.Tree, zone *time.Location, known func(org.PersonID) Standing, from, until time.Time) []Problem {
	c := checker{plan: plan}
	for _, l := range plan.Layers {
		c.layer(l)
	}
	c.periods(plan.Planned)
	c.periods(plan.Fixed)
	c.people(tree, known)
	r := Fold(unit, zone, []Fact{{Version: 1, At: from, By: org.System, Event: RosterPublished{Plan: plan, From: from}}})
	for _, gap := range r.Gaps(Primary, from, until) {
		c.found = append(c.found, Problem{Code: Hole, Role: Primary, From: gap.From, To: gap.To})
	}
	return c.found
}

type checker struct {
	plan  Plan
	found []Problem
}

func (c *checker) fatal(p Problem) {
	p.Fatal = true
	c.found = append(c.found, p)
}

func (c *checker) layer(l Layer) {
	if l.Role.index() < 0 {
		c.fatal(Problem{Code: BadRole, Role: l.Role})
	}
	if l.Start.IsZero() {
		c.fatal(Problem{Code: StartMissing, Role: l.Role})
	}
	if l.Every != 1 && l.Every != 7 {
		c.fatal(Problem{Code: BadEvery, Role: l.Role})
	}
	if len(l.Cuts) == 0 {
		c.fatal(Problem{Code: EmptyList, Role: l.Role})
	}
	seen := map[Clock]bool{}
	for _, cut := range l.Cuts {
		switch {
		case !cut.At.valid():
			c.fatal(Problem{Code: BadClock, Role: l.Role, Clock: cut.At})
		case seen[cut.At]:
			c.fatal(Problem{Code: SameCut, Role: l.Role, Clock: cut.At})
		case cut.At == Clock{} && !c.plan.Midnight:
			c.fatal(Problem{Code: MidnightCut, Role: l.Role, Clock: cut.At})
		}
		seen[cut.At] = true
		if len(cut.People) == 0 || slices.Contains(cut.People, "") {
			c.fatal(Problem{Code: EmptyList, Role: l.Role, Clock: cut.At})
		}
	}
}

func (c *checker) periods(all []Period) {
	byRole := map[Role][]Period{}
	for _, p := range all {
		problem := Problem{Role: p.Role, From: p.From, To: p.To, Person: p.Person}
		switch {
		case p.Role.index() < 0:
			problem.Code = BadRole
		case p.span().empty():
			problem.Code = BackwardPeriod
		case p.Person == "":
			problem.Code = EmptyList
		default:
			byRole[p.Role] = append(byRole[p.Role], p)
			continue
		}
		c.fatal(problem)
	}
	for _, role := range Roles() {
		list := byRole[role]
		slices.SortStableFunc(list, func(a, b Period) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
		var end time.Time
		for i, p := range list {
			if i > 0 && p.From.Before(end) {
				c.fatal(Problem{Code: Overlap, Role: role, From: p.From, To: sooner(p.To, end), Person: p.Person})
			}
			if i == 0 || p.To.After(end) {
				end = p.To
			}
		}
	}
}

func (c *checker) people(tree *org.Tree, known func(org.PersonID) Standing) {
	names, role := c.plan.people()
	for _, p := range names {
		problem := Problem{Role: role[p], Person: p}
		standing := Active
		if known != nil {
			standing = known(p)
		}
		switch {
		case tree == nil || len(tree.Posts(p)) == 0:
			problem.Code = NotInBank
		case standing == Closed:
			problem.Code = Deactivated
		case standing != Active:
			problem.Code = UnknownPerson
		default:
			continue
		}
		c.fatal(problem)
	}
}
