package workflow

import (
	"cmp"
	"slices"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// MediationStat is one mediation session that came to something, for counting. Kinds and source are the complaint's, as they are now.
type MediationStat struct {
	Complaint ID              `json:"complaint"`
	N         int             `json:"n"`
	When      time.Time       `json:"when"` // of the session
	Result    MediationResult `json:"result"`
	AmountFen int64           `json:"amount_fen,omitempty"`
	Leader    org.PersonID    `json:"leader"`
	Kinds     []SeriousKind   `json:"kinds,omitempty"`
	Source    Source          `json:"source"`
}

// MediationStats are the sessions of a complaint that came to something.
func MediationStats(c Complaint) []MediationStat {
	var out []MediationStat
	for _, s := range c.Sessions {
		if s.Result != "" {
			out = append(out, MediationStat{
				Complaint: c.ID, N: s.N, When: s.When, Result: s.Result, AmountFen: s.AmountFen, Leader: s.Leader, Kinds: c.Kinds, Source: c.Source,
			})
		}
	}
	return out
}

// MediationCount counts sessions. The rule: the success rate is those that ended in an agreement ÷ those with an outcome, which are agreed, not
// agreed, and the customer did not come. A postponed session has no outcome yet and does not count; the one that follows it does, and so
// a complaint that was mediated twice counts twice. A session counts on the day it was set for, not when its outcome was recorded.
type MediationCount struct {
	Agreed    int   `json:"agreed"`
	NotAgreed int   `json:"not_agreed"`
	Absent    int   `json:"absent"`
	Postponed int   `json:"postponed"`
	AmountFen int64 `json:"amount_fen,omitempty"` // agreed, in all
}

// Outcomes is how many sessions the rate is of.
func (m MediationCount) Outcomes() int { return m.Agreed + m.NotAgreed + m.Absent }

// Percent is the success rate in whole percent; ok is false where there is nothing to divide by.
func (m MediationCount) Percent() (percent int, ok bool) {
	return Percent(m.Agreed, m.Outcomes()), m.Outcomes() > 0
}

func (m *MediationCount) add(s MediationStat) {
	switch s.Result {
	case MediationAgreed:
		m.Agreed++
		m.AmountFen += s.AmountFen
	case MediationNotAgreed:
		m.NotAgreed++
	case MediationAbsent:
		m.Absent++
	case MediationPostponed:
		m.Postponed++
	}
}

// Mediations is how the mediation sessions of a unit and everything below it went. Each list has the rows with something in them, the most
// outcomes first. A complaint of two serious kinds stands in both rows; the total counts it once.
type Mediations struct {
	From    calendar.Day // the first day counted
	To      calendar.Day // and the last
	Total   MediationCount
	Kinds   []MediationRow // by serious kind; an empty Name are those of none
	Sources []MediationRow
	Experts []MediationRow // by who led them
}

// MediationRow counts the sessions of one kind, source or expert; Name is its code, or the person.
type MediationRow struct {
	Name string
	MediationCount
}

// MediationYear is the twelve months that end with a day.
func MediationYear(to calendar.Day) (from calendar.Day) {
	return calendar.DayOf(time.Date(to.Year-1, to.Month, to.Day+1, 12, 0, 0, 0, time.UTC), time.UTC)
}

// MakeMediations counts the sessions of the twelve months that end with a day.
func MakeMediations(to calendar.Day, stats []MediationStat) Mediations {
	m := Mediations{From: MediationYear(to), To: to}
	for _, s := range stats {
		m.Total.add(s)
		kinds := names(s.Kinds)
		if len(kinds) == 0 {
			kinds = []string{""}
		}
		for _, k := range kinds {
			m.Kinds = counted(m.Kinds, k, s)
		}
		m.Sources = counted(m.Sources, string(s.Source), s)
		m.Experts = counted(m.Experts, string(s.Leader), s)
	}
	for _, rows := range [][]MediationRow{m.Kinds, m.Sources, m.Experts} {
		slices.SortFunc(rows, func(a, b MediationRow) int {
			return cmp.Or(cmp.Compare(b.Outcomes(), a.Outcomes()), cmp.Compare(b.Agreed, a.Agreed), cmp.Compare(a.Name, b.Name))
		})
	}
	return m
}

func names[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

func counted(rows []MediationRow, name string, s MediationStat) []MediationRow {
	i := slices.IndexFunc(rows, func(r MediationRow) bool { return r.Name == name })
	if i < 0 {
		i, rows = len(rows), append(rows, MediationRow{Name: name})
	}
	rows[i].add(s)
	return rows
}
