package card

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/org"

	"github.com/slack-go/slack"
)

// InvitationMenu is the Menu of a [Value] whose button is about one invitation.
func InvitationMenu(n int) string { return "e" + strconv.Itoa(n) }

// InvitationOf reads what InvitationMenu wrote; 0 for anything else.
func InvitationOf(menu string) int {
	digits, ok := strings.CutPrefix(menu, "e")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 {
		return 0
	}
	return n
}

// moment is an instant written out for the unit's zone.
func (f Face) moment(at time.Time) string { return f.Words.Time(at, f.Zone, f.today()) }

// expert names a member of the panel with what he is.
func (f Face) expert(kind workflow.ExpertKind, p org.PersonID) string {
	return f.Words.T("expert.who", "kind", f.enum("expert_kind", string(kind)), "name", f.name(p))
}

// outside is what the card says of outside experts and of the last mediation.
func (f Face) outside(c workflow.Complaint) []string {
	var out, who []string
	n := 0
	for i, v := range c.Invitations {
		if v.State == workflow.InvitationReplaced || invitedLater(c, i) {
			continue
		}
		if n++; n <= mostNames {
			who = append(who, f.Words.T("expert.stands", "name", f.expert(v.As, v.Person), "state", f.enum("invitation", string(v.State))))
		}
	}
	if n > 0 {
		out = append(out, f.Words.T("expert.here", "who", f.crowd(who, n)))
	}
	if len(c.Sessions) == 0 {
		return out
	}
	switch s := c.Sessions[len(c.Sessions)-1]; {
	case s.Result != "":
		out = append(out, f.Words.T("expert.result", "n", s.N, "result", f.enum(words.MediationResult, string(s.Result))))
	case s.Waits():
		out = append(out, f.Words.T("expert.session", "n", s.N, "when", f.moment(s.When), "place", escape(s.Place, wordLength), "name", f.name(s.Leader)))
	}
	return out
}

// invitedLater reports whether an invitation's person has a later one.
func invitedLater(c workflow.Complaint, i int) bool {
	for _, v := range c.Invitations[i+1:] {
		if v.Person == c.Invitations[i].Person {
			return true
		}
	}
	return false
}

func (f Face) sayInvited(_ workflow.Complaint, e workflow.ExpertInvited) said {
	return said{text: e.Why, what: f.Words.T("expert.invited", "who", f.expert(e.As, e.Person), "purpose", f.enum(words.Purpose, string(e.For)),
		"when", f.moment(e.When), "place", escape(e.Place, reasonLength))}
}

func (f Face) sayAttends(c workflow.Complaint, e workflow.ExpertAnswered) said {
	v, _ := c.Invitation(e.N)
	key := "expert.declined"
	if e.Accepted {
		key = "expert.accepted"
	}
	return said{text: e.Reason, what: f.Words.T(key, "purpose", f.enum(words.Purpose, string(v.For)), "when", f.moment(v.When),
		"place", escape(v.Place, reasonLength), "name", f.mention(v.By))}
}

func (f Face) sayWaiting(c workflow.Complaint, e workflow.ExpertWaiting) said {
	v, _ := c.Invitation(e.N)
	return said{alone: true, what: f.Words.T("expert.waiting", "who", f.expert(v.As, v.Person), "when", f.moment(v.When), "name", f.mention(v.By))}
}

func (f Face) sayOpinion(_ workflow.Complaint, e workflow.OpinionGiven) said {
	return said{what: f.Words.T("expert.opinion"), text: e.Text}
}

func (f Face) saySession(_ workflow.Complaint, e workflow.MediationSet) said {
	return said{
		what: f.Words.T("expert.set", "n", e.N, "when", f.moment(e.When), "place", escape(e.Place, reasonLength), "who", f.expert(e.As, e.Leader)),
		also: []string{f.Words.T("expert.parties", "bank", f.names(e.Bank), "customer", escape(e.Customer, reasonLength))},
	}
}

func (f Face) sayHeld(_ workflow.Complaint, e workflow.MediationHeld) said {
	s := said{text: e.Text, what: f.Words.T("expert.held", "n", e.N, "result", f.enum(words.MediationResult, string(e.Result)))}
	if e.AmountFen > 0 {
		s.also = []string{f.Words.T("expert.amount", "amount", words.Amount(e.AmountFen))}
	}
	return s
}

func (f Face) saySessionNudge(c workflow.Complaint, e workflow.MediationNudged) said {
	s, _ := c.SessionByNumber(e.N)
	if e.After {
		var people []org.PersonID
		for _, p := range []org.PersonID{s.By, c.Lead, c.Handler} {
			if p != "" && !slices.Contains(people, p) {
				people = append(people, p)
			}
		}
		return said{
			alone: true, what: f.Words.T("expert.missing", "n", e.N, "when", f.moment(s.When), "who", f.mentions(people)),
			also: []string{f.Words.T("expert.missing_how", "command", f.fullExample(c, workflow.VerbSettle))},
		}
	}
	return said{alone: true, what: f.Words.T("expert.ahead", "n", e.N, "when", f.moment(s.When), "place", escape(s.Place, reasonLength), "who", f.mentions(s.Bank))}
}

// fullExample is a command with the whole number, because a message stays when today is over.
func (f Face) fullExample(c workflow.Complaint, v workflow.Verb) string {
	return f.Words.Example(string(v), escape(string(c.ID), wordLength))
}

// note is a direct message of some lines and buttons. It leads nowhere else: who reads it may have no access to anything else.
func (f Face) note(what string, c workflow.Complaint, lines []string, choices []choice) Message {
	id := blockIDs(what, c)
	m := Message{Text: lines[0]}
	lines = append([]string{"*" + lines[0] + "*"}, lines[1:]...)
	m.Blocks = []slack.Block{section(id("what"), stack(lines))}
	if len(choices) == 0 {
		return m
	}
	elements := make([]slack.BlockElement, len(choices))
	for i, k := range choices {
		b := slack.NewButtonBlockElement(k.action, k.value, plain(k.text))
		if k.primary {
			b.Style = slack.StylePrimary
		}
		elements[i] = b
	}
	m.Blocks = append(m.Blocks, slack.NewActionBlock(id("do"), elements...))
	return m
}

// Invitation is the direct message to an outside expert: who asks, what for, when and where, and the masked complaint; with buttons that
// answer, and once it is accepted with those to comment and to give an opinion. It shows no customer, not even a masked one.
func Invitation(f Face, c workflow.Complaint, v workflow.Invitation) Message {
	f = f.ready()
	lines := []string{
		f.Words.T("expert.dm", "name", f.name(v.By), "purpose", f.enum(words.Purpose, string(v.For)), "number", escape(string(c.ID), wordLength),
			"unit", f.unit(c.Unit)),
		f.Words.T("expert.dm_when", "when", f.date(v.When, f.today()), "place", escape(v.Place, reasonLength)),
	}
	add := func(key, text string) {
		if text != "" {
			lines = append(lines, f.Words.T(key, "text", text))
		}
	}
	add("expert.dm_why", escape(v.Why, reasonLength))
	add("expert.dm_what", escape(c.Summary, workflow.CardSummary))
	add("expert.dm_remedy", escape(c.Remedy, remedyLength))
	verbs := []workflow.Verb{}
	state := v.State
	if !c.Open() && state == workflow.InvitationAccepted {
		state = workflow.InvitationLapsed
	}
	switch state {
	case workflow.InvitationSent:
		lines = append(lines, f.Words.T("expert.dm_sent", "attend", f.fullExample(c, workflow.VerbAttend)))
		verbs = []workflow.Verb{workflow.VerbAttend, workflow.VerbRegret}
	case workflow.InvitationAccepted:
		if c.InvitedAgain(v) {
			lines = append(lines, f.Words.T("expert.dm_later"))
			break
		}
		lines = append(lines, f.Words.T("expert.dm_accepted", "opinion", f.fullExample(c, workflow.VerbOpinion)))
		verbs = []workflow.Verb{workflow.VerbOpinion, workflow.VerbNote}
	case workflow.InvitationDeclined:
		lines = append(lines, f.Words.T("expert.dm_declined"))
	case workflow.InvitationReplaced:
		lines = append(lines, f.Words.T("expert.dm_replaced"))
	case workflow.InvitationLapsed:
		key := "expert.dm_lapsed"
		if !v.When.After(c.ClosedAt) {
			key = "expert.dm_closed"
		}
		lines = append(lines, f.Words.T(key))
	}
	value := EncodeValue(Value{ID: c.ID, Menu: InvitationMenu(v.N)})
	choices := make([]choice, len(verbs))
	for i, verb := range verbs {
		choices[i] = choice{ActionPrefix + string(verb), f.buttonText(verb), value, i == 0}
	}
	return f.note(fmt.Sprintf("expert/%d", v.N), c, lines, choices)
}

// HomeInvitation is what an outside expert's App Home shows of an invitation.
type HomeInvitation struct {
	Complaint  workflow.ID
	Unit       org.UnitID
	Invitation workflow.Invitation
}

// homeInvited lists an outside expert's invitations, with the buttons of each.
func (f Face) homeInvited(h *home, list []HomeInvitation) {
	h.add(f.Words.T("expert.stranger"))
	for _, k := range list[:min(len(list), homeCalls)] {
		v := k.Invitation
		h.add(f.Words.T("expert.home", "number", escape(string(k.Complaint), wordLength), "unit", f.unit(k.Unit), "when", f.moment(v.When),
			"place", escape(v.Place, reasonLength), "purpose", f.enum(words.Purpose, string(v.For)), "state", f.enum("invitation", string(v.State))))
		verbs := []workflow.Verb{workflow.VerbAttend, workflow.VerbRegret}
		if v.State == workflow.InvitationAccepted {
			verbs = []workflow.Verb{workflow.VerbOpinion, workflow.VerbNote}
		}
		value := EncodeValue(Value{ID: k.Complaint, Menu: InvitationMenu(v.N)})
		elements := make([]slack.BlockElement, len(verbs))
		for i, verb := range verbs {
			elements[i] = slack.NewButtonBlockElement(ActionPrefix+string(verb), value, plain(f.buttonText(verb)))
		}
		h.blocks = append(h.blocks, slack.NewActionBlock(fmt.Sprintf("home/%d", len(h.blocks)), elements...))
	}
	if rest := len(list) - homeCalls; rest > 0 {
		h.add(f.rest(rest))
	}
}

// Dismissed tells an outside expert that a complaint was closed before the session.
func Dismissed(f Face, c workflow.Complaint, v workflow.Invitation) Message {
	f = f.ready()
	return f.note("dismissed", c, []string{f.Words.T("expert.dm_over", "number", escape(string(c.ID), wordLength), "unit", f.unit(c.Unit),
		"when", f.moment(v.When), "purpose", f.enum(words.Purpose, string(v.For)))}, nil)
}

// Waiting tells whoever invited an outside expert that nothing has come back.
func Waiting(f Face, c workflow.Complaint, v workflow.Invitation) Message {
	f = f.ready()
	title := f.Words.T("expert.dm_waiting", "who", f.expert(v.As, v.Person), "number", escape(string(c.ID), wordLength), "unit", f.unit(c.Unit))
	lines := []string{
		f.Words.T("expert.dm_when", "when", f.date(v.When, f.today()), "place", escape(v.Place, reasonLength)),
		f.Words.T("expert.dm_waiting_how", "command", f.fullExample(c, workflow.VerbExpert)),
	}
	return f.private("waiting", c, title, lines, nil)
}

// SessionAhead reminds whoever leads a mediation of it.
func SessionAhead(f Face, c workflow.Complaint, s workflow.Session) Message {
	f = f.ready()
	return f.note("session", c, []string{
		f.Words.T("expert.dm_ahead", "when", f.moment(s.When), "number", escape(string(c.ID), wordLength), "unit", f.unit(c.Unit)),
		f.Words.T("expert.dm_when", "when", f.date(s.When, f.today()), "place", escape(s.Place, reasonLength)),
		f.Words.T("expert.parties", "bank", f.names(s.Bank), "customer", escape(s.Customer, reasonLength)),
	}, nil)
}

// SessionMissing asks whoever set a mediation what came of it.
func SessionMissing(f Face, c workflow.Complaint, s workflow.Session) Message {
	f = f.ready()
	title := f.Words.T("expert.dm_missing", "number", escape(string(c.ID), wordLength), "unit", f.unit(c.Unit))
	value := EncodeValue(Value{ID: c.ID, Menu: MenuVersion(c)})
	return f.private("missing", c, title, []string{
		f.Words.T("expert.dm_when", "when", f.date(s.When, f.today()), "place", escape(s.Place, reasonLength)),
		f.Words.T("expert.missing_how", "command", f.fullExample(c, workflow.VerbSettle)),
	}, []choice{{ActionPrefix + string(workflow.VerbSettle), f.buttonText(workflow.VerbSettle), value, true}})
}

// showOutside adds the opinions and the mediation sessions to a whole complaint.
func (f Face) showOutside(p *pages, c workflow.Complaint) {
	for _, o := range c.Opinions {
		f.longText(p, f.Words.T("expert.opinion_of", "name", f.name(o.By), "time", f.moment(o.At)), o.Text)
	}
	for _, s := range c.Sessions {
		set := f.saySession(c, s.MediationSet)
		p.add(stack(append([]string{"*" + set.what + "*"}, set.also...)))
		if s.Result != "" {
			held := f.sayHeld(c, workflow.MediationHeld{N: s.N, Result: s.Result, AmountFen: s.AmountFen})
			f.longText(p, dots(append([]string{held.what}, held.also...)), first(s.Text, f.Words.T("line.empty")))
		}
	}
}

func first(text, otherwise string) string {
	if strings.TrimSpace(text) == "" {
		return otherwise
	}
	return text
}

// Mediations answers /notice mediation: the success rate of twelve months, in all and by serious kind, source and who led the sessions, with the
// rule by which it is counted.
func Mediations(f Face, unit org.UnitID, m workflow.Mediations) []Message {
	f = f.ready()
	p := f.newPages(fmt.Sprintf("mediation/%s/%s", workflow.Gist(string(unit), wordLength), m.To), f.Words.T("mediation.title",
		"unit", f.unit(unit), "from", m.From.String(), "to", m.To.String()))
	p.add(f.mediationCount(m.Total))
	var lines []string
	part := func(key string, rows []workflow.MediationRow, name func(string) string) {
		if len(rows) > 0 {
			lines = append(lines, f.Words.T(key))
		}
		for _, r := range rows {
			lines = append(lines, f.Words.T("mediation.row", "name", name(r.Name), "count", f.mediationCount(r.MediationCount)))
		}
	}
	part("mediation.kinds", m.Kinds, func(code string) string {
		if code == "" {
			return f.Words.T("mediation.no_kind")
		}
		return f.enum(words.Kind, code)
	})
	part("mediation.sources", m.Sources, func(code string) string { return f.enum(words.Source, code) })
	part("mediation.experts", m.Experts, func(person string) string { return f.name(org.PersonID(person)) })
	lines = append(lines, f.Words.T("mediation.rule"))
	p.addLines(mostParts, lines, f.rest)
	return p.messages()
}

// mediationCount is a count in words: the rate first, then what is not in it.
func (f Face) mediationCount(m workflow.MediationCount) string {
	if m == (workflow.MediationCount{}) {
		return f.Words.T("mediation.none")
	}
	rate := f.Words.T("mediation.count_none")
	if percent, ok := m.Percent(); ok {
		rate = f.Words.T("mediation.count", "agreed", m.Agreed, "n", m.Outcomes(), "percent", percent)
	}
	out := []string{rate}
	add := func(key string, n int) {
		if n > 0 {
			out = append(out, f.Words.T(key, "n", n))
		}
	}
	add("mediation.parts", m.NotAgreed)
	add("mediation.absent", m.Absent)
	add("mediation.postponed", m.Postponed)
	if m.AmountFen > 0 {
		out = append(out, f.Words.T("mediation.amount", "amount", words.Amount(m.AmountFen)))
	}
	return dots(out)
}
