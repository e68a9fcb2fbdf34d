package bot

import (
	"strings"

	"github.com/slack-go/slack"

	"sameday/bot/grammar"
	"sameday/workflow"
)

// maxOptions is how many options a Slack select takes.
const maxOptions = 100

// unitSelect lists the bank's units; when there are more than a menu takes, it asks for a few letters.
func unitSelect(r request, name string, placeholder *slack.TextBlockObject, initial string) slack.BlockElement {
	all := unitOptions(r, "")
	if len(r.rules.Tree.Units()) > maxOptions {
		e := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, placeholder, name)
		shortest := 0
		e.MinQueryLength = &shortest
		return e
	}
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, placeholder, name, all...)
	e.InitialOption = chosen(all, initial)
	return e
}

func unitOptions(r request, query string) []*slack.OptionBlockObject {
	query = grammar.Fold(query)
	var out []*slack.OptionBlockObject
	for _, u := range r.rules.Tree.Units() {
		if len(out) == maxOptions {
			break
		}
		if strings.Contains(grammar.Fold(u.Name), query) || strings.Contains(grammar.Fold(string(u.ID)), query) {
			out = append(out, slack.NewOptionBlockObject(string(u.ID), plain(workflow.Gist(u.Name, 75)), nil))
		}
	}
	return out
}

// suggest answers a select that asks for its options.
func (b *Bot) suggest(r request) answer {
	if r.Action != "unit" {
		return answer{}
	}
	return answer{Options: unitOptions(r, r.Value)}
}
