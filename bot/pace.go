package bot

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// apartBy is how far apart our sockets are opened. Slack ends each after the same time: opened together they would end together, and
	// what people do in between would reach nobody.
	apartBy = 5 * time.Second
	// shortLife is the life of a socket that Slack did not want: it had too many of ours, say. slack-go would ask for the next at once,
	// and for ever.
	shortLife = 30 * time.Second
	// longestPace is the longest pause before such a socket is opened again: shorter than the life of the address it is opened by.
	longestPace = 20 * time.Second
)

// pace keeps the openings of all sockets apart.
type pace struct {
	now    func() time.Time
	mu     sync.Mutex
	last   time.Time         // the last opening of any
	opened map[int]time.Time // of each
	short  map[int]int       // how many short lives in a row
}

func newPace(now func() time.Time) *pace {
	return &pace{now: now, opened: map[int]time.Time{}, short: map[int]int{}}
}

// turn is how long socket n has to wait before it may be opened; the time is taken then.
func (p *pace) turn(n int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	wait := time.Duration(0)
	if at, again := p.opened[n]; again && now.Sub(at) < shortLife {
		wait = min(time.Second<<min(p.short[n], 10), longestPace)
		p.short[n]++
	} else {
		p.short[n] = 0
	}
	// A clock that was set back must not hold a socket up.
	wait = max(wait, min(p.last.Add(apartBy).Sub(now), apartBy))
	p.last = now.Add(wait)
	p.opened[n] = p.last
	return wait
}

// dialer makes socket n wait for its turn.
func (p *pace) dialer(n int, d *websocket.Dialer) *websocket.Dialer {
	out := *d
	if out.HandshakeTimeout > 0 {
		out.HandshakeTimeout += longestPace
	}
	after := func(dial dialFunc) dialFunc {
		if dial == nil {
			return nil
		}
		return func(ctx context.Context, network, addr string) (net.Conn, error) {
			if err := pause(ctx, p.turn(n)); err != nil {
				return nil, err
			}
			return dial(ctx, network, addr)
		}
	}
	if out.NetDialContext == nil && out.NetDialTLSContext == nil { // behind a proxy
		out.NetDialContext = after((&net.Dialer{}).DialContext)
		return &out
	}
	out.NetDialContext, out.NetDialTLSContext = after(out.NetDialContext), after(out.NetDialTLSContext)
	return &out
}
