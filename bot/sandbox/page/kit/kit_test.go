package kit_test

import (
	"encoding/json"
	"flag"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests draw dates of several zones

	"github.com/google/go-cmp/cmp"

	"sameday/bot/sandbox/page/kit"
)

var update = flag.Bool("update", false, "write the golden files anew")

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatalf("load zone %s: %v", name, err)
	}
	return z
}

// now is Monday, 23 November 2026, 10:00 in Shanghai.
var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func names(known map[string]string) func(string) string {
	return func(id string) string { return known[id] }
}

func context(t testing.TB, language string) kit.Context {
	return kit.Context{
		Language: language, Zone: zone(t, "Asia/Shanghai"), Now: now,
		Person:  names(map[string]string{"U0LI": "李伟", "U0WANG": "王莉", "U0EVIL": `<img src=x onerror=alert(1)>`}),
		Channel: names(map[string]string{"C0JINGAN": "静安支行"}),
		Group:   names(map[string]string{"S0DUTY": "duty-静安"}),
		Permalink: func(url string) (string, bool) {
			rest, ok := strings.CutPrefix(url, "https://bank.slack.com/archives/")
			return "/?at=" + rest, ok
		},
		Image: func(url string) string {
			if rest, ok := strings.CutPrefix(url, "https://files.example/"); ok {
				return "/files/" + rest
			}
			return ""
		},
	}
}

var target = kit.Target{Channel: "C0JINGAN", TS: "1795399200.000100"}

// sample is one testdata/*.json: what a message or view consists of.
type sample struct {
	Language    string            `json:"language"`
	Text        string            `json:"text"`
	Blocks      json.RawMessage   `json:"blocks"`
	Attachments json.RawMessage   `json:"attachments"`
	View        bool              `json:"view"`
	State       json.RawMessage   `json:"state"`
	Errors      map[string]string `json:"errors"`
}

func (s sample) draw(t testing.TB) template.HTML {
	c := context(t, s.Language)
	if s.View {
		return kit.Modal(c, s.Blocks, s.State, s.Errors, kit.Target{View: "V1"})
	}
	return kit.Message(c, s.Text, s.Blocks, s.Attachments, target)
}

func samples(t testing.TB) map[string]sample {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("find samples: %v, %d files", err, len(files))
	}
	all := map[string]sample{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s sample
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatalf("read %s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = s
	}
	return all
}

// readable puts every element on a line of its own.
func readable(h template.HTML) string { return strings.ReplaceAll(string(h), "><", ">\n<") + "\n" }

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, s := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := s.draw(t)
			wellFormed(t, string(h))
			golden := filepath.Join("testdata", name+".golden.html")
			if *update {
				if err := os.WriteFile(golden, []byte(readable(h)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), readable(h)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		})
	}
}

// TestSheet writes all samples on one page to the folder named by SAMEDAY_SHEET, to be looked at in a browser.
func TestSheet(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("SAMEDAY_SHEET")
	if dir == "" {
		dir = t.TempDir()
	}
	all := samples(t)
	for _, theme := range []string{"light", "dark"} {
		var b strings.Builder
		b.WriteString(`<!doctype html><html lang="zh-CN" data-theme="` + theme + `"><meta charset="utf-8"><meta name="viewport" ` +
			`content="width=device-width"><title>kit</title><style>body{margin:16px;background:var(--k-bg)}h2{color:var(--k-soft);` +
			`font:12px sans-serif;margin:24px 0 6px}` + kit.CSS + `</style>`)
		for _, name := range sorted(all) {
			b.WriteString("<h2>" + name + "</h2>" + string(all[name].draw(t)))
		}
		file := filepath.Join(dir, theme+".html")
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(file); err != nil || info.Size() < 10_000 {
			t.Errorf("%s: got %v, %v, want a whole page", file, info, err)
		}
	}
}
