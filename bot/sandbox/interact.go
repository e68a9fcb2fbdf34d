package sandbox

import (
	"encoding/json"
	"strings"
)

// common is what every payload of an act carries.
func (w *Workspace) common(kind string, p *person) object {
	return object{
		"type": kind, "token": "sandbox", "api_app_id": w.app, "enterprise": nil, "is_enterprise_install": false,
		"team": object{"id": w.team, "domain": w.domain()},
		"user": object{"id": p.ID, "username": p.Name, "name": p.Name, "team_id": w.team},
	}
}

func (w *Workspace) domain() string { return strings.ReplaceAll(handle(w.opts.Team), "_", "-") }

// channelName is how payloads spell the name of a conversation.
func channelName(ch *channel) string {
	switch ch.kind {
	case kindDirect:
		return "directmessage"
	case kindPrivate, kindMany:
		return "privategroup"
	}
	return ch.Name
}

// ask sends something a person did, once, and returns what to wait for. settled runs with the workspace locked.
func (w *Workspace) ask(kind string, payload func(base string) any, settled func(outcome)) <-chan struct{} {
	e := &envelope{kind: kind, answers: true, payload: payload, settled: settled, done: make(chan struct{})}
	w.send(e)
	return e.done
}

// command sends a slash command.
func (w *Workspace) command(p *person, ch *channel, cmd Command, text string, settled func(outcome)) <-chan struct{} {
	trigger, hook := w.newTrigger(p.ID, ""), w.newHook(ch, p.ID, nil)
	return w.ask("slash_commands", func(base string) any {
		return object{
			"token": "sandbox", "command": cmd.Command, "text": text, "response_url": base + hook, "trigger_id": trigger,
			"user_id": p.ID, "user_name": p.Name, "team_id": w.team, "team_domain": w.domain(), "channel_id": ch.ID,
			"channel_name": channelName(ch), "api_app_id": w.app, "is_enterprise_install": "false",
		}
	}, settled)
}

// place is where a control stands: on a message, or in a view.
type place struct {
	msg  *message
	view *view
}

func (pl place) blocks() json.RawMessage {
	if pl.view != nil {
		return pl.view.spec.Blocks
	}
	return pl.msg.blocks
}

// describe adds to a payload what it says of the place.
func (w *Workspace) describe(o object, p *person, pl place) {
	if v := pl.view; v != nil {
		o["container"] = object{"type": "view", "view_id": v.id}
		o["view"] = w.viewJSON(v)
		return
	}
	m := pl.msg
	container := object{"type": "message", "message_ts": m.ts, "channel_id": m.ch.ID, "is_ephemeral": m.to != ""}
	if m.thread != "" {
		container["thread_ts"] = m.thread
	}
	o["container"] = container
	o["channel"] = object{"id": m.ch.ID, "name": channelName(m.ch)}
	if m.to == "" { // Slack tells nothing more of an ephemeral one
		o["message"] = w.messageJSON(m, metadataType)
	}
	state := m.states[p.ID]
	if state == nil {
		state = values{}
	}
	o["state"] = object{"values": state}
}

// act sends a click or a choice; action is the element's part of it.
func (w *Workspace) act(p *person, pl place, action object, settled func(outcome)) <-chan struct{} {
	in, hook := "", ""
	if pl.view != nil {
		if pl.view.spec.Type == "modal" {
			in = pl.view.id
		}
	} else {
		hook = w.newHook(pl.msg.ch, p.ID, pl.msg)
	}
	trigger := w.newTrigger(p.ID, in)
	action["action_ts"] = formatTS(w.opts.Now().UnixMicro())
	body := w.common("block_actions", p)
	w.describe(body, p, pl)
	body["trigger_id"], body["actions"] = trigger, []object{action}
	return w.ask("interactive", func(base string) any {
		if hook != "" {
			body["response_url"] = base + hook
		}
		return body
	}, settled)
}

// submission sends a modal.
func (w *Workspace) submission(p *person, v *view, settled func(outcome)) <-chan struct{} {
	body := w.common("view_submission", p)
	body["view"], body["trigger_id"] = w.viewJSON(v), w.newTrigger(p.ID, v.id)
	urls := w.submissionHooks(p, v)
	return w.ask("interactive", func(base string) any {
		for _, u := range urls {
			if path, _ := u["response_url"].(string); strings.HasPrefix(path, "/") {
				u["response_url"] = base + path
			}
		}
		body["response_urls"] = urls
		return body
	}, settled)
}

// closing tells of a modal that was closed, if the app wants to know.
func (w *Workspace) closing(p *person, v *view, cleared bool) {
	if !v.spec.NotifyOnClose {
		return
	}
	body := w.common("view_closed", p)
	body["view"], body["is_cleared"] = w.viewJSON(v), cleared
	w.ask("interactive", func(string) any { return body }, func(outcome) {})
}

// shortcut sends a global shortcut, or one on a message.
func (w *Workspace) shortcut(p *person, s Shortcut, m *message, settled func(outcome)) <-chan struct{} {
	kind := "shortcut"
	if m != nil {
		kind = "message_action"
	}
	body := w.common(kind, p)
	body["callback_id"], body["trigger_id"] = s.CallbackID, w.newTrigger(p.ID, "")
	body["action_ts"] = formatTS(w.opts.Now().UnixMicro())
	hook := ""
	if m != nil {
		hook = w.newHook(m.ch, p.ID, nil)
		body["message"], body["message_ts"] = w.messageJSON(m, metadataType), m.ts
		body["channel"] = object{"id": m.ch.ID, "name": channelName(m.ch)}
	}
	return w.ask("interactive", func(base string) any {
		if hook != "" {
			body["response_url"] = base + hook
		}
		return body
	}, settled)
}
