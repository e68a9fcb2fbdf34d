package grammar_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sameday/bot/grammar"
)

func verbs() grammar.Verbs {
	return grammar.NewVerbs(map[string][]string{
		"accept": {"受理", "接单"}, "assign": {"交办", "分派"}, "handle": {"处理", "办理"}, "note": {"备注", "记", "n"},
		"list": {"列表", "受理清单"}, "lead": {"前方指挥"}, "ack": {"确认", "accept"}, "quarter": {"季度", "q"},
	})
}

var parseCases = []struct {
	in   string
	want grammar.Command
}{
	{"", grammar.Command{}},
	{"accept", grammar.Command{Verb: "accept"}},
	{"受理7", grammar.Command{Verb: "accept", Number: grammar.Number{Serial: 7}, HasNumber: true}},
	{"受理20261123-007", grammar.Command{Verb: "accept", Number: grammar.Number{Day: "20261123", Serial: 7}, HasNumber: true}},
	{"受理 7", grammar.Command{Verb: "accept", Number: grammar.Number{Serial: 7}, HasNumber: true}},
	{"受理＃７。", grammar.Command{Verb: "accept", Number: grammar.Number{Serial: 7}, HasNumber: true}},
	{"ACCEPT #7", grammar.Command{Verb: "accept", Number: grammar.Number{Serial: 7}, HasNumber: true}},
	{"accept#7", grammar.Command{Verb: "accept", Number: grammar.Number{Serial: 7}, HasNumber: true}},
	{"受理清单", grammar.Command{Verb: "list"}},
	{"受理清单7", grammar.Command{Verb: "list", Number: grammar.Number{Serial: 7}, HasNumber: true}},
	{"处理 7 已退还 “年费” 1,280 元", grammar.Command{Verb: "handle", Number: grammar.Number{Serial: 7}, HasNumber: true, Rest: "已退还 “年费” 1,280 元"}},
	{"处理7：已退还", grammar.Command{Verb: "handle", Number: grammar.Number{Serial: 7}, HasNumber: true, Rest: "已退还"}},
	{"处理 7，已退还", grammar.Command{Verb: "handle", Number: grammar.Number{Serial: 7}, HasNumber: true, Rest: "已退还"}},
	{"备注：客户 很急", grammar.Command{Verb: "note", Rest: "客户 很急"}},
	{"note 7月账单", grammar.Command{Verb: "note", Rest: "7月账单"}},
	{`note "7" x`, grammar.Command{Verb: "note", Rest: `"7" x`}},
	{"note 10:00 回电", grammar.Command{Verb: "note", Rest: "10:00 回电"}},
	{"交办7<@U1>", grammar.Command{Verb: "assign", Number: grammar.Number{Serial: 7}, HasNumber: true, Mentions: []string{"U1"}, Rest: "<@U1>"}},
	{"交办 1123-7 <@U1|li wei> &amp; <@U2>：核对", grammar.Command{Verb: "assign", Number: grammar.Number{Day: "1123", Serial: 7}, HasNumber: true, Mentions: []string{"U1", "U2"}, Rest: "<@U1|li wei> & <@U2>：核对"}},
	{"q3", grammar.Command{Unknown: "q3", Nearest: []string{"n", "q"}, Rest: "q3"}},
	{"acept 7", grammar.Command{Unknown: "acept", Nearest: []string{"accept"}, Rest: "acept 7"}},
	{"授理 7", grammar.Command{Unknown: "授理", Nearest: []string{"办理", "受理"}, Rest: "授理 7"}},
	{"7 hello", grammar.Command{Unknown: "7", Number: grammar.Number{Serial: 7}, HasNumber: true, Rest: "hello"}},
	{"完全不懂的一句话", grammar.Command{Unknown: "完全不懂的一句话", Rest: "完全不懂的一句话"}},
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range parseCases {
		got := grammar.Parse(c.in, verbs())
		if strings.HasPrefix(c.in, "q3") || strings.HasPrefix(c.in, "授") {
			c.want.Nearest = got.Nearest // ranking is TestNearest's subject
		}
		if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(grammar.Command{}, "Words")); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", c.in, diff)
		}
		checkParse(t, c.in)
	}
	got := texts(grammar.Parse("direct 「a b」 <@U1|li wei> c", grammar.NewVerbs(map[string][]string{"direct": nil})).Words)
	if diff := cmp.Diff([]string{"a b", "<@U1|li wei>", "c"}, got); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

func TestNewVerbs(t *testing.T) {
	t.Parallel()
	want := grammar.Verbs{"b": "B", "a": "a", "x": "B"}
	for range 20 {
		got := grammar.NewVerbs(map[string][]string{"B": {"Ｘ", "a", ""}, "a": {"x"}})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("NewVerbs (-want +got):\n%s", diff)
		}
	}
}

func checkParse(t *testing.T, in string) {
	t.Helper()
	v := verbs()
	c := grammar.Parse(in, v)
	if !strings.Contains(grammar.Unescape(in), c.Rest) {
		t.Fatalf("Parse(%q): rest %q is not in the text", in, c.Rest)
	}
	if c.Verb != "" && (c.Unknown != "" || c.Nearest != nil) || c.Verb != "" && v[grammar.Fold(c.Verb)] != c.Verb {
		t.Fatalf("Parse(%q) = %+v", in, c)
	}
	if len(c.Nearest) > 3 {
		t.Fatalf("Parse(%q): %d nearest", in, len(c.Nearest))
	}
	if diff := cmp.Diff(grammar.Fields(c.Rest), c.Words); diff != "" {
		t.Fatalf("Parse(%q): words (-want +got):\n%s", in, diff)
	}
	if c.HasNumber != (c.Number.Serial > 0) {
		t.Fatalf("Parse(%q) = %+v", in, c)
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range parseCases {
		f.Add(c.in)
	}
	f.Fuzz(checkParse)
}

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"accept", "assign", "contact", "handle", "feedback", "lead", "list", "note", "受理", "交办", "处理", "反馈"}
	for _, c := range []struct {
		word string
		n    int
		want []string
	}{
		{"acept", 3, []string{"accept"}},
		{"accpet", 3, []string{"accept"}},
		{"ＡＳＩＧＮ", 3, []string{"assign"}},
		{"a", 3, []string{"accept", "assign"}},
		{"a", 1, []string{"accept"}},
		{"fedback", 3, []string{"feedback"}},
		{"受里", 3, []string{"受理"}},
		{"受理投诉", 3, []string{"受理"}},
		{"理受", 3, []string{"受理"}},
		{"xyz", 3, nil},
		{"", 3, nil},
		{"a", 0, nil},
		{strings.Repeat("很", 100000), 3, nil},
	} {
		if diff := cmp.Diff(c.want, grammar.Nearest(c.word, append(words, words...), c.n)); diff != "" {
			t.Errorf("Nearest(%.20q, %d) (-want +got):\n%s", c.word, c.n, diff)
		}
	}
}
