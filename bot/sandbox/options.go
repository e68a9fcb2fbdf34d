package sandbox

import "time"

// Options says what workspace to make. Only Manifest is required.
type Options struct {
	// Manifest is the Slack app manifest as JSON: commands, shortcuts, events and scopes are taken from it.
	Manifest []byte
	// Now is the workspace's clock; nil means the computer's. It must never go back, and it is called with the workspace
	// locked, so it must not call back.
	Now func() time.Time
	// Limits changes single numbers and rules; the zero value is Slack at its strictest.
	Limits Limits
	// Team is the workspace's name; empty means "Sandbox".
	Team string
	// Log receives one line for each thing that Slack would drop in silence (an acknowledgement of 20 kB, say). It is
	// called with the workspace locked and must not call back. Nil throws the lines away; they still reach Subscribe.
	Log func(line string)
}

// Limits holds the numbers and the rules of the workspace. A zero field means the value named beside it.
type Limits struct {
	NoRateLimits  bool // answer every call, however many there are
	NoScopes      bool // allow every method, whatever the manifest asks for
	NoBlockChecks bool // store blocks and views unseen
	AckAnySocket  bool // take an acknowledgement on another socket than the one that carried the payload
	Distributed   bool // history and replies at 1 call a minute and 15 messages, as for new distributed apps

	TierBurst          float64       // how many minutes' worth of a tier may come at once: 2
	SpecialPerMinute   int           // methods with a rule of their own (auth.test, chat.getPermalink): 300
	ChannelPerSecond   float64       // posts to one channel: 1
	ChannelBurst       int           // posts to one channel that may come at once: 20
	WorkspacePerMinute int           // posts of the app to the whole workspace: 300
	EventsPerHour      int           // events delivered to the app: 30,000
	AckBudget          time.Duration // time to acknowledge a payload: 3 s
	TriggerLife        time.Duration // time to use a trigger: 3 s
	ResponseURLLife    time.Duration // time to use a response URL: 30 min
	ResponseURLUses    int           // uses of a response URL: 5
	ConnectionLife     time.Duration // age at which a socket is told to reconnect: 1 h
	WarnBefore         time.Duration // how long before that a warning comes; 0 means none
	PingEvery          time.Duration // WebSocket pings: 10 s
	MaxConnections     int           // open sockets: 10
	AckBytes           int           // acknowledgements of this size and more are dropped: 20,480
	TextCut            int           // characters of text after which a message is cut: 40,000
	ShortText          int           // characters of text in chat.update and chat.postEphemeral: 4,000
	BlockText          int           // characters in all blocks of a message: 12,000
	MetadataBytes      int           // size of metadata: 8,192
	ViewBytes          int           // size of a view: 250,000
	ViewDepth          int           // modals on top of each other: 3
	// RetryAfter says how long after each failed delivery of an event it is tried again: 0, 1 min, 5 min.
	RetryAfter []time.Duration
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func (l Limits) withDefaults() Limits {
	l.TierBurst = or(l.TierBurst, 2)
	l.SpecialPerMinute = or(l.SpecialPerMinute, 300)
	l.ChannelPerSecond = or(l.ChannelPerSecond, 1)
	l.ChannelBurst = or(l.ChannelBurst, 20)
	l.WorkspacePerMinute = or(l.WorkspacePerMinute, 300)
	l.EventsPerHour = or(l.EventsPerHour, 30_000)
	l.AckBudget = or(l.AckBudget, 3*time.Second)
	l.TriggerLife = or(l.TriggerLife, 3*time.Second)
	l.ResponseURLLife = or(l.ResponseURLLife, 30*time.Minute)
	l.ResponseURLUses = or(l.ResponseURLUses, 5)
	l.ConnectionLife = or(l.ConnectionLife, time.Hour)
	l.PingEvery = or(l.PingEvery, 10*time.Second)
	l.MaxConnections = or(l.MaxConnections, 10)
	l.AckBytes = or(l.AckBytes, 20_480)
	l.TextCut = or(l.TextCut, 40_000)
	l.ShortText = or(l.ShortText, 4_000)
	l.BlockText = or(l.BlockText, 12_000)
	l.MetadataBytes = or(l.MetadataBytes, 8_192)
	l.ViewBytes = or(l.ViewBytes, 250_000)
	l.ViewDepth = or(l.ViewDepth, 3)
	if l.RetryAfter == nil {
		l.RetryAfter = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	return l
}
