package grammar

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/width"
)

// units are what may stand behind an amount of money, and how many of its
// decimals the unit makes whole (1.2万 is 12000).
var units = []struct {
	suffix string
	power  int
}{{"万元", 4}, {"亿元", 8}, {"万", 4}, {"亿", 8}, {"元整", 0}, {"元", 0}, {"圆", 0}, {"块", 0}, {"rmb", 0}, {"cny", 0}}

// ParseAmount reads an amount of renminbi and gives it in fen: 1280, 1,280.00,
// ¥1,280, 1280元, 1.2万, also in full width. There are at most two decimals of a
// yuan. Negative, badly grouped and too large amounts are none.
func ParseAmount(word string) (fen int64, ok bool) {
	s := strings.ToLower(width.Fold.String(strings.TrimSpace(word)))
	s = strings.TrimRight(s, punctuation)
	for _, mark := range []string{"¥", "rmb", "cny", "人民币"} {
		if rest, found := strings.CutPrefix(s, mark); found {
			s = strings.TrimSpace(rest)
			break
		}
	}
	power := 0
	for _, u := range units {
		if rest, found := strings.CutSuffix(s, u.suffix); found {
			s, power = strings.TrimSpace(rest), u.power
			break
		}
	}
	whole, decimals, point := strings.Cut(s, ".")
	whole, grouped := ungroup(whole)
	places := power + 2
	if !grouped || !allDigits(whole) || point && !allDigits(decimals) || len(decimals) > places {
		return 0, false
	}
	fen, err := strconv.ParseInt(whole+decimals+strings.Repeat("0", places-len(decimals)), 10, 64)
	return fen, err == nil
}

// ungroup takes out the commas between thousands; false if they are elsewhere.
func ungroup(s string) (string, bool) {
	groups := strings.Split(s, ",")
	if len(groups) > 1 && (groups[0] == "" || len(groups[0]) > 3) {
		return "", false
	}
	for _, g := range groups[1:] {
		if len(g) != 3 {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// FormatAmount writes fen as ¥1,280.00, a negative amount as -¥1,280.00.
// ParseAmount reads back what is not negative.
func FormatAmount(fen int64) string {
	sign, size := "", uint64(fen)
	if fen < 0 {
		sign, size = "-", uint64(-(fen+1))+1 // MinInt64 has no opposite
	}
	digits := strconv.FormatUint(size/100, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return fmt.Sprintf("%s¥%s.%02d", sign, b.String(), size%100)
}
