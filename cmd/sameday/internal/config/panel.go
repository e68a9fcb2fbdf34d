package config

import (
	"time"

	"sameday/cmd/sameday/internal/yamlfile"
	"sameday/workflow"
	"sameday/workflow/org"
)

func (c *Config) readExperts(n yamlfile.Node) {
	seen := map[string]bool{}
	n.List(func(_ int, n yamlfile.Node) {
		var e Expert
		n.Mapping(
			yamlfile.Field{Key: "id", Required: true, Read: func(n yamlfile.Node) {
				e.Person, _ = readPerson(n)
				if e.Person.Text != "" && seen[e.Person.Text] {
					n.Wrong("%s is on the panel already", e.Person.Text)
				}
				seen[e.Person.Text] = true
			}},
			yamlfile.Field{Key: "name", Read: yamlfile.Into(&e.Name)},
			yamlfile.Field{Key: "kind", Required: true, Read: func(n yamlfile.Node) {
				e.Kind, _ = yamlfile.OneOf(n, []string{string(workflow.KindExpert), string(workflow.KindLawyer)})
			}},
			yamlfile.Field{Key: "field", Read: yamlfile.Into(&e.Field)},
		)
		c.Experts = append(c.Experts, e)
	})
}

// longestPatience bounds how long an expert's answer is waited for.
const longestPatience = 7 * 24 * time.Hour

func (c *Config) readPatience(n yamlfile.Node) {
	d, ok := n.Duration()
	if ok && (d < time.Minute || d > longestPatience) {
		n.Wrong("expert_answer is %s: use 1m to %s", d, longestPatience)
	}
	c.Patience = workflow.Span(d)
}

// Panel makes the panel of outside experts. E-mail addresses are looked up as for [Config.Tree], and name gives what Slack calls somebody whom the
// file does not name; it may be nil.
func (c *Config) Panel(
	resolvePerson func(email string) (org.PersonID, error), name func(org.PersonID) string,
) (workflow.Panel, error) {
	l := looker{person: resolvePerson, people: map[string]org.PersonID{}}
	p := workflow.Panel{Patience: c.Patience}
	for _, e := range c.Experts {
		one := workflow.Expert{Person: l.findPerson(e.Person), Name: e.Name, Kind: workflow.ExpertKind(e.Kind), Field: e.Field}
		if one.Name == "" && name != nil {
			one.Name = name(one.Person)
		}
		p.Members = append(p.Members, one)
	}
	if len(l.problems) > 0 {
		return workflow.Panel{}, l.problems
	}
	return p, nil
}
