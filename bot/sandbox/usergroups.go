package sandbox

import (
	"slices"
	"time"
)

// usergroup is a group that can be mentioned.
type usergroup struct {
	id, name, handle, description string
	users                         []string
	made                          time.Time
}

func (w *Workspace) groupJSON(g *usergroup, withUsers bool) object {
	o := object{
		"id": g.id, "team_id": w.team, "is_usergroup": true, "is_subteam": true, "name": g.name, "description": g.description,
		"handle": g.handle, "is_external": false, "date_create": unix(g.made), "date_update": unix(g.made), "date_delete": 0,
		"auto_type": nil, "created_by": w.bot.ID, "updated_by": w.bot.ID, "deleted_by": nil,
		"prefs": object{"channels": []string{}, "groups": []string{}}, "user_count": len(g.users), "channel_count": 0,
	}
	if withUsers {
		o["users"] = append([]string{}, g.users...)
	}
	return o
}

func listGroups(c *call) (object, *apiError) {
	out := []object{}
	for _, g := range c.w.groups {
		out = append(out, c.w.groupJSON(g, c.args.flag("include_users")))
	}
	return object{"usergroups": out}, nil
}

func createGroup(c *call) (object, *apiError) {
	g := &usergroup{id: c.w.id("S"), name: c.args.text("name"), handle: c.args.text("handle"), description: c.args.text("description"), made: c.at}
	g.handle = or(g.handle, handle(g.name))
	switch {
	case g.name == "":
		return nil, fail("invalid_arguments")
	case slices.ContainsFunc(c.w.groups, func(x *usergroup) bool { return x.name == g.name }):
		return nil, fail("name_already_exists")
	case slices.ContainsFunc(c.w.groups, func(x *usergroup) bool { return x.handle == g.handle }):
		return nil, fail("handle_already_exists")
	}
	c.w.groups = append(c.w.groups, g)
	return object{"usergroup": c.w.groupJSON(g, true)}, nil
}

func (c *call) group() (*usergroup, *apiError) {
	i := slices.IndexFunc(c.w.groups, func(g *usergroup) bool { return g.id == c.args.text("usergroup") })
	if i < 0 {
		return nil, fail("no_such_subteam")
	}
	return c.w.groups[i], nil
}

func listGroupUsers(c *call) (object, *apiError) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	return object{"users": append([]string{}, g.users...)}, nil
}

// updateGroupUsers replaces the whole list; a group cannot be emptied.
func updateGroupUsers(c *call) (object, *apiError) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	users := c.args.list("users")
	if len(users) == 0 {
		return nil, fail("no_users_provided")
	}
	for _, id := range users {
		if p := c.w.people[id]; p == nil || p.Deactivated {
			return nil, fail("invalid_users")
		}
	}
	g.users = users
	return object{"usergroup": c.w.groupJSON(g, true)}, nil
}
