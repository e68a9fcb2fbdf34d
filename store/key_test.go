package store_test

import (
	"errors"
	"testing"

	"sameday/store"
	"sameday/workflow"
)

func TestCheckKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other, _ := store.NewKey()
	stranger := store.NewDesk(o.s, o.Rules, other)
	if err := stranger.CheckKey(t.Context()); err != nil {
		t.Errorf("a database with no customers takes any key, got %v", err)
	}
	out, err := o.Do(t.Context(), store.Request{
		Command: opening(), By: workflow.Person("manager"), At: nine(), Customer: store.Customer{Name: "张建华"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.CheckKey(t.Context()); err != nil {
		t.Errorf("the right key: %v", err)
	}
	if err := stranger.CheckKey(t.Context()); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("another key: got %v, want ErrWrongKey", err)
	}
	if err := o.s.Destroy(t.Context(), out.Complaint.Customer.Record); err != nil {
		t.Fatal(err)
	}
	if err := stranger.CheckKey(t.Context()); err != nil {
		t.Errorf("only erased customers: %v", err)
	}
}
