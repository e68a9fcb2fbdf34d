package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sameday/store"
	"sameday/workflow"
)

// Intents are named after what they tell, so that the same fact is never told under two names, and stand in lanes that keep the order
// people read in.
func TestIntents(t *testing.T) {
	t.Parallel()
	got, err := store.Intents(workflow.Complaint{ID: "20261123-007"}, []workflow.Notice{
		{Kind: workflow.TellRoot, Version: 1},
		{Kind: workflow.TellLine, Version: 2},
		{Kind: workflow.TellCard, Version: 2},
		{Kind: workflow.TellMirror, Version: 2, Unit: "sh"},
		{Kind: workflow.TellRing, Version: 2, Person: "U1"},
		{Kind: workflow.TellCalled, Version: 2, Unit: "jingan"},
		{Kind: workflow.TellGateway, Version: 2, Person: "U1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	lane, stream := "20261123-007", store.StreamID("complaint/20261123-007")
	want := []store.Intent{
		{ID: "20261123-007@1/root", Lane: lane, Priority: store.PriorityRoot, Kind: store.KindRoot, Stream: stream, Body: []byte(`{"version":1}`)},
		{ID: "20261123-007@2/line", Lane: lane, Priority: store.PriorityLine, Kind: store.KindLine, Stream: stream, Body: []byte(`{"version":2}`)},
		{
			ID: "20261123-007@2/card", Lane: lane, Priority: store.PriorityCard, Kind: store.KindCard, Stream: stream,
			Body: []byte(`{"version":2}`), Replace: "20261123-007/card",
		},
		{
			ID: "20261123-007@2/mirror/sh", Lane: lane, Priority: store.PriorityMirror, Kind: store.KindMirror, Stream: stream,
			Body: []byte(`{"version":2,"unit":"sh"}`), Replace: "20261123-007/mirror/sh",
		},
		{
			ID: "20261123-007@2/ring/U1", Lane: "person/U1", Priority: store.PriorityRing, Kind: store.KindRing, Stream: stream,
			Body: []byte(`{"version":2,"person":"U1"}`), Batch: "ring",
		},
		{
			ID: "20261123-007@2/called", Lane: "channel/jingan/calls", Priority: store.PriorityLine, Kind: store.KindCalled, Stream: stream,
			Body: []byte(`{"version":2,"unit":"jingan"}`), Batch: "called",
		},
		{
			ID: "20261123-007@2/gateway/U1", Lane: "gateway/U1", Priority: store.PriorityRing, Kind: store.KindGateway, Stream: stream,
			Body: []byte(`{"version":2,"person":"U1"}`), Batch: "gateway", Beside: true,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("intents (-want +got):\n%s", diff)
	}
	about, err := store.ReadAbout(got[4])
	if err != nil || about != (store.About{Version: 2, Person: "U1"}) {
		t.Errorf("the ring is about %+v, %v", about, err)
	}
	if about, err := store.ReadAbout(store.Intent{}); err != nil || about != (store.About{}) {
		t.Errorf("an intent without a body is about %+v, %v", about, err)
	}
	if _, err := store.ReadAbout(store.Intent{Body: []byte(`[`)}); err == nil {
		t.Error("half a body was read")
	}
}
