package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"sameday/bot/card"
	"sameday/bot/grammar"
	"sameday/store"
	"sameday/workflow"
)

// numberIn reads a complaint's number that stands in a text by itself.
func numberIn(r request, text string) (workflow.ID, bool) {
	n, ok := grammar.ParseNumber(strings.TrimSpace(text))
	if !ok {
		return "", false
	}
	full, ok := n.Resolve(r.now.In(r.rules.Tree.Root().Zone))
	return workflow.ID(full), ok
}

// typedMerge takes the number of the main; anything else asks.
func typedMerge(w words0) workflow.Command {
	into, ok := numberIn(w.r, w.text())
	if !ok {
		return nil
	}
	return workflow.Merge{Into: into}
}

func readMerge(f *filled, _ formMeta) submission {
	into, ok := numberIn(f.r, f.text("into"))
	if !ok && strings.TrimSpace(f.text("into")) != "" {
		f.wrong["into"] = f.r.words.T("reply.bad_number", "word", echo(f.text("into")))
	}
	return one(workflow.Merge{Into: into})
}

// mergeHere reads "merge 5" in a complaint's own thread: the number is the main's, what is merged is the thread's complaint.
func mergeHere(typed grammar.Command, about workflow.ID) grammar.Command {
	if workflow.Verb(typed.Verb) != workflow.VerbMerge || about == "" || !typed.HasNumber || typed.Rest != "" {
		return typed
	}
	typed.Rest, typed.HasNumber = typed.Number.String(), false
	typed.Words = grammar.Fields(typed.Rest)
	return typed
}

// offerMerge adds to the answer about a new complaint a button for each earlier one that it can be merged into by the person at once.
func (b *Bot) offerMerge(ctx context.Context, r request, out store.Outcome, a answer) answer {
	if out.Duplicate || len(out.Complaint.Repeats) == 0 {
		return a
	}
	offered := map[workflow.ID]bool{}
	for _, id := range out.Complaint.Repeats {
		main, err := b.desk.Complaint(ctx, id)
		if err == nil && main.Main != "" {
			main, err = b.desk.Complaint(ctx, main.Main)
		}
		if err != nil || offered[main.ID] {
			continue
		}
		offered[main.ID] = true
		cmd := workflow.Merge{Into: main.ID, Main: &main}
		if _, no := workflow.Decide(out.Complaint, cmd, r.actor(), r.rules, r.now); no != nil {
			continue
		}
		key := "button.merge_into"
		if !main.Open() {
			key = "button.merge_reopen"
		}
		value := card.EncodeValue(card.Value{ID: out.Complaint.ID, Menu: card.MergeMenu(main.ID)})
		button := slack.NewButtonBlockElement(card.ActionPrefix+string(workflow.VerbMerge), value, plain(r.words.T(key, "number", string(main.ID))))
		if len(a.Message.Blocks) == 0 {
			a.Message.Blocks = []slack.Block{slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, a.Message.Text, false, false), nil, nil)}
		}
		a.Message.Blocks = append(a.Message.Blocks, slack.NewActionBlock("", button))
	}
	return a
}
