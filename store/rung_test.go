package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/store"
)

// What was stored once about a message that rang somebody is read for ever, and is found by complaint and person.
func TestRungIsProjected(t *testing.T) {
	t.Parallel()
	ring := store.Intent{ID: "20261123-007@7/ring/U1"}
	id := store.RungStream(ring)
	data := []byte(`{"person":"U1","channel":"D1","ts":"1.2","at":"2026-11-23T02:00:00Z",` +
		`"items":[{"id":"20261123-007","version":7},{"id":"20261123-1008","version":3,"bare":true}]}`)
	record := store.Record{Seq: 1, Stream: id, Version: 1, NewEvent: store.NewEvent{Kind: "rung.v1", At: time.Unix(0, 0), By: "system", Data: data}}
	got, err := store.Project(id, []store.Record{record})
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Entry{
		{Index: store.IndexRung, Key: "20261123-00007|U1|00000007", Stream: id, Value: []byte(`{"version":7}`)},
		{Index: store.IndexRung, Key: "20261123-01008|U1|00000003", Stream: id, Value: []byte(`{"version":3,"bare":true}`)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}
