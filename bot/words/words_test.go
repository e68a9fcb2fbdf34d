package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sameday/bot/grammar"
	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"

	"github.com/google/go-cmp/cmp"
)

func TestBothLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	first := words.For(words.Languages()[0])
	for _, language := range words.Languages()[1:] {
		w := words.For(language)
		if diff := cmp.Diff(first.Keys(), w.Keys()); diff != "" {
			t.Errorf("keys differ (-%s +%s):\n%s", first.Language(), language, diff)
		}
		for _, key := range first.Keys() {
			if diff := cmp.Diff(first.Places(key), w.Places(key)); diff != "" && !strings.HasPrefix(key, "day.") {
				t.Errorf("the places of %s differ (-%s +%s):\n%s", key, first.Language(), language, diff)
			}
		}
	}
}

// constants reads the values of a string type's constants from a file of the workflow.
func constants(t *testing.T, file, typeName string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "workflow", file), nil, 0)
	if err != nil {
		t.Fatalf("parse %s: %v", file, err)
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != typeName {
			return true
		}
		for i, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok && spec.Names[i].IsExported() {
				s, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatalf("read %s: %v", lit.Value, err)
				}
				out = append(out, s)
			}
		}
		return true
	})
	if len(out) == 0 {
		t.Fatalf("%s has no constants of type %s", file, typeName)
	}
	return out
}

func list[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}

// codes is every enumeration that people read, with its values.
func codes(t *testing.T) map[string][]string {
	t.Helper()
	return map[string][]string{
		"verb": words.AllVerbs(), "do": words.AllVerbs(), "about": words.AllVerbs(), "usage": words.AllVerbs(), "example": words.AllVerbs(),
		words.Step: list(workflow.Steps()), words.Source: list(workflow.Sources()), words.Grade: list(workflow.Grades()),
		words.Kind: list(workflow.SeriousKinds()), words.How: list(workflow.Hows()), words.Solution: list(workflow.Solutions()),
		words.Answer: list(workflow.Answers()), words.Outcome: constants(t, "words.go", "Outcome"), words.Clock: constants(t, "deadline.go", "Clock"),
		words.Cause: constants(t, "climb.go", "Cause"), words.Ending: constants(t, "climb.go", "Ending"), words.Role: list(duty.Roles()),
		words.ShiftSource: constants(t, "duty/role.go", "Source"), words.Pattern: words.Patterns(), "duty_no": constants(t, "duty/refusal.go", "Code"),
		words.Position: list(org.Positions()), words.Tier: list(org.Tiers()), words.Field: workflow.CorrectableFields(),
		"refusal": constants(t, "refusal.go", "Code"), "why.rule": constants(t, "deadline.go", "Rule"), "why.late": list(workflow.LateIntakes()),
	}
}

func TestEveryCodeHasWords(t *testing.T) {
	t.Parallel()
	for _, language := range words.Languages() {
		w := words.For(language)
		for kind, values := range codes(t) {
			for _, v := range values {
				if !w.Has(kind + "." + v) {
					t.Errorf("%s has no text for %s.%s", language, kind, v)
				}
			}
		}
		for _, where := range append(constants(t, "rights.go", "Where"), constants(t, "duty/rights.go", "Where")...) {
			for _, form := range []string{".some", ".any"} {
				if !w.Has("where." + where + form) {
					t.Errorf("%s has no text for where.%s%s", language, where, form)
				}
			}
		}
		for _, row := range workflow.Table() {
			if row.Asks && (!w.Has("form."+string(row.Verb)+".title") || !w.Has("form."+string(row.Verb)+".submit")) {
				t.Errorf("%s has no title or submit button for the form of %s", language, row.Verb)
			}
		}
	}
}

// TestEnumsComeBack types every name that is shown, and every code, in every language.
func TestEnumsComeBack(t *testing.T) {
	t.Parallel()
	for kind, values := range codes(t) {
		if strings.Contains(kind, ".") || slices.Contains([]string{"refusal", "duty_no", "do", "about", "usage", "example"}, kind) {
			continue
		}
		for _, want := range values {
			typed := []string{want, strings.ToUpper(want), " " + want + "。"}
			for _, language := range words.Languages() {
				typed = append(typed, words.For(language).Name(kind, want))
			}
			for _, word := range typed {
				if got, ok := words.Enum(kind, word); !ok || got != want {
					t.Errorf("Enum(%s, %q) = %q, %v, want %q", kind, word, got, ok, want)
				}
			}
		}
	}
	for _, c := range []struct{ kind, typed, want string }{
		{words.Kind, "舆情", "publicity"},
		{words.Kind, "赔偿", "compensation"},
		{words.Kind, "Legal-Case", "legal_case"},
		{words.Source, "１２３４５", "mayor_line_12345"},
		{words.Source, "人行", "pboc"},
		{words.How, "当面", "in_person"},
		{words.Flag, "老人", "vulnerable"},
		{words.Filter, "隔夜", "overnight"},
	} {
		if got, ok := words.Enum(c.kind, c.typed); !ok || got != c.want {
			t.Errorf("Enum(%s, %q) = %q, %v, want %q", c.kind, c.typed, got, ok, c.want)
		}
	}
	if got, ok := words.Enum(words.Kind, "天气"); ok {
		t.Errorf("Enum(kind, 天气) = %q, want none", got)
	}
}

func TestAliasesDoNotClash(t *testing.T) {
	t.Parallel()
	owner := map[string]string{}
	verbs := words.Verbs()
	for _, v := range words.AllVerbs() {
		for _, a := range verbs[v] {
			if a != grammar.Fold(a) || a == "" || strings.ContainsAny(a, " \t") {
				t.Errorf("alias %q of %s cannot be typed: want one folded word", a, v)
			}
			if other, taken := owner[a]; taken {
				t.Errorf("alias %q is of %s and of %s", a, other, v)
			}
			owner[a] = v
		}
	}
	table := grammar.NewVerbs(verbs)
	for typed, want := range map[string]string{"受理": "accept", "处理": "handle", "Accept": "accept", "时限": "why", "帮助": "help"} {
		if got := grammar.Parse(typed+" 7", table); got.Verb != want || got.Number.Serial != 7 {
			t.Errorf("Parse(%q) = verb %q, number %v, want %q and 7", typed+" 7", got.Verb, got.Number, want)
		}
	}
}

// width counts a Han character as two.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}

func TestLengths(t *testing.T) {
	t.Parallel()
	for _, language := range words.Languages() {
		w := words.For(language)
		for _, key := range w.Keys() {
			text := w.T(key)
			most, wide := 0, 0
			switch {
			case strings.HasPrefix(key, "form.") && key != "form.about":
				most, wide = 24, 24
			case strings.HasPrefix(key, "verb."), strings.HasPrefix(key, "button."):
				most, wide = 75, 20
			case strings.HasSuffix(key, ".placeholder"):
				most, wide = 150, 150
			case strings.HasSuffix(key, ".label"):
				most, wide = 75, 40
			case strings.HasPrefix(key, "field."):
				most, wide = 150, 150
			}
			if n := utf8.RuneCountInString(text); most > 0 && (n == 0 || n > most || width(text) > wide) {
				t.Errorf("%s %s = %q: %d characters, %d columns, want 1 to %d, at most %d", language, key, text, n, width(text), most, wide)
			}
		}
	}
}

// TestEveryKeyInTheCodeExists reads the sources of the Slack side: each literal key given to T must have a text, and each place
// of that text must be given.
func TestEveryKeyInTheCodeExists(t *testing.T) {
	t.Parallel()
	found := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "sandbox" {
			return fs.SkipDir // the local workspace's page has words of its own
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return nil // a file that does not compile is somebody else's failure
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && literalT(call) {
				found++
				checkCall(t, path, call)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatalf("walk the sources: %v", err)
	}
	if found < 50 {
		t.Errorf("only %d keys were found in the sources, want at least 50: the scan is broken", found)
	}
}

// literalT reports whether a call is of a method T with a literal as its first argument.
func literalT(call *ast.CallExpr) bool {
	fun, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || fun.Sel.Name != "T" || len(call.Args) == 0 {
		return false
	}
	_, ok = literal(call.Args[0])
	return ok
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func checkCall(t *testing.T, path string, call *ast.CallExpr) {
	t.Helper()
	w := words.For(words.Chinese)
	key, _ := literal(call.Args[0])
	if !w.Has(key) {
		t.Errorf("%s: T(%q) has no text", path, key)
		return
	}
	if call.Ellipsis.IsValid() {
		return
	}
	var given []string
	for i := 1; i < len(call.Args); i += 2 {
		name, ok := literal(call.Args[i])
		if !ok {
			return
		}
		given = append(given, name)
	}
	for _, place := range w.Places(key) {
		if !slices.Contains(given, place) {
			t.Errorf("%s: T(%q) leaves the place {%s} open", path, key, place)
		}
	}
}

// TestExamplesAreUnderstood parses each verb's example and checks the words in it that are codes.
func TestExamplesAreUnderstood(t *testing.T) {
	t.Parallel()
	table := grammar.NewVerbs(words.Verbs())
	first := map[string]string{"contact": words.How, "feedback": words.Answer, "grade": words.Grade, "kind": words.Kind, "flag": words.Flag, "correct": words.Field}
	for _, language := range words.Languages() {
		w := words.For(language)
		for _, v := range words.AllVerbs() {
			text := strings.TrimPrefix(w.Example(v, "7"), "/complaint ")
			got := grammar.Parse(text, table)
			takesNumber := !slices.Contains([]string{"new", "list", "help"}, v)
			if got.Verb != v || got.HasNumber != takesNumber {
				t.Errorf("%s: the example %q is read as verb %q, number %v, want %q, %v", language, text, got.Verb, got.HasNumber, v, takesNumber)
				continue
			}
			if kind := first[v]; kind != "" {
				if _, ok := words.Enum(kind, got.Words[0].Text); !ok {
					t.Errorf("%s: in the example %q the word %q is no %s", language, text, got.Words[0].Text, kind)
				}
			}
			if help := w.Help(v); !strings.Contains(help, w.Usage(v)) || strings.Contains(help, "{") {
				t.Errorf("%s: Help(%s) = %q, want the usage %q in it and no open place", language, v, help, w.Usage(v))
			}
		}
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	w := words.For(words.English)
	for _, c := range []struct{ got, want string }{
		{w.T("no.such.key", "a", 1), "no.such.key"},
		{w.T("reply.masked", "n", 1), "1 item of personal data in the text was masked."},
		{w.T("reply.masked", "n", 3), "3 items of personal data in the text were masked."},
		{w.T("card.customer", "who", "{n} <a>"), "Customer {n} <a>"},
		{w.T("card.customer"), "Customer {who}"},
		{words.For("fr").Language(), words.Chinese},
		{words.For(words.Chinese).Join([]string{"甲", "乙"}), "甲、乙"},
		{w.Verb("accept"), "Accept"},
		{w.Verb("fly"), "fly"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
