package page

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sameday/bot/sandbox"
	"sameday/bot/sandbox/page/kit"
)

// visit is one request: who looks, and at what.
type visit struct {
	s       *server
	actor   *sandbox.Actor
	me      sandbox.Person
	say     speaker
	zone    *time.Location
	host    string
	channel string // id or name; empty when the address does not say
	thread  string // ts of the parent
	at      string // ts of a message to show
	tab     string // "home", "pins" or empty
	panel   string // "trouble" or empty
	limit   int
	names   map[string]string // of conversations the person may see, by id; filled when first asked for
}

const mostShown = 2000

// visit reads the address. Without a person it takes the first there is; without any it answers the request.
func (s *server) visit(rw http.ResponseWriter, r *http.Request) (*visit, bool) {
	q := r.URL.Query()
	v, ok := s.look(q.Get("as"), q.Get("lang"))
	if !ok {
		http.Error(rw, "there is nobody like that in the workspace", http.StatusNotFound)
		return nil, false
	}
	v.host = r.Host
	v.channel, v.thread, v.at = q.Get("channel"), q.Get("thread"), q.Get("at")
	v.tab, v.panel = q.Get("tab"), q.Get("panel")
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 {
		v.limit = min(n, mostShown)
	} else {
		v.limit = shown
	}
	return v, true
}

// look makes a visit of a person, by id, handle or name.
func (s *server) look(as, language string) (*visit, bool) {
	if as == "" {
		as = s.o.FirstPerson
	}
	if as == "" {
		people := s.ws.People()
		if len(people) == 0 {
			return nil, false
		}
		as = people[0].ID
	}
	if language == "" {
		language = s.o.Language
	}
	actor := s.ws.As(as)
	me, ok := s.ws.Person(actor.ID())
	if !ok || me.Deactivated || me.ID == s.ws.BotUserID() {
		return nil, false
	}
	zone := s.o.Zone
	if me.TZ != "" {
		if z, err := time.LoadLocation(me.TZ); err == nil {
			zone = z
		}
	}
	return &visit{s: s, actor: actor, me: me, say: speak(language), zone: zone, limit: shown}, true
}

// link is the address of something in this person's window.
func (v *visit) link(pairs ...string) string {
	q := url.Values{"as": {v.me.ID}}
	if lang := v.say.code(); lang != speak(v.s.o.Language).code() {
		q.Set("lang", lang)
	}
	if v.panel != "" {
		q.Set("panel", v.panel)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
			continue
		}
		q.Set(pairs[i], pairs[i+1])
	}
	return "/?" + q.Encode()
}

// here is the address of what the person looks at, with changes.
func (v *visit) here(pairs ...string) string {
	return v.link(append([]string{"channel", v.channel, "thread", v.thread, "tab", v.tab}, pairs...)...)
}

// drawing is what the kit needs to know for this person; channel and ts say where files are shown.
func (v *visit) drawing(channel, ts string) kit.Context {
	return kit.Context{
		Language: v.say.code(), Zone: v.zone, Now: v.s.now(),
		Person:  v.personName,
		Channel: v.channelName,
		Group:   v.s.ws.GroupHandle,
		Permalink: func(link string) (string, bool) {
			to, ok := v.inPage(link)
			return to, ok
		},
		Image: func(link string) string { return v.image(link, channel, ts) },
	}
}

func (v *visit) personName(id string) string {
	p, ok := v.s.ws.Person(id)
	switch {
	case !ok:
		return ""
	case p.RealName != "":
		return p.RealName
	}
	return p.Name
}

// channelName names only what the person may see.
func (v *visit) channelName(id string) string {
	if v.names == nil {
		v.names = map[string]string{}
	}
	name, known := v.names[id]
	if !known {
		if r, err := v.actor.Room(id); err == nil {
			name = r.Name
		}
		v.names[id] = name
	}
	return name
}

// inPage turns the address of a message of this workspace into one of this window.
func (v *visit) inPage(link string) (string, bool) {
	u, err := url.Parse(link)
	if err != nil || u.Host != "" && u.Host != v.host && !loopbackName(u.Host) && !strings.HasPrefix(v.s.ws.MemoryURL(), u.Scheme+"://"+u.Host+"/") {
		return "", false
	}
	channel, ts, ok := archived(u.Path)
	if !ok {
		return "", false
	}
	return v.toMessage(channel, ts, u.Query().Get("thread_ts")), true
}

func (v *visit) toMessage(channel, ts, thread string) string {
	if thread != "" && thread != ts {
		return v.link("channel", channel, "thread", thread, "at", ts)
	}
	return v.link("channel", channel, "at", ts)
}

// archived reads "/archives/C…/p1234567890123456".
func archived(path string) (channel, ts string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/archives/")
	if !ok {
		return "", "", false
	}
	channel, digits, ok := strings.Cut(rest, "/p")
	if _, err := strconv.ParseUint(digits, 10, 64); !ok || err != nil || len(digits) < 7 || channel == "" {
		return "", "", false
	}
	cut := len(digits) - 6
	return channel, digits[:cut] + "." + digits[cut:], true
}

// permalink leads from the address of a message to the page.
func (s *server) permalink(rw http.ResponseWriter, r *http.Request) {
	channel, ts, ok := archived(r.URL.Path)
	if !ok {
		http.NotFound(rw, r)
		return
	}
	v, ok := s.visit(rw, r)
	if !ok {
		return
	}
	http.Redirect(rw, r, v.toMessage(channel, ts, r.URL.Query().Get("thread_ts")), http.StatusSeeOther)
}

// image is where a picture in a message may be loaded from: the workspace's own files, nothing else.
func (v *visit) image(link, channel, ts string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	id, ok := strings.CutPrefix(u.Path, "/files/")
	if u.Host == "" && strings.HasPrefix(link, "F") {
		id, ok = link, true
	}
	if !ok || channel == "" {
		return ""
	}
	return v.fileURL(channel, ts, id)
}

func (v *visit) fileURL(channel, ts, id string) string {
	q := url.Values{"as": {v.me.ID}, "channel": {channel}, "ts": {ts}, "id": {id}}
	return "/ui/file?" + q.Encode()
}

// inline are the kinds of files a browser may show by itself; everything else is only ever saved.
var inline = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// file gives a file to whoever may see a message that it is part of.
func (s *server) file(rw http.ResponseWriter, r *http.Request) {
	v, ok := s.visit(rw, r)
	if !ok {
		return
	}
	id := r.URL.Query().Get("id")
	m, err := v.actor.Message(v.channel, r.URL.Query().Get("ts"))
	data := s.ws.Content(id)
	if err != nil || data == nil {
		http.NotFound(rw, r)
		return
	}
	kind, name := "", id
	for _, f := range m.Files {
		if f.ID == id {
			kind, name = f.MimeType, f.Name
		}
	}
	switch {
	case kind == "" && !strings.Contains(string(m.Blocks)+string(m.Attachments), id):
		http.NotFound(rw, r)
		return
	case kind == "":
		kind = http.DetectContentType(data)
	}
	if !inline[kind] {
		kind = "application/octet-stream"
		rw.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
	}
	rw.Header().Set("Content-Type", kind)
	_, _ = rw.Write(data) // a browser that went away has no use for it
}
