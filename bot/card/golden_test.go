package card_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sameday/bot/card"
	"sameday/bot/sandbox/blockkit"
	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// reporter is a test, or a rapid check.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// raw gives a message's blocks as they travel.
func raw(t reporter, m card.Message) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(m.Blocks)
	if err != nil {
		t.Fatalf("marshal blocks: %v", err)
	}
	return b
}

// control finds what Slack would act on: every mention, broadcast and link.
var control = regexp.MustCompile(`<[^<>]*>?`)

// check holds a message to Slack's limits, and to containing no control sequence that we did not write.
func check(t reporter, name string, m card.Message) {
	t.Helper()
	b := raw(t, m)
	for _, p := range blockkit.CheckBlocks(b, blockkit.Message, "") {
		t.Errorf("%s: Slack refuses it: %s", name, p)
	}
	if n := utf8.RuneCountInString(m.Text); n == 0 || n >= 3_900 {
		t.Errorf("%s: the text has %d characters, want 1 to 3,899", name, n)
	}
	if n := blockkit.TextLength(b); n >= 10_000 {
		t.Errorf("%s: the blocks have %d characters, want less than 10,000", name, n)
	}
	if n := len(m.Blocks); n == 0 || n > 45 {
		t.Errorf("%s: there are %d blocks, want 1 to 45", name, n)
	}
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		t.Fatalf("%s: read back: %v", name, err)
	}
	ours(t, name, m.Text)
	eachText(tree, func(s string) { ours(t, name, s) })
}

// ours reports control sequences in s other than our own dates, links to our workspace, the channel of the sample group, and mentions
// of people of the sample bank.
func ours(t reporter, name, s string) {
	t.Helper()
	for _, found := range control.FindAllString(s, -1) {
		_, person := people[org.PersonID(strings.Trim(found, "<@>"))]
		mention := strings.HasPrefix(found, "<@") && person
		date := strings.HasPrefix(found, "<!date^")
		address := strings.HasPrefix(found, "<https://bank.slack.com/")
		joined := strings.HasPrefix(found, "<\u2060")
		if room := found == "<#C0G>"; !mention && !date && !address && !joined && !room {
			t.Errorf("%s: %q would work in Slack: it is in %q", name, found, s)
			return
		}
	}
	for _, word := range []string{"@channel", "@here", "@everyone"} {
		if strings.Contains(strings.ToLower(s), word) {
			t.Errorf("%s: %s stands whole in %q", name, word, s)
		}
	}
}

func eachText(v any, visit func(string)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			eachText(item, visit)
		}
	case map[string]any:
		for key, item := range v {
			if s, ok := item.(string); ok && key == "text" {
				visit(s)
			} else {
				eachText(item, visit)
			}
		}
	}
}

// golden compares messages with their files: the JSON that Slack gets, and what a person reads.
func golden(t *testing.T, name string, messages ...card.Message) {
	t.Helper()
	var read strings.Builder
	var sent []any
	for i, m := range messages {
		check(t, fmt.Sprintf("%s[%d]", name, i), m)
		fmt.Fprintf(&read, "text: %s\n\n%s\n", m.Text, blockkit.PlainText(raw(t, m)))
		if i < len(messages)-1 {
			read.WriteString("\n--------\n")
		}
		sent = append(sent, map[string]any{"text": m.Text, "blocks": raw(t, m)})
	}
	var asJSON strings.Builder
	enc := json.NewEncoder(&asJSON)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(sent); err != nil {
		t.Fatalf("encode %s: %v", name, err)
	}
	compare(t, filepath.Join("testdata", name+".golden.json"), asJSON.String())
	compare(t, filepath.Join("testdata", name+".txt"), read.String())
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatalf("make the folder: %v", err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatalf("write %s: %v", file, err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("read %s (run with -update to make it): %v", file, err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

func eachLanguage(t *testing.T, test func(t *testing.T, f card.Face)) {
	t.Helper()
	for _, language := range words.Languages() {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			test(t, face(language))
		})
	}
}

// seen is the face as it is right after a story's last event.
func seen(f card.Face, facts []workflow.Fact) card.Face {
	f.Now = facts[len(facts)-1].At.Add(time.Minute)
	return f
}

func TestCards(t *testing.T) {
	t.Parallel()
	all := samples(t)
	maps.Copy(all, asks(t))
	eachLanguage(t, func(t *testing.T, f card.Face) {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			golden(t, f.Words.Language()+"/card_"+name, card.Card(seen(f, all[name].facts), all[name].c))
		}
	})
}

func TestLines(t *testing.T) {
	t.Parallel()
	all := samples(t)
	maps.Copy(all, asks(t))
	eachLanguage(t, func(t *testing.T, f card.Face) {
		told := map[string]bool{}
		for _, name := range []string{"notes", "closed", "second", "override", "reopened", "extended", "third_night", "tried", "breached", "long", "hostile", "nudged", "climbed", "answered", "raised", "down", "turn", "empty", "denied", "refused", "moved", "group", "collective", "merged", "separated", "main", "unanswered", "unaccepted", "outside", "emergency", "secluded"} {
			var lines []card.Message
			for _, fact := range all[name].facts {
				kind := fact.Event.Kind()
				again := name == "long" || name == "hostile" || kind == (workflow.Climbed{}).Kind()
				if told[kind] && !again || kind == (workflow.Posted{}).Kind() {
					continue
				}
				told[kind] = true
				lines = append(lines, card.Line(seen(f, all[name].facts), all[name].c, fact))
			}
			golden(t, f.Words.Language()+"/lines_"+name, lines...)
		}
		for _, kind := range workflow.Events.Kinds() {
			if !told[kind] && kind != (workflow.Posted{}).Kind() {
				t.Errorf("no line shows %s", kind)
			}
		}
	})
}

func TestLooks(t *testing.T) {
	t.Parallel()
	all := samples(t)
	policy := workflow.DefaultPolicy()
	policyOf := func(version string) (workflow.Policy, bool) { return policy, version == policy.Version() }
	show := []string{"outside", "closed", "extended", "hostile", "override", "third_night"}
	eachLanguage(t, func(t *testing.T, plain card.Face) {
		language := plain.Words.Language()
		for name, story := range all {
			f := seen(plain, story.facts)
			looks := map[string][]card.Message{
				"mirror":   {card.Mirror(f, story.c)},
				"why":      {card.Why(f, story.c, policyOf, holders)},
				"timeline": card.Timeline(f, story.c, story.facts),
				"show":     card.Show(f, story.c),
			}
			for look, messages := range looks {
				if slices.Contains(show, name) {
					golden(t, language+"/"+look+"_"+name, messages...)
				}
				for _, m := range messages {
					check(t, look+" "+name, m)
				}
			}
		}
		first := all["open"]
		golden(t, language+"/more", card.More(plain, first.c, workflow.Buttons(first.c).More))
		golden(t, language+"/more_none", card.More(plain, first.c, nil))
		golden(t, language+"/help", card.Help(plain, "/complaint", workflow.Table()))
		golden(t, language+"/help_notice", card.Help(plain, "/notice", nil))
		golden(t, language+"/customer", card.Customer(plain, "张三", "138 0000 0000", ""))
		golden(t, language+"/list", card.List(plain, "静安支行", summaries(all)))
		golden(t, language+"/list_none", card.List(plain, "静安支行", nil))
	})
}

// holders are those whom a rung would call now.
func holders(int) []org.PersonID { return []org.PersonID{"U0WU", "U0CHEN"} }

func summaries(all map[string]struct {
	c     workflow.Complaint
	facts []workflow.Fact
},
) []workflow.Summary {
	var out []workflow.Summary
	for i, name := range slices.Sorted(maps.Keys(all)) {
		c := all[name].c
		c.ID = workflow.ID(fmt.Sprintf("20261123-%03d", i+1))
		out = append(out, workflow.Summarize(c))
	}
	return out
}

func TestDaily(t *testing.T) {
	t.Parallel()
	list := summaries(samples(t))
	day := calendar.Day{Year: 2026, Month: 11, Day: 22}
	r := workflow.Report{
		Unit: "shanghai", Day: day, Subs: 4, Zero: []org.UnitID{"xuhui", "pudong"},
		Total: workflow.Figures{Unit: "shanghai", Received: 37, SameDay: 34, Left: 3, Override: 1, Open: 5},
		Rows: []workflow.Figures{
			{Unit: "shanghai", Received: 31, SameDay: 31},
			{Unit: "jingan", Received: 6, SameDay: 3, Left: 3, Override: 1, Open: 5},
		},
		Overnight: list[:3],
	}
	empty := workflow.Report{Unit: "shanghai", Day: day, Total: workflow.Figures{Unit: "shanghai"}}
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		called := []card.Caller{{Person: "U0WANG", As: "unit.complaint_manager"}, {Person: "U0ZHOU"}}
		golden(t, language+"/overnight", card.Overnight(f, "jingan", day, list[:3], false, called...)...)
		golden(t, language+"/overnight_late", card.Overnight(f, "shanghai", day, list[:1], true)...)
		golden(t, language+"/overnight_none", card.Overnight(f, "shanghai", day, nil, false)...)
		golden(t, language+"/dusk", card.Dusk(f, "jingan", day.Add(1), list[2:5], false, called...)...)
		head, details := card.Notice(f, r, false, card.Signature{Position: org.NetworkFinance, Person: "U0WU"},
			card.Signature{Position: org.ConsumerProtection, Person: "U0HE"})
		golden(t, language+"/notice", append([]card.Message{head}, details...)...)
		head, details = card.Notice(f, empty, true)
		golden(t, language+"/notice_none", append([]card.Message{head}, details...)...)
	})
}
