package workflow

import (
	"slices"
	"time"

	"sameday/workflow/org"
)

// ReadBriefing confirms that a decision maker has read the report on a handled complaint, with or without a word in reply.
type ReadBriefing struct{ Text string }

// Briefed sends the report on a handled complaint (报告反馈) to the branch's decision makers.
type Briefed struct {
	Round int            `json:"round"`
	To    []org.PersonID `json:"to"`
	Due   time.Time      `json:"due"` // when it should have been read: the end of the day
}

// Kind is the stored name.
func (Briefed) Kind() string { return "briefed.v1" }

// BriefingRead is a read receipt, or a reply.
type BriefingRead struct {
	Text string `json:"text,omitempty"`
}

// Kind is the stored name.
func (BriefingRead) Kind() string { return "briefing_read.v1" }

// BriefingUnread records that the day ended with the report unread by some, and who is told of that.
type BriefingUnread struct {
	By   []org.PersonID `json:"by"` // who has not read it
	Told []org.PersonID `json:"told,omitempty"`
	Due  time.Time      `json:"due"`
}

// Kind is the stored name.
func (BriefingUnread) Kind() string { return "briefing_unread.v1" }

// Briefing is the last report on a complaint: the one on its last solution.
type Briefing struct {
	Round   int
	At      time.Time
	To      []org.PersonID
	Due     time.Time
	Read    []Mark // who has read it, and when first
	Overdue bool   // that somebody had not read it in time has been told
}

// Reader reports whether the report went to a person.
func (b Briefing) Reader(p org.PersonID) bool { return p != "" && slices.Contains(b.To, p) }

// ReadBy is a person's receipt.
func (b Briefing) ReadBy(p org.PersonID) (Mark, bool) {
	if i := slices.IndexFunc(b.Read, func(m Mark) bool { return m.By == p }); i >= 0 {
		return b.Read[i], true
	}
	return Mark{}, false
}

// Unread lists those who have not read it yet.
func (b Briefing) Unread() []org.PersonID {
	var out []org.PersonID
	for _, p := range b.To {
		if _, read := b.ReadBy(p); !read {
			out = append(out, p)
		}
	}
	return out
}

// Verb names the row of the step table.
func (ReadBriefing) Verb() Verb { return VerbRead }

// needsBriefing refuses to read what has not been written.
func needsBriefing(c *Complaint, _ *Rules) *Refusal {
	if len(c.Briefing.To) == 0 {
		return refuse(NoBriefing)
	}
	return nil
}

func (k ReadBriefing) decide(c *Complaint, by Actor, _ *Rules, _ time.Time) ([]Event, *Refusal) {
	var t texts
	e := BriefingRead{Text: t.text("text", k.Text)}
	if t.refusal != nil {
		return nil, t.refusal
	}
	if m, read := c.Briefing.ReadBy(by.Person); read && e.Text == "" {
		return nil, &Refusal{Code: AlreadyDone, By: m.By, At: m.At}
	}
	return []Event{e}, nil
}

// briefs sends the report on a solution to the president and the deputies of the branch, but not to whom the complaint is about nor to
// who wrote it; nothing where nobody is left.
func (c *Complaint) briefs(by Actor, r *Rules, at time.Time) []Event {
	to := c.callable(r.Tree.Holders(r.branchOf(c.Unit), org.President, org.DeputyPresident))
	to = slices.DeleteFunc(to, func(p org.PersonID) bool { return p == by.Person })
	if len(to) == 0 {
		return nil
	}
	return []Event{Briefed{Round: c.Round, To: to, Due: accountFor(at, r.zone(c), r.Policy).due}}
}

// unreadAt is when somebody is told that the report is unread; zero for never.
func (c *Complaint) unreadAt() time.Time {
	if b := c.Briefing; !b.Overdue && len(b.Unread()) > 0 {
		return b.Due
	}
	return time.Time{}
}

// unread tells consumer protection of the branch, or of the nearest unit above that has it, of a report that was not read in time. It
// comes after a closing too: the report is about what was done.
func (c *Complaint) unread(r *Rules, at time.Time) []Event {
	due := c.unreadAt()
	if due.IsZero() || at.Before(due) {
		return nil
	}
	e := BriefingUnread{By: c.Briefing.Unread(), Due: due}
	for _, u := range r.Tree.Up(r.branchOf(c.Unit)) {
		if e.Told = c.callable(r.Tree.Holders(u, org.ConsumerProtection)); len(e.Told) > 0 {
			break
		}
	}
	return []Event{e}
}

func (e Briefed) effect(c *Complaint, f Fact) {
	c.Briefing = Briefing{Round: e.Round, At: f.At, To: e.To, Due: e.Due}
}

func (BriefingRead) effect(c *Complaint, f Fact) {
	if _, read := c.Briefing.ReadBy(f.By.Person); !read {
		c.Briefing.Read = append(slices.Clip(c.Briefing.Read), Mark{By: f.By.Person, At: f.At})
	}
}

func (BriefingUnread) effect(c *Complaint, _ Fact) { c.Briefing.Overdue = true }
