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

// fixtures are stored events of every kind there ever was, the first of each with every field filled that may stand beside the others. Other
// shapes of a kind have a third word in the file's name. A file here is never changed or removed: what it shows lies in some bank's ledger.
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
	others := map[string]func() any{
		"job_ran.v1":        func() any { return &workflow.JobRun{} },
		"unit_joined.v1":    func() any { return &workflow.UnitJoined{} },
		"policy_adopted.v1": func() any { return &workflow.PolicyAdopted{} },
	}
	kinds := workflow.Events.Kinds()
	for kind := range others {
		kinds = append(kinds, kind)
	}
	all := fixtures(t)
	for _, kind := range kinds {
		if _, ok := all[kind]; !ok {
			t.Errorf("testdata/events has no %s.json", kind)
		}
	}
	for name, data := range all {
		kind := kindOf(name)
		if !slices.Contains(kinds, kind) {
			t.Errorf("nothing decodes %s", name)
			continue
		}
		var again []byte
		var err error
		if empty, other := others[kind]; other {
			into := empty()
			if err = json.Unmarshal(data, into); err == nil {
				again, err = json.Marshal(into)
			}
		} else {
			var e workflow.Event
			if e, err = workflow.Events.Decode(kind, data); err == nil {
				again, err = workflow.Events.Encode(e)
			}
			if err == nil && e.Kind() != kind {
				t.Errorf("%s decodes to %s", kind, e.Kind())
			}
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if bytes.Equal(data, again) {
			continue
		}
		if diff := cmp.Diff(said(t, data), said(t, again)); diff != "" {
			t.Errorf("%s is written differently (-stored +again):\n%s", name, diff)
		}
	}
}

// kindOf is the kind of a fixture: the first two words of its name.
func kindOf(name string) string {
	words := strings.SplitN(name, ".", 3)
	return strings.Join(words[:min(2, len(words))], ".")
}

// said is what stored JSON says. Lists that the program learned of only later are null in what it writes, which says nothing.
func said(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return withoutNull(v)
}

func withoutNull(v any) any {
	fields, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for k, field := range fields {
		if field == nil {
			delete(fields, k)
		} else {
			fields[k] = withoutNull(field)
		}
	}
	return fields
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	if _, err := workflow.Events.Decode("sung.v1", []byte(`{}`)); err == nil || !strings.Contains(err.Error(), `"sung.v1" is unknown`) {
		t.Errorf("an unknown kind: %v", err)
	}
	if _, err := workflow.Events.Decode("noted.v1", []byte(`{"text":`)); err == nil || !strings.Contains(err.Error(), "decode noted.v1") {
		t.Errorf("half an event: %v", err)
	}
	e, err := workflow.Events.Decode("noted.v1", []byte(`{"text":"x","mood":"blue"}`))
	if err != nil || e != (workflow.Noted{Text: "x"}) {
		t.Errorf("an event of a newer program reads as %+v, %v", e, err)
	}
}

// FuzzDecode: whatever the ledger holds, decoding neither panics nor invents: what decodes is written and read again as the same, and
// folds.
func FuzzDecode(f *testing.F) {
	for name, data := range fixtures(f) {
		f.Add(kindOf(name), data)
	}
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		e, err := workflow.Events.Decode(kind, data)
		if err != nil {
			return
		}
		once, err := workflow.Events.Encode(e)
		if err != nil {
			t.Fatalf("encode what %q decoded to: %v", data, err)
		}
		again, err := workflow.Events.Decode(kind, once)
		if err != nil {
			t.Fatalf("decode %s: %v", once, err)
		}
		if twice, err := workflow.Events.Encode(again); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s is written again as %s, %v", once, twice, err)
		}
		c := workflow.Fold("20261123-001", []workflow.Fact{{Version: 1, Event: e}, {Version: 2, Event: again}})
		workflow.Summarize(c.With(workflow.Fact{Version: 3, Event: e}))
		workflow.Buttons(c)
		c.Wakes()
	})
}
