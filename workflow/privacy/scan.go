package privacy

// scanGroups cuts the text into its groups of digits, in order.
func scanGroups(runes []rune) []group {
	var out []group
	for i := 0; i < len(runes); i++ {
		if !isDigit(runes[i]) {
			continue
		}
		g := group{start: i}
		var digits []byte
		for j := i; j < len(runes) && (isDigit(runes[j]) || invisible(runes[j])); j++ {
			if isDigit(runes[j]) {
				digits = append(digits, byte(half(runes[j])))
				g.end = j + 1
			}
		}
		g.digits = string(digits)
		g.check = checkFollows(runes[g.end:])
		g.fixed = leftByMask(g, runes)
		if len(out) > 0 && !out[len(out)-1].check {
			g.joined, g.hyphen = separates(runes[out[len(out)-1].end:g.start])
		}
		out = append(out, g)
		i = g.end - 1
	}
	return out
}

// checkFollows reports whether rest begins with an X that begins no word.
func checkFollows(rest []rune) bool {
	return len(rest) > 0 && (half(rest[0]) == 'X' || half(rest[0]) == 'x') &&
		(len(rest) == 1 || !asciiLetter(half(rest[1])))
}

// leftByMask recognises the digits that Mask shows of a number, so that they
// are not joined with what stands beside them into another one. Only short
// groups on the right side of the right number of stars count: stars beside a
// whole number, or around a number, do not protect it.
func leftByMask(g group, runes []rune) bool {
	before, after := runes[:g.start], runes[g.end:]
	if len(g.digits) <= 4 && endsWith(before, cardMask) {
		return true
	}
	left := starsAt(len(before), func(i int) rune { return before[len(before)-1-i] })
	right := starsAt(len(after), func(i int) rune { return after[i] })
	return len(g.digits) <= 4 && left || len(g.digits) <= 7 && right
}

// starsAt reports whether the n runes that at gives begin with the stars of a
// masked number (four or eight) and a digit.
func starsAt(n int, at func(int) rune) bool {
	stars := 0
	for stars < n && stars <= 8 && at(stars) == '*' {
		stars++
	}
	return (stars == 4 || stars == 8) && stars < n && isDigit(at(stars))
}

// separates reports whether the runes between two groups keep them together
// (one to three spaces and hyphens) and whether there is a hyphen among them.
func separates(gap []rune) (joined, hyphen bool) {
	visible := 0
	for _, r := range gap {
		switch {
		case invisible(r):
			continue
		case isHyphen(r):
			hyphen = true
		case !isSpace(r):
			return false, false
		}
		visible++
	}
	return visible >= 1 && visible <= 3, hyphen
}

func endsWith(runes []rune, s string) bool {
	want := []rune(s)
	return len(runes) >= len(want) && string(runes[len(runes)-len(want):]) == s
}

func isDigit(r rune) bool { return '0' <= half(r) && half(r) <= '9' }

func isHyphen(r rune) bool {
	return r == '-' || r == '－' || r == '﹣' || r == '\u2212' || '\u2010' <= r && r <= '\u2015'
}

// isSpace is a space within a line; a line break always ends a number.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\u00A0', '\u202F', '\u205F', '\u3000':
		return true
	}
	return '\u2000' <= r && r <= '\u200A'
}

// invisible characters come with copied numbers and show as nothing.
func invisible(r rune) bool {
	return r == '\u00AD' || r == '\uFEFF' || r == '\u2060' || '\u200B' <= r && r <= '\u200D' || isBidi(r)
}

// isBidi holds for the marks, embeddings, overrides and isolates that change
// the direction of text.
func isBidi(r rune) bool {
	switch r {
	case '\u061C', '\u200E', '\u200F':
		return true
	}
	return '\u202A' <= r && r <= '\u202E' || '\u2066' <= r && r <= '\u2069'
}
