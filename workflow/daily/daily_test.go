package daily_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/daily"
	"sameday/workflow/org"
)

var day = calendar.Day{Year: 2026, Month: time.November, Day: 24}

func tree(t *testing.T) *org.Tree {
	t.Helper()
	type people = map[org.Position][]org.PersonID
	tree, err := org.New([]org.Unit{
		{ID: "hq", Tier: org.HeadOffice, Zone: time.UTC, Positions: people{org.ConsumerProtection: {"he"}, org.NetworkFinance: {"wu"}}},
		{ID: "sh", Tier: org.Branch, Parent: "hq", Zone: time.UTC, Positions: people{org.ConsumerProtection: {"xu"}, org.President: {"chen"}}},
		{ID: "bj", Tier: org.Branch, Parent: "hq", Zone: time.UTC, Positions: people{org.President: {"bao"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// book is a sheet that commands are carried out on.
type book struct {
	t *testing.T
	s daily.Sheet
}

func open(t *testing.T, topic daily.Topic) *book {
	return &book{t, daily.Fold(daily.Ref{Topic: topic, Unit: "sh", Day: day}, nil)}
}

func clock(hour, minute int) time.Time { return time.Date(2026, 11, 24, hour, minute, 0, 0, time.UTC) }

// does carries out a command, and gives the refusal's code; empty when it was accepted.
func (b *book) does(by org.PersonID, at time.Time, cmd daily.Command) daily.Code {
	b.t.Helper()
	events, no := daily.Decide(b.s, cmd, by, tree(b.t), at)
	if no != nil {
		var err error = no
		if !errors.As(err, &no) || no.Topic != b.s.Topic {
			b.t.Errorf("the refusal %v is about %s", no, no.Topic)
		}
		return no.Code
	}
	for i, e := range events {
		b.s = b.s.With(daily.Fact{Version: b.s.Version + 1 + i, At: at, By: by, Event: e})
	}
	return ""
}

func (b *book) must(by org.PersonID, at time.Time, cmd daily.Command) {
	b.t.Helper()
	if code := b.does(by, at, cmd); code != "" {
		b.t.Fatalf("%T by %s: refused: %s", cmd, by, code)
	}
}

func (b *book) refuses(by org.PersonID, at time.Time, cmd daily.Command, want daily.Code) {
	b.t.Helper()
	if code := b.does(by, at, cmd); code != want {
		b.t.Errorf("%T by %s: %q, want %q", cmd, by, code, want)
	}
}

func begin() daily.Begin {
	return daily.Begin{Due: clock(10, 0), Asks: []daily.Ask{
		{Source: workflow.SourceHeadOffice, People: []org.PersonID{"xu"}},
		{Source: workflow.SourcePBOC, People: []org.PersonID{"xu"}},
		{Source: workflow.SourceNFRA, People: []org.PersonID{"chen"}},
	}}
}

func TestInquiry(t *testing.T) {
	t.Parallel()
	b := open(t, daily.Inquiry)
	none := func(s workflow.Source) daily.Answer { return daily.Answer{Source: s} }
	b.refuses("xu", clock(7, 0), none(workflow.SourcePBOC), daily.NotBegun)
	b.refuses("xu", clock(8, 0), begin(), daily.NoRight)
	b.must(org.System, clock(8, 0), begin())
	b.refuses(org.System, clock(8, 0), begin(), daily.AlreadyDone)
	b.refuses("guest", clock(8, 5), none(workflow.SourcePBOC), daily.NoRight)
	b.refuses("bao", clock(8, 5), none(workflow.SourcePBOC), daily.NoRight) // of another branch
	b.refuses("xu", clock(8, 5), none(workflow.SourceMedia), daily.NotAsked)
	b.must("xu", clock(8, 10), none(workflow.SourceHeadOffice))
	b.refuses("chen", clock(8, 11), none(workflow.SourceHeadOffice), daily.AlreadyDone)
	b.must("he", clock(8, 20), daily.Answer{Source: workflow.SourcePBOC, Complaint: "20261124-003"}) // head office instead of xu
	if want := []workflow.Source{workflow.SourceNFRA}; !cmp.Equal(b.s.Open(), want) {
		t.Errorf("open: %v, want %v", b.s.Open(), want)
	}
	if got := b.s.Wake(); !got.Equal(clock(10, 0)) {
		t.Errorf("it wakes at %s", got)
	}
	b.refuses(org.System, clock(9, 59), daily.Miss{}, daily.NotDue)
	b.refuses("xu", clock(10, 0), daily.Miss{}, daily.NoRight)
	b.must(org.System, clock(10, 0), daily.Miss{People: []org.PersonID{"chen", "xu"}})
	b.refuses(org.System, clock(10, 1), daily.Miss{}, daily.NotDue)  // once
	b.refuses(org.System, clock(11, 0), daily.Raise{}, daily.NotDue) // without a ladder it calls nobody else
	b.must("chen", clock(10, 30), none(workflow.SourceNFRA))
	b.must("xu", clock(11, 0), none(workflow.SourcePBOC)) // it was nothing after all
	b.must("xu", clock(11, 5), daily.Answer{Source: workflow.SourcePBOC, Complaint: "20261124-009"})
	b.must("xu", clock(11, 6), daily.Answer{Source: workflow.SourcePBOC, Complaint: "20261124-010"})
	b.refuses("xu", clock(11, 7), daily.Answer{Source: workflow.SourcePBOC, Complaint: "20261124-009"}, daily.AlreadyDone)

	pboc, _ := b.s.Source(workflow.SourcePBOC)
	want := []daily.Reply{
		{By: "he", At: clock(8, 20), Complaint: "20261124-003", Instead: true},
		{By: "xu", At: clock(11, 0), Late: true, Corrects: true},
		{By: "xu", At: clock(11, 5), Complaint: "20261124-009", Late: true, Corrects: true},
		{By: "xu", At: clock(11, 6), Complaint: "20261124-010", Late: true},
	}
	if diff := cmp.Diff(want, pboc.Replies); diff != "" {
		t.Errorf("replies (-want +got):\n%s", diff)
	}
	told := workflow.InquiryDay{Unit: "sh", Day: day, Sources: []workflow.InquiryAnswer{
		{Source: workflow.SourceHeadOffice, Answered: true},
		{Source: workflow.SourcePBOC, Answered: true, Complaints: []workflow.ID{"20261124-009", "20261124-010"}},
		{Source: workflow.SourceNFRA, Answered: true, Late: true},
	}}
	if diff := cmp.Diff(told, b.s.InquiryDay(clock(12, 0))); diff != "" {
		t.Errorf("what a notice tells (-want +got):\n%s", diff)
	}
}

// An inquiry whose day was over when it began calls nobody; what is still not answered is told as late.
func TestInquiryLapsed(t *testing.T) {
	t.Parallel()
	b := open(t, daily.Inquiry)
	late := begin()
	late.Lapsed = true
	b.must(org.System, clock(8, 0).AddDate(0, 0, 2), late)
	if !b.s.Wake().IsZero() {
		t.Errorf("it wakes at %s", b.s.Wake())
	}
	if got := b.s.InquiryDay(clock(8, 0).AddDate(0, 0, 2)).Sources[0]; got.Answered || !got.Late {
		t.Errorf("it is told as %+v", got)
	}
}

func TestMeeting(t *testing.T) {
	t.Parallel()
	b := open(t, daily.Meeting)
	b.refuses("xu", clock(15, 0), daily.Attend{}, daily.NotBegun)
	b.refuses("xu", clock(15, 0), daily.Call{}, daily.NoRight)
	b.must(org.System, clock(15, 0), daily.Call{Link: "https://meeting.example/sh"})
	b.refuses(org.System, clock(15, 0), daily.Call{Skip: daily.NothingOpen}, daily.AlreadyDone)
	b.refuses("bao", clock(15, 1), daily.Attend{}, daily.NoRight)
	b.must("xu", clock(15, 1), daily.Attend{})
	b.must("he", clock(15, 1), daily.Attend{})
	b.refuses("xu", clock(15, 2), daily.Attend{}, daily.AlreadyDone)
	b.refuses("xu", clock(15, 9), daily.Write{Text: " 。 "}, daily.Missing)
	b.refuses("xu", clock(15, 9), daily.Write{Text: strings.Repeat("长", 3001)}, daily.TooLong)
	b.must("xu", clock(15, 9), daily.Write{Text: "客户 13812345678 已回访\u0000"})
	b.refuses("xu", clock(15, 9), daily.Resolve{Text: "退款", People: []org.PersonID{"guest"}}, daily.NotInBank)
	b.must("xu", clock(15, 10), daily.Resolve{Text: "今天退款", People: []org.PersonID{"chen"}, Due: day.Add(1)})
	if got := b.s.Minutes[0].Text; strings.Contains(got, "13812345678") || strings.Contains(got, "\u0000") {
		t.Errorf("the minutes keep %q", got)
	}
	if diff := cmp.Diff([]org.PersonID{"xu", "he"}, b.s.Attending); diff != "" {
		t.Errorf("present (-want +got):\n%s", diff)
	}
	want := []daily.Decision{{By: "xu", At: clock(15, 10), Text: "今天退款", People: []org.PersonID{"chen"}, Due: day.Add(1)}}
	if diff := cmp.Diff(want, b.s.Decisions); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	skipped := open(t, daily.Meeting)
	skipped.must(org.System, clock(15, 0), daily.Call{Skip: daily.NothingOpen})
	skipped.refuses("xu", clock(15, 1), daily.Attend{}, daily.NotBegun)
	if skipped.s.Skipped != daily.NothingOpen {
		t.Errorf("skipped for %q", skipped.s.Skipped)
	}
}

func TestSign(t *testing.T) {
	t.Parallel()
	b := open(t, daily.Notice)
	if diff := cmp.Diff([]daily.Head{{Position: org.NetworkFinance, Person: "wu"}, {Position: org.ConsumerProtection, Person: "xu"}},
		daily.Heads(tree(t), "sh")); diff != "" {
		t.Errorf("the heads (-want +got):\n%s", diff)
	}
	b.refuses("chen", clock(8, 0), daily.Sign{Text: "清零"}, daily.NoRight)
	b.refuses("xu", clock(8, 0), daily.Sign{Text: strings.Repeat("长", 201)}, daily.TooLong)
	b.must("wu", clock(8, 0), daily.Sign{Text: "请今天清零"})
	b.must("xu", clock(8, 1), daily.Sign{Text: "先办隔夜"})
	b.must("wu", clock(8, 2), daily.Sign{Text: "请中午前清零"})
	var got []string
	for _, s := range b.s.Sentences {
		got = append(got, string(s.Person)+": "+s.Text)
	}
	if diff := cmp.Diff([]string{"wu: 请中午前清零", "xu: 先办隔夜"}, got); diff != "" {
		t.Errorf("sentences (-want +got):\n%s", diff)
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	for _, topic := range daily.Topics() {
		want := daily.Ref{Topic: topic, Unit: "sh/east", Day: day}
		if got, ok := daily.ParseRef(want.String()); !ok || got != want {
			t.Errorf("%s reads as %+v, %v", want, got, ok)
		}
	}
	for _, s := range []string{"", "inquiry", "inquiry/2026-11-24", "inquiry//2026-11-24", "tea/sh/2026-11-24", "meeting/sh/2026-13-01", "complaint/20261124-001"} {
		if got, ok := daily.ParseRef(s); ok {
			t.Errorf("%q reads as %+v", s, got)
		}
	}
}

// Every shape ever stored decodes for ever, and is written again as it was.
func TestStoredShapes(t *testing.T) {
	t.Parallel()
	for _, kind := range daily.Events.Kinds() {
		if _, err := os.Stat(filepath.Join("testdata", "events", kind+".json")); err != nil {
			t.Error(err)
		}
	}
	files, _ := filepath.Glob("testdata/events/*.json")
	for _, name := range files {
		kind := strings.Join(strings.SplitN(filepath.Base(name), ".", 3)[:2], ".") // other shapes have a third word
		file, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		var stored bytes.Buffer
		if err := json.Compact(&stored, file); err != nil {
			t.Fatal(err)
		}
		e, err := daily.Events.Decode(kind, stored.Bytes())
		if err != nil {
			t.Error(err)
			continue
		}
		again, err := daily.Events.Encode(e)
		if err != nil || e.Kind() != kind {
			t.Errorf("%s comes back as %s, %v", kind, e.Kind(), err)
		}
		if diff := cmp.Diff(stored.String(), string(again)); diff != "" {
			t.Errorf("%s is written differently (-stored +again):\n%s", kind, diff)
		}
	}
	if _, err := daily.Events.Decode("sung.v1", nil); err == nil {
		t.Error("a kind of a newer program is decoded")
	}
	if _, err := daily.Events.Decode("meeting_minuted.v1", []byte("{")); err == nil {
		t.Error("half an event is decoded")
	}
}
