package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"sameday/store"
	"sameday/store/failpoint"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// sweepPage is how many passed deadlines are taken at once.
const sweepPage = 200

// Sweep does everything that is due at now: deadlines that passed are recorded, jobs whose time has come run, late ones are made up.
// Cron, the start and a moved clock only call it, so nothing is lost by a missed minute, a restart or a daylight-saving gap; calling it
// twice changes nothing. It is not safe for concurrent use with itself; the bot calls it from one goroutine.
func (b *Bot) Sweep(ctx context.Context, now time.Time) error {
	b.sweeping.Store(true)
	defer func() {
		swept := b.options.Now()
		b.swept.Store(&swept)
		b.sweeping.Store(false)
		b.sender.Wake()
	}()
	err := b.runJobs(ctx, now)
	return errors.Join(err, b.expire(ctx, now), b.handovers(ctx, now), b.detour(ctx, now), b.missed(ctx, now), b.tidy(ctx, now))
}

// expire records the deadlines that have passed.
func (b *Bot) expire(ctx context.Context, now time.Time) error {
	var first store.DueWake
	for {
		due, err := b.desk.Due(ctx, now, sweepPage)
		if err != nil || len(due) == 0 {
			return err
		}
		if due[0] == first { // an index that says other than the events would keep us here for ever
			return fmt.Errorf("%s of %s stays due after it was recorded: run sameday verify", first.Wake, first.Complaint)
		}
		first = due[0]
		if err := b.expireAll(ctx, due, now); err != nil {
			return err
		}
		if len(due) < sweepPage {
			return nil
		}
	}
}

// untilNext is how long nothing falls due, at most the minute that cron would let pass. New deadlines are further away than that.
func (b *Bot) untilNext(ctx context.Context) time.Duration {
	now := b.options.Now()
	wait := time.Minute
	due, err := b.desk.Due(ctx, now.Add(wait), 1)
	if err == nil && len(due) > 0 {
		wait = min(wait, due[0].Due.Sub(now))
	}
	return max(b.nextShift(now, wait), leastWait)
}

// leastWait keeps a sweep that cannot do what is due from running hot.
const leastWait = 100 * time.Millisecond

// expireAtOnce is how many complaints are worked at once: they share the disk's flushes.
const expireAtOnce = 32

// expireAll records one page. One command records everything of a complaint that has passed, so each complaint is worked once.
func (b *Bot) expireAll(ctx context.Context, due []store.DueWake, now time.Time) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(expireAtOnce)
	worked := map[workflow.ID]bool{}
	for _, d := range due {
		if worked[d.Complaint] {
			continue
		}
		worked[d.Complaint] = true
		g.Go(func() error {
			_, err := b.desk.Do(ctx, store.Request{
				Complaint: d.Complaint, Command: workflow.Expire{Wake: d.Wake}, By: workflow.System(), At: now,
			})
			var no *workflow.Refusal
			if err != nil && !errors.As(err, &no) { // refused: somebody was quicker
				return fmt.Errorf("expire %s of %s: %w", d.Wake, d.Complaint, err)
			}
			failpoint.Here("sweep.expired")
			b.sender.Wake()
			return nil
		})
	}
	return g.Wait()
}

// keepKeys is how long idempotency keys are kept: Slack's last retry comes after minutes, with delayed events after a day.
const keepKeys = 7 * 24 * time.Hour

func (b *Bot) tidy(ctx context.Context, now time.Time) error {
	if now.Sub(b.tidied) < 24*time.Hour {
		return nil
	}
	b.tidied = now
	failpoint.Here("sweep.tidying")
	return b.store.Tidy(ctx, now.Add(-keepKeys))
}

// runJobs runs every job of every unit whose slot has come and which the job ledger does not have. Units below come before those
// above, so that a digest finds everything flagged.
func (b *Bot) runJobs(ctx context.Context, now time.Time) error {
	if now.Before(b.nextJob) { // thousands of units have nothing to do in most minutes
		return nil
	}
	rules := b.desk.Rules()
	units := rules.Tree.Below(rules.Tree.Root().ID)
	var errs []error
	for n, job := range append(workflow.Jobs(), workflow.BranchJobs()...) {
		for i := len(units) - 1; i >= 0; i-- {
			u, _ := rules.Tree.Unit(units[i])
			if n >= len(workflow.Jobs()) && u.Tier != org.Branch {
				continue
			}
			if err := b.catchUp(ctx, rules, job, u, now); err != nil {
				errs = append(errs, fmt.Errorf("job %s of %s: %w", job, u.ID, err))
			}
		}
	}
	b.nextJob = b.firstSlot(units)
	return errors.Join(errs...)
}

// firstSlot is when a job has something to do for any of the units again; zero when one has something left to do now.
func (b *Bot) firstSlot(units []org.UnitID) time.Time {
	var first time.Time
	for job := range b.options.Jobs {
		for _, u := range units {
			next, known := b.nextSlot[jobUnit{job, u}]
			if !known {
				return time.Time{}
			}
			if first.IsZero() || next.Before(first) {
				first = next
			}
		}
	}
	return first
}

// jobUnit is the key of what is known about a job's last run.
type jobUnit struct {
	job  workflow.Job
	unit org.UnitID
}

// catchUp runs a job for each day since its last run whose slot has come.
func (b *Bot) catchUp(ctx context.Context, rules *workflow.Rules, job workflow.Job, u org.Unit, now time.Time) error {
	schedule, ok := b.options.Jobs[job]
	k := jobUnit{job, u.ID}
	if next, known := b.nextSlot[k]; !ok || known && now.Before(next) {
		return nil
	}
	today := calendar.DayOf(now, u.Zone)
	last, known := b.lastRun[k]
	if !known {
		var err error
		if last, err = b.desk.LastRun(ctx, job, u.ID); err != nil {
			return err
		}
		if last.IsZero() {
			last = calendar.DayOf(b.joinedAt[u.ID], u.Zone).Add(-1)
		}
		b.lastRun[k] = last
	}
	for day := last.Add(1); !today.Before(day); day = day.Add(1) {
		slot := schedule.At(day, u.Zone)
		if slot.After(now) {
			b.nextSlot[k] = slot
			return nil
		}
		if schedule.On(day) && slot.After(b.joinedAt[u.ID]) {
			run := workflow.JobRun{Job: job, Unit: u.ID, Day: day, Slot: slot.UTC(), Late: now.Sub(slot) > lateJob}
			err := b.runJob(ctx, rules, run, u, now, superseded(schedule, day, today, u.Zone, now))
			if err != nil && !errors.Is(err, store.ErrAlreadyRan) {
				return err
			}
		}
		b.lastRun[k] = day
	}
	b.nextSlot[k] = schedule.At(today.Add(1), u.Zone)
	return nil
}

// lateJob is how long after its slot a run is marked late: longer than cron's minute.
const lateJob = 5 * time.Minute

// superseded reports whether a later run of the same job is due already: the older one is then told only as far as it is of use.
func superseded(s Schedule, day, today calendar.Day, zone *time.Location, now time.Time) bool {
	for d := day.Add(1); !today.Before(d); d = d.Add(1) {
		if s.On(d) && !s.At(d, zone).After(now) {
			return true
		}
	}
	return false
}
