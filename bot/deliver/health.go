package deliver

import (
	"sync"
	"time"
)

const (
	trips     = 3 // failures in a row after which only probes go out
	tellAfter = time.Minute
)

// health knows whether Slack answers, and holds everything back but one probe at a time while it does not.
type health struct {
	mu     sync.Mutex
	since  time.Time // first failure since the last answer
	reason string
	fails  int
	auth   bool
	steps  int                  // failed probes
	probe  time.Time            // when the next one may go
	denied map[string]trouble   // by method
	refuse map[string]trouble   // by method: refused for reasons that we have no rule for, and nothing let through since
	fine   map[string]time.Time // by method: the last call that was let through
	told   trouble
}

// trouble is what the operator is told.
type trouble struct {
	since  time.Time
	reason string
}

func newHealth() *health {
	return &health{denied: map[string]trouble{}, refuse: map[string]trouble{}, fine: map[string]time.Time{}}
}

// heard takes notice of how a call ended.
func (h *health) heard(now time.Time, method string, v verdict) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch v.class {
	case unknown, down, auth:
		h.failed(now, v)
	case limited:
		if h.since.IsZero() { // Slack lives; but if nothing gets through for long, somebody should know
			h.since, h.reason = now, v.word
		}
	default:
		h.since, h.reason, h.fails, h.auth, h.steps, h.probe = time.Time{}, "", 0, false, 0, time.Time{}
		h.answered(now, method, v)
	}
}

// answered takes notice of what Slack said.
func (h *health) answered(now time.Time, method string, v verdict) {
	switch {
	case v.class == denied && h.denied[method].since.IsZero():
		h.denied[method] = trouble{now, v.word}
	case v.class == refused && h.refuse[method].since.IsZero():
		h.refuse[method] = trouble{now, v.word}
	case v.class == fine:
		delete(h.denied, method)
		delete(h.refuse, method)
		h.fine[method] = now
	}
}

// letsThrough reports whether the method has succeeded since then: if not, what is refused may not be to blame.
func (h *health) letsThrough(method string, since time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fine[method].After(since)
}

func (h *health) failed(now time.Time, v verdict) {
	if h.since.IsZero() {
		h.since = now
	}
	h.reason = v.word
	h.fails++
	h.auth = v.class == auth
	if !h.open() || now.Before(h.probe) {
		return // the last calls of before
	}
	if h.auth {
		h.probe = now.Add(slowly(h.steps))
	} else {
		h.probe = now.Add(min(backoff(h.steps), 30*time.Second))
	}
	h.steps++
}

// open reports whether only probes go out.
func (h *health) open() bool { return h.auth || h.fails >= trips }

// allow says how many more attempts may begin when busy of so many workers are busy; if none, when to ask again at the latest.
func (h *health) allow(now time.Time, workers, busy int) (int, time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !h.open():
		return workers - busy, now.Add(poll)
	case busy > 0:
		return 0, now.Add(poll)
	case now.Before(h.probe):
		return 0, h.probe
	}
	return 1, now.Add(poll)
}

// news says whether the operator must be told something he does not know: a trouble, or with a zero time that it is over.
func (h *health) news(now time.Time) (since time.Time, reason string, tell bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var current trouble
	earlier := func(t trouble) {
		if current.since.IsZero() || t.since.Before(current.since) {
			current = t
		}
	}
	for _, t := range h.denied {
		earlier(t)
	}
	for _, t := range h.refuse {
		if now.Sub(t.since) >= tellAfter { // before, it may be one message's own fault
			earlier(t)
		}
	}
	if h.auth || !h.since.IsZero() && now.Sub(h.since) >= tellAfter {
		current = trouble{h.since, h.reason}
	}
	if current == h.told {
		return time.Time{}, "", false
	}
	if !current.since.IsZero() && current.since.Equal(h.told.since) {
		return time.Time{}, "", false // the same trouble under another word
	}
	h.told = current
	return current.since, current.reason, true
}

// backoff is the pause after so many failures before: 1 s, 2 s, … up to 1 min.
func backoff(fails int) time.Duration { return min(time.Second<<min(fails, 10), time.Minute) }

// slowly is the pause where a person has to do something: 30 s, 1 min, … up to 5 min.
func slowly(fails int) time.Duration { return min(30*time.Second<<min(fails, 5), 5*time.Minute) }
