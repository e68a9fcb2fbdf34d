package ledger

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"sameday/store"
)

// page is how many records are copied at a time.
const page = 1_000

// maxLine bounds a line of an export that is read back.
const maxLine = 16 << 20

// Line is one record of an export in JSON lines. It carries the chain: whoever has the file can check it without the database.
type Line struct {
	Seq          uint64          `json:"seq"`
	Stream       store.StreamID  `json:"stream"`
	Version      int             `json:"version"`
	Kind         string          `json:"kind"`
	At           time.Time       `json:"at"`
	By           string          `json:"by"`
	Data         json.RawMessage `json:"data"`
	Prev         hash            `json:"prev"`
	PrevInStream hash            `json:"prev_in_stream"`
	Hash         hash            `json:"hash"`
}

// hash is a digest in hexadecimal digits.
type hash store.Hash

func (h hash) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h[:])), nil }

func (h *hash) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(h) {
		return errors.New("a hash is 64 hexadecimal digits")
	}
	*h = hash(b)
	return nil
}

// WriteLines exports the whole ledger as JSON lines, oldest record first, and returns its end.
func WriteLines(ctx context.Context, w io.Writer, s store.Ledger) (store.Head, error) {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false) // the events must come out byte by byte as they were hashed
	var head store.Head
	for {
		records, err := s.Since(ctx, head.Seq, page)
		if err != nil {
			return head, fmt.Errorf("read the ledger: %w", err)
		}
		for _, r := range records {
			err := enc.Encode(Line{
				Seq: r.Seq, Stream: r.Stream, Version: r.Version, Kind: r.Kind, At: r.At, By: r.By, Data: r.Data,
				Prev: hash(r.Prev), PrevInStream: hash(r.PrevInStream), Hash: hash(r.Hash),
			})
			if err != nil {
				return head, fmt.Errorf("write record %d: %w", r.Seq, err)
			}
			head = store.Head{Seq: r.Seq, Hash: r.Hash}
		}
		if len(records) < page {
			break
		}
	}
	if err := out.Flush(); err != nil {
		return head, fmt.Errorf("write the export: %w", err)
	}
	return head, nil
}

// CheckLines proves an export in JSON lines and returns its end. A *[store.BrokenLink] names the first record that is not what it was. That
// nothing was cut off at the end can only be seen against a head that was kept elsewhere, or the database.
func CheckLines(r io.Reader) (store.Head, error) {
	var chain store.Chain
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for n := 1; lines.Scan(); n++ {
		var l Line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return chain.Head(), fmt.Errorf("line %d is no record of an export", n)
		}
		err := chain.Check(store.Record{
			Seq: l.Seq, Stream: l.Stream, Version: l.Version,
			NewEvent: store.NewEvent{Kind: l.Kind, At: l.At, By: l.By, Data: l.Data},
			Prev:     store.Hash(l.Prev), PrevInStream: store.Hash(l.PrevInStream), Hash: store.Hash(l.Hash),
		})
		if err != nil {
			return chain.Head(), err
		}
	}
	if err := lines.Err(); err != nil {
		return chain.Head(), fmt.Errorf("read the export: %w", err)
	}
	return chain.Head(), nil
}

// Holds checks that the ledger has exactly this record at this place: then an export that ends there is a true beginning of it.
func Holds(ctx context.Context, s store.Ledger, head store.Head) error {
	if head.Seq == 0 {
		return nil
	}
	records, err := s.Since(ctx, head.Seq-1, 1)
	if err != nil {
		return fmt.Errorf("read record %d: %w", head.Seq, err)
	}
	if len(records) == 0 {
		return &store.BrokenLink{Seq: head.Seq, Stream: "?", Reason: "the export has this record and the database has not"}
	}
	if records[0].Hash != head.Hash {
		return &store.BrokenLink{Seq: head.Seq, Stream: records[0].Stream, Reason: "the export and the database have different records here"}
	}
	return nil
}
