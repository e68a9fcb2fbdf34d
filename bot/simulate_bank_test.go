package bot_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// simBank is a bank of three tiers, as the bot is configured and as the judge knows it.
type simBank struct {
	zone  *time.Location
	tree  *org.Tree
	ref   map[org.UnitID]*refUnit
	order []*refUnit // as in the tree
	subs  []*refUnit
	plans map[org.UnitID]duty.Plan
}

// newSimBank makes a bank: each branch has as many sub-branches as the next. Some units have nobody on their second rung, some have no
// roster, and some share an officer with their neighbour.
func newSimBank(t *testing.T, branches, subs int, start time.Time) *simBank {
	t.Helper()
	b := &simBank{zone: shanghaiZone(t), ref: map[org.UnitID]*refUnit{}, plans: map[org.UnitID]duty.Plan{}}
	var units []org.Unit
	add := func(id org.UnitID, tier org.Tier, up org.UnitID, hold map[org.Position][]org.PersonID) *refUnit {
		units = append(units, org.Unit{
			ID: id, Tier: tier, Parent: up, Name: string(id) + "行", Channel: "C0" + string(id), Zone: b.zone, Language: "zh-CN", Positions: hold,
		})
		u := &refUnit{id: id, up: b.ref[up], hold: hold, sub: tier == org.SubBranch}
		for _, p := range org.Positions() {
			for _, who := range hold[p] {
				if !slices.Contains(u.all, who) {
					u.all = append(u.all, who)
				}
			}
		}
		b.ref[id] = u
		b.order = append(b.order, u)
		return u
	}
	some := func(id org.UnitID, what string, n int) []org.PersonID {
		var out []org.PersonID
		for i := range n {
			out = append(out, org.PersonID(fmt.Sprintf("U0%s%s%d", id, what, i)))
		}
		return out
	}
	head := add("HEAD", org.HeadOffice, "", map[org.Position][]org.PersonID{
		org.ConsumerProtection: some("HEAD", "CP", 2), org.ServiceDesk: some("HEAD", "SD", 3), org.Standing: some("HEAD", "ST", 2),
		org.NetworkFinance: some("HEAD", "NF", 1),
	})
	desk := head.hold[org.ServiceDesk]
	b.rota(head, start, refCut{8, 30, desk}, refCut{20, 30, []org.PersonID{desk[1], desk[2], desk[0]}})
	for i := range branches {
		id := org.UnitID(fmt.Sprintf("B%02d", i))
		u := add(id, org.Branch, "HEAD", map[org.Position][]org.PersonID{
			org.President: some(id, "PR", 1), org.DeputyPresident: some(id, "DP", 1), org.ConsumerProtection: some(id, "CP", 2), org.Staff: some(id, "ST", 4),
		})
		staff := u.hold[org.Staff]
		b.rota(u, start, refCut{8, 30, staff[:3]}, refCut{20, 30, staff[1:]})
		for k := range subs / branches {
			b.sub(add, some, i*(subs/branches)+k, id, start)
		}
	}
	var err error
	if b.tree, err = org.New(units); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *simBank) sub(
	add func(org.UnitID, org.Tier, org.UnitID, map[org.Position][]org.PersonID) *refUnit, some func(org.UnitID, string, int) []org.PersonID,
	n int, branch org.UnitID, start time.Time,
) {
	id := org.UnitID(fmt.Sprintf("S%03d", n))
	hold := map[org.Position][]org.PersonID{org.President: some(id, "PR", 1), org.Staff: some(id, "ST", 3)}
	on := slices.Clone(hold[org.Staff])
	if n%12 != 11 { // else nobody stands on the second rung
		hold[org.ComplaintManager], hold[org.DeputyPresident] = some(id, "CM", 1), some(id, "DP", 1)
		on = append(on, hold[org.ComplaintManager]...)
	}
	if n%20 == 9 { // an officer of the neighbour's stands here as well
		shared := b.subs[n-1].hold[org.Staff][0]
		hold[org.Staff] = append(hold[org.Staff], shared)
		on = append(on, shared)
	}
	u := add(id, org.SubBranch, branch, hold)
	b.subs = append(b.subs, u)
	if n%40 != 7 { // else no roster: the branch answers
		b.rota(u, start, refCut{8, 30, on})
	}
}

func (b *simBank) rota(u *refUnit, start time.Time, cuts ...refCut) {
	u.roster = &refRoster{zone: b.zone, begins: start, first: civil(start, b.zone), cuts: cuts, taken: map[takeover]time.Time{}}
	layer := duty.Layer{Role: duty.Primary, Start: calendar.DayOf(start, b.zone), Every: 1}
	for _, c := range cuts {
		layer.Cuts = append(layer.Cuts, duty.Cut{At: duty.Clock{Hour: c.hour, Minute: c.minute}, People: c.people})
	}
	b.plans[u.id] = duty.Plan{Layers: []duty.Layer{layer}}
}

// publish enters the rosters.
func (b *simBank) publish(t *testing.T, desk *store.Desk, at time.Time) {
	t.Helper()
	for _, u := range b.order {
		if plan, ok := b.plans[u.id]; ok {
			by := u.hold[org.ConsumerProtection]
			if p := u.hold[org.President]; len(p) > 0 {
				by = p
			}
			if _, err := desk.Duty(t.Context(), store.DutyRequest{Unit: u.id, Command: duty.Publish{Plan: plan}, By: by[0], At: at}); err != nil {
				t.Fatalf("publish the roster of %s: %v", u.id, err)
			}
		}
	}
}

// shareByHour and shareByDay are those of the hotline of zh-hotline-arrivals (7,897 cases of 18 days): thousandths of a day that each hour
// brings, and hundredths of an average day that each weekday does, from Sunday on.
var (
	shareByHour = [24]int{18, 10, 7, 4, 3, 4, 7, 13, 34, 58, 64, 66, 52, 60, 68, 73, 80, 80, 66, 62, 59, 47, 37, 28}
	shareByDay  = [7]int{77, 121, 108, 97, 111, 107, 81}
)

// arrivals draws when complaints come.
type arrivalTimes struct {
	real   [7][]time.Duration // times of day of real cases, by weekday
	source string
}

func newArrivals(t *testing.T) *arrivalTimes {
	t.Helper()
	a := &arrivalTimes{source: "the table of shares by hour (SAMEDAY_DATA names no folder with real arrivals)"}
	files, _ := filepath.Glob(filepath.Join(os.Getenv("SAMEDAY_DATA"), "zh-hotline-arrivals", "*.csv"))
	if os.Getenv("SAMEDAY_DATA") == "" || len(files) == 0 {
		return a
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] { // seq, received_at, category, district
		at, err := time.Parse("2006-01-02T15:04:05", row[1])
		if err != nil {
			t.Fatal(err)
		}
		a.real[at.Weekday()] = append(a.real[at.Weekday()], at.Sub(at.Truncate(24*time.Hour)))
	}
	a.source = fmt.Sprintf("%d real hotline cases", len(rows)-1)
	return a
}

// of lists the times of one day's complaints, in order.
func (a *arrivalTimes) of(day time.Time, mean int, r *rand.Rand) []time.Time {
	weekday := day.Weekday()
	n := float64(mean) * float64(shareByDay[weekday]) / 100
	count := max(0, int(n+r.NormFloat64()*math.Sqrt(n)))
	out := make([]time.Time, count)
	for i := range out {
		var at time.Duration
		if list := a.real[weekday]; len(list) > 0 {
			at = list[r.IntN(len(list))]
		} else {
			at = byHour(r)
		}
		out[i] = day.Add(at + time.Duration(r.IntN(1000))*time.Millisecond)
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

func byHour(r *rand.Rand) time.Duration {
	sum := 0
	for _, n := range shareByHour {
		sum += n
	}
	at := r.IntN(sum)
	for hour, n := range shareByHour {
		if at < n {
			return time.Duration(hour)*time.Hour + time.Duration(r.IntN(3600))*time.Second
		}
		at -= n
	}
	return 0
}

// simSources are where complaints come from, by weight.
var simSources = []struct {
	weight int
	source workflow.Source
}{
	{50, workflow.SourceHotline},
	{25, workflow.SourceCounter},
	{15, workflow.SourceOnline},
	{4, workflow.SourceHeadOffice},
	{4, workflow.SourceMayorLine},
	{1, workflow.SourcePBOC},
	{1, workflow.SourceNFRA},
}

func drawSource(r *rand.Rand) (source workflow.Source, forwarded bool) {
	at := r.IntN(100)
	for i, s := range simSources {
		if at < s.weight {
			return s.source, i >= 3
		}
		at -= s.weight
	}
	return workflow.SourceCounter, false
}
