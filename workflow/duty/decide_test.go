package duty_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow/duty"
	"sameday/workflow/org"
)

func simple(t testing.TB) *desk {
	t.Helper()
	// bob 1-2, cat 2-3, ann 3-4, bob 4-5 ...
	return newDesk(t, "jingan").publish(duty.Plan{Layers: []duty.Layer{daily(duty.Primary, "ann", "bob", "cat")}})
}

func TestWhoMayWhat(t *testing.T) {
	t.Parallel()
	plan := duty.Publish{Plan: duty.Plan{Layers: []duty.Layer{daily(duty.Primary, "dan")}}}
	override := duty.Override{Period: duty.Period{Role: duty.Primary, From: when(t, "3 08:30"), To: when(t, "4 08:30"), Person: "dan"}}
	away := duty.Absent{Person: "bob", From: when(t, "3 08:30"), To: when(t, "4 08:30")}
	swap := duty.ProposeSwap{
		Role: duty.Primary, From: when(t, "3 08:30"), To: when(t, "4 08:30"), Other: "bob",
		OtherFrom: when(t, "4 08:30"), OtherTo: when(t, "5 08:30"),
	}
	accept := duty.AcceptHandover{At: when(t, "2 08:30")}
	managers := list("pres", "vice", "cm", "shcp", "shcp2", "hqcp")
	everybody := append(simple(t).tree.People(), "stranger", org.System, "")
	for name, c := range map[string]struct {
		cmd duty.Command
		may []org.PersonID
	}{
		"publish":     {plan, managers},
		"override":    {override, managers},
		"absence":     {away, append(list("bob"), managers...)},
		"swap":        {swap, append(list("ann", "bob"), managers...)},
		"accept":      {accept, list("cat", "pres", "vice")},
		"begin":       {duty.BeginHandover{At: when(t, "2 08:30")}, list(org.System)},
		"lapse":       {duty.LapseHandover{At: when(t, "1 08:30")}, nil},
		"nobody's id": {duty.CancelOverride{ID: "o99"}, nil},
	} {
		for _, who := range everybody {
			_, no := duty.Decide(simple(t).r, c.cmd, who, bank(t), when(t, "2 09:00"))
			if may := slices.Contains(c.may, who); may != (no == nil) {
				t.Errorf("%s by %q: refusal %+v, want that he may: %v", name, who, no, may)
			}
		}
	}
	// Head office has no president and nobody above: those who run its service set its roster.
	var able []org.PersonID
	for _, who := range everybody {
		if duty.CanManage(bank(t), "hq", who) {
			able = append(able, who)
		}
	}
	if diff := cmp.Diff(list("hqcp"), able); diff != "" {
		t.Errorf("who may set head office's roster (-want +got):\n%s", diff)
	}
	no := simple(t).do("2 09:00", "ann", plan, duty.NoRight)
	want := []duty.Grant{
		{Where: duty.AtUnit, Positions: []org.Position{org.ComplaintManager, org.DeputyPresident, org.President}},
		{Where: duty.Above, Positions: []org.Position{org.ConsumerProtection}},
	}
	if diff := cmp.Diff(want, no.Who); diff != "" {
		t.Errorf("the refusal names who may (-want +got):\n%s", diff)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	period := func(who org.PersonID, from, to string) duty.Override {
		return duty.Override{Period: duty.Period{Role: duty.Primary, From: when(t, from), To: when(t, to), Person: who}}
	}
	swap := func(from, to string, other org.PersonID, otherFrom, otherTo string) duty.ProposeSwap {
		return duty.ProposeSwap{Role: duty.Primary, From: when(t, from), To: when(t, to), Other: other, OtherFrom: when(t, otherFrom), OtherTo: when(t, otherTo)}
	}
	king := period("dan", "3 08:30", "4 08:30")
	king.Period.Role = "king"
	for name, c := range map[string]struct {
		cmd  duty.Command
		code duty.Code
	}{
		"an override for a stranger":      {period("stranger", "3 08:30", "4 08:30"), duty.NotInBank},
		"an override for nobody":          {period("", "3 08:30", "4 08:30"), duty.Missing},
		"an override backwards":           {period("dan", "4 08:30", "3 08:30"), duty.EmptySpan},
		"an override in the past":         {period("dan", "1 08:30", "2 08:30"), duty.Past},
		"an override as king":             {king, duty.NotOneOf},
		"an override inside a holiday":    {period("dan", "7 12:00", "7 13:00"), duty.FixedShift},
		"an override while away":          {period("dan", "9 08:00", "11 08:00"), duty.IsAbsent},
		"no such override":                {duty.CancelOverride{ID: "o77"}, duty.NoSuchEntry},
		"no such absence":                 {duty.CancelAbsence{ID: "a77"}, duty.NoSuchEntry},
		"no such swap":                    {duty.AnswerSwap{ID: "s77"}, duty.NoSuchEntry},
		"an absence of a stranger":        {duty.Absent{Person: "stranger", From: when(t, "3 00:00"), To: when(t, "4 00:00")}, duty.NotInBank},
		"a swap with oneself":             {swap("3 08:30", "4 08:30", "ann", "6 08:30", "7 00:00"), duty.SamePerson},
		"a swap with nobody":              {swap("3 08:30", "4 08:30", "", "4 08:30", "5 08:30"), duty.Missing},
		"a swap of a past shift":          {swap("1 08:30", "2 08:30", "ann", "3 08:30", "4 08:30"), duty.Past},
		"a swap for a past shift":         {swap("3 08:30", "4 08:30", "bob", "1 08:30", "2 08:30"), duty.Past},
		"a swap of a holiday":             {swap("7 08:30", "8 08:30", "ann", "3 08:30", "4 08:30"), duty.FixedShift},
		"a swap of two people's shift":    {swap("3 08:30", "5 08:30", "cat", "5 08:30", "6 08:30"), duty.NotHisShift},
		"a swap for another one's shift":  {swap("3 08:30", "4 08:30", "cat", "4 08:30", "5 08:30"), duty.NotHisShift},
		"a swap into one's absence":       {swap("8 08:30", "9 08:30", "ann", "12 08:30", "13 08:30"), duty.IsAbsent},
		"accepting what is to come":       {duty.AcceptHandover{At: when(t, "3 08:30")}, duty.NotDue},
		"accepting what is over":          {duty.AcceptHandover{At: when(t, "1 08:30")}, duty.Superseded},
		"accepting where nothing changes": {duty.AcceptHandover{At: when(t, "2 08:31")}, duty.NoSuchChange},
	} {
		d := newDesk(t, "jingan").publish(duty.Plan{
			Layers: []duty.Layer{daily(duty.Primary, "ann", "bob", "cat")},
			Fixed:  []duty.Period{{Role: duty.Primary, From: when(t, "7 00:00"), To: when(t, "8 08:30"), Person: "dan", Name: "元旦"}},
		})
		d.absent("1 09:00", "dan", "10 00:00", "12 00:00")
		d.absent("1 09:00", "cat", "12 12:00", "12 13:00")
		t.Run(name, func(t *testing.T) {
			d.t = t
			no := d.do("2 09:00", "pres", c.cmd, c.code)
			if c.code == duty.FixedShift && (no.Name != "元旦" || no.Person != "dan" || !no.To.Equal(when(t, "8 08:30"))) {
				t.Errorf("the refusal says %+v", no)
			}
		})
	}
}

// Whatever is done twice is done once: the second one hears who was first, and when.
func TestTwice(t *testing.T) {
	t.Parallel()
	d := simple(t)
	twice := func(by, again org.PersonID, cmd duty.Command) {
		t.Helper()
		d.do("2 09:00", by, cmd, "")
		if no := d.do("2 09:20", again, cmd, duty.AlreadyDone); no.By != by || !no.At.Equal(when(t, "2 09:00")) {
			t.Errorf("%T again: %+v", cmd, no)
		}
	}
	twice("cat", "pres", duty.AcceptHandover{At: when(t, "2 08:30")})
	twice("pres", "cm", duty.Publish{Plan: duty.Plan{Layers: []duty.Layer{daily(duty.Primary, "bob", "cat", "ann")}}})
	twice("pres", "cm", duty.Override{Period: duty.Period{Role: duty.Primary, From: when(t, "3 08:30"), To: when(t, "3 18:30"), Person: "dan"}})
	twice("pres", "vice", duty.CancelOverride{ID: d.r.Overrides(when(t, "2 09:00"), when(t, "9 09:00"))[0].ID})
	twice("dan", "pres", duty.Absent{Person: "dan", From: when(t, "3 08:30"), To: when(t, "3 18:30")})
	twice("pres", "dan", duty.CancelAbsence{ID: d.r.Absences(when(t, "2 09:00"), when(t, "9 09:00"))[0].ID})
	twice("bob", "bob", duty.ProposeSwap{
		Role: duty.Primary, From: when(t, "3 08:30"), To: when(t, "4 08:30"), Other: "cat", OtherFrom: when(t, "4 08:30"), OtherTo: when(t, "5 08:30"),
	})
	id := d.r.Swaps(when(t, "2 09:30"))[0].ID
	twice("cat", "cat", duty.AnswerSwap{ID: id, Agreed: true})
	d.do("2 09:30", "cat", duty.AnswerSwap{ID: id, Agreed: false}, duty.AlreadyDone)
}

// A plan that is set earlier leaves one alone that was published for later, where it is to; both are in the roster, by time.
func TestPublishKeepsLaterPlans(t *testing.T) {
	t.Parallel()
	plan := func(who ...org.PersonID) duty.Plan {
		return duty.Plan{Layers: []duty.Layer{daily(duty.Primary, who...)}}
	}
	d := newDesk(t, "jingan").publish(plan("ann"))
	d.do("2 09:00", "pres", duty.Publish{Plan: plan("bob"), From: when(t, "8 08:30"), Keep: true}, "")
	d.do("2 09:10", "cm", duty.Publish{Plan: plan("cat"), From: when(t, "4 08:30"), Keep: true}, "")
	d.on("3 09:00", "ann layer")
	d.on("4 09:00", "cat layer")
	d.on("8 09:00", "bob layer")
	if got := d.r.Ahead(when(t, "4 08:30")); len(got) != 1 || !got[0].From.Equal(when(t, "8 08:30")) || got[0].By != "pres" {
		t.Errorf("ahead is %+v", got)
	}
	d.do("2 09:20", "cm", duty.Publish{Plan: plan("cat"), From: when(t, "5 08:30"), Keep: true}, duty.AlreadyDone)
	d.do("2 09:30", "cm", duty.Publish{Plan: plan("dan"), From: when(t, "8 08:30"), Keep: true}, "")
	d.on("8 09:00", "dan layer")
	d.do("2 09:40", "cm", duty.Publish{Plan: plan("ann")}, "")
	d.on("8 09:00", "ann layer") // whoever publishes a whole roster means it
}

// Nobody backs himself up: whoever takes a shift while he has another role of the unit changes places, and where that cannot be, the swap
// is refused: when it is proposed and, where the roster has changed since, when it is agreed to.
func TestSwapIntoTwoRoles(t *testing.T) {
	t.Parallel()
	second := duty.Override{Period: duty.Period{Role: duty.Deputy, From: when(t, "3 18:00"), To: when(t, "3 20:00"), Person: "bob"}}
	swap := duty.ProposeSwap{
		ID: "x", Role: duty.Primary, From: when(t, "3 08:30"), To: when(t, "4 08:30"), Other: "bob",
		OtherFrom: when(t, "4 08:30"), OtherTo: when(t, "5 08:30"),
	}
	on := func(d *desk, role duty.Role, at string) org.PersonID {
		s, _ := d.r.Scheduled(role, when(t, at))
		return s.Person
	}
	d := simple(t)
	d.do("2 09:00", "pres", second, "")
	d.do("2 09:10", "ann", swap, "")
	d.do("2 09:20", "bob", duty.AnswerSwap{ID: "x", Agreed: true}, "")
	d.on("3 19:00", "bob swap")
	for at, want := range map[string]org.PersonID{"3 17:59": "", "3 18:00": "ann", "3 19:59": "ann", "3 20:00": ""} {
		if got := on(d, duty.Deputy, at); got != want {
			t.Errorf("deputy on %s is %q, want %q", at, got, want)
		}
	}
	if s, _ := d.r.Swap("x"); len(s.Also) != 1 || s.Also[0].Person != "ann" || s.Also[0].Role != duty.Deputy {
		t.Errorf("the swap says %+v", s)
	}
	d.do("2 10:00", "cm", duty.CancelOverride{ID: "x"}, "")
	if got := on(d, duty.Deputy, "3 19:00"); got != "bob" {
		t.Errorf("the swap was cancelled and the deputy is %q, want bob", got)
	}

	third := second
	third.Period.Role, third.Period.Person = duty.Leader, "ann"
	before := simple(t)
	before.do("2 09:00", "pres", second, "")
	before.do("2 09:00", "pres", third, "")
	no := before.do("2 09:10", "ann", swap, duty.TwoRoles)
	if no.Person != "bob" || no.Role != duty.Deputy || !no.From.Equal(when(t, "3 18:00")) || !no.To.Equal(when(t, "3 20:00")) {
		t.Errorf("the refusal says %+v", no)
	}
	between := simple(t)
	between.do("2 09:00", "ann", swap, "")
	between.do("2 09:10", "pres", second, "")
	between.do("2 09:10", "pres", third, "")
	between.do("2 09:20", "bob", duty.AnswerSwap{ID: "x", Agreed: true}, duty.TwoRoles)
	between.do("2 09:30", "bob", duty.AnswerSwap{ID: "x"}, "")
}

func TestSwap(t *testing.T) {
	t.Parallel()
	propose := func(d *desk, at string, by org.PersonID) string {
		t.Helper()
		d.do(at, by, duty.ProposeSwap{
			ID: "x", Role: duty.Primary, From: when(t, "3 08:30"), To: when(t, "4 08:30"), Other: "bob",
			OtherFrom: when(t, "4 08:30"), OtherTo: when(t, "5 08:30"),
		}, "")
		return "x"
	}
	d := simple(t)
	id := propose(d, "2 09:00", "ann")
	d.on("3 09:00", "ann layer") // nothing changes before the other one's word
	d.do("2 10:00", "ann", duty.AnswerSwap{ID: id, Agreed: true}, duty.NoRight)
	d.do("2 10:00", "pres", duty.AnswerSwap{ID: id, Agreed: true}, duty.NoRight)
	d.do("2 10:00", "bob", duty.AnswerSwap{ID: id, Agreed: true}, "")
	d.on("3 08:30", "bob swap")
	d.on("4 08:30", "ann swap")
	d.on("5 08:30", "cat layer")

	// A swap, then an absence: whose shift it was does not come back.
	d.absent("2 11:00", "bob", "3 12:00", "3 18:00")
	d.on("3 11:59", "bob swap")
	d.on("3 12:00", "")
	d.on("3 18:00", "bob swap")
	d.do("2 12:00", "cm", duty.CancelOverride{ID: id}, "")
	d.on("3 12:00", "ann layer")
	d.on("4 12:00", "bob layer")

	declined := simple(t)
	propose(declined, "2 09:00", "pres")
	declined.do("2 10:00", "bob", duty.AnswerSwap{ID: id}, "")
	declined.on("3 09:00", "ann layer")
	if s, _ := declined.r.Swap(id); s.Agreed || s.Answered.IsZero() || len(declined.r.Swaps(when(t, "2 10:00"))) > 0 {
		t.Errorf("a swap declined: %+v", s)
	}

	// Who proposes has said yes: the other one is asked, whichever shift comes first in the form.
	turned := simple(t)
	propose(turned, "2 09:00", "bob")
	if s := turned.r.Swaps(when(t, "2 09:00")); len(s) != 1 || s[0].Other != "ann" || !s[0].From.Equal(when(t, "4 08:30")) {
		t.Errorf("bob's proposal waits for %+v", s)
	}
	turned.do("2 10:00", "bob", duty.AnswerSwap{ID: id, Agreed: true}, duty.NoRight)

	// The roster changed meanwhile, or the shift is over.
	changed := simple(t)
	propose(changed, "2 09:00", "ann")
	changed.override("2 09:30", "dan", "4 10:00", "4 12:00")
	changed.do("2 10:00", "bob", duty.AnswerSwap{ID: id, Agreed: true}, duty.NotHisShift)
	late := simple(t)
	propose(late, "2 09:00", "ann")
	late.do("4 08:30", "bob", duty.AnswerSwap{ID: id, Agreed: true}, duty.Past)
	if s := late.r.Swaps(when(t, "4 08:30")); len(s) > 0 {
		t.Errorf("%+v waits for an answer that cannot come", s)
	}
	running := simple(t)
	propose(running, "2 09:00", "ann")
	running.do("3 20:00", "bob", duty.AnswerSwap{ID: id, Agreed: true}, "")
	running.on("3 19:59", "ann layer")
	running.on("3 20:00", "bob swap") // the rest of a shift that runs
}

func TestHandover(t *testing.T) {
	t.Parallel()
	// bob has the first shift of the roster, cat the second.
	d := simple(t)
	d.answers("1 08:29", "")
	d.answers("1 08:30", "bob") // nobody was on before: at once
	d.answers("2 08:29", "bob")
	d.answers("2 08:30", "bob<cat")
	d.answers("3 08:29", "bob<cat")
	d.answers("3 08:30", "cat<ann") // never accepted: bob's part ends with cat's shift

	d.do("2 08:30", org.System, duty.BeginHandover{At: when(t, "2 08:30")}, "")
	d.accept("2 08:50", "cat")
	d.answers("2 08:49", "bob<cat")
	d.answers("2 08:50", "cat")
	d.answers("3 08:29", "cat")
	o, _ := d.r.Responsible(when(t, "3 09:00"))
	want := duty.Officer{
		Person: "cat", Unit: "jingan", Role: duty.Primary, Waiting: "ann",
		Shift: duty.Shift{Person: "cat", Role: duty.Primary, From: when(t, "2 08:30"), To: when(t, "3 08:30"), Source: duty.FromLayer, Unit: "jingan"},
	}
	if diff := cmp.Diff(want, o); diff != "" {
		t.Errorf("while ann is waited for (-want +got):\n%s", diff)
	}
	if got := d.r.Pending(); len(got) > 0 {
		t.Errorf("pending after acceptance: %+v", got)
	}

	late := simple(t)
	late.accept("3 08:00", "cat") // very late, and before the system asked
	late.answers("3 07:59", "bob<cat")
	late.answers("3 08:00", "cat")
	late.do("3 08:10", org.System, duty.BeginHandover{At: when(t, "2 08:30")}, duty.AlreadyDone)
	late.do("3 08:10", "cat", duty.AcceptHandover{}, duty.AlreadyDone)

	away := simple(t)
	away.absent("1 09:00", "bob", "2 10:00", "2 12:00")
	away.answers("2 09:59", "bob<cat")
	away.answers("2 10:00", "cat") // the outgoing one went away without a word
}

func TestMidnightHandover(t *testing.T) {
	t.Parallel()
	layer := daily(duty.Primary, "ann", "bob")
	layer.Cuts[0].At = duty.Clock{}
	d := newDesk(t, "jingan")
	no := d.do("1 08:00", "pres", duty.Publish{Plan: duty.Plan{Layers: []duty.Layer{layer}}}, duty.PlanBroken)
	if len(no.Problems) != 1 || no.Problems[0].Code != duty.MidnightCut {
		t.Errorf("a handover at midnight by mistake: %+v", no.Problems)
	}
	d.do("1 08:00", "pres", duty.Publish{Plan: duty.Plan{Layers: []duty.Layer{layer}, Midnight: true}}, "")
	d.on("1 23:59", "bob layer")
	d.on("2 00:00", "ann layer")
	d.answers("2 00:00", "bob<ann")
	d.do("2 00:00", org.System, duty.BeginHandover{At: when(t, "2 00:00")}, "")
	d.accept("2 00:00", "ann")
	d.answers("2 00:00", "ann")
}

func TestRingsAboutAHandover(t *testing.T) {
	t.Parallel()
	d := simple(t)
	ring := func(at string, stage int, code duty.Code) {
		t.Helper()
		d.do(at, org.System, duty.RingHandover{At: when(t, "2 08:30"), Stage: stage}, code)
	}
	ring("2 08:31", 1, duty.NoSuchChange)
	d.do("2 08:31", org.System, duty.BeginHandover{At: when(t, "2 08:30")}, "")
	d.do("2 08:32", org.System, duty.BeginHandover{At: when(t, "2 08:30")}, duty.AlreadyDone)
	ring("2 08:45", 1, duty.NotDue) // a quarter of an hour after it began
	ring("2 08:46", 1, "")
	ring("2 08:47", 1, duty.AlreadyDone)
	ring("2 08:47", 2, duty.NotDue)
	ring("2 08:47", 3, duty.NotOneOf)
	if p := d.r.Pending(); len(p) != 1 || p[0].Stage != duty.StageBoth || p[0].Out != "bob" || p[0].In != "cat" {
		t.Errorf("pending: %+v", p)
	} else if stage, due, ok := p[0].Next(); stage != duty.StageLeader || !due.Equal(when(t, "2 09:01")) || !ok {
		t.Errorf("the next ring: %d %s %v", stage, due, ok)
	}
	rung := func(d *desk, want ...org.PersonID) {
		t.Helper()
		events, no := duty.Decide(d.r, duty.RingHandover{At: when(t, "2 08:30"), Stage: 2}, org.System, d.tree, when(t, "2 09:01"))
		if no != nil {
			t.Fatal(no)
		}
		if diff := cmp.Diff(want, events[0].(duty.HandoverRung).People); diff != "" {
			t.Errorf("their leader (-want +got):\n%s", diff)
		}
	}
	rung(d, "pres", "vice") // no leader on duty
	onDuty := &desk{t: t, tree: d.tree, r: d.r}
	onDuty.do("2 08:50", "pres", duty.Override{Period: duty.Period{Role: duty.Leader, From: when(t, "2 08:50"), To: when(t, "2 20:00"), Person: "vice"}}, "")
	rung(onDuty, "vice")

	// The sweep was down until the day after next: the handover in between lapses unseen.
	d.do("4 09:00", org.System, duty.BeginHandover{At: when(t, "3 08:30")}, duty.Superseded)
	d.do("4 09:00", org.System, duty.LapseHandover{At: when(t, "4 08:30")}, duty.NotDue)
	d.do("4 09:00", org.System, duty.LapseHandover{At: when(t, "3 08:30")}, "")
	d.do("4 09:00", org.System, duty.LapseHandover{At: when(t, "3 08:30")}, duty.AlreadyDone)
	d.do("4 09:00", org.System, duty.LapseHandover{At: when(t, "3 08:31")}, duty.NoSuchChange)
	d.do("4 09:00", org.System, duty.BeginHandover{At: when(t, "4 08:30")}, "")
	if h, _ := d.r.Handover(when(t, "2 08:30")); h.Lapsed.IsZero() {
		t.Errorf("a later handover began, and the earlier one still waits: %+v", h)
	}
	if p := d.r.Pending(); len(p) != 1 || !p[0].At.Equal(when(t, "4 08:30")) {
		t.Errorf("pending: %+v", p)
	}
	ring("4 09:20", 2, duty.AlreadyDone)
	d.do("4 09:10", "bob", duty.AcceptHandover{At: when(t, "4 08:30")}, "")
	d.do("4 09:20", org.System, duty.RingHandover{At: when(t, "4 08:30"), Stage: 1}, duty.AlreadyDone)
}
