package stage_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"sameday/cmd/sameday/internal/intake"
	"sameday/cmd/sameday/internal/sample"
	"sameday/cmd/sameday/internal/stage"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// realMap says how the published complaints of a consumer agency are read, and by what fixed rule they fall to the sample bank's units.
const realMap = `
columns:
  complaint_id: work_order
  company: sender
  narrative: summary
  submitted_via: source
  product: business
values:
  source: {Web: online, Phone: hotline, Referral: pboc, "*": other}
  business:
    Credit card: credit_card
    Credit card or prepaid card: credit_card
    Checking or savings account: debit_card
    Mortgage: loan
    Student loan: loan
    Vehicle loan or lease: loan
    "*": payment
by_hash:
  column: complaint_id
  units: [jingan, xuhui, pudong, yuanqu, gusu, kunshan]
received_at: now
`

// Real complaints of bank customers come in as a file, open threads, and go through the five steps to closing.
func TestRealComplaintsFromImportToClosing(t *testing.T) {
	t.Parallel()
	root := os.Getenv("SAMEDAY_DATA")
	path := filepath.Join(root, "cfpb-narratives", "bank_core.csv")
	if _, err := os.Stat(path); root == "" || err != nil {
		t.Skip("SAMEDAY_DATA names no folder with real complaints: the import is skipped")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	zone, err := sample.Location()
	if err != nil {
		t.Fatal(err)
	}
	began, real := time.Date(2026, 11, 23, 9, 0, 0, 0, zone), time.Now()
	s, err := stage.Open(ctx, stage.Options{
		Language: "en", Dir: t.TempDir(), Log: zerolog.Nop(), Now: func() time.Time { return began.Add(time.Since(real)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	for round, want := range []string{"opened", "known"} { // the same file twice opens nothing twice
		report := importFile(ctx, t, s, path)
		if len(report.Bad) > 0 {
			t.Fatalf("bad rows: %v", report.Bad)
		}
		if round == 0 && (report.Opened < 200 || report.Known != 0) || round == 1 && (report.Opened != 0 || report.Known < 200) {
			t.Errorf("import %d: %+v, want all %s", round, report, want)
		}
		if err := s.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	toClosing(ctx, t, s)
	report, err := store.Verify(ctx, s.Desk.Store())
	if err != nil {
		t.Errorf("verify: %v", err)
	}
	t.Logf("%d records in %d streams", report.Records, report.Streams)
}

func importFile(ctx context.Context, t *testing.T, s *stage.Stage, path string) intake.Report {
	t.Helper()
	m, err := intake.ParseMap("real complaints", []byte(realMap))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := intake.Read(f, intake.CSV, m)
	if err != nil {
		t.Fatal(err)
	}
	report, err := intake.Import(ctx, s.Desk, rows, intake.Options{Now: s.Now})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// managers are the people of the sample bank who work each unit's complaints.
func managers(s *stage.Stage) map[string]string {
	out := map[string]string{}
	for _, u := range s.Bank.Units {
		for _, p := range u.People {
			if p.Post == "complaint_manager" {
				out[string(u.ID)] = p.Handle
			}
		}
	}
	return out
}

// toClosing walks every open complaint through the five steps, by slash commands typed in its unit's channel, and checks that its thread
// stands there once and tells the steps.
func toClosing(ctx context.Context, t *testing.T, s *stage.Stage) {
	t.Helper()
	who := managers(s)
	for unit, handle := range who {
		list, err := s.Desk.Open(ctx, org.UnitID(unit))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			for _, text := range []string{
				"/complaint assign %s @" + handle, "/complaint contact %s phone reached the customer",
				"/complaint handle %s Reviewed the account with the customer line by line and corrected the entry that was wrong",
				"/complaint feedback %s satisfied",
			} {
				line := handle + "@" + unit + " " + fmt.Sprintf(text, c.ID)
				if out, err := s.Exec(ctx, line); err != nil || strings.Contains(out, "!") || strings.Contains(out, "cannot") {
					t.Fatalf("%s: %v\n%s", line, err, out)
				}
			}
			closed, err := s.Desk.Complaint(ctx, c.ID)
			if err != nil || closed.Outcome != workflow.ClosedSatisfied {
				t.Errorf("%s ended as %q, %v", c.ID, closed.Outcome, err)
			}
		}
		checkThreads(t, s, handle, unit, list)
	}
}

func checkThreads(t *testing.T, s *stage.Stage, handle, unit string, list []workflow.Summary) {
	t.Helper()
	if err := s.As(handle + "@" + unit); err != nil {
		t.Fatal(err)
	}
	cards, err := s.Messages()
	if err != nil {
		t.Fatal(err)
	}
	stands := map[string]int{}
	for _, m := range cards {
		head, _, _ := strings.Cut(strings.Trim(m.Plain(), "*"), "*")
		if len(m.Controls()) > 0 && !m.Ephemeral {
			stands[head]++
			if m.ReplyCount < 4 {
				t.Errorf("the thread of %s has %d lines, want one for each step", head, m.ReplyCount)
			}
		}
	}
	for _, c := range list {
		if stands[string(c.ID)] != 1 {
			t.Errorf("%s stands %d times in %s", c.ID, stands[string(c.ID)], unit)
		}
	}
}
