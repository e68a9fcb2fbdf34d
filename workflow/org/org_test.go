package org_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/workflow/org"
)

func unit(id org.UnitID, tier org.Tier, parent org.UnitID) org.Unit {
	return org.Unit{ID: id, Tier: tier, Parent: parent, Channel: "C-" + string(id), Zone: time.UTC}
}

func units() []org.Unit {
	return []org.Unit{
		unit("xuhui", org.SubBranch, "sh"), // the order of the configuration is free
		unit("hq", org.HeadOffice, ""),
		unit("sh", org.Branch, "hq"),
		unit("静安", org.SubBranch, "sh"),
		unit("airport", org.SubBranch, "hq"),
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func([]org.Unit) []org.Unit{
		"no unit has the tier head_office": func(u []org.Unit) []org.Unit { return u[:1] },
		"are both head office":             func(u []org.Unit) []org.Unit { return append(u, unit("ho", org.HeadOffice, "")) },
		"has no id":                        func(u []org.Unit) []org.Unit { return append(u, unit("", org.Branch, "hq")) },
		"is there twice":                   func(u []org.Unit) []org.Unit { return append(u, unit("sh", org.Branch, "hq")) },
		`unit id "a/b"`:                    func(u []org.Unit) []org.Unit { return append(u, unit("a/b", org.Branch, "hq")) },
		`unit id "a|b"`:                    func(u []org.Unit) []org.Unit { return append(u, unit("a|b", org.Branch, "hq")) },
		`unit id "a b"`:                    func(u []org.Unit) []org.Unit { return append(u, unit("a b", org.Branch, "hq")) },
		"has no time zone":                 func(u []org.Unit) []org.Unit { u[0].Zone = nil; return u },
		"share the channel":                func(u []org.Unit) []org.Unit { u[0].Channel = u[1].Channel; return u },
		`tier "team"`:                      func(u []org.Unit) []org.Unit { u[0].Tier = "team"; return u },
		`parent "moon" is no unit`:         func(u []org.Unit) []org.Unit { u[0].Parent = "moon"; return u },
		"cannot stand under":               func(u []org.Unit) []org.Unit { u[0].Parent = "静安"; return u },
		"has no parent":                    func(u []org.Unit) []org.Unit { u[1].Parent = "sh"; return u },
		`position "king"`: func(u []org.Unit) []org.Unit {
			u[0].Positions = map[org.Position][]org.PersonID{"king": {"U1"}}
			return u
		},
		`"" cannot be a person`: func(u []org.Unit) []org.Unit {
			u[0].Positions = map[org.Position][]org.PersonID{org.Staff: {""}}
			return u
		},
		`"system" cannot be a person`: func(u []org.Unit) []org.Unit {
			u[0].Positions = map[org.Position][]org.PersonID{org.Staff: {org.System}}
			return u
		},
	} {
		if _, err := org.New(change(units())); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want a sentence with %q", err, says)
		}
	}
}

func TestTree(t *testing.T) {
	t.Parallel()
	all := units()
	all[0].Positions = map[org.Position][]org.PersonID{org.Staff: {"U2", "U1"}, org.President: {"U1"}}
	all[2].Positions = map[org.Position][]org.PersonID{org.Compliance: {"U1"}}
	all[4].Channel = ""
	tree, err := org.New(all)
	if err != nil {
		t.Fatal(err)
	}
	same := func(what string, got, want any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	same("up", tree.Up("静安"), []org.UnitID{"静安", "sh", "hq"})
	same("up of nothing", len(tree.Up("moon")), 0)
	same("below", tree.Below("hq"), []org.UnitID{"hq", "sh", "airport", "xuhui", "静安"})
	same("below nothing", len(tree.Below("moon")), 0)
	same("children", tree.Children("sh"), []org.UnitID{"xuhui", "静安"})
	same("root", tree.Root().ID, org.UnitID("hq"))
	same("order", tree.Units()[0].ID, org.UnitID("xuhui"))
	branch, ok := tree.AboveOfTier("xuhui", org.Branch)
	same("branch", branch.ID, org.UnitID("sh"))
	same("has a branch", ok, true)
	_, ok = tree.AboveOfTier("airport", org.Branch)
	same("airport has a branch", ok, false)
	same("holders", tree.Holders("xuhui", org.President, org.Staff), []org.PersonID{"U1", "U2"})
	same("holds", []bool{tree.Holds("U1", "sh"), tree.Holds("U1", "sh", org.Staff), tree.Holds("U1", "静安")}, []bool{true, false, false})
	same("posts", tree.Posts("U1"), []org.Post{{Unit: "xuhui", Position: org.President}, {Unit: "xuhui", Position: org.Staff}, {Unit: "sh", Position: org.Compliance}})
	same("people", tree.People(), []org.PersonID{"U1", "U2"})
	u, ok := tree.ByChannel("C-sh")
	same("by channel", u.ID, org.UnitID("sh"))
	same("by channel found", ok, true)
	_, ok = tree.ByChannel("")
	same("no channel is nobody's", ok, false)
	_, ok = tree.ByChannel("C-moon")
	same("an unknown channel", ok, false)
	_, ok = tree.Unit("moon")
	same("an unknown unit", ok, false)
}
