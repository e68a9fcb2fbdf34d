package ledger_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sameday/cmd/sameday/internal/ledger"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/store/bolt"
	"sameday/workflow"
	"sameday/workflow/org"
)

var now = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func rules(t *testing.T) func() *workflow.Rules {
	t.Helper()
	c, err := sample.NewBank("zh-CN").Config()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := c.OfflineTree()
	if err != nil {
		t.Fatal(err)
	}
	r := &workflow.Rules{Tree: tree, Policy: c.Policy, Codes: c.Codes}
	return func() *workflow.Rules { return r }
}

// fill opens the database of a folder and puts the sample complaints into it, and one whose words are formulas.
func fill(t *testing.T, data string) (*bolt.Store, *store.Desk) {
	t.Helper()
	ctx := context.Background()
	s, err := ledger.Open(ctx, data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	key, _ := store.NewKey()
	desk := store.NewDesk(s, rules(t), key)
	all, err := sample.Complaints("zh-CN", now)
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, sample.Complaint{By: "wang.li", At: now, Open: workflow.Open{
		Unit: "jingan", Summary: `=HYPERLINK("http://x","y")`, Remedy: " ＝1+1", Sender: "@SUM(A1)",
	}})
	id := func(handle string) org.PersonID { return org.PersonID(handle + "@bank.example") }
	for _, c := range all {
		out, err := desk.Do(ctx, store.Request{Command: c.Open, By: workflow.Person(id(c.By)), At: c.At, Customer: c.Customer})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range c.Acts {
			_, err := desk.Do(ctx, store.Request{Complaint: out.Complaint.ID, Command: a.Command(id), By: workflow.Person(id(a.By)), At: a.At})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return s, desk
}

func TestLinesCarryTheChain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, _ := fill(t, t.TempDir())
	var b bytes.Buffer
	head, err := ledger.WriteLines(ctx, &b, s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ledger.CheckLines(bytes.NewReader(b.Bytes()))
	if err != nil || got != head || head.Seq == 0 {
		t.Fatalf("CheckLines = %+v, %v; want %+v", got, err, head)
	}
	if err := ledger.Holds(ctx, s, head); err != nil {
		t.Error(err)
	}
	if err := ledger.Holds(ctx, s, store.Head{Seq: head.Seq + 1}); err == nil {
		t.Error("the database is said to hold a record that it has not")
	}
	if err := ledger.Holds(ctx, s, store.Head{Seq: head.Seq}); err == nil {
		t.Error("the database is said to hold another record")
	}
	lines := strings.SplitAfter(b.String(), "\n")
	for name, text := range map[string]string{
		"changed": strings.Replace(b.String(), "先核对六月账单", "先核对七月账单", 1),
		"removed": strings.Join(append(append([]string{}, lines[:4]...), lines[5:]...), ""),
		"swapped": strings.Join(append([]string{lines[1], lines[0]}, lines[2:]...), ""),
	} {
		var broken *store.BrokenLink
		if _, err := ledger.CheckLines(strings.NewReader(text)); !errors.As(err, &broken) {
			t.Errorf("%s: error = %v, want a broken link", name, err)
		}
	}
	if _, err := ledger.CheckLines(strings.NewReader("no json\n")); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("error = %v, want one that names line 1", err)
	}
}

func TestTableIsSafeInASpreadsheet(t *testing.T) {
	t.Parallel()
	_, desk := fill(t, t.TempDir())
	for _, language := range []string{"zh-CN", "en"} {
		var b bytes.Buffer
		n, err := ledger.WriteTable(context.Background(), &b, desk, language)
		if err != nil {
			t.Fatal(err)
		}
		text, found := strings.CutPrefix(b.String(), "\ufeff")
		if !found {
			t.Error("the table does not begin with a byte-order mark")
		}
		for _, secret := range []string{"张建华", "13800138000", "11010519491231002X", "13600136000"} {
			if strings.Contains(text, secret) {
				t.Errorf("the table tells %s", secret)
			}
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) != n+1 || n < 8 {
			t.Fatalf("%d rows and %v, want %d", len(rows), err, n+1)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") || strings.HasPrefix(strings.TrimSpace(cell), "＝") || strings.HasPrefix(cell, "@") {
					t.Errorf("cell %q would be computed", cell)
				}
			}
		}
		if !strings.Contains(text, "'=HYPERLINK(") || !strings.Contains(text, "静安支行") {
			t.Errorf("the table lacks what it should hold:\n%s", text)
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	data, other := t.TempDir(), filepath.Join(t.TempDir(), "new", "data")
	s, _ := fill(t, data)
	file := filepath.Join(t.TempDir(), "b.db")
	report, err := ledger.Backup(ctx, s, file)
	if err != nil || report.Records == 0 {
		t.Fatalf("Backup = %+v, %v", report, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup's mode is %v, want 0600 (%v)", info.Mode(), err)
	}
	if _, err := ledger.Backup(ctx, s, file); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second backup over the first = %v, want ErrExist", err)
	}
	out, err := ledger.Restore(ctx, file, other, false, now)
	if err != nil || out.Report != report || out.Kept != "" {
		t.Fatalf("Restore = %+v, %v; want the report %+v", out, err, report)
	}
	if _, err := ledger.Restore(ctx, file, other, false, now); !errors.Is(err, ledger.ErrExists) {
		t.Errorf("Restore over a database = %v, want ErrExists", err)
	}
	if out, err = ledger.Restore(ctx, file, other, true, now); err != nil || out.Kept == "" {
		t.Fatalf("Restore with replace = %+v, %v", out, err)
	}
	if _, err := os.Stat(out.Kept); err != nil {
		t.Errorf("the old database is gone: %v", err)
	}
	var locked *store.LockedError
	if _, err := ledger.Restore(ctx, file, data, true, now); !errors.As(err, &locked) {
		t.Errorf("Restore over a database in use = %v, want a LockedError", err)
	}
	assertOnly(t, other, "sameday.db", filepath.Base(out.Kept))
}

// assertOnly fails when a folder holds anything else.
func assertOnly(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.Contains(strings.Join(names, "|")+"|", e.Name()+"|") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestBadBackupChangesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	data := t.TempDir()
	s, _ := fill(t, data)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(ledger.Path(data))
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.db")
	if err := os.WriteFile(bad, bytes.Replace(before, []byte("先核对六月账单"), []byte("先核对七月账单"), -1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Restore(ctx, bad, data, true, now); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("Restore of a changed backup = %v, want a refusal", err)
	}
	after, err := os.ReadFile(ledger.Path(data))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the database was changed (%v)", err)
	}
	assertOnly(t, data, "sameday.db")
}

func TestChangedLedgerDoesNotOpen(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	data := t.TempDir()
	s, _ := fill(t, data)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(ledger.Path(data))
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.ReplaceAll(text, []byte("先核对六月账单"), []byte("先核对七月账单"))
	if err := os.WriteFile(ledger.Path(data), changed, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = ledger.OpenExisting(ctx, data)
	var damaged *ledger.Damaged
	if !errors.As(err, &damaged) {
		t.Fatalf("Open = %v, want Damaged", err)
	}
	for _, want := range []string{"record ", "complaint/", "sameday restore BACKUP --data " + data + " --replace"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not tell %q", err, want)
		}
	}
	if err := os.WriteFile(ledger.Path(data), text[:5*4096], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = ledger.OpenExisting(ctx, data); !errors.As(err, &damaged) {
		t.Errorf("Open of a cut file = %v, want Damaged", err)
	}
}

func TestOpenExistingMakesNothing(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if _, err := ledger.OpenExisting(context.Background(), data); !errors.Is(err, ledger.ErrNone) {
		t.Errorf("OpenExisting = %v, want ErrNone", err)
	}
	assertOnly(t, data)
}

func TestSnapshotLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	data := t.TempDir()
	s, _ := fill(t, data)
	want, err := s.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = ledger.Snapshot(ctx, s, data, func(copied store.Store) error {
		got, err := copied.Head(ctx)
		if got != want {
			return fmt.Errorf("the copy ends at %+v, want %+v", got, want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	assertOnly(t, data, "sameday.db", "sameday.db.pid")
}

// A number that was given out after the backup stands in Slack and in letters: it is not given to another complaint.
func TestARestoreReusesNoNumber(t *testing.T) {
	t.Parallel()
	ctx, data := context.Background(), t.TempDir()
	s, desk := fill(t, data)
	opens := func(desk *store.Desk, at time.Time) workflow.ID {
		out, err := desk.Do(ctx, store.Request{
			Command: workflow.Open{Unit: "jingan", Summary: "窗口排队过久"}, By: workflow.Person("wang.li@bank.example"), At: at,
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Complaint.ID
	}
	file := filepath.Join(t.TempDir(), "b.db")
	if _, err := ledger.Backup(ctx, s, file); err != nil {
		t.Fatal(err)
	}
	lost := opens(desk, now)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := ledger.Restore(ctx, file, data, true, now)
	if err != nil || out.Note.Above < 1000 || out.Note.File != "b.db" || out.Note.Records != out.Report.Head.Seq {
		t.Fatalf("Restore = %+v, %v", out, err)
	}
	back, err := ledger.Open(ctx, data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = back.Close() })
	key, _ := store.NewKey()
	desk = store.NewDesk(back, rules(t), key)
	if got, want := opens(desk, now.Add(time.Minute)), workflow.ID(fmt.Sprintf("20261123-%d", out.Note.Above+1)); got != want {
		t.Errorf("the first number after the restore is %s, want %s; %s is lost", got, want, lost)
	}
	if got := opens(desk, now.Add(24*time.Hour)); got != "20261124-001" {
		t.Errorf("the next day begins with %s", got)
	}
	if _, err := store.Verify(ctx, back); err != nil {
		t.Errorf("verify: %v", err)
	}
}
