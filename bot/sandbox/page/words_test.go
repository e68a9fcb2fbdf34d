package page_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sameday/bot/sandbox/page"
)

// TestWordsAreThere looks up every word that the templates and the code ask for, in both languages.
func TestWordsAreThere(t *testing.T) {
	t.Parallel()
	for key, w := range page.Words {
		if w[0] == "" || w[1] == "" || strings.Count(w[0], "%") != strings.Count(w[1], "%") {
			t.Errorf("%s: got %q, want both languages with the same places", key, w)
		}
	}
	asked := regexp.MustCompile(`\bT\(?\s?"([a-z.0-9]+)"`)
	var files []string
	for _, pattern := range []string{"assets/*.html", "*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatalf("glob: %v", err)
		}
		files = append(files, found...)
	}
	n := 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatalf("read %s: %v", f, err)
		}
		for _, m := range asked.FindAllStringSubmatch(string(raw), -1) {
			n++
			if _, ok := page.Words[m[1]]; !ok && !strings.HasSuffix(m[1], ".") {
				t.Errorf("%s asks for the word %q, which is not in the table", f, m[1])
			}
		}
	}
	if n < 80 {
		t.Errorf("words asked for: got %d, want the templates and the code to be searched", n)
	}
}
