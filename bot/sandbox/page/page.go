package page

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"sync"
	"time"

	"sameday/bot/sandbox"
	"sameday/bot/sandbox/page/kit"
)

// Clock is the time that the workspace and its app share. Time never goes back. The page calls one method that moves it
// at a time.
type Clock interface {
	// Now is the time of the workspace.
	Now() time.Time
	// Skip moves the clock forward by d and returns when everything that was due in between has happened, in order.
	Skip(ctx context.Context, d time.Duration) error
	// Until is Skip to the next time the clock on the wall shows hour and minute.
	Until(ctx context.Context, hour, minute int) error
}

// Bot is the app's process, to be killed and started again. The page calls Stop and Start one at a time.
type Bot interface {
	Running() bool
	Stop() error
	// Start returns when the app runs; the context is not tied to a request.
	Start(ctx context.Context) error
}

// Backlog is what the app still has to send.
type Backlog interface {
	// Waiting lists the items in the order they are sent; it may leave out all but the first few hundred.
	Waiting(ctx context.Context) ([]Waiting, error)
}

// Waiting is one item that the app still has to send.
type Waiting struct {
	ID, Lane, Kind string
	State          string    // a word such as "due", "later" or "dead"
	Reason         string    // why it waits, if it failed before
	At             time.Time // when it is tried next; zero means now
}

// Step is one step of the tour, in the words the newcomer reads.
type Step struct {
	ID, Title, Text string
	// Done tells whether the thing has really happened; it is called often and from several goroutines. Once done, a step
	// stays ticked.
	Done func() bool
}

// Options says what to show. Only Workspace is required.
type Options struct {
	Workspace *sandbox.Workspace
	Clock     Clock   // nil: the computer's clock, and no clock bar
	Bot       Bot     // nil: no switch for the app
	Backlog   Backlog // nil: no list of what waits
	Tour      []Step
	// Language is that of the page's own words, "zh-CN" or "en"; a window may choose the other one.
	Language string
	// Zone is that of the clock bar and of people without a zone of their own; nil means UTC.
	Zone *time.Location
	// FirstPerson and FirstChannel (ids) are shown to a window that does not say; empty means the first there is.
	FirstPerson, FirstChannel string
	// Hosts are further names ("bank-laptop.local:3000") under which other machines may reach the page. Empty means
	// loopback only.
	Hosts []string
	// Log receives one line for each refused request and each failure of Clock and Bot; it may be nil.
	Log func(line string)
}

//go:embed assets
var assets embed.FS

const (
	listened = 8192 // changes the page may lag behind the workspace
	shown    = 60   // messages drawn at first
)

// server is one page. gate is held by whoever moves the clock or the app; mu guards the maps.
type server struct {
	o      Options
	ws     *sandbox.Workspace
	hub    *hub
	tpl    *template.Template
	styles []byte
	wall   func() time.Time // without a Clock
	base   string           // the newest ts when the page was made: older messages count as read

	gate sync.Mutex

	mu       sync.Mutex
	desks    map[string]*desk
	troubles map[string]bool
	ticked   map[string]bool
}

// desk is what a client remembers for a person.
type desk struct {
	marks   map[string]string // ts last read, by channel
	smart   bool
	view    string            // the modal that errors and failure belong to
	errors  map[string]string // by block_id
	failure string
	tries   int // grows with every answer, so that the modal is drawn again
}

// New makes the page, to be mounted at "/" beside the workspace's own handler. It answers "/", "/archives/" and "/ui/". It
// listens to the workspace until the workspace is closed.
func New(o Options) (http.Handler, error) {
	if o.Workspace == nil {
		return nil, errors.New("make the page: no workspace")
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	tpl, err := template.New("page").ParseFS(assets, "assets/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the page's templates: %w", err)
	}
	own, err := assets.ReadFile("assets/page.css")
	if err != nil {
		return nil, fmt.Errorf("read the page's styles: %w", err)
	}
	s := &server{
		wall: time.Now,
		o:    o, ws: o.Workspace, hub: newHub(), tpl: tpl, styles: append(own, kit.CSS...),
		desks: map[string]*desk{}, troubles: map[string]bool{}, ticked: map[string]bool{},
	}
	for _, p := range s.ws.People() {
		rooms, err := s.ws.As(p.ID).Glances(nil, "")
		if err != nil {
			continue // a deactivated account reads nothing
		}
		for _, g := range rooms {
			newest, err := s.ws.As(p.ID).Newest(g.Room.ID)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", g.Room.ID, err)
			}
			s.base = max(s.base, newest)
		}
	}
	changes, _ := s.ws.Subscribe(listened)
	go s.hub.listen(changes) // ends when the workspace closes the channel
	return s.guard(s.routes()), nil
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.whole)
	mux.HandleFunc("GET /archives/{channel}/{message}", s.permalink)
	mux.HandleFunc("GET /ui/parts", s.parts)
	mux.HandleFunc("GET /ui/events", s.events)
	mux.HandleFunc("GET /ui/file", s.file)
	mux.HandleFunc("GET /ui/directory", s.directory)
	mux.HandleFunc("GET /ui/page.css", s.css)
	mux.HandleFunc("GET /ui/{asset}", s.asset)
	mux.HandleFunc("POST /ui/do", s.do)
	mux.HandleFunc("POST /ui/upload", s.upload)
	return mux
}

func (s *server) now() time.Time {
	if s.o.Clock != nil {
		return s.o.Clock.Now()
	}
	return s.wall()
}

// desk is what is remembered for the person; s.mu is held.
func (s *server) desk(person string) *desk {
	d := s.desks[person]
	if d == nil {
		d = &desk{marks: map[string]string{}}
		s.desks[person] = d
	}
	return d
}

func (s *server) css(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = rw.Write(s.styles) // a browser that went away has no use for it
}

// served are the other files a browser may have, with their types.
var served = map[string]string{
	"page.js": "text/javascript; charset=utf-8", "parts.js": "text/javascript; charset=utf-8",
	"controls.js": "text/javascript; charset=utf-8", "composer.js": "text/javascript; charset=utf-8",
	"icon.svg": "image/svg+xml",
}

func (s *server) asset(rw http.ResponseWriter, r *http.Request) {
	name := r.PathValue("asset")
	kind, ok := served[name]
	raw, err := assets.ReadFile("assets/" + name)
	if !ok || err != nil {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", kind)
	_, _ = rw.Write(raw) // a browser that went away has no use for it
}
