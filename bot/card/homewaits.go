package card

import (
	"fmt"
	"slices"
	"time"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/daily"

	"github.com/slack-go/slack"
)

// HomeWait is one thing that waits for a person: a question of a daily inquiry, today's meeting, or an answer that a complaint asks for. One of
// Sheet.Topic and Owed.Verb says which.
type HomeWait struct {
	Due       time.Time // until when, or since when; the order in which they are shown
	Sheet     daily.Sheet
	Source    workflow.Source // of an inquiry: which question
	Attending bool            // of a meeting: the person is entered as present

	Complaint workflow.Complaint // that asks for an answer
	Owed      workflow.Owed
}

// homeWaits lists what waits for the person, what is due first before the others, each with its buttons.
func (f Face) homeWaits(h *home, waits []HomeWait) {
	if len(waits) == 0 {
		h.add(f.Words.T("home.waiting_none"))
		return
	}
	waits = slices.Clone(waits)
	slices.SortStableFunc(waits, func(a, b HomeWait) int { return a.Due.Compare(b.Due) })
	h.add(f.Words.T("home.waiting", "n", len(waits)))
	for _, w := range waits[:min(len(waits), homeCalls)] {
		text, buttons := f.homeWait(w)
		h.add(text)
		if len(buttons) > 0 {
			h.blocks = append(h.blocks, slack.NewActionBlock(fmt.Sprintf("home/%d", len(h.blocks)), buttons...))
		}
	}
	if rest := len(waits) - homeCalls; rest > 0 {
		h.add(f.rest(rest))
	}
}

func (f Face) homeWait(w HomeWait) (string, []slack.BlockElement) {
	switch {
	case w.Owed.Verb != "":
		return f.homeOwed(w)
	case w.Sheet.Topic == daily.Meeting:
		return f.homeMeeting(w)
	}
	value, source := EncodeSheet(w.Sheet.Ref, w.Source), f.Words.Name(words.Source, string(w.Source))
	key := "home.inquiry"
	if !f.Now.Before(w.Sheet.Due) {
		key = "home.inquiry_over"
	}
	button := func(action, key string) slack.BlockElement {
		return slack.NewButtonBlockElement(action, value, plain(f.Words.T(key, "source", words.Plain(source))))
	}
	return f.Words.T(key, "unit", f.unit(w.Sheet.Unit), "day", f.dayName(w.Sheet.Day), "source", escape(source, wordLength), "due", f.end(w.Sheet.Due, f.today())),
		[]slack.BlockElement{button(ActionInquiryNone, "button.inquiry_none"), button(ActionInquiryRecord, "button.inquiry_record")}
}

func (f Face) homeMeeting(w HomeWait) (string, []slack.BlockElement) {
	to := f.Words.T("home.meeting_nolink")
	if w.Sheet.Link != "" {
		to = link(w.Sheet.Link, f.Words.T("home.meeting_link"))
	}
	if w.Attending {
		return f.Words.T("home.meeting_attending", "unit", f.unit(w.Sheet.Unit), "link", to), nil
	}
	return f.Words.T("home.meeting", "unit", f.unit(w.Sheet.Unit), "link", to), []slack.BlockElement{
		slack.NewButtonBlockElement(ActionAttend, EncodeSheet(w.Sheet.Ref, ""), plain(f.Words.T("button.attend"))),
	}
}

// homeOwed is a question about a complaint, with the buttons of its direct message.
func (f Face) homeOwed(w HomeWait) (string, []slack.BlockElement) {
	key, verbs, reason := "home.ask", []workflow.Verb{workflow.VerbGrant, workflow.VerbDeny}, ""
	if a := w.Complaint.Asking; a != nil {
		reason = a.Reason
	}
	if w.Owed.Verb == workflow.VerbReceive {
		key, verbs, reason = "home.offer", []workflow.Verb{workflow.VerbReceive, workflow.VerbRefuse}, ""
		if o := w.Complaint.Handing; o != nil {
			reason = o.Reason
		}
	}
	due := "home.due"
	if !f.Now.Before(w.Owed.Due) {
		due = "home.over"
	}
	text := f.Words.T(due, "what", f.Words.T(key, "row", f.row(workflow.Summarize(w.Complaint), true)), "due", f.end(w.Owed.Due, f.today()))
	lines := []string{text}
	if reason != "" {
		lines = append(lines, f.Words.T("calls.reason", "text", escape(reason, reasonLength)))
	}
	return stack(lines), append(f.verbButtons(w.Complaint, verbs), f.openButton(w.Complaint)...)
}
