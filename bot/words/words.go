// Package words holds every text that people read, in Chinese and in English.
//
// The texts are embedded files, one folder for each language, merged into one catalogue: a key, as "reply.done", and its
// text with {named} places. Both languages have every key with the same places; a test holds them to that. An enumeration
// (sources, grades, kinds, …) is a group of keys, "source.counter"; the first name is shown, all of them are understood
// when typed ([Enum], [Verbs]), whatever the language of the unit.
//
// Texts are Slack mrkdwn. What a person typed must go through [Escape] before it is put into one, or it could ping a channel.
// Everything here is immutable after loading and safe for concurrent use.
package words

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

// The languages there are.
const (
	Chinese = "zh-CN"
	English = "en"
)

// Languages lists the languages there are; the first is the default.
func Languages() []string { return []string{Chinese, English} }

//go:embed zh-CN/*.yaml en/*.yaml
var files embed.FS

// Words is the catalogue of one language.
type Words struct {
	language string
	texts    map[string]string
	also     map[string][]string // further names of an enumeration's key, understood when typed
}

// catalogues reads the files once, when the first text is asked for.
var catalogues = sync.OnceValue(mustLoad)

// For gives the words of a language; of an unknown one, the Chinese.
func For(language string) *Words {
	all := catalogues()
	if w, ok := all[language]; ok {
		return w
	}
	return all[Chinese]
}

// Language is the language's name, as configurations write it.
func (w *Words) Language() string { return w.language }

// Keys lists every key, sorted.
func (w *Words) Keys() []string { return slices.Sorted(maps.Keys(w.texts)) }

// Has reports whether there is a text under the key.
func (w *Words) Has(key string) bool {
	_, ok := w.texts[key]
	return ok
}

// T is the text of a key with its places filled: args are names and values in turn. Besides {name} a text may say
// {name:one|many}, which is the first word when the value is 1 and the second otherwise. Values are written as fmt.Sprint
// writes them and are not escaped. A key without a text gives the key.
func (w *Words) T(key string, args ...any) string {
	text, ok := w.texts[key]
	if !ok {
		return key
	}
	return fill(text, args)
}

func fill(text string, args []any) string {
	var b strings.Builder
	for {
		before, place, after, ok := nextPlace(text)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		text = after
		name, forms, plural := strings.Cut(place, ":")
		value, given := argument(args, name)
		switch one, many, _ := strings.Cut(forms, "|"); {
		case !given:
			b.WriteString("{" + place + "}")
		case plural && value == "1":
			b.WriteString(one)
		case plural:
			b.WriteString(many)
		default:
			b.WriteString(value)
		}
	}
}

// nextPlace finds the first {place} of a text.
func nextPlace(text string) (before, place, after string, ok bool) {
	before, rest, found := strings.Cut(text, "{")
	if !found {
		return text, "", "", false
	}
	place, after, found = strings.Cut(rest, "}")
	if !found {
		return text, "", "", false
	}
	return before, place, after, true
}

func argument(args []any, name string) (string, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return fmt.Sprint(args[i+1]), true
		}
	}
	return "", false
}

// Places lists the names of a key's places, sorted, each once.
func (w *Words) Places(key string) []string {
	var out []string
	for text := w.texts[key]; ; {
		_, place, after, ok := nextPlace(text)
		if !ok {
			slices.Sort(out)
			return slices.Compact(out)
		}
		name, _, _ := strings.Cut(place, ":")
		out = append(out, name)
		text = after
	}
}

// mustLoad reads the embedded catalogues. They are part of the program, so a broken one is a fault of the build, which
// every test finds.
func mustLoad() map[string]*Words {
	out := map[string]*Words{}
	for _, language := range Languages() {
		w, err := load(language)
		if err != nil {
			panic(err)
		}
		out[language] = w
	}
	return out
}

func load(language string) (*Words, error) {
	w := &Words{language: language, texts: map[string]string{}, also: map[string][]string{}}
	names, err := files.ReadDir(language)
	if err != nil {
		return nil, fmt.Errorf("list the words of %s: %w", language, err)
	}
	for _, f := range names {
		name := path.Join(language, f.Name())
		raw, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		var tree map[string]any
		if err := yaml.Unmarshal(raw, &tree); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if err := w.merge("", tree); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return w, nil
}

// merge adds a tree of texts: a map goes deeper, a text is a text, a list is a name and what else is understood for it.
func (w *Words) merge(prefix string, tree map[string]any) error {
	for name, v := range tree {
		key := prefix + name
		switch v := v.(type) {
		case map[string]any:
			if err := w.merge(key+".", v); err != nil {
				return err
			}
			continue
		case []any:
			for _, item := range v {
				w.also[key] = append(w.also[key], fmt.Sprint(item))
			}
		case string:
			w.also[key] = []string{v}
		default:
			return fmt.Errorf("%s is neither text nor a list of texts: quote it", key)
		}
		if _, twice := w.texts[key]; twice {
			return fmt.Errorf("%s is there twice", key)
		}
		if len(w.also[key]) == 0 {
			return fmt.Errorf("%s is empty", key)
		}
		w.texts[key] = w.also[key][0]
	}
	return nil
}
