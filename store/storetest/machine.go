package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"sameday/store"
)

// machine drives an engine and the model through the same random history.
type machine struct {
	t    *testing.T
	f    *fixture
	m    *model
	now  time.Time
	next int // makes intent ids that were never used
}

// runModel compares the engine with the model over random commits, claims, settlements, tidyings and reopenings.
func runModel(t *testing.T, open Open) {
	rapid.Check(t, func(rt *rapid.T) {
		x := &machine{t: t, f: &fixture{open: open, dir: t.TempDir()}, m: newModel(), now: start().UTC().Truncate(time.Microsecond)}
		x.f.s = open(t, x.f.dir)
		defer func() {
			if err := x.f.s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"append":  x.append,
			"append ": x.append, // twice as likely
			"claim":   x.claim,
			"settle":  x.settle,
			"reopen":  x.reopen,
			"tidy":    x.tidy,
			"reindex": x.reindex,
			"destroy": x.destroy,
			"":        x.glance,
		})
		x.compare(rt)
		Check(rt, x.f.s)
	})
}

// moment is a time near now: a few seconds, in steps that collide often.
func (x *machine) moment(t *rapid.T, label string) time.Time {
	return x.now.Add(time.Duration(rapid.IntRange(-3, 6).Draw(t, label)) * time.Second)
}

func drawStreams(t *rapid.T) []store.StreamID {
	name := rapid.SampledFrom([]store.StreamID{"a", "a/b", "a\x00", "投诉/1", "b"})
	return rapid.SliceOfNDistinct(name, 0, 3, rapid.ID).Draw(t, "streams")
}

// drawEntries draws a set without two entries of the same index and key. In index "u" entries are unique, elsewhere some.
func drawEntries(t *rapid.T, id store.StreamID) []store.Entry {
	kind := rapid.Custom(func(t *rapid.T) store.Entry {
		e := store.Entry{
			Index: rapid.SampledFrom([]string{"u", "plain", "混"}).Draw(t, "index"),
			Key:   rapid.SampledFrom([]string{"", "k", "k\x00", "k\x00\x01", "k\xff", "静安", "静"}).Draw(t, "key"),
			Value: rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "value"), Stream: id,
		}
		e.Unique = e.Index == "u" || e.Index == "混" && rapid.IntRange(0, 4).Draw(t, "unique") == 0
		return e
	})
	return rapid.SliceOfNDistinct(kind, 0, 4, func(e store.Entry) string { return e.Index + "\x00" + e.Key }).Draw(t, "entries")
}

func (x *machine) drawAppend(t *rapid.T, id store.StreamID) store.Append {
	_, end := x.m.stream(id)
	a := store.Append{Stream: id, Expect: end.Version, Entries: drawEntries(t, id)}
	if rapid.IntRange(0, 9).Draw(t, "stale") == 0 {
		a.Expect = max(0, end.Version+rapid.SampledFrom([]int{-1, 1}).Draw(t, "off by"))
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "events") {
		a.Events = append(a.Events, store.NewEvent{
			Kind: rapid.SampledFrom([]string{"opened.v1", "受理.v2"}).Draw(t, "kind"), By: "U1", At: x.moment(t, "at"),
			Data: fmt.Appendf(nil, `{"n":%d}`, i),
		})
	}
	return a
}

func (x *machine) drawIntents(t *rapid.T) []store.Intent {
	var all []store.Intent
	for range rapid.IntRange(0, 3).Draw(t, "intents") {
		x.next++
		n := store.Intent{
			ID: fmt.Sprint("n", x.next), Lane: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "lane"),
			Priority: rapid.IntRange(store.PriorityRoot, store.PriorityLine).Draw(t, "priority"), Kind: "line",
			Replace: rapid.SampledFrom([]string{"", "", "r1", "r2"}).Draw(t, "replace"), Body: []byte(`{"x":"文"}`),
			Batch: rapid.SampledFrom([]string{"", "b1", "b1", "b2"}).Draw(t, "batch"), Beside: rapid.IntRange(0, 3).Draw(t, "beside") == 0,
		}
		if rapid.IntRange(0, 9).Draw(t, "again") == 0 {
			n.ID = fmt.Sprint("n", rapid.IntRange(1, x.next).Draw(t, "id"))
		}
		if rapid.Bool().Draw(t, "waits") {
			n.NotBefore = x.moment(t, "not before")
		}
		all = append(all, n)
	}
	return all
}

func (x *machine) append(t *rapid.T) {
	c := store.Commit{At: x.moment(t, "commit at"), Key: rapid.SampledFrom([]string{"", "", "k1", "k2", "k3", "键"}).Draw(t, "idempotency key")}
	for _, id := range drawStreams(t) {
		c.Appends = append(c.Appends, x.drawAppend(t, id))
	}
	c.Intents = x.drawIntents(t)
	if rapid.IntRange(0, 3).Draw(t, "seal") == 0 {
		id := rapid.SampledFrom([]string{"p1", "p2", "p3"}).Draw(t, "person")
		c.Sealed = []store.Sealed{{ID: id, KeyID: "k", WrappedKey: fmt.Appendf(nil, "wrapped %d", x.next), Ciphertext: []byte("c")}}
	}
	before := len(x.m.records)
	want := x.m.append(c)
	got, err := x.f.s.Append(context.Background(), c)
	if !sameRefusal(err, want) {
		t.Fatalf("append: error = %v, want %v (%s)", err, want, x.m.state())
	}
	x.equal(t, "records", got.Records, x.m.records[before:])
}

// sameRefusal compares refusals; which of several collisions is named is the engine's choice.
func sameRefusal(got, want error) bool {
	var duplicate, wantDuplicate *store.DuplicateError
	var taken, wantTaken *store.TakenError
	switch {
	case errors.As(want, &wantDuplicate):
		return errors.As(got, &duplicate) && *duplicate == *wantDuplicate
	case errors.As(want, &wantTaken):
		return errors.As(got, &taken)
	}
	return errors.Is(got, want)
}

func (x *machine) claim(t *rapid.T) {
	x.now = x.now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "pass")) * time.Second)
	at, limit, beside := x.moment(t, "claim at"), rapid.IntRange(0, 4).Draw(t, "limit"), rapid.IntRange(0, 2).Draw(t, "beside")
	got, err := x.f.s.Claim(context.Background(), at, limit, beside)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	x.equal(t, "claimed", got, x.m.claim(at, limit, beside))
}

func (x *machine) settle(t *rapid.T) {
	ids := []string{"unknown"}
	for _, n := range x.m.unsettled() {
		ids = append(ids, n.ID, n.ID, n.ID)
		if len(n.Also) > 0 {
			ids = append(ids, n.Also[0].ID) // has no attempt of its own
		}
	}
	var all []store.Settlement
	for range rapid.IntRange(1, 3).Draw(t, "settlements") {
		all = append(all, store.Settlement{
			ID: rapid.SampledFrom(ids).Draw(t, "id"), Result: store.Result(rapid.IntRange(0, 2).Draw(t, "result")),
			RetryAt: x.moment(t, "retry at"), Reason: rapid.SampledFrom([]string{"", "ratelimited"}).Draw(t, "reason"),
			Fixed: rapid.Bool().Draw(t, "fixed"),
		})
	}
	if err := x.f.s.Settle(context.Background(), x.now, all); err != nil {
		t.Fatalf("settle: %v", err)
	}
	for _, s := range all {
		x.m.settle(s)
	}
}

func (x *machine) reopen(t *rapid.T) {
	x.f.reopen(x.t)
	x.compare(t)
}

func (x *machine) tidy(t *rapid.T) {
	before := x.moment(t, "before")
	if err := x.f.s.Tidy(context.Background(), before); err != nil {
		t.Fatalf("tidy: %v", err)
	}
	for key, u := range x.m.used {
		if u.at.Before(before) {
			delete(x.m.used, key)
		}
	}
}

func (x *machine) reindex(t *rapid.T) {
	sets := map[store.StreamID][]store.Entry{}
	for _, id := range drawStreams(t) {
		if _, end := x.m.stream(id); end.Version > 0 {
			sets[id] = drawEntries(t, id)
		}
	}
	err := x.f.s.Reindex(context.Background(), sets)
	var taken *store.TakenError
	if collides := x.m.collides(sets); collides != errors.As(err, &taken) || !collides && err != nil {
		t.Fatalf("reindex: error = %v, want a collision: %v", err, collides)
	} else if !collides {
		x.m.setEntries(sets)
	}
}

func (x *machine) destroy(t *rapid.T) {
	id := rapid.SampledFrom([]string{"p1", "p2", "p3"}).Draw(t, "person")
	err := x.f.s.Destroy(context.Background(), id)
	if old, ok := x.m.vault[id]; ok {
		x.m.vault[id] = store.Sealed{ID: id, KeyID: old.KeyID}
	} else if errors.Is(err, store.ErrNotFound) {
		return
	}
	if err != nil {
		t.Fatalf("destroy: %v", err)
	}
}

// glance is the invariant after every action: cheap, but touches each part.
func (x *machine) glance(t *rapid.T) {
	ctx := context.Background()
	x.equal(t, "head", must(x.f.s.Head(ctx)), x.m.head())
	x.equal(t, "backlog", must(x.f.s.Waiting(ctx, 1_000)), x.m.backlog())
}

// compare reads everything back.
func (x *machine) compare(t *rapid.T) {
	ctx := context.Background()
	x.equal(t, "ledger", must(x.f.s.Since(ctx, 0, 10_000)), x.m.records)
	x.equal(t, "unsettled", must(x.f.s.Unsettled(ctx)), x.m.unsettled())
	var names []string
	for _, name := range []string{"plain", "u", "混"} {
		want := x.m.index(name)
		if len(want) > 0 {
			names = append(names, name)
		}
		x.equal(t, "index "+name, must(x.f.s.Scan(ctx, store.Query{Index: name})), want)
		slices.Reverse(want)
		x.equal(t, "reverse index "+name, must(x.f.s.Scan(ctx, store.Query{Index: name, Reverse: true})), want)
	}
	x.equal(t, "indexes", must(x.f.s.Indexes(ctx)), names)
	for id, want := range x.m.vault {
		x.equal(t, "sealed "+id, must(x.f.s.Sealed(ctx, id)), want)
	}
	if ids := must(x.f.s.SealedIDs(ctx, "", 100)); len(ids) != len(x.m.vault) {
		t.Fatalf("sealed ids = %v, want %d", ids, len(x.m.vault))
	}
}

// equal compares all but the Seq of intents: engines may leave holes there, and the order shows it well enough.
func (x *machine) equal(t *rapid.T, what string, got, want any) {
	t.Helper()
	if diff := difference(want, got, cmpopts.IgnoreFields(store.Intent{}, "Seq")); diff != "" {
		t.Fatalf("%s, with %s (-want +got):\n%s", what, x.m.state(), diff)
	}
}
