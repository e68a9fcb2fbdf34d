package bot

import (
	"sync"
	"time"
)

// seen remembers deliveries for a while, so that the second arrival of one that only looks is not answered twice. What changes
// something is protected by its idempotency key in the store.
type seen struct {
	mu   sync.Mutex
	keys map[string]time.Time
}

// seenFor is longer than Slack's last retry of an event, which comes after about six minutes.
const seenFor = 15 * time.Minute

func newSeen() *seen { return &seen{keys: map[string]time.Time{}} }

// first reports whether the key is new.
func (s *seen) first(key string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, at := range s.keys {
		if now.Sub(at) > seenFor {
			delete(s.keys, k)
		}
	}
	if _, known := s.keys[key]; known {
		return false
	}
	s.keys[key] = now
	return true
}
