package pulse_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"sameday/bot/pulse"
)

// journal is a log that tests read.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

func (j *journal) logger() zerolog.Logger { return zerolog.New(j) }

// outside is the other end of a heartbeat, without a network.
type outside struct {
	calls  atomic.Int32
	answer func(*http.Request) (*http.Response, error)
}

func (o *outside) RoundTrip(r *http.Request) (*http.Response, error) {
	o.calls.Add(1)
	if o.answer != nil {
		return o.answer(r)
	}
	return status(http.StatusOK)
}

func status(code int) (*http.Response, error) {
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("ok"))}, nil
}

const address = "https://beat.example/hidden-key"

// beating runs a test with a heart in fake time.
func beating(t *testing.T, test func(t *testing.T, h *pulse.Heart, out *outside, log *journal)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, log := &outside{}, &journal{}
		h, err := pulse.NewHeart(pulse.HeartOptions{URL: address, Client: &http.Client{Transport: out}, Now: time.Now, Log: log.logger()})
		if err != nil {
			t.Fatal(err)
		}
		test(t, h, out, log)
		h.Stop()
		if strings.Contains(log.String(), "hidden") {
			t.Errorf("the log shows the address:\n%s", log)
		}
	})
}

func TestABeatAMinute(t *testing.T) {
	beating(t, func(t *testing.T, h *pulse.Heart, out *outside, log *journal) {
		// Sweeps come every minute, now some milliseconds early, now late, and sometimes twice.
		for n, jitter := range []time.Duration{5, 900, 1, 400, 2, 2} {
			<-time.After(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute + jitter*time.Millisecond)))
			h.Beat(t.Context())
			h.Beat(t.Context())
			synctest.Wait()
			h.Beat(t.Context())
			synctest.Wait()
			if got := out.calls.Load(); got != int32(n+1) {
				t.Fatalf("%d calls after minute %d, want one in each", got, n+1)
			}
		}
		if log.String() != "" {
			t.Errorf("the log says %s, want nothing", log)
		}
	})
}

func TestABeatBlocksNobody(t *testing.T) {
	beating(t, func(t *testing.T, h *pulse.Heart, out *outside, log *journal) {
		out.answer = func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		h.Beat(ctx)
		cancel() // the sweep is over: its beat goes on
		synctest.Wait()
		if got := time.Since(begin); got != 0 || log.String() != "" {
			t.Errorf("Beat took %v and the log says %q, want no time and nothing", got, log)
		}
		<-time.After(10 * time.Second)
		synctest.Wait()
		if !strings.Contains(log.String(), "context deadline exceeded") {
			t.Errorf("after 10 seconds the log says %q, want the deadline", log)
		}
		h.Beat(ctx)
		<-time.After(time.Minute)
		h.Beat(ctx)
		synctest.Wait()
		if got := out.calls.Load(); got != 1 {
			t.Errorf("%d calls, want 1: that context has ended", got)
		}
	})
}

func TestAnOutageIsToldOnce(t *testing.T) {
	beating(t, func(t *testing.T, h *pulse.Heart, out *outside, log *journal) {
		codes := []int{200, 500, 302, 404, 204, 200, 503, 200}
		n := 0
		out.answer = func(*http.Request) (*http.Response, error) { n++; return status(codes[n-1]) }
		for range codes {
			h.Beat(t.Context())
			<-time.After(time.Minute)
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		want := []string{`"reason":"status 500"`, `"failures":3`, `"reason":"status 503"`, `"failures":1`}
		if len(lines) != len(want) {
			t.Fatalf("the log says\n%s\nwant %d lines", log, len(want))
		}
		for i := range want {
			if !strings.Contains(lines[i], want[i]) {
				t.Errorf("line %d is %s, want it to contain %s", i+1, lines[i], want[i])
			}
		}
	})
}

func TestStopBreaksABeatOff(t *testing.T) {
	beating(t, func(t *testing.T, h *pulse.Heart, out *outside, log *journal) {
		out.answer = func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		begin := time.Now()
		h.Beat(t.Context())
		synctest.Wait()
		h.Stop()
		<-time.After(time.Minute)
		h.Beat(t.Context())
		synctest.Wait()
		if got := time.Since(begin); got != time.Minute || out.calls.Load() != 1 || log.String() != "" {
			t.Errorf("after %v: %d calls, log %q; want Stop at once, 1 call and no word", got, out.calls.Load(), log)
		}
	})
}

// A clock that was an hour ahead and is set right must not silence the heart for an hour.
func TestAClockSetBackDoesNotStopTheHeart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, now := &outside{}, time.Now().Add(time.Hour)
		h, err := pulse.NewHeart(pulse.HeartOptions{
			URL: address, Client: &http.Client{Transport: out}, Now: func() time.Time { return now }, Log: zerolog.Nop(),
		})
		if err != nil {
			t.Fatal(err)
		}
		h.Beat(t.Context())
		synctest.Wait()
		now = now.Add(-time.Hour)
		h.Beat(t.Context())
		synctest.Wait()
		if got := out.calls.Load(); got != 2 {
			t.Errorf("%d calls, want 2", got)
		}
	})
}

func TestARedirectIsAFailure(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	var log journal
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			elsewhere.Add(1)
		}
		if r.Method != http.MethodGet {
			t.Errorf("method %s, want GET", r.Method)
		}
		rw.Header().Set("Location", "/elsewhere")
		rw.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(server.Close)
	answered := make(chan struct{})
	h, err := pulse.NewHeart(pulse.HeartOptions{URL: server.URL + "/hidden", Now: time.Now, Log: log.logger(), Client: &http.Client{
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			defer close(answered)
			return http.DefaultTransport.RoundTrip(r)
		}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	h.Beat(t.Context())
	<-answered
	h.Stop()
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("the redirect was followed %d times", n)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestHeartOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]pulse.HeartOptions{
		"no address": {Now: time.Now}, "plain http": {URL: "http://beat.example/hidden", Now: time.Now}, "no clock": {URL: address},
	} {
		if _, err := pulse.NewHeart(o); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: error %v, want one that shows nothing", name, err)
		}
	}
	var none *pulse.Heart
	none.Beat(t.Context())
	none.Stop()
}
