package intake

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Format is the form of a file.
type Format string

// The forms.
const (
	CSV   Format = "csv"
	XLSX  Format = "xlsx"
	JSONL Format = "jsonl"
)

// Formats lists the forms.
func Formats() []Format { return []Format{CSV, XLSX, JSONL} }

// FormatOf tells a file's form by its name.
func FormatOf(path string) (Format, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".csv", ".tsv", ".txt":
		return CSV, nil
	case ".xlsx":
		return XLSX, nil
	case ".jsonl", ".ndjson":
		return JSONL, nil
	default:
		return "", fmt.Errorf("the name of %s does not tell its format: add --format, one of %v", filepath.Base(path), Formats())
	}
}

// Row is one work order of a file.
type Row struct {
	Line    int    // where it begins in the file; for XLSX the number of the row
	Problem string // why it cannot be read; empty for a good one

	values  map[Field]string
	serials serials
	now     bool
}

// Value is what the row says of a field, without outer white space.
func (r Row) Value(f Field) string { return r.values[f] }

// record is a row as the file has it. Its columns are those of the header, or its own (JSON).
type record struct {
	line    int
	columns []string
	cells   []string
	serials serials
	problem string
}

// serials says how a workbook counts days; the zero value is no workbook.
type serials struct{ excel, date1904 bool }

// reader gives the records of a file one after the other; io.EOF ends it.
type reader interface {
	next() (record, error)
}

// Rows are the rows of a file. They are read once, by one goroutine.
type Rows struct {
	from  reader
	m     *Map
	close func() error
	err   error
	// Ignored are the columns of the header that fill no field; empty for JSON lines.
	Ignored []string
}

// Read begins to read a file. A nil map means our own column names. The error says what is wrong with the file as a whole; rows that
// are wrong come as rows with a Problem. The caller calls Close.
func Read(r io.Reader, f Format, m *Map) (*Rows, error) {
	if m == nil {
		m = &Map{}
	}
	rows := &Rows{m: m, close: func() error { return nil }}
	var header []string
	var err error
	switch f {
	case CSV:
		rows.from, header, err = newCSV(r)
	case XLSX:
		rows.from, header, rows.close, err = newXLSX(r)
	case JSONL:
		rows.from = newJSONL(r)
		return rows, nil
	default:
		return nil, fmt.Errorf("unknown format %q; use one of %v", f, Formats())
	}
	if err != nil {
		return nil, err
	}
	if err := rows.checkHeader(header); err != nil {
		return nil, errors.Join(err, rows.close())
	}
	return rows, nil
}

// checkHeader wants a column for what is required and none twice. Headers are not personal data and may be shown.
func (r *Rows) checkHeader(header []string) error {
	for _, f := range []Field{FieldUnit, FieldSummary} {
		if !r.m.fills(f, header) {
			return fmt.Errorf("no column tells the %s; the file has: %s", f, shown(header))
		}
	}
	taken := map[Field]string{}
	for _, column := range header {
		fields := r.m.fields(column)
		if len(fields) == 0 && !(r.m.hash != nil && plain(column) == r.m.hash.column) {
			r.Ignored = append(r.Ignored, shown([]string{column}))
		}
		for _, f := range fields {
			if _, twice := taken[f]; twice {
				return fmt.Errorf("two columns tell the %s: %q and %q", f, taken[f], column)
			}
			taken[f] = column
		}
	}
	return nil
}

// shown makes a header fit to print: a file without one would otherwise show the whole of its first row.
func shown(header []string) string {
	var out []string
	for _, h := range header {
		if h = strings.ToValidUTF8(strings.TrimSpace(h), "?"); utf8.RuneCountInString(h) > 30 {
			h = string([]rune(h)[:30]) + "…"
		}
		out = append(out, h)
	}
	if len(out) > 30 {
		out = append(out[:30], "…")
	}
	return strings.Join(out, ", ")
}

// All gives the rows. Rows without any text are left out. After it, Err tells whether the file ended well.
func (r *Rows) All() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		for {
			rec, err := r.from.next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					r.err = err
				}
				return
			}
			if rec.problem == "" && blank(rec.cells) {
				continue
			}
			if !yield(r.m.row(rec)) {
				return
			}
		}
	}
}

// Err is why reading ended before the end of the file.
func (r *Rows) Err() error { return r.err }

// Close lets go of what reading needed.
func (r *Rows) Close() error { return r.close() }

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// clean takes outer white space and byte-order marks off a cell.
func clean(s string) string { return strings.TrimSpace(strings.Trim(s, "\ufeff")) }

// badText says why texts cannot be stored as they are.
func badText(cells []string) string {
	for _, c := range cells {
		if !utf8.ValidString(c) {
			return "its text is neither UTF-8 nor GB18030"
		}
	}
	return ""
}
