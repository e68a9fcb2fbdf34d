package daily

import (
	"slices"
	"time"

	"sameday/workflow"
	"sameday/workflow/org"
)

// Head is one of the two in whose name a notice goes out.
type Head struct {
	Position org.Position
	Person   org.PersonID
}

// Heads are those in whose name a unit's notice goes out: network finance and consumer protection, of the unit or the nearest one above
// that has them.
func Heads(tree *org.Tree, unit org.UnitID) []Head {
	var out []Head
	for _, p := range []org.Position{org.NetworkFinance, org.ConsumerProtection} {
		for _, up := range tree.Up(unit) {
			if holders := tree.Holders(up, p); len(holders) > 0 {
				out = append(out, Head{Position: p, Person: holders[0]})
				break
			}
		}
	}
	return out
}

// Sentence is what one of the heads adds to a notice.
type Sentence struct {
	workflow.HeadSentence
	At time.Time
}

// Sign adds a sentence to the notice of the day; a later one of the same head takes its place.
type Sign struct{ Text string }

// Signed is a sentence.
type Signed struct {
	Position org.Position `json:"position"`
	Text     string       `json:"text"`
}

// Kind is the stored name.
func (Signed) Kind() string { return "notice_signed.v1" }

// maxSentence is how long a sentence may be, in characters.
const maxSentence = 200

func (c Sign) decide(d *desk) ([]Event, *Refusal) {
	heads := Heads(d.tree, d.Unit)
	i := slices.IndexFunc(heads, func(h Head) bool { return h.Person == d.by })
	if i < 0 {
		return nil, &Refusal{Code: NoRight, Heads: heads}
	}
	out, no := text("sentence", c.Text, maxSentence)
	if no != nil {
		return nil, no
	}
	return []Event{Signed{Position: heads[i].Position, Text: out}}, nil
}

func (e Signed) effect(s *Sheet, f Fact) {
	one := Sentence{HeadSentence: workflow.HeadSentence{Position: e.Position, Person: f.By, Text: e.Text}, At: f.At}
	if i := slices.IndexFunc(s.Sentences, func(o Sentence) bool { return o.Person == f.By }); i >= 0 {
		s.Sentences[i] = one
		return
	}
	s.Sentences = append(s.Sentences, one)
}
