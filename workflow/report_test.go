package workflow_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sameday/workflow"
	"sameday/workflow/org"
)

func TestSummarize(t *testing.T) {
	t.Parallel()
	s := opened(t).upTo(workflow.StepContact).does("system", "2026-11-24 00:05", workflow.FlagOvernight{Day: day(t, "2026-11-23")})
	s.does("system", "2026-11-24 00:06", workflow.RecordPost{Posted: workflow.Posted{What: "root", Channel: "C", TS: "1", Link: "https://x"}})
	want := workflow.Summary{
		ID: "20261123-001", Unit: "jingan", Source: workflow.SourceCounter, Grade: workflow.GradeOrdinary, Day: day(t, "2026-11-23"),
		Account: day(t, "2026-11-23"), Round: 1, Next: workflow.StepContact, Handler: "xuhui.staff", Night: 1,
		LastLeft: day(t, "2026-11-23"), Due: s.at("11:00"), Gist: "多收年费", Link: "https://x", Rung: 5, // nobody looked since 11:00
	}
	if diff := cmp.Diff(want, workflow.Summarize(s.c)); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if got := workflow.Summarize(opened(t).upTo("").c); !got.Due.IsZero() || got.Next != "" || !got.SameDay {
		t.Errorf("a closed complaint is summarized as %+v", got)
	}
}

func TestGist(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", " \n\t ": "", "a\n\n b\tc ": "a b c", strings.Repeat("长", 10): strings.Repeat("长", 10),
		strings.Repeat("长", 11): strings.Repeat("长", 9) + "…",
	} {
		if got := workflow.Gist(in, 10); got != want {
			t.Errorf("the gist of %q is %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text, most := rapid.String().Draw(t, "text"), rapid.IntRange(1, 20).Draw(t, "most")
		if got := workflow.Gist(text, most); utf8.RuneCountInString(got) > most || strings.ContainsAny(got, "\n\t") {
			t.Fatalf("the gist of %q in %d is %q", text, most, got)
		}
	})
}

func TestMakeReport(t *testing.T) {
	t.Parallel()
	tree, at := bank(t).Tree, time.Date(2026, 11, 24, 0, 30, 0, 0, time.UTC)
	received := []workflow.Summary{
		{ID: "20261123-001", Unit: "jingan", SameDay: true, Outcome: workflow.ClosedSatisfied},
		{ID: "20261123-002", Unit: "jingan", SameDay: true, Outcome: workflow.ClosedWithdrawn},
		{ID: "20261123-003", Unit: "jingan", Night: 1},
		{ID: "20261123-004", Unit: "sh", Outcome: workflow.ClosedOverride},
		{ID: "20261123-005", Unit: "jingan", Night: 1, Outcome: workflow.ClosedOverride},
		{ID: "20261123-006", Unit: "jingan"}, // its round goes on
	}
	open := []workflow.Summary{
		{ID: "20261123-003", Unit: "jingan", Night: 1},
		{ID: "20261121-009", Unit: "xuhui", Night: 2},
		{ID: "20261121-008", Unit: "jingan", Night: 2},
		{ID: "20261123-006", Unit: "jingan"},
	}
	got := workflow.MakeReport("sh", day(t, "2026-11-23"), tree, received, open, at)
	want := workflow.Report{
		Unit: "sh", Day: day(t, "2026-11-23"), Made: at, Subs: 2, Zero: []org.UnitID{"xuhui"},
		Total: workflow.Figures{Unit: "sh", Received: 6, SameDay: 2, Left: 2, Override: 1, Open: 4},
		Rows: []workflow.Figures{
			{Unit: "sh", Received: 1, Override: 1}, {Unit: "jingan", Received: 5, SameDay: 2, Left: 2, Open: 3}, {Unit: "xuhui", Open: 1},
		},
		Overnight: []workflow.Summary{open[2], open[1], open[0]},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	none := workflow.MakeReport("sz", day(t, "2026-11-23"), tree, nil, nil, at)
	if none.Total != (workflow.Figures{Unit: "sz"}) || none.Subs != 2 || len(none.Zero) != 2 || len(none.Rows) != 0 {
		t.Errorf("a day with nothing: %+v", none)
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]int{{34, 37, 92}, {0, 0, 100}, {0, 3, 0}, {1, 3, 33}, {2, 3, 67}, {1, 200, 1}, {5, 5, 100}} {
		if got := workflow.Percent(c[0], c[1]); got != c[2] {
			t.Errorf("%d of %d is %d %%, want %d", c[0], c[1], got, c[2])
		}
	}
}

func TestJobs(t *testing.T) {
	t.Parallel()
	for job, want := range map[workflow.Job]string{
		workflow.JobOvernight: "2026-02-28", workflow.JobNotice: "2026-02-28", workflow.JobDusk: "2026-03-01",
	} {
		if got := job.About(day(t, "2026-03-01")); got.String() != want {
			t.Errorf("%s on 1 March speaks of %s, want %s", job, got, want)
		}
	}
	if len(workflow.Jobs()) != 3 {
		t.Errorf("jobs %v: this table has three", workflow.Jobs())
	}
}
