package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"

	"sameday/bot/sandbox/blockkit"
)

// Click presses a button or picks from a ⋯ menu on a message, given by action_id, "block_id/action_id" or what it says
// (for a menu: what the option says or its value). The message may be one for this person alone.
func (a *Actor) Click(channel, ts, actionIDOrText string) (Reply, error) {
	return a.onMessage(channel, ts, actionIDOrText, nil)
}

// Choose picks from a menu, a radio group, checkboxes or a date picker on a message, given by action_id. Values are the
// options' values or texts, user or channel ids, or a date or time as Slack writes it.
func (a *Actor) Choose(channel, ts, actionID string, chosen ...string) (Reply, error) {
	if len(chosen) == 0 {
		chosen = []string{}
	}
	return a.onMessage(channel, ts, actionID, chosen)
}

// onMessage clicks (chosen is nil) or chooses on a message.
func (a *Actor) onMessage(which, ts, target string, chosen []string) (Reply, error) {
	a.w.mu.Lock()
	p, ch, err := a.visible(which)
	if err != nil {
		a.w.mu.Unlock()
		return Reply{}, err
	}
	m := ch.find(ts)
	if i := slices.IndexFunc(ch.private, func(x *message) bool { return x.to == p.ID && x.ts == ts }); m == nil && i >= 0 {
		m = ch.private[i]
	}
	if m == nil || m.bot == "" {
		a.w.mu.Unlock()
		return Reply{}, fmt.Errorf("click %q as %s: no message of the app at %s in %s", target, a.id, ts, which)
	}
	return a.onPlace(p, place{msg: m}, target, chosen)
}

// ClickInView is Click in the modal on top, or on the Home tab when none is open.
func (a *Actor) ClickInView(actionIDOrText string) (Reply, error) {
	a.w.mu.Lock()
	p, v, err := a.current()
	if err != nil {
		a.w.mu.Unlock()
		return Reply{}, fmt.Errorf("click %q: %w", actionIDOrText, err)
	}
	return a.onPlace(p, place{view: v}, actionIDOrText, nil)
}

// onPlace finds the control, sends the act and waits; it is called with the workspace locked and unlocks it.
func (a *Actor) onPlace(p *person, pl place, target string, chosen []string) (Reply, error) {
	action, err := a.w.actionOn(p, pl, target, chosen)
	if err != nil {
		a.w.mu.Unlock()
		return Reply{}, fmt.Errorf("click %q as %s: %w", target, a.id, err)
	}
	if !a.w.manifest.Settings.Interactivity.Enabled {
		a.w.mu.Unlock()
		return Reply{Failure: failInactive}, nil
	}
	var ch *channel
	if pl.msg != nil {
		ch = pl.msg.ch
	}
	var r Reply
	s := a.watch(p, ch)
	done := a.w.act(p, pl, action, func(o outcome) { r.Failure = o.failure })
	a.w.mu.Unlock()
	<-done
	return s.collect(r), nil
}

// actionOn makes the element's part of a block_actions payload and remembers what was chosen.
func (w *Workspace) actionOn(p *person, pl place, target string, chosen []string) (object, error) {
	e, option, err := findControl(blockkit.Elements(pl.blocks()), target)
	if err != nil {
		return nil, err
	}
	action := object{"action_id": e.ActionID, "block_id": e.BlockID, "type": e.Type}
	switch {
	case e.Type == "button" && chosen == nil:
		action["text"] = object{"type": "plain_text", "text": e.Text, "emoji": true}
		if e.Value != "" {
			action["value"] = e.Value
		}
		return action, nil
	case e.Type == "overflow":
		if option == "" && len(chosen) == 1 {
			option = chosen[0]
		}
		chosen = []string{option}
	case chosen == nil:
		return nil, fmt.Errorf("%s %q is not a button", e.Type, e.ActionID)
	}
	state, err := w.stateFor(p, e, chosen)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("encode the choice: %w", err)
	}
	if e.Type != "overflow" {
		pl.remember(p, e, raw)
	}
	for k, v := range state {
		action[k] = v
	}
	return action, nil
}

// remember keeps what a person chose, for the state of the next payload.
func (pl place) remember(p *person, e blockkit.Element, raw json.RawMessage) {
	if pl.view != nil {
		pl.view.filled.set(e.BlockID, e.ActionID, raw)
		return
	}
	if pl.msg.states == nil {
		pl.msg.states = map[string]values{}
	}
	if pl.msg.states[p.ID] == nil {
		pl.msg.states[p.ID] = values{}
	}
	pl.msg.states[p.ID].set(e.BlockID, e.ActionID, raw)
}

// findControl finds one control by action id, "block/action", block id, label or text, or the option of a ⋯ menu by what
// it says. Ids go before labels, labels before options.
func findControl(all []blockkit.Element, target string) (blockkit.Element, string, error) {
	tests := []func(blockkit.Element) bool{
		func(e blockkit.Element) bool { return e.BlockID+"/"+e.ActionID == target },
		func(e blockkit.Element) bool { return e.ActionID == target },
		func(e blockkit.Element) bool { return e.Text == target && e.Text != "" },
		func(e blockkit.Element) bool { return e.Label == target && e.Label != "" },
		func(e blockkit.Element) bool { return e.BlockID == target },
	}
	for _, fits := range tests {
		found := slices.DeleteFunc(slices.Clone(all), func(e blockkit.Element) bool { return !fits(e) })
		switch len(found) {
		case 0:
			continue
		case 1:
			return found[0], "", nil
		}
		return blockkit.Element{}, "", fmt.Errorf("%d controls are called that; name one as block_id/action_id", len(found))
	}
	for _, e := range all {
		for _, o := range e.Options {
			if e.Type == "overflow" && (o.Text == target || o.Value == target) {
				return e, o.Value, nil
			}
		}
	}
	var have []string
	for _, e := range all {
		have = append(have, fmt.Sprintf("%s (%s %q)", e.ActionID, e.Type, or(e.Text, e.Label)))
	}
	return blockkit.Element{}, "", fmt.Errorf("no such control; there are %v", have)
}
