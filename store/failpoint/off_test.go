//go:build !failpoints

package failpoint_test

import (
	"testing"

	"sameday/store/failpoint"
)

func TestNormalBuildsHaveNone(t *testing.T) {
	t.Setenv(failpoint.Env, "here")
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() { failpoint.Here("here") }); n != 0 || failpoint.Enabled {
		t.Errorf("a place costs %v allocations, enabled = %v; want 0 and false", n, failpoint.Enabled)
	}
	if got := failpoint.Wire(ctx, "here", "here"); got != ctx {
		t.Errorf("Wire = %v, want the context as it was", got)
	}
}
