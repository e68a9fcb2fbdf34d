package intake

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// maxRosterRows bounds a file of rosters: a year of a bank of 441 units, a row for each role, has fewer.
const maxRosterRows = 500_000

// maxHoliday is the longest name of a holiday, in characters.
const maxHoliday = 40

// rosterField is something a row of a roster tells.
type rosterField string

const (
	rosterUnit     rosterField = "unit"
	rosterDate     rosterField = "date"
	rosterFrom     rosterField = "from"
	rosterTo       rosterField = "to"
	rosterHandover rosterField = "handover"
	rosterPrimary  rosterField = "primary"
	rosterDeputy   rosterField = "deputy"
	rosterLeader   rosterField = "leader"
	rosterRole     rosterField = "role"
	rosterPerson   rosterField = "person"
	rosterHoliday  rosterField = "holiday"
	rosterNote     rosterField = "note"
)

// rosterColumns is the table of what columns of a roster are called, besides their field's own name.
var rosterColumns = []struct {
	field rosterField
	names []string
}{
	{rosterUnit, []string{"机构", "单位", "网点"}},
	{rosterDate, []string{"day", "日期", "值班日期"}},
	{rosterFrom, []string{"start", "begin", "开始", "开始时间"}},
	{rosterTo, []string{"end", "until", "结束", "结束时间"}},
	{rosterHandover, []string{"handover_time", "交接", "交接时间", "交接班时间"}},
	{rosterPrimary, []string{"主班"}},
	{rosterDeputy, []string{"副班"}},
	{rosterLeader, []string{"带班领导", "带班"}},
	{rosterRole, []string{"角色", "班别"}},
	{rosterPerson, []string{"name", "姓名", "人员", "值班人", "值班人员"}},
	{rosterHoliday, []string{"fixed", "节假日"}},
	{rosterNote, []string{"remark", "备注", "备注/节假日"}},
}

// rosterWord is a role, the column that holds whoever has it, and the words for it.
type rosterWord struct {
	role   duty.Role
	column rosterField
	words  []string
}

var rosterRoles = []rosterWord{
	{duty.Primary, rosterPrimary, []string{"primary", "主班"}},
	{duty.Deputy, rosterDeputy, []string{"deputy", "副班"}},
	{duty.Leader, rosterLeader, []string{"leader", "带班领导", "带班"}},
}

// holidayNote finds remarks that name a holiday: other remarks fix nothing.
var holidayNote = regexp.MustCompile(`节日|节假|春节|国庆|劳动节|端午|中秋|清明|元旦|除夕|五一|长假|假日|holiday|festival|new year`)

// Shift is one person's duty as a row of a file tells it.
type Shift struct {
	Line   int         `json:"line"`
	Unit   org.UnitID  `json:"unit"`
	Period duty.Period `json:"period"`
	Fixed  bool        `json:"fixed,omitempty"` // a holiday: it beats overrides and swaps too
}

func (s Shift) span() duty.Span { return duty.Span{From: s.Period.From, To: s.Period.To} }

// Roster is what a file of rosters says: its good rows, looked up and free of overlaps.
type Roster struct {
	Shifts []Shift `json:"shifts,omitempty"` // in the order of the file
	// Spared are the places of bad rows, where they are known: what holds there now stays, though the rows around are replaced.
	Spared   []Shift  `json:"spared,omitempty"`
	Bad      []BadRow `json:"bad,omitempty"`      // in the order of the file
	Ignored  []string `json:"ignored,omitempty"`  // columns that tell nothing of a roster
	Midnight int      `json:"midnight,omitempty"` // good shifts that begin at 00:00, because the file says so
}

// RosterOptions say whom a file of rosters may speak of. All are required.
type RosterOptions struct {
	Tree   *org.Tree
	People *People
	Now    time.Time // shifts that are over by then are bad
}

// ReadRoster reads a file of rosters, CSV or XLSX: a row is a shift, or a day, of a unit. Nothing is stored. The error says what is wrong
// with the file as a whole; rows that are wrong come as [Roster.Bad]. A row is good or bad as a whole. Of two rows that overlap, for one
// unit, role and kind, the first is good.
func ReadRoster(r io.Reader, f Format, o RosterOptions) (Roster, error) {
	var from reader
	var header []string
	var err error
	closeAll := func() error { return nil }
	switch f {
	case CSV:
		from, header, err = newCSV(r)
	case XLSX:
		from, header, closeAll, err = newXLSX(r)
	default:
		err = fmt.Errorf("a roster is read from %s or %s, not from %q", CSV, XLSX, f)
	}
	if err != nil {
		return Roster{}, err
	}
	b := &rosterReader{RosterOptions: o, units: unitNames(o.Tree), taken: map[lane][]Shift{}, instants: map[wall]time.Time{}}
	if err = b.readHeader(header); err == nil {
		err = b.readRows(from)
	}
	if err = errors.Join(err, closeAll()); err != nil {
		return Roster{}, err
	}
	return b.out, nil
}

// lane is where shifts must not overlap.
type lane struct {
	unit  org.UnitID
	role  duty.Role
	fixed bool
}

func (s Shift) lane() lane { return lane{s.Unit, s.Period.Role, s.Fixed} }

type rosterReader struct {
	RosterOptions
	columns  map[rosterField]int
	units    map[string][]org.Unit
	taken    map[lane][]Shift // by time
	instants map[wall]time.Time
	out      Roster
}

// unitNames finds units by id, or else by name; several may have one name.
func unitNames(tree *org.Tree) map[string][]org.Unit {
	out := map[string][]org.Unit{}
	for _, u := range tree.Units() {
		out[plain(u.Name)] = append(out[plain(u.Name)], u)
	}
	for _, u := range tree.Units() {
		out[plain(string(u.ID))] = []org.Unit{u}
	}
	return out
}

func (b *rosterReader) readHeader(header []string) error {
	b.columns = map[rosterField]int{}
	for i, column := range header {
		f, ok := rosterFieldOf(column)
		if !ok {
			if column != "" {
				b.out.Ignored = append(b.out.Ignored, shown([]string{column}))
			}
			continue
		}
		if other, twice := b.columns[f]; twice {
			return fmt.Errorf("two columns tell the %s: %q and %q", f, header[other], column)
		}
		b.columns[f] = i
	}
	has := func(fields ...rosterField) bool {
		return !slices.ContainsFunc(fields, func(f rosterField) bool { _, ok := b.columns[f]; return !ok })
	}
	switch {
	case !has(rosterUnit):
		return fmt.Errorf("no column tells the unit (机构); the file has: %s", shown(header))
	case !has(rosterDate) && !has(rosterFrom, rosterTo):
		return fmt.Errorf("no column tells the date (日期), or from and to (开始, 结束); the file has: %s", shown(header))
	case !has(rosterPrimary) && !has(rosterDeputy) && !has(rosterLeader) && !has(rosterRole, rosterPerson):
		return fmt.Errorf("no column tells who is primary (主班), deputy (副班) or leader (带班领导), nor role and person; the file has: %s", shown(header))
	}
	return nil
}

func rosterFieldOf(column string) (rosterField, bool) {
	name := strings.ReplaceAll(plain(column), " ", "_")
	for _, c := range rosterColumns {
		if name == string(c.field) || slices.Contains(c.names, name) {
			return c.field, true
		}
	}
	return "", false
}

func (b *rosterReader) readRows(from reader) error {
	for n := 0; ; n++ {
		rec, err := from.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the file: %w", err)
		case n == maxRosterRows:
			return fmt.Errorf("the file has more than %d rows: import it in parts", maxRosterRows)
		case rec.problem == "" && blank(rec.cells):
			continue
		}
		shifts, reason := b.row(rec)
		if reason == "" {
			reason = b.overlap(shifts)
		}
		if reason != "" {
			b.out.Bad = append(b.out.Bad, BadRow{Line: rec.line, Reason: reason})
			b.out.Spared = append(b.out.Spared, shifts...)
			continue
		}
		b.take(shifts)
	}
}

// rosterRow is a row with its cells by field.
type rosterRow struct {
	record
	columns map[rosterField]int
}

func (r rosterRow) get(f rosterField) string {
	if i, ok := r.columns[f]; ok && i < len(r.cells) {
		return clean(r.cells[i])
	}
	return ""
}

// row makes shifts of a row. Where reason is not empty the row is bad, and the shifts say which places it speaks of, as far as that is known.
func (b *rosterReader) row(rec record) (shifts []Shift, reason string) {
	if rec.problem != "" {
		return nil, rec.problem
	}
	row := rosterRow{rec, b.columns}
	unit, reason := b.unit(row.get(rosterUnit))
	if reason != "" {
		return nil, reason
	}
	span, reason := b.span(row, unit.Zone)
	if reason != "" {
		return nil, reason
	}
	named, reason := row.named()
	if reason != "" {
		return nil, reason
	}
	holiday, fixed := row.holiday()
	for _, n := range named {
		s := Shift{Line: rec.line, Unit: unit.ID, Fixed: fixed, Period: duty.Period{Role: n.role, From: span.From, To: span.To, Name: holiday}}
		person, problem := b.People.find(n.text, unit.ID)
		if problem != "" && reason == "" {
			reason = string(n.role) + " " + problem
		}
		s.Period.Person = person
		shifts = append(shifts, s)
	}
	if utf8.RuneCountInString(holiday) > maxHoliday {
		reason = cmp.Or(reason, fmt.Sprintf("the name of the holiday is longer than %d characters", maxHoliday))
	}
	return shifts, reason
}

func (b *rosterReader) unit(text string) (org.Unit, string) {
	found := b.units[plain(text)]
	switch {
	case text == "":
		return org.Unit{}, "unit is missing"
	case len(found) == 0:
		return org.Unit{}, "unit is none of the configuration's ids and names"
	case len(found) > 1:
		return org.Unit{}, fmt.Sprintf("unit is the name of %d units: use the id", len(found))
	}
	return found[0], ""
}

// named is who a row puts on duty, as what.
type named struct {
	role duty.Role
	text string
}

func (r rosterRow) named() (out []named, reason string) {
	for _, role := range rosterRoles {
		if text := r.get(role.column); !nobody(text) {
			out = append(out, named{role.role, text})
		}
	}
	if text := r.get(rosterPerson); !nobody(text) {
		word := plain(r.get(rosterRole))
		i := slices.IndexFunc(rosterRoles, func(w rosterWord) bool { return slices.Contains(w.words, word) })
		switch {
		case word == "":
			return nil, "role is missing"
		case i < 0:
			return nil, "role is none of primary (主班), deputy (副班), leader (带班领导)"
		case slices.ContainsFunc(out, func(n named) bool { return n.role == rosterRoles[i].role }):
			return nil, "two columns tell the " + string(rosterRoles[i].role)
		}
		out = append(out, named{rosterRoles[i].role, text})
	}
	if len(out) == 0 {
		return nil, "it names nobody"
	}
	return out, ""
}

// nobody reports whether a cell leaves a role empty.
func nobody(text string) bool {
	return slices.Contains([]string{"", "-", "--", "—", "——", "/", "无", "none"}, strings.ToLower(text))
}

// holiday is the name of the holiday that fixes the row's shifts.
func (r rosterRow) holiday() (name string, fixed bool) {
	switch text := r.get(rosterHoliday); plain(text) {
	case "", "-", "—", "/", "无", "none", "no", "否", "0", "false":
	case "yes", "是", "1", "true":
		return "", true
	default:
		return text, true
	}
	if text := r.get(rosterNote); holidayNote.MatchString(plain(text)) {
		return text, true
	}
	return "", false
}

// overlap says which line has one of these places already.
func (b *rosterReader) overlap(shifts []Shift) string {
	for _, s := range shifts {
		list := b.taken[s.lane()]
		i, _ := slices.BinarySearchFunc(list, s.Period.From, func(t Shift, from time.Time) int { return t.Period.From.Compare(from) })
		for _, near := range list[max(i-1, 0):min(i+1, len(list))] {
			if near.Period.From.Before(s.Period.To) && s.Period.From.Before(near.Period.To) {
				return fmt.Sprintf("%s overlaps with line %d", s.Period.Role, near.Line)
			}
		}
	}
	return ""
}

func (b *rosterReader) take(shifts []Shift) {
	for _, s := range shifts {
		list := b.taken[s.lane()]
		i, _ := slices.BinarySearchFunc(list, s.Period.From, func(t Shift, from time.Time) int { return t.Period.From.Compare(from) })
		b.taken[s.lane()] = slices.Insert(list, i, s)
		b.out.Shifts = append(b.out.Shifts, s)
		unit, _ := b.Tree.Unit(s.Unit)
		if h, m, _ := s.Period.From.In(unit.Zone).Clock(); h == 0 && m == 0 {
			b.out.Midnight++
		}
	}
}
