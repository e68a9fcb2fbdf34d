package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sameday/store"
	"sameday/store/failpoint"
)

// witnessName is the file beside the database that says how far the ledger had come: an older copy of the database, put back by hand, would
// otherwise begin a second history and tell again what has been told. It is at most as far as the ledger; a missing one says nothing.
const witnessName = "sameday.head"

// witness is the content of that file.
type witness struct {
	Seq  uint64    `json:"seq"`
	Hash string    `json:"hash"`
	At   time.Time `json:"at"` // when it was written
}

// OlderCopy is a database that lacks what it had, or has something else in its place.
type OlderCopy struct {
	Path      string
	Ends, Had uint64 // its last record now, and the one it had
	At        time.Time
}

// Error says what is missing and how to go on.
func (e *OlderCopy) Error() string {
	return fmt.Sprintf("the database %s ends at record %d; at %s it held record %d, which is not there now: it is an older copy, or the disk has lost "+
		"what it had taken.\nTo go on with it, and without the records that are missing, put it in its place so that nothing is told twice:\n"+
		"  sameday restore %s --data %s --replace", e.Path, e.Ends, e.At.Format(time.RFC3339), e.Had, e.Path, filepath.Dir(e.Path))
}

// checkWitness compares the database with the file.
func checkWitness(ctx context.Context, s store.Ledger, data string) error {
	text, err := os.ReadFile(filepath.Join(data, witnessName))
	if err != nil {
		return nil // none was written yet
	}
	var w witness
	if json.Unmarshal(text, &w) != nil || w.Seq == 0 {
		return nil // a crash may have left half of it
	}
	records, err := s.Since(ctx, w.Seq-1, 1)
	if err != nil {
		return fmt.Errorf("read record %d: %w", w.Seq, err)
	}
	if len(records) == 1 && fmt.Sprintf("%x", records[0].Hash) == w.Hash {
		return nil
	}
	head, err := s.Head(ctx)
	if err != nil {
		return fmt.Errorf("read the end of the ledger: %w", err)
	}
	return &OlderCopy{Path: Path(data), Ends: head.Seq, Had: w.Seq, At: w.At}
}

// KeepWitness writes down how far the ledger has come, so that an older copy is noticed at the next start. Call it now and then while the
// database is in use, and at the end.
func KeepWitness(ctx context.Context, s store.Ledger, data string, at time.Time) (err error) {
	head, err := s.Head(ctx)
	if err != nil || head.Seq == 0 {
		return err
	}
	text, err := json.Marshal(witness{Seq: head.Seq, Hash: fmt.Sprintf("%x", head.Hash), At: at.UTC().Truncate(time.Second)})
	if err != nil {
		return fmt.Errorf("encode the end of the ledger: %w", err)
	}
	path := filepath.Join(data, witnessName)
	part, err := os.Create(path + ".part")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = part.Write(text)
	failpoint.Here("ledger.witness")
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(part.Name()))
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// dropWitness forgets how far another database had come.
func dropWitness(data string) error {
	if err := os.Remove(filepath.Join(data, witnessName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget the end of the database before: %w", err)
	}
	return nil
}
