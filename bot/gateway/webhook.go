package gateway

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// MinSecret is how many bytes a secret must have at least: as many as the signature.
	MinSecret = 32
	// MaxRetryAfter bounds how long a gateway may put a ring off: by then the ladder has gone on.
	MaxRetryAfter = 15 * time.Minute

	maxBody   = 16 << 10
	maxAnswer = 64 << 10
	callTime  = 10 * time.Second
)

// Options say how to reach a webhook. URL, Secret and Now are required.
type Options struct {
	URL    string // see [CheckURL]
	Secret []byte // at least MinSecret bytes; it is copied
	Client *http.Client
	Now    func() time.Time // for the timestamp and for dates in Retry-After
	From   string           // names this Sameday to the gateway; empty: "Sameday"
}

// webhook is a Ringer that posts to a web service of the bank's.
type webhook struct {
	url    string
	secret []byte
	client *http.Client
	now    func() time.Time
	from   string
}

// Webhook makes a [Ringer] that speaks the contract of the package's page. A nil Client is one of its own; a Client's policy for
// redirects and its cookies are not used. Its errors, and those of Ring, show neither the address nor the secret.
func Webhook(o Options) (Ringer, error) {
	if _, err := CheckURL(o.URL); err != nil {
		return nil, fmt.Errorf("address of the gateway: %w", err)
	}
	if len(o.Secret) < MinSecret {
		return nil, fmt.Errorf("secret of the gateway has %d bytes: use at least %d", len(o.Secret), MinSecret)
	}
	if o.Now == nil {
		return nil, errors.New("the gateway has no clock")
	}
	w := &webhook{url: o.URL, secret: slices.Clone(o.Secret), now: o.Now, from: o.From, client: &http.Client{}}
	if w.from == "" {
		w.from = "Sameday"
	}
	if o.Client != nil {
		c := *o.Client
		w.client = &c
	}
	w.client.Jar = nil
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return w, nil
}

// Ring posts the call and understands the answer.
func (w *webhook) Ring(ctx context.Context, c Call) error {
	body, err := w.body(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return &Refused{Reason: "its address makes no request"}
	}
	timestamp := strconv.FormatInt(w.now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Sameday")
	r.Header.Set("Idempotency-Key", c.ID)
	r.Header.Set("X-Sameday-Timestamp", timestamp)
	r.Header.Set("X-Sameday-Signature", sign(w.secret, timestamp, body))
	resp, err := w.client.Do(r)
	if err != nil {
		return &Again{Err: withoutURL(err)}
	}
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // so that the connection can be used again; the status says all
	_ = resp.Body.Close()
	return w.judge(resp)
}

// judge understands a status.
func (w *webhook) judge(resp *http.Response) error {
	switch s := resp.StatusCode; {
	case s >= 200 && s <= 299, s == http.StatusConflict:
		return nil
	case s >= 500, s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests:
		return &Again{Status: s, RetryAfter: w.retryAfter(resp.Header.Get("Retry-After"))}
	case s >= 300 && s <= 399:
		return &Refused{Status: s, Reason: "redirects are not followed"}
	default:
		return &Refused{Status: s, Reason: strings.ToLower(http.StatusText(s))}
	}
}

// retryAfter reads seconds or a date.
func (w *webhook) retryAfter(text string) time.Duration {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Duration(min(max(n, 0), int64(MaxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(w.now()), 0), MaxRetryAfter)
}

// sign makes the signature of a body sent at a time.
func sign(secret []byte, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// withoutURL takes the address out of an error of package http.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
