package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sameday/bot/sandbox/blockkit"
)

// Actor does what a person does in a client. Its methods wait until the person would have been told how it went: until
// the app has acknowledged, or the three seconds are over. An error means that the client would not have let the person
// do it (no such button, not a member); what the app or Slack answered is in the Reply.
type Actor struct {
	w  *Workspace
	id string
}

// Reply is what a person sees after doing something.
type Reply struct {
	Ephemeral []Message         // messages for this person alone that came meanwhile, oldest first
	Posted    *Message          // the message typed, or the answer everybody sees
	View      *View             // the modal on top, if a modal was opened or changed meanwhile
	Errors    map[string]string // under the inputs of a modal, by block_id
	// Failure is what the client shows when it did not work: "operation_timeout" and "dispatch_failed" (nobody
	// acknowledged, nobody was connected), "/x is not supported in threads. Sorry!", "/x is not a valid command.", "We had
	// some trouble connecting. Try again?"; empty when it did.
	Failure string
}

// Message is a message as a person sees it.
type Message struct {
	Channel, TS, ThreadTS, User, BotID, Text, Subtype string
	Blocks, Attachments, Metadata                     json.RawMessage
	Files                                             []File
	Ephemeral, Deleted, Pinned, Broadcast             bool
	Edited                                            string   // ts of the last edit
	Reactions                                         []string // names, once for each person
	ReplyCount                                        int
}

// Plain is the text as a person reads it: that of the blocks, or of the message where there are none.
func (m Message) Plain() string {
	if !emptyArray(m.Blocks) && m.BotID != "" {
		return blockkit.PlainText(m.Blocks)
	}
	return unescape(m.Text)
}

// As returns the person with that user id, handle or name. Its methods fail if there is nobody like that.
func (w *Workspace) As(user string) *Actor {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.findPerson(user); p != nil {
		user = p.ID
	}
	return &Actor{w: w, id: user}
}

// ID is the person's user id.
func (a *Actor) ID() string { return a.id }

// DM is the id of the person's direct message with the bot; empty for an unknown person.
func (a *Actor) DM() string {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	if p := a.w.people[a.id]; p != nil {
		return p.im
	}
	return ""
}

// SmartQuotes switches the person's keyboard to typographic quotes and dashes.
func (a *Actor) SmartQuotes(on bool) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	if p := a.w.people[a.id]; p != nil {
		p.smart = on
	}
}

// person finds who acts; the workspace is locked.
func (a *Actor) person() (*person, error) {
	p := a.w.people[a.id]
	switch {
	case a.w.closed:
		return nil, fmt.Errorf("act as %s: the workspace is closed", a.id)
	case p == nil:
		return nil, fmt.Errorf("act as %s: no such person", a.id)
	case p.Deactivated:
		return nil, fmt.Errorf("act as %s: the account is deactivated", a.id)
	}
	return p, nil
}

// visible finds a conversation that the person may look at.
func (a *Actor) visible(which string) (*person, *channel, error) {
	p, err := a.person()
	if err != nil {
		return nil, nil, err
	}
	ch := a.w.findChannel(which)
	if ch == nil || !ch.has(p.ID) && (ch.Private || p.Guest) {
		return nil, nil, fmt.Errorf("look at %s as %s: no such conversation for this person", which, a.id)
	}
	return p, ch, nil
}

// writable finds a conversation that the person may write in.
func (a *Actor) writable(which string) (*person, *channel, error) {
	p, ch, err := a.visible(which)
	switch {
	case err != nil:
		return nil, nil, err
	case !ch.has(p.ID):
		return nil, nil, fmt.Errorf("write in %s as %s: not a member", which, a.id)
	case ch.Archived:
		return nil, nil, fmt.Errorf("write in %s as %s: it is archived", which, a.id)
	}
	return p, ch, nil
}

// seen starts a Reply: what comes after this moment belongs to it.
type seen struct {
	w  *Workspace
	p  *person
	ch *channel
	at uint64
}

func (a *Actor) watch(p *person, ch *channel) seen {
	return seen{w: a.w, p: p, ch: ch, at: a.w.seq}
}

// collect adds to the reply what the person has got since.
func (s seen) collect(r Reply) Reply {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if s.ch != nil {
		for _, m := range s.ch.private {
			if m.to == s.p.ID && m.seq > s.at {
				r.Ephemeral = append(r.Ephemeral, s.w.shown(m))
			}
		}
	}
	if v := s.p.topView(); v != nil && v.seq > s.at {
		r.View = s.w.viewOf(s.p, v)
	}
	return r
}

// Type types into a conversation: a message, or a slash command.
func (a *Actor) Type(channel, text string) (Reply, error) { return a.typed(channel, "", text) }

// TypeInThread types a reply. Slack does not take slash commands there and says so.
func (a *Actor) TypeInThread(channel, threadTS, text string) (Reply, error) {
	return a.typed(channel, threadTS, text)
}

func (a *Actor) typed(which, thread, text string) (Reply, error) {
	a.w.mu.Lock()
	p, ch, err := a.writable(which)
	if err != nil {
		a.w.mu.Unlock()
		return Reply{}, err
	}
	if thread != "" && (ch.byTS[thread] == nil || ch.answerable(thread) != nil) {
		a.w.mu.Unlock()
		return Reply{}, fmt.Errorf("reply in %s as %s: no thread %s", which, a.id, thread)
	}
	if p.smart {
		text = smarten(text)
	}
	if strings.HasPrefix(text, "/") {
		return a.slash(p, ch, thread, text)
	}
	defer a.w.mu.Unlock()
	if strings.TrimSpace(text) == "" {
		return Reply{}, fmt.Errorf("write in %s as %s: nothing to send", which, a.id)
	}
	if ch.kind == kindDirect && (a.w.directOpen() != nil || a.w.manifest.Features.AppHome.MessagesRead) {
		return Reply{}, fmt.Errorf("write in %s as %s: the app takes no messages", which, a.id)
	}
	m := &message{ch: ch, thread: thread, user: p.ID, text: a.w.compose(text), clientID: a.w.secret()}
	m.blocks = plainBlocks(m.text)
	a.w.add(m)
	posted := a.w.shown(m)
	return Reply{Posted: &posted}, nil
}

// slash runs a command; it is called with the workspace locked and unlocks it.
func (a *Actor) slash(p *person, ch *channel, thread, typed string) (Reply, error) {
	cmd, text, known := a.w.typedCommand(typed)
	refusal := ""
	switch {
	case thread != "":
		refusal = fmt.Sprintf(failThread, cmd.Command)
	case !known:
		refusal = fmt.Sprintf(failUnknown, cmd.Command)
	}
	if refusal != "" {
		a.w.mu.Unlock()
		return Reply{Failure: refusal}, nil
	}
	var r Reply
	s := a.watch(p, ch)
	done := a.w.command(p, ch, cmd, text, func(o outcome) {
		r.Failure = o.failure
		if o.payload != nil {
			r.Posted, r.Failure = a.w.answerCommand(p, ch, typed, o.payload)
		}
	})
	a.w.mu.Unlock()
	<-done
	return s.collect(r), nil
}

// answerCommand shows the message that an acknowledgement carries. It returns what everybody sees, or a failure.
func (w *Workspace) answerCommand(p *person, ch *channel, typed string, raw json.RawMessage) (*Message, string) {
	var ans answer
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &ans) != nil || json.Unmarshal(raw, &fields) != nil {
		return nil, failBadReply
	}
	c, err := w.contentOf(args{json: fields}, false)
	if err != nil {
		w.log("answer to %s dropped: %s %v", typed[:min(len(typed), 32)], err.code, err.extra)
		return nil, failBadReply
	}
	if ans.Type == "in_channel" {
		w.add(&message{ch: ch, user: p.ID, text: escape(typed), clientID: w.secret()})
	}
	if c.empty() {
		return nil, ""
	}
	m, err := w.respond(&hook{ch: ch, user: p.ID}, answer{Type: ans.Type}, c)
	if err != nil || m == nil {
		return nil, failBadReply
	}
	if m.to != "" {
		return nil, ""
	}
	posted := w.shown(m)
	return &posted, ""
}

// Shortcut uses a shortcut: on the message with ts in the channel, or a global one when ts is empty.
func (a *Actor) Shortcut(callbackID, channel, ts string) (Reply, error) {
	a.w.mu.Lock()
	p, err := a.person()
	if err != nil {
		a.w.mu.Unlock()
		return Reply{}, err
	}
	i := slices.IndexFunc(a.w.manifest.Features.Shortcuts, func(s Shortcut) bool {
		return s.CallbackID == callbackID && (s.Type == "message") == (ts != "")
	})
	if i < 0 {
		a.w.mu.Unlock()
		return Reply{}, fmt.Errorf("use shortcut %s as %s: the app has none like that here", callbackID, a.id)
	}
	m, err := a.marked(channel, ts)
	if err != nil {
		a.w.mu.Unlock()
		return Reply{}, fmt.Errorf("use shortcut %s: %w", callbackID, err)
	}
	var r Reply
	s := a.watch(p, nil)
	if m != nil {
		s.ch = m.ch
	}
	done := a.w.shortcut(p, a.w.manifest.Features.Shortcuts[i], m, func(o outcome) { r.Failure = o.failure })
	a.w.mu.Unlock()
	<-done
	return s.collect(r), nil
}

// marked finds the message a person points at; nil for the empty ts.
func (a *Actor) marked(which, ts string) (*message, error) {
	if ts == "" {
		return nil, nil
	}
	_, ch, err := a.visible(which)
	if err != nil {
		return nil, err
	}
	m := ch.find(ts)
	if m == nil {
		return nil, fmt.Errorf("point at %s in %s as %s: no such message", ts, which, a.id)
	}
	return m, nil
}
