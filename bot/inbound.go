package bot

import (
	"encoding/json"
	"fmt"
	"strings"

	"sameday/bot/card"
	"sameday/workflow/org"
)

// inboundKind is what a person did in Slack.
type inboundKind string

const (
	inCommand  inboundKind = "command"  // typed a slash command
	inClick    inboundKind = "click"    // pressed a button, chose from a menu
	inSubmit   inboundKind = "submit"   // submitted a form
	inShortcut inboundKind = "shortcut" // used a message's shortcut
	inMention  inboundKind = "mention"  // wrote @Sameday …
	inSuggest  inboundKind = "suggest"  // types into a select that asks for its options
	inJoined   inboundKind = "joined"   // somebody joined a channel
	inHome     inboundKind = "home"     // opened the app's Home tab
	inOther    inboundKind = "other"    // something that needs only an acknowledgement
)

// inbound is one shape for whatever Slack sends. Its decoding is lenient: fields that are missing, null or of a newer kind leave
// their zero value, so that no payload stops the process.
type inbound struct {
	Kind        inboundKind
	Person      org.PersonID
	Channel     string
	Thread      string // ts of the thread's root, where it was said or clicked in one
	Message     string // ts of the message that was clicked, or that spoke
	Command     string // "/complaint"
	Text        string // what was typed; for a shortcut, the message's text
	Action      string // action_id of a click, callback_id of a form or shortcut
	Value       string // a button's value, or the chosen option's
	Metadata    string // a form's private metadata
	State       formState
	Trigger     string
	ResponseURL string
	Key         string // Slack's own id of this delivery, for doing it once
}

// formState is what a person filled in: block id → answer.
type formState map[string]formAnswer

// formAnswer is one input's content: text, or the chosen values.
type formAnswer struct {
	Text   string
	Values []string
}

func (a formAnswer) first() string {
	if a.Text != "" {
		return a.Text
	}
	if len(a.Values) > 0 {
		return a.Values[0]
	}
	return ""
}

// readEnvelope turns a Socket Mode payload into an inbound; kind is the envelope's type.
func readEnvelope(kind string, payload json.RawMessage) (inbound, error) {
	switch kind {
	case "slash_commands":
		return readCommand(payload)
	case "interactive":
		return readInteraction(payload)
	case "events_api":
		return readEvent(payload)
	}
	return inbound{Kind: inOther}, nil
}

func readCommand(payload json.RawMessage) (inbound, error) {
	var p struct {
		Command     string `json:"command"`
		Text        string `json:"text"`
		UserID      string `json:"user_id"`
		ChannelID   string `json:"channel_id"`
		TriggerID   string `json:"trigger_id"`
		ResponseURL string `json:"response_url"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return inbound{}, fmt.Errorf("read a slash command: %w", err)
	}
	return inbound{
		Kind: inCommand, Person: org.PersonID(p.UserID), Channel: p.ChannelID, Command: p.Command, Text: p.Text,
		Trigger: p.TriggerID, ResponseURL: p.ResponseURL, Key: keyOf("command", p.TriggerID),
	}, nil
}

// keyOf is empty for an empty id: a delivery without an id cannot be recognised.
func keyOf(kind, id string) string {
	if id == "" {
		return ""
	}
	return kind + "/" + id
}

type option struct {
	Value string `json:"value"`
}

// element is an interactive element's answer, in an action or in a form's state.
type element struct {
	ActionID              string   `json:"action_id"`
	BlockID               string   `json:"block_id"`
	Value                 string   `json:"value"`
	SelectedOption        *option  `json:"selected_option"`
	SelectedOptions       []option `json:"selected_options"`
	SelectedUser          string   `json:"selected_user"`
	SelectedUsers         []string `json:"selected_users"`
	SelectedConversation  string   `json:"selected_conversation"`
	SelectedDateTime      int64    `json:"selected_date_time"`
	SelectedDate          string   `json:"selected_date"`
	SelectedTime          string   `json:"selected_time"`
	SelectedChannel       string   `json:"selected_channel"`
	SelectedConversations []string `json:"selected_conversations"`
}

func (e element) answer() formAnswer {
	a := formAnswer{Text: e.Value}
	if e.SelectedOption != nil && e.SelectedOption.Value != "" {
		a.Values = append(a.Values, e.SelectedOption.Value)
	}
	for _, o := range e.SelectedOptions {
		a.Values = append(a.Values, o.Value)
	}
	a.Values = append(a.Values, e.SelectedUsers...)
	a.Values = append(a.Values, e.SelectedConversations...)
	for _, v := range []string{
		e.SelectedUser, e.SelectedConversation, e.SelectedDate, e.SelectedTime, e.SelectedChannel,
	} {
		if v != "" {
			a.Values = append(a.Values, v)
		}
	}
	if e.SelectedDateTime != 0 {
		a.Values = append(a.Values, fmt.Sprint(e.SelectedDateTime))
	}
	return a
}

// interaction is the part of an interactive payload that we read.
type interaction struct {
	Type        string `json:"type"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
	CallbackID  string `json:"callback_id"`
	ActionID    string `json:"action_id"` // of block_suggestion
	Value       string `json:"value"`     // of block_suggestion
	User        struct {
		ID string `json:"id"`
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Message struct {
		TS       string `json:"ts"`
		ThreadTS string `json:"thread_ts"`
		Text     string `json:"text"`
	} `json:"message"`
	Container struct {
		MessageTS string `json:"message_ts"`
		ChannelID string `json:"channel_id"`
		ThreadTS  string `json:"thread_ts"`
	} `json:"container"`
	Actions []element `json:"actions"`
	View    struct {
		ID       string `json:"id"`
		Hash     string `json:"hash"`
		Callback string `json:"callback_id"`
		Metadata string `json:"private_metadata"`
		State    struct {
			Values map[string]map[string]element `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

func readInteraction(payload json.RawMessage) (inbound, error) {
	var p interaction
	if err := json.Unmarshal(payload, &p); err != nil {
		return inbound{}, fmt.Errorf("read an interaction: %w", err)
	}
	in := inbound{
		Kind: inOther, Person: org.PersonID(p.User.ID), Channel: first(p.Channel.ID, p.Container.ChannelID),
		Thread: first(p.Message.ThreadTS, p.Container.ThreadTS), Message: first(p.Message.TS, p.Container.MessageTS),
		Trigger: p.TriggerID, ResponseURL: p.ResponseURL, Key: keyOf(p.Type, p.TriggerID), Metadata: p.View.Metadata,
	}
	switch p.Type {
	case "block_actions":
		if len(p.Actions) == 0 {
			return in, nil
		}
		in.Kind, in.Action, in.Value = inClick, p.Actions[0].ActionID, p.Actions[0].answer().first()
	case "view_submission":
		in.Kind, in.Action, in.State = inSubmit, p.View.Callback, formState{}
		// A submission says nothing of where its form was opened from: the form carries that itself, for the answer to go back there.
		meta := readMeta(p.View.Metadata)
		in.ResponseURL, in.Channel, in.Thread = meta.ResponseURL, meta.Channel, meta.Thread
		if in.Key == "" {
			in.Key = keyOf(p.Type, p.View.ID+p.View.Hash)
		}
		for block, actions := range p.View.State.Values {
			for _, e := range actions {
				in.State[block] = e.answer()
			}
		}
	case "message_action":
		in.Kind, in.Action, in.Text = inShortcut, p.CallbackID, p.Message.Text
	case "block_suggestion":
		in.Kind, in.Action, in.Value = inSuggest, p.ActionID, p.Value
	}
	return in, nil
}

func readEvent(payload json.RawMessage) (inbound, error) {
	var p struct {
		EventID string `json:"event_id"`
		Event   struct {
			Type     string `json:"type"`
			User     string `json:"user"`
			BotID    string `json:"bot_id"`
			Channel  string `json:"channel"`
			TS       string `json:"ts"`
			ThreadTS string `json:"thread_ts"`
			Text     string `json:"text"`
			Tab      string `json:"tab"` // of app_home_opened
		} `json:"event"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return inbound{}, fmt.Errorf("read an event: %w", err)
	}
	e := p.Event
	in := inbound{
		Kind: inOther, Person: org.PersonID(e.User), Channel: e.Channel, Thread: e.ThreadTS, Message: e.TS, Text: e.Text,
		// One mention in a channel can be delivered as two events: the message's place is what is unique.
		Key: keyOf("mention", strings.Trim(e.Channel+"/"+e.TS, "/")),
	}
	switch {
	case e.BotID != "": // our own words, or another program's: never obeyed
	case e.Type == "app_mention":
		in.Kind = inMention
	case e.Type == "app_home_opened" && (e.Tab == "home" || e.Tab == ""):
		in.Kind, in.Key = inHome, keyOf("event", p.EventID)
	case e.Type == "member_joined_channel":
		in.Kind, in.Key = inJoined, keyOf("event", p.EventID)
	}
	return in, nil
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// verbOf is the verb of one of our own buttons; empty for anything else.
func verbOf(action string) string {
	verb, ok := strings.CutPrefix(action, card.ActionPrefix)
	if !ok {
		return ""
	}
	return verb
}
