package yamlfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sameday/cmd/sameday/internal/yamlfile"
)

func TestTablesDecideWhatIsRead(t *testing.T) {
	t.Parallel()
	f, err := yamlfile.Parse("f.yaml", []byte("name: |\n  two\n  lines\nlist: [1, 0x10, true]\nempty:\nmap: {a: b, \"*\": c}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var name string
	var list []string
	pairs := map[string]string{}
	f.Root().Mapping(
		yamlfile.Field{Key: "name", Required: true, Read: yamlfile.Into(&name)},
		yamlfile.Field{Key: "list", Read: func(n yamlfile.Node) {
			n.List(func(_ int, n yamlfile.Node) {
				s, _ := n.Text()
				list = append(list, s)
			})
		}},
		yamlfile.Field{Key: "empty", Required: true, Read: yamlfile.Into(&name)},
		yamlfile.Field{Key: "map", Read: func(n yamlfile.Node) {
			n.Entries(func(key string, _, v yamlfile.Node) { pairs[key], _ = v.Text() })
		}},
		yamlfile.Field{Key: "unseen", Read: yamlfile.Into(&name)},
	)
	if name != "two\nlines\n" {
		t.Errorf("name = %q", name)
	}
	if d := cmp.Diff([]string{"1", "0x10", "true"}, list); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"a": "b", "*": "c"}, pairs); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"empty", "unseen"}, f.Absent()); d != "" {
		t.Error(d)
	}
	if err := f.Err(); err == nil || err.Error() != "f.yaml:5:1: empty has no value\n    5 | empty:\n      | ^" {
		t.Errorf("Err() = %v, want one problem: empty has no value", err)
	}
}

func TestHugeFileIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := yamlfile.Parse("f.yaml", make([]byte, 17<<20)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("error = %v, want one about the size", err)
	}
}
