package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"sameday/workflow/org"
)

// groupPrefix begins the handle of a unit's user group: @duty-jingan. A workspace that has a group of that name gets it kept: it then
// holds whoever answers for the unit.
const groupPrefix = "duty-"

// groupsEvery is how often we look which groups there are, and how long we leave them alone when we may not.
const groupsEvery = time.Hour

// groupsAgain is how soon we try again when Slack could not be asked.
const groupsAgain = 5 * time.Minute

// dutyGroup is a unit's user group as Slack has it.
type dutyGroup struct {
	unit    org.UnitID
	id      string
	members []string
}

// keepGroups lets the user groups follow the rosters until ctx ends. Workspaces without groups, or in which we may not change them, do
// without; that is said once in the log.
func (b *Bot) keepGroups(ctx context.Context) error {
	var groups []dutyGroup
	var listed time.Time
	silent := false
	for ctx.Err() == nil {
		now := b.options.Now()
		var err error
		if now.Sub(listed) >= groupsEvery || now.Before(listed) {
			groups, err = b.listGroups(ctx)
			listed = now
		}
		if err == nil {
			err = b.followGroups(ctx, groups)
		}
		if err != nil && ctx.Err() == nil {
			groups = nil // until we look again
			var no slack.SlackErrorResponse
			if !errors.As(err, &no) || !closedToUs(no.Err) { // Slack is in trouble, or the way to it
				listed = now.Add(groupsAgain - groupsEvery)
			}
			if !silent {
				b.log.Warn().Str("reason", reason(err)).Msg("the user groups @duty-… are left alone")
			}
			silent = true
		}
		select {
		case <-ctx.Done():
		case <-b.regroup:
		case <-time.After(groupsEvery):
		}
	}
	return nil
}

// listGroups finds the units' groups.
func (b *Bot) listGroups(ctx context.Context) ([]dutyGroup, error) {
	var all []slack.UserGroup
	err := patiently(ctx, func() (err error) {
		all, err = b.slack.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeUsers(true))
		return err
	})
	if err != nil {
		return nil, err
	}
	tree := b.desk.Rules().Tree
	var out []dutyGroup
	for _, g := range all {
		unit, ours := strings.CutPrefix(g.Handle, groupPrefix)
		if _, known := tree.Unit(org.UnitID(unit)); ours && known && g.DateDelete == 0 {
			out = append(out, dutyGroup{unit: org.UnitID(unit), id: g.ID, members: g.Users})
		}
	}
	return out, nil
}

// followGroups puts into each group who answers for its unit now. There is always somebody: a group cannot be emptied.
func (b *Bot) followGroups(ctx context.Context, groups []dutyGroup) error {
	for i := range groups {
		g := &groups[i]
		o := b.desk.Rules().Book.Answers(g.unit, b.options.Now())
		want := []string{string(o.Person)}
		if o.Person == "" || slices.Equal(g.members, want) {
			continue
		}
		err := patiently(ctx, func() error {
			_, err := b.slack.UpdateUserGroupMembersContext(ctx, g.id, want[0])
			return err
		})
		var no slack.SlackErrorResponse
		switch {
		case err == nil:
			b.log.Info().Str("unit", string(g.unit)).Str("group", g.id).Msg("the user group follows the roster")
		case errors.As(err, &no) && !closedToUs(no.Err): // this one only: a person whose account was closed, a group that was deleted
			b.log.Warn().Str("unit", string(g.unit)).Str("group", g.id).Str("reason", no.Err).Msg("a user group could not follow the roster")
		default:
			return err
		}
		g.members = want
	}
	return nil
}

// closedToUs reports whether an error means that no group can be changed.
func closedToUs(code string) bool {
	switch code {
	case "missing_scope", "plan_upgrade_required", "permission_denied", "no_permission", "not_allowed_token_type", "access_denied":
		return true
	}
	return final(code)
}

// patiently tries a call until Slack's limits let it through.
func patiently(ctx context.Context, call func() error) error {
	for {
		err := call()
		wait, limited := retryAfter(err)
		if !limited {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}
