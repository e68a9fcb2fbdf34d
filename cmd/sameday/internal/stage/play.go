package stage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sameday/bot/sandbox"
	"sameday/cmd/sameday/internal/sample"
)

// play is who acts where: what a person who types at the prompt has chosen.
type play struct {
	who     string          // handle
	channel string          // channel's name
	last    sandbox.Message // the last answer that only this person saw
}

// ErrQuit ends the play.
var ErrQuit = errors.New("quit")

// Prompt says who acts where.
func (s *Stage) Prompt() string { return s.who + "@" + s.channel }

// As lets somebody act, in his own unit's channel (an outside expert: in his direct messages) unless another is named: "wang.li" or "wang.li@shanghai".
func (s *Stage) As(name string) error {
	handle, channel, named := strings.Cut(name, "@")
	i := slices.IndexFunc(s.Bank.People(), func(p sample.Person) bool { return p.Handle == handle || p.Name == handle })
	if i < 0 {
		return fmt.Errorf("nobody is called %s here; type who", handle)
	}
	p := s.Bank.People()[i]
	if !named {
		channel = string(p.Unit)
	}
	if channel == "" { // an outside expert has no unit
		channel = "dm"
	}
	if _, err := s.room(p.Handle, channel); err != nil {
		return err
	}
	s.who, s.channel = p.Handle, channel
	return nil
}

func (s *Stage) actor() *sandbox.Actor { return s.Slack.As(s.people[s.who]) }

func (s *Stage) room(handle, name string) (string, error) {
	actor := s.Slack.As(s.people[handle])
	if name == "dm" {
		return actor.DM(), nil
	}
	rooms, err := actor.Rooms()
	if err != nil {
		return "", err
	}
	for _, r := range rooms {
		if r.Name == name || r.ID == name {
			return r.ID, nil
		}
	}
	return "", fmt.Errorf("%s sees no channel called %s", handle, name)
}

// word is one thing that can be typed at the prompt.
type word struct {
	name, usage string
	do          func(s *Stage, ctx context.Context, args string) (string, error)
}

// vocabulary is the table of what can be typed beside messages and slash commands.
func vocabulary() []word {
	return []word{
		{"as", "as wang.li[@channel]    act as somebody, in a channel", func(s *Stage, _ context.Context, a string) (string, error) { return "", s.As(a) }},
		{"who", "who    everybody, with unit and position", func(s *Stage, _ context.Context, _ string) (string, error) { return s.everybody(), nil }},
		{"look", "look [channel]    what stands in a channel; dm for direct messages", (*Stage).look},
		{"thread", "thread 7    the thread of a complaint, or of the last message (thread last)", (*Stage).threadOf},
		{"click", "click 7 受理    press a button on a complaint's card (last: on the last answer; dm: on the last direct message; thread 7 …: on a message in its thread)", (*Stage).click},
		{"home", "home [确认]    App Home; with a button's name, press it there", (*Stage).home},
		{"reply", "reply 7 @sameday 受理    say something in a complaint's thread", (*Stage).replyIn},
		{"choose", "choose 20261123-001    choose from the list in the last answer", (*Stage).choose},
		{"shortcut", "shortcut words    open a complaint from the last message with these words", (*Stage).shortcut},
		{"view", "view    the form that is open", func(s *Stage, _ context.Context, _ string) (string, error) { return s.form(), nil }},
		{"fill", "fill summary = …    fill in a field of the form", (*Stage).fill},
		{"submit", "submit    send the form", (*Stage).submit},
		{"skip", "skip 4h    let time pass", (*Stage).skip},
		{"until", "until 00:05    let time pass until a clock time", (*Stage).until},
		{"clock", "clock    what time it is here", func(s *Stage, _ context.Context, _ string) (string, error) { return s.clock() }},
		{"help", "help    this list", func(*Stage, context.Context, string) (string, error) { return helpText(), nil }},
		{"quit", "quit    end", func(*Stage, context.Context, string) (string, error) { return "", ErrQuit }},
	}
}

func helpText() string {
	var b strings.Builder
	b.WriteString("/complaint …, /notice …, /duty …, or any message    said in the channel\n")
	for _, w := range vocabulary() {
		b.WriteString(w.usage + "\n")
	}
	return b.String()
}

// Exec does what was typed at the prompt and returns what the person then sees. A line that begins with "wang.li@jingan " is done as that
// person, without changing who acts next.
func (s *Stage) Exec(ctx context.Context, line string) (string, error) {
	line = strings.TrimSpace(line)
	if first, rest, ok := strings.Cut(line, " "); ok && strings.Contains(first, "@") && !strings.HasPrefix(first, "@") {
		before := s.play
		if err := s.As(first); err != nil {
			return "", err
		}
		out, err := s.Exec(ctx, rest)
		s.who, s.channel = before.who, before.channel
		return out, err
	}
	name, args, _ := strings.Cut(line, " ")
	for _, w := range vocabulary() {
		if w.name == name {
			return w.do(s, ctx, strings.TrimSpace(args))
		}
	}
	if line == "" {
		return "", nil
	}
	return s.act(ctx, func(a *sandbox.Actor) (sandbox.Reply, error) {
		room, err := s.room(s.who, s.channel)
		if err != nil {
			return sandbox.Reply{}, err
		}
		return a.Type(room, line)
	})
}

// act lets the person do something, waits until everything that follows from it has happened, and says what came back to this person
// alone: failures, private answers, a form and what is wrong in it.
func (s *Stage) act(ctx context.Context, do func(*sandbox.Actor) (sandbox.Reply, error)) (string, error) {
	a := s.actor()
	before, err := s.private(a)
	if err != nil {
		return "", err
	}
	r, err := do(a)
	if err != nil {
		return "", err
	}
	if err := s.Settle(ctx); err != nil {
		return "", err
	}
	after, err := s.private(a)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if r.Failure != "" {
		b.WriteString("! " + r.Failure + "\n")
	}
	for _, m := range after {
		if !slices.ContainsFunc(before, func(o sandbox.Message) bool { return o.TS == m.TS && o.Channel == m.Channel }) {
			s.last = m
			b.WriteString(indent("» ", s.names.Replace(m.Plain())))
		}
	}
	for field, text := range r.Errors {
		fmt.Fprintf(&b, "! %s: %s\n", field, text)
	}
	if r.View != nil {
		b.WriteString(s.form())
	}
	return b.String(), nil
}

// private lists the messages that only this person sees, in every channel and in the threads of its latest messages.
func (s *Stage) private(a *sandbox.Actor) ([]sandbox.Message, error) {
	rooms, err := a.Rooms()
	if err != nil {
		return nil, err
	}
	var out []sandbox.Message
	for _, r := range rooms {
		list, err := a.Channel(r.ID)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if m.Ephemeral {
				out = append(out, m)
			}
			if m.ReplyCount == 0 {
				continue
			}
			thread, err := a.Thread(r.ID, m.TS)
			if err != nil {
				return nil, err
			}
			for _, t := range thread {
				if t.Ephemeral {
					out = append(out, t)
				}
			}
		}
	}
	return out, nil
}

func indent(prefix, text string) string {
	return prefix + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+strings.Repeat(" ", len([]rune(prefix)))) + "\n"
}

func (s *Stage) threadOf(_ context.Context, args string) (string, error) {
	m, err := s.find(args)
	if err != nil {
		return "", err
	}
	list, err := s.actor().Thread(m.Channel, m.TS)
	return s.messages(list), err
}

func (s *Stage) click(ctx context.Context, args string) (string, error) {
	number, button, _ := strings.Cut(args, " ")
	button = strings.TrimSpace(button)
	m, err := s.find(number)
	switch number {
	case "dm":
		m, err = s.findDirect(button)
	case "thread":
		number, button, _ = strings.Cut(button, " ")
		m, err = s.findInThread(number, strings.TrimSpace(button))
		button = strings.TrimSpace(button)
	}
	if err != nil {
		return "", err
	}
	return s.act(ctx, func(a *sandbox.Actor) (sandbox.Reply, error) { return a.Click(m.Channel, m.TS, button) })
}

func (s *Stage) choose(ctx context.Context, args string) (string, error) {
	if s.last.TS == "" {
		return "", errors.New("there is no answer to choose from yet")
	}
	for _, e := range s.last.Controls() {
		for _, o := range e.Options {
			if strings.Contains(o.Text, args) {
				return s.act(ctx, func(a *sandbox.Actor) (sandbox.Reply, error) {
					return a.Choose(s.last.Channel, s.last.TS, e.ActionID, o.Value)
				})
			}
		}
	}
	return "", fmt.Errorf("the last answer offers nothing like %q", args)
}

func (s *Stage) replyIn(ctx context.Context, args string) (string, error) {
	number, text, _ := strings.Cut(args, " ")
	m, err := s.find(number)
	if err != nil {
		return "", err
	}
	return s.act(ctx, func(a *sandbox.Actor) (sandbox.Reply, error) { return a.TypeInThread(m.Channel, m.TS, text) })
}

func (s *Stage) shortcut(ctx context.Context, args string) (string, error) {
	room, err := s.room(s.who, s.channel)
	if err != nil {
		return "", err
	}
	list, err := s.actor().Channel(room)
	if err != nil {
		return "", err
	}
	for _, m := range slices.Backward(list) {
		if strings.Contains(m.Plain(), args) && m.BotID == "" {
			return s.act(ctx, func(a *sandbox.Actor) (sandbox.Reply, error) { return a.Shortcut("open_complaint", room, m.TS) })
		}
	}
	return "", fmt.Errorf("nobody said %q here", args)
}

func (s *Stage) form() string {
	v := s.actor().View()
	if v == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "[%s]\n", v.Title)
	for _, e := range v.Controls() {
		need := "*"
		if e.Optional {
			need = " "
		}
		fmt.Fprintf(&b, " %s %s: %s", need, e.ActionID, e.Label)
		for i, o := range e.Options {
			b.WriteString([]string{" (", ", "}[min(i, 1)] + o.Text)
		}
		if len(e.Options) > 0 {
			b.WriteString(")")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (s *Stage) fill(_ context.Context, args string) (string, error) {
	name, value, ok := strings.Cut(args, "=")
	if !ok {
		return "", errors.New("type fill field = value")
	}
	var values []string
	for _, v := range strings.Split(value, " | ") {
		if v = strings.TrimSpace(v); v != "" {
			values = append(values, v)
		}
	}
	return "", s.actor().Fill(strings.TrimSpace(name), values...)
}

func (s *Stage) submit(ctx context.Context, _ string) (string, error) {
	return s.act(ctx, func(a *sandbox.Actor) (sandbox.Reply, error) { return a.Submit() })
}

func (s *Stage) skip(ctx context.Context, args string) (string, error) {
	d, err := time.ParseDuration(args)
	if err != nil {
		return "", fmt.Errorf("%q is no duration like 90m or 4h", args)
	}
	if err := s.Skip(ctx, d); err != nil {
		return "", err
	}
	return s.clock()
}

func (s *Stage) until(ctx context.Context, args string) (string, error) {
	at, err := time.Parse("15:04", args)
	if err != nil {
		return "", fmt.Errorf("%q is no clock time like 00:05", args)
	}
	if err := s.Until(ctx, at.Hour(), at.Minute()); err != nil {
		return "", err
	}
	return s.clock()
}

func (s *Stage) clock() (string, error) {
	zone, err := sample.Location()
	if err != nil {
		return "", err
	}
	return s.Now().In(zone).Format("2006-01-02 15:04") + "\n", nil
}
