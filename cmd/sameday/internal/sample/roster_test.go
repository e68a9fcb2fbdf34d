package sample_test

import (
	"context"
	"testing"
	"time"

	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// Whatever day and hour it is, the same people are on duty at the start, each unit has somebody, nobody waits for a handover of the past,
// and the next days bring handovers.
func TestWhoIsOnDutyAtTheStart(t *testing.T) {
	t.Parallel()
	zone, err := sample.Location()
	if err != nil {
		t.Fatal(err)
	}
	for _, now := range []time.Time{
		time.Date(2026, 11, 23, 0, 1, 0, 0, zone), time.Date(2026, 11, 23, 8, 29, 59, 0, zone), time.Date(2026, 11, 23, 8, 40, 0, 0, zone),
		time.Date(2026, 11, 29, 12, 0, 0, 0, zone), time.Date(2027, 2, 28, 23, 59, 0, 0, zone),
	} {
		t.Run(now.Format(time.DateTime), func(t *testing.T) {
			t.Parallel()
			desk := newDesk(t, "zh-CN")
			if err := sample.PublishRosters(context.Background(), desk, now, address); err != nil {
				t.Fatal(err)
			}
			book := desk.Rules().Book
			day := now.Hour()*60+now.Minute() >= 8*60+30 && now.Hour()*60+now.Minute() < 20*60+30
			branch := map[bool]string{true: "xu.lei", false: "zhao.min"}[day]
			for unit, handle := range map[org.UnitID]string{"jingan": "wang.li", "kunshan": "ding.ling", "shanghai": branch, "head-office": "sun.yue"} {
				o, ok := book.Officer(unit, now)
				if !ok || o.Person != address(handle) || o.Role != duty.Primary || o.Waiting != "" {
					t.Errorf("%s: %+v on duty, want %s and nobody waiting", unit, o, handle)
				}
			}
			checkAhead(t, desk, now)
		})
	}
}

func checkAhead(t *testing.T, desk *store.Desk, now time.Time) {
	t.Helper()
	for _, u := range desk.Rules().Tree.Units() {
		r, ok := desk.Rules().Book.Roster(u.ID)
		if !ok {
			t.Fatalf("%s has no roster", u.ID)
		}
		if gaps := r.Gaps(duty.Primary, now, now.AddDate(0, 1, 0)); len(gaps) > 0 {
			t.Errorf("%s: gaps %v", u.ID, gaps)
		}
		if p := r.Pending(); len(p) > 0 {
			t.Errorf("%s: handovers %v wait at the start", u.ID, p)
		}
		at, _, in, ok := r.NextChange(now)
		if u.Tier == org.SubBranch && (!ok || in != desk.Rules().Tree.Holders(u.ID, org.Staff)[0] || at.Sub(now) > 33*time.Hour) {
			t.Errorf("%s: next change %v to %q, want staff tomorrow morning", u.ID, at, in)
		}
	}
}

func address(handle string) org.PersonID { return org.PersonID(handle + "@bank.example") }

// What the rosters say fits the whole sample: everybody named holds a position at the unit.
func TestRostersNameTheirOwnPeople(t *testing.T) {
	t.Parallel()
	zone, err := sample.Location()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, zone)
	desk := newDesk(t, "en")
	if err := sample.PublishRosters(context.Background(), desk, now, address); err != nil {
		t.Fatal(err)
	}
	tree := desk.Rules().Tree
	for _, u := range tree.Units() {
		r, _ := desk.Rules().Book.Roster(u.ID)
		for _, role := range duty.Roles() {
			for _, s := range r.Shifts(role, now, now.AddDate(0, 0, 10)) {
				if !tree.Holds(s.Person, u.ID) {
					t.Errorf("%s: %s is %s and works elsewhere", u.ID, s.Person, role)
				}
			}
		}
	}
}
