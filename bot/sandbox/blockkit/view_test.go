package blockkit_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sameday/bot/sandbox/blockkit"
)

func TestCheckView(t *testing.T) {
	t.Parallel()
	field := `{"type":"input","label":` + plain("L") + `,"element":{"type":"plain_text_input"}}`
	modal := func(rest string) string { return `{"type":"modal","title":` + plain("T") + `,` + rest + `}` }
	for _, c := range []struct {
		name, view string
		want       []string
	}{
		{"good modal", modal(`"submit":` + plain("OK") + `,"close":` + plain("No") + `,"callback_id":"c","private_metadata":"m","external_id":"e","clear_on_close":true,"notify_on_close":true,"blocks":[` + field + `]`), nil},
		{"good modal without submit", modal(`"blocks":[{"type":"divider"}]`), nil},
		{"good home", `{"type":"home","blocks":[` + field + `],"callback_id":"c"}`, nil},
		{"modal with response_url", modal(`"submit":` + plain("OK") + `,"blocks":` + input(`{"type":"conversations_select","response_url_enabled":true,"default_to_current_conversation":true}`)), nil},
		{"nothing", `7`, problems("must provide an object", "/view")},
		{"not JSON", `{`, problems("must provide an object", "/view")},
		{"empty", `{}`, problems("missing required field: type", "/view")},
		{"kind", `{"type":"dialog"}`, problems("must be a valid enum value", "/view/type")},
		{"no title and blocks", `{"type":"modal"}`, problems("missing required field: title", "/view", "missing required field: blocks", "/view")},
		{"title", `{"type":"modal","blocks":[],"title":` + plain(chars(25)) + `}`, problems("must be less than 25 characters", "/view/title/text")},
		{"title mrkdwn", `{"type":"modal","blocks":[],"title":` + mrkdwn("x") + `}`, problems("must be a valid enum value", "/view/title/type")},
		{"submit and close", modal(`"blocks":[],"submit":` + plain(chars(25)) + `,"close":` + plain(chars(25))), problems(
			"must be less than 25 characters", "/view/submit/text", "must be less than 25 characters", "/view/close/text")},
		{"no submit", modal(`"blocks":[{"type":"divider"},` + field + `]`), problems("must define `submit` to use an `input` block in modals", "/view/blocks/1/input")},
		{"long", modal(`"blocks":[],"private_metadata":"` + chars(3001) + `","callback_id":"` + chars(256) + `","external_id":"` + chars(256) + `"`), problems(
			"must be less than 3001 characters", "/view/private_metadata", "must be less than 256 characters", "/view/callback_id",
			"must be less than 256 characters", "/view/external_id")},
		{"too many", modal(`"blocks":` + repeat(101, `{"type":"divider"}`)), problems("no more than 100 items allowed", "/view/blocks")},
		{"blocks null", modal(`"blocks":null`), problems("must provide an array", "/view/blocks")},
		{"unknown field", modal(`"blocks":[],"submit_disabled":true`), problems("invalid additional property: submit_disabled", "/view")},
		{"title in a home", `{"type":"home","title":` + plain("T") + `,"blocks":[]}`, problems("invalid additional property: title", "/view")},
		{"alert in a home", `{"type":"home","blocks":[{"type":"alert","text":` + plain("x") + `}]}`, problems("unsupported type: alert", "/view/blocks/0/type")},
		{"block", modal(`"blocks":[{"type":"section","text":` + mrkdwn(chars(3001)) + `}]`), problems("must be less than 3001 characters", "/view/blocks/0/text/text")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := lines(blockkit.CheckView(json.RawMessage(c.view)))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("CheckView(%.300s) (-want +got):\n%s", c.view, diff)
			}
		})
	}
}
