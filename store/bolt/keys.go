package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"sameday/store"
)

// Longest names: bbolt takes keys of 32,768 bytes, and an index key may double when its zero bytes are escaped.
const (
	maxName     = 1_024
	maxIndexKey = 8_192
)

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

// streamPrefix starts the keys of one stream's versions. The length in front keeps "a" from being a prefix of "ab".
func streamPrefix(id store.StreamID) []byte { return appendText(nil, string(id)) }

func versionKey(id store.StreamID, version int) []byte {
	return binary.BigEndian.AppendUint64(streamPrefix(id), uint64(version))
}

// boundKey is where the entries of an index with Key >= key begin.
func boundKey(index, key string) []byte {
	b := make([]byte, 0, len(index)+len(key)+8)
	b = append(b, index...)
	b = append(b, 0)
	for i := range len(key) {
		b = append(b, key[i])
		if key[i] == 0 {
			b = append(b, 0xff)
		}
	}
	return b
}

// holdersKey starts the keys of all entries with exactly this key. Its end sorts before every byte that could go on a longer key, so
// entries sort by their keys' bytes, then by stream.
func holdersKey(index, key string) []byte { return append(boundKey(index, key), 0, 1) }

func indexKey(index, key string, id store.StreamID) []byte {
	return append(holdersKey(index, key), id...)
}

// afterIndex is where the entries of the next index begin.
func afterIndex(index string) []byte { return append([]byte(index), 1) }

// splitIndexKey is indexKey backwards.
func splitIndexKey(k []byte) (index, key string, id store.StreamID, err error) {
	at := bytes.IndexByte(k, 0)
	if at < 0 {
		return "", "", "", errShort
	}
	index = string(k[:at])
	var b strings.Builder
	for rest := k[at+1:]; ; {
		zero := bytes.IndexByte(rest, 0)
		if zero < 0 || zero+1 >= len(rest) {
			return "", "", "", errShort
		}
		b.Write(rest[:zero])
		mark := rest[zero+1]
		rest = rest[zero+2:]
		if mark == 1 {
			return index, b.String(), store.StreamID(rest), nil
		}
		b.WriteByte(0)
	}
}

// checkName refuses what cannot be a key of the file.
func checkName(what, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%s is empty", what)
	case len(name) > maxName:
		return fmt.Errorf("%s has %d bytes, at most %d are allowed", what, len(name), maxName)
	}
	return nil
}

func checkEntries(id store.StreamID, entries []store.Entry) error {
	seen := make(map[place]bool, len(entries))
	for _, e := range entries {
		if err := checkName("index name", e.Index); err != nil {
			return err
		}
		switch {
		case strings.IndexByte(e.Index, 0) >= 0:
			return fmt.Errorf("index name %q holds a zero byte", e.Index)
		case len(e.Key) > maxIndexKey:
			return fmt.Errorf("key in index %s has %d bytes, at most %d are allowed", e.Index, len(e.Key), maxIndexKey)
		case e.Stream != "" && e.Stream != id:
			return fmt.Errorf("entry in index %s names stream %s in the set of %s", e.Index, e.Stream, id)
		case seen[place{e.Index, e.Key}]:
			return fmt.Errorf("entry in index %s is twice in the set of %s", e.Index, id)
		}
		seen[place{e.Index, e.Key}] = true
	}
	return nil
}

// checkShape refuses a commit that no state of the store could take, before it is queued.
func checkShape(c store.Commit) error {
	if len(c.Key) > maxName {
		return fmt.Errorf("idempotency key has %d bytes, at most %d are allowed", len(c.Key), maxName)
	}
	streams := make(map[store.StreamID]bool, len(c.Appends))
	for _, a := range c.Appends {
		if err := checkName("stream name", string(a.Stream)); err != nil {
			return err
		}
		switch {
		case streams[a.Stream]:
			return fmt.Errorf("stream %s is twice in one commit", a.Stream)
		case a.Expect < 0:
			return fmt.Errorf("expected version %d of %s is negative", a.Expect, a.Stream)
		case a.Expect == 0 && len(a.Events) == 0:
			return fmt.Errorf("new stream %s has no events", a.Stream)
		}
		streams[a.Stream] = true
		if err := checkEntries(a.Stream, a.Entries); err != nil {
			return err
		}
	}
	for _, n := range c.Intents {
		if err := checkName("intent id", n.ID); err != nil {
			return err
		}
		if n.Priority < 0 {
			return fmt.Errorf("intent %s has a negative priority", n.ID)
		}
	}
	for _, s := range c.Sealed {
		if err := checkName("sealed record id", s.ID); err != nil {
			return err
		}
		if len(s.WrappedKey) == 0 {
			return fmt.Errorf("sealed record %s has no key", s.ID)
		}
	}
	return nil
}
