package bot

import (
	"context"
	"encoding/json"
	"time"
)

// Take hands the bot a payload as a socket would, and drops the answer.
func (b *Bot) Take(ctx context.Context, kind string, payload []byte) {
	in, err := readEnvelope(kind, json.RawMessage(payload))
	if err != nil {
		b.dropped("test", reason(err))
		return
	}
	b.guarded(ctx, "test", in)
}

// Begin makes the bot ready for sweeps without Slack.
func (b *Bot) Begin(ctx context.Context, now time.Time) error { return b.begin(ctx, now) }
