package privacy_test

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sameday/workflow/privacy"
)

type showCase struct{ in, want string }

func checkShow(t *testing.T, name string, show func(string) string, cases []showCase) {
	t.Helper()
	for _, c := range cases {
		if got := show(c.in); got != c.want {
			t.Errorf("%s(%q) = %q, want %q", name, c.in, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(rapid.String(), anyText()).Draw(t, "in")
		once := show(in)
		if twice := show(once); twice != once {
			t.Fatalf("%s(%q) = %q, and of that %q", name, in, once, twice)
		}
		if !utf8.ValidString(once) {
			t.Fatalf("%s(%q) = %q: not valid UTF-8", name, in, once)
		}
	})
}

func TestName(t *testing.T) {
	t.Parallel()
	checkShow(t, "Name", privacy.Name, []showCase{
		{"", ""},
		{" \u202e ", ""},
		{"张三", "张*"},
		{"张", "张*"},
		{"张小三", "张**"},
		{"欧阳修", "欧阳*"},
		{"欧阳娜娜", "欧阳**"},
		{"欧阳", "欧*"},
		{"买买提·吐尔逊", "买**"},
		{" 李 雷 ", "李*"},
		{"John Smith", "J*** S***"},
		{"José  María", "J*** M***"},
		{"(Ann)", "A***"},
		{"!", "***"},
	})
}

func TestPhone(t *testing.T) {
	t.Parallel()
	checkShow(t, "Phone", privacy.Phone, []showCase{
		{"", ""},
		{"13812341234", "138****1234"},
		{"+86 138-1234-1234", "138****1234"},
		{"008613812341234", "138****1234"},
		{"013812341234", "138****1234"},
		{"１３８１２３４１２３４", "138****1234"},
		{"021-62345678", "021-******78"},
		{"(0512) 6234567", "0512-*****67"},
		{"62345678", "******78"},
		{"021-62345678-123", "************23"},
		{"+1 415 555 1234", "*********34"},
		{"1234", "***"},
		{"无", "***"},
	})
}

func TestIDNumber(t *testing.T) {
	t.Parallel()
	checkShow(t, "IDNumber", privacy.IDNumber, []showCase{
		{"", ""},
		{"310101199003071234", "310101********1234"},
		{"310101 19900307 123x", "310101********123X"},
		{"310101900307123", "310101*****7123"},
		{"E12345678", "E******78"},
		{"港澳 H1234567", "H*****67"},
		{"123", "***"},
		{"无", "***"},
	})
}

func TestClean(t *testing.T) {
	t.Parallel()
	checkShow(t, "Clean", privacy.Clean, []showCase{
		{"", ""},
		{" a\r\nb\rc\u2028d ", "a\nb\nc\nd"},
		{"a\x00b\x07c\x7f\u009fd\te", "abcd\te"},
		{"a\u202eb\u2066c\u200f", "abc"},
		{"a\xffb", "a\uFFFDb"},
		{"\u202e \n好 ", "好"},
		{"👨‍👩‍👧 ok", "👨‍👩‍👧 ok"},
	})
}

func TestSubstance(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{
		"": 0, "请您理解": 4, "已退还年费 1,280 元。": 10, "!!! ，。": 0, "😀👍🏻🇨🇳": 0, "1️⃣2⃣": 0, "café": 4, "e\u0301": 1, "ㅤㅤ": 0, "a\xffb": 2,
	} {
		if got := privacy.Substance(in); got != want {
			t.Errorf("Substance(%q) = %d, want %d", in, got, want)
		}
	}
}
