package bolt

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sameday/store"
)

// Intents that were filed before there were batches are still sent.
func TestIntentOfTheFirstFormat(t *testing.T) {
	t.Parallel()
	started := time.Date(2026, 11, 23, 8, 0, 0, 5000, time.UTC)
	old := []byte{format, byte(store.PriorityCard), 3}
	old = appendTime(old, time.Time{})
	old = appendTime(old, started)
	for _, text := range []string{"id", "lane", "card", "complaint/1", "id/card", "ratelimited fails=2", `{"version":4}`} {
		old = appendText(old, text)
	}
	want := filed{Intent: store.Intent{
		ID: "id", Lane: "lane", Priority: store.PriorityCard, Kind: "card", Stream: "complaint/1", Body: []byte(`{"version":4}`),
		Replace: "id/card", Seq: 7, Attempts: 3, StartedAt: started, LastError: "ratelimited fails=2",
	}}
	got, err := decodeIntent(7, old)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(filed{})); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
	for n := range old {
		if _, err := decodeIntent(7, old[:n]); err == nil {
			t.Errorf("decode the first %d of %d bytes: got no error", n, len(old))
		}
	}
	old[0] = formatBatch + 1
	if _, err := decodeIntent(7, old); err == nil {
		t.Errorf("decode a format of the future: got no error")
	}
}

func TestIntentRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := filed{Intent: store.Intent{
			ID: "id", Lane: "lane", Kind: rapid.String().Draw(t, "kind"), Batch: rapid.String().Draw(t, "batch"), Beside: rapid.Bool().Draw(t, "beside"),
			Seq: rapid.Uint64Range(1, 1<<40).Draw(t, "seq"), Attempts: rapid.IntRange(0, 1000).Draw(t, "attempts"),
		}, fixed: rapid.Bool().Draw(t, "fixed")}
		last := want.Seq
		for _, step := range rapid.SliceOfN(rapid.Uint64Range(1, 1<<30), 0, 5).Draw(t, "also") {
			last += step
			want.also = append(want.also, last)
		}
		got, err := decodeIntent(want.Seq, encodeIntent(want))
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(filed{})); diff != "" {
			t.Fatalf("decoded (-want +got):\n%s", diff)
		}
	})
}
