package deliver

import (
	"maps"
	"sync"
)

// Counts is how attempts have ended since the sender was made.
type Counts struct {
	Sent    int // posted or updated, found ones included
	Found   int // were there already when they were looked for
	Skipped int // had nothing left to tell
	Waited  int // attempts put off: the time had not come, or our own limits
	Retried int // attempts that failed and will be made again
	Dead    int // given up
}

// Stats is a snapshot of what a sender has done.
type Stats struct {
	Kinds map[string]Counts // by intent kind
	Calls map[string]int    // calls made, by Slack's method
}

// Total adds up all kinds.
func (s Stats) Total() Counts {
	var t Counts
	for _, c := range s.Kinds {
		t.Sent += c.Sent
		t.Found += c.Found
		t.Skipped += c.Skipped
		t.Waited += c.Waited
		t.Retried += c.Retried
		t.Dead += c.Dead
	}
	return t
}

// Stats counts what has been done since the sender was made.
func (s *Sender) Stats() Stats {
	s.stats.mu.Lock()
	defer s.stats.mu.Unlock()
	return Stats{Kinds: maps.Clone(s.stats.kinds), Calls: maps.Clone(s.stats.calls)}
}

type counters struct {
	mu    sync.Mutex
	kinds map[string]Counts
	calls map[string]int
}

func (c *counters) count(kind string, add func(*Counts)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kinds == nil {
		c.kinds = map[string]Counts{}
	}
	n := c.kinds[kind]
	add(&n)
	c.kinds[kind] = n
}

func (c *counters) called(method string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = map[string]int{}
	}
	c.calls[method]++
}
