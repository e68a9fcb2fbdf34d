package store

import (
	"context"
	"sync"

	"sameday/workflow"
)

// Bounds of what [folds] remembers, in bytes.
const (
	foldsKept = 32 << 20 // in all: some five thousand complaints, more than a bank works on in a day
	foldAlone = 5 << 10  // what a folded complaint takes besides its texts
)

// fold is a complaint as it was after some of its events. Events never change, so it never becomes wrong: only later ones may be missing.
type fold struct {
	complaint *workflow.Complaint // nil when nothing is known
	size      int                 // stored bytes of its events, more than its texts take
}

func (f fold) version() int {
	if f.complaint == nil {
		return 0
	}
	return f.complaint.Version
}

// folds remembers complaints, so that a command decodes what happened since the last one and not everything again. When it is full, any
// complaint makes room: that keeps most of what is in use, however it is used. It is safe for concurrent use.
type folds struct {
	limit int // see foldsKept
	mu    sync.RWMutex
	kept  map[workflow.ID]fold
	size  int
}

func newFolds() *folds { return &folds{limit: foldsKept, kept: map[workflow.ID]fold{}} }

// of is what is remembered of a complaint.
func (f *folds) of(id workflow.ID) fold {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.kept[id]
}

// keep remembers a complaint, unless a later state of it is known; size are the stored bytes of the events that came since the last
// time. Nobody may change the complaint any more.
func (f *folds) keep(c *workflow.Complaint, size int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.kept[c.ID]
	if known.version() >= c.Version {
		return
	}
	f.forget(c.ID)
	next := fold{c, known.size + size}
	for other := range f.kept {
		if f.size+foldAlone+next.size <= f.limit {
			break
		}
		f.forget(other)
	}
	f.kept[c.ID] = next
	f.size += foldAlone + next.size
}

func (f *folds) forget(id workflow.ID) {
	if it, known := f.kept[id]; known {
		delete(f.kept, id)
		f.size -= foldAlone + it.size
	}
}

// Complaint loads one complaint as it is now; [ErrNotFound] when there is none of that number. The store is always asked what happened
// after what is remembered: whoever else writes there, nobody decides on an old state for want of a look.
func (d *Desk) Complaint(ctx context.Context, id workflow.ID) (workflow.Complaint, error) {
	known := d.folds.of(id)
	records, err := records(ctx, d.store, ComplaintStream(id), known.version())
	if err != nil {
		return workflow.Complaint{}, err
	}
	facts, err := Facts(records)
	var c workflow.Complaint
	switch {
	case err != nil:
		return c, err
	case known.complaint == nil && len(facts) == 0:
		return c, notFound(id)
	case len(facts) == 0:
		return *known.complaint, nil
	case known.complaint == nil:
		c = workflow.Fold(id, facts)
	default:
		c = known.complaint.With(facts...)
	}
	size := 0
	for _, r := range records {
		size += len(r.Data)
	}
	d.folds.keep(&c, size)
	return c, nil
}
