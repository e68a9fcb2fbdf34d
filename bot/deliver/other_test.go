package deliver_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"sameday/bot/deliver"
	"sameday/bot/sandbox"
	"sameday/store"
)

// with makes every action of the rig's teller another.
type with struct {
	deliver.Renderer
	change func(i store.Intent, a *deliver.Action)
}

func (w with) Render(ctx context.Context, i store.Intent) (deliver.Action, error) {
	a, err := w.Renderer.Render(ctx, i)
	w.change(i, &a)
	return a, err
}

// Who asked to be told of a refusal is told once it is kept, and the intent waits for nobody.
func TestRefusedIsTold(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"not_in_channel": true, "is_archived": true, "restricted_action": true, "missing_scope": true, "internal_error": false, "something_new": false,
	} {
		t.Run(code, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				var mu sync.Mutex
				var heard []string
				r.change = func(o *deliver.Options) {
					o.Render = with{r.teller, func(_ store.Intent, a *deliver.Action) {
						a.Refused = func(_ context.Context, word string) error {
							mu.Lock()
							defer mu.Unlock()
							if heard = append(heard, word); len(heard) == 1 {
								return errors.New("the disk is full")
							}
							return nil
						}
					}}
				}
				r.w.Fail(sandbox.Fault{Method: "chat.postMessage", Times: 2, Error: code})
				r.start()
				r.put(line("told", spec{}))
				r.settled(10 * time.Minute)
				mu.Lock()
				defer mu.Unlock()
				if b := r.backlog(); b.Pending > 0 || b.Dead > 0 {
					t.Errorf("the outbox has %+v", b)
				}
				if want && (len(heard) != 2 || heard[0] != code) || !want && len(heard) > 0 {
					t.Errorf("heard %v", heard)
				}
				if n := len(r.messages()); want != (n == 0) {
					t.Errorf("%d messages stand", n)
				}
			})
		})
	}
}

// Calls that are no messages keep our limits and Slack's, and their refusals say nothing about messages.
func TestDo(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.change = func(o *deliver.Options) { o.Limits.Others = deliver.Limit{PerMinute: 60, Burst: 2} }
		r.start()
		ok := func(context.Context) error { return nil }
		var wait *deliver.Wait
		for range 3 { // the third waits for its token
			if err := r.s.Do(r.ctx, "pins.add", ok); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(time.Minute)
		limited := func(context.Context) error { return &slack.RateLimitedError{RetryAfter: 20 * time.Second} }
		began := time.Now()
		if err := r.s.Do(r.ctx, "pins.add", limited); !errors.As(err, &wait) || wait.Until.Sub(began) != 20*time.Second {
			t.Errorf("limited: got %v until %v", err, wait)
		}
		if err := r.s.Do(r.ctx, "pins.add", ok); !errors.As(err, &wait) || wait.Until.Before(began.Add(20*time.Second)) {
			t.Errorf("while the method rests: got %v", err)
		}
		<-time.After(time.Minute)
		no := func(context.Context) error {
			return slack.SlackErrorResponse{Err: "missing_scope", Needed: "pins:write"}
		}
		err := r.s.Do(r.ctx, "pins.add", no)
		if word, scopes, refused := deliver.Refusal(err); word != "missing_scope" || scopes != "pins:write" || !refused {
			t.Errorf("refused as %s, %s, %v", word, scopes, refused)
		}
		for code, want := range map[string]bool{"name_taken": true, "fatal_error": false, "ratelimited": false, "token_revoked": false} {
			if word, _, refused := deliver.Refusal(slack.SlackErrorResponse{Err: code}); word != code || refused != want {
				t.Errorf("%s is %s, refused %v", code, word, refused)
			}
		}
		if _, _, refused := deliver.Refusal(nil); refused {
			t.Error("no error is a refusal")
		}
		<-time.After(5 * time.Minute)
		if heard := r.troubles(); len(heard) > 0 {
			t.Errorf("trouble is told: %v", heard)
		}
	})
}
