package blockkit

import (
	"bytes"
	"encoding/json"
	"strings"
)

// decode reads JSON into maps and slices, numbers kept as they are written. It gives nil when raw is not valid JSON.
func decode(raw json.RawMessage) any {
	if !json.Valid(raw) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil
	}
	return v
}

// encode writes what decode read, which cannot fail to encode; the answer would be nil if it did.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func asList(v any) []any {
	items, _ := v.([]any)
	return items
}

func asObject(v any) object {
	o, _ := v.(object)
	return o
}

// stringAt is the string under key of an object, "" when there is none.
func stringAt(v any, key string) string {
	s, _ := asObject(v)[key].(string)
	return s
}

func boolAt(o object, key string) bool {
	b, _ := o[key].(bool)
	return b
}

// textAt is the text of the text object under key, or the string itself where a plain string stands.
func textAt(v any, key string) string {
	switch t := asObject(v)[key].(type) {
	case string:
		return t
	case object:
		return stringAt(t, "text")
	default:
		return ""
	}
}

// each calls f for every object that path leads to. A path is keys joined by "/"; "*" stands for all items of an array.
func each(v any, path string, f func(object)) {
	if path == "" {
		if o, ok := v.(object); ok {
			f(o)
		}
		return
	}
	key, rest, _ := strings.Cut(path, "/")
	if key == "*" {
		for _, item := range asList(v) {
			each(item, rest, f)
		}
		return
	}
	if next, ok := asObject(v)[key]; ok {
		each(next, rest, f)
	}
}
