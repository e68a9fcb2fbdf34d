package sample_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/store/bolt"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

func TestBank(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"zh-CN", "en"} {
		b := sample.NewBank(language)
		c, err := b.Config()
		if err != nil {
			t.Fatalf("%s: %v", language, err)
		}
		tiers := map[org.Tier]int{}
		for _, u := range c.Units {
			tiers[u.Tier]++
			if u.Language != language {
				t.Errorf("unit %s speaks %s, want %s", u.ID, u.Language, language)
			}
		}
		if tiers[org.HeadOffice] != 1 || tiers[org.Branch] != 2 || tiers[org.SubBranch] != 6 {
			t.Errorf("units by tier = %v, want 1, 2 and 6", tiers)
		}
		handles := map[string]bool{}
		for _, p := range b.People() {
			if handles[p.Handle] || p.Name == "" || p.Title == "" {
				t.Errorf("%s is there twice or has no name or title: %+v", p.Handle, p)
			}
			handles[p.Handle] = true
		}
		if n := len(handles); n < 28 || n > 40 {
			t.Errorf("the bank has %d people, want about 30", n)
		}
	}
}

// TestComplaintsHappen plays every sample through the rules, at noon and just after midnight.
func TestComplaintsHappen(t *testing.T) {
	t.Parallel()
	zone, err := sample.Location()
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"zh-CN", "en"} {
		for _, now := range []time.Time{
			time.Date(2026, 11, 23, 12, 0, 0, 0, zone), time.Date(2026, 11, 23, 0, 10, 0, 0, zone), time.Date(2026, 11, 23, 23, 59, 0, 0, zone),
		} {
			t.Run(language+now.Format(" 15:04"), func(t *testing.T) {
				t.Parallel()
				play(t, language, now, zone)
			})
		}
	}
}

func play(t *testing.T, language string, now time.Time, zone *time.Location) {
	t.Helper()
	desk := newDesk(t, language)
	complaints, err := sample.Complaints(language, now)
	if err != nil {
		t.Fatal(err)
	}
	id := func(handle string) org.PersonID { return org.PersonID(handle + "@bank.example") }
	today := calendar.DayOf(now, zone)
	var overnight, sameDay, masked, key int
	for i, s := range complaints {
		c := doAll(t, desk, s, id, now)
		if i >= 2 && c.Account != today {
			t.Errorf("complaint %d counts for %v, want today %v", i, c.Account, today)
		}
		if c.Open() && c.Account == today.Add(-1) {
			overnight++
		}
		if c.ClosedSameDay && c.Account == today.Add(-1) {
			sameDay++
		}
		if c.Grade == workflow.GradeKey && c.Source == workflow.SourcePBOC {
			key++
		}
		masked += c.Masked
	}
	if overnight != 1 || sameDay != 1 || key != 1 || masked != 2 {
		t.Errorf("left overnight %d, closed on its day %d, key %d, masked items %d; want 1, 1, 1, 2", overnight, sameDay, key, masked)
	}
}

func doAll(t *testing.T, desk *store.Desk, s sample.Complaint, id sample.People, now time.Time) workflow.Complaint {
	t.Helper()
	do := func(q store.Request) workflow.Complaint {
		if q.At.After(now) {
			t.Errorf("%s happens at %v, after now %v", q.Command.Verb(), q.At, now)
		}
		out, err := desk.Do(context.Background(), q)
		if err != nil {
			t.Fatalf("%s at %s: %v", q.Command.Verb(), s.Open.Unit, err)
		}
		return out.Complaint
	}
	c := do(store.Request{Command: s.Open, By: workflow.Person(id(s.By)), At: s.At, Customer: s.Customer})
	last := s.At
	for _, a := range s.Acts {
		if a.At.Before(last) {
			t.Errorf("an act at %v comes before %v", a.At, last)
		}
		last = a.At
		c = do(store.Request{Complaint: c.ID, Command: a.Command(id), By: workflow.Person(id(a.By)), At: a.At})
	}
	return c
}

func newDesk(t *testing.T, language string) *store.Desk {
	t.Helper()
	c, err := sample.NewBank(language).Config()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := c.OfflineTree()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := bolt.Open(context.Background(), filepath.Join(t.TempDir(), "s.db"), bolt.Options{InitialMmapSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	key, _ := store.NewKey()
	rules := &workflow.Rules{Tree: tree, Policy: c.Policy, Codes: c.Codes}
	return store.NewDesk(engine, func() *workflow.Rules { return rules }, key)
}
