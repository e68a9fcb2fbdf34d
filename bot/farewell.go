package bot

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// farewellTime bounds how long a closing socket waits to say so.
const farewellTime = time.Second

// polite makes connections end with a WebSocket close frame. slack-go just drops them, and Slack then keeps sending commands and clicks
// into what nobody reads, for minutes. Behind a proxy the dialer stays as it is: there the frame would have to pass under its encryption.
func polite(d *websocket.Dialer) *websocket.Dialer {
	out := *d
	if out.Proxy != nil {
		via, err := out.Proxy(&http.Request{URL: &url.URL{Scheme: "https", Host: "wss-primary.slack.com"}})
		if err != nil || via != nil {
			return d
		}
	}
	plain, secure := out.NetDialContext, out.NetDialTLSContext
	if plain == nil {
		plain = (&net.Dialer{}).DialContext
	}
	if secure == nil {
		config := &tls.Config{MinVersion: tls.VersionTLS12}
		if out.TLSClientConfig != nil {
			config = out.TLSClientConfig.Clone()
		}
		config.NextProtos = []string{"http/1.1"}
		secure = (&tls.Dialer{Config: config}).DialContext
	}
	out.NetDialContext, out.NetDialTLSContext = farewell(plain), farewell(secure)
	return &out
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

func farewell(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &politeConn{Conn: c}, nil
	}
}

// politeConn carries a WebSocket client.
type politeConn struct {
	net.Conn
	once sync.Once
	err  error
}

// Close says goodbye (code 1000, masked as a client must) and closes.
func (c *politeConn) Close() error {
	c.once.Do(func() {
		limit := time.AfterFunc(farewellTime, func() { _ = c.Conn.Close() })
		frame := []byte{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8}
		_, _ = rand.Read(frame[2:6]) // it never fails
		frame[6] ^= frame[2]
		frame[7] ^= frame[3]
		_, _ = c.Write(frame) // the other side may have gone first
		limit.Stop()
		c.err = c.Conn.Close()
	})
	return c.err
}
