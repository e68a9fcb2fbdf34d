package workflow_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The rules of the whole repository that a program can check. They stand here because this package is the one that everything else
// rests on.

// source is one Go file of the repository.
type source struct {
	name  string // from the top, with slashes
	dir   string
	test  bool
	ast   *ast.File
	lines int
}

var sources = sync.OnceValues(func() ([]source, error) {
	var out []source
	err := walkRepository(func(name string) error {
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(files, filepath.Join("..", name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		out = append(out, source{
			name: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), ast: file, lines: files.File(file.FileStart).LineCount(),
		})
		return nil
	})
	return out, err
})

// files knows the positions in all sources.
var files = token.NewFileSet()

func walkRepository(visit func(name string) error) error {
	return filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == ".git" || d.Name() == "rapid" && filepath.Base(filepath.Dir(name)) == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel("..", name)
		if err != nil {
			return err
		}
		return visit(filepath.ToSlash(rel))
	})
}

func allSources(t *testing.T) []source {
	t.Helper()
	out, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("%d Go files: the test looks at the wrong place", len(out))
	}
	return out
}

func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.name, files.Position(n.Pos()).Line)
}

func (s source) under(dir string) bool { return s.dir == dir || strings.HasPrefix(s.dir, dir+"/") }

func (s source) imports() []string {
	out := make([]string, 0, len(s.ast.Imports))
	for _, i := range s.ast.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err == nil {
			out = append(out, p)
		}
	}
	return out
}

// arrow is what one part of the repository may import besides the standard library. Its tests may import more, where it says so.
type arrow struct {
	dir      string
	allowed  []string // import paths, and everything below them
	tests    []string // what its tests may import besides
	whatever bool     // other people's modules are free, but for drivers
	why      string
}

// arrows go from the most particular folder to the least: the first that fits a package holds for it.
var arrows = []arrow{
	{
		dir: "workflow", allowed: []string{"sameday/workflow"}, tests: []string{"github.com/google/go-cmp", "pgregory.net/rapid"},
		why: "what the bank decided must be readable, testable and reusable without anything else",
	},
	{
		dir: "store/bolt", allowed: []string{"sameday/store", "go.etcd.io/bbolt"},
		tests: []string{"sameday/workflow", "github.com/google/go-cmp", "pgregory.net/rapid", "modernc.org/sqlite"},
		why:   "an engine stores commits and knows nothing of complaints",
	},
	{
		dir: "store/storetest", allowed: []string{"sameday/store", "github.com/google/go-cmp", "pgregory.net/rapid"},
		why: "the suite must run against any engine, so it knows none",
	},
	{
		dir: "store", allowed: []string{"sameday/workflow", "github.com/google/uuid"},
		tests: []string{"sameday/store", "github.com/google/go-cmp", "pgregory.net/rapid"},
		why:   "the memory knows the rules and no driver: another engine, or another face, must not bring this one along",
	},
	{
		dir: "bot/sandbox", allowed: []string{"sameday/bot/sandbox"}, whatever: true,
		why: "the local Slack must be wrong in Slack's way, not right in ours",
	},
	{
		dir: "bot/grammar", allowed: []string{"golang.org/x/text"}, tests: []string{"sameday/bot/grammar", "github.com/google/go-cmp", "pgregory.net/rapid"},
		why: "reading what people type needs no knowledge of what it will do",
	},
	{
		dir: "bot", allowed: []string{"sameday/bot", "sameday/store", "sameday/workflow"}, whatever: true,
		why: "the Slack side works with any engine",
	},
	{dir: "cmd", allowed: []string{"sameday"}, whatever: true, why: "the binary puts the parts together"},
}

// drivers may be linked by engines and the binary alone.
var drivers = []string{"go.etcd.io/bbolt", "database/sql", "github.com/jackc", "github.com/lib/pq", "sameday/store/bolt", "sameday/store/postgres"}

func within(p string, roots []string) bool {
	return slices.ContainsFunc(roots, func(r string) bool { return p == r || strings.HasPrefix(p, r+"/") })
}

func TestImportArrows(t *testing.T) {
	t.Parallel()
	for _, s := range allSources(t) {
		i := slices.IndexFunc(arrows, func(a arrow) bool { return s.under(a.dir) })
		if i < 0 {
			t.Errorf("%s: no arrow is drawn for this folder", s.name)
			continue
		}
		for _, p := range s.imports() {
			if why := arrows[i].forbids(s, p); why != "" {
				t.Errorf("%s imports %s: %s", s.name, p, why)
			}
		}
	}
}

// forbids says why a file may not import something; empty when it may.
func (a arrow) forbids(s source, p string) string {
	first, _, _ := strings.Cut(p, "/")
	ours := first == "sameday"
	standard := !ours && !strings.Contains(first, ".")
	switch {
	case within(p, []string{"sameday/cmd"}) && a.dir != "cmd":
		return "nothing imports the binary's parts"
	case within(p, drivers) && !s.test && a.dir != "store/bolt" && a.dir != "cmd":
		return a.why
	case within(p, []string{"sameday/bot/sandbox"}) && a.dir == "bot" && !s.test:
		return "the bot does not know that there is a local Slack"
	case standard, within(p, a.allowed), s.test && within(p, a.tests), a.whatever && !ours:
		return ""
	}
	return a.why
}

// Each package says once what it is.
func TestPackageDocs(t *testing.T) {
	t.Parallel()
	docs := map[string][]string{}
	for _, s := range allSources(t) {
		if s.test {
			continue
		}
		if _, known := docs[s.dir]; !known {
			docs[s.dir] = nil
		}
		if s.ast.Doc == nil {
			continue
		}
		docs[s.dir] = append(docs[s.dir], s.name)
		if want := "Package " + s.ast.Name.Name + " "; s.ast.Name.Name != "main" && !strings.HasPrefix(s.ast.Doc.Text(), want) {
			t.Errorf("%s: the package comment does not begin with %q", s.name, want)
		}
	}
	for dir, in := range docs {
		if len(in) != 1 {
			t.Errorf("%s has %d package comments, want one: %v", dir, len(in), in)
		}
	}
}

// Time is an argument, tests do not sleep, nothing happens at import, and only Must helpers panic.
func TestForbiddenCalls(t *testing.T) {
	t.Parallel()
	// The clock may be the default of an option here: named, not called.
	byDefault := []string{"bot", "bot/deliver", "bot/sandbox", "bot/sandbox/page"}
	for _, s := range allSources(t) {
		called := map[ast.Expr]bool{}
		for _, d := range s.ast.Decls {
			f, isFunc := d.(*ast.FuncDecl)
			if isFunc && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: init: what happens at import cannot be tested or avoided", s.at(f))
			}
			must := isFunc && strings.HasPrefix(strings.ToLower(f.Name.Name), "must")
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					called[n.Fun] = true
					if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "panic" && !must && !s.test {
						t.Errorf("%s: panic outside of a Must helper", s.at(n))
					}
				case *ast.SelectorExpr:
					pkg, ok := n.X.(*ast.Ident)
					if !ok || pkg.Name != "time" {
						return true
					}
					switch {
					case n.Sel.Name == "Sleep":
						t.Errorf("%s: time.%s: wait for something, or in a bubble on time.After", s.at(n), n.Sel.Name)
					case n.Sel.Name == "Now" && !s.test && !s.under("cmd") && (called[n] || !slices.Contains(byDefault, s.dir)):
						t.Errorf("%s: time.%s: time is an argument", s.at(n), n.Sel.Name)
					}
				}
				return true
			})
		}
	}
}

// Files, functions and interfaces stay small. An exception says why in a comment that begins with "size:": of the function or the type,
// or, for a file, before its package clause.
func TestSizes(t *testing.T) {
	t.Parallel()
	const fileLines, funcLines, methods = 400, 60, 4
	for _, s := range allSources(t) {
		if s.test {
			continue
		}
		excused := slices.ContainsFunc(s.ast.Comments, func(c *ast.CommentGroup) bool { return c.Pos() < s.ast.Package && says(c) })
		if s.lines > fileLines && !excused {
			t.Errorf("%s has %d lines, want at most %d", s.name, s.lines, fileLines)
		}
		for _, d := range s.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if n := files.Position(d.End()).Line - files.Position(d.Pos()).Line + 1; n > funcLines && !says(d.Doc) {
					t.Errorf("%s: %s has %d lines, want at most %d", s.at(d), d.Name.Name, n, funcLines)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					ts, ok := spec.(*ast.TypeSpec)
					if !ok {
						continue
					}
					if n := methodsOf(ts); n > methods && !says(d.Doc) && !says(ts.Doc) {
						t.Errorf("%s: %s has %d methods, want at most %d", s.at(ts), ts.Name.Name, n, methods)
					}
				}
			}
		}
	}
}

func says(c *ast.CommentGroup) bool {
	return c != nil && slices.ContainsFunc(c.List, func(line *ast.Comment) bool { return strings.HasPrefix(line.Text, "// size:") })
}

// methodsOf counts the methods an interface names itself; embedded interfaces have budgets of their own.
func methodsOf(ts *ast.TypeSpec) int {
	i, ok := ts.Type.(*ast.InterfaceType)
	if !ok {
		return 0
	}
	n := 0
	for _, m := range i.Methods.List {
		n += len(m.Names)
	}
	return n
}

// Everything exported tells its caller what he needs. Methods that only serve an interface everybody knows need no words.
func TestExportedAreDocumented(t *testing.T) {
	t.Parallel()
	known := []string{"Error", "Unwrap", "Is", "As", "String", "Len", "Less", "Swap"}
	for _, s := range allSources(t) {
		if s.test {
			continue
		}
		for _, d := range s.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) && !(d.Recv != nil && slices.Contains(known, d.Name.Name)) {
					t.Errorf("%s: %s has no comment", s.at(d), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if name := undocumented(d, spec); name != "" {
						t.Errorf("%s: %s has no comment", s.at(spec), name)
					}
				}
			}
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	exported := false
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !exported {
			exported = id.IsExported()
			return false
		}
		return true
	})
	return exported
}

// undocumented is the name of an exported declaration without a comment of its own or of its group.
func undocumented(d *ast.GenDecl, spec ast.Spec) string {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() && spec.Doc == nil && (d.Doc == nil || d.Lparen.IsValid()) {
			return spec.Name.Name
		}
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if name.IsExported() && spec.Doc == nil && spec.Comment == nil && d.Doc == nil {
				return name.Name
			}
		}
	}
	return ""
}

// The repository speaks of the product: no promises, no paths of somebody's machine.
func TestWords(t *testing.T) {
	t.Parallel()
	// Written in pieces, so that this file does not find itself.
	bad := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b|\bfor ` + `now\b|\bsimpli` + `fied\b|/wo` + `rk/|/ro` + `ot/|/ho` + `me/[a-z]|\.\./sha` + `red`)
	parts := []string{"TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "for " + "now", "simpli" + "fied", "/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "../sha" + "red"}
	kinds := []string{".go", ".md", ".yaml", ".yml", ".txtar", ".txt", ".json", ".csv", ".mod", ""}
	err := walkRepository(func(name string) error {
		if !slices.Contains(kinds, path.Ext(name)) {
			return nil
		}
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		whole := string(text)
		if !slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(whole, p) }) { // much quicker than the expression
			return nil
		}
		for i, line := range strings.Split(whole, "\n") {
			if found := bad.FindString(line); found != "" {
				t.Errorf("%s:%d says %q", name, i+1, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The top of the repository is what the design says.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	allowed := []string{
		"cmd", "workflow", "store", "bot", "config.example.yaml", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE", ".ci", ".gitignore", ".git",
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s stands at the top", e.Name())
		}
	}
}
