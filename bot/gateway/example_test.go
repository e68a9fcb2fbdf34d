package gateway_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"time"

	"sameday/bot/gateway"
)

// service is the receiving side: what a bank puts in front of its SMS or voice gateway.
type service struct {
	secret []byte
	now    func() time.Time
	send   func(person, text string) error // to the bank's own gateway

	mu   sync.Mutex
	done map[string]bool // in a real service on disk, and kept for a week
}

func (s *service) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, 16<<10))
	if err != nil || r.Method != http.MethodPost {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	if !s.genuine(r.Header, body) {
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	var ring struct {
		ID     string `json:"id"`
		Person struct {
			ID string `json:"id"`
		} `json:"person"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(body, &ring); err != nil {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done[ring.ID] {
		rw.WriteHeader(http.StatusConflict)
		return
	}
	if err := s.send(ring.Person.ID, ring.Text); err != nil {
		rw.WriteHeader(http.StatusServiceUnavailable) // Sameday comes again
		return
	}
	s.done[ring.ID] = true
	rw.WriteHeader(http.StatusAccepted)
}

// genuine checks the signature over the body as it came.
func (s *service) genuine(h http.Header, body []byte) bool {
	timestamp := h.Get("X-Sameday-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || s.now().Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	want := "v1=" + hex.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(want), []byte(h.Get("X-Sameday-Signature")))
}

// The receiving side, whole, and a ring that comes twice and rings once.
func Example() {
	now := func() time.Time { return time.Date(2026, time.November, 23, 8, 15, 0, 0, time.UTC) }
	secret := []byte("0123456789abcdef0123456789abcdef")
	server := httptest.NewServer(&service{
		secret: secret, now: now, done: map[string]bool{},
		send: func(person, text string) error { fmt.Println("to", person+":", text); return nil },
	})
	defer server.Close()

	ringer, err := gateway.Webhook(gateway.Options{URL: server.URL, Secret: secret, Now: now})
	if err != nil {
		fmt.Println(err)
		return
	}
	call := gateway.Call{ID: "jingan.12.U0WANGLI", Person: "U0WANGLI", Text: "1 complaint waits for you in Slack.", At: now()}
	fmt.Println(ringer.Ring(context.Background(), call))
	fmt.Println(ringer.Ring(context.Background(), call))
	// Output:
	// to U0WANGLI: 1 complaint waits for you in Slack.
	// <nil>
	// <nil>
}
