package workflow

import (
	"slices"
	"time"

	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Mediate sets a mediation session (调解), led by a member of the panel, who is invited to it unless that has been done. There may be several, one
// after the other.
type Mediate struct {
	When     time.Time
	Place    string
	Leader   org.PersonID   // of the panel
	Bank     []org.PersonID // who comes for the bank
	Customer string         // who comes for the customer, in words without personal data
}

// Settle records what came of the mediation session that is set.
type Settle struct {
	Result    MediationResult
	Text      string // the agreement, or why there is none; an agreement must be written down
	AmountFen int64  // what the bank pays under the agreement; 0 for nothing
}

// MediationResult is what came of a session.
type MediationResult string

// What can come of a session.
const (
	MediationAgreed    MediationResult = "agreed"
	MediationNotAgreed MediationResult = "not_agreed"
	MediationPostponed MediationResult = "postponed"
	MediationAbsent    MediationResult = "absent" // the customer did not come
)

// MediationResults lists them.
func MediationResults() []MediationResult {
	return []MediationResult{MediationAgreed, MediationNotAgreed, MediationPostponed, MediationAbsent}
}

// MediationSet sets a session.
type MediationSet struct {
	N        int            `json:"n"` // counts the complaint's sessions from 1
	When     time.Time      `json:"when"`
	Place    string         `json:"place"`
	Leader   org.PersonID   `json:"leader"`
	As       ExpertKind     `json:"as"`
	Bank     []org.PersonID `json:"bank"`
	Customer string         `json:"customer"`
	Remind   []time.Time    `json:"remind,omitempty"` // when people are reminded: in the morning of its day, an hour before
	Ask      time.Time      `json:"ask"`              // when whoever set it is asked what came of it
}

// Kind is the stored name.
func (MediationSet) Kind() string { return "mediation_set.v1" }

// MediationHeld is what came of a session. A postponed one may be followed by the next.
type MediationHeld struct {
	N         int             `json:"n"`
	Result    MediationResult `json:"result"`
	Text      string          `json:"text,omitempty"`
	AmountFen int64           `json:"amount_fen,omitempty"`
}

// Kind is the stored name.
func (MediationHeld) Kind() string { return "mediation_held.v1" }

// MediationNudged reminds of a session to come, or asks for the outcome of one that is over.
type MediationNudged struct {
	N     int       `json:"n"`
	Due   time.Time `json:"due"`             // when the reminder was due
	After bool      `json:"after,omitempty"` // the outcome is missing
	Late  bool      `json:"late,omitempty"`  // noticed when the session had begun: recorded, not told
}

// Kind is the stored name.
func (MediationNudged) Kind() string { return "mediation_nudged.v1" }

// Session is a mediation session.
type Session struct {
	MediationSet
	By        org.PersonID // who set it
	At        time.Time
	Result    MediationResult // empty until it is known
	Text      string
	AmountFen int64
	Ended     Mark // who recorded what came of it
	Reminded  int  // how many of Remind are done
	Asked     bool // that the outcome is missing has been told
	Lapsed    bool // the complaint was closed before it began
}

// Waits reports whether what came of the session is still to be recorded.
func (s Session) Waits() bool { return s.Result == "" && !s.Lapsed }

// Session is the mediation session that is set and whose outcome is not known; ok is false for none.
func (c *Complaint) Session() (s Session, ok bool) {
	if n := len(c.Sessions); n > 0 && c.Sessions[n-1].Waits() {
		return c.Sessions[n-1], true
	}
	return Session{}, false
}

// SessionByNumber finds a session of any state.
func (c *Complaint) SessionByNumber(n int) (Session, bool) {
	if n < 1 || n > len(c.Sessions) {
		return Session{}, false
	}
	return c.Sessions[n-1], true
}

// Verb names the row of the step table.
func (Mediate) Verb() Verb { return VerbMediate }

// Verb names the row of the step table.
func (Settle) Verb() Verb { return VerbSettle }

// needsNoSession refuses a session while one is set: what came of that, a postponement too, comes first.
func needsNoSession(c *Complaint, r *Rules) *Refusal {
	if s, ok := c.Session(); ok {
		return &Refusal{Code: SessionSet, First: VerbSettle, At: s.When}
	}
	return needsPanel(c, r)
}

// needsSession refuses an outcome of nothing; of one that is known it says who recorded it.
func needsSession(c *Complaint, _ *Rules) *Refusal {
	if _, ok := c.Session(); ok {
		return nil
	}
	if n := len(c.Sessions); n > 0 && c.Sessions[n-1].Result != "" {
		return &Refusal{Code: AlreadyDone, By: c.Sessions[n-1].Ended.By, At: c.Sessions[n-1].Ended.At}
	}
	return refuse(NoSession)
}

func (k Mediate) decide(c *Complaint, _ Actor, r *Rules, at time.Time) ([]Event, *Refusal) {
	invite := CallExpert{Person: k.Leader, For: ForMediation, When: k.When, Place: k.Place}
	invitation, no := invite.invites(c, "leader", r, at)
	if no != nil {
		return nil, no
	}
	bank, no := c.parties(k.Bank, r)
	if no != nil {
		return nil, no
	}
	var t texts
	e := MediationSet{
		N: len(c.Sessions) + 1, When: invitation.When, Place: invitation.Place, Leader: k.Leader, As: invitation.As, Bank: bank,
		Customer: t.need("customer_side", k.Customer), Remind: reminders(at, invitation.When, r.zone(c)), Ask: invitation.When.Add(24 * time.Hour),
	}
	if t.refusal != nil {
		return nil, t.refusal
	}
	if c.calledTo(k.Leader, e.When) {
		return []Event{e}, nil
	}
	return []Event{e, invitation}, nil
}

// parties are those who come for the bank, each once.
func (c *Complaint) parties(people []org.PersonID, r *Rules) ([]org.PersonID, *Refusal) {
	var out []org.PersonID
	for _, p := range people {
		if len(r.Tree.Posts(p)) == 0 {
			return nil, &Refusal{Code: NotInBank, Field: "bank", Person: p}
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, wrong(Missing, "bank")
	}
	return out, nil
}

// calledTo reports whether a person has been invited to a mediation at an instant and has not declined.
func (c *Complaint) calledTo(p org.PersonID, when time.Time) bool {
	return slices.ContainsFunc(c.Invitations, func(v Invitation) bool {
		return v.Person == p && v.For == ForMediation && v.When.Equal(when) && (v.State == InvitationSent || v.State == InvitationAccepted)
	})
}

// morning is the hour at which people are reminded of what is today.
const morning = 8

// reminders are when people are reminded of a session: in the morning of its day and an hour before, but not at once after it was set, and
// not twice within the hour.
func reminders(at, when time.Time, zone *time.Location) []time.Time {
	var out []time.Time
	early, hour := calendar.DayOf(when, zone).At(morning, 0, zone).UTC(), when.Add(-beforeSession)
	if early.After(at) && early.Before(hour) {
		out = append(out, early)
	}
	if hour.After(at) {
		out = append(out, hour)
	}
	return out
}

func (k Settle) decide(c *Complaint, _ Actor, _ *Rules, at time.Time) ([]Event, *Refusal) {
	s, _ := c.Session()
	switch {
	case k.Result == "":
		return nil, wrong(Missing, "result")
	case !known(MediationResults(), k.Result):
		return nil, notOneOf("result", string(k.Result))
	case at.Before(s.When) && k.Result != MediationPostponed:
		return nil, &Refusal{Code: SessionAhead, At: s.When}
	}
	var t texts
	e := MediationHeld{N: s.N, Result: k.Result, Text: t.text("text", k.Text)}
	if k.Result == MediationAgreed {
		e.Text, e.AmountFen = t.need("text", k.Text), max(0, k.AmountFen)
	}
	if t.refusal != nil {
		return nil, t.refusal
	}
	return []Event{e}, nil
}

// nudgeAt is when people are next reminded of the session, or asked for its outcome; zero for never. Its outcome is asked for after the
// complaint has been closed, too.
func (s Session) nudgeAt(open bool) time.Time {
	switch {
	case !s.Waits() || s.Asked:
		return time.Time{}
	case open && s.Reminded < len(s.Remind):
		return s.Remind[s.Reminded]
	}
	return s.Ask
}

// mediationNudge is what there is to say about a session now, unless the decision's own events say what came of it.
func (c *Complaint) mediationNudge(events []Event, at time.Time) []Event {
	s, ok := c.Session()
	due := s.nudgeAt(c.Open())
	if !ok || due.IsZero() || at.Before(due) {
		return nil
	}
	for _, e := range events {
		if _, held := e.(MediationHeld); held {
			return nil
		}
	}
	if !at.Before(s.Ask) {
		return []Event{MediationNudged{N: s.N, Due: s.Ask, After: true}}
	}
	for _, r := range s.Remind {
		if !at.Before(r) {
			due = r // of several the last
		}
	}
	return []Event{MediationNudged{N: s.N, Due: due, Late: !at.Before(s.When)}}
}

func (e MediationSet) effect(c *Complaint, f Fact) {
	c.Sessions = append(c.Sessions, Session{MediationSet: e, By: f.By.Person, At: f.At})
}

func (e MediationHeld) effect(c *Complaint, f Fact) {
	if _, ok := c.SessionByNumber(e.N); !ok {
		return
	}
	s := &c.Sessions[e.N-1]
	s.Result, s.Text, s.AmountFen, s.Ended = e.Result, e.Text, e.AmountFen, Mark{By: f.By.Person, At: f.At}
}

func (e MediationNudged) effect(c *Complaint, _ Fact) {
	if _, ok := c.SessionByNumber(e.N); !ok {
		return
	}
	s := &c.Sessions[e.N-1]
	s.Asked = s.Asked || e.After
	for s.Reminded < len(s.Remind) && !s.Remind[s.Reminded].After(e.Due) {
		s.Reminded++
	}
}

// ledBy makes somebody who accepts an invitation to the session that is set its leader, where the one who was to lead it has declined.
func (c *Complaint) ledBy(v Invitation) {
	s, ok := c.Session()
	if !ok || v.For != ForMediation || !v.When.Equal(s.When) || c.calledTo(s.Leader, s.When) {
		return
	}
	c.Sessions[s.N-1].Leader, c.Sessions[s.N-1].As = v.Person, v.As
}

// sessionNotices: whoever leads a session is reminded of it, and whoever set it is asked for its outcome, in a direct message.
func sessionNotices(c Complaint, f Fact) []Notice {
	e, ok := f.Event.(MediationNudged)
	if !ok {
		return nil
	}
	s, _ := c.SessionByNumber(e.N)
	switch {
	case e.After && s.By != "":
		return toEach(TellSession, f, []org.PersonID{s.By})
	case !e.After && c.calledTo(s.Leader, s.When):
		return toEach(TellSession, f, []org.PersonID{s.Leader})
	}
	return nil
}
