package config

import (
	"net/url"
	"slices"

	"sameday/cmd/sameday/internal/yamlfile"
	"sameday/workflow"
	"sameday/workflow/org"
)

// readInquiry reads what branches ask each morning. What the file leaves out stays the default; an empty list of sources asks nothing.
func readInquiry(n yamlfile.Node, plan *workflow.Inquiry) {
	n.Mapping(
		yamlfile.Field{Key: "due", Read: func(n yamlfile.Node) {
			text, ok := n.Text()
			if !ok {
				return
			}
			hour, minute, good := clock(text)
			if !good {
				n.Wrong("%q is no time of day: write it like \"10:00\", in quotes", text)
				return
			}
			plan.DueHour, plan.DueMinute = hour, minute
		}},
		yamlfile.Field{Key: "sources", Read: func(n yamlfile.Node) { plan.Sources = readSources(n) }},
	)
}

// clock reads "10:00".
func clock(s string) (hour, minute int, ok bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, 0, false
	}
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return 0, 0, false
		}
	}
	hour, minute = int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	return hour, minute, hour < 24 && minute < 60
}

func readSources(n yamlfile.Node) []workflow.InquirySource {
	var out []workflow.InquirySource
	n.List(func(_ int, n yamlfile.Node) {
		var a workflow.InquirySource
		n.Mapping(
			yamlfile.Field{Key: "source", Required: true, Read: func(n yamlfile.Node) {
				a.Source, _ = yamlfile.OneOf(n, workflow.Sources())
				if slices.ContainsFunc(out, func(o workflow.InquirySource) bool { return o.Source == a.Source && a.Source != "" }) {
					n.Wrong("source %s is there twice", a.Source)
				}
			}},
			yamlfile.Field{Key: "ask", Read: func(n yamlfile.Node) {
				if !n.IsList() {
					if p, ok := yamlfile.OneOf(n, org.Positions()); ok {
						a.Ask = []org.Position{p}
					}
					return
				}
				n.List(func(_ int, n yamlfile.Node) {
					if p, ok := yamlfile.OneOf(n, org.Positions()); ok {
						a.Ask = append(a.Ask, p)
					}
				})
			}},
		)
		out = append(out, a)
	})
	return out
}

// maxMeeting is how long a meeting's address may be: it stands in a message as a link.
const maxMeeting = 400

// readMeeting reads a branch's address of its daily meeting.
func (u *Unit) readMeeting(n yamlfile.Node) {
	text, ok := n.Text()
	if !ok {
		return
	}
	address, err := url.Parse(text)
	switch {
	case err != nil || address.Scheme != "https" || address.Host == "" || address.User != nil || len(text) > maxMeeting:
		n.Wrong("%q is no address of a meeting: write https://host/…, at most %d characters", text, maxMeeting)
	case u.Tier != "" && u.Tier != org.Branch:
		n.Wrong("a meeting is a branch's: unit %s is of the tier %s", u.ID, u.Tier)
	default:
		u.Meeting = address.String()
	}
}
