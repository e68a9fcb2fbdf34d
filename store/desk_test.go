package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sameday/store"
	"sameday/store/bolt"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// office is a desk over a fresh database.
type office struct {
	*store.Desk
	t     testing.TB
	path  string
	s     store.Store
	rules *workflow.Rules
	key   store.MasterKey
}

// newOffice opens a database and a desk over wrap of it. At the end of the test the database must prove sound, and its projections
// must come back from nothing.
func newOffice(t testing.TB, wrap ...func(store.Store) store.Store) *office {
	t.Helper()
	o := &office{t: t, path: filepath.Join(t.TempDir(), "sameday.db"), rules: bank(t)}
	s, err := bolt.Open(t.Context(), o.path, bolt.Options{InitialMmapSize: 1 << 24})
	if err != nil {
		t.Fatal(err)
	}
	o.s = s
	o.key, _ = store.NewKey()
	outer := o.s
	for _, w := range wrap {
		outer = w(outer)
	}
	o.Desk = store.NewDesk(outer, func() *workflow.Rules { return o.rules }, o.key)
	t.Cleanup(func() {
		o.audit()
		if err := o.s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return o
}

// audit verifies the ledger, takes every index entry away, rebuilds them and compares.
func (o *office) audit() {
	o.t.Helper()
	ctx := context.Background()
	report, err := store.Verify(ctx, o.s)
	if err != nil {
		o.t.Errorf("verify: %v", err)
		return
	}
	before := o.entries()
	if report.Entries != len(before) {
		o.t.Errorf("the audit counts %d entries, there are %d", report.Entries, len(before))
	}
	sets := map[store.StreamID][]store.Entry{}
	for _, e := range before {
		sets[e.Stream] = nil
	}
	if err := o.s.Reindex(ctx, sets); err != nil {
		o.t.Errorf("take the entries away: %v", err)
	}
	changed, err := store.Rebuild(ctx, o.s)
	if err != nil || changed != len(sets) {
		o.t.Errorf("rebuild changed %d streams of %d: %v", changed, len(sets), err)
	}
	if diff := cmp.Diff(before, o.entries(), cmpopts.EquateEmpty()); diff != "" {
		o.t.Errorf("rebuilt entries (-want +got):\n%s", diff)
	}
	if again, err := store.Verify(ctx, o.s); err != nil || again != report {
		o.t.Errorf("verify after rebuilding: %+v, %v; want %+v", again, err, report)
	}
}

func (o *office) entries() []store.Entry {
	o.t.Helper()
	names, err := o.s.Indexes(context.Background())
	if err != nil {
		o.t.Fatal(err)
	}
	var out []store.Entry
	for _, name := range names {
		page, err := o.s.Scan(context.Background(), store.Query{Index: name, Limit: 1 << 30})
		if err != nil {
			o.t.Fatal(err)
		}
		out = append(out, page...)
	}
	return out
}

// does hands one command in; it must be carried out.
func (o *office) does(id workflow.ID, cmd workflow.Command, at time.Time) store.Outcome {
	o.t.Helper()
	out, err := o.Do(o.t.Context(), store.Request{Complaint: id, Command: cmd, By: workflow.Person("manager"), At: at})
	if err != nil {
		o.t.Fatalf("%s %s: %+v", cmd.Verb(), id, err)
	}
	return out
}

func bank(t testing.TB) *workflow.Rules {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	one := func(p org.Position, who org.PersonID) map[org.Position][]org.PersonID {
		return map[org.Position][]org.PersonID{p: {who}}
	}
	tree, err := org.New([]org.Unit{
		{ID: "hq", Tier: org.HeadOffice, Zone: zone, Positions: one(org.ConsumerProtection, "desk")},
		{ID: "sh", Tier: org.Branch, Parent: "hq", Zone: zone, Positions: one(org.President, "president")},
		{ID: "jingan", Tier: org.SubBranch, Parent: "sh", Zone: zone, Positions: one(org.ComplaintManager, "manager")},
		{ID: "xuhui", Tier: org.SubBranch, Parent: "sh", Zone: zone, Positions: one(org.ComplaintManager, "other")},
	})
	if err != nil {
		t.Fatal(err)
	}
	codes := workflow.Codes{Business: []workflow.Category{{ID: "card"}, {ID: "loan"}}}
	return &workflow.Rules{Tree: tree, Policy: workflow.DefaultPolicy(), Codes: codes}
}

// nine is Monday, 23 November 2026, 09:00 in Shanghai.
func nine() time.Time { return time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) }

func opening() workflow.Open { return workflow.Open{Unit: "jingan", Summary: "信用卡年费多收"} }

func commandFor(step workflow.Step) workflow.Command {
	switch step {
	case workflow.StepAccept:
		return workflow.Accept{}
	case workflow.StepAssign:
		return workflow.Assign{Handler: "manager"}
	case workflow.StepContact:
		return workflow.Contact{Reached: true}
	case workflow.StepHandle:
		return workflow.Handle{Text: "经核对账单确认多收，已将年费退还至客户账户，并提交征信更正"}
	default:
		return workflow.Feedback{Answer: workflow.Satisfied}
	}
}

func TestDeskFromOpeningToClosing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	first := o.does("", opening(), nine().Add(123_456_789))
	id := first.Complaint.ID
	if id != "20261123-001" || len(first.Facts) != 1 || first.Duplicate {
		t.Fatalf("opened %+v", first)
	}
	open, err := o.Open(ctx, "xuhui", "jingan")
	if err != nil || len(open) != 1 || open[0].ID != id || open[0].Gist != "信用卡年费多收" {
		t.Errorf("open complaints %+v, %v", open, err)
	}
	due, err := o.Due(ctx, nine().Add(2*time.Hour+123_456_789), 100)
	if err != nil || len(due) != 4 || due[1].Wake != "accept/1" || due[1].Complaint != id || !due[1].Due.Equal(nine().Add(30*time.Minute+123_456_000)) {
		t.Errorf("due at 11:00 %+v, %v", due, err)
	}
	if due, err := o.Due(ctx, nine().Add(24*time.Hour), 2); err != nil || len(due) != 2 {
		t.Errorf("two of what is due: %+v, %v", due, err)
	}
	o.does(id, workflow.Assign{Handler: "manager"}, nine().Add(time.Minute))
	for _, step := range workflow.Steps()[2:] {
		o.does(id, commandFor(step), nine().Add(time.Minute))
	}
	c, err := o.Complaint(ctx, id)
	if err != nil || c.Outcome != workflow.ClosedSatisfied || !c.ClosedSameDay {
		t.Errorf("closed as %+v, %v", c.Outcome, err)
	}
	facts, err := o.Timeline(ctx, id)
	if diff := cmp.Diff(c, workflow.Fold(id, facts), cmp.AllowUnexported(workflow.Actor{}), cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Errorf("the timeline folds to something else: %v\n%s", err, diff)
	}
	for _, p := range c.Briefing.To { // what is unread falls due after closing too
		q := store.Request{Complaint: id, Command: workflow.ReadBriefing{}, By: workflow.Person(p), At: c.ClosedAt}
		if out, err := o.Do(ctx, q); err != nil {
			t.Errorf("%s reads the report: %v", p, err)
		} else {
			c = out.Complaint
		}
	}
	for what, list := range map[string]func() (int, error){
		"open": func() (int, error) { l, err := o.Open(ctx, "jingan"); return len(l), err },
		"due":  func() (int, error) { l, err := o.Due(ctx, nine().AddDate(1, 0, 0), 9); return len(l), err },
	} {
		if n, err := list(); n != 0 || err != nil {
			t.Errorf("%s: %d left after closing, %v", what, n, err)
		}
	}
	day, err := o.OfDay(ctx, c.Day, "hq", "sh", "jingan")
	if err != nil || len(day) != 1 || !day[0].SameDay {
		t.Errorf("of the day %+v, %v", day, err)
	}
	if numbers, err := o.Numbers(ctx, c.Day, c.Day); err != nil || !slices.Equal(numbers, []workflow.ID{id}) {
		t.Errorf("numbers %v, %v", numbers, err)
	}
	if numbers, err := o.Numbers(ctx, c.Day.Add(1), c.Day.Add(9)); err != nil || len(numbers) != 0 {
		t.Errorf("numbers of later days %v, %v", numbers, err)
	}
	backlog, err := o.s.Waiting(ctx, 100)
	if err != nil || len(backlog.Intents) == 0 || backlog.Intents[0].Kind != store.KindRoot {
		t.Errorf("the outbox begins with %+v, %v", backlog.Intents, err)
	}
}

func TestDeskRefuses(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	if _, err := o.Do(ctx, store.Request{Complaint: "20261123-009", Command: workflow.Accept{}, At: nine()}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown number: %v", err)
	}
	_, err := o.Do(ctx, store.Request{Command: opening(), By: workflow.Person("stranger"), At: nine()})
	if no := refusal(err); no == nil || no.Code != workflow.NoRight {
		t.Errorf("a stranger: %v", err)
	}
	head, err := o.s.Head(ctx)
	if err != nil || head.Seq != 0 {
		t.Errorf("a refusal left %+v, %v", head, err)
	}
	withCustomer := store.Request{Command: workflow.Accept{}, Customer: store.Customer{Name: "张三"}, At: nine()}
	if _, err := o.Do(ctx, withCustomer); err == nil {
		t.Error("accepting took a customer")
	}
}

func refusal(err error) *workflow.Refusal {
	var no *workflow.Refusal
	errors.As(err, &no)
	return no
}

// Of 32 people who press the same button, one does it and 31 are told who did.
func TestDeskConflicts(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.does("", opening(), nine()).Complaint.ID
	for i, step := range workflow.Steps() {
		var done, told atomic.Int32
		at := nine().Add(time.Duration(i) * time.Minute)
		inParallel(32, func(int) {
			_, err := o.Do(t.Context(), store.Request{Complaint: id, Command: commandFor(step), By: workflow.Person("manager"), At: at})
			no := refusal(err)
			switch {
			case err == nil:
				done.Add(1)
			case no != nil && (no.Code == workflow.AlreadyDone || no.Code == workflow.IsClosed) && no.By == "manager" && no.At.Equal(at):
				told.Add(1)
			default:
				t.Errorf("%s: %+v", step, err)
			}
		})
		if done.Load() != 1 || told.Load() != 31 {
			t.Errorf("%s was done %d times, %d were told who did", step, done.Load(), told.Load())
		}
	}
	inParallel(32, func(i int) { o.does(id, workflow.Note{Text: fmt.Sprintf("第 %d 条", i)}, nine().Add(time.Hour)) })
	if c, err := o.Complaint(t.Context(), id); err != nil || c.Version != 8+32 {
		t.Errorf("version %d after all, %v", c.Version, err)
	}
}

func inParallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// faulty fails appends as told: before the engine hears of them, or after it stored them.
type faulty struct {
	store.Store
	before, after func(store.Commit) error
}

func (f faulty) Append(ctx context.Context, c store.Commit) (store.Committed, error) {
	if f.before != nil {
		if err := f.before(c); err != nil {
			return store.Committed{}, err
		}
	}
	out, err := f.Store.Append(ctx, c)
	if err == nil && f.after != nil {
		if err := f.after(c); err != nil {
			return store.Committed{}, err
		}
	}
	return out, err
}

var errDisk = errors.New("the disk is full")

// Numbers of a day have no holes, however many complaints are opened at once and however many of them fail on the way.
func TestDeskNumbers(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*atomic.Int32) func(store.Store) store.Store{
		"sound": func(*atomic.Int32) func(store.Store) store.Store { return func(s store.Store) store.Store { return s } },
		"full disk": func(n *atomic.Int32) func(store.Store) store.Store {
			return func(s store.Store) store.Store {
				return faulty{Store: s, before: func(store.Commit) error {
					if n.Add(1)%3 == 0 {
						return errDisk
					}
					return nil
				}}
			}
		},
		"lost answer": func(n *atomic.Int32) func(store.Store) store.Store {
			return func(s store.Store) store.Store {
				return faulty{Store: s, after: func(store.Commit) error {
					if n.Add(1)%5 == 0 {
						return context.DeadlineExceeded
					}
					return nil
				}}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, fault(&atomic.Int32{}))
			const n = 200
			var mu sync.Mutex
			got := map[workflow.ID]bool{}
			inParallel(n, func(i int) {
				for try := 0; ; try++ {
					out, err := o.Do(t.Context(), store.Request{Command: opening(), By: workflow.System(), At: nine(), Key: fmt.Sprint("k", i)})
					if err == nil {
						mu.Lock()
						got[out.Complaint.ID] = true
						mu.Unlock()
						return
					}
					if try > 50 || !errors.Is(err, errDisk) && !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("open %d: %v", i, err)
						return
					}
				}
			})
			day := calendar.Day{Year: 2026, Month: time.November, Day: 23}
			numbers, err := o.Numbers(t.Context(), day, day)
			if err != nil || len(numbers) != n || len(got) != n {
				t.Fatalf("%d numbers for %d complaints: %v", len(numbers), len(got), err)
			}
			// A number reserved for what then proved a duplicate is given to the next complaint, so some may still be on their way.
			if first, last := numbers[0], numbers[n-1]; name != "lost answer" && (first != "20261123-001" || last != "20261123-200") {
				t.Errorf("%d numbers from %s to %s", n, first, last)
			}
			o.noHoles()
		})
	}
}

func TestDeskNumbersGoOn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.does("", opening(), nine())
	again := store.NewDesk(o.s, o.Rules, o.key) // another process, or this one after a restart
	for _, c := range []struct {
		at   time.Time
		want workflow.ID
	}{
		{nine(), "20261123-002"},
		{nine().Add(15*time.Hour - time.Microsecond), "20261123-003"}, // 23:59:59 in Shanghai
		{nine().Add(15 * time.Hour), "20261124-001"},
		{nine(), "20261123-004"},
		{nine().AddDate(0, 0, 3), "20261126-001"},
		{nine(), "20261123-005"},
	} {
		out, err := again.Do(t.Context(), store.Request{Command: opening(), By: workflow.System(), At: c.at})
		if err != nil || out.Complaint.ID != c.want {
			t.Errorf("opened %s at %s, %v; want %s", out.Complaint.ID, c.at, err, c.want)
		}
	}
	if out := o.does("", opening(), nine()); out.Complaint.ID != "20261123-006" { // the first desk knows nothing of those
		t.Errorf("opened %s beside another process", out.Complaint.ID)
	}
}

func TestDeskSameDelivery(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.once(func(int) store.Request {
		return store.Request{Command: opening(), By: workflow.Person("manager"), At: nine(), Key: "Ev1"}
	})
	note := store.Request{Complaint: id, Command: workflow.Note{Text: "x"}, By: workflow.Person("manager"), At: nine(), Key: "Ev2"}
	for i := range 3 {
		if _, err := o.Do(t.Context(), note); err != nil {
			t.Errorf("delivery %d: %v", i, err)
		}
	}
	if c, err := o.Complaint(t.Context(), id); err != nil || c.Version != 2 {
		t.Errorf("version %d after three deliveries of a note, %v", c.Version, err)
	}
	o.noHoles()
}

// once hands in 16 requests at the same time, of which one may open a complaint, and returns it; all must get it for an answer.
func (o *office) once(request func(i int) store.Request) workflow.ID {
	o.t.Helper()
	var mu sync.Mutex
	opened := map[workflow.ID]int{}
	inParallel(16, func(i int) {
		out, err := o.Do(o.t.Context(), request(i))
		if err != nil {
			o.t.Errorf("%+v, %v", out, err)
		}
		mu.Lock()
		defer mu.Unlock()
		opened[out.Complaint.ID]++
		if out.Duplicate != (len(out.Facts) == 0) {
			o.t.Errorf("duplicate %v with %d facts", out.Duplicate, len(out.Facts))
		}
	})
	if len(opened) != 1 {
		o.t.Fatalf("one request was answered with %v", opened)
	}
	for id := range opened {
		return id
	}
	return ""
}

// noHoles opens a few more complaints and checks that requests which opened none used up no number: those are given again.
func (o *office) noHoles() {
	o.t.Helper()
	for range 60 { // an engine that fails now and then is asked again by the next one
		_, err := o.Do(o.t.Context(), store.Request{Command: opening(), By: workflow.System(), At: nine()})
		if err != nil && !errors.Is(err, errDisk) && !errors.Is(err, context.DeadlineExceeded) {
			o.t.Fatal(err)
		}
	}
	day := calendar.Day{Year: 2026, Month: time.November, Day: 23}
	numbers, err := o.Numbers(o.t.Context(), day, day)
	if err != nil {
		o.t.Fatal(err)
	}
	for i, id := range numbers {
		if want := workflow.ID(fmt.Sprintf("20261123-%03d", i+1)); id != want {
			o.t.Fatalf("number %d is %s, want %s", i+1, id, want)
		}
	}
}

func TestDeskSameWorkOrder(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first := o.once(func(i int) store.Request {
		cmd := opening()
		cmd.WorkOrder = []string{"HO-88213", "ho-88213", " HO - 88213 "}[i%3]
		return store.Request{Command: cmd, By: workflow.System(), At: nine(), Customer: store.Customer{Name: "张三"}}
	})
	if ids, err := o.s.SealedIDs(t.Context(), "", 10); err != nil || len(ids) != 1 {
		t.Errorf("the vault holds %d records, %v; want the one of the complaint", len(ids), err)
	}
	other := o.does("", opening(), nine()).Complaint.ID
	take := store.Request{
		Complaint: other, Command: workflow.Correct{Field: workflow.FieldWorkOrder, Now: "ho-88213"}, By: workflow.Person("manager"), At: nine(),
	}
	_, err := o.Do(t.Context(), take)
	if no := refusal(err); no == nil || no.Code != workflow.WorkOrderTaken || no.Value != string(first) || no.Verb != workflow.VerbCorrect {
		t.Errorf("taking another's work order: %+v", err)
	}
	// The first gives it up, the second takes it.
	o.does(first, workflow.Correct{Field: workflow.FieldWorkOrder, Now: "HO-1"}, nine())
	o.does(other, workflow.Correct{Field: workflow.FieldWorkOrder, Now: "HO-88213"}, nine())
	cmd := opening()
	cmd.WorkOrder = "HO-88213"
	if out := o.does("", cmd, nine()); !out.Duplicate || out.Complaint.ID != other {
		t.Errorf("the work order opens %s, want %s", out.Complaint.ID, other)
	}
	o.noHoles()
}

func TestDeskRepeats(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	open := func(unit org.UnitID, business, name, phone string) []workflow.ID {
		t.Helper()
		cmd := opening()
		cmd.Unit, cmd.Business = unit, business
		out, err := o.Do(t.Context(), store.Request{
			Command: cmd, By: workflow.System(), At: nine(), Customer: store.Customer{Name: name, Phone: phone},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Complaint.Repeats
	}
	var want []workflow.ID
	for i := range 7 {
		if got := open("jingan", "card", "张三", "13812341234"); !slices.Equal(got, want) {
			t.Errorf("complaint %d repeats %v, want %v", i+1, got, want)
		}
		want = slices.Insert(want, 0, workflow.ID(fmt.Sprintf("20261123-%03d", i+1)))
		want = want[:min(len(want), 5)]
	}
	for _, other := range [][]workflow.ID{
		open("xuhui", "card", "张三", "13812341234"), open("jingan", "loan", "张三", "13812341234"), open("jingan", "card", "张三", "13900000000"),
		open("jingan", "card", "李四", "13812341234"), open("jingan", "card", "", ""),
	} {
		if len(other) != 0 {
			t.Errorf("another customer, unit or business repeats %v", other)
		}
	}
}
