package bolt

import (
	"cmp"
	"container/heap"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"sameday/store"
)

// item is what a lane must know of a pending intent; the rest stays in the file.
type item struct {
	seq       uint64
	id        string
	lane      *lane
	replace   string
	priority  int
	notBefore time.Time
}

// order is the order of a lane, and of the heads of all lanes: by priority, then by age.
func order(a, b *item) int {
	return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(a.seq, b.seq))
}

// lane holds the intents of one lane. At most one is being sent; the others wait in order.
type lane struct {
	name    string
	waiting itemHeap
	sending *item
	in      *laneHeap // where an idle lane stands; nil while it sends or is empty
	at      int
}

func (l *lane) head() *item { return l.waiting[0] }

type itemHeap []*item

func (h itemHeap) Len() int           { return len(h) }
func (h itemHeap) Less(i, j int) bool { return order(h[i], h[j]) < 0 }
func (h itemHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *itemHeap) Push(x any)        { *h = append(*h, x.(*item)) }
func (h *itemHeap) Pop() any {
	last := len(*h) - 1
	it := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return it
}

// laneHeap orders idle lanes by their heads.
type laneHeap struct {
	lanes []*lane
	less  func(a, b *item) bool
}

func (h *laneHeap) Len() int           { return len(h.lanes) }
func (h *laneHeap) Less(i, j int) bool { return h.less(h.lanes[i].head(), h.lanes[j].head()) }
func (h *laneHeap) Swap(i, j int) {
	h.lanes[i], h.lanes[j] = h.lanes[j], h.lanes[i]
	h.lanes[i].at, h.lanes[j].at = i, j
}

func (h *laneHeap) Push(x any) {
	l := x.(*lane)
	l.in, l.at = h, len(h.lanes)
	h.lanes = append(h.lanes, l)
}

func (h *laneHeap) Pop() any {
	last := len(h.lanes) - 1
	l := h.lanes[last]
	h.lanes[last] = nil
	h.lanes = h.lanes[:last]
	l.in = nil
	return l
}

// lanes is the pending outbox by lane, so that the next intents are found without reading it. It belongs to the writer, mirrors what the
// writer's transaction holds, and is thrown away when that transaction fails.
type lanes struct {
	byName   map[string]*lane
	byID     map[string]*item
	sending  map[string]*item
	dead     map[string]bool
	replaces map[string]int // how many wait for each Replace
	ready    laneHeap       // heads that may go, as far as the last claim knew
	later    laneHeap       // heads that wait for their NotBefore
}

func newLanes() *lanes {
	return &lanes{
		byName: map[string]*lane{}, byID: map[string]*item{}, sending: map[string]*item{}, dead: map[string]bool{}, replaces: map[string]int{},
		ready: laneHeap{less: func(a, b *item) bool { return order(a, b) < 0 }},
		later: laneHeap{less: func(a, b *item) bool { return a.notBefore.Before(b.notBefore) }},
	}
}

// loadLanes reads the outbox.
func loadLanes(tx *bbolt.Tx) (*lanes, error) {
	l := newLanes()
	pending, err := intentsFrom(tx, bucketOutbox, 0, math.MaxInt)
	if err != nil {
		return nil, err
	}
	for _, n := range pending {
		l.add(n)
	}
	dead, err := intentsFrom(tx, bucketDead, 0, math.MaxInt)
	if err != nil {
		return nil, err
	}
	for _, n := range dead {
		l.dead[n.ID] = true
	}
	return l, nil
}

// intentsFrom reads up to limit intents of a bucket, in order of Seq.
func intentsFrom(tx *bbolt.Tx, bucket string, seq uint64, limit int) ([]store.Intent, error) {
	var all []store.Intent
	cursor := tx.Bucket([]byte(bucket)).Cursor()
	for k, v := cursor.Seek(seqKey(seq)); len(all) < limit && k != nil; k, v = cursor.Next() {
		n, err := decodeIntent(binary.BigEndian.Uint64(k), v)
		if err != nil {
			return nil, fmt.Errorf("read %s %d: %w", bucket, binary.BigEndian.Uint64(k), err)
		}
		all = append(all, n)
	}
	return all, nil
}

func (l *lanes) knows(id string) bool { return l.byID[id] != nil || l.dead[id] }

func (l *lanes) replaced(by string) bool { return by != "" && l.replaces[by] > 0 }

func (l *lanes) add(n store.Intent) {
	ln := l.byName[n.Lane]
	if ln == nil {
		ln = &lane{name: n.Lane}
		l.byName[n.Lane] = ln
	}
	it := &item{seq: n.Seq, id: n.ID, lane: ln, replace: n.Replace, priority: n.Priority, notBefore: n.NotBefore}
	l.byID[it.id] = it
	if !n.StartedAt.IsZero() {
		ln.sending = it
		l.sending[it.id] = it
	} else {
		l.wait(it)
	}
	l.place(ln)
}

func (l *lanes) wait(it *item) {
	l.leave(it.lane) // before its head changes: the lane's place depends on it
	heap.Push(&it.lane.waiting, it)
	if it.replace != "" {
		l.replaces[it.replace]++
	}
}

func (l *lanes) leave(ln *lane) {
	if ln.in != nil {
		heap.Remove(ln.in, ln.at)
	}
}

// place puts a lane where it belongs after a change.
func (l *lanes) place(ln *lane) {
	l.leave(ln)
	switch {
	case ln.sending != nil:
	case len(ln.waiting) == 0:
		delete(l.byName, ln.name)
	case ln.head().notBefore.IsZero():
		heap.Push(&l.ready, ln)
	default:
		heap.Push(&l.later, ln)
	}
}

// start marks up to limit intents as being sent, the most urgent first.
func (l *lanes) start(now time.Time, limit int) []*item {
	for len(l.later.lanes) > 0 && !l.later.lanes[0].head().notBefore.After(now) {
		heap.Push(&l.ready, heap.Pop(&l.later))
	}
	var started []*item
	for len(started) < limit && len(l.ready.lanes) > 0 {
		ln := heap.Pop(&l.ready).(*lane)
		if ln.head().notBefore.After(now) { // an earlier claim had a later clock
			heap.Push(&l.later, ln)
			continue
		}
		it := heap.Pop(&ln.waiting).(*item)
		ln.sending = it
		l.sending[it.id] = it
		if it.replace != "" {
			if l.replaces[it.replace]--; l.replaces[it.replace] == 0 {
				delete(l.replaces, it.replace)
			}
		}
		started = append(started, it)
	}
	return started
}

// finish ends an attempt: the intent waits again, or is gone, or is dead.
func (l *lanes) finish(it *item, result store.Result, retryAt time.Time) {
	delete(l.sending, it.id)
	it.lane.sending = nil
	switch result {
	case store.Retry:
		it.notBefore = retryAt
		l.wait(it)
	case store.Dead:
		l.dead[it.id] = true
		delete(l.byID, it.id)
	default:
		delete(l.byID, it.id)
	}
	l.place(it.lane)
}

// claimed lists what is being sent, in order of Seq.
func (l *lanes) claimed() []*item {
	all := make([]*item, 0, len(l.sending))
	for _, it := range l.sending {
		all = append(all, it)
	}
	slices.SortFunc(all, func(a, b *item) int { return cmp.Compare(a.seq, b.seq) })
	return all
}

// next is the earliest NotBefore among the heads of idle lanes, zero when one has none.
func (l *lanes) next() time.Time {
	var next time.Time
	for _, h := range []*laneHeap{&l.ready, &l.later} {
		for _, ln := range h.lanes {
			at := ln.head().notBefore
			if at.IsZero() {
				return time.Time{}
			}
			if next.IsZero() || at.Before(next) {
				next = at
			}
		}
	}
	return next
}
