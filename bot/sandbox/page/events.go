package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	gather = 60 * time.Millisecond // changes that come together are told together
	beat   = 5 * time.Second       // how often the clock is told when nothing happens
)

// events streams what is not as it was to one window, until the window or the workspace goes.
func (s *server) events(rw http.ResponseWriter, r *http.Request) {
	v, ok := s.visit(rw, r)
	if !ok {
		return
	}
	out := http.NewResponseController(rw)
	rw.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	rw.Header().Set("X-Accel-Buffering", "no")
	w := s.hub.open(v.me.ID)
	defer s.hub.shut(w)
	tell := func(event string, data any) bool {
		raw, err := json.Marshal(data)
		if err != nil {
			return false
		}
		if _, err := fmt.Fprintf(rw, "event: %s\ndata: %s\n\n", event, raw); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	if !tell("hello", v.clockText()) { // the window then draws everything afresh: it may have missed something
		return
	}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
			if !tell("clock", v.clockText()) {
				return
			}
		case <-w.wake:
			select {
			case <-time.After(gather):
			case <-r.Context().Done():
				return
			}
			n := w.take()
			n.Channels = slices.DeleteFunc(n.Channels, func(id string) bool {
				_, err := v.actor.Room(id)
				return err != nil
			})
			if !tell("changed", n) || !tell("clock", v.clockText()) {
				return
			}
		}
	}
}
