package bot_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// arrival is one case of a real hotline: when it came, what it was about, and where.
type arrival struct {
	at       time.Time
	category string
	unit     org.UnitID
	channel  string
	who      string
}

// hotline reads one day of real arrivals from the folder that SAMEDAY_DATA names; without it the test says so and skips.
func hotline(t *testing.T, day string) []arrival {
	t.Helper()
	root := os.Getenv("SAMEDAY_DATA")
	if root == "" {
		t.Skip("SAMEDAY_DATA names no folder with real arrivals: the replay is skipped")
	}
	files, err := filepath.Glob(filepath.Join(root, "zh-hotline-arrivals", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Skipf("%s has no zh-hotline-arrivals/*.csv: the replay is skipped", root)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []arrival
	for _, row := range rows[1:] { // seq, received_at, category, district
		if !strings.HasPrefix(row[1], day) {
			continue
		}
		at, err := time.ParseInLocation("2006-01-02T15:04:05", row[1], shanghaiZone(t))
		if err != nil {
			t.Fatal(err)
		}
		a := arrival{at: at, category: row[2], unit: "jingan", channel: jingan, who: wang}
		h := fnv.New32a()
		_, _ = h.Write([]byte(row[3]))
		if h.Sum32()%2 == 1 { // the fixed rule that spreads districts over units
			a.unit, a.channel, a.who = "xuhui", xuhui, zhang
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b arrival) int { return a.at.Compare(b.at) })
	return out
}

// act is something a person does at a time.
type act struct {
	at   time.Time
	who  string
	text string
}

// habits say how each complaint goes, by a fixed rule over its number: done in the day, accepted too late and left, left alone, or left
// before the customer was told.
func habits(a arrival, n int) []act {
	say := func(after time.Duration, format string) act {
		return act{at: a.at.Add(after), who: a.who, text: fmt.Sprintf(format, fmt.Sprintf("%s-%d", a.at.Format("20060102"), n))}
	}
	handled := []act{
		say(5*time.Minute, "/complaint 受理 %s"),
		say(12*time.Minute, "/complaint 交办 %s <@"+a.who+">"),
		say(40*time.Minute, "/complaint 联系 %s 电话 已问清情况"),
		say(70*time.Minute, "/complaint 处理 %s 已现场核实并当场纠正，向来电人逐项说明了处理结果"),
	}
	switch n % 4 {
	case 0:
		return append(handled, say(80*time.Minute, "/complaint 反馈 %s 满意"))
	case 1:
		return []act{say(45*time.Minute, "/complaint 受理 %s")}
	case 2:
		return nil
	}
	return handled
}

// A real day, second by second: every clock of every complaint is what plain arithmetic says, is met or breached when it should be, and
// the morning's figures add up.
func TestReplayOfARealDay(t *testing.T) {
	const day, next = "2026-04-04", "2026-04-05"
	arrivals := hotline(t, day)
	playWith(t, setup{start: day + " 00:00"}, func(h *hall) {
		var agenda []act
		ids := make([]workflow.ID, len(arrivals))
		for i, a := range arrivals {
			h.runUntil(&agenda, a.at)
			out, err := h.desk.Do(h.ctx, store.Request{
				Command: workflow.Open{Unit: a.unit, Source: workflow.SourceHotline, Summary: a.category}, By: workflow.System(), At: a.at,
			})
			if err != nil {
				t.Fatal(err)
			}
			ids[i] = out.Complaint.ID
			agenda = append(agenda, habits(a, i+1)...)
			slices.SortStableFunc(agenda, func(a, b act) int { return a.at.Compare(b.at) })
		}
		end, err := time.ParseInLocation("2006-01-02 15:04", next+" 12:00", shanghaiZone(t))
		if err != nil {
			t.Fatal(err)
		}
		h.runUntil(&agenda, end)
		for i, a := range arrivals {
			h.clocksOf(ids[i], a, i+1)
		}
		h.threadsOf(arrivals, ids)
		h.figuresOf(arrivals, next)
		t.Logf("replayed %d arrivals of %s", len(arrivals), day)
	})
}

// runUntil does what is on the agenda up to a time, and lets time pass to it.
func (h *hall) runUntil(agenda *[]act, at time.Time) {
	h.t.Helper()
	for len(*agenda) > 0 && (*agenda)[0].at.Before(at) {
		a := (*agenda)[0]
		*agenda = (*agenda)[1:]
		<-time.After(time.Until(a.at))
		r, err := h.slack.As(a.who).Type(jingan, a.text)
		if err != nil || r.Failure != "" {
			h.t.Fatalf("%s at %s: %v %s", a.text, a.at, err, r.Failure)
		}
	}
	<-time.After(time.Until(at))
	synctest.Wait()
}

// clocksOf checks one complaint's clocks against plain arithmetic.
func (h *hall) clocksOf(id workflow.ID, a arrival, n int) {
	h.t.Helper()
	c, err := h.desk.Complaint(h.ctx, id)
	if err != nil {
		h.t.Fatal(err)
	}
	y, m, d := a.at.Date()
	midnight := time.Date(y, m, d+1, 0, 0, 0, 0, a.at.Location())
	dayEnd := midnight
	if two := a.at.Add(2 * time.Hour); two.After(midnight) {
		dayEnd = two
	}
	acted := map[workflow.Clock]time.Duration{}
	steps := []workflow.Clock{workflow.ClockAccept, workflow.ClockAssign, workflow.ClockContact, workflow.ClockHandle, workflow.ClockFeedback}
	for i, x := range habits(a, n) {
		acted[steps[i]] = x.at.Sub(a.at)
	}
	for clock, due := range map[workflow.Clock]time.Time{
		workflow.ClockAccept: a.at.Add(30 * time.Minute), workflow.ClockAssign: a.at.Add(time.Hour),
		workflow.ClockContact: a.at.Add(2 * time.Hour), workflow.ClockHandle: dayEnd, workflow.ClockFeedback: dayEnd,
		workflow.ClockDay: dayEnd, workflow.ClockStatutory: time.Date(y, m, d+16, 0, 0, 0, 0, a.at.Location()),
	} {
		got, ok := c.Clock(clock)
		if !ok || !got.Due.Equal(due) {
			h.t.Errorf("%s: %s is due %s, want %s", id, clock, got.Due, due)
		}
		after, done := acted[clock]
		if clock == workflow.ClockDay {
			after, done = acted[workflow.ClockFeedback]
		}
		breach := clock != workflow.ClockStatutory && (!done || a.at.Add(after).After(due))
		if breach != !got.Breached.IsZero() || breach && !got.Breached.Equal(due) {
			h.t.Errorf("%s: %s breached at %v, want a breach: %t, at %s", id, clock, got.Breached, breach, due)
		}
	}
	h.noticedInTime(id)
	left := n%4 != 0
	if got := len(c.Nights); left && got != 1 || !left && got != 0 {
		h.t.Errorf("%s: flagged for %d nights, left: %t", id, got, left)
	}
}

// noticedInTime checks that each breach was recorded within the minute.
func (h *hall) noticedInTime(id workflow.ID) {
	h.t.Helper()
	facts, err := h.desk.Timeline(h.ctx, id)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, f := range facts {
		if e, ok := f.Event.(workflow.Breached); ok && (e.Late || f.At.Sub(e.Due) > time.Minute+time.Second) {
			h.t.Errorf("%s: the breach of %s at %s was recorded at %s", id, e.Clock, e.Due, f.At)
		}
	}
}

// threadsOf checks that each complaint stands once in its unit's channel.
func (h *hall) threadsOf(arrivals []arrival, ids []workflow.ID) {
	h.t.Helper()
	stands := map[string]int{}
	for _, channel := range []string{jingan, xuhui} {
		for _, m := range h.messages(channel) {
			if len(m.Controls()) > 0 {
				stands[channel+number(m)]++
			}
		}
	}
	for i, a := range arrivals {
		if got := stands[a.channel+string(ids[i])]; got != 1 {
			h.t.Errorf("%s stands %d times in its channel", ids[i], got)
		}
	}
	if backlog, err := h.db.Waiting(h.ctx, 3); err != nil || backlog.Pending+backlog.Dead > 0 {
		h.t.Errorf("the outbox still has %+v, %v", backlog, err)
	}
}

// figuresOf checks the branch's notice against plain counting.
func (h *hall) figuresOf(arrivals []arrival, next string) {
	h.t.Helper()
	day, err := calendar.Parse(next)
	if err != nil {
		h.t.Fatal(err)
	}
	run, err := h.desk.JobOn(h.ctx, workflow.JobNotice, "shanghai", day)
	if err != nil || run.Report == nil {
		h.t.Fatalf("the notice: %v", errors.Join(err, fmt.Errorf("%+v", run)))
	}
	done := len(arrivals) / 4 // those whose number divides by four
	if got := run.Report.Total; got.Received != len(arrivals) || got.SameDay != done || got.Left != len(arrivals)-done {
		h.t.Errorf("the notice says %+v of %d arrivals, %d of them done", got, len(arrivals), done)
	}
	if got := h.count(shanghai, "【日通报】"); got != 2 { // one for the empty day before
		h.t.Errorf("the branch has %d notices, want 2", got)
	}
}
