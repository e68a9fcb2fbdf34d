package words

import (
	"slices"
	"strings"

	"sameday/bot/grammar"
	"sameday/workflow"
)

// Verbs that only look. They have no row in the step table.
const (
	VerbList     = "list"
	VerbShow     = "show"
	VerbWhy      = "why"
	VerbTimeline = "timeline"
	VerbHelp     = "help"
)

// Looking lists the verbs that only look, in the order of the help text.
func Looking() []string { return []string{VerbList, VerbShow, VerbWhy, VerbTimeline, VerbHelp} }

// AllVerbs lists every verb of /complaint: those of the step table, then those that only look.
func AllVerbs() []string {
	var out []string
	for _, row := range workflow.Table() {
		out = append(out, string(row.Verb))
	}
	return append(out, Looking()...)
}

// Verb is the label of a verb: 受理, Accept. A verb without one gives itself.
func (w *Words) Verb(v string) string { return w.Name("verb", v) }

// Do is the verb as it stands in a sentence before a complaint's number: 受理, "accept".
func (w *Words) Do(v string) string { return w.Name("do", v) }

// Aliases lists what may be typed for each verb in this language; the verb itself, as the code has it, always works too.
func (w *Words) Aliases() map[string][]string {
	out := map[string][]string{}
	for _, v := range AllVerbs() {
		for _, name := range w.also["verb."+v] {
			// A label of several words is shown, not typed: the first word of a command is its verb.
			if alias := grammar.Fold(name); alias != "" && !strings.Contains(alias, " ") {
				out[v] = append(out[v], alias)
			}
		}
	}
	return out
}

// Verbs lists what may be typed for each verb in any language, the verb itself first.
func Verbs() map[string][]string {
	out := map[string][]string{}
	for _, v := range AllVerbs() {
		out[v] = []string{v}
	}
	for _, language := range Languages() {
		for v, aliases := range For(language).Aliases() {
			for _, a := range aliases {
				if !slices.Contains(out[v], a) {
					out[v] = append(out[v], a)
				}
			}
		}
	}
	return out
}

// Usage is what to type for a verb, with its places in brackets: "/complaint handle [number] text".
func (w *Words) Usage(v string) string {
	return strings.TrimSpace("/complaint " + v + " " + w.Name("usage", v))
}

// Example is a command that can be typed as it stands: "/complaint handle 7 …". number is the complaint's number in any form;
// a verb that takes none leaves it out.
func (w *Words) Example(v, number string) string {
	return strings.TrimSpace("/complaint " + v + " " + strings.TrimSpace(w.T("example."+v, "number", number)))
}

// Help is one line about a verb: what to type, what it does, an example.
func (w *Words) Help(v string) string {
	return w.T("help.line", "usage", w.Usage(v), "about", w.Name("about", v), "example", w.Example(v, "7"))
}
