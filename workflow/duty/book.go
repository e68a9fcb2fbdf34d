package duty

import (
	"time"

	"sameday/workflow/org"
)

// Book is the rosters of the whole bank. It is immutable and safe for concurrent use; nil works as a book without rosters and people.
type Book struct {
	tree    *org.Tree
	rosters map[org.UnitID]*Roster
}

// NewBook puts rosters together; of two for one unit the later counts.
func NewBook(tree *org.Tree, rosters ...Roster) *Book {
	b := &Book{tree: tree, rosters: make(map[org.UnitID]*Roster, len(rosters))}
	for _, r := range rosters {
		b.rosters[r.Unit] = &r
	}
	return b
}

// With returns the book after some rosters changed; b itself stays as it was.
func (b *Book) With(rosters ...Roster) *Book {
	if b == nil {
		return NewBook(nil, rosters...)
	}
	out := &Book{tree: b.tree, rosters: make(map[org.UnitID]*Roster, len(b.rosters)+len(rosters))}
	for id, r := range b.rosters {
		out.rosters[id] = r
	}
	for _, r := range rosters {
		out.rosters[r.Unit] = &r
	}
	return out
}

// Roster is a unit's roster; ok is false when the unit has none.
func (b *Book) Roster(unit org.UnitID) (Roster, bool) {
	if r := b.roster(unit); r != nil {
		return *r, true
	}
	return Roster{}, false
}

func (b *Book) roster(unit org.UnitID) *Roster {
	if b == nil {
		return nil
	}
	return b.rosters[unit]
}

// Officer is who answers for a unit by its own roster; ok is false when nobody does. See [Roster.Responsible].
func (b *Book) Officer(unit org.UnitID, at time.Time) (Officer, bool) {
	if r := b.roster(unit); r != nil {
		return r.responsible(at)
	}
	return Officer{}, false
}

// Answers is who answers for a unit at an instant, after fallback: its own officer; else that of the nearest unit above that has one;
// else the first of head office's standing list, of its service desk, consumer protection or network finance, or anybody with a
// position, who is not absent there. It is exactly one person always, and nobody only in a bank without people.
func (b *Book) Answers(unit org.UnitID, at time.Time) Officer {
	if o, ok := b.Officer(unit, at); ok {
		return o
	}
	if b == nil || b.tree == nil {
		return Officer{}
	}
	for up := unit; up != ""; {
		u, ok := b.tree.Unit(up)
		if !ok {
			break
		}
		if o, ok := b.Officer(u.Parent, at); ok {
			return o
		}
		up = u.Parent
	}
	return b.lastResort(at)
}

func (b *Book) lastResort(at time.Time) Officer {
	root := b.tree.Root().ID
	o := Officer{Unit: root}
	r := b.roster(root)
	for _, who := range [][]org.PersonID{
		b.tree.Holders(root, org.Standing, org.ServiceDesk, org.ConsumerProtection, org.NetworkFinance),
		b.tree.Holders(root, org.Positions()...), b.tree.People(),
	} {
		for _, p := range who {
			if r == nil || !r.absent(p, at) {
				o.Person = p
				return o
			}
		}
	}
	if all := standing(b.tree); len(all) > 0 { // all of the bank is absent: somebody must answer all the same
		o.Person = all[0]
	}
	return o
}

// Duties lists the shifts of a person between from and to at all units, by time. They are whole, as in [Roster.Shifts].
func (b *Book) Duties(person org.PersonID, from, to time.Time) []Shift {
	if b == nil {
		return nil
	}
	var out []Shift
	for _, r := range b.rosters {
		if !r.mentions(person) {
			continue
		}
		for _, role := range Roles() {
			for _, s := range r.Shifts(role, from, to) {
				if s.Person == person {
					out = append(out, s)
				}
			}
		}
	}
	return sortShifts(out)
}

// Owner lists who must mend a unit's roster, the first to be asked first: the unit's complaint manager and leaders; where it has none,
// those of the next unit above; at the top, head office's consumer protection, network finance, service desk and standing list.
func (b *Book) Owner(unit org.UnitID) []org.PersonID {
	if b == nil {
		return nil
	}
	return owners(b.tree, unit)
}
