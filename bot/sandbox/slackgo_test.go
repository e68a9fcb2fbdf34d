package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"sameday/bot/sandbox"
)

const askModal = `{"type":"modal","callback_id":"m","title":{"type":"plain_text","text":"Ask"},"submit":{"type":"plain_text","text":"Send"},
 "blocks":[{"type":"input","block_id":"what","label":{"type":"plain_text","text":"What"},"element":{"type":"plain_text_input","action_id":"text","max_length":20}},
 {"type":"input","block_id":"who","optional":true,"label":{"type":"plain_text","text":"Who"},"element":{"type":"users_select","action_id":"user"}}]}`

func modal(t *testing.T, text string) slack.ModalViewRequest {
	t.Helper()
	var v slack.ModalViewRequest
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("decode the modal: %v", err)
	}
	return v
}

// TestCommandToModalToCard is the whole way of an app: a command opens a modal, a wrong field is named, the submission
// posts a message with buttons and metadata, a click changes it, and a response URL answers.
func TestCommandToModalToCard(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		var a *app
		var responseURL string
		a = connect(t, ctx, w, 2, func(c *socketmode.Client, e socketmode.Event) {
			id := e.Request.EnvelopeID
			switch d := e.Data.(type) {
			case slack.SlashCommand:
				if _, err := a.OpenViewContext(ctx, d.TriggerID, modal(t, askModal)); err != nil {
					t.Errorf("OpenView: %v", err)
				}
				_ = c.AckCtx(ctx, id, map[string]any{"text": "one moment"})
			case slack.InteractionCallback:
				switch d.Type {
				case slack.InteractionTypeViewSubmission:
					text := d.View.State.Values["what"]["text"].Value
					if text == "nothing" {
						_ = c.AckCtx(ctx, id, slack.NewErrorsViewSubmissionResponse(map[string]string{"what": "say something"}))
						return
					}
					_ = c.AckCtx(ctx, id, nil)
					button := slack.NewButtonBlockElement("done", "7", slack.NewTextBlockObject("plain_text", "Done", true, false))
					_, _, err := a.PostMessageContext(ctx, desk, slack.MsgOptionText(text, true), slack.MsgOptionBlocks(slack.NewActionBlock("b", button)),
						slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "asked", EventPayload: map[string]any{"k": "intent-1"}}))
					if err != nil {
						t.Errorf("PostMessage: %v", err)
					}
				case slack.InteractionTypeBlockActions:
					responseURL = d.ResponseURL
					_ = c.AckCtx(ctx, id, nil)
					if _, _, _, err := a.UpdateMessageContext(ctx, desk, d.Message.Timestamp, slack.MsgOptionText("done", true)); err != nil {
						t.Errorf("UpdateMessage: %v", err)
					}
				}
			default:
				_ = c.AckCtx(ctx, id, nil)
			}
		})

		who := w.As(ann)
		r, err := who.Type(desk, "/ask me")
		if err != nil || r.Failure != "" {
			t.Fatalf("/ask: %+v, %v", r, err)
		}
		if len(r.Ephemeral) != 1 || r.Ephemeral[0].Text != "one moment" || r.View == nil || r.View.Title != "Ask" {
			t.Fatalf("/ask: got %+v, want an answer and the modal", r)
		}
		if r, _ := who.Submit(); r.Errors["what"] == "" || who.View() == nil {
			t.Errorf("submit an empty required input: got %+v, want an error under it", r)
		}
		if err := who.Fill("What", "a text that is longer than twenty characters"); err == nil {
			t.Errorf("fill too long a text: got no error")
		}
		if err := errors.Join(who.Fill("text", "nothing"), who.Fill("who", "Bob Li")); err != nil {
			t.Fatalf("Fill: %v", err)
		}
		if r, err := who.Submit(); err != nil || r.Errors["what"] != "say something" || who.View() == nil {
			t.Fatalf("submit what the app refuses: got %+v, %v", r, err)
		}
		if err := who.Fill("text", "a question"); err != nil {
			t.Fatalf("Fill: %v", err)
		}
		if r, err := who.Submit(); err != nil || r.Failure != "" || len(r.Errors) > 0 || who.View() != nil {
			t.Fatalf("submit: got %+v, %v, view %v", r, err, who.View())
		}
		synctest.Wait()
		h, err := a.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: desk, IncludeAllMetadata: true})
		if err != nil || len(h.Messages) != 1 || h.Messages[0].Metadata.EventPayload["k"] != "intent-1" {
			t.Fatalf("history: got %+v, %v, want the message with its metadata", h, err)
		}
		card := h.Messages[0]
		if r, err := who.Click(desk, card.Timestamp, "Done"); err != nil || r.Failure != "" {
			t.Fatalf("click: %+v, %v", r, err)
		}
		synctest.Wait()
		seen, err := who.Channel("desk")
		if err != nil || seen[len(seen)-1].Text != "done" || seen[len(seen)-1].Edited == "" {
			t.Fatalf("after the click: got %+v, %v", seen, err)
		}
		if _, _, err := a.PostMessageContext(ctx, desk, slack.MsgOptionResponseURL(responseURL, slack.ResponseTypeEphemeral), slack.MsgOptionText("noted", true)); err != nil {
			t.Fatalf("answer at the response URL: %v", err)
		}
		seen, _ = who.Channel(desk)
		if last := seen[len(seen)-1]; last.Text != "noted" || !last.Ephemeral {
			t.Errorf("last thing seen: got %+v, want the private answer", last)
		}
		if other, _ := w.As(bob).Channel(desk); other[len(other)-1].Text != "done" {
			t.Errorf("bob sees %+v, want nothing private", other[len(other)-1])
		}
		if hellos := a.got(socketmode.EventTypeHello); len(hellos) != 2 || hellos[0].Request.NumConnections+hellos[1].Request.NumConnections != 3 {
			t.Errorf("hellos: got %+v, want num_connections 1 and 2", hellos)
		}
	})
}

func TestRateLimitIsTyped(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		w := bank(t)
		c := slack.New(w.BotToken(), slack.OptionAPIURL(w.MemoryURL()), slack.OptionHTTPClient(w.HTTPClient()))
		var limited *slack.RateLimitedError
		posted := 0
		for ; posted < 100; posted++ {
			if _, _, err := c.PostMessageContext(ctx, desk, slack.MsgOptionText("x", false)); errors.As(err, &limited) {
				break
			} else if err != nil {
				t.Fatalf("PostMessage: %v", err)
			}
		}
		if posted != 20 || limited == nil || limited.RetryAfter != time.Second {
			t.Fatalf("posted %d, error %v, want 20 and a wait of 1 s", posted, limited)
		}
		<-time.After(limited.RetryAfter)
		if _, _, err := c.PostMessageContext(ctx, desk, slack.MsgOptionText("x", false)); err != nil {
			t.Errorf("after waiting: %v", err)
		}
		w.Fail(sandbox.Fault{Method: "chat.update", Status: 429, Times: 1})
		var status slack.StatusCodeError
		if _, _, _, err := c.UpdateMessageContext(ctx, desk, "1.0", slack.MsgOptionText("x", false)); !errors.As(err, &status) || status.Code != 429 {
			t.Errorf("429 without Retry-After: got %v, want a status code error", err)
		}
	})
}

// TestLoopback goes over real sockets.
func TestLoopback(t *testing.T) {
	t.Parallel()
	w := bank(t)
	if _, err := w.Listen("0.0.0.0:0"); err == nil {
		t.Errorf("listen on all addresses: got no error")
	}
	base, err := w.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatalf("Listen: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := slack.New(w.BotToken(), slack.OptionAppLevelToken(w.AppToken()), slack.OptionAPIURL(base))
	s := socketmode.New(c)
	ready := make(chan struct{}, 1)
	go func() { _ = s.RunContext(ctx) }()
	go func() {
		for e := range s.Events {
			switch {
			case e.Type == socketmode.EventTypeHello:
				ready <- struct{}{}
			case e.Request != nil && e.Request.EnvelopeID != "":
				_ = s.AckCtx(ctx, e.Request.EnvelopeID, map[string]any{"text": "hello over TCP"})
			}
		}
	}()
	select {
	case <-ready:
	case <-ctx.Done():
		t.Fatalf("no hello")
	}
	r, err := w.As(ann).Type(desk, "/ask now")
	if err != nil || len(r.Ephemeral) != 1 || r.Ephemeral[0].Text != "hello over TCP" {
		t.Fatalf("command: got %+v, %v", r, err)
	}
	w.Fail(sandbox.Fault{Method: "chat.postMessage", Stored: true, Cut: sandbox.CutReply, Times: 1})
	w.Fail(sandbox.Fault{Method: "chat.postMessage", Stored: true, Cut: sandbox.CutInBody, Times: 1})
	for range 2 {
		if _, _, err := c.PostMessageContext(ctx, desk, slack.MsgOptionText("stored, reply lost", false)); err == nil {
			t.Errorf("a lost reply: got no error")
		}
	}
	if seen, _ := w.As(bob).Channel(desk); len(seen) != 2 {
		t.Errorf("after two lost replies: got %d messages, want 2", len(seen))
	}
	up, err := c.UploadFileContext(ctx, slack.UploadFileParameters{Filename: "a.txt", FileSize: 5, Content: "12345", Channel: desk})
	if err != nil || string(w.Content(up.ID)) != "12345" {
		t.Errorf("upload: got %+v, %v", up, err)
	}
}
