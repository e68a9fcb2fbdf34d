package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // people's zones must be known on any machine
)

const (
	memoryHost = "slack.test" // the host of a workspace reached in memory
	slackbot   = "USLACKBOT"
)

// Workspace is one Slack workspace with one app installed. Make it with New, end it with Close.
type Workspace struct {
	mounted atomic.Pointer[http.Handler] // see Mount

	opts     Options
	limits   Limits
	manifest *manifest
	scopes   map[string]bool
	events   map[string]bool // kinds the manifest subscribes to
	team     string          // team id
	app      string          // app id
	bot      *person
	botID    string

	done chan struct{} // closed by Close; everything that waits watches it
	wg   sync.WaitGroup

	// mu guards everything below; nothing blocks while holding it.
	mu       sync.Mutex
	closed   bool
	seq      uint64 // grows with everything a person could notice
	ids      uint64
	random   *rand.Rand
	people   map[string]*person
	order    []*person // by time of joining
	channels map[string]*channel
	rooms    []*channel // by time of making
	views    map[string]*view
	triggers *expiring[*trigger]
	hooks    *expiring[*hook]
	files    map[string]*file
	groups   []*usergroup
	buckets  map[string]*bucket
	tickets  *expiring[*ticket]
	conns    []*conn
	pending  map[string]*envelope
	window   eventWindow
	faults   Faults
	planned  []*Fault
	calls    callLog
	feed     map[chan Change]bool
	servers  []*http.Server
	memory   *memory
}

// New makes a workspace with the app of the manifest installed, a channel #general that everybody is a member of, and
// nobody in it but the app's bot.
func New(o Options) (*Workspace, error) {
	m, err := readManifest(o.Manifest)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Team = or(o.Team, "Sandbox")
	w := &Workspace{
		opts: o, limits: o.Limits.withDefaults(), manifest: m, team: "T0SANDBOX01", app: "A0SANDBOX01", botID: "B0SANDBOX01",
		scopes: map[string]bool{}, events: map[string]bool{}, done: make(chan struct{}),
		random: rand.New(rand.NewPCG(1, 2)),
		people: map[string]*person{}, channels: map[string]*channel{}, views: map[string]*view{},
		files: map[string]*file{}, buckets: map[string]*bucket{},
		pending: map[string]*envelope{}, feed: map[chan Change]bool{},
	}
	w.triggers = newExpiring[*trigger](w.limits.TriggerLife + time.Minute)
	w.hooks = newExpiring[*hook](2 * w.limits.ResponseURLLife)
	w.tickets = newExpiring[*ticket](ticketLife)
	for _, s := range m.OAuth.Scopes.Bot {
		w.scopes[s] = true
	}
	for _, e := range m.Settings.Events.Bot {
		w.events[e] = true
	}
	w.bot = &person{Person: Person{ID: "U0SANDBOX01", Name: handle(m.botName()), RealName: m.botName()}, bot: true, zone: time.UTC, updated: o.Now()}
	w.people[w.bot.ID] = w.bot
	w.order = append(w.order, w.bot)
	w.memory = newMemory(w)
	w.AddChannel(Channel{Name: "general", General: true})
	return w, nil
}

// Close ends all sockets, servers and waiting calls, and returns when every goroutine of the workspace has ended. Calls
// to the Web API after it fail as if the host were down. It may be called twice.
func (w *Workspace) Close() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	close(w.done)
	conns, servers := w.conns, w.servers
	w.conns = nil
	for _, e := range w.pending {
		w.settle(e, outcome{failure: failNoSocket})
	}
	for ch := range w.feed {
		delete(w.feed, ch)
		close(ch)
	}
	w.mu.Unlock()
	for _, c := range conns {
		c.finish("")
	}
	for _, s := range servers {
		_ = s.Close() // what it cannot close is closed already
	}
	w.wg.Wait()
}

// BotToken is the token of the bot user ("xoxb-…").
func (w *Workspace) BotToken() string { return "xoxb-sandbox-bot" }

// AppToken is the app-level token ("xapp-…"), for apps.connections.open alone.
func (w *Workspace) AppToken() string { return "xapp-sandbox-app" }

// BotUserID is the user id of the app's bot ("U…").
func (w *Workspace) BotUserID() string { return w.bot.ID }

// BotID is the bot id of the app ("B…"), as found in bot_id of its messages.
func (w *Workspace) BotID() string { return w.botID }

// AppID is the id of the app ("A…").
func (w *Workspace) AppID() string { return w.app }

// TeamID is the id of the workspace ("T…").
func (w *Workspace) TeamID() string { return w.team }

// Commands are the slash commands of the manifest, for a composer's completion.
func (w *Workspace) Commands() []Command {
	return append([]Command(nil), w.manifest.Features.Commands...)
}

// Shortcuts are the shortcuts of the manifest, for a message's menu.
func (w *Workspace) Shortcuts() []Shortcut {
	return append([]Shortcut(nil), w.manifest.Features.Shortcuts...)
}

// AddPerson puts somebody into the workspace, into #general (guests aside) and into a direct message with the bot, and
// returns the user id. A person with the ID of somebody already there replaces the profile.
func (w *Workspace) AddPerson(p Person) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	p.ID = or(p.ID, w.id("U"))
	p.Name = or(p.Name, strings.ToLower(p.ID))
	p.RealName = or(p.RealName, p.Name)
	if old := w.people[p.ID]; old != nil {
		old.Person, old.zone, old.updated = p, zoneOf(p.TZ), w.opts.Now()
		w.emit(event{kind: "user_change", fields: object{"user": w.userJSON(old)}})
		w.change(Change{Kind: "person", User: p.ID})
		return p.ID
	}
	q := &person{Person: p, zone: zoneOf(p.TZ), updated: w.opts.Now()}
	w.people[p.ID] = q
	w.order = append(w.order, q)
	q.im = w.newChannel(Channel{Members: []string{p.ID, w.bot.ID}}, kindDirect).ID
	if !p.Guest {
		w.rooms[0].members[p.ID] = true
	}
	w.emit(event{kind: "team_join", fields: object{"user": w.userJSON(q)}})
	w.change(Change{Kind: "person", User: p.ID})
	return p.ID
}

// People returns everybody in the workspace but the bot, in the order they came.
func (w *Workspace) People() []Person {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Person, 0, len(w.order))
	for _, p := range w.order {
		if !p.bot {
			out = append(out, p.Person)
		}
	}
	return out
}

// AddChannel makes a conversation without any message in it and returns its id.
func (w *Workspace) AddChannel(c Channel) (id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := kindPublic
	if c.Private {
		k = kindPrivate
	}
	return w.newChannel(c, k).ID
}

func (w *Workspace) newChannel(c Channel, k kind) *channel {
	prefix := "C"
	if k == kindDirect {
		prefix = "D"
	}
	c.ID = or(c.ID, w.id(prefix))
	c.Private = k != kindPublic
	ch := &channel{Channel: c, kind: k, members: map[string]bool{}, byTS: map[string]*message{}, created: w.opts.Now(), topicBy: c.Creator}
	for _, m := range c.Members {
		ch.members[m] = true
	}
	if c.General {
		for _, p := range w.order {
			if !p.Guest && !p.bot {
				ch.members[p.ID] = true
			}
		}
	}
	w.channels[c.ID] = ch
	w.rooms = append(w.rooms, ch)
	w.change(Change{Kind: "channel", Channel: c.ID})
	return ch
}

// id makes a new identifier: a letter and ten characters, as Slack's look.
func (w *Workspace) id(prefix string) string {
	w.ids++
	n := strings.ToUpper(strconv.FormatUint(w.ids, 36))
	return prefix + "0" + strings.Repeat("0", max(0, 9-len(n))) + n
}

// secret makes an identifier that cannot be guessed from another one by counting.
func (w *Workspace) secret() string {
	w.ids++
	return fmt.Sprintf("%d%016x", w.ids, w.random.Uint64())
}

func (w *Workspace) log(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if w.opts.Log != nil {
		w.opts.Log(line)
	}
	w.change(Change{Kind: "dropped", Detail: line})
}
