package duty_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow/duty"
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

// Every shape ever stored decodes for ever, and is written again as it was.
func TestStoredShapes(t *testing.T) {
	t.Parallel()
	all := fixtures(t)
	for _, kind := range duty.Events.Kinds() {
		if _, ok := all[kind]; !ok {
			t.Errorf("testdata/events has no %s.json", kind)
		}
	}
	for name, data := range all {
		kind, version, _ := strings.Cut(name, ".")
		version, _, _ = strings.Cut(version, ".") // a file's name may go on: swap_answered.v1.places
		if kind += "." + version; !slices.Contains(duty.Events.Kinds(), kind) {
			t.Errorf("nothing decodes %s", name)
			continue
		}
		e, err := duty.Events.Decode(kind, data)
		if err != nil {
			t.Error(err)
			continue
		}
		if e.Kind() != kind {
			t.Errorf("%s decodes to %s", kind, e.Kind())
		}
		again, err := duty.Events.Encode(e)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(string(data), string(again)); diff != "" {
			t.Errorf("%s is written differently (-stored +again):\n%s", kind, diff)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, data, says string }{
		{"sung.v1", `{}`, `"sung.v1" is unknown`},
		{"handover_due.v1", `{"at":`, "decode handover_due.v1"},
		{"roster_published.v1", `{"plan":{"layers":[{"cuts":[{"at":"8.30"}]}]}}`, `"8.30" is no time like 08:30`},
		{"roster_published.v1", `{"plan":{"layers":[{"cuts":[{"at":"24:00"}]}]}}`, `"24:00" is no time`},
	} {
		if _, err := duty.Events.Decode(c.kind, []byte(c.data)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: got %v, want a sentence with %q", c.kind, c.data, err, c.says)
		}
	}
	e, err := duty.Events.Decode("swap_answered.v1", []byte(`{"id":"s4","agreed":true,"mood":"blue"}`))
	if err != nil || !cmp.Equal(e, duty.Event(duty.SwapAnswered{ID: "s4", Agreed: true})) {
		t.Errorf("an event of a newer program reads as %+v, %v", e, err)
	}
}

// FuzzDecode: whatever the ledger holds, decoding neither panics nor invents, and what it folds to answers every question.
func FuzzDecode(f *testing.F) {
	for kind, data := range fixtures(f) {
		f.Add(kind, data)
	}
	zone := location(f, "Europe/London")
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		e, err := duty.Events.Decode(kind, data)
		if err != nil {
			return
		}
		once, err := duty.Events.Encode(e)
		if err != nil {
			t.Skip("not a time that can be written")
		}
		again, err := duty.Events.Decode(kind, once)
		if err != nil {
			t.Fatalf("decode %s: %v", once, err)
		}
		if twice, err := duty.Events.Encode(again); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s is written again as %s, %v", once, twice, err)
		}
		at := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
		r := duty.Fold("jingan", zone, []duty.Fact{{Version: 1, At: at, Event: e}}).With(duty.Fact{Version: 2, At: at, Event: again})
		for _, at := range []time.Time{at, at.AddDate(0, 0, 33), at.AddDate(300, 0, 0), {}} {
			r.Responsible(at)
			r.NextChange(at)
			r.Pending()
			for _, role := range duty.Roles() {
				whole(t, r.Shifts(role, at, at.AddDate(0, 0, 2)))
			}
		}
	})
}

// whole checks that shifts have a length, are in order, and never overlap.
func whole(t testing.TB, shifts []duty.Shift) {
	t.Helper()
	for i, s := range shifts {
		if !s.From.Before(s.To) {
			t.Fatalf("a shift without length: %+v", s)
		}
		if i > 0 && s.From.Before(shifts[i-1].To) {
			t.Fatalf("shifts overlap: %+v, %+v", shifts[i-1], s)
		}
	}
}
