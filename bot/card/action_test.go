package card_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sameday/bot/card"
	"sameday/bot/words"
	"sameday/workflow"

	"github.com/google/go-cmp/cmp"
)

func TestValueComesBack(t *testing.T) {
	t.Parallel()
	for _, v := range []card.Value{
		{ID: "20261123-007", Menu: "1.accept"},
		{Verb: workflow.VerbCustomer, ID: "20261123-12345", Menu: "12.feedback"},
	} {
		s := card.EncodeValue(v)
		if len(s) > 75 {
			t.Errorf("EncodeValue(%v) has %d characters, want at most 75", v, len(s))
		}
		got, ok := card.DecodeValue(s)
		if diff := cmp.Diff(v, got); !ok || diff != "" {
			t.Errorf("DecodeValue(%q) = %v, want true (-want +got):\n%s", s, ok, diff)
		}
	}
}

func FuzzDecodeValue(f *testing.F) {
	for _, s := range []string{"", "|", "||", "a|b", "a|b|c", "a|b|c|d", "20261123-007|1.accept", strings.Repeat("x|", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, ok := card.DecodeValue(s)
		if ok && card.EncodeValue(v) != s {
			t.Errorf("DecodeValue(%q) = %v, which is written %q", s, v, card.EncodeValue(v))
		}
		if !ok && v != (card.Value{}) {
			t.Errorf("DecodeValue(%q) = false with %v, want nothing", s, v)
		}
	})
}

// TestButtonsFollowTheMenu compares the buttons of every sample with what the step table offers.
func TestButtonsFollowTheMenu(t *testing.T) {
	t.Parallel()
	for name, s := range samples(t) {
		menu := workflow.Buttons(s.c)
		var want []workflow.Verb
		want = append(want, menu.Next...)
		for i, v := range menu.More {
			if len(menu.More) > 5 && i == 4 {
				want = append(want, card.VerbMore)
				break
			}
			want = append(want, v)
		}
		if diff := cmp.Diff(want, verbsOf(t, card.Card(face(words.Chinese), s.c), s.c)); diff != "" {
			t.Errorf("%s: the card offers something else than the table (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(menu.More, verbsOf(t, card.More(face(words.English), s.c, menu.More), s.c)); diff != "" {
			t.Errorf("%s: More offers something else than asked (-want +got):\n%s", name, diff)
		}
	}
}

// verbsOf reads the verbs of a message's buttons and menu, and checks the number and state they carry.
func verbsOf(t *testing.T, m card.Message, c workflow.Complaint) []workflow.Verb {
	t.Helper()
	var blocks []struct {
		Elements []struct {
			ActionID string `json:"action_id"`
			Value    string `json:"value"`
			Options  []struct {
				Value string `json:"value"`
			} `json:"options"`
		} `json:"elements"`
	}
	if err := json.Unmarshal(raw(t, m), &blocks); err != nil {
		t.Fatalf("read the blocks: %v", err)
	}
	var out []workflow.Verb
	read := func(verb, value string) {
		v, ok := card.DecodeValue(value)
		if !ok || v.ID != c.ID || v.Menu != card.MenuVersion(c) {
			t.Errorf("value %q of %s is not about %s in state %s", value, verb, c.ID, card.MenuVersion(c))
		}
		if verb == "" {
			verb = string(v.Verb)
		}
		out = append(out, workflow.Verb(verb))
	}
	for _, b := range blocks {
		for _, e := range b.Elements {
			if e.ActionID != card.ActionMenu {
				read(strings.TrimPrefix(e.ActionID, card.ActionPrefix), e.Value)
			}
			for _, o := range e.Options {
				read("", o.Value)
			}
		}
	}
	return out
}

// TestNewBlockIDs holds the card to Slack's wish for new block ids in an update.
func TestNewBlockIDs(t *testing.T) {
	t.Parallel()
	all := samples(t)
	seen := map[string]string{}
	for _, name := range []string{"open", "accepted", "assigned", "closed"} {
		for _, b := range card.Card(face(words.Chinese), all[name].c).Blocks {
			if other, ok := seen[b.ID()]; ok {
				t.Errorf("block id %s is on the cards %s and %s", b.ID(), other, name)
			}
			seen[b.ID()] = name
		}
	}
}
