package bot

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"sameday/workflow"
	"sameday/workflow/org"
)

// people knows names. Cards are drawn with names, not mentions, because a mention rings.
type people struct {
	slack *slack.Client
	mu    sync.RWMutex
	names map[org.PersonID]string
}

// lookTime bounds the wait for one name: a card with an id is better than a card that is late.
const lookTime = time.Second

// longestID is how much is said of an id that nobody has: a payload may hold anything there.
const longestID = 40

func newPeople(c *slack.Client) *people { return &people{slack: c, names: map[org.PersonID]string{}} }

// load fetches everybody's name, page by page.
func (p *people) load(ctx context.Context) error {
	users, err := p.slack.GetUsersContext(ctx, slack.GetUsersOptionLimit(200))
	if err != nil {
		return fmt.Errorf("list the workspace's people: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range users {
		p.names[org.PersonID(u.ID)] = displayName(u)
	}
	return nil
}

// displayName is the person's full name: a record names people as the bank does, not as they like to be called.
func displayName(u slack.User) string {
	return first(u.RealName, u.Profile.RealName, u.Profile.DisplayName, u.Name)
}

// namer answers names for one message: known ones from memory, a new one by asking once.
func (p *people) namer(ctx context.Context) func(org.PersonID) string {
	return func(id org.PersonID) string {
		if id == "" {
			return ""
		}
		p.mu.RLock()
		name, ok := p.names[id]
		p.mu.RUnlock()
		if ok {
			return name
		}
		ctx, cancel := context.WithTimeout(ctx, lookTime)
		defer cancel()
		u, err := p.slack.GetUserInfoContext(ctx, string(id))
		if err != nil {
			return workflow.Gist(string(id), longestID)
		}
		name = displayName(*u)
		p.mu.Lock()
		p.names[id] = name
		p.mu.Unlock()
		return name
	}
}
