package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"

	"sameday/bot/sandbox/blockkit"
)

// Suggest types into a menu whose options come from the app, in the modal on top or on the Home tab, and returns what
// the app offers. An empty list means that it offers nothing, or did not answer in time.
func (a *Actor) Suggest(actionIDOrLabel, typed string) ([]blockkit.Option, error) {
	a.w.mu.Lock()
	p, v, err := a.current()
	var e blockkit.Element
	if err == nil {
		e, _, err = findControl(blockkit.Elements(v.spec.Blocks), actionIDOrLabel)
	}
	if err == nil && !strings.HasSuffix(e.Type, "external_select") {
		err = fmt.Errorf("%s %q has options of its own", e.Type, e.ActionID)
	}
	if err != nil {
		a.w.mu.Unlock()
		return nil, fmt.Errorf("ask for options of %q as %s: %w", actionIDOrLabel, a.id, err)
	}
	body := a.w.common("block_suggestion", p)
	a.w.describe(body, p, place{view: v})
	body["action_id"], body["block_id"], body["value"] = e.ActionID, e.BlockID, typed
	var offered []blockkit.Option
	done := a.w.ask("interactive", func(string) any { return body }, func(o outcome) {
		offered = p.offer(e.ActionID, o.payload)
	})
	a.w.mu.Unlock()
	<-done
	return offered, nil
}

// offer keeps the options of an answer, so that the person can choose them, by value or text.
func (p *person) offer(action string, raw json.RawMessage) []blockkit.Option {
	var ans struct {
		Options []json.RawMessage `json:"options"`
		Groups  []struct {
			Options []json.RawMessage `json:"options"`
		} `json:"option_groups"`
	}
	if raw == nil || json.Unmarshal(raw, &ans) != nil {
		return nil
	}
	for _, g := range ans.Groups {
		ans.Options = append(ans.Options, g.Options...)
	}
	if p.offered == nil {
		p.offered = map[string]map[string]json.RawMessage{}
	}
	p.offered[action] = map[string]json.RawMessage{}
	var out []blockkit.Option
	for _, r := range ans.Options {
		var o struct {
			Text struct {
				Text string `json:"text"`
			} `json:"text"`
			Value string `json:"value"`
		}
		if json.Unmarshal(r, &o) != nil || o.Value == "" {
			continue
		}
		out = append(out, blockkit.Option{Text: o.Text.Text, Value: o.Value})
		p.offered[action][o.Text.Text], p.offered[action][o.Value] = r, r
	}
	return out
}
