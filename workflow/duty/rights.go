package duty

import (
	"slices"

	"sameday/workflow/org"
)

// Where says at which unit a position counts, seen from the roster's unit.
type Where string

// Places for a grant. The first two are spelt as in the grants of complaints.
const (
	AtUnit     Where = "at_unit"      // the roster's unit
	Above      Where = "above"        // any unit above, not the unit itself
	Oneself    Where = "oneself"      // Refusal.Person, for himself
	OnTheShift Where = "on_the_shift" // the two officers of a swap
	TheOther   Where = "the_other"    // Refusal.Person: whom a swap was proposed to
	TheNext    Where = "the_next"     // Refusal.Person: who takes over
)

// Grant is one line of "who may".
type Grant struct {
	Where     Where
	Positions []org.Position // none = any position
}

// rights is one unit's part of design section 5.
type rights struct {
	tree *org.Tree
	unit org.UnitID
}

// root reports whether the unit is head office. It has no president and no unit above: the people who run its service stand in.
func (r rights) root() bool { return r.tree != nil && r.tree.Root().ID == r.unit }

// manage is who may set the roster.
func (r rights) manage() []Grant {
	if r.root() {
		return []Grant{{Where: AtUnit, Positions: []org.Position{
			org.ComplaintManager, org.DeputyPresident, org.President, org.ConsumerProtection, org.NetworkFinance,
		}}}
	}
	return []Grant{
		{Where: AtUnit, Positions: []org.Position{org.ComplaintManager, org.DeputyPresident, org.President}},
		{Where: Above, Positions: []org.Position{org.ConsumerProtection}},
	}
}

// lead is who may answer for an officer of the unit.
func (r rights) lead() []Grant {
	if r.root() {
		return []Grant{{Where: AtUnit, Positions: []org.Position{
			org.DeputyPresident, org.President, org.ConsumerProtection, org.NetworkFinance,
		}}}
	}
	return []Grant{{Where: AtUnit, Positions: []org.Position{org.DeputyPresident, org.President}}}
}

func (r rights) holds(person org.PersonID, grants []Grant) bool {
	if r.tree == nil || person == "" {
		return false
	}
	up := r.tree.Up(r.unit)
	return slices.ContainsFunc(grants, func(g Grant) bool {
		holds := func(u org.UnitID) bool { return r.tree.Holds(person, u, g.Positions...) }
		switch {
		case g.Where == AtUnit:
			return holds(r.unit)
		case g.Where == Above && len(up) > 1:
			return slices.ContainsFunc(up[1:], holds)
		}
		return false
	})
}

// CanManage reports whether a person may publish the unit's roster and override it: whether to show the form.
func CanManage(tree *org.Tree, unit org.UnitID, person org.PersonID) bool {
	r := rights{tree, unit}
	return r.holds(person, r.manage())
}

// owners is who must mend a unit's roster, the first to be asked first.
func owners(tree *org.Tree, unit org.UnitID) []org.PersonID {
	if tree == nil {
		return nil
	}
	for _, up := range tree.Up(unit) {
		if who := tree.Holders(up, org.ComplaintManager, org.DeputyPresident, org.President); len(who) > 0 {
			return who
		}
	}
	return tree.Holders(tree.Root().ID, org.ConsumerProtection, org.NetworkFinance, org.ServiceDesk, org.Standing)
}

// leaders is who leads the unit or, where it has nobody, the next unit above.
func leaders(tree *org.Tree, unit org.UnitID) []org.PersonID {
	if tree == nil {
		return nil
	}
	for _, up := range tree.Up(unit) {
		if who := tree.Holders(up, org.President, org.DeputyPresident); len(who) > 0 {
			return who
		}
	}
	return standing(tree)
}

// standing is who stands in for the whole bank, best first: nobody only in a bank without people.
func standing(tree *org.Tree) []org.PersonID {
	root := tree.Root().ID
	for _, p := range []org.Position{org.Standing, org.ServiceDesk, org.ConsumerProtection, org.NetworkFinance} {
		if who := tree.Holders(root, p); len(who) > 0 {
			return who
		}
	}
	if who := tree.Holders(root, org.Positions()...); len(who) > 0 {
		return who
	}
	return tree.People()
}
