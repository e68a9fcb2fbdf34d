package sample

import (
	"context"
	"fmt"
	"time"

	"sameday/store"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// Times of day at which duty changes hands at the sample bank.
var (
	morning = duty.Clock{Hour: 8, Minute: 30}
	evening = duty.Clock{Hour: 20, Minute: 30}
)

// acceptAfter is how long after a handover of the past the next officer accepted.
const acceptAfter = 4 * time.Minute

// roster is a row of the table below.
type roster struct {
	unit org.UnitID
	by   string // who published it
	// primary and deputy are on for 24 hours in turn. The first are on from yesterday's handover to tomorrow's, so that the same people
	// are on duty at the start whatever the hour.
	primary, deputy []string
	day, night      string // instead of primary, where days and nights are different people's
	leader          string
}

// rosters is the table of who is on duty at the sample bank.
var rosters = []roster{
	{unit: "head-office", by: "he.jing", primary: []string{"sun.yue"}, deputy: []string{"zheng.wei"}, leader: "wu.jianguo"},
	{unit: "shanghai", by: "lin.fang", day: "xu.lei", night: "zhao.min", leader: "lin.fang"},
	{unit: "suzhou", by: "gu.xiaoyan", day: "qian.jin", night: "lu.ming", leader: "gu.xiaoyan"},
	{unit: "jingan", by: "wang.li", primary: []string{"wang.li", "li.wei"}, deputy: []string{"li.wei", "wang.li"}, leader: "liu.yang"},
	{unit: "xuhui", by: "zhang.lei", primary: []string{"zhang.lei", "yang.fan"}, deputy: []string{"yang.fan", "zhang.lei"}, leader: "zhu.lin"},
	{unit: "pudong", by: "xu.jing", primary: []string{"xu.jing", "luo.chao"}, deputy: []string{"luo.chao", "xu.jing"}, leader: "huang.yong"},
	{unit: "yuanqu", by: "meng.yao", primary: []string{"meng.yao", "fan.wei"}, deputy: []string{"fan.wei", "meng.yao"}, leader: "lu.jian"},
	{unit: "gusu", by: "shen.jie", primary: []string{"shen.jie", "wu.di"}, deputy: []string{"wu.di", "shen.jie"}, leader: "gu.ping"},
	{unit: "kunshan", by: "ding.ling", primary: []string{"ding.ling", "wang.yang"}, deputy: []string{"wang.yang", "ding.ling"}, leader: "xu.feng"},
}

// plan is the roster as it is published on the day before today. Rotations begin on the day after today, until then it is planned.
func (r roster) plan(today calendar.Day, zone *time.Location, id People) duty.Plan {
	var p duty.Plan
	rotate := func(role duty.Role, start calendar.Day, cuts ...duty.Cut) {
		p.Layers = append(p.Layers, duty.Layer{Role: role, Start: start, Every: 1, Cuts: cuts})
	}
	turns := func(role duty.Role, handles ...string) {
		if len(handles) == 0 {
			return
		}
		cut := duty.Cut{At: morning}
		for _, h := range handles {
			cut.People = append(cut.People, id(h))
		}
		if len(handles) == 1 {
			rotate(role, today.Add(-1), cut)
			return
		}
		first := cut.People[0]
		cut.People = append(cut.People[1:], first)
		rotate(role, today.Add(1), cut)
		p.Planned = append(p.Planned, duty.Period{Role: role, From: at(today.Add(-1), zone), To: at(today.Add(1), zone), Person: first})
	}
	turns(duty.Primary, r.primary...)
	turns(duty.Deputy, r.deputy...)
	turns(duty.Leader, r.leader)
	if r.day != "" {
		rotate(duty.Primary, today.Add(-1),
			duty.Cut{At: morning, People: []org.PersonID{id(r.day)}}, duty.Cut{At: evening, People: []org.PersonID{id(r.night)}})
	}
	return p
}

func at(day calendar.Day, zone *time.Location) time.Time {
	return day.At(morning.Hour, morning.Minute, zone)
}

// PublishRosters publishes the sample bank's rosters as at yesterday noon, and hands over as often as duty has changed hands since: at now
// nobody waits for an answer to a handover of the past. Desk knows the bank; what people would be told is in its outbox.
func PublishRosters(ctx context.Context, desk *store.Desk, now time.Time, id People) error {
	zone, err := Location()
	if err != nil {
		return err
	}
	today := calendar.DayOf(now, zone)
	noon := today.Add(-1).At(12, 0, zone)
	for _, r := range rosters {
		out, err := desk.Duty(ctx, store.DutyRequest{
			Unit: r.unit, Command: duty.Publish{Plan: r.plan(today, zone, id)}, By: id(r.by), At: noon,
		})
		if err == nil {
			err = handOver(ctx, desk, out.After, noon, now)
		}
		if err != nil {
			return fmt.Errorf("publish the sample roster of %s: %w", r.unit, err)
		}
	}
	return nil
}

// handOver has each primary officer who took over between from and now accept.
func handOver(ctx context.Context, desk *store.Desk, r duty.Roster, from, now time.Time) error {
	for last := from.Add(-1); ; {
		at, _, in, ok := r.NextChange(last)
		accepted := at.Add(acceptAfter)
		if !ok || accepted.After(now) {
			return nil
		}
		out, err := desk.Duty(ctx, store.DutyRequest{Unit: r.Unit, Command: duty.AcceptHandover{At: at}, By: in, At: accepted})
		if err != nil {
			return err
		}
		r, last = out.After, at
	}
}
