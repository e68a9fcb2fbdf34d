package config

import (
	"slices"

	"sameday/bot/gateway"
	"sameday/bot/pulse"
	"sameday/cmd/sameday/internal/yamlfile"
	"sameday/workflow/org"
)

// readOutside reads {url: …}, the address of something outside that is called.
func readOutside(n yamlfile.Node, to *string) {
	n.Mapping(yamlfile.Field{Key: "url", Required: true, Read: func(n yamlfile.Node) {
		text, ok := n.Text()
		if !ok {
			return
		}
		if _, err := gateway.CheckURL(text); err != nil {
			n.Wrong("%v", err)
			return
		}
		*to = text
	}})
}

// readDeadMan keeps where the units are named: they may be written further down.
func (c *Config) readDeadMan(n yamlfile.Node) {
	n.List(func(_ int, n yamlfile.Node) { c.deadMan = append(c.deadMan, n) })
}

// checkDeadMan reads the names when all units are known.
func (c *Config) checkDeadMan() {
	ids := make([]org.UnitID, len(c.Units))
	for i, u := range c.Units {
		ids[i] = u.ID
	}
	for i, n := range c.deadMan {
		id, ok := yamlfile.OneOf(n, ids)
		switch {
		case !ok:
		case slices.Contains(c.DeadMan, id):
			n.Wrong("unit %s is there twice", id)
		case i >= pulse.MaxChannels:
			n.Wrong("this is the unit no. %d here: Slack's limits allow at most %d", i+1, pulse.MaxChannels)
		default:
			c.DeadMan = append(c.DeadMan, id)
		}
	}
}
