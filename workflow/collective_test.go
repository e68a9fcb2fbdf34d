package workflow_test

import (
	"slices"
	"strings"
	"testing"

	"sameday/workflow"
)

func TestCollective(t *testing.T) {
	t.Parallel()
	s := opened(t)
	ref := workflow.CustomerRef{Record: "r", Name: "张三", Phone: "13812341234"}
	for _, n := range []int{-1, 0, 1, 1_000_001} {
		s.refused("jingan.staff", "09:01", workflow.SetCollective{HeadCount: n}, workflow.NotOneOf)
	}
	six := workflow.SetCollective{HeadCount: 12, Representatives: slices.Repeat([]workflow.CustomerRef{ref}, 6)}
	if no := s.refused("jingan.staff", "09:01", six, workflow.TooMany); no.Min != 5 || no.Field != "representatives" {
		t.Errorf("too many: at most %d in %s", no.Min, no.Field)
	}
	if no := s.refused("jingan.staff", "09:01", workflow.SetCollective{HeadCount: 2, Representatives: slices.Repeat([]workflow.CustomerRef{ref}, 3)}, workflow.TooMany); no.Min != 2 {
		t.Errorf("more representatives than people: at most %d", no.Min)
	}
	s.does("jingan.staff", "09:02", workflow.SetCollective{HeadCount: 12, Representatives: []workflow.CustomerRef{ref}})
	if got := s.c.Representatives; s.c.Flags.HeadCount != 12 || len(got) != 1 || strings.Contains(got[0].Name, "三") || strings.Contains(got[0].Phone, "1234123") {
		t.Errorf("%d people, represented by %+v", s.c.Flags.HeadCount, got)
	}
	s.refused("jingan.staff", "09:03", workflow.SetCollective{HeadCount: 12}, workflow.NothingChanges)
	s.does("jingan.staff", "09:04", workflow.SetCollective{HeadCount: 13})
	if len(s.c.Representatives) != 1 || !slices.Equal(s.c.Records(), []string{"r"}) {
		t.Errorf("a new head count alone leaves %+v, records %q", s.c.Representatives, s.c.Records())
	}
}
