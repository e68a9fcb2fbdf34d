package intake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
)

// maxLine bounds a line of JSON: the longest text a complaint may have is far below.
const maxLine = 1 << 20

type jsonReader struct {
	r    *bufio.Reader
	line int
}

func newJSONL(r io.Reader) reader {
	return &jsonReader{r: bufio.NewReaderSize(decoded(r), maxLine)}
}

func (j *jsonReader) next() (record, error) {
	for {
		text, err := j.r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			j.line++
			return record{line: j.line, problem: "the line is longer than a megabyte"}, j.skip()
		}
		if len(text) == 0 && err != nil {
			return record{}, err
		}
		j.line++
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return object(j.line, text), nil
		}
	}
}

// skip reads on to the end of a line that is too long.
func (j *jsonReader) skip() error {
	for {
		_, err := j.r.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil // the next call meets it again
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func object(line int, text []byte) record {
	rec := record{line: line}
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil || fields == nil || d.More() {
		rec.problem = "it is not one JSON object"
		return rec
	}
	for k := range fields {
		rec.columns = append(rec.columns, k)
	}
	slices.Sort(rec.columns) // so that a row always means the same
	for _, k := range rec.columns {
		cell := ""
		switch v := fields[k].(type) {
		case nil:
		case string:
			cell = v
		case json.Number:
			cell = v.String()
		case bool:
			cell = strconv.FormatBool(v)
		default:
			rec.problem = "a value is a list or an object; only texts and numbers are read"
		}
		rec.cells = append(rec.cells, cell)
	}
	return rec
}
