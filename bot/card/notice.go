package card

import (
	"cmp"
	"fmt"
	"slices"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// Signature is one of those in whose name a notice goes out.
type Signature struct {
	Position org.Position
	Person   org.PersonID
}

// How a notice's first message shares its room: characters for its lines, for its table, and the table's rows and width.
const (
	noticeLines   = 3_600
	noticeTable   = 4_800
	noticeRows    = 98 // Slack's 100 without the header and the total
	cellLength    = 20
	mostNightRows = 15
)

// Notice is the daily notice: a headline to be read in ten seconds, what was left overnight, and a table by unit in the first
// message; the rest belongs into its thread: units and complaints that did not fit, and the sub-branches that received none. It
// says 0 where there was nothing. late marks one that was made up.
func Notice(f Face, r workflow.Report, late bool, signed ...Signature) (head Message, details []Message) {
	return NoticeWith(f, r, workflow.Morning{}, late, signed...)
}

// NoticeWith is [Notice] with what the morning adds to the figures: inquiries, who is on duty, counts of other parts of the desk, and
// what the heads say.
func NoticeWith(f Face, r workflow.Report, more workflow.Morning, late bool, signed ...Signature) (head Message, details []Message) {
	f = f.ready()
	what := fmt.Sprintf("notice/%s/%s", workflow.Gist(string(r.Unit), wordLength), r.Day)
	headline := f.headline(r)
	title := f.Words.T("notice.title", "unit", f.unit(r.Unit), "day", f.Words.Day(r.Day)) + f.late(late)
	p := f.newPages(what, title)
	p.add("*" + headline + "*")
	if r.Total.Override > 0 {
		p.add(f.Words.T("notice.override", "n", r.Total.Override))
	}
	shown := f.noticeNights(p, r.Overnight)
	rows := tableRows(r)
	restInquiries := f.morning(p, more)
	if len(signed) > 0 {
		p.add(f.signatures(signed))
	}
	if len(rows) < len(r.Rows) {
		p.add(f.Words.T("notice.rows_rest", "n", len(r.Rows)-len(rows)))
	}
	if len(rows) > 0 {
		table, chars := f.table(what, r, rows)
		p.block(table, chars)
	}
	head = p.messages()[0]
	head.Text = title + "\n" + headline
	details = f.noticeDetails(what, r, r.Overnight[shown:], len(rows) < len(r.Rows))
	return head, append(details, f.restOfInquiries(what, restInquiries)...)
}

// headline says how the day went: received, closed on the day, left overnight, open, and the sub-branches that received none.
func (f Face) headline(r workflow.Report) string {
	day := f.Words.Day(r.Day)
	if r.Day == f.today().Add(-1) {
		day = f.Words.T("notice.yesterday")
	}
	key := "notice.headline"
	if r.Total.Received == 0 {
		key = "notice.headline_zero" // a share of nothing says nothing
	}
	text := f.Words.T(key, "day", day, "received", r.Total.Received, "sameday", r.Total.SameDay,
		"percent", workflow.Percent(r.Total.SameDay, r.Total.Received), "left", r.Total.Left, "open", r.Total.Open)
	if r.Subs > 0 {
		text += f.Words.T("notice.headline_subs", "zero", len(r.Zero), "subs", r.Subs)
	}
	return text
}

// noticeNights lists what was left overnight and is still open, as much as the first message has room for, and gives how many.
func (f Face) noticeNights(p *pages, list []workflow.Summary) int {
	if len(list) == 0 {
		p.add(f.Words.T("notice.nights_none"))
		return 0
	}
	p.add(f.Words.T("notice.nights", "n", len(list)))
	for i, s := range list {
		row := "• " + f.row(s, true)
		if i == mostNightRows || !p.fits(length(row)+1, noticeLines) {
			p.add(f.Words.T("notice.nights_rest", "n", len(list)-i))
			return i
		}
		p.add(row)
	}
	return len(list)
}

// tableRows are the units that the table has room for, in the report's order; when they are too many, those in the worst state.
func tableRows(r workflow.Report) []workflow.Figures {
	const perRow = cellLength + 5*6
	most := min(noticeRows, noticeTable/perRow)
	if len(r.Rows) <= most {
		return r.Rows
	}
	place := make(map[org.UnitID]int, len(r.Rows))
	for i, row := range r.Rows {
		place[row.Unit] = i
	}
	worst := slices.Clone(r.Rows)
	slices.SortStableFunc(worst, func(a, b workflow.Figures) int {
		return cmp.Or(cmp.Compare(b.Left, a.Left), cmp.Compare(b.Open, a.Open), cmp.Compare(b.Received, a.Received))
	})
	worst = worst[:most]
	slices.SortFunc(worst, func(a, b workflow.Figures) int { return cmp.Compare(place[a.Unit], place[b.Unit]) })
	return worst
}

// columns of the table behind the unit's name.
var columns = []struct {
	key string
	of  func(workflow.Figures) int
}{
	{"received", func(f workflow.Figures) int { return f.Received }},
	{"sameday", func(f workflow.Figures) int { return f.SameDay }},
	{"left", func(f workflow.Figures) int { return f.Left }},
	{"override", func(f workflow.Figures) int { return f.Override }},
	{"open", func(f workflow.Figures) int { return f.Open }},
}

// table draws the rows and their total, and gives how many characters it has. Numbers are text cells: earlier versions of Slack
// refuse number cells.
func (f Face) table(what string, r workflow.Report, rows []workflow.Figures) (slack.Block, int) {
	t := slack.NewTableBlock(what + "/table")
	chars := 0
	row := func(name string, cell func(i int) string) {
		cells := make([]slack.TableCell, 0, len(columns)+1)
		for i := -1; i < len(columns); i++ {
			text := name
			if i >= 0 {
				text = cell(i)
			}
			chars += length(text)
			cells = append(cells, slack.NewTableRawTextCell(text))
		}
		t.Rows = append(t.Rows, cells)
	}
	figures := func(x workflow.Figures) func(int) string {
		return func(i int) string { return fmt.Sprint(columns[i].of(x)) }
	}
	row(f.Words.T("notice.column.unit"), func(i int) string { return f.Words.T("notice.column." + columns[i].key) })
	for _, x := range rows {
		row(words.Plain(workflow.Gist(called(f.Unit, x.Unit), cellLength)), figures(x))
	}
	row(f.Words.T("notice.total"), figures(r.Total))
	t.ColumnSettings = append(t.ColumnSettings, slack.ColumnSetting{Align: slack.ColumnAlignmentLeft, IsWrapped: true})
	for range columns {
		t.ColumnSettings = append(t.ColumnSettings, slack.ColumnSetting{Align: slack.ColumnAlignmentRight})
	}
	return t, chars
}

func (f Face) signatures(signed []Signature) string {
	out := make([]string, len(signed))
	for i, s := range signed {
		out[i] = f.enum(words.Position, string(s.Position)) + " " + f.name(s.Person)
	}
	return dots(out)
}

// noticeDetails are the messages of the notice's thread.
func (f Face) noticeDetails(what string, r workflow.Report, nights []workflow.Summary, rows bool) []Message {
	if len(nights) == 0 && !rows && len(r.Zero) == 0 {
		return nil
	}
	p := f.newPages(what+"/details", f.Words.T("notice.details", "unit", f.unit(r.Unit), "day", f.Words.Day(r.Day)))
	if len(nights) > 0 {
		p.add(f.Words.T("notice.nights_more"))
		p.addUpTo(mostParts, len(nights), f.rows(nights, true), f.rest)
	}
	if rows {
		p.add(f.Words.T("notice.rows"))
		for _, x := range r.Rows {
			p.add(f.Words.T("notice.row", "unit", f.unit(x.Unit), "received", x.Received, "sameday", x.SameDay, "left", x.Left,
				"override", x.Override, "open", x.Open))
		}
	}
	if len(r.Zero) > 0 {
		p.add(f.Words.T("notice.zero", "n", len(r.Zero), "subs", r.Subs))
		for _, l := range f.unitLines(r.Zero) {
			p.add(l)
		}
	}
	return p.messages()
}

// unitLines are the names of units, many to a line.
func (f Face) unitLines(units []org.UnitID) []string {
	const perLine = 15
	var out []string
	for some := range slices.Chunk(units, perLine) {
		names := make([]string, len(some))
		for i, u := range some {
			names[i] = f.unit(u)
		}
		out = append(out, f.Words.Join(names))
	}
	return out
}
