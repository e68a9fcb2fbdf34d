package wire_test

import (
	"strings"
	"testing"

	"sameday/workflow/wire"
)

type (
	sat  struct{ Where string }
	rose struct{ At int }
	lay  struct{ On string }
)

func (sat) Kind() string  { return "sat.v1" }
func (rose) Kind() string { return "rose.v1" }
func (lay) Kind() string  { return "sat.v1" }

func TestTable(t *testing.T) {
	t.Parallel()
	table := wire.MustTable[wire.Event](sat{}, rose{})
	if got := strings.Join(table.Kinds(), " "); got != "rose.v1 sat.v1" {
		t.Errorf("kinds %s", got)
	}
	b, err := table.Encode(sat{Where: "here"})
	if err != nil {
		t.Fatal(err)
	}
	if e, err := table.Decode("sat.v1", b); err != nil || e != (sat{Where: "here"}) {
		t.Errorf("read back %#v, %v", e, err)
	}
	if e, err := table.Decode("sat.v1", []byte(`{"Where":"there","Mood":1}`)); err != nil || e != (sat{Where: "there"}) {
		t.Errorf("with a field of the future %#v, %v", e, err)
	}
	for kind, data := range map[string]string{"fell.v1": "{}", "sat.v1": "{", "rose.v1": `{"At":"noon"}`} {
		if e, err := table.Decode(kind, []byte(data)); err == nil || e != nil || !strings.Contains(err.Error(), kind) {
			t.Errorf("%s of %s: %v, %v; want an error that names the kind", kind, data, e, err)
		}
	}
}

func TestTwoOfOneKind(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("two shapes of one kind make a table")
		}
	}()
	wire.MustTable[wire.Event](sat{}, lay{})
}
