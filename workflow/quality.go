package workflow

import (
	"slices"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// ClimbStat is one climb of a complaint, for counting: how often people were rung and how soon somebody answered.
type ClimbStat struct {
	Complaint ID             `json:"id"`
	From      time.Time      `json:"from"` // when its first rung was due
	Cause     Cause          `json:"cause"`
	Night     int            `json:"night,omitempty"`
	Rung      int            `json:"rung"`
	Called    []org.PersonID `json:"called,omitempty"` // each ring, in order
	First     time.Time      `json:"first,omitzero"`   // the first ring
	Ended     time.Time      `json:"ended,omitzero"`
	Ending    Ending         `json:"ending,omitempty"`
	Vacant    int            `json:"vacant,omitempty"` // rungs on which nobody stood
}

// Stat makes the counting form of a climb.
func (k Climb) Stat(id ID) ClimbStat {
	s := ClimbStat{
		Complaint: id, From: k.From, Cause: k.Cause, Night: k.Night, Rung: k.Rung, Ended: k.Ended, Ending: k.Ending, Vacant: len(k.Vacant),
	}
	for _, call := range k.Calls {
		s.Called = append(s.Called, call.Person)
		if s.First.IsZero() {
			s.First = call.At
		}
	}
	return s
}

// Quality is the weekly part of the notice: how a unit's rosters and calls went, and where they will have holes.
type Quality struct {
	From calendar.Day `json:"from"` // the first day of the week
	To   calendar.Day `json:"to"`   // and its last
	Rows []QualityRow `json:"rows,omitempty"`
	Gaps []GapRow     `json:"gaps,omitempty"`
	// Mediation counts the sessions of the twelve months that end with To; nil where nobody counted them.
	Mediation *MediationCount `json:"mediation,omitempty"`
}

// QualityRow is how a unit's calls were answered in the week.
type QualityRow struct {
	Unit   org.UnitID      `json:"unit"`
	Calls  int             `json:"calls"`            // climbs that called somebody
	Acked  int             `json:"acked"`            // of these acknowledged by somebody
	Median time.Duration   `json:"median,omitempty"` // from the first call to the acknowledgement
	P95    time.Duration   `json:"p95,omitempty"`
	People []QualityPerson `json:"people,omitempty"`
}

// QualityPerson is what a person's duty was in the week.
type QualityPerson struct {
	Person org.PersonID `json:"person"`
	Nights int          `json:"nights"` // on duty at midnight
	Rings  int          `json:"rings"`
}

// GapRow are the stretches ahead without anybody on duty at a unit, and who is to fill them.
type GapRow struct {
	Unit   org.UnitID     `json:"unit"`
	Spans  []duty.Span    `json:"spans"`
	Owners []org.PersonID `json:"owners,omitempty"`
}

// gapsAhead is how far ahead the notice looks for gaps.
const gapsAhead = 30 * 24 * time.Hour

// MakeQuality counts a week of a unit and everything below it. climbs gives the climbs of one unit that began in the week; the week is the
// seven days that end with to, in each unit's own zone.
func MakeQuality(unit org.UnitID, to calendar.Day, r *Rules, climbs func(org.UnitID) []ClimbStat, at time.Time) Quality {
	q := Quality{From: to.Add(-6), To: to}
	for _, id := range r.Tree.Below(unit) {
		row := qualityRow(id, climbs(id))
		roster, ok := r.Book.Roster(id)
		if ok {
			row.nights(q, roster)
			if gaps := roster.Gaps(duty.Primary, at, at.Add(gapsAhead)); len(gaps) > 0 {
				q.Gaps = append(q.Gaps, GapRow{Unit: id, Spans: gaps, Owners: r.Book.Owner(id)})
			}
		}
		if row.Calls > 0 || len(row.People) > 0 {
			q.Rows = append(q.Rows, row)
		}
	}
	return q
}

func qualityRow(unit org.UnitID, climbs []ClimbStat) QualityRow {
	row := QualityRow{Unit: unit}
	var took []time.Duration
	for _, k := range climbs {
		if len(k.Called) == 0 {
			continue
		}
		row.Calls++
		for _, p := range k.Called {
			row.person(p).Rings++
		}
		if k.Ending == EndAcknowledged {
			row.Acked++
			took = append(took, k.Ended.Sub(k.First))
		}
	}
	slices.Sort(took)
	row.Median, row.P95 = quantile(took, 50), quantile(took, 95)
	return row
}

// nights counts at whose hands each midnight of the week was.
func (row *QualityRow) nights(q Quality, roster duty.Roster) {
	for day := q.From; !q.To.Before(day); day = day.Add(1) {
		if s, ok := roster.Scheduled(duty.Primary, day.End(roster.Zone)); ok {
			row.person(s.Person).Nights++
		}
	}
}

func (row *QualityRow) person(p org.PersonID) *QualityPerson {
	for i := range row.People {
		if row.People[i].Person == p {
			return &row.People[i]
		}
	}
	row.People = append(row.People, QualityPerson{Person: p})
	return &row.People[len(row.People)-1]
}

// quantile is the smallest of sorted values that percent of them do not exceed; 0 for none.
func quantile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*percent+99)/100-1]
}
