package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"sameday/bot/card"
	"sameday/workflow"
)

// offering is a line of text over one control.
func offering(text string, e ...slack.BlockElement) card.Message {
	return card.Message{Text: text, Blocks: []slack.Block{
		slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, false), nil, nil),
		slack.NewActionBlock("", e...),
	}}
}

// formButton stands for a form where Slack gives us no way to open it at once.
func formButton(r request, c workflow.Complaint, v workflow.Verb) card.Message {
	button := slack.NewButtonBlockElement(
		card.ActionPrefix+string(v), card.EncodeValue(card.Value{ID: c.ID, Menu: card.MenuVersion(c)}), plain(r.words.Verb(string(v))))
	button.Style = slack.StylePrimary
	return offering(r.words.T("ask.form", "number", string(c.ID), "verb", r.words.Do(string(v))), button)
}

func newButton(r request) card.Message {
	button := slack.NewButtonBlockElement(card.ActionPrefix+string(workflow.VerbNew), "new", plain(r.words.Verb(string(workflow.VerbNew))))
	button.Style = slack.StylePrimary
	return offering(r.words.T("ask.new"), button)
}

// picker is a select of complaints; choosing one does the verb, or opens its form.
func picker(r request, v workflow.Verb, list []workflow.Summary) card.Message {
	options := make([]*slack.OptionBlockObject, len(list))
	for i, s := range list {
		text := strings.Join(nonEmpty(string(s.ID), s.Customer, s.Gist), " · ")
		value := card.EncodeValue(card.Value{Verb: v, ID: s.ID, Menu: string(s.Next) + "-"})
		options[i] = slack.NewOptionBlockObject(value, plain(workflow.Gist(text, 75)), nil)
	}
	e := slack.NewOptionsSelectBlockElement(
		slack.OptTypeStatic, plain(r.words.T("field.complaint.placeholder")), actionPick, options...)
	return offering(r.words.T("reply.pick", "do", r.words.Do(string(v))), e)
}

func nonEmpty(all ...string) []string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// more answers the last entry of a ⋯ menu: everything this person may do to the complaint now.
func (b *Bot) more(ctx context.Context, r request, id workflow.ID) answer {
	c, err := b.desk.Complaint(ctx, id)
	if err != nil {
		return b.refused(ctx, r, id, err)
	}
	menu := workflow.MenuFor(c, r.actor(), r.rules)
	return answer{Message: card.More(b.face(ctx, r), c, append(menu.Next, menu.More...))}
}
