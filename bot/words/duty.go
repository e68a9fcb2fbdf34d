package words

import (
	"slices"
	"strings"
	"time"

	"sameday/bot/grammar"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// Kinds of enumerations of the ladder and of duty, for [Words.Name] and [Enum].
const (
	Cause       = "cause"
	Ending      = "ending"
	Role        = "role"
	ShiftSource = "shift_source"
	Pattern     = "pattern" // how a roster takes turns: whole_day, day_night, weekly
	Midnight    = "midnight"
	Weekday     = "weekday"
	DutyVerb    = "duty_verb"
)

// The verbs of /duty.
const (
	DutyNow  = "now"
	DutyWeek = "week"
	DutySwap = "swap"
	DutySet  = "set"
	DutyGaps = "gaps"
	DutyAck  = "ack"
	DutyHelp = "help"
)

// DutyVerbs lists what may be typed for each verb of /duty in any language, the verb itself first.
func DutyVerbs() map[string][]string {
	out := map[string][]string{}
	for _, v := range []string{DutyNow, DutyWeek, DutySwap, DutySet, DutyGaps, DutyAck, DutyHelp} {
		out[v] = []string{v}
		for _, language := range Languages() {
			for _, name := range For(language).also[DutyVerb+"."+v] {
				if a := grammar.Fold(name); a != "" && !slices.Contains(out[v], a) {
					out[v] = append(out[v], a)
				}
			}
		}
	}
	return out
}

// Patterns lists the ways in which a roster can take turns, in the order in which a form offers them.
func Patterns() []string { return []string{"whole_day", "day_night", "weekly"} }

// Callee says as what somebody is called: "值班", "分行行长", "head office service desk". Of alternatives it names each. It is not
// escaped.
func (w *Words) Callee(c workflow.Callee) string {
	var out []string
	for one := range strings.SplitSeq(string(c), "|") {
		level, who, ok := strings.Cut(one, ".")
		key := "callee." + level
		switch {
		case !ok && w.Has(key):
			out = append(out, w.T(key))
		case !ok || !w.Has(key):
			out = append(out, one)
		default:
			out = append(out, w.T(key, "who", w.calleeWho(who)))
		}
	}
	return strings.Join(out, w.T("join.or"))
}

// calleeWho names a position, or the officer on duty, as it stands behind a level.
func (w *Words) calleeWho(who string) string {
	if key := "callee." + who; w.Has(key) {
		return w.T(key)
	}
	return w.Name(Position, who)
}

// Weekday is the name of a day's weekday.
func (w *Words) Weekday(d calendar.Day) string {
	noon := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC)
	return w.Name(Weekday, strings.ToLower(noon.Weekday().String()))
}

// Stretch is a stretch of time as seen from a day: "11-24 08:30 至 11-25 08:30", "11-24 08:30 至 20:30".
func (w *Words) Stretch(s duty.Span, zone *time.Location, today calendar.Day) string {
	if zone == nil {
		zone = time.UTC
	}
	return w.T("duty.span", "from", w.Time(s.From, zone, today), "to", w.End(s.To, zone, calendar.DayOf(s.From, zone)))
}

// DutyRefusal says in one or two sentences why something about a roster was refused, who may where that is the reason, and what to do
// next. n.ID is not looked at.
func (w *Words) DutyRefusal(r *duty.Refusal, n Naming) string {
	span := duty.Span{From: r.From, To: r.To}
	problems := make([]string, 0, len(r.Problems))
	for _, p := range r.Problems[:min(len(r.Problems), mostProblems)] {
		problems = append(problems, "\n"+w.T("duty.list", "what", w.DutyProblem(p, n)))
	}
	if rest := len(r.Problems) - len(problems); rest > 0 {
		problems = append(problems, "\n"+w.T("duty.more", "n", rest))
	}
	name := n.escape(r.Name)
	if name == "" {
		name = w.T("duty_no.holiday")
	}
	return w.T(dutyKey(r),
		"who", w.dutyWho(r, n),
		"field", w.FieldName("", strings.ToLower(r.Field)),
		"person", n.person(r.Person),
		"by", n.by(w, systemless(r.By)),
		"at", w.Time(r.At, n.Zone, n.seen()),
		"from", w.Time(r.From, n.Zone, n.seen()),
		"to", w.End(r.To, n.Zone, n.seen()),
		"span", w.Stretch(span, n.Zone, n.seen()),
		"role", w.Name(Role, string(r.Role)),
		"name", name,
		"n", len(r.Problems),
		"problems", strings.Join(problems, ""),
		"clock", w.Time(r.At, n.Zone, n.seen()),
		"roles", w.Names(Role, codesOf(duty.Roles())),
	)
}

// mostProblems bounds how many problems of a plan one answer lists.
const mostProblems = 10

// systemless turns the ledger's name of clocks and jobs into nobody, which is shown as the system.
func systemless(p org.PersonID) org.PersonID {
	if p == org.System {
		return ""
	}
	return p
}

// dutyKey finds the sentence of a refusal.
func dutyKey(r *duty.Refusal) string {
	key := "duty_no." + string(r.Code)
	switch {
	case r.Code == duty.NoRight && len(r.Who) == 0:
		return key + "_system"
	case r.Code == duty.NotDue && r.At.IsZero():
		return key + "_none"
	case (r.Code == duty.NotHisShift || r.Code == duty.Superseded) && r.Person == "":
		return key + "_none"
	}
	return key
}

// dutyWho says in words who may.
func (w *Words) dutyWho(r *duty.Refusal, n Naming) string {
	out := make([]string, len(r.Who))
	for i, g := range r.Who {
		form := ".some"
		if len(g.Positions) == 0 {
			form = ".any"
		}
		out[i] = w.T("where."+string(g.Where)+form, "person", n.person(r.Person),
			"positions", strings.Join(w.each(Position, codesOf(g.Positions)), w.T("join.or")))
	}
	return strings.Join(out, w.T("join.who"))
}

// DutyProblem says what is wrong with a plan, and what to do about it.
func (w *Words) DutyProblem(p duty.Problem, n Naming) string {
	return w.T("duty_no."+string(p.Code),
		"role", n.escape(w.Name(Role, string(p.Role))),
		"span", w.Stretch(duty.Span{From: p.From, To: p.To}, n.Zone, n.seen()),
		"from", w.Time(p.From, n.Zone, n.seen()),
		"to", w.End(p.To, n.Zone, n.seen()),
		"person", n.person(p.Person),
		"clock", p.Clock,
		"roles", w.Names(Role, codesOf(duty.Roles())),
	)
}
