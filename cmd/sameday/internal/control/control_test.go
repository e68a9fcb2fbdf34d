package control_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sameday/cmd/sameday/internal/control"
	"sameday/cmd/sameday/internal/intake"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/cmd/sameday/internal/sample"
	"sameday/store"
	"sameday/workflow"
)

func clock() time.Time { return time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) }

// serve runs a control socket over a new database until the test ends.
func serve(t *testing.T) (path string, desk *store.Desk, woken chan bool) {
	t.Helper()
	c, err := sample.NewBank("zh-CN").Config()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := c.OfflineTree()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.MkdirTemp("", "sd") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	s, err := ledger.Open(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := store.NewKey()
	rules := &workflow.Rules{Tree: tree, Policy: c.Policy, Codes: c.Codes}
	desk = store.NewDesk(s, func() *workflow.Rules { return rules }, key)
	path, woken = ledger.Socket(data), make(chan bool, 9)
	if err := os.WriteFile(path, []byte("left by an earlier process"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- control.Serve(ctx, path, desk, clock, func() { woken <- true }) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, s.Close()); err != nil {
			t.Errorf("Serve ended with %v", err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket is still there: %v", err)
		}
	})
	return path, desk, woken
}

// dial waits for the socket to be there.
func dial(t *testing.T, path string) *control.Client {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		c, err := control.Dial(context.Background(), path)
		if err == nil {
			return c
		}
		select {
		case <-deadline:
			t.Fatal(err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestImportAndBackupThroughTheSocket(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path, desk, woken := serve(t)
	c := dial(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the socket = %v, want 0600 (%v)", info.Mode(), err)
	}
	report, err := c.Import(ctx, strings.NewReader("unit,summary\njingan,one\nnowhere,two\n"), intake.CSV, "", nil)
	if err != nil || report.Opened != 1 || len(report.Bad) != 1 || report.Bad[0].Line != 3 {
		t.Errorf("Import = %+v, %v; want one opened and line 3 bad", report, err)
	}
	m := []byte("columns: {text: summary}\nconstants: {unit: xuhui}\n")
	report, err = c.Import(ctx, strings.NewReader("text\nthree\n"), intake.CSV, "m.yaml", m)
	if err != nil || report.Opened != 1 {
		t.Errorf("Import with a map = %+v, %v; want one opened", report, err)
	}
	<-woken
	<-woken
	want, err := desk.Store().Head(ctx)
	if err != nil || want.Seq != 2 {
		t.Fatalf("the ledger ends at %+v, %v; want record 2", want, err)
	}
	file := filepath.Join(t.TempDir(), "b.db")
	got, err := ledger.Backup(ctx, c, file)
	if err != nil || got.Head != want {
		t.Errorf("Backup = %+v, %v; want it to end at %+v", got, err, want)
	}
}

func TestUsageErrorsComeBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path, _, _ := serve(t)
	c := dial(t, path)
	var wrong *control.UsageError
	if _, err := c.Import(ctx, strings.NewReader("unit\n"), intake.CSV, "", nil); !errors.As(err, &wrong) {
		t.Errorf("Import without a summary = %v, want a UsageError", err)
	}
	_, err := c.Import(ctx, strings.NewReader("unit,summary\n"), intake.CSV, "m.yaml", []byte("colums: {}"))
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "m.yaml:1:1") {
		t.Errorf("Import with a wrong map = %v, want a UsageError that names the place", err)
	}
	// A large file whose header is wrong is refused without waiting for the rest of it.
	big := io.MultiReader(strings.NewReader("unit\n"), bytes.NewReader(bytes.Repeat([]byte("jingan\n"), 1<<20)))
	if _, err := c.Import(ctx, big, intake.CSV, "", nil); err == nil {
		t.Error("a large wrong file was imported")
	}
}

func TestStoreFailureComesBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path, desk, _ := serve(t)
	c := dial(t, path)
	if err := desk.Store().Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Import(ctx, strings.NewReader("unit,summary\njingan,x\n"), intake.CSV, "", nil); err == nil {
		t.Error("an import into a closed store went well")
	}
	if err := c.Backup(ctx, io.Discard); err == nil {
		t.Error("a copy of a closed store went well")
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	if _, err := control.Dial(context.Background(), filepath.Join(t.TempDir(), "no.sock")); err == nil {
		t.Error("Dial found a process where none is")
	}
}

// While the start waits for Slack, the database can be copied, and who brings a file hears what is missing.
func TestBeforeTheDeskIsOpen(t *testing.T) {
	data, err := os.MkdirTemp("", "sd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	s, err := ledger.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- control.NewService(s).Serve(ctx, ledger.Socket(data)) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, s.Close()); err != nil {
			t.Errorf("Serve ended with %v", err)
		}
	})
	c := dial(t, ledger.Socket(data))
	var copied bytes.Buffer
	if err := c.Backup(t.Context(), &copied); err != nil || copied.Len() == 0 {
		t.Errorf("the copy has %d bytes: %v", copied.Len(), err)
	}
	_, err = c.Import(t.Context(), strings.NewReader("{}"), intake.JSONL, "", nil)
	if !errors.Is(err, control.ErrStarting) || !strings.Contains(err.Error(), "waits until Slack answers") {
		t.Errorf("an import says %v", err)
	}
}
