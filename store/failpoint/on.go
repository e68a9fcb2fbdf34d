//go:build failpoints

package failpoint

import (
	"context"
	"net/http/httptrace"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Enabled tells whether this build can be made to end at its fail points.
const Enabled = true

// aim is the place at which this process ends.
type aim struct {
	name   string
	visit  int64
	visits atomic.Int64
}

var target = sync.OnceValue(func() *aim {
	name, visit, _ := strings.Cut(os.Getenv(Env), ":")
	a := &aim{name: name, visit: 1}
	if n, err := strconv.ParseInt(visit, 10, 64); err == nil {
		a.visit = n
	}
	return a
})

// Here marks a place; see the package comment.
func Here(name string) {
	a := target()
	if name != a.name || a.visits.Add(1) != a.visit {
		return
	}
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill() // the signal is on its way before this returns
	}
	select {}
}

// Wire marks two places of the HTTP request that is made with the context: left when its last byte has gone out, answered when the first
// byte of the reply has come in.
func Wire(ctx context.Context, left, answered string) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest:         func(httptrace.WroteRequestInfo) { Here(left) },
		GotFirstResponseByte: func() { Here(answered) },
	})
}
