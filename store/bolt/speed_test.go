package bolt_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	_ "modernc.org/sqlite"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// These benchmarks compare durable commands of the desk with what the disk and bbolt give for the same bytes and the same number of
// commands a flush. Only ratios from one run mean anything.

// groups are how many commands come at once.
var groups = []int{1, 16, 64, 256}

const speedPerson = "U0MANAGER"

// openDesk makes a desk with complaints waiting for their solution.
func openDesk(b *testing.B, s store.Store, complaints int) (*store.Desk, []workflow.ID) {
	b.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		b.Fatal(err)
	}
	holder := map[org.Position][]org.PersonID{org.ComplaintManager: {speedPerson}}
	tree, err := org.New([]org.Unit{
		{ID: "head", Tier: org.HeadOffice, Name: "总行", Zone: zone},
		{ID: "shanghai", Tier: org.Branch, Parent: "head", Name: "上海分行", Zone: zone},
		{ID: "jingan", Tier: org.SubBranch, Parent: "shanghai", Name: "静安支行", Zone: zone, Positions: holder},
	})
	if err != nil {
		b.Fatal(err)
	}
	rules := &workflow.Rules{Tree: tree, Policy: workflow.DefaultPolicy()}
	key, _ := store.NewKey()
	d := store.NewDesk(s, func() *workflow.Rules { return rules }, key)
	numbers := make([]workflow.ID, complaints)
	together(b, 256, complaints, func(i int) error {
		out, err := d.Do(context.Background(), store.Request{At: at(), By: workflow.Person(speedPerson), Command: workflow.Open{
			Unit: "jingan", Summary: "客户反映信用卡年费未按约定减免，要求退还并更正账单。", AmountFen: 128_000,
		}})
		numbers[i] = out.Complaint.ID
		return err
	})
	return d, numbers
}

// noting is the command measured: a note on a complaint, with its line and its card in the outbox and its idempotency key.
func noting(id workflow.ID, i int) store.Request {
	return store.Request{
		Complaint: id, By: workflow.Person(speedPerson), At: at(), Key: fmt.Sprintf("1718.%d.a1b2c3d4e5f60718", i),
		Command: workflow.Note{Text: fmt.Sprint("已致电客户，客户同意明日上午到柜面补签申请表，由主办跟进。", i)},
	}
}

// together does n things, some at a time.
func together(b *testing.B, workers, n int, do func(i int) error) {
	b.Helper()
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
}

// BenchmarkDesk measures durable commands by how many people give them at once, on 4,096 complaints.
func BenchmarkDesk(b *testing.B) {
	for _, writers := range groups {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			d, numbers := openDesk(b, openBench(b), 4_096)
			b.ReportAllocs()
			b.ResetTimer()
			together(b, writers, b.N, func(i int) error {
				_, err := d.Do(context.Background(), noting(numbers[i%len(numbers)], i))
				return err
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
		})
	}
}

// watched keeps the last commit that came by.
type watched struct {
	store.Store
	last store.Commit
}

func (w *watched) Append(ctx context.Context, c store.Commit) (store.Committed, error) {
	w.last = c
	return w.Store.Append(ctx, c)
}

// shares are the bytes of one such command by where they go: the ledger, the end of the stream, the index, the outbox. Names and hashes
// that an engine adds are counted roughly, as three hashes.
func shares(b *testing.B) [4]int {
	b.Helper()
	w := &watched{Store: openBench(b)}
	d, numbers := openDesk(b, w.Store, 1)
	through := store.NewDesk(w, d.Rules, store.MasterKey{})
	if _, err := through.Do(b.Context(), noting(numbers[0], 0)); err != nil {
		b.Fatal(err)
	}
	const hashes = 3 * 32
	var out [4]int
	for _, a := range w.last.Appends {
		for _, e := range a.Events {
			out[0] += hashes + len(a.Stream) + len(e.Kind) + len(e.By) + len(e.Data)
		}
		out[1] += len(a.Stream) + hashes/3
		for _, e := range a.Entries {
			out[1] += len(e.Index) + len(e.Key)
			out[2] += len(e.Index) + len(e.Key) + len(a.Stream) + len(e.Value)
		}
	}
	for _, n := range w.last.Intents {
		out[3] += len(n.ID) + len(n.Lane) + len(n.Kind) + len(n.Stream) + len(n.Replace) + len(n.Body)
	}
	return out
}

func total(parts [4]int) (n int) {
	for _, p := range parts {
		n += p
	}
	return n
}

// BenchmarkFile is the disk alone: one writer appends the bytes of so many commands, then flushes.
func BenchmarkFile(b *testing.B) {
	size := total(shares(b))
	for _, batch := range groups {
		b.Run(fmt.Sprint("batch=", batch), func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "log"))
			if err != nil {
				b.Fatal(err)
			}
			buffer := make([]byte, 0, size*batch)
			b.ResetTimer()
			for left := b.N; left > 0; left -= batch {
				if _, err := f.Write(buffer[:size*min(batch, left)]); err != nil {
					b.Fatal(err)
				}
				if err := f.Sync(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
			b.ReportMetric(float64(size), "B/command")
			b.StopTimer()
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkSQLite is SQLite, write-ahead log and full synchronisation, with the same rows in transactions of so many commands by one
// writer: what another embedded engine would give for the same promise.
func BenchmarkSQLite(b *testing.B) {
	parts := shares(b)
	for _, batch := range groups {
		b.Run(fmt.Sprint("batch=", batch), func(b *testing.B) {
			db, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "sqlite")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
			if err != nil {
				b.Fatal(err)
			}
			db.SetMaxOpenConns(1)
			var journal, synchronous string
			if err := errors.Join(db.QueryRow("pragma journal_mode").Scan(&journal), db.QueryRow("pragma synchronous").Scan(&synchronous)); err != nil {
				b.Fatal(err)
			}
			if journal != "wal" || synchronous != "2" { // 2 = FULL
				b.Fatalf("SQLite runs with journal %s, synchronous %s", journal, synchronous)
			}
			for place := range parts {
				if _, err := db.Exec(fmt.Sprintf("create table part%d (id integer primary key, value blob)", place)); err != nil {
					b.Fatal(err)
				}
			}
			b.ResetTimer()
			for done := 0; done < b.N; done += batch {
				if err := insertParts(db, parts, done, min(batch, b.N-done)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
			b.StopTimer()
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// insertParts is putParts for SQLite.
func insertParts(db *sql.DB, parts [4]int, from, n int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of no effect after the commit
	for place, size := range parts {
		put, err := tx.Prepare(fmt.Sprintf("insert or replace into part%d values (?, ?)", place))
		if err != nil {
			return err
		}
		for i := from; i < from+n; i++ {
			if _, err := put.Exec(rowOf(place, i), make([]byte, size)); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// rowOf is where the i-th command puts its part: the ledger and the outbox grow at their end, the other two are replaced for one of 4,096
// complaints.
func rowOf(place, i int) int {
	if place == 1 || place == 2 {
		return i % 4_096
	}
	return i
}

// BenchmarkBbolt is bbolt alone: one writer puts so many commands into one transaction, four puts each.
func BenchmarkBbolt(b *testing.B) {
	parts := shares(b)
	for _, batch := range groups {
		b.Run(fmt.Sprint("batch=", batch), func(b *testing.B) {
			db, err := bbolt.Open(filepath.Join(b.TempDir(), file), 0o600, &bbolt.Options{
				FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30,
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for done := 0; done < b.N; done += batch {
				n := min(batch, b.N-done)
				if err := db.Update(func(tx *bbolt.Tx) error { return putParts(tx, parts, done, n) }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
			b.StopTimer()
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// putParts puts n commands.
func putParts(tx *bbolt.Tx, parts [4]int, from, n int) error {
	for place, size := range parts {
		bk, err := tx.CreateBucketIfNotExists([]byte{'a' + byte(place)})
		if err != nil {
			return err
		}
		for i := from; i < from+n; i++ {
			if err := bk.Put(binary.BigEndian.AppendUint64(nil, uint64(rowOf(place, i))), make([]byte, size)); err != nil {
				return err
			}
		}
	}
	return nil
}
