package intake

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"sameday/bot/grammar"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// binder turns rows into commands by the rules in force.
type binder struct {
	units    map[string]org.Unit // by id and by name
	business map[string]string   // by id and names
}

func newBinder(r *workflow.Rules) *binder {
	b := &binder{units: map[string]org.Unit{}, business: map[string]string{}}
	for _, u := range r.Tree.Units() {
		b.units[plain(u.Name)] = u
	}
	for _, c := range r.Codes.Business {
		b.business[plain(c.ZH)], b.business[plain(c.EN)] = c.ID, c.ID
	}
	// Ids last: they are unique, a name may be somebody else's id.
	for _, u := range r.Tree.Units() {
		b.units[plain(string(u.ID))] = u
	}
	for _, c := range r.Codes.Business {
		b.business[plain(c.ID)] = c.ID
	}
	return b
}

// checkMap finds units that a column map spreads rows over and the bank does not have: better told once than for each row.
func (b *binder) checkMap(m *Map) error {
	if m.hash == nil {
		return nil
	}
	for _, u := range m.hash.units {
		if _, ok := b.units[plain(u)]; !ok {
			return fmt.Errorf("by_hash in the column map names %q, which is none of the configuration's units", u)
		}
	}
	return nil
}

// rounded is how Excel writes long numbers that it has rounded.
var rounded = regexp.MustCompile(`^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$`)

// request makes the command of a row; reason says why it cannot be made, without telling what stands in the row.
func (b *binder) request(row Row, now time.Time) (q store.Request, reason string) {
	if row.Problem != "" {
		return q, row.Problem
	}
	for _, f := range []Field{FieldWorkOrder, FieldPhone, FieldID} {
		if rounded.MatchString(row.Value(f)) {
			return q, string(f) + " was rounded by Excel: format the column as text"
		}
	}
	unit, ok := b.units[plain(row.Value(FieldUnit))]
	switch {
	case row.Value(FieldUnit) == "":
		return q, "unit is missing"
	case !ok:
		return q, "unit is none of the configuration's ids and names"
	}
	open := workflow.Open{
		Unit: unit.ID, WorkOrder: row.Value(FieldWorkOrder), Sender: row.Value(FieldSender),
		Summary: row.Value(FieldSummary), Remedy: row.Value(FieldRemedy), ReceivedAt: now,
	}
	if open.ReceivedAt, ok = row.receivedAt(now, unit.Zone); !ok {
		return q, "received_at is no time like 2026-11-22 10:00, or one that the clocks skipped"
	}
	if open.Source, ok = row.source(); !ok {
		return q, fmt.Sprintf("source is none of %v", workflow.Sources())
	}
	if word := plain(row.Value(FieldBusiness)); word != "" {
		if open.Business, ok = b.business[word]; !ok {
			return q, "business is none of the configuration's codes"
		}
	}
	if open.AmountFen, ok = row.amount(); !ok {
		return q, "amount is no amount like 1,280.00"
	}
	customer := store.Customer{Name: row.Value(FieldName), Phone: row.Value(FieldPhone), ID: row.Value(FieldID)}
	return store.Request{Command: open, By: workflow.System(), At: now, Customer: customer}, ""
}

func (r Row) source() (workflow.Source, bool) {
	text := r.Value(FieldSource)
	if text == "" {
		return "", true
	}
	return sourceOf(text)
}

func (r Row) receivedAt(now time.Time, zone *time.Location) (time.Time, bool) {
	text := r.Value(FieldReceivedAt)
	if text == "" || r.now {
		return now, true
	}
	if r.serials.excel {
		if days, err := strconv.ParseFloat(text, 64); err == nil {
			return serialTime(days, r.serials.date1904, now, zone)
		}
	}
	// Words like "yesterday" and dates without a year depend on the day of the import: they are not for files.
	if len(text) < len("2026-1-2") || strings.Trim(text[:4], "0123456789") != "" {
		return time.Time{}, false
	}
	if len(text) > 10 && text[10] == 'T' {
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			text = text[:10] + " " + text[11:]
		}
	}
	return grammar.ParseTime(text, now, zone)
}

// serialTime reads a workbook's count of days as civil time. Excel's fractions are off by microseconds, so seconds are rounded.
func serialTime(days float64, date1904 bool, now time.Time, zone *time.Location) (time.Time, bool) {
	if !(days >= 1 && days < 200_000) {
		return time.Time{}, false
	}
	t, err := excelize.ExcelDateToTime(days, date1904)
	if err != nil {
		return time.Time{}, false
	}
	return grammar.ParseTime(t.Round(time.Second).Format(time.DateTime), now, zone)
}

func (r Row) amount() (int64, bool) {
	text := r.Value(FieldAmount)
	if text == "" {
		return 0, true
	}
	if r.serials.excel { // 1280.1 may be kept as 1280.0999999999999
		if yuan, err := strconv.ParseFloat(text, 64); err == nil {
			return int64(math.Round(yuan * 100)), yuan >= 0 && yuan < 1e13
		}
	}
	return grammar.ParseAmount(text)
}

// reasonOf says in words why the rules refuse a row.
func reasonOf(no *workflow.Refusal) string {
	field := no.Field
	if field == "" {
		field = "the row"
	}
	switch no.Code {
	case workflow.Missing:
		return field + " is missing"
	case workflow.TooLong:
		return fmt.Sprintf("%s is longer than %d characters", field, no.Min)
	case workflow.TooShort:
		return fmt.Sprintf("%s is shorter than %d characters", field, no.Min)
	case workflow.InFuture:
		return field + " lies in the future"
	case workflow.TooOld:
		return field + " is more than a year ago; for historical data put \"received_at: now\" into the column map"
	case workflow.NotOneOf:
		return field + " has a value that is not allowed"
	case workflow.UnknownUnit:
		return "unit is not in the configuration"
	default:
		return fmt.Sprintf("%s is refused (%s)", field, no.Code)
	}
}
