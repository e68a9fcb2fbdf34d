package stage

import (
	"context"
	"slices"

	"sameday/bot/sandbox/page"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// home is the unit whose people a newcomer acts as.
const home = org.UnitID("jingan")

// tour is what a newcomer can follow: short steps, each done when the thing has really happened.
func (s *Stage) tour() []page.Step {
	text := func(zh, en string) string {
		if s.Bank.Language == "en" {
			return en
		}
		return zh
	}
	return []page.Step{
		{
			ID: "open", Title: text("登记一件投诉", "Open a complaint"),
			Text: text("在 #jingan 里输入 /complaint 新建，只填投诉内容，提交。", "In #jingan type /complaint new, fill in the complaint only, submit."),
			Done: func() bool { return len(s.opened()) > 0 },
		},
		{
			ID: "steps", Title: text("走完五步", "Walk the five steps"),
			Text: text("在卡片上依次按：受理、交办、联系、处理、反馈（满意）。", "On the card press Accept, Assign, Contact, Handle and Feedback (satisfied), one after the other."),
			Done: s.walked,
		},
		{
			ID: "overnight", Title: text("留一件过夜", "Leave one overnight"),
			Text: text("#jingan 里还有未结投诉。按时钟上的“零点”，再按“+15 分钟”：00:05 隔夜投诉被点名，值班的王莉在私信 sameday里被呼叫。",
				"#jingan still has open complaints. On the clock press Midnight, then +15 min: at 00:05 what was left is listed, and Li Wang, who is on duty, is rung in the direct message sameday."),
			Done: func() bool { run, ok := s.ran(workflow.JobOvernight); return ok && len(run.Listed) > 0 },
		},
		{
			ID: "climb", Title: text("没人确认，逐级升级", "Nobody answers: it climbs"),
			Text: text("先不确认，再按两次“+15 分钟”，看 #jingan 里卡片下的话题：叫到了谁，几点再往上。",
				"Do not answer yet. Press +15 min twice more and read the thread under the card in #jingan: who has been rung, and when it goes further up."),
			Done: func() bool { return s.atHome(s.climbed) },
		},
		{
			ID: "answer", Title: text("接住呼叫", "Answer the ring"),
			Text: text("以王莉的身份打开私信 sameday，按“确认”或“全部确认”：升级停止，话题里写明是谁。",
				"As Li Wang open the direct message sameday and press Acknowledge: the climb stops, and the thread says who has it."),
			Done: func() bool { return s.atHome(s.answered) },
		},
		{
			ID: "handover", Title: text("早上交接班", "The morning's handover"),
			Text: text("按“08:30”，再以李伟的身份打开私信 sameday，看未结投诉，按“接班”。/duty 本周 看值班表。",
				"Press 08:30, then as Wei Li open the direct message sameday, look at the open complaints and press Take over. /duty week shows the roster."),
			Done: s.takenOver,
		},
		{
			ID: "notice", Title: text("看日通报", "Read the notice"),
			Text: text("08:30 以后，以陈涛行长的身份看 #shanghai。", "After 08:30 read #shanghai as Tao Chen, the branch president."),
			Done: func() bool { _, ok := s.ran(workflow.JobNotice); return ok },
		},
		{
			ID: "ledger", Title: text("看账本", "Look at the ledger"),
			Text: text("输入 /complaint 经过，从列表里选一件；再试 /complaint 时限：每个时限怎么算，每一级呼叫了谁。",
				"Type /complaint timeline and choose one from the list; then try /complaint why: how each deadline was computed, and whom each rung called."),
			Done: s.lookedUp,
		},
	}
}

// atHome reports whether a climb of an open complaint of the newcomer's unit is as asked for.
func (s *Stage) atHome(is func(workflow.Climb) bool) bool {
	ctx := context.Background()
	list, err := s.Desk.Open(ctx, home)
	if err != nil {
		return false
	}
	for _, sum := range list {
		if c, err := s.Desk.Complaint(ctx, sum.ID); err == nil && slices.ContainsFunc(c.Climbs, is) {
			return true
		}
	}
	return false
}

// climbed reports whether a climb has gone on before the newcomer's eyes: it called at two moments since the stage was set.
func (s *Stage) climbed(c workflow.Climb) bool {
	n := len(c.Calls)
	return n > 1 && c.Rung > 2 && c.Calls[0].At.After(s.began) && c.Calls[n-1].At.After(c.Calls[0].At)
}

// answered reports whether a person stopped a climb since the stage was set.
func (s *Stage) answered(c workflow.Climb) bool {
	return c.Ending == workflow.EndAcknowledged && c.Ended.After(s.began)
}

// takenOver reports whether somebody accepted a handover of the newcomer's unit since the stage was set.
func (s *Stage) takenOver() bool {
	facts, err := s.Desk.RosterFacts(context.Background(), home)
	return err == nil && slices.ContainsFunc(facts, func(f duty.Fact) bool {
		_, accepted := f.Event.(duty.HandoverAccepted)
		return accepted && f.At.After(s.began)
	})
}

// opened lists the complaints that people opened since the stage was set.
func (s *Stage) opened() []workflow.Complaint {
	ctx := context.Background()
	zone, err := sample.Location()
	if err != nil {
		return nil
	}
	ids, err := s.Desk.Numbers(ctx, calendar.DayOf(s.began, zone), calendar.DayOf(s.Now(), zone))
	if err != nil {
		return nil
	}
	var out []workflow.Complaint
	for _, id := range ids {
		if c, err := s.Desk.Complaint(ctx, id); err == nil && !c.RegisteredAt.Before(s.began) {
			out = append(out, c)
		}
	}
	return out
}

func (s *Stage) walked() bool {
	for _, c := range s.opened() {
		if c.Outcome == workflow.ClosedSatisfied || c.Outcome == workflow.ClosedWithdrawn {
			return true
		}
	}
	return false
}

// ran finds a run of a job that happened since the stage was set, on a later day, for the branch.
func (s *Stage) ran(j workflow.Job) (workflow.JobRun, bool) {
	zone, err := sample.Location()
	if err != nil {
		return workflow.JobRun{}, false
	}
	first := calendar.DayOf(s.began, zone).Add(1)
	day, err := s.Desk.LastRun(context.Background(), j, "shanghai")
	if err != nil || day.IsZero() || day.Before(first) {
		return workflow.JobRun{}, false
	}
	run, err := s.Desk.JobOn(context.Background(), j, "shanghai", day)
	return run, err == nil
}

// lookedUp reports whether anybody asked for a complaint's timeline.
func (s *Stage) lookedUp() bool {
	r := s.running.Load()
	return r != nil && r.bot.Asked("timeline") > 0
}

// backlog is the outbox as the page shows it.
type backlog struct{ desk *store.Desk }

// shownWaiting is how many items of the outbox the page lists.
const shownWaiting = 200

// Waiting implements page.Backlog.
func (b backlog) Waiting(ctx context.Context) ([]page.Waiting, error) {
	list, err := b.desk.Store().Waiting(ctx, shownWaiting)
	if err != nil {
		return nil, err
	}
	out := make([]page.Waiting, len(list.Intents))
	for i, intent := range list.Intents {
		w := page.Waiting{
			ID: intent.ID, Lane: intent.Lane, Kind: intent.Kind, Reason: intent.LastError, At: intent.NotBefore, State: "due",
		}
		switch {
		case i >= list.Pending:
			w.State = "dead"
		case !intent.StartedAt.IsZero():
			w.State = "sending"
		case !intent.NotBefore.IsZero():
			w.State = "later"
		}
		out[i] = w
	}
	return out, nil
}
