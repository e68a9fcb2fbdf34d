package sandbox_test

import (
	"context"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"sameday/bot/sandbox"
)

// BenchmarkCommand measures a slash command to an app that only acknowledges, over real loopback sockets, 16 people at a
// time on each processor.
func BenchmarkCommand(b *testing.B) {
	w, err := sandbox.New(sandbox.Options{Manifest: []byte(manifestJSON), Limits: sandbox.Limits{NoRateLimits: true}})
	if err != nil {
		b.Fatalf("New: %v", err)
	}
	defer w.Close()
	w.AddPerson(sandbox.Person{ID: ann, Name: "ann"})
	room := w.AddChannel(sandbox.Channel{Name: "desk", Members: []string{ann, w.BotUserID()}})
	base, err := w.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatalf("Listen: %v", err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	c := slack.New(w.BotToken(), slack.OptionAppLevelToken(w.AppToken()), slack.OptionAPIURL(base))
	ready := make(chan struct{})
	for range 2 {
		s := socketmode.New(c)
		go func() { _ = s.RunContext(ctx) }()
		go func() {
			for {
				select {
				case <-ctx.Done():
					return
				case e := <-s.Events:
					if e.Type == socketmode.EventTypeHello {
						ready <- struct{}{}
					}
					if e.Request != nil && e.Request.EnvelopeID != "" {
						_ = s.AckCtx(ctx, e.Request.EnvelopeID, nil)
					}
				}
			}
		}()
	}
	<-ready
	<-ready
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		who := w.As(ann)
		for pb.Next() {
			if r, err := who.Type(room, "/ask 7"); err != nil || r.Failure != "" {
				b.Errorf("/ask: %+v, %v", r, err)
				return
			}
		}
	})
}

// BenchmarkPost measures chat.postMessage with blocks and metadata, in memory.
func BenchmarkPost(b *testing.B) {
	w, err := sandbox.New(sandbox.Options{Manifest: []byte(manifestJSON), Limits: sandbox.Limits{NoRateLimits: true}})
	if err != nil {
		b.Fatalf("New: %v", err)
	}
	defer w.Close()
	room := w.AddChannel(sandbox.Channel{Name: "desk", Members: []string{w.BotUserID()}})
	c := slack.New(w.BotToken(), slack.OptionAPIURL(w.MemoryURL()), slack.OptionHTTPClient(w.HTTPClient()))
	text := slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "*20261123-007* a line", false, false), nil, nil)
	for b.Loop() {
		_, _, err := c.PostMessageContext(b.Context(), room, slack.MsgOptionText("x", false), slack.MsgOptionBlocks(text),
			slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "e", EventPayload: map[string]any{"k": "v"}}))
		if err != nil {
			b.Fatalf("PostMessage: %v", err)
		}
	}
}
