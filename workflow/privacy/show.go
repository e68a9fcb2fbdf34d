package privacy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// compoundSurnames are the surnames of two characters that are still in use,
// each between two spaces.
const compoundSurnames = " 欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容" +
	" 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭" +
	" 南门 羊舌 微生 梁丘 左丘 西门 第五 南荣 东里 仲长 即墨 达奚 褚师 歐陽 東方 獨孤 南宮 聞人 諸葛 尉遲 赫連 濮陽 公孫 鍾離 長孫 鮮于 軒轅 "

// Name shows a person's name without giving it away. A name that begins with a
// Han character keeps its surname, and one star stands for each character
// hidden, two at most (张三 is 张*, 欧阳娜娜 is 欧阳**); of any other name the
// first letter of each word stays (John Smith is J*** S***). White space only
// is "". Showing a shown name changes nothing.
func Name(name string) string {
	words := strings.Fields(Clean(name))
	if first, _ := utf8.DecodeRuneInString(firstSign(strings.Join(words, ""))); unicode.Is(unicode.Han, first) {
		return hanName(words)
	}
	for i, w := range words {
		words[i] = firstSign(w) + "***"
	}
	return strings.Join(words, " ")
}

// hanName shows a name whose first letter is a Han character.
func hanName(words []string) string {
	joined := strings.TrimLeft(strings.Map(func(r rune) rune {
		if r == '*' || isSign(r) {
			return r
		}
		return -1
	}, strings.Join(words, "")), "*")
	runes := []rune(joined)
	keep := 1
	if len(runes) > 2 && strings.Contains(compoundSurnames, " "+string(runes[:2])+" ") {
		keep = 2
	}
	return string(runes[:keep]) + strings.Repeat("*", min(max(len(runes)-keep, 1), 2))
}

func isSign(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// firstSign is the first letter or digit of a word, or "".
func firstSign(word string) string {
	for _, r := range word {
		if isSign(r) {
			return string(r)
		}
	}
	return ""
}

// Phone shows a telephone number without giving it away: a mainland mobile
// number as 138****1234 without its country code, a landline with area code as
// 021-******78, and anything else as stars with its last two digits (all stars
// if it has fewer than five). Text without any digit is "***", white space
// only is "". Showing a shown number changes nothing.
func Phone(p string) string {
	p = Clean(p)
	if p == "" {
		return ""
	}
	s := signs(p, func(r rune) bool { return '0' <= r && r <= '9' })
	// +1 415 555 1234 has as many digits as a mainland number.
	abroad := strings.IndexAny(p, "+＋") == 0 && !strings.HasPrefix(s, "86")
	for _, prefix := range []string{"0086", "86", "0"} {
		if n, ok := strings.CutPrefix(s, prefix); ok && isMobile(n) {
			s = n
		}
	}
	area := 0
	switch {
	case isMobile(s) && !abroad:
		return s[:3] + "****" + s[7:]
	case strings.HasPrefix(s, "01"), strings.HasPrefix(s, "02"):
		area = 3
	case strings.HasPrefix(s, "0"):
		area = 4
	}
	if rest := len(s) - area; area > 0 && (rest == 7 || rest == 8) {
		return s[:area] + "-" + stars(s[area:], 0, 2)
	}
	if len(s) < 5 {
		return "***"
	}
	return stars(s, 0, 2)
}

// isMobile also accepts a number of which the middle is masked already.
func isMobile(s string) bool {
	return len(s) == 11 && s[0] == '1' && '3' <= s[1] && s[1] <= '9'
}

// IDNumber shows an identity document's number without giving it away: 18 or
// 15 characters of a resident identity number, valid or not, keep the first six
// and the last four; any other number of eight or more signs keeps the first
// and the last two; a shorter one is all stars, and empty stays "". Spaces and
// hyphens are dropped, letters become upper case. Showing a shown number
// changes nothing.
func IDNumber(s string) string {
	if Clean(s) == "" {
		return ""
	}
	all := signs(s, asciiAlnum)
	resident := strings.Trim(strings.TrimSuffix(all, "X"), "0123456789*") == ""
	switch n := len(all); {
	case resident && (n == 18 || n == 15):
		return stars(all, 6, 4)
	case n >= 8:
		return stars(all, 1, 2)
	default:
		return "***"
	}
}

// signs keeps what want accepts, and stars, in half width and upper case.
func signs(s string, want func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if r = unicode.ToUpper(half(r)); r == '*' || want(r) {
			return r
		}
		return -1
	}, s)
}

// stars hides the middle of s, which is ASCII and longer than head and tail.
func stars(s string, head, tail int) string {
	return s[:head] + strings.Repeat("*", len(s)-head-tail) + s[len(s)-tail:]
}
