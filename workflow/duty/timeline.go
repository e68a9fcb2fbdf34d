package duty

import (
	"slices"
	"sort"
	"time"

	"sameday/workflow/org"
)

// piece is a stretch of time that somebody was put into.
type piece struct {
	Span
	person org.PersonID
	source Source
	name   string
}

// timeline is pieces in order that never overlap. It is never changed in place.
type timeline []piece

// put lays a piece over what was there.
func (l timeline) put(p piece) timeline {
	if p.empty() {
		return l
	}
	out := make(timeline, 0, len(l)+2)
	for _, old := range l {
		if !old.overlaps(p.Span) {
			out = append(out, old)
			continue
		}
		if before := old; old.From.Before(p.From) {
			before.To = p.From
			out = append(out, before)
		}
		if after := old; old.To.After(p.To) {
			after.From = p.To
			out = append(out, after)
		}
	}
	i, _ := slices.BinarySearchFunc(out, p.From, func(q piece, t time.Time) int { return q.From.Compare(t) })
	return slices.Insert(out, i, p)
}

// at finds the piece around an instant. It narrows w to the stretch around the instant for which the answer is the same.
func (l timeline) at(t time.Time, w *Span) (piece, bool) {
	i := sort.Search(len(l), func(i int) bool { return l[i].To.After(t) })
	if i < len(l) && !l[i].From.After(t) {
		*w = w.narrow(l[i].Span)
		return l[i], true
	}
	if i > 0 {
		w.From = later(w.From, l[i-1].To)
	}
	if i < len(l) {
		w.To = sooner(w.To, l[i].From)
	}
	return piece{}, false
}

// covers reports whether one piece of the person covers the whole span.
func (l timeline) covers(s Span, person org.PersonID) bool {
	w := s
	p, ok := l.at(s.From, &w)
	return ok && p.person == person && !p.To.Before(s.To)
}

// first finds the first piece that overlaps the span.
func (l timeline) first(s Span) (piece, bool) {
	i := sort.Search(len(l), func(i int) bool { return l[i].To.After(s.From) })
	if i < len(l) && l[i].overlaps(s) {
		return l[i], true
	}
	return piece{}, false
}
