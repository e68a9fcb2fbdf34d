package store_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// A complaint that was handed on stands in the new unit's lists, and in them alone; what reindexing makes of it is the same (the office's audit).
func TestDeskHandsOn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.does("", opening(), nine()).Complaint.ID
	o.does(id, workflow.Transfer{To: "xuhui", Reason: "账户在徐汇"}, nine().Add(time.Minute))
	lists := func(unit org.UnitID) int {
		t.Helper()
		open, err := o.Open(t.Context(), unit)
		if err != nil {
			t.Fatal(err)
		}
		return len(open)
	}
	if a, b := lists("jingan"), lists("xuhui"); a != 1 || b != 0 {
		t.Errorf("proposed: %d at the first unit, %d at the other", a, b)
	}
	request := store.Request{Complaint: id, Command: workflow.Receive{}, By: workflow.Person("other"), At: nine().Add(2 * time.Minute), Key: "press"}
	out, err := o.Do(t.Context(), request)
	if err != nil || out.Complaint.Unit != "xuhui" || len(out.Complaint.Moves) != 1 {
		t.Fatalf("received at %s after %d moves: %v", out.Complaint.Unit, len(out.Complaint.Moves), err)
	}
	_, err = o.Do(t.Context(), request) // pressed twice
	if no := refusal(err); no == nil || no.Code != workflow.OfferAnswered || no.By != "other" {
		t.Errorf("received twice: %v", err)
	}
	if a, b := lists("jingan"), lists("xuhui"); a != 0 || b != 1 {
		t.Errorf("received: %d at the first unit, %d at the other", a, b)
	}
}

// Representatives are sealed one by one; nothing in the ledger or in what is to be told says who they are.
func TestDeskSealsRepresentatives(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.does("", opening(), nine()).Complaint.ID
	people := []store.Customer{{Name: "张三丰", Phone: "13812345678"}, {Name: "李四海", ID: "11010519491231002X"}}
	out, err := o.Do(t.Context(), store.Request{
		Complaint: id, By: workflow.Person("manager"), At: nine(), People: people,
		Command: workflow.SetCollective{HeadCount: 12, Representatives: []workflow.CustomerRef{{Record: "invented"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	refs := out.Complaint.Representatives
	if len(refs) != len(people) {
		t.Fatalf("there are %d representatives, want %d", len(refs), len(people))
	}
	for i, ref := range refs {
		if got, err := o.Customer(t.Context(), ref.Record); err != nil || got != people[i] {
			t.Errorf("record %d opens as %+v, %v", i, got, err)
		}
	}
	out = o.does(id, workflow.Note{Text: "张三丰下午到店，李四海不来"}, nine().Add(time.Minute))
	if note, _ := out.Facts[0].Event.(workflow.Noted); strings.Contains(note.Text, "三丰") || strings.Contains(note.Text, "四海") {
		t.Errorf("the note says %q", note.Text)
	}
	facts, err := o.Timeline(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	said, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"三丰", "四海", "13812345678", "11010519491231002X"} {
		if bytes.Contains(said, []byte(secret)) {
			t.Errorf("the ledger says %s", secret)
		}
	}
}
