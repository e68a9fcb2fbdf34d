package card

import (
	"strings"
	"time"

	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/org"
)

// Why answers /complaint why: every deadline with its rule, the arithmetic, what became of it, and the policy it was computed
// under; then every climb on the ladder. policyOf finds a policy by its version; false where it is not known. next gives the people
// whom a rung would call now, for the one that comes next; nil names its positions alone. When there are more deadlines or climbs than
// a message holds, the newest are shown.
func Why(
	f Face, c workflow.Complaint, policyOf func(version string) (workflow.Policy, bool), next func(rung int) []org.PersonID,
) Message {
	f = f.ready()
	const room, climbRoom = 4_000, 3_500
	lines, policies, used := f.whyLines(c)
	for used > room && len(lines) > 1 {
		used -= length(lines[0]) + 1
		lines = lines[1:]
	}
	p := f.newPages(blockIDs("why", c)("page"), f.Words.T("why.title", "number", escape(string(c.ID), wordLength)))
	if n := len(c.Clocks) - len(lines); n > 0 {
		p.add(f.Words.T("why.earlier", "n", n))
	}
	for _, l := range lines {
		p.add(l)
	}
	for _, l := range f.whyClimbs(c, next, climbRoom) {
		p.add(l)
	}
	for i, version := range policies {
		if i == mostNames {
			break
		}
		p.add(f.policy(version, policyOf))
	}
	return p.messages()[0]
}

// whyLines gives a line for each deadline, the versions of the policies they name, and how many characters the lines have.
func (f Face) whyLines(c workflow.Complaint) (lines, policies []string, used int) {
	seen := map[string]bool{}
	for _, r := range c.Clocks {
		line := f.Words.T("why.line", "clock", f.enum(words.Clock, string(r.Deadline.Clock)), "sum", f.arithmetic(c, r.Deadline),
			"state", f.fate(c, r))
		lines = append(lines, line)
		used += length(line) + 1
		if !seen[r.Why] {
			seen[r.Why] = true
			policies = append(policies, r.Why)
		}
	}
	return lines, policies, used
}

// arithmetic writes a deadline as the sum that made it: "收到 09:12 + 2 小时 = 11:12".
func (f Face) arithmetic(c workflow.Complaint, d workflow.Deadline) string {
	return f.Words.T("why.rule."+string(d.Rule),
		"from", f.from(c, d),
		"start", f.Words.Time(d.Start, f.Zone, f.day(c)),
		"span", f.Words.Span(time.Duration(d.Span)),
		"days", d.Days,
		"day", f.Words.ShortDay(d.Day),
		"raw", f.end(d.Raw, f.day(c)),
		"old", f.replacedDue(c, d),
		"due", f.end(d.Due, f.day(c)))
}

// from says what a deadline counts from.
func (f Face) from(c workflow.Complaint, d workflow.Deadline) string {
	_, round, _ := strings.Cut(d.ID, "/")
	round, _, _ = strings.Cut(round, "+")
	switch {
	case d.Clock == workflow.ClockForwarded:
		return f.Words.T("why.from.forwarded")
	case d.Clock == workflow.ClockLead:
		return f.Words.T("why.from.raised")
	case d.Clock == workflow.ClockAnswer:
		return f.Words.T("why.from.asked")
	case d.Clock == workflow.ClockDirective:
		return f.Words.T("why.from.directed")
	case d.Start.Equal(c.ReceivedAt):
		return f.Words.T("why.from.received")
	}
	return f.Words.T("why.from.round", "n", escape(round, nameLength))
}

// replacedDue is the deadline before the one that extended it.
func (f Face) replacedDue(c workflow.Complaint, d workflow.Deadline) string {
	before := ""
	for _, r := range c.Clocks {
		if r.ID == d.ID {
			break
		}
		if r.Deadline.Clock == d.Clock && r.Replaced {
			before = f.end(r.Due, f.day(c))
		}
	}
	return before
}

// fate is what became of a deadline.
func (f Face) fate(c workflow.Complaint, r workflow.Running) string {
	switch {
	case r.Replaced:
		return f.Words.T("why.state.replaced")
	case !r.Breached.IsZero() && r.Met.IsZero():
		return f.Words.T("why.state.breached")
	case !r.Breached.IsZero() || !r.Met.IsZero() && r.Met.After(r.Due):
		return f.Words.T("why.state.late", "at", f.Words.Time(r.Met, f.Zone, f.day(c)))
	case !r.Met.IsZero():
		return f.Words.T("why.state.met", "at", f.Words.Time(r.Met, f.Zone, f.day(c)))
	}
	return f.Words.T("why.state.running")
}

// policy says what a version of the policy asks for, in one line.
func (f Face) policy(version string, policyOf func(string) (workflow.Policy, bool)) string {
	version = escape(version, nameLength)
	if policyOf == nil {
		return f.Words.T("why.policy_unknown", "version", version)
	}
	p, ok := policyOf(version)
	if !ok {
		return f.Words.T("why.policy_unknown", "version", version)
	}
	span := func(s workflow.Span) string { return f.Words.Span(time.Duration(s)) }
	return f.Words.T("why.policy", "version", version, "accept", span(p.Accept), "assign", span(p.Assign), "contact", span(p.Contact), "days", p.StatutoryDays,
		"late", f.Words.T("why.late."+string(p.LateIntake), "window", span(p.Window)))
}
