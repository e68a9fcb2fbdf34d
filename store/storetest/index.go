package storetest

import (
	"fmt"
	"slices"
	"testing"

	"sameday/store"
)

func indexTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"index/replace": testReplace,
		"index/scan":    testScan,
		"index/walk":    testWalk,
		"index/reindex": testReindex,
	}
}

func entry(index, key string, id store.StreamID, value string) store.Entry {
	return store.Entry{Index: index, Key: key, Stream: id, Value: []byte(value)}
}

func testReplace(t *testing.T, f *fixture) {
	ctx := t.Context()
	f.append(t, withEntries(commit("a", 0, 1), entry("due", "1", "a", "x"), entry("open", "a", "a", "x"), entry("unit", "k", "a", "x")))
	f.append(t, withEntries(commit("b", 0, 1), entry("due", "1", "b", "y")))
	f.append(t, withEntries(commit("a", 1, 1), entry("due", "2", "a", "x"), entry("open", "a", "a", "new")))
	same(t, "due", must(f.s.Scan(ctx, store.Query{Index: "due"})), []store.Entry{entry("due", "1", "b", "y"), entry("due", "2", "a", "x")})
	same(t, "open", must(f.s.Scan(ctx, store.Query{Index: "open"})), []store.Entry{entry("open", "a", "a", "new")})
	same(t, "indexes", must(f.s.Indexes(ctx)), []string{"due", "open"})
	f.reopen(t)
	f.append(t, withEntries(store.Commit{Appends: []store.Append{{Stream: "a", Expect: 2}}}, entry("due", "3", "a", "z"))) // entries alone
	same(t, "due", must(f.s.Scan(ctx, store.Query{Index: "due"})), []store.Entry{entry("due", "1", "b", "y"), entry("due", "3", "a", "z")})
	f.append(t, commit("a", 2, 1))
	f.append(t, commit("b", 1, 1))
	same(t, "indexes", must(f.s.Indexes(ctx)), []string(nil))
}

// testScan compares ranges with the same ranges of a sorted slice, over keys that tell byte order from any other.
func testScan(t *testing.T, f *fixture) {
	keys := []string{
		"", "\x00", "\x00\x00", "\x00\x01", "\x00\xff", "\x01", "a", "a\x00", "a\x00\x00b", "a\x00\x01", "a\x00\xff", "a\x01",
		"aa", "b", "A", "10", "9", "受理", "受", "静安", "é", "\xff", "\xff\x00", "\xff\xff",
	}
	var c store.Commit
	for i, k := range keys {
		c.Appends = append(c.Appends, withEntries(commit(stream(i), 0, 1), entry("i", k, stream(i), k), entry("j", "k"+k, stream(i), "")).Appends...)
	}
	f.append(t, c)
	sorted := slices.Sorted(slices.Values(keys))
	bounds := append(slices.Clone(keys), "~", "a\x00\x02", "受\x00")
	for _, from := range bounds {
		for _, to := range append(bounds, "") {
			var want []string
			for _, k := range sorted {
				if k >= from && (to == "" || k < to) {
					want = append(want, k)
				}
			}
			for _, limit := range []int{0, 1, 5} {
				for _, reverse := range []bool{false, true} {
					q := store.Query{Index: "i", From: from, To: to, Reverse: reverse, Limit: limit}
					var got []string
					for _, e := range must(f.s.Scan(t.Context(), q)) {
						got = append(got, e.Key)
					}
					part := slices.Clone(want)
					if reverse {
						slices.Reverse(part)
					}
					if limit > 0 && len(part) > limit {
						part = part[:limit]
					}
					same(t, fmt.Sprintf("scan %+q", fmt.Sprintf("%+v", q)), got, part)
				}
			}
		}
	}
}

// testWalk reads a long index in pages, both ways, as callers do.
func testWalk(t *testing.T, f *fixture) {
	const n = 2_500
	var c store.Commit
	for i := range n {
		c.Appends = append(c.Appends, withEntries(commit(stream(i), 0, 1), entry("i", string(stream(i)), stream(i), "v")).Appends...)
	}
	f.append(t, c)
	ctx := t.Context()
	if got := len(must(f.s.Scan(ctx, store.Query{Index: "i"}))); got != 1_000 {
		t.Errorf("scan without a limit = %d entries, want 1,000", got)
	}
	all := must(f.s.Scan(ctx, store.Query{Index: "i", Limit: n + 1}))
	if len(all) != n {
		t.Fatalf("scan = %d entries, want %d", len(all), n)
	}
	var forward, backward []store.Entry
	for from := ""; len(forward) < n; {
		page := must(f.s.Scan(ctx, store.Query{Index: "i", From: from, Limit: 700}))
		forward = append(forward, page...)
		from = page[len(page)-1].Key + "\x00"
	}
	for to := ""; len(backward) < n; {
		page := must(f.s.Scan(ctx, store.Query{Index: "i", To: to, Limit: 700, Reverse: true}))
		backward = append(backward, page...)
		to = page[len(page)-1].Key
	}
	same(t, "forward walk", forward, all)
	slices.Reverse(backward)
	same(t, "backward walk", backward, all)
	long := must(f.s.Scan(ctx, store.Query{Index: "i", Limit: n, Reverse: true}))
	slices.Reverse(long)
	same(t, "reverse scan", long, all)
}

func testReindex(t *testing.T, f *fixture) {
	ctx := t.Context()
	f.append(t, withEntries(commit("a", 0, 1), entry("i", "1", "a", "")))
	f.append(t, withEntries(commit("b", 0, 1), entry("i", "2", "b", "")))
	head := must(f.s.Head(ctx))
	sets := map[store.StreamID][]store.Entry{"a": nil, "b": {entry("i", "3", "b", "n"), entry("n", "1", "b", "")}, "none": nil}
	if err := f.s.Reindex(ctx, sets); err != nil {
		t.Fatalf("reindex: %v", err)
	}
	same(t, "i", must(f.s.Scan(ctx, store.Query{Index: "i"})), []store.Entry{entry("i", "3", "b", "n")})
	same(t, "indexes", must(f.s.Indexes(ctx)), []string{"i", "n"})
	same(t, "head", must(f.s.Head(ctx)), head)
	err := f.s.Reindex(ctx, map[store.StreamID][]store.Entry{"none": {entry("i", "9", "none", "")}})
	wantError(t, "reindex of a missing stream", err, store.ErrNotFound)
	f.append(t, withEntries(commit("b", 1, 1), entry("i", "4", "b", "")))
	same(t, "i", must(f.s.Scan(ctx, store.Query{Index: "i"})), []store.Entry{entry("i", "4", "b", "")})
	same(t, "indexes", must(f.s.Indexes(ctx)), []string{"i"})
}
