package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sameday/store"
	"sameday/workflow"
)

// Report is what an import did.
type Report struct {
	Opened int `json:"opened"` // complaints opened
	Known  int `json:"known"`  // work orders that had a complaint already
	// Unnumbered counts opened complaints without a work-order number: importing the file again opens them again.
	Unnumbered int      `json:"unnumbered"`
	Bad        []BadRow `json:"bad,omitempty"` // in the order of the file
	Ignored    []string `json:"ignored,omitempty"`
}

// BadRow is a row that could not be taken. Reason never repeats the row's text.
type BadRow struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Options tune an import; only Now is required.
type Options struct {
	Now     func() time.Time
	Workers int // rows at work at once; 0 = 16
}

// Import opens a complaint for each row, by the system. A work-order number that is known already, from before or from an earlier row, is
// counted and nothing else. It returns when all rows are done or the store fails; then the report tells how far it got.
func Import(ctx context.Context, desk *store.Desk, rows *Rows, o Options) (Report, error) {
	if o.Workers <= 0 {
		o.Workers = 16
	}
	bind := newBinder(desk.Rules())
	if err := bind.checkMap(rows.m); err != nil {
		return Report{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	im := &importer{desk: desk, now: o.Now, bind: bind, fail: cancel}
	queue := make(chan Row)
	var workers sync.WaitGroup
	for range o.Workers {
		workers.Go(func() {
			for row := range queue {
				im.take(ctx, row)
			}
		})
	}
	for row := range rows.All() {
		select {
		case queue <- row:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	workers.Wait()
	im.report.Ignored = rows.Ignored
	slices.SortFunc(im.report.Bad, func(a, b BadRow) int { return cmp.Compare(a.Line, b.Line) })
	if err := rows.Err(); err != nil {
		return im.report, fmt.Errorf("read the file: %w", err)
	}
	return im.report, context.Cause(ctx)
}

type importer struct {
	desk *store.Desk
	now  func() time.Time
	bind *binder
	fail context.CancelCauseFunc

	mu     sync.Mutex
	report Report
}

func (im *importer) take(ctx context.Context, row Row) {
	if ctx.Err() != nil {
		return
	}
	q, reason := im.bind.request(row, im.now())
	if reason != "" {
		im.count(func(r *Report) { r.Bad = append(r.Bad, BadRow{row.Line, reason}) })
		return
	}
	out, err := im.desk.Do(ctx, q)
	var no *workflow.Refusal
	switch {
	case errors.As(err, &no):
		im.count(func(r *Report) { r.Bad = append(r.Bad, BadRow{row.Line, reasonOf(no)}) })
	case err != nil:
		im.fail(fmt.Errorf("line %d: %w", row.Line, err))
	case out.Duplicate:
		im.count(func(r *Report) { r.Known++ })
	default:
		im.count(func(r *Report) {
			r.Opened++
			if out.Complaint.WorkOrder == "" {
				r.Unnumbered++
			}
		})
	}
}

func (im *importer) count(change func(*Report)) {
	im.mu.Lock()
	defer im.mu.Unlock()
	change(&im.report)
}
