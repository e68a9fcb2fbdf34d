package bot

import "sync"

// asks counts the verbs that only look: they leave no trace in the ledger.
type asks struct {
	mu    sync.Mutex
	count map[string]int
}

func (a *asks) add(verb string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count == nil {
		a.count = map[string]int{}
	}
	a.count[verb]++
}

func (a *asks) of(verb string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count[verb]
}
