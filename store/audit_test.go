package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// Personal data is sealed: no byte of it is on the disk, and it opens under the right key only, until it is erased.
func TestCustomerIsSealed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	customer := store.Customer{Name: "欧阳娜娜", Phone: "13812341234", ID: "310101199003071230"}
	cmd := opening()
	cmd.Summary = "客户欧阳女士称多收年费，电话 13812341234，证件 310101199003071230"
	out, err := o.Do(ctx, store.Request{Command: cmd, By: workflow.System(), At: nine(), Customer: customer})
	if err != nil {
		t.Fatal(err)
	}
	ref := out.Complaint.Customer
	if ref.Name != "欧阳**" || ref.Phone != "138****1234" || ref.Record == "" {
		t.Errorf("the complaint names %+v", ref)
	}
	second := store.Customer{Name: "Zebulon Quaverley", Phone: "02152345678"}
	set := store.Request{Complaint: out.Complaint.ID, Command: workflow.SetCustomer{}, By: workflow.Person("manager"), At: nine(), Customer: second}
	changed, err := o.Do(ctx, set)
	if err != nil || changed.Complaint.Customer.Record == ref.Record {
		t.Errorf("another customer: %+v, %v", changed.Complaint.Customer, err)
	}
	disk, err := os.ReadFile(o.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"欧阳娜娜", "13812341234", "310101199003071230", "Zebulon", "Quaverley", "02152345678", "52345678"} {
		if bytes.Contains(disk, []byte(secret)) {
			t.Errorf("the disk holds %s", secret)
		}
	}
	if got, err := o.Customer(ctx, ref.Record); err != nil || got != customer {
		t.Errorf("opened %+v, %v", got, err)
	}
	wrong, _ := store.NewKey()
	if _, err := store.NewDesk(o.s, o.Rules, wrong).Customer(ctx, ref.Record); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("under another key: %v", err)
	}
	if err := o.s.Destroy(ctx, ref.Record); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Customer(ctx, ref.Record); !errors.Is(err, store.ErrErased) {
		t.Errorf("after erasing: %v", err)
	}
	if _, err := o.Customer(ctx, "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown record: %v", err)
	}
}

// A job runs once for a unit and a day, whoever else tries, and is told once.
func TestRunJobOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	today := calendar.Day{Year: 2026, Month: time.November, Day: 23}
	for _, day := range []calendar.Day{today, today.Add(1)} {
		var ran atomic.Int32
		inParallel(16, func(int) {
			run := workflow.JobRun{Job: workflow.JobNotice, Unit: "sh", Day: day, Slot: nine(), Report: &workflow.Report{Unit: "sh"}}
			err := o.RunJob(ctx, run, nine(), []store.Intent{{ID: "notice/sh/" + day.String(), Lane: store.ChannelLane("sh"), Kind: store.KindDigest}})
			switch {
			case err == nil:
				ran.Add(1)
			case !errors.Is(err, store.ErrAlreadyRan):
				t.Errorf("run: %v", err)
			}
		})
		if ran.Load() != 1 {
			t.Errorf("the job of %s ran %d times", day, ran.Load())
		}
	}
	backlog, err := o.s.Waiting(ctx, 10)
	if err != nil || len(backlog.Intents) != 2 || backlog.Intents[0].Stream != "job/notice/sh/2026-11-23" {
		t.Errorf("to be told: %+v, %v", backlog.Intents, err)
	}
	if run, err := o.JobOn(ctx, workflow.JobNotice, "sh", today); err != nil || run.Report == nil || !run.Slot.Equal(nine()) {
		t.Errorf("the ledger has %+v, %v", run, err)
	}
	if _, err := o.JobOn(ctx, workflow.JobDusk, "sh", today); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a job that did not run: %v", err)
	}
	for unit, want := range map[org.UnitID]calendar.Day{"sh": today.Add(1), "s": {}, "hq": {}} {
		if day, err := o.LastRun(ctx, workflow.JobNotice, unit); err != nil || day != want {
			t.Errorf("last run of %s: %s, %v; want %s", unit, day, err, want)
		}
	}
	id := store.StreamID("job/notice/sh/2026-11-23")
	inParallel(8, func(int) {
		more := []store.Intent{{ID: "detail/sh/2026-11-23", Lane: store.ChannelLane("sh"), Kind: store.KindDetail}}
		if err := o.JobPosted(ctx, id, workflow.Posted{What: "root", Channel: "C", TS: "1.2"}, nine(), more); err != nil {
			t.Errorf("receipt: %v", err)
		}
	})
	posts, err := o.JobPosts(ctx, id)
	if diff := cmp.Diff(map[string]workflow.Place{"root": {Channel: "C", TS: "1.2"}}, posts); err != nil || diff != "" {
		t.Errorf("receipts, %v (-want +got):\n%s", err, diff)
	}
	if records, err := store.Records(ctx, o.s, id); err != nil || len(records) != 2 {
		t.Errorf("the run has %d records, %v", len(records), err)
	}
}

func TestJoinAndAdoptPolicy(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	inParallel(8, func(i int) {
		at := nine().Add(time.Duration(i) * time.Second)
		if _, err := o.Join(ctx, at, "jingan", "sh"); err != nil {
			t.Errorf("join: %v", err)
		}
		if err := o.AdoptPolicy(ctx, at); err != nil {
			t.Errorf("adopt: %v", err)
		}
	})
	first, err := o.Join(ctx, nine().AddDate(0, 0, 9), "jingan", "xuhui")
	if err != nil || !first["jingan"].Before(nine().Add(8*time.Second)) || !first["xuhui"].Equal(nine().AddDate(0, 0, 9)) {
		t.Errorf("joined at %v, %v", first, err)
	}
	old := o.rules.Policy
	changed := *o.rules
	changed.Policy.MinSolution = 30
	if err := store.NewDesk(o.s, func() *workflow.Rules { return &changed }, o.key).AdoptPolicy(ctx, nine()); err != nil {
		t.Fatal(err)
	}
	for _, p := range []workflow.Policy{old, changed.Policy} {
		got, err := o.Policy(ctx, p.Version())
		if diff := cmp.Diff(p, got); err != nil || diff != "" {
			t.Errorf("policy %s, %v (-want +got):\n%s", p.Version(), err, diff)
		}
	}
	if _, err := o.Policy(ctx, "p-00000000"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown policy: %v", err)
	}
	if head, err := o.s.Head(ctx); err != nil || head.Seq != 5 {
		t.Errorf("%d records for 3 units and 2 policies, %v", head.Seq, err)
	}
}

// Histories and indexes longer than a page are read whole.
func TestPaging(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	id := o.does("", opening(), nine()).Complaint.ID
	const n = 520
	long := store.Append{Stream: store.ComplaintStream(id), Expect: 1}
	for i := range n {
		data, err := workflow.Events.Encode(workflow.Noted{Text: fmt.Sprint(i)})
		if err != nil {
			t.Fatal(err)
		}
		long.Events = append(long.Events, store.NewEvent{Kind: "noted.v1", At: nine(), By: "manager", Data: data})
	}
	if _, err := o.s.Append(ctx, store.Commit{Appends: []store.Append{long}}); err != nil {
		t.Fatal(err)
	}
	// That append gave the stream no entries, as no desk would: the audit says so, and rebuilding puts them back.
	var missing *store.Difference
	if _, err := store.Verify(ctx, o.s); !errors.As(err, &missing) || missing.Stream != store.ComplaintStream(id) {
		t.Errorf("entries are gone and the audit says %v", err)
	}
	if changed, err := store.Rebuild(ctx, o.s); err != nil || changed != 1 {
		t.Errorf("rebuilt %d streams, %v", changed, err)
	}
	if c, err := o.Complaint(ctx, id); err != nil || c.Version != n+1 {
		t.Errorf("version %d, %v", c.Version, err)
	}
	inParallel(n, func(int) { o.does("", opening(), nine()) })
	numbers, err := o.Numbers(ctx, calendar.Day{Year: 2026, Month: 11, Day: 23}, calendar.Day{Year: 2026, Month: 11, Day: 23})
	if err != nil || len(numbers) != n+1 || !slices.IsSortedFunc(numbers, bySerial) || numbers[n] != "20261123-521" {
		t.Errorf("%d numbers up to %s, %v", len(numbers), numbers[len(numbers)-1], err)
	}
	var keys []string
	err = store.Walk(ctx, o.s, store.Query{Index: store.IndexDue, Reverse: true}, func(e store.Entry) (bool, error) {
		keys = append(keys, e.Key)
		return len(keys) < 1_500, nil
	})
	slices.Reverse(keys)
	if err != nil || len(keys) != 1_500 || !slices.IsSorted(keys) {
		t.Errorf("walked %d keys backwards, %v", len(keys), err)
	}
	stop := errors.New("enough")
	if err := store.Walk(ctx, o.s, store.Query{Index: store.IndexDue}, func(store.Entry) (bool, error) { return true, stop }); !errors.Is(err, stop) {
		t.Errorf("a visitor's error comes back as %v", err)
	}
	if due, err := o.Due(ctx, nine().Add(24*time.Hour), 700); err != nil || len(due) != 700 {
		t.Errorf("%d of what is due, %v", len(due), err)
	}
}

func bySerial(a, b workflow.ID) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(string(a), string(b))
}

func TestByPost(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.does("", opening(), nine()).Complaint.ID
	for _, p := range []workflow.Posted{{What: "root", Channel: "C1", TS: "1.2"}, {What: "mirror:sh", Channel: "C2", TS: "1.3"}} {
		_, err := o.Do(t.Context(), store.Request{Complaint: id, Command: workflow.RecordPost{Posted: p}, By: workflow.System(), At: nine()})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := o.ByPost(t.Context(), p.Channel, p.TS); err != nil || got != id {
			t.Errorf("%s is %s, %v", p.What, got, err)
		}
	}
	for _, ts := range []string{"1.3", "1", "1.22"} {
		if got, err := o.ByPost(t.Context(), "C1", ts); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("C1 %s is %s, %v", ts, got, err)
		}
	}
}

// liar is an engine that holds something else than was written into it.
type liar struct {
	store.Store
	since  func([]store.Record) []store.Record
	stream func([]store.Record) []store.Record
	scan   func([]store.Entry) []store.Entry
	sealed func(store.Sealed, error) (store.Sealed, error)
}

func (l liar) Since(ctx context.Context, after uint64, limit int) ([]store.Record, error) {
	r, err := l.Store.Since(ctx, after, limit)
	if l.since != nil {
		r = l.since(r)
	}
	return r, err
}

func (l liar) Stream(ctx context.Context, id store.StreamID, after, limit int) ([]store.Record, error) {
	r, err := l.Store.Stream(ctx, id, after, limit)
	if l.stream != nil {
		r = l.stream(r)
	}
	return r, err
}

func (l liar) Scan(ctx context.Context, q store.Query) ([]store.Entry, error) {
	e, err := l.Store.Scan(ctx, q)
	if l.scan != nil {
		e = l.scan(e)
	}
	return e, err
}

func (l liar) Sealed(ctx context.Context, id string) (store.Sealed, error) {
	s, err := l.Store.Sealed(ctx, id)
	if l.sealed != nil {
		return l.sealed(s, err)
	}
	return s, err
}

// Whatever is changed in the ledger, the first broken record is named.
func TestVerifyNamesTheBrokenRecord(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for range 3 {
		_, err := o.Do(t.Context(), store.Request{Command: opening(), By: workflow.System(), At: nine(), Customer: store.Customer{Name: "张三"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	o.does("20261123-001", workflow.Accept{}, nine())
	change := func(seq uint64, f func(*store.Record)) func([]store.Record) []store.Record {
		return func(records []store.Record) []store.Record {
			for i := range records {
				if records[i].Seq == seq {
					f(&records[i])
				}
			}
			return records
		}
	}
	reseal := func(seq uint64, f func(*store.NewEvent)) func([]store.Record) []store.Record {
		return change(seq, func(r *store.Record) {
			f(&r.NewEvent)
			*r = store.Seal(r.NewEvent, r.Stream, r.Seq, r.Version, r.Prev, r.PrevInStream)
		})
	}
	without := func(seq uint64) func([]store.Record) []store.Record {
		return func(records []store.Record) []store.Record {
			return slices.DeleteFunc(records, func(r store.Record) bool { return r.Seq == seq })
		}
	}
	for name, c := range map[string]struct {
		liar liar
		seq  uint64
		says string
	}{
		"who":            {liar{since: change(2, func(r *store.Record) { r.By = "manager" })}, 2, "does not match its hash"},
		"when":           {liar{since: change(3, func(r *store.Record) { r.At = r.At.Add(time.Microsecond) })}, 3, "does not match its hash"},
		"what":           {liar{since: change(1, func(r *store.Record) { r.Data = json.RawMessage(`{}`) })}, 1, "does not match its hash"},
		"rewritten":      {liar{since: reseal(2, func(e *store.NewEvent) { e.By = "manager" })}, 3, "does not follow"},
		"first removed":  {liar{since: without(1)}, 2, "record 1 is missing"},
		"middle removed": {liar{since: without(3)}, 4, "record 3 is missing"},
		"end cut off":    {liar{since: without(4)}, 4, "the head is record 4"},
		"last rewritten": {liar{since: reseal(4, func(e *store.NewEvent) { e.By = "other" })}, 5, "the head is record 4"},
		"unknown kind":   {liar{since: reseal(4, func(e *store.NewEvent) { e.Kind = "sung.v9" })}, 4, `"sung.v9" is unknown`},
		"unreadable":     {liar{since: reseal(4, func(e *store.NewEvent) { e.Data = json.RawMessage(`[]`) })}, 4, "decode accepted.v1"},
		"stream differs": {liar{stream: reseal(1, func(e *store.NewEvent) { e.By = "other" })}, 4, "another record than the ledger"},
		"stream gone":    {liar{stream: func([]store.Record) []store.Record { return nil }}, 0, "cannot be read by its name"},
		"vault lost": {liar{sealed: func(store.Sealed, error) (store.Sealed, error) {
			return store.Sealed{}, store.ErrNotFound
		}}, 1, "is missing"},
	} {
		l := c.liar
		l.Store = o.s
		_, err := store.Verify(t.Context(), l)
		var broken *store.BrokenLink
		if !errors.As(err, &broken) || broken.Seq != c.seq || !strings.Contains(broken.Reason, c.says) {
			t.Errorf("%s: the audit says %v, want record %d with %q", name, err, c.seq, c.says)
		}
		if _, err := store.Rebuild(t.Context(), l); err == nil {
			t.Errorf("%s: rebuilt from a broken ledger", name)
		}
	}
}

// Whatever is changed in the index, the entry is named, and rebuilding puts it right.
func TestVerifyNamesTheWrongEntry(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, c := range map[string]struct {
		change func([]store.Entry) []store.Entry
		index  string
		says   string
	}{
		"missing": {func(e []store.Entry) []store.Entry {
			return slices.DeleteFunc(e, func(e store.Entry) bool { return e.Index == store.IndexOpen })
		}, store.IndexOpen, "it is missing"},
		"another value": {func(e []store.Entry) []store.Entry {
			i := slices.IndexFunc(e, func(e store.Entry) bool { return e.Index == store.IndexDay })
			e[i].Value = []byte(`{}`)
			return e
		}, store.IndexDay, "does not say what the events say"},
		"not unique": {func(e []store.Entry) []store.Entry {
			i := slices.IndexFunc(e, func(e store.Entry) bool { return e.Index == store.IndexWorkOrder })
			e[i].Unique = false
			return e
		}, store.IndexWorkOrder, "does not say what the events say"},
		"too many": {func(e []store.Entry) []store.Entry {
			return append(e, store.Entry{Index: store.IndexDue, Key: "2026", Stream: e[0].Stream})
		}, store.IndexDue, "no event accounts for it"},
		"of an index of its own": {func(e []store.Entry) []store.Entry {
			return append(e, store.Entry{Index: "zebra", Key: "1", Stream: e[0].Stream})
		}, "zebra", "no event accounts for it"},
	} {
		o := newOffice(t)
		for _, number := range []string{"HO-1", "HO-2"} {
			cmd := opening()
			cmd.WorkOrder = number
			o.does("", cmd, nine())
		}
		stream := store.ComplaintStream("20261123-002")
		records, err := store.Records(ctx, o.s, stream)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := store.Project(stream, records)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.s.Reindex(ctx, map[store.StreamID][]store.Entry{stream: c.change(entries)}); err != nil {
			t.Fatal(err)
		}
		_, err = store.Verify(ctx, o.s)
		var wrong *store.Difference
		if !errors.As(err, &wrong) || wrong.Index != c.index || wrong.Stream != stream || !strings.Contains(wrong.Reason, c.says) {
			t.Errorf("%s: the audit says %v, want %s of %s %s", name, err, c.index, stream, c.says)
		}
		if changed, err := store.Rebuild(ctx, o.s); err != nil || changed != 1 {
			t.Errorf("%s: rebuilt %d streams, %v", name, changed, err)
		}
		if _, err := store.Verify(ctx, o.s); err != nil {
			t.Errorf("%s: after rebuilding: %v", name, err)
		}
	}
}

// Two streams that hold each other's unique key are put right although neither can be before the other.
func TestRebuildSwapsUniqueKeys(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	sets := map[store.StreamID][]store.Entry{}
	for _, number := range []string{"HO-1", "HO-2"} {
		cmd := opening()
		cmd.WorkOrder = number
		id := store.ComplaintStream(o.does("", cmd, nine()).Complaint.ID)
		other := map[string]string{"HO-1": "HO-2", "HO-2": "HO-1"}[number]
		sets[id] = []store.Entry{{Index: store.IndexWorkOrder, Key: other, Stream: id, Unique: true}}
	}
	if err := o.s.Reindex(ctx, sets); err != nil {
		t.Fatal(err)
	}
	if changed, err := store.Rebuild(ctx, o.s); err != nil || changed != 2 {
		t.Errorf("rebuilt %d streams, %v", changed, err)
	}
}

func TestVerifyEmpty(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if report, err := store.Verify(t.Context(), o.s); err != nil || report != (store.Report{}) {
		t.Errorf("an empty ledger: %+v, %v", report, err)
	}
}
