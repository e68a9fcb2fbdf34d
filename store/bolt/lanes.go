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
	batch     string
	priority  int
	beside    bool
	notBefore time.Time
	fixed     bool    // waits with its batch as it is
	also      []*item // the others of its batch while it is being sent or fixed, in order of seq; they stand in no queue
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

// route holds the idle lanes whose heads go through Slack, or those whose heads do not.
type route struct {
	ready laneHeap // heads that may go, as far as the last claim knew
	later laneHeap // heads that wait for their NotBefore
}

func newRoute() *route {
	return &route{
		ready: laneHeap{less: func(a, b *item) bool { return order(a, b) < 0 }},
		later: laneHeap{less: func(a, b *item) bool { return a.notBefore.Before(b.notBefore) }},
	}
}

// lanes is the pending outbox by lane, so that the next intents are found without reading it. It belongs to the writer, mirrors what the
// writer's transaction holds, and is thrown away when that transaction fails.
type lanes struct {
	byName   map[string]*lane
	byID     map[string]*item
	sending  map[string]*item // a batch by its first
	dead     map[string]bool
	replaces map[string]int // how many wait for each Replace
	slack    *route
	beside   *route
}

func newLanes() *lanes {
	return &lanes{
		byName: map[string]*lane{}, byID: map[string]*item{}, sending: map[string]*item{}, dead: map[string]bool{}, replaces: map[string]int{},
		slack: newRoute(), beside: newRoute(),
	}
}

// loadLanes reads the outbox. The first of a batch comes before the others.
func loadLanes(tx *bbolt.Tx) (*lanes, error) {
	l := newLanes()
	pending, err := intentsFrom(tx, bucketOutbox, 0, math.MaxInt)
	if err != nil {
		return nil, err
	}
	firsts := map[uint64]*item{} // by the seq of another of its batch that is still to come
	for _, n := range pending {
		it := l.add(n)
		if first := firsts[n.Seq]; first != nil {
			first.also = append(first.also, it)
			delete(firsts, n.Seq)
			continue
		}
		for _, seq := range n.also {
			firsts[seq] = it
		}
		l.enter(it, !n.StartedAt.IsZero())
	}
	for seq, first := range firsts {
		return nil, fmt.Errorf("read outbox: intent %d of the batch of %s is missing", seq, first.id)
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
func intentsFrom(tx *bbolt.Tx, bucket string, seq uint64, limit int) ([]filed, error) {
	var all []filed
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

// file takes a new intent.
func (l *lanes) file(n store.Intent) { l.enter(l.add(filed{Intent: n}), false) }

// add makes an intent known; it stands in no queue yet.
func (l *lanes) add(n filed) *item {
	ln := l.byName[n.Lane]
	if ln == nil {
		ln = &lane{name: n.Lane}
		l.byName[n.Lane] = ln
	}
	it := &item{
		seq: n.Seq, id: n.ID, lane: ln, replace: n.Replace, batch: n.Batch, priority: n.Priority, beside: n.Beside,
		notBefore: n.NotBefore, fixed: n.fixed,
	}
	l.byID[it.id] = it
	return it
}

func (l *lanes) enter(it *item, sending bool) {
	if sending {
		it.lane.sending = it
		l.sending[it.id] = it
	} else {
		l.wait(it)
	}
	l.place(it.lane)
}

func (l *lanes) wait(it *item) {
	l.leave(it.lane) // before its head changes: the lane's place depends on it
	heap.Push(&it.lane.waiting, it)
	if it.replace != "" && !it.fixed {
		l.replaces[it.replace]++
	}
}

// unwait lets an intent be replaced no more.
func (l *lanes) unwait(it *item) {
	if it.replace == "" {
		return
	}
	if l.replaces[it.replace]--; l.replaces[it.replace] == 0 {
		delete(l.replaces, it.replace)
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
	if ln.sending != nil {
		return
	}
	if len(ln.waiting) == 0 {
		delete(l.byName, ln.name)
		return
	}
	r := l.slack
	if ln.head().beside {
		r = l.beside
	}
	if ln.head().notBefore.IsZero() {
		heap.Push(&r.ready, ln)
	} else {
		heap.Push(&r.later, ln)
	}
}

// start marks up to limit intents through Slack and up to beside others as being sent, the most urgent first.
func (l *lanes) start(now time.Time, limit, beside int) []*item {
	return append(l.startOn(l.slack, now, limit), l.startOn(l.beside, now, beside)...)
}

func (l *lanes) startOn(r *route, now time.Time, limit int) []*item {
	for len(r.later.lanes) > 0 && !r.later.lanes[0].head().notBefore.After(now) {
		heap.Push(&r.ready, heap.Pop(&r.later))
	}
	var started []*item
	for len(started) < limit && len(r.ready.lanes) > 0 {
		ln := heap.Pop(&r.ready).(*lane)
		if ln.head().notBefore.After(now) { // an earlier claim had a later clock
			heap.Push(&r.later, ln)
			continue
		}
		it := heap.Pop(&ln.waiting).(*item)
		if !it.fixed {
			it.also = ln.join(it, now)
			l.unwait(it)
			for _, other := range it.also {
				l.unwait(other)
			}
		}
		ln.sending = it
		l.sending[it.id] = it
		started = append(started, it)
	}
	return started
}

// join takes the others of a batch out of the lane, the oldest first.
func (ln *lane) join(first *item, now time.Time) []*item {
	if first.batch == "" {
		return nil
	}
	var also []*item
	for _, it := range ln.waiting {
		same := it.batch == first.batch && it.priority == first.priority && it.beside == first.beside
		if same && !it.notBefore.After(now) {
			also = append(also, it)
		}
	}
	if len(also) == 0 {
		return nil
	}
	slices.SortFunc(also, order)
	also = slices.Clip(also[:min(len(also), store.MaxBatch-1)])
	taken := make(map[*item]bool, len(also))
	for _, it := range also {
		taken[it] = true
	}
	ln.waiting = slices.DeleteFunc(ln.waiting, func(it *item) bool { return taken[it] })
	heap.Init(&ln.waiting)
	return also
}

// finish ends an attempt: the intent waits again, with the others of its batch or each for itself, or they are gone, or dead.
func (l *lanes) finish(it *item, x store.Settlement, retryAt time.Time) {
	delete(l.sending, it.id)
	it.lane.sending = nil
	if x.Result == store.Retry {
		it.notBefore, it.fixed = retryAt, x.Fixed
		if !it.fixed {
			for _, other := range it.also {
				l.wait(other)
			}
			it.also = nil
		}
		l.wait(it)
	} else {
		l.forget(it, x.Result == store.Dead)
		for _, other := range it.also {
			l.forget(other, x.Result == store.Dead)
		}
	}
	l.place(it.lane)
}

func (l *lanes) forget(it *item, dead bool) {
	delete(l.byID, it.id)
	if dead {
		l.dead[it.id] = true
	}
}

// busy counts the intents that are being sent.
func (l *lanes) busy() int {
	n := 0
	for _, it := range l.sending {
		n += 1 + len(it.also)
	}
	return n
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
	for _, h := range []*laneHeap{&l.slack.ready, &l.slack.later, &l.beside.ready, &l.beside.later} {
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
