package card

import (
	"fmt"

	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// Handover is the direct message to the officer who comes on duty: the open complaints, and a button that takes over ([ActionHandover])
// while that is needed. stage is the last ring about it, 0 for the first message.
func Handover(f Face, unit org.UnitID, h duty.Handover, open []workflow.Summary, stage int) Message {
	f = f.ready()
	p := f.newPages(handoverID("handover", unit, h, stage), f.Words.T("duty.handover.title", "unit", f.unit(unit), "at", f.when(h)))
	p.add(f.handoverAsk(h, stage))
	f.handoverList(p, open)
	if h.Pending() {
		p.block(f.takeOver(p.what, unit, h), 0)
	}
	return p.messages()[0]
}

// handoverAsk says what the incoming officer must do.
func (f Face) handoverAsk(h duty.Handover, stage int) string {
	switch {
	case !h.Accepted.IsZero():
		return f.handoverDone(h)
	case !h.Lapsed.IsZero():
		return f.Words.T("duty.handover.lapsed", "in", f.name(h.In), "at", f.Words.Time(h.Lapsed, f.Zone, f.today()))
	case h.Out == "":
		return f.Words.T("duty.handover.first", "at", f.when(h))
	}
	if stage > 0 {
		return f.Words.T("duty.handover.late", "span", f.waited(stage), "out", f.name(h.Out))
	}
	return f.Words.T("duty.handover.ask", "out", f.name(h.Out))
}

// waited is how long a handover has waited when a stage of rings comes.
func (f Face) waited(stage int) string {
	if stage >= duty.StageLeader {
		return f.Words.Span(duty.RingLeaderAfter)
	}
	return f.Words.Span(duty.RingBothAfter)
}

func (f Face) when(h duty.Handover) string { return f.Words.Time(h.At, f.Zone, f.today()) }

// handoverDone says who took over.
func (f Face) handoverDone(h duty.Handover) string {
	at := f.Words.Time(h.Accepted, f.Zone, f.today())
	if h.AcceptedBy != h.In && h.AcceptedBy != "" {
		return f.Words.T("duty.handover.done_for", "by", f.name(h.AcceptedBy), "in", f.name(h.In), "at", at)
	}
	return f.Words.T("duty.handover.done", "by", f.name(h.In), "at", at)
}

// handoverList is what is handed over.
func (f Face) handoverList(p *pages, open []workflow.Summary) {
	if len(open) == 0 {
		p.add(f.Words.T("duty.handover.open_none"))
		return
	}
	p.add(f.Words.T("duty.handover.open", "n", len(open)))
	p.addUpTo(1, len(open), f.rows(open, false), f.rest)
}

func (f Face) takeOver(what string, unit org.UnitID, h duty.Handover) slack.Block {
	button := slack.NewButtonBlockElement(ActionHandover, EncodeHandover(unit, h.At), plain(f.Words.T("button.take_over")))
	button.Style = slack.StylePrimary
	return slack.NewActionBlock(what+"/do", button)
}

// handoverID begins block ids that change whenever the message does.
func handoverID(what string, unit org.UnitID, h duty.Handover, stage int) string {
	state := "waiting"
	switch {
	case !h.Accepted.IsZero():
		state = "done"
	case !h.Lapsed.IsZero():
		state = "lapsed"
	}
	return fmt.Sprintf("%s/%s/%d/%d/%s", what, workflow.Gist(string(unit), wordLength), h.At.Unix(), stage, state)
}

// HandoverPost is the message about a handover in the unit's channel, drawn anew as it goes on: who is waited for, who took over and
// when, or that nobody did, with the open complaints.
func HandoverPost(f Face, unit org.UnitID, h duty.Handover, open []workflow.Summary) Message {
	f = f.ready()
	key := "duty.handover.post"
	if h.Out == "" {
		key = "duty.handover.post_first"
	}
	p := f.newPages(handoverID("handover-post", unit, h, h.Stage), f.Words.T(key, "unit", f.unit(unit), "at", f.when(h),
		"out", f.name(h.Out), "in", f.name(h.In)))
	p.add(f.handoverState(h))
	f.handoverList(p, open)
	return p.messages()[0]
}

// handoverState says where a handover stands; empty where nobody is waited for.
func (f Face) handoverState(h duty.Handover) string {
	names := []any{"in", f.name(h.In), "out", f.name(h.Out), "span", f.waited(h.Stage)}
	switch {
	case !h.Accepted.IsZero():
		return f.handoverDone(h)
	case !h.Lapsed.IsZero():
		return f.Words.T("duty.handover.lapsed", "in", f.name(h.In), "at", f.Words.Time(h.Lapsed, f.Zone, f.today()))
	case h.Out == "":
		return ""
	case h.Stage >= duty.StageLeader:
		return f.Words.T("duty.handover.leader", names...)
	case h.Stage == duty.StageBoth:
		return f.Words.T("duty.handover.both", names...)
	}
	return f.Words.T("duty.handover.waiting", names...)
}

// HandoverLate is the direct message to those who are rung because nobody has taken over: at [duty.StageBoth] the outgoing officer, who
// stays responsible, at [duty.StageLeader] the leaders, who may take over for the incoming one by button.
func HandoverLate(f Face, unit org.UnitID, h duty.Handover, stage int) Message {
	f = f.ready()
	names := []any{"unit", f.unit(unit), "at", f.when(h), "in", f.name(h.In), "out", f.name(h.Out), "span", f.waited(stage)}
	p := f.newPages(handoverID("handover-late", unit, h, stage), f.Words.T("duty.handover.late_title", names...))
	switch {
	case !h.Pending():
		p.add(f.handoverState(h))
	case stage >= duty.StageLeader:
		p.add(f.Words.T("duty.handover.late_leader", names...))
		p.block(f.takeOver(p.what, unit, h), 0)
	default:
		p.add(f.Words.T("duty.handover.late_out", names...))
	}
	return p.messages()[0]
}

// SwapAsk is the direct message to the other person of a proposed swap, with a button for each answer ([ActionSwapYes], [ActionSwapNo])
// while it waits for one.
func SwapAsk(f Face, unit org.UnitID, s duty.Swap) Message {
	f = f.ready()
	if !s.Answered.IsZero() {
		return SwapAnswered(f, unit, s)
	}
	title := f.Words.T("duty.swap.title", "person", f.name(s.Person), "unit", f.unit(unit), "role", f.role(s.Role))
	p := f.newPages(swapID(unit, s), title)
	p.add(f.Words.T("duty.swap.yours", "span", f.stretch(s.From, s.To, f.today()), "person", f.name(s.Person)))
	p.add(f.Words.T("duty.swap.theirs", "span", f.stretch(s.OtherFrom, s.OtherTo, f.today()), "person", f.name(s.Person)))
	p.add(f.Words.T("duty.swap.wait"))
	value := EncodeSwap(unit, s.ID)
	yes := slack.NewButtonBlockElement(ActionSwapYes, value, plain(f.Words.T("button.swap_yes")))
	yes.Style = slack.StylePrimary
	p.block(slack.NewActionBlock(p.what+"/do", yes, slack.NewButtonBlockElement(ActionSwapNo, value, plain(f.Words.T("button.swap_no")))), 0)
	return p.messages()[0]
}

func swapID(unit org.UnitID, s duty.Swap) string {
	state := "open"
	if !s.Answered.IsZero() {
		state = "answered"
	}
	return fmt.Sprintf("swap/%s/%s/%s", workflow.Gist(string(unit), wordLength), workflow.Gist(s.ID, wordLength), state)
}

// SwapAnswered tells what became of a proposed swap, to both people and to the unit's channel: who has which shift now.
func SwapAnswered(f Face, unit org.UnitID, s duty.Swap) Message {
	f = f.ready()
	key := "duty.swap.declined"
	switch {
	case s.Answered.IsZero():
		key = "duty.swap.open"
	case s.Agreed:
		key = "duty.swap.agreed"
	}
	title := f.Words.T(key, "other", f.name(s.Other), "person", f.name(s.Person), "unit", f.unit(unit), "role", f.role(s.Role))
	p := f.newPages(swapID(unit, s), title)
	first, second := s.Person, s.Other // as it is
	if s.Agreed {
		first, second = s.Other, s.Person
	}
	p.add(f.Words.T("duty.swap.takes", "name", f.name(first), "span", f.stretch(s.From, s.To, f.today())))
	p.add(f.Words.T("duty.swap.takes", "name", f.name(second), "span", f.stretch(s.OtherFrom, s.OtherTo, f.today())))
	for _, also := range s.Also {
		p.add(f.Words.T("duty.swap.place", "name", f.name(also.Person), "span", f.stretch(also.From, also.To, f.today()), "role", f.role(also.Role)))
	}
	p.add(f.Words.T("duty.look"))
	return p.messages()[0]
}
