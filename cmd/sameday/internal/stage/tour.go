package stage

import (
	"context"

	"sameday/bot/sandbox/page"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
)

// tour is what a newcomer can follow: five short steps, each done when the thing has really happened.
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
			Text: text("让一件投诉开着，把时钟拨到午夜以后，看 00:05 发生什么。", "Keep one open, move the clock past midnight, and watch what happens at 00:05."),
			Done: func() bool { run, ok := s.ran(workflow.JobOvernight); return ok && len(run.Listed) > 0 },
		},
		{
			ID: "notice", Title: text("看日通报", "Read the notice"),
			Text: text("把时钟拨到 08:30，以陈涛行长的身份看 #shanghai。", "Move the clock to 08:30 and read #shanghai as the branch president."),
			Done: func() bool { _, ok := s.ran(workflow.JobNotice); return ok },
		},
		{
			ID: "ledger", Title: text("看账本", "Look at the ledger"),
			Text: text("输入 /complaint 经过，从列表里选一件；再试 /complaint 时限。", "Type /complaint timeline and choose one from the list; then try /complaint why."),
			Done: s.lookedUp,
		},
	}
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
