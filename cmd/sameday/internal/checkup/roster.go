package checkup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/control"
	"sameday/cmd/sameday/internal/directory"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// daysAhead is how far ahead rosters are looked at.
const daysAhead = 30

// rosterFix says how a roster is mended.
const rosterFix = "type /duty set in the unit's channel, or give the bank's rosters at once: sameday import --roster FILE --by PERSON"

// bankRosters is what the database says of the units' rosters.
type bankRosters map[org.UnitID][]duty.Fact

// readRosters reads the rosters of the configuration's units.
func readRosters(ctx context.Context, s store.Store, c *config.Config) (bankRosters, error) {
	tree, err := c.OfflineTree()
	if err != nil {
		return nil, err
	}
	rules := &workflow.Rules{Tree: tree, Policy: c.Policy, Codes: c.Codes}
	desk := store.NewDesk(s, func() *workflow.Rules { return rules }, store.MasterKey{}) // nothing is sealed or opened
	out := bankRosters{}
	for _, u := range tree.Units() {
		facts, err := desk.RosterFacts(ctx, u.ID)
		if err != nil {
			return nil, fmt.Errorf("read the roster of %s: %w", u.ID, err)
		}
		if len(facts) > 0 {
			out[u.ID] = facts
		}
	}
	return out, nil
}

// heldRosters reads the rosters from a copy that the process which holds the database makes.
func heldRosters(ctx context.Context, c *config.Config) (out bankRosters, err error) {
	client, err := control.Dial(ctx, ledger.Socket(c.Data))
	if err != nil {
		return nil, err
	}
	err = ledger.Snapshot(ctx, client, c.Data, func(s store.Store) error {
		out, err = readRosters(ctx, s, c)
		return err
	})
	return out, err
}

// rosters looks at who will be on duty. Tree and d are nil where Slack could not be asked: then nothing is said of people.
func (r *report) rosters(c *config.Config, all bankRosters, tree *org.Tree, d *directory.Directory, now time.Time) {
	var without []string
	gaps, wrong := 0, r.wrong
	for _, u := range c.Units {
		facts, has := all[u.ID]
		if !has {
			without = append(without, string(u.ID))
			continue
		}
		roster := duty.Fold(u.ID, u.Zone, facts)
		if holes := roster.Gaps(duty.Primary, now, now.AddDate(0, 0, daysAhead)); len(holes) > 0 {
			if gaps++; gaps <= unitsShown {
				r.gap(u, holes)
			}
		}
		if tree != nil && d != nil {
			r.onDuty(c, roster, tree, d, now)
		}
	}
	if gaps > unitsShown {
		r.warn("rosters", rosterFix, "%d more units have gaps in the next %d days", gaps-unitsShown, daysAhead)
	}
	if len(without) > 0 {
		r.warn("rosters", rosterFix, "no roster, so that the unit above answers day and night: %s", some(without))
	}
	if gaps == 0 && len(without) == 0 && r.wrong == wrong {
		r.ok("rosters", "somebody is on duty at each of %d units for the next %d days", len(c.Units), daysAhead)
	}
}

func (r *report) gap(u config.Unit, holes []duty.Span) {
	minute := func(t time.Time) string { return t.In(u.Zone).Format("2006-01-02 15:04") }
	more := ""
	if len(holes) > 1 {
		more = fmt.Sprintf(" (gaps in %d days: %d)", daysAhead, len(holes))
	}
	r.warn("rosters", rosterFix, "nobody is on duty at %s from %s to %s%s; the deputy or leader on duty answers then, or the unit above",
		u.ID, minute(holes[0].From), minute(holes[0].To), more)
}

// onDuty looks for people on a roster who cannot answer.
func (r *report) onDuty(c *config.Config, roster duty.Roster, tree *org.Tree, d *directory.Directory, now time.Time) {
	for _, id := range named(roster, now) {
		p, known := d.Person(id)
		fix := fmt.Sprintf("take %s off the roster of %s: type /duty set in its channel", id, roster.Unit)
		switch {
		case len(tree.Posts(id)) == 0:
			r.bad("rosters", fix+", or give the person a position in "+c.Path, "%s is on the roster of %s and holds no position in the bank", id, roster.Unit)
		case known && p.Deleted:
			r.bad("rosters", fix, "%s (%s) is on the roster of %s and is deactivated in Slack", id, p.Name, roster.Unit)
		case !known:
			r.bad("rosters", fix, "%s is on the roster of %s and is nobody in this workspace", id, roster.Unit)
		}
	}
}

// named lists everybody who is still to be on duty by a roster, sorted.
func named(roster duty.Roster, now time.Time) []org.PersonID {
	var out []org.PersonID
	for _, at := range []time.Time{now, now.AddDate(0, 0, daysAhead)} {
		plan, _, _ := roster.Plan(at)
		for _, l := range plan.Layers {
			for _, cut := range l.Cuts {
				out = append(out, cut.People...)
			}
		}
		for _, p := range slices.Concat(plan.Planned, plan.Fixed) {
			if p.To.After(now) {
				out = append(out, p.Person)
			}
		}
	}
	for _, role := range duty.Roles() {
		for _, s := range roster.Shifts(role, now, now.AddDate(0, 0, daysAhead)) {
			out = append(out, s.Person)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
