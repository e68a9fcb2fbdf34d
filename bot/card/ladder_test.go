package card_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sameday/bot/card"
	"sameday/bot/sandbox/blockkit"
	"sameday/bot/words"
	"sameday/workflow"
	"sameday/workflow/org"
)

// ringsOf are the calls of a story, in order.
func ringsOf(c workflow.Complaint, facts []workflow.Fact) []card.RingItem {
	var out []card.RingItem
	for _, fact := range facts {
		if e, ok := fact.Event.(workflow.Climbed); ok && len(e.Calls) > 0 {
			out = append(out, card.RingItem{Complaint: c, Fact: fact})
		}
	}
	return out
}

// calling are complaints of two units that call people at once: breaches, nights, and one that somebody escalated.
func calling(t *testing.T) []card.RingItem {
	t.Helper()
	all := samples(t)
	var out []card.RingItem
	for i, name := range []string{"climbed", "third_night", "raised", "down", "empty"} {
		rings := ringsOf(all[name].c, all[name].facts)
		item := rings[len(rings)-1]
		item.Complaint.ID = workflow.ID(fmt.Sprintf("20261123-%03d", i+1))
		out = append(out, item)
	}
	return out
}

func TestRings(t *testing.T) {
	t.Parallel()
	all := samples(t)
	unposted := all["empty"]
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		for _, c := range []struct {
			story  string
			n      int
			person org.PersonID
		}{
			{"climbed", 0, "U0WANG"},
			{"climbed", 2, "U0CHEN"},
			{"third_night", 0, "U0ZHOU"},
			{"raised", 1, "U0WANG"},
			{"raised", 3, "U0LIWEI"},
			{"down", 0, "U0LIWEI"},
		} {
			story := all[c.story]
			item := ringsOf(story.c, story.facts)[c.n]
			m := card.Ring(seen(f, story.facts), []card.RingItem{item}, c.person, item.Fact.At)
			golden(t, fmt.Sprintf("%s/ring_%s_%d", language, c.story, c.n), m)
		}
		golden(t, language+"/ring_unposted", card.Ring(seen(f, unposted.facts), ringsOf(unposted.c, unposted.facts), "U0CHEN", at(9, 30)))
		f.Now = nextDay
		golden(t, language+"/rings", card.Ring(f, calling(t), "U0WU", nextDay))
		golden(t, language+"/called", card.Called(f, "jingan", calling(t)))
	})
	if m := card.Ring(face(words.Chinese), nil, "U0WU", nextDay); m.Text != "" || m.Blocks != nil {
		t.Errorf("a ring about nothing is %q with %d blocks, want no message", m.Text, len(m.Blocks))
	}
}

// TestAnsweredRings draws what becomes of a ring that somebody has answered, and of a list of which some are.
func TestAnsweredRings(t *testing.T) {
	t.Parallel()
	story := samples(t)["answered"]
	eachLanguage(t, func(t *testing.T, f card.Face) {
		language := f.Words.Language()
		item := ringsOf(story.c, story.facts)[0]
		golden(t, language+"/rung", card.Rung(seen(f, story.facts), []card.RingItem{item}, "U0WANG", item.Fact.At))
		f.Now = nextDay
		other := item
		other.Complaint.ID = "20261123-009"
		golden(t, language+"/rung_all", card.Rung(f, []card.RingItem{item, other}, "U0WU", nextDay))
		golden(t, language+"/rung_some", card.Rung(f, append(calling(t), other), "U0WU", nextDay))
	})
}

// TestCalledIsSorted: in the channel's list the highest rung stands first.
func TestCalledIsSorted(t *testing.T) {
	t.Parallel()
	f := face(words.Chinese)
	f.Now = nextDay
	items := calling(t)
	slices.SortFunc(items, func(x, y card.RingItem) int { return strings.Compare(string(x.Complaint.ID), string(y.Complaint.ID)) })
	read := blockkit.PlainText(raw(t, card.Called(f, "jingan", items)))
	var order []string
	for _, m := range regexp.MustCompile(`20261123-00(\d)`).FindAllStringSubmatch(read, -1) {
		order = append(order, m[1])
	}
	rung := map[string]int{}
	for _, item := range items {
		e, _ := item.Fact.Event.(workflow.Climbed)
		rung[string(item.Complaint.ID[len(item.Complaint.ID)-1])] = e.Rung
	}
	if !slices.IsSortedFunc(order, func(x, y string) int { return rung[y] - rung[x] }) || len(order) != len(items) {
		t.Errorf("the order is %v with the rungs %v:\n%s", order, rung, read)
	}
}

// TestRingText holds the text of a ring, which a lock screen and a second way to ring show, to be without what the
// customer said, and without a mention.
func TestRingText(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, f card.Face) {
		items := calling(t)
		for _, some := range append([][]card.RingItem{items}, slices.Collect(slices.Chunk(items, 1))...) {
			text := card.Ring(f, some, "U0WU", nextDay).Text
			for _, bad := range []string{"<", "张", "138", "年费", "取号机", "\n"} {
				if strings.Contains(text, bad) {
					t.Errorf("the text of a ring is %q, which has %q", text, bad)
				}
			}
		}
	})
}

func TestWhyShowsClimbs(t *testing.T) {
	t.Parallel()
	all := samples(t)
	eachLanguage(t, func(t *testing.T, f card.Face) {
		for _, name := range []string{"climbed", "answered", "raised", "down", "empty", "turn"} {
			story := all[name]
			next := holders
			if name == "down" {
				next = nil
			}
			golden(t, f.Words.Language()+"/why_"+name, card.Why(seen(f, story.facts), story.c, nil, next))
		}
	})
}

// TestManyClimbs holds why to one message that shows the newest climb, and says how many are left out.
func TestManyClimbs(t *testing.T) {
	t.Parallel()
	story := samples(t)["climbed"]
	c := story.c
	old := c.Climbs[0]
	old.Ended, old.Ending = at(11, 0), workflow.EndReplaced
	last := c.Climbs[0]
	for range 200 { // sent back again and again
		last.Calls = append(slices.Clone(last.Calls), c.Climbs[0].Calls...)
	}
	c.Climbs = append(slices.Repeat([]workflow.Climb{old}, 50), last)
	m := card.Why(face(words.Chinese), c, nil, holders)
	check(t, "why", m)
	read := blockkit.PlainText(raw(t, m))
	for _, want := range []string{"较早的", "未列出", "下一步"} {
		if !strings.Contains(read, want) {
			t.Errorf("why lacks %q:\n%s", want, read)
		}
	}
}

func TestManyRings(t *testing.T) {
	t.Parallel()
	const n = 300
	story := samples(t)["climbed"]
	item := ringsOf(story.c, story.facts)[0]
	items := make([]card.RingItem, n)
	for i := range items {
		items[i] = item
		items[i].Complaint.ID = workflow.ID(fmt.Sprintf("20261123-%03d", i+1))
		items[i].Complaint.Unit = org.UnitID(fmt.Sprintf("unit-%02d", i%40))
	}
	for name, m := range map[string]card.Message{
		"ring":   card.Ring(face(words.Chinese), items, "U0WANG", nextDay),
		"called": card.Called(face(words.English), "bank", items),
	} {
		check(t, name, m)
		if read := blockkit.PlainText(raw(t, m)); !strings.Contains(read, "300") {
			t.Errorf("%s does not say that there are 300:\n%s", name, read)
		}
	}
}

// TestPlaceOnTheLadder holds card and lists to where the complaint stands.
func TestPlaceOnTheLadder(t *testing.T) {
	t.Parallel()
	all := samples(t)
	f := face(words.Chinese)
	for _, c := range []struct{ story, has, lacks string }{
		{"climbed", "已升级至 第4级", "已确认"},
		{"answered", "王莉 已确认", "已升级"},
		{"worked", "李伟", "已确认"},
		{"down", "已升级至 第4级", "已确认"},
		{"closed", "办结", "已升级"},
	} {
		story := all[c.story]
		read := blockkit.PlainText(raw(t, card.Card(seen(f, story.facts), story.c)))
		if !strings.Contains(read, c.has) || strings.Contains(read, c.lacks) {
			t.Errorf("the card of %s says\n%s\nwant %q and not %q", c.story, read, c.has, c.lacks)
		}
	}
	list := blockkit.PlainText(raw(t, card.List(f, "全部", []workflow.Summary{workflow.Summarize(all["climbed"].c)})))
	if want := "已升级至 第4级"; !strings.Contains(list, want) {
		t.Errorf("the list says %q, want %q in it", list, want)
	}
	mirror := blockkit.PlainText(raw(t, card.Mirror(f, all["climbed"].c)))
	if strings.Contains(mirror, "升级") {
		t.Errorf("the mirror, which is not drawn anew, says %q", mirror)
	}
}

// TestMenuVersionFollowsTheLadder: a second call must be acknowledged anew, so its button must not carry the key of the first.
func TestMenuVersionFollowsTheLadder(t *testing.T) {
	t.Parallel()
	story := samples(t)["raised"]
	var c workflow.Complaint
	versions := map[string]int{}
	c = workflow.Fold(story.c.ID, nil)
	for _, fact := range story.facts {
		c = c.With(fact)
		if _, ok := fact.Event.(workflow.Climbed); ok {
			versions[card.MenuVersion(c)]++
		}
	}
	ack := workflow.Fact{Version: c.Version + 1, At: at(11, 30), By: workflow.Person("U0WANG"), Event: workflow.Acknowledged{}}
	versions[card.MenuVersion(c.With(ack))]++
	if len(versions) != 5 {
		t.Errorf("four calls and an answer have the menu versions %v, want five different ones", slices.Sorted(maps.Keys(versions)))
	}
	if v := card.EncodeValue(card.Value{ID: "20261123-12345", Menu: card.MenuVersion(c)}); len(v) > 75 {
		t.Errorf("the value %q is longer than Slack's 75 characters for an option", v)
	}
}

func TestActionValuesComeBack(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 11, 23, 16, 5, 0, 123_456_000, time.UTC)
	if got, ok := card.DecodeAckAll(card.EncodeAckAll(when.In(shanghai))); !ok || !got.Equal(when) {
		t.Errorf("DecodeAckAll = %s, %v, want %s", got, ok, when)
	}
	if unit, got, ok := card.DecodeHandover(card.EncodeHandover("jingan", when)); !ok || unit != "jingan" || !got.Equal(when) {
		t.Errorf("DecodeHandover = %s, %s, %v, want jingan, %s", unit, got, ok, when)
	}
	if unit, id, ok := card.DecodeSwap(card.EncodeSwap("jingan", "s7")); !ok || unit != "jingan" || id != "s7" {
		t.Errorf("DecodeSwap = %s, %s, %v, want jingan, s7", unit, id, ok)
	}
	for _, bad := range []string{"", "|", "jingan", "jingan|", "|s7", "a|b|c", "jingan|yesterday", "2026-11-23"} {
		if at, ok := card.DecodeAckAll(bad); ok {
			t.Errorf("DecodeAckAll(%q) = %s", bad, at)
		}
		if unit, at, ok := card.DecodeHandover(bad); ok {
			t.Errorf("DecodeHandover(%q) = %s, %s", bad, unit, at)
		}
	}
	for _, bad := range []string{"", "|", "jingan", "jingan|", "|s7", "a|b|c"} {
		if unit, id, ok := card.DecodeSwap(bad); ok {
			t.Errorf("DecodeSwap(%q) = %s, %s", bad, unit, id)
		}
	}
}
