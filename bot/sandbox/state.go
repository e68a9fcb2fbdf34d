package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sameday/bot/sandbox/blockkit"
)

// filler turns what a person chose or typed into the state of one type of element.
type filler func(w *Workspace, p *person, e blockkit.Element, in []string) (any, error)

// fillers is the table of elements a person can fill in: the key of the state, whether it takes several values, and how
// each is checked.
var fillers = map[string]struct {
	key  string
	many bool
	fill filler
}{
	"plain_text_input":           {"value", false, fillText},
	"number_input":               {"value", false, fillNumber},
	"email_text_input":           {"value", false, fillMail},
	"url_text_input":             {"value", false, fillURL},
	"rich_text_input":            {"rich_text_value", false, fillRich},
	"datepicker":                 {"selected_date", false, fillTime("2006-01-02")},
	"timepicker":                 {"selected_time", false, fillTime("15:04")},
	"datetimepicker":             {"selected_date_time", false, fillMoment},
	"radio_buttons":              {"selected_option", false, fillOption},
	"static_select":              {"selected_option", false, fillOption},
	"external_select":            {"selected_option", false, fillOffered},
	"overflow":                   {"selected_option", false, fillOption},
	"checkboxes":                 {"selected_options", true, fillOption},
	"multi_static_select":        {"selected_options", true, fillOption},
	"multi_external_select":      {"selected_options", true, fillOffered},
	"users_select":               {"selected_user", false, fillUser},
	"multi_users_select":         {"selected_users", true, fillUser},
	"conversations_select":       {"selected_conversation", false, fillChannel},
	"multi_conversations_select": {"selected_conversations", true, fillChannel},
	"channels_select":            {"selected_channel", false, fillChannel},
	"multi_channels_select":      {"selected_channels", true, fillChannel},
	"file_input":                 {"files", true, fillFile},
}

// stateFor is the state of an element after a person filled it in; no values empty it.
func (w *Workspace) stateFor(p *person, e blockkit.Element, in []string) (object, error) {
	f, ok := fillers[e.Type]
	if !ok {
		return nil, fmt.Errorf("%s %q takes no value", e.Type, e.ActionID)
	}
	state := object{"type": e.Type}
	if !f.many {
		switch len(in) {
		case 0:
			state[f.key] = nil
			return state, nil
		case 1:
			v, err := f.fill(w, p, e, in)
			state[f.key] = v
			return state, err
		}
		return nil, fmt.Errorf("%s %q takes one value, not %d", e.Type, e.ActionID, len(in))
	}
	all := []any{}
	for _, one := range in {
		v, err := f.fill(w, p, e, []string{one})
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	var limit struct {
		Most int `json:"max_selected_items"`
	}
	_ = json.Unmarshal(e.Raw, &limit) // of a checked element
	if limit.Most > 0 && len(all) > limit.Most {
		return nil, fmt.Errorf("%s %q takes at most %d values", e.Type, e.ActionID, limit.Most)
	}
	state[f.key] = all
	return state, nil
}

func fillText(_ *Workspace, p *person, e blockkit.Element, in []string) (any, error) {
	text := in[0]
	if p.smart {
		text = smarten(text)
	}
	n := utf8.RuneCountInString(text)
	most := or(e.MaxLength, 3000)
	if n > most {
		return nil, fmt.Errorf("%q takes at most %d characters, got %d", e.ActionID, most, n)
	}
	if text == "" {
		return nil, nil
	}
	return text, nil
}

func fillNumber(_ *Workspace, _ *person, e blockkit.Element, in []string) (any, error) {
	var rule struct {
		Decimal bool   `json:"is_decimal_allowed"`
		Least   string `json:"min_value"`
		Most    string `json:"max_value"`
	}
	_ = json.Unmarshal(e.Raw, &rule) // of a checked element
	n, err := strconv.ParseFloat(in[0], 64)
	if err != nil || !rule.Decimal && strings.Contains(in[0], ".") {
		return nil, fmt.Errorf("%q takes a number, got %q", e.ActionID, in[0])
	}
	if least, err := strconv.ParseFloat(rule.Least, 64); err == nil && n < least {
		return nil, fmt.Errorf("%q takes %s or more", e.ActionID, rule.Least)
	}
	if most, err := strconv.ParseFloat(rule.Most, 64); err == nil && n > most {
		return nil, fmt.Errorf("%q takes %s or less", e.ActionID, rule.Most)
	}
	return in[0], nil
}

func fillMail(_ *Workspace, _ *person, e blockkit.Element, in []string) (any, error) {
	if _, err := mail.ParseAddress(in[0]); err != nil {
		return nil, fmt.Errorf("%q takes an e-mail address: %w", e.ActionID, err)
	}
	return in[0], nil
}

func fillURL(_ *Workspace, _ *person, e blockkit.Element, in []string) (any, error) {
	if u, err := url.Parse(in[0]); err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q takes an address such as https://example.com", e.ActionID)
	}
	return in[0], nil
}

func fillRich(_ *Workspace, _ *person, _ blockkit.Element, in []string) (any, error) {
	return object{"type": "rich_text", "elements": []object{{
		"type": "rich_text_section", "elements": []object{{"type": "text", "text": in[0]}},
	}}}, nil
}

func fillTime(layout string) filler {
	return func(_ *Workspace, _ *person, e blockkit.Element, in []string) (any, error) {
		if _, err := time.Parse(layout, in[0]); err != nil {
			return nil, fmt.Errorf("%q takes a time like %s: %w", e.ActionID, layout, err)
		}
		return in[0], nil
	}
}

var tenDigits = regexp.MustCompile(`^\d{10}$`)

func fillMoment(_ *Workspace, _ *person, e blockkit.Element, in []string) (any, error) {
	if !tenDigits.MatchString(in[0]) {
		return nil, fmt.Errorf("%q takes seconds since 1970 in ten digits", e.ActionID)
	}
	return strconv.Atoi(in[0])
}

// fillOption finds an option by value or text in the element's own list.
func fillOption(_ *Workspace, _ *person, e blockkit.Element, in []string) (any, error) {
	i := slices.IndexFunc(e.Options, func(o blockkit.Option) bool { return o.Value == in[0] })
	if i < 0 {
		i = slices.IndexFunc(e.Options, func(o blockkit.Option) bool { return o.Text == in[0] })
	}
	if i < 0 {
		return nil, fmt.Errorf("%q has no option %q", e.ActionID, in[0])
	}
	return optionObject(e.Raw, e.Options[i]), nil
}

// optionObject finds the option as the app wrote it, so that a payload gives it back unchanged.
func optionObject(raw json.RawMessage, o blockkit.Option) any {
	var e struct {
		Options []json.RawMessage `json:"options"`
		Groups  []struct {
			Options []json.RawMessage `json:"options"`
		} `json:"option_groups"`
	}
	_ = json.Unmarshal(raw, &e) // of a checked element
	for _, g := range e.Groups {
		e.Options = append(e.Options, g.Options...)
	}
	for _, r := range e.Options {
		var v struct {
			Value string `json:"value"`
		}
		if json.Unmarshal(r, &v) == nil && v.Value == o.Value {
			return r
		}
	}
	return object{"text": object{"type": "plain_text", "text": o.Text, "emoji": true}, "value": o.Value}
}

// fillOffered takes an option that the app has suggested to this person, see Suggest.
func fillOffered(_ *Workspace, p *person, e blockkit.Element, in []string) (any, error) {
	if o, ok := p.offered[e.ActionID][in[0]]; ok {
		return o, nil
	}
	return nil, fmt.Errorf("%q was offered no option %q; ask with Suggest first", e.ActionID, in[0])
}

func fillUser(w *Workspace, _ *person, e blockkit.Element, in []string) (any, error) {
	p := w.findPerson(in[0])
	if p == nil || p.Deactivated {
		return nil, fmt.Errorf("%q: no person %q", e.ActionID, in[0])
	}
	return p.ID, nil
}

func fillChannel(w *Workspace, p *person, e blockkit.Element, in []string) (any, error) {
	ch := w.findChannel(in[0])
	if ch == nil || ch.Private && !ch.has(p.ID) {
		return nil, fmt.Errorf("%q: no conversation %q", e.ActionID, in[0])
	}
	return ch.ID, nil
}

func fillFile(w *Workspace, _ *person, e blockkit.Element, in []string) (any, error) {
	f := w.files[in[0]]
	if f == nil {
		return nil, fmt.Errorf("%q: no file %q", e.ActionID, in[0])
	}
	return w.fileJSON(f, ""), nil
}

var errRequired = errors.New("please complete this required field")

// complete checks an input before a modal is sent, as the client does.
func complete(e blockkit.Element, state json.RawMessage) error {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(state, &fields) // nil when nothing was put in
	raw := string(fields[fillers[e.Type].key])
	if raw == "" || raw == "null" || raw == "[]" || raw == `""` {
		if e.Optional {
			return nil
		}
		return errRequired
	}
	var text string
	if e.Type == "plain_text_input" && json.Unmarshal([]byte(raw), &text) == nil {
		n := utf8.RuneCountInString(text)
		if n < e.MinLength {
			return fmt.Errorf("please enter at least %d characters", e.MinLength)
		}
		if n > or(e.MaxLength, 3000) {
			return fmt.Errorf("please enter at most %d characters", or(e.MaxLength, 3000))
		}
	}
	return nil
}
