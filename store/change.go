package store

import "sameday/workflow"

// change is a decision: the complaint before and after it, which nobody may change any more, and the rules it was made under.
type change struct {
	before, after *workflow.Complaint
	facts         []workflow.Fact
	rules         *workflow.Rules
}

func changed(before *workflow.Complaint, facts []workflow.Fact, rules *workflow.Rules) change {
	after := before.With(facts...)
	return change{before, &after, facts, rules}
}

// commitOf is one transaction with everything that a command changed: its own complaint first, by which its key is known.
func commitOf(q Request, all []change, sealed []Sealed) (Commit, error) {
	out := Commit{Key: q.Key, At: q.At, Sealed: sealed}
	for _, c := range all {
		a, err := c.append()
		if err != nil {
			return Commit{}, err
		}
		intents, err := Intents(*c.after, workflow.Tell(*c.before, *c.after, c.facts, c.rules))
		if err != nil {
			return Commit{}, err
		}
		out.Appends, out.Intents = append(out.Appends, a), append(out.Intents, intents...)
	}
	return out, nil
}

func (c change) append() (Append, error) {
	a := Append{Stream: ComplaintStream(c.after.ID), Expect: c.before.Version}
	for _, f := range c.facts {
		data, err := workflow.Events.Encode(f.Event)
		if err != nil {
			return Append{}, err
		}
		a.Events = append(a.Events, NewEvent{Kind: f.Event.Kind(), At: f.At, By: f.By.String(), Data: data})
	}
	var err error
	a.Entries, err = complaintEntries(*c.after)
	return a, err
}
