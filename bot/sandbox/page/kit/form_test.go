package kit_test

import (
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// tags is everything the kit may write.
var tags = set("div", "span", "bdi", "strong", "em", "s", "u", "mark", "code", "pre", "blockquote", "a", "time", "br", "hr",
	"h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure",
	"figcaption", "img", "svg", "rect", "details", "summary", "button", "select", "optgroup", "option", "input", "datalist",
	"textarea", "fieldset", "legend", "label")

// attributes is every attribute it may write, but for data-.
var attributes = set("class", "dir", "href", "target", "rel", "title", "datetime", "role", "aria-label", "aria-hidden",
	"aria-describedby", "aria-invalid", "aria-required", "focusable", "tabindex", "src", "alt", "loading", "start", "scope",
	"width", "height", "fill", "id", "for", "name", "type", "value", "list", "autocomplete", "placeholder", "autofocus",
	"multiple", "selected", "checked", "label", "min", "max", "step", "inputmode", "minlength", "maxlength", "rows", "accept")

var voids = set("br", "hr", "img", "input")

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// wellFormed reads HTML as the kit writes it and as no browser could read it otherwise: every "<" begins a tag of the
// table, attributes are in quotes and of the table, elements close in order, ids are there once, links lead to where
// links may lead. It does not share a line with the writer it judges.
func wellFormed(t testing.TB, h string) {
	t.Helper()
	var open []string
	ids := map[string]bool{}
	for rest := h; rest != ""; {
		before, tag, found := strings.Cut(rest, "<")
		if strings.Contains(before, ">") {
			t.Fatalf("bare > in text %q of %q", before, h)
		}
		if !found {
			break
		}
		if name, ok := strings.CutPrefix(tag, "/"); ok {
			name, after, _ := strings.Cut(name, ">")
			if len(open) == 0 || open[len(open)-1] != name {
				t.Fatalf("</%s> closes %v in %q", name, open, h)
			}
			open = open[:len(open)-1]
			rest = after
			continue
		}
		end := strings.IndexAny(tag, " >")
		if end < 0 || !tags[tag[:end]] {
			t.Fatalf("tag %.40q in %q", tag, h)
		}
		name := tag[:end]
		rest = tag[end:]
		for rest[0] == ' ' {
			key, value, ok := strings.Cut(rest[1:], `="`)
			value, after, closed := strings.Cut(value, `"`)
			if !ok || !closed || after == "" {
				t.Fatalf("attribute %.60q in %q", rest, h)
			}
			judge(t, h, name, key, value, ids)
			rest = after
		}
		if rest[0] != '>' {
			t.Fatalf("tag %s goes on with %.20q in %q", name, rest, h)
		}
		rest = rest[1:]
		if !voids[name] {
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		t.Fatalf("%v not closed in %q", open, h)
	}
}

func judge(t testing.TB, h, tag, key, value string, ids map[string]bool) {
	t.Helper()
	if !attributes[key] && !strings.HasPrefix(key, "data-") {
		t.Fatalf("attribute %s of %s in %q", key, tag, h)
	}
	if strings.ContainsAny(value, "<>") {
		t.Fatalf("bare bracket in %s=%q in %q", key, value, h)
	}
	switch key {
	case "id":
		if ids[value] {
			t.Fatalf("id %s twice in %q", value, h)
		}
		ids[value] = true
	case "href", "src":
		lower := strings.ToLower(value)
		inPage := strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "//") && !strings.HasPrefix(value, `/\`)
		if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") && !inPage &&
			(key == "src" || !strings.HasPrefix(lower, "mailto:")) {
			t.Fatalf("%s=%q of %s in %q", key, value, tag, h)
		}
	}
}

// TestWellFormedJudges shows that the judge can say no.
func TestWellFormedJudges(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		`<script>`, `<div>`, `</div>`, `<div><span></div></span>`, `<a href="javascript:x">a</a>`, `<div onclick="x"></div>`,
		`<div style="x"></div>`, `a > b`, `<div class=x></div>`, `<a href="//evil.example">a</a>`, `<img src="data:x">`,
		`<div id="a"></div><div id="a"></div>`, `<div class="a"`, `a < b`,
	} {
		probe := &fatal{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			wellFormed(probe, bad)
		}()
		<-done
		if !probe.failed {
			t.Errorf("%q: got no complaint, want one", bad)
		}
	}
}

// fatal is a test that only notes that it failed.
type fatal struct {
	testing.TB
	failed bool
}

func (f *fatal) Helper() {}

func (f *fatal) Fatalf(string, ...any) {
	f.failed = true
	runtime.Goexit()
}
