package store

import (
	"context"
	"errors"

	"sameday/workflow"
	"sameday/workflow/privacy"
)

// hideKnown masks, in what a command says, the customer whom the complaint already knows: a name in a sentence looks like nothing, so
// only the sealed record can tell that it is one. Commands without free text cost nothing.
func (d *Desk) hideKnown(ctx context.Context, c workflow.Complaint, command workflow.Command) (workflow.Command, error) {
	if len(c.Records()) == 0 || !speaks(command) {
		return command, nil
	}
	hide, err := d.hider(ctx, c)
	if err != nil {
		return nil, err
	}
	return rewrite(command, hide), nil
}

// Hide masks the customer whom a complaint knows in a text about it, and whatever looks like personal data of anybody else.
func (d *Desk) Hide(ctx context.Context, c workflow.Complaint, text string) (string, error) {
	if len(c.Records()) > 0 && text != "" {
		hide, err := d.hider(ctx, c)
		if err != nil {
			return "", err
		}
		text = hide(text)
	}
	masked, _ := privacy.Mask(text)
	return masked, nil
}

func (d *Desk) hider(ctx context.Context, c workflow.Complaint) (func(string) string, error) {
	var known []Customer
	for _, record := range c.Records() {
		one, err := d.Customer(ctx, record)
		switch {
		case errors.Is(err, ErrErased):
		case err != nil:
			return nil, err
		default:
			known = append(known, one)
		}
	}
	return func(text string) string {
		for _, k := range known {
			text = privacy.HideKnown(text, k.Name, k.Phone, k.ID)
		}
		return text
	}, nil
}

// rewrite passes a command's free text through f.
//
// size: one case for each command that carries text; a list of them is the only thing that cannot be forgotten in silence.
func rewrite(command workflow.Command, f func(string) string) workflow.Command {
	switch k := command.(type) {
	case workflow.Assign:
		k.Note = f(k.Note)
		return k
	case workflow.Contact:
		k.Wants = f(k.Wants)
		return k
	case workflow.Handle:
		k.Text, k.Cause, k.Change = f(k.Text), f(k.Cause), f(k.Change)
		return k
	case workflow.Feedback:
		k.Text = f(k.Text)
		return k
	case workflow.SetGrade:
		k.Notice = f(k.Notice)
		return k
	case workflow.Extend:
		k.Reason, k.CustomerTold = f(k.Reason), f(k.CustomerTold)
		return k
	case workflow.Request:
		k.Reason, k.CustomerTold = f(k.Reason), f(k.CustomerTold)
		return k
	case workflow.Transfer:
		k.Reason = f(k.Reason)
		return k
	case workflow.Refuse:
		k.Reason = f(k.Reason)
		return k
	case workflow.DenyExtension:
		k.Reason = f(k.Reason)
		return k
	case workflow.Escalate:
		k.Reason = f(k.Reason)
		return k
	case workflow.Return:
		k.Reason = f(k.Reason)
		return k
	case workflow.Correct:
		k.Now, k.Why = f(k.Now), f(k.Why)
		return k
	case workflow.Close:
		k.Reason = f(k.Reason)
		return k
	case workflow.Reopen:
		k.Reason = f(k.Reason)
		return k
	case workflow.Note:
		k.Text = f(k.Text)
		return k
	case workflow.Direct:
		k.Text = f(k.Text)
		return k
	case workflow.Done:
		k.Text = f(k.Text)
		return k
	case workflow.Decline:
		k.Reason = f(k.Reason)
		return k
	case workflow.Progress:
		k.Text = f(k.Text)
		return k
	case workflow.CallExpert:
		k.Place, k.Why = f(k.Place), f(k.Why)
		return k
	case workflow.Regret:
		k.Reason = f(k.Reason)
		return k
	case workflow.Opine:
		k.Text = f(k.Text)
		return k
	case workflow.Mediate:
		k.Place, k.Customer = f(k.Place), f(k.Customer)
		return k
	case workflow.Settle:
		k.Text = f(k.Text)
		return k
	case workflow.ReadBriefing:
		k.Text = f(k.Text)
		return k
	case workflow.FormGroup:
		k.Clue = f(k.Clue)
		return k
	case workflow.DissolveGroup:
		k.Reason = f(k.Reason)
		return k
	case workflow.Separate:
		k.Reason = f(k.Reason)
		return k
	}
	return command
}

// speaks reports whether a command carries free text.
func speaks(command workflow.Command) bool {
	said := false
	rewrite(command, func(text string) string {
		said = said || text != ""
		return text
	})
	return said
}
