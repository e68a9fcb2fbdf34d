package bolt_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"sameday/store"
	"sameday/store/bolt"
	"sameday/store/storetest"
)

const file = "sameday.db"

func open(t *testing.T, dir string) store.Store {
	t.Helper()
	s, err := bolt.Open(t.Context(), filepath.Join(dir, file), bolt.Options{InitialMmapSize: 1 << 24})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return s
}

func restore(t *testing.T, dir string, backup io.Reader) {
	t.Helper()
	b, err := io.ReadAll(backup)
	if err != nil {
		t.Fatalf("read backup: %v", err)
	}
	path := filepath.Join(dir, file)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatalf("restore: %v", err)
	}
	checkPages(t, path)
}

func TestEngine(t *testing.T) {
	t.Parallel()
	storetest.Run(t, open)
}

func TestBackup(t *testing.T) {
	t.Parallel()
	storetest.RunBackup(t, open, restore)
}
