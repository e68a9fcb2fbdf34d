package bot_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sameday/workflow"
)

// shapes are payloads of every kind that Slack sends, with all the fields that its documentation and its libraries know; ~ stands for what is
// new in each delivery.
var shapes = map[string][]string{
	"slash_commands": {
		`{"token":"x","team_id":"T1","team_domain":"bank","enterprise_id":"E1","enterprise_name":"Bank","channel_id":"C0JINGAN","channel_name":"jingan",
		"user_id":"U0WANG","user_name":"wang","command":"/complaint","text":"note 1 ~","api_app_id":"A1","is_enterprise_install":"false",
		"response_url":"https://slack.test/response/none","trigger_id":"1.2.~"}`,
		`{"command":"/notice","text":"today","user_id":"U0CHEN","channel_id":"D0X","channel_name":"directmessage","trigger_id":"1.3.~","is_enterprise_install":true}`,
	},
	"interactive": {
		`{"type":"block_actions","team":{"id":"T1","domain":"bank"},"user":{"id":"U0WANG","username":"wang","name":"wang","team_id":"T1"},"api_app_id":"A1",
		"token":"x","enterprise":null,"is_enterprise_install":false,"trigger_id":"1.4.~","response_url":"https://slack.test/response/none",
		"container":{"type":"message","message_ts":"1.1","channel_id":"C0JINGAN","is_ephemeral":false,"thread_ts":"1.1"},"channel":{"id":"C0JINGAN","name":"jingan"},
		"message":{"type":"message","bot_id":"B0SANDBOX01","text":"x","user":"U0SANDBOX01","ts":"1.1","thread_ts":"1.1","blocks":[{"type":"section","block_id":"b","text":{"type":"mrkdwn","text":"x"}}]},
		"state":{"values":{}},"actions":[{"action_id":"sameday:accept","block_id":"b","type":"button","text":{"type":"plain_text","text":"受理","emoji":true},"value":"20261123-001|1.accept","style":"primary","action_ts":"1.2"}]}`,
		`{"type":"block_actions","user":{"id":"U0WANG"},"trigger_id":"1.5.~","channel":{"id":"C0JINGAN"},"actions":[{"type":"overflow","action_id":"sameday:more","block_id":"b",
		"selected_option":{"text":{"type":"plain_text","text":"为什么"},"value":"20261123-001|1.why"},"action_ts":"1.2"},{"type":"static_select","action_id":"sameday:pick",
		"selected_option":{"value":"20261123-001|1.accept"},"selected_options":[{"value":"x"}],"selected_user":"U0LI","selected_users":["U0LI"],"selected_date":"2026-11-23"}]}`,
		`{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U0WANG"},"trigger_id":"1.6.~","response_urls":[],"is_enterprise_install":false,"view":{"id":"V1","team_id":"T1","type":"modal",
		"callback_id":"new","private_metadata":"{\"c\":\"C0JINGAN\"}","hash":"1.~","title":{"type":"plain_text","text":"登记"},"close":null,"submit":null,"root_view_id":"V1","previous_view_id":null,"external_id":"",
		"app_id":"A1","bot_id":"B1","state":{"values":{"summary":{"summary":{"type":"plain_text_input","value":"收费说明不清 ~"}},"amount":{"amount":{"type":"plain_text_input","value":null}},
		"kinds":{"kinds":{"type":"checkboxes","selected_options":[]}},"source":{"source":{"type":"static_select","selected_option":{"text":{"type":"plain_text","text":"热线"},"value":"hotline"}}},
		"received_at":{"received_at":{"type":"datetimepicker","selected_date_time":1795395600}}}}}}`,
		`{"type":"view_submission","user":{"id":"U0WANG"},"trigger_id":"1.7.~","view":{"id":"V2","callback_id":"assign","private_metadata":"{\"n\":\"20261123-001\",\"c\":\"C0JINGAN\"}","hash":"2.~",
		"state":{"values":{"handler":{"handler":{"type":"users_select","selected_user":"U0LI"}},"note":{"note":{"type":"plain_text_input","value":"~"}}}}}}`,
		`{"type":"view_closed","user":{"id":"U0WANG"},"view":{"id":"V1","callback_id":"new"},"is_cleared":true}`,
		`{"type":"message_action","callback_id":"open_complaint","trigger_id":"1.8.~","message_ts":"1.1","response_url":"https://slack.test/response/none","action_ts":"1.2","user":{"id":"U0WANG","name":"wang"},
		"channel":{"id":"C0JINGAN","name":"jingan"},"message":{"type":"message","user":"U0LI","ts":"1.1","text":"客户投诉排队","blocks":null,"files":[{"id":"F1"}]}}`,
		`{"type":"shortcut","callback_id":"other","trigger_id":"1.9.~","user":{"id":"U0WANG"},"action_ts":"1.2"}`,
		`{"type":"block_suggestion","user":{"id":"U0WANG"},"action_id":"business","block_id":"business","value":"信","view":{"id":"V1","callback_id":"new","private_metadata":"{}"}}`,
	},
	"events_api": {
		`{"token":"x","team_id":"T1","api_app_id":"A1","type":"event_callback","event_id":"Ev~","event_time":1795395600,"event_context":"4-x","is_ext_shared_channel":false,"context_team_id":"T1",
		"context_enterprise_id":null,"authorizations":[{"enterprise_id":null,"team_id":"T1","user_id":"U0SANDBOX01","is_bot":true,"is_enterprise_install":false}],
		"event":{"type":"app_mention","user":"U0WANG","text":"<@U0SANDBOX01> why 1","ts":"17953956~.000100","channel":"C0JINGAN","event_ts":"1.1","thread_ts":"1.0","team":"T1",
		"blocks":[{"type":"rich_text","elements":[]}],"client_msg_id":"x","edited":null,"files":[]}}`,
		`{"type":"event_callback","event_id":"Ev~","event":{"type":"member_joined_channel","user":"U0SANDBOX01","channel":"C0JINGAN","channel_type":"C","team":"T1","inviter":"U0HE","event_ts":"1.1"}}`,
		`{"type":"event_callback","event_id":"Ev~","event":{"type":"message","subtype":"message_changed","channel":"C0JINGAN","hidden":true,"message":{"text":"x"},"previous_message":{"text":"y"},"ts":"1.1"}}`,
		`{"type":"app_rate_limited","token":"x","team_id":"T1","minute_rate_limited":1518467820,"api_app_id":"A1"}`,
	},
}

// replacements are what a field may hold instead.
var replacements = []string{
	`null`, `""`, `0`, `-1`, `1.5e300`, `true`, `[]`, `{}`, `[null]`, `[[]]`, `{"id":null}`, `{"":{"":{}}}`, `"of_tomorrow"`, `"|||"`, `"\u0000\ud800"`,
	`"` + strings.Repeat("长", 20_000) + `"`, `9007199254740993`, `"<!channel>"`, `"` + strings.Repeat("[", 2000) + `"`,
}

// variants calls visit with the payload as it is, and with each of its fields missing, or holding what it should not.
func variants(payload any, visit func(any)) {
	visit(payload)
	var walk func(at any, put func(any))
	walk = func(at any, put func(any)) {
		for _, r := range replacements {
			var v any
			_ = json.Unmarshal([]byte(r), &v) // what is no JSON in it becomes the zero value, which is a variant too
			put(v)
			visit(payload)
		}
		put(at)
		switch at := at.(type) {
		case map[string]any:
			for k, v := range at {
				delete(at, k)
				visit(payload)
				walk(v, func(v any) { at[k] = v })
			}
			at["of_tomorrow"] = map[string]any{"deep": []any{nil, 1}}
			visit(payload)
			delete(at, "of_tomorrow")
		case []any:
			for i, v := range at {
				walk(v, func(v any) { at[i] = v })
			}
		}
	}
	walk(payload, func(any) {})
}

// Whatever shape Slack's payloads take (a field missing, null, of another kind, huge, one more), the process stays up, acknowledges, and goes on
// answering people.
func TestFaultShapes(t *testing.T) {
	for kind, list := range shapes {
		t.Run(kind, func(t *testing.T) {
			play(t, func(h *hall) {
				h.opensAt("jingan", "取号机故障")
				h.wait(time.Minute)
				sent, n := 0, 0
				for _, text := range list {
					var payload any
					if err := json.Unmarshal([]byte(text), &payload); err != nil {
						t.Fatalf("%v in %s", err, text)
					}
					variants(payload, func(v any) {
						if n++; !long() && n%10 != 0 {
							return
						}
						sent++
						raw, err := json.Marshal(v)
						if err != nil {
							t.Fatal(err)
						}
						raw = []byte(strings.ReplaceAll(string(raw), "~", fmt.Sprint(n)))
						if _, failure := h.slack.Push(kind, raw); failure != "" {
							t.Errorf("%s: %.500s", failure, raw)
						}
						if sent%50 == 0 {
							h.wait(time.Minute)
						}
					})
				}
				h.unharmed(t)
				t.Logf("figures: shapes=%d", sent)
			})
		})
	}
}

// unharmed holds that the bot is as well as before.
func (h *hall) unharmed(t *testing.T) {
	t.Helper()
	h.wait(30 * time.Minute)
	wants(t, "a command afterwards", h.says(wang, jingan, "/complaint help"), "/complaint accept")
	if log := h.logs.String(); strings.Contains(log, "panicked") {
		at := strings.Index(log, "panicked")
		t.Errorf("a handler panicked: %s", log[max(0, at-3000):at])
	}
	h.once()
	if got := h.slack.Sockets(); got != 2 {
		t.Errorf("%d sockets are open, want 2", got)
	}
}

// Frames that are no envelopes, and envelopes that are no JSON, are dropped and counted; the sockets stay.
func TestFaultFrames(t *testing.T) {
	play(t, func(h *hall) {
		h.acting(wang, h.opensAt("jingan", "取号机故障"), workflow.Accept{})
		frames := []string{
			``, `{`, `null`, `7`, `"hello"`, `[]`, `{}`, `{"type":null}`, `{"type":"hello"}`, `{"type":"hello","num_connections":"many"}`, `{"type":"of_tomorrow"}`,
			`{"type":"slash_commands"}`, `{"type":"slash_commands","envelope_id":"","payload":{}}`, `{"type":"slash_commands","envelope_id":"e1","payload":null}`,
			`{"type":"slash_commands","envelope_id":7,"payload":{}}`, `{"type":"interactive","envelope_id":"e2","payload":"x"}`,
			`{"type":"interactive","envelope_id":"e3","payload":{"type":"block_actions","actions":{}}}`, `{"type":"events_api","envelope_id":"e4","payload":{"type":"event_callback","event":{"type":"app_mention","ts":7}}}`,
			`{"type":"events_api","envelope_id":"e5","retry_attempt":"often","payload":{}}`, "\xff\xfe", "{\"type\":\"\xff\"}",
			`{"type":"slash_commands","envelope_id":"e6","payload":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`,
			`{"type":"slash_commands","envelope_id":"e7","payload":{"text":"` + strings.Repeat("长", 200_000) + `"}}`,
			`{"type":"disconnect"}`, `{"type":"disconnect","reason":"of_tomorrow","debug_info":null}`,
		}
		for range 2 {
			for _, f := range frames {
				h.slack.PushFrame([]byte(f))
				h.wait(10 * time.Second)
			}
		}
		h.unharmed(t)
		t.Logf("figures: frames=%d", 2*len(frames))
	})
}
