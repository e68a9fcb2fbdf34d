package stage

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sameday/bot/sandbox"
	"sameday/bot/sandbox/blockkit"
	"sameday/cmd/sameday/internal/sample"
)

func (s *Stage) everybody() string {
	var b strings.Builder
	for _, u := range s.Bank.Units {
		fmt.Fprintf(&b, "#%s %s\n", u.Channel, u.Name)
		for _, p := range u.People {
			fmt.Fprintf(&b, "   %-14s %s  %s\n", p.Handle, p.Name, p.Title)
		}
	}
	for _, e := range s.Bank.Experts {
		fmt.Fprintf(&b, "   %-14s %s  %s\n", e.Handle, e.Name, e.Title)
	}
	return b.String()
}

func (s *Stage) look(_ context.Context, args string) (string, error) {
	name := args
	if name == "" {
		name = s.channel
	}
	room, err := s.room(s.who, name)
	if err != nil {
		return "", err
	}
	list, err := s.actor().Channel(room)
	return s.messages(list), err
}

// Messages lists what the one who acts sees in the channel he acts in, top level, oldest first.
func (s *Stage) Messages() ([]sandbox.Message, error) {
	room, err := s.room(s.who, s.channel)
	if err != nil {
		return nil, err
	}
	return s.actor().Channel(room)
}

// mentions makes names of the mentions in a text, as Slack shows them.
func (s *Stage) mentions() *strings.Replacer {
	people := s.Bank.People()
	slices.SortFunc(people, func(a, b sample.Person) int { return len(b.Handle) - len(a.Handle) }) // no id hides in a longer one
	var names []string
	for _, p := range people {
		names = append(names, "@"+s.people[p.Handle], "@"+p.Name)
	}
	return strings.NewReplacer(names...)
}

func (s *Stage) messages(list []sandbox.Message) string {
	var b strings.Builder
	for _, m := range list {
		if m.Subtype != "" || m.Deleted {
			continue
		}
		prefix := s.stamp(m.TS) + " "
		if m.Ephemeral {
			prefix = s.stamp(m.TS) + "»"
		}
		b.WriteString(indent(prefix, s.names.Replace(m.Plain())))
		if m.ReplyCount > 0 {
			fmt.Fprintf(&b, "      └ %d\n", m.ReplyCount)
		}
	}
	return b.String()
}

func (s *Stage) stamp(ts string) string {
	zone, err := sample.Location()
	seconds, err2 := strconv.ParseFloat(ts, 64)
	if err != nil || err2 != nil {
		return ts
	}
	return time.Unix(int64(seconds), 0).In(zone).Format("15:04")
}

// whole is a complaint's number with its day.
var whole = regexp.MustCompile(`^\d{8}-\d{3,}$`)

// find looks for a complaint's card in the channels this person sees: its own unit's first, so that the card is found, not a mirror.
func (s *Stage) find(number string) (sandbox.Message, error) {
	if number == "last" {
		if s.last.TS == "" {
			return s.last, errors.New("there is no answer yet")
		}
		return s.last, nil
	}
	if number == "dm" {
		return s.findDirect("")
	}
	card := false // a complaint's card, and not what rings about it
	if n, err := strconv.Atoi(number); err == nil {
		number, card = fmt.Sprintf("-%03d", n), true
	} else {
		card = whole.MatchString(number)
	}
	rooms, err := s.actor().Rooms()
	if err != nil {
		return sandbox.Message{}, err
	}
	var found sandbox.Message
	for _, r := range rooms {
		if card && r.Kind == "im" {
			continue
		}
		list, err := s.actor().Channel(r.ID)
		if err != nil {
			return found, err
		}
		for _, m := range list {
			head, _, _ := strings.Cut(strings.TrimLeft(m.Plain(), "*"), " ")
			if !m.Ephemeral && strings.HasSuffix(strings.Trim(head, "*"), number) && len(m.Controls()) > 0 && m.TS > found.TS {
				found = m
			}
		}
	}
	if found.TS == "" {
		return found, fmt.Errorf("%s sees no card of complaint %s", s.who, number)
	}
	return found, nil
}

// findDirect is the last direct message of the bot, with a certain button when one is named.
func (s *Stage) findDirect(button string) (sandbox.Message, error) {
	list, err := s.actor().Channel(s.actor().DM())
	if err != nil {
		return sandbox.Message{}, err
	}
	for _, m := range slices.Backward(list) {
		if m.BotID != "" && (button == "" || slices.ContainsFunc(m.Controls(), func(e blockkit.Element) bool { return e.Text == button })) {
			return m, nil
		}
	}
	return sandbox.Message{}, fmt.Errorf("%s has no direct message with the button %q", s.who, button)
}

// findInThread is the last message with a certain button in a complaint's thread.
func (s *Stage) findInThread(number, button string) (sandbox.Message, error) {
	root, err := s.find(number)
	if err != nil {
		return sandbox.Message{}, err
	}
	list, err := s.actor().Thread(root.Channel, root.TS)
	if err != nil {
		return sandbox.Message{}, err
	}
	for _, m := range slices.Backward(list) {
		if m.TS != root.TS && slices.ContainsFunc(m.Controls(), func(e blockkit.Element) bool { return e.Text == button }) {
			return m, nil
		}
	}
	return sandbox.Message{}, fmt.Errorf("the thread of %s has no button %q", number, button)
}

// home shows App Home, or presses a button there.
func (s *Stage) home(ctx context.Context, args string) (string, error) {
	v, err := s.actor().OpenHome()
	if err != nil || v == nil {
		return "", err
	}
	if args != "" {
		return s.act(ctx, func(a *sandbox.Actor) (sandbox.Reply, error) { return a.ClickInView(args) })
	}
	return indent("  ", s.names.Replace(v.Plain())), nil
}
