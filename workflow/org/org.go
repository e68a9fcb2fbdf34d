// Package org is the bank's tree of units and the people who hold positions in it.
//
// A bank works in three tiers: one head office, its branches, and their sub-branches. A person may hold several positions,
// also at several units. Whoever holds no position anywhere is a stranger: he may look, not act.
package org

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// UnitID names a unit, as the configuration does ("jingan").
type UnitID string

// PersonID is a person's Slack user id ("U012AB3CD"). The bank's own numbers for people stay out of the ledger.
type PersonID string

// System is the name under which the ledger keeps what clocks and jobs do; no person has it.
const System PersonID = "system"

// Tier is a unit's level.
type Tier string

// The three tiers, from the top.
const (
	HeadOffice Tier = "head_office"
	Branch     Tier = "branch"
	SubBranch  Tier = "sub_branch"
)

// Tiers lists all tiers from the top.
func Tiers() []Tier { return []Tier{HeadOffice, Branch, SubBranch} }

// Position is what a person is at a unit.
type Position string

// Positions that rules speak of. A configuration may use only these.
const (
	President          Position = "president"
	DeputyPresident    Position = "deputy_president"
	ComplaintManager   Position = "complaint_manager"
	Staff              Position = "staff"
	NetworkFinance     Position = "network_finance"
	ConsumerProtection Position = "consumer_protection"
	Compliance         Position = "compliance"
	Office             Position = "office"
	Supervision        Position = "supervision"
	DepartmentHead     Position = "head"
	DepartmentOwner    Position = "owner"
	DepartmentContact  Position = "contact"
	ServiceDesk        Position = "service_desk"
	Standing           Position = "standing"
)

// Positions lists every position.
func Positions() []Position {
	return []Position{
		President, DeputyPresident, ComplaintManager, Staff, NetworkFinance, ConsumerProtection, Compliance, Office,
		Supervision, DepartmentHead, DepartmentOwner, DepartmentContact, ServiceDesk, Standing,
	}
}

// Unit is one node of the tree.
type Unit struct {
	ID        UnitID
	Tier      Tier
	Parent    UnitID // empty for the head office only
	Name      string // as people say it: 静安支行
	Channel   string // Slack channel id of its group
	Zone      *time.Location
	Language  string // "zh-CN" or "en"
	Positions map[Position][]PersonID
	Meeting   string // a branch's https address of its daily meeting; empty for none
}

// Post is one position a person holds.
type Post struct {
	Unit     UnitID
	Position Position
}

// Tree is the whole bank. It is immutable and safe for concurrent use.
type Tree struct {
	units    map[UnitID]Unit
	order    []UnitID // as configured
	children map[UnitID][]UnitID
	posts    map[PersonID][]Post
	root     UnitID
}

// New checks the units and makes the tree. It refuses a missing or second head office, unknown parents, a parent of the same or
// a lower tier, a repeated or unusable id, a channel used by two units, an unknown tier or position, a person without a name, and a unit without a zone.
func New(units []Unit) (*Tree, error) {
	t := &Tree{units: map[UnitID]Unit{}, children: map[UnitID][]UnitID{}, posts: map[PersonID][]Post{}}
	channels := map[string]UnitID{}
	for _, u := range units {
		if err := t.add(u, channels); err != nil {
			return nil, err
		}
	}
	if t.root == "" {
		return nil, fmt.Errorf("no unit has the tier %s", HeadOffice)
	}
	for _, id := range t.order {
		if err := t.link(t.units[id]); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Tree) add(u Unit, channels map[string]UnitID) error {
	if u.ID == "" {
		return fmt.Errorf("a unit has no id")
	}
	if bad := strings.IndexFunc(string(u.ID), notInID); bad >= 0 { // ids are parts of names and keys that are taken apart again
		return fmt.Errorf("unit id %q: use letters, digits, '-', '_' and '.'", u.ID)
	}
	if _, ok := t.units[u.ID]; ok {
		return fmt.Errorf("unit %s is there twice", u.ID)
	}
	if !slices.Contains(Tiers(), u.Tier) {
		return fmt.Errorf("unit %s: tier %q is none of %v", u.ID, u.Tier, Tiers())
	}
	if u.Zone == nil {
		return fmt.Errorf("unit %s has no time zone", u.ID)
	}
	if other, ok := channels[u.Channel]; ok && u.Channel != "" {
		return fmt.Errorf("units %s and %s share the channel %s: each unit needs its own", other, u.ID, u.Channel)
	}
	channels[u.Channel] = u.ID
	if u.Tier == HeadOffice {
		if t.root != "" {
			return fmt.Errorf("units %s and %s are both head office: there is one", t.root, u.ID)
		}
		t.root = u.ID
	}
	for _, p := range sortedPositions(u.Positions) {
		if !slices.Contains(Positions(), p) {
			return fmt.Errorf("unit %s: position %q is none of %v", u.ID, p, Positions())
		}
		for _, person := range u.Positions[p] {
			if person == "" || person == System {
				return fmt.Errorf("unit %s: %q cannot be a person at %s", u.ID, person, p)
			}
			t.posts[person] = append(t.posts[person], Post{Unit: u.ID, Position: p})
		}
	}
	t.units[u.ID] = u
	t.order = append(t.order, u.ID)
	return nil
}

func (t *Tree) link(u Unit) error {
	if u.Tier == HeadOffice {
		if u.Parent != "" {
			return fmt.Errorf("unit %s is the head office and has no parent", u.ID)
		}
		return nil
	}
	parent, ok := t.units[u.Parent]
	if !ok {
		return fmt.Errorf("unit %s: parent %q is no unit", u.ID, u.Parent)
	}
	if slices.Index(Tiers(), parent.Tier) >= slices.Index(Tiers(), u.Tier) {
		return fmt.Errorf("unit %s (%s) cannot stand under %s (%s)", u.ID, u.Tier, parent.ID, parent.Tier)
	}
	t.children[u.Parent] = append(t.children[u.Parent], u.ID)
	return nil
}

func notInID(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r)
}

func sortedPositions(m map[Position][]PersonID) []Position {
	out := make([]Position, 0, len(m))
	for p := range m {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// Unit returns one unit; ok is false when there is none of that id.
func (t *Tree) Unit(id UnitID) (Unit, bool) {
	u, ok := t.units[id]
	return u, ok
}

// Root is the head office.
func (t *Tree) Root() Unit { return t.units[t.root] }

// Units lists all units in the order of the configuration.
func (t *Tree) Units() []Unit {
	out := make([]Unit, len(t.order))
	for i, id := range t.order {
		out[i] = t.units[id]
	}
	return out
}

// Up lists a unit and the units above it, from itself to the head office; empty for an unknown unit.
func (t *Tree) Up(id UnitID) []UnitID {
	var out []UnitID
	for id != "" {
		u, ok := t.units[id]
		if !ok {
			return out
		}
		out = append(out, id)
		id = u.Parent
	}
	return out
}

// Children lists the units directly below one, in the order of the configuration.
func (t *Tree) Children(id UnitID) []UnitID { return slices.Clone(t.children[id]) }

// Below lists a unit and everything under it, parents before children.
func (t *Tree) Below(id UnitID) []UnitID {
	if _, ok := t.units[id]; !ok {
		return nil
	}
	out := []UnitID{id}
	for i := 0; i < len(out); i++ {
		out = append(out, t.children[out[i]]...)
	}
	return out
}

// AboveOfTier returns the unit itself or the nearest one above it of the given tier.
func (t *Tree) AboveOfTier(id UnitID, tier Tier) (Unit, bool) {
	for _, up := range t.Up(id) {
		if u := t.units[up]; u.Tier == tier {
			return u, true
		}
	}
	return Unit{}, false
}

// Holders lists who holds any of the positions at the unit, each person once, in the order of the positions given.
func (t *Tree) Holders(id UnitID, positions ...Position) []PersonID {
	var out []PersonID
	for _, p := range positions {
		for _, person := range t.units[id].Positions[p] {
			if !slices.Contains(out, person) {
				out = append(out, person)
			}
		}
	}
	return out
}

// Holds reports whether the person holds one of the positions at the unit; with no positions, any position at all.
func (t *Tree) Holds(person PersonID, id UnitID, positions ...Position) bool {
	return slices.ContainsFunc(t.posts[person], func(p Post) bool {
		return p.Unit == id && (len(positions) == 0 || slices.Contains(positions, p.Position))
	})
}

// Posts lists the positions of one person, in the order of the configuration; empty for a stranger.
func (t *Tree) Posts(person PersonID) []Post { return slices.Clone(t.posts[person]) }

// People lists everybody with a position, sorted.
func (t *Tree) People() []PersonID {
	out := make([]PersonID, 0, len(t.posts))
	for p := range t.posts {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// ByChannel finds the unit whose group is the channel.
func (t *Tree) ByChannel(channel string) (Unit, bool) {
	if channel == "" {
		return Unit{}, false
	}
	for _, id := range t.order {
		if u := t.units[id]; u.Channel == channel {
			return u, true
		}
	}
	return Unit{}, false
}
