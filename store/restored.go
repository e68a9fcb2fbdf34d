package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sameday/workflow"
	"sameday/workflow/calendar"
)

// IndexRestored holds the restores of the database: when → the note.
const IndexRestored = "restored"

const restoredPrefix = "restored/"

// Restored is the ledger's note that a backup took its place: what had been recorded after the backup was made is not in it. Numbers that
// were given out then stand in Slack and in letters, so none of them is given again.
type Restored struct {
	File    string    `json:"file"`    // name of the backup
	At      time.Time `json:"at"`      // when it was put in place
	Records uint64    `json:"records"` // how many the backup had
	Above   int       `json:"above"`   // complaints of that day get numbers above this one
}

// Kind is the stored name.
func (Restored) Kind() string { return "restored.v1" }

// numberGap is how many numbers a restore leaves out at least, and to a multiple of what it rounds up: more than a bank opens in a day.
const numberGap = 1_000

// NoteRestore notes in a restored database that it is one. replaced is the database that was there before; nil where there was none, or
// none that can be read. The numbers of that day go on above the highest of both, with a gap.
func NoteRestore(ctx context.Context, s, replaced Store, file string, at time.Time) (Restored, error) {
	head, err := s.Head(ctx)
	if err != nil {
		return Restored{}, fmt.Errorf("read the end of the ledger: %w", err)
	}
	highest := 0
	for _, one := range []Store{s, replaced} {
		if one == nil {
			continue
		}
		n, err := highestSince(ctx, one, at)
		if err != nil {
			return Restored{}, err
		}
		highest = max(highest, n)
	}
	note := Restored{File: file, At: at.UTC().Truncate(time.Microsecond), Records: head.Seq}
	note.Above = (highest + 2*numberGap - 1) / numberGap * numberGap
	data, err := json.Marshal(note)
	if err != nil {
		return Restored{}, fmt.Errorf("encode the note of a restore: %w", err)
	}
	id := StreamID(restoredPrefix + stamp(note.At))
	_, err = s.Append(ctx, Commit{At: note.At, Appends: []Append{{
		Stream: id, Entries: restoredEntry(id, note, data),
		Events: []NewEvent{{Kind: note.Kind(), At: note.At, By: workflow.System().String(), Data: data}},
	}}})
	if err != nil {
		return Restored{}, fmt.Errorf("note the restore: %w", err)
	}
	return note, nil
}

// highestSince is the highest serial of the day of an instant, and what it earlier restores left out, whatever the bank's zone: of the day
// before and after too.
func highestSince(ctx context.Context, s Store, at time.Time) (int, error) {
	day := calendar.DayOf(at, time.UTC)
	highest := 0
	err := Walk(ctx, s, Query{Index: IndexComplaint, From: day.Add(-1).Compact(), To: day.Add(2).Compact()}, func(e Entry) (bool, error) {
		serial, err := serialOf(e)
		highest = max(highest, serial)
		return true, err
	})
	if err != nil {
		return 0, err
	}
	note, ok, err := lastRestore(ctx, s)
	if ok && at.Sub(note.At) < 48*time.Hour {
		highest = max(highest, note.Above)
	}
	return highest, err
}

func serialOf(e Entry) (int, error) {
	_, digits, _ := strings.Cut(e.Key, "-")
	serial, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("read the number of %s: %w", e.Stream, err)
	}
	return serial, nil
}

// lastRestore is the note of the last restore; ok is false when there was none.
func lastRestore(ctx context.Context, s Store) (note Restored, ok bool, err error) {
	entries, err := s.Scan(ctx, Query{Index: IndexRestored, Reverse: true, Limit: 1})
	if err != nil || len(entries) == 0 {
		return Restored{}, false, err
	}
	if err := json.Unmarshal(entries[0].Value, &note); err != nil {
		return Restored{}, false, fmt.Errorf("decode %s: %w", entries[0].Stream, err)
	}
	return note, true, nil
}

func restoredEntry(id StreamID, note Restored, data []byte) []Entry {
	return []Entry{{Index: IndexRestored, Key: key(stamp(note.At)), Stream: id, Value: data}}
}

// restoredEntries makes the entries of a note from its records; ok is false for another stream.
func restoredEntries(id StreamID, records []Record) (entries []Entry, ok bool, err error) {
	if !strings.HasPrefix(string(id), restoredPrefix) {
		return nil, false, nil
	}
	if len(records) == 0 {
		return nil, true, nil
	}
	var note Restored
	if err := json.Unmarshal(records[0].Data, &note); err != nil {
		return nil, true, fmt.Errorf("decode %s: %w", id, err)
	}
	return restoredEntry(id, note, records[0].Data), true, nil
}
