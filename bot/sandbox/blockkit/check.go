package blockkit

import (
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// object is a decoded JSON object.
type object = map[string]any

// checker walks one payload and collects what is wrong with it. The rule tables travel in it because the rules refer to
// each other (a container holds blocks) and Go refuses package variables that do so in a circle.
type checker struct {
	surface  Surface
	blocks   map[string]blockRule
	elements map[string]elementRule
	problems []Problem

	blockIDs map[string]bool
	markdown int // characters of markdown blocks so far
	tables   int
	charts   int
	focused  bool
}

func newChecker(s Surface) *checker {
	return &checker{surface: s, blocks: blockRules, elements: elementRules, blockIDs: map[string]bool{}}
}

func (c *checker) report(at, message string) {
	c.problems = append(c.problems, Problem{Message: message, Pointer: at})
}

// check judges the value v that stands at the JSON pointer at.
type check func(c *checker, v any, at string)

// rule judges an object as a whole: what one field says about another.
type rule func(c *checker, o object, at string)

// field is one row of a table: a key an object may or must have, and what its value must be.
type field struct {
	name  string
	must  bool
	check check
}

func need(name string, is check) field { return field{name, true, is} }
func may(name string, is check) field  { return field{name, false, is} }

// shape is the table of an object: its fields, then the rules about it as a whole. An open shape lets other keys through.
type shape struct {
	fields []field
	rules  []rule
	open   bool
}

func fields(f ...field) shape { return shape{fields: f} }

// typed is a shape with the "type" key by which the object was recognised.
func typed(f ...field) shape { return fields(append([]field{need("type", anything)}, f...)...) }

func (s shape) with(r ...rule) shape {
	s.rules = append(slices.Clone(s.rules), r...)
	return s
}

func (s shape) lenient() shape {
	s.open = true
	return s
}

func (s shape) judge(c *checker, o object, at string) {
	known := make(map[string]bool, len(s.fields))
	for _, f := range s.fields {
		known[f.name] = true
		if _, ok := o[f.name]; f.must && !ok {
			c.report(at, missing(f.name))
		}
	}
	if !s.open {
		for _, key := range sortedKeys(o) {
			if !known[key] {
				c.report(at, unknownField(key))
			}
		}
	}
	for _, f := range s.fields {
		if v, ok := o[f.name]; ok {
			f.check(c, v, at+"/"+f.name)
		}
	}
	for _, r := range s.rules {
		r(c, o, at)
	}
}

func sortedKeys(o object) []string {
	keys := make([]string, 0, len(o))
	for key := range o {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// asObject and typeOf report and return false when the value is not what they give.
func (c *checker) asObject(v any, at string) (object, bool) {
	o, ok := v.(object)
	if !ok {
		c.report(at, mustBeObject)
	}
	return o, ok
}

func (c *checker) typeOf(v any, at string) (o object, typ string, ok bool) {
	if o, ok = c.asObject(v, at); !ok {
		return nil, "", false
	}
	t, present := o["type"]
	if !present {
		c.report(at, missing("type"))
		return nil, "", false
	}
	if typ, ok = t.(string); !ok {
		c.report(at+"/type", mustBeString)
	}
	return o, typ, ok
}

func anything(*checker, any, string) {}

// of makes a check of a shape.
func of(s shape) check {
	return func(c *checker, v any, at string) {
		if o, ok := c.asObject(v, at); ok {
			s.judge(c, o, at)
		}
	}
}

// variants is an object whose "type" names one of several shapes.
func variants(shapes map[string]shape) check {
	return func(c *checker, v any, at string) {
		o, typ, ok := c.typeOf(v, at)
		if !ok {
			return
		}
		s, known := shapes[typ]
		if !known {
			c.report(at+"/type", unsupported(typ))
			return
		}
		s.judge(c, o, at)
	}
}

// str is a string of least to most characters.
func str(least, most int) check {
	return func(c *checker, v any, at string) {
		s, ok := v.(string)
		switch n := utf8.RuneCountInString(s); {
		case !ok:
			c.report(at, mustBeString)
		case n < least:
			c.report(at, tooShort(least))
		case n > most:
			c.report(at, tooLong(most))
		}
	}
}

// unbounded is the length of strings for which no limit is published.
const unbounded = math.MaxInt32

// formatted is a string of at most most characters that passes a test; an empty one is reported as too short.
func formatted(most int, valid func(string) bool, message string) check {
	length := str(1, most)
	return func(c *checker, v any, at string) {
		before := len(c.problems)
		length(c, v, at)
		if s, ok := v.(string); ok && len(c.problems) == before && !valid(s) {
			c.report(at, message)
		}
	}
}

func link(most int) check { return formatted(most, isURL, mustBeURL) }

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "")
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func isTime(s string) bool {
	_, err := time.Parse("15:04", s)
	return err == nil && len(s) == len("15:04")
}

func isDecimal(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) && !strings.ContainsAny(s, "xX_pP")
}

func enum(values ...string) check {
	return func(c *checker, v any, at string) {
		s, ok := v.(string)
		switch {
		case !ok:
			c.report(at, mustBeString)
		case !slices.Contains(values, s):
			c.report(at, mustBeEnum)
		}
	}
}

func boolean(c *checker, v any, at string) {
	if _, ok := v.(bool); !ok {
		c.report(at, mustBeBoolean)
	}
}

func number(c *checker, v any, at string) {
	if _, ok := v.(json.Number); !ok {
		c.report(at, mustBeNumber)
	}
}

func positive(c *checker, v any, at string) {
	n, ok := v.(json.Number)
	f, err := n.Float64()
	switch {
	case !ok:
		c.report(at, mustBeNumber)
	case err != nil || f <= 0:
		c.report(at, mustBePositive)
	}
}

func integer(least, most int) check {
	return func(c *checker, v any, at string) {
		n, ok := toInt(v)
		switch {
		case !ok:
			c.report(at, mustBeInteger)
		case n < int64(least) || n > int64(most):
			c.report(at, outOfRange(least, most))
		}
	}
}

func toInt(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}

func unixTime(c *checker, v any, at string) {
	if n, ok := toInt(v); !ok || n < 1_000_000_000 || n > 9_999_999_999 {
		c.report(at, mustBeUnixTime)
	}
}

// list is an array of least to most items. Items beyond the limit are judged as well.
func list(least, most int, item check) check {
	return func(c *checker, v any, at string) {
		items, ok := v.([]any)
		switch {
		case !ok:
			c.report(at, mustBeArray)
		case len(items) < least:
			c.report(at, tooFew(least))
		case len(items) > most:
			c.report(at, tooMany(most))
		}
		for i, v := range items {
			item(c, v, at+"/"+strconv.Itoa(i))
		}
	}
}

// nullable lets null through.
func nullable(is check) check {
	return func(c *checker, v any, at string) {
		if v != nil {
			is(c, v, at)
		}
	}
}

// exactlyOne wants one of two fields, not both and not none.
func exactlyOne(a, b string) rule {
	return func(c *checker, o object, at string) {
		_, hasA := o[a]
		_, hasB := o[b]
		switch {
		case !hasA && !hasB:
			c.report(at, either(a, b))
		case hasA && hasB:
			c.report(at, notBoth(a, b))
		}
	}
}

// oneOrBoth wants at least one of two fields.
func oneOrBoth(a, b string) rule {
	return func(c *checker, o object, at string) {
		_, hasA := o[a]
		_, hasB := o[b]
		if !hasA && !hasB {
			c.report(at, either(a, b))
		}
	}
}

// uniqueActionIDs wants different action ids within one list of elements.
func uniqueActionIDs(key string) rule {
	return func(c *checker, o object, at string) {
		seen := map[string]bool{}
		for i, v := range asList(o[key]) {
			id := stringAt(v, "action_id")
			if id != "" && seen[id] {
				c.report(at+"/"+key+"/"+strconv.Itoa(i)+"/action_id", exists("action_id", id))
			}
			seen[id] = true
		}
	}
}
