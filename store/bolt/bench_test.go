package bolt_test

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sameday/store"
	"sameday/store/bolt"
)

func openBench(b *testing.B) *bolt.Store {
	b.Helper()
	s, err := bolt.Open(b.Context(), filepath.Join(b.TempDir(), file), bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// step is what one command of a complaint stores: an event, three entries, one intent, a key.
func step(id store.StreamID, version int) store.Commit {
	c := note(id, version, "已退还年费 1,280 元，当日到账，并提交征信更正。")
	c.Key = fmt.Sprint(id, "/", version)
	c.Appends[0].Entries = []store.Entry{
		{Index: "open", Key: string(id), Value: []byte("value of thirty bytes or so....")},
		{Index: "due", Key: fmt.Sprint(version, id)},
		{Index: "order", Key: "HO-" + string(id), Unique: true},
	}
	c.Intents = []store.Intent{{ID: c.Key, Lane: string(id), Kind: "line", Stream: id, Replace: "card " + string(id)}}
	return c
}

// BenchmarkAppend measures durable commands by how many people give them at once.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			s := openBench(b)
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					for i := 0; left.Add(-1) >= 0; i++ {
						if _, err := s.Append(context.Background(), step(store.StreamID(fmt.Sprintf("complaint/%d-%d", w, i/8)), i%8)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}

// backlog files intents in lanes of two.
func backlog(b *testing.B, s *bolt.Store, intents int) {
	b.Helper()
	for i := 0; i < intents; i += 1_000 {
		var c store.Commit
		for k := i; k < i+1_000; k++ {
			c.Intents = append(c.Intents, store.Intent{ID: fmt.Sprint(k), Lane: fmt.Sprint(k / 2), Kind: "line", Priority: k % 5})
		}
		if _, err := s.Append(context.Background(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkClaimSettle measures one round of 16 intents while 100,000 wait in 50,000 lanes.
func BenchmarkClaimSettle(b *testing.B) {
	for _, waiting := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint("waiting=", waiting), func(b *testing.B) {
			s := openBench(b)
			backlog(b, s, waiting)
			b.ResetTimer()
			for range b.N {
				got, err := s.Claim(context.Background(), at(), 16, 0)
				if err != nil || len(got) != 16 {
					b.Fatalf("claimed %d, %v", len(got), err)
				}
				var done []store.Settlement
				for _, n := range got {
					done = append(done, store.Settlement{ID: n.ID, Result: store.Retry, RetryAt: at()})
				}
				if err := s.Settle(context.Background(), at(), done); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen measures a start with 100,000 intents waiting.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), file)
	s, err := bolt.Open(b.Context(), path, bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	backlog(b, s, 100_000)
	for range b.N {
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if s, err = bolt.Open(b.Context(), path, bolt.Options{}); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkAfterPurge measures a commit before and after Tidy has removed 500,000 keys at once: what the free list costs.
func BenchmarkAfterPurge(b *testing.B) {
	for _, keys := range []int{0, 500_000} {
		b.Run(fmt.Sprint("purged=", keys), func(b *testing.B) {
			s := openBench(b)
			var wg sync.WaitGroup
			for w := range 250 {
				wg.Go(func() {
					for i := range keys / 250 {
						if _, err := s.Append(context.Background(), store.Commit{At: at(), Key: fmt.Sprintf("key of a click %d/%d", w, i)}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			began := time.Now()
			if err := s.Tidy(context.Background(), at().Add(time.Hour)); err != nil {
				b.Fatal(err)
			}
			tidied := time.Since(began)
			b.ResetTimer()
			for i := range b.N {
				if _, err := s.Append(context.Background(), step(store.StreamID(fmt.Sprint("c/", i)), 0)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(tidied.Seconds(), "s/tidy")
		})
	}
}

// BenchmarkBackup measures what a backup of 100,000 commands costs, and what it makes 64 writers wait and the file grow.
func BenchmarkBackup(b *testing.B) {
	s := openBench(b)
	var stop atomic.Bool
	var version, count atomic.Int64
	run := func(until func() bool) *sync.WaitGroup {
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				for !until() {
					if _, err := s.Append(context.Background(), step(store.StreamID(fmt.Sprint("c/", version.Add(1))), 0)); err != nil {
						b.Error(err)
						return
					}
					count.Add(1)
				}
			})
		}
		return &wg
	}
	run(func() bool { return count.Load() >= 100_000 }).Wait()
	load := run(stop.Load)
	count.Store(0)
	b.ResetTimer()
	for range b.N {
		if err := s.Backup(context.Background(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(count.Load())/b.Elapsed().Seconds(), "commits/s")
	stop.Store(true)
	load.Wait()
}
