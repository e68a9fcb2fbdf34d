package deliver

import (
	"sync"
	"time"
)

// longestAdvance is more than ever passes between two questions to a running sender's clock.
const longestAdvance = time.Minute

// steady is a clock that never goes back. What waits in the outbox waits for a time of day: were the computer's clock set back by an hour,
// every retry would wait an hour longer. From a step back on, time goes on from where it was, by what has really passed since.
type steady struct {
	clock func() time.Time

	mu   sync.Mutex
	raw  time.Time // last answer of clock
	last time.Time // our last answer
}

func (c *steady) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	raw := c.clock()
	// We are asked every few seconds, so a larger advance is a step forward, perhaps one that takes back a step before; where the clock's
	// answers carry a monotonic reading, Sub goes by that.
	on := c.last.Add(min(max(0, raw.Sub(c.raw)), longestAdvance))
	c.raw, c.last = raw, raw.Round(0)
	if on.After(c.last) {
		c.last = on
	}
	return c.last
}
