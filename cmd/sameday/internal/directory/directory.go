// Package directory is who and what a Slack workspace has, read once: people by e-mail, channels by name, and where the bot is a member.
package directory

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"sameday/cmd/sameday/internal/config"
	"sameday/workflow/org"
)

// pageSize is how many people or channels one call asks for; Slack advises at most 200 people.
const pageSize = 200

// Channel is a channel that the bot can see: every public one, and private ones that it is in.
type Channel struct {
	ID, Name string
	Member   bool // the bot is in it
	Private  bool
	Archived bool
}

// Person is somebody in the workspace.
type Person struct {
	ID      org.PersonID
	Name    string
	Deleted bool // deactivated
	Bot     bool
}

// Directory is a workspace's people and channels at one moment. It is not changed after Load and safe for concurrent use.
type Directory struct {
	people   map[org.PersonID]Person
	emails   map[string]org.PersonID
	channels map[string]Channel // by id
	names    map[string]string  // name to id
}

// Waiting is told that Slack could not be reached, and after how long it is tried again.
type Waiting func(err error, again time.Duration)

// Await is [Load] that waits until Slack can be reached, asking more and more slowly, up to once a minute. It ends with an error when ctx
// ends, or when Slack answers and refuses: then somebody has to mend what the error names.
func Await(ctx context.Context, c *slack.Client, waiting Waiting) (*Directory, error) {
	for again := time.Second; ; again = min(2*again, time.Minute) {
		d, err := Load(ctx, c)
		if err == nil || ctx.Err() != nil || refused(err) {
			return d, err
		}
		waiting(err, again)
		if err := wait(ctx, again); err != nil {
			return nil, err
		}
	}
}

// refused reports whether an error is Slack's answer, which waiting does not change; anything else is a trouble of the network's or of
// Slack's own.
func refused(err error) bool {
	var no slack.SlackErrorResponse
	var status slack.StatusCodeError
	switch {
	case errors.As(err, &no):
		switch no.Err {
		case "fatal_error", "internal_error", "request_timeout", "service_unavailable", "ratelimited", "rate_limited":
			return false
		}
		return true
	case errors.As(err, &status):
		return status.Code >= 400 && status.Code < 500 && status.Code != http.StatusTooManyRequests && status.Code != http.StatusRequestTimeout
	}
	return false
}

// Load reads the directory, waiting where Slack asks to wait.
func Load(ctx context.Context, c *slack.Client) (*Directory, error) {
	d := &Directory{
		people: map[org.PersonID]Person{}, emails: map[string]org.PersonID{}, channels: map[string]Channel{}, names: map[string]string{},
	}
	users, err := c.GetUsersContext(ctx, slack.GetUsersOptionLimit(pageSize))
	if err != nil {
		return nil, fmt.Errorf("list the people: %w", err)
	}
	for _, u := range users {
		id := org.PersonID(u.ID)
		d.people[id] = Person{ID: id, Name: u.RealName, Deleted: u.Deleted, Bot: u.IsBot}
		if u.Profile.Email != "" && !u.Deleted {
			d.emails[strings.ToLower(u.Profile.Email)] = id
		}
	}
	return d, d.loadChannels(ctx, c)
}

func (d *Directory) loadChannels(ctx context.Context, c *slack.Client) error {
	p := slack.GetConversationsParameters{Types: []string{"public_channel", "private_channel"}, Limit: pageSize}
	for {
		page, next, err := c.GetConversationsContext(ctx, &p)
		var limited *slack.RateLimitedError
		if errors.As(err, &limited) {
			if err := wait(ctx, limited.RetryAfter); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("list the channels: %w", err)
		}
		for _, ch := range page {
			d.channels[ch.ID] = Channel{ID: ch.ID, Name: ch.Name, Member: ch.IsMember, Private: ch.IsPrivate, Archived: ch.IsArchived}
			if !ch.IsArchived {
				d.names[ch.Name] = ch.ID
			}
		}
		if next == "" {
			return nil
		}
		p.Cursor = next
	}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// FindPerson is the look-up of [config.Config.Tree] for e-mail addresses.
func (d *Directory) FindPerson(email string) (org.PersonID, error) {
	if id, ok := d.emails[strings.ToLower(email)]; ok {
		return id, nil
	}
	return "", config.ErrUnknown
}

// FindChannel is the look-up of [config.Config.Tree] for channel names.
func (d *Directory) FindChannel(name string) (string, error) {
	if id, ok := d.names[name]; ok {
		return id, nil
	}
	return "", config.ErrUnknown
}

// Person finds somebody by id.
func (d *Directory) Person(id org.PersonID) (Person, bool) {
	p, ok := d.people[id]
	return p, ok
}

// NameOf is what Slack calls somebody; empty for nobody.
func (d *Directory) NameOf(id org.PersonID) string { return d.people[id].Name }

// Channel finds a channel by id.
func (d *Directory) Channel(id string) (Channel, bool) {
	c, ok := d.channels[id]
	return c, ok
}
