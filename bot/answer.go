package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"sameday/bot/card"
)

// answer is what a person gets back at once. Nothing of it is part of the record: what must be told goes through the outbox.
type answer struct {
	Message card.Message      // only the person sees it
	Errors  map[string]string // a form's fields and what is wrong with them
	Options []*slack.OptionBlockObject
	Secret  bool // holds personal data: shown as an ephemeral message or not at all
}

func say(text string) answer { return answer{Message: card.Message{Text: text}} }

// maxAck is the largest acknowledgement we send with a message in it. Slack drops what reaches 20,480 bytes, in silence.
const maxAck = 16_000

// ackMessage is the reply to a slash command inside its acknowledgement.
type ackMessage struct {
	ResponseType string        `json:"response_type"`
	Text         string        `json:"text"`
	Blocks       *slack.Blocks `json:"blocks,omitempty"`
}

func (a answer) empty() bool { return a.Message.Text == "" && len(a.Message.Blocks) == 0 }

func (a answer) ackMessage() *ackMessage {
	m := &ackMessage{ResponseType: slack.ResponseTypeEphemeral, Text: a.Message.Text}
	if len(a.Message.Blocks) > 0 {
		m.Blocks = &slack.Blocks{BlockSet: a.Message.Blocks}
	}
	return m
}

// reply gives a person an answer outside an acknowledgement: by response_url where there is one, because it works in channels that
// the bot is no member of; else as an ephemeral message in the channel; else in a direct message.
func (b *Bot) reply(ctx context.Context, in inbound, a answer) error {
	m := a.Message
	if m.Text == "" && len(m.Blocks) == 0 {
		return nil
	}
	if in.ResponseURL != "" {
		err := b.slack.PostResponse(ctx, in.ResponseURL, m)
		if err == nil {
			return nil
		}
		b.log.Warn().Str("reason", reason(err)).Msg("response_url did not take the answer")
	}
	if in.Channel != "" {
		err := b.slack.Ephemeral(ctx, in.Channel, in.Thread, string(in.Person), m)
		if err == nil {
			return nil
		}
		b.log.Warn().Str("channel", in.Channel).Str("reason", reason(err)).Msg("the answer could not be shown in the channel")
	}
	if a.Secret { // a direct message stays
		m = card.Message{Text: b.wordsFor(in).T("reply.error", "reference", in.Key)}
	}
	return b.slack.Direct(ctx, string(in.Person), m)
}

// api is slack-go behind our own few words, so that its next release breaks one file.
type api struct{ *slack.Client }

func (a api) options(m card.Message) []slack.MsgOption {
	out := []slack.MsgOption{slack.MsgOptionText(m.Text, false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if len(m.Blocks) > 0 {
		out = append(out, slack.MsgOptionBlocks(m.Blocks...))
	}
	return out
}

// PostResponse answers by response_url: five times within half an hour.
func (a api) PostResponse(ctx context.Context, url string, m card.Message) error {
	options := append(a.options(m), slack.MsgOptionResponseURL(url, slack.ResponseTypeEphemeral))
	if _, _, _, err := a.SendMessageContext(ctx, "", options...); err != nil {
		return fmt.Errorf("answer by response_url: %w", err)
	}
	return nil
}

// Ephemeral shows a message to one member of a channel.
func (a api) Ephemeral(ctx context.Context, channel, thread, person string, m card.Message) error {
	options := a.options(m)
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	if _, err := a.PostEphemeralContext(ctx, channel, person, options...); err != nil {
		return fmt.Errorf("show an answer: %w", err)
	}
	return nil
}

// Direct writes to a person's direct messages.
func (a api) Direct(ctx context.Context, person string, m card.Message) error {
	if _, _, err := a.PostMessageContext(ctx, person, a.options(m)...); err != nil {
		return fmt.Errorf("write a direct message: %w", err)
	}
	return nil
}

// Open shows a form. The trigger lives 3 seconds.
func (a api) Open(ctx context.Context, trigger string, v slack.ModalViewRequest) error {
	if _, err := a.OpenViewContext(ctx, trigger, v); err != nil {
		return fmt.Errorf("open a form: %w", err)
	}
	return nil
}

// reason is the short machine word of a Slack error, for logs: never message text.
func reason(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	if len(text) > 60 {
		text = text[:60]
	}
	return text
}

// encoded reports the size of an acknowledgement.
func encoded(v any) int {
	raw, err := json.Marshal(v)
	if err != nil {
		return maxAck + 1
	}
	return len(raw)
}
