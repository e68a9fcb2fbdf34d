package config

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"sameday/cmd/sameday/internal/yamlfile"
	"sameday/workflow"
	"sameday/workflow/calendar"
)

// starBit is how package cron marks a field that was written as *.
const starBit = 1 << 63

// horizon is how far ahead a schedule must fire: far enough for 29 February, near enough to find 30 February.
const horizon = 8*366 + 1

// Schedule is when a job runs: at one wall-clock time, on the days that a cron spec names. It speaks of civil days and holds no
// zone; each unit's own decides. The zero value runs at midnight on no day.
type Schedule struct {
	Spec         string // as written
	Hour, Minute int
	days         *cron.SpecSchedule
}

// On reports whether the job runs on the day.
func (s Schedule) On(d calendar.Day) bool {
	if s.days == nil {
		return false
	}
	weekday := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC).Weekday()
	dom, dow := s.days.Dom&(1<<uint(d.Day)) != 0, s.days.Dow&(1<<uint(weekday)) != 0
	if s.days.Month&(1<<uint(d.Month)) == 0 {
		return false
	}
	if s.days.Dom&starBit != 0 || s.days.Dow&starBit != 0 {
		return dom && dow
	}
	return dom || dow // cron's old rule: two lists of days are added
}

// At is the instant the job runs on the day; see [calendar.Day.At] for hours that the clocks skip or repeat.
func (s Schedule) At(d calendar.Day, zone *time.Location) time.Time {
	return d.At(s.Hour, s.Minute, zone)
}

// Next lists the first n instants after now.
func (s Schedule) Next(now time.Time, zone *time.Location, n int) []time.Time {
	var out []time.Time
	day := calendar.DayOf(now, zone)
	for i := 0; i < horizon && len(out) < n; i++ {
		if d := day.Add(i); s.On(d) {
			if t := s.At(d, zone); t.After(now) {
				out = append(out, t)
			}
		}
	}
	return out
}

// ParseSchedule reads a cron spec of five fields, or @daily, @midnight, @weekly, @monthly. It must name one time of day: a job runs at
// most once a day. Zones are refused (each unit has its own), and so is a day that never comes.
func ParseSchedule(spec string) (s Schedule, err error) {
	const shape = `write five fields: minute, hour, day of month, month, day of week, like "30 8 * * 1-5"`
	defer func() {
		if r := recover(); r != nil { // package cron panics on some texts
			s, err = Schedule{}, fmt.Errorf("%q cannot be read; %s", spec, shape)
		}
	}()
	if strings.Contains(spec, "TZ=") {
		return Schedule{}, fmt.Errorf("%q names a zone: leave it out, each unit's zone holds", spec)
	}
	parsed, err := cron.ParseStandard(spec)
	if err != nil {
		return Schedule{}, fmt.Errorf("%q is no schedule (%v); %s", spec, err, shape)
	}
	days, ok := parsed.(*cron.SpecSchedule)
	if fields := strings.Fields(spec); !ok || bits.OnesCount64(days.Minute&^starBit) != 1 || bits.OnesCount64(days.Hour&^starBit) != 1 ||
		len(fields) == 5 && strings.Contains(fields[0]+fields[1], "/") {
		return Schedule{}, fmt.Errorf("%q runs more than once a day: name one minute and one hour, like \"30 8 * * *\"", spec)
	}
	s = Schedule{
		Spec: spec, Hour: bits.TrailingZeros64(days.Hour), Minute: bits.TrailingZeros64(days.Minute), days: days,
	}
	if len(s.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC, 1)) == 0 {
		return Schedule{}, fmt.Errorf("%q names a day that never comes", spec)
	}
	return s, nil
}

// defaultJobs are the schedules of jobs that the file does not speak of.
func defaultJobs() map[workflow.Job]Schedule {
	out := map[workflow.Job]Schedule{}
	for job, spec := range map[workflow.Job]string{
		workflow.JobOvernight: "5 0 * * *", workflow.JobNotice: "30 8 * * *", workflow.JobDusk: "0 18 * * *",
		workflow.JobInquiry: "0 8 * * *", workflow.JobMeeting: "0 15 * * *",
	} {
		out[job], _ = ParseSchedule(spec) // a test reads each of them
	}
	return out
}

func (c *Config) readJobs(n yamlfile.Node) {
	var jobs []yamlfile.Field
	for _, j := range append(workflow.Jobs(), workflow.BranchJobs()...) {
		jobs = append(jobs, yamlfile.Field{Key: string(j), Read: func(n yamlfile.Node) {
			spec, ok := n.Text()
			if !ok {
				return
			}
			s, err := ParseSchedule(spec)
			if err != nil {
				n.Wrong("%v", err)
				return
			}
			c.Jobs[j] = s
		}})
	}
	n.Mapping(jobs...)
}
