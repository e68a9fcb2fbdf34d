package config

import (
	"errors"
	"fmt"
	"strings"

	"sameday/cmd/sameday/internal/yamlfile"
	"sameday/workflow/org"
)

// ErrUnknown is what the look-ups given to [Config.Tree] answer when there is no such person or channel. Any other error means that
// it could not be found out.
var ErrUnknown = errors.New("unknown")

// checkUnits finds what is wrong between units, each at its own line.
func (c *Config) checkUnits() {
	ids, channels := map[org.UnitID]org.Tier{}, map[string]org.UnitID{}
	head := org.UnitID("")
	names := make([]string, 0, len(c.Units))
	for _, u := range c.Units {
		if _, ok := ids[u.ID]; ok && u.ID != "" {
			u.node.Wrong("unit %s is there twice", u.ID)
		}
		ids[u.ID] = u.Tier
		names = append(names, string(u.ID))
		if other, ok := channels[u.Channel]; ok && u.Channel != "" {
			u.channelNode.Wrong("unit %s has this channel already: each unit needs its own", other)
		}
		channels[u.Channel] = u.ID
		if u.Tier == org.HeadOffice {
			if head != "" {
				u.node.Wrong("unit %s is head office already: there is one", head)
			}
			head = u.ID
		}
	}
	for _, u := range c.Units {
		c.checkParent(u, ids, names)
	}
	if len(c.Units) > 0 && head == "" {
		c.Units[0].node.Wrong("no unit has the tier %s: there must be one", org.HeadOffice)
	}
}

func (c *Config) checkParent(u Unit, ids map[org.UnitID]org.Tier, names []string) {
	tier, known := ids[u.Parent]
	switch {
	case u.Tier == org.HeadOffice && u.Parent != "":
		u.parentNode.Wrong("%s is the head office and has no parent", u.ID)
	case u.Tier == "" || u.Tier == org.HeadOffice:
	case u.Parent == "":
		u.parentNode.Wrong("unit %s needs a parent; units here: %s", u.ID, strings.Join(names, ", "))
	case !known:
		u.parentNode.Wrong("unit %s has the parent %q, which is no unit here; units: %s", u.ID, u.Parent, strings.Join(names, ", "))
	case tier == u.Tier || tier == org.SubBranch:
		u.parentNode.Wrong("unit %s (%s) cannot stand under %s (%s): a parent is of a higher tier", u.ID, u.Tier, u.Parent, tier)
	}
}

// Tree makes the bank's tree. E-mail addresses (in small letters) and channel names (without the #) are looked up, each once; people
// and channels that do not exist are mistakes of the file, with their lines. The people of the panel are looked up too.
func (c *Config) Tree(
	resolvePerson func(email string) (org.PersonID, error), resolveChannel func(name string) (string, error),
) (*org.Tree, error) {
	l := looker{person: resolvePerson, channel: resolveChannel, people: map[string]org.PersonID{}}
	units := make([]org.Unit, 0, len(c.Units))
	for _, u := range c.Units {
		unit := org.Unit{
			ID: u.ID, Tier: u.Tier, Parent: u.Parent, Name: u.Name, Channel: l.findChannel(u), Zone: u.Zone, Language: u.Language,
			Positions: map[org.Position][]org.PersonID{}, Meeting: u.Meeting,
		}
		for _, p := range org.Positions() {
			for _, person := range u.Positions[p] {
				unit.Positions[p] = append(unit.Positions[p], l.findPerson(person))
			}
		}
		units = append(units, unit)
	}
	for _, e := range c.Experts {
		l.findPerson(e.Person)
	}
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	tree, err := org.New(units)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Path, err)
	}
	return tree, nil
}

// OfflineTree makes the tree without asking anybody: addresses and channel names stand for themselves. It is for what needs units and
// zones only.
func (c *Config) OfflineTree() (*org.Tree, error) {
	return c.Tree(
		func(email string) (org.PersonID, error) { return org.PersonID(email), nil },
		func(name string) (string, error) { return "#" + name, nil },
	)
}

type looker struct {
	person   func(string) (org.PersonID, error)
	channel  func(string) (string, error)
	people   map[string]org.PersonID // looked up already; empty for those that are not there
	problems yamlfile.Problems
}

func (l *looker) findPerson(p Person) org.PersonID {
	if !p.IsEmail() {
		return org.PersonID(p.Text)
	}
	if id, ok := l.people[p.Text]; ok {
		return id
	}
	id, err := l.person(p.Text)
	l.people[p.Text] = id
	switch {
	case errors.Is(err, ErrUnknown):
		l.wrong(p.node, "nobody in the workspace has the e-mail %s: use the address in the person's Slack profile, or a user id (U…)", p.Text)
	case err != nil:
		l.wrong(p.node, "%s could not be looked up: %v", p.Text, err)
	}
	return id
}

func (l *looker) findChannel(u Unit) string {
	name, ok := strings.CutPrefix(u.Channel, "#")
	if !ok {
		return u.Channel
	}
	id, err := l.channel(name)
	switch {
	case errors.Is(err, ErrUnknown):
		l.wrong(u.channelNode, "the bot sees no channel #%s: make it, or invite the bot into it if it is private (/invite @Sameday), or write its id",
			name)
	case err != nil:
		l.wrong(u.channelNode, "#%s could not be looked up: %v", name, err)
	}
	return id
}

func (l *looker) wrong(n yamlfile.Node, format string, args ...any) {
	l.problems = append(l.problems, n.Problem(fmt.Sprintf(format, args...)))
}
