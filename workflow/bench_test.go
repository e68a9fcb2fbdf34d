package workflow_test

import (
	"testing"

	"sameday/workflow"
)

// BenchmarkDecideFold is what one command on a complaint of 200 events costs between reading and writing.
func BenchmarkDecideFold(b *testing.B) {
	s := opened(b).upTo(workflow.StepContact)
	for range 194 {
		e := workflow.Noted{Text: "客户下午不便接听"}
		fact := workflow.Fact{Version: s.c.Version + 1, At: s.at("09:10"), By: workflow.Person("jingan.staff"), Event: e}
		s.facts, s.c = append(s.facts, fact), s.c.With(fact)
	}
	by, at, cmd := workflow.Person("jingan.staff"), s.at("09:20"), ordinary(workflow.StepContact)
	b.ReportAllocs()
	for b.Loop() {
		c := workflow.Fold(s.c.ID, s.facts)
		events, err := workflow.Decide(c, cmd, by, s.rules, at)
		if err != nil {
			b.Fatal(err)
		}
		c.With(workflow.NewFacts(c, events, by, at)...)
	}
}
