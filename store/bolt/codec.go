package bolt

import (
	"encoding/binary"
	"errors"
	"time"

	"sameday/store"
)

// format is the first byte of every stored value that has a structure; a later shape gets the next number.
const format = 1

var errShort = errors.New("stored value is cut off or of an unknown format")

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendTime(b []byte, t time.Time) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(t.Unix()))
	return binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond()))
}

// reader takes a stored value apart. The first thing missing empties it and sets bad; everything after reads as zero.
type reader struct {
	b      []byte
	format byte
	bad    bool
}

func newReader(b []byte) *reader { return newReaderTo(b, format) }

// newReaderTo reads a value that has had several formats, of which it knows those up to newest.
func newReaderTo(b []byte, newest byte) *reader {
	r := &reader{b: b}
	if r.format = r.take(1)[0]; r.bad || r.format < format || r.format > newest {
		r.b, r.bad = nil, true
	}
	return r
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.bad = nil, true
		return make([]byte, max(0, min(n, 64)))
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) number() uint64 {
	n, used := binary.Uvarint(r.b)
	if used <= 0 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[used:]
	return n
}

// part returns bytes as they lie in the value.
func (r *reader) part() []byte {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.b, r.bad = nil, true
		return nil
	}
	return r.take(int(n))
}

// bytes returns a copy, nil when empty.
func (r *reader) bytes() []byte { return append([]byte(nil), r.part()...) }

func (r *reader) text() string { return string(r.part()) }

func (r *reader) time() time.Time {
	sec := binary.BigEndian.Uint64(r.take(8))
	nsec := binary.BigEndian.Uint32(r.take(4))
	return time.Unix(int64(sec), int64(nsec)).UTC()
}

func (r *reader) hash() store.Hash { return store.Hash(r.take(32)) }

func (r *reader) err() error {
	if r.bad || len(r.b) != 0 {
		return errShort
	}
	return nil
}

func encodeRecord(r store.Record) []byte {
	b := make([]byte, 0, 160+len(r.Stream)+len(r.Kind)+len(r.By)+len(r.Data))
	b = append(b, format)
	b = append(b, r.Hash[:]...)
	b = append(b, r.Prev[:]...)
	b = append(b, r.PrevInStream[:]...)
	b = binary.AppendUvarint(b, uint64(r.Version))
	b = appendTime(b, r.At)
	b = appendText(b, string(r.Stream))
	b = appendText(b, r.Kind)
	b = appendText(b, r.By)
	return appendText(b, string(r.Data))
}

func decodeRecord(seq uint64, value []byte) (store.Record, error) {
	d := newReader(value)
	r := store.Record{Seq: seq, Hash: d.hash(), Prev: d.hash(), PrevInStream: d.hash(), Version: int(d.number())}
	r.At = d.time()
	r.Stream = store.StreamID(d.text())
	r.Kind, r.By, r.Data = d.text(), d.text(), d.bytes()
	return r, d.err()
}

// decodeHash reads a record's hash without the rest of it.
func decodeHash(value []byte) (store.Hash, error) {
	d := newReader(value)
	h := d.hash()
	if d.bad {
		return store.Hash{}, errShort
	}
	return h, nil
}

// formatBatch is the format of intents that know of batches and of ways beside Slack. Those in format 1 have nothing of either.
const formatBatch = 2

// filed is an intent as the file holds it. A batch stands in its first intent alone: the others' values stay as they were filed, so taking
// a batch, giving it back and dissolving it write one value.
type filed struct {
	store.Intent
	fixed bool     // given back as [store.Settlement] Fixed
	also  []uint64 // Seq of the others of its batch, in order; all above its own
}

func encodeIntent(n filed) []byte {
	b := []byte{formatBatch}
	b = binary.AppendUvarint(b, uint64(n.Priority))
	b = binary.AppendUvarint(b, uint64(n.Attempts))
	b = appendTime(b, n.NotBefore)
	b = appendTime(b, n.StartedAt)
	for _, s := range []string{n.ID, n.Lane, n.Kind, string(n.Stream), n.Replace, n.LastError, string(n.Body), n.Batch} {
		b = appendText(b, s)
	}
	b = append(b, flag(n.Beside), flag(n.fixed))
	b = binary.AppendUvarint(b, uint64(len(n.also)))
	last := n.Seq
	for _, seq := range n.also {
		b = binary.AppendUvarint(b, seq-last)
		last = seq
	}
	return b
}

func decodeIntent(seq uint64, value []byte) (filed, error) {
	d := newReaderTo(value, formatBatch)
	n := filed{Intent: store.Intent{
		Seq: seq, Priority: int(d.number()), Attempts: int(d.number()), NotBefore: d.time(), StartedAt: d.time(),
	}}
	n.ID, n.Lane, n.Kind = d.text(), d.text(), d.text()
	n.Stream = store.StreamID(d.text())
	n.Replace, n.LastError, n.Body = d.text(), d.text(), d.bytes()
	if d.format == formatBatch {
		n.Batch = d.text()
		n.Beside, n.fixed = d.take(1)[0] == 1, d.take(1)[0] == 1
		for left := d.number(); left > 0 && !d.bad; left-- {
			seq += d.number()
			n.also = append(n.also, seq)
		}
	}
	return n, d.err()
}

// streamHead is the end of one stream and what the index holds of it.
type streamHead struct {
	version int
	hash    store.Hash
	entries []entryKey
}

// place is where an entry stands in the index, beside those of other streams.
type place struct{ index, key string }

// entryKey is an entry as a head knows it.
type entryKey struct {
	place
	unique bool
	bare   bool // is known to have no value
}

func keyOf(e store.Entry) entryKey {
	return entryKey{place{e.Index, e.Key}, e.Unique, len(e.Value) == 0}
}

// formatBare is the format of heads that know which entries have no value. Those in format 1 know it of none.
const formatBare = 2

// The bits of an entry's flags in a head.
const (
	flagUnique = 1 << iota
	flagBare
)

func encodeHead(h streamHead) []byte {
	size := 64
	for _, e := range h.entries {
		size += len(e.index) + len(e.key) + 8
	}
	b := append(make([]byte, 0, size), formatBare)
	b = binary.AppendUvarint(b, uint64(h.version))
	b = append(b, h.hash[:]...)
	b = binary.AppendUvarint(b, uint64(len(h.entries)))
	for _, e := range h.entries {
		b = appendText(b, e.index)
		b = appendText(b, e.key)
		b = append(b, flag(e.unique)*flagUnique|flag(e.bare)*flagBare)
	}
	return b
}

// decodeHead makes one text of which all names are parts: a head is read for each command, and none of it is kept.
func decodeHead(value []byte) (streamHead, error) {
	d, text := newReaderTo(value, formatBare), string(value)
	name := func() string {
		n := len(d.part())
		end := len(text) - len(d.b)
		return text[end-n : end]
	}
	h := streamHead{version: int(d.number()), hash: d.hash()}
	n := d.number()
	h.entries = make([]entryKey, 0, min(n, uint64(len(d.b))/3))
	for ; n > 0 && !d.bad; n-- {
		e := entryKey{place: place{index: name(), key: name()}}
		flags := d.take(1)[0]
		e.unique, e.bare = flags&flagUnique != 0, flags&flagBare != 0
		h.entries = append(h.entries, e)
	}
	return h, d.err()
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// usedKey is what an idempotency key remembers of its first use.
type usedKey struct {
	at      time.Time
	stream  store.StreamID
	version int
}

func encodeUsed(u usedKey) []byte {
	b := appendTime([]byte{format}, u.at)
	b = appendText(b, string(u.stream))
	return binary.AppendUvarint(b, uint64(u.version))
}

func decodeUsed(value []byte) (usedKey, error) {
	d := newReader(value)
	u := usedKey{at: d.time(), stream: store.StreamID(d.text()), version: int(d.number())}
	return u, d.err()
}

func encodeSealed(s store.Sealed) []byte {
	b := appendText([]byte{format}, s.KeyID)
	b = appendText(b, string(s.WrappedKey))
	return appendText(b, string(s.Ciphertext))
}

func decodeSealed(id string, value []byte) (store.Sealed, error) {
	d := newReader(value)
	s := store.Sealed{ID: id, KeyID: d.text(), WrappedKey: d.bytes(), Ciphertext: d.bytes()}
	return s, d.err()
}
