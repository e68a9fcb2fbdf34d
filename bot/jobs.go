package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sameday/store"
	"sameday/store/failpoint"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// maxNoticeAge is how many days back a missed notice is still posted; older ones are entered as lapsed.
const maxNoticeAge = 7

// runJob runs one job for one unit and day. superseded says that a later run of the same job is due already.
func (b *Bot) runJob(
	ctx context.Context, rules *workflow.Rules, run workflow.JobRun, u org.Unit, now time.Time, superseded bool,
) error {
	var intents []store.Intent
	var err error
	switch run.Job {
	case workflow.JobOvernight:
		intents, err = b.overnight(ctx, rules, &run, u, now, superseded)
	case workflow.JobNotice:
		intents, err = b.morning(ctx, &run, u, now)
	case workflow.JobDusk:
		intents, err = b.dusk(ctx, rules, &run, u, now)
	case workflow.JobInquiry:
		err = b.beginInquiry(ctx, rules, &run, u, now)
	case workflow.JobMeeting:
		err = b.callMeeting(ctx, rules, &run, u, now)
	}
	if err != nil {
		return err
	}
	failpoint.Here("job.made")
	if err := b.desk.RunJob(ctx, run, now, intents); err != nil {
		return err
	}
	failpoint.Here("job.entered")
	b.log.Info().Str("job", string(run.Job)).Str("unit", string(u.ID)).Stringer("day", run.Day).
		Bool("late", run.Late).Bool("lapsed", run.Lapsed).Int("listed", len(run.Listed)).Msg("job ran")
	b.sender.Wake()
	return nil
}

// overnight flags what was left when a day ended, and tells it in one digest. Each flag has been stored before the digest is, and is
// not made twice, so a crash in between only makes the job run again.
func (b *Bot) overnight(
	ctx context.Context, rules *workflow.Rules, run *workflow.JobRun, u org.Unit, now time.Time, superseded bool,
) ([]store.Intent, error) {
	day := run.Job.About(run.Day)
	own, err := b.desk.Open(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range own {
		if day.Before(s.Account) {
			continue
		}
		_, err := b.desk.Do(ctx, store.Request{
			Complaint: s.ID, Command: workflow.FlagOvernight{Day: day, Late: run.Late}, By: workflow.System(), At: now,
		})
		var no *workflow.Refusal
		if err != nil && !errors.As(err, &no) {
			return nil, fmt.Errorf("flag %s: %w", s.ID, err)
		}
		failpoint.Here("job.flagged")
	}
	all, err := b.desk.Open(ctx, rules.Tree.Below(u.ID)...)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.LastLeft == day {
			run.Listed = append(run.Listed, s)
		}
	}
	run.Lapsed = superseded // the next day's digest, due already, lists the same complaints with one night more
	if run.Lapsed || len(run.Listed) == 0 {
		return nil, nil
	}
	return []store.Intent{channelIntent(*run, store.KindDigest, u.ID, u.ID, 0)}, nil
}

// morning makes the daily notice. Its figures are kept in the job ledger, so that the message can be made again.
func (b *Bot) morning(ctx context.Context, run *workflow.JobRun, u org.Unit, now time.Time) ([]store.Intent, error) {
	report, err := b.report(ctx, u, run.Job.About(run.Day), now)
	if err != nil {
		return nil, err
	}
	run.Report = &report
	if run.Morning, err = b.morningOf(ctx, u, run.Day, now); err != nil {
		return nil, err
	}
	if run.Day.Start(u.Zone).Weekday() == time.Monday {
		quality, err := b.quality(ctx, u, run.Job.About(run.Day), now)
		if err != nil {
			return nil, err
		}
		run.Quality = &quality
	}
	if calendar.DayOf(now, u.Zone).Sub(run.Day) > maxNoticeAge {
		run.Lapsed = true
		return nil, nil
	}
	return []store.Intent{channelIntent(*run, store.KindDigest, u.ID, u.ID, 0)}, nil
}

// dusk lists what will be left overnight. After the day has ended it is of no use: the overnight digest says it.
func (b *Bot) dusk(
	ctx context.Context, rules *workflow.Rules, run *workflow.JobRun, u org.Unit, now time.Time,
) ([]store.Intent, error) {
	if calendar.DayOf(now, u.Zone) != run.Day {
		run.Lapsed = true
		return nil, nil
	}
	open, err := b.desk.Open(ctx, rules.Tree.Below(u.ID)...)
	if err != nil {
		return nil, err
	}
	for _, s := range open {
		if !run.Day.Before(s.Account) {
			run.Listed = append(run.Listed, s)
		}
	}
	if len(run.Listed) == 0 {
		return nil, nil
	}
	return []store.Intent{channelIntent(*run, store.KindDigest, u.ID, u.ID, 0)}, nil
}

// report counts a day of a unit and everything below it.
func (b *Bot) report(ctx context.Context, u org.Unit, day calendar.Day, now time.Time) (workflow.Report, error) {
	tree := b.desk.Rules().Tree
	below := tree.Below(u.ID)
	received, err := b.desk.OfDay(ctx, day, below...)
	if err != nil {
		return workflow.Report{}, err
	}
	open, err := b.desk.Open(ctx, below...)
	if err != nil {
		return workflow.Report{}, err
	}
	return workflow.MakeReport(u.ID, day, tree, received, open, now), nil
}

// quality counts the week that ended with a day.
func (b *Bot) quality(ctx context.Context, u org.Unit, to calendar.Day, now time.Time) (workflow.Quality, error) {
	rules := b.desk.Rules()
	var failed error
	q := workflow.MakeQuality(u.ID, to, rules, func(id org.UnitID) []workflow.ClimbStat {
		unit, _ := rules.Tree.Unit(id)
		list, err := b.desk.Climbs(ctx, id, to.Add(-6).Start(unit.Zone), to.End(unit.Zone))
		failed = errors.Join(failed, err)
		return list
	}, now)
	year, err := b.mediations(ctx, u, to)
	q.Mediation = &year.Total
	return q, errors.Join(failed, err)
}

// recentlyClosed lists what can be reopened: closed complaints whose day of account lies in the last week.
func (b *Bot) recentlyClosed(ctx context.Context, r request) ([]workflow.Summary, error) {
	var out []workflow.Summary
	today := calendar.DayOf(r.now, r.zone)
	for back := range r.rules.Policy.ReopenDays + 1 {
		list, err := b.desk.OfDay(ctx, today.Add(-back), r.units()...)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			if s.Outcome != "" {
				out = append(out, s)
			}
		}
	}
	return out, nil
}
