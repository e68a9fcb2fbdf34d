package bot

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"sameday/workflow"
	"sameday/workflow/org"
)

// inputKind is how a form asks for a field.
type inputKind int

const (
	inputLine inputKind = iota
	inputText
	inputSelect
	inputRadio
	inputChecks
	inputPerson
	inputPeople
	inputUnit
	inputDay
	inputClock
	inputPanel // an outside expert
)

// field is one input of a form. Its block id and action id are its name; its words are "field.<name>.label" and so on, and its values
// "<values>.<value>".
type field struct {
	name     string
	kind     inputKind
	required bool
	values   string // kind of enumeration
	options  []string
	initial  string
	choose   []*slack.OptionBlockObject // instead of options: those that only this form has
}

const (
	maxInput     = 3000 // what a Slack input takes
	maxLineInput = 150
)

// forms is the table: which fields a verb asks for. One that has none asks nothing.
var forms = map[workflow.Verb][]field{
	workflow.VerbNew: {
		{name: "summary", kind: inputText, required: true},
		{name: "unit", kind: inputUnit, required: true},
		{name: "source", kind: inputSelect, values: "source", options: names(workflow.Sources()), initial: string(workflow.SourceCounter)},
		{name: "customer_name", kind: inputLine},
		{name: "customer_phone", kind: inputLine},
		{name: "customer_id", kind: inputLine},
		{name: "business", kind: inputSelect},
		{name: "amount", kind: inputLine},
		{name: "remedy", kind: inputText},
		{name: "received_at", kind: inputLine},
		{name: "work_order", kind: inputLine},
		{name: "subjects", kind: inputPeople},
	},
	workflow.VerbAssign: {
		{name: "handler", kind: inputPerson, required: true},
		{name: "co_handlers", kind: inputPeople},
		{name: "note", kind: inputText},
	},
	workflow.VerbContact: {
		{name: "reached", kind: inputRadio, required: true, values: "reached", options: []string{"yes", "no"}, initial: "yes"},
		{name: "how", kind: inputSelect, values: "how", options: names(workflow.Hows()), initial: string(workflow.ByPhone)},
		{name: "wants", kind: inputText},
	},
	workflow.VerbHandle: {
		{name: "solution", kind: inputSelect, required: true, values: "solution", options: names(workflow.Solutions()), initial: string(workflow.Explained)},
		{name: "text", kind: inputText, required: true},
		{name: "amount", kind: inputLine},
		{name: "cause", kind: inputText},
		{name: "change", kind: inputText},
	},
	workflow.VerbFeedback: {
		{name: "answer", kind: inputRadio, required: true, values: "answer", options: names(workflow.Answers())},
		{name: "text", kind: inputText},
	},
	workflow.VerbGrade: {
		{name: "grade", kind: inputRadio, required: true, values: "grade", options: names(workflow.Grades()), initial: string(workflow.GradeKey)},
		{name: "notice", kind: inputLine},
	},
	workflow.VerbKind: {
		{name: "kinds", kind: inputChecks, values: "kind", options: names(workflow.SeriousKinds())},
	},
	workflow.VerbFlag: {
		{name: "flags", kind: inputChecks, values: "flag", options: []string{"vulnerable", "epidemic"}},
		{name: "head_count", kind: inputLine},
	},
	workflow.VerbExtend: {
		{name: "clock", kind: inputRadio, required: true, values: "clock", options: []string{string(workflow.ClockStatutory), string(workflow.ClockForwarded)}, initial: string(workflow.ClockStatutory)},
		{name: "reason", kind: inputText, required: true},
		{name: "customer_told", kind: inputText},
	},
	workflow.VerbCorrect: {
		{name: "field", kind: inputSelect, values: "correctable", options: workflow.CorrectableFields(), initial: workflow.FieldSummary},
		{name: "now", kind: inputText},
		{name: "why", kind: inputLine},
		{name: "customer_name", kind: inputLine},
		{name: "customer_phone", kind: inputLine},
		{name: "customer_id", kind: inputLine},
	},
	workflow.VerbEscalate: {{name: "reason", kind: inputText, required: true}},
	workflow.VerbReturn: {
		{name: "rung", kind: inputSelect, required: true, values: "rung"},
		{name: "reason", kind: inputText, required: true},
	},
	workflow.VerbRequest: {
		{name: "clock", kind: inputRadio, required: true, values: "clock", options: []string{string(workflow.ClockStatutory), string(workflow.ClockForwarded)}, initial: string(workflow.ClockStatutory)},
		{name: "reason", kind: inputText, required: true},
		{name: "customer_told", kind: inputText},
	},
	workflow.VerbCollective: {
		{name: "head_count", kind: inputLine, required: true},
		{name: "representatives", kind: inputText},
	},
	workflow.VerbTransfer: {
		{name: "unit", kind: inputUnit, required: true},
		{name: "reason", kind: inputText, required: true},
	},
	workflow.VerbRefuse: {{name: "reason", kind: inputText, required: true}},
	workflow.VerbDeny:   {{name: "reason", kind: inputText, required: true}},
	workflow.VerbClose:  {{name: "reason", kind: inputText, required: true}},
	workflow.VerbReopen: {{name: "reason", kind: inputText, required: true}},
	workflow.VerbNote:   {{name: "text", kind: inputText, required: true}},

	workflow.VerbLead: {{name: "lead", kind: inputPerson, required: true}},
	workflow.VerbDirect: {
		{name: "to", kind: inputPeople, required: true},
		{name: "due", kind: inputLine, required: true},
		{name: "text", kind: inputText, required: true},
	},
	workflow.VerbExpert:  callFields,
	workflow.VerbRegret:  {{name: "reason", kind: inputText, required: true}},
	workflow.VerbOpinion: {{name: "text", kind: inputText, required: true}},
	workflow.VerbMediate: sessionFields,
	workflow.VerbSettle:  settleFields,
	workflow.VerbDone:    {{name: "text", kind: inputText, required: true}},
	workflow.VerbDecline: {{name: "reason", kind: inputText, required: true}},
	workflow.VerbReport:  {{name: "text", kind: inputText, required: true}},
	workflow.VerbRead:    {{name: "text", kind: inputText, required: true}},

	workflow.VerbMerge:    {{name: "into", kind: inputLine, required: true}},
	workflow.VerbSeparate: {{name: "reason", kind: inputText, required: true}},

	workflow.VerbGroup:    groupFields(),
	workflow.VerbDissolve: {{name: "reason", kind: inputText, required: true}},
}

func names[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

// formMeta travels in a form's private metadata.
type formMeta struct {
	Number      workflow.ID `json:"n,omitempty"`
	Channel     string      `json:"c,omitempty"`
	Thread      string      `json:"t,omitempty"`
	ResponseURL string      `json:"r,omitempty"`
	Unit        org.UnitID  `json:"u,omitempty"` // where the complaint will be opened, when that needs no asking
	AsOf        int         `json:"v,omitempty"` // what the person saw when the form opened
	Rung        int         `json:"g,omitempty"` // how far up it stood then
	Sheet       string      `json:"s,omitempty"` // the daily sheet, and the source, that the form is about
	Directive   int         `json:"d,omitempty"` // which directive it answers; 0 for the only one
	Invitation  int         `json:"i,omitempty"` // which invitation it answers; 0 for the one that waits
}

// maxMeta is how long Slack lets it be.
const maxMeta = 3000

// String is the form in which it travels. Where it would be too long, because a payload held what Slack never sends, the way back for the answer
// is left out first.
func (m formMeta) String() string {
	for _, leave := range []*string{nil, &m.ResponseURL, &m.Thread, &m.Channel} {
		if leave != nil {
			*leave = ""
		}
		if raw, err := json.Marshal(m); err == nil && utf8.RuneCount(raw) <= maxMeta {
			return string(raw)
		}
	}
	return ""
}

// readMeta reads what came back; anything that is not ours is the zero value, and its form then names no complaint.
func readMeta(s string) formMeta {
	var m formMeta
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		return formMeta{}
	}
	return m
}

// prefill are values that a form opens with: field name → value.
type prefill map[string]string

// makeForm builds the modal of a verb.
func makeForm(r request, v workflow.Verb, meta formMeta, fill prefill) slack.ModalViewRequest {
	return formOf(r, string(v), meta, string(meta.Number), forms[v], fill)
}

// formOf builds a modal of some fields; about is what it is about, above them.
func formOf(r request, name string, meta formMeta, about string, fields []field, fill prefill) slack.ModalViewRequest {
	w := r.words
	view := slack.ModalViewRequest{
		Type:            slack.VTModal,
		CallbackID:      name,
		Title:           plain(w.T("form." + name + ".title")),
		Submit:          plain(w.T("form." + name + ".submit")),
		Close:           plain(w.T("form.cancel")),
		PrivateMetadata: meta.String(),
	}
	if about != "" {
		view.Blocks.BlockSet = append(view.Blocks.BlockSet, slack.NewContextBlock("about", slack.NewTextBlockObject(
			slack.PlainTextType, about, false, false)))
	}
	for _, f := range fields {
		if block := f.block(r, workflow.Verb(name), meta, fill[f.name]); block != nil {
			view.Blocks.BlockSet = append(view.Blocks.BlockSet, block)
		}
	}
	return view
}

func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
}

func (f field) block(r request, v workflow.Verb, meta formMeta, value string) slack.Block {
	w := r.words
	if f.name == "business" {
		for _, c := range r.rules.Codes.Business {
			f.options = append(f.options, c.ID)
		}
		if len(f.options) == 0 {
			return nil
		}
	}
	if f.kind == inputUnit && meta.Unit != "" {
		return nil
	}
	if f.name == "rung" {
		f.options = rungsBelow(meta.Rung)
	}
	element := f.element(r, v, first(value, f.initial))
	if element == nil {
		return nil
	}
	label := plain(w.FieldText(string(v), f.name, "label"))
	var hint *slack.TextBlockObject
	if text := w.FieldText(string(v), f.name, "hint"); text != "" {
		hint = plain(strings.ReplaceAll(text, "{min}", strconv.Itoa(r.rules.Policy.MinSolution)))
	}
	block := slack.NewInputBlock(f.name, label, hint, element)
	block.Optional = !f.required
	return block
}

func (f field) element(r request, v workflow.Verb, initial string) slack.BlockElement {
	var placeholder *slack.TextBlockObject
	if text := r.words.FieldText(string(v), f.name, "placeholder"); text != "" {
		placeholder = plain(text)
	}
	switch f.kind {
	case inputLine, inputText:
		e := slack.NewPlainTextInputBlockElement(placeholder, f.name)
		e.Multiline = f.kind == inputText
		e.MaxLength = maxInput
		if f.kind == inputLine {
			e.MaxLength = maxLineInput
		}
		e.InitialValue = workflow.Gist(initial, e.MaxLength)
		if f.kind == inputText && len([]rune(initial)) <= e.MaxLength {
			e.InitialValue = initial
		}
		return e
	case inputSelect:
		e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, placeholder, f.name, f.choices(r)...)
		e.InitialOption = chosen(e.Options, initial)
		return e
	case inputRadio:
		e := slack.NewRadioButtonsBlockElement(f.name, f.choices(r)...)
		e.InitialOption = chosen(e.Options, initial)
		return e
	case inputChecks:
		e := slack.NewCheckboxGroupsBlockElement(f.name, f.choices(r)...)
		for _, v := range strings.Fields(initial) {
			if o := chosen(e.Options, v); o != nil {
				e.InitialOptions = append(e.InitialOptions, o)
			}
		}
		return e
	case inputPerson:
		e := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, placeholder, f.name)
		e.InitialUser = initial
		return e
	case inputPeople:
		e := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeUser, placeholder, f.name)
		e.InitialUsers = strings.Fields(initial)
		return e
	case inputDay, inputClock:
		return f.whenPicker(placeholder, initial)
	case inputPanel:
		return panelSelect(r, f.name, placeholder, initial)
	case inputUnit:
		return unitSelect(r, f.name, placeholder, initial)
	}
	return nil
}

func (f field) choices(r request) []*slack.OptionBlockObject {
	if f.choose != nil {
		return f.choose
	}
	out := make([]*slack.OptionBlockObject, 0, len(f.options))
	for _, v := range f.options {
		if len(out) == maxOptions {
			break
		}
		text := r.words.Name(f.values, v)
		if f.name == "business" {
			text = workflow.Name(r.rules.Codes.Business, v, r.words.Language())
		}
		out = append(out, slack.NewOptionBlockObject(v, plain(workflow.Gist(text, 75)), nil))
	}
	return out
}

func chosen(options []*slack.OptionBlockObject, value string) *slack.OptionBlockObject {
	for _, o := range options {
		if o.Value == value {
			return o
		}
	}
	return nil
}
