package checkup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"sameday/bot/gateway"
)

// gateway looks at the second way to ring. No ring is sent.
func (r *report) gateway(ctx context.Context, o Options) {
	g := o.Config.Gateway
	if g.URL == "" {
		r.ok("gateway", "none is configured: people are rung in Slack alone")
		return
	}
	if _, err := g.Secret(o.Getenv); err != nil {
		r.bad("gateway", "", "%v", err)
	}
	r.reach(ctx, o, "gateway", g.URL)
}

func (r *report) heartbeat(ctx context.Context, o Options) {
	if o.Config.Heartbeat != "" {
		r.reach(ctx, o, "heartbeat", o.Config.Heartbeat)
	}
}

// reach looks whether a connection can be made to an address, TLS and all, by the same way that the bot goes, through a proxy where the
// environment names one. What the server answers says nothing: it is asked for its front page, because the address itself would count as
// a beat, and nobody has promised that there is one.
func (r *report) reach(ctx context.Context, o Options, what, address string) {
	u, err := gateway.CheckURL(address)
	if err != nil {
		r.bad(what, "", "%v", err)
		return
	}
	front := url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		connected.Store(true)
		cancel()
	}})
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, front.String(), nil)
	if err != nil {
		r.bad(what, "", "%s cannot be asked: %v", u.Host, err)
		return
	}
	client := *orDefault(o.HTTP)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(request)
	if err == nil {
		_ = resp.Body.Close()
	}
	if connected.Load() || err == nil {
		r.ok(what, "%s can be reached", u.Host)
		return
	}
	var noise *url.Error
	if errors.As(err, &noise) {
		err = noise.Err
	}
	r.bad(what, fmt.Sprintf("is %s.url right in %s, and may this machine reach it? A proxy is taken from HTTPS_PROXY, certificates of the bank's own "+
		"authority from SSL_CERT_FILE", what, o.Config.Path), "%s cannot be reached: %v", u.Host, err)
}
