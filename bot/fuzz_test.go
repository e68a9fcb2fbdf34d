package bot

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// Whatever a payload holds, reading it ends, and what it says is text.
func FuzzEnvelope(f *testing.F) {
	for _, kind := range []string{"slash_commands", "interactive", "events_api", "hello"} {
		for _, payload := range []string{
			`{}`, `null`, `[]`, `"x"`, `{"command":"/complaint","text":"受理 7","user_id":"U1","trigger_id":"1.2.a"}`,
			`{"type":"block_actions","actions":[{"action_id":"sameday:accept","value":"20261123-001|1.accept"}],"container":{"message_ts":"1.1"}}`,
			`{"type":"view_submission","view":{"callback_id":"new","private_metadata":"{\"n\":\"7\"}","state":{"values":{"summary":{"summary":{"value":"x"}},"kinds":{"kinds":{"selected_options":[{"value":"dispute"},null]}}}}}}`,
			`{"type":"message_action","callback_id":"open_complaint","message":{"text":"x","ts":"1.1"}}`,
			`{"event_id":"Ev1","event":{"type":"app_mention","user":"U1","channel":"C1","ts":"1.1","thread_ts":"1.0","text":"<@U0> 受理"}}`,
		} {
			f.Add(kind, []byte(payload))
		}
	}
	f.Fuzz(func(t *testing.T, kind string, payload []byte) {
		in, err := readEnvelope(kind, json.RawMessage(payload))
		if err != nil {
			return
		}
		for name, a := range in.State {
			if !utf8.ValidString(name) || !utf8.ValidString(a.first()) {
				t.Errorf("field %q holds no text: %q", name, a.first())
			}
		}
		again, err := readEnvelope(kind, json.RawMessage(payload))
		if err != nil || again.Key != in.Key || again.Kind != in.Kind {
			t.Errorf("read twice: %+v and %+v, %v", in, again, err)
		}
	})
}

// What a form carries in its metadata comes back as it was; anything else is nothing.
func FuzzFormMeta(f *testing.F) {
	f.Add("20261123-001", "C1", "1.1", "https://hooks.slack.test/r/1")
	f.Add("", "\xff", "{", `"`)
	f.Fuzz(func(t *testing.T, number, channel, thread, url string) {
		_ = readMeta(number + channel)
		for _, s := range []string{number, channel, thread, url} {
			if !utf8.ValidString(s) {
				return // JSON holds text only
			}
		}
		m := formMeta{Channel: channel, Thread: thread, ResponseURL: url}
		if n := utf8.RuneCountInString(m.String()); n > maxMeta {
			t.Errorf("%d characters, want at most %d", n, maxMeta)
		}
		if len(channel)+len(thread)+len(url) > 400 {
			return // it may lose its way back
		}
		if got := readMeta(m.String()); got != m {
			t.Errorf("got %+v back, want %+v", got, m)
		}
	})
}
