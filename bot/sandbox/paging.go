package sandbox

import (
	"encoding/base64"
	"strconv"
	"strings"
)

const cursorMark = "sandbox:"

// paginate cuts the page that the call asks for out of a list. A limit of 0 means the default; one above most is
// refused with invalid_limit.
func paginate[T any](c *call, all []T, normal, most int) (page []T, meta object, err *apiError) {
	limit, ok := c.args.number("limit", normal)
	if !ok || limit < 0 || limit > most {
		return nil, nil, fail("invalid_limit")
	}
	limit = or(limit, normal)
	start := 0
	if cur := c.args.text("cursor"); cur != "" {
		if start, ok = readCursor(cur); !ok || start > len(all) {
			return nil, nil, fail("invalid_cursor")
		}
	}
	end := min(start+limit, len(all))
	next := ""
	if end < len(all) {
		next = makeCursor(end)
	}
	page = all[start:end]
	if page == nil {
		page = []T{}
	}
	return page, object{"next_cursor": next}, nil
}

func makeCursor(n int) string {
	return base64.StdEncoding.EncodeToString([]byte(cursorMark + strconv.Itoa(n)))
}

func readCursor(s string) (int, bool) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return 0, false
	}
	digits, ok := strings.CutPrefix(string(raw), cursorMark)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n >= 0
}
