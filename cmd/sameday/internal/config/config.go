// Package config reads what the person who runs Sameday wrote: the configuration file, and the secrets in the environment.
//
// A configuration is checked as a whole before anything starts. Every mistake names file, line and column, shows the line and says
// what is allowed there.
package config

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
	_ "time/tzdata" // the zones must be known on any machine

	"sameday/cmd/sameday/internal/yamlfile"
	"sameday/workflow"
	"sameday/workflow/org"
)

// Config is a configuration that has been checked. It is not changed after [Load] and safe for concurrent use.
type Config struct {
	Path     string // of the file
	Language string // "zh-CN" or "en": of the bank, where a unit does not name its own
	Zone     *time.Location
	Data     string // folder of the database; a relative one counts from the configuration file's folder
	APIURL   string // of a Slack-compatible server; empty for Slack itself. It ends with a slash.
	Units    []Unit
	Policy   workflow.Policy
	Jobs     map[workflow.Job]Schedule // every job has an entry
	Experts  []Expert
	Patience workflow.Span // how long an expert's answer is waited for
	Codes    workflow.Codes
	Inquiry  workflow.Inquiry // what branches ask each morning
	LogLevel string           // debug, info, warn or error

	Gateway   Gateway
	Heartbeat string       // address that is called after each sweep that left nothing undone; empty for none. It may hold a key
	DeadMan   []org.UnitID // units whose channels get the dead-man message; at most pulse.MaxChannels

	deadMan []yamlfile.Node // what DeadMan is read from
}

// Gateway is the second way to ring people, beside Slack. Its secret stays in the environment, see [Gateway.Secret].
type Gateway struct {
	URL string // empty for none. It may hold a key
}

// Unit is a unit as it was written: people and channel may still have to be looked up, see [Config.Tree].
type Unit struct {
	ID        org.UnitID
	Tier      org.Tier
	Parent    org.UnitID
	Name      string
	Channel   string // "#name" or an id
	Zone      *time.Location
	Language  string
	Positions map[org.Position][]Person
	Meeting   string // a branch's https address of its daily meeting; empty for none

	node, parentNode, channelNode yamlfile.Node
}

// Person is somebody named in the file: a Slack user id, or an e-mail address to be looked up.
type Person struct {
	Text string
	node yamlfile.Node
}

// IsEmail reports whether the person must be looked up.
func (p Person) IsEmail() bool { return !isUserID(p.Text) }

// Expert is a member of the panel of outside experts (外脑).
type Expert struct {
	Person Person
	Name   string // as the bank calls him; empty: as Slack does
	Kind   string // expert or lawyer
	Field  string // what he knows about
}

// Languages lists the languages that a unit can work in.
func Languages() []string { return []string{"zh-CN", "en"} }

// LogLevels lists the levels of the log.
func LogLevels() []string { return []string{"debug", "info", "warn", "error"} }

// Load reads and checks the file at path. The error is a [yamlfile.Problems] when the file could be read.
func Load(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	c, err := Parse(path, text)
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(c.Data) {
		c.Data = filepath.Join(filepath.Dir(path), c.Data)
	}
	return c, nil
}

// Parse checks a configuration's text. name is what error messages call it; Data stays as written.
func Parse(name string, text []byte) (*Config, error) {
	c, _, err := parse(name, text)
	return c, err
}

func parse(name string, text []byte) (*Config, *yamlfile.File, error) {
	f, err := yamlfile.Parse(name, text)
	if err != nil {
		return nil, nil, err
	}
	c := &Config{
		Path: name, Language: Languages()[0], Policy: workflow.DefaultPolicy(), Jobs: defaultJobs(), LogLevel: "info",
		Inquiry: workflow.DefaultInquiry(),
	}
	f.Root().Mapping(c.fields()...)
	c.inherit()
	c.checkUnits()
	c.checkDeadMan()
	if err := f.Err(); err != nil {
		return nil, nil, err
	}
	// The tree's own rules are the last word, also on what is written here.
	if _, err := c.OfflineTree(); err != nil {
		return nil, nil, err
	}
	return c, f, nil
}

// inherit gives units the bank's zone and language where they name none of their own.
func (c *Config) inherit() {
	for i := range c.Units {
		u := &c.Units[i]
		if u.Zone == nil {
			u.Zone = c.Zone
		}
		if u.Language == "" {
			u.Language = c.Language
		}
	}
}
