package control_test

import (
	"context"
	"strings"
	"testing"

	"sameday/cmd/sameday/internal/intake"
	"sameday/workflow/duty"
)

func TestRosterThroughTheSocket(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path, desk, woken := serve(t)
	c := dial(t, path)
	tree := desk.Rules().Tree
	roster, err := intake.ReadRoster(strings.NewReader("unit,date,primary\njingan,2026-12-01,wang.li@bank.example\nnowhere,2026-12-01,x\n"), intake.CSV,
		intake.RosterOptions{Tree: tree, People: intake.NewPeople(tree, nil, nil), Now: clock()})
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.PublishRoster(ctx, roster, "zhou.min@bank.example")
	if err != nil || len(report.Units) != 1 || len(report.Bad) != 1 || report.Bad[0].Line != 3 {
		t.Errorf("PublishRoster = %+v, %v; want jingan published and line 3 bad", report, err)
	}
	<-woken
	r, err := desk.Roster(ctx, "jingan")
	if err != nil {
		t.Fatal(err)
	}
	shift, ok := r.Scheduled(duty.Primary, clock().AddDate(0, 0, 8))
	if !ok || shift.Person != "wang.li@bank.example" {
		t.Errorf("on duty is %+v, %v; want wang.li", shift, ok)
	}
	if _, known := desk.Rules().Book.Roster("jingan"); !known {
		t.Error("the running process does not know the roster")
	}
	if report, err = c.PublishRoster(ctx, roster, "zhou.min@bank.example"); err != nil || report.Same != 1 {
		t.Errorf("again: %+v, %v; want nothing changed", report, err)
	}
	// A unit that the running process does not have, and somebody without the right, are refused one by one.
	roster.Shifts[0].Unit = "moon"
	if report, err = c.PublishRoster(ctx, roster, "zhou.min@bank.example"); err != nil || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "restart") {
		t.Errorf("an unknown unit: %+v, %v", report, err)
	}
	roster.Shifts[0].Unit = "xuhui"
	if report, err = c.PublishRoster(ctx, roster, "zhou.min@bank.example"); err != nil || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "--by") {
		t.Errorf("without the right: %+v, %v", report, err)
	}
	if err := desk.Store().Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PublishRoster(ctx, roster, "zhou.min@bank.example"); err == nil {
		t.Error("a roster went into a closed store")
	}
}
