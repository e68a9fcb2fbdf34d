package intake

import (
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

const (
	// maxWorkbook bounds an uploaded workbook, and what it may unpack to: a small file can hold a very large one.
	maxWorkbook = 128 << 20
	maxUnpacked = 2 << 30
	// inMemory is the size from which a worksheet is unpacked to a temporary file.
	inMemory = 16 << 20
	// maxEmpty is how many empty rows in a row end a sheet: formatting may reach to the last row that a sheet can have.
	maxEmpty = 10_000
)

type xlsxReader struct {
	rows    *excelize.Rows
	header  []string
	serials serials
	line    int
	empty   int
}

var errWorkbook = errors.New("the file is no XLSX workbook that can be read")

func newXLSX(r io.Reader) (_ reader, header []string, closeAll func() error, err error) {
	defer recovered(&err)
	limited := &io.LimitedReader{R: r, N: maxWorkbook + 1}
	f, err := excelize.OpenReader(limited, excelize.Options{
		RawCellValue: true, UnzipXMLSizeLimit: inMemory, UnzipSizeLimit: maxUnpacked,
	})
	if limited.N <= 0 {
		return nil, nil, nil, fmt.Errorf("the workbook is larger than %d MiB: save it as CSV", maxWorkbook>>20)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", errWorkbook, err)
	}
	x := &xlsxReader{serials: serials{excel: true}}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		x.serials.date1904 = *props.Date1904
	}
	if x.rows, err = f.Rows(f.GetSheetName(0)); err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("%w: %w", errWorkbook, err), f.Close())
	}
	closeAll = func() error { return errors.Join(x.rows.Close(), f.Close()) }
	for len(x.header) == 0 {
		rec, err := x.next()
		if err != nil {
			return nil, nil, nil, errors.Join(errors.New("the first sheet is empty"), closeAll())
		}
		if !blank(rec.cells) {
			x.header = rec.cells
		}
	}
	for i := range x.header {
		x.header[i] = clean(x.header[i])
	}
	return x, x.header, closeAll, nil
}

func (x *xlsxReader) next() (rec record, err error) {
	defer recovered(&err)
	for x.rows.Next() {
		x.line++
		cells, err := x.rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return record{}, fmt.Errorf("%w: row %d: %w", errWorkbook, x.line, err)
		}
		if blank(cells) {
			if x.empty++; x.empty > maxEmpty {
				return record{}, io.EOF
			}
			continue
		}
		x.empty = 0
		rec := record{line: x.line, columns: x.header, cells: cells, serials: x.serials, problem: badText(cells)}
		if x.header != nil && len(cells) > len(x.header) && !blank(cells[len(x.header):]) {
			rec.problem = fmt.Sprintf("it has %d columns, the header has %d", len(cells), len(x.header))
		}
		return rec, nil
	}
	if err := x.rows.Error(); err != nil {
		return record{}, fmt.Errorf("%w: %w", errWorkbook, err)
	}
	return record{}, io.EOF
}

// recovered turns a panic of the workbook library, which damaged files can cause, into an error. It must be deferred directly.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = errWorkbook
	}
}
