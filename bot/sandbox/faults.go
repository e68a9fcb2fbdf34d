package sandbox

import (
	"slices"
	"time"
)

// Faults are the standing troubles of the workspace. The zero value is a good day. Each may be switched at any time with
// SetFaults; single troubles of the Web API are planned with Fail.
type Faults struct {
	Latency       time.Duration // every call of the Web API takes this long before it begins
	Outage        bool          // every call answers 503 and no socket can be opened
	NoSockets     bool          // apps.connections.open answers internal_error and waiting tickets are refused
	Revoked       bool          // the bot token answers token_revoked
	MissingScopes []string      // scopes the app has lost, whatever its manifest says
	NoPings       bool          // sockets are not pinged
	EventCopies   int           // how many more times each event is delivered, with the same event_id
	EventDelay    time.Duration // events come this much later
	EventJitter   time.Duration // and up to this much later still, each by itself, so that their order is lost
	Ghosts        int           // sockets that nobody reads; they count, and swallow their share
	Linger        time.Duration // how long a socket that broke without a close frame stays as a ghost
}

// Cut says how a connection of the Web API breaks.
type Cut int

// Ways for a connection to break.
const (
	NoCut     Cut = iota
	CutReply      // before the first byte of the reply
	CutInBody     // in the middle of the reply
)

// Fault is trouble planned for calls of the Web API. What it does: waits for Delay, runs the method if Stored is set,
// hangs for Hang, then breaks the connection (Cut), or answers with Status or Error. A Fault with Stored and no outcome
// of its own gives the method's own answer, late.
//
// Examples: {Method: "chat.postMessage", Stored: true, Cut: CutReply} stores a message and loses the reply;
// {Method: "chat.postMessage", Cut: CutReply} breaks before storing; {Status: 429, RetryAfter: 30 * time.Second, Until: t}
// limits everything until t.
type Fault struct {
	Method     string        // which method, "response_url" or "upload"; empty means all but these two
	Channel    string        // only calls for this channel; empty means any
	Times      int           // how many calls; 0 means all until Until or ClearFaults
	Until      time.Time     // by Options.Now; zero means for ever
	Delay      time.Duration // before the method runs
	Stored     bool          // the method runs all the same
	Hang       time.Duration // after the method ran (or would have)
	Cut        Cut
	Status     int           // an HTTP status instead of the reply; 429 with the header Retry-After if RetryAfter is set
	RetryAfter time.Duration // rounded up to seconds
	Error      string        // a Slack error, such as fatal_error, instead of the reply
}

// SetFaults replaces the standing troubles. Ghosts count towards open sockets from now on.
func (w *Workspace) SetFaults(f Faults) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f.MissingScopes = slices.Clone(f.MissingScopes)
	w.faults = f
}

// Faults returns the standing troubles.
func (w *Workspace) Faults() Faults {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.faults
	f.MissingScopes = slices.Clone(f.MissingScopes)
	return f
}

// Fail plans a trouble. The first planned fault that fits a call is the one that happens to it.
func (w *Workspace) Fail(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.planned = append(w.planned, &f)
}

// ClearFaults forgets all planned and standing troubles. Calls that hang already go on hanging for their time.
func (w *Workspace) ClearFaults() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.planned, w.faults = nil, Faults{}
}

// fault takes the trouble planned for this call.
func (w *Workspace) fault(method, channel string) Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.opts.Now()
	w.planned = slices.DeleteFunc(w.planned, func(f *Fault) bool { return !f.Until.IsZero() && !now.Before(f.Until) })
	if w.faults.Outage {
		return Fault{Status: 503, Delay: w.faults.Latency}
	}
	named := method == callHook || method == callUpload
	for i, f := range w.planned {
		if f.Method != method && (f.Method != "" || named) || f.Channel != "" && f.Channel != channel {
			continue
		}
		got := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				w.planned = slices.Delete(w.planned, i, i+1)
			}
		}
		got.Delay += w.faults.Latency
		return got
	}
	return Fault{Stored: true, Delay: w.faults.Latency}
}
