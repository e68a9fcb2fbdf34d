package sandbox

import "encoding/json"

// Push sends the app an envelope of any kind (slash_commands, interactive, events_api, or one of tomorrow's) with any payload, and waits for
// the end of it. answer is what the acknowledgement carried, failure what a person would be shown ("" for none). It is for payloads that no
// act of a person's would make.
func (w *Workspace) Push(kind string, payload json.RawMessage) (answer json.RawMessage, failure string) {
	var end outcome
	e := &envelope{
		kind: kind, answers: true, done: make(chan struct{}),
		payload: func(string) any { return payload }, settled: func(o outcome) { end = o },
	}
	w.mu.Lock()
	w.send(e)
	w.mu.Unlock()
	<-e.done
	return end.payload, end.failure
}

// PushFrame writes bytes to one of the app's sockets as they are, as a text frame. It tells whether one was open.
func (w *Workspace) PushFrame(frame []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.route()
	if !ok || c == nil {
		return false
	}
	c.mu.Lock()
	c.queue = append(c.queue, frame)
	c.mu.Unlock()
	c.nudge()
	return true
}
