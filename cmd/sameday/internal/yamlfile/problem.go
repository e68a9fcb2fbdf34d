package yamlfile

import (
	"fmt"
	"strings"

	"golang.org/x/text/width"
)

// Problem is one mistake in a file, where it is, and what is allowed there.
type Problem struct {
	File    string
	Line    int // from 1; 0 = the file as a whole
	Column  int // from 1, in characters
	Text    string
	Message string
}

// Error gives "file:line:column: message", then the line itself with a mark under the column.
func (p *Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Message)
	}
	margin := fmt.Sprintf("%5d | ", p.Line)
	return fmt.Sprintf("%s:%d:%d: %s\n%s%s\n%s| %s^",
		p.File, p.Line, p.Column, p.Message, margin, p.Text, strings.Repeat(" ", len(margin)-2), blank(p.Text, p.Column-1))
}

// blank is white space as wide as the first n characters of a line: Chinese characters take two columns of a terminal.
func blank(line string, n int) string {
	var b strings.Builder
	for _, r := range line {
		if n--; n < 0 {
			break
		}
		switch k := width.LookupRune(r).Kind(); {
		case r == '\t':
			b.WriteRune('\t')
		case k == width.EastAsianWide, k == width.EastAsianFullwidth:
			b.WriteString("  ")
		default:
			b.WriteRune(' ')
		}
	}
	return b.String()
}

// Problems are all mistakes found in one file, in the order of the file.
type Problems []*Problem

// Error lists them, each as [Problem.Error] does.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}
