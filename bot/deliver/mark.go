package deliver

import (
	"strconv"
	"strings"
	"time"
)

// mark is what an intent's LastError carries from one attempt to the next. As text: a machine word, then what is not zero of
// since (Unix seconds), looks and fails, as in "unknown_outcome since=1795413600 looks=1".
type mark struct {
	word  string
	since time.Time // not zero: from here on it may have been posted without anybody knowing
	looks int       // how often it has been looked for since then, without being found
	fails int       // failures in a row; waiting for a limit is none
}

// readMark understands any text: what it does not know is left out.
func readMark(text string) mark {
	var m mark
	for n, field := range strings.Fields(text) {
		name, value, _ := strings.Cut(field, "=")
		number, err := strconv.ParseInt(value, 10, 64)
		switch {
		case n == 0:
			m.word = field
		case err != nil || number < 0:
		case name == "since":
			m.since = time.Unix(number, 0).UTC()
		case name == "looks":
			m.looks = int(number)
		case name == "fails":
			m.fails = int(number)
		}
	}
	return m
}

func (m mark) String() string {
	out := m.word
	if !m.since.IsZero() {
		out += " since=" + strconv.FormatInt(m.since.Unix(), 10)
	}
	for _, f := range []struct {
		name string
		n    int
	}{{"looks", m.looks}, {"fails", m.fails}} {
		if f.n > 0 {
			out += " " + f.name + "=" + strconv.Itoa(f.n)
		}
	}
	return out
}

// Doubt is an intent's LastError, made to say besides that it may have been posted since a time without anybody knowing: what waits in a
// backup may have been told after the backup was made. The intent is then looked for before it is posted.
func Doubt(lastError string, since time.Time) string {
	return readMark(lastError).unknown(since).String()
}

// as is the mark with another word.
func (m mark) as(word string) mark {
	m.word = word
	return m
}

// unknown is the mark after an attempt, begun at from, that may have posted. The earliest time stays: looking at too much does no harm.
func (m mark) unknown(from time.Time) mark {
	if m.since.IsZero() || from.Before(m.since) {
		m.since = from
	}
	m.word, m.looks = wordUnknown, 0
	return m
}

// absent is the mark when it is certain that nothing was posted.
func (m mark) absent() mark {
	m.since, m.looks = time.Time{}, 0
	return m
}

// word makes a reason fit to stand first in a mark.
func word(reason string) string {
	if reason = strings.Join(strings.Fields(reason), "_"); reason == "" {
		return "unnamed"
	}
	return reason
}
