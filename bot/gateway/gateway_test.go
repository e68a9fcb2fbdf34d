package gateway_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sameday/bot/gateway"
	"sameday/workflow/org"
)

const secret = "0123456789abcdef0123456789abcdef"

var noon = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.FixedZone("", 8*3600))

func now() time.Time { return noon }

func call() gateway.Call {
	return gateway.Call{
		ID: "jingan.20261123-007.12.U0WANGLI", Person: "U0WANGLI", Name: "王莉", Language: "zh-CN", Unit: "静安支行", Rung: 2,
		Complaints: []gateway.Item{{Number: "20261123-007", Why: "联系客户超时 <2 小时>", Since: noon.Add(-time.Hour)}},
		Text:       "静安支行有 1 件投诉超时无人确认", At: noon,
	}
}

// serve runs a receiving side on loopback and gives a ringer for it.
func serve(t *testing.T, h http.HandlerFunc) gateway.Ringer {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return ringer(t, gateway.Options{URL: server.URL + "/rings?key=hidden"})
}

func ringer(t *testing.T, o gateway.Options) gateway.Ringer {
	t.Helper()
	o.Secret, o.Now = []byte(secret), now
	r, err := gateway.Webhook(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheRequest(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body []byte
	r := serve(t, func(_ http.ResponseWriter, in *http.Request) {
		got = in
		body, _ = io.ReadAll(in.Body)
	})
	if err := r.Ring(t.Context(), call()); err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", noon.Unix(), body)
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Idempotency-Key": call().ID, "X-Sameday-Timestamp": fmt.Sprint(noon.Unix()),
		"X-Sameday-Signature": "v1=" + hex.EncodeToString(mac.Sum(nil)),
	} {
		if got.Header.Get(name) != want {
			t.Errorf("header %s = %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if got.Method != http.MethodPost || got.URL.String() != "/rings?key=hidden" {
		t.Errorf("%s %s, want POST /rings?key=hidden", got.Method, got.URL)
	}
	want := `{"version":1,"id":"jingan.20261123-007.12.U0WANGLI","from":"Sameday","at":"2026-11-23T04:00:00Z",` +
		`"person":{"id":"U0WANGLI","name":"王莉"},"unit":"静安支行","rung":2,` +
		`"complaints":[{"number":"20261123-007","why":"联系客户超时 <2 小时>","since":"2026-11-23T03:00:00Z"}],"more":0,` +
		`"language":"zh-CN","text":"静安支行有 1 件投诉超时无人确认"}`
	if d := cmp.Diff(want, string(body)); d != "" {
		t.Error(d)
	}
}

// The page of the package is what a bank writes its service by: its request and its test vector must be true.
func TestThePageIsTrue(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(raw), "//\t", "")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(`1795421700.{"id":"1"}`))
	if want := "v1=" + hex.EncodeToString(mac.Sum(nil)); !strings.Contains(page, want) {
		t.Errorf("the page does not have the signature %s", want)
	}
	begin, end := strings.Index(page, "{\n"), strings.Index(page, "\n}\n")
	if begin < 0 || end < begin {
		t.Fatal("the page shows no body")
	}
	var shown, sent map[string]any
	if err := json.Unmarshal([]byte(page[begin:end+2]), &shown); err != nil {
		t.Fatal(err)
	}
	r := serve(t, func(_ http.ResponseWriter, in *http.Request) {
		if err := json.NewDecoder(in.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
	})
	c := call()
	c.At = time.Date(2026, time.November, 23, 8, 15, 0, 0, time.UTC)
	c.Complaints = []gateway.Item{{Number: "20261123-007", Why: "联系客户超时", Since: c.At.Add(-15 * time.Minute)}}
	c.Text = "静安支行有 1 件投诉超时无人确认，请立即在 Slack 处理。"
	if err := r.Ring(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(shown, sent); d != "" {
		t.Errorf("the page shows another body than is sent: %s", d)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const done, refused = -1, -2 // otherwise: how long to wait
	for name, tc := range map[string]struct {
		status int
		after  string
		want   time.Duration
	}{
		"taken over":           {200, "", done},
		"will be":              {202, "", done},
		"nothing to say":       {204, "30", done},
		"before":               {409, "", done},
		"redirect":             {307, "", refused},
		"not modified":         {304, "", refused},
		"bad":                  {400, "", refused},
		"not genuine":          {401, "", refused},
		"not there":            {404, "60", refused},
		"too large":            {413, "", refused},
		"strange":              {499, "", refused},
		"timeout":              {408, "", 0},
		"too early":            {425, "", 0},
		"too many":             {429, "30", 30 * time.Second},
		"too many, no time":    {429, "", 0},
		"too many, odd":        {429, "soon", 0},
		"too many, before now": {429, "-5", 0},
		"down":                 {500, "", 0},
		"away until":           {503, noon.Add(2 * time.Minute).UTC().Format(http.TimeFormat), 2 * time.Minute},
		"away since":           {503, noon.Add(-2 * time.Minute).UTC().Format(http.TimeFormat), 0},
		"away for a day":       {503, "86400", gateway.MaxRetryAfter},
		"away for ever":        {503, "9223372036854775807", gateway.MaxRetryAfter},
		"away until next year": {503, noon.AddDate(1, 0, 0).UTC().Format(http.TimeFormat), gateway.MaxRetryAfter},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			r := serve(t, func(rw http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				rw.Header().Set("Location", "/elsewhere")
				if tc.after != "" {
					rw.Header().Set("Retry-After", tc.after)
				}
				rw.WriteHeader(tc.status)
			})
			err := r.Ring(t.Context(), call())
			var no *gateway.Refused
			var again *gateway.Again
			switch {
			case tc.want == done && err != nil:
				t.Errorf("error %v, want none", err)
			case tc.want == refused && (!errors.As(err, &no) || no.Status != tc.status):
				t.Errorf("error %v, want a refusal with status %d", err, tc.status)
			case tc.want >= 0 && (!errors.As(err, &again) || again.Status != tc.status || again.RetryAfter != tc.want):
				t.Errorf("error %v, want status %d again in %v", err, tc.status, tc.want)
			}
			if n := requests.Load(); n != 1 {
				t.Errorf("%d requests, want 1: retries are the caller's, redirects nobody's", n)
			}
		})
	}
}

func TestTroubleOnTheWayIsTriedAgain(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if conn, _, err := http.NewResponseController(rw).Hijack(); err == nil {
			_ = conn.Close()
		}
	}))
	t.Cleanup(broken.Close)
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler()) // its certificate is nobody's
	stranger.Config.ErrorLog = log.New(io.Discard, "", 0)
	stranger.StartTLS()
	t.Cleanup(stranger.Close)
	for name, address := range map[string]string{"closed": closed.URL, "broken": broken.URL, "certificate": stranger.URL} {
		err := ringer(t, gateway.Options{URL: address + "/?key=hidden"}).Ring(t.Context(), call())
		var again *gateway.Again
		if !errors.As(err, &again) || again.Status != 0 || again.Unwrap() == nil {
			t.Errorf("%s: error %v, want one that may be tried again", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), secret)) {
			t.Errorf("%s: error %q shows the address or the secret", name, err)
		}
	}
}

// roundTrip is a transport without a network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestSilenceIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := ringer(t, gateway.Options{URL: "https://gateway.example/", Client: &http.Client{Transport: roundTrip(
			func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() })}})
		begin := time.Now()
		err := r.Ring(t.Context(), call())
		var again *gateway.Again
		if !errors.As(err, &again) || !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 10*time.Second {
			t.Errorf("error %v after %v, want one that may be tried again after 10s", err, time.Since(begin))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Ring(ctx, call()); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want canceled", err)
		}
	})
}

func TestAnEndlessAnswerIsNotRead(t *testing.T) {
	t.Parallel()
	r := serve(t, func(rw http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 32<<10)
		for {
			if _, err := rw.Write(chunk); err != nil {
				return
			}
		}
	})
	if err := r.Ring(t.Context(), call()); err != nil {
		t.Errorf("error %v, want none: the status was good", err)
	}
}

func TestACallersClientFollowsNothingEither(t *testing.T) {
	t.Parallel()
	own := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Location", "/loop")
		rw.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(server.Close)
	var no *gateway.Refused
	if err := ringer(t, gateway.Options{URL: server.URL, Client: own}).Ring(t.Context(), call()); !errors.As(err, &no) || no.Status != http.StatusFound {
		t.Errorf("error %v, want a refusal", err)
	}
	if own.CheckRedirect(nil, nil) != nil {
		t.Error("the caller's client was changed")
	}
}

func TestLongCallsFit(t *testing.T) {
	t.Parallel()
	var body []byte
	r := serve(t, func(_ http.ResponseWriter, in *http.Request) { body, _ = io.ReadAll(in.Body) })
	for name, letter := range map[string]string{"ascii": "x", "chinese": "张", "escaped": "\x01", "no text": "\xff", "emoji": "😀"} {
		long := strings.Repeat(letter, 5000)
		c := gateway.Call{ID: strings.Repeat("i", 200), Person: org.PersonID(long), Name: long, Language: long, Unit: long, Text: long, At: noon}
		for range 300 {
			c.Complaints = append(c.Complaints, gateway.Item{Number: long, Why: long, Since: noon})
		}
		if err := r.Ring(t.Context(), c); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got struct {
			Complaints []struct{ Number string }
			More       int
			Text       string
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(body) > 16<<10 || got.More+len(got.Complaints) != 300 || utf8.RuneCountInString(got.Text) != 1000 || !strings.HasSuffix(got.Text, "…") {
			t.Errorf("%s: %d bytes, %d complaints and %d more, %d characters of text; want at most 16384, 300 in all and 1000",
				name, len(body), len(got.Complaints), got.More, utf8.RuneCountInString(got.Text))
		}
	}
}

func TestCallsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	r := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	for name, change := range map[string]func(*gateway.Call){
		"no id":         func(c *gateway.Call) { c.ID = "" },
		"long id":       func(c *gateway.Call) { c.ID = strings.Repeat("x", 201) },
		"header in id":  func(c *gateway.Call) { c.ID = "a\r\nX-Other: b" },
		"chinese id":    func(c *gateway.Call) { c.ID = "静安" },
		"nobody":        func(c *gateway.Call) { c.Person = "" },
		"no such year":  func(c *gateway.Call) { c.At = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC) },
		"no such since": func(c *gateway.Call) { c.Complaints[0].Since = time.Date(-12026, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		c := call()
		change(&c)
		var no *gateway.Refused
		if err := r.Ring(t.Context(), c); !errors.As(err, &no) || no.Status != 0 || no.Reason == "" {
			t.Errorf("%s: error %v, want a refusal without a status", name, err)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	good := gateway.Options{URL: "https://gateway.example/rings?key=hidden", Secret: []byte(secret), Now: now}
	if _, err := gateway.Webhook(good); err != nil {
		t.Errorf("good options: %v", err)
	}
	for name, change := range map[string]func(*gateway.Options){
		"no address":   func(o *gateway.Options) { o.URL = "" },
		"plain http":   func(o *gateway.Options) { o.URL = "http://gateway.example/hidden" },
		"short secret": func(o *gateway.Options) { o.Secret = []byte("hidden, but too short to be good")[:31] },
		"no clock":     func(o *gateway.Options) { o.Now = nil },
	} {
		o := good
		change(&o)
		if _, err := gateway.Webhook(o); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: error %v, want one that shows nothing", name, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	good := []string{"https://a.example", "HTTPS://a.example:8443/x?y=z", "http://127.0.0.1:9/", "http://[::1]/x", "http://localhost:80", "http://127.9.9.9/"}
	bad := []string{
		"", "a.example", "//a.example/", "http://a.example/", "http://10.0.0.1/", "http://localhost.example/", "ftp://a.example/", "https://u:p@a.example/",
		"https://u@a.example/", "https://a.example/#x", "https:///x", "https://:443/", "https://a b/", "http://[::1", "unix:///x", "http://127.0.0.1.example/",
	}
	for _, text := range slices.Concat(good, bad) {
		_, err := gateway.CheckURL(text)
		if (err == nil) != slices.Contains(good, text) {
			t.Errorf("CheckURL(%q) = %v, want an error = %v", text, err, slices.Contains(bad, text))
		}
	}
}

// Many rings at once, and each comes twice: the receiving side of the example rings each person once.
func TestTogether(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	sent := map[string]int{}
	s := &service{secret: []byte(secret), now: now, done: map[string]bool{}, send: func(person, _ string) error {
		mu.Lock()
		defer mu.Unlock()
		sent[person]++
		return nil
	}}
	r := serve(t, s.ServeHTTP)
	var wg sync.WaitGroup
	for n := range 40 {
		wg.Go(func() {
			c := call()
			c.ID, c.Person = fmt.Sprint("ring-", n/2), org.PersonID(fmt.Sprint("U", n/2))
			if err := r.Ring(t.Context(), c); err != nil {
				t.Errorf("ring %d: %v", n, err)
			}
		})
	}
	wg.Wait()
	for person, n := range sent {
		if n != 1 {
			t.Errorf("%s was rung %d times, want once", person, n)
		}
	}
	if len(sent) != 20 {
		t.Errorf("%d people were rung, want 20", len(sent))
	}
}

func TestAForgeryIsSeen(t *testing.T) {
	t.Parallel()
	s := &service{secret: []byte(secret), now: now, done: map[string]bool{}, send: func(string, string) error { return nil }}
	for name, change := range map[string]func(*gateway.Options){
		"other secret": func(o *gateway.Options) { o.Secret = []byte(strings.Repeat("x", 32)) },
		"old":          func(o *gateway.Options) { o.Now = func() time.Time { return noon.Add(-6 * time.Minute) } },
		"changed": func(o *gateway.Options) {
			o.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				raw, _ := io.ReadAll(r.Body)
				raw = []byte(strings.Replace(string(raw), "U0WANGLI", "U0OTHER1", 1))
				r.Body = io.NopCloser(strings.NewReader(string(raw)))
				return http.DefaultTransport.RoundTrip(r)
			})}
		},
	} {
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		o := gateway.Options{URL: server.URL, Secret: []byte(secret), Now: now}
		change(&o)
		r, err := gateway.Webhook(o)
		if err != nil {
			t.Fatal(err)
		}
		var no *gateway.Refused
		if err := r.Ring(t.Context(), call()); !errors.As(err, &no) || no.Status != http.StatusUnauthorized {
			t.Errorf("%s: error %v, want a refusal with 401", name, err)
		}
	}
}
