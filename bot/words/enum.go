package words

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"sameday/bot/grammar"
)

// Kinds of enumerations: the first part of their keys.
const (
	Step     = "step"
	Source   = "source"
	Grade    = "grade"
	Kind     = "kind" // serious kinds
	How      = "how"
	Solution = "solution"
	Answer   = "answer"
	Outcome  = "outcome"
	Clock    = "clock"
	Position = "position"
	Tier     = "tier"
	Field    = "correctable" // fields that a correction may put right
	Flag     = "flag"        // vulnerable, epidemic, collective
	Purpose  = "purpose"     // of an outside expert's invitation
	Filter   = "filter"      // which complaints a list shows: open, mine, overnight, key, serious, closed
)

// MediationResult is what came of a mediation session.
const MediationResult = "mediation_result"

// Name is what a code of an enumeration is called; the code itself when it has no name.
func (w *Words) Name(kind, code string) string {
	if text, ok := w.texts[kind+"."+code]; ok {
		return text
	}
	return code
}

// Names are the names of several codes, joined as the language joins a list.
func (w *Words) Names(kind string, codes []string) string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = w.Name(kind, c)
	}
	return w.Join(out)
}

// Join joins a list: with "、" in Chinese, with ", " in English.
func (w *Words) Join(list []string) string { return strings.Join(list, w.T("join.list")) }

// Enum finds the code of an enumeration that somebody typed: the code itself or one of its names, in any language, whatever
// its case, width, spaces and hyphens.
func Enum(kind, typed string) (code string, ok bool) {
	code, ok = enums()[kind][enumFold(typed)]
	return code, ok
}

// Codes lists the codes of an enumeration that have names, sorted.
func Codes(kind string) []string {
	codes := slices.Sorted(maps.Values(enums()[kind]))
	return slices.Compact(codes)
}

// enums is, for each enumeration, what may be typed for which code.
var enums = sync.OnceValue(allEnums)

func allEnums() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, language := range Languages() {
		w := For(language)
		for _, key := range w.Keys() {
			kind, code, ok := strings.Cut(key, ".")
			if !ok || strings.Contains(code, ".") {
				continue
			}
			if out[kind] == nil {
				out[kind] = map[string]string{}
			}
			out[kind][enumFold(code)] = code
			for _, name := range w.also[key] {
				if folded := enumFold(name); out[kind][folded] == "" {
					out[kind][folded] = code
				}
			}
		}
	}
	return out
}

var enumGaps = strings.NewReplacer(" ", "", "_", "", "-", "", "'", "", "’", "")

func enumFold(s string) string { return enumGaps.Replace(grammar.Fold(s)) }

// Also lists everything that may be typed for an enumeration's key in this language.
func (w *Words) Also(key string) []string { return slices.Clone(w.also[key]) }
