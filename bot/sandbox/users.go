package sandbox

import (
	"strings"
)

func authTest(c *call) (object, *apiError) {
	return object{
		"url": c.base + "/", "team": c.w.opts.Team, "user": c.w.bot.Name, "team_id": c.w.team, "user_id": c.w.bot.ID,
		"bot_id": c.w.botID, "app_id": c.w.app, "is_enterprise_install": false,
	}, nil
}

func userInfo(c *call) (object, *apiError) {
	p := c.w.people[c.args.text("user")]
	if p == nil {
		return nil, fail("user_not_found")
	}
	o := c.w.userJSON(p)
	if c.args.flag("include_locale") {
		o["locale"] = "en-US"
	}
	return object{"user": o}, nil
}

func listUsers(c *call) (object, *apiError) {
	most := max(len(c.w.order), 1)
	page, meta, err := paginate(c, c.w.order, most, max(most, 1000))
	if err != nil {
		return nil, err
	}
	out := make([]object, 0, len(page))
	for _, p := range page {
		out = append(out, c.w.userJSON(p))
	}
	return object{"members": out, "cache_ts": c.at.Unix(), "response_metadata": meta}, nil
}

func lookupByEmail(c *call) (object, *apiError) {
	email := c.args.text("email")
	for _, p := range c.w.order {
		if email != "" && !p.Deactivated && strings.EqualFold(p.Email, email) {
			return object{"user": c.w.userJSON(p)}, nil
		}
	}
	return nil, fail("users_not_found")
}

func userProfile(c *call) (object, *apiError) {
	p := c.w.people[or(c.args.text("user"), c.w.bot.ID)]
	if p == nil {
		return nil, fail("user_not_found")
	}
	return object{"profile": c.w.userJSON(p)["profile"]}, nil
}

// userConversations lists the conversations of a person that the bot may know of: all public ones, and of the others
// those that both are in.
func userConversations(c *call) (object, *apiError) {
	kinds, err := c.kindsOf()
	if err != nil {
		return nil, err
	}
	id := or(c.args.text("user"), c.w.bot.ID)
	if c.w.people[id] == nil {
		return nil, fail("user_not_found")
	}
	return c.pageOfRooms(func(ch *channel) bool {
		return kinds[ch.kind] && ch.has(id) && (ch.kind == kindPublic || ch.has(c.w.bot.ID))
	})
}

func teamInfo(c *call) (object, *apiError) {
	if id := c.args.text("team"); id != "" && id != c.w.team {
		return nil, fail("team_not_found")
	}
	return object{"team": object{
		"id": c.w.team, "name": c.w.opts.Team, "domain": c.w.domain(), "email_domain": "", "icon": object{"image_default": true},
	}}, nil
}

func botInfo(c *call) (object, *apiError) {
	if id := c.args.text("bot"); id != "" && id != c.w.botID {
		return nil, fail("bot_not_found")
	}
	return object{"bot": object{
		"id": c.w.botID, "deleted": false, "name": c.w.bot.RealName, "updated": unix(c.w.bot.updated), "app_id": c.w.app,
		"user_id": c.w.bot.ID, "icons": object{},
	}}, nil
}
