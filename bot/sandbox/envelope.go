package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Failures that a person is shown when the app does not answer.
const (
	failLate     = "operation_timeout"                              // nobody acknowledged in time
	failNoSocket = "dispatch_failed"                                // nobody was there to ask
	failBadReply = "invalid_command_response"                       // the answer to a command could not be shown
	failModal    = "We had some trouble connecting. Try again?"     // a modal could not be submitted
	failThread   = "%s is not supported in threads. Sorry!"         // a slash command in a thread
	failUnknown  = "%s is not a valid command."                     // no app has such a command
	failInactive = "This app does not respond to buttons or menus." // the manifest has interactivity off
)

// outcome is how a payload fared: acknowledged, perhaps with an answer, or a failure.
type outcome struct {
	failure string
	payload json.RawMessage // nil for a plain acknowledgement
}

// envelope is one payload on its way to one socket.
type envelope struct {
	id      string
	kind    string
	answers bool // the acknowledgement may carry an answer
	retry   int
	payload func(base string) any // base is the scheme and host that the socket was opened by
	settled func(outcome)         // called once, with the workspace locked
	conn    *conn
	timer   *time.Timer
	done    chan struct{} // closed when settled
}

// send hands the envelope to one of the open sockets. A slash command or a click is tried this once only.
func (w *Workspace) send(e *envelope) {
	e.id = fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", w.random.Uint32(), w.random.Uint32()>>16, w.random.Uint32()>>20,
		w.random.Uint32()>>20, w.random.Uint64()>>16)
	if e.done == nil {
		e.done = make(chan struct{})
	}
	w.pending[e.id] = e
	w.noteEnvelope(e, "sent")
	c, ok := w.route()
	if !ok {
		w.settle(e, outcome{failure: failNoSocket})
		return
	}
	e.timer = w.after(w.limits.AckBudget, func() { w.settle(e, outcome{failure: failLate}) })
	if c == nil { // a ghost has it
		return
	}
	e.conn = c
	frame := object{"envelope_id": e.id, "type": e.kind, "accepts_response_payload": e.answers, "payload": e.payload(c.base)}
	if e.kind == "events_api" {
		reason := ""
		if e.retry > 0 {
			reason = "timeout"
		}
		frame["retry_attempt"], frame["retry_reason"] = e.retry, reason
	}
	c.enqueue(frame)
}

// settle ends the envelope, once.
func (w *Workspace) settle(e *envelope, o outcome) {
	if w.pending[e.id] != e {
		return
	}
	delete(w.pending, e.id)
	if e.timer != nil {
		e.timer.Stop()
	}
	w.noteEnvelope(e, or(o.failure, "acknowledged"))
	e.settled(o)
	close(e.done)
}

func (w *Workspace) noteEnvelope(e *envelope, state string) {
	if len(w.feed) > 0 {
		w.change(Change{Kind: "envelope", Detail: fmt.Sprintf("%s %s retry %d: %s", e.kind, e.id, e.retry, state)})
	}
}

// acknowledge takes one frame from a socket.
func (w *Workspace) acknowledge(c *conn, frame []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(frame) >= w.limits.AckBytes {
		w.log("acknowledgement dropped: %d bytes, Slack takes fewer than %d", len(frame), w.limits.AckBytes)
		return
	}
	var ack struct {
		ID      string          `json:"envelope_id"`
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(frame, &ack); err != nil || ack.ID == "" {
		w.log("acknowledgement dropped: it is not JSON with an envelope_id")
		return
	}
	e := w.pending[ack.ID]
	switch {
	case e == nil:
		w.log("acknowledgement dropped: %s is unknown, late or repeated", ack.ID)
		return
	case e.conn != c && !w.limits.AckAnySocket:
		w.log("acknowledgement dropped: %s went out on another socket", ack.ID)
		return
	}
	if p := bytes.TrimSpace(ack.Payload); len(p) == 0 || string(p) == "null" || string(p) == "{}" {
		ack.Payload = nil
	}
	w.settle(e, outcome{payload: ack.Payload})
}
