package grammar

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Number is a complaint number as it was typed, perhaps in a short form.
type Number struct {
	// Day is "20261123" (full), "1123" (month and day) or "" (today's).
	Day string
	// Serial is the running number within the day, 1 to 99999.
	Serial int
}

// dashes makes the dashes that stand between day and serial one hyphen; the
// full-width hyphen and its small form are folded by width.
var dashes = strings.NewReplacer("——", "-", "－", "-", "﹣", "-", "‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "―", "-", "−", "-")

// ParseNumber reads 20261123-007, 1123-7 or 7, with # or № before it, in full
// width, with any dash and with leading zeros (a serial has at most five
// digits). Punctuation around it does not matter. Anything else is no number,
// also one whose day is in no calendar.
func ParseNumber(word string) (Number, bool) {
	s := dashes.Replace(Fold(word))
	for _, mark := range []string{"#", "№"} {
		if rest, ok := strings.CutPrefix(s, mark); ok {
			s = rest
			break
		}
	}
	day, serial, dashed := strings.Cut(s, "-")
	if !dashed {
		day, serial = "", s
	}
	if len(serial) > 5 || !allDigits(serial) || dashed && !isDay(day) {
		return Number{}, false
	}
	n, err := strconv.Atoi(serial)
	if err != nil || n < 1 {
		return Number{}, false
	}
	return Number{Day: day, Serial: n}, true
}

// String is the number in the form it was typed in, without ornaments:
// 20261123-007, 1123-7 or 7. ParseNumber reads it back.
func (n Number) String() string {
	switch len(n.Day) {
	case 0:
		return strconv.Itoa(n.Serial)
	case 4:
		return n.Day + "-" + strconv.Itoa(n.Serial)
	}
	return fmt.Sprintf("%s-%03d", n.Day, n.Serial)
}

// Resolve completes the number to the full form, YYYYMMDD-NNN. The day of
// today is the civil day in today's own location. A month and day mean the
// latest such day that is not after today, so 1231-4 on 2 January is last
// year's. It is false for a day that does not exist or a serial out of range.
func (n Number) Resolve(today time.Time) (string, bool) {
	if n.Serial < 1 || n.Serial > 99999 || n.Day != "" && !isDay(n.Day) {
		return "", false
	}
	day := n.Day
	switch now := today.Format("20060102"); len(day) {
	case 0:
		day = now
	case 4:
		// 29 February can be eight years away (2096, 2104).
		for year := today.Year(); ; year-- {
			day = fmt.Sprintf("%04d%s", year, n.Day)
			if day <= now && isDay(day) {
				break
			}
			if year < today.Year()-8 {
				return "", false
			}
		}
	}
	if len(day) != 8 {
		return "", false
	}
	return fmt.Sprintf("%s-%03d", day, n.Serial), true
}

// isDay reports whether s is a day, YYYYMMDD, or one of a leap year, MMDD.
func isDay(s string) bool {
	if len(s) == 4 {
		s = "2000" + s
	}
	if len(s) != 8 || !allDigits(s) {
		return false
	}
	_, err := time.Parse("20060102", s)
	return err == nil
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// numberPrefix is the length of the number that s begins with, and the number.
// The number must be the whole of s, or be followed by a mark that is written
// without a space in Chinese, or by a mention.
func numberPrefix(s string) (Number, int, bool) {
	if n, ok := ParseNumber(s); ok {
		return n, len(s), true
	}
	cut := strings.IndexAny(s, cjkMarks)
	if at := strings.Index(s, "<@"); at >= 0 && (cut < 0 || at < cut) {
		n, ok := ParseNumber(s[:at])
		return n, at, ok
	}
	if cut < 0 {
		return Number{}, 0, false
	}
	n, ok := ParseNumber(s[:cut])
	_, size := utf8.DecodeRuneInString(s[cut:])
	return n, cut + size, ok
}

// cjkMarks end a word although no space follows.
const cjkMarks = "，。、：；！？"
