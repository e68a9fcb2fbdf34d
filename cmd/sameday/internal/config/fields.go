package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"sameday/cmd/sameday/internal/yamlfile"
	"sameday/workflow"
	"sameday/workflow/org"
)

var (
	unitIDs    = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	codeIDs    = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,39}$`)
	userIDs    = regexp.MustCompile(`^[UW][A-Z0-9]{5,20}$`)
	channelIDs = regexp.MustCompile(`^[CG][A-Z0-9]{5,20}$`)
	// Slack's names allow letters of any script, small where there is a difference.
	channelNames = regexp.MustCompile(`^#[\p{Ll}\p{Lo}\p{M}\p{N}_-]{1,80}$`)
	emails       = regexp.MustCompile(`^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$`)
)

func isUserID(s string) bool { return userIDs.MatchString(s) }

// fields is the table of the whole file.
func (c *Config) fields() []yamlfile.Field {
	return []yamlfile.Field{
		{Key: "language", Read: func(n yamlfile.Node) {
			if l, ok := yamlfile.OneOf(n, Languages()); ok {
				c.Language = l
			}
		}},
		{Key: "zone", Required: true, Read: func(n yamlfile.Node) { c.Zone, _ = n.Zone() }},
		{Key: "data", Required: true, Read: yamlfile.Into(&c.Data)},
		{Key: "slack", Read: func(n yamlfile.Node) { n.Mapping(yamlfile.Field{Key: "api_url", Read: c.readAPIURL}) }},
		{Key: "units", Required: true, Read: c.readUnits},
		{Key: "policy", Read: func(n yamlfile.Node) { readPolicy(n, &c.Policy) }},
		{Key: "jobs", Read: c.readJobs},
		{Key: "inquiry", Read: func(n yamlfile.Node) { readInquiry(n, &c.Inquiry) }},
		{Key: "gateway", Read: func(n yamlfile.Node) { readOutside(n, &c.Gateway.URL) }},
		{Key: "heartbeat", Read: func(n yamlfile.Node) { readOutside(n, &c.Heartbeat) }},
		{Key: "dead_man", Read: c.readDeadMan},
		{Key: "experts", Read: c.readExperts},
		{Key: "expert_answer", Read: c.readPatience},
		{Key: "codes", Read: func(n yamlfile.Node) {
			n.Mapping(
				yamlfile.Field{Key: "business", Read: func(n yamlfile.Node) { c.Codes.Business = readCodes(n) }},
				yamlfile.Field{Key: "reason", Read: func(n yamlfile.Node) { c.Codes.Reason = readCodes(n) }},
			)
		}},
		{Key: "log", Read: func(n yamlfile.Node) {
			n.Mapping(yamlfile.Field{Key: "level", Read: func(n yamlfile.Node) {
				if l, ok := yamlfile.OneOf(n, LogLevels()); ok {
					c.LogLevel = l
				}
			}})
		}},
	}
}

func (c *Config) readAPIURL(n yamlfile.Node) {
	text, ok := n.Text()
	if !ok {
		return
	}
	address, err := CheckAPIURL(text)
	if err != nil {
		n.Wrong("%v", err)
		return
	}
	c.APIURL = address
}

// CheckAPIURL checks the address of a Slack-compatible server and gives it with a slash at the end. Plain http is for loopback
// addresses alone: tokens travel in it.
func CheckAPIURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("this is no address of a Slack-compatible server: write https://host/api/, or leave it out for Slack itself")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return "", fmt.Errorf("use https://; plain http:// is allowed on loopback only (127.0.0.1, ::1, localhost)")
	}
	return strings.TrimSuffix(u.String(), "/") + "/", nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (c *Config) readUnits(n yamlfile.Node) {
	n.List(func(_ int, n yamlfile.Node) {
		u := Unit{Positions: map[org.Position][]Person{}, node: n, parentNode: n, channelNode: n}
		n.Mapping(
			yamlfile.Field{Key: "id", Required: true, Read: func(n yamlfile.Node) { u.node, u.ID = n, org.UnitID(readID(n, unitIDs)) }},
			yamlfile.Field{Key: "tier", Required: true, Read: func(n yamlfile.Node) { u.Tier, _ = yamlfile.OneOf(n, org.Tiers()) }},
			yamlfile.Field{Key: "parent", Read: u.readParent},
			yamlfile.Field{Key: "name", Required: true, Read: yamlfile.Into(&u.Name)},
			yamlfile.Field{Key: "channel", Required: true, Read: u.readChannel},
			yamlfile.Field{Key: "zone", Read: func(n yamlfile.Node) { u.Zone, _ = n.Zone() }},
			yamlfile.Field{Key: "language", Read: func(n yamlfile.Node) { u.Language, _ = yamlfile.OneOf(n, Languages()) }},
			yamlfile.Field{Key: "positions", Read: u.readPositions},
			yamlfile.Field{Key: "meeting", Read: u.readMeeting},
		)
		c.Units = append(c.Units, u)
	})
	if len(c.Units) == 0 {
		n.Wrong("there is no unit: there must be at least the one with the tier %s", org.HeadOffice)
	}
}

func readID(n yamlfile.Node, allowed *regexp.Regexp) string {
	id, ok := n.Text()
	if ok && !allowed.MatchString(id) {
		n.Wrong("%q is no id: use up to 40 of a-z, 0-9, - and _, beginning with a letter or digit", id)
		return ""
	}
	return id
}

func (u *Unit) readParent(n yamlfile.Node) {
	if s, ok := n.Text(); ok {
		u.Parent, u.parentNode = org.UnitID(s), n
	}
}

func (u *Unit) readChannel(n yamlfile.Node) {
	s, ok := n.Text()
	if !ok {
		return
	}
	if !channelIDs.MatchString(s) && !channelNames.MatchString(s) {
		n.Wrong("%q is no channel: write \"#name\" in quotes (small letters, digits, - and _), or an id like C012AB3CD", s)
		return
	}
	u.Channel, u.channelNode = s, n
}

func (u *Unit) readPositions(n yamlfile.Node) {
	var positions []yamlfile.Field
	for _, p := range org.Positions() {
		positions = append(positions, yamlfile.Field{Key: string(p), Read: func(n yamlfile.Node) {
			u.Positions[p] = readPeople(n)
		}})
	}
	n.Mapping(positions...)
}

// readPeople reads a list of people, or one.
func readPeople(n yamlfile.Node) []Person {
	if !n.IsList() {
		if p, ok := readPerson(n); ok {
			return []Person{p}
		}
		return nil
	}
	var out []Person
	seen := map[string]bool{}
	n.List(func(_ int, n yamlfile.Node) {
		p, ok := readPerson(n)
		switch {
		case ok && seen[p.Text]:
			n.Wrong("%s holds this position twice", p.Text)
		case ok:
			seen[p.Text] = true
			out = append(out, p)
		}
	})
	return out
}

func readPerson(n yamlfile.Node) (Person, bool) {
	s, ok := n.Text()
	if !ok {
		return Person{}, false
	}
	if !isUserID(s) && !emails.MatchString(s) {
		n.Wrong("%q is nobody: write a Slack user id (U… or W…) or the e-mail address of the person's Slack profile", s)
		return Person{}, false
	}
	if !isUserID(s) {
		s = strings.ToLower(s)
	}
	return Person{Text: s, node: n}, true
}

func readCodes(n yamlfile.Node) []workflow.Category {
	var out []workflow.Category
	seen := map[string]bool{}
	n.List(func(_ int, n yamlfile.Node) {
		var c workflow.Category
		n.Mapping(
			yamlfile.Field{Key: "id", Required: true, Read: func(n yamlfile.Node) {
				c.ID = readID(n, codeIDs)
				if c.ID != "" && seen[c.ID] {
					n.Wrong("code %s is there twice", c.ID)
				}
				seen[c.ID] = true
			}},
			yamlfile.Field{Key: "zh", Required: true, Read: yamlfile.Into(&c.ZH)},
			yamlfile.Field{Key: "en", Read: yamlfile.Into(&c.EN)},
		)
		out = append(out, c)
	})
	return out
}
