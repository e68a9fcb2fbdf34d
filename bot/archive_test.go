package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"sameday/store"
	"sameday/workflow"
)

// A large archive is not worked off command by command: one complaint is, by the desk, and the others are copies of what that left in
// the store, with other numbers, days, units, people, messages and customers. They go through the engine, many to a commit.

// pattern is a complaint to copy.
type pattern struct {
	id      workflow.ID
	day     time.Time // of its commands
	unit    string
	phone   string // masked
	ts      string
	record  string
	records []store.Record
	entries []store.Entry
}

// seenBy notes the last commit that comes by.
type seenBy struct {
	store.Store
	last atomic.Pointer[store.Commit]
}

func (s *seenBy) Append(ctx context.Context, c store.Commit) (store.Committed, error) {
	s.last.Store(&c)
	return s.Store.Append(ctx, c)
}

// pattern has the desk work one complaint and takes down what it left.
func (k *bank) pattern(at time.Time, ts string, work func(i int, at time.Time, ts string) (workflow.ID, error)) pattern {
	k.b.Helper()
	w := &seenBy{Store: told{k.db}}
	desk := k.build
	k.build = store.NewDesk(w, func() *workflow.Rules { return k.rules }, k.key)
	id, err := work(0, at, ts)
	k.build = desk
	if err != nil {
		k.b.Fatal(err)
	}
	c, err := desk.Complaint(context.Background(), id)
	if err != nil {
		k.b.Fatal(err)
	}
	p := pattern{
		id: id, day: at, unit: string(k.subs[0].ID), phone: c.Customer.Phone, ts: ts, record: c.Customer.Record,
		entries: w.last.Load().Appends[0].Entries,
	}
	if p.records, err = store.Records(context.Background(), k.db, store.ComplaintStream(id)); err != nil {
		k.b.Fatal(err)
	}
	return p
}

// copied is another complaint of the same story: so many days earlier, the serial-th of its day, at the n-th sub-branch.
func (k *bank) copied(p pattern, days, serial, n int) (workflow.ID, store.Append, store.Sealed, error) {
	at := p.day.AddDate(0, 0, -days)
	oldDay, newDay := p.day.UTC().Format("20060102"), at.UTC().Format("20060102")
	_, digits, _ := strings.Cut(string(p.id), "-")
	id := workflow.ID(fmt.Sprintf("%s-%03d", newDay, serial))
	record := fmt.Sprintf("%08x-%04x-7000-8000-%012x", days, serial, n)
	change := strings.NewReplacer(
		fmt.Sprintf("%s-%05s", oldDay, digits), fmt.Sprintf("%s-%05d", newDay, serial),
		string(p.id), string(id), p.unit, string(k.subs[n%len(k.subs)].ID), p.record, record,
		p.day.UTC().Format(time.DateOnly), at.UTC().Format(time.DateOnly), p.phone, fmt.Sprintf("138****%04d", n%10_000),
		p.ts, fmt.Sprintf("%d.%06d", at.Unix(), n%1_000_000),
	)
	a := store.Append{Stream: store.ComplaintStream(id)}
	for _, r := range p.records {
		a.Events = append(a.Events, store.NewEvent{
			Kind: r.Kind, At: r.At.AddDate(0, 0, -days), By: change.Replace(r.By), Data: json.RawMessage(change.Replace(string(r.Data))),
		})
	}
	for _, e := range p.entries {
		e.Stream, e.Key, e.Value = a.Stream, change.Replace(e.Key), []byte(change.Replace(string(e.Value)))
		a.Entries = append(a.Entries, e)
	}
	sealed, err := k.key.Seal(record, []byte(`{"name":"张三","phone":"13800130000"}`))
	return id, a, sealed, err
}

const (
	perCommit = 250
	copiers   = 3 // side by side: the engine joins them, and slows down when a transaction gets too large
)

// fillArchive fills k.archive with closed complaints of 8 events each, 750 a day before today.
func (k *bank) fillArchive(now time.Time) {
	n := k.plan.archived
	if n == 0 {
		return
	}
	yesterday := now.AddDate(0, 0, -1)
	empty := k.size()
	p := k.pattern(yesterday, fmt.Sprintf("%d.%06d", yesterday.Unix(), 999_999), k.settled)
	k.archive = make([]workflow.ID, n)
	k.archive[0] = p.id
	// The oldest come first, as they did.
	k.some(copiers, (n-1+perCommit-1)/perCommit, func(c int) error {
		to := n - 1 - c*perCommit
		return k.copies(p, max(1, to-perCommit+1), to, func(i int) (days, serial int) {
			return i / perDay, 1 + i%perDay
		}, k.archive)
	})
	k.perOld = float64(k.size()-empty) / float64(n)
}

// copies stores the copies first to last of p and notes their numbers.
func (k *bank) copies(p pattern, first, last int, when func(i int) (days, serial int), numbers []workflow.ID) error {
	var c store.Commit
	for i := first; i <= last; i++ {
		days, serial := when(i)
		id, a, sealed, err := k.copied(p, days, serial, i)
		if err != nil {
			return err
		}
		numbers[i] = id
		c.Appends, c.Sealed = append(c.Appends, a), append(c.Sealed, sealed)
	}
	c.At = p.day
	_, err := k.db.Append(context.Background(), c)
	return err
}

// fillOpen fills k.numbers from the given place on with today's complaints that wait for their solution.
func (k *bank) fillOpen(from int, now time.Time) {
	n := k.plan.open
	if from >= n {
		return
	}
	p := k.pattern(now, fmt.Sprintf("%d.%06d", now.Unix(), 999_999), k.waiting)
	k.numbers[from] = p.id
	_, digits, _ := strings.Cut(string(p.id), "-")
	var base int
	if _, err := fmt.Sscan(digits, &base); err != nil {
		k.b.Fatal(err)
	}
	k.some(copiers, (n-1-from+perCommit-1)/perCommit, func(c int) error {
		first := from + 1 + c*perCommit
		return k.copies(p, first, min(n-1, first+perCommit-1), func(i int) (int, int) { return 0, base + i - from }, k.numbers)
	})
}

// size is how large the database is: the file's, or while it is small that of a copy, because the file grows in steps of 16 MiB.
func (k *bank) size() int64 {
	k.b.Helper()
	info, err := os.Stat(k.path)
	if err != nil {
		k.b.Fatal(err)
	}
	if info.Size() > 1<<30 {
		return info.Size()
	}
	var n counter
	if err := k.db.Backup(context.Background(), &n); err != nil {
		k.b.Fatal(err)
	}
	return int64(n)
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
