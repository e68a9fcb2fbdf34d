package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sameday/workflow"
	"sameday/workflow/daily"
	"sameday/workflow/duty"
)

// Report says how much an audit has looked at.
type Report struct {
	Records int  // events in the ledger
	Streams int  // complaints, job runs, units and policies
	Head    Head // end of the ledger: keep it elsewhere to prove later that nothing was cut off
	Entries int  // index entries
}

// Difference is an index entry that is not what the events say: a projection that [Rebuild] puts right.
type Difference struct {
	Index  string
	Key    string
	Stream StreamID
	Reason string
}

func (e *Difference) Error() string {
	return fmt.Sprintf("index %s, entry %q of %s: %s", e.Index, e.Key, e.Stream, e.Reason)
}

// Verify proves the whole memory from its events: that the chain is unbroken from the first record to the head, that every event can be
// read, that the index holds exactly what the events say, and that the customer record of every complaint is there (an erased one
// counts). It stops at the first thing that is wrong: a *[BrokenLink] names the broken record, a *[Difference] the entry. Nothing may
// be written meanwhile. It keeps the name and the end of each stream in memory, and the events of one stream at a time.
func Verify(ctx context.Context, s Store) (Report, error) {
	report, streams, err := verifyLedger(ctx, s)
	if err != nil {
		return report, err
	}
	report.Entries, err = compare(ctx, s, streams, func(d *Difference) error { return d })
	return report, err
}

// Rebuild makes every projection again from the events and returns how many streams had entries that were not what their events say. The
// ledger must be sound: a record that cannot be read ends it with the error, before anything is changed. A rebuild that was
// interrupted is begun again. Nothing else may be written meanwhile.
func Rebuild(ctx context.Context, s Store) (changed int, err error) {
	_, streams, err := verifyLedger(ctx, s)
	if err != nil {
		return 0, err
	}
	wrong := map[StreamID]bool{}
	_, err = compare(ctx, s, streams, func(d *Difference) error {
		wrong[d.Stream] = true
		return nil
	})
	if err != nil {
		return 0, err
	}
	// Two rounds, because one stream may hold the unique key that another one needs.
	for _, clear := range []bool{true, false} {
		if err := reindex(ctx, s, wrong, clear); err != nil {
			return 0, err
		}
	}
	return len(wrong), nil
}

// rebuildBatch is how many streams get their entries in one transaction.
const rebuildBatch = 200

func reindex(ctx context.Context, s Store, streams map[StreamID]bool, clear bool) error {
	ids := make([]StreamID, 0, len(streams))
	for id := range streams {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for batch := range slices.Chunk(ids, rebuildBatch) {
		sets := make(map[StreamID][]Entry, len(batch))
		for _, id := range batch {
			sets[id] = nil
			if clear {
				continue
			}
			records, err := Records(ctx, s, id)
			if err != nil {
				return err
			}
			if len(records) == 0 {
				continue
			}
			if sets[id], err = Project(id, records); err != nil {
				return err
			}
		}
		if err := s.Reindex(ctx, sets); err != nil {
			return fmt.Errorf("rebuild index entries: %w", err)
		}
	}
	return nil
}

// verifyLedger checks the chain, reads every event, and returns the streams in the order in which they began.
func verifyLedger(ctx context.Context, s Store) (Report, []StreamID, error) {
	var chain Chain
	var streams []StreamID
	var report Report
	for {
		records, err := s.Since(ctx, chain.Head().Seq, page)
		if err != nil {
			return report, nil, fmt.Errorf("read the ledger after record %d: %w", chain.Head().Seq, err)
		}
		for _, r := range records {
			if err := chain.Check(r); err != nil {
				return report, nil, err
			}
			if err := readable(r); err != nil {
				return report, nil, &BrokenLink{Seq: r.Seq, Stream: r.Stream, Reason: err.Error()}
			}
			if r.Version == 1 {
				streams = append(streams, r.Stream)
			}
			report.Records, report.Streams, report.Head = report.Records+1, len(streams), chain.Head()
		}
		if len(records) < page {
			break
		}
	}
	head, err := s.Head(ctx)
	if err != nil {
		return report, nil, fmt.Errorf("read the head: %w", err)
	}
	if head != chain.Head() {
		reason := fmt.Sprintf("the head is record %d, the ledger ends at record %d", head.Seq, chain.Head().Seq)
		return report, nil, &BrokenLink{Seq: chain.Head().Seq + 1, Reason: reason}
	}
	return report, streams, nil
}

// readable reports why an event cannot be read, without repeating what it holds.
func readable(r Record) error {
	if _, ok := ComplaintOf(r.Stream); ok {
		_, err := workflow.Events.Decode(r.Kind, r.Data)
		return err
	}
	if _, ok := RosterOf(r.Stream); ok {
		_, err := duty.Events.Decode(r.Kind, r.Data)
		return err
	}
	if _, ok := daily.ParseRef(string(r.Stream)); ok {
		_, err := daily.Events.Decode(r.Kind, r.Data)
		return err
	}
	var into any
	switch r.Kind {
	case workflow.JobRun{}.Kind():
		into = &workflow.JobRun{}
	case workflow.Posted{}.Kind(): // where a job's message stands
		into = &workflow.Posted{}
	case workflow.UnitJoined{}.Kind():
		into = &workflow.UnitJoined{}
	case workflow.PolicyAdopted{}.Kind():
		into = &workflow.PolicyAdopted{}
	case Rung{}.Kind():
		into = &Rung{}
	case Restored{}.Kind():
		into = &Restored{}
	default:
		return fmt.Errorf("event kind %q is unknown: a newer program wrote it", r.Kind)
	}
	if err := json.Unmarshal(r.Data, into); err != nil {
		return fmt.Errorf("decode %s: %w", r.Kind, err)
	}
	return nil
}

// compare holds each stream's projection against the index, and the index against the projections. It returns how many entries the
// index holds.
func compare(ctx context.Context, s Store, streams []StreamID, found func(*Difference) error) (int, error) {
	expected, differ := 0, false
	note := func(d *Difference) error {
		differ = true
		return found(d)
	}
	for _, id := range streams {
		records, err := Records(ctx, s, id)
		if err != nil {
			return 0, err
		}
		// Reading by stream goes another way in the engine than reading the ledger: the two must agree.
		if err := sameStream(id, records); err != nil {
			return 0, err
		}
		entries, err := Project(id, records)
		if err != nil {
			return 0, err
		}
		if err := vaulted(ctx, s, id, records); err != nil {
			return 0, err
		}
		for _, e := range entries {
			expected++
			if err := lookUp(ctx, s, e, note); err != nil {
				return 0, err
			}
		}
	}
	held, err := count(ctx, s)
	if err != nil || held == expected && !differ {
		return held, err
	}
	return held, extras(ctx, s, found)
}

// sameStream checks that a stream read by itself is a whole chain.
func sameStream(id StreamID, records []Record) error {
	prev := Hash{}
	for i, r := range records {
		if r.Stream != id || r.Version != i+1 || r.PrevInStream != prev || r.Hash != HashOf(r) {
			return &BrokenLink{Seq: r.Seq, Stream: id, Reason: "the stream holds another record than the ledger"}
		}
		prev = r.Hash
	}
	if len(records) == 0 {
		return &BrokenLink{Stream: id, Reason: "the ledger has the stream, but it cannot be read by its name"}
	}
	return nil
}

// vaulted checks that the customer record a complaint names exists.
func vaulted(ctx context.Context, s Store, id StreamID, records []Record) error {
	number, ok := ComplaintOf(id)
	if !ok {
		return nil
	}
	facts, err := Facts(records)
	if err != nil {
		return err
	}
	record := workflow.Fold(number, facts).Customer.Record
	if record == "" {
		return nil
	}
	if _, err := s.Sealed(ctx, record); errors.Is(err, ErrNotFound) {
		return &BrokenLink{Seq: records[0].Seq, Stream: id, Reason: "its customer record " + record + " is missing"}
	} else if err != nil {
		return fmt.Errorf("read customer record %s: %w", record, err)
	}
	return nil
}

// lookUp finds one expected entry in the index.
func lookUp(ctx context.Context, s Store, want Entry, found func(*Difference) error) error {
	held, err := s.Scan(ctx, Query{Index: want.Index, From: want.Key, To: want.Key + "\x00"})
	if err != nil {
		return fmt.Errorf("read index %s: %w", want.Index, err)
	}
	for _, e := range held {
		if e.Stream != want.Stream {
			continue
		}
		if bytes.Equal(e.Value, want.Value) && e.Unique == want.Unique {
			return nil
		}
		return found(&Difference{want.Index, want.Key, want.Stream, "it does not say what the events say"})
	}
	return found(&Difference{want.Index, want.Key, want.Stream, "it is missing"})
}

func count(ctx context.Context, s Store) (int, error) {
	n := 0
	err := walkAll(ctx, s, func(Entry) error {
		n++
		return nil
	})
	return n, err
}

// extras finds entries that no event accounts for. It folds a stream for each entry, so it runs only when something is known to be wrong.
func extras(ctx context.Context, s Store, found func(*Difference) error) error {
	return walkAll(ctx, s, func(e Entry) error {
		records, err := Records(ctx, s, e.Stream)
		if err != nil {
			return err
		}
		var expected []Entry
		if len(records) > 0 {
			if expected, err = Project(e.Stream, records); err != nil {
				return err
			}
		}
		if slices.ContainsFunc(expected, func(x Entry) bool { return x.Index == e.Index && x.Key == e.Key }) {
			return nil
		}
		return found(&Difference{e.Index, e.Key, e.Stream, "no event accounts for it"})
	})
}

func walkAll(ctx context.Context, s Store, visit func(Entry) error) error {
	names, err := s.Indexes(ctx)
	if err != nil {
		return fmt.Errorf("list indexes: %w", err)
	}
	for _, name := range names {
		err := Walk(ctx, s, Query{Index: name}, func(e Entry) (bool, error) { return true, visit(e) })
		if err != nil {
			return err
		}
	}
	return nil
}
