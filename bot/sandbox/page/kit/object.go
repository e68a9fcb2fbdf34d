package kit

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// object is a JSON object. Its methods give the zero value for what is absent or of another type, so that a block can be
// drawn as far as it makes sense.
type object map[string]any

// decode reads JSON, numbers as they are written; nil when it is not valid.
func decode(raw json.RawMessage) any {
	if !json.Valid(raw) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// encode writes what decode read.
func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // decoded JSON can always be encoded
	}
	return raw
}

func asObject(v any) object {
	switch o := v.(type) {
	case object:
		return o
	case map[string]any:
		return o
	default:
		return nil
	}
}

func asList(v any) []any {
	items, _ := v.([]any)
	return items
}

func (o object) obj(key string) object { return asObject(o[key]) }

func (o object) list(key string) []any { return asList(o[key]) }

// objects are the objects of the array under key.
func (o object) objects(key string) []object {
	var all []object
	for _, v := range o.list(key) {
		if item := asObject(v); item != nil {
			all = append(all, item)
		}
	}
	return all
}

func (o object) is(key string) bool { return o[key] == true }

// str is the string under key; a number is given as it is written.
func (o object) str(key string) string { return scalar(o[key]) }

// words is the text of the text object under key, or the string itself where a plain string stands.
func (o object) words(key string) string {
	if t := o.obj(key); t != nil {
		return t.str("text")
	}
	return o.str(key)
}

// integer is the number under key when it is a whole one.
func (o object) integer(key string) (int64, bool) {
	n, err := strconv.ParseInt(o.str(key), 10, 64)
	return n, err == nil
}

func scalar(v any) string {
	switch s := v.(type) {
	case string:
		return s
	case json.Number:
		return s.String()
	default:
		return ""
	}
}
