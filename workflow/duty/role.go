package duty

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Role is what somebody on duty is there for.
type Role string

// The roles, in the order in which they answer.
const (
	Primary Role = "primary" // 主班
	Deputy  Role = "deputy"  // 副班
	Leader  Role = "leader"  // 带班领导
)

const roleCount = 3

// Roles lists all roles in the order in which they answer for a unit.
func Roles() []Role { return []Role{Primary, Deputy, Leader} }

// index is the role's place in [Roles]; -1 for what is no role.
func (r Role) index() int {
	switch r {
	case Primary:
		return 0
	case Deputy:
		return 1
	case Leader:
		return 2
	}
	return -1
}

// Source says which part of a roster put somebody on duty.
type Source string

// Sources, from the weakest.
const (
	FromLayer    Source = "layer"
	FromPlanned  Source = "planned"
	FromOverride Source = "override"
	FromSwap     Source = "swap"
	FromFixed    Source = "fixed"
)

// Clock is a wall-clock time in the unit's zone, "08:30".
type Clock struct{ Hour, Minute int }

// ParseClock reads "08:30"; the hour may have one digit.
func ParseClock(s string) (Clock, error) {
	h, m, ok := strings.Cut(s, ":")
	hour, err1 := strconv.ParseUint(h, 10, 8)
	minute, err2 := strconv.ParseUint(m, 10, 8)
	c := Clock{int(hour), int(minute)}
	if !ok || err1 != nil || err2 != nil || len(h) > 2 || len(m) != 2 || !c.valid() {
		return Clock{}, fmt.Errorf("%q is no time like 08:30", s)
	}
	return c, nil
}

func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute) }

// MarshalText gives the form that [ParseClock] reads.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Clock) UnmarshalText(b []byte) error {
	got, err := ParseClock(string(b))
	if err != nil {
		return err
	}
	*c = got
	return nil
}

func (c Clock) valid() bool { return c.Hour >= 0 && c.Hour < 24 && c.Minute >= 0 && c.Minute < 60 }

func (c Clock) minutes() int { return c.Hour*60 + c.Minute }

// Span is a stretch of time, half open.
type Span struct{ From, To time.Time }

func (s Span) empty() bool { return !s.From.Before(s.To) }

func (s Span) overlaps(o Span) bool { return s.From.Before(o.To) && o.From.Before(s.To) }

// narrow gives what two spans have in common.
func (s Span) narrow(o Span) Span { return Span{From: later(s.From, o.From), To: sooner(s.To, o.To)} }

// stored is the span as the ledger keeps it.
func (s Span) stored() Span { return Span{From: stored(s.From), To: stored(s.To)} }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func sooner(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// stored is the instant as the ledger keeps it. It also cuts off the monotonic reading, so that equal instants are equal values.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func byStart(a, b Shift) int {
	return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Role.index(), b.Role.index()))
}

func sortShifts(s []Shift) []Shift {
	slices.SortStableFunc(s, byStart)
	return s
}
