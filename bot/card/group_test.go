package card_test

import (
	"testing"

	"sameday/bot/card"
	"sameday/workflow"
	"sameday/workflow/org"
)

// The direct messages around a complaint, as each person gets them.
func TestOrders(t *testing.T) {
	t.Parallel()
	c := samples(t)["group"].c
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		f.Now = at(15, 30)
		given, _ := c.Directive(3)
		golden(t, language+"/order_given", card.Directive(f, c, given, "U0WANG"))
		f.Now = at(20, 1)
		golden(t, language+"/order_overdue", card.Directive(f, c, given, "U0WANG"), card.Directive(f, c, given, "U0CHEN"))
		golden(t, language+"/order_briefing", card.Briefing(f, c))
		golden(t, language+"/order_unread", card.Unread(f, c, []org.PersonID{"U0MA"}))
		golden(t, language+"/order_lead", card.Appointed(f, c, workflow.Person("U0WU")))
		v := card.HomeView{Person: "U0WANG", Directives: workflow.DirectiveLines(c), Unread: []workflow.Summary{workflow.Summarize(c)}}
		h := card.Home(f, v)
		golden(t, language+"/home_orders", card.Message{Text: "home", Blocks: h.Blocks.BlockSet})
	})
}

func TestDirectiveMenu(t *testing.T) {
	t.Parallel()
	for menu, want := range map[string]int{card.DirectiveMenu(12): 12, "d0": 0, "d": 0, "1.contact": 0, "": 0, "d-1": 0, "dx": 0} {
		if got := card.DirectiveOf(menu); got != want {
			t.Errorf("DirectiveOf(%q) = %d, want %d", menu, got, want)
		}
	}
}
