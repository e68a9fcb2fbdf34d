package intake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sameday/workflow/duty"
	"sameday/workflow/org"
)

// Account is what the workspace knows of a person.
type Account struct {
	Name     string // in full
	Standing duty.Standing
}

// slackID is the form of a Slack user id.
var slackID = regexp.MustCompile(`^[UW][A-Z0-9]{4,}$`)

// People finds those who hold positions in the bank by what a roster calls them: Slack user id, e-mail address, or full name. It is not
// changed after it is made.
type People struct {
	tree     *org.Tree
	email    func(string) (org.PersonID, error)
	standing map[org.PersonID]duty.Standing
	names    map[string][]org.PersonID // nil when the workspace cannot be asked
}

// NewPeople makes the look-up. Account says what the workspace knows of a person, email finds somebody by address (in small letters);
// both are nil where the workspace cannot be asked: then only ids are understood.
func NewPeople(tree *org.Tree, account func(org.PersonID) (Account, bool), email func(string) (org.PersonID, error)) *People {
	p := &People{tree: tree, email: email, standing: map[org.PersonID]duty.Standing{}}
	if account == nil {
		return p
	}
	p.names = map[string][]org.PersonID{}
	for _, id := range tree.People() {
		a, known := account(id)
		if !known {
			a.Standing = duty.Unknown
		}
		p.standing[id] = a.Standing
		if name := nameKey(a.Name); name != "" && a.Standing == duty.Active {
			p.names[name] = append(p.names[name], id)
		}
	}
	return p
}

// nameKey is the form in which names are compared: names of two characters are often written with a space between them.
func nameKey(name string) string { return strings.Join(strings.Fields(plain(name)), "") }

// Find finds a person; the error says, without repeating the text, why there is nobody.
func (p *People) Find(text string) (org.PersonID, error) {
	id, problem := p.find(strings.TrimSpace(text), "")
	if problem != "" {
		return "", fmt.Errorf("the person %s", problem)
	}
	return id, nil
}

// find finds the person that a unit's roster means; problem says what is the matter, to be read after the person's role.
func (p *People) find(text string, unit org.UnitID) (id org.PersonID, problem string) {
	id = org.PersonID(text)
	switch known := len(p.tree.Posts(id)) > 0; {
	case known:
	case slackID.MatchString(text):
		return "", "holds no position in the bank"
	case strings.Contains(text, "@"):
		if p.email == nil {
			return "", "is given by an e-mail address, and Slack cannot be asked: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN"
		}
		var err error
		if id, err = p.email(strings.ToLower(text)); err != nil {
			return "", "is an e-mail address that nobody in the workspace has"
		}
	default:
		return p.byName(text, unit)
	}
	switch {
	case len(p.tree.Posts(id)) == 0:
		return "", "holds no position in the bank"
	case p.standing[id] == duty.Closed:
		return "", "is deactivated in Slack"
	case p.standing[id] != duty.Active:
		return "", "is nobody in the Slack workspace"
	}
	return id, ""
}

// byName finds a person by full name. Of several with one name the one who works at the unit is meant.
func (p *People) byName(text string, unit org.UnitID) (org.PersonID, string) {
	if p.names == nil {
		return "", "is given by name, and Slack cannot be asked: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN"
	}
	all := p.names[nameKey(text)]
	here := slices.DeleteFunc(slices.Clone(all), func(id org.PersonID) bool { return !p.tree.Holds(id, unit) })
	switch {
	case len(all) == 1:
		return all[0], ""
	case len(here) == 1:
		return here[0], ""
	case len(all) == 0:
		return "", "is nobody's full name: use the name in the Slack profile, an e-mail address or a Slack id; one person in a cell"
	}
	return "", fmt.Sprintf("is the name of %d people: use an e-mail address or a Slack id", len(all))
}
