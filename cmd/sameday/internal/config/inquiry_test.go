package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow"
	"sameday/workflow/org"
)

func TestInquiry(t *testing.T) {
	t.Parallel()
	c, err := Parse("c.yaml", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(workflow.DefaultInquiry(), c.Inquiry); diff != "" {
		t.Errorf("without a word about it (-default +got):\n%s", diff)
	}
	c, err = Parse("c.yaml", []byte(minimal+`
inquiry:
  due: "09:45"
  sources:
    - source: media
      ask: [office, president]
    - source: mayor_line_12345
      ask: contact
    - source: other
`))
	if err != nil {
		t.Fatal(err)
	}
	want := workflow.Inquiry{DueHour: 9, DueMinute: 45, Sources: []workflow.InquirySource{
		{Source: workflow.SourceMedia, Ask: []org.Position{org.Office, org.President}},
		{Source: "mayor_line_12345", Ask: []org.Position{org.DepartmentContact}},
		{Source: "other"},
	}}
	if diff := cmp.Diff(want, c.Inquiry); diff != "" {
		t.Errorf("as written (-want +got):\n%s", diff)
	}
	c, err = Parse("c.yaml", []byte(minimal+"\ninquiry: {sources: []}\n"))
	if err != nil || len(c.Inquiry.Sources) > 0 {
		t.Errorf("no sources: %v, %v", c, err)
	}
	for text, says := range map[string]string{
		`{due: "24:00"}`:                              "no time of day",
		`{due: "9:00"}`:                               "no time of day",
		`{due: "ab:cd"}`:                              "no time of day",
		`{sources: [{ask: contact}]}`:                 "source",
		`{sources: [{source: moon}]}`:                 "moon",
		`{sources: [{source: pboc, ask: king}]}`:      "king",
		`{sources: [{source: pboc}, {source: pboc}]}`: "twice",
	} {
		if _, err := Parse("c.yaml", []byte(minimal+"\ninquiry: "+text+"\n")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want a sentence with %q", text, err, says)
		}
	}
}

func TestMeetingAddress(t *testing.T) {
	t.Parallel()
	const branch = `
language: en
zone: Asia/Shanghai
data: d
units:
  - {id: hq, tier: head_office, name: HQ, channel: C012345}
  - {id: sh, tier: branch, parent: hq, name: SH, channel: C012346, meeting: "LINK"}
`
	c, err := Parse("c.yaml", []byte(strings.Replace(branch, "LINK", "https://meeting.bank.example/sh?room=1", 1)))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := c.OfflineTree()
	if err != nil {
		t.Fatal(err)
	}
	if u, _ := tree.Unit("sh"); u.Meeting != "https://meeting.bank.example/sh?room=1" {
		t.Errorf("the branch meets at %q", u.Meeting)
	}
	for _, bad := range []string{"http://meeting.bank.example/sh", "meeting", "https://u:p@meeting.bank.example", "https://", "https://x/" + strings.Repeat("a", 400)} {
		if _, err := Parse("c.yaml", []byte(strings.Replace(branch, "LINK", bad, 1))); err == nil || !strings.Contains(err.Error(), "address of a meeting") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	elsewhere := strings.Replace(branch, `, channel: C012345}`, `, channel: C012345, meeting: "https://x.example/a"}`, 1)
	if _, err := Parse("c.yaml", []byte(strings.Replace(elsewhere, "LINK", "https://x.example/b", 1))); err == nil || !strings.Contains(err.Error(), "branch's") {
		t.Errorf("a meeting of head office: %v", err)
	}
}
