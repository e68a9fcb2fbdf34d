package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"sameday/workflow/org"
)

// Call is one ring of one person. It must hold nothing about customers: it leaves the bank's Slack.
type Call struct {
	ID         string // names this ring for ever: a repeated Ring with it rings once. 1 to 200 visible ASCII characters
	Person     org.PersonID
	Name       string // of the person
	Language   string // of Text: "zh-CN" or "en"; empty where it is not known
	Unit       string // the unit's name, as people say it
	Rung       int    // the highest rung among the complaints; 0 for a ring that is not on the ladder
	Complaints []Item // most pressing first: what does not fit is counted and left out from the end
	Text       string // one sentence in the person's language; what is beyond 1,000 characters is cut off
	At         time.Time
}

// Item is one complaint that a call is about.
type Item struct {
	Number string
	Why    string    // in the person's language; what is beyond 100 characters is cut off
	Since  time.Time // since when it has been so
}

// Ringer reaches a person beside Slack.
type Ringer interface {
	// Ring returns nil when the call was taken over, now or before. A *[Refused] will not change by trying again; every other error
	// may, with the same ID. It is safe for concurrent use.
	Ring(ctx context.Context, c Call) error
}

// Refused is a call that will never be taken over as it is.
type Refused struct {
	Status int // the gateway's HTTP status; 0 when the call was not sent at all
	Reason string
}

func (e *Refused) Error() string {
	if e.Status == 0 {
		return "the call cannot be sent: " + e.Reason
	}
	return fmt.Sprintf("the gateway refuses the call: status %d (%s)", e.Status, e.Reason)
}

// Again is a call of which it is not known that it was taken over; it should be tried again with the same ID.
type Again struct {
	Status     int           // the gateway's HTTP status; 0 when there was none
	RetryAfter time.Duration // what the gateway asked for, at most [MaxRetryAfter]; 0 when it did not ask
	Err        error         // why there was no status
}

func (e *Again) Error() string {
	switch {
	case e.Err != nil:
		return "the gateway was not reached: " + e.Err.Error()
	case e.RetryAfter > 0:
		return fmt.Sprintf("the gateway asks to come again in %s: status %d", e.RetryAfter, e.Status)
	}
	return fmt.Sprintf("the gateway did not take the call over: status %d", e.Status)
}

func (e *Again) Unwrap() error { return e.Err }

// CheckURL reads the address of something outside that Sameday calls. Plain http is for loopback alone. The error does not show the
// address: such addresses often carry a key.
func CheckURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return nil, errors.New("this is no address that can be called: write https://host/path, without a name, a password or a #")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return nil, errors.New("use https://; plain http:// is allowed on loopback only (127.0.0.1, ::1, localhost)")
	}
	return u, nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
