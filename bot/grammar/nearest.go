package grammar

import (
	"cmp"
	"slices"
	"strings"
)

// longestWord is the most runes compared letter by letter; longer words are
// sentences, of which only the beginning can be a verb.
const longestWord = 32

// Nearest gives up to n of the candidates that somebody who typed word may have
// meant, best first: those one or a few typing errors away (a wrong, missing,
// extra or swapped letter; the longer the words, the more), and those that
// begin with word or that word begins with. Word and candidates are compared
// folded; the candidates come back as given, each once.
func Nearest(word string, candidates []string, n int) []string {
	type scored struct {
		text  string
		score int
	}
	folded := Fold(word)
	if folded == "" || n <= 0 {
		return nil
	}
	w := []rune(folded)
	var found []scored
	for _, cand := range candidates {
		c := Fold(cand)
		if score, ok := closeness(w, []rune(c), folded, c); ok {
			found = append(found, scored{cand, score})
		}
	}
	slices.SortFunc(found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.text, b.text))
	})
	found = slices.Compact(found)
	var out []string
	for _, f := range found[:min(n, len(found))] {
		out = append(out, f.text)
	}
	return out
}

// closeness is smaller the closer two words are; false if they are not close.
// A shared beginning ranks between one and two typing errors.
func closeness(word, cand []rune, w, c string) (int, bool) {
	const prefixed = 3
	if len(cand) == 0 {
		return 0, false
	}
	best, ok := 0, false
	if strings.HasPrefix(c, w) || len(cand) > 1 && strings.HasPrefix(w, c) {
		best, ok = prefixed, true
	}
	if len(word) > longestWord || len(cand) > longestWord {
		return best, ok
	}
	if d := distance(word, cand); d <= tolerance(max(len(word), len(cand))) && (!ok || 2*d < best) {
		best, ok = 2*d, true
	}
	return best, ok
}

// tolerance is how many typing errors a word of so many runes may have.
func tolerance(runes int) int {
	switch {
	case runes < 2:
		return 0
	case runes < 5:
		return 1
	case runes < 9:
		return 2
	}
	return 3
}

// distance is Damerau and Levenshtein's in its restricted form: letters
// inserted, deleted, replaced, and neighbours swapped.
func distance(a, b []rune) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
