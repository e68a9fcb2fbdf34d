package duty_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	jingan := newDesk(t, "jingan").publish(duty.Plan{Layers: []duty.Layer{
		daily(duty.Primary, "ann"), daily(duty.Deputy, "bob"), daily(duty.Leader, "pres"),
	}})
	branch := newDesk(t, "sh").publish(duty.Plan{Layers: []duty.Layer{daily(duty.Primary, "shcp")}})
	answer := func(b *duty.Book, unit org.UnitID, at, want string) {
		t.Helper()
		o := b.Answers(unit, when(t, at))
		if got := string(o.Person) + " " + string(o.Role) + " of " + string(o.Unit); got != want {
			t.Errorf("%s answers for %s at %s, want %s", got, unit, at, want)
		}
	}
	book := duty.NewBook(jingan.tree, jingan.r, branch.r)
	answer(book, "jingan", "2 09:00", "ann primary of jingan")
	answer(book, "empty", "2 09:00", "shcp primary of sh")
	answer(book, "sh", "2 09:00", "shcp primary of sh")
	answer(book, "hq", "2 09:00", "standing1  of hq")
	answer(book, "jingan", "1 08:00", "standing1  of hq") // before the first plan
	answer(book, "moon", "2 09:00", "standing1  of hq")

	// Everybody goes absent, one after the other.
	jingan.absent("1 09:00", "ann", "2 00:00", "9 00:00")
	answer(book, "jingan", "2 09:00", "ann primary of jingan") // a book is immutable
	answer(book.With(jingan.r), "jingan", "2 09:00", "bob deputy of jingan")
	jingan.absent("1 09:00", "bob", "2 00:00", "9 00:00")
	answer(book.With(jingan.r), "jingan", "2 09:00", "pres leader of jingan")
	jingan.absent("1 09:00", "pres", "2 00:00", "9 00:00")
	book = book.With(jingan.r)
	answer(book, "jingan", "2 09:00", "shcp primary of sh")
	branch.absent("1 09:00", "shcp", "2 00:00", "9 00:00")
	book = book.With(branch.r)
	answer(book, "jingan", "2 09:00", "standing1  of hq")
	hq := newDesk(t, "hq")
	hq.absent("1 09:00", "standing1", "2 00:00", "9 00:00")
	answer(book.With(hq.r), "jingan", "2 09:00", "standing2  of hq")
	for _, p := range hq.tree.People() {
		if p != "standing1" {
			hq.absent("1 09:00", p, "2 00:00", "9 00:00")
		}
	}
	answer(book.With(hq.r), "jingan", "2 09:00", "standing1  of hq") // somebody must
	if _, ok := book.Officer("jingan", when(t, "2 09:00")); ok {
		t.Error("the unit itself has somebody, while all are absent")
	}

	for name, c := range map[string]struct {
		root people
		want org.PersonID
	}{
		"service desk":        {people{org.ServiceDesk: {"a"}, org.ConsumerProtection: {"b"}, org.NetworkFinance: {"c"}}, "a"},
		"consumer protection": {people{org.ConsumerProtection: {"b"}, org.NetworkFinance: {"c"}}, "b"},
		"network finance":     {people{org.NetworkFinance: {"c"}, org.Office: {"d"}}, "c"},
		"any holder":          {people{org.Office: {"d"}}, "d"},
		"anybody below":       {nil, "z"},
	} {
		tree, err := org.New([]org.Unit{
			{ID: "hq", Tier: org.HeadOffice, Zone: time.UTC, Positions: c.root},
			{ID: "b", Tier: org.Branch, Parent: "hq", Zone: time.UTC, Positions: people{org.Staff: {"z"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := duty.NewBook(tree).Answers("b", when(t, "2 09:00")); got != (duty.Officer{Person: c.want, Unit: "hq"}) {
			t.Errorf("%s: %+v answers, want %s", name, got, c.want)
		}
	}
}

func TestNilBook(t *testing.T) {
	t.Parallel()
	var b *duty.Book
	at := when(t, "2 09:00")
	if got := b.Answers("jingan", at); got != (duty.Officer{}) {
		t.Errorf("%+v answers", got)
	}
	if _, ok := b.Officer("jingan", at); ok {
		t.Error("somebody is on duty")
	}
	if _, ok := b.Roster("jingan"); ok {
		t.Error("there is a roster")
	}
	if len(b.Duties("ann", at, at.AddDate(0, 0, 1))) > 0 || len(b.Owner("jingan")) > 0 {
		t.Error("there are duties, or owners")
	}
	if _, ok := b.With(simple(t).r).Officer("jingan", at); !ok {
		t.Error("the first roster of a book is lost")
	}
}

// The same person is on duty at two units, and in two roles.
func TestTwoUnits(t *testing.T) {
	t.Parallel()
	jingan := newDesk(t, "jingan").publish(duty.Plan{Layers: []duty.Layer{daily(duty.Primary, "ann", "bob"), daily(duty.Leader, "bob", "ann")}})
	xuhui := newDesk(t, "xuhui").publish(duty.Plan{Layers: []duty.Layer{daily(duty.Primary, "ann", "eve")}})
	book := duty.NewBook(jingan.tree, jingan.r, xuhui.r)
	jingan.accept("2 08:31", "ann")
	book = book.With(jingan.r)
	for unit, want := range map[org.UnitID]string{"jingan": "ann<", "xuhui": "eve<ann"} { // one acceptance is for one unit
		if o, _ := book.Officer(unit, when(t, "2 09:00")); string(o.Person+"<"+o.Waiting) != want || o.Unit != unit {
			t.Errorf("%+v is responsible for %s, want %s", o, unit, want)
		}
	}
	shift := func(unit org.UnitID, role duty.Role, from, to string) duty.Shift {
		return duty.Shift{Person: "ann", Role: role, From: when(t, from), To: when(t, to), Source: duty.FromLayer, Unit: unit}
	}
	want := []duty.Shift{
		shift("jingan", duty.Leader, "1 08:30", "2 08:30"),
		shift("jingan", duty.Primary, "2 08:30", "3 08:30"),
		shift("xuhui", duty.Primary, "2 08:30", "3 08:30"),
	}
	if diff := cmp.Diff(want, book.Duties("ann", when(t, "1 12:00"), when(t, "3 08:00"))); diff != "" {
		t.Errorf("ann's duties (-want +got):\n%s", diff)
	}
	if got := book.Duties("dan", when(t, "1 12:00"), when(t, "3 08:00")); len(got) > 0 {
		t.Errorf("dan's duties: %+v", got)
	}
}

func TestOwner(t *testing.T) {
	t.Parallel()
	book := duty.NewBook(bank(t))
	for unit, want := range map[org.UnitID][]org.PersonID{
		"jingan": {"cm", "vice", "pres"}, "xuhui": {"shpres"}, "sh": {"shpres"}, "hq": {"hqcp", "desk", "standing1", "standing2"},
	} {
		if diff := cmp.Diff(want, book.Owner(unit)); diff != "" {
			t.Errorf("who mends the roster of %s (-want +got):\n%s", unit, diff)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	at := func(h, m int) duty.Clock { return duty.Clock{Hour: h, Minute: m} }
	layer := func(change func(*duty.Layer)) duty.Plan {
		l := daily(duty.Primary, "ann", "bob")
		change(&l)
		return duty.Plan{Layers: []duty.Layer{l}}
	}
	period := func(role duty.Role, who org.PersonID, from, to string) duty.Period {
		return duty.Period{Role: role, Person: who, From: when(t, from), To: when(t, to)}
	}
	full := daily(duty.Primary, "ann")
	for name, c := range map[string]struct {
		plan duty.Plan
		want []duty.Problem
	}{
		"nothing":      {layer(func(*duty.Layer) {}), nil},
		"weekly":       {layer(func(l *duty.Layer) { l.Every = 7 }), nil},
		"every other":  {layer(func(l *duty.Layer) { l.Every = 2 }), []duty.Problem{{Code: duty.BadEvery, Role: duty.Primary, Fatal: true}}},
		"midnight":     {layer(func(l *duty.Layer) { l.Cuts[0].At = at(0, 0) }), []duty.Problem{{Code: duty.MidnightCut, Role: duty.Primary, Fatal: true}}},
		"a bad time":   {layer(func(l *duty.Layer) { l.Cuts[0].At = at(7, 60) }), []duty.Problem{{Code: duty.BadClock, Role: duty.Primary, Clock: at(7, 60), Fatal: true}}},
		"an empty one": {duty.Plan{}, []duty.Problem{{Code: duty.Hole, Role: duty.Primary, From: when(t, "2 00:00"), To: when(t, "9 00:00")}}},
		"no king":      {duty.Plan{Layers: []duty.Layer{full, daily("king", "bob")}}, []duty.Problem{{Code: duty.BadRole, Role: "king", Fatal: true}}},
		"no start": {layer(func(l *duty.Layer) { l.Start = calendar.Day{} }), []duty.Problem{
			{Code: duty.StartMissing, Role: duty.Primary, Fatal: true},
			{Code: duty.Hole, Role: duty.Primary, From: when(t, "2 00:00"), To: when(t, "9 00:00")},
		}},
		"a night without people": {layer(func(l *duty.Layer) { l.Cuts = append(l.Cuts, duty.Cut{At: at(20, 0)}); l.Start = day1.Add(8) }), []duty.Problem{
			{Code: duty.EmptyList, Role: duty.Primary, Clock: at(20, 0), Fatal: true},
			{Code: duty.Hole, Role: duty.Primary, From: when(t, "2 00:00"), To: when(t, "8 08:30")},
			{Code: duty.Hole, Role: duty.Primary, From: when(t, "8 20:00"), To: when(t, "9 00:00")},
		}},
		"two cuts at one time": {layer(func(l *duty.Layer) { l.Cuts = append(l.Cuts, l.Cuts[0]) }), []duty.Problem{
			{Code: duty.SameCut, Role: duty.Primary, Clock: at(8, 30), Fatal: true},
		}},
		"people": {duty.Plan{Layers: []duty.Layer{full}, Planned: []duty.Period{
			period(duty.Deputy, "stranger", "3 08:30", "4 08:30"), period(duty.Deputy, "cat", "4 08:30", "5 08:30"), period(duty.Deputy, "dan", "5 08:30", "6 08:30"),
		}}, []duty.Problem{
			{Code: duty.NotInBank, Role: duty.Deputy, Person: "stranger", Fatal: true},
			{Code: duty.Deactivated, Role: duty.Deputy, Person: "cat", Fatal: true},
			{Code: duty.UnknownPerson, Role: duty.Deputy, Person: "dan", Fatal: true},
		}},
		"overlaps": {duty.Plan{Layers: []duty.Layer{full}, Planned: []duty.Period{
			period(duty.Deputy, "bob", "5 08:30", "6 08:30"), period(duty.Deputy, "ann", "3 08:30", "5 09:00"), period(duty.Leader, "ann", "3 08:30", "5 09:00"),
		}, Fixed: []duty.Period{
			period(duty.Deputy, "bob", "3 08:30", "8 08:30"), period(duty.Deputy, "ann", "4 08:30", "5 09:00"), period(duty.Deputy, "ann", "8 08:30", "8 08:30"),
		}}, []duty.Problem{
			{Code: duty.Overlap, Role: duty.Deputy, From: when(t, "5 08:30"), To: when(t, "5 09:00"), Person: "bob", Fatal: true},
			{Code: duty.BackwardPeriod, Role: duty.Deputy, From: when(t, "8 08:30"), To: when(t, "8 08:30"), Person: "ann", Fatal: true},
			{Code: duty.Overlap, Role: duty.Deputy, From: when(t, "4 08:30"), To: when(t, "5 09:00"), Person: "ann", Fatal: true},
		}},
	} {
		known := func(p org.PersonID) duty.Standing {
			return map[org.PersonID]duty.Standing{"cat": duty.Closed, "dan": duty.Unknown}[p]
		}
		got := duty.Check(c.plan, "jingan", bank(t), location(t, "Asia/Shanghai"), known, when(t, "2 00:00"), when(t, "9 00:00"))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
