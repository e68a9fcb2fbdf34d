package bot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"sameday/bot/card"
	"sameday/bot/deliver"
	"sameday/bot/words"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/org"
)

// groupFields are what the form of an emergency group asks for.
func groupFields() []field {
	return []field{
		{name: "clue", kind: inputText, required: true},
		{name: "people", kind: inputPeople, required: true},
		{name: "where", kind: inputRadio, required: true, values: "group_place", options: names(workflow.GroupPlaces()), initial: string(workflow.GroupInThread)},
	}
}

// readGroup reads "channel @hu.jun the customer wants to go to the press", or "dissolve the customer withdrew". Without a clue the form asks.
func readGroup(w words0) workflow.Command {
	c := workflow.FormGroup{}
	switch w.take("group_word") {
	case "dissolve":
		return workflow.DissolveGroup{Reason: w.text()}
	case string(workflow.GroupInChannel):
		c.Where = workflow.GroupInChannel
	case string(workflow.GroupInThread):
		c.Where = workflow.GroupInThread
	}
	for _, m := range w.typed.Mentions {
		c.Also = append(c.Also, org.PersonID(m))
	}
	if c.Clue = w.text(); c.Clue == "" {
		return nil
	}
	return c
}

// fillGroup is what the group's form opens with: those who are proposed, who is in already, and who asks.
func fillGroup(fill prefill, c workflow.Complaint, r request, text string) {
	people := []org.PersonID{r.Person}
	for _, m := range r.rules.Propose(c) {
		people = append(people, m.Person)
	}
	fill["clue"], fill["where"] = text, string(workflow.GroupInThread)
	if c.Serious() {
		fill["where"] = string(workflow.GroupInChannel)
	}
	if c.Group.Working() {
		people = append(people, c.Group.People()...)
		if c.Group.Private {
			fill["where"] = string(workflow.GroupInChannel)
		}
		if text == "" {
			fill["clue"] = c.Group.Clue
		}
	}
	var once []org.PersonID
	for _, p := range people {
		if !slices.Contains(once, p) && len(r.rules.Tree.Posts(p)) > 0 && !slices.Contains(c.Subjects, p) {
			once = append(once, p)
		}
	}
	fill["people"] = strings.TrimSpace(spaced(once))
}

// inGroup lets what is said in the channel of an emergency group be about its complaint, in the words of the complaint's unit.
func (b *Bot) inGroup(ctx context.Context, r request) (request, error) {
	if r.Channel == "" || r.unit.ID != "" || strings.HasPrefix(r.Channel, "D") {
		return r, nil
	}
	id, err := b.desk.ByRoom(ctx, r.Channel)
	if errors.Is(err, store.ErrNotFound) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	c, err := b.desk.Complaint(ctx, id)
	if err != nil {
		return r, err
	}
	u, ok := r.rules.Tree.Unit(c.Unit)
	if !ok {
		return r, nil
	}
	r.about, r.unit, r.zone, r.words = id, u, u.Zone, words.For(u.Language)
	return r, nil
}

// renderRoll calls the roll in the thread. When another call came after it, only that one is told.
func (b *Bot) renderRoll(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, u, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	root, err := thread(c, b.options.Now())
	if err != nil {
		return deliver.Action{}, err
	}
	if c.Group.Roll != about.Version {
		return deliver.Action{Skip: true}, nil
	}
	a := action(card.Roll(b.faceOf(ctx, u), c))
	a.Channel, a.ThreadTS, a.Posted = root.Channel, root.TS, b.kept(c.ID, workflow.PostedRoll(about.Version))
	return a, nil
}

// renderRolled draws the last roll call again.
func (b *Bot) renderRolled(ctx context.Context, i store.Intent, _ store.About) (deliver.Action, error) {
	c, u, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	place, posted := c.Posts[workflow.PostedRoll(c.Group.Roll)]
	if !posted {
		return deliver.Action{Skip: true}, nil
	}
	a := action(card.Roll(b.faceOf(ctx, u), c))
	a.Channel, a.UpdateTS = place.Channel, place.TS
	return a, nil
}

// renderSummons writes to somebody who is in the group. Who has answered meanwhile, or whose group has ended, is left alone.
func (b *Bot) renderSummons(ctx context.Context, i store.Intent, about store.About) (deliver.Action, error) {
	c, fact, f, err := b.private(ctx, i, about)
	if err != nil {
		return deliver.Action{}, err
	}
	_, joined := fact.Event.(workflow.GroupJoined)
	waits := slices.Contains(c.Group.Waits(), about.Person)
	if !c.Open() || !c.Group.Working() || !waits && !joined {
		return deliver.Action{Skip: true}, nil
	}
	return direct(card.Summons(f, c, fact.By, about.Person, i.Kind == store.KindGroupRing), about.Person), nil
}

// renderGroupCard posts the live card into the group's channel, or draws it again.
func (b *Bot) renderGroupCard(ctx context.Context, i store.Intent, _ store.About) (deliver.Action, error) {
	c, u, err := b.subject(ctx, i)
	if err != nil {
		return deliver.Action{}, err
	}
	place, posted := c.GroupCard()
	if c.Group.Room == "" || c.Group.Archived || !posted && !c.Group.Working() {
		return deliver.Action{Skip: true}, nil
	}
	a := action(card.GroupCard(b.faceOf(ctx, u), c))
	a.Channel, a.UpdateTS = c.Group.Room, place.TS
	if !posted {
		a.Posted = b.kept(c.ID, c.PostedGroup())
	}
	a.Refused = func(ctx context.Context, word string) error {
		p := workflow.GroupProblem{Step: workflow.GroupCarded, Trouble: troubleOf(word), Reason: word, Channel: c.Group.Room}
		return b.recordGroup(ctx, c, nil, p)
	}
	return a, nil
}

// homeSummons are the complaints whose group waits for the person.
func (b *Bot) homeSummons(ctx context.Context, p org.PersonID, v *card.HomeView) error {
	ids, err := b.desk.Summoned(ctx, p, mostHome)
	if err != nil {
		return err
	}
	v.Summons, err = b.summaries(ctx, ids)
	return err
}

// back notices that the bot was invited into the channel of a group again, after somebody had removed it: the channel is the group's again.
func (b *Bot) back(ctx context.Context, channel string) error {
	id, err := b.desk.ByRoom(ctx, channel)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := b.desk.Complaint(ctx, id)
	if err != nil || c.LostRoom() != channel {
		return err
	}
	return b.recordGroup(ctx, c, &workflow.GroupChannel{Step: workflow.GroupCreated, Channel: channel})
}
