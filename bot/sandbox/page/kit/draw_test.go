package kit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sameday/bot/sandbox/page/kit"
)

func input(kind, block, action string, more map[string]any) map[string]any {
	e := map[string]any{"type": kind, "action_id": action}
	for k, v := range more {
		e[k] = v
	}
	return map[string]any{
		"type": "input", "block_id": block, "label": map[string]any{"type": "plain_text", "text": "L"}, "element": e,
	}
}

func TestModalShowsState(t *testing.T) {
	t.Parallel()
	filled := `{"type":"plain_text_input","value":"typed"}`
	for name, tt := range map[string]struct{ block, state, want string }{
		"initial":                {"b", ``, `value="initial"`},
		"values":                 {"b", `{"b":{"a":` + filled + `}}`, `value="typed"`},
		"view.state":             {"b", `{"values":{"b":{"a":` + filled + `}}}`, `value="typed"`},
		"emptied":                {"b", `{"b":{"a":{"type":"plain_text_input","value":null}}}`, `type="text" autocomplete="off"`},
		"block called values":    {"values", `{"values":{"a":` + filled + `}}`, `value="typed"`},
		"values of such a block": {"values", `{"values":{"values":{"a":` + filled + `}}}`, `value="typed"`},
		"broken":                 {"b", `{"b":`, `value="initial"`},
	} {
		b := blocks(t, input("plain_text_input", tt.block, "a", map[string]any{"initial_value": "initial"}))
		got := string(kit.Modal(context(t, "en"), b, json.RawMessage(tt.state), nil, kit.Target{View: "V"}))
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %s, want %s in it", name, got, tt.want)
		}
	}
}

func TestErrorsBelongToInputs(t *testing.T) {
	t.Parallel()
	b := input("plain_text_input", "b", "a", nil)
	b["hint"] = map[string]any{"type": "plain_text", "text": "H"}
	got := string(kit.Modal(context(t, "zh-CN"), blocks(t, b), nil, map[string]string{"b": "E"}, kit.Target{View: "V"}))
	id := func(class string) string {
		_, rest, _ := strings.Cut(got, `class="`+class+`" id="`)
		id, _, _ := strings.Cut(rest, `"`)
		return id
	}
	if want := `aria-describedby="` + id("k-error") + " " + id("k-hint") + `" aria-invalid="true" aria-required="true"`; id("k-error") == "" ||
		!strings.Contains(got, want) {
		t.Errorf("got %s, want %s in it", got, want)
	}
}

func TestOptionalByLanguage(t *testing.T) {
	t.Parallel()
	b := input("plain_text_input", "b", "a", nil)
	b["optional"] = true
	for language, want := range map[string]string{
		"zh-CN": "（选填）", "zh": "（选填）", "en": " (optional)", "": " (optional)", "fr": " (optional)",
	} {
		got := string(kit.Modal(context(t, language), blocks(t, b), nil, nil, kit.Target{}))
		if !strings.Contains(got, `<span class="k-optional">`+want+`</span>`) || strings.Contains(got, "aria-required") {
			t.Errorf("%s: got %s, want %s and no aria-required", language, got, want)
		}
	}
}

// TestIDsDiffer draws the same message twice on one page.
func TestIDsDiffer(t *testing.T) {
	t.Parallel()
	b := blocks(t, input("plain_text_input", "b", "a", nil))
	c := context(t, "en")
	thread := target
	thread.Pane = "thread"
	wellFormed(t, string(kit.Message(c, "", b, nil, target)+kit.Message(c, "", b, nil, thread)))
	if one, two := kit.Message(c, "", b, nil, target), kit.Message(c, "", b, nil, target); one != two {
		t.Errorf("the same drawing: got %s and %s, want the same", one, two)
	}
}

// TestPageAddresses says that what the page gives is not trusted blindly either, because it may pass on what it got.
func TestPageAddresses(t *testing.T) {
	t.Parallel()
	image := blocks(t, map[string]any{"type": "image", "image_url": "https://a.example/x.png", "alt_text": "alt"})
	for address, want := range map[string]bool{
		"/files/x.png": true, "https://a.example/x.png": true, "?file=1": true,
		"": false, "javascript:alert(1)": false, "data:image/png;base64,x": false, "//evil.example/x": false,
		`/\evil.example`: false, `\\evil.example`: false, "mailto:a@b.example": false,
	} {
		c := kit.Context{
			Image:     func(string) string { return address },
			Permalink: func(string) (string, bool) { return address, true },
		}
		if got := strings.Contains(string(kit.Message(c, "", image, nil, target)), "<img"); got != want {
			t.Errorf("image from %q: got %v, want %v", address, got, want)
		}
		if strings.HasPrefix(address, "mailto:") {
			continue
		}
		got := strings.Contains(string(kit.Mrkdwn(c, "<https://bank.slack.com/x>")), `href="`+address+`"`)
		if got != (want && address != "") {
			t.Errorf("link to %q: got %v, want %v", address, got, want)
		}
	}
}

// TestZeroContext draws everything with nothing known.
func TestZeroContext(t *testing.T) {
	t.Parallel()
	for name, s := range samples(t) {
		h := string(kit.Message(kit.Context{}, s.Text, s.Blocks, s.Attachments, kit.Target{}))
		wellFormed(t, h)
		if strings.Contains(h, "<img") {
			t.Errorf("%s: got an image without anybody who allows it: %s", name, h)
		}
	}
}

// TestOddBlocks draws what is no array of blocks as the text.
func TestOddBlocks(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{``, `null`, `[]`, `{}`, `"x"`, `[`, `7`} {
		got := string(kit.Message(context(t, "en"), "*text*", json.RawMessage(odd), json.RawMessage(odd), kit.Target{}))
		if want := `<div class="k-text" dir="auto"><strong>text</strong></div></div>`; !strings.HasSuffix(got, want) {
			t.Errorf("blocks %s: got %s, want %s at the end", odd, got, want)
		}
	}
}

// TestStyles says that the stylesheet brings nothing in from elsewhere and knows the classes that are drawn.
func TestStyles(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"url(", "@import", "</style"} {
		if strings.Contains(kit.CSS, bad) {
			t.Errorf("the stylesheet has %q", bad)
		}
	}
	drawn := map[string]bool{}
	for _, s := range samples(t) {
		for _, part := range strings.Split(string(s.draw(t)), `class="`)[1:] {
			names, _, _ := strings.Cut(part, `"`)
			for _, n := range strings.Fields(names) {
				drawn[n] = true
			}
		}
	}
	plain := set("k-message", "k-view", "overflow", "k-title", "k-person", "k-channel", "k-group", "k-indent-0")
	for n := range drawn {
		if !plain[n] && !strings.Contains(kit.CSS, "."+n) {
			t.Errorf("class %s: got no rule, want one", n)
		}
	}
}

func BenchmarkMessage(b *testing.B) {
	s, c := samples(b)["section"], context(b, "zh-CN")
	for b.Loop() {
		kit.Message(c, s.Text, s.Blocks, s.Attachments, target)
	}
}
