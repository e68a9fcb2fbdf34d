package privacy

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

type kind int

const (
	kindID kind = iota
	kindCard
	kindMobile
)

// match is a stretch of runes [start,end) and what is shown in its place.
type match struct {
	start, end int
	kind       kind
	shown      string
}

// A group is a longest run of digits, which invisible characters do not end.
type group struct {
	digits     string // folded to ASCII
	start, end int    // runes, without check
	check      bool   // an X that can be the check character of an ID follows
	joined     bool   // only a short separator lies between it and the group before
	hyphen     bool   // that separator holds a hyphen
	used       bool   // belongs to a match
	fixed      bool   // what an earlier masking left, or a complaint number
}

// longestNumber is the most digits a number of any kind has.
const longestNumber = 19

// findNumbers looks for complete numbers, the surest first: single groups that
// are an ID or a mobile; IDs over several groups (date and check character make
// them sure); then, once complaint numbers are set aside, cards and mobiles
// over several groups, where only the usual ways to group them count, and cards
// in one group.
func findNumbers(runes []rune) []match {
	groups := scanGroups(runes)
	var out []match
	take := func(from, to int, m match, ok bool) bool {
		if !ok {
			return false
		}
		m.start, m.end = groups[from].start, groups[to].end
		if groups[to].check && m.kind == kindID {
			m.end++
		}
		for i := from; i <= to; i++ {
			groups[i].used = true
		}
		out = append(out, m)
		return true
	}
	for i := range groups {
		m, ok := single(groups[i])
		take(i, i, m, ok)
	}
	for i := range groups {
		longestRun(groups, i, func(digits string, to int) bool {
			shown, ok := maskID(digits, groups[to].check)
			return take(i, to, match{kind: kindID, shown: shown}, ok)
		})
	}
	setAsideComplaintNumbers(groups)
	for i, g := range groups {
		_ = longestRun(groups, i, func(digits string, to int) bool {
			shown, ok := maskCard(digits)
			ok = ok && cardShape(groups[i:to+1])
			return take(i, to, match{kind: kindCard, shown: shown}, ok)
		}) || longestRun(groups, i, func(digits string, to int) bool {
			shown, ok := maskMobile(digits)
			ok = ok && mobileShape(groups[i:to+1], strings.IndexByte(shown, '*')-3)
			return take(i, to, match{kind: kindMobile, shown: shown}, ok)
		})
		// A link to a Slack message ends in /p and a time stamp of 16 digits.
		if !groups[i].used && (len(g.digits) != 16 || !endsWith(runes[:g.start], "/p")) {
			shown, ok := maskCard(g.digits)
			take(i, i, match{kind: kindCard, shown: shown}, ok)
		}
	}
	slices.SortFunc(out, func(a, b match) int { return cmp.Compare(a.start, b.start) })
	return out
}

// single tries a group as an ID or a mobile of its own.
func single(g group) (match, bool) {
	if shown, ok := maskID(g.digits, g.check); ok {
		return match{kind: kindID, shown: shown}, true
	}
	shown, ok := maskMobile(g.digits)
	return match{kind: kindMobile, shown: shown}, ok
}

// longestRun offers to try the digits of groups[from] and of its free
// neighbours to the right, longest first, until it accepts one.
func longestRun(groups []group, from int, try func(digits string, to int) bool) bool {
	free := func(g group) bool { return !g.used && !g.fixed }
	if !free(groups[from]) {
		return false
	}
	total, last := len(groups[from].digits), from
	for i := from + 1; i < len(groups) && groups[i].joined && free(groups[i]); i++ {
		if total += len(groups[i].digits); total > longestNumber {
			break
		}
		last = i
	}
	for to := last; to > from; to-- {
		var b strings.Builder
		for _, g := range groups[from : to+1] {
			b.WriteString(g.digits)
		}
		if try(b.String(), to) {
			return true
		}
	}
	return false
}

// setAsideComplaintNumbers fixes groups such as 20261123-007, whatever stands
// beside them.
func setAsideComplaintNumbers(groups []group) {
	for i := 1; i < len(groups); i++ {
		day, serial := &groups[i-1], &groups[i]
		if serial.joined && serial.hyphen && !day.used && !serial.used &&
			len(day.digits) == 8 && startsWithDay(day.digits) && len(serial.digits) <= 5 {
			day.fixed, serial.fixed = true, true
		}
	}
}

// cardShape reports whether the groups are written like a card: fours with a
// rest (at least three groups), an issuer of six with a rest, or 4-6-4 and
// 4-6-5. A first group that is a year is a list of years.
func cardShape(gs []group) bool {
	first, last, n := gs[0].digits, len(gs[len(gs)-1].digits), len(gs)
	if len(first) == 6 {
		return last >= 2
	}
	if len(first) != 4 || first[:2] == "19" || first[:2] == "20" || n < 3 {
		return false
	}
	if n == 3 && len(gs[1].digits) == 6 {
		return last == 4 || last == 5
	}
	for _, g := range gs[1 : n-1] {
		if len(g.digits) != 4 {
			return false
		}
	}
	return last <= 7
}

// mobileShape reports whether the groups are written like a mobile number: no
// group under three digits, but the last one may have two. prefix is the number
// of leading digits that are not part of the number itself.
func mobileShape(gs []group, prefix int) bool {
	for i, g := range gs {
		size, least := len(g.digits), 3
		if i == 0 {
			size -= prefix
		}
		if i == len(gs)-1 {
			least = 2
		}
		if size < least {
			return false
		}
	}
	return true
}

// maskID accepts the 18 characters of GB 11643: region, day of birth, sequence
// and check character; check says that an X stands after the digits.
func maskID(digits string, check bool) (string, bool) {
	if check {
		digits += "X"
	}
	if len(digits) != 18 || digits[6:8] != "19" && digits[6:8] != "20" {
		return "", false
	}
	if _, err := time.Parse("20060102", digits[6:14]); err != nil {
		return "", false
	}
	sum := 0
	for i := range 17 {
		sum = (sum + int(digits[i]-'0')) * 2 % 11
	}
	if digits[17] != "10X98765432"[sum] {
		return "", false
	}
	return digits[:6] + "********" + digits[14:], true
}

// maskCard accepts 13 to 19 digits that pass Luhn. Numbers that begin with a
// day are journal numbers (no issuer's numbers begin so), and zeros are filler.
func maskCard(digits string) (string, bool) {
	if len(digits) < 13 || len(digits) > longestNumber || startsWithDay(digits) || strings.Trim(digits, "0") == "" {
		return "", false
	}
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	if sum%10 != 0 {
		return "", false
	}
	return cardMask + digits[len(digits)-4:], true
}

const cardMask = "**** **** **** "

// maskMobile accepts 11 digits from 13 to 19 on, also behind the country code
// or the old trunk zero. What it shows is as long as digits.
func maskMobile(digits string) (string, bool) {
	for _, prefix := range []string{"", "0086", "86", "0"} {
		n, ok := strings.CutPrefix(digits, prefix)
		if ok && len(n) == 11 && n[0] == '1' && n[1] >= '3' {
			return prefix + n[:3] + "****" + n[7:], true
		}
	}
	return "", false
}

// startsWithDay reports whether digits begin with a day of 1900 to 2099 written
// YYYYMMDD.
func startsWithDay(digits string) bool {
	if len(digits) < 8 || digits[:2] != "19" && digits[:2] != "20" {
		return false
	}
	_, err := time.Parse("20060102", digits[:8])
	return err == nil
}
