// Package wire keeps events as they are stored: JSON beside a kind, which is a string that never changes. Each subject with a ledger of its
// own (complaints, rosters, daily sheets) has one table.
package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Event is a fact that knows its kind.
type Event interface{ Kind() string }

// Table reads and writes the events of one subject. Its methods may be called at once by many.
type Table[E Event] struct{ shapes map[string]reflect.Type }

// MustTable is the table of every shape ever stored, given by one value of each. It panics when two have the same kind: one of them would be
// read as the other.
func MustTable[E Event](shapes ...E) Table[E] {
	t := Table[E]{shapes: make(map[string]reflect.Type, len(shapes))}
	for _, e := range shapes {
		if other, ok := t.shapes[e.Kind()]; ok {
			panic(fmt.Sprintf("%T and %v are both stored as %s", e, other, e.Kind()))
		}
		t.shapes[e.Kind()] = reflect.TypeOf(e)
	}
	return t
}

// Kinds lists every kind, sorted.
func (t Table[E]) Kinds() []string { return slices.Sorted(maps.Keys(t.shapes)) }

// Decode reads an event as it was stored. Fields it does not know are ignored, so that an older program can read what a newer one added; a
// kind it does not know is an error.
func (t Table[E]) Decode(kind string, data []byte) (E, error) {
	var none E
	shape, ok := t.shapes[kind]
	if !ok {
		return none, fmt.Errorf("event kind %q is unknown: a newer program wrote it", kind)
	}
	e := reflect.New(shape)
	if err := json.Unmarshal(data, e.Interface()); err != nil {
		return none, fmt.Errorf("decode %s: %w", kind, err)
	}
	return e.Elem().Interface().(E), nil
}

// Encode gives the stored form of an event.
func (t Table[E]) Encode(e E) ([]byte, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.Kind(), err)
	}
	return b, nil
}
