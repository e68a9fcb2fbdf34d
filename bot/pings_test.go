package bot_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// reference is what Slack makes a mention, a link or a date of.
var reference = regexp.MustCompile(`<([^<>]*)>`)

// broadcast is what Slack may ring a channel for where names are not taken literally.
var broadcast = regexp.MustCompile(`(?i)@(channel|here|everyone)\b`)

// mayMention are the people whom a bank's own acts name: a handler is told that he is one.
var mayMention = []string{zhou, wang, li, zhang, chen, xu, he}

// pingsIn lists what would ring somebody, or lead somewhere, that nobody of the bank meant: in one text of mrkdwn.
func pingsIn(text string) []string {
	var out []string
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		target, _, _ := strings.Cut(m[1], "|")
		switch {
		case strings.HasPrefix(target, "@") && slices.Contains(mayMention, target[1:]):
		case strings.HasPrefix(target, "!date^"):
		case slices.Contains([]string{"#" + jingan, "#" + xuhui, "#" + shanghai, "#" + headOffice}, target):
		case strings.HasPrefix(target, "http://slack.test/archives/C0"): // our own cards
		case strings.HasPrefix(target, "#C00000000"): // made in the play: the channel of a group
		default:
			out = append(out, m[0])
		}
	}
	return append(out, broadcast.FindAllString(text, -1)...)
}

// pingsSent lists what would ring in what is sent: in the text of a message and in every text of its blocks that Slack reads marks in.
func pingsSent(raw string) []string {
	head, body, _ := strings.Cut(raw, "\n")
	var out []string
	if strings.HasPrefix(strings.TrimSpace(body), "{") {
		var v any
		if json.Unmarshal([]byte(body), &v) == nil {
			out = pingsUnder(v, true)
		}
		return out
	}
	if form, err := url.ParseQuery(body); err == nil && strings.Contains(head, "/api/") {
		out = pingsIn(form.Get("text"))
		for _, field := range []string{"blocks", "view", "attachments"} {
			var v any
			if json.Unmarshal([]byte(form.Get(field)), &v) == nil {
				out = append(out, pingsUnder(v, false)...)
			}
		}
	}
	return out
}

// pingsUnder walks JSON. message says that a bare "text" is a message's own.
func pingsUnder(v any, message bool) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			out = append(out, pingsUnder(x, false)...)
		}
	case map[string]any:
		text, isText := v["text"].(string)
		_, typed := v["type"]
		if isText && (v["type"] == "mrkdwn" || message && !typed) {
			literal := text
			if v["verbatim"] == true {
				literal = broadcast.ReplaceAllString(text, "") // taken as it stands
			}
			out = append(out, pingsIn(literal)...)
		}
		for k, x := range v {
			out = append(out, pingsUnder(x, k == "payload" || message && k == "message")...)
		}
	}
	return out
}

func TestPingsAreFound(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int{
		"https://slack.test/api/chat.postMessage\ntext=%3C%21channel%3E":                                                           1,
		"https://slack.test/api/chat.postMessage\ntext=%40here+x":                                                                  1,
		"https://slack.test/api/chat.postMessage\ntext=%26lt%3B%21channel%26gt%3B":                                                 0,
		"https://slack.test/api/chat.postMessage\ntext=%3C%40U0LI%3E+%3C%40U0EVIL%3E":                                              1,
		`https://slack.test/api/chat.postMessage` + "\n" + `blocks=[{"type":"section","text":{"type":"mrkdwn","text":"<!here>"}}]`: 1,
		`https://slack.test/api/chat.postMessage` + "\n" + `blocks=[{"text":{"type":"mrkdwn","verbatim":true,"text":"@here"}}]`:    0,
		`https://slack.test/api/chat.postMessage` + "\n" + `blocks=[{"text":{"type":"plain_text","text":"<!here>"}}]`:              0,
		"socket\n" + `{"envelope_id":"x","payload":{"text":"<https://evil.example|x>"}}`:                                           1,
		"socket\n" + `{"envelope_id":"x","payload":{"text":"<!date^1^{time}|x>"}}`:                                                 0,
		"https://slack.test/response/1\n" + `{"text":"<!subteam^S1>","blocks":[{"text":{"type":"mrkdwn","text":"<@U0EVIL>"}}]}`:    2,
	} {
		if got := pingsSent(raw); len(got) != want {
			t.Errorf("%s: %q, want %d", raw, got, want)
		}
	}
}
