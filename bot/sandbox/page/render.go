package page

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"sameday/bot/sandbox"
	"sameday/bot/sandbox/page/kit"
)

// scene is everything the page shows to one window.
type scene struct {
	V          *visit
	Me         sandbox.Person
	People     []sandbox.Person
	Room       sandbox.Room
	Missing    bool // there is no such conversation for this person
	Heading    string
	View       string // what a phone shows: list, channel or thread
	Commands   string // JSON
	Shortcuts  []sandbox.Shortcut
	Smart      bool
	HasClock   bool
	HasTour    bool
	HasTrouble bool
}

// T is a word of the page in the window's language.
func (c scene) T(key string, args ...any) string { return c.V.say.T(key, args...) }

func (s *server) scene(v *visit) scene {
	c := scene{
		V: v, Me: v.me, Commands: "[]", HasClock: s.o.Clock != nil, HasTour: len(s.o.Tour) > 0, HasTrouble: v.panel == "trouble",
		View: "list",
	}
	explicit := v.channel != ""
	room, ok := s.settle(v)
	c.Room, c.Missing, c.Heading = room, !ok, v.heading(room)
	switch {
	case v.thread != "":
		c.View = "thread"
	case explicit:
		c.View = "channel"
	}
	for _, p := range s.ws.People() {
		if !p.Deactivated {
			c.People = append(c.People, p)
		}
	}
	if raw, err := json.Marshal(s.ws.Commands()); err == nil {
		c.Commands = string(raw)
	}
	for _, sc := range s.ws.Shortcuts() {
		if sc.Type == "global" {
			c.Shortcuts = append(c.Shortcuts, sc)
		}
	}
	s.mu.Lock()
	c.Smart = s.desk(v.me.ID).smart
	s.mu.Unlock()
	return c
}

// settle decides which conversation is shown; false when the person may not see it.
func (s *server) settle(v *visit) (sandbox.Room, bool) {
	if v.channel == "" {
		v.channel = cmp.Or(s.o.FirstChannel, s.firstRoom(v))
	}
	room, err := v.actor.Room(v.channel)
	if err != nil {
		v.thread, v.tab = "", ""
		return sandbox.Room{}, false
	}
	v.channel = room.ID
	return room, true
}

func (s *server) firstRoom(v *visit) string {
	rooms, err := v.actor.Rooms()
	if err != nil {
		return ""
	}
	for _, r := range rooms {
		if r.Member && r.Kind != "im" && r.HasBot {
			return r.ID
		}
	}
	if len(rooms) > 0 {
		return rooms[0].ID
	}
	return ""
}

func (v *visit) heading(r sandbox.Room) string {
	if r.Kind == "channel" {
		return "#" + r.Name
	}
	return r.Name
}

// partNames are the parts a window may ask for by themselves; each has a template of the same name and a function that
// makes what the template shows.
var partNames = map[string]func(*server, *visit) any{
	"sidebar":  func(s *server, v *visit) any { return s.sidebar(v) },
	"head":     func(s *server, v *visit) any { return s.scene(v) },
	"messages": func(s *server, v *visit) any { return s.messages(v) },
	"thread":   func(s *server, v *visit) any { return s.threadList(v) },
	"modal":    func(s *server, v *visit) any { return s.modal(v) },
	"tour":     func(s *server, v *visit) any { return s.tour(v) },
	"clock":    func(s *server, v *visit) any { return s.clockBar(v) },
	"trouble":  func(s *server, v *visit) any { return s.trouble(v) },
}

// Part draws one part, for the whole page.
func (c scene) Part(name string) (template.HTML, error) { return c.V.s.part(c.V, name) }

func (s *server) part(v *visit, name string) (template.HTML, error) {
	var b bytes.Buffer
	if err := s.tpl.ExecuteTemplate(&b, name, partNames[name](s, v)); err != nil {
		return "", fmt.Errorf("draw %s: %w", name, err)
	}
	return template.HTML(b.String()), nil // made by html/template
}

// whole serves the page.
func (s *server) whole(rw http.ResponseWriter, r *http.Request) {
	v, ok := s.visit(rw, r)
	if !ok {
		return
	}
	var b bytes.Buffer
	if err := s.tpl.ExecuteTemplate(&b, "page", s.scene(v)); err != nil {
		s.o.Log(err.Error())
		http.Error(rw, "the page could not be drawn", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = rw.Write(b.Bytes()) // a browser that went away has no use for it
}

// parts serves the parts asked for as a JSON object of HTML.
func (s *server) parts(rw http.ResponseWriter, r *http.Request) {
	v, ok := s.visit(rw, r)
	if !ok {
		return
	}
	s.settle(v)
	out := map[string]template.HTML{}
	names := r.URL.Query()["part"]
	slices.Sort(names) // the list at the side comes after the messages, which are then read
	for _, name := range names {
		if partNames[name] == nil {
			http.Error(rw, "no such part", http.StatusBadRequest)
			return
		}
		h, err := s.part(v, name)
		if err != nil {
			s.o.Log(err.Error())
			http.Error(rw, "the part could not be drawn", http.StatusInternalServerError)
			return
		}
		out[name] = h
	}
	writeJSON(rw, out)
}

func writeJSON(rw http.ResponseWriter, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(rw).Encode(v) // a browser that went away has no use for it
}

// directory lists people and conversations for the pickers.
func (s *server) directory(rw http.ResponseWriter, r *http.Request) {
	v, ok := s.visit(rw, r)
	if !ok {
		return
	}
	type entry struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	users, channels, all := []entry{}, []entry{}, []entry{}
	for _, p := range s.ws.People() {
		if !p.Deactivated {
			users = append(users, entry{p.ID, named(p)})
		}
	}
	rooms, err := v.actor.Glances(nil, "9")
	if err != nil {
		http.Error(rw, "there is nobody like that", http.StatusNotFound)
		return
	}
	for _, g := range rooms {
		e := entry{g.Room.ID, v.heading(g.Room)}
		if g.Room.Archived {
			continue
		}
		if g.Room.Kind == "channel" {
			channels = append(channels, e)
		}
		all = append(all, e)
	}
	writeJSON(rw, map[string]any{"users": users, "channels": channels, "conversations": all})
}

// sideView is the list at the side.
type sideView struct {
	V        *visit
	Channels []roomLine
	Others   []roomLine // public channels the person is not in
	Direct   []roomLine
	Unread   int
}

// T is a word of the page in the window's language.
func (c sideView) T(key string, args ...any) string { return c.V.say.T(key, args...) }

type roomLine struct {
	ID, Name, Link, Icon, Said string
	Current, Unread            bool
	Mentions                   int
	unreadWords                string
}

func (s *server) sidebar(v *visit) sideView {
	s.mu.Lock()
	marks := map[string]string{}
	for id, ts := range s.desk(v.me.ID).marks {
		marks[id] = ts
	}
	s.mu.Unlock()
	out := sideView{V: v}
	rooms, err := v.actor.Glances(marks, s.base)
	if err != nil {
		return out
	}
	for _, g := range rooms {
		line := roomLine{
			ID: g.Room.ID, Name: g.Room.Name, Link: v.link("channel", g.Room.ID), Icon: "#", Said: v.say.T("channel"),
			Current: g.Room.ID == v.channel, Unread: g.Unread > 0 || g.Mentions > 0, Mentions: g.Mentions,
		}
		if line.Unread {
			out.Unread++
			line.unreadWords = v.say.T("unread")
		}
		if line.Mentions > 0 {
			line.unreadWords = v.say.T("mentions", line.Mentions)
		}
		switch {
		case g.Room.Archived && !line.Current:
			continue
		case g.Room.Kind == "im":
			line.Icon, line.Said = "●", v.say.T("direct")
			out.Direct = append(out.Direct, line)
		case g.Room.Kind == "mpim":
			line.Icon, line.Said = "◦", v.say.T("direct")
			out.Direct = append(out.Direct, line)
		case !g.Room.Member:
			out.Others = append(out.Others, line)
		default:
			if g.Room.Private {
				line.Icon, line.Said = "lock", v.say.T("private")
			}
			out.Channels = append(out.Channels, line)
		}
	}
	slices.SortStableFunc(out.Channels, func(x, y roomLine) int { return strings.Compare(x.Name, y.Name) })
	return out
}

// version is a short mark of what something shows; it changes when that does.
func version(v any) string {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%+v", v) // a hash never fails to take bytes
	return fmt.Sprintf("%x", h.Sum64())
}

// modalView is the modal on top.
type modalView struct {
	V             *visit
	View          *sandbox.View
	Body          template.HTML
	Failure, Mark string
}

// T is a word of the page in the window's language.
func (c modalView) T(key string, args ...any) string { return c.V.say.T(key, args...) }

func (s *server) modal(v *visit) modalView {
	view := v.actor.View()
	if view == nil {
		return modalView{V: v}
	}
	s.mu.Lock()
	d := s.desk(v.me.ID)
	var fields map[string]string
	failure, tries := "", 0
	if d.view == view.ID {
		fields, failure, tries = maps.Clone(d.errors), d.failure, d.tries
	}
	s.mu.Unlock()
	body := kit.Modal(v.drawing("", ""), view.Blocks, view.State, fields, kit.Target{View: view.ID})
	return modalView{
		V: v, View: view, Body: body, Failure: v.say.failure(failure), Mark: version([]any{view.ID, view.Hash, tries}),
	}
}
