package kit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sameday/bot/sandbox/page/kit"
)

func blocks(t testing.TB, all ...any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

var hostile = []string{
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "<javascript:alert(1)|x>", "*_~`<@U0EVIL|*>`~_*",
	"<!date^1^{date}^javascript:x|<b>>", "``` <https://a.example|```>", "&gt;&gt;&gt; <", "\u202e*x*", "***a**b*", "</textarea><script>",
	"[a](data:x) ![b](//evil.example) <https://a.example/\">", "| a |\n|--|\n| <b> |", "- - - - - - - - x", "> > > > > > > > > x",
	":+1::skin-tone-9:", "\x00\xff", "' onmouseover='x", "`` ` ``` `", "<<<>>>",
}

func FuzzMrkdwn(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := context(t, "zh-CN")
		wellFormed(t, string(kit.Mrkdwn(c, s)))
		wellFormed(t, string(kit.Message(c, "", blocks(t, map[string]any{"type": "markdown", "text": s}), nil, target)))
	})
}

func FuzzMessage(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.Text, []byte(s.Blocks), []byte(s.Attachments))
	}
	for _, s := range hostile {
		f.Add(s, []byte(s), []byte(s))
	}
	f.Fuzz(func(t *testing.T, text string, blocks, attachments []byte) {
		c := context(t, "en")
		wellFormed(t, string(kit.Message(c, text, blocks, attachments, target)))
		wellFormed(t, string(kit.Modal(c, blocks, attachments, map[string]string{"b1": text}, kit.Target{View: text})))
	})
}

// TestHostileEverywhere puts a hostile text in the place of every string of every sample, ids and addresses included.
func TestHostileEverywhere(t *testing.T) {
	t.Parallel()
	for name, s := range samples(t) {
		for _, evil := range hostile {
			s := s
			s.Blocks, s.Attachments, s.State = replaced(t, s.Blocks, evil), replaced(t, s.Attachments, evil), replaced(t, s.State, evil)
			s.Errors = map[string]string{"b1": evil, evil: evil}
			h := string(s.draw(t))
			wellFormed(t, h)
			if len(h) < 80 {
				t.Errorf("%s with %q: got %q, want more than the root", name, evil, h)
			}
		}
	}
}

// replaced puts evil in the place of every string but the types.
func replaced(t *testing.T, raw json.RawMessage, evil string) json.RawMessage {
	if len(raw) == 0 {
		return raw
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	var walk func(key string, v any) any
	walk = func(key string, v any) any {
		switch x := v.(type) {
		case string:
			if key != "type" {
				return evil
			}
		case []any:
			for i := range x {
				x[i] = walk(key, x[i])
			}
		case map[string]any:
			for k := range x {
				x[k] = walk(k, x[k])
			}
		}
		return v
	}
	out, err := json.Marshal(walk("", v))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestMrkdwnKeepsText says that a text without any mark comes out as it went in.
func TestMrkdwnKeepsText(t *testing.T) {
	t.Parallel()
	c := context(t, "en")
	unhtml := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&amp;", "&")
	slack := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune(`ab 中张，<>&"'/\|^!@#{}123`))).Draw(r, "text")
		if strings.HasPrefix(text, ">") {
			text = "x" + text // the mark of a quote
		}
		if got := unhtml.Replace(string(kit.Mrkdwn(c, slack.Replace(text)))); got != text {
			r.Fatalf("got %q, want %q", got, text)
		}
	})
}

// TestLongRows shows that texts made to be slow are not: each is as long as a message may be.
func TestLongRows(t *testing.T) {
	t.Parallel()
	c := context(t, "en")
	for _, unit := range []string{
		"*a ", "_a ", "*_~", "`", "<", "<a ", "[", "[a](", "![", ":a", "> ", "- ", "*a _b ~c ", "**a ", "~~~", "http://a ", "|", "`a``b", "&gt;",
		"<a|`", "1. ", "\n> ", "\n- ", "\n|-|", "***", "a*b ", "*a* ", "\\",
	} {
		text := strings.Repeat(unit, 40_000/len(unit))
		wellFormed(t, string(kit.Mrkdwn(c, text)))
		wellFormed(t, string(kit.Message(c, "", blocks(t, map[string]any{"type": "markdown", "text": text}), nil, target)))
	}
	deep := strings.Repeat(`{"x":[`, 4000) + strings.Repeat(`]}`, 4000)
	h := string(kit.Message(c, "", json.RawMessage("["+deep+"]"), nil, target))
	wellFormed(t, h)
	if len(h) > 500_000 {
		t.Errorf("%d bytes of deep JSON: got %d bytes of HTML, want fewer than 500,000", len(deep), len(h))
	}
}
