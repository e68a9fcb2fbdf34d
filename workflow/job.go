package workflow

import (
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Job names a daily job.
type Job string

// The daily jobs.
const (
	JobOvernight Job = "overnight" // for the day that ended: flag what was left
	JobNotice    Job = "notice"    // for the day before
	JobDusk      Job = "dusk"      // for the day itself: what will be left

	// JobMembership has no schedule: it tells the unit above, once a day, that the bot cannot get into a unit's channel.
	JobMembership Job = "membership"
)

// Jobs lists those with a schedule in the order in which they are made up when several are due.
func Jobs() []Job { return []Job{JobOvernight, JobNotice, JobDusk} }

// The daily jobs of branches alone.
const (
	JobInquiry Job = "inquiry" // for the day itself: the checklist of who has to be asked
	JobMeeting Job = "meeting" // for the day itself: the link and the agenda
)

// BranchJobs lists the jobs that run at branches alone, after those of [Jobs].
func BranchJobs() []Job { return []Job{JobInquiry, JobMeeting} }

// About is the day a job that runs on the civil day run speaks of.
func (j Job) About(run calendar.Day) calendar.Day {
	switch j {
	case JobDusk, JobInquiry, JobMeeting:
		return run
	}
	return run.Add(-1)
}

// JobRun is one entry of the job ledger: a job ran for a unit and a day. It is the truth about what ran; there is at most one for
// each job, unit and day. It keeps what was told, so that the same message can be made again.
type JobRun struct {
	Job     Job          `json:"job"`
	Unit    org.UnitID   `json:"unit"`
	Day     calendar.Day `json:"day"`  // the civil day it was to run on
	Slot    time.Time    `json:"slot"` // when it was to run
	Late    bool         `json:"late,omitempty"`
	Lapsed  bool         `json:"lapsed,omitempty"` // too late to be of use: recorded, not told
	Report  *Report      `json:"report,omitempty"`
	Quality *Quality     `json:"quality,omitempty"` // of the week that ended, on Mondays
	Listed  []Summary    `json:"listed,omitempty"`  // overnight: what was left; dusk: what will be; meeting: the agenda
	Morning *Morning     `json:"morning,omitempty"` // notice: what it tells beside the figures
}

// Kind is the stored name.
func (JobRun) Kind() string { return "job_ran.v1" }

// UnitJoined begins a unit's history: no job is made up for days before it.
type UnitJoined struct {
	Unit org.UnitID `json:"unit"`
	At   time.Time  `json:"at"`
}

// Kind is the stored name.
func (UnitJoined) Kind() string { return "unit_joined.v1" }

// PolicyAdopted records a policy under its version, so that the arithmetic of every deadline can be shown for ever.
type PolicyAdopted struct {
	Version string `json:"version"`
	Policy  Policy `json:"policy"`
}

// Kind is the stored name.
func (PolicyAdopted) Kind() string { return "policy_adopted.v1" }
