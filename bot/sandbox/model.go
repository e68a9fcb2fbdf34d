package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object on its way out.
type object = map[string]any

// Person is somebody of the workspace. Name is the handle, without "@"; RealName is what people read. TZ is an IANA zone
// name, empty means UTC. A guest whose Single is set may be in one channel, and no more.
type Person struct {
	ID, Name, RealName, Email, TZ, Title string
	Guest, Single, Deactivated, Admin    bool
}

// Channel is a conversation to make with AddChannel. Members are user ids; the bot's may be among them. An empty ID is
// chosen by the workspace.
type Channel struct {
	ID, Name, Topic, Purpose, Creator string
	Private, Archived, General        bool
	Members                           []string
}

type person struct {
	Person
	bot     bool
	zone    *time.Location
	im      string // the direct message with the bot
	views   []*view
	home    *view
	smart   bool                                  // the composer writes typographic quotes
	offered map[string]map[string]json.RawMessage // options last suggested: action id, value, option
	updated time.Time
}

// kind of a conversation, as channel_type spells it.
type kind string

const (
	kindPublic  kind = "channel"
	kindPrivate kind = "group"
	kindDirect  kind = "im"
	kindMany    kind = "mpim"
)

type channel struct {
	Channel
	kind     kind
	members  map[string]bool
	created  time.Time
	topicBy  string
	topicAt  time.Time
	names    []string // previous names
	lastTS   int64    // microseconds of the last ts given
	top      []*message
	byTS     map[string]*message
	private  []*message // ephemeral messages, oldest first
	pins     []pin
	marks    []*bookmark
	schedule []*scheduled
}

type pin struct {
	ts string
	by string
	at time.Time
}

type message struct {
	ch          *channel
	ts, thread  string
	user, bot   string // bot is the bot id when the app wrote it
	text        string
	subtype     string
	clientID    string
	username    string
	blocks      json.RawMessage
	attachments json.RawMessage
	metadata    json.RawMessage
	files       []*file
	edited      string // ts of the edit
	editedBy    string
	replies     []*message
	reactions   []reaction
	to          string // recipient of an ephemeral message
	gone        bool
	broadcast   bool
	seq         uint64
	states      map[string]values // what each person chose in its menus
}

type reaction struct {
	name  string
	users []string
}

// values is view.state.values: block id, action id, state of the element.
type values map[string]map[string]json.RawMessage

func (v values) set(block, action string, state json.RawMessage) {
	if v[block] == nil {
		v[block] = map[string]json.RawMessage{}
	}
	v[block][action] = state
}

func (ch *channel) has(user string) bool { return ch.members[user] }

// memberIDs are sorted, so that pages are stable.
func (ch *channel) memberIDs() []string {
	ids := make([]string, 0, len(ch.members))
	for id := range ch.members {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// stamp gives the next ts of the channel: a microsecond that no message of the channel has yet.
func (ch *channel) stamp(at time.Time) string {
	micros := max(at.UnixMicro(), ch.lastTS+1)
	ch.lastTS = micros
	return formatTS(micros)
}

func formatTS(micros int64) string {
	frac := strconv.FormatInt(micros%1_000_000, 10)
	return strconv.FormatInt(micros/1_000_000, 10) + "." + strings.Repeat("0", 6-len(frac)) + frac
}

// parseTS reads "seconds" or "seconds.micros"; the fraction may be shorter or longer than six digits.
func parseTS(ts string) (micros int64, ok bool) {
	sec, frac, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(sec, 10, 64)
	if err != nil || s < 0 || s > 1<<40 {
		return 0, false
	}
	if len(frac) > 6 {
		frac = frac[:6]
	}
	frac += strings.Repeat("0", 6-len(frac))
	f, err := strconv.ParseInt(frac, 10, 64)
	if err != nil || f < 0 {
		return 0, false
	}
	return s*1_000_000 + f, true
}

// find returns the message with that ts, ephemeral ones and tombstones aside.
func (ch *channel) find(ts string) *message {
	m := ch.byTS[ts]
	if m == nil || m.gone {
		return nil
	}
	return m
}

// remove takes the message out of the channel; a parent with replies leaves a tombstone, as in Slack.
func (ch *channel) remove(m *message) {
	ch.pins = slices.DeleteFunc(ch.pins, func(p pin) bool { return p.ts == m.ts })
	m.gone = true
	if len(m.replies) > 0 {
		m.subtype, m.text, m.blocks, m.metadata, m.files = "tombstone", "This message was deleted.", nil, nil, nil
		m.user, m.bot, m.edited = "USLACKBOT", "", ""
		return
	}
	if parent := ch.byTS[m.thread]; parent != nil && parent != m {
		parent.replies = without(parent.replies, m)
	}
	ch.top = without(ch.top, m)
	delete(ch.byTS, m.ts)
}

func without(list []*message, m *message) []*message {
	return slices.DeleteFunc(list, func(x *message) bool { return x == m })
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
