package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// Handler answers everything the workspace serves over HTTP: /api/ (Web API), /link/ (Socket Mode), /response/ (response
// URLs), /upload/ and /files/.
func (w *Workspace) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", w.serveAPI)
	mux.HandleFunc("/link/", w.serveLink)
	mux.HandleFunc("/response/", w.serveHook)
	mux.HandleFunc("/upload/", w.serveUpload)
	mux.HandleFunc("/files/", w.serveFile)
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		if h := w.mounted.Load(); h != nil {
			(*h).ServeHTTP(rw, r)
			return
		}
		http.NotFound(rw, r)
	})
	return mux
}

// Mount puts a page on everything that Slack itself does not answer here: what people open in a browser.
func (w *Workspace) Mount(page http.Handler) { w.mounted.Store(&page) }

// Listen serves the workspace at addr ("127.0.0.1:0" picks a port) and returns the URL of its Web API, with a slash at the
// end. Only loopback addresses are served: the tokens are known to everybody.
func (w *Workspace) Listen(addr string) (url string, err error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("listen on %s: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", fmt.Errorf("listen on %s: only loopback addresses are served", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("listen on %s: %w", addr, err)
	}
	if err := w.serve(l); err != nil {
		return "", err
	}
	return "http://" + l.Addr().String() + "/api/", nil
}

// serve runs a server on l until Close.
func (w *Workspace) serve(l net.Listener) error {
	srv := &http.Server{Handler: w.Handler(), ReadHeaderTimeout: 10 * time.Second}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		_ = l.Close()
		return errors.New("serve: the workspace is closed")
	}
	w.servers = append(w.servers, srv)
	w.wg.Go(func() { _ = srv.Serve(l) }) // it ends with ErrServerClosed
	return nil
}

// MemoryURL is the URL of the Web API for HTTPClient.
func (w *Workspace) MemoryURL() string { return "http://" + memoryHost + "/api/" }

// HTTPClient reaches the workspace without a network, in the goroutine of the caller. It has no timeout of its own.
func (w *Workspace) HTTPClient() *http.Client { return &http.Client{Transport: w.memory} }

// Dialer opens sockets to the workspace without a network. It must be used where the workspace was made: in a
// testing/synctest bubble, both inside it.
func (w *Workspace) Dialer() *websocket.Dialer {
	return &websocket.Dialer{
		HandshakeTimeout: 10 * time.Second, WriteBufferSize: 32 << 10, NetDialContext: w.memory.dial,
	}
}

// memory carries requests to the handler and sockets over pipes.
type memory struct {
	w       *Workspace
	handler http.Handler
	once    sync.Once
	conns   chan net.Conn
}

func newMemory(w *Workspace) *memory {
	return &memory{w: w, handler: w.Handler(), conns: make(chan net.Conn)}
}

// RoundTrip runs the handler. A reply that was cut is a connection that was reset.
func (m *memory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	in.Host = or(r.Host, r.URL.Host)
	if in.Body == nil {
		in.Body = http.NoBody
	}
	select {
	case <-m.w.done:
		return nil, syscall.ECONNREFUSED
	default:
	}
	m.handler.ServeHTTP(rec, in)
	if rec.cut {
		return rec.aborted(r)
	}
	return rec.response(r, io.NopCloser(bytes.NewReader(rec.body.Bytes()))), nil
}

// dial opens one end of a pipe and hands the other to the server.
func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	m.once.Do(func() { _ = m.w.serve(pipeListener{m}) }) // refused only when closed, which is seen below
	ours, theirs := net.Pipe()
	select {
	case m.conns <- theirs:
		return ours, nil
	case <-m.w.done:
		return nil, syscall.ECONNREFUSED
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pipeListener gives the server the far ends of the pipes.
type pipeListener struct{ m *memory }

func (l pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.m.conns:
		return c, nil
	case <-l.m.w.done:
		return nil, net.ErrClosed
	}
}

func (l pipeListener) Close() error { return nil }

func (l pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return memoryHost }

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	cut    bool // the connection broke after body
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

func (r *recorder) response(req *http.Request, body io.ReadCloser) *http.Response {
	return &http.Response{
		Status: fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)), StatusCode: r.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: r.header, Body: body, ContentLength: -1, Request: req,
	}
}

// cutConn breaks the connection: what was written arrives, nothing else does.
func cutConn(rw http.ResponseWriter, written bool) {
	if rec, ok := rw.(*recorder); ok {
		rec.cut = true
		return
	}
	rc := http.NewResponseController(rw)
	if written {
		_ = rc.Flush() // the connection breaks all the same
	}
	if conn, _, err := rc.Hijack(); err == nil {
		_ = conn.Close()
	}
}

// aborted is what the caller sees of a connection that was cut: nothing, or a body that ends too early.
func (r *recorder) aborted(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if r.body.Len() == 0 {
		return nil, syscall.ECONNRESET
	}
	return r.response(req, io.NopCloser(io.MultiReader(&r.body, cutReader{}))), nil
}

// cutReader is the end of a body that was cut.
type cutReader struct{}

func (cutReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
