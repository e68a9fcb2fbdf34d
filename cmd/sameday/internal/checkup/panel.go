package checkup

import (
	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/directory"
)

// panel looks at the outside experts: each needs an account that can read and answer.
func (r *report) panel(c *config.Config, d *directory.Directory) {
	panel, err := c.Panel(d.FindPerson, d.NameOf)
	if err != nil || len(panel.Members) == 0 { // who cannot be found is told with the people
		return
	}
	wrong := r.wrong
	for _, e := range panel.Members {
		p, known := d.Person(e.Person)
		switch {
		case !known:
			r.bad("experts", "invite the person into the workspace (a guest's account is enough), or take the id from the Slack profile", "%s is nobody in this workspace", e.Person)
		case p.Deleted:
			r.bad("experts", "take the person off the panel in "+c.Path, "%s (%s) is deactivated", e.Person, p.Name)
		case p.Bot:
			r.bad("experts", "name a person in "+c.Path, "%s (%s) is a bot", e.Person, p.Name)
		}
	}
	if r.wrong == wrong {
		r.ok("experts", "%d people are on the panel", len(panel.Members))
	}
}
