package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// groupCall is one call to Slack on the way of a group's channel. Each is repeat-safe, and its outcome is recorded before the next begins:
// the record begins it. So a formation goes on where it was broken off, whatever Slack did with the last call.
type groupCall struct {
	step workflow.GroupStep
	do   func(ctx context.Context, c workflow.Complaint, u org.Unit, fact workflow.Fact) error
}

// groupCalls is the table of them, by kind of intent.
func (b *Bot) groupCalls() map[string]groupCall {
	return map[string]groupCall{
		store.KindGroupCreate:  {workflow.GroupCreated, b.createGroup},
		store.KindGroupTopic:   {workflow.GroupTopic, b.topicGroup},
		store.KindGroupInvite:  {workflow.GroupInvited, b.inviteGroup},
		store.KindGroupPin:     {workflow.GroupPinned, b.pinGroup},
		store.KindGroupArchive: {workflow.GroupArchived, b.archiveGroup},
	}
}

// renderGroupCall makes a call to Slack of an intent, unless its time has gone by: the group has ended, or has no channel any more.
func (b *Bot) renderGroupCall(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	call := b.groupCalls()[i.Kind]
	c, u, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	fact, err := b.fact(ctx, c.ID, about.Version)
	if err != nil {
		return deliver.Action{}, err
	}
	create, archive := call.step == workflow.GroupCreated, call.step == workflow.GroupArchived
	orphan := create && !c.Group.Working() && c.Group.Room == "" && i.Attempts > 1 // an earlier attempt may have made one
	switch g := c.Group; {
	case orphan:
	case !archive && !g.Working(), create && g.Room != "", !create && g.Room == "", archive && g.Archived:
		return deliver.Action{Skip: true}, nil
	case (call.step == workflow.GroupTopic || call.step == workflow.GroupPinned) && !g.Lacks(call.step):
		return deliver.Action{Skip: true}, nil
	}
	return deliver.Action{Call: func(ctx context.Context) error { return call.do(ctx, c, u, fact) }}, nil
}

// recordGroup keeps what Slack did.
func (b *Bot) recordGroup(ctx context.Context, c workflow.Complaint, done *workflow.GroupChannel, problems ...workflow.GroupProblem) error {
	_, err := b.desk.Do(ctx, store.Request{
		Complaint: c.ID, By: workflow.System(), At: b.options.Now(),
		Command: workflow.RecordGroup{N: c.Group.N, Done: done, Problems: problems},
	})
	b.sender.Wake()
	var no *workflow.Refusal
	if errors.As(err, &no) { // it is on record
		return nil
	}
	return err
}

// troubleOf understands Slack's word about a channel.
func troubleOf(word string) workflow.GroupTrouble {
	switch word {
	case "missing_scope", "not_allowed_token_type":
		return workflow.TroubleScope
	case "is_archived", "is_inactive":
		return workflow.TroubleArchived
	case "not_in_channel", "channel_not_found":
		return workflow.TroubleRemoved
	}
	return workflow.TroubleRefused
}

// refusedStep makes a problem of Slack's refusal; ok is false for an error that trying again may mend.
func refusedStep(step workflow.GroupStep, c workflow.Complaint, err error) (workflow.GroupProblem, bool) {
	word, scopes, ok := deliver.Refusal(err)
	return workflow.GroupProblem{Step: step, Trouble: troubleOf(word), Reason: word, Scope: scopes, Channel: c.Group.Room}, ok
}

// mostNames is how many names are tried for a channel.
const mostNames = 30

// roomName is the n-th name that a complaint's channel may have: lower case, and far shorter than Slack's 80.
func roomName(id workflow.ID, n int) string {
	name := "complaint-" + strings.ToLower(string(id))
	if n > 1 {
		name += fmt.Sprintf("-%d", n)
	}
	return name
}

// createGroup makes the private channel under the next free name. A name that is taken may be our own work, of an attempt whose outcome
// nobody noted: a channel that we made and that no group of the complaint has had is taken.
func (b *Bot) createGroup(ctx context.Context, c workflow.Complaint, _ org.Unit, _ workflow.Fact) error {
	if !c.Group.Working() {
		return b.removeOrphan(ctx, c)
	}
	var err error
	first := len(c.Rooms) + 1 // archived channels keep their names
	for n := first; n < first+mostNames; n++ {
		name, id := roomName(c.ID, n), ""
		err = b.sender.Do(ctx, "conversations.create", func(ctx context.Context) error {
			ch, err := b.slack.CreateConversationContext(ctx, slack.CreateConversationParams{ChannelName: name, IsPrivate: true})
			if err == nil {
				id, name = ch.ID, ch.Name
			}
			return err
		})
		if word, _, _ := deliver.Refusal(err); word == "name_taken" {
			if id, name, err = b.ownRoom(ctx, c); err == nil && id == "" {
				continue
			}
		}
		if err == nil {
			return b.recordGroup(ctx, c, &workflow.GroupChannel{Step: workflow.GroupCreated, Channel: id, Name: name})
		}
		break
	}
	if err == nil {
		p := workflow.GroupProblem{Step: workflow.GroupCreated, Trouble: workflow.TroubleRefused, Reason: "name_taken"}
		return b.recordGroup(ctx, c, nil, p)
	}
	if p, ok := refusedStep(workflow.GroupCreated, c, err); ok {
		return b.recordGroup(ctx, c, nil, p)
	}
	return err
}

// ownRoom finds a private channel with a name of the complaint's that we made and that the complaint does not know; empty for none.
func (b *Bot) ownRoom(ctx context.Context, c workflow.Complaint) (id, name string, err error) {
	base := roomName(c.ID, 1)
	p := slack.GetConversationsParameters{Types: []string{"private_channel"}, ExcludeArchived: true, Limit: 900}
	for {
		var page []slack.Channel
		var next string
		err := b.sender.Do(ctx, "conversations.list", func(ctx context.Context) (err error) {
			page, next, err = b.slack.GetConversationsContext(ctx, &p)
			return err
		})
		if err != nil {
			return "", "", err
		}
		for _, ch := range page {
			named := ch.Name == base || strings.HasPrefix(ch.Name, base+"-")
			if named && ch.Creator == b.self.User && !slices.Contains(c.Rooms, ch.ID) {
				return ch.ID, ch.Name, nil
			}
		}
		if next == "" {
			return "", "", nil
		}
		p.Cursor = next
	}
}

// removeOrphan archives a channel that was made for a group which ended before anybody noted it.
func (b *Bot) removeOrphan(ctx context.Context, c workflow.Complaint) error {
	id, name, err := b.ownRoom(ctx, c)
	if err != nil || id == "" {
		if _, _, refused := deliver.Refusal(err); refused {
			return nil
		}
		return err
	}
	return b.recordGroup(ctx, c, &workflow.GroupChannel{Step: workflow.GroupCreated, Channel: id, Name: name})
}

// topicGroup sets the channel's topic; without one the way goes on.
func (b *Bot) topicGroup(ctx context.Context, c workflow.Complaint, u org.Unit, _ workflow.Fact) error {
	topic := card.GroupTopic(b.faceOf(ctx, u), c)
	err := b.sender.Do(ctx, "conversations.setTopic", func(ctx context.Context) error {
		_, err := b.slack.SetTopicOfConversationContext(ctx, c.Group.Room, topic)
		return err
	})
	return b.stepped(ctx, c, workflow.GroupChannel{Step: workflow.GroupTopic, Channel: c.Group.Room}, err)
}

// stepped records a step that is not needed for the next: refused, it is told, and the way goes on, unless the channel itself is gone.
func (b *Bot) stepped(ctx context.Context, c workflow.Complaint, done workflow.GroupChannel, err error) error {
	if err == nil {
		return b.recordGroup(ctx, c, &done)
	}
	p, ok := refusedStep(done.Step, c, err)
	if !ok {
		return err
	}
	if p.Fatal() {
		return b.recordGroup(ctx, c, nil, p)
	}
	done.Refused = true
	return b.recordGroup(ctx, c, &done, p)
}

// inviteGroup invites the members who are not in the channel yet; when the group was formed again all of them, because some may have left.
func (b *Bot) inviteGroup(ctx context.Context, c workflow.Complaint, _ org.Unit, fact workflow.Fact) error {
	people := c.Group.ToInvite()
	if _, formed := fact.Event.(workflow.GroupFormed); formed {
		people = c.Group.People()
	}
	var in []org.PersonID
	var problems []workflow.GroupProblem
	for batch := range slices.Chunk(people, workflow.MaxGroup) {
		came, refused, err := b.inviteAll(ctx, c, batch)
		if err != nil {
			p, ok := refusedStep(workflow.GroupInvited, c, err)
			if !ok {
				return err
			}
			return b.recordGroup(ctx, c, nil, p)
		}
		in, problems = append(in, came...), append(problems, refused...)
	}
	done := workflow.GroupChannel{Step: workflow.GroupInvited, Channel: c.Group.Room, People: in}
	return b.recordGroup(ctx, c, &done, problems...)
}

// inviteAll invites some people at once and, when Slack names those whom it does not let in, the others again. It gives who is in the
// channel then; an error is about the channel, or one that trying again may mend.
func (b *Bot) inviteAll(ctx context.Context, c workflow.Complaint, people []org.PersonID) (in []org.PersonID, problems []workflow.GroupProblem, err error) {
	for left := people; len(left) > 0; {
		err := b.invite(ctx, c.Group.Room, left)
		if err == nil {
			return append(in, left...), problems, nil
		}
		words := personal(err, left)
		if len(words) == 0 {
			return nil, nil, err
		}
		var rest []org.PersonID
		for _, p := range left {
			switch word := words[p]; word {
			case "":
				rest = append(rest, p)
			case "already_in_channel":
				in = append(in, p)
			default:
				problems = notIn(problems, c, p, word)
			}
		}
		left = rest
	}
	return in, problems, nil
}

func (b *Bot) invite(ctx context.Context, room string, people []org.PersonID) error {
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = string(p)
	}
	return b.sender.Do(ctx, "conversations.invite", func(ctx context.Context) error {
		_, err := b.slack.InviteUsersToConversationContext(ctx, room, ids...)
		return err
	})
}

// personal is what Slack says of each person whom it does not let in; nothing when the refusal is not about people.
func personal(err error, people []org.PersonID) map[org.PersonID]string {
	var no slack.SlackErrorResponse
	if !errors.As(err, &no) {
		return nil
	}
	out := map[org.PersonID]string{}
	for _, e := range no.Errors {
		if one := e.ConversationsInviteResponseError; one != nil && slices.Contains(people, org.PersonID(one.User)) {
			out[org.PersonID(one.User)] = one.Error
		}
	}
	if len(out) == 0 && len(people) == 1 && aboutPerson(no.Err) {
		out[people[0]] = no.Err
	}
	return out
}

// aboutPerson reports whether a refusal to invite is about who was invited.
func aboutPerson(word string) bool {
	return word == "already_in_channel" || word == "cant_invite" || troubleWith(word) != workflow.TroubleRefused
}

// troubleWith understands what Slack says of a person.
func troubleWith(word string) workflow.GroupTrouble {
	switch word {
	case "cant_invite", "user_not_found", "user_disabled", "no_user", "org_user_not_in_team":
		return workflow.TroubleGone
	case "user_is_restricted", "ura_max_channels":
		return workflow.TroubleGuest
	}
	return workflow.TroubleRefused
}

// notIn adds somebody to the problem of that kind.
func notIn(problems []workflow.GroupProblem, c workflow.Complaint, p org.PersonID, word string) []workflow.GroupProblem {
	for i := range problems {
		if problems[i].Trouble == troubleWith(word) {
			problems[i].People = append(problems[i].People, p)
			return problems
		}
	}
	return append(problems, workflow.GroupProblem{
		Step: workflow.GroupInvited, Trouble: troubleWith(word), Reason: word, Channel: c.Group.Room, People: []org.PersonID{p},
	})
}

// pinGroup pins the card.
func (b *Bot) pinGroup(ctx context.Context, c workflow.Complaint, _ org.Unit, _ workflow.Fact) error {
	place, ok := c.GroupCard()
	if !ok {
		return nil
	}
	err := b.sender.Do(ctx, "pins.add", func(ctx context.Context) error {
		return b.slack.AddPinContext(ctx, place.Channel, slack.NewRefToMessage(place.Channel, place.TS))
	})
	if word, _, _ := deliver.Refusal(err); word == "already_pinned" {
		err = nil
	}
	done := workflow.GroupChannel{Step: workflow.GroupPinned, Channel: c.Group.Room}
	for _, m := range c.Group.Members {
		if m.Invited {
			done.People = append(done.People, m.Person)
		}
	}
	return b.stepped(ctx, c, done, err)
}

// archiveGroup archives the channel of a group that has ended.
func (b *Bot) archiveGroup(ctx context.Context, c workflow.Complaint, _ org.Unit, _ workflow.Fact) error {
	err := b.sender.Do(ctx, "conversations.archive", func(ctx context.Context) error {
		return b.slack.ArchiveConversationContext(ctx, c.Group.Room)
	})
	if word, _, _ := deliver.Refusal(err); word == "already_archived" || word == "is_archived" {
		err = nil
	}
	return b.stepped(ctx, c, workflow.GroupChannel{Step: workflow.GroupArchived, Channel: c.Group.Room}, err)
}
