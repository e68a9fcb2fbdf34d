// Package yamlfile reads YAML files against tables of allowed keys, and says of every mistake where it is, what the line looks
// like and what is allowed there. It finds all mistakes of a file at once, so that nobody has to mend one to learn of the next.
package yamlfile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"sameday/bot/grammar"
)

// maxSize bounds a file: a configuration of 5,000 units is about a megabyte.
const maxSize = 16 << 20

// Node is a value in a file.
type Node struct {
	f    *File
	node ast.Node
	at   ast.Node // where it is; the key when the value itself has no place
	path string
}

// Field is one row of a table: a key and how its value is read.
type Field struct {
	Key      string
	Required bool
	Read     func(Node)
}

// File is a file being read. It is not safe for concurrent use.
type File struct {
	name     string
	lines    []string
	root     Node
	problems Problems
	allowed  map[string]bool // paths of keys that tables allowed so far, and whether the file has them
}

// Parse makes a file of its text. name is what error messages call it. The error is a [Problems].
func Parse(name string, text []byte) (f *File, err error) {
	f = &File{name: name, lines: strings.Split(string(text), "\n"), allowed: map[string]bool{}}
	if len(text) > maxSize {
		return nil, Problems{{File: name, Message: fmt.Sprintf("it has %d bytes; at most %d are read", len(text), maxSize)}}
	}
	defer func() { // the parser meets texts that nobody has tried on it before
		if r := recover(); r != nil {
			f, err = nil, Problems{{File: name, Message: "this is no YAML that can be read"}}
		}
	}()
	tree, err := parser.ParseBytes(text, 0)
	var syntax *yaml.SyntaxError
	switch {
	case errors.As(err, &syntax) && syntax.Token != nil:
		return nil, Problems{f.problem(syntax.Token.Position.Line, syntax.Token.Position.Column, syntax.Message)}
	case err != nil:
		return nil, Problems{{File: name, Message: err.Error()}}
	case len(tree.Docs) > 1 && tree.Docs[1].Body != nil:
		t := tree.Docs[1].Body.GetToken()
		return nil, Problems{f.problem(t.Position.Line, t.Position.Column, "a second document begins here; there must be one")}
	}
	f.root = Node{f: f}
	if len(tree.Docs) > 0 {
		f.root.node = tree.Docs[0].Body
	}
	return f, nil
}

// Root is the value of the whole file.
func (f *File) Root() Node { return f.root }

// Err is a [Problems] with everything reported so far, in the order of the file; nil when nothing was.
func (f *File) Err() error {
	if len(f.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(f.problems, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return f.problems
}

// Absent lists the keys that tables allow and the file does not have, as "units[].zone": a complete example has none.
func (f *File) Absent() []string {
	var out []string
	for path, there := range f.allowed {
		if !there {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

func (f *File) problem(line, column int, message string) *Problem {
	p := &Problem{File: f.name, Line: line, Column: max(column, 1), Message: message}
	if line >= 1 && line <= len(f.lines) {
		p.Text = strings.TrimRight(f.lines[line-1], "\r")
	}
	return p
}

// Wrong reports a mistake at the node.
func (n Node) Wrong(format string, args ...any) {
	n.f.problems = append(n.f.problems, n.Problem(fmt.Sprintf(format, args...)))
}

// Problem makes a mistake at the node without reporting it: for what is found when the file has long been read.
func (n Node) Problem(message string) *Problem {
	at := n.node
	if m, ok := at.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		at = m.Values[0].Key // the mapping's own token is its first colon
	}
	if at == nil || at.GetToken() == nil || at.Type() == ast.NullType {
		at = n.at
	}
	if at == nil || at.GetToken() == nil {
		return n.f.problem(1, 1, message)
	}
	p := at.GetToken().Position
	return n.f.problem(p.Line, p.Column, message)
}

// Present reports whether the key has a value: "key:" with nothing behind it has none.
func (n Node) Present() bool { return n.node != nil && n.node.Type() != ast.NullType }

// Mapping reads a mapping by a table. Unknown keys are reported with the nearest allowed one, missing required ones as well.
func (n Node) Mapping(fields ...Field) {
	values, ok := n.entries()
	if !ok {
		return
	}
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.Key
		if _, ok := n.f.allowed[n.path+f.Key]; !ok {
			n.f.allowed[n.path+f.Key] = false
		}
	}
	seen := map[string]bool{}
	for _, v := range values {
		key, at := keyOf(v), Node{f: n.f, node: v.Key}
		i := slices.Index(keys, key)
		if i < 0 {
			at.Wrong("unknown key %s%s; allowed here: %s", strconv.Quote(key), didYouMean(key, keys), strings.Join(keys, ", "))
			continue
		}
		seen[key] = true
		child := Node{f: n.f, node: v.Value, at: v.Key, path: n.path + key + "."}
		if !child.Present() {
			if fields[i].Required {
				at.Wrong("%s has no value", key)
			}
			continue
		}
		n.f.allowed[n.path+key] = true
		fields[i].Read(child)
	}
	for _, f := range fields {
		if f.Required && !seen[f.Key] {
			n.Wrong("%s is missing", f.Key)
		}
	}
}

// Entries reads a mapping whose keys are names, not words of a table; visit gets each with its value, in the order of the file.
func (n Node) Entries(visit func(key string, k, v Node)) {
	values, ok := n.entries()
	if !ok {
		return
	}
	for _, v := range values {
		visit(keyOf(v), Node{f: n.f, node: v.Key}, Node{f: n.f, node: v.Value, at: v.Key, path: n.path + "*."})
	}
}

func (n Node) entries() ([]*ast.MappingValueNode, bool) {
	switch m := n.node.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	n.Wrong("this must be a mapping of keys to values, not %s", n.kind())
	return nil, false
}

func keyOf(v *ast.MappingValueNode) string {
	if s, ok := v.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return strings.TrimSpace(v.Key.String())
}

func didYouMean(word string, candidates []string) string {
	near := grammar.Nearest(word, candidates, 1)
	if len(near) == 0 {
		return ""
	}
	return ", did you mean " + near[0] + "?"
}

// List reads a sequence.
func (n Node) List(visit func(i int, item Node)) {
	s, ok := n.node.(*ast.SequenceNode)
	if !ok {
		n.Wrong("this must be a list ([a, b] or lines that begin with -), not %s", n.kind())
		return
	}
	for i, item := range s.Values {
		visit(i, Node{f: n.f, node: item, at: n.node, path: strings.TrimSuffix(n.path, ".") + "[]."})
	}
}

// IsList reports whether the value is a sequence.
func (n Node) IsList() bool { _, ok := n.node.(*ast.SequenceNode); return ok }

// Text reads a scalar as it was typed, numbers included. Anchors, aliases and tags are not for these files.
func (n Node) Text() (string, bool) {
	switch s := n.node.(type) {
	case *ast.StringNode:
		return s.Value, n.nonEmpty(s.Value)
	case *ast.LiteralNode:
		return s.Value.Value, n.nonEmpty(s.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.node.GetToken().Value, true
	}
	n.Wrong("this must be a text, not %s", n.kind())
	return "", false
}

func (n Node) nonEmpty(s string) bool {
	if strings.TrimSpace(s) == "" {
		n.Wrong("this must not be empty")
		return false
	}
	return true
}

// Into gives a row's Read that stores a text.
func Into(to *string) func(Node) {
	return func(n Node) {
		if s, ok := n.Text(); ok {
			*to = s
		}
	}
}

// Int reads a whole number within limits.
func (n Node) Int(least, most int) (int, bool) {
	if s, ok := n.node.(*ast.IntegerNode); ok {
		if i, err := strconv.Atoi(s.Token.Value); err == nil && i >= least && i <= most {
			return i, true
		}
	}
	n.Wrong("this must be a whole number from %d to %d", least, most)
	return 0, false
}

// Duration reads 30m, 2h or 1h30m.
func (n Node) Duration() (time.Duration, bool) {
	s, ok := n.Text()
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		n.Wrong("%q is no duration: write 30m, 2h or 1h30m", s)
	}
	return d, err == nil
}

// Zone reads the name of a time zone.
func (n Node) Zone() (*time.Location, bool) {
	s, ok := n.Text()
	if !ok {
		return nil, false
	}
	zone, err := time.LoadLocation(s)
	if err != nil || s == "Local" { // the machine's own zone is no decision of the bank
		n.Wrong("unknown time zone %q: use a name like Asia/Shanghai, Europe/London or UTC", s)
		return nil, false
	}
	return zone, true
}

// OneOf reads one of a few words.
func OneOf[T ~string](n Node, allowed []T) (T, bool) {
	s, ok := n.Text()
	if !ok {
		return "", false
	}
	if slices.Contains(allowed, T(s)) {
		return T(s), true
	}
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = string(a)
	}
	n.Wrong("%q is not allowed here%s; use one of: %s", s, didYouMean(s, words), strings.Join(words, ", "))
	return "", false
}

// kind names what a node is, for people.
func (n Node) kind() string {
	switch n.node.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		return "an anchor, alias or tag (write the value out)"
	}
	return "a single value"
}
