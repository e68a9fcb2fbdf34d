package page

import "sameday/bot/sandbox"

// Hub is the fan-out of changes, for its benchmark.
type Hub struct{ h *hub }

// NewHub makes one without windows.
func NewHub() Hub { return Hub{newHub()} }

// Open opens a window of a person and returns what closes it.
func (h Hub) Open(user string) func() {
	w := h.h.open(user)
	return func() { h.h.shut(w) }
}

// Take takes in one change.
func (h Hub) Take(c sandbox.Change) { h.h.take(c, false) }

// Words is the table of the page's words.
var Words = words
