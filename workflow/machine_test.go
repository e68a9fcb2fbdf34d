package workflow_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// machine is one complaint on which random people do random things at random times. Its checks are the rules that no sequence may break.
type machine struct {
	rules     *workflow.Rules
	zone      *time.Location
	people    []org.PersonID
	now       time.Time
	c         workflow.Complaint
	facts     []workflow.Fact // as they come back from the ledger
	deadlines map[string]workflow.Deadline
	rosters   []duty.Roster
	ladder    ladderModel
	count     int // makes texts that differ
	steps     int
	who       workflow.Actor // whose command is being made
}

func TestComplaintMachine(t *testing.T) {
	t.Parallel()
	base := bank(t)
	zones := map[org.UnitID]*time.Location{"jingan": location(t, "Asia/Shanghai"), "london": location(t, "Europe/London")}
	rapid.Check(t, func(t *rapid.T) {
		rules := *base
		rules.Policy.LateIntake = rapid.SampledFrom(workflow.LateIntakes()).Draw(t, "late intake")
		rules.Gateway = rapid.Bool().Draw(t, "gateway")
		unit := rapid.SampledFrom([]org.UnitID{"jingan", "london"}).Draw(t, "unit")
		m := &machine{
			rules: &rules, zone: zones[unit], people: append(rules.Tree.People(), "stranger", "lawyer.fang", "expert.qin"),
			now:       time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 8*24*60).Draw(t, "start")) * time.Minute),
			deadlines: map[string]workflow.Deadline{}, c: workflow.Complaint{ID: "20261020-001"},
			ladder: ladderModel{rules: &rules, duty: map[org.UnitID]org.PersonID{}},
		}
		m.roster(t)
		m.open(t, unit)
		t.Repeat(map[string]func(*rapid.T){
			"":               m.check,
			"wait":           m.wait,
			"act":            m.act,
			"act wildly":     m.actWildly,
			"sweep":          m.sweep,
			"job":            m.job,
			"carry on":       m.carryOn,
			"post":           m.post,
			"end the day":    m.endDay,
			"to what is due": m.toWhatIsDue,
			"watch":          m.watch,
			"answer":         m.answer,
			"outside":        m.outside,
			"roster":         m.roster,
			"policy":         m.policy,
			"follow":         m.follow,
			"slack":          m.slack,
		})
	})
}

func (m *machine) open(t *rapid.T, unit org.UnitID) {
	ago := time.Duration(rapid.SampledFrom([]int{0, 0, 0, 5, 200, 3000}).Draw(t, "received minutes ago")) * time.Minute
	m.do(t, workflow.System(), workflow.Open{
		Unit: unit, Summary: "多收年费", ReceivedAt: m.now.Add(-ago), Source: rapid.SampledFrom(workflow.Sources()).Draw(t, "source"),
		Subjects: rapid.SliceOfN(rapid.SampledFrom(m.people), 0, 2).Draw(t, "subjects"),
		Customer: workflow.CustomerRef{Record: rapid.SampledFrom([]string{"", "r"}).Draw(t, "record")},
	})
}

func (m *machine) wait(t *rapid.T) {
	minutes := rapid.OneOf(rapid.IntRange(1, 120), rapid.IntRange(600, 2000), rapid.IntRange(10_000, 30_000)).Draw(t, "minutes")
	m.now = m.now.Add(time.Duration(minutes) * time.Minute)
}

// endDay goes to just around the end of the day.
func (m *machine) endDay(t *rapid.T) {
	end := calendar.DayOf(m.now, m.zone).End(m.zone).Add(time.Duration(rapid.IntRange(-3, 6).Draw(t, "minutes")) * time.Minute)
	if end.After(m.now) {
		m.now = end
	}
}

// toWhatIsDue goes to the moment at which something falls due, or just past it: what people do then races the sweep.
func (m *machine) toWhatIsDue(t *rapid.T) {
	wakes := m.c.Wakes()
	if len(wakes) == 0 {
		t.Skip("nothing falls due")
	}
	at := rapid.SampledFrom(wakes).Draw(t, "wake").At.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 15, 30, 60}).Draw(t, "minutes")) * time.Minute)
	if at.After(m.now) {
		m.now = at
	}
}

// act takes one entry of somebody's menu, with good words: it must go through.
func (m *machine) act(t *rapid.T) {
	who := workflow.Person(rapid.SampledFrom(m.people).Draw(t, "who"))
	menu := workflow.MenuFor(m.c, who, m.rules)
	verbs := append(menu.Next, menu.More...)
	if len(verbs) == 0 {
		t.Skip("nothing to do")
	}
	verb := rapid.SampledFrom(verbs).Draw(t, "verb")
	m.who = who
	if err := m.do(t, who, m.good(t, verb)); err != nil && (verb != workflow.VerbTransfer || m.c.Unit != "london") {
		t.Fatalf("%s is offered %s and refused: %+v", who, verb, err)
	}
}

// carryOn does the next step by whoever may, so that long histories come about.
func (m *machine) carryOn(t *rapid.T) {
	verb := workflow.Verb(m.c.Next())
	if verb == "" {
		verb = workflow.VerbReopen
	}
	if m.c.Main != "" { // its main goes on, or it is taken apart
		verb = workflow.VerbSeparate
	}
	for _, p := range m.people {
		if workflow.Can(m.c, verb, workflow.Person(p), m.rules) == nil {
			if err := m.do(t, workflow.Person(p), m.good(t, verb)); err != nil {
				t.Fatalf("%s by %s: %+v", verb, p, err)
			}
			return
		}
	}
	t.Fatalf("nobody may %s", verb)
}

// actWildly does anything by anybody: it may be refused, and a refusal changes nothing.
func (m *machine) actWildly(t *rapid.T) {
	who := workflow.ParseActor(string(rapid.SampledFrom(append(m.people, "system", "")).Draw(t, "who")))
	verb := rapid.SampledFrom(workflow.Table()).Draw(t, "row").Verb
	m.who = who
	if err := m.do(t, who, m.good(t, verb)); err == nil && !who.IsSystem() {
		m.count++
	}
}

// sweep works everything that is due, and tries what is not.
func (m *machine) sweep(t *rapid.T) {
	for _, w := range m.c.Wakes() {
		err := m.do(t, workflow.System(), workflow.Expire{Wake: w.ID})
		if due := !m.now.Before(w.At); err == nil && !due {
			t.Fatalf("%s expired at %s, before %s", w.ID, m.now, w.At)
		}
	}
	for _, w := range m.c.Wakes() {
		if !w.At.After(m.now) {
			t.Fatalf("%s of %s is still due after the sweep", w.ID, w.At)
		}
	}
}

// watch lets time pass with the bot in good health: everything is worked when it falls due.
func (m *machine) watch(t *rapid.T) {
	until := m.now.Add(time.Duration(rapid.OneOf(rapid.IntRange(1, 40), rapid.IntRange(100, 1500)).Draw(t, "minutes")) * time.Minute)
	for range 200 {
		wakes := m.c.Wakes()
		slices.SortFunc(wakes, func(a, b workflow.Wake) int { return a.At.Compare(b.At) })
		if len(wakes) == 0 || wakes[0].At.After(until) {
			m.now = until
			return
		}
		if wakes[0].At.After(m.now) {
			m.now = wakes[0].At
		}
		if err := m.do(t, workflow.System(), workflow.Expire{Wake: wakes[0].ID}); err != nil {
			t.Fatalf("%s at %s: %v", wakes[0].ID, m.now, err)
		}
	}
	t.Fatalf("at %s the sweep does not come to %s", m.now, until)
}

// answer lets one of those called answer.
func (m *machine) answer(t *rapid.T) {
	climb := m.c.Climbing()
	if climb == nil || len(climb.Calls) == 0 {
		t.Skip("nobody was called")
	}
	who := workflow.Person(rapid.SampledFrom(climb.Calls).Draw(t, "who").Person)
	if err := m.do(t, who, workflow.Ack{}); err != nil {
		t.Fatalf("%s was called and may not answer: %+v", who, err)
	}
}

// roster changes who is on duty: somebody, somebody who is absent, or nobody.
func (m *machine) roster(t *rapid.T) {
	unit := rapid.SampledFrom([]org.UnitID{"jingan", "london", "sh", "sz", "hq"}).Draw(t, "whose roster")
	who := rapid.SampledFrom(m.people).Draw(t, "on duty")
	delete(m.ladder.duty, unit)
	m.rosters = slices.DeleteFunc(m.rosters, func(r duty.Roster) bool { return r.Unit == unit })
	switch rapid.IntRange(0, 3).Draw(t, "is") {
	case 0:
		m.rosters = append(m.rosters, always(unit, who, away(who)))
	case 1:
	default:
		m.rosters, m.ladder.duty[unit] = append(m.rosters, always(unit, who)), who
	}
	m.rules.Book = duty.NewBook(m.rules.Tree, m.rosters...)
}

// policy changes the ladder for the climbs to come.
func (m *machine) policy(t *rapid.T) {
	long := workflow.DefaultLadder()
	n := rapid.IntRange(1, len(long)).Draw(t, "rungs")
	m.rules.Policy.Ladder = long[:n]
	if rapid.Bool().Draw(t, "patient") {
		for i := 1; i < n; i++ {
			long[i].After *= 8
		}
	}
	m.rules.Policy.NightRungs = []int{rapid.IntRange(1, n).Draw(t, "first night"), rapid.IntRange(1, n).Draw(t, "later")}
}

// slack records what Slack may have done for the group's channel, in any order.
func (m *machine) slack(t *rapid.T) {
	m.count++
	g := m.c.Group
	k := workflow.RecordGroup{N: g.N}
	step := rapid.SampledFrom(workflow.GroupSteps()).Draw(t, "step")
	room := g.Room
	if room == "" {
		room = fmt.Sprintf("G%d", m.count)
	}
	if rapid.IntRange(0, 3).Draw(t, "problem") == 0 {
		p := workflow.GroupProblem{Step: step, Trouble: rapid.SampledFrom(workflow.GroupTroubles()).Draw(t, "trouble"), Channel: g.Room}
		if step == workflow.GroupInvited && rapid.Bool().Draw(t, "of people") {
			p.People = g.People()
		}
		k.Problems = append(k.Problems, p)
	} else {
		k.Done = &workflow.GroupChannel{Step: step, Channel: room, People: g.ToInvite()}
	}
	err := m.do(t, workflow.System(), k)
	if err == nil {
		if again := m.do(t, workflow.System(), k); again == nil && step != workflow.GroupCreated {
			t.Fatalf("%+v is recorded twice", k)
		}
	}
}

func (m *machine) job(t *rapid.T) {
	ended := calendar.DayOf(m.now, m.zone).Add(-1 + rapid.IntRange(-2, 1).Draw(t, "off by"))
	_ = m.do(t, workflow.System(), workflow.FlagOvernight{Day: ended, Late: rapid.Bool().Draw(t, "late")})
}

func (m *machine) post(t *rapid.T) {
	m.count++
	what := rapid.SampledFrom([]string{workflow.PostedRoot, workflow.PostedMirror("sh")}).Draw(t, "what")
	post := workflow.RecordPost{Posted: workflow.Posted{What: what, Channel: "C", TS: fmt.Sprint(m.count)}}
	if err := m.do(t, workflow.System(), post); err != nil {
		t.Fatalf("a receipt is refused: %v", err)
	}
}

// good makes a command that is good in itself, and changes something.
func (m *machine) good(t *rapid.T, verb workflow.Verb) workflow.Command {
	m.count++
	fresh := fmt.Sprintf("第 %d 次", m.count)
	switch verb {
	case workflow.VerbNew:
		return workflow.Open{Unit: "jingan", Summary: fresh}
	case workflow.VerbAssign:
		able := slices.DeleteFunc(m.rules.Tree.People(), func(p org.PersonID) bool {
			return p == m.c.Handler || slices.Contains(m.c.Subjects, p)
		})
		return workflow.Assign{Handler: rapid.SampledFrom(able).Draw(t, "handler"), Note: fresh}
	case workflow.VerbContact:
		return workflow.Contact{Reached: rapid.Bool().Draw(t, "reached"), Wants: fresh}
	case workflow.VerbFeedback:
		return workflow.Feedback{Answer: rapid.SampledFrom(workflow.Answers()).Draw(t, "answer")}
	case workflow.VerbNote:
		return workflow.Note{Text: fresh}
	case workflow.VerbCustomer:
		return workflow.ShowCustomer{}
	case workflow.VerbGrade:
		return workflow.SetGrade{Grade: workflow.GradeKey, Notice: fresh}
	case workflow.VerbKind:
		if m.c.Serious() {
			return workflow.SetKinds{}
		}
		return workflow.SetKinds{Kinds: []workflow.SeriousKind{workflow.KindDispute}}
	case workflow.VerbFlag:
		return workflow.SetFlags{Flags: workflow.Flags{HeadCount: m.count}}
	case workflow.VerbCorrect:
		return workflow.Correct{Field: workflow.FieldSummary, Now: fresh}
	case workflow.VerbExtend:
		return workflow.Extend{Clock: m.extendable(), Reason: fresh, CustomerTold: fresh}
	case workflow.VerbRequest:
		return workflow.Request{Clock: m.extendable(), Reason: fresh, CustomerTold: fresh}
	case workflow.VerbGrant:
		return workflow.GrantExtension{}
	case workflow.VerbDeny:
		return workflow.DenyExtension{Reason: fresh}
	case workflow.VerbTransfer:
		to := rapid.SampledFrom([]org.UnitID{"jingan", "xuhui", "sh", "sz", "hq"}).Draw(t, "to")
		if o := m.c.Offered(); m.c.Unit == "london" {
			to = "sz" // refused: nothing else has its zone
		} else if to == m.c.Unit || o != nil && o.To == to {
			to = slices.DeleteFunc([]org.UnitID{"jingan", "xuhui", "sh"}, func(u org.UnitID) bool { return u == m.c.Unit || o != nil && u == o.To })[0]
		}
		return workflow.Transfer{To: to, Reason: fresh}
	case workflow.VerbReceive:
		return workflow.Receive{}
	case workflow.VerbCollective:
		return workflow.SetCollective{HeadCount: 2 + m.count, Representatives: []workflow.CustomerRef{{Record: fresh, Name: "张*"}}}
	case workflow.VerbRefuse:
		return workflow.Refuse{Reason: fresh}
	case workflow.VerbClose:
		return workflow.Close{Reason: fresh}
	case workflow.VerbAck:
		return workflow.Ack{}
	case workflow.VerbEscalate:
		return workflow.Escalate{Reason: fresh, AsOf: rapid.SampledFrom([]int{0, m.c.ClimbVersion()}).Draw(t, "as of")}
	case workflow.VerbReturn:
		return workflow.Return{Rung: rapid.IntRange(0, max(1, m.c.Raised()-1)).Draw(t, "rung"), Reason: fresh}
	case workflow.VerbReopen:
		return workflow.Reopen{Reason: fresh}
	case workflow.VerbLead:
		return workflow.Lead{Person: m.newLead(t)}
	case workflow.VerbDirect:
		to := rapid.SliceOfN(rapid.SampledFrom(m.rules.Tree.People()), 1, 3).Draw(t, "directed")
		return workflow.Direct{To: to, Text: fresh, Due: m.now.Add(time.Duration(rapid.IntRange(1, 4000).Draw(t, "due in")) * time.Minute)}
	case workflow.VerbTake:
		return workflow.Take{}
	case workflow.VerbDone:
		return workflow.Done{N: m.directive(t), Text: fresh}
	case workflow.VerbDecline:
		return workflow.Decline{N: m.directive(t), Reason: fresh}
	case workflow.VerbReport:
		return workflow.Progress{Text: fresh}
	case workflow.VerbRead:
		return workflow.ReadBriefing{Text: fresh}
	case workflow.VerbExpert:
		return workflow.CallExpert{Person: m.expert(t), For: rapid.SampledFrom(workflow.Purposes()).Draw(t, "for"), When: m.soon(t), Place: "三楼", Why: fresh}
	case workflow.VerbAttend:
		return workflow.Attend{}
	case workflow.VerbRegret:
		return workflow.Regret{Reason: fresh}
	case workflow.VerbOpinion:
		return workflow.Opine{Text: fresh}
	case workflow.VerbMediate:
		bank := rapid.SliceOfN(rapid.SampledFrom(m.rules.Tree.People()), 1, 3).Draw(t, "bank")
		return workflow.Mediate{Leader: m.expert(t), Bank: bank, Customer: fresh, When: m.soon(t), Place: "三楼"}
	case workflow.VerbSettle:
		k := workflow.Settle{Result: rapid.SampledFrom(workflow.MediationResults()).Draw(t, "result"), Text: fresh, AmountFen: int64(m.count)}
		if s, ok := m.c.Session(); ok && m.now.Before(s.When) {
			k.Result = workflow.MediationPostponed
		}
		return k
	case workflow.VerbMerge:
		return m.merge(t)
	case workflow.VerbSeparate:
		return workflow.Separate{Reason: fresh}
	case workflow.VerbGroup:
		able := slices.DeleteFunc(m.rules.Tree.People(), func(p org.PersonID) bool { return slices.Contains(m.c.Subjects, p) })
		people := rapid.SliceOfN(rapid.SampledFrom(able), 1, 4).Draw(t, "group")
		return workflow.FormGroup{Clue: fresh, People: people, Where: rapid.SampledFrom(append(workflow.GroupPlaces(), "")).Draw(t, "where")}
	case workflow.VerbHere:
		return workflow.Here{}
	case workflow.VerbDissolve:
		return workflow.DissolveGroup{Reason: fresh}
	default:
		return ordinary(workflow.Step(verb))
	}
}

// outside lets a member of the panel do what the complaint gives him, whatever the menus hide.
func (m *machine) outside(t *rapid.T) {
	m.who = workflow.Person(rapid.SampledFrom([]org.PersonID{"lawyer.fang", "expert.qin"}).Draw(t, "expert"))
	for _, v := range []workflow.Verb{workflow.VerbAttend, workflow.VerbRegret, workflow.VerbOpinion, workflow.VerbNote} {
		if workflow.Can(m.c, v, m.who, m.rules) == nil && rapid.Bool().Draw(t, string(v)) {
			if err := m.do(t, m.who, m.good(t, v)); err != nil {
				t.Fatalf("%s may %s and is refused: %+v", m.who, v, err)
			}
		}
	}
}

func (m *machine) expert(t *rapid.T) org.PersonID {
	able := []org.PersonID{"lawyer.fang", "expert.qin", "expert.tang"}
	able = slices.DeleteFunc(able, func(p org.PersonID) bool { return slices.Contains(m.c.Subjects, p) })
	return rapid.SampledFrom(able).Draw(t, "expert")
}

// soon is when a session may be.
func (m *machine) soon(t *rapid.T) time.Time {
	m.count++ // no two at the same instant: the same invitation twice is refused
	return m.now.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "in minutes"))*time.Minute + time.Duration(m.count)*time.Second)
}

// newLead is somebody who may command the complaint and does not; nobody where there is none.
func (m *machine) newLead(t *rapid.T) org.PersonID {
	able := slices.DeleteFunc(slices.Clone(m.people), func(p org.PersonID) bool {
		return p == m.c.Lead || workflow.Can(m.c, workflow.VerbLead, workflow.Person(p), m.rules) != nil
	})
	if len(able) == 0 {
		return ""
	}
	return rapid.SampledFrom(able).Draw(t, "lead")
}

// directive is the number of an open directive of whose command it is; any number where there is none.
func (m *machine) directive(t *rapid.T) int {
	mine := slices.DeleteFunc(m.c.OpenDirectives(), func(d workflow.Directive) bool { return !d.Names(m.who.Person) })
	if len(mine) == 0 {
		return rapid.IntRange(-1, 3).Draw(t, "directive")
	}
	return rapid.SampledFrom(mine).Draw(t, "directive").N
}

func (m *machine) extendable() workflow.Clock {
	for _, k := range []workflow.Clock{workflow.ClockStatutory, workflow.ClockForwarded} {
		n := 0
		for _, r := range m.c.Clocks {
			if r.Deadline.Clock == k && r.Replaced {
				n++
			}
		}
		if d, ok := m.c.Clock(k); ok && d.Waits() && n < len(m.rules.Policy.ExtendDays) {
			return k
		}
	}
	return workflow.ClockStatutory
}

// do decides and, if it is accepted, checks what happened against what was before.
func (m *machine) do(t *rapid.T, by workflow.Actor, cmd workflow.Command) error {
	events, err := workflow.Decide(m.c, cmd, by, m.rules, m.now)
	if err != nil {
		var no *workflow.Refusal
		if !errors.As(err, &no) || no.Code == "" || no.Verb != cmd.Verb() || len(events) > 0 {
			t.Fatalf("%s is refused by %#v with %d events", cmd.Verb(), err, len(events))
		}
		return err
	}
	before, facts := m.c, workflow.NewFacts(m.c, events, by, m.now)
	m.c, m.facts = m.c.With(facts...), append(m.facts, stored(t, facts)...)
	m.laddered(t, cmd, facts)
	m.progress(t, before, facts)
	m.told(t, before, facts)
	for _, f := range facts {
		if _, clock := f.Event.(workflow.Breached); clock && !f.By.IsSystem() {
			t.Fatalf("a breach is by %s", f.By)
		}
	}
	for _, r := range m.c.Clocks {
		if r.Runs() && !r.Due.After(m.now) && r.Start.Before(m.now) && before.Exists() {
			if old, had := before.DeadlineByID(r.ID); had && old.Runs() {
				t.Fatalf("%s hides that %s has passed", cmd.Verb(), r.ID)
			}
		}
	}
	return nil
}

// progress: steps go forward, and what is closed stays closed, but by a logged return.
func (m *machine) progress(t *rapid.T, before workflow.Complaint, facts []workflow.Fact) {
	returned, reopened := false, false
	for _, f := range facts {
		switch f.Event.(type) {
		case workflow.RoundStarted:
			returned = true
		case workflow.Reopened:
			returned, reopened = true, true
		}
	}
	for s := range before.Done {
		if _, still := m.c.Done[s]; !still && !returned {
			t.Fatalf("%s was done and is not any more", s)
		}
	}
	if before.Exists() && !before.Open() && m.c.Open() && !reopened {
		t.Fatalf("a closed complaint is open after %v", facts)
	}
	if m.c.Round < before.Round || m.c.Account.Before(before.Account) {
		t.Fatalf("round %d on %s after round %d on %s", m.c.Round, m.c.Account, before.Round, before.Account)
	}
}

// told: every notice is about something new, and nobody is rung for what is closed.
func (m *machine) told(t *rapid.T, before workflow.Complaint, facts []workflow.Fact) {
	rings := map[string]int{}
	for _, f := range facts {
		if e, ok := f.Event.(workflow.Climbed); ok {
			kind := workflow.TellRing
			if e.Unit != "" {
				kind = workflow.TellAwait
			}
			for _, k := range e.Calls {
				rings[fmt.Sprint(kind, f.Version, k.Person)]++
				if m.rules.Gateway && k.Rung > 1 {
					rings[fmt.Sprint(workflow.TellGateway, f.Version, k.Person)]++
				}
			}
		}
	}
	for _, n := range workflow.Tell(before, m.c, facts, m.rules) {
		if n.Kind == workflow.TellRing || n.Kind == workflow.TellGateway || n.Kind == workflow.TellAwait {
			rings[fmt.Sprint(n.Kind, n.Version, n.Person)]--
		}
		if n.Version <= before.Version || n.Version > m.c.Version {
			t.Fatalf("%+v is about nothing of versions %d to %d", n, before.Version+1, m.c.Version)
		}
		if n.Kind == workflow.TellRing && !m.c.Open() {
			t.Fatalf("%s is rung for a closed complaint", n.Person)
		}
	}
	for ring, n := range rings {
		if n != 0 {
			t.Fatalf("%s is told %d times too seldom", ring, n)
		}
	}
}

// check is what holds at any time.
func (m *machine) check(t *rapid.T) {
	m.checkFold(t)
	waits := false
	for _, r := range m.c.Clocks {
		waits = waits || r.Waits()
		if r.Runs() && !m.c.Open() {
			t.Fatalf("%s runs after closing", r.ID)
		}
		if first, ok := m.deadlines[r.ID]; !ok {
			m.deadlines[r.ID] = r.Deadline
		} else if !reflect.DeepEqual(first, r.Deadline) {
			t.Fatalf("a deadline was %+v and is %+v", first, r.Deadline)
		}
		if !r.Breached.IsZero() && !r.Breached.Equal(r.Due) {
			t.Fatalf("the breach of %s is dated %s, want %s", r.ID, r.Breached, r.Due)
		}
	}
	if len(m.deadlines) != len(m.c.Clocks) {
		t.Fatalf("%d deadlines are known, %d there", len(m.deadlines), len(m.c.Clocks))
	}
	if m.c.Open() && !waits {
		t.Fatal("an open complaint has no clock")
	}
	days := map[calendar.Day]bool{}
	for _, n := range m.c.Nights {
		if days[n.Day] || n.Night < 1 || !n.Day.Before(calendar.DayOf(m.now, m.zone)) {
			t.Fatalf("nights %+v at %s", m.c.Nights, m.now)
		}
		days[n.Day] = true
	}
	m.checkButtons(t)
	m.wakes(t)
}

func (m *machine) checkButtons(t *rapid.T) {
	m.steps++
	menu := workflow.Buttons(m.c)
	steps := slices.DeleteFunc(slices.Clone(menu.Next), func(v workflow.Verb) bool { return v == workflow.VerbAck || v == workflow.VerbLead })
	if len(steps) > 2 || len(steps) == 0 {
		t.Fatalf("the buttons are %v", menu.Next)
	}
	offered := map[workflow.Verb]bool{}
	for _, v := range append(menu.Next, menu.More...) {
		if offered[v] {
			t.Fatalf("%s is offered twice", v)
		}
		offered[v] = true
		if !slices.ContainsFunc(m.people, func(p org.PersonID) bool {
			no := workflow.Can(m.c, v, workflow.Person(p), m.rules)
			return no == nil || no.Code == workflow.NoRight || no.Code == workflow.SubjectRecused
		}) && v != workflow.VerbExtend && v != workflow.VerbEscalate && v != workflow.VerbRequest { // the card does not know the policy: how often it lets extend, how far up
			t.Fatalf("everybody is refused %s", v)
		}
	}
	for i := range 6 { // some of them each time, everybody in the end
		p := m.people[(m.steps*6+i)%len(m.people)]
		mine := workflow.MenuFor(m.c, workflow.Person(p), m.rules)
		for _, v := range append(mine.Next, mine.More...) {
			if !offered[v] {
				t.Fatalf("%s has %s in the menu, the card (%v) has not", p, v, slices.Sorted(maps.Keys(offered)))
			}
		}
	}
}

func (m *machine) checkFold(t *rapid.T) {
	again := workflow.Fold(m.c.ID, m.facts)
	if reflect.DeepEqual(m.c, again) { // quick, and too strict about what is empty
		return
	}
	if diff := cmp.Diff(m.c, again, alike...); diff != "" {
		t.Fatalf("the folded facts differ (-live +refolded):\n%s", diff)
	}
}
