package sandbox

import "time"

const expiringMost = 100_000 // entries kept at once; the oldest go first

// expiring is a map that forgets entries some time after they were put in, so that a used or late key can be told from
// an unknown one for a while.
type expiring[T any] struct {
	life  time.Duration
	byKey map[string]T
	queue []expiry // in the order they were put in
}

type expiry struct {
	key string
	at  time.Time
}

func newExpiring[T any](life time.Duration) *expiring[T] {
	return &expiring[T]{life: life, byKey: map[string]T{}}
}

func (e *expiring[T]) get(key string) T { return e.byKey[key] }

func (e *expiring[T]) put(key string, v T, now time.Time) {
	n := 0
	for n < len(e.queue) && (now.Sub(e.queue[n].at) > e.life || len(e.queue)-n >= expiringMost) {
		delete(e.byKey, e.queue[n].key)
		n++
	}
	e.queue = append(e.queue[n:], expiry{key: key, at: now})
	e.byKey[key] = v
}
