package card

import (
	"cmp"
	"fmt"
	"slices"

	"sameday/workflow"
	"sameday/workflow/org"
)

// Quality is the weekly part of the notice about duty, for a unit and those below it: the gaps ahead, how fast calls were acknowledged,
// and who was on duty at night and called how often.
func Quality(f Face, unit org.UnitID, q workflow.Quality) []Message {
	f = f.ready()
	from, to, rows, gaps := q.From, q.To, q.Rows, q.Gaps
	p := f.newPages(fmt.Sprintf("quality/%s/%s", workflow.Gist(string(unit), wordLength), from), f.Words.T("quality.title",
		"unit", f.unit(unit), "from", f.Words.ShortDay(from), "to", f.Words.ShortDay(to)))
	calls, acked, holes := 0, 0, 0
	for _, r := range rows {
		calls, acked = calls+r.Calls, acked+r.Acked
	}
	for _, g := range gaps {
		holes += len(g.Spans)
	}
	if calls == 0 {
		p.add(f.Words.T("quality.total_zero"))
	} else {
		p.add(f.Words.T("quality.total", "calls", calls, "acked", acked, "percent", workflow.Percent(acked, calls)))
	}
	if q.Mediation != nil {
		p.add(f.Words.T("mediation.year", "count", f.mediationCount(*q.Mediation)))
	}
	lines := f.qualityGaps(gaps, holes)
	if units := f.qualityUnits(rows); len(units) > 0 {
		lines = append(append(lines, f.Words.T("quality.units")), units...)
	}
	p.addLines(mostParts, lines, f.rest)
	return p.messages()
}

// qualityGaps lists the units with gaps ahead.
func (f Face) qualityGaps(gaps []workflow.GapRow, n int) []string {
	const most = 3 // stretches written out for a unit
	if n == 0 {
		return []string{f.Words.T("quality.gaps_none")}
	}
	out := []string{f.Words.T("quality.gaps", "n", n)}
	for _, g := range gaps {
		if len(g.Spans) == 0 {
			continue
		}
		spans := make([]string, 0, most)
		for _, s := range g.Spans[:min(len(g.Spans), most)] {
			spans = append(spans, f.stretch(s.From, s.To, f.today()))
		}
		text := f.Words.Join(spans)
		if len(g.Spans) > most {
			text = f.Words.T("quality.more", "some", text, "n", len(g.Spans))
		}
		line := f.Words.T("quality.gap", "unit", f.unit(g.Unit), "spans", text)
		if len(g.Owners) > 0 {
			line += f.Words.T("quality.owners", "names", f.fitPeople(g.Owners, ownerNames))
		}
		out = append(out, line)
	}
	return out
}

// qualityUnits gives a line for each unit that had calls or nights, and below it its people, the most called first.
func (f Face) qualityUnits(rows []workflow.QualityRow) []string {
	var out []string
	for _, r := range rows {
		if r.Calls == 0 && len(r.People) == 0 {
			continue
		}
		key := "quality.unit"
		if r.Acked == 0 {
			key = "quality.unit_none"
		}
		out = append(out, f.Words.T(key, "unit", f.unit(r.Unit), "calls", r.Calls, "acked", r.Acked,
			"median", f.Words.Span(r.Median), "p95", f.Words.Span(r.P95)))
		people := slices.Clone(r.People)
		slices.SortStableFunc(people, func(a, b workflow.QualityPerson) int {
			return cmp.Or(cmp.Compare(b.Rings, a.Rings), cmp.Compare(b.Nights, a.Nights), cmp.Compare(a.Person, b.Person))
		})
		names := make([]string, len(people))
		for i, k := range people {
			names[i] = f.Words.T("quality.person", "name", f.name(k.Person), "nights", k.Nights, "rings", k.Rings)
		}
		if len(names) > 0 {
			out = append(out, f.Words.T("quality.people", "list", f.fit(names, lineCalled)))
		}
	}
	return out
}
