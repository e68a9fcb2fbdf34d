package workflow_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
)

// fixtures are one stored event of every kind there ever was, with every field filled. A file here is never changed or removed: what
// it shows lies in some bank's ledger.
func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := json.Compact(&b, text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[strings.TrimSuffix(filepath.Base(name), ".json")] = b.Bytes()
	}
	return out
}

// Rule 15: every shape ever stored decodes for ever, and is written again as it was.
func TestStoredShapes(t *testing.T) {
	t.Parallel()
	others := map[string]any{"job_ran.v1": &workflow.JobRun{}, "unit_joined.v1": &workflow.UnitJoined{}, "policy_adopted.v1": &workflow.PolicyAdopted{}}
	kinds := workflow.Kinds()
	for kind := range others {
		kinds = append(kinds, kind)
	}
	all := fixtures(t)
	for kind := range all {
		if !slices.Contains(kinds, kind) {
			t.Errorf("nothing decodes %s", kind)
		}
	}
	for _, kind := range kinds {
		data, ok := all[kind]
		if !ok {
			t.Errorf("testdata/events has no %s.json", kind)
			continue
		}
		var again []byte
		var err error
		if into, other := others[kind]; other {
			if err = json.Unmarshal(data, into); err == nil {
				again, err = json.Marshal(into)
			}
		} else {
			var e workflow.Event
			if e, err = workflow.Decode(kind, data); err == nil {
				again, err = workflow.Encode(e)
			}
			if err == nil && e.Kind() != kind {
				t.Errorf("%s decodes to %s", kind, e.Kind())
			}
		}
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if diff := cmp.Diff(string(data), string(again)); diff != "" {
			t.Errorf("%s is written differently (-stored +again):\n%s", kind, diff)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	if _, err := workflow.Decode("sung.v1", []byte(`{}`)); err == nil || !strings.Contains(err.Error(), `"sung.v1" is unknown`) {
		t.Errorf("an unknown kind: %v", err)
	}
	if _, err := workflow.Decode("noted.v1", []byte(`{"text":`)); err == nil || !strings.Contains(err.Error(), "decode noted.v1") {
		t.Errorf("half an event: %v", err)
	}
	e, err := workflow.Decode("noted.v1", []byte(`{"text":"x","mood":"blue"}`))
	if err != nil || e != (workflow.Noted{Text: "x"}) {
		t.Errorf("an event of a newer program reads as %+v, %v", e, err)
	}
}

// FuzzDecode: whatever the ledger holds, decoding neither panics nor invents: what decodes is written and read again as the same, and
// folds.
func FuzzDecode(f *testing.F) {
	for kind, data := range fixtures(f) {
		f.Add(kind, data)
	}
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		e, err := workflow.Decode(kind, data)
		if err != nil {
			return
		}
		once, err := workflow.Encode(e)
		if err != nil {
			t.Fatalf("encode what %q decoded to: %v", data, err)
		}
		again, err := workflow.Decode(kind, once)
		if err != nil {
			t.Fatalf("decode %s: %v", once, err)
		}
		if twice, err := workflow.Encode(again); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s is written again as %s, %v", once, twice, err)
		}
		c := workflow.Fold("20261123-001", []workflow.Fact{{Version: 1, Event: e}, {Version: 2, Event: again}})
		workflow.Summarize(c.With(workflow.Fact{Version: 3, Event: e}))
		workflow.Buttons(c)
	})
}
