package privacy_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sameday/workflow/privacy"
)

// withCheck completes 17 digits to an ID, by the definition of ISO 7064.
func withCheck(body string) string {
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(body[i]-'0') * w
	}
	return body + string("10X98765432"[sum%11])
}

// withLuhn appends the digit that makes the number pass Luhn.
func withLuhn(body string) string {
	for d := range 10 {
		n, sum := fmt.Sprintf("%s%d", body, d), 0
		for i := range len(n) {
			v := int(n[len(n)-1-i] - '0')
			if i%2 == 1 {
				v = v*2/10 + v*2%10
			}
			sum += v
		}
		if sum%10 == 0 {
			return n
		}
	}
	panic("unreachable: some digit completes the sum")
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || r == 'X' || r == '-' {
			return r - '!' + '！'
		}
		return r
	}, s)
}

func TestMask(t *testing.T) {
	t.Parallel()
	id, idX := withCheck("31010119900307123"), ""
	for n := 100; idX == ""; n++ {
		if s := withCheck("31010119900307" + fmt.Sprint(n)); s[17] == 'X' {
			idX = s
		}
	}
	card16, card19 := withLuhn("622202123456789"), withLuhn("622202023456789013")
	spaced := card16[:4] + " " + card16[4:8] + " " + card16[8:12] + " " + card16[12:]
	idEnd, cardEnd := id[14:], card16[12:]
	tests := []struct {
		name, in, want string
		found          privacy.Findings
	}{
		{"empty", "", "", privacy.Findings{}},
		{"mobile", "请打13812341234谢谢", "请打138****1234谢谢", privacy.Findings{Mobiles: 1}},
		{"mobile +86", "+8613812341234", "+86138****1234", privacy.Findings{Mobiles: 1}},
		{"mobile +86 spaced", "+86 138-1234-1234", "+86 138****1234", privacy.Findings{Mobiles: 1}},
		{"mobile 0086", "008613812341234", "0086138****1234", privacy.Findings{Mobiles: 1}},
		{"mobile 86", "86 13812341234", "86 138****1234", privacy.Findings{Mobiles: 1}},
		{"mobile glued code, then groups", "+86138 1234 1234", "+86138****1234", privacy.Findings{Mobiles: 1}},
		{"mobile trunk zero", "013812341234", "0138****1234", privacy.Findings{Mobiles: 1}},
		{"mobile 7-4", "1381234 1234", "138****1234", privacy.Findings{Mobiles: 1}},
		{"mobile full width", "１３８－１２３４－１２３４", "138****1234", privacy.Findings{Mobiles: 1}},
		{"mobile ideographic space", "138　1234　1234", "138****1234", privacy.Findings{Mobiles: 1}},
		{"mobile with copied marks", "\u202d138\u200b1234 1234\u202c", "\u202d138****1234\u202c", privacy.Findings{Mobiles: 1}},
		{"mobile in bold", "*13812341234*", "*138****1234*", privacy.Findings{Mobiles: 1}},
		{"mobile behind four stars", "****13812341234", "****138****1234", privacy.Findings{Mobiles: 1}},
		{"mobile glued to letters", "tel13812341234", "tel138****1234", privacy.Findings{Mobiles: 1}},
		{"two mobiles", "13812341234,13912345678", "138****1234,139****5678", privacy.Findings{Mobiles: 2}},
		{"mobile split by NUL", "138\x0012341234", "138****1234", privacy.Findings{Mobiles: 1}},
		{"mobile beside complaint", "20261123-007 13812341234", "20261123-007 138****1234", privacy.Findings{Mobiles: 1}},
		{"id", "证件" + id + "号", "证件310101********" + idEnd + "号", privacy.Findings{IDs: 1}},
		{"id X", idX + "，", "310101********" + idX[14:] + "，", privacy.Findings{IDs: 1}},
		{"id lower x", strings.ToLower(idX), "310101********" + idX[14:], privacy.Findings{IDs: 1}},
		{"id full width", fullWidth(idX), "310101********" + idX[14:], privacy.Findings{IDs: 1}},
		{"id grouped", id[:6] + " " + id[6:14] + "-" + id[14:], "310101********" + idEnd, privacy.Findings{IDs: 1}},
		{"id grouped in fours", id[:4] + " " + id[4:8] + " " + id[8:12] + " " + id[12:16] + " " + id[16:], "310101********" + idEnd, privacy.Findings{IDs: 1}},
		{"card", "卡" + card16, "卡**** **** **** " + cardEnd, privacy.Findings{Cards: 1}},
		{"card 19", card19, "**** **** **** " + card19[15:], privacy.Findings{Cards: 1}},
		{"card spaced", spaced + "，", "**** **** **** " + cardEnd + "，", privacy.Findings{Cards: 1}},
		{"card hyphens", strings.ReplaceAll(spaced, " ", "-"), "**** **** **** " + cardEnd, privacy.Findings{Cards: 1}},
		{"card 6-13", card19[:6] + " " + card19[6:], "**** **** **** " + card19[15:], privacy.Findings{Cards: 1}},
		{"amex", "3782 822463 10005", "**** **** **** 0005", privacy.Findings{Cards: 1}},
		{"e-mail", "写信 wang.li@example.com。", "写信 w***@example.com。", privacy.Findings{Emails: 1}},
		{"e-mail one letter", "a@b.cn", "a***@b.cn", privacy.Findings{Emails: 1}},
		{"e-mail of a mobile", "13812341234@139.com", "1***@139.com", privacy.Findings{Emails: 1}},
		{"e-mail full width", "ｗａｎｇ＠ｅｘ．ｃｏｍ", "ｗ***＠ｅｘ．ｃｏｍ", privacy.Findings{Emails: 1}},
		{"e-mail chain", "a@b.com@c.com", "a***@b***@c.com", privacy.Findings{Emails: 2}},
		{"e-mail then mobile", "a@b.com-13812341234", "a***@b.com-138****1234", privacy.Findings{Emails: 1, Mobiles: 1}},
		{"invalid UTF-8", "a\xffb", "a\uFFFDb", privacy.Findings{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, found := privacy.Mask(tt.in)
			if got != tt.want || found != tt.found {
				t.Errorf("Mask(%q) = %q, %+v\nwant %q, %+v", tt.in, got, found, tt.want, tt.found)
			}
			if again, more := privacy.Mask(got); again != got || more.Total() != 0 {
				t.Errorf("Mask(%q) again = %q, %+v; want no change", got, again, more)
			}
		})
	}
}

func TestFindingsTotal(t *testing.T) {
	t.Parallel()
	if got := (privacy.Findings{IDs: 1, Cards: 2, Mobiles: 4, Emails: 8}).Total(); got != 15 {
		t.Errorf("Total() = %d, want 15", got)
	}
}

var lookAlikes = []string{
	"20261123-007", "２０２６１１２３－００７", "20261123-99999", "1123-7", "#7", "HO-88213", "¥1,280.00", "¥13,800,138,000.00",
	"2026-11-22 10:00", "2026-11-22 10:00:00 2026-11-23 11:00", "20261122 100000", "2026/11/22", "10:00-12:00",
	"12345", "95588", "010-62345678", "021-6234-5678", "400-820-8888", "12812341234", "10812341234",
	"1381234123", "138123412345", "13812341234567890123456", "20261123100000123456", "20261123103000123",
	"0000000000000000", "150 20261122-031", "2021 2022 2023 2024 2025", "20261101-20261130",
	"https://x.slack.com/archives/C1/p1763862000123456", "1763862000.123456", "user@host", "@Sameday", "a@b.c", "1@2",
	"310101199013071234", "310101199003071235", "37 件：当日办结 34 (92 %)", "<@U138123412>", "v1.2.3", "0.13.5",
}

func TestLookAlikesSurvive(t *testing.T) {
	t.Parallel()
	for _, s := range lookAlikes {
		for _, in := range []string{s, "号" + s + "，", "见 " + s + " 。", s + "\n" + s, "退费 150，" + s + "、37 件"} {
			if got, found := privacy.Mask(in); got != in || found.Total() != 0 {
				t.Errorf("Mask(%q) = %q, %+v; want no change", in, got, found)
			}
		}
	}
}

func digitsOf(n int) *rapid.Generator[string] {
	return rapid.StringMatching(fmt.Sprintf("[0-9]{%d}", n))
}

// planted draws a number, its kind and the sizes of its groups.
func planted(t *rapid.T) (number string, sizes []int) {
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		number = withCheck(digitsOf(6).Draw(t, "region") + fmt.Sprintf("%04d%02d%02d",
			rapid.IntRange(1920, 2026).Draw(t, "y"), rapid.IntRange(1, 12).Draw(t, "m"), rapid.IntRange(1, 28).Draw(t, "d")) +
			digitsOf(3).Draw(t, "seq"))
		sizes = rapid.SampledFrom([][]int{{18}, {6, 8, 4}, {4, 4, 4, 4, 2}, {3, 3, 4, 4, 4}, {17, 1}}).Draw(t, "sizes")
		if sizes[len(sizes)-1] == 1 && number[17] == 'X' {
			sizes = []int{18}
		}
		return number, sizes
	case 1:
		sizes = rapid.SampledFrom([][]int{{16}, {19}, {4, 4, 4, 4}, {4, 4, 4, 4, 3}, {6, 13}, {6, 10}}).Draw(t, "sizes")
		total := 0
		for _, n := range sizes {
			total += n
		}
		return withLuhn("62" + digitsOf(total-3).Draw(t, "body")), sizes
	default:
		number = "1" + rapid.StringMatching("[3-9][0-9]{9}").Draw(t, "mobile")
		return number, rapid.SampledFrom([][]int{{11}, {3, 4, 4}, {3, 8}, {7, 4}, {4, 4, 3}, {3, 3, 5}, {4, 3, 4}}).Draw(t, "sizes")
	}
}

func TestPlantedNumbersAreFound(t *testing.T) {
	t.Parallel()
	around := rapid.SampledFrom([]string{"", "客户电话", "：", "（", "tel:", "请。", "\n", "2026-11-22 10:00，", "¥1,280.00，", "*", "****", "20261123-007、", "+"})
	rapid.Check(t, func(t *rapid.T) {
		number, sizes := planted(t)
		sep := rapid.SampledFrom([]string{" ", "-", "　", "－", "–", " - ", "\u00a0", "\u200b "}).Draw(t, "sep")
		var parts []string
		rest := number
		for _, n := range sizes {
			parts, rest = append(parts, rest[:n]), rest[n:]
		}
		in := strings.Join(parts, sep)
		if rapid.Bool().Draw(t, "full width") {
			in = fullWidth(in)
		}
		before, after := around.Draw(t, "before"), rapid.SampledFrom([]string{"", "，见 20261123-007", "谢谢", "*", "****", "。", "\n", "）"}).Draw(t, "after")
		got, found := privacy.Mask(before + in + after)
		if found.Total() != 1 {
			t.Fatalf("Mask(%q) = %q, %+v; want one finding", before+in+after, got, found)
		}
		if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) {
			t.Fatalf("Mask(%q) = %q; want the text around it kept", before+in+after, got)
		}
		mid := got[len(before) : len(got)-len(after)]
		shown := strings.Count(mid, "") - 1 - strings.Count(mid, "*") - strings.Count(mid, " ")
		if !strings.HasSuffix(mid, number[len(number)-4:]) || shown > 10 {
			t.Fatalf("Mask(%q) shows %q", in, mid)
		}
		if again, more := privacy.Mask(got); again != got || more.Total() != 0 {
			t.Fatalf("Mask(%q) again = %q, %+v", got, again, more)
		}
	})
}

// anyText joins the pieces that make maskers stumble.
func anyText() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.StringMatching("[0-9]{1,20}"), rapid.StringMatching("1[3-9][0-9]{1,9}"), rapid.String(),
		rapid.Custom(func(t *rapid.T) string { n, _ := planted(t); return n }),
		rapid.SampledFrom([]string{" ", "-", "****", "**** **** **** ", "@", ".", "b.com", "X", "86", "\u200b", "１", "20261123-007", "/p", "\x00", "\xff", "*"}))
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
	})
}

func TestMaskIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { checkMask(t, anyText().Draw(t, "text")) })
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func checkMask(t failer, in string) {
	t.Helper()
	once, found := privacy.Mask(in)
	twice, more := privacy.Mask(once)
	if diff := cmp.Diff(once, twice); diff != "" || more.Total() != 0 {
		t.Fatalf("Mask(%q) = %q; again %q, %+v", in, once, twice, more)
	}
	if !utf8.ValidString(once) || strings.Contains(once, "\x00") {
		t.Fatalf("Mask(%q) = %q: not valid text", in, once)
	}
	if found.Total() == 0 && utf8.ValidString(in) && !strings.Contains(in, "\x00") && once != in {
		t.Fatalf("Mask(%q) = %q without a finding", in, once)
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range lookAlikes {
		f.Add(s)
	}
	f.Add("6222000000001234 5678 9012 3456 7890 13900001380 0138000")
	f.Add("1234 **** **** **** 1380 0138000 a@b.com@c.com")
	f.Fuzz(func(t *testing.T, in string) { checkMask(t, in) })
}

func BenchmarkMask(b *testing.B) {
	text := strings.Repeat("客户来电 13812341234 要求退还年费 ¥1,280.00，见 20261123-007。", 20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		privacy.Mask(text)
	}
}
