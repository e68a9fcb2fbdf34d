package bot

import (
	"context"
	"encoding/json"
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
