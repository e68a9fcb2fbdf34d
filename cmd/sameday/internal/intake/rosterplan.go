package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sameday/store"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// RosterReport is what the import of a file of rosters did.
type RosterReport struct {
	Shifts   int         `json:"shifts"` // good ones in the file, at units that were not refused
	Fixed    int         `json:"fixed"`  // of them on holidays
	Units    []Published `json:"units,omitempty"`
	Same     int         `json:"same"` // units at which the file changes nothing
	Refused  []Refused   `json:"refused,omitempty"`
	Bad      []BadRow    `json:"bad,omitempty"`
	Holes    []Hole      `json:"holes,omitempty"`
	Midnight int         `json:"midnight,omitempty"` // shifts that begin at 00:00
	Ignored  []string    `json:"ignored,omitempty"`
}

// Published is a unit whose roster changed.
type Published struct {
	Unit org.UnitID `json:"unit"`
	// Dropped counts shifts to come, of before the import, whose people no longer hold a position.
	Dropped int `json:"dropped,omitempty"`
}

// Refused is a unit whose roster could not be changed, and why.
type Refused struct {
	Unit   org.UnitID `json:"unit"`
	Reason string     `json:"reason"`
}

// Hole is a stretch between the first and the last of a unit's shifts in the file in which nobody has the role, neither by the file nor
// by what held before.
type Hole struct {
	Unit org.UnitID `json:"unit"`
	Role duty.Role  `json:"role"`
	From time.Time  `json:"from"`
	To   time.Time  `json:"to"`
}

// maxRaces bounds how often a roster is merged again because somebody else changed it meanwhile.
const maxRaces = 10

// Publish merges a file's shifts into the units' rosters, in the name of by, who must be allowed to set each. A unit is changed as a whole
// or refused; a file that changes nothing at a unit leaves no trace there. The error is a failure of the store; then the report tells how
// far it got.
func (f Roster) Publish(ctx context.Context, desk *store.Desk, by org.PersonID, now func() time.Time) (RosterReport, error) {
	report := RosterReport{Bad: f.Bad, Ignored: f.Ignored, Midnight: f.Midnight}
	for _, u := range f.byUnit() {
		p := publisher{unitRows: u, desk: desk, by: by, at: now()}
		err := p.publish(ctx)
		var no *duty.Refusal
		switch {
		case errors.Is(err, store.ErrNotFound):
			report.Refused = append(report.Refused, Refused{u.unit, "the running Sameday does not know this unit: restart it with the configuration of today"})
			continue
		case errors.As(err, &no):
			report.Refused = append(report.Refused, Refused{u.unit, whyRefused(no)})
			continue
		case err != nil:
			return report, fmt.Errorf("roster of %s: %w", u.unit, err)
		case p.changed:
			report.Units = append(report.Units, Published{u.unit, p.dropped})
		default:
			report.Same++
		}
		report.Shifts += len(u.shifts)
		for _, s := range u.shifts {
			if s.Fixed {
				report.Fixed++
			}
		}
		report.Holes = append(report.Holes, p.holes()...)
	}
	return report, nil
}

// publisher brings one unit's roster to what a file wants.
type publisher struct {
	unitRows
	desk    *store.Desk
	by      org.PersonID
	at      time.Time
	roster  duty.Roster // as it is
	changed bool
	dropped int
}

func (p *publisher) publish(ctx context.Context) error {
	r, err := p.desk.Roster(ctx, p.unit)
	if err != nil {
		return err
	}
	p.roster = r
	base := &r
	for range maxRaces {
		if base, err = p.bring(ctx, p.want(ahead(*base, p.at), p.at, p.gone)); err != nil || base == nil {
			return err
		}
	}
	return store.ErrConflict
}

// gone reports whether a person has left the bank.
func (p *publisher) gone(who org.PersonID) bool { return len(p.desk.Rules().Tree.Posts(who)) == 0 }

// bring publishes the wanted plans that differ from those in force. Where somebody else has published meanwhile, it returns the roster
// that this overwrote: then the file must be merged into that.
func (p *publisher) bring(ctx context.Context, want []inForce) (raced *duty.Roster, err error) {
	have := ahead(p.roster, p.at)
	for i, w := range want {
		// A plan that takes effect drops those after it: from the first that differs on, all are published.
		if !p.differ(want[:i+1], have) {
			continue
		}
		if raced, err = p.send(ctx, w); err != nil || raced != nil {
			return raced, err
		}
	}
	return nil, nil
}

// differ reports whether one of the wanted plans is not the one in force.
func (p *publisher) differ(want, have []inForce) bool {
	for i, w := range want {
		if i >= len(have) || !w.from.Equal(have[i].from) || !sameShifts(w.plan, have[i].plan, p.at) {
			return true
		}
	}
	return false
}

func (p *publisher) send(ctx context.Context, w inForce) (raced *duty.Roster, err error) {
	out, err := p.desk.Duty(ctx, store.DutyRequest{Unit: p.unit, Command: duty.Publish{Plan: w.plan, From: w.from}, By: p.by, At: p.at})
	var no *duty.Refusal
	if errors.As(err, &no) && no.Code == duty.AlreadyDone {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !p.changed {
		before, _, _ := p.roster.Plan(p.at)
		p.dropped = p.left(before)
	}
	expected := p.roster.Version
	p.roster, p.changed = out.After, true
	if out.Before.Version != expected {
		return &out.Before, nil
	}
	return nil, nil
}

// left counts a plan's later shifts of people who have left the bank.
func (p *publisher) left(plan duty.Plan) (n int) {
	for _, q := range slices.Concat(plan.Planned, plan.Fixed) {
		if q.To.After(p.at) && p.gone(q.Person) {
			n++
		}
	}
	return n
}

// holes lists when nobody is on duty in a role within the span that the file has for it.
func (p *publisher) holes() (out []Hole) {
	for _, role := range duty.Roles() {
		var span duty.Span
		for _, s := range p.shifts {
			if s.Period.Role != role {
				continue
			}
			if span.To.IsZero() || s.Period.From.Before(span.From) {
				span.From = s.Period.From
			}
			if s.Period.To.After(span.To) {
				span.To = s.Period.To
			}
		}
		if span.From.Before(p.at) {
			span.From = p.at
		}
		for _, gap := range p.roster.Gaps(role, span.From, span.To) {
			out = append(out, Hole{p.unit, role, gap.From, gap.To})
		}
	}
	return out
}

// whyRefused says in words why a roster could not be set.
func whyRefused(no *duty.Refusal) string {
	switch no.Code {
	case duty.NoRight:
		return "--by names somebody who may not set it: " + whoMay(no.Who)
	case duty.PlanBroken:
		var who []string
		for _, p := range no.Problems {
			if p.Code != duty.NotInBank {
				return fmt.Sprintf("the roster that holds is broken (%s): set its rotation again with /duty set", p.Code)
			}
			who = append(who, string(p.Person))
		}
		return fmt.Sprintf("%s would be on it and hold no position in the bank: set the rotation again with /duty set, or restart the running Sameday "+
			"if the configuration is newer than it", strings.Join(who, ", "))
	}
	return fmt.Sprintf("it is refused (%s)", no.Code)
}

func whoMay(grants []duty.Grant) string {
	places := map[duty.Where]string{duty.AtUnit: "of the unit", duty.Above: "of a unit above"}
	var out []string
	for _, g := range grants {
		var names []string
		for _, p := range g.Positions {
			names = append(names, string(p))
		}
		out = append(out, strings.Join(names, ", ")+" "+places[g.Where])
	}
	return strings.Join(out, "; ") + " may"
}
