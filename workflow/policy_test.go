package workflow_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
)

func TestPolicyValidate(t *testing.T) {
	t.Parallel()
	if err := workflow.DefaultPolicy().Validate(); err != nil {
		t.Errorf("the default policy: %v", err)
	}
	hour := workflow.Span(time.Hour)
	for says, change := range map[string]func(*workflow.Policy){
		"accept is 0s":                 func(p *workflow.Policy) { p.Accept = 0 },
		"window is 25h0m0s":            func(p *workflow.Policy) { p.Window = 25 * hour },
		"contact is -1h0m0s":           func(p *workflow.Policy) { p.Contact = -hour },
		"come in this order":           func(p *workflow.Policy) { p.Accept = 3 * hour },
		`late_intake "never"`:          func(p *workflow.Policy) { p.LateIntake = "never" },
		"statutory_days is 0":          func(p *workflow.Policy) { p.StatutoryDays = 0 },
		"extend_days has 400":          func(p *workflow.Policy) { p.ExtendDays = []int{15, 400} },
		`names the source "moon"`:      func(p *workflow.Policy) { p.ForwardedDays["moon"] = 3 },
		"forwarded_days of pboc is 0":  func(p *workflow.Policy) { p.ForwardedDays[workflow.SourcePBOC] = 0 },
		"nudges are [80 50]":           func(p *workflow.Policy) { p.Nudges = []int{80, 50} },
		"nudges are [50 50]":           func(p *workflow.Policy) { p.Nudges = []int{50, 50} },
		"nudges are [0]":               func(p *workflow.Policy) { p.Nudges = []int{0} },
		"nudges are [100]":             func(p *workflow.Policy) { p.Nudges = []int{100} },
		"ladder has 0 rungs":           func(p *workflow.Policy) { p.Ladder = nil },
		"ladder has 10 rungs":          func(p *workflow.Policy) { p.Ladder = append(p.Ladder, workflow.DefaultLadder()...) },
		"rung 2 of the ladder comes":   func(p *workflow.Policy) { p.Ladder[1].After = 0 },
		"rung 5 of the ladder comes":   func(p *workflow.Policy) { p.Ladder[4].After = 25 * hour },
		"rung 3 of the ladder calls":   func(p *workflow.Policy) { p.Ladder[2].Call = nil },
		`rung 1 of the ladder: "boss"`: func(p *workflow.Policy) { p.Ladder[0].Call = []workflow.Callee{"boss"} },
		`"unit.boss" calls nobody`:     func(p *workflow.Policy) { p.Ladder[0].Call[0] = "unit.boss" },
		`"moon.duty" calls nobody`:     func(p *workflow.Policy) { p.Ladder[0].Call[0] = "unit.duty|moon.duty" },
		`"" calls nobody`:              func(p *workflow.Policy) { p.Ladder[0].Call[0] = "unit.duty|" },
		"night_rungs is empty":         func(p *workflow.Policy) { p.NightRungs = nil },
		"night_rungs has 0":            func(p *workflow.Policy) { p.NightRungs = []int{2, 0} },
		"night_rungs has 6":            func(p *workflow.Policy) { p.NightRungs = []int{2, 6} },
		"min_solution is 0":            func(p *workflow.Policy) { p.MinSolution = 0 },
		"reopen_days is -1":            func(p *workflow.Policy) { p.ReopenDays = -1 },
		`reveal "always" is neither`:   func(p *workflow.Policy) { p.Reveal = "always" },
	} {
		p := workflow.DefaultPolicy()
		change(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want a sentence with %q", err, says)
		}
	}
}

// A policy is known by its content: every change changes the version, and storing it does not.
func TestPolicyVersion(t *testing.T) {
	t.Parallel()
	p := workflow.DefaultPolicy()
	seen := map[string]bool{p.Version(): true}
	for _, change := range []func(*workflow.Policy){
		func(p *workflow.Policy) { p.Accept++ },
		func(p *workflow.Policy) { p.LateIntake = workflow.LateStrict },
		func(p *workflow.Policy) { p.ForwardedDays[workflow.SourceMedia] = 15 },
		func(p *workflow.Policy) { p.ExtendDays = []int{15} },
		func(p *workflow.Policy) { p.RevealWhere = "x" },
		func(p *workflow.Policy) { p.Nudges = []int{50} },
		func(p *workflow.Policy) { p.Ladder[1].After++ },
		func(p *workflow.Policy) { p.Ladder[1].Call = p.Ladder[1].Call[:1] },
		func(p *workflow.Policy) { p.NightRungs = []int{2, 3} },
	} {
		q := workflow.DefaultPolicy()
		change(&q)
		if seen[q.Version()] {
			t.Errorf("version %s twice", q.Version())
		}
		seen[q.Version()] = true
	}
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var again workflow.Policy
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, again); diff != "" || again.Version() != p.Version() {
		t.Errorf("a stored policy differs (-want +got):\n%s", diff)
	}
	var s workflow.Span
	if err := s.UnmarshalText([]byte("soon")); err == nil || !strings.Contains(err.Error(), `"soon"`) {
		t.Errorf("a span of %q: %v", "soon", err)
	}
}

func TestCategoryName(t *testing.T) {
	t.Parallel()
	list := bank(t).Codes.Business
	for _, c := range [][3]string{{"card", "zh-CN", "信用卡"}, {"card", "en", "Credit card"}, {"loan", "en", "贷款"}, {"x", "en", "x"}} {
		if got := workflow.Name(list, c[0], c[1]); got != c[2] {
			t.Errorf("%s in %s is %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	for _, s := range workflow.Sources() {
		if want := s == workflow.SourcePBOC || s == workflow.SourceNFRA; s.Regulator() != want {
			t.Errorf("%s is a regulator: %v, want %v", s, s.Regulator(), want)
		}
	}
}
