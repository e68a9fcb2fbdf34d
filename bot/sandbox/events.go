package sandbox

import (
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// event is something that happened and that the app may have asked to hear of.
type event struct {
	kind   string   // as the manifest spells it, such as message.channels
	ch     *channel // where; nil for the whole workspace
	fields object   // of the inner event, without type and event_ts
}

// eventRule says which scopes an event needs (any of them) and whether only members hear of it.
type eventRule struct {
	scopes []string
	member bool
}

var eventRules = map[string]eventRule{
	"app_mention":           {[]string{"app_mentions:read"}, true},
	"message.channels":      {[]string{"channels:history"}, true},
	"message.groups":        {[]string{"groups:history"}, true},
	"message.im":            {[]string{"im:history"}, true},
	"message.mpim":          {[]string{"mpim:history"}, true},
	"member_joined_channel": {[]string{"channels:read", "groups:read"}, true},
	"member_left_channel":   {[]string{"channels:read", "groups:read"}, true},
	"channel_created":       {[]string{"channels:read"}, false},
	"channel_rename":        {[]string{"channels:read"}, false},
	"channel_archive":       {[]string{"channels:read"}, false},
	"channel_unarchive":     {[]string{"channels:read"}, false},
	"channel_left":          {[]string{"channels:read"}, false},
	"group_rename":          {[]string{"groups:read"}, true},
	"group_archive":         {[]string{"groups:read"}, true},
	"group_unarchive":       {[]string{"groups:read"}, true},
	"group_left":            {[]string{"groups:read"}, false},
	"app_home_opened":       {nil, false},
	"reaction_added":        {[]string{"reactions:read"}, true},
	"reaction_removed":      {[]string{"reactions:read"}, true},
	"pin_added":             {[]string{"pins:read"}, true},
	"pin_removed":           {[]string{"pins:read"}, true},
	"user_change":           {[]string{"users:read"}, false},
	"team_join":             {[]string{"users:read"}, false},
}

// messageEvents names the subscription that covers messages in a kind of conversation.
var messageEvents = map[kind]string{
	kindPublic: "message.channels", kindPrivate: "message.groups", kindDirect: "message.im", kindMany: "message.mpim",
}

// eventWindow counts deliveries of the last hour.
type eventWindow struct {
	since  time.Time
	count  int
	warned time.Time
}

// emit delivers an event if the manifest subscribes to it, a scope allows it and the bot is where it happened.
func (w *Workspace) emit(e event) { w.emitTo(e, func() {}) }

// emitAndWait is emit with something to wait for: the end of the first attempt.
func (w *Workspace) emitAndWait(e event) <-chan struct{} {
	done := make(chan struct{})
	w.emitTo(e, sync.OnceFunc(func() { close(done) }))
	return done
}

// emitTo is emit that calls tried when the first attempt has ended, or at once when there is none.
func (w *Workspace) emitTo(e event, tried func()) {
	rule, known := eventRules[e.kind]
	wanted := known && w.events[e.kind] && (len(rule.scopes) == 0 || w.granted(rule.scopes...))
	if !wanted || rule.member && (e.ch == nil || !e.ch.has(w.bot.ID)) || !w.admitEvent() {
		tried()
		return
	}
	inner := e.fields
	inner["type"], _, _ = strings.Cut(e.kind, ".")
	if inner["event_ts"] == nil {
		inner["event_ts"] = formatTS(w.opts.Now().UnixMicro())
	}
	w.deliverEvent(object{
		"token": "sandbox", "team_id": w.team, "api_app_id": w.app, "type": "event_callback", "event": inner,
		"event_id": w.id("Ev"), "event_time": w.opts.Now().Unix(), "event_context": "4-" + w.secret(),
		"is_ext_shared_channel": false, "context_team_id": w.team, "context_enterprise_id": nil,
		"authorizations": []object{{
			"enterprise_id": nil, "team_id": w.team, "user_id": w.bot.ID, "is_bot": true, "is_enterprise_install": false,
		}},
	}, tried)
}

// admitEvent counts an event against the hourly limit; over it, the app is told once a minute and the event is lost.
func (w *Workspace) admitEvent() bool {
	now := w.opts.Now()
	if now.Sub(w.window.since) >= time.Hour {
		w.window.since, w.window.count = now, 0
	}
	w.window.count++
	if w.limits.NoRateLimits || w.window.count <= w.limits.EventsPerHour {
		return true
	}
	if now.Sub(w.window.warned) >= time.Minute {
		w.window.warned = now
		w.deliverEvent(object{
			"token": "sandbox", "type": "app_rate_limited", "team_id": w.team, "api_app_id": w.app,
			"minute_rate_limited": now.Truncate(time.Minute).Unix(),
		}, func() {})
	}
	w.log("event dropped: more than %d in an hour", w.limits.EventsPerHour)
	return false
}

// deliverEvent sends the payload, late and more than once where a fault says so.
func (w *Workspace) deliverEvent(payload object, tried func()) {
	raw, err := json.Marshal(payload)
	if err != nil { // payloads are maps of plain values and stored JSON
		w.log("event dropped: %v", err)
		tried()
		return
	}
	for range 1 + w.faults.EventCopies {
		d := &delivery{payload: raw, tried: tried}
		late := w.faults.EventDelay
		if j := w.faults.EventJitter; j > 0 {
			late += time.Duration(w.random.Int64N(int64(j)))
		}
		if late <= 0 {
			w.attempt(d)
			continue
		}
		w.after(late, func() { w.attempt(d) })
	}
}

// delivery is an event on its way, through its retries.
type delivery struct {
	payload json.RawMessage
	tries   int
	tried   func() // called after each attempt
}

// attempt sends the event once; a failure plans the next attempt.
func (w *Workspace) attempt(d *delivery) {
	try := d.tries
	d.tries++
	w.send(&envelope{
		kind: "events_api", retry: try, payload: func(string) any { return d.payload },
		settled: func(o outcome) {
			d.tried()
			if o.failure == "" || try >= len(w.limits.RetryAfter) {
				return
			}
			w.after(w.limits.RetryAfter[try], func() { w.attempt(d) })
		},
	})
}

// after runs do with the workspace locked, unless it has been closed by then.
func (w *Workspace) after(d time.Duration, do func()) *time.Timer {
	return time.AfterFunc(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.closed {
			do()
		}
	})
}

// messageEvent tells of a message as it stands; a mention of the app raises a second event with the same ts.
func (w *Workspace) messageEvent(m *message) {
	fields := func() object {
		f := w.messageJSON(m, metadataFull)
		f["channel"], f["event_ts"] = m.ch.ID, m.ts
		return f
	}
	f := fields()
	f["channel_type"] = string(m.ch.kind)
	w.emit(event{kind: messageEvents[m.ch.kind], ch: m.ch, fields: f})
	if m.bot == "" && m.subtype == "" && m.ch.kind != kindDirect && mentions(m.text, w.bot.ID) {
		w.emit(event{kind: "app_mention", ch: m.ch, fields: fields()})
	}
}

// hiddenEvent tells of a change to a message that was there before.
func (w *Workspace) hiddenEvent(m *message, subtype string, before object) {
	f := object{
		"subtype": subtype, "hidden": true, "channel": m.ch.ID, "channel_type": string(m.ch.kind),
		"ts": m.ch.stamp(w.opts.Now()), "previous_message": before,
	}
	if subtype == "message_deleted" {
		f["deleted_ts"] = m.ts
	} else {
		f["message"] = w.messageJSON(m, metadataFull)
	}
	f["event_ts"] = f["ts"]
	w.emit(event{kind: messageEvents[m.ch.kind], ch: m.ch, fields: f})
}

func mentions(text, user string) bool {
	return strings.Contains(text, "<@"+user+">") || strings.Contains(text, "<@"+user+"|")
}
