package card

import (
	"fmt"
	"strings"

	"sameday/workflow"

	"github.com/slack-go/slack"
)

// Message is what is posted: Text is what notifications and screen readers say, Blocks what is seen.
type Message struct {
	Text   string
	Blocks []slack.Block
}

// Limits of one message, inside Slack's own (slack-contract: 3,000 a section, failures from 11,000 in all blocks, 50 blocks).
const (
	maxSection = 2_900
	maxTotal   = 9_000
	maxBlocks  = 45
)

// section is a block of text. It is verbatim, so that Slack makes no link or mention of anything that we did not write as one,
// and it stays unfolded on a phone.
func section(id, text string) slack.Block {
	t := slack.NewTextBlockObject(slack.MarkdownType, text, false, true)
	return slack.NewSectionBlock(t, nil, nil, slack.SectionBlockOptionBlockID(id), slack.SectionBlockOptionExpand(true))
}

// plain is text for a label.
func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
}

// blockIDs makes the ids of a message's blocks: they change with every event of the complaint, because Slack wants new ones when a
// message is updated.
func blockIDs(what string, c workflow.Complaint) func(part string) string {
	id := workflow.Gist(string(c.ID), wordLength)
	return func(part string) string { return fmt.Sprintf("%s/%s/%d/%s", what, id, c.Version, part) }
}

// pages fills messages with lines, and begins a new one when the last is full.
type pages struct {
	text string // of each message, for notifications; further ones add the page
	more func(page int) string
	what string // begins the block ids

	out    []Message
	blocks []slack.Block
	lines  []string
	size   int // of lines
	chars  int // of the message so far
}

// newPages begins with a title, which is also the text that notifications say.
func (f Face) newPages(what, title string) *pages {
	p := &pages{text: title, what: what}
	p.more = func(page int) string { return f.Words.T("page.more", "n", page) }
	p.add("*" + title + "*")
	return p
}

// add appends a line. One that consists of several and is too long for a section may be divided between them; each must fit.
func (p *pages) add(line string) {
	if line == "" {
		return
	}
	n := length(line) + 1
	if n > maxSection && strings.Contains(line, "\n") {
		for l := range strings.SplitSeq(line, "\n") {
			p.add(l)
		}
		return
	}
	if !p.fits(n, maxTotal) {
		p.turn()
		head := p.more(len(p.out) + 1)
		p.lines, p.size, p.chars = []string{head}, length(head)+1, length(head)+1
	}
	if p.size+n > maxSection {
		p.flush()
	}
	p.lines = append(p.lines, line)
	p.size += n
	p.chars += n
}

// fits reports whether n more characters stay on the page, if it may hold most.
func (p *pages) fits(n, most int) bool {
	return p.chars+n <= most && (p.size+n <= maxSection || len(p.blocks)+2 <= maxBlocks)
}

// addUpTo appends n lines for as long as there are at most parts messages; of what does not fit it appends how many they are, and does
// not ask for it.
func (p *pages) addUpTo(parts, n int, line, rest func(int) string) {
	const reserve = 300 // for the line about the rest
	for i := range n {
		l := line(i)
		if len(p.out)+1 >= parts && !p.fits(length(l)+1, maxTotal-reserve) {
			p.add(rest(n - i))
			return
		}
		p.add(l)
	}
}

// addLines is addUpTo for lines that are there already.
func (p *pages) addLines(parts int, lines []string, rest func(int) string) {
	p.addUpTo(parts, len(lines), func(i int) string { return lines[i] }, rest)
}

// block appends a block that is not text; chars is what it counts.
func (p *pages) block(b slack.Block, chars int) {
	p.flush()
	p.blocks = append(p.blocks, b)
	p.chars += chars
}

func (p *pages) flush() {
	if len(p.lines) == 0 {
		return
	}
	id := fmt.Sprintf("%s/%d/%d", p.what, len(p.out)+1, len(p.blocks)+1)
	p.blocks = append(p.blocks, section(id, strings.Join(p.lines, "\n")))
	p.lines, p.size = nil, 0
}

func (p *pages) turn() {
	p.flush()
	text := p.text
	if len(p.out) > 0 {
		text += p.more(len(p.out) + 1)
	}
	p.out = append(p.out, Message{Text: text, Blocks: p.blocks})
	p.blocks, p.chars = nil, 0
}

// Join puts the parts of an answer into one message, for a place that has no thread for the rest: as much as a message holds. Of what
// does not fit it says how many parts they are.
func Join(f Face, parts []Message) Message {
	f = f.ready()
	var out Message
	chars := 0
	for i, part := range parts {
		if i == 0 {
			out.Text = part.Text
		}
		for _, b := range part.Blocks {
			n := textOf(b)
			if len(out.Blocks) > 0 && (chars+n > maxTotal || len(out.Blocks) >= maxBlocks-1) {
				out.Blocks = append(out.Blocks, section("join/rest", f.Words.T("page.rest", "n", len(parts)-i)))
				return out
			}
			out.Blocks = append(out.Blocks, b)
			chars += n
		}
	}
	return out
}

// textOf is how many characters a block counts, for those that the functions with several parts make.
func textOf(b slack.Block) int {
	switch b := b.(type) {
	case *slack.SectionBlock:
		return length(b.Text.Text)
	case *slack.TableBlock:
		n := 0
		for _, row := range b.Rows {
			for _, cell := range row {
				if c, ok := cell.(*slack.TableRawTextCell); ok {
					n += length(c.Text)
				}
			}
		}
		return n
	}
	return 0
}

// messages ends the last page and gives all of them.
func (p *pages) messages() []Message {
	if len(p.lines) > 0 || len(p.blocks) > 0 {
		p.turn()
	}
	return p.out
}
