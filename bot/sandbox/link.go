package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	debugLife  = 360 * time.Second // life of a socket opened with debug_reconnects=true
	partingGap = time.Second       // between telling a socket to go and closing it
	ticketLife = time.Minute       // of the address that apps.connections.open gives
)

// ticket is the right to open one socket.
type ticket struct {
	at   time.Time
	used bool
}

// conn is one open socket of the app.
type conn struct {
	w    *Workspace
	ws   *websocket.Conn
	base string // scheme and host of addresses in its payloads
	open bool   // guarded by Workspace.mu: payloads may be sent to it

	mu     sync.Mutex
	queue  [][]byte
	parted bool          // a close frame follows the queue
	wake   chan struct{} // something is queued
	done   chan struct{} // the reader has ended
}

// openLink is apps.connections.open.
func openLink(c *call) (object, *apiError) {
	if c.w.faults.NoSockets {
		return nil, fail("internal_error")
	}
	id := c.w.secret()
	c.w.tickets.put(id, &ticket{at: c.at}, c.at)
	return object{"url": "ws" + c.base[len("http"):] + "/link/?ticket=" + id + "&app_id=" + c.w.app}, nil
}

// upgrader takes any Origin: clients of Socket Mode send Slack's, and the ticket is what lets them in.
var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

// serveLink answers /link/: a ticket becomes a socket.
func (w *Workspace) serveLink(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	t := w.tickets.get(r.URL.Query().Get("ticket"))
	ok := t != nil && !t.used && w.opts.Now().Sub(t.at) <= ticketLife && !w.closed && !w.faults.NoSockets && !w.faults.Outage
	if ok {
		t.used = true
		w.wg.Add(1)
	}
	w.mu.Unlock()
	if !ok {
		http.Error(rw, "invalid ticket", http.StatusUnauthorized)
		return
	}
	defer w.wg.Done()
	ws, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	c := &conn{w: w, ws: ws, base: baseOf(r), wake: make(chan struct{}, 1), done: make(chan struct{})}
	w.wg.Go(c.write)
	life := w.limits.ConnectionLife
	if r.URL.Query().Get("debug_reconnects") == "true" {
		life = debugLife
	}
	if w.admitConn(c, life) {
		c.read(life)
	}
	close(c.done)
	_ = ws.Close() // the peer is gone or has been told
}

// admitConn greets the socket, or sends it away when there are too many.
func (w *Workspace) admitConn(c *conn, life time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	open := len(w.conns) + w.faults.Ghosts
	if w.closed {
		return false
	}
	if open >= w.limits.MaxConnections {
		w.log("socket refused: %d are open", open)
		c.enqueue(disconnect("too_many_websockets"))
		c.part()
		return true // it is read until it goes, but never gets a payload
	}
	c.open = true
	w.conns = append(w.conns, c)
	c.enqueue(object{
		"type": "hello", "num_connections": open + 1, "connection_info": object{"app_id": w.app},
		"debug_info": object{
			"host": "applink-sandbox", "started": w.opts.Now().UTC().Format("2006-01-02 15:04:05.000"), "build_number": 1,
			"approximate_connection_time": int(life.Seconds()),
		},
	})
	w.change(Change{Kind: "socket", Detail: "opened"})
	return true
}

func disconnect(reason string) object {
	return object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-sandbox"}}
}

// read takes acknowledgements until the socket ends.
func (c *conn) read(life time.Duration) {
	end := c.w.after(life, func() { c.leave("refresh_requested") })
	defer end.Stop()
	if warn := c.w.limits.WarnBefore; warn > 0 && warn < life {
		early := c.w.after(life-warn, func() { c.enqueue(disconnect("warning")) })
		defer early.Stop()
	}
	for {
		kind, frame, err := c.ws.ReadMessage()
		if err != nil {
			c.w.lost(c, !websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway, websocket.CloseNoStatusReceived))
			return
		}
		if kind == websocket.TextMessage {
			c.w.acknowledge(c, frame)
		}
	}
}

// write sends what is queued, and pings, until the reader ends.
func (c *conn) write() {
	ping := time.NewTicker(c.w.limits.PingEvery)
	defer ping.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-ping.C:
			if c.w.Faults().NoPings {
				continue
			}
			if c.ws.WriteControl(websocket.PingMessage, []byte("Ping from sandbox"), time.Time{}) != nil {
				_ = c.ws.Close() // the reader ends on it
			}
		case <-c.wake:
			if !c.flush() {
				return
			}
		}
	}
}

// flush writes the queue; false means that nothing may follow.
func (c *conn) flush() bool {
	for {
		c.mu.Lock()
		frames, parted := c.queue, c.parted
		c.queue = nil
		c.mu.Unlock()
		for _, f := range frames {
			if c.ws.WriteMessage(websocket.TextMessage, f) != nil {
				_ = c.ws.Close() // the reader ends on it
				return false
			}
		}
		if len(frames) > 0 {
			continue
		}
		if parted {
			bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
			_ = c.ws.WriteControl(websocket.CloseMessage, bye, time.Time{})
			return false
		}
		return true
	}
}

// enqueue adds a frame to what will be written.
func (c *conn) enqueue(frame object) {
	b, err := json.Marshal(frame)
	if err != nil { // frames are maps of plain values and stored JSON
		c.w.log("frame dropped: %v", err)
		return
	}
	c.mu.Lock()
	c.queue = append(c.queue, b)
	c.mu.Unlock()
	c.nudge()
}

func (c *conn) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// part closes the socket after what is queued, by a close frame and, when the peer does not answer it, by force.
func (c *conn) part() {
	c.mu.Lock()
	c.parted = true
	c.mu.Unlock()
	c.nudge()
	time.AfterFunc(partingGap, func() { _ = c.ws.Close() })
}

// finish parts with a reason, if there is one.
func (c *conn) finish(reason string) {
	if reason != "" {
		c.enqueue(disconnect(reason))
	}
	c.part()
}

// leave takes the socket out of use and then parts.
func (c *conn) leave(reason string) {
	c.w.drop(c)
	c.finish(reason)
}

// drop takes the socket out of use; what it carries may still be acknowledged on it.
func (w *Workspace) drop(c *conn) {
	if !c.open {
		return
	}
	c.open = false
	w.conns = slices.DeleteFunc(w.conns, func(x *conn) bool { return x == c })
	w.change(Change{Kind: "socket", Detail: "closed"})
}

// lost notes that a socket has ended; one that broke may linger as a ghost.
func (w *Workspace) lost(c *conn, broken bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := c.open
	w.drop(c)
	if linger := w.faults.Linger; was && broken && linger > 0 && !w.closed {
		w.faults.Ghosts++
		w.after(linger, func() { w.faults.Ghosts = max(0, w.faults.Ghosts-1) })
	}
}

// route picks any one of the open sockets; nil with ok means that a ghost was picked.
func (w *Workspace) route() (c *conn, ok bool) {
	all := len(w.conns) + w.faults.Ghosts
	if all == 0 || w.closed {
		return nil, false
	}
	if i := w.random.IntN(all); i < len(w.conns) {
		return w.conns[i], true
	}
	return nil, true
}

// Sockets tells how many sockets the app has open, ghosts not counted.
func (w *Workspace) Sockets() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.conns)
}

// DropSockets ends up to n open sockets (all of them if n is 0). With a reason (refresh_requested, warning,
// link_disabled, too_many_websockets) each is sent a disconnect frame first and closed a second later at most; a warning
// only warns. Without one it breaks in the middle of things.
func (w *Workspace) DropSockets(n int, reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n <= 0 || n > len(w.conns) {
		n = len(w.conns)
	}
	for _, c := range slices.Clone(w.conns[:n]) {
		switch reason {
		case "warning":
			c.enqueue(disconnect(reason))
		case "":
			w.drop(c)
			_ = c.ws.NetConn().Close()
		default:
			c.leave(reason)
		}
	}
}
