package pulse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"sameday/bot/gateway"
)

const (
	// beatTime bounds one call of the heartbeat's address.
	beatTime = 10 * time.Second
	// maxAnswer is how much of its answer is read, so that the connection can be used again.
	maxAnswer = 64 << 10
)

// HeartOptions say where to beat. URL and Now are required.
type HeartOptions struct {
	URL    string       // see [gateway.CheckURL]; it is never shown, because such addresses are keys
	Client *http.Client // nil: one of its own. Its policy for redirects is not used: none is followed
	Now    func() time.Time
	Log    zerolog.Logger
}

// Heart tells something outside that all is well. It is safe for concurrent use; a nil Heart does nothing.
type Heart struct {
	url    string
	client http.Client
	now    func() time.Time
	log    zerolog.Logger

	calls sync.WaitGroup

	mu      sync.Mutex
	last    time.Time // minute of the last beat
	cancel  context.CancelFunc
	stopped bool
	trouble outage
}

// NewHeart makes a heart; it beats when it is told to.
func NewHeart(o HeartOptions) (*Heart, error) {
	if _, err := gateway.CheckURL(o.URL); err != nil {
		return nil, fmt.Errorf("address of the heartbeat: %w", err)
	}
	if o.Now == nil {
		return nil, errors.New("the heartbeat has no clock")
	}
	h := &Heart{url: o.URL, now: o.Now, log: o.Log}
	if o.Client != nil {
		h.client = *o.Client
	}
	h.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return h, nil
}

// Beat calls the address with GET, at most once in each minute of the clock, and returns at once: the call goes on beside the caller, for
// 10 seconds at most, also when ctx ends. While one call is under way no other begins. Any answer with 2xx is a success; a failure is
// logged when an outage begins and when it is over. Call it after each sweep that left nothing undone.
func (h *Heart) Beat(ctx context.Context) {
	if h == nil || ctx.Err() != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	// By the minute, not by the time since: sweeps come every minute and some milliseconds more or less.
	minute := h.now().Truncate(time.Minute)
	if h.stopped || h.cancel != nil || minute.Equal(h.last) {
		return
	}
	h.last = minute
	ctx, h.cancel = context.WithTimeout(context.WithoutCancel(ctx), beatTime)
	h.calls.Go(func() {
		trouble := h.call(ctx)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.cancel()
		h.cancel = nil
		if !h.stopped {
			h.trouble.met(h.log, "the heartbeat", trouble)
		}
	})
}

// Stop breaks off a call that is under way and waits for it; no beat comes after it.
func (h *Heart) Stop() {
	if h == nil {
		return
	}
	h.mu.Lock()
	h.stopped = true
	if h.cancel != nil {
		h.cancel()
	}
	h.mu.Unlock()
	h.calls.Wait()
}

// call makes one call and says what was wrong with it, without the address.
func (h *Heart) call(ctx context.Context) string {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url, nil)
	if err != nil {
		return "its address makes no request"
	}
	r.Header.Set("User-Agent", "Sameday")
	resp, err := h.client.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return err.Error()
	}
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	_ = resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Sprintf("status %d", resp.StatusCode)
	}
	return ""
}
