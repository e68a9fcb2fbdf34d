package directory_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"sameday/bot"
	"sameday/bot/sandbox"
	"sameday/cmd/sameday/internal/directory"
)

// A start while Slack is at its worst: what passes is waited for, what somebody has to mend is an error at once.
func TestFaultStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault sandbox.Fault
		waits bool
	}{
		"503":                 {sandbox.Fault{Status: http.StatusServiceUnavailable}, true},
		"500":                 {sandbox.Fault{Status: 500}, true},
		"fatal_error":         {sandbox.Fault{Error: "fatal_error"}, true},
		"429":                 {sandbox.Fault{Status: 429, RetryAfter: 20 * time.Second}, true},
		"429 without a time":  {sandbox.Fault{Status: 429}, true},
		"reset":               {sandbox.Fault{Cut: sandbox.CutReply}, true},
		"cut":                 {sandbox.Fault{Cut: sandbox.CutInBody, Stored: true}, true},
		"channels fail":       {sandbox.Fault{Method: "conversations.list", Status: 502}, true},
		"hangs":               {sandbox.Fault{Hang: time.Minute}, true},
		"token revoked":       {sandbox.Fault{Error: "token_revoked"}, false},
		"scope missing":       {sandbox.Fault{Error: "missing_scope"}, false},
		"no such place":       {sandbox.Fault{Status: http.StatusNotFound}, false},
		"channels not to see": {sandbox.Fault{Method: "conversations.list", Error: "missing_scope"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, err := sandbox.New(sandbox.Options{Manifest: bot.Manifest()})
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				w.AddPerson(sandbox.Person{ID: "U0WANG", Email: "wang@example.com"})
				h := w.HTTPClient()
				h.Timeout = 20 * time.Second
				client := slack.New(w.BotToken(), slack.OptionAPIURL(w.MemoryURL()), slack.OptionHTTPClient(h))
				began := time.Now()
				c.fault.Until = began.Add(10 * time.Minute)
				w.Fail(c.fault)
				told := 0
				d, err := directory.Await(t.Context(), client, func(error, time.Duration) { told++ })
				took := time.Since(began)
				if !c.waits {
					if err == nil || told > 0 || took > time.Minute {
						t.Errorf("got %v after %v, told %d times to wait; want an error at once", err, took, told)
					}
					return
				}
				if err != nil || took < 9*time.Minute || took > 13*time.Minute {
					t.Fatalf("got %v after %v, want the directory when Slack is back", err, took)
				}
				if _, err := d.FindPerson("wang@example.com"); err != nil {
					t.Errorf("find a person: %v", err)
				}
				calls := 0
				for _, by := range w.CallCounts() {
					for _, n := range by {
						calls += n
					}
				}
				if calls > 60 {
					t.Errorf("%d calls in ten minutes, want few", calls)
				}
			})
		})
	}
}

// A stop ends the waiting.
func TestFaultStartIsStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, err := sandbox.New(sandbox.Options{Manifest: bot.Manifest()})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		w.SetFaults(sandbox.Faults{Outage: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		client := slack.New(w.BotToken(), slack.OptionAPIURL(w.MemoryURL()), slack.OptionHTTPClient(w.HTTPClient()))
		if _, err := directory.Await(ctx, client, func(error, time.Duration) {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the context", err)
		}
	})
}
