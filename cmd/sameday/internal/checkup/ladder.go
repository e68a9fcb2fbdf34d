package checkup

import (
	"fmt"
	"slices"
	"strings"

	"sameday/cmd/sameday/internal/config"
	"sameday/workflow"
	"sameday/workflow/org"
)

// unitsShown is how many units one line names.
const unitsShown = 12

// ladder looks for rungs on which nobody can stand, for some units. Who is on duty stands in rosters and who handles a complaint in the
// complaint, not in the configuration: a rung that asks for one of them counts as staffed.
func (r *report) ladder(c *config.Config) {
	tree, err := c.OfflineTree()
	if err != nil {
		r.bad("ladder", "", "%v", err)
		return
	}
	whole := true
	for i, rung := range c.Policy.Ladder {
		var empty []string
		for _, u := range tree.Units() {
			if !slices.ContainsFunc(rung.Call, func(k workflow.Callee) bool { return staffed(tree, u.ID, k) }) {
				empty = append(empty, string(u.ID))
			}
		}
		if len(empty) == 0 {
			continue
		}
		whole = false
		call := make([]string, len(rung.Call))
		for i, k := range rung.Call {
			call[i] = string(k)
		}
		r.warn("ladder", fmt.Sprintf("give somebody one of these positions in %s; until then the ladder goes on to the next rung at once", c.Path),
			"rung %d (%s) calls nobody for complaints of %s", i+1, strings.Join(call, ", "), some(empty))
	}
	if whole {
		r.ok("ladder", "%d rungs; somebody can stand on each of them for each of %d units", len(c.Policy.Ladder), len(c.Units))
	}
}

// some lists names, the first few of many.
func some(names []string) string {
	if more := len(names) - unitsShown; more > 0 {
		return fmt.Sprintf("%s and %d more units", strings.Join(names[:unitsShown], ", "), more)
	}
	return strings.Join(names, ", ")
}

// staffed reports whether a callee can name somebody for complaints of a unit. Its form is that of [workflow.Callee].
func staffed(tree *org.Tree, unit org.UnitID, callee workflow.Callee) bool {
	for one := range strings.SplitSeq(string(callee), "|") {
		level, who, _ := strings.Cut(one, ".")
		if workflow.Callee(one) == workflow.CalleeHandler || who == "duty" {
			return true
		}
		at := unit
		switch level {
		case "branch":
			at = tree.Root().ID // for head office's own complaints, and for units that hang on it directly
			if b, ok := tree.AboveOfTier(unit, org.Branch); ok {
				at = b.ID
			}
		case "head_office":
			at = tree.Root().ID
		}
		if len(tree.Holders(at, org.Position(who))) > 0 {
			return true
		}
	}
	return false
}

// standing looks for those who stand behind every ladder.
func (r *report) standing(c *config.Config) {
	for _, u := range c.Units {
		if u.Tier == org.HeadOffice && len(u.Positions[org.Standing]) == 0 {
			r.warn("standing", fmt.Sprintf("give unit %s a standing list (总值班) in %s", u.ID, c.Path),
				"head office has no standing list: a ladder that finds nobody ends at whoever holds a position there")
		}
	}
}
