package card

import (
	"strings"

	"sameday/workflow"

	"github.com/slack-go/slack"
)

// Represented is somebody who speaks for a collective complaint, in clear.
type Represented struct{ Name, Phone, ID string }

// WithRepresentatives adds those who speak for a collective complaint to what [Customer] shows, to the one person who may see it.
func WithRepresentatives(f Face, m Message, people []Represented) Message {
	f = f.ready()
	var lines []string
	for _, p := range people[:min(len(people), workflow.MaxRepresentatives)] {
		who := strings.Join(strings.Fields(escape(p.Name, 2*wordLength)+" "+escape(p.Phone, 2*wordLength)+" "+escape(p.ID, 2*wordLength)), " ")
		lines = append(lines, f.Words.T("card.representatives", "who", who))
	}
	if len(lines) > 0 {
		m.Blocks = append(append([]slack.Block{}, m.Blocks...), section("representatives", stack(lines)))
	}
	return m
}

func (f Face) sayCollective(_ workflow.Complaint, e workflow.CollectiveSet) said {
	s := said{what: f.Words.T("line.collective", "n", e.HeadCount)}
	if who := f.masked(e.Representatives); who != "" {
		s.also = []string{f.Words.T("card.representatives", "who", who)}
	}
	return s
}

// masked are several people as the channel may see them.
func (f Face) masked(refs []workflow.CustomerRef) string {
	var out []string
	for _, ref := range refs[:min(len(refs), workflow.MaxRepresentatives)] {
		out = append(out, strings.TrimSpace(escape(ref.Name, nameLength)+" "+escape(ref.Phone, nameLength)))
	}
	return f.Words.Join(out)
}

func (f Face) representatives(c workflow.Complaint) []string {
	if who := f.masked(c.Representatives); who != "" {
		return []string{f.Words.T("card.representatives", "who", who)}
	}
	return nil
}
