package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// Seal gives an event its place: it fills the record's numbers and computes its hash from the two records before it.
// Every engine calls it inside the transaction that stores the record.
func Seal(e NewEvent, stream StreamID, seq uint64, version int, prev, prevInStream Hash) Record {
	e.At = e.At.UTC().Truncate(time.Microsecond)
	r := Record{Seq: seq, Stream: stream, Version: version, NewEvent: e, Prev: prev, PrevInStream: prevInStream}
	r.Hash = HashOf(r)
	return r
}

// HashOf computes a record's hash: SHA-256 over the two previous hashes, the two numbers and each field with its length in
// front, so that no two different records share the same bytes.
func HashOf(r Record) Hash {
	h := sha256.New()
	h.Write(r.Prev[:])
	h.Write(r.PrevInStream[:])
	var b []byte
	b = binary.BigEndian.AppendUint64(b, r.Seq)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Version))
	for _, s := range []string{string(r.Stream), r.Kind, r.At.Format(time.RFC3339Nano), r.By, string(r.Data)} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	h.Write(b)
	return Hash(h.Sum(nil))
}

// BrokenLink says where a chain first stops being what it was when it was written.
type BrokenLink struct {
	Seq    uint64
	Stream StreamID
	Reason string
}

func (e *BrokenLink) Error() string {
	return fmt.Sprintf("the ledger is broken at record %d (%s): %s", e.Seq, e.Stream, e.Reason)
}

// Chain checks records one after the other, in order of Seq from 1. The zero value is ready. It is not safe for concurrent use.
type Chain struct {
	head    Head
	streams map[StreamID]streamEnd
}

type streamEnd struct {
	version int
	hash    Hash
}

// Check takes the next record and returns a *[BrokenLink] when it does not follow from the ones before it.
func (c *Chain) Check(r Record) error {
	if c.streams == nil {
		c.streams = map[StreamID]streamEnd{}
	}
	end := c.streams[r.Stream]
	reason := ""
	switch {
	case r.Seq != c.head.Seq+1:
		reason = fmt.Sprintf("record %d is missing", c.head.Seq+1)
	case r.Prev != c.head.Hash:
		reason = "it does not follow the record before it"
	case r.Version != end.version+1:
		reason = fmt.Sprintf("version %d of its stream is missing", end.version+1)
	case r.PrevInStream != end.hash:
		reason = "it does not follow the record before it in its stream"
	case r.Hash != HashOf(r):
		reason = "its content does not match its hash"
	}
	if reason != "" {
		return &BrokenLink{Seq: r.Seq, Stream: r.Stream, Reason: reason}
	}
	c.head = Head{Seq: r.Seq, Hash: r.Hash}
	c.streams[r.Stream] = streamEnd{version: r.Version, hash: r.Hash}
	return nil
}

// Head returns the end of what has been checked.
func (c *Chain) Head() Head { return c.head }
