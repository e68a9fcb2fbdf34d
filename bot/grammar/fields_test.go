package grammar_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"sameday/bot/grammar"
)

func texts(fs []grammar.Field) []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Text)
	}
	return out
}

var fieldCases = []struct {
	in   string
	want []string
}{
	{"", nil},
	{" \t\u3000 ", nil},
	{"accept 7 now", []string{"accept", "7", "now"}},
	{"受理　7\u00a0好", []string{"受理", "7", "好"}},
	{`handle 7 "paid back" x`, []string{"handle", "7", "paid back", "x"}},
	{`“静安 支行” ‘a b’`, []string{"静安 支行", "a b"}},
	{`「a b」『c d』 «e f»`, []string{"a bc d", "e f"}},
	{`他说“你好 吗”然后`, []string{"他说你好 吗然后"}},
	{`"mixed” end`, []string{"mixed", "end"}},
	{`it's the customer's`, []string{"it's", "the", "customer's"}},
	{`it’s 'it's fine' ok`, []string{"it’s", "it's fine", "ok"}},
	{`5" screen 6" pipe`, []string{`5"`, "screen", `6"`, "pipe"}},
	{`unit="静安 支行"`, []string{"unit=静安 支行"}},
	{`"open end`, []string{`"open`, "end"}},
	{`「open end`, []string{`「open`, "end"}},
	{`"" x`, []string{"", "x"}},
	{`—force –f ——all ——`, []string{"--force", "--f", "--all", "——"}},
	{`a—b --c`, []string{"a—b", "--c"}},
	{`<@W1|Li Wei> ok`, []string{"<@W1|Li Wei>", "ok"}},
	{`<@W1|Li Wei`, []string{"<@W1|Li", "Wei"}},
	{"a\xffb \xfe", []string{"a\xffb", "\xfe"}},
}

func TestFields(t *testing.T) {
	t.Parallel()
	for _, c := range fieldCases {
		if diff := cmp.Diff(c.want, texts(grammar.Fields(c.in))); diff != "" {
			t.Errorf("Fields(%q) (-want +got):\n%s", c.in, diff)
		}
		checkFields(t, c.in)
	}
	want := []grammar.Field{{Text: "a b", Quoted: true, Start: 1, End: 6}, {Text: "c", Start: 7, End: 8}}
	if diff := cmp.Diff(want, grammar.Fields(` "a b" c`)); diff != "" {
		t.Errorf("offsets (-want +got):\n%s", diff)
	}
}

func checkFields(t *testing.T, in string) {
	t.Helper()
	at := 0
	for _, f := range grammar.Fields(in) {
		if f.Start < at || f.End <= f.Start || f.End > len(in) {
			t.Fatalf("Fields(%q): field %+v after offset %d", in, f, at)
		}
		if strings.TrimSpace(in[at:f.Start]) != "" {
			t.Fatalf("Fields(%q): %q before %+v is not white space", in, in[at:f.Start], f)
		}
		if !f.Quoted && !strings.HasPrefix(f.Text, "<") && strings.IndexFunc(f.Text, unicode.IsSpace) >= 0 && !strings.Contains(f.Text, "<") {
			t.Fatalf("Fields(%q): %+v holds white space", in, f)
		}
		at = f.End
	}
	if strings.TrimSpace(in[at:]) != "" {
		t.Fatalf("Fields(%q): %q is lost", in, in[at:])
	}
}

func FuzzFields(f *testing.F) {
	for _, c := range fieldCases {
		f.Add(c.in)
	}
	f.Fuzz(checkFields)
}

// Quotes that are opened again and again must not be searched for again and
// again: this takes minutes where they are.
func TestFieldsStaysLinear(t *testing.T) {
	t.Parallel()
	const n = 50000
	for in, want := range map[string]int{"‘x 「y «z <@ ": 4 * n, "“x ": n / 2} {
		if got := len(grammar.Fields(strings.Repeat(in, n))); got != want {
			t.Errorf("Fields(%d times %q) = %d words, want %d", n, in, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "ACCEPT": "accept", "ＡＣＣＥＰＴ，": "accept", "受理：": "受理", "（７）": "(7)", "①": "①", "…": "…",
		"<@U1|Li>": "<@U1|Li>", " <@U1>， ": "<@U1>", "！？": "", "a.b": "a.b", "ｶ": "カ", "。7、": "7", "7 。": "7",
	} {
		if got := grammar.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"":                                  nil,
		"交办 <@U2> <@W1|li wei>，<@U2>":       {"U2", "W1"},
		"<@u1> <@U> <@B1> <@U1 &lt;@U3&gt;": nil,
		"<@<@U1>":                           {"U1"},
	} {
		if diff := cmp.Diff(want, grammar.Mentions(in)); diff != "" {
			t.Errorf("Mentions(%q) (-want +got):\n%s", in, diff)
		}
	}
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a &amp; b &lt;c&gt;":               "a & b <c>",
		"&amp;lt;":                          "&lt;",
		"<http://x.cn|标签>":                  "标签",
		"<https://x.cn?a=1&amp;b=2>":        "https://x.cn?a=1&b=2",
		"<mailto:a@b.cn|a@b.cn>":            "a@b.cn",
		"<#C1|投诉> <#C2|> <#C3>":             "#投诉 #C2 #C3",
		"<@U1> <@W1|li>":                    "<@U1> <@W1|li>",
		"<!channel> <!here|here>":           "@channel @here",
		"<!subteam^S1|@duty> <!subteam^S2>": "@duty @S2",
		"<!date^1^{date}|今天>":               "今天",
		"a < b <c> <":                       "a < b <c> <",
		"1 <2 <http://x>":                   "1 <2 http://x",
	} {
		if got := grammar.Unescape(in); got != want {
			t.Errorf("Unescape(%q) = %q, want %q", in, got, want)
		}
	}
}
