package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sameday/store"
)

// model is the contract in its plainest form: slices and maps in memory, no speed, no concurrency.
type model struct {
	records []store.Record
	entries map[store.StreamID][]store.Entry
	used    map[string]usedKey
	pending []held // in order of Seq
	dead    []store.Intent
	seq     uint64
	vault   map[string]store.Sealed
}

// held is an intent and what becomes of its batch.
type held struct {
	store.Intent
	fixed bool
	first string // id of the first of the batch that it belongs to, which is another one; empty otherwise
}

// waits tells whether it waits by itself.
func (n held) waits() bool { return n.StartedAt.IsZero() && n.first == "" }

type usedKey struct {
	at time.Time
	store.DuplicateError
}

func newModel() *model {
	return &model{entries: map[store.StreamID][]store.Entry{}, used: map[string]usedKey{}, vault: map[string]store.Sealed{}}
}

func (m *model) head() store.Head {
	if len(m.records) == 0 {
		return store.Head{}
	}
	last := m.records[len(m.records)-1]
	return store.Head{Seq: last.Seq, Hash: last.Hash}
}

func (m *model) stream(id store.StreamID) (records []store.Record, end store.Record) {
	for _, r := range m.records {
		if r.Stream == id {
			records, end = append(records, r), r
		}
	}
	return records, end
}

// append returns the refusal that the contract names, if any; a conflict as the bare sentinel.
func (m *model) append(c store.Commit) error {
	if u, ok := m.used[c.Key]; ok && c.Key != "" {
		return &u.DuplicateError
	}
	sets := map[store.StreamID][]store.Entry{}
	for _, a := range c.Appends {
		if _, end := m.stream(a.Stream); end.Version != a.Expect {
			return store.ErrConflict
		}
		sets[a.Stream] = a.Entries
	}
	if m.collides(sets) {
		return &store.TakenError{}
	}
	for _, s := range c.Sealed {
		if old, ok := m.vault[s.ID]; ok && len(old.WrappedKey) == 0 {
			return store.ErrErased
		}
	}
	for _, a := range c.Appends {
		for _, e := range a.Events {
			head := m.head()
			_, end := m.stream(a.Stream)
			m.records = append(m.records, store.Seal(e, a.Stream, head.Seq+1, end.Version+1, head.Hash, end.Hash))
		}
	}
	m.setEntries(sets)
	if c.Key != "" {
		d := store.DuplicateError{Key: c.Key}
		if len(c.Appends) > 0 {
			_, end := m.stream(c.Appends[0].Stream)
			d.Stream, d.Version = end.Stream, end.Version
		}
		m.used[c.Key] = usedKey{c.At, d}
	}
	for _, n := range c.Intents {
		m.file(n)
	}
	for _, s := range c.Sealed {
		m.vault[s.ID] = s
	}
	return nil
}

func (m *model) setEntries(sets map[store.StreamID][]store.Entry) {
	for id, set := range sets {
		m.entries[id] = set
	}
}

// collides tells whether a unique entry would have a neighbour of another stream once the sets are in place.
func (m *model) collides(sets map[store.StreamID][]store.Entry) bool {
	after := map[store.StreamID][]store.Entry{}
	for id, set := range m.entries {
		after[id] = set
	}
	for id, set := range sets {
		after[id] = set
	}
	for id := range sets {
		for _, e := range after[id] {
			for other, set := range after {
				for _, o := range set {
					if other != id && o.Index == e.Index && o.Key == e.Key && (o.Unique || e.Unique) {
						return true
					}
				}
			}
		}
	}
	return false
}

// index returns one index in the order of a scan.
func (m *model) index(name string) []store.Entry {
	var all []store.Entry
	for _, set := range m.entries {
		for _, e := range set {
			if e.Index == name {
				all = append(all, e)
			}
		}
	}
	slices.SortFunc(all, func(a, b store.Entry) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Stream, b.Stream))
	})
	return all
}

func (m *model) file(n store.Intent) {
	for _, p := range m.pending {
		if p.ID == n.ID || n.Replace != "" && p.Replace == n.Replace && p.waits() && !p.fixed {
			return
		}
	}
	for _, d := range m.dead {
		if d.ID == n.ID {
			return
		}
	}
	m.seq++
	n.Seq = m.seq
	m.pending = append(m.pending, held{Intent: n})
}

// heads returns the position of each idle lane's first intent.
func (m *model) heads() []int {
	first := map[string]int{}
	busy := map[string]bool{}
	for i, n := range m.pending {
		if !n.StartedAt.IsZero() {
			busy[n.Lane] = true
		} else if j, ok := first[n.Lane]; n.waits() && (!ok || n.Priority < m.pending[j].Priority) {
			first[n.Lane] = i
		}
	}
	var heads []int
	for lane, i := range first {
		if !busy[lane] {
			heads = append(heads, i)
		}
	}
	slices.SortFunc(heads, func(i, j int) int {
		return cmp.Or(cmp.Compare(m.pending[i].Priority, m.pending[j].Priority), cmp.Compare(i, j))
	})
	return heads
}

func (m *model) claim(now time.Time, limit, beside int) []store.Intent {
	var slack, others []store.Intent
	for _, i := range m.heads() {
		out, room := &slack, limit
		if m.pending[i].Beside {
			out, room = &others, beside
		}
		if n := &m.pending[i]; len(*out) < room && !n.NotBefore.After(now) {
			m.join(*n, now)
			n.Attempts++
			n.StartedAt = now
			*out = append(*out, m.whole(*n))
		}
	}
	return append(slack, others...)
}

// join lets what waits and belongs to n's batch go with it.
func (m *model) join(n held, now time.Time) {
	if n.Batch == "" || n.fixed {
		return
	}
	count := 1
	for i, o := range m.pending {
		same := o.Lane == n.Lane && o.Batch == n.Batch && o.Priority == n.Priority && o.Beside == n.Beside
		if same && o.ID != n.ID && o.waits() && !o.NotBefore.After(now) && count < store.MaxBatch {
			m.pending[i].first = n.ID
			count++
		}
	}
}

// whole is an intent with the others of its batch.
func (m *model) whole(n held) store.Intent {
	for _, o := range m.pending {
		if o.first == n.ID {
			n.Also = append(n.Also, o.Intent)
		}
	}
	return n.Intent
}

func (m *model) settle(x store.Settlement) {
	var left []held
	if !slices.ContainsFunc(m.pending, func(n held) bool { return n.ID == x.ID && !n.StartedAt.IsZero() }) {
		return
	}
	for _, n := range m.pending {
		if n.ID != x.ID && n.first != x.ID {
			left = append(left, n)
			continue
		}
		if n.first == "" || x.Result == store.Dead {
			n.StartedAt, n.LastError = time.Time{}, x.Reason
		}
		switch x.Result {
		case store.Dead:
			m.dead = append(m.dead, n.Intent)
		case store.Retry:
			if n.first == "" {
				n.NotBefore, n.fixed = x.RetryAt, x.Fixed
			} else if !x.Fixed {
				n.first = ""
			}
			left = append(left, n)
		}
	}
	m.pending = left
	slices.SortFunc(m.dead, func(a, b store.Intent) int { return cmp.Compare(a.Seq, b.Seq) })
}

func (m *model) unsettled() []store.Intent {
	var out []store.Intent
	for _, n := range m.pending {
		if !n.StartedAt.IsZero() {
			out = append(out, m.whole(n))
		}
	}
	return out
}

func (m *model) backlog() store.Backlog {
	b := store.Backlog{Pending: len(m.pending), Dead: len(m.dead)}
	for _, n := range m.pending {
		b.Intents = append(b.Intents, n.Intent)
	}
	b.Intents = append(b.Intents, m.dead...)
	for _, n := range m.unsettled() {
		b.Claimed += 1 + len(n.Also)
	}
	for k, i := range m.heads() {
		at := m.pending[i].NotBefore
		if k == 0 || at.Before(b.Next) {
			b.Next = at
		}
	}
	return b
}

// state says in a few words where the model is, for a failing test.
func (m *model) state() string {
	return fmt.Sprintf("%d records, %d pending, %d dead, %d keys", len(m.records), len(m.pending), len(m.dead), len(m.used))
}
