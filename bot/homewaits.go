package bot

import (
	"context"
	"slices"
	"time"

	"sameday/bot/card"
	"sameday/workflow/calendar"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// askedSince is how far back App Home looks for questions of an inquiry: yesterday's can still be asked, older ones are for the table.
const askedSince = 36 * time.Hour

// homeWaits gathers what waits for a person beside calls, directives and reports: the day's questions, today's meetings, and the answers
// that complaints ask for.
func (b *Bot) homeWaits(ctx context.Context, r request, own []org.UnitID, v *card.HomeView) error {
	refs, err := b.desk.Asked(ctx, r.Person, r.now.Add(-askedSince), mostHome)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		s, err := b.desk.Sheet(ctx, ref)
		if err != nil {
			continue // its unit has left the configuration
		}
		for _, a := range s.Asked {
			if slices.Contains(s.WaitsFor(a), r.Person) {
				v.Waits = append(v.Waits, card.HomeWait{Due: s.Due, Sheet: s, Source: a.Source})
			}
		}
	}
	if err := b.homeMeetings(ctx, r, own, v); err != nil {
		return err
	}
	ids, err := b.desk.Owed(ctx, r.Person, mostHome)
	if err != nil {
		return err
	}
	for _, id := range ids {
		c, err := b.desk.Complaint(ctx, id)
		if err != nil {
			return err
		}
		for _, o := range c.Owed() {
			if slices.Contains(o.People, r.Person) {
				v.Waits = append(v.Waits, card.HomeWait{Due: o.Due, Complaint: c, Owed: o})
			}
		}
	}
	return nil
}

// homeMeetings are today's meetings of the branches that the person's units belong to.
func (b *Bot) homeMeetings(ctx context.Context, r request, own []org.UnitID, v *card.HomeView) error {
	var branches []org.UnitID
	for _, id := range own {
		branch, ok := r.rules.Tree.AboveOfTier(id, org.Branch)
		if !ok || slices.Contains(branches, branch.ID) || !r.rules.Tree.Holds(r.Person, branch.ID) {
			continue
		}
		branches = append(branches, branch.ID)
		s, err := b.desk.Sheet(ctx, daily.Ref{Topic: daily.Meeting, Unit: branch.ID, Day: calendar.DayOf(r.now, branch.Zone)})
		if err != nil {
			return err
		}
		if !s.Called.IsZero() {
			v.Waits = append(v.Waits, card.HomeWait{Due: s.Called, Sheet: s, Attending: slices.Contains(s.Attending, r.Person)})
		}
	}
	return nil
}
