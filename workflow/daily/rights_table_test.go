package daily_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sameday/workflow"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

// mayTable says who may do what about a branch's day, in the words of the design: for some commands, the places and positions that may. A
// place is seen from the sheet's unit: own, above (any unit above), asked (who is named to ask the source), system (clocks and jobs). head is
// the holder of the position at the unit, or where it is vacant there, at the nearest unit above. "any" is any position. What is not said here
// is refused.
const mayTable = `
none record            own: any; above: any; asked
attend minutes decide  own: any; above: any
sign                   head: network_finance consumer_protection
begin miss raise call  system
`

// seenFrom lists the places at which each unit stands, seen from a sheet's unit: below, beside and in another branch are no places.
var seenFrom = map[org.UnitID]map[org.UnitID]string{
	"sh": {"hq": "above", "sh": "own", "jingan": "", "xuhui": "", "sz": "", "suzhou": ""},
	"sz": {"hq": "above", "sz": "own", "suzhou": "", "sh": "", "jingan": "", "xuhui": ""},
	"hq": {"hq": "own", "sh": "", "jingan": "", "xuhui": "", "sz": "", "suzhou": ""},
}

// dailyVerbs are the commands by the names of the table, each with the sheet that it can be done to.
func dailyVerbs() map[string]struct {
	topic daily.Topic
	cmd   daily.Command
} {
	type verb = struct {
		topic daily.Topic
		cmd   daily.Command
	}
	return map[string]verb{
		"none":    {daily.Inquiry, daily.Answer{Source: workflow.SourcePBOC}},
		"record":  {daily.Inquiry, daily.Answer{Source: workflow.SourcePBOC, Complaint: "20261124-001"}},
		"attend":  {daily.Meeting, daily.Attend{}},
		"minutes": {daily.Meeting, daily.Write{Text: "逐件过了隔夜投诉"}},
		"decide":  {daily.Meeting, daily.Resolve{Text: "今天退款"}},
		"sign":    {daily.Notice, daily.Sign{Text: "请今天清零"}},
		"begin":   {"", begin()},
		"miss":    {daily.Inquiry, daily.Miss{}},
		"raise":   {"missed", daily.Raise{Rung: 2}},
		"call":    {"", daily.Call{}},
	}
}

// everybody is a bank in which every position of every unit is held by one person: "sh/president".
func everybody(t *testing.T) *org.Tree {
	t.Helper()
	var units []org.Unit
	for _, u := range []struct {
		id, parent org.UnitID
		tier       org.Tier
	}{
		{"hq", "", org.HeadOffice},
		{"sh", "hq", org.Branch},
		{"sz", "hq", org.Branch},
		{"jingan", "sh", org.SubBranch},
		{"xuhui", "sh", org.SubBranch},
		{"suzhou", "sz", org.SubBranch},
	} {
		held := map[org.Position][]org.PersonID{}
		for _, p := range org.Positions() {
			held[p] = []org.PersonID{org.PersonID(fmt.Sprintf("%s/%s", u.id, p))}
		}
		units = append(units, org.Unit{ID: u.id, Parent: u.parent, Tier: u.tier, Zone: time.UTC, Positions: held})
	}
	tree, err := org.New(units)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// sheetFor is a sheet on which a command can be done, so that only the person's right decides. Nobody has answered, attended or signed.
func sheetFor(t *testing.T, tree *org.Tree, unit org.UnitID, topic daily.Topic, asked ...org.PersonID) daily.Sheet {
	t.Helper()
	of := topic
	if topic == "missed" {
		of = daily.Inquiry
	}
	s := daily.Fold(daily.Ref{Topic: of, Unit: unit, Day: day}, nil)
	do := func(at time.Time, cmd daily.Command) {
		events, no := daily.Decide(s, cmd, org.System, tree, at)
		if no != nil {
			t.Fatal(no)
		}
		for _, e := range events {
			s = s.With(daily.Fact{Version: s.Version + 1, At: at, By: org.System, Event: e})
		}
	}
	switch topic {
	case daily.Inquiry, "missed":
		do(clock(8, 0), daily.Begin{Due: clock(10, 0), Asks: []daily.Ask{{Source: workflow.SourcePBOC, People: asked}}})
	case daily.Meeting:
		do(clock(9, 0), daily.Call{})
	}
	if topic == "missed" {
		do(clock(10, 0), daily.Miss{Ladder: workflow.DefaultLadder()})
	}
	return s
}

// Every command × every position × own unit, units above, below, beside, in another branch, and people with no position at all.
func TestRightsTable(t *testing.T) {
	t.Parallel()
	tree, verbs, tried, seen := everybody(t), dailyVerbs(), 0, map[string]bool{}
	try := func(name string, of org.UnitID, who org.PersonID, want bool, asked ...org.PersonID) {
		v := verbs[name]
		_, no := daily.Decide(sheetFor(t, tree, of, v.topic, asked...), v.cmd, who, tree, clock(11, 0))
		if (no == nil) != want || no != nil && no.Code != daily.NoRight {
			t.Errorf("%q %s the sheet of %s: %+v, want allowed %v", who, name, of, no, want)
		}
		tried++
	}
	for line := range strings.Lines(strings.TrimSpace(mayTable)) {
		names, who, ok := strings.Cut(line, "  ")
		if !ok {
			t.Fatalf("the line %q has no two spaces", line)
		}
		places := map[string][]string{}
		for part := range strings.SplitSeq(who, ";") {
			place, positions, _ := strings.Cut(strings.TrimSpace(part), ":")
			places[place] = strings.Fields(positions)
		}
		may := func(place string, p org.Position) bool {
			return slices.Contains(places[place], string(p)) || slices.Contains(places[place], "any")
		}
		for _, name := range strings.Fields(names) {
			seen[name] = true
			for of, units := range seenFrom {
				for unit, place := range units {
					for _, p := range org.Positions() {
						try(name, of, org.PersonID(fmt.Sprintf("%s/%s", unit, p)), may(place, p) || place == "own" && may("head", p))
					}
				}
				for _, stranger := range []org.PersonID{"stranger", "guest", ""} {
					try(name, of, stranger, false)
				}
				_, system := places["system"]
				try(name, of, org.System, system)
				_, asked := places["asked"]
				try(name, of, "jingan/staff", asked, "jingan/staff")
				try(name, of, "guest", false, "guest") // one without a position is not asked, whatever a list says
			}
		}
	}
	for name := range verbs {
		if !seen[name] {
			t.Errorf("the table does not say who may %s", name)
		}
	}
	t.Logf("%d rights were tried", tried)
}

// Where a head's position is vacant at the branch, the nearest unit above that has it signs, and the branch's own people do not.
func TestHeadsAbove(t *testing.T) {
	t.Parallel()
	type people = map[org.Position][]org.PersonID
	tree, err := org.New([]org.Unit{
		{ID: "hq", Tier: org.HeadOffice, Zone: time.UTC, Positions: people{org.NetworkFinance: {"wu"}, org.ConsumerProtection: {"he"}}},
		{ID: "sh", Tier: org.Branch, Parent: "hq", Zone: time.UTC, Positions: people{org.ConsumerProtection: {"xu"}, org.President: {"chen"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range map[org.PersonID]bool{"wu": true, "xu": true, "he": false, "chen": false, "guest": false} {
		s := daily.Fold(daily.Ref{Topic: daily.Notice, Unit: "sh", Day: day}, nil)
		if _, no := daily.Decide(s, daily.Sign{Text: "请今天清零"}, who, tree, clock(8, 0)); (no == nil) != want {
			t.Errorf("%s signs: %+v, want allowed %v", who, no, want)
		}
	}
}
