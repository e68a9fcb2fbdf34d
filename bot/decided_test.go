package bot_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"sameday/store"
	"sameday/store/bolt"
	"sameday/workflow"
)

// decided is a database that remembers which facts of a stream were one decision, for what is told is told by decision. The ledger does not
// say: several decisions may be made at one moment, as when a sweep and a receipt both find, after the clock has jumped, that deadlines passed.
type decided struct {
	*bolt.Store
	mu   sync.Mutex
	ends map[begun]end
}

// begun is the place of a decision: the version of the stream it was made on.
type begun struct {
	stream store.StreamID
	expect int
}

// end is the version of the stream after a decision. One whose maker gave up waiting is unsure: it may be on record all the same.
type end struct {
	version int
	sure    bool
}

func (d *decided) Append(ctx context.Context, c store.Commit) (store.Committed, error) {
	out, err := d.Store.Append(ctx, c)
	if sure := err == nil; sure || ctx.Err() != nil && !errors.Is(err, store.ErrConflict) {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, a := range c.Appends {
			if at := (begun{a.Stream, a.Expect}); sure || !d.ends[at].sure {
				d.ends[at] = end{a.Expect + len(a.Events), sure}
			}
		}
	}
	return out, err
}

// first is how many of the facts, which go on from a version of a complaint, were its next decision.
func (d *decided) first(t *testing.T, c workflow.Complaint, facts []workflow.Fact) int {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	e, ok := d.ends[begun{store.ComplaintStream(c.ID), c.Version}]
	if n := e.version - c.Version; ok && n > 0 && n <= len(facts) {
		return n
	}
	t.Fatalf("no decision is known of %s at version %d that ends by version %d: %+v", c.ID, c.Version, c.Version+len(facts), e)
	return 0
}

// A receipt and the night's job find at one moment that deadlines have passed, one before the other. The first to be recorded calls people; a
// night recorded after the call is told by itself, one recorded with it by the call's line.
func TestFaultDecidedAtOneMoment(t *testing.T) {
	for name, want := range map[string]map[string]string{ // by kind of event, what tells it
		"receipt first": {workflow.Climbed{}.Kind(): store.KindCalled, workflow.LeftOvernight{}.Kind(): store.KindLine},
		"night first":   {workflow.Climbed{}.Kind(): store.KindLine},
	} {
		t.Run(name, func(t *testing.T) {
			playWith(t, setup{start: "2026-11-23 17:40"}, func(h *hall) {
				id := h.opensAt("jingan", "取号机故障")
				h.wait(time.Minute)
				h.stop()
				h.until("2026-11-24", "00:03")
				both := []workflow.Command{h.receipt(id), workflow.FlagOvernight{Day: run24().Add(-1), Late: true}}
				if name == "night first" {
					slices.Reverse(both)
				}
				var facts []workflow.Fact
				for _, command := range both {
					out, err := h.desk.Do(h.ctx, store.Request{Complaint: id, Command: command, By: workflow.System(), At: time.Now()})
					if err != nil {
						t.Fatal(err)
					}
					facts = append(facts, out.Facts...)
				}
				h.start()
				h.wait(5 * time.Minute)
				h.once()
				told, left := h.told(), maps.Clone(want)
				for _, f := range facts {
					key := fmt.Sprintf("%s@%d/%s", id, f.Version, want[f.Event.Kind()])
					if len(told[key]) == 1 {
						delete(left, f.Event.Kind())
					}
				}
				if len(left) > 0 {
					t.Errorf("not told: %v", left)
				}
			})
		})
	}
}

// receipt is a receipt that is news: the branch's mirror has a link now.
func (h *hall) receipt(id workflow.ID) workflow.Command {
	h.t.Helper()
	c, err := h.desk.Complaint(h.ctx, id)
	if err != nil {
		h.t.Fatal(err)
	}
	what := workflow.PostedMirror("shanghai")
	at, ok := c.Posts[what]
	if !ok {
		h.t.Fatalf("%s has no mirror", id)
	}
	return workflow.RecordPost{Posted: workflow.Posted{What: what, Channel: at.Channel, TS: at.TS, Link: "http://slack.test/mirror"}}
}
