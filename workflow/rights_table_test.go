package workflow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sameday/workflow"
	"sameday/workflow/org"
)

// mayTable says who may do what, in the words of the design: for some verbs, the places and positions that may. A place is seen from the
// complaint's unit: own, next (the unit directly above; head office for itself), above (any unit above), branch (the unit's branch; head
// office for itself), offered (the unit that is to take it over), anywhere (anybody in the tree), handler (handler and co-handlers), called (whom the ladder has called), directed
// (whom an open directive names), lead (who has the front-line command), briefed (whom the last report went to), invited (a member of the panel of
// outside experts who has not answered an invitation), expert (one who has accepted one), grouped (whom the group's roll call asks; the complaint
// is then of a serious kind). "any" is any
// position. What is not said here is refused.
const mayTable = `
new                             anywhere: any
note                            anywhere: any; expert
accept contact handle feedback  own: any; above: consumer_protection; handler
reopen request                  own: any; above: consumer_protection; handler
correct collective              own: any; above: consumer_protection; handler
assign transfer merge separate  own: complaint_manager deputy_president president consumer_protection; above: consumer_protection
grade kind flag                 own: consumer_protection compliance president; above: consumer_protection compliance president
extend grant deny               next: president deputy_president consumer_protection network_finance service_desk
receive refuse                  offered: complaint_manager deputy_president president consumer_protection service_desk
close                           branch: president
customer                        own: president deputy_president complaint_manager consumer_protection; above: consumer_protection; handler
ack                             own: any; above: president deputy_president consumer_protection service_desk standing; handler; called
escalate                        own: any; above: any; handler; called
return                          own: president deputy_president consumer_protection service_desk standing; above: president deputy_president consumer_protection service_desk standing; called
lead                            own: president deputy_president; above: president deputy_president
direct                          own: president deputy_president head network_finance consumer_protection compliance office supervision; above: president deputy_president head network_finance consumer_protection compliance office supervision
got done decline                directed
report                          own: network_finance; above: network_finance; lead; handler
read                            briefed
expert mediate                  own: president deputy_president consumer_protection; above: president deputy_president consumer_protection
settle                          own: president deputy_president complaint_manager consumer_protection; above: president deputy_president consumer_protection; lead; handler
attend regret                   invited
opinion                         expert
group dissolve                  own: president deputy_president consumer_protection compliance; above: president deputy_president consumer_protection compliance
here                            grouped
`

// seenFrom lists the places at which each unit stands, seen from a complaint's unit: below, beside and in another branch are no places.
var seenFrom = map[org.UnitID]map[org.UnitID]string{
	"jingan": {"jingan": "own", "sh": "next above branch", "hq": "above", "xuhui": "", "sz": "", "suzhou": "offered"},
	"sh":     {"sh": "own branch", "hq": "next above", "jingan": "", "xuhui": "", "sz": "", "suzhou": "offered"},
	"hq":     {"hq": "own next branch", "sh": "", "jingan": "", "xuhui": "", "sz": "", "suzhou": "offered"},
}

// may reads the table: verb → place → positions.
func may(t *testing.T) map[workflow.Verb]map[string][]string {
	t.Helper()
	out := map[workflow.Verb]map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(mayTable)) {
		verbs, who, ok := strings.Cut(line, "  ")
		if !ok {
			t.Fatalf("the line %q has no two spaces", line)
		}
		places := map[string][]string{}
		for part := range strings.SplitSeq(who, ";") {
			place, positions, _ := strings.Cut(strings.TrimSpace(part), ":")
			places[place] = strings.Fields(positions)
		}
		for _, v := range strings.Fields(verbs) {
			if out[workflow.Verb(v)] != nil {
				t.Fatalf("%s stands twice in the table", v)
			}
			out[workflow.Verb(v)] = places
		}
	}
	return out
}

// everybody is a bank in which every position of every unit is held: "jingan/president", by one person each.
func everybody(t testing.TB) *workflow.Rules {
	t.Helper()
	rules := bank(t)
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
		units = append(units, org.Unit{
			ID: u.id, Parent: u.parent, Tier: u.tier, Name: string(u.id), Channel: "C-" + string(u.id), Zone: location(t, "Asia/Shanghai"), Positions: held,
		})
	}
	tree, err := org.New(units)
	if err != nil {
		t.Fatal(err)
	}
	rules.Tree = tree
	return rules
}

// Every verb × every position × own unit, units above, below, beside, in another branch, and people with no position at all.
func TestRightsTable(t *testing.T) {
	t.Parallel()
	table, rules, tried := may(t), everybody(t), 0
	for _, row := range workflow.Table() {
		if table[row.Verb] == nil {
			t.Errorf("the table does not say who may %s", row.Verb)
		}
	}
	for of, units := range seenFrom {
		states := inState(t, of)
		for verb, places := range table {
			c, ok := states[verb]
			if !ok {
				t.Fatalf("there is no complaint on which %s is next", verb)
			}
			c.Handler, c.CoHandlers = "", nil
			for unit, place := range units {
				for _, p := range org.Positions() {
					want := slices.ContainsFunc(append(strings.Fields(place), "anywhere"), func(at string) bool {
						return slices.Contains(places[at], string(p)) || slices.Contains(places[at], "any")
					})
					who := org.PersonID(fmt.Sprintf("%s/%s", unit, p))
					no := workflow.Can(c, verb, workflow.Person(who), rules)
					if (no == nil) != want || no != nil && (no.Code != workflow.NoRight || len(no.Who) == 0) {
						t.Errorf("%s %s a complaint of %s: %+v, want allowed %v", who, verb, of, no, want)
					}
					tried++
				}
			}
			for _, who := range []org.PersonID{"stranger", "guest", ""} {
				if no := workflow.Can(c, verb, workflow.Person(who), rules); no == nil || no.Code != workflow.NoRight {
					t.Errorf("%q %s a complaint of %s: %+v, want %s", who, verb, of, no, workflow.NoRight)
				}
				tried++
			}
		}
	}
	t.Logf("%d rights were tried", tried)
}

// What a complaint itself gives to people of other units: to the handler, and to whom the ladder called.
func TestRightsOfTheComplaint(t *testing.T) {
	t.Parallel()
	table, rules := may(t), everybody(t)
	const who = org.PersonID("suzhou/staff")
	for verb, places := range table {
		c := inState(t, "jingan")[verb]
		_, handler := places["handler"]
		_, called := places["called"]
		_, anywhere := places["anywhere"]
		for _, of := range []struct {
			name string
			want bool
			give func(*workflow.Complaint)
		}{
			{"nothing", anywhere, func(*workflow.Complaint) {}},
			{"handler", handler || anywhere, func(c *workflow.Complaint) { c.Handler = who }},
			{"co-handler", handler || anywhere, func(c *workflow.Complaint) { c.CoHandlers = []org.PersonID{who} }},
			{"called", called || anywhere, func(c *workflow.Complaint) {
				c.Climbs = append(slices.Clone(c.Climbs), workflow.Climb{Ladder: workflow.DefaultLadder(), Rung: 2, Calls: []workflow.Call{{Called: workflow.Called{Person: who, Rung: 1}}}})
			}},
		} {
			c := c
			c.Handler, c.CoHandlers = "", nil
			of.give(&c)
			if no := workflow.Can(c, verb, workflow.Person(who), rules); (no == nil) != of.want {
				t.Errorf("%s %s as %s: %+v, want allowed %v", who, verb, of.name, no, of.want)
			}
		}
	}
}
