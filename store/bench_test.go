package store_test

import (
	"testing"

	"sameday/store"
	"sameday/workflow"
)

// BenchmarkDo is one command from load to disk, alone.
func BenchmarkDo(b *testing.B) {
	o := newOffice(b)
	for b.Loop() {
		_, err := o.Do(b.Context(), store.Request{Command: opening(), By: workflow.System(), At: nine()})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDoParallel shows what group commit gives when many people work at once.
func BenchmarkDoParallel(b *testing.B) {
	o := newOffice(b)
	b.SetParallelism(32)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := o.Do(b.Context(), store.Request{Command: opening(), By: workflow.System(), At: nine()}); err != nil {
				b.Error(err)
			}
		}
	})
}
