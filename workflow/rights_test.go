package workflow_test

import (
	"slices"
	"strings"
	"testing"

	"sameday/workflow"
	"sameday/workflow/org"
)

// inState has, for each verb, a complaint on which the verb is next to be done, so that only the person's right decides.
func inState(t *testing.T, unit org.UnitID) map[workflow.Verb]workflow.Complaint {
	s := newStory(t).does("system", "09:00", workflow.Open{
		Unit: unit, Summary: "多收年费", Customer: workflow.CustomerRef{Record: "r1", Name: "张*"},
	})
	states := map[workflow.Verb]workflow.Complaint{}
	for _, step := range workflow.Steps() {
		states[workflow.Verb(step)] = s.c
		s.does("hq.consumer_protection", "09:01", ordinary(step))
	}
	states[workflow.VerbReopen] = s.c
	for _, v := range []workflow.Verb{
		workflow.VerbGrade, workflow.VerbKind, workflow.VerbFlag, workflow.VerbExtend, workflow.VerbClose, workflow.VerbNote,
		workflow.VerbCustomer, workflow.VerbCorrect, workflow.VerbRequest, workflow.VerbCollective,
	} {
		states[v] = states[workflow.VerbContact]
	}
	states[workflow.VerbNew] = workflow.Complaint{}
	up := newStory(t).does("system", "09:00", workflow.Open{Unit: unit, Summary: "多收年费"})
	up.does("hq.consumer_protection", "09:01", workflow.Escalate{Reason: "媒体关注"})
	for _, v := range []workflow.Verb{workflow.VerbAck, workflow.VerbEscalate, workflow.VerbReturn} {
		states[v] = up.c
	}
	ask := newStory(t).does("system", "09:00", workflow.Open{Unit: unit, Summary: "多收年费"})
	ask.does("hq.consumer_protection", "09:01", workflow.Request{Reason: "等鉴定"})
	states[workflow.VerbGrant], states[workflow.VerbDeny] = ask.c, ask.c
	offer := newStory(t)
	offer.rules = everybody(t)
	offer.does("system", "09:00", workflow.Open{Unit: unit, Summary: "多收年费"})
	offer.does("hq/consumer_protection", "09:01", workflow.Transfer{To: "suzhou", Reason: "账户在苏州"})
	states[workflow.VerbReceive], states[workflow.VerbRefuse] = offer.c, offer.c
	states[workflow.VerbTransfer] = states[workflow.VerbContact]
	ordered := newStory(t).does("system", "09:00", workflow.Open{Unit: unit, Summary: "多收年费"})
	ordered.does("hq.president", "09:01", workflow.Direct{To: []org.PersonID{"xuhui.staff"}, Text: "上门道歉", Due: ordered.at("18:00")})
	for _, v := range []workflow.Verb{
		workflow.VerbLead, workflow.VerbDirect, workflow.VerbTake, workflow.VerbDone, workflow.VerbDecline, workflow.VerbReport,
	} {
		states[v] = ordered.c
	}
	states[workflow.VerbRead] = states[workflow.VerbFeedback]
	called := newStory(t).does("system", "09:00", workflow.Open{Unit: unit, Summary: "多收年费"})
	states[workflow.VerbExpert], states[workflow.VerbMediate] = called.c, called.c
	called.does("hq.president", "09:01", call("lawyer.fang", called.at("14:00")))
	called.does("hq.president", "09:01", call("expert.qin", called.at("14:00")))
	called.does("lawyer.fang", "09:02", workflow.Attend{})
	states[workflow.VerbAttend], states[workflow.VerbRegret], states[workflow.VerbOpinion] = called.c, called.c, called.c
	called.does("hq.president", "09:03", workflow.Mediate{
		When: called.at("14:00"), Place: "三楼", Leader: "lawyer.fang", Bank: []org.PersonID{"jingan.staff"}, Customer: "客户本人",
	})
	states[workflow.VerbSettle] = called.c
	states[workflow.VerbMerge] = states[workflow.VerbContact]
	repeat := states[workflow.VerbContact]
	states[workflow.VerbSeparate] = repeat.With(workflow.Fact{Version: repeat.Version + 1, Event: workflow.Merged{Into: "20261123-005"}})
	grouped := newStory(t).does("system", "09:00", workflow.Open{Unit: unit, Summary: "多收年费", Kinds: []workflow.SeriousKind{workflow.KindDispute}})
	grouped.does("hq.president", "09:01", workflow.FormGroup{Clue: "要找媒体", People: []org.PersonID{"xuhui.staff"}})
	for _, v := range []workflow.Verb{workflow.VerbGroup, workflow.VerbHere, workflow.VerbDissolve} {
		states[v] = grouped.c
	}
	return states
}

// Rule 8: every verb × every position × own unit, above, beside and outside.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	const (
		anyone   = "new note "
		above    = anyone + "escalate "
		lead     = above + "ack return " // a leader at or above the unit
		head     = "direct "             // a head at or above the unit
		panel    = "expert mediate settle "
		group    = "group dissolve "              // of a complaint of a serious kind
		chief    = head + "lead " + panel + group // a president or deputy there
		work     = above + "accept contact handle feedback reopen correct collective ack request "
		classify = "grade kind flag "
		leads    = work + "assign transfer merge separate customer return "
	)
	table := map[org.UnitID]map[org.PersonID]string{
		"jingan": {
			"jingan.president":           leads + classify + chief,
			"jingan.deputy":              leads + chief,
			"jingan.manager":             leads + "settle",
			"jingan.staff":               work,
			"jingan.compliance":          work + classify + head + group,
			"jingan.consumer_protection": leads + classify + head + panel + group,
			"sh.president":               lead + classify + "extend grant deny close " + chief + "read ",
			"sh.deputy":                  lead + "extend grant deny " + chief + "read ",
			"sh.network_finance":         above + "extend grant deny " + head + "report ",
			"sh.consumer_protection":     leads + classify + "extend grant deny " + head + panel + group,
			"sh.compliance":              above + classify + head + group,
			"sh.office":                  above + head,
			"sh.supervision":             above + head,
			"sh.head":                    above + head,
			"sh.owner":                   above,
			"sh.contact":                 above,
			"hq.president":               lead + classify + chief,
			"hq.consumer_protection":     leads + classify + head + panel + group,
			"hq.network_finance":         above + head + "report ",
			"hq.service_desk":            lead,
			"hq.standing":                lead,
			"sz.president":               anyone,
			"sz.consumer_protection":     anyone,
			"xuhui.president":            anyone,
			"xuhui.staff":                anyone + "got done decline here",
			"stranger":                   "",
			"expert.qin":                 "attend regret",
			"expert.tang":                "",
		},
		"sh": {
			"sh.president":           work + classify + "assign transfer merge separate customer close return " + chief + "read ",
			"sh.deputy":              leads + chief + "read ",
			"sh.consumer_protection": leads + classify + head + panel + group,
			"sh.office":              work + head,
			"hq.president":           lead + classify + "extend grant deny " + chief,
			"hq.consumer_protection": leads + classify + "extend grant deny " + head + panel + group,
			"hq.network_finance":     above + "extend grant deny " + head + "report ",
			"hq.service_desk":        lead + "extend grant deny ",
			"hq.standing":            lead,
			"jingan.president":       anyone,
			"sz.president":           anyone,
		},
		"hq": {
			"hq.president":           leads + classify + "extend grant deny close " + chief + "read ",
			"hq.consumer_protection": leads + classify + "extend grant deny " + head + panel + group,
			"hq.service_desk":        work + "extend grant deny return ",
			"hq.standing":            work + "return ",
			"sh.president":           anyone,
			"sh.consumer_protection": anyone,
		},
	}
	rules := bank(t)
	for unit, people := range table {
		for verb, c := range inState(t, unit) {
			c.Handler, c.CoHandlers = "", nil // the handler has rights of his own, below
			for who, may := range people {
				no := workflow.Can(c, verb, workflow.Person(who), rules)
				if want := slices.Contains(strings.Fields(may), string(verb)); (no == nil) != want {
					t.Errorf("%s %s a complaint of %s: allowed is %v (%+v), want %v", who, verb, unit, no == nil, no, want)
				}
				if no != nil && no.Code != workflow.NoRight {
					t.Errorf("%s %s a complaint of %s: refused as %s, want %s", who, verb, unit, no.Code, workflow.NoRight)
				}
				if no != nil && len(no.Who) == 0 {
					t.Errorf("%s %s: the refusal does not say who may", who, verb)
				}
			}
		}
	}
}

func TestHandlerMay(t *testing.T) {
	t.Parallel()
	rules := bank(t)
	may := strings.Fields("new note accept contact handle feedback reopen correct customer ack escalate request report got done decline collective settle")
	for _, who := range []org.PersonID{"xuhui.staff", "sz.office", "gone"} {
		for verb, c := range inState(t, "jingan") {
			c.Handler, c.CoHandlers = "xuhui.staff", []org.PersonID{"sz.office", "gone"}
			want := slices.Contains(may, string(verb)) && who != "gone"
			switch verb {
			case workflow.VerbTake, workflow.VerbDone, workflow.VerbDecline, workflow.VerbHere: // by name
				want = who == "xuhui.staff"
			}
			if no := workflow.Can(c, verb, workflow.Person(who), rules); (no == nil) != want {
				t.Errorf("%s %s as handler: allowed is %v (%+v), want %v", who, verb, no == nil, no, want)
			}
		}
	}
}

// Rule 9: the people a complaint is about may hand it on and comment, and nothing else.
func TestSubjectIsRecused(t *testing.T) {
	t.Parallel()
	rules := bank(t)
	may := strings.Fields("new note assign reopen")
	for verb, c := range inState(t, "sh") {
		c.Subjects = []org.PersonID{"sh.president"}
		who := workflow.Person("sh.president")
		no := workflow.Can(c, verb, who, rules)
		want := slices.Contains(may, string(verb))
		if verb == workflow.VerbExtend || verb == workflow.VerbTake || verb == workflow.VerbDone || verb == workflow.VerbDecline || verb == workflow.VerbHere {
			continue // not the president's anyway
		}
		if (no == nil) != want || no != nil && no.Code != workflow.SubjectRecused {
			t.Errorf("%s by the subject: %+v, want allowed %v or %s", verb, no, want, workflow.SubjectRecused)
		}
	}
	// Handing it on does not accept it on the way.
	s := newStory(t).does("sh.office", "09:00", workflow.Open{
		Unit: "jingan", Summary: "态度恶劣", Subjects: []org.PersonID{"jingan.manager", "", "jingan.manager", "jingan.staff"},
	})
	if got := s.c.Subjects; len(got) != 2 {
		t.Errorf("subjects are %q, want each once", got)
	}
	if no := s.refused("jingan.manager", "09:05", ordinary(workflow.StepAssign), workflow.NotInOrder); no.First != workflow.VerbAccept {
		t.Errorf("first comes %s, want accept", no.First)
	}
	s.does("jingan.president", "09:06", workflow.Accept{})
	s.does("jingan.manager", "09:07", workflow.Assign{Handler: "xuhui.staff"})
	no := s.refused("jingan.president", "09:08", workflow.Assign{Handler: "jingan.staff"}, workflow.SubjectRecused)
	if no.Person != "jingan.staff" || no.Field != "handler" {
		t.Errorf("the refusal names %s in %s", no.Person, no.Field)
	}
	co := workflow.Assign{Handler: "xuhui.staff", CoHandlers: []org.PersonID{"jingan.manager"}}
	if no := s.refused("jingan.president", "09:09", co, workflow.SubjectRecused); no.Field != "co_handlers" {
		t.Errorf("the wrong field is %s", no.Field)
	}
}

func TestSystemAndNobody(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.refused("jingan.president", "10:30", workflow.Expire{Wake: "accept/1"}, workflow.NoRight)
	s.refused("", "09:05", workflow.Accept{}, workflow.NoRight)
	s.refused("system", "09:05", workflow.Accept{}, workflow.NoRight)
	s.does("system", "09:05", workflow.Note{Text: "补录"})
	if no := workflow.Can(s.c, workflow.Expire{}.Verb(), workflow.System(), s.rules); no == nil || no.Code != workflow.NoSuchVerb {
		t.Errorf("the system's verb is offered: %+v", no)
	}
	if workflow.Person("") != (workflow.Actor{}) || workflow.System().String() != "system" || !workflow.ParseActor("system").IsSystem() {
		t.Error("actors do not survive their stored form")
	}
}

// Whoever may assign may accept: that is why assigning an unaccepted complaint can accept it in one go.
func TestAssignersMayAccept(t *testing.T) {
	t.Parallel()
	rules := bank(t)
	for _, unit := range []org.UnitID{"jingan", "sh", "hq"} {
		states := inState(t, unit)
		for _, p := range rules.Tree.People() {
			assign := workflow.Can(states[workflow.VerbAssign], workflow.VerbAssign, workflow.Person(p), rules)
			accept := workflow.Can(states[workflow.VerbAccept], workflow.VerbAccept, workflow.Person(p), rules)
			if assign == nil && accept != nil {
				t.Errorf("%s may assign and not accept at %s", p, unit)
			}
		}
	}
}
