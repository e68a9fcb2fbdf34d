package intake

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sniffed is how much of a file is looked at to tell its encoding, counted from its first byte that is not ASCII.
const sniffed = 64 << 10

type csvReader struct {
	r      *csv.Reader
	header []string
}

func newCSV(r io.Reader) (reader, []string, error) {
	text := bufio.NewReaderSize(decoded(r), sniffed)
	first, err := text.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("read the header: %w", err)
	}
	c := csv.NewReader(text)
	c.Comma = delimiter(first)
	c.FieldsPerRecord = -1
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, errors.New("the file is empty")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the header: %w", err)
	}
	for i := range header {
		header[i] = clean(header[i])
	}
	return &csvReader{r: c, header: header}, header, nil
}

func (c *csvReader) next() (record, error) {
	cells, err := c.r.Read()
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		return record{line: parse.StartLine, problem: quoting(parse)}, nil
	case err != nil:
		return record{}, err
	}
	line, _ := c.r.FieldPos(0)
	rec := record{line: line, columns: c.header, cells: cells, problem: badText(cells)}
	if len(cells) != len(c.header) && !blank(cells) {
		rec.problem = fmt.Sprintf("it has %d columns, the header has %d", len(cells), len(c.header))
	}
	return rec, nil
}

func quoting(e *csv.ParseError) string {
	if errors.Is(e.Err, csv.ErrBareQuote) {
		return fmt.Sprintf("line %d has a quotation mark inside a text: write it twice and put the text into quotation marks", e.Line)
	}
	return fmt.Sprintf("a quotation mark is not closed, or text follows it (noticed in line %d)", e.Line)
}

// delimiter is what separates the header's columns: a comma unless there are more semicolons or tabs.
func delimiter(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best, count := ',', strings.Count(string(line), ",")
	for _, d := range []rune{';', '\t'} {
		if n := strings.Count(string(line), string(d)); n > count {
			best, count = d, n
		}
	}
	return best
}

// decoded gives the text in UTF-8: UTF-16 by its byte-order mark, and GB18030 (the encoding of Chinese Excel) where the text is not UTF-8.
func decoded(r io.Reader) io.Reader {
	b := bufio.NewReaderSize(r, sniffed)
	mark, _ := b.Peek(3)
	switch {
	case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
		_, _ = b.Discard(3) // they have just been seen
		return b
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		return transform.NewReader(b, unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder())
	}
	return &sniffer{in: b}
}

// sniffer passes ASCII through until the first other byte; what follows decides between UTF-8 and GB18030.
type sniffer struct {
	in  *bufio.Reader
	out io.Reader // once it is decided
}

func (s *sniffer) Read(p []byte) (int, error) {
	if s.out != nil {
		return s.out.Read(p)
	}
	seen, err := s.in.Peek(1)
	if len(seen) == 0 {
		return 0, err
	}
	seen, _ = s.in.Peek(s.in.Buffered())
	n := bytes.IndexFunc(seen, func(r rune) bool { return r >= utf8.RuneSelf })
	if n < 0 {
		n = len(seen)
	}
	if n > 0 {
		n = min(n, len(p))
		copy(p, seen[:n])
		_, err := s.in.Discard(n)
		return n, err
	}
	window, _ := s.in.Peek(sniffed)
	if isUTF8(window, len(window) == sniffed) {
		s.out = s.in
	} else {
		s.out = transform.NewReader(s.in, simplifiedchinese.GB18030.NewDecoder())
	}
	return s.out.Read(p)
}

// isUTF8 forgives a character cut in two at the end of the window.
func isUTF8(window []byte, cut bool) bool {
	if !cut {
		return utf8.Valid(window)
	}
	for i := range utf8.UTFMax {
		if utf8.Valid(window[:len(window)-i]) {
			return true
		}
	}
	return false
}
