package bot

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode"

	"sameday/bot/card"
	"sameday/bot/grammar"
	"sameday/store"
	"sameday/workflow"
)

// readCollective takes the head count, and one representative from each line, or between semicolons.
func readCollective(f *filled, _ formMeta) submission {
	s := one(workflow.SetCollective{HeadCount: f.count("head_count")})
	apart := func(r rune) bool { return strings.ContainsRune("\n;；", r) }
	for line := range strings.FieldsFuncSeq(f.text("representatives"), apart) {
		if p := representative(line); !p.Empty() {
			s.people = append(s.people, p)
		}
	}
	if len(s.people) > workflow.MaxRepresentatives {
		f.wrong["representatives"] = f.r.words.T("reply.too_many", "n", workflow.MaxRepresentatives)
	}
	return s
}

// representative reads "name phone ID number": 15 to 18 signs with digits are an ID number, seven or more digits a phone, the rest a name.
func representative(line string) store.Customer {
	var c store.Customer
	for _, word := range strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，、:：", r) }) {
		digits := 0
		for _, r := range grammar.Fold(word) {
			if r >= '0' && r <= '9' {
				digits++
			}
		}
		switch {
		case digits >= 14 && c.ID == "":
			c.ID = word
		case digits >= 7 && c.Phone == "":
			c.Phone = word
		default:
			c.Name = strings.TrimSpace(c.Name + " " + word)
		}
	}
	return c
}

// typedCollective takes a head count alone: names belong into the form, which keeps them out of the channel.
func typedCollective(w words0) workflow.Command {
	n, err := strconv.Atoi(strings.TrimRight(grammar.Fold(w.text()), "人 "))
	if err != nil {
		return nil
	}
	return workflow.SetCollective{HeadCount: n}
}

// represented opens the records of those who speak for a collective complaint; an erased one is left out.
func (b *Bot) represented(ctx context.Context, c workflow.Complaint) ([]card.Represented, error) {
	var out []card.Represented
	for _, ref := range c.Representatives {
		p, err := b.desk.Customer(ctx, ref.Record)
		if errors.Is(err, store.ErrErased) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, card.Represented{Name: p.Name, Phone: p.Phone, ID: p.ID})
	}
	return out, nil
}
